/**
 * The API server: who asks, may they, what do they get. One handler for every request; kinds are in `registry`, what all kinds
 * share is in `rest.ts`.
 */

import { type HttpRequest, type HttpResponse, parseTarget, type Query } from '#http/message.ts'
import type { Transport } from '#http/transport.ts'
import { newForbidden, newMethodNotSupported, StatusError } from '#kubernetes/api/errors.ts'
import { type Obj, obj, quote } from '#kubernetes/api/json.ts'
import { Store } from '#kubernetes/etcd/store.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { type Authentication, authenticate, impersonate } from './authentication/authentication.ts'
import { Authorizer } from './authorization/authorizer.ts'
import { bootstrap } from './bootstrap/bootstrap.ts'
import type { CelEngine, LoadCel } from './cel/engine-types.ts'
import type { Endpoint, RequestContext, RequestInfo, UserInfo } from './context.ts'
import { followDefinitions } from './custom.ts'
import { serveDiscovery } from './discovery.ts'
import { serveResource } from './handlers.ts'
import type { Kind } from './registry/kind.ts'
import { Kinds } from './registry/kinds.ts'
import { KINDS } from './registry/registry.ts'
import { requestInfo } from './request-info.ts'
import { plainResponse, prettyFor, statusResponse, withWarnings } from './response.ts'
import { ServiceAllocators } from './service-allocators.ts'
import { Storage } from './storage.ts'

export interface ApiServerOptions {
  readonly sim: Simulation
  readonly store?: Store
  readonly authentication?: Authentication
  /** The way to a node's kubelet (port 10250), for logs, exec, attach and port-forward. */
  readonly kubelet?: (node: string) => Transport | undefined
  /** The way to an address inside the cluster, for proxy subresources. */
  readonly dial?: (host: string, port: number) => Transport | undefined
  /** Where clients of the cluster's own network find this server: address of the kubernetes endpoints. */
  readonly advertiseAddress?: string
  readonly securePort?: number
  /** PEM of the cluster's certificate authority, for those who look it up. */
  readonly caBundle?: string
  /** `v1.36.2`. */
  readonly version?: string
  /** Brings what evaluates CEL, asked for when the first rule or policy needs it; without it those are refused. */
  readonly cel?: LoadCel
}

export class ApiServer {
  readonly sim: Simulation
  readonly store: Store
  readonly kinds: Kinds
  readonly random: Random
  readonly authorizer: Authorizer
  readonly allocators: ServiceAllocators
  readonly options: ApiServerOptions
  readonly version: string
  /** What evaluates CEL, once something needed it. */
  cel: CelEngine | undefined
  readonly #storages = new Map<Kind, Storage>()
  /** When objects with a time to live go, by key. */
  readonly #expiry = new Map<string, number>()

  constructor(options: ApiServerOptions) {
    this.options = options
    this.sim = options.sim
    this.store = options.store ?? new Store()
    this.version = options.version ?? 'v1.36.2'
    this.random = this.sim.random('kube-apiserver')
    this.kinds = new Kinds(KINDS)
    this.allocators = new ServiceAllocators(this.sim.random('kube-apiserver/allocators'))
    this.authorizer = new Authorizer(this)
    bootstrap(this)
    followDefinitions(this)
  }

  storage(kind: Kind): Storage {
    let storage = this.#storages.get(kind)
    if (storage === undefined) {
      storage = new Storage(kind, this.store)
      this.#storages.set(kind, storage)
    }
    return storage
  }

  /** Deletes an object after a time, unless it is written again before. */
  expire(kind: Kind, namespace: string, name: string, seconds: number): void {
    const storage = this.storage(kind)
    const key = storage.key(namespace, name)
    const armed = this.#expiry.has(key)
    this.#expiry.set(key, this.sim.now + seconds * 1_000_000)
    if (armed) return
    const fire = (): void => {
      const deadline = this.#expiry.get(key) ?? 0
      if (storage.get(namespace, name) === undefined) this.#expiry.delete(key)
      else if (deadline > this.sim.now) this.sim.at(deadline, fire)
      else {
        this.#expiry.delete(key)
        storage.delete(namespace, name)
      }
    }
    this.sim.after(seconds * 1_000_000, fire)
  }

  /** Serves one more kind: a custom one. */
  addKind(kind: Kind): void {
    this.kinds.add(kind)
  }

  /** Serves a kind no longer. */
  removeKind(kind: Kind): void {
    this.kinds.remove(kind)
    this.#storages.get(kind)?.close()
    this.#storages.delete(kind)
  }

  /** The endpoint of a built-in resource that is known to be there. */
  endpoint(group: string, plural: string): Endpoint {
    const found = this.kinds.byResource(group, plural)
    if (found === undefined) throw new Error(`no resource ${plural}.${group}`)
    return found
  }

  /** A stored object by its resource. */
  object(group: string, plural: string, namespace: string, name: string): Obj | undefined {
    return this.storage(this.endpoint(group, plural).kind).get(namespace, name)
  }

  /** All stored objects of a resource, of one namespace or all (`''`). */
  objects(group: string, plural: string, namespace = ''): readonly Obj[] {
    return this.storage(this.endpoint(group, plural).kind).list({
      namespace,
      labels: [],
      fields: [],
    })
  }

  /** Serves one request. Never throws for what a client can cause. */
  *handle(request: HttpRequest): Sim<HttpResponse> {
    const { path, query } = parseTarget(request.target)
    const warnings: string[] = []
    const pretty = query.get('pretty')
    try {
      return prettyFor(request, pretty, withWarnings(yield* this.#serve(request, path, query, warnings), warnings))
    } catch (error) {
      if (error instanceof StatusError) return prettyFor(request, pretty, statusResponse(error, warnings))
      throw error
    }
  }

  *#serve(request: HttpRequest, path: string, query: Query, warnings: string[]): Sim<HttpResponse> {
    const info = requestInfo(request.method, path, query)
    const real = authenticate(this, request)
    const user = impersonate(this, request, real, info)
    this.#authorize(user, info, query)
    const context: RequestContext = {
      server: this,
      request,
      info,
      query,
      user,
      now: this.sim.now,
      dryRun: query.getAll('dryRun').includes('All'),
      warnings,
      manager: managerName(request, query),
    }
    if (!info.isResource) return serveDiscovery(context) ?? plainResponse(404, '404 page not found\n')
    const endpoint = this.kinds.at(info.group, info.version, info.resource)
    if (endpoint === undefined) return serveDiscovery(context) ?? plainResponse(404, '404 page not found\n')
    if (info.verb === '') throw newMethodNotSupported({ group: info.group, resource: info.resource }, request.method)
    return yield* serveResource(context, endpoint)
  }

  #authorize(user: UserInfo, info: RequestInfo, query: Query): void {
    const decision = this.authorizer.authorize(user, info, query)
    if (decision.allowed) return
    throw forbiddenError(user, info, decision.reason)
  }
}

/** The refusal of an authoriser. */
export function forbiddenError(user: UserInfo, info: RequestInfo, reason: string): StatusError {
  const tail = reason === '' ? '' : `: ${reason}`
  if (!info.isResource)
    return newForbidden({ group: '', resource: '' }, '', `User ${quote(user.name)} cannot ${info.verb} path ${quote(info.path)}${tail}`)
  const gr = { group: info.group, resource: info.resource }
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`
  const scope = info.namespace === '' ? 'at the cluster scope' : `in the namespace ${quote(info.namespace)}`
  const error = newForbidden(
    gr,
    info.name,
    `User ${quote(user.name)} cannot ${info.verb} resource ${quote(resource)} in API group ${quote(info.group)} ${scope}${tail}`,
  )
  return new StatusError(403, 'Forbidden', error.message, obj(error.status, 'details'))
}

/** Field manager: asked for, or the first part of the user agent. */
function managerName(request: HttpRequest, query: Query): string {
  const asked = query.get('fieldManager')
  if (asked !== undefined && asked !== '') return asked
  const agent = request.headers.get('user-agent') ?? ''
  const end = agent.indexOf('/')
  return (end < 0 ? agent : agent.slice(0, end)) || 'unknown'
}

/**
 * The typed API client: what controllers, scheduler, kubelet and kube-proxy use to read and write objects.
 * Reads and writes fail with {@link ApiError} (the server said no) or TransportError (no answer).
 */

import { type BodyStream, bodyBytes, bodyJson, Headers, isStream, JsonBody } from '#http/message.ts'
import { type ClientResponse, type Transport, TransportError } from '#http/transport.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { ApiError, isConflict, type Status } from './errors.ts'
import type { TokenBucket } from './rate-limit.ts'
import type { Resource } from './resources.ts'
import { apiVersionOf } from './resources.ts'
import type { KubeObject, List } from './types/meta.ts'

export interface ClientOptions {
  /** As in client-go: `kube-controller-manager`; also the actor of causes. */
  readonly userAgent: string
  /** A bearer token, asked for at each request, because files with tokens are rotated. */
  readonly token?: (() => string) | undefined
  /** Requests a second and how many may come at once; none: no limit. */
  readonly rateLimit?: TokenBucket | undefined
}

export interface ListOptions {
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly limit?: number | undefined
  readonly continue?: string | undefined
  readonly resourceVersion?: string | undefined
}

export interface WatchOptions extends ListOptions {
  readonly timeoutSeconds?: number | undefined
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined
  readonly preconditions?:
    | {
        readonly uid?: string | undefined
        readonly resourceVersion?: string | undefined
      }
    | undefined
}

export type PatchType = 'merge' | 'strategic' | 'json'

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const

/** One event of a watch. With `ERROR` the object is a Status. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T
}

/** A running watch: `next` waits for the next event; undefined when the server ended it. */
export interface Watch<T> {
  next(): Sim<WatchEvent<T> | undefined>
  stop(): void
}

/** Path of a collection or object: `/apis/apps/v1/namespaces/default/deployments/web/status`. */
export function resourcePath(resource: Resource, namespace?: string, name?: string, subresource?: string): string {
  let path = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  if (resource.namespaced && namespace !== undefined) path += `/namespaces/${namespace}`
  path += `/${resource.resource}`
  if (name !== undefined) path += `/${name}`
  if (subresource !== undefined) path += `/${subresource}`
  return path
}

export class Client {
  readonly sim: Simulation
  readonly userAgent: string
  readonly #transport: Transport
  readonly #options: ClientOptions

  constructor(sim: Simulation, transport: Transport, options: ClientOptions) {
    this.sim = sim
    this.userAgent = options.userAgent
    this.#transport = transport
    this.#options = options
  }

  /** The same connection under another user agent (and token); shares the rate limit unless another is given. */
  as(options: Partial<ClientOptions>): Client {
    return new Client(this.sim, this.#transport, {
      ...this.#options,
      ...options,
    })
  }

  *get<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string): Sim<T> {
    return (yield* this.request('GET', resourcePath(resource, namespace, name))) as T
  }

  /** As `get`, undefined when there is no such object. */
  *find<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string): Sim<T | undefined> {
    try {
      return yield* this.get(resource, namespace, name)
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined
      throw error
    }
  }

  *list<T extends KubeObject>(resource: Resource<T>, namespace?: string, options: ListOptions = {}): Sim<List<T>> {
    return (yield* this.request('GET', resourcePath(resource, namespace) + query({ ...options }))) as List<T>
  }

  *create<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    object: T,
    subresource?: string,
    name?: string,
  ): Sim<T> {
    const what = object.metadata?.name ?? `${object.metadata?.generateName ?? ''}…`
    return (yield* this.#write(
      'POST',
      resource,
      resourcePath(resource, namespace, name, subresource),
      withKind(resource, object),
      what,
    )) as T
  }

  *update<T extends KubeObject>(resource: Resource<T>, object: T, subresource?: string): Sim<T> {
    const { namespace, name } = object.metadata
    return (yield* this.#write(
      'PUT',
      resource,
      resourcePath(resource, namespace, name, subresource),
      withKind(resource, object),
      name,
    )) as T
  }

  *updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Sim<T> {
    return yield* this.update(resource, object, 'status')
  }

  /** Applies fields of the status of an object without a namespace, by force. */
  *applyStatus<T extends KubeObject>(resource: Resource<T>, name: string, status: object, fieldManager: string): Sim<T> {
    const target = resourcePath(resource, undefined, name, 'status') + query({ fieldManager, force: 'true' })
    const body = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata: { name }, status }
    return (yield* this.#write('PATCH', resource, target, body, name, 'application/apply-patch+yaml')) as T
  }

  *patch<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    type: PatchType,
    patch: unknown,
    subresource?: string,
  ): Sim<T> {
    return (yield* this.#write(
      'PATCH',
      resource,
      resourcePath(resource, namespace, name, subresource),
      patch,
      name,
      PATCH_TYPES[type],
    )) as T
  }

  *delete<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): Sim<unknown> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...options }
    return yield* this.#write('DELETE', resource, resourcePath(resource, namespace, name), body, name)
  }

  *deleteCollection<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, options: DeleteOptions = {}): Sim<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...options }
    yield* this.#write('DELETE', resource, resourcePath(resource, namespace), body, '')
  }

  /** Posts to a subresource that takes another kind: `pods/binding`, `pods/eviction`, `serviceaccounts/token`. */
  *post(resource: Resource, namespace: string | undefined, name: string, subresource: string, body: unknown): Sim<unknown> {
    return yield* this.#write('POST', resource, resourcePath(resource, namespace, name, subresource), body, `${name}/${subresource}`)
  }

  /** Starts a watch. Throws ApiError with code 410 when `resourceVersion` is too old. */
  *watch<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, options: WatchOptions): Sim<Watch<T>> {
    const target = resourcePath(resource, namespace) + query({ allowWatchBookmarks: 'true', ...options, watch: 'true' })
    const response = yield* this.#send('GET', target, undefined, undefined)
    if (response.status >= 400 || !isStream(response.body)) {
      const answer = yield* readJson(response)
      throw new ApiError(response.status, (answer ?? {}) as Status)
    }
    return new StreamWatch<T>(response.body)
  }

  /** One request with a JSON body and a JSON answer. */
  *request(method: string, target: string, body?: unknown, contentType = 'application/json'): Sim<unknown> {
    const limit = this.#options.rateLimit?.take() ?? 0
    if (limit > 0) yield* this.sim.sleep(limit)
    const response = yield* this.#send(method, target, body, contentType)
    const answer = yield* readJson(response)
    if (response.status >= 400) throw new ApiError(response.status, (answer ?? {}) as Status)
    return answer
  }

  *#write(method: string, resource: Resource, target: string, body: unknown, name: string, contentType?: string): Sim<unknown> {
    const { sim } = this
    const outer = sim.cause
    sim.cause = sim.causes.record(outer, sim.now, this.userAgent, `${method} ${resource.resource}${name === '' ? '' : `/${name}`}`)
    // Not `finally`: a cancelled request must not touch the cause of whatever cancelled it.
    try {
      const answer = yield* this.request(method, target, withoutUndefined(body), contentType)
      sim.cause = outer
      return answer
    } catch (error) {
      sim.cause = outer
      throw error
    }
  }

  #send(method: string, target: string, body: unknown, contentType: string | undefined): Sim<ClientResponse> {
    const headers = new Headers([
      ['user-agent', this.#options.userAgent],
      ['accept', 'application/json'],
    ])
    const token = this.#options.token?.()
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    if (body === undefined) return this.#transport.roundTrip({ method, target, headers })
    headers.set('content-type', contentType ?? 'application/json')
    return this.#transport.roundTrip({
      method,
      target,
      headers,
      body: new JsonBody(body),
    })
  }
}

function* readJson(response: ClientResponse): Sim<unknown> {
  const body = isStream(response.body) ? yield* bodyBytes(response.body) : response.body
  if (body instanceof Uint8Array && body.length === 0) return undefined
  try {
    return bodyJson(body)
  } catch {
    return {
      message: body instanceof Uint8Array ? decode(body) : '',
      code: response.status,
    }
  }
}

/** Reads events off a body whose parts are documents or bytes of lines. */
class StreamWatch<T> implements Watch<T> {
  readonly #body: BodyStream
  readonly #ready: WatchEvent<T>[] = []
  #text = ''

  constructor(body: BodyStream) {
    this.#body = body
  }

  *next(): Sim<WatchEvent<T> | undefined> {
    for (;;) {
      const event = this.#ready.shift()
      if (event !== undefined) return event
      const part = yield* this.#body.next()
      if (part === undefined) return undefined
      if (part instanceof JsonBody) return part.value as WatchEvent<T>
      this.#text += decode(part)
      const lines = this.#text.split('\n')
      this.#text = lines.pop() ?? ''
      for (const line of lines) if (line !== '') this.#ready.push(JSON.parse(line) as WatchEvent<T>)
    }
  }

  stop(): void {
    this.#body.cancel()
  }
}

const SAFE = /^[A-Za-z0-9._~-]*$/

/** Percent-encodes a query parameter's value. */
export function escapeQuery(text: string): string {
  if (SAFE.test(text)) return text
  let out = ''
  for (const byte of encode(text)) {
    const char = String.fromCharCode(byte)
    out += byte < 0x80 && SAFE.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeQuery(String(value))}`],
  )
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

function withKind<T extends KubeObject>(resource: Resource<T>, object: T): T {
  if (object.apiVersion !== undefined && object.kind !== undefined) return object
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object }
}

/** The same document without members that are undefined; shared where there are none. */
export function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!hasUndefined(value)) return value
  if (Array.isArray(value)) return value.map(withoutUndefined)
  const out: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) if (member !== undefined) out[key] = withoutUndefined(member)
  return out
}

function hasUndefined(value: object): boolean {
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key]
    if (member === undefined || (typeof member === 'object' && member !== null && hasUndefined(member))) return true
  }
  return false
}

/** At most this many attempts of {@link retryOnConflict}. Source: client-go retry.DefaultRetry. */
const CONFLICT_ATTEMPTS = 5

/** Runs `attempt` again, after 10 ms, while it fails with a conflict. */
export function* retryOnConflict<T>(sim: Simulation, attempt: () => Sim<T>): Sim<T> {
  for (let i = 1; ; i++) {
    try {
      return yield* attempt()
    } catch (error) {
      if (!isConflict(error) || i >= CONFLICT_ATTEMPTS) throw error
    }
    yield* sim.sleep(10_000)
  }
}

/** True for what goes away by trying again later: no answer, or a server that says it can't now. */
export function isTransient(error: unknown): boolean {
  return error instanceof TransportError || (error instanceof ApiError && (error.code >= 500 || error.code === 429))
}

/** Backoff between attempts to reach a server: 0.8 s doubling to 30 s. Source: client-go Reflector. */
export function reflectorBackoff(attempt: number, jitter: number): number {
  return Math.round(Math.min(0.8 * 2 ** Math.min(attempt, 6), 30) * (1 + jitter) * SECOND)
}

/**
 * Random requests against an API server, valid and not, from a seed: `node tests/simulation/api-requests.ts [COUNT] [SEED]`.
 *
 * What must hold whatever is asked: the server answers and never throws; an answer is an HTTP status with a JSON document or a
 * text; revisions only rise; what is stored is frozen and has the revision of its key; watches replayed from the beginning give what a
 * list gives.
 */
import { fileURLToPath } from 'node:url'
import { directTransport } from '#http/direct.ts'
import { Headers, isStream, JsonBody } from '#http/message.ts'
import type { ClientResponse } from '#http/transport.ts'
import { clone, type Draft, isObj, type Obj, objs, str } from '#kubernetes/api/json.ts'
import { definition, type Type } from '#kubernetes/api/schema.ts'
import { engine } from '#kubernetes/apiserver/cel/engine.ts'
import { apiVersionOf, type Endpoint } from '#kubernetes/apiserver/context.ts'
import { ApiServer } from '#kubernetes/apiserver/server.ts'
import { Store } from '#kubernetes/etcd/store.ts'
import { Random } from '#sim/random.ts'
import { Simulation } from '#sim/simulation.ts'

const NAMES = ['a', 'b', 'web', 'web-1', 'kube-root-ca.crt', 'Bad_Name', 'x.y.z', '', 'a'.repeat(254), 'système']
const TEXTS = [
  '',
  'a',
  'nginx:1.27',
  'Always',
  'RollingUpdate',
  'ClusterIP',
  '10.96.0.7',
  '/data',
  'app=web',
  '50%',
  'TCP',
  '\u0000',
  'x'.repeat(300),
  '*',
  'v1',
]
const NUMBERS = [0, 1, 2, -1, 80, 443, 65_535, 65_536, 2_147_483_647, 2 ** 40, 1.5]
const QUANTITIES = ['1', '100m', '1Gi', '-1', '1e3', 'x', '0', '1.5Gi']
const TIMES = ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.000001Z', 'yesterday', '']
const VERBS = ['POST', 'POST', 'POST', 'GET', 'GET', 'LIST', 'PUT', 'PUT', 'PATCH', 'PATCH', 'PATCH', 'PATCH', 'DELETE', 'DELETE', 'WATCH']
const PATCHES = [
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
]
const MAX_DEPTH = 5

export interface Outcome {
  readonly requests: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** What did not hold, each with the request that showed it. */
  readonly broken: readonly string[]
}

class RequestMaker {
  readonly #random: Random
  readonly #endpoints: readonly Endpoint[]
  /** Objects that were stored once: what the next ones are made from. */
  readonly #stored: Obj[] = []

  constructor(random: Random, endpoints: readonly Endpoint[]) {
    this.#random = random
    this.#endpoints = endpoints
  }

  keep(object: unknown): void {
    if (!isObj(object) || !isObj(object.metadata)) return
    if (this.#stored.length < 500) this.#stored.push(object)
    else this.#stored[this.#random.below(500)] = object
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)] as T
  }

  #chance(probability: number): boolean {
    return this.#random.unit() < probability
  }

  request(): { readonly method: string; readonly target: string; readonly body?: unknown; readonly type: string } {
    const known = this.#stored.length > 0 && this.#chance(0.6) ? this.#one(this.#stored) : undefined
    const { kind, served } =
      (known && this.#endpoints.find((e) => e.kind.kind === known.kind && apiVersionOf(e.served) === known.apiVersion)) ??
      this.#one(this.#endpoints)
    const base = served.group === '' ? `/api/${served.version}` : `/apis/${served.group}/${served.version}`
    const namespace = this.#chance(0.9) ? 'default' : this.#one(['kube-system', 'nowhere', 'Bad_'])
    const collection = kind.namespaced ? `${base}/namespaces/${namespace}/${kind.plural}` : `${base}/${kind.plural}`
    const name =
      known !== undefined && known.kind === kind.kind
        ? str(known, 'metadata', 'name')
        : this.#chance(0.7)
          ? this.#one(['a', 'b', 'web', 'web-1'])
          : this.#one(NAMES)
    const sub = this.#chance(0.15)
      ? `/${this.#one(['status', 'scale', 'nothing', 'binding', 'eviction', 'token', 'finalize', 'approval', 'resize'])}`
      : ''
    const at = `${collection}/${encodeURIComponent(name)}${sub}`
    const verb = this.#one(VERBS)
    const query = this.#query(verb)
    switch (verb) {
      case 'POST':
        return {
          method: 'POST',
          target: `${sub === '' ? collection : at}${query}`,
          body: this.#object(served.def, apiVersionOf(served), kind.kind, name),
          type: 'application/json',
        }
      case 'PUT':
        return {
          method: 'PUT',
          target: `${at}${query}`,
          body: this.#object(served.def, apiVersionOf(served), kind.kind, name),
          type: 'application/json',
        }
      case 'PATCH': {
        const type = this.#one(PATCHES)
        const object = this.#object(served.def, apiVersionOf(served), kind.kind, name)
        const body = type === 'application/json-patch+json' ? this.#jsonPatch() : object
        return { method: 'PATCH', target: `${at}${query}`, body, type }
      }
      case 'DELETE':
        return this.#chance(0.1)
          ? { method: 'DELETE', target: `${collection}${query}`, type: '' }
          : { method: 'DELETE', target: `${at}${query}`, type: '' }
      case 'WATCH':
        return {
          method: 'GET',
          target: `${collection}?watch=1&timeoutSeconds=1&resourceVersion=${this.#one(['', '0', '1', '5', '99999999', 'x'])}`,
          type: '',
        }
      default:
        return { method: 'GET', target: `${verb === 'LIST' ? collection : at}${query}`, type: '' }
    }
  }

  #query(verb: string): string {
    const options = [
      'dryRun=All',
      'fieldManager=x',
      'fieldValidation=Strict',
      'fieldValidation=Warn',
      'force=true',
      'propagationPolicy=Foreground',
      'gracePeriodSeconds=0',
      'labelSelector=app%3Dweb',
      'labelSelector=%21%21',
      'fieldSelector=metadata.name%3Dweb',
      'fieldSelector=spec.nothing%3D1',
      'limit=2',
      'limit=2&continue=abc',
      'resourceVersion=1&resourceVersionMatch=Exact',
      'resourceVersion=3',
    ]
    const manager = verb === 'PATCH' ? ['fieldManager=x'] : []
    const chosen = [...manager, ...options.filter(() => this.#chance(0.05))]
    return chosen.length === 0 ? '' : `?${chosen.join('&')}`
  }

  #object(def: string, apiVersion: string, kind: string, name: string): unknown {
    const same = this.#stored.filter((o) => o.kind === kind)
    const made: unknown =
      same.length > 0 && this.#chance(0.6) ? clone(this.#one(same)) : this.#value({ kind: 'struct', def: definition(def), go: '' }, 0)
    if (!isObj(made)) return made
    const object = made
    const metadata: Draft = this.#chance(0.8) || !isObj(object.metadata) ? { name } : { ...object.metadata, name }
    if (this.#chance(0.3)) metadata.labels = { app: this.#one(['web', 'x']) }
    const out: Draft = { ...object, apiVersion, kind, metadata }
    if (this.#chance(0.4)) this.#mutate(out, 0)
    return this.#chance(0.01) ? this.#one([null, [], 'text', 7]) : out
  }

  /** Changes something, somewhere. */
  #mutate(object: Draft, depth: number): void {
    const names = Object.keys(object)
    if (names.length === 0) return
    const name = this.#one(names)
    const value = object[name]
    if (isObj(value) && depth < MAX_DEPTH && this.#chance(0.8)) {
      const copy = { ...value }
      object[name] = copy
      this.#mutate(copy, depth + 1)
    } else if (this.#chance(0.3)) delete object[name]
    else object[name] = this.#one<unknown>([this.#one(TEXTS), this.#one(NUMBERS), true, null, [], {}, [{}], [null], { a: 'b' }])
  }

  #jsonPatch(): unknown {
    const paths = [
      '/metadata/labels/app',
      '/metadata/labels',
      '/spec/replicas',
      '/data/x',
      '/spec',
      '',
      '/metadata/name',
      '/spec/ports/-',
      '/a~1b',
      'bad',
    ]
    return Array.from({ length: 1 + this.#random.below(3) }, () => ({
      op: this.#one(['add', 'replace', 'remove', 'test', 'copy', 'move', 'jump']),
      path: this.#one(paths),
      from: this.#one(paths),
      value: this.#one<unknown>([1, 'x', {}, null, { app: 'web' }]),
    }))
  }

  #value(type: Type, depth: number): unknown {
    if (this.#chance(0.01)) return this.#one<unknown>([null, 'text', 7, [], {}, true])
    switch (type.kind) {
      case 'struct': {
        const out: Draft = {}
        const probability = depth === 0 ? 0.8 : depth > MAX_DEPTH ? 0 : 0.25
        for (const [name, field] of type.def.json) if (this.#chance(probability)) out[name] = this.#value(field.type, depth + 1)
        if (this.#chance(0.01)) out.unheardOf = 1
        return out
      }
      case 'slice':
        return Array.from({ length: this.#random.below(3) }, () => this.#value(type.elem, depth + 1))
      case 'map':
        return Object.fromEntries(
          Array.from({ length: this.#random.below(3) }, () => [this.#one(NAMES), this.#value(type.elem, depth + 1)]),
        )
      case 'scalar':
        switch (type.scalar) {
          case 'bool':
            return this.#chance(0.5)
          case 'int32':
          case 'int64':
          case 'float64':
            return this.#one(NUMBERS)
          case 'quantity':
            return this.#one(QUANTITIES)
          case 'time':
          case 'microtime':
            return this.#one(TIMES)
          case 'intstr':
            return this.#one<unknown>([80, '50%', 'http', ''])
          case 'bytes':
            return this.#one(['aGVsbG8=', 'not base64', ''])
          case 'raw':
            return this.#one<unknown>([{}, { type: 'object' }, 'x', 1])
          default:
            return this.#one(this.#chance(0.3) ? NAMES : TEXTS)
        }
    }
  }
}

/** Sends `count` random requests; the same seed gives the same run. */
export function randomRequests(count: number, seed: number): Outcome {
  const sim = new Simulation({ seed, start: 1_795_392_000_000_000 })
  const store = new Store()
  const server = new ApiServer({
    sim,
    store,
    authentication: { tokens: new Map([['admin', { name: 'admin', groups: ['system:masters'] }]]) },
    *cel() {
      return engine
    },
  })
  const transport = directTransport(sim, (r) => server.handle(r), { address: '127.0.0.1', port: 1, tls: true })
  const endpoints = server.kinds.all.flatMap((kind) => kind.served.map((served) => ({ kind, served })))
  const maker = new RequestMaker(new Random(seed, 'requests'), endpoints)
  const statuses: Record<string, number> = {}
  const broken: string[] = []
  const replayed = new Map<string, unknown>()
  for (const { key, value } of store.range('/').kvs) replayed.set(key, value)
  for (const { kind } of endpoints)
    store.watch(`${kind.prefix}/`, store.revision, (event) => {
      if (event.type === 'PUT') replayed.set(event.kv.key, event.kv.value)
      else replayed.delete(event.kv.key)
    })
  let revision = store.revision
  for (let n = 0; n < count && broken.length < 10; n++) {
    const request = maker.request()
    const report = (what: string): void => void broken.push(`${n}: ${what}: ${JSON.stringify(request).slice(0, 2000)}`)
    const headers = new Headers([
      ['authorization', 'Bearer admin'],
      ['user-agent', 'random/1'],
      ...(request.type === '' ? [] : [['content-type', request.type] as const]),
    ])
    let thrown: unknown
    sim.onFailure = (_, error) => {
      thrown = error
    }
    const { method, target, body } = request
    const task = sim.spawn(
      'request',
      transport.roundTrip({ method, target, headers, ...(body === undefined ? {} : { body: new JsonBody(body) }) }),
    )
    sim.run({ until: sim.now + 2_000_000, stop: () => task.ended })
    const response = task.result
    if (response === undefined) {
      report(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown ?? 'no answer'))
      continue
    }
    statuses[response.status] = (statuses[response.status] ?? 0) + 1
    if (isStream(response.body)) response.body.cancel()
    else if (response.status < 300 && response.body instanceof JsonBody && method !== 'GET' && !target.includes('dryRun'))
      maker.keep(response.body.value)
    if (response.status >= 500 && !expected(response)) report(`status ${response.status}`)
    if (store.revision < revision) report('the revision fell')
    revision = store.revision
  }
  for (const { key, value, modRevision } of store.range('/registry/').kvs) {
    if (!deeplyFrozen(value)) broken.push(`${key} is stored and not frozen`)
    if (isObj(value) && str(value, 'metadata', 'resourceVersion') !== String(modRevision))
      broken.push(`${key} has another revision than its key`)
    if (isObj(value)) broken.push(...ownershipProblems(value).map((problem) => `${key}: ${problem}`))
    if (replayed.get(key) !== value) broken.push(`${key}: a watch does not end where a list is`)
  }
  const { count: keys } = store.range('/registry/')
  if ([...replayed.keys()].filter((key) => key.startsWith('/registry/')).length !== keys) broken.push('a watch knows more than a list')
  return { requests: count, statuses, broken }
}

/** What upstream answers with an internal error too: strategicpatch, ErrNoMergeKey. */
function expected({ body }: ClientResponse): boolean {
  return body instanceof JsonBody && str(body.value, 'message').includes('does not contain declared merge key')
}

/** Nobody owns fields twice, and an object has one controller at most. */
function ownershipProblems(object: Obj): string[] {
  const problems: string[] = []
  const managers = objs(object, 'metadata', 'managedFields').map((entry) =>
    ['manager', 'operation', 'apiVersion', 'subresource'].map((part) => str(entry, part)).join(' '),
  )
  if (new Set(managers).size !== managers.length) problems.push(`a manager is listed twice: ${managers.join(', ')}`)
  if (objs(object, 'metadata', 'ownerReferences').filter((owner) => owner.controller === true).length > 1) problems.push('two controllers')
  return problems
}

function deeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(deeplyFrozen)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcome = randomRequests(Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 1))
  console.log(JSON.stringify(outcome, null, 1))
  process.exitCode = outcome.broken.length === 0 ? 0 : 1
}

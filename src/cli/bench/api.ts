import type { Cluster } from '#cluster/cluster.ts'
import { Headers, type HttpResponse, isStream, JsonBody } from '#http/message.ts'
import type { Sim } from '#sim/wait.ts'
import { startCluster } from '../cluster.ts'
import { fresh, measure, type Row } from './measure.ts'

/** Requests of an operation, one after the other; each is timed by itself. */
class Caller {
  readonly #cluster: Cluster
  readonly times: number[] = []

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** One request as the cluster's administrator, run to its answer; returns what came. */
  call(method: string, target: string, object?: unknown, contentType = 'application/json'): HttpResponse {
    const { sim, pki, apiHandler } = this.#cluster
    if (apiHandler === undefined) throw new Error('no API server')
    const headers = new Headers([
      ['content-type', contentType],
      ['user-agent', 'bench/1'],
    ])
    const peer = { address: '172.18.0.1', port: 1, tls: true, certificate: pki.admin.pem }
    const body = object === undefined ? new Uint8Array(0) : new JsonBody(object)
    const begun = performance.now()
    const task = sim.spawn('bench', apiHandler({ method, target, headers, body, peer }))
    sim.run({ stop: () => task.ended })
    const response = task.result
    if (response === undefined || response.status >= 400) throw new Error(`${method} ${target}: ${response?.status}`)
    if (!isStream(response.body) && response.body instanceof JsonBody) response.body.bytes()
    this.times.push(performance.now() - begun)
    return response
  }
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/bench'
const COUNT = 1000
const WATCHERS = 100

const configMap = (n: number): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `bench-${n}`, labels: { app: 'bench' } },
  data: { text: 'x'.repeat(200), number: String(n) },
})

const deployment = (n: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'bench', annotations: { round: String(n) } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'bench' } },
    template: { metadata: { labels: { app: 'bench' } }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
  },
})

/** The API server by itself: requests a second and the slowest hundredth, with answers encoded as they would be sent. */
export function api(): Row[] {
  const cluster = startCluster(fresh())
  const operation = (name: string, count: number, run: (caller: Caller, n: number) => void): Row => {
    const caller = new Caller(cluster)
    const figures = measure(() => {
      for (let n = 0; n < count; n++) run(caller, n)
    })
    const sorted = caller.times.sort((a, b) => a - b)
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0
    return {
      name: 'api',
      operation: name,
      requests: sorted.length,
      perSecond: Math.round(sorted.length / figures.wallSeconds),
      p99Ms: Math.round(p99 * 100) / 100,
      ...figures,
    }
  }
  return [
    operation('create', COUNT, (c, n) => c.call('POST', CONFIG_MAPS, configMap(n))),
    operation('get', COUNT * 5, (c, n) => c.call('GET', `${CONFIG_MAPS}/bench-${n % COUNT}`)),
    operation('list 1,000', 50, (c) => c.call('GET', CONFIG_MAPS)),
    fanOut(cluster, operation),
    operation('server-side apply', COUNT, (c, n) =>
      c.call('PATCH', `${DEPLOYMENT}?fieldManager=bench`, deployment(n), 'application/apply-patch+yaml'),
    ),
    operation('strategic patch', COUNT, (c, n) =>
      c.call('PATCH', DEPLOYMENT, { metadata: { annotations: { round: `p${n}` } } }, 'application/strategic-merge-patch+json'),
    ),
  ]
}

/** Updates of one object that a hundred watchers hear of. */
function fanOut(cluster: Cluster, operation: (name: string, count: number, run: (caller: Caller, n: number) => void) => Row): Row {
  const { sim } = cluster
  const setUp = new Caller(cluster)
  let heard = 0
  const streams = Array.from({ length: WATCHERS }, () => {
    const { body } = setUp.call('GET', `${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dbench-0`)
    if (!isStream(body)) throw new Error('a watch is a stream')
    return body
  })
  const readers = streams.map((stream) =>
    sim.spawn(
      'reader',
      (function* (): Sim<void> {
        while ((yield* stream.next()) !== undefined) heard++
      })(),
    ),
  )
  sim.run({ stop: () => heard >= WATCHERS })
  const row = operation('update, heard by 100 watchers', 200, (c, n) => {
    const wanted = heard + WATCHERS
    c.call('PATCH', `${CONFIG_MAPS}/bench-0`, { data: { round: String(n) } }, 'application/merge-patch+json')
    sim.run({ stop: () => heard >= wanted })
  })
  for (const reader of readers) reader.cancel()
  for (const stream of streams) stream.cancel()
  return row
}

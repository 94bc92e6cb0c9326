import type { Cluster } from '#cluster/cluster.ts'
import { Headers, JsonBody } from '#http/message.ts'
import { Simulation } from '#sim/simulation.ts'

/** One line of the result; further figures by name. */
export interface Row {
  readonly name: string
  readonly cpuSeconds: number
  readonly wallSeconds: number
  readonly heapMiB: number
  readonly [figure: string]: number | string
}

export interface Measured {
  readonly cpuSeconds: number
  readonly wallSeconds: number
  readonly heapMiB: number
}

/** CPU and wall seconds of a piece of work, and the heap after it. */
export function measure(work: () => void): Measured {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  work()
  const used = process.cpuUsage(cpu)
  const round = (n: number): number => Math.round(n * 1000) / 1000
  return {
    cpuSeconds: round((used.user + used.system) / 1e6),
    wallSeconds: round((performance.now() - begun) / 1000),
    heapMiB: Math.round(process.memoryUsage().heapUsed / 1024 / 1024),
  }
}

const START = Date.UTC(2026, 10, 23, 9, 0, 0) * 1000

/** A world of its own for a benchmark. */
export function fresh(): Simulation {
  return new Simulation({ seed: 1, start: START })
}

/** Sends one request to the cluster's API server as its administrator. */
export function send(cluster: Cluster, method: string, target: string, object: unknown): void {
  const handler = cluster.apiHandler
  if (handler === undefined) throw new Error('no API server')
  const peer = { address: '172.18.0.1', port: 1, tls: true, certificate: cluster.pki.admin.pem }
  const task = cluster.sim.spawn(
    'bench',
    handler({ method, target, headers: new Headers([['content-type', 'application/json']]), body: new JsonBody(object), peer }),
  )
  cluster.sim.run({ stop: () => task.ended })
  if ((task.result?.status ?? 500) >= 400) throw new Error(`${method} ${target}: ${task.result?.status}`)
}

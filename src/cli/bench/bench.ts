import { HOUR, SECOND } from '#sim/time.ts'
import { parseArgs, UsageError } from '../args.ts'
import { startCluster } from '../cluster.ts'
import { api } from './api.ts'
import { fresh, measure, type Row, send } from './measure.ts'
import { shell } from './shell.ts'

const BOOTS = 9

/** Nine boots in one process: the median, and the first, in which the engine still compiles. */
function boot(): Row[] {
  const runs = Array.from({ length: BOOTS }, () => measure(() => startCluster(fresh(), { cloud: true }, false)))
  const [first] = runs
  const median = [...runs].sort((a, b) => a.cpuSeconds - b.cpuSeconds)[BOOTS >> 1]
  if (first === undefined || median === undefined) return []
  return [{ name: 'boot', nodes: 4, ...median, firstCpuSeconds: first.cpuSeconds }]
}

function idle(): Row[] {
  const sim = fresh()
  startCluster(sim, { cloud: true })
  const events = sim.events
  const figures = measure(() => sim.run({ until: sim.now + HOUR }))
  return [{ name: 'idle', virtualSeconds: 3600, events: sim.events - events, ...figures }]
}

/** A Deployment of pause containers, from creation until all are available, on as many hollow nodes as they need. */
function replicas(counts: readonly number[]): Row[] {
  return counts.map((count) => {
    const nodes = Math.ceil(count / 100)
    const sim = fresh()
    const cluster = startCluster(sim, { hollow: nodes })
    const from = sim.now
    const labels = { app: 'bench' }
    const figures = measure(() => {
      send(cluster, 'POST', '/apis/apps/v1/namespaces/default/deployments', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'bench' },
        spec: {
          replicas: count,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10.1' }] } },
        },
      })
      const done = (): boolean => {
        const [deployment] = cluster.objects('apps/v1', 'Deployment', 'default') as readonly { status?: { readyReplicas?: number } }[]
        return deployment?.status?.readyReplicas === count
      }
      sim.run({ until: sim.now + HOUR, stop: done })
      if (!done()) throw new Error(`${count} replicas were not ready within an hour`)
    })
    return { name: 'replicas', replicas: count, nodes: nodes + 4, virtualSeconds: Math.round((sim.now - from) / SECOND), ...figures }
  })
}

const BENCHMARKS: Readonly<Record<string, () => Row[]>> = { boot, idle, replicas: () => replicas([100, 1000, 3000]), api, shell }

/** `podlab bench`: measures, never asserts. */
export async function bench(argv: readonly string[]): Promise<number> {
  const args = parseArgs(argv, { json: 'flag' })
  const names = args.rest.length === 0 ? Object.keys(BENCHMARKS) : args.rest
  const rows: Row[] = []
  for (const name of names) {
    const run = BENCHMARKS[name]
    if (run === undefined) throw new UsageError(`no benchmark ${name}; there are ${Object.keys(BENCHMARKS).join(', ')}`)
    rows.push(...run())
  }
  if (args.flags.has('json')) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else
    for (const { name, ...figures } of rows)
      process.stdout.write(
        `${name}: ${Object.entries(figures)
          .map(([k, v]) => `${k} ${v}`)
          .join(', ')}\n`,
      )
  return 0
}

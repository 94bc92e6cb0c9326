import type { Cluster, LaptopOptions } from '#cluster/cluster.ts'
import { type KindOptions, kindCluster } from '#cluster/kind.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import { allPrograms } from './programs.ts'

/** Virtual seconds within which a cluster is up. */
const BOOT_SECONDS = 120
/** Age in virtual seconds of a cluster that is handed over settled: by then the events of its start have been written. */
export const SETTLED_AGE = 60

/** Builds a kind cluster and runs it until every node is Ready, or (`settled`) every Pod too and it is `SETTLED_AGE` old. */
export function startCluster(
  sim: Simulation,
  options: Omit<LaptopOptions & KindOptions, 'sim' | 'programs'> = {},
  settled = true,
): Cluster {
  const begin = sim.now
  const cluster = kindCluster({ ...options, sim, programs: allPrograms })
  const done = (): boolean => (settled ? cluster.settled : cluster.ready)
  const result = sim.run({ until: sim.now + BOOT_SECONDS * SECOND, stop: done })
  if (!done()) throw new Error(`the cluster did not become ready: ${result}`)
  if (settled) sim.run({ until: begin + SETTLED_AGE * SECOND })
  return cluster
}

import type { Cluster, LaptopOptions } from '#cluster/cluster.ts'
import { kindCluster, type KindOptions } from '#cluster/kind.ts'
import { allPrograms } from './programs.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'

/** Virtual seconds within which a cluster is up. */
const BOOT_SECONDS = 120

/** Builds a kind cluster and runs it until every node is Ready, or (`settled`) every Pod too. */
export function startCluster(sim: Simulation, options: Omit<LaptopOptions & KindOptions, 'sim' | 'programs'> = {}, settled = true): Cluster {
  const cluster = kindCluster({ ...options, sim, programs: allPrograms })
  const done = (): boolean => (settled ? cluster.settled : cluster.ready)
  const result = sim.run({ until: sim.now + BOOT_SECONDS * SECOND, stop: done })
  if (!done()) throw new Error(`the cluster did not become ready: ${result}`)
  return cluster
}

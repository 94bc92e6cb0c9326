import type { Simulation } from '#sim/simulation.ts'
import type { Cluster } from '#cluster/cluster.ts'
import { kindCluster, laptopOnly } from '#cluster/cluster.ts'
import { lazyPrograms } from './programs.ts'

/** A state of the world that labs start in. */
export interface Scenario {
  readonly name: string
  /** Builds the machines; the events that boot them follow. */
  build(sim: Simulation): Cluster
  /** When the world is ready for the reader. */
  ready(cluster: Cluster): boolean
}

/** All scenarios, by the name that `lab.yaml` uses. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  kind: { name: 'kind', build: (sim) => kindCluster({ sim, programs: lazyPrograms }), ready: (cluster) => cluster.ready },
  laptop: { name: 'laptop', build: (sim) => laptopOnly({ sim, programs: lazyPrograms }), ready: (cluster) => cluster.ready },
}

import { type Cluster, laptop } from '#cluster/cluster.ts'
import type { Simulation } from '#sim/simulation.ts'
import { gated, lazyPrograms } from './programs.ts'

/** Puts the rest of a world in place once its code is here. */
export type Join = (cluster: Cluster) => void

/** A state of the world that labs start in. */
export interface Scenario {
  readonly name: string
  /** Machines the reader may open terminals on; the laptop is there at once. */
  readonly machines: readonly string[]
  /** Builds what the first prompt needs. */
  build(sim: Simulation): Cluster
  /** Code of everything else, fetched while the reader looks at the prompt. */
  readonly rest?: () => Promise<Join>
}

const NODES = ['kind-control-plane', 'kind-worker', 'kind-worker2', 'kind-worker3']

/** All scenarios, by the name that `lab.yaml` uses. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  kind: {
    name: 'kind',
    machines: ['laptop', ...NODES],
    build: (sim) => laptop({ sim, programs: lazyPrograms, gate: gated }, true),
    rest: async () => {
      const { joinKind } = await import('#cluster/kind.ts')
      return (cluster) => joinKind(cluster, { programs: lazyPrograms, cloud: true })
    },
  },
  laptop: { name: 'laptop', machines: ['laptop'], build: (sim) => laptop({ sim, programs: lazyPrograms }, false) },
}

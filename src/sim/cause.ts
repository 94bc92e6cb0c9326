import type { Micros } from './wait.ts'

/** One thing that happened, and the id of what made it happen (0: the outside). */
export interface Cause {
  readonly id: number
  readonly parent: number
  readonly time: Micros
  /** Who: `kubectl`, `deployment-controller`, `kubelet/kind-worker`. */
  readonly actor: string
  /** What, in a few words: `PATCH deployments/web`, `create Pod web-…`. */
  readonly what: string
}

/** How many causes are kept; older ones are forgotten. */
export const CAUSES_KEPT = 16_384

/** A bounded ring of causes. Ids only grow, so a forgotten parent is recognised. */
export class CauseRing {
  readonly #ring: Cause[] = []
  #next = 1

  /** Records that `what` happened because of `parent`; returns the new id. */
  record(parent: number, time: Micros, actor: string, what: string): number {
    const id = this.#next++
    this.#ring[id % CAUSES_KEPT] = { id, parent, time, actor, what }
    return id
  }

  get(id: number): Cause | undefined {
    const cause = this.#ring[id % CAUSES_KEPT]
    return cause?.id === id ? cause : undefined
  }

  /** All kept causes, oldest first. */
  list(): Cause[] {
    return this.#ring.filter((c) => c !== undefined).sort((a, b) => a.id - b.id)
  }

  /** `id` and the causes above it, nearest first. */
  chain(id: number): Cause[] {
    const out: Cause[] = []
    for (let c = this.get(id); c !== undefined; c = this.get(c.parent)) out.push(c)
    return out
  }
}

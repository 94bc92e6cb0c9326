import type { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'

/** Delays that double with each failure and start over after a long time without one. Source: client-go flowcontrol.Backoff. */
export class Backoff {
  readonly #sim: Simulation
  readonly #initial: Micros
  readonly #max: Micros
  readonly #entries = new Map<string, { delay: Micros; last: Micros }>()

  constructor(sim: Simulation, initial: Micros, max: Micros) {
    this.#sim = sim
    this.#initial = initial
    this.#max = max
  }

  /** The present delay of `id`; 0 when there is none. */
  delay(id: string): Micros {
    return this.#entries.get(id)?.delay ?? 0
  }

  /** When what failed at `since` may be tried again; undefined: now. */
  until(id: string, since: Micros): Micros | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined || since - entry.last > 2 * this.#max) return undefined
    const time = since + entry.delay
    return time > this.#sim.now ? time : undefined
  }

  /** Another attempt is made after the failure at `since`. */
  next(id: string, since: Micros): void {
    const entry = this.#entries.get(id)
    if (entry === undefined || since - entry.last > 2 * this.#max) this.#entries.set(id, { delay: this.#initial, last: this.#sim.now })
    else {
      entry.delay = Math.min(entry.delay * 2, this.#max)
      entry.last = this.#sim.now
    }
  }

  forget(prefix: string): void {
    for (const id of this.#entries.keys()) if (id.startsWith(prefix)) this.#entries.delete(id)
  }
}

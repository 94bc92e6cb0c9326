import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'

/** A token bucket: `qps` tokens a second, at most `burst` saved up. Source: client-go util/flowcontrol. */
export class TokenBucket {
  readonly #sim: Simulation
  readonly #interval: Micros
  readonly #burst: number
  /** When the bucket was, or will be, empty: it is full `burst` intervals later. */
  #emptyAt: Micros

  constructor(sim: Simulation, qps: number, burst: number) {
    this.#sim = sim
    this.#interval = SECOND / qps
    this.#burst = burst
    this.#emptyAt = sim.now - burst * this.#interval
  }

  /** Takes a token; returns how long to wait for it (0 when one was there). */
  take(): Micros {
    const now = this.#sim.now
    this.#emptyAt = Math.max(this.#emptyAt, now - this.#burst * this.#interval) + this.#interval
    return Math.max(0, Math.round(this.#emptyAt - now))
  }
}

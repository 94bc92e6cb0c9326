import type { Simulation } from '#sim/simulation.ts'
import type { Rate } from './protocol.ts'

/** Milliseconds of work before other messages get their turn. */
const SLICE_MS = 8
/** Events between two looks at the host's clock. */
const BATCH = 8
/** A lab that fell behind real time by more than this (a sleeping laptop) goes on from now. */
const MAX_BEHIND_MS = 1_000

/** What the driver needs of the host. */
export interface Host {
  now(): number
  /** Runs `fn` after `ms` (0: as soon as other messages had their turn); returns how to cancel. */
  later(fn: () => void, ms: number): () => void
}

/**
 * Moves virtual time by the host's clock, a slice of work at a time. At rate 0 only what is due at the present moment runs
 * (so a keystroke is still echoed). Tells after every slice where time is and whether anything is left to do now.
 */
export class Driver {
  #rate: Rate = 1
  /** Virtual time and host time that belong together. */
  #virtual: number
  #real: number
  #cancel: (() => void) | undefined
  #hurry: { readonly done: () => boolean; readonly then: () => void } | undefined
  readonly #sim: Simulation
  readonly #host: Host
  readonly #after: (idle: boolean) => void
  readonly #held: () => boolean

  /** `held`: while it says so nothing runs (output waits to be drawn); whoever changes that calls `wake`. */
  constructor(sim: Simulation, host: Host, after: (idle: boolean) => void, held: () => boolean) {
    this.#sim = sim
    this.#host = host
    this.#after = after
    this.#held = held
    this.#virtual = sim.now
    this.#real = host.now()
  }

  get rate(): Rate {
    return this.#rate
  }

  set rate(rate: Rate) {
    this.sync()
    this.#rate = rate
    this.#anchor()
    this.wake()
  }

  /** Brings virtual time up to the present before an input, without running what lies ahead. */
  sync(): void {
    if (typeof this.#rate !== 'number' || this.#rate === 0 || this.#hurry !== undefined) return
    const next = this.#sim.next()
    const due = this.#due()
    this.#sim.now = Math.max(this.#sim.now, next === undefined ? due : Math.min(due, next))
  }

  /** Runs as fast as the host can until `done`, then goes on at the rate it had and calls `then`. */
  hurry(done: () => boolean, then: () => void): void {
    this.#hurry = { done, then }
    this.wake()
  }

  /** Something may have to happen now. */
  wake(): void {
    this.#cancel?.()
    this.#cancel = this.#host.later(() => this.#slice(), 0)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #anchor(): void {
    this.#virtual = this.#sim.now
    this.#real = this.#host.now()
  }

  /** Virtual time that the host's clock asks for. */
  #due(): number {
    if (this.#rate === 'fast' || this.#hurry !== undefined) return Number.POSITIVE_INFINITY
    return this.#virtual + Math.round((this.#host.now() - this.#real) * 1000 * this.#rate)
  }

  #slice(): void {
    this.#cancel = undefined
    const begun = this.#host.now()
    const until = this.#due()
    let more = true
    while (more && !this.#held() && this.#host.now() - begun < SLICE_MS) {
      const limit = until === Number.POSITIVE_INFINITY ? {} : { until: Math.max(until, this.#sim.now) }
      const hurry = this.#hurry
      more = this.#sim.run({ ...limit, events: BATCH, ...(hurry === undefined ? {} : { stop: hurry.done }) }) === 'stopped'
      if (hurry?.done() === true) {
        this.#hurry = undefined
        this.#anchor()
        hurry.then()
        break
      }
    }
    if (more && typeof this.#rate === 'number' && (until - this.#sim.now) / 1000 > MAX_BEHIND_MS * Math.max(1, this.#rate)) this.#anchor()
    this.#after(!more)
    if (this.#held()) this.#anchor()
    else this.#plan(more)
  }

  #plan(more: boolean): void {
    if (more) {
      this.wake()
      return
    }
    const next = this.#sim.next()
    if (next === undefined || this.#rate === 0 || this.#rate === 'fast') return
    const ms = Math.max(1, (next - this.#due()) / 1000 / this.#rate)
    this.#cancel = this.#host.later(() => this.#slice(), Math.min(ms, 1000))
  }
}

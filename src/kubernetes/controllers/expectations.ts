import type { Simulation } from '#sim/simulation.ts'
import { MINUTE } from '#sim/time.ts'

const TIMEOUT = 5 * MINUTE

/**
 * What a controller has done and not yet seen in its informer, by its key: it must not act on old news.
 * Source: pkg/controller ControllerExpectations, UIDTrackingControllerExpectations.
 */
export class Expectations {
  readonly #sim: Simulation
  readonly #entries = new Map<string, { adds: number; readonly deletions: Set<string>; readonly time: number }>()

  constructor(sim: Simulation) {
    this.#sim = sim
  }

  /** True when everything expected of `key` has been seen, or it has taken too long. */
  satisfied(key: string): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return true
    return (entry.adds <= 0 && entry.deletions.size === 0) || this.#sim.now - entry.time > TIMEOUT
  }

  expectCreations(key: string, count: number): void {
    this.#entries.set(key, { adds: count, deletions: new Set(), time: this.#sim.now })
  }

  expectDeletions(key: string, objects: readonly string[]): void {
    this.#entries.set(key, { adds: 0, deletions: new Set(objects), time: this.#sim.now })
  }

  /** Both at once: for controllers that create and delete in one round. */
  expect(key: string, creations: number, deletions: readonly string[]): void {
    this.#entries.set(key, { adds: creations, deletions: new Set(deletions), time: this.#sim.now })
  }

  /** One creation was seen, or will never be. */
  creationObserved(key: string, count = 1): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.adds -= count
  }

  deletionObserved(key: string, object: string): void {
    this.#entries.get(key)?.deletions.delete(object)
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }
}

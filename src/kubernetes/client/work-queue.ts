/**
 * The work queue of controllers. Promises: fair (first in, first out); never two workers on one key at a time; a key
 * added many times before it is worked on is worked on once; a key added while it is worked on is worked on again.
 * Source: client-go util/workqueue.
 */
import type { Timer } from '#sim/queue.ts'
import type { Simulation } from '#sim/simulation.ts'
import { MILLISECOND, SECOND } from '#sim/time.ts'
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { TokenBucket } from './rate-limit.ts'

/** Delays of failing keys: 5 ms doubling to 1000 s, and over all keys 10 a second with a burst of 100. */
const BASE_DELAY: Micros = 5 * MILLISECOND
const MAX_DELAY: Micros = 1000 * SECOND

export interface QueueOptions {
  readonly baseDelay?: Micros
  readonly maxDelay?: Micros
}

export class WorkQueue {
  readonly #sim: Simulation
  readonly #baseDelay: Micros
  readonly #maxDelay: Micros
  /** Keys to be worked on, in order; each is in `dirty` and not in `processing`. */
  #queue: string[] = []
  /** Keys that need work, with the cause that first asked for it. */
  readonly #dirty = new Map<string, number>()
  readonly #processing = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #bucket: TokenBucket
  /** Keys waiting for their time; the earliest wins when one is added twice. */
  readonly #waiting = new Map<string, Timer>()
  readonly #arrived = new WaitQueue()
  #head = 0

  constructor(sim: Simulation, options: QueueOptions = {}) {
    this.#sim = sim
    this.#baseDelay = options.baseDelay ?? BASE_DELAY
    this.#maxDelay = options.maxDelay ?? MAX_DELAY
    this.#bucket = new TokenBucket(sim, 10, 100)
  }

  /** Keys waiting to be worked on now. */
  get length(): number {
    return this.#queue.length - this.#head
  }

  add(key: string): void {
    if (this.#dirty.has(key)) return
    this.#dirty.set(key, this.#sim.cause)
    if (this.#processing.has(key)) return
    this.#push(key)
  }

  /** Adds `key` after `delay`. */
  addAfter(key: string, delay: Micros): void {
    if (delay <= 0) {
      this.add(key)
      return
    }
    const time = this.#sim.now + delay
    const earlier = this.#waiting.get(key)
    if (earlier !== undefined && earlier.time <= time) return
    this.#sim.cancel(earlier)
    this.#waiting.set(
      key,
      this.#sim.after(delay, () => {
        this.#waiting.delete(key)
        this.add(key)
      }),
    )
  }

  /** Adds a key that failed: later each time. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const delay = Math.min(this.#baseDelay * 2 ** Math.min(failures, 30), this.#maxDelay)
    this.addAfter(key, Math.max(delay, this.#bucket.take()))
  }

  /** `key` went well: its next failure starts from the shortest delay. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  requeues(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** Waits for a key and marks it as being worked on. Follow with `done`. */
  *get(): Sim<string> {
    while (this.#head >= this.#queue.length) yield* this.#arrived.wait()
    const key = this.#queue[this.#head++] as string
    if (this.#head > 64 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    this.#sim.cause = this.#dirty.get(key) ?? 0
    this.#dirty.delete(key)
    this.#processing.add(key)
    return key
  }

  done(key: string): void {
    this.#processing.delete(key)
    if (this.#dirty.has(key)) this.#push(key)
  }

  /** Forgets timers: nothing will be added later. */
  shutDown(): void {
    for (const timer of this.#waiting.values()) this.#sim.cancel(timer)
    this.#waiting.clear()
  }

  #push(key: string): void {
    this.#queue.push(key)
    this.#arrived.wakeOne()
  }
}

/** A worker: takes keys for ever; a key whose `sync` throws comes again later (`onError` is told). */
export function* runWorker(
  queue: WorkQueue,
  sync: (key: string) => Sim<void>,
  onError?: (key: string, error: unknown) => void,
): Sim<never> {
  for (;;) {
    const key = yield* queue.get()
    try {
      yield* sync(key)
      queue.forget(key)
    } catch (error) {
      onError?.(key, error)
      queue.addRateLimited(key)
    }
    queue.done(key)
  }
}

/**
 * What a coroutine can wait for, and the coroutine type itself.
 *
 * Whatever can wait in the model is a generator that yields {@link Wait}s to the simulation's scheduler:
 * `const n = yield* proc.read(fd, 4096)`. What does not wait is a plain call.
 */

/** Resumes the waiting coroutine with `value`. Calls after the first, or after disarming, do nothing. */
export type Wake = (value?: unknown) => void

/**
 * One thing that can be waited for. `arm` registers the waiter and returns how to deregister it; the
 * scheduler calls that when the coroutine is resumed or cancelled by something else.
 */
export interface Wait {
  readonly kind: 'event' | 'external'
  arm(wake: Wake): () => void
}

/** A coroutine of the simulation that ends with a `T`. Nothing but `Wait`s may be yielded. */
export type Sim<T> = Generator<Wait, T, unknown>

/** Integer microseconds: points in time (since the Unix epoch) and durations. */
export type Micros = number

/** Waits for `wait` and returns the value it was woken with. */
export function* waitFor<T>(wait: Wait): Sim<T> {
  return (yield wait) as T
}

/** The first of `waits` to fire, by index, with the value it fired with. The others are disarmed. */
export function* anyOf(waits: readonly Wait[]): Sim<{ readonly index: number; readonly value: unknown }> {
  return yield* waitFor({
    kind: waits.some((w) => w.kind === 'external') ? 'external' : 'event',
    arm(wake) {
      const disarm: (() => void)[] = []
      waits.forEach((wait, index) => {
        disarm.push(wait.arm((value) => wake({ index, value })))
      })
      return () => {
        for (const undo of disarm) undo()
      }
    },
  })
}

/**
 * A condition that coroutines queue up for, first come first served (Linux: `wait_queue_head_t`).
 * Waking never runs the waiter at once: it becomes an event of its own at the present time.
 */
export class WaitQueue implements Wait {
  readonly kind = 'event'
  readonly #wakes = new Set<Wake>()

  arm(wake: Wake): () => void {
    this.#wakes.add(wake)
    return () => {
      this.#wakes.delete(wake)
    }
  }

  /** How many are waiting. */
  get size(): number {
    return this.#wakes.size
  }

  wakeOne(value?: unknown): void {
    for (const wake of this.#wakes) {
      this.#wakes.delete(wake)
      wake(value)
      return
    }
  }

  wakeAll(value?: unknown): void {
    const wakes = [...this.#wakes]
    this.#wakes.clear()
    for (const wake of wakes) wake(value)
  }

  /** Waits to be woken; returns the value given to `wakeOne`/`wakeAll`. */
  wait<T = void>(): Sim<T> {
    return waitFor<T>(this)
  }
}

import type { Simulation } from '#sim/simulation.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'

/** A coroutine of a scope. */
export interface ScopeTask<T> {
  readonly ended: boolean
  /** Waits for the end; returns the result (undefined when it was cancelled), or throws what the coroutine threw. */
  join(): Sim<T | undefined>
}

/** Starts a coroutine somewhere: as a task of the simulation, or as a thread of a process. */
export type Launcher = (name: string, body: Sim<void>) => { cancel(): void }

/**
 * The coroutines of one component, which end together: when its process is killed, its main coroutine's `finally`
 * calls `cancel`. A coroutine that throws something nobody waits for is a bug and ends the run, as everywhere.
 */
export class Scope {
  readonly sim: Simulation
  readonly #launch: Launcher
  readonly #tasks = new Set<{ cancel(): void }>()
  readonly #cleanups: (() => void)[] = []
  #cancelled = false

  /** `launch`: where its coroutines run; by default they are tasks of the simulation. */
  constructor(sim: Simulation, launch: Launcher = (name, body) => sim.spawn(name, body)) {
    this.sim = sim
    this.#launch = launch
  }

  get cancelled(): boolean {
    return this.#cancelled
  }

  spawn<T>(name: string, body: Sim<T>): ScopeTask<T> {
    const task = new Running<T>()
    const launched: { handle?: { cancel(): void } } = {}
    const forget = (): void => {
      if (launched.handle !== undefined) this.#tasks.delete(launched.handle)
    }
    launched.handle = this.#launch(name, task.run(body, forget))
    if (!task.ended) this.#tasks.add(launched.handle)
    return task
  }

  /** Calls `fn` every `period` until the scope ends. A plain callback: it can't wait. */
  every(period: number, fn: () => void): void {
    const tick = (): void => {
      if (this.#cancelled) return
      fn()
      timer = this.sim.after(period, tick)
    }
    let timer = this.sim.after(period, tick)
    this.onCancel(() => this.sim.cancel(timer))
  }

  onCancel(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  /** Ends everything at once. Not to be called from one of the scope's own coroutines. */
  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    for (const task of [...this.#tasks]) task.cancel()
    this.#tasks.clear()
    for (const cleanup of this.#cleanups) cleanup()
  }

  /** Waits for ever: for the main coroutine of a component whose work is done by others. */
  *forever(): Sim<never> {
    const never = new WaitQueue()
    for (;;) yield* never.wait()
  }
}

class Running<T> implements ScopeTask<T> {
  ended = false
  #failed = false
  #joiners = 0
  readonly #done = new WaitQueue()
  #error: unknown
  #result: T | undefined;

  *run(body: Sim<T>, end: () => void): Sim<void> {
    try {
      this.#result = yield* body
    } catch (error) {
      this.#error = error
      this.#failed = true
      if (this.#joiners === 0) throw error
    } finally {
      this.ended = true
      end()
      this.#done.wakeAll()
    }
  }

  *join(): Sim<T | undefined> {
    this.#joiners++
    while (!this.ended) yield* this.#done.wait()
    if (this.#failed) throw this.#error
    return this.#result
  }
}

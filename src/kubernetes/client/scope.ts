import type { Simulation, Task } from '#sim/simulation.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'

/**
 * The coroutines of one component, which end together: when its process is killed, its main coroutine's `finally`
 * calls `cancel`. A coroutine that throws something is a bug and ends the run, as everywhere.
 */
export class Scope {
  readonly sim: Simulation
  readonly #tasks = new Set<Task>()
  readonly #cleanups: (() => void)[] = []
  #cancelled = false

  constructor(sim: Simulation) {
    this.sim = sim
  }

  get cancelled(): boolean {
    return this.#cancelled
  }

  spawn<T>(name: string, body: Sim<T>): Task<T> {
    const task: { current?: Task<T> } = {}
    const forget = (): void => {
      if (task.current !== undefined) this.#tasks.delete(task.current)
    }
    task.current = this.sim.spawn(name, ending(body, forget))
    this.#tasks.add(task.current)
    return task.current
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

function* ending<T>(body: Sim<T>, end: () => void): Sim<T> {
  try {
    return yield* body
  } finally {
    end()
  }
}

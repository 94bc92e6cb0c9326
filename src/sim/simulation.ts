import { CauseRing } from './cause.ts'
import { type Timer, TimerQueue } from './queue.ts'
import { Random } from './random.ts'
import type { Micros, Sim, Wait, Wake } from './wait.ts'
import { waitFor } from './wait.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Microseconds since the Unix epoch at which the run starts. */
  readonly start: Micros
}

export interface RunLimit {
  /** Events later than this stay queued; on return `now` is this time. */
  readonly until?: Micros
  /** At most this many events. */
  readonly events?: number
  /** Looked at after every event: stop when it says so. */
  readonly stop?: () => boolean
}

/**
 * Why a run returned: `until`: the time limit was reached; `stopped`: `stop` or `events` said so;
 * `idle`: nothing is queued any more; `blocked-on-host`: nothing is queued, but something outside has been asked
 * for and not answered.
 */
export type RunResult = 'until' | 'stopped' | 'idle' | 'blocked-on-host'

/** A request to the host (a lazy chunk, an editor, a host file). The host answers with `resolve`. */
export interface ExternalRequest {
  readonly id: number
  readonly kind: string
  readonly payload: unknown
}

type TaskState = 'ready' | 'waiting' | 'running' | 'done' | 'cancelled' | 'failed'

/** A running coroutine. */
export class Task<T = unknown> {
  readonly id: number
  readonly name: string
  state: TaskState = 'ready'
  result: T | undefined
  error: unknown
  readonly #sim: Simulation
  #body: Sim<T>
  #disarm: (() => void) | undefined
  /** Counts resumptions, so that a wake for an earlier wait is known to be stale. */
  #turn = 0
  readonly #joiners = new Set<Wake>()

  constructor(sim: Simulation, id: number, name: string, body: Sim<T>) {
    this.#sim = sim
    this.id = id
    this.name = name
    this.#body = body
    this.#schedule(undefined)
  }

  get ended(): boolean {
    return this.state === 'done' || this.state === 'cancelled' || this.state === 'failed'
  }

  /** Ends the coroutine where it waits; its `finally` blocks run (they must not wait). Not for the running task. */
  cancel(): void {
    if (this.ended) return
    if (this.state === 'running') throw new Error(`task ${this.name} cannot cancel itself`)
    this.#release()
    this.#end('cancelled')
    this.#body.return(undefined as T)
  }

  /** Throws `error` into the coroutine where it waits, at the present time. */
  interrupt(error: unknown): void {
    if (this.state !== 'waiting' && this.state !== 'ready') return
    this.#release()
    this.state = 'ready'
    const turn = ++this.#turn
    this.#sim.soon(() => {
      if (turn === this.#turn && this.state === 'ready') this.#step(true, error)
    })
  }

  /** Waits for the end; returns the result, or throws what the coroutine threw. Undefined when cancelled. */
  *join(): Sim<T | undefined> {
    if (!this.ended) {
      yield* waitFor({
        kind: 'event',
        arm: (wake) => {
          this.#joiners.add(wake)
          return () => this.#joiners.delete(wake)
        },
      })
    }
    if (this.state === 'failed') throw this.error
    return this.result
  }

  #release(): void {
    this.#disarm?.()
    this.#disarm = undefined
  }

  #schedule(value: unknown): void {
    this.state = 'ready'
    const turn = ++this.#turn
    this.#sim.soon(() => {
      if (turn === this.#turn && this.state === 'ready') this.#step(false, value)
    })
  }

  /** Runs up to the next wait; `value` is what the last one gave, or the error to throw there. */
  #step(throws: boolean, value: unknown): void {
    this.state = 'running'
    let turn: IteratorResult<Wait, T>
    try {
      turn = throws ? this.#body.throw(value) : this.#body.next(value)
    } catch (error) {
      this.error = error
      const joined = this.#joiners.size > 0
      this.#end('failed')
      if (!joined) this.#sim.failed(this, error)
      return
    }
    if (turn.done) {
      this.result = turn.value
      this.#end('done')
      return
    }
    this.state = 'waiting'
    const current = this.#turn
    const disarm = turn.value.arm((value) => {
      if (current !== this.#turn || this.state !== 'waiting') return
      this.#release()
      this.#schedule(value)
    })
    if (this.state === 'waiting' && current === this.#turn) this.#disarm = disarm
    else disarm()
  }

  #end(state: TaskState): void {
    this.state = state
    this.#turn++
    const joiners = [...this.#joiners]
    this.#joiners.clear()
    for (const wake of joiners) wake()
  }
}

/**
 * The virtual clock and its event queue: a deterministic discrete-event simulation.
 *
 * Events run in order of (time, sequence). Same seed, same start and same inputs give the same run. Every event
 * remembers the cause that was current when it was scheduled; see {@link because}.
 */
export class Simulation {
  readonly seed: number
  readonly causes = new CauseRing()
  now: Micros
  /** Number of events run so far: the position of an input in the log. */
  events = 0
  /** The cause that everything scheduled now is attributed to. */
  cause = 0
  /** Called when a coroutine throws and nobody joined it; the default throws, which stops the run. */
  onFailure: ((task: Task, error: unknown) => void) | undefined
  /** Told of each new request to the host. */
  onExternal: ((request: ExternalRequest) => void) | undefined
  /** Told the id of a request that nobody waits for any more; not of one that was answered. */
  onExternalCancelled: ((id: number) => void) | undefined
  readonly #queue = new TimerQueue()
  readonly #external = new Map<number, Wake>()
  #seq = 0
  #taskId = 0
  #externalId = 0
  #hash = 0x811c9dc5

  constructor(options: SimulationOptions) {
    this.seed = options.seed
    this.now = options.start
  }

  /** A stream of chance of its own for the component `name`. */
  random(name: string): Random {
    return new Random(this.seed, name)
  }

  /** Runs `fn` at `time` (now, if that is past). */
  at(time: Micros, fn: () => void): Timer {
    const timer: Timer = { time: Math.max(time, this.now), seq: ++this.#seq, run: fn, cause: this.cause }
    this.#queue.push(timer)
    return timer
  }

  /** Runs `fn` after `delay` microseconds. */
  after(delay: Micros, fn: () => void): Timer {
    return this.at(this.now + Math.round(delay), fn)
  }

  /** Runs `fn` at the present time, after what is queued for it already. */
  soon(fn: () => void): Timer {
    return this.at(this.now, fn)
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) timer.run = undefined
  }

  /** A wait that ends after `delay` microseconds. */
  timer(delay: Micros): Wait {
    return {
      kind: 'event',
      arm: (wake) => {
        const timer = this.after(delay, () => wake())
        return () => this.cancel(timer)
      },
    }
  }

  sleep(delay: Micros): Sim<void> {
    return waitFor<void>(this.timer(delay))
  }

  /** Starts a coroutine; its first step is an event at the present time. */
  spawn<T>(name: string, body: Sim<T>): Task<T> {
    return new Task(this, ++this.#taskId, name, body)
  }

  /** Asks the host for something and waits for the answer. */
  external<T>(kind: string, payload: unknown): Sim<T> {
    return waitFor<T>({
      kind: 'external',
      arm: (wake) => {
        const id = ++this.#externalId
        this.#external.set(id, wake)
        this.onExternal?.({ id, kind, payload })
        return () => {
          if (this.#external.delete(id)) this.onExternalCancelled?.(id)
        }
      },
    })
  }

  /** The host's answer to a request; unknown ids (cancelled meanwhile) are ignored. */
  resolve(id: number, value: unknown): void {
    const wake = this.#external.get(id)
    this.#external.delete(id)
    wake?.(value)
  }

  /** Records that `actor` did `what` because of the current cause, and runs `fn` with that as the cause. */
  because<T>(actor: string, what: string, fn: () => T): T {
    const outer = this.cause
    this.cause = this.causes.record(outer, this.now, actor, what)
    try {
      return fn()
    } finally {
      this.cause = outer
    }
  }

  /** Folds `text` into the trace hash: things that must be the same in every run of the same seed. */
  trace(text: string): void {
    let h = this.#hash
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
    this.#hash = h
  }

  /** Hash of the run so far: events, times and what was traced. */
  traceHash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  /** Time of the next event, if any. */
  next(): Micros | undefined {
    return this.#queue.peek()?.time
  }

  run(limit: RunLimit = {}): RunResult {
    const until = limit.until ?? Number.POSITIVE_INFINITY
    let left = limit.events ?? Number.POSITIVE_INFINITY
    for (;;) {
      const timer = this.#queue.peek()
      if (timer === undefined) {
        if (until !== Number.POSITIVE_INFINITY && this.#external.size === 0) {
          this.now = Math.max(this.now, until)
          return 'until'
        }
        return this.#external.size > 0 ? 'blocked-on-host' : 'idle'
      }
      if (timer.time > until) {
        this.now = Math.max(this.now, until)
        return 'until'
      }
      if (left-- <= 0) return 'stopped'
      this.#queue.pop()
      this.#fire(timer)
      if (limit.stop?.()) return 'stopped'
    }
  }

  #fire(timer: Timer): void {
    const run = timer.run as () => void
    timer.run = undefined
    this.now = timer.time
    this.events++
    this.#hash = Math.imul(this.#hash ^ (timer.time % 0x1_0000_0000) ^ this.events, 0x01000193)
    this.cause = timer.cause
    try {
      run()
    } finally {
      this.cause = 0
    }
  }

  /** A coroutine threw and nobody waits for it: a bug, unless somebody registered to be told. */
  failed(task: Task, error: unknown): void {
    if (this.onFailure === undefined) throw error
    this.onFailure(task, error)
  }
}

import type { Task } from '#sim/simulation.ts'
import type { Sim, Wait, Wake } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { CpuJob } from './cpu.ts'
import type { Pid } from './pid.ts'
import type { Process } from './process.ts'
import { runHandlers } from './signals.ts'

/** Thrown through the program's code when it must not go on (it killed itself by a plain call). Never caught by programs. */
export class Unwind extends Error {
  override name = 'Unwind'
}

const SIGNALLED = Symbol('signalled')

const NEVER = (): void => {}

function marker(): Wait {
  return { kind: 'event', arm: () => NEVER }
}

/** Yielded to the driver below, which acts on them; they never reach the scheduler. */
export const EXIT = marker()
export const EXEC = marker()
/** Only uses up CPU; a handler does not end it. */
export const CPU = marker()
/** Lets pending signals and stops take effect. */
export const CHECKPOINT = marker()

/**
 * One flow of control of a process: drives the program's coroutine. Between two steps of the program it lets signals,
 * stops, the freezer, exec and exit take effect, and uses up the CPU time that the program has declared.
 */
export class Thread {
  readonly process: Process
  readonly id: Pid
  readonly name: string
  body: Sim<number>
  readonly task: Task<void>
  running = false
  #wake: Wake | undefined
  #fired = false
  #value: unknown
  #job: CpuJob | undefined

  constructor(process: Process, id: Pid, name: string, body: Sim<number>) {
    this.process = process
    this.id = id
    this.name = name
    this.body = body
    this.task = process.kernel.sim.spawn(name, this.#drive())
  }

  /** Its number as the process sees it, gettid(2). */
  get tid(): number {
    return this.id.in(this.process.pidns)
  }

  /** Using a CPU, or wanting to. */
  get busy(): boolean {
    return this.running || this.task.state === 'ready' || (this.#job !== undefined && this.#fired)
  }

  /** A handler wants to run: what the thread waits for ends with EINTR. */
  interrupt(): void {
    this.#wake?.(SIGNALLED)
  }

  /** The process was stopped, frozen, or neither any more. */
  suspensionChanged(): void {
    if (this.process.suspended) this.#job?.pause()
    else {
      this.#job?.resume()
      this.#mayWake()
    }
  }

  /** Ends the coroutine; not for a running thread. */
  cancel(): void {
    this.task.cancel()
    this.id.drop()
  }

  /** Drops the program's coroutine: its `finally` blocks run, but their system calls fail. */
  #unwind(): void {
    const p = this.process
    const before = p.unwinding
    p.unwinding = true
    try {
      this.body.return(0)
    } catch (error) {
      if (!(error instanceof Unwind) && !(error instanceof Errno)) throw error
    } finally {
      p.unwinding = before
    }
  }

  *#drive(): Sim<void> {
    const p = this.process
    let value: unknown
    let interrupted = false
    let finished = false
    try {
      for (;;) {
        while (p.suspended && p.dying === undefined) yield p.resumed
        if (p.attention && p.dying === undefined) this.#handle()
        if (p.dying !== undefined) break
        const step = this.#step(interrupted, value)
        interrupted = false
        value = undefined
        if (p.dying !== undefined) break
        if (step === undefined || step.done === true) {
          finished = true
          if (this === p.mainThread) yield* this.#settle()
          if (p.dying === undefined && this === p.mainThread) p.dying = { exit: (step?.value ?? 0) & 0xff }
          break
        }
        const wait = step.value
        if (wait === EXIT) {
          yield* this.#settle()
          break
        }
        if (wait === EXEC) {
          this.#unwind()
          this.body = p.takeImage(this)
          if (p.pendingCpu > 0) yield* this.#settle()
          continue
        }
        if (wait === CHECKPOINT) continue
        if (wait === CPU) {
          yield* this.#settle()
          continue
        }
        const result = yield this.#blocking(wait)
        if (result === SIGNALLED) {
          if (p.dying === undefined && !p.suspended) this.#handle()
          // What was waited for may have come before the signal: then the call succeeds.
          if (this.#fired) value = this.#value
          else interrupted = true
        } else value = result
      }
    } finally {
      if (!finished) this.#unwind()
    }
    if (this === p.mainThread || p.dying !== undefined) p.finishExit(this)
    else p.threadEnded(this)
  }

  /** Runs handlers of signals; one may end the process, by a signal of its own too. */
  #handle(): void {
    try {
      runHandlers(this.process)
    } catch (error) {
      if (!(error instanceof Unwind)) throw error
    }
  }

  /** Runs the program up to its next wait. Undefined: it was cut short by its own death. */
  #step(interrupted: boolean, value: unknown): IteratorResult<Wait, number> | undefined {
    const { kernel } = this.process
    const before = kernel.current
    kernel.current = this
    this.running = true
    try {
      return interrupted ? this.body.throw(new Errno('EINTR')) : this.body.next(value)
    } catch (error) {
      if (error instanceof Unwind) return undefined
      if (!(error instanceof Errno)) throw error
      this.process.crashed(error)
      return { done: true, value: 1 }
    } finally {
      this.running = false
      kernel.current = before
    }
  }

  /** Uses up the declared CPU time before going on. */
  *#settle(): Sim<void> {
    const p = this.process
    while (p.pendingCpu > 0 && (p.dying === undefined || p.dying.exit !== undefined)) {
      const result = yield this.#blocking(CPU)
      if (result === SIGNALLED) {
        if (p.dying === undefined && !p.suspended) this.#handle()
        continue
      }
      break
    }
  }

  /**
   * What the scheduler sees of a wait: it ends when `inner` has fired, the CPU time declared so far is used up and
   * the process is not suspended; or when a signal interrupts it.
   */
  #blocking(inner: Wait): Wait {
    const p = this.process
    return {
      kind: inner.kind,
      arm: (wake) => {
        this.#wake = wake
        if (inner !== CPU) p.settleDust()
        this.#fired = inner === CPU
        this.#value = undefined
        if (p.pendingCpu > 0) {
          this.#job = p.startCpu(() => {
            this.#job = undefined
            this.#mayWake()
          })
          if (p.suspended) this.#job.pause()
        }
        const disarm = inner.arm((value) => {
          this.#fired = true
          this.#value = value
          this.#mayWake()
        })
        return () => {
          disarm()
          this.#wake = undefined
          const job = this.#job
          this.#job = undefined
          if (job !== undefined) p.pendingCpu += job.cancel()
        }
      },
    }
  }

  #mayWake(): void {
    if (this.#fired && this.#job === undefined && !this.process.suspended) this.#wake?.(this.#value)
  }
}

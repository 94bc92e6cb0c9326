/** What runs the reader's controller: the embedded runner, or a WebContainer. The page knows only this. */
import type { Level } from './messages.ts'

export interface RunnerEvents {
  output(level: Level, text: string): void
  /** The program has ended by itself or was stopped; `reason` says why when it didn't choose to. */
  exit(code: number, reason?: string): void
}

export interface Runner {
  /** Gets the runner ready. Throws {@link RunnerError} when it can't run here. */
  boot(): Promise<void>
  /** Puts files in place, by name. */
  mount(files: Readonly<Record<string, string>>): Promise<void>
  /** Starts a file that has been mounted; its end is told by the event `exit`. Throws CompileError when it is no program. */
  run(file: string): Promise<void>
  /** Ends whatever runs, without an event, and frees the runner. It can be booted again. */
  kill(): void
}

/** A runner can't be used here; the message tells the reader why. */
export class RunnerError extends Error {
  override name = 'RunnerError'
}

/** Rejects with a {@link RunnerError} when something takes too long. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RunnerError(`${what} took longer than ${Math.round(ms / 1000)} seconds`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

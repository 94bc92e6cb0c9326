import { O, type Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { OutputStream } from './logs.ts'

/** Standard streams of a process to be: descriptors of the shim, all closed at exec(2). */
export interface Streams {
  /** What the process gets as 0, 1 and 2. */
  readonly stdio: readonly [number, number, number]
  /** Where its output is read from. */
  readonly outputs: readonly (readonly [number, OutputStream])[]
  /** Where its input is written to. */
  readonly input: number | undefined
  /** The process's ends: the shim closes them once it has been started. */
  readonly given: readonly number[]
  /** The shim's own ends. */
  readonly own: readonly number[]
}

/** A terminal, or pipes; without `stdin`, input is /dev/null. */
export function* openStreams(proc: Proc, { stdin, tty }: { readonly stdin: boolean; readonly tty: boolean }): Sim<Streams> {
  const streams = tty ? terminal(proc) : yield* pipes(proc, stdin)
  for (const fd of [...streams.given, ...streams.own]) proc.setCloexec(fd, true)
  return streams
}

function terminal(proc: Proc): Streams {
  const { master, slave } = proc.openpty()
  return { stdio: [slave, slave, slave], outputs: [[master, 'stdout']], input: master, given: [slave], own: [master] }
}

function* pipes(proc: Proc, stdin: boolean): Sim<Streams> {
  const out = proc.pipe()
  const err = proc.pipe()
  const input = stdin ? proc.pipe() : undefined
  const from = input?.read ?? (yield* proc.open('/dev/null', O.RDONLY))
  return {
    stdio: [from, out.write, err.write],
    outputs: [
      [out.read, 'stdout'],
      [err.read, 'stderr'],
    ],
    input: input?.write,
    given: [from, out.write, err.write],
    own: [out.read, err.read, ...(input === undefined ? [] : [input.write])],
  }
}

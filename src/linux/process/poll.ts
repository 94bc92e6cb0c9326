import { anyOf, type Micros, type Sim, type Wait } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { PollFd } from '../syscalls.ts'
import type { FileDescription } from '../vfs/types.ts'
import type { Process } from './process.ts'

function isReady(file: FileDescription, asked: PollFd): boolean {
  const state = file.poll()
  return (asked.read === true && state.readable) || (asked.write === true && state.writable) || state.hangup === true
}

/**
 * poll(2): those of `fds` that are ready (or hung up, or closed), waiting up to `timeout` microseconds (absent: for
 * ever, 0: not at all) for the first. Empty when the time is over.
 */
export function* poll(p: Process, fds: readonly PollFd[], timeout?: Micros): Sim<readonly PollFd[]> {
  const { sim } = p.kernel
  const until = timeout === undefined ? undefined : sim.now + timeout
  const files = fds.map((asked) => ({ asked, file: find(p, asked.fd) }))
  for (;;) {
    const ready = files.filter(({ asked, file }) => file === undefined || isReady(file, asked)).map(({ asked }) => asked)
    if (ready.length > 0) return ready
    if (until !== undefined && sim.now >= until) return []
    const waits: Wait[] = []
    for (const { file } of files) {
      const queue = file?.pollQueue()
      if (queue !== undefined) waits.push(queue)
    }
    if (until !== undefined) waits.push(sim.timer(until - sim.now))
    if (waits.length === 0) yield* p.pause()
    yield* anyOf(waits)
  }
}

function find(p: Process, fd: number): FileDescription | undefined {
  try {
    return p.files.get(fd)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** Container logs in the CRI's format: `2026-11-23T02:00:00.000000000Z stdout F text`. */
import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { concat, encode } from '#sim/bytes.ts'
import { rfc3339Micro } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'

const NEWLINE = 10
/** Longer lines are written in parts. */
const MAX_LINE = 16 * 1024

export type OutputStream = 'stdout' | 'stderr'

/** Copies what arrives at `fd` into the log (descriptor `log`) and to `listener`, until the other end is closed. */
export function* pump(
  proc: Proc,
  fd: number,
  stream: OutputStream,
  log: number,
  listener: (stream: OutputStream, data: Uint8Array) => void,
): Sim<void> {
  let rest: Uint8Array = new Uint8Array(0)
  for (;;) {
    let data: Uint8Array
    try {
      data = yield* proc.read(fd, 64 * 1024)
    } catch (error) {
      // A terminal whose last process is gone gives EIO.
      if (!(error instanceof Errno)) throw error
      data = new Uint8Array(0)
    }
    if (data.length === 0) break
    listener(stream, data)
    const time = `${rfc3339Micro(proc.now()).slice(0, -1)}000Z`
    const parts: Uint8Array[] = []
    let start = 0
    const all = rest.length === 0 ? data : concat([rest, data])
    for (let i = 0; i < all.length; i++) {
      if (all[i] !== NEWLINE && i - start < MAX_LINE) continue
      const full = all[i] === NEWLINE
      parts.push(encode(`${time} ${stream} ${full ? 'F' : 'P'} `), all.subarray(start, i), LINE_END)
      start = full ? i + 1 : i
    }
    rest = all.subarray(start)
    if (parts.length > 0) yield* proc.write(log, concat(parts))
  }
  if (rest.length > 0) {
    const time = `${rfc3339Micro(proc.now()).slice(0, -1)}000Z`
    yield* proc.write(log, concat([encode(`${time} ${stream} F `), rest, LINE_END]))
  }
  proc.close(fd)
}

const LINE_END = Uint8Array.of(NEWLINE)

import { Errno } from '#linux/errno.ts'
import { decode } from '#sim/bytes.ts'
import type { Run } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import { runPending } from '../interp/traps.ts'

export interface ReadOptions {
  /** One character; `''` is NUL. */
  readonly delimiter: string
  /** Backslash quotes: a pair with a newline vanishes; others stay in `text` as they are. */
  readonly backslash?: boolean
  /** At most this many characters; `exact` ignores the delimiter. */
  readonly count?: number
  readonly exact?: boolean
  /** Point in time at which to give up. */
  readonly deadline?: number
}

export interface ReadResult {
  readonly text: string
  readonly eof: boolean
  readonly timedOut: boolean
}

/**
 * Reads a line from a descriptor without taking more than it: in blocks where the rest can be given back by seeking, else
 * byte by byte.
 */
export function* readLine(sh: Shell, fd: number, o: ReadOptions): Run<ReadResult> {
  const bytes: number[] = []
  const stop = o.exact ? -1 : o.delimiter === '' ? 0 : (o.delimiter.codePointAt(0) ?? 10) & 0xff
  let seekable = true
  try {
    sh.proc.lseek(fd, 0, 'cur')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    seekable = false
  }
  let block: Uint8Array = new Uint8Array(0)
  let at = 0
  let eof = false
  let timedOut = false
  let escaped = false
  let count = 0
  try {
    for (;;) {
      if (o.count !== undefined && count >= o.count) break
      if (at >= block.length) {
        if (o.deadline !== undefined && !seekable) {
          const left = Math.max(0, o.deadline - sh.proc.now())
          const ready = yield* sh.proc.poll([{ fd, read: true }], left)
          if (ready.length === 0) {
            timedOut = true
            break
          }
        }
        try {
          block = yield* sh.proc.read(fd, seekable ? 1024 : 1)
        } catch (error) {
          if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
          sh.checkInterrupt()
          yield* runPending(sh)
          continue
        }
        at = 0
        if (block.length === 0) {
          eof = true
          break
        }
      }
      const b = block[at++] as number
      if (escaped) {
        escaped = false
        if (b === 10) {
          bytes.pop()
          continue
        }
        bytes.push(b)
        count++
        continue
      }
      if (b === stop) break
      if (o.backslash && b === 0x5c) {
        escaped = true
        bytes.push(b)
        continue
      }
      if (b === 0 && o.delimiter !== '') continue
      bytes.push(b)
      if (!sh.utf8 || (b & 0xc0) !== 0x80) count++
      if (sh.utf8 && o.count !== undefined && b >= 0xc0) {
        // The rest of the character belongs to it.
        for (let more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1; more > 0; more--) {
          if (at >= block.length) {
            block = yield* sh.proc.read(fd, seekable ? 1024 : 1)
            at = 0
          }
          const next = block[at++]
          if (next === undefined) break
          bytes.push(next)
        }
      }
    }
  } finally {
    if (seekable && at < block.length) sh.proc.lseek(fd, at - block.length, 'cur')
  }
  return { text: decode(Uint8Array.from(bytes)), eof, timedOut }
}

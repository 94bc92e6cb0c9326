import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Run } from './flow.ts'

/** What a shell reads and writes through its process: queued output, CPU time, whole files. */
export class ShellIo {
  proc: Proc
  readonly #chunks: { fd: number; text: string }[] = []
  #debt = 0

  constructor(proc: Proc) {
    this.proc = proc
  }

  /** Charges CPU time, microseconds; {@link settleCpu} lets it pass. */
  charge(micros: number): void {
    this.#debt += micros
  }

  get cpuDue(): boolean {
    return this.#debt >= 500
  }

  *settleCpu(): Run<void> {
    const due = this.#debt
    this.#debt = 0
    if (due > 0) yield* this.proc.cpu(due)
  }

  /** Queues text for standard output; written by {@link flush}. */
  out(text: string): void {
    this.#queue(1, text)
  }

  err(text: string): void {
    this.#queue(2, text)
  }

  #queue(fd: number, text: string): void {
    const last = this.#chunks.at(-1)
    if (last?.fd === fd) last.text += text
    else if (text !== '') this.#chunks.push({ fd, text })
  }

  get unflushed(): boolean {
    return this.#chunks.length > 0
  }

  /** Writes what is queued. Returns the error of writing standard output, if any. */
  *flush(): Run<Errno | undefined> {
    let failed: Errno | undefined
    while (this.#chunks.length > 0) {
      const { fd, text } = this.#chunks.shift() as { fd: number; text: string }
      const data = encode(text)
      try {
        for (let done = 0; done < data.length; ) {
          try {
            done += yield* this.proc.write(fd, done === 0 ? data : data.subarray(done))
          } catch (error) {
            if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
          }
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (fd === 1) failed = error
      }
    }
    return failed
  }

  /** A whole file as text; undefined when it can't be read. */
  *readFile(path: string): Run<string | undefined> {
    let fd: number
    try {
      fd = yield* this.proc.open(path, 0)
    } catch (error) {
      if (error instanceof Errno) return undefined
      throw error
    }
    try {
      return yield* this.readAll(fd)
    } catch (error) {
      if (error instanceof Errno) return undefined
      throw error
    } finally {
      this.proc.close(fd)
    }
  }

  /** Everything up to the end of the file. */
  *readAll(fd: number): Run<string> {
    const parts: Uint8Array[] = []
    let total = 0
    for (;;) {
      let data: Uint8Array
      try {
        data = yield* this.proc.read(fd, 65_536)
      } catch (error) {
        if (error instanceof Errno && error.code === 'EINTR') continue
        throw error
      }
      if (data.length === 0) break
      parts.push(data)
      total += data.length
    }
    if (parts.length === 1) return decode(parts[0] as Uint8Array)
    const all = new Uint8Array(total)
    let n = 0
    for (const p of parts) {
      all.set(p, n)
      n += p.length
    }
    return decode(all)
  }
}

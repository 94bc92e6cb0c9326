/** Container logs as they are read back: tail, since, follow. Source: pkg/kubelet/kuberuntime/logs. */
import type { BodyStream } from '#http/message.ts'
import { Errno } from '#linux/errno.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import { concat, decode, encode } from '#sim/bytes.ts'
import { parseRfc3339 } from '#sim/time.ts'
import { anyOf, type Micros, type Sim, type Wait, WaitQueue } from '#sim/wait.ts'

export interface LogOptions {
  readonly follow: boolean
  readonly timestamps: boolean
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
  readonly since: Micros | undefined
  /** `Stdout`, `Stderr` or `All`. */
  readonly stream: string | undefined
}

const CHUNK = 256 * 1024
const NEWLINE = 10

/** A log as the body of a response. */
export class LogFollower implements BodyStream {
  readonly #proc: Proc
  readonly #path: string
  readonly #options: LogOptions
  readonly #running: () => boolean
  /** Fires when a container of the node has ended. */
  readonly #exited: Wait
  readonly #cancelled = new WaitQueue()
  #fd: number | undefined
  #rest: Uint8Array = new Uint8Array(0)
  #left: number
  #ended = false
  #tail: string[] | undefined

  constructor(proc: Proc, path: string, options: LogOptions, running: () => boolean, exited: Wait) {
    this.#proc = proc
    this.#path = path
    this.#options = options
    this.#running = running
    this.#exited = exited
    this.#left = options.limitBytes ?? Number.POSITIVE_INFINITY
    if (options.tailLines !== undefined) this.#tail = []
  }

  cancel(): void {
    this.#ended = true
    this.#cancelled.wakeAll()
  }

  *next(): Sim<Uint8Array | undefined> {
    try {
      for (;;) {
        if (this.#ended || this.#left <= 0) return this.#finish()
        this.#fd ??= yield* this.#proc.open(this.#path, O.RDONLY | O.CLOEXEC)
        // Looked at before reading: what was written before the end is then read.
        const running = this.#running()
        const data = yield* this.#proc.read(this.#fd, CHUNK)
        const text = data.length > 0 ? this.#lines(data) : this.#flushTail()
        if (text !== '') return this.#limited(encode(text))
        if (data.length > 0) continue
        if (!this.#options.follow || !running) {
          if (this.#options.follow && !(yield* this.#settled())) continue
          return this.#finish()
        }
        yield* anyOf([this.#proc.watchPath(this.#path), this.#cancelled, this.#exited])
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return this.#finish()
    }
  }

  /** A container that has just ended may still have output on its way. */
  *#settled(): Sim<boolean> {
    if (this.#fd === undefined) return true
    const size = this.#proc.fstat(this.#fd).size
    return this.#proc.lseek(this.#fd, 0, 'cur') >= size
  }

  #finish(): undefined {
    if (this.#fd !== undefined) this.#proc.close(this.#fd)
    this.#fd = undefined
    this.#ended = true
    return undefined
  }

  #limited(data: Uint8Array): Uint8Array {
    const part = data.length > this.#left ? data.subarray(0, this.#left) : data
    this.#left -= part.length
    return part
  }

  /** The text of the whole lines in `data`; with a tail they are kept until the end of the file is reached. */
  #lines(data: Uint8Array): string {
    const all = this.#rest.length === 0 ? data : concat([this.#rest, data])
    const end = all.lastIndexOf(NEWLINE)
    this.#rest = all.subarray(end + 1)
    if (end < 0) return ''
    const out: string[] = []
    for (const line of decode(all.subarray(0, end)).split('\n')) {
      const text = this.#line(line)
      if (text !== undefined) out.push(text)
    }
    if (this.#tail === undefined) return out.join('')
    const keep = this.#options.tailLines ?? 0
    this.#tail = keep === 0 ? [] : [...this.#tail, ...out].slice(-keep)
    return ''
  }

  #flushTail(): string {
    const text = this.#tail?.join('') ?? ''
    this.#tail = undefined
    return text
  }

  #line(line: string): string | undefined {
    const m = /^(\S+) (stdout|stderr) ([FP]) (.*)$/s.exec(line)
    if (m === null) return undefined
    const [, time = '', stream = '', tag, content = ''] = m
    const { since, timestamps } = this.#options
    if (since !== undefined && (parseRfc3339(time) ?? 0) < since) return undefined
    const wanted = this.#options.stream
    if (wanted !== undefined && wanted !== '' && wanted !== 'All' && wanted.toLowerCase() !== stream) return undefined
    return `${timestamps ? `${time} ` : ''}${content}${tag === 'F' ? '\n' : ''}`
  }
}

import { Errno } from '#linux/errno.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'

/*
 * Text as bytes. The machines run in the POSIX locale: sort, cut, sed, awk … see bytes. Such programs keep text as a
 * "byte string": a JavaScript string whose every unit is a byte (0 to 255). `latin`/`unlatin` convert it from and to
 * bytes, `bytesOf`/`textOf` from and to ordinary strings (file names, arguments).
 */

/** The byte string of `bytes`. */
export function latin(bytes: Uint8Array): string {
  if (bytes.length <= 8192) return String.fromCharCode(...bytes)
  let out = ''
  for (let i = 0; i < bytes.length; i += 8192) out += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return out
}

/** The bytes of a byte string. */
export function unlatin(text: string): Uint8Array {
  const out = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i)
  return out
}

const ASCII = /^[\0-\x7f]*$/

/** An ordinary string (an argument) as a byte string. */
export function bytesOf(text: string): string {
  return ASCII.test(text) ? text : latin(encode(text))
}

/** A byte string as an ordinary string (a file name). */
export function textOf(bytes: string): string {
  return ASCII.test(bytes) ? bytes : decode(unlatin(bytes))
}

/** Writes all of `data`, however often write(2) has to be called. */
export function* writeAll(proc: Proc, fd: number, data: Uint8Array): Sim<void> {
  let rest = data
  while (rest.length > 0) {
    const n = yield* proc.write(fd, rest)
    rest = rest.subarray(n)
  }
}

/** Writes text to a descriptor at once, e.g. a message to 2. */
export function* say(proc: Proc, fd: number, text: string): Sim<void> {
  yield* writeAll(proc, fd, encode(text))
}

/** How many bytes stdio gathers before it writes to a file or pipe. */
const BLOCK = 4096

/**
 * stdio's output buffer (setbuf(3)): `put`, `raw` and `bytes` only gather; `drain`, called wherever a program could
 * wait, writes when a block is full or the descriptor is a terminal; `flush` writes what there is.
 */
export class Out {
  readonly #proc: Proc
  readonly fd: number
  readonly #tty: boolean
  #parts: Uint8Array[] = []
  #text = ''
  #size = 0

  constructor(proc: Proc, fd: number) {
    this.#proc = proc
    this.fd = fd
    this.#tty = proc.isatty(fd)
  }

  /** Ordinary text; leaves as UTF-8. */
  put(text: string): void {
    this.raw(bytesOf(text))
  }

  /** A byte string. */
  raw(text: string): void {
    this.#text += text
    this.#size += text.length
  }

  bytes(data: Uint8Array): void {
    this.#settle()
    this.#parts.push(data)
    this.#size += data.length
  }

  get pending(): number {
    return this.#size
  }

  *drain(): Sim<void> {
    if (this.#size >= BLOCK || (this.#tty && this.#size > 0)) yield* this.flush()
  }

  *flush(): Sim<void> {
    if (this.#size === 0) return
    this.#settle()
    const parts = this.#parts
    this.#parts = []
    this.#size = 0
    for (const part of parts) yield* writeAll(this.#proc, this.fd, part)
  }

  /** Forgets what has not been written: what _exit(2) does to stdio. */
  discard(): void {
    this.#parts = []
    this.#text = ''
    this.#size = 0
  }

  #settle(): void {
    if (this.#text === '') return
    this.#parts.push(unlatin(this.#text))
    this.#text = ''
  }
}

const CHUNK = 65_536
/** A reader's memory is declared in steps of this many bytes. */
const MEMORY_STEP = 1 << 20
/** Copying a step's bytes. */
const STEP_MICROS = 300
/** What a program has besides, bytes. */
const MEMORY_BASE = 96 * 1024
/** More than this no reader keeps: strings of the host have an end. */
const BUFFER_LIMIT = 1 << 28

/**
 * Reads byte strings from a descriptor, line by line (or up to another delimiter). What it holds counts as memory of the process.
 * Differs: more than 256 MiB at once is ENOMEM on any machine.
 */
export class LineReader {
  readonly #proc: Proc
  readonly fd: number
  readonly #delimiter: string
  #buffer = ''
  #at = 0
  #ended = false
  #declared = MEMORY_STEP
  /** Whether the last line returned ended with the delimiter. */
  terminated = true

  constructor(proc: Proc, fd: number, delimiter = '\n') {
    this.#proc = proc
    this.fd = fd
    this.#delimiter = delimiter
  }

  /** The next line without its delimiter; undefined at the end. */
  *next(): Sim<string | undefined> {
    let from = this.#at
    for (;;) {
      const end = this.#buffer.indexOf(this.#delimiter, from)
      if (end >= 0) {
        const line = this.#buffer.slice(this.#at, end)
        this.#at = end + 1
        this.terminated = true
        return line
      }
      if (this.#ended) {
        if (this.#at >= this.#buffer.length) return undefined
        const line = this.#buffer.slice(this.#at)
        this.#at = this.#buffer.length
        this.terminated = false
        return line
      }
      this.#buffer = this.#buffer.slice(this.#at)
      this.#at = 0
      from = this.#buffer.length
      yield* this.#fill()
    }
  }

  /** Everything that is left. */
  *rest(): Sim<string> {
    while (!this.#ended) yield* this.#fill()
    const out = this.#buffer.slice(this.#at)
    this.#at = this.#buffer.length
    return out
  }

  /** Looks whether there is another line, without taking it. */
  *atEnd(): Sim<boolean> {
    while (this.#at >= this.#buffer.length && !this.#ended) yield* this.#fill()
    return this.#at >= this.#buffer.length
  }

  *#fill(): Sim<void> {
    const chunk = yield* this.#proc.read(this.fd, CHUNK)
    if (chunk.length === 0) this.#ended = true
    else this.#buffer += latin(chunk)
    const { length } = this.#buffer
    if (length > BUFFER_LIMIT) throw new Errno('ENOMEM')
    if (length <= this.#declared) return
    this.#declared = Math.ceil(length / MEMORY_STEP) * MEMORY_STEP
    yield* this.#proc.cpu(STEP_MICROS)
    this.#proc.setMemory(MEMORY_BASE + this.#declared)
  }
}

/** All bytes up to the end of a descriptor. */
export function* readAll(proc: Proc, fd: number): Sim<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const chunk = yield* proc.read(fd, CHUNK)
    if (chunk.length === 0) break
    parts.push(chunk)
    size += chunk.length
  }
  if (parts.length === 1 && parts[0] !== undefined) return parts[0]
  const out = new Uint8Array(size)
  let n = 0
  for (const part of parts) {
    out.set(part, n)
    n += part.length
  }
  return out
}

/** The bytes of a file. Throws Errno. */
export function* readFile(proc: Proc, path: string): Sim<Uint8Array> {
  const fd = yield* proc.open(path, O.RDONLY | O.CLOEXEC)
  try {
    return yield* readAll(proc, fd)
  } finally {
    proc.close(fd)
  }
}

/** A file as text; undefined when it cannot be read. */
export function* slurp(proc: Proc, path: string): Sim<string | undefined> {
  try {
    return decode(yield* readFile(proc, path))
  } catch (error) {
    if (isErrno(error)) return undefined
    throw error
  }
}

/** Replaces a file's content. Throws Errno. */
export function* writeFile(proc: Proc, path: string, data: Uint8Array | string, mode = 0o666): Sim<void> {
  const fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.TRUNC | O.CLOEXEC, mode)
  try {
    yield* writeAll(proc, fd, typeof data === 'string' ? encode(data) : data)
  } finally {
    proc.close(fd)
  }
}

export function isErrno(error: unknown): error is Errno {
  return error instanceof Errno
}

import type { Termios } from '../syscalls.ts'

const NL = 10
const CR = 13
const TAB = 9
const BS = 8
const BEL = 7
const DEL = 127
/** Bytes a line may have in canonical mode (N_TTY_BUF_SIZE); one is kept for its end. */
const LINE_MAX = 4095

/** What the line discipline tells the terminal. */
export interface LineSink {
  /** Bytes to show, before output processing. */
  echo(bytes: readonly number[]): void
  signal(which: 'intr' | 'quit' | 'susp'): void
  /** XOFF and XON. */
  flow(stopped: boolean): void
  /** Something may be read now. */
  ready(): void
}

/** A stretch of input that one read returns at most: a line, or what ^D cut off (`eof`). */
interface Chunk {
  bytes: number[]
  readonly eof: boolean
}

/**
 * The input side of the line discipline N_TTY: editing, echo, control characters. termios(3). In canonical mode input
 * becomes readable line by line; otherwise byte by byte.
 */
export class LineDiscipline {
  readonly #sink: LineSink
  #line: number[] = []
  /** Column of the cursor when the line began. */
  #startColumn = 0
  #chunks: Chunk[] = []
  #raw: number[] = []
  #literal = false
  #stopped = false
  termios: Termios

  constructor(sink: LineSink, termios: Termios) {
    this.#sink = sink
    this.termios = termios
  }

  /** Bytes (or, in canonical mode, lines) that a read would get. */
  get available(): number {
    return this.#raw.length + this.#chunks.reduce((n, c) => n + (c.bytes.length === 0 && c.eof ? 1 : c.bytes.length), 0)
  }

  /** What FIONREAD says. */
  get bytes(): number {
    return this.#raw.length + this.#chunks.reduce((n, c) => n + c.bytes.length, 0)
  }

  /** Changes the settings; what was typed so far stays readable. */
  configure(termios: Termios): void {
    const was = this.termios.icanon
    this.termios = termios
    if (was === termios.icanon) return
    if (termios.icanon) {
      if (this.#raw.length > 0) this.#chunks.push({ bytes: this.#raw, eof: true })
      this.#raw = []
    } else {
      for (const chunk of this.#chunks) this.#raw.push(...chunk.bytes)
      this.#raw.push(...this.#line)
      this.#chunks = []
      this.#line = []
      if (this.#raw.length > 0) this.#sink.ready()
    }
  }

  /** Drops what nobody has read: tcflush(TCIFLUSH). */
  flush(): void {
    this.#line = []
    this.#chunks = []
    this.#raw = []
  }

  /** Takes up to `max` readable bytes; undefined when there are none. Empty: end of file. */
  take(max: number): Uint8Array | undefined {
    if (!this.termios.icanon) {
      if (this.#raw.length === 0) return undefined
      return Uint8Array.from(this.#raw.splice(0, max))
    }
    const chunk = this.#chunks[0]
    if (chunk === undefined) return undefined
    const out = chunk.bytes.splice(0, max)
    if (chunk.bytes.length === 0) this.#chunks.shift()
    return Uint8Array.from(out)
  }

  /** Bytes arrive from the keyboard. */
  receive(data: Uint8Array): void {
    for (const byte of data) this.#byte(byte)
  }

  #byte(input: number): void {
    const t = this.termios
    const { cc } = t
    let c = input
    if (this.#literal) {
      this.#literal = false
      this.#put(c)
      return
    }
    if (c === CR && t.icrnl) c = NL
    if (t.ixon) {
      if (c === cc.stop && c !== 0) {
        this.#stopped = true
        this.#sink.flow(true)
        return
      }
      if (c === cc.start && c !== 0) {
        this.#stopped = false
        this.#sink.flow(false)
        return
      }
      if (this.#stopped) {
        // IXANY is off, but a signal character starts output again.
        if (t.isig && (c === cc.intr || c === cc.quit || c === cc.susp)) {
          this.#stopped = false
          this.#sink.flow(false)
        }
      }
    }
    if (t.isig && c !== 0) {
      const which = c === cc.intr ? 'intr' : c === cc.quit ? 'quit' : c === cc.susp ? 'susp' : undefined
      if (which !== undefined) {
        this.flush()
        if (t.echo) this.#sink.echo(shown(c, t))
        this.#sink.signal(which)
        return
      }
    }
    if (!t.icanon) {
      if (t.iexten && c === cc.lnext && c !== 0) {
        this.#literal = true
        if (t.echo) this.#sink.echo(t.echoctl ? [94, BS] : [])
        return
      }
      this.#raw.push(c)
      // A newline that Enter made is shown as one; a typed ^J is a control character here.
      if (t.echo) this.#sink.echo(c === NL && (input === CR || !t.echoctl) ? [NL] : c === NL ? [94, NL ^ 64] : shown(c, t))
      this.#sink.ready()
      return
    }
    if (c !== 0) {
      if (c === cc.erase) {
        this.#erase(1)
        return
      }
      if (c === cc.kill) {
        this.#erase(Number.POSITIVE_INFINITY)
        return
      }
      if (t.iexten && c === cc.werase) {
        this.#eraseWord()
        return
      }
      if (t.iexten && c === cc.lnext) {
        this.#literal = true
        if (t.echo && t.echoctl) this.#sink.echo([94, BS])
        return
      }
      if (t.iexten && t.echo && c === cc.rprnt) {
        this.#sink.echo([...shown(c, t), NL, ...this.#line.flatMap((b) => shown(b, t))])
        return
      }
      if (c === cc.eof) {
        this.#endLine(true)
        return
      }
    }
    if (c === NL) {
      if (t.echo) this.#sink.echo([NL])
      this.#line.push(NL)
      this.#endLine(false)
      return
    }
    this.#put(c)
  }

  #endLine(eof: boolean): void {
    this.#chunks.push({ bytes: this.#line, eof })
    this.#line = []
    this.#startColumn = 0
    this.#sink.ready()
  }

  #put(c: number): void {
    const t = this.termios
    if (!t.icanon) {
      this.#raw.push(c)
      if (t.echo) this.#sink.echo(shown(c, t))
      this.#sink.ready()
      return
    }
    if (this.#line.length >= LINE_MAX) {
      this.#sink.echo([BEL])
      return
    }
    this.#line.push(c)
    if (t.echo) this.#sink.echo(shown(c, t))
  }

  /** Takes off up to `count` characters (a UTF-8 sequence is one) from the end of the line. */
  #erase(count: number): void {
    for (let i = 0; i < count && this.#line.length > 0; i++) this.#eraseOne()
  }

  #eraseOne(): void {
    let c = this.#line.pop() as number
    while ((c & 0xc0) === 0x80 && this.#line.length > 0) c = this.#line.pop() as number
    const t = this.termios
    if (!t.echo) return
    let width = 1
    if (c === TAB) {
      let column = this.#startColumn
      for (const b of this.#line) column = b === TAB ? (column & ~7) + 8 : column + columns(b, t)
      width = 8 - (column & 7)
      this.#sink.echo(new Array(width).fill(BS))
      return
    }
    width = columns(c, t)
    for (let i = 0; i < width; i++) this.#sink.echo([BS, 32, BS])
  }

  #eraseWord(): void {
    const isWord = (b: number | undefined): boolean =>
      b !== undefined && (b >= 0x80 || (b >= 48 && b <= 57) || (b >= 65 && b <= 90) || (b >= 97 && b <= 122) || b === 95)
    while (this.#line.length > 0 && !isWord(this.#line.at(-1))) this.#eraseOne()
    while (this.#line.length > 0 && isWord(this.#line.at(-1))) this.#eraseOne()
  }
}

/** How a byte is echoed: control characters as ^X under ECHOCTL. */
function shown(c: number, t: Termios): number[] {
  if (t.echoctl && ((c < 32 && c !== TAB && c !== NL) || c === DEL)) return [94, c ^ 64]
  return [c]
}

function columns(c: number, t: Termios): number {
  if (c < 32 || c === DEL) return t.echoctl ? 2 : 0
  return 1
}

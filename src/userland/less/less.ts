import { Errno } from '#linux/errno.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { latin, readAll, say, unlatin, writeAll } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'

/** What a pager shows: lines and where it is. */
class Screen {
  readonly proc: Proc
  readonly tty: number
  readonly lines: readonly string[]
  readonly name: string
  readonly numbers: boolean
  readonly chop: boolean
  top = 0
  pattern: RegExp | undefined
  first = true

  constructor(proc: Proc, tty: number, text: string, name: string, numbers: boolean, chop: boolean) {
    this.proc = proc
    this.tty = tty
    this.lines = text.replace(/\n$/, '').split('\n')
    this.name = name
    this.numbers = numbers
    this.chop = chop
  }

  get rows(): number {
    return Math.max(2, this.proc.getWinSize(1).rows || 24) - 1
  }

  get cols(): number {
    return this.proc.getWinSize(1).cols || 80
  }

  /** A line as rows of the terminal. */
  fold(index: number): string[] {
    const line = `${this.numbers ? `${String(index + 1).padStart(7)} ` : ''}${this.lines[index] ?? ''}`
    const width = this.cols
    if (line.length <= width || line.includes('\x1b')) return [line]
    if (this.chop) return [line.slice(0, width)]
    const out: string[] = []
    for (let i = 0; i < line.length; i += width) out.push(line.slice(i, i + width))
    return out
  }

  get end(): number {
    return Math.max(0, this.lines.length - this.rows)
  }

  *draw(): Sim<void> {
    const rows: string[] = []
    let shown = this.top
    while (rows.length < this.rows && shown < this.lines.length) rows.push(...this.fold(shown++).map((row) => this.#mark(row)))
    while (rows.length < this.rows && this.top > 0) rows.push('~')
    const end = shown >= this.lines.length
    const prompt = this.#prompt(end)
    this.first = false
    yield* this.put(`\x1b[H\x1b[J${rows.slice(0, this.rows).join('\n')}\n${prompt}`)
  }

  /** The file's name at first, then `:`, at last `(END)`; for man(1), which sets MAN_PN, the page and the line. */
  #prompt(end: boolean): string {
    const page = this.proc.getenv('MAN_PN')
    const keys = '(press h for help or q to quit)'
    if (page !== undefined && page !== '') return `\x1b[7m Manual page ${page} line ${this.top + 1}${end ? ' (END)' : ''} ${keys}\x1b[27m`
    if (end) return '\x1b[7m(END)\x1b[27m'
    return this.first && this.name !== '' ? `\x1b[7m${this.name}\x1b[27m` : ':'
  }

  #mark(row: string): string {
    return this.pattern === undefined
      ? row
      : row.replace(new RegExp(this.pattern.source, 'g'), (hit) => (hit === '' ? hit : `\x1b[7m${hit}\x1b[27m`))
  }

  *put(text: string): Sim<void> {
    yield* writeAll(this.proc, 1, unlatin(text))
  }

  *key(): Sim<string> {
    try {
      const first = latin(yield* this.proc.read(this.tty, 8))
      return first === '' ? 'q' : first
    } catch (error) {
      if (error instanceof Errno && error.code === 'EINTR') return ''
      throw error
    }
  }

  *askLine(prompt: string): Sim<string | undefined> {
    let text = ''
    for (;;) {
      yield* this.put(`\r\x1b[K${prompt}${text}`)
      for (const c of yield* this.key()) {
        if (c === '\r' || c === '\n') return text
        if (c === '\x03' || c === '\x1b') return undefined
        if (c === '\x7f' || c === '\b') {
          if (text === '') return undefined
          text = text.slice(0, -1)
        } else text += c
      }
    }
  }

  *search(back: boolean): Sim<void> {
    const { pattern } = this
    if (pattern === undefined) return
    for (let i = this.top + (back ? -1 : 1); i >= 0 && i < this.lines.length; i += back ? -1 : 1) {
      if (!pattern.test(this.lines[i] ?? '')) continue
      this.top = i
      return yield* this.draw()
    }
    yield* this.put('\r\x1b[K\x1b[7mPattern not found  (press RETURN)\x1b[27m')
    yield* this.key()
    yield* this.draw()
  }
}

function* run(screen: Screen): Sim<void> {
  yield* screen.draw()
  for (;;) {
    const key = yield* screen.key()
    const { rows } = screen
    const go = function* (to: number): Sim<void> {
      screen.top = Math.max(0, Math.min(to, screen.end))
      yield* screen.draw()
    }
    if (key === 'q' || key === 'Q' || key === ':q' || key === 'ZZ') return
    if (key === ' ' || key === 'f' || key === '\x06' || key === '\x1b[6~' || key === 'z') yield* go(screen.top + rows)
    else if (key === 'b' || key === '\x02' || key === '\x1b[5~' || key === 'w') yield* go(screen.top - rows)
    else if (['j', 'e', '\r', '\n', '\x0e', '\x1b[B', '\x1bOB'].includes(key)) yield* go(screen.top + 1)
    else if (['k', 'y', '\x10', '\x1b[A', '\x1bOA'].includes(key)) yield* go(screen.top - 1)
    else if (key === 'd' || key === '\x04') yield* go(screen.top + (rows >> 1))
    else if (key === 'u' || key === '\x15') yield* go(screen.top - (rows >> 1))
    else if (key === 'g' || key === '<' || key === '\x1b[H') yield* go(0)
    else if (key === 'G' || key === '>' || key === '\x1b[F') yield* go(screen.end)
    else if (key === 'n') yield* screen.search(false)
    else if (key === 'N') yield* screen.search(true)
    else if (key === '/' || key === '?') {
      const text = yield* screen.askLine(key)
      if (text !== undefined && text !== '') {
        try {
          screen.pattern = new RegExp(text)
        } catch {
          screen.pattern = undefined
        }
      }
      if (text === undefined) yield* screen.draw()
      else yield* screen.search(key === '?')
    } else if (key === 'r' || key === '\f' || key === '') yield* screen.draw()
  }
}

function* inputs(ctx: Context): Sim<string | undefined> {
  let text = ''
  for (const name of ctx.operands.length === 0 ? ['-'] : ctx.operands) {
    if (name === '-') {
      if (ctx.proc.isatty(0)) {
        yield* say(ctx.proc, 2, `Missing filename ("${ctx.prog} --help" for help)\n`)
        return undefined
      }
      text += latin(yield* readAll(ctx.proc, 0))
      continue
    }
    try {
      const fd = yield* ctx.proc.open(name, O.RDONLY)
      text += latin(yield* readAll(ctx.proc, fd))
      ctx.proc.close(fd)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const why =
        error.code === 'EISDIR'
          ? `${name} is a directory`
          : `${name}: ${error.code === 'EACCES' ? 'Permission denied' : 'No such file or directory'}`
      yield* say(ctx.proc, 2, `${why}\n`)
      ctx.status = 1
    }
  }
  return ctx.status === 0 || text !== '' ? text : undefined
}

/** Shows text page by page when standard output is a terminal, else copies it. Keys come from the terminal itself. */
function* pager(
  ctx: Context,
  options: { readonly quitIfOne: boolean; readonly numbers: boolean; readonly chop: boolean; readonly clear: boolean },
): Sim<number> {
  const { proc } = ctx
  const text = yield* inputs(ctx)
  if (text === undefined) return 1
  if (!proc.isatty(1)) {
    yield* writeAll(proc, 1, unlatin(text))
    return ctx.status
  }
  const rows = proc.getWinSize(1).rows || 24
  if (options.quitIfOne && text.split('\n').length <= rows) {
    yield* writeAll(proc, 1, unlatin(text))
    return 0
  }
  const tty = yield* proc.open('/dev/tty', O.RDONLY)
  const before = proc.tcgetattr(tty)
  proc.tcsetattr(tty, { ...before, icanon: false, echo: false, isig: true, vmin: 1, vtime: 0 })
  proc.sigaction(2, () => {})
  const name = ctx.operands[0] ?? ''
  const screen = new Screen(proc, tty, text, name === '-' ? '' : name, options.numbers, options.chop)
  try {
    if (options.clear) yield* screen.put('\x1b[?1049h')
    yield* run(screen)
  } finally {
    proc.tcsetattr(tty, before)
  }
  yield* screen.put(`\r\x1b[K${options.clear ? '\x1b[?1049l' : ''}`)
  return 0
}

const SHORT = 'FRSXKMNnegiIrsqQEfJmwa'

/** less(1). Differs: the keys of moving and searching only; input is read to its end first. */
export const less = defineProgram({
  name: 'less/less',
  short: `${SHORT}P:x:`,
  long: 'RAW-CONTROL-CHARS:R chop-long-lines:S quit-if-one-screen:F no-init:X LINE-NUMBERS:N ignore-case:i',
  *run(ctx) {
    const more = ctx.proc.getenv('LESS') ?? ''
    const on = (letter: string): boolean => ctx.has(letter) || more.replace(/^-/, '').includes(letter)
    return yield* pager(ctx, { quitIfOne: on('F') || on('E'), numbers: on('N'), chop: on('S'), clear: !on('X') })
  },
})

/** more(1): the same, which ends when all has been shown on one screen. */
export const more = defineProgram({
  name: 'util-linux/more',
  short: 'dflcpsuen:',
  run: (ctx) => pager(ctx, { quitIfOne: true, numbers: false, chop: false, clear: false }),
})

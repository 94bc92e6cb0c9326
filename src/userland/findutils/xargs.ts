import { Errno, strerror } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '#userland/lib/exec.ts'
import { LineReader, say, textOf } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quotef } from '#userland/lib/quote.ts'

/** xargs(1) */
export const xargs = defineProgram({
  name: 'findutils/xargs',
  usage: '[OPTION]... COMMAND [INITIAL-ARGS]...',
  short: '0a:d:E:e::I:i::L:l::n:oP:prs:tx',
  long: `null:0 arg-file=:a delimiter=:d eof=?:e replace=?:i max-lines=?:l max-args=:n open-tty:o interactive:p max-procs=:P no-run-if-empty:r
    max-chars=:s show-limits verbose:t exit:x process-slot-var=`,
  posix: true,
  *run(ctx) {
    const replace = ctx.value('I') ?? (ctx.has('i') ? (ctx.value('i') ?? '{}') : undefined)
    const counts = function* (letter: string): Sim<number | undefined> {
      const text = ctx.value(letter)
      if (text === undefined) return undefined
      if (!/^-?\d+$/.test(text)) return yield* ctx.usage(`invalid number "${text}" for -${letter} option`)
      if (Number(text) < 1 && letter !== 'P') return yield* ctx.usage(`value ${text} for -${letter} option should be >= 1`)
      return Number(text)
    }
    const perCommand = yield* counts('n')
    const linesEach = (yield* counts('L')) ?? (ctx.has('l') ? Number(ctx.value('l') ?? 1) : undefined)
    const parallel = (yield* counts('P')) ?? 1
    const command = ctx.operands.length === 0 ? ['echo'] : [...ctx.operands]
    const file = ctx.value('a')
    const fd = file === undefined ? 0 : yield* ctx.openInput(file)
    if (fd === undefined) return 1
    const items = new Items(ctx, new LineReader(ctx.proc, fd), replace !== undefined)
    const runner = new Runner(ctx, file === undefined, parallel === 0 ? 1000 : parallel)
    let ran = false
    if (replace !== undefined) {
      for (;;) {
        const item = yield* items.next()
        if (item === undefined) break
        if (item.text === '' && ctx.value('d') === undefined && !ctx.has('0')) continue
        yield* runner.run(command.map((word) => word.replaceAll(replace, item.text)))
        if (runner.stop) break
      }
      return yield* runner.finish()
    }
    const limit = Number(ctx.value('s') ?? 131_072 - 4096)
    let batch: string[] = []
    let size = command.reduce((n, w) => n + w.length + 1, 0)
    const base = size
    let lines = 0
    const flush = function* (): Sim<void> {
      ran = true
      const argv = [...command, ...batch]
      batch = []
      size = base
      lines = 0
      yield* runner.run(argv)
    }
    while (!runner.stop) {
      const item = yield* items.next()
      if (item === undefined) break
      if (batch.length > 0 && size + item.text.length + 1 > limit) yield* flush()
      batch.push(item.text)
      size += item.text.length + 1
      if (item.lineEnd) lines++
      if (batch.length === perCommand || (linesEach !== undefined && lines >= linesEach)) yield* flush()
    }
    if (!runner.stop && (batch.length > 0 || (!ran && !ctx.has('r')))) yield* flush()
    return yield* runner.finish()
  },
})

/** The input cut into items: blanks, quotes and backslashes, or a delimiter, or whole lines (-I). */
class Items {
  readonly #ctx: Context
  readonly #reader: LineReader
  readonly #lines: boolean
  readonly #delimiter: string | undefined
  #queue: { text: string; lineEnd: boolean }[] = []
  #ended = false

  constructor(ctx: Context, reader: LineReader, lines: boolean) {
    this.#ctx = ctx
    this.#lines = lines
    const map: Record<string, string> = { '\\n': '\n', '\\t': '\t', '\\0': '\0', '\\r': '\r' }
    const asked = ctx.value('d')
    this.#delimiter = ctx.opts.last('0', 'd') === '0' ? '\0' : asked === undefined ? undefined : (map[asked] ?? asked.charAt(0))
    this.#reader = this.#delimiter === undefined ? reader : new LineReader(ctx.proc, reader.fd, this.#delimiter)
  }

  *next(): Sim<{ text: string; lineEnd: boolean } | undefined> {
    while (this.#queue.length === 0 && !this.#ended) yield* this.#fill()
    return this.#queue.shift()
  }

  *#fill(): Sim<void> {
    let line = yield* this.#reader.next()
    if (line === undefined) {
      this.#ended = true
      return
    }
    if (this.#delimiter !== undefined) {
      this.#queue.push({ text: textOf(line), lineEnd: true })
      return
    }
    const words: string[] = []
    let word = ''
    let any = false
    for (let i = 0; i < line.length; i++) {
      const c = line.charAt(i)
      if (c === '\\') {
        any = true
        if (i + 1 < line.length) word += line.charAt(++i)
        else {
          // An escaped newline joins lines.
          const more = yield* this.#reader.next()
          if (more !== undefined) {
            word += '\n'
            line = more
            i = -1
          }
        }
      } else if (c === "'" || c === '"') {
        const end = line.indexOf(c, i + 1)
        if (end < 0) {
          const kind = c === "'" ? 'single' : 'double'
          return yield* this.#ctx.die(`unmatched ${kind} quote; by default quotes are special to xargs unless you use the -0 option`)
        }
        word += line.slice(i + 1, end)
        any = true
        i = end
      } else if ((c === ' ' || c === '\t') && !(this.#lines && (any || word !== ''))) {
        if (any) words.push(word)
        word = ''
        any = false
      } else {
        word += c
        any = true
      }
    }
    if (any) words.push(word)
    const eof = this.#ctx.value('E') ?? this.#ctx.value('e')
    words.forEach((w, i) => {
      if (this.#ended) return
      const text = textOf(w)
      if (eof !== undefined && eof !== '' && text === eof) this.#ended = true
      else this.#queue.push({ text, lineEnd: i === words.length - 1 })
    })
  }
}

class Runner {
  readonly #ctx: Context
  readonly #nullInput: boolean
  readonly #parallel: number
  #running = 0
  stop = false
  #status = 0

  constructor(ctx: Context, nullInput: boolean, parallel: number) {
    this.#ctx = ctx
    this.#nullInput = nullInput
    this.#parallel = parallel
  }

  *run(argv: readonly string[]): Sim<void> {
    const ctx = this.#ctx
    if (ctx.has('t', 'p')) {
      yield* say(ctx.proc, 2, `${argv.map(quotef).join(' ')}${ctx.has('p') ? '?...' : '\n'}`)
      if (ctx.has('p')) {
        const tty = yield* ctx.proc.open('/dev/tty', 0)
        const answer = yield* new LineReader(ctx.proc, tty).next()
        ctx.proc.close(tty)
        if (!/^[yY]/.test(answer ?? '')) return
      }
    }
    while (this.#running >= this.#parallel) yield* this.#wait()
    if (this.stop) return
    const nullInput = this.#nullInput
    ctx.proc.fork(function* (child) {
      try {
        if (nullInput) {
          const fd = yield* child.open(ctx.has('o') ? '/dev/tty' : '/dev/null', 0)
          child.dup2(fd, 0)
          if (fd !== 0) child.close(fd)
        }
        return yield* execvp(child, argv)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(child, 2, `${ctx.prog}: ${argv[0] ?? ''}: ${strerror(error)}\n`)
        return error.code === 'ENOENT' ? 127 : 126
      }
    })
    this.#running++
    if (this.#parallel === 1) yield* this.#wait()
  }

  *#wait(): Sim<void> {
    const ctx = this.#ctx
    const status = yield* ctx.proc.wait(-1)
    this.#running--
    if (status?.signal !== undefined) {
      yield* ctx.warn(`${ctx.operands[0] ?? 'echo'}: terminated by signal ${status.signal}`, 0)
      this.#status = 125
      this.stop = true
    } else if (status?.exit === 255) {
      yield* ctx.warn(`${ctx.operands[0] ?? 'echo'}: exited with status 255; aborting`, 0)
      this.#status = 124
      this.stop = true
    } else if (status?.exit === 126 || status?.exit === 127) {
      this.#status = status.exit
      this.stop = true
    } else if (status?.exit !== 0 && this.#status === 0) this.#status = 123
  }

  *finish(): Sim<number> {
    while (this.#running > 0) yield* this.#wait()
    return this.#status
  }
}

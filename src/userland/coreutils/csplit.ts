import { Errno } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { latin, readAll, unlatin, writeFile } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { quote } from '../lib/quote.ts'
import { compileBre } from '../lib/regex.ts'

/** What a pattern cuts: up to a line, or up to one that matches; `skip`: what is cut off is not written. */
interface Cut {
  readonly text: string
  readonly line: number | undefined
  readonly test: ((line: string) => boolean) | undefined
  readonly offset: number
  readonly skip: boolean
  /** How often again; Infinity for `{*}`. */
  readonly repeat: number
}

function* parse(ctx: Context, words: readonly string[]): Sim<Cut[]> {
  const cuts: Cut[] = []
  for (const word of words) {
    const repeat = /^\{(\d+|\*)\}$/.exec(word)
    const last = cuts.pop()
    if (repeat !== null && last !== undefined) {
      cuts.push({ ...last, repeat: repeat[1] === '*' ? Number.POSITIVE_INFINITY : Number(repeat[1]) })
      continue
    }
    if (last !== undefined) cuts.push(last)
    const m = /^([/%])(.*)\1([+-]?\d+)?$/.exec(word)
    if (m !== null) {
      const compiled = compileBre(m[2] ?? '')
      if (typeof compiled === 'string') return yield* ctx.die(`${quote(word)}: invalid regular expression: ${compiled}`)
      const regex = new RegExp(compiled.source, 's')
      const test = (line: string): boolean => regex.test(line.replace(/\n$/, ''))
      cuts.push({ text: word, line: undefined, test, offset: Number(m[3] ?? 0), skip: m[1] === '%', repeat: 0 })
    } else if (/^\d+$/.test(word)) cuts.push({ text: word, line: Number(word), test: undefined, offset: 0, skip: false, repeat: 0 })
    else yield* ctx.die(`${quote(word)}: invalid pattern`)
  }
  return cuts
}

/** The line a cut ends before, from line `at` on (both from 0); undefined when there is none. */
function find(cut: Cut, lines: readonly string[], at: number, round: number): number | undefined {
  if (cut.line !== undefined) {
    const to = cut.line * (round + 1) - 1
    return to <= lines.length ? to : undefined
  }
  // A match on the very first line of a piece counts only for the first piece.
  for (let i = at === 0 ? 0 : at + 1; i < lines.length; i++) if (cut.test?.(lines[i] ?? '')) return i + cut.offset
  return undefined
}

/** csplit(1): a file in pieces, divided at lines that match. */
export const csplit = defineProgram({
  name: 'coreutils/csplit',
  usage: '[OPTION]... FILE PATTERN...',
  short: 'b:f:kn:sqz',
  long: 'suffix-format=:b prefix=:f keep-files:k digits=:n quiet:s silent:s elide-empty-files:z suppress-matched',
  *run(ctx) {
    const [name, ...words] = ctx.operands
    if (name === undefined) return yield* ctx.usage('missing operand')
    if (words.length === 0) return yield* ctx.usage(`missing operand after ${quote(name)}`)
    if (ctx.has('b')) return yield* ctx.notModelled('-b')
    const cuts = yield* parse(ctx, words)
    const fd = yield* ctx.openInput(name)
    if (fd === undefined) return 1
    const text = latin(yield* readAll(ctx.proc, fd))
    const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
    const made: string[] = []
    const write = function* (from: number, to: number): Sim<void> {
      const part = lines.slice(from, to).join('')
      if (part === '' && ctx.has('z')) return
      const file = `${ctx.value('f') ?? 'xx'}${String(made.length).padStart(Number(ctx.value('n') ?? 2), '0')}`
      yield* writeFile(ctx.proc, file, unlatin(part))
      made.push(file)
      if (!ctx.has('s', 'q')) ctx.out.put(`${part.length}\n`)
    }
    let at = 0
    for (const cut of cuts) {
      for (let round = 0; round <= cut.repeat; round++) {
        const to = find(cut, lines, at, round)
        if (to === undefined) {
          if (cut.repeat === Number.POSITIVE_INFINITY) break
          yield* write(at, lines.length)
          if (!ctx.has('k')) for (const file of made) remove(ctx, file)
          const what = cut.line === undefined ? 'match not found' : 'line number out of range'
          return yield* ctx.die(`${quote(cut.text)}: ${what}${round > 0 ? ` on repetition ${round}` : ''}`)
        }
        if (!cut.skip) yield* write(at, to)
        at = to + (ctx.has('suppress-matched') ? 1 : 0)
      }
    }
    yield* write(at, lines.length)
    return 0
  },
})

function remove(ctx: Context, file: string): void {
  try {
    ctx.proc.unlink(file)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

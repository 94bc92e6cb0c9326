import type { Sim } from '#sim/wait.ts'
import { bytesOf, LineReader } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'

/** tac(1) */
export const tac = defineProgram({
  name: 'coreutils/tac',
  usage: '[OPTION]... [FILE]...',
  short: 'brs:',
  long: 'before:b regex:r separator=:s',
  *run(ctx) {
    if (ctx.has('r')) return yield* ctx.notModelled('--regex')
    const separator = bytesOf(ctx.value('s') ?? '\n')
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const text = yield* new LineReader(ctx.proc, fd).rest()
      const parts = text.split(separator)
      if (ctx.has('b')) {
        const pieces = parts.map((p, i) => (i === 0 ? p : separator + p))
        ctx.out.raw(pieces.reverse().join(''))
      } else {
        const tail = parts.pop() ?? ''
        ctx.out.raw(
          tail +
            parts
              .reverse()
              .map((p) => p + separator)
              .join(''),
        )
      }
      yield* ctx.out.drain()
    })
    return ctx.status
  },
})

/** nl(1) */
export const nl = defineProgram({
  name: 'coreutils/nl',
  usage: '[OPTION]... [FILE]...',
  short: 'b:d:f:h:i:l:n:ps:v:w:',
  long: `body-numbering=:b section-delimiter=:d footer-numbering=:f header-numbering=:h line-increment=:i join-blank-lines=:l number-format=:n
    no-renumber:p number-separator=:s starting-line-number=:v number-width=:w`,
  *run(ctx) {
    const style = ctx.value('b') ?? 't'
    const format = ctx.value('n') ?? 'rn'
    const width = Number(ctx.value('w') ?? 6)
    const separator = bytesOf(ctx.value('s') ?? '\t')
    const step = Number(ctx.value('i') ?? 1)
    if (!/^(a|t|n|p.*)$/s.test(style)) return yield* ctx.usage(`invalid body numbering style: ${quote(style)}`)
    if (!['ln', 'rn', 'rz'].includes(format)) return yield* ctx.usage(`invalid line numbering format: ${quote(format)}`)
    const pattern = style.startsWith('p') ? new RegExp(style.slice(1)) : undefined
    let n = Number(ctx.value('v') ?? 1)
    let section: 'h' | 'b' | 'f' = 'b'
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const reader = ctx.lines(fd)
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) break
        const mark = /^(?:\\:){1,3}$/.test(line) ? line.length / 2 : 0
        if (mark > 0) {
          section = mark === 3 ? 'h' : mark === 2 ? 'b' : 'f'
          if (mark === 3 && !ctx.has('p')) n = Number(ctx.value('v') ?? 1)
          ctx.out.raw('\n')
          continue
        }
        const how = section === 'b' ? style : (ctx.value(section) ?? 'n')
        const numbered = how === 'a' || (how === 't' && line !== '') || (pattern?.test(line) === true && section === 'b')
        if (numbered) {
          const text = String(n)
          ctx.out.raw((format === 'ln' ? text.padEnd(width) : text.padStart(width, format === 'rz' ? '0' : ' ')) + separator + line + '\n')
          n += step
        } else ctx.out.raw(`${' '.repeat(width + separator.length)}${line}\n`)
        yield* ctx.out.drain()
      }
    })
    return ctx.status
  },
})

/** fold(1) */
export const fold = defineProgram({
  name: 'coreutils/fold',
  usage: '[OPTION]... [FILE]...',
  short: 'bsw:',
  long: 'bytes:b spaces:s width=:w',
  digits: true,
  *run(ctx) {
    const asked = ctx.value('w') ?? ctx.value('NUMBER') ?? '80'
    if (!/^[1-9]\d*$/.test(asked)) return yield* ctx.die(`invalid number of columns: ${quote(asked)}`)
    const width = Number(asked)
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const reader = ctx.lines(fd)
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) break
        ctx.out.raw(foldLine(line, width, ctx.has('b'), ctx.has('s')) + (reader.terminated ? '\n' : ''))
        yield* ctx.out.drain()
      }
    })
    return ctx.status
  },
})

function foldLine(line: string, width: number, bytes: boolean, spaces: boolean): string {
  const rows: string[] = []
  let row = ''
  const columns = (text: string): number => {
    let n = 0
    for (const c of text) n = bytes ? n + 1 : c === '\t' ? n + 8 - (n % 8) : c === '\b' ? Math.max(0, n - 1) : c === '\r' ? 0 : n + 1
    return n
  }
  for (const c of line) {
    if (columns(row + c) > width && row !== '') {
      const space = spaces ? Math.max(row.lastIndexOf(' '), row.lastIndexOf('\t')) : -1
      if (space >= 0) {
        rows.push(row.slice(0, space + 1))
        row = row.slice(space + 1)
        if (columns(row + c) > width && row !== '') {
          rows.push(row)
          row = ''
        }
      } else {
        rows.push(row)
        row = ''
      }
    }
    row += c
  }
  rows.push(row)
  return rows.join('\n')
}

/** Widest paragraph of fmt. */
const FMT_MAX = 2500

/** fmt(1): fills paragraphs. Differs: greedy lines within the goal width instead of upstream's cost function. */
export const fmt = defineProgram({
  name: 'coreutils/fmt',
  usage: '[-WIDTH] [OPTION]... [FILE]...',
  short: 'cp:stug:w:',
  long: 'crown-margin:c prefix=:p split-only:s tagged-paragraph:t uniform-spacing:u width=:w goal=:g',
  digits: true,
  *run(ctx) {
    const given = ctx.value('w') ?? ctx.value('NUMBER') ?? '75'
    const width = /^\d+$/.test(given) ? Number(given) : Number.NaN
    if (Number.isNaN(width)) return yield* ctx.die(`invalid width: ${quote(given)}`)
    if (width > FMT_MAX) return yield* ctx.die(`invalid width: ${quote(given)}: Numerical result out of range`)
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const text = yield* new LineReader(ctx.proc, fd).rest()
      const lines = text.split('\n')
      if (lines.at(-1) === '') lines.pop()
      let words: string[] = []
      let lead = ''
      const flush = (): void => {
        if (words.length > 0) ctx.out.raw(fill(words, lead, width))
        words = []
      }
      for (const line of lines) {
        const indent = /^[ \t]*/.exec(line)?.[0] ?? ''
        if (line.trim() === '') {
          flush()
          ctx.out.raw('\n')
          continue
        }
        if (words.length > 0 && (indent !== lead || ctx.has('s'))) flush()
        if (words.length === 0) lead = indent
        words.push(...line.trim().split(/[ \t]+/))
      }
      flush()
      yield* ctx.out.drain()
    })
    return ctx.status
  },
})

/** Breaks words into lines so that raggedness is least (squares of the distance to the goal). */
function fill(words: readonly string[], lead: string, width: number): string {
  const goal = Math.floor((width * 187) / 200)
  const n = words.length
  const best: { cost: number; next: number }[] = new Array(n + 1).fill(undefined).map(() => ({ cost: Number.POSITIVE_INFINITY, next: n }))
  best[n] = { cost: 0, next: n }
  for (let i = n - 1; i >= 0; i--) {
    let length = lead.length - 1
    for (let j = i; j < n; j++) {
      length += 1 + (words[j] ?? '').length
      if (length >= width && j > i) break
      const short = goal - length
      const cost = (j === n - 1 ? 0 : short * short * 10) + (best[j + 1]?.cost ?? 0)
      const mine = best[i]
      if (mine !== undefined && cost < mine.cost) best[i] = { cost, next: j + 1 }
    }
  }
  let out = ''
  for (let i = 0; i < n; ) {
    const next = Math.max(i + 1, best[i]?.next ?? n)
    out += `${lead}${words.slice(i, next).join(' ')}\n`
    i = next
  }
  return out
}

function* tabStops(ctx: Context): Sim<(column: number) => number> {
  const text = ctx.value('t') ?? ctx.value('NUMBER') ?? '8'
  const stops = text.split(/[, ]+/).map(Number)
  if (stops.some((s) => !Number.isInteger(s)))
    return yield* ctx.die(`tab size contains invalid character(s): ${quote(text.replace(/^[\d, ]*/, ''))}`)
  if (stops.some((s) => s === 0)) return yield* ctx.die('tab size cannot be 0')
  const size = stops[0] ?? 8
  if (stops.length === 1) return (column) => column + size - (column % size)
  return (column) => stops.find((s) => s > column) ?? column + 1
}

/** expand(1) */
export const expand = defineProgram({
  name: 'coreutils/expand',
  usage: '[OPTION]... [FILE]...',
  short: 'it:',
  long: 'initial:i tabs=:t',
  digits: true,
  *run(ctx) {
    const next = yield* tabStops(ctx)
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const reader = ctx.lines(fd)
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) break
        let out = ''
        let initial = true
        for (const c of line) {
          if (c === '\t' && (initial || !ctx.has('i'))) out += ' '.repeat(next(out.length) - out.length)
          else out += c
          if (c !== ' ' && c !== '\t') initial = false
        }
        ctx.out.raw(out + (reader.terminated ? '\n' : ''))
        yield* ctx.out.drain()
      }
    })
    return ctx.status
  },
})

/** unexpand(1) */
export const unexpand = defineProgram({
  name: 'coreutils/unexpand',
  usage: '[OPTION]... [FILE]...',
  short: 'at:',
  long: 'all:a first-only tabs=:t',
  *run(ctx) {
    const next = yield* tabStops(ctx)
    const all = (ctx.has('a') || ctx.has('t')) && !ctx.has('first-only')
    yield* ctx.eachInput(ctx.operands, function* (fd) {
      const reader = ctx.lines(fd)
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) break
        let out = ''
        let column = 0
        let blanks = 0
        let initial = true
        for (let i = 0; i <= line.length; i++) {
          const c = line.charAt(i)
          if ((c === ' ' || c === '\t') && (initial || all)) {
            const from = column
            column = c === '\t' ? next(column) : column + 1
            blanks += column - from
            if (next(column - 1) === column && (blanks > 1 || c === '\t')) {
              out += '\t'
              blanks = 0
            }
            continue
          }
          out += ' '.repeat(blanks) + c
          blanks = 0
          column++
          initial = false
        }
        ctx.out.raw(out + (reader.terminated ? '\n' : ''))
        yield* ctx.out.drain()
      }
    })
    return ctx.status
  },
})

/** shuf(1) */
export const shuf = defineProgram({
  name: 'coreutils/shuf',
  usage: '[OPTION]... [FILE]\n-e [OPTION]... [ARG]...\n-i LO-HI [OPTION]...',
  short: 'ei:n:o:rz',
  missing: 'random-source',
  long: 'echo:e input-range=:i head-count=:n output=:o random-source= repeat:r zero-terminated:z',
  *run(ctx) {
    const end = ctx.has('z') ? '\0' : '\n'
    let items: string[]
    const span = ctx.value('i')
    if (ctx.has('e')) items = ctx.operands.map(bytesOf)
    else if (span !== undefined) {
      const m = /^(\d+)-(\d+)$/.exec(span)
      if (m === null || Number(m[1]) > Number(m[2]) + 1) return yield* ctx.die(`invalid input range: ${quote(span)}`)
      items = Array.from({ length: Number(m[2]) - Number(m[1]) + 1 }, (_, i) => String(Number(m[1]) + i))
    } else {
      const fd = yield* ctx.openInput(ctx.operands[0] ?? '-')
      if (fd === undefined) return 1
      const text = yield* new LineReader(ctx.proc, fd).rest()
      items = text.split(end)
      if (items.at(-1) === '') items.pop()
    }
    const count = ctx.value('n')
    if (count !== undefined && !/^\d+$/.test(count)) return yield* ctx.die(`invalid line count: ${quote(count)}`)
    const random = (n: number): number => {
      const b = ctx.proc.getrandom(4)
      return (((b[0] ?? 0) * 16_777_216 + (b[1] ?? 0) * 65_536 + (b[2] ?? 0) * 256 + (b[3] ?? 0)) % 4_294_967_296) % n
    }
    const limit = count === undefined ? items.length : Number(count)
    if (ctx.has('r')) {
      if (items.length === 0) return yield* ctx.die('no lines to repeat')
      for (let i = 0; i < limit || count === undefined; i++) {
        ctx.out.raw((items[random(items.length)] ?? '') + end)
        yield* ctx.out.drain()
      }
      return 0
    }
    for (let i = items.length - 1; i > 0; i--) {
      const j = random(i + 1)
      const kept = items[i] ?? ''
      items[i] = items[j] ?? ''
      items[j] = kept
    }
    for (const item of items.slice(0, limit)) ctx.out.raw(item + end)
    return 0
  },
})

/** tsort(1) */
export const tsort = defineProgram({
  name: 'coreutils/tsort',
  usage: '[OPTION] [FILE]',
  *run(ctx) {
    const name = ctx.operands[0] ?? '-'
    const fd = yield* ctx.openInput(name)
    if (fd === undefined) return 1
    const words = (yield* new LineReader(ctx.proc, fd).rest()).split(/[ \t\n]+/).filter((w) => w !== '')
    if (words.length % 2 !== 0) return yield* ctx.die(`${name}: input contains an odd number of tokens`)
    const after = new Map<string, string[]>()
    const waiting = new Map<string, number>()
    for (const w of [...words].sort()) if (!waiting.has(w)) waiting.set(w, 0)
    for (let i = 0; i < words.length; i += 2) {
      const [a = '', b = ''] = [words[i], words[i + 1]]
      if (a === b) continue
      after.set(a, [b, ...(after.get(a) ?? [])])
      waiting.set(b, (waiting.get(b) ?? 0) + 1)
    }
    const queue = [...waiting].filter(([, n]) => n === 0).map(([w]) => w)
    for (;;) {
      while (queue.length > 0) {
        const w = queue.shift() ?? ''
        ctx.out.raw(`${w}\n`)
        waiting.delete(w)
        for (const next of after.get(w) ?? []) {
          const left = (waiting.get(next) ?? 0) - 1
          waiting.set(next, left)
          if (left === 0) queue.push(next)
        }
      }
      const stuck = [...waiting.keys()][0]
      if (stuck === undefined) return ctx.status
      yield* ctx.warn(`${name}: input contains a loop:`)
      yield* ctx.warn(stuck)
      waiting.set(stuck, 0)
      queue.push(stuck)
    }
  },
})

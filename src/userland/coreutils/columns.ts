import { Errno, strerror } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { bytesOf, type LineReader } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quotefColon } from '#userland/lib/quote.ts'

function* open(ctx: Context, name: string): Sim<LineReader> {
  try {
    return ctx.lines(name === '-' ? 0 : yield* ctx.proc.open(name, 0), ctx.has('z') ? '\0' : '\n')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* ctx.die(`${quotefColon(name)}: ${strerror(error)}`)
  }
}

/** paste(1) */
export const paste = defineProgram({
  name: 'coreutils/paste',
  usage: '[OPTION]... [FILE]...',
  short: 'd:sz',
  long: 'delimiters=:d serial:s zero-terminated:z',
  *run(ctx) {
    const map: Record<string, string> = { n: '\n', t: '\t', '0': '', '\\': '\\', b: '\b', f: '\f', r: '\r', v: '\v' }
    const delimiters: string[] = []
    const text = bytesOf(ctx.value('d') ?? '\t')
    for (let i = 0; i < text.length; i++) {
      if (text.charAt(i) === '\\') delimiters.push(map[text.charAt(++i)] ?? text.charAt(i))
      else delimiters.push(text.charAt(i))
    }
    if (delimiters.length === 0) delimiters.push('')
    const end = ctx.has('z') ? '\0' : '\n'
    const names = ctx.operands.length === 0 ? ['-'] : ctx.operands
    const stdin = ctx.lines(0, end)
    const readers: LineReader[] = []
    for (const name of names) readers.push(name === '-' ? stdin : yield* open(ctx, name))
    if (ctx.has('s')) {
      for (const reader of readers) {
        let out = ''
        for (let n = 0; ; n++) {
          const line = yield* reader.next()
          if (line === undefined) break
          out += (n === 0 ? '' : (delimiters[(n - 1) % delimiters.length] ?? '')) + line
        }
        ctx.out.raw(out + end)
      }
      return ctx.status
    }
    for (;;) {
      const lines: (string | undefined)[] = []
      for (const reader of readers) lines.push(yield* reader.next())
      if (lines.every((l) => l === undefined)) return ctx.status
      ctx.out.raw(lines.map((l, i) => (l ?? '') + (i === lines.length - 1 ? end : (delimiters[i % delimiters.length] ?? ''))).join(''))
      yield* ctx.out.drain()
    }
  },
})

/** comm(1) */
export const comm = defineProgram({
  name: 'coreutils/comm',
  usage: '[OPTION]... FILE1 FILE2',
  short: '123z',
  long: 'check-order nocheck-order output-delimiter= total zero-terminated:z',
  *run(ctx) {
    const [a, b, extra] = ctx.operands
    if (a === undefined) return yield* ctx.usage('missing operand')
    if (b === undefined) return yield* ctx.usage(`missing operand after ${quote(a)}`)
    if (extra !== undefined) return yield* ctx.usage(`extra operand ${quote(extra)}`)
    const readers = [yield* open(ctx, a), yield* open(ctx, b)] as const
    const end = ctx.has('z') ? '\0' : '\n'
    const delimiter = bytesOf(ctx.value('output-delimiter') ?? '\t')
    const totals = [0, 0, 0]
    const lines: [string | undefined, string | undefined] = [yield* readers[0].next(), yield* readers[1].next()]
    const warned = [false, false]
    const advance = function* (i: 0 | 1): Sim<void> {
      const before = lines[i]
      lines[i] = yield* readers[i].next()
      const now = lines[i]
      if (before !== undefined && now !== undefined && now < before && !warned[i] && !ctx.has('nocheck-order')) {
        warned[i] = true
        yield* ctx.warn(`file ${i + 1} is not in sorted order`)
      }
    }
    const show = (column: 0 | 1 | 2, line: string): void => {
      totals[column] = (totals[column] ?? 0) + 1
      if (ctx.has(String(column + 1))) return
      const before = [0, 1, 2].filter((c) => c < column && !ctx.has(String(c + 1))).length
      ctx.out.raw(delimiter.repeat(before) + line + end)
    }
    while (lines[0] !== undefined || lines[1] !== undefined) {
      const [x, y] = lines
      if (y === undefined || (x !== undefined && x < y)) {
        show(0, x ?? '')
        yield* advance(0)
      } else if (x === undefined || x > y) {
        show(1, y)
        yield* advance(1)
      } else {
        show(2, x)
        yield* advance(0)
        yield* advance(1)
      }
      yield* ctx.out.drain()
    }
    if (ctx.has('total')) ctx.out.raw(`${totals.join(delimiter)}${delimiter}total${end}`)
    if (warned[0] || warned[1]) yield* ctx.warn('input is not in sorted order')
    return ctx.status
  },
})

/** join(1) */
export const join = defineProgram({
  name: 'coreutils/join',
  usage: '[OPTION]... FILE1 FILE2',
  short: 'a:e:i1:2:j:o:t:v:z',
  long: 'ignore-case:i check-order nocheck-order header zero-terminated:z',
  *run(ctx) {
    const [a, b, extra] = ctx.operands
    if (a === undefined) return yield* ctx.usage('missing operand')
    if (b === undefined) return yield* ctx.usage(`missing operand after ${quote(a)}`)
    if (extra !== undefined) return yield* ctx.usage(`extra operand ${quote(extra)}`)
    const separator = ctx.value('t')
    const end = ctx.has('z') ? '\0' : '\n'
    const glue = separator === undefined ? ' ' : separator === '\\0' ? '\0' : bytesOf(separator)
    const split = (line: string): string[] =>
      separator === undefined
        ? line
            .split(/[ \t]+/)
            .filter((f, i) => f !== '' || i > 0)
            .filter((f) => f !== '')
        : line.split(glue)
    const fields = [Number(ctx.value('1') ?? ctx.value('j') ?? 1) - 1, Number(ctx.value('2') ?? ctx.value('j') ?? 1) - 1] as const
    const read = function* (name: string): Sim<string[][]> {
      const reader = yield* open(ctx, name)
      const out: string[][] = []
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) return out
        out.push(split(line))
      }
    }
    const left = yield* read(a)
    const right = yield* read(b)
    const keyOf = (row: readonly string[] | undefined, side: 0 | 1): string => {
      const key = row?.[fields[side]] ?? ''
      return ctx.has('i') ? key.toLowerCase() : key
    }
    const missing = bytesOf(ctx.value('e') ?? '')
    const spec = ctx.value('o')
    const both = !ctx.has('v')
    const unpaired = new Set([...ctx.opts.values('a'), ...ctx.opts.values('v')])
    const wide = [left[0]?.length ?? 0, right[0]?.length ?? 0] as const
    const emit = (x: readonly string[] | undefined, y: readonly string[] | undefined): void => {
      const key = x?.[fields[0]] ?? y?.[fields[1]] ?? ''
      if (spec !== undefined) {
        const items =
          spec === 'auto'
            ? [
                '0',
                ...Array.from({ length: wide[0] }, (_, i) => (i === fields[0] ? '' : `1.${i + 1}`)),
                ...Array.from({ length: wide[1] }, (_, i) => (i === fields[1] ? '' : `2.${i + 1}`)),
              ].filter((s) => s !== '')
            : spec.split(/[, ]+/)
        ctx.out.raw(
          items
            .map((item) => {
              if (item === '0') return key
              const [file, n] = item.split('.')
              return (file === '1' ? x : y)?.[Number(n) - 1] || missing
            })
            .join(glue) + end,
        )
        return
      }
      const rest = (row: readonly string[] | undefined, side: 0 | 1): string[] => (row ?? []).filter((_, i) => i !== fields[side])
      ctx.out.raw([key, ...rest(x, 0), ...rest(y, 1)].join(glue) + end)
    }
    let i = 0
    let j = 0
    if (ctx.has('header') && (left.length > 0 || right.length > 0)) {
      emit(left[0], right[0])
      i = Math.min(1, left.length)
      j = Math.min(1, right.length)
    }
    for (const [rows, side, name] of [
      [left, 0, a],
      [right, 1, b],
    ] as const) {
      if (ctx.has('nocheck-order')) break
      const at = rows.findIndex((row, n) => n > (ctx.has('header') ? 1 : 0) && keyOf(row, side) < keyOf(rows[n - 1], side))
      if (at > 0) {
        yield* ctx.warn(`${name}:${at + 1}: is not sorted: ${rows[at]?.join(glue) ?? ''}`)
        if (ctx.has('check-order')) return 1
      }
    }
    while (i < left.length || j < right.length) {
      const x = left[i]
      const y = right[j]
      const kx = keyOf(x, 0)
      const ky = keyOf(y, 1)
      if (y === undefined || (x !== undefined && kx < ky)) {
        if (unpaired.has('1')) emit(x, undefined)
        i++
      } else if (x === undefined || kx > ky) {
        if (unpaired.has('2')) emit(undefined, y)
        j++
      } else {
        let ei = i
        let ej = j
        while (ei < left.length && keyOf(left[ei], 0) === kx) ei++
        while (ej < right.length && keyOf(right[ej], 1) === kx) ej++
        if (both) for (let p = i; p < ei; p++) for (let q = j; q < ej; q++) emit(left[p], right[q])
        i = ei
        j = ej
      }
    }
    if (ctx.status !== 0) yield* ctx.warn('input is not in sorted order')
    return ctx.status
  },
})

import { Errno, strerror } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { bytesOf, LineReader, say, unlatin, writeFile } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quotefColon } from '#userland/lib/quote.ts'
import { versionCompare } from '#userland/lib/version-sort.ts'

interface Ordering {
  blanks: boolean
  endBlanks: boolean
  dictionary: boolean
  fold: boolean
  general: boolean
  human: boolean
  ignore: boolean
  month: boolean
  numeric: boolean
  random: boolean
  reverse: boolean
  version: boolean
}

interface Key {
  readonly startField: number
  readonly startChar: number
  /** 0: to the end of the line. */
  readonly endField: number
  readonly endChar: number
  readonly order: Ordering
}

const ORDER: Ordering = {
  blanks: false,
  endBlanks: false,
  dictionary: false,
  fold: false,
  general: false,
  human: false,
  ignore: false,
  month: false,
  numeric: false,
  random: false,
  reverse: false,
  version: false,
}

const LETTERS: Record<string, keyof Ordering> = {
  b: 'blanks',
  d: 'dictionary',
  f: 'fold',
  g: 'general',
  h: 'human',
  i: 'ignore',
  M: 'month',
  n: 'numeric',
  R: 'random',
  r: 'reverse',
  V: 'version',
}

/** sort(1) */
export const sort = defineProgram({
  name: 'coreutils/sort',
  usage: '[OPTION]... [FILE]...',
  short: 'bcCdfghik:mMno:rRsS:t:T:uVyz',
  long: `ignore-leading-blanks:b dictionary-order:d ignore-case:f general-numeric-sort:g human-numeric-sort:h ignore-nonprinting:i key=:k
    month-sort:M numeric-sort:n random-sort:R reverse:r version-sort:V check=? merge:m output=:o stable:s buffer-size=:S field-separator=:t
    temporary-directory=:T unique:u zero-terminated:z parallel= sort= batch-size=`,
  missing: 'compress-program debug files0-from random-source',
  usageStatus: 2,
  *run(ctx) {
    const global: Ordering = { ...ORDER }
    const sorts: Record<string, keyof Ordering> = {
      'general-numeric': 'general',
      'human-numeric': 'human',
      month: 'month',
      numeric: 'numeric',
      random: 'random',
      version: 'version',
    }
    for (const { name, value = '' } of ctx.opts.list) {
      const letter = LETTERS[name]
      if (letter !== undefined) global[letter] = true
      else if (name === 'sort' && sorts[value] !== undefined) global[sorts[value]] = true
    }
    const keys: Key[] = []
    for (const text of ctx.opts.values('k')) keys.push(yield* parseKey(ctx, text, global))
    const separatorText = ctx.value('t')
    if (separatorText === '') return yield* ctx.die('empty tab', 2)
    const separator = separatorText === '\\0' ? '\0' : separatorText === undefined ? undefined : bytesOf(separatorText)
    if (separator !== undefined && separator.length > 1) return yield* ctx.die(`multi-character tab ${quote(separatorText ?? '')}`, 2)
    const compareKeys = comparison(
      keys.length > 0 ? keys : [{ startField: 1, startChar: 0, endField: 0, endChar: 0, order: global }],
      separator,
    )
    const plain = keys.length === 0 && !Object.entries(global).some(([k, v]) => v && k !== 'reverse')
    const stable = ctx.has('s') || ctx.has('u')
    const lastResort = (a: string, b: string): number => {
      const d = a < b ? -1 : a > b ? 1 : 0
      return global.reverse ? -d : d
    }
    const compare = plain ? lastResort : (a: string, b: string): number => compareKeys(a, b) || (stable ? 0 : lastResort(a, b))
    const delimiter = ctx.has('z') ? '\0' : '\n'
    if (ctx.has('c', 'C') || ctx.opts.has('check')) return yield* check(ctx, compare, delimiter)
    const lines: string[] = []
    for (const name of ctx.operands.length === 0 ? ['-'] : ctx.operands) {
      let fd = 0
      try {
        if (name !== '-') fd = yield* ctx.proc.open(name, 0)
        const reader = new LineReader(ctx.proc, fd, delimiter)
        for (;;) {
          const line = yield* reader.next()
          if (line === undefined) break
          lines.push(line)
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(
          error.code === 'EISDIR'
            ? `read failed: ${quotefColon(name)}: ${strerror(error)}`
            : `cannot read: ${quotefColon(name)}: ${strerror(error)}`,
          2,
        )
      } finally {
        if (fd !== 0) ctx.proc.close(fd)
      }
    }
    lines.sort(compare)
    let out = lines
    if (ctx.has('u'))
      out = lines.filter((line, i) => i === 0 || (plain ? line !== lines[i - 1] : compareKeys(lines[i - 1] ?? '', line) !== 0))
    const text = out.length === 0 ? '' : out.join(delimiter) + delimiter
    const file = ctx.value('o')
    if (file === undefined) ctx.out.raw(text)
    else {
      try {
        yield* writeFile(ctx.proc, file, unlatin(text))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`open failed: ${quotefColon(file)}: ${strerror(error)}`, 2)
      }
    }
    return ctx.status
  },
})

function* check(ctx: Context, compare: (a: string, b: string) => number, delimiter: string): Sim<number> {
  const quiet = ctx.has('C') || ['quiet', 'silent'].includes(ctx.value('check') ?? '')
  const name = ctx.operands[0] ?? '-'
  if (ctx.operands.length > 1)
    return yield* ctx.die(`extra operand ${quote(ctx.operands[1] ?? '')} not allowed with -${quiet ? 'C' : 'c'}`, 2)
  const fd = yield* ctx.openInput(name, 2)
  if (fd === undefined) return 2
  const reader = new LineReader(ctx.proc, fd, delimiter)
  let before: string | undefined
  for (let n = 1; ; n++) {
    const line = yield* reader.next()
    if (line === undefined) return 0
    if (before !== undefined) {
      const d = compare(before, line)
      if (d > 0 || (ctx.has('u') && d === 0)) {
        if (!quiet) {
          yield* say(ctx.proc, 2, `${ctx.prog}: ${name}:${n}: disorder: ${line}\n`)
        }
        return 1
      }
    }
    before = line
  }
}

function* parseKey(ctx: Context, text: string, global: Ordering): Sim<Key> {
  const bad = (why: string): Sim<never> => ctx.die(`${why}: invalid field specification ${quote(text)}`, 2)
  const m = /^(\d+)(?:\.(\d+))?([bdfghiMnRrV]*)(?:,(\d+)(?:\.(\d+))?([bdfghiMnRrV]*))?$/.exec(text)
  if (m === null) {
    if (!/^\d/.test(text)) return yield* ctx.die(`invalid number at field start: invalid count at start of ${quote(text)}`, 2)
    return yield* ctx.die(`stray character in field spec: invalid field specification ${quote(text)}`, 2)
  }
  if (Number(m[1]) === 0) return yield* bad('field number is zero')
  if (m[2] !== undefined && Number(m[2]) === 0) return yield* bad('character offset is zero')
  if (m[4] !== undefined && Number(m[4]) === 0) return yield* bad('field number is zero')
  const order: Ordering = { ...ORDER }
  for (const c of m[3] ?? '') {
    const letter = LETTERS[c]
    if (letter !== undefined) order[letter] = true
  }
  for (const c of m[6] ?? '') {
    const letter = LETTERS[c]
    if (letter === 'blanks') order.endBlanks = true
    else if (letter !== undefined) order[letter] = true
  }
  const own = (m[3] ?? '') !== '' || (m[6] ?? '') !== ''
  return {
    startField: Number(m[1]),
    startChar: Number(m[2] ?? 0),
    endField: Number(m[4] ?? 0),
    endChar: Number(m[5] ?? 0),
    order: own ? order : { ...global, endBlanks: global.blanks },
  }
}

/** Offset of the `n`-th field (from 1); without a separator a field begins with its blanks. */
function fieldStart(line: string, n: number, separator: string | undefined): number {
  let at = 0
  for (let i = 1; i < n && at < line.length; i++)
    at = separator === undefined ? fieldEnd(line, at, separator) : fieldEnd(line, at, separator) + 1
  return Math.min(at, line.length)
}

function fieldEnd(line: string, from: number, separator: string | undefined): number {
  if (separator !== undefined) {
    const end = line.indexOf(separator, from)
    return end < 0 ? line.length : end
  }
  let at = from
  while (at < line.length && isBlank(line, at)) at++
  while (at < line.length && !isBlank(line, at)) at++
  return at
}

function isBlank(line: string, at: number): boolean {
  const c = line.charCodeAt(at)
  return c === 32 || c === 9 || c === 10
}

function keyText(line: string, key: Key, separator: string | undefined): string {
  let start = fieldStart(line, key.startField, separator)
  if (key.order.blanks) while (start < line.length && isBlank(line, start)) start++
  if (key.startChar > 0) start = Math.min(line.length, start + key.startChar - 1)
  let end = line.length
  if (key.endField > 0) {
    const from = fieldStart(line, key.endField, separator)
    if (key.endChar === 0) end = fieldEnd(line, from, separator)
    else {
      let at = from
      if (key.order.endBlanks) while (at < line.length && isBlank(line, at)) at++
      end = Math.min(line.length, at + key.endChar)
    }
  }
  return line.slice(start, Math.max(start, end))
}

function comparison(keys: readonly Key[], separator: string | undefined): (a: string, b: string) => number {
  return (a, b) => {
    for (const key of keys) {
      const d = compareKey(keyText(a, key, separator), keyText(b, key, separator), key.order)
      if (d !== 0) return key.order.reverse ? -d : d
    }
    return 0
  }
}

const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

function compareKey(a: string, b: string, o: Ordering): number {
  if (o.numeric) return compareNumbers(a, b)
  if (o.general) return general(a) - general(b) || 0
  if (o.human) return human(a) - human(b) || compareNumbers(a, b)
  if (o.month) return MONTH_NAMES.indexOf(a.trim().slice(0, 3).toUpperCase()) - MONTH_NAMES.indexOf(b.trim().slice(0, 3).toUpperCase())
  const x = translate(a, o)
  const y = translate(b, o)
  if (o.version) return versionCompare(x, y)
  if (o.random) return hash(x) - hash(y)
  return x < y ? -1 : x > y ? 1 : 0
}

function translate(text: string, o: Ordering): string {
  let out = text
  if (o.dictionary) out = out.replace(/[^A-Za-z0-9 \t]/g, '')
  if (o.ignore) out = out.replace(/[^ -~]/g, '')
  return o.fold ? out.replace(/[a-z]/g, (c) => c.toUpperCase()) : out
}

/** Order of -R: the same keys stay together. Differs: one fixed hash instead of a salted one. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h
}

/** Decimal strings of any length, compared digit by digit. */
function compareNumbers(a: string, b: string): number {
  const x = /^[ \t\n]*(-?)(\d*)(?:\.(\d*))?/.exec(a)
  const y = /^[ \t\n]*(-?)(\d*)(?:\.(\d*))?/.exec(b)
  const parts = (m: RegExpExecArray | null): readonly [number, string, string] => {
    const whole = (m?.[2] ?? '').replace(/^0+/, '')
    const fraction = (m?.[3] ?? '').replace(/0+$/, '')
    const zero = whole === '' && fraction === ''
    return [zero ? 0 : m?.[1] === '-' ? -1 : 1, whole, fraction]
  }
  const [sa, wa, fa] = parts(x)
  const [sb, wb, fb] = parts(y)
  if (sa !== sb) return sa - sb
  if (sa === 0) return 0
  const d = wa.length - wb.length || (wa < wb ? -1 : wa > wb ? 1 : fa < fb ? -1 : fa > fb ? 1 : 0)
  return d * sa
}

function general(text: string): number {
  const m = /^\s*[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)/i.exec(text)
  if (m === null) return -1.7976931348623157e308
  const word = m[0].trim().toLowerCase()
  if (word.includes('nan')) return -1.7e308
  if (word.includes('inf')) return word.startsWith('-') ? -1.6e308 : 1.7976931348623157e308
  return Number(word)
}

function human(text: string): number {
  const m = /^\s*(-?)\d*\.?\d*([kKMGTPEZY]?)/.exec(text)
  const zero = !/[1-9]/.test(m?.[0] ?? '')
  const order = zero ? 0 : ' KMGTPEZY'.indexOf((m?.[2] || ' ').toUpperCase())
  return m?.[1] === '-' ? -order : order
}

import { daysFromCivil } from '#sim/time.ts'
import { MONTHS, parseDate, UTC, zone } from '../lib/date.ts'
import { type Context, defineProgram } from '../lib/program.ts'

/** A month: 1 January to 12 December. */
export interface Month {
  readonly year: number
  readonly month: number
}

/** The day to mark, and how the week begins: 0 Sunday, 1 Monday. */
export interface CalendarOptions {
  readonly today: (Month & { readonly day: number }) | undefined
  readonly first: 0 | 1
}

const DAY_NAMES = ['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa']
/** Columns of a month, two of them empty. */
const WIDTH = 22
const WEEKS = 6

const daysIn = ({ year, month }: Month): number =>
  daysFromCivil(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - daysFromCivil(year, month, 1)

/** 0 Sunday. 1970-01-01 was a Thursday. */
const weekday = ({ year, month }: Month): number => (((daysFromCivil(year, month, 1) + 4) % 7) + 7) % 7

/** `n` months later. */
export function plus({ year, month }: Month, n: number): Month {
  const at = year * 12 + month - 1 + n
  return { year: Math.floor(at / 12), month: (((at % 12) + 12) % 12) + 1 }
}

function centre(text: string, width: number): string {
  return ' '.repeat(Math.max(0, (width - text.length) >> 1)) + text
}

/** A day in two columns, reversed when it is today. */
function cell(day: number, m: Month, { today }: CalendarOptions): string {
  const text = String(day).padStart(2)
  return today?.day === day && today.month === m.month && today.year === m.year ? `\x1b[7m${text}\x1b[27m` : text
}

/** A month as cal(1) prints it, with weeks as rows: title, days of the week, six weeks; each line of 22 columns. */
export function calMonth(m: Month, options: CalendarOptions, title: string): string[] {
  const start = (weekday(m) - options.first + 7) % 7
  const lines = [centre(title, 20).padEnd(WIDTH), `${DAY_NAMES.map((_, i) => DAY_NAMES[(i + options.first) % 7]).join(' ')}  `]
  for (let week = 0; week < WEEKS; week++) {
    let line = ''
    for (let i = 0; i < 7; i++) {
      const day = week * 7 + i - start + 1
      line += `${day < 1 || day > daysIn(m) ? '  ' : cell(day, m, options)} `
    }
    lines.push(`${line} `)
  }
  return lines
}

/** The same as ncal(1) prints it: days of the week as rows, Monday first unless told. */
export function ncalMonth(m: Month, options: CalendarOptions, title: string): string[] {
  const start = (weekday(m) - options.first + 7) % 7
  const lines = [centre(title, 20).padEnd(WIDTH)]
  for (let i = 0; i < 7; i++) {
    let line = `${DAY_NAMES[(i + options.first) % 7]}`
    for (let week = 0; week < WEEKS; week++) {
      const day = week * 7 + i - start + 1
      line += ` ${day < 1 || day > daysIn(m) ? '  ' : cell(day, m, options)}`
    }
    lines.push(`${line}  `)
  }
  return lines
}

/** Months side by side, three in a row. */
function table(months: readonly (readonly string[])[]): string {
  const rows: string[] = []
  for (let i = 0; i < months.length; i += 3) {
    const row = months.slice(i, i + 3)
    rows.push((row[0] ?? []).map((_, line) => row.map((m) => m[line] ?? '').join('')).join('\n'))
  }
  return `${rows.join('\n\n')}\n`
}

function month(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 12 ? Number(text) : undefined
  const at = MONTHS.findIndex((name) => text.length >= 3 && name.toLowerCase().startsWith(text.toLowerCase()))
  return at < 0 ? undefined : at + 1
}

function* run(ctx: Context, vertical: boolean) {
  const { proc, opts } = ctx
  const tz = zone(proc.getenv('TZ')) ?? UTC
  const told = ctx.value('d')
  const now = parseDate(told === undefined ? 'now' : told.length <= 7 ? `${told}-01` : told, proc.now(), tz)
  if (now === undefined) return yield* ctx.die(`Invalid date: ${told}`)
  const date = new Date(Math.floor(now / 1000) + tz.offset * 1000)
  const today = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
  const words = [...ctx.operands]
  const yearText = words.pop()
  const monthText = words.pop() ?? ctx.value('m')
  const year = yearText === undefined ? today.year : Number(yearText)
  if (!Number.isInteger(year) || year < 1 || year > 9999) return yield* ctx.die(`year \`${yearText}' not in range 1..9999`)
  const chosen = monthText === undefined ? undefined : month(monthText)
  if (monthText !== undefined && chosen === undefined) return yield* ctx.die(`${monthText} is neither a month number (1..12) nor a name`)
  const whole = opts.has('y') || (yearText !== undefined && chosen === undefined)
  const options: CalendarOptions = {
    today: proc.isatty(1) && !opts.has('h') ? today : undefined,
    first: opts.has('S') ? 0 : opts.has('M') || vertical ? 1 : 0,
  }
  const draw = vertical ? ncalMonth : calMonth
  if (whole) {
    const months = MONTHS.map((name, i) => draw({ year, month: i + 1 }, options, name))
    ctx.out.put(`${centre(String(year), 3 * WIDTH - 2)}\n${table(months)}`)
    return 0
  }
  const at = { year, month: chosen ?? today.month }
  const before = opts.has('3') ? 1 : Number(ctx.value('B') ?? 0)
  const after = opts.has('3') ? 1 : Number(ctx.value('A') ?? 0)
  const months: string[][] = []
  for (let i = -before; i <= after; i++) {
    const m = plus(at, i)
    months.push(draw(m, options, `${MONTHS[m.month - 1]} ${m.year}`))
  }
  ctx.out.put(table(months))
  return 0
}

/** cal(1) and ncal(1): the name it is called by says which. Not recorded. Differs: no Julian calendar, no Easter, no week numbers. */
export const ncal = defineProgram({
  name: 'ncal/ncal',
  usage: '[-3hjy] [-A number] [-B number] [-d yyyy-mm] [-m month] [[month] year]',
  short: '3hyMSA:B:d:m:bC',
  missing: 'j J e o p w s H N',
  run: (ctx) => run(ctx, ctx.prog.endsWith('ncal') && !ctx.has('C', 'b')),
})

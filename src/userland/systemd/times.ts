import { DAY, HOUR, MINUTE, MILLISECOND as MS, SECOND } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'
import { strftime } from '../lib/date.ts'

const WEEK: Micros = 7 * DAY
const MONTH: Micros = 2_629_800 * SECOND
const YEAR: Micros = 31_557_600 * SECOND

/** `Mon 2026-11-23 00:13:09 UTC`. */
export function timestamp(time: Micros): string {
  return strftime('%a %Y-%m-%d %H:%M:%S UTC', time)
}

/** `41min ago`, `1h 35min left`: a distance in one or two units, as systemd shows it beside a time. */
export function relative(distance: Micros): string {
  const suffix = distance >= 0 ? 'ago' : 'left'
  const d = Math.abs(distance)
  const n = (unit: Micros): number => Math.floor(d / unit)
  const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
  if (d >= YEAR) return `${many(n(YEAR), 'year')} ${many(Math.floor((d % YEAR) / MONTH), 'month')} ${suffix}`
  if (d >= MONTH) return `${many(n(MONTH), 'month')} ${many(Math.floor((d % MONTH) / DAY), 'day')} ${suffix}`
  if (d >= WEEK) return `${many(n(WEEK), 'week')} ${many(Math.floor((d % WEEK) / DAY), 'day')} ${suffix}`
  if (d >= 2 * DAY) return `${n(DAY)} days ${suffix}`
  if (d >= 25 * HOUR) return `1 day ${Math.floor((d - DAY) / HOUR)}h ${suffix}`
  if (d >= 6 * HOUR) return `${n(HOUR)}h ${suffix}`
  if (d >= HOUR) return `${n(HOUR)}h ${Math.floor((d % HOUR) / MINUTE)}min ${suffix}`
  if (d >= 5 * MINUTE) return `${n(MINUTE)}min ${suffix}`
  if (d >= MINUTE) return `${n(MINUTE)}min ${Math.floor((d % MINUTE) / SECOND)}s ${suffix}`
  if (d >= SECOND) return `${n(SECOND)}s ${suffix}`
  if (d >= MS) return `${n(MS)}ms ${suffix}`
  return d > 0 ? `${d}us ${suffix}` : 'now'
}

/** `1min 2.345s`, `345ms`: a span with milliseconds. */
export function span(time: Micros): string {
  if (time < MS) return time === 0 ? '0' : `${time}us`
  if (time < SECOND) return `${Math.floor(time / MS)}ms`
  const parts: string[] = []
  let rest = time
  for (const [unit, name] of [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
  ] as const) {
    if (rest < unit) continue
    parts.push(`${Math.floor(rest / unit)}${name}`)
    rest %= unit
  }
  const ms = Math.floor(rest / MS)
  if (ms > 0) parts.push(ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}s`)
  return parts.join(' ')
}

const UNITS: Readonly<Record<string, Micros>> = {
  us: 1,
  ms: MS,
  '': SECOND,
  s: SECOND,
  sec: SECOND,
  second: SECOND,
  seconds: SECOND,
  m: MINUTE,
  min: MINUTE,
  minute: MINUTE,
  minutes: MINUTE,
  h: HOUR,
  hr: HOUR,
  hour: HOUR,
  hours: HOUR,
  d: DAY,
  day: DAY,
  days: DAY,
  w: WEEK,
  week: WEEK,
  weeks: WEEK,
}

/** A time span of a unit file: `5`, `100ms`, `1min 30s`, `infinity` (undefined). Source: systemd.time(7). */
export function parseSpan(text: string): Micros | undefined {
  if (text.trim() === 'infinity') return undefined
  let total = 0
  for (const m of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) total += Math.round(Number(m[1]) * (UNITS[m[2] ?? ''] ?? SECOND))
  return total
}

/** Bytes as systemd shows them: `432.0K`, `1.2M`. */
export function bytes(n: number): string {
  const units = ['K', 'M', 'G', 'T']
  if (n < 1024) return `${n}B`
  let value = n
  let unit = ''
  for (const u of units) {
    if (value < 1024) break
    value /= 1024
    unit = u
  }
  return `${(Math.floor(value * 10) / 10).toFixed(1)}${unit}`
}

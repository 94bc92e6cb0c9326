/** Timestamps and durations: their texts and their parts. Source: cel-go common/types (timestamp.go, duration.go), Go's time. */
import { civil, DAY, daysFromCivil } from '#sim/time.ts'
import { Duration, duration, EvaluationError, type Timestamp, timestamp } from './values.ts'

const SECOND = 1_000_000_000n

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** The time an RFC 3339 text names; undefined when it is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const m = RFC3339.exec(text)
  if (m === null) return undefined
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map(Number)
  if (year === undefined || month === undefined || day === undefined || hour === undefined || minute === undefined || second === undefined)
    return undefined
  if (month < 1 || month > 12 || day < 1 || day > monthLength(year, month) || hour > 23 || minute > 59 || second > 59) return undefined
  const offset = (m[8] === '-' ? -1 : 1) * (Number(m[9] ?? 0) * 3600 + Number(m[10] ?? 0) * 60)
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
  return timestamp(BigInt(seconds) * SECOND + BigInt((m[7] ?? '').slice(0, 9).padEnd(9, '0')))
}

const monthLength = (year: number, month: number): number =>
  month === 12 ? 31 : daysFromCivil(year, month + 1, 1) - daysFromCivil(year, month, 1)

const floorDiv = (a: bigint, b: bigint): bigint => (a < 0n && a % b !== 0n ? a / b - 1n : a / b)

interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
  readonly yearday: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly milliseconds: number
  readonly nanos: bigint
}

/** A time taken apart, `offset` seconds east of Greenwich. */
export function partsOf(time: Timestamp, offset = 0): Parts {
  const total = time.nanos + BigInt(offset) * SECOND
  const seconds = floorDiv(total, SECOND)
  const nanos = total - seconds * SECOND
  const days = Number(floorDiv(seconds, 86_400n))
  const rest = Number(seconds) - days * 86_400
  const date = civil(days * DAY)
  return {
    year: date.year,
    month: date.month,
    day: date.day,
    weekday: date.weekday,
    yearday: date.yearday,
    hours: Math.floor(rest / 3600),
    minutes: Math.floor(rest / 60) % 60,
    seconds: rest % 60,
    milliseconds: Number(nanos / 1_000_000n),
    nanos,
  }
}

const pad = (n: number, width = 2): string => String(n).padStart(width, '0')

const fraction = (nanos: bigint): string => (nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`)

/** RFC 3339 with as many decimals as there are. */
export function formatTimestamp(time: Timestamp): string {
  const p = partsOf(time)
  return `${pad(p.year, 4)}-${pad(p.month)}-${pad(p.day)}T${pad(p.hours)}:${pad(p.minutes)}:${pad(p.seconds)}${fraction(p.nanos)}Z`
}

/** Seconds east of Greenwich of `UTC`, `+01:00`, `-8:30`. Differs: of places only UTC is known. */
export function zoneOffset(zone: string): number {
  if (zone === '' || zone === 'UTC') return 0
  const m = /^([+-]?)(\d\d?):(\d\d)$/.exec(zone)
  if (m === null) throw new EvaluationError(`unknown time zone ${zone}`)
  return (m[1] === '-' ? -1 : 1) * (Number(m[2]) * 3600 + Number(m[3]) * 60)
}

const UNITS: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
}

/** What Go's time.ParseDuration reads: `1h15m`, `-1.5s`; undefined for other texts. */
export function parseDuration(text: string): Duration | undefined {
  const m = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text)
  if (m === null) return undefined
  let nanos = 0n
  for (const [, whole = '', decimals = '', unit = ''] of (m[2] ?? '').matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = UNITS[unit] ?? 0n
    nanos += BigInt(whole || '0') * scale
    if (decimals !== '') nanos += (BigInt(decimals) * scale) / 10n ** BigInt(decimals.length)
  }
  return duration(m[1] === '-' ? -nanos : nanos)
}

const LONG: readonly (readonly [RegExp, bigint])[] = [
  [/^(?:ns|nanos?|nanoseconds?)$/, 1n],
  [/^(?:us|µs|micros?|microseconds?)$/, 1_000n],
  [/^(?:ms|millis?|milliseconds?)$/, 1_000_000n],
  [/^(?:s|secs?|seconds?)$/, SECOND],
  [/^(?:m|mins?|minutes?)$/, 60n * SECOND],
  [/^(?:h|hrs?|hours?)$/, 3600n * SECOND],
  [/^(?:d|days?)$/, 86_400n * SECOND],
  [/^(?:w|wks?|weeks?)$/, 604_800n * SECOND],
]

/** What the OpenAPI format `duration` allows: Go's, and days and weeks in words. */
export function parseFormatDuration(text: string): Duration | undefined {
  const go = parseDuration(text)
  if (go !== undefined) return go
  if (!/^(?:\d+\s*[A-Za-zµ]+\s*)+$/.test(text)) return undefined
  let nanos = 0n
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
    const scale = LONG.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1]
    if (scale === undefined) return undefined
    nanos += BigInt(count) * scale
  }
  return new Duration(nanos)
}

/** Seconds with decimals: `3600s`, `0.5s`. */
export function formatDuration(d: Duration): string {
  const negative = d.nanos < 0n
  const nanos = negative ? -d.nanos : d.nanos
  return `${negative ? '-' : ''}${nanos / SECOND}${fraction(nanos % SECOND)}s`
}

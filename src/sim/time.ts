import type { Micros } from './wait.ts'

/** A point in time taken apart, UTC. `month` 1 to 12, `weekday` 0 (Sunday) to 6, `yearday` 1 to 366. */
export interface CivilTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly micros: number
  readonly weekday: number
  readonly yearday: number
}

export const SECOND: Micros = 1_000_000
export const MINUTE: Micros = 60 * SECOND
export const HOUR: Micros = 60 * MINUTE
export const DAY: Micros = 24 * HOUR
export const MILLISECOND: Micros = 1_000

/** Days since 1970-01-01 of a date of the Gregorian calendar. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yoe = y - era * 400
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468
}

/** Takes a time apart (UTC). */
export function civil(time: Micros): CivilTime {
  const days = Math.floor(time / DAY)
  const rest = time - days * DAY
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365)
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const month = mp < 10 ? mp + 3 : mp - 9
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0)
  return {
    year,
    month,
    day: doy - Math.floor((153 * mp + 2) / 5) + 1,
    hour: Math.floor(rest / HOUR),
    minute: Math.floor(rest / MINUTE) % 60,
    second: Math.floor(rest / SECOND) % 60,
    micros: rest % SECOND,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearday: days - daysFromCivil(year, 1, 1) + 1,
  }
}

const pad = (n: number, width = 2): string => String(n).padStart(width, '0')

const toSeconds = (c: CivilTime): string =>
  `${pad(c.year, 4)}-${pad(c.month)}-${pad(c.day)}T${pad(c.hour)}:${pad(c.minute)}:${pad(c.second)}`

/** RFC 3339 in seconds, as in metadata.creationTimestamp: `2026-11-23T01:36:00Z`. */
export function rfc3339(time: Micros): string {
  return `${toSeconds(civil(time))}Z`
}

/** RFC 3339 with six decimals, as in MicroTime: `2026-11-23T01:36:00.000000Z`. */
export function rfc3339Micro(time: Micros): string {
  const c = civil(time)
  return `${toSeconds(c)}.${pad(c.micros, 6)}Z`
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

const digit = (text: string, i: number): number => text.charCodeAt(i) - 48
const isDigit = (text: string, i: number): boolean => digit(text, i) >= 0 && digit(text, i) <= 9
const two = (text: string, i: number): number => digit(text, i) * 10 + digit(text, i + 1)

/** Parses RFC 3339, with or without a fraction and with any offset; undefined when it is not one. */
export function parseRfc3339(text: string): Micros | undefined {
  if (!RFC3339.test(text)) return undefined
  const days = daysFromCivil(two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8))
  let time = days * DAY + two(text, 11) * HOUR + two(text, 14) * MINUTE + two(text, 17) * SECOND
  let end = 19
  if (text[end] === '.') {
    let unit = SECOND / 10
    for (end++; isDigit(text, end); end++) {
      if (unit >= 1) time += digit(text, end) * unit
      unit /= 10
    }
  }
  const sign = text[end]
  if (sign !== '+' && sign !== '-') return time
  const offset = two(text, end + 1) * HOUR + two(text, end + 4) * MINUTE
  return sign === '-' ? time + offset : time - offset
}

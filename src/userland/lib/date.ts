import { civil, DAY, daysFromCivil, HOUR, MINUTE, SECOND } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'

/** A time zone without daylight saving: offset east of Greenwich and its abbreviation. */
export interface Zone {
  readonly offset: Micros
  readonly name: string
}

export const UTC: Zone = { offset: 0, name: 'UTC' }

/** The zone TZ names: `UTC`, `EST5`, `<+02>-2`, `CET-1`. Differs: no rules for daylight saving; names of zoneinfo count as UTC. */
export function zone(tz: string | undefined): Zone {
  if (tz === undefined || tz === '') return UTC
  const m = /^:?(?:<([^>]+)>|([A-Za-z]{3,}))([+-]?)(\d{1,2})(?::(\d\d))?/.exec(tz)
  if (m === null) return { offset: 0, name: /^[A-Za-z]{3,}$/.test(tz) ? tz : tz.includes('/') ? (tz.split('/')[0] ?? 'UTC') : 'UTC' }
  const west = (Number(m[4]) * HOUR + Number(m[5] ?? 0) * MINUTE) * (m[3] === '-' ? -1 : 1)
  return { offset: west === 0 ? 0 : -west, name: m[1] ?? m[2] ?? 'UTC' }
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

function offsetText(offset: Micros, colons: number): string {
  const sign = offset < 0 ? '-' : '+'
  const minutes = Math.floor(Math.abs(offset) / MINUTE)
  const h = String(Math.floor(minutes / 60)).padStart(2, '0')
  const m = String(minutes % 60).padStart(2, '0')
  if (colons === 0) return `${sign}${h}${m}`
  return colons === 1 ? `${sign}${h}:${m}` : `${sign}${h}:${m}:00`
}

/** strftime(3) with GNU's flags (`-`, `_`, `0`, `^`, `#`), widths, `%N` and `%:z`. POSIX locale. */
export function strftime(format: string, time: Micros, tz: Zone = UTC): string {
  const c = civil(time + tz.offset)
  const hour12 = c.hour % 12 === 0 ? 12 : c.hour % 12
  const iso = isoWeek(c.year, c.yearday, c.weekday)
  const nanos = (((time % SECOND) + SECOND) % SECOND) * 1000
  const number: Record<string, readonly [number, number, string]> = {
    d: [c.day, 2, '0'],
    e: [c.day, 2, ' '],
    H: [c.hour, 2, '0'],
    I: [hour12, 2, '0'],
    j: [c.yearday, 3, '0'],
    k: [c.hour, 2, ' '],
    l: [hour12, 2, ' '],
    m: [c.month, 2, '0'],
    M: [c.minute, 2, '0'],
    S: [c.second, 2, '0'],
    u: [c.weekday === 0 ? 7 : c.weekday, 1, '0'],
    w: [c.weekday, 1, '0'],
    y: [c.year % 100, 2, '0'],
    Y: [c.year, 1, '0'],
    C: [Math.floor(c.year / 100), 2, '0'],
    s: [Math.floor(time / SECOND), 1, '0'],
    U: [Math.floor((c.yearday - 1 + 7 - c.weekday) / 7), 2, '0'],
    W: [Math.floor((c.yearday - 1 + 7 - ((c.weekday + 6) % 7)) / 7), 2, '0'],
    V: [iso.week, 2, '0'],
    G: [iso.year, 1, '0'],
    g: [iso.year % 100, 2, '0'],
    q: [Math.floor((c.month + 2) / 3), 1, '0'],
  }
  const text: Record<string, string> = {
    a: (WEEKDAYS[c.weekday] ?? '').slice(0, 3),
    A: WEEKDAYS[c.weekday] ?? '',
    b: (MONTHS[c.month - 1] ?? '').slice(0, 3),
    h: (MONTHS[c.month - 1] ?? '').slice(0, 3),
    B: MONTHS[c.month - 1] ?? '',
    p: c.hour < 12 ? 'AM' : 'PM',
    P: c.hour < 12 ? 'am' : 'pm',
    Z: tz.name,
    n: '\n',
    t: '\t',
    '%': '%',
  }
  const compound: Record<string, string> = {
    c: '%a %b %e %H:%M:%S %Y',
    D: '%m/%d/%y',
    F: '%Y-%m-%d',
    r: '%I:%M:%S %p',
    R: '%H:%M',
    T: '%H:%M:%S',
    x: '%m/%d/%y',
    X: '%H:%M:%S',
  }
  return format.replace(
    /%([-_0^#]*)(\d*)(:{0,3})[EO]?([A-Za-z%])/g,
    (whole, flags: string, width: string, colons: string, letter: string) => {
      let out: string
      let padChar = ' '
      const n = number[letter]
      if (letter === 'N') {
        out = String(nanos).padStart(9, '0')
        if (flags.includes('-')) out = out.replace(/0+$/, '') || '0'
        return width === '' ? out : out.slice(0, Number(width)).padEnd(Number(width), '0')
      }
      if (letter === 'z') out = offsetText(tz.offset, colons.length)
      else if (n !== undefined) {
        padChar = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : n[2]
        out = String(n[0])
        if (!flags.includes('-')) out = out.padStart(Math.max(n[1], width === '' ? 0 : Number(width)), padChar)
        return out
      } else if (compound[letter] !== undefined) out = strftime(compound[letter], time, tz)
      else if (text[letter] !== undefined) out = text[letter]
      else return whole
      if (flags.includes('^')) out = out.toUpperCase()
      if (flags.includes('#')) out = letter === 'p' || letter === 'Z' ? out.toLowerCase() : out.toUpperCase()
      return width === '' ? out : out.padStart(Number(width), flags.includes('0') ? '0' : padChar)
    },
  )
}

function isoWeek(year: number, yearday: number, weekday: number): { year: number; week: number } {
  const monday = weekday === 0 ? 7 : weekday
  const week = Math.floor((yearday - monday + 10) / 7)
  if (week < 1) {
    const before = year - 1
    const length = daysFromCivil(year, 1, 1) - daysFromCivil(before, 1, 1)
    return isoWeek(before, yearday + length, weekday)
  }
  if (week === 53) {
    const length = daysFromCivil(year + 1, 1, 1) - daysFromCivil(year, 1, 1)
    if (yearday - monday + 4 > length) return { year: year + 1, week: 1 }
  }
  return { year, week }
}

const UNITS: Record<string, number> = {
  sec: 1,
  second: 1,
  min: 60,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
  fortnight: 1_209_600,
}

const ZONES: Record<string, number> = {
  utc: 0,
  gmt: 0,
  z: 0,
  ut: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  cet: 1,
  cest: 2,
  bst: 1,
  jst: 9,
}

/**
 * A date as `date -d` and `touch -d` understand it: `2024-01-15 10:30:00`, `@1700000000.5`, `yesterday`, `2 days ago`,
 * `next monday`, `Jan 5 2024`, RFC 3339 and RFC 2822. Undefined when it is none. Source: GNU date input formats.
 */
export function parseDate(text: string, now: Micros, tz: Zone = UTC): Micros | undefined {
  let rest = text
    .trim()
    .toLowerCase()
    .replace(/\([^)]*\)/g, ' ')
  const epoch = /^@(-?\d+)(?:[.,](\d+))?$/.exec(rest)
  if (epoch !== null) return Number(epoch[1]) * SECOND + Number((epoch[2] ?? '').padEnd(6, '0').slice(0, 6))
  const c = civil(now + tz.offset)
  let { year, month, day } = c
  let clock: Micros | undefined
  let offset = tz.offset
  let dated = false
  let shift = 0
  let months = 0
  let weekday: { day: number; ordinal: number } | undefined
  const take = (re: RegExp, fn: (m: RegExpExecArray) => boolean | undefined): boolean => {
    const m = re.exec(rest)
    if (m === null || fn(m) === false) return false
    rest = rest.slice(m[0].length).trim()
    return true
  }
  const setTime = (h: string | undefined, m: string | undefined, s: string | undefined, f: string | undefined): boolean => {
    if (Number(h) > 24 || Number(m ?? 0) > 59 || Number(s ?? 0) > 60) return false
    clock = Number(h) * HOUR + Number(m ?? 0) * MINUTE + Number(s ?? 0) * SECOND + Number((f ?? '').padEnd(6, '0').slice(0, 6))
    return true
  }
  const setDate = (y: number, mo: number, d: number): boolean => {
    if (mo < 1 || mo > 12 || d < 1 || d > 31) return false
    ;[year, month, day, dated] = [y, mo, d, true]
    return true
  }
  const monthNumber = (name: string): number => MONTHS.findIndex((m) => m.toLowerCase().startsWith(name.slice(0, 3))) + 1
  const monthNames =
    '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?'
  const amount = (count: number, unit: string): boolean => {
    const name = unit.replace(/s$/, '')
    if (name === 'month') months += count
    else if (name === 'year') months += count * 12
    else if (UNITS[name] !== undefined) shift += count * UNITS[name] * SECOND
    else return false
    return true
  }
  for (let guard = 0; rest !== '' && guard < 30; guard++) {
    const done =
      take(/^(\d{4,})-(\d{1,2})-(\d{1,2})(?:[t ](?=\d))?/, (m) => setDate(Number(m[1]), Number(m[2]), Number(m[3]))) ||
      take(/^(\d{4})(\d\d)(\d\d)(?!\d)/, (m) => setDate(Number(m[1]), Number(m[2]), Number(m[3]))) ||
      take(/^(\d{1,2})\/(\d{1,2})(?:\/(\d{2,4}))?/, (m) =>
        setDate(m[3] === undefined ? year : fullYear(m[3]), Number(m[1]), Number(m[2])),
      ) ||
      take(/^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(am|pm)?/, (m) => {
        const hour = m[5] === undefined ? Number(m[1]) : (Number(m[1]) % 12) + (m[5] === 'pm' ? 12 : 0)
        return setTime(String(hour), m[2], m[3], m[4])
      }) ||
      take(/^(\d{1,2})\s*(am|pm)\b/, (m) =>
        setTime(String((Number(m[1]) % 12) + (m[2] === 'pm' ? 12 : 0)), undefined, undefined, undefined),
      ) ||
      take(/^(?:utc|gmt)?([+-])(\d\d):?(\d\d)?(?![\d ]*[a-z])/, (m) => {
        if (clock === undefined) return false
        offset = (Number(m[2]) * HOUR + Number(m[3] ?? 0) * MINUTE) * (m[1] === '-' ? -1 : 1)
        return true
      }) ||
      take(new RegExp(`^(\\d{1,2})(?:[- ]?)${monthNames}(?:[- ,]+(\\d{2,4})(?!:))?`), (m) =>
        setDate(m[3] === undefined ? year : fullYear(m[3]), monthNumber(m[2] ?? ''), Number(m[1])),
      ) ||
      take(new RegExp(`^${monthNames}[ -](\\d{1,2})(?:st|nd|rd|th)?(?!:)(?:,?\\s+(\\d{4})(?!:))?`), (m) =>
        setDate(m[3] === undefined ? year : Number(m[3]), monthNumber(m[1] ?? ''), Number(m[2])),
      ) ||
      take(/^(now|today)\b/, () => {
        return true
      }) ||
      take(/^midnight\b/, () => {
        clock = 0
        return true
      }) ||
      take(/^noon\b/, () => {
        clock = 12 * HOUR
        return true
      }) ||
      take(/^yesterday\b/, () => {
        shift -= DAY
        return true
      }) ||
      take(/^tomorrow\b/, () => {
        shift += DAY
        return true
      }) ||
      take(/^([+-]?\s*\d+|a|an|next|last|this)\s*(sec(?:ond)?|min(?:ute)?|hour|day|week|fortnight|month|year)s?\b(\s+ago\b)?/, (m) => {
        const word = (m[1] ?? '').replace(/\s/g, '')
        const count = word === 'next' || word === 'a' || word === 'an' ? 1 : word === 'last' ? -1 : word === 'this' ? 0 : Number(word)
        return amount(m[3] === undefined ? count : -count, m[2] ?? '')
      }) ||
      take(/^(sec(?:ond)?|min(?:ute)?|hour|day|week|fortnight|month|year)s?\b(\s+ago\b)?/, (m) =>
        amount(m[2] === undefined ? 1 : -1, m[1] ?? ''),
      ) ||
      take(/^(next |last |this )?(sun|mon|tue|wed|thu|fri|sat)(?:day|sday|nesday|rsday|urday|s|rs|r)?\b,?/, (m) => {
        const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
        weekday = { day: names.indexOf(m[2] ?? ''), ordinal: m[1] === 'next ' ? 1 : m[1] === 'last ' ? -1 : 0 }
        return true
      }) ||
      take(/^([a-z]{1,4})\b/, (m) => {
        const hours = ZONES[m[1] ?? '']
        if (hours === undefined) return false
        offset = hours * HOUR
        return true
      }) ||
      take(/^t(?=\d)/, () => true) ||
      take(/^(\d{1,2})(\d\d)(?!\d)/, (m) => dated && setTime(m[1], m[2], undefined, undefined))
    if (!done) return undefined
  }
  if (text.trim() === '' && clock === undefined) clock = 0
  const relative = shift !== 0 || months !== 0
  const words = /^(now|today|yesterday|tomorrow)|ago|next|last|[+-]?\s*\d+\s*[a-z]/.test(text.toLowerCase())
  let base = clock
  if (base === undefined)
    base = dated || weekday !== undefined ? 0 : relative || words ? now + tz.offset - Math.floor((now + tz.offset) / DAY) * DAY : 0
  const total = year * 12 + month - 1 + months
  let days = daysFromCivil(Math.floor(total / 12), (((total % 12) + 12) % 12) + 1, 1) + day - 1
  if (weekday !== undefined && !dated) {
    const today = (((days + 4) % 7) + 7) % 7
    let ahead = (weekday.day - today + 7) % 7
    if (weekday.ordinal > 0 && ahead === 0) ahead = 7
    if (weekday.ordinal < 0) ahead -= 7
    days += ahead
  }
  return days * DAY + base + shift - offset
}

function fullYear(text: string): number {
  const n = Number(text)
  if (text.length > 2) return n
  return n < 69 ? 2000 + n : 1900 + n
}

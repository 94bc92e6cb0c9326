/** Cron schedules: `*\/5 * * * *`, names, `@daily`. Source: robfig/cron v3 standard parser. Differs: times are UTC. */
import { civil, DAY, MINUTE } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const NAMED: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

interface Field {
  readonly values: ReadonlySet<number>
  readonly any: boolean
}

export interface Schedule {
  /** The first time after `time` that fits; undefined when there is none within five years. */
  next(time: Micros): Micros | undefined
}

function parseField(text: string, min: number, max: number, names: readonly string[] = [], base = 0): Field | undefined {
  const values = new Set<number>()
  let any = false
  const number = (part: string): number => {
    const named = names.indexOf(part.toLowerCase())
    return named >= 0 ? named + base : /^\d+$/.test(part) ? Number(part) : Number.NaN
  }
  for (const part of text.split(',')) {
    const [range = '', step] = part.split('/')
    const every = step === undefined ? 1 : Number(step)
    if (!Number.isInteger(every) || every < 1) return undefined
    let from: number
    let to: number
    if (range === '*' || range === '?') {
      from = min
      to = max
      if (step === undefined) any = true
    } else {
      const [low = '', high] = range.split('-')
      from = number(low)
      to = high !== undefined ? number(high) : step === undefined ? from : max
    }
    if (Number.isNaN(from) || Number.isNaN(to) || from < min || to > max || from > to) return undefined
    for (let n = from; n <= to; n += every) values.add(n)
  }
  return { values, any }
}

/** Undefined when the text is no schedule. */
export function parseSchedule(text: string): Schedule | undefined {
  const every = /^@every (\d+)(s|m|h)$/.exec(text)
  if (every !== null) {
    const unit = every[2] === 's' ? 1_000_000 : every[2] === 'm' ? MINUTE : 60 * MINUTE
    const step = Number(every[1]) * unit
    return { next: (time) => Math.floor(time / 1_000_000) * 1_000_000 + step }
  }
  const fields = (NAMED[text] ?? text).trim().split(/\s+/)
  if (fields.length !== 5) return undefined
  const minute = parseField(fields[0] ?? '', 0, 59)
  const hour = parseField(fields[1] ?? '', 0, 23)
  const day = parseField(fields[2] ?? '', 1, 31)
  const month = parseField(fields[3] ?? '', 1, 12, MONTHS, 1)
  const weekday = parseField((fields[4] ?? '').replace(/\b7\b/g, '0'), 0, 6, DAYS)
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined) return undefined
  const dayFits = (time: Micros): boolean => {
    const c = civil(time)
    if (!month.values.has(c.month)) return false
    const byDay = day.values.has(c.day)
    const byWeekday = weekday.values.has(c.weekday)
    // When both are restricted, either will do.
    return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday
  }
  return {
    next(time) {
      let at = (Math.floor(time / MINUTE) + 1) * MINUTE
      const limit = at + 5 * 366 * DAY
      while (at < limit) {
        const c = civil(at)
        if (!dayFits(at)) at = (Math.floor(at / DAY) + 1) * DAY
        else if (!hour.values.has(c.hour)) at = (Math.floor(at / (60 * MINUTE)) + 1) * 60 * MINUTE
        else if (!minute.values.has(c.minute)) at += MINUTE
        else return at
      }
      return undefined
    },
  }
}

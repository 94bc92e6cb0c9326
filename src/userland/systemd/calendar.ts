import { civil, DAY, daysFromCivil, MINUTE, SECOND } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'
import { parseSpan } from './times.ts'
import { type UnitFile, unitValue, unitValues } from './unit.ts'

const SHORTHANDS: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function matches(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    if (part === '*') return true
    const [base = '', step] = part.split('/')
    const [from = '', to] = base.split('..')
    const start = from === '*' ? 0 : Number(from)
    if (step !== undefined) return value >= start && (value - start) % Number(step) === 0
    return to === undefined ? value === start : value >= start && value <= Number(to)
  })
}

/** The next time after `now` of a calendar expression (`daily`, `Mon *-*-* 06:00`, `*:0/5`), to the minute. Source: systemd.time(7). */
export function nextCalendar(expression: string, now: Micros): Micros | undefined {
  const words = (SHORTHANDS[expression.trim()] ?? expression.trim()).split(/\s+/)
  const weekday = /^[A-Z]/.test(words[0] ?? '') ? words.shift() : undefined
  const date = words.find((w) => w.includes('-')) ?? '*-*-*'
  const time = words.find((w) => w.includes(':')) ?? '00:00:00'
  const [month = '*', day = '*'] = date.split('-').slice(-2)
  const [hour = '0', minute = '0', second = '0'] = time.split(':')
  const first = civil(now)
  const midnight = daysFromCivil(first.year, first.month, first.day) * DAY
  for (let d = 0; d < 400; d++) {
    const c = civil(midnight + d * DAY)
    if (!matches(month, c.month) || !matches(day, c.day)) continue
    if (weekday !== undefined && !weekday.split(',').some((w) => inRange(w, c.weekday))) continue
    for (let m = 0; m < 1440; m++) {
      if (!matches(hour, Math.floor(m / 60)) || !matches(minute, m % 60)) continue
      const at = midnight + d * DAY + m * MINUTE + (second === '*' ? 0 : Number(second.split(/[,./]/)[0])) * SECOND
      if (at > now) return at
    }
  }
  return undefined
}

function inRange(text: string, weekday: number): boolean {
  const [from = '', to] = text.split('..').map((name) => name.slice(0, 3))
  const a = DAYS.indexOf(from)
  const b = to === undefined ? a : DAYS.indexOf(to)
  return a <= b ? weekday >= a && weekday <= b : weekday >= a || weekday <= b
}

/** When a timer unit is due next; `activated`: when the timer was started. */
export function nextElapse(unit: UnitFile, now: Micros, booted: Micros, activated: Micros): Micros | undefined {
  const due: Micros[] = []
  for (const text of unitValues(unit, 'Timer', 'OnCalendar')) {
    const at = nextCalendar(text, now)
    if (at !== undefined) due.push(at)
  }
  const after = (key: string, from: Micros): void => {
    const value = unitValue(unit, 'Timer', key)
    const delay = value === undefined ? undefined : parseSpan(value)
    if (delay !== undefined && from + delay > now) due.push(from + delay)
  }
  after('OnBootSec', booted)
  after('OnStartupSec', booted)
  after('OnActiveSec', activated)
  after('OnUnitActiveSec', now)
  after('OnUnitInactiveSec', now)
  return due.length === 0 ? undefined : Math.min(...due)
}

import { expect, test } from 'vitest'
import { parseRfc3339, rfc3339 } from '#sim/time.ts'
import { parseSchedule } from './cron.ts'

test.each([
  ['* * * * *', '2026-11-23T02:00:30Z', '2026-11-23T02:01:00Z'],
  ['*/15 * * * *', '2026-11-23T02:46:00Z', '2026-11-23T03:00:00Z'],
  ['30 4 * * *', '2026-11-23T05:00:00Z', '2026-11-24T04:30:00Z'],
  ['0 0 1 1 *', '2026-11-23T05:00:00Z', '2027-01-01T00:00:00Z'],
  ['0 12 * * mon-fri', '2026-11-27T13:00:00Z', '2026-11-30T12:00:00Z'],
  ['0 0 13 * 5', '2026-11-23T00:00:00Z', '2026-11-27T00:00:00Z'],
  ['@hourly', '2026-11-23T02:59:59Z', '2026-11-23T03:00:00Z'],
])('%s after %s is %s', (schedule, from, to) => {
  const next = parseSchedule(schedule)?.next(parseRfc3339(from) ?? 0)
  expect(next === undefined ? undefined : rfc3339(next)).toBe(to)
})

test.each(['61 * * * *', '* * * *', 'x * * * *', '*/0 * * * *'])('%s is no schedule', (text) => {
  expect(parseSchedule(text)).toBeUndefined()
})

import { expect, it } from 'vitest'
import { randomRequests } from './api-requests.ts'

it('answers whatever is asked, and keeps its promises', () => {
  const outcome = randomRequests(4000, 7)
  expect(outcome.broken).toEqual([])
  for (const status of [200, 201, 400, 404, 409, 422]) expect(outcome.statuses[status] ?? 0, String(status)).toBeGreaterThan(20)
})

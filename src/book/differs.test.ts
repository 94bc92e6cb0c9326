import { expect, it } from 'vitest'
import { differencesIn, notesIn } from './differs.ts'

it('finds what comments own up to', () => {
  const source = `/** Cron. Source: robfig. Differs: times are UTC. */
const a = 1
/**
 * Long one. Differs: no zones, so no
 * slower eviction. Throws {@link Oops}.
 */
const differs = 'Differs: in a string'
  // Differs: a {@link Node} may read
  // secrets.
`
  expect(differencesIn(source)).toEqual(['Times are UTC.', 'No zones, so no slower eviction.', 'A Node may read secrets.'])
})

it('finds the notes of a section', () => {
  expect(notesIn('a <Differs id="x-y">\nThe *lab* has [one](#z)\nmember.\n</Differs> b')).toEqual([
    { id: 'x-y', text: 'The lab has one member.' },
  ])
})

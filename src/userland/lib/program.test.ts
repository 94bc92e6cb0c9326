import { expect, it } from 'vitest'
import { box } from '../test-box.ts'
import { defineProgram } from './program.ts'

const programs = [
  defineProgram({
    name: 'coreutils/demo',
    short: 'ao:',
    long: 'output=:o all:a level=',
    missing: 'o q level',
    *run(ctx) {
      return ctx.has('a') ? 3 : 0
    },
  }),
]

it.each([
  [['-a'], '', 3],
  [['-q'], 'podlab: demo -q is not modelled\n', 1],
  [['-a', '-o', 'file'], 'podlab: demo -o is not modelled\n', 1],
  [['--output=file'], 'podlab: demo -o is not modelled\n', 1],
  [['--level', '3'], 'podlab: demo --level is not modelled\n', 1],
])('an option that is not modelled is refused, whether or not its spelling is known: %j', (words, err, exit) => {
  expect(box(programs, {})('demo', ...words)).toEqual({ out: '', err, exit })
})

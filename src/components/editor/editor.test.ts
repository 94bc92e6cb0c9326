import { expect, test } from 'vitest'
import { indentAfter } from './yaml-indent.ts'

test.each([
  ['', 0],
  ['kind: Pod', 0],
  ['metadata:', 2],
  ['  labels: # of the Pod', 4],
  ['  - name: web', 4],
  ['  - - a', 2],
  ['  - nginx', 2],
  ['  - env:', 6],
  ['data: |', 2],
  ['# a comment:', 0],
  ['  args: ["a: b"]', 2],
])('after %j: %i', (line, columns) => expect(indentAfter(line)).toBe(columns))

import { expect, test } from 'vitest'
import { readYaml, splitDocuments } from './yaml-documents.ts'

const failure = (text: string): string => {
  try {
    return JSON.stringify(readYaml(text))
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

test.each([
  ['a: 1\nm:\n\tx: y\n', 'line 3: found character that cannot start any token'],
  ['a: 1\nm:\n  n: p\n   l:\n', 'line 4: mapping values are not allowed in this context'],
  ['a: 1\nm: {n: p\ns: {}\n', "line 2: did not find expected ',' or '}'"],
  ['a: 1\nn: "p\n', 'line 3: found unexpected end of stream'],
  ['a: *x\n', "unknown anchor 'x' referenced"],
  ['a: b: c\n', 'mapping values are not allowed in this context'],
])('%j', (text, message) => {
  expect(failure(text)).toBe(message)
})

test('documents are cut at separator lines', () => {
  expect(splitDocuments('a: 1\n--- # two\nb: 2\n---\n')).toEqual(['a: 1', 'b: 2', ''])
})

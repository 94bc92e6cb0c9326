// the rules of vim 9.0: a last line without end, dos when every line ends with CR LF, utf-8 before latin1
import { describe, expect, test } from 'vitest'
import { encode } from '#sim/bytes.ts'
import { formatText, parseText } from './editor.ts'
import { latin, unlatin } from './io.ts'

const row = (bytes: string): string => {
  const { text, encoding, dos, noeol, lines } = parseText(unlatin(bytes))
  return `${JSON.stringify(text)} ${lines}L ${encoding}${dos ? ' dos' : ''}${noeol ? ' noeol' : ''}`
}

describe('parseText', () => {
  test.each([
    ['', '"" 0L utf-8'],
    ['\n', '"" 1L utf-8'],
    ['a', '"a" 1L utf-8 noeol'],
    ['a\n', '"a" 1L utf-8'],
    ['a\n\n', '"a\\n" 2L utf-8'],
    ['a\r\nb\r\n', '"a\\nb" 2L utf-8 dos'],
    ['\r\n', '"" 1L utf-8 dos'],
    ['a\r\nb\n', '"a\\r\\nb" 2L utf-8'],
    ['a\r\nb', '"a\\r\\nb" 2L utf-8 noeol'],
    [latin(encode('é\n')), '"é" 1L utf-8'],
    ['\xe9\n', '"é" 1L latin1'],
  ])('%j is %s', (bytes, shown) => expect(row(bytes)).toBe(shown))
})

describe('formatText', () => {
  test.each([
    ['', 'utf-8', false, ''],
    ['a\nb', 'utf-8', false, 'a\nb\n'],
    ['a\nb', 'utf-8', true, 'a\r\nb\r\n'],
    ['é', 'latin1', false, '\xe9\n'],
    ['é…', 'latin1', false, `\xe9${latin(encode('…'))}\n`],
  ] as const)('%j in %s, dos %s', (text, encoding, dos, bytes) => expect(latin(formatText(text, { encoding, dos }))).toBe(bytes))
})

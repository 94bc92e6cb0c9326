// Recorded from bash 5.2.15 on a terminal of 80 columns.
import { expect, test } from 'vitest'
import { Bindings, parseKeys, showKeys } from './bindings.ts'
import { LineBuffer } from './buffer.ts'
import { Display } from './display.ts'
import { FUNCTION_NAMES } from './key-tables.ts'
import { listing } from './listing.ts'

test('bind -l names 173 functions', () => {
  expect(FUNCTION_NAMES).toContain('menu-complete-backward')
  expect(FUNCTION_NAMES).toHaveLength(173)
})

test.each([
  ['\\C-x\\C-e', '\x18\x05'],
  ['\\e[1;5C', '\x1b[1;5C'],
  ['\\C-?', '\x7f'],
  ['\\M-x', '\x1bx'],
] as const)('the keys %s', (text, keys) => {
  expect(parseKeys(text)).toBe(keys)
  expect(showKeys(keys)).toBe(text.replace('\\M-', '\\e'))
})

test('inputrc: settings, keys by name, conditions', () => {
  const b = new Bindings(true)
  b.parse(
    'set completion-ignore-case On\n$if mode=vi\nset bell-style none\n$else\nControl-o: yank\n"\\C-xz": "a\\n"\n$endif\n',
    (test) => test === 'mode=emacs',
    () => {},
  )
  expect([b.on('completion-ignore-case'), b.text('bell-style')]).toEqual([true, 'audible'])
  expect(b.map('emacs').get('\x0f')).toEqual({ kind: 'function', name: 'yank' })
  expect(b.map('emacs').get('\x18z')).toEqual({ kind: 'macro', text: 'a\n' })
})

test('a change of case is undone at once, with the cursor behind it', () => {
  const b = new LineBuffer()
  b.insert('one two')
  b.replace(0, 3, 'ONE')
  b.point = 0
  b.undo()
  expect([b.text, b.point]).toEqual(['one two', 3])
})

test('a list whose columns fill the row takes one less', () => {
  expect(listing(['aaaaaaaa', 'bbbbbbbb'], new Map(), 20)).toBe('aaaaaaaa\nbbbbbbbb\n')
})

test('a line of several rows', () => {
  const d = new Display()
  d.start('$ ')
  expect(d.update('a\nb', 3)).toBe('a\x1b[K\nb')
  expect(d.update('a\nb', 0)).toBe('\x1b[1A\r\x1b[2C')
})

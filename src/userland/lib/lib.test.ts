// recorded: coreutils 9.1, grep 3.8, Debian 12
import { describe, expect, it } from 'vitest'
import { layOut } from '../coreutils/ls-columns.ts'
import { parseDate, strftime } from './date.ts'
import { parseMode } from './mode.ts'
import { parseOptions } from './options.ts'
import { quoteaf, quotef } from './quote.ts'
import { compileRegex } from './regex.ts'
import { humanSize, parseSize } from './sizes.ts'

describe('quoting of names', () => {
  it.each([
    ['plain', "'plain'", 'plain'],
    ['a b', "'a b'", "'a b'"],
    ["it's", '"it\'s"', '"it\'s"'],
    ['n\nl', "'n'$'\\n''l'", "'n'$'\\n''l'"],
  ])('%j', (name, always, needed) => {
    expect([quoteaf(name), quotef(name)]).toEqual([always, needed])
  })
})

describe('regular expressions', () => {
  it.each([
    ['a\\|b', false, 'xb', 'b'],
    ['x+y', false, 'x+y', 'x+y'],
    ['(ab)\\1', true, 'abab', 'abab'],
    ['[[:digit:]]{2}', true, 'a12', '12'],
    ['^*a', false, '*a', '*a'],
    ['a|ab', true, 'ab', 'ab'],
  ])('%s matches as POSIX says', (pattern, extended, text, expected) => {
    const compiled = compileRegex(pattern, { extended })
    expect(typeof compiled === 'string' ? compiled : new RegExp(compiled.source, 's').exec(text)?.[0]).toBe(expected)
  })
  it.each([
    ['\\(a', false, 'Unmatched ( or \\('],
    ['[a', true, 'Unmatched [, [^, [:, [., or [='],
    ['a\\', false, 'Trailing backslash'],
  ])('%s is refused', (pattern, extended, message) => {
    expect(compileRegex(pattern, { extended })).toBe(message)
  })
})

describe('dates', () => {
  const now = parseDate('2024-03-15 12:00:00', 0) ?? 0
  it.each([
    ['2024-01-15 10:30:00', '2024-01-15 10:30:00'],
    ['yesterday', '2024-03-14 12:00:00'],
    ['2 days ago', '2024-03-13 12:00:00'],
    ['next month', '2024-04-15 12:00:00'],
    ['Jan 5 2020', '2020-01-05 00:00:00'],
    ['@0', '1970-01-01 00:00:00'],
    ['2024-01-15T10:30:00+02:00', '2024-01-15 08:30:00'],
  ])('%s', (text, expected) => {
    expect(strftime('%F %T', parseDate(text, now) ?? -1)).toBe(expected)
  })
})

it('modes change as chmod says', () => {
  const change = (text: string, mode: number, dir = false): string => (parseMode(text, 0o022)?.(mode, dir) ?? -1).toString(8)
  expect([
    change('u+x', 0o644),
    change('go-r', 0o644),
    change('a=r', 0o755),
    change('+w', 0o444),
    change('a+X', 0o600, true),
    change('u=rwx,g=rx,o=', 0),
  ]).toEqual(['744', '600', '444', '644', '711', '750'])
})

it('sizes read and print as GNU programs do', () => {
  expect([
    humanSize(1500),
    humanSize(10_240),
    humanSize(1023),
    humanSize(1_073_741_824),
    parseSize('2K'),
    parseSize('1kB'),
    parseSize('x'),
  ]).toEqual(['1.5K', '10K', '1023', '1.0G', 2048, 1000, undefined])
})

it('options may come bundled, abbreviated, after operands', () => {
  const spec = { short: 'ab:', long: 'all:a beta=:b gamma' }
  const o = parseOptions(['-abX', 'file', '--al', '--beta=Y', '--', '-a'], spec)
  expect([o.list.map((x) => `${x.name}${x.value ?? ''}`), o.operands]).toEqual([
    ['a', 'bX', 'a', 'bY'],
    ['file', '-a'],
  ])
  expect(() => parseOptions(['-z'], spec)).toThrow("invalid option -- 'z'")
})

it('ls fills columns down and across', () => {
  const items = ['aaa', 'b', 'cccc', 'dd', 'e', 'f', 'g', 'h', 'i', 'j'].map((text) => ({ text, length: text.length }))
  expect(layOut(items, 20, 8, true, '\n')).toBe('aaa   dd  g  j\nb     e   h\ncccc  f   i\n')
  expect(layOut(items, 20, 8, false, '\n')).toBe('aaa  b\tcccc  dd\ne    f\tg     h\ni    j\n')
})

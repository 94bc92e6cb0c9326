import type { Gen, Rules } from './gen.ts'
import { parameter } from './words.ts'

const PIECES: Rules = [
  [
    6,
    (g) =>
      g.pick([
        '*',
        '?',
        'a',
        'b',
        'x',
        'f',
        '.',
        '[ab]',
        '[a-z]',
        '[!a]',
        '[^b]',
        '[A-Z]',
        '[[:digit:]]',
        '[[:upper:]]',
        '[[:space:]]',
        '[]a]',
        '[a',
        '\\*',
        '"*"',
        "'?'",
        ' ',
        '/',
        ':',
        '1',
        'an',
        '[0-9]',
        '\\\\',
        '[!]',
        '[[:nope:]]',
        '[x-]',
        '[\\]]',
      ]),
  ],
  [2, (g, d) => (!g.extglob ? '*' : `${g.pick(['@', '?', '*', '+', '!'])}(${g.many(1, 2, () => pattern(g, d - 1), '|')})`)],
  [1, (g) => `"${g.pick(['a', '*', '$a', 'a b', '?'])}"`],
  [1, (g, d) => parameter(g, d - 1)],
]

/** A pattern as in `case` and `${x#…}`. */
export function pattern(g: Gen, depth: number): string {
  if (depth <= 0) return g.pick(['*', '?', 'a', 'b*', '[a-c]', '*a', 'x', '?b', '*:', '.*'])
  return g.many(1, 3, () => g.choose(PIECES, depth), '')
}

/** The right side of `=~`. */
export function regex(g: Gen): string {
  return g.many(
    1,
    3,
    () =>
      g.pick([
        'a',
        'b+',
        '.',
        '.*',
        '[a-z]+',
        '[0-9]*',
        '(a|b)',
        '(x)?',
        '^',
        '$',
        '([^:]*)',
        '([a-z]+)([A-Z]*)',
        '\\.',
        '"."',
        '[[:alpha:]]',
        '(.)(.)',
        'a{2}',
        '$a',
        '"$b"',
        '(a(b)?)*',
        '^(-?[0-9]+)$',
        '\\(',
        '|',
      ]),
    '',
  )
}

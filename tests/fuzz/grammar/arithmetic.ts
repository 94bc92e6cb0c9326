import { ARRAYS, type Gen, NUMBERS, type Rules, SCALARS } from './gen.ts'

const LITERALS = [
  '0',
  '1',
  '2',
  '3',
  '7',
  '10',
  '-1',
  '42',
  '0x1F',
  '0xff',
  '017',
  '08',
  '2#101',
  '16#fF',
  '36#Zz',
  '64#_@',
  '64#a',
  '1#0',
  '65#1',
  '2#2',
  '10#08',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '4294967296',
  '1.5',
  '1e3',
  "'a'",
  '"3"',
  '1_000',
] as const

const BINARY = ['+', '-', '*', '/', '%', '**', '<<', '>>', '&', '|', '^', '&&', '||', '<', '>', '<=', '>=', '==', '!=', ','] as const
const ASSIGN = ['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '|=', '^='] as const

const number = (g: Gen): string => g.pick(NUMBERS)

const EXPRESSIONS: Rules = [
  [6, (g) => g.pick(LITERALS.slice(0, 11))],
  [1, (g) => g.pick(LITERALS)],
  [5, (g) => number(g)],
  [1, (g) => g.pick(SCALARS)],
  [1, (g) => `$${number(g)}`],
  [1, (g) => `\${${g.pick(SCALARS)}:-${g.int(0, 9)}}`],
  [1, (g, d) => `${g.pick(ARRAYS)}[${arithmetic(g, d - 1)}]`],
  [1, (g) => `\${#${g.pick(ARRAYS)}[@]}`],
  [7, (g, d) => `${arithmetic(g, d - 1)}${g.maybe(0.3, () => ' ')}${g.pick(BINARY)}${g.maybe(0.3, () => ' ')}${arithmetic(g, d - 1)}`],
  [2, (g, d) => `(${arithmetic(g, d - 1)})`],
  [2, (g, d) => `${g.pick(['-', '+', '!', '~', '- ', '! '])}${arithmetic(g, d - 1)}`],
  [2, (g) => g.pick([`${number(g)}++`, `${number(g)}--`, `++${number(g)}`, `--${number(g)}`])],
  [2, (g, d) => `${number(g)}${g.pick(ASSIGN)}${arithmetic(g, d - 1)}`],
  [1, (g, d) => `${g.pick(ARRAYS)}[${g.int(-2, 3)}]${g.pick(ASSIGN)}${arithmetic(g, d - 1)}`],
  [2, (g, d) => `${arithmetic(g, d - 1)}?${arithmetic(g, d - 1)}:${arithmetic(g, d - 1)}`],
]

const BROKEN = [
  '1 +',
  '* 2',
  '1 2',
  '(1',
  '1)',
  'i=',
  '1=2',
  '1 ? 2',
  '1 ? : 2',
  '3 = i',
  '++3',
  'i++ ++',
  '@',
  '1 $ 2',
  '#1',
  'a b',
  '""',
  '5 5',
  '2 ** -1',
  '1/0',
  'i%0',
  '1 // 2',
  'A[',
  'A[]',
  '1:2',
  '!',
] as const

/** An arithmetic expression; now and then one that is none. */
export function arithmetic(g: Gen, depth: number): string {
  if (depth <= 0) return g.chance(0.5) ? g.pick(LITERALS.slice(0, 8)) : number(g)
  if (g.chance(0.015)) return g.pick(BROKEN)
  return g.choose(EXPRESSIONS, depth)
}

import { arithmetic } from './arithmetic.ts'
import { ARRAYS, FUNCTIONS, type Gen, MAPS, NUMBERS, type Rules, SCALARS } from './gen.ts'
import { pattern } from './patterns.ts'

/** Values with something in them that a shell may trip over. */
const VALUES = [
  'hello',
  'abcABC',
  '5',
  '-3',
  '0',
  '010',
  '0x1f',
  'x:y:z',
  'a,b,c',
  '/usr/lib/x.tar.gz',
  'foo.txt',
  '-n',
  '-e',
  '--',
  'x=y',
  '1.5',
  '[x]',
  'a-b_c',
  "'a b  c'",
  '"foo bar"',
  "' lead trail '",
  "''",
  '""',
  "'*.txt'",
  "'*'",
  "'?'",
  `'a"b'`,
  `"it's"`,
  "'\\'",
  "'a\\b'",
  "'$a'",
  "'`'",
  '\\$x',
  'a\\ b',
  '\\\\',
  '\\*',
  "$'a\\tb\\nc'",
  "$'\\x41\\101\\u0042'",
  "$'\\001'",
  "$'\\e[0m'",
  "$'it\\'s'",
  "$'a\\\\b'",
  "$'\\n'",
  "$'x\\n\\n'",
  '$"loc"',
  "'\u00c3\u00a9'",
  '9223372036854775807',
  "'1 2 3'",
  "'a=1 b=2'",
  "'%s'",
  "'{a,b}'",
  '~',
  '~/x',
  '"~"',
  "'#x'",
  'a#b',
  "'!'",
  "'a;b'",
  "'&'",
  "'<>'",
  "'('",
  'UPPER',
  'MiXeD',
  'aaa',
  'banana',
  '=',
  '%',
  '@',
  '+',
  '^',
  ',',
] as const

/** A value without expansions. */
export function value(g: Gen): string {
  return g.pick(VALUES)
}

/** A subscript. */
function subscript(g: Gen, name: string, d: number): string {
  if ((MAPS as readonly string[]).includes(name)) return g.pick(['x', 'y', '"k e y"', '$a', '@', '*', 'none', '0', "'a]b'", '@', '@'])
  return g.pick(['0', '1', '2', '-1', '-9', '@', '*', '$i', 'i', '@', '@', '5', d > 0 ? arithmetic(g, 1) : '1'])
}

/** What stands inside `${…}` before an operator. */
function reference(g: Gen, d: number): string {
  if (g.chance(0.3)) {
    const name = g.pick([...ARRAYS, ...MAPS, ...ARRAYS, 'a', 'r'])
    return `${name}[${subscript(g, name, d)}]`
  }
  return g.chance(0.12) ? g.pick(['@', '*', '#', '?', '-', '!', '10', '0', '_']) : g.variable()
}

const OPERATORS: Rules = [
  [4, (g, d) => `${g.pick([':-', '-', ':+', '+', ':=', '='])}${g.maybe(0.9, () => inner(g, d - 1))}`],
  [0.4, (g, d) => `${g.pick([':?', '?'])}${g.maybe(0.7, () => inner(g, d - 1))}`],
  [3, (g, d) => `${g.pick(['#', '##', '%', '%%'])}${pattern(g, d - 1)}`],
  [4, (g, d) => `${g.pick(['/', '//', '/#', '/%'])}${pattern(g, d - 1).replaceAll('/', '')}${g.maybe(0.85, () => `/${inner(g, d - 1)}`)}`],
  [
    3,
    (g) =>
      `:${g.pick(['0', '1', '2', ' -1', ' -2', ' -9', '9', 'i', '$j'])}${g.maybe(0.6, () => `:${g.pick(['0', '1', '2', '-1', ' -2', '9', 'i+1'])}`)}`,
  ],
  [3, (g, d) => `${g.pick(['^', '^^', ',', ',,', '~', '~~'])}${g.maybe(0.4, () => pattern(g, d - 1))}`],
  [3, (g) => `@${g.pick(['Q', 'E', 'P', 'A', 'a', 'U', 'u', 'L', 'K', 'k', 'Q', 'Q', 'Z'])}`],
]

/** `$x` and `${…}`. */
export function parameter(g: Gen, d: number): string {
  if (d <= 0 || g.chance(0.3))
    return g.chance(0.85) ? `$${g.variable()}` : g.pick(['$@', '$*', '$#', '$?', '$-', '$0', '$_', '$$a'.slice(1)])
  if (g.chance(0.08)) return `\${#${reference(g, d)}}`
  if (g.chance(0.06))
    return g.pick([
      '${!M[@]}',
      '${!A[@]}',
      '${!A[*]}',
      '${!p}',
      '${!p:-x}',
      '${!a}',
      '${!r}',
      '${!i@}',
      '${!A*}',
      '${!N[*]}',
      '${!p#?}',
      '${!unset}',
      '${!1}',
      '${!#}',
      '${!p@Q}',
    ])
  if (g.chance(0.2)) return `\${${reference(g, d)}}`
  return `\${${reference(g, d)}${g.choose(OPERATORS, d)}}`
}

/** The word of an operator: anything but what would end it. */
function inner(g: Gen, d: number): string {
  return g.many(1, 2, () => g.choose(INNER, d), '')
}

const INNER: Rules = [
  [
    4,
    (g) =>
      g.pick([
        'x',
        'def',
        'a b',
        '-',
        '',
        '[&]',
        '&',
        '\\&',
        '<&>',
        '*',
        'q  r',
        '~',
        '\\}',
        ':',
        "'s q'",
        '"d q"',
        "'&'",
        '"&"',
        '\\\\',
        "$'\\t'",
      ]),
  ],
  [2, (g, d) => parameter(g, d - 1)],
  [1, (g, d) => `"${parameter(g, d - 1)}"`],
  [0.5, (g, d) => `$((${arithmetic(g, d - 1)}))`],
]

/** What stands between double quotes. */
export function quotedText(g: Gen, d: number): string {
  return g.many(0, 3, () => g.choose(IN_QUOTES, d), g.pick(['', '', ' ']))
}

const IN_QUOTES: Rules = [
  [
    3,
    (g) =>
      g.pick(['x', 'a b', ' ', '*', "'", "it's", '\\"', '\\$', '\\\\', '\\a', '\\`', '~', '{a,b}', '!', '#', '\t', '=', ';', '%d', '&']),
  ],
  [4, (g, d) => parameter(g, d)],
  [1, (g, d) => `$((${arithmetic(g, d)}))`],
  [0.7, (g, d) => substitution(g, d - 1)],
]

/** `$(…)` with something small inside. */
export function substitution(g: Gen, d: number): string {
  const body = g.pick([
    () => `echo ${value(g)}`,
    () => `printf '%s\\n' ${word(g, d - 1)}`,
    () => `echo "${parameter(g, d - 1)}"`,
    () => `exit ${g.int(0, 3)}`,
    () => `${g.pick(g.functions.length > 0 ? g.functions : ['true'])} ${value(g)}`,
    () => `printf 'x\\n\\n'`,
    () => `echo $((${arithmetic(g, 1)})); false`,
    () => `${g.scalar()}=9; echo $${g.scalar()}`,
    () => `<file`,
    () => `:`,
  ])()
  return g.chance(0.1) ? `\`${body.replaceAll('`', '')}\`` : `$(${body})`
}

function braces(g: Gen): string {
  return g.pick([
    '{a,b,c}',
    '{1..4}',
    '{4..1}',
    '{01..03}',
    '{a..e..2}',
    '{1..9..4}',
    '{,x}',
    '{x}',
    '{a,{b,c}d}',
    '{1..a}',
    '{z..w}',
    '{-2..2}',
    '{a,$b}',
    "{'x y',z}",
    '{1..3}{a,b}',
    '{}',
    '{a,b',
    'a,b}',
    '{"a,b",c}',
    '${a}{1,2}',
    '{c..A..8}',
  ])
}

const PIECES: Rules = [
  [4, (g) => value(g)],
  [3, (g) => g.pick(['x', 'foo', 'a', 'B2', '-', '.', '/', ':', '=', '1', '_'])],
  [5, (g, d) => `"${quotedText(g, d - 1)}"`],
  [4, (g, d) => parameter(g, d)],
  [1, (g, d) => `$((${arithmetic(g, d)}))`],
  [1, (g, d) => (d > 0 ? substitution(g, d - 1) : 'y')],
  [1, (g) => braces(g)],
  [
    1,
    (g) =>
      g.pick([
        '*',
        '?',
        '*.txt',
        'f*',
        '[ab]*',
        '[!a]*',
        'dir/*',
        '*/',
        '.*',
        'nope*',
        '**',
        '\\*',
        ...(g.extglob ? ['@(a|f)*', '!(a*)', '+([a-z])'] : []),
      ]),
  ],
]

/** One word of a command. */
export function word(g: Gen, depth: number): string {
  if (depth <= 0) return value(g)
  return g.many(1, g.chance(0.3) ? 3 : 1, () => g.choose(PIECES, depth), '').replace(/^[#~]?(?=\()/, 'x')
}

export function words(g: Gen, depth: number, from = 1, to = 3): string {
  return g.many(from, to, () => word(g, depth))
}

/** Where a value may be assigned to. */
export function target(g: Gen): string {
  return g.pick([...SCALARS, ...SCALARS, ...NUMBERS, 'A[1]', 'A[i]', 'B[-1]', 'M[x]', 'M[$a]', 'A[${#A[@]}]', 'r', 'N["k e y"]'])
}

/** `(…)` after `name=`. */
export function elements(g: Gen, depth: number): string {
  return g.many(
    0,
    4,
    () => `${g.maybe(0.15, () => `[${g.pick(['0', '3', 'i', '1+1', 'x', '-1'])}]${g.maybe(0.2, () => '+')}=`)}${word(g, depth)}`,
  )
}

/** `(…)` for an associative array. */
export function pairs(g: Gen, depth: number): string {
  return g.many(0, 3, () =>
    g.chance(0.85) ? `[${g.pick(['x', 'y', '"k e y"', '$a', 'z', '$i', "'q'"])}]=${word(g, depth)}` : word(g, depth),
  )
}

export { FUNCTIONS }

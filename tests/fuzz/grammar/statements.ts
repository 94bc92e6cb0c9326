import { arithmetic } from './arithmetic.ts'
import { broken } from './broken.ts'
import { BUILTINS } from './builtins.ts'
import { ARRAYS, type Gen, MAPS, type Rules } from './gen.ts'
import { pattern, regex } from './patterns.ts'
import { elements, pairs, parameter, quotedText, target, value, word, words } from './words.ts'

const SIMPLE: Rules = [
  [20, (g, d) => g.choose(BUILTINS, d)],
  [6, assignment],
  [4, (g, d) => `((${arithmetic(g, d)})); echo $?`],
  [5, (g, d) => `echo $((${arithmetic(g, d)}))`],
  [3, (g, d) => call(g, d)],
  [
    2,
    (g) =>
      g.pick([
        'echo $?',
        'echo "$?" "${PIPESTATUS[@]}"',
        'echo "$#" "$@"',
        'echo "$-"',
        'echo $LINENO',
        'echo "${FUNCNAME[@]}" ${BASH_LINENO[0]}',
        'echo "$_"',
        'echo "$IFS" ${#IFS}',
        'echo "${BASH_REMATCH[@]}"',
        'echo $SHLVL $BASH_SUBSHELL',
        'echo $OPTIND $OPTERR',
        'echo $0',
      ]),
  ],
  [1.5, (g) => `IFS=${g.pick([':', "' '", "''", "','", "$' \\t\\n'", "' :'", 'x', "$'\\n'"])}`],
  [0.5, () => 'unset IFS'],
  [1, (g, d) => `${g.scalar()}=${word(g, d)} ${target(g)}=${word(g, d)}`],
  [1, broken],
]

function assignment(g: Gen, d: number): string {
  return g.pick([
    () => `${target(g)}=${word(g, d)}`,
    () => `${target(g)}=${word(g, d)}`,
    () => `${target(g)}+=${word(g, d)}`,
    () => `${g.pick(ARRAYS)}${g.maybe(0.3, () => '+')}=(${elements(g, d)})`,
    () => `${g.pick(MAPS)}${g.maybe(0.3, () => '+')}=(${pairs(g, d)})`,
    () => `${g.pick(['i', 'j', 'k'])}=$((${arithmetic(g, d)}))`,
    () => `r=${value(g)}`,
  ])()
}

function call(g: Gen, d: number): string {
  return g.functions.length === 0 ? ':' : `${g.maybe(0.2, () => `${g.scalar()}=${value(g)} `)}${g.pick(g.functions)} ${words(g, d, 0, 3)}`
}

/** Statements between `do` and `done` and the like, on lines of their own. */
function body(g: Gen, d: number, from = 1, to = 2): string {
  return g.many(from, to, () => statement(g, d - 1), '\n')
}

/** What follows a condition's word. */
function test(g: Gen, d: number): string {
  return g.choose(
    [
      [4, () => `[[ ${condition(g, d)} ]]`],
      [2, () => `((${arithmetic(g, d)}))`],
      [2, () => `[ "${parameter(g, 1)}" ${g.pick(['=', '!=', '-gt', '-eq'])} "${parameter(g, 1)}" ]`],
      [1, () => g.pick(['true', 'false', '! true', '! false', ':'])],
      [1, () => call(g, d)],
      // In braces: of several commands all are the condition, not the last one alone.
      [1, () => `{ ${simple(g, d)}\n}`],
    ],
    d,
  )
}

/** The inside of `[[ ]]`. */
function condition(g: Gen, d: number): string {
  if (d > 0 && g.chance(0.25)) return `${condition(g, d - 1)} ${g.pick(['&&', '||'])} ${condition(g, d - 1)}`
  if (d > 0 && g.chance(0.08)) return `( ${condition(g, d - 1)} )`
  const left = (): string => g.pick([() => parameter(g, d), () => `"${parameter(g, d)}"`, () => value(g)])()
  return (
    g.maybe(0.15, () => '! ') +
    g.choose(
      [
        [4, () => `${left()} ${g.pick(['==', '=', '!='])} ${pattern(g, d)}`],
        [3, () => `${left()} =~ ${regex(g)}`],
        [2, () => `${left()} ${g.pick(['<', '>'])} ${left()}`],
        [
          2,
          () =>
            `${g.pick(['i', '$i', '$a', '3', '"$j"', '1+1', 'A[0]'])} ${g.pick(['-eq', '-ne', '-lt', '-gt', '-le', '-ge'])} ${g.pick(['1', 'j', '$b', '0x10', 'i+1'])}`,
        ],
        [2, () => `${g.pick(['-z', '-n'])} ${left()}`],
        [1, () => `-v ${g.pick(['a', 'A', 'A[0]', 'M[x]', 'unset', 'A[@]', '1', 'r'])}`],
        [1, () => `${g.pick(['-e', '-f', '-d', '-s', '-o'])} ${g.pick(['file', 'dir', 'nofile', 'errexit', '$a'])}`],
        [1, () => left()],
      ],
      d,
    )
  )
}

const redirections = (g: Gen, d: number): string =>
  g.pick([
    () => '2>&1',
    () => '>/dev/null',
    () => '2>/dev/null',
    () => '>out; while IFS= read -r l; do echo "out:$l"; done <out',
    () => '>>log',
    () => '>&2',
    () => '2>&1 >/dev/null',
    () => `<<< ${word(g, d)}`,
    () => '3>&1 >&3',
    () => `> ${word(g, d)}`,
    () => '< nofile',
    () => '< file',
    () => '>&9',
    () => '{fd}>out; echo x >&$fd; exec {fd}>&-',
    () => '>| out',
    () => '&> out',
    () => '&>> log',
    () => '<> out',
    () => '> dir',
    () => '3<&-',
    () => '> ""',
    () => '>&-',
  ])()

function hereDocument(g: Gen, d: number): string {
  const quoted = g.chance(0.3)
  const tag = g.pick(['EOF', 'E', 'END'])
  const lines = g.many(
    0,
    3,
    () =>
      g.pick([
        () => quotedText(g, d),
        () => `\t${parameter(g, d)} x`,
        () => '$a \\$b \\\\ `echo q`',
        () => 'it\'s "q"',
        () => 'a\\',
        () => `$((${arithmetic(g, 1)}))`,
      ])(),
    '\n',
  )
  const head = g.pick([
    'while IFS= read -r l; do echo "[$l]"; done',
    'read -r a b',
    'mapfile -t A',
    '{ read -r l; echo "$l"; read l; echo "$l"; }',
    ': ',
  ])
  return `${head} <<${g.maybe(0.3, () => '-')}${quoted ? `'${tag}'` : tag}\n${lines}\n${tag}`
}

const COMPOUND: Rules = [
  [
    4,
    (g, d) =>
      `if ${test(g, d - 1)}; then\n${body(g, d)}\n${g.maybe(0.3, () => `elif ${test(g, d - 1)}; then\n${body(g, d, 1, 1)}\n`)}${g.maybe(0.4, () => `else\n${body(g, d, 1, 1)}\n`)}fi`,
  ],
  [4, (g, d) => loop(g, d, () => `for ${g.pick(['x', 'a', 'i', 'r'])} in ${words(g, d - 1, 0, 3)}; do`)],
  [1, (g, d) => loop(g, d, () => `for x${g.pick(['', ';'])} do`)],
  [
    2,
    (g, d) => {
      const n = g.fresh('n')
      return loop(g, d, () => `for ((${n}=0; ${n}<${g.int(0, 3)}; ${n}++))${g.pick([';', ''])} do`)
    },
  ],
  [
    2,
    (g, d) => {
      const n = g.fresh('n')
      return `${n}=0\n${loop(g, d, () => `while ((${n}++ < ${g.int(1, 3)}))${g.maybe(0.3, () => ` && ${test(g, 1)}`)}; do`)}`
    },
  ],
  [
    1,
    (g, d) => {
      const n = g.fresh('n')
      return `${n}=0\n${loop(g, d, () => `until ((${n}++ >= ${g.int(1, 3)})); do`)}`
    },
  ],
  [
    4,
    (g, d) =>
      `case ${word(g, d - 1)} in\n${g.many(1, 4, () => `${g.maybe(0.5, () => '(')}${g.many(1, 2, () => pattern(g, d - 1).replace(/^esac$/, 'x'), ' | ')}) ${g.maybe(0.9, () => simple(g, d - 1))} ${g.pick([';;', ';;', ';;', ';&', ';;&'])}`, '\n')}\nesac`,
  ],
  [3, (g, d) => `{\n${body(g, d)}\n}${g.maybe(0.4, () => ` ${redirections(g, d - 1)}`)}`],
  [4, (g, d) => `(\n${body(g, d)}\n)${g.maybe(0.3, () => ` ${redirections(g, d - 1)}`)}`],
  [4, (g, d) => `${statement(g, d - 1)} ${g.pick(['&&', '||'])} ${simple(g, d - 1)}`],
  [3, (g, d) => pipeline(g, d)],
  [3, (g, d) => `[[ ${condition(g, d)} ]]; echo $? "\${BASH_REMATCH[@]}"`],
  [3, hereDocument],
  [3, (g, d) => `${simple(g, d - 1)} ${redirections(g, d - 1)}`],
  [1, (g, d) => `! ${simple(g, d - 1)}`],
  [1, (g, d) => definition(g, d, g.fresh('fn'), true)],
  [0.7, (g, d) => `select s in ${words(g, d - 1, 1, 3)}; do echo "$s $REPLY"; break; done <<< ${g.pick(['1', '2', '9', 'x', "''"])}`],
  [0.7, (g, d) => `{ ${body(g, d, 1, 1)}\n} & wait; echo $?`],
  [0.5, (g, d) => `${simple(g, d - 1)} & wait $!; echo $?`],
  [1, (g, d) => `x=$(\n${body(g, d)}\n); echo "$? $x"`],
]

function loop(g: Gen, d: number, head: () => string): string {
  const text = head()
  const outer = g.inLoop
  g.inLoop = true
  const inside = body(g, d)
  g.inLoop = outer
  return `${text}\n${inside}\ndone${g.maybe(0.1, () => ` ${redirections(g, d - 1)}`)}`
}

/** The right side reads everything, so that the left is never told of a broken pipe. */
function pipeline(g: Gen, d: number): string {
  const middle = [
    'while IFS= read -r l; do echo "<$l>"; done',
    '{ mapfile -t A; echo "${#A[@]} ${A[*]}"; }',
    'while read -r x y; do printf "%s|%s\\n" "$x" "$y"; done',
    '(while read l; do a=$l; done; echo "$a")',
  ]
  return `${g.maybe(0.1, () => '! ')}${g.pick([() => simple(g, d - 1), () => `{ ${simple(g, d - 1)}\n}`])()} ${g.pick(['|', '|', '|', '|&'])} ${g.many(1, 2, () => g.pick(middle), ' | ')}; echo "\${PIPESTATUS[@]}"`
}

/** A function; calls only those defined before it. */
export function definition(g: Gen, d: number, name: string, local = false): string {
  const { inFunction, inLoop, functions } = g
  g.inFunction = true
  g.inLoop = false
  const text = body(g, d, 1, 4)
  Object.assign(g, { inFunction, inLoop, functions })
  const head = g.pick([`${name}()`, `function ${name}`, `function ${name}()`, `${name} ()`])
  const tail = g.maybe(0.1, () => ` ${g.pick(['2>&1', '>&2', '<<< x', '>/dev/null'])}`)
  const defined = g.chance(0.85)
    ? `${head} {\n${g.maybe(0.5, () => `local ${g.pick(['a', 'b=1', 'a=$1 b=2', '-a A', '-i i=5', '-n r=a', '-A M', 'a b c', '-r z=1', '-u u=abc', 'IFS=:', '-'])}\n`)}${text}\n}${tail}`
    : `${head} (\n${text}\n)${tail}`
  return local ? `${defined}\n${name} ${words(g, 1, 0, 2)}` : defined
}

function simple(g: Gen, d: number): string {
  if (g.inFunction && g.chance(0.08))
    return g.pick([
      'return',
      `return ${g.int(0, 3)}`,
      'local x=1 y',
      'local a=$1',
      'local -a A=(1 2)',
      'return x',
      'echo "$@"',
      'echo ${FUNCNAME[0]} $# $1',
      'local; echo',
      'unset a; echo "${a-none}"',
      'shift',
      'declare -g e=glob',
      'return 300',
    ])
  if (g.inLoop && g.chance(0.1))
    return g.pick(['break', 'continue', 'break 2', 'continue 2', 'break 0', 'break x', 'continue 9', '((i>2)) && break'])
  if (g.chance(0.012)) return `exit ${g.int(0, 300)}`
  return g.choose(SIMPLE, Math.max(0, d))
}

/** One statement; `depth` is how deep it may nest. */
export function statement(g: Gen, depth: number): string {
  return depth > 0 && g.chance(0.33) ? g.choose(COMPOUND, depth) : simple(g, depth)
}

import { arithmetic } from './arithmetic.ts'
import { ARRAYS, type Gen, MAPS, NUMBERS, type Rules, SCALARS } from './gen.ts'
import { pattern } from './patterns.ts'
import { elements, pairs, parameter, quotedText, target, value, word, words } from './words.ts'

const name = (g: Gen): string => g.pick([...SCALARS, ...NUMBERS, ...ARRAYS, ...MAPS, 'r', 'new'])

/** `printf`: formats with their odd corners. */
function printf(g: Gen, d: number): string {
  const directive = (): string =>
    `%${g.maybe(0.3, () => g.pick(['-', '0', '+', ' ', '#', '-0', "'"]))}${g.maybe(0.35, () => g.pick(['5', '10', '1', '*', '03']))}${g.maybe(0.25, () => g.pick(['.2', '.0', '.', '.10', '.*']))}${g.pick(['s', 's', 's', 'd', 'd', 'i', 'x', 'X', 'o', 'u', 'c', 'b', 'q', 'Q', 'f', 'e', 'g', '%', 'z', 'ld'])}`
  const format = g.many(
    1,
    3,
    () =>
      g.pick([
        directive,
        directive,
        () => g.pick(['\\n', '\\t', '[', ']', ' ', ',', '\\x41', '\\101', '\\\\', '\\c', '\\u00e9', '\\0', '\\q', 'x']),
      ])(),
    '',
  )
  const args = g.many(0, 4, () =>
    g.pick([
      () => value(g),
      () => word(g, d),
      () => g.pick(['5', '-7', '0x1f', '010', '3.14159', '"\'A"', '1e3', 'abc', '12abc', '', "''", '99999999999999999999', '08']),
    ])(),
  )
  return `printf ${g.maybe(0.2, () => `-v ${target(g)} `)}${g.maybe(0.05, () => '-- ')}'${format}\\n' ${args}`
}

function echo(g: Gen, d: number): string {
  return `echo ${g.maybe(0.15, () => g.pick(['-n ', '-e ', '-E ', '-ne ', '-nE ', '-x ', '-- ']))}${words(g, d, 0, 4)}`
}

/** Reads from a here-string or a here-document. */
function read(g: Gen, d: number): string {
  const options = g.maybe(0.5, () =>
    g.pick([
      '-r ',
      '-r ',
      '-a A ',
      '-ra A ',
      '-d : ',
      "-d '' ",
      '-n 3 ',
      '-N 3 ',
      '-r -n 2 ',
      '-t 0 ',
      '-e ',
      '-u 0 ',
      '-d x -r ',
      '-p prompt ',
    ]),
  )
  const targets = Array.from({ length: g.int(0, 3) }, () => target(g))
  const names = targets.join(' ')
  const ifs = g.maybe(0.5, () => g.pick(['IFS= ', 'IFS=: ', "IFS=' :' ", 'IFS=, ', "IFS=$'\\n' ", 'IFS=x ']))
  const input = g.pick([
    () => `<<< ${word(g, d)}`,
    () => `<<< "${quotedText(g, d)}"`,
    () =>
      `<<< ${g.pick(["'a:b:c'", "'  a  b  '", "'a\\ b c'", "'a::b:'", "' : a : b : '", "'one two three four'", "$'l1\\nl2'", "'x\\'", "':a'", "'a\\:b:c'"])}`,
    () => `< ${g.pick(['file', 'lines', 'nofile', '/dev/null'])}`,
  ])()
  return `${ifs}read ${options}${names} ${input}; echo "$?" "\${REPLY-}" ${targets.map((n) => `"\${${n.includes('[') || !/^[ABMN]$/.test(n) ? n : `${n}[@]`}-}"`).join(' ')}`
}

function mapfile(g: Gen): string {
  return `${g.pick(['mapfile', 'readarray'])} ${g.maybe(0.6, () => '-t ')}${g.maybe(0.3, () => g.pick(['-n 2 ', '-s 1 ', '-O 2 ', '-d : ', "-d '' ", '-n 0 ', '-c 1 -C : ', '-O -1 ', '-u 9 ']))}${g.maybe(0.85, () => g.pick(ARRAYS))} ${g.pick(['< lines', '< file', "<<< $'a\\nb\\nc'", "<<< 'a:b:c'", '< /dev/null', `<<< "$a"`])}; declare -p A B MAPFILE 2>&1`
}

function declare(g: Gen, d: number): string {
  const verb = g.pick(['declare', 'declare', 'declare', 'typeset', 'local', 'export', 'readonly', 'declare -g'])
  const options = g.maybe(0.75, () =>
    g.pick([
      '-i',
      '-l',
      '-u',
      '-x',
      '-a',
      '-A',
      '-n',
      '-p',
      '-c',
      '-il',
      '-ix',
      '-ai',
      '-ua',
      '-Ai',
      '+i',
      '+x',
      '+a',
      '+A',
      '+n',
      '-r',
      '-t',
      '-I',
      '-f',
      '-F',
      '-lu',
      '+r',
      '-z',
      '-xr',
      '-fp',
      '-pn',
    ]),
  )
  const operand = (): string =>
    g.pick([
      () => name(g),
      () => `${name(g)}=${word(g, d)}`,
      () => `${name(g)}+=${value(g)}`,
      () => `${g.pick(ARRAYS)}=(${elements(g, d)})`,
      () => `${g.pick(MAPS)}=(${pairs(g, d)})`,
      () => `${name(g)}=(${elements(g, d)})`,
      () => `${g.pick(ARRAYS)}[${g.int(0, 3)}]=${value(g)}`,
      () => `new=${g.pick(['5', '3+4', 'i', 'HeLLo', '"x y"'])}`,
      () => g.pick(['f', '1x', "'a b'", 'a-b=1', '=x', 'unset', 'new', 'new']),
    ])()
  const fresh = (text: string): string =>
    /readonly|-r|-xr/.test(`${verb} ${options}`) ? text.replace(/^[A-Za-z]\w*/, () => g.fresh('ro')) : text
  return `${verb} ${options} ${g.many(1, 2, () => fresh(operand()))}`
    .trimEnd()
    .replace(/^(declare|typeset|export|readonly|local)( -[xrf])?$/, '$1 -p a')
}

function conditional(g: Gen, d: number): string {
  const unary = ['-z', '-n', '-v', '-e', '-f', '-d', '-s', '-r', '-w', '-x', '-o', '-R', '-t', '-L', '-q']
  const binary = ['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef', '=~']
  const operand = (): string =>
    g.pick([
      () => value(g),
      () => `"$${g.variable()}"`,
      () => parameter(g, d),
      () => g.pick(['file', 'dir', 'nofile', 'A[1]', 'M[x]', 'errexit', '1', '""', '-n', '\\(', '!', '5', '10']),
    ])()
  const expression = (): string =>
    g.pick([
      () => operand(),
      () => `${g.pick(unary)} ${operand()}`,
      () => `${operand()} ${g.pick(binary.slice(0, 14)).replace(/^[<>]$/, '\\$&')} ${operand()}`,
      () => `! ${operand()} = ${operand()}`,
      () => `${operand()} = ${operand()} ${g.pick(['-a', '-o'])} ${g.pick(unary)} ${operand()}`,
      () => `\\( ${operand()} = ${operand()} \\)`,
      () => g.many(0, 5, operand),
    ])()
  return g.chance(0.6) ? `[ ${expression()} ]` : `test ${expression()}`
}

function set(g: Gen): string {
  return g.pick([
    () =>
      `set ${g.pick(['-e', '-u', '-f', '-x', '-o pipefail', '-C', '-a', '-n', '-v', '-B', '-E', '-T', '-h', '-P', '-b', '-k', '-o errexit', '-o nounset', '-o noglob', '-eu', '-euo pipefail', '-o posix']).replace('-n', '+n')}`,
    () => `set ${g.pick(['+e', '+u', '+f', '+x', '+o pipefail', '+C', '+a', '+v', '+B', '+k', '+eu', '+o posix'])}`,
    () => `set -- ${g.many(0, 4, () => value(g))}`,
    () =>
      g.pick([
        'set -- "${A[@]}"',
        'set - x y',
        'set -',
        'set x -e',
        'set -z',
        'set -o nope',
        'set +o | while read -r l; do echo "$l"; done',
        'shift',
        'shift 2',
        'shift 9',
        'shift -1',
        'shift x',
        'shift 0',
      ]),
    () =>
      `shopt ${g.pick(['-s', '-u', '-q', ''])} ${g.pick(['extglob', 'nullglob', 'dotglob', 'nocaseglob', 'nocasematch', 'failglob', 'globstar', 'lastpipe', 'inherit_errexit', 'xpg_echo', 'patsub_replacement', 'expand_aliases', 'extquote', 'nope', 'assoc_expand_once', 'localvar_inherit', 'localvar_unset', 'sourcepath', 'compat50', 'shift_verbose', 'array_expand_once'])}; echo $?`,
    () => `shopt ${g.pick(['-so', '-uo', '-qo', '-po', '-p'])} ${g.pick(['errexit', 'nounset', 'noglob', 'extglob', 'nope', 'pipefail'])}`,
  ])()
}

function trap(g: Gen): string {
  const action = g.pick([
    "'echo trap $?'",
    '\'echo "T:$a:$?"\'',
    '\'echo "$BASH_COMMAND"\'',
    "'echo L$LINENO'",
    '"echo $a"',
    "''",
    '-',
    "'i=$((i+1))'",
    "'echo in; false'",
    "'echo exit; exit 3'",
    "'return 2'",
    "'echo ${FUNCNAME[0]-none}'",
  ])
  return g.pick([
    () =>
      `trap ${action} ${g.pick(['EXIT', 'ERR', 'RETURN', 'DEBUG', 'USR1', 'TERM', 'ERR', 'EXIT', '0', 'SIGINT', 'int', 'NOPE', 'EXIT ERR', 'USR1 USR2', '99'])}`,
    () => `trap ${action} ${g.pick(['EXIT', 'ERR', 'RETURN', 'DEBUG'])}`,
    () => g.pick(['trap', 'trap -p', 'trap -p EXIT', 'trap - EXIT', 'trap - ERR DEBUG', 'trap EXIT', 'trap -l >/dev/null', 'trap -x']),
    () => `trap ${g.pick(["'echo usr $?'", "'echo usr; a=trapped'", "'echo f; f() { :; }'"])} USR1; kill -USR1 $$; echo after $?`,
  ])()
}

function getopts(g: Gen): string {
  return `OPTIND=1; while getopts ${g.pick(['ab:c', ':ab:c', 'a:b:', ':x', "''", 'abc:'])} opt ${g.pick(['-a -b x y', '-ab x', '-b', '-z', '-abc', '-a -- -b', '-bval -c', '', '-c x', '-a -b'])}; do echo "$opt \${OPTARG-unset} $OPTIND"; done; echo "$? $opt $OPTIND"`
}

function evaluate(g: Gen, d: number): string {
  return g.pick([
    () => `eval "${quotedText(g, d).replaceAll('\t', ' ')}"`,
    () => `eval 'echo ${parameter(g, d).replaceAll("'", '')}'`,
    () => `eval ${word(g, d)} ${word(g, d)}`,
    () => `eval '${g.scalar()}=(${'1 2'})'; echo $?`,
    () => `eval "${g.scalar()}=\\$${g.scalar()}"`,
  ])()
}

function unset(g: Gen): string {
  return `unset ${g.maybe(0.3, () => g.pick(['-v ', '-f ', '-n ', '-x ', '-fv ']))}${g.pick([...SCALARS, 'A[1]', "'M[x]'", 'A', 'M', 'r', 'f', 'nope', '1', 'A[-1]', "'A[@]'", 'new', '"M[k e y]"', 'A[9]', 'a-b', 'a b'])}`
}

function show(g: Gen): string {
  return g.pick([
    () => `declare -p ${g.many(1, 3, () => name(g))}`,
    () => `declare -p ${g.many(1, 2, () => name(g))} 2>&1`,
    () => `echo "\${#${g.pick(ARRAYS)}[@]}" "\${!${g.pick(ARRAYS)}[@]}"`,
    () => `printf '<%s>' "\${${g.pick([...ARRAYS, ...MAPS])}[${g.pick(['@', '*'])}]}"; echo`,
    () => `printf '<%s>' $${g.variable()} "$@"; echo`,
    () =>
      g.pick([
        'type f',
        'type -t f echo if nope',
        'type -a echo',
        'type nope',
        'command -v f echo nope',
        'command -V if',
        'command -V f',
        'declare -f f',
        'declare -F',
        'declare -F f g',
        'declare -f nope',
        'type -p echo',
        'type -P echo',
        'declare -f g',
        'type g',
        'command echo x',
        'builtin echo y',
        'builtin f',
        'command f',
        'hash',
        'hash -r',
        'enable -n test; type test; enable test',
        'caller',
        'caller 0',
        'times >/dev/null',
        'umask',
        'umask -S',
        'umask 077; umask; umask 022',
        'pwd',
        'jobs',
        'wait',
        'wait 1',
        'fg',
        'bg',
        'disown',

        'logout',
        'history',
        'alias x=echo; alias',
        'alias nope',
        'unalias nope',
        'export -p | while read -r l; do case $l in *PWD*) ;; *) echo "$l";; esac; done',
        'readonly -p | while read -r l; do case $l in *ro*) echo "$l";; esac; done',
        'declare -r ro0=1; ro0=2; echo $?',
        'let',
        'let i=1 j=2; echo $i $j $?',
        'compgen -A function',
        'compgen -v nope',
        "compgen -W 'aa ab b' a",
        'help nope',
        'bind -x',
        'kill -l 9 15',
        'kill -l TERM',
        'kill -l 130',
        'kill',
        'kill -l nope',
        'kill -NOPE $$',
        'ulimit -x',
        'dirs',
        'pushd dir >/dev/null; dirs; popd',
        'popd',
        'pushd',
        'cd nodir',
        'cd dir && pwd; cd - && pwd',
        'cd a b',
        'cd ""',
        'CDPATH=. cd dir; cd ..',
        'cd file',
        'pushd nodir',
        'dirs -v',
        'source ./src 1 2',
        '. ./src',
        '. nofile',
        'source',
        '. dir',
        'exec 5>&-',
        'true',
        ':',
        'false',
      ]),
  ])()
}

export const BUILTINS: Rules = [
  [9, echo],
  [6, printf],
  [5, read],
  [2, mapfile],
  [6, declare],
  [3, conditional],
  [4, set],
  [3, trap],
  [1, getopts],
  [2, evaluate],
  [2, unset],
  [8, show],
  [
    1.5,
    (g, d) =>
      `let ${g.many(1, 2, () => `'${arithmetic(g, d)}'`.replace(/'(.*)'/, (_, s: string) => `'${s.replaceAll("'", '')}'`))}; echo $?`,
  ],
  [1, (g, d) => `${g.pick(['command', 'builtin'])} ${g.pick(['echo', 'printf', 'true', 'nope', 'test'])} ${word(g, d)}`],
  [1, (g, d) => `${g.scalar()}=${word(g, d)} ${g.pick(['eval', 'echo', 'export', ':', 'nope', ...g.functions])} 'echo $a $b $c'`],
  [0.7, (g, d) => `${word(g, d)} ${word(g, d)}`],
  [0.5, (g, d) => `compgen -G ${pattern(g, d)}`],
]

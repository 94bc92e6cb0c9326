import { Random } from '#sim/random.ts'
import { ARRAYS, FUNCTIONS, Gen, MAPS, NUMBERS, SCALARS } from './grammar/gen.ts'
import { definition, statement } from './grammar/statements.ts'
import { elements, pairs, value } from './grammar/words.ts'

/** A script as its statements, each of which can be left out. Text is a byte string. */
export type Script = readonly string[]

/** First line of all: both shells start in the root folder. */
const START = 'cd /w'

export function scriptText(script: Script): string {
  return `${START}\n${script.join('\n')}\n`
}

/** The script of a number in the series of a seed. */
export function makeScript(seed: number, number: number): Script {
  const g = new Gen(new Random(seed, `fuzz/${number}`))
  g.extglob = g.chance(0.6)
  const out: string[] = [...prologue(g)]
  FUNCTIONS.forEach((name, i) => {
    g.functions = FUNCTIONS.slice(0, i)
    if (g.chance(0.5)) out.push(definition(g, g.int(1, 2), name))
  })
  g.functions = FUNCTIONS
  const count = g.int(3, 14)
  for (let i = 0; i < count; i++) out.push(statement(g, g.int(1, 3)))
  if (g.chance(0.3)) out.push(`declare -p ${[...SCALARS, ...ARRAYS, ...MAPS].join(' ')}`)
  if (g.chance(0.3)) out.push('echo "end $?"')
  return out
}

/** Files and variables for the rest to work on, some of them left out. */
function prologue(g: Gen): string[] {
  const out: string[] = []
  if (g.chance(0.5)) out.push("echo 'one two' > file; printf '%s\\n' 'l 1' '' ' l3' > lines; : > a.txt > b.txt > .hid > 'sp ace' > Foo")
  if (g.chance(0.1)) out.push('echo \'echo "src $1 $#"; b=sourced; return 4\' > src')
  for (const name of SCALARS) if (g.chance(0.6)) out.push(`${name}=${value(g)}`)
  for (const name of NUMBERS) if (g.chance(0.7)) out.push(`${name}=${g.int(-3, 9)}`)
  for (const name of ARRAYS) if (g.chance(0.6)) out.push(`${name}=(${elements(g, 0)})`)
  for (const name of MAPS) if (g.chance(0.5)) out.push(`declare -A ${name}=(${pairs(g, 0)})`)
  if (g.chance(0.3)) out.push(`declare -n r=${g.pick(['a', 'A', 'M', 'A[1]', 'unset', 'M[x]', 'b'])}`)
  if (g.chance(0.3)) out.push(`p=${g.pick(['a', 'A', 'A[1]', 'A[@]', 'M[x]', 'unset', '1', '@'])}`)
  if (g.chance(0.5)) out.push(`set -- ${g.many(0, 3, () => value(g))}`)
  if (g.extglob) out.push('shopt -s extglob')
  if (g.chance(0.15)) out.push(`set ${g.pick(['-u', '-e', '-x', '-f', '-o pipefail', '-eE', '-T', '-a', '-C', '-k'])}`)
  return out
}

import type { OptionSpec } from './options.ts'

/** What an option does: the name of its argument, and a sentence. */
export interface OptionText {
  readonly arg: string
  readonly text: string
}

/** What a program's options do, in the order of the manual. */
export interface OptionTexts {
  /** By the name the program knows the option by: its letter, else its long name. */
  readonly described: ReadonlyMap<string, OptionText>
  /** Letters that are no options of their own: `chmod`'s modes, `seq`'s numbers. */
  readonly hidden: string
}

/** An option as it is written, `-w, --width=COLS`, and what it does. */
export interface OptionRow {
  readonly flags: string
  readonly text: string
}

/** Options of a program: those that have a description, and the others' names. */
export interface OptionList {
  readonly rows: readonly OptionRow[]
  readonly others: readonly string[]
}

interface Spelling {
  readonly short: boolean
  readonly longs: { readonly name: string; readonly arity: number }[]
  /** Arguments, as getopt(3) counts: 0 none, 1 required, 2 optional. */
  readonly arity: number
}

const WIDTH = 79
/** Column of the descriptions, as in coreutils' usage texts. */
const COLUMN = 29

function spellings(spec: OptionSpec): Map<string, Spelling> {
  const out = new Map<string, Spelling>()
  for (const [, letter = '', colons = ''] of (spec.short ?? '').matchAll(/([^:])(:{0,2})/g))
    out.set(letter, { short: true, longs: [], arity: colons.length })
  for (const word of (spec.long ?? '').split(/\s+/)) {
    const m = /^([^=:]+)(=\??)?(?::(.+))?$/.exec(word)
    if (m === null) continue
    const [, name = '', equals, letter = name] = m
    const long = { name, arity: equals?.length ?? 0 }
    const known = out.get(letter)
    if (known === undefined) out.set(letter, { short: false, longs: [long], arity: 0 })
    else known.longs.push(long)
  }
  return out
}

/** `-w, --width=COLS`, `-w COLS`, `    --color[=WHEN]`. */
function flags(letter: string, { short, longs, arity }: Spelling, arg: string): string {
  const long = longs.map((l) => `--${l.name}${['', `=${arg}`, `[=${arg}]`][l.arity]}`)
  if (!short) return `    ${long.join(', ')}`
  const own = long.length > 0 || arity === 0 ? `-${letter}` : arity === 1 ? `-${letter} ${arg}` : `-${letter}[${arg}]`
  return [own, ...long].join(', ')
}

/** The options of a program with what is known of them. */
export function optionList(spec: OptionSpec, texts: OptionTexts | undefined): OptionList {
  const all = spellings(spec)
  const rows: OptionRow[] = []
  for (const [name, { arg, text }] of texts?.described ?? []) {
    const spelling = all.get(name)
    if (spelling !== undefined) rows.push({ flags: flags(name, spelling, arg), text })
  }
  const others = [...all]
    .filter(([name, s]) => texts?.described.has(name) !== true && !(texts?.hidden.includes(name) === true && s.longs.length === 0))
    .map(([name, s]) => flags(name, s, 'ARG').trim())
  return { rows, others }
}

/** Words in lines of at most `width` columns. */
export function fill(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line += line === '' ? word : ` ${word}`
  }
  return line === '' ? lines : [...lines, line]
}

function row({ flags, text }: OptionRow): string {
  const [first = '', ...more] = fill(text.split(' '), WIDTH - COLUMN)
  const left = `  ${flags}`
  const lines = left.length < COLUMN - 1 ? [left.padEnd(COLUMN) + first] : [left, ' '.repeat(COLUMN) + first]
  return [...lines, ...more.map((line) => ' '.repeat(COLUMN + 2) + line)].join('\n')
}

/** The answer to `--help`: forms of the command line, then one option a line. Without texts: the options' names only. */
export function helpText(prog: string, definition: OptionSpec & { readonly usage?: string }, texts?: OptionTexts): string {
  const forms = (definition.usage ?? '[OPTION]... [ARG]...').split('\n')
  const usage = forms.map((form, i) => `${i === 0 ? 'Usage:' : '  or: '} ${prog} ${form}`.trimEnd()).join('\n')
  const { rows, others } = optionList(definition, texts)
  const last: OptionRow[] = [
    { flags: '    --help', text: 'display this help and exit' },
    { flags: '    --version', text: 'output version information and exit' },
  ]
  const title = rows.length === 0 ? 'Options that are modelled:' : 'Also modelled:'
  const list = others.length === 0 ? '' : `${fill([...title.split(' '), ...others.join(',\0').split('\0')], WIDTH).join('\n')}.\n\n`
  return `${usage}\n\n${[...rows, ...last].map((r) => `${row(r)}\n`).join('')}${list === '' ? '' : `\n${list.trimEnd()}\n`}`
}

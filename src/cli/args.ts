/** A command line that can't be taken: printed with where help is, exit 2. */
export class UsageError extends Error {}

/** What an option takes: nothing, a text, or a number. */
export type OptionType = 'flag' | 'text' | 'number'

export interface Parsed {
  readonly flags: ReadonlySet<string>
  readonly texts: ReadonlyMap<string, string>
  readonly numbers: ReadonlyMap<string, number>
  readonly rest: readonly string[]
}

/**
 * Parses `--name`, `--name value` and `--name=value`. With `stopAtFirst`, options end at the first argument: what follows
 * belongs to a script.
 */
export function parseArgs(argv: readonly string[], options: Readonly<Record<string, OptionType>>, stopAtFirst = false): Parsed {
  const flags = new Set<string>()
  const texts = new Map<string, string>()
  const numbers = new Map<string, number>()
  const rest: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (!word.startsWith('-') || word === '-') {
      if (stopAtFirst) return { flags, texts, numbers, rest: argv.slice(i) }
      rest.push(word)
      continue
    }
    if (word === '--') return { flags, texts, numbers, rest: [...rest, ...argv.slice(i + 1)] }
    const eq = word.indexOf('=')
    const name = (eq < 0 ? word : word.slice(0, eq)).replace(/^--?/, '')
    const type = options[name]
    if (type === undefined) throw new UsageError(`unknown option ${word}`)
    if (type === 'flag') {
      if (eq >= 0) throw new UsageError(`option --${name} takes no value`)
      flags.add(name)
      continue
    }
    const value = eq < 0 ? argv[++i] : word.slice(eq + 1)
    if (value === undefined) throw new UsageError(`option --${name} needs a value`)
    if (type === 'text') texts.set(name, value)
    else if (/^-?\d+(\.\d+)?$/.test(value)) numbers.set(name, Number(value))
    else throw new UsageError(`option --${name} needs a number, not ${JSON.stringify(value)}`)
  }
  return { flags, texts, numbers, rest }
}

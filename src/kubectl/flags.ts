/** Command-line flags as spf13/pflag parses them. */

export type FlagType = 'bool' | 'string' | 'int' | 'stringArray' | 'stringSlice' | 'duration' | 'tristate'

export interface Flag {
  readonly name: string
  readonly short?: string
  readonly type: FlagType
  /** As help shows it: `''`, `0`, `false`, `[]`, `30s`. */
  readonly default: string
  /** Value of the flag when it is given without one (`--dry-run`, `--watch`). */
  readonly noOptDefault?: string
  readonly usage: string
  /** Not in the help. */
  readonly hidden?: boolean
  /** pflag's message on use; the flag still works. */
  readonly deprecated?: string
}

/** A refused flag; printed with `See 'kubectl … --help' for usage.` */
export class FlagError extends Error {}

/** Values of the flags of one command line. */
export class FlagValues {
  readonly #values = new Map<string, string[]>()
  readonly #flags: ReadonlyMap<string, Flag>

  constructor(flags: Iterable<Flag>) {
    this.#flags = new Map([...flags].map((f) => [f.name, f]))
  }

  set(flag: Flag, value: string): void {
    const many = flag.type === 'stringArray' || flag.type === 'stringSlice'
    const values = flag.type === 'stringSlice' ? value.split(',') : [value]
    this.#values.set(flag.name, many ? [...(this.#values.get(flag.name) ?? []), ...values] : values)
  }

  /** Given on the command line. */
  changed(name: string): boolean {
    return this.#values.has(name)
  }

  string(name: string): string {
    return this.#values.get(name)?.[0] ?? this.#defaultOf(name)
  }

  bool(name: string): boolean {
    return this.string(name) === 'true'
  }

  int(name: string): number {
    return Number(this.string(name))
  }

  /** Duration in seconds. */
  seconds(name: string): number {
    return parseDuration(this.string(name)) ?? 0
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  #defaultOf(name: string): string {
    const text = this.#flags.get(name)?.default ?? ''
    return text === "''" ? '' : text.replace(/^'(.*)'$/, '$1')
  }
}

const UNITS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }

/** Go's time.ParseDuration, in seconds; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const sign = text.startsWith('-') ? -1 : 1
  const bare = text.replace(/^[-+]/, '')
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(bare)) return undefined
  let seconds = 0
  for (const [, n, unit] of bare.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) seconds += Number(n) * (UNITS[unit ?? 's'] ?? 1)
  return sign * seconds
}

/** Splits a command line into flags and arguments; everything after `--` is an argument (`dash` tells how many came before). */
export function parseFlags(argv: readonly string[], flags: readonly Flag[]): { values: FlagValues; args: string[]; dash: number } {
  const values = new FlagValues(flags)
  const args: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string
    if (word === '--') {
      const dash = args.length
      args.push(...argv.slice(i + 1))
      return { values, args, dash }
    }
    if (word.startsWith('--')) i = longFlag(word, argv, i, flags, values)
    else if (word.startsWith('-') && word.length > 1) i = shortFlags(word, argv, i, flags, values)
    else args.push(word)
  }
  return { values, args, dash: -1 }
}

function longFlag(word: string, argv: readonly string[], i: number, flags: readonly Flag[], values: FlagValues): number {
  const eq = word.indexOf('=')
  const name = (eq < 0 ? word.slice(2) : word.slice(2, eq)).replaceAll('_', '-')
  if (name === '' || name.startsWith('-')) throw new FlagError(`bad flag syntax: ${word}`)
  const flag = flags.find((f) => f.name === name)
  if (flag === undefined) throw new FlagError(`unknown flag: --${name}`)
  if (eq >= 0) assign(flag, word.slice(eq + 1), values)
  else if (withoutValue(flag) !== undefined) assign(flag, withoutValue(flag) ?? '', values)
  else {
    const next = argv[i + 1]
    if (next === undefined) throw new FlagError(`flag needs an argument: --${name}`)
    assign(flag, next, values)
    return i + 1
  }
  return i
}

function shortFlags(word: string, argv: readonly string[], i: number, flags: readonly Flag[], values: FlagValues): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at)
    const flag = flags.find((f) => f.short === letter)
    if (flag === undefined) throw new FlagError(`unknown shorthand flag: '${letter}' in ${word.slice(at - 1 === 0 ? 0 : 0)}`)
    const rest = word.slice(at + 1)
    if (rest.startsWith('=')) {
      assign(flag, rest.slice(1), values)
      return i
    }
    const bare = withoutValue(flag)
    if (bare !== undefined) {
      assign(flag, bare, values)
      continue
    }
    if (rest !== '') {
      assign(flag, rest, values)
      return i
    }
    const next = argv[i + 1]
    if (next === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${word.slice(1)}`)
    assign(flag, next, values)
    return i + 1
  }
  return i
}

function withoutValue(flag: Flag): string | undefined {
  return flag.noOptDefault ?? (flag.type === 'bool' ? 'true' : undefined)
}

function assign(flag: Flag, value: string, values: FlagValues): void {
  const label = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`
  const refuse = (why: string): never => {
    throw new FlagError(`invalid argument ${JSON.stringify(value)} for ${JSON.stringify(label)} flag: ${why}`)
  }
  switch (flag.type) {
    case 'bool': {
      const known = {
        true: 'true',
        t: 'true',
        T: 'true',
        TRUE: 'true',
        True: 'true',
        1: 'true',
        false: 'false',
        f: 'false',
        F: 'false',
        FALSE: 'false',
        False: 'false',
        0: 'false',
      }
      const bool = (known as Record<string, string>)[value] ?? refuse(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
      values.set(flag, bool)
      return
    }
    case 'int':
      if (!/^[-+]?\d+$/.test(value)) refuse(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
      values.set(flag, value)
      return
    case 'duration':
      if (parseDuration(value) === undefined) {
        refuse(
          /^[-+]?[\d.]+$/.test(value)
            ? `time: missing unit in duration ${JSON.stringify(value)}`
            : `time: invalid duration ${JSON.stringify(value)}`,
        )
      }
      values.set(flag, value)
      return
    default:
      values.set(flag, value)
  }
}

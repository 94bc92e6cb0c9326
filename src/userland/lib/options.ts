/**
 * Command line options as getopt_long(3) reads them: bundled short options, arguments attached or separate, long
 * names abbreviated, options after operands (unless `posix`), `--`.
 */

/** One option met: `name` is the short letter if there is one, else the long name. */
export interface Option {
  readonly name: string
  readonly value?: string
}

export interface OptionSpec {
  /** Short options as getopt(3) writes them: `ab:c::`. */
  readonly short?: string
  /**
   * Long options, separated by blanks: `all:a` (same as -a), `width=:w` (with an argument, same as -w), `color=?`
   * (optional argument), `full-time` (no short form).
   */
  readonly long?: string
  /** Stop at the first operand (POSIX; also for programs that run another program). */
  readonly posix?: boolean
  /** Treat `-NUMBER` as option `NUMBER` (head -5, nice -5). */
  readonly digits?: boolean
}

/** A command line that cannot be understood; the message is getopt's, without the program name. */
export class UsageError extends Error {
  override name = 'UsageError'
}

type Arity = 'none' | 'required' | 'optional'

interface Long {
  readonly name: string
  readonly canonical: string
  readonly arity: Arity
}

interface Compiled {
  readonly short: ReadonlyMap<string, Arity>
  readonly long: readonly Long[]
}

const compiled = new WeakMap<OptionSpec, Compiled>()

function compile(spec: OptionSpec): Compiled {
  const known = compiled.get(spec)
  if (known !== undefined) return known
  const short = new Map<string, Arity>()
  for (const m of (spec.short ?? '').matchAll(/([^:])(:{0,2})/g)) {
    short.set(m[1] ?? '', m[2] === '' ? 'none' : m[2] === ':' ? 'required' : 'optional')
  }
  const long: Long[] = []
  for (const word of `${spec.long ?? ''} help version`.split(/\s+/)) {
    const m = /^([^=:]+)(=\??)?(?::(.+))?$/.exec(word)
    if (m === null || long.some((l) => l.name === m[1])) continue
    const name = m[1] ?? ''
    long.push({
      name,
      canonical: m[3] ?? name,
      arity: m[2] === undefined ? 'none' : m[2] === '=' ? 'required' : 'optional',
    })
  }
  const out = { short, long }
  compiled.set(spec, out)
  return out
}

/** The options of a command line, in order, and its operands. */
export class Options {
  readonly list: readonly Option[]
  readonly operands: readonly string[]

  constructor(list: readonly Option[], operands: readonly string[]) {
    this.list = list
    this.operands = operands
  }

  has(...names: string[]): boolean {
    return this.list.some((o) => names.includes(o.name))
  }

  /** Value of the last `name`. */
  value(name: string): string | undefined {
    for (let i = this.list.length - 1; i >= 0; i--) if (this.list[i]?.name === name) return this.list[i]?.value
    return undefined
  }

  values(name: string): string[] {
    return this.list.filter((o) => o.name === name).map((o) => o.value ?? '')
  }

  /** The last of `names` that was given. */
  last(...names: string[]): string | undefined {
    for (let i = this.list.length - 1; i >= 0; i--) {
      const name = this.list[i]?.name
      if (name !== undefined && names.includes(name)) return name
    }
    return undefined
  }

  count(name: string): number {
    return this.list.filter((o) => o.name === name).length
  }
}

/** Parses `args` (without argv[0]). Throws {@link UsageError}. */
export function parseOptions(args: readonly string[], spec: OptionSpec): Options {
  const { short, long } = compile(spec)
  const list: Option[] = []
  const operands: string[] = []
  let i = 0
  const take = (): string | undefined => args[++i]
  for (; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      operands.push(...args.slice(i + 1))
      break
    }
    if (arg === '-' || !arg.startsWith('-')) {
      if (spec.posix) {
        operands.push(...args.slice(i))
        break
      }
      operands.push(arg)
      continue
    }
    if (arg.startsWith('--')) {
      parseLong(arg, long, take, list)
      continue
    }
    if (spec.digits && /^-\d/.test(arg)) {
      const m = /^-(\d+)(.*)$/.exec(arg)
      list.push({ name: 'NUMBER', value: m?.[1] ?? '' })
      if (m?.[2]) parseShort(m[2], short, take, list)
      continue
    }
    parseShort(arg.slice(1), short, take, list)
  }
  return new Options(list, operands)
}

function parseShort(cluster: string, short: ReadonlyMap<string, Arity>, take: () => string | undefined, list: Option[]): void {
  for (let k = 0; k < cluster.length; k++) {
    const name = cluster.charAt(k)
    const arity = short.get(name)
    if (arity === undefined) throw new UsageError(`invalid option -- '${name}'`)
    if (arity === 'none') {
      list.push({ name })
      continue
    }
    const attached = cluster.slice(k + 1)
    if (attached !== '') list.push({ name, value: attached })
    else if (arity === 'optional') list.push({ name })
    else {
      const value = take()
      if (value === undefined) throw new UsageError(`option requires an argument -- '${name}'`)
      list.push({ name, value })
    }
    return
  }
}

function parseLong(arg: string, long: readonly Long[], take: () => string | undefined, list: Option[]): void {
  const eq = arg.indexOf('=')
  const typed = eq < 0 ? arg.slice(2) : arg.slice(2, eq)
  const attached = eq < 0 ? undefined : arg.slice(eq + 1)
  const exact = long.find((l) => l.name === typed)
  const matches = exact !== undefined ? [exact] : long.filter((l) => l.name.startsWith(typed))
  const match = matches[0]
  if (match === undefined) throw new UsageError(`unrecognized option '--${typed}${attached === undefined ? '' : `=${attached}`}'`)
  if (matches.some((l) => l.canonical !== match.canonical)) {
    throw new UsageError(
      `option '--${typed}${attached === undefined ? '' : `=${attached}`}' is ambiguous; possibilities: ${matches.map((l) => `'--${l.name}'`).join(' ')}`,
    )
  }
  if (match.arity === 'none') {
    if (attached !== undefined) throw new UsageError(`option '--${match.name}' doesn't allow an argument`)
    list.push({ name: match.canonical })
  } else if (attached !== undefined) list.push({ name: match.canonical, value: attached })
  else if (match.arity === 'optional') list.push({ name: match.canonical })
  else {
    const value = take()
    if (value === undefined) throw new UsageError(`option '--${match.name}' requires an argument`)
    list.push({ name: match.canonical, value })
  }
}

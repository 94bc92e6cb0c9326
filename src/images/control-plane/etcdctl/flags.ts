/** etcdctl's flags and their environment variables. Source: etcd v3.6, etcdctl/ctlv3/ctl.go, pkg/flags. */
import type { Proc } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'

/** A message for fd 2, with the exit code that goes with it. */
export class UsageError extends Error {
  readonly code: number

  constructor(message: string, code: number) {
    super(message)
    this.code = code
  }
}

export const EXIT_ERROR = 1
export const EXIT_BAD_FEATURE = 4
export const EXIT_INTERRUPTED = 5
export const EXIT_BAD_ARGS = 128

/** Flags of every command. */
const GLOBAL: Readonly<Record<string, 'text' | 'flag'>> = {
  cacert: 'text',
  cert: 'text',
  'command-timeout': 'text',
  debug: 'flag',
  'dial-timeout': 'text',
  endpoints: 'text',
  hex: 'flag',
  'insecure-skip-tls-verify': 'flag',
  'insecure-transport': 'flag',
  'keepalive-time': 'text',
  'keepalive-timeout': 'text',
  key: 'text',
  'write-out': 'text',
}

/** Flags of each command. Without effect here: --consistency, --physical, --progress-notify, for one member answers at once. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, 'text' | 'flag'>>>> = {
  get: {
    consistency: 'text',
    'count-only': 'flag',
    'from-key': 'flag',
    'keys-only': 'flag',
    limit: 'text',
    order: 'text',
    prefix: 'flag',
    'print-value-only': 'flag',
    rev: 'text',
  },
  put: { 'prev-kv': 'flag' },
  del: { 'from-key': 'flag', prefix: 'flag', 'prev-kv': 'flag', range: 'flag' },
  watch: { prefix: 'flag', 'prev-kv': 'flag', 'progress-notify': 'flag', rev: 'text' },
  compaction: { physical: 'flag' },
  version: {},
  endpoint: { cluster: 'flag' },
  member: {},
}

/** Of etcdctl, but not here. */
const UNMODELLED = new Set(
  'alarm auth check completion defrag downgrade elect help lease lock make-mirror move-leader role snapshot txn user'.split(' '),
)

/** What a command line says. */
export interface Invocation {
  readonly command: string
  readonly args: readonly string[]
  readonly texts: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
  /** Environment variables ETCDCTL_* that mean nothing: `ETCDCTL_API=3`. */
  readonly unrecognized: readonly string[]
}

const env = (name: string): string => `ETCDCTL_${name.toUpperCase().replaceAll('-', '_')}`

/** Parses the command line, then the environment. Throws {@link UsageError}. */
export function parseCommandLine(proc: Proc): Invocation {
  const argv = proc.argv.slice(1)
  const command = argv.find((word, i) => !word.startsWith('-') && !takesValue(argv[i - 1])) ?? ''
  if (command === '')
    throw new UsageError(`podlab: the help of etcdctl is not modelled; commands: ${Object.keys(COMMANDS).join(', ')}`, EXIT_ERROR)
  const own = COMMANDS[command]
  if (own === undefined) {
    if (UNMODELLED.has(command)) throw new UsageError(`podlab: etcdctl ${command} is not modelled`, EXIT_ERROR)
    throw new UsageError(`Error: unknown command "${command}" for "etcdctl"\nRun 'etcdctl --help' for usage.`, EXIT_ERROR)
  }
  const known = { ...GLOBAL, ...own }
  const texts = new Map<string, string>()
  const flags = new Set<string>()
  const args: string[] = []
  let seen = false
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') {
      args.push(...argv.slice(i + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      if (seen || word !== command) args.push(word)
      seen ||= word === command
      continue
    }
    const equals = word.indexOf('=')
    const given = equals < 0 ? word : word.slice(0, equals)
    const name = given === '-w' ? 'write-out' : given.slice(2)
    const kind = known[name]
    if (kind === undefined || (!given.startsWith('--') && given !== '-w')) throw new UsageError(unknown(given), EXIT_ERROR)
    const value = equals < 0 ? undefined : word.slice(equals + 1)
    if (kind === 'text') {
      const text = value ?? argv[++i]
      if (text === undefined) throw new UsageError(`Error: flag needs an argument: ${given}`, EXIT_ERROR)
      texts.set(name, text)
    } else if (value === 'false') flags.delete(name)
    else flags.add(name)
  }
  const unrecognized = fromEnvironment(proc, texts, flags)
  return { command, args, texts, flags, unrecognized }
}

function takesValue(word: string | undefined): boolean {
  if (word === undefined || !word.startsWith('-') || word.includes('=')) return false
  const name = word === '-w' ? 'write-out' : word.slice(2)
  return GLOBAL[name] === 'text' || Object.values(COMMANDS).some((c) => c[name] === 'text')
}

function unknown(given: string): string {
  return given.startsWith('--') ? `Error: unknown flag: ${given}` : `Error: unknown shorthand flag: '${given.slice(1, 2)}' in ${given}`
}

function fromEnvironment(proc: Proc, texts: Map<string, string>, flags: Set<string>): string[] {
  const names = new Map(Object.keys(GLOBAL).map((name) => [env(name), name]))
  const unrecognized: string[] = []
  for (const entry of proc.environ) {
    if (!entry.startsWith('ETCDCTL_')) continue
    const at = entry.indexOf('=')
    const name = names.get(entry.slice(0, at))
    const value = entry.slice(at + 1)
    if (name === undefined) unrecognized.push(entry)
    else if (texts.has(name)) {
      throw new UsageError(`podlab: both --${name} and ${env(name)} are given: etcdctl ends at once`, EXIT_ERROR)
    } else if (value !== '' && GLOBAL[name] === 'text') texts.set(name, value)
    else if (value === 'true' || value === '1') flags.add(name)
  }
  return unrecognized
}

/** A flag's whole number; 0 when it is absent. */
export function numberOf(call: Invocation, name: string): number {
  const text = call.texts.get(name)
  if (text === undefined) return 0
  if (!/^-?\d+$/.test(text))
    throw new UsageError(
      `Error: invalid argument "${text}" for "--${name}" flag: strconv.ParseInt: parsing "${text}": invalid syntax`,
      EXIT_ERROR,
    )
  return Number(text)
}

/** A flag's duration, as Go writes them: `5s`, `500ms`, `1m`. */
export function durationOf(call: Invocation, name: string, otherwise: Micros): Micros {
  const text = call.texts.get(name)
  if (text === undefined) return otherwise
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text)
  if (match === null)
    throw new UsageError(`Error: invalid argument "${text}" for "--${name}" flag: time: invalid duration "${text}"`, EXIT_ERROR)
  const unit = { ms: SECOND / 1000, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND }[match[2] as 'ms' | 's' | 'm' | 'h']
  return Math.round(Number(match[1]) * unit)
}

import { UsageError } from '../lib/options.ts'
import { COLUMNS, FORMATS } from './ps-columns.ts'

/** A column asked for, perhaps with another heading. */
export interface Wanted {
  readonly name: string
  readonly header?: string
  readonly width?: number
}

/** A command line of ps(1), which mixes three styles. */
export interface PsOptions {
  /** -e, -A */
  all: boolean
  /** BSD a (everybody's, with a terminal), x (also without). */
  bsdA: boolean
  bsdX: boolean
  /** -a, -d, -N */
  sysvA: boolean
  sysvD: boolean
  negate: boolean
  running: boolean
  thisTty: boolean
  /** Lists by what they select: pid, ppid, comm, user, ruser, group, rgroup, tty, sid. */
  readonly lists: {
    readonly kind: SelectKind
    readonly values: readonly string[]
  }[]
  /** Columns, once a format was asked for. */
  format: Wanted[] | undefined
  /** BSD defaults (STAT, args). */
  bsd: boolean
  forest: boolean
  threads: boolean
  environment: boolean
  headers: boolean
  wide: number
  sort: { readonly name: string; readonly descending: boolean }[]
}

export type SelectKind = 'pid' | 'ppid' | 'comm' | 'user' | 'ruser' | 'group' | 'rgroup' | 'tty' | 'sid'

const words = (text: string): string[] => text.split(/[\s,]+/).filter((w) => w !== '')

/** Columns of `-o a,b=HEAD`: a heading takes the rest of its argument. */
export function parseFormat(text: string): Wanted[] {
  const out: Wanted[] = []
  let rest = text
  while (rest !== '') {
    const m = /^[\s,]*([^\s,=:]+)(?::(\d+))?(=?)/.exec(rest)
    if (m === null) break
    const name = m[1] ?? ''
    rest = rest.slice(m[0].length)
    if (!COLUMNS.has(name)) throw new UsageError(`error: unknown user-defined format specifier "${name}"`)
    const width = m[2] === undefined ? {} : { width: Number(m[2]) }
    if (m[3] === '=') {
      out.push({ name, header: rest, ...width })
      rest = ''
    } else out.push({ name, ...width })
  }
  if (out.length === 0) throw new UsageError('error: improper format list')
  return out
}

function named(format: string): Wanted[] {
  return format.split(' ').map((word) => {
    const [name = '', header] = word.split('=')
    return header === undefined ? { name } : { name, header }
  })
}

export function parsePs(args: readonly string[]): PsOptions {
  const o: PsOptions = {
    all: false,
    bsdA: false,
    bsdX: false,
    sysvA: false,
    sysvD: false,
    negate: false,
    running: false,
    thisTty: false,
    lists: [],
    format: undefined,
    bsd: false,
    forest: false,
    threads: false,
    environment: false,
    headers: true,
    wide: 0,
    sort: [],
  }
  let full = 0
  let long = false
  let jobs = false
  let spid: 'LWP' | 'SPID' | undefined
  const user: Wanted[] = []
  let i = 0
  const value = (rest: string, what: string): string => {
    if (rest !== '') return rest
    const next = args[++i]
    if (next === undefined) throw new UsageError(`error: ${what}`)
    return next
  }
  const MISSING: Readonly<Record<string, string>> = {
    pid: 'process ID list must follow -p',
    o: 'format specification must follow -o',
    C: 'list of command names must follow -C',
    u: 'list of users must follow -u',
    t: 'list of terminals (pty, tty...) must follow -t',
    g: 'list of session leaders OR effective group IDs must follow -g',
  }
  const list = (kind: SelectKind, text: string): void => {
    const values = words(text)
    if (kind === 'pid' || kind === 'ppid' || kind === 'sid') {
      for (const v of values) {
        if (!/^\d+$/.test(v)) throw new UsageError('error: process ID list syntax error')
        if (Number(v) < 1 || Number(v) > 2_147_483_647) throw new UsageError('error: process ID out of range')
      }
    }
    o.lists.push({ kind, values })
  }
  const bsdCluster = (text: string): void => {
    for (let k = 0; k < text.length; k++) {
      const c = text.charAt(k)
      const rest = text.slice(k + 1)
      switch (c) {
        case 'a':
          o.bsdA = true
          break
        case 'x':
          o.bsdX = true
          break
        case 'r':
          o.running = true
          break
        case 'T':
          o.thisTty = true
          break
        case 'e':
          o.environment = true
          break
        case 'f':
          o.forest = true
          break
        case 'h':
          o.headers = false
          break
        case 'w':
          o.wide++
          break
        case 'c':
          o.format = o.format ?? named(FORMATS.bsd.replace('args', 'comm'))
          break
        case 'u':
          o.format = named(FORMATS.bsdUser)
          break
        case 'j':
          o.format = named(FORMATS.bsdJobs)
          break
        case 'l':
          o.format = named(FORMATS.bsdLong)
          break
        case 'v':
          o.format = named(FORMATS.bsdVirtual)
          break
        case 'H':
        case 'm':
          o.threads = true
          break
        case 'o':
          user.push(...parseFormat(value(rest, 'format specification must follow o')))
          k = text.length
          break
        case 'p':
          list('pid', value(rest, 'process ID list must follow p'))
          k = text.length
          break
        case 'U':
          list('user', value(rest, 'list of users must follow U'))
          k = text.length
          break
        case 't':
          list('tty', value(rest, 'list of terminals must follow t'))
          k = text.length
          break
        case 'k':
          sortKeys(o, value(rest, "long sort specification must follow 'k'"))
          k = text.length
          break
        default:
          throw new UsageError('error: unsupported option (BSD syntax)')
      }
    }
    o.bsd = true
  }
  const sysvCluster = (text: string): void => {
    for (let k = 0; k < text.length; k++) {
      const c = text.charAt(k)
      const take = (what: string): string => {
        const v = value(text.slice(k + 1), what)
        k = text.length
        return v
      }
      switch (c) {
        case 'A':
        case 'e':
          o.all = true
          break
        case 'a':
          o.sysvA = true
          break
        case 'd':
          o.sysvD = true
          break
        case 'N':
          o.negate = true
          break
        case 'f':
          full = Math.max(full, 1)
          break
        case 'F':
          full = 2
          break
        case 'l':
          long = true
          break
        case 'j':
          jobs = true
          break
        case 'y':
          break
        case 'H':
          o.forest = true
          break
        case 'T':
          o.threads = true
          spid = 'SPID'
          break
        case 'L':
          o.threads = true
          spid = 'LWP'
          break
        case 'm':
          o.threads = true
          break
        case 'w':
          o.wide++
          break
        case 'o':
        case 'O':
          user.push(...parseFormat(take(MISSING['o'] ?? '')))
          break
        case 'p':
        case 'q':
          list('pid', take(MISSING['pid'] ?? ''))
          break
        case 'C':
          list('comm', take(MISSING['C'] ?? ''))
          break
        case 'u':
          list('user', take(MISSING['u'] ?? ''))
          break
        case 'U':
          list('ruser', take(MISSING['u'] ?? ''))
          break
        case 'G':
          list('rgroup', take(MISSING['g'] ?? ''))
          break
        case 'g':
          list('sid', take(MISSING['g'] ?? ''))
          break
        case 's':
          list('sid', take('list of session IDs must follow -s'))
          break
        case 't':
          list('tty', take(MISSING['t'] ?? ''))
          break
        default:
          throw new UsageError('error: unsupported SysV option')
      }
    }
  }
  for (; i < args.length; i++) {
    const arg = args[i] as string
    if (arg.startsWith('--')) {
      const m = /^--([\w-]+)(?:=(.*))?$/.exec(arg)
      const name = m?.[1] ?? ''
      const take = (what: string): string => m?.[2] ?? value('', what)
      switch (name) {
        case 'forest':
          o.forest = true
          break
        case 'no-headers':
        case 'no-heading':
        case 'noheaders':
        case 'noheading':
          o.headers = false
          break
        case 'headers':
        case 'cols':
        case 'columns':
        case 'width':
        case 'rows':
        case 'lines':
          if (name !== 'headers') take(`number of columns must follow --${name}`)
          break
        case 'sort':
          sortKeys(o, take("long sort specification must follow '--sort'"))
          break
        case 'format':
          user.push(...parseFormat(take(MISSING['o'] ?? '')))
          break
        case 'pid':
        case 'quick-pid':
          list('pid', take('process ID list must follow --pid'))
          break
        case 'ppid':
          list('ppid', take('process ID list must follow --ppid'))
          break
        case 'sid':
          list('sid', take('some sort of sid list must follow --sid'))
          break
        case 'tty':
          list('tty', take('list of terminals must follow --tty'))
          break
        case 'user':
          list('user', take('list of users must follow --user'))
          break
        case 'User':
          list('ruser', take('list of users must follow --User'))
          break
        case 'group':
          list('group', take('list of groups must follow --group'))
          break
        case 'Group':
          list('rgroup', take('list of groups must follow --Group'))
          break
        case 'deselect':
          o.negate = true
          break
        default:
          throw new UsageError('error: unknown gnu long option')
      }
      continue
    }
    if (/^-\d/.test(arg) || /^\d/.test(arg)) {
      list('pid', arg.replace(/^-/, ''))
      if (!arg.startsWith('-')) o.bsd = true
      continue
    }
    // `ps -ax` is not SysV: it is read as BSD, as procps does.
    if (arg.startsWith('-') && !/^-[^oOpqCuUGgst]*x/.test(arg)) sysvCluster(arg.slice(1))
    else bsdCluster(arg.replace(/^-/, ''))
  }
  if (user.length > 0) o.format = user
  else if (o.format === undefined && (full > 0 || long || jobs || spid !== undefined)) {
    let format: Wanted[]
    if (long)
      format = named(
        full > 0 ? FORMATS.long.replace('uid', 'uid_hack').replace('wchan', 'wchan stime').replace('comm=CMD', 'cmd') : FORMATS.long,
      )
    else if (full > 0) format = named(full === 2 ? FORMATS.extraFull : FORMATS.full)
    else format = named(FORMATS.default)
    if (jobs) {
      const at = format.findIndex((w) => w.name === 'ppid')
      format.splice(at < 0 ? format.findIndex((w) => w.name === 'pid') + 1 : at + 1, 0, { name: 'pgid' }, { name: 'sid' })
    }
    if (spid !== undefined) {
      const base = format.findIndex((w) => w.name === (spid === 'LWP' ? 'ppid' : 'pid'))
      const at = base < 0 ? format.findIndex((w) => w.name === 'pid') : base
      format.splice(at + 1, 0, { name: spid === 'LWP' ? 'lwp' : 'spid' })
      const c = format.findIndex((w) => w.name === 'c')
      if (spid === 'LWP' && c >= 0) format.splice(c + 1, 0, { name: 'nlwp' })
    }
    o.format = format
  }
  return o
}

function sortKeys(o: PsOptions, text: string): void {
  for (const word of text.split(',')) {
    const m = /^([+-]?)(.+)$/.exec(word)
    const name = m?.[2] ?? ''
    if (!COLUMNS.has(name)) throw new UsageError('error: unknown sort specifier')
    o.sort.push({ name, descending: m?.[1] === '-' })
  }
}

/** The columns when none were asked for. */
export function defaultFormat(o: PsOptions): Wanted[] {
  return named(o.bsd ? FORMATS.bsd : FORMATS.default)
}

import { Errno, strerror } from '#linux/errno.ts'
import { signalName, signalNumber } from '#linux/signal.ts'
import type { Rlimit } from '#linux/syscalls.ts'
import { quoteReusable } from '../expand/quote.ts'
import type { Shell } from '../interp/shell.ts'
import { duration } from '../interp/time.ts'
import { applyTrap, PSEUDO } from '../interp/traps.ts'
import { type Builtin, isName, parseOptions, usage } from './builtin.ts'

/** `TERM`, `SIGTERM`, `15`, `EXIT`, `0` … as a trap's name; undefined when there is no such. */
function trapName(spec: string): string | undefined {
  const upper = spec.toUpperCase().replace(/^SIG/, '')
  if (spec === '0') return 'EXIT'
  if ((PSEUDO as readonly string[]).includes(upper)) return upper
  const n = signalNumber(spec)
  return n === undefined || n === 0 ? undefined : signalName(n)
}

function order(name: string): number {
  if (name === 'EXIT') return 0
  const i = ['DEBUG', 'ERR', 'RETURN'].indexOf(name)
  return i >= 0 ? 100 + i : (signalNumber(name) ?? 0)
}

function printTraps(sh: Shell, names?: readonly string[]): void {
  const table = sh.inheritedTraps ?? sh.traps
  for (const name of names ?? [...table.keys()].sort((a, b) => order(a) - order(b))) {
    const trap = table.get(name)
    if (trap === undefined) continue
    const shown = (PSEUDO as readonly string[]).includes(name) || sh.isDash ? name : `SIG${name}`
    sh.out(`trap -- ${quoteReusable(trap.action, sh.utf8)} ${shown}\n`)
  }
}

const trap: Builtin = (sh, args) => {
  let list = args
  let print = false
  while (list[0] !== undefined && /^-[lp]+$/.test(list[0])) {
    if (list[0].includes('l')) {
      for (let n = 1, c = 0; n <= 64; n++) {
        const name = signalName(n)
        if (name === undefined || n === 32 || n === 33) continue
        c++
        sh.out(`${String(n).padStart(2)}) SIG${name}${c % 5 === 0 || n === 64 ? '\n' : '\t'}`)
      }
      return 0
    }
    print = true
    list = list.slice(1)
  }
  if (list[0] === '--') list = list.slice(1)
  else if (list[0] !== undefined && /^-[^lp]/.test(list[0])) {
    sh.complain(`${list[0].slice(0, 2)}: invalid option`)
    usage(sh)
    return 2
  }
  if (list.length === 0) {
    printTraps(sh)
    return 0
  }
  const bad = (spec: string): void => sh.complain(sh.isDash ? `${spec}: bad trap` : `${spec}: invalid signal specification`)
  if (print) {
    let status = 0
    for (const spec of list) {
      const name = trapName(spec)
      if (name === undefined) {
        bad(spec)
        status = 1
      } else printTraps(sh, [name])
    }
    return status
  }
  const [action, ...specs] = list as [string, ...string[]]
  // A first argument that is a number, or the only one, resets.
  const reset = action === '-' || specs.length === 0 || /^\d+$/.test(action)
  const targets = specs.length === 0 || /^\d+$/.test(action) ? list : specs
  if (specs.length === 0 && trapName(action) === undefined) {
    if (sh.isDash) return 0
    usage(sh)
    return 2
  }
  let status = 0
  if (sh.inheritedTraps !== undefined) sh.inheritedTraps = undefined
  for (const spec of targets) {
    const name = trapName(spec)
    if (name === undefined) {
      bad(spec)
      status = 1
      continue
    }
    const n = (PSEUDO as readonly string[]).includes(name) ? undefined : (signalNumber(name) as number)
    if (n !== undefined && sh.hardIgnored.has(n) && !sh.interactive) continue
    if (reset) sh.traps.delete(name)
    else sh.traps.set(name, { action })
    if (n !== undefined) applyTrap(sh, n)
    if (name === 'DEBUG' && sh.functionDepth > 0 && !reset) sh.debugInFunctions = true
    if (name === 'ERR' && sh.functionDepth > 0 && !reset) sh.errInFunctions = true
  }
  return status
}

/** A mode in symbols, `u=rwx,g=rx,o=rx`, applied to a mask. Undefined: not one. */
function symbolicMask(text: string, mask: number): number | undefined {
  let allowed = ~mask & 0o777
  for (const clause of text.split(',')) {
    const m = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause)
    if (m === null) return undefined
    const who = m[1] === '' || m[1]?.includes('a') ? 'ugo' : (m[1] as string)
    for (const op of (m[2] as string).match(/[-+=][rwxXst]*/g) ?? []) {
      let bits = 0
      if (op.includes('r')) bits |= 4
      if (op.includes('w')) bits |= 2
      if (op.includes('x')) bits |= 1
      for (const w of who) {
        const shift = w === 'u' ? 6 : w === 'g' ? 3 : 0
        if (op[0] === '=') allowed = (allowed & ~(7 << shift)) | (bits << shift)
        else if (op[0] === '+') allowed |= bits << shift
        else allowed &= ~(bits << shift)
      }
    }
  }
  return ~allowed & 0o777
}

const umask: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'pS')
  const mask = sh.proc.umask()
  const [mode] = o.rest
  if (mode === undefined) {
    const text = o.has('S')
      ? [
          ['u', 6],
          ['g', 3],
          ['o', 0],
        ]
          .map(([w, s]) => `${w}=${['r', 'w', 'x'].filter((_, i) => ((mask >> ((s as number) + 2 - i)) & 1) === 0).join('')}`)
          .join(',')
      : mask.toString(8).padStart(4, '0')
    sh.out(`${o.has('p') ? `umask ${o.has('S') ? '-S ' : ''}` : ''}${text}\n`)
    return 0
  }
  const octal = /^\d/.test(mode)
  const value = octal ? (/^[0-7]{1,4}$/.test(mode) ? Number.parseInt(mode, 8) : undefined) : symbolicMask(mode, mask)
  if (value === undefined) {
    sh.complain(
      sh.isDash
        ? `Illegal mode: ${mode}`
        : octal
          ? `${mode}: octal number out of range`
          : `\`${/[^ugoa,=+\-rwxXst]/.exec(mode)?.[0] ?? mode[0]}': invalid symbolic mode ${/^[ugoa]*[^ugoa=+-]/.test(mode) ? 'operator' : 'character'}`,
    )
    return sh.isDash ? 2 : 1
  }
  sh.proc.umask(value)
  if (o.has('S')) return umask(sh, ['-S'])
  return 0
}

interface Limit {
  readonly letter: string
  readonly name: string
  readonly unit: string
  readonly scale: number
  readonly resource?: Rlimit
  readonly fixed?: string
}

const LIMITS: readonly Limit[] = [
  { letter: 'R', name: 'real-time non-blocking time', unit: '(microseconds, -R)', scale: 1, resource: 'rttime' },
  { letter: 'c', name: 'core file size', unit: '(blocks, -c)', scale: 1024, resource: 'core' },
  { letter: 'd', name: 'data seg size', unit: '(kbytes, -d)', scale: 1024, resource: 'data' },
  { letter: 'e', name: 'scheduling priority', unit: '(-e)', scale: 1, resource: 'nice' },
  { letter: 'f', name: 'file size', unit: '(blocks, -f)', scale: 1024, resource: 'fsize' },
  { letter: 'i', name: 'pending signals', unit: '(-i)', scale: 1, resource: 'sigpending' },
  { letter: 'l', name: 'max locked memory', unit: '(kbytes, -l)', scale: 1024, resource: 'memlock' },
  { letter: 'm', name: 'max memory size', unit: '(kbytes, -m)', scale: 1024, resource: 'rss' },
  { letter: 'n', name: 'open files', unit: '(-n)', scale: 1, resource: 'nofile' },
  { letter: 'p', name: 'pipe size', unit: '(512 bytes, -p)', scale: 512, fixed: '8' },
  { letter: 'q', name: 'POSIX message queues', unit: '(bytes, -q)', scale: 1, resource: 'msgqueue' },
  { letter: 'r', name: 'real-time priority', unit: '(-r)', scale: 1, resource: 'rtprio' },
  { letter: 's', name: 'stack size', unit: '(kbytes, -s)', scale: 1024, resource: 'stack' },
  { letter: 't', name: 'cpu time', unit: '(seconds, -t)', scale: 1, resource: 'cpu' },
  { letter: 'u', name: 'max user processes', unit: '(-u)', scale: 1, resource: 'nproc' },
  { letter: 'v', name: 'virtual memory', unit: '(kbytes, -v)', scale: 1024, resource: 'as' },
  { letter: 'x', name: 'file locks', unit: '(-x)', scale: 1, resource: 'locks' },
]

function showLimit(sh: Shell, l: Limit, hard: boolean): string {
  if (l.resource === undefined) return l.fixed ?? ''
  const v = sh.proc.getrlimit(l.resource)[hard ? 'hard' : 'soft']
  return v === Number.POSITIVE_INFINITY || v < 0 ? 'unlimited' : String(Math.floor(v / l.scale))
}

/** The line of `ulimit -a`. */
function limitLine(sh: Shell, l: Limit, hard: boolean): string {
  return `${l.name.padEnd(20)}${l.unit.padStart(20)} ${showLimit(sh, l, hard)}\n`
}

const ulimit: Builtin = (sh, args) => {
  let hard = false
  let soft = false
  let all = false
  let letters: string[] = []
  let value: string | undefined
  for (const arg of args) {
    if (/^-[A-Za-z]+$/.test(arg)) {
      for (const c of arg.slice(1)) {
        if (c === 'H') hard = true
        else if (c === 'S') soft = true
        else if (c === 'a') all = true
        else if (LIMITS.some((l) => l.letter === c)) letters.push(c)
        else {
          sh.complain(`-${c}: invalid option`)
          usage(sh)
          return 2
        }
      }
    } else value = arg
  }
  if (all) {
    for (const l of LIMITS) sh.out(limitLine(sh, l, hard && !soft))
    return 0
  }
  if (letters.length === 0) letters = ['f']
  for (const c of letters) {
    const l = LIMITS.find((x) => x.letter === c) as Limit
    if (value === undefined) {
      sh.out(letters.length > 1 ? limitLine(sh, l, hard && !soft) : `${showLimit(sh, l, hard && !soft)}\n`)
      continue
    }
    if (l.resource === undefined) {
      sh.complain(`${l.name}: cannot modify limit: Invalid argument`)
      return 1
    }
    const now = sh.proc.getrlimit(l.resource)
    const wanted =
      value === 'unlimited'
        ? Number.POSITIVE_INFINITY
        : value === 'hard'
          ? now.hard
          : value === 'soft'
            ? now.soft
            : /^\d+$/.test(value)
              ? Number(value) * l.scale
              : undefined
    if (wanted === undefined) {
      sh.complain(`${value}: invalid number`)
      return 1
    }
    try {
      const both = !hard && !soft
      sh.proc.setrlimit(l.resource, soft || both ? wanted : now.soft, hard || both ? wanted : now.hard)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      sh.complain(`${l.name}: cannot modify limit: ${strerror(error)}`)
      return 1
    }
  }
  return 0
}

const times: Builtin = (sh, args) => {
  parseOptions(sh, args, '')
  const t = sh.proc.times()
  const f = (n: number): string => duration(n, sh.isDash ? 6 : 3, true)
  sh.out(`${f(t.user)} ${f(t.system)}\n${f(t.childUser)} ${f(t.childSystem)}\n`)
  return 0
}

const getopts: Builtin = (sh, args) => {
  const list = args[0] === '--' ? args.slice(1) : args
  const [spec, name, ...given] = list
  if (spec === undefined || name === undefined) {
    usage(sh)
    return 2
  }
  if (!isName(name)) {
    sh.complain(`\`${name}': not a valid identifier`)
    return 1
  }
  const words = list.length > 2 ? given : sh.positional
  const silent = spec.startsWith(':')
  let index = Math.max(1, Number.parseInt(sh.get('OPTIND') ?? '1', 10) || 1)
  const setIndex = (n: number): void => {
    const keep = sh.optionPosition
    sh.set('OPTIND', String(n))
    sh.optionPosition = keep
  }
  const word = words[index - 1]
  const end = (): number => {
    sh.scope.remove('OPTARG')
    sh.set(name, '?')
    sh.optionPosition = 1
    setIndex(index)
    return 1
  }
  if (sh.optionPosition === 1 && (word === undefined || !word.startsWith('-') || word === '-')) return end()
  if (sh.optionPosition === 1 && word === '--') {
    index++
    return end()
  }
  const c = word?.charAt(sh.optionPosition) ?? ''
  const known = c !== ':' && c !== '' && spec.includes(c)
  const takes = known && spec[spec.indexOf(c) + 1] === ':'
  const atEnd = sh.optionPosition + 1 >= (word?.length ?? 0)
  const report = (text: string): void => {
    if (!silent && sh.get('OPTERR') !== '0') sh.err(`${sh.arg0.replace(/^-/, '')}: ${text}\n`)
  }
  if (!takes) {
    if (atEnd) {
      index++
      sh.optionPosition = 1
    } else sh.optionPosition++
    setIndex(index)
    sh.scope.remove('OPTARG')
    if (known) sh.set(name, c)
    else {
      report(sh.isDash ? `Illegal option -${c}` : `illegal option -- ${c}`)
      if (silent) sh.set('OPTARG', c)
      sh.set(name, '?')
    }
    return 0
  }
  let value: string | undefined
  if (!atEnd) value = word?.slice(sh.optionPosition + 1)
  else {
    index++
    value = words[index - 1]
  }
  index++
  sh.optionPosition = 1
  if (value === undefined) {
    setIndex(index - 1)
    sh.scope.remove('OPTARG')
    report(sh.isDash ? `No arg for -${c} option` : `option requires an argument -- ${c}`)
    if (silent) sh.set('OPTARG', c)
    sh.set(name, silent ? ':' : '?')
    return 0
  }
  setIndex(index)
  sh.set('OPTARG', value)
  sh.set(name, c)
  return 0
}

export const system: Readonly<Record<string, Builtin>> = { trap, umask, ulimit, times, getopts }

import { commandHead } from '../syntax/print.ts'
import { SET_OPTIONS, type SetOption, SHOPTS } from './options.ts'
import type { Shell } from './shell.ts'
import { type Dynamic, Variable } from './variables.ts'

/** (Re)creates the variables that are computed when they are read. Source: bash, Bash Variables. */
export function installSpecials(sh: Shell): void {
  if (sh.isDash) {
    define(sh, 'LINENO', { get: () => String(sh.line), set: () => {} })
    return
  }
  const state = { seed: readSeed(sh), offset: 0, base: sh.startTime }
  define(sh, 'RANDOM', {
    get: () => {
      // The Park-Miller generator with bash's mixing: two draws in sequence never give the same number.
      const last = state.offset
      let n: number
      do {
        state.seed = next(state.seed)
        n = ((state.seed >>> 16) ^ (state.seed & 0xffff)) & 0x7fff
      } while (n === last)
      state.offset = n
      return String(n)
    },
    set: (v) => {
      state.seed = (Number.parseInt(v, 10) || 0) >>> 0
      state.offset = 0
    },
  })
  define(sh, 'SRANDOM', {
    get: () => {
      const b = sh.proc.getrandom(4)
      return String(((b[0] ?? 0) | ((b[1] ?? 0) << 8) | ((b[2] ?? 0) << 16) | ((b[3] ?? 0) << 24)) >>> 0)
    },
    set: () => {},
  })
  const seconds = { base: sh.startTime, add: 0 }
  define(sh, 'SECONDS', {
    get: () => String(Math.floor(sh.proc.now() / 1e6) - Math.floor(seconds.base / 1e6) + seconds.add),
    set: (v) => {
      seconds.base = sh.proc.now()
      seconds.add = Number.parseInt(v, 10) || 0
    },
  })
  define(sh, 'EPOCHSECONDS', { get: () => String(Math.floor(sh.proc.now() / 1e6)), set: () => {} })
  define(sh, 'EPOCHREALTIME', {
    get: () => {
      const t = sh.proc.now()
      return `${Math.floor(t / 1e6)}.${String(t % 1e6).padStart(6, '0')}`
    },
    set: () => {},
  })
  define(sh, 'LINENO', { get: () => String(sh.line), set: () => {} })
  define(sh, 'BASHPID', { get: () => String(sh.proc.pid), set: () => {} })
  define(sh, 'BASH_SUBSHELL', { get: () => String(sh.subshellLevel), set: () => {} })
  define(sh, 'BASH_COMMAND', { get: () => (sh.command === undefined ? '' : commandHead(sh.command)), set: () => {} })
  define(sh, 'BASH_ARGV0', {
    get: () => sh.arg0,
    set: (v) => {
      sh.arg0 = v
    },
  })
  define(sh, 'HISTCMD', { get: () => String(sh.history?.next ?? 1), set: () => {} })
  define(sh, '_', {
    get: () => sh.lastArgument,
    set: (v) => {
      sh.lastArgument = v
    },
  })
  define(sh, 'PIPESTATUS', { get: () => sh.pipestatus.map(String), set: () => {} })
  define(sh, 'GROUPS', { get: () => [...new Set([sh.proc.credentials().gid, ...sh.proc.credentials().groups])].map(String), set: () => {} })
  define(sh, 'DIRSTACK', { get: () => sh.directories.all(), set: () => {} })
  // Frames are kept innermost last; the arrays have them innermost first.
  const main = (): boolean => sh.frames.length > 0 && !sh.interactive && !sh.commandString
  define(sh, 'FUNCNAME', {
    get: () => (sh.functionDepth === 0 ? undefined : [...sh.frames.map((f) => f.name).reverse(), ...(main() ? ['main'] : [])]),
    set: () => {},
  })
  define(sh, 'BASH_SOURCE', {
    get: () => {
      const list = sh.frames.map((f) => f.source).reverse()
      return sh.interactive || sh.commandString ? list : [...list, sh.arg0]
    },
    set: () => {},
  })
  define(sh, 'BASH_LINENO', {
    get: () => {
      const list = sh.frames.map((f) => String(f.line)).reverse()
      return sh.interactive || sh.commandString ? list : [...list, '0']
    },
    set: () => {},
  })
  // Differs: empty in functions; with extdebug bash keeps the arguments of calls.
  const outside = (): boolean => sh.functionDepth === 0
  define(sh, 'BASH_ARGC', { get: () => (outside() ? [String(sh.positional.length)] : []), set: () => {} })
  define(sh, 'BASH_ARGV', { get: () => (outside() ? [...sh.positional].reverse() : []), set: () => {} })
  define(sh, 'SHELLOPTS', { get: () => (Object.keys(SET_OPTIONS) as SetOption[]).filter((n) => sh.options[n]).join(':') })
  define(sh, 'BASHOPTS', {
    get: () =>
      Object.keys(SHOPTS)
        .filter((n) => sh.shopts[n])
        .join(':'),
  })
  define(sh, 'BASH_ALIASES', { get: () => sh.aliases })
  define(sh, 'BASH_CMDS', { get: () => new Map([...sh.hash].map(([k, v]) => [k, v.path])) })
}

/** Computed variables with the integer attribute. */
const INTEGERS = new Set(['BASHPID', 'HISTCMD', 'RANDOM', 'SRANDOM'])

function define(sh: Shell, name: string, dynamic: Dynamic): void {
  const old = sh.scope.raw(name)
  // A variable that was unset, or made ordinary, stays so in subshells.
  const v = new Variable(name)
  if (old !== undefined) {
    v.exported = old.exported
    v.referenced = old.referenced
  }
  v.integer = INTEGERS.has(name)
  v.readonly = name === 'BASHOPTS' || name === 'SHELLOPTS'
  v.dynamic = dynamic
  sh.scope.table.set(name, v)
}

function readSeed(sh: Shell): number {
  const b = sh.proc.getrandom(4)
  return ((b[0] ?? 1) | ((b[1] ?? 0) << 8) | ((b[2] ?? 0) << 16) | ((b[3] ?? 0) << 24)) >>> 0
}

/** One step of the "minimal standard" generator, in Schrage's form. */
function next(seed: number): number {
  const s = seed === 0 ? 123_459_876 : seed | 0
  const h = Math.trunc(s / 127_773)
  const l = s - 127_773 * h
  const t = 16_807 * l - 2836 * h
  return (t < 0 ? t + 0x7fffffff : t) >>> 0
}

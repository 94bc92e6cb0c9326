import { setLine } from '../interp/declaration.ts'
import { ExitFlow } from '../interp/flow.ts'
import { SET_OPTIONS, type SetOption, SHOPTS } from '../interp/options.ts'
import type { Shell } from '../interp/shell.ts'
import { functionText } from '../syntax/print.ts'
import { type Builtin, invalidOption, parseOptions } from './builtin.ts'

const BY_LETTER = new Map<string, SetOption>(
  Object.entries(SET_OPTIONS)
    .filter(([, l]) => l !== '')
    .map(([name, l]) => [l, name as SetOption]),
)

export function isSetOption(name: string): name is SetOption {
  return Object.hasOwn(SET_OPTIONS, name)
}

/** Switches an option and what hangs on it. */
export function switchOption(sh: Shell, name: SetOption, on: boolean): void {
  sh.options[name] = on
  if (name === 'emacs' && on) sh.options.vi = false
  if (name === 'vi' && on) sh.options.emacs = false
  if (on && (name === 'vi' || name === 'emacs')) sh.bindings?.set('editing-mode', name)
  if (name === 'posix') {
    if (on) sh.shopts.expand_aliases = true
  }
  if (name === 'interactive-comments') sh.shopts.interactive_comments = on
}

/** The line of an option in `set -o` and `shopt`. */
export function optionLine(name: string, on: boolean): string {
  return `${name.padEnd(15)}\t${on ? 'on' : 'off'}\n`
}

function listOptions(sh: Shell, reusable: boolean): void {
  if (sh.isDash && !reusable) sh.out('Current option settings\n')
  for (const name of Object.keys(SET_OPTIONS) as SetOption[]) {
    sh.out(reusable ? `set ${sh.options[name] ? '-' : '+'}o ${name}\n` : optionLine(name, sh.options[name]))
  }
}

/** Computed variables that have no value until they are first asked for one. */
const LAZY = new Set([
  'BASHPID',
  'BASH_ARGC',
  'BASH_ARGV',
  'BASH_ARGV0',
  'BASH_COMMAND',
  'BASH_SUBSHELL',
  'DIRSTACK',
  'EPOCHREALTIME',
  'EPOCHSECONDS',
  'GROUPS',
  'HISTCMD',
  'LINENO',
  'RANDOM',
  'SECONDS',
  'SRANDOM',
])

const set: Builtin = (sh, args) => {
  if (args.length === 0) {
    for (const name of [...sh.scope.table.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      const v = sh.scope.raw(name)
      if (v === undefined || (!v.isSet && !v.isArray)) continue
      if (LAZY.has(name) && v.dynamic !== undefined && !v.referenced) {
        if (Array.isArray(v.dynamic.get())) sh.out(`${name}=()\n`)
        continue
      }
      sh.out(sh.isDash ? `${name}='${(v.scalar() ?? '').replaceAll("'", "'\"'\"'")}'\n` : `${setLine(v, sh.utf8)}\n`)
    }
    if (!sh.posix)
      for (const name of [...sh.functions.keys()].sort())
        sh.out(`${functionText(name, sh.functions.get(name)?.definition.body ?? EMPTY)}\n`)
    return 0
  }
  let i = 0
  let positional: readonly string[] | undefined
  for (; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      positional = args.slice(i + 1)
      break
    }
    if (arg === '-') {
      sh.options.xtrace = false
      sh.options.verbose = false
      if (i + 1 < args.length) positional = args.slice(i + 1)
      break
    }
    if (!/^[-+]./.test(arg)) {
      positional = args.slice(i)
      break
    }
    const on = arg[0] === '-'
    for (const c of arg.slice(1)) {
      if (c === 'o') {
        const name = args[i + 1]
        if (name === undefined || /^[-+]/.test(name)) {
          listOptions(sh, !on)
          continue
        }
        i++
        if (!isSetOption(name)) {
          if (sh.isDash) {
            sh.complain(`Illegal option ${arg[0]}o ${name}`)
            throw new ExitFlow(2)
          }
          sh.complain(`${name}: invalid option name`)
          return 2
        }
        switchOption(sh, name, on)
      } else {
        const name = BY_LETTER.get(c)
        if (name === undefined) {
          if (sh.isDash) {
            sh.complain(`Illegal option ${arg[0]}${c}`)
            throw new ExitFlow(2)
          }
          invalidOption(sh, `${arg[0]}${c}`)
        } else switchOption(sh, name, on)
      }
    }
  }
  if (positional !== undefined) sh.positional = [...positional]
  return 0
}

const EMPTY = { type: 'list', items: [], line: 0, redirects: [] } as const

const shopt: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'pqsuo')
  const quiet = o.has('q')
  const useSet = o.has('o')
  if (o.has('s') && o.has('u')) {
    sh.complain('cannot set and unset shell options simultaneously')
    return 1
  }
  const get = (name: string): boolean | undefined =>
    useSet
      ? isSetOption(name)
        ? sh.options[name]
        : undefined
      : name === 'login_shell'
        ? sh.loginShell
        : Object.hasOwn(SHOPTS, name)
          ? sh.shopts[name]
          : undefined
  const show = (name: string, on: boolean): void => {
    if (quiet) return
    if (o.has('p')) sh.out(useSet ? `set ${on ? '-' : '+'}o ${name}\n` : `shopt -${on ? 's' : 'u'} ${name}\n`)
    else sh.out(optionLine(name, on))
  }
  if (o.rest.length === 0) {
    for (const name of Object.keys(useSet ? SET_OPTIONS : SHOPTS)) {
      const on = get(name) === true
      if ((o.has('s') && !on) || (o.has('u') && on)) continue
      show(name, on)
    }
    return 0
  }
  let status = 0
  for (const name of o.rest) {
    const on = get(name)
    if (on === undefined) {
      sh.complain(useSet ? `${name}: invalid option name` : `${name}: invalid shell option name`)
      if (!useSet || !(o.has('s') || o.has('u'))) status = 1
      continue
    }
    if (o.has('s') || o.has('u')) {
      if (useSet && isSetOption(name)) switchOption(sh, name, o.has('s'))
      else if (name !== 'login_shell' && name !== 'restricted_shell') sh.shopts[name] = o.has('s')
    } else {
      show(name, on)
      if (!on) status = 1
    }
  }
  return status
}

export const settings: Readonly<Record<string, Builtin>> = { set, shopt }

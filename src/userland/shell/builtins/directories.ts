import { Errno, strerror } from '#linux/errno.ts'
import { StatusFlow } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import { type Builtin, parseOptions, usage } from './builtin.ts'

/** A path made absolute and free of `.` and `..`, without looking at links. */
export function logicalPath(base: string, path: string): string {
  const out: string[] = []
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') out.pop()
    else out.push(part)
  }
  return `/${out.join('/')}`
}

/** Changes the working directory and PWD, OLDPWD. Returns an error's words. */
function change(sh: Shell, target: string, physical: boolean): string | undefined {
  const old = sh.get('PWD') ?? safeCwd(sh)
  try {
    if (physical) {
      sh.proc.chdir(target)
      remember(sh, old, sh.proc.getcwd())
      return undefined
    }
    const path = logicalPath(old ?? '/', target)
    try {
      if (target.includes('..')) checkParents(sh, old ?? '/', target)
      sh.proc.chdir(path)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      sh.proc.chdir(target)
      remember(sh, old, safeCwd(sh) ?? path)
      return undefined
    }
    remember(sh, old, target.startsWith('//') && !target.startsWith('///') ? path : path)
    return undefined
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return strerror(error)
  }
}

/** `a/..` needs `a` to be a directory, although the name goes away. */
function checkParents(sh: Shell, base: string, target: string): void {
  let at = target.startsWith('/') ? '' : base
  for (const part of target.split('/')) {
    if (part === '..') {
      const st = sh.proc.stat(at === '' ? '/' : at)
      if ((st.mode & 0o170000) !== 0o040000) throw new Errno('ENOTDIR')
      at = at.replace(/\/[^/]*$/, '')
    } else if (part !== '' && part !== '.') at += `/${part}`
  }
}

function safeCwd(sh: Shell): string | undefined {
  try {
    return sh.proc.getcwd()
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

function remember(sh: Shell, old: string | undefined, now: string): void {
  if (old !== undefined) sh.set('OLDPWD', old)
  sh.set('PWD', now)
  for (const name of ['PWD', 'OLDPWD']) {
    const v = sh.scope.raw(name)
    if (v !== undefined && !sh.isDash) v.exported = true
  }
}

const cd: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, sh.isDash ? 'LP' : 'LPe@')
  const physical = o.options.findLast((x) => x.letter === 'L' || x.letter === 'P')?.letter === 'P' || (sh.options.physical && !o.has('L'))
  let [target] = o.rest
  let print = false
  if (o.rest.length > 1 && !sh.isDash) {
    sh.complain('too many arguments')
    return 1
  }
  if (target === undefined) {
    target = sh.get('HOME')
    if (target === undefined) {
      if (sh.isDash) return 0
      sh.complain('HOME not set')
      return 1
    }
    if (target === '') return 0
  } else if (target === '-') {
    target = sh.get('OLDPWD')
    if (target === undefined) {
      sh.complain('OLDPWD not set')
      return 1
    }
    print = true
  } else if (target === '' && !sh.isDash) {
    return 0
  }
  const fail = (why: string): number => {
    sh.complain(sh.isDash ? `can't cd to ${target}` : `${target}: ${why}`)
    return sh.isDash ? 2 : 1
  }
  const cdpath = sh.get('CDPATH')
  if (cdpath !== undefined && cdpath !== '' && !/^\.{0,2}(?:\/|$)/.test(target)) {
    for (const dir of cdpath.split(':')) {
      const full = dir === '' ? `./${target}` : `${dir.replace(/\/$/, '')}/${target}`
      if (!sh.proc.access(full, '')) continue
      if (change(sh, full, physical) === undefined) {
        if (dir !== '' && dir !== '.') print = true
        if (print) sh.out(`${sh.get('PWD')}\n`)
        return 0
      }
    }
  }
  let why = change(sh, target, physical)
  if (why !== undefined && sh.shopts.cdable_vars) {
    const value = sh.get(target)
    if (value !== undefined && change(sh, value, physical) === undefined) {
      sh.out(`${value}\n`)
      return 0
    }
  }
  if (why !== undefined && sh.shopts.cdspell && sh.interactive) why = change(sh, target, physical)
  if (why !== undefined) return fail(why)
  if (print) sh.out(`${sh.get('PWD')}\n`)
  return 0
}

const pwd: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'LP')
  const physical = o.options.at(-1)?.letter === 'P' || (sh.options.physical && o.options.at(-1)?.letter !== 'L')
  const logical = sh.get('PWD')
  try {
    if (!physical && logical !== undefined && logical.startsWith('/') && sameDirectory(sh, logical)) sh.out(`${logical}\n`)
    else sh.out(`${sh.proc.getcwd()}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (logical !== undefined && !physical) {
      sh.out(`${logical}\n`)
      return 0
    }
    sh.error(`${sh.builtinName}: error retrieving current directory: getcwd: cannot access parent directories: ${strerror(error)}`)
    return 1
  }
}

function sameDirectory(sh: Shell, path: string): boolean {
  try {
    const a = sh.proc.stat(path)
    const b = sh.proc.stat('.')
    return a.dev === b.dev && a.ino === b.ino
  } catch (error) {
    if (error instanceof Errno) return true
    throw error
  }
}

/** A directory with the home as `~`. */
export function withTilde(sh: Shell, path: string): string {
  const home = sh.get('HOME')
  if (home === undefined || home === '/' || home === '') return path
  return path === home ? '~' : path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

/** Index into the stack given by `+N` or `-N`; complains when there is no such entry. */
function stackIndex(sh: Shell, spec: string, length: number): number {
  if (!/^[-+]\d+$/.test(spec)) {
    sh.complain(`${spec}: invalid number`)
    usage(sh)
    throw new StatusFlow(2)
  }
  const n = Number(spec.slice(1))
  const i = spec.startsWith('+') ? n : length - 1 - n
  if (i < 0 || i >= length) {
    sh.complain(
      length === 1
        ? sh.builtinName === 'dirs'
          ? `directory stack empty`
          : 'directory stack empty'
        : `${sh.builtinName === 'dirs' ? spec.slice(1) : spec}: directory stack index out of range`,
    )
    throw new StatusFlow(1)
  }
  return i
}

const dirs: Builtin = (sh, args) => {
  let clear = false
  let long = false
  let lines = false
  let numbered = false
  let index: string | undefined
  for (const arg of args) {
    if (/^[-+]\d+$/.test(arg)) index = arg
    else if (arg === '--') continue
    else if (/^-[clpv]+$/.test(arg)) {
      clear ||= arg.includes('c')
      long ||= arg.includes('l')
      lines ||= /[pv]/.test(arg)
      numbered ||= arg.includes('v')
    } else {
      sh.complain(arg.startsWith('-') ? `${arg}: invalid option` : `${arg}: invalid option`)
      usage(sh)
      return 2
    }
  }
  if (clear) {
    sh.directories.entries = []
    return 0
  }
  const all = sh.directories.all()
  const show = (d: string): string => (long ? d : withTilde(sh, d))
  if (index !== undefined) {
    const i = stackIndex(sh, index, all.length)
    sh.out(`${numbered ? `${String(i).padStart(2)}  ` : ''}${show(all[i] as string)}\n`)
    return 0
  }
  sh.out(lines ? all.map((d, i) => `${numbered ? `${String(i).padStart(2)}  ` : ''}${show(d)}\n`).join('') : `${all.map(show).join(' ')}\n`)
  return 0
}

function goTo(sh: Shell, dir: string): boolean {
  const why = change(sh, dir, sh.options.physical)
  if (why === undefined) return true
  sh.complain(`${dir}: ${why}`)
  return false
}

const pushd: Builtin = (sh, args) => {
  const stay = args[0] === '-n'
  const list = (stay ? args.slice(1) : args).filter((a) => a !== '--')
  const all = sh.directories.all()
  const [arg] = list
  if (list.length > 1) {
    sh.complain('too many arguments')
    return 1
  }
  if (arg === undefined) {
    if (all.length < 2) {
      sh.complain('no other directory')
      return 1
    }
    if (!stay && !goTo(sh, all[1] as string)) return 1
    sh.directories.entries = [all[0] as string, ...all.slice(2)]
    return dirs(sh, [])
  }
  if (/^[-+]\d+$/.test(arg)) {
    const i = stackIndex(sh, arg, all.length)
    const rotated = [...all.slice(i), ...all.slice(0, i)]
    if (!stay && !goTo(sh, rotated[0] as string)) return 1
    sh.directories.entries = rotated.slice(1)
    return dirs(sh, [])
  }
  if (/^-./.test(arg)) {
    sh.complain(`${arg}: invalid option`)
    usage(sh)
    return 2
  }
  if (stay) sh.directories.entries.unshift(logicalPath(all[0] as string, arg))
  else {
    const target = arg === '-' ? (sh.get('OLDPWD') ?? '') : arg
    if (!goTo(sh, target)) return 1
    sh.directories.entries.unshift(all[0] as string)
  }
  return dirs(sh, [])
}

const popd: Builtin = (sh, args) => {
  const stay = args[0] === '-n'
  const [arg] = stay ? args.slice(1) : args
  const all = sh.directories.all()
  if (arg !== undefined && /^-./.test(arg) && !/^-\d+$/.test(arg) && arg !== '--') {
    sh.complain(`${arg}: invalid option`)
    usage(sh)
    return 2
  }
  if (arg !== undefined && !/^[-+]\d+$/.test(arg) && arg !== '--') {
    sh.complain(`${arg}: invalid argument`)
    usage(sh)
    return 2
  }
  if (all.length < 2) {
    sh.complain('directory stack empty')
    return 1
  }
  const i = arg === undefined || arg === '--' ? 0 : stackIndex(sh, arg, all.length)
  if (i === 0) {
    if (stay) sh.directories.entries.splice(0, 1)
    else {
      if (!goTo(sh, all[1] as string)) return 1
      sh.directories.entries = all.slice(2)
    }
  } else sh.directories.entries.splice(i - 1, 1)
  return dirs(sh, [])
}

export const directories: Readonly<Record<string, Builtin>> = { cd, pwd, dirs, pushd, popd }

import { Errno, strerror } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { commandsOf } from '../interp/eval.ts'
import { BreakFlow, call, DiscardFlow, ExitFlow, ReturnFlow, type Run } from '../interp/flow.ts'
import { enter } from '../interp/function.ts'
import { jobState } from '../interp/jobs.ts'
import { executeProgram, findProgram, searchPath } from '../interp/program.ts'
import type { Shell } from '../interp/shell.ts'
import { runTrap } from '../interp/traps.ts'
import { type Builtin, parseOptions, usage } from './builtin.ts'
import { logicalPath } from './directories.ts'

const number = (text: string): number | undefined => (/^\s*[-+]?\d+\s*$/.test(text) ? Number(text) : undefined)

function loopControl(kind: 'break' | 'continue'): Builtin {
  return (sh, args) => {
    const [first, second] = args[0] === '--' ? args.slice(1) : args
    if (sh.loops === 0) {
      if (!sh.isDash) sh.complain("only meaningful in a `for', `while', or `until' loop")
      return 0
    }
    let levels = 1
    if (first !== undefined) {
      const n = number(first)
      if (n === undefined) {
        sh.complain(sh.isDash ? `Illegal number: ${first}` : `${first}: numeric argument required`)
        // bash unwinds to the top with what `$?` was.
        throw new ExitFlow(sh.isDash ? 2 : sh.lastStatus | 128)
      }
      if (second !== undefined) {
        sh.complain('too many arguments')
        throw new DiscardFlow()
      }
      if (n < 1) {
        sh.complain(`${first}: loop count out of range`)
        throw new BreakFlow('break', sh.loops, 1)
      }
      levels = Math.min(n, sh.loops)
    }
    throw new BreakFlow(kind, levels)
  }
}

const doReturn: Builtin = (sh, args) => {
  const first = args[0] === '--' ? args[1] : args[0]
  let status = sh.lastStatus
  if (first !== undefined) {
    const n = number(first)
    if (n === undefined) {
      sh.complain(sh.isDash ? `Illegal number: ${first}` : `${first}: numeric argument required`)
      status = 2
    } else status = n & 0xff
  }
  if (sh.functionDepth === 0 && sh.sourceDepth === 0) {
    if (sh.isDash) throw new ExitFlow(status)
    sh.complain("can only `return' from a function or sourced script")
    return 2
  }
  throw new ReturnFlow(status)
}

function exitWith(sh: Shell, args: readonly string[], quiet = false): number {
  const first = args[0] === '--' ? args[1] : args[0]
  if (sh.interactive && !sh.subshell) {
    if (!sh.isDash && !quiet) sh.err(sh.loginShell ? 'logout\n' : 'exit\n')
    if (!sh.exitWarned && sh.jobs.list().some((j) => jobState(j) === 'stopped' || (sh.shopts.checkjobs && jobState(j) === 'running'))) {
      sh.err(sh.jobs.list().some((j) => jobState(j) === 'stopped') ? 'There are stopped jobs.\n' : 'There are running jobs.\n')
      sh.exitWarned = true
      return 1
    }
  }
  if (first !== undefined) {
    const n = number(first)
    if (n === undefined) {
      sh.complain(sh.isDash ? `Illegal number: ${first}` : `${first}: numeric argument required`)
      throw new ExitFlow(2)
    }
    if (args.length > (args[0] === '--' ? 2 : 1) && !sh.isDash) {
      sh.complain('too many arguments')
      throw new DiscardFlow()
    }
    throw new ExitFlow(n & 0xff)
  }
  throw new ExitFlow(sh.exitStatusBeforeTrap ?? sh.lastStatus)
}

/** The end of the file at a prompt: as `exit`. Throws {@link ExitFlow} unless there are stopped jobs. */
export function exitForEof(sh: Shell): void {
  exitWith(sh, [])
}

const logout: Builtin = (sh, args) => {
  if (!sh.loginShell) {
    sh.complain("not login shell: use `exit'")
    return 1
  }
  return exitWith(sh, args, true)
}

function* evaluate(sh: Shell, args: readonly string[]): Run<number> {
  const words = args[0] === '--' ? args.slice(1) : args
  if (words[0]?.startsWith('-') && words[0].length > 1 && args[0] !== '--') {
    parseOptions(sh, args, '')
  }
  const text = words.join(' ')
  if (text.trim() === '') return 0
  yield* enter(sh)
  const { builtinName } = sh
  sh.builtinName = undefined
  sh.callDepth++
  sh.traceLevel++
  try {
    return yield* call(commandsOf(sh, text, { line: sh.line, label: 'eval: ' }))
  } finally {
    sh.traceLevel--
    sh.callDepth--
    sh.builtinName = builtinName
  }
}

/** Runs a file in this shell. Source: bash, `.`. */
function* source(sh: Shell, args: readonly string[]): Run<number> {
  const { rest } = parseOptions(sh, args, '')
  const [name, ...params] = rest
  if (name === undefined) {
    sh.complain('filename argument required')
    usage(sh)
    return 2
  }
  let path = name
  if (!name.includes('/') && sh.shopts.sourcepath) {
    const found = searchReadable(sh, name)
    if (found !== undefined) path = found
    else if (sh.posix) {
      sh.complain(sh.isDash ? `${name}: not found` : `${name}: file not found`)
      throw new ExitFlow(sh.isDash ? 2 : 1)
    }
  }
  let text: string
  try {
    if ((sh.proc.stat(path).mode & S.IFMT) === S.IFDIR) throw new Errno('EISDIR')
    const fd = yield* sh.proc.open(path, 0)
    try {
      text = yield* sh.readAll(fd)
    } finally {
      sh.proc.close(fd)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (sh.isDash) {
      sh.complain(`cannot open ${name}: ${error.code === 'ENOENT' ? 'No such file' : strerror(error)}`)
      throw new ExitFlow(2)
    }
    sh.error(error.code === 'EISDIR' ? `${sh.builtinName}: ${name}: is a directory` : `${name}: ${strerror(error)}`)
    if (sh.posix && !sh.interactive) throw new ExitFlow(1)
    return 1
  }
  return yield* sourceText(sh, name, text, params)
}

function searchReadable(sh: Shell, name: string): string | undefined {
  for (const dir of (sh.get('PATH') ?? '').split(':')) {
    const full = `${dir === '' ? '.' : dir}/${name}`
    try {
      if ((sh.proc.stat(full).mode & S.IFMT) === S.IFREG && sh.proc.access(full, 'r', true)) return full
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return undefined
}

/** Runs text as the file `name`. */
export function* sourceText(sh: Shell, name: string, text: string, params: readonly string[]): Run<number> {
  yield* enter(sh)
  const outer = {
    positional: sh.positional,
    source: sh.sourceName,
    line: sh.line,
    builtin: sh.builtinName,
    loops: sh.loops,
    interactive: sh.interactive,
  }
  if (params.length > 0) sh.positional = [...params]
  const given = sh.positional
  sh.frames.push({ name: 'source', source: name, line: sh.line })
  sh.sourceName = name
  sh.sourceDepth++
  sh.callDepth++
  sh.traceLevel++
  sh.builtinName = undefined
  try {
    let status: number
    try {
      status = yield* call(commandsOf(sh, text, { line: 1 }))
    } catch (error) {
      if (!(error instanceof ReturnFlow)) throw error
      status = error.status
    }
    const trap = sh.traps.get('RETURN')
    if (trap !== undefined && trap.action !== '') yield* runTrap(sh, 'RETURN', trap.action)
    return status
  } finally {
    sh.traceLevel--
    sh.callDepth--
    sh.sourceDepth--
    sh.frames.pop()
    sh.sourceName = outer.source
    if (params.length > 0 && sh.positional === given) sh.positional = outer.positional
    else if (params.length > 0) sh.positional = outer.positional
    sh.line = outer.line
    sh.builtinName = outer.builtin
    sh.loops = outer.loops
  }
}

function* exec(sh: Shell, args: readonly string[]): Run<number> {
  const o = parseOptions(sh, args, 'cla:')
  if (o.rest.length === 0) return 0
  const name = o.rest[0] as string
  const { builtinName } = sh
  sh.builtinName = undefined
  // A relative path is made absolute: a `#!` script sees that as its $0.
  const place = name.includes('/') ? name : (searchPath(sh, name, sh.get('PATH')) ?? findProgram(sh, name, false))
  const path = place === undefined || sh.isDash ? place : logicalPath(sh.get('PWD') ?? '/', place)
  const argv0 = `${o.has('l') ? '-' : ''}${o.value('a') ?? name}`
  for (const signal of sh.interactive && !sh.subshell ? [2, 3, 15, 20, 21, 22] : [])
    if (sh.trapOf(signal)?.action !== '') sh.proc.sigaction(signal, 'default')
  const level = sh.get('SHLVL')
  if (level !== undefined) sh.set('SHLVL', String(Math.max(0, Number(level) - 1)))
  const status = yield* executeProgram(sh, o.rest, 'exec', argv0, o.has('c') ? [] : undefined, path)
  if (level !== undefined) sh.set('SHLVL', level)
  sh.builtinName = builtinName
  if (sh.interactive || sh.shopts.execfail) {
    for (const signal of [2, 3, 15, 20, 21, 22]) sh.defaultSignal(signal)
    return status
  }
  throw new ExitFlow(status)
}

const shift: Builtin = (sh, args) => {
  const first = args[0] === '--' ? args[1] : args[0]
  const n = first === undefined ? 1 : number(first)
  if (n === undefined) {
    sh.complain(sh.isDash ? `Illegal number: ${first}` : `${first}: numeric argument required`)
    if (sh.isDash) throw new ExitFlow(2)
    return 1
  }
  if (n < 0 || n > sh.positional.length) {
    if (sh.isDash) {
      sh.complain("can't shift that many")
      throw new ExitFlow(2)
    }
    if (n < 0 || sh.shopts.shift_verbose) sh.complain(`${first ?? n}: shift count out of range`)
    return 1
  }
  sh.positional = sh.positional.slice(n)
  return 0
}

const doLet: Builtin = (sh, args) => {
  const list = args[0] === '--' ? args.slice(1) : args
  if (list.length === 0) {
    sh.complain('expression expected')
    return 1
  }
  let v: number | bigint = 0
  for (const text of list) v = sh.arithmetic(text)
  return Number(v) === 0 ? 1 : 0
}

const caller: Builtin = (sh, args) => {
  const frames = sh.frames.toReversed()
  const n = args[0] === undefined ? 0 : (number(args[0]) ?? -1)
  if (args[0] !== undefined && n < 0) {
    sh.complain(`${args[0]}: invalid number`)
    usage(sh)
    return 2
  }
  const f = frames[n]
  if (f === undefined) {
    if (args[0] !== undefined) return 1
    sh.out(`${sh.commandString || sh.interactive ? 1 : 0} NULL\n`)
    return 0
  }
  const next = frames[n + 1]
  const file = next?.source ?? (sh.commandString || sh.interactive ? 'NULL' : sh.arg0)
  if (args[0] === undefined) sh.out(`${f.line} ${file}\n`)
  else {
    if (next === undefined && (sh.commandString || sh.interactive)) return 1
    sh.out(`${f.line} ${next?.name ?? 'main'} ${file}\n`)
  }
  return 0
}

export const control: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  break: loopControl('break'),
  continue: loopControl('continue'),
  return: doReturn,
  exit: (sh, args) => exitWith(sh, args),
  logout,
  eval: evaluate,
  '.': source,
  source,
  exec,
  shift,
  let: doLet,
  caller,
}

import type { FunctionDefinition } from '../syntax/ast.ts'
import { run } from './exec.ts'
import { call, DiscardFlow, ReturnFlow, type Run } from './flow.ts'
import type { Shell, ShellFunction } from './shell.ts'
import { runTrap } from './traps.ts'

/** Deeper recursion than this exhausts the stack of a real bash (8 MiB): it dies of SIGSEGV. */
export const MAX_CALL_DEPTH = 7000

export function defineFunction(sh: Shell, c: FunctionDefinition): number {
  sh.line = c.line
  const old = sh.functions.get(c.name)
  if (old?.readonly) {
    sh.error(`${c.name}: readonly function`)
    return 1
  }
  sh.functions.set(c.name, {
    definition: c,
    source: sh.sourceName || sh.arg0,
    exported: old?.exported ?? sh.options.allexport,
    readonly: false,
    trace: false,
  })
  return 0
}

/** Calls a function: positional parameters, local scope, FUNCNAME, RETURN trap. */
export function* callFunction(sh: Shell, name: string, f: ShellFunction, args: readonly string[]): Run<number> {
  const nest = Number(sh.get('FUNCNEST') ?? 0)
  if (nest > 0 && sh.functionDepth >= nest) {
    sh.error(`${name}: maximum function nesting level exceeded (${nest})`)
    throw new DiscardFlow()
  }
  yield* enter(sh)
  const outer = {
    positional: sh.positional,
    loops: sh.loops,
    source: sh.sourceName,
    options: sh.localOptions,
    debug: sh.debugInFunctions,
    err: sh.errInFunctions,
    line: sh.line,
    errorLine: sh.errorLine,
  }
  sh.positional = [...args]
  sh.loops = 0
  sh.localOptions = undefined
  sh.frames.push({ name, source: f.source, line: sh.line })
  sh.sourceName = f.source
  sh.line = f.definition.line
  sh.functionDepth++
  sh.callDepth++
  const inherit = sh.options.functrace || f.trace
  const outerReturn = sh.traps.get('RETURN')
  if (!inherit) {
    sh.debugInFunctions = sh.functionDepth > 0 && sh.options.functrace
    if (outerReturn !== undefined) sh.traps.delete('RETURN')
  }
  sh.errInFunctions = sh.options.errtrace
  sh.scope.push('function')
  let status = 0
  try {
    try {
      status = yield* call(run(sh, f.definition.body))
    } catch (error) {
      if (!(error instanceof ReturnFlow)) throw error
      status = error.status
      sh.lastStatus = status
    }
    const trap = sh.traps.get('RETURN')
    if (trap !== undefined && trap.action !== '') {
      sh.lastStatus = status
      yield* runTrap(sh, 'RETURN', trap.action)
    }
    return status
  } finally {
    sh.scope.pop()
    if (!inherit && outerReturn !== undefined && !sh.traps.has('RETURN')) sh.traps.set('RETURN', outerReturn)
    sh.callDepth--
    sh.functionDepth--
    sh.frames.pop()
    if (sh.localOptions !== undefined) Object.assign(sh.options, sh.localOptions)
    sh.positional = outer.positional
    sh.loops = outer.loops
    sh.sourceName = outer.source
    sh.localOptions = outer.options
    sh.debugInFunctions = outer.debug
    sh.errInFunctions = outer.err
    sh.line = outer.line
    sh.errorLine = outer.errorLine
  }
}

/** Dies as a process whose stack overflows. */
export function* enter(sh: Shell): Run<void> {
  if (sh.callDepth < MAX_CALL_DEPTH) return
  yield* sh.flush()
  sh.proc.sigaction(11, 'default')
  sh.proc.kill(sh.proc.pid, 11)
  yield* sh.proc.exit(139)
}

import { Errno, strerror } from '#linux/errno.ts'
import { ArithmeticError } from '../arithmetic/parse.ts'
import { assignsCompounds, compoundArgument } from '../builtins/compound.ts'
import { type Builtin, builtins, SPECIAL_BUILTINS } from '../builtins/index.ts'
import { quoteTrace } from '../expand/quote.ts'
import type { Assign, Simple, Word } from '../syntax/ast.ts'
import { commandText } from '../syntax/print.ts'
import { assign, assignValue } from './assign.ts'
import { DiscardFlow, ExitFlow, ExpansionError, type Run, StatusFlow } from './flow.ts'
import { forkShell } from './fork.ts'
import { callFunction } from './function.ts'
import { foreground } from './pipeline.ts'
import { executeProgram, findProgram } from './program.ts'
import { RedirectError, redirect, type Saved, undo } from './redirect.ts'
import { AssignmentError, type Shell } from './shell.ts'
import { trace } from './trace.ts'
import { debugTrap } from './traps.ts'

/** Runs a simple command. Source: bash, Simple Command Expansion; Command Search and Execution. */
export function* simple(sh: Shell, written: Simple, tail: boolean): Run<number> {
  const c = sh.options.keyword ? keywords(written) : written
  sh.line = c.line
  if (sh.trapsRunning.size === 0) {
    sh.errorLine = c.line
    sh.command = c
  }
  if (sh.traps.has('DEBUG') && !(yield* debugTrap(sh))) return sh.lastStatus
  sh.substitutionStatus = undefined
  const opened = sh.openSubstitutions.length
  try {
    const words = c.sync && !compounds(c.words) ? fieldsNow(sh, c.words) : yield* fields(sh, c.words)
    if (words.length === 0) return yield* assignments(sh, c)
    return yield* named(sh, c, words, tail)
  } finally {
    closeSubstitutions(sh, opened)
  }
}

/** `set -k`: assignments among the arguments are for the environment, too. */
function keywords(c: Simple): Simple {
  const name = c.words.findIndex((w) => w.assign === undefined)
  if (name < 0 || !c.words.some((w) => w.assign !== undefined)) return c
  const assigns = c.words.flatMap((w) => w.assign ?? [])
  return { ...c, assigns: [...c.assigns, ...assigns], words: c.words.filter((w) => w.assign === undefined) }
}

function closeSubstitutions(sh: Shell, keep: number): void {
  while (sh.openSubstitutions.length > keep) {
    try {
      sh.proc.close(sh.openSubstitutions.pop() as number)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}

function compounds(words: readonly Word[]): boolean {
  return words.some((w) => w.assign?.array !== undefined)
}

/** Assignments among the arguments are neither split nor globbed. */
function declares(sh: Shell, words: readonly Word[]): boolean {
  const first = words[0]?.bare
  return first !== undefined && assignsCompounds(first) && !sh.functions.has(first)
}

function fieldsNow(sh: Shell, words: readonly Word[]): string[] {
  const out: string[] = []
  const declaring = declares(sh, words)
  for (const w of words) {
    if (declaring && w.assign !== undefined) out.push(declared(sh, w.assign))
    else sh.expander.word(w, out)
  }
  return out
}

function* fields(sh: Shell, words: readonly Word[]): Run<string[]> {
  if (!declares(sh, words)) return yield* sh.expander.fieldsOf(words)
  const out: string[] = []
  for (const [i, w] of words.entries()) {
    const { assign: a } = w
    if (a === undefined) out.push(...(yield* sh.expander.fieldsOf([w])))
    else if (a.array === undefined || a.index !== undefined) out.push(yield* sh.expander.settle(() => declared(sh, a)))
    else out.push(yield* compoundArgument(sh, words, i, a))
  }
  return out
}

/** An argument of a declaration that is an assignment. */
function declared(sh: Shell, a: Assign): string {
  if (a.array !== undefined) return a.raw
  const index = a.index === undefined ? '' : `[${a.index.raw}]`
  return `${a.name}${index}${a.append ? '+' : ''}=${a.value === undefined ? '' : sh.expander.string(a.value, 'assign')}`
}

/** A command that is only assignments and redirections. Source: bash, Simple Command Expansion: the redirections come last. */
function* assignments(sh: Shell, c: Simple): Run<number> {
  if (sh.isDash) return (yield* redirectNothing(sh, c)) || (yield* assignAll(sh, c))
  const status = yield* assignAll(sh, c)
  if (c.redirects.length === 0) return status
  // A descriptor that gets a name is open in a process of its own only.
  if (!c.redirects.some((r) => typeof r.fd === 'string')) return (yield* redirectNothing(sh, c)) || status
  const pid = yield* forkShell(sh, (child) => redirectNothing(child, c))
  return (yield* foreground(sh, [{ pid, text: '' }], () => commandText(c))) || status
}

function* redirectNothing(sh: Shell, c: Simple): Run<number> {
  const saved: Saved[] = []
  try {
    yield* redirect(sh, c.redirects, saved)
    return 0
  } catch (error) {
    if (!(error instanceof RedirectError)) throw error
    sh.error(error.message)
    // While redirections done before still hold.
    yield* sh.flush()
    return sh.isDash ? 2 : 1
  } finally {
    undo(sh, saved)
  }
}

function* assignAll(sh: Shell, c: Simple): Run<number> {
  for (const a of c.assigns) {
    if (sh.options.xtrace) yield* tracedAssign(sh, a)
    else if (a.sync) assignValue(sh, a)
    else yield* assign(sh, a)
  }
  if (c.assigns.length > 0 && !sh.isDash) sh.lastArgument = ''
  return sh.substitutionStatus ?? 0
}

/** An assignment, shown when its value is known and before it is there; a compound one is shown as it is written. */
function* tracedAssign(sh: Shell, a: Assign): Run<void> {
  if (a.array !== undefined) {
    yield* trace(sh, a.raw)
    yield* assign(sh, a)
    return
  }
  const { value: word } = a
  const value = word === undefined ? '' : yield* sh.expander.settle(() => sh.expander.string(word, 'assign'))
  yield* trace(sh, `${a.raw.slice(0, a.raw.indexOf('=') + 1)}${value === '' ? '' : quoteTrace(value, sh.utf8)}`)
  yield* sh.expander.settle(() => {
    sh.expander.effect(() => {
      sh.assignText(a.name, a.index, value, a.append)
    })
  })
}

function* named(sh: Shell, c: Simple, words: string[], tail: boolean): Run<number> {
  // `%1` alone is `fg %1`.
  if (words[0]?.startsWith('%') && !sh.isDash && sh.forkedFor !== c) return yield* named(sh, c, ['fg', ...words], tail)
  const name = words[0] as string
  const f = name.includes('/') ? undefined : sh.functions.get(name)
  const b =
    f !== undefined && !(sh.posix && SPECIAL_BUILTINS.has(name)) ? undefined : sh.disabled.has(name) ? undefined : builtins(sh).get(name)
  if (sh.options.xtrace) {
    for (const a of c.assigns)
      yield* trace(
        sh,
        `${a.raw.slice(0, a.raw.indexOf('=') + 1)}${a.value === undefined ? '' : quoteTrace(a.value.sync ? sh.expander.string(a.value, 'assign') : a.value.raw, sh.utf8).replace(/^''$/, '')}`,
      )
    yield* trace(sh, words.map((w) => quoteTrace(w, sh.utf8)).join(' '))
  }
  if (b === undefined && f === undefined) {
    if (sh.shopts.autocd && sh.interactive && words.length === 1 && isDirectory(sh, name)) {
      sh.err(`cd -- ${quoteTrace(name, sh.utf8)}\n`)
      return yield* named(sh, c, ['cd', '--', name], tail)
    }
    return yield* external(sh, c, words, tail)
  }
  const saved: Saved[] = []
  const permanent = b !== undefined && name === 'exec'
  if (c.assigns.length > 0) {
    const keep = sh.posix && b !== undefined && SPECIAL_BUILTINS.has(name)
    if (keep) for (const a of c.assigns) yield* assign(sh, a)
    else yield* temporary(sh, c.assigns)
  }
  const pushed = c.assigns.length > 0 && !(sh.posix && b !== undefined && SPECIAL_BUILTINS.has(name))
  try {
    if (c.redirects.length > 0) {
      try {
        yield* redirect(sh, c.redirects, permanent ? undefined : saved)
      } catch (error) {
        if (!(error instanceof RedirectError)) throw error
        sh.error(error.message)
        // While redirections done before still hold.
        yield* sh.flush()
        if (sh.posix && SPECIAL_BUILTINS.has(name) && !sh.interactive) throw new ExitFlow(sh.isDash ? 2 : 1)
        if (permanent && !sh.interactive && !sh.shopts.execfail && words.length > 1) throw new ExitFlow(1)
        return 1
      }
    }
    if (f !== undefined && b === undefined) {
      const status = yield* callFunction(sh, name, f, words.slice(1))
      sh.lastArgument = words.at(-1) as string
      return status
    }
    const status = yield* runBuiltin(sh, name, b as Builtin, words.slice(1))
    // What ran inside (`eval`, `.`) is forgotten.
    if (sh.trapsRunning.size === 0) {
      sh.errorLine = c.line
      sh.command = c
    }
    if (saved.length > 0 && sh.unflushed) yield* sh.flush()
    sh.lastArgument = words.at(-1) as string
    return status > 255 && sh.forkedFor !== c ? 1 : status
  } finally {
    if (pushed) sh.scope.pop()
    undo(sh, saved)
  }
}

function isDirectory(sh: Shell, path: string): boolean {
  try {
    return (sh.proc.stat(path).mode & 0o170000) === 0o040000
  } catch {
    return false
  }
}

/** Assignments before a command: in scope, and exported, for as long as it runs. */
function* temporary(sh: Shell, assigns: readonly Assign[]): Run<void> {
  const values: { name: string; value: string }[] = []
  for (const a of assigns) {
    const old = sh.scope.raw(a.name)
    if (old?.readonly) {
      // The message is all: the command runs without it.
      sh.error(`${a.name}: readonly variable`)
      continue
    }
    const value = yield* sh.expander.settle(() => (a.value === undefined ? '' : sh.expander.string(a.value, 'assign')))
    values.push({ name: a.name, value: a.append ? (sh.get(a.name) ?? '') + value : value })
  }
  sh.scope.push('temporary')
  for (const { name, value } of values) {
    const { variable } = sh.scope.local(name, 'temporary')
    if (variable.dynamic === undefined) variable.value = value
    variable.exported = true
    if (sh.scope.watched.has(name)) sh.changed(name)
  }
}

/** Runs a builtin: its messages begin with its name, and what it printed is written. */
export function* runBuiltin(sh: Shell, name: string, fn: Builtin, args: readonly string[]): Run<number> {
  const outer = sh.builtinName
  sh.builtinName = name
  let status: number
  try {
    const result = fn(sh, args)
    status = typeof result === 'number' ? result : yield* result
  } catch (error) {
    if (error instanceof StatusFlow) status = error.status
    else if (error instanceof ArithmeticError) {
      // bash clears the builtin's name for subscripts, and drops the line.
      if (error.label === undefined) sh.complain(error.text)
      else sh.error(error.text)
      if (name !== 'let' || error.label !== undefined) {
        yield* sh.flush()
        throw new DiscardFlow()
      }
      status = 1
    } else if (error instanceof AssignmentError) {
      if (name === 'export' || name === 'readonly' || name === 'declare' || name === 'typeset' || name === 'local' || name === 'unset')
        sh.complain(error.message)
      else sh.error(error.message)
      if (sh.isDash && SPECIAL_BUILTINS.has(name)) throw new ExitFlow(2)
      status = 1
    } else if (error instanceof RedirectError) {
      sh.error(error.message)
      status = 1
    } else if (error instanceof Errno) {
      sh.complain(strerror(error))
      status = 1
    } else {
      sh.builtinName = undefined
      if (sh.unflushed) yield* sh.flush()
      throw error
    }
  } finally {
    sh.builtinName = outer
  }
  if (sh.unflushed) {
    sh.builtinName = name
    const failed = yield* sh.flush()
    if (failed !== undefined) {
      sh.complain(`write error: ${strerror(failed)}`)
      status = 1
      yield* sh.flush()
    }
    sh.builtinName = outer
  }
  return status
}

function* external(sh: Shell, c: Simple, words: string[], tail: boolean): Run<number> {
  sh.lastArgument = words.at(-1) as string
  const start = function* (child: Shell): Run<number> {
    try {
      yield* redirect(child, c.redirects)
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error
      child.error(error.message)
      yield* child.flush()
      return child.isDash ? 2 : 1
    }
    for (const a of c.assigns) {
      try {
        yield* assign(child, { ...a })
      } catch (error) {
        if (!(error instanceof AssignmentError)) throw error
        child.error(error.message)
        yield* child.flush()
        continue
      }
      const v = child.scope.raw(a.name)
      if (v !== undefined) v.exported = true
    }
    return yield* executeProgram(child, words, 'command')
  }
  if (tail && canReplace(sh)) {
    if (!sh.isDash && !sh.inPipeline) adjustLevel(sh)
    yield* sh.flush()
    throw new ExitFlow(yield* childErrors(sh, start(sh)))
  }
  // The place of the program is remembered here, not in the child that goes away.
  if (!c.assigns.some((a) => a.name === 'PATH')) findProgram(sh, words[0] as string)
  const pid = yield* forkShell(sh, (child) => childErrors(child, start(child)), { pgid: 0, foreground: true })
  return yield* foreground(sh, [{ pid, text: '' }], () => commandText(c))
}

/** The program takes this shell's place, so it is a level less deep. */
function adjustLevel(sh: Shell): void {
  const level = sh.scope.raw('SHLVL')
  if (level !== undefined && !level.readonly) level.value = String(Math.max(0, Number.parseInt(level.value ?? '0', 10) - 1 || 0))
}

/** Runs a program in the foreground, without functions and builtins (`command`). */
export function* runExternal(sh: Shell, words: readonly string[], path?: string): Run<number> {
  const pid = yield* forkShell(sh, (child) => executeProgram(child, words, 'command', undefined, undefined, path), {
    pgid: 0,
    foreground: true,
  })
  return yield* foreground(sh, [{ pid, text: '' }], () => words.join(' '))
}

/** Expansion errors in a child that only runs one command. */
function* childErrors(sh: Shell, body: Run<number>): Run<number> {
  try {
    return yield* body
  } catch (error) {
    if (error instanceof ExpansionError || error instanceof AssignmentError || error instanceof ArithmeticError) {
      sh.error(error instanceof ArithmeticError ? error.text : error.message)
      throw new DiscardFlow(1)
    }
    throw error
  }
}

/** Nothing is left to do for this shell when the program ends: no traps, no jobs to report. */
function canReplace(sh: Shell): boolean {
  if (sh.interactive && !sh.subshell) return false
  for (const [name, trap] of sh.traps) if (trap.action !== '' && name !== 'DEBUG' && name !== 'RETURN') return false
  return !sh.options.monitor
}

import { Errno } from '#linux/errno.ts'
import { ArithmeticError } from '../arithmetic/parse.ts'
import { compilePattern } from '../expand/pattern.ts'
import { quoteTrace } from '../expand/quote.ts'
import type { Command, List, Simple, Word } from '../syntax/ast.ts'
import { condition } from './condition.ts'
import { BreakFlow, call, DiscardFlow, ExitFlow, ExpansionError, type Run, StatusFlow } from './flow.ts'
import { defineFunction } from './function.ts'
import { coprocess, pipeline, startBackground, subshell } from './pipeline.ts'
import { RedirectError, redirect, type Saved, undo } from './redirect.ts'
import { selectLoop } from './select.ts'
import { AssignmentError, reason, type Shell } from './shell.ts'
import { simple } from './simple.ts'
import { trace } from './trace.ts'
import { debugTrap, errorTrap, runPending } from './traps.ts'

/** Compound commands after which the line is that of the command around them again. */
const RESTORING = new Set<Command['type']>(['for', 'arithfor', 'select', 'case', 'arith', 'cond', 'subshell', 'function', 'coproc'])

/** CPU time of one interpreted command, microseconds. */
const STEP = 4

/**
 * Runs a command and returns its exit status, which is also `$?` then. `tail`: nothing comes after it in this process, so
 * that an external program may take its place without a fork.
 */
export function* run(sh: Shell, c: Command, tail = false): Run<number> {
  if (sh.options.noexec && !sh.interactive) return sh.lastStatus
  switch (c.type) {
    case 'list':
      return yield* list(sh, c, tail)
    case 'andor': {
      let status = yield* inCondition(sh, c.first)
      const last = c.rest.length - 1
      for (let i = 0; i <= last; i++) {
        const { op, command } = c.rest[i] as (typeof c.rest)[number]
        if ((status === 0) !== (op === '&&')) continue
        status = i === last ? yield* run(sh, command, tail) : yield* inCondition(sh, command)
      }
      return status
    }
    case 'simple': {
      return yield* restoringLine(sh, simpleCommand(sh, c, tail))
    }
    default: {
      const redirected = c.redirects.length > 0 && c.type !== 'subshell' && c.type !== 'coproc'
      const body = guarded(sh, redirected ? withRedirects(sh, c) : compound(sh, c, tail))
      const status = yield* RESTORING.has(c.type) ? restoringLine(sh, body) : body
      // bash forgets to, after a subshell whose output goes to a pipe.
      if (c.type === 'pipeline') {
        const forgotten = c.commands.slice(0, -1).findLast((part) => part.type === 'subshell')
        if (forgotten !== undefined) sh.line = forgotten.line
      }
      return status
    }
  }
}

/** Runs a command of a pipeline in its own process. bash forks where a simple command would run, so its failure is the parent's business. */
export function* runForked(sh: Shell, c: Command): Run<number> {
  if (c.type !== 'simple') return yield* run(sh, c, true)
  sh.forkedFor = c
  return yield* guarded(sh, simple(sh, c, true))
}

/** What `$BASH_COMMAND` and the line of an ERR trap are from now on; traps change neither. */
function noteCommand(sh: Shell, c: Command): void {
  if (sh.trapsRunning.size > 0) return
  sh.errorLine = c.line
  sh.command = c
}

function* simpleCommand(sh: Shell, c: Simple, tail: boolean): Run<number> {
  return yield* finish(sh, c, yield* guarded(sh, simple(sh, c, tail)))
}

/** Puts the line of the command around back, after errors not: bash then goes on from the line that failed. */
function* restoringLine(sh: Shell, body: Run<number>): Run<number> {
  const { line } = sh
  try {
    const status = yield* body
    sh.line = line
    return status
  } catch (error) {
    if (error instanceof BreakFlow) sh.line = line
    throw error
  }
}

/** Sets `$?`; handles signals that came, the ERR trap and `set -e`. */
function* finish(sh: Shell, c: Command, status: number): Run<number> {
  sh.lastStatus = status
  if (c.type !== 'pipeline') {
    if (sh.pipestatus.length !== 1 || sh.pipestatus[0] !== status) sh.pipestatus = [status]
  }
  sh.charge(STEP)
  if (sh.cpuDue) yield* sh.settleCpu()
  if (sh.unflushed) yield* sh.flush()
  if (sh.interrupted) sh.checkInterrupt()
  if (sh.pendingSignals.length > 0) yield* runPending(sh)
  if (status !== 0 && sh.conditionDepth === 0) {
    if (c.type === 'pipeline' && c.negate) return status
    if (sh.traps.has('ERR')) yield* errorTrap(sh, status)
    if (sh.options.errexit) throw new ExitFlow(status)
  }
  return status
}

/** Turns failures of expansion into messages, and unwinds as far as bash does. */
export function* guarded(sh: Shell, body: Run<number>): Run<number> {
  try {
    return yield* body
  } catch (error) {
    if (error instanceof ExpansionError) {
      sh.error(error.message)
      yield* sh.flush()
      if (error.fatal) throw new ExitFlow(sh.isDash ? 2 : sh.commandString && !sh.subshell ? 127 : 1)
      throw new DiscardFlow(error.status)
    }
    if (error instanceof ArithmeticError) {
      sh.error(sh.isDash ? dashArithmetic(error) : error.text)
      yield* sh.flush()
      if (sh.isDash && !sh.interactive) throw new ExitFlow(2)
      throw new DiscardFlow()
    }
    if (error instanceof AssignmentError) {
      sh.error(error.message)
      yield* sh.flush()
      if (sh.isDash && !sh.interactive) throw new ExitFlow(2)
      throw new DiscardFlow()
    }
    if (error instanceof Errno && error.code === 'EAGAIN') {
      sh.error('fork: retry: Resource temporarily unavailable')
      throw new DiscardFlow(254)
    }
    if (error instanceof Errno) {
      sh.error(`fork: ${reason(error)}`)
      yield* sh.flush()
      throw new DiscardFlow(254)
    }
    throw error
  }
}

/** An arithmetic error in dash's words. */
function dashArithmetic(error: ArithmeticError): string {
  const what =
    error.message === 'division by 0'
      ? 'division by zero'
      : error.message.includes('operand expected')
        ? 'expecting primary'
        : 'expecting EOF'
  return `arithmetic expression: ${what}: "${error.expression}"`
}

/** Runs a command whose failure is not an error for `set -e` and the ERR trap. */
export function* inCondition(sh: Shell, c: Command): Run<number> {
  sh.conditionDepth++
  try {
    return yield* run(sh, c)
  } finally {
    sh.conditionDepth--
  }
}

function* list(sh: Shell, c: List, tail: boolean): Run<number> {
  let status = 0
  const { items } = c
  for (let i = 0; i < items.length; i++) {
    const { command, background } = items[i] as (typeof items)[number]
    if (background) {
      const { line } = sh
      yield* guarded(sh, startBackground(sh, command))
      sh.line = line
      status = 0
      sh.lastStatus = 0
    } else status = yield* run(sh, command, tail && i === items.length - 1)
  }
  return status
}

function* withRedirects(sh: Shell, c: Command): Run<number> {
  const saved: Saved[] = []
  if (c.type === 'arith' || c.type === 'cond' || c.type === 'arithfor') sh.line = c.line
  try {
    try {
      yield* guarded(sh, wrapRedirect(sh, c, saved))
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error
      sh.error(error.message)
      return yield* finish(sh, c, sh.isDash ? 2 : 1)
    }
    const status = yield* compound(sh, c, false)
    if (sh.unflushed) yield* sh.flush()
    return status
  } finally {
    undo(sh, saved)
  }
}

function* wrapRedirect(sh: Shell, c: Command, saved: Saved[]): Run<number> {
  yield* redirect(sh, c.redirects, saved)
  return 0
}

function* compound(sh: Shell, c: Command, tail: boolean): Run<number> {
  switch (c.type) {
    case 'group':
      return yield* list(sh, c.body, tail)
    case 'subshell':
      noteCommand(sh, c)
      return yield* finish(sh, c, yield* guarded(sh, subshell(sh, c, tail)))
    case 'pipeline':
      if (sh.trapsRunning.size === 0) sh.errorLine = sh.line
      return yield* finish(sh, c, yield* guarded(sh, pipeline(sh, c)))
    case 'if': {
      for (const clause of c.clauses) {
        if ((yield* inCondition(sh, clause.test)) === 0) return yield* list(sh, clause.body, tail)
      }
      if (c.otherwise !== undefined) return yield* list(sh, c.otherwise, tail)
      sh.lastStatus = 0
      return 0
    }
    case 'while':
    case 'until':
      return yield* loop(sh, c.body, () => inCondition(sh, c.test), c.type === 'until')
    case 'for':
      return yield* forLoop(sh, c)
    case 'select':
      return yield* selectLoop(sh, c)
    case 'arithfor':
      return yield* arithmeticFor(sh, c)
    case 'case':
      return yield* caseCommand(sh, c, tail)
    case 'arith':
      sh.line = c.line
      noteCommand(sh, c)
      if (sh.traps.has('DEBUG') && !(yield* debugTrap(sh))) return sh.lastStatus
      return yield* finish(sh, c, yield* arithmeticCommand(sh, c.expr))
    case 'cond': {
      sh.line = c.line
      noteCommand(sh, c)
      if (sh.traps.has('DEBUG') && !(yield* debugTrap(sh))) return sh.lastStatus
      return yield* finish(sh, c, yield* guarded(sh, conditional(sh, c)))
    }
    case 'function':
      return yield* finish(sh, c, defineFunction(sh, c))
    case 'coproc':
      return yield* guarded(sh, coprocess(sh, c))
    default:
      return yield* run(sh, c, tail)
  }
}

function* conditional(sh: Shell, c: Extract<Command, { type: 'cond' }>): Run<number> {
  try {
    let traced: string[] = []
    const evaluate = (): boolean => {
      traced = []
      return condition(sh, c.expr, sh.options.xtrace ? traced : undefined)
    }
    const result = c.sync ? evaluate() : yield* sh.expander.settle(evaluate)
    for (const primary of traced) yield* trace(sh, `[[ ${primary} ]]`)
    return result ? 0 : 1
  } catch (error) {
    if (error instanceof ArithmeticError) {
      // Of an expansion: errors of `-eq` and so on are told where they are compared.
      sh.error(error.text)
      throw new DiscardFlow()
    }
    // An invalid regular expression.
    if (error instanceof StatusFlow) return error.status
    throw error
  }
}

/** Repeats `body` while `test` gives 0 (or does not, for `until`); `break` and `continue` end here. */
function* loop(sh: Shell, body: List, test: () => Run<number>, until: boolean, step?: () => Run<boolean>): Run<number> {
  let status = 0
  sh.loops++
  try {
    for (;;) {
      try {
        if (((yield* test()) === 0) === until) break
        status = yield* list(sh, body, false)
      } catch (error) {
        if (!(error instanceof BreakFlow)) throw error
        status = error.status
        if (error.levels > 1) {
          error.levels--
          throw error
        }
        if (error.kind === 'break') break
      }
      if (step !== undefined && !(yield* step())) return 1
      sh.charge(1)
      if (sh.cpuDue) yield* sh.settleCpu()
    }
  } finally {
    sh.loops--
  }
  sh.lastStatus = status
  return status
}

/** Runs a loop's body once. True: go on. */
export function* iteration(sh: Shell, body: List, result: { status: number }): Run<boolean> {
  sh.loops++
  try {
    result.status = yield* list(sh, body, false)
    return true
  } catch (error) {
    if (!(error instanceof BreakFlow)) throw error
    result.status = error.status
    if (error.levels > 1) {
      error.levels--
      throw error
    }
    return error.kind === 'continue'
  } finally {
    sh.loops--
  }
}

function* forLoop(sh: Shell, c: Extract<Command, { type: 'for' | 'select' }>): Run<number> {
  sh.line = c.line
  if (!/^[A-Za-z_]\w*$/.test(c.name)) {
    sh.error(sh.isDash ? `Syntax error: Bad for loop variable` : `\`${c.name}': not a valid identifier`)
    if (sh.posix && !sh.interactive) throw new ExitFlow(sh.isDash ? 2 : 1)
    return yield* finish(sh, c, 1)
  }
  let values: readonly string[] = []
  yield* guarded(
    sh,
    (function* () {
      values = c.words === undefined ? sh.positional.slice() : yield* sh.expander.fieldsOf(c.words)
      return 0
    })(),
  )
  const result = { status: 0 }
  for (const value of values) {
    sh.line = c.line
    sh.command = c
    if (sh.traps.has('DEBUG') && !(yield* debugTrap(sh))) continue
    if (sh.options.xtrace) yield* trace(sh, `for ${c.name} in ${c.words?.map((w) => w.raw).join(' ') ?? '"$@"'}`)
    const v = sh.scope.raw(c.name)
    try {
      if (v?.nameref) {
        if (!/^[A-Za-z_]\w*(\[.+\])?$/s.test(value)) {
          sh.error(`\`${value}': not a valid identifier`)
          return yield* finish(sh, c, 1)
        }
        v.value = value
      } else sh.set(c.name, value)
    } catch (error) {
      if (!(error instanceof AssignmentError)) throw error
      sh.error(error.message)
      return yield* finish(sh, c, 1)
    }
    if (!(yield* iteration(sh, c.body, result))) break
    sh.charge(2)
    if (sh.cpuDue) yield* sh.settleCpu()
  }
  sh.lastStatus = result.status
  return result.status
}

function* arithmeticFor(sh: Shell, c: Extract<Command, { type: 'arithfor' }>): Run<number> {
  const evaluate = function* (w: Word, empty: number): Run<number | undefined> {
    sh.line = c.line
    if (w.raw.trim() === '') return empty
    const status = yield* arithmeticCommand(sh, w, true)
    return status === 2 ? undefined : status === 0 ? 1 : 0
  }
  if ((yield* evaluate(c.init, 1)) === undefined) return yield* finish(sh, c, 1)
  let broken = false
  const status = yield* loop(
    sh,
    c.body,
    function* () {
      const v = yield* evaluate(c.test, 1)
      if (v === undefined) broken = true
      return v === 1 ? 0 : 1
    },
    false,
    function* () {
      return (yield* evaluate(c.step, 1)) !== undefined
    },
  )
  return broken ? yield* finish(sh, c, 1) : status
}

function* caseCommand(sh: Shell, c: Extract<Command, { type: 'case' }>, tail: boolean): Run<number> {
  sh.line = c.line
  sh.command = c
  if (sh.traps.has('DEBUG') && !(yield* debugTrap(sh))) return sh.lastStatus
  if (sh.options.xtrace) yield* trace(sh, `case ${c.subject.raw} in`)
  let subject = ''
  const find = function* (): Run<number> {
    subject = c.subject.sync ? sh.expander.string(c.subject) : yield* sh.expander.settle(() => sh.expander.string(c.subject))
    return 0
  }
  yield* guarded(sh, find())
  let status = 0
  let falling = false
  for (const item of c.items) {
    let hit = falling
    for (const w of hit ? [] : item.patterns) {
      let pattern = ''
      yield* guarded(
        sh,
        (function* () {
          pattern = w.sync ? sh.expander.pattern(w) : yield* sh.expander.settle(() => sh.expander.pattern(w))
          return 0
        })(),
      )
      if (
        compilePattern(pattern, { extglob: sh.shopts.extglob === true, nocase: sh.shopts.nocasematch === true, utf8: sh.utf8 }).matches(
          subject,
        )
      ) {
        hit = true
        break
      }
    }
    if (!hit) continue
    status = item.body === undefined ? 0 : yield* list(sh, item.body, tail && item.end === ';;')
    if (item.end === ';;') break
    falling = item.end === ';&'
  }
  sh.lastStatus = status
  return status
}

/** `((…))`: 0 when the value is not 0; 1 when it is, or on an error. `bare`: errors give 2. */
function* arithmeticCommand(sh: Shell, expr: Word, bare = false): Run<number> {
  try {
    const text = expr.sync ? sh.expander.quotedText(expr) : yield* sh.expander.settle(() => sh.expander.quotedText(expr))
    if (sh.options.xtrace) yield* trace(sh, `(( ${text.trim()} ))`)
    return Number(sh.arithmetic(text)) !== 0 ? 0 : 1
  } catch (error) {
    if (error instanceof ArithmeticError) {
      if (error.label !== undefined) yield* guarded(sh, rethrow(error))
      sh.error(`((: ${error.text}`)
      return bare ? 2 : 1
    }
    if (error instanceof AssignmentError) {
      sh.error(error.message)
      return bare ? 2 : 1
    }
    if (error instanceof ExpansionError) yield* guarded(sh, rethrow(error))
    throw error
  }
}

function* rethrow(error: Error): Run<number> {
  throw error
}

/** Words as an xtrace line shows them. */
export function traceWords(sh: Shell, words: readonly string[]): string {
  return words.map((w) => quoteTrace(w, sh.utf8)).join(' ')
}

export { call }

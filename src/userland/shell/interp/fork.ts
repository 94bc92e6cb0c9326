import { Errno, strerror } from '#linux/errno.ts'
import { signalNumber } from '#linux/signal.ts'
import type { Proc, WaitStatus } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { substitutionText } from '../expand/expand.ts'
import { expandPrompt } from '../prompt.ts'
import type { CommandPart, List, Word } from '../syntax/ast.ts'
import { bodyText, functionText } from '../syntax/print.ts'
import { childShell } from './child.ts'
import { moveHigh } from './descriptors.ts'
import { commandsOf, newParser } from './eval.ts'
import { guarded, run } from './exec.ts'
import { BreakFlow, DiscardFlow, drive, ExitFlow, InterruptFlow, ReturnFlow, type Run } from './flow.ts'
import { reap, statusCode } from './jobs.ts'
import type { Shell } from './shell.ts'
import { runTrap } from './traps.ts'

/** Connects a shell's state to the interpreter. */
export function attach(sh: Shell): void {
  sh.functionText = (f) => functionText(f.definition.name, f.definition.body).replace(/^.*? \(\) \n/, '() ')
  sh.promptText = (text) => expandPrompt(sh, text)
  sh.substitute = (p) => substitute(sh, p)
  sh.processSubstitution = (op, body) => processSubstitution(sh, op, body)
}

/** CPU of a fork, microseconds. */
const FORK = 300

export interface ForkOptions {
  /** The child's group under job control: 0 a new one; undefined: the shell's. */
  readonly pgid?: number
  readonly background?: boolean
  readonly foreground?: boolean
}

/** Starts a child that runs `body` in a copy of this shell, and ends with its status. */
export function* forkShell(sh: Shell, body: (child: Shell) => Run<number>, options: ForkOptions = {}): Run<number> {
  yield* sh.flush()
  sh.charge(FORK)
  yield* sh.settleCpu()
  const control = sh.options.monitor
  const { ttyFd } = sh
  // The copy is made now: the child starts a little later, when this shell may have gone on.
  const child = childShell(sh, sh.proc)
  attach(child)
  const signals = signalsToReset(sh)
  const ignore = options.background === true && !sh.options.monitor
  // Set here, so that no signal can come before the child has done it itself.
  const kept = ignore ? [2, 3].map((n) => [n, sh.proc.sigaction(n, 'ignore')] as const) : []
  const pid = yield* retryFork(sh, (proc) =>
    childMain(sh, child, proc, body, {
      pgid: control ? options.pgid : undefined,
      foreground: options.foreground === true,
      signals,
      ignore,
    }),
  )
  for (const [n, action] of kept) sh.proc.sigaction(n, action)
  if (control && options.pgid !== undefined) {
    try {
      sh.proc.setpgid(pid, options.pgid === 0 ? pid : options.pgid)
      if (options.foreground && options.pgid === 0 && ttyFd !== undefined) sh.proc.tcsetpgrp(ttyFd, pid)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return pid
}

/** Longest pause between attempts, seconds: FORKSLEEP_MAX of bash. */
const RETRY_MAX = 16

/** fork(2); when there are too many processes, again after children have been collected and a growing pause. */
function* retryFork(sh: Shell, main: (proc: Proc) => Sim<number>): Run<number> {
  for (let pause = 1; ; pause *= 2) {
    try {
      return sh.proc.fork(main)
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EAGAIN' || pause > RETRY_MAX) throw error
      sh.error('fork: retry: Resource temporarily unavailable')
      yield* sh.flush()
      yield* reap(sh)
      yield* sh.proc.nanosleep(pause * 1_000_000)
      yield* reap(sh)
    }
  }
}

interface ChildStart {
  readonly pgid: number | undefined
  readonly foreground: boolean
  /** Signals to put back to their default. */
  readonly signals: readonly number[]
  /** A background job without job control: ^C and ^\ are not for it. */
  readonly ignore: boolean
}

function* childMain(parent: Shell, sh: Shell, proc: Proc, body: (child: Shell) => Run<number>, start: ChildStart): Sim<number> {
  sh.proc = proc
  if (start.pgid !== undefined) {
    try {
      proc.setpgid(0, start.pgid)
      if (start.foreground && parent.ttyFd !== undefined) proc.tcsetpgrp(parent.ttyFd, proc.getpgid())
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  for (const n of start.signals) proc.sigaction(n, 'default')
  if (start.ignore) {
    for (const n of [2, 3]) {
      if (!sh.hardIgnored.has(n)) proc.sigaction(n, 'ignore')
      sh.hardIgnored.add(n)
    }
  }
  return yield* drive(mainOf(sh, body))
}

/** Caught signals are reset in a child; so are those an interactive shell treats in its own way. */
function signalsToReset(sh: Shell): number[] {
  const out: number[] = []
  for (const [name, trap] of sh.traps) {
    const n = signalNumber(name)
    if (n !== undefined && n !== 0 && trap.action !== '') out.push(n)
  }
  if (sh.interactive && !sh.subshell) for (const n of [1, 2, 3, 15, 20, 21, 22, 28]) if (sh.trapOf(n) === undefined) out.push(n)
  return out
}

/** Runs a shell to its end: EXIT trap, output, exit status. */
export function* mainOf(sh: Shell, body: (sh: Shell) => Run<number>): Run<number> {
  let status: number
  try {
    status = yield* guarded(sh, body(sh))
  } catch (error) {
    status = flowStatus(sh, error)
  }
  return yield* finishShell(sh, status)
}

/** The status a shell ends with when `error` unwound it. */
export function flowStatus(sh: Shell, error: unknown): number {
  if (error instanceof ExitFlow || error instanceof DiscardFlow || error instanceof ReturnFlow || error instanceof InterruptFlow)
    return error.status
  if (error instanceof BreakFlow) return sh.lastStatus
  throw error
}

export function* finishShell(sh: Shell, status: number): Run<number> {
  sh.lastStatus = status
  let result = status
  const trap = sh.traps.get('EXIT')
  if (trap !== undefined && trap.action !== '') {
    sh.traps.delete('EXIT')
    try {
      yield* runTrap(sh, 'EXIT', trap.action)
    } catch (error) {
      result = flowStatus(sh, error)
    }
  }
  yield* sh.flush()
  yield* sh.settleCpu()
  return result & 0xff
}

/**
 * Waits for a child to end (or, with `untraced`, to stop). Other children that change state meanwhile are collected at once, as the handler
 * of SIGCHLD does; those that `early` has a place for will be waited for as well.
 */
export function* waitChild(
  sh: Shell,
  pid: number,
  options = 0,
  early: Map<number, WaitStatus | undefined> = new Map(),
): Run<WaitStatus | undefined> {
  const known = early.get(pid)
  if (known !== undefined) return known
  const all = sh.jobs.size > 0 || sh.proc.pid === 1
  for (;;) {
    try {
      const status = yield* sh.proc.wait(all ? -1 : pid, options)
      if (status === undefined || status.pid === pid) return status
      if (early.has(status.pid)) early.set(status.pid, status)
      else sh.childChanged(status)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'EINTR') continue
      return undefined
    }
  }
}

const renumberings = new WeakMap<CommandPart, { readonly line: number; readonly body: List }>()

/**
 * The body of `$(…)` with the line numbers that bash gives it: it keeps the text as it prints commands, and reads that again
 * from the line of the command at hand.
 */
function renumbered(sh: Shell, p: CommandPart): List {
  const body = p.body as List
  const known = renumberings.get(p)
  if (known !== undefined && (known.line === sh.line || known.body === body)) return known.body
  const text = bodyText(body)
  const again = text.includes('\n') || p.src.includes('\n') ? newParser(sh, `${text}\n)`, sh.line).substitutionBody() : body
  renumberings.set(p, { line: sh.line, body: again })
  return again
}

function substitutionPipe(sh: Shell): ReturnType<Proc['pipe']> | undefined {
  try {
    return sh.proc.pipe()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    sh.systemError('cannot make pipe for command substitution', error)
    return undefined
  }
}

/** `$(…)`: the output of commands, without trailing newlines. */
function* substitute(sh: Shell, p: CommandPart): Run<string> {
  const only = p.body?.items.length === 1 ? p.body.items[0]?.command : undefined
  if (
    only?.type === 'simple' &&
    only.words.length === 0 &&
    only.assigns.length === 0 &&
    only.redirects.length === 1 &&
    only.redirects[0]?.op === '<' &&
    (only.redirects[0].fd ?? 0) === 0
  )
    return yield* readInput(sh, only.redirects[0].target)
  const pipe = substitutionPipe(sh)
  if (pipe === undefined) return ''
  const { read, write } = pipe
  const { line } = sh
  const pid = yield* forkShell(sh, function* (child) {
    child.proc.close(read)
    if (write !== 1) {
      child.proc.dup2(write, 1)
      child.proc.close(write)
    }
    child.traceLevel++
    if (!child.shopts.inherit_errexit && !child.posix) child.options.errexit = false
    child.loops = 0
    if (p.body === undefined) return yield* commandsOf(child, p.src, { line, discardEnds: true, tail: true })
    const { command } = child
    const status = yield* run(child, renumbered(sh, p), true)
    child.command = command
    return status
  })
  sh.proc.close(write)
  let text: string
  try {
    text = yield* sh.readAll(read)
  } finally {
    sh.proc.close(read)
  }
  const status = yield* waitChild(sh, pid)
  if (status !== undefined) sh.substitutionStatus = statusCode(status)
  sh.lastStatus = sh.substitutionStatus ?? 0
  sh.line = line
  return substitutionText(withoutNulls(sh, text))
}

function withoutNulls(sh: Shell, text: string): string {
  if (!text.includes('\0')) return text
  sh.error('warning: command substitution: ignored null byte in input')
  return text.replaceAll('\0', '')
}

/** `$(< file)` */
function* readInput(sh: Shell, word: Word): Run<string> {
  const path = yield* sh.expander.settle(() => sh.expander.string(word))
  try {
    const fd = yield* sh.proc.open(path, 0)
    try {
      const text = yield* sh.readAll(fd)
      sh.substitutionStatus = 0
      return substitutionText(withoutNulls(sh, text))
    } finally {
      sh.proc.close(fd)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    sh.error(`${path}: ${strerror(error)}`)
    sh.substitutionStatus = 1
    return ''
  }
}

/** `<(…)`: starts the commands with a pipe; the value is its name under /dev/fd. */
function* processSubstitution(sh: Shell, op: '<' | '>', body: List): Run<string> {
  const { read, write } = sh.proc.pipe()
  const mine = op === '<' ? read : write
  const theirs = op === '<' ? write : read
  const pid = yield* forkShell(sh, function* (child) {
    child.proc.close(mine)
    child.proc.dup2(theirs, op === '<' ? 1 : 0)
    child.proc.close(theirs)
    for (const fd of child.openSubstitutions) {
      try {
        child.proc.close(fd)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    return yield* run(child, body, true)
  })
  sh.proc.close(theirs)
  const fd = moveHigh(sh.proc, mine)
  sh.openSubstitutions.push(fd)
  sh.lastBackground = pid
  sh.trackChildren = true
  return `/dev/fd/${fd}`
}

import { Errno } from '#linux/errno.ts'
import { O, W, type WaitStatus } from '#linux/syscalls.ts'
import type { Command } from '../syntax/ast.ts'
import { commandText } from '../syntax/print.ts'
import { moveHigh } from './descriptors.ts'
import { run, runForked } from './exec.ts'
import { ExitFlow, InterruptFlow, type Run } from './flow.ts'
import { forkShell, waitChild } from './fork.ts'
import { type JobProcess, jobLine, notifyJobs, reap, reportSignal, statusCode } from './jobs.ts'
import { RedirectError, redirect } from './redirect.ts'
import type { Shell } from './shell.ts'
import { timeReport } from './time.ts'

interface Started {
  readonly pid: number
  readonly text: string
}

/** Waits for the processes of a foreground job. Returns the status of the last one. */
export function* foreground(sh: Shell, started: readonly Started[], text: () => string): Run<number> {
  const control = sh.options.monitor
  const statuses: WaitStatus[] = []
  let stopped = false
  const early = new Map<number, WaitStatus | undefined>(started.map(({ pid }) => [pid, undefined]))
  for (const p of started) {
    const status = yield* waitChild(sh, p.pid, control ? W.UNTRACED : 0, early)
    if (status === undefined) continue
    statuses.push(status)
    if (status.stopped !== undefined) stopped = true
    if (status.stopped === undefined && sh.traps.get('CHLD')?.action) sh.pendingSignals.push(17)
  }
  if (control) takeTerminal(sh)
  const last = statuses.at(-1)
  sh.pipestatus = statuses.map(statusCode)
  if (stopped) {
    const processes: JobProcess[] = started.map((p, i) => ({
      pid: p.pid,
      text: p.text || text(),
      status: statuses[i],
      state: statuses[i]?.stopped === undefined ? 'done' : 'stopped',
    }))
    const job = sh.jobs.add({
      pgid: started[0]?.pid ?? 0,
      processes,
      text: text(),
      directory: sh.get('PWD') ?? '',
      background: true,
      control: true,
    })
    sh.err(`\n${jobLine(sh.jobs, job)}`)
    job.notified = true
    return statusCode(statuses.find((s) => s.stopped !== undefined))
  }
  if (last?.signal !== undefined) {
    // The terminal shows ^C; the rest of a list is dropped.
    if (sh.interactive && !sh.subshell && last.signal === 2) {
      sh.interrupted = false
      throw new InterruptFlow()
    }
    reportSignal(
      sh,
      started.map((p, i) => ({ pid: p.pid, text: p.text || text(), status: statuses[i], state: 'done' })),
    )
  }
  if (sh.jobs.size > 0 || sh.proc.pid === 1) {
    yield* reap(sh)
    if (!sh.interactive) notifyJobs(sh)
  }
  return statusCode(last)
}

/** The shell's own group becomes the foreground group again. */
export function takeTerminal(sh: Shell): void {
  if (sh.ttyFd === undefined || sh.subshell) return
  try {
    sh.proc.tcsetpgrp(sh.ttyFd, sh.shellPgid)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

type PipelineCommand = Extract<Command, { type: 'pipeline' }>

export function* pipeline(sh: Shell, c: PipelineCommand): Run<number> {
  const clock = c.time === undefined ? undefined : { start: sh.proc.now(), times: sh.proc.times() }
  let status: number
  if (c.commands.length === 0) status = 0
  else if (c.commands.length === 1) {
    const only = c.commands[0] as Command
    if (c.negate) sh.conditionDepth++
    try {
      status = yield* run(sh, only)
    } finally {
      if (c.negate) sh.conditionDepth--
    }
  } else status = yield* piped(sh, c)
  if (clock !== undefined) yield* timeReport(sh, c.time === 'posix', clock.start, clock.times)
  if (c.negate) status = status === 0 ? 1 : 0
  return status
}

function* piped(sh: Shell, c: PipelineCommand): Run<number> {
  const { started, last } = yield* startPipeline(sh, c, sh.shopts.lastpipe === true && !sh.options.monitor, false)
  if (last === undefined) {
    const code = yield* foreground(sh, started, () => commandText(c))
    return pipefail(sh, code)
  }
  // lastpipe: the last command runs here, reading from the pipe.
  const saved = sh.proc.dup(0, 10, true)
  sh.proc.dup2(last, 0)
  sh.proc.close(last)
  let status: number
  try {
    status = yield* run(sh, c.commands.at(-1) as Command)
    yield* sh.flush()
  } finally {
    sh.proc.dup2(saved, 0)
    sh.proc.close(saved)
  }
  const codes: number[] = []
  for (const p of started) codes.push(statusCode(yield* waitChild(sh, p.pid)))
  sh.pipestatus = [...codes, status]
  return pipefail(sh, status)
}

function pipefail(sh: Shell, status: number): number {
  return sh.options.pipefail ? (sh.pipestatus.findLast((s) => s !== 0) ?? 0) : status
}

/** Starts the commands of a pipeline. `keepLast`: the last one is not started; its end of the pipe is returned. */
function* startPipeline(
  sh: Shell,
  c: PipelineCommand,
  keepLast: boolean,
  background: boolean,
): Run<{ started: Started[]; last: number | undefined }> {
  const started: Started[] = []
  let input: number | undefined
  let pgid = 0
  const n = c.commands.length
  for (let i = 0; i < n; i++) {
    if (keepLast && i === n - 1) return { started, last: input }
    const command = c.commands[i] as Command
    const pipe = i < n - 1 ? sh.proc.pipe() : undefined
    const from = input
    if (command.type === 'simple' || command.type === 'subshell') sh.command = command
    const pid = yield* forkShell(
      sh,
      function* (child) {
        if (from !== undefined) {
          child.proc.dup2(from, 0)
          child.proc.close(from)
        } else if (background && !child.options.monitor) yield* nullInput(child, sh)
        if (pipe !== undefined) {
          child.proc.close(pipe.read)
          child.proc.dup2(pipe.write, 1)
          child.proc.close(pipe.write)
          if (c.stderr[i]) child.proc.dup2(1, 2)
        }
        child.loops = 0
        child.inPipeline = command.type !== 'subshell'
        return yield* runForked(child, command)
      },
      { pgid, foreground: !background, background },
    )
    if (i === 0 && sh.options.monitor) pgid = pid
    started.push({ pid, text: commandText(command) })
    if (from !== undefined) sh.proc.close(from)
    if (pipe !== undefined) sh.proc.close(pipe.write)
    input = pipe?.read
  }
  return { started, last: undefined }
}

/** A background command without job control reads from /dev/null. */
function* nullInput(child: Shell, parent: Shell): Run<void> {
  if (parent.options.monitor) return
  try {
    const fd = yield* child.proc.open('/dev/null', O.RDONLY)
    if (fd !== 0) {
      child.proc.dup2(fd, 0)
      child.proc.close(fd)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** `command &` */
export function* startBackground(sh: Shell, c: Command): Run<number> {
  let started: Started[]
  const text = commandText(c)
  sh.line = c.line
  if (c.type === 'pipeline' && c.commands.length > 1 && !c.negate && c.time === undefined)
    started = (yield* startPipeline(sh, c, false, true)).started
  else {
    const pid = yield* forkShell(
      sh,
      function* (child) {
        yield* nullInput(child, sh)
        child.loops = 0
        return yield* runForked(child, c)
      },
      { pgid: 0, background: true },
    )
    started = [{ pid, text }]
  }
  const last = started.at(-1)?.pid as number
  sh.lastBackground = last
  const job = sh.jobs.add({
    pgid: started[0]?.pid ?? last,
    processes: started.map((p) => ({ pid: p.pid, text: p.text, status: undefined, state: 'running' as const })),
    text,
    directory: sh.get('PWD') ?? '',
    background: true,
    control: sh.options.monitor,
  })
  if (sh.interactive && !sh.subshell) sh.err(`[${job.id}] ${last}\n`)
  return 0
}

/** `( … )` */
export function* subshell(sh: Shell, c: Extract<Command, { type: 'subshell' | 'group' }>, tail: boolean): Run<number> {
  sh.line = c.line
  const body = function* (child: Shell): Run<number> {
    child.loops = 0
    child.jobs.clear()
    if (c.redirects.length > 0) {
      try {
        yield* redirect(child, c.redirects)
      } catch (error) {
        if (!(error instanceof RedirectError)) throw error
        child.error(error.message)
        return child.isDash ? 2 : 1
      }
    }
    return yield* run(child, c.body, child.traps.get('EXIT') === undefined)
  }
  // Already in a child that does nothing else: no second fork.
  if (tail && sh.subshell && !sh.traps.has('EXIT')) {
    sh.subshellLevel++
    throw new ExitFlow(yield* body(sh))
  }
  const pid = yield* forkShell(sh, body, { pgid: 0, foreground: true })
  return yield* foreground(sh, [{ pid, text: '' }], () => commandText(c))
}

/** A pipe for a coprocess, out of the way of the script's descriptors. */
function highPipe(sh: Shell): { readonly read: number; readonly write: number } {
  const { read, write } = sh.proc.pipe()
  return { read: moveHigh(sh.proc, read, true), write: moveHigh(sh.proc, write, true) }
}

/** `coproc NAME command`: two pipes in the array NAME, the process in NAME_PID. */
export function* coprocess(sh: Shell, c: Extract<Command, { type: 'coproc' }>): Run<number> {
  for (const [name, { pid }] of sh.coprocs) sh.error(`warning: execute_coproc: coproc [${pid}:${name}] still exists`)
  const fromChild = highPipe(sh)
  const toChild = highPipe(sh)
  const pid = yield* forkShell(
    sh,
    function* (child) {
      child.proc.dup2(toChild.read, 0)
      child.proc.dup2(fromChild.write, 1)
      for (const fd of [toChild.read, toChild.write, fromChild.read, fromChild.write]) if (fd > 1) child.proc.close(fd)
      return yield* run(child, c.command, true)
    },
    { pgid: 0, background: true },
  )
  sh.proc.close(toChild.read)
  sh.proc.close(fromChild.write)
  const { read } = fromChild
  const { write } = toChild
  sh.setArray(c.name, [String(read), String(write)])
  sh.set(`${c.name}_PID`, String(pid))
  sh.lastBackground = pid
  sh.coprocs.set(c.name, { pid, read, write })
  const text = commandText(c)
  const job = sh.jobs.add({
    pgid: pid,
    processes: [{ pid, text, status: undefined, state: 'running' }],
    text,
    directory: sh.get('PWD') ?? '',
    background: true,
    control: sh.options.monitor,
  })
  if (sh.interactive && !sh.subshell) sh.err(`[${job.id}] ${pid}\n`)
  return 0
}

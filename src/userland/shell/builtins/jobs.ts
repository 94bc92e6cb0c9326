import { Errno, strerror } from '#linux/errno.ts'
import { SIGRTMAX, SIGRTMIN, signalName, signalNumber } from '#linux/signal.ts'
import { W } from '#linux/syscalls.ts'
import { commandsOf } from '../interp/eval.ts'
import { InterruptFlow, type Run, StatusFlow } from '../interp/flow.ts'
import { type Job, jobLine, jobState, jobStatus, notifyJobs, reap, statusCode } from '../interp/jobs.ts'
import { takeTerminal } from '../interp/pipeline.ts'
import type { Shell } from '../interp/shell.ts'
import { runPending } from '../interp/traps.ts'
import { type Builtin, parseOptions, usage } from './builtin.ts'

const SIGCHLD = 17

/** The job a specification names; complains when there is none. */
function findJob(sh: Shell, spec: string, required: (message: string) => void): Job | undefined {
  const job = sh.jobs.find(spec)
  if (job === 'ambiguous') {
    sh.complain(`${spec.replace(/^%/, '')}: ambiguous job spec`)
    required('')
    return undefined
  }
  if (job === undefined) {
    sh.complain(`${spec === '' ? 'current' : spec}: no such job`)
    return undefined
  }
  return job
}

function* jobs(sh: Shell, args: readonly string[]): Run<number> {
  if (args[0] === '-x') {
    const words = args.slice(1).map((a) => {
      const job = a.startsWith('%') ? sh.jobs.find(a) : undefined
      return job === undefined || job === 'ambiguous' ? a : String(job.pgid)
    })
    return yield* commandsOf(sh, words.map((w) => `'${w.replaceAll("'", "'\\''")}'`).join(' '), { line: sh.line })
  }
  const o = parseOptions(sh, args, 'lnprs')
  yield* reap(sh)
  let status = 0
  const list: Job[] = []
  if (o.rest.length === 0) list.push(...sh.jobs.list())
  for (const spec of o.rest) {
    const job = findJob(sh, spec, () => {})
    if (job === undefined) {
      if (sh.jobs.find(spec) === 'ambiguous') sh.complain(`${spec}: no such job`)
      status = 1
    } else list.push(job)
  }
  for (const job of list) {
    const state = jobState(job)
    if (o.has('r') && state !== 'running') continue
    if (o.has('s') && state !== 'stopped') continue
    if (o.has('n') && job.notified) continue
    if (o.has('p')) sh.out(`${job.pgid}\n`)
    else sh.out(jobLine(sh.jobs, job, o.has('l')))
    job.notified = true
  }
  if (!o.has('p')) for (const job of list) if (jobState(job) === 'done') sh.jobs.remove(job.id)
  return status
}

function needControl(sh: Shell): void {
  if (sh.options.monitor) return
  sh.complain('no job control')
  throw new StatusFlow(1)
}

function* fg(sh: Shell, args: readonly string[]): Run<number> {
  needControl(sh)
  const spec = (args[0] === '--' ? args[1] : args[0]) ?? ''
  yield* reap(sh)
  const job = findJob(sh, spec, () => {})
  if (job === undefined) return 1
  if (jobState(job) === 'done') {
    sh.complain('job has terminated')
    return 1
  }
  sh.out(`${job.text}${job.directory !== sh.get('PWD') ? `\t(wd: ${job.directory})` : ''}\n`)
  yield* sh.flush()
  return yield* resumeForeground(sh, job)
}

function* resumeForeground(sh: Shell, job: Job): Run<number> {
  job.background = false
  if (sh.ttyFd !== undefined) sh.proc.tcsetpgrp(sh.ttyFd, job.pgid)
  for (const p of job.processes) if (p.state === 'stopped') p.state = 'running'
  sh.jobs.makeCurrent(job.id)
  sh.proc.kill(-job.pgid, 18)
  for (;;) {
    const waiting = job.processes.find((p) => p.state === 'running')
    if (waiting === undefined) break
    try {
      const status = yield* sh.proc.wait(waiting.pid, W.UNTRACED)
      if (status !== undefined) sh.jobs.record(status)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code !== 'EINTR') break
    }
  }
  takeTerminal(sh)
  const last = job.processes.at(-1)?.status
  if (jobState(job) === 'stopped') {
    job.background = true
    sh.err(`\n${jobLine(sh.jobs, job)}`)
    job.notified = true
    return statusCode(job.processes.find((p) => p.state === 'stopped')?.status)
  }
  sh.jobs.remove(job.id)
  if (last?.signal === 2) {
    throw new InterruptFlow()
  }
  return jobStatus(job)
}

function* bg(sh: Shell, args: readonly string[]): Run<number> {
  needControl(sh)
  yield* reap(sh)
  let status = 0
  for (const spec of args.length === 0 ? [''] : args) {
    const job = findJob(sh, spec, () => {})
    if (job === undefined) {
      status = 1
      continue
    }
    if (jobState(job) === 'running') {
      sh.complain(`job ${job.id} already in background`)
      continue
    }
    if (jobState(job) === 'done') {
      sh.complain('job has terminated')
      status = 1
      continue
    }
    for (const p of job.processes) if (p.state === 'stopped') p.state = 'running'
    job.background = true
    sh.proc.kill(-job.pgid, 18)
    const mark = job.id === sh.jobs.current ? '+' : job.id === sh.jobs.previous ? '-' : ' '
    sh.out(`[${job.id}]${mark} ${job.text} &\n`)
  }
  return status
}

/** A trap for SIGCHLD does not end `wait`, except in posix mode. */
function interrupts(sh: Shell, signal: number): boolean {
  return signal !== SIGCHLD || sh.posix
}

/** Waits until a child changes state; false when a trapped signal came first, undefined when there are no children. */
function* waitAny(sh: Shell, pid: number): Run<boolean | undefined> {
  try {
    const status = yield* sh.proc.wait(pid, 0)
    if (status !== undefined) sh.childChanged(status)
    return true
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (error.code === 'EINTR') {
      sh.checkInterrupt()
      return !sh.pendingSignals.some((n) => interrupts(sh, n))
    }
    return undefined
  }
}

/** After a trapped signal `wait` returns 128+n, and the trap runs. */
function* interrupted(sh: Shell): Run<number> {
  const signal = sh.pendingSignals.find((n) => interrupts(sh, n)) ?? 0
  const status = 128 + signal
  if (sh.interactive && signal === 2 && !sh.traps.has('INT')) throw new InterruptFlow()
  yield* runPending(sh)
  return status
}

function* wait(sh: Shell, args: readonly string[]): Run<number> {
  yield* sh.flush()
  const o = parseOptions(sh, args, 'fnp:')
  const variable = o.value('p')
  if (variable !== undefined) sh.scope.remove(variable)
  const found = (pid: number): void => {
    if (variable !== undefined) sh.set(variable, String(pid))
  }
  if (o.has('n')) return yield* waitNext(sh, o.rest, found)
  if (o.rest.length === 0) return yield* waitAll(sh)
  let status = 0
  for (const id of o.rest) {
    if (id.startsWith('%')) {
      const job = findJob(sh, id, () => {})
      if (job === undefined) {
        status = 127
        continue
      }
      for (const p of job.processes) {
        while (p.state === 'running') {
          const ok = yield* waitAny(sh, p.pid)
          if (ok === false) return yield* interrupted(sh)
          if (ok === undefined) p.state = 'done'
        }
      }
      status = jobStatus(job)
      found(job.processes.at(-1)?.pid ?? 0)
      if (!sh.interactive) {
        notifyJobs(sh)
        sh.jobs.remove(job.id)
      }
      continue
    }
    if (!/^\d+$/.test(id)) {
      sh.complain(sh.isDash ? `Illegal number: ${id}` : `\`${id}': not a pid or valid job spec`)
      status = sh.isDash ? 2 : 1
      continue
    }
    const pid = Number(id)
    const known = sh.jobs.byPid(pid)
    if (known === undefined) {
      const old = sh.jobs.remembered.get(pid)
      if (old !== undefined) status = old
      else if (pid === sh.lastBackground) {
        let got: number | undefined
        try {
          got = statusCode(yield* sh.proc.wait(pid, 0))
        } catch (error) {
          if (!(error instanceof Errno)) throw error
        }
        status = got ?? 127
      } else {
        if (!sh.isDash) sh.complain(`pid ${id} is not a child of this shell`)
        status = 127
      }
      continue
    }
    while (known.process.state === 'running') {
      const ok = yield* waitAny(sh, pid)
      if (ok === false) return yield* interrupted(sh)
      if (ok === undefined) known.process.state = 'done'
    }
    found(pid)
    status = statusCode(known.process.status)
    if (!sh.interactive) {
      notifyJobs(sh)
      if (jobState(known.job) === 'done') sh.jobs.remove(known.job.id)
    }
  }
  return status
}

/** `wait` without arguments. */
function* waitAll(sh: Shell): Run<number> {
  yield* reap(sh)
  // bash keeps the last one for `jobs` when there was nothing to wait for.
  const over = sh.jobs.list().find((j) => jobState(j) === 'done' && j.processes.at(-1)?.pid === sh.lastBackground)
  for (;;) {
    const running = sh.jobs
      .list()
      .flatMap((j) => j.processes)
      .find((p) => p.state === 'running')
    if (running === undefined) break
    const ok = yield* waitAny(sh, running.pid)
    if (ok === false) return yield* interrupted(sh)
    if (ok === undefined) {
      running.state = 'done'
      break
    }
  }
  if (!sh.interactive) {
    notifyJobs(sh)
    for (const job of sh.jobs.list()) if (jobState(job) === 'done' && job !== over) sh.jobs.remove(job.id)
  }
  return 0
}

/** `wait -n`: the next job to end. */
function* waitNext(sh: Shell, ids: readonly string[], found: (pid: number) => void): Run<number> {
  const jobs = new Set<Job>()
  for (const id of ids) {
    const job = /^\d+$/.test(id) ? sh.jobs.byPid(Number(id))?.job : sh.jobs.find(id)
    if (job === undefined || job === 'ambiguous') sh.complain(`${id}: no such job`)
    else jobs.add(job)
  }
  if (ids.length > 0 && jobs.size === 0) return 127
  const wanted = (job: Job): boolean => ids.length === 0 || jobs.has(job)
  for (;;) {
    const done = sh.jobs.list().find((j) => jobState(j) === 'done' && wanted(j))
    if (done !== undefined) {
      found(done.processes.at(-1)?.pid ?? 0)
      const status = jobStatus(done)
      if (!sh.interactive) {
        notifyJobs(sh)
        sh.jobs.remove(done.id)
      }
      return status
    }
    if (!sh.jobs.list().some((j) => jobState(j) === 'running' && wanted(j))) return 127
    const ok = yield* waitAny(sh, -1)
    if (ok === false) return yield* interrupted(sh)
    if (ok === undefined) return 127
  }
}

/** `kill -l`: five columns. */
function listSignals(): string {
  let out = ''
  let column = 0
  for (let n = 1; n <= SIGRTMAX; n++) {
    const name = signalName(n)
    if (name === undefined || (n > 31 && n < SIGRTMIN)) continue
    out += `${String(n).padStart(2)}) SIG${name}`
    column++
    out += column % 5 === 0 ? '\n' : '\t'
  }
  return column % 5 === 0 ? out : `${out}\n`
}

const kill: Builtin = (sh, args) => {
  let list = args
  let signal = 15
  const first = list[0]
  if (first === undefined) {
    usage(sh)
    return sh.isDash ? 2 : 2
  }
  const bad = (name: string): number => {
    sh.complain(sh.isDash ? `invalid signal number or name: ${name}` : `${name}: invalid signal specification`)
    return sh.isDash ? 2 : 1
  }
  if (first === '-l' || first === '-L') {
    if (list.length === 1) {
      sh.out(sh.isDash ? Array.from({ length: 31 }, (_, i) => `${signalName(i + 1)}\n`).join('') : listSignals())
      return 0
    }
    let status = 0
    for (const arg of list.slice(1)) {
      if (/^\d+$/.test(arg)) {
        const n = Number(arg) > 128 ? Number(arg) - 128 : Number(arg)
        const name = n === 0 ? 'EXIT' : signalName(n)
        if (name === undefined) status = bad(arg)
        else sh.out(`${name}\n`)
      } else {
        const n = signalNumber(arg)
        if (n === undefined) status = bad(arg)
        else sh.out(`${n}\n`)
      }
    }
    return status
  }
  if (first === '-s' || first === '-n') {
    if (list[1] === undefined) {
      sh.complain(`${first}: option requires an argument`)
      return 1
    }
    const n = signalNumber(list[1])
    if (n === undefined) return bad(list[1])
    signal = n
    list = list.slice(2)
  } else if (first !== '--' && /^-./.test(first)) {
    const name = first.slice(1)
    const n = signalNumber(name.replace(/^[sn](?=\w{2,})/, (x) => (signalNumber(name) === undefined ? '' : x)))
    if (n === undefined) return bad(name)
    signal = n
    list = list.slice(1)
  }
  if (list[0] === '--') list = list.slice(1)
  if (list.length === 0) {
    usage(sh)
    return 2
  }
  let status = 0
  let good = false
  for (const target of list) {
    let pid: number
    if (target.startsWith('%')) {
      const job = findJob(sh, target, () => {})
      if (job === undefined) {
        status = 1
        continue
      }
      if (job.control) pid = -job.pgid
      else {
        for (const p of job.processes) if (p.state !== 'done') sh.proc.kill(p.pid, signal)
        good = true
        continue
      }
      if (jobState(job) === 'stopped' && (signal === 15 || signal === 1)) {
        sh.proc.kill(pid, signal)
        sh.proc.kill(pid, 18)
        good = true
        continue
      }
    } else if (/^-?\d+$/.test(target)) pid = Number(target)
    else {
      sh.complain(sh.isDash ? `Illegal number: ${target}` : `${target}: arguments must be process or job IDs`)
      status = 1
      continue
    }
    try {
      sh.proc.kill(pid, signal)
      good = true
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      sh.complain(sh.isDash ? strerror(error) : `(${target}) - ${strerror(error)}`)
      status = 1
    }
  }
  return good && list.length > 1 ? 0 : status
}

const disown: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'ahr')
  const drop = (job: Job): void => {
    if (o.has('h')) job.noHup = true
    else {
      sh.trackChildren = true
      sh.jobs.remove(job.id)
    }
  }
  if (o.rest.length === 0) {
    if (o.has('a') || o.has('r')) {
      for (const job of sh.jobs.list()) if (!o.has('r') || jobState(job) === 'running') drop(job)
      return 0
    }
    const job = sh.jobs.find('')
    if (job === undefined || job === 'ambiguous') {
      sh.complain('current: no such job')
      return 1
    }
    drop(job)
    return 0
  }
  let status = 0
  for (const spec of o.rest) {
    const job = /^\d+$/.test(spec) ? sh.jobs.byPid(Number(spec))?.job : sh.jobs.find(spec)
    if (job === undefined || job === 'ambiguous') {
      sh.complain(`${spec}: no such job`)
      status = 1
    } else drop(job)
  }
  return status
}

const suspend: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'f')
  if (!o.has('f') && (sh.loginShell || !sh.options.monitor)) {
    sh.complain(sh.loginShell ? 'cannot suspend a login shell' : 'cannot suspend: no job control')
    return 1
  }
  sh.proc.kill(sh.proc.pid, 19)
  return 0
}

export const jobControl: Readonly<Record<string, Builtin>> = { jobs, fg, bg, wait, kill, disown, suspend }

import { Errno } from '#linux/errno.ts'
import { signalName, strsignal } from '#linux/signal.ts'
import { W, type WaitStatus } from '#linux/syscalls.ts'
import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

export interface JobProcess {
  readonly pid: number
  readonly text: string
  status: WaitStatus | undefined
  state: 'running' | 'stopped' | 'done'
}

export interface Job {
  readonly id: number
  readonly pgid: number
  readonly processes: JobProcess[]
  readonly text: string
  readonly directory: string
  background: boolean
  /** The user has been told of the present state. */
  notified: boolean
  /** `disown -h`. */
  noHup: boolean
  /** Started with job control. */
  readonly control: boolean
}

export function statusCode(s: WaitStatus | undefined): number {
  if (s === undefined) return 0
  if (s.exit !== undefined) return s.exit
  return 128 + (s.signal ?? s.stopped ?? 0)
}

/** The jobs of a shell, by number. */
export class JobTable {
  readonly jobs = new Map<number, Job>()
  /** Most recent first: the current and the previous job come first. */
  #order: number[] = []
  /** Exit codes of background processes that have gone from the table, for `wait PID`. */
  readonly remembered = new Map<number, number>()

  /** A child of the shell sees its parent's jobs in listings; they are not its own to wait for. */
  inherit(parent: JobTable): void {
    for (const job of parent.jobs.values())
      this.jobs.set(job.id, { ...job, notified: true, processes: job.processes.map((p) => ({ ...p })) })
    this.#order = parent.#order.slice()
  }

  get size(): number {
    return this.jobs.size
  }

  add(job: Omit<Job, 'id' | 'notified' | 'noHup'>): Job {
    const id = Math.max(0, ...this.jobs.keys()) + 1
    const made: Job = { ...job, id, notified: true, noHup: false }
    this.jobs.set(id, made)
    this.makeCurrent(id)
    return made
  }

  makeCurrent(id: number): void {
    this.#order = [id, ...this.#order.filter((x) => x !== id)]
  }

  remove(id: number): void {
    const job = this.jobs.get(id)
    for (const p of job?.processes ?? []) if (p.state === 'done') this.remembered.set(p.pid, statusCode(p.status))
    this.jobs.delete(id)
    this.#order = this.#order.filter((x) => x !== id)
  }

  clear(): void {
    this.jobs.clear()
    this.#order = []
  }

  /** The current job is the last one stopped, else the last one started. */
  get current(): number | undefined {
    return this.#ranked()[0]
  }

  get previous(): number | undefined {
    return this.#ranked()[1]
  }

  #ranked(): number[] {
    const alive = this.#order.filter((id) => jobState(this.jobs.get(id)) !== 'done')
    const stopped = alive.filter((id) => jobState(this.jobs.get(id)) === 'stopped')
    const rest = alive.filter((id) => jobState(this.jobs.get(id)) !== 'stopped')
    const done = this.#order.filter((id) => jobState(this.jobs.get(id)) === 'done')
    return [...stopped, ...rest, ...done]
  }

  list(): Job[] {
    return [...this.jobs.values()].sort((a, b) => a.id - b.id)
  }

  byPid(pid: number): { job: Job; process: JobProcess } | undefined {
    for (const job of this.jobs.values()) {
      const process = job.processes.find((p) => p.pid === pid)
      if (process !== undefined) return { job, process }
    }
    return undefined
  }

  /** `%1`, `%+`, `%-`, `%name`, `%?text`, or without the percent sign for `fg`. `ambiguous` when several match. */
  find(spec: string): Job | 'ambiguous' | undefined {
    const s = spec.startsWith('%') ? spec.slice(1) : spec
    if (s === '' || s === '%' || s === '+') return this.#get(this.current)
    if (s === '-') return this.#get(this.previous)
    if (/^\d+$/.test(s)) return this.jobs.get(Number(s))
    const matches = this.list().filter((j) => (s.startsWith('?') ? j.text.includes(s.slice(1)) : j.text.startsWith(s)))
    return matches.length > 1 ? 'ambiguous' : matches[0]
  }

  #get(id: number | undefined): Job | undefined {
    return id === undefined ? undefined : this.jobs.get(id)
  }

  record(status: WaitStatus): Job | undefined {
    const found = this.byPid(status.pid)
    if (found === undefined) return undefined
    const { job, process } = found
    if (status.continued) process.state = 'running'
    else {
      process.status = status
      process.state = status.stopped === undefined ? 'done' : 'stopped'
    }
    if (process.state !== 'running') job.notified = false
    return job
  }
}

export function jobState(job: Job | undefined): 'running' | 'stopped' | 'done' {
  if (job === undefined) return 'done'
  if (job.processes.some((p) => p.state === 'running')) return 'running'
  return job.processes.some((p) => p.state === 'stopped') ? 'stopped' : 'done'
}

/** Exit code of a job: that of its last process. */
export function jobStatus(job: Job): number {
  return statusCode(job.processes.at(-1)?.status)
}

export function stateText(s: WaitStatus | undefined, state: JobProcess['state']): string {
  if (state === 'running' || s === undefined) return 'Running'
  if (s.stopped !== undefined) return 'Stopped'
  if (s.signal !== undefined) return strsignal(s.signal)
  return s.exit === 0 ? 'Done' : `Exit ${s.exit}`
}

/** Width of the state column. */
const WIDTH = 24

/** The state column, and what is said behind it. */
function stateColumn(s: WaitStatus | undefined, state: JobProcess['state'], width = WIDTH): string {
  return stateText(s, state).padEnd(width) + (s?.coreDumped ? '(core dumped) ' : '')
}

/** Processes of a job, a line each, without the first line's head. `amp` ends the last one. */
function processLines(processes: readonly JobProcess[], amp = ''): string {
  return processes
    .map((p, i) => {
      const text = `${i === 0 ? '' : '| '}${p.text}${i === processes.length - 1 ? amp : ''}`
      const pid = String(p.pid).padStart(5)
      if (i === 0) return `${pid} ${stateColumn(p.status, p.state)}${text}\n`
      const before = processes[i - 1]
      const same = stateText(p.status, p.state) === stateText(before?.status, before?.state ?? 'done')
      return `     ${pid} ${same ? ' '.repeat(WIDTH) : stateColumn(p.status, p.state)}${text}\n`
    })
    .join('')
}

/** A job as `jobs` and the notices show it. `long` adds process ids. */
export function jobLine(table: JobTable, job: Job, long = false): string {
  const mark = job.id === table.current ? '+' : job.id === table.previous ? '-' : ' '
  const head = `[${job.id}]${mark} `
  const state = jobState(job)
  const amp = state === 'running' && job.background ? ' &' : ''
  const last = job.processes.at(-1)
  const overall =
    state === 'stopped'
      ? job.processes.find((p) => p.state === 'stopped')
      : state === 'running'
        ? job.processes.find((p) => p.state === 'running')
        : last
  if (!long) return `${head} ${stateColumn(overall?.status, overall?.state ?? 'done')}${job.text}${amp}\n`
  return head + processLines(job.processes, amp)
}

/** Collects what children have changed state, without waiting. */
export function* reap(sh: Shell): Run<void> {
  if (sh.jobs.size === 0 && !sh.trackChildren && sh.proc.pid !== 1) return
  for (;;) {
    let status: WaitStatus | undefined
    try {
      status = yield* sh.proc.wait(-1, W.NOHANG | W.UNTRACED | W.CONTINUED)
    } catch (error) {
      if (error instanceof Errno) return
      throw error
    }
    if (status === undefined) return
    sh.childChanged(status)
  }
}

/** Closes the pipes of coprocesses that have ended, and unsets their variables. */
function disposeCoprocesses(sh: Shell): void {
  for (const [name, { pid, read, write }] of sh.coprocs) {
    const found = sh.jobs.byPid(pid)
    if (found !== undefined && found.process.state !== 'done') continue
    sh.coprocs.delete(name)
    for (const fd of [read, write]) {
      try {
        sh.proc.close(fd)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    sh.scope.remove(`${name}_PID`)
    sh.scope.remove(name)
  }
}

/** Tells the user about jobs that ended or stopped, and forgets the ended ones. */
export function notifyJobs(sh: Shell): void {
  disposeCoprocesses(sh)
  for (const job of sh.jobs.list()) {
    if (job.notified) continue
    const state = jobState(job)
    if (state === 'running') continue
    if (sh.options.monitor && (sh.interactive || !sh.subshell)) {
      const { status } = job.processes.at(-1) ?? {}
      if (sh.interactive || (state === 'done' && status?.signal !== undefined))
        sh.err(`${state === 'stopped' ? '\n' : ''}${jobLine(sh.jobs, job)}`)
    } else if (state === 'done') {
      const signal = job.processes.at(-1)?.status?.signal
      // A script's jobs that ended by themselves stay for `jobs` and `wait`.
      if (signal === undefined && job.background && !sh.commandString && !sh.isDash) continue
      if (
        signal !== undefined &&
        !sh.subshellQuiet &&
        signal !== 2 &&
        signal !== 13 &&
        signal !== 15 &&
        !sh.traps.has(signalName(signal) ?? '')
      ) {
        sh.err(sh.errorPrefix() + processLines(job.processes))
      }
    }
    job.notified = true
    if (state === 'done') sh.jobs.remove(job.id)
  }
}

/** What is said when a foreground process was ended by a signal. */
export function reportSignal(sh: Shell, processes: readonly JobProcess[]): void {
  const status = processes.at(-1)?.status
  const signal = status?.signal
  if (signal === undefined || signal === 2 || signal === 13) return
  const core = status?.coreDumped ? ' (core dumped)' : ''
  if (sh.isDash) {
    sh.err(`${strsignal(signal)}${core}\n`)
    return
  }
  if (!sh.interactive && signal !== 15 && !sh.traps.has(signalName(signal) ?? '')) {
    sh.err(sh.errorPrefix() + processLines(processes))
  } else sh.err(`${strsignal(signal)}${core}\n`)
}

import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { O, type Proc, type WaitStatus } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { slurp, writeAll, writeFile } from '../lib/io.ts'
import { baseName } from '../lib/program.ts'
import { STDOUT_SOCKET } from './journal.ts'
import { syslog } from './journald.ts'
import { execWords, instance, specifiers, type UnitFile, unitValue, unitValues } from './unit.ts'

export type Active = 'active' | 'inactive' | 'failed' | 'activating' | 'deactivating'

export type Result = 'success' | 'exit-code' | 'signal' | 'core-dump' | 'timeout' | 'start-limit-hit' | 'resources'

/** A process that ended, for the `Process:` lines of a status. */
export interface Ended {
  readonly key: string
  readonly command: string
  readonly status: WaitStatus
}

/** A unit that PID 1 has loaded, and its state as `systemctl status` names it. */
export interface Service {
  unit: UnitFile
  /** When the unit's file was changed last, at the time it was read. */
  mtime: Micros
  active: Active
  sub: string
  mainPid: number
  /** A process of ExecStartPre=, ExecStop= …; 0 when none runs. */
  controlPid: number
  /** When it left `inactive`, entered `active`, left `active`, entered `inactive` or `failed`; 0: not yet. */
  inactiveExit: Micros
  activeEnter: Micros
  activeExit: Micros
  inactiveEnter: Micros
  restarts: number
  /** Times of the latest starts, for the start limit. */
  starts: Micros[]
  result: Result
  mainEnded: Ended | undefined
  ended: Ended[]
  cpuMicros: Micros
  /** Stopped on purpose: not restarted. */
  stopping: boolean
  cgroup: string
  /** Called when the job under way (start or stop) is over. */
  waiters: ((failed: boolean) => void)[]
  /** Commands of the phase under way, and what follows when all of them have succeeded. */
  queue: readonly string[]
  queueKey: string
  then: ((failed: boolean) => Sim<void>) | undefined
  /** The timer of a restart or a stop; cancelled by clearing. */
  deadline: { readonly at: Micros; readonly run: () => Sim<void> } | undefined
  /** Not from a file: systemd-run. */
  readonly transient: boolean
  /** Starts again as soon as it has stopped. */
  startAfterStop: boolean
}

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'

export const DEFAULT_SIGNALS = [SIGNALS.INT, SIGNALS.TERM, SIGNALS.HUP, SIGNALS.PIPE, SIGNALS.USR1, SIGNALS.USR2]

/** The path of a slice below the root of the hierarchy: `a-b.slice` is `/a.slice/a-b.slice`. */
function slicePath(slice: string): string {
  const name = slice.replace(/\.slice$/, '')
  if (name === '-') return ''
  const parts = name.split('-')
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('-')}.slice`).join('')
}

/** The cgroup of a unit: `/system.slice/cron.service`. */
export function cgroupOf(unit: UnitFile): string {
  const slice = unitValue(unit, sectionOf(unit), 'Slice')
  const template = unit.name.includes('@') ? `/system-${unit.name.replace(/@.*/, '').replaceAll('-', '\\x2d')}.slice` : ''
  return `${slice === undefined ? `/system.slice${template}` : slicePath(slice)}/${unit.name}`
}

/** Processes of a cgroup and those below it. */
export function* members(proc: Proc, cgroup: string): Sim<number[]> {
  const at = `/sys/fs/cgroup${cgroup}`
  const own = ((yield* slurp(proc, `${at}/cgroup.procs`)) ?? '')
    .split('\n')
    .map(Number)
    .filter((n) => n > 0)
  let below: string[] = []
  try {
    below = proc
      .readdir(at)
      .filter((e) => e.type === 0o040000)
      .map((e) => e.name)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  for (const name of below) own.push(...(yield* members(proc, `${cgroup}/${name}`)))
  return own.sort((a, b) => a - b)
}

function* tryWrite(proc: Proc, path: string, text: string): Sim<void> {
  try {
    yield* writeFile(proc, path, text)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** Section of a unit's file that says where its processes run and with how much. */
const sectionOf = (unit: UnitFile): string => (unit.name.endsWith('.scope') ? 'Scope' : 'Service')

/** Makes the cgroup of a unit, with its limits. */
export function* makeCgroup(proc: Proc, unit: UnitFile, cgroup: string): Sim<void> {
  const parts = cgroup.split('/').slice(1)
  const limits = new Map<string, string>()
  const bytesOf = (key: string): string | undefined => {
    const value = unitValue(unit, sectionOf(unit), key)
    const m = value === undefined ? null : /^(\d+)([KMGT]?)$/.exec(value)
    if (m === null) return value === 'infinity' ? 'max' : undefined
    return String(Number(m[1]) * ({ K: 1024, M: 1_048_576, G: 1_073_741_824, T: 1_099_511_627_776 }[m[2] ?? ''] ?? 1))
  }
  for (const [key, file] of [
    ['MemoryMax', 'memory.max'],
    ['MemoryHigh', 'memory.high'],
    ['TasksMax', 'pids.max'],
  ] as const) {
    const value = bytesOf(key)
    if (value !== undefined) limits.set(file, value)
  }
  const quota = /^(\d+)%$/.exec(unitValue(unit, sectionOf(unit), 'CPUQuota') ?? '')
  if (quota !== null) limits.set('cpu.max', `${Number(quota[1]) * 1000} 100000`)
  let at = '/sys/fs/cgroup'
  for (const [i, part] of parts.entries()) {
    if (i > 0 || limits.has('cpu.max'))
      yield* tryWrite(proc, `${at}/cgroup.subtree_control`, `+memory +pids${limits.has('cpu.max') ? ' +cpu' : ''}`)
    at += `/${part}`
    try {
      proc.mkdir(at, 0o755)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  for (const [file, value] of limits) yield* tryWrite(proc, `${at}/${file}`, value)
}

function* environmentOf(proc: Proc, unit: UnitFile): Sim<Map<string, string>> {
  const environment = new Map<string, string>()
  const add = (line: string): void => {
    for (const word of execWords(line, new Map())) environment.set(word.replace(/=.*/s, ''), word.replace(/^[^=]*=/, ''))
  }
  for (const line of unitValues(unit, 'Service', 'Environment')) add(line)
  for (const path of unitValues(unit, 'Service', 'EnvironmentFile')) {
    const text = yield* slurp(proc, path.replace(/^-/, ''))
    for (const line of (text ?? '').split('\n')) {
      const m = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line)
      if (m !== null) environment.set(m[1] ?? '', (m[2] ?? '').trim().replace(/^(["'])(.*)\1$/, '$2'))
    }
  }
  return environment
}

/** A command of a unit: its words, and the marks before it (`-` ignores failure). */
export function commandOf(line: string, unit: string, host: string, env: ReadonlyMap<string, string>): { argv: string[]; ignore: boolean } {
  const marks = /^[-@:+!]*/.exec(line)?.[0] ?? ''
  const argv = execWords(specifiers(line.slice(marks.length), unit, host), env)
  return { argv, ignore: marks.includes('-') }
}

/** Starts a process of a service in its cgroup, with its streams and its user. Returns the pid. `journalFds`: for journald itself. */
export function* spawn(proc: Proc, service: Service, line: string, journalFds?: readonly number[]): Sim<number> {
  const { unit, cgroup } = service
  yield* makeCgroup(proc, unit, cgroup)
  const accounts = yield* loadAccounts(proc)
  const user = unitValue(unit, 'Service', 'User')
  const group = unitValue(unit, 'Service', 'Group')
  const account = user === undefined ? undefined : (accounts.user(user) ?? accounts.userById(Number(user)))
  const environment = yield* environmentOf(proc, unit)
  if (service.mainPid > 0) environment.set('MAINPID', String(service.mainPid))
  const { argv } = commandOf(line, unit.name, proc.uname().nodename, environment)
  const path = argv[0] ?? ''
  const tty = unitValue(unit, 'Service', 'TTYPath')?.replace('%I', instance(unit.name))
  const runtime = unitValue(unit, 'Service', 'RuntimeDirectory')
  if (runtime !== undefined && runtime !== '') {
    try {
      proc.mkdir(`/run/${runtime}`, 0o755)
      if (account !== undefined) proc.chown(`/run/${runtime}`, account.uid, account.gid)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return proc.fork(function* (child) {
    child.sigprocmask(new Set())
    yield* tryWrite(child, `/sys/fs/cgroup${cgroup}/cgroup.procs`, `${child.pid}\n`)
    child.setsid()
    for (const signal of [...DEFAULT_SIGNALS, SIGNALS.CHLD]) child.sigaction(signal, 'default')
    if (unitValue(unit, 'Service', 'IgnoreSIGPIPE') !== 'false') child.sigaction(SIGNALS.PIPE, 'ignore')
    yield* openStreams(child, unit, tty, baseName(path), journalFds)
    const score = unitValue(unit, 'Service', 'OOMScoreAdjust')
    if (score !== undefined) yield* tryWrite(child, '/proc/self/oom_score_adj', score)
    const directory = unitValue(unit, 'Service', 'WorkingDirectory')
    if (directory !== undefined) {
      try {
        child.chdir(directory.replace(/^[-~]/, (c) => (c === '~' ? (account?.home ?? '/root') : '')))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (!directory.startsWith('-')) return 200
      }
    }
    if (user !== undefined && account === undefined) {
      yield* syslog(child, `(${baseName(path)})`, `${unit.name}: Failed to determine user credentials: No such process`, 27)
      return 217
    }
    if (account !== undefined) {
      const gid = group === undefined ? account.gid : (accounts.group(group)?.gid ?? account.gid)
      child.setgroups(accounts.groupsOf(account))
      child.setresgid(gid, gid, gid)
      child.setresuid(account.uid, account.uid, account.uid)
      environment.set('HOME', account.home)
      environment.set('LOGNAME', account.name)
      environment.set('USER', account.name)
    }
    const environ = [...(environment.has('PATH') ? [] : [PATH]), ...[...environment].map(([k, v]) => `${k}=${v}`)]
    try {
      return yield* child.exec(path.startsWith('/') ? path : `/usr/bin/${path}`, argv, environ)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const why = strerror(error)
      const who = `(${baseName(path).slice(0, 13)})`
      if (error.code === 'ENOENT') yield* syslog(child, who, `${unit.name}: Failed to locate executable ${path}: ${why}`, 27)
      yield* syslog(child, who, `${unit.name}: Failed at step EXEC spawning ${path}: ${why}`, 27)
      return 203
    }
  })
}

function* openStreams(
  child: Proc,
  unit: UnitFile,
  tty: string | undefined,
  program: string,
  journalFds: readonly number[] | undefined,
): Sim<void> {
  const put = (fd: number, ...to: number[]): void => {
    for (const n of to) if (n !== fd) child.dup2(fd, n)
    if (!to.includes(fd) && fd > 2) child.close(fd)
  }
  if (tty !== undefined) {
    try {
      put(yield* child.open(tty, O.RDWR), 0, 1, 2)
      child.setControllingTty(0)
      return
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  put(yield* child.open('/dev/null', O.RDWR), 0, 1, 2)
  if (journalFds !== undefined) {
    const [a = 0, b = 0] = journalFds.map((fd) => child.dup(fd, 10))
    put(a, 3)
    put(b, 4)
    return
  }
  const output = unitValue(unit, 'Service', 'StandardOutput') ?? 'journal'
  const errors = unitValue(unit, 'Service', 'StandardError') ?? 'inherit'
  const journal = (to: number[]): Sim<void> => toJournal(child, unit, program, to)
  for (const [setting, to] of [
    [output, errors === 'inherit' ? [1, 2] : [1]],
    [errors, errors === 'inherit' ? [] : [2]],
  ] as const) {
    const file = /^(file|append|truncate):(.+)$/.exec(setting)
    if (to.length === 0 || setting === 'null') continue
    if (file === null) {
      yield* journal([...to])
      continue
    }
    try {
      const how = file[1] === 'append' ? O.APPEND : file[1] === 'truncate' ? O.TRUNC : 0
      put(yield* child.open(file[2] ?? '', O.WRONLY | O.CREAT | how, 0o644), ...to)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}

/** Makes `to` a stream to the journal (see journald). */
function* toJournal(child: Proc, unit: UnitFile, program: string, to: readonly number[]): Sim<void> {
  try {
    const fd = child.socket('unix', 'stream')
    yield* child.connect(fd, { family: 'unix', path: STDOUT_SOCKET })
    const identifier = unitValue(unit, 'Service', 'SyslogIdentifier') ?? program
    yield* writeAll(child, fd, encode(`${identifier}\n${unit.name}\n6\n1\n${child.pid}\n`))
    for (const n of to) child.dup2(fd, n)
    child.close(fd)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

import { Errno } from '#linux/errno.ts'
import { type Proc, S } from '#linux/syscalls.ts'
import { civil } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts } from '../lib/accounts.ts'
import { slurp } from '../lib/io.ts'

/** Clock ticks a second, as in /proc/PID/stat. */
export const HZ = 100

/** A process as /proc shows it: proc_pid_stat(5), proc_pid_status(5), proc_pid_cmdline(5). */
export interface ProcessInfo {
  readonly pid: number
  readonly comm: string
  readonly state: string
  readonly ppid: number
  readonly pgrp: number
  readonly session: number
  readonly ttyNr: number
  readonly tpgid: number
  readonly flags: number
  readonly minflt: number
  readonly majflt: number
  /** Ticks. */
  readonly utime: number
  readonly stime: number
  readonly cutime: number
  readonly cstime: number
  readonly priority: number
  readonly nice: number
  readonly threads: number
  /** Ticks after boot. */
  readonly start: number
  readonly vsizeBytes: number
  readonly rssPages: number
  readonly processor: number
  readonly rtprio: number
  readonly policy: number
  readonly uid: number
  readonly euid: number
  readonly gid: number
  readonly egid: number
  readonly locked: boolean
  readonly shared: number
  readonly status: ReadonlyMap<string, string>
  readonly argv: readonly string[]
}

/** A kernel thread has no command line and no memory; its name is shown in brackets. */
export function isKernelThread(p: ProcessInfo): boolean {
  return p.argv.length === 0 && p.vsizeBytes === 0 && p.state !== 'Z'
}

/** What ps and pgrep show as the command with its arguments. */
export function commandLine(p: ProcessInfo): string {
  if (p.state === 'Z') return `[${p.comm}] <defunct>`
  if (p.argv.length === 0) return `[${p.comm}]`
  return p.argv
    .join(' ')
    .replace(/[\n\t\r]/g, ' ')
    .trimEnd()
}

/** Reads one process; undefined when it has gone. */
export function* readProcess(proc: Proc, pid: number, task?: number): Sim<ProcessInfo | undefined> {
  const dir = task === undefined ? `/proc/${pid}` : `/proc/${pid}/task/${task}`
  const stat = yield* slurp(proc, `${dir}/stat`)
  const status = yield* slurp(proc, `${dir}/status`)
  const cmdline = yield* slurp(proc, `${dir}/cmdline`)
  if (stat === undefined || status === undefined || cmdline === undefined) return undefined
  const open = stat.indexOf('(')
  const close = stat.lastIndexOf(')')
  const f = stat.slice(close + 2).split(' ')
  const n = (i: number): number => Number(f[i - 3] ?? 0)
  const lines = new Map<string, string>()
  for (const line of status.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) lines.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const ids = (name: string): number[] => (lines.get(name) ?? '').split(/\s+/).map(Number)
  const [uid = 0, euid = 0] = ids('Uid')
  const [gid = 0, egid = 0] = ids('Gid')
  const argv = cmdline === '' ? [] : cmdline.replace(/\0$/, '').split('\0')
  return {
    pid: task ?? pid,
    comm: stat.slice(open + 1, close),
    state: f[0] ?? '?',
    ppid: n(4),
    pgrp: n(5),
    session: n(6),
    ttyNr: n(7),
    tpgid: n(8),
    flags: n(9),
    minflt: n(10),
    majflt: n(12),
    utime: n(14),
    stime: n(15),
    cutime: n(16),
    cstime: n(17),
    priority: n(18),
    nice: n(19),
    threads: n(20),
    start: n(22),
    vsizeBytes: n(23),
    rssPages: n(24),
    processor: n(39),
    rtprio: n(40),
    policy: n(41),
    uid,
    euid,
    gid,
    egid,
    locked: !/^0 /.test(lines.get('VmLck') ?? '0 kB'),
    shared: Number.parseInt(lines.get('RssFile') ?? '0', 10) + Number.parseInt(lines.get('RssShmem') ?? '0', 10),
    status: lines,
    argv,
  }
}

/** Pids in /proc, ascending; undefined when no proc is mounted there. */
export function processIds(proc: Proc): number[] | undefined {
  try {
    const pids = proc
      .readdir('/proc')
      .filter((e) => /^\d+$/.test(e.name))
      .map((e) => Number(e.name))
    if (pids.length === 0) return undefined
    return pids.sort((a, b) => a - b)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** All processes that /proc shows. */
export function* readProcesses(proc: Proc): Sim<ProcessInfo[]> {
  const out: ProcessInfo[] = []
  for (const pid of processIds(proc) ?? []) {
    yield* proc.cpu(30)
    const info = yield* readProcess(proc, pid)
    if (info !== undefined) out.push(info)
  }
  return out
}

/** What is needed besides: clock, memory, names. */
export interface SystemInfo {
  /** Seconds since boot. */
  readonly uptime: number
  /** Boot, seconds since the epoch. */
  readonly bootTime: number
  /** Now, seconds since the epoch. */
  readonly now: number
  readonly totalKb: number
  readonly accounts: Accounts
  /** Digits of pid_max: the width of PID columns. */
  readonly pidWidth: number
}

export function* readSystem(proc: Proc): Sim<SystemInfo> {
  const uptime = Number((yield* slurp(proc, '/proc/uptime'))?.split(' ')[0] ?? 0)
  const meminfo = (yield* slurp(proc, '/proc/meminfo')) ?? ''
  const pidMax = ((yield* slurp(proc, '/proc/sys/kernel/pid_max')) ?? '32768').trim()
  const now = Math.floor(proc.now() / 1_000_000)
  return {
    uptime,
    bootTime: now - Math.floor(uptime),
    now,
    totalKb: meminfoValue(meminfo, 'MemTotal'),
    accounts: new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', (yield* slurp(proc, '/etc/group')) ?? ''),
    pidWidth: Math.max(5, String(Number(pidMax) - 1).length),
  }
}

/** A value of /proc/meminfo in kB. */
export function meminfoValue(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

const TTY_MAJORS: Readonly<Record<number, (minor: number) => string>> = {
  3: (m) => `ttyp${m}`,
  4: (m) => (m < 64 ? `tty${m}` : `ttyS${m - 64}`),
  5: (m) => (m === 1 ? 'console' : 'tty'),
  136: (m) => `pts/${m}`,
}

/** Name of a terminal by its number, if /dev has it; `?` otherwise. */
export function ttyName(proc: Proc, ttyNr: number): string {
  if (ttyNr === 0) return '?'
  const major = (ttyNr >> 8) & 0xfff
  const minor = (ttyNr & 0xff) | ((ttyNr >> 12) & 0xfff00)
  const name = TTY_MAJORS[major]?.(minor)
  if (name === undefined) return '?'
  try {
    return (proc.stat(`/dev/${name}`).mode & S.IFMT) === S.IFCHR ? name : '?'
  } catch (error) {
    if (error instanceof Errno) return '?'
    throw error
  }
}

/** STAT of ps(1): state, then `<` or `N` by nice, `L` locked, `s` leader, `l` threads, `+` foreground. */
export function statColumn(p: ProcessInfo): string {
  let out = p.state
  if (p.nice < 0) out += '<'
  else if (p.nice > 0) out += 'N'
  if (p.locked) out += 'L'
  if (p.session === p.pid && p.session !== 0) out += 's'
  if (p.threads > 1) out += 'l'
  if (p.pgrp === p.tpgid && p.tpgid > 0) out += '+'
  return out
}

/** CPU use in tenths of a percent since the process started. */
export function cpuTenths(p: ProcessInfo, sys: SystemInfo): number {
  const seconds = sys.uptime - p.start / HZ
  return seconds < 0.01 ? 0 : Math.floor(((p.utime + p.stime) * 10 * 100) / HZ / Math.max(1, seconds))
}

const two = (n: number): string => String(n).padStart(2, '0')

/** `HH:MM:SS` with days in front, of ticks. */
export function longTime(ticks: number): string {
  const s = Math.floor(ticks / HZ)
  const days = Math.floor(s / 86_400)
  return `${days > 0 ? `${days}-` : ''}${two(Math.floor(s / 3600) % 24)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}

/** `M:SS` of ticks. */
export function bsdTime(ticks: number): string {
  const s = Math.floor(ticks / HZ)
  return `${Math.floor(s / 60)}:${two(s % 60)}`
}

/** `[[DD-]HH:]MM:SS` of seconds. */
export function elapsed(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds))
  const days = Math.floor(s / 86_400)
  const hours = Math.floor(s / 3600) % 24
  const head = days > 0 ? `${days}-${two(hours)}:` : hours > 0 ? `${two(hours)}:` : ''
  return `${head}${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** STIME: `HH:MM` today, `Nov22` this year, else the year. */
export function startColumn(start: number, now: number): string {
  const t = civil(start * 1_000_000)
  const n = civil(now * 1_000_000)
  if (t.year !== n.year) return String(t.year).padStart(5)
  if (t.yearday !== n.yearday) return `${MONTHS[t.month - 1]}${two(t.day)}`
  return `${two(t.hour)}:${two(t.minute)}`
}

/** `Sun Nov 22 23:31:00 2026`. */
export function ctime(seconds: number): string {
  const t = civil(seconds * 1_000_000)
  return `${DAYS[t.weekday]} ${MONTHS[t.month - 1]} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}`
}

/** When a process started, seconds since the epoch. */
export function startSeconds(p: ProcessInfo, sys: SystemInfo): number {
  return sys.bootTime + Math.floor(p.start / HZ)
}

export { MONTHS, two }

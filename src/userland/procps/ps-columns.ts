import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import {
  bsdTime,
  commandLine,
  cpuTenths,
  ctime,
  elapsed,
  HZ,
  longTime,
  type ProcessInfo,
  type SystemInfo,
  startColumn,
  startSeconds,
  statColumn,
  ttyName,
} from './processes.ts'

/** What columns look at. */
export interface View {
  readonly proc: Proc
  readonly sys: SystemInfo
  /** `\_ ` in front of commands under --forest. */
  readonly indent: (p: ProcessInfo) => string
  /** Environment after the arguments (BSD e). */
  readonly files: ReadonlyMap<string, string>
}

export interface Column {
  readonly header: string
  readonly width: number
  readonly right: boolean
  /** `width`: what the column has here, by `NAME:WIDTH`. */
  readonly show: (p: ProcessInfo, view: View, width: number) => string
  /** For --sort; by default what is shown. */
  readonly key?: (p: ProcessInfo, view: View) => number | string
}

type Show = Column['show']

const right = (header: string, width: number, show: Show, key?: Column['key']): Column => ({
  header,
  width,
  right: true,
  show,
  ...(key === undefined ? {} : { key }),
})
const left = (header: string, width: number, show: Show, key?: Column['key']): Column => ({
  header,
  width,
  right: false,
  show,
  ...(key === undefined ? {} : { key }),
})

const PID = -1
/** Columns of pids are as wide as pid_max. */
const pid = (header: string, value: (p: ProcessInfo) => number): Column => right(header, PID, (p) => String(value(p)), value)

/** A name, cut with `+` where it is wider than its column. */
function name(text: string, id: number, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}+` : text === '' ? String(id) : text
}

const user = (header: string, id: (p: ProcessInfo) => number): Column =>
  left(header, 8, (p, v, width) => name(v.sys.accounts.userById(id(p))?.name ?? '', id(p), width))
const group = (header: string, id: (p: ProcessInfo) => number): Column =>
  left(header, 8, (p, v, width) => name(v.sys.accounts.groupById(id(p))?.name ?? '', id(p), width))

/** Tenths as ps prints percentages: `0.4`, `133`. */
function percent(tenths: number): string {
  return tenths > 999 ? String(Math.floor(tenths / 10)) : `${Math.floor(tenths / 10)}.${tenths % 10}`
}

const memTenths = (p: ProcessInfo, v: View): number =>
  v.sys.totalKb === 0 ? 0 : Math.min(999, Math.floor((p.rssPages * 4 * 1000) / v.sys.totalKb))
const args = (header: string): Column => left(header, 27, (p, v) => v.indent(p) + commandLine(p))
const comm = (header: string): Column => left(header, 15, (p, v) => `${v.indent(p)}${p.comm}${p.state === 'Z' ? ' <defunct>' : ''}`)
const tty = (header: string): Column => left(header, 8, (p, v) => ttyName(v.proc, p.ttyNr))
const status = (header: string, key: string, width: number): Column => right(header, width, (p) => p.status.get(key) ?? '-')
const cpuTicks = (p: ProcessInfo): number => p.utime + p.stime

function nsInode(kind: string): Column {
  return right(kind.toUpperCase() + 'NS', 10, (p, v) => {
    try {
      return /\[(\d+)\]/.exec(v.proc.readlink(`/proc/${p.pid}/ns/${kind}`))?.[1] ?? '-'
    } catch (error) {
      if (error instanceof Errno) return '-'
      throw error
    }
  })
}

const POLICIES = ['TS', 'FF', 'RR', 'B', 'ISO', 'IDL', 'DLN']

/** -o names with their columns; a name may have aliases, separated by commas. */
const TABLE: readonly (readonly [string, Column])[] = [
  ['pid,tgid', pid('PID', (p) => p.pid)],
  ['ppid', pid('PPID', (p) => p.ppid)],
  ['pgid,pgrp', pid('PGID', (p) => p.pgrp)],
  ['sid,sess,session', pid('SID', (p) => p.session)],
  ['tpgid', pid('TPGID', (p) => p.tpgid)],
  ['lwp', pid('LWP', (p) => p.pid)],
  ['spid', pid('SPID', (p) => p.pid)],
  ['tid', pid('TID', (p) => p.pid)],
  ['user,euser,uname', user('USER', (p) => p.euid)],
  ['ruser', user('RUSER', (p) => p.uid)],
  ['uid_hack', user('UID', (p) => p.euid)],
  ['group,egroup', group('GROUP', (p) => p.egid)],
  ['rgroup', group('RGROUP', (p) => p.gid)],
  [
    'uid,euid',
    right(
      'UID',
      5,
      (p) => String(p.euid),
      (p) => p.euid,
    ),
  ],
  [
    'ruid',
    right(
      'RUID',
      5,
      (p) => String(p.uid),
      (p) => p.uid,
    ),
  ],
  [
    'gid,egid',
    right(
      'GID',
      5,
      (p) => String(p.egid),
      (p) => p.egid,
    ),
  ],
  [
    'rgid',
    right(
      'RGID',
      5,
      (p) => String(p.gid),
      (p) => p.gid,
    ),
  ],
  ['comm,ucmd,ucomm', comm('COMMAND')],
  ['cmd', args('CMD')],
  ['args,command', args('COMMAND')],
  [
    '%cpu,pcpu',
    right(
      '%CPU',
      4,
      (p, v) => percent(cpuTenths(p, v.sys)),
      (p, v) => cpuTenths(p, v.sys),
    ),
  ],
  ['%mem,pmem', right('%MEM', 4, (p, v) => percent(memTenths(p, v)), memTenths)],
  ['c', right('C', 2, (p, v) => String(Math.min(99, Math.floor(cpuTenths(p, v.sys) / 10))))],
  [
    'rss,rssize,rsz',
    right(
      'RSS',
      5,
      (p) => String(p.rssPages * 4),
      (p) => p.rssPages,
    ),
  ],
  [
    'vsz,vsize',
    right(
      'VSZ',
      6,
      (p) => String(Math.floor(p.vsizeBytes / 1024)),
      (p) => p.vsizeBytes,
    ),
  ],
  [
    'sz',
    right(
      'SZ',
      5,
      (p) => String(Math.floor(p.vsizeBytes / 4096)),
      (p) => p.vsizeBytes,
    ),
  ],
  ['addr_sz', right('ADDR SZ', 7, (p) => `- ${String(Math.floor(p.vsizeBytes / 4096)).padStart(5)}`)],
  ['stat', left('STAT', 4, statColumn)],
  ['s,state', left('S', 1, (p) => p.state)],
  ['tty,tt', tty('TT')],
  ['tname', tty('TTY')],
  ['time,cputime', right('TIME', 8, (p) => longTime(cpuTicks(p)), cpuTicks)],
  ['times,cputimes', right('TIME', 8, (p) => String(Math.floor(cpuTicks(p) / HZ)), cpuTicks)],
  ['bsdtime', right('TIME', 6, (p) => bsdTime(cpuTicks(p)), cpuTicks)],
  [
    'etime',
    right(
      'ELAPSED',
      11,
      (p, v) => elapsed(v.sys.uptime - p.start / HZ),
      (p) => -p.start,
    ),
  ],
  [
    'etimes',
    right(
      'ELAPSED',
      7,
      (p, v) => String(Math.max(0, Math.floor(v.sys.uptime - p.start / HZ))),
      (p) => -p.start,
    ),
  ],
  [
    'lstart',
    right(
      'STARTED',
      24,
      (p, v) => ctime(startSeconds(p, v.sys)),
      (p) => p.start,
    ),
  ],
  [
    'stime',
    right(
      'STIME',
      5,
      (p, v) => startColumn(startSeconds(p, v.sys), v.sys.now),
      (p) => p.start,
    ),
  ],
  [
    'start_time,bsdstart',
    right(
      'START',
      5,
      (p, v) => startColumn(startSeconds(p, v.sys), v.sys.now),
      (p) => p.start,
    ),
  ],
  [
    'start',
    right(
      'STARTED',
      8,
      (p, v) => started(startSeconds(p, v.sys), v.sys.now),
      (p) => p.start,
    ),
  ],
  [
    'ni,nice',
    right(
      'NI',
      3,
      (p) => (p.policy === 1 || p.policy === 2 ? '-' : String(p.nice)),
      (p) => p.nice,
    ),
  ],
  [
    'pri',
    right(
      'PRI',
      3,
      (p) => String(39 - p.priority),
      (p) => p.priority,
    ),
  ],
  [
    'opri',
    right(
      'PRI',
      3,
      (p) => String(60 + p.priority),
      (p) => p.priority,
    ),
  ],
  [
    'priority',
    right(
      'PRI',
      3,
      (p) => String(p.priority),
      (p) => p.priority,
    ),
  ],
  [
    'psr',
    right(
      'PSR',
      3,
      (p) => String(p.processor),
      (p) => p.processor,
    ),
  ],
  [
    'nlwp,thcount',
    right(
      'NLWP',
      4,
      (p) => String(p.threads),
      (p) => p.threads,
    ),
  ],
  ['f,flag,flags', right('F', 1, (p) => ((p.flags >> 6) & 7).toString(8))],
  ['wchan', left('WCHAN', 6, (p, v, width) => shortWchan(v.files.get(`wchan/${p.pid}`), width))],
  ['cgroup', left('CGROUP', 27, (p, v) => (v.files.get(`cgroup/${p.pid}`) ?? '-').trim().split('\n').join(','))],
  ['cgname', left('CGNAME', 27, (p, v) => (v.files.get(`cgroup/${p.pid}`) ?? '-').trim().replace(/^0::/, ''))],
  ['exe', left('EXE', 27, (p, v) => readLink(v.proc, `/proc/${p.pid}/exe`))],
  ['cls,policy,class', left('CLS', 3, (p) => POLICIES[p.policy] ?? '?')],
  ['sched', right('SCH', 3, (p) => String(p.policy))],
  ['rtprio', right('RTPRIO', 6, (p) => (p.policy === 1 || p.policy === 2 ? String(p.rtprio) : '-'))],
  ['min_flt,minflt', right('MINFL', 6, (p) => String(p.minflt))],
  ['maj_flt,majflt', right('MAJFL', 6, (p) => String(p.majflt))],
  ['pending,sig', status('PENDING', 'ShdPnd', 16)],
  ['blocked,sigmask', status('BLOCKED', 'SigBlk', 16)],
  ['ignored,sigignore', status('IGNORED', 'SigIgn', 16)],
  ['caught,sigcatch', status('CAUGHT', 'SigCgt', 16)],
  ...['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'].map((kind) => [`${kind}ns`, nsInode(kind)] as const),
]

export const COLUMNS: ReadonlyMap<string, Column> = new Map(
  TABLE.flatMap(([names, column]) => names.split(',').map((n) => [n, column] as const)),
)

/** Columns whose files have to be read beforehand: name of the file below /proc/PID. */
export const COLUMN_FILES: Readonly<Record<string, string>> = {
  wchan: 'wchan',
  cgroup: 'cgroup',
  cgname: 'cgroup',
}

/** Names of the columns of a predefined format. */
export const FORMATS = {
  default: 'pid tname time comm=CMD',
  full: 'uid_hack pid ppid c stime tname time cmd',
  extraFull: 'uid_hack pid ppid c sz rss psr stime tname time cmd',
  long: 'f s uid pid ppid c opri ni addr_sz wchan tname time comm=CMD',
  jobs: 'pid pgid sid tname time comm=CMD',
  bsd: 'pid tname stat bsdtime args',
  bsdUser: 'user pid %cpu %mem vsz rss tname stat start_time bsdtime args',
  bsdJobs: 'ppid pid pgid sid tname tpgid stat uid bsdtime args',
  bsdLong: 'f uid pid ppid priority ni vsz rss wchan stat tname bsdtime args',
  bsdVirtual: 'pid tname stat bsdtime majflt rss %mem args',
} as const

/** Widest a pid column gets. */
export function widthOf(column: Column, sys: SystemInfo): number {
  return Math.max(column.header.length, column.width === PID ? sys.pidWidth : column.width)
}

function started(seconds: number, now: number): string {
  const text = ctime(seconds)
  return now - seconds > 86_400 ? `  ${text.slice(4, 10)}` : text.slice(11, 19)
}

function shortWchan(text: string | undefined, width: number): string {
  const word = (text ?? '').trim()
  if (word === '' || word === '0') return '-'
  return word.replace(/^(sys_|do_|_+)(?=do_)/, '').slice(0, width)
}

function readLink(proc: Proc, path: string): string {
  try {
    return proc.readlink(path)
  } catch (error) {
    if (error instanceof Errno) return '-'
    throw error
  }
}

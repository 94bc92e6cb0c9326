import { CAPABILITIES } from '#linux/process/capability.ts'
import type { Call, Shown } from './call.ts'
import { CODE, cloneFlags, flags, HEAP, quoted, STACK, signal, signalSet, timespec } from './format.ts'

/** The model's calls about processes, signals, credentials and the machine as system calls. */

type Decoder = (c: Call) => Shown | readonly Shown[]

const CHILD_TID = '0x7f0000000a10'
const WAIT = [
  [1, 'WNOHANG'],
  [2, 'WUNTRACED'],
  [8, 'WCONTINUED'],
] as const
const POLICIES: Readonly<Record<string, string>> = {
  other: 'SCHED_OTHER',
  batch: 'SCHED_BATCH',
  idle: 'SCHED_IDLE',
  fifo: 'SCHED_FIFO',
  rr: 'SCHED_RR',
}
const IO_CLASSES = ['IOPRIO_CLASS_NONE', 'IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE']
const FLAGS_OF_FORK = 'CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID'
const MAX_ARGS = 32

const value = (c: Call): string => String(c.value)
const id = (n: number): string => String(n)

/** A call whose arguments are numbers only. */
const numbers =
  (name: string, count: number): Decoder =>
  (c) =>
    c.show(name, Array.from({ length: count }, (_, i) => c.num(i)).join(', '), typeof c.value === 'number' ? c.value : 0)

const exec: Decoder = (c) => {
  const argv = c.words(1)
  const shown = argv.slice(0, MAX_ARGS).map((w) => quoted(w, c.limit))
  const more = argv.length > MAX_ARGS ? ', ...' : ''
  const environ = c.words(2).length
  const vars = `${STACK} /* ${environ} var${environ === 1 ? '' : 's'} */`
  return c.show('execve', `${quoted(c.str(0), Number.POSITIVE_INFINITY)}, [${shown.join(', ')}${more}], ${vars}`)
}

function waitStatus(c: Call): string {
  const v = c.value
  const has = (name: string): boolean => c.member(v, name) !== undefined
  if (v === undefined) return STACK
  if (has('stopped')) return `[{WIFSTOPPED(s) && WSTOPSIG(s) == ${signal(c.number(v, 'stopped'))}}]`
  if (has('continued')) return '[{WIFCONTINUED(s)}]'
  if (has('signal')) {
    const core = c.member(v, 'coreDumped') === true ? ' && WCOREDUMP(s)' : ''
    return `[{WIFSIGNALED(s) && WTERMSIG(s) == ${signal(c.number(v, 'signal'))}${core}}]`
  }
  return `[{WIFEXITED(s) && WEXITSTATUS(s) == ${c.number(v, 'exit')}}]`
}

function action(x: unknown): string {
  const handler = x === 'ignore' ? 'SIG_IGN' : x === 'default' ? 'SIG_DFL' : HEAP
  return `{sa_handler=${handler}, sa_mask=[], sa_flags=${handler === 'SIG_DFL' ? '0' : `SA_RESTORER, sa_restorer=${CODE}`}}`
}

const limitText = (n: unknown): string => {
  if (typeof n !== 'number' || n === Number.POSITIVE_INFINITY) return 'RLIM64_INFINITY'
  return n >= 1024 && n % 1024 === 0 ? `${n / 1024}*1024` : String(n)
}
const rlimit = (soft: unknown, hard: unknown): string => `{rlim_cur=${limitText(soft)}, rlim_max=${limitText(hard)}}`

function capabilities(bits: unknown): string {
  if (typeof bits !== 'bigint' || bits === 0n) return '0'
  const names = CAPABILITIES.filter((_, n) => (bits & (1n << BigInt(n))) !== 0n)
  return names.map((n) => `1<<CAP_${n.toUpperCase()}`).join('|')
}

const capData = (c: Call, of: unknown): string =>
  `{effective=${capabilities(c.member(of, 'effective'))}, permitted=${capabilities(c.member(of, 'permitted'))}, inheritable=${capabilities(c.member(of, 'inheritable'))}}`
const capHead = (pid: number): string => `{version=_LINUX_CAPABILITY_VERSION_3, pid=${pid}}`

const prctl =
  (option: string): Decoder =>
  (c) =>
    c.show('prctl', `${option}, ${typeof c.args[0] === 'string' ? quoted(c.str(0), 16) : c.num(0, 1)}`)

const uname: Decoder = (c) => {
  const field = (name: string): string => quoted(String(c.member(c.value, name)), 64)
  return c.show('uname', '', 0, `{sysname=${field('sysname')}, nodename=${field('nodename')}, ...}`)
}

const setName =
  (name: string): Decoder =>
  (c) =>
    c.show(name, `${quoted(c.str(0), c.limit)}, ${c.str(0).length}`)

export const PROCESS: Readonly<Record<string, Decoder>> = {
  exec,
  fork: (c) => {
    const namespaces = c.num(1) === 0 ? '' : `|${cloneFlags(c.num(1))}`
    return c.show('clone', `child_stack=NULL, flags=${FLAGS_OF_FORK}${namespaces}|SIGCHLD, child_tidptr=${CHILD_TID}`, value(c))
  },
  thread: (c) => {
    const how =
      'CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID'
    return c.show('clone3', `{flags=${how}, ...}, 88`, c.number(c.value, 'tid'))
  },
  wait: (c) => {
    const pid = c.member(c.value, 'pid')
    return c.show('wait4', `${c.num(0)}, `, typeof pid === 'number' ? pid : 0, `${waitStatus(c)}, ${flags(c.num(1), WAIT)}, NULL`)
  },
  getppid: numbers('getppid', 0),
  getpgid: (c) => (c.num(0) === 0 ? c.show('getpgrp', '', value(c)) : c.show('getpgid', id(c.num(0)), value(c))),
  setpgid: numbers('setpgid', 2),
  getsid: numbers('getsid', 1),
  setsid: numbers('setsid', 0),
  kill: (c) => c.show('kill', `${c.num(0)}, ${c.num(1) === 0 ? 0 : signal(c.num(1))}`),
  sigaction: (c) => c.show('rt_sigaction', `${signal(c.num(0))}, ${action(c.args[1])}, `, 0, `${c.ok ? action(c.value) : 'NULL'}, 8`),
  sigprocmask: (c) =>
    c.show('rt_sigprocmask', `SIG_SETMASK, ${signalSet(c.numbers(c.args[0]))}, `, 0, `${signalSet(c.numbers(c.value))}, 8`),
  sigpending: (c) => c.show('rt_sigpending', '', 0, `${signalSet(c.numbers(c.value))}, 8`),
  pause: (c) => c.show('pause', ''),
  nanosleep: (c) => c.show('clock_nanosleep', `CLOCK_REALTIME, 0, ${timespec(c.num(0))}, `, 0, c.ok ? 'NULL' : STACK),
  alarm: (c) => c.show('alarm', id(Math.ceil(c.num(0) / 1_000_000)), Math.ceil(Number(c.value) / 1_000_000)),
  times: (c) => {
    const ticks = (name: string): number => Math.floor(c.number(c.value, name) / 10_000)
    const text = `{tms_utime=${ticks('user')}, tms_stime=${ticks('system')}, tms_cutime=${ticks('childUser')}, tms_cstime=${ticks('childSystem')}}`
    return c.show('times', '', ticks('user') + ticks('system'), text)
  },
  setMemory: (c) => c.show('mmap', `NULL, ${c.num(0)}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0`, CODE),
  getrlimit: (c) =>
    c.show('prlimit64', `0, RLIMIT_${c.str(0).toUpperCase()}, NULL, `, 0, rlimit(c.member(c.value, 'soft'), c.member(c.value, 'hard'))),
  setrlimit: (c) => c.show('prlimit64', `${c.num(3)}, RLIMIT_${c.str(0).toUpperCase()}, ${rlimit(c.args[1], c.args[2])}, NULL`),
  getpriority: (c) => c.show('getpriority', `PRIO_PROCESS, ${c.num(0)}`, 20 - Number(c.value)),
  setpriority: (c) => c.show('setpriority', `PRIO_PROCESS, ${c.num(0)}, ${c.num(1)}`),
  getaffinity: (c) => c.show('sched_getaffinity', `${c.num(0)}, 128, `, 8, `[${c.numbers(c.value).join(' ')}]`),
  setaffinity: (c) => c.show('sched_setaffinity', `${c.num(0)}, 128, [${c.numbers(c.args[1]).join(' ')}]`),
  getscheduler: (c) => {
    const policy = POLICIES[String(c.member(c.value, 'policy'))] ?? 'SCHED_OTHER'
    return c.show('sched_getscheduler', id(c.num(0)), `${Object.values(POLICIES).indexOf(policy)} (${policy})`)
  },
  setscheduler: (c) => c.show('sched_setscheduler', `${c.num(0)}, ${POLICIES[c.str(1)] ?? c.str(1)}, [${c.num(2)}]`),
  getionice: (c) => c.show('ioprio_get', `IOPRIO_WHO_PROCESS, ${c.num(0)}`, ioprio(c, c.value)),
  setionice: (c) => c.show('ioprio_set', `IOPRIO_WHO_PROCESS, ${c.num(0)}, ${ioprio(c, c.args[1])}`),
  setComm: prctl('PR_SET_NAME'),
  setParentDeathSignal: (c) => c.show('prctl', `PR_SET_PDEATHSIG, ${c.num(0) === 0 ? 0 : signal(c.num(0))}`),
  setChildSubreaper: prctl('PR_SET_CHILD_SUBREAPER'),
  setNoNewPrivs: (c) => c.show('prctl', 'PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0'),
  credentials: (c) => c.show('geteuid', '', c.number(c.value, 'euid')),
  setresuid: numbers('setresuid', 3),
  setresgid: numbers('setresgid', 3),
  setgroups: (c) => c.show('setgroups', `${c.list(0).length}, [${c.list(0).join(', ')}]`),
  capget: (c) => c.show('capget', `${capHead(c.num(0))}, `, 0, c.ok ? capData(c, c.value) : 'NULL'),
  capset: (c) => c.show('capset', `${capHead(0)}, ${capData(c, c.args[0])}`),
  setSecurebits: (c) => c.show('prctl', `PR_SET_SECUREBITS, 0x${c.num(0).toString(16)}`),
  getSecurebits: (c) => c.show('prctl', 'PR_GET_SECUREBITS', value(c)),
  unshare: (c) => c.show('unshare', cloneFlags(c.num(0))),
  setns: (c) => c.show('setns', `${c.fd()}, ${cloneFlags(c.num(1))}`),
  ipcGet: (c) => {
    const size = c.str(0) === 'msg' ? '' : `${c.num(3)}, `
    return c.show(`${c.str(0)}get`, `${c.num(1)}, ${size}IPC_CREAT|IPC_EXCL|0${c.num(2).toString(8)}`, value(c))
  },
  ipcRemove: (c) => c.show(`${c.str(0)}ctl`, `${c.num(1)}, ${c.str(0) === 'sem' ? '0, ' : ''}IPC_RMID, NULL`),
  uname,
  sethostname: setName('sethostname'),
  setdomainname: setName('setdomainname'),
  dmesg: (c) => c.show('syslog', `SYSLOG_ACTION_READ_ALL, ${HEAP}, 131072`, Array.isArray(c.value) ? c.value.length : 0),
  sysinfo: (c) =>
    c.show(
      'sysinfo',
      '',
      0,
      `{uptime=${Math.floor(c.number(c.value, 'uptime') / 1_000_000)}, totalram=${c.number(c.value, 'totalRam')}, ...}`,
    ),
  reboot: (c) => c.show('reboot', 'LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART'),
  getrandom: (c) => c.show('getrandom', '', c.num(0), `${quoted(c.bytes(c.value), c.limit)}, ${c.num(0)}, 0`),
}

function ioprio(c: Call, of: unknown): string {
  return `IOPRIO_PRIO_VALUE(${IO_CLASSES[c.number(of, 'class')] ?? 'IOPRIO_CLASS_NONE'}, ${c.number(of, 'level')})`
}

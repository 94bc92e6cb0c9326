import type { PidNamespace } from '../../namespaces/pid.ts'
import type { UserNamespace } from '../../namespaces/user.ts'
import { formatCaps } from '../../process/capability.ts'
import type { Pid } from '../../process/pid.ts'
import { allowedCpus, type Process } from '../../process/process.ts'
import { SignalState } from '../../process/signals.ts'
import type { Rlimit } from '../../syscalls.ts'

/** /proc/PID/status, stat, statm, limits, sched, io. Source: proc_pid_status(5) and neighbours. */

const STATE_WORDS: Readonly<Record<string, string>> = { R: 'running', S: 'sleeping', T: 'stopped', Z: 'zombie', I: 'idle' }

const kb = (bytes: number): string => `${String(Math.round(bytes / 1024)).padStart(8)} kB`
const mask = (bits: bigint): string => bits.toString(16).padStart(16, '0')

/** Numbers of a pid in the reader's namespace and each one below, as NSpid. */
function nsNumbers(p: Process, id: Pid | undefined, reader: PidNamespace): string {
  let out = ''
  for (let ns: PidNamespace | undefined = p.pidns; ns !== undefined && ns.level >= reader.level; ns = ns.parent)
    out = `\t${id?.in(ns) ?? 0}${out}`
  return out
}

export function status(p: Process, reader: PidNamespace, userns: UserNamespace): string {
  const { state: c } = p.cred
  const uid = (id: number): number => userns.show('uid', id)
  const gid = (id: number): number => userns.show('gid', id)
  const pid = p.pidIn(reader)
  let out = `Name:\t${p.comm}\nUmask:\t${p.fs.umask.toString(8).padStart(4, '0')}\nState:\t${p.state} (${STATE_WORDS[p.state] ?? p.state})\n`
  out += `Tgid:\t${pid}\nNgid:\t0\nPid:\t${pid}\nPPid:\t${parentPid(p, reader)}\nTracerPid:\t${p.tracee?.session.process.pidIn(reader) ?? 0}\n`
  out += `Uid:\t${uid(c.uid)}\t${uid(c.euid)}\t${uid(c.suid)}\t${uid(c.fsuid)}\nGid:\t${gid(c.gid)}\t${gid(c.egid)}\t${gid(c.sgid)}\t${gid(c.fsgid)}\n`
  const fds = p.exited ? [] : p.files.list()
  out += `FDSize:\t${p.exited || p.kthread ? 0 : Math.max(64, Math.ceil(((fds.at(-1) ?? 0) + 1) / 64) * 64)}\nGroups:\t${c.groups.map((g) => `${gid(g)} `).join('') || ' '}\n`
  out += `NStgid:${nsNumbers(p, p.id, reader)}\nNSpid:${nsNumbers(p, p.id, reader)}\nNSpgid:${nsNumbers(p, p.group?.id, reader)}\nNSsid:${nsNumbers(p, p.session?.id, reader)}\n`
  if (p.kthread) out += 'Kthread:\t1\n'
  else if (!p.exited) out += memoryLines(p)
  const { signals } = p
  out += `Threads:\t${Math.max(1, p.threads.size)}\nSigQ:\t0/${p.limits.sigpending.soft}\nSigPnd:\t${mask(0n)}\nShdPnd:\t${mask(SignalState.mask(signals.pending))}\n`
  out += `SigBlk:\t${mask(SignalState.mask(signals.blocked))}\nSigIgn:\t${mask(signals.ignoredMask())}\nSigCgt:\t${mask(signals.caughtMask())}\n`
  const { caps } = c
  out += `CapInh:\t${formatCaps(caps.inheritable)}\nCapPrm:\t${formatCaps(caps.permitted)}\nCapEff:\t${formatCaps(caps.effective)}\nCapBnd:\t${formatCaps(caps.bounding)}\nCapAmb:\t${formatCaps(caps.ambient)}\n`
  out += `NoNewPrivs:\t${c.noNewPrivs ? 1 : 0}\nSeccomp:\t0\nSeccomp_filters:\t0\nSpeculation_Store_Bypass:\tnot vulnerable\nSpeculationIndirectBranch:\talways enabled\n`
  const allowed = allowedCpus(p)
  out += `Cpus_allowed:\t${allowed.reduce((bits, cpu) => bits + 2 ** cpu, 0).toString(16)}\nCpus_allowed_list:\t${cpuList(allowed)}\n`
  out += `Mems_allowed:\t${'00000000,'.repeat(31)}00000001\nMems_allowed_list:\t0\n`
  return `${out}voluntary_ctxt_switches:\t${p.voluntarySwitches}\nnonvoluntary_ctxt_switches:\t${p.involuntarySwitches}\n`
}

function memoryLines(p: Process): string {
  const rss = p.rssBytes
  const vm = p.vmBytes
  return (
    `VmPeak:\t${kb(Math.max(vm, p.peakBytes))}\nVmSize:\t${kb(vm)}\nVmLck:\t${kb(0)}\nVmPin:\t${kb(0)}\nVmHWM:\t${kb(Math.max(rss, p.peakBytes))}\nVmRSS:\t${kb(rss)}\n` +
    `RssAnon:\t${kb(p.anonBytes)}\nRssFile:\t${kb(p.fileBytes)}\nRssShmem:\t${kb(0)}\nVmData:\t${kb(p.anonBytes + 139_264)}\nVmStk:\t${kb(135_168)}\nVmExe:\t${kb(20_480)}\n` +
    `VmLib:\t${kb(1_564_672)}\nVmPTE:\t${kb(45_056)}\nVmSwap:\t${kb(0)}\nHugetlbPages:\t${kb(0)}\nCoreDumping:\t0\nTHP_enabled:\t1\n`
  )
}

/** `0-1,3` */
export function cpuList(cpus: readonly number[]): string {
  const out: string[] = []
  for (let i = 0; i < cpus.length; ) {
    let k = i
    while (k + 1 < cpus.length && cpus[k + 1] === (cpus[k] as number) + 1) k++
    out.push(k === i ? `${cpus[i]}` : `${cpus[i]}-${cpus[k]}`)
    i = k + 1
  }
  return out.join(',')
}

function parentPid(p: Process, reader: PidNamespace): number {
  return p.parent?.pidIn(reader) ?? 0
}

const ticks = (micros: number): number => Math.floor(micros / 10_000)

/** struct in proc_pid_stat(5): 52 fields. Addresses are those of a program that shows none (no ptrace access). */
export function stat(p: Process, reader: PidNamespace): string {
  const { session, group } = p
  const sid = session?.id.in(reader) ?? 0
  const tty = session?.tty
  const ttyNr = tty === undefined ? 0 : tty.rdev
  const foreground = tty === undefined ? -1 : (tty.foreground?.id.in(reader) ?? -1)
  // PF_SUPERPRIV for init, which has used its privileges.
  const flags = p.kthread ? 2_129_984 : p.isNamespaceInit ? 4_194_560 : 4_194_304
  const { signals } = p
  const start = Math.max(0, ticks(p.startTime - p.kernel.bootTime))
  const priority = p.policy === 'fifo' || p.policy === 'rr' ? -1 - p.rtPriority : 20 + p.nice
  const fields = [
    p.pidIn(reader),
    `(${p.comm})`,
    p.state,
    parentPid(p, reader),
    group?.id.in(reader) ?? 0,
    sid,
    ttyNr,
    foreground,
    flags,
    101,
    0,
    0,
    0,
    ticks(p.userMicros),
    ticks(p.systemMicros),
    ticks(p.childUserMicros),
    ticks(p.childSystemMicros),
    priority,
    p.nice,
    Math.max(1, p.threads.size),
    0,
    start,
    p.exited ? 0 : p.vmBytes,
    p.exited ? 0 : Math.round(p.rssBytes / 4096),
    '18446744073709551615',
    0,
    0,
    0,
    0,
    0,
    legacyMask(SignalState.mask(signals.pending)),
    legacyMask(SignalState.mask(signals.blocked)),
    legacyMask(signals.ignoredMask()),
    legacyMask(signals.caughtMask()),
    p.state === 'S' || p.state === 'I' ? 1 : 0,
    0,
    0,
    17,
    0,
    p.rtPriority,
    POLICIES[p.policy],
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    exitCode(p),
  ]
  return `${fields.join(' ')}\n`
}

const POLICIES = { other: 0, fifo: 1, rr: 2, batch: 3, idle: 5 } as const

/** Signals 1 to 31 only. */
const legacyMask = (bits: bigint): bigint => bits & 0x7fffffffn

function exitCode(p: Process): number {
  if (!p.exited) return 0
  return p.exitStatus.signal ?? (p.exitStatus.exit ?? 0) * 256
}

export function statm(p: Process): string {
  if (p.kthread || p.exited) return '0 0 0 0 0 0 0\n'
  const pages = (bytes: number): number => Math.round(bytes / 4096)
  return `${pages(p.vmBytes)} ${pages(p.rssBytes)} ${pages(p.fileBytes)} 5 0 ${pages(p.anonBytes) + 34} 0\n`
}

const LIMITS: readonly (readonly [Rlimit, string, string])[] = [
  ['cpu', 'Max cpu time', 'seconds'],
  ['fsize', 'Max file size', 'bytes'],
  ['data', 'Max data size', 'bytes'],
  ['stack', 'Max stack size', 'bytes'],
  ['core', 'Max core file size', 'bytes'],
  ['rss', 'Max resident set', 'bytes'],
  ['nproc', 'Max processes', 'processes'],
  ['nofile', 'Max open files', 'files'],
  ['memlock', 'Max locked memory', 'bytes'],
  ['as', 'Max address space', 'bytes'],
  ['locks', 'Max file locks', 'locks'],
  ['sigpending', 'Max pending signals', 'signals'],
  ['msgqueue', 'Max msgqueue size', 'bytes'],
  ['nice', 'Max nice priority', ''],
  ['rtprio', 'Max realtime priority', ''],
  ['rttime', 'Max realtime timeout', 'us'],
]

export function limits(p: Process): string {
  const show = (n: number): string => (n === Number.POSITIVE_INFINITY ? 'unlimited' : String(n)).padEnd(20)
  const row = (name: string, soft: string, hard: string, unit: string): string =>
    `${name.padEnd(25)} ${soft} ${hard} ${unit === '' ? '' : unit.padEnd(10)}\n`
  let out = row('Limit', 'Soft Limit'.padEnd(20), 'Hard Limit'.padEnd(20), 'Units')
  for (const [key, name, unit] of LIMITS) out += row(name, show(p.limits[key].soft), show(p.limits[key].hard), unit)
  return out
}

export function sched(p: Process, reader: PidNamespace): string {
  const ms = (micros: number): string => `${Math.floor(micros / 1000)}.${String(Math.round(micros % 1000)).padStart(3, '0')}000`
  const row = (name: string, value: string | number): string => `${name.padEnd(45)}:${String(value).padStart(22)}\n`
  return (
    `${p.comm} (${p.pidIn(reader)}, #threads: ${Math.max(1, p.threads.size)})\n${'-'.repeat(67)}\n` +
    row('se.exec_start', ms(p.kernel.uptime())) +
    row('se.vruntime', ms(p.userMicros + p.systemMicros)) +
    row('se.sum_exec_runtime', ms(p.userMicros + p.systemMicros)) +
    row('nr_switches', p.voluntarySwitches + p.involuntarySwitches) +
    row('nr_voluntary_switches', p.voluntarySwitches) +
    row('nr_involuntary_switches', p.involuntarySwitches) +
    row('policy', p.policy === 'other' ? 0 : 1) +
    row('prio', 120 + p.nice)
  )
}

export function io(p: Process): string {
  return `rchar: ${p.io.rchar}\nwchar: ${p.io.wchar}\nsyscr: ${p.io.syscr}\nsyscw: ${p.io.syscw}\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n`
}

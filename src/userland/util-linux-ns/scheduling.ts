import { Errno, strerror } from '#linux/errno.ts'
import type { Proc, SchedPolicy } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts } from '../lib/accounts.ts'
import { say, slurp } from '../lib/io.ts'
import { execute, Fatal, numberArg, orDie, tool } from './common.ts'

/** `0-2,5` as numbers; undefined when it is no list. */
function cpuList(text: string): number[] | undefined {
  const out: number[] = []
  for (const part of text.split(',')) {
    const m = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part)
    if (m === null) return undefined
    const to = m[2] === undefined ? Number(m[1]) : Number(m[2])
    for (let n = Number(m[1]); n <= to; n += Number(m[3] ?? 1) || 1) out.push(n)
  }
  return out
}

function maskList(text: string): number[] | undefined {
  if (!/^(0x)?[0-9a-fA-F,]+$/.test(text)) return undefined
  const bits = BigInt(`0x${text.replace(/^0x/, '').replaceAll(',', '')}`)
  const out: number[] = []
  for (let n = 0; n < 64; n++) if (((bits >> BigInt(n)) & 1n) === 1n) out.push(n)
  return out
}

function showMask(cpus: readonly number[]): string {
  return cpus.reduce((bits, n) => bits | (1n << BigInt(n)), 0n).toString(16)
}

function showList(cpus: readonly number[]): string {
  const parts: string[] = []
  for (let i = 0; i < cpus.length; ) {
    let j = i
    while (j + 1 < cpus.length && cpus[j + 1] === (cpus[j] ?? 0) + 1) j++
    parts.push(i === j ? String(cpus[i]) : j === i + 1 ? `${cpus[i]},${cpus[j]}` : `${cpus[i]}-${cpus[j]}`)
    i = j + 1
  }
  return parts.join(',')
}

const TASKSET_HELP = `Usage: taskset [options] [mask | cpu-list] [pid|cmd [args...]]


Show or change the CPU affinity of a process.

Options:
 -a, --all-tasks         operate on all the tasks (threads) for a given pid
 -p, --pid               operate on existing given pid
 -c, --cpu-list          display and specify cpus in list format
 -h, --help              display this help
 -V, --version           display version

For more details see taskset(1).
`

/** taskset(1) */
export const taskset = tool({
  name: 'util-linux/taskset',
  help: TASKSET_HELP,
  short: 'apchV',
  long: 'all-tasks:a pid:p cpu-list:c',
  *run(proc, opts) {
    const asList = opts.has('c')
    const { operands } = opts
    const show = (pid: number, what: string): string => {
      const cpus = orDie(`failed to get pid ${pid}'s affinity`, () => proc.getaffinity(pid))
      return `pid ${pid}'s ${what} affinity ${asList ? `list: ${showList(cpus)}` : `mask: ${showMask(cpus)}`}\n`
    }
    const parse = (text: string): number[] => {
      const cpus = asList ? cpuList(text) : maskList(text)
      if (cpus === undefined) throw new Fatal(`failed to parse CPU ${asList ? 'list' : 'mask'}: ${text}`)
      return cpus
    }
    if (opts.has('p')) {
      const last = operands.at(-1)
      if (last === undefined) return yield* bad(proc)
      const pid = numberArg(last, 'invalid PID argument')
      yield* say(proc, 1, show(pid, 'current'))
      if (operands.length === 1) return 0
      const cpus = parse(operands[0] ?? '')
      orDie(`failed to set pid ${pid}'s affinity`, () => proc.setaffinity(pid, cpus))
      yield* say(proc, 1, show(pid, 'new'))
      return 0
    }
    if (operands.length < 2) return yield* bad(proc)
    const cpus = parse(operands[0] ?? '')
    orDie("failed to set pid 0's affinity", () => proc.setaffinity(0, cpus))
    return yield* execute(proc, operands.slice(1))
  },
})

function* bad(proc: Proc): Sim<number> {
  yield* say(proc, 2, "taskset: bad usage\nTry 'taskset --help' for more information.\n")
  return 1
}

const RENICE_HELP = `
Usage:
 renice [-n] <priority> [-p|--pid] <pid>...
 renice [-n] <priority>  -g|--pgrp <pgid>...
 renice [-n] <priority>  -u|--user <user>...

For more details see renice(1).
`

/** renice(1) */
export const renice = tool({
  name: 'util-linux/renice',
  help: RENICE_HELP,
  posix: false,
  short: 'n:pguhV',
  long: 'priority=:n pid:p pgrp:g user:u relative=',
  *run(proc, opts) {
    const operands = [...opts.operands]
    const word = opts.value('n') ?? operands.shift()
    if (word === undefined || operands.length === 0) throw new Fatal("bad usage\nTry 'renice --help' for more information.")
    const priority = numberArg(word, 'invalid priority')
    const accounts = new Accounts((yield* slurp(proc, '/etc/passwd')) ?? '', '')
    let status = 0
    for (const who of operands) {
      const byUser = opts.has('u')
      const id = byUser ? accounts.user(who)?.uid : /^\d+$/.test(who) ? Number(who) : undefined
      if (id === undefined) {
        yield* say(proc, 2, `renice: ${byUser ? `unknown user ${who}` : `bad process ID value: ${who}`}\n`)
        status = 1
        continue
      }
      const kind = opts.has('g') ? 'process group ID' : byUser ? 'user ID' : 'process ID'
      try {
        if (kind !== 'process ID') throw new Fatal(`podlab: renice of a ${kind} is not modelled`)
        const old = proc.getpriority(id)
        proc.setpriority(id, priority)
        yield* say(proc, 1, `${id} (${kind}) old priority ${old}, new priority ${proc.getpriority(id)}\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(
          proc,
          2,
          `renice: failed to ${error.code === 'ESRCH' ? 'get' : 'set'} priority for ${id} (${kind}): ${strerror(error)}\n`,
        )
        status = 1
      }
    }
    return status
  },
})

const CLASSES = ['none', 'realtime', 'best-effort', 'idle']

const IONICE_HELP = `
Usage:
 ionice [options] -p <pid>...
 ionice [options] -P <pgid>...
 ionice [options] -u <uid>...
 ionice [options] <command>

Show or change the I/O-scheduling class and priority of a process.

For more details see ionice(1).
`

/** ionice(1) */
export const ionice = tool({
  name: 'util-linux/ionice',
  help: IONICE_HELP,
  short: 'n:c:p:P:u:thV',
  long: 'classdata=:n class=:c pid=:p pgid=:P uid=:u ignore:t',
  *run(proc, opts) {
    const word = opts.value('c')
    const asked = word === undefined ? undefined : /^\d+$/.test(word) ? Number(word) : CLASSES.indexOf(word.toLowerCase())
    if (asked !== undefined && (asked < 0 || asked > 3)) throw new Fatal(`unknown scheduling class: '${word}'`)
    const level = opts.value('n')
    const pids = opts.values('p').map((p) => numberArg(p, 'invalid PID argument'))
    const change = asked !== undefined || level !== undefined
    const set = (pid: number): void => {
      const value = {
        class: asked ?? 2,
        level: asked === 3 ? 7 : level === undefined ? 4 : numberArg(level, 'invalid class data argument'),
      }
      orDie('ioprio_set failed', () => proc.setionice(pid, value))
    }
    if (!change && opts.operands.length === 0) {
      for (const pid of pids.length === 0 ? [0] : [...pids, ...opts.operands.map(Number)]) {
        const { class: c, level: n } = orDie('ioprio_get failed', () => proc.getionice(pid))
        yield* say(proc, 1, c === 3 ? 'idle\n' : `${CLASSES[c] ?? c}: prio ${n}\n`)
      }
      return 0
    }
    for (const pid of pids) set(pid)
    if (pids.length > 0) return 0
    set(0)
    return opts.operands.length > 0 ? yield* execute(proc, opts.operands) : 0
  },
})

const POLICIES: Readonly<Record<string, SchedPolicy>> = {
  b: 'batch',
  f: 'fifo',
  i: 'idle',
  o: 'other',
  r: 'rr',
}

const CHRT_HELP = `Show or change the real-time scheduling attributes of a process.

Set policy:
 chrt [options] <priority> <command> [<arg>...]
 chrt [options] --pid <priority> <pid>

Get policy:
 chrt [options] -p <pid>

For more details see chrt(1).
`

/** chrt(1) */
export const chrt = tool({
  name: 'util-linux/chrt',
  help: CHRT_HELP,
  short: 'abfiorpmvhVR',
  long: 'all-tasks:a batch:b fifo:f idle:i other:o rr:r pid:p max:m verbose:v reset-on-fork:R',
  *run(proc, opts) {
    if (opts.has('m')) {
      yield* say(
        proc,
        1,
        ['OTHER', 'FIFO', 'RR', 'BATCH', 'IDLE', 'DEADLINE']
          .map((n) => `SCHED_${n} min/max priority\t: ${n === 'FIFO' || n === 'RR' ? '1/99' : '0/0'}\n`)
          .join(''),
      )
      return 0
    }
    const letter = opts.last('b', 'f', 'i', 'o', 'r') ?? 'r'
    const policy = POLICIES[letter] ?? 'rr'
    const show = (pid: number, what: string): string => {
      const { policy: now, priority } = orDie(`failed to get pid ${pid}'s policy`, () => proc.getscheduler(pid))
      return `pid ${pid}'s ${what} scheduling policy: SCHED_${now.toUpperCase()}\npid ${pid}'s ${what} scheduling priority: ${priority}\n`
    }
    const { operands } = opts
    if (opts.has('p')) {
      const pid = numberArg(operands.at(-1) ?? '', 'invalid PID argument')
      if (operands.length <= 1) {
        yield* say(proc, 1, show(pid, 'current'))
        return 0
      }
      const priority = numberArg(operands[0] ?? '', 'invalid priority argument')
      orDie(`failed to set pid ${pid}'s policy`, () => proc.setscheduler(pid, policy, priority))
      return 0
    }
    if (operands.length < 2) throw new Fatal("bad usage\nTry 'chrt --help' for more information.")
    const priority = numberArg(operands[0] ?? '', 'invalid priority argument')
    orDie("failed to set pid 0's policy", () => proc.setscheduler(0, policy, priority))
    return yield* execute(proc, operands.slice(1))
  },
})

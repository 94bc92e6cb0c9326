import { Errno } from '#linux/errno.ts'
import { O, type Rlimit } from '#linux/syscalls.ts'
import { civil } from '#sim/time.ts'
import { Out, say } from '../lib/io.ts'
import { MONTHS, two } from '../procps/processes.ts'
import { execute, Fatal, failed, numberArg, orDie, tool } from './common.ts'

const SETSID_HELP = `
Usage:
 setsid [options] <program> [arguments ...]

Run a program in a new session.

Options:
 -c, --ctty     set the controlling terminal to the current one
 -f, --fork     always fork
 -w, --wait     wait program to exit, and use the same return

 -h, --help     display this help
 -V, --version  display version

For more details see setsid(1).
`

/** setsid(1) */
export const setsid = tool({
  name: 'util-linux/setsid',
  help: SETSID_HELP,
  short: 'cfwhV',
  long: 'ctty:c fork:f wait:w',
  *run(proc, opts) {
    if (opts.operands.length === 0) throw new Fatal("no command specified\nTry 'setsid --help' for more information.")
    const go = function* (p: typeof proc) {
      orDie('setsid failed', () => p.setsid())
      if (opts.has('c')) orDie('failed to set the controlling terminal', () => p.setControllingTty(0))
      return yield* execute(p, opts.operands)
    }
    if (proc.getpgid() !== proc.pid && !opts.has('f')) return yield* go(proc)
    const pid = proc.fork(function* (child) {
      try {
        return yield* go(child)
      } catch (error) {
        if (!(error instanceof Fatal)) throw error
        yield* say(child, 2, `setsid: ${error.message}\n`)
        return error.status
      }
    })
    if (!opts.has('w')) return 0
    const status = yield* proc.wait(pid)
    return status?.exit ?? 128 + (status?.signal ?? 0)
  },
})

/** What prlimit lists: letter, resource, description, unit. */
const LIMITS: readonly (readonly [option: string, long: string, resource: Rlimit, name: string, help: string, units: string])[] = [
  ['v', 'as', 'as', 'AS', 'address space limit', 'bytes'],
  ['c', 'core', 'core', 'CORE', 'max core file size', 'bytes'],
  ['t', 'cpu', 'cpu', 'CPU', 'CPU time', 'seconds'],
  ['d', 'data', 'data', 'DATA', 'max data size', 'bytes'],
  ['f', 'fsize', 'fsize', 'FSIZE', 'max file size', 'bytes'],
  ['x', 'locks', 'locks', 'LOCKS', 'max number of file locks held', 'locks'],
  ['l', 'memlock', 'memlock', 'MEMLOCK', 'max locked-in-memory address space', 'bytes'],
  ['q', 'msgqueue', 'msgqueue', 'MSGQUEUE', 'max bytes in POSIX mqueues', 'bytes'],
  ['e', 'nice', 'nice', 'NICE', 'max nice prio allowed to raise', ''],
  ['n', 'nofile', 'nofile', 'NOFILE', 'max number of open files', 'files'],
  ['u', 'nproc', 'nproc', 'NPROC', 'max number of processes', 'processes'],
  ['m', 'rss', 'rss', 'RSS', 'max resident set size', 'bytes'],
  ['r', 'rtprio', 'rtprio', 'RTPRIO', 'max real-time priority', ''],
  ['y', 'rttime', 'rttime', 'RTTIME', 'timeout for real-time tasks', 'microsecs'],
  ['i', 'sigpending', 'sigpending', 'SIGPENDING', 'max number of pending signals', 'signals'],
  ['s', 'stack', 'stack', 'STACK', 'max stack size', 'bytes'],
]

const PRLIMIT_HELP = `
Usage:
 prlimit [options] [--<resource>=<limit>] [-p PID]
 prlimit [options] [--<resource>=<limit>] COMMAND

Show or change the resource limits of a process.

For more details see prlimit(1).
`

/** prlimit(1) */
export const prlimit = tool({
  name: 'util-linux/prlimit',
  help: PRLIMIT_HELP,
  short: 'c::d::e::f::i::l::m::n::q::r::s::t::u::v::x::y::p:o:hV',
  long: `${LIMITS.map(([letter, long]) => `${long}=?:${letter}`).join(' ')} pid=:p output=:o noheadings raw verbose`,
  *run(proc, opts) {
    const word = opts.value('p')
    const pid = word === undefined ? 0 : numberArg(word, 'invalid PID argument')
    const asked = LIMITS.filter(([letter]) => opts.has(letter))
    let changed = false
    for (const [letter, , resource, name] of asked) {
      const text = opts.value(letter)
      if (text === undefined || text === '') continue
      changed = true
      const old = orDie(`failed to get the ${name} resource limit`, () => proc.getrlimit(resource, pid))
      const value = (part: string | undefined, now: number): number => {
        if (part === undefined || part === '') return now
        if (part === 'unlimited' || part === '-1') return Number.POSITIVE_INFINITY
        if (!/^\d+$/.test(part)) throw new Fatal(`failed to parse ${name} limit`)
        return Number(part)
      }
      const [soft, hard] = text.includes(':') ? text.split(':') : [text, text]
      const to = { soft: value(soft, old.soft), hard: value(hard, old.hard) }
      if (to.soft > to.hard) throw new Fatal(`the soft limit ${name} cannot exceed the hard limit`)
      orDie(`failed to set the ${name} resource limit`, () => proc.setrlimit(resource, to.soft, to.hard, pid))
    }
    if (opts.operands.length > 0) return yield* execute(proc, opts.operands)
    if (changed) return 0
    const show = (n: number): string => (n === Number.POSITIVE_INFINITY ? 'unlimited' : String(n))
    const rows = (asked.length > 0 ? asked : LIMITS).map(([, , resource, name, help, units]) => {
      const { soft, hard } = orDie(`failed to get the ${name} resource limit`, () => proc.getrlimit(resource, pid))
      return [name, help, show(soft), show(hard), units]
    })
    const all = opts.has('noheadings') ? rows : [['RESOURCE', 'DESCRIPTION', 'SOFT', 'HARD', 'UNITS'], ...rows]
    const widths = [0, 1, 2, 3].map((i) => Math.max(...all.map((r) => (r[i] ?? '').length)))
    yield* say(
      proc,
      1,
      all
        .map(
          (r) =>
            `${(r[0] ?? '').padEnd(widths[0] ?? 0)} ${(r[1] ?? '').padEnd(widths[1] ?? 0)} ${(r[2] ?? '').padStart(widths[2] ?? 0)} ${(r[3] ?? '').padStart(widths[3] ?? 0)} ${r[4] ?? ''}\n`,
        )
        .join(''),
    )
    return 0
  },
})

const FLOCK_HELP = `
Usage:
 flock [options] <file>|<directory> <command> [<argument>...]
 flock [options] <file>|<directory> -c <command>
 flock [options] <file descriptor number>

Manage file locks from shell scripts.

For more details see flock(1).
`

/** flock(1) */
export const flock = tool({
  name: 'util-linux/flock',
  help: FLOCK_HELP,
  usageStatus: 64,
  short: 'sexnoFuw:E:c:hV',
  long: 'shared:s exclusive:x unlock:u nonblocking:n nonblock:n nb:n timeout=:w wait=:w conflict-exit-code=:E command=:c no-fork:F close:o verbose',
  *run(proc, opts) {
    const operation = opts.has('u') ? 'unlock' : opts.has('s') ? 'shared' : 'exclusive'
    const conflict = opts.value('E') === undefined ? 1 : numberArg(opts.value('E') ?? '', 'invalid exit code')
    const target = opts.operands[0]
    if (target === undefined) throw new Fatal('not enough arguments', 64)
    let words = opts.operands.slice(1)
    if (words[0] === '-c' || words[0] === '--command') {
      if (words.length !== 2) throw new Fatal('-c requires exactly one command argument', 64)
      words = [proc.getenv('SHELL') ?? '/bin/sh', '-c', words[1] ?? '']
    } else if (opts.has('c')) words = [proc.getenv('SHELL') ?? '/bin/sh', '-c', opts.value('c') ?? '']
    let fd: number
    if (words.length === 0) {
      if (!/^\d+$/.test(target)) throw new Fatal(`bad file descriptor: '${target}'`, 64)
      fd = Number(target)
    } else {
      try {
        fd = yield* proc.open(target, O.RDONLY | O.CREAT | O.NOCTTY, 0o666)
      } catch (error) {
        try {
          if (!(error instanceof Errno) || error.code !== 'EISDIR') throw error
          fd = yield* proc.open(target, O.RDONLY | O.NOCTTY)
        } catch (second) {
          return failed(`cannot open lock file ${target}`, second, 66)
        }
      }
    }
    let timedOut = false
    const timeout = opts.value('w')
    if (timeout !== undefined) {
      proc.sigaction(14, () => {
        timedOut = true
      })
      proc.alarm(Math.round(Number(timeout) * 1_000_000))
    }
    try {
      yield* proc.flock(fd, operation, !opts.has('n'))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'EAGAIN' || (error.code === 'EINTR' && timedOut)) return conflict
      return failed(words.length === 0 ? String(fd) : target, error, 65)
    }
    proc.alarm(0)
    if (words.length === 0) return 0
    if (opts.has('F')) return yield* execute(proc, words)
    const pid = proc.fork(function* (child) {
      if (opts.has('o')) child.close(fd)
      try {
        return yield* execute(child, words)
      } catch (error) {
        if (!(error instanceof Fatal)) throw error
        yield* say(child, 2, `flock: ${error.message}\n`)
        return error.status === 127 ? 69 : 71
      }
    })
    const status = yield* proc.wait(pid)
    return status?.exit ?? 128 + (status?.signal ?? 0)
  },
})

const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug']

const DMESG_HELP = `
Usage:
 dmesg [options]

Display or control the kernel ring buffer.

Options:
 -C, --clear                 clear the kernel ring buffer
 -H, --human                 human readable output
 -k, --kernel                display kernel messages
 -l, --level <list>          restrict output to defined levels
 -n, --console-level <level> set level of messages printed to console
 -r, --raw                   print the raw message buffer
 -t, --notime                don't show any timestamp with messages
 -T, --ctime                 show human-readable timestamp (may be inaccurate
                               if you have used SUSPEND/RESUME)
 -w, --follow                wait for new messages
 -x, --decode                decode facility and level to readable string

 -h, --help                  display this help
 -V, --version               display version

For more details see dmesg(1).
`

/** dmesg(1) */
export const dmesg = tool({
  name: 'util-linux/dmesg',
  help: DMESG_HELP,
  short: 'CcDdEeF:f:HhJkL::l:n:PprSs:TtuVWwx',
  long: 'clear:C read-clear:c human:H kernel:k userspace:u level=:l facility=:f console-level=:n raw:r notime:t ctime:T follow:w follow-new:W decode:x color=?:L nopager:P',
  *run(proc, opts) {
    const levels = opts.value('l')?.split(',')
    for (const level of levels ?? []) if (!LEVELS.includes(level)) throw new Fatal(`unknown level '${level}'`)
    let seen = opts.has('W') ? orDie('read kernel buffer failed', () => proc.dmesg().length) : 0
    const boot = proc.now() - proc.uptime()
    const out = new Out(proc, 1)
    if (opts.has('C')) throw new Fatal('podlab: clearing the kernel ring buffer is not modelled')
    for (;;) {
      const log = orDie('read kernel buffer failed', () => proc.dmesg())
      for (const { time, level, text } of log.slice(seen)) {
        if (levels !== undefined && !levels.includes(LEVELS[level] ?? '')) continue
        if (opts.has('r')) out.put(`<${level}>`)
        else if (opts.has('x')) out.put(`kern  :${(LEVELS[level] ?? '').padEnd(6)}: `)
        if (!opts.has('t')) {
          if (opts.has('T', 'H')) {
            const t = civil(boot + time)
            const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][t.weekday]
            out.put(
              `[${day} ${MONTHS[t.month - 1]} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}] `,
            )
          } else out.put(`[${String(Math.floor(time / 1_000_000)).padStart(5)}.${String(time % 1_000_000).padStart(6, '0')}] `)
        }
        out.put(`${text}\n`)
        yield* out.drain()
      }
      seen = log.length
      yield* out.flush()
      if (!opts.has('w', 'W')) return 0
      yield* proc.nanosleep(500_000)
    }
  },
})

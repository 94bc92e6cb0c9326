import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { O, type Proc, type Tracer } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { statOf } from '#userland/lib/paths.ts'
import { findInPath, withEnv } from '../lib/exec.ts'
import { writeAll } from '../lib/io.ts'
import { type Context, defineProgram, ExitProgram } from '../lib/program.ts'
import { FILES } from './decode-files.ts'
import { IO } from './decode-io.ts'
import { PROCESS } from './decode-process.ts'
import { type Filter, FilterError, parseFilter } from './filter.ts'
import { Printer, type PrintOptions } from './printer.ts'
import { Summary } from './summary.ts'

const STRING_LIMIT = 32
const SORTS = { time: 'time', total_time: 'time', calls: 'calls', count: 'calls', name: 'name', errors: 'errors', nothing: 'name' } as const
const QUIET_EXIT = 2

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys({ ...FILES, ...PROCESS, ...IO }),
  ...[
    'openat',
    'newfstatat',
    'faccessat2',
    'getdents64',
    'pread64',
    'fcntl',
    'pipe2',
    'mknodat',
    'symlinkat',
    'linkat',
    'unlinkat',
    'renameat2',
  ],
  ...['fchmodat', 'fchownat', 'utimensat', 'removexattr', 'pivot_root', 'umount2', 'inotify_init1', 'inotify_add_watch', 'execve', 'clone'],
  ...[
    'clone3',
    'wait4',
    'getpgrp',
    'rt_sigaction',
    'rt_sigprocmask',
    'rt_sigpending',
    'rt_sigreturn',
    'clock_nanosleep',
    'mmap',
    'prlimit64',
  ],
  ...['sched_getaffinity', 'sched_setaffinity', 'sched_getscheduler', 'sched_setscheduler', 'ioprio_get', 'ioprio_set', 'prctl', 'geteuid'],
  ...['msgget', 'msgctl', 'shmget', 'shmctl', 'semget', 'semctl', 'syslog', 'ioctl', 'accept4', 'exit_group', 'restart_syscall', 'netlink'],
])

/** `-p 1,2`, `-p "1 2"`. */
function* pids(ctx: Context): Sim<number[]> {
  const out: number[] = []
  for (const word of ctx.opts.values('p').flatMap((w) => w.split(/[\s,]+/))) {
    if (word === '') continue
    const pid = Number(word)
    if (!/^\d+$/.test(word) || pid === 0) yield* ctx.die(`Invalid process id: '${word}'`)
    if (pid === ctx.proc.pid) yield* ctx.die("I'm sorry, I can't let you do that, Dave.")
    out.push(pid)
  }
  return out
}

interface Qualifiers {
  readonly trace: Filter
  readonly signals: boolean
  readonly quiet: boolean
}

/** -e trace=, signal=, quiet=, status=; a value without a keyword is one of trace. */
function* qualifiers(ctx: Context): Sim<Qualifiers> {
  let trace: Filter = () => true
  let signals = true
  let quiet = false
  for (const word of [...ctx.opts.values('e'), ...ctx.opts.values('trace').map((w) => `trace=${w}`)]) {
    const m = /^([a-z-]+)=(.*)$/.exec(word)
    const [kind, value] = m === null ? ['trace', word] : [m[1] ?? '', m[2] ?? '']
    if (kind === 'trace' || kind === 't') trace = yield* filter(ctx, value)
    else if (kind === 'signal' || kind === 'signals' || kind === 's') signals = value !== 'none'
    else if (kind === 'quiet' || kind === 'silent' || kind === 'q') quiet ||= /exit|all/.test(value)
    else yield* ctx.notModelled(`-e ${kind}`)
  }
  return { trace, signals, quiet }
}

function* filter(ctx: Context, text: string): Sim<Filter> {
  try {
    return parseFilter(text, KNOWN)
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    return yield* ctx.die(error.message)
  }
}

function timeOf(ctx: Context): PrintOptions['time'] {
  if (ctx.has('r')) return 'relative'
  const count = ctx.opts.count('t')
  return (['none', 'seconds', 'micros', 'epoch'] as const)[Math.min(3, count)] ?? 'none'
}

/** The child that runs the command; it is traced before its first step. */
function* start(ctx: Context, tracer: Tracer, follow: boolean): Sim<number> {
  const { proc, operands } = ctx
  const name = operands[0] ?? ''
  const path = findInPath(proc, name)[0]
  if (path === undefined) {
    const why = name.includes('/') && statOf(proc, name) !== undefined ? 'Permission denied' : 'No such file or directory'
    return yield* ctx.die(`Can't stat '${name}': ${why}`)
  }
  let environ = proc.environ
  for (const word of ctx.opts.values('E')) {
    const eq = word.indexOf('=')
    environ = eq < 0 ? withEnv(environ, word, undefined) : withEnv(environ, word.slice(0, eq), word.slice(eq + 1))
  }
  const child = proc.fork(function* (c) {
    try {
      return yield* c.exec(path, operands, environ)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* writeAll(c, 2, encode(`${ctx.prog}: exec: ${strerror(error)}\n`))
      return 1
    }
  })
  tracer.seize(child, follow)
  return child
}

function* attachAll(ctx: Context, tracer: Tracer, list: readonly number[], follow: boolean): Sim<void> {
  for (const pid of list) {
    try {
      tracer.seize(pid, follow)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.die(`attach: ptrace(PTRACE_SEIZE, ${pid}): ${strerror(error)}`)
    }
  }
}

function* outputFd(ctx: Context): Sim<number> {
  const file = ctx.value('o')
  if (file === undefined) return 2
  if (/^[|!]/.test(file)) yield* ctx.notModelled('-o |command')
  try {
    return yield* ctx.proc.open(file, O.WRONLY | O.CREAT | O.CLOEXEC | (ctx.has('A') ? O.APPEND : O.TRUNC), 0o666)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* ctx.die(`Can't fopen '${file}': ${strerror(error)}`)
  }
}

interface Session {
  readonly ctx: Context
  readonly tracer: Tracer
  readonly printer: Printer
  readonly out: number
  /** The command's process. */
  readonly child: number | undefined
  /** Messages such as `Process 7 attached`. */
  readonly quiet: boolean
}

/** Prints events until nothing is traced any more, or a signal comes; returns how the command ended. */
function* follow(s: Session): Sim<{ readonly exit: number; readonly signal?: number }> {
  const { proc } = s.ctx
  let interrupted = 0
  for (const signal of [SIGNALS.INT, SIGNALS.TERM, SIGNALS.HUP, SIGNALS.QUIT, SIGNALS.PIPE]) {
    if (proc.sigaction(signal, 'default') === 'ignore') proc.sigaction(signal, 'ignore')
    else
      proc.sigaction(signal, () => {
        interrupted = signal
      })
  }
  let how: { exit: number; signal?: number } = { exit: 0 }
  while (interrupted === 0) {
    try {
      const event = yield* s.tracer.next()
      if (event === undefined) break
      if (event.kind === 'attached' && event.pid !== s.child && !s.quiet) yield* message(s, `Process ${event.pid} attached`)
      const text = s.printer.text(event)
      if (text !== '') yield* writeAll(proc, s.out, encode(text))
      if (event.kind === 'ended' && event.pid === s.child)
        how = event.signal === undefined ? { exit: event.exit ?? 0 } : { exit: 128 + event.signal, signal: event.signal }
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
    }
  }
  if (interrupted === 0) return how
  yield* detachAll(s)
  return { exit: 128 + interrupted, signal: interrupted }
}

function* detachAll(s: Session): Sim<void> {
  for (const pid of s.tracer.tracees) {
    s.tracer.detach(pid)
    if (!s.quiet) yield* message(s, `Process ${pid} detached`)
  }
  const rest = s.printer.detached()
  if (rest !== '') yield* writeAll(s.ctx.proc, s.out, encode(rest))
}

function* message(s: Session, text: string): Sim<void> {
  yield* writeAll(s.ctx.proc, 2, encode(`${s.ctx.prog}: ${text}\n`))
}

/** strace(1): the model's own system calls, as system calls of Linux where they correspond to such. */
export const strace = defineProgram({
  name: 'strace/strace',
  version: '-- version 6.1',
  usage: '[-ACdffhikqqrtttTvVwxxyyzZ] [-e EXPR]... [-o FILE] [-p PID]... [-s STRSIZE] { -p PID | [PROG [ARGS]] }',
  short: 'cCfqrtTvwxyzZAe:o:p:s:S:E:a:I:u:',
  long:
    'summary-only:c summary:C follow-forks:f quiet:q relative-timestamps:r syscall-times:T no-abbrev:v summary-wall-clock:w decode-fds:y ' +
    'successful-only:z failed-only:Z output-append-mode:A trace=: output=:o attach=:p string-limit=:s summary-sort-by=:S env=:E columns=:a interruptible=:I user=:u',
  missing: 'b d D F i k n P O U X',
  posix: true,
  *run(ctx) {
    const { proc, operands } = ctx
    const list = yield* pids(ctx)
    if (operands.length === 0 && list.length === 0) yield* ctx.usage('must have PROG [ARGS] or -p PID')
    for (const name of ['u', 'v', 'x']) if (ctx.has(name)) yield* ctx.notModelled(`-${name}`)
    if (ctx.opts.count('f') > 1) yield* ctx.notModelled('-ff')
    const limit = ctx.value('s') ?? String(STRING_LIMIT)
    if (!/^\d+$/.test(limit)) yield* ctx.die(`Invalid -s argument: '${limit}'`)
    const { trace, signals, quiet } = yield* qualifiers(ctx)
    const counts = ctx.has('c', 'C') ? new Summary() : undefined
    const sort = Object.entries(SORTS).find(([name]) => name === (ctx.value('S') ?? 'time'))?.[1]
    if (sort === undefined) return yield* ctx.die(`invalid sortby: '${ctx.value('S') ?? ''}'`)
    const out = yield* outputFd(ctx)
    const printer = new Printer({
      trace,
      signals: signals && !ctx.has('c'),
      stringLimit: Number(limit),
      paths: ctx.has('y'),
      time: timeOf(ctx),
      spent: ctx.has('T'),
      pids: out === 2 ? 'several' : ctx.has('f') || list.length > 1 ? 'always' : 'never',
      quietExit: quiet || ctx.opts.count('q') >= QUIET_EXIT,
      summary: counts,
      lines: !ctx.has('c'),
      ...(ctx.has('z') ? { only: 'successful' as const } : ctx.has('Z') ? { only: 'failed' as const } : {}),
    })
    const tracer = proc.ptrace()
    yield* attachAll(ctx, tracer, list, ctx.has('f'))
    const child = operands.length > 0 ? yield* start(ctx, tracer, ctx.has('f')) : undefined
    const how = yield* follow({ ctx, tracer, printer, out, child, quiet: ctx.has('q') })
    if (counts !== undefined) yield* writeAll(proc, out, encode(counts.text(sort)))
    if (child !== undefined) yield* reap(proc, child)
    if (how.signal !== undefined) yield* dieOf(proc, how.signal)
    throw new ExitProgram(how.exit)
  },
})

function* reap(proc: Proc, child: number): Sim<void> {
  try {
    yield* proc.wait(child)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** Ends by the signal that ended the command, so that the shell sees the same. */
function* dieOf(proc: Proc, signal: number): Sim<void> {
  if (signal !== SIGNALS.KILL) proc.sigaction(signal, 'default')
  proc.kill(proc.pid, signal)
  yield* proc.nanosleep(0)
}

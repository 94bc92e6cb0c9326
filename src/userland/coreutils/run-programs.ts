import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS, signalNumber } from '#linux/signal.ts'
import { O } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { execStatus, execvp, withEnv } from '#userland/lib/exec.ts'
import { say } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { parseDuration } from './simple.ts'

/** Runs `argv` in this process; on failure says why and gives 126 or 127. */
export function* runCommand(
  ctx: Context,
  argv: readonly string[],
  environ: readonly string[] = ctx.proc.environ,
  text = 'failed to run command',
): Sim<number> {
  yield* ctx.out.flush()
  try {
    return yield* execvp(ctx.proc, argv, environ)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* ctx.warn(text === '' ? `${quoteaf(argv[0] ?? '')}: ${strerror(error)}` : `${text} ${quoteaf(argv[0] ?? '')}: ${strerror(error)}`)
    return execStatus(error)
  }
}

/** env(1) */
export const env = defineProgram({
  name: 'coreutils/env',
  usage: '[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]',
  short: 'C:iS:u:v0',
  long: 'ignore-environment:i null:0 unset=:u chdir=:C split-string=:S debug:v',
  missing: 'block-signal default-signal ignore-signal list-signal-handling',
  posix: true,
  usageStatus: 125,
  *run(ctx) {
    let operands = [...ctx.operands]
    const split = ctx.value('S')
    if (split !== undefined) operands = [...split.trim().split(/\s+/), ...operands]
    let clear = ctx.has('i')
    if (operands[0] === '-') {
      clear = true
      operands.shift()
    }
    let environ: string[] = clear ? [] : [...ctx.proc.environ]
    for (const name of ctx.opts.values('u')) {
      if (name === '' || name.includes('=')) return yield* ctx.die(`cannot unset ${quote(name)}: Invalid argument`, 125)
      environ = withEnv(environ, name, undefined)
    }
    while (operands[0]?.includes('=') && !operands[0].startsWith('=')) {
      const [name = '', ...rest] = (operands.shift() ?? '').split('=')
      environ = withEnv(environ, name, rest.join('='))
    }
    if (operands.length === 0) {
      if (ctx.has('C')) return yield* ctx.usage('must specify command with --chdir (-C)')
      for (const entry of environ) ctx.out.put(entry + (ctx.has('0') ? '\0' : '\n'))
      return 0
    }
    if (ctx.has('0')) return yield* ctx.usage('cannot specify --null (-0) with command')
    const dir = ctx.value('C')
    if (dir !== undefined) {
      try {
        ctx.proc.chdir(dir)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`cannot change directory to ${quoteaf(dir)}: ${strerror(error)}`, 125)
      }
    }
    const status = yield* runCommand(ctx, operands, environ, '')
    if (status === 127 && / /.test(operands[0] ?? '')) yield* ctx.warn('use -[v]S to pass options in shebang lines')
    return status
  },
})

/** printenv(1) */
export const printenv = defineProgram({
  name: 'coreutils/printenv',
  usage: '[OPTION]... [VARIABLE]...',
  short: '0',
  long: 'null:0',
  usageStatus: 2,
  posix: true,
  *run(ctx) {
    const end = ctx.has('0') ? '\0' : '\n'
    if (ctx.operands.length === 0) {
      for (const entry of ctx.proc.environ) ctx.out.put(entry + end)
      return 0
    }
    for (const name of ctx.operands) {
      const value = ctx.proc.getenv(name)
      if (value === undefined) ctx.status = 1
      else ctx.out.put(value + end)
    }
    return ctx.status
  },
})

/** nice(1) */
export const nice = defineProgram({
  name: 'coreutils/nice',
  usage: '[OPTION] [COMMAND [ARG]...]',
  short: 'n:',
  long: 'adjustment=:n',
  digits: true,
  posix: true,
  usageStatus: 125,
  *run(ctx) {
    const text = ctx.value('n') ?? ctx.value('NUMBER')
    if (ctx.operands.length === 0) {
      if (text !== undefined) return yield* ctx.usage('a command must be given with an adjustment')
      ctx.out.put(`${ctx.proc.getpriority()}\n`)
      return 0
    }
    if (text !== undefined && !/^[+-]?\d+$/.test(text)) return yield* ctx.die(`invalid adjustment ${quote(text)}`, 125)
    const wanted = Math.max(-20, Math.min(19, ctx.proc.getpriority() + Number(text ?? 10)))
    try {
      ctx.proc.setpriority(ctx.proc.pid, wanted)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.warn(`cannot set niceness: ${strerror(error)}`)
    }
    return yield* runCommand(ctx, ctx.operands, undefined, '')
  },
})

/** nohup(1) */
export const nohup = defineProgram({
  name: 'coreutils/nohup',
  usage: 'COMMAND [ARG]...',
  posix: true,
  usageStatus: 125,
  *run(ctx) {
    const { proc } = ctx
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    const [inTty, outTty, errTty] = [proc.isatty(0), proc.isatty(1), proc.isatty(2)]
    if (inTty) {
      const fd = yield* proc.open('/dev/null', O.WRONLY)
      proc.dup2(fd, 0)
      proc.close(fd)
    }
    if (outTty) {
      let path = 'nohup.out'
      let fd: number
      try {
        fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.APPEND, 0o600)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        path = `${proc.getenv('HOME') ?? ''}/nohup.out`
        fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.APPEND, 0o600)
      }
      yield* ctx.warn(`${inTty ? 'ignoring input and ' : ''}appending output to ${quoteaf(path)}`)
      proc.dup2(fd, 1)
      proc.close(fd)
    } else if (inTty) yield* ctx.warn(`ignoring input${errTty ? ' and redirecting stderr to stdout' : ''}`)
    if (errTty) proc.dup2(1, 2)
    proc.sigaction(SIGNALS.HUP, 'ignore')
    return yield* runCommand(ctx, ctx.operands)
  },
})

/** timeout(1) */
export const timeout = defineProgram({
  name: 'coreutils/timeout',
  usage: '[OPTION] DURATION COMMAND [ARG]...',
  short: 'k:s:v',
  long: 'foreground kill-after=:k preserve-status signal=:s verbose:v',
  posix: true,
  usageStatus: 125,
  *run(ctx) {
    const { proc } = ctx
    const [text, ...command] = ctx.operands
    if (text === undefined || command.length === 0) return yield* ctx.usage()
    const limit = parseDuration(text)
    if (limit === undefined) return yield* ctx.usage(`invalid time interval ${quote(text)}`)
    const killText = ctx.value('k')
    const killAfter = killText === undefined ? 0 : parseDuration(killText)
    if (killAfter === undefined) return yield* ctx.usage(`invalid time interval ${quote(killText ?? '')}`)
    const name = ctx.value('s') ?? 'TERM'
    const signal = signalNumber(name)
    if (signal === undefined) return yield* ctx.usage(`${quote(name)}: invalid signal`)
    if (!ctx.has('foreground')) {
      try {
        proc.setpgid(0, 0)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    proc.sigaction(SIGNALS.TTIN, 'ignore')
    proc.sigaction(SIGNALS.TTOU, 'ignore')
    const child = proc.fork(function* (p) {
      p.sigaction(SIGNALS.TTIN, 'default')
      p.sigaction(SIGNALS.TTOU, 'default')
      try {
        return yield* execvp(p, command)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(p, 2, `${ctx.prog}: failed to run command ${quoteaf(command[0] ?? '')}: ${strerror(error)}\n`)
        return execStatus(error)
      }
    })
    let timedOut = false
    let killed = false
    const send = (sig: number): void => {
      try {
        proc.kill(child, sig)
        if (!ctx.has('foreground') && proc.getpgid() === proc.pid) {
          if (sig !== SIGNALS.KILL) proc.sigaction(sig, 'ignore')
          proc.kill(0, sig)
        }
        if (sig !== SIGNALS.KILL && sig !== SIGNALS.CONT) proc.kill(child, SIGNALS.CONT)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    let warning = ''
    const onAlarm = (): void => {
      const sig = timedOut ? SIGNALS.KILL : signal
      if (timedOut) killed = true
      if (ctx.has('v'))
        warning += `${ctx.prog}: sending signal ${sig === SIGNALS.KILL ? 'KILL' : name.replace(/^SIG/, '')} to command ${quoteaf(command[0] ?? '')}\n`
      timedOut = true
      if (sig === SIGNALS.KILL) killed = true
      if (killAfter > 0 && !killed) proc.alarm(killAfter)
      send(sig)
    }
    proc.sigaction(SIGNALS.ALRM, onAlarm)
    for (const sig of [SIGNALS.INT, SIGNALS.QUIT, SIGNALS.HUP, SIGNALS.TERM]) {
      if (proc.sigaction(sig, 'default') === 'ignore') proc.sigaction(sig, 'ignore')
      else proc.sigaction(sig, (s) => send(s))
    }
    if (limit > 0) proc.alarm(Math.max(limit, 1))
    for (;;) {
      try {
        const status = yield* proc.wait(child)
        if (warning !== '') yield* say(proc, 2, warning)
        proc.alarm(0)
        const code = status?.exit ?? 128 + (status?.signal ?? 0)
        if (!timedOut) return code
        if (ctx.has('preserve-status')) return code
        // A command that had to be killed makes timeout look killed as well.
        if (status?.signal === SIGNALS.KILL || killed) return 128 + SIGNALS.KILL
        return 124
      } catch (error) {
        if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
        if (warning !== '') {
          yield* say(proc, 2, warning)
          warning = ''
        }
      }
    }
  },
})

const STREAMS = { i: 'stdin', o: 'stdout', e: 'stderr' } as const

/** stdbuf(1). Differs: programs here read the wish in the environment and write as they always do. */
export const stdbuf = defineProgram({
  name: 'coreutils/stdbuf',
  usage: 'OPTION... COMMAND',
  short: 'i:o:e:',
  long: 'input=:i output=:o error=:e',
  posix: true,
  usageStatus: 125,
  *run(ctx) {
    let { environ } = ctx.proc
    for (const letter of ['i', 'o', 'e'] as const) {
      const mode = ctx.value(letter)
      if (mode === undefined) continue
      if (letter === 'i' && mode === 'L') return yield* ctx.usage(`line buffering ${STREAMS.i} is meaningless`)
      if (!/^(L|0|\d+([KMGTPEZY]?B?)?)$/.test(mode)) return yield* ctx.die(`invalid mode ${quote(mode)}`, 125)
      environ = withEnv(environ, `_STDBUF_${letter.toUpperCase()}`, mode)
    }
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    if (!ctx.has('i', 'o', 'e')) return yield* ctx.usage('you must specify a buffering mode option')
    return yield* runCommand(ctx, ctx.operands, environ)
  },
})

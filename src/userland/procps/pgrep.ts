import { Errno, strerror } from '#linux/errno.ts'
import { signalNumber } from '#linux/signal.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { Out, say, slurp } from '../lib/io.ts'
import { type Options, parseOptions, UsageError } from '../lib/options.ts'
import { baseName } from '../lib/program.ts'
import { commandLine, HZ, type ProcessInfo, readProcesses, readSystem, ttyName } from './processes.ts'

const LONG =
  'delimiter=:d list-name:l list-full:a inverse:v lightweight:w count:c full:f pgroup=:g group=:G ignore-case:i newest:n oldest:o older=:O parent=:P ' +
  'session=:s signal=:s terminal=:t euid=:u uid=:U exact:x pidfile=:F logpidfile:L runstates=:r cgroup= ns= nslist= echo:e queue=:q env='
const SHORT = 'd:lavwcfg:G:inoO:P:s:t:u:U:xF:Lr:eq:H'

/** pgrep(1) and pkill(1): one program that looks at the name it is called by. */
function grep(own: 'pgrep' | 'pkill'): Program {
  return {
    name: `procps/${own}`,
    *main(proc) {
      const name = baseName(proc.argv[0] ?? '') === 'pkill' ? 'pkill' : own
      const prog = name
      let signal = 15
      const args = [...proc.argv.slice(1)]
      if (name === 'pkill') {
        const at = args.findIndex((a) => /^-(\d+|[A-Z][A-Z0-9+-]*)$/.test(a) && signalNumber(a.slice(1)) !== undefined)
        if (at >= 0) {
          signal = signalNumber((args[at] as string).slice(1)) as number
          args.splice(at, 1)
        }
      }
      let opts: Options
      try {
        opts = parseOptions(args, {
          short: SHORT,
          long:
            name === 'pkill'
              ? LONG.replace('session=:s ', 'session=:S ').replace('signal=:s', 'signal=')
              : LONG.replace('signal=:s', 'signal='),
        })
      } catch (error) {
        if (!(error instanceof UsageError)) throw error
        yield* say(proc, 2, `${prog}: ${error.message}\n${usage(prog)}`)
        return 2
      }
      if (opts.has('help')) {
        yield* say(proc, 1, usage(prog))
        return 0
      }
      if (opts.has('version')) {
        yield* say(proc, 1, `${prog} from procps-ng 4.0.2\n`)
        return 0
      }
      const given = opts.value('signal')
      if (given !== undefined) {
        const n = signalNumber(given)
        if (n === undefined) {
          yield* say(proc, 2, `${prog}: Unknown signal "${given}".\n`)
          return 2
        }
        signal = n
      }
      return yield* select(proc, prog, opts, signal)
    },
  }
}

function usage(prog: string): string {
  return `\nUsage:\n ${prog} [options] <pattern>\n\nFor more details see pgrep(1).\n`
}

function* select(proc: Proc, prog: string, opts: Options, signal: number): Sim<number> {
  const criteria = ['g', 'G', 'O', 'P', 's', 'S', 't', 'u', 'U', 'F', 'r', 'n', 'o', 'ns', 'cgroup'].some((n) => opts.has(n))
  const pattern = opts.operands[0]
  if (pattern === undefined && !criteria) {
    yield* say(proc, 2, `${prog}: no matching criteria specified\nTry \`${prog} --help' for more information.\n`)
    return 2
  }
  if (opts.operands.length > 1) {
    yield* say(proc, 2, `${prog}: only one pattern can be provided\nTry \`${prog} --help' for more information.\n`)
    return 2
  }
  const sys = yield* readSystem(proc)
  const all = yield* readProcesses(proc)
  const list = (name: string): string[] | undefined => opts.value(name)?.split(',')
  const ids = (name: string, of: 'user' | 'group'): number[] | undefined =>
    list(name)?.map((w) => (/^\d+$/.test(w) ? Number(w) : ((of === 'user' ? sys.accounts.user(w)?.uid : sys.accounts.group(w)?.gid) ?? -1)))
  const numbers = (name: string, self: number): number[] | undefined => list(name)?.map((w) => (w === '0' ? self : Number(w)))
  const me = all.find((p) => p.pid === proc.pid)
  const parents = list('P')?.map(Number)
  const groups = numbers('g', me?.pgrp ?? 0)
  const sessions = numbers(opts.has('S') ? 'S' : 's', me?.session ?? 0)
  const ttys = list('t')
  const euids = ids('u', 'user')
  const uids = ids('U', 'user')
  const gids = ids('G', 'group')
  const states = opts.value('r')
  const older = opts.value('O')
  const pidfile = opts.value('F')
  const filePid = pidfile === undefined ? undefined : Number(((yield* slurp(proc, pidfile)) ?? '').trim().split(/\s+/)[0])
  if (pidfile !== undefined && !(filePid !== undefined && filePid > 0)) {
    yield* say(proc, 2, `${prog}: pidfile not valid\nTry \`${prog} --help' for more information.\n`)
    return 3
  }
  let regex: RegExp | undefined
  if (pattern !== undefined) {
    try {
      regex = new RegExp(opts.has('x') ? `^(?:${pattern})$` : pattern, opts.has('i') ? 'i' : '')
    } catch {
      yield* say(proc, 2, `${prog}: Invalid regular expression: ${pattern}\n`)
      return 2
    }
  }
  const matches = (p: ProcessInfo): boolean => {
    if (parents !== undefined && !parents.includes(p.ppid)) return false
    if (groups !== undefined && !groups.includes(p.pgrp)) return false
    if (sessions !== undefined && !sessions.includes(p.session)) return false
    if (ttys !== undefined && !ttys.includes(ttyName(proc, p.ttyNr))) return false
    if (euids !== undefined && !euids.includes(p.euid)) return false
    if (uids !== undefined && !uids.includes(p.uid)) return false
    if (gids !== undefined && !gids.includes(p.gid)) return false
    if (states !== undefined && !states.includes(p.state)) return false
    if (older !== undefined && sys.uptime - p.start / HZ < Number(older)) return false
    if (filePid !== undefined && p.pid !== filePid) return false
    return regex === undefined || regex.test(opts.has('f') ? (p.argv.length === 0 ? p.comm : p.argv.join(' ')) : p.comm)
  }
  let found = all.filter((p) => p.pid !== proc.pid && matches(p) !== opts.has('v'))
  if (opts.has('n')) found = found.length === 0 ? [] : [found.reduce((a, b) => (b.start >= a.start ? b : a))]
  if (opts.has('o')) found = found.length === 0 ? [] : [found.reduce((a, b) => (b.start < a.start ? b : a))]
  const out = new Out(proc, 1)
  if (prog === 'pkill') {
    let sent = 0
    for (const p of found) {
      try {
        proc.kill(p.pid, signal)
        sent++
        if (opts.has('e')) out.put(`${p.comm} killed (pid ${p.pid})\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (error.code === 'ESRCH') continue
        yield* out.flush()
        yield* say(proc, 2, `pkill: killing pid ${p.pid} failed: ${strerror(error)}\n`)
      }
    }
    if (opts.has('c')) out.put(`${found.length}\n`)
    yield* out.flush()
    return found.length === 0 || sent === 0 ? 1 : 0
  }
  if (opts.has('c')) out.put(`${found.length}\n`)
  else if (found.length > 0) {
    const rows = found.map((p) =>
      opts.has('a')
        ? `${p.pid} ${p.argv.length === 0 ? p.comm : commandLine(p)}`
        : opts.has('l')
          ? `${p.pid} ${opts.has('f') ? commandLine(p) : p.comm}`
          : String(p.pid),
    )
    out.put(`${rows.join(opts.value('d') ?? '\n')}\n`)
  }
  yield* out.flush()
  return found.length === 0 ? 1 : 0
}

export const pgrep = grep('pgrep')
export const pkill = grep('pkill')

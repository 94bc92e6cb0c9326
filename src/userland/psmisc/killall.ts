import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS, signalNumber } from '#linux/signal.ts'
import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'
import { type Options, parseOptions, UsageError } from '../lib/options.ts'
import { readProcesses, readSystem } from '../procps/processes.ts'

const USAGE = `Usage: killall [OPTION]... [--] NAME...
       killall -l, --list
       killall -V, --version

  -e,--exact          require exact match for very long names
  -I,--ignore-case    case insensitive process name match
  -g,--process-group  kill process group instead of process
  -i,--interactive    ask for confirmation before killing
  -l,--list           list all known signal names
  -q,--quiet          don't print complaints
  -r,--regexp         interpret NAME as an extended regular expression
  -s,--signal SIGNAL  send this signal instead of SIGTERM
  -u,--user USER      kill only process(es) running as USER
  -v,--verbose        report if the signal was successfully sent
  -V,--version        display version information
  -w,--wait           wait for processes to die

`

/** killall(1): a signal to all processes of a name. */
export const killall: Program = {
  name: 'psmisc/killall',
  *main(proc) {
    const args = [...proc.argv.slice(1)]
    let signal: number = SIGNALS.TERM
    const at = args.findIndex((a) => /^-(\d+|(SIG)?[A-Z][A-Z0-9]+)$/.test(a) && signalNumber(a.slice(1)) !== undefined)
    if (at >= 0) signal = signalNumber((args.splice(at, 1)[0] as string).slice(1)) as number
    let opts: Options
    try {
      opts = parseOptions(args, {
        short: 'eIgilqrs:u:vVwo:y:',
        long: 'exact:e ignore-case:I process-group:g interactive:i list:l quiet:q regexp:r signal=:s user=:u verbose:v wait:w',
      })
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield* say(proc, 2, `killall: ${error.message}\n${USAGE}`)
      return 1
    }
    if (opts.has('l')) {
      yield* say(proc, 1, `${Object.keys(SIGNALS).join(' ')}\n`)
      return 0
    }
    if (opts.has('i')) {
      yield* say(proc, 2, 'podlab: killall -i is not modelled\n')
      return 1
    }
    const given = opts.value('s')
    if (given !== undefined) {
      const n = signalNumber(given)
      if (n === undefined) {
        yield* say(proc, 2, `${given}: unknown signal; killall -l lists signals.\n`)
        return 1
      }
      signal = n
    }
    const sys = yield* readSystem(proc)
    const user = opts.value('u')
    const uid = user === undefined ? undefined : sys.accounts.user(user)?.uid
    if (user !== undefined && uid === undefined) {
      yield* say(proc, 2, `killall: Cannot find user ${user}\n`)
      return 1
    }
    if (opts.operands.length === 0 && user === undefined) {
      yield* say(proc, 2, USAGE)
      return 1
    }
    const all = (yield* readProcesses(proc)).filter((p) => p.pid !== proc.pid && (uid === undefined || p.euid === uid) && p.state !== 'Z')
    let status = 0
    const killed: number[] = []
    for (const name of opts.operands.length === 0 ? [undefined] : opts.operands) {
      const matches = all.filter((p) => {
        if (name === undefined) return true
        if (opts.has('r')) return new RegExp(name, opts.has('I') ? 'i' : '').test(p.comm)
        const base = name.includes('/') ? name.slice(name.lastIndexOf('/') + 1) : name
        const own = opts.has('I') ? p.comm.toLowerCase() : p.comm
        return own === (opts.has('I') ? base.toLowerCase() : base).slice(0, 15)
      })
      let sent = 0
      for (const p of matches) {
        try {
          proc.kill(opts.has('g') ? -p.pgrp : p.pid, signal)
          sent++
          killed.push(p.pid)
          if (opts.has('v')) yield* say(proc, 2, `Killed ${p.comm}(${p.pid}) with signal ${signal}\n`)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          yield* say(proc, 2, `${p.comm}(${p.pid}): ${strerror(error)}\n`)
        }
      }
      if (sent === 0) {
        status = 1
        if (matches.length === 0 && !opts.has('q')) yield* say(proc, 2, `${name ?? user}: no process found\n`)
      }
    }
    if (opts.has('w')) {
      while (killed.some((pid) => alive(proc, pid))) yield* proc.nanosleep(1_000_000)
    }
    return status
  },
}

function alive(proc: Parameters<Program['main']>[0], pid: number): boolean {
  try {
    proc.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Errno) return error.code !== 'ESRCH'
    throw error
  }
}

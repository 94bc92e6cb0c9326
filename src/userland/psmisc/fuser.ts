import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS, signalNumber } from '#linux/signal.ts'
import type { Proc, Stat } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { processIds, readProcess, readSystem } from '../procps/processes.ts'

/** fuser(1): who uses files, file systems (-m) or TCP and UDP ports (80/tcp). */
export const fuser = defineProgram({
  name: 'psmisc/fuser',
  usage: '[-fIMuvw] [-a|-s] [-4|-6] [-c|-m|-n SPACE] [-k [-i] [-SIGNAL]] NAME...',
  short: 'acfikmMn:suvw46',
  long: 'all:a kill:k mount:m ismountpoint:M namespace=:n silent:s user:u verbose:v inode-only:I',
  missing: 'i interactive 6 ipv6',
  *run(ctx) {
    const { proc } = ctx
    const sys = yield* readSystem(proc)
    let signal: number = SIGNALS.KILL
    const names = ctx.operands.filter((o) => {
      const n = /^-(SIG)?[A-Z0-9]+$/.test(o) ? signalNumber(o.slice(1)) : undefined
      if (n !== undefined) signal = n
      return n === undefined
    })
    if (names.length === 0) return yield* ctx.die('No process specification given')
    let found = false
    if (ctx.has('v')) yield* say(proc, 2, `${' '.repeat(21)}USER        PID ACCESS COMMAND\n`)
    for (const name of names) {
      const port = /^(\d+)\/(tcp|udp)$/.exec(name) ?? (ctx.has('n') && /^\d+$/.test(name) ? [name, name, ctx.value('n') ?? 'tcp'] : null)
      let uses: { pid: number; access: string }[]
      if (port !== null) {
        const sockets = proc.net.sockets().filter((s) => s.proto === port[2] && s.localPort === Number(port[1]))
        uses = [...new Set(sockets.flatMap((s) => s.users.map((u) => u.pid)))].sort((a, b) => a - b).map((pid) => ({ pid, access: 'F' }))
      } else {
        let target: Stat
        try {
          target = proc.stat(name)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          yield* say(proc, 2, `Specified filename ${name} does not exist.\n`)
          continue
        }
        uses = users(proc, target, ctx.has('m', 'c'))
      }
      if (uses.length === 0) {
        if (ctx.has('a')) yield* say(proc, 2, `${`${name}:`.padEnd(21)}\n`)
        continue
      }
      found = true
      if (!ctx.has('s')) {
        const label = port !== null ? `${port[1]}/${port[2]}:` : `${name}:`
        if (ctx.has('v')) {
          for (const [i, { pid, access }] of uses.entries()) {
            const info = yield* readProcess(proc, pid)
            yield* say(
              proc,
              2,
              `${(i === 0 ? label : '').padEnd(21)}${sys.accounts.userName(info?.euid ?? 0).padEnd(8)}${String(pid).padStart(7)} ${access === 'c' ? '.c...' : access === 'r' ? 'r....' : access === 'e' ? '..e..' : access === 'm' ? '....m' : 'F....'} ${info?.comm ?? ''}\n`,
            )
          }
        } else {
          yield* say(proc, 2, label.padEnd(21))
          for (const { pid, access } of uses) {
            yield* say(proc, 1, String(pid).padStart(6))
            if (access !== 'F' && access !== 'f') yield* say(proc, 2, access)
          }
          yield* say(proc, 2, '\n')
        }
      }
      if (ctx.has('k')) {
        for (const { pid } of uses) {
          if (pid === proc.pid) continue
          try {
            proc.kill(pid, signal)
          } catch (error) {
            if (!(error instanceof Errno)) throw error
            yield* say(proc, 2, `Could not kill process ${pid}: ${strerror(error)}\n`)
          }
        }
      }
    }
    return found ? 0 : 1
  },
})

function users(proc: Proc, target: Stat, wholeFileSystem: boolean): { pid: number; access: string }[] {
  const out: { pid: number; access: string }[] = []
  const same = (path: string): boolean => {
    try {
      const s = proc.stat(path)
      return s.dev === target.dev && (wholeFileSystem || s.ino === target.ino)
    } catch (error) {
      if (error instanceof Errno) return false
      throw error
    }
  }
  for (const pid of processIds(proc) ?? []) {
    let fds: string[] = []
    try {
      fds = proc.readdir(`/proc/${pid}/fd`).map((e) => e.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    if (same(`/proc/${pid}/cwd`)) out.push({ pid, access: 'c' })
    else if (same(`/proc/${pid}/exe`)) out.push({ pid, access: 'e' })
    else if (same(`/proc/${pid}/root`)) out.push({ pid, access: 'r' })
    else if (fds.some((fd) => same(`/proc/${pid}/fd/${fd}`))) out.push({ pid, access: 'F' })
  }
  return out
}

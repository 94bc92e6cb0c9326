import type { Program } from '#linux/syscalls.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { say } from '../lib/io.ts'
import { commandLine, HZ, readProcesses } from '../procps/processes.ts'

/**
 * The ps of busybox: every process there is, whoever asks; options of the other ps programs are let pass.
 * Source: busybox, procps/ps.c with CONFIG_DESKTOP and FEATURE_PS_TIME. Differs: no -o, -T and -Z; lines aren't cut at the
 * terminal's edge.
 */
export const ps: Program = {
  name: 'busybox/ps',
  *main(proc) {
    const unknown = proc.argv.slice(1).find((arg) => /^-.*[^-aAdefl]/.test(arg))
    if (unknown !== undefined) {
      yield* say(proc, 2, `podlab: ps ${unknown} of busybox is not modelled\n`)
      return 1
    }
    const accounts = yield* loadAccounts(proc)
    const rows = (yield* readProcesses(proc)).map((p) => {
      const pid = String(p.pid).padStart(5)
      const name = accounts.userName(p.euid)
      const user = name.length > 8 ? String(p.euid).padStart(8) : name.padEnd(8)
      return `${pid} ${user} ${time(Math.floor((p.utime + p.stime) / HZ))} ${commandLine(p)}\n`
    })
    yield* say(proc, 1, `PID   USER     TIME  COMMAND\n${rows.join('')}`)
    return 0
  },
}

/** Seconds in five characters: ` 0:07`, ` 1h02`, ` 3d04`. */
function time(seconds: number): string {
  const pair = (large: number, mark: string, rest: number): string => `${String(large).padStart(2)}${mark}${String(rest).padStart(2, '0')}`
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (minutes < 60) return pair(minutes, ':', seconds % 60)
  if (hours < 24) return pair(hours, 'h', minutes % 60)
  return days < 100 ? pair(days, 'd', hours % 24) : `${String(days).padStart(4)}d`
}

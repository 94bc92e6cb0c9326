import type { Program } from '#linux/syscalls.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { say } from '../lib/io.ts'
import { bsdTime, commandLine, readProcesses } from '../procps/processes.ts'

/**
 * The ps of busybox: every process there is, whoever asks; options of the other ps programs are let pass.
 * After busybox 1.36, procps/ps.c (with CONFIG_DESKTOP), not yet compared with a real one. Differs: no -o and -T; lines aren't cut
 * at the terminal's edge.
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
      const user = accounts.userName(p.euid).slice(0, 8).padEnd(8)
      return `${pid} ${user} ${bsdTime(p.utime + p.stime).padStart(5)} ${commandLine(p)}\n`
    })
    yield* say(proc, 1, `PID   USER     TIME  COMMAND\n${rows.join('')}`)
    return 0
  },
}

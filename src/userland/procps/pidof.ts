import { Errno } from '#linux/errno.ts'
import { defineProgram } from '../lib/program.ts'
import { readProcesses } from './processes.ts'

/** pidof(1): processes by the name of their program, newest first. */
export const pidof = defineProgram({
  name: 'procps/pidof',
  usage: '[options] [program [...]]',
  short: 'scqwxo:S:',
  long: 'single-shot:s check-root:c quiet:q with-workers:w omit-pid=:o separator=:S',
  *run(ctx) {
    const { proc } = ctx
    const omit = new Set(ctx.opts.values('o').flatMap((v) => v.split(',').map((w) => (w === '%PPID' ? proc.getppid() : Number(w)))))
    const all = (yield* readProcesses(proc)).filter((p) => p.pid !== proc.pid && !omit.has(p.pid)).reverse()
    const found: number[] = []
    for (const name of ctx.operands) {
      const base = name.slice(name.lastIndexOf('/') + 1)
      for (const p of all) {
        const argv0 = (p.argv[0] ?? '').replace(/^-/, '')
        let exe = ''
        try {
          exe = proc.readlink(`/proc/${p.pid}/exe`)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
        }
        const byArgs = p.argv.length > 0 && (argv0 === name || argv0.slice(argv0.lastIndexOf('/') + 1) === base || exe === name)
        const script = ctx.has('x') && p.argv[1]?.slice(p.argv[1].lastIndexOf('/') + 1) === base
        const worker = ctx.has('w') && p.argv.length === 0 && p.comm === name
        if (byArgs || script || worker) found.push(p.pid)
      }
    }
    const shown = ctx.has('s') ? found.slice(0, 1) : found
    if (shown.length > 0 && !ctx.has('q')) ctx.out.put(`${shown.join(ctx.value('S') ?? ' ')}\n`)
    return shown.length > 0 ? 0 : 1
  },
})

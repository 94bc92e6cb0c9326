import { defineProgram } from '../lib/program.ts'

/** swapon(8), swapoff(8): the machines have no swap, so there is nothing to show and nothing to turn off; more is not modelled. */

export const swapon = defineProgram({
  name: 'util-linux/swapon',
  usage: '[options] [<spec>]',
  short: 'ad::efop:svL:U:',
  missing: 'e',
  long: 'all:a discard=?:d ifexists:e fixpgsz:f options=:o priority=:p summary:s show=? noheadings raw bytes verbose:v',
  *run(ctx) {
    if (ctx.operands.length > 0 || ctx.has('L', 'U')) return yield* ctx.notModelled('of a device')
    return 0
  },
})

export const swapoff = defineProgram({
  name: 'util-linux/swapoff',
  usage: '[options] [<spec>]',
  short: 'avL:U:',
  long: 'all:a verbose:v',
  *run(ctx) {
    const [spec] = ctx.operands
    if (spec !== undefined) {
      const there = ctx.proc.access(spec, '')
      return yield* ctx.die(`${spec}: swapoff failed: ${there ? 'Invalid argument' : 'No such file or directory'}`, 4)
    }
    if (!ctx.has('a')) return yield* ctx.usage('bad usage')
    return 0
  },
})

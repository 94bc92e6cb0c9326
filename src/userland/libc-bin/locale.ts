import { say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

const CATEGORIES = [
  'LC_CTYPE',
  'LC_NUMERIC',
  'LC_TIME',
  'LC_COLLATE',
  'LC_MONETARY',
  'LC_MESSAGES',
  'LC_PAPER',
  'LC_NAME',
  'LC_ADDRESS',
  'LC_TELEPHONE',
  'LC_MEASUREMENT',
  'LC_IDENTIFICATION',
]

/** locale(1): the environment's settings; C, C.UTF-8 and POSIX are there. */
export const locale = defineProgram({
  name: 'libc-bin/locale',
  short: 'amkc',
  long: 'all-locales:a charmaps:m',
  *run(ctx) {
    const { proc } = ctx
    if (ctx.has('a')) {
      yield* say(proc, 1, 'C\nC.utf8\nPOSIX\n')
      return 0
    }
    const lang = proc.getenv('LANG')
    const all = proc.getenv('LC_ALL')
    if (ctx.operands[0] === 'charmap') {
      yield* say(proc, 1, /utf-?8/i.test(all ?? proc.getenv('LC_CTYPE') ?? lang ?? '') ? 'UTF-8\n' : 'ANSI_X3.4-1968\n')
      return 0
    }
    if (ctx.operands.length > 0) return yield* ctx.notModelled(ctx.operands[0] ?? '')
    const lines = CATEGORIES.map((key) => {
      const own = proc.getenv(key)
      return all === undefined && own !== undefined ? `${key}=${own}` : `${key}="${all ?? lang ?? 'POSIX'}"`
    })
    yield* say(proc, 1, `LANG=${lang ?? ''}\nLANGUAGE=${proc.getenv('LANGUAGE') ?? ''}\n${lines.join('\n')}\nLC_ALL=${all ?? ''}\n`)
    return 0
  },
})

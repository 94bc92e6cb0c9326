import { Errno, strerror } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { isDir, parseMode } from '#userland/lib/mode.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { statOf } from './copy.ts'

/** mkdir(1) */
export const mkdir = defineProgram({
  name: 'coreutils/mkdir',
  usage: '[OPTION]... DIRECTORY...',
  short: 'm:pvZ',
  long: 'mode=:m parents:p verbose:v context=?',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    const asked = ctx.value('m')
    const umask = ctx.proc.umask()
    const mode = asked === undefined ? undefined : parseMode(asked, umask)
    if (asked !== undefined && mode === undefined) return yield* ctx.die(`invalid mode ${quote(asked)}`)
    for (const path of ctx.operands) {
      if (ctx.has('p')) yield* makePath(ctx, path)
      else yield* make(ctx, path)
      if (mode !== undefined && (!ctx.has('p') || ctx.status === 0)) {
        try {
          ctx.proc.chmod(path, mode(0o777, true))
        } catch (error) {
          if (!(error instanceof Errno)) throw error
        }
      }
    }
    return ctx.status
  },
})

function* make(ctx: Context, path: string): Sim<boolean> {
  try {
    ctx.proc.mkdir(path, 0o777)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* ctx.warn(`cannot create directory ${quoteaf(path)}: ${strerror(error)}`)
    return false
  }
  if (ctx.has('v')) ctx.out.put(`${ctx.prog}: created directory ${quoteaf(path)}\n`)
  return true
}

/** mkdir -p: parents first; what is there already is fine. */
function* makePath(ctx: Context, path: string): Sim<void> {
  const parts = path.split('/')
  for (let i = 1; i <= parts.length; i++) {
    const part = parts.slice(0, i).join('/')
    if (part === '' || parts[i - 1] === '') continue
    const stat = statOf(ctx, part)
    if (stat !== undefined && isDir(stat.mode)) continue
    if (stat !== undefined) {
      yield* ctx.warn(
        i === parts.length
          ? `cannot create directory ${quoteaf(path)}: File exists`
          : `cannot create directory ${quoteaf(part)}: Not a directory`,
      )
      return
    }
    if (!(yield* make(ctx, part))) return
  }
}

/** rmdir(1) */
export const rmdir = defineProgram({
  name: 'coreutils/rmdir',
  usage: '[OPTION]... DIRECTORY...',
  short: 'pv',
  long: 'ignore-fail-on-non-empty parents:p verbose:v',
  *run(ctx) {
    if (ctx.operands.length === 0) return yield* ctx.usage('missing operand')
    for (const operand of ctx.operands) {
      let path = operand
      for (;;) {
        if (ctx.has('v')) ctx.out.put(`${ctx.prog}: removing directory, ${quoteaf(path)}\n`)
        try {
          ctx.proc.rmdir(path)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          if (ctx.has('ignore-fail-on-non-empty') && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')) break
          yield* ctx.warn(`failed to remove ${path === operand ? '' : 'directory '}${quoteaf(path)}: ${strerror(error)}`)
          break
        }
        const up = path.replace(/\/+$/, '').replace(/\/*[^/]+$/, '')
        if (!ctx.has('p') || up === '' || up === path) break
        path = up
      }
    }
    return ctx.status
  },
})

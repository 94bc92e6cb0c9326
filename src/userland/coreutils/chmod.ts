import { Errno, strerror } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { isDir, isLink, type ModeChange, parseMode, permissionString } from '#userland/lib/mode.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { joinPath } from './copy.ts'

const octal = (mode: number): string => `${(mode & 0o7777).toString(8).padStart(4, '0')} (${permissionString(mode)})`

/** chmod(1) */
export const chmod = defineProgram({
  name: 'coreutils/chmod',
  usage: '[OPTION]... MODE[,MODE]... FILE...\n[OPTION]... OCTAL-MODE FILE...\n[OPTION]... --reference=RFILE FILE...',
  short: 'RcfvrwxXstugoa,+=01234567',
  long: 'changes:c recursive:R no-preserve-root preserve-root quiet:f silent:f reference= verbose:v',
  *run(ctx) {
    const { proc } = ctx
    const operands = [...ctx.operands]
    const reference = ctx.value('reference')
    const umask = proc.umask()
    let change: ModeChange | undefined
    // -w, -rx and the like are modes, not options.
    const minus = ctx.opts.list.filter((o) => !['R', 'c', 'f', 'v'].includes(o.name) && o.name.length === 1).map((o) => o.name)
    if (reference !== undefined) {
      try {
        const mode = proc.stat(reference).mode & 0o7777
        change = () => mode
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`failed to get attributes of ${quoteaf(reference)}: ${strerror(error)}`)
      }
      if (operands.length === 0) return yield* ctx.usage('missing operand')
    } else {
      const text = minus.length > 0 ? `-${minus.join('')}` : operands.shift()
      if (text === undefined) return yield* ctx.usage('missing operand')
      if (operands.length === 0) return yield* ctx.usage(minus.length > 0 ? 'missing operand' : `missing operand after ${quote(text)}`)
      change = parseMode(text, umask)
      if (change === undefined) return yield* ctx.usage(`invalid mode: ${quote(text)}`)
      if (minus.length > 0) {
        const full = parseMode(text, 0)
        for (const path of operands) {
          const before = modeOf(ctx, path)
          yield* one(ctx, path, change, true)
          const wanted = full === undefined || before === undefined ? undefined : full(before, false) & 0o7777
          const now = modeOf(ctx, path)
          if (wanted !== undefined && now !== undefined && (now & 0o7777) !== wanted) {
            yield* ctx.warn(`${path}: new permissions are ${permissionString(now)}, not ${permissionString(wanted)}`)
          }
        }
        return ctx.status
      }
    }
    for (const path of operands) yield* one(ctx, path, change, true)
    return ctx.status
  },
})

function modeOf(ctx: Context, path: string): number | undefined {
  try {
    return ctx.proc.stat(path).mode
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

function* one(ctx: Context, path: string, change: ModeChange, operand: boolean): Sim<void> {
  const { proc } = ctx
  const quiet = ctx.has('f')
  try {
    const link = proc.lstat(path)
    if (isLink(link.mode) && (!operand || ctx.has('R'))) return
    const stat = proc.stat(path)
    const mode = change(stat.mode, isDir(stat.mode)) & 0o7777
    try {
      proc.chmod(path, mode)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (!quiet) yield* ctx.warn(`changing permissions of ${quoteaf(path)}: ${strerror(error)}`)
      ctx.status = 1
      if (ctx.has('v')) ctx.out.put(`failed to change mode of ${quoteaf(path)} from ${octal(stat.mode)} to ${octal(mode)}\n`)
      return
    }
    const changed = (stat.mode & 0o7777) !== mode
    if (changed && ctx.has('v', 'c')) ctx.out.put(`mode of ${quoteaf(path)} changed from ${octal(stat.mode)} to ${octal(mode)}\n`)
    else if (!changed && ctx.has('v')) ctx.out.put(`mode of ${quoteaf(path)} retained as ${octal(mode)}\n`)
    if (ctx.has('R') && isDir(stat.mode)) {
      let names: string[] = []
      try {
        names = proc.readdir(path).map((e) => e.name)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* ctx.warn(`cannot read directory ${quoteaf(path)}: ${strerror(error)}`)
      }
      for (const name of names) yield* one(ctx, joinPath(path, name), change, false)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    ctx.status = 1
    if (quiet) return
    let dangling = false
    try {
      dangling = isLink(proc.lstat(path).mode)
    } catch (e) {
      if (!(e instanceof Errno)) throw e
    }
    yield* ctx.warn(dangling ? `cannot operate on dangling symlink ${quoteaf(path)}` : `cannot access ${quoteaf(path)}: ${strerror(error)}`)
  }
}

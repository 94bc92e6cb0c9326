import { Errno, strerror } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'
import { isDir } from '#userland/lib/mode.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { ask, backupOption, joinPath, lastPart, lstatOf, makeBackup, statOf } from './copy.ts'
import { relativeTo } from './paths.ts'

/** ln(1) */
export const ln = defineProgram({
  name: 'coreutils/ln',
  usage: '[OPTION]... [-T] TARGET LINK_NAME\n[OPTION]... TARGET\n[OPTION]... TARGET... DIRECTORY\n[OPTION]... -t DIRECTORY TARGET...',
  short: 'bdfinrst:vFLPS:T',
  long: `backup=? directory:d no-dereference:n no-target-directory:T force:f interactive:i suffix=:S target-directory=:t logical:L
    physical:P relative:r symbolic:s verbose:v`,
  *run(ctx) {
    const operands = [...ctx.operands]
    const into = ctx.value('t')
    if (operands.length === 0) return yield* ctx.usage('missing file operand')
    if (ctx.has('r') && !ctx.has('s')) return yield* ctx.die('cannot do --relative without --symbolic')
    if (into !== undefined) {
      const stat = statOf(ctx, into)
      if (stat === undefined || !isDir(stat.mode))
        return yield* ctx.die(`target directory ${quoteaf(into)}: ${stat === undefined ? 'No such file or directory' : 'Not a directory'}`)
      for (const target of operands) yield* link(ctx, target, joinPath(into, lastPart(target)))
      return ctx.status
    }
    if (operands.length === 1) {
      yield* link(ctx, operands[0] ?? '', joinPath('.', lastPart(operands[0] ?? '')))
      return ctx.status
    }
    const last = operands.pop() ?? ''
    if (ctx.has('T')) {
      if (operands.length > 1) return yield* ctx.usage(`extra operand ${quote(last)}`)
      yield* link(ctx, operands[0] ?? '', last)
      return ctx.status
    }
    const stat = ctx.has('n') ? lstatOf(ctx, last) : statOf(ctx, last)
    if (stat !== undefined && isDir(stat.mode)) {
      for (const target of operands) yield* link(ctx, target, joinPath(last, lastPart(target)))
      return ctx.status
    }
    if (operands.length > 1)
      return yield* ctx.die(`target ${quoteaf(last)}: ${stat === undefined ? 'No such file or directory' : 'Not a directory'}`)
    yield* link(ctx, operands[0] ?? '', last)
    return ctx.status
  },
})

function* link(ctx: Context, target: string, name: string): Sim<void> {
  const { proc } = ctx
  const symbolic = ctx.has('s')
  if (!symbolic) {
    try {
      const stat = ctx.has('L') ? proc.stat(target) : proc.lstat(target)
      if (isDir(stat.mode)) {
        yield* ctx.warn(`${target}: hard link not allowed for directory`)
        return
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.warn(`failed to access ${quoteaf(target)}: ${strerror(error)}`)
      return
    }
  }
  const text = symbolic && ctx.has('r') ? relativeTo(proc, target, name) : target
  const existing = lstatOf(ctx, name)
  let backedUp: string | undefined
  if (existing !== undefined) {
    if (ctx.has('f', 'i') || backupOption(ctx) !== undefined) {
      const self = !symbolic ? lstatOf(ctx, target) : statOf(ctx, target)
      if (
        self !== undefined &&
        self.ino === existing.ino &&
        self.dev === existing.dev &&
        (symbolic || existing.nlink === 1 || target === name)
      ) {
        yield* ctx.warn(`${quoteaf(target)} and ${quoteaf(name)} are the same file`)
        return
      }
      if (isDir(existing.mode)) {
        yield* ctx.warn(`${name}: cannot overwrite directory`)
        return
      }
      if (ctx.has('i') && !(yield* ask(ctx, `replace ${quoteaf(name)}? `))) return
      backedUp = makeBackup(ctx, backupOption(ctx), name)
      if (backedUp === undefined) proc.unlink(name)
    }
  }
  try {
    if (symbolic) proc.symlink(text, name)
    else proc.link(ctx.has('L') ? proc.realpath(target) : target, name)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (symbolic) yield* ctx.warn(`failed to create symbolic link ${quoteaf(name)}: ${strerror(error)}`)
    else {
      const both =
        error.code === 'EMLINK' || error.code === 'EEXIST' || error.code === 'EROFS' || error.code === 'ENOSPC'
          ? ''
          : ` => ${quoteaf(target)}`
      yield* ctx.warn(`failed to create hard link ${quoteaf(name)}${both}: ${strerror(error)}`)
    }
    return
  }
  if (ctx.has('v')) {
    const tail = `${quoteaf(name)} ${symbolic ? '->' : '=>'} ${quoteaf(text)}`
    ctx.out.put(backedUp === undefined ? `${tail}\n` : `${quoteaf(backedUp)} ~ ${tail}\n`)
  }
}

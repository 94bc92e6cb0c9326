import { Errno, strerror } from '#linux/errno.ts'
import type { Stat } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { isDir } from '#userland/lib/mode.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { quoteaf } from '#userland/lib/quote.ts'
import { backupOption, Copier, destination, joinPath, lastPart, lstatOf, makeBackup, overwriteAllowed } from './copy.ts'
import { remove } from './remove.ts'

/** mv(1) */
export const mv = defineProgram({
  name: 'coreutils/mv',
  usage: '[OPTION]... [-T] SOURCE DEST\n[OPTION]... SOURCE... DIRECTORY\n[OPTION]... -t DIRECTORY SOURCE...',
  short: 'bfint:uvS:TZ',
  long: `backup=? context:Z force:f interactive:i no-clobber:n no-target-directory:T strip-trailing-slashes suffix=:S target-directory=:t
    update:u verbose:v`,
  *run(ctx) {
    const { sources, directory, target } = yield* destination(ctx)
    for (const given of sources) {
      const source = ctx.has('strip-trailing-slashes') ? given.replace(/(.)\/+$/, '$1') : given
      yield* move(ctx, source, directory === undefined ? target : joinPath(directory, lastPart(source)))
      yield* ctx.out.drain()
    }
    return ctx.status
  },
})

function* move(ctx: Context, source: string, target: string): Sim<void> {
  const { proc } = ctx
  let stat: Stat
  try {
    stat = proc.lstat(source)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* ctx.warn(`cannot stat ${quoteaf(source)}: ${strerror(error)}`)
    return
  }
  const existing = lstatOf(ctx, target)
  let backedUp: string | undefined
  if (existing !== undefined) {
    if (existing.ino === stat.ino && existing.dev === stat.dev && (existing.nlink === 1 || isDir(stat.mode))) {
      yield* ctx.warn(
        isDir(stat.mode) && source !== target
          ? `cannot move ${quoteaf(source)} to a subdirectory of itself, ${quoteaf(target)}`
          : `${quoteaf(source)} and ${quoteaf(target)} are the same file`,
      )
      return
    }
    const mode = ctx.opts.last('i', 'n', 'f')
    if (mode === 'n') return
    if (ctx.has('u') && !isDir(stat.mode) && existing.mtime >= stat.mtime) return
    if (isDir(existing.mode) && !isDir(stat.mode)) {
      yield* ctx.warn(`cannot overwrite directory ${quoteaf(target)} with non-directory`)
      return
    }
    if (!isDir(existing.mode) && isDir(stat.mode)) {
      yield* ctx.warn(`cannot overwrite non-directory ${quoteaf(target)} with directory ${quoteaf(source)}`)
      return
    }
    const unwritable = mode !== 'f' && proc.isatty(0) && !proc.access(target, 'w', true)
    if ((mode === 'i' || unwritable) && !(yield* overwriteAllowed(ctx, target, existing))) return
    backedUp = makeBackup(ctx, backupOption(ctx), target)
  }
  try {
    proc.rename(source, target.length > 1 && isDir(stat.mode) ? target.replace(/\/+$/, '') : target)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (error.code === 'EXDEV') return yield* acrossDevices(ctx, source, target)
    if (error.code === 'EINVAL') yield* ctx.warn(`cannot move ${quoteaf(source)} to a subdirectory of itself, ${quoteaf(target)}`)
    else if (error.code === 'EISDIR' && target.endsWith('/'))
      yield* ctx.warn(`cannot move ${quoteaf(source)} to ${quoteaf(target)}: Not a directory`)
    else yield* ctx.warn(`cannot move ${quoteaf(source)} to ${quoteaf(target)}: ${strerror(error)}`)
    return
  }
  if (ctx.has('v'))
    ctx.out.put(`renamed ${quoteaf(source)} -> ${quoteaf(target)}${backedUp === undefined ? '' : ` (backup: ${quoteaf(backedUp)})`}\n`)
}

/** rename(2) cannot: copy everything, then remove the source. */
function* acrossDevices(ctx: Context, source: string, target: string): Sim<void> {
  const existing = lstatOf(ctx, target)
  if (existing !== undefined && !isDir(existing.mode)) ctx.proc.unlink(target)
  const copier = new Copier(ctx, {
    recursive: true,
    follow: 'none',
    preserve: new Set(['mode', 'ownership', 'timestamps', 'links', 'xattr'] as const),
    force: true,
    existing: 'overwrite',
    update: false,
    verbose: false,
    link: 'no',
    removeDestination: false,
    attributesOnly: false,
    oneFileSystem: false,
    backup: undefined,
    parents: false,
  })
  if (!(yield* copier.copy(source, target))) {
    ctx.status = 1
    return
  }
  if (ctx.has('v')) ctx.out.put(`copied ${quoteaf(source)} -> ${quoteaf(target)}\n`)
  yield* remove(ctx, source, {
    recursive: true,
    force: true,
    prompt: 'never',
    verbose: ctx.has('v'),
    emptyDirs: false,
    oneFileSystem: false,
  })
}

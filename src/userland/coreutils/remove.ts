import { Errno, strerror } from '#linux/errno.ts'
import type { Stat } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { isDir, isLink, typeName } from '#userland/lib/mode.ts'
import type { Context } from '#userland/lib/program.ts'
import { quoteaf } from '#userland/lib/quote.ts'
import { ask, joinPath } from './copy.ts'

export interface RemoveOptions {
  readonly recursive: boolean
  readonly force: boolean
  readonly prompt: 'always' | 'sometimes' | 'never'
  readonly verbose: boolean
  readonly emptyDirs: boolean
  readonly oneFileSystem: boolean
}

/** Removes `path` and what is below it; whether it is gone. Source: coreutils remove.c. */
export function* remove(ctx: Context, path: string, o: RemoveOptions, device?: number): Sim<boolean> {
  const { proc } = ctx
  let stat: Stat
  try {
    stat = proc.lstat(path)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (o.force && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return true
    return yield* failed(ctx, path, error)
  }
  if (!isDir(stat.mode)) return yield* removeFile(ctx, path, stat, o)
  if (!o.recursive && !o.emptyDirs) return yield* failed(ctx, path, new Errno('EISDIR'))
  if (o.oneFileSystem && device !== undefined && stat.dev !== device) {
    yield* ctx.warn(`skipping ${quoteaf(path)}, since it's on a different device`)
    return false
  }
  let names: string[] = []
  if (o.recursive) {
    try {
      names = proc.readdir(path).map((e) => e.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* failed(ctx, path, error)
    }
    if (
      names.length > 0 &&
      (yield* mustAsk(ctx, path, stat, o)) &&
      !(yield* ask(ctx, `descend into ${protectedWord(ctx, path, stat)}directory ${quoteaf(path)}? `))
    )
      return false
  }
  let complete = true
  for (const name of names) complete = (yield* remove(ctx, joinPath(path, name), o, device ?? stat.dev)) && complete
  if (!complete) return false
  if ((yield* mustAsk(ctx, path, stat, o)) && !(yield* ask(ctx, `remove ${protectedWord(ctx, path, stat)}directory ${quoteaf(path)}? `)))
    return false
  try {
    proc.rmdir(path)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* failed(ctx, path, error)
  }
  if (o.verbose) ctx.out.put(`removed directory ${quoteaf(path)}\n`)
  return true
}

function* removeFile(ctx: Context, path: string, stat: Stat, o: RemoveOptions): Sim<boolean> {
  if (yield* mustAsk(ctx, path, stat, o)) {
    if (!(yield* ask(ctx, `remove ${protectedWord(ctx, path, stat)}${typeName(stat.mode, stat.size)} ${quoteaf(path)}? `))) return false
  }
  try {
    ctx.proc.unlink(path)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (o.force && error.code === 'ENOENT') return true
    return yield* failed(ctx, path, error)
  }
  if (o.verbose) ctx.out.put(`removed ${quoteaf(path)}\n`)
  return true
}

function* mustAsk(ctx: Context, path: string, stat: Stat, o: RemoveOptions): Sim<boolean> {
  if (o.prompt === 'always') return true
  if (o.prompt === 'never') return false
  return !isLink(stat.mode) && !ctx.proc.access(path, 'w', true) && ctx.proc.isatty(0)
}

function protectedWord(ctx: Context, path: string, stat: Stat): string {
  return !isLink(stat.mode) && !ctx.proc.access(path, 'w', true) ? 'write-protected ' : ''
}

function* failed(ctx: Context, path: string, error: Errno): Sim<false> {
  yield* ctx.warn(`cannot remove ${quoteaf(path)}: ${strerror(error)}`)
  return false
}

import { Errno, strerror } from '#linux/errno.ts'
import { O, S, type Stat } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { LineReader, say, writeAll } from '#userland/lib/io.ts'
import { isDir, isLink, permissionString } from '#userland/lib/mode.ts'
import { baseName, type Context } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'

/** What cp, mv and install have in common: copying a tree. Source: coreutils copy.c. */
export interface CopyOptions {
  readonly recursive: boolean
  /** Follow links of the command line, of all, or none. */
  readonly follow: 'none' | 'arguments' | 'all'
  readonly preserve: ReadonlySet<'mode' | 'ownership' | 'timestamps' | 'links' | 'xattr' | 'context'>
  readonly force: boolean
  readonly existing: 'overwrite' | 'ask' | 'skip'
  readonly update: boolean
  readonly verbose: boolean
  readonly link: 'no' | 'hard' | 'symbolic'
  readonly removeDestination: boolean
  readonly attributesOnly: boolean
  readonly oneFileSystem: boolean
  readonly backup: Backup | undefined
  readonly parents: boolean
}

export interface Backup {
  readonly kind: 'none' | 'simple' | 'numbered' | 'existing'
  readonly suffix: string
}

/** `--backup`, `-b`, `-S` of cp, mv, ln, install. */
export function backupOption(ctx: Context): Backup | undefined {
  if (!ctx.has('b', 'backup', 'S')) return undefined
  const asked = ctx.value('backup') ?? ctx.proc.getenv('VERSION_CONTROL') ?? 'existing'
  const suffix = ctx.value('S') ?? ctx.proc.getenv('SIMPLE_BACKUP_SUFFIX') ?? '~'
  const kinds: Record<string, Backup['kind']> = {
    none: 'none',
    off: 'none',
    simple: 'simple',
    never: 'simple',
    numbered: 'numbered',
    t: 'numbered',
    existing: 'existing',
    nil: 'existing',
  }
  return { kind: kinds[asked] ?? 'existing', suffix }
}

/** Moves an existing `path` out of the way; the name it got. */
export function makeBackup(ctx: Context, backup: Backup | undefined, path: string): string | undefined {
  if (backup === undefined || backup.kind === 'none') return undefined
  const { proc } = ctx
  const slash = path.lastIndexOf('/')
  const dir = slash < 0 ? '.' : path.slice(0, slash) || '/'
  const base = path.slice(slash + 1)
  const numbers = proc
    .readdir(dir)
    .map((e) => (e.name.startsWith(`${base}.~`) ? /^(\d+)~$/.exec(e.name.slice(base.length + 2)) : null))
    .filter((m) => m !== null)
    .map((m) => Number(m[1]))
  const numbered = backup.kind === 'numbered' || (backup.kind === 'existing' && numbers.length > 0)
  const name = numbered ? `${path}.~${Math.max(0, ...numbers) + 1}~` : `${path}${backup.suffix}`
  proc.rename(path, name)
  return name
}

export function lstatOf(ctx: Context, path: string): Stat | undefined {
  try {
    return ctx.proc.lstat(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

export function statOf(ctx: Context, path: string): Stat | undefined {
  try {
    return ctx.proc.stat(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** Joins a directory and a name as file_name_concat() does: no doubled slash. */
export function joinPath(dir: string, name: string): string {
  const base = name.replace(/^\/+/, '')
  return dir.endsWith('/') ? `${dir}${base}` : `${dir}/${base}`
}

/** The last part of a path without trailing slashes. */
export function lastPart(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : baseName(trimmed)
}

/** Asks on stderr, reads a line from stdin; whether it says yes. */
export function* ask(ctx: Context, question: string): Sim<boolean> {
  yield* ctx.out.flush()
  yield* say(ctx.proc, 2, `${ctx.prog}: ${question}`)
  const line = yield* new LineReader(ctx.proc, 0).next()
  return /^[yY]/.test(line ?? '')
}

/** `cp` asks before it overwrites; mv and cp say more about files that cannot be written. */
export function* overwriteAllowed(ctx: Context, target: string, stat: Stat): Sim<boolean> {
  if (!ctx.proc.access(target, 'w', true) && !isLink(stat.mode)) {
    const octal = (stat.mode & 0o7777).toString(8).padStart(4, '0')
    const verb = ctx.prog.endsWith('mv') ? 'replace' : 'unwritable'
    return verb === 'replace'
      ? yield* ask(ctx, `replace ${quoteaf(target)}, overriding mode ${octal} (${permissionString(stat.mode)})? `)
      : yield* ask(ctx, `unwritable ${quoteaf(target)} (mode ${octal}, ${permissionString(stat.mode)}); try anyway? `)
  }
  return yield* ask(ctx, `overwrite ${quoteaf(target)}? `)
}

export class Copier {
  readonly #ctx: Context
  readonly #o: CopyOptions
  /** Where files with several links were copied to, by device and inode. */
  readonly #links = new Map<string, string>()
  /** What this command made: not to be overwritten by itself. */
  readonly #made = new Set<string>()
  /** Directories being copied, to stop a copy into itself. */
  readonly #madeDirs = new Set<string>()

  /** Where the copy of a tree began. */
  #root = ''

  constructor(ctx: Context, options: CopyOptions) {
    this.#ctx = ctx
    this.#o = options
  }

  /** Copies one operand to `target` (the final name). */
  *copy(source: string, target: string): Sim<boolean> {
    return yield* this.#copy(source, target, true, undefined)
  }

  *#copy(source: string, target: string, operand: boolean, device: number | undefined): Sim<boolean> {
    const { proc } = this.#ctx
    const o = this.#o
    const follow = o.follow === 'all' || (o.follow === 'arguments' && operand) || (!o.recursive && o.follow !== 'none')
    let stat: Stat
    try {
      stat = follow ? proc.stat(source) : proc.lstat(source)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* this.#ctx.warn(`cannot stat ${quoteaf(source)}: ${strerror(error)}`)
      return false
    }
    if (isDir(stat.mode) && !o.recursive) {
      yield* this.#ctx.warn(`-r not specified; omitting directory ${quoteaf(source)}`)
      return false
    }
    if (device !== undefined && o.oneFileSystem && stat.dev !== device) return true
    let existing = lstatOf(this.#ctx, target)
    const through = existing !== undefined && isLink(existing.mode) ? statOf(this.#ctx, target) : existing
    if (existing !== undefined && !isDir(stat.mode)) {
      const same = through !== undefined && through.dev === stat.dev && through.ino === stat.ino
      if (
        same &&
        o.link === 'no' &&
        o.backup === undefined &&
        !(isLink(stat.mode) && !follow && existing.ino !== stat.ino) &&
        !(o.removeDestination && isLink(existing.mode))
      ) {
        yield* this.#ctx.warn(`${quoteaf(source)} and ${quoteaf(target)} are the same file`)
        return false
      }
      if (through !== undefined && isDir(through.mode)) {
        yield* this.#ctx.warn(`cannot overwrite directory ${quoteaf(target)} with non-directory`)
        return false
      }
      if (o.existing === 'skip') return true
      if (o.update && (through?.mtime ?? 0) >= stat.mtime) return true
      if (this.#made.has(target)) {
        yield* this.#ctx.warn(`will not overwrite just-created ${quoteaf(target)} with ${quoteaf(source)}`)
        return false
      }
      if (o.existing === 'ask' && !(yield* overwriteAllowed(this.#ctx, target, existing))) return true
    } else if (existing !== undefined && isDir(stat.mode) && through !== undefined && !isDir(through.mode)) {
      yield* this.#ctx.warn(`cannot overwrite non-directory ${quoteaf(target)} with directory ${quoteaf(source)}`)
      return false
    }
    let backedUp: string | undefined
    if (existing !== undefined && !isDir(stat.mode)) {
      try {
        backedUp = makeBackup(this.#ctx, o.backup, target)
        if (backedUp !== undefined) existing = undefined
        else if (o.removeDestination || (isLink(stat.mode) && !follow) || (stat.mode & S.IFMT) !== S.IFREG || o.link !== 'no') {
          if (o.link === 'no' || o.force || o.removeDestination) {
            proc.unlink(target)
            existing = undefined
          }
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* this.#ctx.warn(`cannot remove ${quoteaf(target)}: ${strerror(error)}`)
        return false
      }
    }
    if (isDir(stat.mode)) return yield* this.#directory(source, target, stat, through, device ?? stat.dev)
    this.#made.add(target)
    const linkKey = `${stat.dev}:${stat.ino}`
    const earlier = this.#links.get(linkKey)
    if (o.preserve.has('links') && stat.nlink > 1) {
      if (earlier !== undefined) {
        if (existing !== undefined) proc.unlink(target)
        proc.link(earlier, target)
        this.#say(source, target, backedUp)
        return true
      }
      this.#links.set(linkKey, target)
    }
    this.#say(source, target, backedUp)
    if (!(yield* this.#one(source, target, stat, existing, follow))) return false
    yield* this.#attributes(source, target, stat)
    return true
  }

  #say(source: string, target: string, backup: string | undefined): void {
    if (!this.#o.verbose) return
    this.#ctx.out.put(`${quoteaf(source)} -> ${quoteaf(target)}${backup === undefined ? '' : ` (backup: ${quoteaf(backup)})`}\n`)
  }

  *#directory(source: string, target: string, stat: Stat, through: Stat | undefined, device: number): Sim<boolean> {
    const { proc } = this.#ctx
    if (this.#madeDirs.has(`${stat.dev}:${stat.ino}`)) {
      yield* this.#ctx.warn(`cannot copy a directory, ${quoteaf(source)}, into itself, ${quoteaf(this.#root)}`)
      return false
    }
    const made = through === undefined
    if (made) {
      try {
        proc.mkdir(target, (stat.mode & 0o777) | 0o700)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* this.#ctx.warn(`cannot create directory ${quoteaf(target)}: ${strerror(error)}`)
        return false
      }
      const now = proc.stat(target)
      if (this.#madeDirs.size === 0) this.#root = target
      this.#madeDirs.add(`${now.dev}:${now.ino}`)
      this.#say(source, target, undefined)
    }
    let names: string[]
    try {
      // In the order of inodes, which is the order of their blocks on disk.
      names = [...proc.readdir(source)].sort((a, b) => a.ino - b.ino).map((e) => e.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* this.#ctx.warn(`cannot access ${quoteaf(source)}: ${strerror(error)}`)
      return false
    }
    let ok = true
    for (const name of names) ok = (yield* this.#copy(joinPath(source, name), joinPath(target, name), false, device)) && ok
    if (this.#o.preserve.size > 0) yield* this.#attributes(source, target, stat)
    else if (made) {
      const wanted = stat.mode & 0o7777 & ~proc.umask()
      if ((proc.stat(target).mode & 0o7777) !== wanted) proc.chmod(target, wanted)
    }
    return ok
  }

  *#one(source: string, target: string, stat: Stat, existing: Stat | undefined, follow: boolean): Sim<boolean> {
    const { proc } = this.#ctx
    const o = this.#o
    try {
      if (o.link === 'symbolic') {
        if (existing !== undefined) throw new Errno('EEXIST')
        proc.symlink(source, target)
        return true
      }
      if (o.link === 'hard') {
        if (existing !== undefined) throw new Errno('EEXIST')
        proc.link(source, target)
        return true
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const what =
        o.link === 'hard'
          ? `cannot create hard link ${quoteaf(target)} to ${quoteaf(source)}`
          : `cannot create symbolic link ${quoteaf(target)} to ${quoteaf(source)}`
      yield* this.#ctx.warn(`${what}: ${strerror(error)}`)
      return false
    }
    if (isLink(stat.mode) && !follow) {
      try {
        proc.symlink(proc.readlink(source), target)
        return true
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* this.#ctx.warn(`cannot create symbolic link ${quoteaf(target)}: ${strerror(error)}`)
        return false
      }
    }
    const type = stat.mode & S.IFMT
    if (type !== S.IFREG && o.recursive) {
      try {
        proc.mknod(target, type | (stat.mode & 0o777), stat.rdev)
        return true
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* this.#ctx.warn(`cannot create ${type === S.IFIFO ? 'fifo' : 'special file'} ${quoteaf(target)}: ${strerror(error)}`)
        return false
      }
    }
    return yield* this.#content(source, target, stat, existing)
  }

  *#content(source: string, target: string, stat: Stat, existing: Stat | undefined): Sim<boolean> {
    const { proc } = this.#ctx
    let from: number
    try {
      from = yield* proc.open(source, O.RDONLY | O.CLOEXEC)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* this.#ctx.warn(`cannot open ${quoteaf(source)} for reading: ${strerror(error)}`)
      return false
    }
    try {
      const to = yield* this.#openTarget(target, stat, existing)
      if (to === undefined) return false
      try {
        if (!this.#o.attributesOnly) {
          for (;;) {
            const chunk = yield* proc.read(from, 1 << 17)
            if (chunk.length === 0) break
            yield* writeAll(proc, to, chunk)
          }
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        const what = error.code === 'EISDIR' ? `error reading ${quoteaf(source)}` : `error writing ${quoteaf(target)}`
        yield* this.#ctx.warn(`${what}: ${strerror(error)}`)
        return false
      } finally {
        proc.close(to)
      }
      return true
    } finally {
      proc.close(from)
    }
  }

  *#openTarget(target: string, stat: Stat, existing: Stat | undefined): Sim<number | undefined> {
    const { proc } = this.#ctx
    const truncate = this.#o.attributesOnly ? 0 : O.TRUNC
    try {
      if (existing === undefined) return yield* proc.open(target, O.WRONLY | O.CREAT | O.EXCL | O.CLOEXEC, stat.mode & 0o777)
      try {
        return yield* proc.open(target, O.WRONLY | truncate | O.CLOEXEC)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (isLink(existing.mode) && error.code === 'ENOENT') {
          yield* this.#ctx.warn(`not writing through dangling symlink ${quoteaf(target)}`)
          return undefined
        }
        if (!this.#o.force) throw error
        proc.unlink(target)
        return yield* proc.open(target, O.WRONLY | O.CREAT | O.EXCL | O.CLOEXEC, stat.mode & 0o777)
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const slash = target.endsWith('/') && error.code === 'EISDIR'
      yield* this.#ctx.warn(`cannot create regular file ${quoteaf(target)}: ${strerror(slash ? 'ENOTDIR' : error)}`)
      return undefined
    }
  }

  *#attributes(_source: string, target: string, stat: Stat): Sim<void> {
    const { proc } = this.#ctx
    const keep = this.#o.preserve
    const link = isLink(proc.lstat(target).mode)
    try {
      if (keep.has('timestamps')) proc.utimens(target, stat.atime, stat.mtime, !link)
      if (keep.has('ownership')) {
        try {
          proc.chown(target, stat.uid, stat.gid, !link)
        } catch (error) {
          if (!(error instanceof Errno) || error.code !== 'EPERM') throw error
        }
      }
      if (keep.has('mode') && !link) proc.chmod(target, stat.mode & 0o7777)
      if (keep.has('timestamps')) proc.utimens(target, stat.atime, stat.mtime, !link)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* this.#ctx.warn(`preserving attributes for ${quoteaf(target)}: ${strerror(error)}`)
    }
  }
}

/**
 * Sorts operands into sources and a target directory (undefined: the last operand is the target itself), as cp, mv, ln
 * and install share it. Handles -t, -T and the messages about what is missing.
 */
export function* destination(
  ctx: Context,
): Sim<{ readonly sources: readonly string[]; readonly directory: string | undefined; readonly target: string }> {
  const operands = [...ctx.operands]
  const into = ctx.value('t')
  const exact = ctx.has('T')
  if (operands.length < (into === undefined ? 2 : 1)) {
    if (operands.length === 0) return yield* ctx.usage('missing file operand')
    return yield* ctx.usage(`missing destination file operand after ${quoteaf(operands[0] ?? '')}`)
  }
  if (into !== undefined) {
    if (exact) return yield* ctx.usage('cannot combine --target-directory (-t) and --no-target-directory (-T)')
    const stat = statOf(ctx, into)
    if (stat === undefined) return yield* ctx.die(`target directory ${quoteaf(into)}: No such file or directory`)
    if (!isDir(stat.mode)) return yield* ctx.die(`target directory ${quoteaf(into)}: Not a directory`)
    return { sources: operands, directory: into, target: into }
  }
  const target = operands.pop() ?? ''
  if (exact) {
    if (operands.length > 1) return yield* ctx.usage(`extra operand ${quote(operands[1] ?? '')}`)
    return { sources: operands, directory: undefined, target }
  }
  const stat = statOf(ctx, target)
  if (stat !== undefined && isDir(stat.mode)) return { sources: operands, directory: target, target }
  if (operands.length > 1) {
    const why = stat === undefined ? 'No such file or directory' : 'Not a directory'
    return yield* ctx.die(`target ${quoteaf(target)}: ${why}`)
  }
  return { sources: operands, directory: undefined, target }
}

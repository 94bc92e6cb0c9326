import { encode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { O, S, type StatFs } from '../syscalls.ts'
import { addChild, drop, lookupChild, rootDentry } from '../vfs/dentry.ts'
import { BaseFile, DirFile } from '../vfs/file.ts'
import { BaseInode, notify } from '../vfs/inode.ts'
import { newOwner } from '../vfs/open.ts'
import type {
  Dentry,
  DirEntry,
  FileDescription,
  FileSystemType,
  FsContext,
  Inode,
  IoContext,
  Owner,
  PollState,
  SuperBlock,
  VfsPath,
} from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'
import { resolve } from '../vfs/walk.ts'
import { MemoryInode } from './memory/inode.ts'
import { parseOptions } from './options.ts'

/**
 * overlayfs: an upper directory over one or more lower ones. Source: the kernel's overlayfs document.
 *
 * A file of the overlay is an {@link OverlayInode} over real dentries: `upper` once it was made or copied up, and `lowers`
 * (for directories all that merge, top first; else at most one). Removing something that a lower layer has leaves a
 * whiteout (character device 0,0) in upper; a directory made over one is opaque (`trusted.overlay.opaque`).
 * Differs: no index, no redirect_dir (renaming a merged directory is EXDEV), no metacopy.
 */
class OverlaySuper implements SuperBlock {
  readonly type: FileSystemType
  readonly dev: number
  readonly source: string
  readonly userns
  readonly root: Dentry
  readonly: boolean
  mounts = 0
  readonly upper: VfsPath | undefined
  readonly #work: Inode | undefined
  /** The whiteout that all others are hard links of; it stays in the work directory. */
  #whiteout: Inode | undefined
  readonly vfs: Vfs
  readonly #options: readonly string[]
  readonly #inodes = new WeakMap<Inode, OverlayInode>()

  constructor(vfs: Vfs, type: FileSystemType, source: string, setup: Setup, readonly: boolean, ctx: FsContext) {
    this.vfs = vfs
    this.type = type
    this.source = source
    this.dev = vfs.anonymousDev()
    this.userns = ctx.mntns.userns
    this.upper = setup.upper
    this.#work = setup.work
    this.readonly = readonly || setup.upper === undefined
    this.#options = setup.shown
    this.root = rootDentry(
      this,
      new OverlayInode(
        this,
        setup.upper?.dentry,
        setup.lowers.map((l) => l.dentry),
      ),
    )
  }

  /** Puts a whiteout at `name` of an upper directory: a link to the shared one (ovl_whiteout). */
  whiteout(dir: Inode, name: string): void {
    const owner = { uid: 0, gid: 0, now: this.vfs.now() }
    if (this.#whiteout === undefined || this.#whiteout.nlink === 0) this.#whiteout = this.#work?.mknod('#0', S.IFCHR, 0, owner)
    if (this.#whiteout === undefined) dir.mknod(name, S.IFCHR, 0, owner)
    else dir.link(name, this.#whiteout)
  }

  /** The overlay's inode for real ones; hard links in upper share it. */
  inode(upper: Dentry | undefined, lowers: readonly Dentry[]): OverlayInode {
    const key = (upper ?? lowers[0])?.inode as Inode
    let inode = this.#inodes.get(key)
    if (inode === undefined || inode.upper !== upper) {
      inode = new OverlayInode(this, upper, lowers)
      this.#inodes.set(key, inode)
    }
    return inode
  }

  remember(real: Inode, inode: OverlayInode): void {
    this.#inodes.set(real, inode)
  }

  options(): readonly string[] {
    return this.#options
  }

  remount(_data: string, readonly: boolean): void {
    if (!readonly && this.upper === undefined) throw new Errno('EROFS')
    this.readonly = readonly
  }

  statfs(): StatFs {
    const real = this.upper?.mount.sb ?? (this.root.inode as OverlayInode).real.sb
    return { ...real.statfs(), type: 'overlay' }
  }

  kill(): void {
    this.vfs.freeDev(this.dev)
  }
}

const OPAQUE = 'trusted.overlay.opaque'

const isWhiteout = (inode: Inode): boolean => (inode.mode & S.IFMT) === S.IFCHR && inode.rdev === 0
const isDirectory = (inode: Inode): boolean => (inode.mode & S.IFMT) === S.IFDIR
const isOpaque = (inode: Inode): boolean => inode.getxattr(OPAQUE)?.[0] === 0x79

class OverlayInode extends BaseInode {
  declare readonly sb: OverlaySuper
  upper: Dentry | undefined
  readonly lowers: readonly Dentry[]
  /** Where it is in the overlay, so that copying up can make its parents. */
  parent: OverlayInode | undefined = undefined
  name = ''

  constructor(sb: OverlaySuper, upper: Dentry | undefined, lowers: readonly Dentry[]) {
    const real = (upper ?? lowers[0])?.inode as Inode
    super(sb, real.ino, real.mode)
    this.upper = upper
    this.lowers = lowers
    this.#sync()
  }

  get real(): Inode {
    return ((this.upper ?? this.lowers[0]) as Dentry).inode
  }

  /** Attributes are the real inode's. */
  #sync(): void {
    const { real } = this
    this.mode = real.mode
    this.uid = real.uid
    this.gid = real.gid
    this.nlink = isDirectory(real) ? 1 : real.nlink
    this.rdev = real.rdev
    this.atime = real.atime
    this.mtime = real.mtime
    this.ctime = real.ctime
    this.btime = real.btime
  }

  refresh(): this {
    this.#sync()
    return this
  }

  override get size(): number {
    return this.real.size
  }

  override get blocks(): number {
    return this.real.blocks
  }

  override lookup(name: string): OverlayInode | undefined {
    const up = this.upper === undefined ? undefined : lookupChild(this.upper, name)
    if (up !== undefined && isWhiteout(up.inode)) return undefined
    if (up !== undefined && (!isDirectory(up.inode) || isOpaque(up.inode))) return this.#child(name, up, [])
    const lowers: Dentry[] = []
    for (const dir of this.lowers) {
      const low = lookupChild(dir, name)
      if (low === undefined) continue
      if (isWhiteout(low.inode)) break
      if (!isDirectory(low.inode)) {
        if (up === undefined && lowers.length === 0) lowers.push(low)
        break
      }
      lowers.push(low)
      if (isOpaque(low.inode)) break
    }
    if (up === undefined && lowers.length === 0) return undefined
    return this.#child(name, up, lowers)
  }

  #child(name: string, upper: Dentry | undefined, lowers: readonly Dentry[]): OverlayInode {
    const inode = this.sb.inode(upper, lowers)
    inode.parent = this
    inode.name = name
    return inode.refresh()
  }

  override *readdir(ctx?: FsContext): Iterable<DirEntry> {
    const seen = new Set<string>()
    for (const dir of this.upper === undefined ? this.lowers : [this.upper, ...this.lowers]) {
      for (const entry of dir.inode.readdir(ctx)) {
        if (seen.has(entry.name)) continue
        seen.add(entry.name)
        if (entry.type === S.IFCHR && isWhiteout(lookupChild(dir, entry.name)?.inode as Inode)) continue
        yield entry
      }
    }
  }

  /** Whether a lower layer would show `name` if upper didn't have it. */
  #below(name: string): boolean {
    for (const dir of this.lowers) {
      const low = lookupChild(dir, name)
      if (low !== undefined) return !isWhiteout(low.inode)
    }
    return false
  }

  /** ovl_copy_up(): the file and its parents exist in upper from now on. */
  copyUp(withContent = true): Dentry {
    if (this.upper !== undefined) return this.upper
    const { parent } = this
    if (parent === undefined || this.sb.upper === undefined) throw new Errno('EROFS')
    const dir = parent.copyUp()
    const from = this.real
    const owner: Owner = {
      uid: from.uid,
      gid: from.gid,
      now: this.sb.vfs.now(),
    }
    const made = this.#copyTo(dir, from, owner, withContent)
    for (const name of from.listxattr()) if (!name.startsWith('trusted.overlay.')) made.setxattr(name, from.getxattr(name))
    made.setattr({
      mode: from.mode & 0o7777,
      atime: from.atime,
      mtime: from.mtime,
      ctime: this.sb.vfs.now(),
    })
    this.upper = addChild(dir, this.name, made)
    this.sb.remember(made, this)
    this.#sync()
    return this.upper
  }

  #copyTo(dir: Dentry, from: Inode, owner: Owner, withContent: boolean): Inode {
    const { name } = this
    switch (from.mode & S.IFMT) {
      case S.IFDIR:
        return dir.inode.mkdir(name, from.mode & 0o7777, owner)
      case S.IFLNK:
        return dir.inode.symlink(name, from.readlink(), owner)
      case S.IFREG: {
        const made = dir.inode.create(name, from.mode & 0o7777, owner)
        if (withContent && made instanceof MemoryInode && realFile(from) !== undefined) made.copyContent(realFile(from) as MemoryInode)
        return made
      }
      default:
        return dir.inode.mknod(name, from.mode, from.rdev, owner)
    }
  }

  /** Makes a new file in upper, in place of a whiteout if one is there. */
  #make(name: string, make: (dir: Inode) => Inode): OverlayInode {
    const dir = this.copyUp()
    const old = lookupChild(dir, name)
    if (old !== undefined && isWhiteout(old.inode)) {
      dir.inode.unlink(name)
      drop(old)
    }
    const made = make(dir.inode)
    const dentry = addChild(dir, name, made)
    if (isDirectory(made) && this.#below(name)) made.setxattr(OPAQUE, encode('y'))
    this.#sync()
    return this.#child(name, dentry, [])
  }

  override create(name: string, mode: number, owner: Owner): Inode {
    return this.#make(name, (dir) => dir.create(name, mode, owner))
  }

  override mkdir(name: string, mode: number, owner: Owner): Inode {
    return this.#make(name, (dir) => dir.mkdir(name, mode, owner))
  }

  override mknod(name: string, mode: number, rdev: number, owner: Owner): Inode {
    return this.#make(name, (dir) => dir.mknod(name, mode, rdev, owner))
  }

  override symlink(name: string, target: string, owner: Owner): Inode {
    return this.#make(name, (dir) => dir.symlink(name, target, owner))
  }

  override link(name: string, inode: Inode): void {
    if (!(inode instanceof OverlayInode)) throw new Errno('EXDEV')
    const real = inode.copyUp()
    this.#make(name, (dir) => {
      dir.link(name, real.inode)
      return real.inode
    })
    inode.refresh()
  }

  override unlink(name: string): void {
    this.#remove(name, false)
  }

  override rmdir(name: string): void {
    const victim = this.lookup(name)
    if (victim === undefined) throw new Errno('ENOENT')
    for (const _ of victim.readdir()) throw new Errno('ENOTEMPTY')
    this.#remove(name, true)
  }

  #remove(name: string, directory: boolean): void {
    const dir = this.copyUp()
    const below = this.#below(name)
    const victim = this.lookup(name)
    const up = lookupChild(dir, name)
    if (up !== undefined) {
      if (directory) this.#clear(up)
      if (directory) dir.inode.rmdir(name)
      else dir.inode.unlink(name)
      drop(up)
    }
    if (below) this.sb.whiteout(dir.inode, name)
    victim?.refresh()
    this.#sync()
  }

  /** An upper directory that looks empty may still hold whiteouts. */
  #clear(dir: Dentry): void {
    for (const entry of [...dir.inode.readdir()]) {
      const child = lookupChild(dir, entry.name)
      dir.inode.unlink(entry.name)
      if (child !== undefined) drop(child)
    }
  }

  override rename(name: string, to: Inode, toName: string): void {
    if (!(to instanceof OverlayInode) || to.sb !== this.sb) throw new Errno('EXDEV')
    const victim = this.lookup(name)
    if (victim === undefined) throw new Errno('ENOENT')
    if (isDirectory(victim) && victim.lowers.length > 0) throw new Errno('EXDEV')
    const target = to.lookup(toName)
    if (target !== undefined && isDirectory(target)) for (const _ of target.readdir()) throw new Errno('ENOTEMPTY')
    victim.copyUp()
    const from = this.copyUp()
    const dir = to.copyUp()
    const below = this.#below(name)
    const over = lookupChild(dir, toName)
    if (over !== undefined) {
      if (isDirectory(over.inode)) {
        this.#clear(over)
        dir.inode.rmdir(toName)
      } else dir.inode.unlink(toName)
      drop(over)
    }
    from.inode.rename(name, dir.inode, toName)
    const moved = lookupChild(dir, toName)
    if (moved !== undefined) {
      if (isDirectory(moved.inode) && to.#below(toName)) moved.inode.setxattr(OPAQUE, encode('y'))
      victim.upper = moved
      victim.name = toName
      victim.parent = to
    }
    if (below) this.sb.whiteout(from.inode, name)
    this.#sync()
    to.#sync()
  }

  override readlink(ctx?: FsContext): string {
    return this.real.readlink(ctx)
  }

  override open(flags: number, place: VfsPath, io: FsContext): Sim<FileDescription> | FileDescription {
    const type = this.mode & S.IFMT
    if (type === S.IFDIR) return new DirFile(this, flags, place)
    const writes = (flags & O.ACCMODE) !== O.RDONLY || (flags & O.TRUNC) !== 0
    if (type === S.IFREG && writes) this.copyUp((flags & O.TRUNC) === 0)
    if (type !== S.IFREG) return this.real.open(flags, place, io)
    const real = this.real.open(flags, place, io)
    if ('next' in real) throw new Errno('EIO')
    return new OverlayFile(this, real, flags, place)
  }

  override truncate(size: number, io: IoContext): void {
    this.copyUp(size !== 0)
    this.real.truncate(size, io)
    this.#sync()
    notify(this)
  }

  override setattr(change: { mode?: number; uid?: number; gid?: number; atime?: Micros; mtime?: Micros; ctime: Micros }): void {
    this.copyUp()
    this.real.setattr(change)
    this.#sync()
    notify(this)
  }

  override getxattr(name: string): Uint8Array | undefined {
    return name.startsWith('trusted.overlay.') ? undefined : this.real.getxattr(name)
  }

  override setxattr(name: string, value: Uint8Array | undefined): void {
    if (name.startsWith('trusted.overlay.')) throw new Errno('EPERM')
    this.copyUp()
    this.real.setxattr(name, value)
  }

  override listxattr(): string[] {
    return this.real.listxattr().filter((n) => !n.startsWith('trusted.overlay.'))
  }
}

/** The inode in memory under any number of overlays. */
function realFile(inode: Inode): MemoryInode | undefined {
  let at = inode
  while (at instanceof OverlayInode) at = at.real
  return at instanceof MemoryInode ? at : undefined
}

/** An open regular file of an overlay: the real one does the work. A file opened for reading before copy-up keeps the old. */
class OverlayFile extends BaseFile {
  declare readonly inode: OverlayInode
  readonly #real: FileDescription

  constructor(inode: OverlayInode, real: FileDescription, flags: number, path: VfsPath) {
    super(inode, flags, path)
    this.#real = real
  }

  override *read(io: IoContext, max: number): Sim<Uint8Array> {
    this.#real.offset = this.offset
    const out = yield* this.#real.read(io, max)
    this.offset = this.#real.offset
    return out
  }

  override *write(io: IoContext, data: Uint8Array): Sim<number> {
    this.#real.flags = this.flags
    this.#real.offset = this.offset
    const n = yield* this.#real.write(io, data)
    this.offset = this.#real.offset
    this.inode.refresh()
    if (this.inode.watchers !== undefined) notify(this.inode)
    return n
  }

  override pread(io: IoContext, max: number, offset: number): Uint8Array {
    return this.#real.pread(io, max, offset)
  }

  override seek(offset: number, whence: 'set' | 'cur' | 'end'): number {
    this.#real.offset = this.offset
    this.offset = this.#real.seek(offset, whence)
    return this.offset
  }

  override truncate(io: IoContext, size: number): void {
    this.#real.truncate(io, size)
    this.inode.refresh()
  }

  override poll(): PollState {
    return this.#real.poll()
  }

  override release(): void {
    this.#real.release()
    super.release()
  }
}

interface Setup {
  readonly upper: VfsPath | undefined
  /** The directory `work` in workdir. */
  readonly work: Inode | undefined
  readonly lowers: readonly VfsPath[]
  readonly shown: readonly string[]
}

/** What an earlier mount left in its work directory goes (ovl_workdir_cleanup). */
function clearWork(work: Dentry): void {
  for (const { name, type } of [...work.inode.readdir()]) {
    const left = lookupChild(work, name)
    if (type === S.IFDIR) continue
    work.inode.unlink(name)
    if (left !== undefined) drop(left)
  }
}

/** Parts of lowerdir: colons, with `\:` for one in a name. */
function splitLowers(value: string): string[] {
  return value.split(/(?<!\\):/).map((p) => p.replaceAll('\\:', ':').replaceAll('\\\\', '\\'))
}

const SHOWN = ['lowerdir', 'upperdir', 'workdir', 'index', 'xino', 'redirect_dir', 'metacopy', 'nfs_export', 'volatile', 'userxattr']

/** Reads the options of a mount. What is wrong goes to the kernel's log through `log`. Source: fs/overlayfs/super.c (v6.1). */
function setup(data: string, ctx: FsContext, log: (text: string) => void): Setup {
  const refuse = (code: 'EINVAL' | 'ENOTDIR' | 'EROFS', why: string): never => {
    log(`overlayfs: ${why}`)
    throw new Errno(code)
  }
  const options = parseOptions(data)
  for (const name of options.keys()) if (!SHOWN.includes(name)) refuse('EINVAL', `unrecognized mount option "${name}" or missing value`)
  const lower = options.get('lowerdir') ?? ''
  if (lower === '') refuse('EINVAL', "missing 'lowerdir'")
  const place = (path: string): VfsPath => {
    try {
      const at = resolve(ctx, path)
      return isDirectory(at.dentry.inode) ? at : refuse('ENOTDIR', `'${path}' not a directory`)
    } catch (error) {
      if (error instanceof Errno && error.code !== 'ENOTDIR') log(`overlayfs: failed to resolve '${path}': -${error.errno}`)
      throw error
    }
  }
  const upperdir = options.get('upperdir')
  const workdir = options.get('workdir')
  const upper = upperdir === undefined ? undefined : place(upperdir)
  let inner: Dentry | undefined
  if (upper !== undefined) {
    const work = workdir === undefined ? refuse('EINVAL', "missing 'workdir'") : place(workdir)
    if (work.mount !== upper.mount) refuse('EINVAL', 'workdir and upperdir must reside under the same mount')
    if (work.dentry === upper.dentry) refuse('EINVAL', 'workdir and upperdir must be separate subtrees')
    if (upper.mount.sb.readonly || (upper.mount.flags & 1) !== 0) refuse('EROFS', 'upper fs is r/o, try multi-lower layers mount')
    inner = lookupChild(work.dentry, 'work')
    if (inner === undefined) {
      const made = work.dentry.inode.mkdir('work', 0, newOwner(ctx, work.dentry.inode, work.dentry.inode.mtime))
      inner = addChild(work.dentry, 'work', made)
    } else clearWork(inner)
  }
  const lowers = splitLowers(lower).map(place)
  if (upper === undefined && lowers.length < 2) refuse('EINVAL', 'at least 2 lowerdir are needed while upperdir nonexistent')
  const shown = SHOWN.filter((n) => options.has(n)).map((n) => (options.get(n) === '' ? n : `${n}=${options.get(n)}`))
  return { upper, work: inner?.inode, lowers, shown }
}

export function overlayType(vfs: Vfs): FileSystemType {
  const type: FileSystemType = {
    name: 'overlay',
    nodev: true,
    userns: true,
    mount: (source, data, readonly, ctx) =>
      new OverlaySuper(
        vfs,
        type,
        source,
        setup(data, ctx, (text) => vfs.host.klog(3, text)),
        readonly,
        ctx,
      ),
  }
  return type
}

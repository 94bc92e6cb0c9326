import { decode, encode } from '#sim/bytes.ts'
import type { Sim, Wait } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { O, S, type StatFs } from '../syscalls.ts'
import { rootDentry } from '../vfs/dentry.ts'
import { BaseFile, seekTo } from '../vfs/file.ts'
import { BaseInode } from '../vfs/inode.ts'
import type {
  Dentry,
  DirEntry,
  FileDescription,
  FileSystemType,
  FsContext,
  Inode,
  IoContext,
  PollState,
  SuperBlock,
  UserNsView,
  VfsPath,
} from '../vfs/types.ts'
import type { Vfs } from '../vfs/vfs.ts'

/** Parts for file systems whose files are computed: proc, sysfs, cgroup2. */

/** A super block that only hands out inode numbers. */
export class PseudoSuper implements SuperBlock {
  readonly type: FileSystemType
  readonly dev: number
  readonly source: string
  readonly userns: UserNsView
  readonly vfs: Vfs
  root: Dentry
  readonly: boolean
  mounts = 0
  shown: readonly string[] = []
  #nextIno: number

  constructor(vfs: Vfs, type: FileSystemType, source: string, userns: UserNsView, readonly = false, firstIno = 1) {
    this.vfs = vfs
    this.type = type
    this.source = source
    this.userns = userns
    this.readonly = readonly
    this.dev = vfs.anonymousDev()
    this.#nextIno = firstIno
    this.root = rootDentry(this, new BaseInode(this, 1, S.IFDIR | 0o555))
  }

  setRoot(inode: Inode): void {
    this.root = rootDentry(this, inode)
  }

  nextIno(): number {
    return this.#nextIno++
  }

  /** Cached names of dynamic directories are stale once their inode says so. */
  revalidate(dentry: Dentry): boolean {
    const { inode } = dentry
    return !(inode instanceof PseudoInode) || inode.alive()
  }

  options(): readonly string[] {
    return this.shown
  }

  remount(_data: string, readonly: boolean): void {
    this.readonly = readonly
  }

  statfs(): StatFs {
    return { type: this.type.name, blockSize: 4096, totalBytes: 0, freeBytes: 0, availableBytes: 0, files: 0, freeFiles: 0 }
  }

  kill(): void {
    this.vfs.freeDev(this.dev)
  }
}

export class PseudoInode extends BaseInode {
  declare readonly sb: PseudoSuper

  constructor(sb: PseudoSuper, mode: number) {
    super(sb, sb.nextIno(), mode, sb.vfs.now())
  }

  /** Whether what it shows still exists. */
  alive(): boolean {
    return true
  }
}

/** What a directory holds: names in order with their types, and the inode of one. */
export interface Entries {
  list(ctx?: FsContext): Iterable<readonly [name: string, type: number]>
  get(name: string): Inode | undefined
}

/** A directory whose entries are computed. */
export class PseudoDir extends PseudoInode {
  readonly #entries: Entries
  /** proc says ENOENT for what can't be there, also to creat(2) and mkdir(2); sysfs and cgroup2 say EACCES and EPERM. */
  readonly #absent: 'ENOENT' | undefined

  constructor(sb: PseudoSuper, mode: number, entries: Entries, absent?: 'ENOENT') {
    super(sb, S.IFDIR | mode)
    this.#entries = entries
    this.#absent = absent
    this.nlink = 2
  }

  override lookup(name: string): Inode | undefined {
    const inode = this.#entries.get(name)
    if (inode === undefined && this.#absent !== undefined) throw new Errno(this.#absent)
    return inode
  }

  override *readdir(ctx?: FsContext): Iterable<DirEntry> {
    for (const [name, type] of this.#entries.list(ctx)) yield { name, ino: this.ino * 64 + name.length, type }
  }
}

/** Entries that are known from the start; inodes are made when they are first looked up. */
export function fixedEntries(table: Readonly<Record<string, readonly [type: number, make: () => Inode]>>): Entries {
  const made = new Map<string, Inode>()
  return {
    *list() {
      for (const [name, [type]] of Object.entries(table)) yield [name, type]
    },
    get(name) {
      const old = made.get(name)
      if (old !== undefined) return old
      const inode = Object.hasOwn(table, name) ? table[name]?.[1]() : undefined
      if (inode !== undefined) made.set(name, inode)
      return inode
    },
  }
}

/** What a computed file does. `write` gets the text of one write(2); without it writing fails with EIO, as in proc. */
export interface FileBody {
  read?(ctx: FsContext): string | Uint8Array
  write?(text: string, ctx: FsContext): void
  /** Checks when it is opened, e.g. ptrace access. */
  open?(ctx: FsContext, flags: number): void
  /** What poll(2) waits for (mounts, cgroup.events); such a file is always readable and reports a change as hangup. */
  changed?(): Wait
}

/** A file whose text is computed when it is read from the start, as seq_file does. */
export class PseudoFile extends PseudoInode {
  readonly body: FileBody
  readonly #size: number

  constructor(sb: PseudoSuper, mode: number, body: FileBody, size = 0) {
    super(sb, S.IFREG | mode)
    this.body = body
    this.#size = size
  }

  override get size(): number {
    return this.#size
  }

  override open(flags: number, place: VfsPath, io: FsContext): FileDescription {
    this.body.open?.(io, flags)
    return new PseudoOpenFile(this, flags, place, io)
  }

  override truncate(): void {}
}

class PseudoOpenFile extends BaseFile {
  declare readonly inode: PseudoFile
  readonly #opener: FsContext
  #text: Uint8Array | undefined

  constructor(inode: PseudoFile, flags: number, path: VfsPath, opener: FsContext) {
    super(inode, flags, path)
    this.#opener = opener
  }

  #content(io: IoContext, offset: number): Uint8Array {
    if (this.#text === undefined || offset === 0) {
      const { read } = this.inode.body
      if (read === undefined) throw new Errno('EINVAL')
      const text = this.inode.body.read?.(isContext(io) ? io : this.#opener) ?? ''
      this.#text = typeof text === 'string' ? encode(text) : text
    }
    return this.#text
  }

  override *read(io: IoContext, max: number): Sim<Uint8Array> {
    const out = this.pread(io, max, this.offset)
    this.offset += out.length
    return out
  }

  override pread(io: IoContext, max: number, offset: number): Uint8Array {
    return this.#content(io, offset).slice(offset, offset + max)
  }

  override *write(io: IoContext, data: Uint8Array): Sim<number> {
    const { body } = this.inode
    if (body.write === undefined) throw new Errno('EIO')
    body.write(decode(data), isContext(io) ? io : this.#opener)
    this.offset += data.length
    return data.length
  }

  override seek(offset: number, whence: 'set' | 'cur' | 'end'): number {
    return seekTo(this, offset, whence, 0)
  }

  override truncate(): void {}

  override poll(): PollState {
    const state = { readable: true, writable: (this.flags & O.ACCMODE) !== O.RDONLY }
    return this.#isNews() ? { ...state, hangup: true } : state
  }

  /** Whether what was read last is no longer so. Source: kernfs_generic_poll(). */
  #isNews(): boolean {
    const { read, changed } = this.inode.body
    if (this.#text === undefined || read === undefined || changed === undefined) return false
    const now = read(this.#opener)
    return (typeof now === 'string' ? now : decode(now)) !== decode(this.#text)
  }

  override pollQueue(): Wait | undefined {
    return this.inode.body.changed?.()
  }
}

function isContext(io: IoContext): io is FsContext {
  return 'mntns' in io
}

/** A symbolic link whose text is computed; with `follow` a magic link that leads straight to a place. */
export class PseudoLink extends PseudoInode {
  readonly #text: (ctx: FsContext | undefined) => string
  readonly followLink?: (ctx: FsContext) => VfsPath

  constructor(sb: PseudoSuper, text: (ctx: FsContext | undefined) => string, follow?: (ctx: FsContext) => VfsPath, mode = 0o777) {
    super(sb, S.IFLNK | mode)
    this.#text = text
    if (follow !== undefined) this.followLink = follow
  }

  override readlink(ctx?: FsContext): string {
    return this.#text(ctx)
  }
}

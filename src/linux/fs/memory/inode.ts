import { encode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { Errno } from '../../errno.ts'
import { O, S } from '../../syscalls.ts'
import { BaseFile, DirFile, seekTo } from '../../vfs/file.ts'
import { BaseInode, notify } from '../../vfs/inode.ts'
import { Fifo } from '../../vfs/pipe.ts'
import type { DirEntry, FileDescription, FsContext, Inode, IoContext, Owner, PageCacheAccount, VfsPath } from '../../vfs/types.ts'
import { Content, PAGE } from './content.ts'
import type { ImageNode } from './image.ts'
import type { MemorySuper } from './super.ts'

/** A directory's part in an image: entries that nobody touched are made from it when they are looked up. */
export interface ImageRef {
  readonly node: ImageNode
  /** Inode number of the image's root here. */
  readonly inoBase: number
}

/** A file of tmpfs, ramfs, devtmpfs and ext4, all of which keep everything in memory here. */
export class MemoryInode extends BaseInode {
  declare readonly sb: MemorySuper
  /** Entries of a directory by name; `null`: the image has one, but it was removed. */
  entries: Map<string, MemoryInode | null> | undefined
  #image: ImageRef | undefined
  #content: Content | undefined
  #target = ''
  #fifo: Fifo | undefined
  #xattrs: Map<string, Uint8Array> | undefined
  #account: PageCacheAccount | undefined
  #charged = 0
  /** Counts of processes that execute it: writing fails with ETXTBSY. */
  executing = 0
  /** Open for writing: exec fails with ETXTBSY. */
  writers = 0
  /** What is bound to a socket inode; K3's unix sockets keep their listener here. */
  socket: unknown

  constructor(sb: MemorySuper, ino: number, mode: number, owner: Owner) {
    super(sb, ino, mode, owner.now)
    this.uid = owner.uid
    this.gid = owner.gid
    if ((mode & S.IFMT) === S.IFDIR) {
      this.entries = new Map()
      this.nlink = 2
    }
  }

  /** The inode of a file in an image. */
  static fromImage(sb: MemorySuper, ref: ImageRef, now: Micros): MemoryInode {
    const { node, inoBase } = ref
    const time = node.mtime === 0 ? now : node.mtime
    const inode = new MemoryInode(sb, inoBase + node.index, node.mode, {
      uid: node.uid,
      gid: node.gid,
      now: time,
    })
    inode.nlink = node.nlink
    inode.rdev = node.rdev
    inode.#target = node.target
    if (node.children !== undefined) inode.#image = ref
    else if ((node.mode & S.IFMT) === S.IFREG) inode.#content = new Content(sb, node.bytes(), node.size)
    if (node.xattrs !== undefined) inode.#xattrs = new Map(Object.entries(node.xattrs))
    return inode
  }

  override get size(): number {
    if (this.#content !== undefined) return this.#content.size
    if (this.entries !== undefined) return this.sb.dirSize(this.#count())
    return (this.mode & S.IFMT) === S.IFLNK ? encode(this.#target).length : 0
  }

  override get blocks(): number {
    if (this.#content !== undefined) return this.#content.allocated * (PAGE / 512)
    return this.entries !== undefined ? this.sb.dirSize(-1) / 512 : 0
  }

  #count(): number {
    let n = this.#image?.node.children?.size ?? 0
    for (const [name, inode] of this.entries ?? []) {
      const inImage = this.#image?.node.children?.has(name) === true
      if (inode === null) n--
      else if (!inImage) n++
    }
    return n
  }

  override lookup(name: string): MemoryInode | undefined {
    const own = this.entries?.get(name)
    if (own !== undefined) return own ?? undefined
    const image = this.#image
    const node = image?.node.children?.get(name)
    if (image === undefined || node === undefined) return undefined
    const inode = this.sb.fromImage({ node, inoBase: image.inoBase })
    this.entries?.set(name, inode)
    return inode
  }

  /** The newest name first, as tmpfs lists them, then what the image brought. Differs: ext4 lists by a hash of the names. */
  override *readdir(): Iterable<DirEntry> {
    const own = this.entries ?? new Map<string, MemoryInode | null>()
    const image = this.#image
    const listed = image?.node.children
    for (const [name, inode] of [...own].reverse()) {
      if (inode !== null && listed?.has(name) !== true) yield { name, ino: inode.ino, type: inode.mode & S.IFMT }
    }
    if (image === undefined || listed === undefined) return
    for (const [name, node] of listed) {
      const changed = own.get(name)
      if (changed === null) continue
      if (changed === undefined) yield { name, ino: image.inoBase + node.index, type: node.mode & S.IFMT }
      else yield { name, ino: changed.ino, type: changed.mode & S.IFMT }
    }
  }

  isEmpty(): boolean {
    return this.#count() === 0
  }

  #add(name: string, inode: MemoryInode, now: Micros): void {
    this.entries?.set(name, inode)
    this.#touch(now)
  }

  #touch(now: Micros): void {
    this.mtime = now
    this.ctime = now
    notify(this)
  }

  #remove(name: string): void {
    if (this.#image?.node.children?.has(name) === true) this.entries?.set(name, null)
    else this.entries?.delete(name)
    this.#touch(this.sb.now())
  }

  #make(name: string, mode: number, owner: Owner): MemoryInode {
    const inode = this.sb.newInode(mode, owner)
    this.#add(name, inode, owner.now)
    return inode
  }

  override create(name: string, mode: number, owner: Owner): MemoryInode {
    return this.#make(name, S.IFREG | (mode & 0o7777), owner)
  }

  override mkdir(name: string, mode: number, owner: Owner): MemoryInode {
    const inode = this.#make(name, S.IFDIR | (mode & 0o7777), owner)
    this.nlink++
    return inode
  }

  override mknod(name: string, mode: number, rdev: number, owner: Owner): MemoryInode {
    const inode = this.#make(name, mode, owner)
    inode.rdev = rdev
    return inode
  }

  override symlink(name: string, target: string, owner: Owner): MemoryInode {
    const inode = this.#make(name, S.IFLNK | 0o777, owner)
    inode.#target = target
    return inode
  }

  override link(name: string, inode: Inode): void {
    const own = this.#own(inode)
    own.nlink++
    own.ctime = this.sb.now()
    this.#add(name, own, own.ctime)
    notify(own)
  }

  override unlink(name: string): void {
    const inode = this.lookup(name)
    if (inode === undefined) throw new Errno('ENOENT')
    this.#remove(name)
    inode.#dropLink(1)
  }

  override rmdir(name: string): void {
    const inode = this.lookup(name)
    if (inode === undefined) throw new Errno('ENOENT')
    if (!inode.isEmpty()) throw new Errno('ENOTEMPTY')
    this.#remove(name)
    this.nlink--
    inode.#dropLink(inode.nlink)
  }

  #dropLink(n: number): void {
    this.nlink -= n
    this.ctime = this.sb.now()
    notify(this)
    if (this.nlink === 0 && this.opens === 0) this.#free()
  }

  #free(): void {
    this.#content?.free()
    if (this.#charged !== 0) this.#account?.chargePageCache(-this.#charged, this.sb.cacheKind)
    this.#charged = 0
    this.#account = undefined
    this.sb.freeInode()
  }

  override rename(name: string, to: Inode, toName: string): void {
    const dir = this.#own(to)
    const inode = this.lookup(name)
    if (inode === undefined) throw new Errno('ENOENT')
    const replaced = dir.lookup(toName)
    const isDirectory = (inode.mode & S.IFMT) === S.IFDIR
    if (replaced !== undefined && isDirectory && !replaced.isEmpty()) throw new Errno('ENOTEMPTY')
    this.#remove(name)
    if (replaced !== undefined) {
      if (isDirectory) dir.nlink--
      replaced.#dropLink(isDirectory ? replaced.nlink : 1)
    }
    dir.#add(toName, inode, this.sb.now())
    if (isDirectory) {
      this.nlink--
      dir.nlink++
    }
    inode.ctime = this.sb.now()
    notify(inode)
  }

  #own(inode: Inode): MemoryInode {
    if (!(inode instanceof MemoryInode) || inode.sb !== this.sb) throw new Errno('EXDEV')
    return inode
  }

  override readlink(): string {
    if ((this.mode & S.IFMT) !== S.IFLNK) throw new Errno('EINVAL')
    return this.#target
  }

  override open(flags: number, place: VfsPath, io: FsContext): Sim<FileDescription> | FileDescription {
    switch (this.mode & S.IFMT) {
      case S.IFREG:
        return new MemoryFile(this, flags, place)
      case S.IFDIR:
        return new DirFile(this, flags, place)
      case S.IFIFO:
        this.#fifo ??= new Fifo()
        return this.#fifo.open(this, flags, place)
      case S.IFCHR:
      case S.IFBLK:
        return this.sb.host.openDevice(this, flags, place, io)
      default:
        throw new Errno('ENXIO')
    }
  }

  /** The content of a regular file. */
  get content(): Content {
    this.#content ??= new Content(this.sb)
    return this.#content
  }

  /** Takes over the content of another file, sharing what nobody has written yet (copy-up). */
  copyContent(from: MemoryInode): void {
    this.#content = from.content.copy(this.sb)
  }

  /** The whole file is in the page cache from now on, paid by the first who made it. */
  charge(io: IoContext): void {
    const bytes = Math.min(this.content.allocated, Math.ceil(this.content.size / PAGE)) * PAGE
    if (bytes === this.#charged) return
    this.#account ??= io.pageCache
    this.#account?.chargePageCache(bytes - this.#charged, this.sb.cacheKind)
    this.#charged = bytes
  }

  /** The kernel drops clean page cache of this file (reclaim); returns how many bytes. */
  dropCache(): number {
    const bytes = this.#charged
    this.#account?.chargePageCache(-bytes, this.sb.cacheKind)
    this.#charged = 0
    this.#account = undefined
    return bytes
  }

  override truncate(size: number, io: IoContext): void {
    if (size > io.fsizeLimit || size > MAX_SIZE) throw new Errno('EFBIG')
    this.content.truncate(size)
    this.charge(io)
    this.modified()
  }

  modified(): void {
    const now = this.sb.now()
    this.mtime = now
    this.ctime = now
    if (this.watchers !== undefined) notify(this)
  }

  override setattr(change: { mode?: number; uid?: number; gid?: number; atime?: Micros; mtime?: Micros; ctime: Micros }): void {
    super.setattr(change)
    notify(this)
  }

  override getxattr(name: string): Uint8Array | undefined {
    return this.#xattrs?.get(name)
  }

  override setxattr(name: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.#xattrs?.delete(name)
    else {
      this.#xattrs ??= new Map()
      this.#xattrs.set(name, value)
    }
    this.ctime = this.sb.now()
  }

  override listxattr(): string[] {
    return [...(this.#xattrs?.keys() ?? [])]
  }

  override release(): void {
    super.release()
    if (this.nlink === 0 && this.opens === 0) this.#free()
  }

  /** Shows an image's files in this (empty) directory. */
  graft(ref: ImageRef): void {
    this.#image = ref
    this.nlink = ref.node.nlink
  }
}

/** s_maxbytes of ext4 with blocks of 4096. */
const MAX_SIZE = 17_592_186_040_320
const DAY_MICROS = 86_400_000_000

/** An open regular file. */
class MemoryFile extends BaseFile {
  declare readonly inode: MemoryInode

  constructor(inode: MemoryInode, flags: number, path: VfsPath) {
    super(inode, flags, path)
    if (this.canWrite) {
      if (inode.executing > 0) {
        super.release()
        throw new Errno('ETXTBSY')
      }
      inode.writers++
    }
  }

  override *read(io: IoContext, max: number): Sim<Uint8Array> {
    const out = this.inode.content.read(this.offset, max)
    this.offset += out.length
    this.#accessed(io)
    return out
  }

  override pread(io: IoContext, max: number, offset: number): Uint8Array {
    this.#accessed(io)
    return this.inode.content.read(offset, max)
  }

  /** relatime: once a day, or when it was changed since. */
  #accessed(io: IoContext): void {
    const { inode, path } = this
    inode.charge(io)
    if (!this.inode.sb.updatesAtime(path.mount)) return
    const now = inode.sb.now()
    if (inode.atime <= inode.mtime || inode.atime <= inode.ctime || now - inode.atime >= DAY_MICROS) inode.atime = now
  }

  override *write(io: IoContext, data: Uint8Array): Sim<number> {
    const { inode } = this
    const at = (this.flags & O.APPEND) !== 0 ? inode.content.size : this.offset
    if (data.length === 0) return 0
    const limit = Math.min(io.fsizeLimit, MAX_SIZE)
    if (at >= limit) throw new Errno('EFBIG')
    const part = at + data.length > limit ? data.subarray(0, limit - at) : data
    const n = inode.content.write(at, part)
    this.offset = at + n
    inode.charge(io)
    inode.modified()
    return n
  }

  override seek(offset: number, whence: 'set' | 'cur' | 'end'): number {
    return seekTo(this, offset, whence, this.inode.content.size)
  }

  override truncate(io: IoContext, size: number): void {
    if (!this.canWrite) throw new Errno('EINVAL')
    this.inode.truncate(size, io)
  }

  override release(): void {
    if (this.canWrite) this.inode.writers--
    super.release()
  }
}

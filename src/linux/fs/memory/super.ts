import type { Micros, Sim } from '#sim/wait.ts'
import { Errno } from '../../errno.ts'
import { MS, S, type StatFs } from '../../syscalls.ts'
import { rootDentry } from '../../vfs/dentry.ts'
import type {
  Dentry,
  FileDescription,
  FileSystemType,
  FsContext,
  Inode,
  Mount,
  Owner,
  SuperBlock,
  UserNsView,
  VfsPath,
} from '../../vfs/types.ts'
import { PAGE, type PageBudget } from './content.ts'
import type { ImageNode, ImageTree } from './image.ts'
import { type ImageRef, MemoryInode } from './inode.ts'

/** What a file system in memory needs of the VFS. */
export interface MemoryHost {
  now(): Micros
  openDevice(inode: Inode, flags: number, place: VfsPath, io: FsContext): Sim<FileDescription> | FileDescription
}

export interface MemoryOptions {
  readonly type: FileSystemType
  readonly dev: number
  readonly source: string
  readonly userns: UserNsView
  readonly readonly?: boolean
  /** Mode of the root, with its owner. */
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  /** Limits in pages and inodes; infinity without. */
  readonly maxPages?: number
  readonly maxInodes?: number
  readonly firstIno?: number
  /** Pages that only root gets (ext4). */
  readonly reservedPages?: number
  /** Bytes a directory of `n` entries has (st_size); -1: bytes on disk. */
  readonly dirSize: (n: number) => number
  /** Whether page cache is all there is (tmpfs) or can be reclaimed (ext4). */
  readonly cacheKind: 'file' | 'shmem'
  readonly showOptions: () => readonly string[]
  readonly onRemount?: (data: string) => void
  /** The last mount is gone. */
  readonly onKill?: () => void
}

/** A super block whose files are {@link MemoryInode}s. */
export class MemorySuper implements SuperBlock, PageBudget {
  readonly type: FileSystemType
  readonly dev: number
  readonly root: Dentry
  readonly source: string
  readonly userns: UserNsView
  readonly host: MemoryHost
  readonly: boolean
  mounts = 0
  maxPages: number
  maxInodes: number
  usedPages = 0
  usedInodes = 0
  readonly cacheKind: 'file' | 'shmem'
  readonly dirSize: (n: number) => number
  readonly #options: MemoryOptions
  #nextIno: number
  /** Inodes of image files with several names, so that all names find the same one. */
  readonly #linked = new Map<ImageNode, MemoryInode>()

  constructor(host: MemoryHost, options: MemoryOptions) {
    this.host = host
    this.#options = options
    this.type = options.type
    this.dev = options.dev
    this.source = options.source
    this.userns = options.userns
    this.readonly = options.readonly ?? false
    this.maxPages = options.maxPages ?? Number.POSITIVE_INFINITY
    this.maxInodes = options.maxInodes ?? Number.POSITIVE_INFINITY
    this.cacheKind = options.cacheKind
    this.dirSize = options.dirSize
    this.#nextIno = options.firstIno ?? 1
    const owner = {
      uid: options.uid ?? 0,
      gid: options.gid ?? 0,
      now: host.now(),
    }
    this.root = rootDentry(this, this.newInode(S.IFDIR | (options.mode ?? 0o755), owner))
  }

  now(): Micros {
    return this.host.now()
  }

  newInode(mode: number, owner: Owner): MemoryInode {
    if (this.usedInodes >= this.maxInodes) throw new Errno('ENOSPC')
    this.usedInodes++
    return new MemoryInode(this, this.#nextIno++, mode, owner)
  }

  freeInode(): void {
    this.usedInodes--
  }

  takePages(n: number): void {
    if (n > 0 && this.usedPages + n > this.maxPages) throw new Errno('ENOSPC')
    this.usedPages += n
  }

  /** Shows an image below a directory of this file system that has no entries: a root file system, an unpacked layer. */
  graft(dir: MemoryInode, tree: ImageTree): void {
    dir.graft({ node: tree.root, inoBase: this.#nextIno })
    const root = tree.root
    dir.mode = root.mode
    dir.uid = root.uid
    dir.gid = root.gid
    if (root.mtime !== 0) dir.mtime = root.mtime
    this.#nextIno += tree.count
    this.usedInodes += tree.count - 1
    this.usedPages += tree.diskBytes / PAGE
  }

  fromImage(ref: ImageRef): MemoryInode {
    if (ref.node.children === undefined && ref.node.nlink > 1) {
      let inode = this.#linked.get(ref.node)
      if (inode === undefined) {
        inode = MemoryInode.fromImage(this, ref, this.root.inode.mtime)
        this.#linked.set(ref.node, inode)
      }
      return inode
    }
    return MemoryInode.fromImage(this, ref, this.root.inode.mtime)
  }

  updatesAtime(mount: Mount): boolean {
    return (mount.flags & (MS.NOATIME | MS.RDONLY)) === 0 && !this.readonly
  }

  /** Overlays and others work on inodes directly; a cached name that no longer leads to its inode is stale. */
  revalidate(dentry: Dentry): boolean {
    return dentry.parent?.inode.lookup(dentry.name) === dentry.inode
  }

  options(): readonly string[] {
    return this.#options.showOptions()
  }

  remount(data: string, readonly: boolean): void {
    this.#options.onRemount?.(data)
    this.readonly = readonly
  }

  kill(): void {
    this.#options.onKill?.()
  }

  statfs(): StatFs {
    const limited = this.maxPages !== Number.POSITIVE_INFINITY
    const total = limited ? this.maxPages : 0
    const free = limited ? Math.max(0, total - this.usedPages) : 0
    const reserved = Math.min(free, this.#options.reservedPages ?? 0)
    const files = this.maxInodes === Number.POSITIVE_INFINITY ? 0 : this.maxInodes
    return {
      type: this.type.name,
      blockSize: PAGE,
      totalBytes: total * PAGE,
      freeBytes: free * PAGE,
      availableBytes: (free - reserved) * PAGE,
      files,
      freeFiles: files === 0 ? 0 : Math.max(0, files - this.usedInodes),
    }
  }
}

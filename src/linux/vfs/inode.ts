import type { Micros, Sim, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { S } from '../syscalls.ts'
import { DirFile } from './file.ts'
import type { DirEntry, FileDescription, FsContext, Inode, IoContext, Owner, SuperBlock, VfsPath } from './types.ts'

/**
 * An inode whose every operation fails as Linux does when a file system doesn't offer it. File systems extend it and
 * override what they have. It is no directory and no link unless it says so in `mode`.
 */
export class BaseInode implements Inode {
  readonly sb: SuperBlock
  readonly ino: number
  mode: number
  uid = 0
  gid = 0
  nlink = 1
  rdev = 0
  atime: Micros = 0
  mtime: Micros = 0
  ctime: Micros = 0
  btime: Micros = 0
  flags = 0
  watchers: WaitQueue | undefined = undefined
  /** Open files. */
  opens = 0

  constructor(sb: SuperBlock, ino: number, mode: number, now: Micros = 0) {
    this.sb = sb
    this.ino = ino
    this.mode = mode
    if (now !== 0) {
      this.atime = now
      this.mtime = now
      this.ctime = now
      this.btime = now
    }
  }

  get size(): number {
    return 0
  }

  get blocks(): number {
    return 0
  }

  lookup(_name: string): Inode | undefined {
    return undefined
  }

  readdir(_ctx?: FsContext): Iterable<DirEntry> {
    return []
  }

  create(_name: string, _mode: number, _owner: Owner): Inode {
    throw new Errno('EACCES')
  }

  mkdir(_name: string, _mode: number, _owner: Owner): Inode {
    throw new Errno('EPERM')
  }

  mknod(_name: string, _mode: number, _rdev: number, _owner: Owner): Inode {
    throw new Errno('EPERM')
  }

  symlink(_name: string, _target: string, _owner: Owner): Inode {
    throw new Errno('EPERM')
  }

  link(_name: string, _inode: Inode): void {
    throw new Errno('EPERM')
  }

  unlink(_name: string): void {
    throw new Errno('EPERM')
  }

  rmdir(_name: string): void {
    throw new Errno('EPERM')
  }

  rename(_name: string, _to: Inode, _toName: string): void {
    throw new Errno('EPERM')
  }

  readlink(_ctx?: FsContext): string {
    throw new Errno('EINVAL')
  }

  open(flags: number, place: VfsPath, _io: FsContext): Sim<FileDescription> | FileDescription {
    if ((this.mode & S.IFMT) === S.IFDIR) return new DirFile(this, flags, place)
    throw new Errno('ENXIO')
  }

  truncate(_size: number, _io: IoContext): void {
    throw new Errno('EINVAL')
  }

  setattr(change: { mode?: number; uid?: number; gid?: number; atime?: Micros; mtime?: Micros; ctime: Micros }): void {
    if (change.mode !== undefined) this.mode = (this.mode & S.IFMT) | change.mode
    if (change.uid !== undefined) this.uid = change.uid
    if (change.gid !== undefined) this.gid = change.gid
    if (change.atime !== undefined) this.atime = change.atime
    if (change.mtime !== undefined) this.mtime = change.mtime
    this.ctime = change.ctime
  }

  getxattr(_name: string): Uint8Array | undefined {
    return undefined
  }

  setxattr(_name: string, _value: Uint8Array | undefined): void {
    throw new Errno('EOPNOTSUPP')
  }

  listxattr(): string[] {
    return []
  }

  acquire(): void {
    this.opens++
  }

  release(): void {
    this.opens--
  }
}

export const isDir = (inode: Inode): boolean => (inode.mode & S.IFMT) === S.IFDIR
export const isLink = (inode: Inode): boolean => (inode.mode & S.IFMT) === S.IFLNK
export const isRegular = (inode: Inode): boolean => (inode.mode & S.IFMT) === S.IFREG

/** Wakes whoever watches the inode. */
export function notify(inode: Inode): void {
  inode.watchers?.wakeAll()
}

/** makedev(3), as stat(2) and mknod(2) have it: majors below 4096, minors below 2^20. */
export const makedev = (major: number, minor: number): number => (minor % 256) + major * 256 + Math.floor(minor / 256) * 0x100000
export const majorOf = (dev: number): number => Math.floor(dev / 256) % 4096
export const minorOf = (dev: number): number => (dev % 256) + Math.floor(dev / 0x100000) * 256

import type { Sim, Wait } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { O } from '../syscalls.ts'
import type { DirEntry, FileDescription, FsContext, Inode, IoContext, PollState, VfsPath } from './types.ts'

const READY: PollState = { readable: true, writable: true }

/** Flags of open(2) that stay with the file: access mode and status. */
const KEPT = O.ACCMODE | O.APPEND | O.NONBLOCK | O.PATH | O.DIRECTORY | O.NOFOLLOW

/**
 * An open file whose operations fail as the kernel's defaults do. Holds its inode and its mount from the constructor to
 * `release`.
 */
export class BaseFile implements FileDescription {
  flags: number
  offset = 0
  refs = 1
  readonly path: VfsPath
  readonly inode: Inode

  constructor(inode: Inode, flags: number, path: VfsPath) {
    this.inode = inode
    this.flags = flags & KEPT
    this.path = path
    inode.acquire()
    path.mount.refs++
  }

  get canRead(): boolean {
    return (this.flags & O.ACCMODE) !== O.WRONLY
  }

  get canWrite(): boolean {
    return (this.flags & O.ACCMODE) !== O.RDONLY
  }

  *read(_io: IoContext, _max: number): Sim<Uint8Array> {
    throw new Errno('EINVAL')
  }

  *write(_io: IoContext, _data: Uint8Array): Sim<number> {
    throw new Errno('EINVAL')
  }

  pread(_io: IoContext, _max: number, _offset: number): Uint8Array {
    throw new Errno('ESPIPE')
  }

  seek(_offset: number, _whence: 'set' | 'cur' | 'end'): number {
    throw new Errno('ESPIPE')
  }

  truncate(_io: IoContext, _size: number): void {
    throw new Errno('EINVAL')
  }

  readdir(_ctx: FsContext): Iterable<DirEntry> {
    throw new Errno('ENOTDIR')
  }

  poll(): PollState {
    return READY
  }

  pollQueue(): Wait | undefined {
    return undefined
  }

  release(): void {
    this.inode.release()
    this.path.mount.refs--
  }
}

/** New offset of lseek(2) in something of `size` bytes. */
export function seekTo(file: FileDescription, offset: number, whence: 'set' | 'cur' | 'end', size: number): number {
  const to = (whence === 'set' ? 0 : whence === 'cur' ? file.offset : size) + offset
  if (to < 0) throw new Errno('EINVAL')
  file.offset = to
  return to
}

/** An open directory. */
export class DirFile extends BaseFile {
  override *read(_io: IoContext, _max: number): Sim<Uint8Array> {
    throw new Errno('EISDIR')
  }

  override pread(): Uint8Array {
    throw new Errno('EISDIR')
  }

  override seek(offset: number, whence: 'set' | 'cur' | 'end'): number {
    return seekTo(this, offset, whence, 0)
  }

  override readdir(ctx: FsContext): Iterable<DirEntry> {
    return this.inode.readdir(ctx)
  }
}

/** Opened with O_PATH: only a place. */
export class PathFile extends BaseFile {
  override *read(): Sim<Uint8Array> {
    throw new Errno('EBADF')
  }

  override *write(): Sim<number> {
    throw new Errno('EBADF')
  }

  override pread(): Uint8Array {
    throw new Errno('EBADF')
  }

  override seek(): number {
    throw new Errno('EBADF')
  }

  override truncate(): void {
    throw new Errno('EBADF')
  }
}

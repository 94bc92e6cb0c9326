import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { FS_FL, MS, O, S } from '../syscalls.ts'
import { addChild, lookupChild } from './dentry.ts'
import { PathFile } from './file.ts'
import { notify } from './inode.ts'
import { checkPermission, inGroup, MAY, wantWrite } from './permission.ts'
import type { Dentry, FileDescription, FsContext, Inode, Mount, Owner, VfsPath } from './types.ts'
import { resolve, startWalk } from './walk.ts'

/** Owner of a new file in `dir`: set-group-id directories pass their group on. inode_init_owner() */
export function newOwner(ctx: FsContext, dir: Inode, now: number): Owner {
  return {
    uid: ctx.cred.fsuid,
    gid: (dir.mode & S.ISGID) !== 0 ? dir.gid : ctx.cred.fsgid,
    now,
  }
}

/** Mode of a new file: the umask, and S_ISGID as inode_init_owner() has it. */
export function newMode(ctx: FsContext, dir: Inode, mode: number): number {
  let out = mode & ~(ctx.umask & 0o777)
  if ((dir.mode & S.ISGID) === 0) return out
  if ((mode & S.IFMT) === S.IFDIR) return out | S.ISGID
  if ((out & (S.ISGID | 0o010)) === (S.ISGID | 0o010) && !inGroup(ctx.cred, dir.gid) && !ctx.cred.capable(4)) out &= ~S.ISGID
  return out
}

/** Owners that the file system's user namespace doesn't know can't be stored: EOVERFLOW. */
export function mayCreate(ctx: FsContext, mount: Mount, dir: Dentry): void {
  wantWrite(mount)
  if (dir.deleted) throw new Errno('ENOENT')
  checkPermission(ctx, dir.inode, MAY.WRITE | MAY.EXEC)
  const { userns } = dir.sb
  if (userns.fromKuid(ctx.cred.fsuid) === undefined || userns.fromKgid(ctx.cred.fsgid) === undefined) throw new Errno('EOVERFLOW')
}

/** open(2) up to the file system's own open: the place, and whether it was made just now. */
function openPlace(ctx: FsContext, path: string, flags: number, mode: number, now: number): { place: VfsPath; created: boolean } {
  const nofollow = (flags & O.NOFOLLOW) !== 0
  if ((flags & O.CREAT) === 0) return { place: resolve(ctx, path, !nofollow), created: false }
  const exclusive = (flags & O.EXCL) !== 0
  const { walk, last: first } = startWalk(ctx, path)
  let last = first
  for (;;) {
    if (last.kind !== 'norm') {
      if (exclusive) throw new Errno('EEXIST')
      walk.toLast(last, true)
      return { place: walk.place, created: false }
    }
    if (last.slash) throw new Errno('EISDIR')
    const dir = last.dir
    const found = lookupChild(dir.dentry, last.name)
    if (found === undefined) {
      mayCreate(ctx, dir.mount, dir.dentry)
      const parent = dir.dentry.inode
      const inode = parent.create(last.name, newMode(ctx, parent, S.IFREG | (mode & 0o7777)), newOwner(ctx, parent, now))
      notify(parent)
      return {
        place: {
          mount: dir.mount,
          dentry: addChild(dir.dentry, last.name, inode),
        },
        created: true,
      }
    }
    if (exclusive) throw new Errno('EEXIST')
    if ((found.inode.mode & S.IFMT) === S.IFLNK && !nofollow) {
      const rest = walk.follow(found.inode, false)
      if (rest === undefined) return { place: walk.place, created: false }
      last = rest
      continue
    }
    walk.toLast(last, false)
    protectedCreate(ctx, dir.dentry.inode, walk.dentry.inode)
    return { place: walk.place, created: false }
  }
}

/** fs.protected_regular and protected_fifos: O_CREAT on somebody else's file in a sticky directory that everybody writes. */
function protectedCreate(ctx: FsContext, dir: Inode, inode: Inode): void {
  const type = inode.mode & S.IFMT
  if (type !== S.IFREG && type !== S.IFIFO) return
  if ((dir.mode & S.ISVTX) === 0 || (dir.mode & 0o002) === 0) return
  if (inode.uid === dir.uid || inode.uid === ctx.cred.fsuid) return
  throw new Errno('EACCES')
}

/** may_open() and what open(2) checks by type. `place` is the file. */
export function* openAt(ctx: FsContext, place: VfsPath, flags: number, created: boolean): Sim<FileDescription> {
  const { mount, dentry } = place
  const inode = dentry.inode
  const type = inode.mode & S.IFMT
  if ((flags & O.DIRECTORY) !== 0 && type !== S.IFDIR) throw new Errno('ENOTDIR')
  if ((flags & O.PATH) !== 0) return new PathFile(inode, flags & ~O.ACCMODE, place)
  if (type === S.IFLNK) throw new Errno('ELOOP')
  const access = flags & O.ACCMODE
  const writes = access !== O.RDONLY
  if (type === S.IFDIR && (writes || (flags & O.CREAT) !== 0)) throw new Errno('EISDIR')
  if ((type === S.IFCHR || type === S.IFBLK) && (mount.flags & MS.NODEV) !== 0) throw new Errno('EACCES')
  const truncates = (flags & O.TRUNC) !== 0 && type === S.IFREG && !created
  if (!created) {
    const mask = (access !== O.WRONLY ? MAY.READ : 0) | (writes || truncates ? MAY.WRITE : 0)
    const stored = type === S.IFREG || type === S.IFDIR
    checkPermission(ctx, inode, mask)
    if ((inode.flags & FS_FL.APPEND) !== 0 && (truncates || (writes && (flags & O.APPEND) === 0))) throw new Errno('EPERM')
    if ((writes || truncates) && stored) wantWrite(mount)
  }
  const opened = inode.open(flags, place, ctx)
  const file = isSim(opened) ? yield* opened : opened
  if (truncates) inode.truncate(0, ctx)
  return file
}

function isSim(opened: Sim<FileDescription> | FileDescription): opened is Sim<FileDescription> {
  return 'next' in opened
}

/** open(2). */
export function* open(ctx: FsContext, path: string, flags: number, mode: number, now: number): Sim<FileDescription> {
  const { place, created } = openPlace(ctx, path, flags, mode, now)
  return yield* openAt(ctx, place, flags, created)
}

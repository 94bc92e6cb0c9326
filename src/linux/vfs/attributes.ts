import type { Micros } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { S, type Stat } from '../syscalls.ts'
import { fixed } from './file-flags.ts'
import { notify } from './inode.ts'
import { CAP, capableOver, checkPermission, inGroup, MAY, ownerOrCapable, permits, wantWrite } from './permission.ts'
import type { FsContext, Inode, UserNsView, VfsPath } from './types.ts'

/** Owner shown for ids that a user namespace doesn't map: user_namespaces(7). */
export const OVERFLOW_ID = 65_534

export function statOf(inode: Inode, userns: UserNsView): Stat {
  return {
    dev: inode.sb.dev,
    ino: inode.ino,
    mode: inode.mode,
    nlink: inode.nlink,
    uid: userns.fromKuid(inode.uid) ?? OVERFLOW_ID,
    gid: userns.fromKgid(inode.gid) ?? OVERFLOW_ID,
    rdev: inode.rdev,
    size: inode.size,
    blksize: 4096,
    blocks: inode.blocks,
    atime: inode.atime,
    mtime: inode.mtime,
    ctime: inode.ctime,
    btime: inode.btime,
  }
}

/** chmod(2): only the owner, or CAP_FOWNER; S_ISGID needs the group or CAP_FSETID. */
export function chmodAt(ctx: FsContext, place: VfsPath, mode: number, now: Micros): void {
  const inode = place.dentry.inode
  wantWrite(place.mount)
  if (fixed(inode)) throw new Errno('EPERM')
  if (!ownerOrCapable(ctx.cred, inode)) throw new Errno('EPERM')
  let bits = mode & 0o7777
  if ((bits & S.ISGID) !== 0 && !inGroup(ctx.cred, inode.gid) && !capableOver(ctx.cred, inode, CAP.FSETID)) bits &= ~S.ISGID
  inode.setattr({ mode: bits, ctime: now })
  notify(inode)
}

/** chown(2): ids as the caller sees them; -1 leaves one. Clears set-user-id and set-group-id of files. */
export function chownAt(ctx: FsContext, place: VfsPath, uid: number, gid: number, now: Micros): void {
  const inode = place.dentry.inode
  const { cred } = ctx
  const kuid = uid === -1 ? undefined : cred.userns.toKuid(uid)
  const kgid = gid === -1 ? undefined : cred.userns.toKgid(gid)
  if ((uid !== -1 && kuid === undefined) || (gid !== -1 && kgid === undefined)) throw new Errno('EINVAL')
  wantWrite(place.mount)
  if (fixed(inode)) throw new Errno('EPERM')
  if (kuid !== undefined && !(cred.fsuid === inode.uid && kuid === inode.uid) && !capableOver(cred, inode, CAP.CHOWN))
    throw new Errno('EPERM')
  if (kgid !== undefined) {
    const own = cred.fsuid === inode.uid && (kgid === inode.gid || inGroup(cred, kgid))
    if (!own && !capableOver(cred, inode, CAP.CHOWN)) throw new Errno('EPERM')
  }
  const change: { mode?: number; uid?: number; gid?: number; ctime: Micros } = {
    ctime: now,
  }
  if (kuid !== undefined) change.uid = kuid
  if (kgid !== undefined) change.gid = kgid
  if ((inode.mode & S.IFMT) !== S.IFDIR) {
    let bits = inode.mode & 0o7777
    bits &= ~S.ISUID
    if ((bits & 0o010) !== 0) bits &= ~S.ISGID
    if (bits !== (inode.mode & 0o7777)) change.mode = bits
  }
  inode.setattr(change)
  notify(inode)
}

/** utimensat(2): setting times needs the owner; "now" only needs write permission. */
export function utimensAt(ctx: FsContext, place: VfsPath, atime: Micros | undefined, mtime: Micros | undefined, now: Micros): void {
  const inode = place.dentry.inode
  wantWrite(place.mount)
  if (fixed(inode)) throw new Errno('EPERM')
  const toNow = (atime === undefined || atime === now) && (mtime === undefined || mtime === now)
  if (!ownerOrCapable(ctx.cred, inode)) {
    if (!toNow) throw new Errno('EPERM')
    checkPermission(ctx, inode, MAY.WRITE)
  }
  const change: { atime?: Micros; mtime?: Micros; ctime: Micros } = {
    ctime: now,
  }
  if (atime !== undefined) change.atime = atime
  if (mtime !== undefined) change.mtime = mtime
  inode.setattr(change)
  notify(inode)
}

/** access(2): whether `cred` could; EROFS counts as no for writing. */
export function accessAt(ctx: FsContext, place: VfsPath, mode: string, effective: boolean): boolean {
  const inode = place.dentry.inode
  let mask = 0
  if (mode.includes('r')) mask |= MAY.READ
  if (mode.includes('w')) mask |= MAY.WRITE
  if (mode.includes('x')) mask |= MAY.EXEC
  if (mask === 0) return true
  const type = inode.mode & S.IFMT
  const stored = type === S.IFREG || type === S.IFDIR || type === S.IFLNK
  if ((mask & MAY.WRITE) !== 0 && stored && ((place.mount.flags & 1) !== 0 || inode.sb.readonly)) return false
  if ((mask & MAY.EXEC) !== 0 && type === S.IFREG && (place.mount.flags & 8) !== 0) return false
  return permits(ctx, inode, mask, effective ? ctx.cred : ctx.realCred)
}

/** Whether the caller sees attributes of the class trusted: CAP_SYS_ADMIN in the initial user namespace. */
export function isTrusting(ctx: FsContext): boolean {
  let ns = ctx.cred.userns
  while (ns.parent !== undefined) ns = ns.parent
  return ctx.cred.capable(CAP.SYS_ADMIN, ns)
}

/** Extended attributes: which name spaces a caller may touch, xattr(7). */
export function checkXattr(ctx: FsContext, place: VfsPath, name: string, write: boolean): void {
  const inode = place.dentry.inode
  if (write) wantWrite(place.mount)
  if (name.startsWith('security.')) {
    if (write && name === 'security.capability' && !capableOver(ctx.cred, inode, CAP.SETFCAP)) throw new Errno('EPERM')
    return
  }
  if (name.startsWith('system.')) return
  if (name.startsWith('trusted.')) {
    if (!isTrusting(ctx)) throw new Errno(write ? 'EPERM' : 'ENODATA')
    return
  }
  if (!name.startsWith('user.')) throw new Errno('EOPNOTSUPP')
  const type = inode.mode & S.IFMT
  if (type !== S.IFREG && type !== S.IFDIR) throw new Errno(write ? 'EPERM' : 'ENODATA')
  checkPermission(ctx, inode, write ? MAY.WRITE : MAY.READ)
}

import { Errno } from '../errno.ts'
import { FS_FL, MS, S } from '../syscalls.ts'
import type { FsContext, FsCred, Inode, Mount } from './types.ts'

/** Numbers of capabilities(7) that file calls ask for. */
export const CAP = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  DAC_READ_SEARCH: 2,
  FOWNER: 3,
  FSETID: 4,
  LINUX_IMMUTABLE: 9,
  SETFCAP: 31,
  SYS_CHROOT: 18,
  SYS_ADMIN: 21,
  MKNOD: 27,
} as const

/** What is asked of an inode, as in inode_permission(): bits of a mode's group. */
export const MAY = { EXEC: 1, WRITE: 2, READ: 4 } as const

/** capable_wrt_inode_uidgid: a capability counts only where owner and group are mapped in the asker's user namespace. */
export function capableOver(cred: FsCred, inode: Inode, cap: number): boolean {
  return cred.userns.fromKuid(inode.uid) !== undefined && cred.userns.fromKgid(inode.gid) !== undefined && cred.capable(cap)
}

export function inGroup(cred: FsCred, gid: number): boolean {
  return cred.fsgid === gid || cred.groups.includes(gid)
}

/** generic_permission: mode bits, then capabilities. */
export function permits(ctx: FsContext, inode: Inode, mask: number, cred: FsCred = ctx.cred): boolean {
  const own = inode.permission?.(ctx, mask)
  if (own !== undefined) return own
  const mode = inode.mode
  if ((mask & (mode >> 6) & (mode >> 3) & mode) === mask) return true
  const bits = cred.fsuid === inode.uid ? mode >> 6 : inGroup(cred, inode.gid) ? mode >> 3 : mode
  if ((bits & mask) === mask) return true
  if ((mode & S.IFMT) === S.IFDIR) {
    if ((mask & MAY.WRITE) === 0 && capableOver(cred, inode, CAP.DAC_READ_SEARCH)) return true
    return capableOver(cred, inode, CAP.DAC_OVERRIDE)
  }
  if (mask === MAY.READ && capableOver(cred, inode, CAP.DAC_READ_SEARCH)) return true
  return ((mask & MAY.EXEC) === 0 || (mode & 0o111) !== 0) && capableOver(cred, inode, CAP.DAC_OVERRIDE)
}

/** inode_permission(): EROFS for writing to a read-only file system (not to devices, FIFOs, sockets), then EACCES. */
export function checkPermission(ctx: FsContext, inode: Inode, mask: number): void {
  if ((mask & MAY.WRITE) !== 0 && inode.sb.readonly) {
    const type = inode.mode & S.IFMT
    if (type === S.IFREG || type === S.IFDIR || type === S.IFLNK) throw new Errno('EROFS')
  }
  if ((mask & MAY.WRITE) !== 0 && (inode.flags & FS_FL.IMMUTABLE) !== 0) throw new Errno('EPERM')
  if (!permits(ctx, inode, mask)) throw new Errno('EACCES')
}

/** mnt_want_write(). */
export function wantWrite(mount: Mount): void {
  if ((mount.flags & MS.RDONLY) !== 0 || mount.sb.readonly) throw new Errno('EROFS')
}

/** inode_owner_or_capable(). */
export function ownerOrCapable(cred: FsCred, inode: Inode): boolean {
  return cred.fsuid === inode.uid || (cred.userns.fromKuid(inode.uid) !== undefined && cred.capable(CAP.FOWNER))
}

/** check_sticky(): whether a sticky directory forbids removing `victim`. */
export function stickyForbids(cred: FsCred, dir: Inode, victim: Inode): boolean {
  if ((dir.mode & S.ISVTX) === 0) return false
  if (victim.uid === cred.fsuid || dir.uid === cred.fsuid) return false
  return !capableOver(cred, victim, CAP.FOWNER)
}

import { Errno } from '../errno.ts'
import { FS_FL, S } from '../syscalls.ts'
import { CAP, ownerOrCapable, wantWrite } from './permission.ts'
import type { FsContext, Inode } from './types.ts'
import { resolve } from './walk.ts'

/** Flags that chattr(1) of ext4 can change; the others are the file system's own. */
const SETTABLE = 0x000f_20ff | 0x0400_0000 | 0x4000_0000
/** Every file of ext4 has extents: EXT4_EXTENTS_FL. */
const EXTENTS = 0x80000
const GUARDED = FS_FL.IMMUTABLE | FS_FL.APPEND

/** A file that has flags: a regular one or a directory of ext4. */
function flagged(ctx: FsContext, path: string): ReturnType<typeof resolve> {
  const place = resolve(ctx, path, false)
  const { inode } = place.dentry
  const type = inode.mode & S.IFMT
  if (type !== S.IFREG && type !== S.IFDIR) throw new Errno('EOPNOTSUPP')
  if (!/^ext[234]$/.test(inode.sb.type.name)) throw new Errno('ENOTTY')
  return place
}

/** FS_IOC_GETFLAGS, ioctl_iflags(2). */
export function getFileFlags(ctx: FsContext, path: string): number {
  return flagged(ctx, path).dentry.inode.flags | EXTENTS
}

/** FS_IOC_SETFLAGS. EPERM: not the owner's, or immutable and append-only without CAP_LINUX_IMMUTABLE in the initial namespace. */
export function setFileFlags(ctx: FsContext, path: string, flags: number): void {
  const { mount, dentry } = flagged(ctx, path)
  const { inode } = dentry
  wantWrite(mount)
  if (!ownerOrCapable(ctx.cred, inode)) throw new Errno('EACCES')
  if ((flags & ~SETTABLE) !== 0) throw new Errno('EOPNOTSUPP')
  let ns = ctx.cred.userns
  while (ns.parent !== undefined) ns = ns.parent
  if (((flags ^ inode.flags) & GUARDED) !== 0 && !ctx.cred.capable(CAP.LINUX_IMMUTABLE, ns)) throw new Errno('EPERM')
  inode.flags = flags & ~EXTENTS
}

/** Whether a file's own flags forbid to change its attributes, to link or to remove it. */
export function fixed(inode: Inode): boolean {
  return (inode.flags & GUARDED) !== 0
}

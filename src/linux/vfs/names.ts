import { encode } from '#sim/bytes.ts'
import { Errno } from '../errno.ts'
import { FS_FL, S } from '../syscalls.ts'
import { addChild, drop, isBelow, lookupChild, moveDentry } from './dentry.ts'
import { fixed } from './file-flags.ts'
import { notify } from './inode.ts'
import { mayCreate, newMode, newOwner } from './open.ts'
import { CAP, checkPermission, MAY, ownerOrCapable, stickyForbids, wantWrite } from './permission.ts'
import type { Dentry, FsContext, Inode, VfsPath } from './types.ts'
import { type LastPart, resolve, startWalk } from './walk.ts'

/** Calls that make, remove and move names. Source: section 2 of the manual, fs/namei.c for the order of errors. */

/** filename_create(): the directory and name where something new goes; EEXIST when there is something. */
function newName(ctx: FsContext, path: string, directory: boolean): LastPart {
  const { last } = startWalk(ctx, path)
  if (last.kind !== 'norm') throw new Errno('EEXIST')
  const { dir, name } = last
  const found = lookupChild(dir.dentry, name)
  if (found !== undefined) throw new Errno('EEXIST')
  if (last.slash && !directory) throw new Errno('ENOENT')
  mayCreate(ctx, dir.mount, dir.dentry)
  return last
}

function added(last: LastPart, inode: Inode): void {
  addChild(last.dir.dentry, last.name, inode)
  notify(last.dir.dentry.inode)
}

export function mkdir(ctx: FsContext, path: string, mode: number, now: number): void {
  const last = newName(ctx, path, true)
  const dir = last.dir.dentry.inode
  added(last, dir.mkdir(last.name, newMode(ctx, dir, S.IFDIR | (mode & 0o1777)), newOwner(ctx, dir, now)))
}

export function mknod(ctx: FsContext, path: string, mode: number, rdev: number, now: number): void {
  const type = (mode & S.IFMT) === 0 ? S.IFREG : mode & S.IFMT
  if (type === S.IFDIR) throw new Errno('EPERM')
  if (type === S.IFLNK) throw new Errno('EINVAL')
  const last = newName(ctx, path, false)
  const dir = last.dir.dentry.inode
  // A whiteout (character device 0,0) needs no privilege.
  const device = (type === S.IFCHR && rdev !== 0) || type === S.IFBLK
  if (device && !capableInit(ctx, CAP.MKNOD)) throw new Errno('EPERM')
  const full = newMode(ctx, dir, type | (mode & 0o7777))
  const owner = newOwner(ctx, dir, now)
  added(last, type === S.IFREG ? dir.create(last.name, full, owner) : dir.mknod(last.name, full, rdev, owner))
}

/** capable(): in the initial user namespace. */
function capableInit(ctx: FsContext, cap: number): boolean {
  let ns = ctx.cred.userns
  while (ns.parent !== undefined) ns = ns.parent
  return ctx.cred.capable(cap, ns)
}

export function symlink(ctx: FsContext, target: string, path: string, now: number): void {
  if (target === '') throw new Errno('ENOENT')
  if (encode(target).length >= 4096) throw new Errno('ENAMETOOLONG')
  const last = newName(ctx, path, false)
  const dir = last.dir.dentry.inode
  added(last, dir.symlink(last.name, target, newOwner(ctx, dir, now)))
}

export function link(ctx: FsContext, from: string, to: string): void {
  const old = resolve(ctx, from, false)
  linkAt(ctx, old, to)
}

/** linkat() of an open file (AT_EMPTY_PATH) or of a place. */
export function linkAt(ctx: FsContext, old: VfsPath, to: string): void {
  const last = newName(ctx, to, false)
  if (last.dir.mount !== old.mount) throw new Errno('EXDEV')
  const inode = old.dentry.inode
  if ((inode.mode & S.IFMT) === S.IFDIR || fixed(inode)) throw new Errno('EPERM')
  protectedHardlink(ctx, inode)
  if (inode.nlink === 0) throw new Errno('ENOENT')
  last.dir.dentry.inode.link(last.name, inode)
  added(last, inode)
}

/** fs.protected_hardlinks: only files one owns, or could write and that aren't special. */
function protectedHardlink(ctx: FsContext, inode: Inode): void {
  if (ownerOrCapable(ctx.cred, inode)) return
  if ((inode.mode & S.IFMT) !== S.IFREG || (inode.mode & S.ISUID) !== 0) throw new Errno('EPERM')
  if ((inode.mode & (S.ISGID | 0o010)) === (S.ISGID | 0o010)) throw new Errno('EPERM')
  try {
    checkPermission(ctx, inode, MAY.READ | MAY.WRITE)
  } catch {
    throw new Errno('EPERM')
  }
}

/** may_delete(): the parent's permission, the sticky bit, and the type asked for. */
function mayDelete(ctx: FsContext, dir: Dentry, victim: Dentry, directory: boolean): void {
  checkPermission(ctx, dir.inode, MAY.WRITE | MAY.EXEC)
  if (stickyForbids(ctx.cred, dir.inode, victim.inode)) throw new Errno('EPERM')
  if (fixed(victim.inode) || (dir.inode.flags & FS_FL.APPEND) !== 0) throw new Errno('EPERM')
  const isDirectory = (victim.inode.mode & S.IFMT) === S.IFDIR
  if (directory) {
    if (!isDirectory) throw new Errno('ENOTDIR')
    if (victim.parent === undefined) throw new Errno('EBUSY')
  } else if (isDirectory) throw new Errno('EISDIR')
  if (dir.deleted) throw new Errno('ENOENT')
}

/** Whether something is mounted on the dentry in the caller's namespace: it can't be removed there. */
function isMountpoint(ctx: FsContext, dentry: Dentry): boolean {
  if (dentry.mounted === 0) return false
  for (const m of ctx.mntns.mounts) if (m.mountpoint === dentry) return true
  return false
}

export function rmdir(ctx: FsContext, path: string, onRemoved: (dentry: Dentry) => void): void {
  const { last } = startWalk(ctx, path)
  if (last.kind === 'dotdot') throw new Errno('ENOTEMPTY')
  if (last.kind === 'dot') throw new Errno('EINVAL')
  if (last.kind === 'root') throw new Errno('EBUSY')
  const { dir, name } = last
  wantWrite(dir.mount)
  const victim = lookupChild(dir.dentry, name)
  if (victim === undefined) throw new Errno('ENOENT')
  mayDelete(ctx, dir.dentry, victim, true)
  if (isMountpoint(ctx, victim)) throw new Errno('EBUSY')
  dir.dentry.inode.rmdir(name)
  drop(victim)
  removed(dir.dentry, victim, onRemoved)
}

function removed(dir: Dentry, victim: Dentry, onRemoved: (dentry: Dentry) => void): void {
  if (victim.mounted > 0) onRemoved(victim)
  notify(victim.inode)
  notify(dir.inode)
}

export function unlink(ctx: FsContext, path: string, onRemoved: (dentry: Dentry) => void): void {
  const { last } = startWalk(ctx, path)
  if (last.kind !== 'norm') throw new Errno('EISDIR')
  const { dir, name } = last
  wantWrite(dir.mount)
  const victim = lookupChild(dir.dentry, name)
  if (victim === undefined) throw new Errno('ENOENT')
  if (last.slash) throw new Errno((victim.inode.mode & S.IFMT) === S.IFDIR ? 'EISDIR' : 'ENOTDIR')
  mayDelete(ctx, dir.dentry, victim, false)
  if (isMountpoint(ctx, victim)) throw new Errno('EBUSY')
  dir.dentry.inode.unlink(name)
  drop(victim)
  removed(dir.dentry, victim, onRemoved)
}

export function rename(ctx: FsContext, from: string, to: string, onRemoved: (dentry: Dentry) => void): void {
  const { last: a } = startWalk(ctx, from)
  const { last: b } = startWalk(ctx, to)
  if (a.dir.mount !== b.dir.mount) throw new Errno('EXDEV')
  if (a.kind !== 'norm' || b.kind !== 'norm') throw new Errno('EBUSY')
  wantWrite(a.dir.mount)
  const oldDir = a.dir.dentry
  const newDir = b.dir.dentry
  const old = lookupChild(oldDir, a.name)
  if (old === undefined) throw new Errno('ENOENT')
  const isDirectory = (old.inode.mode & S.IFMT) === S.IFDIR
  const target = lookupChild(newDir, b.name)
  if (!isDirectory) {
    if (a.slash) throw new Errno('ENOTDIR')
    if (target === undefined && b.slash) throw new Errno('ENOTDIR')
    if (b.slash && target !== undefined) throw new Errno('ENOTDIR')
  }
  if (isBelow(newDir, old)) throw new Errno('EINVAL')
  if (target !== undefined && isBelow(oldDir, target)) throw new Errno('ENOTEMPTY')
  if (target?.inode === old.inode) return
  checkPermission(ctx, oldDir.inode, MAY.WRITE | MAY.EXEC)
  if (stickyForbids(ctx.cred, oldDir.inode, old.inode)) throw new Errno('EPERM')
  if (fixed(old.inode) || (oldDir.inode.flags & FS_FL.APPEND) !== 0) throw new Errno('EPERM')
  if (target === undefined) mayCreate(ctx, b.dir.mount, newDir)
  else mayDelete(ctx, newDir, target, isDirectory)
  if (isDirectory && oldDir !== newDir) checkPermission(ctx, old.inode, MAY.WRITE)
  if (isMountpoint(ctx, old) || (target !== undefined && isMountpoint(ctx, target))) throw new Errno('EBUSY')
  oldDir.inode.rename(a.name, newDir.inode, b.name)
  if (target !== undefined) {
    drop(target)
    removed(newDir, target, onRemoved)
  }
  // A file system that makes another inode by renaming (overlay) has changed old.inode's identity; look it up again then.
  const inode = newDir.sb.revalidate === undefined ? old.inode : (newDir.inode.lookup(b.name) ?? old.inode)
  old.inode = inode
  moveDentry(old, newDir, b.name)
  notify(oldDir.inode)
  notify(newDir.inode)
  notify(old.inode)
}

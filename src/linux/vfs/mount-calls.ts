import { Errno } from '../errno.ts'
import { MNT, MS, S } from '../syscalls.ts'
import { isBelow } from './dentry.ts'
import { lockFlags, MOUNT_FLAGS, type MountTable, subtree } from './mounts.ts'
import { CAP } from './permission.ts'
import type { Dentry, FsContext, Mount, MountNamespace, Propagation, SuperBlock, UserNsView, VfsPath } from './types.ts'
import { resolve, topOf } from './walk.ts'

/** mount(2), umount(2), pivot_root(2), mount_namespaces(7): the calls, over {@link MountTable}. */

/** may_mount(): CAP_SYS_ADMIN in the user namespace that owns the mount namespace. */
function mayMount(ctx: FsContext): void {
  if (!ctx.cred.capable(CAP.SYS_ADMIN, ctx.mntns.userns)) throw new Errno('EPERM')
}

const isDirectory = (dentry: Dentry): boolean => (dentry.inode.mode & S.IFMT) === S.IFDIR

/** A place that must be the root of a mount of the caller's namespace. */
function mountAt(ctx: FsContext, place: VfsPath): Mount {
  if (place.dentry !== place.mount.root || place.mount.ns !== ctx.mntns) throw new Errno('EINVAL')
  return place.mount
}

const PROPAGATIONS: readonly (readonly [number, Propagation])[] = [
  [MS.SHARED, 'shared'],
  [MS.PRIVATE, 'private'],
  [MS.SLAVE, 'slave'],
  [MS.UNBINDABLE, 'unbindable'],
]

/** What `mount` needs of the VFS: makes a super block, or says ENODEV. */
export type MakeSuper = (ctx: FsContext, fstype: string, source: string, data: string, readonly: boolean) => SuperBlock

/** mount(2). Order of meanings: remount, bind, propagation, move, new mount. */
export function mount(
  table: MountTable,
  makeSuper: MakeSuper,
  ctx: FsContext,
  source: string,
  target: string,
  fstype: string,
  flags: number,
  data: string,
): void {
  const place = resolve(ctx, target)
  mayMount(ctx)
  let own = flags & MOUNT_FLAGS
  if ((flags & MS.NOATIME) === 0 && (flags & MS.STRICTATIME) === 0) own |= MS.RELATIME
  if ((flags & (MS.REMOUNT | MS.BIND)) === (MS.REMOUNT | MS.BIND)) remountBind(ctx, place, own)
  else if ((flags & MS.REMOUNT) !== 0) remount(ctx, place, own, data)
  else if ((flags & MS.BIND) !== 0) bind(table, ctx, source, place, (flags & MS.REC) !== 0)
  else if ((flags & (MS.SHARED | MS.PRIVATE | MS.SLAVE | MS.UNBINDABLE)) !== 0) setPropagation(table, ctx, place, flags)
  else if ((flags & MS.MOVE) !== 0) move(table, ctx, source, place)
  else {
    if (!isDirectory(place.dentry)) throw new Errno('ENOTDIR')
    const sb = makeSuper(ctx, fstype, source, data, (flags & MS.RDONLY) !== 0)
    newMount(table, place, sb, source === '' ? 'none' : source, own)
  }
}

/** do_add_mount(). Mounting the same super block on itself once more is EBUSY. */
export function newMount(table: MountTable, place: VfsPath, sb: SuperBlock, source: string, flags: number): Mount {
  if (place.mount.ns === undefined) throw new Errno('EINVAL')
  if (place.mount.sb === sb && place.dentry === place.mount.root && sb.root === place.mount.root) throw new Errno('EBUSY')
  if (isDirectory(sb.root) !== isDirectory(place.dentry)) throw new Errno('ENOTDIR')
  const m = table.create(sb, flags, source)
  table.attach(m, place)
  return m
}

function checkLocked(m: Mount, flags: number): void {
  if ((m.lockedFlags & ~flags & (MS.RDONLY | MS.NODEV | MS.NOSUID | MS.NOEXEC)) !== 0) throw new Errno('EPERM')
}

function remountBind(ctx: FsContext, place: VfsPath, flags: number): void {
  const m = mountAt(ctx, place)
  checkLocked(m, flags)
  m.flags = flags
  m.ns?.changed.wakeAll()
}

function remount(ctx: FsContext, place: VfsPath, flags: number, data: string): void {
  const m = mountAt(ctx, place)
  checkLocked(m, flags)
  if (!ctx.cred.capable(CAP.SYS_ADMIN, m.sb.userns)) throw new Errno('EPERM')
  m.sb.remount(data, (flags & MS.RDONLY) !== 0)
  m.flags = flags & ~MS.RDONLY
  m.ns?.changed.wakeAll()
}

function setPropagation(table: MountTable, ctx: FsContext, place: VfsPath, flags: number): void {
  const type = PROPAGATIONS.filter(([bit]) => (flags & bit) !== 0)
  const [first] = type
  if (first === undefined || type.length !== 1) throw new Errno('EINVAL')
  const m = mountAt(ctx, place)
  const all = (flags & MS.REC) !== 0 ? subtree(m) : [m]
  for (const one of all) table.setPropagation(one, first[1])
  m.ns?.changed.wakeAll()
}

/** do_loopback(). */
function bind(table: MountTable, ctx: FsContext, source: string, place: VfsPath, recursive: boolean): void {
  if (source === '') throw new Errno('EINVAL')
  const from = resolve(ctx, source)
  const inNamespace = from.mount.ns === ctx.mntns
  if (from.mount.unbindable) throw new Errno('EINVAL')
  if (place.mount.ns !== ctx.mntns) throw new Errno('EINVAL')
  if (!inNamespace && from.dentry.sb.type.name !== 'nsfs') throw new Errno('EINVAL')
  if (!recursive && [...from.mount.children.values()].some((c) => c.locked && isBelow(c.mountpoint as Dentry, from.dentry))) {
    throw new Errno('EINVAL')
  }
  if (isDirectory(from.dentry) !== isDirectory(place.dentry)) throw new Errno('ENOTDIR')
  const copy = recursive ? table.copyTree(from.mount, from.dentry, 'same') : table.clone(from.mount, from.dentry, 'same')
  copy.locked = false
  table.attach(copy, place)
}

/** do_move_mount(). */
function move(table: MountTable, ctx: FsContext, source: string, place: VfsPath): void {
  const from = resolve(ctx, source)
  const m = mountAt(ctx, from)
  if (place.mount.ns !== ctx.mntns || m.parent === undefined || m.locked) throw new Errno('EINVAL')
  if (isDirectory(m.root) !== isDirectory(place.dentry)) throw new Errno('EINVAL')
  if (m.parent.shared !== 0) throw new Errno('EINVAL')
  if (place.mount.shared !== 0 && subtree(m).some((c) => c.unbindable)) throw new Errno('EINVAL')
  for (let p: Mount | undefined = place.mount; p !== undefined; p = p.parent) if (p === m) throw new Errno('ELOOP')
  table.unlink(m)
  table.attach(m, place)
}

/** umount2(2). */
export function umount(table: MountTable, ctx: FsContext, target: string, flags: number): void {
  // `.` names what is mounted there, not the directory below: pivot_root(2), "pivot_root(".", ".")".
  const place = topOf(resolve(ctx, target, (flags & MNT.UMOUNT_NOFOLLOW) === 0))
  mayMount(ctx)
  const m = mountAt(ctx, place)
  if (m.locked) throw new Errno('EINVAL')
  if (m === ctx.root.mount && m.root === ctx.root.dentry && (flags & MNT.DETACH) === 0) throw new Errno('EBUSY')
  if (m.parent === undefined) throw new Errno('EINVAL')
  if ((flags & MNT.DETACH) === 0 && table.busy(m)) throw new Errno('EBUSY')
  table.detach(m)
}

/** copy_mnt_ns(): a copy of the namespace's tree. Peers stay peers, except into a less privileged user namespace. */
export function copyNamespace(
  table: MountTable,
  old: MountNamespace,
  userns: UserNsView,
  moved: (from: Mount, to: Mount) => void,
): MountNamespace {
  const foreign = userns !== old.userns
  const root = table.copyTree(old.root, old.root.root, foreign ? 'slave-shared' : 'same', {
    all: true,
    onCopy: (from, to) => {
      if (foreign) {
        lockFlags(to)
        to.locked = true
      }
      moved(from, to)
    },
  })
  root.unbindable = old.root.unbindable
  return table.namespace(root, userns)
}

/** pivot_root(2). Returns the old root and the new one for the caller to move processes. */
export function pivotRoot(
  table: MountTable,
  ctx: FsContext,
  newRoot: string,
  putOld: string,
): { readonly from: VfsPath; readonly to: VfsPath } {
  mayMount(ctx)
  const to = resolve(ctx, newRoot)
  const old = resolve(ctx, putOld)
  if (!isDirectory(to.dentry) || !isDirectory(old.dentry)) throw new Errno('ENOTDIR')
  const from = ctx.root
  const newMountNode = to.mount
  const rootMount = from.mount
  if (newMountNode.ns !== ctx.mntns || rootMount.ns !== ctx.mntns || old.mount.ns !== ctx.mntns) throw new Errno('EINVAL')
  if (newMountNode.parent?.shared || rootMount.parent?.shared || old.mount.shared !== 0) throw new Errno('EINVAL')
  if (newMountNode.locked) throw new Errno('EINVAL')
  if (to.dentry.deleted) throw new Errno('ENOENT')
  if (newMountNode === rootMount || old.mount === rootMount) throw new Errno('EBUSY')
  if (from.dentry !== rootMount.root) throw new Errno('EINVAL')
  if (to.dentry !== newMountNode.root || newMountNode.parent === undefined) throw new Errno('EINVAL')
  if (!reaches(old, to) || !reaches(to, from)) throw new Errno('EINVAL')
  const above = rootMount.parent
  const at = rootMount.mountpoint
  table.unlink(newMountNode)
  if (rootMount.locked) {
    newMountNode.locked = true
    rootMount.locked = false
  }
  if (above !== undefined && at !== undefined) {
    table.unlink(rootMount)
    table.link(newMountNode, above, at)
  } else ctx.mntns.root = newMountNode
  table.link(rootMount, old.mount, old.dentry)
  ctx.mntns.changed.wakeAll()
  return { from, to }
}

/** is_path_reachable(): whether `place` is at or below `top`. */
function reaches(place: VfsPath, top: VfsPath): boolean {
  let m = place.mount
  let d = place.dentry
  while (m !== top.mount) {
    if (m.parent === undefined || m.mountpoint === undefined) return false
    d = m.mountpoint
    m = m.parent
  }
  return isBelow(d, top.dentry)
}

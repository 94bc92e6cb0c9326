import { assert } from '#sim/assert.ts'
import { type Micros, type Sim, type Wait, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { type Dirent, FS_FL, MS, O, S, type Stat, type StatFs } from '../syscalls.ts'
import { AnonymousFs } from './anon.ts'
import { accessAt, checkXattr, chmodAt, chownAt, isTrusting, statOf, utimensAt } from './attributes.ts'
import { IdAllocator } from './ids.ts'
import { BaseInode, majorOf, makedev, minorOf } from './inode.ts'
import { copyNamespace, mount, newMount, pivotRoot, umount } from './mount-calls.ts'
import { MountTable, subtree } from './mounts.ts'
import { linkAt, mkdir, mknod, rename, rmdir, symlink, unlink } from './names.ts'
import { open, openAt } from './open.ts'
import { CAP, checkPermission, MAY, wantWrite } from './permission.ts'
import { Pipe, PipeFile, PipeInode } from './pipe.ts'
import type {
  Dentry,
  Device,
  FileDescription,
  FileSystemType,
  FsContext,
  Inode,
  Mount,
  MountNamespace,
  SuperBlock,
  UserNsView,
  VfsCalls,
  VfsHost,
  VfsPath,
} from './types.ts'
import { resolve, topOf } from './walk.ts'

/**
 * The virtual file system of one machine: file system types, devices, mounts, and the calls on them. One instance a
 * kernel; who calls comes as the first argument of every call.
 */
export class Vfs implements VfsCalls {
  readonly host: VfsHost
  readonly table: MountTable
  readonly #types = new Map<string, FileSystemType>()
  readonly #charDevices = new Map<number, Device>()
  readonly #blockDevices = new Map<number, Device>()
  readonly #minors = new IdAllocator(20)
  readonly #anonymous = new Map<string, AnonymousFs>()
  /** Holders of a root and a working directory: what pivot_root looks through. */
  readonly #contexts = new Set<FsContext>()
  #nextAnonymous = 1

  /** `nextNs` gives inode numbers of nsfs for new mount namespaces. */
  constructor(host: VfsHost, nextNs: () => number) {
    this.host = host
    this.table = new MountTable(nextNs)
  }

  now(): Micros {
    return this.host.now()
  }

  // Registries

  registerType(type: FileSystemType): void {
    this.#types.set(type.name, type)
  }

  /** In order of registration, as /proc/filesystems. */
  types(): FileSystemType[] {
    return [...this.#types.values()]
  }

  /** A driver for a device number; without `minor` for all minors of the major. */
  registerDevice(kind: 'char' | 'block', major: number, minor: number | undefined, device: Device): void {
    const devices = kind === 'char' ? this.#charDevices : this.#blockDevices
    devices.set(minor === undefined ? -major : makedev(major, minor), device)
  }

  unregisterDevice(kind: 'char' | 'block', major: number, minor: number): void {
    const devices = kind === 'char' ? this.#charDevices : this.#blockDevices
    devices.delete(makedev(major, minor))
  }

  device(kind: 'char' | 'block', rdev: number): Device | undefined {
    const devices = kind === 'char' ? this.#charDevices : this.#blockDevices
    return devices.get(rdev) ?? devices.get(-majorOf(rdev))
  }

  /** Registered devices as [rdev, device]; a whole major has minor -1. */
  devices(kind: 'char' | 'block'): {
    readonly major: number
    readonly minor: number
    readonly device: Device
  }[] {
    const devices = kind === 'char' ? this.#charDevices : this.#blockDevices
    return [...devices].map(([key, device]) =>
      key < 0 ? { major: -key, minor: -1, device } : { major: majorOf(key), minor: minorOf(key), device },
    )
  }

  openDevice(inode: Inode, flags: number, place: VfsPath, io: FsContext): Sim<FileDescription> | FileDescription {
    const device = this.device((inode.mode & S.IFMT) === S.IFCHR ? 'char' : 'block', inode.rdev)
    if (device === undefined) throw new Errno('ENXIO')
    return device.open(flags, place, io)
  }

  /** A device number with major 0 for a file system without a device. */
  anonymousDev(): number {
    return makedev(0, this.#minors.alloc())
  }

  freeDev(dev: number): void {
    this.#minors.free(minorOf(dev))
  }

  /** The internal file system `pipefs`, `sockfs`, `anon_inodefs` …, made at its first use. */
  anonymousFs(name: string): AnonymousFs {
    let fs = this.#anonymous.get(name)
    if (fs === undefined) {
      fs = new AnonymousFs(name, this.anonymousDev(), this.host.initUserNs, this.table)
      this.#anonymous.set(name, fs)
    }
    return fs
  }

  /**
   * A place with a new anonymous inode: `anonymous('pipe', S.IFIFO | 0o600)` is `pipe:[7]`, `anonymous('socket', …)` is
   * `socket:[8]`, `anonymous('anon_inode:[eventpoll]', …)` is just that. `inode` lets a caller bring its own class.
   */
  anonymous(kind: string, mode: number, owner?: { uid: number; gid: number }, make?: (sb: SuperBlock, ino: number) => Inode): VfsPath {
    const fs = this.anonymousFs(kind === 'pipe' ? 'pipefs' : kind === 'socket' ? 'sockfs' : 'anon_inodefs')
    const ino = this.#nextAnonymous++
    const inode = make?.(fs, ino) ?? new BaseInode(fs, ino, mode, this.now())
    inode.mode = mode
    if (owner !== undefined) {
      inode.uid = owner.uid
      inode.gid = owner.gid
    }
    return fs.place(inode, kind.includes(':') ? kind : `${kind}:[${ino}]`)
  }

  /** pipe(2): the reading and the writing end. */
  pipe(ctx: FsContext): readonly [FileDescription, FileDescription] {
    const pipe = new Pipe()
    const place = this.anonymous(
      'pipe',
      S.IFIFO | 0o600,
      { uid: ctx.cred.fsuid, gid: ctx.cred.fsgid },
      (sb, ino) => new PipeInode(sb, ino, pipe, this.now()),
    )
    return [new PipeFile(pipe, place.dentry.inode, O.RDONLY, place), new PipeFile(pipe, place.dentry.inode, O.WRONLY, place)]
  }

  // Opening

  *open(ctx: FsContext, path: string, flags: number, mode = 0o666): Sim<FileDescription> {
    return yield* open(ctx, path, flags, mode, this.now())
  }

  openNow(ctx: FsContext, path: string, flags: number, mode = 0o666): FileDescription {
    const step = this.open(ctx, path, flags, mode).next()
    assert(step.done === true, `open of ${path} had to wait`)
    return step.value
  }

  /** Opens a place that was found already (exec, /proc/PID/fd). */
  *openAt(ctx: FsContext, place: VfsPath, flags: number): Sim<FileDescription> {
    return yield* openAt(ctx, place, flags, false)
  }

  resolve(ctx: FsContext, path: string, followLast = true): VfsPath {
    return resolve(ctx, path, followLast)
  }

  // Attributes

  stat(ctx: FsContext, path: string): Stat {
    return statOf(resolve(ctx, path, true).dentry.inode, ctx.cred.userns)
  }

  lstat(ctx: FsContext, path: string): Stat {
    return statOf(resolve(ctx, path, false).dentry.inode, ctx.cred.userns)
  }

  fstat(ctx: FsContext, file: FileDescription): Stat {
    return statOf(file.inode, ctx.cred.userns)
  }

  statfs(ctx: FsContext, path: string): StatFs {
    return resolve(ctx, path).mount.sb.statfs()
  }

  access(ctx: FsContext, path: string, mode: string, effective = false): boolean {
    const asked: FsContext = effective ? ctx : realContext(ctx)
    try {
      return accessAt(asked, resolve(asked, path), mode, true)
    } catch (error) {
      if (error instanceof Errno) return false
      throw error
    }
  }

  readdir(ctx: FsContext, path: string): Dirent[] {
    const { dentry } = resolve(ctx, path)
    const inode = dentry.inode
    if ((inode.mode & S.IFMT) !== S.IFDIR) throw new Errno('ENOTDIR')
    checkPermission(ctx, inode, MAY.READ)
    return dentry.deleted ? [] : [...inode.readdir(ctx)]
  }

  readlink(ctx: FsContext, path: string): string {
    const { dentry } = resolve(ctx, path, false)
    if ((dentry.inode.mode & S.IFMT) !== S.IFLNK) throw new Errno('EINVAL')
    return dentry.inode.readlink(ctx)
  }

  realpath(ctx: FsContext, path: string): string {
    // realpath(3) walks the names: it does not say that a directory it passes has been removed.
    return pathFrom(ctx.root, resolve(ctx, path)).path
  }

  chmod(ctx: FsContext, path: string, mode: number): void {
    chmodAt(ctx, resolve(ctx, path), mode, this.now())
  }

  fchmod(ctx: FsContext, file: FileDescription, mode: number): void {
    if ((file.flags & O.PATH) !== 0) throw new Errno('EBADF')
    chmodAt(ctx, file.path, mode, this.now())
  }

  chown(ctx: FsContext, path: string, uid: number, gid: number, follow = true): void {
    chownAt(ctx, resolve(ctx, path, follow), uid, gid, this.now())
  }

  utimens(ctx: FsContext, path: string, atime: Micros | undefined, mtime: Micros | undefined, follow = true): void {
    utimensAt(ctx, resolve(ctx, path, follow), atime, mtime, this.now())
  }

  getxattr(ctx: FsContext, path: string, name: string): Uint8Array | undefined {
    const place = resolve(ctx, path)
    checkXattr(ctx, place, name, false)
    return place.dentry.inode.getxattr(name)
  }

  setxattr(ctx: FsContext, path: string, name: string, value: Uint8Array | undefined): void {
    const place = resolve(ctx, path)
    checkXattr(ctx, place, name, true)
    place.dentry.inode.setxattr(name, value)
  }

  listxattr(ctx: FsContext, path: string): string[] {
    const names = resolve(ctx, path).dentry.inode.listxattr()
    // xattr(7): names of the class trusted show only with CAP_SYS_ADMIN in the initial namespace.
    return isTrusting(ctx) ? names : names.filter((n) => !n.startsWith('trusted.'))
  }

  truncate(ctx: FsContext, path: string, size: number): void {
    const { mount: m, dentry } = resolve(ctx, path)
    if (size < 0) throw new Errno('EINVAL')
    const type = dentry.inode.mode & S.IFMT
    if (type === S.IFDIR) throw new Errno('EISDIR')
    if (type !== S.IFREG) throw new Errno('EINVAL')
    wantWrite(m)
    checkPermission(ctx, dentry.inode, MAY.WRITE)
    if ((dentry.inode.flags & FS_FL.APPEND) !== 0) throw new Errno('EPERM')
    dentry.inode.truncate(size, ctx)
  }

  ftruncate(ctx: FsContext, file: FileDescription, size: number): void {
    if (size < 0) throw new Errno('EINVAL')
    file.truncate(ctx, size)
  }

  watchPath(ctx: FsContext, path: string): Wait {
    const { inode } = resolve(ctx, path).dentry
    inode.watchers ??= new WaitQueue()
    return inode.watchers
  }

  // Names

  mkdir(ctx: FsContext, path: string, mode = 0o777): void {
    mkdir(ctx, path, mode, this.now())
  }

  rmdir(ctx: FsContext, path: string): void {
    rmdir(ctx, path, (dentry) => this.#detachOn(dentry))
  }

  mknod(ctx: FsContext, path: string, mode: number, rdev = 0): void {
    mknod(ctx, path, mode, rdev, this.now())
  }

  symlink(ctx: FsContext, target: string, path: string): void {
    symlink(ctx, target, path, this.now())
  }

  link(ctx: FsContext, from: string, to: string): void {
    linkAt(ctx, resolve(ctx, from, false), to)
  }

  unlink(ctx: FsContext, path: string): void {
    unlink(ctx, path, (dentry) => this.#detachOn(dentry))
  }

  rename(ctx: FsContext, from: string, to: string): void {
    rename(ctx, from, to, (dentry) => this.#detachOn(dentry))
  }

  /** A removed name that is a mount point in another namespace: what is mounted there goes away (detach_mounts). */
  #detachOn(dentry: Dentry): void {
    for (const ctx of this.#contexts) {
      for (const m of [...ctx.mntns.mounts]) if (m.mountpoint === dentry) this.table.detach(m, false)
    }
  }

  // Places

  pathName(ctx: FsContext, place: VfsPath): string {
    const { dentry } = place
    if (dentry.sb.anonymous === true && place.mount.parent === undefined) return dentry.name
    const { path } = pathFrom(ctx.root, place)
    return `${path}${dentry.deleted ? ' (deleted)' : ''}`
  }

  getcwd(ctx: FsContext): string {
    if (ctx.cwd.dentry.deleted) throw new Errno('ENOENT')
    const { path, reached } = pathFrom(ctx.root, ctx.cwd)
    return reached ? path : `(unreachable)${path}`
  }

  chdir(ctx: FsContext, path: string): void {
    this.setCwd(ctx, directory(ctx, path))
  }

  fchdir(ctx: FsContext, file: FileDescription): void {
    if ((file.inode.mode & S.IFMT) !== S.IFDIR) throw new Errno('ENOTDIR')
    checkPermission(ctx, file.inode, MAY.EXEC)
    this.setCwd(ctx, file.path)
  }

  setCwd(ctx: FsContext, place: VfsPath): void {
    place.mount.refs++
    ctx.cwd.mount.refs--
    ctx.cwd = place
  }

  chroot(ctx: FsContext, path: string): void {
    const place = directory(ctx, path)
    if (!ctx.cred.capable(CAP.SYS_CHROOT)) throw new Errno('EPERM')
    this.setRoot(ctx, place)
  }

  setRoot(ctx: FsContext, place: VfsPath): void {
    place.mount.refs++
    ctx.root.mount.refs--
    ctx.root = place
  }

  holdFs(ctx: FsContext): void {
    if (this.#contexts.has(ctx)) return
    this.#contexts.add(ctx)
    ctx.root.mount.refs++
    ctx.cwd.mount.refs++
  }

  dropFs(ctx: FsContext): void {
    if (!this.#contexts.delete(ctx)) return
    ctx.root.mount.refs--
    ctx.cwd.mount.refs--
  }

  // Mounts

  mount(ctx: FsContext, source: string, target: string, fstype: string, flags: number, data: string): void {
    mount(this.table, (c, type, src, opts, ro) => this.makeSuper(c, type, src, opts, ro), ctx, source, target, fstype, flags, data)
  }

  /** A super block of a registered type; EPERM where a user namespace may not mount it. */
  makeSuper(ctx: FsContext, fstype: string, source: string, data: string, readonly: boolean): SuperBlock {
    const type = this.#types.get(fstype)
    if (type === undefined) throw new Errno('ENODEV')
    if (ctx.mntns.userns.parent !== undefined && type.userns !== true) throw new Errno('EPERM')
    return type.mount(source, data, readonly, ctx)
  }

  umount(ctx: FsContext, target: string, flags: number): void {
    umount(this.table, ctx, target, flags)
  }

  /** The kernel's first mount: `sb` as the root of a new namespace. */
  initNamespace(sb: SuperBlock, source: string, userns: UserNsView, ino: number): MountNamespace {
    return this.table.namespace(this.table.create(sb, MS.RELATIME, source), userns, ino)
  }

  /** Mounts a super block at a path without asking for permission (boot). */
  mountSuper(ctx: FsContext, sb: SuperBlock, source: string, target: string, flags: number): Mount {
    return newMount(this.table, resolve(ctx, target), sb, source, flags | MS.RELATIME)
  }

  pivotRoot(ctx: FsContext, newRoot: string, putOld: string): void {
    const { from, to } = pivotRoot(this.table, ctx, newRoot, putOld)
    for (const other of this.#contexts) {
      if (other.mntns !== ctx.mntns) continue
      if (other.root.mount === from.mount && other.root.dentry === from.dentry) this.setRoot(other, to)
      if (other.cwd.mount === from.mount && other.cwd.dentry === from.dentry) this.setCwd(other, to)
    }
  }

  copyMountNamespace(ctx: FsContext, userns: UserNsView): MountNamespace {
    const copies = new Map<Mount, Mount>()
    const ns = copyNamespace(this.table, ctx.mntns, userns, (from, to) => copies.set(from, to))
    const root = copies.get(ctx.root.mount)
    const cwd = copies.get(ctx.cwd.mount)
    ctx.mntns = ns
    if (root !== undefined) this.#swap(ctx, 'root', { mount: root, dentry: ctx.root.dentry })
    if (cwd !== undefined) this.#swap(ctx, 'cwd', { mount: cwd, dentry: ctx.cwd.dentry })
    return ns
  }

  #swap(ctx: FsContext, what: 'root' | 'cwd', place: VfsPath): void {
    if (this.#contexts.has(ctx)) {
      place.mount.refs++
      ctx[what].mount.refs--
    }
    ctx[what] = place
  }

  enterMountNamespace(ctx: FsContext, ns: MountNamespace): void {
    const root = topOf({ mount: ns.root, dentry: ns.root.root })
    ctx.mntns = ns
    this.#swap(ctx, 'root', root)
    this.#swap(ctx, 'cwd', root)
  }

  destroyMountNamespace(ns: MountNamespace): void {
    // Its peers elsewhere keep their mounts (umount_tree without UMOUNT_PROPAGATE).
    this.table.detach(ns.root, false)
  }

  /** Mounts a process sees, in order: those of its namespace that its root reaches, with their paths. */
  visibleMounts(ctx: Pick<FsContext, 'root' | 'mntns'>): { readonly mount: Mount; readonly path: string }[] {
    const out: { mount: Mount; path: string }[] = []
    for (const m of ctx.mntns.mounts) {
      const { path, reached } = pathFrom(ctx.root, {
        mount: m,
        dentry: m.root,
      })
      if (reached) out.push({ mount: m, path })
    }
    return out
  }

  /** All mounts below and including one. */
  mountsBelow(m: Mount): Mount[] {
    return subtree(m)
  }
}

function realContext(ctx: FsContext): FsContext {
  return {
    root: ctx.root,
    cwd: ctx.cwd,
    mntns: ctx.mntns,
    umask: ctx.umask,
    cred: ctx.realCred,
    realCred: ctx.realCred,
    fsizeLimit: ctx.fsizeLimit,
  }
}

/** A directory one may enter. */
function directory(ctx: FsContext, path: string): VfsPath {
  const place = resolve(ctx, path)
  if ((place.dentry.inode.mode & S.IFMT) !== S.IFDIR) throw new Errno('ENOTDIR')
  checkPermission(ctx, place.dentry.inode, MAY.EXEC)
  return place
}

/** prepend_path(): the path from `root` to a place, and whether the root was met on the way up. */
export function pathFrom(root: VfsPath, place: VfsPath): { readonly path: string; readonly reached: boolean } {
  let { mount: m, dentry: d } = place
  let out = ''
  for (;;) {
    if (m === root.mount && d === root.dentry) return { path: out === '' ? '/' : out, reached: true }
    if (d === m.root || d.parent === undefined) {
      if (m.parent === undefined || m.mountpoint === undefined) return { path: out === '' ? '/' : out, reached: false }
      d = m.mountpoint
      m = m.parent
      continue
    }
    out = `/${d.name}${out}`
    d = d.parent
  }
}

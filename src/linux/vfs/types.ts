/**
 * The seams of the virtual file system. Names are Linux's: an {@link Inode} is a file, a {@link Dentry} a name of it in
 * the tree of one {@link SuperBlock}, a {@link Mount} shows a subtree of a super block somewhere, a {@link VfsPath} is a
 * place (mount, dentry), a {@link FileDescription} an open file. `Vfs` (`vfs.ts`) has the calls; `Process` delegates to it.
 *
 * Ids stored here (uid, gid) are kernel ids, those of the initial user namespace; `Vfs.stat` and `chown` translate.
 */
import type { Micros, Sim, Wait, WaitQueue } from '#sim/wait.ts'
import type { StatFs } from '../syscalls.ts'

/** What the VFS needs of a user namespace; K1's `UserNamespace` implements it. */
export interface UserNsView {
  /** Undefined in the initial namespace. */
  readonly parent: UserNsView | undefined
  /** Kernel id → id seen inside; undefined when it is not mapped (shown as 65534). */
  fromKuid(kuid: number): number | undefined
  fromKgid(kgid: number): number | undefined
  /** Id inside → kernel id; undefined when it is not mapped. */
  toKuid(uid: number): number | undefined
  toKgid(gid: number): number | undefined
}

/** Who asks: credentials(7). Kernel ids. */
export interface FsCred {
  readonly fsuid: number
  readonly fsgid: number
  readonly groups: readonly number[]
  readonly userns: UserNsView
  /** ns_capable: an effective capability (number of capabilities(7)) in `userns`, by default the asker's own. */
  capable(cap: number, userns?: UserNsView): boolean
}

/** What page cache is charged to. An inode remembers who paid and gives it back when it is freed. */
export interface PageCacheAccount {
  /** `bytes` may be negative. `shmem`: of tmpfs, can't be reclaimed. */
  chargePageCache(bytes: number, kind: 'file' | 'shmem'): void
}

/**
 * Who does input and output: passed to `read`, `write` and `open`, so that devices and dynamic files know the caller.
 * `Process` implements it (so a tty may narrow it by `instanceof`).
 */
export interface IoContext {
  readonly cred: FsCred
  /** RLIMIT_FSIZE; infinity without one. Growing beyond it fails with EFBIG (the process layer adds SIGXFSZ). */
  readonly fsizeLimit: number
  /** Who is charged for page cache that this caller's input and output makes: its memory cgroup. */
  readonly pageCache?: PageCacheAccount | undefined
}

/** What a path is resolved against: struct fs_struct, nsproxy->mnt_ns and credentials. `Process` implements it. */
export interface FsContext extends IoContext {
  root: VfsPath
  cwd: VfsPath
  mntns: MountNamespace
  umask: number
  /** With the real instead of the effective ids: access(2). */
  readonly realCred: FsCred
}

/** A place in the tree of mounts. Never changed in place; two are equal when both parts are. */
export interface VfsPath {
  readonly mount: Mount
  readonly dentry: Dentry
}

/** A name in the directory tree of one super block: struct dentry. Only positive ones exist. */
export interface Dentry {
  readonly sb: SuperBlock
  /** Changed by rename. Empty for the root of a super block and for anonymous inodes. */
  name: string
  /** Undefined for a root. */
  parent: Dentry | undefined
  inode: Inode
  /** Cached names; absent names mean "ask the inode". */
  children: Map<string, Dentry> | undefined
  /** Unlinked (d_unlinked): /proc shows ` (deleted)`. */
  deleted: boolean
  /** How many mounts (in any namespace) sit on this dentry. */
  mounted: number
}

/** An entry that readdir yields. `type` are the file type bits of the mode. */
export interface DirEntry {
  readonly name: string
  readonly ino: number
  readonly type: number
}

/**
 * A file: struct inode with its operations. Permissions are checked by the VFS before; an inode only does its work and
 * throws Errno. Implementations extend `BaseInode` (`inode.ts`), where every operation fails as Linux's default does.
 * Sizes in bytes.
 */
export interface Inode {
  readonly sb: SuperBlock
  readonly ino: number
  mode: number
  uid: number
  gid: number
  nlink: number
  readonly rdev: number
  readonly size: number
  /** In units of 512 bytes. */
  readonly blocks: number
  atime: Micros
  mtime: Micros
  ctime: Micros
  readonly btime: Micros
  /** FS_*_FL of chattr(1): `IMMUTABLE` and `APPEND` have effect. */
  flags: number
  /** Woken on changes of content, attributes or entries, and on removal (inotify(7) in outline). Made when first watched. */
  watchers: WaitQueue | undefined

  // Directories
  lookup(name: string): Inode | undefined
  /** Entries without `.` and `..`, in the directory's own order. */
  readdir(ctx?: FsContext): Iterable<DirEntry>
  create(name: string, mode: number, owner: Owner): Inode
  mkdir(name: string, mode: number, owner: Owner): Inode
  mknod(name: string, mode: number, rdev: number, owner: Owner): Inode
  symlink(name: string, target: string, owner: Owner): Inode
  link(name: string, inode: Inode): void
  unlink(name: string): void
  rmdir(name: string): void
  rename(name: string, to: Inode, toName: string): void

  // Symbolic links
  readlink(ctx?: FsContext): string
  /** Magic links of /proc (fd, exe, cwd, root, ns): where following leads without walking text. */
  followLink?(ctx: FsContext): VfsPath

  // Content
  /** Opens; only a FIFO waits. Also called when /proc/PID/fd/N is opened: a pipe then makes another end. */
  open(flags: number, place: VfsPath, io: FsContext): Sim<FileDescription> | FileDescription
  truncate(size: number, io: IoContext): void

  // Attributes: notifications, or refusals by throwing
  setattr(change: { mode?: number; uid?: number; gid?: number; atime?: Micros; mtime?: Micros; ctime: Micros }): void
  /** Permission rules of the file system's own: true or false decides, undefined leaves it to the mode bits. */
  permission?(ctx: FsContext, mask: number): boolean | undefined
  getxattr(name: string): Uint8Array | undefined
  setxattr(name: string, value: Uint8Array | undefined): void
  listxattr(): string[]
  /** An open file holds the inode, or lets go: without holders and links (`nlink` 0) the content is freed. */
  acquire(): void
  release(): void
}

/** Who owns a new inode, kernel ids, and when it was made. */
export interface Owner {
  readonly uid: number
  readonly gid: number
  readonly now: Micros
}

/** struct super_block: one instance of a file system. */
export interface SuperBlock {
  readonly type: FileSystemType
  /** Device number (makedev); anonymous ones have major 0. */
  readonly dev: number
  readonly root: Dentry
  /** Shown as the source in /proc/mounts (`/dev/vda`, `tmpfs`, `proc`). */
  readonly source: string
  readonly userns: UserNsView
  /** `ro` of the file system itself. */
  readonly: boolean
  /** Options of the file system shown after rw/ro, each with its comma left out: `['size=65536k', 'mode=755']`. */
  options(): readonly string[]
  statfs(): StatFs
  /** Options of mount -o remount. */
  remount(data: string, readonly: boolean): void
  /** False when a cached dentry is stale (a process of /proc has gone). Absent: never stale. */
  revalidate?(dentry: Dentry): boolean
  /** Mounts that show it; see `kill`. */
  mounts: number
  /** The last mount is gone. */
  kill?(): void
  /** Internal (pipefs, sockfs, nsfs): the name of the dentry is the whole path. */
  readonly anonymous?: boolean
}

export interface FileSystemType {
  readonly name: string
  /** Shown as `nodev` in /proc/filesystems. */
  readonly nodev: boolean
  /** May be mounted in a user namespace by its root (FS_USERNS_MOUNT). */
  readonly userns?: boolean
  /** Makes (or finds) the super block; throws EINVAL for options it doesn't know. */
  mount(source: string, data: string, readonly: boolean, ctx: FsContext): SuperBlock
}

export interface PollState {
  readonly readable: boolean
  readonly writable: boolean
  /** POLLHUP or POLLERR: wakes whatever is asked. */
  readonly hangup?: boolean
}

/**
 * An open file: struct file. Shared by fork and dup; the descriptor table counts `refs` and calls `release` at zero.
 * Pipes, sockets and ttys implement it over `BaseFile` (`file.ts`), with an anonymous inode (`anon.ts`).
 */
export interface FileDescription {
  /** Access mode and status flags (`O.APPEND`, `O.NONBLOCK`, `O.PATH`); not CLOEXEC. */
  flags: number
  offset: number
  /** Descriptors and other holders. */
  refs: number
  /** Where it was opened; anonymous inodes sit on a private mount and show `name`. */
  readonly path: VfsPath
  readonly inode: Inode
  /** At most `max` bytes from the offset on; empty at the end. EAGAIN under O_NONBLOCK. */
  read(io: IoContext, max: number): Sim<Uint8Array>
  write(io: IoContext, data: Uint8Array): Sim<number>
  pread(io: IoContext, max: number, offset: number): Uint8Array
  /** ESPIPE where it makes no sense. */
  seek(offset: number, whence: 'set' | 'cur' | 'end'): number
  truncate(io: IoContext, size: number): void
  /** Entries, for an open directory. */
  readdir(ctx: FsContext): Iterable<DirEntry>
  poll(): PollState
  /** What to wait for until `poll` may say something else. Undefined: always ready (regular files). */
  pollQueue(): Wait | undefined
  /** The last reference is gone. */
  release(): void
  /** ioctl(2) of devices that have some (loop); terminals have calls of their own. ENOTTY for unknown requests. */
  ioctl?(io: IoContext, request: string, arg: unknown): unknown
  /** Lines of /proc/PID/fdinfo beyond pos, flags, mnt_id and ino. */
  fdinfo?(): string
}

export type Propagation = 'shared' | 'private' | 'slave' | 'unbindable'

/** struct mount. */
export interface Mount {
  readonly id: number
  parent: Mount | undefined
  /** Dentry of the parent mount it sits on; undefined for a namespace's root. */
  mountpoint: Dentry | undefined
  /** What is mounted on dentries of this mount. */
  readonly children: Map<Dentry, Mount>
  readonly sb: SuperBlock
  readonly root: Dentry
  readonly source: string
  /** MS.RDONLY, NOSUID, NODEV, NOEXEC, NOATIME, NODIRATIME, RELATIME of this mount. */
  flags: number
  /** Flags a less privileged namespace may not clear, and whether it may be unmounted alone. */
  lockedFlags: number
  locked: boolean
  /** Peer group id when shared, else 0. */
  shared: number
  /** Peer group of the master when a slave, else 0. */
  master: number
  unbindable: boolean
  /** Undefined once unmounted (lazily) or anonymous. */
  ns: MountNamespace | undefined
  /** Open files, working directories and roots in it: what makes umount busy. */
  refs: number
}

export interface MountNamespace {
  readonly kind: 'mnt'
  /** Inode number in nsfs. */
  readonly ino: number
  readonly userns: UserNsView
  root: Mount
  /** In order of mounting: the order of /proc/mounts. */
  readonly mounts: Set<Mount>
  /** Fires when the table changes (poll of /proc/self/mounts). */
  readonly changed: WaitQueue
}

/** What `Vfs` needs of the machine. `Kernel` gives it. */
export interface VfsHost {
  now(): Micros
  /** Bytes of the machine's own stream of chance. */
  random(bytes: number): Uint8Array
  klog(level: number, text: string): void
  readonly initUserNs: UserNsView
}

/** A driver of a device node, found by type and rdev. */
export interface Device {
  /** Name in /proc/devices and sysfs: `mem`, `tty`, `virtblk`. */
  readonly name: string
  open(flags: number, place: VfsPath, io: FsContext): Sim<FileDescription> | FileDescription
  /** Bytes, for block devices. */
  readonly size?: number
}

/**
 * The calls `Vfs` exports, each taking the context first: what `Process` delegates to. `dirfd`-style calls don't exist.
 * Paths are strings relative to `ctx.root`/`ctx.cwd`; all throw Errno as section 2 says.
 */
export interface VfsCalls {
  open(ctx: FsContext, path: string, flags: number, mode?: number): Sim<FileDescription>
  /** Without waiting; asserts that the file is no FIFO. For the kernel's own use (exec, console). */
  openNow(ctx: FsContext, path: string, flags: number, mode?: number): FileDescription
  /** The place of a path: chdir, exec, `followLast` false for lstat-like calls. */
  resolve(ctx: FsContext, path: string, followLast?: boolean): VfsPath
  stat(ctx: FsContext, path: string): import('../syscalls.ts').Stat
  lstat(ctx: FsContext, path: string): import('../syscalls.ts').Stat
  fstat(ctx: FsContext, file: FileDescription): import('../syscalls.ts').Stat
  statfs(ctx: FsContext, path: string): StatFs
  access(ctx: FsContext, path: string, mode: string, effective?: boolean): boolean
  readdir(ctx: FsContext, path: string): import('../syscalls.ts').Dirent[]
  readlink(ctx: FsContext, path: string): string
  realpath(ctx: FsContext, path: string): string
  mkdir(ctx: FsContext, path: string, mode?: number): void
  rmdir(ctx: FsContext, path: string): void
  mknod(ctx: FsContext, path: string, mode: number, rdev?: number): void
  symlink(ctx: FsContext, target: string, path: string): void
  link(ctx: FsContext, from: string, to: string): void
  unlink(ctx: FsContext, path: string): void
  rename(ctx: FsContext, from: string, to: string): void
  truncate(ctx: FsContext, path: string, size: number): void
  ftruncate(ctx: FsContext, file: FileDescription, size: number): void
  chmod(ctx: FsContext, path: string, mode: number): void
  fchmod(ctx: FsContext, file: FileDescription, mode: number): void
  chown(ctx: FsContext, path: string, uid: number, gid: number, follow?: boolean): void
  utimens(ctx: FsContext, path: string, atime: Micros | undefined, mtime: Micros | undefined, follow?: boolean): void
  getxattr(ctx: FsContext, path: string, name: string): Uint8Array | undefined
  setxattr(ctx: FsContext, path: string, name: string, value: Uint8Array | undefined): void
  listxattr(ctx: FsContext, path: string): string[]
  watchPath(ctx: FsContext, path: string): Wait
  /** As seen from `ctx.root`, or from the top when it is outside of that; `x (deleted)`; d_path(). */
  pathName(ctx: FsContext, place: VfsPath): string
  getcwd(ctx: FsContext): string
  /** Sets ctx.cwd / ctx.root after checking directory, search permission and CAP_SYS_CHROOT. Counts mount references. */
  chdir(ctx: FsContext, path: string): void
  chroot(ctx: FsContext, path: string): void
  mount(ctx: FsContext, source: string, target: string, fstype: string, flags: number, data: string): void
  umount(ctx: FsContext, target: string, flags: number): void
  /** Moves the namespace's root; also every root/cwd on the old root of contexts that `holdFs` registered. */
  pivotRoot(ctx: FsContext, newRoot: string, putOld: string): void
  /** CLONE_NEWNS: copies the mount tree; `ctx.root`/`ctx.cwd` move to the copies. */
  copyMountNamespace(ctx: FsContext, userns: UserNsView): MountNamespace
  /** setns(CLONE_NEWNS): enters `ns`; root and cwd become its root. */
  enterMountNamespace(ctx: FsContext, ns: MountNamespace): void
  /** A namespace nobody is in any more: all of it is unmounted. */
  destroyMountNamespace(ns: MountNamespace): void
  /** fork: one more root and cwd reference; exit: one less. */
  holdFs(ctx: FsContext): void
  dropFs(ctx: FsContext): void
}

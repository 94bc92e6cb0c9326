/**
 * The system calls: everything a program can do.
 *
 * A program gets a {@link Proc} and acts only through it. Calls that can wait are coroutines (`yield*`); the others are
 * plain. Failures are thrown as {@link Errno}. Names follow the man pages of section 2; where one differs, its comment
 * says so. Paths are strings relative to the process's root and working directory.
 */
import type { Micros, Sim, Wait } from '#sim/wait.ts'

export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  ACCMODE: 3,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DIRECTORY: 0o200000,
  NOFOLLOW: 0o400000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
} as const

export const S = {
  IFMT: 0o170000,
  IFSOCK: 0o140000,
  IFLNK: 0o120000,
  IFREG: 0o100000,
  IFBLK: 0o060000,
  IFDIR: 0o040000,
  IFCHR: 0o020000,
  IFIFO: 0o010000,
  ISUID: 0o4000,
  ISGID: 0o2000,
  ISVTX: 0o1000,
} as const

/** stat(2). Times in microseconds since the epoch. */
export interface Stat {
  readonly dev: number
  readonly ino: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
  readonly size: number
  readonly blksize: number
  /** In units of 512 bytes. */
  readonly blocks: number
  readonly atime: Micros
  readonly mtime: Micros
  readonly ctime: Micros
  readonly btime: Micros
}

export interface Dirent {
  readonly name: string
  readonly ino: number
  /** File type bits of the mode (`S.IFDIR` …). */
  readonly type: number
}

/** statfs(2); sizes in bytes. */
export interface StatFs {
  readonly type: string
  readonly blockSize: number
  readonly totalBytes: number
  readonly freeBytes: number
  readonly availableBytes: number
  readonly files: number
  readonly freeFiles: number
}

/** Mount flags of mount(2). */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  SYNCHRONOUS: 16,
  REMOUNT: 32,
  MANDLOCK: 64,
  DIRSYNC: 128,
  NOATIME: 1024,
  NODIRATIME: 2048,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  SILENT: 32768,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  RELATIME: 1 << 21,
  STRICTATIME: 1 << 24,
} as const

/** Flags of a file that have an effect here, ioctl_iflags(2). */
export const FS_FL = { IMMUTABLE: 0x10, APPEND: 0x20 } as const

export const MNT = { FORCE: 1, DETACH: 2, EXPIRE: 4, UMOUNT_NOFOLLOW: 8 } as const

/** Namespace flags of clone(2), unshare(2), setns(2). */
export const CLONE = {
  NEWTIME: 0x80,
  NEWNS: 0x20000,
  NEWCGROUP: 0x2000000,
  NEWUTS: 0x4000000,
  NEWIPC: 0x8000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const

/** How a child changed state: waitpid(2). Exactly one of `exit`, `signal`, `stopped`, `continued` is there. */
export interface WaitStatus {
  readonly pid: number
  readonly exit?: number
  readonly signal?: number
  readonly coreDumped?: boolean
  readonly stopped?: number
  readonly continued?: true
}

export const W = { NOHANG: 1, UNTRACED: 2, CONTINUED: 8 } as const

/** Disposition of a signal. A handler is called when the signal is delivered; it may set flags, never wait. */
export type SigAction = 'default' | 'ignore' | ((signal: number) => void)

/** The part of termios(3) that is modelled. */
export interface Termios {
  /** Input: CR becomes NL (ICRNL); XON/XOFF (IXON). */
  readonly icrnl: boolean
  readonly ixon: boolean
  /** Output: NL becomes CR NL (OPOST|ONLCR). */
  readonly opost: boolean
  /** Local: canonical mode, echo, echo control characters as ^X, signals, erase echo, stop background writers. */
  readonly icanon: boolean
  readonly echo: boolean
  readonly echoctl: boolean
  readonly isig: boolean
  readonly iexten: boolean
  readonly tostop: boolean
  /** VMIN and VTIME (tenths of a second) of non-canonical reads. */
  readonly vmin: number
  readonly vtime: number
  /** Control characters as codes; 0 is none. */
  readonly cc: Readonly<
    Record<'intr' | 'quit' | 'erase' | 'kill' | 'eof' | 'start' | 'stop' | 'susp' | 'werase' | 'lnext' | 'rprnt', number>
  >
}

export interface WinSize {
  readonly rows: number
  readonly cols: number
}

/** capabilities(7) sets, as bit masks by capability number. */
export interface Capabilities {
  readonly effective: bigint
  readonly permitted: bigint
  readonly inheritable: bigint
  readonly bounding: bigint
  readonly ambient: bigint
}

export interface Credentials {
  readonly uid: number
  readonly euid: number
  readonly suid: number
  readonly gid: number
  readonly egid: number
  readonly sgid: number
  readonly groups: readonly number[]
  /** exec(2) gives no privileges any more: PR_GET_NO_NEW_PRIVS. */
  readonly noNewPrivs: boolean
}

export interface Uname {
  readonly sysname: string
  readonly nodename: string
  readonly release: string
  readonly version: string
  readonly machine: string
  readonly domainname: string
}

/** times(2), getrusage(2): microseconds of CPU. */
export interface Times {
  readonly user: Micros
  readonly system: Micros
  readonly childUser: Micros
  readonly childSystem: Micros
}

export type Rlimit =
  | 'as'
  | 'core'
  | 'cpu'
  | 'data'
  | 'fsize'
  | 'locks'
  | 'memlock'
  | 'msgqueue'
  | 'nice'
  | 'nofile'
  | 'nproc'
  | 'rss'
  | 'rtprio'
  | 'rttime'
  | 'sigpending'
  | 'stack'

/** System V IPC: message queues, shared memory, semaphores; sysvipc(7). */
export type IpcKind = 'msg' | 'shm' | 'sem'

export type SchedPolicy = 'other' | 'batch' | 'idle' | 'fifo' | 'rr'

/** Address of a socket: internet, unix domain, or raw packet on an interface. */
export type SockAddr =
  | { readonly family: 'inet'; readonly address: string; readonly port: number }
  | { readonly family: 'unix'; readonly path: string }

/**
 * A message that travels over a connection as an object, so that its bytes are made only when somebody looks at them
 * (`read`, `tcpdump`). `byteLength` counts for segments and statistics.
 */
export interface Frame {
  readonly byteLength: number
  bytes(): Uint8Array
}

/** One end of a poll(2): what is waited for. */
export interface PollFd {
  readonly fd: number
  readonly read?: boolean
  readonly write?: boolean
}

/** A call of {@link Proc} as a tracer sees it; `netlink` is one of {@link Proc.net}, whose name is the first argument. */
export type CallName = string

/** The part of siginfo_t that tells where a signal comes from: sigaction(2). */
export interface SignalInfo {
  readonly signal: number
  readonly code: string
  readonly pid?: number
  readonly uid?: number
  /** Of SIGCHLD: exit status or signal. */
  readonly status?: number
}

/** Something a traced process did, at a time. `spent` is what a call took: system time, or for one that waits, time. */
export type TraceEvent = { readonly pid: number; readonly at: Micros } & (
  | { readonly kind: 'attached'; readonly comm: string }
  /** A call that can wait begins; `resumed`: it had begun before the tracer came. `file` is what its descriptor is. */
  | {
      readonly kind: 'enter'
      readonly call: CallName
      readonly args: readonly unknown[]
      readonly resumed?: boolean
      readonly file?: string
    }
  /** It ends; or (`call`) one that returns at once. With neither a value nor an error it returned nothing. */
  | {
      readonly kind: 'exit' | 'call'
      readonly call: CallName
      readonly args: readonly unknown[]
      readonly value?: unknown
      readonly error?: import('./errno.ts').Errno
      readonly spent: Micros
      readonly file?: string
      /** Of calls that open a file by themselves (readdir): the descriptor they would get. */
      readonly spare?: number
    }
  | { readonly kind: 'signal'; readonly info: SignalInfo; readonly effect: 'ignored' | 'handled' | 'default' }
  | { readonly kind: 'stopped'; readonly signal: number }
  | { readonly kind: 'ended'; readonly exit?: number; readonly signal?: number; readonly coreDumped?: boolean }
)

/** ptrace(2) from the tracer's side, system calls and signals only. */
export interface Tracer {
  /** PTRACE_SEIZE; `follow` traces children too. ESRCH; EPERM: not permitted, traced already, itself, a kernel thread. */
  seize(pid: number, follow: boolean): void
  /** PTRACE_DETACH. */
  detach(pid: number): void
  /** What is traced now. */
  readonly tracees: readonly number[]
  /** The next event; undefined when nothing is traced any more. */
  next(): Sim<TraceEvent | undefined>
}

/** A program: what an executable file's image runs. Returns the exit code. */
export interface Program {
  /** The name in the executable's header, e.g. `coreutils/ls`. */
  readonly name: string
  main(proc: Proc): Sim<number>
}

/** What the kernel offers a process. All ids are as seen from the process's own namespaces. */
export interface Proc {
  readonly pid: number
  readonly tgid: number
  /** Arguments of the last exec, argv[0] first. */
  readonly argv: readonly string[]
  /** Environment of the last exec, `NAME=value`. */
  readonly environ: readonly string[]
  getenv(name: string): string | undefined

  // Files
  open(path: string, flags: number, mode?: number): Sim<number>
  close(fd: number): void
  /** At most `max` bytes; empty at the end of the file. */
  read(fd: number, max: number): Sim<Uint8Array>
  /** Writes all of `data` (waiting where that is needed) unless interrupted; returns how much was written. */
  write(fd: number, data: Uint8Array): Sim<number>
  pread(fd: number, max: number, offset: number): Uint8Array
  lseek(fd: number, offset: number, whence: 'set' | 'cur' | 'end'): number
  ftruncate(fd: number, size: number): void
  truncate(path: string, size: number): void
  /** Duplicates to the lowest free descriptor from `min` (default 0) on. */
  dup(fd: number, min?: number, cloexec?: boolean): number
  dup2(fd: number, to: number): void
  getCloexec(fd: number): boolean
  setCloexec(fd: number, on: boolean): void
  /** Status flags (`O.APPEND`, `O.NONBLOCK`, access mode) of fcntl(F_GETFL/F_SETFL). */
  getFlags(fd: number): number
  setFlags(fd: number, flags: number): void
  /** Open descriptors, ascending. */
  fds(): number[]
  pipe(): { readonly read: number; readonly write: number }
  poll(fds: readonly PollFd[], timeout?: Micros): Sim<readonly PollFd[]>
  /** ioctl(2) by the request's name, for devices without calls of their own (loop(4)); ENOTTY otherwise. A descriptor in `arg` is `{fd}`. */
  ioctl(fd: number, request: string, arg?: unknown): unknown
  /** flock(2). `operation` without waiting fails with EAGAIN. */
  flock(fd: number, operation: 'shared' | 'exclusive' | 'unlock', wait: boolean): Sim<void>
  /** Waits until something changes at a path (inotify(7) in outline): content, attributes, entries, or removal. */
  watchPath(path: string): Wait

  stat(path: string): Stat
  lstat(path: string): Stat
  fstat(fd: number): Stat
  statfs(path: string): StatFs
  /** access(2) with the real ids, or the effective ones. `mode`: any of `r`, `w`, `x`; empty asks for existence. */
  access(path: string, mode: string, effective?: boolean): boolean
  /** Entries without `.` and `..`, in the directory's own order. */
  readdir(path: string): Dirent[]
  readlink(path: string): string
  /** The absolute path without symbolic links, as seen from the process's root (realpath(3)); all parts must exist. */
  realpath(path: string): string
  mkdir(path: string, mode?: number): void
  rmdir(path: string): void
  mknod(path: string, mode: number, rdev?: number): void
  symlink(target: string, path: string): void
  link(from: string, to: string): void
  unlink(path: string): void
  rename(from: string, to: string): void
  chmod(path: string, mode: number): void
  fchmod(fd: number, mode: number): void
  /** -1 leaves an id as it is. */
  chown(path: string, uid: number, gid: number, follow?: boolean): void
  /** Undefined leaves a time as it is. */
  utimens(path: string, atime: Micros | undefined, mtime: Micros | undefined, follow?: boolean): void
  getxattr(path: string, name: string): Uint8Array | undefined
  setxattr(path: string, name: string, value: Uint8Array | undefined): void
  listxattr(path: string): string[]
  /** FS_IOC_GETFLAGS of ioctl_iflags(2), by path: ENOTTY where a file system has none. */
  getFileFlags(path: string): number
  /** FS_IOC_SETFLAGS: the owner's, and CAP_LINUX_IMMUTABLE for immutable and append-only. */
  setFileFlags(path: string, flags: number): void
  umask(mask?: number): number
  getcwd(): string
  chdir(path: string): void
  fchdir(fd: number): void
  chroot(path: string): void
  pivotRoot(newRoot: string, putOld: string): void
  mount(source: string, target: string, fstype: string, flags: number, data: string): void
  umount(target: string, flags: number): void
  sync(): Sim<void>

  // Processes
  /** A child that runs `child` with a copy of this process's state. Returns its pid. Flags: `CLONE.*`. */
  fork(child: (proc: Proc) => Sim<number>, flags?: number): number
  /** clone(CLONE_THREAD): another flow of control of this process. It ends with the process, or by `cancel`. */
  thread(name: string, body: Sim<void>): { readonly tid: number; cancel(): void }
  /** Replaces the program; does not return. Fails with ENOENT, EACCES, ENOEXEC … before anything is replaced. */
  exec(path: string, argv: readonly string[], environ: readonly string[]): Sim<never>
  exit(code: number): Sim<never>
  /** waitpid(2): `pid` > 0 that child, -1 any, 0 own group, < -1 that group. Undefined under NOHANG when none is ready. */
  wait(pid: number, options?: number): Sim<WaitStatus | undefined>
  getppid(): number
  getpgid(pid?: number): number
  setpgid(pid: number, pgid: number): void
  getsid(pid?: number): number
  setsid(): number
  /** kill(2): pid > 0, 0 own group, -1 all, < -1 a group. Signal 0 only checks. */
  kill(pid: number, signal: number): void
  sigaction(signal: number, action: SigAction): SigAction
  /** Replaces the set of blocked signals; returns the old one. */
  sigprocmask(blocked: ReadonlySet<number>): ReadonlySet<number>
  sigpending(): ReadonlySet<number>
  /** Waits for a signal that is handled, then throws EINTR. */
  pause(): Sim<never>
  /** Sleeps; throws EINTR when a handler ran. */
  nanosleep(duration: Micros): Sim<void>
  /** SIGALRM after `duration` (0 cancels); returns what was left. */
  alarm(duration: Micros): Micros
  /** Uses CPU time: the process's share of the machine decides how long that takes. */
  cpu(duration: Micros): Sim<void>
  times(): Times
  /** Wall clock, microseconds since the epoch. */
  now(): Micros
  /** CLOCK_MONOTONIC: microseconds since boot. */
  uptime(): Micros
  /** Declares how much anonymous memory the process uses from now on, bytes (in place of brk/mmap). May be OOM-killed. */
  setMemory(bytes: number): void
  getrlimit(resource: Rlimit, pid?: number): { readonly soft: number; readonly hard: number }
  setrlimit(resource: Rlimit, soft: number, hard: number, pid?: number): void
  getpriority(pid?: number): number
  setpriority(pid: number, nice: number): void
  /** CPUs a process may run on: sched_getaffinity(2), numbers ascending. */
  getaffinity(pid?: number): readonly number[]
  /** EINVAL when none of them exists. */
  setaffinity(pid: number, cpus: readonly number[]): void
  getscheduler(pid?: number): { readonly policy: SchedPolicy; readonly priority: number }
  setscheduler(pid: number, policy: SchedPolicy, priority: number): void
  /** ioprio_get(2): class 0 none, 1 realtime, 2 best effort, 3 idle. */
  getionice(pid?: number): { readonly class: number; readonly level: number }
  setionice(pid: number, value: { readonly class: number; readonly level: number }): void
  /** PR_SET_NAME; /proc/PID/comm. */
  setComm(name: string): void
  /** Rewrites what /proc/PID/cmdline shows. */
  setCmdline(argv: readonly string[]): void
  /** ptrace(2): this process as a tracer. */
  ptrace(): Tracer
  /** PR_SET_PDEATHSIG. */
  setParentDeathSignal(signal: number): void
  setChildSubreaper(on: boolean): void
  setNoNewPrivs(): void

  // Credentials
  credentials(): Credentials
  setresuid(ruid: number, euid: number, suid: number): void
  setresgid(rgid: number, egid: number, sgid: number): void
  setgroups(groups: readonly number[]): void
  capget(pid?: number): Capabilities
  capset(caps: Partial<Capabilities>): void
  setSecurebits(bits: number): void
  getSecurebits(): number

  // Namespaces
  unshare(flags: number): void
  /** setns(2) with a descriptor of /proc/PID/ns/X (or a bind mount of it). */
  setns(fd: number, flags: number): void
  /** System V objects of the ipc namespace: msgget(2), shmget(2), semget(2) with keys of their own, msgctl(2). Differs: they can't be used. */
  ipcObjects(
    kind: IpcKind,
  ): readonly { readonly id: number; readonly key: number; readonly uid: number; readonly mode: number; readonly size: number }[]
  ipcGet(kind: IpcKind, key: number, mode: number, size: number): number
  ipcRemove(kind: IpcKind, id: number): void
  uname(): Uname
  sethostname(name: string): void
  setdomainname(name: string): void

  // Terminals
  isatty(fd: number): boolean
  tcgetattr(fd: number): Termios
  tcsetattr(fd: number, termios: Termios, when?: 'now' | 'drain' | 'flush'): void
  tcgetpgrp(fd: number): number
  tcsetpgrp(fd: number, pgid: number): void
  getWinSize(fd: number): WinSize
  setWinSize(fd: number, size: WinSize): void
  ttyname(fd: number): string
  /** TIOCSCTTY. */
  setControllingTty(fd: number): void
  openpty(): { readonly master: number; readonly slave: number }

  // Sockets
  socket(family: 'inet' | 'unix', type: 'stream' | 'dgram' | 'raw', protocol?: 'icmp'): number
  socketpair(): readonly [number, number]
  bind(fd: number, address: SockAddr): void
  listen(fd: number, backlog: number): void
  accept(fd: number): Sim<{ readonly fd: number; readonly peer: SockAddr }>
  connect(fd: number, address: SockAddr): Sim<void>
  sendto(fd: number, data: Uint8Array, address: SockAddr): Sim<number>
  recvfrom(fd: number, max: number): Sim<{ readonly data: Uint8Array; readonly from: SockAddr; readonly ttl?: number }>
  shutdown(fd: number, how: 'read' | 'write' | 'both'): void
  getsockname(fd: number): SockAddr
  getpeername(fd: number): SockAddr
  setsockopt(fd: number, option: string, value: number | string): void
  /** Sends a message over a stream socket without making its bytes. */
  sendFrame(fd: number, frame: Frame): Sim<void>
  /** The next message if one is at the head of the stream, else bytes; undefined at the end. */
  recvFrame(fd: number): Sim<Frame | Uint8Array | undefined>

  // Machine
  /** Configuration of the process's network namespace: what ip(8), iptables(8), ss(8) do by netlink. */
  readonly net: import('./net/admin.ts').NetAdmin
  /** A line of the kernel log (level as in printk). */
  klog(level: number, text: string): void
  /** Reads the kernel log. */
  dmesg(): readonly { readonly time: Micros; readonly level: number; readonly text: string }[]
  sysinfo(): {
    readonly uptime: Micros
    readonly loads: readonly [number, number, number]
    readonly totalRam: number
    readonly freeRam: number
    readonly procs: number
    readonly cpus: number
  }
  reboot(): void
  /** A stream of chance of the machine's own (getrandom(2)). */
  getrandom(bytes: number): Uint8Array
  /** Asks the outside of the simulation for something (a lazy program, an editor); answers are logged as inputs. */
  external<T>(kind: string, payload: unknown): Sim<T>
  /** Records that this process did something, for the causes; see Simulation.because. */
  because<T>(what: string, fn: () => T): T
}

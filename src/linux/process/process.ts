import { type Micros, type Sim, type Wait, WaitQueue, waitFor } from '#sim/wait.ts'
import type { Cgroup } from '../cgroup/cgroup.ts'
import { chargeMemory } from '../cgroup/memory.ts'
import { Errno, strerror } from '../errno.ts'
import { NsfsInode } from '../fs/nsfs.ts'
import type { Kernel } from '../kernel.ts'
import * as nscalls from '../namespaces/calls.ts'
import type { PidNamespace } from '../namespaces/pid.ts'
import type { Namespaces } from '../namespaces/set.ts'
import type { NetAdmin } from '../net/admin.ts'
import { SIGNALS, SIGRTMAX } from '../signal.ts'
import type {
  Capabilities,
  Credentials,
  Dirent,
  Frame,
  IpcKind,
  PollFd,
  Proc,
  Rlimit,
  SchedPolicy,
  SigAction,
  SockAddr,
  Stat,
  StatFs,
  Termios,
  Times,
  Tracer,
  Uname,
  WaitStatus,
  WinSize,
} from '../syscalls.ts'
import { O } from '../syscalls.ts'
import * as ttycalls from '../tty/calls.ts'
import { getFileFlags, setFileFlags } from '../vfs/file-flags.ts'
import { PipeFile } from '../vfs/pipe.ts'
import type { FileDescription, VfsPath } from '../vfs/types.ts'
import { CAP, SECBIT } from './capability.ts'
import type { CpuJob } from './cpu.ts'
import type { Cred } from './cred.ts'
import * as creds from './cred.ts'
import { exec } from './exec.ts'
import { finishExit, terminate } from './exit.ts'
import type { FdTable } from './files.ts'
import { flock } from './flock.ts'
import { fork } from './fork.ts'
import type { TaskFs } from './fs-context.ts'
import * as groups from './groups.ts'
import { IDLE_KTHREADS } from './kthreads.ts'
import type { Limit, Limits } from './limits.ts'
import type { Pid, ProcessGroup, Session } from './pid.ts'
import { poll } from './poll.ts'
import { type Tracee, TracerSession } from './ptrace.ts'
import { kill, notify, runHandlers, type SignalState, sendSignal } from './signals.ts'
import { CHECKPOINT, CPU, EXIT, Thread, Unwind } from './thread.ts'
import { wait } from './wait.ts'

/** CPU that is declared but not used up yet is carried along up to this much, so that small steps are cheap. */
const CPU_GRAIN: Micros = 1000
/** Below this a blocking thread's CPU time is only accounted, without taking time. */
const CPU_DUST: Micros = 50

/** How a process ends. */
export interface ExitStatus {
  readonly exit?: number
  readonly signal?: number
  readonly coreDumped?: boolean
}

/** What a new process starts with; see `fork.ts` and `Kernel.spawn`. */
export interface ProcessState {
  readonly kernel: Kernel
  readonly id: Pid
  readonly parent: Process | undefined
  readonly cred: Cred
  readonly ns: Namespaces
  readonly fs: TaskFs
  readonly files: FdTable
  readonly signals: SignalState
  readonly limits: Limits
  readonly cgroup: Cgroup
}

/**
 * A process: struct task_struct and its thread group, and the system calls it makes. Fields are for the kernel (procfs
 * reads them); programs see {@link Proc}. Ids in fields are kernel ids and pids of the initial namespace unless said.
 */
export class Process implements Proc {
  readonly kernel: Kernel
  readonly id: Pid
  parent: Process | undefined
  readonly children = new Set<Process>()
  group: ProcessGroup | undefined
  cred: Cred
  ns: Namespaces
  readonly fs: TaskFs
  readonly files: FdTable
  readonly signals: SignalState
  limits: Limits
  cgroup: Cgroup

  // The program
  argv: readonly string[] = []
  environ: readonly string[] = []
  /** What /proc/PID/cmdline shows. */
  cmdline: readonly string[] = []
  comm = ''
  /** The executable, for /proc/PID/exe; undefined for kernel threads. */
  exe: VfsPath | undefined
  kthread = false
  /** Forked but not exec'ed since: setpgid(2) EACCES rule. */
  execed = false

  // Life
  mainThread: Thread | undefined
  readonly threads = new Set<Thread>()
  /** Set once the process must end; it does when its code next returns to the kernel. */
  dying: ExitStatus | undefined
  /** Ended: a zombie until it is waited for. */
  exited = false
  exitStatus: ExitStatus = { exit: 0 }
  /** Its program is being dropped: system calls of its `finally` blocks fail. */
  unwinding = false
  #nextImage: Sim<number> | undefined
  readonly startTime: Micros
  /** A signal waits to be handled in the process's own context. */
  attention = false
  /** Signal that stopped it, or 0. */
  stopped = 0
  /** What wait(2) of the parent has not been told yet. */
  stateToReport: { readonly stopped: number } | { readonly continued: true } | undefined
  /** Fires when the process is no longer stopped or frozen. */
  readonly resumed = new WaitQueue()
  /** Fires when a child ends, stops or continues. */
  readonly childEvents = new WaitQueue()
  /** Under a tracer: ptrace(2). */
  tracee: Tracee | undefined
  /** What it traces itself. */
  tracer: TracerSession | undefined
  /** The last call that may have waited, with its arguments: what a tracer that comes later finds it in. */
  inCall: readonly [string, ...unknown[]] | undefined
  parentDeathSignal = 0
  subreaper = false
  #alarm: { readonly at: Micros; readonly cancel: () => void } | undefined

  // Accounts
  pendingCpu: Micros = 0
  pendingSystem: Micros = 0
  userMicros: Micros = 0
  systemMicros: Micros = 0
  childUserMicros: Micros = 0
  childSystemMicros: Micros = 0
  nice = 0
  /** Scheduling policy, for chrt(1) and ps. */
  policy: SchedPolicy = 'other'
  rtPriority = 0
  ionice: { readonly class: number; readonly level: number } = {
    class: 0,
    level: 0,
  }
  /** CPUs it may run on (sched_setaffinity); undefined: all. */
  affinity: readonly number[] | undefined
  /** Anonymous memory, bytes. */
  anonBytes = 0
  /** Which cgroups it is charged to: memory stays where it was when the process moves. */
  readonly charges = new Map<Cgroup, number>()
  peakBytes = 0
  /** Where its kernel memory (stacks, page tables) is charged. */
  kernelCgroup: Cgroup | undefined
  /** Resident pages of executables and libraries, bytes. */
  fileBytes = 0
  oomScoreAdj = 0
  /** Kernel function it sleeps in, where it is known: /proc/PID/wchan. */
  wchan = '0'
  voluntarySwitches = 0
  involuntarySwitches = 0
  readonly io = { rchar: 0, wchar: 0, syscr: 0, syscw: 0 }

  constructor(state: ProcessState) {
    this.kernel = state.kernel
    this.id = state.id
    this.parent = state.parent
    this.cred = state.cred
    this.ns = state.ns
    this.fs = state.fs
    this.fs.process = this
    this.files = state.files
    this.signals = state.signals
    this.limits = state.limits
    this.cgroup = state.cgroup
    this.startTime = state.kernel.sim.now
    state.id.process = this
  }

  // --- For the kernel ---

  /** The pid namespace the process lives in. */
  get pidns(): PidNamespace {
    return this.id.ns
  }

  /** Its number in the initial namespace. */
  get globalPid(): number {
    return this.id.numbers[0] as number
  }

  /** Its number in its own namespace. */
  get pid0(): number {
    return this.id.numbers[this.id.numbers.length - 1] as number
  }

  get pid(): number {
    return this.pid0
  }

  get tgid(): number {
    return this.pid0
  }

  /** Its number as seen from `ns`; 0 where it can't be seen. */
  pidIn(ns: PidNamespace): number {
    return this.id.in(ns)
  }

  get isNamespaceInit(): boolean {
    return this.pidns.init === this
  }

  get session(): Session | undefined {
    return this.group?.session
  }

  get suspended(): boolean {
    return this.stopped !== 0 || this.cgroup.frozen
  }

  /** The CPUs that its affinity leaves it, as a cap for the fluid model; at least one. */
  get cpuLimit(): number {
    return 1
  }

  /** R, S, T, Z as ps shows it. */
  get state(): 'R' | 'S' | 'T' | 'Z' | 'I' {
    if (this.exited) return 'Z'
    if (this.kthread) return IDLE_KTHREADS.test(this.comm) ? 'I' : 'S'
    if (this.stopped !== 0) return 'T'
    for (const thread of this.threads) if (thread.busy) return 'R'
    return 'S'
  }

  /** Resident memory, bytes. */
  get rssBytes(): number {
    return this.anonBytes + this.fileBytes
  }

  /** Virtual size as a real program of that size would have it, bytes. */
  get vmBytes(): number {
    return this.kthread ? 0 : this.anonBytes + this.fileBytes + 1_600_000
  }

  run(body: Sim<number>): void {
    const thread = new Thread(this, this.id, this.comm, body)
    this.mainThread = thread
    this.threads.add(thread)
  }

  /** A signal handler wants to run: what the process waits for ends with EINTR. */
  interrupt(): void {
    this.mainThread?.interrupt()
  }

  suspensionChanged(): void {
    for (const thread of this.threads) thread.suspensionChanged()
    if (!this.suspended) this.resumed.wakeAll()
  }

  /** Ends the process: at once when its code is not on the stack, else when that returns. */
  die(status: ExitStatus): void {
    if (this.exited) return
    for (const thread of this.threads) {
      if (thread.running || thread.task.state === 'running') {
        this.dying = status
        return
      }
    }
    this.dying = status
    terminate(this)
  }

  finishExit(thread: Thread): void {
    finishExit(this, thread)
  }

  threadEnded(thread: Thread): void {
    this.threads.delete(thread)
    thread.id.drop()
  }

  takeImage(thread: Thread): Sim<number> {
    for (const other of [...this.threads]) {
      if (other === thread) continue
      this.threads.delete(other)
      other.cancel()
    }
    this.mainThread = thread
    const image = this.#nextImage
    if (image === undefined) throw new Error('exec without an image')
    this.#nextImage = undefined
    return image
  }

  /** exec has succeeded: `image` runs as soon as the old program has been dropped. */
  setImage(image: Sim<number>): void {
    this.#nextImage = image
  }

  /** The program let an errno escape: it ends with status 1, and says why on its standard error. */
  crashed(error: Errno): void {
    this.kernel.klog(4, `${this.comm}[${this.globalPid}]: ended by an error of a system call: ${error.message}`)
    const text = this.kernel.encodeText(`${this.comm}: ${strerror(error)}\n`)
    try {
      const write = this.files.get(2).write(this.fs, text)
      if (write.next().done !== true) write.return(0)
    } catch (failure) {
      if (!(failure instanceof Errno)) throw failure
    }
  }

  startCpu(done: () => void): CpuJob {
    const system = Math.min(this.pendingSystem, this.pendingCpu)
    const user = this.pendingCpu - system
    this.pendingCpu = 0
    this.pendingSystem = 0
    return this.kernel.cpu.start(this, user, system, done)
  }

  /** CPU time was used. */
  account(user: Micros, system: Micros): void {
    this.userMicros += user
    this.systemMicros += system
    for (let at: Cgroup | undefined = this.cgroup; at !== undefined; at = at.parent) {
      at.cpu.userMicros += user
      at.cpu.systemMicros += system
      if (at.cpu.quota !== undefined) at.cpu.runtimeLeft -= user + system
    }
    this.kernel.account(user, system)
  }

  /** Declared CPU time too short to be worth an event is only accounted. */
  settleDust(): void {
    if (this.pendingCpu > 0 && this.pendingCpu < CPU_DUST) {
      const system = Math.min(this.pendingSystem, this.pendingCpu)
      this.account(this.pendingCpu - system, system)
      this.pendingCpu = 0
      this.pendingSystem = 0
    }
  }

  /** Adds system time; it is used up with the next wait. */
  chargeSystem(micros: Micros): void {
    this.pendingCpu += micros
    this.pendingSystem += micros
  }

  /** Every call that changes something starts here: the dead make no system calls. */
  #enter(): void {
    if (this.unwinding || this.exited || this.dying !== undefined) throw new Unwind('system call of a program that has ended')
  }

  /** Calls that may wait also let signals and stops take effect first. */
  *#checkpoint(): Sim<void> {
    this.#enter()
    if (this.attention || this.stopped !== 0) yield CHECKPOINT
  }

  // --- Program ---

  getenv(name: string): string | undefined {
    const prefix = `${name}=`
    return this.environ.find((e) => e.startsWith(prefix))?.slice(prefix.length)
  }

  // --- Files ---

  #install(file: FileDescription, cloexec: boolean, min = 0): number {
    return this.files.install(file, cloexec, this.limits.nofile.soft, min)
  }

  *open(path: string, flags: number, mode = 0o666): Sim<number> {
    yield* this.#checkpoint()
    const file = yield* this.kernel.vfs.open(this.fs, path, flags, mode)
    ttycalls.opened(this, file, flags)
    return this.#install(file, (flags & O.CLOEXEC) !== 0)
  }

  close(fd: number): void {
    this.#enter()
    const last = this.files.get(fd).inode instanceof NsfsInode
    this.files.close(fd)
    if (last) this.kernel.reapNamespaces()
  }

  *read(fd: number, max: number): Sim<Uint8Array> {
    yield* this.#checkpoint()
    const file = this.files.get(fd)
    if ((file.flags & O.ACCMODE) === O.WRONLY) throw new Errno('EBADF')
    this.wchan = file instanceof PipeFile ? 'pipe_read' : 'wait_woken'
    this.inCall = ['read', fd, max]
    const data = yield* file.read(this.fs, max)
    this.io.syscr++
    this.io.rchar += data.length
    this.tracee?.lateReturned(data)
    return data
  }

  *write(fd: number, data: Uint8Array): Sim<number> {
    yield* this.#checkpoint()
    const file = this.files.get(fd)
    if ((file.flags & O.ACCMODE) === O.RDONLY) throw new Errno('EBADF')
    try {
      const n = yield* file.write(this.fs, data)
      this.io.syscw++
      this.io.wchar += n
      return n
    } catch (error) {
      if (error instanceof Errno) {
        if (error.code === 'EPIPE') sendSignal(this, SIGNALS.PIPE, this)
        else if (error.code === 'EFBIG') sendSignal(this, SIGNALS.XFSZ, this)
        if (this.dying !== undefined || this.attention) yield CHECKPOINT
      }
      throw error
    }
  }

  pread(fd: number, max: number, offset: number): Uint8Array {
    const file = this.files.get(fd)
    if ((file.flags & O.ACCMODE) === O.WRONLY) throw new Errno('EBADF')
    return file.pread(this.fs, max, offset)
  }

  lseek(fd: number, offset: number, whence: 'set' | 'cur' | 'end'): number {
    return this.files.get(fd).seek(offset, whence)
  }

  ftruncate(fd: number, size: number): void {
    this.#enter()
    this.kernel.vfs.ftruncate(this.fs, this.files.get(fd), size)
  }

  truncate(path: string, size: number): void {
    this.#enter()
    this.kernel.vfs.truncate(this.fs, path, size)
  }

  dup(fd: number, min = 0, cloexec = false): number {
    this.#enter()
    const file = this.files.get(fd)
    if (min >= this.limits.nofile.soft) throw new Errno('EINVAL')
    file.refs++
    return this.#install(file, cloexec, min)
  }

  dup2(fd: number, to: number): void {
    this.#enter()
    const file = this.files.get(fd)
    if (to < 0 || to >= this.limits.nofile.soft) throw new Errno('EBADF')
    if (fd !== to) this.files.set(to, file, false)
  }

  getCloexec(fd: number): boolean {
    return this.files.entry(fd).cloexec
  }

  setCloexec(fd: number, on: boolean): void {
    this.#enter()
    this.files.setCloexec(fd, on)
  }

  getFlags(fd: number): number {
    return this.files.get(fd).flags
  }

  setFlags(fd: number, flags: number): void {
    this.#enter()
    const file = this.files.get(fd)
    const settable = O.APPEND | O.NONBLOCK
    file.flags = (file.flags & ~settable) | (flags & settable)
  }

  fds(): number[] {
    return this.files.list()
  }

  pipe(): { readonly read: number; readonly write: number } {
    this.#enter()
    const [read, write] = this.kernel.vfs.pipe(this.fs)
    const readFd = this.#install(read, false)
    return { read: readFd, write: this.#install(write, false) }
  }

  *poll(fds: readonly PollFd[], timeout?: Micros): Sim<readonly PollFd[]> {
    yield* this.#checkpoint()
    this.wchan = 'do_poll.constprop.0'
    this.inCall = ['poll', fds, timeout]
    const ready = yield* poll(this, fds, timeout)
    this.tracee?.lateReturned(ready)
    return ready
  }

  ioctl(fd: number, request: string, arg?: unknown): unknown {
    this.#enter()
    const file = this.files.get(fd)
    if (file.ioctl === undefined) throw new Errno('ENOTTY')
    const named =
      typeof arg === 'object' && arg !== null && 'fd' in arg && typeof arg.fd === 'number' ? { ...arg, file: this.files.get(arg.fd) } : arg
    return file.ioctl(this.fs, request, named)
  }

  *flock(fd: number, operation: 'shared' | 'exclusive' | 'unlock', wait: boolean): Sim<void> {
    yield* this.#checkpoint()
    yield* flock(this.files.get(fd), operation, wait)
  }

  watchPath(path: string): Wait {
    return this.kernel.vfs.watchPath(this.fs, path)
  }

  stat(path: string): Stat {
    return this.kernel.vfs.stat(this.fs, path)
  }

  lstat(path: string): Stat {
    return this.kernel.vfs.lstat(this.fs, path)
  }

  fstat(fd: number): Stat {
    return this.kernel.vfs.fstat(this.fs, this.files.get(fd))
  }

  statfs(path: string): StatFs {
    return this.kernel.vfs.statfs(this.fs, path)
  }

  access(path: string, mode: string, effective = false): boolean {
    return this.kernel.vfs.access(this.fs, path, mode, effective)
  }

  readdir(path: string): Dirent[] {
    return this.kernel.vfs.readdir(this.fs, path)
  }

  readlink(path: string): string {
    return this.kernel.vfs.readlink(this.fs, path)
  }

  realpath(path: string): string {
    return this.kernel.vfs.realpath(this.fs, path)
  }

  mkdir(path: string, mode = 0o777): void {
    this.#enter()
    this.kernel.vfs.mkdir(this.fs, path, mode)
  }

  rmdir(path: string): void {
    this.#enter()
    this.kernel.vfs.rmdir(this.fs, path)
  }

  mknod(path: string, mode: number, rdev = 0): void {
    this.#enter()
    this.kernel.vfs.mknod(this.fs, path, mode, rdev)
  }

  symlink(target: string, path: string): void {
    this.#enter()
    this.kernel.vfs.symlink(this.fs, target, path)
  }

  link(from: string, to: string): void {
    this.#enter()
    this.kernel.vfs.link(this.fs, from, to)
  }

  unlink(path: string): void {
    this.#enter()
    this.kernel.vfs.unlink(this.fs, path)
  }

  rename(from: string, to: string): void {
    this.#enter()
    this.kernel.vfs.rename(this.fs, from, to)
  }

  chmod(path: string, mode: number): void {
    this.#enter()
    this.kernel.vfs.chmod(this.fs, path, mode)
  }

  fchmod(fd: number, mode: number): void {
    this.#enter()
    this.kernel.vfs.fchmod(this.fs, this.files.get(fd), mode)
  }

  chown(path: string, uid: number, gid: number, follow = true): void {
    this.#enter()
    this.kernel.vfs.chown(this.fs, path, uid, gid, follow)
  }

  utimens(path: string, atime: Micros | undefined, mtime: Micros | undefined, follow = true): void {
    this.#enter()
    this.kernel.vfs.utimens(this.fs, path, atime, mtime, follow)
  }

  getxattr(path: string, name: string): Uint8Array | undefined {
    return this.kernel.vfs.getxattr(this.fs, path, name)
  }

  setxattr(path: string, name: string, value: Uint8Array | undefined): void {
    this.#enter()
    this.kernel.vfs.setxattr(this.fs, path, name, value)
  }

  listxattr(path: string): string[] {
    return this.kernel.vfs.listxattr(this.fs, path)
  }

  getFileFlags(path: string): number {
    return getFileFlags(this.fs, path)
  }

  setFileFlags(path: string, flags: number): void {
    this.#enter()
    setFileFlags(this.fs, path, flags)
  }

  umask(mask?: number): number {
    const old = this.fs.umask
    if (mask !== undefined) this.fs.umask = mask & 0o777
    return old
  }

  getcwd(): string {
    return this.kernel.vfs.getcwd(this.fs)
  }

  chdir(path: string): void {
    this.#enter()
    this.kernel.vfs.chdir(this.fs, path)
  }

  fchdir(fd: number): void {
    this.#enter()
    this.kernel.vfs.fchdir(this.fs, this.files.get(fd))
  }

  chroot(path: string): void {
    this.#enter()
    this.kernel.vfs.chroot(this.fs, path)
  }

  pivotRoot(newRoot: string, putOld: string): void {
    this.#enter()
    this.kernel.vfs.pivotRoot(this.fs, newRoot, putOld)
  }

  mount(source: string, target: string, fstype: string, flags: number, data: string): void {
    this.#enter()
    this.kernel.vfs.mount(this.fs, source, target, fstype, flags, data)
  }

  umount(target: string, flags: number): void {
    this.#enter()
    this.kernel.vfs.umount(this.fs, target, flags)
    this.kernel.reapNamespaces()
  }

  *sync(): Sim<void> {
    yield* this.#checkpoint()
  }

  // --- Processes ---

  fork(child: (proc: Proc) => Sim<number>, flags = 0): number {
    this.#enter()
    return fork(this, child, flags).pidIn(this.pidns)
  }

  thread(name: string, body: Sim<void>): { readonly tid: number; cancel(): void } {
    this.#enter()
    const thread: Thread = new Thread(this, this.kernel.threadId(this), name, asNumber(body))
    this.threads.add(thread)
    return {
      tid: thread.tid,
      cancel: () => {
        if (!this.threads.delete(thread) || thread.running) return
        thread.cancel()
      },
    }
  }

  *exec(path: string, argv: readonly string[], environ: readonly string[]): Sim<never> {
    yield* this.#checkpoint()
    return yield* exec(this, path, argv, environ)
  }

  *exit(code: number): Sim<never> {
    this.#enter()
    this.dying ??= { exit: code & 0xff }
    for (;;) yield EXIT
  }

  *wait(pid: number, options = 0): Sim<WaitStatus | undefined> {
    yield* this.#checkpoint()
    this.wchan = 'do_wait'
    this.inCall = ['wait', pid, options]
    const status = yield* wait(this, pid, options)
    this.tracee?.lateReturned(status)
    return status
  }

  getppid(): number {
    return this.parent?.pidIn(this.pidns) ?? 0
  }

  getpgid(pid = 0): number {
    return groups.getpgid(this, pid)
  }

  setpgid(pid: number, pgid: number): void {
    this.#enter()
    groups.setpgid(this, pid, pgid)
  }

  getsid(pid = 0): number {
    return groups.getsid(this, pid)
  }

  setsid(): number {
    this.#enter()
    return groups.setsid(this)
  }

  kill(pid: number, signal: number): void {
    this.#enter()
    kill(this, pid, signal)
    this.#afterSignals()
  }

  /** A signal to oneself is delivered before the call returns. */
  #afterSignals(): void {
    if (this.dying !== undefined) throw new Unwind('killed by itself')
    if (this.attention && this.stopped === 0) runHandlers(this)
    if (this.dying !== undefined) throw new Unwind('killed by itself')
  }

  sigaction(signal: number, action: SigAction): SigAction {
    this.#enter()
    if (signal < 1 || signal > SIGRTMAX) throw new Errno('EINVAL')
    const old = this.signals.action(signal)
    if (action === old) return old
    if (signal === SIGNALS.KILL || signal === SIGNALS.STOP) throw new Errno('EINVAL')
    if (action === 'default') this.signals.actions.delete(signal)
    else this.signals.actions.set(signal, action)
    const dropped =
      action === 'ignore' || (action === 'default' && (signal === SIGNALS.CHLD || signal === SIGNALS.WINCH || signal === SIGNALS.URG))
    if (dropped) this.signals.pending.delete(signal)
    return old
  }

  sigprocmask(blocked: ReadonlySet<number>): ReadonlySet<number> {
    this.#enter()
    const old = this.signals.blocked
    const mask = new Set(blocked)
    mask.delete(SIGNALS.KILL)
    mask.delete(SIGNALS.STOP)
    this.signals.blocked = mask
    if (this.signals.pending.size > 0) {
      notify(this)
      this.#afterSignals()
    }
    return old
  }

  sigpending(): ReadonlySet<number> {
    return new Set([...this.signals.pending].filter((n) => this.signals.blocked.has(n)))
  }

  *pause(): Sim<never> {
    yield* this.#checkpoint()
    this.wchan = '__do_sys_pause'
    this.inCall = ['pause']
    for (;;) yield { kind: 'event', arm: () => () => {} }
  }

  *nanosleep(duration: Micros): Sim<void> {
    yield* this.#checkpoint()
    this.wchan = 'hrtimer_nanosleep'
    this.inCall = ['nanosleep', duration]
    while (duration === Number.POSITIVE_INFINITY) yield { kind: 'event', arm: () => () => {} }
    yield* waitFor<void>(this.kernel.sim.timer(duration))
    this.tracee?.lateReturned(undefined)
  }

  alarm(duration: Micros): Micros {
    this.#enter()
    const { sim } = this.kernel
    const left = this.#alarm === undefined ? 0 : this.#alarm.at - sim.now
    this.cancelAlarm()
    if (duration > 0) {
      const timer = sim.after(duration, () => {
        this.#alarm = undefined
        sendSignal(this, SIGNALS.ALRM)
      })
      this.#alarm = { at: sim.now + duration, cancel: () => sim.cancel(timer) }
    }
    return left
  }

  cancelAlarm(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  *cpu(duration: Micros): Sim<void> {
    this.pendingCpu += duration
    if (this.pendingCpu >= CPU_GRAIN || this.attention || this.dying !== undefined) yield CPU
  }

  times(): Times {
    this.kernel.cpu.sync()
    return {
      user: Math.round(this.userMicros),
      system: Math.round(this.systemMicros),
      childUser: Math.round(this.childUserMicros),
      childSystem: Math.round(this.childSystemMicros),
    }
  }

  now(): Micros {
    return this.kernel.sim.now
  }

  uptime(): Micros {
    return this.kernel.uptime() + this.ns.time.boottimeOffset
  }

  setMemory(bytes: number): void {
    this.#enter()
    chargeMemory(this, Math.max(0, Math.ceil(bytes / 4096) * 4096))
    if (this.dying !== undefined) throw new Unwind('out of memory')
  }

  getrlimit(resource: Rlimit, pid = 0): Limit {
    return this.#limitsOf(pid).limits[resource]
  }

  /** prlimit(2): a process of the same user throughout, or CAP_SYS_RESOURCE over it. */
  #limitsOf(pid: number): Process {
    const target = this.#target(pid)
    const a = this.cred.state
    const b = target.cred.state
    const same = [b.uid, b.euid, b.suid].every((id) => id === a.uid) && [b.gid, b.egid, b.sgid].every((id) => id === a.gid)
    if (target !== this && !same && !this.cred.capable(CAP.sys_resource, target.cred.userns)) throw new Errno('EPERM')
    return target
  }

  setrlimit(resource: Rlimit, soft: number, hard: number, pid?: number): void {
    this.#enter()
    const target = this.#limitsOf(pid ?? 0)
    const old = target.limits[resource]
    if (soft > hard) throw new Errno('EINVAL')
    if (hard > old.hard && !this.kernel.capableInit(this, CAP.sys_resource)) throw new Errno('EPERM')
    target.limits = { ...target.limits, [resource]: { soft, hard } }
  }

  #target(pid: number): Process {
    const target = pid === 0 ? this : this.pidns.processes.get(pid)
    if (target === undefined) throw new Errno('ESRCH')
    return target
  }

  /** Same real and effective ids, or the capability. */
  #mayControl(target: Process, cap: number): void {
    const a = this.cred.state
    const b = target.cred.state
    if (a.euid !== b.euid && a.euid !== b.uid && !this.cred.capable(cap, target.cred.userns)) throw new Errno('EPERM')
  }

  getpriority(pid = 0): number {
    return this.#target(pid).nice
  }

  setpriority(pid: number, nice: number): void {
    this.#enter()
    const target = this.#target(pid)
    this.#mayControl(target, CAP.sys_nice)
    const value = Math.max(-20, Math.min(19, nice))
    if (value < target.nice && value < 20 - target.limits.nice.soft && !this.kernel.capableInit(this, CAP.sys_nice))
      throw new Errno('EACCES')
    target.nice = value
    this.kernel.cpu.recompute()
  }

  getaffinity(pid = 0): readonly number[] {
    return allowedCpus(this.#target(pid))
  }

  setaffinity(pid: number, cpus: readonly number[]): void {
    this.#enter()
    const target = this.#target(pid)
    this.#mayControl(target, CAP.sys_nice)
    const wanted = [...new Set(cpus)].filter((n) => n < this.kernel.cpus).sort((a, b) => a - b)
    if (!wanted.some((n) => cpusetOf(target).includes(n))) throw new Errno('EINVAL')
    target.affinity = wanted
  }

  getscheduler(pid = 0): {
    readonly policy: SchedPolicy
    readonly priority: number
  } {
    const target = this.#target(pid)
    return { policy: target.policy, priority: target.rtPriority }
  }

  setscheduler(pid: number, policy: SchedPolicy, priority: number): void {
    this.#enter()
    const target = this.#target(pid)
    this.#mayControl(target, CAP.sys_nice)
    const realtime = policy === 'fifo' || policy === 'rr'
    if (realtime ? priority < 1 || priority > 99 : priority !== 0) throw new Errno('EINVAL')
    if (realtime && !this.kernel.capableInit(this, CAP.sys_nice)) throw new Errno('EPERM')
    target.policy = policy
    target.rtPriority = priority
  }

  getionice(pid = 0): { readonly class: number; readonly level: number } {
    return this.#target(pid).ionice
  }

  setionice(pid: number, value: { readonly class: number; readonly level: number }): void {
    this.#enter()
    const target = this.#target(pid)
    this.#mayControl(target, CAP.sys_nice)
    if (value.class === 1 && !this.kernel.capableInit(this, CAP.sys_admin)) throw new Errno('EPERM')
    target.ionice = value
  }

  setComm(name: string): void {
    this.comm = name.slice(0, 15)
  }

  setCmdline(argv: readonly string[]): void {
    this.cmdline = argv
  }

  ptrace(): Tracer {
    this.tracer ??= new TracerSession(this)
    return this.tracer
  }

  setParentDeathSignal(signal: number): void {
    this.parentDeathSignal = signal
  }

  setChildSubreaper(on: boolean): void {
    this.subreaper = on
  }

  setNoNewPrivs(): void {
    this.cred = this.cred.with({ noNewPrivs: true })
  }

  // --- Credentials ---

  credentials(): Credentials {
    const s = this.cred.state
    const ns = this.cred.userns
    return {
      uid: ns.show('uid', s.uid),
      euid: ns.show('uid', s.euid),
      suid: ns.show('uid', s.suid),
      gid: ns.show('gid', s.gid),
      egid: ns.show('gid', s.egid),
      sgid: ns.show('gid', s.sgid),
      groups: s.groups.map((g) => ns.show('gid', g)),
      noNewPrivs: s.noNewPrivs,
    }
  }

  setresuid(ruid: number, euid: number, suid: number): void {
    this.#enter()
    this.cred = creds.setresuid(this.cred, ruid, euid, suid)
  }

  setresgid(rgid: number, egid: number, sgid: number): void {
    this.#enter()
    this.cred = creds.setresgid(this.cred, rgid, egid, sgid)
  }

  setgroups(list: readonly number[]): void {
    this.#enter()
    const ns = this.cred.userns
    if (!this.cred.capable(CAP.setgid)) throw new Errno('EPERM')
    if (ns.parent !== undefined && (ns.setgroups === 'deny' || ns.gidMap.length === 0)) throw new Errno('EPERM')
    this.cred = this.cred.with({
      groups: list.map((g) => creds.kernelId(this.cred, 'gid', g)).sort((a, b) => a - b),
    })
  }

  capget(pid = 0): Capabilities {
    return this.#target(pid).cred.state.caps
  }

  capset(caps: Partial<Capabilities>): void {
    this.#enter()
    this.cred = creds.capset(this.cred, caps)
  }

  setSecurebits(bits: number): void {
    this.#enter()
    // PR_SET_KEEPCAPS needs no capability, PR_SET_SECUREBITS does.
    const keepOnly = (bits & ~SECBIT.KEEP_CAPS) === (this.cred.state.securebits & ~SECBIT.KEEP_CAPS)
    if (!keepOnly && !this.cred.capable(CAP.setpcap)) throw new Errno('EPERM')
    this.cred = this.cred.with({ securebits: bits })
  }

  getSecurebits(): number {
    return this.cred.state.securebits
  }

  // --- Namespaces ---

  unshare(flags: number): void {
    this.#enter()
    nscalls.unshare(this, flags)
  }

  setns(fd: number, flags: number): void {
    this.#enter()
    nscalls.setns(this, fd, flags)
  }

  ipcObjects(
    kind: IpcKind,
  ): readonly { readonly id: number; readonly key: number; readonly uid: number; readonly mode: number; readonly size: number }[] {
    const { userns } = this.cred
    return [...this.ns.ipc.objects[kind].values()].map(({ id, key, uid, mode, size }) => ({
      id,
      key,
      uid: userns.show('uid', uid),
      mode,
      size,
    }))
  }

  ipcGet(kind: IpcKind, key: number, mode: number, size: number): number {
    this.#enter()
    const { ipc } = this.ns
    for (const o of ipc.objects[kind].values()) if (key !== 0 && o.key === key) throw new Errno('EEXIST')
    if (kind !== 'msg' && size <= 0) throw new Errno('EINVAL')
    const id = ipc.nextId[kind]++
    const { euid, egid } = this.cred.state
    ipc.objects[kind].set(id, { id, key, uid: euid, gid: egid, mode, size })
    return id
  }

  ipcRemove(kind: IpcKind, id: number): void {
    this.#enter()
    const objects = this.ns.ipc.objects[kind]
    const object = objects.get(id)
    if (object === undefined) throw new Errno('EINVAL')
    if (object.uid !== this.cred.state.euid && !this.cred.capable(CAP.sys_admin, this.ns.ipc.owner)) throw new Errno('EPERM')
    objects.delete(id)
  }

  uname(): Uname {
    const { release, version, machine } = this.kernel
    return {
      sysname: 'Linux',
      nodename: this.ns.uts.hostname,
      release,
      version,
      machine,
      domainname: this.ns.uts.domainname,
    }
  }

  sethostname(name: string): void {
    this.#enter()
    if (!this.cred.capable(CAP.sys_admin, this.ns.uts.owner)) throw new Errno('EPERM')
    if (name.length > 64) throw new Errno('EINVAL')
    this.ns.uts.hostname = name
  }

  setdomainname(name: string): void {
    this.#enter()
    if (!this.cred.capable(CAP.sys_admin, this.ns.uts.owner)) throw new Errno('EPERM')
    if (name.length > 64) throw new Errno('EINVAL')
    this.ns.uts.domainname = name
  }

  // --- Terminals ---

  isatty(fd: number): boolean {
    return ttycalls.isatty(this, fd)
  }

  tcgetattr(fd: number): Termios {
    return ttycalls.terminal(this, fd).termios
  }

  tcsetattr(fd: number, termios: Termios, when: 'now' | 'drain' | 'flush' = 'now'): void {
    this.#enter()
    ttycalls.tcsetattr(this, fd, termios, when)
  }

  tcgetpgrp(fd: number): number {
    return ttycalls.tcgetpgrp(this, fd)
  }

  tcsetpgrp(fd: number, pgid: number): void {
    this.#enter()
    ttycalls.tcsetpgrp(this, fd, pgid)
  }

  getWinSize(fd: number): WinSize {
    return ttycalls.terminal(this, fd).size
  }

  setWinSize(fd: number, size: WinSize): void {
    this.#enter()
    ttycalls.terminal(this, fd).resize(size)
  }

  ttyname(fd: number): string {
    return ttycalls.ttyname(this, fd)
  }

  setControllingTty(fd: number): void {
    this.#enter()
    ttycalls.setControllingTty(this, fd)
  }

  openpty(): { readonly master: number; readonly slave: number } {
    this.#enter()
    const { master, slave } = ttycalls.openpty(this)
    const masterFd = this.#install(master, false)
    return { master: masterFd, slave: this.#install(slave, false) }
  }

  // --- Sockets ---

  socket(family: 'inet' | 'unix', type: 'stream' | 'dgram' | 'raw', protocol?: 'icmp'): number {
    this.#enter()
    return this.#install(this.kernel.network.socket(this, family, type, protocol), false)
  }

  socketpair(): readonly [number, number] {
    this.#enter()
    const [a, b] = this.kernel.network.socketpair(this)
    return [this.#install(a, false), this.#install(b, false)]
  }

  bind(fd: number, address: SockAddr): void {
    this.#enter()
    this.kernel.network.bind(this, this.files.get(fd), address)
  }

  listen(fd: number, backlog: number): void {
    this.#enter()
    this.kernel.network.listen(this, this.files.get(fd), backlog)
  }

  *accept(fd: number): Sim<{ readonly fd: number; readonly peer: SockAddr }> {
    yield* this.#checkpoint()
    this.inCall = ['accept', fd]
    const { file, peer } = yield* this.kernel.network.accept(this, this.files.get(fd))
    const accepted = { fd: this.#install(file, false), peer }
    this.tracee?.lateReturned(accepted)
    return accepted
  }

  *connect(fd: number, address: SockAddr): Sim<void> {
    yield* this.#checkpoint()
    yield* this.kernel.network.connect(this, this.files.get(fd), address)
  }

  *sendto(fd: number, data: Uint8Array, address: SockAddr): Sim<number> {
    yield* this.#checkpoint()
    return yield* this.kernel.network.sendto(this, this.files.get(fd), data, address)
  }

  *recvfrom(
    fd: number,
    max: number,
  ): Sim<{
    readonly data: Uint8Array
    readonly from: SockAddr
    readonly ttl?: number
  }> {
    yield* this.#checkpoint()
    return yield* this.kernel.network.recvfrom(this, this.files.get(fd), max)
  }

  shutdown(fd: number, how: 'read' | 'write' | 'both'): void {
    this.#enter()
    this.kernel.network.shutdown(this, this.files.get(fd), how)
  }

  getsockname(fd: number): SockAddr {
    return this.kernel.network.getsockname(this, this.files.get(fd))
  }

  getpeername(fd: number): SockAddr {
    return this.kernel.network.getpeername(this, this.files.get(fd))
  }

  setsockopt(fd: number, option: string, value: number | string): void {
    this.#enter()
    this.kernel.network.setsockopt(this, this.files.get(fd), option, value)
  }

  *sendFrame(fd: number, frame: Frame): Sim<void> {
    yield* this.#checkpoint()
    yield* this.kernel.network.sendFrame(this, this.files.get(fd), frame)
  }

  *recvFrame(fd: number): Sim<Frame | Uint8Array | undefined> {
    yield* this.#checkpoint()
    return yield* this.kernel.network.recvFrame(this, this.files.get(fd))
  }

  // --- Machine ---

  get net(): NetAdmin {
    return this.kernel.network.admin(this)
  }

  klog(level: number, text: string): void {
    this.kernel.klog(level, text)
  }

  dmesg(): readonly {
    readonly time: Micros
    readonly level: number
    readonly text: string
  }[] {
    if (this.kernel.sysctl.dmesgRestrict && !this.kernel.capableInit(this, CAP.syslog)) throw new Errno('EPERM')
    return this.kernel.log
  }

  sysinfo(): {
    uptime: Micros
    loads: readonly [number, number, number]
    totalRam: number
    freeRam: number
    procs: number
    cpus: number
  } {
    return {
      uptime: this.uptime(),
      loads: this.kernel.cpu.load.read(this.kernel.sim.now),
      totalRam: this.kernel.memory.total,
      freeRam: this.kernel.memory.free,
      procs: this.kernel.pidns.processes.size,
      cpus: this.kernel.cpus,
    }
  }

  reboot(): void {
    this.#enter()
    if (!this.cred.capable(CAP.sys_boot, this.pidns.owner)) throw new Errno('EPERM')
    this.kernel.requestReboot(this)
  }

  getrandom(bytes: number): Uint8Array {
    return this.kernel.random.bytes(bytes)
  }

  external<T>(kind: string, payload: unknown): Sim<T> {
    return this.kernel.sim.external<T>(kind, payload)
  }

  because<T>(what: string, fn: () => T): T {
    return this.kernel.sim.because(`${this.comm}[${this.globalPid}]`, what, fn)
  }
}

/** CPUs of the cpuset that holds for a process. */
export function cpusetOf(p: Process): readonly number[] {
  for (let at: Cgroup | undefined = p.cgroup; at !== undefined; at = at.parent)
    if (at.cpuset !== undefined && at.enabled('cpuset')) return at.cpuset
  return Array.from({ length: p.kernel.cpus }, (_, n) => n)
}

/** CPUs a process may run on: its affinity within its cpuset. */
export function allowedCpus(p: Process): readonly number[] {
  const cpuset = cpusetOf(p)
  const own = p.affinity?.filter((n) => cpuset.includes(n)) ?? cpuset
  return own.length > 0 ? own : cpuset
}

function* asNumber(body: Sim<void>): Sim<number> {
  yield* body
  return 0
}

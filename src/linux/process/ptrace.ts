import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { attempt, Errno } from '../errno.ts'
import { SIGNALS } from '../signal.ts'
import type { CallName, SignalInfo, TraceEvent, Tracer } from '../syscalls.ts'
import { CAP } from './capability.ts'
import type { ExitStatus, Process } from './process.ts'

/** Calls that can wait: a traced process stops before them until its tracer has seen all that happened. */
const WAITING = [
  'open',
  'read',
  'write',
  'poll',
  'flock',
  'sync',
  'exec',
  'wait',
  'pause',
  'nanosleep',
  'accept',
  'connect',
  'sendto',
  'recvfrom',
  'sendFrame',
  'recvFrame',
] as const satisfies readonly CallName[]

/** Calls that return at once. Those that the C library answers without the kernel (time, environment) are not among them. */
const PLAIN = [
  ...[
    'close',
    'pread',
    'lseek',
    'ftruncate',
    'truncate',
    'dup',
    'dup2',
    'setCloexec',
    'getFlags',
    'setFlags',
    'pipe',
    'ioctl',
    'watchPath',
  ],
  ...[
    'stat',
    'lstat',
    'fstat',
    'statfs',
    'access',
    'readdir',
    'readlink',
    'realpath',
    'mkdir',
    'rmdir',
    'mknod',
    'symlink',
    'link',
    'unlink',
  ],
  ...[
    'rename',
    'chmod',
    'fchmod',
    'chown',
    'utimens',
    'getxattr',
    'setxattr',
    'listxattr',
    'getFileFlags',
    'setFileFlags',
    'umask',
    'getcwd',
    'chdir',
    'fchdir',
    'chroot',
  ],
  ...['pivotRoot', 'mount', 'umount', 'fork', 'thread', 'getppid', 'getpgid', 'setpgid', 'getsid', 'setsid', 'kill', 'sigaction'],
  ...['sigprocmask', 'sigpending', 'alarm', 'times', 'setMemory', 'getrlimit', 'setrlimit', 'getpriority', 'setpriority', 'getaffinity'],
  ...['setaffinity', 'getscheduler', 'setscheduler', 'getionice', 'setionice', 'setComm', 'setParentDeathSignal', 'setChildSubreaper'],
  ...[
    'setNoNewPrivs',
    'credentials',
    'setresuid',
    'setresgid',
    'setgroups',
    'capget',
    'capset',
    'setSecurebits',
    'getSecurebits',
    'unshare',
  ],
  ...['setns', 'ipcGet', 'ipcRemove', 'uname', 'sethostname', 'setdomainname', 'isatty', 'tcgetattr', 'tcsetattr'],
  ...['tcgetpgrp', 'tcsetpgrp', 'getWinSize', 'setWinSize', 'setControllingTty', 'openpty', 'socket', 'socketpair', 'bind', 'listen'],
  ...['shutdown', 'getsockname', 'getpeername', 'setsockopt', 'dmesg', 'sysinfo', 'reboot', 'getrandom'],
] as const

/** Calls whose first argument is a descriptor. */
const DESCRIPTOR: ReadonlySet<string> = new Set([
  ...[
    'read',
    'write',
    'flock',
    'accept',
    'connect',
    'sendto',
    'recvfrom',
    'sendFrame',
    'recvFrame',
    'close',
    'pread',
    'lseek',
    'ftruncate',
  ],
  ...['dup', 'dup2', 'setCloexec', 'getFlags', 'setFlags', 'ioctl', 'fstat', 'fchmod', 'fchdir', 'isatty', 'tcgetattr', 'tcsetattr'],
  ...[
    'tcgetpgrp',
    'tcsetpgrp',
    'getWinSize',
    'setWinSize',
    'setControllingTty',
    'bind',
    'listen',
    'shutdown',
    'getsockname',
    'getpeername',
  ],
  'setsockopt',
])

/** ptrace_may_access(PTRACE_MODE_ATTACH_REALCREDS): the same user throughout and no more capabilities, or CAP_SYS_PTRACE. */
function mayAttach(tracer: Process, target: Process): boolean {
  const a = tracer.cred.state
  const b = target.cred.state
  const same = [b.uid, b.euid, b.suid].every((id) => id === a.uid) && [b.gid, b.egid, b.sgid].every((id) => id === a.gid)
  if (same && (b.caps.permitted & ~a.caps.permitted) === 0n) return true
  return tracer.cred.capable(CAP.sys_ptrace, target.cred.userns)
}

/** Why a signal came, struct siginfo of sigaction(2), with ids as the tracer sees them. */
function signalInfo(to: Process, tracer: Process, signal: number, from: Process | undefined): SignalInfo {
  const { userns } = tracer.cred
  if (from === undefined) return { signal, code: signal === SIGNALS.CHLD ? 'CLD_STOPPED' : 'SI_KERNEL' }
  const sender = { pid: from.pidIn(to.pidns), uid: userns.show('uid', from.cred.state.uid) }
  if (signal !== SIGNALS.CHLD || !from.exited) return { signal, code: 'SI_USER', ...sender }
  const { exit, signal: by, coreDumped } = from.exitStatus
  const code = by === undefined ? 'CLD_EXITED' : coreDumped === true ? 'CLD_DUMPED' : 'CLD_KILLED'
  return { signal, code, ...sender, status: by ?? exit ?? 0 }
}

/**
 * What one process traces: ptrace(2) from the tracer's side. Events queue up in order; a traced process waits before each
 * call that can wait until the queue is empty, so its output and the tracer's come in the right order.
 * Differs: calls that return at once do not stop it.
 */
export class TracerSession implements Tracer {
  readonly process: Process
  readonly #tracees = new Set<Tracee>()
  readonly #queue: TraceEvent[] = []
  readonly #arrived = new WaitQueue()
  readonly drained = new WaitQueue()

  constructor(process: Process) {
    this.process = process
  }

  seize(pid: number, follow: boolean): void {
    const target = this.process.pidns.processes.get(pid)
    if (target === undefined || target.exited) throw new Errno('ESRCH')
    if (target === this.process || target.kthread || target.tracee !== undefined) throw new Errno('EPERM')
    if (!mayAttach(this.process, target)) throw new Errno('EPERM')
    this.attach(target, follow).announce()
  }

  attach(target: Process, follow: boolean): Tracee {
    const tracee = new Tracee(this, target, follow)
    this.#tracees.add(tracee)
    target.tracee = tracee
    return tracee
  }

  detach(pid: number): void {
    for (const tracee of [...this.#tracees]) if (tracee.process.pidIn(this.process.pidns) === pid) this.drop(tracee)
  }

  drop(tracee: Tracee): void {
    if (!this.#tracees.delete(tracee)) return
    tracee.release()
    this.drained.wakeAll()
  }

  get tracees(): number[] {
    return [...this.#tracees].map((t) => t.process.pidIn(this.process.pidns))
  }

  /** Whether the tracer still has to look at something. */
  get behind(): boolean {
    return this.#queue.length > 0
  }

  push(event: TraceEvent): void {
    this.#queue.push(event)
    this.#arrived.wakeAll()
  }

  *next(): Sim<TraceEvent | undefined> {
    for (;;) {
      const event = this.#queue.shift()
      if (event !== undefined) return event
      this.drained.wakeAll()
      if (this.#tracees.size === 0) return undefined
      yield* this.#arrived.wait()
    }
  }

  /** The tracer has ended: what it traced runs on. */
  close(): void {
    for (const tracee of [...this.#tracees]) this.drop(tracee)
    this.#queue.length = 0
    this.drained.wakeAll()
  }
}

/**
 * A traced process. The hook at the system call boundary is the process object itself: while it is traced its calls are
 * shadowed by properties of its own that report and pass on, so that a process that nobody traces pays nothing.
 */
export class Tracee {
  readonly session: TracerSession
  readonly process: Process
  readonly follow: boolean
  /** The call it was in when the tracer came, until that returns. */
  #late: { readonly call: CallName; readonly args: readonly unknown[] } | undefined
  /** Who sent the signals that are pending. */
  readonly #infos = new Map<number, SignalInfo>()

  constructor(session: TracerSession, process: Process, follow: boolean) {
    this.session = session
    this.process = process
    this.follow = follow
    for (const name of WAITING) this.#shadow(name, true)
    for (const name of PLAIN) this.#shadow(name, false)
    this.#shadowNet()
    const late = process.inCall
    const waiting = process.mainThread !== undefined && !process.mainThread.busy
    if (late !== undefined && waiting) this.#late = { call: late[0], args: late.slice(1) }
  }

  /** Says that it is traced now, and in which call it waits. */
  announce(): void {
    this.#push({ kind: 'attached', comm: this.process.comm })
    const late = this.#late
    if (late !== undefined) this.#push({ kind: 'enter', ...late, resumed: true, ...this.#descriptor(late.call, late.args) })
  }

  /** Its calls are its own again. */
  release(): void {
    for (const name of [...WAITING, ...PLAIN, 'net']) Reflect.deleteProperty(this.process, name)
    this.process.tracee = undefined
  }

  get #pid(): number {
    return this.process.pidIn(this.session.process.pidns)
  }

  #push(event: TraceBody): void {
    const current = this.process.kernel.current
    const thread = current?.process === this.process && current !== this.process.mainThread ? current : undefined
    if (thread !== undefined && !this.follow) return
    const pid = thread?.id.in(this.session.process.pidns) ?? this.#pid
    this.session.push({ ...event, pid, at: this.process.kernel.sim.now })
  }

  #shadow(name: CallName, waits: boolean): void {
    const p = this.process
    const original: unknown = Reflect.get(p, name)
    if (typeof original !== 'function') throw new Error(`no system call ${name}`)
    const value = waits
      ? (...args: unknown[]): Sim<unknown> => this.#waiting(name, args, () => Reflect.apply(original, p, args) as Sim<unknown>)
      : (...args: unknown[]): unknown => this.#plain(name, args, () => Reflect.apply(original, p, args))
    Object.defineProperty(p, name, { configurable: true, value })
  }

  /** Netlink, which the model has as calls of an object. */
  #shadowNet(): void {
    const p = this.process
    const get = (): object =>
      new Proxy(p.kernel.network.admin(p), {
        get: (target, key) => {
          const member: unknown = Reflect.get(target, key)
          if (typeof member !== 'function') return member
          const name = String(key)
          return (...args: unknown[]): unknown => this.#plain('netlink', [name, ...args], () => Reflect.apply(member, target, args))
        },
      })
    Object.defineProperty(p, 'net', { configurable: true, get })
  }

  #descriptor(call: CallName, args: readonly unknown[]): { readonly file?: string; readonly spare?: number } {
    const [fd] = args
    if (call === 'readdir' || call === 'watchPath' || call.endsWith('FileFlags')) return { spare: this.process.files.nextFree() }
    if (typeof fd !== 'number' || !DESCRIPTOR.has(call)) return {}
    return this.process.files.list().includes(fd) ? { file: this.#fileOf(fd) } : {}
  }

  /** What an open descriptor is, as the tracer sees it. */
  #fileOf(fd: number): string {
    const p = this.process
    return p.kernel.vfs.pathName(this.session.process.fs, p.files.get(fd).path)
  }

  #plain(call: CallName, args: readonly unknown[], body: () => unknown): unknown {
    this.#lateEnded()
    const file = this.#descriptor(call, args)
    const system = this.process.systemMicros + this.process.pendingSystem
    const spent = (): Micros => this.process.systemMicros + this.process.pendingSystem - system
    try {
      const value = body()
      const refused = call === 'access' && value === false ? { error: this.#whyNoAccess(String(args[0])) } : {}
      this.#push({ kind: 'call', call, args, value, spent: spent(), ...file, ...refused })
      return value
    } catch (error) {
      if (error instanceof Errno) this.#push({ kind: 'call', call, args, error, spent: spent(), ...file })
      throw error
    }
  }

  #whyNoAccess(path: string): Errno {
    const found = attempt(() => this.process.kernel.vfs.stat(this.process.fs, path))
    return found instanceof Errno ? found : new Errno('EACCES')
  }

  *#waiting(call: CallName, args: readonly unknown[], body: () => Sim<unknown>): Sim<unknown> {
    this.#lateEnded()
    const file = this.#descriptor(call, args)
    this.#push({ kind: 'enter', call, args, ...file })
    yield* this.#stop()
    const { sim } = this.process.kernel
    const started = sim.now
    try {
      const value = yield* body()
      const opened = call === 'open' && typeof value === 'number' ? { file: this.#fileOf(value) } : file
      this.#push({ kind: 'exit', call, args, value, spent: sim.now - started, ...opened })
      return value
    } catch (error) {
      if (error instanceof Errno) this.#push({ kind: 'exit', call, args, error, spent: sim.now - started, ...file })
      throw error
    }
  }

  /** Waits until the tracer has seen everything. A signal does not end the stop; its handler runs all the same. */
  *#stop(): Sim<void> {
    while (this.process.tracee === this && this.session.behind) {
      try {
        yield* this.session.drained.wait()
      } catch (error) {
        if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
      }
    }
  }

  /** The call it was in when the tracer came has returned. */
  lateReturned(value: unknown): void {
    const late = this.#late
    if (late === undefined) return
    this.#late = undefined
    this.#push({ kind: 'exit', ...late, value, spent: 0 })
  }

  #lateEnded(): void {
    const late = this.#late
    if (late === undefined) return
    this.#late = undefined
    this.#push({ kind: 'exit', ...late, error: new Errno('EINTR'), spent: 0 })
  }

  /** execve(2) has succeeded; it does not return to its caller. */
  execed(args: readonly unknown[]): void {
    this.#push({ kind: 'exit', call: 'exec', args, value: 0, spent: this.process.pendingSystem })
  }

  /** A call that the C library's loader makes before the program begins. */
  loader(call: CallName, args: readonly unknown[], result: unknown, file?: string): void {
    const outcome = result instanceof Errno ? { error: result } : { value: result }
    this.#push({ kind: 'call', call, args, spent: 0, ...outcome, ...(file === undefined ? {} : { file }) })
  }

  /** A child under the same tracer. */
  forked(child: Process): void {
    if (this.follow) this.session.attach(child, true).announce()
  }

  queued(signal: number, from: Process | undefined): void {
    this.#infos.set(signal, signalInfo(this.process, this.session.process, signal, from))
  }

  delivered(signal: number, effect: 'ignored' | 'handled' | 'default'): void {
    const info = this.#infos.get(signal) ?? { signal, code: 'SI_KERNEL' }
    this.#infos.delete(signal)
    if (signal !== SIGNALS.KILL) this.#push({ kind: 'signal', info, effect })
  }

  stopped(signal: number): void {
    this.#push({ kind: 'stopped', signal })
  }

  ended(status: ExitStatus): void {
    this.#push({ kind: 'ended', ...status })
    this.session.drop(this)
  }
}

type WithoutPlace<T> = T extends unknown ? Omit<T, 'pid' | 'at'> : never
type TraceBody = WithoutPlace<TraceEvent>

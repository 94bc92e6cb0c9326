import { encode } from '#sim/bytes.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { chargeKernel, chargeMemory, memoryUsage, unchargeMemory } from './cgroup/memory.ts'
import { CgroupRoot, chargePid, join } from './cgroup/root.ts'
import { Errno } from './errno.ts'
import { BlockDevice } from './fs/block.ts'
import type { ImageTree } from './fs/memory/image.ts'
import { Nsfs } from './fs/nsfs.ts'
import { registerFileSystems } from './fs/register.ts'
import { INITIAL_INO, InodeAllocator } from './namespaces/namespace.ts'
import { type AnyNamespace, isHeld } from './namespaces/nsfs.ts'
import { PidNamespace } from './namespaces/pid.ts'
import { CgroupNamespace, IpcNamespace, TimeNamespace, UtsNamespace } from './namespaces/plain.ts'
import type { Namespaces } from './namespaces/set.ts'
import { UserNamespace } from './namespaces/user.ts'
import { CpuScheduler } from './process/cpu.ts'
import { rootCred } from './process/cred.ts'
import { FdTable, putFile } from './process/files.ts'
import { allocatePid, attach } from './process/fork.ts'
import { TaskFs } from './process/fs-context.ts'
import { startSession } from './process/groups.ts'
import { startKernelThreads } from './process/kthreads.ts'
import { initialLimits } from './process/limits.ts'
import type { NetNamespaceRef, Network } from './process/network.ts'
import type { Pid } from './process/pid.ts'
import { type ExitStatus, Process } from './process/process.ts'
import { SignalState, sendSignal } from './process/signals.ts'
import type { Thread } from './process/thread.ts'
import { O, type Proc, type Program, type WinSize } from './syscalls.ts'
import { type HostTerminal, Terminals } from './tty/terminals.ts'
import { makedev } from './vfs/inode.ts'
import type { FileDescription, FsContext, MountNamespace, VfsPath } from './vfs/types.ts'
import { Vfs } from './vfs/vfs.ts'

export interface KernelOptions {
  readonly sim: Simulation
  readonly hostname: string
  /** The program an executable's header names; undefined: not modelled. */
  readonly programs: (name: string) => Program | undefined
  /** The root file system, mounted as ext4 from /dev/vda. */
  readonly root: ImageTree
  readonly cpus?: number
  readonly memoryBytes?: number
  readonly diskBytes?: number
  readonly release?: string
  readonly version?: string
  readonly machine?: string
  readonly cmdline?: string
  /** Sockets and network namespaces; without one, sockets fail with EAFNOSUPPORT. */
  readonly network?: (kernel: Kernel) => Network
  /** Whether ps shows kthreadd and its like; not in a machine that plays a container (a kind node). True unless told. */
  readonly kernelThreads?: boolean
  /** When the machine was switched on; by default now. */
  readonly bootTime?: Micros
}

/** How `Kernel.spawn` starts a process from outside. */
export interface SpawnOptions {
  readonly argv: readonly string[]
  readonly environ?: readonly string[]
  /** Executable; argv[0] by default. */
  readonly path?: string
  readonly cwd?: string
  readonly parent?: Process
  /** Descriptors 0, 1, 2 …; by default /dev/null. Each gets a reference of its own. */
  readonly files?: readonly FileDescription[]
  readonly uid?: number
  readonly gid?: number
  readonly groups?: readonly number[]
  /** Path in the cgroup hierarchy; that of the parent, or the root. */
  readonly cgroup?: string
  /** A session of its own; true unless told. */
  readonly session?: boolean
  /** Runs in the new process before exec, e.g. to make a terminal its own. */
  readonly prepare?: (proc: Process) => void
  /** Runs this instead of an executable. */
  readonly main?: (proc: Proc) => Sim<number>
}

export interface LogLine {
  readonly time: Micros
  readonly level: number
  readonly text: string
}

/** Lines kept of the kernel log. */
const LOG_LINES = 4096
/** Memory that the kernel keeps for itself, part of MemTotal. */
const KERNEL_BYTES = 120 * 1024 * 1024
/** Kernel memory of a process, and its first pages after fork. */
const TASK_KERNEL_BYTES = 32 * 1024
const FORK_BYTES = 64 * 1024

/** One machine: clock, CPUs, memory, process table, initial namespaces, mounts, kernel log. */
export class Kernel {
  readonly sim: Simulation
  readonly release: string
  readonly version: string
  readonly machine: string
  readonly cmdline: string
  readonly cpus: number
  readonly random: Random
  readonly bootTime: Micros
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string
  readonly inodes = new InodeAllocator()
  readonly userns: UserNamespace
  readonly pidns: PidNamespace
  readonly uts: UtsNamespace
  readonly ipc: IpcNamespace
  readonly timens: TimeNamespace
  readonly cgroupns: CgroupNamespace
  readonly cgroups: CgroupRoot
  readonly vfs: Vfs
  readonly nsfs: Nsfs
  readonly cpu: CpuScheduler
  readonly network: Network
  readonly terminals: Terminals
  readonly mntns: MountNamespace
  readonly rootPath: VfsPath
  readonly log: LogLine[] = []
  readonly sysctl = { dmesgRestrict: false }
  /** The thread whose code is on the stack. */
  current: Thread | undefined
  forks = 0
  exits = 0
  oomKills = 0
  userMicros = 0
  systemMicros = 0
  /** Told when PID 1 ends or somebody calls reboot(2). */
  onHalt: (() => void) | undefined
  /** Woken when a process has ended. */
  readonly exited = new WaitQueue()
  /** Told of each process that ends. */
  onExit: ((p: Process) => void) | undefined
  readonly #programs: (name: string) => Program | undefined
  readonly #memoryBytes: number
  readonly #kernelThreads: boolean
  readonly #held = new Map<AnyNamespace, number>()
  readonly #mountNamespaces = new Set<MountNamespace>()

  constructor(options: KernelOptions) {
    const { sim } = options
    this.sim = sim
    this.release = options.release ?? '6.1.0-50-cloud-amd64'
    this.version = options.version ?? '#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)'
    this.machine = options.machine ?? 'x86_64'
    this.cmdline = options.cmdline ?? 'root=/dev/vda rw console=ttyS0'
    this.cpus = options.cpus ?? 2
    this.#memoryBytes = options.memoryBytes ?? 2 * 1024 * 1024 * 1024
    this.#programs = options.programs
    this.#kernelThreads = options.kernelThreads ?? true
    this.random = sim.random(`kernel/${options.hostname}`)
    this.bootTime = options.bootTime ?? sim.now
    this.bootId = this.random.uuid()
    this.userns = new UserNamespace(INITIAL_INO.user, undefined, 0, 0)
    this.pidns = new PidNamespace(INITIAL_INO.pid, this.userns, undefined)
    this.uts = new UtsNamespace(INITIAL_INO.uts, this.userns, options.hostname, '(none)')
    this.ipc = new IpcNamespace(INITIAL_INO.ipc, this.userns)
    this.timens = new TimeNamespace(INITIAL_INO.time, this.userns)
    this.cgroups = new CgroupRoot(sim, this.cpus)
    this.cgroupns = new CgroupNamespace(INITIAL_INO.cgroup, this.userns, this.cgroups.top)
    this.cpu = new CpuScheduler(sim, this.cpus, this.cgroups.top)
    this.cgroups.sync = () => this.cpu.sync()
    this.cgroups.recompute = () => this.cpu.recompute()
    this.vfs = new Vfs(
      {
        now: () => sim.now,
        random: (n) => this.random.bytes(n),
        klog: (level, text) => this.klog(level, text),
        initUserNs: this.userns,
      },
      () => this.inodes.alloc(),
    )
    this.nsfs = new Nsfs(this.vfs)
    const ext4 = registerFileSystems(this, this.memory.usable)
    const disk = new BlockDevice('virtblk', 'vda', makedev(254, 0), options.diskBytes ?? 6 * 1024 * 1024 * 1024)
    this.vfs.registerDevice('block', 254, 0, disk)
    const sb = ext4.root(disk, '/dev/vda', options.root, this.random.uuid())
    this.mntns = this.vfs.initNamespace(sb, '/dev/vda', this.userns, INITIAL_INO.mnt)
    this.rootPath = { mount: this.mntns.root, dentry: this.mntns.root.root }
    this.terminals = new Terminals(this)
    this.network = options.network?.(this) ?? noNetwork(this.userns)
    this.holdNamespace(this.mntns)
    this.holdNamespace(this.network.initial)
    this.klog(
      5,
      `Linux version ${this.release} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) ${this.version}`,
    )
    this.klog(6, `Command line: ${this.cmdline}`)
    this.klog(6, `Memory: ${Math.floor(this.memory.usable / 1024)}K/${Math.floor(this.#memoryBytes / 1024)}K available`)
    this.klog(6, `smp: Brought up 1 node, ${this.cpus} CPUs`)
    this.klog(6, 'EXT4-fs (vda): mounted filesystem with ordered data mode. Quota mode: none.')
  }

  program(name: string): Program | undefined {
    return this.#programs(name)
  }

  encodeText(text: string): Uint8Array {
    return encode(text)
  }

  // --- Processes ---

  /** Starts PID 1. */
  start(path: string, argv: readonly string[], environ: readonly string[], options: Partial<SpawnOptions> = {}): Process {
    const init = this.spawn({ ...options, path, argv, environ })
    if (this.#kernelThreads) startKernelThreads(this)
    return init
  }

  /** A new process from outside: on the console, by a container runtime's shim, by the host. Its first step is an event. */
  spawn(options: SpawnOptions): Process {
    const { parent } = options
    const cgroup = options.cgroup === undefined ? (parent?.cgroup ?? this.cgroups.top) : this.cgroups.ensure(options.cgroup)
    chargePid(cgroup)
    const fs = parent?.fs.copy() ?? new TaskFs(this.rootPath, this.rootPath, this.mntns, 0o022)
    const ns: Namespaces = parent === undefined ? this.#initialNamespaces() : { ...parent.ns }
    const p = new Process({
      kernel: this,
      id: allocatePid(ns.pidForChildren),
      parent: parent ?? (this.pidns.init?.exited === false ? this.pidns.init : undefined),
      cred: parent?.cred ?? rootCred(this.userns),
      ns,
      fs,
      files: new FdTable(),
      signals: new SignalState(),
      limits: parent?.limits ?? initialLimits(this.#memoryBytes),
      cgroup,
    })
    this.vfs.holdFs(fs)
    this.holdNamespace(fs.mntns)
    this.holdNamespace(ns.net)
    attach(p)
    p.parent?.children.add(p)
    join(cgroup, p)
    this.chargeFork(p)
    if (options.session !== false || p.parent?.group === undefined) startSession(p)
    else {
      p.group = p.parent.group
      p.group.members.add(p)
    }
    const { uid = 0, gid = 0, groups = [] } = options
    if (uid !== 0 || gid !== 0 || groups.length > 0) {
      p.setgroups(groups)
      p.setresgid(gid, gid, gid)
      p.setresuid(uid, uid, uid)
    }
    p.environ = options.environ ?? []
    const path = options.path ?? options.argv[0] ?? ''
    p.argv = options.argv
    p.cmdline = options.argv
    p.comm = path.slice(path.lastIndexOf('/') + 1).slice(0, 15)
    const files = options.files
    if (files !== undefined) for (const [fd, file] of files.entries()) p.files.set(fd, file, false)
    else this.#openNull(p)
    if (options.cwd !== undefined) this.vfs.chdir(fs, options.cwd)
    options.prepare?.(p)
    const { main } = options
    p.run(main === undefined ? execFirst(p, path, options.argv, p.environ) : main(p))
    return p
  }

  #initialNamespaces(): Namespaces {
    return {
      uts: this.uts,
      ipc: this.ipc,
      net: this.network.initial,
      cgroup: this.cgroupns,
      time: this.timens,
      timeForChildren: this.timens,
      pidForChildren: this.pidns,
    }
  }

  #openNull(p: Process): void {
    try {
      const file = this.vfs.openNow(p.fs, '/dev/null', O.RDWR)
      for (let fd = 0; fd < 3; fd++) p.files.set(fd, file, false)
      file.refs--
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  /** A kernel thread, for ps(1): it never runs. */
  kernelThread(name: string, parent?: Process, nice = 0): Process {
    const ns = this.#initialNamespaces()
    const fs = new TaskFs(this.rootPath, this.rootPath, this.mntns, 0)
    const p = new Process({
      kernel: this,
      id: allocatePid(this.pidns),
      parent,
      cred: rootCred(this.userns),
      ns,
      fs,
      files: new FdTable(),
      signals: new SignalState(),
      limits: initialLimits(this.#memoryBytes),
      cgroup: this.cgroups.top,
    })
    p.kthread = true
    p.comm = name
    p.nice = nice
    attach(p)
    parent?.children.add(p)
    return p
  }

  /** A process by its number in the initial pid namespace. */
  process(pid: number): Process | undefined {
    return this.pidns.processes.get(pid)
  }

  /** Sends a signal as the kernel itself. */
  signal(p: Process, signal: number): void {
    sendSignal(p, signal)
  }

  /** A terminal window on this machine; run something on it with `spawnOn`. */
  openTerminal(size: WinSize): HostTerminal {
    return this.terminals.open(size, this.pidns.init?.fs ?? this.#rootContext())
  }

  /** Starts a process on a terminal, as a login on it would: its own session, the terminal its controlling one. */
  spawnOn(terminal: HostTerminal, options: Omit<SpawnOptions, 'files'>): Process {
    const file = terminal.slave()
    const p = this.spawn({
      ...options,
      files: [file, file, file],
      prepare: (proc) => {
        proc.setControllingTty(0)
        options.prepare?.(proc)
      },
    })
    putFile(file)
    return p
  }

  /** The initial root as a context of its own, for what has no process. */
  #rootContext(): FsContext {
    const fs = new TaskFs(this.rootPath, this.rootPath, this.mntns, 0o022)
    const cred = rootCred(this.userns)
    return {
      root: fs.root,
      cwd: fs.cwd,
      mntns: fs.mntns,
      umask: fs.umask,
      cred,
      realCred: cred,
      fsizeLimit: Number.POSITIVE_INFINITY,
    }
  }

  threadId(p: Process): Pid {
    return allocatePid(p.pidns)
  }

  /** Told by `finishExit`. */
  processEnded(p: Process): void {
    this.onExit?.(p)
    this.exited.wakeAll()
    if (p === this.pidns.init) this.onHalt?.()
  }

  requestReboot(p: Process): void {
    if (p.pidns === this.pidns) this.onHalt?.()
    else p.pidns.init?.die({ signal: 1 })
  }

  capableInit(p: Process, cap: number): boolean {
    return p.cred.capable(cap, this.userns)
  }

  // --- Accounts ---

  uptime(): Micros {
    return this.sim.now - this.bootTime
  }

  account(user: Micros, system: Micros): void {
    this.userMicros += user
    this.systemMicros += system
  }

  /** Bytes: all, what processes and page cache may use, and how it is used. */
  get memory(): {
    total: number
    usable: number
    free: number
    cached: number
    anon: number
    available: number
  } {
    const { memory } = this.cgroups.top
    const total = this.#memoryBytes
    const usable = total - KERNEL_BYTES
    const free = Math.max(0, usable - memoryUsage(this.cgroups.top))
    return {
      total,
      usable,
      free,
      cached: memory.file,
      anon: memory.anon,
      available: free + memory.file,
    }
  }

  chargeFork(p: Process): void {
    chargeKernel(p.cgroup, TASK_KERNEL_BYTES)
    p.kernelCgroup = p.cgroup
    chargeMemory(p, FORK_BYTES)
  }

  execMemory(p: Process, anon: number, file: number): void {
    p.fileBytes = file
    chargeMemory(p, anon)
  }

  /** exit: all of its memory goes. */
  freeMemory(p: Process): void {
    unchargeMemory(p)
    if (p.kernelCgroup !== undefined) chargeKernel(p.kernelCgroup, -TASK_KERNEL_BYTES)
    p.kernelCgroup = undefined
  }

  loadAverages(): readonly [number, number, number] {
    return this.cpu.load.read(this.sim.now)
  }

  // --- Namespaces that end with their last user ---

  holdNamespace(ns: MountNamespace | NetNamespaceRef): void {
    this.#held.set(ns, (this.#held.get(ns) ?? 0) + 1)
    if (ns.kind === 'mnt') this.#mountNamespaces.add(ns)
  }

  putNamespace(ns: MountNamespace | NetNamespaceRef): void {
    const users = (this.#held.get(ns) ?? 0) - 1
    this.#held.set(ns, users)
    if (users === 0) this.reapNamespace(ns)
  }

  /** Destroys a namespace without processes, unless a descriptor or a bind mount holds it. */
  reapNamespace(ns: MountNamespace | NetNamespaceRef): void {
    const { inode } = this.nsfs.place(ns).dentry
    if (isHeld(inode as Parameters<typeof isHeld>[0], this.#mountNamespaces)) return
    this.#held.delete(ns)
    if (ns.kind === 'mnt') {
      this.#mountNamespaces.delete(ns)
      this.vfs.destroyMountNamespace(ns)
      this.reapNamespaces()
    } else this.network.destroyNamespace(ns)
  }

  /** After a descriptor or a mount that may have been the last holder of a namespace went away. */
  reapNamespaces(): void {
    for (const [ns, users] of [...this.#held]) if (users === 0) this.reapNamespace(ns as MountNamespace | NetNamespaceRef)
  }

  /** Mount namespaces that exist. */
  mountNamespaces(): Iterable<MountNamespace> {
    return this.#mountNamespaces
  }

  // --- Log ---

  klog(level: number, text: string): void {
    this.log.push({ time: this.uptime(), level, text })
    if (this.log.length > LOG_LINES) this.log.splice(0, this.log.length - LOG_LINES)
  }
}

/** What a process from outside does first: exec; its failure is the exit status a shell would give. */
function* execFirst(p: Process, path: string, argv: readonly string[], environ: readonly string[]): Sim<number> {
  try {
    return yield* p.exec(path, argv, environ)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    p.kernel.klog(3, `Failed to execute ${path} (error -${error.errno})`)
    return error.code === 'ENOENT' ? 127 : 126
  }
}

function noNetwork(owner: UserNamespace): Network {
  const refuse = (): never => {
    throw new Errno('EAFNOSUPPORT')
  }
  const initial: NetNamespaceRef = { kind: 'net', ino: INITIAL_INO.net, owner }
  return {
    initial,
    createNamespace: (ino, creator) => ({ kind: 'net', ino, owner: creator }),
    destroyNamespace: () => {},
    admin: refuse,
    socket: refuse,
    socketpair: refuse,
    bind: refuse,
    listen: refuse,
    accept: refuse,
    connect: refuse,
    sendto: refuse,
    recvfrom: refuse,
    shutdown: refuse,
    getsockname: refuse,
    getpeername: refuse,
    setsockopt: refuse,
    sendFrame: refuse,
    recvFrame: refuse,
  }
}

export type { ExitStatus }

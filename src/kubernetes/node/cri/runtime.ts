/**
 * A container runtime on the kernel model: pods are a pause process that holds namespaces, containers are processes that join
 * them, with a root of overlaid layers. Source: containerd 2.2, CRI plugin. Differs: no checkpoints, no seccomp or AppArmor.
 */

import { Errno } from '#linux/errno.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { CLONE, MNT, MS, O } from '#linux/syscalls.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import { anyOf, type Sim, WaitQueue } from '#sim/wait.ts'
import type { CniPlugin } from '../cni/types.ts'
import { cgroupPath, makeCgroup, oomKilled, removeCgroup, writeResources } from './cgroups.ts'
import { capabilityMask, InitError, type InitSpec } from './container-init.ts'
import type { ImageStore } from './images.ts'
import { type OutputStream, pump } from './logs.ts'
import { execEnv, initSpec, PATH, workingDir } from './oci-spec.ts'
import { CNI_CONFIG, PodNetwork } from './pod-network.ts'
import { ignoreErrno, inProcess, mkdirs, removeAll, usage, writeFile } from './process.ts'
import { Attachment, forward, joined, Session } from './session.ts'
import { type ExecSpec, Exit, Shim, type Started, stopSignal } from './shim.ts'
import { SNAPSHOTS, Snapshotter } from './snapshotter.ts'
import { openStreams } from './stdio.ts'
import {
  type ByteStream,
  type ContainerConfig,
  type ContainerInfo,
  type ContainerStats,
  type ExecSession,
  type LinuxResources,
  type PodSandbox,
  type PodSandboxConfig,
  RpcError,
  type RuntimeEvent,
  type RuntimeService,
  type RuntimeStatus,
} from './types.ts'

export interface RuntimeOptions {
  readonly kernel: Kernel
  readonly images: ImageStore
  /** Plugins in /opt/cni/bin, by name. */
  readonly cni: (type: string) => CniPlugin | undefined
  /** Image of pause containers. */
  readonly sandboxImage: string
}

const STATE = '/run/containerd/io.containerd.runtime.v2.task/k8s.io'
const SANDBOXES = '/run/containerd/io.containerd.grpc.v1.cri/sandboxes'
const CREATE_FAILED =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: '

interface Sandbox {
  readonly id: string
  readonly config: PodSandboxConfig
  readonly shim: Shim
  readonly createdAt: number
  state: 'ready' | 'notready'
  ips: readonly string[]
  netnsPath: string
  pause: Started | undefined
  rootfs: string
  readonly dir: string
}

interface Container {
  readonly id: string
  readonly sandbox: Sandbox
  readonly config: ContainerConfig
  readonly createdAt: number
  state: 'created' | 'running' | 'exited'
  startedAt: number
  finishedAt: number
  exitCode: number
  reason: string
  message: string
  started: Started | undefined
  readonly cgroup: string
  readonly rootfs: string
  readonly snapshot: string
  readonly logPath: string
  stopping: boolean
  /** Those who see the output as it comes. */
  readonly listeners: Set<(stream: OutputStream, data: Uint8Array) => void>
  /** Where attached clients write to: descriptor in the shim. */
  stdin: number | undefined
  /** Master side of the terminal, descriptor in the shim. */
  terminal: number | undefined
  user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] }
  readonly ended: Exit
}

export class Runtime implements RuntimeService {
  readonly name = 'containerd'
  readonly version = '2.2.2'
  readonly #kernel: Kernel
  readonly #sim: Simulation
  /** The process of the runtime that runs now, or ran last. */
  #current: Process | undefined
  readonly #images: ImageStore
  readonly #network: PodNetwork
  readonly #snapshotter: Snapshotter
  readonly #sandboxImage: string
  readonly #random: Random
  readonly #sandboxes = new Map<string, Sandbox>()
  readonly #containers = new Map<string, Container>()
  readonly #listeners = new Set<(event: RuntimeEvent) => void>()
  constructor(options: RuntimeOptions) {
    this.#kernel = options.kernel
    this.#sim = options.kernel.sim
    this.#images = options.images
    this.#sandboxImage = options.sandboxImage
    this.#random = options.kernel.sim.random(`containerd/${options.kernel.uts.hostname}`)
    const runtime = (): Process => this.#process
    this.#network = new PodNetwork(options.kernel, runtime, options.cni, this.#random)
    this.#snapshotter = new Snapshotter(options.kernel, runtime)
  }

  /** `process` offers the runtime from now on. */
  serve(process: Process): void {
    const first = this.#current === undefined
    this.#current = process
    for (const dir of [STATE, SANDBOXES, SNAPSHOTS, '/run/netns', '/var/log/pods', '/var/log/containers', CNI_CONFIG]) mkdirs(process, dir)
    if (first) this.#snapshotter.keepContent(this.#images)
  }

  get #process(): Process {
    if (this.#current === undefined || this.#current.exited)
      throw new RpcError(
        'Unavailable',
        'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
      )
    return this.#current
  }

  // Networks

  /** For a thread of the runtime: reads the network configuration, now and whenever it changes. */
  watchNetwork(changed: () => void): Sim<never> {
    return this.#network.watch(changed)
  }

  status(): RuntimeStatus {
    const networkReady = this.#network.ready
    return {
      runtimeReady: true,
      networkReady,
      networkMessage: networkReady ? '' : 'Network plugin returns error: cni plugin not initialized',
    }
  }

  // Sandboxes

  *runPodSandbox(config: PodSandboxConfig): Sim<string> {
    return yield* inProcess(this.#process, 'RunPodSandbox', this.#runPodSandbox(config))
  }

  *#runPodSandbox(config: PodSandboxConfig): Sim<string> {
    const proc = this.#process
    const id = this.#newId()
    const dir = `${SANDBOXES}/${id}`
    mkdirs(proc, `${dir}/shm`)
    mkdirs(proc, config.logDirectory)
    if (!config.hostIpc) proc.mount('shm', `${dir}/shm`, 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, 'size=65536k')
    yield* writeFile(proc, `${dir}/hostname`, `${config.hostname}\n`)
    yield* writeFile(proc, `${dir}/resolv.conf`, config.resolvConf)
    const shim = new Shim(this.#kernel, id, this.#process)
    const sandbox: Sandbox = {
      id,
      config,
      shim,
      createdAt: this.#sim.now,
      state: 'notready',
      ips: [],
      netnsPath: '',
      pause: undefined,
      rootfs: '',
      dir,
    }
    try {
      if (!config.hostNetwork) {
        sandbox.netnsPath = yield* this.#network.makeNamespace()
        sandbox.ips = yield* this.#network.add(sandbox)
      }
      yield* this.#startPause(sandbox)
    } catch (error) {
      yield* this.#dismantle(sandbox)
      shim.stop()
      if (error instanceof Errno)
        throw new RpcError('Unknown', `failed to create containerd task: failed to create shim task: ${error.message}`)
      throw error
    }
    sandbox.state = 'ready'
    this.#sandboxes.set(id, sandbox)
    this.#emit({ type: 'started', sandboxId: id, containerId: id })
    return id
  }

  *#startPause(sandbox: Sandbox): Sim<void> {
    const { config, shim } = sandbox
    const image = this.#images.find(this.#sandboxImage) ?? (yield* this.#pullSandboxImage())
    const cgroup = cgroupPath(config.cgroupParent, sandbox.id)
    const rootfs = `${STATE}/${sandbox.id}/rootfs`
    this.#snapshotter.mount(image.image.layers, rootfs)
    sandbox.rootfs = rootfs
    yield* makeCgroup(this.#process, cgroup, { cpuShares: 2, oomScoreAdj: -998 })
    let flags = CLONE.NEWUTS
    if (!config.hostIpc) flags |= CLONE.NEWIPC
    if (!config.hostPid) flags |= CLONE.NEWPID
    const join = sandbox.netnsPath === '' ? [] : [{ path: sandbox.netnsPath, flag: CLONE.NEWNET }]
    sandbox.pause = yield* shim.run(
      'pause',
      this.#startProcess(shim, flags, {
        cgroup,
        join,
        rootfs,
        mounts: [{ containerPath: '/etc/resolv.conf', hostPath: `${sandbox.dir}/resolv.conf`, readonly: false }],
        shm: config.hostIpc ? '/dev/shm' : `${sandbox.dir}/shm`,
        hostname: config.hostNetwork ? undefined : config.hostname,
        sysctls: config.hostNetwork
          ? {}
          : { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647', ...config.sysctls },
        privileged: false,
        readonlyRootfs: true,
        noNewPrivs: true,
        addCapabilities: [],
        dropCapabilities: [],
        user: '65535:65535',
        group: undefined,
        groups: [],
        args: [...(image.image.config.entrypoint ?? ['/pause'])],
        env: image.image.config.env ?? [PATH],
        cwd: '/',
        oomScoreAdj: -998,
        tty: false,
      }),
    )
    const { exited } = sandbox.pause
    const watch = function* (runtime: Runtime): Sim<void> {
      yield* exited.wait()
      sandbox.state = 'notready'
      runtime.#emit({ type: 'stopped', sandboxId: sandbox.id, containerId: sandbox.id })
    }
    shim.process.thread('pause exit', watch(this))
  }

  *#pullSandboxImage(): Sim<NonNullable<ReturnType<ImageStore['find']>>> {
    yield* this.#images.pullImage(this.#sandboxImage)
    const image = this.#images.find(this.#sandboxImage)
    if (image === undefined) throw new RpcError('Unknown', `failed to get sandbox image "${this.#sandboxImage}"`)
    return image
  }

  /** Starts a process whose standard streams are /dev/null. For a thread of the shim. */
  *#startProcess(shim: Shim, flags: number, spec: Omit<InitSpec, 'stdio'>): Sim<Started> {
    const proc = shim.process
    const fd = yield* proc.open('/dev/null', O.RDWR | O.CLOEXEC)
    try {
      return yield* shim.start(flags, { ...spec, stdio: [fd, fd, fd] })
    } finally {
      proc.close(fd)
    }
  }

  *stopPodSandbox(id: string): Sim<void> {
    const sandbox = this.#sandboxes.get(id)
    if (sandbox === undefined) return
    for (const container of this.#containers.values())
      if (container.sandbox === sandbox && container.state === 'running') yield* this.stopContainer(container.id, 0)
    yield* inProcess(this.#process, 'StopPodSandbox', this.#dismantle(sandbox))
    sandbox.state = 'notready'
  }

  *#dismantle(sandbox: Sandbox): Sim<void> {
    const proc = this.#process
    if (sandbox.pause !== undefined && sandbox.pause.exited.result === undefined) {
      sandbox.shim.signal(sandbox.pause.pid, 9)
      yield* sandbox.pause.exited.wait()
    }
    if (sandbox.netnsPath !== '') {
      yield* this.#network.remove(sandbox)
      sandbox.netnsPath = ''
    }
    if (sandbox.rootfs !== '') {
      ignoreErrno(() => proc.umount(sandbox.rootfs, MNT.DETACH))
      sandbox.rootfs = ''
    }
    ignoreErrno(() => proc.umount(`${sandbox.dir}/shm`, MNT.DETACH))
    removeCgroup(proc, cgroupPath(sandbox.config.cgroupParent, sandbox.id))
  }

  *removePodSandbox(id: string): Sim<void> {
    const sandbox = this.#sandboxes.get(id)
    if (sandbox === undefined) return
    if (sandbox.state === 'ready') yield* this.stopPodSandbox(id)
    for (const container of [...this.#containers.values()]) if (container.sandbox === sandbox) yield* this.removeContainer(container.id)
    sandbox.shim.stop()
    removeAll(this.#process, sandbox.dir)
    removeAll(this.#process, `${STATE}/${id}`)
    this.#sandboxes.delete(id)
    this.#emit({ type: 'deleted', sandboxId: id, containerId: id })
  }

  listPodSandbox(): readonly PodSandbox[] {
    return [...this.#sandboxes.values()].map((s) => ({
      id: s.id,
      config: s.config,
      state: s.state,
      createdAt: s.createdAt,
      ips: s.ips,
      netnsPath: s.netnsPath,
      pid: s.pause?.exited.result === undefined ? (s.pause?.pid ?? 0) : 0,
    }))
  }

  // Containers

  *createContainer(sandboxId: string, config: ContainerConfig): Sim<string> {
    const sandbox = this.#sandbox(sandboxId)
    const image = this.#images.find(config.imageId)
    if (image === undefined) throw new RpcError('NotFound', `failed to resolve image "${config.imageId}": not found`)
    const id = this.#newId()
    const rootfs = `${STATE}/${id}/rootfs`
    const snapshot = this.#snapshotter.mount(image.image.layers, rootfs)
    const logPath = `${sandbox.config.logDirectory}/${config.logPath}`
    this.#containers.set(id, {
      id,
      sandbox,
      config,
      createdAt: this.#sim.now,
      state: 'created',
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      started: undefined,
      cgroup: cgroupPath(sandbox.config.cgroupParent, id),
      rootfs,
      snapshot,
      logPath,
      stopping: false,
      listeners: new Set(),
      stdin: undefined,
      terminal: undefined,
      user: { uid: 0, gid: 0, groups: [] },
      ended: new Exit(),
    })
    this.#emit({ type: 'created', sandboxId, containerId: id })
    return id
  }

  *startContainer(id: string): Sim<void> {
    const container = this.#container(id)
    const { sandbox } = container
    try {
      yield* inProcess(this.#process, 'StartContainer', makeCgroup(this.#process, container.cgroup, container.config.resources))
      yield* sandbox.shim.run('start', this.#start(container))
    } catch (error) {
      if (!(error instanceof InitError) && !(error instanceof Errno)) throw error
      container.state = 'exited'
      container.finishedAt = this.#sim.now
      container.exitCode = 128
      container.reason = 'StartError'
      container.message = `${CREATE_FAILED}${error.message}`
      container.ended.set({ code: 128, signal: 0 })
      this.#emit({ type: 'stopped', sandboxId: sandbox.id, containerId: id })
      throw new RpcError('Unknown', container.message)
    }
  }

  /** For a thread of the shim. */
  *#start(container: Container): Sim<void> {
    const { config, sandbox } = container
    const { shim } = sandbox
    const proc = shim.process
    const stored = this.#images.find(config.imageId)
    const image = stored?.image.config ?? {}
    mkdirs(proc, container.logPath.slice(0, container.logPath.lastIndexOf('/')))
    const log = yield* proc.open(container.logPath, O.WRONLY | O.CREAT | O.APPEND | O.CLOEXEC, 0o640)
    const streams = yield* openStreams(proc, config)
    if (config.tty) container.terminal = streams.input
    else container.stdin = streams.input
    const pausePid = sandbox.pause?.pid ?? 0
    let flags = sandbox.config.hostPid ? 0 : CLONE.NEWPID
    const target = config.targetContainerId === undefined ? undefined : this.#containers.get(config.targetContainerId)?.started?.pid
    const pidns = target ?? (sandbox.config.sharePid ? pausePid : undefined)
    if (pidns !== undefined) flags = 0
    const place = { config: sandbox.config, dir: sandbox.dir, pausePid, hostname: this.#hostname(sandbox) }
    try {
      const spec = { ...initSpec(config, image, place, container), stdio: streams.stdio }
      container.started = pidns === undefined ? yield* shim.start(flags, spec) : yield* shim.startIn(pidns, spec)
    } catch (error) {
      for (const fd of [...streams.given, ...streams.own, log]) proc.close(fd)
      throw error
    }
    for (const fd of streams.given) proc.close(fd)
    container.user = yield* this.#userOf(container)
    container.state = 'running'
    container.startedAt = this.#sim.now
    const hear = (stream: OutputStream, data: Uint8Array): void => {
      for (const listener of container.listeners) listener(stream, data)
    }
    const pumps = { left: streams.outputs.length }
    const drained = new WaitQueue()
    for (const [fd, stream] of streams.outputs) {
      const run = function* (): Sim<void> {
        yield* pump(proc, fd, stream, log, hear)
        if (--pumps.left === 0) proc.close(log)
        drained.wakeAll()
      }
      proc.thread(`${config.name} ${stream}`, run())
    }
    proc.thread(`${config.name} exit`, this.#watchExit(container, container.started, pumps, drained))
    this.#emit({ type: 'started', sandboxId: sandbox.id, containerId: container.id })
  }

  *#userOf(container: Container): Sim<Container['user']> {
    const process = this.#kernel.process(container.started?.pid ?? 0)
    const creds = process?.credentials()
    return { uid: creds?.euid ?? 0, gid: creds?.egid ?? 0, groups: creds?.groups ?? [] }
  }

  *#watchExit(container: Container, started: Started, pumps: { left: number }, drained: WaitQueue): Sim<void> {
    const result = yield* started.exited.wait()
    // What was written before the end is still on its way to the log. Others may hold the pipe open for ever.
    const deadline = this.#sim.now + SECOND
    while (pumps.left > 0 && this.#sim.now < deadline) yield* anyOf([drained, this.#sim.timer(deadline - this.#sim.now)])
    const oom = result.signal === 9 && (yield* oomKilled(this.#process, container.cgroup))
    container.state = 'exited'
    container.finishedAt = this.#sim.now
    container.exitCode = result.code
    container.reason = oom ? 'OOMKilled' : result.code === 0 ? 'Completed' : 'Error'
    container.stdin = undefined
    container.terminal = undefined
    removeCgroup(this.#process, container.cgroup)
    container.ended.set(result)
    this.#emit({ type: 'stopped', sandboxId: container.sandbox.id, containerId: container.id })
  }

  *stopContainer(id: string, timeoutSeconds: number): Sim<void> {
    const container = this.#containers.get(id)
    if (container === undefined || container.state !== 'running' || container.started === undefined) return
    const { shim } = container.sandbox
    const { pid } = container.started
    if (timeoutSeconds > 0) {
      const image = this.#images.find(container.config.imageId)
      shim.signal(pid, stopSignal(image?.image.config.stopSignal))
      const deadline = this.#sim.now + timeoutSeconds * SECOND
      while (container.ended.result === undefined && this.#sim.now < deadline)
        yield* anyOf([container.ended.queue, this.#sim.timer(deadline - this.#sim.now)])
    }
    if (container.ended.result !== undefined) return
    shim.signal(pid, 9)
    yield* container.ended.wait()
  }

  *removeContainer(id: string): Sim<void> {
    const container = this.#containers.get(id)
    if (container === undefined) return
    if (container.state === 'running') yield* this.stopContainer(id, 0)
    const proc = this.#process
    ignoreErrno(() => proc.umount(container.rootfs, MNT.DETACH))
    removeAll(proc, `${STATE}/${id}`)
    removeAll(proc, container.snapshot)
    this.#containers.delete(id)
    this.#emit({ type: 'deleted', sandboxId: container.sandbox.id, containerId: id })
  }

  listContainers(): readonly ContainerInfo[] {
    return [...this.#containers.values()].map(containerInfo)
  }

  containerStatus(id: string): ContainerInfo | undefined {
    const container = this.#containers.get(id)
    return container === undefined ? undefined : containerInfo(container)
  }

  // Inside containers

  *exec(id: string, command: readonly string[], options: { readonly stdin: boolean; readonly tty: boolean }): Sim<ExecSession> {
    const container = this.#container(id)
    const { started, sandbox } = container
    if (container.state !== 'running' || started === undefined)
      throw new RpcError('Unknown', `container is in CONTAINER_${container.state.toUpperCase()} state`)
    return yield* sandbox.shim.run('exec', this.#exec(container, started.pid, command, options))
  }

  /** For a thread of the shim. */
  *#exec(
    container: Container,
    target: number,
    command: readonly string[],
    options: { readonly stdin: boolean; readonly tty: boolean },
  ): Sim<ExecSession> {
    const { shim } = container.sandbox
    const proc = shim.process
    const streams = yield* openStreams(proc, options)
    const image = this.#images.find(container.config.imageId)?.image.config ?? {}
    const running = this.#kernel.process(target)
    const home = running?.environ.find((e) => e.startsWith('HOME='))
    const spec: ExecSpec = {
      cgroup: container.cgroup,
      args: command,
      env: execEnv(container.config, image, this.#hostname(container.sandbox), options.tty, home),
      cwd: workingDir(container.config, image),
      ...container.user,
      capabilities: capabilityMask(container.config),
      stdio: streams.stdio,
      tty: options.tty,
    }
    try {
      const started = yield* shim.exec(target, spec)
      for (const fd of streams.given) proc.close(fd)
      return new Session(shim, streams.outputs, streams.input, options.tty ? streams.input : undefined, started)
    } catch (error) {
      for (const fd of [...streams.given, ...streams.own]) proc.close(fd)
      if (!(error instanceof InitError) && !(error instanceof Errno)) throw error
      throw new RpcError(
        'Unknown',
        `failed to exec in container: failed to start exec "${this.#newId()}": OCI runtime exec failed: exec failed: unable to start container process: ${error.message}`,
      )
    }
  }

  *execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Sim<{ readonly stdout: Uint8Array; readonly stderr: Uint8Array; readonly exitCode: number }> {
    const session = yield* this.exec(id, command, { stdin: false, tty: false })
    const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
    const done = new WaitQueue()
    const finished: { code?: number } = {}
    const gather = function* (): Sim<void> {
      for (;;) {
        const part = yield* session.read()
        if (part === undefined) break
        parts[part.stream].push(part.data)
      }
      finished.code = yield* session.wait()
      done.wakeAll()
    }
    this.#process.thread('ExecSync', gather())
    const deadline = timeoutSeconds > 0 ? this.#sim.now + timeoutSeconds * SECOND : Number.POSITIVE_INFINITY
    while (finished.code === undefined) {
      if (deadline === Number.POSITIVE_INFINITY) yield* done.wait()
      else {
        if (this.#sim.now >= deadline) {
          session.close()
          throw new RpcError(
            'DeadlineExceeded',
            `failed to exec in container: timeout ${timeoutSeconds}s exceeded: context deadline exceeded`,
          )
        }
        yield* anyOf([done, this.#sim.timer(deadline - this.#sim.now)])
      }
    }
    return { stdout: joined(parts.stdout), stderr: joined(parts.stderr), exitCode: finished.code }
  }

  attach(id: string): ExecSession {
    const container = this.#container(id)
    if (container.state !== 'running') throw new RpcError('Unknown', `container is in CONTAINER_${container.state.toUpperCase()} state`)
    return new Attachment(container, container.sandbox.shim)
  }

  *portForward(sandboxId: string, port: number): Sim<ByteStream> {
    const sandbox = this.#sandbox(sandboxId)
    const pid = sandbox.pause?.pid
    if (sandbox.state !== 'ready' || pid === undefined) throw new RpcError('Unknown', `sandbox container "${sandboxId}" is not running`)
    return yield* forward(this.#kernel, this.#process, sandbox.config.hostNetwork ? undefined : pid, port)
  }

  stats(): readonly ContainerStats[] {
    const out: ContainerStats[] = []
    for (const container of this.#containers.values()) {
      if (container.state !== 'running') continue
      const cgroup = this.#kernel.cgroups.find(container.cgroup)
      if (cgroup !== undefined)
        out.push({
          containerId: container.id,
          cpuMicros: cgroup.cpu.userMicros + cgroup.cpu.systemMicros,
          memoryBytes: cgroup.memory.anon + cgroup.memory.file + cgroup.memory.kernel,
          writable: usage(this.#process, `${container.snapshot}/fs`),
        })
    }
    return out
  }

  *updateContainerResources(id: string, resources: LinuxResources): Sim<void> {
    yield* inProcess(this.#process, 'UpdateContainerResources', writeResources(this.#process, this.#container(id).cgroup, resources))
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  unpack(reference: string): readonly string[] {
    const stored = this.#images.find(reference)
    if (stored === undefined) throw new RpcError('NotFound', `image "${reference}": not found`)
    return this.#snapshotter.unpack(stored.image.layers)
  }

  #hostname({ config }: Sandbox): string {
    return config.hostNetwork ? this.#kernel.uts.hostname : config.hostname
  }

  #newId(): string {
    return this.#random.string(64, '0123456789abcdef')
  }

  #sandbox(id: string): Sandbox {
    const sandbox = this.#sandboxes.get(id)
    if (sandbox === undefined) throw new RpcError('NotFound', `an error occurred when try to find sandbox "${id}": not found`)
    return sandbox
  }

  #container(id: string): Container {
    const container = this.#containers.get(id)
    if (container === undefined) throw new RpcError('NotFound', `an error occurred when try to find container "${id}": not found`)
    return container
  }
}

function containerInfo(c: Container): ContainerInfo {
  return {
    id: c.id,
    sandboxId: c.sandbox.id,
    config: c.config,
    state: c.state,
    createdAt: c.createdAt,
    startedAt: c.startedAt,
    finishedAt: c.finishedAt,
    exitCode: c.exitCode,
    reason: c.reason,
    message: c.message,
    pid: c.state === 'running' ? (c.started?.pid ?? 0) : 0,
    logPath: c.logPath,
  }
}

/**
 * A container runtime on the kernel model: pods are a pause process that holds namespaces, containers are processes that join
 * them, with a root of overlaid layers. Source: containerd 2.2, CRI plugin. Differs: no checkpoints, no seccomp or AppArmor.
 */

import { Errno } from '#linux/errno.ts'
import { buildTree, type ImageTree } from '#linux/fs/memory/image.ts'
import type { MemoryInode } from '#linux/fs/memory/inode.ts'
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { CLONE, MNT, MS, O, type Proc, S } from '#linux/syscalls.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import { anyOf, type Sim, WaitQueue } from '#sim/wait.ts'
import type { CniConfigList, CniPlugin, CniRequest, CniResult } from '../cni/types.ts'
import { capabilityMask, InitError, type InitSpec } from './container-init.ts'
import type { Blob } from './content.ts'
import { type ImageStore, layerTree, type RegistryLayer } from './images.ts'
import { type OutputStream, pump } from './logs.ts'
import { ensureCgroup, exists, ignoreErrno, inProcess, mkdirs, removeAll, tryReadText, usage, writeControl, writeFile } from './process.ts'
import { Attachment, forward, joined, Session } from './session.ts'
import { type ExecSpec, Exit, Shim, type Started, stopSignal } from './shim.ts'
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
const SNAPSHOTS = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots'
const BLOBS = '/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256'
const CNI_CONFIG = '/etc/cni/net.d'
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
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
  readonly #cni: (type: string) => CniPlugin | undefined
  readonly #sandboxImage: string
  readonly #random: Random
  readonly #sandboxes = new Map<string, Sandbox>()
  readonly #containers = new Map<string, Container>()
  readonly #listeners = new Set<(event: RuntimeEvent) => void>()
  /** Directories of unpacked layers. */
  readonly #layers = new Map<RegistryLayer, string>()
  #snapshots = 0
  #network: CniConfigList | undefined

  constructor(options: RuntimeOptions) {
    this.#kernel = options.kernel
    this.#sim = options.kernel.sim
    this.#images = options.images
    this.#cni = options.cni
    this.#sandboxImage = options.sandboxImage
    this.#random = options.kernel.sim.random(`containerd/${options.kernel.uts.hostname}`)
  }

  /** `process` offers the runtime from now on. */
  serve(process: Process): void {
    const first = this.#current === undefined
    this.#current = process
    for (const dir of [STATE, SANDBOXES, SNAPSHOTS, '/run/netns', '/var/log/pods', '/var/log/containers', CNI_CONFIG]) mkdirs(process, dir)
    if (first) this.#keepContent()
  }

  /** The content store: a file a blob, those of the images that the node comes with at once. */
  #keepContent(): void {
    const path = (blob: Blob): string => `${BLOBS}/${blob.digest.slice('sha256:'.length)}`
    mkdirs(this.#process, BLOBS)
    this.#graft(
      BLOBS,
      buildTree(this.#images.blobs().map((blob) => ({ path: path(blob).slice(BLOBS.length), mode: S.IFREG | 0o444, content: blob.bytes }))),
    )
    const write = function* (proc: Proc, blobs: readonly Blob[]): Sim<void> {
      for (const blob of blobs) if (!exists(proc, path(blob))) yield* writeFile(proc, path(blob), blob.bytes, 0o444)
    }
    this.#images.keeper = {
      add: (blobs) => inProcess(this.#process, 'content', write(this.#process, blobs)),
      remove: (blobs) => {
        for (const blob of blobs) if (exists(this.#process, path(blob))) this.#process.unlink(path(blob))
      },
    }
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

  /** Reads the network configuration, now and whenever /etc/cni/net.d changes. For a thread of the runtime. */
  *watchNetwork(changed: () => void): Sim<never> {
    const proc = this.#process
    for (;;) {
      const before = JSON.stringify(this.#network)
      this.#network = yield* this.#readNetwork()
      if (JSON.stringify(this.#network) !== before) changed()
      // A file may be made first and written afterwards.
      const files = proc.readdir(CNI_CONFIG).map((entry) => `${CNI_CONFIG}/${entry.name}`)
      yield* anyOf([CNI_CONFIG, ...files].map((path) => proc.watchPath(path)))
    }
  }

  *#readNetwork(): Sim<CniConfigList | undefined> {
    const proc = this.#process
    const names = proc
      .readdir(CNI_CONFIG)
      .map((e) => e.name)
      .filter((n) => /\.(conf|conflist|json)$/.test(n))
      .sort()
    for (const name of names) {
      const text = yield* tryReadText(proc, `${CNI_CONFIG}/${name}`)
      try {
        const parsed = JSON.parse(text ?? '') as CniConfigList
        if (Array.isArray(parsed.plugins)) return parsed
      } catch {
        // Half written, or broken: the next one counts.
      }
    }
    return undefined
  }

  status(): RuntimeStatus {
    const networkReady = this.#network !== undefined
    return {
      runtimeReady: true,
      networkReady,
      networkMessage: networkReady ? '' : 'Network plugin returns error: cni plugin not initialized',
    }
  }

  *#cniAdd(sandbox: Sandbox): Sim<void> {
    const list = this.#network
    if (list === undefined) throw new RpcError('Unknown', `failed to setup network for sandbox "${sandbox.id}": cni plugin not initialized`)
    let result: CniResult | undefined
    for (const config of list.plugins) {
      const plugin = this.#plugin(config.type)
      result = yield* plugin.add(this.#process, this.#request(sandbox, list, config, result))
    }
    sandbox.ips = (result?.ips ?? []).map((ip) => ip.address.replace(/\/\d+$/, ''))
  }

  *#cniDel(sandbox: Sandbox): Sim<void> {
    const list = this.#network
    for (const config of [...(list?.plugins ?? [])].reverse()) {
      if (list !== undefined) yield* this.#plugin(config.type).del(this.#process, this.#request(sandbox, list, config, undefined))
    }
  }

  #plugin(type: string): CniPlugin {
    const plugin = this.#cni(type)
    if (plugin === undefined) throw new Error(`failed to find plugin "${type}" in path [/opt/cni/bin]`)
    return plugin
  }

  #request(sandbox: Sandbox, list: CniConfigList, config: CniConfigList['plugins'][number], prevResult: CniResult | undefined): CniRequest {
    const base = {
      containerId: sandbox.id,
      netnsPath: sandbox.netnsPath,
      ifName: 'eth0',
      networkName: list.name,
      config,
      portMappings: sandbox.config.portMappings,
    }
    return prevResult === undefined ? base : { ...base, prevResult }
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
        yield* this.#makeNetns(sandbox)
        try {
          yield* this.#cniAdd(sandbox)
        } catch (error) {
          if (error instanceof RpcError) throw error
          const text = error instanceof Error ? error.message : String(error)
          throw new RpcError(
            'Unknown',
            `failed to setup network for sandbox "${id}": plugin type="${this.#network?.plugins[0]?.type ?? ''}" name="${this.#network?.name ?? ''}" failed (add): ${text}`,
          )
        }
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

  /** A network namespace that stays without a process: a mount of its nsfs file. */
  *#makeNetns(sandbox: Sandbox): Sim<void> {
    const name = `cni-${this.#random.uuid()}`
    const path = `/run/netns/${name}`
    sandbox.netnsPath = `/var/run/netns/${name}`
    yield* writeFile(this.#process, path, '')
    const done = new WaitQueue()
    const outcome: { ended: boolean } = { ended: false }
    const make = function* (child: Proc): Sim<number> {
      child.net.setLink('lo', { up: true })
      child.mount('/proc/self/ns/net', path, '', MS.BIND, '')
      outcome.ended = true
      done.wakeAll()
      return 0
    }
    const pid = this.#process.fork(make, CLONE.NEWNET)
    while (!outcome.ended) {
      const child = this.#kernel.process(pid)
      if (child === undefined || child.exited) break
      yield* done.wait()
    }
    yield* this.#process.wait(pid)
  }

  *#startPause(sandbox: Sandbox): Sim<void> {
    const { config, shim } = sandbox
    const image = this.#images.find(this.#sandboxImage) ?? (yield* this.#pullSandboxImage())
    const cgroup = `${config.cgroupParent}/cri-containerd-${sandbox.id}.scope`
    const rootfs = `${STATE}/${sandbox.id}/rootfs`
    yield* this.#mountRoot(image.image.layers, rootfs)
    sandbox.rootfs = rootfs
    yield* this.#makeCgroup(cgroup, { cpuShares: 2, oomScoreAdj: -998 })
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
      const path = sandbox.netnsPath.replace('/var/run/', '/run/')
      try {
        yield* this.#cniDel(sandbox)
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
      }
      ignoreErrno(() => proc.umount(path, MNT.DETACH))
      ignoreErrno(() => proc.unlink(path))
      sandbox.netnsPath = ''
    }
    if (sandbox.rootfs !== '') {
      ignoreErrno(() => proc.umount(sandbox.rootfs, MNT.DETACH))
      sandbox.rootfs = ''
    }
    ignoreErrno(() => proc.umount(`${sandbox.dir}/shm`, MNT.DETACH))
    this.#removeCgroup(`${sandbox.config.cgroupParent}/cri-containerd-${sandbox.id}.scope`)
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
    const snapshot = yield* inProcess(this.#process, 'CreateContainer', this.#mountRoot(image.image.layers, rootfs))
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
      cgroup: `${sandbox.config.cgroupParent}/cri-containerd-${id}.scope`,
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
      yield* inProcess(this.#process, 'StartContainer', this.#makeCgroup(container.cgroup, container.config.resources))
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
    const opened: number[] = []
    const own: number[] = []
    const keep = (fd: number): number => {
      proc.setCloexec(fd, true)
      own.push(fd)
      return fd
    }
    const give = (fd: number): number => {
      proc.setCloexec(fd, true)
      opened.push(fd)
      return fd
    }
    let stdio: [number, number, number]
    const sources: [number, OutputStream][] = []
    if (config.tty) {
      const { master, slave } = proc.openpty()
      keep(master)
      give(slave)
      stdio = [slave, slave, slave]
      sources.push([master, 'stdout'])
      container.terminal = master
    } else {
      const out = proc.pipe()
      const err = proc.pipe()
      let input: number
      if (config.stdin) {
        const pipe = proc.pipe()
        input = give(pipe.read)
        container.stdin = keep(pipe.write)
      } else input = give(yield* proc.open('/dev/null', O.RDONLY))
      stdio = [input, give(out.write), give(err.write)]
      sources.push([keep(out.read), 'stdout'], [keep(err.read), 'stderr'])
    }
    const env = mergeEnv([
      PATH,
      ...(config.tty ? ['TERM=xterm'] : []),
      `HOSTNAME=${sandbox.config.hostNetwork ? this.#kernel.uts.hostname : sandbox.config.hostname}`,
      ...(image.env ?? []),
      ...config.envs,
    ])
    const args =
      config.command.length > 0
        ? [...config.command, ...config.args]
        : [...(image.entrypoint ?? []), ...(config.args.length > 0 ? config.args : (image.cmd ?? []))]
    const user = config.runAsUser === undefined ? (image.user ?? '') : String(config.runAsUser)
    const cwd =
      config.workingDir !== '' ? config.workingDir : image.workingDir !== undefined && image.workingDir !== '' ? image.workingDir : '/'
    const pausePid = sandbox.pause?.pid ?? 0
    const ns = (name: string, flag: number): { readonly path: string; readonly flag: number } => ({
      path: `/proc/${pausePid}/ns/${name}`,
      flag,
    })
    const join = [ns('net', CLONE.NEWNET), ns('uts', CLONE.NEWUTS), ns('ipc', CLONE.NEWIPC)]
    let flags = sandbox.config.hostPid ? 0 : CLONE.NEWPID
    const target = config.targetContainerId === undefined ? undefined : this.#containers.get(config.targetContainerId)?.started?.pid
    const pidns = target ?? (sandbox.config.sharePid ? pausePid : undefined)
    if (pidns !== undefined) flags = 0
    const spec: InitSpec = {
      cgroup: container.cgroup,
      join,
      rootfs: container.rootfs,
      mounts: [
        { containerPath: '/etc/hostname', hostPath: `${sandbox.dir}/hostname`, readonly: false },
        { containerPath: '/etc/resolv.conf', hostPath: `${sandbox.dir}/resolv.conf`, readonly: false },
        ...config.mounts,
      ],
      shm: sandbox.config.hostIpc ? '/dev/shm' : `${sandbox.dir}/shm`,
      hostname: undefined,
      sysctls: {},
      privileged: config.privileged,
      readonlyRootfs: config.readonlyRootfs,
      noNewPrivs: config.noNewPrivs,
      addCapabilities: config.addCapabilities,
      dropCapabilities: config.dropCapabilities,
      user,
      group: config.runAsGroup,
      groups: config.supplementalGroups,
      args,
      env,
      cwd,
      oomScoreAdj: config.resources.oomScoreAdj,
      stdio,
      tty: config.tty,
    }
    if (args.length === 0) throw new InitError('no command specified')
    try {
      container.started = pidns === undefined ? yield* shim.start(flags, spec) : yield* shim.startIn(pidns, spec)
    } catch (error) {
      for (const fd of [...opened, ...own, log]) proc.close(fd)
      throw error
    }
    for (const fd of opened) proc.close(fd)
    container.user = yield* this.#userOf(container)
    container.state = 'running'
    container.startedAt = this.#sim.now
    const hear = (stream: OutputStream, data: Uint8Array): void => {
      for (const listener of container.listeners) listener(stream, data)
    }
    const pumps = { left: sources.length }
    const drained = new WaitQueue()
    for (const [fd, stream] of sources) {
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
    const oom = result.signal === 9 && (yield* this.#oomKilled(container.cgroup))
    container.state = 'exited'
    container.finishedAt = this.#sim.now
    container.exitCode = result.code
    container.reason = oom ? 'OOMKilled' : result.code === 0 ? 'Completed' : 'Error'
    container.stdin = undefined
    container.terminal = undefined
    this.#removeCgroup(container.cgroup)
    container.ended.set(result)
    this.#emit({ type: 'stopped', sandboxId: container.sandbox.id, containerId: container.id })
  }

  *#oomKilled(cgroup: string): Sim<boolean> {
    const events = yield* tryReadText(this.#process, `/sys/fs/cgroup${cgroup}/memory.events`)
    return /^oom_kill [1-9]/m.test(events ?? '')
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
    const give: number[] = []
    const own: number[] = []
    let stdio: [number, number, number]
    let input: number | undefined
    const outputs: [number, OutputStream][] = []
    if (options.tty) {
      const { master, slave } = proc.openpty()
      give.push(slave)
      own.push(master)
      stdio = [slave, slave, slave]
      outputs.push([master, 'stdout'])
      input = master
    } else {
      const out = proc.pipe()
      const err = proc.pipe()
      let from: number
      if (options.stdin) {
        const pipe = proc.pipe()
        from = pipe.read
        input = pipe.write
        own.push(pipe.write)
      } else from = yield* proc.open('/dev/null', O.RDONLY)
      give.push(from, out.write, err.write)
      own.push(out.read, err.read)
      stdio = [from, out.write, err.write]
      outputs.push([out.read, 'stdout'], [err.read, 'stderr'])
    }
    for (const fd of [...give, ...own]) proc.setCloexec(fd, true)
    const image = this.#images.find(container.config.imageId)?.image.config ?? {}
    const hostname = container.sandbox.config.hostNetwork ? this.#kernel.uts.hostname : container.sandbox.config.hostname
    const env = mergeEnv([
      PATH,
      `HOSTNAME=${hostname}`,
      ...(options.tty ? ['TERM=xterm'] : []),
      ...(image.env ?? []),
      ...container.config.envs,
    ])
    const running = this.#kernel.process(target)
    const home = running?.environ.find((e) => e.startsWith('HOME='))
    const spec: ExecSpec = {
      cgroup: container.cgroup,
      args: command,
      env: home === undefined || env.some((e) => e.startsWith('HOME=')) ? env : [...env, home],
      cwd: container.config.workingDir !== '' ? container.config.workingDir : (image.workingDir ?? '/'),
      ...container.user,
      capabilities: capabilityMask(container.config),
      stdio,
      tty: options.tty,
    }
    try {
      const started = yield* shim.exec(target, spec)
      for (const fd of give) proc.close(fd)
      return new Session(shim, outputs, input, options.tty ? input : undefined, started)
    } catch (error) {
      for (const fd of [...give, ...own]) proc.close(fd)
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
    yield* inProcess(this.#process, 'UpdateContainerResources', this.#writeResources(this.#container(id).cgroup, resources))
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  // Roots and cgroups

  /** Mounts an overlay of `layers` with an upper directory of its own; returns the snapshot's directory. */
  *#mountRoot(layers: readonly RegistryLayer[], rootfs: string): Sim<string> {
    const proc = this.#process
    const lower = [...layers].reverse().map((layer) => this.#unpack(layer))
    const snapshot = `${SNAPSHOTS}/${++this.#snapshots}`
    for (const dir of [`${snapshot}/fs`, `${snapshot}/work`, rootfs]) mkdirs(proc, dir)
    proc.mount('overlay', rootfs, 'overlay', MS.RELATIME, `lowerdir=${lower.join(':')},upperdir=${snapshot}/fs,workdir=${snapshot}/work`)
    return snapshot
  }

  #unpack(layer: RegistryLayer): string {
    const known = this.#layers.get(layer)
    if (known !== undefined) return known
    const dir = `${SNAPSHOTS}/${++this.#snapshots}/fs`
    mkdirs(this.#process, dir)
    this.#graft(dir, layerTree(layer))
    this.#layers.set(layer, dir)
    return dir
  }

  /** Fills an empty directory. By system calls it would take as long as it does on a real machine, to the same end. */
  #graft(dir: string, tree: ImageTree): void {
    const memory = this.#kernel.vfs.resolve(this.#process.fs, dir).dentry.inode as MemoryInode
    memory.sb.graft(memory, tree)
  }

  unpack(reference: string): readonly string[] {
    const stored = this.#images.find(reference)
    if (stored === undefined) throw new RpcError('NotFound', `image "${reference}": not found`)
    return [...stored.image.layers].reverse().map((layer) => this.#unpack(layer))
  }

  *#makeCgroup(path: string, resources: LinuxResources): Sim<void> {
    yield* ensureCgroup(this.#process, path)
    yield* this.#writeResources(path, resources)
  }

  *#writeResources(path: string, { cpuShares, cpuQuota, cpuPeriod, memoryLimit }: LinuxResources): Sim<void> {
    const dir = `/sys/fs/cgroup${path}`
    const write = (file: string, value: string): Sim<void> => tryControl(this.#process, `${dir}/${file}`, value)
    yield* write('cpu.weight', String(cpuWeight(cpuShares)))
    if (cpuQuota !== undefined && cpuQuota > 0) yield* write('cpu.max', `${cpuQuota} ${cpuPeriod ?? 100_000}`)
    if (memoryLimit !== undefined && memoryLimit > 0) yield* write('memory.max', String(memoryLimit))
  }

  #removeCgroup(path: string): void {
    ignoreErrno(() => this.#process.rmdir(`/sys/fs/cgroup${path}`))
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

function* tryControl(proc: Proc, path: string, value: string): Sim<void> {
  try {
    yield* writeControl(proc, path, value)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** cgroup v1 shares as a v2 weight. Source: runc ConvertCPUSharesToCgroupV2Value. */
export function cpuWeight(shares: number): number {
  return shares <= 0 ? 100 : Math.max(1, Math.floor(1 + ((shares - 2) * 9999) / 262_142))
}

/** Later settings of a variable replace earlier ones where they stand. */
export function mergeEnv(env: readonly string[]): string[] {
  const merged = new Map<string, string>()
  for (const entry of env) merged.set(entry.slice(0, Math.max(0, entry.indexOf('='))), entry)
  return [...merged.values()]
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

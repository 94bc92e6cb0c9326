/** The Container Runtime Interface: what the kubelet (and crictl) ask of a runtime. Source: cri-api runtime/v1. */
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'

/** A call failed: gRPC status code and text. `message` is as gRPC prints it. */
export class RpcError extends Error {
  override name = 'RpcError'
  readonly code: string
  readonly desc: string

  constructor(code: string, desc: string) {
    super(`rpc error: code = ${code} desc = ${desc}`)
    this.code = code
    this.desc = desc
  }
}

export interface PodSandboxConfig {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly attempt: number
  readonly hostname: string
  /** `/var/log/pods/NAMESPACE_NAME_UID`. */
  readonly logDirectory: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly portMappings: readonly import('../cni/types.ts').PortMapping[]
  /** Cgroup of the pod: `/kubelet.slice/kubelet-kubepods.slice/…`. */
  readonly cgroupParent: string
  readonly hostNetwork: boolean
  readonly hostPid: boolean
  readonly hostIpc: boolean
  /** All containers in the sandbox's pid namespace. */
  readonly sharePid: boolean
  readonly sysctls: Readonly<Record<string, string>>
  /** Content of /etc/resolv.conf, where the sandbox has one of its own. */
  readonly resolvConf: string
}

export type SandboxState = 'ready' | 'notready'

export interface PodSandbox {
  readonly id: string
  readonly config: PodSandboxConfig
  readonly state: SandboxState
  readonly createdAt: Micros
  /** Addresses of the pod, without prefix; empty on the host's network. */
  readonly ips: readonly string[]
  readonly netnsPath: string
  readonly pid: number
}

export interface Mount {
  readonly containerPath: string
  readonly hostPath: string
  readonly readonly: boolean
  readonly propagation?: 'private' | 'hostToContainer' | 'bidirectional'
}

/** What a container may use. CPU in microseconds a period, memory in bytes. */
export interface LinuxResources {
  readonly cpuShares: number
  readonly cpuQuota?: number
  readonly cpuPeriod?: number
  readonly memoryLimit?: number
  readonly oomScoreAdj: number
}

export interface ContainerConfig {
  readonly name: string
  readonly attempt: number
  /** As the pod names it: `nginx:1.27`. */
  readonly image: string
  /** Id of the image that was resolved. */
  readonly imageId: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly workingDir: string
  /** `NAME=value`. */
  readonly envs: readonly string[]
  readonly mounts: readonly Mount[]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Relative to the sandbox's log directory: `app/0.log`. */
  readonly logPath: string
  readonly stdin: boolean
  readonly stdinOnce: boolean
  readonly tty: boolean
  readonly resources: LinuxResources
  /** Undefined: the image's. */
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly supplementalGroups: readonly number[]
  readonly privileged: boolean
  readonly readonlyRootfs: boolean
  readonly noNewPrivs: boolean
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
  /** Shares the pid namespace of another container (`kubectl debug --target`). */
  readonly targetContainerId?: string
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown'

export interface ContainerInfo {
  readonly id: string
  readonly sandboxId: string
  readonly config: ContainerConfig
  readonly state: ContainerState
  readonly createdAt: Micros
  readonly startedAt: Micros
  readonly finishedAt: Micros
  readonly exitCode: number
  /** `Completed`, `Error`, `OOMKilled`, `StartError`. */
  readonly reason: string
  readonly message: string
  /** Of the process in the host's pid namespace; 0 when none runs. */
  readonly pid: number
  /** Absolute path of the log. */
  readonly logPath: string
}

/** Something happened to a container or sandbox (evented PLEG). */
export interface RuntimeEvent {
  readonly type: 'created' | 'started' | 'stopped' | 'deleted'
  readonly sandboxId: string
  readonly containerId: string
}

/** A process in a container whose streams are served to somebody. */
export interface ExecSession {
  /** Input for the process; undefined closes its standard input. */
  write(data: Uint8Array | undefined): void
  /** The next output; undefined once the process has ended and all is read. */
  read(): Sim<{ readonly stream: 'stdout' | 'stderr'; readonly data: Uint8Array } | undefined>
  resize(rows: number, cols: number): void
  /** Waits for the exit code (128 + signal when killed). */
  wait(): Sim<number>
  /** The client is gone. */
  close(): void
}

/** Bytes in both directions: a connection into a pod. */
export interface ByteStream {
  read(): Sim<Uint8Array | undefined>
  write(data: Uint8Array): void
  close(): void
}

export interface RuntimeStatus {
  readonly runtimeReady: boolean
  readonly networkReady: boolean
  readonly networkMessage: string
}

/** CPU in microseconds used, memory in bytes. */
export interface ContainerStats {
  readonly containerId: string
  readonly cpuMicros: Micros
  readonly memoryBytes: number
  /** Of the layer the container writes to. */
  readonly writable: { readonly bytes: number; readonly inodes: number }
}

export interface RuntimeService {
  readonly name: string
  readonly version: string
  status(): RuntimeStatus
  runPodSandbox(config: PodSandboxConfig): Sim<string>
  stopPodSandbox(id: string): Sim<void>
  removePodSandbox(id: string): Sim<void>
  listPodSandbox(): readonly PodSandbox[]
  createContainer(sandboxId: string, config: ContainerConfig): Sim<string>
  startContainer(id: string): Sim<void>
  /** Sends the stop signal, then after `timeoutSeconds` SIGKILL; returns when the container has ended. */
  stopContainer(id: string, timeoutSeconds: number): Sim<void>
  removeContainer(id: string): Sim<void>
  listContainers(): readonly ContainerInfo[]
  /** Undefined when there is no such container. */
  containerStatus(id: string): ContainerInfo | undefined
  execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Sim<{ readonly stdout: Uint8Array; readonly stderr: Uint8Array; readonly exitCode: number }>
  exec(id: string, command: readonly string[], options: { readonly stdin: boolean; readonly tty: boolean }): Sim<ExecSession>
  attach(id: string): ExecSession
  /** A connection to `port` on the pod's loopback. */
  portForward(sandboxId: string, port: number): Sim<ByteStream>
  stats(): readonly ContainerStats[]
  updateContainerResources(id: string, resources: LinuxResources): Sim<void>
  /** Unpacks the layers of an image that is there; their directories, the topmost first. Absent: a runtime without snapshots. */
  unpack?(reference: string): readonly string[]
  /** Tells `listener` of events until the returned function is called. */
  subscribe(listener: (event: RuntimeEvent) => void): () => void
}

export interface ImageInfo {
  /** `sha256:…`. */
  readonly id: string
  readonly repoTags: readonly string[]
  readonly repoDigests: readonly string[]
  readonly sizeBytes: number
  /** User of the image's configuration, for runAsNonRoot. */
  readonly user: string
}

/** How an image's containers start. Source: OCI image specification, config.md. */
export interface ImageConfig {
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly env?: readonly string[]
  readonly user?: string
  readonly workingDir?: string
  readonly exposedPorts?: readonly string[]
  readonly stopSignal?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** Configuration and layers of an image, as `crictl inspecti` shows them. Source: OCI image specification, config.md. */
export interface ImageSpec {
  readonly config: ImageConfig
  /** The lowest first. */
  readonly layers: readonly { readonly digest: string; readonly sizeBytes: number; readonly createdBy: string }[]
}

export interface ImageService {
  /** Undefined when the image isn't there, or its layers are not modelled. */
  imageSpec?(reference: string): ImageSpec | undefined
  /** The blobs of an image; undefined when it isn't there. Absent: a runtime without a content store. */
  imageContent?(reference: string): import('./content.ts').ImageContent | undefined
  listImages(): readonly ImageInfo[]
  /** Undefined when the image isn't there. */
  imageStatus(reference: string): ImageInfo | undefined
  pullImage(reference: string): Sim<string>
  removeImage(reference: string): Sim<void>
}

/** Where a runtime listens. */
export const CRI_SOCKET = '/run/containerd/containerd.sock'

/** How to reach a node's runtime (behind its socket); undefined while it is down. */
export class CriEndpoint {
  runtime: RuntimeService | undefined
  images: ImageService | undefined
  /** Fires when a runtime has come or gone, or its conditions changed. */
  readonly changed = new WaitQueue()
}

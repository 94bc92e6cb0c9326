/** A container runtime without a kernel: containers run until they are stopped. For kubemark's hollow nodes. */
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import {
  type ByteStream,
  type ContainerConfig,
  type ContainerInfo,
  type ContainerStats,
  CriEndpoint,
  type ExecSession,
  type ImageInfo,
  type ImageService,
  type PodSandbox,
  type PodSandboxConfig,
  RpcError,
  type RuntimeEvent,
  type RuntimeService,
  type RuntimeStatus,
} from '../cri/types.ts'

const NOT_MODELLED = 'podlab: containers of hollow nodes have no processes'

export class HollowRuntime implements RuntimeService, ImageService {
  readonly name = 'fakeRuntime'
  readonly version = '0.1.0'
  readonly #sim: Simulation
  readonly #random: Random
  /** First three numbers of pod addresses: `10.244.7`. */
  readonly #prefix: string
  readonly #sandboxes = new Map<string, PodSandbox>()
  readonly #containers = new Map<string, ContainerInfo>()
  readonly #listeners = new Set<(event: RuntimeEvent) => void>()
  readonly #images = new Set<string>()
  #next = 2

  constructor(sim: Simulation, node: string, prefix: string) {
    this.#sim = sim
    this.#random = sim.random(`hollow/${node}`)
    this.#prefix = prefix
  }

  /** An endpoint that offers this runtime. */
  endpoint(): CriEndpoint {
    const endpoint = new CriEndpoint()
    endpoint.runtime = this
    endpoint.images = this
    return endpoint
  }

  status(): RuntimeStatus {
    return { runtimeReady: true, networkReady: true, networkMessage: '' }
  }

  *runPodSandbox(config: PodSandboxConfig): Sim<string> {
    const id = this.#newId()
    const host = this.#next
    this.#next = this.#next >= 254 ? 2 : this.#next + 1
    const ips = config.hostNetwork ? [] : [`${this.#prefix}.${host}`]
    this.#sandboxes.set(id, { id, config, state: 'ready', createdAt: this.#sim.now, ips, netnsPath: '', pid: 0 })
    this.#emit('started', id, id)
    return id
  }

  *stopPodSandbox(id: string): Sim<void> {
    const sandbox = this.#sandboxes.get(id)
    if (sandbox === undefined) return
    for (const container of this.#containers.values())
      if (container.sandboxId === id && container.state === 'running') yield* this.stopContainer(container.id)
    this.#sandboxes.set(id, { ...sandbox, state: 'notready' })
  }

  *removePodSandbox(id: string): Sim<void> {
    for (const container of [...this.#containers.values()]) if (container.sandboxId === id) this.#containers.delete(container.id)
    this.#sandboxes.delete(id)
  }

  listPodSandbox(): readonly PodSandbox[] {
    return [...this.#sandboxes.values()]
  }

  *createContainer(sandboxId: string, config: ContainerConfig): Sim<string> {
    const id = this.#newId()
    const none = { startedAt: 0, finishedAt: 0, exitCode: 0, reason: '', message: '', pid: 0, logPath: '' }
    this.#containers.set(id, { id, sandboxId, config, state: 'created', createdAt: this.#sim.now, ...none })
    return id
  }

  *startContainer(id: string): Sim<void> {
    const container = this.#containers.get(id)
    if (container === undefined) throw new RpcError('NotFound', `an error occurred when try to find container "${id}": not found`)
    this.#containers.set(id, { ...container, state: 'running', startedAt: this.#sim.now })
    this.#emit('started', container.sandboxId, id)
  }

  *stopContainer(id: string): Sim<void> {
    const container = this.#containers.get(id)
    if (container?.state !== 'running') return
    this.#containers.set(id, { ...container, state: 'exited', finishedAt: this.#sim.now, exitCode: 0, reason: 'Completed' })
    this.#emit('stopped', container.sandboxId, id)
  }

  *removeContainer(id: string): Sim<void> {
    this.#containers.delete(id)
  }

  listContainers(): readonly ContainerInfo[] {
    return [...this.#containers.values()]
  }

  containerStatus(id: string): ContainerInfo | undefined {
    return this.#containers.get(id)
  }

  *execSync(): Sim<never> {
    throw new RpcError('Unimplemented', NOT_MODELLED)
  }

  *exec(): Sim<ExecSession> {
    throw new RpcError('Unimplemented', NOT_MODELLED)
  }

  attach(): ExecSession {
    throw new RpcError('Unimplemented', NOT_MODELLED)
  }

  *portForward(): Sim<ByteStream> {
    throw new RpcError('Unimplemented', NOT_MODELLED)
  }

  stats(): readonly ContainerStats[] {
    return []
  }

  *updateContainerResources(): Sim<void> {}

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  listImages(): readonly ImageInfo[] {
    return []
  }

  imageStatus(reference: string): ImageInfo | undefined {
    return this.#images.has(reference) ? { id: reference, repoTags: [reference], repoDigests: [], sizeBytes: 0, user: '' } : undefined
  }

  *pullImage(reference: string): Sim<string> {
    this.#images.add(reference)
    return reference
  }

  *removeImage(reference: string): Sim<void> {
    this.#images.delete(reference)
  }

  #newId(): string {
    return this.#random.string(64, '0123456789abcdef')
  }

  #emit(type: RuntimeEvent['type'], sandboxId: string, containerId: string): void {
    for (const listener of [...this.#listeners]) listener({ type, sandboxId, containerId })
  }
}

/** The life of one pod on its node: start, keep as specified, end. Source: pkg/kubelet/pod_workers.go, kuberuntime. */
import { goDuration } from '#kubernetes/api/duration.ts'
import { equal } from '#kubernetes/api/json.ts'
import type { Container, Pod, PodStatus } from '#kubernetes/client/types/pod.ts'
import { MINUTE, SECOND } from '#sim/time.ts'
import { anyOf, type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { type ContainerInfo, type PodSandbox, RpcError, type RuntimeService } from '../cri/types.ts'
import { containerConfig, sandboxConfig } from './container-config.ts'
import { ConfigError } from './env.ts'
import { MountError } from './host.ts'
import type { Kubelet } from './kubelet.ts'
import { PodProbes } from './probes.ts'
import { isSidecar, podStatus, shouldRestart, type WaitReason } from './status.ts'

/** After an error the pod is looked at again in this time, and up to half as much more. */
const ERROR_PERIOD = 10 * SECOND
const TRANSIENT_PERIOD = SECOND
const MOUNT_FIRST = 500_000
const MOUNT_MAX = 2 * MINUTE + 2 * SECOND
/** Grace for containers that are stopped to be started again. */
const DEFAULT_GRACE = 30

/** What is known of the pod in the runtime. */
interface Observed {
  readonly sandbox: PodSandbox | undefined
  readonly sandboxes: readonly PodSandbox[]
  /** Newest first. */
  readonly containers: readonly ContainerInfo[]
}

export class PodWorker {
  readonly #kubelet: Kubelet
  pod: Pod
  readonly probes: PodProbes
  /** The status last made. */
  status: PodStatus | undefined
  /** Everything of the pod has ended and will not be started again. */
  terminated = false
  readonly #waiting = new Map<string, WaitReason>()
  readonly #signal = new WaitQueue()
  #signalled = false
  #finished = false
  /** The pod was refused, or is ended by the kubelet itself (deadline). */
  #verdict: { readonly reason: string; readonly message: string } | undefined
  #admitted = false
  #volumes: ReadonlyMap<string, string> | undefined
  #mountRetry: { at: Micros; delay: Micros } | undefined
  /** Removed from the API server: nothing keeps it here. */
  #removed = false
  #graceOverride: number | undefined
  /** Containers whose images are being pulled. A pull holds up the worker: until it ends the status stays as it was when the round began. */
  readonly #pulling = new Set<string>()

  constructor(kubelet: Kubelet, pod: Pod) {
    this.#kubelet = kubelet
    this.pod = pod
    this.status = pod.status?.startTime === undefined ? undefined : pod.status
    this.probes = new PodProbes(
      kubelet,
      () => this.pod,
      () => this.poke(),
    )
  }

  get uid(): string {
    return this.pod.metadata.uid ?? ''
  }

  /** A new version of the pod. */
  update(pod: Pod): void {
    this.pod = pod
    this.poke()
  }

  /** The pod is gone from the API server, or its file from the disk. */
  remove(): void {
    this.#removed = true
    this.poke()
  }

  /** Something happened that may need work. */
  poke(): void {
    this.#signalled = true
    this.#signal.wakeAll()
  }

  /** A volume's content changed. */
  refreshVolumes(): void {
    this.#volumes = undefined
    this.poke()
  }

  get #terminating(): boolean {
    return this.#removed || this.pod.metadata.deletionTimestamp !== undefined || this.#finished
  }

  *run(): Sim<void> {
    const { sim } = this.#kubelet
    try {
      while (!this.#terminating) {
        this.#signalled = false
        const next = yield* this.#guardedSync()
        if (this.#signalled || this.#terminating) continue
        if (next === undefined) yield* this.#signal.wait()
        else yield* anyOf([this.#signal, sim.timer(Math.max(0, next - sim.now))])
      }
      yield* this.#terminate()
      this.terminated = true
      while (!this.#removed && this.pod.metadata.deletionTimestamp === undefined) yield* this.#signal.wait()
      yield* this.#cleanUp()
    } finally {
      this.probes.stop()
    }
  }

  *#guardedSync(): Sim<Micros | undefined> {
    const { sim, random } = this.#kubelet
    try {
      return yield* this.#sync()
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'AssertionError' || error.name === 'TypeError') throw error
      this.#kubelet.log(
        `"Error syncing pod, skipping" err="${error.message}" pod="${this.pod.metadata.namespace}/${this.pod.metadata.name}"`,
      )
      const period = error instanceof TransientError ? TRANSIENT_PERIOD : ERROR_PERIOD
      return sim.now + Math.round(period * (1 + random.unit() / 2))
    }
  }

  #observe(): Observed {
    const runtime = this.#kubelet.cri.runtime
    const sandboxes = (runtime?.listPodSandbox() ?? [])
      .filter((s) => s.config.uid === this.uid)
      .sort((a, b) => b.config.attempt - a.config.attempt)
    const containers = (runtime?.listContainers() ?? []).filter((c) => c.config.labels['io.kubernetes.pod.uid'] === this.uid).reverse()
    return { sandbox: sandboxes[0], sandboxes, containers }
  }

  // Keeping it as specified

  *#sync(): Sim<Micros | undefined> {
    const kubelet = this.#kubelet
    const { pod } = this
    if (!this.#admitted) {
      const refusal = this.#observe().containers.length > 0 ? undefined : yield* kubelet.admit(pod)
      if (refusal !== undefined) {
        this.#verdict = refusal
        kubelet.podEvent(pod, 'Warning', refusal.reason, refusal.message)
        this.#finished = true
        return undefined
      }
      this.#admitted = true
      yield* kubelet.mirror(pod)
    }
    if (this.#pulling.size === 0) this.#setStatus()
    if (this.#finished) return undefined
    const deadline = this.#deadline()
    if (deadline !== undefined && kubelet.sim.now >= deadline) {
      this.#verdict = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
      kubelet.podEvent(pod, 'Normal', 'DeadlineExceeded', this.#verdict.message)
      this.#finished = true
      return undefined
    }
    const { runtime } = kubelet.cri
    if (runtime === undefined) throw new TransientError('container runtime is down')
    const problem = kubelet.networkProblem()
    if (problem !== undefined && pod.spec.hostNetwork !== true) {
      const text = `network is not ready: ${problem}`
      kubelet.podEvent(pod, 'Warning', 'NetworkNotReady', text)
      throw new TransientError(text)
    }
    const cgroup = yield* kubelet.host.makePodCgroup(pod)
    const volumes = yield* this.#mount()
    if (volumes === undefined) return this.#mountRetry?.at
    this.probes.start([...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers])
    const next = yield* this.#syncContainers(runtime, cgroup, volumes)
    return earliest(next, deadline)
  }

  #deadline(): Micros | undefined {
    const seconds = this.pod.spec.activeDeadlineSeconds
    const start = this.status?.startTime
    return seconds === undefined || start === undefined ? undefined : this.#kubelet.timeOf(start) + seconds * SECOND
  }

  *#mount(): Sim<ReadonlyMap<string, string> | undefined> {
    const { sim } = this.#kubelet
    if (this.#volumes !== undefined) return this.#volumes
    if (this.#mountRetry !== undefined && sim.now < this.#mountRetry.at) return undefined
    try {
      this.#volumes = yield* this.#kubelet.host.setUpVolumes(this.pod)
      this.#mountRetry = undefined
    } catch (error) {
      if (!(error instanceof MountError)) throw error
      this.#kubelet.podEvent(this.pod, 'Warning', 'FailedMount', error.message)
      const delay = Math.min(this.#mountRetry === undefined ? MOUNT_FIRST : this.#mountRetry.delay * 2, MOUNT_MAX)
      this.#mountRetry = { at: sim.now + delay, delay }
    }
    return this.#volumes
  }

  *#syncContainers(runtime: RuntimeService, cgroup: string, volumes: ReadonlyMap<string, string>): Sim<Micros | undefined> {
    const kubelet = this.#kubelet
    const { pod } = this
    let observed = this.#observe()
    if (observed.sandbox?.state !== 'ready') {
      if (observed.sandbox !== undefined) {
        kubelet.podEvent(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
        for (const container of observed.containers) if (container.state === 'running') yield* runtime.stopContainer(container.id, 2)
        yield* runtime.stopPodSandbox(observed.sandbox.id)
        for (const container of observed.containers) yield* runtime.removeContainer(container.id)
        yield* runtime.removePodSandbox(observed.sandbox.id)
      }
      const config = sandboxConfig(pod, (observed.sandbox?.config.attempt ?? -1) + 1, cgroup, yield* kubelet.host.resolvConf(pod))
      try {
        yield* runtime.runPodSandbox(config)
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        kubelet.podEvent(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${error.message}`)
        throw error
      }
      observed = this.#observe()
    }
    const ip = observed.sandbox?.ips[0] ?? ''
    const hosts = yield* kubelet.host.hostsFile(pod, pod.spec.hostNetwork === true ? kubelet.nodeIp : ip)
    const context: StartContext = { runtime, sandbox: observed.sandbox as PodSandbox, volumes, hosts, ip }
    const appStarted = pod.spec.containers.some((c) => observed.containers.some((i) => i.config.name === c.name))
    let next: Micros | undefined
    for (const container of pod.spec.initContainers ?? []) {
      const info = observed.containers.find((i) => i.config.name === container.name)
      if (isSidecar(container)) {
        next = earliest(next, yield* this.#keep(context, container, info, true))
        if (!appStarted && !this.#isUp(container)) return next
        continue
      }
      if (appStarted || (info?.state === 'exited' && info.exitCode === 0)) continue
      const terminated = pod.status?.initContainerStatuses?.find((s) => s.name === container.name)?.state.terminated
      if (info === undefined && terminated?.exitCode === 0) continue
      return earliest(next, yield* this.#keep(context, container, info, true))
    }
    for (const container of pod.spec.ephemeralContainers ?? []) {
      const info = observed.containers.find((i) => i.config.name === container.name)
      if (info === undefined) next = earliest(next, yield* this.#startContainer(context, container, 0, false))
    }
    for (const container of pod.spec.containers) {
      const info = observed.containers.find((i) => i.config.name === container.name)
      next = earliest(next, yield* this.#keep(context, container, info, false))
      // One after another: the next container has to wait for this one's image.
      if (this.#pulling.has(container.name)) return next
    }
    return next
  }

  #isUp(container: Container): boolean {
    const info = this.#kubelet.runningContainer(this.pod, container.name)
    return info !== undefined && this.probes.isStarted(container)
  }

  /** Starts, restarts or leaves alone one container; returns when to look again. */
  *#keep(context: StartContext, container: Container, info: ContainerInfo | undefined, isInit: boolean): Sim<Micros | undefined> {
    const kubelet = this.#kubelet
    const { pod } = this
    if (info === undefined) {
      const gone = pod.status?.containerStatuses?.find((s) => s.name === container.name)?.state.terminated
      if (gone !== undefined && !shouldRestart(pod, container, gone.exitCode, isInit)) return undefined
      return yield* this.#startContainer(context, container, 0, isInit)
    }
    if (info.state === 'running') {
      const failure = this.probes.failure(container, info.id)
      const changed = info.config.image !== container.image
      if (failure === undefined && !changed) return undefined
      const message = failure ?? `Container ${container.name} definition changed, will be restarted`
      yield* this.#kill(
        context.runtime,
        info,
        container,
        message,
        failure === undefined ? undefined : (container.livenessProbe?.terminationGracePeriodSeconds ?? undefined),
      )
      return yield* this.#restart(context, container, kubelet.cri.runtime?.containerStatus(info.id) ?? info, isInit)
    }
    if (info.state === 'created') {
      yield* context.runtime.removeContainer(info.id)
      return yield* this.#startContainer(context, container, info.config.attempt, isInit)
    }
    if (!shouldRestart(pod, container, info.exitCode, isInit)) return undefined
    return yield* this.#restart(context, container, info, isInit)
  }

  *#restart(context: StartContext, container: Container, info: ContainerInfo, isInit: boolean): Sim<Micros | undefined> {
    const kubelet = this.#kubelet
    const { pod } = this
    const key = `${this.uid}/${container.name}`
    const name = `${pod.metadata.name}_${pod.metadata.namespace}(${this.uid})`
    const until = kubelet.crashBackoff.until(key, info.finishedAt)
    if (until !== undefined) {
      kubelet.containerEvent(
        pod,
        container.name,
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${container.name} in pod ${name}`,
      )
      this.#wait(
        container,
        'CrashLoopBackOff',
        `back-off ${goDuration(kubelet.crashBackoff.delay(key))} restarting failed container=${container.name} pod=${name}`,
      )
      return until
    }
    kubelet.crashBackoff.next(key, info.finishedAt)
    const next = yield* this.#startContainer(context, container, info.config.attempt + 1, isInit)
    for (const old of this.#observe()
      .containers.filter((i) => i.config.name === container.name)
      .slice(2)) {
      kubelet.host.unlinkLog(pod, container.name, old.id)
      yield* context.runtime.removeContainer(old.id)
    }
    return next
  }

  #wait(container: Container, reason: string, message: string): void {
    const before = this.#waiting.get(container.name)
    this.#waiting.set(container.name, { reason, message })
    if (before?.reason !== reason || before.message !== message) this.#setStatus()
  }

  *#startContainer(context: StartContext, container: Container, attempt: number, isInit: boolean): Sim<Micros | undefined> {
    const kubelet = this.#kubelet
    const { pod } = this
    const { runtime, sandbox } = context
    const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      kubelet.containerEvent(pod, container.name, type, reason, message)
    const retry = (): Micros => kubelet.sim.now + Math.round(ERROR_PERIOD * (1 + kubelet.random.unit() / 2))
    const fresh = kubelet.puller.justFailed(pod, container)
    if (fresh !== undefined) {
      this.#wait(container, fresh.reason, fresh.message)
      return kubelet.sim.now + TRANSIENT_PERIOD
    }
    const result = kubelet.puller.ensure(pod, container, kubelet.containerReference(pod, container.name), () => this.poke())
    if ('pulling' in result) {
      this.#pulling.add(container.name)
      return undefined
    }
    this.#pulling.delete(container.name)
    if ('failed' in result) {
      this.#wait(container, result.failed.reason, result.failed.message)
      return result.retryAt
    }
    let id: string
    try {
      const config = yield* containerConfig(kubelet, pod, container, { ...context, attempt, image: result.image })
      id = yield* runtime.createContainer(sandbox.id, config)
    } catch (error) {
      if (!(error instanceof ConfigError) && !(error instanceof RpcError)) throw error
      tell('Warning', 'Failed', `Error: ${error.message}`)
      this.#wait(container, error instanceof ConfigError ? 'CreateContainerConfigError' : 'CreateContainerError', error.message)
      return retry()
    }
    tell('Normal', 'Created', 'Container created')
    try {
      yield* runtime.startContainer(id)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      tell('Warning', 'Failed', `Error: ${error.desc}`)
      this.#wait(container, 'RunContainerError', error.desc)
      // It has ended before it began: the runtime's event leads to what comes next.
      return undefined
    }
    this.#waiting.delete(container.name)
    tell('Normal', 'Started', 'Container started')
    kubelet.host.linkLog(pod, container.name, id, `${sandbox.config.logDirectory}/${container.name}/${attempt}.log`)
    if (container.lifecycle?.postStart !== undefined && !isInit) {
      const problem = yield* this.#hook(container, id, container.lifecycle.postStart)
      if (problem !== undefined) {
        tell('Warning', 'FailedPostStartHook', 'PostStartHook failed')
        const info = runtime.containerStatus(id)
        if (info !== undefined) yield* this.#kill(runtime, info, container, 'FailedPostStartHook', undefined)
        this.#wait(container, 'PostStartHookError', problem)
      }
    }
    return undefined
  }

  /** Runs a lifecycle hook; returns what went wrong. */
  *#hook(container: Container, id: string, handler: NonNullable<NonNullable<Container['lifecycle']>['preStop']>): Sim<string | undefined> {
    const kubelet = this.#kubelet
    try {
      if (handler.exec !== undefined) {
        const command = handler.exec.command ?? []
        const result = yield* (kubelet.cri.runtime as RuntimeService).execSync(id, command, 0)
        return result.exitCode === 0
          ? undefined
          : `Exec lifecycle hook ([${command.join(' ')}]) for Container "${container.name}" in Pod "${this.pod.metadata.name}_${this.pod.metadata.namespace}(${this.uid})" failed - error: command '${command.join(' ')}' exited with ${result.exitCode}`
      }
      if (handler.sleep !== undefined) yield* kubelet.sim.sleep(handler.sleep.seconds * SECOND)
      if (handler.httpGet !== undefined) {
        const { path = '/', host = kubelet.podIp(this.pod), port, scheme = 'HTTP', httpHeaders = [] } = handler.httpGet
        const number = typeof port === 'number' ? port : (container.ports?.find((p) => p.name === port)?.containerPort ?? 80)
        yield* kubelet.host.httpGet({ host, port: number, path, scheme, headers: httpHeaders }, 30)
      }
      return undefined
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'AssertionError') throw error
      return error.message
    }
  }

  *#kill(
    runtime: RuntimeService,
    info: ContainerInfo,
    container: Container | undefined,
    message: string,
    grace: number | undefined,
  ): Sim<void> {
    const kubelet = this.#kubelet
    const seconds = Math.max(grace ?? this.#grace(), 0)
    kubelet.containerEvent(this.pod, info.config.name, 'Normal', 'Killing', message)
    const from = kubelet.sim.now
    const preStop = container?.lifecycle?.preStop
    if (preStop !== undefined && seconds > 0) {
      const hook = kubelet.scope.spawn('preStop', this.#hook(container as Container, info.id, preStop))
      while (!hook.ended && kubelet.sim.now < from + seconds * SECOND)
        yield* kubelet.sim.sleep(Math.min(100_000, from + seconds * SECOND - kubelet.sim.now))
      const problem = hook.ended ? yield* hook.join() : undefined
      if (problem !== undefined) kubelet.containerEvent(this.pod, info.config.name, 'Warning', 'FailedPreStopHook', 'PreStopHook failed')
    }
    const left = Math.max(seconds - (kubelet.sim.now - from) / SECOND, seconds > 0 ? 2 : 0)
    yield* runtime.stopContainer(info.id, left)
  }

  #grace(): number {
    return (
      this.#graceOverride ?? this.pod.metadata.deletionGracePeriodSeconds ?? this.pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE
    )
  }

  // The end

  *#terminate(): Sim<void> {
    const kubelet = this.#kubelet
    this.#setStatus()
    for (let attempt = 0; ; attempt++) {
      try {
        yield* this.#stopAll()
        break
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        yield* kubelet.sim.sleep(Math.min(attempt + 1, 10) * SECOND)
      }
    }
    this.#finished = true
    this.#setStatus()
    this.probes.stop()
    yield* kubelet.host.tearDownVolumes(this.pod)
    yield* kubelet.host.removePodCgroup(this.pod)
  }

  *#stopAll(): Sim<void> {
    const kubelet = this.#kubelet
    const { runtime } = kubelet.cri
    if (runtime === undefined) throw new RpcError('Unavailable', 'container runtime is down')
    const { containers, sandboxes } = this.#observe()
    const running = containers.filter((c) => c.state === 'running')
    const specs = [...(this.pod.spec.initContainers ?? []), ...this.pod.spec.containers, ...(this.pod.spec.ephemeralContainers ?? [])]
    const specOf = (info: ContainerInfo): Container | undefined => specs.find((c) => c.name === info.config.name)
    const sidecars = running.filter((c) => this.pod.spec.initContainers?.some((i) => i.name === c.config.name && isSidecar(i)) === true)
    const stop = (infos: readonly ContainerInfo[]): Sim<void> => this.#stopTogether(runtime, infos, specOf)
    yield* stop(running.filter((c) => !sidecars.includes(c)))
    // Sidecars end after the others, the last started first.
    for (const sidecar of sidecars) yield* stop([sidecar])
    for (const sandbox of sandboxes) yield* runtime.stopPodSandbox(sandbox.id)
  }

  *#stopTogether(
    runtime: RuntimeService,
    infos: readonly ContainerInfo[],
    specOf: (info: ContainerInfo) => Container | undefined,
  ): Sim<void> {
    const { scope } = this.#kubelet
    const tasks = infos.map((info) =>
      scope.spawn(`kill ${info.config.name}`, this.#kill(runtime, info, specOf(info), `Stopping container ${info.config.name}`, undefined)),
    )
    for (const task of tasks) yield* task.join()
  }

  *#cleanUp(): Sim<void> {
    const kubelet = this.#kubelet
    const { runtime } = kubelet.cri
    const { containers, sandboxes } = this.#observe()
    if (!this.#removed) yield* kubelet.statuses.finish(this.pod)
    if (runtime !== undefined) {
      for (const container of containers) {
        kubelet.host.unlinkLog(this.pod, container.config.name, container.id)
        yield* runtime.removeContainer(container.id)
      }
      for (const sandbox of sandboxes) yield* runtime.removePodSandbox(sandbox.id)
    }
    kubelet.host.removePodDirectory(this.pod)
    kubelet.forget(this.pod)
  }

  // Status

  #setStatus(): void {
    const kubelet = this.#kubelet
    const { pod } = this
    const { sandbox, containers } = this.#observe()
    const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...(pod.spec.ephemeralContainers ?? [])]
    const spec = (name: string): Container | undefined => all.find((c) => c.name === name)
    const made = podStatus(
      {
        pod,
        sandbox,
        containers,
        waiting: this.#waiting,
        isReady: (name) => {
          const c = spec(name)
          return c !== undefined && this.probes.isReady(c)
        },
        isStarted: (name) => {
          const c = spec(name)
          return c === undefined || this.probes.isStarted(c)
        },
        lastWords: (info) => kubelet.lastWords(info),
        userOf: (info) => kubelet.userOf(info),
        image: (reference) => kubelet.cri.images?.imageStatus(reference),
        hostIp: kubelet.nodeIp,
        now: kubelet.sim.now,
        finished: this.#finished,
      },
      this.status,
    )
    const verdict = this.#verdict
    const status: PodStatus = verdict === undefined ? made : { ...made, phase: 'Failed', reason: verdict.reason, message: verdict.message }
    if (!this.#finished && (status.phase === 'Succeeded' || status.phase === 'Failed')) this.#finished = true
    if (this.#refused) {
      this.#setRefused()
      return
    }
    if (equal(status, this.status)) return
    this.status = status
    kubelet.statuses.set(pod, status)
  }

  get #refused(): boolean {
    return this.#verdict !== undefined && !this.#admitted
  }

  /** A pod that was never let in has no more status than that. */
  #setRefused(): void {
    const status: PodStatus = {
      ...this.pod.status,
      phase: 'Failed',
      reason: this.#verdict?.reason,
      message: this.#verdict?.message,
      startTime: this.status?.startTime ?? this.#kubelet.time(),
      observedGeneration: this.pod.metadata.generation,
    }
    if (equal(status, this.status)) return
    this.status = status
    this.#kubelet.statuses.set(this.pod, status)
  }
}

/** What starting a container needs to know of its pod. */
export interface StartContext {
  readonly runtime: RuntimeService
  readonly sandbox: PodSandbox
  readonly volumes: ReadonlyMap<string, string>
  readonly hosts: string | undefined
  readonly ip: string
}

/** Something is not there yet; it is looked at again soon. */
class TransientError extends Error {
  override name = 'TransientError'
}

function earliest(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}

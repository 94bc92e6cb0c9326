/** The status of a pod as the API server is told: pure. Source: pkg/kubelet/kubelet_pods.go, pkg/kubelet/status/generate.go. */
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Container, ContainerState, ContainerStatus, Pod, PodStatus } from '#kubernetes/client/types/pod.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'
import type { ContainerInfo, ImageInfo, PodSandbox } from '../cri/types.ts'
import { qosClass } from './qos.ts'

/** Why a container does not run: `ErrImagePull`, `CrashLoopBackOff` …, with a message. */
export interface WaitReason {
  readonly reason: string
  readonly message: string
}

/** What the status is made of. */
export interface StatusInput {
  readonly pod: Pod
  readonly sandbox: PodSandbox | undefined
  /** All containers of the pod the runtime knows, newest first. */
  readonly containers: readonly ContainerInfo[]
  readonly waiting: ReadonlyMap<string, WaitReason>
  isReady(container: string): boolean
  isStarted(container: string): boolean
  /** Text a container left when it ended. */
  lastWords(container: ContainerInfo): string | undefined
  userOf(container: ContainerInfo): { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } | undefined
  image(reference: string): ImageInfo | undefined
  readonly hostIp: string
  readonly now: Micros
  /** The pod is done for: nothing of it will be started again. */
  readonly finished: boolean
}

export const isSidecar = (c: Container): boolean => c.restartPolicy === 'Always'

/** Whether a container that has ended is to be started again. Source: ShouldContainerBeRestarted. */
export function shouldRestart(pod: Pod, container: Container, exitCode: number, isInit: boolean): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  if (isInit && isSidecar(container)) return true
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (isInit) return exitCode !== 0 && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function containerState(info: ContainerInfo, lastWords: string | undefined): ContainerState {
  if (info.state === 'running') return { running: { startedAt: rfc3339(info.startedAt) } }
  if (info.state === 'created') return { waiting: { reason: 'ContainerCreating' } }
  const message = lastWords ?? info.message
  return {
    terminated: {
      exitCode: info.exitCode,
      reason: info.reason,
      message: message === '' ? undefined : message,
      startedAt: info.startedAt === 0 ? '1970-01-01T00:00:00Z' : rfc3339(info.startedAt),
      finishedAt: rfc3339(info.finishedAt),
      containerID: `containerd://${info.id}`,
    },
  }
}

function oneStatus(input: StatusInput, container: Container, isInit: boolean, defaultWaiting: string): ContainerStatus {
  const { pod } = input
  const [current, previous] = input.containers.filter((c) => c.config.name === container.name)
  const old = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (s) => s.name === container.name,
  )
  let state: ContainerState
  let lastState: ContainerState = {}
  if (current === undefined) {
    if (old?.state.terminated !== undefined) {
      // The runtime has forgotten it; the API server has not.
      state = old.state
      lastState = old.lastState
    } else {
      state = { waiting: { reason: defaultWaiting } }
      lastState = old?.lastState ?? {}
    }
  } else {
    state = containerState(current, input.lastWords(current))
    if (previous !== undefined) lastState = containerState(previous, input.lastWords(previous))
    else if (current.config.attempt > 0 && old !== undefined) lastState = old.lastState
  }
  const reason = input.waiting.get(container.name)
  const restart =
    current === undefined || (current.state === 'exited' && !input.finished && shouldRestart(pod, container, current.exitCode, isInit))
  if (restart && reason !== undefined) {
    if (state.terminated !== undefined) lastState = state
    state = { waiting: { reason: reason.reason, message: reason.message === '' ? undefined : reason.message } }
  }
  const running = state.running !== undefined
  const image = input.image(current?.config.imageId ?? '')
  const started = running && input.isStarted(container.name)
  const ready = isInit && !isSidecar(container) ? state.terminated?.exitCode === 0 : running && started && input.isReady(container.name)
  const user = current === undefined || !running ? undefined : input.userOf(current)
  const requests = container.resources?.requests
  return {
    name: container.name,
    state,
    lastState,
    ready,
    started: isInit && !isSidecar(container) ? running : started,
    restartCount: current?.config.attempt ?? old?.restartCount ?? 0,
    image: image === undefined || current === undefined ? container.image : (image.repoTags[0] ?? container.image),
    imageID: image?.repoDigests[0] ?? '',
    containerID: current === undefined ? (state.terminated?.containerID ?? undefined) : `containerd://${current.id}`,
    allocatedResources: current === undefined ? undefined : requests,
    resources: current === undefined ? undefined : (container.resources ?? {}),
    volumeMounts:
      current === undefined
        ? undefined
        : container.volumeMounts?.map((m) => ({
            name: m.name,
            mountPath: m.mountPath,
            readOnly: m.readOnly === true ? true : undefined,
            recursiveReadOnly: m.readOnly === true ? 'Disabled' : undefined,
          })),
    user: user === undefined ? undefined : { linux: { uid: user.uid, gid: user.gid, supplementalGroups: user.groups } },
  }
}

/** Phase of the pod by the states of its containers. Source: getPhase. */
export function podPhase(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  initStatuses: readonly ContainerStatus[],
  terminal: boolean,
): string {
  const policy = pod.spec.restartPolicy ?? 'Always'
  let pendingInit = 0
  let failedInit = 0
  for (const container of pod.spec.initContainers ?? []) {
    const status = initStatuses.find((s) => s.name === container.name)
    if (isSidecar(container)) {
      if (status?.started !== true && status?.state.terminated === undefined && status?.lastState.terminated === undefined) pendingInit++
      continue
    }
    if (status === undefined) pendingInit++
    else if (status.state.running !== undefined) pendingInit++
    else if (status.state.terminated !== undefined) {
      if (status.state.terminated.exitCode !== 0) failedInit++
    } else if (status.lastState.terminated === undefined) pendingInit++
    else if (status.lastState.terminated.exitCode !== 0) failedInit++
    else pendingInit++
  }
  let unknown = 0
  let running = 0
  let waiting = 0
  let stopped = 0
  let succeeded = 0
  for (const container of pod.spec.containers) {
    const status = statuses.find((s) => s.name === container.name)
    if (status === undefined) unknown++
    else if (status.state.running !== undefined) running++
    else if (status.state.terminated !== undefined) {
      stopped++
      if (status.state.terminated.exitCode === 0) succeeded++
    } else if (status.lastState.terminated !== undefined) stopped++
    else waiting++
  }
  const total = pod.spec.containers.length
  if (failedInit > 0 && policy === 'Never') return 'Failed'
  if (waiting > 0) return 'Pending'
  if (pendingInit > 0 && running + stopped === 0) return 'Pending'
  if (failedInit > 0 && running + stopped === 0) return 'Pending'
  if (running > 0 && unknown === 0) return 'Running'
  if (stopped > 0 && running === 0 && unknown === 0 && stopped === total) {
    if (terminal) return succeeded === stopped ? 'Succeeded' : 'Failed'
    if (policy === 'Always') return 'Running'
    if (stopped === succeeded) return 'Succeeded'
    if (policy === 'Never') return 'Failed'
    return 'Running'
  }
  return 'Pending'
}

function readiness(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  initStatuses: readonly ContainerStatus[],
  phase: string,
): { readonly status: 'True' | 'False'; readonly reason?: string; readonly message?: string } {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const unknown: string[] = []
  const unready: string[] = []
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar)
  for (const { name } of [...sidecars, ...pod.spec.containers]) {
    const status = [...initStatuses, ...statuses].find((s) => s.name === name)
    if (status === undefined) unknown.push(name)
    else if (!status.ready) unready.push(name)
  }
  const texts: string[] = []
  if (unknown.length > 0) texts.push(`containers with unknown status: [${unknown.join(' ')}]`)
  if (unready.length > 0) texts.push(`containers with unready status: [${unready.join(' ')}]`)
  return texts.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ContainersNotReady', message: texts.join(', ') }
}

/** The whole status. `old` is the one last sent: times of transitions are kept. */
export function podStatus(input: StatusInput, old: PodStatus | undefined): PodStatus {
  const { pod } = input
  const hasInit = (pod.spec.initContainers ?? []).length > 0
  const initStatuses = (pod.spec.initContainers ?? []).map((c) => oneStatus(input, c, true, 'PodInitializing'))
  const statuses = pod.spec.containers.map((c) => oneStatus(input, c, false, hasInit ? 'PodInitializing' : 'ContainerCreating'))
  const ephemeral = (pod.spec.ephemeralContainers ?? []).map((c) => oneStatus(input, c, false, 'ContainerCreating'))
  const phase = podPhase(pod, statuses, initStatuses, input.finished)
  const incomplete = initStatuses.filter((s) => {
    const spec = pod.spec.initContainers?.find((c) => c.name === s.name)
    return spec !== undefined && isSidecar(spec) ? s.started !== true : !s.ready
  })
  const began = statuses.some(
    (s) => s.state.running !== undefined || s.state.terminated !== undefined || s.lastState.terminated !== undefined,
  )
  const initialized = incomplete.length === 0 || began || phase === 'Succeeded'
  const containersReady = readiness(pod, statuses, initStatuses, phase)
  const gates = (pod.spec.readinessGates ?? []).filter(
    (g) => pod.status?.conditions?.find((c) => c.type === g.conditionType)?.status !== 'True',
  )
  const ready =
    containersReady.status === 'True' && gates.length > 0
      ? ({
          status: 'False',
          reason: 'ReadinessGatesNotReady',
          message: gates.map((g) => `the status of pod readiness gate "${g.conditionType}" is not "True", but False`).join(', '),
        } as const)
      : containersReady
  const sandboxReady = input.sandbox?.state === 'ready' && (pod.spec.hostNetwork === true || input.sandbox.ips.length > 0)
  const time = rfc3339(input.now)
  const make = (
    type: string,
    value: { readonly status: 'True' | 'False'; readonly reason?: string | undefined; readonly message?: string | undefined },
  ): Condition => {
    const before = old?.conditions?.find((c) => c.type === type)
    return {
      type,
      ...value,
      lastProbeTime: null,
      lastTransitionTime: before?.status === value.status ? before.lastTransitionTime : time,
      observedGeneration: pod.metadata.generation,
    }
  }
  const own = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']
  const conditions = [
    make('PodReadyToStartContainers', { status: sandboxReady ? 'True' : 'False' }),
    make(
      'Initialized',
      initialized
        ? { status: 'True', reason: phase === 'Succeeded' ? 'PodCompleted' : undefined }
        : {
            status: 'False',
            reason: 'ContainersNotInitialized',
            message: `containers with incomplete status: [${incomplete.map((s) => s.name).join(' ')}]`,
          },
    ),
    make('Ready', ready),
    make('ContainersReady', containersReady),
    make('PodScheduled', { status: 'True' }),
    ...(pod.status?.conditions ?? []).filter((c) => !own.includes(c.type)),
  ]
  const hostNetwork = pod.spec.hostNetwork === true
  const ips = hostNetwork ? [input.hostIp] : (input.sandbox?.ips ?? [])
  const keepIps = ips.length === 0 && (phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined)
  const shownIps = keepIps ? (old?.podIPs ?? []).map((p) => p.ip) : ips
  return {
    observedGeneration: pod.metadata.generation,
    phase,
    conditions,
    hostIP: input.hostIp,
    hostIPs: [{ ip: input.hostIp }],
    podIP: shownIps[0],
    podIPs: shownIps.length === 0 ? undefined : shownIps.map((ip) => ({ ip })),
    startTime: old?.startTime ?? time,
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    containerStatuses: statuses,
    initContainerStatuses: initStatuses.length === 0 ? undefined : initStatuses,
    ephemeralContainerStatuses: ephemeral.length === 0 ? undefined : ephemeral,
  }
}

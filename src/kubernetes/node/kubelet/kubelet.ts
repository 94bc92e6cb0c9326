/** kubelet: makes the pods of its node run, and says how they and the node are. Source: pkg/kubelet. */

import type { Transport } from '#http/transport.ts'
import { equal } from '#kubernetes/api/json.ts'
import { wholeValue } from '#kubernetes/api/quantity.ts'
import { Client } from '#kubernetes/client/client.ts'
import { isAlreadyExists, isNotFound } from '#kubernetes/client/errors.ts'
import { EventRecorder, type EventType } from '#kubernetes/client/events.ts'
import { InformerFactory, keyOf } from '#kubernetes/client/informer.ts'
import { CONFIG_MAPS, LEASES, NODES, PODS, SECRETS, SERVICES } from '#kubernetes/client/resources.ts'
import { type Launcher, Scope } from '#kubernetes/client/scope.ts'
import type { ConfigMap, ObjectReference, Secret } from '#kubernetes/client/types/core.ts'
import type { Service } from '#kubernetes/client/types/network.ts'
import type { Lease, Node } from '#kubernetes/client/types/node.ts'
import type { Container, Pod, Toleration } from '#kubernetes/client/types/pod.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { MINUTE, parseRfc3339, rfc3339, rfc3339Micro, SECOND } from '#sim/time.ts'
import { anyOf, type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import type { ContainerInfo, CriEndpoint } from '../cri/types.ts'
import { admitPod } from './admission.ts'
import { Backoff } from './backoff.ts'
import type { EnvSources } from './env.ts'
import type { PodHost } from './host.ts'
import { ImagePuller } from './image-puller.ts'
import { type NodeFacts, newNode, nodeStatus } from './node-status.ts'
import { ObjectWatcher } from './objects.ts'
import { PodWorker } from './pod-worker.ts'
import { StartupLatency } from './startup-latency.ts'
import { StatusManager } from './status-manager.ts'

export interface KubeletOptions {
  readonly sim: Simulation
  /** The connection to the API server, with the credentials of `system:node:NAME`. */
  readonly transport: Transport
  readonly cri: CriEndpoint
  /** Makes the machine's side of pods; it gets the kubelet, because volumes need the API. */
  readonly host: (kubelet: Kubelet) => PodHost
  readonly facts: NodeFacts
  readonly clusterDns: string
  readonly clusterDomain: string
  /** Static pods, called again whenever the files have changed; `changed` fires then. */
  readonly staticPods?: { readonly read: () => Sim<readonly Pod[]>; readonly changed: () => Sim<void> } | undefined
  readonly launch?: Launcher | undefined
  /** `source` is the file and line of upstream that logs. */
  readonly log?: ((line: string, source?: string) => void) | undefined
  /** Runs a process of the container runtime has user: for container statuses. */
  readonly userOf?:
    | ((info: ContainerInfo) => { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } | undefined)
    | undefined
}

const VERSION = 'v1.36.2'
const LEASE_SECONDS = 40
const LEASE_RENEW = 10 * SECOND
/** The node's status is sent at least this often, and whenever it changes. */
const STATUS_REPORT = 5 * MINUTE
const MIRROR = 'kubernetes.io/config.mirror'

export class Kubelet {
  readonly sim: Simulation
  readonly scope: Scope
  readonly client: Client
  readonly cri: CriEndpoint
  readonly host: PodHost
  readonly facts: NodeFacts
  readonly random: Random
  readonly crashBackoff: Backoff
  readonly puller: ImagePuller
  readonly statuses: StatusManager
  readonly objects: ObjectWatcher
  readonly clusterDns: string
  readonly clusterDomain: string
  readonly log: (line: string, source?: string) => void
  readonly recorder: EventRecorder
  readonly #options: KubeletOptions
  readonly #latency: StartupLatency | undefined
  readonly #informers: InformerFactory
  readonly #workers = new Map<string, PodWorker>()
  /** Mirror pods by namespace/name. */
  readonly #mirrors = new Map<string, Pod>()
  readonly #static = new Map<string, Pod>()
  readonly #nodeChanged = new WaitQueue()
  /** Fires when a container of the node has ended. */
  readonly containerStopped = new WaitQueue()
  readonly #words = new Map<string, string>()
  readonly #users = new Map<string, { readonly uid: number; readonly gid: number; readonly groups: readonly number[] }>()
  #unsubscribe: (() => void) | undefined
  #runtimeSeen: unknown

  constructor(options: KubeletOptions) {
    const { sim } = options
    this.#options = options
    this.sim = sim
    this.facts = options.facts
    this.cri = options.cri
    this.clusterDns = options.clusterDns
    this.clusterDomain = options.clusterDomain
    this.log = options.log ?? ((): void => {})
    this.scope = new Scope(sim, options.launch)
    this.random = sim.random(`kubelet/${options.facts.name}`)
    this.client = new Client(sim, options.transport, { userAgent: `kubelet/${VERSION}` })
    this.recorder = new EventRecorder(this.client, this.scope, 'kubelet', options.facts.name)
    this.crashBackoff = new Backoff(sim, 10 * SECOND, 300 * SECOND)
    this.#latency = options.log === undefined ? undefined : new StartupLatency(sim, options.log)
    this.puller = new ImagePuller(sim, this.scope, options.cri, this.recorder, this.#latency)
    this.statuses = new StatusManager(this.client, this.scope, (pod) => this.#apiPod(pod), this.#latency)
    this.objects = new ObjectWatcher(sim, this.client, this.random, options.launch ?? ((name, body) => sim.spawn(name, body)))
    this.#informers = new InformerFactory(this.client, this.scope, this.random)
    this.host = options.host(this)
  }

  get nodeIp(): string {
    return this.facts.ip
  }

  get memoryBytes(): number {
    return wholeValue(this.facts.capacity['memory'] ?? 0)
  }

  /** Runs until cancelled. */
  *run(): Sim<never> {
    try {
      this.recorder.event(this.#nodeReference(), 'Normal', 'Starting', 'Starting kubelet.')
      this.scope.spawn('kubelet runtime events', this.#watchRuntime())
      this.scope.spawn('kubelet static pods', this.#followStatic())
      this.scope.spawn('kubelet pods', this.#followPods())
      this.scope.spawn('kubelet node status', this.#reportNode())
      this.scope.spawn('kubelet lease', this.#renewLease())
      return yield* this.scope.forever()
    } finally {
      this.#unsubscribe?.()
      this.scope.cancel()
    }
  }

  // Pods

  *#followPods(): Sim<void> {
    const pods = this.#informers.of(PODS, { fieldSelector: `spec.nodeName=${this.facts.name}` })
    this.#informers.of(SERVICES)
    pods.addHandler({
      add: (pod) => this.#podSeen(pod),
      update: (_, pod) => this.#podSeen(pod),
      delete: (pod) => this.#podGone(pod),
    })
    yield* pods.waitForSync()
    yield* this.#removeStrangers()
  }

  #podSeen(pod: Pod): void {
    if (pod.metadata.annotations?.[MIRROR] !== undefined) {
      const before = this.#mirrors.get(keyOf(pod))?.metadata.uid
      this.#mirrors.set(keyOf(pod), pod)
      const own = this.#workers.get(pod.metadata.annotations[MIRROR])
      if (before !== pod.metadata.uid && own?.status !== undefined) this.statuses.set(own.pod, own.status)
      this.statuses.poke()
      this.scope.spawn('mirror pod', this.#checkMirror(pod))
      return
    }
    this.#latency?.podSeen(pod)
    const worker = this.#workers.get(pod.metadata.uid ?? '')
    if (worker === undefined) {
      // Ended before this kubelet came, or before it restarted: nothing to do until it is deleted.
      this.#start(pod)
    } else if (needsWork(worker.pod, pod)) worker.update(pod)
    else worker.pod = pod
  }

  #podGone(pod: Pod): void {
    if (pod.metadata.annotations?.[MIRROR] !== undefined) {
      this.#mirrors.delete(keyOf(pod))
      const own = [...this.#static.values()].find((p) => keyOf(p) === keyOf(pod))
      if (own !== undefined) this.scope.spawn('mirror pod', this.mirror(own))
      return
    }
    this.#workers.get(pod.metadata.uid ?? '')?.remove()
  }

  #start(pod: Pod): void {
    const worker = new PodWorker(this, pod)
    this.#workers.set(pod.metadata.uid ?? '', worker)
    this.scope.spawn(`pod ${keyOf(pod)}`, worker.run())
  }

  /** Ends what runs of pods that are no longer there. */
  *#removeStrangers(): Sim<void> {
    const { runtime } = this.cri
    for (const sandbox of runtime?.listPodSandbox() ?? []) {
      if (this.#workers.has(sandbox.config.uid) || runtime === undefined) continue
      yield* runtime.stopPodSandbox(sandbox.id)
      yield* runtime.removePodSandbox(sandbox.id)
    }
  }

  *#followStatic(): Sim<void> {
    const source = this.#options.staticPods
    if (source === undefined) return
    for (;;) {
      const pods = yield* source.read()
      const present = new Set(pods.map((p) => p.metadata.uid ?? ''))
      for (const pod of pods) {
        const uid = pod.metadata.uid ?? ''
        if (this.#static.has(uid)) continue
        this.#static.set(uid, pod)
        this.#start(pod)
      }
      for (const [uid, pod] of this.#static) {
        if (present.has(uid)) continue
        this.#static.delete(uid)
        this.#workers.get(uid)?.remove()
        const mirror = this.#mirrors.get(keyOf(pod))
        if (mirror !== undefined) this.scope.spawn('mirror pod', this.#deleteMirror(mirror))
      }
      yield* source.changed()
    }
  }

  /** Shows a static pod on the API server. Other pods are left alone. */
  *mirror(pod: Pod): Sim<void> {
    if (!this.#static.has(pod.metadata.uid ?? '') || this.#mirrors.has(keyOf(pod))) return
    this.scope.spawn(`mirror ${keyOf(pod)}`, this.#createMirror(pod))
  }

  *#createMirror(pod: Pod): Sim<void> {
    for (let attempt = 0; this.#static.has(pod.metadata.uid ?? ''); attempt++) {
      try {
        const node = yield* this.client.get(NODES, undefined, this.facts.name)
        const { uid, ...metadata } = pod.metadata
        const owner = { apiVersion: 'v1', kind: 'Node', name: this.facts.name, uid: node.metadata.uid ?? '', controller: true }
        const annotations = { ...metadata.annotations, [MIRROR]: uid ?? '' }
        yield* this.client.create(PODS, metadata.namespace, {
          ...pod,
          metadata: { ...metadata, annotations, ownerReferences: [owner] },
          status: undefined,
        })
        return
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
        if (isAlreadyExists(error)) return
        yield* this.sim.sleep(Math.min(attempt + 1, 10) * SECOND)
      }
    }
  }

  /** A mirror of another version of a static pod, or of none, goes. */
  *#checkMirror(mirror: Pod): Sim<void> {
    const own = [...this.#static.values()].find((p) => keyOf(p) === keyOf(mirror))
    if (own !== undefined && own.metadata.uid === mirror.metadata.annotations?.[MIRROR] && mirror.metadata.deletionTimestamp === undefined)
      return
    if (own === undefined && this.#options.staticPods !== undefined && this.#static.size === 0) return
    yield* this.#deleteMirror(mirror)
  }

  *#deleteMirror(mirror: Pod): Sim<void> {
    try {
      yield* this.client.delete(PODS, mirror.metadata.namespace, mirror.metadata.name, {
        gracePeriodSeconds: 0,
        preconditions: { uid: mirror.metadata.uid },
      })
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
    }
  }

  #apiPod(pod: Pod): Pod | undefined {
    if (this.#static.has(pod.metadata.uid ?? '') || pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file')
      return this.#mirrors.get(keyOf(pod))
    return this.#workers.get(pod.metadata.uid ?? '')?.pod
  }

  /** Why a pod can't be let in; undefined: it can. The labels of a node change without the kubelet: it looks again before it refuses. */
  *admit(pod: Pod): Sim<{ readonly reason: string; readonly message: string } | undefined> {
    const others = [...this.#workers.values()].filter((w) => w.pod !== pod && !w.terminated).map((w) => w.pod)
    const refusal = admitPod(pod, this.#reported, others, this.facts.allocatable)
    if (refusal?.reason !== 'NodeAffinity') return refusal
    this.#reported = (yield* this.client.find(NODES, undefined, this.facts.name)) ?? this.#reported
    return admitPod(pod, this.#reported, others, this.facts.allocatable)
  }

  /** The pod's worker has ended: nothing is left of the pod here. */
  forget(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    this.#workers.delete(uid)
    this.puller.forget(uid)
    this.#latency?.forget(uid)
    this.crashBackoff.forget(`${uid}/`)
    this.statuses.forget(uid)
    this.objects.release(uid)
    for (const id of this.#words.keys()) if (this.cri.runtime?.containerStatus(id) === undefined) this.#words.delete(id)
    for (const id of this.#users.keys()) if (this.cri.runtime?.containerStatus(id) === undefined) this.#users.delete(id)
  }

  /** Pods of this node, for /pods and for the server of logs and exec. */
  pods(): readonly Pod[] {
    return [...this.#workers.values()].map((w) => (w.status === undefined ? w.pod : { ...w.pod, status: w.status }))
  }

  findPod(namespace: string, name: string): Pod | undefined {
    const key = `${namespace}/${name}`
    return this.pods().find((p) => keyOf(p) === key)
  }

  worker(uid: string): PodWorker | undefined {
    return this.#workers.get(uid)
  }

  // The runtime

  /** Follows the runtime's events; a runtime that comes or goes is noticed within a second. */
  *#watchRuntime(): Sim<never> {
    for (;;) {
      const { runtime } = this.cri
      if (runtime !== this.#runtimeSeen) {
        this.#unsubscribe?.()
        this.#runtimeSeen = runtime
        this.#unsubscribe = runtime?.subscribe((event) => {
          const sandbox = runtime.listPodSandbox().find((s) => s.id === event.sandboxId)
          if (sandbox === undefined) return
          if (event.type === 'stopped') this.scope.spawn('last words', this.#stopped(event.containerId, sandbox.config.uid))
          else this.#workers.get(sandbox.config.uid)?.poke()
        })
        for (const worker of this.#workers.values()) worker.poke()
      }
      this.#nodeChanged.wakeAll()
      yield* this.cri.changed.wait()
    }
  }

  *#stopped(id: string, uid: string): Sim<void> {
    this.containerStopped.wakeAll()
    const info = this.cri.runtime?.containerStatus(id)
    if (info !== undefined) this.#words.set(id, yield* this.#readWords(info))
    this.#workers.get(uid)?.poke()
  }

  *#readWords(info: ContainerInfo): Sim<string> {
    const { annotations } = info.config
    const file = annotations['podlab/termination-file']
    const words = file === undefined ? '' : yield* this.host.lastWords(file, 4096)
    if (words !== '' || info.exitCode === 0 || annotations['io.kubernetes.container.terminationMessagePolicy'] !== 'FallbackToLogsOnError')
      return words
    return yield* this.host.lastWords(info.logPath, 2048)
  }

  /** What a container left in its termination file. */
  lastWords(info: ContainerInfo): string | undefined {
    const words = this.#words.get(info.id)
    return words === undefined || words === '' ? undefined : words
  }

  userOf(info: ContainerInfo): { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } | undefined {
    const known = this.#users.get(info.id)
    if (known !== undefined) return known
    const user = this.#options.userOf?.(info)
    if (user !== undefined) this.#users.set(info.id, user)
    return user
  }

  /** The running instance of a pod's container. */
  runningContainer(pod: Pod, name: string): ContainerInfo | undefined {
    return this.cri.runtime
      ?.listContainers()
      .find((c) => c.state === 'running' && c.config.name === name && c.config.labels['io.kubernetes.pod.uid'] === pod.metadata.uid)
  }

  podIp(pod: Pod): string {
    if (pod.spec.hostNetwork === true) return this.nodeIp
    return this.cri.runtime?.listPodSandbox().find((s) => s.config.uid === pod.metadata.uid && s.state === 'ready')?.ips[0] ?? ''
  }

  /** Why pods can't have a network now. */
  networkProblem(): string | undefined {
    const status = this.cri.runtime?.status()
    if (status === undefined || status.networkReady) return undefined
    return `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:${status.networkMessage}`
  }

  // Environment

  *envSources(pod: Pod, container: Container, podIp: string): Sim<EnvSources> {
    const namespace = pod.metadata.namespace ?? 'default'
    const maps = new Map<string, ConfigMap | undefined>()
    const secrets = new Map<string, Secret | undefined>()
    const uid = pod.metadata.uid ?? ''
    const nothing = (): void => {}
    const wantedMaps = [
      ...(container.env ?? []).map((e) => e.valueFrom?.configMapKeyRef?.name),
      ...(container.envFrom ?? []).map((e) => e.configMapRef?.name),
    ]
    const wantedSecrets = [
      ...(container.env ?? []).map((e) => e.valueFrom?.secretKeyRef?.name),
      ...(container.envFrom ?? []).map((e) => e.secretRef?.name),
    ]
    for (const name of wantedMaps)
      if (name !== undefined) maps.set(name, yield* this.objects.get(CONFIG_MAPS, namespace, name, `${uid}`, nothing))
    for (const name of wantedSecrets)
      if (name !== undefined) secrets.set(name, yield* this.objects.get(SECRETS, namespace, name, `${uid}`, nothing))
    return {
      services: this.#servicesFor(namespace),
      configMap: (n) => maps.get(n),
      secret: (n) => secrets.get(n),
      podIp,
      hostIp: this.nodeIp,
      nodeAllocatable: this.facts.allocatable,
    }
  }

  /** Services of the pod's namespace, and the API server's own. */
  #servicesFor(namespace: string): Service[] {
    const all = this.#informers.of(SERVICES).store
    const master = all.get('default/kubernetes')
    const own = all.inNamespace(namespace).filter((s) => s !== master)
    return [...own, ...(master === undefined ? [] : [master])]
  }

  // Events

  podEvent(pod: Pod, type: EventType, reason: string, message: string): void {
    this.recorder.event(this.#reference(pod), type, reason, message)
  }

  containerEvent(pod: Pod, container: string, type: EventType, reason: string, message: string): void {
    this.recorder.event(this.containerReference(pod, container), type, reason, message)
  }

  containerReference(pod: Pod, container: string): ObjectReference {
    const kind = pod.spec.containers.some((c) => c.name === container)
      ? 'containers'
      : pod.spec.initContainers?.some((c) => c.name === container) === true
        ? 'initContainers'
        : 'ephemeralContainers'
    return { ...this.#reference(pod), fieldPath: `spec.${kind}{${container}}` }
  }

  #reference(pod: Pod): ObjectReference {
    const { name, namespace, uid, resourceVersion } = pod.metadata
    return { kind: 'Pod', apiVersion: 'v1', name, namespace, uid, resourceVersion }
  }

  #nodeReference(): ObjectReference {
    return { kind: 'Node', name: this.facts.name, uid: this.facts.name, namespace: '' }
  }

  #nodeEvent(reason: string, message: string): void {
    this.recorder.event(this.#nodeReference(), 'Normal', reason, message)
  }

  // The node

  /** Why the node isn't ready. */
  #nodeProblem(): string | undefined {
    if (this.cri.runtime === undefined) return 'container runtime is down'
    return this.networkProblem()
  }

  /** Something about the node may have changed. */
  nodeChanged(): void {
    this.#nodeChanged.wakeAll()
  }

  *#reportNode(): Sim<never> {
    for (let attempt = 0; ; ) {
      try {
        const reported = yield* this.#reportOnce()
        attempt = 0
        if (reported)
          for (const worker of this.#workers.values())
            if (worker.status?.phase === undefined || worker.status.phase === 'Pending') worker.poke()
        yield* anyOf([this.#nodeChanged, this.sim.timer(STATUS_REPORT)])
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
        this.log(`"Error updating node status, will retry" err="${error instanceof Error ? error.message : String(error)}"`)
        yield* this.sim.sleep(Math.min(200_000 * 2 ** Math.min(attempt++, 5), 7 * SECOND))
      }
    }
  }

  /** Registers the node, or updates its status. True when it became ready by that. */
  *#reportOnce(): Sim<boolean> {
    const { facts, client } = this
    let node = yield* client.find(NODES, undefined, facts.name)
    const problem = this.#nodeProblem()
    const images = this.cri.images?.listImages() ?? []
    const wasReady = node?.status?.conditions?.find((c) => c.type === 'Ready')?.status === 'True'
    const status = nodeStatus(facts, images, node?.status, problem, this.time())
    if (node === undefined) {
      node = yield* client.create(NODES, undefined, newNode(facts, status))
      for (const reason of ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'])
        this.#nodeEvent(reason, `Node ${facts.name} status is now: ${reason}`)
      this.#nodeEvent('NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods')
    } else node = yield* client.patch(NODES, undefined, facts.name, 'merge', { status }, 'status')
    this.#reported = node
    const ready = problem === undefined
    if (ready !== wasReady)
      this.#nodeEvent(ready ? 'NodeReady' : 'NodeNotReady', `Node ${facts.name} status is now: ${ready ? 'NodeReady' : 'NodeNotReady'}`)
    return ready && !wasReady
  }

  *#renewLease(): Sim<never> {
    const { client, facts, sim } = this
    let lease: Lease | undefined
    for (;;) {
      try {
        const spec = { holderIdentity: facts.name, leaseDurationSeconds: LEASE_SECONDS, renewTime: rfc3339Micro(sim.now) }
        if (lease === undefined) lease = yield* client.find(LEASES, 'kube-node-lease', facts.name)
        if (lease !== undefined) lease = yield* client.update(LEASES, { ...lease, spec: { ...lease.spec, ...spec } })
        else {
          const node = yield* client.get(NODES, undefined, facts.name)
          const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: facts.name, uid: node.metadata.uid ?? '' }]
          lease = yield* client.create(LEASES, 'kube-node-lease', {
            metadata: { name: facts.name, namespace: 'kube-node-lease', ownerReferences },
            spec,
          })
        }
        yield* sim.sleep(LEASE_RENEW)
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
        lease = undefined
        yield* sim.sleep(isNotFound(error) ? SECOND : 2 * SECOND)
      }
    }
  }

  time(): string {
    return rfc3339(this.sim.now)
  }

  timeOf(text: string): Micros {
    return parseRfc3339(text) ?? this.sim.now
  }

  #reported: Node | undefined
}

/** Whether the new version of a pod is more than an echo of the status this kubelet wrote. */
function needsWork(old: Pod, pod: Pod): boolean {
  return (
    !equal(old.spec, pod.spec) ||
    old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp ||
    !equal(old.metadata.labels, pod.metadata.labels) ||
    !equal(old.metadata.annotations, pod.metadata.annotations) ||
    (pod.spec.readinessGates ?? []).some((g) => conditionStatus(old, g.conditionType) !== conditionStatus(pod, g.conditionType))
  )
}

const conditionStatus = (pod: Pod, type: string): string | undefined => pod.status?.conditions?.find((c) => c.type === type)?.status

/** What static pods tolerate. Source: pkg/kubelet/config applyDefaults. */
export const STATIC_TOLERATIONS: readonly Toleration[] = [{ operator: 'Exists', effect: 'NoExecute' }]

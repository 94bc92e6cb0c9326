/** kube-scheduler: one pod at a time finds its node; binding goes on beside. Source: pkg/scheduler/schedule_one.go. */
import type { Transport } from '#http/transport.ts'
import { equal } from '#kubernetes/api/json.ts'
import { Client } from '#kubernetes/client/client.ts'
import { errorText, isNotFound } from '#kubernetes/client/errors.ts'
import { EventRecorder, EventsV1Recorder, referenceTo } from '#kubernetes/client/events.ts'
import { InformerFactory, keyOf } from '#kubernetes/client/informer.ts'
import { LeaderElector } from '#kubernetes/client/leader-election.ts'
import { TokenBucket } from '#kubernetes/client/rate-limit.ts'
import * as r from '#kubernetes/client/resources.ts'
import { type Launcher, Scope } from '#kubernetes/client/scope.ts'
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { SchedulerCache } from './cache.ts'
import type { Plugin, Rejection, State } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { claimNames } from './plugins/volume-binding.ts'
import { type Candidate, fitMessage, NEVER, NO_VICTIMS, NOT_HELPFUL, pickCandidate, selectVictims } from './preemption.ts'
import { type QueuedPod, SchedulingQueue } from './queue.ts'
import { plugins } from './registry.ts'

export interface SchedulerOptions {
  readonly sim: Simulation
  /** The connection, with the credentials of user `system:kube-scheduler`. */
  readonly transport: Transport
  /** Where its coroutines run: as threads of its process, say. */
  readonly launch?: Launcher | undefined
  /** Holder of the lease: `kind-control-plane_<uuid>`. */
  readonly identity: string
  /** Name of the machine: events say `default-scheduler-<host>`. */
  readonly hostname: string
  readonly leaderElect?: boolean | undefined
  readonly qps?: number | undefined
  readonly burst?: number | undefined
  readonly log?: ((line: string) => void) | undefined
}

const NAME = 'default-scheduler'
const VERSION = 'v1.36.2'
const QPS = 50
const BURST = 100
/** What DynamicResources says when asked to make room: it is the first to be asked. */
const NO_CLAIMS = 'no new claims to deallocate'
/** What it says when it never saw the pod, because an earlier plugin refused it outright. */
const NOT_FOUND = 'not found'
/** Below this many nodes all are looked at. Source: minFeasibleNodesToFind. */
const MIN_FEASIBLE = 100

/** Runs until leadership is lost; ends cleanly wherever it is cancelled. */
export function* runScheduler(options: SchedulerOptions): Sim<void> {
  const { sim, transport, identity } = options
  const scope = new Scope(sim, options.launch)
  const root = new Client(sim, transport, { userAgent: `kube-scheduler/${VERSION}/scheduler` })
  try {
    const scheduler = new Scheduler(options, scope, root)
    if (options.leaderElect === false) {
      yield* scheduler.start()
      yield* scope.forever()
    }
    const client = root.as({ userAgent: `kube-scheduler/${VERSION}/leader-election` })
    const recorder = new EventRecorder(client, scope, identity)
    const random = sim.random(`${identity}/leader-election`)
    const elector = new LeaderElector(client, { namespace: 'kube-system', name: 'kube-scheduler', identity, random, recorder })
    yield* elector.acquire()
    const lost = scope.spawn('kube-scheduler lease', elector.renew())
    yield* scheduler.start()
    yield* lost.join()
    options.log?.('"Leaderelection lost"')
  } finally {
    scope.cancel()
  }
}

interface Found {
  readonly feasible: NodeInfo[]
  readonly rejections: Map<NodeInfo, Rejection>
  readonly rejectedBy: Set<string>
  /** A plugin refused the pod for all nodes. */
  readonly refused?: Rejection
}

class Scheduler {
  readonly #sim: Simulation
  readonly #scope: Scope
  readonly #client: Client
  readonly #random: Random
  readonly #informers: InformerFactory
  readonly #plugins: readonly Plugin[]
  readonly #cache = new SchedulerCache()
  readonly #queue: SchedulingQueue
  readonly #recorder: EventsV1Recorder
  readonly #log: (line: string) => void
  /** Pods that wait on a node for their victims to go. */
  readonly #nominated = new Map<string, string>()
  #startAt = 0

  constructor(options: SchedulerOptions, scope: Scope, root: Client) {
    const { sim } = options
    const qps = options.qps ?? QPS
    const burst = options.burst ?? BURST
    this.#sim = sim
    this.#scope = scope
    this.#client = root.as({ rateLimit: new TokenBucket(sim, qps, burst) })
    this.#random = sim.random('kube-scheduler')
    this.#informers = new InformerFactory(root, scope, sim.random('kube-scheduler/informers'))
    this.#plugins = plugins({ informers: this.#informers, client: this.#client })
    this.#queue = new SchedulingQueue(sim, this.#plugins)
    const events = root.as({ rateLimit: new TokenBucket(sim, qps, burst) })
    this.#recorder = new EventsV1Recorder(events, scope, NAME, `${NAME}-${options.hostname}`)
    this.#log = options.log ?? ((): void => {})
  }

  *start(): Sim<void> {
    this.#informers.of(r.POD_DISRUPTION_BUDGETS)
    const nodes = this.#informers.of(r.NODES)
    nodes.addHandler({
      add: (node) => {
        this.#cache.setNode(node)
        this.#queue.moveOn('node-add')
      },
      update: (old, node) => {
        this.#cache.setNode(node)
        for (const event of nodeEvents(old, node)) this.#queue.moveOn(event)
      },
      delete: (node) => this.#cache.removeNode(node.metadata.name),
    })
    yield* nodes.waitForSync()
    this.#informers.of(r.PODS).addHandler({
      add: (pod) => this.#podSeen(undefined, pod),
      update: (old, pod) => this.#podSeen(old, pod),
      delete: (pod) => this.#podGone(pod),
    })
    const storage = (): void => this.#queue.moveOn('storage')
    for (const resource of [r.PERSISTENT_VOLUME_CLAIMS, r.PERSISTENT_VOLUMES, r.STORAGE_CLASSES]) {
      this.#informers.of(resource as r.Resource).addHandler({ add: storage, update: storage })
    }
    this.#informers.of(r.PERSISTENT_VOLUME_CLAIMS).addHandler({
      add: (claim) =>
        this.#queue.moveOn(
          'claim',
          undefined,
          (pod) => pod.metadata.namespace === claim.metadata.namespace && claimNames(pod).includes(claim.metadata.name),
        ),
    })
    yield* this.#informers.waitForSync()
    this.#scope.spawn('kube-scheduler', this.#run())
  }

  // What the informers tell

  #podSeen(old: Pod | undefined, pod: Pod): void {
    const key = keyOf(pod)
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
      this.#podGone(pod)
      return
    }
    if ((pod.spec.nodeName ?? '') !== '') {
      this.#queue.delete(key)
      this.#nominated.delete(key)
      const fresh = old === undefined || (old.spec.nodeName ?? '') === ''
      this.#cache.setPod(pod)
      if (fresh) this.#queue.moveOn('pod-add', pod)
      else if (!equal(old.metadata.labels, pod.metadata.labels)) this.#queue.moveOn('pod-labels', pod)
      else if (!equal(old.spec.containers, pod.spec.containers)) this.#queue.moveOn('pod-scaled-down')
      return
    }
    if ((pod.spec.schedulerName ?? NAME) !== NAME) return
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#queue.delete(key)
      return
    }
    if (this.#cache.isAssumed(key)) return
    if (old === undefined || this.#queue.get(key) === undefined) this.#queue.add(pod)
    else this.#queue.update(pod, !equal(old.spec, pod.spec) || !equal(old.metadata.labels, pod.metadata.labels))
  }

  #podGone(pod: Pod): void {
    const key = keyOf(pod)
    this.#queue.delete(key)
    this.#nominated.delete(key)
    if ((pod.spec.nodeName ?? '') === '') return
    this.#cache.removePod(key)
    this.#queue.moveOn('pod-delete', pod)
  }

  // One pod

  *#run(): Sim<never> {
    for (;;) {
      const entry = yield* this.#queue.pop()
      yield* this.#scheduleOne(entry)
    }
  }

  *#scheduleOne(entry: QueuedPod): Sim<void> {
    const { pod } = entry
    const state: State = new Map()
    const found = this.#findNodes(state, pod)
    const node = found.feasible.length === 0 ? undefined : this.#pick(state, pod, found.feasible)
    if (node === undefined) {
      yield* this.#fail(entry, state, found)
      return
    }
    this.#cache.assume(pod, node.name)
    this.#queue.delete(entry.key)
    this.#scope.spawn(`bind ${entry.key}`, this.#bind(entry, state, node))
  }

  #findNodes(state: State, pod: Pod): Found {
    const snapshot = this.#cache
    const rejections = new Map<NodeInfo, Rejection>()
    const rejectedBy = new Set<string>()
    let allowed: ReadonlySet<string> | undefined
    const limiting: string[] = []
    for (const plugin of this.#plugins) {
      const result = plugin.preFilter?.(state, pod, snapshot)
      if (result?.rejection !== undefined)
        return { feasible: [], rejections, rejectedBy: new Set([plugin.name]), refused: result.rejection }
      if (result?.nodeNames === undefined) continue
      const before: ReadonlySet<string> | undefined = allowed
      allowed = before === undefined ? result.nodeNames : new Set([...before].filter((n) => result.nodeNames?.has(n)))
      limiting.push(plugin.name)
    }
    const { nodes } = snapshot
    const wanted = feasibleWanted(nodes.length)
    const feasible: NodeInfo[] = []
    let looked = 0
    for (; looked < nodes.length && feasible.length < wanted; looked++) {
      const node = nodes[(this.#startAt + looked) % nodes.length] as NodeInfo
      if (allowed !== undefined && !allowed.has(node.name)) {
        rejections.set(node, { reasons: [`node(s) didn't satisfy plugin(s) [${limiting.join(' ')}]`], unresolvable: true })
        for (const name of limiting) rejectedBy.add(name)
        continue
      }
      const rejected = this.#filter(state, pod, node)
      if (rejected === undefined) feasible.push(node)
      else {
        rejections.set(node, rejected.rejection)
        rejectedBy.add(rejected.plugin)
      }
    }
    if (nodes.length > 0) this.#startAt = (this.#startAt + looked) % nodes.length
    return { feasible, rejections, rejectedBy }
  }

  #filter(state: State, pod: Pod, node: NodeInfo): { readonly plugin: string; readonly rejection: Rejection } | undefined {
    for (const plugin of this.#plugins) {
      const rejection = plugin.filter?.(state, pod, node)
      if (rejection !== undefined) return { plugin: plugin.name, rejection }
    }
    return undefined
  }

  /** The best of the nodes that will do; among equals chance decides. */
  #pick(state: State, pod: Pod, feasible: readonly NodeInfo[]): NodeInfo | undefined {
    const nominated = feasible.find((n) => n.name === this.#nominated.get(keyOf(pod)))
    if (nominated !== undefined) return nominated
    if (feasible.length === 1) return feasible[0]
    const totals = feasible.map(() => 0)
    for (const plugin of this.#plugins) {
      if (plugin.score === undefined || plugin.preScore?.(state, pod, feasible, this.#cache) === false) continue
      const scores = feasible.map((node) => plugin.score?.(state, pod, node) ?? 0)
      plugin.normalize?.(state, scores, feasible)
      scores.forEach((score, i) => {
        totals[i] = (totals[i] ?? 0) + score * (plugin.weight ?? 1)
      })
    }
    const best = Math.max(...totals)
    return this.#random.pick(feasible.filter((_, i) => totals[i] === best))
  }

  *#bind(entry: QueuedPod, state: State, node: NodeInfo): Sim<void> {
    const { pod } = entry
    const { namespace, name, uid } = pod.metadata
    try {
      for (const plugin of this.#plugins) if (plugin.preBind !== undefined) yield* plugin.preBind(state, pod, node)
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target: { kind: 'Node', name: node.name } }
      yield* this.#client.post(r.PODS, namespace, name, 'binding', binding)
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
      this.#cache.forget(pod)
      this.#queue.moveOn('pod-delete')
      if (isNotFound(error)) return
      yield* this.#failed(entry, `${errorText(error)}`, 'SchedulerError', new Set())
      return
    }
    const note = `Successfully assigned ${namespace}/${name} to ${node.name}`
    this.#recorder.event(referenceTo(r.PODS, pod), 'Normal', 'Scheduled', 'Binding', note)
  }

  // A pod that fits nowhere

  *#fail(entry: QueuedPod, state: State, found: Found): Sim<void> {
    const { pod } = entry
    const total = this.#cache.nodes.length
    if (total === 0) {
      yield* this.#failed(entry, 'no nodes available to schedule pods', 'Unschedulable', new Set(this.#plugins.map((p) => p.name)))
      return
    }
    if (found.refused !== undefined) {
      const message = `0/${total} nodes are available: ${found.refused.reasons.join(', ')}. ${NOT_FOUND}`
      yield* this.#failed(entry, message, 'Unschedulable', found.rejectedBy)
      return
    }
    const message = fitMessage(total, found.rejections.values())
    if (pod.spec.preemptionPolicy === 'Never') {
      yield* this.#failed(entry, `${message} ${NO_CLAIMS}, preemption: ${NEVER}`, 'Unschedulable', found.rejectedBy)
      return
    }
    const preemption = this.#preempt(pod, state, found.rejections)
    if (preemption.chosen === undefined) {
      const text = fitMessage(total, [...preemption.rejections.values()])
      yield* this.#failed(entry, `${message} ${NO_CLAIMS}, preemption: ${text}`, 'Unschedulable', found.rejectedBy)
      return
    }
    this.#nominated.set(entry.key, preemption.chosen.node.name)
    yield* this.#evict(pod, preemption.chosen)
    yield* this.#failed(entry, message, 'Unschedulable', found.rejectedBy, preemption.chosen.node.name)
  }

  #preempt(
    pod: Pod,
    state: State,
    rejections: ReadonlyMap<NodeInfo, Rejection>,
  ): { readonly chosen: Candidate | undefined; readonly rejections: Map<NodeInfo, Rejection> } {
    const budgets = this.#informers.of(r.POD_DISRUPTION_BUDGETS).store.list()
    const refused = new Map<NodeInfo, Rejection>()
    const candidates: Candidate[] = []
    for (const [node, rejection] of rejections) {
      if (rejection.unresolvable) {
        refused.set(node, { reasons: [NOT_HELPFUL], unresolvable: true })
        continue
      }
      const fits = (): boolean => {
        const attempt: State = new Map(state)
        for (const plugin of this.#plugins) plugin.preFilter?.(attempt, pod, this.#cache)
        return this.#filter(attempt, pod, node) === undefined
      }
      const candidate = selectVictims(pod, node, budgets, fits)
      if (candidate === undefined) refused.set(node, { reasons: [NO_VICTIMS], unresolvable: false })
      else candidates.push(candidate)
    }
    return { chosen: pickCandidate(candidates), rejections: refused }
  }

  *#evict(pod: Pod, candidate: Candidate): Sim<void> {
    for (const victim of candidate.victims) {
      if (victim.metadata.deletionTimestamp !== undefined) continue
      const { namespace, name } = victim.metadata
      const target: Condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${NAME}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: rfc3339(this.#sim.now),
        observedGeneration: victim.metadata.generation,
      }
      try {
        yield* this.#client.patch(r.PODS, namespace, name, 'strategic', { status: { conditions: [target] } }, 'status')
        yield* this.#client.delete(r.PODS, namespace, name)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      const note = `Preempted by pod ${pod.metadata.uid} on node ${candidate.node.name}`
      this.#recorder.event(referenceTo(r.PODS, victim), 'Normal', 'Preempted', 'Preempting', note, referenceTo(r.PODS, pod))
    }
  }

  *#failed(entry: QueuedPod, message: string, reason: string, rejectedBy: ReadonlySet<string>, nominatedNodeName?: string): Sim<void> {
    const { pod } = entry
    if (this.#queue.get(entry.key) === undefined) this.#queue.add(pod)
    const queued = this.#queue.get(entry.key) ?? entry
    queued.attempts = Math.max(queued.attempts, entry.attempts)
    this.#queue.unschedulable(queued, rejectedBy)
    this.#recorder.event(referenceTo(r.PODS, pod), 'Warning', 'FailedScheduling', 'Scheduling', message)
    const old = pod.status?.conditions?.find((c) => c.type === 'PodScheduled')
    if (old?.status === 'False' && old.reason === reason && old.message === message && nominatedNodeName === undefined) return
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      lastProbeTime: null,
      lastTransitionTime: old?.status === 'False' ? old.lastTransitionTime : rfc3339(this.#sim.now),
      reason,
      message,
      observedGeneration: pod.metadata.generation,
    }
    const { namespace, name } = pod.metadata
    try {
      yield* this.#client.patch(r.PODS, namespace, name, 'strategic', { status: { conditions: [condition], nominatedNodeName } }, 'status')
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
      if (!isNotFound(error)) this.#log(`"Error updating pod" err="${errorText(error)}" pod="${namespace}/${name}"`)
    }
  }
}

/** How many nodes that will do are enough, in a cluster of `count`. Source: numFeasibleNodesToFind. */
export function feasibleWanted(count: number): number {
  if (count < MIN_FEASIBLE) return count
  const percent = Math.max(5, 50 - Math.floor(count / 125))
  return Math.max(MIN_FEASIBLE, Math.floor((count * percent) / 100))
}

function nodeEvents(old: Node, node: Node): ('node-allocatable' | 'node-labels' | 'node-taints' | 'node-unschedulable')[] {
  const events: ('node-allocatable' | 'node-labels' | 'node-taints' | 'node-unschedulable')[] = []
  if (!equal(old.status?.allocatable, node.status?.allocatable)) events.push('node-allocatable')
  if (!equal(old.metadata.labels, node.metadata.labels)) events.push('node-labels')
  if (!equal(old.spec.taints, node.spec.taints)) events.push('node-taints')
  if (old.spec.unschedulable !== node.spec.unschedulable) events.push('node-unschedulable')
  return events
}

/**
 * Node lifecycle controller: finds nodes whose kubelet is silent, taints nodes by their conditions.
 * Source: pkg/controller/nodelifecycle. Differs: no zones, so no slower eviction when most of a zone is down.
 */
import { equal } from '#kubernetes/api/json.ts'
import { isConflict, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { LEASES, NODES, PODS } from '#kubernetes/client/resources.ts'
import * as t from '#kubernetes/client/taints.ts'
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Node, Taint } from '#kubernetes/client/types/node.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { parseRfc3339, rfc3339, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { type Controller, now, recorderFor, startWorkers } from './context.ts'
import { condition } from './pods.ts'

const MONITOR_PERIOD = 5 * SECOND
const MONITOR_GRACE = 50 * SECOND
const STARTUP_GRACE = 60 * SECOND
const WORKERS = 8

const CONDITION_TAINTS: readonly (readonly [string, Condition['status'], string])[] = [
  ['Ready', 'False', t.NOT_READY],
  ['Ready', 'Unknown', t.UNREACHABLE],
  ['MemoryPressure', 'True', t.MEMORY_PRESSURE],
  ['DiskPressure', 'True', t.DISK_PRESSURE],
  ['NetworkUnavailable', 'True', t.NETWORK_UNAVAILABLE],
  ['PIDPressure', 'True', t.PID_PRESSURE],
]

/** Conditions of a node that has been silent for too long; undefined when nothing changes. */
export function planUnknown(node: Node, time: string): readonly Condition[] | undefined {
  const old = node.status?.conditions ?? []
  let changed = false
  const next = [...old]
  for (const type of ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']) {
    const i = next.findIndex((c) => c.type === type)
    const known = next[i]
    if (known === undefined) {
      next.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: time,
      })
      changed = true
    } else if (known.status !== 'Unknown') {
      next[i] = {
        ...known,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: time,
      }
      changed = true
    }
  }
  return changed ? next : undefined
}

/** The taints a node should have: NoSchedule for each bad condition, NoExecute when it isn't ready. */
export function planTaints(node: Node, time: string): readonly Taint[] | undefined {
  const conditions = node.status?.conditions
  const add: Taint[] = []
  const remove: Taint[] = []
  for (const [type, status, key] of CONDITION_TAINTS) {
    const taint: Taint = { key, effect: 'NoSchedule', timeAdded: time }
    ;(condition(conditions, type)?.status === status ? add : remove).push(taint)
  }
  ;(node.spec.unschedulable === true ? add : remove).push({ key: t.UNSCHEDULABLE, effect: 'NoSchedule', timeAdded: time })
  const ready = condition(conditions, 'Ready')?.status
  ;(ready === 'False' ? add : remove).push({ key: t.NOT_READY, effect: 'NoExecute', timeAdded: time })
  ;(ready === 'Unknown' ? add : remove).push({ key: t.UNREACHABLE, effect: 'NoExecute', timeAdded: time })
  return t.withTaints(node, add, remove)
}

export const nodeLifecycle: Controller = {
  name: 'node-lifecycle-controller',
  serviceAccount: 'node-controller',
  start(context) {
    const { client, sim, scope } = context
    const nodes = context.informers.of(NODES)
    const leases = context.informers.of(LEASES)
    const pods = context.informers.of(PODS)
    pods.store.addIndex('node', (pod) => [pod.spec.nodeName ?? ''])
    const recorder = recorderFor(context, 'node-controller')
    const queue = new WorkQueue(sim)
    /** When each node's kubelet was last heard of. */
    const seen = new Map<string, Micros>()
    const nodeEvent = (node: Node, type: 'Normal' | 'Warning', reason: string, message: string): void => {
      recorder.event(
        { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid, namespace: '' },
        type,
        reason,
        message,
      )
    }
    const heartbeat = (node: Node): string | undefined => condition(node.status?.conditions, 'Ready')?.lastHeartbeatTime
    nodes.addHandler({
      add(node) {
        const { name } = node.metadata
        const ready = condition(node.status?.conditions, 'Ready')
        seen.set(name, ready === undefined ? (parseRfc3339(node.metadata.creationTimestamp ?? '') ?? sim.now) : sim.now)
        nodeEvent(node, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`)
        queue.add(name)
      },
      update(old, node) {
        if (heartbeat(old) !== heartbeat(node)) seen.set(node.metadata.name, sim.now)
        queue.add(node.metadata.name)
      },
      delete(node) {
        const { name } = node.metadata
        seen.delete(name)
        nodeEvent(node, 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`)
      },
    })
    const renewed = (name: string, namespace: string | undefined): void => {
      if (namespace === 'kube-node-lease' && seen.has(name)) seen.set(name, sim.now)
    }
    leases.addHandler({
      add: (lease) => renewed(lease.metadata.name, lease.metadata.namespace),
      update(old, lease) {
        if (old.spec?.renewTime !== lease.spec?.renewTime) renewed(lease.metadata.name, lease.metadata.namespace)
      },
    })
    scope.every(MONITOR_PERIOD, () => {
      for (const [name, time] of seen) {
        const node = nodes.store.get(name)
        if (node === undefined) continue
        const grace = condition(node.status?.conditions, 'Ready') === undefined ? STARTUP_GRACE : MONITOR_GRACE
        if (sim.now > time + grace && planUnknown(node, '') !== undefined) queue.add(name)
      }
    })

    const markNotReady = function* (node: Node): Sim<void> {
      for (const pod of pods.store.byIndex('node', node.metadata.name)) {
        const ready = condition(pod.status?.conditions, 'Ready')
        if (ready?.status !== 'True') continue
        const conditions = (pod.status?.conditions ?? []).map(
          (c): Condition => (c === ready ? { ...c, status: 'False', lastTransitionTime: now(context) } : c),
        )
        try {
          yield* client.updateStatus(PODS, { ...pod, status: { ...pod.status, conditions } })
        } catch (error) {
          if (!isNotFound(error) && !isConflict(error)) throw error
        }
        recorder.event(referenceTo(PODS, pod), 'Warning', 'NodeNotReady', 'Node is not ready')
      }
    }

    const wasReady = new Map<string, boolean>()
    const sync = function* (name: string): Sim<void> {
      let node = nodes.store.get(name)
      if (node === undefined) {
        wasReady.delete(name)
        return
      }
      const grace = condition(node.status?.conditions, 'Ready') === undefined ? STARTUP_GRACE : MONITOR_GRACE
      if (sim.now > (seen.get(name) ?? sim.now) + grace) {
        const conditions = planUnknown(node, now(context))
        if (conditions !== undefined) node = yield* client.updateStatus(NODES, { ...node, status: { ...node.status, conditions } })
      }
      const ready = condition(node.status?.conditions, 'Ready')?.status === 'True'
      const before = wasReady.get(name)
      const taints = planTaints(node, rfc3339(sim.now))
      if (taints !== undefined && !equal(taints, node.spec.taints ?? [])) {
        const patch = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints } }
        yield* client.patch(NODES, undefined, name, 'merge', patch)
      }
      wasReady.set(name, ready)
      if (before === true && !ready) {
        nodeEvent(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
        yield* markNotReady(node)
      }
    }
    startWorkers(context, 'node-lifecycle', queue, WORKERS, sync)
  },
}

/** The node's taints that drive pods away, and when each is no longer tolerated. `never`: stays; 0: at once. */
export function planEviction(pod: Pod, taints: readonly Taint[]): { readonly after: Micros } | 'never' {
  let least: number | undefined
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => t.tolerates(toleration, taint))
    if (matching.length === 0) return { after: 0 }
    for (const { tolerationSeconds } of matching) {
      if (tolerationSeconds === undefined) continue
      if (tolerationSeconds <= 0) return { after: 0 }
      least = least === undefined ? tolerationSeconds : Math.min(least, tolerationSeconds)
    }
  }
  return least === undefined ? 'never' : { after: least * SECOND }
}

/** Evicts pods that don't tolerate their node's NoExecute taints, or no longer. Source: pkg/controller/tainteviction. */
export const taintEviction: Controller = {
  name: 'taint-eviction-controller',
  serviceAccount: 'node-controller',
  start(context) {
    const { client, sim } = context
    const nodes = context.informers.of(NODES)
    const pods = context.informers.of(PODS)
    pods.store.addIndex('node', (pod) => [pod.spec.nodeName ?? ''])
    const recorder = recorderFor(context, 'taint-eviction-controller')
    const queue = new WorkQueue(sim)
    /** Pods to be evicted: since when, and at what time. */
    const scheduled = new Map<string, { readonly since: Micros; readonly at: Micros }>()
    const noExecute = (node: Node | undefined): readonly Taint[] =>
      (node?.spec.taints ?? []).filter((taint) => taint.effect === 'NoExecute')
    const eventFor = (pod: Pod, reason: string, message: string): void =>
      recorder.event(
        { apiVersion: 'v1', kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
        'Normal',
        reason,
        message,
      )

    const consider = (pod: Pod): void => {
      const key = `${pod.metadata.namespace}/${pod.metadata.name}`
      const node = pod.spec.nodeName ?? ''
      if (node === '' || pod.metadata.deletionTimestamp !== undefined) return
      const taints = noExecute(nodes.store.get(node))
      const plan = taints.length === 0 ? 'never' : planEviction(pod, taints)
      const pending = scheduled.get(key)
      if (plan === 'never') {
        if (pending !== undefined) {
          scheduled.delete(key)
          eventFor(pod, 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
        }
        return
      }
      const since = pending?.since ?? sim.now
      const at = since + plan.after
      if (pending !== undefined && pending.at === at) return
      scheduled.set(key, { since, at })
      queue.addAfter(key, at - sim.now)
    }
    pods.addHandler({
      add: consider,
      update: (old, pod) => {
        if (old.spec.nodeName !== pod.spec.nodeName || !equal(old.spec.tolerations, pod.spec.tolerations)) consider(pod)
      },
      delete: (pod) => scheduled.delete(`${pod.metadata.namespace}/${pod.metadata.name}`),
    })
    const considerAll = (node: Node): void => {
      for (const pod of pods.store.byIndex('node', node.metadata.name)) consider(pod)
    }
    nodes.addHandler({
      add: considerAll,
      update: (old, node) => {
        if (!equal(noExecute(old), noExecute(node))) considerAll(node)
      },
    })

    const evict = function* (key: string): Sim<void> {
      const plan = scheduled.get(key)
      const pod = pods.store.get(key)
      if (plan === undefined || pod === undefined) return
      if (plan.at > sim.now) {
        queue.addAfter(key, plan.at - sim.now)
        return
      }
      scheduled.delete(key)
      if (pod.metadata.deletionTimestamp !== undefined) return
      eventFor(pod, 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
      const target: Condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
        lastTransitionTime: now(context),
        observedGeneration: pod.metadata.generation,
      }
      try {
        yield* client.patch(PODS, pod.metadata.namespace, pod.metadata.name, 'strategic', { status: { conditions: [target] } }, 'status')
        yield* client.delete(PODS, pod.metadata.namespace, pod.metadata.name)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
    startWorkers(context, 'taint-eviction', queue, WORKERS, evict)
  },
}

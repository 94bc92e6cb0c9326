/**
 * ReplicaSet controller: keeps as many pods as asked for.
 * Source: pkg/controller/replicaset. ReplicationControllers are kept by the same code, as there.
 */
import { equal } from '#kubernetes/api/json.ts'
import { errorText, isNamespaceTerminating, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, type Resource } from '#kubernetes/client/resources.ts'
import { compileSelector } from '#kubernetes/client/selectors.ts'
import type { Condition, KubeObject, LabelSelector } from '#kubernetes/client/types/meta.ts'
import type { Pod, PodTemplateSpec } from '#kubernetes/client/types/pod.ts'
import type { ReplicaSet, ReplicaSetStatus, ReplicationController } from '#kubernetes/client/types/workloads.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { type Controller, type ControllerContext, nonZero, now, parallel, recorderFor, startWorkers } from './context.ts'
import { byController, claimObjects, controllerOf, newControllerRef } from './controller-ref.ts'
import { Expectations } from './expectations.ts'
import {
  compareForDeletion,
  condition,
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminating,
  PodControl,
  podFromTemplate,
  slowStartSizes,
} from './pods.ts'

/** At most this many pods are made or deleted in one round. */
const BURST_REPLICAS = 500
const WORKERS = 5

/** What both kinds have in common. */
interface Replicated extends KubeObject {
  readonly spec: {
    readonly replicas?: number | undefined
    readonly minReadySeconds?: number | undefined
    readonly template: PodTemplateSpec
  }
  readonly status?: ReplicaSetStatus | undefined
}

export type ReplicaPlan = { readonly create: number; readonly remove: readonly Pod[] }

/** How many pods to make, or which to delete, so that there are `wanted`. */
export function planReplicas(pods: readonly Pod[], wanted: number, related: readonly Pod[], now: Micros): ReplicaPlan {
  const missing = wanted - pods.length
  if (missing >= 0) return { create: Math.min(missing, BURST_REPLICAS), remove: [] }
  const count = Math.min(-missing, BURST_REPLICAS)
  if (count >= pods.length) return { create: 0, remove: pods }
  const perNode = new Map<string, number>()
  for (const pod of related) {
    if (!isPodActive(pod)) continue
    const node = pod.spec.nodeName ?? ''
    perNode.set(node, (perNode.get(node) ?? 0) + 1)
  }
  const ranked = pods.map((pod) => ({ pod, rank: perNode.get(pod.spec.nodeName ?? '') ?? 0 }))
  ranked.sort((a, b) => compareForDeletion(a, b, now))
  return { create: 0, remove: ranked.slice(0, count).map((r) => r.pod) }
}

/** The status that `pods` (active ones) give. */
export function planReplicaStatus(
  owner: Replicated,
  pods: readonly Pod[],
  terminating: number | undefined,
  failure: { readonly reason: string; readonly message: string } | undefined,
  at: Micros,
  time: string,
): ReplicaSetStatus {
  const templateLabels = Object.entries(owner.spec.template.metadata?.labels ?? {})
  const minReady = owner.spec.minReadySeconds ?? 0
  let labelled = 0
  let ready = 0
  let available = 0
  for (const pod of pods) {
    if (templateLabels.every(([k, v]) => pod.metadata.labels?.[k] === v)) labelled++
    if (!isPodReady(pod)) continue
    ready++
    if (isPodAvailable(pod, minReady, at)) available++
  }
  return {
    replicas: pods.length,
    fullyLabeledReplicas: nonZero(labelled),
    readyReplicas: nonZero(ready),
    availableReplicas: nonZero(available),
    terminatingReplicas: terminating,
    observedGeneration: owner.metadata.generation,
    conditions: failureConditions(owner.status?.conditions, failure, time),
  }
}

function failureConditions(
  old: readonly Condition[] | undefined,
  failure: { readonly reason: string; readonly message: string } | undefined,
  time: string,
): readonly Condition[] | undefined {
  const known = condition(old, 'ReplicaFailure')
  if (failure !== undefined) {
    if (known !== undefined) return old
    return [...(old ?? []), { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: time }]
  }
  if (known === undefined) return old
  const rest = (old ?? []).filter((c) => c !== known)
  return rest.length === 0 ? undefined : rest
}

/** How one of the two kinds is to be handled. */
interface Flavour<T extends Replicated> {
  readonly resource: Resource<T>
  readonly component: string
  readonly selector: (owner: T) => LabelSelector
  /** ReplicaSets of one Deployment spread over the same nodes. */
  readonly relates: boolean
}

function startReplicaController<T extends Replicated>(context: ControllerContext, flavour: Flavour<T>): void {
  const { sim, client } = context
  const { resource } = flavour
  const owners = context.informers.of(resource)
  const pods = context.informers.of(PODS)
  pods.store.addIndex('controller', byController)
  owners.store.addIndex('controller', byController)
  const queue = new WorkQueue(sim)
  const expectations = new Expectations(sim)
  const recorder = recorderFor(context, flavour.component)
  const control = new PodControl(client, recorder)

  const resolve = (pod: Pod): T | undefined => {
    const ref = controllerOf(pod)
    if (ref?.kind !== resource.kind) return undefined
    const owner = owners.store.find(pod.metadata.namespace, ref.name)
    return owner?.metadata.uid === ref.uid ? owner : undefined
  }
  const enqueueMatching = (pod: Pod): void => {
    for (const owner of owners.store.inNamespace(pod.metadata.namespace ?? '')) {
      if (compileSelector(flavour.selector(owner))(pod.metadata.labels)) queue.add(keyOf(owner))
    }
  }
  const podGone = (pod: Pod): void => {
    const owner = resolve(pod)
    if (owner === undefined) return
    expectations.deletionObserved(keyOf(owner), keyOf(pod))
    queue.add(keyOf(owner))
  }

  owners.addHandler({
    add: (owner) => queue.add(keyOf(owner)),
    update: (_, owner) => queue.add(keyOf(owner)),
    delete: (owner) => {
      expectations.forget(keyOf(owner))
      queue.add(keyOf(owner))
    },
  })
  pods.addHandler({
    add(pod) {
      if (pod.metadata.deletionTimestamp !== undefined) {
        podGone(pod)
        return
      }
      const owner = resolve(pod)
      if (owner !== undefined) {
        expectations.creationObserved(keyOf(owner))
        queue.add(keyOf(owner))
      } else if (controllerOf(pod) === undefined) enqueueMatching(pod)
    },
    update(old, pod) {
      const relabelled = !equal(old.metadata.labels, pod.metadata.labels)
      if (pod.metadata.deletionTimestamp !== undefined) {
        podGone(pod)
        if (relabelled) podGone(old)
        return
      }
      const changed = controllerOf(old)?.uid !== controllerOf(pod)?.uid
      if (changed) {
        const before = resolve(old)
        if (before !== undefined) queue.add(keyOf(before))
      }
      const owner = resolve(pod)
      if (owner !== undefined) {
        queue.add(keyOf(owner))
        const seconds = owner.spec.minReadySeconds ?? 0
        if (!isPodReady(old) && isPodReady(pod) && seconds > 0) queue.addAfter(keyOf(owner), (seconds + 1) * SECOND)
      } else if (controllerOf(pod) === undefined && (relabelled || changed)) enqueueMatching(pod)
    },
    delete: podGone,
  })

  const createPods = function* (key: string, owner: T, count: number): Sim<unknown> {
    expectations.expectCreations(key, count)
    const reference = referenceTo(resource, owner)
    const ownerRef = newControllerRef(resource, owner)
    const pod = podFromTemplate(owner.spec.template, owner.metadata.namespace ?? '', ownerRef, { generateName: `${owner.metadata.name}-` })
    let made = 0
    for (const size of slowStartSizes(count)) {
      const create = function* (): Sim<void> {
        try {
          yield* control.create(pod, reference)
        } catch (error) {
          if (!isNamespaceTerminating(error)) throw error
        }
      }
      const errors = yield* parallel(context.scope, `${flavour.component} create`, Array.from({ length: size }, create))
      const failed = errors.filter((e) => e !== undefined)
      made += size - failed.length
      if (failed.length > 0) {
        expectations.creationObserved(key, count - made)
        return failed[0]
      }
    }
    return undefined
  }

  const deletePods = function* (key: string, owner: T, victims: readonly Pod[]): Sim<unknown> {
    expectations.expectDeletions(key, victims.map(keyOf))
    const reference = referenceTo(resource, owner)
    const remove = function* (pod: Pod): Sim<void> {
      try {
        yield* control.delete(pod.metadata.namespace, pod.metadata.name, reference)
      } catch (error) {
        expectations.deletionObserved(key, keyOf(pod))
        if (!isNotFound(error)) throw error
      }
    }
    const errors = yield* parallel(context.scope, `${flavour.component} delete`, victims.map(remove))
    return errors.find((e) => e !== undefined)
  }

  /** Pods of the ReplicaSets that have the same controller. */
  const relatedPods = (owner: T): Pod[] => {
    const ref = controllerOf(owner)
    const siblings = flavour.relates && ref !== undefined ? owners.store.byIndex('controller', ref.uid) : [owner]
    return siblings.flatMap((sibling) => pods.store.byIndex('controller', sibling.metadata.uid ?? ''))
  }

  const sync = function* (key: string): Sim<void> {
    const owner = owners.store.get(key)
    if (owner === undefined) {
      expectations.forget(key)
      return
    }
    const needsSync = expectations.satisfied(key)
    const selector = compileSelector(flavour.selector(owner))
    const namespace = owner.metadata.namespace ?? ''
    const own = pods.store.byIndex('controller', owner.metadata.uid ?? '')
    const orphans = pods.store.byIndex('controller', '').filter((p) => p.metadata.namespace === namespace)
    const terminating = own.filter(isPodTerminating).length
    const mine = yield* claimObjects(client, resource, owner, PODS, [...own, ...orphans].filter(isPodActive), selector)
    let error: unknown
    let failure: { readonly reason: string; readonly message: string } | undefined
    if (needsSync && owner.metadata.deletionTimestamp === undefined) {
      const wanted = owner.spec.replicas ?? 1
      const related = mine.length > wanted ? relatedPods(owner) : []
      const plan = planReplicas(mine, wanted, related, sim.now)
      if (plan.create > 0) error = yield* createPods(key, owner, plan.create)
      else if (plan.remove.length > 0) error = yield* deletePods(key, owner, plan.remove)
      if (error !== undefined) failure = { reason: plan.create > 0 ? 'FailedCreate' : 'FailedDelete', message: errorText(error) }
    }
    const failing = needsSync ? failure : knownFailure(owner)
    const status = planReplicaStatus(owner, mine, flavour.relates ? terminating : undefined, failing, sim.now, now(context))
    if (!equal(status, owner.status)) yield* client.updateStatus(resource, { ...owner, status })
    if (error !== undefined) throw error
    const seconds = owner.spec.minReadySeconds ?? 0
    if (seconds > 0 && (status.readyReplicas ?? 0) !== (status.availableReplicas ?? 0)) queue.addAfter(key, seconds * SECOND)
  }
  startWorkers(context, flavour.component, queue, WORKERS, sync)
}

/** The failure that the status tells already: kept while nothing new was tried. */
function knownFailure(owner: Replicated): { readonly reason: string; readonly message: string } | undefined {
  const known = condition(owner.status?.conditions, 'ReplicaFailure')
  return known === undefined ? undefined : { reason: known.reason ?? '', message: known.message ?? '' }
}

export const replicaset: Controller = {
  name: 'replicaset-controller',
  serviceAccount: 'replicaset-controller',
  start: (context) =>
    startReplicaController<ReplicaSet>(context, {
      resource: REPLICA_SETS,
      component: 'replicaset-controller',
      selector: (rs) => rs.spec.selector,
      relates: true,
    }),
}

export const replicationcontroller: Controller = {
  name: 'replicationcontroller-controller',
  serviceAccount: 'replication-controller',
  start: (context) =>
    startReplicaController<ReplicationController>(context, {
      resource: REPLICATION_CONTROLLERS,
      component: 'replication-controller',
      selector: (rc) => ({ matchLabels: rc.spec.selector }),
      relates: false,
    }),
}

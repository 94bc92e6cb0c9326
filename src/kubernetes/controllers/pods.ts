/** What controllers ask about pods, and how they make them. Source: pkg/api/v1/pod, pkg/controller/controller_utils.go. */
import type { Client } from '#kubernetes/client/client.ts'
import { errorText, isNamespaceTerminating, isNotFound } from '#kubernetes/client/errors.ts'
import type { EventRecorder } from '#kubernetes/client/events.ts'
import { PODS } from '#kubernetes/client/resources.ts'
import type { ObjectReference } from '#kubernetes/client/types/core.ts'
import type { Condition, OwnerReference } from '#kubernetes/client/types/meta.ts'
import type { Pod, PodTemplateSpec } from '#kubernetes/client/types/pod.ts'
import { parseRfc3339, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'

export function condition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((c) => c.type === type)
}

export function isPodReady(pod: Pod): boolean {
  return condition(pod.status?.conditions, 'Ready')?.status === 'True'
}

export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined
}

/** Being deleted and not finished. */
export function isPodTerminating(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp !== undefined
}

/** When the pod became ready; undefined when it is not. */
export function readySince(pod: Pod): Micros | undefined {
  const ready = condition(pod.status?.conditions, 'Ready')
  return ready?.status === 'True' ? parseRfc3339(ready.lastTransitionTime ?? '') : undefined
}

/** Ready, and for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: Micros): boolean {
  const since = readySince(pod)
  if (!isPodReady(pod)) return false
  return minReadySeconds === 0 || (since !== undefined && since + minReadySeconds * SECOND <= now)
}

/** The pod of a template, owned by `owner`. With no `name` the server makes one of `generateName`. */
export function podFromTemplate(
  template: PodTemplateSpec,
  namespace: string,
  owner: OwnerReference,
  name: { readonly name?: string; readonly generateName?: string },
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    // The name is the server's to make when only a prefix is given.
    metadata: { ...(name as { readonly name: string }), namespace, labels, annotations, finalizers, ownerReferences: [owner] },
    spec: template.spec,
  }
}

/** Creates and deletes pods for a controller and records events about it on the owner. */
export class PodControl {
  readonly #client: Client
  readonly #recorder: EventRecorder

  constructor(client: Client, recorder: EventRecorder) {
    this.#client = client
    this.#recorder = recorder
  }

  *create(pod: Pod, owner: ObjectReference): Sim<Pod> {
    try {
      const created = yield* this.#client.create(PODS, pod.metadata.namespace, pod)
      this.#recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
      return created
    } catch (error) {
      if (!isNamespaceTerminating(error)) this.#recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${errorText(error)}`)
      throw error
    }
  }

  *delete(namespace: string | undefined, name: string, owner: ObjectReference): Sim<void> {
    try {
      yield* this.#client.delete(PODS, namespace, name)
    } catch (error) {
      if (!isNotFound(error)) this.#recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${errorText(error)}`)
      throw error
    }
    this.#recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
  }
}

/** Sizes of batches that double while all goes well: 1, 2, 4, … Source: slowStartBatch. */
export function slowStartSizes(count: number, initial = 1): number[] {
  const sizes: number[] = []
  for (let left = count, size = Math.min(count, initial); size > 0; size = Math.min(2 * size, left)) {
    sizes.push(size)
    left -= size
  }
  return sizes
}

interface RankedPod {
  readonly pod: Pod
  /** Pods of related owners on the same node: crowded nodes are thinned first. */
  readonly rank: number
}

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/** Floor of the binary logarithm; -1 for less than 1. */
function log2(n: number): number {
  let result = -1
  for (let rest = Math.floor(n); rest >= 1; rest /= 2) result++
  return result
}

/** Negative when `a` should be deleted before `b`. Source: ActivePodsWithRanks.Less. */
export function compareForDeletion(a: RankedPod, b: RankedPod, now: Micros): number {
  const bound = (p: Pod): number => ((p.spec.nodeName ?? '') === '' ? 0 : 1)
  const phase = (p: Pod): number => PHASE_ORDER[p.status?.phase ?? 'Pending'] ?? 0
  const ready = (p: Pod): number => (isPodReady(p) ? 1 : 0)
  const cost = (p: Pod): number => Number(p.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0
  for (const measure of [bound, phase, ready, cost]) {
    const difference = measure(a.pod) - measure(b.pod)
    if (difference !== 0) return difference
  }
  if (a.rank !== b.rank) return b.rank - a.rank
  const byTime = (x: Micros | undefined, y: Micros | undefined): number | undefined => {
    if (x === y || x === undefined || y === undefined) return undefined
    // Ages are compared by order of magnitude, so that equal replicas are thinned at random.
    const ranks = log2((now - x) * 1000) - log2((now - y) * 1000)
    return ranks !== 0 ? ranks : (a.pod.metadata.uid ?? '') < (b.pod.metadata.uid ?? '') ? -1 : 1
  }
  if (isPodReady(a.pod) && isPodReady(b.pod)) {
    const order = byTime(readySince(a.pod), readySince(b.pod))
    if (order !== undefined) return order
  }
  const restarts = maxRestarts(b.pod) - maxRestarts(a.pod)
  if (restarts !== 0) return restarts
  return byTime(parseRfc3339(a.pod.metadata.creationTimestamp ?? ''), parseRfc3339(b.pod.metadata.creationTimestamp ?? '')) ?? 0
}

function maxRestarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((s) => s.restartCount))
}

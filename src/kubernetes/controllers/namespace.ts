/** Namespace controller: empties a namespace that is being deleted, then lets it go. Source: pkg/controller/namespace. */
import { equal } from '#kubernetes/api/json.ts'
import { resourcePath } from '#kubernetes/client/client.ts'
import { type DiscoveredResource, discover } from '#kubernetes/client/discovery.ts'
import { ApiError, isConflict, isNotFound } from '#kubernetes/client/errors.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { NAMESPACES } from '#kubernetes/client/resources.ts'
import type { Namespace } from '#kubernetes/client/types/core.ts'
import type { Condition, KubeObject } from '#kubernetes/client/types/meta.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, type ControllerContext, now, startWorkers } from './context.ts'

/** Content may still be on its way when a namespace is deleted: this long is waited. */
const GRACE = 5 * SECOND
const WORKERS = 10
/** What is still there with finalizers is looked at again after this many seconds. */
const FINALIZER_ESTIMATE = 15

/** What is left of one resource after a round. */
export interface Remaining {
  readonly resource: string
  readonly group: string
  readonly count: number
  /** Objects by finalizer. */
  readonly finalizers: Readonly<Record<string, number>>
  /** Seconds until it makes sense to look again. */
  readonly estimate: number
}

const CONDITIONS = [
  ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  ['NamespaceDeletionContentFailure', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
  ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'],
  ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
] as const

/** The conditions after a round. Source: namespaceConditionUpdater. */
export function planConditions(
  old: readonly Condition[] | undefined,
  remaining: readonly Remaining[],
  failure: string | undefined,
  time: string,
): Condition[] {
  const problems = new Map<string, readonly [string, string]>()
  if (failure !== undefined) problems.set('NamespaceDeletionContentFailure', ['ContentDeletionFailed', failure])
  const left = remaining.filter((r) => r.count > 0).map((r) => `${r.resource}.${r.group} has ${r.count} resource instances`)
  if (left.length > 0)
    problems.set('NamespaceContentRemaining', ['SomeResourcesRemain', `Some resources are remaining: ${left.sort().join(', ')}`])
  const finalizers = new Map<string, number>()
  for (const r of remaining) for (const [name, n] of Object.entries(r.finalizers)) finalizers.set(name, (finalizers.get(name) ?? 0) + n)
  if (finalizers.size > 0) {
    const texts = [...finalizers].map(([name, n]) => `${name} in ${n} resource instances`).sort()
    problems.set('NamespaceFinalizersRemaining', [
      'SomeFinalizersRemain',
      `Some content in the namespace has finalizers remaining: ${texts.join(', ')}`,
    ])
  }
  const next = CONDITIONS.map(([type, reason, message]): Condition => {
    const problem = problems.get(type)
    const status = problem === undefined ? 'False' : 'True'
    const before = old?.find((c) => c.type === type)
    const fresh = { type, status, reason: problem?.[0] ?? reason, message: problem?.[1] ?? message } as const
    const same = before?.status === fresh.status && before.reason === fresh.reason && before.message === fresh.message
    return { ...fresh, lastTransitionTime: same ? before.lastTransitionTime : time }
  })
  return [...(old ?? []).filter((c) => !CONDITIONS.some(([type]) => type === c.type)), ...next]
}

/** Seconds until pods that are being deleted may be gone: the longest grace period. */
export function estimateGraceSeconds(pods: readonly Pod[]): number {
  let estimate = 0
  for (const pod of pods) {
    const phase = pod.status?.phase
    if (phase === 'Succeeded' || phase === 'Failed') continue
    estimate = Math.max(estimate, pod.spec.terminationGracePeriodSeconds ?? 0)
  }
  return estimate
}

function* empty(context: ControllerContext, namespace: string, resource: DiscoveredResource): Sim<Remaining> {
  const { client } = context
  const can = (verb: string): boolean => resource.verbs.includes(verb)
  const nothing: Remaining = { resource: resource.resource, group: resource.group, count: 0, finalizers: {}, estimate: 0 }
  if (!can('list')) return nothing
  const before = (yield* client.list(resource, namespace)).items
  if (before.length === 0) return nothing
  const isPods = resource.group === '' && resource.resource === 'pods'
  const grace = isPods ? estimateGraceSeconds(before as readonly Pod[]) : 0
  if (can('deletecollection')) yield* client.deleteCollection(resource, namespace, { propagationPolicy: 'Background' })
  else {
    for (const item of before) {
      try {
        yield* client.delete(resource, namespace, item.metadata.name, { propagationPolicy: 'Background' })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
  }
  const left: readonly KubeObject[] = (yield* client.list(resource, namespace)).items
  const finalizers: Record<string, number> = {}
  for (const item of left) for (const name of item.metadata.finalizers ?? []) finalizers[name] = (finalizers[name] ?? 0) + 1
  const estimate = left.length === 0 ? 0 : Math.max(grace, Object.keys(finalizers).length > 0 ? FINALIZER_ESTIMATE : 0, 1)
  return { ...nothing, count: left.length, finalizers, estimate }
}

function* syncNamespace(context: ControllerContext, queue: WorkQueue, name: string): Sim<void> {
  const { client } = context
  let namespace: Namespace | undefined = yield* client.find(NAMESPACES, undefined, name)
  if (namespace?.metadata.deletionTimestamp === undefined) return
  if (namespace.status?.phase !== 'Terminating') {
    namespace = yield* client.updateStatus(NAMESPACES, { ...namespace, status: { ...namespace.status, phase: 'Terminating' } })
  }
  const finalizers = namespace.spec?.finalizers ?? []
  if (finalizers.length === 0) return
  const resources = (yield* discover(client)).filter((r) => r.namespaced && r.verbs.includes('delete'))
  const remaining: Remaining[] = []
  const failures: string[] = []
  const sweep = function* (resource: DiscoveredResource): Sim<void> {
    try {
      remaining.push(yield* empty(context, name, resource))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.code !== 404 && error.code !== 405) failures.push(error.message)
    }
  }
  const isPods = (r: DiscoveredResource): boolean => r.group === '' && r.resource === 'pods'
  for (const resource of resources.filter(isPods)) yield* sweep(resource)
  // Everything else waits until no pod is left that might need it. While pods go by themselves, that isn't told as remaining content.
  const podsLeft = remaining.some((r) => r.count > 0)
  const waiting = remaining.find((r) => r.count > 0)
  if (!podsLeft) for (const resource of resources) if (!isPods(resource)) yield* sweep(resource)
  const shown = waiting !== undefined && Object.keys(waiting.finalizers).length === 0 ? [] : remaining
  const failure =
    failures.length === 0 ? undefined : `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`
  const conditions = planConditions(namespace.status?.conditions, shown, failure, now(context))
  const status = { ...namespace.status, conditions }
  if (!equal(status, namespace.status)) {
    try {
      namespace = yield* client.updateStatus(NAMESPACES, { ...namespace, status })
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  if (failure !== undefined) throw new Error(failure)
  const estimate = Math.max(0, ...remaining.map((r) => r.estimate))
  if (remaining.some((r) => r.count > 0)) {
    queue.addAfter(name, (Math.floor(estimate / 2) + 1) * SECOND)
    return
  }
  const body = {
    ...namespace,
    apiVersion: 'v1',
    kind: 'Namespace',
    spec: { ...namespace.spec, finalizers: finalizers.filter((f) => f !== 'kubernetes') },
  }
  yield* client.request('PUT', resourcePath(NAMESPACES, undefined, name, 'finalize'), body)
}

export const namespace: Controller = {
  name: 'namespace-controller',
  serviceAccount: 'namespace-controller',
  start(context) {
    const queue = new WorkQueue(context.sim)
    const enqueue = (ns: Namespace): void => {
      if (ns.metadata.deletionTimestamp !== undefined) queue.addAfter(keyOf(ns), GRACE)
    }
    context.informers.of(NAMESPACES).addHandler({ add: enqueue, update: (_, ns) => enqueue(ns) })
    startWorkers(context, 'namespace', queue, WORKERS, (key) => syncNamespace(context, queue, key))
  },
}

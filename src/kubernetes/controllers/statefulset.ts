/** StatefulSet controller: pods with names, claims and an order. Source: pkg/controller/statefulset. */
import { equal, goJson, sorted } from '#kubernetes/api/json.ts'
import { controllerRevisionHash } from '#kubernetes/api/pod-template-hash.ts'
import { errorText, isAlreadyExists, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { CONTROLLER_REVISIONS, PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS } from '#kubernetes/client/resources.ts'
import { compileSelector } from '#kubernetes/client/selectors.ts'
import type { Pod, PodTemplateSpec, Volume } from '#kubernetes/client/types/pod.ts'
import type { PersistentVolumeClaim } from '#kubernetes/client/types/storage.ts'
import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '#kubernetes/client/types/workloads.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, type ControllerContext, nonZero, recorderFor, startWorkers } from './context.ts'
import { byController, claimObjects, controllerOf, newControllerRef } from './controller-ref.ts'
import { isPodAvailable, isPodReady, podFromTemplate } from './pods.ts'
import { findRevision, REVISION_HASH, renumber, revisionData } from './revisions.ts'

const WORKERS = 5
const POD_NAME = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX = 'apps.kubernetes.io/pod-index'

/** Number of a pod of the set: `db-3` is 3; undefined for others. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const m = /^(.*)-(\d+)$/.exec(pod.metadata.name)
  return m?.[1] === set.metadata.name ? Number(m[2]) : undefined
}

/** A pod that ended is as good as none; one that goes is waited for. */
const isGone = (pod: Pod): boolean => pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined
const isUp = (pod: Pod | undefined): boolean => pod?.status?.phase === 'Running' && isPodReady(pod)

export type Step =
  | { readonly do: 'create'; readonly ordinal: number }
  | { readonly do: 'delete'; readonly pod: Pod; readonly why: 'scale' | 'update' | 'failed' }

export interface StatefulPlan {
  readonly steps: readonly Step[]
}

/**
 * What to do next. Ordered sets do one thing at a time, from the lowest number up when they grow and from the highest down when
 * they shrink or are updated; parallel ones don't wait. Source: updateStatefulSet.
 */
export function planStatefulSet(set: StatefulSet, pods: readonly Pod[], update: string, now: number): StatefulPlan {
  const start = set.spec.ordinals?.start ?? 0
  const end = start + (set.spec.replicas ?? 1)
  const parallel = set.spec.podManagementPolicy === 'Parallel'
  const minReady = set.spec.minReadySeconds ?? 0
  const steps: Step[] = []
  const byOrdinal = new Map(pods.flatMap((p) => (ordinalOf(set, p) === undefined ? [] : [[ordinalOf(set, p) ?? 0, p] as const])))
  for (let i = start; i < end; i++) {
    const pod = byOrdinal.get(i)
    if (pod === undefined) {
      steps.push({ do: 'create', ordinal: i })
      if (!parallel) return { steps }
      continue
    }
    if (isGone(pod)) {
      if (!isTerminating(pod)) steps.push({ do: 'delete', pod, why: 'failed' })
      if (!parallel) return { steps }
      continue
    }
    if (parallel) continue
    if (isTerminating(pod) || !isUp(pod) || !isPodAvailable(pod, minReady, now)) return { steps }
  }
  const condemned = [...byOrdinal].filter(([i]) => i < start || i >= end).sort(([a], [b]) => b - a)
  for (const [, pod] of condemned) {
    if (isTerminating(pod)) {
      if (!parallel) return { steps }
      continue
    }
    steps.push({ do: 'delete', pod, why: 'scale' })
    if (!parallel) return { steps }
  }
  if (steps.length > 0 || set.spec.updateStrategy?.type === 'OnDelete') return { steps }
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
  for (let i = end - 1; i >= Math.max(start, partition); i--) {
    const pod = byOrdinal.get(i)
    if (pod === undefined) continue
    if (pod.metadata.labels?.[REVISION_HASH] !== update && !isTerminating(pod)) return { steps: [{ do: 'delete', pod, why: 'update' }] }
    // The next one waits until this one is well.
    if (!isUp(pod) || isTerminating(pod)) return { steps }
  }
  return { steps }
}

export function claimName(template: PersistentVolumeClaim, set: StatefulSet, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`
}

/** The pod with a number. Source: newStatefulSetPod. */
export function statefulPod(set: StatefulSet, ordinal: number, revision: string, template: PodTemplateSpec): Pod {
  const { name, namespace = '' } = set.metadata
  const podName = `${name}-${ordinal}`
  const labels = { ...template.metadata?.labels, [POD_NAME]: podName, [POD_INDEX]: String(ordinal), [REVISION_HASH]: revision }
  const claims: Volume[] = (set.spec.volumeClaimTemplates ?? []).map((c) => ({
    name: c.metadata.name,
    persistentVolumeClaim: { claimName: claimName(c, set, ordinal) },
  }))
  const others = (template.spec.volumes ?? []).filter((v) => !claims.some((c) => c.name === v.name))
  const pod = podFromTemplate(
    { metadata: { ...template.metadata, labels }, spec: template.spec },
    namespace,
    newControllerRef(STATEFUL_SETS, set),
    { name: podName },
  )
  const volumes = [...claims, ...others]
  return {
    ...pod,
    metadata: { ...pod.metadata, generateName: `${name}-` },
    spec: {
      ...pod.spec,
      hostname: podName,
      subdomain: set.spec.serviceName === '' ? undefined : set.spec.serviceName,
      volumes: volumes.length === 0 ? undefined : volumes,
    },
  }
}

export const statefulset: Controller = {
  name: 'statefulset-controller',
  serviceAccount: 'statefulset-controller',
  start(context: ControllerContext) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const sets = context.informers.of(STATEFUL_SETS)
    const pods = context.informers.of(PODS)
    const claims = context.informers.of(PERSISTENT_VOLUME_CLAIMS)
    const revisions = context.informers.of(CONTROLLER_REVISIONS)
    pods.store.addIndex('controller', byController)
    revisions.store.addIndex('controller', byController)
    const recorder = recorderFor(context, 'statefulset-controller')
    const enqueue = (set: StatefulSet): void => queue.add(keyOf(set))
    sets.addHandler({ add: enqueue, update: (_, set) => enqueue(set), delete: enqueue })
    const podChanged = (pod: Pod): void => {
      const ref = controllerOf(pod)
      const set = ref?.kind === 'StatefulSet' ? sets.store.find(pod.metadata.namespace, ref.name) : undefined
      if (set !== undefined && set.metadata.uid === ref?.uid) enqueue(set)
      else if (ref === undefined)
        for (const s of sets.store.inNamespace(pod.metadata.namespace ?? ''))
          if (compileSelector(s.spec.selector)(pod.metadata.labels)) enqueue(s)
    }
    pods.addHandler({ add: podChanged, update: (_, pod) => podChanged(pod), delete: podChanged })

    const currentRevisions = function* (
      set: StatefulSet,
    ): Sim<{ readonly current: ControllerRevision; readonly update: ControllerRevision; readonly all: readonly ControllerRevision[] }> {
      const all = revisions.store.byIndex('controller', set.metadata.uid ?? '')
      const data = sorted(revisionData(set.spec.template)) as Readonly<Record<string, unknown>>
      let update = findRevision(all, data)
      if (update !== undefined) update = yield* renumber(client, update, all)
      else {
        const collisions = set.status?.collisionCount ?? 0
        const hash = controllerRevisionHash(data, collisions === 0 ? 0 : collisions)
        const { name, namespace, annotations } = set.metadata
        const made: ControllerRevision = {
          metadata: {
            name: `${name}-${hash}`,
            namespace,
            labels: { ...set.spec.template.metadata?.labels, 'controller.kubernetes.io/hash': hash },
            annotations,
            ownerReferences: [newControllerRef(STATEFUL_SETS, set)],
          },
          data,
          revision: Math.max(0, ...all.map((r) => r.revision)) + 1,
        }
        try {
          update = yield* client.create(CONTROLLER_REVISIONS, namespace, made)
        } catch (error) {
          if (!isAlreadyExists(error)) throw error
          update = yield* client.get(CONTROLLER_REVISIONS, namespace, made.metadata.name)
        }
      }
      const current = all.find((r) => r.metadata.name === set.status?.currentRevision) ?? update
      return { current, update, all }
    }

    const createClaims = function* (set: StatefulSet, pod: Pod, ordinal: number): Sim<void> {
      for (const template of set.spec.volumeClaimTemplates ?? []) {
        const name = claimName(template, set, ordinal)
        if (claims.store.find(set.metadata.namespace, name) !== undefined) continue
        const labels = { ...template.metadata.labels, ...set.spec.selector.matchLabels }
        const claim: PersistentVolumeClaim = {
          metadata: { ...template.metadata, name, namespace: set.metadata.namespace, labels },
          spec: template.spec,
        }
        try {
          yield* client.create(PERSISTENT_VOLUME_CLAIMS, set.metadata.namespace, claim)
          recorder.event(
            referenceTo(STATEFUL_SETS, set),
            'Normal',
            'SuccessfulCreate',
            `Create Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} success`,
          )
        } catch (error) {
          if (isAlreadyExists(error)) continue
          recorder.event(
            referenceTo(STATEFUL_SETS, set),
            'Warning',
            'FailedCreate',
            `Create Claim ${name} for Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} failed error: ${errorText(error)}`,
          )
          throw error
        }
      }
    }

    const act = function* (set: StatefulSet, step: Step, current: ControllerRevision, update: ControllerRevision): Sim<void> {
      const reference = referenceTo(STATEFUL_SETS, set)
      const { name } = set.metadata
      if (step.do === 'delete') {
        const { pod } = step
        try {
          yield* client.delete(PODS, pod.metadata.namespace, pod.metadata.name)
        } catch (error) {
          if (isNotFound(error)) return
          recorder.event(
            reference,
            'Warning',
            'FailedDelete',
            `Delete Pod ${pod.metadata.name} in StatefulSet ${name} failed error: ${errorText(error)}`,
          )
          throw error
        }
        if (step.why === 'failed')
          recorder.event(
            reference,
            'Warning',
            'RecreatingFailedPod',
            `StatefulSet ${set.metadata.namespace}/${name} is recreating failed Pod ${pod.metadata.name}`,
          )
        recorder.event(reference, 'Normal', 'SuccessfulDelete', `Delete Pod ${pod.metadata.name} in StatefulSet ${name} successful`)
        return
      }
      const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
      const start = set.spec.ordinals?.start ?? 0
      const isOld =
        current.metadata.name !== update.metadata.name &&
        step.ordinal < Math.max(partition, start + (set.status?.currentReplicas ?? 0)) &&
        set.spec.updateStrategy?.type !== 'OnDelete'
      const revision = isOld ? current : update
      const template = isOld ? templateOf(current) : set.spec.template
      const pod = statefulPod(set, step.ordinal, revision.metadata.name, template)
      yield* createClaims(set, pod, step.ordinal)
      try {
        yield* client.create(PODS, set.metadata.namespace, pod)
        recorder.event(reference, 'Normal', 'SuccessfulCreate', `Create Pod ${pod.metadata.name} in StatefulSet ${name} successful`)
      } catch (error) {
        if (isAlreadyExists(error)) return
        recorder.event(
          reference,
          'Warning',
          'FailedCreate',
          `Create Pod ${pod.metadata.name} in StatefulSet ${name} failed error: ${errorText(error)}`,
        )
        throw error
      }
    }

    const sync = function* (key: string): Sim<void> {
      const set = sets.store.get(key)
      if (set === undefined) return
      const own = pods.store.byIndex('controller', set.metadata.uid ?? '')
      const orphans = pods.store.byIndex('controller', '').filter((p) => p.metadata.namespace === set.metadata.namespace)
      const matches = (p: Pod): boolean => ordinalOf(set, p) !== undefined
      const mine = yield* claimObjects(client, STATEFUL_SETS, set, PODS, [...own, ...orphans], compileSelector(set.spec.selector), matches)
      const { current, update, all } = yield* currentRevisions(set)
      const plan = set.metadata.deletionTimestamp === undefined ? planStatefulSet(set, mine, update.metadata.name, sim.now) : { steps: [] }
      let failure: unknown
      try {
        for (const step of plan.steps) yield* act(set, step, current, update)
      } catch (error) {
        failure = error
      }
      const created = plan.steps.filter((s) => s.do === 'create').length
      const status = planStatefulStatus(set, mine, current, update, failure === undefined ? created : 0, sim.now)
      if (!equal(status, set.status)) yield* client.updateStatus(STATEFUL_SETS, { ...set, status })
      if (failure !== undefined) throw failure
      const live = new Set([status.currentRevision, status.updateRevision, ...mine.map((p) => p.metadata.labels?.[REVISION_HASH])])
      const unused = all.filter((r) => !live.has(r.metadata.name)).sort((a, b) => a.revision - b.revision)
      for (const revision of unused.slice(0, Math.max(0, unused.length - (set.spec.revisionHistoryLimit ?? 10))))
        yield* client.delete(CONTROLLER_REVISIONS, revision.metadata.namespace, revision.metadata.name)
      if ((set.spec.minReadySeconds ?? 0) > 0 && (status.availableReplicas ?? 0) !== (status.readyReplicas ?? 0))
        queue.addAfter(key, (set.spec.minReadySeconds ?? 0) * SECOND)
    }
    startWorkers(context, 'statefulset', queue, WORKERS, sync)
  },
}

/** The template a revision remembers. */
function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (
    JSON.parse(goJson(revision.data)) as { readonly spec: { readonly template: PodTemplateSpec & { readonly $patch?: string } } }
  ).spec.template
  return template
}

export function planStatefulStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  current: ControllerRevision,
  update: ControllerRevision,
  created: number,
  now: number,
): StatefulSetStatus {
  const counts = { replicas: created, ready: 0, available: 0, current: 0, updated: 0 }
  const isCurrent = (hash: string | undefined): boolean => hash === current.metadata.name
  for (const pod of pods) {
    if (isGone(pod)) continue
    counts.replicas++
    if (isUp(pod)) {
      counts.ready++
      if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)) counts.available++
    }
    if (isTerminating(pod)) continue
    if (isCurrent(pod.metadata.labels?.[REVISION_HASH])) counts.current++
    if (pod.metadata.labels?.[REVISION_HASH] === update.metadata.name) counts.updated++
  }
  if (current.metadata.name === update.metadata.name) counts.current += created
  counts.updated += created
  const wanted = set.spec.replicas ?? 1
  const partitioned = (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0) > 0
  const complete =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    !partitioned &&
    counts.updated === counts.replicas &&
    counts.ready === counts.replicas &&
    counts.replicas === wanted
  return {
    observedGeneration: set.metadata.generation,
    replicas: counts.replicas,
    readyReplicas: nonZero(counts.ready),
    currentReplicas: nonZero(complete ? counts.updated : counts.current),
    updatedReplicas: nonZero(counts.updated),
    availableReplicas: counts.available,
    currentRevision: complete ? update.metadata.name : current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    conditions: set.status?.conditions,
  }
}

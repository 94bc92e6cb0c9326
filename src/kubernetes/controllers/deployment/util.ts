/** Arithmetic and annotations of Deployments: pure. Source: pkg/controller/deployment/util. */
import { equal } from '#kubernetes/api/json.ts'
import type { Condition, IntOrString, Labels } from '#kubernetes/client/types/meta.ts'
import type { Pod, PodTemplateSpec } from '#kubernetes/client/types/pod.ts'
import type { Deployment, DeploymentStatus, ReplicaSet } from '#kubernetes/client/types/workloads.ts'
import { parseRfc3339, SECOND } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'
import { condition } from '../pods.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'
export const HASH_LABEL = 'pod-template-hash'

/** Annotations of a Deployment that its ReplicaSets don't get. */
const NOT_COPIED = [
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]

/** No progress deadline: the largest int32. */
const NO_DEADLINE = 2_147_483_647
const NO_HISTORY_LIMIT = 2_147_483_647

export function hasProgressDeadline(d: Deployment): boolean {
  const seconds = d.spec.progressDeadlineSeconds
  return seconds !== undefined && seconds !== NO_DEADLINE
}

export function historyLimit(d: Deployment): number | undefined {
  const limit = d.spec.revisionHistoryLimit
  return limit === undefined || limit === NO_HISTORY_LIMIT ? undefined : limit
}

export function isRollingUpdate(d: Deployment): boolean {
  return (d.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'
}

/** A number, or a percentage of `total`, rounded up or down. */
export function scaledValue(value: IntOrString | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const percent = Number(value.replace('%', '')) * total
  return roundUp ? Math.ceil(percent / 100) : Math.floor(percent / 100)
}

/** maxSurge and maxUnavailable in pods; never both 0. */
export function fenceposts(d: Deployment): { readonly surge: number; readonly unavailable: number } {
  const replicas = d.spec.replicas ?? 1
  const surge = scaledValue(d.spec.strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, true)
  const unavailable = scaledValue(d.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, false)
  return surge === 0 && unavailable === 0 ? { surge: 0, unavailable: 1 } : { surge, unavailable }
}

export function maxSurge(d: Deployment): number {
  return isRollingUpdate(d) ? fenceposts(d).surge : 0
}

export function maxUnavailable(d: Deployment): number {
  const replicas = d.spec.replicas ?? 1
  if (!isRollingUpdate(d) || replicas === 0) return 0
  return Math.min(fenceposts(d).unavailable, replicas)
}

export function replicasOf(rs: ReplicaSet): number {
  return rs.spec.replicas ?? 1
}

export function sum(sets: readonly ReplicaSet[], of: (rs: ReplicaSet) => number): number {
  return sets.reduce((total, rs) => total + of(rs), 0)
}

/** Oldest first; of one second, by name. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const x = a.metadata.creationTimestamp ?? ''
  const y = b.metadata.creationTimestamp ?? ''
  return x < y || (x === y && a.metadata.name < b.metadata.name) ? -1 : 1
}

export function revisionOf(object: ReplicaSet | Deployment): number {
  return Number(object.metadata.annotations?.[REVISION] ?? 0) || 0
}

/** The same template, but for the label with the hash. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return equal(withoutHash(a), withoutHash(b))
}

function withoutHash(template: PodTemplateSpec): unknown {
  const labels = Object.fromEntries(Object.entries(template.metadata?.labels ?? {}).filter(([key]) => key !== HASH_LABEL))
  return { ...template, metadata: { ...template.metadata, labels } }
}

/** The ReplicaSet with the Deployment's present template; the oldest, if there are several. */
export function findNewReplicaSet(d: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...sets].sort(byCreation).find((rs) => sameTemplate(rs.spec.template, d.spec.template))
}

/** How many replicas the new ReplicaSet should have. Source: NewRSNewReplicas. */
export function newReplicas(d: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = d.spec.replicas ?? 1
  if (!isRollingUpdate(d)) return wanted
  const room = wanted + fenceposts(d).surge - sum(all, replicasOf)
  if (room <= 0) return current
  return current + Math.min(room, wanted - current)
}

/** The annotations a ReplicaSet should have, and whether that is a change. Source: SetNewReplicaSetAnnotations. */
export function replicaSetAnnotations(
  d: Deployment,
  old: Labels | undefined,
  revision: number,
): { readonly annotations: Labels; readonly changed: boolean } {
  const annotations: Record<string, string> = { ...old }
  let changed = false
  for (const [key, value] of Object.entries(d.metadata.annotations ?? {})) {
    if (NOT_COPIED.includes(key) || annotations[key] === value) continue
    annotations[key] = value
    changed = true
  }
  const before = old?.[REVISION]
  if ((Number(before ?? 0) || 0) < revision) {
    annotations[REVISION] = String(revision)
    changed = true
    if (before !== undefined)
      annotations[REVISION_HISTORY] = old?.[REVISION_HISTORY] === undefined ? before : `${old[REVISION_HISTORY]},${before}`
  }
  return { annotations, changed }
}

export function sizeAnnotations(d: Deployment): Labels {
  const wanted = d.spec.replicas ?? 1
  return { [DESIRED_REPLICAS]: String(wanted), [MAX_REPLICAS]: String(wanted + maxSurge(d)) }
}

/** This ReplicaSet's share of the pods to add (or, negative, to take away). Source: GetReplicaSetProportion. */
export function proportion(rs: ReplicaSet, d: Deployment, toAdd: number, added: number): number {
  if (replicasOf(rs) === 0 || toAdd === 0 || toAdd === added) return 0
  const fraction = replicaSetFraction(rs, d)
  const allowed = toAdd - added
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed)
}

function replicaSetFraction(rs: ReplicaSet, d: Deployment): number {
  const wanted = d.spec.replicas ?? 1
  const size = replicasOf(rs)
  if (wanted === 0) return -size
  const before = Number(rs.metadata.annotations?.[MAX_REPLICAS] ?? 0) || (d.status?.replicas ?? 0)
  if (before === 0) return 0
  const scaled = (size * (wanted + maxSurge(d))) / before
  return (scaled < 0 ? Math.ceil(scaled - 0.5) : Math.floor(scaled + 0.5)) - size
}

export function isComplete(d: Deployment, status: DeploymentStatus): boolean {
  const wanted = d.spec.replicas ?? 1
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (d.metadata.generation ?? 0)
  )
}

export function isProgressing(d: Deployment, status: DeploymentStatus): boolean {
  const old = d.status
  const updated = status.updatedReplicas ?? 0
  const updatedBefore = old?.updatedReplicas ?? 0
  return (
    updated > updatedBefore ||
    (status.replicas ?? 0) - updated < (old?.replicas ?? 0) - updatedBefore ||
    (status.readyReplicas ?? 0) > (old?.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (old?.availableReplicas ?? 0)
  )
}

/** True when the deadline has passed since the last progress. */
export function isTimedOut(d: Deployment, status: DeploymentStatus, now: Micros): boolean {
  const progressing = condition(status.conditions, 'Progressing')
  if (!hasProgressDeadline(d) || progressing === undefined || progressing.reason === 'NewReplicaSetAvailable') return false
  if (progressing.reason === 'ProgressDeadlineExceeded') return true
  const from = parseRfc3339(progressing.lastUpdateTime ?? '') ?? now
  return from + (d.spec.progressDeadlineSeconds ?? 0) * SECOND < now
}

/** `conditions` with `next` set; unchanged when neither status nor reason changes. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition): readonly Condition[] {
  const old = condition(conditions, next.type)
  if (old !== undefined && old.status === next.status && old.reason === next.reason) return conditions ?? []
  const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : next.lastTransitionTime
  return [...(conditions ?? []).filter((c) => c.type !== next.type), { ...next, lastTransitionTime }]
}

export function newCondition(type: string, status: Condition['status'], reason: string, message: string, time: string): Condition {
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message }
}

/** True while a pod of an old ReplicaSet may still run: `Recreate` waits for it. */
export function oldPodsRunning(newRS: ReplicaSet | undefined, pods: readonly Pod[], owner: (pod: Pod) => string | undefined): boolean {
  return pods.some((pod) => {
    const uid = owner(pod)
    if (newRS !== undefined && uid === newRS.metadata.uid) return false
    return pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded'
  })
}

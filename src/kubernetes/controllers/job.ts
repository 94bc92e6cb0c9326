/** Job controller. Source: pkg/controller/job. Differs: no tracking finalizers on pods; podFailurePolicy acts on exit codes only. */
import { equal } from '#kubernetes/api/json.ts'
import { errorText, isNamespaceTerminating, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { JOBS, PODS } from '#kubernetes/client/resources.ts'
import { compileSelector } from '#kubernetes/client/selectors.ts'
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Pod, PodTemplateSpec } from '#kubernetes/client/types/pod.ts'
import type { Job, JobStatus } from '#kubernetes/client/types/workloads.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { parseRfc3339, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { type Controller, type ControllerContext, nonZero, now, parallel, recorderFor, startWorkers } from './context.ts'
import { byController, claimObjects, controllerOf, newControllerRef } from './controller-ref.ts'
import { Expectations } from './expectations.ts'
import { condition, isPodActive, isPodReady, PodControl, podFromTemplate } from './pods.ts'

const WORKERS = 5
const MAX_PARALLEL = 500
const INDEX = 'batch.kubernetes.io/job-completion-index'
/** Between failures new pods wait: 10 s doubling to 10 min. */
const BACKOFF_BASE = 10 * SECOND
const BACKOFF_MAX = 600 * SECOND
/** Changes of pods are gathered this long. Source: SyncJobBatchPeriod. */
const BATCH = SECOND

export function isFinished(job: Job): boolean {
  return (job.status?.conditions ?? []).some((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True')
}

export function completionIndex(pod: Pod): number {
  return Number(pod.metadata.annotations?.[INDEX] ?? pod.metadata.labels?.[INDEX] ?? -1)
}

/** Numbers as ranges: `0-2,4`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b)
  const parts: string[] = []
  for (let i = 0; i < sorted.length; ) {
    let j = i
    while (j + 1 < sorted.length && sorted[j + 1] === (sorted[j] ?? 0) + 1) j++
    parts.push(i === j ? `${sorted[i]}` : j === i + 1 ? `${sorted[i]},${sorted[j]}` : `${sorted[i]}-${sorted[j]}`)
    i = j + 1
  }
  return parts.join(',')
}

export type JobVerdict = { readonly type: 'Complete' } | { readonly type: 'Failed'; readonly reason: string; readonly message: string }

export interface JobCounts {
  readonly active: readonly Pod[]
  readonly succeeded: number
  readonly failed: number
  readonly succeededIndexes: ReadonlySet<number>
  readonly failedIndexes: ReadonlySet<number>
}

/** Counts of a job's pods; what was counted before and is gone since stays counted. */
export function countPods(
  job: Job,
  pods: readonly Pod[],
  counted: { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> },
): JobCounts {
  const active = pods.filter(isPodActive)
  const succeeded = new Set(counted.succeeded)
  const failed = new Set(counted.failed)
  const succeededIndexes = new Set<number>(parseIndexes(job.status?.completedIndexes ?? ''))
  for (const pod of pods) {
    const uid = pod.metadata.uid ?? ''
    if (pod.status?.phase === 'Succeeded') {
      succeeded.add(uid)
      if (completionIndex(pod) >= 0) succeededIndexes.add(completionIndex(pod))
    } else if (pod.status?.phase === 'Failed' || (pod.metadata.deletionTimestamp !== undefined && !isPodActive(pod))) failed.add(uid)
  }
  const failedIndexes = new Set<number>(parseIndexes(job.status?.failedIndexes ?? ''))
  const perIndex = job.spec.backoffLimitPerIndex
  if (perIndex !== undefined) {
    const counts = new Map<number, number>()
    for (const pod of pods)
      if (pod.status?.phase === 'Failed') counts.set(completionIndex(pod), (counts.get(completionIndex(pod)) ?? 0) + 1)
    for (const [index, n] of counts) if (n > perIndex) failedIndexes.add(index)
  }
  const indexed = job.spec.completionMode === 'Indexed'
  return { active, succeeded: indexed ? succeededIndexes.size : succeeded.size, failed: failed.size, succeededIndexes, failedIndexes }
}

export function parseIndexes(text: string): number[] {
  return text
    .split(',')
    .filter((p) => p !== '')
    .flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, i) => from + i)
    })
}

/** Whether the job is over. */
export function planVerdict(job: Job, counts: JobCounts, pods: readonly Pod[], at: Micros): JobVerdict | undefined {
  const { spec, status } = job
  const rule = failurePolicy(job, pods)
  if (rule !== undefined) return { type: 'Failed', reason: 'PodFailurePolicy', message: rule }
  const restarts = pods
    .filter(isPodActive)
    .reduce(
      (sum, p) =>
        sum + (p.spec.restartPolicy === 'OnFailure' ? (p.status?.containerStatuses ?? []).reduce((n, c) => n + c.restartCount, 0) : 0),
      0,
    )
  const limit = spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647)
  if (counts.failed > limit || (restarts > 0 && restarts > limit))
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
  const start = parseRfc3339(status?.startTime ?? '')
  if (
    spec.activeDeadlineSeconds !== undefined &&
    start !== undefined &&
    spec.suspend !== true &&
    at >= start + spec.activeDeadlineSeconds * SECOND
  ) {
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
  }
  if (spec.maxFailedIndexes !== undefined && counts.failedIndexes.size > spec.maxFailedIndexes)
    return {
      type: 'Failed',
      reason: 'MaxFailedIndexesExceeded',
      message: 'Job has exceeded the specified maximal number of failed indexes',
    }
  const completions = spec.completions
  if (completions === undefined) return counts.succeeded > 0 && counts.active.length === 0 ? { type: 'Complete' } : undefined
  if (counts.succeeded >= completions) return { type: 'Complete' }
  if (counts.failedIndexes.size > 0 && counts.succeeded + counts.failedIndexes.size >= completions)
    return { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' }
  return undefined
}

function failurePolicy(job: Job, pods: readonly Pod[]): string | undefined {
  for (const pod of pods) {
    if (pod.status?.phase !== 'Failed') continue
    for (const [i, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
      const on = rule.onExitCodes
      if (on === undefined) continue
      const hit = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find((s) => {
        const code = s.state.terminated?.exitCode ?? 0
        if (code === 0 || (on.containerName !== undefined && on.containerName !== s.name)) return false
        return on.operator === 'In' ? on.values.includes(code) : !on.values.includes(code)
      })
      if (hit === undefined) continue
      if (rule.action !== 'FailJob') break
      return `Container ${hit.name} for pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${hit.state.terminated?.exitCode} matching FailJob rule at index ${i}`
    }
  }
  return undefined
}

/** How many more pods a job wants now (negative: too many). */
export function planParallelism(job: Job, counts: JobCounts): number {
  const parallelism = job.spec.suspend === true ? 0 : (job.spec.parallelism ?? 1)
  const active = counts.active.length
  if (job.spec.completions === undefined) return (counts.succeeded > 0 ? Math.min(active, parallelism) : parallelism) - active
  const left = job.spec.completions - counts.succeeded - counts.failedIndexes.size
  return Math.max(0, Math.min(parallelism, left)) - active
}

export const job: Controller = {
  name: 'job-controller',
  serviceAccount: 'job-controller',
  start: (context) => startJobController(context),
}

function startJobController(context: ControllerContext): void {
  const { client, sim } = context
  const queue = new WorkQueue(sim)
  const jobs = context.informers.of(JOBS)
  const pods = context.informers.of(PODS)
  pods.store.addIndex('controller', byController)
  const recorder = recorderFor(context, 'job-controller')
  const control = new PodControl(client, recorder)
  const expectations = new Expectations(sim)
  /** Uids of pods that were counted, by the job's uid: they may be deleted since. */
  const counted = new Map<string, { readonly succeeded: Set<string>; readonly failed: Set<string> }>()
  const lastFailure = new Map<string, { count: number; at: Micros }>()

  const resolve = (pod: Pod): Job | undefined => {
    const ref = controllerOf(pod)
    const found = ref?.kind === 'Job' ? jobs.store.find(pod.metadata.namespace, ref.name) : undefined
    return found?.metadata.uid === ref?.uid ? found : undefined
  }
  jobs.addHandler({
    add: (j) => queue.add(keyOf(j)),
    update: (_, j) => queue.add(keyOf(j)),
    delete: (j) => {
      counted.delete(j.metadata.uid ?? '')
      lastFailure.delete(j.metadata.uid ?? '')
      expectations.forget(keyOf(j))
    },
  })
  pods.addHandler({
    add(pod) {
      const j = resolve(pod)
      if (j === undefined) return
      expectations.creationObserved(keyOf(j))
      queue.addAfter(keyOf(j), BATCH)
    },
    update(old, pod) {
      const j = resolve(pod)
      if (j === undefined) return
      if (pod.metadata.deletionTimestamp !== undefined) expectations.deletionObserved(keyOf(j), keyOf(pod))
      queue.addAfter(keyOf(j), old.status?.phase === pod.status?.phase ? BATCH : BATCH / 2)
    },
    delete(pod) {
      const j = resolve(pod)
      if (j === undefined) return
      // One that went before it ended has failed, unless the job had been suspended.
      const known = counted.get(j.metadata.uid ?? '')
      if (known !== undefined && j.spec.suspend !== true && !known.succeeded.has(pod.metadata.uid ?? ''))
        known.failed.add(pod.metadata.uid ?? '')
      expectations.deletionObserved(keyOf(j), keyOf(pod))
      queue.addAfter(keyOf(j), BATCH)
    },
  })

  const template = (j: Job, index: number | undefined): Pod => {
    const { namespace = '', name } = j.metadata
    const base: PodTemplateSpec = j.spec.template
    const ref = newControllerRef(JOBS, j)
    if (index === undefined) return podFromTemplate(base, namespace, ref, { generateName: `${name}-` })
    const annotated: PodTemplateSpec = {
      metadata: {
        ...base.metadata,
        annotations: { ...base.metadata?.annotations, [INDEX]: String(index) },
        labels: { ...base.metadata?.labels, [INDEX]: String(index) },
      },
      spec: {
        ...base.spec,
        hostname: `${name}-${index}`,
        containers: base.spec.containers.map((c) => ({
          ...c,
          env: [...(c.env ?? []), { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } }],
        })),
      },
    }
    return podFromTemplate(annotated, namespace, ref, { generateName: `${name}-${index}-` })
  }

  const remove = function* (key: string, j: Job, victims: readonly Pod[]): Sim<void> {
    if (victims.length === 0) return
    expectations.expectDeletions(key, victims.map(keyOf))
    const reference = referenceTo(JOBS, j)
    const drop = function* (pod: Pod): Sim<void> {
      try {
        yield* control.delete(pod.metadata.namespace, pod.metadata.name, reference)
      } catch (error) {
        expectations.deletionObserved(key, keyOf(pod))
        if (!isNotFound(error)) throw error
      }
    }
    const errors = yield* parallel(context.scope, 'job delete', victims.map(drop))
    const failed = errors.find((e) => e !== undefined)
    if (failed !== undefined) throw failed
  }

  const create = function* (key: string, j: Job, indexes: readonly (number | undefined)[]): Sim<void> {
    expectations.expectCreations(key, indexes.length)
    const reference = referenceTo(JOBS, j)
    const make = function* (index: number | undefined): Sim<void> {
      try {
        yield* control.create(template(j, index), reference)
      } catch (error) {
        expectations.creationObserved(key)
        if (!isNamespaceTerminating(error)) throw error
      }
    }
    const errors = yield* parallel(context.scope, 'job create', indexes.map(make))
    const failed = errors.find((e) => e !== undefined)
    if (failed !== undefined) throw failed
  }

  const sync = function* (key: string): Sim<void> {
    const j = jobs.store.get(key)
    if (j === undefined || isFinished(j)) return
    const uid = j.metadata.uid ?? ''
    const own = pods.store.byIndex('controller', uid)
    const orphans = pods.store.byIndex('controller', '').filter((p) => p.metadata.namespace === j.metadata.namespace)
    const mine = yield* claimObjects(client, JOBS, j, PODS, [...own, ...orphans], compileSelector(j.spec.selector))
    const known = counted.get(uid) ?? { succeeded: new Set<string>(), failed: new Set<string>() }
    counted.set(uid, known)
    for (const pod of mine) {
      if (pod.status?.phase === 'Succeeded') known.succeeded.add(pod.metadata.uid ?? '')
      else if (pod.status?.phase === 'Failed') known.failed.add(pod.metadata.uid ?? '')
    }
    const counts = countPods(j, mine, known)
    let status: JobStatus = { ...j.status }
    const time = now(context)
    const suspended = j.spec.suspend === true
    if (status.startTime === undefined && !suspended) {
      status = { ...status, startTime: time }
    }
    const verdict = decided(status) ?? planVerdict({ ...j, status }, counts, mine, sim.now)
    // Anew in each round: the queue keeps only the earliest of a key's times.
    const start = parseRfc3339(status.startTime ?? '')
    if (verdict === undefined && start !== undefined && !suspended && j.spec.activeDeadlineSeconds !== undefined)
      queue.addAfter(key, start + j.spec.activeDeadlineSeconds * SECOND - sim.now)
    const left = mine.filter((p) => p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed')
    let active = counts.active.length
    if (verdict !== undefined) {
      yield* remove(key, j, counts.active)
      status = finish(j, status, verdict, time, active)
      active = 0
    } else if (expectations.satisfied(key) && j.metadata.deletionTimestamp === undefined) {
      const missing = planParallelism(j, counts)
      if (missing < 0) {
        const victims = [...counts.active].sort((a, b) => Number(isPodReady(a)) - Number(isPodReady(b))).slice(0, -missing)
        yield* remove(key, j, victims)
        active -= victims.length
      } else if (missing > 0) {
        const wait = backoff(uid, counts.failed)
        if (wait > 0) queue.addAfter(key, wait)
        else {
          const indexes = wantedIndexes(j, counts).slice(0, Math.min(missing, MAX_PARALLEL))
          yield* create(key, j, indexes)
          active += indexes.length
        }
      }
      status = suspension(j, status, suspended, time)
    }
    const indexed = j.spec.completionMode === 'Indexed'
    status = {
      ...status,
      active: nonZero(active),
      succeeded: nonZero(counts.succeeded),
      failed: nonZero(counts.failed),
      ready: counts.active.filter(isPodReady).length,
      terminating:
        left.filter((p) => p.metadata.deletionTimestamp !== undefined).length + (verdict === undefined ? 0 : counts.active.length),
      uncountedTerminatedPods: {},
      completedIndexes: indexed && counts.succeededIndexes.size > 0 ? formatIndexes(counts.succeededIndexes) : undefined,
      failedIndexes: j.spec.backoffLimitPerIndex === undefined ? undefined : formatIndexes(counts.failedIndexes),
    }
    if (verdict !== undefined) status = { ...status, ready: 0 }
    // First it is said that it will fail (or has what it takes); that it has, only when no pod is left.
    const over = verdict !== undefined && left.length === 0
    let current = j
    if (!equal(status, j.status) && !(over && decided(j.status ?? {}) !== undefined))
      current = yield* client.updateStatus(JOBS, { ...j, status })
    if (!over) return
    const complete = verdict.type === 'Complete'
    const last: Condition = {
      type: verdict.type,
      status: 'True',
      reason: complete ? 'CompletionsReached' : verdict.reason,
      message: complete ? REACHED : verdict.message,
      lastProbeTime: time,
      lastTransitionTime: time,
    }
    const done: JobStatus = { ...status, conditions: [...(status.conditions ?? []), last], completionTime: complete ? time : undefined }
    yield* client.updateStatus(JOBS, { ...current, status: done })
    if (complete) recorder.event(referenceTo(JOBS, j), 'Normal', 'Completed', 'Job completed')
    else recorder.event(referenceTo(JOBS, j), 'Warning', verdict.reason, verdict.message)
  }

  /** How long new pods still have to wait after the latest failure. */
  const backoff = (uid: string, failures: number): Micros => {
    if (failures === 0) return 0
    const last = lastFailure.get(uid)
    if (last === undefined || last.count !== failures) lastFailure.set(uid, { count: failures, at: sim.now })
    const at = lastFailure.get(uid)?.at ?? sim.now
    return Math.max(0, at + Math.min(BACKOFF_BASE * 2 ** Math.min(failures - 1, 10), BACKOFF_MAX) - sim.now)
  }

  const suspension = (j: Job, status: JobStatus, suspended: boolean, time: string): JobStatus => {
    const old = condition(status.conditions, 'Suspended')
    if (suspended === (old?.status === 'True')) return status
    if (!suspended && old === undefined) return status
    const next: Condition = suspended
      ? {
          type: 'Suspended',
          status: 'True',
          reason: 'JobSuspended',
          message: 'Job suspended',
          lastProbeTime: time,
          lastTransitionTime: time,
        }
      : { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed', lastProbeTime: time, lastTransitionTime: time }
    recorder.event(referenceTo(JOBS, j), 'Normal', suspended ? 'Suspended' : 'Resumed', suspended ? 'Job suspended' : 'Job resumed')
    return { ...status, startTime: suspended ? undefined : time, conditions: [...(status.conditions ?? []).filter((c) => c !== old), next] }
  }

  const onError = function* (key: string): Sim<void> {
    try {
      yield* sync(key)
    } catch (error) {
      if (error instanceof Error && error.name !== 'AssertionError') context.log(`"syncing job" key="${key}" err="${errorText(error)}"`)
      throw error
    }
  }
  startWorkers(context, 'job', queue, WORKERS, onError)
}

const REACHED = 'Reached expected number of succeeded pods'

/** What was decided earlier: it doesn't change any more. */
function decided(status: JobStatus): JobVerdict | undefined {
  const failure = condition(status.conditions, 'FailureTarget')
  if (failure !== undefined) return { type: 'Failed', reason: failure.reason ?? '', message: failure.message ?? '' }
  return condition(status.conditions, 'SuccessCriteriaMet') === undefined ? undefined : { type: 'Complete' }
}

function finish(job: Job, status: JobStatus, verdict: JobVerdict, time: string, active: number): JobStatus {
  const type = verdict.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
  if (condition(status.conditions, type) !== undefined) return status
  const reason = verdict.type === 'Complete' ? 'CompletionsReached' : verdict.reason
  const message = verdict.type === 'Complete' ? REACHED : verdict.message
  const next: Condition = { type, status: 'True', reason, message, lastProbeTime: time, lastTransitionTime: time }
  return { ...status, conditions: [...(status.conditions ?? []), next], active: job.spec.suspend === true ? active : 0 }
}

/** Indexes without a pod that runs or has succeeded; for other jobs as many times undefined as pods are missing. */
function wantedIndexes(job: Job, counts: JobCounts): (number | undefined)[] {
  if (job.spec.completionMode !== 'Indexed') return Array.from({ length: Math.max(0, planParallelism(job, counts)) }, () => undefined)
  const busy = new Set(counts.active.map(completionIndex))
  const out: number[] = []
  for (let i = 0; i < (job.spec.completions ?? 0); i++)
    if (!busy.has(i) && !counts.succeededIndexes.has(i) && !counts.failedIndexes.has(i)) out.push(i)
  return out
}

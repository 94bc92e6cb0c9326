/** CronJob controller. Source: pkg/controller/cronjob (v2). Differs: time zones other than UTC are refused in an event. */
import { equal } from '#kubernetes/api/json.ts'
import { errorText, isAlreadyExists, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { CRON_JOBS, JOBS } from '#kubernetes/client/resources.ts'
import type { ObjectReference } from '#kubernetes/client/types/core.ts'
import type { CronJob, Job } from '#kubernetes/client/types/workloads.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { MINUTE, parseRfc3339, rfc3339, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { type Controller, recorderFor, startWorkers } from './context.ts'
import { byController, controllerOf, newControllerRef } from './controller-ref.ts'
import { parseSchedule } from './cron.ts'
import { isFinished } from './job.ts'

const WORKERS = 5
/** More missed times than this are not counted any more. */
const TOO_MANY = 100
const UTC = ['', 'UTC', 'Etc/UTC', 'Etc/GMT', 'GMT', 'Zulu']

export interface CronPlan {
  /** The time to start a job for; undefined: nothing is due. */
  readonly due: Micros | undefined
  readonly missed: number
  readonly next: Micros | undefined
}

/** What is due at `now`. */
export function planCron(cron: CronJob, now: Micros): CronPlan {
  const schedule = parseSchedule(cron.spec.schedule)
  if (schedule === undefined) return { due: undefined, missed: 0, next: undefined }
  let from = parseRfc3339(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp ?? '') ?? now
  if (cron.spec.startingDeadlineSeconds !== undefined) from = Math.max(from, now - cron.spec.startingDeadlineSeconds * SECOND)
  let due: Micros | undefined
  let missed = 0
  let at = schedule.next(from)
  for (; at !== undefined && at <= now && missed <= TOO_MANY; at = schedule.next(at)) {
    due = at
    missed++
  }
  if (missed > TOO_MANY) {
    // So many that only the last one matters: it is found from near the present.
    for (let t = schedule.next(now - 2 * MINUTE); t !== undefined && t <= now; t = schedule.next(t)) due = t
    at = schedule.next(now)
  }
  return { due, missed, next: at }
}

export const cronjob: Controller = {
  name: 'cronjob-controller',
  serviceAccount: 'cronjob-controller',
  start(context) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const crons = context.informers.of(CRON_JOBS)
    const jobs = context.informers.of(JOBS)
    jobs.store.addIndex('controller', byController)
    const recorder = recorderFor(context, 'cronjob-controller')
    crons.addHandler({ add: (c) => queue.add(keyOf(c)), update: (_, c) => queue.add(keyOf(c)) })
    const jobChanged = (job: Job): void => {
      const ref = controllerOf(job)
      if (ref?.kind === 'CronJob') queue.add(`${job.metadata.namespace}/${ref.name}`)
    }
    jobs.addHandler({ add: jobChanged, update: (_, job) => jobChanged(job), delete: jobChanged })

    const remove = function* (cron: CronJob, job: Job): Sim<boolean> {
      try {
        yield* client.delete(JOBS, job.metadata.namespace, job.metadata.name, { propagationPolicy: 'Background' })
      } catch (error) {
        if (!isNotFound(error)) {
          recorder.event(referenceTo(CRON_JOBS, cron), 'Warning', 'FailedDelete', `Deleted job: ${errorText(error)}`)
          return false
        }
      }
      recorder.event(referenceTo(CRON_JOBS, cron), 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`)
      return true
    }

    const sync = function* (key: string): Sim<void> {
      const cron = crons.store.get(key)
      if (cron === undefined) return
      const reference = referenceTo(CRON_JOBS, cron)
      const mine = jobs.store.byIndex('controller', cron.metadata.uid ?? '')
      const status = {
        active: [...(cron.status?.active ?? [])],
        lastScheduleTime: cron.status?.lastScheduleTime,
        lastSuccessfulTime: cron.status?.lastSuccessfulTime,
      }
      for (const job of mine) {
        const listed = status.active.some((r) => r.uid === job.metadata.uid)
        if (!listed && !isFinished(job)) {
          const current = status.active.some((r) => r.name === job.metadata.name)
          if (!current)
            recorder.event(
              reference,
              'Warning',
              'UnexpectedJob',
              `Saw a job that the controller did not create or forgot: ${job.metadata.name}`,
            )
        } else if (listed && isFinished(job)) {
          status.active = status.active.filter((r) => r.uid !== job.metadata.uid)
          const failed = job.status?.conditions?.some((c) => c.type === 'Failed' && c.status === 'True') === true
          recorder.event(
            reference,
            'Normal',
            'SawCompletedJob',
            `Saw completed job: ${job.metadata.name}, condition: ${failed ? 'Failed' : 'Complete'}`,
          )
        }
        const done = job.status?.completionTime
        if (isFinished(job) && done !== undefined && (status.lastSuccessfulTime ?? '') < done) status.lastSuccessfulTime = done
      }
      for (const ref of [...status.active]) {
        if (mine.some((j) => j.metadata.uid === ref.uid)) continue
        const found = yield* client.find(JOBS, cron.metadata.namespace, ref.name ?? '')
        if (found !== undefined) continue
        recorder.event(reference, 'Normal', 'MissingJob', `Active job went missing: ${ref.name}`)
        status.active = status.active.filter((r) => r !== ref)
      }
      yield* history(cron, mine)
      if (cron.metadata.deletionTimestamp === undefined && cron.spec.suspend !== true) yield* schedule(key, cron, mine, status)
      const next = { ...cron.status, ...status, active: status.active.length === 0 ? undefined : status.active }
      if (!equal(next, cron.status ?? {})) yield* client.updateStatus(CRON_JOBS, { ...cron, status: next })
    }

    const history = function* (cron: CronJob, mine: readonly Job[]): Sim<void> {
      const failed = (j: Job): boolean => j.status?.conditions?.some((c) => c.type === 'Failed' && c.status === 'True') === true
      const byStart = (a: Job, b: Job): number => ((a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? -1 : 1)
      const trim = function* (list: Job[], keep: number): Sim<void> {
        for (const job of list.sort(byStart).slice(0, Math.max(0, list.length - keep))) yield* remove(cron, job)
      }
      const finished = mine.filter(isFinished)
      yield* trim(
        finished.filter((j) => !failed(j)),
        cron.spec.successfulJobsHistoryLimit ?? 3,
      )
      yield* trim(finished.filter(failed), cron.spec.failedJobsHistoryLimit ?? 1)
    }

    const schedule = function* (
      key: string,
      cron: CronJob,
      mine: readonly Job[],
      status: { active: ObjectReference[]; lastScheduleTime?: string | undefined },
    ): Sim<void> {
      const reference = referenceTo(CRON_JOBS, cron)
      if (!UTC.includes(cron.spec.timeZone ?? '')) {
        recorder.event(
          reference,
          'Warning',
          'UnknownTimeZone',
          `podlab: time zones other than UTC are not modelled: "${cron.spec.timeZone}"`,
        )
        return
      }
      const plan = planCron(cron, sim.now)
      if (plan.next !== undefined) queue.addAfter(key, plan.next - sim.now + 100_000)
      if (plan.due === undefined) return
      if (plan.missed > TOO_MANY)
        recorder.event(
          reference,
          'Warning',
          'TooManyMissedTimes',
          `too many missed start times: ${plan.missed}. Set or decrease .spec.startingDeadlineSeconds or check clock skew`,
        )
      const policy = cron.spec.concurrencyPolicy ?? 'Allow'
      if (policy === 'Forbid' && status.active.length > 0) {
        recorder.event(
          reference,
          'Normal',
          'JobAlreadyActive',
          'Not starting job because prior execution is running and concurrency policy is Forbid',
        )
        return
      }
      if (policy === 'Replace') {
        for (const ref of status.active) {
          const job = mine.find((j) => j.metadata.uid === ref.uid)
          if (job !== undefined && !(yield* remove(cron, job))) return
        }
        status.active = []
      }
      const { namespace, name } = cron.metadata
      const { metadata, spec } = cron.spec.jobTemplate
      const scheduled = rfc3339(plan.due)
      const job: Job = {
        metadata: {
          name: `${name}-${Math.floor(plan.due / MINUTE)}`,
          namespace,
          labels: metadata?.labels,
          annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': scheduled },
          ownerReferences: [newControllerRef(CRON_JOBS, cron)],
        },
        spec,
      }
      try {
        const created = yield* client.create(JOBS, namespace, job)
        recorder.event(reference, 'Normal', 'SuccessfulCreate', `Created job ${created.metadata.name}`)
        status.active.push({
          kind: 'Job',
          apiVersion: 'batch/v1',
          name: created.metadata.name,
          namespace,
          uid: created.metadata.uid,
          resourceVersion: created.metadata.resourceVersion,
        })
      } catch (error) {
        if (!isAlreadyExists(error)) {
          recorder.event(reference, 'Warning', 'FailedCreate', `Error creating job: ${errorText(error)}`)
          throw error
        }
      }
      status.lastScheduleTime = scheduled
    }
    startWorkers(context, 'cronjob', queue, WORKERS, sync)
  },
}

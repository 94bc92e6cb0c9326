/** What tidies up: finished jobs after their time, pods of nodes that are gone. Source: pkg/controller/ttlafterfinished, podgc. */
import { isNotFound } from '#kubernetes/client/errors.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { JOBS, NODES, PODS } from '#kubernetes/client/resources.ts'
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Job } from '#kubernetes/client/types/workloads.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { parseRfc3339, SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { type Controller, now, startWorkers } from './context.ts'
import { isPodFinished } from './pods.ts'

/** When a finished job is due; undefined: never, or not finished. */
export function expiry(job: Job): Micros | undefined {
  const ttl = job.spec.ttlSecondsAfterFinished
  const finished = job.status?.conditions?.find((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True')
  const at = parseRfc3339(finished?.lastTransitionTime ?? '')
  return ttl === undefined || at === undefined ? undefined : at + ttl * SECOND
}

export const ttlAfterFinished: Controller = {
  name: 'ttl-after-finished-controller',
  serviceAccount: 'ttl-after-finished-controller',
  start(context) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const jobs = context.informers.of(JOBS)
    const consider = (job: Job): void => {
      const at = expiry(job)
      if (at !== undefined && job.metadata.deletionTimestamp === undefined) queue.addAfter(keyOf(job), at - sim.now)
    }
    jobs.addHandler({ add: consider, update: (_, job) => consider(job) })
    const sync = function* (key: string): Sim<void> {
      const job = jobs.store.get(key)
      const at = job === undefined ? undefined : expiry(job)
      if (job === undefined || at === undefined || at > sim.now) return
      const { namespace, name, uid } = job.metadata
      try {
        yield* client.delete(JOBS, namespace, name, { propagationPolicy: 'Foreground', preconditions: { uid } })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
    startWorkers(context, 'ttl-after-finished', queue, 1, sync)
  },
}

const PERIOD = 20 * SECOND
/** A node must be missing for this long before its pods go. */
const QUARANTINE = 40 * SECOND
const TERMINATED_THRESHOLD = 12_500

export const podGc: Controller = {
  name: 'pod-garbage-collector-controller',
  serviceAccount: 'pod-garbage-collector',
  start(context) {
    const { client, sim, scope } = context
    const pods = context.informers.of(PODS)
    const nodes = context.informers.of(NODES)
    pods.store.addIndex('node', (pod) => [pod.spec.nodeName ?? ''])
    const queue = new WorkQueue(sim)
    const missing = new Map<string, Micros>()
    scope.every(PERIOD, () => {
      if (!pods.synced || !nodes.synced) return
      const used = new Set(pods.store.list().map((p) => p.spec.nodeName ?? ''))
      for (const name of missing.keys()) if (nodes.store.get(name) !== undefined || !used.has(name)) missing.delete(name)
      for (const name of used) {
        if (name === '' || nodes.store.get(name) !== undefined) continue
        const since = missing.get(name)
        if (since === undefined) missing.set(name, sim.now)
        else if (sim.now - since >= QUARANTINE) for (const pod of pods.store.byIndex('node', name)) queue.add(keyOf(pod))
      }
      const unscheduled = pods.store.byIndex('node', '').filter((p) => p.metadata.deletionTimestamp !== undefined)
      for (const pod of unscheduled) queue.add(keyOf(pod))
      const finished = pods.store.list().filter(isPodFinished)
      if (finished.length > TERMINATED_THRESHOLD)
        for (const pod of finished.sort(older).slice(0, finished.length - TERMINATED_THRESHOLD)) queue.add(keyOf(pod))
    })
    const sync = function* (key: string): Sim<void> {
      const pod = pods.store.get(key)
      if (pod === undefined) return
      const { namespace, name } = pod.metadata
      const node = pod.spec.nodeName ?? ''
      try {
        if (node !== '' && !isPodFinished(pod)) {
          const target: Condition = {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'DeletionByPodGC',
            message: 'PodGC: node no longer exists',
            lastTransitionTime: now(context),
            observedGeneration: pod.metadata.generation,
          }
          yield* client.patch(PODS, namespace, name, 'strategic', { status: { phase: 'Failed', conditions: [target] } }, 'status')
        }
        yield* client.delete(PODS, namespace, name, { gracePeriodSeconds: 0 })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
    startWorkers(context, 'podgc', queue, 1, sync)
  },
}

function older(a: Pod, b: Pod): number {
  return (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1
}

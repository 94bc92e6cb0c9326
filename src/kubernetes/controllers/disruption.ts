/** Disruption controller: what PodDisruptionBudgets allow. Source: pkg/controller/disruption. */
import { equal } from '#kubernetes/api/json.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
} from '#kubernetes/client/resources.ts'
import { compileSelector } from '#kubernetes/client/selectors.ts'
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { PodDisruptionBudget } from '#kubernetes/client/types/policy.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { parseRfc3339, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, now, startWorkers } from './context.ts'
import { controllerOf } from './controller-ref.ts'
import { scaledValue } from './deployment/util.ts'
import { isPodFinished, isPodReady } from './pods.ts'

/** Evictions that were allowed and not seen to happen are forgotten after this. */
const DELETION_TIMEOUT = 120 * SECOND

export interface Disruptions {
  readonly expected: number
  readonly desired: number
}

/** How many pods there should be, and how many of them must stay healthy. `scale`: wanted replicas of the pods' controllers. */
export function planDesired(budget: PodDisruptionBudget, pods: readonly Pod[], scale: number): Disruptions {
  const { minAvailable, maxUnavailable } = budget.spec
  if (maxUnavailable !== undefined) return { expected: scale, desired: Math.max(0, scale - scaledValue(maxUnavailable, scale, true)) }
  if (typeof minAvailable === 'string') return { expected: scale, desired: scaledValue(minAvailable, scale, true) }
  return { expected: pods.length, desired: minAvailable ?? 1 }
}

export const disruption: Controller = {
  name: 'disruption-controller',
  serviceAccount: 'disruption-controller',
  start(context) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const budgets = context.informers.of(POD_DISRUPTION_BUDGETS)
    const pods = context.informers.of(PODS)
    const sets = context.informers.of(REPLICA_SETS)
    const deployments = context.informers.of(DEPLOYMENTS)
    const stateful = context.informers.of(STATEFUL_SETS)
    const replication = context.informers.of(REPLICATION_CONTROLLERS)
    budgets.addHandler({ add: (b) => queue.add(keyOf(b)), update: (_, b) => queue.add(keyOf(b)) })
    const touched = (pod: Pod): void => {
      for (const b of budgets.store.inNamespace(pod.metadata.namespace ?? ''))
        if (compileSelector(b.spec.selector)(pod.metadata.labels)) queue.add(keyOf(b))
    }
    pods.addHandler({ add: touched, update: (_, pod) => touched(pod), delete: touched })

    /** Wanted replicas of all controllers of these pods together. */
    const scaleOf = (list: readonly Pod[]): number => {
      const seen = new Map<string, number>()
      for (const pod of list) {
        const ref = controllerOf(pod)
        const ns = pod.metadata.namespace
        if (ref === undefined) continue
        if (ref.kind === 'ReplicaSet') {
          const rs = sets.store.find(ns, ref.name)
          const owner = rs === undefined ? undefined : controllerOf(rs)
          const d = owner?.kind === 'Deployment' ? deployments.store.find(ns, owner.name) : undefined
          if (d !== undefined) seen.set(d.metadata.uid ?? '', d.spec.replicas ?? 1)
          else if (rs !== undefined) seen.set(rs.metadata.uid ?? '', rs.spec.replicas ?? 1)
        } else if (ref.kind === 'StatefulSet') seen.set(ref.uid, stateful.store.find(ns, ref.name)?.spec.replicas ?? 1)
        else if (ref.kind === 'ReplicationController') seen.set(ref.uid, replication.store.find(ns, ref.name)?.spec.replicas ?? 1)
      }
      return [...seen.values()].reduce((a, b) => a + b, 0)
    }

    const sync = function* (key: string): Sim<void> {
      const budget = budgets.store.get(key)
      if (budget === undefined) return
      const matches = compileSelector(budget.spec.selector)
      const mine = pods.store.inNamespace(budget.metadata.namespace ?? '').filter((p) => matches(p.metadata.labels) && !isPodFinished(p))
      const { expected, desired } = planDesired(budget, mine, scaleOf(mine))
      const disrupted: Record<string, string> = {}
      for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
        const pod = mine.find((p) => p.metadata.name === name)
        const until = (parseRfc3339(time) ?? 0) + DELETION_TIMEOUT
        if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || until < sim.now) continue
        disrupted[name] = time
        queue.addAfter(key, until - sim.now)
      }
      const healthy = mine.filter(
        (p) => isPodReady(p) && p.metadata.deletionTimestamp === undefined && disrupted[p.metadata.name] === undefined,
      ).length
      const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0
      const old = budget.status?.conditions?.find((c) => c.type === 'DisruptionAllowed')
      const value = allowed > 0 ? 'True' : 'False'
      const condition: Condition = {
        type: 'DisruptionAllowed',
        status: value,
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        lastTransitionTime: old?.status === value ? old.lastTransitionTime : now(context),
        observedGeneration: budget.metadata.generation,
      }
      const status = {
        observedGeneration: budget.metadata.generation,
        disruptedPods: Object.keys(disrupted).length === 0 ? undefined : disrupted,
        disruptionsAllowed: allowed,
        currentHealthy: healthy,
        desiredHealthy: desired,
        expectedPods: expected,
        conditions: [condition],
      }
      if (!equal(status, budget.status)) yield* client.updateStatus(POD_DISRUPTION_BUDGETS, { ...budget, status })
    }
    startWorkers(context, 'disruption', queue, 1, sync)
  },
}

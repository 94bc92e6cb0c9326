/**
 * Horizontal pod autoscaler. Source: pkg/controller/podautoscaler. Differs: resource metrics only; no stabilisation window and no
 * `behavior`; metrics come from the metrics API, where a server provides it.
 */
import { equal } from '#kubernetes/api/json.ts'
import { milliValue } from '#kubernetes/api/quantity.ts'
import { escapeQuery, resourcePath } from '#kubernetes/client/client.ts'
import { ApiError, errorText } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import {
  DEPLOYMENTS,
  HORIZONTAL_POD_AUTOSCALERS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type Resource,
  STATEFUL_SETS,
} from '#kubernetes/client/resources.ts'
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { HorizontalPodAutoscaler, Scale } from '#kubernetes/client/types/policy.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, now, recorderFor, startWorkers } from './context.ts'

const PERIOD = 15 * SECOND
/** Differences of less than a tenth are let be, in thousandths. */
const TOLERANCE = 100

const TARGETS: Readonly<Record<string, Resource>> = {
  Deployment: DEPLOYMENTS,
  ReplicaSet: REPLICA_SETS,
  StatefulSet: STATEFUL_SETS,
  ReplicationController: REPLICATION_CONTROLLERS,
}

interface PodMetrics {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly containers: readonly { readonly usage: Readonly<Record<string, string>> }[]
  }[]
}

/** Replicas that bring utilisation (percent) to its target; all counts whole. */
export function replicasFor(current: number, utilization: number, target: number): number {
  const ratio = Math.floor((utilization * 1000) / target)
  return Math.abs(ratio - 1000) <= TOLERANCE ? current : Math.ceil((utilization * current) / target)
}

/** The wanted number within the bounds, and which bound it met. */
export function bounded(
  wanted: number,
  min: number,
  max: number,
): { readonly replicas: number; readonly reason: string; readonly message: string } {
  if (wanted > max)
    return { replicas: max, reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
  if (wanted < min)
    return { replicas: min, reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }
  return { replicas: wanted, reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' }
}

export const horizontalPodAutoscaler: Controller = {
  name: 'horizontal-pod-autoscaler-controller',
  serviceAccount: 'horizontal-pod-autoscaler',
  start(context) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const autoscalers = context.informers.of(HORIZONTAL_POD_AUTOSCALERS)
    const recorder = recorderFor(context, 'horizontal-pod-autoscaler')
    autoscalers.addHandler({
      add: (h) => queue.add(keyOf(h)),
      update: (old, h) => !equal(old.spec, h.spec) && queue.addAfter(keyOf(h), PERIOD),
    })

    /** Average utilisation of a resource, percent of requests. */
    const utilization = function* (hpa: HorizontalPodAutoscaler, selector: string, resource: string): Sim<number> {
      const namespace = hpa.metadata.namespace ?? ''
      let metrics: PodMetrics
      try {
        metrics = (yield* client.request(
          'GET',
          `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods?labelSelector=${escapeQuery(selector)}`,
        )) as PodMetrics
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        const text = error.code === 404 ? 'the server could not find the requested resource (get pods.metrics.k8s.io)' : error.message
        throw new Error(
          `failed to get ${resource} utilization: unable to get metrics for resource ${resource}: unable to fetch metrics from resource metrics API: ${text}`,
        )
      }
      const pods: readonly Pod[] = (yield* client.list(PODS, namespace, { labelSelector: selector })).items
      let used = 0
      let asked = 0
      for (const item of metrics.items) {
        const pod = pods.find((p) => p.metadata.name === item.metadata.name)
        if (pod === undefined) continue
        for (const c of pod.spec.containers) {
          const request = c.resources?.requests?.[resource]
          if (request === undefined)
            throw new Error(
              `failed to get ${resource} utilization: missing request for ${resource} in container ${c.name} of Pod ${pod.metadata.name}`,
            )
          asked += milliValue(request)
        }
        for (const c of item.containers) used += milliValue(c.usage[resource] ?? '0')
      }
      if (asked === 0)
        throw new Error(
          `failed to get ${resource} utilization: unable to get metrics for resource ${resource}: no metrics returned from resource metrics API`,
        )
      return Math.floor((used * 100) / asked)
    }

    const sync = function* (key: string): Sim<void> {
      const hpa = autoscalers.store.get(key)
      if (hpa === undefined) return
      queue.addAfter(key, PERIOD)
      const reference = referenceTo(HORIZONTAL_POD_AUTOSCALERS, hpa)
      let conditions = hpa.status?.conditions ?? []
      const set = (type: string, status: Condition['status'], reason: string, message: string): void => {
        const old = conditions.find((c) => c.type === type)
        const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now(context)
        const next = { type, status, reason, message, lastTransitionTime }
        conditions = old === undefined ? [...conditions, next] : conditions.map((c) => (c === old ? next : c))
      }
      const { scaleTargetRef, minReplicas = 1, maxReplicas, metrics = [] } = hpa.spec
      const resource = TARGETS[scaleTargetRef.kind]
      let scale: Scale
      const path = resource === undefined ? '' : resourcePath(resource, hpa.metadata.namespace, scaleTargetRef.name, 'scale')
      try {
        if (resource === undefined)
          throw new Error(`no matches for kind "${scaleTargetRef.kind}" in group "${scaleTargetRef.apiVersion?.split('/')[0] ?? ''}"`)
        scale = (yield* client.request('GET', path)) as Scale
      } catch (error) {
        if (!(error instanceof Error) || error.name === 'AssertionError') throw error
        recorder.event(reference, 'Warning', 'FailedGetScale', errorText(error))
        set(
          'AbleToScale',
          'False',
          'FailedGetScale',
          `the HPA controller was unable to get the target's current scale: ${errorText(error)}`,
        )
        yield* write(hpa, {
          ...hpa.status,
          currentReplicas: hpa.status?.currentReplicas,
          desiredReplicas: hpa.status?.desiredReplicas ?? 0,
          conditions,
        })
        return
      }
      set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale")
      const current = scale.spec.replicas ?? 0
      let wanted = current
      let reason = ''
      let observed: unknown[] | undefined =
        hpa.status?.currentMetrics === null || hpa.status?.currentMetrics === undefined ? undefined : [...hpa.status.currentMetrics]
      if (current === 0 && minReplicas !== 0) {
        wanted = 0
        set('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero')
      } else if (current > maxReplicas) {
        wanted = maxReplicas
        reason = 'Current number of replicas above Spec.MaxReplicas'
      } else if (current < minReplicas) {
        wanted = minReplicas
        reason = 'Current number of replicas below Spec.MinReplicas'
      } else {
        const metric = metrics.find((m) => m.resource !== undefined)?.resource
        const target = metric?.target.averageUtilization
        try {
          if (metric === undefined || target === undefined)
            throw new Error('podlab: metrics other than resource utilization are not modelled')
          const value = yield* utilization(hpa, scale.status?.selector ?? '', metric.name)
          set(
            'ScalingActive',
            'True',
            'ValidMetricFound',
            `the HPA was able to successfully calculate a replica count from ${metric.name} resource utilization (percentage of request)`,
          )
          const limited = bounded(replicasFor(current, value, target), minReplicas, maxReplicas)
          set('ScalingLimited', limited.reason === 'DesiredWithinRange' ? 'False' : 'True', limited.reason, limited.message)
          wanted = limited.replicas
          reason =
            wanted > current ? `${metric.name} resource utilization (percentage of request) above target` : 'All metrics below target'
          observed = [{ type: 'Resource', resource: { name: metric.name, current: { averageUtilization: value } } }]
        } catch (error) {
          if (!(error instanceof Error) || error.name === 'AssertionError') throw error
          recorder.event(reference, 'Warning', 'FailedGetResourceMetric', error.message)
          recorder.event(
            reference,
            'Warning',
            'FailedComputeMetricsReplicas',
            `invalid metrics (1 invalid out of 1), first error is: failed to get ${metric?.name ?? ''} resource metric value: ${error.message}`,
          )
          set('ScalingActive', 'False', 'FailedGetResourceMetric', `the HPA was unable to compute the replica count: ${error.message}`)
        }
      }
      let { lastScaleTime } = hpa.status ?? {}
      if (wanted !== current) {
        yield* client.request('PUT', path, { ...scale, spec: { replicas: wanted } })
        recorder.event(reference, 'Normal', 'SuccessfulRescale', `New size: ${wanted}; reason: ${reason}`)
        set('AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${wanted}`)
        lastScaleTime = now(context)
      }
      yield* write(hpa, {
        observedGeneration: hpa.metadata.generation,
        lastScaleTime,
        currentReplicas: current,
        desiredReplicas: wanted,
        currentMetrics: observed,
        conditions,
      })
    }

    const write = function* (hpa: HorizontalPodAutoscaler, status: NonNullable<HorizontalPodAutoscaler['status']>): Sim<void> {
      if (!equal(status, hpa.status)) yield* client.updateStatus(HORIZONTAL_POD_AUTOSCALERS, { ...hpa, status })
    }
    startWorkers(context, 'horizontalpodautoscaling', queue, 5, sync)
  },
}

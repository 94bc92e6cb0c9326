/**
 * ResourceQuota controller: keeps `status.used` true when things go or change. Source: pkg/controller/resourcequota, pkg/quota/v1.
 * Differs: extended resources, storage classes of their own and most scopes are left out.
 */

import { equal } from '#kubernetes/api/json.ts'
import { addQuantities, canonicalQuantity, compareQuantities } from '#kubernetes/api/quantity.ts'
import type { Informer } from '#kubernetes/client/informer.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import * as r from '#kubernetes/client/resources.ts'
import type { KubeObject, ResourceList } from '#kubernetes/client/types/meta.ts'
import type { Service } from '#kubernetes/client/types/network.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'
import type { ResourceQuota } from '#kubernetes/client/types/policy.ts'
import type { PersistentVolumeClaim } from '#kubernetes/client/types/storage.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { MILLISECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, startWorkers } from './context.ts'
import { isPodFinished } from './pods.ts'

type Usage = Record<string, string>

function add(usage: Usage, name: string, amount: string | number): void {
  usage[name] = addQuantities(usage[name] ?? '0', amount)
}

function larger(a: ResourceList, b: ResourceList): ResourceList {
  const out: Record<string, string | number> = { ...a }
  for (const [name, quantity] of Object.entries(b))
    if (out[name] === undefined || compareQuantities(quantity, out[name]) > 0) out[name] = quantity
  return out
}

function total(pod: Pod, kind: 'requests' | 'limits'): ResourceList {
  const sum: Usage = {}
  const of = (c: Container): ResourceList => c.resources?.[kind] ?? {}
  for (const c of pod.spec.containers) for (const [name, quantity] of Object.entries(of(c))) add(sum, name, quantity)
  let result: ResourceList = sum
  for (const c of pod.spec.initContainers ?? []) result = larger(result, of(c))
  return result
}

/** What a pod counts for. Source: podComputeUsageHelper. */
export function podUsage(pod: Pod): Usage {
  const usage: Usage = { 'count/pods': '1' }
  if (isPodFinished(pod)) return usage
  usage['pods'] = '1'
  for (const [name, quantity] of Object.entries(total(pod, 'requests'))) {
    add(usage, `requests.${name}`, quantity)
    if (['cpu', 'memory', 'ephemeral-storage'].includes(name)) add(usage, name, quantity)
  }
  for (const [name, quantity] of Object.entries(total(pod, 'limits'))) add(usage, `limits.${name}`, quantity)
  return usage
}

function serviceUsage(service: Service): Usage {
  const usage: Usage = { services: '1', 'count/services': '1' }
  const ports = String(service.spec.ports?.length ?? 0)
  if (service.spec.type === 'NodePort') usage['services.nodeports'] = ports
  if (service.spec.type === 'LoadBalancer') {
    usage['services.nodeports'] = ports
    usage['services.loadbalancers'] = '1'
  }
  return usage
}

function claimUsage(claim: PersistentVolumeClaim): Usage {
  const usage: Usage = { persistentvolumeclaims: '1', 'count/persistentvolumeclaims': '1' }
  const storage = claim.spec.resources?.requests?.['storage']
  if (storage !== undefined) usage['requests.storage'] = String(storage)
  return usage
}

/** Whether a quota's scopes let it count a pod. */
function inScope(quota: ResourceQuota, pod: Pod): boolean {
  return (quota.spec?.scopes ?? []).every((scope) => {
    const bestEffort = Object.keys(total(pod, 'requests')).length === 0 && Object.keys(total(pod, 'limits')).length === 0
    if (scope === 'BestEffort') return bestEffort
    if (scope === 'NotBestEffort') return !bestEffort
    if (scope === 'Terminating') return pod.spec.activeDeadlineSeconds !== undefined
    if (scope === 'NotTerminating') return pod.spec.activeDeadlineSeconds === undefined
    return true
  })
}

export const resourceQuota: Controller = {
  name: 'resourcequota-controller',
  serviceAccount: 'resourcequota-controller',
  start(context) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const quotas = context.informers.of(r.RESOURCE_QUOTAS)
    const pods = context.informers.of(r.PODS)
    const services = context.informers.of(r.SERVICES)
    const claims = context.informers.of(r.PERSISTENT_VOLUME_CLAIMS)
    const counted: readonly (readonly [string, Informer<KubeObject>])[] = (
      [
        ['configmaps', r.CONFIG_MAPS],
        ['secrets', r.SECRETS],
        ['replicationcontrollers', r.REPLICATION_CONTROLLERS],
        ['resourcequotas', r.RESOURCE_QUOTAS],
        ['count/serviceaccounts', r.SERVICE_ACCOUNTS],
        ['count/deployments.apps', r.DEPLOYMENTS],
        ['count/replicasets.apps', r.REPLICA_SETS],
        ['count/statefulsets.apps', r.STATEFUL_SETS],
        ['count/daemonsets.apps', r.DAEMON_SETS],
        ['count/jobs.batch', r.JOBS],
        ['count/cronjobs.batch', r.CRON_JOBS],
      ] as const
    ).map(([name, resource]) => [name, context.informers.of(resource as r.Resource)] as const)
    quotas.addHandler({ add: (q) => queue.add(keyOf(q)), update: (old, q) => !equal(old.spec, q.spec) && queue.add(keyOf(q)) })
    const recount = (object: KubeObject): void => {
      for (const quota of quotas.store.inNamespace(object.metadata.namespace ?? '')) queue.addAfter(keyOf(quota), 100 * MILLISECOND)
    }
    // Additions are counted by admission; what goes, and pods that end, is noticed here.
    for (const [, informer] of counted) informer.addHandler({ add: recount, delete: recount })
    services.addHandler({ delete: recount, update: (_, s) => recount(s) })
    claims.addHandler({ delete: recount })
    pods.addHandler({ delete: recount, update: (old, pod) => !isPodFinished(old) && isPodFinished(pod) && recount(pod) })

    const sync = function* (key: string): Sim<void> {
      const quota = quotas.store.get(key)
      if (quota === undefined) return
      const namespace = quota.metadata.namespace ?? ''
      const all: Usage = {}
      const merge = (usage: Usage): void => {
        for (const [name, amount] of Object.entries(usage)) add(all, name, amount)
      }
      for (const pod of pods.store.inNamespace(namespace)) if (inScope(quota, pod)) merge(podUsage(pod))
      for (const service of services.store.inNamespace(namespace)) merge(serviceUsage(service))
      for (const claim of claims.store.inNamespace(namespace)) merge(claimUsage(claim))
      for (const [name, informer] of counted) {
        const n = String(informer.store.inNamespace(namespace).length)
        all[name] = n
        if (!name.startsWith('count/')) all[`count/${name}`] = n
      }
      const hard = quota.spec?.hard ?? {}
      const used: Usage = {}
      for (const name of Object.keys(hard)) used[name] = canonicalQuantity(all[name] ?? '0') ?? '0'
      const status = { hard, used }
      if (!equal(status, quota.status)) yield* client.updateStatus(r.RESOURCE_QUOTAS, { ...quota, status })
    }
    startWorkers(context, 'resourcequota', queue, 5, sync)
  },
}

/** What an object counts for in resource quotas. Source: k8s.io/kubernetes pkg/quota/v1/evaluator/core. */

import { type GroupResource, resourceText } from '#kubernetes/api/errors.ts'
import { type Draft, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { addQuantities, compareQuantities } from '#kubernetes/api/quantity.ts'
import { podQos } from '../registry/pod-qos.ts'

/** Kinds with a name of their own in quotas, besides `count/<resource>`. */
const COUNTED = new Set(['pods', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps', 'resourcequotas'])

/** Amounts by quota resource name. */
export function usageOf(gr: GroupResource, object: Obj): Obj {
  const out: Draft = { [`count/${resourceText(gr)}`]: '1' }
  if (gr.group !== '') return out
  switch (gr.resource) {
    case 'pods':
      return { ...out, ...podUsage(object) }
    case 'services':
      return { ...out, ...serviceUsage(object) }
    case 'persistentvolumeclaims':
      return { ...out, ...claimUsage(object) }
    default:
      return COUNTED.has(gr.resource) ? { ...out, [gr.resource]: '1' } : out
  }
}

function serviceUsage(o: Obj): Obj {
  const type = str(o, 'spec', 'type')
  const ports = objs(o, 'spec', 'ports').length
  const nodePorts =
    type === 'NodePort' ? ports : type === 'LoadBalancer' && obj(o, 'spec').allocateLoadBalancerNodePorts !== false ? ports : 0
  return {
    services: '1',
    'services.nodeports': String(nodePorts),
    'services.loadbalancers': type === 'LoadBalancer' ? '1' : '0',
  }
}

function claimUsage(o: Obj): Obj {
  const storage = obj(o, 'spec', 'resources', 'requests').storage
  const out: Draft = { persistentvolumeclaims: '1' }
  if (storage !== undefined) out['requests.storage'] = storage
  const name = str(o, 'spec', 'storageClassName')
  if (name !== '') {
    out[`${name}.storageclass.storage.k8s.io/persistentvolumeclaims`] = '1'
    if (storage !== undefined) out[`${name}.storageclass.storage.k8s.io/requests.storage`] = storage
  }
  return out
}

/** Requests or limits of a pod: of containers together, or of the largest init container. */
export function podResources(pod: Obj, part: 'requests' | 'limits'): Obj {
  const out: Draft = {}
  for (const c of objs(pod, 'spec', 'containers')) {
    const list = obj(c, 'resources', part)
    for (const n of Object.keys(list)) out[n] = out[n] === undefined ? list[n] : addQuantities(out[n], list[n])
  }
  const sidecars: Draft = {}
  for (const c of objs(pod, 'spec', 'initContainers')) {
    const list = obj(c, 'resources', part)
    for (const n of Object.keys(list)) {
      if (c.restartPolicy === 'Always') {
        out[n] = out[n] === undefined ? list[n] : addQuantities(out[n], list[n])
        sidecars[n] = sidecars[n] === undefined ? list[n] : addQuantities(sidecars[n], list[n])
        continue
      }
      const together = sidecars[n] === undefined ? list[n] : addQuantities(sidecars[n], list[n])
      if (out[n] === undefined || compareQuantities(together, out[n]) > 0) out[n] = together
    }
  }
  const overhead = obj(pod, 'spec', 'overhead')
  for (const n of Object.keys(overhead))
    if (out[n] !== undefined || part === 'requests') out[n] = out[n] === undefined ? overhead[n] : addQuantities(out[n], overhead[n])
  return out
}

function podUsage(pod: Obj): Obj {
  const phase = str(pod, 'status', 'phase')
  if (phase === 'Failed' || phase === 'Succeeded') return {}
  const out: Draft = { pods: '1' }
  const requests = podResources(pod, 'requests')
  const limits = podResources(pod, 'limits')
  for (const n of ['cpu', 'memory', 'ephemeral-storage']) {
    if (requests[n] !== undefined) {
      out[n] = requests[n]
      out[`requests.${n}`] = requests[n]
    }
    if (limits[n] !== undefined) out[`limits.${n}`] = limits[n]
  }
  for (const n of Object.keys(requests)) if (n.includes('/') || n.startsWith('hugepages-')) out[`requests.${n}`] = requests[n]
  return out
}

/** Whether a quota with scopes is about this object. */
export function matchesScopes(quota: Obj, resource: string, object: Obj): boolean {
  const scopes = [...strs(quota, 'spec', 'scopes'), ...objs(quota, 'spec', 'scopeSelector', 'matchExpressions').map((e) => e)]
  if (scopes.length === 0) return true
  if (resource !== 'pods') return false
  return scopes.every((scope) => {
    const name = typeof scope === 'string' ? scope : str(scope, 'scopeName')
    switch (name) {
      case 'Terminating':
        return num(object, 'spec', 'activeDeadlineSeconds') !== undefined
      case 'NotTerminating':
        return num(object, 'spec', 'activeDeadlineSeconds') === undefined
      case 'BestEffort':
        return podQos(object) === 'BestEffort'
      case 'NotBestEffort':
        return podQos(object) !== 'BestEffort'
      case 'PriorityClass': {
        const value = str(object, 'spec', 'priorityClassName')
        if (typeof scope === 'string') return value !== ''
        const operator = str(scope, 'operator')
        return operator === 'In'
          ? strs(scope, 'values').includes(value)
          : operator === 'NotIn'
            ? !strs(scope, 'values').includes(value)
            : operator === 'Exists'
              ? value !== ''
              : value === ''
      }
      default:
        return false
    }
  })
}

/** `must specify limits.cpu for: c; requests.cpu for: c`: what a pod must say because it is limited. */
export function missingResources(pod: Obj, names: readonly string[]): string {
  const parts: string[] = []
  for (const n of names) {
    const m = /^(requests|limits)\.(cpu|memory|ephemeral-storage)$/.exec(n)
    const part = m?.[1] ?? (n === 'cpu' || n === 'memory' ? 'requests' : '')
    const resource = m?.[2] ?? n
    if (part === '') continue
    const without = [...objs(pod, 'spec', 'containers'), ...objs(pod, 'spec', 'initContainers')]
      .filter((c) => obj(c, 'resources', part)[resource] === undefined)
      .map((c) => str(c, 'name'))
    if (without.length > 0) parts.push(`${n} for: ${without.sort().join(',')}`)
  }
  return parts.length === 0 ? '' : `must specify ${parts.join('; ')}`
}

/** Quality of service of a pod, from its requests and limits. Source: k8s.io/kubernetes pkg/apis/core/v1/helper/qos. */
import { type Obj, obj, objs } from '#kubernetes/api/json.ts'
import { addQuantities, compareQuantities, quantity } from '#kubernetes/api/quantity.ts'

const COMPUTE = ['cpu', 'memory']

export function podQos(pod: Obj): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const requests = new Map<string, string>()
  const limits = new Map<string, string>()
  let guaranteed = true
  const podLevel = obj(pod, 'spec').resources
  const sources =
    podLevel !== undefined ? [{ resources: podLevel }] : [...objs(pod, 'spec', 'initContainers'), ...objs(pod, 'spec', 'containers')]
  for (const c of sources) {
    const asked = obj(c, 'resources', 'requests')
    const limited = obj(c, 'resources', 'limits')
    for (const name of COMPUTE) {
      if (quantity(asked[name]).nanos > 0n) requests.set(name, addQuantities(requests.get(name) ?? '0', asked[name]))
      if (quantity(limited[name]).nanos > 0n) limits.set(name, addQuantities(limits.get(name) ?? '0', limited[name]))
      else guaranteed = false
    }
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort'
  if (guaranteed && requests.size === limits.size && COMPUTE.every((n) => compareQuantities(requests.get(n), limits.get(n)) === 0))
    return 'Guaranteed'
  return 'Burstable'
}

/** Resource quotas and limit ranges. Source: k8s.io/kubernetes pkg/apis/core/validation. */
import { type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isQualifiedName } from '#kubernetes/api/names.ts'
import { compareQuantities, quantity } from '#kubernetes/api/quantity.ts'

export const QUOTA_RESOURCES = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
])

export function validateResourceQuota(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const hard = obj(o, 'spec', 'hard')
  for (const name of Object.keys(hard).sort()) {
    for (const m of isQualifiedName(name)) out.push(invalid(`spec.hard[${name}]`, name, m))
    if (!name.includes('/') && !QUOTA_RESOURCES.has(name))
      out.push(invalid(`spec.hard[${name}]`, name, 'must be a standard resource type or fully qualified'))
    if (quantity(hard[name]).nanos < 0n) out.push(invalid(`spec.hard[${name}]`, hard[name], 'must be greater than or equal to 0'))
  }
  for (const scope of strs(o, 'spec', 'scopes')) {
    if (
      ![
        'Terminating',
        'NotTerminating',
        'BestEffort',
        'NotBestEffort',
        'PriorityClass',
        'CrossNamespacePodAffinity',
        'VolumeAttributesClass',
      ].includes(scope)
    )
      out.push(invalid('spec.scopes', strs(o, 'spec', 'scopes'), 'unsupported scope'))
  }
  return out
}

export function validateLimitRange(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const types = new Set<string>()
  for (const [i, limit] of objs(o, 'spec', 'limits').entries()) {
    const path = `spec.limits[${i}]`
    const type = str(limit, 'type')
    if (!['Pod', 'Container', 'PersistentVolumeClaim'].includes(type) && !type.includes('/'))
      out.push(invalid(`${path}.type`, type, 'must be a standard limit type or fully qualified'))
    if (types.has(type)) out.push(invalid(`${path}.type`, type, 'duplicate'))
    types.add(type)
    const { max, min, maxLimitRequestRatio } = limit
    const dflt = limit.default
    const request = limit.defaultRequest
    if (type === 'Pod') {
      if (isObj(dflt) && Object.keys(dflt).length > 0) out.push(forbidden(`${path}.default`, "may not be specified when `type` is 'Pod'"))
      if (isObj(request) && Object.keys(request).length > 0)
        out.push(forbidden(`${path}.defaultRequest`, "may not be specified when `type` is 'Pod'"))
    }
    if (type === 'PersistentVolumeClaim' && obj(min).storage === undefined && obj(max).storage === undefined)
      out.push(required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'))
    const keys = new Set([max, min, dflt, request, maxLimitRequestRatio].flatMap((m) => Object.keys(obj(m))))
    for (const key of [...keys].sort()) {
      const pair = (a: unknown, an: string, b: unknown, bn: string, field: string): void => {
        const x = obj(a)[key]
        const y = obj(b)[key]
        if (x !== undefined && y !== undefined && compareQuantities(x, y) > 0)
          out.push(invalid(`${path}.${field}[${key}]`, x, `${an} value ${String(x)} is greater than ${bn} value ${String(y)}`))
      }
      pair(min, 'min', max, 'max', 'min')
      pair(request, 'default request', dflt, 'default limit', 'defaultRequest')
      pair(min, 'min', request, 'default request', 'defaultRequest')
      pair(request, 'default request', max, 'max', 'defaultRequest')
      pair(min, 'min', dflt, 'default', 'default')
      pair(dflt, 'default', max, 'max', 'default')
    }
  }
  return out
}

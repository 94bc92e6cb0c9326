/** Resource quotas. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateResourceQuota). */
import { type FieldError, invalid, required, verbatim } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { equal, isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { IMMUTABLE } from './check.ts'
import { isStandardQuotaResource, quotaResourceName, resourceAmount } from './resources.ts'

const POD_RESOURCES = new Set(['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'])
const ONLY_PODS = new Set(['pods'])
const CLAIM_RESOURCES = new Set(['persistentvolumeclaims', 'requests.storage'])

/** Standard resources that a scope can be applied to. */
const SCOPES: { readonly [scope: string]: ReadonlySet<string> } = {
  Terminating: POD_RESOURCES,
  NotTerminating: POD_RESOURCES,
  NotBestEffort: POD_RESOURCES,
  PriorityClass: POD_RESOURCES,
  CrossNamespacePodAffinity: POD_RESOURCES,
  BestEffort: ONLY_PODS,
  VolumeAttributesClass: CLAIM_RESOURCES,
}
const ONLY_EXISTS = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']
const MUST_EXIST =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"

export function amounts(list: Obj, path: string): FieldError[] {
  return Object.keys(list)
    .sort()
    .flatMap((name) => [...quotaResourceName(name, `${path}[${name}]`), ...resourceAmount(name, list[name], `${path}[${name}]`)])
}

/** Standard resources that a scope does not know: one for each. */
const misfits = (spec: Obj, scope: string): string[] =>
  Object.keys(obj(spec, 'hard')).filter((name) => isStandardQuotaResource(name) && SCOPES[scope]?.has(name) !== true)

const conflicting = (scopes: readonly string[]): boolean =>
  (scopes.includes('BestEffort') && scopes.includes('NotBestEffort')) ||
  (scopes.includes('Terminating') && scopes.includes('NotTerminating'))

function scopes(spec: Obj): FieldError[] {
  const list = strs(spec, 'scopes')
  const path = 'spec.scopes'
  const out: FieldError[] = []
  for (const scope of list) {
    if (SCOPES[scope] === undefined) out.push(invalid(path, list, 'unsupported scope'))
    for (const _ of misfits(spec, scope)) out.push(invalid(path, list, 'unsupported scope applied to resource'))
  }
  if (conflicting(list)) out.push(invalid(path, list, 'conflicting scopes'))
  return out
}

function scopeSelector(spec: Obj): FieldError[] {
  if (!isObj(spec.scopeSelector)) return []
  const path = 'spec.scopeSelector.matchExpressions'
  const list = objs(spec, 'scopeSelector', 'matchExpressions')
  const out: FieldError[] = []
  for (const e of list) {
    const [scope, operator, values] = [str(e, 'scopeName'), str(e, 'operator'), strs(e, 'values')]
    if (SCOPES[scope] === undefined) out.push(invalid(`${path}.scopeName`, scope, 'unsupported scope'))
    for (const _ of misfits(spec, scope))
      out.push(invalid(path, internalJson(spec.scopeSelector, 'io.k8s.api.core.v1.ScopeSelector'), 'unsupported scope applied to resource'))
    if (ONLY_EXISTS.includes(scope) && operator !== 'Exists') out.push(invalid(`${path}.operator`, operator, MUST_EXIST))
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        out.push(required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        out.push(invalid(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
    } else out.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'))
  }
  const names = list.map((e) => str(e, 'scopeName'))
  if (conflicting(names)) out.push(invalid(path, spec.scopes ?? verbatim('null'), 'conflicting scopes'))
  return out
}

export function validateResourceQuota(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  return [...amounts(obj(spec, 'hard'), 'spec.hard'), ...scopes(spec), ...scopeSelector(spec)]
}

export function validateResourceQuotaUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validateResourceQuota(o)
  const sorted = (x: Obj): string[] => [...new Set(strs(x, 'spec', 'scopes'))].sort()
  if (!equal(sorted(o), sorted(old))) out.push(invalid('spec.scopes', obj(o, 'spec').scopes, IMMUTABLE))
  return out
}

export const validateResourceQuotaStatus = (o: Obj): FieldError[] =>
  ['hard', 'used'].flatMap((name) => amounts(obj(o, 'status', name), `status.${name}`))

/** Validation of autoscalers. Source: k8s.io/kubernetes pkg/apis/autoscaling/validation. */
import { type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { compareQuantities } from '#kubernetes/api/quantity.ts'
import { among, dnsLabel, NEGATIVE, NOT_POSITIVE, needed, nonNegative, segment } from './check.ts'
import { containerResourceName } from './resources.ts'

const MAX_PERIOD = 1800
const MAX_WINDOW = 3600

function reference(ref: Obj, path: string): FieldError[] {
  return [...needed(str(ref, 'kind'), `${path}.kind`, segment), ...needed(str(ref, 'name'), `${path}.name`, segment)]
}

export function validateAutoscaler(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const spec = obj(o, 'spec')
  const [min, max] = [num(spec, 'minReplicas'), num(spec, 'maxReplicas') ?? 0]
  if (min !== undefined && min < 1) out.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'))
  if (max < 1) out.push(invalid('spec.maxReplicas', max, 'must be greater than 0'))
  if (min !== undefined && max < min) out.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'))
  out.push(...reference(obj(spec, 'scaleTargetRef'), 'spec.scaleTargetRef'))
  const metrics = objs(spec, 'metrics')
  for (const [i, m] of metrics.entries()) out.push(...metric(m, `spec.metrics[${i}]`))
  if (min === 0 && !metrics.some((m) => m.type === 'Object' || m.type === 'External'))
    out.push(forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas'))
  for (const name of ['scaleUp', 'scaleDown']) {
    const rules = obj(spec, 'behavior')[name]
    if (isObj(rules)) out.push(...scalingRules(rules, `spec.behavior.${name}`))
  }
  return out
}

function scalingRules(rules: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const seconds = num(rules, 'stabilizationWindowSeconds')
  const at = `${path}.stabilizationWindowSeconds`
  if (seconds !== undefined && seconds < 0) out.push(invalid(at, seconds, 'must be greater than or equal to zero'))
  if (seconds !== undefined && seconds > MAX_WINDOW) out.push(invalid(at, seconds, `must be less than or equal to ${MAX_WINDOW}`))
  out.push(...among(rules.selectPolicy, `${path}.selectPolicy`, ['Disabled', 'Max', 'Min']))
  const policies = objs(rules, 'policies')
  if (policies.length === 0) out.push(required(`${path}.policies`, 'must specify at least one Policy'))
  for (const [i, p] of policies.entries()) {
    const here = `${path}.policies[${i}]`
    const [value, period] = [num(p, 'value') ?? 0, num(p, 'periodSeconds') ?? 0]
    out.push(...among(str(p, 'type'), `${here}.type`, ['Percent', 'Pods']))
    if (value <= 0) out.push(invalid(`${here}.value`, value, NOT_POSITIVE))
    if (period <= 0) out.push(invalid(`${here}.periodSeconds`, period, NOT_POSITIVE))
    if (period > MAX_PERIOD) out.push(invalid(`${here}.periodSeconds`, period, `must be less than or equal to ${MAX_PERIOD}`))
  }
  if (rules.tolerance !== undefined && compareQuantities(rules.tolerance, '0') < 0)
    out.push(invalid(`${path}.tolerance`, String(rules.tolerance), NEGATIVE))
  return out
}

const positive = (value: unknown, path: string): FieldError[] =>
  value !== undefined && compareQuantities(value, '0') <= 0 ? [invalid(path, String(value), 'must be positive')] : []

function target(t: Obj, path: string): FieldError[] {
  const type = str(t, 'type')
  const out: FieldError[] = []
  if (type === '') out.push(required(`${path}.type`, 'must specify a metric target type'))
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    out.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  out.push(...positive(t.value, `${path}.value`), ...positive(t.averageValue, `${path}.averageValue`))
  const use = num(t, 'averageUtilization')
  if (use !== undefined && use < 1) out.push(invalid(`${path}.averageUtilization`, use, 'must be greater than 0'))
  return out
}

function identifier(m: Obj, path: string): FieldError[] {
  const name = str(m, 'name')
  return name === '' ? [required(`${path}.name`, 'must specify a metric name')] : segment(name, `${path}.name`)
}

/** A metric with its target, and what of the target must be there. */
function source(name: string, s: Obj, path: string): FieldError[] {
  const [t, at] = [obj(s, 'target'), `${path}.target`]
  const out: FieldError[] = []
  if (name === 'object') out.push(...reference(obj(s, 'describedObject'), `${path}.describedObject`))
  if (name === 'resource' || name === 'containerResource') {
    const resource = str(s, 'name')
    if (resource === '') out.push(required(`${path}.name`, 'must specify a resource name'))
    else if (name === 'containerResource') out.push(...containerResourceName(resource, `${path}.name`))
    if (name === 'containerResource') {
      const container = str(s, 'container')
      if (container === '') out.push(required(`${path}.container`, 'must specify a container'))
      else out.push(...dnsLabel(container, `${path}.container`))
    }
  } else out.push(...identifier(obj(s, 'metric'), `${path}.metric`))
  out.push(...target(t, at))
  switch (name) {
    case 'object':
      if (t.value === undefined && t.averageValue === undefined)
        out.push(required(`${at}.averageValue`, 'must set either a target value or averageValue'))
      break
    case 'external':
      if (t.value === undefined && t.averageValue === undefined)
        out.push(required(`${at}.averageValue`, 'must set either a target value for metric or a per-pod target'))
      if (t.value !== undefined && t.averageValue !== undefined)
        out.push(forbidden(`${at}.value`, 'may not set both a target value for metric and a per-pod target'))
      break
    case 'pods':
      if (t.averageValue === undefined) out.push(required(`${at}.averageValue`, 'must specify a positive target averageValue'))
      break
    default:
      if (t.averageUtilization === undefined && t.averageValue === undefined)
        out.push(required(`${at}.averageUtilization`, 'must set either a target raw value or a target utilization'))
      if (t.averageUtilization !== undefined && t.averageValue !== undefined)
        out.push(forbidden(`${at}.averageValue`, 'may not set both a target raw value and a target utilization'))
  }
  return out
}

const SOURCES = ['object', 'external', 'pods', 'resource', 'containerResource']
const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

function metric(m: Obj, path: string): FieldError[] {
  const type = str(m, 'type')
  const out: FieldError[] = []
  if (type === '') out.push(required(`${path}.type`, 'must specify a metric source type'))
  if (!TYPES.includes(type)) out.push(notSupported(`${path}.type`, type, TYPES))
  const given = SOURCES.filter((name) => isObj(m[name]))
  const first = given[0]
  if (first !== undefined) out.push(...source(first, obj(m, first), `${path}.${first}`))
  const expected = type.charAt(0).toLowerCase() + type.slice(1)
  if (TYPES.includes(type) && !given.includes(expected))
    out.push(required(`${path}.${expected}`, 'must populate information for the given metric source'))
  if (given.length !== 1)
    for (const name of given) if (name !== expected) out.push(forbidden(`${path}.${name}`, 'must populate the given metric source only'))
  return out
}

export const validateAutoscalerStatus = (o: Obj): FieldError[] =>
  ['currentReplicas', 'desiredReplicas'].flatMap((name) => nonNegative(num(o, 'status', name), `status.${name}`))

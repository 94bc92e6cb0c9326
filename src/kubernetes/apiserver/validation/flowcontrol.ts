/**
 * Flow schemas and priority levels. Source: k8s.io/kubernetes pkg/apis/flowcontrol/validation.
 * Differs: the rules of a flow schema are looked at in outline.
 */
import { type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { among, subdomain } from './check.ts'

const MAX_PRECEDENCE = 10_000

export function validateFlowSchema(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  const precedence = num(spec, 'matchingPrecedence') ?? 0
  const at = 'spec.matchingPrecedence'
  if (precedence <= 0) out.push(invalid(at, precedence, 'must be a positive value'))
  if (precedence > MAX_PRECEDENCE) out.push(invalid(at, precedence, `must not be greater than ${MAX_PRECEDENCE}`))
  if (precedence === 1 && str(o, 'metadata', 'name') !== 'exempt')
    out.push(invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
  if (isObj(spec.distinguisherMethod))
    out.push(...among(str(spec, 'distinguisherMethod', 'type'), 'spec.distinguisherMethod', ['ByNamespace', 'ByUser']))
  const level = str(spec, 'priorityLevelConfiguration', 'name')
  if (level === '') out.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'))
  else out.push(...subdomain(level, 'spec.priorityLevelConfiguration.name'))
  for (const [i, rule] of objs(spec, 'rules').entries()) {
    const here = `spec.rules[${i}]`
    if (objs(rule, 'subjects').length === 0) out.push(required(`${here}.subjects`, 'subjects must contain at least one value'))
    if (objs(rule, 'resourceRules').length + objs(rule, 'nonResourceRules').length === 0)
      out.push(required(here, 'at least one of resourceRules and nonResourceRules has to be non-empty'))
  }
  return out
}

export function validatePriorityLevel(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const type = str(spec, 'type')
  const out: FieldError[] = []
  if (type === 'Exempt') {
    if (isObj(spec.limited)) out.push(forbidden('spec.limited', 'must be nil if the type is not Limited'))
    return out
  }
  if (type !== 'Limited') return among(type, 'spec.type', ['Exempt', 'Limited'])
  if (isObj(spec.exempt)) out.push(forbidden('spec.exempt', 'must be nil if the type is Limited'))
  if (!isObj(spec.limited)) return [...out, required('spec.limited', 'must not be empty when type is Limited')]
  const shares = num(spec, 'limited', 'nominalConcurrencyShares') ?? 30
  if (shares < 0) out.push(invalid('spec.limited.nominalConcurrencyShares', shares, 'must be a non-negative integer'))
  const response = obj(spec, 'limited', 'limitResponse')
  const path = 'spec.limited.limitResponse'
  if (response.type === 'Reject') {
    if (response.queuing !== undefined) out.push(forbidden(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'))
  } else if (response.type === 'Queue') {
    if (!isObj(response.queuing)) out.push(required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'))
  } else out.push(...among(str(response, 'type'), `${path}.type`, ['Queue', 'Reject']))
  return out
}

/**
 * Claims of devices and their classes, in outline. Source: k8s.io/kubernetes pkg/apis/resource/validation.
 * Differs: selectors, constraints and configurations are not looked at.
 */
import { duplicate, type FieldError, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { dnsLabel, immutable, NOT_POSITIVE, needed, subdomain } from './check.ts'

const ONE_KIND = 'exactly one of `exactly` or `firstAvailable` is required'

function exactRequest(r: Obj, path: string): FieldError[] {
  const out = needed(str(r, 'deviceClassName'), `${path}.deviceClassName`, subdomain)
  const count = num(r, 'count') ?? 0
  switch (r.allocationMode) {
    case 'ExactCount':
      if (count <= 0) out.push(invalid(`${path}.count`, count, NOT_POSITIVE))
      break
    case 'All':
      if (count !== 0) out.push(invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'"))
      break
    default:
      out.push(notSupported(`${path}.allocationMode`, str(r, 'allocationMode'), ['All', 'ExactCount']))
  }
  return out
}

function claimSpec(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, request] of objs(spec, 'devices', 'requests').entries()) {
    const at = `${path}.devices.requests[${i}]`
    const name = str(request, 'name')
    out.push(...needed(name, `${at}.name`, dnsLabel))
    if (names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
    const alternatives = objs(request, 'firstAvailable')
    const exact = isObj(request.exactly)
    if (exact && alternatives.length > 0) out.push(invalid(at, null, `${ONE_KIND}, but multiple fields are set`))
    else if (!exact && alternatives.length === 0) out.push(required(at, ONE_KIND))
    if (exact) out.push(...exactRequest(obj(request, 'exactly'), `${at}.exactly`))
    for (const [k, alternative] of alternatives.entries()) {
      const here = `${at}.firstAvailable[${k}]`
      out.push(...needed(str(alternative, 'name'), `${here}.name`, dnsLabel), ...exactRequest(alternative, here))
    }
  }
  return out
}

export const validateResourceClaim = (o: Obj): FieldError[] => claimSpec(obj(o, 'spec'), 'spec')
export const validateResourceClaimUpdate = (o: Obj, old: Obj): FieldError[] =>
  immutable(o.spec, old.spec, 'spec', 'io.k8s.api.resource.v1.ResourceClaimSpec')

export const validateResourceClaimTemplate = (o: Obj): FieldError[] => claimSpec(obj(o, 'spec', 'spec'), 'spec.spec')
export const validateResourceClaimTemplateUpdate = (o: Obj, old: Obj): FieldError[] =>
  immutable(o.spec, old.spec, 'spec', 'io.k8s.api.resource.v1.ResourceClaimTemplateSpec')

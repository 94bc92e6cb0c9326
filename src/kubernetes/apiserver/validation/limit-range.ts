/** Limit ranges. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateLimitRange). */
import { duplicate, type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isQualifiedName } from '#kubernetes/api/names.ts'
import { compareQuantities, milliValue } from '#kubernetes/api/quantity.ts'
import { complain } from './check.ts'
import { containerResourceName, overcommits, resourceName } from './resources.ts'

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim']
const NOT_FOR_PODS = "may not be specified when `type` is 'Pod'"
const NO_STORAGE = 'either minimum or maximum storage value is required, but neither was provided'

function typeName(type: string, path: string): FieldError[] {
  const wrong = complain(isQualifiedName(type), path, type)
  if (wrong.length > 0 || type.includes('/') || TYPES.includes(type)) return wrong
  return [invalid(path, type, 'must be a standard limit type or fully qualified')]
}

export function validateLimitRange(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const types = new Set<string>()
  for (const [i, limit] of objs(o, 'spec', 'limits').entries()) {
    const path = `spec.limits[${i}]`
    const type = str(limit, 'type')
    out.push(...typeName(type, `${path}.type`))
    if (types.has(type)) out.push(duplicate(`${path}.type`, type))
    types.add(type)
    out.push(...item(limit, type, path))
  }
  return out
}

function item(limit: Obj, type: string, path: string): FieldError[] {
  const out: FieldError[] = []
  const names = (part: string): FieldError[] =>
    Object.keys(obj(limit, part))
      .sort()
      .flatMap((name) => (type === 'Pod' || type === 'Container' ? containerResourceName : resourceName)(name, `${path}.${part}[${name}]`))
  out.push(...names('max'), ...names('min'))
  const pod = type === 'Pod'
  for (const part of ['default', 'defaultRequest']) {
    if (!pod) out.push(...names(part))
    else if (Object.keys(obj(limit, part)).length > 0) out.push(forbidden(`${path}.${part}`, NOT_FOR_PODS))
  }
  if (type === 'PersistentVolumeClaim' && obj(limit, 'min').storage === undefined && obj(limit, 'max').storage === undefined)
    out.push(required(`${path}.limits`, NO_STORAGE))
  out.push(...names('maxLimitRequestRatio'))
  const parts = ['max', 'min', 'maxLimitRequestRatio', ...(pod ? [] : ['default', 'defaultRequest'])]
  const keys = new Set(parts.flatMap((part) => Object.keys(obj(limit, part))))
  return [...out, ...[...keys].sort().flatMap((key) => amounts(limit, key, path, pod))]
}

/** How the amounts of one resource go together. */
function amounts(limit: Obj, key: string, path: string, pod: boolean): FieldError[] {
  const out: FieldError[] = []
  const of = (part: string): unknown => (pod && part.startsWith('default') ? undefined : obj(limit, part)[key])
  const [min, max, usual, request, ratio] = [of('min'), of('max'), of('default'), of('defaultRequest'), of('maxLimitRequestRatio')]
  /** `shown`: the one of the two that the message has as its value. */
  const ordered = (low: unknown, lowName: string, high: unknown, highName: string, part: string, shown: unknown): void => {
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) return
    out.push(
      invalid(
        `${path}.${part}[${key}]`,
        String(shown),
        `${lowName} value ${String(low)} is greater than ${highName} value ${String(high)}`,
      ),
    )
  }
  ordered(min, 'min', max, 'max', 'min', min)
  ordered(min, 'min', request, 'default request', 'defaultRequest', request)
  ordered(request, 'default request', max, 'max', 'defaultRequest', request)
  ordered(request, 'default request', usual, 'default limit', 'defaultRequest', request)
  ordered(min, 'min', usual, 'default', 'default', min)
  ordered(usual, 'default', max, 'max', 'default', max)
  const ratioPath = `${path}.maxLimitRequestRatio[${key}]`
  if (ratio !== undefined && compareQuantities(ratio, '1') < 0)
    out.push(invalid(ratioPath, String(ratio), `ratio ${String(ratio)} is less than 1`))
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const most = milliValue(max) / milliValue(min)
    if (milliValue(ratio) / 1000 > most)
      out.push(invalid(ratioPath, String(ratio), `ratio ${String(ratio)} is greater than max/min = ${most.toFixed(6)}`))
  }
  if (!overcommits(key) && usual !== undefined && request !== undefined && compareQuantities(usual, request) !== 0)
    out.push(
      invalid(
        `${path}.defaultRequest[${key}]`,
        String(request),
        `default value ${String(usual)} must equal to defaultRequest value ${String(request)} in ${key}`,
      ),
    )
  return out
}

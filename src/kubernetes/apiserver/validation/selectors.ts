/** Label selectors, node selectors and affinity. Source: apimachinery pkg/apis/meta/v1/validation, k8s.io/kubernetes pkg/apis/core/validation. */
import { type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isQualifiedName, isValidLabelValue } from '#kubernetes/api/names.ts'
import { complain, dnsLabel, qualifiedName, subdomain } from './check.ts'
import { validateLabels } from './meta.ts'

export function validateLabelSelector(selector: unknown, path: string): FieldError[] {
  if (!isObj(selector)) return []
  const out = validateLabels(obj(selector, 'matchLabels') as { readonly [key: string]: string }, `${path}.matchLabels`)
  for (const [i, e] of objs(selector, 'matchExpressions').entries()) {
    const at = `${path}.matchExpressions[${i}]`
    const values = strs(e, 'values')
    switch (e.operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) out.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
        break
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) out.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
        break
      default:
        out.push(invalid(`${at}.operator`, str(e, 'operator'), 'not a valid selector operator'))
    }
    for (const m of isQualifiedName(str(e, 'key'))) out.push(invalid(`${at}.key`, str(e, 'key'), m))
    for (const [k, v] of values.entries()) for (const m of isValidLabelValue(v)) out.push(invalid(`${at}.values[${k}]`, v, m))
  }
  return out
}

/** `values`: what they look like counts, too. */
function nodeRequirement(e: Obj, path: string, values: boolean): FieldError[] {
  const out: FieldError[] = []
  const given = strs(e, 'values')
  switch (e.operator) {
    case 'In':
    case 'NotIn':
      if (given.length === 0) out.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists':
    case 'DoesNotExist':
      if (given.length > 0) out.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    case 'Gt':
    case 'Lt':
      if (given.length !== 1) out.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      break
    default:
      out.push(invalid(`${path}.operator`, str(e, 'operator'), 'not a valid selector operator'))
  }
  out.push(...qualifiedName(str(e, 'key'), `${path}.key`))
  if (values) for (const [i, v] of given.entries()) out.push(...complain(isValidLabelValue(v), `${path}.values[${i}]`, v))
  return out
}

function nodeTerm(term: Obj, path: string, values: boolean): FieldError[] {
  const out = objs(term, 'matchExpressions').flatMap((e, i) => nodeRequirement(e, `${path}.matchExpressions[${i}]`, values))
  for (const [i, e] of objs(term, 'matchFields').entries()) {
    const at = `${path}.matchFields[${i}]`
    if (e.operator !== 'In' && e.operator !== 'NotIn')
      out.push(invalid(`${at}.operator`, str(e, 'operator'), 'not a valid selector operator'))
    else if (strs(e, 'values').length !== 1)
      out.push(required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
    if (str(e, 'key') !== 'metadata.name') out.push(invalid(`${at}.key`, str(e, 'key'), 'not a valid field selector key'))
    else for (const [k, v] of strs(e, 'values').entries()) out.push(...subdomain(v, `${at}.values[${k}]`))
  }
  return out
}

export function validateNodeSelector(selector: Obj, path: string): FieldError[] {
  const terms = objs(selector, 'nodeSelectorTerms')
  if (terms.length === 0) return [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')]
  return terms.flatMap((t, i) => nodeTerm(t, `${path}.nodeSelectorTerms[${i}]`, true))
}

function podTerm(term: Obj, path: string): FieldError[] {
  const out = validateLabelSelector(term.labelSelector, `${path}.labelSelector`)
  out.push(...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`))
  for (const name of strs(term, 'namespaces')) out.push(...dnsLabel(name, `${path}.namespace`))
  out.push(...labelKeys(term, path))
  const key = str(term, 'topologyKey')
  if (key === '') out.push(required(`${path}.topologyKey`, 'can not be empty'))
  return [...out, ...qualifiedName(key, `${path}.topologyKey`)]
}

/** Source: validateMatchLabelKeysAndMismatchLabelKeys. */
function labelKeys(term: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const selector = isObj(term.labelSelector) ? term.labelSelector : undefined
  const [same, other] = [strs(term, 'matchLabelKeys'), strs(term, 'mismatchLabelKeys')]
  for (const [name, keys] of [['matchLabelKeys', same] as const, ['mismatchLabelKeys', other] as const]) {
    if (keys.length === 0) continue
    if (selector === undefined) out.push(forbidden(`${path}.${name}`, 'must not be specified when labelSelector is not set'))
    else for (const [i, key] of keys.entries()) out.push(...qualifiedName(key, `${path}.${name}[${i}]`))
  }
  const selected = new Set(Object.keys(obj(selector, 'matchLabels')))
  for (const e of objs(selector, 'matchExpressions')) {
    const key = str(e, 'key')
    // The path has no field's name.
    if (same.includes(key) && selected.has(key))
      out.push(invalid(`${path}[${same.lastIndexOf(key)}]`, key, 'exists in both matchLabelKeys and labelSelector'))
    selected.add(key)
  }
  for (const [i, key] of same.entries())
    if (other.includes(key)) out.push(invalid(`${path}.matchLabelKeys[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'))
  return out
}

export function validateAffinity(affinity: unknown, path: string): FieldError[] {
  if (!isObj(affinity)) return []
  const out: FieldError[] = []
  const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
  const liked = 'preferredDuringSchedulingIgnoredDuringExecution'
  const weight = (t: Obj, at: string): void => {
    const w = num(t, 'weight') ?? 0
    if (w < 1 || w > 100) out.push(invalid(`${at}.weight`, w, 'must be in the range 1-100'))
  }
  const node = affinity.nodeAffinity
  if (isObj(node)) {
    if (isObj(node[needed])) out.push(...validateNodeSelector(obj(node[needed]), `${path}.nodeAffinity.${needed}`))
    for (const [i, t] of objs(node, liked).entries()) {
      const at = `${path}.nodeAffinity.${liked}[${i}]`
      weight(t, at)
      out.push(...nodeTerm(obj(t, 'preference'), `${at}.preference`, false))
    }
  }
  for (const name of ['podAffinity', 'podAntiAffinity']) {
    const pod = affinity[name]
    for (const [i, t] of objs(pod, needed).entries()) out.push(...podTerm(t, `${path}.${name}.${needed}[${i}]`))
    for (const [i, t] of objs(pod, liked).entries()) {
      const at = `${path}.${name}.${liked}[${i}]`
      weight(t, at)
      out.push(...podTerm(obj(t, 'podAffinityTerm'), `${at}.podAffinityTerm`))
    }
  }
  return out
}

/** What of a pod guides its scheduling. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateTolerations, validateTopologySpreadConstraints …). */
import { duplicate, FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isValidLabelValue } from '#kubernetes/api/names.ts'
import { among, dnsLabel, NOT_POSITIVE, needed, oneOf, qualifiedName, subdomain } from './check.ts'
import { validateLabelSelector } from './selectors.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateTolerations(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [i, t] of list.entries()) {
    const at = `${path}[${i}]`
    const [key, operator, value, effect] = [str(t, 'key'), str(t, 'operator'), str(t, 'value'), str(t, 'effect')]
    if (key !== '') out.push(...qualifiedName(key, `${at}.key`))
    else if (operator !== 'Exists')
      out.push(
        invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      )
    if (t.tolerationSeconds !== undefined && effect !== 'NoExecute')
      out.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    if (operator === 'Equal' || operator === '') {
      const wrong = isValidLabelValue(value)
      if (wrong.length > 0) out.push(invalid(`${at}.operator`, value, wrong.join(';')))
    } else if (operator === 'Exists') {
      if (value !== '') out.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    } else out.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']))
    if (effect !== '') out.push(...among(effect, `${at}.effect`, EFFECTS))
  }
  return out
}

/** Of nodes. Source: validateNodeTaints. */
export function validateTaints(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, taint] of list.entries()) {
    const at = `${path}[${i}]`
    out.push(...qualifiedName(str(taint, 'key'), `${at}.key`))
    const wrong = isValidLabelValue(str(taint, 'value'))
    if (wrong.length > 0) out.push(invalid(`${at}.value`, str(taint, 'value'), wrong.join(';')))
    out.push(...oneOf(taint.effect, `${at}.effect`, EFFECTS))
    const key = `${str(taint, 'effect')} ${str(taint, 'key')}`
    if (seen.has(key))
      out.push(
        new FieldError('duplicate', at, internalJson(taint, 'io.k8s.api.core.v1.Taint'), 'taints must be unique by key and effect pair'),
      )
    seen.add(key)
  }
  return out
}

export function readinessGates(spec: Obj, path: string): FieldError[] {
  return objs(spec, 'readinessGates').flatMap((g, i) =>
    qualifiedName(str(g, 'conditionType'), `${path}.readinessGates[${i}].conditionType`),
  )
}

export function schedulingGates(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, g] of objs(spec, 'schedulingGates').entries()) {
    const name = str(g, 'name')
    const at = `${path}.schedulingGates[${i}]`
    out.push(...qualifiedName(name, at))
    if (names.has(name)) out.push(duplicate(at, name))
    names.add(name)
  }
  return out
}

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway']
const POLICIES = ['Honor', 'Ignore']

export function topologySpread(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const constraints = objs(spec, 'topologySpreadConstraints')
  for (const [i, c] of constraints.entries()) {
    const at = `${path}.topologySpreadConstraints[${i}]`
    const [skew, key, when, domains] = [num(c, 'maxSkew') ?? 0, str(c, 'topologyKey'), str(c, 'whenUnsatisfiable'), num(c, 'minDomains')]
    if (skew <= 0) out.push(invalid(`${at}.maxSkew`, skew, NOT_POSITIVE))
    if (key === '') out.push(required(`${at}.topologyKey`, 'can not be empty'))
    out.push(...among(when, `${at}.whenUnsatisfiable`, ACTIONS))
    if (constraints.slice(i + 1).some((o) => str(o, 'topologyKey') === key && str(o, 'whenUnsatisfiable') === when))
      out.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${when}}`))
    if (domains !== undefined) {
      if (domains <= 0) out.push(invalid(`${at}.minDomains`, domains, NOT_POSITIVE))
      if (when !== 'DoNotSchedule')
        out.push(invalid(`${at}.minDomains`, domains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${when}`))
    }
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy']) out.push(...among(c[policy], `${at}.${policy}`, POLICIES))
    out.push(...spreadKeys(c, `${at}.matchLabelKeys`), ...validateLabelSelector(c.labelSelector, `${at}.labelSelector`))
  }
  return out
}

function spreadKeys(c: Obj, path: string): FieldError[] {
  const keys = strs(c, 'matchLabelKeys')
  if (keys.length === 0) return []
  const out: FieldError[] = []
  const selected = new Set([
    ...Object.keys(obj(c, 'labelSelector', 'matchLabels')),
    ...objs(c, 'labelSelector', 'matchExpressions').map((e) => str(e, 'key')),
  ])
  if (!isObj(c.labelSelector)) out.push(forbidden(path, 'must not be specified when labelSelector is not set'))
  for (const [i, key] of keys.entries()) {
    out.push(...qualifiedName(key, `${path}[${i}]`))
    if (selected.has(key)) out.push(invalid(`${path}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'))
  }
  return out
}

/** Source: validatePodResourceClaims. */
export function resourceClaims(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, claim] of objs(spec, 'resourceClaims').entries()) {
    const at = `${path}.resourceClaims[${i}]`
    const name = str(claim, 'name')
    if (names.has(name)) out.push(duplicate(`${at}.name`, name))
    else out.push(...needed(name, `${at}.name`, dnsLabel))
    if (name !== '') names.add(name)
    const { resourceClaimName: direct, resourceClaimTemplateName: template } = claim
    const shown = (): unknown => internalJson(claim, 'io.k8s.api.core.v1.PodResourceClaim')
    if (direct !== undefined && template !== undefined)
      out.push(invalid(at, shown(), 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'))
    if (direct === undefined && template === undefined)
      out.push(invalid(at, shown(), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
    if (direct !== undefined) out.push(...subdomain(String(direct), `${at}.resourceClaimName`))
    if (template !== undefined) out.push(...subdomain(String(template), `${at}.resourceClaimTemplateName`))
  }
  return out
}

/** Which requests a policy is for. Source: apiserver pkg/admission/plugin/policy/matching, plugin/webhook/predicates. */
import { isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { labelSelectorAsSelector, labelsOf, matches as selects } from '#kubernetes/api/labels.ts'
import type { Served } from '../registry/kind.ts'
import type { PolicyRequest } from './policy-request.ts'

/** The version in which a policy (or binding) asks for the request's object; undefined when it does not. */
export function matchRequest(request: PolicyRequest, match: Obj): Served | undefined {
  if (!namespaceSelected(request, match.namespaceSelector) || !objectSelected(request, match.objectSelector)) return undefined
  const policy = str(match, 'matchPolicy')
  if (matchRules(request, objs(match, 'excludeResourceRules'), policy) !== undefined) return undefined
  const rules = objs(match, 'resourceRules')
  return rules.length === 0 ? request.attributes.endpoint.served : matchRules(request, rules, policy)
}

function matchRules(request: PolicyRequest, rules: readonly Obj[], policy: string): Served | undefined {
  const { kind, endpoint } = request.attributes
  const asked = endpoint.served
  const found = rules.some((rule) => ruleMatches(request, rule, asked))
  if (found) return asked
  if (policy === 'Exact' || policy === '') return undefined
  for (const rule of rules) for (const served of kind.served) if (served !== asked && ruleMatches(request, rule, served)) return served
  return undefined
}

function ruleMatches(request: PolicyRequest, rule: Obj, served: Served): boolean {
  const names = strs(rule, 'resourceNames')
  return (
    oneOf(strs(rule, 'operations'), request.attributes.operation) &&
    oneOf(strs(rule, 'apiGroups'), served.group) &&
    oneOf(strs(rule, 'apiVersions'), served.version) &&
    strs(rule, 'resources').some((pattern) => resourceMatches(pattern, request.attributes.kind.plural, request.subresource)) &&
    scopeMatches(request, str(rule, 'scope')) &&
    (names.length === 0 || names.includes(request.name))
  )
}

const oneOf = (wanted: readonly string[], value: string): boolean => wanted.includes('*') || wanted.includes(value)

function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  const slash = pattern.indexOf('/')
  const name = slash < 0 ? pattern : pattern.slice(0, slash)
  const sub = slash < 0 ? '' : pattern.slice(slash + 1)
  return (name === '*' || name === resource) && (sub === '*' || sub === subresource)
}

function scopeMatches(request: PolicyRequest, scope: string): boolean {
  const namespaced = request.attributes.kind.namespaced
  if (scope === 'Namespaced') return namespaced
  return scope !== 'Cluster' || !namespaced
}

const isEmpty = (selector: unknown): boolean =>
  !isObj(selector) || (Object.keys(obj(selector, 'matchLabels')).length === 0 && objs(selector, 'matchExpressions').length === 0)

function namespaceSelected(request: PolicyRequest, selector: unknown): boolean {
  if (isEmpty(selector) || request.namespace === '') return true
  const { kind, object } = request.attributes
  const namespace = kind.namespaced ? request.namespaceObject : (object ?? request.attributes.old)
  return namespace !== undefined && selects(labelSelectorAsSelector(selector) ?? [], labelsOf(namespace))
}

function objectSelected(request: PolicyRequest, selector: unknown): boolean {
  if (isEmpty(selector)) return true
  const { object, old } = request.attributes
  const parsed = labelSelectorAsSelector(selector) ?? []
  return [object, old].some((o) => o !== undefined && selects(parsed, labelsOf(o)))
}

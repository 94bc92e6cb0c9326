/** Validation of roles and bindings. Source: k8s.io/kubernetes pkg/apis/rbac/validation. */
import { type FieldError, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { equal, isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isPathSegmentName } from '#kubernetes/api/names.ts'
import { optional, subdomain } from './check.ts'
import { validateLabelSelector } from './selectors.ts'

const GROUP = 'rbac.authorization.k8s.io'

export function validateRole(o: Obj, namespaced: boolean): FieldError[] {
  const out: FieldError[] = []
  for (const [i, rule] of objs(o, 'rules').entries()) {
    const path = `rules[${i}]`
    if (strs(rule, 'verbs').length === 0) out.push(required(`${path}.verbs`, 'verbs must contain at least one value'))
    if (strs(rule, 'nonResourceURLs').length > 0) {
      if (namespaced)
        out.push(invalid(`${path}.nonResourceURLs`, strs(rule, 'nonResourceURLs'), 'namespaced rules cannot apply to non-resource URLs'))
      if (strs(rule, 'apiGroups').length + strs(rule, 'resources').length + strs(rule, 'resourceNames').length > 0)
        out.push(
          invalid(
            `${path}.nonResourceURLs`,
            strs(rule, 'nonResourceURLs'),
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        )
      continue
    }
    if (strs(rule, 'apiGroups').length === 0) out.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'))
    if (strs(rule, 'resources').length === 0) out.push(required(`${path}.resources`, 'resource rules must supply at least one resource'))
  }
  const aggregation = o.aggregationRule
  if (namespaced || !isObj(aggregation)) return out
  const selectors = objs(aggregation, 'clusterRoleSelectors')
  const path = 'aggregationRule.clusterRoleSelectors'
  if (selectors.length === 0) out.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'))
  return [...out, ...selectors.flatMap((s, i) => validateLabelSelector(s, `${path}[${i}]`))]
}

export function validateBinding(o: Obj, namespaced: boolean): FieldError[] {
  const out: FieldError[] = []
  const ref = obj(o, 'roleRef')
  if (ref.apiGroup !== GROUP) out.push(notSupported('roleRef.apiGroup', ref.apiGroup, [GROUP]))
  if (namespaced ? ref.kind !== 'Role' && ref.kind !== 'ClusterRole' : ref.kind !== 'ClusterRole')
    out.push(notSupported('roleRef.kind', str(ref, 'kind'), namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']))
  if (str(ref, 'name') === '') out.push(required('roleRef.name'))
  else for (const m of isPathSegmentName(str(ref, 'name'))) out.push(invalid('roleRef.name', ref.name, m))
  for (const [i, s] of objs(o, 'subjects').entries()) {
    const path = `subjects[${i}]`
    if (str(s, 'name') === '') out.push(required(`${path}.name`))
    switch (s.kind) {
      case 'ServiceAccount':
        out.push(...optional(str(s, 'name'), `${path}.name`, subdomain))
        if (str(s, 'apiGroup') !== '') out.push(notSupported(`${path}.apiGroup`, s.apiGroup, ['']))
        if (!namespaced && str(s, 'namespace') === '') out.push(required(`${path}.namespace`))
        break
      case 'User':
      case 'Group':
        if (s.apiGroup !== GROUP) out.push(notSupported(`${path}.apiGroup`, str(s, 'apiGroup'), [GROUP]))
        break
      default:
        out.push(notSupported(`${path}.kind`, str(s, 'kind'), ['ServiceAccount', 'User', 'Group']))
    }
  }
  return out
}

export function validateBindingUpdate(o: Obj, old: Obj, namespaced: boolean): FieldError[] {
  const out = validateBinding(o, namespaced)
  if (!equal(o.roleRef, old.roleRef))
    out.push(invalid('roleRef', internalJson(o.roleRef, 'io.k8s.api.rbac.v1.RoleRef'), 'cannot change roleRef'))
  return out
}

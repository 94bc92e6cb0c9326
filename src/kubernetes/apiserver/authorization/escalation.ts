/**
 * Nobody grants what they don't have: who writes a role or a binding must hold every rule in it, or be allowed to `escalate` or `bind`.
 * Source: pkg/registry/rbac (policybased storage, ConfirmNoEscalation), component-helpers auth/rbac/validation (Covers, CompactRules).
 */
import { newForbidden, newNotFound } from '#kubernetes/api/errors.ts'
import { equal, type Obj, obj, objs, quote, str, strs } from '#kubernetes/api/json.ts'
import type { RequestContext } from '../context.ts'

const GROUP = 'rbac.authorization.k8s.io'

/** A rule for one verb of one thing. */
interface Single {
  readonly verb: string
  readonly group?: string
  readonly resource?: string
  readonly name?: string
  readonly url?: string
}

/** Throws Forbidden when the role grants more than the user has. `old`: what is replaced. */
export function confirmRole(context: RequestContext, role: Obj, old: Obj | undefined): void {
  const plural = role.kind === 'Role' ? 'roles' : 'clusterroles'
  if (isMaster(context) || (old !== undefined && equal(objs(old, 'rules'), objs(role, 'rules')))) return
  const name = str(role, 'metadata', 'name')
  if (allowed(context, 'escalate', plural, str(role, 'metadata', 'namespace'), name)) return
  confirm(context, objs(role, 'rules'), str(role, 'metadata', 'namespace'), plural, name)
}

/** The same of a binding: what its role grants. */
export function confirmBinding(context: RequestContext, binding: Obj, old: Obj | undefined): void {
  if (isMaster(context)) return
  if (old !== undefined && equal(old.roleRef, binding.roleRef) && equal(objs(old, 'subjects'), objs(binding, 'subjects'))) return
  const namespace = str(binding, 'metadata', 'namespace')
  const ref = obj(binding, 'roleRef')
  const roles = ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  const name = str(ref, 'name')
  if (allowed(context, 'bind', roles, namespace, name)) return
  const role = context.server.object(GROUP, roles, roles === 'roles' ? namespace : '', name)
  if (role === undefined) throw newNotFound({ group: GROUP, resource: roles.slice(0, -1) }, name)
  confirm(
    context,
    objs(role, 'rules'),
    namespace,
    namespace === '' ? 'clusterrolebindings' : 'rolebindings',
    str(binding, 'metadata', 'name'),
  )
}

const isMaster = ({ user }: RequestContext): boolean => user.groups.includes('system:masters')

function allowed({ server, user }: RequestContext, verb: string, resource: string, namespace: string, name: string): boolean {
  const info = { isResource: true, path: '', verb, group: GROUP, version: 'v1', namespace, resource, subresource: '', name, rest: '' }
  return server.authorizer.authorize(user, info).allowed
}

function confirm({ server, user }: RequestContext, rules: readonly Obj[], namespace: string, resource: string, name: string): void {
  const { authorizer } = server
  const own = [...authorizer.rules(user, '').cluster, ...(namespace === '' ? [] : authorizer.rules(user, namespace).cluster)]
  const held = own.flatMap(singles)
  const missing = rules.flatMap(singles).filter((wanted) => !held.some((rule) => covers(rule, wanted)))
  if (missing.length === 0) return
  const groups = `[${user.groups.map(quote).join(' ')}]`
  throw newForbidden(
    { group: GROUP, resource },
    name,
    `user ${quote(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${compact(missing).join('\n')}`,
  )
}

function singles(rule: Obj): readonly Single[] {
  const out: Single[] = []
  for (const verb of strs(rule, 'verbs')) {
    for (const group of strs(rule, 'apiGroups'))
      for (const resource of strs(rule, 'resources')) {
        const names = strs(rule, 'resourceNames')
        if (names.length === 0) out.push({ verb, group, resource })
        for (const name of names) out.push({ verb, group, resource, name })
      }
    for (const url of strs(rule, 'nonResourceURLs')) out.push({ verb, url })
  }
  return out
}

function covers(held: Single, wanted: Single): boolean {
  const any = (have: string | undefined, want: string | undefined): boolean => have === want || have === '*'
  if (!any(held.verb, wanted.verb)) return false
  if (wanted.url !== undefined)
    return any(held.url, wanted.url) || (held.url?.endsWith('*') === true && wanted.url.startsWith(held.url.slice(0, -1)))
  if (held.url !== undefined || !any(held.group, wanted.group)) return false
  const sub = wanted.resource?.split('/')[1]
  if (!any(held.resource, wanted.resource) && !(sub !== undefined && held.resource === `*/${sub}`)) return false
  return held.name === undefined || held.name === wanted.name
}

/** Verbs of the same thing together, in the words of messages, sorted. */
function compact(missing: readonly Single[]): readonly string[] {
  const rows = new Map<string, { readonly of: Single; readonly verbs: string[] }>()
  for (const single of missing) {
    // Rules about names and paths are not merged.
    const key = single.name === undefined && single.url === undefined ? `${single.group}/${single.resource}` : JSON.stringify(single)
    const row = rows.get(key)
    if (row === undefined) rows.set(key, { of: single, verbs: [single.verb] })
    else row.verbs.push(single.verb)
  }
  const list = (name: string, values: readonly (string | undefined)[]): string[] =>
    values[0] === undefined ? [] : [`${name}:[${values.map((value) => quote(value ?? '')).join(' ')}]`]
  const texts = [...rows.values()].map(({ of, verbs }) => {
    const parts = [
      ...list('APIGroups', [of.group]),
      ...list('Resources', [of.resource]),
      ...list('NonResourceURLs', [of.url]),
      ...list('ResourceNames', [of.name]),
      ...list('Verbs', verbs),
    ]
    return `{${parts.join(', ')}}`
  })
  return [...new Set(texts)].sort()
}

/**
 * May they? Node authoriser, then RBAC from the stored roles and bindings; system:masters may do everything.
 */
import type { Query } from '#http/message.ts'
import { type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import type { RequestInfo, UserInfo } from '../context.ts'
import type { ApiServer } from '../server.ts'
import { NodeGraph, nodeOf, refusedTo } from './node.ts'

export interface Decision {
  readonly allowed: boolean
  readonly reason: string
}

const RBAC = 'rbac.authorization.k8s.io'

interface Rules {
  readonly cluster: readonly Obj[]
  readonly problems: readonly string[]
}

export class Authorizer {
  readonly #server: ApiServer
  /** Cluster-wide rules by user, and rules of one namespace by namespace and user; emptied when RBAC changes. */
  readonly #cache = new Map<string, Rules>()
  readonly #graph: NodeGraph
  #observing = false

  constructor(server: ApiServer) {
    this.#server = server
    this.#graph = new NodeGraph(server)
  }

  /** `query`: of the request, for what nodes may list. */
  authorize(user: UserInfo, info: RequestInfo, query?: Query): Decision {
    if (user.groups.includes('system:masters')) return { allowed: true, reason: '' }
    const node = nodeOf(user)
    const refused = node === undefined ? '' : this.#refusedToNode(node, info, query)
    if (refused === undefined) return { allowed: true, reason: '' }
    const cluster = this.rules(user, '')
    if (cluster.cluster.some((rule) => allows(rule, info))) return { allowed: true, reason: '' }
    const problems = [...cluster.problems]
    if (info.isResource && info.namespace !== '') {
      const local = this.rules(user, info.namespace)
      if (local.cluster.some((rule) => allows(rule, info))) return { allowed: true, reason: '' }
      problems.push(...local.problems)
    }
    const rbac = problems.length === 0 ? '' : `RBAC: ${problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`}`
    return { allowed: false, reason: [refused, rbac].filter((reason) => reason !== '').join(', ') }
  }

  /** Which binding allows a request: the reason access reviews give. */
  why(user: UserInfo, info: RequestInfo): string {
    for (const binding of this.#server.objects(RBAC, 'clusterrolebindings')) {
      if (this.#grants(binding, user, info, ''))
        return `RBAC: allowed by ClusterRoleBinding "${str(binding, 'metadata', 'name')}" of ${str(binding, 'roleRef', 'kind')} "${str(binding, 'roleRef', 'name')}" to ${subjectText(binding, user, '')}`
    }
    if (info.namespace === '') return ''
    for (const binding of this.#server.objects(RBAC, 'rolebindings', info.namespace)) {
      if (this.#grants(binding, user, info, info.namespace))
        return `RBAC: allowed by RoleBinding "${str(binding, 'metadata', 'name')}/${info.namespace}" of ${str(binding, 'roleRef', 'kind')} "${str(binding, 'roleRef', 'name')}" to ${subjectText(binding, user, info.namespace)}`
    }
    return ''
  }

  #grants(binding: Obj, user: UserInfo, info: RequestInfo, namespace: string): boolean {
    if (!objs(binding, 'subjects').some((s) => isSubject(s, user, namespace))) return false
    const ref = obj(binding, 'roleRef')
    const role =
      ref.kind === 'ClusterRole'
        ? this.#server.object(RBAC, 'clusterroles', '', str(ref, 'name'))
        : this.#server.object(RBAC, 'roles', namespace, str(ref, 'name'))
    return objs(role, 'rules').some((r) => allows(r, info))
  }

  /** The rules a user has everywhere (`namespace` empty) or through bindings of a namespace. */
  rules(user: UserInfo, namespace: string): Rules {
    this.#observe()
    const key = `${namespace}|${user.name}|${user.groups.join(',')}`
    let rules = this.#cache.get(key)
    if (rules === undefined) {
      rules = this.#collect(user, namespace)
      if (this.#cache.size > 5_000) this.#cache.clear()
      this.#cache.set(key, rules)
    }
    return rules
  }

  #observe(): void {
    if (this.#observing) return
    this.#observing = true
    for (const plural of ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']) {
      this.#server.storage(this.#server.endpoint(RBAC, plural).kind).observe(() => this.#cache.clear())
    }
  }

  #collect(user: UserInfo, namespace: string): Rules {
    const bindings =
      namespace === '' ? this.#server.objects(RBAC, 'clusterrolebindings') : this.#server.objects(RBAC, 'rolebindings', namespace)
    const cluster: Obj[] = []
    const problems: string[] = []
    for (const binding of bindings) {
      if (!objs(binding, 'subjects').some((s) => isSubject(s, user, namespace))) continue
      const ref = obj(binding, 'roleRef')
      const isClusterRole = ref.kind === 'ClusterRole'
      const role = isClusterRole
        ? this.#server.object(RBAC, 'clusterroles', '', str(ref, 'name'))
        : this.#server.object(RBAC, 'roles', namespace, str(ref, 'name'))
      if (role === undefined) problems.push(`${isClusterRole ? 'clusterrole' : 'role'}.${RBAC} "${str(ref, 'name')}" not found`)
      else cluster.push(...objs(role, 'rules'))
    }
    return { cluster, problems }
  }

  /** Why a node may not; undefined: it may. */
  #refusedToNode(node: string, info: RequestInfo, query: Query | undefined): string | undefined {
    if (!info.isResource) return ''
    const refused = refusedTo(node, info, this.#graph, query?.get('fieldSelector') ?? '')
    if (refused !== undefined) return refused
    return NODE_RULES.some((rule) => allows(rule, info)) ? undefined : ''
  }
}

const rule = (group: string, resources: readonly string[], ...verbs: readonly string[]): Obj => ({ apiGroups: [group], resources, verbs })
const NODE_RULES: readonly Obj[] = [
  rule('', ['services', 'configmaps', 'secrets', 'persistentvolumeclaims', 'persistentvolumes', 'endpoints'], 'get', 'list', 'watch'),
  rule('', ['nodes'], 'create', 'get', 'list', 'watch', 'update', 'patch'),
  rule('', ['nodes/status'], 'update', 'patch'),
  rule('', ['events'], 'create', 'update', 'patch'),
  rule('', ['pods'], 'get', 'list', 'watch', 'create', 'delete'),
  rule('', ['pods/status'], 'update', 'patch'),
  rule('', ['pods/eviction', 'serviceaccounts/token'], 'create'),
  rule('', ['serviceaccounts', 'namespaces'], 'get', 'list', 'watch'),
  rule('', ['persistentvolumeclaims/status'], 'get', 'update', 'patch'),
  rule('coordination.k8s.io', ['leases'], 'create', 'get', 'update', 'patch', 'delete'),
  rule(
    'storage.k8s.io',
    ['volumeattachments', 'csidrivers', 'csinodes', 'storageclasses'],
    'get',
    'list',
    'watch',
    'create',
    'update',
    'patch',
    'delete',
  ),
  rule('node.k8s.io', ['runtimeclasses'], 'get', 'list', 'watch'),
  rule('certificates.k8s.io', ['certificatesigningrequests'], 'create', 'get', 'list', 'watch'),
  rule('authentication.k8s.io', ['tokenreviews'], 'create'),
  rule('authorization.k8s.io', ['subjectaccessreviews', 'localsubjectaccessreviews'], 'create'),
  rule(
    'resource.k8s.io',
    ['resourceclaims', 'resourceslices'],
    'get',
    'list',
    'watch',
    'create',
    'update',
    'patch',
    'delete',
    'deletecollection',
  ),
]

function isSubject(subject: Obj, user: UserInfo, namespace: string): boolean {
  const name = str(subject, 'name')
  switch (subject.kind) {
    case 'User':
      return user.name === name
    case 'Group':
      return user.groups.includes(name)
    case 'ServiceAccount':
      return user.name === `system:serviceaccount:${str(subject, 'namespace') || namespace}:${name}`
    default:
      return false
  }
}

function subjectText(binding: Obj, user: UserInfo, namespace: string): string {
  const s = objs(binding, 'subjects').find((x) => isSubject(x, user, namespace)) ?? {}
  return s.kind === 'ServiceAccount'
    ? `ServiceAccount "${str(s, 'name')}/${str(s, 'namespace') || namespace}"`
    : `${str(s, 'kind')} "${str(s, 'name')}"`
}

/** Tells whether a PolicyRule allows a request. */
export function allows(rule: Obj, info: RequestInfo): boolean {
  if (!matchesAny(strs(rule, 'verbs'), info.verb)) return false
  if (!info.isResource)
    return strs(rule, 'nonResourceURLs').some(
      (url) => url === '*' || url === info.path || (url.endsWith('*') && info.path.startsWith(url.slice(0, -1))),
    )
  if (!matchesAny(strs(rule, 'apiGroups'), info.group)) return false
  const names = strs(rule, 'resourceNames')
  if (names.length > 0 && !names.includes(info.name)) return false
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`
  return strs(rule, 'resources').some((r) => r === '*' || r === resource || (info.subresource !== '' && r === `*/${info.subresource}`))
}

const matchesAny = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

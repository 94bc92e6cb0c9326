import type { Sim } from '#sim/wait.ts'
import type { Call } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import { printError } from '../../io.ts'
import type { Kubectl } from '../../kubectl.ts'
import { array, generator, list, text } from './generator.ts'

const VERBS = new Set([
  '*',
  'get',
  'delete',
  'list',
  'create',
  'update',
  'patch',
  'watch',
  'proxy',
  'deletecollection',
  'use',
  'bind',
  'approve',
  'sign',
  'escalate',
  'impersonate',
  'attest',
])
const API = 'rbac.authorization.k8s.io/v1'

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)]

interface Rule {
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: readonly string[]
  nonResourceURLs?: readonly string[]
  verbs: readonly string[]
}

/** The rules of `--verb`, `--resource`, `--resource-name`: one for each API group. */
function* rules(k: Kubectl, call: Call, urls: readonly string[] = []): Sim<Rule[]> {
  const { flags } = call
  const asked = unique(flags.list('verb'))
  const verbs = asked.includes('*') ? ['*'] : asked
  const resources = unique(flags.list('resource'))
  if (verbs.length === 0) throw new CommandError('at least one verb must be specified')
  if (resources.length === 0 && urls.length === 0) throw new CommandError('at least one resource must be specified')
  for (const verb of resources.length > 0 ? verbs : [])
    if (!VERBS.has(verb)) yield* printError(k.proc, `Warning: '${verb}' is not a standard resource verb\n`)
  const names = unique(flags.list('resource-name'))
  const mapper = yield* k.mapper()
  const byGroup = new Map<string, string[]>()
  for (const text of resources) {
    const [type = '', sub] = text.split('/')
    if (type === '*' && resources.length > 1 && sub === undefined) throw new CommandError('resource name cannot be specified with *')
    const mapping = type === '*' ? undefined : mapper.find(type)
    if (type !== '*' && mapping === undefined) throw new NoResource(type)
    const group = mapping === undefined ? (text === '*' ? '*' : '') : mapping.group
    const name = `${mapping?.resource ?? type}${sub === undefined ? '' : `/${sub}`}`
    byGroup.set(group, [...(byGroup.get(group) ?? []), name])
  }
  const out: Rule[] = [...byGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, list]) => ({ apiGroups: [group], ...(names.length === 0 ? {} : { resourceNames: names }), resources: list, verbs }))
  if (urls.length > 0) out.push({ nonResourceURLs: urls, verbs })
  return out
}

/** Discovery's own words, shown without `error: `. */
class NoResource extends CommandError {
  override readonly bare = true

  constructor(type: string) {
    super(`the server doesn't have a resource type ${JSON.stringify(type)}`)
  }
}

const ruleFlags = [
  list('resource', 'Resource that the rule applies to'),
  array('resource-name', 'Resource in the white list that the rule applies to, repeat this flag for multiple items'),
  list('verb', 'Verb that applies to the resources contained in the rule'),
]

const role = generator({
  name: 'role',
  use: 'NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a role with single rule',
  long: 'Create a role with single rule.',
  flags: ruleFlags,
  *build(call, name, k) {
    return { apiVersion: API, kind: 'Role', metadata: { name }, rules: yield* rules(k, call) }
  },
})

const clusterrole = generator({
  name: 'clusterrole',
  use: 'NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a cluster role',
  long: 'Create a cluster role.',
  flags: [
    text('aggregation-rule', 'An aggregation label selector for combining ClusterRoles.', ''),
    list('non-resource-url', 'A partial url that user should have access to.'),
    ...ruleFlags,
  ],
  *build(call, name, k) {
    const aggregation = call.flags.string('aggregation-rule')
    if (aggregation !== '') {
      if (call.flags.list('verb').length + call.flags.list('resource').length + call.flags.list('non-resource-url').length > 0)
        throw new CommandError('aggregation rule must be specified without nonResourceURLs, resources or verbs')
      const matchLabels = Object.fromEntries(aggregation.split(',').map((pair) => pair.split('=') as [string, string]))
      return {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
        apiVersion: API,
        kind: 'ClusterRole',
        metadata: { name },
        rules: null,
      }
    }
    return { apiVersion: API, kind: 'ClusterRole', metadata: { name }, rules: yield* rules(k, call, call.flags.list('non-resource-url')) }
  },
})

export function subjects(call: Call): object[] {
  const accounts = unique(call.flags.list('serviceaccount')).map((text) => {
    const parts = text.split(':')
    if (parts.length !== 2 || parts[0] === '' || parts[1] === '') throw new CommandError('serviceaccount must be <namespace>:<name>')
    return { kind: 'ServiceAccount', name: parts[1], namespace: parts[0] }
  })
  const named = (kind: string, names: readonly string[]): object[] =>
    unique(names).map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name }))
  return [...named('User', call.flags.list('user')), ...named('Group', call.flags.list('group')), ...accounts]
}

const bindFlags = [
  array('group', 'Groups to bind to the role. The flag can be repeated to add multiple groups.'),
  array(
    'serviceaccount',
    'Service accounts to bind to the role, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts.',
  ),
  array('user', 'Usernames to bind to the role. The flag can be repeated to add multiple users.'),
]

const rolebinding = generator({
  name: 'rolebinding',
  use: 'NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a role binding for a particular role or cluster role',
  long: 'Create a role binding for a particular role or cluster role.',
  flags: [
    text('clusterrole', 'ClusterRole this RoleBinding should reference'),
    text('role', 'Role this RoleBinding should reference'),
    ...bindFlags,
  ],
  failure: 'failed to create rolebinding:',
  *build(call, name) {
    const own = call.flags.string('role')
    const cluster = call.flags.string('clusterrole')
    if ((own === '') === (cluster === '')) throw new CommandError('exactly one of clusterrole or role must be specified')
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: own === '' ? 'ClusterRole' : 'Role', name: own || cluster }
    const list = subjects(call)
    return { apiVersion: API, kind: 'RoleBinding', metadata: { name }, roleRef, ...(list.length === 0 ? {} : { subjects: list }) }
  },
})

const clusterrolebinding = generator({
  name: 'clusterrolebinding',
  use: 'NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a cluster role binding for a particular cluster role',
  long: 'Create a cluster role binding for a particular cluster role.',
  flags: [text('clusterrole', 'ClusterRole this ClusterRoleBinding should reference'), ...bindFlags],
  required: ['clusterrole'],
  failure: 'failed to create clusterrolebinding:',
  *build(call, name) {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: call.flags.string('clusterrole') }
    const list = subjects(call)
    return { apiVersion: API, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, ...(list.length === 0 ? {} : { subjects: list }) }
  },
})

export { clusterrole, clusterrolebinding, role, rolebinding }

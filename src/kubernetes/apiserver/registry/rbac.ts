/** rbac.authorization.k8s.io */
import { type Draft, drafts, type Obj, objs, str } from '#kubernetes/api/json.ts'
import { isPathSegmentName } from '#kubernetes/api/names.ts'
import { confirmBinding, confirmRole } from '../authorization/escalation.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateBinding, validateBindingUpdate, validateRole } from '../validation/rbac.ts'
import { builtIn, type Kind } from './kind.ts'

const base = { group: 'rbac.authorization.k8s.io', pkg: 'rbac' } as const

function subjects(o: Obj): readonly [string, string, string] {
  const list = objs(o, 'subjects')
  const names = (kind: string): string =>
    list
      .filter((s) => s.kind === kind)
      .map((s) =>
        kind === 'ServiceAccount'
          ? str(s, 'namespace') === ''
            ? str(s, 'name')
            : `${str(s, 'namespace')}/${str(s, 'name')}`
          : str(s, 'name'),
      )
      .join(', ')
  return [names('User'), names('Group'), names('ServiceAccount')]
}

function bindingDefaults(o: Draft): void {
  const ref = o.roleRef as Draft
  if (ref.apiGroup === undefined || ref.apiGroup === '') ref.apiGroup = 'rbac.authorization.k8s.io'
  for (const s of drafts(o, 'subjects'))
    if (s.apiGroup === undefined && (s.kind === 'User' || s.kind === 'Group')) s.apiGroup = 'rbac.authorization.k8s.io'
}

const role = (kind: string, plural: string, namespaced: boolean): Kind =>
  builtIn({
    ...base,
    kind,
    plural,
    namespaced,
    columns: [NAME, { name: 'Created At', type: 'date' }],
    row: (o) => [str(o, 'metadata', 'name'), str(o, 'metadata', 'creationTimestamp')],
    strategy: {
      validateName: isPathSegmentName,
      validate: (o, context) => {
        confirmRole(context, o, undefined)
        return validateRole(o, namespaced)
      },
      validateUpdate: (o, old, context) => {
        confirmRole(context, o, old)
        return validateRole(o, namespaced)
      },
    },
  })

const binding = (kind: string, plural: string, namespaced: boolean): Kind =>
  builtIn({
    ...base,
    kind,
    plural,
    namespaced,
    columns: [
      NAME,
      { name: 'Role' },
      AGE,
      { name: 'Users', priority: 1 },
      { name: 'Groups', priority: 1 },
      { name: 'ServiceAccounts', priority: 1 },
    ],
    row: (o, { now }) => [
      str(o, 'metadata', 'name'),
      `${str(o, 'roleRef', 'kind')}/${str(o, 'roleRef', 'name')}`,
      ageOf(o, now),
      ...subjects(o),
    ],
    strategy: {
      validateName: isPathSegmentName,
      defaults: bindingDefaults,
      validate: (o, context) => {
        confirmBinding(context, o, undefined)
        return validateBinding(o, namespaced)
      },
      validateUpdate: (o, old, context) => {
        confirmBinding(context, o, old)
        return validateBindingUpdate(o, old, namespaced)
      },
    },
  })

export const RBAC: readonly Kind[] = [
  role('Role', 'roles', true),
  role('ClusterRole', 'clusterroles', false),
  binding('RoleBinding', 'rolebindings', true),
  binding('ClusterRoleBinding', 'clusterrolebindings', false),
]

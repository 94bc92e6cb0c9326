import { type Obj, obj, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateResourceQuota, validateResourceQuotaStatus, validateResourceQuotaUpdate } from '../validation/quota.ts'
import { builtIn } from './kind.ts'

/** `cpu: 1/2, pods: 3/10`, requests and limits apart. */
function usage(o: Obj, limits: boolean): string {
  const hard = obj(o, 'status', 'hard')
  const used = obj(o, 'status', 'used')
  return Object.keys(hard)
    .sort()
    .filter((name) => (name.startsWith('limits') ? limits : !limits))
    .map((name) => `${name}: ${String(used[name] ?? '0')}/${String(hard[name])}`)
    .join(', ')
}

export const resourceQuotas = builtIn({
  group: '',
  pkg: 'core',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  status: true,
  columns: [NAME, { name: 'Request' }, { name: 'Limit' }, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), usage(o, false), usage(o, true), ageOf(o, now)],
  strategy: {
    returnDeleted: true,
    prepareForCreate(o) {
      o.status = {}
    },
    validate: validateResourceQuota,
    validateUpdate: validateResourceQuotaUpdate,
    validateStatusUpdate: validateResourceQuotaStatus,
  },
})

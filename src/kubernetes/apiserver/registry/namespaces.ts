import { type Draft, isObj, obj, str } from '#kubernetes/api/json.ts'
import { isDns1123Label } from '#kubernetes/api/names.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateNamespace, validateNamespaceStatusUpdate } from '../validation/namespaces.ts'
import { builtIn } from './kind.ts'

export const namespaces = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  status: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  fields: {
    name: (o) => str(o, 'metadata', 'name'),
    'status.phase': (o) => str(o, 'status', 'phase'),
  },
  columns: [NAME, { name: 'Status' }, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), str(o, 'status', 'phase'), ageOf(o, now)],
  strategy: {
    validateName: isDns1123Label,
    defaults(o) {
      const meta = o.metadata as Draft
      const name = str(meta, 'name')
      if (name === '') return
      meta.labels = {
        ...(isObj(meta.labels) ? meta.labels : {}),
        'kubernetes.io/metadata.name': name,
      }
    },
    prepareForCreate(o) {
      const finalizers = obj(o, 'spec').finalizers
      const list = Array.isArray(finalizers) ? (finalizers as readonly unknown[]) : []
      o.spec = {
        ...obj(o, 'spec'),
        finalizers: list.includes('kubernetes') ? list : [...list, 'kubernetes'],
      }
      o.status = { phase: 'Active' }
    },
    validate: validateNamespace,
    validateStatusUpdate: validateNamespaceStatusUpdate,
    prepareForUpdate(o, old) {
      o.spec = { ...obj(o, 'spec'), finalizers: obj(old, 'spec').finalizers }
      o.status = old.status
    },
  },
})

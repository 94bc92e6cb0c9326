import { objs, str } from '#kubernetes/api/json.ts'
import { NAME } from '../table.ts'
import { builtIn } from './kind.ts'

export const componentStatuses = builtIn({
  group: '',
  pkg: 'core',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [NAME, { name: 'Status' }, { name: 'Message' }, { name: 'Error' }],
  row: (o) => {
    const healthy = objs(o, 'conditions').find((c) => c.type === 'Healthy') ?? {}
    return [str(o, 'metadata', 'name'), healthy.status === 'True' ? 'Healthy' : 'Unhealthy', str(healthy, 'message'), str(healthy, 'error')]
  },
})

import { type Obj, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateEndpoints } from '../validation/endpoints.ts'
import { builtIn } from './kind.ts'

/** At most three addresses are shown. */
const SHOWN = 3

function formatEndpoints(o: Obj): string {
  const subsets = objs(o, 'subsets')
  if (subsets.length === 0) return '<none>'
  const list: string[] = []
  for (const subset of subsets) {
    const ips = objs(subset, 'addresses').map((address) => str(address, 'ip'))
    const ports = objs(subset, 'ports')
    if (ports.length === 0) list.push(...ips)
    for (const port of ports) list.push(...ips.map((ip) => `${ip}:${String(port.port)}`))
  }
  const more = list.length > SHOWN ? ` + ${list.length - SHOWN} more...` : ''
  return list.slice(0, SHOWN).join(',') + more
}

export const endpoints = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  prefix: '/registry/services/endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  columns: [NAME, { name: 'Endpoints' }, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), formatEndpoints(o), ageOf(o, now)],
  strategy: {
    allowCreateOnUpdate: true,
    validate: validateEndpoints,
    validateUpdate: validateEndpoints,
    defaults(o) {
      for (const subset of objs(o, 'subsets'))
        for (const port of objs(subset, 'ports')) (port as { [key: string]: unknown }).protocol ??= 'TCP'
    },
  },
})

import { bool, type Obj, objs, str, strMap } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateNode, validateNodeUpdate } from '../validation/nodes.ts'
import { builtIn } from './kind.ts'

const ROLE = 'node-role.kubernetes.io/'

function roles(o: Obj): string {
  const labels = strMap(o, 'metadata', 'labels')
  const found = new Set<string>()
  for (const key of Object.keys(labels)) {
    if (key.startsWith(ROLE) && key.length > ROLE.length) found.add(key.slice(ROLE.length))
    else if (key === 'kubernetes.io/role' && labels[key] !== '') found.add(labels[key] ?? '')
  }
  return found.size === 0 ? '<none>' : [...found].sort().join(',')
}

function readiness(o: Obj): string {
  const ready = objs(o, 'status', 'conditions').find((c) => c.type === 'Ready')
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : ready.status === 'Unknown' ? 'NotReady' : 'NotReady']
  if (bool(o, 'spec', 'unschedulable') === true) words.push('SchedulingDisabled')
  return words.join(',')
}

const address = (o: Obj, type: string): string =>
  str(objs(o, 'status', 'addresses').find((a) => a.type === type) ?? {}, 'address') || '<none>'

export const nodes = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  status: true,
  prefix: '/registry/minions',
  subresources: [
    {
      name: 'proxy',
      kind: 'NodeProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
  ],
  fields: {
    'spec.unschedulable': (o) => String(bool(o, 'spec', 'unschedulable') ?? false),
  },
  columns: [
    NAME,
    { name: 'Status' },
    { name: 'Roles' },
    AGE,
    { name: 'Version' },
    { name: 'Internal-IP', priority: 1 },
    { name: 'External-IP', priority: 1 },
    { name: 'OS-Image', priority: 1 },
    { name: 'Kernel-Version', priority: 1 },
    { name: 'Container-Runtime', priority: 1 },
  ],
  row: (o, { now }) => {
    const info = (name: string): string => str(o, 'status', 'nodeInfo', name)
    const kernel = info('kernelVersion')
    const architecture = info('architecture')
    return [
      str(o, 'metadata', 'name'),
      readiness(o),
      roles(o),
      ageOf(o, now),
      info('kubeletVersion'),
      address(o, 'InternalIP'),
      address(o, 'ExternalIP'),
      info('osImage') || '<unknown>',
      kernel === '' ? '<unknown>' : architecture === '' ? kernel : `${kernel} (${architecture})`,
      info('containerRuntimeVersion') || '<unknown>',
    ]
  },
  strategy: {
    generationOf: false,
    warnings: (o) =>
      str(o, 'spec', 'externalID') === '' ? [] : ['spec.externalID: this field is deprecated, and is unused by Kubernetes'],
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    validateStatusUpdate: validateNodeUpdate,
  },
})

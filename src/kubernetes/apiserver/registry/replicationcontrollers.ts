import { draft, isObj, num, obj, str, strMap } from '#kubernetes/api/json.ts'
import { formatSelector, selectorFromSet } from '#kubernetes/api/labels.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { workloadWarnings } from '../validation/pod-warnings.ts'
import { validateReplicaStatus, validateReplicationController } from '../validation/workloads.ts'
import { builtIn } from './kind.ts'
import { defaultPodSpec } from './pod-defaults.ts'
import { containersAndImages } from './pod-table.ts'

export const replicationControllers = builtIn({
  group: '',
  pkg: 'core',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  status: true,
  prefix: '/registry/controllers',
  scale: {
    specReplicas: ['spec', 'replicas'],
    statusReplicas: ['status', 'replicas'],
    selector: (o) => formatSelector(selectorFromSet(strMap(o, 'spec', 'selector'))),
  },
  columns: [
    NAME,
    { name: 'Desired', type: 'integer' },
    { name: 'Current', type: 'integer' },
    { name: 'Ready', type: 'integer' },
    AGE,
    { name: 'Containers', priority: 1 },
    { name: 'Images', priority: 1 },
    { name: 'Selector', priority: 1 },
  ],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    num(o, 'spec', 'replicas') ?? 0,
    num(o, 'status', 'replicas') ?? 0,
    num(o, 'status', 'readyReplicas') ?? 0,
    ageOf(o, now),
    ...containersAndImages(obj(o, 'spec', 'template', 'spec')),
    formatSelector(selectorFromSet(strMap(o, 'spec', 'selector'))),
  ],
  fields: {
    'status.replicas': (o) => String(num(o, 'status', 'replicas') ?? 0),
  },
  strategy: {
    generationOf: (o) => o.spec,
    defaults(o) {
      const spec = draft(o, 'spec')
      spec.replicas ??= 1
      const labels = obj(spec, 'template', 'metadata').labels
      if (isObj(labels)) {
        spec.selector ??= labels
        const meta = draft(o, 'metadata')
        if (meta.labels === undefined) meta.labels = labels
      }
      if (isObj(spec.template)) defaultPodSpec(draft(draft(spec, 'template'), 'spec'))
    },
    prepareForCreate(o) {
      o.status = { replicas: 0 }
    },
    warnings: workloadWarnings,
    validate: validateReplicationController,
    validateUpdate: validateReplicationController,
    validateStatusUpdate: validateReplicaStatus,
  },
})

/** Custom resource definitions and API services. */
import { obj, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { builtIn, type Kind } from './kind.ts'

export const EXTENSION: readonly Kind[] = [
  builtIn({
    group: 'apiextensions.k8s.io',
    pkg: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    status: true,
    prefix: '/registry/apiextensions.k8s.io/customresourcedefinitions',
    columns: [NAME, { name: 'Created At', type: 'date' }],
    row: (o) => [str(o, 'metadata', 'name'), str(o, 'metadata', 'creationTimestamp')],
    strategy: { generationOf: (o) => o.spec },
  }),
  builtIn({
    group: 'apiregistration.k8s.io',
    pkg: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
    kind: 'APIService',
    plural: 'apiservices',
    categories: ['api-extensions'],
    namespaced: false,
    status: true,
    prefix: '/registry/apiregistration.k8s.io/apiservices',
    columns: [NAME, { name: 'Service' }, { name: 'Available' }, AGE],
    row: (o, { now }) => {
      const service = obj(o, 'spec').service
      const condition = objs(o, 'status', 'conditions').find((c) => c.type === 'Available')
      const available = condition === undefined ? 'Unknown' : condition.status === 'True' ? 'True' : `${str(condition, 'status')} (${str(condition, 'reason')})`
      return [str(o, 'metadata', 'name'), service === undefined ? 'Local' : `${str(service, 'namespace')}/${str(service, 'name')}`, available, ageOf(o, now)]
    },
    strategy: { generationOf: false },
  }),
]

import { draft, drafts, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { formatSelector, selectorFromSet } from '#kubernetes/api/labels.ts'
import { isDns1123Label } from '#kubernetes/api/names.ts'
import { restoreKubernetesService } from '../bootstrap/kubernetes-service.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateLoadBalancerStatus, validateService, validateServiceUpdate } from '../validation/service.ts'
import { serviceWarnings } from '../validation/service-warnings.ts'
import { builtIn } from './kind.ts'
import { allocateService, forgetAddresses, reallocateService, recordAddresses, releaseService } from './service-allocation.ts'

function externalIp(o: Obj): string {
  const external = strs(o, 'spec', 'externalIPs')
  switch (str(o, 'spec', 'type')) {
    case 'LoadBalancer': {
      const addresses = objs(o, 'status', 'loadBalancer', 'ingress')
        .map((i) => str(i, 'ip') || str(i, 'hostname'))
        .filter((a) => a !== '')
      const all = [...addresses, ...external]
      return all.length === 0 ? '<pending>' : all.join(',')
    }
    case 'ExternalName':
      return str(o, 'spec', 'externalName')
    default:
      return external.length === 0 ? '<none>' : external.join(',')
  }
}

function ports(o: Obj): string {
  const list = objs(o, 'spec', 'ports').map(
    (p) => `${String(p.port)}${p.nodePort === undefined ? '' : `:${String(p.nodePort)}`}/${str(p, 'protocol')}`,
  )
  return list.length === 0 ? '<none>' : list.join(',')
}

export const services = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  status: true,
  prefix: '/registry/services/specs',
  subresources: [
    {
      name: 'proxy',
      kind: 'ServiceProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
  ],
  fields: {
    'spec.clusterIP': (o) => str(o, 'spec', 'clusterIP'),
    'spec.type': (o) => str(o, 'spec', 'type'),
  },
  columns: [
    NAME,
    { name: 'Type' },
    { name: 'Cluster-IP' },
    { name: 'External-IP' },
    { name: 'Port(s)' },
    AGE,
    { name: 'Selector', priority: 1 },
  ],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    str(o, 'spec', 'type'),
    strs(o, 'spec', 'clusterIPs')[0] ?? (str(o, 'spec', 'clusterIP') || '<none>'),
    externalIp(o),
    ports(o),
    ageOf(o, now),
    formatSelector(selectorFromSet(obj(o, 'spec', 'selector') as { readonly [key: string]: string })) || '<none>',
  ],
  strategy: {
    returnDeleted: true,
    validateName: isDns1123Label,
    defaults(o) {
      const spec = draft(o, 'spec')
      spec.sessionAffinity ??= 'None'
      if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
      else {
        const ip = draft(draft(spec, 'sessionAffinityConfig'), 'clientIP')
        ip.timeoutSeconds ??= 10_800
      }
      spec.type ??= 'ClusterIP'
      for (const port of drafts(spec, 'ports')) {
        port.protocol ??= 'TCP'
        if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port
      }
      const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer'
      if (external || (strs(spec, 'externalIPs').length > 0 && spec.type === 'ClusterIP')) spec.externalTrafficPolicy ??= 'Cluster'
      if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster'
      if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
    },
    prepareForCreate(o, context) {
      o.status = { loadBalancer: {} }
      allocateService(o, context)
    },
    prepareForUpdate(o, old, context) {
      reallocateService(o, old, context)
    },
    undoCreate: (o, context) => releaseService(o, context),
    afterCreate: (o, context) => recordAddresses(o, context.server),
    afterUpdate(o, old, context) {
      forgetAddresses(old, o, context.server)
      recordAddresses(o, context.server)
    },
    afterDelete(o, context) {
      releaseService(o, context)
      forgetAddresses(o, undefined, context.server)
      restoreKubernetesService(o, context.server)
    },
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    validateStatusUpdate: (o) => validateLoadBalancerStatus(o, true),
    warnings: serviceWarnings,
    generationOf: false,
  },
})

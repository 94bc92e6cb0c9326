/** networking.k8s.io, discovery.k8s.io and coordination.k8s.io */
import { type Draft, draft, drafts, isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { formatLabelSelector } from '#kubernetes/api/labels.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateLease } from '../validation/coordination.ts'
import { validateEndpointSlice, validateEndpointSliceUpdate } from '../validation/endpoints.ts'
import { cidrWarnings } from '../validation/ip.ts'
import { networkPolicyCidrs, validateNetworkPolicy } from '../validation/network-policy.ts'
import * as check from '../validation/networking.ts'
import { builtIn, type Kind } from './kind.ts'

const base = { group: 'networking.k8s.io', pkg: 'networking' } as const
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

function hosts(o: Obj): string {
  const list = [
    ...new Set(
      objs(o, 'spec', 'rules')
        .map((r) => str(r, 'host'))
        .filter((h) => h !== ''),
    ),
  ]
  if (list.length === 0) return '*'
  return list.length > 3 ? `${list.slice(0, 3).join(',')} + ${list.length - 3} more...` : list.join(',')
}

const short = (list: readonly string[]): string =>
  list.length === 0 ? '<unset>' : list.length > 3 ? `${list.slice(0, 3).join(',')} + ${list.length - 3} more...` : list.join(',')

const ingresses = builtIn({
  ...base,
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  status: true,
  prefix: '/registry/ingress',
  columns: [NAME, { name: 'Class' }, { name: 'Hosts' }, { name: 'Address' }, { name: 'Ports' }, AGE],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    str(o, 'spec', 'ingressClassName') || str(o, 'metadata', 'annotations', CLASS_ANNOTATION) || '<none>',
    hosts(o),
    objs(o, 'status', 'loadBalancer', 'ingress')
      .map((i) => str(i, 'ip') || str(i, 'hostname'))
      .join(','),
    objs(o, 'spec', 'tls').length > 0 ? '80, 443' : '80',
    ageOf(o, now),
  ],
  strategy: {
    generationOf: (o) => o.spec,
    prepareForCreate(o) {
      o.status = { loadBalancer: {} }
    },
    validate: check.validateIngressCreate,
    validateUpdate: check.validateIngress,
    validateStatusUpdate: check.validateIngressStatusUpdate,
    warnings: (o, old) =>
      old !== undefined || str(o, 'metadata', 'annotations', CLASS_ANNOTATION) === '' || obj(o, 'spec').ingressClassName !== undefined
        ? []
        : [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`],
  },
})

const networkPolicies = builtIn({
  ...base,
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  columns: [NAME, { name: 'Pod-Selector' }, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), formatLabelSelector(obj(o, 'spec', 'podSelector')), ageOf(o, now)],
  strategy: {
    generationOf: (o) => o.spec,
    defaults(o) {
      const spec = draft(o, 'spec')
      for (const rule of [...drafts(spec, 'ingress'), ...drafts(spec, 'egress')])
        for (const port of drafts(rule, 'ports')) port.protocol ??= 'TCP'
      spec.policyTypes ??= ['Ingress', ...(spec.egress === undefined ? [] : ['Egress'])]
    },
    warnings: (o) => networkPolicyCidrs(o).flatMap(([path, cidr]) => cidrWarnings(cidr, path)),
    validate: validateNetworkPolicy,
    validateUpdate: validateNetworkPolicy,
  },
})

const ingressClasses = builtIn({
  ...base,
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  columns: [NAME, { name: 'Controller' }, { name: 'Parameters' }, AGE],
  row: (o, { now }) => {
    const parameters = obj(o, 'spec').parameters
    const group = str(parameters, 'apiGroup')
    return [
      str(o, 'metadata', 'name'),
      str(o, 'spec', 'controller'),
      parameters === undefined ? '<none>' : `${str(parameters, 'kind')}${group === '' ? '' : `.${group}`}/${str(parameters, 'name')}`,
      ageOf(o, now),
    ]
  },
  strategy: {
    generationOf: (o) => o.spec,
    defaults(o) {
      const parameters = draft(o, 'spec').parameters
      if (isObj(parameters)) (parameters as Draft).scope ??= 'Cluster'
    },
    validate: check.validateIngressClass,
    validateUpdate: check.validateIngressClassUpdate,
  },
})

const ipAddresses = builtIn({
  ...base,
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  columns: [NAME, { name: 'ParentRef' }],
  row: (o) => {
    const ref = obj(o, 'spec', 'parentRef')
    const group = str(ref, 'group')
    return [
      str(o, 'metadata', 'name'),
      [`${str(ref, 'resource')}${group === '' ? '' : `.${group}`}`, str(ref, 'namespace'), str(ref, 'name')]
        .filter((p) => p !== '')
        .join('/'),
    ]
  },
  fields: { 'spec.parentRef.name': (o) => str(o, 'spec', 'parentRef', 'name') },
  strategy: {
    validateName: check.ipAddressName,
    validate: check.validateIpAddress,
    validateUpdate: check.validateIpAddressUpdate,
  },
})

const serviceCidrs = builtIn({
  ...base,
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  status: true,
  strategy: { validate: check.validateServiceCidr, validateUpdate: check.validateServiceCidrUpdate },
  columns: [NAME, { name: 'CIDRs' }, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), strs(o, 'spec', 'cidrs').join(','), ageOf(o, now)],
})

const endpointSlices = builtIn({
  group: 'discovery.k8s.io',
  pkg: 'discovery',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  columns: [NAME, { name: 'AddressType' }, { name: 'Ports' }, { name: 'Endpoints' }, AGE],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    str(o, 'addressType'),
    short(objs(o, 'ports').map((p) => (p.port === undefined ? (str(p, 'name') === '' ? '*' : str(p, 'name')) : String(p.port)))),
    short(objs(o, 'endpoints').flatMap((e) => [...strs(e, 'addresses')])),
    ageOf(o, now),
  ],
  strategy: {
    generationOf: (o) => [o.addressType, o.endpoints, o.ports, obj(o, 'metadata').labels],
    defaults(o) {
      for (const port of drafts(o, 'ports')) {
        port.name ??= ''
        port.protocol ??= 'TCP'
      }
    },
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
  },
})

const leases = builtIn({
  group: 'coordination.k8s.io',
  pkg: 'coordination',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  columns: [NAME, { name: 'Holder' }, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), str(o, 'spec', 'holderIdentity'), ageOf(o, now)],
  strategy: { allowCreateOnUpdate: true, allowUnconditionalUpdate: false, validate: validateLease, validateUpdate: validateLease },
})

export const NETWORKING: readonly Kind[] = [ingressClasses, ingresses, ipAddresses, networkPolicies, serviceCidrs, endpointSlices, leases]

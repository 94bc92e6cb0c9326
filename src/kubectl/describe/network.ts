import type { Obj } from '#kubernetes/api/json.ts'
import { at, num, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { formatLabelSelector } from '#kubernetes/api/labels.ts'
import type { Sim } from '#sim/wait.ts'
import { ServerError } from '../errors.ts'
import type { Kubectl } from '../kubectl.ts'
import type { KubeObject } from '../rest.ts'
import { count, type Describer, head, labelsAndAnnotations, listItems, pairs, tryListItems } from './context.ts'
import { annotations, type Description } from './writer.ts'

const MAX_ENDPOINTS = 3

/** `10.244.1.2:80,10.244.2.3:80 + 2 more...` of the slices' ports with that name. */
function formatSlices(slices: readonly KubeObject[], port: string): string {
  if (slices.length === 0) return '<none>'
  const list: string[] = []
  for (const slice of slices) {
    const ports = objs(slice, 'ports')
    const wanted = ports.length === 0 ? [undefined] : ports.filter((p) => str(p, 'name') === port)
    for (const p of wanted) {
      for (const e of objs(slice, 'endpoints')) {
        if (at(e, 'conditions', 'ready') === false) continue
        const address = strs(e, 'addresses')[0] ?? ''
        list.push(p === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${num(p, 'port')}`)
      }
    }
  }
  const shown = list.slice(0, MAX_ENDPOINTS).join(',')
  return list.length > MAX_ENDPOINTS ? `${shown} + ${list.length - MAX_ENDPOINTS} more...` : shown
}

const slicesOf = (k: Kubectl, namespace: string | undefined, service: string): Sim<readonly KubeObject[]> =>
  tryListItems(k, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    labelSelector: `kubernetes.io/service-name=${service}`,
  })

export const service: Describer = function* (k, d, svc) {
  const spec = obj(svc, 'spec')
  const join = (key: string): string => strs(spec, key).join(',')
  const slices = yield* slicesOf(k, svc.metadata?.namespace, svc.metadata?.name ?? '')
  head(d, svc)
  labelsAndAnnotations(d, svc)
  d.line(0, `Selector:\t${pairs(strMap(spec, 'selector'))}`)
  d.line(0, `Type:\t${str(spec, 'type')}`)
  if (spec.ipFamilyPolicy !== undefined) d.line(0, `IP Family Policy:\t${str(spec, 'ipFamilyPolicy')}`)
  d.line(0, `IP Families:\t${join('ipFamilies') || '<none>'}`)
  d.line(0, `IP:\t${str(spec, 'clusterIP')}`)
  d.line(0, `IPs:\t${join('clusterIPs') || '<none>'}`)
  if (join('externalIPs') !== '') d.line(0, `External IPs:\t${join('externalIPs')}`)
  if (str(spec, 'loadBalancerIP') !== '') d.line(0, `Desired LoadBalancer IP:\t${str(spec, 'loadBalancerIP')}`)
  if (str(spec, 'externalName') !== '') d.line(0, `External Name:\t${str(spec, 'externalName')}`)
  const ingress = objs(svc, 'status', 'loadBalancer', 'ingress')
  if (ingress.length > 0)
    d.line(
      0,
      `LoadBalancer Ingress:\t${ingress.map((i) => (str(i, 'ip') === '' ? str(i, 'hostname') : `${str(i, 'ip')}${str(i, 'ipMode') === '' ? '' : ` (${str(i, 'ipMode')})`}`)).join(', ')}`,
    )
  for (const port of objs(spec, 'ports')) {
    const name = str(port, 'name') || '<unset>'
    const protocol = str(port, 'protocol')
    d.line(0, `Port:\t${name}\t${count(port, 'port')}/${protocol}`)
    d.line(0, `TargetPort:\t${String(port.targetPort)}/${protocol}`)
    if (port.appProtocol !== undefined) d.line(0, `AppProtocol:\t${str(port, 'appProtocol')}`)
    if (count(port, 'nodePort') !== 0) d.line(0, `NodePort:\t${name}\t${count(port, 'nodePort')}/${protocol}`)
    d.line(0, `Endpoints:\t${formatSlices(slices, str(port, 'name'))}`)
  }
  d.line(0, `Session Affinity:\t${str(spec, 'sessionAffinity')}`)
  const text = (title: string, key: string): void => {
    if (str(spec, key) !== '') d.line(0, `${title}:\t${str(spec, key)}`)
  }
  text('External Traffic Policy', 'externalTrafficPolicy')
  text('Internal Traffic Policy', 'internalTrafficPolicy')
  if (count(spec, 'healthCheckNodePort') !== 0) d.line(0, `HealthCheck NodePort:\t${count(spec, 'healthCheckNodePort')}`)
  if (join('loadBalancerSourceRanges') !== '') d.line(0, `LoadBalancer Source Ranges:\t${join('loadBalancerSourceRanges')}`)
  text('Traffic Distribution', 'trafficDistribution')
}

export const endpoints: Describer = function* (_, d, ep) {
  head(d, ep)
  labelsAndAnnotations(d, ep)
  d.line(0, 'Subsets:')
  for (const subset of objs(ep, 'subsets')) {
    const list = (key: string): string =>
      objs(subset, key)
        .map((a) => str(a, 'ip'))
        .join(',') || '<none>'
    d.line(1, `Addresses:\t${list('addresses')}`)
    d.line(1, `NotReadyAddresses:\t${list('notReadyAddresses')}`)
    const ports = objs(subset, 'ports')
    if (ports.length > 0) {
      d.line(1, 'Ports:')
      d.line(2, 'Name\tPort\tProtocol')
      d.line(2, '----\t----\t--------')
      for (const p of ports) d.line(2, `${str(p, 'name') || '<unset>'}\t${count(p, 'port')}\t${str(p, 'protocol')}`)
    }
    d.line(0, '')
  }
}

export const endpointSlice: Describer = function* (_, d, slice) {
  head(d, slice)
  labelsAndAnnotations(d, slice)
  d.line(0, `AddressType:\t${str(slice, 'addressType')}`)
  const ports = objs(slice, 'ports')
  d.line(0, ports.length === 0 ? 'Ports: <unset>' : 'Ports:')
  if (ports.length > 0) {
    d.line(1, 'Name\tPort\tProtocol')
    d.line(1, '----\t----\t--------')
    for (const p of ports) d.line(1, `${str(p, 'name') || '<unset>'}\t${String(p.port ?? '<unset>')}\t${str(p, 'protocol')}`)
  }
  const list = objs(slice, 'endpoints')
  d.line(0, list.length === 0 ? 'Endpoints: <none>' : 'Endpoints:')
  for (const e of list) {
    d.line(1, `- Addresses:\t${strs(e, 'addresses').join(', ') || '<none>'}`)
    d.line(2, 'Conditions:')
    d.line(3, `Ready:\t${String(at(e, 'conditions', 'ready') ?? '<unset>')}`)
    d.line(2, `Hostname:\t${str(e, 'hostname') || '<unset>'}`)
    if (e.targetRef !== undefined) d.line(2, `TargetRef:\t${str(e, 'targetRef', 'kind')}/${str(e, 'targetRef', 'name')}`)
    d.line(2, `NodeName:\t${str(e, 'nodeName') || '<unset>'}`)
    d.line(2, `Zone:\t${str(e, 'zone') || '<unset>'}`)
  }
}

/** `web:80 (10.244.1.2:80)`, or why it leads nowhere. */
function* backend(k: Kubectl, namespace: string | undefined, b: unknown): Sim<string> {
  const name = str(b, 'service', 'name')
  if (name === '') {
    const resource = obj(b, 'resource')
    return resource.kind === undefined
      ? ''
      : `APIGroup: ${str(resource, 'apiGroup') || '<none>'}, Kind: ${str(resource, 'kind')}, Name: ${str(resource, 'name')}`
  }
  const number = num(b, 'service', 'port', 'number')
  const portName = str(b, 'service', 'port', 'name')
  const title = `${name}:${number ?? portName}`
  try {
    const slices = yield* listItems(k, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      labelSelector: `kubernetes.io/service-name=${name}`,
    })
    const svc = yield* (yield* k.rest()).json('GET', `/api/v1/namespaces/${namespace}/services/${name}`)
    const port = objs(svc, 'spec', 'ports').find((p) => (number !== undefined ? p.port === number : str(p, 'name') === portName))
    return `${title} (${formatSlices(slices, str(port, 'name'))})`
  } catch (error) {
    if (error instanceof ServerError) return `${title} (<error: ${error.message}>)`
    throw error
  }
}

export const ingress: Describer = function* (k, d, ing) {
  const namespace = ing.metadata?.namespace
  head(d, ing, false)
  d.map(0, 'Labels', ing.metadata?.labels)
  d.line(0, `Namespace:\t${namespace ?? ''}`)
  d.line(
    0,
    `Address:\t${objs(ing, 'status', 'loadBalancer', 'ingress')
      .map((i) => str(i, 'ip') || str(i, 'hostname'))
      .sort()
      .join(',')}`,
  )
  d.line(0, `Ingress Class:\t${str(ing, 'spec', 'ingressClassName') || '<none>'}`)
  const fallback = at(ing, 'spec', 'defaultBackend')
  const fallbackText = fallback === undefined ? '<default>' : yield* backend(k, namespace, fallback)
  d.line(0, `Default backend:\t${fallbackText}`)
  const tls = objs(ing, 'spec', 'tls')
  if (tls.length > 0) d.line(0, 'TLS:')
  for (const t of tls) {
    const hosts = strs(t, 'hosts').join(',')
    d.line(1, str(t, 'secretName') === '' ? `SNI routes ${hosts}` : `${str(t, 'secretName')} terminates ${hosts}`)
  }
  d.line(0, 'Rules:\n  Host\tPath\tBackends')
  d.line(1, '----\t----\t--------')
  const rules = objs(ing, 'spec', 'rules').filter((r) => r.http !== undefined)
  for (const rule of rules) {
    d.line(1, `${str(rule, 'host') || '*'}\t`)
    for (const path of objs(rule, 'http', 'paths')) d.line(2, `\t${str(path, 'path')} \t${yield* backend(k, namespace, path.backend)}`)
  }
  if (rules.length === 0) d.line(1, `*\t*\t${fallbackText}`)
  annotations(d, 0, ing.metadata?.annotations)
}

export const ingressClass: Describer = function* (_, d, ic) {
  head(d, ic, false)
  labelsAndAnnotations(d, ic)
  d.line(0, `Controller:\t${str(ic, 'spec', 'controller')}`)
  const parameters = obj(ic, 'spec', 'parameters')
  if (parameters.kind === undefined) return
  d.line(0, 'Parameters:')
  if (parameters.apiGroup !== undefined) d.line(1, `APIGroup:\t${str(parameters, 'apiGroup')}`)
  d.line(1, `Kind:\t${str(parameters, 'kind')}`)
  d.line(1, `Name:\t${str(parameters, 'name')}`)
}

export const serviceCidr: Describer = function* (_, d, cidr) {
  head(d, cidr, false)
  labelsAndAnnotations(d, cidr)
  d.line(0, `CIDRs:\t${strs(cidr, 'spec', 'cidrs').join(', ')}`)
  const conditions = objs(cidr, 'status', 'conditions')
  if (conditions.length === 0) return
  d.line(0, 'Status:')
  d.conditions(conditions)
}

export const ipAddress: Describer = function* (_, d, ip) {
  head(d, ip, false)
  labelsAndAnnotations(d, ip)
  const parent = obj(ip, 'spec', 'parentRef')
  if (parent.resource === undefined) return
  d.line(0, 'Parent Reference:')
  for (const [title, key] of [
    ['Group', 'group'],
    ['Resource', 'resource'],
    ['Namespace', 'namespace'],
    ['Name', 'name'],
  ] as const)
    d.line(1, `${title}:\t${str(parent, key)}`)
}

export const networkPolicy: Describer = function* (_, d, policy) {
  const spec = obj(policy, 'spec')
  head(d, policy)
  d.line(0, `Created on:\t${(policy.metadata?.creationTimestamp ?? '').replace('T', ' ').replace('Z', ' +0000 UTC')}`)
  labelsAndAnnotations(d, policy)
  d.line(0, 'Spec:')
  const everything =
    Object.keys(obj(spec, 'podSelector', 'matchLabels')).length === 0 && objs(spec, 'podSelector', 'matchExpressions').length === 0
  d.line(
    1,
    `PodSelector:     ${everything ? '<none> (Allowing the specific traffic to all pods in this namespace)' : formatLabelSelector(spec.podSelector)}`,
  )
  const types = strs(spec, 'policyTypes')
  if (types.includes('Ingress')) {
    d.line(1, 'Allowing ingress traffic:')
    rules(
      d,
      objs(spec, 'ingress'),
      'from',
      'From',
      '<none> (Selected pods are isolated for ingress connectivity)',
      '<any> (traffic not restricted by source)',
    )
  } else d.line(1, 'Not affecting ingress traffic')
  if (types.includes('Egress')) {
    d.line(1, 'Allowing egress traffic:')
    rules(
      d,
      objs(spec, 'egress'),
      'to',
      'To',
      '<none> (Selected pods are isolated for egress connectivity)',
      '<any> (traffic not restricted by destination)',
    )
  } else d.line(1, 'Not affecting egress traffic')
  d.line(1, `Policy Types: ${types.join(', ') || '<none>'}`)
}

function rules(d: Description, list: readonly Obj[], key: string, title: string, none: string, any: string): void {
  if (list.length === 0) d.line(2, none)
  list.forEach((rule, i) => {
    const ports = objs(rule, 'ports')
    if (ports.length === 0) d.line(2, 'To Port: <any> (traffic allowed to all ports)')
    for (const p of ports) {
      const protocol = str(p, 'protocol') || 'TCP'
      d.line(
        2,
        p.endPort === undefined
          ? `To Port: ${String(p.port ?? '<nil>')}/${protocol}`
          : `To Port Range: ${String(p.port)}-${String(p.endPort)}/${protocol}`,
      )
    }
    const peers = objs(rule, key)
    if (peers.length === 0) d.line(2, `${title}: ${any}`)
    for (const peer of peers) {
      d.line(2, `${title}:`)
      if (peer.namespaceSelector !== undefined) d.line(3, `NamespaceSelector: ${formatLabelSelector(peer.namespaceSelector)}`)
      if (peer.podSelector !== undefined) d.line(3, `PodSelector: ${formatLabelSelector(peer.podSelector)}`)
      if (peer.namespaceSelector === undefined && peer.podSelector === undefined && peer.ipBlock !== undefined) {
        d.line(3, 'IPBlock:')
        d.line(4, `CIDR: ${str(peer, 'ipBlock', 'cidr')}`)
        d.line(4, `Except: ${strs(peer, 'ipBlock', 'except').join(', ')}`)
      }
    }
    if (i < list.length - 1) d.line(2, '----------')
  })
}

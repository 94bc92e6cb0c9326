/** Cluster IPs, IP families and node ports of Services. Source: k8s.io/kubernetes pkg/registry/core/service/storage. */
import { newInternalError, newInvalid, type StatusError } from '#kubernetes/api/errors.ts'
import { invalid } from '#kubernetes/api/field.ts'
import { type Draft, draft, drafts, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isIp } from '#kubernetes/api/names.ts'
import { ensure } from '../bootstrap/ensure.ts'
import type { RequestContext } from '../context.ts'
import type { ApiServer } from '../server.ts'
import { ServiceAllocators } from '../service-allocators.ts'

const KIND = { group: '', kind: 'Service' }

const needsIp = (spec: Obj): boolean => spec.type !== 'ExternalName' && spec.clusterIP !== 'None'
const needsPorts = (spec: Obj): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)

/** Gives a new Service its addresses and ports. Throws Invalid for those that can't be had. */
export function allocateService(o: Draft, context: RequestContext): void {
  const spec = draft(o, 'spec')
  families(spec)
  const taken: string[] = []
  try {
    if (needsIp(spec)) taken.push(takeIp(o, spec, context))
    ports(o, spec, undefined, context)
  } catch (error) {
    for (const address of taken) context.server.allocators.releaseAddress(address)
    throw error
  }
}

function families(spec: Draft): void {
  if (spec.type === 'ExternalName') return
  spec.ipFamilies ??= ['IPv4']
  spec.ipFamilyPolicy ??= 'SingleStack'
  if (spec.clusterIP === 'None') {
    spec.clusterIPs = ['None']
    // Headless without a selector: whoever makes the endpoints may use both families.
    if (spec.selector === undefined && spec.ipFamilyPolicy === 'SingleStack') spec.ipFamilyPolicy = 'RequireDualStack'
    if (spec.ipFamilyPolicy === 'RequireDualStack') spec.ipFamilies = ['IPv4', 'IPv6']
  }
}

function takeIp(o: Obj, spec: Draft, context: RequestContext): string {
  const { allocators } = context.server
  const asked = str(spec, 'clusterIP') || (strs(spec, 'clusterIPs')[0] ?? '')
  const fail = (why: string): StatusError => newInvalid(KIND, str(o, 'metadata', 'name'), [invalid('spec.clusterIPs', [asked], why)])
  let address = asked
  if (asked === '') {
    const fresh = allocators.newAddress()
    if (fresh === undefined) throw newInternalError('failed to allocate a serviceIP: range is full')
    address = fresh
  } else if (isIp(asked)) {
    if (!allocators.contains(asked))
      throw fail(
        `failed to allocate IP ${asked}: the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${allocators.cidr}`,
      )
    if (!allocators.takeAddress(asked)) throw fail(`failed to allocate IP ${asked}: provided IP is already allocated`)
  } else return ''
  spec.clusterIP = address
  spec.clusterIPs = [address]
  return address
}

function ports(o: Obj, spec: Draft, old: Obj | undefined, context: RequestContext): void {
  const { allocators } = context.server
  if (!needsPorts(spec)) return
  const mine = new Set(objs(old, 'spec', 'ports').map((p) => p.nodePort))
  const given = new Set<number>()
  // The same number for TCP and UDP of one Service is one allocation.
  for (const [i, port] of drafts(spec, 'ports').entries()) {
    const asked = typeof port.nodePort === 'number' ? port.nodePort : 0
    if (asked !== 0) {
      if (mine.has(asked) || given.has(asked)) {
        given.add(asked)
        continue
      }
      if (!ServiceAllocators.inPortRange(asked))
        throw newInvalid(KIND, str(o, 'metadata', 'name'), [
          invalid(`spec.ports[${i}].nodePort`, asked, 'provided port is not in the valid range. The range of valid ports is 30000-32767'),
        ])
      if (!allocators.takePort(asked))
        throw newInvalid(KIND, str(o, 'metadata', 'name'), [
          invalid(`spec.ports[${i}].nodePort`, asked, 'provided port is already allocated'),
        ])
      given.add(asked)
      continue
    }
    const before = objs(old, 'spec', 'ports').find(
      (p) => p.port === port.port && p.protocol === port.protocol && (p.name ?? '') === (port.name ?? ''),
    )
    const kept = typeof before?.nodePort === 'number' ? before.nodePort : undefined
    const fresh = kept ?? allocators.newPort()
    if (fresh === undefined) throw newInternalError('failed to allocate a nodePort: range is full')
    port.nodePort = fresh
    given.add(fresh)
  }
}

/** Gives back what a Service has. */
export function releaseService(o: Obj, context: RequestContext): void {
  const { allocators } = context.server
  for (const address of strs(o, 'spec', 'clusterIPs')) if (address !== 'None') allocators.releaseAddress(address)
  for (const port of objs(o, 'spec', 'ports')) if (typeof port.nodePort === 'number') allocators.releasePort(port.nodePort)
}

/** Keeps, takes and gives back addresses and ports as a Service changes its type. */
export function reallocateService(o: Draft, old: Obj, context: RequestContext): void {
  const spec = draft(o, 'spec')
  const before = obj(old, 'spec')
  const { allocators } = context.server
  if (spec.type === 'ExternalName') {
    if (before.type !== 'ExternalName' && spec.clusterIP === before.clusterIP) {
      delete spec.clusterIP
      delete spec.clusterIPs
      delete spec.ipFamilies
      delete spec.ipFamilyPolicy
      delete spec.internalTrafficPolicy
    }
  } else if (before.type !== 'ExternalName') {
    if (str(spec, 'clusterIP') === '' && strs(spec, 'clusterIPs').length === 0) {
      spec.clusterIP = before.clusterIP
      spec.clusterIPs = before.clusterIPs
    } else if (strs(spec, 'clusterIPs').length === 0)
      spec.clusterIPs = spec.clusterIP === before.clusterIP ? before.clusterIPs : [spec.clusterIP]
    else if (str(spec, 'clusterIP') !== str(before, 'clusterIP') && strs(spec, 'clusterIPs')[0] === strs(before, 'clusterIPs')[0])
      spec.clusterIPs = [spec.clusterIP]
    spec.ipFamilies ??= before.ipFamilies
    spec.ipFamilyPolicy ??= before.ipFamilyPolicy
  } else {
    families(spec)
    if (needsIp(spec)) takeIp(o, spec, context)
  }
  if (!needsPorts(spec) && needsPorts(before))
    for (const port of drafts(spec, 'ports')) {
      if (objs(before, 'ports').some((p) => p.nodePort === port.nodePort)) delete port.nodePort
    }
  ports(o, spec, old, context)
  if (
    spec.type !== 'NodePort' &&
    spec.type !== 'LoadBalancer' &&
    (before.type === 'NodePort' || before.type === 'LoadBalancer') &&
    strs(spec, 'externalIPs').length === 0
  )
    delete spec.externalTrafficPolicy
  if (spec.type !== 'LoadBalancer') delete spec.allocateLoadBalancerNodePorts
  if (context.dryRun) return
  const kept = new Set(objs(spec, 'ports').map((p) => p.nodePort))
  for (const port of objs(before, 'ports'))
    if (typeof port.nodePort === 'number' && !kept.has(port.nodePort)) allocators.releasePort(port.nodePort)
  for (const address of strs(before, 'clusterIPs'))
    if (address !== 'None' && !strs(spec, 'clusterIPs').includes(address)) allocators.releaseAddress(address)
}

/** The IPAddress objects that say whose a cluster IP is. */
export function recordAddresses(service: Obj, server: ApiServer): void {
  for (const address of strs(service, 'spec', 'clusterIPs')) {
    if (address === 'None' || server.object('networking.k8s.io', 'ipaddresses', '', address) !== undefined) continue
    ensure(server, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: {
        name: address,
        labels: {
          'ipaddress.kubernetes.io/ip-family': 'IPv4',
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: {
        parentRef: {
          group: '',
          resource: 'services',
          namespace: str(service, 'metadata', 'namespace'),
          name: str(service, 'metadata', 'name'),
        },
      },
    })
  }
}

/** Takes away those of addresses a Service no longer has. */
export function forgetAddresses(old: Obj, now: Obj | undefined, server: ApiServer): void {
  const kept = strs(now, 'spec', 'clusterIPs')
  for (const address of strs(old, 'spec', 'clusterIPs'))
    if (address !== 'None' && !kept.includes(address))
      server.storage(server.endpoint('networking.k8s.io', 'ipaddresses').kind).delete('', address)
}

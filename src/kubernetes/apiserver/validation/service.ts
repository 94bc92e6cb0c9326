/** Validation of Services. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateService). */
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { isObj, num, type Obj, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { isValidPortNumber } from '#kubernetes/api/names.ts'
import { among, complain, dnsLabel, oneOf, qualifiedName, subdomain } from './check.ts'
import { PROTOCOLS } from './containers.ts'
import { familyOf, isDualStack, nonSpecialIp, validCidr, validIp } from './ip.ts'
import { validateLabels } from './meta.ts'
import { portNumberOrName } from './probes.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
const DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone']
const POLICIES = ['Cluster', 'Local']
const ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'"
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges'
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints'
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'
/** A day. */
const MAX_AFFINITY_SECONDS = 86_400

export const isHeadless = (o: Obj): boolean => {
  const ips = strs(o, 'spec', 'clusterIPs')
  return ips.length === 1 && ips[0] === 'None'
}

export function validateService(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  const annotations = strMap(o, 'metadata', 'annotations')
  const [mode, hints] = [annotations[TOPOLOGY_MODE], annotations[TOPOLOGY_HINTS]]
  if (mode !== undefined && hints !== undefined && mode !== hints)
    out.push(invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`))
  const type = str(spec, 'type')
  const headless = isHeadless(o)
  if (objs(spec, 'ports').length === 0 && !headless && type !== 'ExternalName') out.push(required('spec.ports'))
  out.push(...ofType(spec, type, headless))
  const names = new Set<string>()
  const many = objs(spec, 'ports').length > 1
  for (const [i, p] of objs(spec, 'ports').entries()) out.push(...port(p, `spec.ports[${i}]`, many, names))
  if (spec.selector !== undefined) out.push(...validateLabels(strMap(spec, 'selector'), 'spec.selector'))
  out.push(...sessionAffinity(spec), ...clusterIps(o))
  for (const [i, ip] of strs(spec, 'externalIPs').entries()) {
    const at = `spec.externalIPs[${i}]`
    const wrong = validIp(ip, at)
    out.push(...(wrong.length > 0 ? wrong : nonSpecialIp(ip, at)))
  }
  out.push(...oneOf(type, 'spec.type', TYPES), ...repeatedPorts(spec, type), ...sourceRanges(spec, annotations))
  if (type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts !== undefined) out.push(forbidden('spec.allocateLoadBalancerNodePorts', ONLY_BALANCERS))
    if (spec.loadBalancerClass !== undefined) out.push(forbidden('spec.loadBalancerClass', ONLY_BALANCERS))
  } else if (spec.loadBalancerClass !== undefined) out.push(...qualifiedName(str(spec, 'loadBalancerClass'), 'spec.loadBalancerClass'))
  out.push(...externalTraffic(spec))
  if (spec.internalTrafficPolicy === undefined && TYPES.includes(type) && type !== 'ExternalName')
    out.push(required('spec.internalTrafficPolicy'))
  out.push(...among(spec.internalTrafficPolicy, 'spec.internalTrafficPolicy', POLICIES))
  out.push(...among(spec.trafficDistribution, 'spec.trafficDistribution', DISTRIBUTIONS))
  return out
}

function ofType(spec: Obj, type: string, headless: boolean): FieldError[] {
  if (type === 'LoadBalancer' || type === 'NodePort')
    return headless ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)] : []
  if (type !== 'ExternalName') return []
  const out: FieldError[] = []
  const none = 'may not be set for ExternalName services'
  if (strs(spec, 'clusterIPs').length > 0 || str(spec, 'clusterIP') !== '') out.push(forbidden('spec.clusterIPs', none))
  if (strs(spec, 'ipFamilies').length > 0) out.push(forbidden('spec.ipFamilies', none))
  if (spec.ipFamilyPolicy !== undefined) out.push(forbidden('spec.ipFamilyPolicy', none))
  const name = str(spec, 'externalName').replace(/\.$/, '')
  return [...out, ...(name === '' ? [required('spec.externalName')] : subdomain(name, 'spec.externalName'))]
}

function port(p: Obj, path: string, many: boolean, names: Set<string>): FieldError[] {
  const out: FieldError[] = []
  const name = str(p, 'name')
  if (many && name === '') out.push(required(`${path}.name`))
  else if (name !== '') {
    out.push(...dnsLabel(name, `${path}.name`))
    if (names.has(name)) out.push(duplicate(`${path}.name`, name))
    names.add(name)
  }
  const number = num(p, 'port') ?? 0
  out.push(...complain(isValidPortNumber(number), `${path}.port`, number), ...oneOf(p.protocol, `${path}.protocol`, PROTOCOLS))
  out.push(...portNumberOrName(p.targetPort, `${path}.targetPort`))
  if (typeof p.appProtocol === 'string') out.push(...qualifiedName(p.appProtocol, `${path}.appProtocol`))
  return out
}

function sessionAffinity(spec: Obj): FieldError[] {
  const out = oneOf(spec.sessionAffinity, 'spec.sessionAffinity', ['ClientIP', 'None'])
  const config = spec.sessionAffinityConfig
  const path = 'spec.sessionAffinityConfig'
  if (spec.sessionAffinity === 'None' && config !== undefined) out.push(forbidden(path, 'must not be set when session affinity is None'))
  if (spec.sessionAffinity !== 'ClientIP') return out
  const when = 'when session affinity type is ClientIP'
  if (!isObj(config)) return [...out, required(path, when)]
  if (!isObj(config.clientIP)) return [...out, required(`${path}.clientIP`, when)]
  const at = `${path}.clientIP.timeoutSeconds`
  const seconds = num(config.clientIP, 'timeoutSeconds')
  if (seconds === undefined) out.push(required(at, when))
  else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)
    out.push(invalid(at, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`))
  return out
}

/** Source: ValidateServiceClusterIPsRelatedFields. */
function clusterIps(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  if (spec.type === 'ExternalName') return []
  const [one, all, families] = [str(spec, 'clusterIP'), strs(spec, 'clusterIPs'), strs(spec, 'ipFamilies')]
  const path = 'spec.clusterIPs'
  const out: FieldError[] = []
  if (one !== '') {
    if (all.length === 0) out.push(required(path))
    else if (all[0] !== one) out.push(invalid(path, all, 'first value must match `clusterIP`'))
  } else if (all.length > 0) out.push(invalid(path, all, 'must be empty when `clusterIP` is not specified'))
  for (const [i, family] of families.entries()) {
    out.push(...among(family, `spec.ipFamilies[${i}]`, ['IPv4', 'IPv6']))
    if (families.indexOf(family) < i) out.push(duplicate(`spec.ipFamilies[${i}]`, family))
  }
  out.push(...among(spec.ipFamilyPolicy, 'spec.ipFamilyPolicy', FAMILY_POLICIES))
  const wrong: FieldError[] = []
  for (const [i, ip] of all.entries()) {
    if (i > 0 || ip !== 'None') wrong.push(...validIp(ip, `${path}[${i}]`))
    else if (all.length > 1) wrong.push(invalid(path, all, "'None' must be the first and only value"))
  }
  out.push(...wrong)
  if (all.length > 2) out.push(invalid(path, all, 'may only hold up to 2 values'))
  if (wrong.length > 0) return out
  if (all.length > 1 && !isDualStack(all)) out.push(invalid(path, all, 'may specify no more than one IP for each IP family'))
  if (isHeadless(o)) return out
  for (const [i, ip] of all.entries()) {
    const family = families[i]
    if ((family === 'IPv4' || family === 'IPv6') && familyOf(ip) !== family)
      out.push(invalid(`${path}[${i}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``))
  }
  return out
}

function repeatedPorts(spec: Obj, type: string): FieldError[] {
  const out: FieldError[] = []
  const ports = objs(spec, 'ports')
  if (type === 'ClusterIP')
    for (const [i, p] of ports.entries())
      if ((num(p, 'nodePort') ?? 0) !== 0) out.push(forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"))
  const nodePorts = new Set<string>()
  for (const [i, p] of ports.entries()) {
    const number = num(p, 'nodePort') ?? 0
    if (number === 0) continue
    const key = `${str(p, 'protocol')}/${number}`
    if (nodePorts.has(key)) out.push(duplicate(`spec.ports[${i}].nodePort`, number))
    nodePorts.add(key)
  }
  const seen = new Set<string>()
  for (const [i, p] of ports.entries()) {
    const key = `${str(p, 'protocol')}/${String(p.port)}`
    if (seen.has(key))
      out.push(duplicate(`spec.ports[${i}]`, internalJson({ protocol: p.protocol, port: p.port }, 'io.k8s.api.core.v1.ServicePort')))
    seen.add(key)
  }
  return out
}

function sourceRanges(spec: Obj, annotations: { readonly [key: string]: string }): FieldError[] {
  const out: FieldError[] = []
  const ranges = strs(spec, 'loadBalancerSourceRanges')
  const balancer = spec.type === 'LoadBalancer'
  if (ranges.length > 0) {
    const path = 'spec.LoadBalancerSourceRanges'
    if (!balancer) out.push(forbidden(path, ONLY_BALANCERS))
    for (const [i, range] of ranges.entries()) out.push(...validCidr(range.trim(), `${path}[${i}]`))
    return out
  }
  const given = annotations[SOURCE_RANGES]
  if (given === undefined) return out
  const path = `metadata.annotations[${SOURCE_RANGES}]`
  if (!balancer) out.push(forbidden(path, ONLY_BALANCERS))
  if (given.trim() !== '') for (const range of given.trim().split(',')) out.push(...validCidr(range.trim(), path))
  return out
}

const reachable = (spec: Obj): boolean =>
  spec.type === 'LoadBalancer' || spec.type === 'NodePort' || (spec.type === 'ClusterIP' && strs(spec, 'externalIPs').length > 0)

export const needsHealthCheck = (spec: Obj): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

function externalTraffic(spec: Obj): FieldError[] {
  const out: FieldError[] = []
  const policy = str(spec, 'externalTrafficPolicy')
  const path = 'spec.externalTrafficPolicy'
  if (!reachable(spec)) {
    if (policy !== '') out.push(invalid(path, policy, 'may only be set for externally-accessible services'))
  } else out.push(...oneOf(policy, path, POLICIES))
  const check = num(spec, 'healthCheckNodePort') ?? 0
  const at = 'spec.healthCheckNodePort'
  if (!needsHealthCheck(spec)) {
    if (check !== 0) out.push(invalid(at, check, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
  } else if (check === 0) out.push(required(at))
  else out.push(...complain(isValidPortNumber(check), at, check))
  return out
}

const ONCE = 'may not change once set'

/** Source: ValidateServiceUpdate. */
export function validateServiceUpdate(o: Obj, old: Obj): FieldError[] {
  const [before, now] = [obj(old, 'spec'), obj(o, 'spec')]
  const out: FieldError[] = []
  if (before.type !== 'ExternalName' && now.type !== 'ExternalName') out.push(...ipUpdate(o, old), ...familyUpdate(o, old))
  if (before.type === 'LoadBalancer' && now.type === 'LoadBalancer' && before.loadBalancerClass !== now.loadBalancerClass)
    out.push(invalid('spec.loadBalancerClass', now.loadBalancerClass, ONCE))
  if (needsHealthCheck(before) && needsHealthCheck(now) && before.healthCheckNodePort !== now.healthCheckNodePort)
    out.push(forbidden('spec.healthCheckNodePort', 'field is immutable'))
  return [...out, ...validateService(o)]
}

function ipUpdate(o: Obj, old: Obj): FieldError[] {
  if (isHeadless(o) && isHeadless(old)) return []
  const [was, is] = [strs(old, 'spec', 'clusterIPs'), strs(o, 'spec', 'clusterIPs')]
  const out: FieldError[] = []
  const policy = obj(o, 'spec').ipFamilyPolicy
  const path = 'spec.clusterIPs'
  if (was.length === is.length) {
    for (const [i, ip] of was.entries()) if (ip !== is[i]) out.push(invalid(`${path}[${i}]`, is, ONCE))
    return out
  }
  if (is.length === 0) out.push(invalid(`${path}[0]`, obj(o, 'spec').clusterIPs, 'primary clusterIP can not be unset'))
  else if (was.length > 0 && is[0] !== was[0]) out.push(invalid(`${path}[0]`, is, ONCE))
  if (was.length > is.length && is.length === 1 && policy !== 'SingleStack')
    out.push(invalid('spec.ipFamilyPolicy', policy, "must be set to 'SingleStack' when releasing the secondary clusterIP"))
  return out
}

function familyUpdate(o: Obj, old: Obj): FieldError[] {
  if (isHeadless(o) || isHeadless(old)) return []
  const [was, is] = [strs(old, 'spec', 'ipFamilies'), strs(o, 'spec', 'ipFamilies')]
  const policy = obj(o, 'spec').ipFamilyPolicy
  const path = 'spec.ipFamilies[0]'
  if (was.length === is.length) return was.flatMap((family, i) => (family === is[i] ? [] : [invalid(path, is, ONCE)]))
  const out: FieldError[] = []
  const ips = obj(o, 'spec').clusterIPs
  if (was.length > is.length && strs(o, 'spec', 'clusterIPs').length === 0)
    out.push(invalid(path, obj(o, 'spec').ipFamilies, 'primary ipFamily can not be unset'))
  if (was.length > 0 && is.length > 0 && is[0] !== was[0]) out.push(invalid(path, ips, ONCE))
  if (was.length > is.length && is.length === 1 && policy !== 'SingleStack')
    out.push(invalid('spec.ipFamilyPolicy', policy, "must be set to 'SingleStack' when releasing the secondary ipFamily"))
  return out
}

/** The address a balancer gave. Source: ValidateLoadBalancerStatus. `mode`: addresses say how they lead to the nodes. */
export function validateLoadBalancerStatus(o: Obj, mode: boolean): FieldError[] {
  const path = 'status.loadBalancer.ingress'
  const list = objs(o, 'status', 'loadBalancer', 'ingress')
  if (mode && str(o, 'spec', 'type') !== 'LoadBalancer' && list.length > 0)
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")]
  const out: FieldError[] = []
  for (const [i, ingress] of list.entries()) {
    const at = `${path}[${i}]`
    const [ip, host] = [str(ingress, 'ip'), str(ingress, 'hostname')]
    if (ip !== '') out.push(...validIp(ip, `${at}.ip`))
    if (mode) {
      if (ingress.ipMode === undefined) {
        if (ip !== '') out.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'))
      } else if (ip === '') out.push(forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set'))
      else if (ingress.ipMode !== 'VIP' && ingress.ipMode !== 'Proxy')
        out.push(notSupported(`${at}.ipMode`, ingress.ipMode, ['Proxy', 'VIP']))
    }
    if (host === '') continue
    out.push(...subdomain(host, `${at}.hostname`))
    if (familyOf(host) !== undefined) out.push(invalid(`${at}.hostname`, host, 'must be a DNS name, not an IP address'))
  }
  return out
}

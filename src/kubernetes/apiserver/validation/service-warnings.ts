/** What a service says in vain. Source: k8s.io/kubernetes pkg/api/service/warnings.go. */
import { type Obj, obj, str, strs } from '#kubernetes/api/json.ts'
import { cidrWarnings, ipWarnings } from './ip.ts'

const HINTS = 'service.kubernetes.io/topology-aware-hints'

export function serviceWarnings(o: Obj): string[] {
  const spec = obj(o, 'spec')
  const out: string[] = []
  if (obj(o, 'metadata', 'annotations')[HINTS] !== undefined)
    out.push(`annotation ${HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`)
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None'
  const external = strs(spec, 'externalIPs')
  if (!headless) for (const [i, ip] of strs(spec, 'clusterIPs').entries()) out.push(...ipWarnings(ip, `spec.clusterIPs[${i}]`))
  if (headless) {
    if (str(spec, 'loadBalancerIP') !== '') out.push('spec.loadBalancerIP is ignored for headless services')
    if (external.length > 0) out.push('spec.externalIPs is ignored for headless services')
    if (spec.sessionAffinity !== 'None') out.push('spec.SessionAffinity is ignored for headless services')
  }
  for (const [i, ip] of external.entries()) out.push(...ipWarnings(ip, `spec.externalIPs[${i}]`))
  if (external.length > 0 && !headless && spec.type !== 'ExternalName')
    out.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  out.push(...ipWarnings(str(spec, 'loadBalancerIP'), 'spec.loadBalancerIP'))
  for (const [i, range] of strs(spec, 'loadBalancerSourceRanges').entries())
    out.push(...cidrWarnings(range, `spec.loadBalancerSourceRanges[${i}]`))
  if (spec.type === 'ExternalName') {
    if (external.length > 0) out.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  } else if (str(spec, 'externalName') !== '') out.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  if (spec.trafficDistribution === 'PreferClose') out.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
  return out
}

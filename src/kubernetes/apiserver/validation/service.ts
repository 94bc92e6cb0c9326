/** Validation of Services. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateService). */
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Label, isDns1123Subdomain, isIp, isQualifiedName, isValidPortName, isValidPortNumber } from '#kubernetes/api/names.ts'
import { validateLabels } from './meta.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

export function validateService(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  const type = str(spec, 'type')
  const headless = spec.clusterIP === 'None'
  if (objs(spec, 'ports').length === 0 && !headless && type !== 'ExternalName') out.push(required('spec.ports'))
  switch (type) {
    case 'LoadBalancer':
      if (headless) out.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services"))
      break
    case 'NodePort':
      if (headless) out.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services"))
      break
    case 'ExternalName': {
      if (str(spec, 'clusterIP') !== '') out.push(forbidden('spec.clusterIPs', 'may not be set for ExternalName services'))
      const name = str(spec, 'externalName').replace(/\.$/, '')
      if (name === '') out.push(required('spec.externalName'))
      else for (const m of isDns1123Subdomain(name)) out.push(invalid('spec.externalName', str(spec, 'externalName'), m))
      break
    }
    default:
  }
  const many = objs(spec, 'ports').length > 1
  const names = new Set<string>()
  for (const [i, p] of objs(spec, 'ports').entries()) out.push(...port(p, `spec.ports[${i}]`, many, names))
  if (spec.selector !== undefined) out.push(...validateLabels(obj(spec, 'selector') as { readonly [key: string]: string }, 'spec.selector'))
  if (str(spec, 'sessionAffinity') === '') out.push(required('spec.sessionAffinity'))
  else if (!['ClientIP', 'None'].includes(str(spec, 'sessionAffinity')))
    out.push(notSupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']))
  for (const [i, ip] of strs(spec, 'clusterIPs').entries())
    if (ip !== 'None' && !isIp(ip))
      out.push(invalid(`spec.clusterIPs[${i}]`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'))
  for (const [i, ip] of strs(spec, 'externalIPs').entries())
    if (!isIp(ip)) out.push(invalid(`spec.externalIPs[${i}]`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'))
  if (type === '') out.push(required('spec.type'))
  else if (!TYPES.includes(type)) out.push(notSupported('spec.type', type, TYPES))
  const seen = new Set<string>()
  for (const [i, p] of objs(spec, 'ports').entries()) {
    const key = `${String(p.port)}/${str(p, 'protocol')}`
    if (seen.has(key)) out.push(duplicate(`spec.ports[${i}]`, { raw: portJson(p) }))
    seen.add(key)
  }
  if (type === 'ClusterIP')
    for (const [i, p] of objs(spec, 'ports').entries())
      if (p.nodePort !== undefined) out.push(forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"))
  const policy = spec.externalTrafficPolicy
  if (policy !== undefined && !['Cluster', 'Local'].includes(String(policy)))
    out.push(notSupported('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']))
  return out
}

/** As internal types print: `{"Name":"","Protocol":"TCP",…}`. */
function portJson(p: Obj): string {
  return JSON.stringify({
    Name: '',
    Protocol: str(p, 'protocol'),
    AppProtocol: null,
    Port: num(p, 'port') ?? 0,
    TargetPort: 0,
    NodePort: 0,
  })
}

function port(p: Obj, path: string, many: boolean, names: Set<string>): FieldError[] {
  const out: FieldError[] = []
  const name = str(p, 'name')
  if (many && name === '') out.push(required(`${path}.name`))
  else if (name !== '') {
    for (const m of isDns1123Label(name)) out.push(invalid(`${path}.name`, name, m))
    if (names.has(name)) out.push(duplicate(`${path}.name`, name))
    else names.add(name)
  }
  for (const m of isValidPortNumber(num(p, 'port') ?? 0)) out.push(invalid(`${path}.port`, num(p, 'port') ?? 0, m))
  const protocol = str(p, 'protocol')
  if (protocol === '') out.push(required(`${path}.protocol`))
  else if (!['TCP', 'UDP', 'SCTP'].includes(protocol)) out.push(notSupported(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']))
  const target = p.targetPort
  if (typeof target === 'number') for (const m of isValidPortNumber(target)) out.push(invalid(`${path}.targetPort`, target, m))
  if (typeof target === 'string') for (const m of isValidPortName(target)) out.push(invalid(`${path}.targetPort`, target, m))
  const application = str(p, 'appProtocol')
  if (application !== '') for (const m of isQualifiedName(application)) out.push(invalid(`${path}.appProtocol`, application, m))
  return out
}

export function validateServiceUpdate(o: Obj, old: Obj): FieldError[] {
  const out: FieldError[] = []
  const before = obj(old, 'spec')
  const now = obj(o, 'spec')
  if (before.type !== 'ExternalName' && now.type !== 'ExternalName') {
    const was = strs(before, 'clusterIPs')
    const is = strs(now, 'clusterIPs')
    if (was.length > 0 && is[0] !== was[0]) out.push(invalid('spec.clusterIPs[0]', is, 'may not change once set'))
  }
  return [...out, ...validateService(o)]
}

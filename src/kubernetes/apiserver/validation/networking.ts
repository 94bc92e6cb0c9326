/** Ingresses, their classes, addresses and ranges. Source: k8s.io/kubernetes pkg/apis/networking/validation. */
import { type FieldError, forbidden, invalid, notSupported, required, tooLong } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Subdomain, isValidPortName, isValidPortNumber, isWildcardDns1123Subdomain } from '#kubernetes/api/names.ts'
import { among, complain, dnsLabel, domainPrefixedPath, IMMUTABLE, immutable, needed, optional, segment, subdomain } from './check.ts'
import { canonicalCidr, canonicalIp, isDualStack, parseCidr, parseIp } from './ip.ts'
import { validateLoadBalancerStatus } from './service.ts'

export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F']
const BAD_ENDS = ['/..', '/.']
const NO_IP = 'must be a DNS name, not an IP address'

const host = (name: string, path: string): FieldError[] =>
  complain(name.includes('*') ? isWildcardDns1123Subdomain(name) : isDns1123Subdomain(name), path, name)

function reference(ref: Obj, path: string): FieldError[] {
  return [
    ...(ref.apiGroup === undefined ? [] : subdomain(str(ref, 'apiGroup'), `${path}.apiGroup`)),
    ...needed(str(ref, 'kind'), `${path}.kind`, segment),
    ...needed(str(ref, 'name'), `${path}.name`, segment),
  ]
}

function backend(b: Obj, path: string): FieldError[] {
  if (isObj(b.resource) && isObj(b.service)) return [invalid(path, '', 'cannot set both resource and service backends')]
  if (isObj(b.resource)) return reference(b.resource, `${path}.resource`)
  if (!isObj(b.service)) return [invalid(path, '', 'resource or service backend is required')]
  const out = needed(str(b, 'service', 'name'), `${path}.service.name`, dnsLabel)
  const [name, number] = [str(b, 'service', 'port', 'name'), num(b, 'service', 'port', 'number') ?? 0]
  if (name !== '' && number !== 0) out.push(invalid(path, '', 'cannot set both port name & port number'))
  else if (name !== '') out.push(...complain(isValidPortName(name), `${path}.service.port.name`, name))
  else if (number !== 0) out.push(...complain(isValidPortNumber(number), `${path}.service.port.number`, number))
  else out.push(required(path, 'port name or number is required'))
  return out
}

function httpPath(p: Obj, path: string): FieldError[] {
  const [type, value] = [p.pathType, str(p, 'path')]
  if (type === undefined) return [required(`${path}.pathType`, 'pathType must be specified')]
  const out: FieldError[] = []
  const at = `${path}.path`
  if (type === 'Exact' || type === 'Prefix') {
    if (!value.startsWith('/')) out.push(invalid(at, value, 'must be an absolute path'))
    for (const bad of BAD_SEQUENCES) if (value.includes(bad)) out.push(invalid(at, value, `must not contain '${bad}'`))
    for (const bad of BAD_ENDS) if (value.endsWith(bad)) out.push(invalid(at, value, `cannot end with '${bad}'`))
  } else if (type === 'ImplementationSpecific') {
    if (value !== '' && !value.startsWith('/')) out.push(invalid(at, value, 'must be an absolute path'))
  } else out.push(notSupported(`${path}.pathType`, type, PATH_TYPES))
  return [...out, ...backend(obj(p, 'backend'), `${path}.backend`)]
}

function rules(spec: Obj): FieldError[] {
  const out: FieldError[] = []
  for (const [i, rule] of objs(spec, 'rules').entries()) {
    const at = `spec.rules[${i}]`
    const name = str(rule, 'host')
    if (name !== '') {
      if (parseIp(name) !== undefined) out.push(invalid(`${at}.host`, name, NO_IP))
      out.push(...host(name, `${at}.host`))
    }
    if (!isObj(rule.http)) continue
    const paths = objs(rule.http, 'paths')
    if (paths.length === 0) out.push(required(`${at}.http.paths`))
    for (const [k, p] of paths.entries()) out.push(...httpPath(p, `${at}.http.paths[${k}]`))
  }
  return out
}

export function validateIngress(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  if (objs(spec, 'rules').length === 0 && !isObj(spec.defaultBackend))
    out.push(invalid('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified'))
  if (isObj(spec.defaultBackend)) out.push(...backend(spec.defaultBackend, 'spec.defaultBackend'))
  out.push(...rules(spec))
  for (const [i, tls] of objs(spec, 'tls').entries()) {
    for (const [k, name] of strs(tls, 'hosts').entries()) out.push(...host(name, `spec.tls[${i}].hosts[${k}]`))
    out.push(...optional(str(tls, 'secretName'), `spec.tls[${i}].secretName`, subdomain))
  }
  if (spec.ingressClassName !== undefined) out.push(...subdomain(str(spec, 'ingressClassName'), 'spec.ingressClassName'))
  return out
}

export function validateIngressCreate(o: Obj): FieldError[] {
  const out = validateIngress(o)
  const given = obj(o, 'metadata', 'annotations')[CLASS_ANNOTATION]
  const name = obj(o, 'spec').ingressClassName
  if (given !== undefined && name !== undefined && given !== name)
    out.push(invalid(`annotations.${CLASS_ANNOTATION}`, given, 'must match `ingressClassName` when both are specified'))
  return out
}

const LONGEST_CONTROLLER = 250

export function validateIngressClass(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const controller = str(spec, 'controller')
  const out = needed(controller, 'spec.controller', (value, path) => [
    ...(value.length > LONGEST_CONTROLLER ? [tooLong(path, LONGEST_CONTROLLER)] : []),
    ...domainPrefixedPath(value, path),
  ])
  const ref = spec.parameters
  if (!isObj(ref)) return out
  const path = 'spec.parameters'
  out.push(...reference(ref, path))
  if (ref.scope === undefined) return [...out, required(`${path}.scope`)]
  out.push(...among(ref.scope, `${path}.scope`, ['Cluster', 'Namespace']))
  if (ref.scope === 'Namespace')
    out.push(
      ...(ref.namespace === undefined
        ? [required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")]
        : dnsLabel(str(ref, 'namespace'), `${path}.namespace`)),
    )
  if (ref.scope === 'Cluster' && ref.namespace !== undefined)
    out.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"))
  return out
}
export const validateIngressClassUpdate = (o: Obj, old: Obj): FieldError[] => [
  ...immutable(obj(o, 'spec').controller, obj(old, 'spec').controller, 'spec.controller'),
  ...validateIngressClass(o),
]

export const ipAddressName = (name: string): string[] => canonicalIp(name, '').map((e) => e.detail)

export function validateIpAddress(o: Obj): FieldError[] {
  const ref = obj(o, 'spec').parentRef
  if (!isObj(ref)) return [required('spec.parentRef')]
  const path = 'spec.parentRef'
  return [
    ...optional(str(ref, 'group'), `${path}.group`, subdomain),
    ...needed(str(ref, 'resource'), `${path}.resource`, segment),
    ...needed(str(ref, 'name'), `${path}.name`, segment),
    ...optional(str(ref, 'namespace'), `${path}.namespace`, segment),
  ]
}
export const validateIpAddressUpdate = (o: Obj, old: Obj): FieldError[] =>
  immutable(obj(o, 'spec').parentRef, obj(old, 'spec').parentRef, 'spec.parentRef', 'io.k8s.api.networking.v1.ParentReference')

export function validateServiceCidr(o: Obj): FieldError[] {
  const cidrs = strs(o, 'spec', 'cidrs')
  const path = 'spec.cidrs'
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')]
  if (cidrs.length > 2)
    return [invalid(path, internalJson(o.spec, 'io.k8s.api.networking.v1.ServiceCIDRSpec'), 'may only hold up to 2 values')]
  const out = cidrs.flatMap((cidr, i) => canonicalCidr(cidr, `${path}[${i}]`))
  if (cidrs.length === 2 && !isDualStack(cidrs) && cidrs.every((cidr) => parseCidr(cidr) !== undefined))
    out.push(invalid(path, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'))
  return out
}

/** One range may be added to another, of the other family. */
export function validateServiceCidrUpdate(o: Obj, old: Obj): FieldError[] {
  const [now, was] = [strs(o, 'spec', 'cidrs'), strs(old, 'spec', 'cidrs')]
  const fixed = (i: number): FieldError[] => immutable(now[i], was[i], `spec.cidrs[${i}]`)
  if (now.length === was.length) return was.flatMap((_, i) => fixed(i))
  if (was.length === 1 && now.length === 2) return [...fixed(0), ...validateServiceCidr(o)]
  return [invalid('spec.cidrs', now, IMMUTABLE)]
}

/** The address an Ingress got. Source: ValidateIngressLoadBalancerStatus. */
export const validateIngressStatusUpdate = (o: Obj): FieldError[] => validateLoadBalancerStatus(o, false)

/** Network policies. Source: k8s.io/kubernetes pkg/apis/networking/validation (ValidateNetworkPolicySpec). */
import { type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isValidPortName, isValidPortNumber } from '#kubernetes/api/names.ts'
import { among, complain } from './check.ts'
import { isStrictSubset, parseCidr, validCidr } from './ip.ts'
import { validateLabelSelector } from './selectors.ts'

function port(p: Obj, path: string): FieldError[] {
  const out = among(p.protocol, `${path}.protocol`, ['TCP', 'UDP', 'SCTP'])
  const [value, end] = [p.port, num(p, 'endPort')]
  const at = `${path}.endPort`
  if (value === undefined) {
    if (end !== undefined) out.push(invalid(at, end, 'may not be specified when `port` is not specified'))
    return out
  }
  if (typeof value === 'number') {
    out.push(...complain(isValidPortNumber(value), `${path}.port`, value))
    if (end === undefined) return out
    if (end < value) out.push(invalid(at, end, 'must be greater than or equal to `port`'))
    return [...out, ...complain(isValidPortNumber(end), at, end)]
  }
  if (end !== undefined) out.push(invalid(at, end, 'may not be specified when `port` is non-numeric'))
  return [...out, ...complain(isValidPortName(String(value)), `${path}.port`, value)]
}

function ipBlock(block: Obj, path: string): FieldError[] {
  const text = str(block, 'cidr')
  if (text === '') return [required(`${path}.cidr`)]
  const out = validCidr(text, `${path}.cidr`)
  const cidr = parseCidr(text)
  if (cidr === undefined) return out
  for (const [i, except] of strs(block, 'except').entries()) {
    const at = `${path}.except[${i}]`
    out.push(...validCidr(except, at))
    const inner = parseCidr(except)
    if (inner !== undefined && !isStrictSubset(inner, cidr)) out.push(invalid(at, except, 'must be a strict subset of `cidr`'))
  }
  return out
}

function peer(p: Obj, path: string): FieldError[] {
  const out = [
    ...validateLabelSelector(p.podSelector, `${path}.podSelector`),
    ...validateLabelSelector(p.namespaceSelector, `${path}.namespaceSelector`),
  ]
  if (isObj(p.ipBlock)) out.push(...ipBlock(p.ipBlock, `${path}.ipBlock`))
  const count = ['podSelector', 'namespaceSelector', 'ipBlock'].filter((name) => isObj(p[name])).length
  if (count === 0) out.push(required(path, 'must specify a peer'))
  else if (count > 1 && isObj(p.ipBlock)) out.push(forbidden(path, 'may not specify both ipBlock and another peer'))
  return out
}

export function validateNetworkPolicy(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = validateLabelSelector(spec.podSelector, 'spec.podSelector')
  for (const [direction, peers] of [['ingress', 'from'] as const, ['egress', 'to'] as const])
    for (const [i, rule] of objs(spec, direction).entries()) {
      const at = `spec.${direction}[${i}]`
      for (const [k, p] of objs(rule, 'ports').entries()) out.push(...port(p, `${at}.ports[${k}]`))
      for (const [k, p] of objs(rule, peers).entries()) out.push(...peer(p, `${at}.${peers}[${k}]`))
    }
  const types = strs(spec, 'policyTypes')
  if (types.length > 2) return [...out, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  for (const [i, type] of types.entries()) out.push(...among(type, `spec.policyTypes[${i}]`, ['Ingress', 'Egress']))
  return out
}

/** Warnings of ranges written in an odd way. Source: networkPolicyStrategy. */
export function networkPolicyCidrs(o: Obj): readonly (readonly [string, string])[] {
  const out: (readonly [string, string])[] = []
  for (const [direction, peers] of [['ingress', 'from'] as const, ['egress', 'to'] as const])
    for (const [i, rule] of objs(o, 'spec', direction).entries())
      for (const [k, p] of objs(rule, peers).entries()) {
        const at = `spec.${direction}[${i}].${peers}[${k}].ipBlock`
        if (!isObj(p.ipBlock)) continue
        out.push([`${at}.cidr`, str(p.ipBlock, 'cidr')])
        for (const [n, except] of strs(p.ipBlock, 'except').entries()) out.push([`${at}.except[${n}]`, except])
      }
  return out
}

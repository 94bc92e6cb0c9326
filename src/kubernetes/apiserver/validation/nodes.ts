/** Nodes. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateNode, ValidateNodeUpdate). */
import { duplicate, type FieldError, forbidden, invalid } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { equal, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDualStack, validCidr } from './ip.ts'
import { resourceAmount } from './resources.ts'
import { validateTaints } from './scheduling.ts'

const resources = (o: Obj): FieldError[] =>
  ['capacity', 'allocatable'].flatMap((part) => {
    const list = obj(o, 'status', part)
    return Object.keys(list)
      .sort()
      .flatMap((name) => resourceAmount(name, list[name], `status.${part}.${name}`))
  })

/** The path of taints is that of metadata, upstream too. */
const taints = (o: Obj): FieldError[] => validateTaints(objs(o, 'spec', 'taints'), 'metadata.taints')

export function validateNode(o: Obj): FieldError[] {
  const out = [...taints(o), ...resources(o)]
  const cidrs = strs(o, 'spec', 'podCIDRs')
  const path = 'spec.podCIDRs'
  for (const [i, cidr] of cidrs.entries()) out.push(...validCidr(cidr, `${path}[${i}]`))
  if (cidrs.length < 2) return out
  if (!isDualStack(cidrs) || cidrs.length > 2) out.push(invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'))
  for (const [i, cidr] of cidrs.entries()) if (cidrs.indexOf(cidr) < i) out.push(duplicate(`${path}[${i}]`, cidr))
  return out
}

export function validateNodeUpdate(o: Obj, old: Obj): FieldError[] {
  const out = resources(o)
  const addresses = objs(o, 'status', 'addresses')
  for (const [i, address] of addresses.entries())
    if (addresses.findIndex((a) => equal(a, address)) < i)
      out.push(duplicate(`status.addresses[${i}]`, internalJson(address, 'io.k8s.api.core.v1.NodeAddress')))
  const [was, is] = [strs(old, 'spec', 'podCIDRs'), strs(o, 'spec', 'podCIDRs')]
  if (was.length > 0 && !equal(was, is)) out.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  const id = str(old, 'spec', 'providerID')
  if (id !== '' && id !== str(o, 'spec', 'providerID'))
    out.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  out.push(...taints(o))
  if (str(o, 'spec', 'externalID') !== str(old, 'spec', 'externalID')) out.push(forbidden('spec.externalID', 'may not be updated'))
  return out
}

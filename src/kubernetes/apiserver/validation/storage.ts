/** Classes of storage. Source: k8s.io/kubernetes pkg/apis/storage/validation. */
import { duplicate, type FieldError, forbidden, invalid, required, tooLong } from '#kubernetes/api/field.ts'
import { equal, type Obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { isQualifiedName } from '#kubernetes/api/names.ts'
import { complain, immutable, needed, oneOf, qualifiedName } from './check.ts'
import { csiDriverName } from './volume-sources.ts'

const MAX_PARAMETERS = 512
const MAX_PARAMETERS_SIZE = 256 * 1024

/** Parameters of a driver. */
export function validateParameters(parameters: { readonly [name: string]: string }, path: string, wanted = false): FieldError[] {
  const names = Object.keys(parameters).sort()
  if (names.length > MAX_PARAMETERS) return [tooLong(path, MAX_PARAMETERS)]
  if (wanted && names.length === 0) return [required(path, 'must contain at least one key/value pair')]
  const out: FieldError[] = []
  let size = 0
  for (const name of names) {
    if (name === '') out.push(invalid(path, name, 'field can not be empty.'))
    size += name.length + (parameters[name] ?? '').length
  }
  if (size > MAX_PARAMETERS_SIZE) out.push(tooLong(path, MAX_PARAMETERS_SIZE))
  return out
}

/** Source: validateAllowedTopologies. */
function topologies(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  const terms: unknown[] = []
  for (const [i, term] of list.entries()) {
    const at = `${path}[${i}]`
    const keys: { [key: string]: readonly string[] } = {}
    for (const [k, e] of objs(term, 'matchLabelExpressions').entries()) {
      const here = `${at}.matchLabelExpressions[${k}]`
      const [key, values] = [str(e, 'key'), strs(e, 'values')]
      if (values.length === 0) out.push(required(`${here}.values`))
      for (const [n, value] of values.entries()) if (values.indexOf(value) < n) out.push(duplicate(`${here}.values[${n}]`, value))
      out.push(...qualifiedName(key, `${here}.key`))
      if (keys[key] !== undefined) out.push(duplicate(`${here}.key`, key))
      keys[key] = [...new Set(values)].sort()
    }
    if (terms.some((other) => equal(other, keys))) out.push(duplicate(`${at}.matchLabelExpressions`, ''))
    terms.push(keys)
  }
  return out
}

const provisioner = (name: string, path: string): FieldError[] => complain(isQualifiedName(name.toLowerCase()), path, name)

export function validateStorageClass(o: Obj): FieldError[] {
  return [
    ...needed(str(o, 'provisioner'), 'provisioner', provisioner),
    ...validateParameters(strMap(o, 'parameters'), 'parameters'),
    ...oneOf(o.reclaimPolicy, 'reclaimPolicy', ['Delete', 'Retain']),
    ...oneOf(o.volumeBindingMode, 'volumeBindingMode', ['Immediate', 'WaitForFirstConsumer']),
    ...topologies(objs(o, 'allowedTopologies'), 'allowedTopologies'),
  ]
}

export function validateStorageClassUpdate(o: Obj, old: Obj): FieldError[] {
  const out: FieldError[] = []
  if (!equal(o.parameters ?? {}, old.parameters ?? {})) out.push(forbidden('parameters', 'updates to parameters are forbidden.'))
  if (o.provisioner !== old.provisioner) out.push(forbidden('provisioner', 'updates to provisioner are forbidden.'))
  if (o.reclaimPolicy !== old.reclaimPolicy) out.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'))
  return [...out, ...immutable(o.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode')]
}

export function validateVolumeAttributesClass(o: Obj): FieldError[] {
  return [...csiDriverName(str(o, 'driverName'), 'driverName'), ...validateParameters(strMap(o, 'parameters'), 'parameters', true)]
}

export function validateVolumeAttributesClassUpdate(o: Obj, old: Obj): FieldError[] {
  const out: FieldError[] = []
  if (o.driverName !== old.driverName) out.push(forbidden('driverName', 'updates to driverName are forbidden.'))
  if (!equal(o.parameters ?? {}, old.parameters ?? {})) out.push(forbidden('parameters', 'updates to parameters are forbidden.'))
  return out
}

/** Claims of volumes. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePersistentVolumeClaim). */
import { type FieldError, forbidden, invalid, notSupported, required, verbatim } from '#kubernetes/api/field.ts'
import { equal, isObj, type Obj, obj, str, strs } from '#kubernetes/api/json.ts'
import { compareQuantities } from '#kubernetes/api/quantity.ts'
import { among, dnsLabel, IMMUTABLE, immutable, needed, optional, positiveQuantity, subdomain } from './check.ts'
import { goDiff } from './go-diff.ts'
import { validateLabelSelector } from './selectors.ts'

export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
export const VOLUME_MODES = ['Block', 'Filesystem']
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'

export function accessModes(spec: Obj, path: string): FieldError[] {
  const modes = strs(spec, 'accessModes')
  const out = modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) => notSupported(path, mode, ACCESS_MODES))
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode)))
    out.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'))
  return out
}

/** A source of data: `namespaced` when it may lie in another namespace. */
function dataSource(ref: unknown, path: string, namespaced: boolean): FieldError[] {
  if (!isObj(ref)) return []
  const [group, kind] = [str(ref, 'apiGroup'), str(ref, 'kind')]
  const out = [...needed(str(ref, 'name'), `${path}.name`), ...needed(kind, `${path}.kind`)]
  if (group === '' && kind !== 'PersistentVolumeClaim')
    out.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
  out.push(...optional(group, `${path}.apiGroup`, subdomain))
  if (namespaced) out.push(...optional(str(ref, 'namespace'), `${path}.namespace`, dnsLabel))
  return out
}

export function validateClaimSpec(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  if (strs(spec, 'accessModes').length === 0) out.push(required(`${path}.accessModes`, 'at least 1 access mode is required'))
  out.push(...validateLabelSelector(spec.selector, `${path}.selector`), ...accessModes(spec, `${path}.accessModes`))
  const storage = obj(spec, 'resources', 'requests').storage
  const at = `${path}.resources[storage]`
  out.push(...(storage === undefined ? [required(at)] : positiveQuantity(storage, at)))
  out.push(...optional(str(spec, 'storageClassName'), `${path}.storageClassName`, subdomain))
  out.push(...among(spec.volumeMode, `${path}.volumeMode`, VOLUME_MODES))
  const { dataSource: source, dataSourceRef: ref } = spec
  out.push(...dataSource(source, `${path}.dataSource`, false), ...dataSource(ref, `${path}.dataSourceRef`, true))
  if (isObj(source) && isObj(ref)) {
    // Go's path of the other field, as JSON.
    const shown = verbatim('{}')
    if (str(ref, 'namespace') !== '') out.push(invalid(path, shown, 'may not be specified when dataSourceRef.namespace is specified'))
    else if (source.apiGroup !== ref.apiGroup || source.kind !== ref.kind || source.name !== ref.name)
      out.push(invalid(path, shown, 'must match dataSourceRef'))
  }
  out.push(...optional(str(spec, 'volumeAttributesClassName'), `${path}.volumeAttributesClassName`, subdomain))
  return out
}

export const validateClaim = (o: Obj): FieldError[] => validateClaimSpec(obj(o, 'spec'), 'spec')

const SPEC = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** What an update made of the spec, without what it may do: {@link SPEC}, a volume, a class for none. */
function comparable(o: Obj, old: Obj): { readonly before: Obj; readonly after: Obj } {
  const [now, was] = [obj(o, 'spec'), obj(old, 'spec')]
  const before: { [key: string]: unknown } = { ...was }
  const after: { [key: string]: unknown } = { ...now }
  if (str(was, 'volumeName') === '') set(before, 'volumeName', now.volumeName)
  const beta = obj(old, 'metadata', 'annotations')[BETA_CLASS]
  if (was.storageClassName === undefined && now.storageClassName !== undefined && (beta === undefined || beta === now.storageClassName))
    delete after.storageClassName
  const requests = obj(now, 'resources').requests
  if (str(o, 'status', 'phase') === 'Bound' && isObj(requests)) {
    const kept: { [key: string]: unknown } = { ...requests }
    set(kept, 'storage', obj(was, 'resources', 'requests').storage)
    after.resources = { ...obj(now, 'resources'), requests: kept }
  }
  set(after, 'volumeAttributesClassName', was.volumeAttributesClassName)
  return { before, after }
}

function set(target: { [key: string]: unknown }, name: string, value: unknown): void {
  if (value === undefined) delete target[name]
  else target[name] = value
}

export function validateClaimUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validateClaim(o)
  const annotation = (x: Obj): string => str(x, 'metadata', 'annotations', BETA_CLASS)
  if (annotation(o) !== annotation(old) && obj(old, 'spec').storageClassName !== undefined)
    out.push(invalid(`metadata.annotations.${BETA_CLASS}`, annotation(o), IMMUTABLE))
  const { before, after } = comparable(o, old)
  if (!equal(after, before))
    out.push(forbidden('spec', `${SPEC}\n${goDiff(before, after, 'io.k8s.api.core.v1.PersistentVolumeClaimSpec')}`))
  const size = (x: Obj): unknown => obj(x, 'spec', 'resources', 'requests').storage ?? '0'
  if (compareQuantities(size(o), size(old)) < 0 && compareQuantities(size(o), obj(old, 'status', 'capacity').storage ?? '0') <= 0)
    out.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  out.push(...immutable(obj(o, 'spec').volumeMode, obj(old, 'spec').volumeMode, 'volumeMode'))
  const [className, oldClass] = [obj(o, 'spec').volumeAttributesClassName, obj(old, 'spec').volumeAttributesClassName]
  if (oldClass !== undefined && className === undefined)
    out.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'))
  else if (oldClass !== undefined && className === '')
    out.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to an empty string is forbidden'))
  return out
}

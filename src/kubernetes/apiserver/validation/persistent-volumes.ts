/** Persistent volumes. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePersistentVolume). */
import { type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { equal, isObj, type Obj, obj, str, strs, without } from '#kubernetes/api/json.ts'
import { wholeValue } from '#kubernetes/api/quantity.ts'
import { among, IMMUTABLE, immutable, needed, optional, positiveQuantity, subdomain } from './check.ts'
import { accessModes, VOLUME_MODES } from './claims.ts'
import { goDiff } from './go-diff.ts'
import { validateNodeSelector } from './selectors.ts'
import { PERSISTENT_SOURCES } from './volume-sources.ts'

function capacity(spec: Obj): FieldError[] {
  const given = obj(spec, 'capacity')
  const names = Object.keys(given).sort()
  const out: FieldError[] = []
  if (names.length === 0) out.push(required('spec.capacity'))
  if (given.storage === undefined || names.length > 1) out.push(notSupported('spec.capacity', spec.capacity, ['storage']))
  for (const name of names) {
    const at = `spec.capacity[${name}]`
    if (wholeValue(given[name]) < 0) out.push(invalid(at, wholeValue(given[name]), 'must be a valid resource quantity'))
    out.push(...positiveQuantity(given[name], at))
  }
  return out
}

function sources(spec: Obj): FieldError[] {
  const out: FieldError[] = []
  let count = 0
  for (const [name, rule] of Object.entries(PERSISTENT_SOURCES)) {
    const source = spec[name]
    if (!isObj(source)) continue
    // Upstream lets a flexVolume be a second one.
    if (count > 0 && name !== 'flexVolume') {
      out.push(forbidden(`spec.${name === 'cephfs' ? 'cephFS' : name}`, 'may not specify more than 1 volume type'))
      continue
    }
    count++
    out.push(...rule(source, `spec.${name}`))
    if (name === 'local' && !isObj(spec.nodeAffinity)) out.push(required('spec.nodeAffinity', 'Local volume requires node affinity'))
  }
  if (count === 0) out.push(required('spec', 'must specify a volume type'))
  return out
}

export function validatePersistentVolume(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  if (strs(spec, 'accessModes').length === 0) out.push(required('spec.accessModes'))
  out.push(...accessModes(spec, 'spec.accessModes'), ...capacity(spec))
  const policy = str(spec, 'persistentVolumeReclaimPolicy')
  if (policy !== '') out.push(...among(policy, 'spec.persistentVolumeReclaimPolicy', ['Delete', 'Recycle', 'Retain']))
  if (isObj(spec.nodeAffinity)) {
    const wanted = spec.nodeAffinity.required
    out.push(
      ...(isObj(wanted)
        ? validateNodeSelector(wanted, 'spec.nodeAffinity.required')
        : [required('spec.nodeAffinity.required', 'must specify required node constraints')]),
    )
  }
  out.push(...sources(spec))
  if (isObj(spec.hostPath) && /^\/(\.?\/)*\.?$/.test(str(spec, 'hostPath', 'path')) && policy === 'Recycle')
    out.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"))
  out.push(...optional(str(spec, 'storageClassName'), 'spec.storageClassName', subdomain))
  out.push(...among(spec.volumeMode, 'spec.volumeMode', VOLUME_MODES))
  if (typeof spec.volumeAttributesClassName === 'string') {
    const at = 'spec.volumeAttributesClassName'
    if (spec.volumeAttributesClassName === '') out.push(required(at, 'an empty string is disallowed'))
    else out.push(...needed(spec.volumeAttributesClassName, at, subdomain))
    if (!isObj(spec.csi)) out.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'))
  }
  return out
}

/** What a volume is made of; a secret that lets it grow may be added later. */
function sourceOf(o: Obj, old: Obj): Obj {
  const spec = obj(o, 'spec')
  const out: { [name: string]: unknown } = {}
  for (const name of Object.keys(PERSISTENT_SOURCES)) if (spec[name] !== undefined) out[name] = spec[name]
  const before = obj(old, 'spec').csi
  if (isObj(before) && before.controllerExpandSecretRef === undefined && isObj(out.csi))
    out.csi = without(out.csi, 'controllerExpandSecretRef')
  return out
}

const SOURCE = 'spec.persistentvolumesource is immutable after creation'

export function validatePersistentVolumeUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validatePersistentVolume(o)
  const [now, was] = [sourceOf(o, old), sourceOf(old, old)]
  if (!equal(now, was))
    out.push(forbidden('spec.persistentvolumesource', `${SOURCE}\n${goDiff(was, now, 'io.k8s.api.core.v1.PersistentVolumeSource')}`))
  const [spec, before] = [obj(o, 'spec'), obj(old, 'spec')]
  out.push(...immutable(spec.volumeMode, before.volumeMode, 'volumeMode'))
  if (before.nodeAffinity !== undefined && !equal(spec.nodeAffinity ?? null, before.nodeAffinity))
    out.push(
      invalid(
        'nodeAffinity',
        isObj(spec.nodeAffinity) ? internalJson(spec.nodeAffinity, 'io.k8s.api.core.v1.VolumeNodeAffinity') : null,
        `${IMMUTABLE}, except for updating from beta label to GA`,
      ),
    )
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    out.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'))
  return out
}

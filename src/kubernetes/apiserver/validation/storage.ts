/** Validation of volumes, claims and classes. Source: k8s.io/kubernetes pkg/apis/core/validation, pkg/apis/storage/validation. */
import { type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { equal, isObj, type Obj, obj, str, strs, without } from '#kubernetes/api/json.ts'
import { isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { compareQuantities, quantity } from '#kubernetes/api/quantity.ts'
import { goDiff } from './go-diff.ts'
import { validateLabelSelector, validateNodeSelector } from './selectors.ts'

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const PV_SOURCES = [
  'local',
  'hostPath',
  'nfs',
  'csi',
  'fc',
  'iscsi',
  'rbd',
  'cephfs',
  'glusterfs',
  'flexVolume',
  'cinder',
  'azureDisk',
  'azureFile',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'vsphereVolume',
  'portworxVolume',
  'scaleIO',
  'storageos',
  'quobyte',
  'photonPersistentDisk',
  'flocker',
]

function accessModes(spec: Obj): FieldError[] {
  const modes = strs(spec, 'accessModes')
  const out: FieldError[] = []
  for (const mode of modes) if (!MODES.includes(mode)) out.push(notSupported('spec.accessModes', mode, MODES))
  if (modes.includes('ReadWriteOncePod') && modes.length > 1)
    out.push(forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes'))
  return out
}

export function validatePersistentVolume(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  if (strs(spec, 'accessModes').length === 0) out.push(required('spec.accessModes'))
  out.push(...accessModes(spec))
  const capacity = obj(spec, 'capacity')
  if (Object.keys(capacity).length === 0) out.push(required('spec.capacity'))
  else if (capacity.storage === undefined || Object.keys(capacity).length > 1)
    out.push(notSupported('spec.capacity', { raw: JSON.stringify(capacity) }, ['storage']))
  for (const name of Object.keys(capacity))
    if (quantity(capacity[name]).nanos <= 0n) out.push(invalid(`spec.capacity[${name}]`, capacity[name], 'must be greater than zero'))
  const policy = str(spec, 'persistentVolumeReclaimPolicy')
  if (policy !== '' && !['Delete', 'Recycle', 'Retain'].includes(policy))
    out.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']))
  const sources = PV_SOURCES.filter((s) => isObj(spec[s]))
  if (sources.length === 0) out.push(required('spec', 'must specify a volume type'))
  for (const s of sources.slice(1)) out.push(forbidden(`spec.${s}`, 'may not specify more than 1 volume type'))
  if (isObj(spec.hostPath) && str(spec, 'hostPath', 'path') === '') out.push(required('spec.hostPath.path'))
  if (isObj(spec.local)) {
    if (str(spec, 'local', 'path') === '') out.push(required('spec.local.path'))
    if (!isObj(obj(spec, 'nodeAffinity').required)) out.push(required('metadata.annotations', 'Local volume requires node affinity'))
  }
  const required_ = obj(spec, 'nodeAffinity').required
  if (isObj(required_)) out.push(...validateNodeSelector(required_, 'spec.nodeAffinity.required'))
  const className = str(spec, 'storageClassName')
  if (className !== '') for (const m of isDns1123Subdomain(className)) out.push(invalid('spec.storageClassName', className, m))
  const mode = str(spec, 'volumeMode')
  if (mode !== '' && !['Block', 'Filesystem'].includes(mode)) out.push(notSupported('spec.volumeMode', mode, ['Block', 'Filesystem']))
  return out
}

export function validatePersistentVolumeUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validatePersistentVolume(o)
  const source = (x: Obj): Obj =>
    Object.fromEntries(PV_SOURCES.filter((s) => obj(x, 'spec')[s] !== undefined).map((s) => [s, obj(x, 'spec')[s]]))
  if (!equal(source(o), source(old)))
    out.push(
      forbidden(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${goDiff(source(old), source(o), 'io.k8s.api.core.v1.PersistentVolumeSource')}`,
      ),
    )
  if (obj(o, 'spec').volumeMode !== obj(old, 'spec').volumeMode)
    out.push(invalid('spec.volumeMode', obj(o, 'spec').volumeMode, 'field is immutable'))
  return out
}

export function validateClaim(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  if (strs(spec, 'accessModes').length === 0) out.push(required('spec.accessModes', 'at least 1 access mode is required'))
  out.push(...validateLabelSelector(spec.selector, 'spec.selector'))
  out.push(...accessModes(spec))
  const storage = obj(spec, 'resources', 'requests').storage
  if (storage === undefined) out.push(required('spec.resources[storage]'))
  else if (quantity(storage).nanos <= 0n) out.push(invalid('spec.resources[storage]', storage, 'must be greater than zero'))
  const className = str(spec, 'storageClassName')
  if (className !== '') for (const m of isDns1123Subdomain(className)) out.push(invalid('spec.storageClassName', className, m))
  const mode = str(spec, 'volumeMode')
  if (mode !== '' && !['Block', 'Filesystem'].includes(mode)) out.push(notSupported('spec.volumeMode', mode, ['Block', 'Filesystem']))
  return out
}

const CLAIM = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

export function validateClaimUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validateClaim(o)
  const before = obj(old, 'spec')
  const now = obj(o, 'spec')
  const strip = (spec: Obj): Obj => {
    const resources = without(obj(spec, 'resources'), 'requests')
    return { ...without(spec, 'volumeAttributesClassName'), resources }
  }
  // A claim without a volume may get one; a class may be filled in later.
  const filled = { ...before }
  if (before.volumeName === undefined && now.volumeName !== undefined) filled.volumeName = now.volumeName
  if (before.storageClassName === undefined && now.storageClassName !== undefined) filled.storageClassName = now.storageClassName
  if (!equal(strip(now), strip(filled)))
    out.push(
      forbidden(
        'spec',
        `${CLAIM}\n${goDiff(before, { ...now, resources: before.resources }, 'io.k8s.api.core.v1.PersistentVolumeClaimSpec')}`,
      ),
    )
  const was = obj(before, 'resources', 'requests').storage
  const is = obj(now, 'resources', 'requests').storage
  if (was !== undefined && is !== undefined) {
    if (compareQuantities(is, was) < 0) out.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
    else if (compareQuantities(is, was) > 0 && str(old, 'status', 'phase') !== 'Bound')
      out.push(forbidden('spec', `${CLAIM}\n${goDiff(before, now, 'io.k8s.api.core.v1.PersistentVolumeClaimSpec')}`))
  }
  return out
}

export function validateStorageClass(o: Obj): FieldError[] {
  const out: FieldError[] = []
  if (str(o, 'provisioner') === '') out.push(required('provisioner'))
  const policy = str(o, 'reclaimPolicy')
  if (!['Delete', 'Retain'].includes(policy)) out.push(notSupported('reclaimPolicy', policy, ['Delete', 'Retain']))
  const mode = str(o, 'volumeBindingMode')
  if (!['Immediate', 'WaitForFirstConsumer'].includes(mode))
    out.push(notSupported('volumeBindingMode', mode, ['Immediate', 'WaitForFirstConsumer']))
  return out
}

export function validateStorageClassUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validateStorageClass(o)
  if (!equal(o.parameters, old.parameters)) out.push(forbidden('parameters', 'updates to parameters are forbidden.'))
  if (o.provisioner !== old.provisioner) out.push(forbidden('provisioner', 'updates to provisioner are forbidden.'))
  if (o.reclaimPolicy !== old.reclaimPolicy) out.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'))
  if (o.volumeBindingMode !== old.volumeBindingMode) out.push(invalid('volumeBindingMode', o.volumeBindingMode, 'field is immutable'))
  return out
}

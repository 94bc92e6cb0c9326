/** What CSI drivers say of themselves, and what attaches their volumes. Source: k8s.io/kubernetes pkg/apis/storage/validation. */
import { duplicate, type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { compareQuantities } from '#kubernetes/api/quantity.ts'
import { among, immutable, NEGATIVE, nonNegative, qualifiedName, subdomain } from './check.ts'
import { validateLabelSelector } from './selectors.ts'
import { csiDriverName } from './volume-sources.ts'

const MIN_SECONDS = 600
const MAX_SECONDS = 2 ** 32
const MAX_NODE_ID = 256

export function validateCsiDriver(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = csiDriverName(str(o, 'metadata', 'name'), 'name')
  for (const name of ['attachRequired', 'podInfoOnMount', 'storageCapacity'])
    if (spec[name] === undefined) out.push(required(`spec.${name}`))
  out.push(...among(spec.fsGroupPolicy, 'spec.fsGroupPolicy', ['File', 'None', 'ReadWriteOnceWithFSType']))
  const audiences = new Set<string>()
  for (const [i, request] of objs(spec, 'tokenRequests').entries()) {
    const at = `spec.tokenRequests[${i}]`
    const [audience, seconds] = [str(request, 'audience'), num(request, 'expirationSeconds')]
    if (audiences.has(audience)) out.push(duplicate(`${at}.audience`, audience))
    audiences.add(audience)
    if (seconds !== undefined && seconds < MIN_SECONDS)
      out.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'))
    if (seconds !== undefined && seconds > MAX_SECONDS)
      out.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'))
  }
  for (const mode of strs(spec, 'volumeLifecycleModes')) out.push(...among(mode, 'spec.volumeLifecycleModes', ['Persistent', 'Ephemeral']))
  if (spec.seLinuxMount === undefined) out.push(required('spec.seLinuxMount'))
  return out
}

/** The path of the first is upstream's. */
export const validateCsiDriverUpdate = (o: Obj, old: Obj): FieldError[] => [
  ...immutable(obj(o, 'spec').attachRequired, obj(old, 'spec').attachRequired, 'spec.attachedRequired'),
  ...immutable(obj(o, 'spec').volumeLifecycleModes, obj(old, 'spec').volumeLifecycleModes, 'spec.volumeLifecycleModes'),
]

export function validateCsiNode(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, driver] of objs(o, 'spec', 'drivers').entries()) {
    const at = `spec.drivers[${i}]`
    const [name, id, keys] = [str(driver, 'name'), str(driver, 'nodeID'), strs(driver, 'topologyKeys')]
    out.push(...csiDriverName(name, `${at}.name`))
    if (id === '') out.push(required(`${at}.nodeID`))
    if (id.length > MAX_NODE_ID) out.push(invalid(`${at}.nodeID`, id, `must be ${MAX_NODE_ID} characters or less`))
    out.push(...nonNegative(num(driver, 'allocatable', 'count'), `${at}.allocatable.count`))
    if (names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
    for (const [k, key] of keys.entries()) {
      if (keys.indexOf(key) < k) out.push(duplicate(`${at}.topologyKeys[${k}]`, key))
      out.push(...qualifiedName(key, `${at}.topologyKeys`))
    }
  }
  return out
}

export function validateCsiStorageCapacity(o: Obj): FieldError[] {
  const out = subdomain(str(o, 'storageClassName'), 'storageClassName')
  for (const name of ['capacity', 'maximumVolumeSize'])
    if (o[name] !== undefined && compareQuantities(o[name], '0') < 0) out.push(invalid(name, String(o[name]), NEGATIVE))
  return [...out, ...validateLabelSelector(o.nodeTopology, 'nodeTopology')]
}

export const validateCsiStorageCapacityUpdate = (o: Obj, old: Obj): FieldError[] => [
  ...validateCsiStorageCapacity(o),
  ...immutable(o.nodeTopology, old.nodeTopology, 'nodeTopology'),
  ...immutable(o.storageClassName, old.storageClassName, 'storageClassName'),
]

const ONE_SOURCE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'

export function validateVolumeAttachment(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const attacher = str(spec, 'attacher')
  const out = attacher === '' ? [required('spec.attacher')] : csiDriverName(attacher, 'spec.attacher')
  const { inlineVolumeSpec: inline, persistentVolumeName: name } = obj(spec, 'source')
  if (!isObj(inline) && name === undefined) out.push(required('spec.source', ONE_SOURCE))
  else if (isObj(inline) && name !== undefined) out.push(forbidden('spec.source', ONE_SOURCE))
  else if (name === '') out.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'))
  return [...out, ...subdomain(str(spec, 'nodeName'), 'spec.nodeName')]
}

export const validateVolumeAttachmentUpdate = (o: Obj, old: Obj): FieldError[] => [
  ...validateVolumeAttachment(o),
  ...immutable(o.spec, old.spec, 'spec', 'io.k8s.api.storage.v1.VolumeAttachmentSpec'),
]

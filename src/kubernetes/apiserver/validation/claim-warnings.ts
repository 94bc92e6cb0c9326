/** What is allowed in volumes, claims and classes, but old or odd. Source: k8s.io/kubernetes pkg/api/persistentvolume(claim), pkg/api/storage. */
import { isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { milliValue } from '#kubernetes/api/quantity.ts'
import { deprecatedLabel, nodeTermWarnings } from './node-labels.ts'

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'
const BETA_MOUNTS = 'volume.beta.kubernetes.io/mount-options'

const byAnnotation = (o: Obj): string[] =>
  obj(o, 'metadata', 'annotations')[BETA_CLASS] === undefined
    ? []
    : [`metadata.annotations[${BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`]

export function claimSpecWarnings(spec: Obj, path: string): string[] {
  return ['requests', 'limits'].flatMap((part) => {
    const value = obj(spec, 'resources', part).storage
    return value !== undefined && milliValue(value) % 1000 !== 0
      ? [`${path}.resources.${part}[storage]: fractional byte value "${String(value)}" is invalid, must be an integer`]
      : []
  })
}

export const claimWarnings = (o: Obj): string[] => [...byAnnotation(o), ...claimSpecWarnings(obj(o, 'spec'), 'spec')]

const RECYCLE =
  'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'
const GONE: readonly (readonly [string, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]

export function persistentVolumeWarnings(o: Obj): string[] {
  const spec = obj(o, 'spec')
  const out = byAnnotation(o)
  if (obj(o, 'metadata', 'annotations')[BETA_MOUNTS] !== undefined)
    out.push(`metadata.annotations[${BETA_MOUNTS}]: deprecated since v1.31; use "mountOptions" attribute instead`)
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') out.push(RECYCLE)
  for (const [i, term] of objs(spec, 'nodeAffinity', 'required', 'nodeSelectorTerms').entries())
    out.push(...nodeTermWarnings(term, false, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`))
  for (const [field, shown, why] of GONE) if (isObj(spec[field])) out.push(`spec.${shown}: ${why}`)
  return out
}

export function storageClassWarnings(o: Obj): string[] {
  const out: string[] = []
  for (const [i, term] of objs(o, 'allowedTopologies').entries())
    for (const [k, e] of objs(term, 'matchLabelExpressions').entries()) {
      const why = deprecatedLabel(str(e, 'key'))
      if (why !== undefined) out.push(`allowedTopologies[${i}].matchLabelExpressions[${k}].key: ${why}`)
    }
  return out
}

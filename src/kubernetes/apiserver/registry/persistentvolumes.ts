import { draft, isObj, type Obj, obj, str, strs } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { persistentVolumeWarnings } from '../validation/claim-warnings.ts'
import { validatePersistentVolume, validatePersistentVolumeUpdate } from '../validation/persistent-volumes.ts'
import { builtIn } from './kind.ts'

const SHORT: { readonly [mode: string]: string } = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

/** `RWO,ROX`: in a fixed order, without repeats. */
export const accessModes = (modes: readonly string[]): string =>
  ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']
    .filter((m) => modes.includes(m))
    .map((m) => SHORT[m])
    .join(',')

export const storageClassOf = (o: Obj): string =>
  str(o, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class') || str(o, 'spec', 'storageClassName')

export const persistentVolumes = builtIn({
  group: '',
  pkg: 'core',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  status: true,
  columns: [
    NAME,
    { name: 'Capacity' },
    { name: 'Access Modes' },
    { name: 'Reclaim Policy' },
    { name: 'Status' },
    { name: 'Claim' },
    { name: 'StorageClass' },
    { name: 'VolumeAttributesClass' },
    { name: 'Reason' },
    AGE,
    { name: 'VolumeMode', priority: 1 },
  ],
  row: (o, { now }) => {
    const claim = obj(o, 'spec', 'claimRef')
    const phase = str(o, 'metadata', 'deletionTimestamp') === '' ? str(o, 'status', 'phase') : 'Terminating'
    return [
      str(o, 'metadata', 'name'),
      String(obj(o, 'spec', 'capacity').storage ?? '0'),
      accessModes(strs(o, 'spec', 'accessModes')),
      str(o, 'spec', 'persistentVolumeReclaimPolicy'),
      phase,
      claim.name === undefined ? '' : `${str(claim, 'namespace')}/${str(claim, 'name')}`,
      storageClassOf(o),
      str(o, 'spec', 'volumeAttributesClassName') || '<unset>',
      str(o, 'status', 'reason'),
      ageOf(o, now),
      str(o, 'spec', 'volumeMode') || '<unset>',
    ]
  },
  fields: { 'metadata.name': (o) => str(o, 'metadata', 'name') },
  strategy: {
    returnDeleted: true,
    defaults(o) {
      const spec = draft(o, 'spec')
      spec.persistentVolumeReclaimPolicy ??= 'Retain'
      spec.volumeMode ??= 'Filesystem'
      const hostPath = spec.hostPath
      if (isObj(hostPath)) (hostPath as { [key: string]: unknown }).type ??= ''
    },
    prepareForCreate(o) {
      const meta = o.metadata as { [key: string]: unknown }
      const finalizers = strs(meta, 'finalizers')
      if (!finalizers.includes('kubernetes.io/pv-protection')) meta.finalizers = [...finalizers, 'kubernetes.io/pv-protection']
      o.status = { phase: 'Pending' }
    },
    warnings: persistentVolumeWarnings,
    validate: validatePersistentVolume,
    validateUpdate: validatePersistentVolumeUpdate,
  },
})

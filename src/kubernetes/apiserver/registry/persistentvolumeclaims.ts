import { draft, isObj, obj, str, strs } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { claimWarnings } from '../validation/claim-warnings.ts'
import { validateClaim, validateClaimUpdate } from '../validation/claims.ts'
import { builtIn } from './kind.ts'
import { accessModes, storageClassOf } from './persistentvolumes.ts'

export const persistentVolumeClaims = builtIn({
  group: '',
  pkg: 'core',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  status: true,
  columns: [
    NAME,
    { name: 'Status' },
    { name: 'Volume' },
    { name: 'Capacity' },
    { name: 'Access Modes' },
    { name: 'StorageClass' },
    { name: 'VolumeAttributesClass' },
    AGE,
    { name: 'VolumeMode', priority: 1 },
  ],
  row: (o, { now }) => {
    const phase = str(o, 'metadata', 'deletionTimestamp') === '' ? str(o, 'status', 'phase') : 'Terminating'
    const volume = str(o, 'spec', 'volumeName')
    return [
      str(o, 'metadata', 'name'),
      phase,
      volume,
      volume === '' ? '' : String(obj(o, 'status', 'capacity').storage ?? '0'),
      volume === '' ? '' : accessModes(strs(o, 'status', 'accessModes')),
      storageClassOf(o),
      str(o, 'spec', 'volumeAttributesClassName') || '<unset>',
      ageOf(o, now),
      str(o, 'spec', 'volumeMode') || '<unset>',
    ]
  },
  fields: { 'metadata.name': (o) => str(o, 'metadata', 'name') },
  strategy: {
    returnDeleted: true,
    defaults(o) {
      const spec = draft(o, 'spec')
      spec.volumeMode ??= 'Filesystem'
      const source = spec.dataSource
      if (isObj(source) && spec.dataSourceRef === undefined) spec.dataSourceRef = source
    },
    prepareForCreate(o) {
      const meta = o.metadata as { [key: string]: unknown }
      const finalizers = strs(meta, 'finalizers')
      if (!finalizers.includes('kubernetes.io/pvc-protection')) meta.finalizers = [...finalizers, 'kubernetes.io/pvc-protection']
      o.status = { phase: 'Pending' }
    },
    warnings: claimWarnings,
    validate: validateClaim,
    validateUpdate: validateClaimUpdate,
  },
})

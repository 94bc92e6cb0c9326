/** storage.k8s.io */
import { bool, draft, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { storageClassWarnings } from '../validation/claim-warnings.ts'
import * as csi from '../validation/csi.ts'
import {
  validateStorageClass,
  validateStorageClassUpdate,
  validateVolumeAttributesClass,
  validateVolumeAttributesClassUpdate,
} from '../validation/storage.ts'
import { builtIn, type Kind } from './kind.ts'

const base = { group: 'storage.k8s.io', pkg: 'storage' } as const
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'
const DEFAULT_CLASS_BETA = 'storageclass.beta.kubernetes.io/is-default-class'

export const isDefaultClass = (o: { readonly [key: string]: unknown }): boolean =>
  [DEFAULT_CLASS, DEFAULT_CLASS_BETA].some((a) => str(o, 'metadata', 'annotations', a) === 'true')

export const STORAGE: readonly Kind[] = [
  builtIn({
    ...base,
    kind: 'StorageClass',
    plural: 'storageclasses',
    shortNames: ['sc'],
    namespaced: false,
    columns: [
      NAME,
      { name: 'Provisioner' },
      { name: 'ReclaimPolicy' },
      { name: 'VolumeBindingMode' },
      { name: 'AllowVolumeExpansion' },
      AGE,
    ],
    row: (o, { now }) => [
      str(o, 'metadata', 'name') + (isDefaultClass(o) ? ' (default)' : ''),
      str(o, 'provisioner'),
      str(o, 'reclaimPolicy') || 'Delete',
      str(o, 'volumeBindingMode') || 'Immediate',
      bool(o, 'allowVolumeExpansion') ?? false,
      ageOf(o, now),
    ],
    strategy: {
      defaults(o) {
        o.reclaimPolicy ??= 'Delete'
        o.volumeBindingMode ??= 'Immediate'
      },
      warnings: storageClassWarnings,
      validate: validateStorageClass,
      validateUpdate: validateStorageClassUpdate,
    },
  }),
  builtIn({
    ...base,
    kind: 'VolumeAttachment',
    plural: 'volumeattachments',
    namespaced: false,
    status: true,
    columns: [NAME, { name: 'Attacher' }, { name: 'PV' }, { name: 'Node' }, { name: 'Attached', type: 'boolean' }, AGE],
    row: (o, { now }) => [
      str(o, 'metadata', 'name'),
      str(o, 'spec', 'attacher'),
      str(o, 'spec', 'source', 'persistentVolumeName'),
      str(o, 'spec', 'nodeName'),
      bool(o, 'status', 'attached') ?? false,
      ageOf(o, now),
    ],
    strategy: { validate: csi.validateVolumeAttachment, validateUpdate: csi.validateVolumeAttachmentUpdate },
  }),
  builtIn({
    ...base,
    kind: 'CSIDriver',
    plural: 'csidrivers',
    namespaced: false,
    columns: [
      NAME,
      { name: 'AttachRequired', type: 'boolean' },
      { name: 'PodInfoOnMount', type: 'boolean' },
      { name: 'StorageCapacity', type: 'boolean' },
      { name: 'TokenRequests' },
      { name: 'RequiresRepublish', type: 'boolean' },
      { name: 'Modes' },
      AGE,
    ],
    row: (o, { now }) => {
      const spec = obj(o, 'spec')
      return [
        str(o, 'metadata', 'name'),
        bool(spec, 'attachRequired') ?? true,
        bool(spec, 'podInfoOnMount') ?? false,
        bool(spec, 'storageCapacity') ?? false,
        objs(spec, 'tokenRequests')
          .map((t) => str(t, 'audience'))
          .join(',') || '<unset>',
        bool(spec, 'requiresRepublish') ?? false,
        strs(spec, 'volumeLifecycleModes').join(',') || '<none>',
        ageOf(o, now),
      ]
    },
    strategy: {
      defaults(o) {
        const spec = draft(o, 'spec')
        spec.attachRequired ??= true
        spec.podInfoOnMount ??= false
        spec.storageCapacity ??= false
        spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
        spec.volumeLifecycleModes ??= ['Persistent']
        spec.requiresRepublish ??= false
        spec.seLinuxMount ??= false
      },
      validate: csi.validateCsiDriver,
      validateUpdate: csi.validateCsiDriverUpdate,
    },
  }),
  builtIn({
    ...base,
    kind: 'CSINode',
    plural: 'csinodes',
    namespaced: false,
    columns: [NAME, { name: 'Drivers', type: 'integer' }, AGE],
    row: (o, { now }) => [str(o, 'metadata', 'name'), objs(o, 'spec', 'drivers').length, ageOf(o, now)],
    strategy: { validate: csi.validateCsiNode, validateUpdate: csi.validateCsiNode },
  }),
  builtIn({
    ...base,
    kind: 'CSIStorageCapacity',
    plural: 'csistoragecapacities',
    namespaced: true,
    columns: [NAME, { name: 'StorageClass' }, { name: 'Capacity' }],
    row: (o) => [str(o, 'metadata', 'name'), str(o, 'storageClassName'), String(o.capacity ?? '<unset>')],
    strategy: { validate: csi.validateCsiStorageCapacity, validateUpdate: csi.validateCsiStorageCapacityUpdate },
  }),
  builtIn({
    ...base,
    kind: 'VolumeAttributesClass',
    plural: 'volumeattributesclasses',
    shortNames: ['vac'],
    namespaced: false,
    columns: [NAME, { name: 'DriverName' }, AGE],
    row: (o, { now }) => [str(o, 'metadata', 'name'), str(o, 'driverName'), ageOf(o, now)],
    strategy: { validate: validateVolumeAttributesClass, validateUpdate: validateVolumeAttributesClassUpdate },
  }),
]

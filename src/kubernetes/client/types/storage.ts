/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. Volumes and their classes. */
import type { ObjectReference } from './core.ts'
import type { KubeObject, LabelSelector, Labels, ResourceList } from './meta.ts'
import type { NodeSelectorTerm, ResourceRequirements } from './pod.ts'

export interface PersistentVolumeClaimSpec {
  readonly accessModes?: readonly string[] | undefined
  readonly resources?: ResourceRequirements | undefined
  readonly selector?: LabelSelector | undefined
  readonly storageClassName?: string | undefined
  readonly volumeName?: string | undefined
  readonly volumeMode?: string | undefined
}

export interface PersistentVolumeClaim extends KubeObject {
  readonly spec: PersistentVolumeClaimSpec
  readonly status?:
    | {
        readonly phase?: string | undefined
        readonly accessModes?: readonly string[] | undefined
        readonly capacity?: ResourceList | undefined
      }
    | undefined
}

export interface PersistentVolume extends KubeObject {
  readonly spec: {
    readonly capacity?: ResourceList | undefined
    readonly accessModes?: readonly string[] | undefined
    readonly claimRef?: ObjectReference | undefined
    readonly persistentVolumeReclaimPolicy?: string | undefined
    readonly storageClassName?: string | undefined
    readonly volumeMode?: string | undefined
    readonly nodeAffinity?:
      | {
          readonly required?: {
            readonly nodeSelectorTerms: readonly NodeSelectorTerm[]
          }
        }
      | undefined
    readonly hostPath?: { readonly path: string; readonly type?: string } | undefined
    readonly local?: { readonly path: string } | undefined
  }
  readonly status?:
    | {
        readonly phase?: string | undefined
        readonly message?: string | undefined
        readonly reason?: string | undefined
        readonly lastPhaseTransitionTime?: string | undefined
      }
    | undefined
}

export interface StorageClass extends KubeObject {
  readonly provisioner: string
  readonly reclaimPolicy?: string | undefined
  readonly volumeBindingMode?: string | undefined
  readonly parameters?: Labels | undefined
}

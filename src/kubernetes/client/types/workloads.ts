/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. What keeps Pods in existence: apps and batch. */
import type { ObjectReference } from './core.ts'
import type { Condition, IntOrString, KubeObject, LabelSelector, Labels, ObjectMeta } from './meta.ts'
import type { PodTemplateSpec } from './pod.ts'
import type { PersistentVolumeClaim } from './storage.ts'

export interface DeploymentSpec {
  readonly replicas?: number | undefined
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
  readonly strategy?:
    | {
        readonly type?: string | undefined
        readonly rollingUpdate?:
          | {
              readonly maxSurge?: IntOrString | undefined
              readonly maxUnavailable?: IntOrString | undefined
            }
          | undefined
      }
    | undefined
  readonly minReadySeconds?: number | undefined
  readonly revisionHistoryLimit?: number | undefined
  readonly paused?: boolean | undefined
  readonly progressDeadlineSeconds?: number | undefined
}

export interface DeploymentStatus {
  readonly observedGeneration?: number | undefined
  readonly replicas?: number | undefined
  readonly updatedReplicas?: number | undefined
  readonly readyReplicas?: number | undefined
  readonly availableReplicas?: number | undefined
  readonly unavailableReplicas?: number | undefined
  readonly terminatingReplicas?: number | undefined
  readonly conditions?: readonly Condition[] | undefined
  readonly collisionCount?: number | undefined
}

export interface Deployment extends KubeObject {
  readonly spec: DeploymentSpec
  readonly status?: DeploymentStatus | undefined
}

export interface ReplicaSetStatus {
  readonly replicas: number
  readonly fullyLabeledReplicas?: number | undefined
  readonly readyReplicas?: number | undefined
  readonly availableReplicas?: number | undefined
  readonly terminatingReplicas?: number | undefined
  readonly observedGeneration?: number | undefined
  readonly conditions?: readonly Condition[] | undefined
}

export interface ReplicaSet extends KubeObject {
  readonly spec: {
    readonly replicas?: number | undefined
    readonly minReadySeconds?: number | undefined
    readonly selector: LabelSelector
    readonly template: PodTemplateSpec
  }
  readonly status?: ReplicaSetStatus | undefined
}

export interface ReplicationController extends KubeObject {
  readonly spec: {
    readonly replicas?: number | undefined
    readonly minReadySeconds?: number | undefined
    readonly selector?: Labels | undefined
    readonly template: PodTemplateSpec
  }
  readonly status?: ReplicaSetStatus | undefined
}

export interface ControllerRevision extends KubeObject {
  readonly data?: unknown
  readonly revision: number
}

export interface DaemonSetStatus {
  readonly currentNumberScheduled: number
  readonly numberMisscheduled: number
  readonly desiredNumberScheduled: number
  readonly numberReady: number
  readonly observedGeneration?: number | undefined
  readonly updatedNumberScheduled?: number | undefined
  readonly numberAvailable?: number | undefined
  readonly numberUnavailable?: number | undefined
  readonly collisionCount?: number | undefined
  readonly conditions?: readonly Condition[] | undefined
}

export interface DaemonSet extends KubeObject {
  readonly spec: {
    readonly selector: LabelSelector
    readonly template: PodTemplateSpec
    readonly updateStrategy?:
      | {
          readonly type?: string | undefined
          readonly rollingUpdate?:
            | {
                readonly maxSurge?: IntOrString | undefined
                readonly maxUnavailable?: IntOrString | undefined
              }
            | undefined
        }
      | undefined
    readonly minReadySeconds?: number | undefined
    readonly revisionHistoryLimit?: number | undefined
  }
  readonly status?: DaemonSetStatus | undefined
}

export interface StatefulSetStatus {
  readonly observedGeneration?: number | undefined
  readonly replicas: number
  readonly readyReplicas?: number | undefined
  readonly currentReplicas?: number | undefined
  readonly updatedReplicas?: number | undefined
  readonly availableReplicas?: number | undefined
  readonly currentRevision?: string | undefined
  readonly updateRevision?: string | undefined
  readonly collisionCount?: number | undefined
  readonly conditions?: readonly Condition[] | undefined
}

export interface StatefulSet extends KubeObject {
  readonly spec: {
    readonly replicas?: number | undefined
    readonly selector: LabelSelector
    readonly template: PodTemplateSpec
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[] | undefined
    readonly serviceName?: string | undefined
    readonly podManagementPolicy?: string | undefined
    readonly updateStrategy?:
      | {
          readonly type?: string | undefined
          readonly rollingUpdate?:
            | {
                readonly partition?: number | undefined
                readonly maxUnavailable?: IntOrString | undefined
              }
            | undefined
        }
      | undefined
    readonly revisionHistoryLimit?: number | undefined
    readonly minReadySeconds?: number | undefined
    readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string; readonly whenScaled?: string } | undefined
    readonly ordinals?: { readonly start?: number } | undefined
  }
  readonly status?: StatefulSetStatus | undefined
}

export interface JobSpec {
  readonly parallelism?: number | undefined
  readonly completions?: number | undefined
  readonly activeDeadlineSeconds?: number | undefined
  readonly backoffLimit?: number | undefined
  readonly backoffLimitPerIndex?: number | undefined
  readonly maxFailedIndexes?: number | undefined
  readonly completionMode?: string | undefined
  readonly suspend?: boolean | undefined
  readonly ttlSecondsAfterFinished?: number | undefined
  readonly podReplacementPolicy?: string | undefined
  readonly podFailurePolicy?: { readonly rules: readonly PodFailurePolicyRule[] } | undefined
  readonly manualSelector?: boolean | undefined
  readonly selector?: LabelSelector | undefined
  readonly template: PodTemplateSpec
}

export interface PodFailurePolicyRule {
  readonly action: string
  readonly onExitCodes?:
    | {
        readonly containerName?: string
        readonly operator: string
        readonly values: readonly number[]
      }
    | undefined
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[] | undefined
}

export interface JobStatus {
  readonly conditions?: readonly Condition[] | undefined
  readonly startTime?: string | undefined
  readonly completionTime?: string | undefined
  readonly active?: number | undefined
  readonly succeeded?: number | undefined
  readonly failed?: number | undefined
  readonly terminating?: number | undefined
  readonly ready?: number | undefined
  readonly completedIndexes?: string | undefined
  readonly failedIndexes?: string | undefined
  readonly uncountedTerminatedPods?:
    | {
        readonly succeeded?: readonly string[]
        readonly failed?: readonly string[]
      }
    | undefined
}

export interface Job extends KubeObject {
  readonly spec: JobSpec
  readonly status?: JobStatus | undefined
}

export interface CronJob extends KubeObject {
  readonly spec: {
    readonly schedule: string
    readonly timeZone?: string | undefined
    readonly startingDeadlineSeconds?: number | undefined
    readonly concurrencyPolicy?: string | undefined
    readonly suspend?: boolean | undefined
    readonly jobTemplate: {
      readonly metadata?: Partial<ObjectMeta> | undefined
      readonly spec: JobSpec
    }
    readonly successfulJobsHistoryLimit?: number | undefined
    readonly failedJobsHistoryLimit?: number | undefined
  }
  readonly status?:
    | {
        readonly active?: readonly ObjectReference[] | undefined
        readonly lastScheduleTime?: string | undefined
        readonly lastSuccessfulTime?: string | undefined
      }
    | undefined
}

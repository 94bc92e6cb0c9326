/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. Quotas, budgets, scaling, roles, priorities, admission policies. */
import type { Condition, IntOrString, KubeObject, LabelSelector, Labels, ResourceList } from './meta.ts'

export interface ResourceQuota extends KubeObject {
  readonly spec?:
    | {
        readonly hard?: ResourceList | undefined
        readonly scopes?: readonly string[] | undefined
        readonly scopeSelector?:
          | {
              readonly matchExpressions?: readonly {
                readonly scopeName: string
                readonly operator: string
                readonly values?: readonly string[]
              }[]
            }
          | undefined
      }
    | undefined
  readonly status?:
    | {
        readonly hard?: ResourceList | undefined
        readonly used?: ResourceList | undefined
      }
    | undefined
}

export interface PodDisruptionBudget extends KubeObject {
  readonly spec: {
    readonly minAvailable?: IntOrString | undefined
    readonly maxUnavailable?: IntOrString | undefined
    readonly selector?: LabelSelector | undefined
    readonly unhealthyPodEvictionPolicy?: string | undefined
  }
  readonly status?:
    | {
        readonly observedGeneration?: number | undefined
        readonly disruptedPods?: Labels | undefined
        readonly disruptionsAllowed: number
        readonly currentHealthy: number
        readonly desiredHealthy: number
        readonly expectedPods: number
        readonly conditions?: readonly Condition[] | undefined
      }
    | undefined
}

export interface HorizontalPodAutoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: {
      readonly kind: string
      readonly name: string
      readonly apiVersion?: string
    }
    readonly minReplicas?: number | undefined
    readonly maxReplicas: number
    readonly metrics?:
      | readonly {
          readonly type: string
          readonly resource?: {
            readonly name: string
            readonly target: {
              readonly type: string
              readonly averageUtilization?: number
              readonly averageValue?: string | number
            }
          }
        }[]
      | undefined
  }
  readonly status?:
    | {
        readonly observedGeneration?: number | undefined
        readonly lastScaleTime?: string | undefined
        readonly currentReplicas?: number | undefined
        readonly desiredReplicas: number
        readonly currentMetrics?: readonly unknown[] | null | undefined
        readonly conditions?: readonly Condition[] | undefined
      }
    | undefined
}

export interface Scale extends KubeObject {
  readonly spec: { readonly replicas?: number | undefined }
  readonly status?: { readonly replicas: number; readonly selector?: string | undefined } | undefined
}

export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[] | undefined
  readonly resources?: readonly string[] | undefined
  readonly resourceNames?: readonly string[] | undefined
  readonly nonResourceURLs?: readonly string[] | undefined
}

export interface ClusterRole extends KubeObject {
  readonly rules?: readonly PolicyRule[] | null | undefined
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] } | undefined
}

export interface PriorityClass extends KubeObject {
  readonly value: number
  readonly globalDefault?: boolean | undefined
  readonly preemptionPolicy?: string | undefined
}

export interface ValidatingAdmissionPolicy extends KubeObject {
  readonly status?: { readonly observedGeneration?: number | undefined } | undefined
}

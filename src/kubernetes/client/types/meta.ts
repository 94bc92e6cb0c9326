/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. What all API objects share. */

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean | undefined
  readonly blockOwnerDeletion?: boolean | undefined
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string | undefined
  readonly generateName?: string | undefined
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly generation?: number | undefined
  readonly creationTimestamp?: string | undefined
  readonly deletionTimestamp?: string | undefined
  readonly deletionGracePeriodSeconds?: number | undefined
  readonly labels?: Labels | undefined
  readonly annotations?: Labels | undefined
  readonly finalizers?: readonly string[] | undefined
  readonly ownerReferences?: readonly OwnerReference[] | undefined
}

export type Labels = Readonly<Record<string, string>>

/** Metadata of an object whose name the server makes from a prefix. */
export function generated(generateName: string): { readonly name: string; readonly generateName: string } {
  return { name: '', generateName }
}

/** Any API object. */
export interface KubeObject {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  readonly metadata: ObjectMeta
}

export interface List<T> {
  readonly metadata: {
    resourceVersion?: string | undefined
    continue?: string | undefined
  }
  readonly items: readonly T[]
}

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly lastTransitionTime?: string | undefined
  readonly lastUpdateTime?: string | undefined
  readonly lastProbeTime?: string | null | undefined
  readonly lastHeartbeatTime?: string | undefined
  readonly observedGeneration?: number | undefined
}

export interface LabelSelector {
  readonly matchLabels?: Labels | undefined
  readonly matchExpressions?: readonly SelectorRequirement[] | undefined
}

export interface SelectorRequirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[] | undefined
}

export type ResourceList = Readonly<Record<string, string | number>>

export type IntOrString = number | string

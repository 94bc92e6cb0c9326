/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. Nodes and leases. */
import type { Condition, KubeObject, ResourceList } from './meta.ts'

export interface Taint {
  readonly key: string
  readonly value?: string | undefined
  readonly effect: string
  readonly timeAdded?: string | undefined
}

export interface Node extends KubeObject {
  readonly spec: {
    readonly podCIDR?: string | undefined
    readonly podCIDRs?: readonly string[] | undefined
    readonly providerID?: string | undefined
    readonly taints?: readonly Taint[] | undefined
    readonly unschedulable?: boolean | undefined
  }
  readonly status?: NodeStatus | undefined
}

export interface NodeStatus {
  readonly capacity?: ResourceList | undefined
  readonly allocatable?: ResourceList | undefined
  readonly conditions?: readonly Condition[] | undefined
  readonly addresses?: readonly { readonly type: string; readonly address: string }[] | undefined
  readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port: number } } | undefined
  readonly nodeInfo?: Readonly<Record<string, unknown>> | undefined
  readonly images?:
    | readonly {
        readonly names?: readonly string[]
        readonly sizeBytes?: number
      }[]
    | undefined
  readonly volumesInUse?: readonly string[] | undefined
}

export interface Lease extends KubeObject {
  readonly spec?:
    | {
        readonly holderIdentity?: string | undefined
        readonly leaseDurationSeconds?: number | undefined
        readonly acquireTime?: string | undefined
        readonly renewTime?: string | undefined
        readonly leaseTransitions?: number | undefined
      }
    | undefined
}

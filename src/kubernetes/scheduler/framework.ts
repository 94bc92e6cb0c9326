/** What a scheduler plugin is, and what it works on. Source: kube-scheduler framework. */
import type { Informers } from '#kubernetes/client/informer.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Sim } from '#sim/wait.ts'
import type { NodeInfo } from './node-info.ts'

/**
 * Why a pod does not fit. `unresolvable`: no deletion of other pods can help. Reasons are counted over all nodes in the
 * message of FailedScheduling.
 */
export interface Rejection {
  readonly reasons: readonly string[]
  readonly unresolvable: boolean
}

export function unschedulable(...reasons: string[]): Rejection {
  return { reasons, unresolvable: false }
}

export function unresolvable(...reasons: string[]): Rejection {
  return { reasons, unresolvable: true }
}

/** All nodes as the scheduler knows them, and what else plugins look at. */
export interface Snapshot {
  readonly nodes: readonly NodeInfo[]
  readonly nodesByName: ReadonlyMap<string, NodeInfo>
  /** Nodes with pods that keep others away (required anti-affinity). */
  readonly withAntiAffinity: ReadonlySet<NodeInfo>
  readonly withAffinity: ReadonlySet<NodeInfo>
}

/** What happened in the cluster that can make a pod fit which did not. */
export type ClusterEvent =
  | 'node-add'
  | 'node-allocatable'
  | 'node-labels'
  | 'node-taints'
  | 'node-unschedulable'
  | 'pod-add'
  | 'pod-labels'
  | 'pod-delete'
  | 'pod-scaled-down'
  | 'storage'
  | 'claim'

/** What a plugin keeps for one pod between its extension points. */
export type State = Map<string, unknown>

export interface PreFilterResult {
  readonly rejection?: Rejection
  /** Only these nodes can do. */
  readonly nodeNames?: ReadonlySet<string>
}

export interface Plugin {
  /** Upstream's name. */
  readonly name: string
  /** Events after which a pod this plugin rejected is tried again. */
  readonly events: readonly ClusterEvent[]
  /** Whether such an event, of the pod `other`, can help `pod`; absent: it always may. Source: queueing hints. */
  helps?(event: ClusterEvent, pod: Pod, other: Pod): boolean
  preFilter?(state: State, pod: Pod, snapshot: Snapshot): PreFilterResult | undefined
  filter?(state: State, pod: Pod, node: NodeInfo): Rejection | undefined
  /** False: this plugin has no opinion on the pod. */
  preScore?(state: State, pod: Pod, nodes: readonly NodeInfo[], snapshot: Snapshot): boolean
  score?(state: State, pod: Pod, node: NodeInfo): number
  /** Brings scores into 0 to 100. */
  normalize?(state: State, scores: number[], nodes: readonly NodeInfo[]): void
  readonly weight?: number
  reserve?(state: State, pod: Pod, node: NodeInfo): void
  unreserve?(state: State, pod: Pod, node: NodeInfo): void
  /** Before binding; may wait, and throws when the pod can't be bound after all. */
  preBind?(state: State, pod: Pod, node: NodeInfo): Sim<void>
}

/** What plugins are made with. */
export interface PluginContext {
  readonly informers: Informers
  readonly client: import('#kubernetes/client/client.ts').Client
}

export const MAX_SCORE = 100

/** Scales scores so that the largest becomes 100; `reverse`: the smallest is best. Source: DefaultNormalizeScore. */
export function normalizeLinear(scores: number[], reverse: boolean): void {
  const max = Math.max(0, ...scores)
  for (let i = 0; i < scores.length; i++) {
    const score = max === 0 ? 0 : Math.floor((MAX_SCORE * (scores[i] ?? 0)) / max)
    scores[i] = reverse ? MAX_SCORE - score : score
  }
}

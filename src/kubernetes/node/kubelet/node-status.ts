/** What a kubelet says of its node: pure. Source: pkg/kubelet/nodestatus, kubelet_node_status.go. */
import type { Condition, Labels, ResourceList } from '#kubernetes/client/types/meta.ts'
import type { Node, NodeStatus, Taint } from '#kubernetes/client/types/node.ts'
import type { ImageInfo } from '../cri/types.ts'

export interface NodeFacts {
  readonly name: string
  readonly ip: string
  readonly labels: Labels
  readonly taints: readonly Taint[]
  readonly providerId: string
  readonly capacity: ResourceList
  readonly allocatable: ResourceList
  readonly nodeInfo: Readonly<Record<string, unknown>>
  readonly port: number
}

const MAX_IMAGES = 50

/** `problem`: why the node isn't ready; undefined: it is. */
export function nodeConditions(old: readonly Condition[] | undefined, problem: string | undefined, time: string): Condition[] {
  const make = (type: string, status: Condition['status'], reason: string, message: string): Condition => {
    const before = old?.find((c) => c.type === type)
    return {
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: time,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : time,
    }
  }
  return [
    ...(old ?? []).filter((c) => !['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].includes(c.type)),
    make('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    make('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    make('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    problem === undefined
      ? make('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : make('Ready', 'False', 'KubeletNotReady', problem),
  ]
}

export function nodeStatus(
  facts: NodeFacts,
  images: readonly ImageInfo[],
  old: NodeStatus | undefined,
  problem: string | undefined,
  time: string,
): NodeStatus {
  const listed = [...images].sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, MAX_IMAGES)
  const more = {
    features: { supplementalGroupsPolicy: true },
    runtimeHandlers: [
      { name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: true } },
      { name: 'runc', features: { recursiveReadOnlyMounts: true, userNamespaces: true } },
    ],
  }
  return {
    ...more,
    addresses: [
      { type: 'InternalIP', address: facts.ip },
      { type: 'Hostname', address: facts.name },
    ],
    capacity: facts.capacity,
    allocatable: facts.allocatable,
    conditions: nodeConditions(old?.conditions, problem, time),
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    images: listed.map((i) => ({ names: [...i.repoDigests, ...i.repoTags], sizeBytes: i.sizeBytes })),
    nodeInfo: facts.nodeInfo,
  }
}

export function newNode(facts: NodeFacts, status: NodeStatus): Node {
  return {
    metadata: {
      name: facts.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': facts.name,
        'kubernetes.io/os': 'linux',
        ...facts.labels,
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: { providerID: facts.providerId, taints: facts.taints.length === 0 ? undefined : facts.taints },
    status,
  }
}

import type { Cluster } from '#cluster/cluster.ts'
import type { ClusterView, PodView } from './protocol.ts'

interface PodLike {
  readonly metadata: { readonly namespace?: string; readonly name?: string; readonly deletionTimestamp?: string }
  readonly spec?: { readonly nodeName?: string }
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string }; readonly terminated?: { readonly reason?: string } }
    }[]
  }
}

/** Nodes with their Pods, for the cluster view. */
export function clusterView(cluster: Cluster): ClusterView {
  const pods = cluster.objects('v1', 'Pod', undefined) as readonly PodLike[]
  const nodes = cluster.objects('v1', 'Node', undefined) as readonly PodLike[]
  const on = (node: string | undefined): PodView[] => pods.filter((p) => p.spec?.nodeName === node).map(podView)
  return {
    nodes: nodes.map((node) => ({
      name: node.metadata.name ?? '',
      ready: node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false,
      pods: on(node.metadata.name),
    })),
    pending: on(undefined),
  }
}

function podView(pod: PodLike): PodView {
  const { status } = pod
  const state = status?.containerStatuses?.map((c) => c.state?.waiting?.reason ?? c.state?.terminated?.reason).find((r) => r !== undefined)
  return {
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name ?? '',
    status: pod.metadata.deletionTimestamp === undefined ? (state ?? status?.reason ?? status?.phase ?? 'Unknown') : 'Terminating',
    ready: status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false,
    ...(status?.podIP === undefined ? {} : { ip: status.podIP }),
  }
}

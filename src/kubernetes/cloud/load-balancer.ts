import type { Service } from '#kubernetes/client/types/network.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { Sim } from '#sim/wait.ts'

/** An address under which a load balancer is reached: an entry of status.loadBalancer.ingress. */
export interface LoadBalancerIngress {
  readonly ip: string
  /** `VIP`: nodes treat it as theirs; `Proxy`: packets must pass the load balancer. */
  readonly ipMode: 'VIP' | 'Proxy'
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[]
}

export interface LoadBalancerStatus {
  readonly ingress?: readonly LoadBalancerIngress[]
}

/**
 * What a cloud offers to the service controller. All may be called again with what is so already; a refusal is an
 * Error, its message shown in the Service's events. Source: k8s.io/cloud-provider, interface LoadBalancer.
 */
export interface LoadBalancer {
  /** Status of the Service's load balancer; undefined: there is none. */
  get(service: Service): Sim<LoadBalancerStatus | undefined>
  /** Makes it, or brings it up to date with ports and nodes; returns once it forwards. */
  ensure(service: Service, nodes: readonly Node[]): Sim<LoadBalancerStatus>
  /** Other nodes, the same ports. */
  update(service: Service, nodes: readonly Node[]): Sim<void>
  ensureDeleted(service: Service): Sim<void>
}

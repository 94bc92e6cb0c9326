/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. Services and where they lead. */
import type { ObjectReference } from './core.ts'
import type { IntOrString, KubeObject, Labels } from './meta.ts'

export interface ServicePort {
  readonly name?: string | undefined
  readonly protocol?: string | undefined
  readonly port: number
  readonly targetPort?: IntOrString | undefined
  readonly nodePort?: number | undefined
  readonly appProtocol?: string | undefined
}

export interface Service extends KubeObject {
  readonly spec: {
    readonly type?: string | undefined
    readonly clusterIP?: string | undefined
    readonly clusterIPs?: readonly string[] | undefined
    readonly ipFamilies?: readonly string[] | undefined
    readonly selector?: Labels | undefined
    readonly ports?: readonly ServicePort[] | undefined
    readonly externalName?: string | undefined
    readonly publishNotReadyAddresses?: boolean | undefined
    readonly trafficDistribution?: string | undefined
    readonly sessionAffinity?: string | undefined
    readonly externalTrafficPolicy?: string | undefined
    readonly internalTrafficPolicy?: string | undefined
    readonly externalIPs?: readonly string[] | undefined
    readonly healthCheckNodePort?: number | undefined
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } } | undefined
    readonly loadBalancerClass?: string | undefined
    readonly loadBalancerIP?: string | undefined
    readonly loadBalancerSourceRanges?: readonly string[] | undefined
  }
  readonly status?:
    | {
        readonly loadBalancer?: {
          readonly ingress?: readonly {
            readonly ip?: string
            readonly ipMode?: string
            readonly hostname?: string
          }[]
        }
      }
    | undefined
}

export interface EndpointPort {
  readonly name?: string | undefined
  readonly port?: number | undefined
  readonly protocol?: string | undefined
  readonly appProtocol?: string | undefined
}

export interface Endpoint {
  readonly addresses: readonly string[]
  readonly conditions?:
    | {
        readonly ready?: boolean | undefined
        readonly serving?: boolean | undefined
        readonly terminating?: boolean | undefined
      }
    | undefined
  readonly hostname?: string | undefined
  readonly nodeName?: string | undefined
  readonly zone?: string | undefined
  readonly targetRef?: ObjectReference | undefined
  readonly hints?: { readonly forZones?: readonly { readonly name: string }[] } | undefined
}

export interface EndpointSlice extends KubeObject {
  readonly addressType: string
  readonly endpoints?: readonly Endpoint[] | null | undefined
  readonly ports?: readonly EndpointPort[] | null | undefined
}

export interface EndpointAddress {
  readonly ip: string
  readonly hostname?: string | undefined
  readonly nodeName?: string | undefined
  readonly targetRef?: ObjectReference | undefined
}

export interface EndpointSubset {
  readonly addresses?: readonly EndpointAddress[] | undefined
  readonly notReadyAddresses?: readonly EndpointAddress[] | undefined
  readonly ports?: readonly EndpointPort[] | undefined
}

export interface Endpoints extends KubeObject {
  readonly subsets?: readonly EndpointSubset[] | undefined
}

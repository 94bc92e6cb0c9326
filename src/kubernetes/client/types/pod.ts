/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. Pods. */
import type { Condition, IntOrString, KubeObject, LabelSelector, Labels, ObjectMeta, ResourceList, SelectorRequirement } from './meta.ts'
import type { PersistentVolumeClaimSpec } from './storage.ts'

export interface EnvVar {
  readonly name: string
  readonly value?: string | undefined
  readonly valueFrom?:
    | {
        fieldRef?: { apiVersion?: string; fieldPath: string } | undefined
        resourceFieldRef?:
          | {
              containerName?: string
              resource: string
              divisor?: string | number
            }
          | undefined
        configMapKeyRef?: { name?: string; key: string; optional?: boolean } | undefined
        secretKeyRef?: { name?: string; key: string; optional?: boolean } | undefined
      }
    | undefined
}

export interface EnvFromSource {
  readonly prefix?: string | undefined
  readonly configMapRef?: { name?: string; optional?: boolean } | undefined
  readonly secretRef?: { name?: string; optional?: boolean } | undefined
}

export interface HttpGetAction {
  readonly path?: string | undefined
  readonly port: IntOrString
  readonly host?: string | undefined
  readonly scheme?: string | undefined
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[] | undefined
}

export interface ProbeHandler {
  readonly exec?: { readonly command?: readonly string[] } | undefined
  readonly httpGet?: HttpGetAction | undefined
  readonly tcpSocket?: { readonly port: IntOrString; readonly host?: string } | undefined
  readonly grpc?: { readonly port: number; readonly service?: string } | undefined
  readonly sleep?: { readonly seconds: number } | undefined
}

export interface Probe extends ProbeHandler {
  readonly initialDelaySeconds?: number | undefined
  readonly timeoutSeconds?: number | undefined
  readonly periodSeconds?: number | undefined
  readonly successThreshold?: number | undefined
  readonly failureThreshold?: number | undefined
  readonly terminationGracePeriodSeconds?: number | undefined
}

export interface ContainerPort {
  readonly containerPort: number
  readonly hostPort?: number | undefined
  readonly hostIP?: string | undefined
  readonly name?: string | undefined
  readonly protocol?: string | undefined
}

export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly subPath?: string | undefined
  readonly subPathExpr?: string | undefined
  readonly readOnly?: boolean | undefined
  readonly mountPropagation?: string | undefined
}

export interface SecurityContext {
  readonly runAsUser?: number | undefined
  readonly runAsGroup?: number | undefined
  readonly runAsNonRoot?: boolean | undefined
  readonly readOnlyRootFilesystem?: boolean | undefined
  readonly privileged?: boolean | undefined
  readonly allowPrivilegeEscalation?: boolean | undefined
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] } | undefined
}

export interface ResourceRequirements {
  readonly requests?: ResourceList | undefined
  readonly limits?: ResourceList | undefined
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[] | undefined
  readonly args?: readonly string[] | undefined
  readonly workingDir?: string | undefined
  readonly ports?: readonly ContainerPort[] | undefined
  readonly env?: readonly EnvVar[] | undefined
  readonly envFrom?: readonly EnvFromSource[] | undefined
  readonly resources?: ResourceRequirements | undefined
  readonly volumeMounts?: readonly VolumeMount[] | undefined
  readonly livenessProbe?: Probe | undefined
  readonly readinessProbe?: Probe | undefined
  readonly startupProbe?: Probe | undefined
  readonly lifecycle?:
    | {
        readonly postStart?: ProbeHandler
        readonly preStop?: ProbeHandler
        readonly stopSignal?: string
      }
    | undefined
  readonly terminationMessagePath?: string | undefined
  readonly terminationMessagePolicy?: string | undefined
  readonly imagePullPolicy?: string | undefined
  readonly securityContext?: SecurityContext | undefined
  readonly stdin?: boolean | undefined
  readonly stdinOnce?: boolean | undefined
  readonly tty?: boolean | undefined
  readonly restartPolicy?: string | undefined
  readonly targetContainerName?: string | undefined
}

export interface KeyToPath {
  readonly key: string
  readonly path: string
  readonly mode?: number | undefined
}

export interface DownwardItem {
  readonly path: string
  readonly mode?: number | undefined
  readonly fieldRef?: { readonly fieldPath: string } | undefined
  readonly resourceFieldRef?:
    | {
        readonly containerName?: string
        readonly resource: string
        readonly divisor?: string | number
      }
    | undefined
}

export interface Volume {
  readonly name: string
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string } | undefined
  readonly hostPath?: { readonly path: string; readonly type?: string } | undefined
  readonly configMap?:
    | {
        readonly name?: string
        readonly items?: readonly KeyToPath[]
        readonly defaultMode?: number
        readonly optional?: boolean
      }
    | undefined
  readonly secret?:
    | {
        readonly secretName?: string
        readonly items?: readonly KeyToPath[]
        readonly defaultMode?: number
        readonly optional?: boolean
      }
    | undefined
  readonly downwardAPI?:
    | {
        readonly items?: readonly DownwardItem[]
        readonly defaultMode?: number
      }
    | undefined
  readonly projected?:
    | {
        readonly sources?: readonly VolumeProjection[]
        readonly defaultMode?: number
      }
    | undefined
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean } | undefined
  readonly ephemeral?:
    | {
        readonly volumeClaimTemplate?: {
          readonly metadata?: Partial<ObjectMeta>
          readonly spec: PersistentVolumeClaimSpec
        }
      }
    | undefined
  readonly nfs?: { readonly server: string; readonly path: string } | undefined
  readonly csi?: { readonly driver: string } | undefined
  readonly image?: { readonly reference?: string } | undefined
}

export interface VolumeProjection {
  readonly configMap?:
    | {
        readonly name?: string
        readonly items?: readonly KeyToPath[]
        readonly optional?: boolean
      }
    | undefined
  readonly secret?:
    | {
        readonly name?: string
        readonly items?: readonly KeyToPath[]
        readonly optional?: boolean
      }
    | undefined
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[] } | undefined
  readonly serviceAccountToken?:
    | {
        readonly path: string
        readonly audience?: string
        readonly expirationSeconds?: number
      }
    | undefined
}

export interface Toleration {
  readonly key?: string | undefined
  readonly operator?: string | undefined
  readonly value?: string | undefined
  readonly effect?: string | undefined
  readonly tolerationSeconds?: number | undefined
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly SelectorRequirement[] | undefined
  readonly matchFields?: readonly SelectorRequirement[] | undefined
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector | undefined
  readonly namespaces?: readonly string[] | undefined
  readonly namespaceSelector?: LabelSelector | undefined
  readonly topologyKey: string
  readonly matchLabelKeys?: readonly string[] | undefined
  readonly mismatchLabelKeys?: readonly string[] | undefined
}

export interface WeightedPodAffinityTerm {
  readonly weight: number
  readonly podAffinityTerm: PodAffinityTerm
}

export interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] | undefined
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly WeightedPodAffinityTerm[] | undefined
}

export interface Affinity {
  readonly nodeAffinity?:
    | {
        readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] } | undefined
        readonly preferredDuringSchedulingIgnoredDuringExecution?:
          | readonly {
              readonly weight: number
              readonly preference: NodeSelectorTerm
            }[]
          | undefined
      }
    | undefined
  readonly podAffinity?: PodAffinity | undefined
  readonly podAntiAffinity?: PodAffinity | undefined
}

export interface TopologySpreadConstraint {
  readonly maxSkew: number
  readonly topologyKey: string
  readonly whenUnsatisfiable: string
  readonly labelSelector?: LabelSelector | undefined
  readonly minDomains?: number | undefined
  readonly nodeAffinityPolicy?: string | undefined
  readonly nodeTaintsPolicy?: string | undefined
  readonly matchLabelKeys?: readonly string[] | undefined
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[] | undefined
  readonly ephemeralContainers?: readonly Container[] | undefined
  readonly volumes?: readonly Volume[] | undefined
  readonly nodeName?: string | undefined
  readonly nodeSelector?: Labels | undefined
  readonly affinity?: Affinity | undefined
  readonly tolerations?: readonly Toleration[] | undefined
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[] | undefined
  readonly schedulingGates?: readonly { readonly name: string }[] | undefined
  readonly schedulerName?: string | undefined
  readonly priority?: number | undefined
  readonly priorityClassName?: string | undefined
  readonly preemptionPolicy?: string | undefined
  readonly restartPolicy?: string | undefined
  readonly terminationGracePeriodSeconds?: number | undefined
  readonly activeDeadlineSeconds?: number | undefined
  readonly dnsPolicy?: string | undefined
  readonly dnsConfig?:
    | {
        readonly nameservers?: readonly string[]
        readonly searches?: readonly string[]
        readonly options?: readonly {
          readonly name?: string
          readonly value?: string
        }[]
      }
    | undefined
  readonly serviceAccountName?: string | undefined
  readonly automountServiceAccountToken?: boolean | undefined
  readonly enableServiceLinks?: boolean | undefined
  readonly hostNetwork?: boolean | undefined
  readonly hostPID?: boolean | undefined
  readonly hostIPC?: boolean | undefined
  readonly shareProcessNamespace?: boolean | undefined
  readonly hostname?: string | undefined
  readonly subdomain?: string | undefined
  readonly setHostnameAsFQDN?: boolean | undefined
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames?: readonly string[] }[] | undefined
  readonly overhead?: ResourceList | undefined
  readonly runtimeClassName?: string | undefined
  readonly readinessGates?: readonly { readonly conditionType: string }[] | undefined
  readonly securityContext?:
    | {
        readonly runAsUser?: number | undefined
        readonly runAsGroup?: number | undefined
        readonly runAsNonRoot?: boolean | undefined
        readonly fsGroup?: number | undefined
        readonly supplementalGroups?: readonly number[] | undefined
        readonly sysctls?: readonly { readonly name: string; readonly value: string }[] | undefined
      }
    | undefined
}

export interface ContainerStateTerminated {
  readonly exitCode: number
  readonly signal?: number | undefined
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly startedAt?: string | undefined
  readonly finishedAt?: string | undefined
  readonly containerID?: string | undefined
}

export interface ContainerState {
  readonly waiting?:
    | {
        readonly reason?: string | undefined
        readonly message?: string | undefined
      }
    | undefined
  readonly running?: { readonly startedAt?: string | undefined } | undefined
  readonly terminated?: ContainerStateTerminated | undefined
}

export interface ContainerStatus {
  readonly name: string
  readonly state: ContainerState
  readonly lastState: ContainerState
  readonly ready: boolean
  readonly restartCount: number
  readonly image: string
  readonly imageID: string
  readonly containerID?: string | undefined
  readonly started?: boolean | undefined
  readonly resources?: ResourceRequirements | undefined
  readonly allocatedResources?: ResourceList | undefined
  readonly volumeMounts?:
    | readonly {
        readonly name: string
        readonly mountPath: string
        readonly readOnly?: boolean | undefined
        readonly recursiveReadOnly?: string | undefined
      }[]
    | undefined
  readonly user?: unknown
}

export interface PodStatus {
  readonly phase?: string | undefined
  readonly observedGeneration?: number | undefined
  readonly conditions?: readonly Condition[] | undefined
  readonly message?: string | undefined
  readonly reason?: string | undefined
  readonly hostIP?: string | undefined
  readonly hostIPs?: readonly { readonly ip: string }[] | undefined
  readonly podIP?: string | undefined
  readonly podIPs?: readonly { readonly ip: string }[] | undefined
  readonly startTime?: string | undefined
  readonly qosClass?: string | undefined
  readonly nominatedNodeName?: string | undefined
  readonly containerStatuses?: readonly ContainerStatus[] | undefined
  readonly initContainerStatuses?: readonly ContainerStatus[] | undefined
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[] | undefined
}

export interface Pod extends KubeObject {
  readonly spec: PodSpec
  readonly status?: PodStatus | undefined
}

export interface PodTemplateSpec {
  readonly metadata?: Partial<ObjectMeta> | undefined
  readonly spec: PodSpec
}

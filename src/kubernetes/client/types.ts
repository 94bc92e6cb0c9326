/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. */

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

// Pods

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

// Nodes

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

// Workloads

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

// Network

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

// The rest

export interface ObjectReference {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly fieldPath?: string | undefined
}

export interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] | undefined } | undefined
  readonly status?:
    | {
        readonly phase?: string | undefined
        readonly conditions?: readonly Condition[] | undefined
      }
    | undefined
}

export interface ConfigMap extends KubeObject {
  readonly data?: Labels | undefined
  readonly binaryData?: Labels | undefined
}

export interface Secret extends KubeObject {
  readonly type?: string | undefined
  readonly data?: Labels | undefined
}

export interface ServiceAccount extends KubeObject {
  readonly secrets?: readonly ObjectReference[] | undefined
}

export interface EventSeries {
  readonly count: number
  readonly lastObservedTime: string
}

export interface Event extends KubeObject {
  readonly involvedObject: ObjectReference
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly source?:
    | {
        readonly component?: string | undefined
        readonly host?: string | undefined
      }
    | undefined
  readonly firstTimestamp?: string | null | undefined
  readonly lastTimestamp?: string | null | undefined
  readonly count?: number | undefined
  readonly type?: string | undefined
  readonly eventTime?: string | null | undefined
  readonly series?: EventSeries | undefined
  readonly action?: string | undefined
  readonly reportingComponent?: string | undefined
  readonly reportingInstance?: string | undefined
}

export interface EventsV1Event extends KubeObject {
  readonly eventTime: string
  readonly series?: EventSeries | undefined
  readonly reportingController: string
  readonly reportingInstance: string
  readonly action: string
  readonly reason: string
  readonly regarding: ObjectReference
  readonly related?: ObjectReference | undefined
  readonly note: string
  readonly type: string
}

export interface PersistentVolumeClaimSpec {
  readonly accessModes?: readonly string[] | undefined
  readonly resources?: ResourceRequirements | undefined
  readonly selector?: LabelSelector | undefined
  readonly storageClassName?: string | undefined
  readonly volumeName?: string | undefined
  readonly volumeMode?: string | undefined
}

export interface PersistentVolumeClaim extends KubeObject {
  readonly spec: PersistentVolumeClaimSpec
  readonly status?:
    | {
        readonly phase?: string | undefined
        readonly accessModes?: readonly string[] | undefined
        readonly capacity?: ResourceList | undefined
      }
    | undefined
}

export interface PersistentVolume extends KubeObject {
  readonly spec: {
    readonly capacity?: ResourceList | undefined
    readonly accessModes?: readonly string[] | undefined
    readonly claimRef?: ObjectReference | undefined
    readonly persistentVolumeReclaimPolicy?: string | undefined
    readonly storageClassName?: string | undefined
    readonly volumeMode?: string | undefined
    readonly nodeAffinity?:
      | {
          readonly required?: {
            readonly nodeSelectorTerms: readonly NodeSelectorTerm[]
          }
        }
      | undefined
    readonly hostPath?: { readonly path: string; readonly type?: string } | undefined
    readonly local?: { readonly path: string } | undefined
  }
  readonly status?:
    | {
        readonly phase?: string | undefined
        readonly message?: string | undefined
        readonly reason?: string | undefined
        readonly lastPhaseTransitionTime?: string | undefined
      }
    | undefined
}

export interface StorageClass extends KubeObject {
  readonly provisioner: string
  readonly reclaimPolicy?: string | undefined
  readonly volumeBindingMode?: string | undefined
  readonly parameters?: Labels | undefined
}

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

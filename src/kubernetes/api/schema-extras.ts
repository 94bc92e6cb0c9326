/**
 * How lists and maps of the v1.36 API merge, as facts: `@package`, then a type or a field a line. `map=keys`: a list whose items
 * are told apart by those fields; `set`; `atomic`, `granular`: for types and maps; `patch=strategies/key`: in strategic merge patches.
 */
export const SCHEMA_EXTRAS = `
@io.k8s.api.admissionregistration.v1
MatchResources atomic
MutatingAdmissionPolicySpec.matchConditions map=name patch=merge/name
MutatingWebhook.matchConditions map=name patch=merge/name
MutatingWebhookConfiguration.webhooks map=name patch=merge/name
NamedRuleWithOperations atomic
ParamKind atomic
ParamRef atomic
ValidatingAdmissionPolicyBindingSpec.validationActions set
ValidatingAdmissionPolicySpec.matchConditions map=name patch=merge/name
ValidatingAdmissionPolicySpec.variables map=name patch=merge/name
ValidatingAdmissionPolicyStatus.conditions map=type
ValidatingWebhook.matchConditions map=name patch=merge/name
ValidatingWebhookConfiguration.webhooks map=name patch=merge/name
Variable atomic
@io.k8s.api.apps.v1
DaemonSetStatus.conditions map=type patch=merge/type
DeploymentSpec.strategy patch=retainKeys
DeploymentStatus.conditions map=type patch=merge/type
ReplicaSetStatus.conditions map=type patch=merge/type
StatefulSetStatus.conditions map=type patch=merge/type
@io.k8s.api.autoscaling.v1
CrossVersionObjectReference atomic
@io.k8s.api.autoscaling.v2
HorizontalPodAutoscalerStatus.conditions map=type patch=merge/type
@io.k8s.api.batch.v1
JobStatus.conditions patch=merge/type
PodFailurePolicyOnExitCodesRequirement.values set
UncountedTerminatedPods.failed set
UncountedTerminatedPods.succeeded set
@io.k8s.api.certificates.v1
CertificateSigningRequestStatus.conditions map=type
@io.k8s.api.core.v1
ComponentStatus.conditions map=type patch=merge/type
ConfigMapKeySelector atomic
Container.env map=name patch=merge/name
Container.ports map=containerPort,protocol patch=merge/containerPort
Container.volumeDevices map=devicePath patch=merge/devicePath
Container.volumeMounts map=mountPath patch=merge/mountPath
ContainerRestartRuleOnExitCodes.values set
ContainerStatus.allocatedResourcesStatus map=name patch=merge/name
ContainerStatus.volumeMounts map=mountPath patch=merge/mountPath
EndpointAddress atomic
EndpointPort atomic
EphemeralContainer.env map=name patch=merge/name
EphemeralContainer.ports map=containerPort,protocol patch=merge/containerPort
EphemeralContainer.volumeDevices map=devicePath patch=merge/devicePath
EphemeralContainer.volumeMounts map=mountPath patch=merge/mountPath
FileKeySelector atomic
LocalObjectReference atomic
NamespaceStatus.conditions map=type patch=merge/type
NodeAllocatableResourceClaimStatus.containers set
NodeSelector atomic
NodeSelectorTerm atomic
NodeSpec.podCIDRs set patch=merge
NodeStatus.addresses map=type patch=merge/type
NodeStatus.conditions map=type patch=merge/type
ObjectFieldSelector atomic
ObjectReference atomic
PersistentVolumeClaimStatus.allocatedResourceStatuses granular
PersistentVolumeClaimStatus.conditions map=type patch=merge/type
PersistentVolumeSpec.claimRef granular
PodSpec.containers map=name patch=merge/name
PodSpec.ephemeralContainers map=name patch=merge/name
PodSpec.hostAliases map=ip patch=merge/ip
PodSpec.imagePullSecrets map=name patch=merge/name
PodSpec.initContainers map=name patch=merge/name
PodSpec.nodeSelector atomic
PodSpec.resourceClaims map=name patch=merge,retainKeys/name
PodSpec.schedulingGates map=name patch=merge/name
PodSpec.topologySpreadConstraints map=topologyKey,whenUnsatisfiable patch=merge/topologyKey
PodSpec.volumes map=name patch=merge,retainKeys/name
PodStatus.conditions map=type patch=merge/type
PodStatus.hostIPs patch=merge/ip
PodStatus.podIPs map=ip patch=merge/ip
PodStatus.resourceClaimStatuses map=name patch=merge,retainKeys/name
ReplicationControllerSpec.selector atomic
ReplicationControllerStatus.conditions map=type patch=merge/type
ResourceFieldSelector atomic
ResourceRequirements.claims map=name
ResourceStatus.resources map=resourceID
ScopeSelector atomic
SecretKeySelector atomic
SecretReference atomic
ServiceAccount.secrets map=name patch=merge/name
ServiceSpec.ports map=port,protocol patch=merge/port
ServiceSpec.selector atomic
ServiceStatus.conditions map=type patch=merge/type
TopologySelectorTerm atomic
TypedLocalObjectReference atomic
@io.k8s.api.discovery.v1
Endpoint.addresses set
EndpointPort atomic
@io.k8s.api.flowcontrol.v1
FlowSchemaStatus.conditions map=type patch=merge/type
NonResourcePolicyRule.nonResourceURLs set
NonResourcePolicyRule.verbs set
PriorityLevelConfigurationStatus.conditions map=type patch=merge/type
ResourcePolicyRule.apiGroups set
ResourcePolicyRule.namespaces set
ResourcePolicyRule.resources set
ResourcePolicyRule.verbs set
@io.k8s.api.networking.v1
ServiceBackendPort atomic
ServiceCIDRStatus.conditions map=type patch=merge/type
@io.k8s.api.node.v1
Scheduling.nodeSelector atomic
@io.k8s.api.policy.v1
PodDisruptionBudgetSpec.selector patch=replace
PodDisruptionBudgetStatus.conditions map=type patch=merge/type
@io.k8s.api.rbac.v1
RoleRef atomic
Subject atomic
@io.k8s.api.resource.v1
AllocatedDeviceStatus.conditions map=type
ResourceClaimStatus.devices map=driver,device,pool,shareID
ResourceClaimStatus.reservedFor map=uid patch=merge/uid
@io.k8s.api.storage.v1
CSIDriverSpec.volumeLifecycleModes set
CSINodeSpec.drivers map=name patch=merge/name
@io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
CustomResourceDefinitionStatus.conditions map=type
JSONSchemaProps.x-kubernetes-validations map=rule patch=merge/rule
@io.k8s.apimachinery.pkg.apis.meta.v1
LabelSelector atomic
ObjectMeta.finalizers set patch=merge
ObjectMeta.ownerReferences map=uid patch=merge/uid
OwnerReference atomic
@io.k8s.kube-aggregator.pkg.apis.apiregistration.v1
APIServiceStatus.conditions map=type patch=merge/type
`

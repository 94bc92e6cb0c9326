import type { ConfigMap, Event, EventsV1Event, Namespace, Secret, ServiceAccount } from './types/core.ts'
import type { KubeObject } from './types/meta.ts'
import type { EndpointSlice, Endpoints, Service } from './types/network.ts'
import type { Lease, Node } from './types/node.ts'
import type { Pod } from './types/pod.ts'
import type {
  ClusterRole,
  HorizontalPodAutoscaler,
  PodDisruptionBudget,
  PriorityClass,
  ResourceQuota,
  ValidatingAdmissionPolicy,
} from './types/policy.ts'
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from './types/storage.ts'
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from './types/workloads.ts'

/** A resource of the API and the type of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** Plural, lower case, as in paths. */
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set: carries the type of the objects. */
  readonly object?: T
}

function namespaced<T extends KubeObject>(groupVersion: string, resource: string, kind: string): Resource<T> {
  return { ...split(groupVersion), resource, kind, namespaced: true }
}

function cluster<T extends KubeObject>(groupVersion: string, resource: string, kind: string): Resource<T> {
  return { ...split(groupVersion), resource, kind, namespaced: false }
}

/** `apps/v1` taken apart; `v1` is the core group. */
function split(groupVersion: string): {
  readonly group: string
  readonly version: string
} {
  const slash = groupVersion.indexOf('/')
  return slash < 0
    ? { group: '', version: groupVersion }
    : {
        group: groupVersion.slice(0, slash),
        version: groupVersion.slice(slash + 1),
      }
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

export const PODS = namespaced<Pod>('v1', 'pods', 'Pod')
export const NODES = cluster<Node>('v1', 'nodes', 'Node')
export const NAMESPACES = cluster<Namespace>('v1', 'namespaces', 'Namespace')
export const SERVICES = namespaced<Service>('v1', 'services', 'Service')
export const ENDPOINTS = namespaced<Endpoints>('v1', 'endpoints', 'Endpoints')
export const CONFIG_MAPS = namespaced<ConfigMap>('v1', 'configmaps', 'ConfigMap')
export const SECRETS = namespaced<Secret>('v1', 'secrets', 'Secret')
export const SERVICE_ACCOUNTS = namespaced<ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount')
export const EVENTS = namespaced<Event>('v1', 'events', 'Event')
export const REPLICATION_CONTROLLERS = namespaced<ReplicationController>('v1', 'replicationcontrollers', 'ReplicationController')
export const PERSISTENT_VOLUMES = cluster<PersistentVolume>('v1', 'persistentvolumes', 'PersistentVolume')
export const PERSISTENT_VOLUME_CLAIMS = namespaced<PersistentVolumeClaim>('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim')
export const RESOURCE_QUOTAS = namespaced<ResourceQuota>('v1', 'resourcequotas', 'ResourceQuota')
export const DEPLOYMENTS = namespaced<Deployment>('apps/v1', 'deployments', 'Deployment')
export const REPLICA_SETS = namespaced<ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet')
export const DAEMON_SETS = namespaced<DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet')
export const STATEFUL_SETS = namespaced<StatefulSet>('apps/v1', 'statefulsets', 'StatefulSet')
export const CONTROLLER_REVISIONS = namespaced<ControllerRevision>('apps/v1', 'controllerrevisions', 'ControllerRevision')
export const JOBS = namespaced<Job>('batch/v1', 'jobs', 'Job')
export const CRON_JOBS = namespaced<CronJob>('batch/v1', 'cronjobs', 'CronJob')
export const ENDPOINT_SLICES = namespaced<EndpointSlice>('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice')
export const LEASES = namespaced<Lease>('coordination.k8s.io/v1', 'leases', 'Lease')
export const EVENTS_V1 = namespaced<EventsV1Event>('events.k8s.io/v1', 'events', 'Event')
export const STORAGE_CLASSES = cluster<StorageClass>('storage.k8s.io/v1', 'storageclasses', 'StorageClass')
export const POD_DISRUPTION_BUDGETS = namespaced<PodDisruptionBudget>('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget')
export const HORIZONTAL_POD_AUTOSCALERS = namespaced<HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
)
export const VALIDATING_ADMISSION_POLICIES = cluster<ValidatingAdmissionPolicy>(
  'admissionregistration.k8s.io/v1',
  'validatingadmissionpolicies',
  'ValidatingAdmissionPolicy',
)
export const CLUSTER_ROLES = cluster<ClusterRole>('rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole')
export const PRIORITY_CLASSES = cluster<PriorityClass>('scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass')

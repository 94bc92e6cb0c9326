import type * as t from './types.ts'

/** A resource of the API and the type of its objects. */
export interface Resource<T extends t.KubeObject = t.KubeObject> {
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

function namespaced<T extends t.KubeObject>(groupVersion: string, resource: string, kind: string): Resource<T> {
  return { ...split(groupVersion), resource, kind, namespaced: true }
}

function cluster<T extends t.KubeObject>(groupVersion: string, resource: string, kind: string): Resource<T> {
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

export const PODS = namespaced<t.Pod>('v1', 'pods', 'Pod')
export const NODES = cluster<t.Node>('v1', 'nodes', 'Node')
export const NAMESPACES = cluster<t.Namespace>('v1', 'namespaces', 'Namespace')
export const SERVICES = namespaced<t.Service>('v1', 'services', 'Service')
export const ENDPOINTS = namespaced<t.Endpoints>('v1', 'endpoints', 'Endpoints')
export const CONFIG_MAPS = namespaced<t.ConfigMap>('v1', 'configmaps', 'ConfigMap')
export const SECRETS = namespaced<t.Secret>('v1', 'secrets', 'Secret')
export const SERVICE_ACCOUNTS = namespaced<t.ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount')
export const EVENTS = namespaced<t.Event>('v1', 'events', 'Event')
export const REPLICATION_CONTROLLERS = namespaced<t.ReplicationController>('v1', 'replicationcontrollers', 'ReplicationController')
export const PERSISTENT_VOLUMES = cluster<t.PersistentVolume>('v1', 'persistentvolumes', 'PersistentVolume')
export const PERSISTENT_VOLUME_CLAIMS = namespaced<t.PersistentVolumeClaim>('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim')
export const RESOURCE_QUOTAS = namespaced<t.ResourceQuota>('v1', 'resourcequotas', 'ResourceQuota')
export const DEPLOYMENTS = namespaced<t.Deployment>('apps/v1', 'deployments', 'Deployment')
export const REPLICA_SETS = namespaced<t.ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet')
export const DAEMON_SETS = namespaced<t.DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet')
export const STATEFUL_SETS = namespaced<t.StatefulSet>('apps/v1', 'statefulsets', 'StatefulSet')
export const CONTROLLER_REVISIONS = namespaced<t.ControllerRevision>('apps/v1', 'controllerrevisions', 'ControllerRevision')
export const JOBS = namespaced<t.Job>('batch/v1', 'jobs', 'Job')
export const CRON_JOBS = namespaced<t.CronJob>('batch/v1', 'cronjobs', 'CronJob')
export const ENDPOINT_SLICES = namespaced<t.EndpointSlice>('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice')
export const LEASES = namespaced<t.Lease>('coordination.k8s.io/v1', 'leases', 'Lease')
export const EVENTS_V1 = namespaced<t.EventsV1Event>('events.k8s.io/v1', 'events', 'Event')
export const STORAGE_CLASSES = cluster<t.StorageClass>('storage.k8s.io/v1', 'storageclasses', 'StorageClass')
export const POD_DISRUPTION_BUDGETS = namespaced<t.PodDisruptionBudget>('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget')
export const HORIZONTAL_POD_AUTOSCALERS = namespaced<t.HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
)
export const VALIDATING_ADMISSION_POLICIES = cluster<t.ValidatingAdmissionPolicy>(
  'admissionregistration.k8s.io/v1',
  'validatingadmissionpolicies',
  'ValidatingAdmissionPolicy',
)
export const CLUSTER_ROLES = cluster<t.ClusterRole>('rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole')
export const PRIORITY_CLASSES = cluster<t.PriorityClass>('scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass')

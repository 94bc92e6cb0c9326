import type { Sim } from '#sim/wait.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Mapping } from '../mapping.ts'
import { tabulate } from '../print/tabwriter.ts'
import type { KubeObject } from '../rest.ts'
import { configMap, limitRange, namespace, priorityClass, resourceQuota, role, roleBinding, secret, serviceAccount } from './config.ts'
import type { Describer } from './context.ts'
import { describeEvents } from './events.ts'
import { generic } from './generic.ts'
import { endpointSlice, endpoints, ingress, ingressClass, ipAddress, networkPolicy, service, serviceCidr } from './network.ts'
import { node } from './node.ts'
import { describePod } from './pod.ts'
import { claim, csiNode, storageClass, volume } from './storage.ts'
import {
  autoscaler,
  cronJob,
  daemonSet,
  deployment,
  disruptionBudget,
  job,
  replicaSet,
  replicationController,
  statefulSet,
} from './workloads.ts'
import { Description } from './writer.ts'

/** By group and kind. */
const DESCRIBERS: Readonly<Record<string, Describer>> = {
  '/Pod': function* (_, d, pod) {
    describePod(pod, d)
  },
  '/ReplicationController': replicationController,
  '/Service': service,
  '/Endpoints': endpoints,
  '/ConfigMap': configMap,
  '/Secret': secret,
  '/ServiceAccount': serviceAccount,
  '/Namespace': namespace,
  '/ResourceQuota': resourceQuota,
  '/LimitRange': limitRange,
  '/PersistentVolume': volume,
  '/PersistentVolumeClaim': claim,
  '/Node': node,
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'batch/Job': job,
  'batch/CronJob': cronJob,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
  'policy/PodDisruptionBudget': disruptionBudget,
  'discovery.k8s.io/EndpointSlice': endpointSlice,
  'networking.k8s.io/Ingress': ingress,
  'networking.k8s.io/IngressClass': ingressClass,
  'networking.k8s.io/NetworkPolicy': networkPolicy,
  'networking.k8s.io/ServiceCIDR': serviceCidr,
  'networking.k8s.io/IPAddress': ipAddress,
  'rbac.authorization.k8s.io/Role': role,
  'rbac.authorization.k8s.io/ClusterRole': role,
  'rbac.authorization.k8s.io/RoleBinding': roleBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': roleBinding,
  'storage.k8s.io/StorageClass': storageClass,
  'storage.k8s.io/CSINode': csiNode,
  'scheduling.k8s.io/PriorityClass': priorityClass,
}

/** Kinds whose descriptions never tell of events. */
const WITHOUT_EVENTS = new Set([
  'Secret',
  'Namespace',
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
])

/** The description of an object, laid out. */
export function* describe(k: Kubectl, mapping: Mapping, object: KubeObject, events: boolean): Sim<string> {
  const d = new Description()
  const own = DESCRIBERS[`${mapping.group}/${mapping.kind}`]
  yield* (own ?? generic)(k, d, object)
  if (events && !(own !== undefined && WITHOUT_EVENTS.has(mapping.kind))) yield* describeEvents(k, d, object)
  return tabulate(d.text)
}

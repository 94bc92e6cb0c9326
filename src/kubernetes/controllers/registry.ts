import { podGc, ttlAfterFinished } from './cleanup.ts'
import { clusterRoleAggregation } from './clusterrole-aggregation.ts'
import type { Controller } from './context.ts'
import { cronjob } from './cronjob.ts'
import { daemonset } from './daemonset.ts'
import { deployment } from './deployment/deployment.ts'
import { disruption } from './disruption.ts'
import { endpoints } from './endpoints.ts'
import { endpointslice } from './endpointslice.ts'
import { garbageCollector } from './garbage-collector.ts'
import { horizontalPodAutoscaler } from './horizontal.ts'
import { job } from './job.ts'
import { namespace } from './namespace.ts'
import { nodeIpam, ttl } from './node-ipam.ts'
import { nodeLifecycle, taintEviction } from './node-lifecycle.ts'
import { persistentVolumeBinder, pvcProtection, pvProtection } from './persistent-volume.ts'
import { replicaset, replicationcontroller } from './replicaset.ts'
import { resourceQuota } from './resource-quota.ts'
import { rootCaPublisher, serviceaccount } from './serviceaccount.ts'
import { statefulset } from './statefulset.ts'
import { type TypeCheck, validatingAdmissionPolicyStatus } from './validatingadmissionpolicy-status.ts'

/** Service accounts of controllers that are not modelled: the manager asks for each controller's credentials at its start. */
export const UNMODELLED: readonly string[] = [
  'attachdetach-controller',
  'bootstrap-signer',
  'certificate-controller',
  'device-taint-eviction-controller',
  'endpointslicemirroring-controller',
  'ephemeral-volume-controller',
  'expand-controller',
  'legacy-service-account-token-cleaner',
  'resource-claim-controller',
  'service-cidrs-controller',
  'token-cleaner',
  'volumeattributesclass-protection-controller',
]

/** All controllers, in upstream's order of start where that matters to nobody. */
export function controllers(config: {
  readonly rootCa: string
  readonly clusterCidr: string
  readonly typeCheck: TypeCheck
}): readonly Controller[] {
  return [
    serviceaccount,
    rootCaPublisher(config.rootCa),
    nodeIpam(config.clusterCidr),
    nodeLifecycle,
    taintEviction,
    ttl,
    namespace,
    garbageCollector,
    replicationcontroller,
    replicaset,
    deployment,
    daemonset,
    statefulset,
    job,
    cronjob,
    ttlAfterFinished,
    horizontalPodAutoscaler,
    disruption,
    resourceQuota,
    clusterRoleAggregation,
    podGc,
    persistentVolumeBinder,
    pvcProtection,
    pvProtection,
    endpoints,
    endpointslice,
    validatingAdmissionPolicyStatus(config.typeCheck),
  ]
}

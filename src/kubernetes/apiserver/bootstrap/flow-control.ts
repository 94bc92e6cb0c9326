/** Priority levels and flow schemas a server starts with. Differs: nothing is queued by them. */
import type { Obj } from '#kubernetes/api/json.ts'

const API = 'flowcontrol.apiserver.k8s.io/v1'
const AUTO = { 'apf.kubernetes.io/autoupdate-spec': 'true' }

function level(name: string, shares: number | undefined, queues?: readonly [number, number, number]): Obj {
  if (shares === undefined)
    return {
      apiVersion: API,
      kind: 'PriorityLevelConfiguration',
      metadata: { name, annotations: AUTO },
      spec: {
        type: 'Exempt',
        exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 },
      },
      status: {},
    }
  const limitResponse =
    queues === undefined
      ? { type: 'Reject' }
      : {
          type: 'Queue',
          queuing: {
            queues: queues[0],
            handSize: queues[1],
            queueLengthLimit: queues[2],
          },
        }
  return {
    apiVersion: API,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, annotations: AUTO },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: shares,
        limitResponse,
        lendablePercent: 0,
      },
    },
    status: {},
  }
}

const groups = (...names: readonly string[]): Obj[] => names.map((name) => ({ kind: 'Group', group: { name } }))
const users = (...names: readonly string[]): Obj[] => names.map((name) => ({ kind: 'User', user: { name } }))
const ANY = {
  resourceRules: [
    {
      verbs: ['*'],
      apiGroups: ['*'],
      resources: ['*'],
      clusterScope: true,
      namespaces: ['*'],
    },
  ],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
}

function schema(name: string, priorityLevel: string, precedence: number, distinguisher: string | undefined, subjects: readonly Obj[]): Obj {
  return {
    apiVersion: API,
    kind: 'FlowSchema',
    metadata: { name, annotations: AUTO },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence: precedence,
      ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules: [{ subjects, ...ANY }],
    },
    status: {
      conditions: [
        {
          type: 'Dangling',
          status: 'False',
          lastTransitionTime: null,
          reason: 'Found',
          message: `This FlowSchema references the PriorityLevelConfiguration object named "${priorityLevel}" and it exists`,
        },
      ],
    },
  }
}

export const FLOW_CONTROL_OBJECTS: readonly Obj[] = [
  level('catch-all', 5),
  level('exempt', undefined),
  level('global-default', 20, [128, 6, 50]),
  level('leader-election', 10, [16, 4, 50]),
  level('node-high', 40, [64, 6, 50]),
  level('system', 30, [64, 6, 50]),
  level('workload-high', 40, [128, 6, 50]),
  level('workload-low', 100, [128, 6, 50]),
  schema('exempt', 'exempt', 1, undefined, groups('system:masters')),
  schema('probes', 'exempt', 2, undefined, groups('system:unauthenticated', 'system:authenticated')),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', users('system:kube-controller-manager', 'system:kube-scheduler')),
  schema('system-node-high', 'node-high', 400, 'ByUser', groups('system:nodes')),
  schema('system-nodes', 'system', 500, 'ByUser', groups('system:nodes')),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', users('system:kube-controller-manager')),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', users('system:kube-scheduler')),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', groups('system:serviceaccounts:kube-system')),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', groups('system:serviceaccounts')),
  schema('global-default', 'global-default', 9900, 'ByUser', groups('system:unauthenticated', 'system:authenticated')),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', groups('system:unauthenticated', 'system:authenticated')),
]

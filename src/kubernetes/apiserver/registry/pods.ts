import { type Draft, isObj, num, type Obj, obj, objs, str, without } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import { validatePod } from '../validation/pod.ts'
import { validatePodStatusUpdate, validatePodUpdate } from '../validation/pod-update.ts'
import { podWarnings } from '../validation/pod-warnings.ts'
import { builtIn } from './kind.ts'
import { defaultPodSpec, defaultRequests } from './pod-defaults.ts'
import { applyLabelKeys } from './pod-label-keys.ts'
import { podQos } from './pod-qos.ts'
import { POD_COLUMNS, podRow } from './pod-table.ts'

const STREAM = ['create', 'get']
const PROXY = ['create', 'delete', 'get', 'patch', 'update']
const OBJECT = ['get', 'patch', 'update']

/** A pod that nobody runs, or that has ended, needs no time to go. */
function gracePeriod(pod: Obj, asked: number | undefined): number {
  let grace = asked ?? num(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30
  const phase = str(pod, 'status', 'phase')
  if (str(pod, 'spec', 'nodeName') === '' || phase === 'Failed' || phase === 'Succeeded') grace = 0
  return grace < 0 ? 1 : grace
}

export const pods = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  status: true,
  subresources: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: STREAM },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: OBJECT },
    {
      name: 'eviction',
      kind: 'Eviction',
      group: 'policy',
      version: 'v1',
      verbs: ['create'],
    },
    { name: 'exec', kind: 'PodExecOptions', verbs: STREAM },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: STREAM },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: PROXY },
    { name: 'resize', kind: 'Pod', verbs: OBJECT },
  ],
  fields: {
    'spec.nodeName': (o) => str(o, 'spec', 'nodeName'),
    'spec.restartPolicy': (o) => str(o, 'spec', 'restartPolicy'),
    'spec.schedulerName': (o) => str(o, 'spec', 'schedulerName'),
    'spec.serviceAccountName': (o) => str(o, 'spec', 'serviceAccountName'),
    'spec.hostNetwork': (o) => String(obj(o, 'spec').hostNetwork === true),
    'status.phase': (o) => str(o, 'status', 'phase'),
    'status.podIP': (o) => str(objs(o, 'status', 'podIPs')[0] ?? {}, 'ip') || str(o, 'status', 'podIP'),
    'status.podIPs': (o) =>
      objs(o, 'status', 'podIPs')
        .map((p) => str(p, 'ip'))
        .join(','),
    'status.nominatedNodeName': (o) => str(o, 'status', 'nominatedNodeName'),
  },
  columns: POD_COLUMNS,
  row: podRow,
  strategy: {
    returnDeleted: true,
    gracePeriod,
    generationOf: (o) => without(obj(o, 'spec'), 'ephemeralContainersStatus'),
    defaults(o) {
      const spec = isObj(o.spec) ? (o.spec as Draft) : {}
      o.spec = spec
      spec.enableServiceLinks ??= true
      defaultPodSpec(spec)
      defaultRequests(spec)
    },
    prepareForCreate(o, context) {
      applyLabelKeys(o)
      o.status = { phase: 'Pending', ...conditions(o, rfc3339(context.now)), qosClass: podQos(o) }
    },
    prepareForStatusUpdate(o, old) {
      const status = o.status as Draft
      if (isObj(status))
        o.status = {
          ...status,
          qosClass: str(old, 'status', 'qosClass') || podQos(old),
        }
      const meta = o.metadata as Draft
      const owners = obj(old, 'metadata').ownerReferences
      if (owners === undefined) delete meta.ownerReferences
      else meta.ownerReferences = owners
    },
    validate: validatePod,
    validateUpdate: (o, old, context) => validatePodUpdate(o, old, context.info.subresource),
    validateStatusUpdate: validatePodStatusUpdate,
    warnings: podWarnings,
  },
})

/** A gated pod says so from the start. */
function conditions(o: Obj, lastTransitionTime: string): Obj {
  if (objs(o, 'spec', 'schedulingGates').length === 0) return {}
  return {
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime,
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ],
  }
}

export const bindings = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Binding',
  plural: 'bindings',
  namespaced: true,
  verbs: ['create'],
})

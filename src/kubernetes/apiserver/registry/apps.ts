/** apps */
import { bool, type Draft, draft, drafts, equal, isObj, num, type Obj, obj, objs, str, strMap } from '#kubernetes/api/json.ts'
import { formatLabelSelector, formatSelector, labelSelectorAsSelector, selectorFromSet } from '#kubernetes/api/labels.ts'
import { isDns1123Label } from '#kubernetes/api/names.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { claimSpecWarnings } from '../validation/claim-warnings.ts'
import { templateWarnings, workloadWarnings } from '../validation/pod-warnings.ts'
import * as check from '../validation/workloads.ts'
import { builtIn, type Column, type Kind } from './kind.ts'
import { defaultPodSpec } from './pod-defaults.ts'
import { containersAndImages } from './pod-table.ts'

const base = { group: 'apps', pkg: 'apps', namespaced: true } as const
const CONTAINERS: readonly Column[] = [
  { name: 'Containers', priority: 1 },
  { name: 'Images', priority: 1 },
  { name: 'Selector', priority: 1 },
]
const INT = { type: 'integer' } as const

const selectorText = (o: Obj): string => {
  const parsed = labelSelectorAsSelector(obj(o, 'spec').selector)
  return parsed === undefined ? '' : formatSelector(parsed)
}
const replicaScale = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: selectorText,
}
const wide = (o: Obj): readonly string[] => [
  ...containersAndImages(obj(o, 'spec', 'template', 'spec')),
  formatLabelSelector(obj(o, 'spec').selector),
]

/** Defaults the pod template of a spec. */
function templateDefaults(spec: Draft): void {
  if (isObj(spec.template)) defaultPodSpec(draft(draft(spec, 'template'), 'spec'))
}

export const deployments = builtIn({
  ...base,
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  scale: replicaScale,
  columns: [NAME, { name: 'Ready' }, { name: 'Up-to-date', ...INT }, { name: 'Available', ...INT }, AGE, ...CONTAINERS],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    `${num(o, 'status', 'readyReplicas') ?? 0}/${num(o, 'spec', 'replicas') ?? 0}`,
    num(o, 'status', 'updatedReplicas') ?? 0,
    num(o, 'status', 'availableReplicas') ?? 0,
    ageOf(o, now),
    ...wide(o),
  ],
  strategy: {
    statusKeeps: 'labels',
    /** Annotations count too, for the controller must see them. */
    generationOf: (o) => [o.spec, obj(o, 'metadata').annotations],
    defaults(o) {
      const spec = draft(o, 'spec')
      spec.replicas ??= 1
      const strategy = draft(spec, 'strategy')
      strategy.type ??= 'RollingUpdate'
      if (strategy.type === 'RollingUpdate') {
        const rolling = draft(strategy, 'rollingUpdate')
        rolling.maxUnavailable ??= '25%'
        rolling.maxSurge ??= '25%'
      }
      spec.revisionHistoryLimit ??= 10
      spec.progressDeadlineSeconds ??= 600
      templateDefaults(spec)
    },
    prepareForCreate(o) {
      o.status = {}
    },
    validate: check.validateDeployment,
    validateUpdate: check.validateDeploymentUpdate,
    validateStatusUpdate: check.validateReplicaStatus,
    warnings: workloadWarnings,
  },
})

const replicaSets = builtIn({
  ...base,
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  scale: replicaScale,
  columns: [NAME, { name: 'Desired', ...INT }, { name: 'Current', ...INT }, { name: 'Ready', ...INT }, AGE, ...CONTAINERS],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    num(o, 'spec', 'replicas') ?? 0,
    num(o, 'status', 'replicas') ?? 0,
    num(o, 'status', 'readyReplicas') ?? 0,
    ageOf(o, now),
    ...wide(o),
  ],
  strategy: {
    statusKeeps: 'labels',
    generationOf: (o) => o.spec,
    defaults(o) {
      const spec = draft(o, 'spec')
      spec.replicas ??= 1
      templateDefaults(spec)
    },
    prepareForCreate(o) {
      o.status = { replicas: 0 }
    },
    validate: check.validateReplicaSet,
    validateUpdate: check.validateReplicaSetUpdate,
    validateStatusUpdate: check.validateReplicaStatus,
    warnings: workloadWarnings,
  },
})

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

/** Counts the versions of a DaemonSet's template, in the annotation where v1 has what was once a field. */
function countTemplates(o: Draft, old: Obj | undefined): void {
  const before = old === undefined ? 0 : Number(str(old, 'metadata', 'annotations', TEMPLATE_GENERATION)) || 1
  const same = old !== undefined && equal(obj(o, 'spec').template, obj(old, 'spec').template)
  const meta = draft(o, 'metadata')
  meta.annotations = { ...obj(meta, 'annotations'), [TEMPLATE_GENERATION]: String(same ? before : before + 1) }
}

const nodeSelector = (o: Obj): string => formatSelector(selectorFromSet(strMap(o, 'spec', 'template', 'spec', 'nodeSelector'))) || '<none>'

const daemonSets = builtIn({
  ...base,
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  columns: [
    NAME,
    { name: 'Desired', ...INT },
    { name: 'Current', ...INT },
    { name: 'Ready', ...INT },
    { name: 'Up-to-date', ...INT },
    { name: 'Available', ...INT },
    { name: 'Node Selector' },
    AGE,
    ...CONTAINERS,
  ],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    num(o, 'status', 'desiredNumberScheduled') ?? 0,
    num(o, 'status', 'currentNumberScheduled') ?? 0,
    num(o, 'status', 'numberReady') ?? 0,
    num(o, 'status', 'updatedNumberScheduled') ?? 0,
    num(o, 'status', 'numberAvailable') ?? 0,
    nodeSelector(o),
    ageOf(o, now),
    ...wide(o),
  ],
  strategy: {
    statusKeeps: 'labels',
    generationOf: (o) => o.spec,
    defaults(o) {
      const spec = draft(o, 'spec')
      const strategy = draft(spec, 'updateStrategy')
      strategy.type ??= 'RollingUpdate'
      if (strategy.type === 'RollingUpdate') {
        const rolling = draft(strategy, 'rollingUpdate')
        rolling.maxUnavailable ??= 1
        rolling.maxSurge ??= 0
      }
      spec.revisionHistoryLimit ??= 10
      templateDefaults(spec)
    },
    prepareForCreate(o) {
      o.status = {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      }
      countTemplates(o, undefined)
    },
    prepareForUpdate: (o, old) => countTemplates(o, old),
    validate: check.validateDaemonSet,
    validateUpdate: check.validateDaemonSetUpdate,
    warnings: (o, old) => templateWarnings(o, old),
  },
})

function statefulWarnings(o: Obj, old: Obj | undefined): string[] {
  const out = templateWarnings(o, old)
  for (const [i, claim] of objs(o, 'spec', 'volumeClaimTemplates').entries())
    out.push(...claimSpecWarnings(obj(claim, 'spec'), `spec.volumeClaimTemplates[${i}].Spec`))
  if ((num(o, 'spec', 'revisionHistoryLimit') ?? 0) < 0)
    out.push('spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended')
  return out
}

const statefulSets = builtIn({
  ...base,
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  status: true,
  scale: replicaScale,
  columns: [NAME, { name: 'Ready' }, AGE, { name: 'Containers', priority: 1 }, { name: 'Images', priority: 1 }],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    `${num(o, 'status', 'readyReplicas') ?? 0}/${num(o, 'spec', 'replicas') ?? 0}`,
    ageOf(o, now),
    ...containersAndImages(obj(o, 'spec', 'template', 'spec')),
  ],
  strategy: {
    statusKeeps: 'labels',
    generationOf: (o) => o.spec,
    defaults(o) {
      const spec = draft(o, 'spec')
      spec.podManagementPolicy ??= 'OrderedReady'
      const strategy = draft(spec, 'updateStrategy')
      strategy.type ??= 'RollingUpdate'
      if (strategy.type === 'RollingUpdate') draft(strategy, 'rollingUpdate').partition ??= 0
      const retention = draft(spec, 'persistentVolumeClaimRetentionPolicy')
      retention.whenDeleted ??= 'Retain'
      retention.whenScaled ??= 'Retain'
      spec.replicas ??= 1
      spec.revisionHistoryLimit ??= 10
      templateDefaults(spec)
      for (const claim of drafts(spec, 'volumeClaimTemplates')) {
        claim.apiVersion ??= 'v1'
        claim.kind ??= 'PersistentVolumeClaim'
        draft(claim, 'spec').volumeMode ??= 'Filesystem'
        draft(claim, 'status').phase ??= 'Pending'
      }
    },
    prepareForCreate(o) {
      o.status = { replicas: 0, availableReplicas: 0 }
    },
    validateName: isDns1123Label,
    validate: (o) => check.validateStatefulSet(o),
    validateUpdate: check.validateStatefulSetUpdate,
    warnings: statefulWarnings,
  },
})

const controllerRevisions = builtIn({
  ...base,
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  strategy: { validate: check.validateControllerRevision, validateUpdate: check.validateControllerRevisionUpdate },
  columns: [NAME, { name: 'Controller' }, { name: 'Revision', ...INT }, AGE],
  row: (o, { now }) => {
    const owner = (obj(o, 'metadata').ownerReferences as readonly Obj[] | undefined)?.find((r) => bool(r, 'controller') === true)
    const group = str(owner, 'apiVersion').split('/')[0] ?? ''
    return [
      str(o, 'metadata', 'name'),
      owner === undefined ? '<none>' : `${str(owner, 'kind').toLowerCase()}.${group}/${str(owner, 'name')}`,
      num(o, 'revision') ?? 0,
      ageOf(o, now),
    ]
  },
})

export const APPS: readonly Kind[] = [controllerRevisions, daemonSets, deployments, replicaSets, statefulSets]

/** Validation of apps, and of ReplicationControllers. Source: k8s.io/kubernetes pkg/apis/apps/validation, pkg/apis/core/validation. */
import { type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { percentOf } from '#kubernetes/api/intstr.ts'
import { equal, isObj, num, type Obj, obj, objs, str, strMap } from '#kubernetes/api/json.ts'
import { type Labels, labelSelectorAsSelector, matches, selectorFromSet } from '#kubernetes/api/labels.ts'
import { among, dnsLabel, immutable, nonNegative, optional } from './check.ts'
import { validateClaimSpec } from './claims.ts'
import { validatePodTemplate } from './pod.ts'
import { validateLabelSelector } from './selectors.ts'

const OPERATORS = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist'])
const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
const NO_MATCH = '`selector` does not match template `labels`'

const validSelector = (o: Obj): boolean => objs(o, 'spec', 'selector', 'matchExpressions').every((e) => OPERATORS.has(str(e, 'operator')))

const isEmptySelector = (s: Obj): boolean => Object.keys(obj(s, 'matchLabels')).length + objs(s, 'matchExpressions').length === 0

/** The selector of a workload: there, valid, not empty. */
function selector(o: Obj, kind: string): FieldError[] {
  const s = obj(o, 'spec').selector
  if (!isObj(s)) return [required('spec.selector')]
  const out = validateLabelSelector(s, 'spec.selector')
  if (isEmptySelector(s)) out.push(invalid('spec.selector', s, `empty selector is invalid for ${kind}`))
  if (!validSelector(o)) out.push(invalid('spec.selector', s, 'invalid label selector'))
  return out
}

function labelsMatch(o: Obj): FieldError[] {
  const labels = obj(o, 'spec', 'template', 'metadata').labels
  const parsed = labelSelectorAsSelector(obj(o, 'spec').selector)
  // No selector selects nothing, an empty one everything.
  if (parsed !== undefined && matches(parsed, (labels ?? {}) as Labels)) return []
  return [invalid('spec.template.metadata.labels', labels, NO_MATCH)]
}

/** `kind`: whom the message names. */
function onlyAlways(o: Obj, kind: string): FieldError[] {
  const policy = str(o, 'spec', 'template', 'spec', 'restartPolicy')
  return [
    ...(policy === 'Always' ? [] : [notSupported('spec.template.spec.restartPolicy', policy, ['Always'])]),
    ...(obj(o, 'spec', 'template', 'spec').activeDeadlineSeconds === undefined
      ? []
      : [forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ]
}

/** Of a ReplicaSet, or of a Deployment. */
function replicaTemplate(o: Obj): FieldError[] {
  if (!validSelector(o)) return []
  return [...labelsMatch(o), ...validatePodTemplate(obj(o, 'spec', 'template'), 'spec.template'), ...onlyAlways(o, 'ReplicaSet')]
}

/** A number or a percentage. */
export function intOrPercent(value: unknown, path: string): FieldError[] {
  if (typeof value === 'number') return nonNegative(value, path)
  if (typeof value === 'string' && percentOf(value) === undefined) return [invalid(path, value, PERCENT)]
  return []
}

export const notOver100 = (value: unknown, path: string): FieldError[] =>
  (percentOf(value) ?? 0) > 100 ? [invalid(path, value, 'must not be greater than 100%')] : []
const isZero = (value: unknown): boolean => (typeof value === 'number' ? value : (percentOf(value) ?? 0)) === 0

export function validateDeployment(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = [...nonNegative(num(spec, 'replicas'), 'spec.replicas'), ...selector(o, 'deployment'), ...replicaTemplate(o)]
  out.push(...deploymentStrategy(spec))
  for (const name of ['minReadySeconds', 'revisionHistoryLimit']) out.push(...nonNegative(num(spec, name), `spec.${name}`))
  const deadline = num(spec, 'progressDeadlineSeconds')
  if (deadline === undefined) return out
  out.push(...nonNegative(deadline, 'spec.progressDeadlineSeconds'))
  if (deadline <= (num(spec, 'minReadySeconds') ?? 0))
    out.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
  return out
}

function deploymentStrategy(spec: Obj): FieldError[] {
  const strategy = obj(spec, 'strategy')
  const rolling = strategy.rollingUpdate
  const path = 'spec.strategy.rollingUpdate'
  switch (strategy.type) {
    case 'Recreate':
      return rolling === undefined ? [] : [forbidden(path, "may not be specified when strategy `type` is 'Recreate'")]
    case 'RollingUpdate': {
      if (!isObj(rolling)) return [required(path, 'this should be defaulted and never be nil')]
      const out = [...intOrPercent(rolling.maxUnavailable, `${path}.maxUnavailable`), ...intOrPercent(rolling.maxSurge, `${path}.maxSurge`)]
      if (isZero(rolling.maxUnavailable) && isZero(rolling.maxSurge))
        out.push(invalid(`${path}.maxUnavailable`, rolling.maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
      return [...out, ...notOver100(rolling.maxUnavailable, `${path}.maxUnavailable`)]
    }
    default:
      return [notSupported('spec.strategy', internalJson(strategy, 'io.k8s.api.apps.v1.DeploymentStrategy'), ['Recreate', 'RollingUpdate'])]
  }
}

const sameSelector = (o: Obj, old: Obj): FieldError[] => immutable(obj(o, 'spec').selector, obj(old, 'spec').selector, 'spec.selector')

export const validateDeploymentUpdate = (o: Obj, old: Obj): FieldError[] => [...validateDeployment(o), ...sameSelector(o, old)]

export function validateReplicaSet(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  return [
    ...nonNegative(num(spec, 'replicas'), 'spec.replicas'),
    ...nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds'),
    // Upstream says so here, too.
    ...selector(o, 'deployment'),
    ...replicaTemplate(o),
  ]
}
export const validateReplicaSetUpdate = (o: Obj, old: Obj): FieldError[] => [...validateReplicaSet(o), ...sameSelector(o, old)]

export function validateReplicationController(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds')
  const wanted = strMap(spec, 'selector')
  if (Object.keys(wanted).length === 0) out.push(required('spec.selector'))
  out.push(...nonNegative(num(spec, 'replicas'), 'spec.replicas'))
  if (!isObj(spec.template)) return [...out, required('spec.template')]
  const labels = obj(spec, 'template', 'metadata').labels
  if (!matches(selectorFromSet(wanted), (labels ?? {}) as Labels)) out.push(invalid('spec.template.metadata.labels', labels, NO_MATCH))
  return [...out, ...validatePodTemplate(spec.template, 'spec.template'), ...onlyAlways(o, 'ReplicationController')]
}

export function validateDaemonSet(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const s = spec.selector
  const out = validateLabelSelector(s, 'spec.selector')
  if (validSelector(o)) out.push(...labelsMatch(o))
  if (isObj(s) && isEmptySelector(s)) out.push(invalid('spec.selector', s, 'empty selector is invalid for daemonset'))
  out.push(...validatePodTemplate(obj(spec, 'template'), 'spec.template'), ...onlyAlways(o, 'DaemonSet'))
  out.push(...nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds'), ...daemonStrategy(obj(spec, 'updateStrategy')))
  return [...out, ...nonNegative(num(spec, 'revisionHistoryLimit'), 'spec.revisionHistoryLimit')]
}

function daemonStrategy(strategy: Obj): FieldError[] {
  const path = 'spec.updateStrategy.rollingUpdate'
  if (strategy.type === 'OnDelete') return []
  if (strategy.type !== 'RollingUpdate') {
    const shown = internalJson(strategy, 'io.k8s.api.apps.v1.DaemonSetUpdateStrategy')
    return [notSupported('spec.updateStrategy', shown, ['RollingUpdate', 'OnDelete'])]
  }
  const rolling = strategy.rollingUpdate
  if (!isObj(rolling)) return [required(path)]
  const out: FieldError[] = []
  for (const name of ['maxUnavailable', 'maxSurge']) out.push(...intOrPercent(rolling[name], `${path}.${name}`))
  for (const name of ['maxUnavailable', 'maxSurge']) out.push(...notOver100(rolling[name], `${path}.${name}`))
  const [down, up] = [!isZero(rolling.maxUnavailable), !isZero(rolling.maxSurge)]
  if (down && up) out.push(invalid(`${path}.maxSurge`, rolling.maxSurge, 'may not be set when maxUnavailable is non-zero'))
  if (!down && !up) out.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  return out
}
export const validateDaemonSetUpdate = (o: Obj, old: Obj): FieldError[] => [...validateDaemonSet(o), ...sameSelector(o, old)]

/** `old`: what stays as it was there is not looked at again. */
export function validateStatefulSet(o: Obj, old?: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const before = obj(old, 'spec')
  const out: FieldError[] = []
  const policy = str(spec, 'podManagementPolicy')
  if (policy === '') out.push(required('spec.podManagementPolicy'))
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    out.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"))
  out.push(...statefulStrategy(obj(spec, 'updateStrategy')))
  for (const name of ['whenDeleted', 'whenScaled'])
    out.push(
      ...among(obj(spec, 'persistentVolumeClaimRetentionPolicy')[name], `spec.persistentVolumeClaimRetentionPolicy.${name}`, [
        'Delete',
        'Retain',
      ]),
    )
  for (const name of ['replicas', 'minReadySeconds']) out.push(...nonNegative(num(spec, name), `spec.${name}`))
  out.push(...nonNegative(num(spec, 'ordinals', 'start'), 'spec.ordinals.start'))
  if (spec.serviceName !== before.serviceName) out.push(...optional(str(spec, 'serviceName'), 'spec.serviceName', dnsLabel))
  if (!equal(spec.volumeClaimTemplates, before.volumeClaimTemplates))
    for (const [i, claim] of objs(spec, 'volumeClaimTemplates').entries())
      out.push(...validateClaimSpec(obj(claim, 'spec'), `spec.volumeClaimTemplates[${i}].spec`))
  out.push(...selector(o, 'statefulset'))
  if (validSelector(o)) {
    out.push(...labelsMatch(o))
    const claims = objs(spec, 'volumeClaimTemplates').map((claim) => str(claim, 'metadata', 'name'))
    out.push(...validatePodTemplate(obj(spec, 'template'), 'spec.template', claims))
  }
  return [...out, ...onlyAlways(o, 'StatefulSet')]
}

function statefulStrategy(strategy: Obj): FieldError[] {
  const path = 'spec.updateStrategy.rollingUpdate'
  const rolling = strategy.rollingUpdate
  switch (strategy.type) {
    case undefined:
    case '':
      return [required('spec.updateStrategy')]
    case 'OnDelete':
      return rolling === undefined
        ? []
        : [
            invalid(
              path,
              internalJson(rolling, 'io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy'),
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ]
    case 'RollingUpdate': {
      const most = obj(rolling).maxUnavailable
      const out = nonNegative(num(rolling, 'partition'), `${path}.partition`)
      if (most === undefined) return out
      out.push(...intOrPercent(most, `${path}.maxUnavailable`))
      if (isZero(most)) out.push(invalid(`${path}.maxUnavailable`, most, 'cannot be 0'))
      return [...out, ...notOver100(most, `${path}.maxUnavailable`)]
    }
    default:
      return [
        invalid(
          'spec.updateStrategy',
          internalJson(strategy, 'io.k8s.api.apps.v1.StatefulSetUpdateStrategy'),
          "must be 'RollingUpdate' or 'OnDelete'",
        ),
      ]
  }
}

const STATEFUL =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

export function validateStatefulSetUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validateStatefulSet(o, old)
  const rest = (x: Obj): Obj => {
    const {
      replicas,
      ordinals,
      template,
      updateStrategy,
      revisionHistoryLimit,
      persistentVolumeClaimRetentionPolicy,
      minReadySeconds,
      ...others
    } = obj(x, 'spec')
    return others
  }
  if (!equal(rest(o), rest(old))) out.push(forbidden('spec', STATEFUL))
  return out
}

export function validateControllerRevision(o: Obj): FieldError[] {
  return [
    ...(o.data === undefined || o.data === null ? [required('data', 'data is mandatory')] : []),
    ...nonNegative(num(o, 'revision'), 'revision'),
  ]
}
export const validateControllerRevisionUpdate = (o: Obj, old: Obj): FieldError[] => [
  ...validateControllerRevision(o),
  ...immutable(o.data, old.data, 'data'),
]

const COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'updatedReplicas',
  'currentReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
]
const PARTS = ['fullyLabeledReplicas', 'updatedReplicas', 'currentReplicas', 'readyReplicas', 'availableReplicas']

/** Counts of replicas add up. Source: ValidateDeploymentStatus and its like. */
export function validateReplicaStatus(o: Obj, old: Obj): FieldError[] {
  const status = obj(o, 'status')
  const out = [...COUNTS, 'observedGeneration', 'collisionCount'].flatMap((name) => nonNegative(num(status, name), `status.${name}`))
  const all = num(status, 'replicas') ?? 0
  for (const name of PARTS) {
    const n = num(status, name) ?? 0
    if (n > all) out.push(invalid(`status.${name}`, n, 'cannot be greater than status.replicas'))
  }
  const available = num(status, 'availableReplicas') ?? 0
  if (available > (num(status, 'readyReplicas') ?? 0))
    out.push(invalid('status.availableReplicas', available, 'cannot be greater than readyReplicas'))
  const [count, before] = [num(status, 'collisionCount'), num(old, 'status', 'collisionCount')]
  if (before !== undefined && (count ?? -1) < before) out.push(invalid('status.collisionCount', count ?? 0, 'cannot be decremented'))
  return out
}

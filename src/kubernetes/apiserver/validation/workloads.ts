/** Validation of workloads. Source: k8s.io/kubernetes pkg/apis/apps/validation, pkg/apis/batch/validation. */
import { type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { percentOf } from '#kubernetes/api/intstr.ts'
import { equal, isObj, num, type Obj, obj, objs, str, strMap } from '#kubernetes/api/json.ts'
import { type Labels, labelSelectorAsSelector, matches, selectorFromSet } from '#kubernetes/api/labels.ts'
import { maxLen } from '#kubernetes/api/names.ts'
import { nonNegative } from './containers.ts'
import { cronProblem, isTimeZone } from './cron.ts'
import { validatePodTemplate } from './pod.ts'
import { validateLabelSelector } from './selectors.ts'

const OPERATORS = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist'])
const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

const nullOr = (value: unknown): unknown => (value === undefined ? { raw: 'null' } : value)

/** The selector of a workload: there, valid, not empty. */
function selector(o: Obj, kind: string): FieldError[] {
  const s = obj(o, 'spec').selector
  if (!isObj(s)) return [required('spec.selector')]
  const out = validateLabelSelector(s, 'spec.selector')
  if (Object.keys(obj(s, 'matchLabels')).length + objs(s, 'matchExpressions').length === 0)
    out.push(invalid('spec.selector', s, `empty selector is invalid for ${kind}`))
  if (objs(s, 'matchExpressions').some((e) => !OPERATORS.has(str(e, 'operator'))))
    out.push(invalid('spec.selector', s, 'invalid label selector'))
  return out
}

const validSelector = (o: Obj): boolean => {
  const s = obj(o, 'spec').selector
  return isObj(s) ? !objs(s, 'matchExpressions').some((e) => !OPERATORS.has(str(e, 'operator'))) : true
}

function labelsMatch(o: Obj, field = 'spec.template.metadata.labels'): FieldError[] {
  const labels = obj(o, 'spec', 'template', 'metadata').labels
  const parsed = labelSelectorAsSelector(obj(o, 'spec').selector)
  if (parsed !== undefined && parsed.length > 0 && matches(parsed, (labels ?? {}) as Labels)) return []
  return [invalid(field, nullOr(labels), '`selector` does not match template `labels`')]
}

function onlyAlways(o: Obj, out: FieldError[]): void {
  const policy = str(o, 'spec', 'template', 'spec', 'restartPolicy')
  if (policy !== 'Always' && ['OnFailure', 'Never'].includes(policy))
    out.push(notSupported('spec.template.spec.restartPolicy', policy, ['Always']))
  if (obj(o, 'spec', 'template', 'spec').activeDeadlineSeconds !== undefined)
    out.push(forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${String(o.kind)} is not Supported`))
}

function replicaTemplate(o: Obj): FieldError[] {
  const template = obj(o, 'spec', 'template')
  const out: FieldError[] = []
  if (validSelector(o)) out.push(...labelsMatch(o))
  out.push(...validatePodTemplate(template, 'spec.template'))
  onlyAlways(o, out)
  return out
}

/** A number or a percentage. */
export function intOrPercent(value: unknown, path: string): FieldError[] {
  if (typeof value === 'number') return nonNegative(value, path)
  if (typeof value === 'string' && percentOf(value) === undefined) return [invalid(path, value, PERCENT)]
  return []
}

const notOver100 = (value: unknown, path: string): FieldError[] =>
  (percentOf(value) ?? 0) > 100 ? [invalid(path, value, 'must not be greater than 100%')] : []
const isZero = (value: unknown): boolean => value === 0 || percentOf(value) === 0

function deploymentSpec(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = [...nonNegative(num(spec, 'replicas'), 'spec.replicas'), ...selector(o, 'deployment'), ...replicaTemplate(o)]
  out.push(...deploymentStrategy(spec))
  out.push(
    ...nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds'),
    ...nonNegative(num(spec, 'revisionHistoryLimit'), 'spec.revisionHistoryLimit'),
  )
  const deadline = num(spec, 'progressDeadlineSeconds')
  if (deadline !== undefined) {
    out.push(...nonNegative(deadline, 'spec.progressDeadlineSeconds'))
    if (deadline <= (num(spec, 'minReadySeconds') ?? 0))
      out.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
  }
  return out
}

function deploymentStrategy(spec: Obj): FieldError[] {
  const strategy = obj(spec, 'strategy')
  const rolling = strategy.rollingUpdate
  switch (strategy.type) {
    case 'Recreate':
      return rolling === undefined
        ? []
        : [forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")]
    case 'RollingUpdate': {
      const path = 'spec.strategy.rollingUpdate'
      if (!isObj(rolling)) return [required(path)]
      const out = [...intOrPercent(rolling.maxUnavailable, `${path}.maxUnavailable`), ...intOrPercent(rolling.maxSurge, `${path}.maxSurge`)]
      if (isZero(rolling.maxUnavailable) && isZero(rolling.maxSurge))
        out.push(invalid(`${path}.maxUnavailable`, rolling.maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
      return [...out, ...notOver100(rolling.maxUnavailable, `${path}.maxUnavailable`)]
    }
    default:
      return [
        notSupportedValue('spec.strategy', internalJson(strategy, 'io.k8s.api.apps.v1.DeploymentStrategy'), ['Recreate', 'RollingUpdate']),
      ]
  }
}

const notSupportedValue = (field: string, value: unknown, values: readonly string[]): FieldError => notSupported(field, value, values)

export const validateDeployment = (o: Obj): FieldError[] => deploymentSpec(o)
export function validateDeploymentUpdate(o: Obj, old: Obj): FieldError[] {
  return [...deploymentSpec(o), ...immutableSelector(o, old)]
}

function immutableSelector(o: Obj, old: Obj): FieldError[] {
  return equal(obj(o, 'spec').selector, obj(old, 'spec').selector)
    ? []
    : [invalid('spec.selector', obj(o, 'spec').selector, 'field is immutable')]
}

export function validateReplicaSet(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  return [
    ...nonNegative(num(spec, 'replicas'), 'spec.replicas'),
    ...nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds'),
    ...selector(o, 'replicaset'),
    ...replicaTemplate(o),
  ]
}
export const validateReplicaSetUpdate = (o: Obj, old: Obj): FieldError[] => [...validateReplicaSet(o), ...immutableSelector(o, old)]

export function validateReplicationController(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = [...nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds')]
  const wanted = strMap(spec, 'selector')
  if (Object.keys(wanted).length === 0) out.push(required('spec.selector'))
  out.push(...nonNegative(num(spec, 'replicas'), 'spec.replicas'))
  if (!isObj(spec.template)) return [...out, required('spec.template')]
  const labels = obj(spec, 'template', 'metadata').labels
  if (!matches(selectorFromSet(wanted), (labels ?? {}) as Labels))
    out.push(invalid('spec.template.metadata.labels', nullOr(labels), '`selector` does not match template `labels`'))
  out.push(...validatePodTemplate(obj(spec, 'template'), 'spec.template'))
  onlyAlways(o, out)
  return out
}
export const validateReplicationControllerUpdate = (o: Obj, _old: Obj): FieldError[] => validateReplicationController(o)

export function validateDaemonSet(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = selector(o, 'daemonset')
  if (validSelector(o)) out.push(...labelsMatch(o))
  out.push(...validatePodTemplate(obj(spec, 'template'), 'spec.template'))
  onlyAlways(o, out)
  out.push(...nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds'))
  const strategy = obj(spec, 'updateStrategy')
  const path = 'spec.updateStrategy.rollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    const rolling = strategy.rollingUpdate
    if (!isObj(rolling)) out.push(required(path))
    else {
      out.push(...intOrPercent(rolling.maxUnavailable, `${path}.maxUnavailable`), ...intOrPercent(rolling.maxSurge, `${path}.maxSurge`))
      if (isZero(rolling.maxUnavailable) && isZero(rolling.maxSurge))
        out.push(invalid(`${path}.maxUnavailable`, rolling.maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
      else if (!isZero(rolling.maxUnavailable) && !isZero(rolling.maxSurge))
        out.push(invalid(`${path}.maxSurge`, rolling.maxSurge, 'may not be set when maxUnavailable is non-zero'))
    }
  } else if (strategy.type !== 'OnDelete')
    out.push(
      notSupported('spec.updateStrategy', internalJson(strategy, 'io.k8s.api.apps.v1.DaemonSetUpdateStrategy'), [
        'RollingUpdate',
        'OnDelete',
      ]),
    )
  out.push(...nonNegative(num(spec, 'revisionHistoryLimit'), 'spec.revisionHistoryLimit'))
  return out
}
export const validateDaemonSetUpdate = (o: Obj, old: Obj): FieldError[] => [...validateDaemonSet(o), ...immutableSelector(o, old)]

export function validateStatefulSet(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  const policy = str(spec, 'podManagementPolicy')
  if (policy === '') out.push(required('spec.podManagementPolicy'))
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    out.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"))
  const strategy = obj(spec, 'updateStrategy')
  switch (strategy.type) {
    case 'OnDelete':
      if (strategy.rollingUpdate !== undefined)
        out.push(invalid('spec.updateStrategy.rollingUpdate', strategy.rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'"))
      break
    case 'RollingUpdate':
      out.push(...nonNegative(num(strategy, 'rollingUpdate', 'partition'), 'spec.updateStrategy.rollingUpdate.partition'))
      break
    default:
      out.push(
        invalid(
          'spec.updateStrategy',
          internalJson(strategy, 'io.k8s.api.apps.v1.StatefulSetUpdateStrategy'),
          "must be 'RollingUpdate' or 'OnDelete'",
        ),
      )
  }
  out.push(...nonNegative(num(spec, 'replicas'), 'spec.replicas'), ...nonNegative(num(spec, 'minReadySeconds'), 'spec.minReadySeconds'))
  out.push(...selector(o, 'statefulset'))
  if (validSelector(o)) out.push(...labelsMatch(o))
  const claims = objs(spec, 'volumeClaimTemplates').map((claim) => str(claim, 'metadata', 'name'))
  out.push(...validatePodTemplate(obj(spec, 'template'), 'spec.template', claims))
  onlyAlways(o, out)
  return out
}

const STATEFUL =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

export function validateStatefulSetUpdate(o: Obj, old: Obj): FieldError[] {
  const out = validateStatefulSet(o)
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

function jobSpec(spec: Obj, path: string, out: FieldError[], checkSelector: boolean): void {
  for (const name of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'])
    out.push(...nonNegative(num(spec, name), `${path}.${name}`))
  const mode = spec.completionMode
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed')
    out.push(notSupported(`${path}.completionMode`, mode, ['Indexed', 'NonIndexed']))
  if (mode === 'Indexed' && spec.completions === undefined && checkSelector)
    out.push(required(`${path}.completions`, `when completion mode is Indexed`))
  out.push(...validatePodTemplate(obj(spec, 'template'), `${path}.template`))
  const policy = str(spec, 'template', 'spec', 'restartPolicy')
  if (policy === '' || policy === 'Always') out.push(required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'))
  else if (policy !== 'OnFailure' && policy !== 'Never')
    out.push(notSupported(`${path}.template.spec.restartPolicy`, policy, ['Never', 'OnFailure']))
}

export function validateJob(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const spec = obj(o, 'spec')
  if (spec.manualSelector !== true) {
    const uid = str(o, 'metadata', 'uid')
    const expected = {
      matchLabels: { 'batch.kubernetes.io/controller-uid': uid },
    }
    if (!equal(spec.selector, expected) && !equal(spec.selector, { matchLabels: { 'controller-uid': uid } }))
      out.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'))
    if (out.length > 0) return out
  }
  jobSpec(spec, 'spec', out, false)
  return out
}

export function validateJobUpdate(o: Obj, old: Obj): FieldError[] {
  const out: FieldError[] = []
  jobSpec(obj(o, 'spec'), 'spec', out, false)
  const before = obj(old, 'spec')
  for (const name of [
    'completions',
    'selector',
    'template',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ]) {
    if (name === 'completions' && before.completionMode === 'Indexed' && obj(o, 'spec').completions === obj(o, 'spec').parallelism) continue
    if (name === 'template' && before.suspend === true) continue
    const now = obj(o, 'spec')[name]
    if (!equal(now ?? null, before[name] ?? null))
      out.push(
        invalid(
          `spec.${name}`,
          name === 'template' ? internalJson(now, 'io.k8s.api.core.v1.PodTemplateSpec') : nullOr(now),
          'field is immutable',
        ),
      )
  }
  return out
}

export function validateCronJob(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const spec = obj(o, 'spec')
  const schedule = str(spec, 'schedule')
  if (schedule === '') out.push(required('spec.schedule'))
  else {
    const problem = cronProblem(schedule)
    if (problem !== undefined) out.push(invalid('spec.schedule', schedule, problem))
  }
  out.push(...nonNegative(num(spec, 'startingDeadlineSeconds'), 'spec.startingDeadlineSeconds'))
  const zone = spec.timeZone
  if (typeof zone === 'string') {
    if (zone === '') out.push(invalid('spec.timeZone', zone, 'timeZone must be nil or non-empty string'))
    else if (!isTimeZone(zone)) out.push(invalid('spec.timeZone', zone, `unknown time zone ${zone}`))
  }
  const policy = str(spec, 'concurrencyPolicy')
  if (!['Allow', 'Forbid', 'Replace'].includes(policy))
    out.push(
      policy === '' ? required('spec.concurrencyPolicy') : notSupported('spec.concurrencyPolicy', policy, ['Allow', 'Forbid', 'Replace']),
    )
  jobSpec(obj(spec, 'jobTemplate', 'spec'), 'spec.jobTemplate.spec', out, false)
  out.push(
    ...nonNegative(num(spec, 'successfulJobsHistoryLimit'), 'spec.successfulJobsHistoryLimit'),
    ...nonNegative(num(spec, 'failedJobsHistoryLimit'), 'spec.failedJobsHistoryLimit'),
  )
  const name = str(o, 'metadata', 'name')
  if (name.length > 52) out.push(invalid('metadata.name', name, maxLen(52)))
  return out
}

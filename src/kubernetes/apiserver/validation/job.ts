/** Jobs. Source: k8s.io/kubernetes pkg/apis/batch/validation (ValidateJob). */
import { FieldError, invalid, notSupported, OMITTED, required, tooLong, tooMany } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { type Labels, labelSelectorAsSelector, matches } from '#kubernetes/api/labels.ts'
import { isDns1123Label } from '#kubernetes/api/names.ts'
import { among, domainPrefixedPath, immutable, nonNegative, qualifiedName } from './check.ts'
import { validateSuccessPolicy } from './job-success.ts'
import { validatePodTemplate } from './pod.ts'
import { validateLabelSelector } from './selectors.ts'

const MAX_INDEXED = 100_000
const MAX_INDEXED_MANY = 10_000
const MAX_RULES = 20
const MAX_EXIT_CODES = 255
const MAX_MANAGER = 63

export function validateJobSpec(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const name of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
  ])
    out.push(...nonNegative(num(spec, name), `${path}.${name}`))
  if (spec.maxFailedIndexes !== undefined) {
    out.push(...nonNegative(num(spec, 'maxFailedIndexes'), `${path}.maxFailedIndexes`))
    if (spec.backoffLimitPerIndex === undefined) out.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  }
  if (typeof spec.managedBy === 'string') {
    out.push(...domainPrefixedPath(spec.managedBy, `${path}.managedBy`))
    if (spec.managedBy.length > MAX_MANAGER) out.push(tooLong(`${path}.managedBy`, MAX_MANAGER))
  }
  const mode = spec.completionMode
  out.push(...among(mode, `${path}.completionMode`, ['NonIndexed', 'Indexed']))
  if (mode === 'Indexed') out.push(...indexed(spec, path))
  if (mode === undefined || mode === 'NonIndexed')
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'])
      if (spec[name] !== undefined) out.push(invalid(`${path}.${name}`, spec[name], 'requires indexed completion mode'))
  if (isObj(spec.podFailurePolicy)) out.push(...podFailurePolicy(spec, `${path}.podFailurePolicy`))
  if (isObj(spec.successPolicy)) out.push(...validateSuccessPolicy(spec, `${path}.successPolicy`))
  const replacement = isObj(spec.podFailurePolicy) ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  out.push(...among(spec.podReplacementPolicy, `${path}.podReplacementPolicy`, replacement))
  return [...out, ...validatePodTemplate(obj(spec, 'template'), `${path}.template`), ...restartPolicy(spec, path)]
}

function restartPolicy(spec: Obj, path: string): FieldError[] {
  const policy = str(spec, 'template', 'spec', 'restartPolicy')
  const at = `${path}.template.spec.restartPolicy`
  if (policy === '' || policy === 'Always') return [required(at, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(at, policy, ['OnFailure', 'Never'])]
  return isObj(spec.podFailurePolicy) && policy !== 'Never'
    ? [invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : []
}

function indexed(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const [completions, parallelism, failed] = [num(spec, 'completions'), num(spec, 'parallelism') ?? 0, num(spec, 'maxFailedIndexes')]
  const [parallelPath, failedPath] = [`${path}.parallelism`, `${path}.maxFailedIndexes`]
  if (completions === undefined) out.push(required(`${path}.completions`, 'when completion mode is Indexed'))
  if (parallelism > MAX_INDEXED)
    out.push(invalid(parallelPath, parallelism, `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`))
  if (completions !== undefined && failed !== undefined && failed > completions)
    out.push(invalid(failedPath, failed, 'must be less than or equal to completions'))
  if (failed !== undefined && failed > MAX_INDEXED) out.push(invalid(failedPath, failed, `must be less than or equal to ${MAX_INDEXED}`))
  if (completions === undefined || completions <= MAX_INDEXED || spec.backoffLimitPerIndex === undefined) return out
  const many = `must be less than or equal to ${MAX_INDEXED_MANY} when completions are above ${MAX_INDEXED} and used with backoff limit per index`
  if (failed === undefined) out.push(required(failedPath, `must be specified when completions is above ${MAX_INDEXED}`))
  if (parallelism > MAX_INDEXED_MANY) out.push(invalid(parallelPath, parallelism, many))
  if (failed !== undefined && failed > MAX_INDEXED_MANY) out.push(invalid(failedPath, failed, many))
  return out
}

const FAILURE_ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const OPERATORS = ['In', 'NotIn']
const STATUSES = ['False', 'True', 'Unknown']

/** One of some values, which are listed as Go prints a list when there is none. */
const listed = (value: string, path: string, values: readonly string[]): FieldError[] =>
  value === '' ? [required(path, `valid values: [${values.map((v) => `"${v}"`).join(' ')}]`)] : among(value, path, values)

function podFailurePolicy(spec: Obj, path: string): FieldError[] {
  const rules = objs(spec, 'podFailurePolicy', 'rules')
  const out: FieldError[] = []
  if (rules.length > MAX_RULES) out.push(tooMany(`${path}.rules`, rules.length, MAX_RULES))
  const names = [...objs(spec, 'template', 'spec', 'containers'), ...objs(spec, 'template', 'spec', 'initContainers')].map((c) =>
    str(c, 'name'),
  )
  for (const [i, rule] of rules.entries()) {
    const at = `${path}.rules[${i}]`
    const action = str(rule, 'action')
    if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
      out.push(invalid(`${at}.action`, action, 'requires the backoffLimitPerIndex to be set'))
    out.push(...listed(action, `${at}.action`, FAILURE_ACTIONS))
    const conditions = objs(rule, 'onPodConditions')
    if (isObj(rule.onExitCodes)) out.push(...onExitCodes(rule.onExitCodes, `${at}.onExitCodes`, names))
    if (conditions.length > 0) out.push(...onPodConditions(conditions, `${at}.onPodConditions`))
    if (isObj(rule.onExitCodes) && conditions.length > 0)
      out.push(invalid(at, OMITTED, 'specifying both OnExitCodes and OnPodConditions is not supported'))
    if (!isObj(rule.onExitCodes) && conditions.length === 0)
      out.push(invalid(at, OMITTED, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
  return out
}

function onExitCodes(codes: Obj, path: string, names: readonly string[]): FieldError[] {
  const out = listed(str(codes, 'operator'), `${path}.operator`, OPERATORS)
  if (codes.containerName !== undefined && !names.includes(str(codes, 'containerName')))
    out.push(
      invalid(`${path}.containerName`, codes.containerName, 'must be one of the container or initContainer names in the pod template'),
    )
  const at = `${path}.values`
  const values = Array.isArray(codes.values) ? (codes.values as readonly number[]) : []
  if (values.length === 0) out.push(invalid(at, codes.values, 'at least one value is required'))
  else if (values.length > MAX_EXIT_CODES) out.push(tooMany(at, values.length, MAX_EXIT_CODES))
  for (const [i, value] of values.entries()) {
    if (codes.operator === 'In' && value === 0) out.push(invalid(`${at}[${i}]`, value, 'must not be 0 for the In operator'))
    if (values.indexOf(value) < i) out.push(new FieldError('duplicate', `${at}[${i}]`, value, ''))
  }
  if (values.some((value, i) => i > 0 && (values[i - 1] ?? 0) > value)) out.push(invalid(at, values, 'must be ordered'))
  return out
}

function onPodConditions(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  if (list.length > MAX_RULES) out.push(tooMany(path, list.length, MAX_RULES))
  for (const [i, pattern] of list.entries()) {
    out.push(...qualifiedName(str(pattern, 'type'), `${path}[${i}].type`))
    out.push(...listed(str(pattern, 'status'), `${path}[${i}].status`, STATUSES))
  }
  return out
}

/** Source: validateGeneratedSelector. */
function generatedSelector(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  if (spec.manualSelector === true || !isObj(spec.selector)) return []
  const labels = obj(spec, 'template', 'metadata', 'labels') as Labels
  const out: FieldError[] = []
  const [uid, name] = [str(o, 'metadata', 'uid'), str(o, 'metadata', 'name')]
  const expected: Labels = {
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  }
  for (const [key, value] of Object.entries(expected)) {
    const at = `spec.template.metadata.labels[${key}]`
    if (labels[key] === undefined) out.push(required(at, `must be '${value}'`))
    else if (labels[key] !== value) out.push(invalid(at, labels, `must be '${value}'`))
  }
  const parsed = labelSelectorAsSelector(spec.selector) ?? []
  if (!matches(parsed, expected)) out.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'))
  return out
}

function withSelector(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = validateJobSpec(spec, 'spec')
  if (isObj(spec.selector)) out.push(...validateLabelSelector(spec.selector, 'spec.selector'))
  else out.push(required('spec.selector'))
  const labels = obj(spec, 'template', 'metadata').labels
  const parsed = labelSelectorAsSelector(spec.selector)
  if (parsed === undefined || !matches(parsed, (labels ?? {}) as Labels))
    out.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'))
  return out
}

export function validateJob(o: Obj): FieldError[] {
  const out = [...generatedSelector(o), ...withSelector(o)]
  const completions = num(o, 'spec', 'completions') ?? 0
  if (str(o, 'spec', 'completionMode') !== 'Indexed' || completions <= 0) return out
  const name = str(o, 'metadata', 'name')
  const host = `${name}-${completions - 1}`
  if (isDns1123Label(host).length > 0)
    out.push(invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${host}`))
  return out
}

const B = 'io.k8s.api.batch.v1'

export function validateJobUpdate(o: Obj, old: Obj): FieldError[] {
  const [spec, before] = [obj(o, 'spec'), obj(old, 'spec')]
  const out = withSelector(o)
  const same = (name: string, type?: string): FieldError[] => immutable(spec[name], before[name], `spec.${name}`, type)
  if (spec.completionMode !== 'Indexed') out.push(...same('completions'))
  else if (spec.completions !== before.completions && spec.completions !== undefined && spec.completions !== spec.parallelism)
    out.push(invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism'))
  out.push(...same('selector'), ...immutable(spec.template, startable(o, old), 'spec.template', 'io.k8s.api.core.v1.PodTemplateSpec'))
  out.push(...same('completionMode'), ...same('podFailurePolicy', `${B}.PodFailurePolicy`), ...same('backoffLimitPerIndex'))
  return [...out, ...same('managedBy'), ...same('successPolicy', `${B}.SuccessPolicy`)]
}

/** The old template; where it may still guide the scheduling of pods, with the new directives. */
function startable(o: Obj, old: Obj): unknown {
  const template = obj(old, 'spec', 'template')
  if (obj(old, 'spec').suspend !== true || str(old, 'status', 'startTime') !== '') return template
  const now = obj(o, 'spec', 'template')
  const take = (from: Obj, to: Obj, names: readonly string[]): Obj => {
    const out: { [name: string]: unknown } = { ...to }
    for (const name of names) {
      if (from[name] === undefined) delete out[name]
      else out[name] = from[name]
    }
    return out
  }
  const spec = take(obj(now, 'spec'), obj(template, 'spec'), ['nodeSelector', 'tolerations', 'schedulingGates'])
  const affinity = take(obj(now, 'spec', 'affinity'), obj(template, 'spec', 'affinity'), ['nodeAffinity'])
  const containers = (part: string): Obj => {
    const list = objs(template, 'spec', part).map((c, i) => take(objs(now, 'spec', part)[i] ?? {}, c, ['resources']))
    return list.length === 0 ? {} : { [part]: list }
  }
  const withAffinity = Object.keys(affinity).length === 0 && obj(now, 'spec').affinity === undefined ? {} : { affinity }
  const { affinity: _, ...others } = spec
  return {
    ...template,
    metadata: take(obj(now, 'metadata'), obj(template, 'metadata'), ['annotations', 'labels']),
    spec: { ...others, ...withAffinity, ...containers('containers'), ...containers('initContainers') },
  }
}

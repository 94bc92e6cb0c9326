/** What a Job gets when it says nothing, and the labels that tie its pods to it. */
import { type Draft, draft, isObj, obj, str } from '#kubernetes/api/json.ts'
import { defaultPodSpec } from './pod-defaults.ts'

/** Fills a JobSpec; the template of a CronJob gets less. */
export function jobDefaults(spec: Draft, template = false): void {
  if (!template) {
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
    spec.parallelism ??= 1
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647
    spec.completionMode ??= 'NonIndexed'
    spec.suspend ??= false
    if (spec.podReplacementPolicy === undefined)
      spec.podReplacementPolicy = spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'
    spec.manualSelector ??= false
    const policy = spec.podFailurePolicy
    if (isObj(policy)) {
      for (const rule of (policy.rules as Draft[] | undefined) ?? [])
        for (const pattern of (rule.onPodConditions as Draft[] | undefined) ?? []) pattern.status ??= 'True'
    }
  }
  if (isObj(spec.template)) defaultPodSpec(draft(draft(spec, 'template'), 'spec'))
}

/** A job without labels has those of its pods: a default, so it holds for what is read, too. */
export function defaultJobLabels(o: Draft): void {
  const labels = obj(o, 'spec', 'template', 'metadata', 'labels')
  const meta = draft(o, 'metadata')
  if (Object.keys(obj(meta, 'labels')).length === 0 && Object.keys(labels).length > 0) meta.labels = labels
}

/** A job's pods carry its uid; so does its selector, unless it has one of its own. */
export function jobSelector(o: Draft): void {
  const spec = draft(o, 'spec')
  if (spec.manualSelector === true) return
  const template = draft(spec, 'template')
  const meta = draft(template, 'metadata')
  const uid = str(o, 'metadata', 'uid')
  const name = str(o, 'metadata', 'name')
  // What contradicts them is refused later.
  meta.labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
    ...obj(meta, 'labels'),
  }
  defaultJobLabels(o)
  const selector = obj(spec, 'selector')
  spec.selector = {
    ...selector,
    matchLabels: {
      ...obj(selector, 'matchLabels'),
      'batch.kubernetes.io/controller-uid': uid,
    },
  }
}

/**
 * Keys of labels that pods share with those they keep to or from: the pod's own values become part of the selectors.
 * Source: k8s.io/kubernetes pkg/registry/core/pod (applyMatchLabelKeysAndMismatchLabelKeys).
 */
import { type Draft, drafts, isObj, type Obj, obj, objs, strMap, strs } from '#kubernetes/api/json.ts'

const NEEDED = 'requiredDuringSchedulingIgnoredDuringExecution'
const LIKED = 'preferredDuringSchedulingIgnoredDuringExecution'

/** `operator` for every key of `name` that the pod has a label of. */
function select(term: Draft, name: string, operator: string, labels: { readonly [key: string]: string }): void {
  if (!isObj(term.labelSelector)) return
  const more = strs(term, name)
    .filter((key) => labels[key] !== undefined)
    .map((key): Obj => ({ key, operator, values: [labels[key] ?? ''] }))
  if (more.length === 0) return
  term.labelSelector = { ...term.labelSelector, matchExpressions: [...objs(term.labelSelector, 'matchExpressions'), ...more] }
}

/** Changes a new pod in place. */
export function applyLabelKeys(pod: Draft): void {
  const labels = strMap(pod, 'metadata', 'labels')
  const spec = obj(pod, 'spec') as Draft
  for (const constraint of drafts(spec, 'topologySpreadConstraints')) select(constraint, 'matchLabelKeys', 'In', labels)
  const affinity = obj(spec, 'affinity')
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const part = obj(affinity, kind) as Draft
    const terms = [...drafts(part, NEEDED), ...drafts(part, LIKED).map((term) => obj(term, 'podAffinityTerm') as Draft)]
    for (const term of terms) {
      select(term, 'matchLabelKeys', 'In', labels)
      select(term, 'mismatchLabelKeys', 'NotIn', labels)
    }
  }
}

import { isTolerated, tolerates } from '#kubernetes/client/taints.ts'
import { normalizeLinear, type Plugin, unresolvable } from '../framework.ts'

const REASON = 'node(s) had untolerated taint(s)'

/** No nodes with taints the pod doesn't tolerate; rather those without soft ones. Source: tainttoleration. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  events: ['node-add', 'node-taints'],
  weight: 3,
  filter(_, pod, { node }) {
    for (const taint of node.spec.taints ?? []) {
      if ((taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !isTolerated(taint, pod.spec.tolerations))
        return unresolvable(REASON)
    }
    return undefined
  },
  score(_, pod, { node }) {
    const soft = (node.spec.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule')
    const tolerations = (pod.spec.tolerations ?? []).filter((t) => (t.effect ?? '') === '' || t.effect === 'PreferNoSchedule')
    return soft.filter((taint) => !tolerations.some((t) => tolerates(t, taint))).length
  },
  normalize: (_, scores) => normalizeLinear(scores, true),
}

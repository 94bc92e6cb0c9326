import { isTolerated } from '#kubernetes/client/taints.ts'
import { type Plugin, unresolvable } from '../framework.ts'

const REASON = 'node(s) were unschedulable'

/** No cordoned nodes. Source: nodeunschedulable. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  events: ['node-add', 'node-unschedulable'],
  filter(_, pod, { node }) {
    if (node.spec.unschedulable !== true) return undefined
    const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
    return isTolerated(taint, pod.spec.tolerations) ? undefined : unresolvable(REASON)
  },
}

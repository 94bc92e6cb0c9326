import { type Plugin, unresolvable } from '../framework.ts'

const REASON = "node(s) didn't match the requested node name"

/** Only the node that the pod names. Source: nodename. */
export const nodeName: Plugin = {
  name: 'NodeName',
  events: ['node-add'],
  filter(_, pod, node) {
    const wanted = pod.spec.nodeName ?? ''
    return wanted === '' || wanted === node.name ? undefined : unresolvable(REASON)
  },
}

import { type Plugin, unschedulable } from '../framework.ts'
import { type HostPort, hostPorts, portsConflict } from '../node-info.ts'

const REASON = "node(s) didn't have free ports for the requested pod ports"

/** Host ports must be free. Source: nodeports. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  events: ['node-add', 'pod-delete'],
  preFilter(state, pod) {
    state.set('NodePorts', hostPorts(pod))
    return undefined
  },
  filter(state, _, node) {
    const wanted = state.get('NodePorts') as HostPort[]
    return wanted.some((w) => node.usedPorts.some((used) => portsConflict(w, used))) ? unschedulable(REASON) : undefined
  },
}

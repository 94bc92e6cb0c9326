import { matchesNodeSelectorTerm, matchesNodeSelectorTerms } from '#kubernetes/client/selectors.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import { normalizeLinear, type Plugin, unresolvable } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

const REASON = "node(s) didn't match Pod's node affinity/selector"
const CONFLICT = 'pod affinity terms conflict'

/** True when the node has what the pod's node selector and required node affinity ask for. */
export function matchesNode(pod: Pod, node: NodeInfo): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (node.labels[key] !== value) return false
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || matchesNodeSelectorTerms(required.nodeSelectorTerms, { name: node.name, labels: node.labels })
}

/** Names in terms that all ask for nodes by name (as a DaemonSet's pods do); undefined when one does not. */
function namedNodes(pod: Pod): Set<string> | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms === undefined || terms.length === 0) return undefined
  const all = new Set<string>()
  for (const term of terms) {
    let names: string[] | undefined
    for (const { key, operator, values = [] } of term.matchFields ?? []) {
      if (key !== 'metadata.name' || operator !== 'In') continue
      const before: string[] | undefined = names
      names = before === undefined ? [...values] : before.filter((n) => values.includes(n))
    }
    if (names === undefined) return undefined
    for (const name of names) all.add(name)
  }
  return all
}

/** Nodes by labels and names. Source: nodeaffinity. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  events: ['node-add', 'node-labels'],
  weight: 2,
  preFilter(_, pod) {
    const nodeNames = namedNodes(pod)
    if (nodeNames === undefined) return undefined
    return nodeNames.size === 0 ? { rejection: unresolvable(CONFLICT) } : { nodeNames }
  },
  filter: (_, pod, node) => (matchesNode(pod, node) ? undefined : unresolvable(REASON)),
  preScore: (_, pod) => (pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0,
  score(_, pod, node) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    let score = 0
    for (const { weight, preference } of preferred)
      if (matchesNodeSelectorTerm(preference, { name: node.name, labels: node.labels })) score += weight
    return score
  },
  normalize: (_, scores) => normalizeLinear(scores, false),
}

import { MAX_SCORE, type Plugin } from '../framework.ts'
import { type NodeInfo, podAmounts } from '../node-info.ts'

/**
 * Tells what a node lacks for a pod. CPU in millicores, all others in whole units. `unresolvable`: more than the node has
 * altogether. Example: 500m asked, 300m free -> `Insufficient cpu`.
 */
export function insufficient(
  requests: Readonly<Record<string, number>>,
  node: NodeInfo,
): { readonly reasons: string[]; readonly unresolvable: boolean } {
  const reasons: string[] = []
  let unresolvable = false
  if (node.pods.size + 1 > (node.allocatable['pods'] ?? 0)) reasons.push('Too many pods')
  for (const name of orderedNames(requests)) {
    const asked = requests[name] ?? 0
    if (asked === 0) continue
    const total = node.allocatable[name] ?? 0
    if (asked <= total - (node.requested[name] ?? 0)) continue
    reasons.push(`Insufficient ${name}`)
    if (asked > total) unresolvable = true
  }
  return { reasons, unresolvable }
}

const FIRST = ['cpu', 'memory', 'ephemeral-storage']

function orderedNames(requests: Readonly<Record<string, number>>): string[] {
  const others = Object.keys(requests).filter((name) => !FIRST.includes(name))
  return [...FIRST.filter((name) => requests[name] !== undefined), ...others.sort()]
}

/** Room for what the pod asks for; rather on emptier nodes. Source: noderesources Fit, LeastAllocated. */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  events: ['node-add', 'node-allocatable', 'pod-delete', 'pod-scaled-down'],
  weight: 1,
  filter(_, pod, node) {
    const lack = insufficient(podAmounts(pod).requests, node)
    return lack.reasons.length === 0 ? undefined : lack
  },
  score(_, pod, node) {
    const { nonZero } = podAmounts(pod)
    let score = 0
    for (const name of ['cpu', 'memory'] as const) {
      const total = node.allocatable[name] ?? 0
      const used = node.nonZero[name] + nonZero[name]
      if (total > 0 && used <= total) score += Math.floor(((total - used) * MAX_SCORE) / total)
    }
    return Math.floor(score / 2)
  },
}

/** Nodes on which cpu and memory stay used in like parts. Source: noderesources BalancedAllocation. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  events: [],
  weight: 1,
  // A pod that asks for nothing changes no balance.
  preScore(_, pod) {
    const { requests } = podAmounts(pod)
    return (requests['cpu'] ?? 0) > 0 || (requests['memory'] ?? 0) > 0
  },
  score(_, pod, node) {
    const { requests } = podAmounts(pod)
    const fractions = ['cpu', 'memory'].flatMap((name) => {
      const total = node.allocatable[name] ?? 0
      return total === 0 ? [] : [Math.min(1, ((node.requested[name] ?? 0) + (requests[name] ?? 0)) / total)]
    })
    const [a = 0, b = a] = fractions
    return Math.floor((1 - Math.abs(a - b) / 2) * MAX_SCORE)
  },
}

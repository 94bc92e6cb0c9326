/** Which pods to delete so that a more important one fits. Source: DefaultPreemption. */
import { keyOf } from '#kubernetes/client/informer.ts'
import { compileSelector } from '#kubernetes/client/selectors.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { PodDisruptionBudget } from '#kubernetes/client/types/policy.ts'
import type { Rejection } from './framework.ts'
import type { NodeInfo } from './node-info.ts'

export const NOT_HELPFUL = 'Preemption is not helpful for scheduling'
export const NO_VICTIMS = 'No preemption victims found for incoming pod'
export const NEVER = 'not eligible due to preemptionPolicy=Never.'

export interface Candidate {
  readonly node: NodeInfo
  readonly victims: readonly Pod[]
  readonly violations: number
}

const priority = (pod: Pod): number => pod.spec.priority ?? 0
const startTime = (pod: Pod): string => pod.status?.startTime ?? '9999'

/** More important first: higher priority, then the older. */
function byImportance(a: Pod, b: Pod): number {
  return priority(b) - priority(a) || (startTime(a) < startTime(b) ? -1 : 1)
}

/**
 * The pods of `node` that must go for `pod`; undefined when that doesn't help. `fits` looks at the node as it is at the moment
 * of the call; the node is left as it was found.
 */
export function selectVictims(
  pod: Pod,
  node: NodeInfo,
  budgets: readonly PodDisruptionBudget[],
  fits: () => boolean,
): Candidate | undefined {
  const lower = [...node.pods.values()].filter((p) => priority(p) < priority(pod))
  if (lower.length === 0) return undefined
  for (const victim of lower) node.removePod(keyOf(victim))
  const victims: Pod[] = []
  let violations = 0
  try {
    if (!fits()) return undefined
    const allowed = new Map(budgets.map((b) => [b, b.status?.disruptionsAllowed ?? 0]))
    const violating: Pod[] = []
    const free: Pod[] = []
    for (const victim of [...lower].sort(byImportance)) {
      let violates = false
      for (const [budget, left] of allowed) {
        if (budget.metadata.namespace !== victim.metadata.namespace || !compileSelector(budget.spec.selector)(victim.metadata.labels))
          continue
        allowed.set(budget, left - 1)
        if (left - 1 < 0) violates = true
      }
      ;(violates ? violating : free).push(victim)
    }
    // Put back what may stay, the most important first.
    const reprieve = (victim: Pod): boolean => {
      node.addPod(keyOf(victim), victim)
      if (fits()) return true
      node.removePod(keyOf(victim))
      victims.push(victim)
      return false
    }
    for (const victim of violating) if (!reprieve(victim)) violations++
    for (const victim of free) reprieve(victim)
  } finally {
    for (const victim of lower) node.addPod(keyOf(victim), victim)
  }
  return victims.length === 0 ? undefined : { node, victims, violations }
}

/** The node where preemption does least harm. Source: pickOneNodeForPreemption. */
export function pickCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  const highest = (c: Candidate): number => Math.max(...c.victims.map(priority))
  // Priorities may be negative: shifted, so that more victims always weigh more.
  const sum = (c: Candidate): number => c.victims.reduce((n, v) => n + priority(v) + 2_147_483_648, 0)
  const latest = (c: Candidate): string => {
    const top = highest(c)
    return (
      c.victims
        .filter((v) => priority(v) === top)
        .map(startTime)
        .sort()[0] ?? ''
    )
  }
  return [...candidates].sort((a, b) => {
    if (a.violations !== b.violations) return a.violations - b.violations
    if (highest(a) !== highest(b)) return highest(a) - highest(b)
    if (sum(a) !== sum(b)) return sum(a) - sum(b)
    if (a.victims.length !== b.victims.length) return a.victims.length - b.victims.length
    return latest(a) > latest(b) ? -1 : 1
  })[0]
}

/** `0/4 nodes are available: 1 …, 3 ….`: reasons with their counts, sorted as text. */
export function fitMessage(nodes: number, rejections: Iterable<Rejection>): string {
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const texts = [...counts].map(([reason, n]) => `${n} ${reason}`).sort()
  return `0/${nodes} nodes are available:${texts.length === 0 ? '' : ` ${texts.join(', ')}.`}`
}

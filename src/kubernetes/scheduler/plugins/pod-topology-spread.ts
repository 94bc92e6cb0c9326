/** Spreads pods over nodes and zones. Source: podtopologyspread. */
import { hasLabels } from '#kubernetes/client/informer.ts'
import { REPLICA_SETS, REPLICATION_CONTROLLERS, SERVICES, STATEFUL_SETS } from '#kubernetes/client/resources.ts'
import { compileSelector, type Selector } from '#kubernetes/client/selectors.ts'
import { isTolerated } from '#kubernetes/client/taints.ts'
import type { LabelSelector } from '#kubernetes/client/types/meta.ts'
import type { Pod, TopologySpreadConstraint } from '#kubernetes/client/types/pod.ts'
import { MAX_SCORE, type Plugin, type PluginContext, type Snapshot, unresolvable, unschedulable } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import { matchesNode } from './node-affinity.ts'

const REASON = "node(s) didn't match pod topology spread constraints"
const REASON_LABEL = `${REASON} (missing required label)`
const HOSTNAME = 'kubernetes.io/hostname'

/** What every pod of a service or workload gets that says nothing itself. Source: systemDefaultConstraints. */
const DEFAULTS: readonly TopologySpreadConstraint[] = [
  { maxSkew: 3, topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway' },
  { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
]

interface Constraint {
  readonly maxSkew: number
  readonly key: string
  readonly minDomains: number
  readonly selector: Selector
  /** Names the selector in the counts nodes keep. */
  readonly id: string
  readonly spec: TopologySpreadConstraint
}

interface FilterState {
  readonly constraints: readonly Constraint[]
  /** Pods by value of the key, for each constraint. */
  readonly counts: readonly Map<string, number>[]
}

interface ScoreState {
  readonly constraints: readonly Constraint[]
  readonly weights: readonly number[]
  readonly counts: readonly Map<string, number>[]
  readonly ignored: ReadonlySet<NodeInfo>
}

/** Natural logarithm of a whole number from 1 on, by series: the same in every engine. */
export function ln(n: number): number {
  let rest = n
  let twos = 0
  while (rest > 1.5) {
    rest /= 2
    twos++
  }
  const x = (rest - 1) / (rest + 1)
  let sum = 0
  for (let i = 1, power = x; i < 40; i += 2, power *= x * x) sum += power / i
  return 2 * sum + twos * 0.6931471805599453
}

function constraint(spec: TopologySpreadConstraint, pod: Pod, labelSelector: LabelSelector | undefined): Constraint {
  const extra = (spec.matchLabelKeys ?? []).flatMap((key) => {
    const value = pod.metadata.labels?.[key]
    return value === undefined ? [] : [{ key, operator: 'In', values: [value] }]
  })
  const selector =
    labelSelector === undefined ? undefined : { ...labelSelector, matchExpressions: [...(labelSelector.matchExpressions ?? []), ...extra] }
  return {
    maxSkew: spec.maxSkew,
    key: spec.topologyKey,
    minDomains: spec.minDomains ?? 1,
    selector: compileSelector(selector),
    id: `${pod.metadata.namespace}|${JSON.stringify(selector ?? null)}`,
    spec,
  }
}

/** Whether a node takes part in the count, by the constraint's policies for affinity and taints. */
function counts(c: Constraint, pod: Pod, node: NodeInfo): boolean {
  if (c.spec.nodeAffinityPolicy !== 'Ignore' && !matchesNode(pod, node)) return false
  if (c.spec.nodeTaintsPolicy !== 'Honor') return true
  return (node.node.spec.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, pod.spec.tolerations))
}

export function podTopologySpread(context: PluginContext): Plugin {
  const services = context.informers.of(SERVICES)
  const sets = context.informers.of(REPLICA_SETS)
  const stateful = context.informers.of(STATEFUL_SETS)
  const replication = context.informers.of(REPLICATION_CONTROLLERS)

  /** What the pod's services and controller select by. Source: helper.DefaultSelector. */
  const defaultSelector = (pod: Pod): LabelSelector | undefined => {
    const { namespace = '', labels } = pod.metadata
    const matchLabels: Record<string, string> = {}
    for (const service of services.store.inNamespace(namespace)) {
      const { selector } = service.spec
      if (selector !== undefined && Object.keys(selector).length > 0 && hasLabels(labels, selector)) Object.assign(matchLabels, selector)
    }
    const owner = pod.metadata.ownerReferences?.find((ref) => ref.controller === true)
    let own: LabelSelector | undefined
    if (owner?.kind === 'ReplicaSet') own = sets.store.find(namespace, owner.name)?.spec.selector
    if (owner?.kind === 'StatefulSet') own = stateful.store.find(namespace, owner.name)?.spec.selector
    if (owner?.kind === 'ReplicationController') own = { matchLabels: replication.store.find(namespace, owner.name)?.spec.selector }
    const merged: LabelSelector = { matchLabels: { ...matchLabels, ...own?.matchLabels }, matchExpressions: own?.matchExpressions }
    return Object.keys(merged.matchLabels ?? {}).length === 0 && (merged.matchExpressions ?? []).length === 0 ? undefined : merged
  }

  const countPairs = (
    constraints: readonly Constraint[],
    pod: Pod,
    nodes: readonly NodeInfo[],
    needAll: boolean,
  ): Map<string, number>[] => {
    const result = constraints.map(() => new Map<string, number>())
    for (const node of nodes) {
      if (needAll && !constraints.every((c) => node.labels[c.key] !== undefined)) continue
      constraints.forEach((c, i) => {
        const value = node.labels[c.key]
        const pairs = result[i]
        if (value === undefined || pairs === undefined || !counts(c, pod, node)) return
        pairs.set(value, (pairs.get(value) ?? 0) + node.countMatching(pod.metadata.namespace ?? '', c.id, c.selector))
      })
    }
    return result
  }

  return {
    name: 'PodTopologySpread',
    events: ['node-add', 'node-labels', 'node-taints', 'pod-add', 'pod-labels', 'pod-delete'],
    helps(_, pod, other) {
      if (other.metadata.namespace !== pod.metadata.namespace) return false
      return (pod.spec.topologySpreadConstraints ?? []).some(
        (c) => c.whenUnsatisfiable === 'DoNotSchedule' && constraint(c, pod, c.labelSelector).selector(other.metadata.labels),
      )
    },
    weight: 2,
    preFilter(state, pod, snapshot: Snapshot) {
      const hard = (pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === 'DoNotSchedule')
      const constraints = hard.map((c) => constraint(c, pod, c.labelSelector))
      const made: FilterState = { constraints, counts: constraints.length === 0 ? [] : countPairs(constraints, pod, snapshot.nodes, true) }
      state.set('PodTopologySpread', made)
      return undefined
    },
    filter(state, pod, node) {
      const { constraints, counts: pairs } = state.get('PodTopologySpread') as FilterState
      for (let i = 0; i < constraints.length; i++) {
        const c = constraints[i]
        const byValue = pairs[i]
        if (c === undefined || byValue === undefined) continue
        const value = node.labels[c.key]
        if (value === undefined) return unresolvable(REASON_LABEL)
        let least = byValue.size < c.minDomains ? 0 : Number.POSITIVE_INFINITY
        for (const n of byValue.values()) least = Math.min(least, n)
        const self = c.selector(pod.metadata.labels) ? 1 : 0
        if ((byValue.get(value) ?? 0) + self - (least === Number.POSITIVE_INFINITY ? 0 : least) > c.maxSkew) return unschedulable(REASON)
      }
      return undefined
    },
    preScore(state, pod, nodes, snapshot) {
      const own = pod.spec.topologySpreadConstraints ?? []
      const systemDefaulted = own.length === 0
      const selector = systemDefaulted ? defaultSelector(pod) : undefined
      if (systemDefaulted && selector === undefined) return false
      const soft = systemDefaulted ? DEFAULTS : own.filter((c) => c.whenUnsatisfiable === 'ScheduleAnyway')
      if (soft.length === 0) return false
      const constraints = soft.map((c) => constraint(c, pod, systemDefaulted ? selector : c.labelSelector))
      const ignored = new Set(systemDefaulted ? [] : nodes.filter((n) => !constraints.every((c) => n.labels[c.key] !== undefined)))
      const zoned = constraints.some((c) => c.key !== HOSTNAME)
      const pairs = zoned
        ? countPairs(constraints, pod, snapshot.nodes, !systemDefaulted)
        : constraints.map(() => new Map<string, number>())
      const weights = constraints.map((c) => {
        const values = new Set(nodes.filter((n) => !ignored.has(n)).flatMap((n) => n.labels[c.key] ?? []))
        return ln((c.key === HOSTNAME ? nodes.length - ignored.size : values.size) + 2)
      })
      const made: ScoreState = { constraints, weights, counts: pairs, ignored }
      state.set('PodTopologySpread/score', made)
      return true
    },
    score(state, pod, node) {
      const { constraints, weights, counts: pairs, ignored } = state.get('PodTopologySpread/score') as ScoreState
      if (ignored.has(node)) return 0
      let score = 0
      for (let i = 0; i < constraints.length; i++) {
        const c = constraints[i]
        const value = c === undefined ? undefined : node.labels[c.key]
        if (c === undefined || value === undefined) continue
        const n = c.key === HOSTNAME ? node.countMatching(pod.metadata.namespace ?? '', c.id, c.selector) : (pairs[i]?.get(value) ?? 0)
        score += n * (weights[i] ?? 1) + (c.maxSkew - 1)
      }
      return Math.floor(score + 0.5)
    },
    normalize(state, scores, nodes) {
      const { ignored } = state.get('PodTopologySpread/score') as ScoreState
      let min = Number.POSITIVE_INFINITY
      let max = 0
      scores.forEach((score, i) => {
        const node = nodes[i]
        if (node !== undefined && ignored.has(node)) return
        min = Math.min(min, score)
        max = Math.max(max, score)
      })
      for (let i = 0; i < scores.length; i++) {
        const node = nodes[i]
        if (node !== undefined && ignored.has(node)) scores[i] = 0
        else scores[i] = max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - (scores[i] ?? 0))) / max)
      }
    },
  }
}

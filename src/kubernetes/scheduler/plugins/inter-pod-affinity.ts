/** Pods near to, or away from, other pods. Source: interpodaffinity. */
import { NAMESPACES } from '#kubernetes/client/resources.ts'
import { compileSelector, isEmptySelector, type Selector } from '#kubernetes/client/selectors.ts'
import type { Labels } from '#kubernetes/client/types/meta.ts'
import type { Pod, PodAffinityTerm } from '#kubernetes/client/types/pod.ts'
import { MAX_SCORE, type Plugin, type PluginContext, unresolvable, unschedulable } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

const REASON_AFFINITY = "node(s) didn't match pod affinity rules"
const REASON_ANTI = "node(s) didn't match pod anti-affinity rules"
const REASON_EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
/** Weight of others' required affinity when scoring. Source: HardPodAffinityWeight. */
const HARD_WEIGHT = 1

interface Term {
  readonly key: string
  matches(pod: Pod): boolean
}

/** Pods by `key=value` of topology, for one group of terms. */
type Pairs = Map<string, number>

interface FilterState {
  readonly affinity: readonly Term[]
  readonly anti: readonly Term[]
  /** For each own term. */
  readonly affinityPairs: readonly Pairs[]
  readonly antiPairs: readonly Pairs[]
  readonly existingAnti: Pairs
}

const required = (pod: Pod, which: 'podAffinity' | 'podAntiAffinity'): readonly PodAffinityTerm[] =>
  pod.spec.affinity?.[which]?.requiredDuringSchedulingIgnoredDuringExecution ?? []

function bump(pairs: Pairs, key: string, value: string | undefined, by: number): void {
  if (value === undefined) return
  const pair = `${key}=${value}`
  pairs.set(pair, (pairs.get(pair) ?? 0) + by)
}

export function interPodAffinity(context: PluginContext): Plugin {
  const namespaces = context.informers.of(NAMESPACES)

  const term = (spec: PodAffinityTerm, owner: Pod): Term => {
    const extra = [
      ...(spec.matchLabelKeys ?? []).flatMap((key) => within(key, 'In', owner.metadata.labels)),
      ...(spec.mismatchLabelKeys ?? []).flatMap((key) => within(key, 'NotIn', owner.metadata.labels)),
    ]
    const labelSelector =
      spec.labelSelector === undefined
        ? undefined
        : { ...spec.labelSelector, matchExpressions: [...(spec.labelSelector.matchExpressions ?? []), ...extra] }
    const selector: Selector = compileSelector(labelSelector)
    const named = new Set(spec.namespaces ?? [])
    if (named.size === 0 && spec.namespaceSelector === undefined) named.add(owner.metadata.namespace ?? '')
    const bySelector = spec.namespaceSelector === undefined ? undefined : compileSelector(spec.namespaceSelector)
    const everywhere = spec.namespaceSelector !== undefined && isEmptySelector(spec.namespaceSelector)
    const inNamespace = (name: string): boolean =>
      named.has(name) || everywhere || (bySelector?.(namespaces.store.get(name)?.metadata.labels ?? {}) ?? false)
    return { key: spec.topologyKey, matches: (pod) => inNamespace(pod.metadata.namespace ?? '') && selector(pod.metadata.labels) }
  }

  const scores = (pod: Pod, nodes: ReadonlySet<NodeInfo> | readonly NodeInfo[]): Pairs => {
    const pairs: Pairs = new Map()
    const own = pod.spec.affinity
    const preferred = own?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const avoided = own?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const mine = [
      ...preferred.map((p) => ({ term: term(p.podAffinityTerm, pod), weight: p.weight })),
      ...avoided.map((p) => ({ term: term(p.podAffinityTerm, pod), weight: -p.weight })),
    ]
    for (const node of nodes) {
      for (const other of node.pods.values()) {
        for (const { term: t, weight } of mine) if (t.matches(other)) bump(pairs, t.key, node.labels[t.key], weight)
        const theirs = other.spec.affinity
        if (theirs === undefined) continue
        const bumpIf = (spec: PodAffinityTerm, weight: number): void => {
          const t = term(spec, other)
          if (t.matches(pod)) bump(pairs, t.key, node.labels[t.key], weight)
        }
        for (const spec of required(other, 'podAffinity')) bumpIf(spec, HARD_WEIGHT)
        for (const p of theirs.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) bumpIf(p.podAffinityTerm, p.weight)
        for (const p of theirs.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) bumpIf(p.podAffinityTerm, -p.weight)
      }
    }
    return pairs
  }

  return {
    name: 'InterPodAffinity',
    events: ['node-add', 'node-labels', 'pod-add', 'pod-labels', 'pod-delete'],
    helps(event, pod, other) {
      if (event !== 'pod-delete') return required(pod, 'podAffinity').some((spec) => term(spec, pod).matches(other))
      return (
        required(pod, 'podAntiAffinity').some((spec) => term(spec, pod).matches(other)) ||
        required(other, 'podAntiAffinity').some((spec) => term(spec, other).matches(pod))
      )
    },
    weight: 2,
    preFilter(state, pod, snapshot) {
      const affinity = required(pod, 'podAffinity').map((spec) => term(spec, pod))
      const anti = required(pod, 'podAntiAffinity').map((spec) => term(spec, pod))
      const made: FilterState = {
        affinity,
        anti,
        affinityPairs: affinity.map(() => new Map()),
        antiPairs: anti.map(() => new Map()),
        existingAnti: new Map(),
      }
      for (const node of snapshot.withAntiAffinity) {
        for (const other of node.pods.values()) {
          for (const spec of required(other, 'podAntiAffinity')) {
            const t = term(spec, other)
            if (t.matches(pod)) bump(made.existingAnti, t.key, node.labels[t.key], 1)
          }
        }
      }
      if (affinity.length + anti.length > 0) {
        for (const node of snapshot.nodes) {
          for (const other of node.pods.values()) {
            // A pod counts for affinity only when it matches all terms.
            if (affinity.length > 0 && affinity.every((t) => t.matches(other)))
              for (const [i, t] of affinity.entries()) bump(made.affinityPairs[i] ?? new Map(), t.key, node.labels[t.key], 1)
            anti.forEach((t, i) => {
              if (t.matches(other)) bump(made.antiPairs[i] ?? new Map(), t.key, node.labels[t.key], 1)
            })
          }
        }
      }
      state.set('InterPodAffinity', made)
      return undefined
    },
    filter(state, pod, node) {
      const { affinity, anti, affinityPairs, antiPairs, existingAnti } = state.get('InterPodAffinity') as FilterState
      const pair = (key: string): string => `${key}=${node.labels[key]}`
      if (affinity.length > 0) {
        if (affinity.some((t) => node.labels[t.key] === undefined)) return unresolvable(REASON_AFFINITY)
        const near = affinity.every((t, i) => (affinityPairs[i]?.get(pair(t.key)) ?? 0) > 0)
        // The first of a group that wants to be together with itself may go anywhere.
        const first = affinityPairs.every((pairs) => pairs.size === 0) && affinity.every((t) => t.matches(pod))
        if (!near && !first) return unresolvable(REASON_AFFINITY)
      }
      if (anti.some((t, i) => node.labels[t.key] !== undefined && (antiPairs[i]?.get(pair(t.key)) ?? 0) > 0))
        return unschedulable(REASON_ANTI)
      if (existingAnti.size > 0) {
        for (const [key, value] of Object.entries(node.labels))
          if ((existingAnti.get(`${key}=${value}`) ?? 0) > 0) return unschedulable(REASON_EXISTING)
      }
      return undefined
    },
    preScore(state, pod, _, snapshot) {
      const own = pod.spec.affinity
      const has =
        (own?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0 ||
        (own?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0
      if (!has && snapshot.withAffinity.size === 0) return false
      const pairs = scores(pod, has ? snapshot.nodes : snapshot.withAffinity)
      state.set('InterPodAffinity/score', pairs)
      return pairs.size > 0
    },
    score(state, _, node) {
      const pairs = state.get('InterPodAffinity/score') as Pairs
      let score = 0
      for (const [key, value] of Object.entries(node.labels)) score += pairs.get(`${key}=${value}`) ?? 0
      return score
    },
    normalize(_, list) {
      const min = Math.min(...list)
      const max = Math.max(...list)
      for (let i = 0; i < list.length; i++) list[i] = max === min ? 0 : Math.floor((MAX_SCORE * ((list[i] ?? 0) - min)) / (max - min))
    },
  }
}

function within(
  key: string,
  operator: string,
  labels: Labels | undefined,
): { readonly key: string; readonly operator: string; readonly values: readonly string[] }[] {
  const value = labels?.[key]
  return value === undefined ? [] : [{ key, operator, values: [value] }]
}

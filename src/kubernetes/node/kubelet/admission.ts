/** The last check before a pod starts on a node. Source: pkg/kubelet/lifecycle/predicate.go. */
import { milliValue, wholeValue } from '#kubernetes/api/quantity.ts'
import { matchesNodeSelectorTerms } from '#kubernetes/client/selectors.ts'
import type { ResourceList } from '#kubernetes/client/types/meta.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'

type Amounts = Record<string, number>

function requests(pod: Pod): Amounts {
  const out: Amounts = {}
  for (const container of pod.spec.containers) {
    for (const [name, quantity] of Object.entries(container.resources?.requests ?? {}))
      out[name] = (out[name] ?? 0) + (name === 'cpu' ? milliValue(quantity) : wholeValue(quantity))
  }
  return out
}

/** Why the pod can't run here; undefined: it can. */
export function admitPod(
  pod: Pod,
  node: Node | undefined,
  others: readonly Pod[],
  allocatable: ResourceList,
): { readonly reason: string; readonly message: string } | undefined {
  if (pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file') return undefined
  const active = others.filter((p) => p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed')
  const limit = wholeValue(allocatable['pods'] ?? 110)
  if (active.length + 1 > limit)
    return {
      reason: 'OutOfpods',
      message: `Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: ${active.length}, capacity: ${limit}`,
    }
  const wanted = requests(pod)
  for (const [name, asked] of Object.entries(wanted)) {
    const capacity = name === 'cpu' ? milliValue(allocatable[name] ?? 0) : wholeValue(allocatable[name] ?? 0)
    const used = active.reduce((sum, p) => sum + (requests(p)[name] ?? 0), 0)
    if (asked > 0 && asked + used > capacity)
      return {
        reason: `OutOf${name}`,
        message: `Pod was rejected: Node didn't have enough resource: ${name}, requested: ${asked}, used: ${used}, capacity: ${capacity}`,
      }
  }
  if (node === undefined) return undefined
  const labels = node.metadata.labels ?? {}
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const matches =
    Object.entries(pod.spec.nodeSelector ?? {}).every(([k, v]) => labels[k] === v) &&
    (required === undefined || matchesNodeSelectorTerms(required.nodeSelectorTerms, { name: node.metadata.name, labels }))
  return matches
    ? undefined
    : {
        reason: 'NodeAffinity',
        message: "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
      }
}

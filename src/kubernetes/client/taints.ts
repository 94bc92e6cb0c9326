/** Taints and tolerations. Source: component-helpers/scheduling/corev1. */
import type { Node, Taint } from '#kubernetes/client/types/node.ts'
import type { Toleration } from '#kubernetes/client/types/pod.ts'

export const NOT_READY = 'node.kubernetes.io/not-ready'
export const UNREACHABLE = 'node.kubernetes.io/unreachable'
export const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'
export const MEMORY_PRESSURE = 'node.kubernetes.io/memory-pressure'
export const DISK_PRESSURE = 'node.kubernetes.io/disk-pressure'
export const PID_PRESSURE = 'node.kubernetes.io/pid-pressure'
export const NETWORK_UNAVAILABLE = 'node.kubernetes.io/network-unavailable'

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = '', value = '', effect = '' } = toleration
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  if (operator === 'Exists') return true
  return (operator === '' || operator === 'Equal') && value === (taint.value ?? '')
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return (tolerations ?? []).some((t) => tolerates(t, taint))
}

export function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect
}

/** The node's taints with `remove` gone and `add` there; undefined when that changes nothing. */
export function withTaints(node: Node, add: readonly Taint[], remove: readonly Taint[]): Taint[] | undefined {
  const old = node.spec.taints ?? []
  const kept = old.filter((t) => !remove.some((r) => sameTaint(r, t)))
  const missing = add.filter((t) => !kept.some((k) => sameTaint(k, t)))
  return kept.length === old.length && missing.length === 0 ? undefined : [...kept, ...missing]
}

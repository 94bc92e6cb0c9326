/** What the scheduler keeps about a node: its pods, what they ask for, what is left. */
import { milliValue, wholeValue } from '#kubernetes/api/quantity.ts'
import type { Selector } from '#kubernetes/client/selectors.ts'
import type { ResourceList } from '#kubernetes/client/types/meta.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'

/** Amounts by resource: cpu in millicores, all others in whole units. */
export type Amounts = Readonly<Record<string, number>>

/** What a pod without requests counts as, when nodes are compared. Source: DefaultMilliCPURequest, DefaultMemoryRequest. */
const DEFAULT_MILLI_CPU = 100
const DEFAULT_MEMORY = 200 * 1024 * 1024

export function amounts(list: ResourceList | undefined): Amounts {
  const out: Record<string, number> = {}
  for (const [name, quantity] of Object.entries(list ?? {})) out[name] = name === 'cpu' ? milliValue(quantity) : wholeValue(quantity)
  return out
}

function add(into: Record<string, number>, more: Amounts): void {
  for (const [name, n] of Object.entries(more)) into[name] = (into[name] ?? 0) + n
}

function most(into: Record<string, number>, other: Amounts): void {
  for (const [name, n] of Object.entries(other)) into[name] = Math.max(into[name] ?? 0, n)
}

const isSidecar = (c: Container): boolean => c.restartPolicy === 'Always'

/** Containers together, init containers one after another, sidecars from their turn on, and overhead. Source: resourcehelper.PodRequests. */
export function podRequests(pod: Pod, of: (c: Container) => Amounts = (c) => amounts(c.resources?.requests)): Amounts {
  const total: Record<string, number> = {}
  for (const container of pod.spec.containers) add(total, of(container))
  const sidecars: Record<string, number> = {}
  const init: Record<string, number> = {}
  for (const container of pod.spec.initContainers ?? []) {
    const own = of(container)
    if (isSidecar(container)) {
      add(total, own)
      add(sidecars, own)
      most(init, sidecars)
    } else {
      const together: Record<string, number> = { ...sidecars }
      add(together, own)
      most(init, together)
    }
  }
  most(total, init)
  add(total, amounts(pod.spec.overhead))
  return total
}

interface PodAmounts {
  readonly requests: Amounts
  readonly nonZero: { readonly cpu: number; readonly memory: number }
}

const cache = new WeakMap<object, PodAmounts>()

/** What a pod asks for; kept with its spec, which never changes. */
export function podAmounts(pod: Pod): PodAmounts {
  const known = cache.get(pod.spec)
  if (known !== undefined) return known
  const withDefaults = podRequests(pod, (c) => {
    const own = amounts(c.resources?.requests)
    return { cpu: own['cpu'] ?? DEFAULT_MILLI_CPU, memory: own['memory'] ?? DEFAULT_MEMORY }
  })
  const made = { requests: podRequests(pod), nonZero: { cpu: withDefaults['cpu'] ?? 0, memory: withDefaults['memory'] ?? 0 } }
  cache.set(pod.spec, made)
  return made
}

export interface HostPort {
  readonly protocol: string
  readonly ip: string
  readonly port: number
}

export function hostPorts(pod: Pod): HostPort[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)]
  return containers.flatMap((c) =>
    (c.ports ?? []).flatMap((p) =>
      (p.hostPort ?? 0) > 0 ? [{ protocol: p.protocol ?? 'TCP', ip: p.hostIP ?? '0.0.0.0', port: p.hostPort ?? 0 }] : [],
    ),
  )
}

export function portsConflict(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
}

/** Counts kept per node; beyond that they are counted anew. */
const COUNTS_KEPT = 64

export class NodeInfo {
  readonly name: string
  node: Node
  allocatable: Amounts
  readonly pods = new Map<string, Pod>()
  readonly requested: Record<string, number> = {}
  readonly nonZero = { cpu: 0, memory: 0 }
  usedPorts: HostPort[] = []
  /** Size of each image that is on the node. */
  images = new Map<string, number>()
  antiAffinityPods = 0
  affinityPods = 0
  readonly #counts = new Map<string, { readonly namespace: string; readonly selector: Selector; count: number }>()

  constructor(node: Node) {
    this.name = node.metadata.name
    this.node = node
    this.allocatable = {}
    this.setNode(node)
  }

  setNode(node: Node): void {
    this.node = node
    this.allocatable = amounts(node.status?.allocatable)
    this.images = new Map()
    for (const image of node.status?.images ?? []) for (const name of image.names ?? []) this.images.set(name, image.sizeBytes ?? 0)
  }

  get labels(): Readonly<Record<string, string>> {
    return this.node.metadata.labels ?? {}
  }

  addPod(key: string, pod: Pod): void {
    this.removePod(key)
    this.pods.set(key, pod)
    this.#account(pod, 1)
  }

  removePod(key: string): Pod | undefined {
    const pod = this.pods.get(key)
    if (pod === undefined) return undefined
    this.pods.delete(key)
    this.#account(pod, -1)
    return pod
  }

  /** How many pods of a namespace that are not being deleted match; `id` names the selector. */
  countMatching(namespace: string, id: string, selector: Selector): number {
    const known = this.#counts.get(id)
    if (known !== undefined) return known.count
    let count = 0
    for (const pod of this.pods.values()) if (counts(pod, namespace, selector)) count++
    if (this.#counts.size >= COUNTS_KEPT) this.#counts.clear()
    this.#counts.set(id, { namespace, selector, count })
    return count
  }

  #account(pod: Pod, sign: 1 | -1): void {
    const { requests, nonZero } = podAmounts(pod)
    for (const [name, n] of Object.entries(requests)) this.requested[name] = (this.requested[name] ?? 0) + sign * n
    this.nonZero.cpu += sign * nonZero.cpu
    this.nonZero.memory += sign * nonZero.memory
    const { affinity } = pod.spec
    if ((affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0) this.antiAffinityPods += sign
    if (affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined) this.affinityPods += sign
    for (const entry of this.#counts.values()) if (counts(pod, entry.namespace, entry.selector)) entry.count += sign
    if (hostPorts(pod).length > 0) this.usedPorts = [...this.pods.values()].flatMap(hostPorts)
  }
}

function counts(pod: Pod, namespace: string, selector: Selector): boolean {
  return pod.metadata.deletionTimestamp === undefined && pod.metadata.namespace === namespace && selector(pod.metadata.labels)
}

import { keyOf } from '#kubernetes/client/informer.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Snapshot } from './framework.ts'
import { NodeInfo } from './node-info.ts'

/** Nodes and the pods on them, including those whose binding is still on its way (assumed). */
export class SchedulerCache implements Snapshot {
  readonly nodesByName = new Map<string, NodeInfo>()
  readonly withAntiAffinity = new Set<NodeInfo>()
  readonly withAffinity = new Set<NodeInfo>()
  /** Node of each known pod. */
  readonly #placed = new Map<string, string>()
  readonly #assumed = new Set<string>()
  /** Pods on nodes that aren't known (yet). */
  readonly #homeless = new Map<string, Map<string, Pod>>()
  #nodes: NodeInfo[] | undefined

  get nodes(): readonly NodeInfo[] {
    this.#nodes ??= [...this.nodesByName.values()]
    return this.#nodes
  }

  setNode(node: Node): void {
    const { name } = node.metadata
    const known = this.nodesByName.get(name)
    if (known !== undefined) {
      known.setNode(node)
      return
    }
    const info = new NodeInfo(node)
    this.nodesByName.set(name, info)
    this.#nodes = undefined
    for (const [key, pod] of this.#homeless.get(name) ?? []) info.addPod(key, pod)
    this.#homeless.delete(name)
    this.#index(info)
  }

  removeNode(name: string): void {
    const info = this.nodesByName.get(name)
    if (info === undefined) return
    this.nodesByName.delete(name)
    this.#nodes = undefined
    this.withAffinity.delete(info)
    this.withAntiAffinity.delete(info)
    if (info.pods.size > 0) this.#homeless.set(name, new Map(info.pods))
  }

  /** A pod that has a node, as the API server tells it. */
  setPod(pod: Pod): void {
    const key = keyOf(pod)
    this.#assumed.delete(key)
    this.#place(key, pod, pod.spec.nodeName ?? '')
  }

  removePod(key: string): void {
    const node = this.#placed.get(key)
    if (node === undefined) return
    this.#placed.delete(key)
    this.#assumed.delete(key)
    this.#homeless.get(node)?.delete(key)
    const info = this.nodesByName.get(node)
    info?.removePod(key)
    if (info !== undefined) this.#index(info)
  }

  /** Counts the pod as being on `node` before the API server says so. */
  assume(pod: Pod, node: string): void {
    const key = keyOf(pod)
    this.#assumed.add(key)
    this.#place(key, pod, node)
  }

  /** Takes back an assumption (binding failed). */
  forget(pod: Pod): void {
    const key = keyOf(pod)
    if (this.#assumed.has(key)) this.removePod(key)
  }

  isAssumed(key: string): boolean {
    return this.#assumed.has(key)
  }

  #place(key: string, pod: Pod, node: string): void {
    const before = this.#placed.get(key)
    if (before !== undefined && before !== node) this.removePod(key)
    this.#placed.set(key, node)
    const info = this.nodesByName.get(node)
    if (info === undefined) {
      const waiting = this.#homeless.get(node)
      if (waiting === undefined) this.#homeless.set(node, new Map([[key, pod]]))
      else waiting.set(key, pod)
      return
    }
    info.addPod(key, pod)
    this.#index(info)
  }

  #index(info: NodeInfo): void {
    if (info.affinityPods > 0) this.withAffinity.add(info)
    else this.withAffinity.delete(info)
    if (info.antiAffinityPods > 0) this.withAntiAffinity.add(info)
    else this.withAntiAffinity.delete(info)
  }
}

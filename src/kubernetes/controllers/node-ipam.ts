/** Node IPAM and TTL controllers. Source: pkg/controller/nodeipam (RangeAllocator), pkg/controller/ttl. */
import { NODES } from '#kubernetes/client/resources.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, recorderFor, startWorkers } from './context.ts'

/** The subnets of a network, handed out in turn. */
export class CidrSet {
  readonly #base: number
  readonly #prefix: number
  readonly #count: number
  readonly #used = new Set<number>()
  #next = 0

  /** `cidr`: `10.244.0.0/16`; `prefix`: length of the subnets, 24. */
  constructor(cidr: string, prefix: number) {
    const [address = '', length = '32'] = cidr.split('/')
    this.#base = address.split('.').reduce((n, part) => n * 256 + Number(part), 0)
    this.#prefix = prefix
    this.#count = 2 ** (prefix - Number(length))
  }

  /** The next free subnet; undefined when there is none. */
  allocate(): string | undefined {
    for (let i = 0; i < this.#count; i++) {
      const candidate = (this.#next + i) % this.#count
      if (this.#used.has(candidate)) continue
      this.#used.add(candidate)
      this.#next = (candidate + 1) % this.#count
      return this.#text(candidate)
    }
    return undefined
  }

  occupy(cidr: string): void {
    this.#used.add(this.#index(cidr))
  }

  release(cidr: string): void {
    this.#used.delete(this.#index(cidr))
  }

  #index(cidr: string): number {
    const address = (cidr.split('/')[0] ?? '').split('.').reduce((n, part) => n * 256 + Number(part), 0)
    return Math.floor((address - this.#base) / 2 ** (32 - this.#prefix))
  }

  #text(index: number): string {
    const address = this.#base + index * 2 ** (32 - this.#prefix)
    const parts = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256)
    return `${parts.join('.')}/${this.#prefix}`
  }
}

/** Gives every node a part of `clusterCidr` for its pods. */
export function nodeIpam(clusterCidr: string): Controller {
  return {
    name: 'node-ipam-controller',
    serviceAccount: 'node-controller',
    start(context) {
      const cidrs = new CidrSet(clusterCidr, 24)
      const queue = new WorkQueue(context.sim)
      const nodes = context.informers.of(NODES)
      const recorder = recorderFor(context, 'cidrAllocator')
      nodes.addHandler({
        add(node) {
          if (node.spec.podCIDR !== undefined) cidrs.occupy(node.spec.podCIDR)
          else queue.add(node.metadata.name)
        },
        update(_, node) {
          if (node.spec.podCIDR === undefined) queue.add(node.metadata.name)
        },
        delete(node) {
          if (node.spec.podCIDR !== undefined) cidrs.release(node.spec.podCIDR)
        },
      })
      const sync = function* (name: string): Sim<void> {
        if (nodes.store.get(name)?.spec.podCIDR !== undefined) return
        // The cache may not have seen yet what this controller itself wrote: a second network would be added to the first.
        const node = yield* context.client.find(NODES, undefined, name)
        if (node === undefined || node.spec.podCIDR !== undefined) return
        const podCIDR = cidrs.allocate()
        if (podCIDR === undefined) {
          recorder.event(
            { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid, namespace: '' },
            'Normal',
            'CIDRNotAvailable',
            `Node ${name} status is now: CIDRNotAvailable`,
          )
          throw new Error('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range')
        }
        try {
          yield* context.client.patch(NODES, undefined, name, 'strategic', { spec: { podCIDR, podCIDRs: [podCIDR] } })
        } catch (error) {
          cidrs.release(podCIDR)
          throw error
        }
      }
      // One worker, so that nodes get their networks in the order they came.
      startWorkers(context, 'node-ipam', queue, 1, sync)
    },
  }
}

const TTL = 'node.alpha.kubernetes.io/ttl'
/** Seconds that kubelets may keep secrets, by the size of the cluster. */
const TTL_STEPS = [
  [100, 0],
  [500, 15],
  [1000, 30],
  [2000, 60],
] as const

export function ttlFor(nodeCount: number): number {
  return TTL_STEPS.find(([most]) => nodeCount <= most)?.[1] ?? 300
}

export const ttl: Controller = {
  name: 'ttl-controller',
  serviceAccount: 'ttl-controller',
  start(context) {
    const queue = new WorkQueue(context.sim)
    const nodes = context.informers.of(NODES)
    const wanted = (): string => String(ttlFor(nodes.store.size))
    const check = (node: Node): void => {
      if (node.metadata.annotations?.[TTL] !== wanted()) queue.add(node.metadata.name)
    }
    nodes.addHandler({ add: check, update: (_, node) => check(node) })
    const sync = function* (name: string): Sim<void> {
      const node = nodes.store.get(name)
      if (node === undefined || node.metadata.annotations?.[TTL] === wanted()) return
      yield* context.client.patch(NODES, undefined, name, 'strategic', { metadata: { annotations: { [TTL]: wanted() } } })
    }
    startWorkers(context, 'ttl', queue, 1, sync)
  },
}

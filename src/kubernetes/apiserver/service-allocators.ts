/** Cluster IPs and node ports: what is given out, and to whom. */
import { type Obj, objs, strs } from '#kubernetes/api/json.ts'
import type { Random } from '#sim/random.ts'

/** 10.96.0.0/16, as kubeadm's default 10.96.0.0/16; the first addresses are kept for those who ask. */
const CIDR = '10.96.0.0/16'
const NODE_PORTS = { first: 30_000, last: 32_767 }
/** Ports below are given only to those who name them. */
const STATIC_PORTS = 86

export class ServiceAllocators {
  readonly #random: Random
  readonly #addresses = new Set<string>()
  readonly #ports = new Set<number>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Marks what existing Services have as taken. */
  adopt(services: readonly Obj[]): void {
    for (const service of services) {
      for (const address of strs(service, 'spec', 'clusterIPs')) if (address !== 'None') this.#addresses.add(address)
      for (const port of objs(service, 'spec', 'ports')) if (typeof port.nodePort === 'number') this.#ports.add(port.nodePort)
    }
  }

  get cidr(): string {
    return CIDR
  }

  contains(address: string): boolean {
    return /^10\.96\.\d+\.\d+$/.test(address)
  }

  /** Takes an address that was asked for; false when it is taken. */
  takeAddress(address: string): boolean {
    if (this.#addresses.has(address)) return false
    this.#addresses.add(address)
    return true
  }

  newAddress(): string | undefined {
    for (let i = 0; i < 100_000; i++) {
      // The upper part of the range: lower addresses are for those who ask for one.
      const n = 256 + this.#random.below(65_536 - 257)
      const address = `10.96.${n >> 8}.${n & 0xff}`
      if (this.takeAddress(address)) return address
    }
    return undefined
  }

  releaseAddress(address: string): void {
    this.#addresses.delete(address)
  }

  takePort(port: number): boolean {
    if (this.#ports.has(port)) return false
    this.#ports.add(port)
    return true
  }

  newPort(): number | undefined {
    const first = NODE_PORTS.first + STATIC_PORTS
    for (let i = 0; i < 100_000; i++) {
      const port = first + this.#random.below(NODE_PORTS.last - first + 1)
      if (this.takePort(port)) return port
    }
    return undefined
  }

  releasePort(port: number): void {
    this.#ports.delete(port)
  }

  static inPortRange(port: number): boolean {
    return port >= NODE_PORTS.first && port <= NODE_PORTS.last
  }
}

import type { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'
import { type Ip4, ZERO_MAC } from './address.ts'
import type { LinkInfo, LinkKind } from './admin.ts'
import type { BridgePort } from './bridge.ts'
import type { PacketCounter } from './flow.ts'
import type { NetNamespace } from './namespace.ts'
import { cloneFrame, type EtherFrame, Packet, PROTO } from './packet.ts'

/** How long a frame takes from one end to the other inside a machine. */
export const LOOPBACK_LATENCY: Micros = 12
export const VETH_LATENCY: Micros = 18

/** An address of a device: struct in_ifaddr. IPv6 ones are kept for show; packets are IPv4. */
export interface InterfaceAddress {
  readonly family: 'inet' | 'inet6'
  readonly address: string
  /** The IPv4 address as a number; 0 for IPv6. */
  readonly ip: Ip4
  readonly prefix: number
  readonly peer?: string
  readonly broadcast?: string
  readonly scope: 'global' | 'site' | 'link' | 'host'
  readonly label?: string
  readonly secondary?: boolean
  readonly dynamic?: boolean
  readonly metric?: number
  /** Further words of ip(8): `noprefixroute`, `mngtmpaddr`. */
  readonly flags?: readonly string[]
  /** Until when the address is tentative (duplicate address detection). */
  readonly tentativeUntil?: Micros
  /** Absolute ends of the lifetimes; absent: forever. */
  readonly validUntil?: Micros
  readonly preferredUntil?: Micros
}

/** Hears every frame that crosses a device. */
export type Tap = (device: NetDevice, direction: 'in' | 'out', frame: EtherFrame) => void

/** A network device: struct net_device. What is special to a kind is in its subclass. */
export abstract class NetDevice {
  abstract readonly kind: LinkKind
  ns: NetNamespace
  index: number
  name: string
  mac: string
  mtu: number
  qlen = 1000
  up = false
  promisc = false
  alias: string | undefined
  readonly altNames: string[] = []
  /** The bridge this is a port of. */
  port: BridgePort | undefined
  addresses: InterfaceAddress[] = []
  readonly rx: PacketCounter = { packets: 0, bytes: 0 }
  readonly tx: PacketCounter = { packets: 0, bytes: 0 }
  rxDropped = 0
  txDropped = 0
  readonly taps = new Set<Tap>()
  /** VLAN devices on top of this one, by tag. */
  readonly vlans = new Map<number, NetDevice>()
  /** Devices whose lower device this is. */
  readonly uppers = new Set<NetDevice>()

  constructor(ns: NetNamespace, index: number, name: string, mac: string, mtu: number) {
    this.ns = ns
    this.index = index
    this.name = name
    this.mac = mac
    this.mtu = mtu
  }

  protected get sim(): Simulation {
    return this.ns.sim
  }

  /** Whether the medium is there (IFF_LOWER_UP). */
  abstract carrier(): boolean

  /** Puts a frame on the medium. */
  protected abstract xmit(frame: EtherFrame): void

  /** Resolves no addresses: the other side is whoever is there (loopback, tunnels). */
  get noArp(): boolean {
    return false
  }

  /** Devices that this one needs and that go away with it. */
  partner(): NetDevice | undefined {
    return undefined
  }

  /** The device's qdisc as ip(8) names it. */
  qdisc(): string {
    return this.up ? 'noqueue' : 'noop'
  }

  operState(): LinkInfo['state'] {
    if (!this.up) return 'DOWN'
    return this.carrier() ? 'UP' : 'DOWN'
  }

  /** dev_queue_xmit: counts, shows to captures, sends. */
  send(frame: EtherFrame): void {
    const packet = frame.packet
    if (!this.up || !this.carrier()) {
      this.txDropped++
      if (packet?.trace !== undefined) packet.trace.cacheable = false
      return
    }
    if (this.taps.size > 0) this.#show('out', frame)
    this.tx.packets++
    this.tx.bytes += packet === undefined ? 42 : packet.length + 14
    if (packet?.trace !== undefined) {
      packet.trace.counters.push(this.tx)
      packet.trace.depends(this.ns)
      if (this.taps.size > 0) packet.trace.cacheable = false
    }
    this.xmit(frame)
  }

  /** A frame arrives from the medium (netif_receive_skb). */
  deliver(frame: EtherFrame): void {
    const packet = frame.packet
    if (!this.up) {
      this.rxDropped++
      return
    }
    if (this.taps.size > 0) this.#show('in', frame)
    this.rx.packets++
    this.rx.bytes += packet === undefined ? 42 : packet.length + (this.kind === 'loopback' ? 0 : 14)
    if (packet?.trace !== undefined) {
      packet.trace.counters.push(this.rx)
      packet.trace.depends(this.ns)
      if (this.taps.size > 0) packet.trace.cacheable = false
    }
    if (frame.vlan !== undefined) {
      const upper = this.vlans.get(frame.vlan)
      if (upper !== undefined) {
        const { vlan: _, ...plain } = frame
        upper.deliver(plain)
        return
      }
    }
    if (this.port !== undefined) this.port.bridge.receive(this.port, frame)
    else this.ns.receive(this, frame)
  }

  #show(direction: 'in' | 'out', frame: EtherFrame): void {
    const copy = cloneFrame(frame)
    for (const tap of this.taps) tap(this, direction, copy)
  }

  /** Schedules what happens after `latency`, and tells the trace. */
  protected later(latency: Micros, frame: EtherFrame, then: () => void): void {
    if (frame.packet?.trace !== undefined) frame.packet.trace.latency += latency
    this.sim.after(latency, then)
  }

  /** The medium came or went. */
  carrierChanged(): void {
    this.ns.linkChanged(this)
  }

  /** The device is being deleted. */
  destroy(): void {}
}

export class LoopbackDevice extends NetDevice {
  readonly kind = 'loopback'

  constructor(ns: NetNamespace, index: number) {
    super(ns, index, 'lo', ZERO_MAC, 65_536)
  }

  override get noArp(): boolean {
    return true
  }

  carrier(): boolean {
    return this.up
  }

  override operState(): LinkInfo['state'] {
    return this.up ? 'UNKNOWN' : 'DOWN'
  }

  protected xmit(frame: EtherFrame): void {
    this.tx.bytes -= frame.packet === undefined ? 0 : 14
    this.later(LOOPBACK_LATENCY, frame, () => this.deliver(frame))
  }
}

/** One end of a virtual cable. */
export class VethDevice extends NetDevice {
  readonly kind = 'veth'
  peer: VethDevice | undefined

  carrier(): boolean {
    return this.up && this.peer?.up === true
  }

  override operState(): LinkInfo['state'] {
    if (!this.up) return 'DOWN'
    return this.carrier() ? 'UP' : 'LOWERLAYERDOWN'
  }

  override partner(): NetDevice | undefined {
    return this.peer
  }

  protected xmit(frame: EtherFrame): void {
    const peer = this.peer as VethDevice
    this.later(VETH_LATENCY, frame, () => peer.deliver(frame))
  }

  override carrierChanged(): void {
    super.carrierChanged()
    this.peer?.ns.linkChanged(this.peer)
  }

  override destroy(): void {
    const peer = this.peer
    this.peer = undefined
    if (peer !== undefined) {
      peer.peer = undefined
      peer.ns.removeDevice(peer)
    }
  }
}

/** Swallows what is sent. */
export class DummyDevice extends NetDevice {
  readonly kind = 'dummy'

  carrier(): boolean {
    return this.up
  }

  override get noArp(): boolean {
    return true
  }

  override operState(): LinkInfo['state'] {
    return this.up ? 'UNKNOWN' : 'DOWN'
  }

  protected xmit(frame: EtherFrame): void {
    if (frame.packet?.trace !== undefined) frame.packet.trace.cacheable = false
  }
}

/** An 802.1Q tag on a lower device. */
export class VlanDevice extends NetDevice {
  readonly kind = 'vlan'
  readonly lower: NetDevice
  readonly vlanId: number

  constructor(ns: NetNamespace, index: number, name: string, lower: NetDevice, vlanId: number) {
    super(ns, index, name, lower.mac, lower.mtu)
    this.lower = lower
    this.vlanId = vlanId
    lower.vlans.set(vlanId, this)
    lower.uppers.add(this)
  }

  carrier(): boolean {
    return this.up && this.lower.up && this.lower.carrier()
  }

  override operState(): LinkInfo['state'] {
    if (!this.up) return 'DOWN'
    return this.carrier() ? 'UP' : 'LOWERLAYERDOWN'
  }

  protected xmit(frame: EtherFrame): void {
    this.lower.send({ ...frame, vlan: this.vlanId })
  }

  override destroy(): void {
    this.lower.vlans.delete(this.vlanId)
    this.lower.uppers.delete(this)
  }
}

/** IPv4 in IPv4 (ipip(4)); point to point, or with the remote of the route's gateway. */
export class IpipDevice extends NetDevice {
  readonly kind = 'ipip'
  readonly local: Ip4
  readonly remote: Ip4

  constructor(ns: NetNamespace, index: number, name: string, local: Ip4, remote: Ip4) {
    super(ns, index, name, ZERO_MAC, 1480)
    this.local = local
    this.remote = remote
  }

  override get noArp(): boolean {
    return true
  }

  carrier(): boolean {
    return this.up
  }

  override operState(): LinkInfo['state'] {
    return this.up ? 'UNKNOWN' : 'DOWN'
  }

  protected xmit(frame: EtherFrame): void {
    const inner = frame.packet
    if (inner === undefined) return
    const outer = new Packet(PROTO.IPIP, this.local, this.remote)
    outer.inner = inner
    outer.df = true
    outer.budget = inner.budget - 1
    if (inner.trace !== undefined) inner.trace.cacheable = false
    if (outer.budget > 0) this.ns.output(outer)
  }
}

export const VXLAN_PORT = 4789

/** Ethernet in UDP: frames go to the remote the forwarding table names for their destination, or to the default one. */
export class VxlanDevice extends NetDevice {
  readonly kind = 'vxlan'
  readonly vni: number
  readonly local: Ip4
  readonly remote: Ip4
  readonly udpPort: number
  readonly lower: string | undefined
  /** MAC to remote address; `00:00:00:00:00:00` entries get broadcasts too. */
  readonly fdb: { mac: string; remote: Ip4 }[] = []

  constructor(
    ns: NetNamespace,
    index: number,
    name: string,
    mac: string,
    options: { readonly vni: number; readonly local: Ip4; readonly remote: Ip4; readonly port: number; readonly lower: string | undefined },
  ) {
    super(ns, index, name, mac, 1450)
    this.vni = options.vni
    this.local = options.local
    this.remote = options.remote
    this.udpPort = options.port
    this.lower = options.lower
  }

  carrier(): boolean {
    return this.up
  }

  override operState(): LinkInfo['state'] {
    return this.up ? 'UNKNOWN' : 'DOWN'
  }

  protected xmit(frame: EtherFrame): void {
    if (frame.packet?.trace !== undefined) frame.packet.trace.cacheable = false
    const known = this.fdb.filter((e) => e.mac === frame.dst)
    const targets = known.length > 0 ? known : this.fdb.filter((e) => e.mac === ZERO_MAC)
    const remotes = targets.length > 0 ? targets.map((e) => e.remote) : this.remote === 0 ? [] : [this.remote]
    for (const remote of remotes) {
      const outer = new Packet(PROTO.UDP, this.local, remote)
      outer.sport = 49_152 + (this.vni % 16_384)
      outer.dport = this.udpPort
      outer.innerFrame = frame
      outer.budget = (frame.packet?.budget ?? 64) - 1
      if (outer.budget > 0) this.ns.output(outer)
    }
  }

  /** A decapsulated frame: learns where its sender is. */
  arrived(from: Ip4, frame: EtherFrame): void {
    if (!this.fdb.some((e) => e.mac === frame.src)) this.fdb.push({ mac: frame.src, remote: from })
    this.deliver(frame)
  }
}

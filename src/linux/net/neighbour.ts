import type { Timer } from '#sim/queue.ts'
import type { Micros } from '#sim/wait.ts'
import { BROADCAST_MAC, type Ip4, ZERO_MAC } from './address.ts'
import type { NeighbourInfo } from './admin.ts'
import type { NetDevice } from './device.ts'
import type { Arp, EtherFrame, Packet } from './packet.ts'

const RETRY: Micros = 1_000_000
const PROBES = 3
const DELAY: Micros = 5_000_000
/** Packets kept for an address that is not resolved yet. */
const QUEUE = 101

/** struct neighbour. */
export class Neighbour {
  readonly ip: Ip4
  readonly device: NetDevice
  mac: string | undefined
  state: NeighbourInfo['state'] = 'INCOMPLETE'
  confirmed: Micros = 0
  probes = 0
  timer: Timer | undefined
  readonly queue: { readonly packet: Packet; readonly failed: (packet: Packet) => void }[] = []

  constructor(ip: Ip4, device: NetDevice) {
    this.ip = ip
    this.device = device
  }
}

/** The neighbour table of a namespace: ARP, arp(7). Times: 30 s reachable (with the kernel's jitter), 5 s delay, 3 probes a second apart. */
export class NeighbourTable {
  readonly #entries = new Map<NetDevice, Map<Ip4, Neighbour>>()
  readonly #reachable: Micros

  constructor(reachable: Micros) {
    this.#reachable = reachable
  }

  /** Entries, latest first as the kernel lists them, with states brought up to date. */
  list(now: Micros): Neighbour[] {
    const out: Neighbour[] = []
    for (const entries of this.#entries.values()) for (const n of entries.values()) out.push(this.#aged(n, now))
    return out.reverse()
  }

  get(device: NetDevice, ip: Ip4): Neighbour | undefined {
    return this.#entries.get(device)?.get(ip)
  }

  #aged(n: Neighbour, now: Micros): Neighbour {
    if (n.state === 'REACHABLE' && now - n.confirmed > this.#reachable) n.state = 'STALE'
    return n
  }

  #make(device: NetDevice, ip: Ip4): Neighbour {
    let entries = this.#entries.get(device)
    if (entries === undefined) {
      entries = new Map()
      this.#entries.set(device, entries)
    }
    let n = entries.get(ip)
    if (n === undefined) {
      n = new Neighbour(ip, device)
      entries.set(ip, n)
    }
    return n
  }

  /** Sends `packet` to the neighbour `ip`, once its address is known; `failed` is called when it stays unknown. */
  output(device: NetDevice, ip: Ip4, packet: Packet, failed: (packet: Packet) => void): void {
    const now = device.ns.sim.now
    const n = this.#aged(this.#make(device, ip), now)
    packet.trace?.depends(device.ns)
    if (n.mac !== undefined && n.state !== 'FAILED' && n.state !== 'INCOMPLETE') {
      if (n.state === 'STALE') this.#delay(n)
      device.send({ src: device.mac, dst: n.mac, packet })
      return
    }
    if (packet.trace !== undefined) packet.trace.cacheable = false
    if (n.queue.length < QUEUE) n.queue.push({ packet, failed })
    if (n.state === 'FAILED' || n.timer === undefined) {
      n.state = 'INCOMPLETE'
      n.probes = 0
      this.#probe(n)
    }
  }

  #delay(n: Neighbour): void {
    n.state = 'DELAY'
    const sim = n.device.ns.sim
    sim.cancel(n.timer)
    n.timer = sim.after(DELAY, () => {
      n.timer = undefined
      if (n.state !== 'DELAY') return
      n.state = 'PROBE'
      n.probes = 0
      this.#probe(n)
    })
  }

  #probe(n: Neighbour): void {
    const { device } = n
    const sim = device.ns.sim
    if (n.probes++ >= PROBES) {
      n.state = 'FAILED'
      n.mac = undefined
      n.timer = undefined
      device.ns.generation++
      for (const { packet, failed } of n.queue.splice(0)) failed(packet)
      return
    }
    const arp: Arp = {
      op: 'request',
      senderMac: device.mac,
      senderIp: device.ns.sourceFor(device, n.ip),
      targetMac: ZERO_MAC,
      targetIp: n.ip,
    }
    n.timer = sim.after(RETRY, () => this.#probe(n))
    device.send({ src: device.mac, dst: n.state === 'PROBE' && n.mac !== undefined ? n.mac : BROADCAST_MAC, arp })
  }

  /** Traffic proved that the neighbour is there (TCP progress). */
  confirm(device: NetDevice, ip: Ip4): void {
    const n = this.get(device, ip)
    if (n?.mac === undefined || n.state === 'PERMANENT') return
    this.#reached(n, n.mac)
  }

  #reached(n: Neighbour, mac: string): void {
    const sim = n.device.ns.sim
    sim.cancel(n.timer)
    n.timer = undefined
    if (n.mac !== undefined && n.mac !== mac) n.device.ns.generation++
    n.mac = mac
    n.state = 'REACHABLE'
    n.confirmed = sim.now
    for (const { packet } of n.queue.splice(0)) n.device.send({ src: n.device.mac, dst: mac, packet })
  }

  /** An ARP packet arrived on `device`; `local` says whether an address is one of ours. */
  input(device: NetDevice, arp: Arp, local: (ip: Ip4) => boolean): void {
    if (arp.op === 'reply') {
      const n = this.get(device, arp.senderIp)
      if (n !== undefined && n.state !== 'PERMANENT') this.#reached(n, arp.senderMac)
      return
    }
    if (!local(arp.targetIp)) return
    const n = this.#make(device, arp.senderIp)
    if (arp.senderIp !== 0 && n.state !== 'PERMANENT' && (n.mac === undefined || n.mac !== arp.senderMac)) {
      const waiting = n.queue.length > 0
      this.#reached(n, arp.senderMac)
      if (!waiting) n.state = 'STALE'
    }
    const reply: Arp = { op: 'reply', senderMac: device.mac, senderIp: arp.targetIp, targetMac: arp.senderMac, targetIp: arp.senderIp }
    const frame: EtherFrame = { src: device.mac, dst: arp.senderMac, arp: reply }
    device.send(frame)
  }

  /** By hand: `ip neigh replace` (permanent), or without a MAC `ip neigh del`. */
  set(device: NetDevice, ip: Ip4, mac: string | undefined): void {
    const old = this.get(device, ip)
    if (mac === undefined) {
      if (old !== undefined) device.ns.sim.cancel(old.timer)
      this.#entries.get(device)?.delete(ip)
    } else {
      const n = this.#make(device, ip)
      this.#reached(n, mac)
      n.state = 'PERMANENT'
    }
    device.ns.generation++
  }

  /** The device went down or away. */
  flush(device: NetDevice, all = true): void {
    const entries = this.#entries.get(device)
    if (entries === undefined) return
    for (const [ip, n] of entries) {
      if (!all && n.state === 'PERMANENT') continue
      device.ns.sim.cancel(n.timer)
      entries.delete(ip)
    }
    if (entries.size === 0) this.#entries.delete(device)
  }
}

import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'
import type { LinkInfo } from './admin.ts'
import { NetDevice } from './device.ts'
import type { Versioned } from './flow.ts'
import type { EtherFrame } from './packet.ts'

/**
 * What is wrong with a segment. `cut`: frames from or to these devices are lost (without devices: all). `unplug`: their
 * carrier is gone as well. `drop`: each frame is lost with a probability. `delay`: more latency.
 */
export type WireFault =
  | { readonly kind: 'cut'; readonly devices?: readonly EthernetDevice[] }
  | { readonly kind: 'unplug'; readonly devices: readonly EthernetDevice[] }
  | { readonly kind: 'drop'; readonly probability: number }
  | { readonly kind: 'delay'; readonly micros: Micros }

/** An Ethernet segment between machines: a switch that learns addresses. Faults have names, so that they can be lifted. */
export class Segment implements Versioned {
  generation = 0
  readonly name: string
  readonly latency: Micros
  readonly #sim: Simulation
  readonly #random: Random
  readonly #ports: EthernetDevice[] = []
  readonly #learned = new Map<string, EthernetDevice>()
  readonly #faults = new Map<string, WireFault>()
  /** Hears every frame on the segment: the network view of the page. */
  onFrame: ((from: EthernetDevice, frame: EtherFrame) => void) | undefined

  constructor(sim: Simulation, name: string, latency: Micros = 60) {
    this.#sim = sim
    this.name = name
    this.latency = latency
    this.#random = sim.random(`segment/${name}`)
  }

  get ports(): readonly EthernetDevice[] {
    return this.#ports
  }

  attach(device: EthernetDevice): void {
    this.#ports.push(device)
    this.generation++
  }

  detach(device: EthernetDevice): void {
    const at = this.#ports.indexOf(device)
    if (at >= 0) this.#ports.splice(at, 1)
    for (const [mac, port] of this.#learned) if (port === device) this.#learned.delete(mac)
    this.generation++
  }

  setFault(name: string, fault: WireFault): void {
    this.#faults.set(name, fault)
    this.#changed(fault)
  }

  clearFault(name: string): void {
    const fault = this.#faults.get(name)
    this.#faults.delete(name)
    if (fault !== undefined) this.#changed(fault)
  }

  faults(): ReadonlyMap<string, WireFault> {
    return this.#faults
  }

  #changed(fault: WireFault): void {
    this.generation++
    if (fault.kind === 'unplug') for (const device of fault.devices) device.carrierChanged()
  }

  /** Whether the cable of `device` is plugged in. */
  plugged(device: EthernetDevice): boolean {
    for (const fault of this.#faults.values()) if (fault.kind === 'unplug' && fault.devices.includes(device)) return false
    return true
  }

  send(from: EthernetDevice, frame: EtherFrame): void {
    const trace = frame.packet?.trace
    trace?.depends(this)
    if (this.#learned.get(frame.src) !== from) {
      if (this.#learned.has(frame.src)) this.generation++
      this.#learned.set(frame.src, from)
    }
    this.onFrame?.(from, frame)
    const known = this.#learned.get(frame.dst)
    if (known !== undefined) this.#carry(from, known, frame)
    else for (const port of this.#ports) if (port !== from) this.#carry(from, port, frame)
  }

  #carry(from: EthernetDevice, to: EthernetDevice, frame: EtherFrame): void {
    let latency = this.latency
    for (const fault of this.#faults.values()) {
      if (fault.kind === 'delay') latency += fault.micros
      else if (fault.kind === 'drop') {
        if (frame.packet?.trace !== undefined) frame.packet.trace.cacheable = false
        if (this.#random.unit() < fault.probability) return
      } else if (fault.devices === undefined || fault.devices.includes(from) || fault.devices.includes(to)) {
        if (frame.packet?.trace !== undefined) frame.packet.trace.cacheable = false
        return
      }
    }
    if (frame.packet?.trace !== undefined) frame.packet.trace.latency += latency
    // A flooded frame reaches several stacks, and each may rewrite what it got.
    const copy = frame.dst === 'ff:ff:ff:ff:ff:ff' && frame.packet !== undefined ? { ...frame, packet: frame.packet.clone() } : frame
    this.#sim.after(latency, () => to.deliver(copy))
  }
}

/** A network card on a segment. */
export class EthernetDevice extends NetDevice {
  readonly kind = 'device'
  segment: Segment | undefined

  plug(segment: Segment | undefined): void {
    this.segment?.detach(this)
    this.segment = segment
    segment?.attach(this)
    this.carrierChanged()
  }

  carrier(): boolean {
    return this.up && this.segment?.plugged(this) === true
  }

  override qdisc(): string {
    return this.up ? 'fq_codel' : 'noop'
  }

  override operState(): LinkInfo['state'] {
    return this.up && this.carrier() ? 'UP' : 'DOWN'
  }

  protected xmit(frame: EtherFrame): void {
    this.segment?.send(this, frame)
  }

  override destroy(): void {
    this.segment?.detach(this)
  }
}

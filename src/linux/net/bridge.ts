import type { Micros } from '#sim/wait.ts'
import type { LinkInfo } from './admin.ts'
import { NetDevice } from './device.ts'
import type { EtherFrame } from './packet.ts'

/** How long a learned address is kept. */
const AGEING: Micros = 300_000_000

export interface BridgePort {
  readonly bridge: BridgeDevice
  readonly device: NetDevice
  /** Frames may leave by the port they came in by (`bridge link set hairpin on`). */
  hairpin: boolean
}

export interface FdbEntry {
  readonly mac: string
  /** Undefined: the bridge itself. */
  readonly device: NetDevice
  seen: Micros
  readonly permanent: boolean
}

/** An Ethernet bridge: learns which address is behind which port; floods what it doesn't know. bridge(8). */
export class BridgeDevice extends NetDevice {
  readonly kind = 'bridge'
  readonly ports: BridgePort[] = []
  readonly #fdb = new Map<string, FdbEntry>()
  /** A bridge that never had a port counts as having a carrier. */
  #hadPorts = false

  carrier(): boolean {
    return this.up && (!this.#hadPorts || this.ports.some((p) => p.device.up && p.device.carrier()))
  }

  override operState(): LinkInfo['state'] {
    if (!this.up) return 'DOWN'
    if (!this.#hadPorts) return 'UNKNOWN'
    return this.carrier() ? 'UP' : 'DOWN'
  }

  addPort(device: NetDevice): void {
    device.port = { bridge: this, device, hairpin: false }
    this.ports.push(device.port)
    this.#hadPorts = true
    this.#fdb.set(device.mac, { mac: device.mac, device, seen: 0, permanent: true })
  }

  removePort(device: NetDevice): void {
    const at = this.ports.findIndex((p) => p.device === device)
    if (at >= 0) this.ports.splice(at, 1)
    device.port = undefined
    for (const [mac, entry] of this.#fdb) if (entry.device === device) this.#fdb.delete(mac)
  }

  /** Entries that are fresh, in the order learned. */
  fdb(): FdbEntry[] {
    const now = this.sim.now
    return [...this.#fdb.values()].filter((e) => e.permanent || now - e.seen < AGEING)
  }

  setFdb(mac: string, device: NetDevice | undefined): void {
    if (device === undefined) this.#fdb.delete(mac)
    else this.#fdb.set(mac, { mac, device, seen: this.sim.now, permanent: true })
    this.ns.generation++
  }

  /** A frame from a port. */
  receive(port: BridgePort, frame: EtherFrame): void {
    if (!this.up) return
    frame.packet?.trace?.depends(this.ns)
    const entry = this.#fdb.get(frame.src)
    if (entry === undefined || (entry.device !== port.device && !entry.permanent)) {
      if (entry !== undefined) this.ns.generation++
      this.#fdb.set(frame.src, { mac: frame.src, device: port.device, seen: this.sim.now, permanent: false })
    } else entry.seen = this.sim.now
    if (frame.dst === this.mac) this.#up(frame)
    else this.#forward(port, frame, true)
  }

  /** The frame is for the machine itself. */
  #up(frame: EtherFrame): void {
    this.deliver(frame)
  }

  #forward(from: BridgePort | undefined, frame: EtherFrame, fromPort: boolean): void {
    const known = this.#fdb.get(frame.dst)
    if (known !== undefined && (known.permanent || this.sim.now - known.seen < AGEING)) {
      const port = known.device.port
      if (known.device.mac === frame.dst && port !== undefined && known.permanent) this.#up(frame)
      else if (port !== undefined && port.bridge === this && (port !== from || port.hairpin)) port.device.send(frame)
      return
    }
    if (frame.packet?.trace !== undefined) frame.packet.trace.cacheable = false
    for (const port of [...this.ports]) {
      if (port !== from || port.hairpin) port.device.send(frame.packet === undefined ? frame : { ...frame, packet: frame.packet.clone() })
    }
    if (fromPort) this.#up(frame)
  }

  protected xmit(frame: EtherFrame): void {
    this.#forward(undefined, frame, false)
  }

  override destroy(): void {
    for (const port of [...this.ports]) this.removePort(port.device)
  }
}

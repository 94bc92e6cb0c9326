import type { Sim } from '#sim/wait.ts'
import { Errno, type ErrnoCode } from '../errno.ts'
import type { SockAddr } from '../syscalls.ts'
import type { PollState } from '../vfs/types.ts'
import { formatIp4, type Ip4, isMulticast } from './address.ts'
import { type NetNamespace, socketIp } from './namespace.ts'
import { Packet, PROTO, payloadBytes } from './packet.ts'
import { type Datagram, Socket } from './socket.ts'

/** Bytes that wait in a socket before more is dropped (net.core.rmem_default). */
const RECEIVE_BUFFER = 212_992

export class UdpSocket extends Socket {
  readonly proto = 'udp'
  readonly ns: NetNamespace
  localIp: Ip4 = 0
  localPort = 0
  remoteIp: Ip4 = 0
  remotePort = 0
  readonly #queue: Datagram[] = []
  recvQ = 0
  #readShut = false

  constructor(ns: NetNamespace) {
    super()
    this.ns = ns
  }

  localAddress(): SockAddr {
    return { family: 'inet', address: formatIp4(this.localIp), port: this.localPort }
  }

  override peerAddress(): SockAddr {
    if (this.remotePort === 0) throw new Errno('ENOTCONN')
    return { family: 'inet', address: formatIp4(this.remoteIp), port: this.remotePort }
  }

  override bind(address: SockAddr): void {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    if (this.localPort !== 0) throw new Errno('EINVAL')
    const ip = socketIp(address.address)
    if (ip !== 0 && !this.ns.isLocal(ip)) throw new Errno('EADDRNOTAVAIL')
    this.v6 = address.address.includes(':')
    this.ns.udp.add(this, ip, address.port)
  }

  /** Remembers the peer; also how programs ask for the source address towards it. */
  override *connect(address: SockAddr): Sim<void> {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    const ip = socketIp(address.address)
    const to = ip === 0 ? 0x7f000001 : ip
    const route = this.ns.routeOutput(to, this.localIp)
    if (typeof route === 'string') throw new Errno(route)
    if (this.localPort === 0) this.ns.udp.add(this, 0, 0)
    if (this.localIp === 0) this.localIp = this.ns.sourceOf(route, to)
    this.remoteIp = to
    this.remotePort = address.port
  }

  override *send(data: Uint8Array): Sim<number> {
    if (this.remotePort === 0) throw new Errno('EDESTADDRREQ')
    return this.#output(data, this.remoteIp, this.remotePort)
  }

  override *sendto(data: Uint8Array, address: SockAddr): Sim<number> {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    return this.#output(data, socketIp(address.address), address.port)
  }

  #output(data: Uint8Array, ip: Ip4, port: number): number {
    this.raise()
    if (data.length > 65_507) throw new Errno('EMSGSIZE')
    if (this.localPort === 0) this.ns.udp.add(this, 0, 0)
    const name = this.options.get('SO_BINDTODEVICE')
    const device = typeof name === 'string' ? this.ns.device(name) : undefined
    if ((ip === 0xffffffff || this.ns.addressType(ip) === 'broadcast') && this.options.get('SO_BROADCAST') !== 1) throw new Errno('EACCES')
    const p = new Packet(PROTO.UDP, this.localIp, ip === 0 ? 0x7f000001 : ip)
    p.sport = this.localPort
    p.dport = port
    p.payload = data
    p.uid = this.uid
    p.ttl = Number(this.options.get('IP_TTL') ?? (isMulticast(ip) ? 1 : 64))
    p.mark = Number(this.options.get('SO_MARK') ?? 0)
    const failed = this.ns.output(p, device)
    if (failed !== undefined) throw new Errno(failed)
    return data.length
  }

  override *recv(max: number, nonblock: boolean): Sim<Uint8Array> {
    return (yield* this.recvfrom(max, nonblock)).data
  }

  override *recvfrom(max: number, nonblock: boolean): Sim<Datagram> {
    for (;;) {
      const first = this.#queue.shift()
      if (first !== undefined) {
        this.recvQ -= first.data.length
        return { ...first, data: first.data.subarray(0, max) }
      }
      this.raise()
      if (this.#readShut) return { data: new Uint8Array(0), from: this.localAddress() }
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  input(p: Packet): void {
    const data = payloadBytes(p.payload)
    if (this.recvQ + data.length > RECEIVE_BUFFER) return
    this.#queue.push({ data, from: { family: 'inet', address: formatIp4(p.src), port: p.sport }, ttl: p.ttl })
    this.recvQ += data.length
    this.changed.wakeAll()
  }

  fail(code: ErrnoCode): void {
    if (this.remotePort === 0 && this.options.get('IP_RECVERR') !== 1) return
    this.error = code
    this.changed.wakeAll()
  }

  override shutdown(how: 'read' | 'write' | 'both'): void {
    if (this.remotePort === 0) throw new Errno('ENOTCONN')
    if (how !== 'write') this.#readShut = true
    this.changed.wakeAll()
  }

  poll(): PollState {
    return {
      readable: this.#queue.length > 0 || this.error !== undefined || this.#readShut,
      writable: true,
      ...(this.error === undefined ? {} : { hangup: true }),
    }
  }

  close(): void {
    this.ns.udp.remove(this)
    this.changed.wakeAll()
  }
}

/** The UDP sockets of a namespace. */
export class UdpTable {
  readonly #ns: NetNamespace
  readonly #ports = new Map<number, UdpSocket[]>()

  constructor(ns: NetNamespace) {
    this.#ns = ns
  }

  /** Gives `socket` an address; port 0 draws an ephemeral one. */
  add(socket: UdpSocket, ip: Ip4, port: number): void {
    let chosen = port
    if (port === 0) {
      const [low, high] = (this.#ns.sysctls.get('net.ipv4.ip_local_port_range') ?? '32768\t60999').split(/\s+/).map(Number) as [
        number,
        number,
      ]
      do chosen = low + this.#ns.random.below(high - low + 1)
      while (this.#ports.has(chosen))
    } else {
      const clash = (this.#ports.get(port) ?? []).some(
        (s) =>
          (s.localIp === 0 || ip === 0 || s.localIp === ip) &&
          !(s.options.get('SO_REUSEADDR') === 1 && socket.options.get('SO_REUSEADDR') === 1),
      )
      if (clash) throw new Errno('EADDRINUSE')
    }
    socket.localIp = ip
    socket.localPort = chosen
    const list = this.#ports.get(chosen) ?? []
    list.push(socket)
    this.#ports.set(chosen, list)
  }

  remove(socket: UdpSocket): void {
    const list = (this.#ports.get(socket.localPort) ?? []).filter((s) => s !== socket)
    if (list.length === 0) this.#ports.delete(socket.localPort)
    else this.#ports.set(socket.localPort, list)
  }

  /** The best socket for a datagram: connected before bound before wildcard. False when nobody wants it. */
  input(p: Packet): boolean {
    let best: UdpSocket | undefined
    let bestScore = -1
    for (const s of this.#ports.get(p.dport) ?? []) {
      if (s.localIp !== 0 && s.localIp !== p.dst) continue
      if (s.remotePort !== 0 && (s.remoteIp !== p.src || s.remotePort !== p.sport)) continue
      const score = (s.localIp !== 0 ? 1 : 0) + (s.remotePort !== 0 ? 2 : 0)
      if (score > bestScore) {
        best = s
        bestScore = score
      }
    }
    best?.input(p)
    return best !== undefined || p.dst === 0xffffffff
  }

  error(about: Packet, code: ErrnoCode): void {
    for (const s of this.#ports.get(about.sport) ?? []) {
      if (s.remotePort === 0 || (s.remoteIp === about.dst && s.remotePort === about.dport)) s.fail(code)
    }
  }

  list(): UdpSocket[] {
    return [...this.#ports.values()].flat()
  }
}

import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { SockAddr } from '../syscalls.ts'
import type { PollState } from '../vfs/types.ts'
import { formatIp4, type Ip4 } from './address.ts'
import { type NetNamespace, socketIp } from './namespace.ts'
import { get16, ICMP, icmpBytes, Packet, PROTO, setIcmp } from './packet.ts'
import { type Datagram, Socket } from './socket.ts'

/**
 * ICMP sockets: raw ones (CAP_NET_RAW) see every ICMP message, datagram ones (ping sockets) the replies to their own id.
 * Data are ICMP messages without the IP header; the time to live comes beside them. raw(7), icmp(7).
 */
export class IcmpSocket extends Socket {
  readonly proto = 'raw'
  readonly ns: NetNamespace
  readonly #datagram: boolean
  #localIp: Ip4 = 0
  #remoteIp: Ip4 = 0
  #id = 0
  readonly #queue: Datagram[] = []

  constructor(ns: NetNamespace, datagram: boolean) {
    super()
    this.ns = ns
    this.#datagram = datagram
    if (datagram) this.#id = 1 + ns.random.below(65_535)
    ns.raw.sockets.add(this)
  }

  get recvQ(): number {
    return this.#queue.reduce((n, d) => n + d.data.length, 0)
  }

  localAddress(): SockAddr {
    return { family: 'inet', address: formatIp4(this.#localIp), port: this.#datagram ? this.#id : 1 }
  }

  override bind(address: SockAddr): void {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    const ip = socketIp(address.address)
    if (ip !== 0 && !this.ns.isLocal(ip)) throw new Errno('EADDRNOTAVAIL')
    this.#localIp = ip
  }

  override *connect(address: SockAddr): Sim<void> {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    const ip = socketIp(address.address)
    const route = this.ns.routeOutput(ip, this.#localIp, 0, this.#device())
    if (typeof route === 'string') throw new Errno(route)
    if (this.#localIp === 0) this.#localIp = this.ns.sourceOf(route, ip)
    this.#remoteIp = ip
  }

  #device(): ReturnType<NetNamespace['device']> {
    const name = this.options.get('SO_BINDTODEVICE')
    return typeof name === 'string' ? this.ns.device(name) : undefined
  }

  override *send(data: Uint8Array): Sim<number> {
    if (this.#remoteIp === 0) throw new Errno('EDESTADDRREQ')
    return this.#output(data, this.#remoteIp)
  }

  override *sendto(data: Uint8Array, address: SockAddr): Sim<number> {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    return this.#output(data, socketIp(address.address))
  }

  #output(data: Uint8Array, ip: Ip4): number {
    const p = new Packet(PROTO.ICMP, this.#localIp, ip)
    setIcmp(p, data)
    if (this.#datagram) p.icmpId = this.#id
    p.ttl = Number(this.options.get('IP_TTL') ?? 64)
    p.df = this.options.get('IP_MTU_DISCOVER') !== 0
    p.uid = this.uid
    const failed = this.ns.output(p, this.#device())
    if (failed !== undefined) throw new Errno(failed)
    return data.length
  }

  override *recv(max: number, nonblock: boolean): Sim<Uint8Array> {
    return (yield* this.recvfrom(max, nonblock)).data
  }

  override *recvfrom(max: number, nonblock: boolean): Sim<Datagram> {
    for (;;) {
      const first = this.#queue.shift()
      if (first !== undefined) return { ...first, data: first.data.subarray(0, max) }
      this.raise()
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  input(p: Packet, bytes: Uint8Array): void {
    if (this.#datagram) {
      const id = p.inner === undefined ? get16(bytes, 4) : p.inner.icmpId
      if (id !== this.#id || p.icmpType === ICMP.ECHO_REQUEST) return
    }
    if (this.#queue.length >= 256) return
    this.#queue.push({ data: bytes, from: { family: 'inet', address: formatIp4(p.src), port: 0 }, ttl: p.ttl })
    this.changed.wakeAll()
  }

  poll(): PollState {
    return { readable: this.#queue.length > 0, writable: true }
  }

  close(): void {
    this.ns.raw.sockets.delete(this)
    this.changed.wakeAll()
  }
}

export class RawTable {
  readonly sockets = new Set<IcmpSocket>()
  readonly ns: NetNamespace

  constructor(ns: NetNamespace) {
    this.ns = ns
  }

  input(p: Packet): void {
    if (p.proto !== PROTO.ICMP || this.sockets.size === 0) return
    const bytes = icmpBytes(p)
    for (const s of this.sockets) s.input(p, bytes)
  }
}

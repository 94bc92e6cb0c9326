/**
 * Packets are objects: an IPv4 header with its transport header and a payload that stays an object. `packetBytes` makes
 * real bytes for who wants to see them.
 */
import { concat } from '#sim/bytes.ts'
import type { Frame } from '../syscalls.ts'
import type { Ip4 } from './address.ts'
import type { ConntrackRef } from './conntrack.ts'
import type { FlowTrace } from './flow.ts'

export const PROTO = { ICMP: 1, IPIP: 4, TCP: 6, UDP: 17 } as const

export const TCP = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const

export const ICMP = { ECHO_REPLY: 0, UNREACHABLE: 3, REDIRECT: 5, ECHO_REQUEST: 8, TIME_EXCEEDED: 11 } as const

export const UNREACH = {
  NET: 0,
  HOST: 1,
  PROTOCOL: 2,
  PORT: 3,
  NEEDS_FRAG: 4,
  NET_PROHIBITED: 9,
  HOST_PROHIBITED: 10,
  ADMIN_PROHIBITED: 13,
} as const

/** What a segment carries: bytes or a message that is not looked at. */
export type Payload = Uint8Array | Frame

export const NO_PAYLOAD = new Uint8Array(0)

export function payloadLength(payload: Payload): number {
  return payload.byteLength
}

export function payloadBytes(payload: Payload): Uint8Array {
  return payload instanceof Uint8Array ? payload : payload.bytes()
}

/**
 * An IPv4 packet on its way (struct sk_buff). NAT rewrites it in place; who keeps one must `clone` it. `sport`/`dport`
 * are the ports of TCP and UDP; an ICMP echo keeps its id in `icmpId`.
 */
export class Packet {
  src: Ip4
  dst: Ip4
  proto: number
  ttl = 64
  id = 0
  df = false
  tos = 0
  sport = 0
  dport = 0
  // TCP
  seq = 0
  ack = 0
  flags = 0
  window = 0
  /** TS val, TS ecr. */
  tsval = 0
  tsecr = 0
  // ICMP
  icmpType = 0
  icmpCode = 0
  icmpId = 0
  icmpSeq = 0
  /** The packet an ICMP error is about, or the one inside an IPIP tunnel. */
  inner: Packet | undefined
  /** An Ethernet frame inside VXLAN. */
  innerFrame: EtherFrame | undefined
  payload: Payload = NO_PAYLOAD

  // What the kernel notes down beside the packet.
  mark = 0
  ct: ConntrackRef | undefined
  untracked = false
  /** Name of the device it came in by. */
  iif = ''
  /** Network hops left before it is taken for a loop inside one machine. */
  budget = 64
  /** Effective user id of the sending socket, for `-m owner`. */
  uid: number | undefined
  /** Records the way, so that the sender may take it again (flow.ts). */
  trace: FlowTrace | undefined

  constructor(proto: number, src: Ip4, dst: Ip4) {
    this.proto = proto
    this.src = src
    this.dst = dst
  }

  /** Length of the transport header in bytes. */
  get headerLength(): number {
    if (this.proto === PROTO.TCP) return this.flags & TCP.SYN ? 40 : this.flags & TCP.RST ? 20 : 32
    if (this.proto === PROTO.UDP || this.proto === PROTO.ICMP) return 8
    return 0
  }

  /** Total length of the IP packet in bytes. */
  get length(): number {
    let inside = this.payload.byteLength
    if (this.inner !== undefined) inside = this.proto === PROTO.IPIP ? this.inner.length : Math.min(this.inner.length, 548)
    if (this.innerFrame !== undefined) inside = 8 + frameLength(this.innerFrame)
    return 20 + this.headerLength + inside
  }

  /** A copy that later changes don't touch; without the kernel's notes. */
  clone(): Packet {
    const p = new Packet(this.proto, this.src, this.dst)
    p.ttl = this.ttl
    p.id = this.id
    p.df = this.df
    p.tos = this.tos
    p.sport = this.sport
    p.dport = this.dport
    p.seq = this.seq
    p.ack = this.ack
    p.flags = this.flags
    p.window = this.window
    p.tsval = this.tsval
    p.tsecr = this.tsecr
    p.icmpType = this.icmpType
    p.icmpCode = this.icmpCode
    p.icmpId = this.icmpId
    p.icmpSeq = this.icmpSeq
    p.inner = this.inner
    p.innerFrame = this.innerFrame
    p.payload = this.payload
    p.uid = this.uid
    return p
  }
}

/** An ARP request or reply for IPv4 over Ethernet. */
export interface Arp {
  readonly op: 'request' | 'reply'
  readonly senderMac: string
  readonly senderIp: Ip4
  readonly targetMac: string
  readonly targetIp: Ip4
}

/** What travels over a link. Exactly one of `packet`, `arp` is there. */
export interface EtherFrame {
  readonly src: string
  readonly dst: string
  readonly packet?: Packet
  readonly arp?: Arp
  /** 802.1Q tag. */
  readonly vlan?: number
}

/** Bytes on the wire, with the Ethernet header of 14. */
export function frameLength(frame: EtherFrame): number {
  return (frame.vlan === undefined ? 14 : 18) + (frame.packet?.length ?? 28)
}

export function cloneFrame(frame: EtherFrame): EtherFrame {
  return frame.packet === undefined ? frame : { ...frame, packet: frame.packet.clone() }
}

/** The packet as bytes, checksums included. */
export function packetBytes(p: Packet): Uint8Array {
  const body = transportBytes(p)
  const out = new Uint8Array(20 + body.length)
  out[0] = 0x45
  out[1] = p.tos
  put16(out, 2, out.length)
  put16(out, 4, p.id)
  put16(out, 6, p.df ? 0x4000 : 0)
  out[8] = p.ttl
  out[9] = p.proto
  put32(out, 12, p.src)
  put32(out, 16, p.dst)
  put16(out, 10, checksum(out.subarray(0, 20)))
  out.set(body, 20)
  return out
}

function transportBytes(p: Packet): Uint8Array {
  if (p.proto === PROTO.ICMP) return icmpBytes(p)
  const inner = p.inner !== undefined ? packetBytes(p.inner) : payloadBytes(p.payload)
  if (p.proto === PROTO.IPIP) return inner
  const head = new Uint8Array(p.headerLength)
  put16(head, 0, p.sport)
  put16(head, 2, p.dport)
  if (p.proto === PROTO.UDP) {
    put16(head, 4, 8 + inner.length)
  } else if (p.proto === PROTO.TCP) {
    put32(head, 4, p.seq)
    put32(head, 8, p.ack)
    head[12] = (head.length / 4) << 4
    head[13] = p.flags
    put16(head, 14, p.window)
    tcpOptions(p, head)
  }
  const out = concat([head, inner])
  const pseudo = new Uint8Array(12)
  put32(pseudo, 0, p.src)
  put32(pseudo, 4, p.dst)
  pseudo[9] = p.proto
  put16(pseudo, 10, out.length)
  put16(out, p.proto === PROTO.TCP ? 16 : 6, checksum(concat([pseudo, out])))
  return out
}

function tcpOptions(p: Packet, head: Uint8Array): void {
  if (head.length === 40) {
    head.set([2, 4, 5, 0xb4, 4, 2, 8, 10], 20)
    put32(head, 28, p.tsval)
    put32(head, 32, p.tsecr)
    head.set([1, 3, 3, 7], 36)
  } else if (head.length === 32) {
    head.set([1, 1, 8, 10], 20)
    put32(head, 24, p.tsval)
    put32(head, 28, p.tsecr)
  }
}

/** An ICMP message as a raw socket sees it: type, code, checksum, id, sequence, data. */
export function icmpBytes(p: Packet): Uint8Array {
  const data = p.inner !== undefined ? packetBytes(p.inner).subarray(0, 548) : payloadBytes(p.payload)
  const out = new Uint8Array(8 + data.length)
  out[0] = p.icmpType
  out[1] = p.icmpCode
  put16(out, 4, p.icmpId)
  put16(out, 6, p.icmpSeq)
  out.set(data, 8)
  put16(out, 2, checksum(out))
  return out
}

/** Takes an ICMP message apart into `p`. */
export function setIcmp(p: Packet, bytes: Uint8Array): void {
  p.icmpType = bytes[0] ?? 0
  p.icmpCode = bytes[1] ?? 0
  p.icmpId = get16(bytes, 4)
  p.icmpSeq = get16(bytes, 6)
  p.payload = bytes.subarray(8)
}

export function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

export function put16(out: Uint8Array, at: number, value: number): void {
  out[at] = (value >> 8) & 255
  out[at + 1] = value & 255
}

export function put32(out: Uint8Array, at: number, value: number): void {
  put16(out, at, value >>> 16)
  put16(out, at + 2, value & 0xffff)
}

export function get16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function get32(bytes: Uint8Array, at: number): number {
  return get16(bytes, at) * 0x10000 + get16(bytes, at + 2)
}

import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'
import { formatIp4, type Ip4 } from './address.ts'
import type { ConntrackInfo } from './admin.ts'
import type { Touched } from './flow.ts'
import { ICMP, type Packet, PROTO, TCP } from './packet.ts'

export interface Tuple {
  readonly proto: number
  readonly src: Ip4
  readonly dst: Ip4
  /** Port, or the id of an ICMP echo. */
  readonly sport: number
  /** Port, or the type of an ICMP echo. */
  readonly dport: number
}

export type Direction = 'original' | 'reply'
export type ConntrackState = 'new' | 'established' | 'related' | 'invalid'
type TcpState = 'NONE' | 'SYN_SENT' | 'SYN_RECV' | 'ESTABLISHED' | 'FIN_WAIT' | 'CLOSE_WAIT' | 'LAST_ACK' | 'TIME_WAIT' | 'CLOSE'

/** What a packet carries after conntrack has seen it. `entry` is undefined for invalid ones. */
export interface ConntrackRef {
  readonly entry: ConntrackEntry | undefined
  readonly direction: Direction
  readonly state: ConntrackState
  /** An ICMP error about a tracked packet. */
  readonly related: boolean
}

const SECONDS = 1_000_000
const TCP_TIMEOUT: Record<TcpState, number> = {
  NONE: 30,
  SYN_SENT: 120,
  SYN_RECV: 60,
  ESTABLISHED: 432_000,
  FIN_WAIT: 120,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  TIME_WAIT: 120,
  CLOSE: 10,
}
const UDP_TIMEOUT = 30
const UDP_STREAM_TIMEOUT = 120
const ICMP_TIMEOUT = 30

/** One tracked flow: struct nf_conn. NAT is a reply tuple that is not the mirror of the original one. */
export class ConntrackEntry implements Touched {
  readonly original: Tuple
  reply: Tuple
  tcp: TcpState = 'NONE'
  seenReply = false
  assured = false
  mark = 0
  deadline: Micros = 0
  confirmed = false
  /** Whether source and destination NAT have been decided (a null binding counts). */
  srcDone = false
  dstDone = false
  readonly #sim: Simulation

  constructor(sim: Simulation, original: Tuple) {
    this.#sim = sim
    this.original = original
    this.reply = inverse(original)
  }

  touch(): void {
    this.deadline = this.#sim.now + this.timeout() * SECONDS
  }

  /** Seconds that the flow may be silent in its present state. */
  timeout(): number {
    if (this.original.proto === PROTO.TCP) return TCP_TIMEOUT[this.tcp]
    if (this.original.proto === PROTO.UDP) return this.assured ? UDP_STREAM_TIMEOUT : UDP_TIMEOUT
    return ICMP_TIMEOUT
  }
}

export function inverse(t: Tuple): Tuple {
  if (t.proto === PROTO.ICMP)
    return {
      proto: t.proto,
      src: t.dst,
      dst: t.src,
      sport: t.sport,
      dport: t.dport === ICMP.ECHO_REQUEST ? ICMP.ECHO_REPLY : ICMP.ECHO_REQUEST,
    }
  return { proto: t.proto, src: t.dst, dst: t.src, sport: t.dport, dport: t.sport }
}

export function tupleOf(p: Packet): Tuple {
  return p.proto === PROTO.ICMP
    ? { proto: p.proto, src: p.src, dst: p.dst, sport: p.icmpId, dport: p.icmpType }
    : { proto: p.proto, src: p.src, dst: p.dst, sport: p.sport, dport: p.dport }
}

function keyOf(t: Tuple): string {
  return `${t.proto},${t.src},${t.dst},${t.sport},${t.dport}`
}

function isIcmpError(p: Packet): boolean {
  return p.proto === PROTO.ICMP && p.inner !== undefined
}

/** The connection tracking table of a namespace. Entries expire lazily: when looked up, listed, or swept on growth. */
export class Conntrack {
  readonly #sim: Simulation
  readonly #random: Random
  readonly #table = new Map<string, { readonly entry: ConntrackEntry; readonly direction: Direction }>()
  #sweepAt = 4096
  invalid = 0

  constructor(sim: Simulation, random: Random) {
    this.#sim = sim
    this.#random = random
  }

  #find(tuple: Tuple): { readonly entry: ConntrackEntry; readonly direction: Direction } | undefined {
    const found = this.#table.get(keyOf(tuple))
    if (found === undefined) return undefined
    if (found.entry.deadline <= this.#sim.now) {
      this.#remove(found.entry)
      return undefined
    }
    return found
  }

  /** Finds or makes the packet's entry and notes it in `packet.ct` (PREROUTING and OUTPUT). */
  track(p: Packet): void {
    if (p.ct !== undefined || p.untracked) return
    if (isIcmpError(p)) {
      this.#trackError(p)
      return
    }
    if (p.proto === PROTO.ICMP && p.icmpType !== ICMP.ECHO_REQUEST && p.icmpType !== ICMP.ECHO_REPLY) return
    const tuple = tupleOf(p)
    let found = this.#find(tuple)
    if (found !== undefined && p.proto === PROTO.TCP && (p.flags & (TCP.SYN | TCP.ACK)) === TCP.SYN && found.direction === 'original') {
      const { tcp } = found.entry
      if (tcp === 'TIME_WAIT' || tcp === 'CLOSE' || tcp === 'LAST_ACK') {
        this.#remove(found.entry)
        found = undefined
      }
    }
    if (found === undefined) {
      if (
        (p.proto === PROTO.TCP && (p.flags & TCP.RST || (p.flags & (TCP.SYN | TCP.ACK)) === (TCP.SYN | TCP.ACK))) ||
        (p.proto === PROTO.ICMP && p.icmpType === ICMP.ECHO_REPLY)
      ) {
        this.invalid++
        p.ct = { entry: undefined, direction: 'original', state: 'invalid', related: false }
        return
      }
      const entry = new ConntrackEntry(this.#sim, tuple)
      this.#advance(entry, 'original', p)
      p.ct = { entry, direction: 'original', state: 'new', related: false }
      return
    }
    const { entry, direction } = found
    if (direction === 'reply') {
      entry.seenReply = true
      if (p.proto === PROTO.UDP) entry.assured = true
    }
    this.#advance(entry, direction, p)
    p.ct = { entry, direction, state: direction === 'reply' || entry.seenReply ? 'established' : 'new', related: false }
  }

  #trackError(p: Packet): void {
    const found = this.#find(inverse(tupleOf(p.inner as Packet)))
    p.ct =
      found === undefined
        ? { entry: undefined, direction: 'original', state: 'invalid', related: false }
        : { entry: found.entry, direction: found.direction, state: 'related', related: true }
  }

  #advance(entry: ConntrackEntry, direction: Direction, p: Packet): void {
    if (p.proto === PROTO.TCP) {
      entry.tcp = nextTcp(entry.tcp, direction, p.flags)
      if (entry.tcp === 'ESTABLISHED') entry.assured = true
    }
    entry.touch()
  }

  /** Puts a new entry into the table, when its first packet has come through (POSTROUTING and INPUT). */
  confirm(p: Packet): void {
    const entry = p.ct?.entry
    if (entry === undefined || entry.confirmed) return
    entry.confirmed = true
    this.#table.set(keyOf(entry.original), { entry, direction: 'original' })
    const reply = keyOf(entry.reply)
    if (!this.#table.has(reply)) this.#table.set(reply, { entry, direction: 'reply' })
    if (this.#table.size > this.#sweepAt) this.#sweep()
  }

  #sweep(): void {
    for (const { entry } of [...this.#table.values()]) if (entry.deadline <= this.#sim.now) this.#remove(entry)
    this.#sweepAt = Math.max(4096, this.#table.size * 2)
  }

  #remove(entry: ConntrackEntry): void {
    for (const tuple of [entry.original, entry.reply]) {
      const key = keyOf(tuple)
      if (this.#table.get(key)?.entry === entry) this.#table.delete(key)
    }
  }

  /** Decides source NAT of a new flow. `ports` restricts the ports; `random` draws one instead of keeping it. */
  setupSource(entry: ConntrackEntry, to: Ip4, ports: readonly [number, number] | undefined, random: boolean): void {
    entry.srcDone = true
    const { reply } = entry
    const icmp = reply.proto === PROTO.ICMP
    const own = icmp ? reply.sport : reply.dport
    const with_ = (port: number): Tuple => (icmp ? { ...reply, dst: to, sport: port } : { ...reply, dst: to, dport: port })
    const free = (port: number): boolean => {
      const other = this.#find(with_(port))
      return other === undefined || other.entry === entry
    }
    const inRange = ports === undefined || (own >= ports[0] && own <= ports[1])
    if (!random && inRange && free(own)) {
      entry.reply = with_(own)
      return
    }
    const [low, high] = ports ?? [1024, 65_535]
    const start = random || ports === undefined ? this.#random.below(high - low + 1) : 0
    for (let i = 0; i <= high - low; i++) {
      const port = low + ((start + i) % (high - low + 1))
      if (free(port)) {
        entry.reply = with_(port)
        return
      }
    }
  }

  /** Decides destination NAT of a new flow. */
  setupDestination(entry: ConntrackEntry, to: Ip4, port: number | undefined): void {
    entry.dstDone = true
    const { reply } = entry
    entry.reply = reply.proto === PROTO.ICMP || port === undefined ? { ...reply, src: to } : { ...reply, src: to, sport: port }
  }

  /** Rewrites the destination (PREROUTING, OUTPUT) as the flow's NAT says; tells whether that changed anything. */
  static rewriteDestination(p: Packet): boolean {
    const ref = p.ct
    if (ref?.entry === undefined) return false
    const other = ref.direction === 'original' ? ref.entry.reply : ref.entry.original
    if (ref.related) {
      const inner = (p.inner as Packet).clone()
      setTuple(inner, other)
      p.inner = inner
      p.dst = other.src
      return true
    }
    if (p.proto === PROTO.ICMP) {
      const changed = p.dst !== other.src || (ref.direction === 'reply' && p.icmpId !== other.sport)
      p.dst = other.src
      if (ref.direction === 'reply') p.icmpId = other.sport
      return changed
    }
    if (p.dst === other.src && p.dport === other.sport) return false
    p.dst = other.src
    p.dport = other.sport
    return true
  }

  /** Rewrites the source (POSTROUTING, INPUT). */
  static rewriteSource(p: Packet): void {
    const ref = p.ct
    if (ref?.entry === undefined) return
    const [own, other] = ref.direction === 'original' ? [ref.entry.original, ref.entry.reply] : [ref.entry.reply, ref.entry.original]
    if (ref.related) {
      if (p.src === own.src) p.src = other.dst
      return
    }
    p.src = other.dst
    if (p.proto !== PROTO.ICMP) p.sport = other.dport
    else if (ref.direction === 'original') p.icmpId = other.sport
  }

  /** Live entries in the order they were made. */
  entries(): ConntrackEntry[] {
    const out: ConntrackEntry[] = []
    for (const { entry, direction } of this.#table.values()) if (direction === 'original' && entry.deadline > this.#sim.now) out.push(entry)
    return out
  }

  delete(match: (entry: ConntrackInfo) => boolean): number {
    const doomed = this.entries().filter((e) => match(this.info(e)))
    for (const entry of doomed) this.#remove(entry)
    return doomed.length
  }

  clear(): void {
    this.#table.clear()
  }

  info(entry: ConntrackEntry): ConntrackInfo {
    const side = (t: Tuple): ConntrackInfo['original'] => ({ src: formatIp4(t.src), dst: formatIp4(t.dst), sport: t.sport, dport: t.dport })
    const status: string[] = []
    if (!entry.seenReply) status.push('UNREPLIED')
    if (entry.assured) status.push('ASSURED')
    const proto = entry.original.proto === PROTO.TCP ? 'tcp' : entry.original.proto === PROTO.UDP ? 'udp' : 'icmp'
    return {
      proto,
      ...(proto === 'tcp' ? { state: entry.tcp } : {}),
      timeoutSeconds: Math.max(0, Math.floor((entry.deadline - this.#sim.now) / SECONDS)),
      original: side(entry.original),
      reply: side(entry.reply),
      status,
      mark: entry.mark,
    }
  }
}

function setTuple(p: Packet, t: Tuple): void {
  p.src = t.src
  p.dst = t.dst
  if (p.proto === PROTO.ICMP) p.icmpId = t.sport
  else {
    p.sport = t.sport
    p.dport = t.dport
  }
}

/** The part of nf_conntrack_proto_tcp's table that well-behaved connections use. */
function nextTcp(state: TcpState, direction: Direction, flags: number): TcpState {
  if (flags & TCP.RST) return 'CLOSE'
  if (flags & TCP.SYN) {
    if (flags & TCP.ACK) return state === 'SYN_SENT' || state === 'SYN_RECV' ? 'SYN_RECV' : state
    return state === 'NONE' ? 'SYN_SENT' : state
  }
  if (flags & TCP.FIN) {
    if (state === 'ESTABLISHED' || state === 'SYN_RECV') return 'FIN_WAIT'
    if (state === 'FIN_WAIT' || state === 'CLOSE_WAIT') return 'LAST_ACK'
    return state
  }
  switch (state) {
    case 'NONE':
      return 'ESTABLISHED'
    case 'SYN_RECV':
      return direction === 'original' ? 'ESTABLISHED' : state
    case 'FIN_WAIT':
      return 'CLOSE_WAIT'
    case 'LAST_ACK':
      return 'TIME_WAIT'
    default:
      return state
  }
}

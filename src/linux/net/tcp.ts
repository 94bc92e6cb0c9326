/**
 * TCP: connections with the states of RFC 9293, retransmission, windows in outline (a segment carries a whole message or
 * up to 64 KiB), and the short cut of established flows (flow.ts). Differs: no congestion control, no selective
 * acknowledgement, no path MTU.
 */
import type { Timer } from '#sim/queue.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { Errno, type ErrnoCode } from '../errno.ts'
import type { Frame, SockAddr } from '../syscalls.ts'
import type { PollState } from '../vfs/types.ts'
import { formatIp4, type Ip4 } from './address.ts'
import { FlowTrace } from './flow.ts'
import { type NetNamespace, socketIp } from './namespace.ts'
import { NO_PAYLOAD, Packet, type Payload, PROTO, TCP } from './packet.ts'
import { ByteQueue, Socket } from './socket.ts'

export type TcpState =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT1'
  | 'FIN_WAIT2'
  | 'CLOSE_WAIT'
  | 'CLOSING'
  | 'LAST_ACK'
  | 'TIME_WAIT'

const SEND_BUFFER = 1 << 20
const RECEIVE_BUFFER = 4 << 20
/** Bytes of plain data in one segment. */
const CHUNK = 65_483
const SYN_RTO: Micros = 1_000_000
const MIN_RTO: Micros = 200_000
const MAX_RTO: Micros = 120_000_000
const TIME_WAIT: Micros = 60_000_000
const FIN_TIMEOUT: Micros = 60_000_000

interface Segment {
  readonly seq: number
  readonly length: number
  readonly flags: number
  readonly payload: Payload
}

export class TcpSocket extends Socket {
  readonly proto = 'tcp'
  ns: NetNamespace
  state: TcpState = 'CLOSED'
  localIp: Ip4 = 0
  localPort = 0
  remoteIp: Ip4 = 0
  remotePort = 0
  backlog = 0
  /** Whether the local port was asked for by bind(2). */
  #bound = false
  readonly acceptQueue: TcpSocket[] = []
  #parent: TcpSocket | undefined
  /** No file refers to it any more. */
  orphan = false
  readonly #receive = new ByteQueue()
  readonly #ahead = new Map<number, Packet>()
  #finReceived = false
  #readShut = false
  // Sending
  readonly #queue: Payload[] = []
  #queued = 0
  readonly #unacked: Segment[] = []
  #inFlight = 0
  #finQueued = false
  #sndNxt = 0
  #sndUna = 0
  #rcvNxt = 0
  #peerWindow = RECEIVE_BUFFER
  #rto = MIN_RTO
  #retries = 0
  #timer: Timer | undefined
  #keepalive: Timer | undefined
  #unanswered = 0
  #tsecr = 0
  readonly #tsBase: number
  /** First sequence numbers of both sides, for captures that show relative ones. */
  initialSeq = 0
  // The short cut
  #trace: FlowTrace | undefined
  #peer: TcpSocket | undefined
  /** Bytes on the short cut that have not arrived. */
  #flying = 0
  #softError: ErrnoCode | undefined

  constructor(ns: NetNamespace) {
    super()
    this.ns = ns
    this.#tsBase = ns.random.uint32()
  }

  get recvQ(): number {
    return this.state === 'LISTEN' ? this.acceptQueue.length : this.#receive.length
  }

  get sendQ(): number {
    return this.state === 'LISTEN' ? this.backlog : this.#queued + this.#inFlight
  }

  localAddress(): SockAddr {
    return { family: 'inet', address: this.v6 && this.localIp === 0 ? '::' : formatIp4(this.localIp), port: this.localPort }
  }

  override peerAddress(): SockAddr {
    if (this.remotePort === 0 || this.state === 'CLOSED' || this.state === 'SYN_SENT') throw new Errno('ENOTCONN')
    return { family: 'inet', address: formatIp4(this.remoteIp), port: this.remotePort }
  }

  override bind(address: SockAddr): void {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    if (this.localPort !== 0) throw new Errno('EINVAL')
    const ip = socketIp(address.address)
    if (ip !== 0 && !this.ns.isLocal(ip) && this.ns.sysctls.get('net.ipv4.ip_nonlocal_bind') !== '1') throw new Errno('EADDRNOTAVAIL')
    this.v6 = address.address.includes(':')
    if (address.port !== 0 && this.ns.tcp.inUse(ip, address.port, this)) throw new Errno('EADDRINUSE')
    this.localIp = ip
    this.localPort = address.port === 0 ? this.ns.tcp.freePort(ip, 0, 0) : address.port
    this.#bound = true
    this.ns.tcp.bound.add(this)
  }

  override listen(backlog: number): void {
    if (this.state !== 'CLOSED' && this.state !== 'LISTEN') throw new Errno('EINVAL')
    if (!this.#bound) this.bind({ family: 'inet', address: '0.0.0.0', port: 0 })
    if (this.ns.tcp.listenerFor(this.localIp, this.localPort, true) !== undefined && this.state !== 'LISTEN') throw new Errno('EADDRINUSE')
    this.backlog = Math.min(Math.max(0, backlog), Number(this.ns.sysctls.get('net.core.somaxconn') ?? '4096'))
    this.state = 'LISTEN'
    this.ns.tcp.addListener(this)
  }

  override *accept(nonblock: boolean): Sim<{ readonly socket: Socket; readonly peer: SockAddr }> {
    for (;;) {
      if (this.state !== 'LISTEN') throw new Errno('EINVAL')
      const socket = this.acceptQueue.shift()
      if (socket !== undefined) {
        socket.#parent = undefined
        return { socket, peer: { family: 'inet', address: formatIp4(socket.remoteIp), port: socket.remotePort } }
      }
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  override *connect(address: SockAddr, nonblock: boolean): Sim<void> {
    if (address.family !== 'inet') throw new Errno('EAFNOSUPPORT')
    if (this.state === 'SYN_SENT') {
      if (nonblock) throw new Errno('EALREADY')
    } else if (this.state !== 'CLOSED') {
      throw new Errno(this.state === 'LISTEN' ? 'EINVAL' : 'EISCONN')
    } else {
      this.raise()
      this.#startConnect(socketIp(address.address), address)
    }
    if (nonblock) throw new Errno('EINPROGRESS')
    yield* this.connected()
  }

  /** Waits for a connection attempt to end. */
  *connected(): Sim<void> {
    while (this.state === 'SYN_SENT') yield* this.changed.wait()
    this.raise()
    if (this.state === 'CLOSED') throw new Errno('ECONNREFUSED')
  }

  #startConnect(dst: Ip4, address: SockAddr & { family: 'inet' }): void {
    const ns = this.ns
    const ip = dst === 0 ? 0x7f000001 : dst
    const device = this.#device()
    const route = ns.routeOutput(ip, this.localIp, this.#mark(), device)
    if (typeof route === 'string') throw new Errno(route)
    if (route.type === 'broadcast') throw new Errno('ENETUNREACH')
    if (address.address.includes(':')) this.v6 = true
    if (this.localIp === 0) this.localIp = ns.sourceOf(route, ip)
    this.remoteIp = ip
    this.remotePort = address.port
    if (this.localPort === 0) this.localPort = ns.tcp.freePort(this.localIp, ip, address.port)
    if (ns.tcp.connection(this.localIp, this.localPort, ip, address.port) !== undefined) throw new Errno('EADDRNOTAVAIL')
    this.state = 'SYN_SENT'
    ns.tcp.addConnection(this)
    this.#sndNxt = this.initialSeq = ns.random.uint32()
    this.#sndUna = this.#sndNxt
    this.#rto = SYN_RTO
    this.#push(TCP.SYN, NO_PAYLOAD, 1)
  }

  #device(): ReturnType<NetNamespace['device']> {
    const name = this.options.get('SO_BINDTODEVICE')
    return typeof name === 'string' && name !== '' ? this.ns.device(name) : undefined
  }

  #mark(): number {
    return Number(this.options.get('SO_MARK') ?? 0)
  }

  // --- Sending ---

  #packet(flags: number, seq: number, payload: Payload): Packet {
    const p = new Packet(PROTO.TCP, this.localIp, this.remoteIp)
    p.sport = this.localPort
    p.dport = this.remotePort
    p.flags = flags
    p.seq = seq
    p.ack = flags & TCP.ACK ? this.#rcvNxt : 0
    p.payload = payload
    p.df = true
    p.ttl = Number(this.options.get('IP_TTL') ?? 64)
    p.mark = this.#mark()
    p.uid = this.uid
    p.window =
      flags & TCP.SYN ? (flags & TCP.ACK ? 65_160 : 64_240) : Math.max(0, Math.min(502, (RECEIVE_BUFFER - this.#receive.length) >>> 7))
    p.tsval = (this.#tsBase + Math.floor(this.ns.sim.now / 1000)) >>> 0
    p.tsecr = this.#tsecr
    return p
  }

  #emit(p: Packet): ErrnoCode | undefined {
    return this.ns.output(p, this.#device())
  }

  /** Sends a segment that must be acknowledged. `length` is what it takes of the sequence. */
  #push(flags: number, payload: Payload, length: number): void {
    const segment: Segment = { seq: this.#sndNxt, length, flags, payload }
    this.#unacked.push(segment)
    this.#inFlight += payload.byteLength
    this.#sndNxt = (this.#sndNxt + length) >>> 0
    if (this.#timer === undefined) this.#arm()
    const p = this.#packet(flags, segment.seq, payload)
    if (payload.byteLength > 0) {
      this.#trace = new FlowTrace()
      p.trace = this.#trace
    }
    const failed = this.#emit(p)
    if (failed !== undefined && failed !== 'EPERM' && this.state === 'SYN_SENT') this.#fail(failed)
  }

  #arm(): void {
    this.ns.sim.cancel(this.#timer)
    this.#timer = this.ns.sim.after(this.#rto, () => this.#retransmit())
  }

  #retransmit(): void {
    this.#timer = undefined
    const segment = this.#unacked[0]
    if (segment === undefined) return
    const limit = this.state === 'SYN_SENT' ? 'tcp_syn_retries' : this.state === 'SYN_RECV' ? 'tcp_synack_retries' : 'tcp_retries2'
    let tries = Number(this.ns.sysctls.get(`net.ipv4.${limit}`) ?? '15')
    if (this.orphan) tries = Math.min(tries, 8)
    if (this.#retries++ >= tries) {
      this.#fail(this.#softError ?? 'ETIMEDOUT')
      return
    }
    const started = this.options.get('TCP_USER_TIMEOUT')
    if (typeof started === 'number' && started > 0 && this.#rto * 2 > started * 1000) {
      this.#fail('ETIMEDOUT')
      return
    }
    this.#rto = Math.min(MAX_RTO, this.#rto * 2)
    this.#arm()
    this.#emit(this.#packet(segment.flags, segment.seq, segment.payload))
  }

  #sendAck(): void {
    this.#emit(this.#packet(TCP.ACK, this.#sndNxt, NO_PAYLOAD))
  }

  override *send(data: Uint8Array | Frame, nonblock: boolean): Sim<number> {
    const length = data.byteLength
    if (length === 0) return 0
    for (;;) {
      if (this.state === 'SYN_SENT' || this.state === 'SYN_RECV') {
        if (nonblock) throw new Errno('EAGAIN')
      } else {
        this.raise()
        if (this.state === 'CLOSED' && this.remotePort === 0) throw new Errno('ENOTCONN')
        if ((this.state !== 'ESTABLISHED' && this.state !== 'CLOSE_WAIT') || this.#finQueued) throw new Errno('EPIPE')
        if (this.#queued + this.#inFlight + this.#flying < SEND_BUFFER) break
        if (nonblock) throw new Errno('EAGAIN')
      }
      yield* this.changed.wait()
    }
    if (this.#fast()) this.#flyAll(data)
    else {
      if (data instanceof Uint8Array)
        for (let i = 0; i < length; i += CHUNK) this.#enqueue(i === 0 && length <= CHUNK ? data : data.subarray(i, i + CHUNK))
      else this.#enqueue(data)
      this.#flush()
    }
    return length
  }

  #enqueue(payload: Payload): void {
    this.#queue.push(payload)
    this.#queued += payload.byteLength
  }

  #flush(): void {
    for (;;) {
      const payload = this.#queue[0]
      if (payload === undefined) break
      if (this.#inFlight > 0 && this.#inFlight + payload.byteLength > this.#peerWindow) return
      if (this.#peerWindow <= 0 && this.#inFlight === 0) {
        this.#persist()
        return
      }
      this.#queue.shift()
      this.#queued -= payload.byteLength
      this.#push(TCP.PSH | TCP.ACK, payload, payload.byteLength)
    }
    if (this.#finQueued && (this.state === 'ESTABLISHED' || this.state === 'CLOSE_WAIT')) {
      this.state = this.state === 'ESTABLISHED' ? 'FIN_WAIT1' : 'LAST_ACK'
      this.#push(TCP.FIN | TCP.ACK, NO_PAYLOAD, 1)
    }
  }

  /** The peer's window is closed: its next acknowledgement opens it; a probe asks for one. */
  #persist(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.ns.sim.after(5_000_000, () => {
      this.#timer = undefined
      if (this.#queue.length === 0) return
      this.#emit(this.#packet(TCP.ACK, (this.#sndNxt - 1) >>> 0, NO_PAYLOAD))
      this.#persist()
    })
  }

  // --- The short cut ---

  /** Whether everything sent has arrived by a way that is still the same. */
  #fast(): boolean {
    const trace = this.#trace
    if (trace === undefined || this.#unacked.length > 0 || this.#queue.length > 0 || !(trace.end instanceof TcpSocket) || !trace.valid())
      return false
    if (trace.end.#receive.length + this.#flying > RECEIVE_BUFFER) return false
    this.#peer = trace.end
    return true
  }

  #flyAll(payload: Payload): void {
    const trace = this.#trace as FlowTrace
    const peer = this.#peer as TcpSocket
    const length = payload.byteLength
    const seq = this.#sndNxt
    this.#sndNxt = (seq + length) >>> 0
    this.#flying += length
    trace.account(length + 52)
    this.ns.sim.after(trace.latency, () => {
      this.#flying -= length
      peer.#land(this, seq, payload)
    })
  }

  #land(from: TcpSocket, seq: number, payload: Payload): void {
    const length = payload.byteLength
    const open = this.state === 'ESTABLISHED' || this.state === 'FIN_WAIT1' || this.state === 'FIN_WAIT2'
    if (!open || this.orphan || seq !== this.#rcvNxt) {
      // The ordinary way sorts it out: reset, or retransmission.
      const segment: Segment = { seq, length, flags: TCP.PSH | TCP.ACK, payload }
      const at = from.#unacked.findIndex((s) => before(seq, s.seq))
      from.#unacked.splice(at < 0 ? from.#unacked.length : at, 0, segment)
      from.#inFlight += length
      from.#trace = undefined
      if (from.#timer === undefined) from.#arm()
      from.#emit(from.#packet(segment.flags, seq, payload))
      return
    }
    this.#rcvNxt = (this.#rcvNxt + length) >>> 0
    from.#sndUna = (seq + length) >>> 0
    if (!this.#readShut) this.#receive.push(payload)
    this.#unanswered = 0
    const back = this.#trace
    if (back?.valid() === true) back.account(52)
    this.changed.wakeAll()
    if (from.changed.size > 0 && from.#flying + from.#inFlight + from.#queued < SEND_BUFFER) from.changed.wakeAll()
  }

  // --- Receiving ---

  override *recv(max: number, nonblock: boolean): Sim<Uint8Array> {
    yield* this.#readable(nonblock)
    const was = this.#receive.length
    const out = this.#receive.read(max)
    this.#windowOpened(was)
    return out
  }

  override *recvFrame(nonblock: boolean): Sim<Frame | Uint8Array | undefined> {
    yield* this.#readable(nonblock)
    const was = this.#receive.length
    const out = this.#receive.shift()
    this.#windowOpened(was)
    return out
  }

  /** Waits until there is data or the end of it. */
  *#readable(nonblock: boolean): Sim<void> {
    for (;;) {
      if (this.#receive.length > 0 || this.#readShut) return
      if (this.#finReceived) return
      this.raise()
      if (this.state === 'CLOSED' || this.state === 'LISTEN') {
        if (this.remotePort === 0) throw new Errno('ENOTCONN')
        return
      }
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  #windowOpened(was: number): void {
    if (was > RECEIVE_BUFFER / 2 && this.#receive.length <= RECEIVE_BUFFER / 2 && this.state !== 'CLOSED') this.#sendAck()
  }

  override shutdown(how: 'read' | 'write' | 'both'): void {
    if (this.state === 'LISTEN') {
      if (how !== 'write') this.close()
      return
    }
    if (this.state === 'CLOSED' || this.state === 'SYN_SENT') throw new Errno('ENOTCONN')
    if (how !== 'write') {
      this.#readShut = true
      this.changed.wakeAll()
    }
    if (how !== 'read' && !this.#finQueued) {
      this.#finQueued = true
      this.#flush()
    }
  }

  poll(): PollState {
    if (this.state === 'LISTEN') return { readable: this.acceptQueue.length > 0, writable: false }
    const hangup = this.error !== undefined || (this.state === 'CLOSED' && this.remotePort !== 0)
    return {
      readable: this.#receive.length > 0 || this.#finReceived || this.#readShut || hangup,
      writable: (this.state === 'ESTABLISHED' || this.state === 'CLOSE_WAIT') && this.#queued + this.#inFlight + this.#flying < SEND_BUFFER,
      ...(hangup ? { hangup } : {}),
    }
  }

  override setOption(option: string, value: number | string): void {
    super.setOption(option, value)
    if (option === 'SO_KEEPALIVE') this.#watch()
  }

  /** Keep-alive probes after `TCP_KEEPIDLE` (default sysctl) seconds of silence. */
  #watch(): void {
    this.ns.sim.cancel(this.#keepalive)
    this.#keepalive = undefined
    if (Number(this.options.get('SO_KEEPALIVE') ?? 0) === 0 || this.state !== 'ESTABLISHED') return
    const idle = Number(this.options.get('TCP_KEEPIDLE') ?? this.ns.sysctls.get('net.ipv4.tcp_keepalive_time') ?? '7200')
    const interval = Number(this.options.get('TCP_KEEPINTVL') ?? this.ns.sysctls.get('net.ipv4.tcp_keepalive_intvl') ?? '75')
    const count = Number(this.options.get('TCP_KEEPCNT') ?? this.ns.sysctls.get('net.ipv4.tcp_keepalive_probes') ?? '9')
    this.#keepalive = this.ns.sim.after((this.#unanswered === 0 ? idle : interval) * 1_000_000, () => {
      this.#keepalive = undefined
      if (this.state !== 'ESTABLISHED') return
      // A probe over a way that is known to work needs no packet: its answer is certain.
      if (!this.#answersForSure()) {
        if (this.#unanswered >= count) {
          this.#fail('ETIMEDOUT')
          return
        }
        this.#unanswered++
        const probe = this.#packet(TCP.ACK, (this.#sndNxt - 1) >>> 0, NO_PAYLOAD)
        // It goes the way anew, so it may as well remember it.
        if (this.#unacked.length === 0) {
          this.#trace = new FlowTrace()
          probe.trace = this.#trace
        }
        this.#emit(probe)
      }
      this.#watch()
    })
  }

  #answersForSure(): boolean {
    const trace = this.#trace
    return this.#unacked.length === 0 && trace?.valid() === true && trace.end instanceof TcpSocket && trace.end.state === 'ESTABLISHED'
  }

  // --- Ends ---

  close(): void {
    this.orphan = true
    const { state } = this
    if (state === 'LISTEN') {
      this.state = 'CLOSED'
      this.ns.tcp.removeListener(this)
      for (const child of this.acceptQueue.splice(0)) child.#abort()
      this.ns.tcp.forgetChildren(this)
    } else if (state === 'SYN_SENT') this.#drop()
    else if (state === 'CLOSED') this.#drop()
    else if (this.#receive.length > 0 && (state === 'ESTABLISHED' || state === 'CLOSE_WAIT')) this.#abort()
    else if (this.options.get('SO_LINGER') === 0) this.#abort()
    else {
      if (!this.#finQueued) {
        this.#finQueued = true
        this.#flush()
      }
      if (this.state === 'FIN_WAIT2') this.#timeWaitSoon()
    }
    this.ns.tcp.bound.delete(this)
    this.changed.wakeAll()
  }

  /** Resets the connection. */
  #abort(): void {
    if (
      this.state === 'ESTABLISHED' ||
      this.state === 'CLOSE_WAIT' ||
      this.state === 'SYN_RECV' ||
      this.state === 'FIN_WAIT1' ||
      this.state === 'FIN_WAIT2'
    ) {
      this.#emit(this.#packet(TCP.RST | TCP.ACK, this.#sndNxt, NO_PAYLOAD))
    }
    this.#drop()
  }

  /** The namespace goes. */
  kill(): void {
    this.#drop()
  }

  isChildOf(parent: TcpSocket): boolean {
    return this.#parent === parent
  }

  #drop(): void {
    this.state = 'CLOSED'
    this.ns.sim.cancel(this.#timer)
    this.ns.sim.cancel(this.#keepalive)
    this.#timer = this.#keepalive = undefined
    this.#unacked.length = 0
    this.#queue.length = 0
    this.#queued = this.#inFlight = 0
    this.#trace = undefined
    this.#peer = undefined
    this.ns.tcp.removeConnection(this)
    this.changed.wakeAll()
  }

  #fail(error: ErrnoCode): void {
    this.error = error
    this.#drop()
  }

  #timeWaitSoon(): void {
    this.ns.sim.cancel(this.#timer)
    this.#timer = this.ns.sim.after(FIN_TIMEOUT, () => this.#drop())
  }

  #enterTimeWait(): void {
    this.state = 'TIME_WAIT'
    this.ns.sim.cancel(this.#timer)
    this.ns.sim.cancel(this.#keepalive)
    this.#keepalive = undefined
    this.#unacked.length = 0
    this.#trace = undefined
    this.#peer = undefined
    this.#timer = this.ns.sim.after(TIME_WAIT, () => this.#drop())
    this.changed.wakeAll()
  }

  /** An ICMP error about a segment of ours. */
  icmpError(code: ErrnoCode): void {
    if (this.state === 'SYN_SENT') this.#fail(code)
    else this.#softError = code === 'ECONNREFUSED' ? 'EHOSTUNREACH' : code
  }

  /** A SYN for a listener: the connection being made. */
  static passive(listener: TcpSocket, p: Packet): void {
    const { ns } = listener
    const child = new TcpSocket(ns)
    child.uid = listener.uid
    child.v6 = listener.v6
    child.#parent = listener
    child.localIp = p.dst
    child.localPort = p.dport
    child.remoteIp = p.src
    child.remotePort = p.sport
    child.state = 'SYN_RECV'
    child.#rcvNxt = (p.seq + 1) >>> 0
    child.#tsecr = p.tsval
    child.#sndNxt = child.#sndUna = child.initialSeq = ns.random.uint32()
    child.#rto = SYN_RTO
    ns.tcp.addConnection(child)
    child.#push(TCP.SYN | TCP.ACK, NO_PAYLOAD, 1)
  }

  /** A segment of this connection arrives. */
  input(p: Packet): void {
    if (p.trace !== undefined && this.state === 'ESTABLISHED') p.trace.end = this
    if (p.flags & TCP.RST) {
      this.#reset(p)
      return
    }
    this.#tsecr = p.tsval
    this.#unanswered = 0
    if (this.state === 'SYN_SENT') {
      this.#synSent(p)
      return
    }
    if (p.flags & TCP.SYN) {
      if (this.state === 'SYN_RECV') this.#emit(this.#packet(TCP.SYN | TCP.ACK, this.#sndUna, NO_PAYLOAD))
      else this.#sendAck()
      return
    }
    if (p.flags & TCP.ACK) this.#acked(p)
    if (this.#gone()) return
    const fin = (p.flags & TCP.FIN) !== 0
    const length = p.payload.byteLength + (fin ? 1 : 0)
    if (length === 0) {
      // A probe below the window asks for an answer.
      if (p.seq === (this.#rcvNxt - 1) >>> 0 && this.state !== 'SYN_RECV') this.#sendAck()
      return
    }
    if (before(p.seq, this.#rcvNxt)) {
      this.#sendAck()
      return
    }
    if (p.seq !== this.#rcvNxt) {
      if (this.#ahead.size < 256) this.#ahead.set(p.seq, p)
      this.#sendAck()
      return
    }
    this.#take(p)
    for (;;) {
      const next = this.#ahead.get(this.#rcvNxt)
      if (next === undefined) break
      this.#ahead.delete(this.#rcvNxt)
      this.#take(next)
    }
    if (!this.#gone()) this.#sendAck()
    this.changed.wakeAll()
  }

  #gone(): boolean {
    return this.state === 'CLOSED'
  }

  #take(p: Packet): void {
    const data = p.payload.byteLength
    if (data > 0) {
      if (this.orphan) {
        // Nobody will read it.
        this.#emit(this.#packet(TCP.RST, this.#sndNxt, NO_PAYLOAD))
        this.#drop()
        return
      }
      this.#rcvNxt = (this.#rcvNxt + data) >>> 0
      if (!this.#readShut) this.#receive.push(p.payload)
    }
    if (p.flags & TCP.FIN) {
      this.#rcvNxt = (this.#rcvNxt + 1) >>> 0
      this.#finReceived = true
      if (this.state === 'ESTABLISHED') this.state = 'CLOSE_WAIT'
      else if (this.state === 'FIN_WAIT1') this.state = 'CLOSING'
      else if (this.state === 'FIN_WAIT2') this.#enterTimeWait()
    }
  }

  #synSent(p: Packet): void {
    if ((p.flags & TCP.SYN) === 0) return
    if (p.flags & TCP.ACK && p.ack !== this.#sndNxt) {
      this.ns.tcp.reset(p)
      return
    }
    this.#rcvNxt = (p.seq + 1) >>> 0
    if ((p.flags & TCP.ACK) === 0) return
    this.#sndUna = p.ack
    this.#settle()
    this.state = 'ESTABLISHED'
    this.#sendAck()
    this.#watch()
    this.changed.wakeAll()
  }

  #settle(): void {
    this.#unacked.length = 0
    this.#inFlight = 0
    this.#retries = 0
    this.#rto = MIN_RTO
    this.ns.sim.cancel(this.#timer)
    this.#timer = undefined
  }

  #acked(p: Packet): void {
    this.#peerWindow = p.window === 0 ? 0 : RECEIVE_BUFFER
    if (this.state === 'SYN_RECV') {
      if (p.ack !== this.#sndNxt) return
      const parent = this.#parent
      if (parent !== undefined) {
        if (parent.acceptQueue.length > parent.backlog) return
        if (parent.state !== 'LISTEN') {
          this.#abort()
          return
        }
        parent.acceptQueue.push(this)
      }
      this.#sndUna = p.ack
      this.#settle()
      this.state = 'ESTABLISHED'
      this.#watch()
      parent?.changed.wakeAll()
    } else if (before(this.#sndUna, p.ack)) {
      this.#sndUna = p.ack
      let progress = false
      while (this.#unacked.length > 0) {
        const first = this.#unacked[0] as Segment
        if (before(p.ack, (first.seq + first.length) >>> 0)) break
        this.#unacked.shift()
        this.#inFlight -= first.payload.byteLength
        progress = true
      }
      if (progress) {
        this.#retries = 0
        this.#rto = MIN_RTO
        this.#softError = undefined
        if (this.#unacked.length > 0) this.#arm()
        else {
          this.ns.sim.cancel(this.#timer)
          this.#timer = undefined
        }
      }
      this.changed.wakeAll()
    }
    if (this.#queue.length > 0 || this.#finQueued) this.#flush()
    if (this.#unacked.length === 0 && this.#sndUna === this.#sndNxt) this.#allAcked()
  }

  /** Everything, also a FIN, has been acknowledged. */
  #allAcked(): void {
    if (this.state === 'FIN_WAIT1') {
      this.state = 'FIN_WAIT2'
      if (this.orphan) this.#timeWaitSoon()
    } else if (this.state === 'CLOSING') this.#enterTimeWait()
    else if (this.state === 'LAST_ACK') this.#drop()
  }

  #reset(p: Packet): void {
    if (this.state === 'SYN_SENT') {
      if (p.flags & TCP.ACK && p.ack === this.#sndNxt) this.#fail('ECONNREFUSED')
      return
    }
    if (this.state === 'TIME_WAIT') return
    if (this.#parent !== undefined) {
      const at = this.#parent.acceptQueue.indexOf(this)
      if (at >= 0) this.#parent.acceptQueue.splice(at, 1)
    }
    this.#fail(this.state === 'CLOSE_WAIT' ? 'EPIPE' : 'ECONNRESET')
  }
}

/** Sequence number arithmetic: whether `a` comes before `b`. */
function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}

/** The TCP sockets of a namespace. */
export class TcpTable {
  readonly #ns: NetNamespace
  readonly #connections = new Map<string, TcpSocket>()
  readonly #listeners = new Map<number, TcpSocket[]>()
  /** Sockets that bind(2) gave a port. */
  readonly bound = new Set<TcpSocket>()

  constructor(ns: NetNamespace) {
    this.#ns = ns
  }

  #key(localIp: Ip4, localPort: number, remoteIp: Ip4, remotePort: number): string {
    return `${localIp},${localPort},${remoteIp},${remotePort}`
  }

  connection(localIp: Ip4, localPort: number, remoteIp: Ip4, remotePort: number): TcpSocket | undefined {
    return this.#connections.get(this.#key(localIp, localPort, remoteIp, remotePort))
  }

  addConnection(s: TcpSocket): void {
    this.#connections.set(this.#key(s.localIp, s.localPort, s.remoteIp, s.remotePort), s)
  }

  removeConnection(s: TcpSocket): void {
    const key = this.#key(s.localIp, s.localPort, s.remoteIp, s.remotePort)
    if (this.#connections.get(key) === s) this.#connections.delete(key)
  }

  addListener(s: TcpSocket): void {
    const list = this.#listeners.get(s.localPort) ?? []
    if (!list.includes(s)) list.push(s)
    this.#listeners.set(s.localPort, list)
  }

  removeListener(s: TcpSocket): void {
    const list = (this.#listeners.get(s.localPort) ?? []).filter((x) => x !== s)
    if (list.length === 0) this.#listeners.delete(s.localPort)
    else this.#listeners.set(s.localPort, list)
  }

  /** Half-open connections of a listener that is gone. */
  forgetChildren(parent: TcpSocket): void {
    for (const s of [...this.#connections.values()]) if (s.state === 'SYN_RECV' && s.isChildOf(parent)) s.kill()
  }

  /** The listener for a destination: a specific address wins over the wildcard. `exact` asks for the same binding. */
  listenerFor(ip: Ip4, port: number, exact = false): TcpSocket | undefined {
    const list = this.#listeners.get(port)
    if (list === undefined) return undefined
    const same = list.find((s) => s.localIp === ip)
    return same ?? (exact ? undefined : list.find((s) => s.localIp === 0))
  }

  /** Whether binding `ip`:`port` clashes with a socket that has it. */
  inUse(ip: Ip4, port: number, except?: TcpSocket): boolean {
    for (const s of this.bound) {
      if (s === except || s.localPort !== port) continue
      if (s.options.get('SO_REUSEPORT') === 1 && except?.options.get('SO_REUSEPORT') === 1) continue
      if (s.localIp === 0 || ip === 0 || s.localIp === ip) {
        if (s.v6 !== except?.v6 && s.options.get('IPV6_V6ONLY') === 1) continue
        return true
      }
    }
    return false
  }

  /** An ephemeral port, free for this pair of addresses. */
  freePort(localIp: Ip4, remoteIp: Ip4, remotePort: number): number {
    const [low, high] = (this.#ns.sysctls.get('net.ipv4.ip_local_port_range') ?? '32768\t60999').split(/\s+/).map(Number) as [
      number,
      number,
    ]
    const size = high - low + 1
    const start = this.#ns.random.below(size)
    for (let i = 0; i < size; i++) {
      const port = low + ((start + i) % size)
      if (this.#listeners.has(port)) continue
      if (remotePort === 0 ? !this.inUse(localIp, port) : !this.#connections.has(this.#key(localIp, port, remoteIp, remotePort)))
        return port
    }
    throw new Errno('EADDRNOTAVAIL')
  }

  input(p: Packet): void {
    const s = this.connection(p.dst, p.dport, p.src, p.sport)
    if (s !== undefined) {
      if (s.state === 'TIME_WAIT' && (p.flags & (TCP.SYN | TCP.ACK)) === TCP.SYN) s.kill()
      else {
        s.input(p)
        return
      }
    }
    const listener = this.listenerFor(p.dst, p.dport)
    if (listener !== undefined && (p.flags & (TCP.SYN | TCP.ACK | TCP.RST)) === TCP.SYN) {
      if (listener.acceptQueue.length <= listener.backlog) TcpSocket.passive(listener, p)
      return
    }
    if ((p.flags & TCP.RST) === 0) this.reset(p)
  }

  /** Answers a segment nobody wants. */
  reset(p: Packet): void {
    const r = new Packet(PROTO.TCP, p.dst, p.src)
    r.sport = p.dport
    r.dport = p.sport
    r.budget = p.budget - 1
    if (p.flags & TCP.ACK) {
      r.flags = TCP.RST
      r.seq = p.ack
    } else {
      r.flags = TCP.RST | TCP.ACK
      r.ack = (p.seq + p.payload.byteLength + (p.flags & TCP.SYN ? 1 : 0) + (p.flags & TCP.FIN ? 1 : 0)) >>> 0
    }
    const ct = p.ct
    if (ct?.entry !== undefined) r.ct = { ...ct, direction: ct.direction === 'original' ? 'reply' : 'original', state: 'established' }
    if (r.budget > 0) this.#ns.output(r)
  }

  /** An ICMP error about a segment that was sent from here. */
  error(about: Packet, code: ErrnoCode): void {
    this.connection(about.src, about.sport, about.dst, about.dport)?.icmpError(code)
  }

  /** All sockets, listeners first. */
  list(): TcpSocket[] {
    const listeners = [...this.#listeners.values()].flat()
    return [...listeners, ...this.#connections.values()]
  }

  destroy(): void {
    for (const s of this.list()) s.kill()
  }
}

import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { Frame, SockAddr } from '../syscalls.ts'
import type { PollState } from '../vfs/types.ts'
import type { NetNamespace } from './namespace.ts'
import { ByteQueue, type Datagram, Socket } from './socket.ts'

const BUFFER = 212_992

/**
 * Unix domain sockets of a machine, unix(7): stream and datagram, named by a file (its device and inode number) or in the
 * abstract name space of a network namespace (paths that begin with NUL or `@`).
 */
export class UnixRegistry {
  readonly #names = new Map<string, UnixSocket>()
  readonly sockets = new Set<UnixSocket>()

  bind(key: string, socket: UnixSocket): void {
    if (this.#names.has(key)) throw new Errno('EADDRINUSE')
    this.#names.set(key, socket)
  }

  unbind(key: string, socket: UnixSocket): void {
    if (this.#names.get(key) === socket) this.#names.delete(key)
  }

  find(key: string): UnixSocket {
    const found = this.#names.get(key)
    if (found === undefined) throw new Errno('ECONNREFUSED')
    return found
  }
}

export class UnixSocket extends Socket {
  readonly proto = 'unix'
  readonly type: 'stream' | 'dgram'
  readonly registry: UnixRegistry
  /** The network namespace it was made in, which lists it; names in the file system reach across. */
  readonly net: NetNamespace
  path = ''
  state: 'CLOSED' | 'LISTEN' | 'ESTABLISHED' = 'CLOSED'
  peer: UnixSocket | undefined
  backlog = 0
  readonly acceptQueue: UnixSocket[] = []
  #key: string | undefined
  readonly #receive = new ByteQueue()
  readonly #datagrams: Datagram[] = []
  #datagramBytes = 0
  #eof = false
  #writeShut = false
  /** Credentials of the peer, SO_PEERCRED. */
  peerCred: { readonly pid: number; readonly uid: number; readonly gid: number } | undefined

  constructor(registry: UnixRegistry, net: NetNamespace, type: 'stream' | 'dgram') {
    super()
    this.registry = registry
    this.net = net
    this.type = type
    registry.sockets.add(this)
  }

  /** Two connected sockets: socketpair(2). */
  static pair(registry: UnixRegistry, net: NetNamespace, type: 'stream' | 'dgram'): readonly [UnixSocket, UnixSocket] {
    const a = new UnixSocket(registry, net, type)
    const b = new UnixSocket(registry, net, type)
    a.#join(b)
    return [a, b]
  }

  #join(other: UnixSocket): void {
    this.peer = other
    other.peer = this
    this.state = other.state = 'ESTABLISHED'
  }

  get recvQ(): number {
    return this.state === 'LISTEN' ? this.acceptQueue.length : this.#receive.length + this.#datagramBytes
  }

  localAddress(): SockAddr {
    return { family: 'unix', path: this.path }
  }

  override peerAddress(): SockAddr {
    if (this.peer === undefined) throw new Errno('ENOTCONN')
    return { family: 'unix', path: this.peer.path }
  }

  /** Gives the socket the name `path`, known to the machine as `key`. */
  bindKey(path: string, key: string): void {
    if (this.#key !== undefined) throw new Errno('EINVAL')
    this.registry.bind(key, this)
    this.#key = key
    this.path = path
  }

  override listen(backlog: number): void {
    if (this.type !== 'stream') throw new Errno('EOPNOTSUPP')
    if (this.#key === undefined) throw new Errno('EINVAL')
    this.backlog = backlog
    this.state = 'LISTEN'
  }

  override *accept(nonblock: boolean): Sim<{ readonly socket: Socket; readonly peer: SockAddr }> {
    for (;;) {
      if (this.state !== 'LISTEN') throw new Errno('EINVAL')
      const socket = this.acceptQueue.shift()
      if (socket !== undefined) return { socket, peer: socket.peer?.localAddress() ?? { family: 'unix', path: '' } }
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  *connectKey(key: string, nonblock: boolean): Sim<void> {
    if (this.state === 'ESTABLISHED' && this.type === 'stream') throw new Errno('EISCONN')
    const target = this.registry.find(key)
    if (target.type !== this.type) throw new Errno('EPROTONOSUPPORT')
    if (this.type === 'dgram') {
      this.peer = target
      return
    }
    if (target.state !== 'LISTEN') throw new Errno('ECONNREFUSED')
    while (target.acceptQueue.length > target.backlog) {
      if (nonblock) throw new Errno('EAGAIN')
      yield* target.changed.wait()
      if (target.state !== 'LISTEN') throw new Errno('ECONNREFUSED')
    }
    const child = new UnixSocket(this.registry, this.net, 'stream')
    child.path = target.path
    child.uid = target.uid
    this.#join(child)
    target.acceptQueue.push(child)
    target.changed.wakeAll()
  }

  override *send(data: Uint8Array | Frame, nonblock: boolean): Sim<number> {
    if (this.type === 'dgram') {
      if (this.peer === undefined) throw new Errno('ENOTCONN')
      return yield* this.sendTo(this.peer, data instanceof Uint8Array ? data : data.bytes(), nonblock)
    }
    for (;;) {
      if (this.state !== 'ESTABLISHED') throw new Errno('ENOTCONN')
      const peer = this.peer
      if (peer === undefined || this.#writeShut) throw new Errno('EPIPE')
      if (peer.#receive.length < BUFFER) {
        peer.#receive.push(data)
        peer.changed.wakeAll()
        return data.byteLength
      }
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  *sendTo(target: UnixSocket, data: Uint8Array, nonblock: boolean): Sim<number> {
    while (target.#datagramBytes + data.length > BUFFER) {
      if (nonblock) throw new Errno('EAGAIN')
      yield* target.changed.wait()
    }
    target.#datagrams.push({ data, from: this.localAddress() })
    target.#datagramBytes += data.length
    target.changed.wakeAll()
    return data.length
  }

  override *recv(max: number, nonblock: boolean): Sim<Uint8Array> {
    if (this.type === 'dgram') return (yield* this.recvfrom(max, nonblock)).data
    yield* this.#readable(nonblock)
    const out = this.#receive.read(max)
    this.peer?.changed.wakeAll()
    return out
  }

  override *recvFrame(nonblock: boolean): Sim<Frame | Uint8Array | undefined> {
    yield* this.#readable(nonblock)
    const out = this.#receive.shift()
    this.peer?.changed.wakeAll()
    return out
  }

  *#readable(nonblock: boolean): Sim<void> {
    for (;;) {
      if (this.#receive.length > 0 || this.#eof) return
      this.raise()
      if (this.state !== 'ESTABLISHED') throw new Errno('ENOTCONN')
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  override *recvfrom(max: number, nonblock: boolean): Sim<Datagram> {
    if (this.type === 'stream')
      return { data: yield* this.recv(max, nonblock), from: this.peer?.localAddress() ?? { family: 'unix', path: '' } }
    for (;;) {
      const first = this.#datagrams.shift()
      if (first !== undefined) {
        this.#datagramBytes -= first.data.length
        this.changed.wakeAll()
        return { ...first, data: first.data.subarray(0, max) }
      }
      if (this.#eof) return { data: new Uint8Array(0), from: { family: 'unix', path: '' } }
      if (nonblock) throw new Errno('EAGAIN')
      yield* this.changed.wait()
    }
  }

  override shutdown(how: 'read' | 'write' | 'both'): void {
    if (this.peer === undefined) throw new Errno('ENOTCONN')
    if (how !== 'read') {
      this.#writeShut = true
      this.peer.#eof = true
      this.peer.changed.wakeAll()
    }
    if (how !== 'write') this.#eof = true
    this.changed.wakeAll()
  }

  poll(): PollState {
    if (this.state === 'LISTEN') return { readable: this.acceptQueue.length > 0, writable: false }
    const hangup = this.type === 'stream' && this.state === 'ESTABLISHED' && this.peer === undefined
    return {
      readable: this.#receive.length > 0 || this.#datagrams.length > 0 || this.#eof,
      writable: this.type === 'dgram' || (this.peer !== undefined && this.peer.#receive.length < BUFFER) || hangup,
      ...(hangup ? { hangup } : {}),
    }
  }

  close(): void {
    this.registry.sockets.delete(this)
    if (this.#key !== undefined) this.registry.unbind(this.#key, this)
    const { peer } = this
    this.peer = undefined
    this.state = 'CLOSED'
    for (const child of this.acceptQueue.splice(0)) child.close()
    if (peer !== undefined && peer.peer === this) {
      peer.peer = undefined
      peer.#eof = true
      peer.changed.wakeAll()
    }
    this.changed.wakeAll()
  }
}

import { type Sim, WaitQueue } from '#sim/wait.ts'
import { Errno, type ErrnoCode } from '../errno.ts'
import type { Frame, SockAddr } from '../syscalls.ts'
import type { PollState } from '../vfs/types.ts'

/** What a datagram socket receives. */
export interface Datagram {
  readonly data: Uint8Array
  readonly from: SockAddr
  readonly ttl?: number
}

/**
 * A socket without its file: struct sock. Every operation a protocol doesn't have fails as Linux's does. `nonblock` is
 * O_NONBLOCK of the file.
 */
export abstract class Socket {
  abstract readonly proto: 'tcp' | 'udp' | 'raw' | 'unix'
  /** Number of the sockfs inode, for ss and /proc/net. */
  inode = 0
  /** Effective user id of who made it. */
  uid = 0
  /** Made as IPv6 (bound to `::` or connected to an IPv6 address): only for show. */
  v6 = false
  /** Fires whenever poll() may say something else. */
  readonly changed = new WaitQueue()
  readonly options = new Map<string, number | string>()
  protected error: ErrnoCode | undefined

  /** Throws a pending error once (SO_ERROR). */
  protected raise(): void {
    const error = this.error
    this.error = undefined
    if (error !== undefined) throw new Errno(error)
  }

  takeError(): ErrnoCode | undefined {
    const error = this.error
    this.error = undefined
    return error
  }

  bind(_address: SockAddr): void {
    throw new Errno('EOPNOTSUPP')
  }

  listen(_backlog: number): void {
    throw new Errno('EOPNOTSUPP')
  }

  *accept(_nonblock: boolean): Sim<{ readonly socket: Socket; readonly peer: SockAddr }> {
    throw new Errno('EOPNOTSUPP')
  }

  *connect(_address: SockAddr, _nonblock: boolean): Sim<void> {
    throw new Errno('EOPNOTSUPP')
  }

  *send(_data: Uint8Array | Frame, _nonblock: boolean): Sim<number> {
    throw new Errno('EOPNOTSUPP')
  }

  *recv(_max: number, _nonblock: boolean): Sim<Uint8Array> {
    throw new Errno('EOPNOTSUPP')
  }

  *recvFrame(_nonblock: boolean): Sim<Frame | Uint8Array | undefined> {
    throw new Errno('EOPNOTSUPP')
  }

  *sendto(_data: Uint8Array, _address: SockAddr, _nonblock: boolean): Sim<number> {
    throw new Errno('EOPNOTSUPP')
  }

  *recvfrom(_max: number, _nonblock: boolean): Sim<Datagram> {
    throw new Errno('EOPNOTSUPP')
  }

  shutdown(_how: 'read' | 'write' | 'both'): void {
    throw new Errno('ENOTCONN')
  }

  abstract localAddress(): SockAddr
  peerAddress(): SockAddr {
    throw new Errno('ENOTCONN')
  }

  abstract poll(): PollState
  abstract close(): void

  setOption(option: string, value: number | string): void {
    this.options.set(option, value)
  }
}

/** A queue of bytes and whole messages, read either way. */
export class ByteQueue {
  readonly #items: (Uint8Array | Frame)[] = []
  /** Bytes of the head that have been read. */
  #offset = 0
  length = 0

  push(item: Uint8Array | Frame): void {
    if (item.byteLength === 0) return
    this.#items.push(item)
    this.length += item.byteLength
  }

  /** Up to `max` bytes; empty when there are none. */
  read(max: number): Uint8Array {
    const head = this.#items[0]
    if (head === undefined) return EMPTY
    const bytes = head instanceof Uint8Array ? head : head.bytes()
    const end = Math.min(bytes.length, this.#offset + max)
    const out = bytes.subarray(this.#offset, end)
    this.length -= out.length
    if (end === bytes.length) {
      this.#items.shift()
      this.#offset = 0
    } else this.#offset = end
    if (out.length < max && this.#items[0] instanceof Uint8Array && out.length < 16_384) return this.#more(out, max)
    return out
  }

  /** Joins small pieces, as one read(2) of a stream does. */
  #more(first: Uint8Array, max: number): Uint8Array {
    const parts = [first]
    let length = first.length
    while (length < max) {
      const head = this.#items[0]
      if (!(head instanceof Uint8Array) || length + head.length > max) break
      this.#items.shift()
      this.length -= head.length
      parts.push(head)
      length += head.length
    }
    if (parts.length === 1) return first
    const out = new Uint8Array(length)
    let n = 0
    for (const part of parts) {
      out.set(part, n)
      n += part.length
    }
    return out
  }

  /** The next message as it was sent, or the bytes at the head; undefined when there is nothing. */
  shift(): Frame | Uint8Array | undefined {
    const head = this.#items[0]
    if (head === undefined) return undefined
    if (this.#offset > 0) return this.read(head.byteLength)
    this.#items.shift()
    this.length -= head.byteLength
    return head
  }

  clear(): void {
    this.#items.length = 0
    this.#offset = 0
    this.length = 0
  }
}

const EMPTY = new Uint8Array(0)

import { concat } from '#sim/bytes.ts'
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

/**
 * A queue of bytes and whole messages, read either way. `length` counts messages by what they say of themselves, which may
 * be an estimate until their bytes are made.
 */
export class ByteQueue {
  readonly #items: (Uint8Array | Frame)[] = []
  /** The head's bytes that are left, once some of them have been read. */
  #rest: Uint8Array | undefined
  length = 0

  push(item: Uint8Array | Frame): void {
    if (item.byteLength === 0) return
    this.#items.push(item)
    this.length += item.byteLength
  }

  /** Up to `max` bytes; empty when there are none. Joins small pieces, as one read(2) of a stream does. */
  read(max: number): Uint8Array {
    const parts: Uint8Array[] = []
    let length = 0
    while (length < max && this.#items.length > 0 && parts.length < 64) {
      const head = this.#items[0] as Uint8Array | Frame
      const bytes = this.#rest ?? (head instanceof Uint8Array ? head : head.bytes())
      const part = bytes.length <= max - length ? bytes : bytes.subarray(0, max - length)
      length += part.length
      parts.push(part)
      if (part.length < bytes.length) this.#rest = bytes.subarray(part.length)
      else {
        this.#items.shift()
        this.#rest = undefined
        this.length -= head.byteLength
      }
    }
    return parts.length === 0 ? EMPTY : parts.length === 1 ? (parts[0] as Uint8Array) : concat(parts)
  }

  /** The next message as it was sent, or the bytes at the head; undefined when there is nothing. */
  shift(): Frame | Uint8Array | undefined {
    const head = this.#items.shift()
    if (head === undefined) return undefined
    this.length -= head.byteLength
    const rest = this.#rest
    this.#rest = undefined
    return rest ?? head
  }

  clear(): void {
    this.#items.length = 0
    this.#rest = undefined
    this.length = 0
  }
}

const EMPTY = new Uint8Array(0)

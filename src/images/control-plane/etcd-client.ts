/** A connection to etcd's client port: TLS, then the store for as long as it holds. */
import { TransportError } from '#http/transport.ts'
import type { Store } from '#kubernetes/etcd/store.ts'
import { Errno } from '#linux/errno.ts'
import { dialTcp, goErrno } from '#linux/http/client.ts'
import { type Connection, PlainConnection, type TlsClientOptions, TlsError, tlsClient } from '#linux/http/tls.ts'
import { verifyChain } from '#linux/http/x509.ts'
import type { Proc } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { type EtcdMember, StoreFrame } from './etcd.ts'

export interface EtcdEndpoint {
  readonly host: string
  readonly port: number
  /** Absent: without TLS. */
  readonly tls?: TlsClientOptions
  readonly dialTimeout: Micros
}

/** First bytes of HTTP/2: what a client without TLS sends. */
const PREFACE = encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export class EtcdClient {
  readonly store: Store
  readonly member: EtcdMember
  /** The connection has ended. */
  closed = false
  readonly ended = new WaitQueue()
  readonly #connection: Connection

  constructor(connection: Connection, hello: StoreFrame) {
    this.#connection = connection
    this.store = hello.store
    this.member = hello.member
  }

  /** Waits until the connection ends. */
  *hold(): Sim<void> {
    try {
      while ((yield* this.#connection.receive()) !== undefined);
    } catch (error) {
      if (!(error instanceof Errno) && !(error instanceof TlsError)) throw error
    }
    this.close()
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.#connection.close()
    this.ended.wakeAll()
  }
}

/** Connects. Throws TransportError with gRPC's words: `error reading server preface: EOF`. */
export function* connectEtcd(proc: Proc, endpoint: EtcdEndpoint): Sim<EtcdClient> {
  const { host, port, tls } = endpoint
  let fd: number
  try {
    fd = yield* dialTcp(proc, host, port, endpoint.dialTimeout)
  } catch (error) {
    if (error instanceof TransportError) throw new TransportError(`transport: Error while dialing: ${error.message}`)
    throw error
  }
  const plain = new PlainConnection(proc, fd)
  let done = false
  try {
    const connection = tls === undefined ? plain : yield* handshake(proc, plain, host, tls)
    if (tls === undefined) yield* plain.send(PREFACE)
    const hello = yield* firstFrame(connection)
    if (!(hello instanceof StoreFrame)) throw new TransportError('error reading server preface: EOF')
    done = true
    return new EtcdClient(connection, hello)
  } finally {
    if (!done) plain.close()
  }
}

function* handshake(proc: Proc, plain: PlainConnection, host: string, tls: TlsClientOptions): Sim<Connection> {
  try {
    return yield* tlsClient(plain, host, tls, (chain) => verifyChain(chain, tls.ca ?? '', host, proc.now()))
  } catch (error) {
    if (error instanceof TlsError) throw new TransportError(`transport: authentication handshake failed: ${error.message}`)
    if (error instanceof Errno) throw new TransportError(`transport: authentication handshake failed: ${goErrno(error)}`)
    throw error
  }
}

function* firstFrame(connection: Connection): Sim<unknown> {
  try {
    return yield* connection.receive()
  } catch (error) {
    if (error instanceof TlsError) throw new TransportError(`error reading server preface: ${error.message}`)
    if (error instanceof Errno) throw new TransportError(`error reading server preface: ${goErrno(error)}`)
    throw error
  }
}

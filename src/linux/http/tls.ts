/**
 * TLS in outline: a hello each way that carries certificates, then records. Who has a connection's file reads and writes
 * {@link Connection} items; on the wire records are opaque bytes. Differs: no keys are agreed; a client certificate counts as
 * proven when its key was given beside it.
 */
import { concat } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import type { Frame, Proc } from '../syscalls.ts'

/** What a connection carries. */
export type Item = Frame | Uint8Array

/** An end of a stream of frames and bytes. */
export interface Connection {
  readonly fd: number
  send(item: Item): Sim<void>
  /** Undefined at the end. */
  receive(): Sim<Item | undefined>
  close(): void
  /** When receiving gives up with a {@link DeadlineError}: a time of the process's clock. Absent: never. */
  deadline: Micros | undefined
  /** Over TLS. */
  readonly secure: boolean
  /** Certificate the other side presented, PEM. */
  readonly certificate: string | undefined
}

class TlsFrame implements Frame {
  readonly #type: number
  readonly #length: number

  constructor(type: number, length: number) {
    this.#type = type
    this.#length = length
  }

  get byteLength(): number {
    return this.#length + 5
  }

  /** A record header and noise: nobody without the keys can read it. */
  bytes(): Uint8Array {
    const body = new Uint8Array(this.#length)
    let x = (this.#length * 2_654_435_761) >>> 0 || 1
    for (let i = 0; i < body.length; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      body[i] = x & 255
    }
    return concat([Uint8Array.of(this.#type, 3, 3, (this.#length >> 8) & 255, this.#length & 255), body])
  }
}

/** ClientHello. */
export class ClientHello extends TlsFrame {
  readonly serverName: string

  constructor(serverName: string) {
    super(22, 230 + serverName.length)
    this.serverName = serverName
  }
}

/** ServerHello to Finished. */
export class ServerHello extends TlsFrame {
  readonly chain: string

  constructor(chain: string) {
    super(22, 1200)
    this.chain = chain
  }
}

/** The client's Finished, with its certificate if it has one. */
export class ClientFinished extends TlsFrame {
  readonly certificate: string | undefined

  constructor(certificate: string | undefined) {
    super(23, certificate === undefined ? 74 : 1100)
    this.certificate = certificate
  }
}

export class Alert extends TlsFrame {
  readonly description: string

  constructor(description: string) {
    super(21, 2)
    this.description = description
  }
}

class TlsRecord extends TlsFrame {
  readonly item: Item

  constructor(item: Item) {
    super(23, item.byteLength + 17)
    this.item = item
  }
}

/** A failed handshake or a broken stream; `message` is Go's. */
export class TlsError extends Error {
  override name = 'TlsError'
}

/** A connection's deadline passed; `message` is Go's. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'

  constructor() {
    super('context deadline exceeded')
  }
}

/** A connection without TLS over a socket of `proc`. */
export class PlainConnection implements Connection {
  readonly fd: number
  readonly secure = false
  readonly certificate = undefined
  deadline: Micros | undefined
  protected readonly proc: Proc
  #closed = false

  constructor(proc: Proc, fd: number) {
    this.proc = proc
    this.fd = fd
  }

  *send(item: Item): Sim<void> {
    if (item instanceof Uint8Array) yield* this.proc.write(this.fd, item)
    else yield* this.proc.sendFrame(this.fd, item)
  }

  *receive(): Sim<Item | undefined> {
    if (this.deadline !== undefined) {
      const left = Math.max(0, this.deadline - this.proc.now())
      if ((yield* this.proc.poll([{ fd: this.fd, read: true }], left)).length === 0) throw new DeadlineError()
    }
    return yield* this.proc.recvFrame(this.fd)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.proc.close(this.fd)
  }
}

class TlsConnection implements Connection {
  readonly fd: number
  readonly secure = true
  readonly certificate: string | undefined
  readonly #under: Connection

  constructor(under: Connection, certificate: string | undefined) {
    this.#under = under
    this.fd = under.fd
    this.certificate = certificate
  }

  get deadline(): Micros | undefined {
    return this.#under.deadline
  }

  set deadline(at: Micros | undefined) {
    this.#under.deadline = at
  }

  send(item: Item): Sim<void> {
    return this.#under.send(new TlsRecord(item))
  }

  *receive(): Sim<Item | undefined> {
    const record = yield* this.#under.receive()
    if (record === undefined) return undefined
    if (record instanceof TlsRecord) return record.item
    if (record instanceof Alert) throw new TlsError(`remote error: tls: ${record.description}`)
    throw new TlsError('local error: tls: bad record MAC')
  }

  close(): void {
    this.#under.close()
  }
}

export interface TlsClientOptions {
  /** Name to verify and to send; by default the host dialled. */
  readonly serverName?: string
  readonly insecure?: boolean
  /** PEM of the client certificate and of its key. */
  readonly cert?: string
  readonly key?: string
  /** PEM bundle of authorities; without one nothing is trusted (there is no system pool), unless `verify` decides. */
  readonly ca?: string
  /** Judges the presented chain (PEM, leaf first); a text is Go's reason against it. */
  readonly verify?: (chain: string, serverName: string, now: Micros) => string | undefined
}

export interface TlsServerOptions {
  /** PEM of the certificate (and chain) to present, asked for at each handshake so that it can be rotated. */
  readonly cert: string | (() => string)
  readonly key?: string
  /** Judges a client certificate; a text is the alert sent (`bad certificate`). Absent: taken as it is. */
  readonly verifyClient?: (certificate: string) => string | undefined
  /** Refuse clients without one. */
  readonly requireClientCert?: boolean
}

/** The client's handshake over `under`. Throws {@link TlsError}. */
export function* tlsClient(
  under: Connection,
  serverName: string,
  options: TlsClientOptions,
  verify: (chain: string) => string | undefined,
): Sim<Connection> {
  yield* under.send(new ClientHello(serverName))
  const hello = yield* under.receive()
  if (hello === undefined) throw new TlsError('EOF')
  if (hello instanceof Alert) throw new TlsError(`remote error: tls: ${hello.description}`)
  if (!(hello instanceof ServerHello)) throw new TlsError('tls: first record does not look like a TLS handshake')
  const wrong = options.insecure === true ? undefined : verify(hello.chain)
  if (wrong !== undefined) {
    yield* under.send(new Alert('bad certificate'))
    throw new TlsError(`tls: failed to verify certificate: ${wrong}`)
  }
  yield* under.send(new ClientFinished(options.key === undefined ? undefined : options.cert))
  return new TlsConnection(under, hello.chain)
}

/** The server's handshake. Undefined when the client broke it off; an item when it doesn't speak TLS. */
export function* tlsServer(under: Connection, options: TlsServerOptions): Sim<Connection | { readonly plain: Item } | undefined> {
  const hello = yield* under.receive()
  if (hello === undefined) return undefined
  if (!(hello instanceof ClientHello)) return { plain: hello }
  yield* under.send(new ServerHello(typeof options.cert === 'string' ? options.cert : options.cert()))
  const finished = yield* under.receive()
  if (!(finished instanceof ClientFinished)) return undefined
  const { certificate } = finished
  const refusal =
    certificate === undefined
      ? options.requireClientCert === true
        ? 'certificate required'
        : undefined
      : options.verifyClient?.(certificate)
  if (refusal !== undefined) {
    yield* under.send(new Alert(refusal))
    return undefined
  }
  return new TlsConnection(under, certificate)
}

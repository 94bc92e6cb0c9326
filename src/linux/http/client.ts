import { type Body, type BodyStream, Headers, JsonBody, type MessageChannel } from '#http/message.ts'
import { type ClientRequest, type ClientResponse, type Transport, TransportError } from '#http/transport.ts'
import { encode } from '#sim/bytes.ts'
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { Errno, strerror } from '../errno.ts'
import { isIp6 } from '../net/address.ts'
import { O, type Proc } from '../syscalls.ts'
import { ChunkFrame, MessageFrame, MessageParser, parseHeaders, RequestFrame, ResponseFrame } from './frames.ts'
import { type Resolved, ResolveError, resolve } from './resolver.ts'
import { type Connection, DeadlineError, type Item, PlainConnection, type TlsClientOptions, TlsError, tlsClient } from './tls.ts'
import { verifyChain } from './x509.ts'

export interface TransportOptions {
  readonly host: string
  readonly port: number
  readonly tls?: TlsClientOptions
  /** How long dialling may take; 30 s by default, as Go's default transport. */
  readonly dialTimeout?: Micros
  /** How long one request may take, with the reading of its answer, as http.Client's Timeout; no limit by default. */
  readonly timeout?: Micros
  /** Idle seconds after which the kernel probes a connection; 30 as the transports of client-go and Go. */
  readonly keepAliveSeconds?: number
}

const DIAL_TIMEOUT: Micros = 30_000_000
/** Idle connections kept for reuse. */
const IDLE_CONNECTIONS = 25

/** A transport over sockets of a process; `close` drops its idle connections. */
export interface SocketTransport extends Transport {
  close(): void
}

/** HTTP over the process's own sockets: persistent connections, one request at a time on each. Errors are Go's. */
export function socketTransport(proc: Proc, options: TransportOptions): SocketTransport {
  return new Pool(proc, options)
}

/** A file descriptor connected to `address`, as Go's net.Dialer says when it can't: `dial tcp A:P: connect: …`. */
export function* dialTcp(proc: Proc, address: string, port: number, timeout: Micros, keepAliveSeconds = 30): Sim<number> {
  const where = `${isIp6(address) ? `[${address}]` : address}:${port}`
  const fd = proc.socket('inet', 'stream')
  try {
    proc.setCloexec(fd, true)
    yield* connectWithin(proc, fd, address, port, timeout)
    if (keepAliveSeconds > 0) {
      proc.setsockopt(fd, 'TCP_KEEPIDLE', keepAliveSeconds)
      proc.setsockopt(fd, 'TCP_KEEPINTVL', keepAliveSeconds)
      proc.setsockopt(fd, 'TCP_KEEPCNT', 3)
      proc.setsockopt(fd, 'SO_KEEPALIVE', 1)
    }
    return fd
  } catch (error) {
    proc.close(fd)
    if (!(error instanceof Errno) || error.code === 'EINTR') throw error
    if (error.code === 'EAGAIN') throw new TransportError(`dial tcp ${where}: i/o timeout`)
    throw new TransportError(`dial tcp ${where}: connect: ${goErrno(error)}`)
  }
}

/** connect(2) with a limit of time; EAGAIN when it is over. */
export function* connectWithin(proc: Proc, fd: number, address: string, port: number, timeout: Micros): Sim<void> {
  const target = { family: 'inet', address, port } as const
  const flags = proc.getFlags(fd)
  proc.setFlags(fd, flags | O.NONBLOCK)
  try {
    yield* proc.connect(fd, target)
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== 'EINPROGRESS') throw error
    const ready = yield* proc.poll([{ fd, write: true }], timeout)
    if (ready.length === 0) throw new Errno('EAGAIN')
    try {
      yield* proc.connect(fd, target)
    } catch (again) {
      if (!(again instanceof Errno) || again.code !== 'EISCONN') throw again
    }
  } finally {
    proc.setFlags(fd, flags)
  }
}

/** Go spells errno in lower case. */
export function goErrno(error: Errno): string {
  return strerror(error).toLowerCase()
}

class Pool implements SocketTransport {
  readonly #proc: Proc
  readonly #options: TransportOptions
  readonly #idle: Connection[] = []
  readonly #host: string

  constructor(proc: Proc, options: TransportOptions) {
    this.#proc = proc
    this.#options = options
    this.#host = options.host.replace(/^\[(.*)\]$/, '$1')
  }

  close(): void {
    for (const c of this.#idle.splice(0)) c.close()
  }

  /** A new connection, made before `deadline`. */
  *#dial(deadline: Micros | undefined): Sim<Connection> {
    const { port, tls, dialTimeout: limit = DIAL_TIMEOUT, keepAliveSeconds } = this.#options
    let resolved: Resolved
    try {
      resolved = yield* resolve(this.#proc, this.#host)
    } catch (error) {
      if (error instanceof ResolveError) throw new TransportError(`dial tcp: ${error.goText}`)
      throw error
    }
    let failure: unknown
    for (const address of resolved.addresses) {
      try {
        const dialTimeout = deadline === undefined ? limit : Math.min(limit, Math.max(0, deadline - this.#proc.now()))
        const fd = yield* dialTcp(this.#proc, address, port, dialTimeout, keepAliveSeconds)
        const plain = new PlainConnection(this.#proc, fd)
        plain.deadline = deadline
        return tls === undefined ? plain : yield* this.#handshake(plain, tls)
      } catch (error) {
        if (!(error instanceof TransportError)) throw error
        failure ??= error
      }
    }
    throw failure
  }

  *#handshake(plain: PlainConnection, tls: TlsClientOptions): Sim<Connection> {
    const name = tls.serverName ?? this.#host
    const now = this.#proc.now()
    try {
      return yield* tlsClient(
        plain,
        name,
        tls,
        (chain) => tls.verify?.(chain, name, now) ?? (tls.verify === undefined ? verifyChain(chain, tls.ca ?? '', name, now) : undefined),
      )
    } catch (error) {
      plain.close()
      if (error instanceof TlsError)
        throw new TransportError(
          error.message === 'tls: first record does not look like a TLS handshake'
            ? 'http: server gave HTTP response to HTTPS client'
            : error.message,
        )
      throw this.#broken(error, plain)
    }
  }

  /** What Go says of a connection that broke while it was used. */
  #broken(error: unknown, c: Connection): unknown {
    if (error instanceof TlsError) return new TransportError(error.message)
    if (error instanceof DeadlineError) return new TransportError(`${error.message} (Client.Timeout exceeded while awaiting headers)`)
    if (!(error instanceof Errno) || error.code === 'EINTR') return error
    let ends = `tcp ${this.#host}:${this.#options.port}`
    try {
      const [a, b] = [this.#proc.getsockname(c.fd), this.#proc.getpeername(c.fd)]
      if (a.family === 'inet' && b.family === 'inet') ends = `tcp ${a.address}:${a.port}->${b.address}:${b.port}`
    } catch (again) {
      if (!(again instanceof Errno)) throw again
    }
    if (error.code === 'EPIPE') return new TransportError(`write ${ends}: write: broken pipe`)
    return new TransportError(`read ${ends}: read: ${goErrno(error)}`)
  }

  #message(request: ClientRequest): RequestFrame {
    const headers = new Headers([
      [
        'host',
        this.#options.port === (this.#options.tls === undefined ? 80 : 443)
          ? this.#options.host
          : `${this.#options.host}:${this.#options.port}`,
      ],
      ...request.headers,
    ])
    return new RequestFrame(request.method, request.target, headers, request.body ?? NONE)
  }

  /** Sends a request on a kept or new connection; a kept one that turns out to be closed is replaced once. */
  *#send(request: ClientRequest): Sim<{ readonly connection: Connection; readonly reader: ResponseReader; readonly head: ResponseFrame }> {
    const message = this.#message(request)
    const { timeout } = this.#options
    const deadline = timeout === undefined ? undefined : this.#proc.now() + timeout
    for (;;) {
      const kept = this.#idle.pop()
      const connection = kept ?? (yield* this.#dial(deadline))
      connection.deadline = deadline
      let done = false
      try {
        const reader = new ResponseReader(connection, request.method === 'HEAD')
        yield* connection.send(message)
        const head = yield* reader.head()
        if (head !== undefined) {
          done = true
          return { connection, reader, head }
        }
        if (kept === undefined) throw new TransportError('EOF')
      } catch (error) {
        if (kept === undefined || !(error instanceof Errno) || error.code === 'EINTR') throw this.#broken(error, connection)
      } finally {
        if (!done) connection.close()
      }
    }
  }

  *roundTrip(request: ClientRequest): Sim<ClientResponse> {
    const { connection, reader, head } = yield* this.#send(request)
    const reusable = head.headers.get('connection')?.toLowerCase() !== 'close' && head.version === 'HTTP/1.1'
    const release = (): void => {
      if (reusable && reader.clean && this.#idle.length < IDLE_CONNECTIONS) this.#idle.push(connection)
      else connection.close()
    }
    if (head.body !== undefined || !head.streaming) {
      release()
      return { status: head.status, headers: head.headers, body: head.body ?? NONE }
    }
    return {
      status: head.status,
      headers: head.headers,
      body: new StreamedBody(
        reader,
        release,
        () => connection.close(),
        (error) => this.#broken(error, connection),
      ),
    }
  }

  *upgrade(
    request: ClientRequest,
    protocols: readonly string[],
  ): Sim<{ readonly channel: MessageChannel; readonly protocol: string } | ClientResponse> {
    const headers = new Headers([...request.headers])
    headers
      .set('connection', 'Upgrade')
      .set('upgrade', 'websocket')
      .set('sec-websocket-version', '13')
      .set('sec-websocket-key', 'cG9kbGFiLXBvZGxhYi0tLQ==')
    if (protocols.length > 0) headers.set('sec-websocket-protocol', protocols.join(', '))
    const { connection, reader, head } = yield* this.#send({ ...request, headers })
    if (head.status !== 101) {
      const body: Body = head.body ?? (yield* collect(reader))
      connection.close()
      return { status: head.status, headers: head.headers, body }
    }
    return { channel: new ConnectionChannel(this.#proc, connection), protocol: head.headers.get('sec-websocket-protocol') ?? '' }
  }
}

const NONE = new Uint8Array(0)

function* collect(reader: ResponseReader): Sim<Body> {
  const parts: Uint8Array[] = []
  for (;;) {
    const part = yield* reader.part()
    if (part === undefined) break
    if (part instanceof JsonBody && parts.length === 0) return part
    parts.push(part instanceof JsonBody ? part.bytes() : part)
  }
  let length = 0
  for (const p of parts) length += p.length
  const out = new Uint8Array(length)
  let n = 0
  for (const p of parts) {
    out.set(p, n)
    n += p.length
  }
  return out
}

/** Reads responses from a connection, whether the server sends frames or bytes. */
export class ResponseReader {
  readonly #connection: Connection
  readonly #parser = new MessageParser()
  readonly #head: boolean
  /** How the body of a response that came as bytes ends. */
  #mode: { readonly kind: 'frames' } | { readonly kind: 'chunked' } | { readonly kind: 'close' } = { kind: 'frames' }
  /** The connection may carry another request. */
  clean = true

  constructor(connection: Connection, head: boolean) {
    this.#connection = connection
    this.#head = head
  }

  *#more(): Sim<boolean> {
    const item = yield* this.#connection.receive()
    if (item === undefined) return false
    this.#parser.push(item instanceof Uint8Array ? item : item.bytes())
    return true
  }

  /** The next response; undefined when the connection ended before it. */
  *head(): Sim<ResponseFrame | undefined> {
    for (;;) {
      const item: Item | undefined = this.#parser.empty ? yield* this.#connection.receive() : NONE
      if (item === undefined) return undefined
      if (item instanceof ResponseFrame) {
        if (item.status === 100) continue
        return item
      }
      this.#parser.push(item instanceof Uint8Array ? item : item.bytes())
      let lines = this.#parser.head()
      while (lines === undefined) {
        if (!(yield* this.#more())) throw new TransportError('unexpected EOF')
        lines = this.#parser.head()
      }
      const frame = yield* this.#fromBytes(lines)
      if (frame.status !== 100) return frame
    }
  }

  *#fromBytes(lines: readonly string[]): Sim<ResponseFrame> {
    const match = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/.exec(lines[0] ?? '')
    if (match === null)
      throw new TransportError(`net/http: HTTP/1.x transport connection broken: malformed HTTP response "${lines[0] ?? ''}"`)
    const status = Number(match[2])
    const headers = parseHeaders(lines.slice(1))
    if (match[3] !== undefined) headers.set('x-podlab-reason', match[3])
    const version = match[1] ?? 'HTTP/1.1'
    if (status === 101) return new ResponseFrame(status, headers, undefined, false, version)
    if (this.#head || status === 204 || status === 304 || status === 100)
      return new ResponseFrame(status, headers, undefined, true, version)
    if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
      this.#mode = { kind: 'chunked' }
      headers.delete('transfer-encoding')
      return new ResponseFrame(status, headers, undefined, false, version)
    }
    const length = headers.get('content-length')
    if (length === undefined) {
      this.#mode = { kind: 'close' }
      this.clean = false
      return new ResponseFrame(status, headers, undefined, false, version)
    }
    let body = this.#parser.take(Number(length))
    while (body === undefined) {
      if (!(yield* this.#more())) throw new TransportError('unexpected EOF')
      body = this.#parser.take(Number(length))
    }
    return new ResponseFrame(status, headers, body, false, version)
  }

  /** The next part of a streamed body; undefined at its end. */
  *part(): Sim<Uint8Array | JsonBody | undefined> {
    if (this.#mode.kind === 'close') {
      if (!this.#parser.empty) return this.#parser.rest()
      return (yield* this.#more()) ? this.#parser.rest() : undefined
    }
    for (;;) {
      if (this.#mode.kind === 'chunked') {
        const chunk = this.#parser.chunk()
        if (chunk !== undefined) return chunk.length === 0 ? undefined : chunk
        if (!(yield* this.#more())) throw new TransportError('unexpected EOF')
        continue
      }
      const item = yield* this.#connection.receive()
      if (item === undefined) throw new TransportError('unexpected EOF')
      if (item instanceof ChunkFrame) return item.part
      this.#mode = { kind: 'chunked' }
      this.#parser.push(item instanceof Uint8Array ? item : item.bytes())
    }
  }
}

class StreamedBody implements BodyStream {
  readonly #reader: ResponseReader
  readonly #release: () => void
  readonly #abort: () => void
  readonly #broken: (error: unknown) => unknown
  #ended = false

  constructor(reader: ResponseReader, release: () => void, abort: () => void, broken: (error: unknown) => unknown) {
    this.#reader = reader
    this.#release = release
    this.#abort = abort
    this.#broken = broken
  }

  *next(): Sim<Uint8Array | JsonBody | undefined> {
    if (this.#ended) return undefined
    try {
      const part = yield* this.#reader.part()
      if (part === undefined) {
        this.#ended = true
        this.#release()
      }
      return part
    } catch (error) {
      if (this.#ended) return undefined
      this.cancel()
      if (error instanceof DeadlineError)
        throw new TransportError(`${error.message} (Client.Timeout or context cancellation while reading body)`)
      throw this.#broken(error)
    }
  }

  cancel(): void {
    if (this.#ended) return
    this.#ended = true
    this.#abort()
  }
}

/** Messages over a connection after an upgrade. Sending never waits: what doesn't fit is queued and sent by a thread. */
export class ConnectionChannel implements MessageChannel {
  readonly #proc: Proc
  readonly #connection: Connection
  readonly #queue: MessageFrame[] = []
  readonly #queued = new WaitQueue()
  #writing = false
  #closed = false
  /** Called once the connection is closed. */
  onClose: (() => void) | undefined

  constructor(proc: Proc, connection: Connection) {
    this.#proc = proc
    this.#connection = connection
  }

  send(message: Uint8Array | string): void {
    if (this.#closed) return
    this.#queue.push(new MessageFrame(message))
    this.#write()
  }

  #write(): void {
    if (this.#writing) return
    this.#writing = true
    this.#proc.thread('websocket', this.#drain())
  }

  *#drain(): Sim<void> {
    try {
      for (;;) {
        const frame = this.#queue.shift()
        if (frame === undefined) return
        yield* this.#connection.send(frame)
        if (frame.close !== undefined) {
          this.#connection.close()
          this.onClose?.()
          return
        }
      }
    } catch (error) {
      if (!(error instanceof Errno) && !(error instanceof TlsError)) throw error
      this.#closed = true
    } finally {
      this.#writing = false
      this.#queued.wakeAll()
    }
  }

  *receive(): Sim<Uint8Array | string | undefined> {
    try {
      const item = yield* this.#connection.receive()
      if (item instanceof MessageFrame && item.close === undefined) return item.message
      if (item !== undefined && !(item instanceof MessageFrame)) return item instanceof Uint8Array ? item : item.bytes()
    } catch (error) {
      if ((!(error instanceof Errno) || error.code === 'EINTR') && !(error instanceof TlsError)) throw error
    }
    this.close()
    return undefined
  }

  close(code = 1000, reason = ''): void {
    if (this.#closed) return
    this.#closed = true
    this.#queue.push(new MessageFrame(NONE, { code, reason }))
    this.#write()
  }
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Headers
  readonly body?: Uint8Array | JsonBody
  readonly tls?: TlsClientOptions
  readonly dialTimeout?: Micros
}

/** One request to a URL, on a connection of its own: what a health probe or a small client needs. Throws TransportError. */
export function* request(proc: Proc, url: string, options: RequestOptions = {}): Sim<ClientResponse> {
  const match = /^(https?):\/\/(\[[^\]]+\]|[^:/?#]+)(?::(\d+))?([^#]*)/.exec(url)
  if (match === null) throw new TransportError(`unsupported protocol scheme ""`)
  const secure = match[1] === 'https'
  const transport = socketTransport(proc, {
    host: match[2] ?? '',
    port: match[3] === undefined ? (secure ? 443 : 80) : Number(match[3]),
    ...(secure ? { tls: options.tls ?? {} } : {}),
    ...(options.dialTimeout === undefined ? {} : { dialTimeout: options.dialTimeout }),
  })
  const path = match[4] === undefined || match[4] === '' ? '/' : match[4].startsWith('?') ? `/${match[4]}` : match[4]
  const headers = options.headers ?? new Headers()
  if (headers.get('connection') === undefined) headers.set('connection', 'close')
  return yield* transport.roundTrip({
    method: options.method ?? 'GET',
    target: path,
    headers,
    ...(options.body === undefined ? {} : { body: options.body }),
  })
}

/** Text as the body of a request. */
export function textBody(text: string): Uint8Array {
  return encode(text)
}

import { type Body, EMPTY, Headers, type HttpHandler, type HttpResponse, isStream, JsonBody, type Peer } from '#http/message.ts'
import { concat, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { Proc } from '../syscalls.ts'
import { ConnectionChannel } from './client.ts'
import { ChunkFrame, MessageParser, parseHeaders, RequestFrame, ResponseFrame } from './frames.ts'
import { type Connection, PlainConnection, TlsError, type TlsServerOptions, tlsServer } from './tls.ts'

export interface ServeOptions {
  /** Address to listen on; `0.0.0.0` and `::` are all. */
  readonly address?: string
  readonly port: number
  readonly tls?: TlsServerOptions
  readonly handler: HttpHandler
  readonly backlog?: number
  /** Called when the socket listens. */
  readonly onListening?: () => void
  /** Instead of a new socket: one that listens already. */
  readonly fd?: number
  /** `HTTP/1.0`: one request a connection, without chunks. */
  readonly version?: 'HTTP/1.0' | 'HTTP/1.1'
}

/** A listening socket; EADDRINUSE and EACCES as bind(2). */
export function listenTcp(proc: Proc, address: string, port: number, backlog = 4096): number {
  const fd = proc.socket('inet', 'stream')
  try {
    proc.setCloexec(fd, true)
    proc.setsockopt(fd, 'SO_REUSEADDR', 1)
    proc.bind(fd, { family: 'inet', address, port })
    proc.listen(fd, backlog)
    return fd
  } catch (error) {
    proc.close(fd)
    throw error
  }
}

/** Serves HTTP until the process ends (or the socket is closed): each connection is a thread of the process. */
export function* serve(proc: Proc, options: ServeOptions): Sim<void> {
  const fd = options.fd ?? listenTcp(proc, options.address ?? '0.0.0.0', options.port, options.backlog)
  options.onListening?.()
  for (;;) {
    let accepted: { readonly fd: number; readonly peer: import('../syscalls.ts').SockAddr }
    try {
      accepted = yield* proc.accept(fd)
    } catch (error) {
      if (error instanceof Errno && (error.code === 'EINTR' || error.code === 'ECONNABORTED')) continue
      if (error instanceof Errno && (error.code === 'EBADF' || error.code === 'EINVAL')) return
      throw error
    }
    proc.setCloexec(accepted.fd, true)
    proc.thread('http', serveConnection(proc, new PlainConnection(proc, accepted.fd), accepted.peer, options))
  }
}

/** Serves one accepted connection until either side ends it. */
export function* serveConnection(
  proc: Proc,
  plain: PlainConnection,
  from: import('../syscalls.ts').SockAddr,
  options: ServeOptions,
): Sim<void> {
  let upgraded = false
  try {
    let connection: Connection = plain
    if (options.tls !== undefined) {
      const done = yield* tlsServer(plain, options.tls)
      if (done === undefined) return
      if ('plain' in done) {
        yield* plain.send(encode('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'))
        return
      }
      connection = done
    }
    const certificate = connection.certificate
    const peer: Peer = {
      address: from.family === 'inet' ? from.address : '',
      port: from.family === 'inet' ? from.port : 0,
      tls: connection.secure,
      ...(certificate === undefined ? {} : { certificate }),
    }
    const reader = new RequestReader(connection)
    for (;;) {
      const message = yield* reader.next()
      if (message === undefined) return
      if (message === 'bad') {
        yield* connection.send(
          encode('HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request'),
        )
        return
      }
      const response = yield* options.handler({
        method: message.method,
        target: message.target,
        headers: message.headers,
        body: message.body,
        peer,
      })
      if (response.status === 101 && response.upgrade !== undefined) {
        yield* connection.send(new ResponseFrame(101, upgradeHeaders(message, response), undefined))
        upgraded = true
        const channel = new ConnectionChannel(proc, connection)
        yield* response.upgrade(channel)
        channel.close()
        return
      }
      yield* respond(connection, message, response, options.version ?? 'HTTP/1.1', proc)
      if (
        options.version === 'HTTP/1.0' ||
        response.headers.get('connection') === 'close' ||
        message.headers.get('connection')?.toLowerCase() === 'close'
      )
        return
    }
  } catch (error) {
    if (!(error instanceof TlsError) && !(error instanceof Errno)) throw error
  } finally {
    if (!upgraded) plain.close()
  }
}

function upgradeHeaders(message: RequestFrame, response: HttpResponse): Headers {
  const headers = new Headers([...response.headers])
  if (headers.get('upgrade') === undefined) headers.set('upgrade', message.headers.get('upgrade') ?? 'websocket')
  if (headers.get('connection') === undefined) headers.set('connection', 'Upgrade')
  return headers
}

function* respond(connection: Connection, message: RequestFrame, response: HttpResponse, version: string, proc: Proc): Sim<void> {
  const { status, headers, body } = response
  const head = message.method === 'HEAD'
  if (!isStream(body)) {
    yield* connection.send(
      new ResponseFrame(
        status,
        headers,
        head && body.constructor === Uint8Array && (body as Uint8Array).length === 0 ? undefined : body,
        head,
        version,
      ),
    )
    return
  }
  if (version === 'HTTP/1.0') {
    const parts: Uint8Array[] = []
    for (;;) {
      const part = yield* body.next()
      if (part === undefined) break
      parts.push(part instanceof JsonBody ? part.bytes() : part)
    }
    yield* connection.send(new ResponseFrame(status, headers, concat(parts), head, version))
    return
  }
  yield* stream(connection, status, headers, body, proc)
}

/** Sends a body whose parts come over time; stops it when the client goes away. */
function* stream(
  connection: Connection,
  status: number,
  headers: Headers,
  body: Exclude<Body, Uint8Array | JsonBody>,
  proc: Proc,
): Sim<void> {
  let ended = false
  // A client that leaves is noticed while nothing is being sent.
  const watch = proc.thread(
    'http watch',
    watchEnd(proc, connection.fd, () => {
      if (!ended) body.cancel()
    }),
  )
  try {
    yield* connection.send(new ResponseFrame(status, headers, undefined))
    for (;;) {
      const part = yield* body.next()
      if (part === undefined) break
      yield* connection.send(new ChunkFrame(part))
    }
    ended = true
    yield* connection.send(new ChunkFrame(undefined))
  } finally {
    watch.cancel()
    if (!ended) {
      ended = true
      body.cancel()
    }
  }
}

function* watchEnd(proc: Proc, fd: number, gone: () => void): Sim<void> {
  try {
    yield* proc.poll([{ fd, read: true }])
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  gone()
}

/** Reads requests, whether the client sends frames or bytes. */
class RequestReader {
  readonly #connection: Connection
  readonly #parser = new MessageParser()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  *#more(): Sim<boolean> {
    const item = yield* this.#connection.receive()
    if (item === undefined) return false
    this.#parser.push(item instanceof Uint8Array ? item : item.bytes())
    return true
  }

  /** The next request; undefined at the end of the connection, `bad` for what is no HTTP. */
  *next(): Sim<RequestFrame | 'bad' | undefined> {
    if (this.#parser.empty) {
      const item = yield* this.#connection.receive()
      if (item === undefined) return undefined
      if (item instanceof RequestFrame) return item
      this.#parser.push(item instanceof Uint8Array ? item : item.bytes())
    }
    let lines = this.#parser.head()
    while (lines === undefined) {
      if (!(yield* this.#more())) return undefined
      lines = this.#parser.head()
    }
    while (lines[0] === '') lines.shift()
    const match = /^([A-Z]+) (\S+)(?: HTTP\/1\.\d)?$/.exec(lines[0] ?? '')
    if (match === null) return 'bad'
    const headers = parseHeaders(lines.slice(1))
    const body = yield* this.#body(headers)
    return body === undefined ? undefined : new RequestFrame(match[1] ?? 'GET', match[2] ?? '/', headers, body)
  }

  *#body(headers: Headers): Sim<Uint8Array | undefined> {
    if (headers.get('expect')?.toLowerCase() === '100-continue') yield* this.#connection.send(encode('HTTP/1.1 100 Continue\r\n\r\n'))
    if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
      const parts: Uint8Array[] = []
      for (;;) {
        const chunk = this.#parser.chunk()
        if (chunk !== undefined) {
          if (chunk.length === 0) return concat(parts)
          parts.push(chunk)
        } else if (!(yield* this.#more())) return undefined
      }
    }
    const length = Number(headers.get('content-length') ?? 0)
    if (length === 0) return EMPTY
    for (;;) {
      const body = this.#parser.take(length)
      if (body !== undefined) return body
      if (!(yield* this.#more())) return undefined
    }
  }
}

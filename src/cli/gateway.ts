import type http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'
import { EMPTY, Headers, type HttpHandler, type HttpRequest, type HttpResponse, isStream, JsonBody, type Peer } from '#http/message.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { HostChannel } from './host-channel.ts'
import { MODEL_PROTOCOL, serveTunnel, TUNNEL } from './port-forward.ts'

export interface GatewayOptions {
  readonly sim: Simulation
  /** The API server as it is now; undefined while its process is not running. */
  readonly handler: () => HttpHandler | undefined
  /** Something was put into the simulation: time has to be driven. */
  readonly wake: () => void
  readonly certificate: string
  readonly key: string
  readonly ca: string
}

/** Lets clients on the host reach the model's API server: HTTP/1.1 and WebSocket over TLS. */
export function gateway(options: GatewayOptions): https.Server {
  const { sim, wake } = options
  const server = https.createServer({
    cert: options.certificate,
    key: options.key,
    ca: options.ca,
    requestCert: true,
    rejectUnauthorized: false,
    keepAliveTimeout: 120_000,
  })
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (_, request) => request.headers['x-podlab-protocol']?.toString() ?? false,
  })
  const tunnels = new WebSocketServer({ noServer: true })
  tunnels.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${TUNNEL}`))
  server.on('request', (request, response) => {
    const handler = options.handler()
    if (handler === undefined) {
      request.socket.destroy()
      return
    }
    void readBody(request).then((body) => {
      const task = sim.spawn(`gateway ${request.method} ${request.url}`, answer(handler, modelRequest(request, body), response))
      response.on('close', () => {
        sim.soon(() => task.cancel())
        wake()
      })
      wake()
    })
  })
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    const handler = options.handler()
    if (handler === undefined) {
      socket.destroy()
      return
    }
    socket.on('error', () => socket.destroy())
    sim.spawn(`gateway upgrade ${request.url}`, upgrade(handler, request, socket, head))
    wake()
  })

  function* upgrade(handler: HttpHandler, request: http.IncomingMessage, socket: Duplex, head: Buffer): Sim<void> {
    if ((request.headers['sec-websocket-protocol'] ?? '').split(/, */).includes(TUNNEL)) {
      yield* tunnel(handler, request, socket, head)
      return
    }
    const response = yield* handler(modelRequest(request, EMPTY))
    const run = response.upgrade
    if (response.status !== 101 || run === undefined) {
      refuse(socket, response)
      return
    }
    request.headers['x-podlab-protocol'] = response.headers.get('sec-websocket-protocol') ?? ''
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const channel = new SocketChannel(ws, wake)
      sim.spawn(`channel ${request.url}`, run(channel))
      wake()
    })
  }

  /** A tunnel of port-forward: every connection in it is a request of its own to the model. */
  function* tunnel(handler: HttpHandler, request: http.IncomingMessage, socket: Duplex, head: Buffer): Sim<void> {
    const asked = modelRequest(request, EMPTY)
    const to = (port: number): HttpRequest => ({
      ...asked,
      target: `${asked.target.replace(/\?.*$/, '')}?ports=${port}`,
      headers: new Headers([...asked.headers].filter(([name]) => name !== 'sec-websocket-protocol')).append(
        'sec-websocket-protocol',
        MODEL_PROTOCOL,
      ),
    })
    // Port 0 is refused by the kubelet, which is as far as this has to get: the Pod is there, and the caller may.
    const probe = yield* handler(to(0))
    if (probe.status !== 400) {
      refuse(socket, probe)
      return
    }
    // `ws` takes no name with a slash.
    delete request.headers['sec-websocket-protocol']
    tunnels.handleUpgrade(request, socket, head, (ws) =>
      serveTunnel(ws, wake, (port, channel) => {
        sim.spawn(`port-forward ${port}`, forward(handler, to(port), channel))
        wake()
      }),
    )
  }
  return server
}

function* forward(handler: HttpHandler, request: HttpRequest, channel: HostChannel): Sim<void> {
  const { upgrade } = yield* handler(request)
  if (upgrade === undefined) channel.close()
  else yield* upgrade(channel)
}

function readBody(request: http.IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => resolve(new Uint8Array(Buffer.concat(parts))))
    request.on('error', () => resolve(EMPTY))
  })
}

function modelRequest(request: http.IncomingMessage, body: Uint8Array): HttpRequest {
  const fields: [string, string][] = []
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) fields.push([request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? ''])
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: new Headers(fields),
    body,
    peer: peerOf(request.socket as TLSSocket),
  }
}

/** The caller; its certificate only when our authority signed it. */
function peerOf(socket: TLSSocket): Peer {
  const peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, tls: true }
  const raw = socket.authorized ? socket.getPeerCertificate().raw : undefined
  if (raw === undefined) return peer
  const lines = raw.toString('base64').match(/.{1,64}/g) ?? []
  return { ...peer, certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n` }
}

function* answer(handler: HttpHandler, request: HttpRequest, response: http.ServerResponse): Sim<void> {
  const result = yield* handler(request)
  const { body } = result
  try {
    if (!isStream(body)) {
      const bytes = body instanceof JsonBody ? body.bytes() : body
      writeHead(response, result, bytes.length)
      response.end(bytes)
      return
    }
    writeHead(response, result, undefined)
    response.flushHeaders()
    for (let part = yield* body.next(); part !== undefined; part = yield* body.next())
      response.write(part instanceof JsonBody ? part.bytes() : part)
    response.end()
  } finally {
    if (isStream(body)) body.cancel()
  }
}

function writeHead(response: http.ServerResponse, result: HttpResponse, length: number | undefined): void {
  const fields = [...result.headers].flatMap(([name, value]) => (name === 'content-length' ? [] : [name, value]))
  if (length !== undefined) fields.push('content-length', String(length))
  response.writeHead(result.status, fields)
}

/** An ordinary answer to a request for another protocol. */
function refuse(socket: Duplex, response: HttpResponse): void {
  const { body } = response
  const bytes = isStream(body) ? EMPTY : body instanceof JsonBody ? body.bytes() : body
  const head = [`HTTP/1.1 ${response.status} Refused`, 'Connection: close', `Content-Length: ${bytes.length}`]
  for (const [name, value] of response.headers) if (name !== 'content-length') head.push(`${name}: ${value}`)
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]))
}

/** A WebSocket of the host as the model's message channel. */
class SocketChannel extends HostChannel {
  readonly #ws: WebSocket

  constructor(ws: WebSocket, wake: () => void) {
    super(wake)
    this.#ws = ws
    ws.on('message', (data: Buffer, binary: boolean) => this.arrive(binary ? new Uint8Array(data) : data.toString()))
    ws.on('close', () => this.end())
    ws.on('error', () => this.end())
  }

  send(message: Uint8Array | string): void {
    if (!this.ended) this.#ws.send(message)
  }

  close(code = 1000, reason = ''): void {
    if (!this.ended) this.#ws.close(code, reason)
  }
}

/**
 * kubectl port-forward: SPDY in a WebSocket on the host's side, a channel for each forwarded connection on the model's. Source:
 * k8s.io/apimachinery httpstream/wsstream, kubelet cri/streaming/portforward.
 */
import type { WebSocket } from 'ws'
import { HostChannel } from './host-channel.ts'
import { SpdySession, type SpdyStream } from './spdy.ts'

/** The sub-protocol kubectl asks for. */
export const TUNNEL = 'SPDY/3.1+portforward.k8s.io'
/** The one the model speaks: channel 0 data, channel 1 errors, each beginning with the port. */
export const MODEL_PROTOCOL = 'v4.channel.k8s.io'

const DATA = 0

/** Starts the model's side of a connection to `port`; false when the server refuses. */
export type Dial = (port: number, channel: HostChannel) => void

interface Pair {
  data?: SpdyStream
  error?: SpdyStream
}

/** Serves a tunnel until its WebSocket closes. */
export function serveTunnel(ws: WebSocket, wake: () => void, dial: Dial): void {
  const pairs = new Map<string, Pair>()
  const session = new SpdySession(
    (bytes) => {
      if (ws.readyState === ws.OPEN) ws.send(bytes)
    },
    (stream) => {
      // kubectl opens two streams a connection, told apart by a number of its own.
      const id = stream.headers.get('requestid') ?? ''
      const pair: Pair = pairs.get(id) ?? {}
      pairs.set(id, pair)
      if (stream.headers.get('streamtype') === 'error') pair.error = stream
      else pair.data = stream
      if (pair.data === undefined || pair.error === undefined) return
      pairs.delete(id)
      dial(Number(stream.headers.get('port')), new ForwardedChannel(pair.data, pair.error, wake))
    },
  )
  ws.on('message', (data: Buffer) => {
    try {
      session.push(data)
    } catch {
      ws.close(1002, 'not SPDY/3.1')
    }
  })
  const end = (): void => session.end()
  ws.on('close', end)
  ws.on('error', end)
}

/** One forwarded connection. */
class ForwardedChannel extends HostChannel {
  readonly #data: SpdyStream
  readonly #error: SpdyStream
  /** Channels whose first message, the port, has come. */
  readonly #begun = new Set<number>()

  constructor(data: SpdyStream, error: SpdyStream, wake: () => void) {
    super(wake)
    this.#data = data
    this.#error = error
    data.onData = (bytes) => {
      if (bytes === undefined) this.end()
      else this.arrive(Uint8Array.of(DATA, ...bytes))
    }
  }

  send(message: Uint8Array | string): void {
    if (typeof message === 'string') return
    const channel = message[0] ?? DATA
    if (!this.#begun.has(channel)) {
      this.#begun.add(channel)
      return
    }
    const stream = channel === DATA ? this.#data : this.#error
    stream.write(message.subarray(1))
    // The model says at once that it can't connect; there will be no data then.
    if (channel !== DATA) this.close()
  }

  close(): void {
    this.#data.end()
    this.#error.end()
    if (!this.ended) this.end()
  }
}

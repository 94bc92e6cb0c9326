import type { Sim } from '#sim/wait.ts'
import type { Body, Headers, JsonBody, MessageChannel } from './message.ts'

/** A request as a client makes it; credentials are the transport's or in the headers. */
export interface ClientRequest {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly body?: Uint8Array | JsonBody
}

export interface ClientResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/**
 * A way to one HTTP server: how kubectl, controllers and kubelets reach the API server, and how the API server
 * reaches kubelets. Throws {@link TransportError} when there is no answer (refused, reset, certificate, name).
 */
export interface Transport {
  roundTrip(request: ClientRequest): Sim<ClientResponse>
  /** Asks for a WebSocket of one of `protocols`; the answer is the channel, or the refusal. */
  upgrade(
    request: ClientRequest,
    protocols: readonly string[],
  ): Sim<{ readonly channel: MessageChannel; readonly protocol: string } | ClientResponse>
}

/** No answer from the server. `message` is Go's: `dial tcp 127.0.0.1:6443: connect: connection refused`. */
export class TransportError extends Error {
  override name = 'TransportError'
}

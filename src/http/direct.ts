import type { Simulation } from '#sim/simulation.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { EMPTY, type HttpHandler, type MessageChannel, type Peer } from './message.ts'
import type { Transport } from './transport.ts'

/** Two connected ends of a message channel. */
export function channelPair(): readonly [MessageChannel, MessageChannel] {
  const a = new ChannelEnd()
  const b = new ChannelEnd()
  a.peer = b
  b.peer = a
  return [a, b]
}

class ChannelEnd implements MessageChannel {
  peer: ChannelEnd | undefined
  readonly #inbox: (Uint8Array | string)[] = []
  readonly #arrived = new WaitQueue()
  #closed = false

  send(message: Uint8Array | string): void {
    if (this.#closed || this.peer === undefined || this.peer.#closed) return
    this.peer.#inbox.push(message)
    this.peer.#arrived.wakeAll()
  }

  *receive(): Sim<Uint8Array | string | undefined> {
    for (;;) {
      const message = this.#inbox.shift()
      if (message !== undefined) return message
      if (this.#closed) return undefined
      yield* this.#arrived.wait()
    }
  }

  close(): void {
    for (const end of [this, this.peer]) {
      if (end === undefined || end.#closed) continue
      end.#closed = true
      end.#arrived.wakeAll()
    }
  }
}

/** A transport that calls a handler without a network: for tests, and for the host's side of `podlab serve`. */
export function directTransport(sim: Simulation, handler: HttpHandler, peer: Peer): Transport {
  return {
    *roundTrip(request) {
      return yield* handler({ ...request, body: request.body ?? EMPTY, peer })
    },
    *upgrade(request, protocols) {
      const headers = request.headers
      headers.set('connection', 'Upgrade').set('upgrade', 'websocket').set('sec-websocket-protocol', protocols.join(', '))
      const response = yield* handler({ ...request, body: request.body ?? EMPTY, peer })
      if (response.status !== 101 || response.upgrade === undefined) return response
      const [near, far] = channelPair()
      sim.spawn(`upgrade ${request.target}`, response.upgrade(far))
      return { channel: near, protocol: response.headers.get('sec-websocket-protocol') ?? '' }
    },
  }
}

import { API_PORT, type Cluster, NETWORK } from '#cluster/cluster.ts'
import { EMPTY, Headers, type HttpHandler, isStream, JsonBody, type Peer } from '#http/message.ts'
import { encode } from '#sim/bytes.ts'
import type { Simulation, Task } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import type { HttpPart, LabInput } from './protocol.ts'

type HttpInput = Extract<LabInput, { readonly type: 'http' }>

/**
 * Requests to the cluster's API server that come from outside of the model: from the reader's controller in its runner.
 *
 * They reach the server as a client on the laptop does, with the administrator's certificate, but take no virtual time on the way.
 * Requests and their cancelling are inputs, so a replay makes them again; the answers are the model's own. Answers go to `hear`.
 */
export class OutsideRequests {
  readonly #sim: Simulation
  readonly #cluster: Cluster
  readonly #hear: (request: number, part: HttpPart) => void
  readonly #open = new Map<number, Task>()

  constructor(sim: Simulation, cluster: Cluster, hear: (request: number, part: HttpPart) => void) {
    this.#sim = sim
    this.#cluster = cluster
    this.#hear = hear
  }

  /** Requests without an end so far: watches, followed logs, and what was asked a moment ago. */
  get open(): readonly number[] {
    return [...this.#open.keys()]
  }

  /** Makes a request. A number that is in use already is ignored: only a damaged log has one. */
  start(input: HttpInput): void {
    if (this.#open.has(input.request)) return
    this.#open.set(input.request, this.#sim.spawn(`outside ${input.method} ${input.target}`, this.#run(input)))
  }

  /** The client has gone. */
  cancel(request: number): void {
    this.#open.get(request)?.cancel()
    this.#open.delete(request)
  }

  *#run(input: HttpInput): Sim<void> {
    const tell = (part: HttpPart): void => this.#hear(input.request, part)
    const handler = this.#cluster.apiHandler
    if (handler === undefined) tell({ kind: 'error', message: `connect ECONNREFUSED 127.0.0.1:${API_PORT}` })
    else yield* answer(handler, input, this.#peer(), tell)
    this.#open.delete(input.request)
  }

  #peer(): Peer {
    return { address: `${NETWORK}.1`, port: 1, tls: true, certificate: this.#cluster.pki.admin.pem }
  }
}

function* answer(handler: HttpHandler, input: HttpInput, peer: Peer, tell: (part: HttpPart) => void): Sim<void> {
  const { method, target } = input
  const body = input.body === undefined ? EMPTY : encode(input.body)
  const response = yield* handler({ method, target, headers: new Headers(input.headers), body, peer })
  tell({ kind: 'head', status: response.status, headers: [...response.headers] })
  if (!isStream(response.body)) {
    const bytes = bytesOf(response.body)
    if (bytes.length > 0) tell({ kind: 'chunk', data: bytes })
  } else {
    try {
      for (let part = yield* response.body.next(); part !== undefined; part = yield* response.body.next()) {
        tell({ kind: 'chunk', data: bytesOf(part) })
      }
    } finally {
      response.body.cancel()
    }
  }
  tell({ kind: 'end' })
}

/** A copy: the page gets the bytes for good, the store keeps its own. */
function bytesOf(part: Uint8Array | JsonBody): Uint8Array {
  return Uint8Array.from(part instanceof JsonBody ? part.bytes() : part)
}

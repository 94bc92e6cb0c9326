import type { HttpPart } from '../../lab/protocol.ts'
import type { ClusterRequest } from './messages.ts'

/** Sends a request to the lab's API server; returns how to cancel it (LabSession.http). */
export type Http = (request: ClusterRequest, hear: (part: HttpPart) => void) => () => void

/** Requests a program may make at once, and then on average: every request is a line of the lab's log. (client-go has such limits too.) */
const BURST = 200
const PER_SECOND = 20
/** Requests that wait for their turn, and open ones. */
const MAX_WAITING = 1000
const MAX_OPEN = 200
/** Headers that matter to the API server; others would only fill the log. */
const HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'user-agent', 'impersonate-user', 'impersonate-group'])

interface Waiting {
  readonly id: number
  readonly request: ClusterRequest
  readonly hear: (part: HttpPart) => void
}

/**
 * Carries requests of a program in a runner to the lab, by the program's own numbers: not faster than {@link PER_SECOND} after a burst,
 * for a program that runs wild must not fill the reader's log.
 */
export class ClusterBridge {
  readonly #http: Http
  readonly #now: () => number
  readonly #open = new Map<number, () => void>()
  readonly #waiting: Waiting[] = []
  #tokens = BURST
  #filled: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(http: Http, now: () => number = () => performance.now()) {
    this.#http = http
    this.#now = now
    this.#filled = now()
  }

  request(id: number, request: ClusterRequest, hear: (part: HttpPart) => void): void {
    if (this.#closed) return
    if (this.#waiting.length >= MAX_WAITING || this.#open.size >= MAX_OPEN) {
      hear({ kind: 'error', message: `podlab: more than ${MAX_OPEN} requests at once` })
      return
    }
    this.#waiting.push({ id, request, hear })
    this.#next()
  }

  cancel(id: number): void {
    const at = this.#waiting.findIndex((w) => w.id === id)
    if (at >= 0) this.#waiting.splice(at, 1)
    const cancel = this.#open.get(id)
    this.#open.delete(id)
    cancel?.()
  }

  /** The program is gone: what it has asked for is cancelled. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#waiting.length = 0
    for (const id of [...this.#open.keys()]) this.cancel(id)
  }

  #next(): void {
    const now = this.#now()
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filled) / 1000) * PER_SECOND)
    this.#filled = now
    while (this.#tokens >= 1 && this.#waiting.length > 0) {
      this.#tokens--
      const next = this.#waiting.shift()
      if (next !== undefined) this.#send(next)
    }
    clearTimeout(this.#timer)
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#next(), 1000 / PER_SECOND)
  }

  #send({ id, request, hear }: Waiting): void {
    const headers = request.headers.filter(([name]) => HEADERS.has(name.toLowerCase()))
    this.#open.set(id, () => undefined)
    const cancel = this.#http({ ...request, headers }, (part) => {
      if (part.kind === 'end' || part.kind === 'error') this.#open.delete(id)
      hear(part)
    })
    if (this.#open.has(id)) this.#open.set(id, cancel)
  }
}

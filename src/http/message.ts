/**
 * HTTP messages as the model passes them around: between kubectl, curl and the API server, between kubelet and
 * container programs. Bodies stay objects until somebody needs their bytes.
 */
import { concat, decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'

/** Header fields by lower-case name. Several values of one field are separate entries. */
export class Headers {
  readonly #fields: (readonly [string, string])[] = []

  constructor(fields: Iterable<readonly [string, string]> = []) {
    for (const [name, value] of fields) this.append(name, value)
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase()
    return this.#fields.find(([n]) => n === lower)?.[1]
  }

  getAll(name: string): string[] {
    const lower = name.toLowerCase()
    return this.#fields.filter(([n]) => n === lower).map(([, value]) => value)
  }

  set(name: string, value: string): this {
    this.delete(name)
    return this.append(name, value)
  }

  append(name: string, value: string): this {
    this.#fields.push([name.toLowerCase(), value])
    return this
  }

  delete(name: string): void {
    const lower = name.toLowerCase()
    for (let i = this.#fields.length - 1; i >= 0; i--) if (this.#fields[i]?.[0] === lower) this.#fields.splice(i, 1)
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.#fields[Symbol.iterator]()
  }
}

/** A JSON document (frozen, shared). Its bytes are made at the first look. */
export class JsonBody {
  readonly value: unknown
  readonly #suffix: string
  #bytes: Uint8Array | undefined

  /** `suffix` follows the document: a newline between the events of a watch. */
  constructor(value: unknown, suffix = '') {
    this.value = value
    this.#suffix = suffix
  }

  bytes(): Uint8Array {
    this.#bytes ??= encode(JSON.stringify(this.value) + this.#suffix)
    return this.#bytes
  }
}

/** A body whose parts come over time: a watch, a followed log. */
export interface BodyStream {
  /** The next part; undefined at the end. */
  next(): Sim<Uint8Array | JsonBody | undefined>
  /** The reader has gone; nothing more is wanted. */
  cancel(): void
}

export type Body = Uint8Array | JsonBody | BodyStream

/** The caller's end of the connection, as far as TLS and TCP tell. */
export interface Peer {
  readonly address: string
  readonly port: number
  /** Client certificate that was presented and proven (PEM). */
  readonly certificate?: string
  readonly tls: boolean
}

export interface HttpRequest {
  readonly method: string
  /** Path and query as on the request line: `/api/v1/pods?limit=500`. */
  readonly target: string
  readonly headers: Headers
  readonly body: Uint8Array | JsonBody
  readonly peer: Peer
}

/**
 * Messages in both directions after a `101 Switching Protocols`: WebSocket messages (binary unless a string).
 * `receive` returns undefined when the other side has closed.
 */
export interface MessageChannel {
  send(message: Uint8Array | string): void
  receive(): Sim<Uint8Array | string | undefined>
  close(code?: number, reason?: string): void
}

export interface HttpResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
  /** With status 101: the server's end of the protocol switched to, run by whoever serves the connection. */
  readonly upgrade?: (channel: MessageChannel) => Sim<void>
}

/** Serves requests: the API server, the kubelet, a container's web server. Never throws for what a client can cause. */
export type HttpHandler = (request: HttpRequest) => Sim<HttpResponse>

export const EMPTY = new Uint8Array(0)

export function isStream(body: Body): body is BodyStream {
  return !(body instanceof Uint8Array) && !(body instanceof JsonBody)
}

/** All bytes of a body; waits for the end of a stream. */
export function* bodyBytes(body: Body): Sim<Uint8Array> {
  if (body instanceof Uint8Array) return body
  if (body instanceof JsonBody) return body.bytes()
  const parts: Uint8Array[] = []
  for (;;) {
    const part = yield* body.next()
    if (part === undefined) return concat(parts)
    parts.push(part instanceof JsonBody ? part.bytes() : part)
  }
}

/** The JSON document in a body that is no stream; throws SyntaxError when it is none. */
export function bodyJson(body: Uint8Array | JsonBody): unknown {
  return body instanceof JsonBody ? body.value : JSON.parse(decode(body))
}

export function textResponse(status: number, text: string, type = 'text/plain; charset=utf-8'): HttpResponse {
  return { status, headers: new Headers([['content-type', type]]), body: encode(text) }
}

/** Path and decoded query parameters of a request target. */
export function parseTarget(target: string): { readonly path: string; readonly query: Query } {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: new Query('') } : { path: target.slice(0, mark), query: new Query(target.slice(mark + 1)) }
}

/** A query string taken apart (URLSearchParams, which does not exist in these rooms). */
export class Query {
  readonly #pairs: (readonly [string, string])[]

  constructor(text: string) {
    this.#pairs = text
      .split('&')
      .filter((part) => part !== '')
      .map((part) => {
        const eq = part.indexOf('=')
        return eq < 0 ? [unescapeQuery(part), ''] : [unescapeQuery(part.slice(0, eq)), unescapeQuery(part.slice(eq + 1))]
      })
  }

  get(name: string): string | undefined {
    return this.#pairs.find(([n]) => n === name)?.[1]
  }

  getAll(name: string): string[] {
    return this.#pairs.filter(([n]) => n === name).map(([, value]) => value)
  }

  has(name: string): boolean {
    return this.#pairs.some(([n]) => n === name)
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.#pairs[Symbol.iterator]()
  }
}

function unescapeQuery(text: string): string {
  if (!/[%+]/.test(text)) return text
  const bytes: number[] = []
  const source = encode(text)
  for (let i = 0; i < source.length; i++) {
    const b = source[i] as number
    const hex = b === 0x25 ? Number.parseInt(decode(source.subarray(i + 1, i + 3)), 16) : Number.NaN
    if (b === 0x25 && !Number.isNaN(hex)) {
      bytes.push(hex)
      i += 2
    } else bytes.push(b === 0x2b ? 0x20 : b)
  }
  return decode(Uint8Array.from(bytes))
}

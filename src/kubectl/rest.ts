import { type BodyStream, bodyBytes, EMPTY, Headers, isStream, JsonBody, type MessageChannel } from '#http/message.ts'
import { type ClientRequest, type ClientResponse, type Transport, TransportError } from '#http/transport.ts'
import { goDuration } from '#kubernetes/api/duration.ts'
import { decode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { listFailure, ServerError, type Status } from './errors.ts'
import type { RoundTripLog } from './round-trippers.ts'

/** A Kubernetes object, as far as kubectl cares: plain JSON. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: ObjectMeta
  readonly spec?: unknown
  readonly status?: unknown
  readonly [field: string]: unknown
}

export interface ObjectMeta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly uid: string
    readonly controller?: boolean
  }[]
  readonly [field: string]: unknown
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: KubeObject
}

export interface RestOptions {
  readonly accept?: string
  readonly contentType?: string
  readonly query?: Readonly<Record<string, string | undefined>>
}

/** Percent-encodes a query value as Go's url.QueryEscape. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function targetOf(path: string, options: RestOptions, timeout: Micros | undefined): string {
  const limit = timeout === undefined ? {} : { timeout: goDuration(timeout) }
  const pairs = Object.entries({ ...options.query, ...limit }).filter((p): p is [string, string] => p[1] !== undefined)
  pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  const query = pairs.map(([k, v]) => `${escapeQuery(k)}=${escapeQuery(v)}`).join('&')
  return query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`
}

export interface RestConfig {
  /** Scheme, host and port, as errors and the log name them. */
  readonly server: string
  /** Sent with every request: credentials, user agent. */
  readonly headers: readonly (readonly [string, string])[]
  /** Called for every `Warning:` header. */
  readonly warn: (text: string) => Sim<void>
  readonly log?: RoundTripLog
  /** Told to the server with every request; the transport keeps it. */
  readonly timeout?: Micros
}

/** Typed-enough HTTP to the API server: JSON in and out, failures as ServerError, warnings collected. */
export class RestClient {
  readonly #transport: Transport
  readonly #config: RestConfig

  constructor(transport: Transport, config: RestConfig) {
    this.#transport = transport
    this.#config = config
  }

  /** Sends a request; an answer of 400 or more is thrown as ServerError. */
  *request(method: string, path: string, body?: Uint8Array | JsonBody, options: RestOptions = {}): Sim<ClientResponse> {
    const { log, timeout } = this.#config
    const target = targetOf(path, options, timeout)
    const headers = new Headers([...this.#config.headers, ['accept', options.accept ?? 'application/json']])
    if (body !== undefined) headers.set('content-type', options.contentType ?? 'application/json')
    if (log !== undefined) yield* log.request(method, target, headers, body)
    const sent = log?.now() ?? 0
    const response = yield* this.#roundTrip({ method, target, headers, ...(body === undefined ? {} : { body }) })
    yield* this.#warnings(response.headers)
    if (log !== undefined) yield* log.response(method, target, response, sent)
    if (response.status < 400) return response
    const error = yield* failure(response, method, path)
    if (log !== undefined) yield* log.answer(method, target, error.status)
    throw error
  }

  /** What goes wrong on the way is told as Go's url.Error. */
  *#roundTrip(request: ClientRequest): Sim<ClientResponse> {
    try {
      return yield* this.#transport.roundTrip(request)
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      const method = request.method.charAt(0) + request.method.slice(1).toLowerCase()
      throw new TransportError(`${method} "${this.#config.server}${request.target}": ${error.message}`)
    }
  }

  /** The JSON document a request answers with. */
  *json<T = KubeObject>(method: string, path: string, body?: unknown, options: RestOptions = {}): Sim<T> {
    const response = yield* this.request(method, path, body === undefined ? undefined : new JsonBody(body), options)
    const document = yield* jsonOf(response)
    const { log, timeout } = this.#config
    if (log !== undefined) yield* log.answer(method, targetOf(path, options, timeout), document)
    return document as T
  }

  /** A collection; a refusal of its selectors tells what was asked for. `resource`: `apps/v1, Resource=deployments`. */
  *list<T = KubeObject>(path: string, resource: string, options: RestOptions): Sim<T> {
    try {
      return yield* this.json<T>('GET', path, undefined, options)
    } catch (error) {
      throw listFailure(error, resource, options.query?.labelSelector, options.query?.fieldSelector)
    }
  }

  /** Follows a watch; ends when the server closes it or its time is over. */
  *watch(path: string, options: RestOptions, onEvent: (event: WatchEvent) => Sim<boolean>): Sim<void> {
    const response = yield* this.request('GET', path, undefined, { ...options, query: { ...options.query, watch: 'true' } })
    if (!isStream(response.body)) return
    const stream = response.body
    try {
      for (let event = yield* nextEvent(stream); event !== undefined; event = yield* nextEvent(stream)) {
        if (!(yield* onEvent(event))) return
      }
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
    } finally {
      stream.cancel()
    }
  }

  /** Opens a WebSocket (exec, attach, port-forward); a refusal is thrown. */
  *upgrade(path: string, protocols: readonly string[]): Sim<MessageChannel> {
    const answer = yield* this.#transport.upgrade(
      { method: 'GET', target: path, headers: new Headers(this.#config.headers), body: EMPTY },
      protocols,
    )
    if ('channel' in answer) return answer.channel
    throw yield* failure(answer, 'GET', path)
  }

  /** A request as somebody else made it, with this client's credentials; whatever the answer is. */
  *forward(request: ClientRequest): Sim<ClientResponse> {
    return yield* this.#transport.roundTrip({ ...request, headers: this.#signed(request.headers) })
  }

  /** The same for a WebSocket. */
  *forwardUpgrade(
    request: ClientRequest,
    protocols: readonly string[],
  ): Sim<{ readonly channel: MessageChannel; readonly protocol: string } | ClientResponse> {
    return yield* this.#transport.upgrade({ ...request, headers: this.#signed(request.headers) }, protocols)
  }

  /** With the client's own fields, but the user agent that is there. */
  #signed(given: Headers): Headers {
    const headers = new Headers([...given])
    for (const [name, value] of this.#config.headers) if (name !== 'user-agent' || headers.get(name) === undefined) headers.set(name, value)
    return headers
  }

  *#warnings(headers: Headers): Sim<void> {
    for (const value of headers.getAll('warning')) {
      const text = /^299 \S+ "((?:[^"\\]|\\.)*)"/.exec(value)?.[1]
      if (text !== undefined) yield* this.#config.warn(text.replace(/\\(.)/g, '$1'))
    }
  }
}

function* jsonOf(response: ClientResponse): Sim<unknown> {
  if (response.body instanceof JsonBody) return response.body.value
  const text = decode(yield* bodyBytes(response.body))
  return text === '' ? {} : JSON.parse(text)
}

const partial = new WeakMap<BodyStream, string>()

/** The next event of a watch, whether it comes as an object or as lines of text. */
function* nextEvent(stream: BodyStream): Sim<WatchEvent | undefined> {
  for (;;) {
    const held = partial.get(stream) ?? ''
    const nl = held.indexOf('\n')
    if (nl >= 0) {
      partial.set(stream, held.slice(nl + 1))
      return JSON.parse(held.slice(0, nl)) as WatchEvent
    }
    const part = yield* stream.next()
    if (part === undefined) return undefined
    if (part instanceof JsonBody) return part.value as WatchEvent
    partial.set(stream, held + decode(part))
  }
}

/** What was asked for, as client-go's errors end: ` (get pods.metrics.k8s.io)`. */
function requested(method: string, path: string): string {
  const m = /^\/(?:api|apis\/([^/]+))\/[^/]+\/(?:namespaces\/[^/]+\/(?=[^/?]))?([^/?]+)(?:\/([^/?]+))?/.exec(path)
  if (m === null) return ''
  const [, group, resource, name] = m
  return ` (${method.toLowerCase()} ${resource}${group === undefined ? '' : `.${group}`}${name === undefined ? '' : ` ${name}`})`
}

/** The Status in a failed answer; a bare text becomes one as client-go makes it. */
function* failure(response: ClientResponse, method: string, path: string): Sim<ServerError> {
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('json')) {
    const status = (yield* jsonOf(response)) as Status & { kind?: string }
    if (status.kind === 'Status') return new ServerError(status)
  }
  const text = decode(yield* bodyBytes(response.body)).trim()
  const reason = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 503: 'ServiceUnavailable' }[response.status]
  const message =
    response.status === 404
      ? `the server could not find the requested resource${requested(method, path)}`
      : text || `an error on the server (${method} ${path}) has prevented the request from succeeding`
  return new ServerError({ code: response.status, message, ...(reason === undefined ? {} : { reason }) })
}

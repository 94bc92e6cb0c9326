/** `fetch` for the reader's program: reaches the cluster's API server, by messages to the page, and nothing else. */
import type { HttpPart } from '../../../lab/protocol.ts'
import type { ClusterRequest } from '../messages.ts'
import { SERVER } from './environment.ts'

/** The way to the page. */
export interface Wire {
  request(id: number, request: ClusterRequest): void
  cancel(id: number): void
  /** Something the program waits for has begun or ended. */
  busy(by: 1 | -1): void
}

export interface FetchOptions {
  readonly method?: string
  readonly headers?: HeadersInit
  readonly body?: string | URLSearchParams | Uint8Array | null
  readonly signal?: AbortSignal | null
}

let wire: Wire | undefined
let ids = 0
const open = new Map<number, (part: HttpPart) => void>()

export function connect(to: Wire): void {
  wire = to
}

/** A part of an answer has arrived. Parts of cancelled requests are dropped. */
export function hear(id: number, part: HttpPart): void {
  open.get(id)?.(part)
}

const NO_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304])

/**
 * As fetch(): rejects with a TypeError `fetch failed` whose cause tells why when there is no answer, and with the signal's reason
 * when it is aborted.
 */
export function clusterFetch(address: string | URL, options: FetchOptions = {}): Promise<Response> {
  const url = new URL(address)
  const out = wire
  if (out === undefined || url.origin !== SERVER) {
    return Promise.reject(failed(`podlab: the embedded runner reaches ${SERVER} and nothing else, not ${url.origin}`))
  }
  const { signal } = options
  if (signal?.aborted) return Promise.reject(signal.reason)
  const id = ++ids
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  let sink: ReadableStreamDefaultController<Uint8Array> | undefined
  const end = (): void => {
    if (!open.delete(id)) return
    signal?.removeEventListener('abort', abort)
    out.busy(-1)
  }
  const fail = (error: unknown): void => {
    end()
    if (sink === undefined) reject(error)
    else sink.error(error)
  }
  const abort = (): void => {
    out.cancel(id)
    fail(signal?.reason)
  }
  const stream = (): ReadableStream<Uint8Array> =>
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        sink = controller
      },
      cancel: () => {
        out.cancel(id)
        end()
      },
    })
  open.set(id, (part) => {
    switch (part.kind) {
      case 'head': {
        const headers = new Headers(part.headers.map(([name, value]): [string, string] => [name, value]))
        resolve(new Response(NO_BODY.has(part.status) ? null : stream(), { status: part.status, headers }))
        return
      }
      case 'chunk':
        sink?.enqueue(part.data)
        return
      case 'end':
        end()
        sink?.close()
        return
      case 'error':
        fail(failed(part.message))
    }
  })
  signal?.addEventListener('abort', abort)
  out.busy(1)
  out.request(id, {
    method: (options.method ?? 'GET').toUpperCase(),
    target: url.pathname + url.search,
    headers: [...new Headers(options.headers)],
    ...(options.body === undefined || options.body === null ? {} : { body: asText(options.body) }),
  })
  return promise
}

function asText(body: string | URLSearchParams | Uint8Array): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body)
}

/** As undici reports that there was no answer. */
function failed(reason: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(reason) })
}

/**
 * What the page and the worker of the embedded runner say to each other, over a message port. What the worker says is the reader's
 * code speaking: untrusted, so it is read by {@link parseFromWorker}.
 */
import type { HttpPart } from '../../lab/protocol.ts'
import { isObject } from '../../progress/record.ts'

/** A request to the cluster's API server. */
export interface ClusterRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body?: string
}

export type Level = 'log' | 'error' | 'note'

export type ToWorker =
  /** The module to run, cut where the address of the client library goes. */
  | { readonly type: 'run'; readonly pieces: readonly string[] }
  | { readonly type: 'part'; readonly id: number; readonly part: HttpPart }
  /** Are you alive? Answered by `pong` as soon as the code lets go. */
  | { readonly type: 'ping' }

export type FromWorker =
  | { readonly type: 'request'; readonly id: number; readonly request: ClusterRequest }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'print'; readonly level: Level; readonly text: string }
  | { readonly type: 'pong' }
  /** The program has ended: nothing left to do, `process.exit`, or an error nobody caught. */
  | { readonly type: 'exit'; readonly code: number }

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
/** Larger than any object the API server takes. */
const MAX_BODY = 3 << 20
const MAX_TARGET = 16 << 10
const MAX_HEADERS = 64
export const MAX_TEXT = 64 << 10

export function parseFromWorker(data: unknown): FromWorker | undefined {
  if (!isObject(data)) return undefined
  const { type, id, level, text, code } = data
  switch (type) {
    case 'pong':
      return { type }
    case 'print':
      if (typeof text !== 'string' || (level !== 'log' && level !== 'error' && level !== 'note')) return undefined
      return { type, level, text: text.slice(0, MAX_TEXT) }
    case 'exit':
      return typeof code === 'number' ? { type, code } : undefined
    case 'cancel':
      return typeof id === 'number' ? { type, id } : undefined
    case 'request': {
      const request = parseRequest(data.request)
      return typeof id === 'number' && request !== undefined ? { type, id, request } : undefined
    }
    default:
      return undefined
  }
}

/** A request from outside, or undefined when it is none or too large. */
export function parseRequest(data: unknown): ClusterRequest | undefined {
  if (!isObject(data)) return undefined
  const { method, target, headers, body } = data
  if (typeof method !== 'string' || !METHODS.has(method)) return undefined
  if (typeof target !== 'string' || !target.startsWith('/') || target.length > MAX_TARGET) return undefined
  if (!Array.isArray(headers) || headers.length > MAX_HEADERS) return undefined
  const pairs: (readonly [string, string])[] = []
  for (const pair of headers) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string' || typeof pair[1] !== 'string') return undefined
    pairs.push([pair[0], pair[1]])
  }
  if (body === undefined) return { method, target, headers: pairs }
  return typeof body === 'string' && body.length <= MAX_BODY ? { method, target, headers: pairs, body } : undefined
}

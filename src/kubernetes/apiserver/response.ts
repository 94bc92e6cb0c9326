/** Responses and the representations a client asks for. */

import { Headers, type HttpRequest, type HttpResponse, JsonBody } from '#http/message.ts'
import { StatusError } from '#kubernetes/api/errors.ts'
import { type Obj, obj, str } from '#kubernetes/api/json.ts'
import { encode } from '#sim/bytes.ts'

/** How an object is to be shown. */
export type Shape = 'object' | 'table' | 'partial'

export interface Accepted {
  readonly shape: Shape
  readonly yaml: boolean
}

/** The first media type of Accept that can be served. Throws 406. `tables`: Tables and the like are to be had. */
export function negotiate(request: HttpRequest, tables: boolean): Accepted {
  const accept = request.headers.get('accept') ?? ''
  if (accept === '' || accept === 'application/json') return { shape: 'object', yaml: false }
  for (const range of accept.split(',')) {
    const [type = '', ...params] = range.split(';').map((p) => p.trim())
    const as = params.find((p) => p.startsWith('as='))?.slice(3)
    const json = type === 'application/json' || type === '*/*' || type === 'application/*'
    if (as !== undefined) {
      const meta = params.includes('g=meta.k8s.io') && (params.includes('v=v1') || params.includes('v=v1beta1'))
      if (!json || !meta || !tables) continue
      if (as === 'Table') return { shape: 'table', yaml: false }
      if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { shape: 'partial', yaml: false }
      continue
    }
    if (json) return { shape: 'object', yaml: false }
    if (type === 'application/yaml') return { shape: 'object', yaml: true }
  }
  throw new StatusError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/cbor',
  )
}

/** A JSON document; the newline is what Go's encoder ends with. */
export function jsonResponse(status: number, value: unknown, warnings: readonly string[] = []): HttpResponse {
  return withWarnings(
    {
      status,
      headers: new Headers([['content-type', 'application/json']]),
      body: new JsonBody(value, '\n'),
    },
    warnings,
  )
}

export function withWarnings(response: HttpResponse, warnings: readonly string[]): HttpResponse {
  if (warnings.length === 0) return response
  for (const text of new Set(warnings))
    response.headers.append('warning', `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[\n\r]/g, ' ')}"`)
  return response
}

export function statusResponse(error: StatusError, warnings: readonly string[] = []): HttpResponse {
  const response = jsonResponse(error.code, error.status, warnings)
  const retry = obj(error.status, 'details').retryAfterSeconds
  if (typeof retry === 'number') response.headers.set('retry-after', String(retry))
  return response
}

/**
 * The same answer with its JSON indented, for people: asked for with `?pretty`, and by itself to browsers, curl and Wget. Without
 * the newline at the end. Source: apiserver, endpoints/handlers/negotiation (isPrettyPrint), serializer/json.
 */
export function prettyFor(request: HttpRequest, pretty: string | undefined, response: HttpResponse): HttpResponse {
  const { body } = response
  if (!(body instanceof JsonBody) || response.headers.get('content-type') !== 'application/json') return response
  const asked = pretty === undefined || pretty === '' ? PEOPLE.test(request.headers.get('user-agent') ?? '') : /^(1|t|true)$/i.test(pretty)
  return asked ? { ...response, body: encode(JSON.stringify(body.value, null, 2)) } : response
}

const PEOPLE = /^(curl|Wget|Mozilla\/5\.0)/

export function plainResponse(status: number, text: string): HttpResponse {
  return {
    status,
    headers: new Headers([['content-type', 'text/plain; charset=utf-8']]),
    body: encode(text),
  }
}

/** What is left of an object when only its metadata is asked for. */
export function partialMetadata(object: Obj): Obj {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  }
}

export const nameOf = (object: Obj): string => str(object, 'metadata', 'name')
export const namespaceOf = (object: Obj): string => str(object, 'metadata', 'namespace')

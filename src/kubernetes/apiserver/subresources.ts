/** Subresources other than status. */
import * as errors from '#kubernetes/api/errors.ts'
import type { HttpResponse } from '#http/message.ts'
import type { Sim } from '#sim/wait.ts'
import type { Endpoint, RequestContext } from './context.ts'

type Server = (context: RequestContext, endpoint: Endpoint) => Sim<HttpResponse>

const SUBRESOURCES: { readonly [path: string]: Server } = {}

export function* serveSubresource(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const serve = SUBRESOURCES[`${endpoint.kind.plural}/${context.info.subresource}`] ?? (endpoint.kind.scale !== undefined ? SUBRESOURCES[`*/${context.info.subresource}`] : undefined)
  if (serve === undefined) throw errors.newPathNotFound()
  return yield* serve(context, endpoint)
}

/** Approves or denies certificate signing requests: only conditions change. */

import type { HttpResponse } from '#http/message.ts'
import { type Draft, obj, objs, str } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { readBody } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { applyPatch } from '../patch.ts'
import { jsonResponse } from '../response.ts'
import { decodeBody, get, update } from '../rest.ts'

export function* approval(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const current = get(context, endpoint)
  if (context.info.verb === 'get') return jsonResponse(200, current)
  const type = (context.request.headers.get('content-type') ?? '').split(';')[0] ?? ''
  const raw = context.info.verb === 'patch' ? applyPatch(context, endpoint, type, current) : readBody(context.request).value
  const decoded = decodeBody(context, endpoint, raw)
  const now = rfc3339(context.now)
  const conditions = objs(decoded, 'status', 'conditions').map((c) => ({
    ...c,
    lastUpdateTime: str(c, 'lastUpdateTime') || now,
    lastTransitionTime: str(c, 'lastTransitionTime') || now,
  }))
  const wanted: Draft = {
    ...current,
    metadata: { ...obj(decoded, 'metadata') },
    status: { ...obj(current, 'status'), conditions },
  }
  return jsonResponse(200, update(context, endpoint, current, wanted, { subresource: 'status' }))
}

/** The parts of a running pod that may change: ephemeral containers, resources. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { forbidden } from '#kubernetes/api/field.ts'
import { clone, type Draft, equal, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { readBody } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { applyPatch } from '../patch.ts'
import { jsonResponse } from '../response.ts'
import { decodeBody, get, update } from '../rest.ts'

function wantedPod(context: RequestContext, endpoint: Endpoint, current: Obj): Draft {
  const type = (context.request.headers.get('content-type') ?? '').split(';')[0] ?? ''
  const raw = context.info.verb === 'patch' ? applyPatch(context, endpoint, type, current) : readBody(context.request).value
  return decodeBody(context, endpoint, raw)
}

/** Adds ephemeral containers; nothing else changes, and none goes away. */
export function* ephemeralContainers(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const current = get(context, endpoint)
  if (context.info.verb === 'get') return jsonResponse(200, current)
  const decoded = wantedPod(context, endpoint, current)
  const list = clone(objs(decoded, 'spec', 'ephemeralContainers'))
  for (const old of objs(current, 'spec', 'ephemeralContainers')) {
    const now = list.find((c) => c.name === old.name)
    if (now === undefined)
      throw errors.newInvalid({ group: '', kind: 'Pod' }, context.info.name, [
        forbidden(`spec.ephemeralContainers`, `existing ephemeral containers ${JSON.stringify(old.name)} may not be removed\n`),
      ])
  }
  const wanted: Draft = {
    ...clone(current),
    metadata: { ...obj(current, 'metadata') },
  }
  wanted.spec = { ...(wanted.spec as Obj), ephemeralContainers: list }
  return jsonResponse(
    200,
    update(
      {
        ...context,
        info: { ...context.info, subresource: 'ephemeralcontainers' },
      },
      endpoint,
      current,
      wanted,
      { subresource: 'ephemeralcontainers' },
    ),
  )
}

/** Changes requests and limits of containers. */
export function* resize(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const current = get(context, endpoint)
  if (context.info.verb === 'get') return jsonResponse(200, current)
  const decoded = wantedPod(context, endpoint, current)
  const strip = (pod: Obj): unknown => {
    const spec = clone(obj(pod, 'spec')) as Draft
    for (const name of ['containers', 'initContainers']) for (const c of (spec[name] as Draft[] | undefined) ?? []) delete c.resources
    delete spec.resources
    return spec
  }
  const wanted: Draft = {
    ...clone(current),
    spec: obj(decoded, 'spec'),
    metadata: { ...obj(current, 'metadata') },
  }
  endpoint.kind.strategy?.defaults?.(wanted)
  if (!equal(strip(wanted), strip(current)))
    throw errors.newInvalid({ group: '', kind: 'Pod' }, str(current, 'metadata', 'name'), [
      forbidden('spec', 'only cpu and memory resources are mutable'),
    ])
  return jsonResponse(200, update(context, endpoint, current, wanted, { subresource: 'resize' }))
}

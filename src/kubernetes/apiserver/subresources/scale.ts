/** The number of replicas of anything that has some, as one kind: autoscaling/v1 Scale. */

import type { HttpResponse } from '#http/message.ts'
import { DecodeError, decodeAs } from '#kubernetes/api/decode.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { invalid } from '#kubernetes/api/field.ts'
import { clone, type Draft, isObj, num, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { definition } from '#kubernetes/api/schema.ts'
import type { Sim } from '#sim/wait.ts'
import { readBody } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { convertOut } from '../convert.ts'
import { applyPatch } from '../patch.ts'
import { jsonResponse } from '../response.ts'
import { get, update } from '../rest.ts'

const SCALE = 'io.k8s.api.autoscaling.v1.Scale'

export function* scale(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const current = get(context, endpoint)
  const shown = scaleOf(endpoint, current)
  switch (context.info.verb) {
    case 'get':
      return jsonResponse(200, shown)
    case 'update':
      return jsonResponse(200, write(context, endpoint, current, decodeScale(readBody(context.request).value)))
    case 'patch': {
      const type = (context.request.headers.get('content-type') ?? '').split(';')[0] ?? ''
      const scaleEndpoint: Endpoint = {
        kind: endpoint.kind,
        served: { group: 'autoscaling', version: 'v1', def: SCALE },
      }
      return jsonResponse(200, write(context, endpoint, current, decodeScale(applyPatch(context, scaleEndpoint, type, shown))))
    }
    default:
      throw errors.newMethodNotSupported(
        {
          group: endpoint.served.group,
          resource: `${endpoint.kind.plural}/scale`,
        },
        context.info.verb,
      )
  }
}

function decodeScale(raw: unknown): Draft {
  try {
    return decodeAs(raw, definition(SCALE)).value
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw errors.newBadRequest(`Scale in version "v1" cannot be handled as a Scale: ${error.message}`)
  }
}

/** An object as its scale shows it. */
export function scaleOf(endpoint: Endpoint, object: Obj): Obj {
  const mapping = endpoint.kind.scale
  if (mapping === undefined) throw errors.newPathNotFound()
  const { name, namespace, uid, resourceVersion, creationTimestamp } = obj(object, 'metadata')
  const spec: Draft = {}
  const replicas = num(object, ...mapping.specReplicas)
  if (replicas !== undefined && replicas !== 0) spec.replicas = replicas
  const status: Draft = {
    replicas: num(object, ...mapping.statusReplicas) ?? 0,
  }
  const selector = mapping.selector(object)
  if (selector !== '') status.selector = selector
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec,
    status,
  }
}

function write(context: RequestContext, endpoint: Endpoint, current: Obj, wanted: Obj): Obj {
  const replicas = num(wanted, 'spec', 'replicas') ?? 0
  const name = str(current, 'metadata', 'name')
  if (replicas < 0)
    throw errors.newInvalid({ group: 'autoscaling', kind: 'Scale' }, name, [
      invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ])
  const path = endpoint.kind.scale?.specReplicas ?? []
  const object = setIn(convertOut(endpoint, current), path, replicas) as Draft
  const version = str(wanted, 'metadata', 'resourceVersion')
  object.metadata = {
    ...obj(current, 'metadata'),
    ...(version === '' ? {} : { resourceVersion: version }),
  }
  return scaleOf(
    endpoint,
    update(context, endpoint, current, thaw(object, path), {
      subresource: 'scale',
    }),
  )
}

function setIn(value: unknown, path: readonly string[], leaf: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return leaf
  const out: Draft = isObj(value) ? { ...value } : {}
  out[first] = setIn(out[first], rest, leaf)
  return out
}

/** Defaults may be written into what was not copied: a deep copy of the spec, so that they can. */
function thaw(object: Draft, path: readonly string[]): Draft {
  const first = path[0] ?? 'spec'
  return { ...object, [first]: clone(object[first]) }
}

/** PATCH in its four kinds. Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go. */

import { JsonBody } from '#http/message.ts'
import { DecodeError, decodeAs } from '#kubernetes/api/decode.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { invalid } from '#kubernetes/api/field.ts'
import { type Draft, goJson, isObj, type Obj, obj, quote, sorted, str, without } from '#kubernetes/api/json.ts'
import { applyJsonPatch } from '#kubernetes/api/json-patch.ts'
import { applyConfiguration } from '#kubernetes/api/managed-fields.ts'
import { applyMergePatch } from '#kubernetes/api/merge-patch.ts'
import { definition } from '#kubernetes/api/schema.ts'
import { applyStrategicMergePatch, goMap } from '#kubernetes/api/strategic-merge-patch.ts'
import { decode } from '#sim/bytes.ts'
import { parseYaml } from './body.ts'
import { apiVersionOf, type Endpoint, type RequestContext } from './context.ts'
import { convertIn, convertOut } from './convert.ts'
import { create, decodeBody, groupResource, managerOf, update } from './rest.ts'

export interface Patched {
  readonly object: Obj
  readonly created: boolean
}

const JSON_PATCH = 'application/json-patch+json'
const MERGE_PATCH = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const APPLY = 'application/apply-patch+yaml'

/** Serves PATCH of an object or a subresource that has the object's own kind. */
export function patch(context: RequestContext, endpoint: Endpoint): Patched {
  const { kind } = endpoint
  const type = (context.request.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? ''
  const accepted = kind.custom === undefined ? [JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY] : [JSON_PATCH, MERGE_PATCH, APPLY]
  if (!accepted.includes(type)) {
    throw new errors.StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    )
  }
  const current = context.server.storage(kind).get(kind.namespaced ? context.info.namespace : '', context.info.name)
  if (type === APPLY) return apply(context, endpoint, current)
  if (current === undefined) throw errors.newNotFound({ group: endpoint.served.group, resource: kind.plural }, context.info.name)
  const document = convertOut(endpoint, current)
  const wanted = applyPatch(context, endpoint, type, document)
  const decoded = decodePatched(context, endpoint, type, wanted)
  const object = update(context, endpoint, current, convertIn(endpoint, decoded) as Draft, { subresource: context.info.subresource })
  return { object, created: false }
}

/** Decodes a patched document; what does not fit is the patch's fault. */
function decodePatched(context: RequestContext, endpoint: Endpoint, type: string, wanted: unknown): Draft {
  if (type === STRATEGIC) {
    try {
      decodeAs(wanted, definition(endpoint.served.def))
    } catch (error) {
      if (error instanceof DecodeError)
        throw errors.newInvalid({ group: '', kind: '' }, '', [
          invalid('patch', goMap(patchBody(context)), error.converted ?? error.message),
        ])
      throw error
    }
  }
  return decodeBody(context, endpoint, wanted)
}

/** The document a patch of that media type makes of `document`. */
export function applyPatch(context: RequestContext, endpoint: Endpoint, type: string, document: Obj): unknown {
  const body = patchBody(context)
  switch (type) {
    case JSON_PATCH:
      return applyJsonPatch(document, body)
    case MERGE_PATCH:
      if (!isObj(body)) throw errors.newBadRequest('Invalid JSON Patch')
      return applyMergePatch(document, body)
    default:
      return applyStrategicMergePatch(document, body, definition(endpoint.served.def))
  }
}

function patchBody(context: RequestContext): unknown {
  const body = context.request.body
  if (body instanceof JsonBody) return body.value
  const text = decode(body)
  try {
    return JSON.parse(text)
  } catch {
    throw errors.newBadRequest(`error decoding patch: invalid character '${text.trim().charAt(0)}' looking for beginning of value`)
  }
}

function apply(context: RequestContext, endpoint: Endpoint, current: Obj | undefined): Patched {
  const { kind, served } = endpoint
  const manager = context.query.get('fieldManager') ?? ''
  if (manager === '') {
    throw new errors.StatusError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      {
        group: 'meta.k8s.io',
        kind: 'PatchOptions',
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: is required for apply patch',
            field: 'fieldManager',
          },
        ],
      },
    )
  }
  const body = context.request.body
  const raw = body instanceof JsonBody ? body.value : parseYaml(decode(body))
  if (!isObj(raw)) throw errors.newBadRequest(`error decoding YAML: the configuration is no object`)
  const expected = apiVersionOf(served)
  if (str(raw, 'kind') !== kind.kind || str(raw, 'apiVersion') !== expected) {
    throw errors.newBadRequest(
      `failed to create typed patch object: incorrect version or kind: ${quote(str(raw, 'apiVersion'))}, Kind=${str(raw, 'kind')}`,
    )
  }
  if (Array.isArray(obj(raw, 'metadata').managedFields) && (obj(raw, 'metadata').managedFields as readonly unknown[]).length > 0)
    throw errors.newBadRequest('metadata.managedFields must be nil')
  const name = str(raw, 'metadata', 'name')
  if (name !== '' && name !== context.info.name)
    throw errors.newBadRequest(`the name of the object (${name}) does not match the name on the URL (${context.info.name})`)
  decodeBody(context, endpoint, raw)
  if (current === undefined && context.info.subresource !== '') throw errors.newNotFound(groupResource(kind), context.info.name)
  const uid = str(raw, 'metadata', 'uid')
  if (current === undefined && uid !== '') {
    throw errors.newConflict(
      groupResource(kind),
      context.info.name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    )
  }
  const writer = { ...managerOf(context, endpoint), manager }
  const live = current === undefined ? undefined : convertOut(endpoint, current)
  const config = canonical(raw, endpoint)
  const applied = applyConfiguration(live, config, writer, context.query.get('force') === 'true')
  const merged = manager === 'kubectl' && live !== undefined ? withLastApplied(applied.object, live, raw) : applied.object
  const decoded = decodeBody({ ...context, warnings: [] }, endpoint, merged)
  if (current === undefined) {
    const object = create({ ...context, finishManaged: applied.finish }, endpoint, decoded)
    return { object, created: true }
  }
  const wanted = convertIn(endpoint, decoded) as Draft
  const object = update({ ...context, finishManaged: applied.finish }, endpoint, current, wanted, { subresource: context.info.subresource })
  return { object, created: false }
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** An object that was once applied by the client keeps the annotation in step when kubectl has the server apply it. Source: lastAppliedUpdater. */
function withLastApplied(object: Obj, live: Obj, config: Obj): Obj {
  const meta = obj(object, 'metadata')
  if (str(live, 'metadata', 'annotations', LAST_APPLIED) === '') return object
  const own = without(obj(config, 'metadata'), 'managedFields')
  const annotations = without(obj(own, 'annotations'), LAST_APPLIED)
  const metadata = Object.keys(annotations).length === 0 ? without(own, 'annotations') : { ...own, annotations }
  const text = `${goJson(sorted({ ...config, metadata }))}\n`
  return { ...object, metadata: { ...meta, annotations: { ...obj(meta, 'annotations'), [LAST_APPLIED]: text } } }
}

/** Values in canonical form (quantities), so that what equals the live object is not taken for a change; nothing is added. */
function canonical(raw: Obj, endpoint: Endpoint): Obj {
  if (endpoint.kind.custom !== undefined) return raw
  return follow(raw, decodeAs(raw, definition(endpoint.served.def)).value) as Obj
}

/** The members of `raw` with the values of `decoded`. */
function follow(raw: unknown, decoded: unknown): unknown {
  if (Array.isArray(raw)) return Array.isArray(decoded) ? raw.map((item, i) => follow(item, decoded[i])) : decoded
  if (!isObj(raw)) return decoded ?? raw
  const out: Draft = {}
  for (const key of Object.keys(raw)) {
    if (raw[key] === null) continue
    const value = obj(decoded)[key]
    out[key] = value === undefined ? raw[key] : follow(raw[key], value)
  }
  return out
}

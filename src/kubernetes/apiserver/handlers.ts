/** From a request for a resource to the verb that serves it. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { invalid } from '#kubernetes/api/field.ts'
import { type Draft, isObj, type Obj, str } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { readBody } from './body.ts'
import { awaitCel } from './cel/loading.ts'
import { apiVersionOf, type Endpoint, type RequestContext } from './context.ts'
import { convertIn, convertOut } from './convert.ts'
import { patch } from './patch.ts'
import { ALL_VERBS } from './registry/kind.ts'
import { type Accepted, jsonResponse, negotiate, partialMetadata } from './response.ts'
import { checkFieldValidation, create, decodeBody, get, groupResource, list, predicateOf, remove, update } from './rest.ts'
import { serveReview } from './reviews.ts'
import { legacyBinding } from './subresources/binding.ts'
import { serveSubresource } from './subresources.ts'
import { tableOf } from './table.ts'
import { watchResponse } from './watch.ts'
import { yamlBody } from './yaml.ts'

export function* serveResource(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const { info } = context
  const { kind, served } = endpoint
  if (kind.deprecation !== undefined) context.warnings.push(kind.deprecation)
  checkFieldValidation(context)
  yield* awaitCel(context, endpoint)
  if (info.subresource !== '' && info.subresource !== 'status') return yield* serveSubresource(context, endpoint)
  if (info.subresource === 'status' && kind.status !== true) throw errors.newPathNotFound()
  const verbs = kind.verbs ?? ALL_VERBS
  if (!verbs.includes(info.verb)) throw errors.newMethodNotSupported({ group: served.group, resource: kind.plural }, info.verb)
  const review = serveReview(context, endpoint) ?? serveComponentStatus(context, endpoint)
  if (review !== undefined) return review
  if (kind.kind === 'Binding' && kind.custom === undefined) return legacyBinding(context)
  const accepted = negotiate(context.request, true)
  switch (info.verb) {
    case 'get':
      return respond(context, endpoint, 200, get(context, endpoint), accepted)
    case 'list':
      return listResponse(context, endpoint, accepted)
    case 'watch':
      return watchResponse(context, endpoint, context.server.storage(kind), predicateOf(context, endpoint), accepted)
    case 'create': {
      const { value, duplicates } = readBody(context.request)
      return respond(context, endpoint, 201, create(context, endpoint, decodeBody(context, endpoint, value, duplicates)), accepted)
    }
    case 'update':
      return put(context, endpoint, accepted)
    case 'patch': {
      const result = patch(context, endpoint)
      return respond(context, endpoint, result.created ? 201 : 200, result.object, accepted)
    }
    case 'delete':
      return respondDeleted(context, endpoint, accepted)
    case 'deletecollection':
      return deleteCollection(context, endpoint, accepted)
    default:
      throw errors.newMethodNotSupported(groupResource(kind), info.verb)
  }
}

/** The parts of the control plane; a server that answers takes them for healthy. */
function serveComponentStatus(context: RequestContext, endpoint: Endpoint): HttpResponse | undefined {
  if (endpoint.kind.kind !== 'ComponentStatus') return undefined
  const items = ['scheduler', 'controller-manager', 'etcd-0'].map((name) => ({
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name },
    conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
  }))
  const accepted = negotiate(context.request, true)
  if (context.info.verb === 'get') {
    const one = items.find((i) => i.metadata.name === context.info.name)
    if (one === undefined) throw errors.newNotFound({ group: '', resource: 'componentstatuses' }, context.info.name)
    return respond(context, endpoint, 200, one, accepted)
  }
  if (accepted.shape === 'table')
    return jsonResponse(200, tableOf(endpoint.kind, items, {}, context.query.get('includeObject') ?? 'Metadata', context.now))
  return jsonResponse(200, {
    kind: 'ComponentStatusList',
    apiVersion: 'v1',
    metadata: {},
    items,
  })
}

function put(context: RequestContext, endpoint: Endpoint, accepted: Accepted): HttpResponse {
  const { value, duplicates } = readBody(context.request)
  const decoded = decodeBody(context, endpoint, value, duplicates)
  const { kind } = endpoint
  const current = context.server.storage(kind).get(kind.namespaced ? context.info.namespace : '', context.info.name)
  if (current === undefined) {
    if (kind.strategy?.allowCreateOnUpdate === true && context.info.subresource === '') {
      if (str(decoded, 'metadata', 'uid') !== '')
        throw errors.newConflict(
          groupResource(kind),
          context.info.name,
          `Precondition failed: UID in precondition: ${str(decoded, 'metadata', 'uid')}, UID in object meta: `,
        )
      return respond(context, endpoint, 201, create(context, endpoint, decoded), accepted)
    }
    throw errors.newNotFound({ group: endpoint.served.group, resource: kind.plural }, context.info.name)
  }
  const wanted = convertIn(endpoint, decoded) as Draft
  if (str(wanted, 'metadata', 'resourceVersion') === '' && kind.strategy?.allowUnconditionalUpdate === false) {
    throw errors.newInvalid({ group: endpoint.served.group, kind: kind.kind }, context.info.name, [mustBeSet()])
  }
  return respond(
    context,
    endpoint,
    200,
    update(context, endpoint, current, wanted, {
      subresource: context.info.subresource,
    }),
    accepted,
  )
}

const mustBeSet = () => invalid('metadata.resourceVersion', '', 'must be specified for an update')

/** An object in the shape asked for. */
export function respond(context: RequestContext, endpoint: Endpoint, status: number, object: Obj, accepted: Accepted): HttpResponse {
  const shown = convertOut(endpoint, object)
  if (accepted.yaml) return yamlBody(status, shown)
  if (accepted.shape === 'table' && shown.kind !== 'Status') {
    const include = context.query.get('includeObject') ?? 'Metadata'
    return jsonResponse(
      status,
      tableOf(endpoint.kind, [shown], { resourceVersion: str(shown, 'metadata', 'resourceVersion') }, include, context.now),
    )
  }
  if (accepted.shape === 'partial' && shown.kind !== 'Status') return jsonResponse(status, partialMetadata(shown))
  return jsonResponse(status, shown)
}

function listResponse(context: RequestContext, endpoint: Endpoint, accepted: Accepted): HttpResponse {
  const { items, meta } = list(context, endpoint)
  const shown = endpoint.served === endpoint.kind.served[0] ? items : items.map((item) => convertOut(endpoint, item))
  if (accepted.shape === 'table')
    return jsonResponse(200, tableOf(endpoint.kind, shown, meta, context.query.get('includeObject') ?? 'Metadata', context.now))
  if (accepted.shape === 'partial') {
    return jsonResponse(200, {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: meta,
      items: shown.map((o) => ({ metadata: o.metadata })),
    })
  }
  const body = {
    kind: `${endpoint.kind.kind}List`,
    apiVersion: apiVersionOf(endpoint.served),
    metadata: meta,
    items: endpoint.kind.custom === undefined ? shown.map(withoutType) : shown,
  }
  return accepted.yaml ? yamlBody(200, body) : jsonResponse(200, body)
}

/** Items of typed lists don't repeat their kind. */
function withoutType(object: Obj): Obj {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object
  return rest
}

/** DeleteOptions from the body and the query. */
export function deleteOptions(context: RequestContext): Obj {
  const { value } = readBody(context.request)
  const options: Draft = isObj(value) ? { ...value } : {}
  const { query } = context
  const grace = query.get('gracePeriodSeconds')
  if (grace !== undefined && grace !== '') options.gracePeriodSeconds = Number(grace)
  const policy = query.get('propagationPolicy')
  if (policy !== undefined && policy !== '') options.propagationPolicy = policy
  const orphan = query.get('orphanDependents')
  if (orphan !== undefined) options.orphanDependents = orphan === 'true'
  return options
}

const isDry = (context: RequestContext, options: Obj): RequestContext =>
  Array.isArray(options.dryRun) && options.dryRun.includes('All') ? { ...context, dryRun: true } : context

function respondDeleted(context: RequestContext, endpoint: Endpoint, accepted: Accepted): HttpResponse {
  const options = deleteOptions(context)
  checkDeleteOptions(options)
  const current = get(context, endpoint)
  const result = remove(isDry(context, options), endpoint, current, options)
  return result.kind === 'Status' ? jsonResponse(200, result) : respond(context, endpoint, 200, result, accepted)
}

function checkDeleteOptions(options: Obj): void {
  const policy = options.propagationPolicy
  if (policy !== undefined && policy !== null && !['Orphan', 'Background', 'Foreground'].includes(String(policy))) {
    throw new errors.StatusError(
      422,
      'Invalid',
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${String(policy)}": supported values: "Foreground", "Background", "Orphan", "nil"`,
      { group: 'meta.k8s.io', kind: 'DeleteOptions' },
    )
  }
}

function deleteCollection(context: RequestContext, endpoint: Endpoint, accepted: Accepted): HttpResponse {
  const options = deleteOptions(context)
  checkDeleteOptions(options)
  const { items, meta } = list(context, endpoint)
  const to = isDry(context, options)
  const gone: Obj[] = []
  for (const item of items) {
    try {
      remove(to, endpoint, item, { ...options, preconditions: undefined })
      gone.push(item)
    } catch (error) {
      if (!(error instanceof errors.StatusError) || error.code !== 404) throw error
    }
  }
  void accepted
  return jsonResponse(200, {
    kind: `${endpoint.kind.kind}List`,
    apiVersion: apiVersionOf(endpoint.served),
    metadata: meta,
    items: gone.map((o) => withoutType(convertOut(endpoint, o))),
  })
}

/**
 * OpenAPI documents, made from the schema when somebody asks: v3 a document for each group and version.
 */
import { sha512 } from '@noble/hashes/sha2.js'
import { Headers, type HttpResponse } from '#http/message.ts'
import { SCHEMA_DOCS } from '#kubernetes/api/generated/schema-docs.ts'
import { clone, type Draft, isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isAtomicDef, type Merging, mergingOf } from '#kubernetes/api/merging.ts'
import { type Def, type Field, lookup, type Type } from '#kubernetes/api/schema.ts'
import { encode } from '#sim/bytes.ts'
import { apiVersionOf, type RequestContext } from './context.ts'
import { groups } from './discovery.ts'
import { encodeSwagger } from './openapi-v2-protobuf.ts'
import { ALL_VERBS, type Kind, type Served } from './registry/kind.ts'
import { jsonResponse } from './response.ts'
import type { ApiServer } from './server.ts'

/** By definition: description and, by field, [description, 1 if required, values]. */
type Docs = {
  readonly [def: string]: readonly [
    string,
    {
      readonly [field: string]: readonly [string, 0 | 1, (readonly string[])?]
    },
  ]
}
let docs: Docs | undefined
const loadDocs = (): Docs => {
  docs ??= JSON.parse(SCHEMA_DOCS) as Docs
  return docs
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const SPECIAL: {
  readonly [scalar: string]: { readonly name: string; readonly schema: Obj }
} = {
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: {
      oneOf: [{ type: 'string' }, { type: 'number' }],
      description: quantityText(),
    },
  },
  intstr: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: {
      oneOf: [{ type: 'integer' }, { type: 'string' }],
      format: 'int-or-string',
      description:
        'IntOrString is a type that can hold an int32 or a string.  When used in JSON or YAML marshalling and unmarshalling, it produces or consumes the inner type.  This allows you to have, for example, a JSON field that can accept a name or number.',
    },
  },
  time: {
    name: `${META}.Time`,
    schema: {
      type: 'string',
      format: 'date-time',
      description:
        'Time is a wrapper around time.Time which supports correct marshaling to YAML and JSON.  Wrappers are provided for many of the factory methods that the time package offers.',
    },
  },
  microtime: {
    name: `${META}.MicroTime`,
    schema: {
      type: 'string',
      format: 'date-time',
      description: 'MicroTime is version of Time with microsecond level precision.',
    },
  },
  duration: {
    name: `${META}.Duration`,
    schema: {
      type: 'string',
      description: 'Duration is a wrapper around time.Duration which supports correct marshaling to YAML and JSON.',
    },
  },
}

/** How quantities are written, in the project's own words. */
function quantityText(): string {
  return 'Quantity is a number with a unit: decimal (n, u, m, k, M, G, T, P, E), binary (Ki, Mi, Gi, Ti, Pi, Ei) or with an exponent (1e3).'
}

export function serveOpenApi(context: RequestContext, parts: readonly string[]): HttpResponse | undefined {
  const { server } = context
  if (parts[1] === 'v3' && parts.length === 2) return jsonResponse(200, { paths: openApiPaths(server) })
  if (parts[1] === 'v3') {
    const [, , root, ...rest] = parts
    const group = root === 'api' ? '' : (rest[0] ?? '')
    const version = root === 'api' ? (rest[0] ?? '') : (rest[1] ?? '')
    if (root !== 'api' && root !== 'apis')
      return jsonResponse(200, {
        openapi: '3.0.0',
        info: info(server),
        paths: {},
      })
    if (version === '')
      return jsonResponse(200, {
        openapi: '3.0.0',
        info: info(server),
        paths: {},
      })
    const document = groupDocument(server, group, version)
    return document === undefined ? undefined : jsonResponse(200, document)
  }
  if (parts[1] === 'v2') {
    const document = swagger(server)
    if (!(context.request.headers.get('accept') ?? '').includes('proto-openapi')) return jsonResponse(200, document)
    return {
      status: 200,
      headers: new Headers([['content-type', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf']]),
      body: encodeSwagger(document),
    }
  }
  return undefined
}

const info = (server: ApiServer): Obj => ({
  title: 'Kubernetes',
  version: server.version,
})

function openApiPaths(server: ApiServer): Obj {
  const out: Draft = {}
  const add = (path: string): void => {
    const hash = [
      ...sha512(
        encode(
          `${path} ${server.version} ${server.kinds.all
            .filter((k) => k.custom !== undefined)
            .map((k) => str(k.custom, 'metadata', 'resourceVersion'))
            .join(',')}`,
        ),
      ),
    ]
    out[path] = {
      serverRelativeURL: `/openapi/v3/${path}?hash=${hash
        .map((b) => b.toString(16).padStart(2, '0'))
        .join('')
        .toUpperCase()}`,
    }
  }
  const paths = ['.well-known/openid-configuration', 'api', 'apis', 'openid/v1/jwks', 'version']
  for (const group of groups(server)) {
    if (group.name !== '') paths.push(`apis/${group.name}`)
    for (const version of group.versions) paths.push(group.name === '' ? `api/${version}` : `apis/${group.name}/${version}`)
  }
  for (const path of paths.sort()) add(path)
  return out
}

function groupDocument(server: ApiServer, group: string, version: string): Obj | undefined {
  const schemas: Draft = {}
  const paths: Draft = {}
  let found = false
  for (const kind of server.kinds.all) {
    const served = kind.served.find((s) => s.group === group && s.version === version)
    if (served === undefined) continue
    found = true
    const gvk = { group, version, kind: kind.kind }
    if (kind.custom === undefined) {
      addDefinition(schemas, served.def, gvk)
      addList(schemas, kind, served)
    } else {
      schemas[customName(kind, served)] = customSchema(kind, served)
      addDefinition(schemas, `${META}.ObjectMeta`)
    }
    addPaths(paths, kind, served, server)
  }
  if (!found) return undefined
  addDefinition(schemas, `${META}.DeleteOptions`)
  addDefinition(schemas, `${META}.Status`)
  return {
    openapi: '3.0.0',
    info: info(server),
    paths,
    components: { schemas },
  }
}

const ref = (name: string): Obj => ({ $ref: `#/components/schemas/${name}` })

function addList(schemas: Draft, kind: Kind, served: Served): void {
  if (!(kind.verbs ?? ALL_VERBS).includes('list')) return
  addDefinition(schemas, `${META}.ListMeta`)
  schemas[`${served.def}List`] = {
    type: 'object',
    description: `${kind.kind}List is a list of ${kind.kind} objects.`,
    required: ['items'],
    properties: {
      apiVersion: API_VERSION,
      items: {
        type: 'array',
        items: { allOf: [ref(served.def)], default: {} },
      },
      kind: KIND,
      metadata: { allOf: [ref(`${META}.ListMeta`)], default: {} },
    },
    'x-kubernetes-group-version-kind': [
      {
        group: served.group,
        kind: `${kind.kind}List`,
        version: served.version,
      },
    ],
  }
}

const API_VERSION = {
  type: 'string',
  description:
    'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
}
const KIND = {
  type: 'string',
  description:
    'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
}

/** Adds the schema of a definition and of all it refers to. */
function addDefinition(schemas: Draft, name: string, gvk?: Obj): void {
  if (schemas[name] !== undefined) return
  const def = lookup(name)
  if (def === undefined) return
  const text = loadDocs()[name]
  const schema: Draft = { type: 'object' }
  if (text !== undefined && text[0] !== '') schema.description = text[0]
  schemas[name] = schema
  const properties: Draft = {}
  const required: string[] = []
  if (gvk !== undefined || TYPED.has(def.go)) {
    properties.apiVersion = API_VERSION
    properties.kind = KIND
  }
  for (const [json, field] of def.json) {
    const about = text?.[1][json]
    properties[json] = fieldSchema(schemas, def, field, json, about?.[0] ?? '', about?.[2])
    if (about?.[1] === 1) required.push(json)
  }
  schema.properties = properties
  if (required.length > 0) schema.required = required
  if (isAtomicDef(def)) schema['x-kubernetes-map-type'] = 'atomic'
  if (gvk !== undefined) schema['x-kubernetes-group-version-kind'] = [gvk]
}
const TYPED = new Set(['Status', 'DeleteOptions'])

function fieldSchema(
  schemas: Draft,
  def: Def,
  field: Field,
  json: string,
  description: string,
  values: readonly string[] | undefined,
): Obj {
  const merging = mergingOf(def, json)
  const base = typeSchema(schemas, field.type)
  const out: Draft = base.$ref !== undefined ? { allOf: [base] } : { ...base }
  if (description !== '') out.description = description
  if (values !== undefined) out.enum = values
  if (!field.pointer && !field.omitEmpty) {
    if (field.type.kind === 'struct') out.default = {}
    else if (field.type.kind === 'scalar' && field.type.scalar === 'string') out.default = ''
    else if (field.type.kind === 'scalar' && (field.type.scalar === 'int32' || field.type.scalar === 'int64')) out.default = 0
    else if (field.type.kind === 'scalar' && field.type.scalar === 'bool') out.default = false
  } else if (!field.pointer && field.type.kind === 'struct') out.default = {}
  return { ...out, ...extensions(field.type, merging) }
}

function extensions(type: Type, merging: Merging): Obj {
  const out: Draft = {}
  if (merging.mapKeys !== undefined) {
    out['x-kubernetes-list-map-keys'] = merging.mapKeys
    out['x-kubernetes-list-type'] = 'map'
  } else if (merging.set === true) out['x-kubernetes-list-type'] = 'set'
  else if (type.kind === 'slice') out['x-kubernetes-list-type'] = 'atomic'
  if (merging.atomic === true && type.kind !== 'slice') out['x-kubernetes-map-type'] = 'atomic'
  if (merging.patchKey !== undefined) out['x-kubernetes-patch-merge-key'] = merging.patchKey
  const strategies = [...(merging.patchMerge === true ? ['merge'] : []), ...(merging.retainKeys === true ? ['retainKeys'] : [])]
  if (strategies.length > 0) out['x-kubernetes-patch-strategy'] = strategies.join(',')
  return out
}

function typeSchema(schemas: Draft, type: Type): Draft {
  switch (type.kind) {
    case 'struct':
      addDefinition(schemas, type.def.name)
      return { ...ref(type.def.name) }
    case 'slice':
      return { type: 'array', items: itemSchema(schemas, type.elem) }
    case 'map':
      return {
        type: 'object',
        additionalProperties: itemSchema(schemas, type.elem),
      }
    case 'scalar':
      return scalarSchema(schemas, type)
  }
}

function itemSchema(schemas: Draft, type: Type): Obj {
  const schema = typeSchema(schemas, type)
  if (schema.$ref !== undefined)
    return {
      allOf: [schema],
      ...(type.kind === 'struct' ? { default: {} } : {}),
    }
  return type.kind === 'scalar' && type.scalar === 'string' ? { ...schema, default: '' } : schema
}

function scalarSchema(schemas: Draft, type: Type & { readonly kind: 'scalar' }): Draft {
  const special = SPECIAL[type.scalar]
  if (special !== undefined) {
    schemas[special.name] ??= special.schema
    return { ...ref(special.name) }
  }
  switch (type.scalar) {
    case 'int32':
    case 'int64':
      return { type: 'integer', format: type.scalar }
    case 'float64':
      return { type: 'number', format: 'double' }
    case 'bool':
      return { type: 'boolean' }
    case 'bytes':
      return { type: 'string', format: 'byte' }
    case 'raw': {
      const name = type.go.endsWith('FieldsV1')
        ? `${META}.FieldsV1`
        : type.go.startsWith('v1.JSON')
          ? `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${type.go}`
          : 'io.k8s.apimachinery.pkg.runtime.RawExtension'
      schemas[name] ??= {
        ...(type.go.startsWith('v1.JSON') ? {} : { type: 'object' }),
        description: loadDocs()[name]?.[0] ?? '',
      }
      return { ...ref(name) }
    }
    default:
      return { type: 'string' }
  }
}

export const customName = (kind: Kind, served: Served): string =>
  `${served.group.split('.').reverse().join('.')}.${served.version}.${kind.kind}`

/** The schema of a custom resource's version, with the members every object has. */
function customSchema(kind: Kind, served: Served): Obj {
  const version = objs(kind.custom, 'spec', 'versions').find((v) => v.name === served.version)
  const schema = clone(obj(version, 'schema', 'openAPIV3Schema')) as Draft
  const properties: Draft = {
    ...obj(schema, 'properties'),
    apiVersion: API_VERSION,
    kind: KIND,
  }
  properties.metadata = {
    description:
      "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
    allOf: [ref(`${META}.ObjectMeta`)],
  }
  return {
    ...schema,
    type: 'object',
    properties,
    'x-kubernetes-group-version-kind': [{ group: served.group, kind: kind.kind, version: served.version }],
  }
}

const PARAMETERS = (...names: readonly string[]): Obj[] =>
  names.map((name) => ({
    name,
    in: 'query',
    schema: {
      type: name === 'force' ? 'boolean' : 'string',
      uniqueItems: true,
    },
  }))
const STRATEGIC = 'application/strategic-merge-patch+json'

function addPaths(paths: Draft, kind: Kind, served: Served, _server: ApiServer): void {
  const gvk = { group: served.group, kind: kind.kind, version: served.version }
  const base = served.group === '' ? `/api/${served.version}` : `/apis/${apiVersionOf(served)}`
  const collection = `${base}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}`
  const verbs = kind.verbs ?? ALL_VERBS
  const operation = (action: string, ...parameters: readonly string[]): Draft => ({
    tags: [],
    operationId: `${action}${kind.kind}`,
    parameters: PARAMETERS(...parameters),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  })
  const body = (...types: readonly string[]): Obj => ({
    content: Object.fromEntries(types.map((t) => [t, { schema: {} }])),
  })
  const item: Draft = {}
  const all: Draft = {}
  if (verbs.includes('list')) all.get = operation('list')
  if (verbs.includes('create'))
    all.post = {
      ...operation('post', 'dryRun', 'fieldManager', 'fieldValidation'),
      requestBody: body('*/*'),
    }
  if (verbs.includes('deletecollection')) all.delete = operation('deletecollection', 'dryRun')
  if (verbs.includes('get')) item.get = operation('get')
  if (verbs.includes('update'))
    item.put = {
      ...operation('put', 'dryRun', 'fieldManager', 'fieldValidation'),
      requestBody: body('*/*'),
    }
  if (verbs.includes('patch')) {
    const types = [
      'application/json-patch+json',
      'application/merge-patch+json',
      ...(kind.custom === undefined ? [STRATEGIC] : []),
      'application/apply-patch+yaml',
      'application/apply-patch+cbor',
    ]
    item.patch = {
      ...operation('patch', 'dryRun', 'fieldManager', 'fieldValidation', 'force'),
      requestBody: body(...types),
    }
  }
  if (verbs.includes('delete')) item.delete = operation('delete', 'dryRun')
  if (Object.keys(all).length > 0) paths[collection] = all
  if (Object.keys(item).length > 0) paths[`${collection}/{name}`] = item
}

/** The old form: definitions of every group in one document. */
function swagger(server: ApiServer): Obj {
  const definitions: Draft = {}
  for (const group of groups(server)) {
    for (const version of group.versions)
      Object.assign(definitions, obj(groupDocument(server, group.name, version), 'components', 'schemas'))
  }
  return {
    swagger: '2.0',
    info: info(server),
    paths: {},
    definitions: rewriteRefs(definitions),
  }
}

function rewriteRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewriteRefs)
  if (!isObj(value)) return value
  const out: Draft = {}
  for (const key of Object.keys(value)) {
    const inner = value[key]
    out[key] = key === '$ref' && typeof inner === 'string' ? inner.replace('#/components/schemas/', '#/definitions/') : rewriteRefs(inner)
  }
  return out
}

/**
 * The verbs of every kind: create, get, list, update, patch, delete. What differs between kinds is in their definitions.
 * Source: k8s.io/apiserver pkg/registry/generic/registry, pkg/endpoints/handlers.
 */

import { DecodeError, decodeAs } from '#kubernetes/api/decode.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { type Draft, equal, equalBut, isObj, type Obj, obj, objs, quote, str, strs, without } from '#kubernetes/api/json.ts'
import { type FieldRequirement, parseFieldSelector, parseLabelSelectorParam } from '#kubernetes/api/labels.ts'
import { updateManagedFields } from '#kubernetes/api/managed-fields.ts'
import { generateName } from '#kubernetes/api/names.ts'
import { definition } from '#kubernetes/api/schema.ts'
import { CompactedError } from '#kubernetes/etcd/store.ts'
import { decode as decodeText, encode as encodeText, fromBase64, toBase64 } from '#sim/bytes.ts'
import { rfc3339 } from '#sim/time.ts'
import { type Attributes, admit, validateAdmission } from './admission/admission.ts'
import { apiVersionOf, type Endpoint, type RequestContext } from './context.ts'
import { convertIn, convertOut } from './convert.ts'
import { decodeCustom } from './custom.ts'
import type { Kind } from './registry/kind.ts'
import { nameOf, namespaceOf } from './response.ts'
import { type Predicate, type Storage, selects } from './storage.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './validation/meta.ts'

export const groupResource = (kind: Kind): errors.GroupResource => ({
  group: kind.served[0].group,
  resource: kind.plural,
})
export const groupKind = (kind: Kind): { readonly group: string; readonly kind: string } => ({
  group: kind.served[0].group,
  kind: kind.kind,
})
const endpointResource = (endpoint: Endpoint): errors.GroupResource => ({
  group: endpoint.served.group,
  resource: endpoint.kind.plural,
})

/** Decodes a body as the endpoint's type; unknown fields are refused, warned of or ignored, as the request asks. */
export function decodeBody(context: RequestContext, endpoint: Endpoint, raw: unknown, duplicates: readonly string[] = []): Draft {
  const { kind, served } = endpoint
  if (raw === undefined || raw === null) throw errors.newBadRequest(`Object 'Kind' is missing in ''`)
  const given = str(raw, 'kind')
  const version = str(raw, 'apiVersion')
  const expected = apiVersionOf(served)
  if (given !== '' && (given !== kind.kind || (version !== '' && version !== expected))) checkKind(context, endpoint, given, version)
  const withType = isObj(raw) ? { ...raw, kind: kind.kind, apiVersion: expected } : raw
  try {
    const { value, strict } =
      kind.custom === undefined ? decodeAs(withType, definition(served.def)) : decodeCustom(withType as Obj, kind, served)
    applyFieldValidation(context, endpoint, [...duplicates, ...strict])
    return value
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw errors.newBadRequest(`${kind.kind} in version "${served.version}" cannot be handled as a ${kind.kind}: ${error.message}`)
  }
}

function checkKind(context: RequestContext, endpoint: Endpoint, given: string, version: string): void {
  const expected = apiVersionOf(endpoint.served)
  const slash = version.indexOf('/')
  const group = slash < 0 ? '' : version.slice(0, slash)
  const known = context.server.kinds.byKind(group, given, slash < 0 ? version : version.slice(slash + 1))
  if (known === undefined)
    throw errors.newBadRequest(
      `${given} in version "${slash < 0 ? version : version.slice(slash + 1)}" cannot be handled as a ${endpoint.kind.kind}: no kind "${given}" is registered for version "${version}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    )
  const gvk = (v: string, k: string): string => {
    const [g, x] = v.includes('/') ? [v.slice(0, v.indexOf('/')), v.slice(v.indexOf('/') + 1)] : ['', v]
    return `${g}/${x}, Kind=${k}`
  }
  if (version !== expected && given === endpoint.kind.kind && group === endpoint.served.group) {
    throw errors.newBadRequest(`the API version in the data (${version}) does not match the expected API version (${expected})`)
  }
  throw errors.newBadRequest(
    `${given} in version "${slash < 0 ? version : version.slice(slash + 1)}" cannot be handled as a ${endpoint.kind.kind}: converting (${gvk(version, given)}) to (${gvk(expected, endpoint.kind.kind)}): unknown conversion`,
  )
}

function applyFieldValidation(context: RequestContext, endpoint: Endpoint, strict: readonly string[]): void {
  if (strict.length === 0) return
  const mode = context.query.get('fieldValidation') ?? 'Warn'
  if (mode === 'Strict') {
    throw errors.newBadRequest(
      `${endpoint.kind.kind} in version "${endpoint.served.version}" cannot be handled as a ${endpoint.kind.kind}: strict decoding error: ${strict.join(', ')}`,
    )
  }
  if (mode === 'Warn') context.warnings.push(...strict)
}

export function checkFieldValidation(context: RequestContext): void {
  const mode = context.query.get('fieldValidation')
  if (mode === undefined || ['', 'Ignore', 'Warn', 'Strict'].includes(mode)) return
  throw new errors.StatusError(
    422,
    'Invalid',
    `${OPTIONS[context.info.verb] ?? 'CreateOptions'}.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: ${quote(mode)}: supported values: "Ignore", "Strict", "Warn"`,
    {
      group: 'meta.k8s.io',
      kind: OPTIONS[context.info.verb] ?? 'CreateOptions',
    },
  )
}
const OPTIONS: { readonly [verb: string]: string } = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
}

/** Creates an object and returns it as stored (in the stored version). */
export function create(context: RequestContext, endpoint: Endpoint, decoded: Draft): Obj {
  const { server } = context
  const kind = endpoint.kind
  const storage = server.storage(kind)
  const object = convertIn(endpoint, decoded) as Draft
  const meta = metaDraft(object)
  ensureNamespace(context, kind, meta, endpoint)
  if (context.info.name !== '' && str(meta, 'name') === '') meta.name = context.info.name
  kind.strategy?.defaults?.(object)
  // Who set which field is noted before admission and strategy add theirs.
  const written: Draft = { ...object, metadata: { ...meta } }
  if (kind.status === true) delete written.status
  updateManagedFields(written, undefined, managerOf(context, endpoint))
  admit(context, {
    operation: 'CREATE',
    kind,
    endpoint,
    object,
    old: undefined,
  })
  if (str(meta, 'deletionTimestamp') !== '') delete meta.deletionTimestamp
  delete meta.deletionGracePeriodSeconds
  delete meta.selfLink
  const random = server.random
  if (str(meta, 'name') === '' && str(meta, 'generateName') !== '') meta.name = generateName(str(meta, 'generateName'), random)
  meta.uid = random.uuid()
  meta.creationTimestamp = rfc3339(context.now)
  delete meta.resourceVersion
  if (usesGeneration(kind)) meta.generation = 1
  else if (kind.custom === undefined) delete meta.generation
  kind.strategy?.prepareForCreate?.(object, context)
  const problems = [...validateObjectMeta(object, kind), ...(kind.strategy?.validate?.(object, context) ?? [])]
  if (problems.length > 0) {
    kind.strategy?.undoCreate?.(object, context)
    throw errors.newInvalid(groupKind(kind), str(meta, 'name'), problems)
  }
  context.warnings.push(...(kind.strategy?.warnings?.(object, undefined) ?? []))
  if (context.finishManaged !== undefined) context.finishManaged(object)
  else keep(meta, obj(written, 'metadata'), 'managedFields')
  try {
    validateAdmission(context, {
      operation: 'CREATE',
      kind,
      endpoint,
      object,
      old: undefined,
    })
  } catch (error) {
    kind.strategy?.undoCreate?.(object, context)
    throw error
  }
  const namespace = str(meta, 'namespace')
  const name = str(meta, 'name')
  if (context.dryRun) {
    kind.strategy?.undoCreate?.(object, context)
    if (storage.get(namespace, name) !== undefined) throw errors.newAlreadyExists(groupResource(kind), name)
    return object
  }
  const stored = storage.create(namespace, name, object)
  if (stored === undefined) {
    kind.strategy?.undoCreate?.(object, context)
    throw errors.newAlreadyExists(groupResource(kind), name)
  }
  if (kind.ttlSeconds !== undefined) server.expire(kind, namespace, name, kind.ttlSeconds)
  kind.strategy?.afterCreate?.(stored, context)
  return stored
}

function manage(context: RequestContext, endpoint: Endpoint, object: Draft, old: Obj | undefined): void {
  if (context.finishManaged !== undefined) context.finishManaged(object)
  else updateManagedFields(object, old, managerOf(context, endpoint))
}

function metaDraft(object: Draft): Draft {
  const meta = object.metadata
  if (isObj(meta)) {
    const copy = { ...meta }
    object.metadata = copy
    return copy
  }
  const made: Draft = {}
  object.metadata = made
  return made
}

function ensureNamespace(context: RequestContext, kind: Kind, meta: Draft, endpoint: Endpoint): void {
  const given = str(meta, 'namespace')
  const asked = context.info.namespace
  if (!kind.namespaced) {
    if (given !== '') throw errors.newBadRequest('namespace is not allowed on this type')
    return
  }
  if (asked === '') throw errors.newBadRequest(`an empty namespace may not be set during creation`)
  if (given === '') meta.namespace = asked
  else if (given !== asked)
    throw errors.newBadRequest(`the namespace of the provided object does not match the namespace sent on the request`)
  void endpoint
}

const usesGeneration = (kind: Kind): boolean =>
  kind.strategy?.generationOf !== false && (kind.strategy?.generationOf !== undefined || kind.custom !== undefined)

export function managerOf(context: RequestContext, endpoint: Endpoint) {
  return {
    manager: context.manager,
    apiVersion: apiVersionOf(endpoint.served),
    time: rfc3339(context.now),
    subresource: context.info.subresource,
    def: endpoint.kind.custom === undefined ? definition(endpoint.kind.served[0].def) : undefined,
  }
}

/** The object, or NotFound. */
export function get(context: RequestContext, endpoint: Endpoint, name = context.info.name): Obj {
  const found = context.server.storage(endpoint.kind).get(endpoint.kind.namespaced ? context.info.namespace : '', name)
  if (found === undefined) throw errors.newNotFound(endpointResource(endpoint), name)
  return found
}

/** What the request's selectors select. Throws BadRequest for selectors that are none. */
export function predicateOf(context: RequestContext, endpoint: Endpoint): Predicate {
  const labels = context.query.get('labelSelector') ?? ''
  const text = context.query.get('fieldSelector') ?? ''
  const selector = labels === '' ? [] : parseLabelSelectorParam(labels)
  let fields: readonly FieldRequirement[] = []
  if (text !== '') {
    try {
      fields = parseFieldSelector(text)
    } catch (error) {
      throw errors.newBadRequest(error instanceof Error ? error.message : String(error))
    }
    for (const f of fields) checkField(endpoint, f.field)
  }
  return {
    namespace: endpoint.kind.namespaced ? context.info.namespace : '',
    labels: selector,
    fields,
  }
}

function checkField(endpoint: Endpoint, field: string): void {
  const kind = endpoint.kind
  if (field === 'metadata.name' || (field === 'metadata.namespace' && (kind.namespaced || kind.fields === undefined))) return
  if (kind.fields === undefined) {
    throw errors.newBadRequest(`${quote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`)
  }
  if (kind.fields[field] === undefined) throw errors.newBadRequest(`field label not supported: ${field}`)
}

export interface Listed {
  readonly items: readonly Obj[]
  readonly meta: Obj
}

/** The objects asked for, in pages when the request has a limit. */
export function list(context: RequestContext, endpoint: Endpoint): Listed {
  const storage = context.server.storage(endpoint.kind)
  const predicate = predicateOf(context, endpoint)
  const limit = Number(context.query.get('limit') ?? '0')
  const token = context.query.get('continue') ?? ''
  const version = context.query.get('resourceVersion') ?? ''
  const match = context.query.get('resourceVersionMatch') ?? ''
  checkListOptions(endpoint, version, match, token)
  const store = storage.store
  const prefix = storage.prefix(predicate.namespace)
  let revision = store.revision
  let from: string | undefined
  if (token !== '') {
    const parsed = parseContinue(token)
    revision = parsed.revision
    from = prefix + parsed.start
  } else if (match === 'Exact' && version !== '' && version !== '0') revision = Number(version)
  if (version !== '' && Number(version) > store.revision)
    throw errors.newTimeoutError(`Too large resource version: ${version}, current: ${store.revision}`)
  try {
    if (limit <= 0 && token === '' && revision === store.revision)
      return {
        items: storage.list(predicate),
        meta: { resourceVersion: String(revision) },
      }
    return page(storage, predicate, prefix, from, limit, revision)
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error
    throw errors.newResourceExpired(
      token === ''
        ? `The resourceVersion for the provided list is too old.`
        : 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    )
  }
}

function page(storage: Storage, predicate: Predicate, prefix: string, from: string | undefined, limit: number, revision: number): Listed {
  const items: Obj[] = []
  const all = storage.store.range(prefix, {
    revision,
    ...(from === undefined ? {} : { from }),
  }).kvs
  let i = 0
  let last = ''
  for (; i < all.length && (limit <= 0 || items.length < limit); i++) {
    const kv = all[i]
    if (kv === undefined) break
    last = kv.key
    if (selects(storage.kind, predicate, kv.value as Obj)) items.push(kv.value as Obj)
  }
  const meta: Draft = { resourceVersion: String(revision) }
  if (i < all.length) {
    meta.continue = makeContinue(revision, `${last.slice(prefix.length)}\u0000`)
    if (predicate.labels.length === 0 && predicate.fields.length === 0) meta.remainingItemCount = all.length - i
  }
  return { items, meta }
}

function makeContinue(revision: number, start: string): string {
  return toBase64(encodeText(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `/${start}` })))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}

function parseContinue(token: string): {
  readonly revision: number
  readonly start: string
} {
  try {
    const value: unknown = JSON.parse(decodeText(fromBase64(token) ?? new Uint8Array(0)))
    const revision = obj(value).rv
    const start = obj(value).start
    if (typeof revision === 'number' && typeof start === 'string') return { revision, start: start.slice(1) }
  } catch {
    // falls through to the refusal
  }
  throw errors.newBadRequest('continue key is not valid: illegal base64 data at input byte 0')
}

function checkListOptions(endpoint: Endpoint, version: string, match: string, token: string): void {
  const complain = (text: string): never => {
    throw new errors.StatusError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${text}`, {
      group: 'meta.k8s.io',
      kind: 'ListOptions',
    })
  }
  if (match !== '') {
    if (version === '') complain('resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (token !== '') complain('resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided')
    if (match !== 'Exact' && match !== 'NotOlderThan')
      complain(`resourceVersionMatch: Unsupported value: ${quote(match)}: supported values: "Exact", "NotOlderThan", ""`)
    if (match === 'Exact' && version === '0')
      complain('resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  }
  if (version !== '' && !/^\d+$/.test(version))
    throw errors.newBadRequest(
      `resourceVersion: Invalid value: ${quote(version)}: strconv.ParseUint: parsing ${quote(version)}: invalid syntax`,
    )
  void endpoint
}

/** What turns the stored object into the wanted one: both in the stored version. */
export type Transform = (current: Obj) => Draft

export interface UpdateOptions {
  readonly subresource: string
}

/** Replaces an object by what `make` makes of it; returns what is stored then. */
export function update(context: RequestContext, endpoint: Endpoint, current: Obj, wanted: Draft, options: UpdateOptions): Obj {
  const kind = endpoint.kind
  const storage = context.server.storage(kind)
  const object = wanted
  const meta = metaDraft(object)
  const oldMeta = obj(current, 'metadata')
  const name = nameOf(current)
  const gr = groupResource(kind)
  checkIdentity(context, endpoint, meta, current)
  const version = str(meta, 'resourceVersion')
  if (version !== '' && version !== '0' && version !== oldMeta.resourceVersion) throw errors.newConflict(gr, name, errors.MODIFIED)
  if (str(meta, 'uid') !== '' && meta.uid !== oldMeta.uid) {
    throw errors.newConflict(
      gr,
      name,
      `StorageError: invalid object, Code: 4, Key: ${storage.key(namespaceOf(current), name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${str(meta, 'uid')}, UID in object meta: ${str(oldMeta, 'uid')}`,
    )
  }
  meta.resourceVersion = oldMeta.resourceVersion
  if (kind.namespaced) meta.namespace = oldMeta.namespace
  meta.uid = oldMeta.uid
  meta.creationTimestamp = oldMeta.creationTimestamp
  delete meta.selfLink
  keep(meta, oldMeta, 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation')
  if (str(meta, 'generateName') === '' && str(oldMeta, 'generateName') !== '') meta.generateName = oldMeta.generateName
  const isStatus = options.subresource === 'status'
  if (isStatus) {
    for (const key of Object.keys(current)) if (key !== 'status' && key !== 'metadata') object[key] = current[key]
    for (const key of Object.keys(object)) if (key !== 'status' && !(key in current)) delete object[key]
    if (kind.strategy?.statusKeeps === 'labels') keep(meta, oldMeta, 'labels')
    kind.strategy?.prepareForStatusUpdate?.(object, current)
  } else {
    kind.strategy?.defaults?.(object)
    if (kind.status === true && kind.custom === undefined && options.subresource === '') {
      if (current.status === undefined) delete object.status
      else object.status = current.status
    }
    admit(context, {
      operation: 'UPDATE',
      kind,
      endpoint,
      object,
      old: current,
    })
    kind.strategy?.prepareForUpdate?.(object, current, context)
    bumpGeneration(kind, object, current, meta)
  }
  const problems = [
    ...validateObjectMetaUpdate(object, current, kind),
    ...(isStatus
      ? (kind.strategy?.validateStatusUpdate?.(object, current, context) ?? [])
      : (kind.strategy?.validateUpdate?.(object, current, context) ?? [])),
  ]
  if (problems.length > 0) throw errors.newInvalid(groupKind(kind), name, problems)
  if (!isStatus) context.warnings.push(...(kind.strategy?.warnings?.(object, current) ?? []))
  manage(context, endpoint, object, current)
  validateAdmission(context, {
    operation: 'UPDATE',
    kind,
    endpoint,
    object,
    old: current,
  })
  if (unchanged(object, current)) return current
  if (context.dryRun) return object
  if (
    str(meta, 'deletionTimestamp') !== '' &&
    strs(meta, 'finalizers').length === 0 &&
    !(typeof meta.deletionGracePeriodSeconds === 'number' && meta.deletionGracePeriodSeconds > 0) &&
    kind.plural !== 'namespaces'
  ) {
    storage.update(object, current)
    const gone = storage.delete(namespaceOf(current), name)
    if (gone !== undefined) kind.strategy?.afterDelete?.(gone, context)
    return gone ?? object
  }
  const stored = storage.update(object, current)
  if (stored === undefined) throw errors.newConflict(gr, name, errors.MODIFIED)
  if (kind.ttlSeconds !== undefined) context.server.expire(kind, namespaceOf(current), name, kind.ttlSeconds)
  if (!isStatus) kind.strategy?.afterUpdate?.(stored, current, context)
  return stored
}

function keep(meta: Draft, old: Obj, ...names: readonly string[]): void {
  for (const name of names) {
    if (old[name] === undefined) delete meta[name]
    else meta[name] = old[name]
  }
}

/** Nothing but the times of managed fields is new. */
function unchanged(object: Obj, current: Obj): boolean {
  if (!equalBut(object, current, 'metadata')) return false
  const meta = obj(object, 'metadata')
  const oldMeta = obj(current, 'metadata')
  if (!equalBut(meta, oldMeta, 'managedFields')) return false
  const entries = objs(meta, 'managedFields')
  const oldEntries = objs(oldMeta, 'managedFields')
  return entries.length === oldEntries.length && entries.every((e, i) => equalBut(e, oldEntries[i] ?? {}, 'time'))
}

function checkIdentity(context: RequestContext, endpoint: Endpoint, meta: Draft, current: Obj): void {
  const name = nameOf(current)
  const given = str(meta, 'name')
  if (given === '') meta.name = name
  else if (given !== name) throw errors.newBadRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
  const namespace = str(meta, 'namespace')
  if (endpoint.kind.namespaced && namespace !== '' && namespace !== namespaceOf(current)) {
    throw errors.newBadRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  void context
}

function bumpGeneration(kind: Kind, object: Obj, old: Obj, meta: Draft): void {
  if (!usesGeneration(kind)) return
  const of = kind.strategy?.generationOf || ((o: Obj) => without(o, 'metadata', 'status', 'apiVersion', 'kind'))
  const before = obj(old, 'metadata').generation
  if (!equal(of(object), of(old))) meta.generation = (typeof before === 'number' ? before : 0) + 1
}

/** Deletes an object, now or gracefully; returns what the response shows. */
export function remove(context: RequestContext, endpoint: Endpoint, current: Obj, options: Obj): Obj {
  const { kind } = endpoint
  checkPreconditions(groupResource(kind), current, options)
  const attributes: Attributes = { operation: 'DELETE', kind, endpoint, object: undefined, old: current }
  admit(context, attributes)
  validateAdmission(context, attributes)
  return removeAdmitted(context, endpoint, current, options)
}

/** The same, once preconditions and admission have been looked at. */
export function removeAdmitted(context: RequestContext, endpoint: Endpoint, current: Obj, options: Obj): Obj {
  const { kind } = endpoint
  const storage = context.server.storage(kind)
  const name = nameOf(current)
  const gr = groupResource(kind)
  const meta = { ...obj(current, 'metadata') } as Draft
  const asked = typeof options.gracePeriodSeconds === 'number' ? options.gracePeriodSeconds : undefined
  let grace = kind.strategy?.gracePeriod?.(current, asked)
  const deleting = str(meta, 'deletionTimestamp') !== ''
  if (grace !== undefined && grace < 0) grace = 1
  if (deleting && grace !== undefined) {
    const before = typeof meta.deletionGracePeriodSeconds === 'number' ? meta.deletionGracePeriodSeconds : 0
    grace = asked === undefined ? before : Math.min(grace, before)
  }
  const finalizers = finalizersFor(kind, meta, options)
  const wait = grace !== undefined && grace > 0
  // A namespace stays until the finalizers of its spec are gone.
  const held = kind.plural === 'namespaces' && strs(current, 'spec', 'finalizers').length > 0
  if (!wait && !held && finalizers.length === 0) {
    if (!context.dryRun) {
      const gone = storage.delete(namespaceOf(current), name)
      if (gone !== undefined) kind.strategy?.afterDelete?.(gone, context)
    }
    return kind.strategy?.returnDeleted === true ? current : successStatus(endpoint, current)
  }
  const changed: Draft = { ...current, metadata: meta }
  meta.finalizers = finalizers
  if (finalizers.length === 0) delete meta.finalizers
  if (!deleting || (wait && grace !== meta.deletionGracePeriodSeconds) || (grace === 0 && meta.deletionGracePeriodSeconds !== 0)) {
    meta.deletionTimestamp = rfc3339(context.now + (grace ?? 0) * 1_000_000)
    if (kind.plural !== 'namespaces') meta.deletionGracePeriodSeconds = grace ?? 0
    if (!deleting && typeof meta.generation === 'number') meta.generation++
  }
  if (kind.plural === 'namespaces') changed.status = { ...obj(current, 'status'), phase: 'Terminating' }
  if (context.dryRun || equal(changed, current)) return changed
  const stored = storage.update(changed, current)
  if (stored === undefined) throw errors.newConflict(gr, name, errors.MODIFIED)
  return stored
}

export function checkPreconditions(gr: errors.GroupResource, current: Obj, options: Obj): void {
  const { uid, resourceVersion } = obj(options, 'preconditions')
  const meta = obj(current, 'metadata')
  if (uid !== undefined && uid !== meta.uid) {
    throw errors.newConflict(
      gr,
      nameOf(current),
      `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${str(meta, 'uid')}`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion) {
    throw errors.newConflict(
      gr,
      nameOf(current),
      `Precondition failed: ResourceVersion in precondition: ${String(resourceVersion)}, ResourceVersion in object meta: ${str(meta, 'resourceVersion')}`,
    )
  }
}

function finalizersFor(kind: Kind, meta: Obj, options: Obj): string[] {
  let list = [...strs(meta, 'finalizers')]
  const has = (name: string): boolean => list.includes(name)
  let orphan = has('orphan')
  let foreground = has('foregroundDeletion')
  const policy = options.propagationPolicy
  if (options.orphanDependents === true) [orphan, foreground] = [true, false]
  else if (options.orphanDependents === false) orphan = false
  if (policy === 'Orphan') [orphan, foreground] = [true, false]
  else if (policy === 'Foreground') [orphan, foreground] = [false, true]
  else if (policy === 'Background') [orphan, foreground] = [false, false]
  list = list.filter((f) => f !== 'orphan' && f !== 'foregroundDeletion')
  if (kind.plural === 'events') return list
  if (orphan) list.push('orphan')
  if (foreground) list.push('foregroundDeletion')
  return list
}

export function successStatus(endpoint: Endpoint, object: Obj): Obj {
  const details: Draft = { name: nameOf(object) }
  if (endpoint.served.group !== '') details.group = endpoint.served.group
  details.kind = endpoint.kind.plural
  details.uid = str(object, 'metadata', 'uid')
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
  }
}

/** The object as the endpoint's client sees it. */
export const shown = (endpoint: Endpoint, object: Obj): Obj => convertOut(endpoint, object)

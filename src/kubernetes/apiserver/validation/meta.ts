/** Validation of metadata. Source: apimachinery pkg/api/validation/objectmeta.go. */
import { type FieldError, forbidden, invalid, required, tooLong, verbatim } from '#kubernetes/api/field.ts'
import { equal, goJson, type Obj, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import {
  isDns1123Label,
  isDns1123Subdomain,
  isPathSegmentName,
  isQualifiedName,
  isValidLabelValue,
  maskTrailingDash,
} from '#kubernetes/api/names.ts'
import type { Kind } from '../registry/kind.ts'

const ANNOTATIONS_LIMIT = 256 * 1024

export function validateObjectMeta(object: Obj, kind: Kind): FieldError[] {
  const meta = obj(object, 'metadata')
  const nameCheck = kind.strategy?.validateName ?? isDns1123Subdomain
  const out: FieldError[] = []
  const base = str(meta, 'generateName')
  const name = str(meta, 'name')
  if (base !== '') for (const m of nameCheck(maskTrailingDash(base))) out.push(invalid('metadata.generateName', base, m))
  if (name === '') out.push(required('metadata.name', 'name or generateName is required'))
  else for (const m of nameCheck(name)) out.push(invalid('metadata.name', name, m))
  const namespace = str(meta, 'namespace')
  if (kind.namespaced) {
    if (namespace === '') out.push(required('metadata.namespace'))
    else for (const m of isDns1123Label(namespace)) out.push(invalid('metadata.namespace', namespace, m))
  } else if (namespace !== '') out.push(forbidden('metadata.namespace', 'not allowed on this type'))
  out.push(...accessor(meta), ...kubeFinalizers(meta, kind))
  for (const m of isPathSegmentName(name)) if (!out.some((e) => e.field === 'metadata.name')) out.push(invalid('metadata.name', name, m))
  return out
}

function accessor(meta: Obj): FieldError[] {
  const out: FieldError[] = []
  const generation = meta.generation
  if (typeof generation === 'number' && generation < 0)
    out.push(invalid('metadata.generation', generation, 'must be greater than or equal to 0'))
  out.push(...validateLabels(strMap(meta, 'labels'), 'metadata.labels'))
  out.push(...validateAnnotations(strMap(meta, 'annotations'), 'metadata.annotations'))
  out.push(...validateOwnerReferences(meta))
  out.push(...validateFinalizers(meta))
  return out
}

export function validateLabels(labels: { readonly [key: string]: string }, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const key of Object.keys(labels).sort()) {
    for (const m of isQualifiedName(key)) out.push(invalid(path, key, m))
    for (const m of isValidLabelValue(labels[key] ?? '')) out.push(invalid(path, labels[key], m))
  }
  return out
}

export function validateAnnotations(annotations: { readonly [key: string]: string }, path: string): FieldError[] {
  const out: FieldError[] = []
  let size = 0
  for (const key of Object.keys(annotations).sort()) {
    for (const m of isQualifiedName(key.toLowerCase())) out.push(invalid(path, key, m))
    size += key.length + (annotations[key] ?? '').length
  }
  if (size > ANNOTATIONS_LIMIT) out.push(tooLong(path, ANNOTATIONS_LIMIT))
  return out
}

/** A reference as Go's JSON has it. */
const ownerJson = (o: Obj): { readonly raw: string } =>
  verbatim(
    goJson({
      apiVersion: o.apiVersion,
      kind: o.kind,
      name: o.name,
      uid: o.uid,
      controller: o.controller,
      blockOwnerDeletion: o.blockOwnerDeletion,
    }),
  )

function validateOwnerReferences(meta: Obj): FieldError[] {
  const out: FieldError[] = []
  let controller = ''
  // The path doesn't say which one.
  const path = 'metadata.ownerReferences'
  for (const owner of objs(meta, 'ownerReferences')) {
    const apiVersion = str(owner, 'apiVersion')
    if (apiVersion === '' || apiVersion.endsWith('/')) out.push(invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty'))
    if (str(owner, 'kind') === '') out.push(invalid(`${path}.kind`, '', 'must not be empty'))
    if (str(owner, 'name') === '') out.push(invalid(`${path}.name`, '', 'must not be empty'))
    if (str(owner, 'uid') === '') out.push(invalid(`${path}.uid`, '', 'must not be empty'))
    if (apiVersion === 'v1' && owner.kind === 'Event')
      out.push(invalid(path, ownerJson(owner), '/v1, Kind=Event is disallowed from being an owner'))
    if (owner.controller === true) {
      const kind = `${str(owner, 'kind')}/${str(owner, 'name')}`
      if (controller !== '')
        out.push(
          invalid(
            path,
            meta.ownerReferences,
            `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${kind}`,
          ),
        )
      controller = kind
    }
  }
  return out
}

const STANDARD = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** Names without a domain are those of old. Source: validateKubeFinalizerName. */
export const kubeFinalizer = (name: string, path: string): FieldError[] =>
  name.includes('/') || STANDARD.has(name)
    ? []
    : [invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')]

function validateFinalizers(meta: Obj): FieldError[] {
  const list = strs(meta, 'finalizers')
  const out = list.flatMap((name) => isQualifiedName(name).map((m) => invalid('metadata.finalizers', name, m)))
  if (list.includes('orphan') && list.includes('foregroundDeletion'))
    out.push(invalid('metadata.finalizers', list, 'finalizer orphan and foregroundDeletion cannot be both set'))
  return out
}

/** What kinds of k8s.io/kubernetes check besides. */
const kubeFinalizers = (meta: Obj, kind: Kind): FieldError[] =>
  kind.custom === undefined && !kind.served[0].group.startsWith('api')
    ? strs(meta, 'finalizers').flatMap((name, i) => kubeFinalizer(name, `metadata.finalizers[${i}]`))
    : []

export function validateObjectMetaUpdate(object: Obj, old: Obj, kind: Kind): FieldError[] {
  const out: FieldError[] = []
  const meta = obj(object, 'metadata')
  const before = obj(old, 'metadata')
  if (str(before, 'deletionTimestamp') !== '') {
    const added = strs(meta, 'finalizers').filter((f) => !strs(before, 'finalizers').includes(f))
    if (added.length > 0)
      out.push(
        forbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((f) => `"${f}"`).join(', ')}}`,
        ),
      )
  }
  if (!equal(meta.name, before.name)) out.push(invalid('metadata.name', meta.name, 'field is immutable'))
  return [...out, ...accessor(meta), ...kubeFinalizers(meta, kind)]
}

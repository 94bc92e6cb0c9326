/**
 * Strategic merge patch: a merge patch that knows how the lists of built-in types merge.
 *
 * Directives: `$patch: delete | replace | merge`, `$retainKeys`, `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`.
 * New entries of a merged list come first, in the patch's order, unless an order is given.
 * Source: apimachinery pkg/util/strategicpatch.
 */
import { newBadRequest, StatusError } from './errors.ts'
import { clone, type Draft, equal, isObj, type Obj } from './json.ts'
import { type Merging, mergingOf } from './merging.ts'
import type { Def, Type } from './schema.ts'

const ORDER = '$setElementOrder/'
const DELETE_PRIMITIVE = '$deleteFromPrimitiveList/'

/** The patched document. Throws BadRequest for a patch that is no object or has bad directives. */
export function applyStrategicMergePatch(document: Obj, patch: unknown, def: Def): Draft {
  if (!isObj(patch))
    throw newBadRequest(
      `error decoding patch: json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    )
  return mergeObject(document, patch, { kind: 'struct', def, go: '' })
}

function mergeObject(original: unknown, patch: Obj, type: Type | undefined): Draft {
  const directive = patch.$patch
  if (directive === 'replace') return stripped(patch)
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge') throw newBadRequest(`Unknown patch type found: ${String(directive)}`)
  const out: Draft = isObj(original) ? { ...original } : {}
  const retain = patch.$retainKeys
  if (Array.isArray(retain)) for (const key of Object.keys(out)) if (!(retain as readonly unknown[]).includes(key)) delete out[key]
  for (const key of Object.keys(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith(ORDER)) continue
    if (key.startsWith(DELETE_PRIMITIVE)) {
      const name = key.slice(DELETE_PRIMITIVE.length)
      const gone = patch[key]
      const list = out[name]
      if (Array.isArray(gone) && Array.isArray(list)) out[name] = list.filter((item) => !gone.some((g) => equal(g, item)))
      continue
    }
    const value = patch[key]
    if (value === null) {
      delete out[key]
      continue
    }
    const { type: inner, merging } = member(type, key)
    if (isObj(value)) out[key] = mergeObject(out[key], value, inner)
    else if (Array.isArray(value)) out[key] = mergeList(out[key], value, patch[`${ORDER}${key}`], inner, merging)
    else out[key] = value
  }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER)) continue
    const name = key.slice(ORDER.length)
    if (patch[name] !== undefined) continue
    const order = patch[key]
    const { type: inner, merging } = member(type, name)
    const list = out[name]
    if (Array.isArray(order) && Array.isArray(list) && merging.patchMerge === true)
      out[name] = reorder(list, list, order, merging.patchKey, inner)
  }
  return out
}

function member(type: Type | undefined, key: string): { readonly type: Type | undefined; readonly merging: Merging } {
  if (type?.kind === 'map') return { type: type.elem, merging: {} }
  if (type?.kind !== 'struct') return { type: undefined, merging: {} }
  return {
    type: type.def.json.get(key)?.type,
    merging: mergingOf(type.def, key),
  }
}

function mergeList(original: unknown, patch: readonly unknown[], order: unknown, type: Type | undefined, merging: Merging): unknown[] {
  const elem = type?.kind === 'slice' ? type.elem : undefined
  const old: readonly unknown[] = Array.isArray(original) ? original : []
  const replaced = patch.some((item) => isObj(item) && item.$patch === 'replace')
  if (merging.patchMerge !== true || replaced)
    return patch.filter((item) => !(isObj(item) && item.$patch !== undefined)).map(stripDirectives)
  const key = merging.patchKey
  if (key === undefined) {
    const merged = [...old, ...patch.filter((item) => !old.some((o) => equal(o, item)))]
    return Array.isArray(order) ? reorder(merged, old, order, undefined, type) : merged
  }
  let out: unknown[] = [...old]
  const added: unknown[] = []
  for (const item of patch) {
    if (!isObj(item)) throw newBadRequest(`The order in patch list:\n${JSON.stringify(patch)}\n doesn't match $setElementOrder list`)
    const id = item[key]
    if (id === undefined) throw new StatusError(500, '', `map: ${goMap(item)} does not contain declared merge key: ${key}`)
    const index = out.findIndex((o) => isObj(o) && equal(o[key], id))
    if (item.$patch === 'delete') {
      if (index >= 0) out = out.filter((o) => !(isObj(o) && equal(o[key], id)))
    } else if (index >= 0) out[index] = mergeObject(out[index], item, elem)
    else added.push(mergeObject({}, item, elem))
  }
  const merged = [...out, ...added]
  if (Array.isArray(order)) return reorder(merged, old, order, key, type)
  return normalOrder(
    merged,
    patch.filter((p) => !(isObj(p) && p.$patch === 'delete')),
    old,
    key,
  )
}

/** Go's %v of a map. */
export function goMap(item: unknown): string {
  if (Array.isArray(item)) return `[${item.map(goMap).join(' ')}]`
  if (item === null) return '<nil>'
  return isObj(item)
    ? `map[${Object.keys(item)
        .sort()
        .map((k) => `${k}:${goMap(item[k])}`)
        .join(' ')}]`
    : String(item)
}

/** Without an order given: entries the patch names in its order first, before the others they do not precede. */
function normalOrder(merged: readonly unknown[], patch: readonly unknown[], old: readonly unknown[], key: string): unknown[] {
  const idOf = (item: unknown): unknown => (isObj(item) ? item[key] : item)
  const inPatch = (item: unknown): boolean => patch.some((p) => equal(idOf(p), idOf(item)))
  const named = patch.map((p) => merged.find((m) => equal(idOf(m), idOf(p)))).filter((m) => m !== undefined)
  const rest = merged.filter((m) => !inPatch(m))
  return mergeOrders(named, rest, old, idOf)
}

function reorder(
  merged: readonly unknown[],
  old: readonly unknown[],
  order: readonly unknown[],
  key: string | undefined,
  _type: Type | undefined,
): unknown[] {
  const idOf = (item: unknown): unknown => (key !== undefined && isObj(item) ? item[key] : item)
  const ordered = order.map((o) => merged.find((m) => equal(idOf(m), idOf(o)))).filter((m) => m !== undefined)
  const rest = merged.filter((m) => !order.some((o) => equal(idOf(o), idOf(m))))
  return mergeOrders(ordered, rest, old, idOf)
}

/** Two lists into one: an entry only the server has keeps its place before the next entry that followed it in the old list. */
function mergeOrders(
  ordered: readonly unknown[],
  serverOnly: readonly unknown[],
  old: readonly unknown[],
  idOf: (item: unknown) => unknown,
): unknown[] {
  const place = (item: unknown): number => old.findIndex((o) => equal(idOf(o), idOf(item)))
  const out: unknown[] = []
  let i = 0
  let j = 0
  while (i < ordered.length && j < serverOnly.length) {
    const x = place(ordered[i])
    const y = place(serverOnly[j])
    if (x < 0 || x < y) out.push(ordered[i++])
    else out.push(serverOnly[j++])
  }
  return [...out, ...ordered.slice(i), ...serverOnly.slice(j)]
}

function stripped(patch: Obj): Draft {
  const out: Draft = {}
  for (const key of Object.keys(patch)) if (key !== '$patch') out[key] = stripDirectives(patch[key])
  return out
}

function stripDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripDirectives)
  if (!isObj(value)) return value
  const out: Draft = {}
  for (const key of Object.keys(value)) if (!key.startsWith('$patch') && value[key] !== null) out[key] = stripDirectives(value[key])
  return clone(out)
}

/**
 * Who set which field: metadata.managedFields, and server-side apply on top of it.
 *
 * A write that is no apply takes over the fields it changes; an apply owns exactly the fields it mentions, conflicts with
 * others whose value it would change, and takes away what it mentioned last time and does not mention now.
 * Source: apimachinery pkg/util/managedfields, sigs.k8s.io/structured-merge-diff.
 */
import { decodeAs } from './decode.ts'
import { type Cause, newApplyConflict, type StatusError } from './errors.ts'
import { FieldSet, pathText } from './field-set.ts'
import { type Draft, freeze, isObj, type Obj, obj, str } from './json.ts'
import type { Def } from './schema.ts'
import { compare, fieldSetOf, fieldsOfNew, merge, removeFields, type Shape, shapeOf, UNTYPED } from './typed-value.ts'

/** Who writes. */
export interface Writer {
  readonly manager: string
  readonly apiVersion: string
  /** RFC 3339. */
  readonly time: string
  readonly subresource: string
  /** Type of the object; undefined for custom resources without one. */
  readonly def: Def | undefined
  readonly shape?: Shape
}

interface Entry {
  readonly manager: string
  readonly operation: string
  readonly apiVersion: string
  readonly time: string
  readonly subresource: string
  readonly set: FieldSet
  /** The entry as it was read, while it holds. */
  readonly json?: Obj | undefined
}

/** Metadata that has no manager. */
const UNMANAGED: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
])
const EMPTY_SET = new FieldSet()
const ZERO = new Map<string, Obj>()

const shapeFor = (writer: Writer): Shape => writer.shape ?? (writer.def === undefined ? UNTYPED : shapeOf(writer.def))

/** The part of an object whose fields have managers. */
function managedPart(object: Obj): Obj {
  const out: Draft = {}
  for (const name in object) if (name !== 'kind' && name !== 'apiVersion') out[name] = object[name]
  const meta = obj(object, 'metadata')
  const metadata: Draft = {}
  for (const name in meta) if (!UNMANAGED.has(name)) metadata[name] = meta[name]
  out.metadata = metadata
  return out
}

/** What an object of the type has before anybody set anything. */
function zeroObject(writer: Writer): Obj {
  if (writer.def === undefined) return { metadata: {} }
  let zero = ZERO.get(writer.def.name)
  if (zero === undefined) {
    zero = managedPart(decodeAs({}, writer.def).value)
    ZERO.set(writer.def.name, zero)
  }
  return zero
}

/** Writes `metadata.managedFields` of a draft that is about to replace `old` by a create, update or patch. */
export function updateManagedFields(object: Draft, old: Obj | undefined, writer: Writer): void {
  const meta = object.metadata as Draft
  const asked = meta.managedFields
  const before = old === undefined ? [] : obj(old, 'metadata').managedFields
  // A client may reset the list.
  const reset = old !== undefined && Array.isArray(asked) && asked.length === 1 && isObj(asked[0]) && Object.keys(asked[0]).length === 0
  if (reset) {
    delete meta.managedFields
    return
  }
  if (writer.manager === '') {
    if (before === undefined) delete meta.managedFields
    else meta.managedFields = before
    return
  }
  const shape = shapeFor(writer)
  // What a client sends in their place is taken, so that it can repair the list.
  const given = old !== undefined && writer.subresource === '' && Array.isArray(asked) && asked.length > 0 ? asked : before
  if (old === undefined) {
    const fieldsV1 = fieldsOfNew(managedPart(object), zeroObject(writer), shape)
    if (fieldsV1 === undefined) delete meta.managedFields
    else
      meta.managedFields = [
        entryJson(
          {
            manager: writer.manager,
            operation: 'Update',
            apiVersion: writer.apiVersion,
            time: writer.time,
            subresource: writer.subresource,
          },
          fieldsV1,
        ),
      ]
    return
  }
  const diff = compare(managedPart(old), managedPart(object), shape)
  const changed = diff.added.empty ? diff.modified : diff.added.union(diff.modified)
  const entries = readEntries(given)
  const mine = entries.find(
    (e) =>
      e.manager === writer.manager &&
      e.operation === 'Update' &&
      e.apiVersion === writer.apiVersion &&
      e.subresource === writer.subresource,
  )
  if (changed.empty && diff.removed.empty) {
    if (Array.isArray(given) && given.length > 0) meta.managedFields = given
    else delete meta.managedFields
    return
  }
  const others = entries
    .filter((e) => e !== mine)
    .map((e) =>
      e.set.touches(changed) || e.set.touches(diff.removed)
        ? { ...e, set: e.set.difference(changed).recursiveDifference(diff.removed), json: undefined }
        : e,
    )
  const had = mine?.set ?? EMPTY_SET
  const set = diff.removed.empty && had.includes(changed) ? had : had.union(changed).difference(diff.removed)
  const entry: Entry = {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: writer.apiVersion,
    time: changed.empty && mine !== undefined ? mine.time : writer.time,
    subresource: writer.subresource,
    set,
  }
  writeEntries(meta, [...others, entry])
}

/** Whether managers are named in an object at all; the shape a new field-less object has. */
function readEntries(list: unknown): Entry[] {
  if (!Array.isArray(list)) return []
  return (list as readonly Obj[]).map((e) => ({
    manager: str(e, 'manager'),
    operation: str(e, 'operation'),
    apiVersion: str(e, 'apiVersion'),
    time: str(e, 'time'),
    subresource: str(e, 'subresource'),
    set: setOf(e),
    json: e,
  }))
}

const SETS = new WeakMap<Obj, FieldSet>()
const JSONS = new WeakMap<FieldSet, Obj>()

/** A set as `fieldsV1`. The set is not changed any more. */
function jsonOf(set: FieldSet): Obj {
  let json = JSONS.get(set)
  if (json === undefined) {
    json = freeze(set.toJson())
    remember(json, set)
  }
  return json
}

function remember(json: Obj, set: FieldSet): void {
  SETS.set(json, set)
  JSONS.set(set, json)
}

function setOf(entry: Obj): FieldSet {
  const json = entry.fieldsV1
  if (!isObj(json)) return EMPTY_SET
  let set = SETS.get(json)
  if (set === undefined) {
    set = FieldSet.fromJson(json)
    if (Object.isFrozen(json)) remember(json, set)
  }
  return set
}

function writeEntries(meta: Draft, entries: readonly Entry[]): void {
  const list = entries
    .filter((e) => !e.set.empty)
    .sort(
      (a, b) =>
        order(a.operation, b.operation) ||
        order(a.time, b.time) ||
        order(a.manager, b.manager) ||
        order(a.apiVersion, b.apiVersion) ||
        order(a.subresource, b.subresource),
    )
    .map((e) => {
      if (e.json !== undefined) return e.json
      return entryJson(e, jsonOf(e.set))
    })
  if (list.length === 0) delete meta.managedFields
  else meta.managedFields = list
}

function entryJson(e: Omit<Entry, 'set' | 'json'>, fieldsV1: Obj): Obj {
  const out: Draft = { manager: e.manager, operation: e.operation, apiVersion: e.apiVersion }
  if (e.time !== '') out.time = e.time
  out.fieldsType = 'FieldsV1'
  out.fieldsV1 = fieldsV1
  if (e.subresource !== '') out.subresource = e.subresource
  return out
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export interface Applied {
  readonly object: Draft
  /** Sets the managed fields once the object has its defaults. */
  readonly finish: (object: Draft) => void
}

/**
 * Applies a configuration on a live object (undefined: there is none yet). Throws a Conflict that names the other managers of
 * fields it would change, unless forced.
 */
export function applyConfiguration(live: Obj | undefined, config: Obj, writer: Writer, force: boolean): Applied {
  const shape = shapeFor(writer)
  const wanted = managedPart(config)
  const set = fieldSetOf(wanted, shape)
  set.member = false
  const metaSet = set.children.get('f:metadata')
  if (metaSet !== undefined) metaSet.member = false
  const entries = readEntries(live === undefined ? undefined : obj(live, 'metadata').managedFields)
  const mine = entries.find((e) => e.manager === writer.manager && e.operation === 'Apply' && e.subresource === writer.subresource)
  const base: Obj = live ?? {
    kind: config.kind,
    apiVersion: config.apiVersion,
    metadata: {},
  }
  const livePart = managedPart(base)
  let merged = merge(livePart, wanted, shape) as Draft
  const others = entries.filter((e) => e !== mine)
  if (mine !== undefined) {
    // What this manager alone owned and no longer mentions goes.
    let kept = set
    for (const other of others) kept = kept.union(other.set)
    const gone = mine.set.difference(kept.withAncestors())
    merged = removeFields(merged, topmost(gone), shape) as Draft
  }
  const diff = compare(live === undefined ? zeroObject(writer) : livePart, merged, shape)
  const changed = diff.added.union(diff.modified)
  const conflicts = others.map((e) => ({ entry: e, set: e.set.intersection(changed) })).filter((c) => !c.set.empty)
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)
  const object: Draft = {
    kind: base.kind,
    apiVersion: base.apiVersion,
    ...merged,
    metadata: { ...(merged.metadata as Obj) },
  }
  const meta = object.metadata as Draft
  for (const name of UNMANAGED) {
    const value = obj(base, 'metadata')[name] ?? obj(config, 'metadata')[name]
    if (value !== undefined) meta[name] = value
  }
  const finish = (final: Draft): void => {
    const owned = others.map((e) => {
      const lost = conflicts.find((c) => c.entry === e)?.set ?? EMPTY_SET
      return { ...e, set: e.set.difference(lost).recursiveDifference(diff.removed), json: undefined }
    })
    // Who only takes fields as they are leaves no time.
    const same = live !== undefined && changed.empty && diff.removed.empty
    const entry: Entry = {
      manager: writer.manager,
      operation: 'Apply',
      apiVersion: writer.apiVersion,
      time: same ? (mine?.time ?? '') : writer.time,
      subresource: writer.subresource,
      set,
    }
    writeEntries(final.metadata as Draft, [...owned, entry])
  }
  return { object, finish }
}

/** A set in which nothing lies under another member. */
function topmost(set: FieldSet): FieldSet {
  const out = new FieldSet()
  out.member = set.member
  if (set.member) return out
  for (const [name, child] of set.children) out.children.set(name, topmost(child))
  return out
}

function conflictError(conflicts: readonly { readonly entry: Entry; readonly set: FieldSet }[]): StatusError {
  const causes: Cause[] = []
  const groups = new Map<string, string[]>()
  for (const { entry, set } of conflicts) {
    const manager = describe(entry)
    set.each((path) => {
      const field = pathText(path)
      causes.push({
        reason: 'FieldManagerConflict',
        message: `conflict with ${manager}`,
        field,
      })
      groups.set(manager, [...(groups.get(manager) ?? []), field])
    })
  }
  const count = causes.length
  if (count === 1) return newApplyConflict(causes, `Apply failed with 1 conflict: ${causes[0]?.message ?? ''}: ${causes[0]?.field ?? ''}`)
  const lines = [...groups]
    .sort(([a], [b]) => order(a, b))
    .map(
      ([manager, fields]) =>
        `${groups.size === 1 ? '' : ''}conflict${fields.length === 1 ? '' : 's'} with ${manager}:\n${fields.map((f) => `- ${f}`).join('\n')}`,
    )
  return newApplyConflict(causes, `Apply failed with ${count} conflicts: ${lines.join('\n')}`)
}

function describe(entry: Entry): string {
  let out = `"${entry.manager}"`
  if (entry.subresource !== '') out += ` with subresource "${entry.subresource}"`
  if (entry.operation === 'Update') out += ` using ${entry.apiVersion}`
  return out
}

/**
 * Values walked with their schema: which fields a value has, what differs between two, merging of one into the other.
 * Source: sigs.k8s.io/structured-merge-diff, typed.
 */
import { FieldSet } from './field-set.ts'
import { type Draft, equal, isObj, type Obj } from './json.ts'
import { isAtomicDef, mergingOf } from './merging.ts'
import type { Def, Field } from './schema.ts'

/** How a value merges: the schema of structured merges, whatever it comes from (Go types, a CRD). */
export type Shape =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'map'; readonly member: (name: string) => Shape }
  | {
      readonly kind: 'list-map'
      readonly keys: readonly string[]
      readonly defaults: Obj
      readonly item: Shape
    }
  | { readonly kind: 'set' }

const LEAF: Shape = { kind: 'leaf' }
const SHAPES = new Map<string, Shape>()
const SCALAR_MAP: Shape = { kind: 'map', member: () => LEAF }

/** Schemaless objects: every member by itself, lists as a whole. */
export const UNTYPED: Shape = { kind: 'map', member: () => UNTYPED }

/** The shape of a built-in type. */
export function shapeOf(def: Def): Shape {
  const known = SHAPES.get(def.name)
  if (known !== undefined) return known
  if (isAtomicDef(def)) {
    SHAPES.set(def.name, LEAF)
    return LEAF
  }
  const members = new Map<string, Shape>()
  const shape: Shape = {
    kind: 'map',
    member(name) {
      let found = members.get(name)
      if (found === undefined) {
        const field = def.json.get(name)
        found = field === undefined ? LEAF : shapeOfField(def, field, name)
        members.set(name, found)
      }
      return found
    },
  }
  SHAPES.set(def.name, shape)
  return shape
}

function shapeOfField(def: Def, field: Field, name: string): Shape {
  const merging = mergingOf(def, name)
  if (merging.atomic === true) return LEAF
  const type = field.type
  switch (type.kind) {
    case 'struct':
      return merging.granular === true ? { ...(shapeOf(type.def) as Shape) } : shapeOf(type.def)
    case 'map':
      return type.elem.kind === 'struct'
        ? {
            kind: 'map',
            member: () => (type.elem.kind === 'struct' ? shapeOf(type.elem.def) : LEAF),
          }
        : SCALAR_MAP
    case 'slice':
      if (merging.mapKeys !== undefined && type.elem.kind === 'struct') {
        const defaults: Draft = merging.mapKeys.includes('protocol') ? { protocol: 'TCP' } : {}
        return {
          kind: 'list-map',
          keys: merging.mapKeys,
          defaults,
          item: shapeOf(type.elem.def),
        }
      }
      return merging.set === true ? { kind: 'set' } : LEAF
    case 'scalar':
      return LEAF
  }
}

function itemKey(item: unknown, shape: Shape & { readonly kind: 'list-map' }): string {
  const out: Draft = {}
  for (const key of [...shape.keys].sort()) {
    const value = isObj(item) ? (item[key] ?? shape.defaults[key]) : undefined
    if (value !== undefined) out[key] = value
  }
  return `k:${JSON.stringify(out)}`
}

const valueKey = (value: unknown): string => `v:${JSON.stringify(value)}`

/** The children of a value, by path element; undefined for leaves. */
function childrenOf(value: unknown, shape: Shape): Map<string, { readonly value: unknown; readonly shape: Shape }> | undefined {
  switch (shape.kind) {
    case 'leaf':
      return undefined
    case 'map': {
      if (value === null || value === undefined) return new Map()
      if (!isObj(value)) return undefined
      const out = new Map<string, { readonly value: unknown; readonly shape: Shape }>()
      for (const name of Object.keys(value))
        if (value[name] !== undefined)
          out.set(`f:${name}`, {
            value: value[name],
            shape: shape.member(name),
          })
      return out
    }
    case 'list-map': {
      if (value === null || value === undefined) return new Map()
      if (!Array.isArray(value)) return undefined
      return new Map((value as readonly unknown[]).map((item) => [itemKey(item, shape), { value: item, shape: shape.item }]))
    }
    case 'set': {
      if (value === null || value === undefined) return new Map()
      if (!Array.isArray(value)) return undefined
      return new Map((value as readonly unknown[]).map((item) => [valueKey(item), { value: item, shape: LEAF }]))
    }
  }
}

/** The fields a value sets: leaves, and the items of lists. */
export function fieldSetOf(value: unknown, shape: Shape, into = new FieldSet(), item = false): FieldSet {
  const children = childrenOf(value, shape)
  if (children === undefined || children.size === 0) {
    into.member = true
    return into
  }
  if (item) into.member = true
  for (const [name, child] of children) fieldSetOf(child.value, child.shape, into.child(name), name.startsWith('k:'))
  return into
}

export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** What is added, modified and removed from `before` to `after`. */
export function compare(before: unknown, after: unknown, shape: Shape): Comparison {
  const out = {
    added: new FieldSet(),
    modified: new FieldSet(),
    removed: new FieldSet(),
  }
  if (!equal(before, after)) walk(before, after, shape, out.added, out.modified, out.removed)
  return out
}

/** Of two values that differ. */
function walk(before: unknown, after: unknown, shape: Shape, added: FieldSet, modified: FieldSet, removed: FieldSet): void {
  if (shape.kind === 'map' && isObj(before) && isObj(after)) {
    walkMembers(before, after, shape, added, modified, removed)
    return
  }
  const old = childrenOf(before, shape)
  const now = childrenOf(after, shape)
  if (old === undefined || now === undefined) {
    modified.member = true
    return
  }
  if (now.size === 0 && old.size === 0 && (before === null) !== (after === null)) modified.member = true
  for (const [name, child] of now) {
    const twin = old.get(name)
    if (twin === undefined) addAll(child.value, child.shape, added.child(name))
    else if (!equal(twin.value, child.value))
      walk(twin.value, child.value, child.shape, added.child(name), modified.child(name), removed.child(name))
  }
  for (const [name, child] of old) if (!now.has(name)) addAll(child.value, child.shape, removed.child(name))
}

/** {@link walk} of two maps, the commonest case: touches only members that differ. */
function walkMembers(
  before: Obj,
  after: Obj,
  shape: Shape & { readonly kind: 'map' },
  added: FieldSet,
  modified: FieldSet,
  removed: FieldSet,
): void {
  for (const name in after) {
    const now = after[name]
    const old = before[name]
    if (now === undefined || equal(old, now)) continue
    const path = `f:${name}`
    const inner = shape.member(name)
    if (old === undefined) addAll(now, inner, added.child(path))
    else if (inner.kind === 'leaf') modified.child(path).member = true
    else walk(old, now, inner, added.child(path), modified.child(path), removed.child(path))
  }
  for (const name in before)
    if (before[name] !== undefined && after[name] === undefined) addAll(before[name], shape.member(name), removed.child(`f:${name}`))
}

function addAll(value: unknown, shape: Shape, set: FieldSet): void {
  set.member = true
  const children = childrenOf(value, shape)
  if (children !== undefined) for (const [name, child] of children) addAll(child.value, child.shape, set.child(name))
}

/** `config` merged into `live`: what `config` says wins, what it does not mention stays. */
export function merge(live: unknown, config: unknown, shape: Shape): unknown {
  if (config === undefined) return live
  if (live === undefined || live === null || config === null) return config
  switch (shape.kind) {
    case 'leaf':
      return config
    case 'map': {
      if (!isObj(live) || !isObj(config)) return config
      const out: Draft = { ...live }
      for (const name of Object.keys(config)) out[name] = merge(live[name], config[name], shape.member(name))
      return out
    }
    case 'list-map':
    case 'set': {
      if (!Array.isArray(live) || !Array.isArray(config)) return config
      return mergeLists(live, config, shape)
    }
  }
}

function mergeLists(live: readonly unknown[], config: readonly unknown[], shape: Shape & { readonly kind: 'list-map' | 'set' }): unknown[] {
  const keyOf = (item: unknown): string => (shape.kind === 'set' ? valueKey(item) : itemKey(item, shape))
  const wanted = new Map(config.map((item) => [keyOf(item), item]))
  const out = live.map((item) => {
    const key = keyOf(item)
    const mine = wanted.get(key)
    wanted.delete(key)
    return mine === undefined || shape.kind === 'set' ? item : merge(item, mine, shape.item)
  })
  return [...out, ...wanted.values()]
}

/** `value` without the fields of a set; containers left empty by that go too. */
export function removeFields(value: unknown, set: FieldSet, shape: Shape): unknown {
  switch (shape.kind) {
    case 'leaf':
      return value
    case 'map': {
      if (!isObj(value)) return value
      const out: Draft = {}
      for (const name of Object.keys(value)) {
        const child = set.children.get(`f:${name}`)
        if (child === undefined) {
          out[name] = value[name]
          continue
        }
        if (child.member) continue
        const left = removeFields(value[name], child, shape.member(name))
        out[name] = left
      }
      return out
    }
    case 'list-map':
    case 'set': {
      if (!Array.isArray(value)) return value
      const out: unknown[] = []
      for (const item of value as readonly unknown[]) {
        const child = set.children.get(shape.kind === 'set' ? valueKey(item) : itemKey(item, shape))
        if (child?.member === true) continue
        out.push(child === undefined || shape.kind === 'set' ? item : removeFields(item, child, shape.item))
      }
      return out
    }
  }
}

/** What a new value sets, compared with an empty one, as `fieldsV1`; undefined when it is nothing. */
export function fieldsOfNew(value: unknown, zero: unknown, shape: Shape): Obj | undefined {
  const now = membersOf(value, shape)
  const old = membersOf(zero, shape)
  if (now === undefined || old === undefined) return equal(value, zero) ? undefined : {}
  const names = Object.keys(now).sort()
  let out: Draft | undefined
  for (const name of names) {
    const child = now[name]
    const twin = old[name]
    const inner = memberShape(shape, name)
    const set = twin === undefined ? fieldsOfAdded(child, inner) : fieldsOfNew(child, twin, inner)
    if (set === undefined) continue
    out ??= {}
    out[name] = set
  }
  return out
}

/** Every field of a value, the value itself included. */
function fieldsOfAdded(value: unknown, shape: Shape): Obj {
  const members = membersOf(value, shape)
  if (members === undefined) return LEAF_SET
  const names = Object.keys(members)
  if (names.length === 0) return LEAF_SET
  const out: Draft = { '.': LEAF_SET }
  for (const name of names.sort()) out[name] = fieldsOfAdded(members[name], memberShape(shape, name))
  return out
}

const LEAF_SET: Obj = Object.freeze({})

function memberShape(shape: Shape, name: string): Shape {
  return shape.kind === 'map' ? shape.member(name.slice(2)) : shape.kind === 'list-map' ? shape.item : LEAF
}

/** The members of a value by path element; undefined for leaves. */
function membersOf(value: unknown, shape: Shape): Draft | undefined {
  if (shape.kind === 'leaf') return undefined
  const out: Draft = {}
  if (value === null || value === undefined) return out
  if (shape.kind === 'map') {
    if (!isObj(value)) return undefined
    for (const name in value) if (value[name] !== undefined) out[`f:${name}`] = value[name]
    return out
  }
  if (!Array.isArray(value)) return undefined
  for (const item of value as readonly unknown[]) out[shape.kind === 'set' ? valueKey(item) : itemKey(item, shape)] = item
  return out
}

/**
 * Looking into and building plain JSON objects. What is stored is frozen; `Draft` is what nobody else has seen yet.
 */

/** A JSON object that may be shared: never written to. */
export type Obj = { readonly [key: string]: unknown }
/** A JSON object its holder may still change. */
export type Draft = { [key: string]: unknown }

const NOTHING: Obj = Object.freeze({})
const NONE: readonly never[] = Object.freeze([])

export function isObj(value: unknown): value is Obj {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of member names; undefined where it ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const name of path) {
    if (!isObj(here)) return undefined
    here = here[name]
  }
  return here
}

/** The object at a path; `{}` when there is none. */
export function obj(value: unknown, ...path: readonly string[]): Obj {
  const found = path.length === 0 ? value : at(value, ...path)
  return isObj(found) ? found : NOTHING
}

/** The string at a path; `''` when there is none. */
export function str(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

export function num(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : undefined
}

export function bool(value: unknown, ...path: readonly string[]): boolean | undefined {
  const found = at(value, ...path)
  return typeof found === 'boolean' ? found : undefined
}

/** The list of objects at a path; empty when there is none. */
export function objs(value: unknown, ...path: readonly string[]): readonly Obj[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? (found as readonly Obj[]) : NONE
}

/** The list of strings at a path; empty when there is none. */
export function strs(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? (found as readonly string[]) : NONE
}

/** The map of strings at a path; empty when there is none. */
export function strMap(value: unknown, ...path: readonly string[]): { readonly [key: string]: string } {
  return obj(value, ...path) as { readonly [key: string]: string }
}

/** The object under `name` of a draft, made when missing. The caller answers for its being a draft too. */
export function draft(parent: Draft, name: string): Draft {
  const found = parent[name]
  if (isObj(found)) return found as Draft
  const made: Draft = {}
  parent[name] = made
  return made
}

/** The list under `name` of a draft as drafts. */
export function drafts(parent: Draft, name: string): Draft[] {
  const found = parent[name]
  return Array.isArray(found) ? (found as Draft[]) : []
}

/** A deep copy that may be changed. */
export function clone<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clone) as T
  if (!isObj(value)) return value
  const out: Draft = {}
  for (const key of Object.keys(value)) out[key] = clone(value[key])
  return out as T
}

/** Freezes a value and what it holds; stops at what is frozen already. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  if (Array.isArray(value)) for (const item of value) freeze(item)
  else for (const key in value) freeze(value[key])
  return value
}

/** Semantic equality of JSON values; the order of members does not count. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  return isObj(a) && isObj(b) && equalBut(a, b, undefined)
}

/** Equality of two objects whatever stands under one name. */
export function equalBut(a: Obj, b: Obj, name: string | undefined): boolean {
  let count = 0
  for (const key in b) if (b[key] !== undefined && key !== name) count++
  for (const key in a) {
    const member = a[key]
    if (member === undefined || key === name) continue
    if (!equal(member, b[key])) return false
    count--
  }
  return count === 0
}

/** The same object without some members. */
export function without(value: Obj, ...names: readonly string[]): Draft {
  const out: Draft = {}
  for (const key of Object.keys(value)) if (!names.includes(key)) out[key] = value[key]
  return out
}

/** Members sorted by name at every depth: what Go prints of a map. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObj(value)) return value
  const out: Draft = {}
  for (const key of Object.keys(value).sort()) out[key] = sorted(value[key])
  return out
}

/** JSON as Go's encoder writes it: `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/>/g, '\\u003e')
    .replace(/&/g, '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

/** A string as Go's %q writes it. */
export function quote(text: string): string {
  let out = '"'
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0
    if (c === '"' || c === '\\') out += `\\${c}`
    else if (c === '\n') out += '\\n'
    else if (c === '\t') out += '\\t'
    else if (c === '\r') out += '\\r'
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else out += c
  }
  return `${out}"`
}

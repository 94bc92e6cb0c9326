/**
 * Static types of expressions, how they are written, and when one may stand for another.
 * Source: cel-go common/types, checker/types.go, checker/format.go.
 */
import {
  isBytes,
  isDuration,
  isList,
  isMap,
  isOptional,
  isTimestamp,
  isTypeValue,
  isUint,
  type List,
  type MapValue,
  type Optional,
  type TypeValue,
  type Value,
} from './values.ts'

export type TypeKind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'param'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'uint'

export interface Type {
  readonly kind: TypeKind
  /** As `type()` shows it, and declarations name it. */
  readonly name: string
  readonly params: readonly Type[]
  /** Of a struct: the type of a field, by the name expressions use. */
  readonly field?: (name: string) => Type | undefined
}

/** A type whose values are of the TypeScript type V. */
export interface Typed<V extends Value> extends Type {
  readonly is: (value: Value) => value is V
}

function simple<V extends Value>(kind: TypeKind, name: string, is: (value: Value) => value is V): Typed<V> {
  return { kind, name, params: [], is }
}

const isAny = (_value: Value): _value is Value => true

export const BOOL = simple('bool', 'bool', (v): v is boolean => typeof v === 'boolean')
export const INT = simple('int', 'int', (v): v is bigint => typeof v === 'bigint')
export const UINT = simple('uint', 'uint', isUint)
export const DOUBLE = simple('double', 'double', (v): v is number => typeof v === 'number')
export const STRING = simple('string', 'string', (v): v is string => typeof v === 'string')
export const BYTES = simple('bytes', 'bytes', isBytes)
export const TIMESTAMP = simple('timestamp', 'google.protobuf.Timestamp', isTimestamp)
export const DURATION = simple('duration', 'google.protobuf.Duration', isDuration)
export const NULL = simple('null', 'null_type', (v): v is null => v === null)
export const DYN = simple('dyn', 'dyn', isAny)
export const ERROR: Type = { kind: 'error', name: '!error!', params: [] }
export const A = simple('param', 'A', isAny)
export const B = simple('param', 'B', isAny)

export const listOf = (element: Type): Typed<List> => ({ kind: 'list', name: 'list', params: [element], is: isList })
export const mapOf = (key: Type, value: Type): Typed<MapValue> => ({ kind: 'map', name: 'map', params: [key, value], is: isMap })
export const typeOf = (inner: Type): Typed<TypeValue> => ({ kind: 'type', name: 'type', params: [inner], is: isTypeValue })
export const optionalOf = (inner: Type): Typed<Optional> => ({ kind: 'opaque', name: 'optional_type', params: [inner], is: isOptional })
export const opaque = <V extends Value>(name: string, is: (value: Value) => value is V): Typed<V> => simple('opaque', name, is)
export const struct = (name: string, fields: ReadonlyMap<string, Type>): Type => ({
  kind: 'struct',
  name,
  params: [],
  field: (field) => fields.get(field),
})

/** A type as error messages of the checker show it. */
export function formatType(t: Type): string {
  if (t.kind === 'timestamp' || t.kind === 'duration' || t.kind === 'null') return t.kind
  return t.params.length === 0 ? t.name : `${t.name}(${t.params.map(formatType).join(', ')})`
}

/** A type as Go prints it: in messages about what an expression yields. */
export const typeText = (t: Type): string => (t.params.length === 0 ? t.name : `${t.name}(${t.params.map(typeText).join(', ')})`)

export const isOptionalType = (t: Type): boolean => t.kind === 'opaque' && t.name === 'optional_type'

/** The type inside an optional, or the type itself. */
export const unwrapOptional = (t: Type): Type => (isOptionalType(t) ? (t.params[0] ?? DYN) : t)

export const isDynOrError = (t: Type): boolean => t.kind === 'dyn' || t.kind === 'error'

/** The very same type. */
export function exactly(a: Type, b: Type): boolean {
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false
  return a.params.every((p, i) => exactly(p, b.params[i] ?? ERROR))
}

/** What type variables stand for. Undone by keeping the old map. */
export type Bindings = ReadonlyMap<string, Type>

/** Replaces type variables by what they stand for; unbound ones by dyn when asked. */
export function substitute(bindings: Bindings, t: Type, unboundToDyn = false): Type {
  if (t.kind === 'param') {
    const bound = bindings.get(t.name)
    if (bound !== undefined) return substitute(bindings, bound, unboundToDyn)
    return unboundToDyn ? DYN : t
  }
  if (t.params.length === 0 || t.kind === 'struct') return t
  return { ...t, params: t.params.map((p) => substitute(bindings, p, unboundToDyn)) }
}

/** The bindings under which each of `from` may stand where the one of `to` is asked for; undefined: none. */
export function assignable(bindings: Bindings, from: readonly Type[], to: readonly Type[]): Bindings | undefined {
  const draft = new Map(bindings)
  return assignAll(draft, from, to) ? draft : undefined
}

type Draft = Map<string, Type>

function assignAll(m: Draft, from: readonly Type[], to: readonly Type[]): boolean {
  return from.length === to.length && from.every((t, i) => assign(m, t, to[i] ?? ERROR))
}

function assign(m: Draft, a: Type, b: Type): boolean {
  if (b.kind === 'param') {
    const { valid, known } = bind(m, a, b)
    if (valid) return true
    if (known) return false
  }
  if (a.kind === 'param') return bind(m, b, a).valid
  if (isDynOrError(a) || isDynOrError(b)) return true
  if (a.kind === 'null') return nullable(b)
  if (b.kind === 'null') return nullable(a)
  if (a.kind !== b.kind) return false
  if (a.kind === 'type') return true
  return a.name === b.name && assignAll(m, a.params, b.params)
}

const nullable = (t: Type): boolean =>
  t.kind === 'null' || t.kind === 'opaque' || t.kind === 'struct' || t.kind === 'duration' || t.kind === 'timestamp'

function bind(m: Draft, t: Type, variable: Type): { readonly valid: boolean; readonly known: boolean } {
  if (exactly(t, variable)) return { valid: true, known: true }
  const bound = m.get(variable.name)
  if (bound !== undefined) {
    if (exactly(t, bound)) return { valid: true, known: true }
    if (!assign(m, t, bound)) return { valid: false, known: true }
    const general = mostGeneral(t, bound)
    if (!occurs(m, variable, general)) m.set(variable.name, general)
    return { valid: true, known: true }
  }
  if (occurs(m, variable, t)) return { valid: false, known: false }
  m.set(variable.name, t)
  return { valid: true, known: false }
}

function occurs(m: Bindings, variable: Type, within: Type): boolean {
  if (exactly(variable, within)) return true
  if (within.kind === 'param') {
    const bound = m.get(within.name)
    return bound !== undefined && occurs(m, variable, bound)
  }
  return within.kind !== 'struct' && within.params.some((p) => occurs(m, variable, p))
}

/** The more general of two types that go together. */
export function mostGeneral(a: Type, b: Type): Type {
  return isEqualOrLessSpecific(a, b) ? a : b
}

function isEqualOrLessSpecific(a: Type, b: Type): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true
  if (b.kind === 'dyn' || b.kind === 'param') return false
  if (a.kind !== b.kind) return false
  if (a.kind === 'type') return true
  if (a.kind === 'opaque' || a.kind === 'list' || a.kind === 'map')
    return (
      a.name === b.name && a.params.length === b.params.length && a.params.every((p, i) => isEqualOrLessSpecific(p, b.params[i] ?? ERROR))
    )
  return exactly(a, b)
}

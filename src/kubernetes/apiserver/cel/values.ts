/**
 * Values at run time. Bool, int, double, string and null are JavaScript's own (int is bigint); the rest are the classes below.
 * Source: cel-go common/types.
 */

export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** How an API server compares and joins a list. Source: x-kubernetes-list-type. */
export type ListMode = { readonly kind: 'atomic' } | { readonly kind: 'set' } | { readonly kind: 'map'; readonly keys: readonly string[] }

const ATOMIC: ListMode = { kind: 'atomic' }

export class List {
  readonly items: readonly Value[]
  readonly mode: ListMode
  constructor(items: readonly Value[], mode: ListMode = ATOMIC) {
    this.items = items
    this.mode = mode
  }
}

/** A map, or an object with fields. Keys are strings, ints, uints or bools. */
export class MapValue {
  readonly #entries = new Map<string, readonly [Value, Value]>()
  /** What `type()` says of it. */
  readonly typeName: string

  constructor(entries: Iterable<readonly [Value, Value]> = [], typeName = 'map') {
    this.typeName = typeName
    for (const [key, value] of entries) this.#entries.set(keyText(key), [key, value])
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyText(key))?.[1]
  }

  has(key: Value): boolean {
    return this.#entries.has(keyText(key))
  }

  keys(): Value[] {
    return [...this.#entries.values()].map(([key]) => key)
  }

  entries(): (readonly [Value, Value])[] {
    return [...this.#entries.values()]
  }
}

/** Equal keys have equal texts; numbers of all types are one. */
function keyText(key: Value): string {
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'bigint') return `n${key}`
  if (key instanceof Uint) return `n${key.value}`
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`
  if (typeof key === 'boolean') return `b${key}`
  throw new EvaluationError(`unsupported key type: ${typeNameOf(key)}`)
}

/** Nanoseconds since the Unix epoch. */
export class Timestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** A type as a value: what `type(x)` yields. */
export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export class Optional {
  /** Undefined: none. */
  readonly value: Value | undefined
  constructor(value: Value | undefined) {
    this.value = value
  }
}

/** A value of one of Kubernetes' own types. */
export abstract class Opaque {
  abstract readonly typeName: string
  abstract equals(other: Opaque): boolean
}

export type Value =
  | boolean
  | bigint
  | number
  | string
  | null
  | Uint
  | Uint8Array
  | List
  | MapValue
  | Timestamp
  | Duration
  | TypeValue
  | Optional
  | Opaque

export const isUint = (v: Value): v is Uint => v instanceof Uint
export const isBytes = (v: Value): v is Uint8Array => v instanceof Uint8Array
export const isList = (v: Value): v is List => v instanceof List
export const isMap = (v: Value): v is MapValue => v instanceof MapValue
export const isTimestamp = (v: Value): v is Timestamp => v instanceof Timestamp
export const isDuration = (v: Value): v is Duration => v instanceof Duration
export const isTypeValue = (v: Value): v is TypeValue => v instanceof TypeValue
export const isOptional = (v: Value): v is Optional => v instanceof Optional

/** An expression failed while it ran; the message is upstream's. */
export class EvaluationError extends Error {}

/** Calls that no overload fits. */
export const noSuchOverload = (): EvaluationError => new EvaluationError('no such overload')

/** The name of a value's type. */
export function typeNameOf(v: Value): string {
  if (v === null) return 'null_type'
  switch (typeof v) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
    default:
  }
  if (v instanceof Uint) return 'uint'
  if (v instanceof Uint8Array) return 'bytes'
  if (v instanceof List) return 'list'
  if (v instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (v instanceof Duration) return 'google.protobuf.Duration'
  if (v instanceof TypeValue) return 'type'
  if (v instanceof Optional) return 'optional_type'
  return v.typeName
}

const MIN_INT = -(1n << 63n)
const MAX_INT = (1n << 63n) - 1n
const MAX_UINT = (1n << 64n) - 1n

/** An int, or the error that it does not fit 64 bits. */
export function int(value: bigint): bigint {
  if (value < MIN_INT || value > MAX_INT) throw new EvaluationError('integer overflow')
  return value
}

export function uint(value: bigint): Uint {
  if (value < 0n || value > MAX_UINT) throw new EvaluationError('unsigned integer overflow')
  return new Uint(value)
}

export function duration(nanos: bigint): Duration {
  if (nanos < MIN_INT || nanos > MAX_INT) throw new EvaluationError('duration overflow')
  return new Duration(nanos)
}

const MIN_TIME = -62_135_596_800n * 1_000_000_000n
const MAX_TIME = 253_402_300_800n * 1_000_000_000n

export function timestamp(nanos: bigint): Timestamp {
  if (nanos < MIN_TIME || nanos >= MAX_TIME) throw new EvaluationError('timestamp overflow')
  return new Timestamp(nanos)
}

const asNumber = (v: Value): bigint | number | undefined =>
  typeof v === 'bigint' || typeof v === 'number' ? v : v instanceof Uint ? v.value : undefined

/** -1, 0 or 1; undefined when one of them is NaN. */
function compareNumbers(a: bigint | number, b: bigint | number): number | undefined {
  if (a < b) return -1
  if (a > b) return 1
  return Number.isNaN(Number(a)) || Number.isNaN(Number(b)) ? undefined : 0
}

/** Order of two values; undefined for NaN. Throws for values without an order. */
export function compare(a: Value, b: Value): number | undefined {
  const x = asNumber(a)
  const y = asNumber(b)
  if (x !== undefined && y !== undefined) return compareNumbers(x, y)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  throw noSuchOverload()
}

/** Order by code points, as Go orders UTF-8. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  const x = [...a]
  const y = [...b]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return Math.sign(x.length - y.length)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return Math.sign(a.length - b.length)
}

/** Whether two values are equal; values of different types are not, but numbers are compared by what they are worth. */
export function equal(a: Value, b: Value): boolean {
  const x = asNumber(a)
  const y = asNumber(b)
  if (x !== undefined || y !== undefined) return x !== undefined && y !== undefined && compareNumbers(x, y) === 0
  if (a instanceof List) return b instanceof List && equalLists(a, b)
  if (a instanceof MapValue) {
    if (!(b instanceof MapValue) || a.size !== b.size) return false
    return a.entries().every(([key, value]) => {
      const other = b.get(key)
      return other !== undefined && equal(value, other)
    })
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false
    return a.value === undefined || b.value === undefined ? a.value === b.value : equal(a.value, b.value)
  }
  if (a instanceof Opaque) return b instanceof Opaque && a.typeName === b.typeName && a.equals(b)
  return a === b
}

function equalLists(a: List, b: List): boolean {
  if (a.items.length !== b.items.length) return false
  const { mode } = a
  if (mode.kind === 'set') return a.items.every((item) => contains(b, item))
  if (mode.kind === 'map')
    return a.items.every((item) => {
      const other = b.items.find((o) => sameKeys(mode.keys, item, o))
      return other !== undefined && equal(item, other)
    })
  return a.items.every((item, i) => {
    const other = b.items[i]
    return other !== undefined && equal(item, other)
  })
}

const sameKeys = (keys: readonly string[], a: Value, b: Value): boolean =>
  a instanceof MapValue &&
  b instanceof MapValue &&
  keys.every((key) => {
    const x = a.get(key)
    const y = b.get(key)
    return x === undefined || y === undefined ? x === y : equal(x, y)
  })

export const contains = (list: List, value: Value): boolean => list.items.some((item) => equal(item, value))

/** Two lists joined: sets and lists with keys keep the order of the first, and take from the second what is new or newer. */
export function concatLists(a: List, b: List): List {
  const { mode } = a
  if (mode.kind === 'set') return new List([...a.items, ...b.items.filter((item) => !contains(a, item))], mode)
  if (mode.kind === 'map') {
    const kept = a.items.map((item) => b.items.find((o) => sameKeys(mode.keys, item, o)) ?? item)
    return new List([...kept, ...b.items.filter((item) => !a.items.some((o) => sameKeys(mode.keys, item, o)))], mode)
  }
  return new List([...a.items, ...b.items])
}

/** A value as errors show it: `%v`. */
export function display(v: Value): string {
  if (v instanceof Uint) return String(v.value)
  return typeof v === 'object' && v !== null ? `<${typeNameOf(v)}>` : String(v)
}

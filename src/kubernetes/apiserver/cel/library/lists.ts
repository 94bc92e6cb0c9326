/** Lists: Kubernetes' own functions, then cel-go's, version 3, and sets. Source: apiserver pkg/cel/library/lists.go, cel-go ext/lists.go, ext/sets.go. */
import { fn, method, type Overload } from '../functions.ts'
import { A, BOOL, BYTES, DOUBLE, DURATION, INT, listOf, STRING, TIMESTAMP, type Type, UINT } from '../types.ts'
import {
  compare,
  contains,
  Duration,
  duration,
  EvaluationError,
  equal,
  int,
  List,
  noSuchOverload,
  typeNameOf,
  Uint,
  uint,
  type Value,
} from '../values.ts'

const LIST_A = listOf(A)
const COMPARABLE = [INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES] as const
/** Lists no longer than this are made by `lists.range`. */
const MAX_RANGE = 1_000_000n

const order = (a: Value, b: Value): number => compare(a, b) ?? 0

function extreme(list: List, name: string, wanted: number): Value {
  const [first, ...rest] = list.items
  if (first === undefined) throw new EvaluationError(`${name} called on empty list`)
  return rest.reduce<Value>((best, item) => (order(item, best) === wanted ? item : best), first)
}

function sum(list: List, zero: Value): Value {
  return list.items.reduce<Value>((total, item) => {
    if (typeof total === 'bigint' && typeof item === 'bigint') return int(total + item)
    if (typeof total === 'number' && typeof item === 'number') return total + item
    if (total instanceof Uint && item instanceof Uint) return uint(total.value + item.value)
    if (total instanceof Duration && item instanceof Duration) return duration(total.nanos + item.nanos)
    throw noSuchOverload()
  }, zero)
}

/** Where all elements are of a type; an empty list is of every type. */
const allAre = (list: List, name: string): boolean => list.items.every((item) => typeNameOf(item) === name)

/** A function of lists of each of some types; `run` is called for the type the elements are of. */
function forTypes(name: string, types: readonly Type[], result: (t: Type) => Type, run: (list: List, t: Type) => Value): Overload[] {
  return types.map((t) => ({
    name,
    member: true,
    params: [listOf(t)],
    result: result(t),
    run: ([list]) => (list instanceof List && allAre(list, t.name) ? run(list, t) : undefined),
  }))
}

const ZEROS: ReadonlyMap<Type, Value> = new Map<Type, Value>([
  [INT, 0n],
  [UINT, new Uint(0n)],
  [DOUBLE, 0],
  [DURATION, new Duration(0n)],
])

function slice(list: List, start: bigint, end: bigint): List {
  const length = BigInt(list.items.length)
  const range = `cannot slice(${start}, ${end})`
  if (start < 0n || end < 0n) throw new EvaluationError(`${range}, negative indexes not supported`)
  if (start > end) throw new EvaluationError(`${range}, start index must be less than or equal to end index`)
  if (length < end) throw new EvaluationError(`${range}, list is length ${length}`)
  return new List(list.items.slice(Number(start), Number(end)))
}

function flatten(list: List, depth: bigint): List {
  if (depth < 0n) throw new EvaluationError('level must be non-negative')
  return new List(list.items.flatMap((item) => (item instanceof List && depth > 0n ? flatten(item, depth - 1n).items : [item])))
}

function distinct(list: List): List {
  const out: Value[] = []
  for (const item of list.items) if (!out.some((o) => equal(o, item))) out.push(item)
  return new List(out)
}

/** The elements in the order of their keys, which must be of one comparable type. */
export function sortBy(items: readonly Value[], keys: readonly Value[]): List {
  const [first] = keys
  if (first !== undefined) {
    if (!COMPARABLE.some((t) => t.is(first))) throw new EvaluationError('list elements must be comparable')
    if (keys.some((k) => typeNameOf(k) !== typeNameOf(first))) throw new EvaluationError('list elements must have the same type')
  }
  const pairs = items.map((item, i): readonly [Value, Value] => [keys[i] ?? null, item])
  return new List(pairs.sort(([a], [b]) => order(a, b)).map(([, item]) => item))
}

function range(n: bigint): List {
  if (n > MAX_RANGE) throw new EvaluationError(`lists.range() too large: ${n}`)
  return new List(Array.from({ length: Math.max(0, Number(n)) }, (_, i) => BigInt(i)))
}

const isSorted = (list: List): boolean => list.items.every((item, i) => i === 0 || order(list.items[i - 1] ?? null, item) <= 0)

export const LISTS: readonly Overload[] = [
  ...forTypes('isSorted', COMPARABLE, () => BOOL, isSorted),
  ...forTypes(
    'sum',
    [INT, UINT, DOUBLE, DURATION],
    (t) => t,
    (list, t) => sum(list, ZEROS.get(t) ?? null),
  ),
  ...forTypes(
    'max',
    COMPARABLE,
    (t) => t,
    (list) => extreme(list, 'max', 1),
  ),
  ...forTypes(
    'min',
    COMPARABLE,
    (t) => t,
    (list) => extreme(list, 'min', -1),
  ),
  method('indexOf', [LIST_A, A], INT, (list, item) => BigInt(list.items.findIndex((o) => equal(o, item)))),
  method('lastIndexOf', [LIST_A, A], INT, (list, item) => BigInt(list.items.findLastIndex((o) => equal(o, item)))),
  method('slice', [LIST_A, INT, INT], LIST_A, slice),
  method('flatten', [listOf(LIST_A)], LIST_A, (list) => flatten(list, 1n)),
  method('flatten', [listOf(LIST_A), INT], listOf(A), flatten),
  ...forTypes('sort', COMPARABLE, listOf, (list) => sortBy(list.items, list.items)),
  fn('lists.range', [INT], listOf(INT), range),
  method('reverse', [LIST_A], LIST_A, (list) => new List([...list.items].reverse())),
  method('distinct', [LIST_A], LIST_A, distinct),
]

export const SETS: readonly Overload[] = [
  fn('sets.contains', [LIST_A, LIST_A], BOOL, (list, part) => part.items.every((item) => contains(list, item))),
  fn(
    'sets.equivalent',
    [LIST_A, LIST_A],
    BOOL,
    (a, b) => a.items.every((item) => contains(b, item)) && b.items.every((item) => contains(a, item)),
  ),
  fn('sets.intersects', [LIST_A, LIST_A], BOOL, (a, b) => a.items.some((item) => contains(b, item))),
]

/** Optional values: `optional.of(x)`, `a.?b.orValue(c)`. Source: cel-go cel/library.go (OptionalTypes). */
import { fn, method, type Overload, operator } from '../functions.ts'
import { A, B, BOOL, DYN, INT, listOf, mapOf, optionalOf, STRING } from '../types.ts'
import { Duration, EvaluationError, List, MapValue, noSuchOverload, Optional, Uint, type Value } from '../values.ts'
import { find } from './standard.ts'

const OPTIONAL_A = optionalOf(A)
const OPTIONAL_B = optionalOf(B)
const LIST_A = listOf(A)
const MAP_AB = mapOf(A, B)
const NONE = new Optional(undefined)

/** The value of a type that says nothing: `''`, 0, an empty list. */
function isZero(v: Value): boolean {
  if (v === null || v === '' || v === 0n || v === 0 || v === false) return true
  if (v instanceof Uint) return v.value === 0n
  if (v instanceof Duration) return v.nanos === 0n
  if (v instanceof List) return v.items.length === 0
  if (v instanceof MapValue) return v.size === 0
  if (v instanceof Optional) return v.value === undefined
  return v instanceof Uint8Array && v.length === 0
}

function optionalIndex(args: readonly Value[]): Value {
  const [container, key] = args
  if (container === undefined || key === undefined) throw noSuchOverload()
  const inner = container instanceof Optional ? container.value : container
  if (inner === undefined) return NONE
  return new Optional(find(inner, key))
}

const unwrap = (list: List): Value =>
  new List(
    list.items.flatMap((item) => {
      if (!(item instanceof Optional)) throw noSuchOverload()
      return item.value === undefined ? [] : [item.value]
    }),
  )

export const OPTIONALS: readonly Overload[] = [
  fn('optional.of', [A], OPTIONAL_A, (v) => new Optional(v)),
  fn('optional.ofNonZeroValue', [A], OPTIONAL_A, (v) => (isZero(v) ? NONE : new Optional(v))),
  fn('optional.none', [], OPTIONAL_A, () => NONE),
  method('value', [OPTIONAL_A], A, (o) => {
    if (o.value === undefined) throw new EvaluationError('optional.none() dereference')
    return o.value
  }),
  method('hasValue', [OPTIONAL_A], BOOL, (o) => o.value !== undefined),
  method('or', [OPTIONAL_A, OPTIONAL_A], OPTIONAL_A, (a, b) => (a.value === undefined ? b : a)),
  method('orValue', [OPTIONAL_A, A], A, (a, b) => a.value ?? (a.value === null ? null : b)),
  fn('optional.unwrap', [listOf(OPTIONAL_A)], LIST_A, unwrap),
  method('unwrapOpt', [listOf(OPTIONAL_A)], LIST_A, unwrap),
  method('first', [LIST_A], OPTIONAL_A, (list) => new Optional(list.items[0])),
  method('last', [LIST_A], OPTIONAL_A, (list) => new Optional(list.items.at(-1))),
  ...operator('_?._', [[[DYN, STRING], OPTIONAL_A]], optionalIndex),
  ...operator(
    '_[?_]',
    [
      [[LIST_A, INT], OPTIONAL_A],
      [[optionalOf(LIST_A), INT], OPTIONAL_A],
      [[MAP_AB, A], OPTIONAL_B],
      [[optionalOf(MAP_AB), A], OPTIONAL_B],
    ],
    optionalIndex,
  ),
]

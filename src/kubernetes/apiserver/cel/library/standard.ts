/** Operators, conversions and the functions of the language itself. Source: cel-go common/stdlib. */
import { decode, encode } from '#sim/bytes.ts'
import { fn, method, type Overload, operator } from '../functions.ts'
import { regex } from '../regex.ts'
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp, partsOf, zoneOffset } from '../time.ts'
import {
  A,
  B,
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  optionalOf,
  STRING,
  TIMESTAMP,
  type Type,
  typeOf,
  UINT,
} from '../types.ts'
import {
  compare,
  concatLists,
  contains,
  Duration,
  duration,
  EvaluationError,
  equal,
  int,
  List,
  MapValue,
  noSuchOverload,
  Optional,
  Timestamp,
  TypeValue,
  timestamp,
  typeNameOf,
  Uint,
  uint,
  type Value,
} from '../values.ts'

const LIST_A = listOf(A)
const MAP_AB = mapOf(A, B)

type Signature = readonly [readonly Type[], Type]
const same = (...types: readonly Type[]): Signature[] => types.map((t): Signature => [[t, t], t])

const ORDERED: readonly Signature[] = [
  [BOOL, BOOL],
  [INT, INT],
  [INT, DOUBLE],
  [INT, UINT],
  [UINT, UINT],
  [UINT, DOUBLE],
  [UINT, INT],
  [DOUBLE, DOUBLE],
  [DOUBLE, INT],
  [DOUBLE, UINT],
  [STRING, STRING],
  [BYTES, BYTES],
  [TIMESTAMP, TIMESTAMP],
  [DURATION, DURATION],
].map((pair): Signature => [pair, BOOL])

const two = (args: readonly Value[]): readonly [Value, Value] => {
  const [a, b] = args
  if (a === undefined || b === undefined) throw noSuchOverload()
  return [a, b]
}

const relation = (name: string, holds: (order: number) => boolean): Overload[] =>
  operator(name, ORDERED, (args) => {
    const order = compare(...two(args))
    return order !== undefined && holds(order)
  })

function add(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a + b)
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value)
  if (a instanceof List && b instanceof List) return concatLists(a, b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array([...a, ...b])
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanos + b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.nanos + b.nanos)
  if (a instanceof Duration && b instanceof Timestamp) return timestamp(a.nanos + b.nanos)
  throw noSuchOverload()
}

function subtract(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a - b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (a instanceof Uint && b instanceof Uint) return uint(a.value - b.value)
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Timestamp) return duration(a.nanos - b.nanos)
  throw noSuchOverload()
}

function multiply(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a * b)
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a instanceof Uint && b instanceof Uint) return uint(a.value * b.value)
  throw noSuchOverload()
}

function divide(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return a / b
  const [x, y, make] = integers(a, b)
  if (y === 0n) throw new EvaluationError('division by zero')
  return make(x / y)
}

function modulo(a: Value, b: Value): Value {
  const [x, y, make] = integers(a, b)
  if (y === 0n) throw new EvaluationError('modulus by zero')
  return make(x % y)
}

function integers(a: Value, b: Value): readonly [bigint, bigint, (n: bigint) => Value] {
  if (typeof a === 'bigint' && typeof b === 'bigint') return [a, b, int]
  if (a instanceof Uint && b instanceof Uint) return [a.value, b.value, uint]
  throw noSuchOverload()
}

/** `list[i]`, `map[key]`, and the same of optionals. */
export function index(container: Value, key: Value): Value {
  if (container instanceof Optional) return container.value === undefined ? container : new Optional(find(container.value, key))
  const found = find(container, key)
  if (found !== undefined) return found
  if (container instanceof List) throw new EvaluationError(`index out of bounds: ${shown(key)}`)
  throw new EvaluationError(`no such key: ${shown(key)}`)
}

/** What stands at a key or an index; undefined when nothing does. */
export function find(container: Value, key: Value): Value | undefined {
  if (container instanceof MapValue) return container.get(key)
  if (!(container instanceof List)) return undefined
  const at = key instanceof Uint ? key.value : typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key
  if (typeof at !== 'bigint') throw new EvaluationError(`unsupported index type '${typeNameOf(key)}' in list`)
  return at < 0n ? undefined : container.items[Number(at)]
}

const shown = (v: Value): string => (v instanceof Uint ? String(v.value) : typeof v === 'object' ? typeNameOf(v) : String(v))

function isIn(value: Value, container: Value): boolean {
  if (container instanceof List) return contains(container, value)
  if (container instanceof MapValue) return container.has(value)
  throw noSuchOverload()
}

const size = (v: string | Uint8Array | List | MapValue): bigint => {
  if (typeof v === 'string') return BigInt([...v].length)
  if (v instanceof List) return BigInt(v.items.length)
  return BigInt(v instanceof MapValue ? v.size : v.length)
}

const conversionError = (from: string, to: string): EvaluationError =>
  new EvaluationError(`type conversion error from '${from}' to '${to}'`)

function intOf(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw conversionError('string', 'int')
  return inRange(() => int(BigInt(text)), 'int')
}

function uintOf(text: string): Uint {
  if (!/^\d+$/.test(text)) throw conversionError('string', 'uint')
  return inRange(() => uint(BigInt(text)), 'uint')
}

function inRange<T>(make: () => T, to: string): T {
  try {
    return make()
  } catch {
    throw conversionError('string', to)
  }
}

function whole(value: number, overflow: string): bigint {
  if (!Number.isFinite(value)) throw new EvaluationError(overflow)
  return BigInt(Math.trunc(value))
}

function doubleOf(text: string): number {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) throw conversionError('string', 'double')
  return Number(text)
}

function boolOf(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  throw conversionError('string', 'bool')
}

/** A double without exponent, as Go's %f with the digits that are needed. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const text = String(value)
  const m = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (m === null) return text
  const [, sign = '', first = '', rest = '', exponent = ''] = m
  const digits = first + rest
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}

function text(bytes: Uint8Array): string {
  const decoded = decode(bytes)
  if (decoded.includes('\ufffd')) throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string')
  return decoded
}

/** A time text's value. Throws EvalErrors. */
function timestampOf(value: string): Timestamp {
  const parsed = parseTimestamp(value)
  if (parsed === undefined) throw conversionError('string', TIMESTAMP.name)
  return parsed
}

function durationOf(value: string): Duration {
  const parsed = parseDuration(value)
  if (parsed === undefined) throw conversionError('string', DURATION.name)
  return parsed
}

const NANOS = 1_000_000_000n

const CONVERSIONS: readonly Overload[] = [
  fn('type', [A], typeOf(A), (v) => new TypeValue(typeNameOf(v))),
  fn('dyn', [A], DYN, (v) => v),
  fn('bool', [BOOL], BOOL, (v) => v),
  fn('bool', [STRING], BOOL, boolOf),
  fn('bytes', [BYTES], BYTES, (v) => v),
  fn('bytes', [STRING], BYTES, encode),
  fn('double', [DOUBLE], DOUBLE, (v) => v),
  fn('double', [INT], DOUBLE, Number),
  fn('double', [STRING], DOUBLE, doubleOf),
  fn('double', [UINT], DOUBLE, (v) => Number(v.value)),
  fn('duration', [DURATION], DURATION, (v) => v),
  fn('duration', [STRING], DURATION, durationOf),
  fn('int', [INT], INT, (v) => v),
  fn('int', [DOUBLE], INT, (v) => int(whole(v, 'integer overflow'))),
  fn('int', [DURATION], INT, (v) => v.nanos),
  fn('int', [STRING], INT, intOf),
  fn('int', [TIMESTAMP], INT, (v) => (v.nanos - (((v.nanos % NANOS) + NANOS) % NANOS)) / NANOS),
  fn('int', [UINT], INT, (v) => int(v.value)),
  fn('string', [STRING], STRING, (v) => v),
  fn('string', [BOOL], STRING, String),
  fn('string', [BYTES], STRING, text),
  fn('string', [DOUBLE], STRING, doubleText),
  fn('string', [DURATION], STRING, formatDuration),
  fn('string', [INT], STRING, String),
  fn('string', [TIMESTAMP], STRING, formatTimestamp),
  fn('string', [UINT], STRING, (v) => String(v.value)),
  fn('timestamp', [TIMESTAMP], TIMESTAMP, (v) => v),
  fn('timestamp', [INT], TIMESTAMP, (v) => timestamp(v * NANOS)),
  fn('timestamp', [STRING], TIMESTAMP, timestampOf),
  fn('uint', [UINT], UINT, (v) => v),
  fn('uint', [DOUBLE], UINT, (v) => uint(whole(v, 'unsigned integer overflow'))),
  fn('uint', [INT], UINT, uint),
  fn('uint', [STRING], UINT, uintOf),
]

type Part = (parts: ReturnType<typeof partsOf>) => number

const timePart = (name: string, part: Part): Overload[] => [
  method(name, [TIMESTAMP], INT, (t) => BigInt(part(partsOf(t)))),
  method(name, [TIMESTAMP, STRING], INT, (t, zone) => BigInt(part(partsOf(t, zoneOffset(zone))))),
]

const TIMES: readonly Overload[] = [
  ...timePart('getFullYear', (p) => p.year),
  ...timePart('getMonth', (p) => p.month - 1),
  ...timePart('getDayOfYear', (p) => p.yearday - 1),
  ...timePart('getDayOfMonth', (p) => p.day - 1),
  ...timePart('getDate', (p) => p.day),
  ...timePart('getDayOfWeek', (p) => p.weekday),
  ...timePart('getHours', (p) => p.hours),
  method('getHours', [DURATION], INT, (d) => d.nanos / (3600n * NANOS)),
  ...timePart('getMinutes', (p) => p.minutes),
  method('getMinutes', [DURATION], INT, (d) => d.nanos / (60n * NANOS)),
  ...timePart('getSeconds', (p) => p.seconds),
  method('getSeconds', [DURATION], INT, (d) => d.nanos / NANOS),
  ...timePart('getMilliseconds', (p) => p.milliseconds),
  method('getMilliseconds', [DURATION], INT, (d) => d.nanos / 1_000_000n),
]

const OPERATORS: readonly Overload[] = [
  // The interpreter computes these three itself: their operands may fail or not be needed.
  ...operator('_?_:_', [[[BOOL, A, A], A]], () => null),
  ...operator('_&&_', [[[BOOL, BOOL], BOOL]], () => null),
  ...operator('_||_', [[[BOOL, BOOL], BOOL]], () => null),
  fn('!_', [BOOL], BOOL, (v) => !v),
  ...operator('_==_', [[[A, A], BOOL]], (args) => equal(...two(args))),
  ...operator('_!=_', [[[A, A], BOOL]], (args) => !equal(...two(args))),
  ...operator(
    '_+_',
    [
      ...same(BYTES, DOUBLE, DURATION),
      [[DURATION, TIMESTAMP], TIMESTAMP],
      [[TIMESTAMP, DURATION], TIMESTAMP],
      ...same(INT, LIST_A, STRING, UINT),
    ],
    (args) => add(...two(args)),
  ),
  ...operator('_/_', same(DOUBLE, INT, UINT), (args) => divide(...two(args))),
  ...operator('_%_', same(INT, UINT), (args) => modulo(...two(args))),
  ...operator('_*_', same(DOUBLE, INT, UINT), (args) => multiply(...two(args))),
  fn('-_', [DOUBLE], DOUBLE, (v) => -v),
  fn('-_', [INT], INT, (v) => int(-v)),
  ...operator(
    '_-_',
    [...same(DOUBLE, DURATION, INT), [[TIMESTAMP, DURATION], TIMESTAMP], [[TIMESTAMP, TIMESTAMP], DURATION], ...same(UINT)],
    (args) => subtract(...two(args)),
  ),
  ...relation('_<_', (o) => o < 0),
  ...relation('_<=_', (o) => o <= 0),
  ...relation('_>_', (o) => o > 0),
  ...relation('_>=_', (o) => o >= 0),
  ...operator(
    '_[_]',
    [
      [[LIST_A, INT], A],
      [[MAP_AB, A], B],
      [[optionalOf(LIST_A), INT], optionalOf(A)],
      [[optionalOf(MAP_AB), A], optionalOf(B)],
    ],
    (args) => index(...two(args)),
  ),
  ...operator(
    '@in',
    [
      [[A, LIST_A], BOOL],
      [[A, MAP_AB], BOOL],
    ],
    (args) => isIn(...two(args)),
  ),
]

const SIZED = [BYTES, LIST_A, MAP_AB, STRING] as const

/** `matches`: somewhere in the text. */
function matches(value: string, pattern: string): boolean {
  const compiled = regex(pattern)
  compiled.lastIndex = 0
  return compiled.test(value)
}

export const STANDARD: readonly Overload[] = [
  ...OPERATORS,
  ...CONVERSIONS,
  ...TIMES,
  ...SIZED.map((t) => fn('size', [t], INT, size)),
  ...SIZED.map((t) => method('size', [t], INT, size)),
  method('contains', [STRING, STRING], BOOL, (s, part) => s.includes(part)),
  method('endsWith', [STRING, STRING], BOOL, (s, part) => s.endsWith(part)),
  method('startsWith', [STRING, STRING], BOOL, (s, part) => s.startsWith(part)),
  fn('matches', [STRING, STRING], BOOL, matches),
  method('matches', [STRING, STRING], BOOL, matches),
]

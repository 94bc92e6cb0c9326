/** Resource quantities. Source: apiserver pkg/cel/library/quantity.go. */
import { parseQuantity } from '#kubernetes/api/quantity.ts'
import { fn, method, type Overload } from '../functions.ts'
import { BOOL, DOUBLE, INT, opaque, STRING } from '../types.ts'
import { EvaluationError, Opaque } from '../values.ts'

/** Source: resource.ErrFormatWrong. */
const WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const NANO = 1_000_000_000n
const MAX_INT = (1n << 63n) - 1n

class QuantityValue extends Opaque {
  readonly typeName = 'kubernetes.Quantity'
  readonly nanos: bigint

  constructor(nanos: bigint) {
    super()
    this.nanos = nanos
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && other.nanos === this.nanos
  }
}

const QUANTITY = opaque('kubernetes.Quantity', (v): v is QuantityValue => v instanceof QuantityValue)

function quantity(text: string): QuantityValue {
  const parsed = parseQuantity(text)
  if (parsed === undefined) throw new EvaluationError(WRONG)
  return new QuantityValue(parsed.nanos)
}

const sign = (n: bigint): bigint => (n < 0n ? -1n : n > 0n ? 1n : 0n)

const isInteger = (q: QuantityValue): boolean => q.nanos % NANO === 0n && q.nanos / NANO <= MAX_INT && q.nanos / NANO >= -MAX_INT - 1n

function asInteger(q: QuantityValue): bigint {
  if (!isInteger(q)) throw new EvaluationError('cannot convert value to integer')
  return q.nanos / NANO
}

export const QUANTITIES: readonly Overload[] = [
  fn('quantity', [STRING], QUANTITY, quantity),
  fn('isQuantity', [STRING], BOOL, (s) => parseQuantity(s) !== undefined),
  method('sign', [QUANTITY], INT, (q) => sign(q.nanos)),
  method('isGreaterThan', [QUANTITY, QUANTITY], BOOL, (a, b) => a.nanos > b.nanos),
  method('isLessThan', [QUANTITY, QUANTITY], BOOL, (a, b) => a.nanos < b.nanos),
  method('compareTo', [QUANTITY, QUANTITY], INT, (a, b) => sign(a.nanos - b.nanos)),
  method('asApproximateFloat', [QUANTITY], DOUBLE, (q) => Number(q.nanos) / 1e9),
  method('asInteger', [QUANTITY], INT, asInteger),
  method('isInteger', [QUANTITY], BOOL, isInteger),
  method('add', [QUANTITY, QUANTITY], QUANTITY, (a, b) => new QuantityValue(a.nanos + b.nanos)),
  method('add', [QUANTITY, INT], QUANTITY, (a, b) => new QuantityValue(a.nanos + b * NANO)),
  method('sub', [QUANTITY, QUANTITY], QUANTITY, (a, b) => new QuantityValue(a.nanos - b.nanos)),
  method('sub', [QUANTITY, INT], QUANTITY, (a, b) => new QuantityValue(a.nanos - b * NANO)),
]

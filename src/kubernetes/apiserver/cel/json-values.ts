/** JSON without a schema as values, and back. Source: apiserver pkg/cel/common/valuesschemalesstyped.go, cel-go's conversion to JSON. */
import { isObj } from '#kubernetes/api/json.ts'
import { toBase64 } from '#sim/bytes.ts'
import { formatDuration, formatTimestamp } from './time.ts'
import { Duration, EvaluationError, List, MapValue, Optional, Timestamp, typeNameOf, Uint, type Value } from './values.ts'

/** Whole numbers are ints, others doubles. */
export function celValue(json: unknown): Value {
  if (json === null || json === undefined) return null
  if (typeof json === 'string' || typeof json === 'boolean') return json
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json
  if (Array.isArray(json)) return new List(json.map(celValue))
  if (!isObj(json)) return null
  const entries = Object.keys(json).filter((key) => json[key] !== undefined)
  return new MapValue(entries.map((key): readonly [Value, Value] => [key, celValue(json[key])]))
}

/** A value as JSON. Throws EvaluationErrors for what has none. */
export function jsonOf(value: Value): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint) return Number(value.value)
  if (value instanceof Uint8Array) return toBase64(value)
  if (value instanceof List) return value.items.map(jsonOf)
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof Optional) return value.value === undefined ? null : jsonOf(value.value)
  if (value instanceof MapValue) {
    const out: { [key: string]: unknown } = {}
    for (const [key, member] of value.entries()) {
      if (typeof key !== 'string') throw new EvaluationError(`map key ${String(key)} is of type ${typeNameOf(key)}, not string`)
      out[key] = jsonOf(member)
    }
    return out
  }
  throw new EvaluationError(`type conversion error from '${typeNameOf(value)}' to 'google.protobuf.Value'`)
}

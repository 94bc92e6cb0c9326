/**
 * Objects as the API server stores them in etcd: four bytes `k8s\0` and a runtime.Unknown with the object of a built-in type in it; others as JSON.
 * Source: apimachinery pkg/runtime/serializer/protobuf, gogo's generated marshallers: fields by number, what is no pointer always written.
 */
import { concat, encode, fromBase64 } from '#sim/bytes.ts'
import { parseRfc3339 } from '#sim/time.ts'
import type { Obj } from './json.ts'
import { definitionOf } from './protobuf.ts'
import type { Def, Scalar, Type } from './schema.ts'

const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00)

/** The bytes of `object`, which has apiVersion and kind; without its resourceVersion, which etcd knows by itself. */
export function encodeStored(object: Obj): Uint8Array {
  const { apiVersion, kind, ...rest } = object
  const { resourceVersion: _, ...metadata } = (object.metadata ?? {}) as Obj
  const body: Obj = { ...rest, metadata }
  const def = typeof apiVersion === 'string' && typeof kind === 'string' ? definitionOf(apiVersion, kind) : undefined
  if (def === undefined) return encode(`${JSON.stringify({ apiVersion, kind, ...body })}\n`)
  const typeMeta = concat([chunk(1, encode(String(apiVersion))), chunk(2, encode(String(kind)))])
  return concat([MAGIC, chunk(1, typeMeta), chunk(2, message(body, def)), chunk(3, NONE), chunk(4, NONE)])
}

const NONE = new Uint8Array(0)

function varint(value: bigint): Uint8Array {
  const out: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    out.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return Uint8Array.from(out)
}

const tag = (number: number, wire: number): Uint8Array => varint(BigInt(number * 8 + wire))

/** A field of bytes: string, message. */
function chunk(number: number, bytes: Uint8Array): Uint8Array {
  return concat([tag(number, 2), varint(BigInt(bytes.length)), bytes])
}

function integer(number: number, value: number): Uint8Array {
  return concat([tag(number, 0), varint(BigInt(Math.trunc(value)))])
}

function message(object: Obj, def: Def): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [number, field] of [...def.numbers].sort(([a], [b]) => a - b)) {
    // An embedded struct's fields are the parent's own in JSON.
    const value = field.json === '' ? object : object[field.json]
    if ((value === undefined || value === null) && (field.pointer || field.type.kind === 'map' || field.type.kind === 'slice')) continue
    parts.push(fieldOf(number, field.type, value))
  }
  return concat(parts)
}

function fieldOf(number: number, type: Type, value: unknown): Uint8Array {
  switch (type.kind) {
    case 'struct':
      return chunk(number, message((value ?? {}) as Obj, type.def))
    case 'slice': {
      const items = value as readonly unknown[]
      // Named slices travel as a message whose first field holds the items (ExtraValue, Verbs).
      const named = type.go.includes('.') && !type.go.startsWith('[]')
      const parts = items.map((item) => fieldOf(named ? 1 : number, type.elem, item))
      return named ? chunk(number, concat(parts)) : concat(parts)
    }
    case 'map': {
      const map = value as Obj
      return concat(
        Object.keys(map)
          .sort()
          .map((key) => chunk(number, concat([chunk(1, encode(key)), entryValue(type.elem, map[key])]))),
      )
    }
    case 'scalar':
      return scalar(number, type.scalar, value)
  }
}

function entryValue(type: Type, value: unknown): Uint8Array {
  if (type.kind !== 'slice') return fieldOf(2, type, value)
  return chunk(2, concat((value as readonly unknown[]).map((item) => fieldOf(1, type.elem, item))))
}

function scalar(number: number, type: Scalar, value: unknown): Uint8Array {
  switch (type) {
    case 'string':
    case 'duration':
      return chunk(number, encode(String(value ?? '')))
    case 'bytes':
      return value === undefined || value === null ? NONE : chunk(number, fromBase64(String(value)) ?? NONE)
    case 'bool':
      return integer(number, value === true ? 1 : 0)
    case 'int32':
    case 'int64':
      return integer(number, Number(value ?? 0))
    case 'float64': {
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setFloat64(0, Number(value ?? 0), true)
      return concat([tag(number, 1), bytes])
    }
    case 'quantity':
      return chunk(number, chunk(1, encode(String(value ?? '0'))))
    case 'time':
    case 'microtime':
      return chunk(number, timestamp(value))
    case 'intstr':
      return chunk(
        number,
        concat([
          integer(1, typeof value === 'string' ? 1 : 0),
          integer(2, typeof value === 'number' ? value : 0),
          chunk(3, encode(typeof value === 'string' ? value : '')),
        ]),
      )
    case 'raw':
      return chunk(number, value === undefined || value === null ? NONE : chunk(1, encode(JSON.stringify(value))))
  }
}

/** seconds = 1, nanos = 2; the zero time is empty. */
function timestamp(value: unknown): Uint8Array {
  const micros = typeof value === 'string' ? parseRfc3339(value) : undefined
  if (micros === undefined) return NONE
  const seconds = Math.floor(micros / 1_000_000)
  return concat([integer(1, seconds), integer(2, (micros - seconds * 1_000_000) * 1000)])
}

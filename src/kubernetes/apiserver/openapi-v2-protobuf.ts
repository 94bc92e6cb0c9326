/**
 * The old OpenAPI document in protobuf, the only form kubectl and helm ask for.
 * Source: google/gnostic openapiv2 (field numbers).
 */

import { isObj, type Obj, obj } from '#kubernetes/api/json.ts'
import { concat, encode } from '#sim/bytes.ts'

type Part = Uint8Array

function varint(value: number): Uint8Array {
  const out: number[] = []
  let rest = value
  while (rest >= 0x80) {
    out.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
  return Uint8Array.from(out)
}

const field = (number: number, payload: Uint8Array): Part => concat([varint(number * 8 + 2), varint(payload.length), payload])
const text = (number: number, value: unknown): Part[] => (typeof value === 'string' && value !== '' ? [field(number, encode(value))] : [])
/** An Any holds YAML; JSON is YAML. */
const any = (value: unknown): Uint8Array => concat(text(2, JSON.stringify(value)))

/** A `Document` of definitions only. */
export function encodeSwagger(document: Obj): Uint8Array {
  const info = obj(document, 'info')
  const definitions = obj(document, 'definitions')
  return concat([
    ...text(1, '2.0'),
    field(2, concat([...text(1, info.title), ...text(2, info.version)])),
    field(8, new Uint8Array(0)),
    field(
      9,
      concat(
        Object.keys(definitions)
          .sort()
          .map((name) => named(name, schema(obj(definitions, name)))),
      ),
    ),
  ])
}

const named = (name: string, value: Uint8Array): Part => field(1, concat([...text(1, name), field(2, value)]))

function schema(s: Obj): Uint8Array {
  const parts: Part[] = []
  const only = Array.isArray(s.allOf) && s.allOf.length === 1 ? obj(s.allOf[0]) : undefined
  parts.push(...text(1, s.$ref ?? only?.$ref), ...text(2, s.format), ...text(4, s.description))
  if (s.default !== undefined) parts.push(field(5, any(s.default)))
  for (const name of Array.isArray(s.required) ? (s.required as readonly string[]) : []) parts.push(field(19, encode(name)))
  for (const value of Array.isArray(s.enum) ? (s.enum as readonly unknown[]) : []) parts.push(field(20, any(value)))
  if (isObj(s.additionalProperties)) parts.push(field(21, field(1, schema(s.additionalProperties))))
  if (typeof s.type === 'string') parts.push(field(22, field(1, encode(s.type))))
  if (isObj(s.items)) parts.push(field(23, field(1, schema(s.items))))
  if (isObj(s.properties)) {
    const properties = s.properties
    parts.push(
      field(
        25,
        concat(
          Object.keys(properties)
            .sort()
            .map((name) => named(name, schema(obj(properties, name)))),
        ),
      ),
    )
  }
  for (const key of Object.keys(s).sort()) if (key.startsWith('x-')) parts.push(field(31, concat([...text(1, key), field(2, any(s[key]))])))
  return concat(parts)
}

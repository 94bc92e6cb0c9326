/**
 * Types and values of objects that a CustomResourceDefinition's schema describes. What the schema does not know, expressions don't see.
 * Source: apiserver pkg/cel/common (schemas.go, valuesunstructured.go). Differs: sizes for cost estimates are left out.
 */
import { isObj, type Obj, obj, str, strs } from '#kubernetes/api/json.ts'
import { fromBase64 } from '#sim/bytes.ts'
import { escapeName, fieldNames } from './escaping.ts'
import { parseFormatDuration, parseTimestamp } from './time.ts'
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, STRING, struct, TIMESTAMP, type Type } from './types.ts'
import { EvaluationError, List, type ListMode, MapValue, type Value } from './values.ts'

const STRING_PROPERTY: Obj = { type: 'string' }
const ROOT_PROPERTIES: Obj = {
  kind: STRING_PROPERTY,
  apiVersion: STRING_PROPERTY,
  metadata: { type: 'object', properties: { name: STRING_PROPERTY, generateName: STRING_PROPERTY } },
}

const isResource = (schema: Obj): boolean => schema['x-kubernetes-embedded-resource'] === true

/** The properties of an object; those of a resource's root have kind, apiVersion, and of its metadata the names. */
const propertiesOf = (schema: Obj, root: boolean): Obj =>
  root ? { ...obj(schema, 'properties'), ...ROOT_PROPERTIES } : obj(schema, 'properties')

/** The type of what a schema describes; undefined when expressions can't see it. `name` is the type's own, its fields' are made from it. */
export function schemaType(schema: Obj, root: boolean, name: string): Type | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return DYN
  switch (str(schema, 'type')) {
    case 'array': {
      const items = obj(schema).items
      const element = isObj(items) ? schemaType(items, isResource(items), `${name}.@idx`) : undefined
      return element === undefined ? undefined : listOf(element)
    }
    case 'object':
      return objectType(schema, root, name)
    case 'string':
      return stringType(str(schema, 'format'))
    case 'boolean':
      return BOOL
    case 'number':
      return DOUBLE
    case 'integer':
      return INT
    default:
      return undefined
  }
}

function objectType(schema: Obj, root: boolean, name: string): Type | undefined {
  const additional = schema.additionalProperties
  if (isObj(additional)) {
    const element = schemaType(additional, isResource(additional), `${name}.@elem`)
    return element === undefined ? undefined : mapOf(STRING, element)
  }
  const fields = new Map<string, Type>()
  for (const [property, inner] of Object.entries(propertiesOf(schema, root))) {
    const escaped = escapeName(property)
    if (escaped === undefined || !isObj(inner)) continue
    const type = schemaType(inner, isResource(inner), `${name}.${escaped}`)
    if (type !== undefined) fields.set(escaped, type)
  }
  return objectOf(name, fields)
}

/** A struct whose fields that are reserved words may be written as they are, too. */
export const objectOf = (name: string, fields: ReadonlyMap<string, Type>): Type => ({
  ...struct(name, fields),
  field: (field) => firstOf(fieldNames(field), (n) => fields.get(n)),
})

function firstOf<T>(names: readonly string[], find: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = find(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** An object by its schema; its keys are escaped names. */
class SchemaObject extends MapValue {
  override get(key: Value): Value | undefined {
    return typeof key === 'string' ? firstOf(fieldNames(key), (name) => super.get(name)) : super.get(key)
  }

  override has(key: Value): boolean {
    return typeof key === 'string' ? fieldNames(key).some((name) => super.has(name)) : super.has(key)
  }
}

function stringType(format: string): Type {
  if (format === 'byte') return BYTES
  if (format === 'duration') return DURATION
  return format === 'date' || format === 'date-time' ? TIMESTAMP : STRING
}

/** The value of JSON that a schema describes. Throws EvaluationErrors for what does not fit it. */
export function schemaValue(value: unknown, schema: Obj, root: boolean): Value {
  if (value === null || value === undefined) {
    if (schema.nullable === true) return null
    throw new EvaluationError('invalid data, got null for schema with nullable=false')
  }
  if (schema['x-kubernetes-int-or-string'] === true) return intOrString(value)
  switch (str(schema, 'type')) {
    case 'object':
      return objectValue(value, schema, root)
    case 'array':
      return listValue(value, schema)
    case 'string':
      return stringValue(value, str(schema, 'format'))
    case 'boolean':
      if (typeof value === 'boolean') return value
      throw new EvaluationError(`invalid data, expected bool, got ${goType(value)}`)
    case 'number':
      if (typeof value === 'number') return value
      throw new EvaluationError(`invalid data, expected float, got ${goType(value)}`)
    case 'integer':
      if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
      throw new EvaluationError(`invalid data, expected int, got ${goType(value)}`)
    default:
      return null
  }
}

function goType(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}

function intOrString(value: unknown): Value {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  throw new EvaluationError('invalid data, expected XIntOrString value to be either a string or integer')
}

function objectValue(value: unknown, schema: Obj, root: boolean): Value {
  if (!isObj(value)) throw new EvaluationError('invalid data, expected a map for the provided schema with type=object')
  const additional = schema.additionalProperties
  const entries: (readonly [Value, Value])[] = []
  if (isObj(additional) && !root) {
    for (const key of Object.keys(value)) entries.push([key, schemaValue(value[key], additional, isResource(additional))])
    return new MapValue(entries)
  }
  for (const [property, inner] of Object.entries(propertiesOf(schema, root))) {
    const escaped = escapeName(property)
    const member = value[property]
    if (escaped === undefined || !isObj(inner) || member === undefined) continue
    if (schemaType(inner, isResource(inner), '') !== undefined) entries.push([escaped, schemaValue(member, inner, isResource(inner))])
  }
  return new SchemaObject(entries)
}

function listValue(value: unknown, schema: Obj): Value {
  if (!Array.isArray(value)) throw new EvaluationError('invalid data, expected an array for the provided schema with type=array')
  const items = obj(schema, 'items')
  return new List(
    value.map((item: unknown) => schemaValue(item, items, isResource(items))),
    listMode(schema),
  )
}

function listMode(schema: Obj): ListMode {
  const type = str(schema, 'x-kubernetes-list-type')
  if (type === 'set') return { kind: 'set' }
  if (type !== 'map') return { kind: 'atomic' }
  return { kind: 'map', keys: strs(schema, 'x-kubernetes-list-map-keys').map((key) => escapeName(key) ?? key) }
}

function stringValue(value: unknown, format: string): Value {
  if (typeof value !== 'string') throw new EvaluationError(`invalid data, expected string, got ${goType(value)}`)
  switch (format) {
    case 'byte':
      return read(fromBase64(value), () => `Invalid byte formatted string ${value}: illegal base64 data at input byte 0`)
    case 'duration':
      return read(parseFormatDuration(value), () => `Invalid duration ${value}: unable to parse "${value}" as duration`)
    case 'date':
      return read(parseTimestamp(`${value}T00:00:00Z`), () => `Invalid date formatted string ${value}: parsing time "${value}"`)
    case 'date-time':
      return read(parseTimestamp(value), () => `Invalid date-time formatted string ${value}: parsing time "${value}"`)
    default:
      return value
  }
}

function read(value: Value | undefined, why: () => string): Value {
  if (value === undefined) throw new EvaluationError(why())
  return value
}

/**
 * Turns what a client sent into an object of a built-in type, as Go's JSON decoder and encoder would leave it: members in the
 * order of the Go struct, zero values left out where Go leaves them out, quantities and times in canonical form.
 */
import { parseRfc3339, rfc3339, rfc3339Micro } from '#sim/time.ts'
import { type Draft, isObj, type Obj } from './json.ts'
import { canonicalQuantity } from './quantity.ts'
import type { Def, Field, Type } from './schema.ts'

/** The value does not fit the type. `message` is what Go's decoder says. */
export class DecodeError extends Error {
  override name = 'DecodeError'
  /** What the converter of patched objects says instead. */
  readonly converted: string | undefined

  constructor(message: string, converted?: string) {
    super(message)
    this.converted = converted
  }
}

export interface Decoded {
  readonly value: Draft
  /** `unknown field "spec.foo"`, in the order met. */
  readonly strict: readonly string[]
}

interface Context {
  readonly strict: string[]
}

/**
 * Decodes `raw` as `def`. Throws {@link DecodeError} for values of wrong types; what the type does not know is left out
 * and named in `strict`. `top`: the definition has apiVersion and kind.
 */
export function decodeAs(raw: unknown, def: Def, top = true): Decoded {
  const context: Context = { strict: [] }
  if (!isObj(raw)) throw new DecodeError(`json: cannot unmarshal ${jsonKind(raw)} into Go value of type ${goOf(def)}`)
  const value: Draft = {}
  if (top) {
    const kind = raw.kind
    const apiVersion = raw.apiVersion
    if (typeof kind === 'string') value.kind = kind
    if (typeof apiVersion === 'string') value.apiVersion = apiVersion
  }
  decodeStruct(raw, def, '', '', context, value, top)
  return { value, strict: context.strict }
}

/** Kinds that stand inside others with their kind and apiVersion. */
const EMBEDDED = new Set(['PersistentVolumeClaim'])

function goOf(def: Def): string {
  const parts = def.name.split('.')
  return `${parts[parts.length - 2]}.${def.go}`
}

function jsonKind(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

/**
 * `path` has indexes and keys (`spec.containers[0].env`), `goPath` has not: the two ways errors name a field.
 */
function decodeStruct(raw: Obj, def: Def, path: string, goPath: string, context: Context, out: Draft, top: boolean): void {
  const known = def.json
  const typed = top || EMBEDDED.has(def.go)
  if (typed && !top) {
    if (typeof raw.apiVersion === 'string') out.apiVersion = raw.apiVersion
    if (typeof raw.kind === 'string') out.kind = raw.kind
  }
  // Errors come in the order of the document, members in the order of the type.
  const values: Draft = {}
  for (const key in raw) {
    const given = raw[key]
    const field = known.get(key)
    if (field !== undefined) {
      if (given !== null && given !== undefined)
        values[key] = decodeValue(given, field.type, join(path, key), goPath === '' ? key : `${goPath}.${key}`, def, context)
    } else if (!(typed && (key === 'kind' || key === 'apiVersion'))) context.strict.push(`unknown field "${join(path, key)}"`)
  }
  for (const field of def.list) {
    const name = field.json
    const value = values[name]
    if (value === undefined) {
      const zero = zeroOf(field)
      if (zero !== undefined) out[name] = zero
      continue
    }
    if (!field.pointer && field.omitEmpty && isZero(value, field.type)) {
      if (field.type.kind === 'struct' && !field.omitZero) out[name] = value
      continue
    }
    out[name] = value
  }
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** What Go writes for a field nobody set; undefined when it is left out. */
function zeroOf(field: Field): unknown {
  if (field.pointer || field.omitZero) return undefined
  const type = field.type
  if (type.kind === 'struct') {
    const out: Draft = {}
    for (const [name, inner] of type.def.json) {
      const zero = zeroOf(inner)
      if (zero !== undefined) out[name] = zero
    }
    return out
  }
  if (type.kind === 'scalar' && (type.scalar === 'time' || type.scalar === 'microtime')) return null
  if (field.omitEmpty) {
    // Structs in Go, so never left out.
    return type.kind === 'scalar' && type.scalar === 'quantity' ? '0' : type.kind === 'scalar' && type.scalar === 'intstr' ? 0 : undefined
  }
  if (type.kind !== 'scalar') return null
  switch (type.scalar) {
    case 'string':
      return ''
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'float64':
      return 0
    case 'quantity':
      return '0'
    case 'intstr':
      return 0
    case 'duration':
      return '0s'
    default:
      return null
  }
}

function isZero(value: unknown, type: Type): boolean {
  if (type.kind === 'scalar' && (type.scalar === 'intstr' || type.scalar === 'quantity' || type.scalar === 'raw')) return false
  if (value === '' || value === 0 || value === false || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  if (isObj(value)) {
    for (const _ in value) return false
    return true
  }
  return false
}

function decodeValue(raw: unknown, type: Type, path: string, goPath: string, owner: Def, context: Context): unknown {
  switch (type.kind) {
    case 'struct': {
      if (!isObj(raw)) throw mismatch(raw, owner, goPath, type.go)
      const out: Draft = {}
      decodeStruct(raw, type.def, path, goPath, context, out, false)
      return out
    }
    case 'slice': {
      if (!Array.isArray(raw)) throw mismatch(raw, owner, goPath, type.go)
      const out: unknown[] = []
      for (let i = 0; i < raw.length; i++) {
        const item: unknown = raw[i]
        out.push(
          item === null || item === undefined ? zeroItem(type.elem) : decodeValue(item, type.elem, `${path}[${i}]`, goPath, owner, context),
        )
      }
      return out
    }
    case 'map': {
      if (!isObj(raw)) throw mismatch(raw, owner, goPath, type.go)
      const out: Draft = {}
      for (const key of Object.keys(raw).sort()) {
        const item = raw[key]
        if (item === undefined) continue
        out[key] = item === null ? zeroItem(type.elem) : decodeValue(item, type.elem, `${path}.${key}`, goPath, owner, context)
      }
      return out
    }
    case 'scalar':
      return decodeScalar(raw, type, owner, goPath)
  }
}

/** The zero value of a list item or map value given as null. */
function zeroItem(type: Type): unknown {
  if (type.kind === 'scalar' && type.scalar === 'bytes') return ''
  return zeroOf({
    go: '',
    json: '',
    type,
    pointer: false,
    omitEmpty: false,
    omitZero: false,
    number: 0,
  })
}

function mismatch(raw: unknown, owner: Def, goPath: string, go: string): DecodeError {
  const kind = Array.isArray(raw)
    ? 'slice'
    : isObj(raw)
      ? 'map'
      : typeof raw === 'number'
        ? Number.isInteger(raw)
          ? 'int64'
          : 'float64'
        : typeof raw === 'boolean'
          ? 'bool'
          : 'string'
  const converted = go.startsWith('[]')
    ? `cannot restore slice from ${kind}`
    : go.startsWith('map[')
      ? `cannot restore map from ${kind}`
      : /^(string|int32|int64|bool|float64)$/.test(go)
        ? `unrecognized type: ${go}`
        : `cannot restore struct from: ${kind}`
  return new DecodeError(`json: cannot unmarshal ${jsonKind(raw)} into Go struct field ${owner.go}.${goPath} of type ${go}`, converted)
}

function decodeScalar(raw: unknown, type: Type & { readonly kind: 'scalar' }, owner: Def, goPath: string): unknown {
  switch (type.scalar) {
    case 'string':
      if (typeof raw !== 'string') throw mismatch(raw, owner, goPath, type.go)
      return raw
    case 'bool':
      if (typeof raw !== 'boolean') throw mismatch(raw, owner, goPath, type.go)
      return raw
    case 'int32':
    case 'int64': {
      if (typeof raw !== 'number') throw mismatch(raw, owner, goPath, type.go)
      const limit = type.scalar === 'int32' ? 0x7fff_ffff : 2 ** 63
      if (!Number.isInteger(raw) || raw > limit || raw < -limit - 1)
        throw new DecodeError(`json: cannot unmarshal number ${raw} into Go struct field ${owner.go}.${goPath} of type ${type.go}`)
      return raw
    }
    case 'float64':
      if (typeof raw !== 'number') throw mismatch(raw, owner, goPath, type.go)
      return raw
    case 'bytes':
      if (typeof raw !== 'string') throw mismatch(raw, owner, goPath, type.go)
      return checkedBase64(raw)
    case 'time':
    case 'microtime':
      return decodeTime(raw, type.scalar, owner, goPath)
    case 'quantity':
      if (typeof raw !== 'string' && typeof raw !== 'number') throw new DecodeError(QUANTITY_ERROR)
      return decodeQuantity(String(raw))
    case 'intstr':
      if (typeof raw === 'string') return raw
      if (typeof raw === 'number' && Number.isInteger(raw)) return raw
      if (typeof raw === 'number') throw new DecodeError(`json: cannot unmarshal number ${raw} into Go value of type int32`)
      throw new DecodeError(`json: cannot unmarshal ${jsonKind(raw)} into Go value of type string`)
    case 'duration':
      if (typeof raw !== 'string') throw new DecodeError(`json: cannot unmarshal ${jsonKind(raw)} into Go value of type string`)
      return raw
    case 'raw':
      return copyRaw(raw)
  }
}

const QUANTITY_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

function decodeQuantity(text: string): string {
  const canonical = canonicalQuantity(text.trim())
  if (canonical === undefined) throw new DecodeError(QUANTITY_ERROR)
  return canonical
}

function checkedBase64(text: string): string {
  const clean = text.replace(/[\r\n]/g, '')
  const bad = /[^A-Za-z0-9+/=]/.exec(clean)
  if (bad !== null) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`)
  const body = clean.replace(/=+$/, '')
  if (clean.length % 4 !== 0)
    throw new DecodeError(`illegal base64 data at input byte ${clean.length - (clean.length % 4 || 4) + (clean.length % 4 === 0 ? 0 : 0)}`)
  const early = body.indexOf('=')
  if (early >= 0) throw new DecodeError(`illegal base64 data at input byte ${early}`)
  return clean
}

/** What is encoded as it is written; the last days of months are looked at more closely. */
const CANONICAL = String.raw`^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d`
const CANONICAL_TIME = new RegExp(`${CANONICAL}Z$`)
const CANONICAL_MICROTIME = new RegExp(`${CANONICAL}\\.\\d{6}Z$`)

function decodeTime(raw: unknown, scalar: 'time' | 'microtime', owner: Def, goPath: string): unknown {
  if (typeof raw !== 'string')
    throw new DecodeError(`json: cannot unmarshal ${jsonKind(raw)} into Go struct field ${owner.go}.${goPath} of type string`)
  if ((scalar === 'time' ? CANONICAL_TIME : CANONICAL_MICROTIME).test(raw)) return raw
  const time = parseRfc3339(raw)
  if (time === undefined) throw new DecodeError(goTimeError(raw, scalar))
  return scalar === 'time' ? rfc3339(time - (((time % 1_000_000) + 1_000_000) % 1_000_000)) : rfc3339Micro(time)
}

/** What Go's time.Parse says. Differs: always blames the year. */
function goTimeError(text: string, scalar: 'time' | 'microtime'): string {
  const layout = scalar === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00'
  const parts: readonly (readonly [RegExp, string])[] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d\d/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d/, '05'],
    [scalar === 'time' ? /^(\.\d+)?/ : /^\.\d{6}/, '.000000'],
    [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ]
  let rest = text
  for (const [pattern, element] of parts) {
    const m = pattern.exec(rest)
    if (m === null) return `parsing time "${text}" as "${layout}": cannot parse "${rest}" as "${element}"`
    rest = rest.slice(m[0].length)
  }
  return `parsing time "${text}": extra text: "${rest}"`
}

function copyRaw(raw: unknown): unknown {
  if (Object.isFrozen(raw)) return raw
  if (Array.isArray(raw)) return raw.map(copyRaw)
  if (!isObj(raw)) return raw
  const out: Draft = {}
  for (const key of Object.keys(raw)) out[key] = copyRaw(raw[key])
  return out
}

/**
 * Protobuf request bodies: four bytes `k8s\0`, a runtime.Unknown, in it an object of a built-in type. Reads only; answers are JSON.
 */

import { decode, toBase64 } from '#sim/bytes.ts'
import { rfc3339, rfc3339Micro } from '#sim/time.ts'
import { newBadRequest } from './errors.ts'
import { parseGroupVersion } from './group-version.ts'
import type { Draft, Obj } from './json.ts'
import { type Def, lookup, type Type } from './schema.ts'

const MAGIC = [0x6b, 0x38, 0x73, 0x00]

/** Which definition a version and kind have; the server knows its kinds, the rest is found by name. */
const PACKAGES: { readonly [group: string]: string } = {
  'rbac.authorization.k8s.io': 'rbac',
  'networking.k8s.io': 'networking',
  'storage.k8s.io': 'storage',
  'scheduling.k8s.io': 'scheduling',
  'coordination.k8s.io': 'coordination',
  'discovery.k8s.io': 'discovery',
  'events.k8s.io': 'events',
  'authentication.k8s.io': 'authentication',
  'authorization.k8s.io': 'authorization',
  'certificates.k8s.io': 'certificates',
  'node.k8s.io': 'node',
  'flowcontrol.apiserver.k8s.io': 'flowcontrol',
  'admissionregistration.k8s.io': 'admissionregistration',
  'resource.k8s.io': 'resource',
  '': 'core',
}

/** The OpenAPI definition of a kind. */
export function definitionOf(apiVersion: string, kind: string): Def | undefined {
  const { group, version } = parseGroupVersion(apiVersion)
  if (group === 'apiextensions.k8s.io') return lookup(`io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${kind}`)
  if (group === 'apiregistration.k8s.io') return lookup(`io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.${kind}`)
  return lookup(`io.k8s.api.${PACKAGES[group] ?? group}.${version}.${kind}`) ?? lookup(`io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`)
}

interface Reader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
}

/** The object in an envelope, as plain JSON. Throws BadRequest. */
export function decodeProtobuf(bytes: Uint8Array): Obj {
  if (MAGIC.some((b, i) => bytes[i] !== b))
    throw newBadRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  let apiVersion = ''
  let kind = ''
  let raw: Uint8Array = new Uint8Array(0)
  each({ bytes, at: 4, end: bytes.length }, (number, value) => {
    if (number === 1 && value instanceof Uint8Array) {
      each({ bytes: value, at: 0, end: value.length }, (n, v) => {
        if (n === 1) apiVersion = text(v)
        else if (n === 2) kind = text(v)
      })
    } else if (number === 2 && value instanceof Uint8Array) raw = value
  })
  const def = definitionOf(apiVersion, kind)
  if (def === undefined)
    throw newBadRequest(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`)
  return { kind, apiVersion, ...message(raw, def) }
}

type Wire = number | bigint | Uint8Array

function each(r: Reader, visit: (number: number, value: Wire) => void): void {
  while (r.at < r.end) {
    const tag = Number(varint(r))
    const number = tag >>> 3
    switch (tag & 7) {
      case 0:
        visit(number, varint(r))
        break
      case 1: {
        const view = new DataView(r.bytes.buffer, r.bytes.byteOffset + r.at, 8)
        visit(number, view.getFloat64(0, true))
        r.at += 8
        break
      }
      case 2: {
        const length = Number(varint(r))
        visit(number, r.bytes.subarray(r.at, r.at + length))
        r.at += length
        break
      }
      case 5:
        r.at += 4
        break
      default:
        throw newBadRequest('proto: illegal wireType')
    }
  }
}

function varint(r: Reader): bigint {
  let out = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const b = r.bytes[r.at++]
    if (b === undefined) throw newBadRequest('unexpected EOF')
    out |= BigInt(b & 0x7f) << shift
    if (b < 0x80) return BigInt.asIntN(64, out)
  }
  throw newBadRequest('proto: integer overflow')
}

const text = (v: Wire): string => (v instanceof Uint8Array ? decode(v) : '')

function message(bytes: Uint8Array, def: Def): Draft {
  const out: Draft = {}
  each({ bytes, at: 0, end: bytes.length }, (number, wire) => {
    const field = def.numbers.get(number)
    if (field === undefined) return
    if (field.json === '' && field.type.kind === 'struct' && wire instanceof Uint8Array) {
      Object.assign(out, message(wire, field.type.def))
      return
    }
    put(out, field.json, field.type, wire)
  })
  return out
}

function put(out: Draft, name: string, type: Type, wire: Wire): void {
  if (type.kind === 'slice') {
    const list = (out[name] ?? []) as unknown[]
    // Named slices travel as a message whose first field holds the items (ExtraValue, Verbs).
    if (type.go.includes('.') && !type.go.startsWith('[]') && wire instanceof Uint8Array)
      each({ bytes: wire, at: 0, end: wire.length }, (_, v) => list.push(single(type.elem, v)))
    else list.push(single(type.elem, wire))
    out[name] = list
    return
  }
  if (type.kind === 'map' && wire instanceof Uint8Array) {
    const map = (out[name] ?? {}) as Draft
    let key = ''
    let value: unknown =
      type.elem.kind === 'scalar' && type.elem.scalar === 'string'
        ? ''
        : type.elem.kind === 'scalar' && type.elem.scalar === 'bytes'
          ? ''
          : null
    each({ bytes: wire, at: 0, end: wire.length }, (n, v) => {
      if (n === 1) key = text(v)
      else if (n === 2) value = type.elem.kind === 'slice' ? unwrapItems(type.elem, v) : single(type.elem, v)
    })
    map[key] = value
    out[name] = map
    return
  }
  out[name] = single(type, wire)
}

function unwrapItems(type: Type & { readonly kind: 'slice' }, wire: Wire): unknown[] {
  const out: unknown[] = []
  if (wire instanceof Uint8Array) each({ bytes: wire, at: 0, end: wire.length }, (_, v) => out.push(single(type.elem, v)))
  return out
}

function single(type: Type, wire: Wire): unknown {
  if (type.kind === 'struct') return wire instanceof Uint8Array ? message(wire, type.def) : {}
  if (type.kind !== 'scalar') return undefined
  switch (type.scalar) {
    case 'string':
    case 'duration':
      return text(wire)
    case 'bytes':
      return wire instanceof Uint8Array ? toBase64(wire) : ''
    case 'bool':
      return wire !== 0n && wire !== 0
    case 'int32':
    case 'int64':
    case 'float64':
      return Number(wire)
    case 'quantity':
      return wire instanceof Uint8Array ? quantityText(wire) : '0'
    case 'time':
    case 'microtime':
      return wire instanceof Uint8Array ? timeText(wire, type.scalar === 'microtime') : null
    case 'intstr':
      return wire instanceof Uint8Array ? intOrString(wire) : 0
    case 'raw':
      return wire instanceof Uint8Array ? rawJson(wire) : null
  }
}

function quantityText(bytes: Uint8Array): string {
  let out = '0'
  each({ bytes, at: 0, end: bytes.length }, (n, v) => {
    if (n === 1) out = text(v)
  })
  return out
}

/** seconds = 1, nanos = 2. */
function timeText(bytes: Uint8Array, micro: boolean): string | null {
  if (bytes.length === 0) return null
  let seconds = 0
  let nanos = 0
  each({ bytes, at: 0, end: bytes.length }, (n, v) => {
    if (n === 1) seconds = Number(v)
    else if (n === 2) nanos = Number(v)
  })
  // Go's zero time: year 1.
  if (seconds === -62_135_596_800) return null
  return micro ? rfc3339Micro(seconds * 1_000_000 + Math.floor(nanos / 1000)) : rfc3339(seconds * 1_000_000)
}

/** type = 1 (0 integer, 1 string), intVal = 2, strVal = 3. */
function intOrString(bytes: Uint8Array): number | string {
  let isString = false
  let int = 0
  let string = ''
  each({ bytes, at: 0, end: bytes.length }, (n, v) => {
    if (n === 1) isString = v === 1n
    else if (n === 2) int = Number(v)
    else if (n === 3) string = text(v)
  })
  return isString ? string : int
}

function rawJson(bytes: Uint8Array): unknown {
  let out: unknown = null
  each({ bytes, at: 0, end: bytes.length }, (n, v) => {
    if (n === 1 && v instanceof Uint8Array) {
      try {
        out = JSON.parse(decode(v))
      } catch {
        out = null
      }
    }
  })
  return out
}

/**
 * Values as Go's reflection prints them for hashing: every field of every struct with its type.
 *
 * `(v1.Container){Name:(string)c Image:(string)nginx Command:([]string)<nil> …}`
 * Source: k8s.io/kubernetes pkg/util/hash (DeepHashObject), spew with sorted keys and no methods.
 */
import { isObj, type Obj } from './json.ts'
import type { Def, Type } from './schema.ts'

/** A struct given as plain JSON, with its type in front. */
export function goDump(value: unknown, def: Def): string {
  const out: string[] = [`(${packageOf(def)}.${def.go})`]
  struct(out, isObj(value) ? value : {}, def)
  return out.join('')
}

function packageOf(def: Def): string {
  const parts = def.name.split('.')
  return parts[parts.length - 2] ?? ''
}

function struct(out: string[], value: Obj, def: Def): void {
  out.push('{')
  def.fields.forEach((field, i) => {
    if (i > 0) out.push(' ')
    out.push(field.go, ':')
    const { type } = field
    // A struct whose members are its parent's own in JSON.
    const given = field.json === '' ? value : value[field.json]
    if (field.pointer) {
      out.push('(*', type.go, ')')
      if (given === undefined || given === null) out.push('<nil>')
      else dump(out, given, type)
    } else {
      out.push('(', type.go, ')')
      dump(out, given, type)
    }
  })
  out.push('}')
}

function dump(out: string[], value: unknown, type: Type): void {
  switch (type.kind) {
    case 'struct':
      struct(out, isObj(value) ? value : {}, type.def)
      return
    case 'slice': {
      if (!Array.isArray(value) || value.length === 0) {
        out.push('<nil>')
        return
      }
      out.push('[')
      value.forEach((item: unknown, i) => {
        if (i > 0) out.push(' ')
        dump(out, item, type.elem)
      })
      out.push(']')
      return
    }
    case 'map': {
      if (!isObj(value) || Object.keys(value).length === 0) {
        out.push('<nil>')
        return
      }
      out.push('map[')
      Object.keys(value)
        .sort()
        .forEach((key, i) => {
          if (i > 0) out.push(' ')
          out.push(key, ':')
          dump(out, value[key], type.elem)
        })
      out.push(']')
      return
    }
    case 'scalar':
      scalar(out, value, type)
  }
}

function scalar(out: string[], value: unknown, type: Type & { readonly kind: 'scalar' }): void {
  switch (type.scalar) {
    case 'string':
    case 'bytes':
      out.push(typeof value === 'string' ? value : '')
      return
    case 'bool':
      out.push(value === true ? 'true' : 'false')
      return
    case 'int32':
    case 'int64':
    case 'float64':
      out.push(String(typeof value === 'number' ? value : 0))
      return
    case 'time':
    case 'microtime':
      out.push('{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}')
      return
    case 'duration':
      out.push('{Duration:(time.Duration)0}')
      return
    case 'intstr':
      if (typeof value === 'string') out.push('{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)', value, '}')
      else out.push('{Type:(intstr.Type)0 IntVal:(int32)', String(typeof value === 'number' ? value : 0), ' StrVal:(string)}')
      return
    case 'quantity':
      quantity(out, typeof value === 'string' ? value : '')
      return
    case 'raw':
      out.push('{}')
  }
}

const EXPONENTS: { readonly [suffix: string]: number } = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const SHIFTS: { readonly [suffix: string]: number } = {
  Ki: 10,
  Mi: 20,
  Gi: 30,
  Ti: 40,
  Pi: 50,
  Ei: 60,
}

/** A canonical quantity as its parser leaves it: value, scale and the text. */
function quantity(out: string[], text: string): void {
  const m = /^(-?\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|e-?\d+)?$/.exec(text)
  const suffix = m?.[2] ?? ''
  const shift = SHIFTS[suffix]
  let value = m?.[1] ?? '0'
  let scale = EXPONENTS[suffix] ?? (suffix.startsWith('e') ? Number(suffix.slice(1)) : 0)
  if (shift !== undefined) {
    value = String(BigInt(value) << BigInt(shift))
    scale = 0
  }
  const digits = m?.[1] ?? '0'
  // The parser keeps the text only when it is sure that it is canonical.
  const cached =
    text === '0' ||
    (shift !== undefined ? (BigInt(digits) & 7n) !== 0n : scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0'))
  const format = shift !== undefined ? 'BinarySI' : suffix.startsWith('e') ? 'DecimalExponent' : text === '' ? '' : 'DecimalSI'
  out.push(
    '{i:(resource.int64Amount){value:(int64)',
    value,
    ' scale:(resource.Scale)',
    String(scale),
    '} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)',
    cached ? text : '',
    ' Format:(resource.Format)',
    format,
    '}',
  )
}

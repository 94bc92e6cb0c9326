/**
 * Values in the JSON of the server's internal types, as some messages show them: Go names, nothing left out.
 *
 * `{"Type":"BlueGreen","RollingUpdate":null}`
 */

import { verbatim } from './field.ts'
import { type Draft, isObj, type Obj } from './json.ts'
import { type Def, definition, type Type } from './schema.ts'

/** A value of a struct type, ready to be put into a field error. */
export function internalJson(value: unknown, name: string): { readonly raw: string } {
  return verbatim(JSON.stringify(render(isObj(value) ? value : {}, definition(name))))
}

function render(value: Obj, def: Def): Draft {
  const out: Draft = {}
  for (const field of def.fields) {
    if (field.json === '' && field.type.kind === 'struct') {
      Object.assign(out, render(value, field.type.def))
      continue
    }
    const given = value[field.json]
    // Types of meta/v1 are their own internal form: they keep the names and omissions of JSON.
    if (def.name.includes('.apis.meta.v1.')) {
      if (given !== undefined) out[field.json] = given
      continue
    }
    out[field.go] = field.pointer && (given === undefined || given === null) ? null : renderAs(given, field.type)
  }
  return out
}

function renderAs(value: unknown, type: Type): unknown {
  if (type.kind === 'struct') return render(isObj(value) ? value : {}, type.def)
  if (type.kind === 'slice') return Array.isArray(value) ? value.map((item) => renderAs(item, type.elem)) : null
  if (type.kind === 'map')
    return isObj(value)
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((k) => [k, renderAs(value[k], type.elem)]),
        )
      : null
  if (value !== undefined) return value
  switch (type.scalar) {
    case 'string':
      return ''
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intstr':
      return 0
    case 'quantity':
      return '0'
    default:
      return null
  }
}

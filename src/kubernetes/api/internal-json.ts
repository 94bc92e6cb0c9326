/**
 * Values in the JSON of the server's internal types, as some messages show them: Go names, nothing left out.
 *
 * `{"Type":"BlueGreen","RollingUpdate":null}`
 */

import { verbatim } from './field.ts'
import { type Draft, isObj, type Obj, obj } from './json.ts'
import { type Def, definition, type Field, type Type } from './schema.ts'

/** A value of a struct type, ready to be put into a field error. */
export function internalJson(value: unknown, name: string): { readonly raw: string } {
  return verbatim(JSON.stringify(render(isObj(value) ? value : {}, definition(name))))
}

const POD_SPEC = 'io.k8s.api.core.v1.PodSpec'

/** The internal PodSpec has its fields in another order, and these in its security context. */
const OF_SECURITY_CONTEXT = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers']
const MOVED: { readonly [field: string]: string } = {
  subdomain: 'setHostnameAsFQDN',
  priority: 'preemptionPolicy',
  runtimeClassName: 'overhead',
}
const NOT_INTERNAL = new Set([...OF_SECURITY_CONTEXT, 'serviceAccount', ...Object.values(MOVED)])

function podSpecFields(def: Def): readonly Field[] {
  const by = (name: string): Field | undefined => def.fields.find((f) => f.json === name)
  return def.fields
    .filter((f) => !NOT_INTERNAL.has(f.json))
    .flatMap((f) => [f, by(MOVED[f.json] ?? '')])
    .filter((f) => f !== undefined)
}

function render(value: Obj, def: Def): Draft {
  const out: Draft = {}
  const pod = def.name === POD_SPEC
  for (const field of pod ? podSpecFields(def) : def.fields) {
    // Embedded types are part of their holder.
    if ((field.json === '' || field.go === 'ObjectMeta') && field.type.kind === 'struct') {
      const inner = field.json === '' ? value : value[field.json]
      Object.assign(out, render(isObj(inner) ? inner : {}, field.type.def))
      continue
    }
    if (pod && field.json === 'securityContext') {
      out[field.go] = podSecurityContext(value, def, field)
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

/** With what the versioned PodSpec keeps beside it. */
function podSecurityContext(spec: Obj, def: Def, field: Field): unknown {
  const out: Draft = {}
  for (const name of OF_SECURITY_CONTEXT) {
    const moved = def.fields.find((f) => f.json === name)
    if (moved !== undefined) out[moved.go] = moved.pointer ? (spec[name] ?? null) : (spec[name] ?? false)
  }
  const own = spec.securityContext
  if (!isObj(own) && OF_SECURITY_CONTEXT.every((name) => spec[name] === undefined)) return null
  return { ...out, ...obj(renderAs(own, field.type)) }
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

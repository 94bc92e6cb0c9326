/** Objects that kubectl holds as Go structs: encoding/json writes them in the order of the struct's fields. */
import { isObj } from '#kubernetes/api/json.ts'
import { definitionOf } from '#kubernetes/api/protobuf.ts'
import type { Type } from '#kubernetes/api/schema.ts'
import type { KubeObject } from '../rest.ts'
import { sorted } from './object.ts'

/** The object with its fields in Go's order; as it is when its kind is none of the built-in ones. */
export function inGoOrder(object: KubeObject): KubeObject {
  const def = definitionOf(object.apiVersion ?? '', object.kind ?? '')
  if (def === undefined) return sorted(object) as KubeObject
  const { kind, apiVersion, ...rest } = object
  return { kind, apiVersion, ...(ordered(rest, { kind: 'struct', def, go: '' }) as object) } as KubeObject
}

function ordered(value: unknown, type: Type | undefined): unknown {
  if (Array.isArray(value)) return value.map((v) => ordered(v, type?.kind === 'slice' ? type.elem : undefined))
  if (!isObj(value)) return value
  if (type?.kind !== 'struct')
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((k) => [k, ordered(value[k], type?.kind === 'map' ? type.elem : undefined)]),
    )
  const known = [...type.def.json.keys()].filter((k) => value[k] !== undefined)
  const other = Object.keys(value)
    .filter((k) => !type.def.json.has(k) && value[k] !== undefined)
    .sort()
  return Object.fromEntries([...known, ...other].map((k) => [k, ordered(value[k], type.def.json.get(k)?.type)]))
}

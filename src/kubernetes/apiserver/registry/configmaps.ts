import { type FieldError, forbidden, invalid, tooLong } from '#kubernetes/api/field.ts'
import { equal, type Obj, obj, str, strMap } from '#kubernetes/api/json.ts'
import { isConfigMapKey } from '#kubernetes/api/names.ts'
import { encode } from '#sim/bytes.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { builtIn } from './kind.ts'

const LIMIT = 1024 * 1024

function validate(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const data = strMap(o, 'data')
  const binary = strMap(o, 'binaryData')
  let size = 0
  for (const key of Object.keys(data).sort()) {
    for (const m of isConfigMapKey(key)) out.push(invalid(`data[${key}]`, key, m))
    if (binary[key] !== undefined) out.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    size += encode(data[key] ?? '').length
  }
  for (const key of Object.keys(binary).sort()) {
    for (const m of isConfigMapKey(key)) out.push(invalid(`binaryData[${key}]`, key, m))
    size += Math.floor(((binary[key] ?? '').replace(/=+$/, '').length * 3) / 4)
  }
  if (size > LIMIT) out.push(tooLong('', LIMIT))
  return out
}

export const configMaps = builtIn({
  group: '',
  pkg: 'core',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  columns: [NAME, { name: 'Data' }, AGE],
  row: (o, { now }) => [
    str(o, 'metadata', 'name'),
    Object.keys(obj(o, 'data')).length + Object.keys(obj(o, 'binaryData')).length,
    ageOf(o, now),
  ],
  strategy: {
    validate,
    validateUpdate(o, old) {
      const out: FieldError[] = []
      if (old.immutable === true) {
        if (o.immutable !== true) out.push(forbidden('immutable', 'field is immutable when `immutable` is set'))
        if (!equal(o.data, old.data)) out.push(forbidden('data', 'field is immutable when `immutable` is set'))
        if (!equal(o.binaryData, old.binaryData)) out.push(forbidden('binaryData', 'field is immutable when `immutable` is set'))
      }
      return [...out, ...validate(o)]
    },
  },
})

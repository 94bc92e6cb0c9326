import { type FieldError, forbidden, invalid, required, tooLong } from '#kubernetes/api/field.ts'
import { type Draft, equal, isObj, type Obj, obj, str, strMap } from '#kubernetes/api/json.ts'
import { isConfigMapKey } from '#kubernetes/api/names.ts'
import { decode, encode, fromBase64, toBase64 } from '#sim/bytes.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { builtIn } from './kind.ts'

const LIMIT = 1024 * 1024

function validate(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const data = strMap(o, 'data')
  let size = 0
  for (const key of Object.keys(data).sort()) {
    for (const m of isConfigMapKey(key)) out.push(invalid(`data[${key}]`, key, m))
    size += Math.floor(((data[key] ?? '').length * 3) / 4)
  }
  if (size > LIMIT) out.push(tooLong('data', LIMIT))
  switch (o.type) {
    case 'kubernetes.io/service-account-token':
      if (str(o, 'metadata', 'annotations', 'kubernetes.io/service-account.name') === '')
        out.push(required('metadata.annotations[kubernetes.io/service-account.name]'))
      break
    case 'kubernetes.io/dockercfg':
    case 'kubernetes.io/dockerconfigjson': {
      const key = o.type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson'
      if (data[key] === undefined) out.push(required(`data[${key}]`))
      else if (!isJson(data[key])) out.push(invalid(`data[${key}]`, '<secret contents redacted>', 'invalid character'))
      break
    }
    case 'kubernetes.io/basic-auth':
      if (data.username === undefined && data.password === undefined) out.push(required('data[username]'), required('data[password]'))
      break
    case 'kubernetes.io/ssh-auth':
      if ((data['ssh-privatekey'] ?? '') === '') out.push(required('data[ssh-privatekey]'))
      break
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (data[key] === undefined) out.push(required(`data[${key}]`))
      break
    default:
  }
  return out
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(decode(fromBase64(base64) ?? new Uint8Array(0)))
    return true
  } catch {
    return false
  }
}

export const secrets = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  fields: { type: (o) => str(o, 'type') },
  columns: [NAME, { name: 'Type' }, { name: 'Data' }, AGE],
  row: (o, { now }) => [str(o, 'metadata', 'name'), str(o, 'type'), Object.keys(obj(o, 'data')).length, ageOf(o, now)],
  strategy: {
    defaults(o) {
      o.type ??= 'Opaque'
      const given = o.stringData
      if (!isObj(given)) return
      const data: Draft = { ...obj(o, 'data') }
      for (const key of Object.keys(given)) data[key] = toBase64(encode(String(given[key])))
      o.data = data
      delete o.stringData
    },
    validate,
    validateUpdate(o, old) {
      const out: FieldError[] = []
      if (o.type !== old.type) out.push(invalid('type', o.type, 'field is immutable'))
      if (old.immutable === true) {
        if (o.immutable !== true) out.push(forbidden('immutable', 'field is immutable when `immutable` is set'))
        if (!equal(o.data, old.data)) out.push(forbidden('data', 'field is immutable when `immutable` is set'))
      }
      return [...out, ...validate(o)]
    },
  },
})

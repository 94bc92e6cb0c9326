import { type FieldError, forbidden, invalid, required, tooLong } from '#kubernetes/api/field.ts'
import { type Draft, equal, isObj, type Obj, obj, str, strMap } from '#kubernetes/api/json.ts'
import { isConfigMapKey } from '#kubernetes/api/names.ts'
import { decode, encode, fromBase64, toBase64 } from '#sim/bytes.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { jsonObjectError } from '../validation/go-json-error.ts'
import { builtIn } from './kind.ts'

const LIMIT = 1024 * 1024

/** Bytes of a base64 text. */
const sizeOf = (text: string): number => Math.floor((text.replace(/=+$/, '').length * 3) / 4)

function validate(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const data = strMap(o, 'data')
  let size = 0
  for (const key of Object.keys(data).sort()) {
    for (const m of isConfigMapKey(key)) out.push(invalid(`data[${key}]`, key, m))
    size += sizeOf(data[key] ?? '')
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
      else {
        const wrong = jsonObjectError(decode(fromBase64(data[key] ?? '') ?? new Uint8Array(0)))
        if (wrong !== undefined) out.push(invalid(`data[${key}]`, '<secret contents redacted>', wrong))
      }
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

/** A pair that is none. Source: warningsForSecret. Differs: only that both parts are PEM is looked at. */
function tlsWarnings(o: Obj): string[] {
  if (o.type !== 'kubernetes.io/tls') return []
  for (const [key, what] of [['tls.crt', 'certificate'] as const, ['tls.key', 'key'] as const]) {
    const text = decode(fromBase64(str(o, 'data', key)) ?? new Uint8Array(0))
    if (!text.includes('-----BEGIN ')) return [`tls: failed to find any PEM data in ${what} input`]
  }
  return []
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
    warnings: tlsWarnings,
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

/** Environment of containers. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateEnv, ValidateEnvFrom). */
import { type FieldError, invalid, notFound, notSupported, required } from '#kubernetes/api/field.ts'
import { isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isConfigMapKey, isEnvVarName, isQualifiedName } from '#kubernetes/api/names.ts'
import { canonicalQuantity, quantity } from '#kubernetes/api/quantity.ts'
import { complain, needed, optional, subdomain } from './check.ts'
import { nonReserved, type Volumes } from './mounts.ts'

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const VOLUME_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']
/** What ConvertDownwardAPIFieldLabel knows. */
const KNOWN_FIELDS = new Set([...ENV_FIELDS, ...VOLUME_FIELDS, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase'])
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

export function validateFieldRef(ref: Obj, path: string, volume: boolean): FieldError[] {
  const at = `${path}.fieldPath`
  const version = str(ref, 'apiVersion')
  const given = str(ref, 'fieldPath')
  if (version === '') return [required(`${path}.apiVersion`)]
  if (given === '') return [required(at)]
  const wrong = (why: string): FieldError[] => [invalid(at, given, `error converting fieldPath: ${why}`)]
  if (version !== 'v1') return wrong(`unsupported pod version: ${version}`)
  const subscript = /^(.*)\['(.*)'\]$/.exec(given)
  if (subscript !== null && subscript[1] !== '') {
    const key = subscript[2] ?? ''
    if (subscript[1] === 'metadata.annotations') return complain(isQualifiedName(key.toLowerCase()), path, key.toLowerCase())
    if (subscript[1] === 'metadata.labels') return complain(isQualifiedName(key), path, key)
    return wrong(`field label does not support subscript: ${given}`)
  }
  const field = given === 'spec.host' ? 'spec.nodeName' : given
  if (!KNOWN_FIELDS.has(field)) return wrong(`field label not supported: ${given}`)
  const allowed = volume ? VOLUME_FIELDS : ENV_FIELDS
  return allowed.includes(field) ? [] : [notSupported(at, field, allowed)]
}

const UNITS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

function divisor(resource: string, value: unknown, path: string): FieldError[] {
  if (value === undefined || quantity(value).nanos === 0n) return []
  const text = canonicalQuantity(String(value)) ?? ''
  const wrong = (units: readonly string[], listed: string, what: string): FieldError[] =>
    units.includes(text)
      ? []
      : [invalid(`${path}.divisor`, resource, `only divisor's values ${listed} are supported with the ${what} resource`)]
  if (/\.cpu$/.test(resource)) return wrong(['1m', '1'], '1m and 1', 'cpu')
  if (/\.memory$/.test(resource)) return wrong(UNITS, UNITS.join(', '), 'memory')
  if (/\.ephemeral-storage$/.test(resource)) return wrong(UNITS, UNITS.join(', '), 'local ephemeral storage')
  return /^(limits|requests)\.hugepages-/.test(resource) ? wrong(UNITS, UNITS.join(', '), 'hugepages') : []
}

/** `volume`: the container must be named. */
export function validateResourceFieldRef(ref: Obj, path: string, volume: boolean): FieldError[] {
  const resource = str(ref, 'resource')
  const out: FieldError[] = []
  if (volume && str(ref, 'containerName') === '') out.push(required(`${path}.containerName`))
  else if (resource === '') out.push(required(`${path}.resource`))
  else if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    out.push(notSupported(`${path}.resource`, resource, RESOURCES))
  return [...out, ...divisor(resource, ref.divisor, path)]
}

function keyRef(ref: Obj, path: string): FieldError[] {
  const name = str(ref, 'name')
  return [
    ...subdomain(name, `${path}.name`),
    ...needed(str(ref, 'key'), `${path}.key`, (key, at) => complain(isConfigMapKey(key), at, key)),
  ]
}

/** Source: validateFileKeyRef. */
function fileKeyRef(ref: Obj, path: string, volumes: Volumes): FieldError[] {
  const [name, file] = [str(ref, 'volumeName'), str(ref, 'path')]
  const out = needed(name, `${path}.volumeName`)
  if (name !== '' && !volumes.has(name)) out.push(notFound(`${path}.volumeName`, name))
  out.push(...needed(file, `${path}.path`, nonReserved))
  out.push(...needed(str(ref, 'key'), `${path}.key`, (key, at) => complain(isEnvVarName(key), at, key)))
  return out
}

const SOURCES = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'

function valueFrom(env: Obj, path: string, volumes: Volumes): FieldError[] {
  const out: FieldError[] = []
  const from = obj(env, 'valueFrom')
  let count = 0
  const when = (name: string, rule: (ref: Obj, at: string) => FieldError[]): void => {
    const ref = from[name]
    if (!isObj(ref)) return
    count++
    out.push(...rule(ref, `${path}.${name}`))
  }
  when('fieldRef', (ref, at) => validateFieldRef(ref, at, false))
  when('resourceFieldRef', (ref, at) => validateResourceFieldRef(ref, at, false))
  when('configMapKeyRef', keyRef)
  when('secretKeyRef', keyRef)
  when('fileKeyRef', (ref, at) => fileKeyRef(ref, at, volumes))
  if (count === 0) out.push(invalid(path, '', `must specify one of: ${SOURCES}`))
  else if (str(env, 'value') !== '') out.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  else if (count > 1) out.push(invalid(path, '', 'may not have more than one field specified at a time'))
  return out
}

const variable = (name: string, path: string): FieldError[] => complain(isEnvVarName(name), path, name)

export function validateEnv(container: Obj, path: string, scope: { readonly volumes: Volumes }): FieldError[] {
  const out: FieldError[] = []
  for (const [i, env] of objs(container, 'env').entries()) {
    const at = `${path}[${i}]`
    out.push(...needed(str(env, 'name'), `${at}.name`, variable))
    if (isObj(env.valueFrom)) out.push(...valueFrom(env, `${at}.valueFrom`, scope.volumes))
  }
  return out
}

export function validateEnvFrom(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [i, source] of list.entries()) {
    const at = `${path}[${i}]`
    out.push(...optional(str(source, 'prefix'), `${at}.prefix`, variable))
    const kinds = ['configMapRef', 'secretRef'].filter((k) => isObj(source[k]))
    for (const k of kinds) out.push(...needed(str(source, k, 'name'), `${at}.${k}.name`, subdomain))
    // The path doesn't say which source.
    if (kinds.length === 0) out.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    else if (kinds.length > 1) out.push(invalid(path, '', 'may not have more than one field specified at a time'))
  }
  return out
}

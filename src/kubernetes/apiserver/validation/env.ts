/** Environment of containers. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateEnv). */
import { type FieldError, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isConfigMapKey, isEnvVarName, isQualifiedName } from '#kubernetes/api/names.ts'

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.podIP',
  'status.hostIPs',
  'status.podIPs',
]
const VOLUME_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
  'spec.hostNetwork',
])
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

export function validateFieldRef(ref: Obj, path: string, volume: boolean): FieldError[] {
  const field = str(ref, 'fieldPath')
  if (str(ref, 'apiVersion') === '') return [required(`${path}.apiVersion`)]
  if (field === '') return [required(`${path}.fieldPath`)]
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(field)
  if (subscript !== null) return isQualifiedName((subscript[2] ?? '').toLowerCase()).map((m) => invalid(path, subscript[2], m))
  if (!KNOWN_FIELDS.has(field))
    return [invalid(`${path}.fieldPath`, field, `error converting fieldPath: field label not supported: ${field}`)]
  const allowed = volume ? VOLUME_FIELDS : ENV_FIELDS
  return allowed.includes(field) ? [] : [notSupported(`${path}.fieldPath`, field, [...allowed].sort())]
}

function valueFrom(env: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const from = obj(env, 'valueFrom')
  const kinds: string[] = []
  if (isObj(from.fieldRef)) {
    kinds.push('fieldRef')
    out.push(...validateFieldRef(from.fieldRef, `${path}.fieldRef`, false))
  }
  if (isObj(from.resourceFieldRef)) {
    kinds.push('resourceFieldRef')
    const resource = str(from.resourceFieldRef, 'resource')
    if (resource === '') out.push(required(`${path}.resourceFieldRef.resource`))
    else if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
      out.push(notSupported(`${path}.resourceFieldRef.resource`, resource, RESOURCES))
  }
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = from[name]
    if (!isObj(ref)) continue
    kinds.push(name)
    if (str(ref, 'name') === '') out.push(required(`${path}.${name}.name`))
    if (str(ref, 'key') === '') out.push(required(`${path}.${name}.key`))
    else for (const m of isConfigMapKey(str(ref, 'key'))) out.push(invalid(`${path}.${name}.key`, ref.key, m))
  }
  if (isObj(from.fileKeyRef)) kinds.push('fileKeyRef')
  if (kinds.length === 0)
    out.push(invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'))
  if (str(env, 'value') !== '') {
    if (kinds.length > 0) out.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  } else if (kinds.length > 1) out.push(invalid(path, '', 'may not have more than one field specified at a time'))
  return out
}

export function validateEnv(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [i, env] of list.entries()) {
    const at = `${path}[${i}]`
    const name = str(env, 'name')
    if (name === '') out.push(required(`${at}.name`))
    else for (const m of isEnvVarName(name)) out.push(invalid(`${at}.name`, name, m))
    if (isObj(env.valueFrom)) out.push(...valueFrom(env, `${at}.valueFrom`))
  }
  return out
}

export function validateEnvFrom(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [i, source] of list.entries()) {
    const at = `${path}[${i}]`
    const prefix = str(source, 'prefix')
    if (prefix !== '') for (const m of isEnvVarName(prefix)) out.push(invalid(`${at}.prefix`, prefix, m))
    const kinds = ['configMapRef', 'secretRef'].filter((k) => isObj(source[k]))
    for (const k of kinds) if (str(source, k, 'name') === '') out.push(required(`${at}.${k}.name`))
    if (kinds.length === 0) out.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'))
    else if (kinds.length > 1) out.push(invalid(at, '', 'may not have more than one field specified at a time'))
  }
  return out
}

export const allEnv = (container: Obj, path: string): FieldError[] => [
  ...validateEnv(objs(container, 'env'), `${path}.env`),
  ...validateEnvFrom(objs(container, 'envFrom'), `${path}.envFrom`),
]

/** Volumes of pods. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateVolumes). */
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isDns1123Label, isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { quantity } from '#kubernetes/api/quantity.ts'
import { volumeSources } from '../registry/pod-defaults.ts'
import { validateFieldRef } from './env.ts'

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

const mode = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && (value < 0 || value > 0o777)
    ? [invalid(path, value, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : []

function relativePath(path: string, at: string): FieldError[] {
  if (path === '') return [required(at)]
  if (path.startsWith('/')) return [invalid(at, path, 'must be a relative path')]
  if (path.split('/').includes('..')) return [invalid(at, path, "must not contain '..'")]
  return []
}

function items(source: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [i, item] of objs(source, 'items').entries()) {
    const at = `${path}.items[${i}]`
    if (str(item, 'key') === '') out.push(required(`${at}.key`))
    out.push(...relativePath(str(item, 'path'), `${at}.path`), ...mode(num(item, 'mode'), `${at}.mode`))
  }
  return out
}

function source(name: string, s: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  switch (name) {
    case 'emptyDir': {
      if (s.sizeLimit !== undefined && quantity(s.sizeLimit).nanos < 0n)
        out.push(forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'))
      break
    }
    case 'hostPath':
      if (str(s, 'path') === '') out.push(required(`${path}.path`))
      else if (str(s, 'path').split('/').includes('..')) out.push(invalid(`${path}.path`, s.path, "must not contain '..'"))
      if (!HOST_PATH_TYPES.includes(str(s, 'type'))) out.push(notSupported(`${path}.type`, s.type, HOST_PATH_TYPES))
      break
    case 'secret':
      if (str(s, 'secretName') === '') out.push(required(`${path}.secretName`))
      out.push(...mode(num(s, 'defaultMode'), `${path}.defaultMode`), ...items(s, path))
      break
    case 'configMap':
      if (str(s, 'name') === '') out.push(required(`${path}.name`))
      out.push(...mode(num(s, 'defaultMode'), `${path}.defaultMode`), ...items(s, path))
      break
    case 'persistentVolumeClaim':
      if (str(s, 'claimName') === '') out.push(required(`${path}.claimName`))
      break
    case 'nfs':
      if (str(s, 'server') === '') out.push(required(`${path}.server`))
      if (str(s, 'path') === '') out.push(required(`${path}.path`))
      else if (!str(s, 'path').startsWith('/')) out.push(invalid(`${path}.path`, s.path, 'must be an absolute path'))
      break
    case 'downwardAPI':
      for (const [i, item] of objs(s, 'items').entries()) {
        const at = `${path}.items[${i}]`
        out.push(...relativePath(str(item, 'path'), `${at}.path`))
        if (isObj(item.fieldRef)) out.push(...validateFieldRef(item.fieldRef, `${at}.fieldRef`, true))
        else if (!isObj(item.resourceFieldRef)) out.push(required(at, 'one of fieldRef and resourceFieldRef is required'))
      }
      break
    case 'projected':
      for (const [i, part] of objs(s, 'sources').entries()) {
        const at = `${path}.sources[${i}]`
        const kinds = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'].filter((k) =>
          isObj(part[k]),
        )
        if (kinds.length > 1) out.push(forbidden(`${at}`, 'may not specify more than 1 volume type per source'))
        if (kinds.length === 0) out.push(required(at, 'one of secret, configMap, downwardAPI or serviceAccountToken is required'))
        for (const k of ['secret', 'configMap']) {
          if (!isObj(part[k])) continue
          if (str(part, k, 'name') === '') out.push(required(`${at}.${k}.name`))
          out.push(...items(obj(part, k), `${at}.${k}`))
        }
        const token = part.serviceAccountToken
        if (isObj(token)) {
          const seconds = num(token, 'expirationSeconds') ?? 3600
          if (seconds < 600)
            out.push(invalid(`${at}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'))
          if (str(token, 'path') === '') out.push(required(`${at}.serviceAccountToken.path`))
        }
      }
      break
    case 'csi':
      if (str(s, 'driver') === '') out.push(required(`${path}.driver`))
      break
    case 'ephemeral':
      if (!isObj(s.volumeClaimTemplate)) out.push(required(`${path}.volumeClaimTemplate`))
      break
    default:
  }
  return out
}

export function validateVolumes(volumes: readonly Obj[], path: string, podName: string): FieldError[] {
  const out: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, volume] of volumes.entries()) {
    const at = `${path}[${i}]`
    const name = str(volume, 'name')
    // Upstream looks at empty directories first.
    const found = volumeSources(volume)
    const sources = found.includes('emptyDir') ? ['emptyDir', ...found.filter((k) => k !== 'emptyDir')] : found
    const own: FieldError[] = []
    for (const [k, kind] of sources.entries()) {
      if (k > 0) own.push(forbidden(`${at}.${kind}`, 'may not specify more than 1 volume type'))
      else own.push(...source(kind, obj(volume, kind), `${at}.${kind}`))
    }
    if (sources.length === 0) own.push(required(at, 'must specify a volume type'))
    if (name === '') out.push(required(`${at}.name`))
    else if (isDns1123Label(name).length > 0) for (const m of isDns1123Label(name)) out.push(invalid(`${at}.name`, name, m))
    else if (seen.has(name)) out.push(duplicate(`${at}.name`, name))
    seen.add(name)
    out.push(...own)
    if (isObj(volume.ephemeral) && podName !== '')
      for (const m of isDns1123Subdomain(`${podName}-${name}`)) out.push(invalid(`${at}.name`, name, `PVC name "${podName}-${name}": ${m}`))
  }
  return out
}

/** Volumes of pods. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateVolumes). */
import { duplicate, type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strMap, without } from '#kubernetes/api/json.ts'
import { isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { dnsLabel, needed } from './check.ts'
import { validateClaimSpec } from './claims.ts'
import { validateFieldRef, validateResourceFieldRef } from './env.ts'
import { validateAnnotations, validateLabels } from './meta.ts'
import { nonReserved, type Volumes } from './mounts.ts'
import { validateLabelSelector } from './selectors.ts'
import { fileMode, keyToPath, POD_SOURCES, type SourceRule } from './volume-sources.ts'

/** Source: validateDownwardAPIVolumeFile. */
function downwardFile(file: Obj, path: string): FieldError[] {
  const out = needed(str(file, 'path'), `${path}.path`, nonReserved)
  if (isObj(file.fieldRef)) {
    out.push(...validateFieldRef(file.fieldRef, `${path}.fieldRef`, true))
    if (isObj(file.resourceFieldRef))
      out.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
  } else if (isObj(file.resourceFieldRef)) out.push(...validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true))
  else out.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
  return [...out, ...fileMode(num(file, 'mode'), `${path}.mode`)]
}

/** Errors of its files don't say which. */
const downwardAPI: SourceRule = (s, path) => [
  ...fileMode(num(s, 'defaultMode'), `${path}.defaultMode`),
  ...objs(s, 'items').flatMap((file) => downwardFile(file, path)),
]

const MIN_TOKEN_SECONDS = 600
const MAX_TOKEN_SECONDS = 2 ** 32

function token(t: Obj, path: string, outer: string): FieldError[] {
  const seconds = num(t, 'expirationSeconds') ?? 3600
  const at = `${path}.expirationSeconds`
  const out: FieldError[] = []
  if (seconds < MIN_TOKEN_SECONDS) out.push(invalid(at, seconds, 'may not specify a duration less than 10 minutes'))
  if (seconds > MAX_TOKEN_SECONDS) out.push(invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'))
  return [...out, ...needed(str(t, 'path'), `${outer}.path`, nonReserved)]
}

function trustBundle(b: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  if (b.name !== undefined && b.signerName !== undefined) out.push(invalid(path, b, 'only one of name and signerName may be used'))
  else if (b.name !== undefined) {
    if (b.name === '') out.push(required(`${path}.name`, 'must be a valid object name'))
    if (b.labelSelector !== undefined)
      out.push(invalid(`${path}.labelSelector`, b.labelSelector, 'labelSelector must be unset if name is specified'))
  } else if (b.signerName !== undefined) {
    if (b.signerName === '') out.push(required(`${path}.signerName`, 'must be a valid signer name'))
    out.push(...validateLabelSelector(b.labelSelector, `${path}.labelSelector`))
  } else out.push(required(path, 'either name or signerName must be specified'))
  return [...out, ...needed(str(b, 'path'), `${path}.path`, nonReserved)]
}

/** Differs: certificates of pods are not looked at. */
const projected: SourceRule = (s, path) => {
  const out = fileMode(num(s, 'defaultMode'), `${path}.defaultMode`)
  const paths = new Set<string>()
  const once = (file: string, shown: string): void => {
    if (file !== '' && paths.has(file)) out.push(invalid(path, shown, 'conflicting duplicate paths'))
    paths.add(file)
  }
  for (const [i, source] of objs(s, 'sources').entries()) {
    const at = `${path}.sources[${i}]`
    let count = 0
    const when = (name: string, rule: (part: Obj, here: string) => void): void => {
      const part = source[name]
      if (!isObj(part)) return
      count++
      rule(part, `${at}.${name}`)
    }
    for (const name of ['secret', 'configMap'])
      when(name, (part, here) => {
        out.push(...needed(str(part, 'name'), `${here}.name`))
        for (const [k, item] of objs(part, 'items').entries()) {
          out.push(...keyToPath(item, `${here}.items[${k}]`))
          once(str(item, 'path'), str(part, 'name'))
        }
      })
    when('downwardAPI', (part, here) => {
      for (const file of objs(part, 'items')) {
        out.push(...downwardFile(file, here))
        once(str(file, 'path'), str(file, 'path'))
      }
    })
    when('serviceAccountToken', (part, here) => out.push(...token(part, here, path)))
    when('clusterTrustBundle', (part, here) => {
      out.push(...trustBundle(part, here))
      once(str(part, 'path'), str(part, 'path'))
    })
    if (count > 1) out.push(forbidden(at, 'may not specify more than 1 volume type per source'))
  }
  return out
}

/** Source: ValidatePersistentVolumeClaimTemplate. */
const ephemeral: SourceRule = (s, path) => {
  const at = `${path}.volumeClaimTemplate`
  if (!isObj(s.volumeClaimTemplate)) return [required(at)]
  const meta = obj(s.volumeClaimTemplate, 'metadata')
  return [
    ...validateAnnotations(strMap(meta, 'annotations'), `${at}.metadata.annotations`),
    ...validateLabels(strMap(meta, 'labels'), `${at}.metadata.labels`),
    ...Object.keys(without(meta, 'annotations', 'labels')).map((name) => forbidden(`${at}.metadata.${name}`, 'cannot be set')),
    ...validateClaimSpec(obj(s.volumeClaimTemplate, 'spec'), `${at}.spec`),
  ]
}

/** In upstream's order. */
const SOURCES: readonly (readonly [string, SourceRule])[] = Object.entries(POD_SOURCES).flatMap(([name, rule]) =>
  name === 'fc'
    ? [['downwardAPI', downwardAPI] as const, [name, rule] as const]
    : name === 'scaleIO'
      ? [['projected', projected] as const, [name, rule] as const]
      : name === 'image'
        ? [['ephemeral', ephemeral] as const, [name, rule] as const]
        : [[name, rule] as const],
)

export interface VolumesResult {
  readonly errors: readonly FieldError[]
  readonly volumes: Volumes
}

/** `podName`: of a pod, for names derived from it; empty in templates. */
export function validateVolumes(list: readonly Obj[], path: string, podName: string): VolumesResult {
  const errors: FieldError[] = []
  const volumes = new Map<string, 'claim' | 'other'>()
  const created = new Set(podName === '' ? [] : list.filter((v) => isObj(v.ephemeral)).map((v) => `${podName}-${str(v, 'name')}`))
  for (const [i, volume] of list.entries()) {
    const at = `${path}[${i}]`
    const name = str(volume, 'name')
    const own = sourcesOf(volume, at, podName)
    own.push(...needed(name, `${at}.name`, dnsLabel))
    if (volumes.has(name)) own.push(duplicate(`${at}.name`, name))
    if (own.length === 0) volumes.set(name, isObj(volume.persistentVolumeClaim) || isObj(volume.ephemeral) ? 'claim' : 'other')
    else errors.push(...own)
    const claim = str(volume, 'persistentVolumeClaim', 'claimName')
    if (created.has(claim))
      errors.push(
        invalid(`${at}.persistentVolumeClaim.claimName`, claim, 'must not reference a PVC that gets created for an ephemeral volume'),
      )
  }
  return { errors, volumes }
}

function sourcesOf(volume: Obj, path: string, podName: string): FieldError[] {
  const out: FieldError[] = []
  const name = str(volume, 'name')
  let count = 0
  for (const [kind, rule] of SOURCES) {
    const source = volume[kind]
    if (!isObj(source)) continue
    if (count > 0) {
      out.push(forbidden(`${path}.${kind}`, 'may not specify more than 1 volume type'))
      continue
    }
    count++
    out.push(...rule(source, `${path}.${kind}`))
    if (kind === 'image' && podName !== '' && str(source, 'reference') === '') out.push(required(`${path}.image.reference`))
    if (kind !== 'ephemeral' || podName === '' || name === '') continue
    for (const m of isDns1123Subdomain(`${podName}-${name}`)) out.push(invalid(`${path}.name`, name, `PVC name "${podName}-${name}": ${m}`))
  }
  if (count === 0) out.push(required(path, 'must specify a volume type'))
  return out
}

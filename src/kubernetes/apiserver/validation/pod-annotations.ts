/** Annotations that say what fields say. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodSpecificAnnotations). */
import { type FieldError, forbidden, invalid } from '#kubernetes/api/field.ts'
import { isObj, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { descending } from './mounts.ts'
import { containersOf } from './pod-os.ts'

type Annotations = { readonly [key: string]: string }

export const MIRROR = 'kubernetes.io/config.mirror'
export const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/'
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

function seccompValue(value: string, path: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(value)) return []
  if (value.startsWith('localhost/')) return descending(value.slice('localhost/'.length), path)
  return [invalid(path, value, 'must be a valid seccomp profile')]
}

export function podAnnotations(annotations: Annotations, spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const mirror = annotations[MIRROR]
  if (mirror !== undefined && str(spec, 'nodeName') === '')
    out.push(invalid(`${path}[${MIRROR}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set'))
  const cost = annotations[DELETION_COST]
  if (cost !== undefined && !isInt32(cost)) out.push(invalid(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer'))
  const keys = Object.keys(annotations).sort()
  const pod = annotations[SECCOMP_POD]
  if (pod !== undefined) out.push(...seccompValue(pod, `${path}.${SECCOMP_POD}`))
  for (const key of keys) if (key.startsWith(SECCOMP_CONTAINER)) out.push(...seccompValue(annotations[key] ?? '', `${path}.${key}`))
  for (const key of keys) {
    if (!key.startsWith(APP_ARMOR)) continue
    const [container, profile] = [key.slice(APP_ARMOR.length), annotations[key] ?? '']
    if (!containersOf(spec, '').some(([c]) => c.name === container)) out.push(invalid(`${path}[${key}]`, container, 'container not found'))
    if (profile !== '' && profile !== 'runtime/default' && profile !== 'unconfined' && !profile.startsWith('localhost/'))
      out.push(invalid(`${path}[${key}]`, profile, `invalid AppArmor profile name: "${profile}"`))
  }
  return out
}

/** As strconv.ParseInt takes it, without needless signs and zeros. */
const isInt32 = (text: string): boolean => /^(0|-?[1-9]\d*)$/.test(text) && Number(text) >= -2_147_483_648 && Number(text) <= 2_147_483_647

/** The type of a profile's annotation; undefined: it must be a local one. */
const VALUES: { readonly [type: string]: readonly string[] } = {
  Unconfined: ['unconfined'],
  RuntimeDefault: ['runtime/default', 'docker/default'],
}

function matches(annotation: string, profile: Obj, path: string, what: string): FieldError[] {
  const type = str(profile, 'type')
  const typeDiffers = forbidden(`${path}.type`, `${what} type in annotation and field must match`)
  const values = VALUES[type]
  if (values !== undefined) return values.includes(annotation) ? [] : [typeDiffers]
  if (type !== 'Localhost') return []
  if (!annotation.startsWith('localhost/')) return [typeDiffers]
  return annotation.slice('localhost/'.length) === profile.localhostProfile
    ? []
    : [forbidden(`${path}.localhostProfile`, `${what} profile in annotation and field must match`)]
}

/** Source: validateSeccompAnnotationsAndFields. */
export function seccompMatches(annotations: Annotations, spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const pod = obj(spec, 'securityContext').seccompProfile
  const value = annotations[SECCOMP_POD]
  if (isObj(pod) && value !== undefined) out.push(...matches(value, pod, `${path}.securityContext.seccompProfile`, 'seccomp'))
  for (const [c, at] of containersOf(spec, path)) {
    const profile = obj(c, 'securityContext').seccompProfile
    const own = annotations[SECCOMP_CONTAINER + str(c, 'name')]
    if (isObj(profile) && own !== undefined) out.push(...matches(own, profile, `${at}.securityContext.seccompProfile`, 'seccomp'))
  }
  return out
}

/** Source: validateAppArmorAnnotationsAndFieldsMatchOnCreate. */
export function appArmorMatches(annotations: Annotations, spec: Obj, path: string): FieldError[] {
  if (str(spec, 'os', 'name') === 'windows') return []
  const out: FieldError[] = []
  for (const [c, at] of containersOf(spec, path)) {
    const profile = obj(c, 'securityContext').appArmorProfile ?? obj(spec, 'securityContext').appArmorProfile
    const own = annotations[APP_ARMOR + str(c, 'name')]
    if (isObj(profile) && own !== undefined) out.push(...matches(own, profile, `${at}.securityContext.appArmorProfile`, 'apparmor'))
  }
  return out
}

/** Source: ValidatePodSpecificAnnotationUpdates. */
export function podAnnotationUpdates(now: Annotations, old: Annotations, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const key of Object.keys(old).sort()) {
    if (now[key] === old[key]) continue
    if (key.startsWith(APP_ARMOR)) out.push(forbidden(`${path}[${key}]`, 'may not remove or update AppArmor annotations'))
    if (key === MIRROR) out.push(forbidden(`${path}[${key}]`, 'may not remove or update mirror pod annotation'))
  }
  for (const key of Object.keys(now).sort()) {
    if (old[key] !== undefined) continue
    if (key.startsWith(APP_ARMOR)) out.push(forbidden(`${path}[${key}]`, 'may not add AppArmor annotations'))
    if (key === MIRROR) out.push(forbidden(`${path}[${key}]`, 'may not add mirror pod annotation'))
  }
  return out
}

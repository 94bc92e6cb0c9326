/** Security contexts of pods and containers. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateSecurityContext, validatePodSpecSecurityContext). */
import { duplicate, type FieldError, invalid, notSupported, required, tooLong } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { bool, isObj, num, type Obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { among, between, complain } from './check.ts'
import { descending } from './mounts.ts'

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']
/** PATH_MAX without the final zero. */
const LONGEST_PROFILE = 4095

export const userId = (id: number | undefined, path: string): FieldError[] => (id === undefined ? [] : between(id, path, 0, 2_147_483_647))

function seccomp(profile: unknown, path: string): FieldError[] {
  if (!isObj(profile)) return []
  const out: FieldError[] = []
  const [type, local] = [str(profile, 'type'), profile.localhostProfile]
  if (type === '') out.push(required(`${path}.type`, 'type is required when seccompProfile is set'))
  else out.push(...among(type, `${path}.type`, PROFILE_TYPES))
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') {
    if (local === undefined) out.push(required(at, 'must be set when seccomp type is Localhost'))
    else out.push(...descending(String(local), at))
  } else if (local !== undefined)
    out.push(invalid(at, internalJson(profile, 'io.k8s.api.core.v1.SeccompProfile'), 'can only be set when seccomp type is Localhost'))
  return out
}

function appArmor(profile: unknown, path: string): FieldError[] {
  if (!isObj(profile)) return []
  const [type, local] = [str(profile, 'type'), profile.localhostProfile]
  const at = `${path}.localhostProfile`
  switch (type) {
    case 'Localhost': {
      if (typeof local !== 'string') return [required(at, 'must be set when AppArmor type is Localhost')]
      const out: FieldError[] = []
      if (local.trim() !== local) out.push(invalid(at, local, 'must not be padded with whitespace'))
      else if (local === '') out.push(required(at, 'must be set when AppArmor type is Localhost'))
      if (local.length > LONGEST_PROFILE) out.push(tooLong(at, LONGEST_PROFILE))
      return out
    }
    case 'RuntimeDefault':
    case 'Unconfined':
      return local === undefined ? [] : [invalid(at, local, 'can only be set when AppArmor type is Localhost')]
    case '':
      return [required(`${path}.type`, 'type is required when appArmorProfile is set')]
    default:
      return [notSupported(`${path}.type`, type, PROFILE_TYPES)]
  }
}

/** Differs: of a user's name for Windows only emptiness, control characters and backslashes are looked at. */
function windows(options: unknown, path: string): FieldError[] {
  if (!isObj(options)) return []
  const out: FieldError[] = []
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options
  if (typeof name === 'string') out.push(...complain(isDns1123Subdomain(name), `${path}.gmsaCredentialSpecName`, name))
  if (spec === '') out.push(invalid(`${path}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string'))
  if (typeof spec === 'string' && spec.length > 64 * 1024)
    out.push(invalid(`${path}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec size must be under 64 KiB'))
  if (typeof user !== 'string') return out
  const at = `${path}.runAsUserName`
  if (user === '') out.push(invalid(at, user, 'runAsUserName cannot be an empty string'))
  else if (/[\u0000-\u001f\u007f]/.test(user)) out.push(invalid(at, user, 'runAsUserName cannot contain control characters'))
  else if (user.split('\\').length > 2) out.push(invalid(at, user, 'runAsUserName cannot contain more than one backslash'))
  else if (user.endsWith('\\')) out.push(invalid(at, user, "runAsUserName's User cannot be empty"))
  return out
}

/** `hostUsers`: the pod has the host's user namespace. */
export function validateSecurityContext(sc: unknown, path: string, hostUsers: boolean): FieldError[] {
  if (!isObj(sc)) return []
  const out: FieldError[] = []
  for (const name of ['runAsUser', 'runAsGroup']) out.push(...userId(num(sc, name), `${path}.${name}`))
  out.push(...among(sc.procMount, `${path}.procMount`, ['Default', 'Unmasked']))
  if (hostUsers && sc.procMount === 'Unmasked')
    out.push(invalid(`${path}.procMount`, 'Unmasked', '`hostUsers` must be false to use `Unmasked`'))
  out.push(...seccomp(sc.seccompProfile, `${path}.seccompProfile`))
  if (bool(sc, 'allowPrivilegeEscalation') === false) {
    const shown = (): unknown => internalJson(sc, 'io.k8s.api.core.v1.SecurityContext')
    if (sc.privileged === true) out.push(invalid(path, shown(), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'))
    if (strs(sc, 'capabilities', 'add').includes('CAP_SYS_ADMIN'))
      out.push(invalid(path, shown(), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'))
  }
  out.push(...windows(sc.windowsOptions, `${path}.windowsOptions`), ...appArmor(sc.appArmorProfile, `${path}.appArmorProfile`))
  return out
}

const SYSCTL = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const LONGEST_SYSCTL = 253

/** What belongs to a namespace that the pod shares with the host. */
const IPC_SYSCTL = /^(kernel[./](sem|shm.*|msg.*)$|fs[./]mqueue[./])/
const NET_SYSCTL = /^net[./]/

function sysctls(spec: Obj, list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, s] of list.entries()) {
    const at = `${path}[${i}].name`
    const name = str(s, 'name')
    if (name === '') out.push(required(at))
    else if (name.length > LONGEST_SYSCTL || !new RegExp(`^${SYSCTL}$`).test(name))
      out.push(invalid(at, name, `must have at most ${LONGEST_SYSCTL} characters and match regex ^${SYSCTL}$`))
    else if (seen.has(name)) out.push(duplicate(at, name))
    if (spec.hostNetwork === true && NET_SYSCTL.test(name)) out.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"))
    else if (spec.hostIPC === true && IPC_SYSCTL.test(name)) out.push(invalid(at, name, "may not be specified when 'hostIPC' is true"))
    seen.add(name)
  }
  return out
}

export function validatePodSecurityContext(spec: Obj, path: string): FieldError[] {
  const sc = isObj(spec.securityContext) ? spec.securityContext : {}
  const out: FieldError[] = []
  for (const name of ['fsGroup', 'runAsUser', 'runAsGroup']) out.push(...userId(num(sc, name), `${path}.${name}`))
  const groups = Array.isArray(sc.supplementalGroups) ? (sc.supplementalGroups as readonly number[]) : []
  for (const [i, id] of groups.entries()) out.push(...userId(id, `${path}.supplementalGroups[${i}]`))
  if (spec.shareProcessNamespace === true && spec.hostPID === true)
    out.push(invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'))
  out.push(...sysctls(spec, objs(sc, 'sysctls'), `${path}.sysctls`))
  out.push(...among(sc.fsGroupChangePolicy, `${path}.fsGroupChangePolicy`, ['Always', 'OnRootMismatch']))
  out.push(...seccomp(sc.seccompProfile, `${path}.seccompProfile`), ...windows(sc.windowsOptions, `${path}.windowsOptions`))
  out.push(...appArmor(sc.appArmorProfile, `${path}.appArmorProfile`))
  out.push(...among(sc.supplementalGroupsPolicy, `${path}.supplementalGroupsPolicy`, ['Merge', 'Strict']))
  out.push(...among(sc.seLinuxChangePolicy, `${path}.seLinuxChangePolicy`, ['MountOption', 'Recursive']))
  return out
}

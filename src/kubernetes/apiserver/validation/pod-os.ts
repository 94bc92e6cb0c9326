/** What pods for Linux and Windows may not say. Source: k8s.io/kubernetes pkg/apis/core/validation (validateOS, validateLinux, validateWindows). */
import { type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { bool, isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'

const NOT_LINUX = 'windows options cannot be set for a linux pod'
const NOT_WINDOWS = 'cannot be set for a windows pod'

/** Every container with its path: initial ones first. Source: VisitContainersWithPath. */
export function containersOf(spec: Obj, path: string): readonly (readonly [Obj, string])[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((part) =>
    objs(spec, part).map((c, i) => [c, `${path}.${part}[${i}]`] as const),
  )
}

/** Fields of the pod that Windows hasn't, in upstream's order: those of its security context by their short name. */
const OF_POD: readonly (readonly [string, (spec: Obj) => boolean])[] = [
  ['securityContext.appArmorProfile', (s) => obj(s, 'securityContext').appArmorProfile !== undefined],
  ['securityContext.seLinuxOptions', (s) => obj(s, 'securityContext').seLinuxOptions !== undefined],
  ['hostUsers', (s) => s.hostUsers !== undefined],
  ['hostPID', (s) => s.hostPID === true],
  ['hostIPC', (s) => s.hostIPC === true],
  ['securityContext.seccompProfile', (s) => obj(s, 'securityContext').seccompProfile !== undefined],
  ['securityContext.fsGroup', (s) => obj(s, 'securityContext').fsGroup !== undefined],
  ['securityContext.fsGroupChangePolicy', (s) => obj(s, 'securityContext').fsGroupChangePolicy !== undefined],
  ['securityContext.sysctls', (s) => objs(s, 'securityContext', 'sysctls').length > 0],
  ['shareProcessNamespace', (s) => s.shareProcessNamespace !== undefined],
  ['securityContext.runAsUser', (s) => obj(s, 'securityContext').runAsUser !== undefined],
  ['securityContext.runAsGroup', (s) => obj(s, 'securityContext').runAsGroup !== undefined],
  ['securityContext.supplementalGroups', (s) => obj(s, 'securityContext').supplementalGroups !== undefined],
  ['securityContext.supplementalGroupsPolicy', (s) => obj(s, 'securityContext').supplementalGroupsPolicy !== undefined],
  ['securityContext.seLinuxChangePolicy', (s) => obj(s, 'securityContext').seLinuxChangePolicy !== undefined],
]
const OF_CONTAINER = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
]

export function validateOs(spec: Obj, path: string): FieldError[] {
  if (!isObj(spec.os)) return []
  const name = str(spec, 'os', 'name')
  if (name === '') return [required(`${path}.os.name`, 'cannot be empty')]
  const containers = containersOf(spec, path)
  const out: FieldError[] = []
  switch (name) {
    case 'linux':
      if (obj(spec, 'securityContext').windowsOptions !== undefined)
        out.push(forbidden(`${path}.securityContext.windowsOptions`, NOT_LINUX))
      for (const [c, at] of containers)
        if (obj(c, 'securityContext').windowsOptions !== undefined) out.push(forbidden(`${at}.securityContext.windowsOptions`, NOT_LINUX))
      return out
    case 'windows':
      for (const [field, given] of OF_POD) if (given(spec)) out.push(forbidden(`${path}.${field}`, NOT_WINDOWS))
      for (const [c, at] of containers)
        for (const field of OF_CONTAINER)
          if (obj(c, 'securityContext')[field] !== undefined) out.push(forbidden(`${at}.securityContext.${field}`, NOT_WINDOWS))
      return out
    default:
      return [notSupported(`${path}.os`, name, ['linux', 'windows'])]
  }
}

/** Source: validateWindowsHostProcessPod. */
export function windowsHostProcess(spec: Obj, path: string): FieldError[] {
  const pod = bool(spec, 'securityContext', 'windowsOptions', 'hostProcess')
  const containers = containersOf(spec, path)
  const out: FieldError[] = []
  let count = 0
  for (const [c, at] of containers) {
    const own = bool(c, 'securityContext', 'windowsOptions', 'hostProcess')
    if (pod !== undefined && own !== undefined && pod !== own)
      out.push(
        invalid(
          `${at}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${pod}`,
        ),
      )
    if (own ?? pod ?? false) count++
  }
  if (count === 0) return out
  if (count !== containers.length)
    out.push(invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'))
  if (spec.hostNetwork !== true)
    out.push(invalid(`${path}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers'))
  return out
}

/** A user namespace of its own goes with no namespace of the host. Source: validateHostUsers. */
export function ownUsers(spec: Obj, path: string): FieldError[] {
  if (spec.hostUsers !== false) return []
  const why = 'when `pod.Spec.HostUsers` is false'
  return [
    ...(spec.hostNetwork === true ? [forbidden(`${path}.hostNetwork`, why)] : []),
    ...(spec.hostPID === true ? [forbidden(`${path}.HostPID`, why)] : []),
    ...(spec.hostIPC === true ? [forbidden(`${path}.HostIPC`, why)] : []),
  ]
}

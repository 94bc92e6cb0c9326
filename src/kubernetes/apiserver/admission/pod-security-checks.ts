/** The checks of the Pod Security Standards, in the order their complaints are listed. Source: k8s.io/pod-security-admission policy. */
import { bool, num, type Obj, obj, objs, quote, str, strs } from '#kubernetes/api/json.ts'
import { volumeSources } from '../registry/pod-defaults.ts'

export interface Violation {
  readonly reason: string
  readonly detail: string
}

type Check = (pod: Obj) => Violation | undefined

const containers = (pod: Obj): readonly Obj[] => [
  ...objs(pod, 'spec', 'initContainers'),
  ...objs(pod, 'spec', 'containers'),
  ...objs(pod, 'spec', 'ephemeralContainers'),
]
const plural = (noun: string, list: readonly unknown[]): string => (list.length === 1 ? noun : `${noun}s`)
const quoted = (list: readonly string[]): string => list.map(quote).join(', ')
const names = (list: readonly Obj[]): string => `${plural('container', list)} ${quoted(list.map((c) => str(c, 'name')))}`

const BASELINE_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
])
const RESTRICTED_VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
  'image',
])

/** In the order complaints appear. A restricted check may replace a baseline one. */
const CHECKS: readonly {
  readonly level: 'baseline' | 'restricted'
  readonly replaces?: string
  readonly name: string
  readonly check: Check
}[] = [
  {
    level: 'baseline',
    name: 'capabilities_baseline',
    check: capabilitiesBaseline,
  },
  { level: 'baseline', name: 'hostNamespaces', check: hostNamespaces },
  { level: 'baseline', name: 'hostPathVolumes', check: hostPathVolumes },
  { level: 'baseline', name: 'hostPorts', check: hostPorts },
  { level: 'baseline', name: 'privileged', check: privileged },
  { level: 'baseline', name: 'procMount', check: procMount },
  {
    level: 'baseline',
    name: 'seccompProfile_baseline',
    check: seccompBaseline,
  },
  { level: 'baseline', name: 'sysctls', check: sysctls },
  {
    level: 'restricted',
    name: 'allowPrivilegeEscalation',
    check: allowPrivilegeEscalation,
  },
  {
    level: 'restricted',
    name: 'capabilities_restricted',
    replaces: 'capabilities_baseline',
    check: capabilitiesRestricted,
  },
  {
    level: 'restricted',
    name: 'restrictedVolumes',
    replaces: 'hostPathVolumes',
    check: restrictedVolumes,
  },
  { level: 'restricted', name: 'runAsNonRoot', check: runAsNonRoot },
  { level: 'restricted', name: 'runAsUser', check: runAsUser },
  {
    level: 'restricted',
    name: 'seccompProfile_restricted',
    replaces: 'seccompProfile_baseline',
    check: seccompRestricted,
  },
]

/** What in a pod (or pod template) a level forbids. */
export function violations(pod: Obj, level: 'privileged' | 'baseline' | 'restricted'): Violation[] {
  if (level === 'privileged') return []
  const replaced = new Set(level === 'restricted' ? CHECKS.flatMap((c) => (c.replaces === undefined ? [] : [c.replaces])) : [])
  const out: Violation[] = []
  for (const c of CHECKS) {
    if ((c.level === 'restricted' && level === 'baseline') || replaced.has(c.name)) continue
    const found = c.check(pod)
    if (found !== undefined) out.push(found)
  }
  return out
}

function capabilitiesBaseline(pod: Obj): Violation | undefined {
  const bad: Obj[] = []
  const caps = new Set<string>()
  for (const c of containers(pod)) {
    const added = strs(c, 'securityContext', 'capabilities', 'add').filter((x) => !BASELINE_CAPABILITIES.has(x))
    if (added.length > 0) bad.push(c)
    for (const a of added) caps.add(a)
  }
  return bad.length === 0
    ? undefined
    : {
        reason: 'non-default capabilities',
        detail: `${names(bad)} must not include ${quoted([...caps].sort())} in securityContext.capabilities.add`,
      }
}

function hostNamespaces(pod: Obj): Violation | undefined {
  const on = ['hostNetwork', 'hostPID', 'hostIPC'].filter((n) => obj(pod, 'spec')[n] === true)
  return on.length === 0
    ? undefined
    : {
        reason: 'host namespaces',
        detail: on.map((n) => `${n}=true`).join(', '),
      }
}

function hostPathVolumes(pod: Obj): Violation | undefined {
  const bad = objs(pod, 'spec', 'volumes').filter((v) => v.hostPath !== undefined)
  return bad.length === 0
    ? undefined
    : {
        reason: 'hostPath volumes',
        detail: `${plural('volume', bad)} ${quoted(bad.map((v) => str(v, 'name')))}`,
      }
}

function hostPorts(pod: Obj): Violation | undefined {
  const bad: Obj[] = []
  const ports = new Set<number>()
  for (const c of containers(pod)) {
    const used = objs(c, 'ports')
      .map((p) => num(p, 'hostPort') ?? 0)
      .filter((p) => p !== 0)
    if (used.length > 0) bad.push(c)
    for (const p of used) ports.add(p)
  }
  const list = [...ports].map(String).sort()
  return bad.length === 0
    ? undefined
    : {
        reason: 'hostPort',
        detail: `${names(bad)} ${bad.length === 1 ? 'uses' : 'use'} ${plural('hostPort', list)} ${list.join(', ')}`,
      }
}

function privileged(pod: Obj): Violation | undefined {
  const bad = containers(pod).filter((c) => bool(c, 'securityContext', 'privileged') === true)
  return bad.length === 0
    ? undefined
    : {
        reason: 'privileged',
        detail: `${names(bad)} must not set securityContext.privileged=true`,
      }
}

function procMount(pod: Obj): Violation | undefined {
  const bad = containers(pod).filter((c) => !['', 'Default'].includes(str(c, 'securityContext', 'procMount')))
  return bad.length === 0
    ? undefined
    : {
        reason: 'procMount',
        detail: `${names(bad)} must not set securityContext.procMount to ${quoted([...new Set(bad.map((c) => str(c, 'securityContext', 'procMount')))].sort())}`,
      }
}

function seccompBaseline(pod: Obj): Violation | undefined {
  const parts: string[] = []
  if (str(pod, 'spec', 'securityContext', 'seccompProfile', 'type') === 'Unconfined') parts.push('pod')
  const bad = containers(pod).filter((c) => str(c, 'securityContext', 'seccompProfile', 'type') === 'Unconfined')
  if (bad.length > 0) parts.push(names(bad))
  return parts.length === 0
    ? undefined
    : {
        reason: 'seccompProfile',
        detail: `${parts.join(' and ')} must not set securityContext.seccompProfile.type to "Unconfined"`,
      }
}

function sysctls(pod: Obj): Violation | undefined {
  const bad = objs(pod, 'spec', 'securityContext', 'sysctls')
    .map((s) => str(s, 'name'))
    .filter((n) => !SYSCTLS.has(n))
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') }
}

function allowPrivilegeEscalation(pod: Obj): Violation | undefined {
  if (str(pod, 'spec', 'os', 'name') === 'windows') return undefined
  const bad = containers(pod).filter((c) => bool(c, 'securityContext', 'allowPrivilegeEscalation') !== false)
  return bad.length === 0
    ? undefined
    : {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${names(bad)} must set securityContext.allowPrivilegeEscalation=false`,
      }
}

function capabilitiesRestricted(pod: Obj): Violation | undefined {
  const missing = containers(pod).filter((c) => !strs(c, 'securityContext', 'capabilities', 'drop').includes('ALL'))
  const adding = containers(pod).filter((c) => strs(c, 'securityContext', 'capabilities', 'add').some((x) => x !== 'NET_BIND_SERVICE'))
  const parts: string[] = []
  if (missing.length > 0) parts.push(`${names(missing)} must set securityContext.capabilities.drop=["ALL"]`)
  if (adding.length > 0) {
    const caps = [
      ...new Set(adding.flatMap((c) => strs(c, 'securityContext', 'capabilities', 'add').filter((x) => x !== 'NET_BIND_SERVICE'))),
    ].sort()
    parts.push(`${names(adding)} must not include ${quoted(caps)} in securityContext.capabilities.add`)
  }
  return parts.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: parts.join('; ') }
}

function restrictedVolumes(pod: Obj): Violation | undefined {
  const bad: string[] = []
  const types = new Set<string>()
  for (const v of objs(pod, 'spec', 'volumes')) {
    const type = volumeSources(v)[0] ?? 'unknown'
    if (RESTRICTED_VOLUMES.has(type)) continue
    bad.push(str(v, 'name'))
    types.add(type)
  }
  return bad.length === 0
    ? undefined
    : {
        reason: 'restricted volume types',
        detail: `${plural('volume', bad)} ${quoted(bad)} ${bad.length === 1 ? 'uses' : 'use'} restricted volume ${plural('type', [...types])} ${quoted([...types].sort())}`,
      }
}

function runAsNonRoot(pod: Obj): Violation | undefined {
  const onPod = bool(pod, 'spec', 'securityContext', 'runAsNonRoot')
  const explicit = containers(pod).filter((c) => bool(c, 'securityContext', 'runAsNonRoot') === false)
  const unset = containers(pod).filter((c) => bool(c, 'securityContext', 'runAsNonRoot') === undefined)
  if (explicit.length > 0)
    return {
      reason: 'runAsNonRoot != true',
      detail: `${names(explicit)} must not set securityContext.runAsNonRoot=false`,
    }
  if (unset.length === 0 || onPod === true) return undefined
  if (onPod === false)
    return {
      reason: 'runAsNonRoot != true',
      detail: 'pod must not set securityContext.runAsNonRoot=false',
    }
  return {
    reason: 'runAsNonRoot != true',
    detail: `pod or ${names(unset)} must set securityContext.runAsNonRoot=true`,
  }
}

function runAsUser(pod: Obj): Violation | undefined {
  const parts: string[] = []
  if (num(pod, 'spec', 'securityContext', 'runAsUser') === 0) parts.push('pod')
  const bad = containers(pod).filter((c) => num(c, 'securityContext', 'runAsUser') === 0)
  if (bad.length > 0) parts.push(names(bad))
  return parts.length === 0
    ? undefined
    : {
        reason: 'runAsUser=0',
        detail: `${parts.join(' and ')} must not set runAsUser=0`,
      }
}

function seccompRestricted(pod: Obj): Violation | undefined {
  const fine = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost'
  const onPod = str(pod, 'spec', 'securityContext', 'seccompProfile', 'type')
  const typeOf = (c: Obj): string => str(c, 'securityContext', 'seccompProfile', 'type')
  const bad = containers(pod).filter((c) => typeOf(c) !== '' && !fine(typeOf(c)))
  const unset = containers(pod).filter((c) => typeOf(c) === '')
  if (bad.length > 0)
    return {
      reason: 'seccompProfile',
      detail: `${names(bad)} must not set securityContext.seccompProfile.type to ${quoted([...new Set(bad.map(typeOf))].sort())}`,
    }
  if (onPod !== '' && !fine(onPod))
    return {
      reason: 'seccompProfile',
      detail: `pod must not set securityContext.seccompProfile.type to ${quote(onPod)}`,
    }
  if (fine(onPod) || unset.length === 0) return undefined
  return {
    reason: 'seccompProfile',
    detail: `pod or ${names(unset)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  }
}

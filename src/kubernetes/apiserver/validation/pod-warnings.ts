/** What is allowed in pods, but probably not meant. Source: k8s.io/kubernetes pkg/api/pod/warnings.go. */
import { equal, isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Label } from '#kubernetes/api/names.ts'
import { milliValue } from '#kubernetes/api/quantity.ts'
import { claimSpecWarnings } from './claim-warnings.ts'
import { ipWarnings } from './ip.ts'
import { deprecatedLabel, nodeTermWarnings } from './node-labels.ts'
import { APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD } from './pod-annotations.ts'
import { containersOf } from './pod-os.ts'

/** Names of pods become host names; so do those of what makes pods. `what`: for what the name is used. */
export function nameWarnings(o: Obj, what = 'Pod names and hostnames'): string[] {
  const wrong = isDns1123Label(str(o, 'metadata', 'name'))
  return wrong.length === 0
    ? []
    : [`metadata.name: this is used in ${what}, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(' ')}]`]
}

export function podWarnings(o: Obj, old: Obj | undefined): string[] {
  if (old !== undefined && equal(obj(o, 'spec'), obj(old, 'spec'))) return []
  return [...(old === undefined ? nameWarnings(o, "the Pod's hostname") : []), ...specWarnings(o, '')]
}

/** The same for the pod template of a workload, which lies at `path`. */
export function templateWarnings(o: Obj, old: Obj | undefined, path: readonly string[] = ['spec', 'template']): string[] {
  if (old !== undefined && equal(obj(o, ...path), obj(old, ...path))) return []
  return specWarnings(obj(o, ...path), `${path.join('.')}.`)
}

/** Names and templates of workloads whose pods are called after them. */
export const workloadWarnings = (o: Obj, old: Obj | undefined): string[] => [
  ...(old === undefined ? nameWarnings(o) : []),
  ...templateWarnings(o, old),
]

const DEPRECATED_ANNOTATIONS: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
]
const USE_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'

/** Kinds of volume that are no more. */
export const GONE: readonly (readonly [string, string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]

/** `prefix`: the path of the template with a dot, empty for a pod. */
function specWarnings(o: Obj, prefix: string): string[] {
  const spec = obj(o, 'spec')
  const annotations = obj(o, 'metadata', 'annotations')
  const path = `${prefix}spec`
  const out: string[] = [...placement(spec, path)]
  for (const [key, why] of DEPRECATED_ANNOTATIONS)
    if (annotations[key] !== undefined) out.push(`${prefix}metadata.annotations[${key}]: ${why}`)
  out.push(...volumes(spec, path), ...tokenPaths(spec, path), ...repeated(spec, path))
  for (const name of ['memory', 'ephemeral-storage']) out.push(...fractional(obj(spec, 'overhead')[name], `${path}.overhead[${name}]`))
  const profiled = obj(spec, 'securityContext').seccompProfile !== undefined
  if (!profiled && annotations[SECCOMP_POD] !== undefined) out.push(`${prefix}metadata.annotations[${SECCOMP_POD}]: ${USE_SECCOMP}`)
  for (const [c, at] of containersOf(spec, path)) {
    const key = SECCOMP_CONTAINER + str(c, 'name')
    if (obj(c, 'securityContext').seccompProfile === undefined && annotations[key] !== undefined)
      out.push(`${prefix}metadata.annotations[${key}]: ${USE_SECCOMP}`)
    const armour = APP_ARMOR + str(c, 'name')
    const field = obj(c, 'securityContext').appArmorProfile ?? obj(spec, 'securityContext').appArmorProfile
    if (field === undefined && annotations[armour] !== undefined)
      out.push(`${prefix}metadata.annotations[${armour}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
    out.push(...container(c, at))
  }
  out.push(...ports(spec, path))
  const grace = num(spec, 'terminationGracePeriodSeconds')
  if (grace !== undefined && grace < 0)
    out.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`)
  return [...out, ...nullSelectors(spec, path)]
}

/** Labels of nodes that have newer names. */
function placement(spec: Obj, path: string): string[] {
  const out: string[] = []
  for (const key of Object.keys(obj(spec, 'nodeSelector')).sort()) {
    const why = deprecatedLabel(key)
    if (why !== undefined) out.push(`${path}.nodeSelector[${key}]: ${why}`)
  }
  const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
  const liked = 'preferredDuringSchedulingIgnoredDuringExecution'
  const at = `${path}.affinity.nodeAffinity`
  for (const [i, term] of objs(spec, 'affinity', 'nodeAffinity', needed, 'nodeSelectorTerms').entries())
    out.push(...nodeTermWarnings(term, false, `${at}.${needed}.nodeSelectorTerms[${i}]`))
  for (const [i, term] of objs(spec, 'affinity', 'nodeAffinity', liked).entries())
    out.push(...nodeTermWarnings(obj(term, 'preference'), true, `${at}.${liked}[${i}].preference`))
  for (const [i, c] of objs(spec, 'topologySpreadConstraints').entries()) {
    const here = `${path}.topologySpreadConstraints[${i}]`
    const why = deprecatedLabel(str(c, 'topologyKey'))
    if (why !== undefined) out.push(`${here}.topologyKey: ${str(c, 'topologyKey')} is ${why}`)
    if (!isObj(c.labelSelector)) out.push(`${here}.labelSelector: a null labelSelector results in matching no pod`)
  }
  return out
}

function volumes(spec: Obj, path: string): string[] {
  const out: string[] = []
  for (const [i, v] of objs(spec, 'volumes').entries()) {
    const at = `${path}.volumes[${i}]`
    for (const [kind, why] of GONE) if (isObj(v[kind])) out.push(`${at}.${kind === 'storageos' ? 'storageOS' : kind}: ${why}`)
    const template = obj(v, 'ephemeral', 'volumeClaimTemplate', 'spec')
    out.push(...claimSpecWarnings(template, `${at}.ephemeral.volumeClaimTemplate.spec`))
  }
  return out
}

/** Files that a token would cover. */
function tokenPaths(spec: Obj, path: string): string[] {
  const out: string[] = []
  const list = objs(spec, 'volumes').map((v) => objs(v, 'projected', 'sources'))
  const tokens = new Set(
    list
      .flat()
      .filter((s) => isObj(s.serviceAccountToken))
      .map((s) => str(s, 'serviceAccountToken', 'path')),
  )
  if (tokens.size === 0) return out
  for (const [i, sources] of list.entries())
    for (const source of sources)
      for (const [kind, shown] of [
        ['configMap', 'configMap'] as const,
        ['secret', 'secrets'] as const,
        ['downwardAPI', 'downwardAPI'] as const,
      ])
        for (const [k, item] of objs(source, kind, 'items').entries())
          if (tokens.has(str(item, 'path')))
            out.push(
              `${path}.volumes[${i}].projected.sources.${shown}[${k}]: has duplicated path with ServiceAccountToken "${str(item, 'path')}"`,
            )
  return out
}

function repeated(spec: Obj, path: string): string[] {
  const out: string[] = []
  const ips = objs(spec, 'hostAliases').map((alias) => str(alias, 'ip'))
  for (const [i, ip] of ips.entries()) if (ips.indexOf(ip) < i) out.push(`${path}.hostAliases[${i}].ip: duplicate ip "${ip}"`)
  const names = objs(spec, 'imagePullSecrets').map((secret) => str(secret, 'name'))
  for (const [i, name] of names.entries())
    if (names.indexOf(name) < i) out.push(`${path}.imagePullSecrets[${i}].name: duplicate name "${name}"`)
  for (const [i, name] of names.entries()) if (name === '') out.push(`${path}.imagePullSecrets[${i}].name: invalid empty name ""`)
  for (const [i, ip] of ips.entries()) out.push(...ipWarnings(ip, `${path}.hostAliases[${i}].ip`))
  for (const [i, ip] of strs(spec, 'dnsConfig', 'nameservers').entries()) out.push(...ipWarnings(ip, `${path}.dnsConfig.nameservers[${i}]`))
  return out
}

export const fractional = (value: unknown, path: string): string[] =>
  value !== undefined && milliValue(value) % 1000 !== 0
    ? [`${path}: fractional byte value ${JSON.stringify(String(value))} is invalid, must be an integer`]
    : []

function container(c: Obj, path: string): string[] {
  const out: string[] = []
  for (const name of ['memory', 'ephemeral-storage'])
    for (const part of ['limits', 'requests'])
      out.push(...fractional(obj(c, 'resources', part)[name], `${path}.resources.${part}[${name}]`))
  const names = new Set<string>()
  for (const [i, e] of objs(c, 'env').entries()) {
    const [name, value] = [str(e, 'name'), str(e, 'value')]
    const reference = `$(${name})`
    if (names.has(name) && (e.valueFrom !== undefined || value === reference || !value.includes(reference)))
      out.push(`${path}.env[${i}]: hides previous definition of "${name}", which may be dropped when using apply`)
    names.add(name)
  }
  return out
}

/** Ports of all containers are those of one pod. */
function ports(spec: Obj, path: string): string[] {
  const out: string[] = []
  const seen = new Map<string, { readonly at: string; readonly hostPort: number; readonly hostIP: string }[]>()
  for (const [c, here] of containersOf(spec, path))
    for (const [i, p] of objs(c, 'ports').entries()) {
      const at = `${here}.ports[${i}]`
      const own = { at, hostPort: num(p, 'hostPort') ?? 0, hostIP: str(p, 'hostIP') }
      if (own.hostIP !== '' && own.hostPort === 0) out.push(`${at}: hostIP set without hostPort: ${goPort(p)}`)
      const key = `${num(p, 'containerPort') ?? 0}/${str(p, 'protocol')}`
      const others = seen.get(key) ?? []
      for (const other of others) {
        if (own.hostIP === other.hostIP && own.hostPort === other.hostPort) out.push(`${at}: duplicate port definition with ${other.at}`)
        else if (own.hostPort === 0 || other.hostPort === 0) out.push(`${at}: overlapping port definition with ${other.at}`)
        else if (own.hostPort === other.hostPort && (own.hostIP === '') !== (other.hostIP === ''))
          out.push(`${at}: dangerously ambiguous port definition with ${other.at}`)
      }
      seen.set(key, [...others, own])
    }
  return out
}

/** As Go's %+v prints a port. */
const goPort = (p: Obj): string =>
  `{Name:${str(p, 'name')} HostPort:${num(p, 'hostPort') ?? 0} ContainerPort:${num(p, 'containerPort') ?? 0} Protocol:${str(p, 'protocol')} HostIP:${str(p, 'hostIP')}}`

function nullSelectors(spec: Obj, path: string): string[] {
  const out: string[] = []
  const none = 'a null labelSelector results in matching no pod'
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
    const liked = 'preferredDuringSchedulingIgnoredDuringExecution'
    for (const [i, term] of objs(spec, 'affinity', kind, needed).entries())
      if (!isObj(term.labelSelector)) out.push(`${path}.affinity.${kind}.${needed}[${i}].labelSelector: ${none}`)
    for (const [i, term] of objs(spec, 'affinity', kind, liked).entries())
      if (!isObj(obj(term, 'podAffinityTerm').labelSelector))
        out.push(`${path}.affinity.${kind}.${liked}[${i}].podAffinityTerm.labelSelector: ${none}`)
  }
  return out
}

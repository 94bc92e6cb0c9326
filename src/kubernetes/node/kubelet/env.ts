/** Environment of containers. Source: kubelet makeEnvironmentVariables, pkg/kubelet/envvars, third_party/forked/golang/expansion. */

import { milliValue, wholeValue } from '#kubernetes/api/quantity.ts'
import type { ConfigMap, Secret } from '#kubernetes/client/types/core.ts'
import type { Labels, ResourceList } from '#kubernetes/client/types/meta.ts'
import type { Service } from '#kubernetes/client/types/network.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'
import { decode, fromBase64 } from '#sim/bytes.ts'

/** `$(NAME)` replaced by its value; `$$` is a dollar; unknown names stay as they are. */
export function expand(text: string, value: (name: string) => string | undefined): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c !== '$') {
      out += c
      continue
    }
    const next = text.charAt(i + 1)
    if (next === '$') {
      out += '$'
      i++
      continue
    }
    const end = next === '(' ? text.indexOf(')', i) : -1
    if (end < 0) {
      out += c
      continue
    }
    const name = text.slice(i + 2, end)
    out += value(name) ?? `$(${name})`
    i = end
  }
  return out
}

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_')

/** The variables that tell containers of services. */
export function serviceEnvironment(services: readonly Service[]): [string, string][] {
  const out: [string, string][] = []
  for (const service of services) {
    const { clusterIP, ports = [] } = service.spec
    const first = ports[0]
    if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None' || first === undefined) continue
    const prefix = upper(service.metadata.name)
    out.push([`${prefix}_SERVICE_HOST`, clusterIP], [`${prefix}_SERVICE_PORT`, String(first.port)])
    for (const port of ports)
      if (port.name !== undefined && port.name !== '') out.push([`${prefix}_SERVICE_PORT_${upper(port.name)}`, String(port.port)])
    const url = (port: { readonly protocol?: string | undefined; readonly port: number }): string =>
      `${(port.protocol ?? 'TCP').toLowerCase()}://${clusterIP}:${port.port}`
    out.push([`${prefix}_PORT`, url(first)])
    for (const port of ports) {
      const base = `${prefix}_PORT_${port.port}_${port.protocol ?? 'TCP'}`
      out.push(
        [base, url(port)],
        [`${base}_PROTO`, (port.protocol ?? 'TCP').toLowerCase()],
        [`${base}_PORT`, String(port.port)],
        [`${base}_ADDR`, clusterIP],
      )
    }
  }
  return out
}

/** What a container's variables are taken from. */
export interface EnvSources {
  readonly services: readonly Service[]
  configMap(name: string): ConfigMap | undefined
  secret(name: string): Secret | undefined
  readonly podIp: string
  readonly hostIp: string
  readonly nodeAllocatable: ResourceList
}

/** A variable can't be made; the text follows `Error: `. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** `NAME=value` of a container, in order. Throws ConfigError. */
export function containerEnvironment(pod: Pod, container: Container, sources: EnvSources): string[] {
  const result = new Map<string, string>()
  const links = pod.spec.enableServiceLinks !== false
  const serviceEnv = new Map(
    serviceEnvironment(sources.services.filter((s) => links || (s.metadata.name === 'kubernetes' && s.metadata.namespace === 'default'))),
  )
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef !== undefined) {
      const map = sources.configMap(configMapRef.name ?? '')
      if (map === undefined && configMapRef.optional !== true) throw new ConfigError(`configmap "${configMapRef.name}" not found`)
      for (const [key, value] of sortedEntries(map?.data)) result.set(prefix + key, value)
    }
    if (secretRef !== undefined) {
      const secret = sources.secret(secretRef.name ?? '')
      if (secret === undefined && secretRef.optional !== true) throw new ConfigError(`secret "${secretRef.name}" not found`)
      for (const [key, value] of sortedEntries(secret?.data)) result.set(prefix + key, decodeBase64(value))
    }
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom === undefined || value !== undefined) {
      result.set(
        name,
        expand(value ?? '', (n) => result.get(n) ?? serviceEnv.get(n)),
      )
      continue
    }
    const resolved = resolveSource(pod, container, valueFrom, sources)
    if (resolved !== undefined) result.set(name, resolved)
  }
  for (const [name, value] of serviceEnv) if (!result.has(name)) result.set(name, value)
  return [...result].map(([name, value]) => `${name}=${value}`)
}

function resolveSource(
  pod: Pod,
  container: Container,
  from: NonNullable<NonNullable<Container['env']>[number]['valueFrom']>,
  sources: EnvSources,
): string | undefined {
  if (from.fieldRef !== undefined) return fieldValue(pod, from.fieldRef.fieldPath, sources)
  if (from.resourceFieldRef !== undefined) {
    const { containerName, resource, divisor } = from.resourceFieldRef
    const named =
      containerName === undefined || containerName === '' ? container : pod.spec.containers.find((c) => c.name === containerName)
    return resourceValue(named ?? container, resource, divisor, sources.nodeAllocatable)
  }
  if (from.configMapKeyRef !== undefined) {
    const { name = '', key, optional } = from.configMapKeyRef
    const map = sources.configMap(name)
    if (map === undefined) {
      if (optional === true) return undefined
      throw new ConfigError(`configmap "${name}" not found`)
    }
    const value = map.data?.[key]
    if (value === undefined && optional !== true)
      throw new ConfigError(`couldn't find key ${key} in ConfigMap ${pod.metadata.namespace}/${name}`)
    return value
  }
  if (from.secretKeyRef !== undefined) {
    const { name = '', key, optional } = from.secretKeyRef
    const secret = sources.secret(name)
    if (secret === undefined) {
      if (optional === true) return undefined
      throw new ConfigError(`secret "${name}" not found`)
    }
    const value = secret.data?.[key]
    if (value === undefined && optional !== true)
      throw new ConfigError(`couldn't find key ${key} in Secret ${pod.metadata.namespace}/${name}`)
    return value === undefined ? undefined : decodeBase64(value)
  }
  return undefined
}

function decodeBase64(text: string): string {
  return decode(fromBase64(text) ?? new Uint8Array(0))
}

function sortedEntries(map: Labels | undefined): [string, string][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The value of a field of the pod, as the downward API gives it. */
export function fieldValue(pod: Pod, path: string, sources: { readonly podIp: string; readonly hostIp: string }): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (subscript !== null) return pod.metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name
    case 'metadata.namespace':
      return pod.metadata.namespace ?? ''
    case 'metadata.uid':
      return pod.metadata.uid ?? ''
    case 'metadata.labels':
    case 'metadata.annotations':
      return sortedEntries(pod.metadata[path === 'metadata.labels' ? 'labels' : 'annotations'])
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join('\n')
    case 'spec.nodeName':
      return pod.spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return sources.hostIp
    case 'status.podIP':
    case 'status.podIPs':
      return sources.podIp
    default:
      throw new ConfigError(`unsupported fieldPath: ${path}`)
  }
}

/** A container's request or limit in units of `divisor`, rounded up; without a limit, what the node has. */
export function resourceValue(container: Container, resource: string, divisor: string | number | undefined, node: ResourceList): string {
  const [kind = '', name = ''] = resource.split('.')
  const own = kind === 'limits' ? container.resources?.limits?.[name] : container.resources?.requests?.[name]
  const quantity = own ?? (kind === 'limits' ? node[name] : 0) ?? 0
  const unit = divisor === undefined || divisor === '0' || divisor === 0 ? '1' : divisor
  if (name === 'cpu') return String(Math.ceil(milliValue(quantity) / milliValue(unit)))
  return String(Math.ceil(wholeValue(quantity) / wholeValue(unit)))
}

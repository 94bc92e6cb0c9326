import { rfc1123 } from '../print/age.ts'
import type { KubeObject } from '../rest.ts'
import { annotations, type Description } from './writer.ts'

interface Probe {
  readonly httpGet?: { readonly scheme?: string; readonly host?: string; readonly port?: unknown; readonly path?: string }
  readonly tcpSocket?: { readonly host?: string; readonly port?: unknown }
  readonly exec?: { readonly command?: readonly string[] }
  readonly grpc?: { readonly port?: number; readonly service?: string }
  readonly initialDelaySeconds?: number
  readonly timeoutSeconds?: number
  readonly periodSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly ports?: readonly {
    readonly containerPort: number
    readonly hostPort?: number
    readonly protocol?: string
    readonly name?: string
  }[]
  readonly resources?: { readonly limits?: Readonly<Record<string, string>>; readonly requests?: Readonly<Record<string, string>> }
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly {
    readonly prefix?: string
    readonly configMapRef?: { readonly name?: string; readonly optional?: boolean }
    readonly secretRef?: { readonly name?: string; readonly optional?: boolean }
  }[]
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly readOnly?: boolean
    readonly subPath?: string
  }[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
}

interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: { readonly apiVersion?: string; readonly fieldPath?: string }
    readonly resourceFieldRef?: { readonly containerName?: string; readonly resource?: string }
    readonly secretKeyRef?: { readonly name?: string; readonly key?: string; readonly optional?: boolean }
    readonly configMapKeyRef?: { readonly name?: string; readonly key?: string; readonly optional?: boolean }
  }
}

interface State {
  readonly running?: { readonly startedAt?: string }
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly terminated?: {
    readonly reason?: string
    readonly message?: string
    readonly exitCode?: number
    readonly signal?: number
    readonly startedAt?: string
    readonly finishedAt?: string
  }
}

interface ContainerStatus {
  readonly name: string
  readonly containerID?: string
  readonly imageID?: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: State
  readonly lastState?: State
}

interface Toleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

interface Spec {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly ephemeralContainers?: readonly Container[]
  readonly nodeName?: string
  readonly priority?: number
  readonly priorityClassName?: string
  readonly serviceAccountName?: string
  readonly volumes?: readonly Volume[]
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: readonly Toleration[]
}

export type Volume = { readonly name: string } & Readonly<Record<string, unknown>>

interface Status {
  readonly phase?: string
  readonly reason?: string
  readonly message?: string
  readonly hostIP?: string
  readonly podIP?: string
  readonly podIPs?: readonly { readonly ip: string }[]
  readonly startTime?: string
  readonly qosClass?: string
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
}

const plain = (value: string | undefined): string => value ?? ''

/** Everything about a Pod but its events. */
export function describePod(pod: KubeObject, d: Description): void {
  const { metadata = {} } = pod
  const spec = (pod.spec ?? {}) as Spec
  const status = (pod.status ?? {}) as Status
  d.line(0, `Name:\t${plain(metadata.name)}`)
  d.line(0, `Namespace:\t${plain(metadata.namespace)}`)
  if (spec.priority !== undefined) d.line(0, `Priority:\t${spec.priority}`)
  if (spec.priorityClassName !== undefined) d.line(0, `Priority Class Name:\t${spec.priorityClassName}`)
  if (spec.serviceAccountName !== undefined) d.line(0, `Service Account:\t${spec.serviceAccountName}`)
  d.line(0, `Node:\t${spec.nodeName === undefined ? '<none>' : `${spec.nodeName}/${plain(status.hostIP)}`}`)
  if (status.startTime !== undefined) d.line(0, `Start Time:\t${rfc1123(status.startTime)}`)
  d.map(0, 'Labels', metadata.labels)
  annotations(d, 0, metadata.annotations)
  if (metadata.deletionTimestamp === undefined) d.line(0, `Status:\t${plain(status.phase)}`)
  else {
    d.line(0, `Status:\tTerminating (lasts <invalid>)`)
    d.line(0, `Termination Grace Period:\t${String(metadata.deletionGracePeriodSeconds ?? 0)}s`)
  }
  if (status.reason !== undefined) d.line(0, `Reason:\t${status.reason}`)
  if (status.message !== undefined) d.line(0, `Message:\t${status.message}`)
  d.line(0, `IP:\t${plain(status.podIP)}`)
  if ((status.podIPs ?? []).length === 0) d.line(0, 'IPs:\t<none>')
  else {
    d.line(0, 'IPs:')
    for (const { ip } of status.podIPs ?? []) d.line(1, `IP:\t${ip}`)
  }
  const controller = metadata.ownerReferences?.find((o) => o.controller === true)
  if (controller !== undefined) d.line(0, `Controlled By:\t${controller.kind}/${controller.name}`)
  if ((spec.initContainers ?? []).length > 0)
    describeContainers(d, 'Init Containers', spec.initContainers ?? [], status.initContainerStatuses ?? [], 0, true)
  describeContainers(d, 'Containers', spec.containers ?? [], status.containerStatuses ?? [], 0, true)
  if ((spec.ephemeralContainers ?? []).length > 0)
    describeContainers(d, 'Ephemeral Containers', spec.ephemeralContainers ?? [], status.ephemeralContainerStatuses ?? [], 0, true)
  if ((status.conditions ?? []).length > 0) {
    d.line(0, 'Conditions:\n  Type\tStatus')
    for (const c of status.conditions ?? []) d.line(1, `${c.type}\t${c.status} `)
  }
  describeVolumes(d, 0, spec.volumes ?? [])
  if (status.qosClass !== undefined) d.line(0, `QoS Class:\t${status.qosClass}`)
  d.map(0, 'Node-Selectors', spec.nodeSelector)
  tolerations(d, 0, spec.tolerations ?? [])
}

function tolerations(d: Description, level: number, list: readonly Toleration[]): void {
  if (list.length === 0) {
    d.line(level, 'Tolerations:\t<none>')
    return
  }
  const texts = list.map((t) => {
    const key = `${plain(t.key)}${t.value === undefined ? '' : `=${t.value}`}${t.effect === undefined ? '' : `:${t.effect}`}`
    const exists =
      t.operator === 'Exists' && t.value === undefined ? `${t.key === undefined && t.effect === undefined ? '' : ' '}op=Exists` : ''
    return `${key}${exists}${t.tolerationSeconds === undefined ? '' : ` for ${t.tolerationSeconds}s`}`
  })
  texts.sort().forEach((text, i) => {
    d.line(i === 0 ? level : 0, `${i === 0 ? 'Tolerations:' : ''}\t${text}`)
  })
}

/** The Containers section, of a Pod (with statuses) or of a template. */
export function describeContainers(
  d: Description,
  title: string,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[],
  level: number,
  told: boolean,
): void {
  d.line(level, `${title}:`)
  const pad = level === 0 ? '  ' : ' '
  for (const c of containers) {
    const status = statuses.find((s) => s.name === c.name)
    const live = told && status !== undefined
    d.line(level, `${pad}${c.name}:`)
    const line = (text: string): void => d.line(2, text)
    if (live) line(`Container ID:\t${plain(status?.containerID)}`)
    line(`Image:\t${plain(c.image)}`)
    if (live) line(`Image ID:\t${plain(status?.imageID)}`)
    describePorts(line, c)
    words(line, 'Command', c.command)
    words(line, 'Args', c.args)
    if (live) {
      describeState(line, 'State', status?.state, true)
      if (status?.lastState?.terminated !== undefined) describeState(line, 'Last State', status.lastState, false)
      line(`Ready:\t${status?.ready === true ? 'True' : 'False'}`)
      line(`Restart Count:\t${status?.restartCount ?? 0}`)
    }
    describeResources(line, 'Limits', c.resources?.limits)
    describeResources(line, 'Requests', c.resources?.requests)
    describeProbe(line, 'Liveness', c.livenessProbe)
    describeProbe(line, 'Readiness', c.readinessProbe)
    describeProbe(line, 'Startup', c.startupProbe)
    describeEnvFrom(line, c)
    describeEnv(line, c)
    const mounts = [...(c.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1))
    line(`Mounts:${mounts.length === 0 ? '\t<none>' : ''}`)
    for (const m of mounts)
      line(
        `  ${m.mountPath} from ${m.name} (${[m.readOnly === true ? 'ro' : 'rw', ...(m.subPath === undefined ? [] : [`path=${JSON.stringify(m.subPath)}`])].join(',')})`,
      )
  }
}

type Line = (text: string) => void

function describePorts(line: Line, c: Container): void {
  const ports = c.ports ?? []
  const protocol = (p: { readonly protocol?: string }): string => p.protocol ?? 'TCP'
  if (ports.length === 0) {
    line('Port:\t<none>')
    line('Host Port:\t<none>')
    return
  }
  const plural = ports.length > 1 ? 's' : ''
  line(`Port${plural}:\t${ports.map((p) => `${p.containerPort}/${protocol(p)}${p.name === undefined ? '' : ` (${p.name})`}`).join(', ')}`)
  line(
    `Host Port${plural}:\t${ports.map((p) => `${p.hostPort ?? 0}/${protocol(p)}${p.name === undefined ? '' : ` (${p.name})`}`).join(', ')}`,
  )
}

function words(line: Line, title: string, list: readonly string[] | undefined): void {
  if (list === undefined || list.length === 0) return
  line(`${title}:`)
  for (const word of list) for (const part of word.split('\n')) line(`  ${part}`)
}

function describeState(line: Line, title: string, state: State | undefined, fallback: boolean): void {
  if (state?.running !== undefined) {
    line(`${title}:\tRunning`)
    line(`  Started:\t${rfc1123(state.running.startedAt)}`)
  } else if (state?.terminated !== undefined) {
    const t = state.terminated
    line(`${title}:\tTerminated`)
    if (t.reason !== undefined && t.reason !== '') line(`  Reason:\t${t.reason}`)
    if (t.message !== undefined && t.message !== '') line(`  Message:\t${t.message}`)
    line(`  Exit Code:\t${t.exitCode ?? 0}`)
    if ((t.signal ?? 0) > 0) line(`  Signal:\t${t.signal}`)
    line(`  Started:\t${rfc1123(t.startedAt)}`)
    line(`  Finished:\t${rfc1123(t.finishedAt)}`)
  } else if (fallback) {
    line(`${title}:\tWaiting`)
    if (state?.waiting?.reason !== undefined && state.waiting.reason !== '') line(`  Reason:\t${state.waiting.reason}`)
  }
}

function describeResources(line: Line, title: string, list: Readonly<Record<string, string>> | undefined): void {
  const keys = Object.keys(list ?? {}).sort()
  if (keys.length === 0) return
  line(`${title}:`)
  for (const key of keys) line(`  ${key}:\t${list?.[key]}`)
}

function describeProbe(line: Line, title: string, probe: Probe | undefined): void {
  if (probe === undefined) return
  const attributes = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 1}s period=${probe.periodSeconds ?? 10}s #success=${probe.successThreshold ?? 1} #failure=${probe.failureThreshold ?? 3}`
  line(`${title}:\t${probeTarget(probe)} ${attributes}`)
}

function probeTarget(probe: Probe): string {
  if (probe.exec !== undefined) return `exec [${(probe.exec.command ?? []).join(' ')}]`
  if (probe.httpGet !== undefined) {
    const { scheme = 'HTTP', host = '', port, path = '' } = probe.httpGet
    return `http-get ${scheme.toLowerCase()}://${host}:${String(port)}${path.startsWith('/') ? path : `/${path}`}`
  }
  if (probe.tcpSocket !== undefined) return `tcp-socket ${probe.tcpSocket.host ?? ''}:${String(probe.tcpSocket.port)}`
  if (probe.grpc !== undefined) return `grpc <pod>:${probe.grpc.port} ${probe.grpc.service ?? ''}`
  return 'unknown'
}

function describeEnvFrom(line: Line, c: Container): void {
  if ((c.envFrom ?? []).length === 0) return
  line('Environment Variables from:')
  for (const e of c.envFrom ?? []) {
    const ref = e.configMapRef ?? e.secretRef
    const prefix = e.prefix === undefined || e.prefix === '' ? '' : ` with prefix '${e.prefix}'`
    line(`  ${ref?.name}\t${e.configMapRef === undefined ? 'Secret' : 'ConfigMap'}${prefix}\tOptional: ${ref?.optional === true}`)
  }
}

function describeEnv(line: Line, c: Container): void {
  const env = c.env ?? []
  line(`Environment:${env.length === 0 ? '\t<none>' : ''}`)
  for (const e of env) {
    const from = e.valueFrom
    if (from?.fieldRef !== undefined) line(`  ${e.name}:\t (${from.fieldRef.apiVersion ?? 'v1'}:${from.fieldRef.fieldPath})`)
    else if (from?.secretKeyRef !== undefined)
      line(
        `  ${e.name}:\t<set to the key '${from.secretKeyRef.key}' in secret '${from.secretKeyRef.name}'>\tOptional: ${from.secretKeyRef.optional === true}`,
      )
    else if (from?.configMapKeyRef !== undefined) {
      line(
        `  ${e.name}:\t<set to the key '${from.configMapKeyRef.key}' of config map '${from.configMapKeyRef.name}'>\tOptional: ${from.configMapKeyRef.optional === true}`,
      )
    } else if (from?.resourceFieldRef !== undefined) line(`  ${e.name}:\t (${from.resourceFieldRef.resource})`)
    else
      (e.value ?? '').split('\n').forEach((part, i) => {
        line(i === 0 ? `  ${e.name}:\t${part}` : `  \t${part}`)
      })
  }
}

interface ProjectedSource {
  readonly secret?: { readonly name?: string; readonly optional?: boolean }
  readonly configMap?: { readonly name?: string; readonly optional?: boolean }
  readonly downwardAPI?: unknown
  readonly serviceAccountToken?: { readonly expirationSeconds?: number }
}

/** The Volumes section. */
export function describeVolumes(d: Description, level: number, volumes: readonly Volume[]): void {
  if (volumes.length === 0) {
    if (level > 0) d.line(level, 'Volumes:\t<none>')
    return
  }
  d.line(level, 'Volumes:')
  const pad = level === 0 ? '  ' : ' '
  for (const v of volumes) {
    d.line(level, `${pad}${v.name}:`)
    for (const text of volumeLines(v)) d.line(2, text)
  }
}

/** What is told of a volume's source. */
export function volumeLines(v: Volume): string[] {
  const source = (key: string): Record<string, unknown> | undefined => v[key] as Record<string, unknown> | undefined
  const emptyDir = source('emptyDir')
  if (emptyDir !== undefined)
    return [
      "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
      `Medium:\t${String(emptyDir.medium ?? '')}`,
      `SizeLimit:\t${String(emptyDir.sizeLimit ?? '<unset>')}`,
    ]
  const hostPath = source('hostPath')
  if (hostPath !== undefined)
    return [
      'Type:\tHostPath (bare host directory volume)',
      `Path:\t${String(hostPath.path)}`,
      `HostPathType:\t${String(hostPath.type ?? '')}`,
    ]
  const secret = source('secret')
  if (secret !== undefined)
    return [
      'Type:\tSecret (a volume populated by a Secret)',
      `SecretName:\t${String(secret.secretName)}`,
      `Optional:\t${secret.optional === true}`,
    ]
  const configMap = source('configMap')
  if (configMap !== undefined)
    return [
      'Type:\tConfigMap (a volume populated by a ConfigMap)',
      `Name:\t${String(configMap.name)}`,
      `Optional:\t${configMap.optional === true}`,
    ]
  const claim = source('persistentVolumeClaim')
  if (claim !== undefined) {
    return [
      'Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
      `ClaimName:\t${String(claim.claimName)}`,
      `ReadOnly:\t${claim.readOnly === true}`,
    ]
  }
  const projected = source('projected')
  if (projected !== undefined) {
    const out = ['Type:\tProjected (a volume that contains injected data from multiple sources)']
    for (const s of (projected.sources ?? []) as readonly ProjectedSource[]) {
      if (s.secret !== undefined) out.push(`SecretName:\t${s.secret.name}`, `SecretOptionalName:\t${s.secret.optional ?? '<nil>'}`)
      else if (s.downwardAPI !== undefined) out.push('DownwardAPI:\ttrue')
      else if (s.configMap !== undefined) out.push(`ConfigMapName:\t${s.configMap.name}`, `Optional:\t${s.configMap.optional === true}`)
      else if (s.serviceAccountToken !== undefined) out.push(`TokenExpirationSeconds:\t${s.serviceAccountToken.expirationSeconds ?? 3600}`)
    }
    return out
  }
  const [kind] = Object.keys(v).filter((key) => key !== 'name')
  return [`Type:\t${kind ?? '<unknown>'}`]
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: Spec
}

/** The Pod Template section of a workload. */
export function describeTemplate(d: Description, template: PodTemplate | undefined): void {
  d.line(0, 'Pod Template:')
  d.map(1, 'Labels', template?.metadata?.labels)
  if (Object.keys(template?.metadata?.annotations ?? {}).length > 0) annotations(d, 1, template?.metadata?.annotations)
  const spec = template?.spec
  if (spec?.serviceAccountName !== undefined && spec.serviceAccountName !== '') d.line(1, `Service Account:\t${spec.serviceAccountName}`)
  if ((spec?.initContainers ?? []).length > 0) describeContainers(d, 'Init Containers', spec?.initContainers ?? [], [], 1, false)
  describeContainers(d, 'Containers', spec?.containers ?? [], [], 1, false)
  describeVolumes(d, 1, spec?.volumes ?? [])
  if (spec?.priorityClassName !== undefined) d.line(1, `Priority Class Name:\t${spec.priorityClassName}`)
  d.map(1, 'Node-Selectors', spec?.nodeSelector)
  tolerations(d, 1, spec?.tolerations ?? [])
}

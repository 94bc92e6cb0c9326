/** Containers of pods. Source: k8s.io/kubernetes pkg/apis/core/validation (validateContainers). */
import { duplicate, type FieldError, forbidden, invalid, notFound, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { bool, isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Label, isHttpHeaderName, isQualifiedName, isValidPortName, isValidPortNumber } from '#kubernetes/api/names.ts'
import { compareQuantities, quantity } from '#kubernetes/api/quantity.ts'
import { allEnv } from './env.ts'

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage'])
const OVERCOMMIT = (name: string): boolean => STANDARD.has(name)

export interface ContainerScope {
  readonly pod: Obj
  /** Names of volumes, and of those that are claims. */
  readonly volumes: ReadonlySet<string>
  readonly claims: ReadonlySet<string>
}

export function nonNegative(value: number | undefined, path: string): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : []
}

export function validateContainers(list: readonly Obj[], path: string, scope: ContainerScope): FieldError[] {
  const out: FieldError[] = []
  if (list.length === 0) return [required(path)]
  const names = new Set<string>()
  for (const [i, c] of list.entries()) {
    const at = `${path}[${i}]`
    out.push(...common(c, at, scope))
    const name = str(c, 'name')
    if (name !== '' && names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
    out.push(...lifecycle(c, at), ...probes(c, at))
    if (
      c.restartPolicy !== undefined &&
      objs(c, 'restartPolicyRules').length === 0 &&
      !['Always', 'OnFailure', 'Never'].includes(str(c, 'restartPolicy'))
    ) {
      out.push(notSupported(`${at}.restartPolicy`, c.restartPolicy, ['Always', 'Never', 'OnFailure']))
    }
  }
  return out
}

export function validateInitContainers(list: readonly Obj[], path: string, scope: ContainerScope, regular: readonly Obj[]): FieldError[] {
  const out: FieldError[] = []
  const names = new Set(regular.map((c) => str(c, 'name')))
  for (const [i, c] of list.entries()) {
    const at = `${path}[${i}]`
    out.push(...common(c, at, scope))
    const name = str(c, 'name')
    if (name !== '' && names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
    const sidecar = c.restartPolicy === 'Always'
    if (sidecar) {
      out.push(...lifecycle(c, at), ...probes(c, at))
      continue
    }
    if (c.restartPolicy !== undefined && !['OnFailure', 'Never'].includes(str(c, 'restartPolicy')))
      out.push(notSupported(`${at}.restartPolicy`, c.restartPolicy, ['Always', 'Never', 'OnFailure']))
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
      if (c[field] !== undefined) out.push(forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'))
    }
  }
  return out
}

/** What every kind of container must keep to, in upstream's order. */
function common(c: Obj, path: string, scope: ContainerScope): FieldError[] {
  const out: FieldError[] = []
  const name = str(c, 'name')
  if (name === '') out.push(required(`${path}.name`))
  else for (const m of isDns1123Label(name)) out.push(invalid(`${path}.name`, name, m))
  const image = str(c, 'image')
  if (image === '') out.push(required(`${path}.image`))
  else if (image.trim() !== image) out.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'))
  switch (str(c, 'terminationMessagePolicy')) {
    case 'File':
    case 'FallbackToLogsOnError':
      break
    case '':
      out.push(required(`${path}.terminationMessagePolicy`))
      break
    default:
      out.push(notSupported(`${path}.terminationMessagePolicy`, c.terminationMessagePolicy, ['FallbackToLogsOnError', 'File']))
  }
  out.push(
    ...ports(c, path, scope),
    ...allEnv(c, path),
    ...mounts(c, path, scope),
    ...pullPolicy(c, path),
    ...validateResources(c, path),
    ...securityContext(c, path),
  )
  return out
}

function pullPolicy(c: Obj, path: string): FieldError[] {
  const policy = str(c, 'imagePullPolicy')
  return ['Always', 'IfNotPresent', 'Never'].includes(policy)
    ? []
    : policy === ''
      ? [required(`${path}.imagePullPolicy`)]
      : [notSupported(`${path}.imagePullPolicy`, policy, ['Always', 'IfNotPresent', 'Never'])]
}

function ports(c: Obj, path: string, scope: ContainerScope): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  const host = obj(scope.pod, 'spec').hostNetwork === true || scope.pod.hostNetwork === true
  for (const [i, p] of objs(c, 'ports').entries()) {
    const at = `${path}.ports[${i}]`
    const name = str(p, 'name')
    if (name !== '') {
      const problems = isValidPortName(name)
      if (problems.length > 0) for (const m of problems) out.push(invalid(`${at}.name`, name, m))
      else if (names.has(name)) out.push(duplicate(`${at}.name`, name))
      else names.add(name)
    }
    const port = num(p, 'containerPort') ?? 0
    if (port === 0) out.push(required(`${at}.containerPort`))
    else for (const m of isValidPortNumber(port)) out.push(invalid(`${at}.containerPort`, port, m))
    const hostPort = num(p, 'hostPort') ?? 0
    if (hostPort !== 0) for (const m of isValidPortNumber(hostPort)) out.push(invalid(`${at}.hostPort`, hostPort, m))
    if (host && hostPort !== 0 && hostPort !== port)
      out.push(invalid(`${at}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true'))
    const protocol = str(p, 'protocol')
    if (protocol === '') out.push(required(`${at}.protocol`))
    else if (!['TCP', 'UDP', 'SCTP'].includes(protocol)) out.push(notSupported(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']))
  }
  return out
}

function mounts(c: Obj, path: string, scope: ContainerScope): FieldError[] {
  const out: FieldError[] = []
  const points = new Set<string>()
  const devices = new Set(objs(c, 'volumeDevices').map((d) => str(d, 'name')))
  for (const [i, m] of objs(c, 'volumeMounts').entries()) {
    const at = `${path}.volumeMounts[${i}]`
    const name = str(m, 'name')
    if (name === '') out.push(required(`${at}.name`))
    else if (!scope.volumes.has(name)) out.push(notFound(`${at}.name`, name))
    const point = str(m, 'mountPath')
    if (point === '') out.push(required(`${at}.mountPath`))
    if (points.has(point)) out.push(invalid(`${at}.mountPath`, point, 'must be unique'))
    points.add(point)
    if (devices.has(name)) out.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    const sub = str(m, 'subPath')
    if (sub !== '' && (sub.startsWith('/') || sub.split('/').includes('..')))
      out.push(invalid(`${at}.subPath`, sub, sub.startsWith('/') ? 'must be a relative path' : "must not contain '..'"))
    if (sub !== '' && str(m, 'subPathExpr') !== '')
      out.push(invalid(`${at}.subPathExpr`, m.subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
    const propagation = m.mountPropagation
    if (propagation !== undefined && !['Bidirectional', 'HostToContainer', 'None'].includes(String(propagation)))
      out.push(notSupported(`${at}.mountPropagation`, propagation, ['Bidirectional', 'HostToContainer', 'None']))
    if (propagation === 'Bidirectional' && bool(c, 'securityContext', 'privileged') !== true)
      out.push(forbidden(`${at}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers'))
  }
  for (const [i, d] of objs(c, 'volumeDevices').entries()) {
    const at = `${path}.volumeDevices[${i}]`
    const name = str(d, 'name')
    if (name === '') out.push(required(`${at}.name`))
    else if (!scope.claims.has(name)) out.push(notFound(`${at}.name`, name))
    if (str(d, 'devicePath') === '') out.push(required(`${at}.devicePath`))
  }
  return out
}

/** A resource name in requests or limits of a container. */
function resourceName(name: string, path: string): FieldError[] {
  const out: FieldError[] = []
  const at = `${path}[${name}]`
  for (const m of isQualifiedName(name)) out.push(invalid(at, name, m))
  if (out.length > 0) return out
  if (!name.includes('/')) {
    const standard = STANDARD.has(name) || name.startsWith('hugepages-')
    if (!standard) {
      out.push(invalid(at, name, 'must be a standard resource type or fully qualified'))
      out.push(invalid(at, name, 'must be a standard resource for containers'))
    }
  } else if (name.startsWith('kubernetes.io/') || /^[^/]*\.kubernetes\.io\//.test(name)) {
    if (!name.startsWith('attachable-volumes-')) out.push(invalid(at, name, "doesn't follow extended resource name standard"))
  }
  return out
}

function resourceValue(name: string, value: unknown, path: string): FieldError[] {
  const at = `${path}[${name}]`
  const q = quantity(value).nanos
  if (q < 0n) return [invalid(at, value, 'must be greater than or equal to 0')]
  if (name.includes('/') && q % 1_000_000_000n !== 0n) return [invalid(at, value, 'must be an integer')]
  return []
}

export function validateResources(c: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const limits = obj(c, 'resources', 'limits')
  const requests = obj(c, 'resources', 'requests')
  const limPath = `${path}.resources.limits`
  const reqPath = `${path}.resources.requests`
  for (const name of Object.keys(limits).sort()) out.push(...resourceName(name, limPath), ...resourceValue(name, limits[name], limPath))
  for (const name of Object.keys(requests).sort((a, b) => (a < b ? 1 : -1))) {
    out.push(...resourceName(name, reqPath), ...resourceValue(name, requests[name], reqPath))
    const limit = limits[name]
    if (limit !== undefined) {
      if (compareQuantities(requests[name], limit) !== 0 && !OVERCOMMIT(name))
        out.push(invalid(reqPath, requests[name], `must be equal to ${name} limit of ${String(limit)}`))
      else if (compareQuantities(requests[name], limit) > 0)
        out.push(invalid(reqPath, requests[name], `must be less than or equal to ${name} limit of ${String(limit)}`))
    } else if (!OVERCOMMIT(name) && name.includes('/')) out.push(required(limPath, 'Limit must be set for non overcommitable resources'))
  }
  return out
}

function securityContext(c: Obj, path: string): FieldError[] {
  const sc = c.securityContext
  if (!isObj(sc)) return []
  const out: FieldError[] = []
  const at = `${path}.securityContext`
  for (const name of ['runAsUser', 'runAsGroup']) out.push(...userId(num(sc, name), `${at}.${name}`))
  out.push(...seccomp(sc.seccompProfile, `${at}.seccompProfile`))
  if (bool(sc, 'allowPrivilegeEscalation') === false) {
    if (sc.privileged === true)
      out.push(
        invalid(
          at,
          internalJson(sc, 'io.k8s.api.core.v1.SecurityContext'),
          'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
        ),
      )
    if (strs(sc, 'capabilities', 'add').includes('CAP_SYS_ADMIN'))
      out.push(
        invalid(
          at,
          internalJson(sc, 'io.k8s.api.core.v1.SecurityContext'),
          'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
        ),
      )
  }
  if (sc.procMount !== undefined && !['Default', 'Unmasked'].includes(String(sc.procMount)))
    out.push(notSupported(`${at}.procMount`, sc.procMount, ['Default', 'Unmasked']))
  return out
}

export const userId = (id: number | undefined, path: string): FieldError[] =>
  id !== undefined && (id < 0 || id > 2_147_483_647) ? [invalid(path, id, 'must be between 0 and 2147483647, inclusive')] : []

export function seccomp(profile: unknown, path: string): FieldError[] {
  if (!isObj(profile)) return []
  const type = str(profile, 'type')
  if (!['Localhost', 'RuntimeDefault', 'Unconfined'].includes(type))
    return [notSupported(`${path}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined'])]
  if (type === 'Localhost' && str(profile, 'localhostProfile') === '')
    return [required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost')]
  if (type !== 'Localhost' && profile.localhostProfile !== undefined)
    return [invalid(`${path}.localhostProfile`, profile.localhostProfile, 'can only be set when seccomp type is Localhost')]
  return []
}

function port(value: unknown, path: string): FieldError[] {
  if (typeof value === 'string') return isValidPortName(value).map((m) => invalid(path, value, m))
  const n = typeof value === 'number' ? value : 0
  return isValidPortNumber(n).map((m) => invalid(path, n, m))
}

/** The action of a probe or hook: exactly one. */
function handler(h: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  let count = 0
  const once = (name: string, check: () => FieldError[]): void => {
    if (!isObj(h[name])) return
    if (count > 0) out.push(forbidden(`${path}.${name}`, 'may not specify more than 1 handler type'))
    else {
      count++
      out.push(...check())
    }
  }
  once('exec', () => (strs(h, 'exec', 'command').length === 0 ? [required(`${path}.exec.command`)] : []))
  once('httpGet', () => {
    const at = `${path}.httpGet`
    const get = obj(h, 'httpGet')
    const e: FieldError[] = []
    if (str(get, 'path') === '') e.push(required(`${at}.path`))
    e.push(...port(get.port, `${at}.port`))
    if (!['HTTP', 'HTTPS'].includes(str(get, 'scheme'))) e.push(notSupported(`${at}.scheme`, str(get, 'scheme'), ['HTTP', 'HTTPS']))
    for (const [i, header] of objs(get, 'httpHeaders').entries())
      for (const m of isHttpHeaderName(str(header, 'name'))) e.push(invalid(`${at}.httpHeaders[${i}].name`, header.name, m))
    return e
  })
  once('tcpSocket', () => port(obj(h, 'tcpSocket').port, `${path}.tcpSocket.port`))
  once('grpc', () =>
    isValidPortNumber(num(h, 'grpc', 'port') ?? 0).map((m) => invalid(`${path}.grpc.port`, num(h, 'grpc', 'port') ?? 0, m)),
  )
  once('sleep', () => {
    const seconds = num(h, 'sleep', 'seconds') ?? 0
    return seconds < 0 ? [invalid(`${path}.sleep.seconds`, seconds, `must be non-negative`)] : []
  })
  if (count === 0) out.push(required(path, 'must specify a handler type'))
  return out
}

function lifecycle(c: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const name of ['postStart', 'preStop']) {
    const h = obj(c, 'lifecycle')[name]
    if (isObj(h)) out.push(...handler(h, `${path}.lifecycle.${name}`))
  }
  return out
}

const PROBE_NUMBERS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']

function probes(c: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = c[name]
    if (!isObj(probe)) continue
    const at = `${path}.${name}`
    out.push(...handler(probe, at))
    for (const n of PROBE_NUMBERS) out.push(...nonNegative(num(probe, n), `${at}.${n}`))
    const grace = num(probe, 'terminationGracePeriodSeconds')
    if (name === 'readinessProbe') {
      if (grace !== undefined) out.push(invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'))
      continue
    }
    if (grace !== undefined && grace <= 0) out.push(invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'))
    const successes = num(probe, 'successThreshold') ?? 1
    if (successes !== 1) out.push(invalid(`${at}.successThreshold`, successes, 'must be 1'))
  }
  return out
}

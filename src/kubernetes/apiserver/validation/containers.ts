/** Containers of pods. Source: k8s.io/kubernetes pkg/apis/core/validation (validateContainers). */
import { duplicate, type FieldError, forbidden, invalid, notFound, notSupported, required, tooLong } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isValidPortName, isValidPortNumber } from '#kubernetes/api/names.ts'
import { complain, dnsLabel, needed, oneOf } from './check.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { type Volumes, validateDevices, validateMounts } from './mounts.ts'
import { validateLifecycle, validateProbes } from './probes.ts'
import { validateResources } from './resources.ts'
import { validateSecurityContext } from './security-context.ts'

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
export const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']

/** What containers must know of their pod. */
export interface ContainerScope {
  readonly spec: Obj
  readonly volumes: Volumes
  /** Names of resource claims. */
  readonly claims: ReadonlySet<string>
  /** A pod, not a template of one. */
  readonly pod: boolean
}

export function validateContainers(list: readonly Obj[], path: string, scope: ContainerScope): FieldError[] {
  const out: FieldError[] = []
  if (list.length === 0) return [required(path)]
  const names = new Set<string>()
  const grace = num(scope.spec, 'terminationGracePeriodSeconds')
  for (const [i, c] of list.entries()) {
    const at = `${path}[${i}]`
    out.push(...common(c, at, scope))
    const name = str(c, 'name')
    if (names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
    out.push(...validateLifecycle(c, at, grace), ...validateProbes(c, at), ...restartPolicy(c, at))
  }
  return [...out, ...hostPorts(list, path)]
}

const ONLY_SIDECARS = 'may not be set for init containers without restartPolicy=Always'

export function validateInitContainers(list: readonly Obj[], path: string, scope: ContainerScope): FieldError[] {
  const out: FieldError[] = []
  const names = new Set(objs(scope.spec, 'containers').map((c) => str(c, 'name')))
  for (const [i, c] of list.entries()) {
    const at = `${path}[${i}]`
    out.push(...common(c, at, scope), ...restartPolicy(c, at))
    const name = str(c, 'name')
    if (names.has(name)) out.push(duplicate(`${at}.name`, name))
    else if (name !== '') names.add(name)
    out.push(...hostPorts([c], path))
    if (c.restartPolicy === 'Always') {
      out.push(...validateLifecycle(c, at, num(scope.spec, 'terminationGracePeriodSeconds')), ...validateProbes(c, at))
      continue
    }
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'])
      if (c[field] !== undefined) out.push(forbidden(`${at}.${field}`, ONLY_SIDECARS))
  }
  return out
}

const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
]

export function validateEphemeralContainers(list: readonly Obj[], path: string, scope: ContainerScope): FieldError[] {
  const out: FieldError[] = []
  const others = new Set([...objs(scope.spec, 'containers'), ...objs(scope.spec, 'initContainers')].map((c) => str(c, 'name')))
  const names = new Set(others)
  for (const [i, c] of list.entries()) {
    const at = `${path}[${i}]`
    const name = str(c, 'name')
    out.push(...common(c, at, scope), ...paddedImage(c, at))
    if (names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
    const target = str(c, 'targetContainerName')
    if (target !== '' && !others.has(target)) out.push(notFound(`${at}.targetContainerName`, target))
    for (const field of NOT_EPHEMERAL) {
      const value = c[field]
      if (value !== undefined && !(isObj(value) && Object.keys(value).length === 0))
        out.push(forbidden(`${at}.${field}`, 'cannot be set for an Ephemeral Container'))
    }
    for (const [k, mount] of objs(c, 'volumeMounts').entries())
      for (const field of ['subPath', 'subPathExpr'])
        if (str(mount, field) !== '') out.push(forbidden(`${at}.volumeMounts[${k}].${field}`, 'cannot be set for an Ephemeral Container'))
  }
  return out
}

/** What a pod must keep to, though not its template. Source: validateContainersOnlyForPod. */
export function paddedImage(c: Obj, path: string): FieldError[] {
  const image = str(c, 'image')
  return image.trim() === image ? [] : [invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')]
}

/** What every kind of container must keep to, in upstream's order. */
function common(c: Obj, path: string, scope: ContainerScope): FieldError[] {
  return [
    ...needed(str(c, 'name'), `${path}.name`, dnsLabel),
    ...needed(str(c, 'image'), `${path}.image`),
    ...oneOf(c.terminationMessagePolicy, `${path}.terminationMessagePolicy`, ['File', 'FallbackToLogsOnError']),
    ...ports(c, path),
    ...validateEnv(c, `${path}.env`, scope),
    ...validateEnvFrom(objs(c, 'envFrom'), `${path}.envFrom`),
    ...validateMounts(c, `${path}.volumeMounts`, scope.volumes),
    ...validateDevices(c, `${path}.volumeDevices`, scope.volumes),
    ...oneOf(c.imagePullPolicy, `${path}.imagePullPolicy`, PULL_POLICIES),
    ...validateResources(obj(c, 'resources'), `${path}.resources`, scope.claims),
    ...resizePolicy(objs(c, 'resizePolicy'), `${path}.resizePolicy`, str(scope.spec, 'restartPolicy')),
    ...validateSecurityContext(c.securityContext, `${path}.securityContext`, scope.spec.hostUsers !== false),
  ]
}

function ports(c: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, p] of objs(c, 'ports').entries()) {
    const at = `${path}.ports[${i}]`
    const name = str(p, 'name')
    if (name !== '') {
      const problems = isValidPortName(name)
      if (problems.length > 0) out.push(...complain(problems, `${at}.name`, name))
      else if (names.has(name)) out.push(duplicate(`${at}.name`, name))
      else names.add(name)
    }
    const port = num(p, 'containerPort') ?? 0
    if (port === 0) out.push(required(`${at}.containerPort`))
    else out.push(...complain(isValidPortNumber(port), `${at}.containerPort`, port))
    const hostPort = num(p, 'hostPort') ?? 0
    if (hostPort !== 0) out.push(...complain(isValidPortNumber(hostPort), `${at}.hostPort`, hostPort))
    out.push(...oneOf(p.protocol, `${at}.protocol`, PROTOCOLS))
  }
  return out
}

/** Two containers can't have the same port of the host. Source: checkHostPortConflicts. */
function hostPorts(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, c] of list.entries())
    for (const [k, p] of objs(c, 'ports').entries()) {
      const port = num(p, 'hostPort') ?? 0
      if (port === 0) continue
      const key = `${str(p, 'protocol')}/${str(p, 'hostIP')}/${port}`
      if (seen.has(key)) out.push(duplicate(`${path}[${i}].ports[${k}].hostPort`, key))
      seen.add(key)
    }
  return out
}

function resizePolicy(list: readonly Obj[], path: string, podPolicy: string): FieldError[] {
  const out: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, p] of list.entries()) {
    const [name, policy] = [str(p, 'resourceName'), str(p, 'restartPolicy')]
    if (seen.has(name)) out.push(duplicate(`${path}[${i}]`, name))
    seen.add(name)
    out.push(...oneOf(name, path, ['cpu', 'memory']), ...oneOf(policy, path, ['NotRequired', 'RestartContainer']))
    if (podPolicy === 'Never' && policy !== 'NotRequired')
      out.push(invalid(path, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
  }
  return out
}

const MAX_RULES = 20
const MAX_EXIT_CODES = 255

/** Source: validateContainerRestartPolicy, with ContainerRestartRules. */
function restartPolicy(c: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const rules = objs(c, 'restartPolicyRules')
  const [at, rulesPath] = [`${path}.restartPolicy`, `${path}.restartPolicyRules`]
  if (c.restartPolicy === undefined) {
    if (rules.length > 0) out.push(required(at, 'must specify restartPolicy when restart rules are used'))
  } else if (!['Always', 'Never', 'OnFailure'].includes(str(c, 'restartPolicy')))
    out.push(notSupported(at, c.restartPolicy, ['Always', 'Never', 'OnFailure']))
  if (rules.length > MAX_RULES) out.push(tooLong(rulesPath, MAX_RULES))
  for (const [i, rule] of rules.entries()) {
    const here = `${rulesPath}[${i}]`
    if (rule.action !== 'Restart') out.push(notSupported(`${here}.action`, str(rule, 'action'), ['Restart']))
    if (!isObj(rule.exitCodes)) {
      out.push(required(`${here}.exitCodes`, 'must be specified'))
      continue
    }
    const codes = rule.exitCodes
    if (codes.operator !== 'In' && codes.operator !== 'NotIn')
      out.push(notSupported(`${here}.exitCodes.operator`, str(codes, 'operator'), ['In', 'NotIn']))
    const values = objs(codes, 'values')
    if (values.length === 0) out.push(required(`${here}.exitCodes.values`, 'must be specified'))
    else if (values.length > MAX_EXIT_CODES) out.push(tooLong(`${here}.exitCodes.values`, MAX_EXIT_CODES))
  }
  return out
}

/** Validation of pods and pod templates. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodSpec, ValidatePodCreate). */
import { type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { among, between, complain, dnsLabel, oneOf, optional, subdomain } from './check.ts'
import { paddedImage, validateContainers, validateEphemeralContainers, validateInitContainers } from './containers.ts'
import { validIp } from './ip.ts'
import { validateAnnotations, validateLabels } from './meta.ts'
import type { Volumes } from './mounts.ts'
import { appArmorMatches, podAnnotations, seccompMatches } from './pod-annotations.ts'
import { ownUsers, validateOs, windowsHostProcess } from './pod-os.ts'
import { validatePodResources, validateResources } from './resources.ts'
import { readinessGates, resourceClaims, schedulingGates, topologySpread, validateTolerations } from './scheduling.ts'
import { validatePodSecurityContext } from './security-context.ts'
import { validateAffinity } from './selectors.ts'
import { validateVolumes } from './volumes.ts'

const NO_CLAIMS: ReadonlySet<string> = new Set()

export interface PodSpecOptions {
  /** Of the pod, for the names derived from it; a template has none. */
  readonly podName?: string
  /** Names of volumes that a controller will add. */
  readonly claims?: readonly string[]
}

export function validatePodSpec(spec: Obj, path: string, { podName, claims = [] }: PodSpecOptions = {}): FieldError[] {
  const found = validateVolumes(objs(spec, 'volumes'), `${path}.volumes`, podName ?? '')
  const volumes: Volumes =
    claims.length === 0 ? found.volumes : new Map([...found.volumes, ...claims.map((name) => [name, 'claim'] as const)])
  const scope = {
    spec,
    volumes,
    claims: new Set(
      objs(spec, 'resourceClaims')
        .map((claim) => str(claim, 'name'))
        .filter((name) => name !== ''),
    ),
    pod: podName !== undefined,
  }
  const out = [...found.errors, ...resourceClaims(spec, path)]
  out.push(...validateContainers(objs(spec, 'containers'), `${path}.containers`, scope))
  out.push(...validateInitContainers(objs(spec, 'initContainers'), `${path}.initContainers`, scope))
  out.push(...validateEphemeralContainers(objs(spec, 'ephemeralContainers'), `${path}.ephemeralContainers`, scope))
  if (isObj(spec.resources)) out.push(...validatePodResources(spec, `${path}.resources`, scope.claims))
  out.push(...hostPorts(spec, path, scope.pod))
  out.push(...oneOf(spec.restartPolicy, `${path}.restartPolicy`, ['Always', 'OnFailure', 'Never']))
  out.push(...oneOf(spec.dnsPolicy, `${path}.dnsPolicy`, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']))
  out.push(...validateLabels(strMap(spec, 'nodeSelector'), `${path}.nodeSelector`))
  out.push(...validatePodSecurityContext(spec, `${path}.securityContext`), ...validateAffinity(spec.affinity, `${path}.affinity`))
  out.push(...dnsConfig(spec, `${path}.dnsConfig`), ...readinessGates(spec, path), ...schedulingGates(spec, path))
  out.push(...topologySpread(spec, path), ...windowsHostProcess(spec, path), ...ownUsers(spec, path))
  return [...out, ...names(spec, path)]
}

/** Names, and what else stands alone. */
function names(spec: Obj, path: string): FieldError[] {
  const out = optional(str(spec, 'serviceAccountName'), `${path}.serviceAccountName`, subdomain)
  out.push(...optional(str(spec, 'nodeName'), `${path}.nodeName`, subdomain))
  const deadline = num(spec, 'activeDeadlineSeconds')
  if (deadline !== undefined) out.push(...between(deadline, `${path}.activeDeadlineSeconds`, 1, 2_147_483_647))
  out.push(
    ...optional(str(spec, 'hostname'), `${path}.hostname`, dnsLabel),
    ...optional(str(spec, 'subdomain'), `${path}.subdomain`, dnsLabel),
  )
  out.push(...hostnameOverride(spec, `${path}.hostnameOverride`))
  out.push(...validateTolerations(objs(spec, 'tolerations'), `${path}.tolerations`))
  for (const [i, alias] of objs(spec, 'hostAliases').entries()) {
    const at = `${path}.hostAliases[${i}]`
    out.push(...validIp(str(alias, 'ip'), `${at}.ip`))
    for (const [k, name] of strs(alias, 'hostnames').entries()) out.push(...subdomain(name, `${at}.hostnames[${k}]`))
  }
  out.push(...optional(str(spec, 'priorityClassName'), `${path}.priorityClassName`, subdomain))
  if (typeof spec.runtimeClassName === 'string') out.push(...subdomain(spec.runtimeClassName, `${path}.runtimeClassName`))
  if (spec.preemptionPolicy !== undefined)
    out.push(...oneOf(spec.preemptionPolicy, `${path}.preemptionPolicy`, ['PreemptLowerPriority', 'Never']))
  if (isObj(spec.overhead)) out.push(...validateResources({ limits: spec.overhead }, `${path}.overhead`, NO_CLAIMS))
  return [...out, ...validateOs(spec, path)]
}

/** Source: validateHostnameOverride, with HostnameOverride. */
function hostnameOverride(spec: Obj, path: string): FieldError[] {
  const name = spec.hostnameOverride
  if (typeof name !== 'string') return []
  const out = subdomain(name, path)
  if (name.length > 64) out.push(...complain(['must be no more than 64 characters'], path, name))
  if (spec.hostNetwork === true) out.push(forbidden(path, 'may not be set when hostNetwork is true'))
  if (spec.setHostnameAsFQDN === true) out.push(forbidden(path, 'may not be set when setHostnameAsFQDN is true'))
  return out
}

/** In the host's network a port is the host's. Templates may leave it open. */
function hostPorts(spec: Obj, path: string, pod: boolean): FieldError[] {
  if (spec.hostNetwork !== true) return []
  const out: FieldError[] = []
  for (const [i, c] of objs(spec, 'containers').entries())
    for (const [k, p] of objs(c, 'ports').entries()) {
      const [host, own] = [num(p, 'hostPort') ?? 0, num(p, 'containerPort') ?? 0]
      if ((pod || host !== 0) && host !== own)
        out.push(invalid(`${path}.containers[${i}].ports[${k}].hostPort`, host, 'must match `containerPort` when `hostNetwork` is true'))
    }
  return out
}

const MAX_SERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_CHARACTERS = 2048
const SEARCH = /^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/
const NO_SEARCH =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"

function dnsConfig(spec: Obj, path: string): FieldError[] {
  if (!isObj(spec.dnsConfig)) return spec.dnsPolicy === 'None' ? [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')] : []
  const config = spec.dnsConfig
  const [servers, searches] = [strs(config, 'nameservers'), strs(config, 'searches')]
  if (spec.dnsPolicy === 'None' && servers.length === 0)
    return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  const out: FieldError[] = []
  if (servers.length > MAX_SERVERS) out.push(invalid(`${path}.nameservers`, servers, `must not have more than ${MAX_SERVERS} nameservers`))
  for (const [i, server] of servers.entries()) out.push(...validIp(server, `${path}.nameservers[${i}]`))
  if (searches.length > MAX_SEARCHES)
    out.push(invalid(`${path}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`))
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS)
    out.push(
      invalid(
        `${path}.searches`,
        searches,
        `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`,
      ),
    )
  for (const [i, given] of searches.entries()) {
    const search = given.replace(/\.$/, '')
    if (given === '.') continue
    const at = `${path}.searches[${i}]`
    if (search.length > 253) out.push(invalid(at, search, 'must be no more than 253 characters'))
    if (!SEARCH.test(search)) out.push(invalid(at, search, NO_SEARCH))
  }
  for (const [i, option] of objs(config, 'options').entries())
    if (str(option, 'name') === '') out.push(required(`${path}.options[${i}]`, 'must not be empty'))
  return out
}

/** Of a pod, on creation and on updates. Source: validatePodMetadataAndSpec. */
export function validatePodMetadataAndSpec(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = podAnnotations(strMap(o, 'metadata', 'annotations'), spec, 'metadata.annotations')
  out.push(...validatePodSpec(spec, 'spec', { podName: str(o, 'metadata', 'name') }))
  if (str(spec, 'serviceAccountName') === '')
    for (const [i, volume] of objs(spec, 'volumes').entries())
      for (const [k, source] of objs(volume, 'projected', 'sources').entries())
        if (isObj(source.serviceAccountToken))
          out.push(
            forbidden(
              `spec.volumes[${i}].projected.sources[${k}].serviceAccountToken`,
              'must not be specified when serviceAccountName is not set',
            ),
          )
  for (const part of ['containers', 'initContainers'])
    for (const [i, c] of objs(spec, part).entries()) out.push(...paddedImage(c, `spec.${part}[${i}]`))
  return out
}

export function validatePod(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = validatePodMetadataAndSpec(o)
  if (objs(spec, 'ephemeralContainers').length > 0) out.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'))
  if (str(spec, 'nodeName') !== '' && objs(spec, 'schedulingGates').length > 0)
    out.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  const annotations = strMap(o, 'metadata', 'annotations')
  return [...out, ...seccompMatches(annotations, spec, 'spec'), ...appArmorMatches(annotations, spec, 'spec')]
}

/** A pod template: labels, annotations and spec. `claims`: names of volumes that its controller will add. */
export function validatePodTemplate(template: Obj, path: string, claims: readonly string[] = []): FieldError[] {
  const [spec, annotations] = [obj(template, 'spec'), strMap(template, 'metadata', 'annotations')]
  const out = [
    ...validateLabels(strMap(template, 'metadata', 'labels'), `${path}.labels`),
    ...validateAnnotations(annotations, `${path}.annotations`),
    ...podAnnotations(annotations, spec, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`, { claims }),
    ...seccompMatches(annotations, spec, `${path}.spec`),
    ...appArmorMatches(annotations, spec, `${path}.spec`),
  ]
  if (objs(spec, 'ephemeralContainers').length > 0)
    out.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'))
  return out
}

/** `kind/name` of what a pod is bound to. Source: ValidatePodBinding. */
export function validateBinding(o: Obj): FieldError[] {
  const kind = str(o, 'target', 'kind')
  return [
    ...(kind === '' ? [] : among(kind, 'target.kind', ['Node', '<empty>'])),
    ...(str(o, 'target', 'name') === '' ? [required('target.name')] : []),
  ]
}

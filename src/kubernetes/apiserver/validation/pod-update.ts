/** What of a pod may change. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodUpdate, ValidatePodResize, ValidatePodStatusUpdate). */
import { type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { clone, type Draft, equal, isObj, num, type Obj, obj, objs, str, strMap, without } from '#kubernetes/api/json.ts'
import { podQos } from '../registry/pod-qos.ts'
import { between, immutable, optional, qualifiedName, subdomain } from './check.ts'
import { goDiff } from './go-diff.ts'
import { isDualStack, validIp } from './ip.ts'
import { validatePodMetadataAndSpec } from './pod.ts'
import { MIRROR, podAnnotationUpdates } from './pod-annotations.ts'
import { validateTolerations } from './scheduling.ts'

const SPEC = 'io.k8s.api.core.v1.PodSpec'
const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

const annotationUpdates = (o: Obj, old: Obj): FieldError[] =>
  podAnnotationUpdates(strMap(o, 'metadata', 'annotations'), strMap(old, 'metadata', 'annotations'), 'metadata.annotations')

/** `subresource`: by which the update comes. */
export function validatePodUpdate(o: Obj, old: Obj, subresource: string): FieldError[] {
  const out = [...validatePodMetadataAndSpec(o), ...annotationUpdates(o, old)]
  if (subresource === 'ephemeralcontainers') return ephemeralContainers(o, old, out)
  if (subresource === 'resize') return resized(o, old, out)
  const [spec, before] = [obj(o, 'spec'), obj(old, 'spec')]
  for (const part of ['containers', 'initContainers']) {
    if (objs(spec, part).length !== objs(before, part).length)
      return [...out, forbidden(`spec.${part}`, 'pod updates may not add or remove containers')]
    for (const [i, c] of objs(spec, part).entries()) if (str(c, 'image') === '') out.push(required(`spec.${part}[${i}].image`))
  }
  const [deadline, oldDeadline] = [num(spec, 'activeDeadlineSeconds'), num(before, 'activeDeadlineSeconds')]
  const at = 'spec.activeDeadlineSeconds'
  if (deadline !== undefined) {
    const wrong = between(deadline, at, 0, 2_147_483_647)
    if (wrong.length > 0) return [...out, ...wrong]
    if (oldDeadline !== undefined && oldDeadline < deadline)
      return [...out, invalid(at, deadline, 'must be less than or equal to previous value')]
  } else if (oldDeadline !== undefined) out.push(invalid(at, null, 'must not update from a positive integer to nil value'))
  out.push(...onlyAddedTolerations(objs(spec, 'tolerations'), objs(before, 'tolerations')), ...onlyDeletedGates(spec, before))
  if (equal(spec, before)) return out
  if (objs(before, 'schedulingGates').length > 0) out.push(...gatedUpdate(spec, before))
  const masked = mask(spec, before)
  if (!equal(masked, before)) out.push(forbidden('spec', `${MUTABLE}\n${goDiff(before, masked, SPEC)}`))
  return out
}

function onlyAddedTolerations(now: readonly Obj[], old: readonly Obj[]): FieldError[] {
  const timeless = (t: Obj): Obj => without(t, 'tolerationSeconds')
  for (const t of old)
    if (!now.some((n) => equal(timeless(n), timeless(t))))
      return [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
  return validateTolerations(now, 'spec.tolerations')
}

function onlyDeletedGates(spec: Obj, before: Obj): FieldError[] {
  const had = new Set(objs(before, 'schedulingGates').map((g) => str(g, 'name')))
  return objs(spec, 'schedulingGates').flatMap((g, i) => {
    const name = str(g, 'name')
    return had.has(name)
      ? []
      : [forbidden(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)]
  })
}

const NEEDED = 'requiredDuringSchedulingIgnoredDuringExecution'

/** Of a pod that waits at a gate, more may be asked of its node. */
function gatedUpdate(spec: Obj, before: Obj): FieldError[] {
  const out: FieldError[] = []
  const [selector, oldSelector] = [strMap(spec, 'nodeSelector'), strMap(before, 'nodeSelector')]
  if (Object.keys(oldSelector).some((key) => selector[key] !== oldSelector[key]))
    out.push(invalid('spec.nodeSelector', spec.nodeSelector, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'))
  const terms = (s: Obj): readonly Obj[] => objs(s, 'affinity', 'nodeAffinity', NEEDED, 'nodeSelectorTerms')
  const [now, old] = [terms(spec), terms(before)]
  const path = `spec.affinity.nodeAffinity.${NEEDED}.nodeSelectorTerms`
  if (old.length > 0 && old.length !== now.length)
    return [...out, invalid(path, listJson(now), 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')]
  for (const [i, term] of old.entries())
    if (!onlyAdds(now[i] ?? {}, term))
      out.push(
        invalid(
          `${path}[${i}]`,
          internalJson(now[i], 'io.k8s.api.core.v1.NodeSelectorTerm'),
          'only additions are allowed (no mutations or deletions)',
        ),
      )
  return out
}

const listJson = (terms: readonly Obj[]): unknown =>
  terms.length === 0 ? null : { raw: `[${terms.map((t) => internalJson(t, 'io.k8s.api.core.v1.NodeSelectorTerm').raw).join(',')}]` }

function onlyAdds(now: Obj, old: Obj): boolean {
  const parts = ['matchExpressions', 'matchFields']
  if (parts.every((p) => objs(old, p).length === 0)) return parts.every((p) => objs(now, p).length === 0)
  return parts.every((p) => equal(objs(now, p).slice(0, objs(old, p).length), objs(old, p)))
}

/** The spec with what may change as it was. */
function mask(spec: Obj, old: Obj): Obj {
  const out = clone(spec) as Draft
  for (const part of ['containers', 'initContainers']) {
    const list = out[part]
    if (Array.isArray(list)) for (const [i, c] of (list as Draft[]).entries()) c.image = str(objs(old, part)[i] ?? {}, 'image')
  }
  const keep = ['activeDeadlineSeconds', 'tolerations', 'schedulingGates']
  const gated = objs(old, 'schedulingGates').length > 0
  if (gated) keep.push('nodeSelector')
  if ((num(old, 'terminationGracePeriodSeconds') ?? 0) < 0 && num(spec, 'terminationGracePeriodSeconds') === 1)
    keep.push('terminationGracePeriodSeconds')
  for (const name of keep) {
    if (old[name] === undefined) delete out[name]
    else out[name] = old[name]
  }
  if (gated) {
    const nodes = obj(old, 'affinity').nodeAffinity
    const affinity: Draft = without(obj(out, 'affinity'), 'nodeAffinity')
    if (nodes !== undefined) affinity.nodeAffinity = nodes
    if (Object.keys(affinity).length === 0 && old.affinity === undefined) delete out.affinity
    else out.affinity = affinity
  }
  return out
}

/** Source: ValidatePodEphemeralContainersUpdate. */
function ephemeralContainers(o: Obj, old: Obj, out: readonly FieldError[]): FieldError[] {
  if (obj(old, 'metadata', 'annotations')[MIRROR] !== undefined) return [forbidden('', 'static pods do not support ephemeral containers')]
  const path = 'spec.ephemeralContainers'
  const more: FieldError[] = []
  for (const before of objs(old, 'spec', 'ephemeralContainers')) {
    const name = str(before, 'name')
    const now = objs(o, 'spec', 'ephemeralContainers').find((c) => c.name === name)
    if (now === undefined) more.push(forbidden(path, `existing ephemeral containers "${name}" may not be removed\n`))
    else if (!equal(now, before))
      more.push(
        forbidden(
          path,
          `existing ephemeral containers "${name}" may not be changed\n${goDiff(before, now, 'io.k8s.api.core.v1.EphemeralContainer')}`,
        ),
      )
  }
  return [...out, ...more]
}

/** Source: ValidatePodResize. */
function resized(o: Obj, old: Obj, found: readonly FieldError[]): FieldError[] {
  if (obj(old, 'metadata', 'annotations')[MIRROR] !== undefined) return [forbidden('', 'static pods cannot be resized')]
  if (str(old, 'spec', 'os', 'name') === 'windows') return [forbidden('', 'windows pods cannot be resized')]
  const out = [...found]
  const qos = str(old, 'status', 'qosClass') || podQos(old)
  if (podQos(o) !== qos) out.push(invalid('spec', qos, 'Pod QOS Class may not change as a result of resizing'))
  for (const part of ['initContainers', 'containers'])
    for (const [i, before] of objs(old, 'spec', part).entries()) {
      const now = objs(o, 'spec', part)[i] ?? {}
      if (part === 'containers' || before.restartPolicy === 'Always')
        out.push(...containerResize(now, before, `spec.${part}[${i}].resources`))
    }
  return out
}

function containerResize(now: Obj, before: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const part of ['requests', 'limits']) {
    const [is, was] = [obj(now, 'resources', part), obj(before, 'resources', part)]
    if (Object.keys(was).some((name) => is[name] === undefined))
      out.push(forbidden(`${path}.${part}`, `resource ${part} cannot be removed`))
  }
  return out
}

/** Source: ValidateContainerStateTransition. */
function endedStay(o: Obj, old: Obj, field: string, policy: string, spared: ReadonlySet<string>): FieldError[] {
  if (policy === 'Always') return []
  return objs(old, 'status', field).flatMap((was, i) => {
    const ended = obj(was, 'state').terminated
    if (!isObj(ended) || spared.has(str(was, 'name')) || (policy === 'OnFailure' && num(ended, 'exitCode') !== 0)) return []
    const runs = objs(o, 'status', field).some((now) => now.name === was.name && obj(now, 'state').terminated === undefined)
    return runs ? [forbidden(`status.${field}[${i}].state`, 'may not be transitioned to non-terminated state')] : []
  })
}

const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized']

/** Containers with rules of their own for restarts are spared. */
export function validatePodStatusUpdate(o: Obj, old: Obj): FieldError[] {
  const out = annotationUpdates(o, old)
  for (const [i, c] of objs(o, 'status', 'conditions').entries())
    if (!SYSTEM_CONDITIONS.includes(str(c, 'type'))) out.push(...qualifiedName(str(c, 'type'), `metadata.conditions[${i}].Type`))
  const nominated = str(o, 'status', 'nominatedNodeName')
  if (nominated !== str(old, 'status', 'nominatedNodeName')) out.push(...optional(nominated, 'status.nominatedNodeName', subdomain))
  out.push(...immutable(obj(o, 'status').qosClass ?? '', obj(old, 'status').qosClass ?? '', 'status.qosClass'))
  const spec = obj(old, 'spec')
  const policy = str(spec, 'restartPolicy')
  const own = new Set(
    [...objs(spec, 'containers'), ...objs(spec, 'initContainers')].filter((c) => c.restartPolicy !== undefined).map((c) => str(c, 'name')),
  )
  out.push(...endedStay(o, old, 'containerStatuses', policy, own), ...endedStay(o, old, 'initContainerStatuses', policy, own))
  out.push(...endedStay(o, old, 'ephemeralContainerStatuses', 'Never', new Set()))
  const ips = objs(o, 'status', 'podIPs').map((ip) => str(ip, 'ip'))
  for (const [i, ip] of ips.entries()) out.push(...validIp(ip, `status.podIPs[${i}]`))
  if (ips.length > 1 && (!isDualStack(ips) || ips.length > 2))
    out.push(invalid('status.podIPs', obj(o, 'status').podIPs, 'may specify no more than one IP for each IP family'))
  const hosts = objs(o, 'status', 'hostIPs').map((ip) => str(ip, 'ip'))
  if (hosts.length > 0 && str(o, 'status', 'hostIP') !== hosts[0])
    out.push(invalid('status.hostIPs[0].ip', hosts[0], 'must be equal to `hostIP`'))
  for (const [i, ip] of hosts.entries()) out.push(...validIp(ip, `status.hostIPs[${i}]`))
  return out
}

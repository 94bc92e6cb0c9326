/** Validation of pods and pod templates. Source: k8s.io/kubernetes pkg/apis/core/validation. */
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { clone, type Draft, equal, isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Label, isDns1123Subdomain, isIp, isQualifiedName, isValidLabelValue } from '#kubernetes/api/names.ts'
import { seccomp, userId, validateContainers, validateInitContainers } from './containers.ts'
import { goDiff } from './go-diff.ts'
import { validateLabels } from './meta.ts'
import { validateAffinity, validateLabelSelector } from './selectors.ts'
import { validateVolumes } from './volumes.ts'

const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']

/** A PodSpec; `podName` only for the names derived from it. `claims`: names of volumes that its controller will add. */
export function validatePodSpec(spec: Obj, path: string, podName = '', claims: readonly string[] = []): FieldError[] {
  const out: FieldError[] = []
  const volumes = objs(spec, 'volumes')
  out.push(...validateVolumes(volumes, `${path}.volumes`, podName))
  const scope = {
    pod: { spec },
    volumes: new Set([...volumes.map((v) => str(v, 'name')), ...claims]),
    claims: new Set([...volumes.filter((v) => isObj(v.persistentVolumeClaim) || isObj(v.ephemeral)).map((v) => str(v, 'name')), ...claims]),
  }
  const regular = objs(spec, 'containers')
  out.push(...validateContainers(regular, `${path}.containers`, scope))
  out.push(...validateInitContainers(objs(spec, 'initContainers'), `${path}.initContainers`, scope, regular))
  out.push(...restartPolicy(spec, path), ...dnsPolicy(spec, path))
  for (const [key, value] of Object.entries(obj(spec, 'nodeSelector'))) {
    for (const m of isQualifiedName(key)) out.push(invalid(`${path}.nodeSelector`, key, m))
    for (const m of isValidLabelValue(String(value))) out.push(invalid(`${path}.nodeSelector`, value, m))
  }
  out.push(...podSecurityContext(spec, path))
  for (const [i, s] of objs(spec, 'imagePullSecrets').entries())
    if (str(s, 'name') === '') out.push(required(`${path}.imagePullSecrets[${i}].name`))
  out.push(...validateAffinity(spec.affinity, `${path}.affinity`))
  out.push(...readinessGates(spec, path), ...schedulingGates(spec, path), ...spread(spec, path), ...dnsConfig(spec, path))
  for (const [i, alias] of objs(spec, 'hostAliases').entries())
    if (!isIp(str(alias, 'ip')))
      out.push(invalid(`${path}.hostAliases[${i}].ip`, str(alias, 'ip'), 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'))
  const account = str(spec, 'serviceAccountName')
  if (account !== '') for (const m of isDns1123Subdomain(account)) out.push(invalid(`${path}.serviceAccountName`, account, m))
  const node = str(spec, 'nodeName')
  if (node !== '') for (const m of isDns1123Subdomain(node)) out.push(invalid(`${path}.nodeName`, node, m))
  const deadline = num(spec, 'activeDeadlineSeconds')
  if (deadline !== undefined && (deadline < 1 || deadline > 2_147_483_647))
    out.push(invalid(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'))
  for (const name of ['hostname', 'subdomain']) {
    const value = str(spec, name)
    if (value !== '') for (const m of isDns1123Label(value)) out.push(invalid(`${path}.${name}`, value, m))
  }
  out.push(...validateTolerations(objs(spec, 'tolerations'), `${path}.tolerations`))
  const priority = str(spec, 'priorityClassName')
  if (priority !== '') for (const m of isDns1123Subdomain(priority)) out.push(invalid(`${path}.priorityClassName`, priority, m))
  const preemption = spec.preemptionPolicy
  if (preemption !== undefined && !['PreemptLowerPriority', 'Never'].includes(String(preemption)))
    out.push(notSupported(`${path}.preemptionPolicy`, preemption, ['Never', 'PreemptLowerPriority']))
  return out
}

function restartPolicy(spec: Obj, path: string): FieldError[] {
  const policy = str(spec, 'restartPolicy')
  if (policy === '') return [required(`${path}.restartPolicy`)]
  return ['Always', 'OnFailure', 'Never'].includes(policy)
    ? []
    : [notSupported(`${path}.restartPolicy`, policy, ['Always', 'OnFailure', 'Never'])]
}

function dnsPolicy(spec: Obj, path: string): FieldError[] {
  const policy = str(spec, 'dnsPolicy')
  if (policy === '') return [required(`${path}.dnsPolicy`)]
  return DNS_POLICIES.includes(policy) ? [] : [notSupported(`${path}.dnsPolicy`, policy, DNS_POLICIES)]
}

function dnsConfig(spec: Obj, path: string): FieldError[] {
  const config = obj(spec, 'dnsConfig')
  const servers = strs(config, 'nameservers')
  const out: FieldError[] = []
  if (spec.dnsPolicy === 'None' && servers.length === 0)
    out.push(required(`${path}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'))
  if (servers.length > 3) out.push(invalid(`${path}.dnsConfig.nameservers`, servers, 'must not have more than 3 nameservers'))
  for (const [i, s] of servers.entries())
    if (!isIp(s))
      out.push(invalid(`${path}.dnsConfig.nameservers[${i}]`, s, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'))
  return out
}

function podSecurityContext(spec: Obj, path: string): FieldError[] {
  const sc = obj(spec, 'securityContext')
  const at = `${path}.securityContext`
  const out: FieldError[] = []
  for (const name of ['fsGroup', 'runAsUser', 'runAsGroup']) out.push(...userId(num(sc, name), `${at}.${name}`))
  out.push(...seccomp(sc.seccompProfile, `${at}.seccompProfile`))
  const change = sc.fsGroupChangePolicy
  if (change !== undefined && !['OnRootMismatch', 'Always'].includes(String(change)))
    out.push(notSupported(`${at}.fsGroupChangePolicy`, change, ['Always', 'OnRootMismatch']))
  return out
}

function readinessGates(spec: Obj, path: string): FieldError[] {
  return objs(spec, 'readinessGates').flatMap((g, i) =>
    isQualifiedName(str(g, 'conditionType')).map((m) => invalid(`${path}.readinessGates[${i}].conditionType`, g.conditionType, m)),
  )
}

function schedulingGates(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, g] of objs(spec, 'schedulingGates').entries()) {
    const name = str(g, 'name')
    const at = `${path}.schedulingGates[${i}]`
    for (const m of isQualifiedName(name)) out.push(invalid(at, name, m))
    if (names.has(name)) out.push(duplicate(at, name))
    names.add(name)
  }
  return out
}

function spread(spec: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [i, c] of objs(spec, 'topologySpreadConstraints').entries()) {
    const at = `${path}.topologySpreadConstraints[${i}]`
    const skew = num(c, 'maxSkew') ?? 0
    if (skew <= 0) out.push(invalid(`${at}.maxSkew`, skew, 'must be greater than zero'))
    const key = str(c, 'topologyKey')
    if (key === '') out.push(required(`${at}.topologyKey`, 'can not be empty'))
    else for (const m of isQualifiedName(key)) out.push(invalid(`${at}.topologyKey`, key, m))
    const when = str(c, 'whenUnsatisfiable')
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(when))
      out.push(notSupported(`${at}.whenUnsatisfiable`, when, ['DoNotSchedule', 'ScheduleAnyway']))
    const domains = num(c, 'minDomains')
    if (domains !== undefined && domains <= 0) out.push(invalid(`${at}.minDomains`, domains, 'must be greater than zero'))
    out.push(...validateLabelSelector(c.labelSelector, `${at}.labelSelector`))
  }
  return out
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateTolerations(list: readonly Obj[], path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [i, t] of list.entries()) {
    const at = `${path}[${i}]`
    const key = str(t, 'key')
    const operator = str(t, 'operator')
    if (key !== '') for (const m of isQualifiedName(key)) out.push(invalid(`${at}.key`, key, m))
    if (key === '' && operator !== 'Exists')
      out.push(
        invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      )
    if (t.tolerationSeconds !== undefined && t.effect !== 'NoExecute')
      out.push(invalid(`${at}.effect`, str(t, 'effect'), "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    const value = str(t, 'value')
    switch (operator) {
      case 'Equal':
      case '':
        for (const m of isValidLabelValue(value)) out.push(invalid(`${at}.operator`, value, m))
        break
      case 'Exists':
        if (value !== '') out.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
        break
      default:
        out.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']))
    }
    const effect = str(t, 'effect')
    if (effect !== '' && !EFFECTS.includes(effect)) out.push(notSupported(`${at}.effect`, effect, EFFECTS))
  }
  return out
}

export function validatePod(o: Obj): FieldError[] {
  return validatePodSpec(obj(o, 'spec'), 'spec', str(o, 'metadata', 'name'))
}

/** A pod template: labels and spec. `claims`: names of volumes that its controller will add. */
export function validatePodTemplate(template: Obj, path: string, claims: readonly string[] = []): FieldError[] {
  return [
    ...validateLabels(obj(template, 'metadata', 'labels') as { readonly [key: string]: string }, `${path}.labels`),
    ...validatePodSpec(obj(template, 'spec'), `${path}.spec`, '', claims),
  ]
}

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

export function validatePodUpdate(o: Obj, old: Obj): FieldError[] {
  const out: FieldError[] = []
  const spec = obj(o, 'spec')
  const before = obj(old, 'spec')
  for (const part of ['containers', 'initContainers']) {
    if (objs(spec, part).length !== objs(before, part).length)
      return [forbidden(`spec.${part}`, 'pod updates may not add or remove containers')]
    for (const [i, c] of objs(spec, part).entries())
      if (str(c, 'image') === '' && str(objs(before, part)[i] ?? {}, 'image') !== '') out.push(required(`spec.${part}[${i}].image`))
  }
  const deadline = num(spec, 'activeDeadlineSeconds')
  const oldDeadline = num(before, 'activeDeadlineSeconds')
  if (oldDeadline !== undefined && deadline === undefined)
    out.push(invalid('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value'))
  else if (oldDeadline !== undefined && deadline !== undefined && deadline > oldDeadline)
    out.push(invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value'))
  const gates = objs(spec, 'schedulingGates').map((g) => str(g, 'name'))
  for (const name of gates)
    if (!objs(before, 'schedulingGates').some((g) => g.name === name))
      out.push(forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${name}'`))
  const had = objs(before, 'tolerations')
  for (const t of had) {
    if (objs(spec, 'tolerations').some((x) => equal(x, t) || (x.key === t.key && x.effect === t.effect && x.operator === t.operator)))
      continue
    out.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'))
    break
  }
  if (!equal(masked(spec, before), without(before))) {
    out.push(forbidden('spec', `${MUTABLE}\n${goDiff(without(before), masked(spec, before), 'io.k8s.api.core.v1.PodSpec')}`))
  }
  return out
}

const without = (spec: Obj): Obj => spec

/** The spec with what may change as it was. */
function masked(spec: Obj, old: Obj): Obj {
  const out = clone(spec) as Draft
  for (const part of ['containers', 'initContainers']) {
    const list = out[part]
    if (Array.isArray(list)) for (const [i, c] of (list as Draft[]).entries()) c.image = str(objs(old, part)[i] ?? {}, 'image')
  }
  const keep = ['activeDeadlineSeconds', 'tolerations', 'ephemeralContainers']
  if (objs(old, 'schedulingGates').length > 0) keep.push('schedulingGates', 'nodeSelector', 'affinity')
  if (
    num(old, 'terminationGracePeriodSeconds') !== undefined &&
    (num(old, 'terminationGracePeriodSeconds') ?? 0) < 0 &&
    num(spec, 'terminationGracePeriodSeconds') === 1
  )
    keep.push('terminationGracePeriodSeconds')
  for (const name of keep) {
    if (old[name] === undefined) delete out[name]
    else out[name] = old[name]
  }
  return out
}

export function validatePodStatusUpdate(_o: Obj, _old: Obj): FieldError[] {
  return []
}

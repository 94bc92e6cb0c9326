import { at, equal, num, obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { formatLabelSelector } from '#kubernetes/api/labels.ts'
import { parseRfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import type { Kubectl } from '../kubectl.ts'
import { humanDuration, rfc1123 } from '../print/age.ts'
import type { KubeObject } from '../rest.ts'
import {
  boolText,
  controlledBy,
  count,
  type Describer,
  goList,
  head,
  intOrString,
  labelsAndAnnotations,
  listItems,
  optional,
  pairs,
  selectorText,
  tryListItems,
  workloadConditions,
} from './context.ts'
import { describeTemplate, type PodTemplate } from './pod.ts'

/** Pods the object controls, by phase: `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`. */
function* podStatus(k: Kubectl, object: KubeObject, selector: string): Sim<string> {
  const pods = yield* listItems(k, `/api/v1/namespaces/${object.metadata?.namespace}/pods`, {
    labelSelector: selector === '' ? undefined : selector,
  })
  const own = pods.filter((p) => p.metadata?.ownerReferences?.some((o) => o.controller === true && o.uid === object.metadata?.uid))
  const phase = (name: string): number => own.filter((p) => str(p, 'status', 'phase') === name).length
  return `${phase('Running')} Running / ${phase('Pending')} Waiting / ${phase('Succeeded')} Succeeded / ${phase('Failed')} Failed`
}

const template = (object: unknown, ...path: readonly string[]): PodTemplate => obj(object, ...path) as PodTemplate

export const replicationController: Describer = function* (k, d, rc) {
  const selector = pairs(strMap(rc, 'spec', 'selector'))
  head(d, rc)
  d.line(0, `Selector:\t${selector}`)
  labelsAndAnnotations(d, rc)
  d.line(0, `Replicas:\t${count(rc, 'status', 'replicas')} current / ${count(rc, 'spec', 'replicas')} desired`)
  d.line(0, `Pods Status:\t${yield* podStatus(k, rc, selector)}`)
  describeTemplate(d, template(rc, 'spec', 'template'))
  workloadConditions(d, rc)
}

export const replicaSet: Describer = function* (k, d, rs) {
  head(d, rs)
  d.line(0, `Selector:\t${formatLabelSelector(at(rs, 'spec', 'selector'))}`)
  labelsAndAnnotations(d, rs)
  controlledBy(d, rs)
  d.line(0, `Replicas:\t${count(rs, 'status', 'replicas')} current / ${count(rs, 'spec', 'replicas')} desired`)
  d.line(0, `Pods Status:\t${yield* podStatus(k, rs, selectorText(at(rs, 'spec', 'selector')))}`)
  describeTemplate(d, template(rs, 'spec', 'template'))
  workloadConditions(d, rs)
}

export const deployment: Describer = function* (k, d, object) {
  const selector = selectorText(at(object, 'spec', 'selector'))
  const status = (name: string): number => count(object, 'status', name)
  head(d, object)
  d.line(0, `CreationTimestamp:\t${rfc1123(object.metadata?.creationTimestamp)}`)
  labelsAndAnnotations(d, object)
  d.line(0, `Selector:\t${selector}`)
  d.line(
    0,
    `Replicas:\t${count(object, 'spec', 'replicas')} desired | ${status('updatedReplicas')} updated | ${status('replicas')} total | ${status('availableReplicas')} available | ${status('unavailableReplicas')} unavailable`,
  )
  d.line(0, `StrategyType:\t${str(object, 'spec', 'strategy', 'type')}`)
  d.line(0, `MinReadySeconds:\t${count(object, 'spec', 'minReadySeconds')}`)
  const rolling = at(object, 'spec', 'strategy', 'rollingUpdate')
  if (rolling !== undefined)
    d.line(
      0,
      `RollingUpdateStrategy:\t${intOrString(at(rolling, 'maxUnavailable'))} max unavailable, ${intOrString(at(rolling, 'maxSurge'))} max surge`,
    )
  describeTemplate(d, template(object, 'spec', 'template'))
  workloadConditions(d, object)
  const sets = yield* replicaSetsOf(k, object, selector)
  if (sets.length === 0) return
  const current = sets.filter((rs) => sameTemplate(rs, object)).sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))[0]
  const old = sets.filter((rs) => rs !== current)
  const text = (list: readonly KubeObject[]): string =>
    list
      .map((rs) => `${rs.metadata?.name} (${count(rs, 'status', 'replicas')}/${count(rs, 'spec', 'replicas')} replicas created)`)
      .join(', ') || '<none>'
  d.line(0, `OldReplicaSets:\t${text(old)}`)
  d.line(0, `NewReplicaSet:\t${text(current === undefined ? [] : [current])}`)
}

const timeOf = (o: KubeObject): string => o.metadata?.creationTimestamp ?? ''

/** ReplicaSets a Deployment controls, with its selector. */
export function* replicaSetsOf(k: Kubectl, object: KubeObject, selector: string): Sim<KubeObject[]> {
  const all = yield* tryListItems(k, `/apis/apps/v1/namespaces/${object.metadata?.namespace}/replicasets`, { labelSelector: selector })
  return all.filter((rs) => rs.metadata?.ownerReferences?.some((o) => o.controller === true && o.uid === object.metadata?.uid))
}

/** Whether a ReplicaSet's template is the Deployment's, its hash label apart. */
export function sameTemplate(rs: KubeObject, object: KubeObject): boolean {
  const bare = (o: KubeObject): unknown => {
    const t = obj(o, 'spec', 'template')
    const { 'pod-template-hash': _, ...labels } = strMap(t, 'metadata', 'labels')
    return { ...t, metadata: { ...obj(t, 'metadata'), labels } }
  }
  return equal(bare(rs), bare(object))
}

export const statefulSet: Describer = function* (k, d, sts) {
  const selector = selectorText(at(sts, 'spec', 'selector'))
  head(d, sts)
  d.line(0, `CreationTimestamp:\t${rfc1123(sts.metadata?.creationTimestamp)}`)
  d.line(0, `Selector:\t${selector}`)
  labelsAndAnnotations(d, sts)
  d.line(0, `Replicas:\t${count(sts, 'spec', 'replicas')} desired | ${count(sts, 'status', 'replicas')} total`)
  d.line(0, `Update Strategy:\t${str(sts, 'spec', 'updateStrategy', 'type')}`)
  const partition = num(sts, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')
  if (partition !== undefined) d.line(1, `Partition:\t${partition}`)
  d.line(0, `Pods Status:\t${yield* podStatus(k, sts, selector)}`)
  describeTemplate(d, template(sts, 'spec', 'template'))
  const claims = objs(sts, 'spec', 'volumeClaimTemplates')
  d.line(0, `Volume Claims:${claims.length === 0 ? '\t<none>' : ''}`)
  for (const claim of claims) {
    d.line(1, `Name:\t${str(claim, 'metadata', 'name')}`)
    d.line(1, `StorageClass:\t${str(claim, 'spec', 'storageClassName')}`)
    d.map(1, 'Labels', strMap(claim, 'metadata', 'labels'))
    d.map(1, 'Annotations', strMap(claim, 'metadata', 'annotations'))
    d.line(1, `Capacity:\t${str(claim, 'spec', 'resources', 'requests', 'storage') || '<default>'}`)
    d.line(1, `Access Modes:\t${goList(strs(claim, 'spec', 'accessModes'))}`)
  }
}

export const daemonSet: Describer = function* (k, d, ds) {
  const selector = selectorText(at(ds, 'spec', 'selector'))
  head(d, ds)
  d.line(0, `Selector:\t${selector}`)
  d.line(0, `Node-Selector:\t${pairs(strMap(ds, 'spec', 'template', 'spec', 'nodeSelector'))}`)
  labelsAndAnnotations(d, ds)
  d.line(0, `Desired Number of Nodes Scheduled: ${count(ds, 'status', 'desiredNumberScheduled')}`)
  d.line(0, `Current Number of Nodes Scheduled: ${count(ds, 'status', 'currentNumberScheduled')}`)
  d.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${count(ds, 'status', 'updatedNumberScheduled')}`)
  d.line(0, `Number of Nodes Scheduled with Available Pods: ${count(ds, 'status', 'numberAvailable')}`)
  d.line(0, `Number of Nodes Misscheduled: ${count(ds, 'status', 'numberMisscheduled')}`)
  d.line(0, `Pods Status:\t${yield* podStatus(k, ds, selector)}`)
  describeTemplate(d, template(ds, 'spec', 'template'))
}

export const job: Describer = function* (_, d, object) {
  const spec = obj(object, 'spec')
  head(d, object)
  d.line(0, `Selector:\t${selectorText(spec.selector)}`)
  labelsAndAnnotations(d, object)
  controlledBy(d, object)
  const set = (title: string, value: unknown, unit = ''): void => {
    if (value !== undefined) d.line(0, `${title}:\t${String(value)}${unit}`)
  }
  set('Parallelism', spec.parallelism)
  d.line(0, `Completions:\t${optional(num(spec, 'completions'))}`)
  set('Completion Mode', spec.completionMode)
  set('Suspend', spec.suspend)
  set('Backoff Limit', spec.backoffLimit)
  set('TTL Seconds After Finished', spec.ttlSecondsAfterFinished)
  const start = str(object, 'status', 'startTime')
  const end = str(object, 'status', 'completionTime')
  if (start !== '') d.line(0, `Start Time:\t${rfc1123(start)}`)
  if (end !== '') d.line(0, `Completed At:\t${rfc1123(end)}`)
  if (start !== '' && end !== '')
    d.line(0, `Duration:\t${humanDuration(((parseRfc3339(end) ?? 0) - (parseRfc3339(start) ?? 0)) / 1_000_000)}`)
  set('Active Deadline Seconds', spec.activeDeadlineSeconds, 's')
  const ready = num(object, 'status', 'ready')
  d.line(
    0,
    `Pods Statuses:\t${count(object, 'status', 'active')} Active${ready === undefined ? '' : ` (${ready} Ready)`} / ${count(object, 'status', 'succeeded')} Succeeded / ${count(object, 'status', 'failed')} Failed`,
  )
  if (spec.completionMode === 'Indexed') d.line(0, `Completed Indexes:\t${cappedIndexes(str(object, 'status', 'completedIndexes'))}`)
  describeTemplate(d, template(spec, 'template'))
}

function cappedIndexes(indexes: string): string {
  if (indexes === '') return '<none>'
  const comma = indexes.indexOf(',', 50)
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`
}

export const cronJob: Describer = function* (_, d, object) {
  const spec = obj(object, 'spec')
  const inner = obj(spec, 'jobTemplate', 'spec')
  head(d, object)
  labelsAndAnnotations(d, object)
  d.line(0, `Schedule:\t${str(spec, 'schedule')}`)
  d.line(0, `Concurrency Policy:\t${str(spec, 'concurrencyPolicy')}`)
  d.line(0, `Suspend:\t${boolText(spec, 'suspend')}`)
  d.line(0, `Time Zone:\t${str(spec, 'timeZone') || '<unset>'}`)
  d.line(0, `Successful Job History Limit:\t${optional(num(spec, 'successfulJobsHistoryLimit'))}`)
  d.line(0, `Failed Job History Limit:\t${optional(num(spec, 'failedJobsHistoryLimit'))}`)
  const deadline = num(spec, 'startingDeadlineSeconds')
  d.line(0, `Starting Deadline Seconds:\t${deadline === undefined ? '<unset>' : `${deadline}s`}`)
  d.line(0, `Selector:\t${inner.selector === undefined ? '<unset>' : selectorText(inner.selector)}`)
  d.line(0, `Parallelism:\t${optional(num(inner, 'parallelism'))}`)
  d.line(0, `Completions:\t${optional(num(inner, 'completions'))}`)
  const active = num(inner, 'activeDeadlineSeconds')
  if (active !== undefined) d.line(0, `Active Deadline Seconds:\t${active}s`)
  describeTemplate(d, template(inner, 'template'))
  const last = str(object, 'status', 'lastScheduleTime')
  d.line(0, `Last Schedule Time:\t${last === '' ? '<unset>' : rfc1123(last)}`)
  const jobs = objs(object, 'status', 'active').map((j) => str(j, 'name'))
  d.line(0, `Active Jobs:\t${jobs.length === 0 ? '<none>' : jobs.join(', ')}`)
}

export const autoscaler: Describer = function* (_, d, hpa) {
  const spec = obj(hpa, 'spec')
  head(d, hpa)
  labelsAndAnnotations(d, hpa)
  d.line(0, `CreationTimestamp:\t${rfc1123(hpa.metadata?.creationTimestamp)}`)
  d.line(0, `Reference:\t${str(spec, 'scaleTargetRef', 'kind')}/${str(spec, 'scaleTargetRef', 'name')}`)
  d.line(0, 'Metrics:\t( current / target )')
  objs(spec, 'metrics').forEach((metric, i) => {
    const current = objs(hpa, 'status', 'currentMetrics')[i]
    const target = obj(metric, 'resource', 'target')
    if (metric.type !== 'Resource') d.line(1, `<unknown metric type ${JSON.stringify(metric.type)}>`)
    else if (target.averageValue !== undefined)
      d.line(
        1,
        `resource ${str(metric, 'resource', 'name')} on pods:\t${str(current, 'resource', 'current', 'averageValue') || '<unknown>'} / ${String(target.averageValue)}`,
      )
    else {
      const used = num(current, 'resource', 'current', 'averageUtilization')
      const now = used === undefined ? '<unknown>' : `${used}% (${str(current, 'resource', 'current', 'averageValue')})`
      d.line(
        1,
        `resource ${str(metric, 'resource', 'name')} on pods  (as a percentage of request):\t${now} / ${target.averageUtilization === undefined ? '<auto>' : `${String(target.averageUtilization)}%`}`,
      )
    }
  })
  d.line(0, `Min replicas:\t${optional(num(spec, 'minReplicas'))}`)
  d.line(0, `Max replicas:\t${count(spec, 'maxReplicas')}`)
  for (const [title, key] of [
    ['Scale Up', 'scaleUp'],
    ['Scale Down', 'scaleDown'],
  ] as const) {
    if (spec.behavior === undefined) break
    if (key === 'scaleUp') d.line(0, 'Behavior:')
    const rules = at(spec, 'behavior', key)
    if (rules === undefined) continue
    d.line(1, `${title}:`)
    const window = num(rules, 'stabilizationWindowSeconds')
    if (window !== undefined) d.line(2, `Stabilization Window: ${window} seconds`)
    const policies = objs(rules, 'policies')
    if (policies.length === 0) continue
    d.line(2, `Select Policy: ${str(rules, 'selectPolicy') || 'Max'}`)
    d.line(2, 'Policies:')
    for (const p of policies)
      d.line(3, `- Type: ${str(p, 'type')}\tValue: ${count(p, 'value')}\tPeriod: ${count(p, 'periodSeconds')} seconds`)
  }
  d.line(
    0,
    `${str(spec, 'scaleTargetRef', 'kind')} pods:\t${count(hpa, 'status', 'currentReplicas')} current / ${count(hpa, 'status', 'desiredReplicas')} desired`,
  )
  const conditions = objs(hpa, 'status', 'conditions')
  if (conditions.length === 0) return
  d.line(0, 'Conditions:')
  d.line(1, 'Type\tStatus\tReason\tMessage')
  d.line(1, '----\t------\t------\t-------')
  for (const c of conditions) d.line(1, `${str(c, 'type')}\t${str(c, 'status')}\t${str(c, 'reason')}\t${str(c, 'message')}`)
}

export const disruptionBudget: Describer = function* (_, d, pdb) {
  head(d, pdb)
  const min = at(pdb, 'spec', 'minAvailable')
  const max = at(pdb, 'spec', 'maxUnavailable')
  if (min !== undefined) d.line(0, `Min available:\t${String(min)}`)
  else if (max !== undefined) d.line(0, `Max unavailable:\t${String(max)}`)
  const selector = at(pdb, 'spec', 'selector')
  d.line(0, `Selector:\t${selector === undefined ? '<unset>' : formatLabelSelector(selector)}`)
  d.line(0, 'Status:')
  d.line(2, `Allowed disruptions:\t${count(pdb, 'status', 'disruptionsAllowed')}`)
  d.line(2, `Current:\t${count(pdb, 'status', 'currentHealthy')}`)
  d.line(2, `Desired:\t${count(pdb, 'status', 'desiredHealthy')}`)
  d.line(2, `Total:\t${count(pdb, 'status', 'expectedPods')}`)
}

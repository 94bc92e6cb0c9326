/** DaemonSet controller: one pod on every node that fits. Source: pkg/controller/daemon. */
import { equal } from '#kubernetes/api/json.ts'
import { computeHash } from '#kubernetes/api/pod-template-hash.ts'
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS } from '#kubernetes/client/resources.ts'
import { compileSelector, matchesNodeSelectorTerms } from '#kubernetes/client/selectors.ts'
import * as t from '#kubernetes/client/taints.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { NodeSelectorTerm, Pod, PodTemplateSpec, Toleration } from '#kubernetes/client/types/pod.ts'
import type { ControllerRevision, DaemonSet, DaemonSetStatus } from '#kubernetes/client/types/workloads.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, type ControllerContext, nonZero, parallel, recorderFor, startWorkers } from './context.ts'
import { byController, claimObjects, controllerOf, newControllerRef } from './controller-ref.ts'
import { scaledValue } from './deployment/util.ts'
import { Expectations } from './expectations.ts'
import { isPodAvailable, isPodReady, PodControl, podFromTemplate, slowStartSizes } from './pods.ts'
import { findRevision, REVISION_HASH, renumber, revisionData } from './revisions.ts'

const WORKERS = 2
const BURST = 250
const GENERATION = 'pod-template-generation'
const DEPRECATED_GENERATION = 'deprecated.daemonset.template.generation'

/** What every daemon pod tolerates. Source: util.AddOrUpdateDaemonPodTolerations. */
function daemonTolerations(hostNetwork: boolean): Toleration[] {
  const tolerate = (key: string, effect: string): Toleration => ({ key, operator: 'Exists', effect })
  return [
    tolerate(t.NOT_READY, 'NoExecute'),
    tolerate(t.UNREACHABLE, 'NoExecute'),
    tolerate(t.DISK_PRESSURE, 'NoSchedule'),
    tolerate(t.MEMORY_PRESSURE, 'NoSchedule'),
    tolerate(t.PID_PRESSURE, 'NoSchedule'),
    tolerate(t.UNSCHEDULABLE, 'NoSchedule'),
    ...(hostNetwork ? [tolerate(t.NETWORK_UNAVAILABLE, 'NoSchedule')] : []),
  ]
}

export function withDaemonTolerations(template: PodTemplateSpec): readonly Toleration[] {
  const own = template.spec.tolerations ?? []
  const added = daemonTolerations(template.spec.hostNetwork === true)
  return [...own, ...added.filter((a) => !own.some((o) => equal({ ...o }, { ...a })))]
}

/** Whether a daemon pod belongs on a node, and whether one that is there may stay. */
export function nodeShouldRun(ds: DaemonSet, node: Node): { readonly run: boolean; readonly stay: boolean } {
  const { template } = ds.spec
  const labels = node.metadata.labels ?? {}
  const required = template.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const fits =
    (template.spec.nodeName === undefined || template.spec.nodeName === node.metadata.name) &&
    Object.entries(template.spec.nodeSelector ?? {}).every(([k, v]) => labels[k] === v) &&
    (required === undefined || matchesNodeSelectorTerms(required.nodeSelectorTerms, { name: node.metadata.name, labels }))
  if (!fits) return { run: false, stay: false }
  const tolerations = withDaemonTolerations(template)
  const untolerated = (node.spec.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule' && !t.isTolerated(taint, tolerations))
  return { run: untolerated.length === 0, stay: !untolerated.some((taint) => taint.effect === 'NoExecute') }
}

/** The node a daemon pod is for: where it is, or where its affinity sends it. */
export function targetNode(pod: Pod): string {
  if ((pod.spec.nodeName ?? '') !== '') return pod.spec.nodeName ?? ''
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  for (const term of terms) for (const field of term.matchFields ?? []) if (field.key === 'metadata.name') return field.values?.[0] ?? ''
  return ''
}

export interface DaemonPlan {
  /** Names of nodes that want a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
  /** Pods that ended: deleted, so that others take their place. */
  readonly failed: readonly Pod[]
}

const oldest = (a: Pod, b: Pod): number => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1)

export function planDaemons(ds: DaemonSet, nodes: readonly Node[], pods: readonly Pod[]): DaemonPlan {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    const name = targetNode(pod)
    byNode.set(name, [...(byNode.get(name) ?? []), pod])
  }
  const create: string[] = []
  const remove: Pod[] = []
  const failed: Pod[] = []
  for (const node of nodes) {
    const here = byNode.get(node.metadata.name) ?? []
    const { run, stay } = nodeShouldRun(ds, node)
    if (!stay) {
      remove.push(...here.filter((p) => p.metadata.deletionTimestamp === undefined))
      continue
    }
    const running: Pod[] = []
    for (const pod of here) {
      if (pod.metadata.deletionTimestamp !== undefined) continue
      if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') failed.push(pod)
      else running.push(pod)
    }
    if (run && here.length === 0) create.push(node.metadata.name)
    if (running.length > 1) remove.push(...running.sort(oldest).slice(1))
  }
  const known = new Set(nodes.map((n) => n.metadata.name))
  // Unscheduled pods for nodes that are gone will never be placed.
  for (const pod of pods)
    if ((pod.spec.nodeName ?? '') === '' && !known.has(targetNode(pod)) && pod.metadata.deletionTimestamp === undefined) remove.push(pod)
  return { create, remove: [...new Set([...remove, ...failed])], failed }
}

/** Pods of an old template that may be deleted now, so that at most maxUnavailable nodes lack a pod. */
export function planRollingUpdate(ds: DaemonSet, nodes: readonly Node[], pods: readonly Pod[], hash: string, now: number): Pod[] {
  const wanted = nodes.filter((n) => nodeShouldRun(ds, n).run)
  const max = Math.max(scaledValue(ds.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, true), 0) || 1
  let unavailable = 0
  const candidates: Pod[] = []
  const free: Pod[] = []
  for (const node of wanted) {
    const here = pods.filter((p) => targetNode(p) === node.metadata.name && p.metadata.deletionTimestamp === undefined)
    const old = here.find((p) => p.metadata.labels?.[REVISION_HASH] !== hash)
    const pod = here.find((p) => p.metadata.labels?.[REVISION_HASH] === hash) ?? old
    const up = pod !== undefined && isPodAvailable(pod, ds.spec.minReadySeconds ?? 0, now)
    if (!up) unavailable++
    if (old === undefined) continue
    ;(up ? candidates : free).push(old)
  }
  return [...free, ...candidates.slice(0, Math.max(0, max - unavailable))]
}

/** The pod for one node: its affinity names the node, and the scheduler does the rest. */
export function daemonPod(ds: DaemonSet, node: string, hash: string): Pod {
  const { template } = ds.spec
  const term: NodeSelectorTerm = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }
  const affinity = template.spec.affinity
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const nodeSelectorTerms = terms === undefined ? [term] : terms.map((other) => ({ ...other, matchFields: term.matchFields }))
  const generation = ds.metadata.annotations?.[DEPRECATED_GENERATION] ?? String(ds.metadata.generation ?? 1)
  const labelled: PodTemplateSpec = {
    metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [REVISION_HASH]: hash, [GENERATION]: generation } },
    spec: {
      ...template.spec,
      tolerations: withDaemonTolerations(template),
      affinity: {
        ...affinity,
        nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
      },
    },
  }
  return podFromTemplate(labelled, ds.metadata.namespace ?? '', newControllerRef(DAEMON_SETS, ds), { generateName: `${ds.metadata.name}-` })
}

export function planDaemonStatus(ds: DaemonSet, nodes: readonly Node[], pods: readonly Pod[], hash: string, now: number): DaemonSetStatus {
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 }
  for (const node of nodes) {
    const { run } = nodeShouldRun(ds, node)
    const here = pods.filter((p) => targetNode(p) === node.metadata.name).sort(oldest)
    if (!run) {
      if (here.length > 0) counts.misscheduled++
      continue
    }
    counts.desired++
    const pod = here[0]
    if (pod === undefined) continue
    counts.current++
    if (isPodReady(pod)) {
      counts.ready++
      if (isPodAvailable(pod, ds.spec.minReadySeconds ?? 0, now)) counts.available++
    }
    if (pod.metadata.labels?.[REVISION_HASH] === hash) counts.updated++
  }
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: ds.metadata.generation,
    updatedNumberScheduled: nonZero(counts.updated),
    numberAvailable: nonZero(counts.available),
    numberUnavailable: nonZero(counts.desired - counts.available),
    collisionCount: ds.status?.collisionCount,
    conditions: ds.status?.conditions,
  }
}

export const daemonset: Controller = {
  name: 'daemonset-controller',
  serviceAccount: 'daemon-set-controller',
  start(context: ControllerContext) {
    const { client, sim } = context
    const queue = new WorkQueue(sim)
    const sets = context.informers.of(DAEMON_SETS)
    const pods = context.informers.of(PODS)
    const nodes = context.informers.of(NODES)
    const revisions = context.informers.of(CONTROLLER_REVISIONS)
    pods.store.addIndex('controller', byController)
    revisions.store.addIndex('controller', byController)
    const expectations = new Expectations(sim)
    const recorder = recorderFor(context, 'daemonset-controller')
    const control = new PodControl(client, recorder)
    const resolve = (pod: Pod): DaemonSet | undefined => {
      const ref = controllerOf(pod)
      const ds = ref?.kind === 'DaemonSet' ? sets.store.find(pod.metadata.namespace, ref.name) : undefined
      return ds?.metadata.uid === ref?.uid ? ds : undefined
    }
    const enqueue = (ds: DaemonSet): void => queue.add(keyOf(ds))
    const enqueueAll = (): void => sets.store.list().forEach(enqueue)
    sets.addHandler({
      add: enqueue,
      update: (_, ds) => enqueue(ds),
      delete: (ds) => {
        expectations.forget(keyOf(ds))
        enqueue(ds)
      },
    })
    const gone = (pod: Pod): void => {
      const ds = resolve(pod)
      if (ds === undefined) return
      expectations.deletionObserved(keyOf(ds), keyOf(pod))
      enqueue(ds)
    }
    pods.addHandler({
      add(pod) {
        const ds = resolve(pod)
        if (ds === undefined) return
        expectations.creationObserved(keyOf(ds))
        enqueue(ds)
      },
      update(_, pod) {
        const ds = resolve(pod)
        if (ds === undefined) return
        if (pod.metadata.deletionTimestamp !== undefined) expectations.deletionObserved(keyOf(ds), keyOf(pod))
        enqueue(ds)
        const seconds = ds.spec.minReadySeconds ?? 0
        if (seconds > 0 && isPodReady(pod)) queue.addAfter(keyOf(ds), (seconds + 1) * SECOND)
      },
      delete: gone,
    })
    nodes.addHandler({
      add: enqueueAll,
      update: (old, node) => {
        if (
          !equal(old.metadata.labels, node.metadata.labels) ||
          !equal(old.spec.taints, node.spec.taints) ||
          old.spec.unschedulable !== node.spec.unschedulable
        )
          enqueueAll()
      },
      delete: enqueueAll,
    })

    const currentRevision = function* (ds: DaemonSet): Sim<{ readonly hash: string; readonly old: ControllerRevision[] }> {
      const all = revisions.store.byIndex('controller', ds.metadata.uid ?? '')
      const data = revisionData(ds.spec.template)
      const hash = computeHash({ ...ds.spec.template }, ds.status?.collisionCount)
      const found = findRevision(all, data)
      if (found !== undefined) {
        const current = yield* renumber(client, found, all)
        return { hash: current.metadata.labels?.[REVISION_HASH] ?? hash, old: all.filter((r) => r !== found) }
      }
      const { name, namespace, annotations } = ds.metadata
      const revision: ControllerRevision = {
        metadata: {
          name: `${name}-${hash}`,
          namespace,
          labels: { ...ds.spec.template.metadata?.labels, [REVISION_HASH]: hash },
          annotations,
          ownerReferences: [newControllerRef(DAEMON_SETS, ds)],
        },
        data,
        revision: Math.max(0, ...all.map((r) => r.revision)) + 1,
      }
      try {
        yield* client.create(CONTROLLER_REVISIONS, namespace, revision)
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
        const twin = yield* client.find(CONTROLLER_REVISIONS, namespace, revision.metadata.name)
        if (twin !== undefined && !equal(twin.data, data)) {
          yield* client.updateStatus(DAEMON_SETS, {
            ...ds,
            status: { ...planDaemonStatus(ds, [], [], hash, sim.now), collisionCount: (ds.status?.collisionCount ?? 0) + 1 },
          })
          throw error
        }
      }
      return { hash, old: all }
    }

    const change = function* (
      key: string,
      ds: DaemonSet,
      hash: string,
      plan: { readonly create: readonly string[]; readonly remove: readonly Pod[] },
    ): Sim<void> {
      const create = plan.create.slice(0, BURST)
      const remove = plan.remove.slice(0, BURST)
      if (create.length + remove.length === 0) return
      expectations.expect(key, create.length, remove.map(keyOf))
      const reference = referenceTo(DAEMON_SETS, ds)
      const make = function* (node: string): Sim<void> {
        try {
          yield* control.create(daemonPod(ds, node, hash), reference)
        } catch (error) {
          expectations.creationObserved(key)
          if (!isNamespaceTerminating(error)) throw error
        }
      }
      const drop = function* (pod: Pod): Sim<void> {
        try {
          yield* control.delete(pod.metadata.namespace, pod.metadata.name, reference)
        } catch (error) {
          expectations.deletionObserved(key, keyOf(pod))
          if (!isNotFound(error)) throw error
        }
      }
      const errors: unknown[] = []
      let done = 0
      for (const size of slowStartSizes(create.length)) {
        const batch = create.slice(done, done + size)
        done += size
        errors.push(...(yield* parallel(context.scope, 'daemonset create', batch.map(make))).filter((e) => e !== undefined))
        if (errors.length > 0) {
          expectations.creationObserved(key, create.length - done)
          break
        }
      }
      if (remove.length > 0)
        errors.push(...(yield* parallel(context.scope, 'daemonset delete', remove.map(drop))).filter((e) => e !== undefined))
      if (errors.length > 0) throw errors[0]
    }

    const sync = function* (key: string): Sim<void> {
      const ds = sets.store.get(key)
      if (ds === undefined) {
        expectations.forget(key)
        return
      }
      if (ds.metadata.deletionTimestamp !== undefined) return
      const { hash, old } = yield* currentRevision(ds)
      const mine = function* (): Sim<Pod[]> {
        const own = pods.store.byIndex('controller', ds.metadata.uid ?? '')
        const orphans = pods.store.byIndex('controller', '').filter((p) => p.metadata.namespace === ds.metadata.namespace)
        return yield* claimObjects(client, DAEMON_SETS, ds, PODS, [...own, ...orphans], compileSelector(ds.spec.selector))
      }
      if (expectations.satisfied(key)) {
        const plan = planDaemons(ds, nodes.store.list(), yield* mine())
        for (const pod of plan.failed) {
          const text = `Found failed daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${targetNode(pod)}, will try to kill it`
          recorder.event(referenceTo(DAEMON_SETS, ds), 'Warning', 'FailedDaemonPod', text)
        }
        yield* change(key, ds, hash, plan)
        if (expectations.satisfied(key) && (ds.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate') {
          const remove = planRollingUpdate(ds, nodes.store.list(), yield* mine(), hash, sim.now)
          yield* change(key, ds, hash, { create: [], remove })
        }
      }
      const status = planDaemonStatus(ds, nodes.store.list(), yield* mine(), hash, sim.now)
      if (!equal(status, ds.status)) yield* client.updateStatus(DAEMON_SETS, { ...ds, status })
      const live = new Set(pods.store.byIndex('controller', ds.metadata.uid ?? '').map((p) => p.metadata.labels?.[REVISION_HASH]))
      const unused = old.filter((r) => !live.has(r.metadata.labels?.[REVISION_HASH])).sort((a, b) => a.revision - b.revision)
      for (const revision of unused.slice(0, Math.max(0, unused.length - (ds.spec.revisionHistoryLimit ?? 10)))) {
        yield* client.delete(CONTROLLER_REVISIONS, revision.metadata.namespace, revision.metadata.name)
      }
    }
    startWorkers(context, 'daemonset', queue, WORKERS, sync)
  },
}

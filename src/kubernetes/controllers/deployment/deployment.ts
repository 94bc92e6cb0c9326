/** Deployment controller. Source: pkg/controller/deployment. */
import { equal } from '#kubernetes/api/json.ts'
import { computeHash } from '#kubernetes/api/pod-template-hash.ts'
import { errorText, isAlreadyExists, isNamespaceTerminating } from '#kubernetes/client/errors.ts'
import { referenceTo } from '#kubernetes/client/events.ts'
import { keyOf } from '#kubernetes/client/informer.ts'
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '#kubernetes/client/resources.ts'
import { compileSelector, isEmptySelector } from '#kubernetes/client/selectors.ts'
import type { Condition } from '#kubernetes/client/types/meta.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Deployment, DeploymentStatus, ReplicaSet } from '#kubernetes/client/types/workloads.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import { parseRfc3339, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, type ControllerContext, nonZero, now, recorderFor, startWorkers } from '../context.ts'
import { byController, claimObjects, controllerOf, newControllerRef } from '../controller-ref.ts'
import { condition } from '../pods.ts'
import * as u from './util.ts'

const WORKERS = 5

/** What a round of a Deployment's sync works with. */
interface Round {
  d: Deployment
  readonly sets: readonly ReplicaSet[]
}

export const deployment: Controller = {
  name: 'deployment-controller',
  serviceAccount: 'deployment-controller',
  start: (context) => new DeploymentController(context).start(),
}

class DeploymentController {
  readonly #context: ControllerContext
  readonly #queue: WorkQueue
  readonly #recorder: ReturnType<typeof recorderFor>
  readonly #deployments
  readonly #sets
  readonly #pods

  constructor(context: ControllerContext) {
    this.#context = context
    this.#queue = new WorkQueue(context.sim)
    this.#recorder = recorderFor(context, 'deployment-controller')
    this.#deployments = context.informers.of(DEPLOYMENTS)
    this.#sets = context.informers.of(REPLICA_SETS)
    this.#pods = context.informers.of(PODS)
  }

  start(): void {
    const queue = this.#queue
    this.#sets.store.addIndex('controller', byController)
    this.#pods.store.addIndex('controller', byController)
    this.#deployments.addHandler({
      add: (d) => queue.add(keyOf(d)),
      update: (_, d) => queue.add(keyOf(d)),
      delete: (d) => queue.add(keyOf(d)),
    })
    const enqueueOwner = (rs: ReplicaSet): boolean => {
      const d = this.#resolve(rs)
      if (d !== undefined) queue.add(keyOf(d))
      return d !== undefined
    }
    const enqueueMatching = (rs: ReplicaSet): void => {
      for (const d of this.#deployments.store.inNamespace(rs.metadata.namespace ?? '')) {
        if (compileSelector(d.spec.selector)(rs.metadata.labels)) queue.add(keyOf(d))
      }
    }
    this.#sets.addHandler({
      add: (rs) => {
        if (controllerOf(rs) === undefined) enqueueMatching(rs)
        else enqueueOwner(rs)
      },
      update: (old, rs) => {
        if (controllerOf(old)?.uid !== controllerOf(rs)?.uid) enqueueOwner(old)
        if (controllerOf(rs) === undefined) enqueueMatching(rs)
        else enqueueOwner(rs)
      },
      delete: (rs) => {
        enqueueOwner(rs)
      },
    })
    this.#pods.addHandler({
      delete: (pod) => {
        const d = this.#deploymentOfPod(pod)
        if (d === undefined || u.isRollingUpdate(d)) return
        if (this.#podsOf(this.#ownedSets(d)).length === 0) queue.add(keyOf(d))
      },
    })
    startWorkers(this.#context, 'deployment-controller', queue, WORKERS, (key) => this.#sync(key))
  }

  #resolve(rs: ReplicaSet): Deployment | undefined {
    const ref = controllerOf(rs)
    if (ref?.kind !== 'Deployment') return undefined
    const d = this.#deployments.store.find(rs.metadata.namespace, ref.name)
    return d?.metadata.uid === ref.uid ? d : undefined
  }

  #deploymentOfPod(pod: Pod): Deployment | undefined {
    const ref = controllerOf(pod)
    const rs = ref?.kind === 'ReplicaSet' ? this.#sets.store.find(pod.metadata.namespace, ref.name) : undefined
    return rs === undefined ? undefined : this.#resolve(rs)
  }

  #ownedSets(d: Deployment): ReplicaSet[] {
    return this.#sets.store.byIndex('controller', d.metadata.uid ?? '')
  }

  #podsOf(sets: readonly ReplicaSet[]): Pod[] {
    return sets.flatMap((rs) => this.#pods.store.byIndex('controller', rs.metadata.uid ?? ''))
  }

  *#sync(key: string): Sim<void> {
    const d = this.#deployments.store.get(key)
    if (d === undefined) return
    if (isEmptySelector(d.spec.selector)) {
      this.#recorder.event(
        referenceTo(DEPLOYMENTS, d),
        'Warning',
        'SelectingAll',
        'This deployment is selecting all pods. A non-empty selector is required.',
      )
      if ((d.status?.observedGeneration ?? 0) < (d.metadata.generation ?? 0)) {
        yield* this.#updateStatus(d, { ...d.status, observedGeneration: d.metadata.generation })
      }
      return
    }
    const { client } = this.#context
    const orphans = this.#sets.store.byIndex('controller', '').filter((rs) => rs.metadata.namespace === d.metadata.namespace)
    const candidates = [...this.#ownedSets(d), ...orphans]
    const sets = yield* claimObjects(client, DEPLOYMENTS, d, REPLICA_SETS, candidates, compileSelector(d.spec.selector))
    const round: Round = { d, sets }
    if (d.metadata.deletionTimestamp !== undefined) {
      const { newRS, old } = yield* this.#newAndOld(round, false)
      yield* this.#syncStatus(round.d, together(old, newRS), newRS)
      return
    }
    yield* this.#checkPaused(round)
    if (d.spec.paused === true || this.#isScaling(round)) yield* this.#syncScale(round)
    else if (u.isRollingUpdate(d)) yield* this.#rollingUpdate(round)
    else yield* this.#recreate(round)
  }

  // Which ReplicaSet is the new one

  *#newAndOld(round: Round, create: boolean): Sim<{ readonly newRS: ReplicaSet | undefined; readonly old: ReplicaSet[] }> {
    const found = u.findNewReplicaSet(round.d, round.sets)
    const old = round.sets.filter((rs) => rs !== found)
    const revision = Math.max(0, ...old.map(u.revisionOf)) + 1
    if (found !== undefined) return { newRS: yield* this.#refresh(round, found, revision), old }
    return { newRS: create ? yield* this.#createNew(round, old, revision) : undefined, old }
  }

  /** Brings annotations and revision of the present ReplicaSet up to date. */
  *#refresh(round: Round, rs: ReplicaSet, revision: number): Sim<ReplicaSet> {
    const { client } = this.#context
    const { d } = round
    const { annotations, changed } = u.replicaSetAnnotations(d, rs.metadata.annotations, revision)
    const minReadySeconds = d.spec.minReadySeconds ?? 0
    if (changed || minReadySeconds !== (rs.spec.minReadySeconds ?? 0)) {
      return yield* client.update(REPLICA_SETS, {
        ...rs,
        metadata: { ...rs.metadata, annotations },
        spec: { ...rs.spec, minReadySeconds: nonZero(minReadySeconds) },
      })
    }
    const own = annotations[u.REVISION] ?? ''
    const missing = u.hasProgressDeadline(d) && condition(d.status?.conditions, 'Progressing') === undefined
    if (d.metadata.annotations?.[u.REVISION] !== own || missing) {
      const found = u.newCondition(
        'Progressing',
        'True',
        'FoundNewReplicaSet',
        `Found new replica set "${rs.metadata.name}"`,
        now(this.#context),
      )
      const conditions = missing ? u.withCondition(d.status?.conditions, found) : d.status?.conditions
      round.d = yield* this.#updateStatus(withRevision(d, own), { ...d.status, conditions })
    }
    return rs
  }

  *#createNew(round: Round, old: readonly ReplicaSet[], revision: number): Sim<ReplicaSet | undefined> {
    const { client } = this.#context
    const { d } = round
    const hash = computeHash({ ...d.spec.template }, d.status?.collisionCount)
    const template = d.spec.template
    const labels = { ...template.metadata?.labels, [u.HASH_LABEL]: hash }
    const replicas = u.newReplicas(d, old, 0)
    const wanted: ReplicaSet = {
      metadata: {
        name: `${d.metadata.name}-${hash}`,
        namespace: d.metadata.namespace,
        labels,
        annotations: { ...u.replicaSetAnnotations(d, undefined, revision).annotations, ...u.sizeAnnotations(d) },
        ownerReferences: [newControllerRef(DEPLOYMENTS, d)],
      },
      spec: {
        replicas,
        minReadySeconds: nonZero(d.spec.minReadySeconds ?? 0),
        selector: { ...d.spec.selector, matchLabels: { ...d.spec.selector.matchLabels, [u.HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    }
    let created: ReplicaSet
    let existed = false
    try {
      created = yield* client.create(REPLICA_SETS, d.metadata.namespace, wanted)
    } catch (error) {
      if (isNamespaceTerminating(error)) throw error
      const twin = isAlreadyExists(error) ? yield* client.find(REPLICA_SETS, d.metadata.namespace, wanted.metadata.name) : undefined
      if (twin !== undefined && controllerOf(twin)?.uid === d.metadata.uid && u.sameTemplate(twin.spec.template, d.spec.template)) {
        created = twin
        existed = true
      } else if (isAlreadyExists(error)) {
        yield* this.#updateStatus(d, { ...d.status, collisionCount: (d.status?.collisionCount ?? 0) + 1 })
        throw error
      } else {
        const message = `Failed to create new replica set "${wanted.metadata.name}": ${errorText(error)}`
        if (u.hasProgressDeadline(d)) {
          const failed = u.newCondition('Progressing', 'False', 'ReplicaSetCreateError', message, now(this.#context))
          yield* this.#updateStatus(d, { ...d.status, conditions: u.withCondition(d.status?.conditions, failed) })
        }
        this.#recorder.event(referenceTo(DEPLOYMENTS, d), 'Warning', 'ReplicaSetCreateError', message)
        throw error
      }
    }
    if (!existed && replicas > 0) this.#recordScale(d, 'up', created.metadata.name, 0, replicas)
    let { conditions } = d.status ?? {}
    if (!existed && u.hasProgressDeadline(d)) {
      const message = `Created new replica set "${created.metadata.name}"`
      conditions = u.withCondition(conditions, u.newCondition('Progressing', 'True', 'NewReplicaSetCreated', message, now(this.#context)))
    }
    if (d.metadata.annotations?.[u.REVISION] !== String(revision) || conditions !== d.status?.conditions) {
      round.d = yield* this.#updateStatus(withRevision(d, String(revision)), { ...d.status, conditions })
    }
    return created
  }

  // Rolling out

  *#rollingUpdate(round: Round): Sim<void> {
    const { newRS, old } = yield* this.#newAndOld(round, true)
    if (newRS === undefined) return
    const all = [...old, newRS]
    if (yield* this.#scaleNew(round.d, all, newRS)) return yield* this.#syncRolloutStatus(round.d, all, newRS)
    if (yield* this.#scaleOld(round.d, all, old, newRS)) return yield* this.#syncRolloutStatus(round.d, all, newRS)
    if (u.isComplete(round.d, round.d.status ?? {})) yield* this.#cleanUp(round.d, old)
    yield* this.#syncRolloutStatus(round.d, all, newRS)
  }

  *#scaleNew(d: Deployment, all: readonly ReplicaSet[], newRS: ReplicaSet): Sim<boolean> {
    const wanted = d.spec.replicas ?? 1
    const current = u.replicasOf(newRS)
    if (current === wanted) return false
    const scaled = yield* this.#scale(d, newRS, current > wanted ? wanted : u.newReplicas(d, all, current))
    return u.replicasOf(scaled) !== current
  }

  *#scaleOld(d: Deployment, all: readonly ReplicaSet[], old: readonly ReplicaSet[], newRS: ReplicaSet): Sim<boolean> {
    const plan = planScaleDownOld(d, all, old, newRS)
    // One ReplicaSet may shrink twice, so each step goes on from what the last one wrote.
    const written = new Map<ReplicaSet, ReplicaSet>()
    for (const { rs, replicas } of plan) written.set(rs, yield* this.#scale(d, written.get(rs) ?? rs, replicas))
    return plan.length > 0
  }

  *#recreate(round: Round): Sim<void> {
    let { newRS, old } = yield* this.#newAndOld(round, false)
    let scaled = false
    for (const rs of old) {
      if (u.replicasOf(rs) === 0) continue
      yield* this.#scale(round.d, rs, 0)
      scaled = true
    }
    if (scaled || u.oldPodsRunning(newRS, this.#podsOf(round.sets), (pod) => controllerOf(pod)?.uid)) {
      return yield* this.#syncRolloutStatus(round.d, together(old, newRS), newRS)
    }
    if (newRS === undefined) ({ newRS, old } = yield* this.#newAndOld(round, true))
    if (newRS === undefined) return
    yield* this.#scale(round.d, newRS, round.d.spec.replicas ?? 1)
    if (u.isComplete(round.d, round.d.status ?? {})) yield* this.#cleanUp(round.d, old)
    yield* this.#syncRolloutStatus(round.d, [...old, newRS], newRS)
  }

  /** True when a ReplicaSet still carries another number of wanted replicas than the Deployment asks for now. */
  #isScaling(round: Round): boolean {
    return round.sets.some((rs) => {
      const desired = rs.metadata.annotations?.[u.DESIRED_REPLICAS]
      return u.replicasOf(rs) > 0 && desired !== undefined && Number(desired) !== (round.d.spec.replicas ?? 1)
    })
  }

  *#syncScale(round: Round): Sim<void> {
    const { newRS, old } = yield* this.#newAndOld(round, false)
    for (const { rs, replicas } of planScale(round.d, newRS, old)) yield* this.#scale(round.d, rs, replicas)
    if (round.d.spec.paused === true) yield* this.#cleanUp(round.d, old)
    yield* this.#syncStatus(round.d, together(old, newRS), newRS)
  }

  /** Writes size and size annotations where they differ; returns the ReplicaSet as it is now. */
  *#scale(d: Deployment, rs: ReplicaSet, replicas: number): Sim<ReplicaSet> {
    const before = u.replicasOf(rs)
    const sizes = u.sizeAnnotations(d)
    const annotated = Object.entries(sizes).every(([key, value]) => rs.metadata.annotations?.[key] === value)
    if (before === replicas && annotated) return rs
    const { client } = this.#context
    const after = yield* client.update(REPLICA_SETS, {
      ...rs,
      metadata: { ...rs.metadata, annotations: { ...rs.metadata.annotations, ...sizes } },
      spec: { ...rs.spec, replicas },
    })
    if (before !== replicas) this.#recordScale(d, before < replicas ? 'up' : 'down', rs.metadata.name, before, replicas)
    return after
  }

  #recordScale(d: Deployment, way: string, name: string, from: number, to: number): void {
    this.#recorder.event(
      referenceTo(DEPLOYMENTS, d),
      'Normal',
      'ScalingReplicaSet',
      `Scaled ${way} replica set ${name} from ${from} to ${to}`,
    )
  }

  *#cleanUp(d: Deployment, old: readonly ReplicaSet[]): Sim<void> {
    for (const rs of planCleanUp(d, old)) yield* this.#context.client.delete(REPLICA_SETS, rs.metadata.namespace, rs.metadata.name)
  }

  // Status

  *#checkPaused(round: Round): Sim<void> {
    const { d } = round
    const progressing = condition(d.status?.conditions, 'Progressing')
    if (!u.hasProgressDeadline(d) || progressing?.reason === 'ProgressDeadlineExceeded') return
    const wasPaused = progressing?.reason === 'DeploymentPaused'
    const paused = d.spec.paused === true
    if (paused === wasPaused) return
    const next = paused
      ? u.newCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', now(this.#context))
      : u.newCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now(this.#context))
    round.d = yield* this.#updateStatus(d, { ...d.status, conditions: u.withCondition(d.status?.conditions, next) })
  }

  *#syncStatus(d: Deployment, all: readonly ReplicaSet[], newRS: ReplicaSet | undefined): Sim<void> {
    const status = planStatus(d, all, newRS, now(this.#context))
    if (!equal(status, d.status)) yield* this.#updateStatus(d, status)
  }

  *#syncRolloutStatus(d: Deployment, all: readonly ReplicaSet[], newRS: ReplicaSet | undefined): Sim<void> {
    const status = planRolloutStatus(d, all, newRS, this.#context.sim.now, now(this.#context))
    if (!equal(status, d.status)) {
      yield* this.#updateStatus(d, status)
      return
    }
    const progressing = condition(status.conditions, 'Progressing')
    if (progressing === undefined || !u.hasProgressDeadline(d)) return
    if (u.isComplete(d, status) || progressing.reason === 'ProgressDeadlineExceeded') return
    const from = parseRfc3339(progressing.lastUpdateTime ?? '') ?? this.#context.sim.now
    const left = from + (d.spec.progressDeadlineSeconds ?? 0) * SECOND - this.#context.sim.now
    if (left < SECOND) this.#queue.addRateLimited(keyOf(d))
    else this.#queue.addAfter(keyOf(d), left + SECOND)
  }

  *#updateStatus(d: Deployment, status: DeploymentStatus): Sim<Deployment> {
    return yield* this.#context.client.updateStatus(DEPLOYMENTS, { ...d, status })
  }
}

function together(old: readonly ReplicaSet[], newRS: ReplicaSet | undefined): ReplicaSet[] {
  return newRS === undefined ? [...old] : [...old, newRS]
}

function withRevision(d: Deployment, revision: string): Deployment {
  return { ...d, metadata: { ...d.metadata, annotations: { ...d.metadata.annotations, [u.REVISION]: revision } } }
}

export interface Scaling {
  readonly rs: ReplicaSet
  readonly replicas: number
}

/**
 * How old ReplicaSets shrink during a rolling update: first what is unhealthy, then as many as may be missing.
 * Source: reconcileOldReplicaSets.
 */
export function planScaleDownOld(d: Deployment, all: readonly ReplicaSet[], old: readonly ReplicaSet[], newRS: ReplicaSet): Scaling[] {
  const active = old.filter((rs) => u.replicasOf(rs) > 0).sort(u.byCreation)
  const minAvailable = (d.spec.replicas ?? 1) - u.maxUnavailable(d)
  const newUnavailable = u.replicasOf(newRS) - (newRS.status?.availableReplicas ?? 0)
  const max = u.sum(all, u.replicasOf) - minAvailable - newUnavailable
  if (active.length === 0 || max <= 0) return []
  const sizes = new Map(active.map((rs) => [rs, u.replicasOf(rs)]))
  const plan: Scaling[] = []
  let down = 0
  for (const rs of active) {
    const size = u.replicasOf(rs)
    const unhealthy = Math.min(max - down, size - (rs.status?.availableReplicas ?? 0))
    if (unhealthy <= 0) continue
    sizes.set(rs, size - unhealthy)
    plan.push({ rs, replicas: size - unhealthy })
    down += unhealthy
  }
  let spare = u.sum(all, (rs) => rs.status?.availableReplicas ?? 0) - minAvailable
  for (const rs of active) {
    if (spare <= 0) break
    const size = sizes.get(rs) ?? 0
    const take = Math.min(size, spare)
    if (take === 0) continue
    plan.push({ rs, replicas: size - take })
    spare -= take
  }
  return plan
}

/** How a change of `replicas` is spread over the ReplicaSets. Source: DeploymentController.scale. */
export function planScale(d: Deployment, newRS: ReplicaSet | undefined, old: readonly ReplicaSet[]): Scaling[] {
  const wanted = d.spec.replicas ?? 1
  const active = together(old, newRS).filter((rs) => u.replicasOf(rs) > 0)
  const only = active.length === 0 ? (newRS ?? [...old].sort(u.byCreation).at(-1)) : active.length === 1 ? active[0] : undefined
  if (only !== undefined) return u.replicasOf(only) === wanted ? [] : [{ rs: only, replicas: wanted }]
  if (newRS !== undefined && isSaturated(d, newRS)) return old.filter((rs) => u.replicasOf(rs) > 0).map((rs) => ({ rs, replicas: 0 }))
  if (!u.isRollingUpdate(d)) return []
  const toAdd = (wanted > 0 ? wanted + u.maxSurge(d) : 0) - u.sum(active, u.replicasOf)
  const newerFirst = toAdd > 0
  active.sort((a, b) => u.replicasOf(b) - u.replicasOf(a) || (newerFirst ? u.byCreation(b, a) : u.byCreation(a, b)))
  let added = 0
  const plan = active.map((rs) => {
    const share = u.proportion(rs, d, toAdd, added)
    added += share
    return { rs, replicas: u.replicasOf(rs) + share }
  })
  const first = plan[0]
  if (first !== undefined && toAdd !== 0) plan[0] = { rs: first.rs, replicas: Math.max(0, first.replicas + toAdd - added) }
  return plan
}

function isSaturated(d: Deployment, rs: ReplicaSet): boolean {
  const wanted = d.spec.replicas ?? 1
  return (
    u.replicasOf(rs) === wanted &&
    Number(rs.metadata.annotations?.[u.DESIRED_REPLICAS]) === wanted &&
    (rs.status?.availableReplicas ?? 0) === wanted
  )
}

/** Old ReplicaSets beyond the history limit that are empty. Source: cleanupDeployment. */
export function planCleanUp(d: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = u.historyLimit(d)
  const alive = old.filter((rs) => rs.metadata.deletionTimestamp === undefined)
  if (limit === undefined || alive.length <= limit) return []
  alive.sort((a, b) => u.revisionOf(a) - u.revisionOf(b) || u.byCreation(a, b))
  return alive
    .slice(0, alive.length - limit)
    .filter(
      (rs) =>
        (rs.status?.replicas ?? 0) === 0 && u.replicasOf(rs) === 0 && (rs.metadata.generation ?? 0) <= (rs.status?.observedGeneration ?? 0),
    )
}

/** Counts and the Available condition. Source: calculateStatus. */
export function planStatus(d: Deployment, all: readonly ReplicaSet[], newRS: ReplicaSet | undefined, time: string): DeploymentStatus {
  const available = u.sum(all, (rs) => rs.status?.availableReplicas ?? 0)
  const enough = available >= (d.spec.replicas ?? 1) - u.maxUnavailable(d)
  const next = enough
    ? u.newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', time)
    : u.newCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', time)
  return {
    observedGeneration: d.metadata.generation,
    replicas: nonZero(u.sum(all, (rs) => rs.status?.replicas ?? 0)),
    updatedReplicas: nonZero(newRS?.status?.replicas ?? 0),
    readyReplicas: nonZero(u.sum(all, (rs) => rs.status?.readyReplicas ?? 0)),
    availableReplicas: nonZero(available),
    unavailableReplicas: nonZero(Math.max(0, u.sum(all, u.replicasOf) - available)),
    terminatingReplicas: u.sum(all, (rs) => rs.status?.terminatingReplicas ?? 0),
    collisionCount: d.status?.collisionCount,
    conditions: u.withCondition(d.status?.conditions, next),
  }
}

/** The status with the Progressing and ReplicaFailure conditions. Source: syncRolloutStatus. */
export function planRolloutStatus(
  d: Deployment,
  all: readonly ReplicaSet[],
  newRS: ReplicaSet | undefined,
  at: number,
  time: string,
): DeploymentStatus {
  const status = planStatus(d, all, newRS, time)
  const old = condition(d.status?.conditions, 'Progressing')
  let conditions = status.conditions ?? []
  if (!u.hasProgressDeadline(d)) conditions = conditions.filter((c) => c.type !== 'Progressing')
  const settled = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && old?.reason === 'NewReplicaSetAvailable'
  if (u.hasProgressDeadline(d) && !settled) {
    const what = newRS === undefined ? `Deployment "${d.metadata.name}"` : `ReplicaSet "${newRS.metadata.name}"`
    if (u.isComplete(d, status)) {
      conditions = u.withCondition(
        conditions,
        u.newCondition('Progressing', 'True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`, time),
      )
    } else if (u.isProgressing(d, status)) {
      const fresh = u.newCondition('Progressing', 'True', 'ReplicaSetUpdated', `${what} is progressing.`, time)
      const next: Condition = old?.status === 'True' ? { ...fresh, lastTransitionTime: old.lastTransitionTime } : fresh
      // Replaced even when nothing but the time changes: the deadline counts from the last progress.
      conditions = [...conditions.filter((c) => c.type !== 'Progressing'), next]
    } else if (u.isTimedOut(d, { ...status, conditions }, at)) {
      conditions = u.withCondition(
        conditions,
        u.newCondition('Progressing', 'False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`, time),
      )
    }
  }
  const failure = replicaFailure(all, newRS)
  if (failure === undefined) conditions = conditions.filter((c) => c.type !== 'ReplicaFailure')
  else conditions = u.withCondition(conditions, { ...failure, lastUpdateTime: failure.lastTransitionTime })
  return { ...status, conditions }
}

function replicaFailure(all: readonly ReplicaSet[], newRS: ReplicaSet | undefined): Condition | undefined {
  const own = condition(newRS?.status?.conditions, 'ReplicaFailure')
  if (own !== undefined) return own
  for (const rs of all) {
    const failure = condition(rs.status?.conditions, 'ReplicaFailure')
    if (failure !== undefined) return failure
  }
  return undefined
}

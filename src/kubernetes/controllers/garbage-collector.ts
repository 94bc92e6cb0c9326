/**
 * Garbage collector: deletes what no owner needs any more, by a graph of owner references of all objects.
 * Source: pkg/controller/garbagecollector.
 */
import { parseGroupVersion } from '#kubernetes/api/group-version.ts'
import { type DiscoveredResource, discover } from '#kubernetes/client/discovery.ts'
import { ApiError, isConflict, isNotFound } from '#kubernetes/client/errors.ts'
import type { Resource } from '#kubernetes/client/resources.ts'
import type { KubeObject, OwnerReference } from '#kubernetes/client/types/meta.ts'
import { runWorker, WorkQueue } from '#kubernetes/client/work-queue.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import type { Controller, ControllerContext } from './context.ts'

export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'
const WORKERS = 20
/** Uids remembered as absent. */
const ABSENT_KEPT = 500

/** An object in the graph. */
export interface GraphNode {
  readonly uid: string
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  owners: readonly OwnerReference[]
  readonly dependents: Set<GraphNode>
  /** Being deleted, and waiting for its dependents to go first. */
  deletingDependents: boolean
  beingDeleted: boolean
  /** Known only from an owner reference so far. */
  virtual: boolean
}

/** The graph of owners and dependents, and what is to be looked at after a change. */
export class OwnerGraph {
  readonly nodes = new Map<string, GraphNode>()
  readonly #delete: (uid: string) => void
  readonly #orphan: (uid: string) => void

  /** `toDelete`: look whether this object should go. `toOrphan`: free this object's dependents. */
  constructor(toDelete: (uid: string) => void, toOrphan: (uid: string) => void) {
    this.#delete = toDelete
    this.#orphan = toOrphan
  }

  /** An object was added or changed. */
  observe(apiVersion: string, kind: string, object: KubeObject): void {
    const { uid, name, namespace = '', ownerReferences = [], finalizers = [], deletionTimestamp } = object.metadata
    if (uid === undefined) return
    const deleting = deletionTimestamp !== undefined
    let node = this.nodes.get(uid)
    const known = node !== undefined && !node.virtual
    if (node === undefined) {
      node = {
        uid,
        apiVersion,
        kind,
        namespace,
        name,
        owners: [],
        dependents: new Set(),
        deletingDependents: false,
        beingDeleted: false,
        virtual: false,
      }
      this.nodes.set(uid, node)
    }
    node.virtual = false
    const before = node.owners
    node.owners = ownerReferences
    for (const ref of before) if (!ownerReferences.some((r) => r.uid === ref.uid)) this.nodes.get(ref.uid)?.dependents.delete(node)
    for (const ref of ownerReferences) this.#addDependent(ref, node)
    if (known) this.#unblocked(before, ownerReferences)
    const wasDeleting = node.beingDeleted
    node.beingDeleted = deleting
    if (!deleting) return
    if (finalizers.includes(ORPHAN) && !(wasDeleting && known)) this.#orphan(uid)
    if (finalizers.includes(FOREGROUND) && !node.deletingDependents) {
      node.deletingDependents = true
      for (const dependent of node.dependents) this.#delete(dependent.uid)
      this.#delete(uid)
    }
  }

  /** An object is gone (or never was). */
  remove(uid: string): void {
    const node = this.nodes.get(uid)
    if (node === undefined) return
    this.nodes.delete(uid)
    for (const ref of node.owners) this.nodes.get(ref.uid)?.dependents.delete(node)
    for (const dependent of node.dependents) this.#delete(dependent.uid)
    for (const ref of node.owners) {
      const owner = this.nodes.get(ref.uid)
      if (owner?.deletingDependents === true) this.#delete(owner.uid)
    }
  }

  #addDependent(ref: OwnerReference, node: GraphNode): void {
    let owner = this.nodes.get(ref.uid)
    if (owner === undefined) {
      owner = {
        uid: ref.uid,
        apiVersion: ref.apiVersion,
        kind: ref.kind,
        namespace: node.namespace,
        name: ref.name,
        owners: [],
        dependents: new Set(),
        deletingDependents: false,
        beingDeleted: false,
        virtual: true,
      }
      this.nodes.set(ref.uid, owner)
      // Whether it exists at all is found out by asking the server.
      this.#delete(ref.uid)
    }
    owner.dependents.add(node)
  }

  /** Owners that this object no longer holds up. */
  #unblocked(before: readonly OwnerReference[], after: readonly OwnerReference[]): void {
    for (const old of before) {
      const ref = after.find((r) => r.uid === old.uid)
      const freed = ref === undefined || (old.blockOwnerDeletion === true && ref.blockOwnerDeletion !== true)
      if (freed && this.nodes.get(old.uid)?.deletingDependents === true) this.#delete(old.uid)
    }
  }
}

export type OwnerState = 'solid' | 'dangling' | 'waiting'

/** The propagation with which a collected object is deleted: as its own finalizers ask. */
export function propagationOf(object: KubeObject): 'Orphan' | 'Foreground' | 'Background' {
  const finalizers = object.metadata.finalizers ?? []
  return finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background'
}

class GarbageCollector {
  readonly #context: ControllerContext
  readonly #resources = new Map<string, DiscoveredResource>()
  readonly #monitored = new Set<string>()
  readonly #toDelete: WorkQueue
  readonly #toOrphan: WorkQueue
  readonly #graph: OwnerGraph
  /** Uids of owners that are known not to exist. */
  readonly #absent = new Set<string>()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#toDelete = new WorkQueue(context.sim)
    this.#toOrphan = new WorkQueue(context.sim)
    this.#graph = new OwnerGraph(
      (uid) => this.#toDelete.add(uid),
      (uid) => this.#toOrphan.add(uid),
    )
  }

  *run(): Sim<void> {
    const { scope, informers, sim } = this.#context
    scope.onCancel(() => {
      this.#toDelete.shutDown()
      this.#toOrphan.shutDown()
    })
    for (let attempt = 0; ; attempt++) {
      try {
        yield* this.#resync()
        break
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
        yield* sim.sleep(Math.min(attempt + 1, 10) * SECOND)
      }
    }
    // Kinds whose server is down would be waited for without end: what is not known yet is asked for when needed.
    yield* sim.sleep(SECOND)
    for (let i = 0; i < WORKERS; i++) {
      scope.spawn(
        `garbage-collector ${i}`,
        runWorker(this.#toDelete, (uid) => this.#attemptToDelete(uid)),
      )
      scope.spawn(
        `garbage-collector orphan ${i}`,
        runWorker(this.#toOrphan, (uid) => this.#attemptToOrphan(uid)),
      )
    }
    const resyncs = new WorkQueue(sim)
    const crds = informers.of({
      group: 'apiextensions.k8s.io',
      version: 'v1',
      resource: 'customresourcedefinitions',
      kind: 'CustomResourceDefinition',
      namespaced: false,
    })
    // A new kind is served a moment after its definition is stored.
    crds.addHandler({ add: () => resyncs.addAfter('', SECOND), update: () => resyncs.addAfter('', SECOND) })
    scope.spawn(
      'garbage-collector resync',
      runWorker(resyncs, () => this.#resync()),
    )
  }

  /** Starts monitors for resources that have none yet. */
  *#resync(): Sim<void> {
    const { client, informers } = this.#context
    for (const resource of yield* discover(client)) {
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
      this.#resources.set(`${resource.group}/${resource.kind}`, resource)
      const key = `${resource.group}/${resource.resource}`
      const can = (verb: string): boolean => resource.verbs.includes(verb)
      if (this.#monitored.has(key) || resource.resource === 'events' || !can('delete') || !can('list') || !can('watch')) continue
      this.#monitored.add(key)
      const { group, version, kind, namespaced } = resource
      informers.of({ group, version, resource: resource.resource, kind, namespaced }).addHandler({
        add: (object) => this.#graph.observe(apiVersion, kind, object),
        update: (_, object) => this.#graph.observe(apiVersion, kind, object),
        delete: (object) => this.#graph.remove(object.metadata.uid ?? ''),
      })
    }
  }

  #resourceOf(apiVersion: string, kind: string): Resource | undefined {
    return this.#resources.get(`${parseGroupVersion(apiVersion).group}/${kind}`)
  }

  *#fresh(node: {
    readonly apiVersion: string
    readonly kind: string
    readonly namespace: string
    readonly name: string
  }): Sim<KubeObject | undefined> {
    const resource = this.#resourceOf(node.apiVersion, node.kind)
    if (resource === undefined) throw new Error(`unable to get REST mapping for ${node.apiVersion}/${node.kind}.`)
    return yield* this.#context.client.find(resource, resource.namespaced ? node.namespace : undefined, node.name)
  }

  *#attemptToDelete(uid: string): Sim<void> {
    const node = this.#graph.nodes.get(uid)
    if (node === undefined) return
    if (node.beingDeleted && !node.deletingDependents) return
    const latest = yield* this.#fresh(node)
    if (latest?.metadata.uid !== uid) {
      this.#noteAbsent(uid)
      this.#graph.remove(uid)
      return
    }
    if (node.virtual) return
    if (node.deletingDependents) return yield* this.#deletingDependents(node, latest)
    const owners = latest.metadata.ownerReferences ?? []
    if (owners.length === 0) return
    const states: OwnerState[] = []
    for (const ref of owners) states.push(yield* this.#stateOf(ref, node))
    const goners = owners.filter((_, i) => states[i] !== 'solid')
    if (states.includes('solid')) {
      if (goners.length > 0)
        yield* this.#dropOwners(
          latest,
          node,
          goners.map((ref) => ref.uid),
        )
      return
    }
    const waiting = states.includes('waiting')
    if (waiting && node.dependents.size > 0) {
      // A circle of objects that wait for each other: this one's owners stop waiting.
      if ([...node.dependents].some((d) => d.deletingDependents)) yield* this.#unblockOwners(latest, node)
      return yield* this.#delete(node, latest, 'Foreground')
    }
    yield* this.#delete(node, latest, propagationOf(latest))
  }

  #noteAbsent(uid: string): void {
    this.#absent.add(uid)
    if (this.#absent.size > ABSENT_KEPT)
      for (const oldest of this.#absent) {
        this.#absent.delete(oldest)
        break
      }
  }

  *#stateOf(ref: OwnerReference, node: GraphNode): Sim<OwnerState> {
    if (this.#absent.has(ref.uid)) return 'dangling'
    const owner = yield* this.#fresh({ ...ref, namespace: node.namespace })
    if (owner?.metadata.uid !== ref.uid) {
      this.#noteAbsent(ref.uid)
      return 'dangling'
    }
    const foreground = owner.metadata.deletionTimestamp !== undefined && (owner.metadata.finalizers ?? []).includes(FOREGROUND)
    return foreground ? 'waiting' : 'solid'
  }

  *#deletingDependents(node: GraphNode, latest: KubeObject): Sim<void> {
    const blocking = [...node.dependents].filter((d) => d.owners.some((ref) => ref.uid === node.uid && ref.blockOwnerDeletion === true))
    if (blocking.length === 0) return yield* this.#removeFinalizer(node, latest, FOREGROUND)
    for (const dependent of blocking) if (!dependent.deletingDependents) this.#toDelete.add(dependent.uid)
  }

  *#delete(node: GraphNode, latest: KubeObject, propagationPolicy: 'Orphan' | 'Foreground' | 'Background'): Sim<void> {
    const resource = this.#resourceOf(node.apiVersion, node.kind)
    if (resource === undefined) return
    const { uid, resourceVersion } = latest.metadata
    try {
      yield* this.#context.client.delete(resource, resource.namespaced ? node.namespace : undefined, node.name, {
        propagationPolicy,
        preconditions: { uid, resourceVersion },
      })
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
  }

  *#patch(
    node: { readonly apiVersion: string; readonly kind: string; readonly namespace: string; readonly name: string },
    metadata: Readonly<Record<string, unknown>>,
  ): Sim<void> {
    const resource = this.#resourceOf(node.apiVersion, node.kind)
    if (resource === undefined) return
    try {
      yield* this.#context.client.patch(resource, resource.namespaced ? node.namespace : undefined, node.name, 'merge', { metadata })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error
    }
  }

  *#dropOwners(latest: KubeObject, node: GraphNode, uids: readonly string[]): Sim<void> {
    const ownerReferences = (latest.metadata.ownerReferences ?? []).filter((ref) => !uids.includes(ref.uid))
    yield* this.#patch(node, { resourceVersion: latest.metadata.resourceVersion, ownerReferences })
  }

  *#unblockOwners(latest: KubeObject, node: GraphNode): Sim<void> {
    const ownerReferences = (latest.metadata.ownerReferences ?? []).map((ref) => ({ ...ref, blockOwnerDeletion: false }))
    yield* this.#patch(node, { resourceVersion: latest.metadata.resourceVersion, ownerReferences })
  }

  *#removeFinalizer(node: GraphNode, latest: KubeObject, finalizer: string): Sim<void> {
    const finalizers = latest.metadata.finalizers ?? []
    if (!finalizers.includes(finalizer)) return
    yield* this.#patch(node, { resourceVersion: latest.metadata.resourceVersion, finalizers: finalizers.filter((f) => f !== finalizer) })
  }

  *#attemptToOrphan(uid: string): Sim<void> {
    const node = this.#graph.nodes.get(uid)
    if (node === undefined) return
    for (const dependent of [...node.dependents]) {
      const latest = yield* this.#fresh(dependent)
      if (latest?.metadata.uid === dependent.uid) yield* this.#dropOwners(latest, dependent, [uid])
    }
    for (let attempt = 1; ; attempt++) {
      const latest = yield* this.#fresh(node)
      if (latest?.metadata.uid !== uid) return
      try {
        return yield* this.#removeFinalizer(node, latest, ORPHAN)
      } catch (error) {
        if (!isConflict(error) || attempt >= 5) throw error
      }
    }
  }
}

export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  serviceAccount: 'generic-garbage-collector',
  start: (context) => {
    context.scope.spawn('garbage-collector', new GarbageCollector(context).run())
  },
}

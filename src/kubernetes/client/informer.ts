/**
 * Informers: a local copy of all objects of a resource, kept up to date by list and watch, with handlers that are
 * told of every change. Handlers are plain callbacks (they put keys into queues). What is in the store is shared and frozen.
 * Source: client-go tools/cache.
 */
import type { Random } from '#sim/random.ts'
import { SECOND } from '#sim/time.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { type Client, reflectorBackoff } from './client.ts'
import { ApiError } from './errors.ts'
import type { Resource } from './resources.ts'
import type { Scope } from './scope.ts'
import type { KubeObject, Labels } from './types/meta.ts'

/** `namespace/name`, or `name` for what has no namespace. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

export function splitKey(key: string): {
  readonly namespace: string
  readonly name: string
} {
  const slash = key.indexOf('/')
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

export interface Handler<T> {
  add?(object: T): void
  update?(old: T, object: T): void
  delete?(object: T): void
}

export type IndexFunction<T> = (object: T) => readonly string[]

/** Objects by key, and by whatever indices are asked for. Order is the order of arrival. */
export class Indexer<T extends KubeObject> {
  readonly #objects = new Map<string, T>()
  readonly #indices = new Map<
    string,
    {
      readonly of: IndexFunction<T>
      readonly entries: Map<string, Map<string, T>>
    }
  >()

  constructor() {
    this.addIndex('namespace', (object) => [object.metadata.namespace ?? ''])
  }

  get size(): number {
    return this.#objects.size
  }

  addIndex(name: string, of: IndexFunction<T>): void {
    if (this.#indices.has(name)) return
    const index = { of, entries: new Map<string, Map<string, T>>() }
    this.#indices.set(name, index)
    for (const [key, object] of this.#objects) insert(index.entries, of(object), key, object)
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  find(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(namespace === undefined || namespace === '' ? name : `${namespace}/${name}`)
  }

  list(): T[] {
    return [...this.#objects.values()]
  }

  keys(): string[] {
    return [...this.#objects.keys()]
  }

  inNamespace(namespace: string): T[] {
    return this.byIndex('namespace', namespace)
  }

  byIndex(index: string, value: string): T[] {
    return [...(this.#indices.get(index)?.entries.get(value)?.values() ?? [])]
  }

  set(key: string, object: T): T | undefined {
    const old = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const index of this.#indices.values()) {
      if (old !== undefined) remove(index.entries, index.of(old), key)
      insert(index.entries, index.of(object), key, object)
    }
    return old
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key)
    if (old === undefined) return undefined
    this.#objects.delete(key)
    for (const index of this.#indices.values()) remove(index.entries, index.of(old), key)
    return old
  }
}

function insert<T>(entries: Map<string, Map<string, T>>, values: readonly string[], key: string, object: T): void {
  for (const value of values) {
    const entry = entries.get(value)
    if (entry === undefined) entries.set(value, new Map([[key, object]]))
    else entry.set(key, object)
  }
}

function remove<T>(entries: Map<string, Map<string, T>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const entry = entries.get(value)
    entry?.delete(key)
    if (entry?.size === 0) entries.delete(value)
  }
}

export interface InformerOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly namespace?: string
}

/** Watches end after 5 to 10 minutes and are taken up again. Source: client-go Reflector. */
const WATCH_MIN_SECONDS = 300

export class Informer<T extends KubeObject> {
  readonly resource: Resource<T>
  readonly store = new Indexer<T>()
  synced = false
  readonly #client: Client
  readonly #options: InformerOptions
  readonly #random: Random
  readonly #handlers: Handler<T>[] = []
  /** Fires with the first list. */
  readonly syncedQueue = new WaitQueue()

  constructor(client: Client, resource: Resource<T>, random: Random, options: InformerOptions = {}) {
    this.#client = client
    this.resource = resource
    this.#random = random
    this.#options = options
  }

  /** Tells `handler` of every change from now on, and of what is there already as additions. */
  addHandler(handler: Handler<T>): void {
    this.#handlers.push(handler)
    for (const object of this.store.list()) handler.add?.(object)
  }

  *waitForSync(): Sim<void> {
    while (!this.synced) yield* this.syncedQueue.wait()
  }

  /** Lists and watches for ever; whatever goes wrong, it starts again after a while. */
  *run(): Sim<never> {
    for (let attempt = 0; ; attempt++) {
      try {
        let version = yield* this.#list()
        attempt = 0
        for (;;) version = yield* this.#watch(version)
      } catch (error) {
        if (!(error instanceof Error) || error.name === 'AssertionError') throw error
      }
      yield* this.#client.sim.sleep(reflectorBackoff(attempt, this.#random.unit()))
    }
  }

  *#list(): Sim<string> {
    const { namespace, ...selectors } = this.#options
    const list = yield* this.#client.list(this.resource, namespace, selectors)
    const present = new Set<string>()
    for (const item of list.items) {
      const key = keyOf(item)
      present.add(key)
      this.#upsert(key, item)
    }
    for (const key of this.store.keys()) if (!present.has(key)) this.#remove(key, undefined)
    this.synced = true
    this.syncedQueue.wakeAll()
    return list.metadata.resourceVersion ?? '0'
  }

  /** One watch from `version` to its end; returns the version to go on from. */
  *#watch(version: string): Sim<string> {
    const { namespace, ...selectors } = this.#options
    const timeoutSeconds = WATCH_MIN_SECONDS + this.#random.below(WATCH_MIN_SECONDS)
    const began = this.#client.sim.now
    const watch = yield* this.#client.watch(this.resource, namespace, {
      ...selectors,
      resourceVersion: version,
      timeoutSeconds,
    })
    let last = version
    let count = 0
    try {
      for (;;) {
        const event = yield* watch.next()
        if (event === undefined) break
        if (event.type === 'ERROR') {
          const status = event.object as {
            readonly code?: number
            readonly message?: string
            readonly reason?: string
          }
          throw new ApiError(status.code ?? 500, status)
        }
        count++
        last = event.object.metadata.resourceVersion ?? last
        if (event.type === 'BOOKMARK') continue
        const key = keyOf(event.object)
        if (event.type === 'DELETED') this.#remove(key, event.object)
        else this.#upsert(key, event.object)
      }
    } finally {
      watch.stop()
    }
    if (count === 0 && this.#client.sim.now - began < SECOND) throw new Error('very short watch: unexpected watch close')
    return last
  }

  #upsert(key: string, object: T): void {
    const old = this.store.get(key)
    if (old !== undefined && old.metadata.resourceVersion === object.metadata.resourceVersion) return
    this.store.set(key, object)
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) {
      for (const handler of this.#handlers) handler.delete?.(old)
      for (const handler of this.#handlers) handler.add?.(object)
      return
    }
    for (const handler of this.#handlers) {
      if (old === undefined) handler.add?.(object)
      else handler.update?.(old, object)
    }
  }

  #remove(key: string, last: T | undefined): void {
    const old = this.store.delete(key)
    if (old === undefined) return
    for (const handler of this.#handlers) handler.delete?.(last ?? old)
  }
}

/** Where informers come from. */
export interface Informers {
  of<T extends KubeObject>(resource: Resource<T>, options?: InformerOptions): Informer<T>
  /** Waits until all that were asked for here have their first list. */
  waitForSync(): Sim<void>
}

/** The informers of one component, one a resource, started as they are asked for. */
export class InformerFactory implements Informers {
  readonly #client: Client
  readonly #scope: Scope
  readonly #random: Random
  /** By resource and selectors; the resource fixes the type of the informer's objects. */
  readonly #informers = new Map<string, unknown>()
  readonly #waits: (() => Sim<void>)[] = []

  constructor(client: Client, scope: Scope, random: Random) {
    this.#client = client
    this.#scope = scope
    this.#random = random
  }

  /** The informer of `resource`, shared by all who ask. */
  of<T extends KubeObject>(resource: Resource<T>, options: InformerOptions = {}): Informer<T> {
    const id = [resource.group, resource.version, resource.resource, options.namespace, options.labelSelector, options.fieldSelector].join(
      '|',
    )
    const known = this.#informers.get(id)
    if (known !== undefined) return known as Informer<T>
    const informer = new Informer<T>(this.#client, resource, this.#random, options)
    this.#informers.set(id, informer)
    this.#waits.push(() => informer.waitForSync())
    this.#scope.spawn(`informer ${resource.resource}`, informer.run())
    return informer
  }

  *waitForSync(): Sim<void> {
    for (const wait of this.#waits) yield* wait()
  }

  /** The same informers, for one user of them: waits only for those it asks for. */
  view(): Informers {
    const waits: (() => Sim<void>)[] = []
    const of = <T extends KubeObject>(resource: Resource<T>, options?: InformerOptions): Informer<T> => {
      const informer = this.of(resource, options)
      waits.push(() => informer.waitForSync())
      return informer
    }
    return {
      of,
      *waitForSync() {
        for (const wait of waits) yield* wait()
      },
    }
  }
}

/** True when every label of `wanted` is there with that value. */
export function hasLabels(labels: Labels | undefined, wanted: Labels): boolean {
  for (const [key, value] of Object.entries(wanted)) if (labels?.[key] !== value) return false
  return true
}

/**
 * Objects of one kind in the store, and who watches them: etcd's watch events, prepared once for every watcher.
 */

import type { JsonBody } from '#http/message.ts'
import { at, freeze, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { type FieldRequirement, type Labels, matches, type Selector } from '#kubernetes/api/labels.ts'
import type { Store, StoreEvent, Watch } from '#kubernetes/etcd/store.ts'
import type { Kind } from './registry/kind.ts'

/** What a list or watch selects. */
export interface Predicate {
  readonly namespace: string
  readonly labels: Selector
  readonly fields: readonly FieldRequirement[]
}

/** A change of an object. `bodies`: its encodings, made once for all watchers. */
export interface Change {
  readonly revision: number
  readonly object: Obj | undefined
  readonly previous: Obj | undefined
  readonly bodies: Map<string, JsonBody>
}

export interface Watcher {
  readonly predicate: Predicate
  readonly sink: (change: Change) => void
}

export class Storage {
  readonly kind: Kind
  readonly #store: Store
  readonly #all = new Set<Watcher>()
  /** Watchers of one node's pods or one name, by that value: the others' changes never reach them. */
  readonly #indexed = new Map<string, Set<Watcher>>()
  #watch: Watch | undefined

  constructor(kind: Kind, store: Store) {
    this.kind = kind
    this.#store = store
  }

  get store(): Store {
    return this.#store
  }

  key(namespace: string, name: string): string {
    return this.kind.namespaced ? `${this.kind.prefix}/${namespace}/${name}` : `${this.kind.prefix}/${name}`
  }

  prefix(namespace: string): string {
    return this.kind.namespaced && namespace !== '' ? `${this.kind.prefix}/${namespace}/` : `${this.kind.prefix}/`
  }

  get(namespace: string, name: string): Obj | undefined {
    return this.#store.get(this.key(namespace, name))?.value as Obj | undefined
  }

  /** Stores an object that is not there yet; undefined when it is. */
  create(namespace: string, name: string, object: Obj): Obj | undefined {
    const kv = this.#store.put(this.key(namespace, name), (revision) => withRevision(object, revision), 0)
    return kv?.value as Obj | undefined
  }

  /** Replaces an object that is as it was read; undefined when it has changed. */
  update(object: Obj, old: Obj): Obj | undefined {
    const key = this.key(str(old, 'metadata', 'namespace'), str(old, 'metadata', 'name'))
    const kv = this.#store.put(key, (revision) => withRevision(object, revision), Number(str(old, 'metadata', 'resourceVersion')))
    return kv?.value as Obj | undefined
  }

  /** Removes an object; returns it as it was last, with the revision of its removal. */
  delete(namespace: string, name: string): Obj | undefined {
    const event = this.#store.delete(this.key(namespace, name))
    return event?.previous === undefined ? undefined : withRevision(event.previous.value as Obj, event.revision)
  }

  list(predicate: Predicate): Obj[] {
    const out: Obj[] = []
    for (const kv of this.#store.range(this.prefix(predicate.namespace)).kvs) {
      if (selects(this.kind, predicate, kv.value as Obj)) out.push(kv.value as Obj)
    }
    return out
  }

  /** A watch of changes after a revision; undefined: from now. Throws CompactedError. */
  watch(predicate: Predicate, after: number | undefined, sink: (change: Change) => void): () => void {
    this.#start()
    if (after !== undefined) {
      for (const event of this.#store.since(`${this.kind.prefix}/`, after)) this.#offer({ predicate, sink }, this.#change(event))
    }
    const watcher = { predicate, sink }
    const index = indexOf(predicate)
    if (index === undefined) {
      this.#all.add(watcher)
      return () => this.#all.delete(watcher)
    }
    const set = this.#indexed.get(index) ?? new Set()
    this.#indexed.set(index, set)
    set.add(watcher)
    return () => {
      set.delete(watcher)
      if (set.size === 0 && this.#indexed.get(index) === set) this.#indexed.delete(index)
    }
  }

  /** Calls `sink` for every change from now on: for the server's own indexes. */
  observe(sink: (change: Change) => void): void {
    this.watch({ namespace: '', labels: [], fields: [] }, undefined, sink)
  }

  /** The kind is served no longer: nobody watches it any more. */
  close(): void {
    this.#watch?.cancel()
    this.#all.clear()
    this.#indexed.clear()
  }

  #start(): void {
    if (this.#watch !== undefined) return
    this.#watch = this.#store.watch(`${this.kind.prefix}/`, this.#store.revision, (event) => this.#dispatch(event))
  }

  #dispatch(event: StoreEvent): void {
    const change = this.#change(event)
    for (const watcher of this.#all) this.#offer(watcher, change)
    if (this.#indexed.size === 0) return
    const seen = new Set<string>()
    for (const object of [change.object, change.previous]) {
      if (object === undefined) continue
      for (const index of indexesOf(object)) {
        if (seen.has(index)) continue
        seen.add(index)
        for (const watcher of this.#indexed.get(index) ?? []) this.#offer(watcher, change)
      }
    }
  }

  #change(event: StoreEvent): Change {
    const gone = event.type === 'DELETE'
    return {
      revision: event.revision,
      object: gone ? undefined : (event.kv.value as Obj),
      previous:
        event.previous === undefined
          ? undefined
          : gone
            ? withRevision(event.previous.value as Obj, event.revision)
            : (event.previous.value as Obj),
      bodies: new Map(),
    }
  }

  #offer(watcher: Watcher, change: Change): void {
    const p = watcher.predicate
    const now = change.object !== undefined && selects(this.kind, p, change.object)
    const before = change.previous !== undefined && selects(this.kind, p, change.previous)
    if (now || before) watcher.sink(change)
  }
}

/** Which kind of event a change is for somebody who sees only what the predicate selects. */
export function eventType(kind: Kind, p: Predicate, change: Change): 'ADDED' | 'MODIFIED' | 'DELETED' {
  const now = change.object !== undefined && selects(kind, p, change.object)
  const before = change.previous !== undefined && selects(kind, p, change.previous)
  return now ? (before ? 'MODIFIED' : 'ADDED') : 'DELETED'
}

/** The object with another resourceVersion, frozen. */
export function withRevision(object: Obj, revision: number): Obj {
  return freeze({
    ...object,
    metadata: ordered(obj(object, 'metadata'), revision),
  })
}

const META_ORDER = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

function ordered(meta: Obj, revision: number): Obj {
  const out: { [key: string]: unknown } = {}
  for (const name of META_ORDER) {
    if (name === 'resourceVersion') out.resourceVersion = String(revision)
    else if (meta[name] !== undefined) out[name] = meta[name]
  }
  return out
}

function indexOf(p: Predicate): string | undefined {
  for (const f of p.fields) {
    if (f.negated) continue
    if (f.field === 'spec.nodeName') return `node/${f.value}`
    if (f.field === 'metadata.name') return `name/${f.value}`
  }
  return undefined
}

function indexesOf(object: Obj): string[] {
  return [`name/${str(object, 'metadata', 'name')}`, `node/${str(object, 'spec', 'nodeName')}`]
}

/** Tells whether a list or watch with this predicate shows the object. */
export function selects(kind: Kind, p: Predicate, object: Obj): boolean {
  const meta = object.metadata as Obj
  if (p.namespace !== '' && kind.namespaced && meta.namespace !== p.namespace) return false
  if (p.labels.length > 0 && !matches(p.labels, meta.labels as Labels | undefined)) return false
  for (const f of p.fields) if ((fieldValue(kind, object, f.field) === f.value) === f.negated) return false
  return true
}

function fieldValue(kind: Kind, object: Obj, field: string): string {
  if (field === 'metadata.name') return str(object, 'metadata', 'name')
  if (field === 'metadata.namespace') return str(object, 'metadata', 'namespace')
  return kind.fields?.[field]?.(object) ?? String(at(object, ...field.split('.')) ?? '')
}

/**
 * The store: etcd's model of keys, revisions and watches.
 *
 * Every write makes one new revision of the whole store. A key has the revisions of its creation and last change and a version
 * that counts its changes. A watch sees every change after a revision, in order, once. What is older than the compacted
 * revision can neither be listed nor watched. Values are frozen JSON.
 *
 *     rev  1        2        3        4
 *          put a=1  put b=1  put a=2  del b      range at 2: a=1 b=1    watch from 3: put a=2, del b
 */

export interface KeyValue {
  readonly key: string
  readonly value: unknown
  readonly createRevision: number
  readonly modRevision: number
  readonly version: number
  readonly lease: number
}

/** One change. `previous` is what the key had; `kv` what it has (for a delete: its revision, no value). */
export interface StoreEvent {
  readonly type: 'PUT' | 'DELETE'
  readonly revision: number
  readonly kv: KeyValue
  readonly previous: KeyValue | undefined
}

export interface Watch {
  cancel(): void
}

export interface RangeOptions {
  /** State as of this revision; the present one when absent. */
  readonly revision?: number
  /** At most this many; `more` tells whether there are others. */
  readonly limit?: number
  /** Only keys at or after this one. */
  readonly from?: string
}

export interface RangeResult {
  readonly kvs: readonly KeyValue[]
  /** All keys under the prefix at or after `from`, whatever the limit. */
  readonly count: number
  readonly more: boolean
  readonly revision: number
}

/** The revision asked for is gone (etcd: `mvcc: required revision has been compacted`). */
export class CompactedError extends Error {
  override name = 'CompactedError'
  readonly compactRevision: number

  constructor(compactRevision: number) {
    super('mvcc: required revision has been compacted')
    this.compactRevision = compactRevision
  }
}

interface Lease {
  readonly id: number
  readonly ttlSeconds: number
  readonly keys: Set<string>
}

/** Keys of one folder (`/registry/pods/`), kept sorted when somebody lists them. */
class Folder {
  readonly entries = new Map<string, KeyValue>()
  readonly watches = new Set<{
    readonly prefix: string
    readonly sink: (event: StoreEvent) => void
  }>()
  /** Changes, oldest first: all after `forgotten`. */
  history: StoreEvent[] = []
  /** Revision of the newest change that is no longer in the history. */
  forgotten = 0
  #sorted: string[] = []
  #fresh: string[] = []
  #stale = 0

  added(key: string): void {
    this.#fresh.push(key)
  }

  removed(): void {
    this.#stale++
  }

  /** Changes after a revision, in order. Throws {@link CompactedError}. */
  since(after: number): readonly StoreEvent[] {
    if (after < this.forgotten) throw new CompactedError(this.forgotten)
    return this.history.slice(this.#indexAfter(after))
  }

  /** Drops changes up to a revision, but keeps the newest {@link WINDOW}. */
  compact(revision: number): void {
    const drop = Math.min(this.#indexAfter(revision), this.history.length - WINDOW)
    if (drop <= 0) return
    this.forgotten = (this.history[drop - 1] as StoreEvent).revision
    this.history = this.history.slice(drop)
  }

  #indexAfter(revision: number): number {
    let low = 0
    let high = this.history.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.history[middle] as StoreEvent).revision <= revision) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Keys in order; may hold some that are gone. */
  keys(): readonly string[] {
    if (this.#fresh.length > 0 || this.#stale > this.#sorted.length / 2 + 16) {
      this.#sorted = [...this.entries.keys()].sort()
      this.#fresh = []
      this.#stale = 0
    }
    return this.#sorted
  }
}

/**
 * Changes of a folder that watches can still ask for after a compaction: the least an API server's watch cache keeps
 * (apiserver: watch_cache.go, defaultLowerBoundCapacity).
 */
const WINDOW = 100
/** Changes of one folder at most, for stores nobody compacts (watch_cache.go, defaultUpperBoundCapacity, smaller). */
const HISTORY_LIMIT = 20_000

export class Store {
  #revision = 1
  #compacted = 0
  readonly #folders = new Map<string, Folder>()
  readonly #leases = new Map<number, Lease>()
  /** Watches of more than one folder. */
  readonly #wide = new Set<{ readonly prefix: string; readonly sink: (event: StoreEvent) => void }>()

  /** The present revision. */
  get revision(): number {
    return this.#revision
  }

  get compactRevision(): number {
    return this.#compacted
  }

  /** Number of keys. */
  get size(): number {
    let n = 0
    for (const folder of this.#folders.values()) n += folder.entries.size
    return n
  }

  get(key: string): KeyValue | undefined {
    return this.#folders.get(folderOf(key))?.entries.get(key)
  }

  /**
   * Puts a value, if the key's last change is at `ifModRevision` (0: if there is no such key; absent: in any case).
   * `make` gets the revision the value will have. Returns undefined when the condition fails.
   */
  put(key: string, make: (revision: number) => unknown, ifModRevision?: number, lease = 0): KeyValue | undefined {
    const folder = this.#folder(key)
    const previous = folder.entries.get(key)
    if (ifModRevision !== undefined && (previous?.modRevision ?? 0) !== ifModRevision) return undefined
    const revision = this.#revision + 1
    const kv: KeyValue = {
      key,
      value: make(revision),
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      lease,
    }
    this.#revision = revision
    folder.entries.set(key, kv)
    if (previous === undefined) folder.added(key)
    if (lease !== 0) this.#leases.get(lease)?.keys.add(key)
    this.#record(folder, { type: 'PUT', revision, kv, previous })
    return kv
  }

  /** Deletes a key under the same condition; returns what it had, undefined when nothing was deleted. */
  delete(key: string, ifModRevision?: number): StoreEvent | undefined {
    const folder = this.#folder(key)
    const previous = folder.entries.get(key)
    if (previous === undefined || (ifModRevision !== undefined && previous.modRevision !== ifModRevision)) return undefined
    const revision = ++this.#revision
    folder.entries.delete(key)
    folder.removed()
    const event: StoreEvent = {
      type: 'DELETE',
      revision,
      kv: { ...previous, value: undefined, modRevision: revision, version: 0 },
      previous,
    }
    this.#record(folder, event)
    return event
  }

  /** The keys with a prefix, in order. Throws {@link CompactedError} for a revision that is gone. */
  range(prefix: string, options: RangeOptions = {}): RangeResult {
    const revision = options.revision ?? this.#revision
    if (revision < this.#compacted) throw new CompactedError(this.#compacted)
    const limit = options.limit ?? 0
    const past = revision < this.#revision ? this.#undo(prefix, revision) : undefined
    const kvs: KeyValue[] = []
    let count = 0
    for (const { folder, keys } of this.#spans(prefix, past)) {
      for (let i = lowerBound(keys, options.from !== undefined && options.from > prefix ? options.from : prefix); i < keys.length; i++) {
        const key = keys[i] as string
        if (!key.startsWith(prefix)) break
        const kv = past?.has(key) ? past.get(key) : folder?.entries.get(key)
        if (kv === undefined) continue
        count++
        if (limit === 0 || kvs.length < limit) kvs.push(kv)
      }
    }
    return { kvs, count, more: kvs.length < count, revision: this.#revision }
  }

  /**
   * Calls `sink` for every change of keys with `prefix` after revision `after`: first what has happened since, at once, then each
   * change as it happens, inside the write. Throws {@link CompactedError}.
   */
  watch(prefix: string, after: number, sink: (event: StoreEvent) => void): Watch {
    if (isWide(prefix)) return this.#watchWide(prefix, after, sink)
    const folder = this.#folder(prefix)
    for (const event of this.since(prefix, after)) sink(event)
    const watch = { prefix, sink }
    folder.watches.add(watch)
    return { cancel: () => folder.watches.delete(watch) }
  }

  #watchWide(prefix: string, after: number, sink: (event: StoreEvent) => void): Watch {
    for (const event of this.since(prefix, after)) sink(event)
    const watch = { prefix, sink }
    this.#wide.add(watch)
    return { cancel: () => this.#wide.delete(watch) }
  }

  /** Changes of keys with a prefix after a revision, in order. Throws {@link CompactedError}. */
  since(prefix: string, after: number): readonly StoreEvent[] {
    if (after >= this.#revision) return []
    if (isWide(prefix)) {
      return this.#under(prefix)
        .flatMap((folder) => folder.since(after))
        .filter((event) => event.kv.key.startsWith(prefix))
        .sort((a, b) => a.revision - b.revision)
    }
    return this.#folder(prefix)
      .since(after)
      .filter((event) => event.kv.key.startsWith(prefix))
  }

  /** Forgets what keys had before a revision, and all but the newest changes up to it. */
  compact(revision: number): void {
    if (revision <= this.#compacted) return
    this.#compacted = Math.min(revision, this.#revision)
    for (const folder of this.#folders.values()) folder.compact(this.#compacted)
  }

  /** Grants a lease; when it is revoked its keys go. Whoever owns the clock revokes it. */
  grant(id: number, ttlSeconds: number): void {
    this.#leases.set(id, { id, ttlSeconds, keys: new Set() })
  }

  revoke(id: number): void {
    for (const key of [...(this.#leases.get(id)?.keys ?? [])].sort()) this.delete(key)
    this.#leases.delete(id)
  }

  #folder(key: string): Folder {
    const name = folderOf(key)
    let folder = this.#folders.get(name)
    if (folder === undefined) {
      folder = new Folder()
      this.#folders.set(name, folder)
    }
    return folder
  }

  #record(folder: Folder, event: StoreEvent): void {
    folder.history.push(event)
    if (folder.history.length > HISTORY_LIMIT) this.compact((folder.history[HISTORY_LIMIT >> 1] as StoreEvent).revision)
    for (const watch of folder.watches) if (event.kv.key.startsWith(watch.prefix)) watch.sink(event)
    for (const watch of this.#wide) if (event.kv.key.startsWith(watch.prefix)) watch.sink(event)
  }

  /** What keys with a prefix had at a revision, for those that changed since. */
  #undo(prefix: string, revision: number): Map<string, KeyValue | undefined> {
    const out = new Map<string, KeyValue | undefined>()
    for (const folder of this.#under(prefix)) {
      const events = folder.since(revision)
      for (let i = events.length - 1; i >= 0; i--) {
        const event = events[i] as StoreEvent
        if (event.kv.key.startsWith(prefix)) out.set(event.kv.key, event.previous)
      }
    }
    return out
  }

  #spans(
    prefix: string,
    past: Map<string, KeyValue | undefined> | undefined,
  ): {
    readonly folder: Folder
    readonly keys: readonly string[]
  }[] {
    return this.#under(prefix).map((folder) => {
      const keys = folder.keys()
      const gone = past === undefined ? [] : [...past.keys()].filter((k) => this.#folder(k) === folder && !folder.entries.has(k))
      return {
        folder,
        keys: gone.length === 0 ? keys : [...new Set([...keys, ...gone])].sort(),
      }
    })
  }

  /** The folders that may hold keys with a prefix, in order. */
  #under(prefix: string): readonly Folder[] {
    if (isWide(prefix))
      return [...this.#folders]
        .filter(([name]) => name.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, folder]) => folder)
    const folder = this.#folders.get(folderOf(prefix))
    return folder === undefined ? [] : [folder]
  }
}

/** `/registry/pods/` of `/registry/pods/default/web`; CRs' folder is `/registry/<group>/<resource>/` by its first two names all the same. */
function folderOf(key: string): string {
  const first = key.indexOf('/', 1)
  const second = first < 0 ? -1 : key.indexOf('/', first + 1)
  return second < 0 ? key : key.slice(0, second + 1)
}

/** Keys with this prefix may lie in several folders. */
function isWide(prefix: string): boolean {
  return prefix.split('/').length <= 3
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Places that keep texts by name: IndexedDB, localStorage, memory. A failing place throws; the caller goes on without it. */
export interface Shelf {
  readonly name: string
  get(key: string): Promise<string | undefined>
  set(key: string, value: string): Promise<void>
  remove(key: string): Promise<void>
  keys(): Promise<readonly string[]>
  /** The same without waiting, where the place can: a page that is being left has no time for a promise. */
  readonly now?: {
    get(key: string): string | undefined
    set(key: string, value: string): void
  }
}

export function memoryShelf(name = 'memory', start: Readonly<Record<string, string>> = {}): Shelf {
  const texts = new Map(Object.entries(start))
  return {
    name,
    get: async (key) => texts.get(key),
    set: async (key, value) => void texts.set(key, value),
    remove: async (key) => void texts.delete(key),
    keys: async () => [...texts.keys()].sort(),
  }
}

const PREFIX = 'podlab:'

export function localShelf(storage: Storage): Shelf {
  return {
    name: 'localStorage',
    get: async (key) => storage.getItem(PREFIX + key) ?? undefined,
    set: async (key, value) => storage.setItem(PREFIX + key, value),
    remove: async (key) => storage.removeItem(PREFIX + key),
    keys: async () =>
      Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
        .filter((key) => key.startsWith(PREFIX))
        .map((key) => key.slice(PREFIX.length))
        .sort(),
    now: {
      get: (key) => storage.getItem(PREFIX + key) ?? undefined,
      set: (key, value) => storage.setItem(PREFIX + key, value),
    },
  }
}

const STORE = 'texts'

export function indexedShelf(factory: IDBFactory, database = 'podlab'): Shelf {
  let opening: Promise<IDBDatabase> | undefined
  const open = (): Promise<IDBDatabase> => {
    opening ??= new Promise((resolve, reject) => {
      const request = factory.open(database, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(STORE)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('IndexedDB cannot be opened'))
      request.onblocked = () => reject(new Error('IndexedDB is blocked by another tab'))
    })
    return opening
  }
  const run = async <T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const db = await open()
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, mode)
      const request = act(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onerror = () => reject(transaction.error ?? new Error('IndexedDB failed'))
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up'))
    })
  }
  return {
    name: 'IndexedDB',
    get: async (key) => {
      const value: unknown = await run<unknown>('readonly', (store) => store.get(key))
      return typeof value === 'string' ? value : value === undefined ? undefined : JSON.stringify(value)
    },
    set: async (key, value) => void (await run('readwrite', (store) => store.put(value, key))),
    remove: async (key) => void (await run('readwrite', (store) => store.delete(key))),
    keys: async () => (await run('readonly', (store) => store.getAllKeys())).map(String).sort(),
  }
}

import { expect, it } from 'vitest'
import { CompactedError, Store, type StoreEvent } from './store.ts'

const text = (events: readonly StoreEvent[]): string =>
  events.map((e) => `${e.revision} ${e.type} ${e.kv.key}${e.type === 'PUT' ? `=${String(e.kv.value)}` : ''}`).join(', ')

it('keeps revisions, compares, watches and compacts', () => {
  const store = new Store()
  const heard: StoreEvent[] = []
  store.watch('/registry/pods/', store.revision, (e) => heard.push(e))
  store.put('/registry/pods/a', () => 1, 0)
  const b = store.put('/registry/pods/b', (revision) => revision)
  expect(store.put('/registry/pods/a', () => 2, 0)).toBeUndefined()
  store.put('/registry/pods/a', () => 3)
  store.delete('/registry/pods/b', b?.modRevision)
  store.put('/registry/nodes/n', () => 1)
  expect(text(heard)).toBe('2 PUT /registry/pods/a=1, 3 PUT /registry/pods/b=3, 4 PUT /registry/pods/a=3, 5 DELETE /registry/pods/b')
  expect(store.range('/registry/pods/').kvs.map((kv) => kv.value)).toEqual([3])
  expect(store.range('/registry/pods/', { revision: 3 }).kvs.map((kv) => kv.value)).toEqual([1, 3])
  const late: StoreEvent[] = []
  store.watch('/registry/pods/', 3, (e) => late.push(e))
  expect(text(late)).toBe('4 PUT /registry/pods/a=3, 5 DELETE /registry/pods/b')
  store.compact(4)
  expect(() => store.range('/registry/pods/', { revision: 3 })).toThrow(CompactedError)
})

it('forgets changes by folder, the newest hundred never', () => {
  const store = new Store()
  store.put('/registry/nodes/n', () => 1)
  for (let i = 0; i < 150; i++) store.put('/registry/pods/a', () => i)
  store.compact(store.revision)
  const heard: StoreEvent[] = []
  store.watch('/registry/nodes/', 1, (e) => heard.push(e))
  store.watch('/registry/pods/', store.revision - 100, (e) => heard.push(e))
  expect(heard.map((e) => e.kv.value)).toEqual([1, ...Array.from({ length: 100 }, (_, i) => i + 50)])
  expect(() => store.watch('/registry/pods/', store.revision - 101, () => {})).toThrow(CompactedError)
})

it('reads several folders as they were', () => {
  const store = new Store()
  store.put('/registry/nodes/n', () => 1)
  const { revision } = store
  store.put('/registry/pods/a', () => 2)
  store.delete('/registry/nodes/n')
  store.delete('/registry/pods/a')
  expect(store.range('/registry/', { revision }).kvs.map((kv) => kv.key)).toEqual(['/registry/nodes/n'])
})

it('watches all folders at once, from a revision and as it happens', () => {
  const store = new Store()
  const { revision } = store
  store.put('/registry/pods/a', () => 1)
  store.put('/registry/nodes/n', () => 2)
  const heard: StoreEvent[] = []
  const watch = store.watch('/registry', revision, (e) => heard.push(e))
  store.delete('/registry/pods/a')
  store.put('other', () => 3)
  watch.cancel()
  store.put('/registry/pods/b', () => 4)
  expect(text(heard)).toBe('2 PUT /registry/pods/a=1, 3 PUT /registry/nodes/n=2, 4 DELETE /registry/pods/a')
})

import { describe, expect, it } from 'vitest'
import type { Channel } from './progress.ts'
import { MAX_LOG_CHARS, Progress } from './progress.ts'
import type { ProgressRecord } from './record.ts'
import { EMPTY, formatRecord, merge, parseRecord } from './record.ts'
import type { Shelf } from './shelf.ts'
import { localShelf, memoryShelf } from './shelf.ts'

const clock = (start = 1000): (() => number) => {
  let now = start
  return () => now++
}

const broken = (name: string): Shelf => {
  const fail = async (): Promise<never> => {
    throw new Error('forbidden')
  }
  return { name, get: fail, set: fail, remove: fail, keys: fail }
}

/** Two ends that hear each other, as two tabs do. */
function channels(): readonly [Channel, Channel] {
  const a: Channel = {
    postMessage: (data) => b.onmessage?.({ data }),
    onmessage: null,
  }
  const b: Channel = {
    postMessage: (data) => a.onmessage?.({ data }),
    onmessage: null,
  }
  return [a, b]
}

const RECORD: ProgressRecord = {
  version: 1,
  tasks: { 'a-task': 5 },
  questions: { 'a-q': { tries: 2, at: 9, answer: ['x'], done: 9 } },
  sections: { 'a-section': 3 },
}

describe('a record', () => {
  it('is read as it was written', () => {
    expect(parseRecord(formatRecord(RECORD))).toEqual({
      ok: true,
      value: RECORD,
    })
  })

  it.each([
    ['', 'it is not JSON'],
    ['7', 'it is not a record of progress'],
    ['{}', 'it has no version'],
    ['{"version": 2}', 'it was written by version 2 of this book'],
    ['{"version": 1, "tasks": {"a": "x"}, "questions": {}, "sections": {}}', 'its tasks cannot be read'],
    ['{"version": 1, "tasks": {"__proto__ ": 1}, "questions": {}, "sections": {}}', 'its tasks cannot be read'],
    ['{"version": 1, "tasks": {}, "questions": {"q": {}}, "sections": {}}', 'its questions cannot be read'],
    ['{"version": 1, "tasks": {}, "questions": {}}', 'its sections cannot be read'],
    [' '.repeat(1_000_001), 'it is too large'],
  ])('refuses %.40s', (text, problem) => {
    expect(parseRecord(text)).toEqual({ ok: false, problem })
  })

  it('merges to the same whatever the order, and never loses done', () => {
    const other: ProgressRecord = {
      version: 1,
      tasks: { 'a-task': 4, 'b-task': 7 },
      questions: { 'a-q': { tries: 3, at: 12, answer: ['y'] } },
      sections: {},
    }
    const merged = {
      version: 1,
      tasks: { 'a-task': 4, 'b-task': 7 },
      questions: { 'a-q': { tries: 3, at: 12, answer: ['y'], done: 9 } },
      sections: { 'a-section': 3 },
    }
    expect(merge(RECORD, other)).toEqual(merged)
    expect(merge(other, RECORD)).toEqual(merged)
    expect(merge(EMPTY, RECORD)).toEqual(RECORD)
  })
})

describe('progress', () => {
  it('is kept on every shelf and read from any that has it', async () => {
    const [one, two] = [memoryShelf('one'), memoryShelf('two')]
    const first = await Progress.open([one, two], undefined, clock())
    first.taskDone('a-task')
    first.answered('a-q', ['x'], false)
    first.answered('a-q', ['y'], true)
    first.sectionRead('a-section')
    await first.saved()
    const wanted = {
      version: 1,
      tasks: { 'a-task': 1000 },
      questions: { 'a-q': { tries: 2, at: 1002, answer: ['y'], done: 1002 } },
      sections: { 'a-section': 1003 },
    }
    expect((await Progress.open([memoryShelf(), two], undefined, clock())).record).toEqual(wanted)
    expect((await Progress.open([one], undefined, clock())).record).toEqual(wanted)
  })

  it('writes the mirror at once, for a reload that follows, but never over damage', async () => {
    const texts = new Map([['podlab:progress', formatRecord(RECORD)]])
    const storage = {
      getItem: (name: string) => texts.get(name) ?? null,
      setItem: (name: string, value: string) => void texts.set(name, value),
      removeItem: (name: string) => void texts.delete(name),
      key: (index: number) => [...texts.keys()][index] ?? null,
      clear: () => texts.clear(),
      get length() {
        return texts.size
      },
    }
    const progress = await Progress.open([localShelf(storage)], undefined, clock())
    progress.taskDone('b-task')
    expect(parseRecord(texts.get('podlab:progress') ?? '')).toEqual({
      ok: true,
      value: { ...RECORD, tasks: { 'a-task': 5, 'b-task': 1000 } },
    })
    await progress.saved()
    texts.set('podlab:progress', 'damaged')
    progress.taskDone('c-task')
    expect(texts.get('podlab:progress')).toBe('damaged')
    await progress.saved()
    expect([...texts.keys()]).toEqual(['podlab:set-aside:1002', 'podlab:progress'])
  })

  it('keeps done when a question is answered wrongly later', async () => {
    const progress = await Progress.open([memoryShelf()], undefined, clock())
    progress.answered('a-q', ['x'], true)
    progress.answered('a-q', ['z'], false)
    expect(progress.record.questions['a-q']).toEqual({
      tries: 2,
      at: 1001,
      answer: ['z'],
      done: 1000,
    })
  })

  it('sets damaged data aside, says so, and goes on with the good copy', async () => {
    const bad = memoryShelf('bad', { progress: '{oops' })
    const good = memoryShelf('good', { progress: formatRecord(RECORD) })
    const progress = await Progress.open([bad, good], undefined, clock())
    expect(progress.record).toEqual(RECORD)
    expect(progress.notices).toEqual([
      `The progress stored in bad can't be read: it is not JSON. It was set aside there as "set-aside:1000", unchanged.`,
    ])
    progress.taskDone('b-task')
    await progress.saved()
    expect(await bad.get('set-aside:1000')).toBe('{oops')
    expect(await bad.keys()).toEqual(['progress', 'set-aside:1000'])
  })

  it('never writes over what it could not set aside', async () => {
    const stuck = memoryShelf('stuck', { progress: 'precious' })
    const shelf: Shelf = {
      ...stuck,
      set: async () => Promise.reject(new Error('full')),
    }
    const progress = await Progress.open([shelf], undefined, clock())
    progress.taskDone('a-task')
    await progress.saved()
    expect(await stuck.get('progress')).toBe('precious')
    expect(progress.notices).toHaveLength(2)
  })

  it('goes on when a place is forbidden', async () => {
    const mirror = memoryShelf('mirror')
    const progress = await Progress.open([broken('main'), mirror], undefined, clock())
    progress.taskDone('a-task')
    await progress.saved()
    expect(await mirror.get('progress')).toContain('a-task')
    expect(progress.notices).toEqual([
      `Progress can't be read from main in this browser.`,
      `Progress can't be written to main in this browser.`,
    ])
  })

  it('is shared between tabs, and a tab that missed a message overwrites nothing', async () => {
    const shelf = memoryShelf()
    const [left, right] = channels()
    const a = await Progress.open([shelf], left, clock())
    const b = await Progress.open([shelf], right, clock(2000))
    const deaf = await Progress.open([shelf], undefined, clock(3000))
    a.taskDone('a-task')
    expect(b.record.tasks).toEqual({ 'a-task': 1000 })
    await a.saved()
    deaf.taskDone('c-task')
    await deaf.saved()
    expect((await Progress.open([shelf], undefined, clock())).record.tasks).toEqual({ 'a-task': 1000, 'c-task': 3000 })
  })

  it('exports what it imports, and refuses a bad file without change', async () => {
    const progress = await Progress.open([memoryShelf()], undefined, clock())
    expect(progress.import(formatRecord(RECORD))).toBeUndefined()
    expect(progress.export()).toBe(formatRecord(RECORD))
    expect(progress.import('{"version": 9}')).toBe('it was written by version 9 of this book')
    expect(progress.record).toEqual(RECORD)
  })

  it('forgets everything when asked, in every tab, and begins afresh', async () => {
    const shelves = [memoryShelf('one', { 'set-aside:1': 'x' }), memoryShelf('two')]
    const [left, right] = channels()
    const a = await Progress.open(shelves, left, clock())
    const b = await Progress.open(shelves, right, clock(2000))
    a.taskDone('a-task')
    await a.saveLog('a', 'log')
    await a.forget()
    expect([a.record, b.record]).toEqual([EMPTY, EMPTY])
    expect(await shelves[0]?.keys()).toEqual(['set-aside:1'])
    b.taskDone('b-task')
    await b.saved()
    expect((await Progress.open(shelves, undefined, clock())).record.tasks).toEqual({ 'b-task': 2000 })
  })

  it('keeps logs of labs within their bound', async () => {
    const progress = await Progress.open([memoryShelf()], undefined, clock())
    expect(await progress.saveLog('a', 'log')).toBe(true)
    expect(await progress.loadLog('a')).toBe('log')
    expect(await progress.saveLog('a', 'x'.repeat(MAX_LOG_CHARS + 1))).toBe(false)
    expect(await progress.loadLog('a')).toBeUndefined()
  })
})

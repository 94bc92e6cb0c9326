/** What the worker gives the reader's program in the place of Node. */
import { afterEach, describe, expect, it } from 'vitest'
import type { ClusterRequest } from '../messages.ts'
import { clusterFetch, connect, hear } from './fetch.ts'
import { errorText, inspect, line, setModuleAddress } from './inspect.ts'
import { createInterface } from './node/readline.ts'
import { Readable } from './node/stream.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('console', () => {
  it.each([
    [['a', 1, true, null, undefined], 'a 1 true null undefined'],
    [[{ a: 'b', c: [1, 2], d: undefined }], "{ a: 'b', c: [ 1, 2 ] }"],
    [[[], {}, new Map([['k', { v: 1 }]]), new Set([1])], "[] {} Map(1) { 'k' => { v: 1 } } Set(1) { 1 }"],
    [[{ 'x-y': () => 1 }], "{ 'x-y': [Function: x-y] }"],
    [[new Date(0)], '1970-01-01T00:00:00.000Z'],
  ])('%#', (values, text) => {
    expect(line(values)).toBe(text)
  })

  it('wraps what is long, bounds what is large, survives circles', () => {
    expect(inspect({ first: 'a'.repeat(50), second: 'b'.repeat(50) })).toBe(
      `{\n  first: '${'a'.repeat(50)}',\n  second: '${'b'.repeat(50)}'\n}`,
    )
    expect(inspect(Array.from({ length: 60 }, () => 0))).toContain('... 10 more')
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(inspect(circle)).toBe('{ self: [Circular] }')
  })

  it('shows of a stack the lines of the reader’s file', () => {
    setModuleAddress('blob:null/1-2')
    const error = new TypeError('no', { cause: new Error('why') })
    error.stack = 'TypeError: no\n    at reconcile (blob:null/1-2:12:3)\n    at x (blob:null/9:1:1)\n    at async blob:null/1-2:20:1'
    if (error.cause instanceof Error) error.cause.stack = ''
    expect(errorText(error)).toBe('TypeError: no\n    at reconcile (controller.ts:12)\n    at controller.ts:20\n  [cause]: Error: why')
  })
})

describe('fetch', () => {
  const asked: [number, ClusterRequest][] = []
  const cancelled: number[] = []
  let busy = 0
  connect({
    request: (id, request) => void asked.push([id, request]),
    cancel: (id) => void cancelled.push(id),
    busy: (by) => {
      busy += by
    },
  })
  afterEach(() => {
    asked.length = 0
    cancelled.length = 0
  })
  const SERVER = 'https://127.0.0.1:6443'

  it('asks the page and gives the answer as it comes', async () => {
    const answer = clusterFetch(`${SERVER}/api/v1/pods?limit=1`, { method: 'post', headers: { Accept: 'x' }, body: '{}' })
    const [[id, request] = [0, undefined]] = asked
    expect(request).toEqual({ method: 'POST', target: '/api/v1/pods?limit=1', headers: [['accept', 'x']], body: '{}' })
    hear(id, { kind: 'head', status: 201, headers: [['content-type', 'text/plain']] })
    const response = await answer
    expect([response.status, response.headers.get('content-type'), busy]).toEqual([201, 'text/plain', 1])
    hear(id, { kind: 'chunk', data: bytes('one ') })
    hear(id, { kind: 'chunk', data: bytes('two') })
    hear(id, { kind: 'end' })
    expect([await response.text(), busy]).toEqual(['one two', 0])
  })

  it('rejects as undici does when there is no answer, and reaches nothing else', async () => {
    const answer = clusterFetch(`${SERVER}/api`)
    hear(asked[0]?.[0] ?? 0, { kind: 'error', message: 'connect ECONNREFUSED 127.0.0.1:6443' })
    await expect(answer).rejects.toMatchObject({ message: 'fetch failed', cause: { message: 'connect ECONNREFUSED 127.0.0.1:6443' } })
    await expect(clusterFetch('https://elsewhere.example/')).rejects.toMatchObject({ message: 'fetch failed' })
    expect(busy).toBe(0)
  })

  it('is cancelled by its signal, before and during the answer', async () => {
    const early = new AbortController()
    const first = clusterFetch(`${SERVER}/a`, { signal: early.signal })
    early.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    const late = new AbortController()
    const second = clusterFetch(`${SERVER}/b`, { signal: late.signal })
    const id = asked[1]?.[0] ?? 0
    hear(id, { kind: 'head', status: 200, headers: [] })
    const response = await second
    late.abort(new Error('enough'))
    await expect(response.text()).rejects.toThrow('enough')
    expect(cancelled).toEqual([asked[0]?.[0], id])
    hear(id, { kind: 'chunk', data: bytes('too late') })
    expect(busy).toBe(0)
  })

  it('an answer without a body has none', async () => {
    const answer = clusterFetch(`${SERVER}/a`)
    const id = asked[0]?.[0] ?? 0
    hear(id, { kind: 'head', status: 204, headers: [] })
    hear(id, { kind: 'end' })
    expect(await (await answer).text()).toBe('')
  })
})

describe('streams', () => {
  it('lines come whole, however the parts are cut', async () => {
    const parts = ['{"a"', ':1}\n{"b":2}\r\n', 'last']
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(bytes(part))
        controller.close()
      },
    })
    const lines: unknown[] = []
    const reader = createInterface(Readable.fromWeb(source))
    await new Promise<void>((resolve) => {
      reader.on('line', (text) => lines.push(text))
      reader.on('close', () => resolve())
    })
    expect(lines).toEqual(['{"a":1}', '{"b":2}', 'last'])
  })
})

/** The parts of the runners that need no browser. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HttpPart } from '../../lab/protocol.ts'
import { ClusterBridge } from './bridge.ts'
import { CompileError, compile } from './compile.ts'
import { loadDraft, MAX_CHARS, saveDraft } from './draft.ts'
import { type ClusterRequest, parseFromWorker } from './messages.ts'
import { lineNamed, Output } from './output.ts'
import { within } from './runner.ts'

const file = (name: string): string => readFileSync(new URL(`../../../content/controller/${name}`, import.meta.url), 'utf8')

describe('the reader’s TypeScript', () => {
  const run = (source: string): string => compile(source).join('"CLIENT"')

  it.each([
    ['types go, lines stay', 'interface A {\n  b: string\n}\nconst c: number = 1\nexport {}', '\n\n\nconst c = 1\nexport {}'],
    [
      'an import of the client is cut',
      "import { Watch } from '@kubernetes/client-node'\nnew Watch()",
      'import { Watch } from "CLIENT"\nnew Watch()',
    ],
    ['so is a dynamic one', 'const k = await import("@kubernetes/client-node")', 'const k = await import("CLIENT")'],
    ['the name in a string is no import', "console.log('@kubernetes/client-node')", "console.log('@kubernetes/client-node')"],
    ['imports of types go', "import type { V1Pod } from '@kubernetes/client-node'\nlet p: V1Pod", '\nlet p'],
  ])('%s', (_name, source, code) => {
    expect(run(source).replaceAll(/ +$/gm, '')).toBe(code)
  })

  it.each([
    ['const a = {\n  b:\n}', 'controller.ts:3: Unexpected token'],
    ['let x: number =\nconst y = 1', 'controller.ts:2: Unexpected token'],
    [
      "\nimport fs from 'node:fs'\nfs.x()",
      "controller.ts:2: the embedded runner can import '@kubernetes/client-node' and nothing else, not 'node:fs'",
    ],
    [
      'await import(name)',
      "controller.ts:1: the embedded runner can import '@kubernetes/client-node' and nothing else, not a name that is computed",
    ],
    ["export * from 'x'", "controller.ts:1: the embedded runner can import '@kubernetes/client-node' and nothing else, not 'x'"],
  ])('%j is refused with its line', (source, message) => {
    expect(() => compile(source)).toThrow(new CompileError(message))
  })

  it('the programs of the book are programs, and keep their lines', () => {
    for (const name of ['starter.ts', 'solution.ts']) {
      const source = file(name)
      expect(run(source).split('\n').length).toBe(source.split('\n').length)
    }
    expect(file('starter.ts').match(/GAP \d/g)).toEqual(['GAP 1', 'GAP 2', 'GAP 3'])
    expect(file('solution.ts')).not.toContain('GAP')
  })
})

describe('what a worker says', () => {
  const request = { method: 'GET', target: '/api', headers: [['accept', '*/*']] }

  it.each([
    [{ type: 'pong', more: 1 }, { type: 'pong' }],
    [
      { type: 'request', id: 1, request },
      { type: 'request', id: 1, request },
    ],
    [{ type: 'request', id: 1, request: { ...request, method: 'CONNECT' } }, undefined],
    [{ type: 'request', id: 1, request: { ...request, target: 'https://elsewhere/' } }, undefined],
    [{ type: 'request', id: 1, request: { ...request, headers: [['a']] } }, undefined],
    [{ type: 'request', id: 1, request: { ...request, body: 'x'.repeat(4 << 20) } }, undefined],
    [
      { type: 'print', level: 'log', text: 'a' },
      { type: 'print', level: 'log', text: 'a' },
    ],
    [{ type: 'print', level: 'html', text: 'a' }, undefined],
    [{ type: 'exit', code: 'x' }, undefined],
    [{ type: 'eval' }, undefined],
    [null, undefined],
  ])('%# is read or refused', (data, wanted) => {
    expect(parseFromWorker(data)).toEqual(wanted)
  })
})

describe('the bridge to the lab', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** A lab that notes what is asked and cancelled, and answers when told to. */
  function lab(): {
    readonly bridge: ClusterBridge
    readonly asked: ClusterRequest[]
    readonly cancelled: string[]
    answer(index: number, part: HttpPart): void
  } {
    const asked: ClusterRequest[] = []
    const hearers: ((part: HttpPart) => void)[] = []
    const cancelled: string[] = []
    const bridge = new ClusterBridge(
      (request, hear) => {
        asked.push(request)
        hearers.push(hear)
        return () => void cancelled.push(request.target)
      },
      () => Date.now(),
    )
    return { bridge, asked, cancelled, answer: (index, part) => hearers[index]?.(part) }
  }
  const get = (target: string): ClusterRequest => ({
    method: 'GET',
    target,
    headers: [
      ['Accept', 'application/json'],
      ['x-noise', '1'],
    ],
  })

  it('carries requests there and parts back, without headers that would only fill the log', () => {
    const { bridge, asked, answer } = lab()
    const heard: HttpPart[] = []
    bridge.request(7, get('/api'), (part) => heard.push(part))
    expect(asked).toEqual([{ method: 'GET', target: '/api', headers: [['Accept', 'application/json']] }])
    answer(0, { kind: 'head', status: 200, headers: [] })
    answer(0, { kind: 'end' })
    expect(heard.map((part) => part.kind)).toEqual(['head', 'end'])
  })

  it('cancels one, or at its end all that are open', () => {
    const { bridge, cancelled, answer } = lab()
    for (const [id, target] of ['/a', '/b', '/c'].entries()) bridge.request(id, get(target), () => undefined)
    bridge.cancel(1)
    answer(0, { kind: 'end' })
    bridge.close()
    expect(cancelled).toEqual(['/b', '/c'])
    bridge.request(9, get('/d'), () => expect.unreachable())
  })

  it('slows down a program that runs wild', () => {
    const { bridge, asked, answer } = lab()
    for (let id = 0; id < 300; id++) {
      bridge.request(id, get('/api'), () => undefined)
      answer(id, { kind: 'end' })
    }
    expect(asked.length).toBe(200)
    vi.advanceTimersByTime(1000)
    expect(asked.length).toBeGreaterThan(215)
    expect(asked.length).toBeLessThan(225)
    bridge.close()
  })

  it('refuses more than it can hold', () => {
    const { bridge } = lab()
    const errors: string[] = []
    for (let id = 0; id < 201; id++) bridge.request(id, get('/watch'), (part) => part.kind === 'error' && errors.push(part.message))
    expect(errors).toEqual(['podlab: more than 200 requests at once'])
    bridge.close()
  })
})

describe('the page’s side', () => {
  it('keeps a program of a bounded size', () => {
    const texts = new Map<string, string>()
    const store = {
      getItem: (key: string) => texts.get(key) ?? null,
      setItem: (key: string, value: string) => void texts.set(key, value),
      removeItem: (key: string) => void texts.delete(key),
    }
    expect(loadDraft(store)).toBeUndefined()
    expect(saveDraft(store, 'const a = 1')).toBe(true)
    expect(loadDraft(store)).toBe('const a = 1')
    expect(saveDraft(store, 'x'.repeat(MAX_CHARS + 1))).toBe(false)
    expect(loadDraft(store)).toBe('const a = 1')
    texts.set('podlab:controller', 'x'.repeat(MAX_CHARS + 1))
    expect(loadDraft(store)).toBeUndefined()
  })

  it('shows the last lines, and knows which line a message names', () => {
    const output = new Output()
    for (let i = 0; i < 500; i++) output.add('log', `${i}\nb`)
    expect(output.lines.length).toBe(400)
    expect(output.lines.at(-2)?.text).toBe('499')
    expect(lineNamed('    at work (controller.ts:12)')).toBe(12)
    expect(lineNamed('nothing')).toBeUndefined()
  })

  it('gives up on what takes too long', async () => {
    await expect(within(5, 'Starting', new Promise(() => undefined))).rejects.toThrow('Starting took longer than 0 seconds')
    await expect(within(50, 'Starting', Promise.resolve(3))).resolves.toBe(3)
  })
})

/** The WebContainer adapter against a stand-in: processes of this machine's own Node in a folder. No third party is contacted. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { HttpPart } from '../../../lab/protocol.ts'
import type { ClusterRequest, Level } from '../messages.ts'
import { type Container, type ContainerProcess, unsupported } from './container.ts'
import { Deframer, frame } from './frames.ts'
import { type Limits, WebContainerRunner } from './runner.ts'

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

/** A WebContainer of the host's processes; `npm install` is a link to the packages of this project. */
class StandIn implements Container {
  readonly folder = mkdtempSync(join(tmpdir(), 'podlab-container-'))
  readonly commands: string[] = []
  down = false
  installs = 0

  async mount(tree: Record<string, { file: { contents: string } }>): Promise<void> {
    for (const [name, { file }] of Object.entries(tree)) writeFileSync(join(this.folder, name), file.contents)
  }

  async spawn(command: string, args: string[], options: { env?: Record<string, string> } = {}): Promise<ContainerProcess> {
    this.commands.push([command, ...args].join(' '))
    if (command === 'npm') {
      symlinkSync(MODULES, join(this.folder, 'node_modules'))
      return {
        exit: Promise.resolve(this.installs),
        input: new WritableStream(),
        output: streamOf('added 1 package\r\n'),
        kill: () => undefined,
      }
    }
    const child = spawn(process.execPath, args, { cwd: this.folder, env: { PATH: process.env.PATH, ...options.env } })
    const text = new TransformStream<Uint8Array, string>({
      transform: (part, out) => out.enqueue(new TextDecoder().decode(part)),
    })
    const source = Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>
    void source.pipeTo(text.writable).catch(() => undefined)
    return {
      exit: new Promise((resolve) => child.on('close', (code) => resolve(code ?? 137))),
      input: Writable.toWeb(child.stdin) as WritableStream<string>,
      output: text.readable,
      kill: () => void child.kill('SIGKILL'),
    }
  }

  teardown(): void {
    this.down = true
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function streamOf(text: string): ReadableStream<string> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(text)
      controller.close()
    },
  })
}

interface Set {
  readonly runner: WebContainerRunner
  readonly printed: string[]
  readonly asked: ClusterRequest[]
  readonly cancelled: string[]
  readonly ended: Promise<number>
  until(holds: () => boolean): Promise<void>
}

const made: StandIn[] = []
afterEach(() => {
  for (const container of made.splice(0)) container.teardown()
})

/** A runner over a stand-in and a lab that answers lists with one item and leaves watches open. */
function set(start: () => Promise<Container>, limits: Partial<Limits> = {}): Set {
  const printed: string[] = []
  const asked: ClusterRequest[] = []
  const cancelled: string[] = []
  const { promise: ended, resolve } = Promise.withResolvers<number>()
  const chunk = (value: object): HttpPart => ({ kind: 'chunk', data: new TextEncoder().encode(`${JSON.stringify(value)}\n`) })
  const item = (name: string): object => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, resourceVersion: '2' } })
  const runner = new WebContainerRunner({
    start,
    limits: { pauseMs: 1, ...limits },
    events: { output: (_level: Level, text) => void printed.push(text), exit: resolve },
    http: (request, hear) => {
      asked.push(request)
      hear({ kind: 'head', status: 200, headers: [['content-type', 'application/json']] })
      if (request.target.includes('watch=true')) hear(chunk({ type: 'ADDED', object: item('late ü') }))
      else {
        hear(chunk({ kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [item('one')] }))
        hear({ kind: 'end' })
      }
      return () => void cancelled.push(request.target)
    },
  })
  const until = async (holds: () => boolean): Promise<void> => {
    for (let i = 0; i < 1000 && !holds(); i++) await new Promise((next) => setTimeout(next, 20))
    if (!holds()) throw new Error(`it did not come to that:\n${printed.join('\n')}`)
  }
  return { runner, printed, asked, cancelled, ended, until }
}

function standIn(): StandIn {
  const container = new StandIn()
  made.push(container)
  return container
}

describe('a controller under Node in a container', () => {
  it('reaches the lab with the official client: lists, watches, prints, and ends when it is stopped', async () => {
    const container = standIn()
    const { runner, printed, asked, cancelled, until } = set(async () => container)
    await runner.boot()
    await runner.mount({
      'controller.ts': `import { CoreV1Api, KubeConfig, makeInformer, type V1Node } from '@kubernetes/client-node'
const config: KubeConfig = new KubeConfig()
config.loadFromDefault()
const core = config.makeApiClient(CoreV1Api)
const informer = makeInformer<V1Node>(config, '/api/v1/nodes', () => core.listNode())
informer.on('add', (node: V1Node) => console.log('seen', node.metadata?.name))
await informer.start()`,
    })
    await runner.run('controller.ts')
    await until(() => printed.includes('seen late ü'))
    expect(printed).toEqual(['npm install', 'added 1 package', 'seen one', 'seen late ü'])
    expect(asked.map(({ target }) => target.split('?')[0])).toEqual(['/api/v1/nodes', '/api/v1/nodes'])
    runner.kill()
    expect(cancelled.length).toBe(1)
    expect(container.commands).toEqual(['npm install --no-audit --no-fund --no-progress', 'node bridge.mjs', 'node controller.mjs'])
    await runner.boot()
    expect(container.commands.length).toBe(3)
  }, 60_000)

  it('tells how the program ended', async () => {
    const { runner, printed, ended } = set(async () => standIn())
    await runner.boot()
    await runner.mount({ 'controller.ts': 'const code: number = 3\nconsole.log("\\x1b[31mbye\\x1b[0m")\nprocess.exit(code)' })
    await runner.run('controller.ts')
    expect(await ended).toBe(3)
    expect(printed.at(-1)).toBe('bye')
  }, 60_000)

  it('is booted once more when it takes too long, and torn down when it comes too late', async () => {
    const late = standIn()
    const good = standIn()
    const { promise, resolve } = Promise.withResolvers<Container>()
    const boots = [promise, Promise.resolve(good)]
    const { runner, printed } = set(() => boots.shift() ?? Promise.reject(new Error('a third boot')), { bootMs: 20 })
    await runner.boot()
    expect(printed[0]).toBe('Booting the WebContainer took longer than 0 seconds; once more')
    resolve(late)
    await promise
    await Promise.resolve()
    expect([late.down, good.down]).toEqual([true, false])
  })

  it('gives up with the reason', async () => {
    const refused = set(() => Promise.reject(new Error('blocked by an extension')))
    await expect(refused.runner.boot()).rejects.toThrow('blocked by an extension')
    const container = standIn()
    container.installs = 1
    await expect(set(async () => container).runner.boot()).rejects.toThrow('npm install failed with exit code 1')
    expect(container.down).toBe(true)
  })

  it.each([
    [{ isSecureContext: true, crossOriginIsolated: true }, undefined],
    [{ isSecureContext: false, crossOriginIsolated: false }, 'HTTPS'],
    [{ isSecureContext: true, crossOriginIsolated: false }, 'Cross-Origin-Opener-Policy'],
  ])('support: %j', (scope, reason) => {
    if (reason === undefined) expect(unsupported(scope)).toBeUndefined()
    else expect(unsupported(scope)).toContain(reason)
  })
})

describe('messages over a terminal', () => {
  it('survive being cut anywhere, echoes and other output', () => {
    const messages = [{ a: 'ü'.repeat(3000) }, { b: 1 }]
    const text = `${frame('@pod', messages[0])}@lab.AAAA\r\nWarning: something\n${frame('@pod', messages[1])}`.replaceAll('\n', '\r\n')
    for (const size of [1, 7, 1000, text.length]) {
      const frames = new Deframer('@pod')
      const found: unknown[] = []
      for (let at = 0; at < text.length; at += size) found.push(...frames.take(text.slice(at, at + size)))
      expect(found).toEqual(messages)
    }
    expect(
      Math.max(
        ...frame('@pod', messages[0])
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(1600)
    expect(new Deframer('@pod').take('@pod.!!!\n')).toEqual([])
  })
})

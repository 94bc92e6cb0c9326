/**
 * Runs the reader's controller under real Node, in a WebContainer. The program reaches the lab by an HTTP server inside the container
 * (`bridge.mjs`), which talks to this page through its terminal.
 */
import type { HttpPart } from '../../../lab/protocol.ts'
import { isObject } from '../../../progress/record.ts'
import { ClusterBridge, type Http } from '../bridge.ts'
import { stripTypes } from '../compile.ts'
import { parseRequest } from '../messages.ts'
import { type Runner, RunnerError, type RunnerEvents, within } from '../runner.ts'
import bridgeSource from './bridge.mjs?raw'
import type { Container, ContainerProcess } from './container.ts'
import { Deframer, FROM_POD, frame, TO_POD, toBase64 } from './frames.ts'

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters:
- name: kind-kind
  cluster: {server: 'http://127.0.0.1:8001', insecure-skip-tls-verify: true}
contexts:
- name: kind-kind
  context: {cluster: kind-kind, user: kind-kind}
current-context: kind-kind
users:
- name: kind-kind
  user: {}
`
const PACKAGE = JSON.stringify({ private: true, type: 'module', dependencies: { '@kubernetes/client-node': '2.0.1' } }, null, 2)

export interface Limits {
  readonly bootMs: number
  readonly installMs: number
  readonly bridgeMs: number
  /** Attempts to boot, and the pause between them. */
  readonly attempts: number
  readonly pauseMs: number
}

const LIMITS: Limits = { bootMs: 60_000, installMs: 180_000, bridgeMs: 20_000, attempts: 2, pauseMs: 2_000 }

export interface WebContainerOptions {
  readonly start: () => Promise<Container>
  readonly http: Http
  readonly events: RunnerEvents
  readonly limits?: Partial<Limits>
}

const file = (contents: string): { file: { contents: string } } => ({ file: { contents } })

export class WebContainerRunner implements Runner {
  readonly #options: WebContainerOptions
  readonly #limits: Limits
  #container: Container | undefined
  #booting: Promise<void> | undefined
  #files: Readonly<Record<string, string>> = {}
  #processes: ContainerProcess[] = []
  #bridge: ClusterBridge | undefined
  /** Grows with each end: what still comes of an earlier run is dropped. */
  #turn = 0

  constructor(options: WebContainerOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
  }

  /** Boots a container and installs the client; both are kept for later runs. */
  async boot(): Promise<void> {
    this.#booting ??= this.#start()
    try {
      await this.#booting
    } catch (error) {
      this.#booting = undefined
      throw error
    }
  }

  async #start(): Promise<void> {
    const container = await this.#bootWithRetry()
    try {
      await container.mount({ 'package.json': file(PACKAGE), kubeconfig: file(KUBECONFIG), 'bridge.mjs': file(bridgeSource) })
      await within(this.#limits.installMs, 'npm install', this.#install(container))
    } catch (error) {
      container.teardown()
      throw asRunnerError(error)
    }
    this.#container = container
  }

  async mount(files: Readonly<Record<string, string>>): Promise<void> {
    this.#files = files
  }

  async run(name: string): Promise<void> {
    const code = stripTypes(this.#files[name] ?? '')
    const container = this.#container
    if (container === undefined) throw new RunnerError('The container has not been booted')
    await container.mount({ 'controller.mjs': file(code) })
    const turn = this.#turn
    await within(this.#limits.bridgeMs, 'Connecting the container with the lab', this.#connect(container))
    const program = await container.spawn('node', ['controller.mjs'], { env: { KUBECONFIG: 'kubeconfig' } })
    if (turn !== this.#turn) {
      program.kill()
      return
    }
    this.#processes.push(program)
    const drawn = readLines(program.output, (line) => turn === this.#turn && this.#options.events.output('log', line))
    void program.exit.then(async (code) => {
      // The last lines may still be on their way.
      await drawn
      if (turn !== this.#turn) return
      this.kill()
      this.#options.events.exit(code)
    })
  }

  /** Ends program and bridge; the container stays for the next run. */
  kill(): void {
    this.#turn++
    this.#bridge?.close()
    for (const process of this.#processes.splice(0)) process.kill()
  }

  async #bootWithRetry(): Promise<Container> {
    const { attempts, bootMs, pauseMs } = this.#limits
    for (let attempt = 1; ; attempt++) {
      const starting = this.#options.start()
      try {
        return await within(bootMs, 'Booting the WebContainer', starting)
      } catch (error) {
        // One that comes too late must not stay.
        void starting.then(
          (late) => late.teardown(),
          () => undefined,
        )
        if (attempt >= attempts) throw asRunnerError(error)
        this.#options.events.output('note', `${asRunnerError(error).message}; once more`)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }

  async #install(container: Container): Promise<void> {
    const { output } = this.#options.events
    output('note', 'npm install')
    const npm = await container.spawn('npm', ['install', '--no-audit', '--no-fund', '--no-progress'])
    const drawn = readLines(npm.output, (line) => output('note', line))
    const code = await npm.exit
    await drawn
    if (code !== 0) throw new RunnerError(`npm install failed with exit code ${code}`)
  }

  /** Starts the bridge; resolves when it listens. */
  async #connect(container: Container): Promise<void> {
    const bridge = new ClusterBridge(this.#options.http)
    this.#bridge = bridge
    const process = await container.spawn('node', ['bridge.mjs'])
    this.#processes.push(process)
    const input = process.input.getWriter()
    const tell = (id: number, part: HttpPart): void => {
      const plain = part.kind === 'chunk' ? { ...part, data: toBase64(part.data) } : part
      input.write(frame(TO_POD, { id, part: plain })).catch(() => undefined)
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const frames = new Deframer(FROM_POD)
    const hear = (message: unknown): void => {
      if (!isObject(message)) return
      const { type, id } = message
      if (type === 'ready') resolve()
      else if (typeof id !== 'number') return
      else if (type === 'cancel') bridge.cancel(id)
      else if (type === 'request') {
        const request = parseRequest(message.request)
        if (request === undefined) tell(id, { kind: 'error', message: 'podlab: no request the lab takes' })
        else bridge.request(id, request, (part) => tell(id, part))
      }
    }
    void read(process.output, (text) => {
      for (const message of frames.take(text)) hear(message)
    })
    void process.exit.then((code) => reject(new RunnerError(`The bridge to the lab ended with exit code ${code}`)))
    await promise
  }
}

function asRunnerError(error: unknown): RunnerError {
  return error instanceof RunnerError ? error : new RunnerError(error instanceof Error ? error.message : String(error))
}

async function read(stream: ReadableStream<string>, hear: (text: string) => void): Promise<void> {
  const reader = stream.getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) hear(part.value)
  } catch {
    // The process was killed.
  }
}

/** Lines of a terminal without its colours. */
async function readLines(stream: ReadableStream<string>, hear: (line: string) => void): Promise<void> {
  let rest = ''
  await read(stream, (text) => {
    const lines = (rest + text).replace(/\x1b\[[\d;?]*[A-Za-z]/g, '').split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
  if (rest !== '') hear(rest)
}

/**
 * The embedded runner: a sandboxed frame of an origin of its own, without a network, in it a worker with the official client. Its
 * requests come here over a message port and go on to the lab.
 */
import { isObject } from '../../progress/record.ts'
import { ClusterBridge, type Http } from './bridge.ts'
import { type FromWorker, parseFromWorker, type ToWorker } from './messages.ts'
import { type Runner, RunnerError, type RunnerEvents, within } from './runner.ts'
import runtimeUrl from './runtime/worker.ts?worker&url'

const BOOT_MS = 30_000
/** A program that lets nothing else happen is asked this often, and stopped when it has not answered so many times. */
const PING_MS = 1_000
const MAX_MISSED = 5

export interface EmbeddedOptions {
  /** Address of the frame's page. */
  readonly frame: string
  readonly http: Http
  readonly events: RunnerEvents
  /** Where the frame is put. */
  readonly host: HTMLElement
}

export class EmbeddedRunner implements Runner {
  readonly #options: EmbeddedOptions
  #frame: HTMLIFrameElement | undefined
  #port: MessagePort | undefined
  #bridge: ClusterBridge | undefined
  #watchdog: ReturnType<typeof setInterval> | undefined
  #missed = 0
  #answered: (() => void) | undefined
  #files: Readonly<Record<string, string>> = {}
  /** Grows with each end: an earlier start that fails late ends nothing. */
  #turn = 0

  constructor(options: EmbeddedOptions) {
    this.#options = options
  }

  async boot(): Promise<void> {
    this.kill()
    const turn = this.#turn
    try {
      await within(BOOT_MS, 'Starting the runner', this.#start())
    } catch (error) {
      if (turn === this.#turn) this.kill()
      throw error
    }
  }

  async mount(files: Readonly<Record<string, string>>): Promise<void> {
    this.#files = files
  }

  async run(file: string): Promise<void> {
    const { compile } = await import('./compile.ts')
    const pieces = compile(this.#files[file] ?? '')
    this.#send({ type: 'run', pieces })
    this.#missed = 0
    this.#watchdog = setInterval(() => this.#watch(), PING_MS)
  }

  kill(): void {
    this.#turn++
    clearInterval(this.#watchdog)
    this.#bridge?.close()
    this.#port?.close()
    this.#frame?.remove()
    this.#port = undefined
    this.#frame = undefined
    this.#answered = undefined
  }

  async #start(): Promise<void> {
    const [runtime, frame] = await Promise.all([loadRuntime(), this.#openFrame()])
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#bridge = new ClusterBridge(this.#options.http)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#answered = resolve
    const failed = (event: MessageEvent<unknown>): void => {
      if (event.source !== frame.contentWindow || !isObject(event.data) || event.data.type !== 'podlab:failed') return
      reject(new RunnerError(`The runner could not be started: ${String(event.data.message).slice(0, 500)}`))
    }
    window.addEventListener('message', failed)
    port1.onmessage = (event) => {
      const message = parseFromWorker(event.data)
      if (message !== undefined) this.#hear(message)
    }
    // The frame's origin is opaque: no other target can be named, and what is sent is no secret.
    frame.contentWindow?.postMessage({ type: 'podlab:start', runtime }, '*', [port2])
    await promise.finally(() => window.removeEventListener('message', failed))
  }

  #openFrame(): Promise<HTMLIFrameElement> {
    const frame = document.createElement('iframe')
    frame.setAttribute('sandbox', 'allow-scripts')
    frame.title = 'Runner of your controller'
    frame.hidden = true
    frame.src = this.#options.frame
    this.#frame = frame
    return new Promise((resolve) => {
      frame.addEventListener('load', () => resolve(frame), { once: true })
      this.#options.host.append(frame)
    })
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'pong':
        this.#missed = 0
        this.#answered?.()
        return
      case 'print':
        this.#options.events.output(message.level, message.text)
        return
      case 'request': {
        const { id, request } = message
        this.#bridge?.request(id, request, (part) => this.#send({ type: 'part', id, part }))
        return
      }
      case 'cancel':
        this.#bridge?.cancel(message.id)
        return
      case 'exit':
        this.kill()
        this.#options.events.exit(message.code)
    }
  }

  #watch(): void {
    if (this.#missed >= MAX_MISSED) {
      this.kill()
      this.#options.events.exit(
        1,
        `Stopped: for ${MAX_MISSED} seconds your code has let nothing else happen. It is probably in an endless loop; a loop that waits has an await in it.`,
      )
      return
    }
    this.#missed++
    this.#send({ type: 'ping' })
  }

  #send(message: ToWorker): void {
    this.#port?.postMessage(message)
  }
}

async function loadRuntime(): Promise<string> {
  const response = await fetch(runtimeUrl)
  if (!response.ok) throw new RunnerError(`The client library could not be loaded (status ${response.status})`)
  return response.text()
}

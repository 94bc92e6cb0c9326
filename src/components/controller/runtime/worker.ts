/**
 * The worker of the embedded runner, inside the sandboxed frame: gives the reader's module the official Kubernetes client and a
 * console, and runs it. Its port leads to the page.
 */
import './globals.ts'
import * as client from '@kubernetes/client-node'
import type { FromWorker, Level, ToWorker } from '../messages.ts'
import { connect, hear } from './fetch.ts'
import { attachLife, Exited, later } from './globals.ts'
import { inspect, line, setModuleAddress } from './inspect.ts'

/** Lines on their way that the page has not answered for by a ping; what comes beyond is counted, not sent. */
const MAX_UNSEEN = 500
const QUIET_MS = 100
const CLIENT = Symbol.for('podlab.client')

let port: MessagePort | undefined
let unseen = 0
let lost = 0
let pending = 1
let turns = 0
let ended = false

const send = (message: FromWorker): void => port?.postMessage(message)

function print(level: Level, text: string): void {
  if (unseen >= MAX_UNSEEN) {
    lost++
    return
  }
  unseen++
  send({ type: 'print', level, text })
}

function seen(): void {
  unseen = 0
  if (lost > 0) print('note', `podlab: ${lost} more lines were too many at once and are not shown`)
  lost = 0
}

function exit(code: number): void {
  if (ended) return
  ended = true
  seen()
  send({ type: 'exit', code })
}

/**
 * When nothing is left that could ever call the program again, it has ended, as under Node. Looked at a moment later, for the body of an
 * answer is read in tasks of the browser's own.
 */
function busy(by: 1 | -1): void {
  pending += by
  const turn = ++turns
  if (pending === 0) later(() => pending === 0 && turn === turns && exit(0), QUIET_MS)
}

function crash(error: unknown): void {
  if (error instanceof Exited) return
  print('error', `Uncaught ${inspect(error)}`)
  exit(1)
}

const write =
  (level: Level) =>
  (...values: readonly unknown[]) =>
    print(level, line(values))
Object.assign(console, {
  log: write('log'),
  info: write('log'),
  debug: write('log'),
  warn: write('error'),
  error: write('error'),
  dir: (value: unknown) => print('log', inspect(value)),
  table: write('log'),
  trace: write('error'),
})

const moduleOf = (source: string): string => URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))

/** A module that exports the client, at an address of its own, so that the reader's imports work as they stand. */
function clientModule(): string {
  Object.assign(globalThis, { [CLIENT]: client })
  const names = Object.keys(client).filter((name) => name !== 'default')
  return moduleOf(`const c = globalThis[Symbol.for('podlab.client')]\nexport const { ${names.join(', ')} } = c\nexport default c\n`)
}

async function run(pieces: readonly string[]): Promise<void> {
  const address = moduleOf(pieces.join(JSON.stringify(clientModule())))
  setModuleAddress(address)
  try {
    await import(/* @vite-ignore */ address)
  } catch (error) {
    crash(error)
  }
  busy(-1)
}

function listen(event: MessageEvent<ToWorker>): void {
  const { data } = event
  switch (data.type) {
    case 'run':
      void run(data.pieces)
      return
    case 'part':
      hear(data.id, data.part)
      return
    case 'ping':
      seen()
      send({ type: 'pong' })
  }
}

connect({ request: (id, request) => send({ type: 'request', id, request }), cancel: (id) => send({ type: 'cancel', id }), busy })
attachLife({ busy, exit })
self.addEventListener('error', (event) => {
  event.preventDefault()
  crash(event.error ?? event.message)
})
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  crash(event.reason)
})

declare global {
  /** Made by the frame before it loads this module. */
  var podlabPort: Promise<MessagePort>
}

port = await globalThis.podlabPort
port.onmessage = listen
send({ type: 'pong' })

import { bodyBytes, type MessageChannel } from '#http/message.ts'
import type { Proc } from '#linux/syscalls.ts'
import { concat, decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { CommandError, ServerError } from '../errors.ts'
import { printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { escapeQuery, type KubeObject } from '../rest.ts'

/** Channels of the v5.channel.k8s.io protocol. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

export interface StreamRequest {
  readonly namespace: string
  readonly pod: string
  readonly container?: string
  readonly stdin: boolean
  readonly tty: boolean
  /** The container has ended already: show its log instead. */
  readonly finished?: boolean
}

interface PodStatus {
  readonly phase?: string
  readonly containerStatuses?: readonly {
    readonly name: string
    readonly state?: { readonly running?: unknown; readonly terminated?: { readonly exitCode?: number } }
  }[]
}

/** Waits until a Pod runs (true) or has ended (false). */
export function* waitUntilRunning(k: Kubectl, namespace: string, name: string): Sim<boolean> {
  const rest = yield* k.rest()
  const running = (pod: KubeObject): boolean | undefined => {
    const { phase, containerStatuses } = (pod.status ?? {}) as PodStatus
    if (phase === 'Succeeded' || phase === 'Failed') return false
    return phase === 'Running' && containerStatuses?.every((c) => c.state?.running !== undefined) ? true : undefined
  }
  const path = `/api/v1/namespaces/${namespace}/pods`
  const first = yield* rest.json('GET', `${path}/${name}`)
  let result = running(first)
  if (result !== undefined) return result
  yield* rest.watch(
    path,
    { query: { fieldSelector: `metadata.name=${name}`, resourceVersion: first.metadata?.resourceVersion } },
    function* (event) {
      result = event.type === 'DELETED' ? false : running(event.object)
      return result === undefined
    },
  )
  return result ?? false
}

/** Attaches to a running container; returns its exit code once it ends. */
export function* attachTo(k: Kubectl, request: StreamRequest): Sim<number> {
  const rest = yield* k.rest()
  if (request.finished === true) {
    yield* showLog(k, request)
    return yield* exitCodeOf(k, request)
  }
  const channel = yield* rest.upgrade(streamPath(request, 'attach', []), ['v5.channel.k8s.io'])
  yield* stream(k.proc, channel, request)
  return yield* exitCodeOf(k, request)
}

/** {@link attachTo}; a container that ended before anybody could attach is followed by its log. Source: kubectl run, handleAttachPod. */
export function* attachOrLog(k: Kubectl, request: StreamRequest): Sim<number> {
  try {
    return yield* attachTo(k, request)
  } catch (error) {
    if (!(error instanceof ServerError) || request.finished === true) throw error
    yield* printError(k.proc, `warning: couldn't attach to pod/${request.pod}, falling back to streaming logs: ${error.message}\n`)
    return yield* attachTo(k, { ...request, finished: true })
  }
}

function* showLog(k: Kubectl, request: StreamRequest): Sim<void> {
  const rest = yield* k.rest()
  const log = yield* rest.request('GET', `/api/v1/namespaces/${request.namespace}/pods/${request.pod}/log`, undefined, {
    query: { follow: 'true', container: request.container },
  })
  yield* k.proc.write(1, yield* bodyBytes(log.body))
}

/** What the container's process returned, from the Pod's status; waits for it to be written. */
function* exitCodeOf(k: Kubectl, request: StreamRequest): Sim<number> {
  const rest = yield* k.rest()
  const path = `/api/v1/namespaces/${request.namespace}/pods`
  const code = (pod: KubeObject): number | undefined =>
    ((pod.status ?? {}) as PodStatus).containerStatuses?.[0]?.state?.terminated?.exitCode
  const first = yield* rest.json('GET', `${path}/${request.pod}`)
  let found = code(first)
  if (found !== undefined) return found
  yield* rest.watch(
    path,
    { query: { fieldSelector: `metadata.name=${request.pod}`, resourceVersion: first.metadata?.resourceVersion } },
    function* (event) {
      found = event.type === 'DELETED' ? 0 : code(event.object)
      return found === undefined
    },
  )
  return found ?? 0
}

/** Path of an exec or attach request. */
export function streamPath(request: StreamRequest, verb: 'exec' | 'attach', command: readonly string[]): string {
  const query = [
    ...command.map((word) => `command=${escapeQuery(word)}`),
    ...(request.container === undefined ? [] : [`container=${escapeQuery(request.container)}`]),
    ...(request.tty ? [] : ['stderr=true']),
    ...(request.stdin ? ['stdin=true'] : []),
    'stdout=true',
    ...(request.tty ? ['tty=true'] : []),
  ]
  return `/api/v1/namespaces/${request.namespace}/pods/${request.pod}/${verb}?${query.join('&')}`
}

/** The Status on the error channel. */
interface ExecStatus {
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] }
}

/**
 * Runs the streams of an exec or attach until the server closes them; returns the command's exit code.
 * With a terminal the local one is raw and its size follows.
 */
export function* stream(proc: Proc, channel: MessageChannel, request: StreamRequest): Sim<number> {
  const raw = request.tty && request.stdin && proc.isatty(0)
  const saved = raw ? proc.tcgetattr(0) : undefined
  if (saved !== undefined) {
    proc.tcsetattr(0, {
      ...saved,
      icanon: false,
      echo: false,
      isig: false,
      icrnl: false,
      ixon: false,
      opost: false,
      iexten: false,
      vmin: 1,
      vtime: 0,
    })
    sendSize(proc, channel)
    proc.sigaction(28, () => sendSize(proc, channel))
  }
  const writer = request.stdin ? proc.fork((child) => pumpStdin(child, channel)) : undefined
  try {
    for (;;) {
      const message = yield* channel.receive()
      if (message === undefined) return 0
      const bytes = typeof message === 'string' ? encode(message) : message
      const payload = bytes.subarray(1)
      if (bytes[0] === CHANNEL.stdout && payload.length > 0) yield* proc.write(1, payload)
      else if (bytes[0] === CHANNEL.stderr && payload.length > 0) yield* proc.write(2, payload)
      else if (bytes[0] === CHANNEL.error) return exitCode(JSON.parse(decode(payload)) as ExecStatus)
    }
  } finally {
    channel.close()
    if (writer !== undefined) proc.kill(writer, 9)
    if (saved !== undefined) proc.tcsetattr(0, saved)
  }
}

function exitCode(status: ExecStatus): number {
  if (status.status === 'Success') return 0
  const code = status.details?.causes?.find((c) => c.reason === 'ExitCode')?.message
  if (code === undefined) throw new CommandError(status.message ?? 'error executing command in container')
  return Number(code)
}

function sendSize(proc: Proc, channel: MessageChannel): void {
  const { rows, cols } = proc.getWinSize(0)
  channel.send(framed(CHANNEL.resize, encode(JSON.stringify({ Width: cols, Height: rows }))))
}

function framed(channel: number, data: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([channel]), data])
}

function* pumpStdin(proc: Proc, channel: MessageChannel): Sim<number> {
  for (;;) {
    const data = yield* proc.read(0, 32_768)
    if (data.length === 0) {
      channel.send(Uint8Array.from([CHANNEL.close, CHANNEL.stdin]))
      return 0
    }
    channel.send(framed(CHANNEL.stdin, data))
  }
}

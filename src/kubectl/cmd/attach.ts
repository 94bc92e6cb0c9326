import { bodyBytes, type MessageChannel } from '#http/message.ts'
import { objs, str } from '#kubernetes/api/json.ts'
import type { Proc } from '#linux/syscalls.ts'
import { concat, decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { CommandError, ServerError } from '../errors.ts'
import { print, printError } from '../io.ts'
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
}

export interface AttachRequest extends StreamRequest {
  readonly container: string
  /** Only what comes from the container is shown. */
  readonly quiet: boolean
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

/**
 * Attaches to a running container of `pod` until it ends or the terminal goes; returns 0. A terminal is used when the container has one.
 * Source: kubectl pkg/cmd/attach, AttachOptions.Run.
 */
export function* attachTo(k: Kubectl, pod: KubeObject, wanted: AttachRequest): Sim<number> {
  const container = containerOf(pod, wanted.container)
  const has = container?.tty === true
  if (wanted.tty && !has && !wanted.quiet)
    yield* printError(k.proc, `error: Unable to use a TTY - container ${wanted.container} did not allocate one\n`)
  const request = { ...wanted, tty: has }
  if (!wanted.quiet)
    yield* printError(
      k.proc,
      "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n",
    )
  const rest = yield* k.rest()
  const channel = yield* rest.upgrade(streamPath(request, 'attach', []), ['v5.channel.k8s.io'])
  yield* stream(k.proc, channel, request)
  const raw = request.tty && request.stdin && k.proc.isatty(0)
  if (!wanted.quiet && raw) yield* print(k.proc, `${reattachMessage(wanted, container?.ephemeral === true)}\n`)
  return 0
}

function reattachMessage({ namespace, pod, container }: AttachRequest, ephemeral: boolean): string {
  const command = `'kubectl attach ${pod} -c ${container} -n ${namespace} -i -t'`
  return ephemeral
    ? `Session ended, the ephemeral container will not be restarted but may be reattached using ${command} if it is still running`
    : `Session ended, resume using ${command} command`
}

function containerOf(pod: KubeObject, name: string): { readonly tty: boolean; readonly ephemeral: boolean } | undefined {
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    const found = objs(pod, 'spec', list).find((c) => str(c, 'name') === name)
    if (found !== undefined) return { tty: found.tty === true, ephemeral: list === 'ephemeralContainers' }
  }
  return undefined
}

/** {@link attachTo}; a container that ended before anybody could attach is followed by its log. Source: kubectl run, handleAttachPod. */
export function* attachOrLog(k: Kubectl, pod: KubeObject, request: AttachRequest & { readonly finished: boolean }): Sim<void> {
  if (request.finished) return yield* showLog(k, request)
  try {
    yield* attachTo(k, pod, request)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    yield* printError(k.proc, `warning: couldn't attach to pod/${request.pod}, falling back to streaming logs: ${error.message}\n`)
    yield* showLog(k, request)
  }
}

function* showLog(k: Kubectl, request: AttachRequest): Sim<void> {
  const rest = yield* k.rest()
  const log = yield* rest.request('GET', `/api/v1/namespaces/${request.namespace}/pods/${request.pod}/log`, undefined, {
    query: { follow: 'true', container: request.container },
  })
  yield* k.proc.write(1, yield* bodyBytes(log.body))
}

/** Waits until a pod has ended, or under `succeeded` until it has ended well. Source: kubectl run, waitForPod. */
export function* waitUntilEnded(k: Kubectl, namespace: string, name: string, succeeded: boolean): Sim<KubeObject> {
  const rest = yield* k.rest()
  const path = `/api/v1/namespaces/${namespace}/pods`
  const over = (pod: KubeObject): boolean => {
    const phase = str(pod, 'status', 'phase')
    return phase === 'Succeeded' || (phase === 'Failed' && !succeeded)
  }
  let pod = yield* rest.json('GET', `${path}/${name}`)
  if (over(pod)) return pod
  yield* rest.watch(
    path,
    { query: { fieldSelector: `metadata.name=${name}`, resourceVersion: pod.metadata?.resourceVersion } },
    function* (event) {
      if (event.type === 'DELETED') throw new CommandError(`pods ${JSON.stringify(name)} not found`)
      pod = event.object
      return !over(pod)
    },
  )
  return pod
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

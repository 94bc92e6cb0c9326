/** The kubelet's HTTP server (port 10250): logs, exec, attach, port-forward, pods, statistics. Source: pkg/kubelet/server. */

import {
  Headers,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  JsonBody,
  type MessageChannel,
  parseTarget,
  type Query,
  textResponse,
} from '#http/message.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'
import type { Proc } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type ByteStream, type ContainerInfo, type ExecSession, RpcError } from '../cri/types.ts'
import type { Kubelet } from './kubelet.ts'
import { LogFollower, type LogOptions } from './logs.ts'

/** WebSocket protocols for streams of processes, newest first. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']
const PORT_PROTOCOLS = ['v4.channel.k8s.io', 'v5.channel.k8s.io', 'portforward.k8s.io']
const STDIN = 0
const STDOUT = 1
const STDERR = 2
const ERROR = 3
const RESIZE = 4
const CLOSE = 255

/** The handler of a kubelet's port. Who may ask is checked by whoever serves it. */
export function kubeletHandler(kubelet: Kubelet, proc: Proc): HttpHandler {
  return function* (request) {
    const { path, query } = parseTarget(request.target)
    const parts = path.split('/').filter((p) => p !== '')
    const [what = '', namespace = '', name = '', fourth = '', fifth] = parts
    switch (what) {
      case 'healthz':
        return textResponse(200, 'ok')
      case 'pods':
        return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: kubelet.pods() })
      case 'stats':
        return json(summary(kubelet))
      case 'metrics':
        return namespace === 'resource'
          ? textResponse(200, resourceMetrics(kubelet), 'text/plain; version=0.0.4; charset=utf-8')
          : textResponse(200, '')
      case 'containerLogs':
        return containerLogs(kubelet, proc, namespace, name, fourth, query)
      case 'exec':
      case 'attach':
      case 'run': {
        const container = fifth ?? fourth
        const found = findContainer(kubelet, namespace, name, container)
        if (typeof found === 'string') return textResponse(404, found)
        return yield* streams(kubelet, request, what, found, query)
      }
      case 'portForward':
        return portForward(kubelet, request, namespace, name, query)
      default:
        return textResponse(404, '404 page not found\n', 'text/plain; charset=utf-8')
    }
  }
}

function json(value: unknown): HttpResponse {
  return { status: 200, headers: new Headers([['content-type', 'application/json']]), body: new JsonBody(value) }
}

function findContainer(kubelet: Kubelet, namespace: string, name: string, container: string): ContainerInfo | string {
  const pod = kubelet.findPod(namespace, name)
  if (pod === undefined) return 'pod does not exist'
  const info = kubelet.runningContainer(pod, container)
  return info ?? `container not found ("${container}")`
}

// Logs

function containerLogs(kubelet: Kubelet, proc: Proc, namespace: string, name: string, container: string, query: Query): HttpResponse {
  const pod = kubelet.findPod(namespace, name)
  if (pod === undefined) return textResponse(404, `pod "${name}" does not exist\n`)
  const specs = [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])]
  if (!specs.some((c) => c.name === container)) return textResponse(404, `container "${container}" not found in pod "${name}"\n`)
  const previous = query.get('previous') === 'true'
  const instances = (kubelet.cri.runtime?.listContainers() ?? [])
    .filter((c) => c.config.name === container && c.config.labels['io.kubernetes.pod.uid'] === pod.metadata.uid)
    .reverse()
  const info = previous ? instances[1] : instances[0]
  if (info === undefined || info.state === 'created')
    return textResponse(
      400,
      `${missingLog(
        pod,
        specs.find((c) => c.name === container),
        previous,
        instances.length > 0,
      )}\n`,
    )
  const number = (key: string): number | undefined => {
    const text = query.get(key)
    return text === undefined || text === '' ? undefined : Number(text)
  }
  const sinceSeconds = number('sinceSeconds')
  const sinceTime = query.get('sinceTime')
  const options: LogOptions = {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    since:
      sinceTime !== undefined && sinceTime !== ''
        ? kubelet.timeOf(sinceTime)
        : sinceSeconds === undefined
          ? undefined
          : kubelet.sim.now - sinceSeconds * 1_000_000,
    stream: query.get('stream'),
  }
  const follower = new LogFollower(
    proc,
    info.logPath,
    options,
    () => kubelet.cri.runtime?.containerStatus(info.id)?.state === 'running',
    kubelet.containerStopped,
  )
  return { status: 200, headers: new Headers([['content-type', 'text/plain']]), body: follower }
}

/** Why there is no log. Source: validateContainerLogStatus. */
function missingLog(pod: Pod, container: Container | undefined, previous: boolean, started: boolean): string {
  const name = container?.name ?? ''
  const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((s) => s.name === name)
  if (previous) return `previous terminated container "${name}" in pod "${pod.metadata.name}" not found`
  const waiting = status?.state.waiting
  if (waiting === undefined && !started) return `container "${name}" in pod "${pod.metadata.name}" is not available`
  const reason = waiting?.reason ?? 'ContainerCreating'
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
    return `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${reason === 'ErrImagePull' ? "image can't be pulled" : 'trying and failing to pull image'}`
  return `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`
}

// Exec and attach

const truthy = (query: Query, ...names: readonly string[]): boolean => names.some((n) => query.get(n) === 'true' || query.get(n) === '1')

function* streams(kubelet: Kubelet, request: HttpRequest, what: string, info: ContainerInfo, query: Query): Sim<HttpResponse> {
  const runtime = kubelet.cri.runtime
  if (runtime === undefined) return textResponse(500, 'container runtime is down')
  const protocol = chooseProtocol(request, PROTOCOLS)
  if (protocol === undefined) return textResponse(400, 'unable to upgrade: missing upgrade headers in request')
  const stdin = truthy(query, 'stdin', 'input')
  const tty = truthy(query, 'tty')
  const command = query.getAll('command')
  const wanted = {
    stdin,
    tty,
    stdout: truthy(query, 'stdout', 'output') || what === 'exec',
    stderr: !tty && (truthy(query, 'stderr', 'error') || what === 'exec'),
  }
  const open = function* (): Sim<ExecSession> {
    return what === 'attach' ? runtime.attach(info.id) : yield* runtime.exec(info.id, command, { stdin, tty })
  }
  return {
    status: 101,
    headers: upgradeHeaders(protocol),
    body: new Uint8Array(0),
    upgrade: (channel) => serveStreams(kubelet, channel, open, wanted, what === 'attach' ? undefined : command),
  }
}

function chooseProtocol(request: HttpRequest, known: readonly string[]): string | undefined {
  if ((request.headers.get('upgrade') ?? '').toLowerCase() !== 'websocket') return undefined
  const offered = request.headers
    .getAll('sec-websocket-protocol')
    .flatMap((v) => v.split(','))
    .map((v) => v.trim())
  return offered.find((p) => known.includes(p)) ?? (offered.length === 0 ? known[0] : undefined)
}

function upgradeHeaders(protocol: string): Headers {
  return new Headers([
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-protocol', protocol],
  ])
}

function message(channel: number, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 1)
  out[0] = channel
  out.set(data, 1)
  return out
}

/** Status of a command that ended with `code`, as the error channel tells it. Source: containerd, streaming_runtime.go. */
function exitStatus(code: number, command: readonly string[]): object {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command [${command.join(' ')}], exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

/** Carries the streams of a command, or of what it attaches to (`command` undefined). */
function* serveStreams(
  kubelet: Kubelet,
  channel: MessageChannel,
  open: () => Sim<ExecSession>,
  wanted: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean; readonly tty: boolean },
  command: readonly string[] | undefined,
): Sim<void> {
  let session: ExecSession
  try {
    session = yield* open()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    const text = `Internal error occurred: error executing command in container: ${error.desc}`
    const missing = /executable file not found|no such file|permission denied/.test(error.desc)
    const status = missing
      ? {
          metadata: {},
          status: 'Failure',
          message: `command terminated with non-zero exit code: ${error.desc}`,
          reason: 'NonZeroExitCode',
          details: { causes: [{ reason: 'ExitCode', message: '126' }] },
        }
      : {
          metadata: {},
          status: 'Failure',
          message: text,
          reason: 'InternalError',
          details: { causes: [{ message: `error executing command in container: ${error.desc}` }] },
          code: 500,
        }
    if (missing) channel.send(message(STDERR, encode(`${error.message}\n`)))
    channel.send(message(ERROR, encode(JSON.stringify(status))))
    channel.close(1000)
    return
  }
  const input = kubelet.scope.spawn('stream input', readInput(channel, session, wanted.stdin))
  for (;;) {
    const part = yield* session.read()
    if (part === undefined) break
    if (part.stream === 'stdout' ? wanted.stdout : wanted.stderr)
      channel.send(message(part.stream === 'stdout' ? STDOUT : STDERR, part.data))
    if (input.ended && command !== undefined) break
  }
  const code = command === undefined ? 0 : yield* session.wait()
  channel.send(message(ERROR, encode(JSON.stringify(exitStatus(code, command ?? [])))))
  session.close()
  channel.close(1000)
}

function* readInput(channel: MessageChannel, session: ExecSession, stdin: boolean): Sim<void> {
  for (;;) {
    const received = yield* channel.receive()
    if (received === undefined) break
    const bytes = typeof received === 'string' ? encode(received) : received
    const [number = CLOSE] = bytes
    const data = bytes.subarray(1)
    if (number === STDIN && stdin) session.write(data)
    else if (number === RESIZE) resize(session, data)
    else if (number === CLOSE && data[0] === STDIN) session.write(undefined)
  }
  session.close()
}

function resize(session: ExecSession, data: Uint8Array): void {
  try {
    const size = JSON.parse(String.fromCharCode(...data)) as { readonly Width?: number; readonly Height?: number }
    if (size.Width !== undefined && size.Height !== undefined) session.resize(size.Height, size.Width)
  } catch {
    // What is no size is ignored, as upstream does.
  }
}

// Port-forward

/**
 * Two channels a port: data and error, numbered in the order of the `port` parameters. The first message of each is the port's
 * number, little endian.
 */
function portForward(kubelet: Kubelet, request: HttpRequest, namespace: string, name: string, query: Query): HttpResponse {
  const pod = kubelet.findPod(namespace, name)
  if (pod === undefined) return textResponse(404, 'pod does not exist')
  const protocol = chooseProtocol(request, PORT_PROTOCOLS)
  if (protocol === undefined) return textResponse(400, 'unable to upgrade: missing upgrade headers in request')
  const ports = query
    .getAll('port')
    .flatMap((p) => p.split(','))
    .map(Number)
    .filter((p) => p > 0)
  if (ports.length === 0) return textResponse(400, 'query parameter "port" is required')
  return {
    status: 101,
    headers: upgradeHeaders(protocol),
    body: new Uint8Array(0),
    upgrade: (channel) => servePorts(kubelet, channel, pod, ports),
  }
}

function* servePorts(kubelet: Kubelet, channel: MessageChannel, pod: Pod, ports: readonly number[]): Sim<void> {
  const streams = new Map<number, ByteStream>()
  for (const [i, port] of ports.entries()) {
    const number = Uint8Array.of(port & 0xff, port >> 8)
    channel.send(message(2 * i, number))
    channel.send(message(2 * i + 1, number))
  }
  const sandbox = kubelet.cri.runtime?.listPodSandbox().find((s) => s.config.uid === pod.metadata.uid && s.state === 'ready')
  for (const [i, port] of ports.entries()) {
    try {
      const { runtime } = kubelet.cri
      if (runtime === undefined || sandbox === undefined) throw new RpcError('Unknown', 'sandbox is not running')
      const stream = yield* runtime.portForward(sandbox.id, port)
      streams.set(2 * i, stream)
      kubelet.scope.spawn(`port-forward ${port}`, copyOut(channel, 2 * i, stream))
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      channel.send(message(2 * i + 1, encode(`error forwarding port ${port} to pod ${sandbox?.id ?? ''}, uid : ${error.desc}`)))
    }
  }
  for (;;) {
    const received = yield* channel.receive()
    if (received === undefined) break
    const bytes = typeof received === 'string' ? encode(received) : received
    streams.get(bytes[0] ?? CLOSE)?.write(bytes.subarray(1))
  }
  for (const stream of streams.values()) stream.close()
}

function* copyOut(channel: MessageChannel, number: number, stream: ByteStream): Sim<void> {
  for (;;) {
    const data = yield* stream.read()
    if (data === undefined) break
    channel.send(message(number, data))
  }
  channel.close(1000)
}

// Statistics

function summary(kubelet: Kubelet): object {
  const time = rfc3339(kubelet.sim.now)
  const stats = kubelet.cri.runtime?.stats() ?? []
  const containers = kubelet.cri.runtime?.listContainers() ?? []
  const usage = (cpuMicros: number, memoryBytes: number): object => ({
    cpu: { time, usageCoreNanoSeconds: cpuMicros * 1000 },
    memory: { time, usageBytes: memoryBytes, workingSetBytes: memoryBytes, rssBytes: memoryBytes },
  })
  const pods = kubelet.pods().map((pod) => {
    const own = containers.filter((c) => c.config.labels['io.kubernetes.pod.uid'] === pod.metadata.uid && c.state === 'running')
    return {
      podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      startTime: pod.status?.startTime,
      containers: own.map((c) => {
        const s = stats.find((x) => x.containerId === c.id)
        return { name: c.config.name, startTime: rfc3339(c.startedAt), ...usage(s?.cpuMicros ?? 0, s?.memoryBytes ?? 0) }
      }),
    }
  })
  const total = stats.reduce((t, s) => ({ cpu: t.cpu + s.cpuMicros, memory: t.memory + s.memoryBytes }), { cpu: 0, memory: 0 })
  return { node: { nodeName: kubelet.facts.name, startTime: time, ...usage(total.cpu, total.memory) }, pods }
}

/** What metrics-server scrapes. */
function resourceMetrics(kubelet: Kubelet): string {
  const stats = kubelet.cri.runtime?.stats() ?? []
  const lines: string[] = ['# TYPE container_cpu_usage_seconds_total counter']
  const memory: string[] = ['# TYPE container_memory_working_set_bytes gauge']
  for (const info of kubelet.cri.runtime?.listContainers() ?? []) {
    const s = stats.find((x) => x.containerId === info.id)
    if (s === undefined) continue
    const labels = `{container="${info.config.name}",namespace="${info.config.labels['io.kubernetes.pod.namespace']}",pod="${info.config.labels['io.kubernetes.pod.name']}"}`
    lines.push(`container_cpu_usage_seconds_total${labels} ${s.cpuMicros / 1_000_000}`)
    memory.push(`container_memory_working_set_bytes${labels} ${s.memoryBytes}`)
  }
  return `${[...lines, ...memory].join('\n')}\n`
}

/** Probes of containers. Source: pkg/kubelet/prober. */
import type { Container, Pod, Probe } from '#kubernetes/client/types/pod.ts'
import { decode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'
import { anyOf, type Sim, WaitQueue } from '#sim/wait.ts'
import { RpcError } from '../cri/types.ts'
import type { Kubelet } from './kubelet.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'

/** What one probe found. `unknown`: it could not be made. */
export interface ProbeResult {
  readonly outcome: 'success' | 'failure' | 'unknown'
  readonly output: string
}

const LABEL = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' } as const

export function portNumber(container: Container, port: number | string): number | undefined {
  if (typeof port === 'number') return port
  const named = container.ports?.find((p) => p.name === port)?.containerPort
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined)
}

/** Results of one pod's probes, and the coroutines that make them. */
export class PodProbes {
  readonly #kubelet: Kubelet
  readonly #pod: () => Pod
  readonly #changed: () => void
  /** Results by container and kind; of liveness also which container instance failed. */
  readonly #results = new Map<string, boolean>()
  readonly #failedInstance = new Map<string, string>()
  readonly #workers = new Map<string, { cancel(): void }>()
  readonly #wake = new WaitQueue()
  #stopped = false

  constructor(kubelet: Kubelet, pod: () => Pod, changed: () => void) {
    this.#kubelet = kubelet
    this.#pod = pod
    this.#changed = changed
  }

  /** Starts the workers of a pod's containers that have probes. */
  start(containers: readonly Container[]): void {
    for (const container of containers) {
      for (const kind of ['startup', 'readiness', 'liveness'] as const) {
        const probe = container[`${kind}Probe`]
        const key = `${container.name}/${kind}`
        if (probe === undefined || this.#workers.has(key)) continue
        this.#workers.set(key, { cancel: () => {} })
        this.#kubelet.scope.spawn(`${kind} probe of ${container.name}`, this.#work(container, kind, probe))
      }
    }
  }

  stop(): void {
    this.#stopped = true
    this.#wake.wakeAll()
  }

  isReady(container: Container): boolean {
    return container.readinessProbe === undefined || this.#results.get(`${container.name}/readiness`) === true
  }

  isStarted(container: Container): boolean {
    return container.startupProbe === undefined || this.#results.get(`${container.name}/startup`) === true
  }

  /** Why the running instance `id` of a container must be restarted; undefined: it needn't. */
  failure(container: Container, id: string): string | undefined {
    for (const kind of ['liveness', 'startup'] as const) {
      if (this.#failedInstance.get(`${container.name}/${kind}`) === id)
        return `Container ${container.name} failed ${kind} probe, will be restarted`
    }
    return undefined
  }

  *#work(container: Container, kind: ProbeKind, probe: Probe): Sim<void> {
    const { sim } = this.#kubelet
    const key = `${container.name}/${kind}`
    const period = (probe.periodSeconds ?? 10) * SECOND
    let instance = ''
    let run = 0
    let last: boolean | undefined
    let held = false
    for (;;) {
      if (this.#stopped) return
      const info = this.#kubelet.runningContainer(this.#pod(), container.name)
      if (info === undefined) {
        this.#set(key, kind === 'liveness')
        yield* this.#pause(period)
        continue
      }
      if (info.id !== instance) {
        instance = info.id
        run = 0
        last = undefined
        held = false
        this.#failedInstance.delete(key)
        this.#set(key, kind === 'liveness')
      }
      const due = info.startedAt + (probe.initialDelaySeconds ?? 0) * SECOND
      if (held || sim.now < due) {
        yield* this.#pause(held ? period : Math.min(due - sim.now, period))
        continue
      }
      const started = this.isStarted(container)
      if (kind === 'startup' ? started : !started) {
        yield* this.#pause(period)
        continue
      }
      const result = yield* this.#probeOnce(container, kind, probe, info.id)
      if (this.#stopped) return
      if (result.outcome !== 'unknown') {
        const good = result.outcome === 'success'
        run = good === last ? run + 1 : 1
        last = good
        const threshold = good ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
        if (run >= threshold) {
          if (!good && kind !== 'readiness') {
            this.#failedInstance.set(key, instance)
            held = true
            this.#changed()
          }
          this.#set(key, good)
        }
      }
      yield* this.#pause(period)
    }
  }

  *#pause(duration: number): Sim<void> {
    yield* anyOf([this.#wake, this.#kubelet.sim.timer(duration)])
  }

  #set(key: string, value: boolean): void {
    if (this.#results.get(key) === value) return
    const before = this.#results.get(key)
    this.#results.set(key, value)
    if (before !== undefined || value) this.#changed()
    // Others wait for the startup probe.
    if (key.endsWith('/startup')) this.#wake.wakeAll()
  }

  *#probeOnce(container: Container, kind: ProbeKind, probe: Probe, id: string): Sim<ProbeResult> {
    const pod = this.#pod()
    const result = yield* this.#attempt(pod, container, probe, id)
    if (result.outcome === 'failure')
      this.#kubelet.containerEvent(pod, container.name, 'Warning', 'Unhealthy', `${LABEL[kind]} probe failed: ${result.output}`)
    else if (result.outcome === 'unknown')
      this.#kubelet.containerEvent(
        pod,
        container.name,
        'Warning',
        'Unhealthy',
        `${LABEL[kind]} probe errored and resulted in unknown state: ${result.output}`,
      )
    return result
  }

  *#attempt(pod: Pod, container: Container, probe: Probe, id: string): Sim<ProbeResult> {
    const timeout = probe.timeoutSeconds ?? 1
    const ip = this.#kubelet.podIp(pod)
    if (probe.exec !== undefined) return yield* this.#exec(id, probe.exec.command ?? [], timeout)
    try {
      if (probe.httpGet !== undefined) {
        const { path = '/', host = ip, scheme = 'HTTP', httpHeaders = [] } = probe.httpGet
        const port = portNumber(container, probe.httpGet.port)
        if (port === undefined) return { outcome: 'unknown', output: `strconv.Atoi: parsing "${probe.httpGet.port}": invalid syntax` }
        const answer = yield* this.#kubelet.host.httpGet({ host, port, path, scheme, headers: httpHeaders }, timeout)
        if (answer.status >= 200 && answer.status < 400) return { outcome: 'success', output: answer.body }
        return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${answer.status}` }
      }
      if (probe.tcpSocket !== undefined) {
        const port = portNumber(container, probe.tcpSocket.port)
        if (port === undefined) return { outcome: 'unknown', output: `strconv.Atoi: parsing "${probe.tcpSocket.port}": invalid syntax` }
        yield* this.#kubelet.host.tcpConnect(probe.tcpSocket.host ?? ip, port, timeout)
        return { outcome: 'success', output: '' }
      }
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'AssertionError') throw error
      return { outcome: 'failure', output: error.message }
    }
    return { outcome: 'unknown', output: 'podlab: gRPC probes are not modelled' }
  }

  *#exec(id: string, command: readonly string[], timeout: number): Sim<ProbeResult> {
    const runtime = this.#kubelet.cri.runtime
    if (runtime === undefined) return { outcome: 'unknown', output: 'rpc error: code = Unavailable' }
    try {
      const result = yield* runtime.execSync(id, command, timeout)
      const output = decode(result.stdout) + decode(result.stderr)
      return { outcome: result.exitCode === 0 ? 'success' : 'failure', output }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      if (error.code === 'DeadlineExceeded')
        return { outcome: 'failure', output: `command timed out: "${command.join(' ')}" timed out after ${timeout}s` }
      return { outcome: 'unknown', output: error.message }
    }
  }
}

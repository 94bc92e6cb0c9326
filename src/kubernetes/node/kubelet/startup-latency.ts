/**
 * How long pods took to start, one log line each. Source: pkg/kubelet/util/pod_startup_latency_tracker.go.
 *
 * A pod is followed from the first pull of an image, or the first status in which all its containers run, until the kubelet
 * sees that status come back from the API server. The SLO duration leaves the pulling out.
 */
import { goDuration } from '#kubernetes/api/duration.ts'
import type { Pod, PodStatus } from '#kubernetes/client/types/pod.ts'
import type { Simulation } from '#sim/simulation.ts'
import { parseRfc3339, rfc3339Micro, SECOND } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'

interface Record {
  pullFrom: Micros | undefined
  pullTo: Micros | undefined
  running: Micros | undefined
}

export class StartupLatency {
  readonly #sim: Simulation
  readonly #log: (line: string, source: string) => void
  /** When the kubelet's process began: the zero of Go's monotonic clock. */
  readonly #start: Micros
  readonly #pods = new Map<string, Record>()

  constructor(sim: Simulation, log: (line: string, source: string) => void) {
    this.#sim = sim
    this.#log = log
    this.#start = sim.now
  }

  /** The API server shows a pod, first or again. */
  podSeen(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    const record = this.#pods.get(uid)
    if (record === undefined) {
      if (pod.status?.startTime === undefined) this.#pods.set(uid, { pullFrom: undefined, pullTo: undefined, running: undefined })
      return
    }
    if (record.running === undefined || !started(pod.status)) return
    this.#pods.delete(uid)
    const created = parseRfc3339(pod.metadata.creationTimestamp ?? '') ?? 0
    const whole = this.#sim.now - created
    const pulling = (record.pullTo ?? 0) - (record.pullFrom ?? 0)
    this.#log(
      `"Observed pod startup duration" pod="${pod.metadata.namespace}/${pod.metadata.name}" podStartSLOduration=${(whole - pulling) / SECOND} podStartE2EDuration="${goDuration(whole)}" podCreationTimestamp="${goTime(created)}" firstStartedPulling="${this.#stamp(record.pullFrom)}" lastFinishedPulling="${this.#stamp(record.pullTo)}" observedRunningTime="${this.#stamp(record.running)}" watchObservedRunningTime="${this.#stamp(this.#sim.now)}"`,
      'pod_startup_latency_tracker.go:104',
    )
  }

  pullStarted(uid: string): void {
    const record = this.#pods.get(uid)
    if (record !== undefined) record.pullFrom ??= this.#sim.now
  }

  pullEnded(uid: string): void {
    const record = this.#pods.get(uid)
    if (record !== undefined) record.pullTo = this.#sim.now
  }

  /** The API server has been told of a status. */
  statusSent(uid: string, status: PodStatus): void {
    const record = this.#pods.get(uid)
    if (record !== undefined && started(status)) record.running ??= this.#sim.now
  }

  forget(uid: string): void {
    this.#pods.delete(uid)
  }

  /** A time of the kubelet's own clock. Never: Go's zero time. */
  #stamp(time: Micros | undefined): string {
    if (time === undefined) return '0001-01-01 00:00:00 +0000 UTC'
    const since = time - this.#start
    return `${goTime(time)} m=+${Math.floor(since / SECOND)}.${String(since % SECOND).padStart(6, '0')}000`
  }
}

/** time.Time's String: `2026-11-23 09:01:02.5 +0000 UTC`. */
function goTime(time: Micros): string {
  return `${rfc3339Micro(time)
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '')} +0000 UTC`
}

const started = (status: PodStatus | undefined): boolean =>
  (status?.containerStatuses ?? []).length > 0 && (status?.containerStatuses ?? []).every((c) => c.state?.running !== undefined)

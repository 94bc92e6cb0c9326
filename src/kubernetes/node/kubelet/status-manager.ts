/** Tells the API server the status of pods, the newest of each, and removes pods that have ended. Source: pkg/kubelet/status. */
import { equal } from '#kubernetes/api/json.ts'
import type { Client } from '#kubernetes/client/client.ts'
import { ApiError } from '#kubernetes/client/errors.ts'
import { PODS } from '#kubernetes/client/resources.ts'
import type { Scope } from '#kubernetes/client/scope.ts'
import type { Pod, PodStatus } from '#kubernetes/client/types/pod.ts'
import { SECOND } from '#sim/time.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import type { StartupLatency } from './startup-latency.ts'

interface Entry {
  readonly pod: Pod
  readonly status: PodStatus
}

export class StatusManager {
  readonly #client: Client
  readonly #pending = new Map<string, Entry>()
  readonly #arrived = new WaitQueue()
  /** The pod on the API server that stands for a pod: itself, or the mirror of a static one. */
  readonly #apiPod: (pod: Pod) => Pod | undefined
  readonly #latency: StartupLatency | undefined

  constructor(client: Client, scope: Scope, apiPod: (pod: Pod) => Pod | undefined, latency?: StartupLatency) {
    this.#client = client
    this.#apiPod = apiPod
    this.#latency = latency
    scope.spawn('status manager', this.#run(scope))
  }

  set(pod: Pod, status: PodStatus): void {
    this.#pending.set(pod.metadata.uid ?? '', { pod, status })
    this.#arrived.wakeAll()
  }

  /** The mirror of a static pod has come: its status is due. */
  poke(): void {
    this.#arrived.wakeAll()
  }

  forget(uid: string): void {
    this.#pending.delete(uid)
  }

  *#run(scope: Scope): Sim<never> {
    for (;;) {
      let failed = false
      for (const uid of [...this.#pending.keys()]) {
        // Looked up only now: a newer status may have come while others were sent.
        const entry = this.#pending.get(uid)
        if (entry === undefined) continue
        const target = this.#apiPod(entry.pod)
        if (target === undefined) continue
        this.#pending.delete(uid)
        try {
          yield* this.#send(target, entry.status)
        } catch (error) {
          if (error instanceof Error && error.name === 'AssertionError') throw error
          if (error instanceof ApiError && (error.code === 404 || error.code === 409)) continue
          if (!this.#pending.has(uid)) this.#pending.set(uid, entry)
          failed = true
        }
      }
      if (failed) yield* scope.sim.sleep(10 * SECOND)
      else if (![...this.#pending.values()].some((e) => this.#apiPod(e.pod) !== undefined)) yield* this.#arrived.wait()
    }
  }

  *#send(target: Pod, status: PodStatus): Sim<void> {
    const { name, namespace, uid } = target.metadata
    const own = new Set((status.conditions ?? []).map((c) => c.type))
    const others = (target.status?.conditions ?? []).filter((c) => !own.has(c.type))
    const next: PodStatus = { ...status, conditions: [...(status.conditions ?? []), ...others] }
    if (equal(next, target.status)) return
    const gone = Object.fromEntries(
      Object.keys(target.status ?? {}).flatMap((key) =>
        (next as Readonly<Record<string, unknown>>)[key] === undefined && key !== 'nominatedNodeName' ? [[key, null]] : [],
      ),
    )
    // Before the call: its echo in the watch may be quicker than its answer.
    this.#latency?.statusSent(uid ?? '', next)
    yield* this.#client.patch(PODS, namespace, name, 'merge', { metadata: { uid }, status: { ...gone, ...next } }, 'status')
  }

  /** The pod has ended for good: its last status, then it goes. */
  *finish(pod: Pod): Sim<void> {
    const uid = pod.metadata.uid ?? ''
    const last = this.#pending.get(uid)
    this.#pending.delete(uid)
    for (let attempt = 0; ; attempt++) {
      const target = this.#apiPod(pod)
      if (target === undefined) return
      try {
        if (last !== undefined && attempt === 0) yield* this.#send(target, last.status)
        const { name, namespace } = target.metadata
        yield* this.#client.delete(PODS, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: target.metadata.uid } })
        return
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
        if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return
        yield* this.#client.sim.sleep(Math.min(attempt + 1, 10) * SECOND)
      }
    }
  }
}

/** The scheduling queue: what to try next, what waits out a failure, what can't fit until something changes. Source: backend/queue. */
import { keyOf } from '#kubernetes/client/informer.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { Simulation } from '#sim/simulation.ts'
import { MINUTE, SECOND } from '#sim/time.ts'
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import type { ClusterEvent, Plugin } from './framework.ts'

const INITIAL_BACKOFF = SECOND
const MAX_BACKOFF = 10 * SECOND
/** Nothing stays unschedulable for longer without another try. */
const UNSCHEDULABLE_LIMIT = 5 * MINUTE

/** An event, and the pod that it is about. */
interface Missed {
  readonly event: ClusterEvent
  readonly other: Pod | undefined
}

export interface QueuedPod {
  readonly key: string
  pod: Pod
  /** When it came, or came back: the order among equal priorities. */
  time: Micros
  attempts: number
  /** Plugins that rejected it last. */
  rejectedBy: ReadonlySet<string>
  state: 'active' | 'backoff' | 'unschedulable' | 'gated' | 'inFlight'
  backoffUntil: Micros
  /** What happened while it was being tried: it may have come too late to be seen. */
  readonly missed: Missed[]
}

export class SchedulingQueue {
  readonly #sim: Simulation
  /** Which events help which plugin's rejections. */
  readonly #plugins: ReadonlyMap<string, Plugin>
  readonly #pods = new Map<string, QueuedPod>()
  /** Active pods; kept sorted, first to be tried last. */
  #active: QueuedPod[] = []
  #sorted = true
  readonly #arrived = new WaitQueue()

  constructor(sim: Simulation, plugins: readonly Plugin[]) {
    this.#sim = sim
    this.#plugins = new Map(plugins.map((p) => [p.name, p]))
  }

  get(key: string): QueuedPod | undefined {
    return this.#pods.get(key)
  }

  /** Pods by state, for metrics. */
  counts(): Readonly<Record<QueuedPod['state'], number>> {
    const out = { active: 0, backoff: 0, unschedulable: 0, gated: 0, inFlight: 0 }
    for (const pod of this.#pods.values()) out[pod.state]++
    return out
  }

  /** A pod without a node. */
  add(pod: Pod): void {
    const key = keyOf(pod)
    const known = this.#pods.get(key)
    if (known !== undefined) {
      this.update(pod, true)
      return
    }
    const entry: QueuedPod = {
      key,
      pod,
      time: this.#sim.now,
      attempts: 0,
      rejectedBy: new Set(),
      state: 'gated',
      backoffUntil: 0,
      missed: [],
    }
    this.#pods.set(key, entry)
    if ((pod.spec.schedulingGates ?? []).length === 0) this.#activate(entry)
  }

  /** `relevant`: what changed can matter for where it fits. */
  update(pod: Pod, relevant: boolean): void {
    const entry = this.#pods.get(keyOf(pod))
    if (entry === undefined) return
    entry.pod = pod
    if (entry.state === 'gated' && (pod.spec.schedulingGates ?? []).length === 0) this.#activate(entry)
    else if (relevant && entry.state === 'unschedulable') this.#retry(entry)
  }

  delete(key: string): void {
    const entry = this.#pods.get(key)
    if (entry === undefined) return
    this.#pods.delete(key)
    if (entry.state === 'active') this.#active = this.#active.filter((e) => e !== entry)
  }

  /** Waits for the next pod to try. */
  *pop(): Sim<QueuedPod> {
    for (;;) {
      if (!this.#sorted) {
        this.#active.sort(compare)
        this.#sorted = true
      }
      const entry = this.#active.pop()
      if (entry === undefined) {
        yield* this.#arrived.wait()
        continue
      }
      entry.state = 'inFlight'
      entry.attempts++
      entry.missed.length = 0
      return entry
    }
  }

  /** Tried and found not to fit: it waits for an event that helps, or for its backoff if one came meanwhile. */
  unschedulable(entry: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    if (this.#pods.get(entry.key) !== entry) return
    entry.rejectedBy = rejectedBy
    entry.backoffUntil = this.#sim.now + backoff(entry.attempts)
    entry.time = this.#sim.now
    entry.state = 'unschedulable'
    if (rejectedBy.size === 0 || entry.missed.some((missed) => this.#helps(entry, missed))) {
      this.#retry(entry)
      return
    }
    const since = entry.time
    this.#sim.after(UNSCHEDULABLE_LIMIT, () => {
      if (entry.state === 'unschedulable' && entry.time === since && this.#pods.get(entry.key) === entry) this.#retry(entry)
    })
  }

  /** Something happened, maybe to the pod `other`: those pods it `concerns`, whose rejections it may cure, are tried again. */
  moveOn(event: ClusterEvent, other?: Pod, concerns: (pod: Pod) => boolean = () => true): void {
    for (const entry of this.#pods.values()) {
      if (!concerns(entry.pod)) continue
      if (entry.state === 'inFlight') entry.missed.push({ event, other })
      else if (entry.state === 'unschedulable' && this.#helps(entry, { event, other })) this.#retry(entry)
    }
  }

  #helps(entry: QueuedPod, { event, other }: Missed): boolean {
    for (const name of entry.rejectedBy) {
      const plugin = this.#plugins.get(name)
      if (plugin?.events.includes(event) !== true) continue
      if (other === undefined || plugin.helps?.(event, entry.pod, other) !== false) return true
    }
    return false
  }

  #retry(entry: QueuedPod): void {
    const left = entry.backoffUntil - this.#sim.now
    if (left <= 0) {
      this.#activate(entry)
      return
    }
    entry.state = 'backoff'
    this.#sim.after(left, () => {
      if (entry.state === 'backoff' && this.#pods.get(entry.key) === entry) this.#activate(entry)
    })
  }

  #activate(entry: QueuedPod): void {
    entry.state = 'active'
    this.#active.push(entry)
    this.#sorted = this.#active.length === 1
    this.#arrived.wakeOne()
  }
}

function backoff(attempts: number): Micros {
  return Math.min(INITIAL_BACKOFF * 2 ** Math.min(Math.max(attempts - 1, 0), 10), MAX_BACKOFF)
}

/** Last is first: highest priority, then longest waiting. */
function compare(a: QueuedPod, b: QueuedPod): number {
  const priority = (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0)
  return priority !== 0 ? priority : b.time - a.time
}

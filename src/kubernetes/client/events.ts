/**
 * Event recorders: they make the Events that `kubectl describe` shows, merging what repeats.
 * Recording never waits and never fails: a coroutine of the scope sends what was recorded.
 * Source: client-go tools/record (core Events) and tools/events (events.k8s.io).
 */
import type { Simulation } from '#sim/simulation.ts'
import { MINUTE, rfc3339, rfc3339Micro, SECOND } from '#sim/time.ts'
import { type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { type Client, isTransient } from './client.ts'
import { isAlreadyExists, isNotFound } from './errors.ts'
import { apiVersionOf, EVENTS, EVENTS_V1, type Resource } from './resources.ts'
import type { Scope } from './scope.ts'
import type { Event, EventsV1Event, ObjectReference } from './types/core.ts'
import type { KubeObject } from './types/meta.ts'

export type EventType = 'Normal' | 'Warning'

/** A reference to `object`, as events carry it. */
export function referenceTo<T extends KubeObject>(resource: Resource<T>, object: T, fieldPath?: string): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata
  return {
    kind: resource.kind,
    namespace,
    name,
    uid,
    apiVersion: apiVersionOf(resource),
    resourceVersion,
    fieldPath,
  }
}

/** Distinct messages of one reason within this time that are still told apart. */
const MAX_SIMILAR = 10
const SIMILAR_WINDOW: Micros = 600 * SECOND
/** Events of one source about one object: this many at once, then one in five minutes. */
const SPAM_BURST = 25
const SPAM_INTERVAL: Micros = 300 * SECOND
/** Entries kept of each table, as client-go's LRU caches. */
const CACHE_SIZE = 4096
/** Attempts to send one event while the server can't be reached. */
const SEND_ATTEMPTS = 12

interface Similar {
  readonly messages: Set<string>
  last: Micros
}

interface Sent {
  readonly name: string
  count: number
  readonly first: string
}

/** Sends a bounded queue of events, one after another. */
class EventSink {
  readonly #queue: (() => Sim<void>)[] = []
  readonly #arrived = new WaitQueue()

  constructor(scope: Scope, name: string) {
    scope.spawn(`events of ${name}`, this.#run(scope.sim))
  }

  push(send: () => Sim<void>): void {
    if (this.#queue.length >= 1000) return
    this.#queue.push(send)
    this.#arrived.wakeOne()
  }

  *#run(sim: Simulation): Sim<never> {
    for (;;) {
      const send = this.#queue.shift()
      if (send === undefined) {
        yield* this.#arrived.wait()
        continue
      }
      for (let attempt = 1; attempt <= SEND_ATTEMPTS; attempt++) {
        try {
          yield* send()
          break
        } catch (error) {
          // What the server refuses (a namespace going away, a name taken) is dropped, as upstream does.
          if (!isTransient(error)) break
        }
        yield* sim.sleep(10 * SECOND)
      }
    }
  }
}

/** Events about what has no namespace are in `default`. */
function eventNamespace(object: ObjectReference): string {
  return object.namespace === undefined || object.namespace === '' ? 'default' : object.namespace
}

function bounded<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > CACHE_SIZE)
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
}

/** Names events as client-go does: the object's name and the time in nanoseconds, hexadecimal. */
class EventNames {
  readonly #sim: Simulation
  #last = 0n

  constructor(sim: Simulation) {
    this.#sim = sim
  }

  next(object: ObjectReference): string {
    const now = BigInt(this.#sim.now) * 1000n
    this.#last = now > this.#last ? now : this.#last + 1n
    return `${object.name ?? ''}.${this.#last.toString(16)}`
  }
}

/** Records core Events: `count`, `firstTimestamp`, `lastTimestamp`, `source`. */
export class EventRecorder {
  readonly #sim: Simulation
  readonly #client: Client
  readonly #source: {
    readonly component: string
    readonly host?: string | undefined
  }
  readonly #sink: EventSink
  readonly #names: EventNames
  readonly #similar = new Map<string, Similar>()
  readonly #sent = new Map<string, Sent>()
  readonly #spam = new Map<string, { tokens: number; time: Micros }>()

  constructor(client: Client, scope: Scope, component: string, host?: string) {
    this.#sim = client.sim
    this.#client = client
    this.#source = { component, host }
    this.#sink = new EventSink(scope, component)
    this.#names = new EventNames(client.sim)
  }

  /** Records an event about `object`. */
  event(object: ObjectReference, type: EventType, reason: string, message: string, annotations?: Readonly<Record<string, string>>): void {
    const base = [
      this.#source.component,
      this.#source.host ?? '',
      object.kind,
      object.namespace,
      object.name,
      object.uid,
      object.apiVersion,
    ]
    if (!this.#admit(base.join('/'))) return
    const aggregate = [...base, type, reason].join('/')
    // Once combined, an event's identity no longer depends on its message.
    const combined = this.#isCombined(aggregate, message)
    const text = combined ? `(combined from similar events): ${message}` : message
    const key = combined ? aggregate : [...base, object.fieldPath ?? '', type, reason, text].join('/')
    const now = rfc3339(this.#sim.now)
    const sent = this.#sent.get(key)
    if (sent !== undefined) {
      sent.count++
      const { name, count } = sent
      this.#sink.push(() =>
        this.#repeat(object, key, name, { count, lastTimestamp: now, message: text }, () =>
          this.#make(object, type, reason, text, now, annotations, count),
        ),
      )
      return
    }
    const event = this.#make(object, type, reason, text, now, annotations, 1)
    bounded(this.#sent, key, {
      name: event.metadata.name,
      count: 1,
      first: now,
    })
    this.#sink.push(() => this.#create(event))
  }

  #make(
    object: ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    now: string,
    annotations: Readonly<Record<string, string>> | undefined,
    count: number,
  ): Event {
    return {
      metadata: {
        name: this.#names.next(object),
        namespace: eventNamespace(object),
        annotations,
      },
      involvedObject: object,
      reason,
      message,
      source: this.#source,
      firstTimestamp: now,
      lastTimestamp: now,
      count,
      type,
      eventTime: null,
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.host ?? '',
    }
  }

  *#create(event: Event): Sim<void> {
    yield* this.#client.create(EVENTS, event.metadata.namespace, event)
  }

  *#repeat(object: ObjectReference, key: string, name: string, patch: object, again: () => Event): Sim<void> {
    try {
      yield* this.#client.patch(EVENTS, eventNamespace(object), name, 'strategic', patch)
    } catch (error) {
      if (!isNotFound(error)) throw error
      const event = again()
      const sent = this.#sent.get(key)
      bounded(this.#sent, key, {
        name: event.metadata.name,
        count: sent?.count ?? 1,
        first: event.firstTimestamp ?? '',
      })
      yield* this.#create(event)
    }
  }

  /** False when there are too many events about one object. */
  #admit(key: string): boolean {
    const now = this.#sim.now
    const bucket = this.#spam.get(key) ?? { tokens: SPAM_BURST, time: now }
    const tokens = Math.min(SPAM_BURST, bucket.tokens + (now - bucket.time) / SPAM_INTERVAL)
    bounded(this.#spam, key, {
      tokens: tokens >= 1 ? tokens - 1 : tokens,
      time: now,
    })
    return tokens >= 1
  }

  /** True from the tenth different message about one reason on. */
  #isCombined(aggregate: string, message: string): boolean {
    const now = this.#sim.now
    const known = this.#similar.get(aggregate)
    const entry: Similar = known === undefined || now - known.last > SIMILAR_WINDOW ? { messages: new Set(), last: now } : known
    if (entry.messages.size < MAX_SIMILAR) entry.messages.add(message)
    entry.last = now
    bounded(this.#similar, aggregate, entry)
    return entry.messages.size >= MAX_SIMILAR
  }
}

/** Repetitions within this time become a series. */
const SERIES_TIME: Micros = 6 * MINUTE

/** Records events.k8s.io Events, as the scheduler does: no `count`, but a `series` when one repeats. */
export class EventsV1Recorder {
  readonly #sim: Simulation
  readonly #client: Client
  readonly #controller: string
  readonly #instance: string
  readonly #sink: EventSink
  readonly #names: EventNames
  readonly #sent = new Map<string, { event: EventsV1Event; count: number; last: Micros }>()

  constructor(client: Client, scope: Scope, controller: string, instance: string) {
    this.#sim = client.sim
    this.#client = client
    this.#controller = controller
    this.#instance = instance
    this.#sink = new EventSink(scope, controller)
    this.#names = new EventNames(client.sim)
  }

  event(regarding: ObjectReference, type: EventType, reason: string, action: string, note: string, related?: ObjectReference): void {
    const now = this.#sim.now
    const key = [
      action,
      reason,
      this.#controller,
      type,
      regarding.kind,
      regarding.namespace,
      regarding.name,
      regarding.uid,
      // A pod that was written since is another one: its events don't join the series.
      regarding.resourceVersion,
      note,
      related?.name,
    ].join('/')
    const known = this.#sent.get(key)
    if (known !== undefined && now - known.last < SERIES_TIME) {
      known.count++
      known.last = now
      // As upstream: the second starts the series, later ones are only written when the series is refreshed or ends.
      if (known.count !== 2) return
      const { name, namespace } = known.event.metadata
      const series = {
        count: known.count,
        lastObservedTime: rfc3339Micro(now),
      }
      this.#sink.push(() => this.#series(namespace, name, series))
      return
    }
    const event: EventsV1Event = {
      metadata: {
        name: this.#names.next(regarding),
        namespace: eventNamespace(regarding),
      },
      eventTime: rfc3339Micro(now),
      reportingController: this.#controller,
      reportingInstance: this.#instance,
      action,
      reason,
      regarding,
      related,
      note,
      type,
    }
    bounded(this.#sent, key, { event, count: 1, last: now })
    this.#sink.push(() => this.#create(event))
  }

  *#create(event: EventsV1Event): Sim<void> {
    try {
      yield* this.#client.create(EVENTS_V1, event.metadata.namespace, event)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
  }

  *#series(namespace: string | undefined, name: string, series: object): Sim<void> {
    yield* this.#client.patch(EVENTS_V1, namespace, name, 'strategic', {
      series,
    })
  }
}

/** Watches: the store's changes as a stream of events. */

import { type BodyStream, Headers, type HttpResponse, JsonBody } from '#http/message.ts'
import { newResourceExpired } from '#kubernetes/api/errors.ts'
import type { Obj } from '#kubernetes/api/json.ts'
import { CompactedError } from '#kubernetes/etcd/store.ts'
import type { Simulation } from '#sim/simulation.ts'
import { type Sim, WaitQueue } from '#sim/wait.ts'
import { apiVersionOf, type Endpoint, type RequestContext } from './context.ts'
import { convertOut } from './convert.ts'
import { type Accepted, partialMetadata } from './response.ts'
import { type Change, eventType, type Predicate, type Storage } from './storage.ts'
import { tableOf } from './table.ts'

/** From a write to the watchers' hearing of it. */
const LATENCY = 1_000
/** Servers end watches without a timeout of their own after this long (upstream: 30 to 60 minutes). */
const DEFAULT_TIMEOUT_SECONDS = 2_700

export function watchResponse(
  context: RequestContext,
  endpoint: Endpoint,
  storage: Storage,
  predicate: Predicate,
  accepted: Accepted,
): HttpResponse {
  const { query, server } = context
  const asked = query.get('resourceVersion') ?? ''
  const seconds = Number(query.get('timeoutSeconds') ?? '0') || DEFAULT_TIMEOUT_SECONDS
  const stream = new WatchStream(server.sim, seconds)
  const encode = encoder(context, endpoint, predicate, accepted)
  const initialEvents = query.get('sendInitialEvents') === 'true'
  const bookmarks = query.get('allowWatchBookmarks') === 'true'
  // So that the next watch starts from here, and need not look through all that has happened to other kinds since.
  if (bookmarks) stream.onDeadline = () => stream.push(bookmark(endpoint, storage.store.revision, accepted, false))
  try {
    if (asked === '' || asked === '0' || initialEvents) {
      for (const object of storage.list(predicate))
        stream.push(
          encode({
            revision: 0,
            object,
            previous: undefined,
            bodies: new Map(),
          }),
        )
      if (initialEvents && bookmarks) stream.push(bookmark(endpoint, storage.store.revision, accepted, true))
      stream.onCancel = storage.watch(predicate, undefined, (change) => stream.push(encode(change)))
    } else {
      stream.onCancel = storage.watch(predicate, Number(asked), (change) => stream.push(encode(change)))
    }
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error
    const expired = newResourceExpired(`too old resource version: ${asked} (${error.compactRevision})`)
    stream.push(new JsonBody({ type: 'ERROR', object: expired.status }, '\n'))
    stream.end()
  }
  return {
    status: 200,
    headers: new Headers([['content-type', 'application/json']]),
    body: stream,
  }
}

function encoder(context: RequestContext, endpoint: Endpoint, predicate: Predicate, accepted: Accepted): (change: Change) => JsonBody {
  const include = context.query.get('includeObject') ?? 'Metadata'
  const kind = endpoint.kind
  const shape = `${apiVersionOf(endpoint.served)}/${accepted.shape}/${accepted.shape === 'table' ? include : ''}`
  return (change) => {
    const type = eventType(kind, predicate, change)
    const key = `${type}/${shape}`
    // Ages in tables depend on the time, so tables are not shared.
    const known = accepted.shape === 'table' ? undefined : change.bodies.get(key)
    if (known !== undefined) return known
    const source = type === 'DELETED' ? withRevisionOf(change) : (change.object as Obj)
    const object = convertOut(endpoint, source)
    const shown =
      accepted.shape === 'table'
        ? tableOf(kind, [object], { resourceVersion: (object.metadata as Obj).resourceVersion }, include, context.server.sim.now)
        : accepted.shape === 'partial'
          ? partialMetadata(object)
          : object
    const body = new JsonBody({ type, object: shown }, '\n')
    change.bodies.set(key, body)
    return body
  }
}

/** The last state of what is gone, with the revision of the change that took it away. */
function withRevisionOf(change: Change): Obj {
  const object = change.previous as Obj
  return {
    ...object,
    metadata: {
      ...(object.metadata as Obj),
      resourceVersion: String(change.revision),
    },
  }
}

function bookmark(endpoint: Endpoint, revision: number, accepted: Accepted, initial: boolean): JsonBody {
  const annotations = initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  const metadata = { resourceVersion: String(revision), ...annotations }
  if (accepted.shape === 'table')
    return new JsonBody(
      {
        type: 'BOOKMARK',
        object: {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata: { resourceVersion: String(revision) },
          columnDefinitions: [],
          rows: [
            {
              cells: [],
              object: {
                kind: 'PartialObjectMetadata',
                apiVersion: 'meta.k8s.io/v1',
                metadata,
              },
            },
          ],
        },
      },
      '\n',
    )
  const kind =
    accepted.shape === 'partial'
      ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
      : { kind: endpoint.kind.kind, apiVersion: apiVersionOf(endpoint.served) }
  return new JsonBody({ type: 'BOOKMARK', object: { ...kind, metadata } }, '\n')
}

class WatchStream implements BodyStream {
  onCancel: (() => void) | undefined
  /** Called before the stream ends because its time is up. */
  onDeadline: (() => void) | undefined
  readonly #sim: Simulation
  readonly #queue: JsonBody[] = []
  /** When those were pushed that are on their way. */
  #times: number[] = []
  /** How many of the queue are taken. */
  #head = 0
  /** How many of the queue have arrived; the others are on their way. */
  #ready = 0
  #ended = false
  #flushing = false
  readonly #arrived = new WaitQueue()
  readonly #deadline

  constructor(sim: Simulation, seconds: number) {
    this.#sim = sim
    this.#deadline = sim.after(seconds * 1_000_000, () => {
      this.onDeadline?.()
      this.end()
    })
  }

  push(event: JsonBody): void {
    if (this.#ended) return
    this.#queue.push(event)
    this.#times.push(this.#sim.now)
    if (this.#flushing) return
    this.#flushing = true
    this.#sim.after(LATENCY, () => this.#flush())
  }

  /** What was pushed long enough ago has arrived: so the events of all watches keep the order in which they happened. */
  #flush(): void {
    const { now } = this.#sim
    let taken = 0
    while (taken < this.#times.length && (this.#times[taken] ?? 0) + LATENCY <= now) taken++
    this.#times.splice(0, taken)
    this.#ready += taken
    const [next] = this.#times
    this.#flushing = next !== undefined
    if (next !== undefined) this.#sim.after(next + LATENCY - now, () => this.#flush())
    if (taken > 0) this.#arrived.wakeAll()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.onCancel?.()
    this.#sim.cancel(this.#deadline)
    this.#times = []
    this.#ready = this.#queue.length - this.#head
    this.#arrived.wakeAll()
  }

  *next(): Sim<JsonBody | undefined> {
    for (;;) {
      if (this.#ready > 0) {
        this.#ready--
        const event = this.#queue[this.#head++]
        // Taken events are dropped now and then, not one by one.
        if (this.#head > 256 && this.#head * 2 > this.#queue.length) {
          this.#queue.splice(0, this.#head)
          this.#head = 0
        }
        return event
      }
      if (this.#ended) return undefined
      yield* this.#arrived.wait()
    }
  }

  cancel(): void {
    this.#queue.length = 0
    this.#head = 0
    this.end()
    this.#ready = 0
  }
}

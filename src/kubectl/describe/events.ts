import type { Sim } from '#sim/wait.ts'
import type { Kubectl } from '../kubectl.ts'
import { age } from '../print/age.ts'
import type { KubeObject } from '../rest.ts'
import type { Description } from './writer.ts'

export interface Event extends KubeObject {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
  readonly involvedObject?: { readonly fieldPath?: string }
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string }
}

/** The Events section of a description: those about the object, oldest first. */
export function* describeEvents(k: Kubectl, d: Description, object: KubeObject): Sim<void> {
  const { name = '', namespace, uid = '' } = object.metadata ?? {}
  const rest = yield* k.rest()
  const selector = [
    `involvedObject.name=${name}`,
    `involvedObject.kind=${object.kind}`,
    `involvedObject.uid=${object.kind === 'Node' ? name : uid}`,
  ].join(',')
  const path = namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`
  const list = yield* rest.json<{ items?: readonly Event[] }>('GET', path, undefined, { query: { fieldSelector: selector, limit: '500' } })
  const events = [...(list.items ?? [])].sort((a, b) => (lastTime(a) < lastTime(b) ? -1 : lastTime(a) > lastTime(b) ? 1 : 0))
  if (events.length === 0) {
    d.line(0, 'Events:\t<none>')
    return
  }
  d.line(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage')
  d.line(1, '----\t------\t----\t----\t-------')
  for (const e of events) {
    const from = e.source?.component ?? e.reportingComponent ?? ''
    const field = e.involvedObject?.fieldPath
    const message = `${field === undefined || field === '' ? '' : `${field}: `}${(e.message ?? '').trim()}`
    d.line(1, `${e.type}\t${e.reason}\t${interval(e, k.proc.now())}\t${from}\t${message}`)
  }
}

/** When the event was seen last, as a timestamp. */
export function lastTime(e: Event): string {
  return e.series?.lastObservedTime ?? e.lastTimestamp ?? e.eventTime ?? ''
}

/** `5s`, or `5s (x3 over 12s)` for repeated ones. */
export function interval(e: Event, now: number): string {
  const count = e.series?.count ?? e.count ?? 0
  const first = age(e.eventTime ?? e.firstTimestamp, now)
  if (e.series !== undefined || count > 1) return `${age(e.series?.lastObservedTime ?? e.lastTimestamp, now)} (x${count} over ${first})`
  return first
}

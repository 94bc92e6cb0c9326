/** Events: stored as core/v1, served as events.k8s.io/v1 too; gone after an hour. */
import { type Draft, isObj, num, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { age, ageOf, NAME } from '../table.ts'
import { validateEvent, validateEventUpdate } from '../validation/events.ts'
import { builtIn } from './kind.ts'

function lastSeen(o: Obj, now: number): string {
  const first = age(obj(o).firstTimestamp, now)
  const series = obj(o).series
  let seen = obj(o).lastTimestamp === undefined || obj(o).lastTimestamp === null ? first : age(o.lastTimestamp, now)
  if (series !== undefined) seen = age(str(series, 'lastObservedTime'), now)
  else if ((num(o, 'count') ?? 0) <= 1 && (o.lastTimestamp === undefined || o.lastTimestamp === null))
    seen =
      o.firstTimestamp === undefined || o.firstTimestamp === null
        ? typeof o.eventTime === 'string'
          ? age(o.eventTime, now)
          : ageOf(o, now)
        : first
  return seen
}

function firstSeen(o: Obj, now: number): string {
  return typeof o.firstTimestamp === 'string'
    ? age(o.firstTimestamp, now)
    : typeof o.eventTime === 'string'
      ? age(o.eventTime, now)
      : '<unknown>'
}

function target(o: Obj): string {
  const ref = obj(o, 'involvedObject')
  const kind = str(ref, 'kind').toLowerCase()
  return str(ref, 'name') === '' ? kind : `${kind}/${str(ref, 'name')}`
}

function source(o: Obj): string {
  const component = str(o, 'source', 'component') || str(o, 'reportingComponent')
  const host = str(o, 'source', 'host') || str(o, 'reportingInstance')
  return host === '' ? component : `${component}, ${host}`
}

function toEventsV1(o: Obj): Obj {
  const { involvedObject, message, source: from, firstTimestamp, lastTimestamp, count, reportingComponent, reportingInstance, ...rest } = o
  const out: Draft = {
    ...rest,
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent,
    reportingInstance,
    deprecatedSource: from,
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
  }
  if (count !== undefined) out.deprecatedCount = count
  return out
}

function fromEventsV1(o: Obj): Obj {
  const {
    regarding,
    note,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    reportingController,
    ...rest
  } = o
  const out: Draft = {
    ...rest,
    involvedObject: regarding ?? {},
    message: note ?? '',
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    reportingComponent: reportingController ?? '',
    reportingInstance: rest.reportingInstance ?? '',
  }
  if (deprecatedCount !== undefined) out.count = deprecatedCount
  return out
}

export const events = builtIn({
  group: '',
  pkg: 'core',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  ttlSeconds: 3600,
  alsoServed: [
    {
      group: 'events.k8s.io',
      version: 'v1',
      def: 'io.k8s.api.events.v1.Event',
      fromStorage: toEventsV1,
      toStorage: fromEventsV1,
    },
  ],
  fields: {
    'involvedObject.kind': (o) => str(o, 'involvedObject', 'kind'),
    'involvedObject.namespace': (o) => str(o, 'involvedObject', 'namespace'),
    'involvedObject.name': (o) => str(o, 'involvedObject', 'name'),
    'involvedObject.uid': (o) => str(o, 'involvedObject', 'uid'),
    'involvedObject.apiVersion': (o) => str(o, 'involvedObject', 'apiVersion'),
    'involvedObject.resourceVersion': (o) => str(o, 'involvedObject', 'resourceVersion'),
    'involvedObject.fieldPath': (o) => str(o, 'involvedObject', 'fieldPath'),
    reason: (o) => str(o, 'reason'),
    reportingComponent: (o) => str(o, 'reportingComponent'),
    source: (o) => str(o, 'source', 'component') || str(o, 'reportingComponent'),
    type: (o) => str(o, 'type'),
  },
  columns: [
    { name: 'Last Seen' },
    { name: 'Type' },
    { name: 'Reason' },
    { name: 'Object' },
    { name: 'Subobject', priority: 1 },
    { name: 'Source', priority: 1 },
    { name: 'Message' },
    { name: 'First Seen', priority: 1 },
    { name: 'Count', priority: 1 },
    { ...NAME, priority: 1 },
  ],
  row: (shown, { now }) => {
    const o = isObj(shown.regarding) ? fromEventsV1(shown) : shown
    return [
      lastSeen(o, now),
      str(o, 'type'),
      str(o, 'reason'),
      target(o),
      str(o, 'involvedObject', 'fieldPath'),
      source(o),
      str(o, 'message').trim(),
      firstSeen(o, now),
      num(o, 'series', 'count') ?? Math.max(num(o, 'count') ?? 1, 1),
      str(o, 'metadata', 'name'),
    ]
  },
  strategy: {
    allowCreateOnUpdate: true,
    validate: (o, context) => validateEvent(o, context.info.group === 'events.k8s.io'),
    validateUpdate: (o, old, context) => validateEventUpdate(o, old, context.info.group === 'events.k8s.io'),
  },
})

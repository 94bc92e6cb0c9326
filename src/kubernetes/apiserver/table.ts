/** Server-side printing: objects as rows of a Table. Source: k8s.io/kubernetes pkg/printers. */

import { humanDuration } from '#kubernetes/api/duration.ts'
import { type Draft, type Obj, str } from '#kubernetes/api/json.ts'
import { parseRfc3339 } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'
import type { Cell, Column, Kind } from './registry/kind.ts'
import { partialMetadata } from './response.ts'

export const NAME: Column = { name: 'Name', type: 'string', format: 'name' }
export const AGE: Column = { name: 'Age', type: 'string' }
const DEFAULT_COLUMNS: readonly Column[] = [NAME, { name: 'Created At', type: 'date' }]

/** How long ago a time was, as tables say it; `<unknown>` without a time. */
export function age(time: unknown, now: Micros): string {
  const at = typeof time === 'string' ? parseRfc3339(time) : undefined
  return at === undefined ? '<unknown>' : humanDuration(now - at)
}

export const ageOf = (object: Obj, now: Micros): string => age(str(object, 'metadata', 'creationTimestamp'), now)

/** A Table of `objects`. `include`: what each row carries of its object: Metadata (default), Object or None. */
export function tableOf(kind: Kind, objects: readonly Obj[], meta: Obj, include: string, now: Micros): Obj {
  const columns = kind.columns ?? DEFAULT_COLUMNS
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: meta,
    columnDefinitions: columns.map(columnDefinition),
    rows: (kind.rowOrder === undefined ? objects : [...objects].sort(kind.rowOrder)).map((object) => row(kind, object, include, now)),
  }
}

function columnDefinition(c: Column): Obj {
  return {
    name: c.name,
    type: c.type ?? 'string',
    format: c.format ?? '',
    description: c.description ?? '',
    priority: c.priority ?? 0,
  }
}

function row(kind: Kind, object: Obj, include: string, now: Micros): Obj {
  const cells: readonly Cell[] = kind.row?.(object, { now }) ?? [
    str(object, 'metadata', 'name'),
    str(object, 'metadata', 'creationTimestamp'),
  ]
  const out: Draft = { cells }
  const conditions = rowConditions(object)
  if (conditions !== undefined) out.conditions = conditions
  out.object = include === 'None' ? null : include === 'Object' ? object : partialMetadata(object)
  return out
}

/** A pod that has ended is marked, so that `kubectl get` may leave it out. */
function rowConditions(object: Obj): readonly Obj[] | undefined {
  if (object.kind !== 'Pod') return undefined
  const phase = str(object, 'status', 'phase')
  if (phase === 'Succeeded')
    return [
      {
        type: 'Completed',
        status: 'True',
        reason: 'Succeeded',
        message: 'The pod has completed successfully.',
      },
    ]
  if (phase === 'Failed')
    return [
      {
        type: 'Completed',
        status: 'True',
        reason: 'Failed',
        message: 'The pod failed.',
      },
    ]
  return undefined
}

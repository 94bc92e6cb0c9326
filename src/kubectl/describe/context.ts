import type { Obj } from '#kubernetes/api/json.ts'
import { bool, num, objs, str } from '#kubernetes/api/json.ts'
import { formatSelector, labelSelectorAsSelector } from '#kubernetes/api/labels.ts'
import { parseRfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { ServerError } from '../errors.ts'
import type { Kubectl } from '../kubectl.ts'
import { humanDuration } from '../print/age.ts'
import { formatLabels } from '../print/table.ts'
import type { KubeObject } from '../rest.ts'
import { annotations, type Description } from './writer.ts'

/** Writes what is to be told of an object, all but its events. */
export type Describer = (k: Kubectl, d: Description, object: KubeObject) => Sim<void>

/** Items of a collection, followed through its chunks by the server; empty when it may not be read. */
export function* listItems(k: Kubectl, path: string, query: Readonly<Record<string, string | undefined>> = {}): Sim<readonly KubeObject[]> {
  const rest = yield* k.rest()
  const list = yield* rest.json<{ items?: readonly KubeObject[] }>('GET', path, undefined, { query: { ...query, limit: '500' } })
  return list.items ?? []
}

/** As `listItems`, but a refusal counts as nothing. */
export function* tryListItems(
  k: Kubectl,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Sim<readonly KubeObject[]> {
  try {
    return yield* listItems(k, path, query)
  } catch (error) {
    if (error instanceof ServerError) return []
    throw error
  }
}

/** The text of a LabelSelector as `labels.Selector` prints it; nothing for one that selects everything. */
export function selectorText(selector: unknown): string {
  const parsed = labelSelectorAsSelector(selector)
  return parsed === undefined ? '<error>' : formatSelector(parsed)
}

export function head(d: Description, object: KubeObject, namespaced = true): void {
  d.line(0, `Name:\t${object.metadata?.name ?? ''}`)
  if (namespaced) d.line(0, `Namespace:\t${object.metadata?.namespace ?? ''}`)
}

export function labelsAndAnnotations(d: Description, object: KubeObject, level = 0): void {
  d.map(level, 'Labels', object.metadata?.labels)
  annotations(d, level, object.metadata?.annotations)
}

export function controlledBy(d: Description, object: KubeObject): void {
  const owner = object.metadata?.ownerReferences?.find((o) => o.controller === true)
  if (owner !== undefined) d.line(0, `Controlled By:\t${owner.kind}/${owner.name}`)
}

/** The `Conditions:` table of a workload. */
export function workloadConditions(d: Description, object: KubeObject): void {
  const conditions = objs(object, 'status', 'conditions')
  if (conditions.length === 0) return
  d.line(0, 'Conditions:\n  Type\tStatus\tReason')
  d.line(1, '----\t------\t------')
  for (const c of conditions) d.line(1, `${str(c, 'type')} \t${str(c, 'status')}\t${str(c, 'reason')}`)
}

/** How long ago, for `Terminating (lasts 5s)`. */
export function since(k: Kubectl, timestamp: string): string {
  const time = parseRfc3339(timestamp)
  return time === undefined ? '<unknown>' : humanDuration((k.proc.now() - time) / 1_000_000)
}

export const count = (object: unknown, ...path: readonly string[]): number => num(object, ...path) ?? 0

export const optional = (value: number | undefined, fallback = '<unset>'): string => (value === undefined ? fallback : String(value))

export function boolText(object: unknown, ...path: readonly string[]): string {
  const value = bool(object, ...path)
  return value === undefined ? '<unset>' : value ? 'True' : 'False'
}

/** Go's `%v` of a list of strings. */
export const goList = (list: readonly string[]): string => `[${list.join(' ')}]`

export const pairs = (map: Obj): string => formatLabels(map as Readonly<Record<string, string>>)

export const intOrString = (value: unknown): string => (value === undefined || value === null ? '<nil>' : String(value))

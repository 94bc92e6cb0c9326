/** The three-way merge of `kubectl apply`, as a JSON merge patch over last-applied, manifest and live object. */

import { goJson } from '#kubernetes/api/json.ts'
import { sorted } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** The object with itself recorded in the last-applied annotation. */
export function lastApplied(object: KubeObject): KubeObject {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata?.annotations ?? {}
  const bare = { ...object, metadata: { ...object.metadata, annotations } }
  const text = `${goJson(sorted(bare))}\n`
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } }
}

/** The configuration recorded by the last apply; undefined without one. */
export function recordedConfig(live: KubeObject): KubeObject | undefined {
  const text = live.metadata?.annotations?.[LAST_APPLIED]
  return text === undefined ? undefined : (JSON.parse(text) as KubeObject)
}

type Json = unknown
type JsonMap = Record<string, Json>

const isMap = (v: Json): v is JsonMap => typeof v === 'object' && v !== null && !Array.isArray(v)

/** Merge keys of the lists that strategic merge joins by key; told by discovery-independent knowledge of the API's types. */
export type MergeKeys = (path: readonly string[]) => string | undefined

/**
 * The strategic merge patch that takes `live` to `wanted`, deleting what `last` had and `wanted` has not; undefined
 * when there is nothing to do. Lists without a merge key are replaced whole.
 */
export function threeWayPatch(last: JsonMap, wanted: JsonMap, live: JsonMap, mergeKeys: MergeKeys): JsonMap | undefined {
  return diffMap(last, wanted, live, mergeKeys, [])
}

function diffMap(last: JsonMap, wanted: JsonMap, live: JsonMap, mergeKeys: MergeKeys, path: readonly string[]): JsonMap | undefined {
  const patch: JsonMap = {}
  for (const key of Object.keys(last)) if (!(key in wanted) && key in live) patch[key] = null
  for (const [key, value] of Object.entries(wanted)) {
    const at = [...path, key]
    const now = live[key]
    if (value === null) {
      if (key in live) patch[key] = null
    } else if (isMap(value) && isMap(now)) {
      const inner = diffMap(isMap(last[key]) ? last[key] : {}, value, now, mergeKeys, at)
      if (inner !== undefined) patch[key] = inner
    } else if (Array.isArray(value) && Array.isArray(now) && mergeKeys(at) !== undefined) {
      Object.assign(patch, diffList(key, Array.isArray(last[key]) ? last[key] : [], value, now, mergeKeys, at))
    } else if (JSON.stringify(sorted(value)) !== JSON.stringify(sorted(now))) patch[key] = value
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

function diffList(
  key: string,
  last: readonly Json[],
  wanted: readonly Json[],
  live: readonly Json[],
  mergeKeys: MergeKeys,
  path: readonly string[],
): JsonMap {
  const by = mergeKeys(path) ?? 'name'
  if (by === '') return diffSet(key, last, wanted, live)
  const find = (list: readonly Json[], id: Json): JsonMap | undefined => list.filter(isMap).find((item) => item[by] === id)
  const changes: JsonMap[] = []
  for (const item of wanted.filter(isMap)) {
    const now = find(live, item[by])
    if (now === undefined) changes.push(item)
    else {
      const inner = diffMap(find(last, item[by]) ?? {}, item, now, mergeKeys, path)
      if (inner !== undefined) changes.push({ ...inner, [by]: item[by] })
    }
  }
  for (const item of last.filter(isMap)) {
    if (find(wanted, item[by]) === undefined && find(live, item[by]) !== undefined) changes.push({ $patch: 'delete', [by]: item[by] })
  }
  if (changes.length === 0) return {}
  return { [`$setElementOrder/${key}`]: wanted.filter(isMap).map((item) => ({ [by]: item[by] })), [key]: changes }
}

/** Lists of plain values that merge as sets: what is to be added, and what to be taken out. */
function diffSet(key: string, last: readonly Json[], wanted: readonly Json[], live: readonly Json[]): JsonMap {
  const added = wanted.filter((v) => !live.includes(v))
  const removed = last.filter((v) => !wanted.includes(v) && live.includes(v))
  if (added.length === 0 && removed.length === 0) return {}
  return {
    ...(removed.length === 0 ? {} : { [`$deleteFromPrimitiveList/${key}`]: removed }),
    [`$setElementOrder/${key}`]: wanted,
    ...(added.length === 0 ? {} : { [key]: added }),
  }
}

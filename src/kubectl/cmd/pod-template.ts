import { clone, type Draft, draft, drafts, isObj } from '#kubernetes/api/json.ts'
import type { KubeObject } from '../rest.ts'

/** A changeable copy of an object and, in it, the spec of its Pods; undefined for kinds that have none. */
export function withPodSpec(object: KubeObject): { copy: Draft; spec: Draft } | undefined {
  const copy = clone(object) as Draft
  if (object.kind === 'Pod') return { copy, spec: draft(copy, 'spec') }
  if (!isObj(object.spec)) return undefined
  const spec = draft(copy, 'spec')
  if (object.kind === 'CronJob') return { copy, spec: draft(draft(draft(draft(spec, 'jobTemplate'), 'spec'), 'template'), 'spec') }
  if (!isObj(spec.template)) return undefined
  return { copy, spec: draft(draft(spec, 'template'), 'spec') }
}

/** Containers whose names match a shell pattern. */
export function matchingContainers(spec: Draft, pattern: string): { all: Draft[]; chosen: Draft[] } {
  const all = drafts(spec, 'containers')
  const expression = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
  return { all, chosen: all.filter((c) => expression.test(String(c.name))) }
}

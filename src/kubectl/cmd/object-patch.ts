import { mergeKeyOf } from '#kubernetes/api/merge-keys.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath } from '../builder.ts'
import type { Call } from '../command.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupVersion, type Mapping } from '../mapping.ts'
import { dryRun } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { type MergeKeys, threeWayPatch } from './apply-patch.ts'

export const mergeKeysOf =
  (mapping: Mapping): MergeKeys =>
  (path) =>
    mergeKeyOf(groupVersion(mapping), mapping.kind, path)

/** Groups whose objects are the cluster's own kinds: strategic merge patches are understood. */
export const isBuiltIn = (mapping: Mapping): boolean =>
  mapping.group === '' || !mapping.group.includes('.') || mapping.group.endsWith('.k8s.io')

/** The patch that takes `before` to `after`; undefined when they are alike. */
export function patchBetween(mapping: Mapping, before: KubeObject, after: KubeObject): Record<string, unknown> | undefined {
  const keys: MergeKeys = isBuiltIn(mapping) ? mergeKeysOf(mapping) : () => undefined
  return threeWayPatch({ ...before }, { ...after }, { ...before }, keys)
}

/** Sends a changed object as a patch (nothing under a client dry run); the object as it is then. */
export function* sendChange(k: Kubectl, call: Call, info: Info, after: KubeObject, patch: Record<string, unknown>): Sim<KubeObject> {
  if (dryRun(call) === 'client') return after
  const rest = yield* k.rest()
  const query = { fieldManager: call.flags.string('field-manager') || undefined, dryRun: dryRun(call) === 'server' ? 'All' : undefined }
  const contentType = isBuiltIn(info.mapping) ? 'application/strategic-merge-patch+json' : 'application/merge-patch+json'
  return yield* rest.json('PATCH', infoPath(info), patch, { contentType, query })
}

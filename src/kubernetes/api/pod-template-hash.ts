/**
 * The hashes in the names of ReplicaSets and ControllerRevisions: pure functions of the template.
 * Source: k8s.io/kubernetes pkg/controller (ComputeHash), pkg/controller/history (HashControllerRevision).
 */
import { goDump } from './go-dump.ts'
import { fnv1a32, fnv132 } from './hash.ts'
import { goJson, type Obj } from './json.ts'
import { safeEncodeString } from './names.ts'
import { definition } from './schema.ts'

/** Four more bytes of nothing when there was a collision: the count as uint32, in eight bytes. */
function collisionBytes(collisionCount: number | undefined): Uint8Array {
  if (collisionCount === undefined) return new Uint8Array(0)
  const out = new Uint8Array(8)
  out[0] = collisionCount & 0xff
  out[1] = (collisionCount >> 8) & 0xff
  out[2] = (collisionCount >> 16) & 0xff
  out[3] = (collisionCount >>> 24) & 0xff
  return out
}

/** `pod-template-hash` of a PodTemplateSpec as it is stored (with defaults). `collisionCount`: the Deployment's, if it has one. */
export function computeHash(template: Obj, collisionCount?: number): string {
  const dump = goDump(template, definition('io.k8s.api.core.v1.PodTemplateSpec'))
  return safeEncodeString(String(fnv1a32(dump, collisionBytes(collisionCount))))
}

/**
 * Hash of a ControllerRevision's data: of the very text of the JSON document, members in the order they have. `collisionCount`
 * counts from 0; undefined: none.
 */
export function controllerRevisionHash(data: Obj, collisionCount?: number): string {
  const suffix = collisionCount === undefined ? '' : String(collisionCount)
  return safeEncodeString(String(fnv132(`${goJson(data)}${suffix}`)))
}

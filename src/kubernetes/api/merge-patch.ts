/** JSON Merge Patch (RFC 7386): null removes. The document is not changed. */
import { clone, type Draft, isObj } from './json.ts'

export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isObj(patch)) return clone(patch)
  const out: Draft = isObj(document) ? { ...document } : {}
  for (const key of Object.keys(patch)) {
    const value = patch[key]
    if (value === null) delete out[key]
    else out[key] = isObj(value) ? applyMergePatch(out[key], value) : clone(value)
  }
  return out
}

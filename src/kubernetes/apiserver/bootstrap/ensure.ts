/** Objects the server makes itself. */

import { decodeAs } from '#kubernetes/api/decode.ts'
import { parseGroupVersion } from '#kubernetes/api/group-version.ts'
import { type Draft, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { updateManagedFields } from '#kubernetes/api/managed-fields.ts'
import { definition } from '#kubernetes/api/schema.ts'
import { rfc3339 } from '#sim/time.ts'
import { apiVersionOf } from '../context.ts'
import type { ApiServer } from '../server.ts'

/**
 * Stores an object unless it is there, as the server itself. `filled`: members of its spec and status that the kind's strategy adds,
 * which nobody owns.
 */
export function ensure(server: ApiServer, object: Obj, filled: { readonly spec?: Obj; readonly status?: Obj } = {}): void {
  const endpoint = server.kinds.byKind(parseGroupVersion(str(object, 'apiVersion')).group, str(object, 'kind'))
  if (endpoint === undefined) throw new Error(`no kind ${str(object, 'kind')}`)
  const { kind, served } = endpoint
  const storage = server.storage(kind)
  const draft = decodeAs(object, definition(served.def)).value
  const meta: Draft = { ...obj(draft, 'metadata') }
  draft.metadata = meta
  const namespace = str(meta, 'namespace')
  if (storage.get(namespace, str(meta, 'name')) !== undefined) return
  kind.strategy?.defaults?.(draft)
  meta.uid = server.random.uuid()
  meta.creationTimestamp = rfc3339(server.sim.now)
  if (kind.strategy?.generationOf) meta.generation = 1
  const written: Draft = { ...draft, metadata: { ...meta } }
  if (kind.status === true) delete written.status
  updateManagedFields(written, undefined, {
    manager: 'kube-apiserver',
    apiVersion: apiVersionOf(served),
    time: rfc3339(server.sim.now),
    subresource: '',
    def: definition(served.def),
  })
  meta.managedFields = obj(written, 'metadata').managedFields
  for (const [part, members] of Object.entries(filled)) draft[part] = { ...obj(draft, part), ...members }
  storage.create(namespace, str(meta, 'name'), draft)
}

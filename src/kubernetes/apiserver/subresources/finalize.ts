/** Takes finalizers off a namespace; without any, a namespace that is being deleted goes. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { type Draft, obj, str, strs } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { validateAdmission } from '../admission/admission.ts'
import { readBody } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { jsonResponse } from '../response.ts'
import { decodeBody, get } from '../rest.ts'
import { validateNamespaceFinalize } from '../validation/namespaces.ts'

export function* finalize(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const decoded = decodeBody(context, endpoint, readBody(context.request).value)
  const current = get(context, endpoint)
  const version = str(decoded, 'metadata', 'resourceVersion')
  const name = str(current, 'metadata', 'name')
  if (version !== '' && version !== str(current, 'metadata', 'resourceVersion'))
    throw errors.newConflict({ group: '', resource: 'namespaces' }, name, errors.MODIFIED)
  const problems = validateNamespaceFinalize(decoded)
  if (problems.length > 0) throw errors.newInvalid({ group: '', kind: 'Namespace' }, name, problems)
  const storage = context.server.storage(endpoint.kind)
  const finalizers = strs(decoded, 'spec', 'finalizers')
  const spec: Draft = { ...obj(current, 'spec'), finalizers }
  if (finalizers.length === 0) delete spec.finalizers
  const changed = { ...current, spec }
  const { kind } = endpoint
  validateAdmission(context, { operation: 'UPDATE', kind, endpoint, object: changed, old: current })
  const stored = storage.update(changed, current)
  if (stored === undefined) throw errors.newConflict({ group: '', resource: 'namespaces' }, name, errors.MODIFIED)
  if (
    finalizers.length === 0 &&
    str(current, 'metadata', 'deletionTimestamp') !== '' &&
    strs(current, 'metadata', 'finalizers').length === 0
  )
    storage.delete('', name)
  return jsonResponse(200, stored)
}

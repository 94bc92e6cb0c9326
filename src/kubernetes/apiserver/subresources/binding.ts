/** Puts a pod on a node: what a scheduler asks for. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { type Draft, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { readObject } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { jsonResponse } from '../response.ts'
import { validateBinding } from '../validation/pod.ts'

const PODS = { group: '', resource: 'pods' }

const BOUND = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

export function* binding(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  bind(context, endpoint, context.info.name, readObject(context.request))
  return jsonResponse(201, BOUND)
}

/** The older way, bindings beside pods: the pod is the one of the binding's name. Source: registry/core/pod/storage, LegacyBindingREST. */
export function legacyBinding(context: RequestContext): HttpResponse {
  const body = readObject(context.request)
  bind(context, context.server.endpoint('', 'pods'), str(body, 'metadata', 'name'), body)
  return jsonResponse(201, BOUND)
}

/** Binds a pod. Throws Conflict when it has a node already, or is being deleted. */
export function bind(context: RequestContext, endpoint: Endpoint, name: string, body: Obj): void {
  const storage = context.server.storage(endpoint.kind)
  const pod = storage.get(context.info.namespace, name)
  if (pod === undefined) throw errors.newNotFound(PODS, name)
  const node = str(body, 'target', 'name')
  const problems = validateBinding(body)
  if (problems.length > 0) throw errors.newInvalid({ group: '', kind: 'Binding' }, name, problems)
  const uid = str(body, 'metadata', 'uid')
  if (uid !== '' && uid !== str(pod, 'metadata', 'uid'))
    throw errors.newConflict(
      { group: '', resource: 'pods/binding' },
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${str(pod, 'metadata', 'uid')}`,
    )
  const refuse = (why: string): errors.StatusError => errors.newConflict({ group: '', resource: 'pods/binding' }, name, why)
  if (str(pod, 'metadata', 'deletionTimestamp') !== '') throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
  if (str(pod, 'spec', 'nodeName') !== '') throw refuse(`pod ${name} is already assigned to node "${str(pod, 'spec', 'nodeName')}"`)
  if (objs(pod, 'spec', 'schedulingGates').length > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`)
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: rfc3339(context.now),
  }
  const conditions = objs(pod, 'status', 'conditions').filter((c) => c.type !== 'PodScheduled')
  const meta: Draft = { ...obj(pod, 'metadata') }
  const annotations = obj(body, 'metadata', 'annotations')
  if (Object.keys(annotations).length > 0) meta.annotations = { ...obj(meta, 'annotations'), ...annotations }
  const bound: Draft = {
    ...pod,
    metadata: meta,
    spec: { ...obj(pod, 'spec'), nodeName: node },
    status: { ...obj(pod, 'status'), conditions: [...conditions, scheduled] },
  }
  if (!context.dryRun && storage.update(bound, pod) === undefined) throw errors.newConflict(PODS, name, errors.MODIFIED)
}

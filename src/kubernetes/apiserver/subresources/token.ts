/** Tokens of a service account. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { invalid } from '#kubernetes/api/field.ts'
import { isObj, num, obj, str, strs } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { issueToken } from '../authentication/service-account-tokens.ts'
import { readObject } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { jsonResponse } from '../response.ts'
import { get } from '../rest.ts'

const SHORTEST = 600
const LONGEST = 2 ** 32

export function* token(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const account = get(context, endpoint)
  const body = readObject(context.request)
  const spec = obj(body, 'spec')
  const name = str(account, 'metadata', 'name')
  const namespace = str(account, 'metadata', 'namespace')
  const seconds = num(spec, 'expirationSeconds') ?? 3600
  const refuse = (why: string): errors.StatusError =>
    errors.newInvalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [invalid('spec.expirationSeconds', seconds, why)])
  if (seconds < SHORTEST) throw refuse('may not specify a duration less than 10 minutes')
  if (seconds > LONGEST) throw refuse('may not specify a duration larger than 2^32 seconds')
  const ref = spec.boundObjectRef
  let bound: { kind: string; name: string; uid: string } | undefined
  let node: { name: string; uid: string } | undefined
  if (isObj(ref)) {
    const plural = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[str(ref, 'kind')]
    if (plural === undefined)
      throw errors.newBadRequest(`cannot bind token for serviceaccount ${name} to object with kind ${str(ref, 'kind')}`)
    const target = context.server.object('', plural, plural === 'nodes' ? '' : namespace, str(ref, 'name'))
    if (target === undefined) throw errors.newNotFound({ group: '', resource: plural }, str(ref, 'name'))
    const uid = str(target, 'metadata', 'uid')
    if (str(ref, 'uid') !== '' && str(ref, 'uid') !== uid)
      throw errors.newConflict(
        { group: '', resource: plural },
        str(ref, 'name'),
        `the UID in the bound object reference (${str(ref, 'uid')}) does not match the UID in record. The object might have been deleted and then recreated`,
      )
    bound = { kind: str(ref, 'kind'), name: str(ref, 'name'), uid }
    const nodeName = str(target, 'spec', 'nodeName')
    const nodeObject = plural === 'pods' && nodeName !== '' ? context.server.object('', 'nodes', '', nodeName) : undefined
    if (nodeObject !== undefined) node = { name: nodeName, uid: str(nodeObject, 'metadata', 'uid') }
  }
  const issued = issueToken(context.server, {
    namespace,
    serviceAccount: name,
    serviceAccountUid: str(account, 'metadata', 'uid'),
    audiences: strs(spec, 'audiences'),
    expirationSeconds: seconds,
    ...(bound === undefined ? {} : { bound }),
    ...(node === undefined ? {} : { node }),
  })
  const audiences = strs(spec, 'audiences')
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: rfc3339(context.now) },
    spec: {
      audiences: audiences.length > 0 ? audiences : ['https://kubernetes.default.svc.cluster.local'],
      expirationSeconds: seconds,
      boundObjectRef: isObj(ref) ? ref : null,
    },
    status: {
      token: issued.token,
      expirationTimestamp: rfc3339(issued.expires),
    },
  })
}

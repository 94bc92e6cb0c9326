/** Subresources other than status: a name, a file. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import type { Sim } from '#sim/wait.ts'
import { admitPart } from './admission/admission.ts'
import type { Endpoint, RequestContext } from './context.ts'
import { approval } from './subresources/approval.ts'
import { binding } from './subresources/binding.ts'
import { eviction } from './subresources/eviction.ts'
import { finalize } from './subresources/finalize.ts'
import { ownObject } from './subresources/own-kinds.ts'
import { ephemeralContainers, resize } from './subresources/pod-parts.ts'
import { nodeProxy, podAttach, podExec, podLog, podPortForward, podProxy, serviceProxy } from './subresources/proxy.ts'
import { scale } from './subresources/scale.ts'
import { token } from './subresources/token.ts'

export type SubresourceServer = (context: RequestContext, endpoint: Endpoint) => Sim<HttpResponse>

const SUBRESOURCES: { readonly [path: string]: SubresourceServer } = {
  'pods/binding': binding,
  'pods/eviction': eviction,
  'pods/ephemeralcontainers': ephemeralContainers,
  'pods/resize': resize,
  'pods/log': podLog,
  'pods/exec': podExec,
  'pods/attach': podAttach,
  'pods/portforward': podPortForward,
  'pods/proxy': podProxy,
  'services/proxy': serviceProxy,
  'nodes/proxy': nodeProxy,
  'namespaces/finalize': finalize,
  'serviceaccounts/token': token,
  'certificatesigningrequests/approval': approval,
}

export function* serveSubresource(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const { kind } = endpoint
  const name = context.info.subresource
  const serve =
    name === 'scale' && kind.scale !== undefined ? scale : kind.custom === undefined ? SUBRESOURCES[`${kind.plural}/${name}`] : undefined
  if (serve === undefined) throw errors.newPathNotFound()
  const own = ownObject(context, kind)
  if (own !== undefined) admitPart(context, endpoint, own)
  return yield* serve(context, endpoint)
}

/**
 * The admission chain: plugins that may change an object, then plugins that may refuse it, in upstream's order.
 */
import type { Draft, Obj } from '#kubernetes/api/json.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import type { Kind } from '../registry/kind.ts'
import { validatingAdmissionPolicy } from './admission-policies.ts'
import { PLUGINS } from './plugins.ts'

export interface Attributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly kind: Kind
  readonly endpoint: Endpoint
  /** The object as it will be; undefined for a delete. */
  readonly object: Draft | undefined
  readonly old: Obj | undefined
}

export interface Plugin {
  readonly name: string
  /** May change `attributes.object`; true: in a way that all plugins have to look at again, once (`again`). Throws StatusErrors. */
  readonly admit?: (context: RequestContext, attributes: Attributes, again: boolean) => boolean | void
  readonly validate?: (context: RequestContext, attributes: Attributes) => void
}

export function admit(context: RequestContext, attributes: Attributes): void {
  if (admitOnce(context, attributes, false)) admitOnce(context, attributes, true)
}

/** Whether the object was changed in a way that asks for a second round. Source: apiserver pkg/admission/reinvocation.go. */
function admitOnce(context: RequestContext, attributes: Attributes, again: boolean): boolean {
  let changed = false
  for (const plugin of PLUGINS) if (plugin.admit?.(context, attributes, again) === true) changed = true
  return changed
}

export function validateAdmission(context: RequestContext, attributes: Attributes): void {
  for (const plugin of PLUGINS) plugin.validate?.(context, attributes)
}

/**
 * Asks the policies about a connection. `options` is what the subresource's own kind would hold. Source: the handlers' ConnectResource.
 * Differs: no other plugin looks at connections, and mutations don't either.
 */
export function admitConnection(context: RequestContext, endpoint: Endpoint, options: Obj): void {
  const { kind } = endpoint
  validatingAdmissionPolicy.validate?.(context, { operation: 'CONNECT', kind, endpoint, object: { ...options }, old: undefined })
}

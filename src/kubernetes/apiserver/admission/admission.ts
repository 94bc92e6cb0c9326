/**
 * The admission chain: plugins that may change an object, then plugins that may refuse it, in upstream's order.
 */
import type { Draft, Obj } from '#kubernetes/api/json.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import type { Kind } from '../registry/kind.ts'
import type { OwnObject } from '../subresources/own-kinds.ts'
import { validatingAdmissionPolicy } from './admission-policies.ts'
import { nodeRestriction } from './node-restriction.ts'
import { PLUGINS } from './plugins.ts'

export interface Attributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly kind: Kind
  readonly endpoint: Endpoint
  /** The object as it will be; undefined for a delete. */
  readonly object: Draft | undefined
  readonly old: Obj | undefined
  /** The object is of a kind of the subresource's own. */
  readonly part?: true
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
 * Asks about what a subresource has a kind of its own for: connections, evictions, bindings, tokens. Source: the handlers' ConnectResource
 * and createHandler. Differs: MutatingAdmissionPolicies don't see these.
 */
export function admitPart(context: RequestContext, endpoint: Endpoint, { operation, object }: OwnObject): void {
  const attributes: Attributes = { operation, kind: endpoint.kind, endpoint, object: { ...object }, old: undefined, part: true }
  nodeRestriction.admit?.(context, attributes, false)
  validatingAdmissionPolicy.validate?.(context, attributes)
}

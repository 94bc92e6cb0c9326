/**
 * The admission chain: plugins that may change an object, then plugins that may refuse it, in upstream's order.
 */
import type { Draft, Obj } from '#kubernetes/api/json.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import type { Kind } from '../registry/kind.ts'
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
  /** May change `attributes.object`. Throws StatusErrors. */
  readonly admit?: (context: RequestContext, attributes: Attributes) => void
  readonly validate?: (context: RequestContext, attributes: Attributes) => void
}

export function admit(context: RequestContext, attributes: Attributes): void {
  for (const plugin of PLUGINS) plugin.admit?.(context, attributes)
}

export function validateAdmission(context: RequestContext, attributes: Attributes): void {
  for (const plugin of PLUGINS) plugin.validate?.(context, attributes)
}

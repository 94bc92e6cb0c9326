/** What one request carries through the server. */

import type { HttpRequest, Query } from '#http/message.ts'
import type { Draft } from '#kubernetes/api/json.ts'
import type { Micros } from '#sim/wait.ts'
import type { Kind, Served } from './registry/kind.ts'
import type { ApiServer } from './server.ts'

/** Who asks. Source: authentication.k8s.io/v1 UserInfo. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: { readonly [key: string]: readonly string[] }
}

/** What is asked, as authorisation sees it. Source: k8s.io/apiserver pkg/endpoints/request. */
export interface RequestInfo {
  readonly isResource: boolean
  readonly path: string
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** What follows the subresource: the path behind a proxy. */
  readonly rest: string
}

/** A kind in the version asked for. */
export interface Endpoint {
  readonly kind: Kind
  readonly served: Served
}

export interface RequestContext {
  readonly server: ApiServer
  readonly request: HttpRequest
  readonly info: RequestInfo
  readonly query: Query
  readonly user: UserInfo
  readonly now: Micros
  readonly dryRun: boolean
  /** Texts for Warning headers. */
  readonly warnings: string[]
  /** Who writes, for managed fields. */
  readonly manager: string
  /** Sets the managed fields instead of the usual rule: server-side apply. */
  readonly finishManaged?: (object: Draft) => void
}

export const apiVersionOf = (gv: { readonly group: string; readonly version: string }): string =>
  gv.group === '' ? gv.version : `${gv.group}/${gv.version}`

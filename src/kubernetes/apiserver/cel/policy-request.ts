/** A request as the expressions of admission policies see it. Source: apiserver pkg/admission/plugin/cel (activation.go, condition.go). */

import { parseTarget } from '#http/message.ts'
import { parseGroupVersion } from '#kubernetes/api/group-version.ts'
import { type Draft, type Obj, obj, str } from '#kubernetes/api/json.ts'
import type { Attributes } from '../admission/admission.ts'
import type { RequestContext, RequestInfo, UserInfo } from '../context.ts'
import { convertOut } from '../convert.ts'
import type { Served } from '../registry/kind.ts'
import { scaleOf } from '../subresources/scale.ts'
import type { Lookup } from './interpreter.ts'
import { celValue } from './json-values.ts'
import { type Answer, AuthorizerValue, type Question, ResourceCheck } from './library/authz.ts'
import { parseTimestamp } from './time.ts'
import { List, MapValue, type Value } from './values.ts'

/** What a run of a policy sees besides the request itself. */
export interface Seen {
  /** The version in which the policy asked for the object. */
  readonly served: Served
  readonly params: Obj | undefined
  /** Match conditions don't see the namespace. */
  readonly namespace: boolean
  /** messageExpressions can't ask the authoriser. */
  readonly authorizer: boolean
}

/** One request on its way through admission. */
export class PolicyRequest {
  readonly context: RequestContext
  readonly attributes: Attributes
  readonly #values = new Map<string, Value>()

  constructor(context: RequestContext, attributes: Attributes) {
    this.context = context
    this.attributes = attributes
  }

  get #either(): Obj | undefined {
    return this.attributes.object ?? this.attributes.old
  }

  get subresource(): string {
    return this.context.info.subresource
  }

  /** The object's name; `''` while it is to be generated. */
  get name(): string {
    return this.context.info.name || str(this.#either, 'metadata', 'name')
  }

  /** A namespace is in itself. */
  get namespace(): string {
    const { kind } = this.attributes
    if (kind.plural === 'namespaces' && kind.custom === undefined) return this.name
    return kind.namespaced ? this.context.info.namespace || str(this.#either, 'metadata', 'namespace') : ''
  }

  /** The stored Namespace the object is in; undefined for objects without and for Namespaces. */
  get namespaceObject(): Obj | undefined {
    if (!this.attributes.kind.namespaced || this.namespace === '') return undefined
    return this.context.server.object('', 'namespaces', '', this.namespace)
  }

  /** Variables of an expression. */
  lookup(seen: Seen): Lookup {
    return (name) => {
      switch (name) {
        case 'object':
          return this.#once(`object ${seen.served.group}/${seen.served.version}`, () => this.#object(this.attributes.object, seen.served))
        case 'oldObject':
          return this.#once(`old ${seen.served.group}/${seen.served.version}`, () => this.#object(this.attributes.old, seen.served))
        case 'params':
          return celValue(seen.params)
        case 'request':
          return this.#once(`request ${seen.served.group}/${seen.served.version}`, () => celValue(this.#request(seen.served)))
        case 'namespaceObject':
          return seen.namespace ? this.#once(name, () => namespaceValue(this.namespaceObject)) : null
        case 'authorizer':
          return seen.authorizer ? this.#once(name, () => new AuthorizerValue((q) => this.#ask(q), undefined)) : undefined
        case 'authorizer.requestResource':
          return seen.authorizer ? this.#once(name, () => this.#requestResource()) : undefined
        default:
          return undefined
      }
    }
  }

  /** Forgets the object: it has been changed. */
  changed(): void {
    this.#values.clear()
  }

  #once(name: string, make: () => Value): Value {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const value = make()
    this.#values.set(name, value)
    return value
  }

  #object(object: Obj | undefined, served: Served): Value {
    if (object === undefined) return null
    const { kind, part, endpoint } = this.attributes
    if (part) return celValue(object)
    if (this.isScale) return celValue(scaleOf(endpoint, object))
    return celValue(convertOut({ kind, served }, object))
  }

  /** The request is for a Scale, whatever has it. */
  get isScale(): boolean {
    return this.subresource === 'scale' && this.attributes.kind.scale !== undefined
  }

  /** Subresources have kinds of their own. */
  #kind(served: Served): Obj {
    const { kind, object, part } = this.attributes
    if (part) return { ...parseGroupVersion(str(object, 'apiVersion')), kind: str(object, 'kind') }
    if (this.isScale) return { group: 'autoscaling', version: 'v1', kind: 'Scale' }
    return { group: served.group, version: served.version, kind: kind.kind }
  }

  #request(served: Served): Obj {
    const { context, attributes } = this
    const { kind, endpoint } = attributes
    const asked = endpoint.served
    const out: Draft = {
      kind: this.#kind(served),
      resource: { group: served.group, version: served.version, resource: kind.plural },
      requestKind: this.#kind(asked),
      requestResource: { group: asked.group, version: asked.version, resource: kind.plural },
      operation: attributes.operation,
      userInfo: userOf(context.user),
      dryRun: context.dryRun,
      options: this.#options(),
    }
    if (this.subresource !== '') {
      out.subResource = this.subresource
      out.requestSubResource = this.subresource
    }
    if (this.name !== '') out.name = this.name
    if (this.namespace !== '') out.namespace = this.namespace
    return out
  }

  #options(): Obj {
    const { context } = this
    const kinds = {
      CREATE: 'CreateOptions',
      UPDATE: context.info.verb === 'patch' ? 'PatchOptions' : 'UpdateOptions',
      DELETE: 'DeleteOptions',
    }
    const { operation } = this.attributes
    if (operation === 'CONNECT') return {}
    const out: Draft = { kind: kinds[operation], apiVersion: 'meta.k8s.io/v1' }
    for (const name of ['fieldManager', 'fieldValidation'] as const) {
      const value = context.query.get(name)
      if (value !== undefined && value !== '' && operation !== 'DELETE') out[name] = value
    }
    if (context.dryRun) out.dryRun = ['All']
    return out
  }

  #requestResource(): Value {
    const { served, kind } = this.attributes.endpoint
    return new ResourceCheck(
      { ask: (q) => this.#ask(q), serviceAccount: undefined },
      {
        group: served.group,
        resource: kind.plural,
        subresource: this.subresource,
        namespace: this.namespace,
        name: this.name,
        fieldSelector: '',
        labelSelector: '',
      },
    )
  }

  #ask(question: Question): Answer {
    const user = question.serviceAccount === undefined ? this.context.user : serviceAccountUser(question.serviceAccount)
    const { query } = parseTarget(question.kind === 'path' ? '/' : `/?fieldSelector=${encodeURIComponent(question.fieldSelector)}`)
    const { authorizer } = this.context.server
    const info = infoOf(question)
    const decision = authorizer.authorize(user, info, query)
    return { allowed: decision.allowed, reason: decision.allowed ? authorizer.why(user, info) : decision.reason }
  }
}

const EMPTY_INFO = { group: '', version: '', namespace: '', resource: '', subresource: '', name: '', rest: '' } as const

function infoOf(q: Question): RequestInfo {
  if (q.kind === 'path') return { ...EMPTY_INFO, isResource: false, path: q.path, verb: q.verb }
  const { group, namespace, resource, subresource, name, verb } = q
  return { ...EMPTY_INFO, isResource: true, path: '', verb, group, version: '*', namespace, resource, subresource, name }
}

function serviceAccountUser(account: string): UserInfo {
  const [namespace = '', name = ''] = account.split(':')
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  }
}

function userOf(user: UserInfo): Obj {
  const out: Draft = { username: user.name, groups: user.groups }
  if (user.uid !== undefined && user.uid !== '') out.uid = user.uid
  if (user.extra !== undefined && Object.keys(user.extra).length > 0) out.extra = user.extra
  return out
}

const NAMESPACE_META = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'finalizers',
]

/** A Namespace without what policies need not know; its times are timestamps. */
function namespaceValue(namespace: Obj | undefined): Value {
  if (namespace === undefined) return null
  const metadata: Draft = {}
  for (const name of NAMESPACE_META) {
    const value = obj(namespace, 'metadata')[name]
    if (value !== undefined) metadata[name] = value
  }
  return withTimes(celValue({ metadata, spec: namespace.spec ?? {}, status: namespace.status ?? {} }))
}

function withTimes(value: Value): Value {
  if (value instanceof List) return new List(value.items.map(withTimes))
  if (!(value instanceof MapValue)) return value
  return new MapValue(
    value.entries().map(([key, member]): readonly [Value, Value] => {
      const isTime = typeof key === 'string' && /Time(?:stamp)?$/.test(key) && typeof member === 'string'
      return [key, isTime ? (parseTimestamp(member) ?? member) : withTimes(member)]
    }),
  )
}

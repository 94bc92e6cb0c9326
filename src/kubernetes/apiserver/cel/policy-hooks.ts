/** Policies, their bindings and parameters. Source: apiserver pkg/admission/plugin/policy/generic. */
import { parseGroupVersion } from '#kubernetes/api/group-version.ts'
import { isObj, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { labelSelectorAsSelector, labelsOf, matches as selects } from '#kubernetes/api/labels.ts'
import type { Endpoint } from '../context.ts'
import type { Served } from '../registry/kind.ts'
import type { ApiServer } from '../server.ts'
import { matchRequest } from './policy-matching.ts'
import type { PolicyRequest } from './policy-request.ts'

const GROUP = 'admissionregistration.k8s.io'

/** One run of a policy: with a binding and one of its parameters (undefined: none). */
export interface Invocation {
  readonly policy: Obj
  readonly binding: Obj
  readonly served: Served
  readonly params: Obj | undefined
}

/** A policy or binding that can't be used as it is configured. */
export interface ConfigurationError {
  readonly policy: Obj
  readonly binding: Obj | undefined
  readonly message: string
}

/** Never asked about: what would keep an administrator from mending a policy. */
const EXEMPT = new Set([
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
])

/** The runs of a request; `sort` is the plural's beginning. Policies and bindings go by name. */
export function invocationsOf(request: PolicyRequest, sort: 'validating' | 'mutating'): readonly (Invocation | ConfigurationError)[] {
  const { context, attributes } = request
  const { server } = context
  if (EXEMPT.has(attributes.kind.plural) && attributes.endpoint.served.group === GROUP) return []
  const bindings = server.objects(GROUP, `${sort}admissionpolicybindings`)
  if (bindings.length === 0) return []
  const out: (Invocation | ConfigurationError)[] = []
  for (const policy of server.objects(GROUP, `${sort}admissionpolicies`)) {
    const mine = bindings.filter((b) => str(b, 'spec', 'policyName') === str(policy, 'metadata', 'name'))
    const served = mine.length === 0 ? undefined : matchRequest(request, obj(policy, 'spec', 'matchConstraints'))
    if (served !== undefined) out.push(...runsOf(request, policy, mine, served))
  }
  return out
}

function runsOf(request: PolicyRequest, policy: Obj, bindings: readonly Obj[], served: Served): (Invocation | ConfigurationError)[] {
  const { server } = request.context
  const paramKind = obj(policy, 'spec').paramKind
  const kind = isObj(paramKind) ? kindOf(server, paramKind) : undefined
  if (isObj(paramKind) && kind === undefined) {
    const { group, version } = parseGroupVersion(str(paramKind, 'apiVersion'))
    const what = `failed to find resource referenced by paramKind: '${group}/${version}, Kind=${str(paramKind, 'kind')}'`
    return [{ policy, binding: undefined, message: `failed to configure policy: ${what}` }]
  }
  const out: (Invocation | ConfigurationError)[] = []
  for (const binding of bindings) {
    const match = obj(binding, 'spec').matchResources
    if (isObj(match) && matchRequest(request, match) === undefined) continue
    const params = paramsOf(request, kind, obj(binding, 'spec').paramRef)
    if (typeof params === 'string') out.push({ policy, binding, message: `failed to configure binding: ${params}` })
    else for (const param of params) out.push({ policy, binding, served, params: param })
  }
  return out
}

function kindOf(server: ApiServer, paramKind: Obj): Endpoint | undefined {
  const { group, version } = parseGroupVersion(str(paramKind, 'apiVersion'))
  return server.kinds.byKind(group, str(paramKind, 'kind'), version)
}

/** The parameters of a binding (`[undefined]`: it needs none), or why there are none. */
function paramsOf(request: PolicyRequest, endpoint: Endpoint | undefined, ref: unknown): readonly (Obj | undefined)[] | string {
  if (endpoint === undefined || !isObj(ref)) return [undefined]
  const { kind } = endpoint
  const asked = str(ref, 'namespace')
  if (!kind.namespaced && asked !== '') return 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`'
  const namespace = kind.namespaced ? asked || request.namespace : ''
  if (kind.namespaced && namespace === '') return 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources'
  const storage = request.context.server.storage(kind)
  const name = str(ref, 'name')
  let found: readonly Obj[]
  if (name !== '') {
    const param = storage.get(namespace, name)
    found = param === undefined ? [] : [param]
  } else if (isObj(ref.selector)) {
    const selector = labelSelectorAsSelector(ref.selector) ?? []
    found = storage.list({ namespace, labels: [], fields: [] }).filter((o) => selects(selector, labelsOf(o)))
  } else return 'one of name or selector must be provided'
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny')
    return 'no params found for policy binding with `Deny` parameterNotFoundAction'
  return found
}

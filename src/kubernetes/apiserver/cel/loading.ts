/** When a request needs the CEL engine, and waiting for it. */
import { type HttpRequest, JsonBody } from '#http/message.ts'
import { newInternalError } from '#kubernetes/api/errors.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { readBody } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import type { ApiServer } from '../server.ts'
import type { CelEngine } from './engine-types.ts'

const GROUP = 'admissionregistration.k8s.io'
const RULES = 'x-kubernetes-validations'

/** Kinds whose objects hold expressions, or point to some. */
const POLICIES = [
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
] as const

/** Verbs that may be refused by policies, and those after which an object is validated. */
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])
const VALIDATED = new Set(['create', 'update', 'patch'])
/** Subresources that are asked about whatever the verb. */
const CONNECTS = new Set(['exec', 'attach', 'portforward', 'proxy'])

/** Waits for the engine if this request may need it and it is not there yet. */
export function* awaitCel(context: RequestContext, endpoint: Endpoint): Sim<void> {
  const { server } = context
  const { verb, subresource } = context.info
  if (server.cel !== undefined || !(WRITES.has(verb) || CONNECTS.has(subresource)) || !needsCel(context, endpoint)) return
  server.cel = yield* loaded(server)
}

function* loaded(server: ApiServer): Sim<CelEngine> {
  const engine = yield* (server.options.cel ?? none)()
  if (engine === undefined)
    throw newInternalError('podlab: CEL expressions are not modelled here: the server was started without their engine')
  return engine
}

function* none(): Sim<undefined> {
  return undefined
}

function needsCel(context: RequestContext, endpoint: Endpoint): boolean {
  const { server, info } = context
  const { kind, served } = endpoint
  if (hasBindings(server, 'validating') || hasBindings(server, 'mutating')) return true
  if (!VALIDATED.has(info.verb)) return false
  if (kind.custom !== undefined && mentionsRules(kind.custom)) return true
  if (served.group === GROUP && POLICIES.some((p) => p === kind.plural)) return true
  if (kind.plural !== 'customresourcedefinitions') return false
  return bodyMentionsRules(context.request) || mentionsRules(server.storage(kind).get('', info.name))
}

/** Bodies of patches, too, are only looked through: reading them is the verb's. */
function bodyMentionsRules(request: HttpRequest): boolean {
  const { body, headers } = request
  if (body instanceof JsonBody) return mentionsRules(body.value)
  if (headers.get('content-type')?.includes('protobuf')) return mentionsRules(readBody(request).value)
  return decode(body).includes(RULES)
}

const known = new WeakMap<object, boolean>()

/** Whether a definition, or a patch of one, has rules. */
export function mentionsRules(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const seen = known.get(value) ?? JSON.stringify(value).includes(`"${RULES}"`)
  if (Object.isFrozen(value)) known.set(value, seen)
  return seen
}

/** Whether any policy is bound; without a binding a policy does nothing. */
export const hasBindings = (server: ApiServer, sort: 'validating' | 'mutating'): boolean =>
  server.objects(GROUP, `${sort}admissionpolicybindings`).length > 0

/** The engine of a request that {@link awaitCel} let through. */
export function celOf(server: ApiServer): CelEngine {
  if (server.cel === undefined) throw newInternalError('podlab: the CEL engine is needed and was not loaded')
  return server.cel
}

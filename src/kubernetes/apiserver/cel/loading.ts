/** When a request needs the CEL engine, and waiting for it. */
import { newInternalError } from '#kubernetes/api/errors.ts'
import type { Sim } from '#sim/wait.ts'
import { readBody } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import type { ApiServer } from '../server.ts'
import type { CelEngine } from './engine-types.ts'

const GROUP = 'admissionregistration.k8s.io'
const RULES = '"x-kubernetes-validations"'

/** Kinds whose objects hold expressions, or point to some. */
const POLICIES = [
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
] as const

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Waits for the engine if this request may need it and it is not there yet. */
export function* awaitCel(context: RequestContext, endpoint: Endpoint): Sim<void> {
  const { server } = context
  if (server.cel !== undefined || !WRITES.has(context.info.verb) || !needsCel(context, endpoint)) return
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
  if (kind.custom !== undefined && mentionsRules(kind.custom)) return true
  if (served.group === GROUP && POLICIES.some((p) => p === kind.plural)) return true
  if (kind.plural === 'customresourcedefinitions') {
    const stored = server.storage(kind).get('', info.name)
    if (mentionsRules(readBody(context.request).value) || mentionsRules(stored)) return true
  }
  return hasBindings(server, 'validating') || hasBindings(server, 'mutating')
}

/** Whether a definition has rules. */
export const mentionsRules = (value: unknown): boolean => (JSON.stringify(value) ?? '').includes(RULES)

/** Whether any policy is bound; without a binding a policy does nothing. */
export const hasBindings = (server: ApiServer, sort: 'validating' | 'mutating'): boolean =>
  server.objects(GROUP, `${sort}admissionpolicybindings`).length > 0

/** The engine of a request that {@link awaitCel} let through. */
export function celOf(server: ApiServer): CelEngine {
  if (server.cel === undefined) throw newInternalError('podlab: the CEL engine is needed and was not loaded')
  return server.cel
}

/** Kinds that are questions: created, answered, never stored. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import type { FieldError } from '#kubernetes/api/field.ts'
import { type Draft, isObj, type Obj, obj, str, strs } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import { userOfToken, verifyToken } from './authentication/service-account-tokens.ts'
import { readBody } from './body.ts'
import type { Endpoint, RequestContext, RequestInfo, UserInfo } from './context.ts'
import { jsonResponse } from './response.ts'
import { decodeBody } from './rest.ts'
import { validateLocalReview, validateSelfReview, validateSubjectReview } from './validation/reviews.ts'

/** The answer, if the endpoint is a review. */
export function serveReview(context: RequestContext, endpoint: Endpoint): HttpResponse | undefined {
  const answer = ANSWERS[endpoint.kind.kind]
  if (answer === undefined) return undefined
  const decoded = decodeBody(context, endpoint, readBody(context.request).value)
  refuse(endpoint, decoded)
  const status = answer(context, decoded)
  const meta: Draft = { ...obj(decoded, 'metadata') }
  if (endpoint.kind.kind === 'SelfSubjectReview') meta.creationTimestamp = rfc3339(context.now)
  return jsonResponse(201, { ...decoded, metadata: meta, status })
}

const RULES: { readonly [kind: string]: (review: Obj) => readonly FieldError[] } = {
  SelfSubjectAccessReview: validateSelfReview,
  SubjectAccessReview: validateSubjectReview,
  LocalSubjectAccessReview: validateLocalReview,
}

/** Throws when a question can't be answered as it is. */
function refuse(endpoint: Endpoint, review: Obj): void {
  const { kind, served } = { kind: endpoint.kind.kind, served: endpoint.served }
  const problems = RULES[kind]?.(review) ?? []
  if (problems.length > 0) throw errors.newInvalid({ group: served.group, kind }, str(review, 'metadata', 'name'), problems)
  if (kind === 'TokenReview' && str(review, 'spec', 'token') === '')
    throw errors.newBadRequest('token is required for TokenReview in authentication')
  if (kind === 'SelfSubjectRulesReview' && str(review, 'spec', 'namespace') === '') throw errors.newBadRequest('no namespace on request')
}

type Answer = (context: RequestContext, review: Obj) => Obj

const ANSWERS: { readonly [kind: string]: Answer } = {
  SelfSubjectReview: (context) => ({ userInfo: userJson(context.user) }),
  SelfSubjectAccessReview: (context, review) => decide(context, context.user, review),
  SubjectAccessReview: (context, review) => decide(context, subject(review), review),
  LocalSubjectAccessReview: (context, review) => decide(context, subject(review), review),
  SelfSubjectRulesReview: rulesReview,
  TokenReview: tokenReview,
}

function userJson(user: UserInfo): Obj {
  return {
    username: user.name,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: user.groups,
    ...(user.extra === undefined ? {} : { extra: user.extra }),
  }
}

const subject = (review: Obj): UserInfo => ({
  name: str(review, 'spec', 'user'),
  groups: strs(review, 'spec', 'groups'),
})

function decide(context: RequestContext, user: UserInfo, review: Obj): Obj {
  const resource = obj(review, 'spec').resourceAttributes
  const path = obj(review, 'spec').nonResourceAttributes
  const asked: RequestInfo = isObj(resource)
    ? {
        isResource: true,
        path: '',
        verb: str(resource, 'verb'),
        group: str(resource, 'group'),
        version: str(resource, 'version'),
        namespace: str(resource, 'namespace'),
        resource: str(resource, 'resource'),
        subresource: str(resource, 'subresource'),
        name: str(resource, 'name'),
        rest: '',
      }
    : {
        isResource: false,
        path: str(path, 'path'),
        verb: str(path, 'verb'),
        group: '',
        version: '',
        namespace: '',
        resource: '',
        subresource: '',
        name: '',
        rest: '',
      }
  return accessStatus(context, user, asked)
}

function accessStatus(context: RequestContext, user: UserInfo, asked: RequestInfo): Obj {
  const decision = context.server.authorizer.authorize(user, asked)
  const out: Draft = { allowed: decision.allowed }
  const reason = decision.allowed ? context.server.authorizer.why(user, asked) : decision.reason
  if (reason !== '') out.reason = reason
  return out
}

function rulesReview(context: RequestContext, review: Obj): Obj {
  const namespace = str(review, 'spec', 'namespace')
  const all = [
    ...context.server.authorizer.rules(context.user, '').cluster,
    ...(namespace === '' ? [] : context.server.authorizer.rules(context.user, namespace).cluster),
  ]
  const resourceRules = all
    .filter((r) => strs(r, 'resources').length > 0)
    .map((r) => pick(r, 'verbs', 'apiGroups', 'resources', 'resourceNames'))
  const nonResourceRules = all.filter((r) => strs(r, 'nonResourceURLs').length > 0).map((r) => pick(r, 'verbs', 'nonResourceURLs'))
  return { resourceRules, nonResourceRules, incomplete: false }
}

function pick(rule: Obj, ...names: readonly string[]): Obj {
  const out: Draft = {}
  for (const name of names) if (rule[name] !== undefined) out[name] = rule[name]
  return out
}

function tokenReview(context: RequestContext, review: Obj): Obj {
  const token = str(review, 'spec', 'token')
  const user = userOfToken(context.server, token)
  if (user === undefined) return { authenticated: false, error: 'invalid bearer token' }
  return {
    authenticated: true,
    user: userJson(user),
    audiences: strs(verifyToken(context.server, token), 'aud'),
  }
}

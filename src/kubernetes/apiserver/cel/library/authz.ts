/** Asking the authoriser: `authorizer.group('').resource('pods').check('create').allowed()`. Source: apiserver pkg/cel/library/authz.go. */
import { isDns1123Label, isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { method, type Overload } from '../functions.ts'
import { BOOL, opaque, STRING } from '../types.ts'
import { EvaluationError, Opaque } from '../values.ts'

/** A question to the authoriser; a path, or a resource. */
export type Question =
  | { readonly kind: 'path'; readonly serviceAccount?: string; readonly path: string; readonly verb: string }
  | ({ readonly kind: 'resource'; readonly serviceAccount?: string; readonly verb: string } & ResourceQuestion)

export interface ResourceQuestion {
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly fieldSelector: string
  readonly labelSelector: string
}

export interface Answer {
  readonly allowed: boolean
  readonly reason: string
}

/** Answers for the user of the request, or for the service account that the question names (`namespace:name`). */
export type Ask = (question: Question) => Answer

abstract class Asking extends Opaque {
  readonly ask: Ask
  readonly serviceAccount: string | undefined

  constructor(ask: Ask, serviceAccount: string | undefined) {
    super()
    this.ask = ask
    this.serviceAccount = serviceAccount
  }

  equals(other: Opaque): boolean {
    return other === this
  }

  /** The part of a question that says who. */
  get who(): { readonly serviceAccount?: string } {
    return this.serviceAccount === undefined ? {} : { serviceAccount: this.serviceAccount }
  }
}

/** The variable `authorizer`. */
export class AuthorizerValue extends Asking {
  readonly typeName = 'kubernetes.authorization.Authorizer'
}

class PathCheck extends Asking {
  readonly typeName = 'kubernetes.authorization.PathCheck'
  readonly path: string
  constructor(from: Asking, path: string) {
    super(from.ask, from.serviceAccount)
    this.path = path
  }
}

class GroupCheck extends Asking {
  readonly typeName = 'kubernetes.authorization.GroupCheck'
  readonly group: string
  constructor(from: Asking, group: string) {
    super(from.ask, from.serviceAccount)
    this.group = group
  }
}

/** A resource to ask about; also the variable `authorizer.requestResource`. */
export class ResourceCheck extends Asking {
  readonly typeName = 'kubernetes.authorization.ResourceCheck'
  readonly question: ResourceQuestion
  constructor(from: { readonly ask: Ask; readonly serviceAccount: string | undefined }, question: ResourceQuestion) {
    super(from.ask, from.serviceAccount)
    this.question = question
  }
}

class DecisionValue extends Opaque {
  readonly typeName = 'kubernetes.authorization.Decision'
  readonly answer: Answer
  constructor(answer: Answer) {
    super()
    this.answer = answer
  }

  equals(other: Opaque): boolean {
    return other === this
  }
}

export const AUTHORIZER = opaque('kubernetes.authorization.Authorizer', (v): v is AuthorizerValue => v instanceof AuthorizerValue)
const PATH = opaque('kubernetes.authorization.PathCheck', (v): v is PathCheck => v instanceof PathCheck)
const GROUP = opaque('kubernetes.authorization.GroupCheck', (v): v is GroupCheck => v instanceof GroupCheck)
export const RESOURCE = opaque('kubernetes.authorization.ResourceCheck', (v): v is ResourceCheck => v instanceof ResourceCheck)
const DECISION = opaque('kubernetes.authorization.Decision', (v): v is DecisionValue => v instanceof DecisionValue)

function pathCheck(a: AuthorizerValue, path: string): PathCheck {
  if (path.trim() === '') throw new EvaluationError('path must not be empty')
  return new PathCheck(a, path)
}

function serviceAccount(a: AuthorizerValue, namespace: string, name: string): AuthorizerValue {
  if (isDns1123Subdomain(name).length > 0) throw new EvaluationError('Invalid service account name')
  if (isDns1123Label(namespace).length > 0) throw new EvaluationError('Invalid service account namespace')
  return new AuthorizerValue(a.ask, `${namespace}:${name}`)
}

function resource(g: GroupCheck, name: string): ResourceCheck {
  if (name.trim() === '') throw new EvaluationError('resource must not be empty')
  const question = { group: g.group, resource: name, subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' }
  return new ResourceCheck(g, question)
}

/** A function that sets one part of the question. */
const setter = (name: string, part: keyof ResourceQuestion): Overload =>
  method(name, [RESOURCE, STRING], RESOURCE, (r, value) => new ResourceCheck(r, { ...r.question, [part]: value }))

export const AUTHZ: readonly Overload[] = [
  method('path', [AUTHORIZER, STRING], PATH, pathCheck),
  method('group', [AUTHORIZER, STRING], GROUP, (a, group) => new GroupCheck(a, group)),
  method('serviceAccount', [AUTHORIZER, STRING, STRING], AUTHORIZER, serviceAccount),
  method('resource', [GROUP, STRING], RESOURCE, resource),
  setter('subresource', 'subresource'),
  setter('namespace', 'namespace'),
  setter('name', 'name'),
  setter('fieldSelector', 'fieldSelector'),
  setter('labelSelector', 'labelSelector'),
  method('check', [PATH, STRING], DECISION, (p, verb) => new DecisionValue(p.ask({ kind: 'path', ...p.who, path: p.path, verb }))),
  method('check', [RESOURCE, STRING], DECISION, (r, verb) => new DecisionValue(r.ask({ kind: 'resource', ...r.who, verb, ...r.question }))),
  // Differs: the model's authorisers don't fail.
  method('errored', [DECISION], BOOL, () => false),
  method('error', [DECISION], STRING, () => ''),
  method('allowed', [DECISION], BOOL, (d) => d.answer.allowed),
  method('reason', [DECISION], STRING, (d) => d.answer.reason),
]

/**
 * ValidatingAdmissionPolicy: refuses requests, or warns. Source: apiserver pkg/admission/plugin/policy/validating.
 * Differs: there is no audit log, so what goes there is computed and dropped.
 */
import { newForbidden, StatusError } from '#kubernetes/api/errors.ts'
import { type Obj, obj, str, strs } from '#kubernetes/api/json.ts'
import type { Attributes } from '../admission/admission.ts'
import type { RequestContext } from '../context.ts'
import { usableMessage } from './custom-rules.ts'
import type { Part } from './policy-environment.ts'
import { type Invocation, invocationsOf } from './policy-hooks.ts'
import { PolicyRequest } from './policy-request.ts'
import { nameOf, PolicyError, PolicyRun } from './policy-run.ts'
import { typeNameOf, type Value } from './values.ts'

interface Denial {
  readonly policy: Obj
  readonly binding: Obj | undefined
  readonly message: string
  readonly reason?: string
}

/** Runs all policies for a request; the first denial is the answer. Throws StatusErrors. */
export function validateByPolicies(context: RequestContext, attributes: Attributes): void {
  const request = new PolicyRequest(context, attributes)
  const denials: Denial[] = []
  for (const invocation of invocationsOf(request, 'validating')) {
    if ('message' in invocation) {
      if (str(invocation.policy, 'spec', 'failurePolicy') !== 'Ignore') denials.push(invocation)
    } else denials.push(...runPolicy(request, invocation))
  }
  const [first] = denials
  if (first !== undefined) throw refusal(request, first)
}

const CODES: { readonly [reason: string]: number } = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 }

function refusal(request: PolicyRequest, { policy, binding, message, reason = 'Invalid' }: Denial): StatusError {
  const who = `ValidatingAdmissionPolicy '${nameOf(policy)}'${binding === undefined ? '' : ` with binding '${nameOf(binding)}'`}`
  const text = `${who} denied request: ${message}`
  const { kind, endpoint, object } = request.attributes
  const name = request.name || str(object, 'metadata', 'generateName') || 'Unknown'
  const refused = newForbidden({ group: endpoint.served.group, resource: kind.plural }, name, text)
  return new StatusError(CODES[reason] ?? 422, reason, refused.message, { ...obj(refused.status, 'details'), causes: [{ message: text }] })
}

function runPolicy(request: PolicyRequest, invocation: Invocation): Denial[] {
  const { policy, binding } = invocation
  const denials: Denial[] = []
  const act = (message: string, reason?: string): void => {
    for (const action of strs(binding, 'spec', 'validationActions')) {
      if (action === 'Deny') denials.push({ policy, binding, message, ...(reason === undefined ? {} : { reason }) })
      else if (action === 'Warn')
        request.context.warnings.push(
          `Validation failed for ValidatingAdmissionPolicy '${nameOf(policy)}' with binding '${nameOf(binding)}': ${message}`,
        )
    }
  }
  const ignores = str(policy, 'spec', 'failurePolicy') === 'Ignore'
  const run = new PolicyRun(request, invocation)
  try {
    if (!run.matches()) return denials
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    if (!ignores) act(error.message)
    return denials
  }
  const evaluate = run.expressions({ namespace: true, authorizer: true })
  const explain = run.expressions({ namespace: true, authorizer: false })
  for (const [i, validation] of run.program.validations.entries()) {
    try {
      if (evaluate(validation) === true) continue
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      if (!ignores) act(error.message)
      continue
    }
    act(messageOf(validation, run.program.messages[i], explain), str(validation.of, 'reason') || 'Invalid')
  }
  for (const annotation of run.program.auditAnnotations) {
    const problem = auditProblem(annotation, evaluate)
    if (problem !== undefined && !ignores) denials.push({ policy, binding, message: problem })
  }
  return denials
}

/** messageExpression, or message, or the expression itself. */
function messageOf(validation: Part, message: Part | undefined, explain: (part: Part) => Value): string {
  if (message !== undefined) {
    try {
      const text = usableMessage(explain(message))
      if (text !== undefined) return text
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
    }
  }
  return str(validation.of, 'message').trim() || `failed expression: ${validation.source.trim()}`
}

/** Why an audit annotation has no value that can be used. */
function auditProblem(annotation: Part, evaluate: (part: Part) => Value): string | undefined {
  try {
    const value = evaluate(annotation)
    if (value === null || typeof value === 'string') return undefined
    return `valueExpression '${annotation.source}' resulted in unsupported return type: ${typeNameOf(value)}. Return type must be either string or null.`
  } catch (error) {
    if (error instanceof PolicyError) return error.message
    throw error
  }
}

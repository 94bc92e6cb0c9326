/**
 * What the server asks of the CEL engine. The engine's code is loaded when the first rule or policy needs it; this is all of it that is
 * there from the start.
 */
import type { FieldError } from '#kubernetes/api/field.ts'
import type { Obj } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import type { Attributes } from '../admission/admission.ts'
import type { RequestContext } from '../context.ts'
import type { CustomRules } from './custom-rules.ts'
import type { ExpressionWarning } from './policy-type-check.ts'

export interface CelEngine {
  /** The rules of a definition's schema; undefined when there are none. */
  customRules(schema: Obj): CustomRules | undefined
  /** What is wrong with the rules of a CustomResourceDefinition; `typeName` is what messages call the type of `self`. */
  validateDefinitionRules(definition: Obj, typeName: string): FieldError[]
  /** What is wrong with an admission policy or a binding of one, of either sort. */
  validatePolicy(object: Obj): FieldError[]
  /** What the types of built-in kinds say against a ValidatingAdmissionPolicy's expressions; `typeSuffix` ends types' names. */
  typeCheckPolicy(policy: Obj, typeSuffix: string): ExpressionWarning[]
  /**
   * Changes a request's object as the MutatingAdmissionPolicies say; whether they did. `again`: only those that want to be asked a second
   * time. Throws StatusErrors.
   */
  mutate(context: RequestContext, attributes: Attributes, again: boolean): boolean
  /** Refuses, or warns of, what the ValidatingAdmissionPolicies don't want. Throws StatusErrors. */
  validate(context: RequestContext, attributes: Attributes): void
}

/** Brings the engine; undefined when there is none to be had. */
export type LoadCel = () => Sim<CelEngine | undefined>

/** The CEL engine: all of it. Nothing but what loads it when it is needed imports this. */
import { customRules } from './custom-rules.ts'
import { validateDefinitionRules } from './definition-rules.ts'
import type { CelEngine } from './engine-types.ts'
import { mutateByPolicies } from './mutating-policies.ts'
import { typeCheckPolicy } from './policy-type-check.ts'
import { validatePolicyObject } from './policy-validation.ts'
import { validateByPolicies } from './validating-policies.ts'

export const engine: CelEngine = {
  customRules,
  validateDefinitionRules,
  validatePolicy: validatePolicyObject,
  typeCheckPolicy,
  mutate: mutateByPolicies,
  validate: validateByPolicies,
}

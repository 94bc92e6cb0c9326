/** Validation of disruption budgets. Source: k8s.io/kubernetes pkg/apis/policy/validation. */
import { type FieldError, invalid } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { num, type Obj, obj } from '#kubernetes/api/json.ts'
import { among, nonNegative } from './check.ts'
import { validateLabelSelector } from './selectors.ts'
import { intOrPercent, notOver100 } from './workloads.ts'

const SPEC = 'io.k8s.api.policy.v1.PodDisruptionBudgetSpec'

export function validateDisruptionBudget(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const spec = obj(o, 'spec')
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    out.push(invalid('spec', internalJson(spec, SPEC), 'minAvailable and maxUnavailable cannot be both set'))
  for (const name of ['minAvailable', 'maxUnavailable'])
    out.push(...intOrPercent(spec[name], `spec.${name}`), ...notOver100(spec[name], `spec.${name}`))
  out.push(...validateLabelSelector(spec.selector, 'spec.selector'))
  return [...out, ...among(spec.unhealthyPodEvictionPolicy, 'spec.unhealthyPodEvictionPolicy', ['AlwaysAllow', 'IfHealthyBudget'])]
}

export const validateDisruptionBudgetStatus = (o: Obj): FieldError[] =>
  ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'].flatMap((name) =>
    nonNegative(num(o, 'status', name), `status.${name}`),
  )

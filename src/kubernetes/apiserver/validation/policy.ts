/** Validation of disruption budgets. Source: k8s.io/kubernetes pkg/apis/policy/validation. */
import { type FieldError, invalid } from '#kubernetes/api/field.ts'
import { percentOf } from '#kubernetes/api/intstr.ts'
import { type Obj, obj } from '#kubernetes/api/json.ts'

export function validateDisruptionBudget(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const spec = obj(o, 'spec')
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    out.push(invalid('spec', { raw: goSpec(spec) }, 'minAvailable and maxUnavailable cannot be both set'))
  for (const name of ['minAvailable', 'maxUnavailable']) {
    const value = spec[name]
    if (value === undefined) continue
    if (typeof value === 'number' && value < 0) out.push(invalid(`spec.${name}`, value, 'must be greater than or equal to 0'))
    if (typeof value === 'string') {
      const percent = percentOf(value)
      if (percent === undefined)
        out.push(
          invalid(
            `spec.${name}`,
            value,
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
          ),
        )
      else if (percent > 100) out.push(invalid(`spec.${name}`, value, 'must not be greater than 100%'))
    }
  }
  return out
}

const goSpec = (spec: Obj): string => JSON.stringify(spec)

/** Validation of autoscalers. Source: k8s.io/kubernetes pkg/apis/autoscaling/validation. */
import { type FieldError, invalid, required } from '#kubernetes/api/field.ts'
import { num, type Obj, str } from '#kubernetes/api/json.ts'

export function validateAutoscaler(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const min = num(o, 'spec', 'minReplicas')
  const max = num(o, 'spec', 'maxReplicas') ?? 0
  if (min !== undefined && min < 1) out.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'))
  if (max < 1) out.push(invalid('spec.maxReplicas', max, 'must be greater than 0'))
  if (min !== undefined && max < min) out.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'))
  if (str(o, 'spec', 'scaleTargetRef', 'kind') === '') out.push(required('spec.scaleTargetRef.kind'))
  if (str(o, 'spec', 'scaleTargetRef', 'name') === '') out.push(required('spec.scaleTargetRef.name'))
  return out
}

/** Leases. Source: k8s.io/kubernetes pkg/apis/coordination/validation. */
import { type FieldError, forbidden, invalid } from '#kubernetes/api/field.ts'
import { num, type Obj, obj } from '#kubernetes/api/json.ts'
import { NEGATIVE } from './check.ts'

export function validateLease(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  const [seconds, transitions] = [num(spec, 'leaseDurationSeconds'), num(spec, 'leaseTransitions')]
  if (seconds !== undefined && seconds <= 0) out.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'))
  if (transitions !== undefined && transitions < 0) out.push(invalid('spec.leaseTransitions', transitions, NEGATIVE))
  if (spec.preferredHolder !== undefined && spec.strategy === undefined)
    out.push(forbidden('spec.preferredHolder', 'may only be specified when `strategy` is defined'))
  return out
}

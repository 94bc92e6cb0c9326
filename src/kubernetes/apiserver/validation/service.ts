/** Validation of Services. Source: k8s.io/kubernetes pkg/apis/core/validation. */
import type { FieldError } from '#kubernetes/api/field.ts'
import type { Obj } from '#kubernetes/api/json.ts'

export function validateService(_o: Obj): FieldError[] {
  return []
}

export function validateServiceUpdate(_o: Obj, _old: Obj): FieldError[] {
  return []
}

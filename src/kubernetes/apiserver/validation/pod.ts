/** Validation of pods and pod templates. Source: k8s.io/kubernetes pkg/apis/core/validation. */
import type { FieldError } from '#kubernetes/api/field.ts'
import type { Obj } from '#kubernetes/api/json.ts'

export function validatePod(_o: Obj): FieldError[] {
  return []
}

export function validatePodUpdate(_o: Obj, _old: Obj): FieldError[] {
  return []
}

export function validatePodStatusUpdate(_o: Obj, _old: Obj): FieldError[] {
  return []
}

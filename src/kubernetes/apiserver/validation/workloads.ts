/** Validation of workloads. Source: k8s.io/kubernetes pkg/apis/apps/validation, pkg/apis/batch/validation. */
import type { FieldError } from '#kubernetes/api/field.ts'
import type { Obj } from '#kubernetes/api/json.ts'

export const validateReplicationController = (_o: Obj): FieldError[] => []
export const validateReplicationControllerUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateDeployment = (_o: Obj): FieldError[] => []
export const validateDeploymentUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateReplicaSet = (_o: Obj): FieldError[] => []
export const validateReplicaSetUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateDaemonSet = (_o: Obj): FieldError[] => []
export const validateDaemonSetUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateStatefulSet = (_o: Obj): FieldError[] => []
export const validateStatefulSetUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateJob = (_o: Obj): FieldError[] => []
export const validateJobUpdate = (_o: Obj, _old: Obj): FieldError[] => []
export const validateCronJob = (_o: Obj): FieldError[] => []

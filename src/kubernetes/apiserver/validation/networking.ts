/** Validation of ingresses, network policies and endpoint slices. Source: k8s.io/kubernetes pkg/apis/networking, discovery. */
import type { FieldError } from '#kubernetes/api/field.ts'
import type { Obj } from '#kubernetes/api/json.ts'

export const validateIngress = (_o: Obj): FieldError[] => []
export const validateNetworkPolicy = (_o: Obj): FieldError[] => []
export const validateEndpointSlice = (_o: Obj): FieldError[] => []

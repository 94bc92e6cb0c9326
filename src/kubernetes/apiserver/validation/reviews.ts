/** Questions about access. Source: k8s.io/kubernetes pkg/apis/authorization/validation. */
import { type FieldError, invalid } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { isObj, type Obj, obj, str, strs } from '#kubernetes/api/json.ts'

const EXACTLY_ONE = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'

function attributes(spec: Obj): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec
  if (isObj(resource) && isObj(other))
    return [
      invalid(
        'spec.nonResourceAttributes',
        internalJson(other, 'io.k8s.api.authorization.v1.NonResourceAttributes'),
        'cannot be specified in combination with resourceAttributes',
      ),
    ]
  return isObj(resource) || isObj(other) ? [] : [invalid('spec.resourceAttributes', null, EXACTLY_ONE)]
}

export const validateSelfReview = (o: Obj): FieldError[] => attributes(obj(o, 'spec'))

export function validateSubjectReview(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out = attributes(spec)
  if (str(spec, 'user') === '' && strs(spec, 'groups').length === 0)
    out.push(invalid('spec.user', '', 'at least one of user or group must be specified'))
  return out
}

export function validateLocalReview(o: Obj): FieldError[] {
  const out = validateSubjectReview(o)
  const spec = obj(o, 'spec')
  const namespace = str(spec, 'resourceAttributes', 'namespace')
  if (isObj(spec.resourceAttributes) && namespace !== str(o, 'metadata', 'namespace'))
    out.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'))
  if (isObj(spec.nonResourceAttributes))
    out.push(
      invalid(
        'spec.nonResourceAttributes',
        internalJson(spec.nonResourceAttributes, 'io.k8s.api.authorization.v1.NonResourceAttributes'),
        'disallowed on this kind of request',
      ),
    )
  return out
}

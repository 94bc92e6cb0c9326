import { isObj, type Obj, obj } from '#kubernetes/api/json.ts'

/** Whether a schema has rules anywhere that objects are checked by. */
export function hasRules(schema: Obj): boolean {
  if (Array.isArray(schema['x-kubernetes-validations']) && schema['x-kubernetes-validations'].length > 0) return true
  const inner = [schema.items, schema.additionalProperties, ...Object.values(obj(schema, 'properties'))]
  return inner.some((s) => isObj(s) && hasRules(s))
}

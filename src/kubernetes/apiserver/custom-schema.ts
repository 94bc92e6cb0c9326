/**
 * Custom resources against the OpenAPI schema of their version.
 * Source: kube-openapi pkg/validation/validate, apiextensions-apiserver pkg/apiserver/validation (kubeOpenAPIResultToFieldErrors),
 * pkg/apiserver/schema/listtype. Differs: members are looked at by name, where upstream has a map's order.
 */
import { duplicate, type FieldError, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '#kubernetes/api/field.ts'
import { at, equal, isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { hasFormat } from './custom-formats.ts'

/** What a schema says against an object, its duplicates in sets and maps last. */
export function validateCustom(o: Obj, schema: Obj): FieldError[] {
  const { apiVersion: _a, kind: _k, metadata: _m, ...rest } = o
  return check(rest, schema, '', true)
}

/** Elements that occur twice where the schema says `x-kubernetes-list-type: set` or `map`. */
export function duplicates(value: unknown, schema: Obj, path = ''): FieldError[] {
  const out: FieldError[] = []
  const join = (key: string): string => (path === '' ? key : `${path}.${key}`)
  if (Array.isArray(value)) {
    const items = value as readonly unknown[]
    const keys = str(schema, 'x-kubernetes-list-type') === 'set' ? [] : strs(schema, 'x-kubernetes-list-map-keys')
    if (keys.length > 0 || str(schema, 'x-kubernetes-list-type') === 'set') {
      const identity = (item: unknown): unknown => (keys.length === 0 ? item : Object.fromEntries(keys.map((k) => [k, at(item, k)])))
      const seen: unknown[] = []
      for (const [i, item] of items.entries()) {
        const own = identity(item)
        if (seen.some((s) => equal(s, own))) out.push(duplicate(`${path}[${i}]`, own))
        else seen.push(own)
      }
    }
    for (const [i, item] of items.entries()) out.push(...duplicates(item, obj(schema, 'items'), `${path}[${i}]`))
  } else if (isObj(value)) {
    for (const key of Object.keys(value).sort()) {
      const inner = obj(schema, 'properties')[key] ?? schema.additionalProperties
      if (isObj(inner)) out.push(...duplicates(value[key], inner, join(key)))
    }
  }
  return out
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (value === null) return 'null'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value === 'undefined' ? 'null' : typeof value
}

function check(value: unknown, schema: Obj, path: string, top = false): FieldError[] {
  if (value === null && schema.nullable === true) return []
  const actual = typeOf(value)
  const shown = path === '' ? '<nil>' : path
  const type = schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : str(schema, 'type')
  if (type !== '' && !type.split(',').includes(actual) && !(type === 'number' && actual === 'integer'))
    return [typeInvalid(shown, actual, `${path} in body must be of type ${type}: "${actual}"`)]
  const out = compositions(value, schema, path)
  if (typeof value === 'string') out.push(...checkString(value, schema, path, shown))
  if (typeof value === 'number') out.push(...checkNumber(value, schema, path, shown))
  if (Array.isArray(value)) out.push(...checkList(value as readonly unknown[], schema, path, shown))
  const values = schema.enum
  if (Array.isArray(values) && !values.some((v) => equal(v, value))) out.push(notSupported(shown, value, values.map(String)))
  if (isObj(value)) out.push(...checkMembers(value, schema, path, shown, top))
  return out
}

/** allOf, anyOf, oneOf, not. Of alternatives that all fail, the errors of the one that comes nearest are told. */
function compositions(value: unknown, schema: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const tell = (what: string): void => void out.push(invalid('<nil>', '', `"${path}" ${what}`))
  const nearest = (failures: readonly FieldError[][]): FieldError[] =>
    failures.reduce((best, next) => (next.length < best.length ? next : best), failures[0] ?? [])
  const results = (keyword: string): FieldError[][] => objs(schema, keyword).map((s) => check(value, s, path))
  const any = results('anyOf')
  if (any.length > 0 && any.every((r) => r.length > 0)) {
    tell('must validate at least one schema (anyOf)')
    out.push(...nearest(any))
  }
  const one = results('oneOf')
  const valid = one.filter((r) => r.length === 0).length
  if (one.length > 0 && valid !== 1) {
    tell(`must validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`)
    if (valid === 0) out.push(...nearest(one))
  }
  const all = results('allOf')
  out.push(...all.flat())
  if (all.some((r) => r.length > 0))
    tell(`must validate all the schemas (allOf)${all.every((r) => r.length > 0) ? '. None validated' : ''}`)
  if (isObj(schema.not) && check(value, schema.not, path).length === 0) tell('must not validate the schema (not)')
  return out
}

function checkString(value: string, schema: Obj, path: string, shown: string): FieldError[] {
  const out: FieldError[] = []
  const [max, min, pattern, format] = [num(schema, 'maxLength'), num(schema, 'minLength'), str(schema, 'pattern'), str(schema, 'format')]
  const { length } = [...value]
  if (max !== undefined && length > max) out.push(tooLong(shown, max))
  if (min !== undefined && length < min) out.push(invalid(shown, value, `${path} in body should be at least ${min} chars long`))
  if (pattern !== '' && !new RegExp(pattern, 'u').test(value)) out.push(invalid(shown, value, `${path} in body should match '${pattern}'`))
  if (format !== '' && !hasFormat(value, format))
    out.push(typeInvalid(shown, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`))
  return out
}

function checkNumber(value: number, schema: Obj, path: string, shown: string): FieldError[] {
  const out: FieldError[] = []
  const [max, min, factor] = [num(schema, 'maximum'), num(schema, 'minimum'), num(schema, 'multipleOf')]
  const [below, above] = [schema.exclusiveMaximum === true, schema.exclusiveMinimum === true]
  const should = (what: string): void => void out.push(invalid(shown, value, `${path} in body should be ${what}`))
  if (factor !== undefined && !Number.isInteger(value / factor)) should(`a multiple of ${factor}`)
  if (max !== undefined && (below ? value >= max : value > max)) should(`less than ${below ? '' : 'or equal to '}${max}`)
  if (min !== undefined && (above ? value <= min : value < min)) should(`greater than ${above ? '' : 'or equal to '}${min}`)
  return out
}

function checkList(items: readonly unknown[], schema: Obj, path: string, shown: string): FieldError[] {
  const [max, min] = [num(schema, 'maxItems'), num(schema, 'minItems')]
  const out = items.flatMap((item, i) => check(item, obj(schema, 'items'), `${path}[${i}]`))
  if (min !== undefined && items.length < min) out.push(invalid(shown, items.length, `${path} in body should have at least ${min} items`))
  if (max !== undefined && items.length > max) out.push(tooMany(shown, items.length, max))
  return out
}

/** Members first, then those that are missing. */
function checkMembers(value: Obj, schema: Obj, path: string, shown: string, top: boolean): FieldError[] {
  const out: FieldError[] = []
  const keys = Object.keys(value).sort()
  const [max, min] = [num(schema, 'maxProperties'), num(schema, 'minProperties')]
  if (min !== undefined && keys.length < min)
    out.push(invalid(shown, keys.length, `${path} in body should have at least ${min} properties`))
  if (max !== undefined && keys.length > max) out.push(tooMany(shown, keys.length, max))
  const join = (key: string): string => (path === '' ? key : `${path}.${key}`)
  for (const key of keys) {
    const inner = obj(schema, 'properties')[key] ?? schema.additionalProperties
    if (isObj(inner)) out.push(...check(value[key], inner, join(key)))
  }
  for (const name of strs(schema, 'required'))
    if (value[name] === undefined && !(top && name === 'metadata')) out.push(required(join(name)))
  return out
}

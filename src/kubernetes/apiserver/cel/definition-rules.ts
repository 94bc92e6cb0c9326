/**
 * What is wrong with the rules of a CustomResourceDefinition.
 * Source: apiextensions pkg/apis/apiextensions/validation. Differs: no limits of estimated costs.
 */
import { type FieldError, invalid, notSupported, required, verbatim } from '#kubernetes/api/field.ts'
import { equal, goJson, isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { compileRules } from './compiled-rules.ts'
import { fieldPathOf } from './field-path.ts'
import { schemaType } from './schema.ts'

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']

const hasNewlines = (text: string): boolean => /[\n\r]/.test(text)

interface Found {
  readonly schema: FieldError[]
  readonly cel: FieldError[]
}

/** Errors of all rules of all versions. `typeName` is what the types of `self` are called. */
export function validateDefinitionRules(definition: Obj, typeName: string): FieldError[] {
  const versions = objs(definition, 'spec', 'versions')
  const schemas = versions.map((v) => obj(v, 'schema').openAPIV3Schema)
  const [first] = schemas
  // Inside the server a schema that all versions share stands once, above them.
  const shared = schemas.every((s) => equal(s, first))
  const places = shared
    ? [{ path: 'spec.validation.openAPIV3Schema', schema: first }]
    : schemas.map((schema, i) => ({ path: `spec.versions[${i}].schema.openAPIV3Schema`, schema }))
  return places.flatMap(({ path, schema }) => {
    if (!isObj(schema)) return []
    const found: Found = { schema: [], cel: [] }
    visit(schema, path, { root: true, typeName, uncorrelatable: undefined }, found)
    return [...found.schema, ...found.cel]
  })
}

interface Place {
  readonly root: boolean
  readonly typeName: string
  /** The list or map above within which old and new can't be told apart. */
  readonly uncorrelatable: string | undefined
}

function visit(schema: Obj, path: string, place: Place, found: Found): void {
  const before = found.schema.length
  const below = { ...place, root: false }
  const { additionalProperties, items } = schema
  if (isObj(additionalProperties)) visit(additionalProperties, `${path}.additionalProperties`, below, found)
  const atomic = schema['x-kubernetes-map-type'] !== undefined && !['granular', 'atomic'].includes(str(schema, 'x-kubernetes-map-type'))
  const properties = obj(schema, 'properties')
  for (const name of Object.keys(properties).sort()) {
    const inner = properties[name]
    if (isObj(inner)) visit(inner, `${path}.properties[${name}]`, atomic ? { ...below, uncorrelatable: path } : below, found)
  }
  if (isObj(items)) {
    const keyed = str(schema, 'x-kubernetes-list-type') === 'map'
    visit(items, `${path}.items`, keyed ? below : { ...below, uncorrelatable: path }, found)
  }
  const rules = objs(schema, 'x-kubernetes-validations')
  for (const [i, rule] of rules.entries()) found.schema.push(...validateRule(rule, schema, `${path}.x-kubernetes-validations[${i}]`))
  if (rules.length > 0 && found.schema.length === before) found.cel.push(...compileErrors(schema, path, place))
}

function validateRule(rule: Obj, schema: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const source = str(rule, 'rule').trim()
  const message = str(rule, 'message')
  const expression = str(rule, 'messageExpression')
  if (source === '') out.push(required(`${path}.rule`, 'rule is not specified'))
  else if (message !== '' && message.trim() === '') out.push(invalid(`${path}.message`, message, 'must be non-empty if specified'))
  else if (hasNewlines(message.trim())) out.push(invalid(`${path}.message`, message, 'must not contain line breaks'))
  else if (hasNewlines(source) && message.trim() === '')
    out.push(required(`${path}.message`, 'message must be specified if rule contains line breaks'))
  if (expression !== '' && expression.trim() === '')
    out.push(required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'))
  const { reason } = rule
  if (typeof reason === 'string' && !REASONS.includes(reason)) out.push(notSupported(`${path}.reason`, reason, REASONS))
  const fieldPath = str(rule, 'fieldPath')
  if (fieldPath !== '') {
    if (fieldPath.trim() === '') out.push(invalid(`${path}.fieldPath`, fieldPath, 'must be non-empty if specified'))
    if (hasNewlines(fieldPath)) out.push(invalid(`${path}.fieldPath`, fieldPath, 'must not contain line breaks'))
    if (fieldPathOf(fieldPath, schema) === undefined) out.push(invalid(`${path}.fieldPath`, fieldPath, 'must be a valid path'))
  }
  return out
}

function compileErrors(schema: Obj, path: string, place: Place): FieldError[] {
  const self = schemaType(schema, place.root || schema['x-kubernetes-embedded-resource'] === true, place.typeName)
  const out: FieldError[] = []
  if (self === undefined) return out
  for (const [i, compiled] of compileRules(schema, self).entries()) {
    const at = `${path}.x-kubernetes-validations[${i}]`
    const { rule, error, messageError } = compiled
    if (error !== undefined) out.push(invalid(`${at}.rule`, internalRule(rule), error))
    if (messageError !== undefined) out.push(invalid(`${at}.messageExpression`, internalRule(rule), messageError))
    if (compiled.usesOldSelf) {
      if (place.uncorrelatable !== undefined) {
        const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`
        out.push(invalid(`${at}.rule`, rule.rule, why))
      }
    } else if (rule.optionalOldSelf !== undefined && rule.optionalOldSelf !== null)
      out.push(invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'))
  }
  return out
}

/** A rule as the server's own type prints it. */
const internalRule = (rule: Obj): { readonly raw: string } =>
  verbatim(
    goJson({
      Rule: str(rule, 'rule'),
      Message: str(rule, 'message'),
      MessageExpression: str(rule, 'messageExpression'),
      Reason: rule.reason ?? null,
      FieldPath: str(rule, 'fieldPath'),
      OptionalOldSelf: rule.optionalOldSelf ?? null,
    }),
  )

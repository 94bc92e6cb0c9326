/**
 * Custom resources: kinds made of CustomResourceDefinitions while the server runs, and their objects, pruned, defaulted and validated by
 * the schema of their version, rules included (`cel/`). Source: k8s.io/apiextensions-apiserver. Differs: no conversion webhooks.
 */

import { type Decoded, DecodeError } from '#kubernetes/api/decode.ts'
import { duplicate, type FieldError, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '#kubernetes/api/field.ts'
import { at, clone, type Draft, equal, isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import { ensure } from './bootstrap/ensure.ts'
import { apiService } from './bootstrap/objects.ts'
import type { CustomRules } from './cel/custom-rules.ts'
import { hasRules } from './cel/has-rules.ts'
import { celOf } from './cel/loading.ts'
import type { Cell, Column, Kind, RowContext, Served } from './registry/kind.ts'
import type { ApiServer } from './server.ts'
import { age, ageOf, NAME } from './table.ts'

const GROUP = 'apiextensions.k8s.io'

/** Serves the kinds of the definitions there are, and follows their changes. */
export function followDefinitions(server: ApiServer): void {
  const kinds = new Map<string, Kind>()
  const definitions = server.storage(server.endpoint(GROUP, 'customresourcedefinitions').kind)
  const apply = (name: string, definition: Obj | undefined): void => {
    const old = kinds.get(name)
    if (old !== undefined) server.removeKind(old)
    kinds.delete(name)
    const established = objs(definition, 'status', 'conditions').some((c) => c.type === 'Established' && c.status === 'True')
    if (definition === undefined || !established) {
      for (const v of objs(old?.custom, 'spec', 'versions'))
        if (!server.kinds.all.some((k) => k.served.some((s) => s.group === old?.served[0].group && s.version === v.name))) {
          server
            .storage(server.endpoint('apiregistration.k8s.io', 'apiservices').kind)
            .delete('', `${str(v, 'name')}.${old?.served[0].group}`)
        }
      return
    }
    const kind = kindOf(server, definition)
    if (kind === undefined) return
    kinds.set(name, kind)
    server.addKind(kind)
    for (const s of kind.served) ensure(server, apiService(server, s.group, s.version))
  }
  definitions.observe((change) => {
    const object = change.object ?? change.previous
    if (object !== undefined) apply(str(object, 'metadata', 'name'), change.object)
  })
  for (const object of server.objects(GROUP, 'customresourcedefinitions')) apply(str(object, 'metadata', 'name'), object)
}

/** What the naming and establishing controllers write into a new definition's status. */
export function establish(definition: Draft, now: number): void {
  const time = rfc3339(now)
  const names = obj(definition, 'spec', 'names')
  definition.status = {
    conditions: [
      {
        type: 'NamesAccepted',
        status: 'True',
        lastTransitionTime: time,
        reason: 'NoConflicts',
        message: 'no conflicts found',
      },
      {
        type: 'Established',
        status: 'True',
        lastTransitionTime: time,
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      },
    ],
    acceptedNames: names,
    storedVersions: objs(definition, 'spec', 'versions')
      .filter((v) => v.storage === true)
      .map((v) => str(v, 'name')),
  }
}

function kindOf(server: ApiServer, definition: Obj): Kind | undefined {
  const group = str(definition, 'spec', 'group')
  const names = obj(definition, 'spec', 'names')
  const versions = objs(definition, 'spec', 'versions').filter((v) => v.served === true)
  const storage = versions.find((v) => v.storage === true) ?? versions[0]
  if (storage === undefined) return undefined
  const served = [storage, ...versions.filter((v) => v !== storage)].map((v): Served => ({ group, version: str(v, 'name'), def: '' }))
  const [first, ...rest] = served
  if (first === undefined) return undefined
  const columns = objs(storage, 'additionalPrinterColumns')
  const scale = obj(storage, 'subresources').scale
  const plural = str(names, 'plural')
  const validate = validatorOf(server, schemaOf(definition, first.version))
  return {
    kind: str(names, 'kind'),
    plural,
    singular: str(names, 'singular') || str(names, 'kind').toLowerCase(),
    shortNames: strs(names, 'shortNames'),
    categories: strs(names, 'categories'),
    namespaced: definition.spec !== undefined && str(definition, 'spec', 'scope') === 'Namespaced',
    served: [first, ...rest],
    prefix: `/registry/${group}/${plural}`,
    status: obj(storage, 'subresources').status !== undefined,
    custom: definition,
    columns: columnsOf(columns),
    row: rowOf(columns),
    ...(isObj(scale)
      ? {
          scale: {
            specReplicas: pathOf(str(scale, 'specReplicasPath')),
            statusReplicas: pathOf(str(scale, 'statusReplicasPath')),
            selector: (o: Obj) => (str(scale, 'labelSelectorPath') === '' ? '' : str(o, ...pathOf(str(scale, 'labelSelectorPath')))),
          },
        }
      : {}),
    strategy: {
      allowUnconditionalUpdate: false,
      prepareForCreate(o) {
        if (obj(storage, 'subresources').status !== undefined) delete o.status
      },
      validate: (o) => validate(o, undefined, ignore),
      validateUpdate: (o, old, context) => validate(o, old, (text) => context.warnings.push(text)),
      validateStatusUpdate: (o, old, context) => validate(o, old, (text) => context.warnings.push(text)),
    },
  }
}

const ignore = (): void => undefined

const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'
/** After errors of these types the rules are not run: they could not rely on what the schema promises. */
const BLOCKING = new Set(['notSupported', 'required', 'tooLong', 'tooMany', 'typeInvalid'])

type Validate = (o: Obj, old: Obj | undefined, warn: (text: string) => void) => FieldError[]

/** Schema, then rules. The rules are compiled when the first object is checked. */
function validatorOf(server: ApiServer, schema: Obj): Validate {
  if (!hasRules(schema)) return (o) => validateCustom(o, schema, '')
  let rules: CustomRules | undefined
  return (o, old, warn) => {
    const problems = validateCustom(o, schema, '')
    if (problems.some((p) => BLOCKING.has(p.type))) return [...problems, invalid('<nil>', null, NOT_CHECKED)]
    rules ??= celOf(server).customRules(schema)
    return [...problems, ...(rules?.validate(o, old, warn) ?? [])]
  }
}

const pathOf = (path: string): string[] => path.split('.').filter((p) => p !== '')

function columnsOf(columns: readonly Obj[]): Column[] {
  if (columns.length === 0) return [NAME, { name: 'Age', type: 'date' }]
  return [
    NAME,
    ...columns.map(
      (c): Column => ({
        name: str(c, 'name'),
        type: columnType(str(c, 'type')),
        priority: num(c, 'priority') ?? 0,
        description: str(c, 'description'),
      }),
    ),
  ]
}

const columnType = (type: string): 'string' | 'integer' | 'number' | 'boolean' | 'date' =>
  type === 'integer' || type === 'number' || type === 'boolean' || type === 'date' ? type : 'string'

function rowOf(columns: readonly Obj[]): (o: Obj, context: RowContext) => readonly Cell[] {
  return (o, { now }) => {
    const name = str(o, 'metadata', 'name')
    if (columns.length === 0) return [name, ageOf(o, now)]
    return [name, ...columns.map((c) => cell(jsonPath(o, str(c, 'jsonPath')), str(c, 'type'), now))]
  }
}

function cell(value: unknown, type: string, now: number): Cell {
  if (value === undefined || value === null) return null
  if (type === 'date') return age(value, now)
  if (type === 'integer') return typeof value === 'number' ? Math.trunc(value) : null
  if (type === 'number') return typeof value === 'number' ? value : null
  if (type === 'boolean') return typeof value === 'boolean' ? value : null
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

/** `.spec.list[0].name`, `.status.conditions[?(@.type=="Ready")].status`: the paths of printer columns. */
function jsonPath(o: unknown, path: string): unknown {
  let here: unknown = o
  for (const part of path.match(/\.[\w-]+|\['[^']+'\]|\[\d+\]|\[\?\([^)]*\)\]|\[\*\]/g) ?? []) {
    if (part.startsWith('.')) here = at(here, part.slice(1))
    else if (part.startsWith("['")) here = at(here, part.slice(2, -2))
    else if (/^\[\d+\]$/.test(part)) here = Array.isArray(here) ? (here as readonly unknown[])[Number(part.slice(1, -1))] : undefined
    else if (part === '[*]') here = Array.isArray(here) ? (here as readonly unknown[])[0] : undefined
    else {
      const m = /@\.([\w.-]+)\s*==\s*["']([^"']*)["']/.exec(part)
      here =
        Array.isArray(here) && m !== null
          ? (here as readonly unknown[]).find((item) => at(item, ...(m[1] ?? '').split('.')) === m[2])
          : undefined
    }
  }
  return here
}

function schemaOf(definition: Obj, version: string): Obj {
  return obj(
    objs(definition, 'spec', 'versions').find((v) => v.name === version),
    'schema',
    'openAPIV3Schema',
  )
}

/** Prunes what the schema does not know and fills in its defaults. */
export function decodeCustom(raw: Obj, kind: Kind, served: Served): Decoded {
  const strict: string[] = []
  const schema = schemaOf(kind.custom ?? {}, served.version)
  const value = clone(raw) as Draft
  const { metadata } = raw
  if (metadata !== undefined && !isObj(metadata))
    throw new DecodeError(
      `json: cannot unmarshal ${Array.isArray(metadata) ? 'array' : typeof metadata} into Go struct field .metadata of type v1.ObjectMeta`,
    )
  prune(value, schema, '', strict, true)
  defaults(value, schema)
  return { value: ordered(value), strict }
}

function ordered(value: Draft): Draft {
  const { apiVersion, kind, metadata, ...rest } = value
  const out: Draft = { apiVersion, kind, metadata: metadata ?? {} }
  for (const key of Object.keys(rest).sort()) out[key] = rest[key]
  return out
}

function prune(value: unknown, schema: Obj, path: string, strict: string[], top: boolean): void {
  if (Array.isArray(value)) {
    const items = obj(schema, 'items')
    for (const [i, item] of (value as readonly unknown[]).entries()) prune(item, items, `${path}[${i}]`, strict, false)
    return
  }
  if (!isObj(value)) return
  const draft = value as Draft
  const properties = obj(schema, 'properties')
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true
  const additional = schema.additionalProperties
  for (const key of Object.keys(draft)) {
    if (top && ['apiVersion', 'kind', 'metadata'].includes(key)) continue
    const inner = properties[key]
    const here = path === '' ? key : `${path}.${key}`
    if (isObj(inner)) prune(draft[key], inner, here, strict, false)
    else if (isObj(additional)) prune(draft[key], additional, here, strict, false)
    else if (
      !open &&
      additional !== true &&
      !(schema['x-kubernetes-embedded-resource'] === true && ['apiVersion', 'kind', 'metadata'].includes(key))
    ) {
      strict.push(`unknown field "${here}"`)
      delete draft[key]
    }
  }
}

function defaults(value: unknown, schema: Obj): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) defaults(item, obj(schema, 'items'))
    return
  }
  if (!isObj(value)) return
  const draft = value as Draft
  const properties = obj(schema, 'properties')
  for (const key of Object.keys(properties)) {
    const inner = obj(properties, key)
    if ((draft[key] === undefined || (draft[key] === null && inner.nullable !== true)) && inner.default !== undefined)
      draft[key] = clone(inner.default)
    if (draft[key] !== undefined) defaults(draft[key], inner)
  }
  const additional = schema.additionalProperties
  if (isObj(additional)) for (const key of Object.keys(draft)) if (properties[key] === undefined) defaults(draft[key], additional)
}

const GO_TYPES: { readonly [type: string]: string } = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  object: 'object',
}
const typeOf = (value: unknown): string =>
  Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'integer'
          : 'number'
        : (GO_TYPES[typeof value] ?? 'object')

/** An object against the schema of its version. */
function validateCustom(o: Obj, schema: Obj, path: string): FieldError[] {
  const { apiVersion: _a, kind: _k, metadata: _m, ...rest } = o
  return check(rest, schema, path, true)
}

function check(value: unknown, schema: Obj, path: string, top = false): FieldError[] {
  const out: FieldError[] = []
  const type = str(schema, 'type')
  const actual = typeOf(value)
  if (value === null && schema.nullable === true) return out
  const shown = path === '' ? '<nil>' : path
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (actual !== 'integer' && actual !== 'string')
      return [typeInvalid(shown, actual, `${path} in body must be of type integer,string: "${actual}"`)]
  } else if (type !== '' && actual !== type && !(type === 'number' && actual === 'integer')) {
    return [typeInvalid(shown, actual, `${path} in body must be of type ${type}: "${actual}"`)]
  }
  const values = schema.enum
  if (Array.isArray(values) && !values.some((v) => equal(v, value))) out.push(notSupported(shown, value, values.map(String)))
  if (typeof value === 'string') {
    const max = num(schema, 'maxLength')
    const min = num(schema, 'minLength')
    if (max !== undefined && value.length > max) out.push(tooLong(shown, max))
    if (min !== undefined && value.length < min) out.push(invalid(shown, value, `${path} in body should be at least ${min} chars long`))
    const pattern = str(schema, 'pattern')
    if (pattern !== '' && !new RegExp(pattern, 'u').test(value))
      out.push(invalid(shown, value, `${path} in body should match '${pattern}'`))
  }
  if (typeof value === 'number') {
    const max = num(schema, 'maximum')
    const min = num(schema, 'minimum')
    if (max !== undefined && (schema.exclusiveMaximum === true ? value >= max : value > max))
      out.push(invalid(shown, value, `${path} in body should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${max}`))
    if (min !== undefined && (schema.exclusiveMinimum === true ? value <= min : value < min))
      out.push(
        invalid(shown, value, `${path} in body should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${min}`),
      )
  }
  if (Array.isArray(value)) {
    const max = num(schema, 'maxItems')
    const min = num(schema, 'minItems')
    if (max !== undefined && value.length > max) out.push(tooMany(shown, value.length, max))
    if (min !== undefined && value.length < min) out.push(invalid(shown, value.length, `${path} in body should have at least ${min} items`))
    for (const [i, item] of (value as readonly unknown[]).entries()) out.push(...check(item, obj(schema, 'items'), `${path}[${i}]`))
    const keys = strs(schema, 'x-kubernetes-list-map-keys')
    const seen = new Set<string>()
    if (keys.length > 0)
      for (const [i, item] of (value as readonly unknown[]).entries()) {
        const key = JSON.stringify(keys.map((k) => at(item, k)))
        if (seen.has(key)) out.push(duplicate(`${path}[${i}]`, Object.fromEntries(keys.map((k) => [k, at(item, k)]))))
        seen.add(key)
      }
  }
  if (isObj(value)) {
    const properties = obj(schema, 'properties')
    for (const name of strs(schema, 'required'))
      if (value[name] === undefined && !(top && name === 'metadata')) out.push(required(path === '' ? name : `${path}.${name}`))
    for (const key of Object.keys(value).sort()) {
      const inner = properties[key]
      const here = path === '' ? key : `${path}.${key}`
      if (isObj(inner)) out.push(...check(value[key], inner, here))
      else if (isObj(schema.additionalProperties)) out.push(...check(value[key], schema.additionalProperties, here))
    }
  }
  return out
}

/**
 * Custom resources: kinds made of CustomResourceDefinitions while the server runs, and their objects, pruned, defaulted and validated by
 * the schema of their version, rules included (`cel/`). Source: k8s.io/apiextensions-apiserver. Differs: no conversion webhooks.
 */

import { type Decoded, DecodeError } from '#kubernetes/api/decode.ts'
import { type FieldError, invalid } from '#kubernetes/api/field.ts'
import { at, clone, type Draft, isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import { ensure } from './bootstrap/ensure.ts'
import { apiService } from './bootstrap/objects.ts'
import type { CustomRules } from './cel/custom-rules.ts'
import { hasRules } from './cel/has-rules.ts'
import { celOf } from './cel/loading.ts'
import { duplicates, validateCustom } from './custom-schema.ts'
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
  const validate = validatorOf(server, schemaOf(definition, first.version), scale)
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

/** Schema and the paths of its scale, then rules. The rules are compiled when the first object is checked. */
function validatorOf(server: ApiServer, schema: Obj, scale: unknown): Validate {
  const bySchema = (o: Obj): FieldError[] => [...validateCustom(o, schema), ...validateScale(o, scale), ...duplicates(o, schema)]
  if (!hasRules(schema)) return bySchema
  let rules: CustomRules | undefined
  return (o, old, warn) => {
    const problems = bySchema(o)
    if (problems.some((p) => BLOCKING.has(p.type))) return [...problems, invalid('<nil>', null, NOT_CHECKED)]
    rules ??= celOf(server).customRules(schema)
    return [...problems, ...(rules?.validate(o, old, warn) ?? [])]
  }
}

/** What the scale subresource is made of. Source: pkg/registry/customresource/validator.go. */
function validateScale(o: Obj, scale: unknown): FieldError[] {
  if (!isObj(scale)) return []
  const out: FieldError[] = []
  for (const path of [str(scale, 'specReplicasPath'), str(scale, 'statusReplicasPath')]) {
    const value = at(o, ...pathOf(path))
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isInteger(value)) out.push(invalid(path, 0, accessorError(path, value, 'int64')))
    else if (value < 0) out.push(invalid(path, value, 'should be a non-negative integer'))
    else if (value > MAX_INT32) out.push(invalid(path, value, `should be less than or equal to ${MAX_INT32}`))
  }
  const selector = str(scale, 'labelSelectorPath')
  const text = selector === '' ? undefined : at(o, ...pathOf(selector))
  if (text !== undefined && typeof text !== 'string') out.push(invalid(selector, '', accessorError(selector, text, 'string')))
  return out
}

const MAX_INT32 = 2_147_483_647

/** unstructured.NestedInt64 and its like of a value of another type. */
function accessorError(path: string, value: unknown, wanted: string): string {
  const plain = { string: 'string', boolean: 'bool', number: Number.isInteger(value) ? 'int64' : 'float64' }[typeof value as string]
  const type = value === null ? '<nil>' : Array.isArray(value) ? '[]interface {}' : (plain ?? 'map[string]interface {}')
  const shown = value === null ? '<nil>' : typeof value === 'object' ? goPrint(value) : String(value)
  return `${path} accessor error: ${shown} is of the type ${type}, expected ${wanted}`
}

/** A value as Go's %v. */
function goPrint(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as readonly unknown[]).map(goPrint).join(' ')}]`
  if (!isObj(value)) return value === null ? '<nil>' : String(value)
  return `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${goPrint(value[key])}`)
    .join(' ')}]`
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

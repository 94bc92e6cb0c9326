/**
 * The types of the built-in API, read from the table of Go facts: the one place that knows which fields an object has.
 */
import { GO_TYPES } from './go-types.ts'

export type Scalar =
  | 'string'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'float64'
  | 'bytes'
  | 'time'
  | 'microtime'
  | 'duration'
  | 'quantity'
  | 'intstr'
  | 'raw'

/** `go` is the type as Go's reflection names it: `v1.PullPolicy`, `[]v1.Container`, `map[string]string`. */
export type Type =
  | { readonly kind: 'scalar'; readonly scalar: Scalar; readonly go: string }
  | { readonly kind: 'struct'; readonly def: Def; readonly go: string }
  | { readonly kind: 'slice'; readonly elem: Type; readonly go: string }
  | {
      readonly kind: 'map'
      readonly key: string
      readonly elem: Type
      readonly go: string
    }

export interface Field {
  /** Name in JSON; `''` for a struct whose fields are the parent's own in JSON. */
  readonly json: string
  readonly go: string
  readonly type: Type
  readonly pointer: boolean
  /** Zero values are left out: Go's omitempty (`zero` for structs and times: omitzero). */
  readonly omitEmpty: boolean
  readonly omitZero: boolean
  /** Number in protobuf. */
  readonly number: number
}

export interface Def {
  /** OpenAPI definition: `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string
  /** Go's name: `PodSpec`. */
  readonly go: string
  /** In Go's order, embedded structs as one field. */
  readonly fields: readonly Field[]
  /** What JSON shows, embedded structs opened, by JSON name in Go's order. */
  readonly json: ReadonlyMap<string, Field>
  /** The same as a list. */
  readonly list: readonly Field[]
  /** By protobuf number. */
  readonly numbers: ReadonlyMap<number, Field>
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const CORE = 'io.k8s.api.core.v1'

const QUALIFIED: { readonly [go: string]: Scalar } = {
  'types.UID': 'string',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intstr',
  'runtime.RawExtension': 'raw',
  'metav1.Time': 'time',
  'metav1.MicroTime': 'microtime',
  'metav1.Duration': 'duration',
  '[]byte': 'bytes',
  'interface{}': 'raw',
}
const BASIC: { readonly [go: string]: Scalar } = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  int: 'int64',
  bool: 'bool',
  float64: 'float64',
  byte: 'int32',
  uint64: 'int64',
}
/** Types with encodings of their own: any JSON. */
const RAW = new Set(['JSON', 'JSONSchemaPropsOrArray', 'JSONSchemaPropsOrBool', 'JSONSchemaPropsOrStringArray', 'FieldsV1', 'Patch'])
const META_SCALARS: { readonly [go: string]: Scalar } = {
  Time: 'time',
  MicroTime: 'microtime',
  Duration: 'duration',
  FieldsV1: 'raw',
}

const SOURCES = readTable()
const DEFS = new Map<string, Def | Type>()

/** Package and Go name to the right-hand side of the table's line. */
function readTable(): Map<string, string> {
  const out = new Map<string, string>()
  let pkg = ''
  for (const line of GO_TYPES.split('\n')) {
    if (line.startsWith('@')) pkg = line.slice(1)
    else if (line !== '') {
      const eq = line.indexOf('=')
      out.set(`${pkg}.${line.slice(0, eq)}`, line.slice(eq + 1))
    }
  }
  return out
}

/** Names of every definition there is. */
export function definitionNames(): string[] {
  return [...SOURCES.keys()].filter((name) => lookup(name) !== undefined)
}

/** The definition of that OpenAPI name; undefined when there is none or it is no struct. */
export function lookup(name: string): Def | undefined {
  const found = resolve(name)
  return found !== undefined && 'fields' in found ? found : undefined
}

/** The definition of that OpenAPI name; it is a bug to ask for one that is not there. */
export function definition(name: string): Def {
  const def = lookup(name)
  if (def === undefined) throw new Error(`no definition ${name}`)
  return def
}

function resolve(name: string): Def | Type | undefined {
  const known = DEFS.get(name)
  if (known !== undefined) return known
  const source = SOURCES.get(name)
  if (source === undefined) return undefined
  const dot = name.lastIndexOf('.')
  const pkg = name.slice(0, dot)
  const go = name.slice(dot + 1)
  if (RAW.has(go))
    return remember(name, {
      kind: 'scalar',
      scalar: 'raw',
      go: goName(pkg, go),
    })
  if (source.startsWith(':')) {
    const under = typeOf(pkg, source.slice(1))
    return remember(name, { ...under, go: goName(pkg, go) })
  }
  const fields: Field[] = []
  let json: Map<string, Field> | undefined
  let list: readonly Field[] | undefined
  const numbers = new Map<number, Field>()
  const def: Def = {
    name,
    go,
    fields,
    // Opened at the first look: definitions may contain themselves.
    get json() {
      json ??= openFields(def)
      return json
    },
    get list() {
      list ??= [...def.json.values()]
      return list
    },
    numbers,
  }
  DEFS.set(name, def)
  for (const text of source === '' ? [] : source.split(';')) {
    const field = parseField(pkg, text)
    if (field === undefined) continue
    fields.push(field)
    numbers.set(field.number, field)
  }
  return def
}

function remember(name: string, type: Type): Type {
  DEFS.set(name, type)
  return type
}

function openFields(def: Def): Map<string, Field> {
  const out = new Map<string, Field>()
  for (const field of def.fields) {
    // Plain copies: types are known by now, and these are looked at for every value decoded.
    if (field.json !== '') out.set(field.json, { ...field })
    else if (field.type.kind === 'struct') for (const [name, inner] of field.type.def.json) out.set(name, inner)
  }
  return out
}

function parseField(pkg: string, text: string): Field | undefined {
  const [go = '', goType = '', number = '0', ...options] = text.split(' ')
  const pointer = goType.startsWith('*')
  const flags = options.filter((o) => o === '!' || o === '0')
  const renamed = options.find((o) => o !== '!' && o !== '0')
  if (renamed === '-') return undefined
  let made: Type | undefined
  return {
    go,
    pointer,
    json: renamed === '~' ? '' : (renamed ?? go.charAt(0).toLowerCase() + go.slice(1)),
    // Resolved at the first look, for the same reason.
    get type() {
      made ??= typeOf(pkg, pointer ? goType.slice(1) : goType)
      return made
    },
    omitEmpty: !flags.includes('!'),
    omitZero: flags.includes('0'),
    number: Number(number),
  }
}

/** What a Go type written in `pkg` means. */
function typeOf(pkg: string, go: string): Type {
  const qualified = QUALIFIED[go]
  if (qualified !== undefined)
    return {
      kind: 'scalar',
      scalar: qualified,
      go: go === '[]byte' ? '[]uint8' : go.replace('metav1.', 'v1.'),
    }
  const basic = BASIC[go]
  if (basic !== undefined) return { kind: 'scalar', scalar: basic, go }
  if (go.startsWith('*')) return typeOf(pkg, go.slice(1))
  if (go.startsWith('[]')) {
    const elem = typeOf(pkg, go.slice(2))
    return { kind: 'slice', elem, go: `[]${elem.go}` }
  }
  const map = /^map\[([\w.]+)\](.*)$/.exec(go)
  if (map !== null) {
    const key = typeOf(pkg, map[1] ?? '')
    const elem = typeOf(pkg, map[2] ?? '')
    return { kind: 'map', key: key.go, elem, go: `map[${key.go}]${elem.go}` }
  }
  for (const name of candidates(pkg, go)) {
    const special = name.startsWith(META) ? META_SCALARS[name.slice(META.length + 1)] : undefined
    if (special !== undefined)
      return {
        kind: 'scalar',
        scalar: special,
        go: `v1.${name.slice(META.length + 1)}`,
      }
    const found = resolve(name)
    if (found === undefined) continue
    return 'fields' in found
      ? {
          kind: 'struct',
          def: found,
          go: goName(name.slice(0, name.lastIndexOf('.')), found.go),
        }
      : found
  }
  throw new Error(`unknown Go type ${go} in ${pkg}`)
}

function candidates(pkg: string, go: string): string[] {
  const dot = go.indexOf('.')
  if (dot < 0) return [`${pkg}.${go}`]
  const name = go.slice(dot + 1)
  return go.startsWith('metav1.') ? [`${META}.${name}`] : [`${CORE}.${name}`, `${META}.${name}`]
}

function goName(pkg: string, go: string): string {
  return `${pkg.slice(pkg.lastIndexOf('.') + 1)}.${go}`
}

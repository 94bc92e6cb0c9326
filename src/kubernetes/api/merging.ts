/** How the values of a type merge: the facts of schema-extras, looked up by definition and field. */
import type { Def, Field } from './schema.ts'
import { SCHEMA_EXTRAS } from './schema-extras.ts'

export interface Merging {
  /** Lists of objects told apart by these fields (server-side apply). */
  readonly mapKeys?: readonly string[]
  readonly set?: boolean
  readonly atomic?: boolean
  readonly granular?: boolean
  /** Strategic merge patch: lists merge (by `patchKey`, or as sets when there is none). */
  readonly patchMerge?: boolean
  readonly patchKey?: string
  readonly retainKeys?: boolean
}

const NONE: Merging = {}
const TABLE = read()

function read(): Map<string, Merging> {
  const out = new Map<string, Merging>()
  let pkg = ''
  for (const line of SCHEMA_EXTRAS.split('\n')) {
    if (line.startsWith('@')) pkg = line.slice(1)
    else if (line !== '') {
      const [name = '', ...facts] = line.split(' ')
      out.set(`${pkg}.${name}`, Object.assign({}, ...facts.map(parse)) as Merging)
    }
  }
  return out
}

function parse(fact: string): Merging {
  if (fact.startsWith('map=')) return { mapKeys: fact.slice(4).split(',') }
  if (fact === 'set') return { set: true }
  if (fact === 'atomic') return { atomic: true }
  if (fact === 'granular') return { granular: true }
  const [strategies = '', key] = fact.slice('patch='.length).split('/')
  const list = strategies.split(',')
  return {
    ...(list.includes('merge') ? { patchMerge: true } : {}),
    ...(list.includes('retainKeys') ? { retainKeys: true } : {}),
    ...(key === undefined ? {} : { patchKey: key }),
  }
}

/** How the values of a field merge. */
export function mergingOf(def: Def, json: string): Merging {
  const own = TABLE.get(`${def.name}.${json}`)
  if (own !== undefined) return own
  for (const field of def.fields) {
    if (field.json === '' && field.type.kind === 'struct' && field.type.def.json.has(json)) return mergingOf(field.type.def, json)
  }
  return NONE
}

/** Whether values of this type belong to one manager as a whole. */
export const isAtomicType = (field: Field): boolean => field.type.kind === 'struct' && TABLE.get(field.type.def.name)?.atomic === true

export const isAtomicDef = (def: Def): boolean => TABLE.get(def.name)?.atomic === true

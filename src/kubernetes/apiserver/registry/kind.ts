/**
 * What a kind of the API is: names, scope, rules and Table columns, in one definition.
 */
import type { FieldError } from '#kubernetes/api/field.ts'
import type { Draft, Obj } from '#kubernetes/api/json.ts'
import type { Micros } from '#sim/wait.ts'
import type { RequestContext } from '../context.ts'

/** A column of a Table. `priority` 1: only in wide output. */
export interface Column {
  readonly name: string
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: 'name'
  readonly priority?: number
  readonly description?: string
}

/** What a row may need besides its object. */
export interface RowContext {
  readonly now: Micros
}

export type Cell = string | number | boolean | null

/** One version of a kind as it is served. Objects are stored in the first version of the definition. */
export interface Served {
  readonly group: string
  readonly version: string
  /** OpenAPI definition of the type. */
  readonly def: string
  /** From the stored form to this version and back; identity when absent. */
  readonly fromStorage?: (object: Obj) => Obj
  readonly toStorage?: (object: Obj) => Obj
}

/** The rules of a kind. Drafts may be changed in place; everything else is shared and frozen. */
export interface Strategy {
  /** Fills what was left out; also for what is read from a patch. */
  readonly defaults?: (object: Draft) => void
  /** Before validation of a new object: what users may not set is cleared. */
  readonly prepareForCreate?: (object: Draft, context: RequestContext) => void
  readonly prepareForUpdate?: (object: Draft, old: Obj, context: RequestContext) => void
  readonly prepareForStatusUpdate?: (object: Draft, old: Obj) => void
  readonly validate?: (object: Obj, context: RequestContext) => readonly FieldError[]
  readonly validateUpdate?: (object: Obj, old: Obj, context: RequestContext) => readonly FieldError[]
  readonly validateStatusUpdate?: (object: Obj, old: Obj, context: RequestContext) => readonly FieldError[]
  readonly warnings?: (object: Obj, old: Obj | undefined) => readonly string[]
  /** What names are fine; DNS subdomains by default. */
  readonly validateName?: (name: string) => readonly string[]
  /** After the object is stored (or would be, in a dry run: not called): allocations to keep, to give back. */
  readonly afterCreate?: (object: Obj, context: RequestContext) => void
  readonly afterUpdate?: (object: Obj, old: Obj, context: RequestContext) => void
  readonly afterDelete?: (object: Obj, context: RequestContext) => void
  /** Clean up after {@link prepareForCreate} when the create fails later. */
  readonly undoCreate?: (object: Obj, context: RequestContext) => void
  /** The object's desired state changed, so its generation rises; false: it has none. The spec by default. */
  readonly generationOf?: ((object: Obj) => unknown) | false
  /** Seconds that deleting waits for; undefined: it is immediate. */
  readonly gracePeriod?: (object: Obj, asked: number | undefined) => number | undefined
  /** Updates need no resourceVersion (most kinds), or must have one. */
  readonly allowUnconditionalUpdate?: boolean
  /** An update of what does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean
  /** Deleting returns the object, not a Status. */
  readonly returnDeleted?: boolean
  /** Labels and the like are also changed by an update of the status. */
  readonly statusKeeps?: 'labels' | 'spec'
}

export interface ScaleMapping {
  readonly specReplicas: readonly string[]
  readonly statusReplicas: readonly string[]
  /** The selector as text. */
  readonly selector: (object: Obj) => string
}

export interface Kind {
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  /** Newest first; the first is how objects are stored. */
  readonly served: readonly [Served, ...Served[]]
  /** Key prefix in etcd, without the slash at the end: `/registry/pods`. */
  readonly prefix: string
  readonly verbs?: readonly string[]
  /** Has `/status`. */
  readonly status?: boolean
  readonly scale?: ScaleMapping
  /** Other subresources that discovery lists: name, kind and group-version of their bodies, verbs. */
  readonly subresources?: readonly Subresource[]
  readonly columns?: readonly Column[]
  readonly row?: (object: Obj, context: RowContext) => readonly Cell[]
  /** Order of rows in Tables; by key when absent. */
  readonly rowOrder?: (a: Obj, b: Obj) => number
  /** Field selectors besides metadata.name and metadata.namespace. */
  readonly fields?: { readonly [field: string]: (object: Obj) => string }
  readonly strategy?: Strategy
  /** Printed to whoever asks for this version. */
  readonly deprecation?: string
  /** Custom resources: the definition they come from. */
  readonly custom?: Obj
  /** Events of this kind expire after so long. */
  readonly ttlSeconds?: number
}

export interface Subresource {
  readonly name: string
  readonly kind: string
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
}

export const ALL_VERBS: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** The parts of a built-in kind that are not given by the others. */
export interface BuiltIn extends Omit<Kind, 'singular' | 'served' | 'prefix'> {
  readonly group: string
  /** Package of its Go types: `core`, `apps`. */
  readonly pkg: string
  readonly version?: string
  readonly singular?: string
  readonly prefix?: string
  readonly alsoServed?: readonly Served[]
}

/** A built-in kind; most of what names it follows from its own name. */
export function builtIn(given: BuiltIn): Kind {
  const { group, pkg, version = 'v1', alsoServed = [], ...rest } = given
  const def = pkg.includes('.') ? `${pkg}.${version}.${given.kind}` : `io.k8s.api.${pkg}.${version}.${given.kind}`
  return {
    ...rest,
    singular: given.singular ?? given.kind.toLowerCase(),
    prefix: given.prefix ?? `/registry/${given.plural}`,
    served: [{ group, version, def }, ...alsoServed],
  }
}

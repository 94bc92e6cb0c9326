/**
 * Compiles the expressions of admission policies. Source: apiserver pkg/admission/plugin/cel (compile.go, composition.go).
 */
import { type Obj, objs, str } from '#kubernetes/api/json.ts'
import type { Declarations } from './checker.ts'
import { BASE_FUNCTIONS, compile, type Program, withFunctions } from './environment.ts'
import { fn } from './functions.ts'
import type { MakeStruct } from './interpreter.ts'
import { AUTHORIZER, RESOURCE } from './library/authz.ts'
import { BOOL, DYN, INT, listOf, mapOf, NULL, STRING, struct, TIMESTAMP, type Type, typeText } from './types.ts'
import { MapValue } from './values.ts'

const fields = (types: { readonly [name: string]: Type }): ReadonlyMap<string, Type> => new Map(Object.entries(types))
const STRINGS = listOf(STRING)

const GVK = struct('kubernetes.GroupVersionKind', fields({ group: STRING, version: STRING, kind: STRING }))
const GVR = struct('kubernetes.GroupVersionResource', fields({ group: STRING, version: STRING, resource: STRING }))
const USER = struct('kubernetes.UserInfo', fields({ username: STRING, uid: STRING, groups: STRINGS, extra: mapOf(STRING, STRINGS) }))
const REQUEST = struct(
  'kubernetes.AdmissionRequest',
  fields({
    kind: GVK,
    resource: GVR,
    subResource: STRING,
    requestKind: GVK,
    requestResource: GVR,
    requestSubResource: STRING,
    name: STRING,
    namespace: STRING,
    operation: STRING,
    userInfo: USER,
    dryRun: BOOL,
    options: DYN,
  }),
)
const NAMESPACE = struct(
  'kubernetes.Namespace',
  fields({
    metadata: struct(
      'kubernetes.NamespaceMetadata',
      fields({
        name: STRING,
        generateName: STRING,
        namespace: STRING,
        labels: mapOf(STRING, STRING),
        annotations: mapOf(STRING, STRING),
        UID: STRING,
        creationTimestamp: TIMESTAMP,
        deletionGracePeriodSeconds: INT,
        deletionTimestamp: TIMESTAMP,
        generation: INT,
        resourceVersion: STRING,
        finalizers: STRINGS,
      }),
    ),
    spec: struct('kubernetes.NamespaceSpec', fields({ finalizers: STRINGS })),
    status: struct(
      'kubernetes.NamespaceStatus',
      fields({
        conditions: listOf(
          struct(
            'kubernetes.NamespaceCondition',
            fields({ status: STRING, type: STRING, lastTransitionTime: TIMESTAMP, message: STRING, reason: STRING }),
          ),
        ),
        phase: STRING,
      }),
    ),
  }),
)

const PATCH_OPERATION = struct('JSONPatch', fields({ op: STRING, path: STRING, from: STRING, value: DYN }))
const OBJECT = 'Object'

/** `Object.spec.template`: any field, of any type. */
const dynamicObject = (name: string): Type => ({ kind: 'struct', name, params: [], field: () => DYN })

/** The types that mutations make. */
function patchStruct(name: string): Type | undefined {
  if (name === PATCH_OPERATION.name) return PATCH_OPERATION
  return name === OBJECT || name.startsWith(`${OBJECT}.`) ? dynamicObject(name) : undefined
}

const makePatchStruct: MakeStruct = (name, entries) => new MapValue(entries, name)

const PATCH_FUNCTIONS = withFunctions([
  fn('jsonpatch.escapeKey', [STRING], STRING, (key) => key.replaceAll('~', '~0').replaceAll('/', '~1')),
])

/** An expression of a policy: a program, or why it is none. */
export type Compiled = Program | CompileError

export interface CompileError {
  readonly error: string
}

export const failed = (compiled: Compiled): compiled is CompileError => 'error' in compiled

export const CONDITION: readonly Type[] = [BOOL]
export const MESSAGE: readonly Type[] = [STRING]
export const AUDIT: readonly Type[] = [STRING, NULL]
export const PATCH: readonly Type[] = [listOf(PATCH_OPERATION)]
export const APPLY: readonly Type[] = [dynamicObject(OBJECT)]
/** Of variables. */
const ANYTHING: readonly Type[] = []

interface Scope {
  readonly params: boolean
  readonly authorizer: boolean
  readonly variables: ReadonlyMap<string, Type> | undefined
  readonly object: Type
}

function declarations({ params, authorizer, variables, object }: Scope, patches: boolean): Declarations {
  const names: (readonly [string, Type])[] = [
    ['object', object],
    ['oldObject', object],
    ['namespaceObject', NAMESPACE],
    ['request', REQUEST],
  ]
  if (params) names.push(['params', DYN])
  if (authorizer) names.push(['authorizer', AUTHORIZER], ['authorizer.requestResource', RESOURCE])
  if (variables !== undefined) names.push(['variables', struct('kubernetes.variables', variables)])
  return {
    variables: new Map(names),
    functions: patches ? PATCH_FUNCTIONS : BASE_FUNCTIONS,
    ...(patches ? { structs: patchStruct } : {}),
  }
}

const yields = (type: Type, wanted: Type): boolean => typeText(type) === typeText(wanted) && type.kind === wanted.kind

function compileAs(source: string, scope: Scope, wanted: readonly Type[]): Compiled {
  const patches = wanted === PATCH || wanted === APPLY
  const program = compile(source, declarations(scope, patches), makePatchStruct)
  if (typeof program === 'string') return { error: `compilation failed: ${program}` }
  if (wanted.length === 0 || wanted.some((t) => yields(program.type, t))) return program
  const names = wanted.map(typeText)
  const what = names.length === 1 ? `must evaluate to ${names[0]}` : `must evaluate to one of [${names.join(' ')}]`
  return { error: `${what} but got ${typeText(program.type)}` }
}

/** A policy's variables so far, and the compiler that knows them. */
export class PolicyCompiler {
  readonly #params: boolean
  readonly #composes: boolean
  readonly #object: Type
  readonly #types = new Map<string, Type>()
  readonly #variables = new Map<string, Compiled>()

  /** `object`: the type of the object; any, but where types are checked for warnings. */
  constructor(spec: Obj, object: Type = DYN) {
    this.#object = object
    this.#params = spec.paramKind !== undefined && spec.paramKind !== null
    this.#composes = objs(spec, 'variables').length > 0
  }

  get variables(): ReadonlyMap<string, Compiled> {
    return this.#variables
  }

  /** Compiles a variable; later expressions see it. */
  variable(variable: Obj): Compiled {
    const name = str(variable, 'name')
    const compiled = this.compile(str(variable, 'expression'), ANYTHING)
    this.#types.set(name, failed(compiled) ? DYN : compiled.type)
    this.#variables.set(name, compiled)
    return compiled
  }

  compile(source: string, wanted: readonly Type[]): Compiled {
    const authorizer = wanted !== MESSAGE
    const variables = this.#composes ? new Map(this.#types) : undefined
    return compileAs(source, { params: this.#params, authorizer, variables, object: this.#object }, wanted)
  }

  /** Match conditions know no variables when a policy is validated, all of them when it runs. */
  condition(source: string): Compiled {
    return compileAs(source, { params: this.#params, authorizer: true, variables: undefined, object: this.#object }, CONDITION)
  }

  /** What the compiler says of an expression whatever it yields; undefined when nothing. */
  issues(source: string): string | undefined {
    const program = compile(
      source,
      declarations({ params: this.#params, authorizer: true, variables: new Map(this.#types), object: this.#object }, false),
    )
    return typeof program === 'string' ? program : undefined
  }
}

/** One expression with the field it comes from. */
export interface Part {
  readonly source: string
  readonly of: Obj
  readonly compiled: Compiled
}

/** A policy that can be run. */
export interface PolicyProgram {
  readonly variables: ReadonlyMap<string, Compiled>
  readonly conditions: readonly Part[]
  readonly validations: readonly Part[]
  /** By validation; undefined where there is no messageExpression. */
  readonly messages: readonly (Part | undefined)[]
  readonly auditAnnotations: readonly Part[]
  readonly mutations: readonly Part[]
}

/** Compiles a stored policy. Policies are frozen, so this is done once for each. */
export function compilePolicy(policy: Obj): PolicyProgram {
  const known = programs.get(policy)
  if (known !== undefined) return known
  const spec = policy.spec as Obj
  const compiler = new PolicyCompiler(spec)
  for (const variable of objs(spec, 'variables')) compiler.variable(variable)
  const part = (of: Obj, field: string, wanted: readonly Type[]): Part => {
    const source = str(of, field)
    return { source, of, compiled: compiler.compile(source, wanted) }
  }
  const made: PolicyProgram = {
    variables: compiler.variables,
    conditions: objs(spec, 'matchConditions').map((c) => part(c, 'expression', CONDITION)),
    validations: objs(spec, 'validations').map((v) => part(v, 'expression', CONDITION)),
    messages: objs(spec, 'validations').map((v) =>
      str(v, 'messageExpression') === '' ? undefined : part(v, 'messageExpression', MESSAGE),
    ),
    auditAnnotations: objs(spec, 'auditAnnotations').map((a) => part(a, 'valueExpression', AUDIT)),
    mutations: objs(spec, 'mutations').map((m) => mutationOf(m, compiler)),
  }
  programs.set(policy, made)
  return made
}

const programs = new WeakMap<Obj, PolicyProgram>()

function mutationOf(mutation: Obj, compiler: PolicyCompiler): Part {
  const json = mutation.patchType === 'JSONPatch'
  const source = json ? str(mutation, 'jsonPatch', 'expression') : str(mutation, 'applyConfiguration', 'expression')
  return { source, of: mutation, compiled: compiler.compile(source, json ? PATCH : APPLY) }
}

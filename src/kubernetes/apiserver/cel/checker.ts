/**
 * Finds the type of each part of an expression, and what is wrong with it before it ever runs.
 * Source: cel-go checker, with Kubernetes' options (aggregate literals of one type, cel.ASTValidators).
 */
import type { ComprehensionExpr, Entry, Expr } from './ast.ts'
import type { FunctionTable, Overload } from './functions.ts'
import { regex } from './regex.ts'
import type { Issue } from './source.ts'
import { parseDuration, parseTimestamp } from './time.ts'
import {
  assignable,
  type Bindings,
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  ERROR,
  exactly,
  formatType,
  INT,
  isDynOrError,
  isOptionalType,
  listOf,
  mapOf,
  mostGeneral,
  NULL,
  optionalOf,
  STRING,
  substitute,
  TIMESTAMP,
  type Type,
  typeOf,
  UINT,
  unwrapOptional,
} from './types.ts'
import { Uint, type Value } from './values.ts'

/** What names mean in an expression. */
export interface Declarations {
  readonly variables: ReadonlyMap<string, Type>
  readonly functions: FunctionTable
  /** Types that `Name{…}` makes. */
  readonly structs?: (name: string) => Type | undefined
}

export interface Checked {
  readonly type: Type
  readonly issues: readonly Issue[]
  /** Selections that are variables with a dot in their name, and types. */
  readonly idents: ReadonlyMap<Expr, string>
  /** Calls whose receiver is part of the function's name. */
  readonly calls: ReadonlyMap<Expr, string>
  /** Names of the variables used. */
  readonly references: ReadonlySet<string>
}

/** Types that are named in expressions: `type(x) == string`. */
export const NAMED_TYPES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...[BOOL, BYTES, DOUBLE, INT, STRING, UINT, DYN, DURATION, TIMESTAMP].map((t): readonly [string, Type] => [t.name, t]),
  ['null_type', NULL],
  ['list', listOf(DYN)],
  ['map', mapOf(DYN, DYN)],
  ['type', typeOf(DYN)],
  ['optional_type', optionalOf(DYN)],
  ...['kubernetes.URL', 'kubernetes.Quantity', 'net.IP', 'net.CIDR', 'kubernetes.Semver', 'kubernetes.NamedFormat'].map(
    (name): readonly [string, Type] => [name, { kind: 'opaque', name, params: [] }],
  ),
])

export function check(expr: Expr, declarations: Declarations): Checked {
  const checker = new Checker(declarations)
  const type = checker.check(expr)
  return {
    type: checker.final(type),
    issues: checker.issues,
    idents: checker.idents,
    calls: checker.calls,
    references: checker.references,
  }
}

class Checker {
  readonly issues: Issue[] = []
  readonly idents = new Map<Expr, string>()
  readonly calls = new Map<Expr, string>()
  readonly references = new Set<string>()
  readonly #declarations: Declarations
  /** Variables of the loops around, innermost last. */
  readonly #locals: (readonly [string, Type])[] = []
  #bindings: Bindings = new Map()
  #fresh = 0

  constructor(declarations: Declarations) {
    this.#declarations = declarations
  }

  final(type: Type): Type {
    return substitute(this.#bindings, type, true)
  }

  check(e: Expr): Type {
    switch (e.kind) {
      case 'literal':
        return literalType(e.value)
      case 'ident':
        return this.#ident(e, e.name)
      case 'select': {
        const variable = e.test ? undefined : this.#qualified(e)
        if (variable !== undefined) return variable
        const field = this.#selection(e.at, e.operand, e.field, false)
        return e.test ? BOOL : field
      }
      case 'optSelect':
        return this.#selection(e.at, e.operand, e.field, true)
      case 'call':
        return this.#call(e)
      case 'list':
        return this.#list(e.items)
      case 'map':
        return this.#map(e.entries)
      case 'struct':
        return this.#struct(e)
      case 'comprehension':
        return this.#comprehension(e)
      case 'optMap':
        return this.#optMap(e)
    }
  }

  #report(at: number, message: string): Type {
    this.issues.push({ offset: at, message })
    return ERROR
  }

  #mismatch(at: number, expected: Type, actual: Type): Type {
    return this.#report(at, `expected type '${formatType(expected)}' but found '${formatType(actual)}'`)
  }

  #newVariable(): Type {
    return { kind: 'param', name: `_var${this.#fresh++}`, params: [] }
  }

  /** Takes note that a type stands for another; false when it can't. */
  #assign(from: readonly Type[], to: readonly Type[]): boolean {
    const bindings = assignable(this.#bindings, from, to)
    if (bindings !== undefined) this.#bindings = bindings
    return bindings !== undefined
  }

  #local(name: string): Type | undefined {
    return this.#locals.findLast(([n]) => n === name)?.[1]
  }

  #ident(e: Expr, written: string): Type {
    const local = this.#local(written)
    if (local !== undefined) return local
    const name = written.replace(/^\./, '')
    const found = this.#named(e, name)
    return found ?? this.#report(e.at, `undeclared reference to '${written}' (in container '')`)
  }

  /** A variable or a type of the environment. */
  #named(e: Expr, name: string): Type | undefined {
    const variable = this.#declarations.variables.get(name)
    if (variable !== undefined) {
      this.references.add(name)
      this.idents.set(e, name)
      return variable
    }
    const type = NAMED_TYPES.get(name)
    if (type === undefined) return undefined
    this.idents.set(e, name)
    return typeOf(type)
  }

  /** `a.b` as one name. */
  #qualified(e: Expr): Type | undefined {
    const name = dotted(e)
    const first = name?.split('.')[0]
    if (name === undefined || first === undefined || this.#local(first) !== undefined) return undefined
    return this.#named(e, name)
  }

  #selection(at: number, operand: Expr, field: string, optional: boolean): Type {
    const operandType = substitute(this.#bindings, this.check(operand))
    const target = unwrapOptional(operandType)
    const result = this.#fieldType(at, target, field)
    const type = optional || isOptionalType(operandType) ? optionalOf(result) : result
    return substitute(this.#bindings, type)
  }

  #fieldType(at: number, target: Type, field: string): Type {
    if (target.kind === 'map') return target.params[1] ?? DYN
    if (target.kind === 'struct') return target.field?.(field) ?? this.#report(at, `undefined field '${field}'`)
    if (target.kind === 'param') this.#assign([DYN], [target])
    else if (!isDynOrError(target)) this.#report(at, `type '${formatType(target)}' does not support field selection`)
    return DYN
  }

  #call(e: Expr & { readonly kind: 'call' }): Type {
    const args = e.args.map((arg) => this.check(arg))
    const { functions } = this.#declarations
    const undeclared = (): Type => this.#report(e.at, `undeclared reference to '${e.name}' (in container '')`)
    if (e.target === undefined) {
      const overloads = functions.get(e.name.replace(/^\./, ''))
      if (overloads === undefined) return undeclared()
      return this.#resolve(e.at, e.name, overloads, undefined, args, e.args)
    }
    const prefix = dotted(e.target)
    const qualified = prefix === undefined ? undefined : `${prefix}.${e.name}`
    const namespaced = qualified === undefined ? undefined : functions.get(qualified)
    if (qualified !== undefined && namespaced !== undefined) {
      this.calls.set(e, qualified)
      return this.#resolve(e.at, qualified, namespaced, undefined, args, e.args)
    }
    const target = this.check(e.target)
    const overloads = functions.get(e.name)
    if (overloads === undefined) return undeclared()
    return this.#resolve(e.at, e.name, overloads, target, args, e.args)
  }

  #resolve(
    at: number,
    name: string,
    overloads: readonly Overload[],
    target: Type | undefined,
    args: readonly Type[],
    exprs: readonly Expr[],
  ): Type {
    if (name === '_&&_' || name === '_||_') return this.#logic(args, exprs)
    const actual = target === undefined ? args : [target, ...args]
    let result: Type | undefined
    for (const overload of overloads) {
      if (overload.member !== (target !== undefined)) continue
      const { params, result: declared } = this.#instantiate(overload)
      if (!this.#assign(actual, params)) continue
      const type = substitute(this.#bindings, declared)
      if (result === undefined) result = type
      else if (result.kind !== 'dyn' && !exactly(type, result)) result = DYN
    }
    if (result !== undefined) {
      this.#literals(name, exprs)
      return result
    }
    const shown = actual.map((t) => formatType(this.final(t)))
    const signature = target === undefined ? `(${shown.join(', ')})` : `${shown[0]}.(${shown.slice(1).join(', ')})`
    return this.#report(at, `found no matching overload for '${name.replace(/^\./, '')}' applied to '${signature}'`)
  }

  #logic(args: readonly Type[], exprs: readonly Expr[]): Type {
    let result: Type = BOOL
    for (const [i, type] of args.entries())
      if (!this.#assign([type], [BOOL])) result = this.#mismatch(exprs[i]?.at ?? 0, BOOL, substitute(this.#bindings, type))
    return result
  }

  #instantiate(overload: Overload): { readonly params: readonly Type[]; readonly result: Type } {
    const names = new Map<string, Type>()
    const fresh = (t: Type): Type => {
      if (t.kind === 'param') {
        const known = names.get(t.name) ?? this.#newVariable()
        names.set(t.name, known)
        return known
      }
      return t.params.length === 0 || t.kind === 'struct' ? t : { ...t, params: t.params.map(fresh) }
    }
    return { params: overload.params.map(fresh), result: fresh(overload.result) }
  }

  /** Literals that functions read are read now. */
  #literals(name: string, exprs: readonly Expr[]): void {
    const literal = exprs.at(name === 'matches' ? -1 : 0)
    if (literal?.kind !== 'literal' || typeof literal.value !== 'string') return
    const text = literal.value
    const valid = {
      duration: () => parseDuration(text) !== undefined,
      timestamp: () => parseTimestamp(text) !== undefined,
      matches: () => reads(text),
    }
    if (name !== 'duration' && name !== 'timestamp' && name !== 'matches') return
    if (!valid[name]()) this.#report(literal.at, `invalid ${name} argument`)
  }

  #join(at: number, previous: Type | undefined, current: Type): Type {
    if (previous === undefined) return current
    if (this.#assign([previous], [current])) return mostGeneral(previous, current)
    return this.#mismatch(at, previous, current)
  }

  #optional(at: number, type: Type): Type {
    if (!isOptionalType(type) && type.kind !== 'dyn') this.#mismatch(at, optionalOf(type), type)
    return unwrapOptional(type)
  }

  #list(items: readonly { readonly value: Expr; readonly optional: boolean }[]): Type {
    let element: Type | undefined
    for (const { value, optional } of items) {
      const type = this.check(value)
      element = this.#join(value.at, element, optional ? this.#optional(value.at, type) : type)
    }
    return listOf(element ?? this.#newVariable())
  }

  #map(entries: readonly Entry[]): Type {
    let key: Type | undefined
    let value: Type | undefined
    for (const entry of entries) {
      key = this.#join(entry.key.at, key, this.check(entry.key))
      const type = this.check(entry.value)
      value = this.#join(entry.value.at, value, entry.optional ? this.#optional(entry.value.at, type) : type)
    }
    return mapOf(key ?? this.#newVariable(), value ?? this.#newVariable())
  }

  #struct(e: Expr & { readonly kind: 'struct' }): Type {
    const type = this.#declarations.structs?.(e.name)
    if (type === undefined) return this.#report(e.at, `undeclared reference to '${e.name}' (in container '')`)
    for (const field of e.fields) {
      const given = this.check(field.value)
      const value = field.optional ? this.#optional(field.value.at, given) : given
      const wanted = type.field?.(field.name) ?? this.#report(field.at, `undefined field '${field.name}'`)
      if (!this.#assign([wanted], [value]))
        this.#report(
          field.at,
          `expected type of field '${field.name}' is '${formatType(wanted)}' but provided type is '${formatType(value)}'`,
        )
    }
    return type
  }

  #comprehension(e: ComprehensionExpr): Type {
    const range = substitute(this.#bindings, this.check(e.range))
    const [first, second] = this.#loopTypes(e, range)
    const depth = this.#locals.length
    const [name1 = '', name2] = e.variables
    this.#locals.push([name1, first])
    if (name2 !== undefined) this.#locals.push([name2, second])
    const filter = e.filter === undefined ? undefined : this.check(e.filter)
    const body = this.check(e.body)
    const result = substitute(this.#bindings, this.#loopResult(e, range, first, filter, body))
    this.#locals.length = depth
    return result
  }

  #loopTypes(e: ComprehensionExpr, range: Type): readonly [Type, Type] {
    const double = e.variables.length === 2
    switch (range.kind) {
      case 'list': {
        const element = range.params[0] ?? DYN
        return double ? [INT, element] : [element, DYN]
      }
      case 'map':
        return [range.params[0] ?? DYN, range.params[1] ?? DYN]
      case 'dyn':
      case 'error':
      case 'param':
        this.#assign([DYN], [range])
        return [DYN, DYN]
      default:
        this.#report(
          e.range.at,
          `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        )
        return [ERROR, ERROR]
    }
  }

  /** The type of the whole; complains as the calls complain that the macro stands for. */
  #loopResult(e: ComprehensionExpr, range: Type, variable: Type, filter: Type | undefined, body: Type): Type {
    const condition = (type: Type, accumulator: Type): void => {
      if (this.#assign([type], [BOOL])) return
      const shown = [type, accumulator, accumulator].map((t) => formatType(this.final(t))).join(', ')
      this.#report(e.at, `found no matching overload for '_?_:_' applied to '(${shown})'`)
    }
    switch (e.macro) {
      case 'all':
      case 'exists':
        if (!this.#assign([body], [BOOL])) this.#mismatch(e.body.at, BOOL, substitute(this.#bindings, body))
        return BOOL
      case 'existsOne':
        condition(body, INT)
        return BOOL
      case 'filter':
        condition(body, listOf(variable))
        return listOf(variable)
      case 'map':
      case 'transformList':
        if (filter !== undefined) condition(filter, listOf(body))
        return listOf(body)
      case 'transformMap':
        if (filter !== undefined) condition(filter, mapOf(variable, body))
        return mapOf(variable, body)
      case 'transformMapEntry': {
        const entry = mapOf(this.#newVariable(), this.#newVariable())
        if (filter !== undefined) condition(filter, body)
        if (this.#assign([body], [entry])) return entry
        return this.#report(
          e.at,
          `found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), ${formatType(this.final(body))})'`,
        )
      }
      case 'sortBy':
        return range
    }
  }

  #optMap(e: Expr & { readonly kind: 'optMap' }): Type {
    const target = substitute(this.#bindings, this.check(e.target))
    const inner = this.#newVariable()
    if (!this.#assign([target], [optionalOf(inner)]))
      return this.#report(e.at, `found no matching overload for 'hasValue' applied to '${formatType(this.final(target))}.()'`)
    this.#locals.push([e.variable, substitute(this.#bindings, inner)])
    const body = this.check(e.body)
    this.#locals.pop()
    if (!e.flat) return substitute(this.#bindings, optionalOf(body))
    const flat = optionalOf(this.#newVariable())
    if (this.#assign([body], [flat])) return substitute(this.#bindings, flat)
    const shown = `(bool, ${formatType(this.final(body))}, optional_type(dyn))`
    return this.#report(e.at, `found no matching overload for '_?_:_' applied to '${shown}'`)
  }
}

function reads(pattern: string): boolean {
  try {
    regex(pattern)
    return true
  } catch {
    return false
  }
}

function literalType(value: Value): Type {
  if (value === null) return NULL
  switch (typeof value) {
    case 'boolean':
      return BOOL
    case 'bigint':
      return INT
    case 'number':
      return DOUBLE
    case 'string':
      return STRING
    default:
      return value instanceof Uint ? UINT : BYTES
  }
}

/** `a.b.c` as text; undefined for anything but selections of a name. */
export function dotted(e: Expr): string | undefined {
  if (e.kind === 'ident') return e.name.replace(/^\./, '')
  if (e.kind !== 'select' || e.test) return undefined
  const prefix = dotted(e.operand)
  return prefix === undefined ? undefined : `${prefix}.${e.field}`
}

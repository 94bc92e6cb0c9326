/**
 * Runs checked expressions. Source: cel-go interpreter.
 * Differs: costs are counted one per step, not by the size of texts and lists.
 */
import type { ComprehensionExpr, Expr } from './ast.ts'
import type { Checked } from './checker.ts'
import { NAMED_TYPES } from './checker.ts'
import type { FunctionTable } from './functions.ts'
import { sortBy } from './library/lists.ts'
import { find, index } from './library/standard.ts'
import {
  EvaluationError,
  equal,
  isOptional,
  List,
  MapValue,
  noSuchOverload,
  Optional,
  TypeValue,
  typeNameOf,
  type Value,
} from './values.ts'

/** Values of variables; undefined when there is none of that name. */
export type Lookup = (name: string) => Value | undefined

/** What evaluation may cost; counts down. */
export interface Budget {
  left: number
}

/** One expression may cost this much. Source: apiserver pkg/apis/cel, PerCallLimit. */
export const PER_CALL_LIMIT = 1_000_000

/** The budget of one expression is used up. */
export class CostError extends EvaluationError {
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** Makes what `Name{…}` stands for. */
export type MakeStruct = (name: string, fields: readonly (readonly [string, Value])[]) => Value

type Locals = ReadonlyMap<string, Value>

/** The value of a checked expression. Throws EvalErrors. */
export function evaluate(
  expr: Expr,
  checked: Checked,
  functions: FunctionTable,
  lookup: Lookup,
  budget: Budget,
  makeStruct?: MakeStruct,
): Value {
  return new Interpreter(checked, functions, lookup, budget, makeStruct).eval(expr, new Map())
}

class Interpreter {
  readonly #checked: Checked
  readonly #functions: FunctionTable
  readonly #lookup: Lookup
  readonly #budget: Budget
  readonly #makeStruct: MakeStruct | undefined

  constructor(checked: Checked, functions: FunctionTable, lookup: Lookup, budget: Budget, makeStruct: MakeStruct | undefined) {
    this.#checked = checked
    this.#functions = functions
    this.#lookup = lookup
    this.#budget = budget
    this.#makeStruct = makeStruct
  }

  eval(e: Expr, locals: Locals): Value {
    if (e.kind !== 'literal' && --this.#budget.left < 0) throw new CostError()
    switch (e.kind) {
      case 'literal':
        return e.value
      case 'ident':
        return locals.get(e.name) ?? this.#ident(e, e.name, locals)
      case 'select': {
        const name = this.#checked.idents.get(e)
        if (name !== undefined) return this.#ident(e, name, locals)
        const operand = this.eval(e.operand, locals)
        return e.test ? hasField(operand, e.field) : index(operand, e.field)
      }
      case 'optSelect':
        return this.#functions.call('_?._', false, [this.eval(e.operand, locals), e.field])
      case 'call':
        return this.#call(e, locals)
      case 'list':
        return new List(
          e.items.flatMap(({ value, optional }) => {
            const item = this.eval(value, locals)
            return optional ? present(item, (v) => `cannot initialize optional list element from non-optional value ${v}`) : [item]
          }),
        )
      case 'map':
        return new MapValue(
          e.entries.flatMap(({ key, value, optional }) => {
            const k = this.eval(key, locals)
            return this.#entry(k, this.eval(value, locals), optional)
          }),
        )
      case 'struct': {
        if (this.#makeStruct === undefined) throw new EvaluationError(`unknown type: ${e.name}`)
        const fields = e.fields.flatMap((f) => this.#entry(f.name, this.eval(f.value, locals), f.optional))
        return this.#makeStruct(
          e.name,
          fields.map(([name, value]): readonly [string, Value] => [String(name), value]),
        )
      }
      case 'comprehension':
        return this.#loop(e, locals)
      case 'optMap': {
        const target = this.eval(e.target, locals)
        if (!isOptional(target)) throw noSuchOverload()
        if (target.value === undefined) return target
        const value = this.eval(e.body, new Map(locals).set(e.variable, target.value))
        return e.flat ? value : new Optional(value)
      }
    }
  }

  #entry(key: Value, value: Value, optional: boolean): (readonly [Value, Value])[] {
    if (!optional) return [[key, value]]
    const why = (v: string): string => `cannot initialize optional entry '${String(key)}' from non-optional value ${v}`
    return present(value, why).map((v): readonly [Value, Value] => [key, v])
  }

  #ident(e: Expr, written: string, locals: Locals): Value {
    if (locals.has(written)) return locals.get(written) ?? null
    const name = this.#checked.idents.get(e) ?? written
    const value = this.#lookup(name)
    if (value !== undefined) return value
    const type = NAMED_TYPES.get(name)
    if (type !== undefined) return new TypeValue(type.name)
    throw new EvaluationError(`no such attribute(s): ${name}`)
  }

  #call(e: Expr & { readonly kind: 'call' }, locals: Locals): Value {
    const [a, b, c] = e.args
    if (a !== undefined && b !== undefined) {
      if (e.name === '_&&_') return this.#logic(a, b, locals, false)
      if (e.name === '_||_') return this.#logic(a, b, locals, true)
      if (e.name === '_?_:_' && c !== undefined) {
        const condition = this.eval(a, locals)
        if (typeof condition !== 'boolean') throw noSuchOverload()
        return this.eval(condition ? b : c, locals)
      }
    }
    const qualified = this.#checked.calls.get(e)
    const args = e.args.map((arg) => this.eval(arg, locals))
    if (qualified !== undefined) return this.#functions.call(qualified, false, args)
    if (e.target === undefined) return this.#functions.call(e.name.replace(/^\./, ''), false, args)
    return this.#functions.call(e.name, true, [this.eval(e.target, locals), ...args])
  }

  /** `&&` and `||`: a side that decides (is `decides`) makes an error of the other unimportant. */
  #logic(a: Expr, b: Expr, locals: Locals, decides: boolean): boolean {
    const left = this.#attempt(a, locals)
    if (left === decides) return decides
    const right = this.#attempt(b, locals)
    if (right === decides) return decides
    for (const side of [left, right]) if (side instanceof EvaluationError) throw side
    if (typeof left !== 'boolean' || typeof right !== 'boolean') throw noSuchOverload()
    return !decides
  }

  #attempt(e: Expr, locals: Locals): Value | EvaluationError {
    try {
      return this.eval(e, locals)
    } catch (error) {
      if (error instanceof EvaluationError && !(error instanceof CostError)) return error
      throw error
    }
  }

  #loop(e: ComprehensionExpr, locals: Locals): Value {
    const range = this.eval(e.range, locals)
    const rounds = roundsOf(range, e.variables.length === 2).map((values) => {
      const inner = new Map(locals)
      for (const [i, name] of e.variables.entries()) inner.set(name, values[i] ?? null)
      return { first: values[0] ?? null, inner }
    })
    switch (e.macro) {
      case 'all':
      case 'exists':
        return this.#quantify(e.body, rounds, e.macro === 'exists')
      case 'existsOne':
        return rounds.filter(({ inner }) => this.#holds(e.body, inner)).length === 1
      case 'filter':
        return new List(rounds.filter(({ inner }) => this.#holds(e.body, inner)).map(({ first }) => first))
      case 'map':
      case 'transformList':
        return new List(this.#chosen(e, rounds).map(({ inner }) => this.eval(e.body, inner)))
      case 'transformMap':
        return new MapValue(this.#chosen(e, rounds).map(({ first, inner }): readonly [Value, Value] => [first, this.eval(e.body, inner)]))
      case 'transformMapEntry':
        return this.#entries(e, rounds)
      case 'sortBy':
        return sortBy(
          rounds.map(({ first }) => first),
          rounds.map(({ inner }) => this.eval(e.body, inner)),
        )
    }
  }

  #chosen<T extends { readonly inner: Locals }>(e: ComprehensionExpr, rounds: readonly T[]): readonly T[] {
    const { filter } = e
    return filter === undefined ? rounds : rounds.filter(({ inner }) => this.#holds(filter, inner))
  }

  #entries(e: ComprehensionExpr, rounds: readonly { readonly inner: Locals }[]): MapValue {
    const entries: (readonly [Value, Value])[] = []
    for (const { inner } of this.#chosen(e, rounds)) {
      const made = this.eval(e.body, inner)
      if (!(made instanceof MapValue)) throw noSuchOverload()
      for (const [key, value] of made.entries()) {
        if (entries.some(([k]) => equal(k, key))) throw new EvaluationError(`insert failed: key ${String(key)} already exists`)
        entries.push([key, value])
      }
    }
    return new MapValue(entries)
  }

  #holds(e: Expr, locals: Locals): boolean {
    const value = this.eval(e, locals)
    if (typeof value !== 'boolean') throw noSuchOverload()
    return value
  }

  #quantify(body: Expr, rounds: readonly { readonly inner: Locals }[], decides: boolean): boolean {
    let failure: EvaluationError | undefined
    for (const { inner } of rounds) {
      const value = this.#attempt(body, inner)
      if (value === decides) return decides
      if (value instanceof EvaluationError) failure = value
      else if (typeof value !== 'boolean') failure = noSuchOverload()
    }
    if (failure !== undefined) throw failure
    return !decides
  }
}

function present(value: Value, why: (shown: string) => string): Value[] {
  if (!isOptional(value)) throw new EvaluationError(why(String(value)))
  return value.value === undefined ? [] : [value.value]
}

function hasField(operand: Value, field: string): boolean {
  if (operand instanceof Optional) return operand.value !== undefined && find(operand.value, field) !== undefined
  return operand instanceof MapValue && operand.has(field)
}

/** The values of the loop's variables in each round. */
function roundsOf(range: Value, double: boolean): (readonly Value[])[] {
  if (range instanceof List) return range.items.map((item, i) => (double ? [BigInt(i), item] : [item]))
  if (range instanceof MapValue) return range.entries().map(([key, value]) => (double ? [key, value] : [key]))
  throw new EvaluationError(`got '${typeNameOf(range)}', expected iterable type`)
}

/**
 * Checks custom objects by the rules of their schema. Source: apiextensions pkg/apiserver/schema/cel/validation.go.
 */
import { duplicate, type FieldError, forbidden, invalid, OMITTED, required } from '#kubernetes/api/field.ts'
import { at, equal, isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { encode } from '#sim/bytes.ts'
import { type CompiledRule, compileRules } from './compiled-rules.ts'
import type { Program } from './environment.ts'
import { child, key, shown } from './field-path.ts'
import { type Budget, CostError } from './interpreter.ts'
import { schemaType, schemaValue } from './schema.ts'
import type { Type } from './types.ts'
import { EvaluationError, Optional, type Value } from './values.ts'

/** All rules of one object may cost this much. Source: apiserver pkg/apis/cel, RuntimeCELCostBudget. */
export const RUNTIME_BUDGET = 10_000_000
/** Longer messages of messageExpression are not used. */
export const MAX_MESSAGE_BYTES = 5 * 1024

/** The rules of a schema and of what is below it. */
interface Node {
  readonly schema: Obj
  readonly root: boolean
  readonly rules: readonly CompiledRule[]
  readonly items?: Node
  readonly properties: ReadonlyMap<string, Node>
  readonly additional?: Node
  readonly allOf: readonly Node[]
}

/** Rules that objects can be checked by. */
export interface CustomRules {
  /** Errors; for what an update left as it was, warnings. */
  readonly validate: (object: Obj, old: Obj | undefined, warn: (text: string) => void) => FieldError[]
}

/** The rules of a definition's schema; undefined when there are none. */
export function customRules(schema: Obj): CustomRules | undefined {
  const node = nodeOf(schema, schema, true, schemaType(schema, true, 'object'))
  if (node === undefined) return undefined
  return {
    validate(object, old, warn) {
      const run = new Run(warn)
      const correlated = old === undefined ? undefined : { value: object, old, schema }
      run.visit(node, '', object, old, { current: correlated, parent: undefined })
      return run.errors
    },
  }
}

/** `rules` holds the rules, `spine` the types: they differ below allOf. */
function nodeOf(rules: Obj, spine: Obj, root: boolean, type: Type | undefined): Node | undefined {
  if (type === undefined) return undefined
  const compiled = compileRules(spine, type, objs(rules, 'x-kubernetes-validations'))
  const below = (inner: unknown, innerSpine: unknown): Node | undefined => {
    if (!isObj(inner) || !isObj(innerSpine)) return undefined
    const resource = innerSpine['x-kubernetes-embedded-resource'] === true
    return nodeOf(inner, innerSpine, resource, schemaType(innerSpine, resource, 'object'))
  }
  const properties = new Map<string, Node>()
  for (const [name, inner] of Object.entries(obj(rules, 'properties'))) {
    const node = below(inner, obj(spine, 'properties')[name])
    if (node !== undefined) properties.set(name, node)
  }
  const items = below(rules.items, spine.items)
  const additional = below(rules.additionalProperties, spine.additionalProperties)
  const allOf = objs(rules, 'allOf')
    .map((inner) => nodeOf(inner, spine, root, type))
    .filter((n) => n !== undefined)
  if (compiled.length === 0 && items === undefined && additional === undefined && properties.size === 0 && allOf.length === 0)
    return undefined
  return {
    schema: spine,
    root,
    rules: compiled,
    properties,
    allOf,
    ...(items === undefined ? {} : { items }),
    ...(additional === undefined ? {} : { additional }),
  }
}

/** A value with its old one, where they can be told to be the same thing. */
interface Correlated {
  readonly value: unknown
  readonly old: unknown
  readonly schema: Obj
}

interface Correlation {
  readonly current: Correlated | undefined
  /** The nearest one above that has an old value. */
  readonly parent: Correlated | undefined
}

const isUnchanged = (c: Correlated | undefined): boolean => c !== undefined && equal(c.value, c.old)
const ratchets = ({ current, parent }: Correlation): boolean => isUnchanged(current ?? parent)

function below(from: Correlation, next: (c: Correlated) => Correlated | undefined): Correlation {
  return from.current === undefined ? from : { current: next(from.current), parent: from.current }
}

/** Values by the keys of a list of type map. */
function sameItem(schema: Obj, item: unknown, list: unknown): unknown {
  if (str(schema, 'x-kubernetes-list-type') !== 'map' || !Array.isArray(list)) return undefined
  const keys = strs(schema, 'x-kubernetes-list-map-keys')
  return list.find((o: unknown) => keys.every((k) => at(o, k) !== undefined && equal(at(o, k), at(item, k))))
}

function member(from: Correlation, name: string, path: string): Correlation {
  if (path === '' && (name === 'apiVersion' || name === 'kind')) return { current: undefined, parent: undefined }
  return below(from, (c) => {
    const [value, old] = [at(c.value, name), at(c.old, name)]
    const schema = obj(c.schema, 'properties')[name] ?? c.schema.additionalProperties
    return value === undefined || old === undefined || !isObj(schema) ? undefined : { value, old, schema }
  })
}

/** One pass over an object; ends early when the budget is used up. */
class Run {
  readonly errors: FieldError[] = []
  readonly #budget: Budget = { left: RUNTIME_BUDGET }
  readonly #warn: (text: string) => void
  #over = false

  constructor(warn: (text: string) => void) {
    this.#warn = warn
  }

  visit(node: Node, path: string, value: unknown, old: unknown, correlation: Correlation): void {
    if (value === undefined || value === null || this.#over) return
    if (node.rules.length > 0) this.#rules(node, path, value, old ?? undefined, correlation)
    for (const inner of node.allOf) this.visit(inner, path, value, old, { current: undefined, parent: correlation.parent })
    if (Array.isArray(value)) this.#list(node, path, value, old, correlation)
    else if (isObj(value)) this.#map(node, path, value, old, correlation)
  }

  #list(node: Node, path: string, list: readonly unknown[], old: unknown, correlation: Correlation): void {
    if (node.items === undefined) return
    const items = obj(node.schema, 'items')
    for (const [i, item] of list.entries()) {
      const next = below(correlation, (c) => {
        const found = sameItem(node.schema, item, c.old)
        return found === undefined ? undefined : { value: item, old: found, schema: items }
      })
      this.visit(node.items, key(path, String(i)), item, sameItem(node.schema, item, old), next)
    }
  }

  #map(node: Node, path: string, value: Obj, old: unknown, correlation: Correlation): void {
    for (const name of Object.keys(value).sort()) {
      const property = node.properties.get(name)
      const inner = node.additional ?? property
      if (inner === undefined) continue
      const here = node.additional === undefined ? child(path, name) : key(path, name)
      this.visit(inner, here, value[name], at(old, name), member(correlation, name, path))
    }
  }

  #end(path: string, type: string, why: string): void {
    this.errors.push(invalid(shown(path), type, why))
    this.#over = true
  }

  #rules(node: Node, path: string, value: unknown, old: unknown, correlation: Correlation): void {
    const type = str(node.schema, 'type')
    if (this.#budget.left <= 0) {
      this.#end(path, type, OUT_OF_BUDGET)
      return
    }
    const convert = (v: unknown): Value => schemaValue(v, node.schema, node.root)
    const self = once(() => convert(value))
    const oldSelf = once(() => convert(old))
    for (const compiled of node.rules) {
      const { rule, program, error } = compiled
      if (error !== undefined) this.errors.push(invalid(shown(path), type, `rule compile error: ${error}`))
      const optional = rule.optionalOldSelf === true
      if (program === undefined || (compiled.usesOldSelf && old === undefined && !optional)) continue
      const lookup = (name: string): Value | undefined => {
        if (name === 'self') return self()
        if (name !== 'oldSelf') return undefined
        return optional ? new Optional(old === undefined ? undefined : oldSelf()) : oldSelf()
      }
      if (!this.#rule(node, path, value, compiled, program, lookup, correlation)) return
    }
  }

  /** False when no more rules are to be run. */
  #rule(
    node: Node,
    path: string,
    value: unknown,
    compiled: CompiledRule,
    program: Program,
    lookup: (name: string) => Value | undefined,
    correlation: Correlation,
  ): boolean {
    const { rule } = compiled
    const type = str(node.schema, 'type')
    try {
      if (program.run(lookup, this.#budget) === true) return true
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      if (error instanceof CostError) {
        const spent = this.#budget.left <= 0
        const call = `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`
        this.#end(path, type, spent ? OUT_OF_BUDGET : call)
        return false
      }
      const why = error.message.startsWith('no such overload')
        ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`
        : `${error.message} evaluating rule: ${ruleText(rule)}`
      this.errors.push(invalid(shown(path), type, why))
      return true
    }
    const at = compiled.fieldPath === undefined ? path : child(path, compiled.fieldPath)
    const message = this.#message(compiled, lookup)
    if (message instanceof CostError) {
      this.#end(
        at,
        type,
        `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(rule.messageExpression)}`,
      )
      return false
    }
    const text = message ?? (str(rule, 'message') === '' ? `failed rule: ${str(rule, 'rule').trim()}` : str(rule, 'message').trim())
    const shownValue = type === 'object' || type === 'array' ? OMITTED : value
    const problem = errorFor(shown(at), shownValue, text, rule.reason)
    if (!compiled.usesOldSelf && ratchets(correlation)) this.#warn(problem.toString())
    else this.errors.push(problem)
    return true
  }

  /** What messageExpression says; undefined when it fails or says nothing that can be used. */
  #message(compiled: CompiledRule, lookup: (name: string) => Value | undefined): string | CostError | undefined {
    if (compiled.messageExpression === undefined) return undefined
    try {
      return usableMessage(compiled.messageExpression.run(lookup, this.#budget))
    } catch (error) {
      if (error instanceof CostError) return error
      if (error instanceof EvaluationError) return undefined
      throw error
    }
  }
}

const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run'

/** A message of an expression: one line, not too long, not empty. */
export function usableMessage(value: Value): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return text === '' || text.includes('\n') || encode(text).length > MAX_MESSAGE_BYTES ? undefined : text
}

const ruleText = (rule: Obj): string => (str(rule, 'message') || str(rule, 'rule')).trim()

function errorFor(path: string, value: unknown, text: string, reason: unknown): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(path, text)
    case 'FieldValueRequired':
      return required(path, text)
    case 'FieldValueDuplicate':
      return duplicate(path, value)
    default:
      return invalid(path, value, text)
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

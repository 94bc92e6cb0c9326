/** Calls that the parser turns into something else. Source: cel-go parser/macro.go, ext/comprehensions.go, ext/lists.go, cel/library.go. */
import type { Comprehension, Expr } from './ast.ts'

/** A macro whose arguments are none. */
export class MacroError extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

/** What a call without receiver stands for; undefined: itself. */
export function globalMacro(at: number, name: string, args: readonly Expr[]): Expr | undefined {
  const [arg] = args
  if (name !== 'has' || args.length !== 1 || arg === undefined) return undefined
  if (arg.kind !== 'select' || arg.test) throw new MacroError(arg.at, 'invalid argument to has() macro')
  return { kind: 'select', at, operand: arg.operand, field: arg.field, test: true }
}

interface Form {
  readonly macro: Comprehension
  readonly variables: 1 | 2
  readonly filter?: true
}

/** By name and number of arguments. */
const FORMS: { readonly [key: string]: Form } = {
  'all/2': { macro: 'all', variables: 1 },
  'exists/2': { macro: 'exists', variables: 1 },
  'exists_one/2': { macro: 'existsOne', variables: 1 },
  'existsOne/2': { macro: 'existsOne', variables: 1 },
  'map/2': { macro: 'map', variables: 1 },
  'map/3': { macro: 'map', variables: 1, filter: true },
  'filter/2': { macro: 'filter', variables: 1 },
  'all/3': { macro: 'all', variables: 2 },
  'exists/3': { macro: 'exists', variables: 2 },
  'exists_one/3': { macro: 'existsOne', variables: 2 },
  'existsOne/3': { macro: 'existsOne', variables: 2 },
  'transformList/3': { macro: 'transformList', variables: 2 },
  'transformList/4': { macro: 'transformList', variables: 2, filter: true },
  'transformMap/3': { macro: 'transformMap', variables: 2 },
  'transformMap/4': { macro: 'transformMap', variables: 2, filter: true },
  'transformMapEntry/3': { macro: 'transformMapEntry', variables: 2 },
  'transformMapEntry/4': { macro: 'transformMapEntry', variables: 2, filter: true },
  'sortBy/2': { macro: 'sortBy', variables: 1 },
}

/** What a call with receiver stands for; undefined: itself. Throws MacroErrors. */
export function memberMacro(at: number, name: string, target: Expr, args: readonly Expr[]): Expr | undefined {
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    const [variable, body] = args
    if (variable === undefined || body === undefined) return undefined
    if (variable.kind !== 'ident') throw new MacroError(variable.at, `${name}() variable name must be a simple identifier`)
    return { kind: 'optMap', at, flat: name === 'optFlatMap', target, variable: variable.name, body }
  }
  const form = FORMS[`${name}/${args.length}`]
  const body = args.at(-1)
  if (form === undefined || body === undefined) return undefined
  const variables = args.slice(0, form.variables).map((arg) => variableName(arg, form))
  const second = args[1]
  if (form.variables === 2 && variables[0] === variables[1] && second !== undefined)
    throw new MacroError(second.at, `duplicate variable name: ${variables[0]}`)
  const filter = form.filter === true ? args[form.variables] : undefined
  const node = { kind: 'comprehension', at, macro: form.macro, range: target, variables, body } as const
  return filter === undefined ? node : { ...node, filter }
}

function variableName(arg: Expr, form: Form): string {
  if (arg.kind !== 'ident' || arg.name.startsWith('.')) {
    const simple = form.variables === 2 || form.macro === 'all' || form.macro === 'exists' || form.macro === 'existsOne'
    throw new MacroError(arg.at, simple ? 'argument must be a simple name' : 'argument is not an identifier')
  }
  if (arg.name === '__result__' || arg.name === '@result')
    throw new MacroError(arg.at, 'iteration variable overwrites accumulator variable')
  return arg.name
}

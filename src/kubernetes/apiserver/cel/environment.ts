/** Where expressions are compiled: the functions Kubernetes has, and the variables of a place. Source: apiserver pkg/cel/environment/base.go. */
import { check, type Declarations } from './checker.ts'
import { FunctionTable, type Overload } from './functions.ts'
import { type Budget, evaluate, type Lookup, type MakeStruct, PER_CALL_LIMIT } from './interpreter.ts'
import { AUTHZ } from './library/authz.ts'
import { FORMATS_LIBRARY } from './library/formats.ts'
import { LISTS, SETS } from './library/lists.ts'
import { NET } from './library/net.ts'
import { OPTIONALS } from './library/optionals.ts'
import { QUANTITIES } from './library/quantities.ts'
import { REGEXES } from './library/regexes.ts'
import { SEMVERS } from './library/semvers.ts'
import { STANDARD } from './library/standard.ts'
import { STRINGS } from './library/strings.ts'
import { URLS } from './library/urls.ts'
import { parse } from './parser.ts'
import { formatIssues } from './source.ts'
import type { Type } from './types.ts'
import type { Value } from './values.ts'

const LIBRARIES = [STANDARD, OPTIONALS, STRINGS, LISTS, SETS, REGEXES, URLS, QUANTITIES, NET, SEMVERS, FORMATS_LIBRARY, AUTHZ] as const

/** What every expression may call. */
export const BASE_FUNCTIONS = new FunctionTable(...LIBRARIES)

/** The base and more. */
export const withFunctions = (...more: readonly (readonly Overload[])[]): FunctionTable => new FunctionTable(...LIBRARIES, ...more)

/** An expression that can be run. */
export interface Program {
  readonly source: string
  readonly type: Type
  /** Names of the variables it uses. */
  readonly references: ReadonlySet<string>
  /** Throws EvalErrors; takes what it costs from the budget. */
  readonly run: (lookup: Lookup, budget: Budget) => Value
}

/** The program, or the compiler's complaints as one text. */
export function compile(source: string, declarations: Declarations, makeStruct?: MakeStruct): Program | string {
  const { expr, issues } = parse(source)
  if (expr === undefined) return formatIssues(source, issues)
  const checked = check(expr, declarations)
  if (checked.issues.length > 0) return formatIssues(source, checked.issues)
  return {
    source,
    type: checked.type,
    references: checked.references,
    run(lookup, budget) {
      const own: Budget = { left: Math.min(PER_CALL_LIMIT, Math.max(0, budget.left)) }
      const before = own.left
      try {
        return evaluate(expr, checked, declarations.functions, lookup, own, makeStruct)
      } finally {
        budget.left -= before - own.left
      }
    },
  }
}

/** The variables of a place, with the functions all places have. */
export const declare = (variables: Iterable<readonly [string, Type]>): Declarations => ({
  variables: new Map(variables),
  functions: BASE_FUNCTIONS,
})

/** The syntax tree of an expression. Macros are nodes of their own; each node knows the offset that errors about it point at. */
import type { Value } from './values.ts'

export type Comprehension =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'sortBy'

export type Expr =
  | { readonly kind: 'literal'; readonly at: number; readonly value: Value }
  | { readonly kind: 'ident'; readonly at: number; readonly name: string }
  | { readonly kind: 'select'; readonly at: number; readonly operand: Expr; readonly field: string; readonly test: boolean }
  | { readonly kind: 'optSelect'; readonly at: number; readonly operand: Expr; readonly field: string }
  | { readonly kind: 'call'; readonly at: number; readonly name: string; readonly target?: Expr; readonly args: readonly Expr[] }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Item[] }
  | { readonly kind: 'map'; readonly at: number; readonly entries: readonly Entry[] }
  | { readonly kind: 'struct'; readonly at: number; readonly name: string; readonly fields: readonly FieldInit[] }
  | ComprehensionExpr
  | {
      readonly kind: 'optMap'
      readonly at: number
      readonly flat: boolean
      readonly target: Expr
      readonly variable: string
      readonly body: Expr
    }

/** A loop over a list or a map; `filter` is the condition of map and transform macros that have one. */
export interface ComprehensionExpr {
  readonly kind: 'comprehension'
  readonly at: number
  readonly macro: Comprehension
  readonly range: Expr
  readonly variables: readonly string[]
  readonly filter?: Expr
  readonly body: Expr
}

export interface Item {
  readonly value: Expr
  readonly optional: boolean
}

export interface Entry {
  readonly at: number
  readonly key: Expr
  readonly value: Expr
  readonly optional: boolean
}

export interface FieldInit {
  readonly at: number
  readonly name: string
  readonly value: Expr
  readonly optional: boolean
}

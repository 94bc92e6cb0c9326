import { doubleQuote, quoteIfNeeded, quoteKey } from '../expand/quote.ts'
import type { Variable } from './variables.ts'

/** Elements of an array as in an assignment: `([0]="a" [1]="b")`. */
export function arrayLiteral(v: Variable, utf8: boolean): string {
  const values = v.elements()
  if (v.assoc !== undefined || v.flags().includes('A')) {
    const keys = v.keys()
    return values.length === 0 ? '()' : `(${values.map((s, i) => `[${quoteKey(keys[i] ?? '', utf8)}]=${doubleQuote(s, utf8)} `).join('')})`
  }
  const keys = v.keys()
  return `(${values.map((s, i) => `[${keys[i]}]=${doubleQuote(s, utf8)}`).join(' ')})`
}

/** A variable as `declare -p` prints it, without the line end. */
export function declaration(v: Variable, utf8: boolean): string {
  const flags = v.flags()
  const head = `declare -${flags === '' ? '-' : flags} ${v.name}`
  if (/[aA]/.test(flags))
    return v.isArray && v.elements().length === 0 && v.value === undefined && !v.isSet && v.invisible
      ? head
      : `${head}=${arrayLiteral(v, utf8)}`
  const value = v.scalar()
  return value === undefined ? head : `${head}=${doubleQuote(value, utf8)}`
}

/** A variable as `set` prints it. */
export function setLine(v: Variable, utf8: boolean): string {
  if (v.isArray || /[aA]/.test(v.flags())) return `${v.name}=${arrayLiteral(v, utf8)}`
  return `${v.name}=${quoteIfNeeded(v.scalar() ?? '', utf8)}`
}

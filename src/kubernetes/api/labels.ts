/**
 * Label and field selectors: their texts and LabelSelector objects.
 * Source: apimachinery pkg/labels, pkg/fields.
 */
import { newBadRequest } from './errors.ts'
import { type Obj, obj, objs, quote, strMap, strs } from './json.ts'
import { isQualifiedName, isValidLabelValue } from './names.ts'

export type Labels = { readonly [key: string]: string }
type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

export type Selector = readonly Requirement[]

/** Tells whether labels meet every requirement. */
export function matches(selector: Selector, labels: Labels | undefined): boolean {
  for (const r of selector) if (!meets(r, labels)) return false
  return true
}

function meets(r: Requirement, labels: Labels | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, r.key) ? labels[r.key] : undefined
  switch (r.operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && r.values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !r.values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt': {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false
      const bound = Number(r.values[0])
      return r.operator === 'gt' ? Number(value) > bound : Number(value) < bound
    }
  }
}

/** The selector of a LabelSelector object; an empty one selects everything, an absent one nothing (undefined). */
export function labelSelectorAsSelector(selector: unknown): Selector | undefined {
  if (selector === undefined || selector === null) return undefined
  const out: Requirement[] = []
  const labels = strMap(selector, 'matchLabels')
  for (const key of Object.keys(labels).sort()) out.push({ key, operator: '=', values: [labels[key] ?? ''] })
  for (const e of objs(selector, 'matchExpressions')) {
    const operator = ({ In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const)[String(e.operator)]
    if (operator !== undefined) out.push({ key: String(e.key), operator, values: strs(e, 'values') })
  }
  return out
}

/** The selector of a plain map: every label must have that value. */
export function selectorFromSet(labels: Labels): Selector {
  return Object.keys(labels)
    .sort()
    .map((key) => ({ key, operator: '=', values: [labels[key] ?? ''] }) as const)
}

/** As Go prints a selector: sorted by key. */
export function formatSelector(selector: Selector): string {
  return [...selector]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((r) => {
      const values = [...r.values].sort().join(',')
      switch (r.operator) {
        case '!':
          return `!${r.key}`
        case 'exists':
          return r.key
        case 'in':
          return `${r.key} in (${values})`
        case 'notin':
          return `${r.key} notin (${values})`
        case 'gt':
          return `${r.key}>${values}`
        case 'lt':
          return `${r.key}<${values}`
        default:
          return `${r.key}${r.operator}${values}`
      }
    })
    .join(',')
}

/** As metav1.FormatLabelSelector prints a LabelSelector object: `<none>` when empty. */
export function formatLabelSelector(selector: unknown): string {
  const parsed = labelSelectorAsSelector(selector)
  const text = parsed === undefined ? '' : formatSelector(parsed)
  return text === '' ? '<none>' : text
}

const SYMBOLS = /^(==|!=|[=!(),<>])/

function lex(text: string): string[] {
  const out: string[] = []
  let rest = text
  for (;;) {
    rest = rest.replace(/^[ \t\r\n]+/, '')
    if (rest === '') return out
    const symbol = SYMBOLS.exec(rest)?.[0]
    const token = symbol ?? (/^[^ \t\r\n=!(),<>]+/.exec(rest)?.[0] as string)
    out.push(token)
    rest = rest.slice(token.length)
  }
}

class SelectorParser {
  readonly #tokens: readonly string[]
  #i = 0

  constructor(text: string) {
    this.#tokens = lex(text)
  }

  parse(): Selector {
    const out: Requirement[] = []
    while (this.#i < this.#tokens.length) {
      out.push(this.#requirement())
      const next = this.#tokens[this.#i]
      if (next === undefined) break
      if (next !== ',') throw new SyntaxError(`found '${next}', expected: ',' or 'end of string'`)
      this.#i++
      const after = this.#tokens[this.#i]
      if (after === undefined || (SYMBOLS.test(after) && after !== '!'))
        throw new SyntaxError(`found '${after ?? ''}', expected: identifier after ','`)
    }
    return out.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  }

  #requirement(): Requirement {
    const negated = this.#tokens[this.#i] === '!'
    if (negated) this.#i++
    const key = this.#tokens[this.#i++]
    if (key === undefined || SYMBOLS.test(key)) throw new SyntaxError(`found '${key ?? ''}', expected: !, identifier, or 'end of string'`)
    checkKey(key)
    if (negated) return { key, operator: '!', values: [] }
    const operator = this.#tokens[this.#i]
    if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] }
    this.#i++
    if (operator === 'in' || operator === 'notin') return { key, operator, values: this.#values(key) }
    if (operator === '=' || operator === '==' || operator === '!=') {
      const next = this.#tokens[this.#i]
      let value = ''
      if (next !== undefined && next !== ',') {
        if (SYMBOLS.test(next)) throw new SyntaxError(`found '${next}', expected: identifier`)
        value = next
        this.#i++
      }
      checkValue(key, value)
      return { key, operator, values: [value] }
    }
    if (operator === '<' || operator === '>') {
      const value = this.#tokens[this.#i++] ?? ''
      if (!/^[+-]?\d+$/.test(value))
        throw new SyntaxError(`values[0][${key}]: Invalid value: ${quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`)
      return { key, operator: operator === '<' ? 'lt' : 'gt', values: [value] }
    }
    throw new SyntaxError(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`)
  }

  #values(key: string): string[] {
    const open = this.#tokens[this.#i++]
    if (open !== '(') throw new SyntaxError(`found '${open ?? ''}' expected: '('`)
    const out = new Set<string>()
    let value = ''
    for (;;) {
      const token = this.#tokens[this.#i++]
      if (token === undefined) throw new SyntaxError("found '', expected: ',' or ')'")
      if (token === ')' || token === ',') {
        out.add(value)
        value = ''
        if (token === ')') break
      } else if (SYMBOLS.test(token)) throw new SyntaxError(`found '${token}', expected: ',', or identifier`)
      else value = token
    }
    for (const v of out) checkValue(key, v)
    return [...out].sort()
  }
}

function checkKey(key: string): void {
  const problems = isQualifiedName(key)
  if (problems.length > 0) throw new SyntaxError(`<nil>: Invalid value: ${quote(key)}: ${problems.join('; ')}`)
}

function checkValue(key: string, value: string): void {
  const problems = isValidLabelValue(value)
  if (problems.length > 0) throw new SyntaxError(`values[0][${key}]: Invalid value: ${quote(value)}: ${problems.join('; ')}`)
}

/** Complaints about what stands between requirements. */
const BARE = /expected: (!, identifier|',' or 'end of string'|identifier after)/

/** Parses `app=web,tier in (a,b),!x`; throws SyntaxError with apimachinery's words. */
export function parseSelector(text: string): Selector {
  try {
    return new SelectorParser(text).parse()
  } catch (error) {
    if (error instanceof SyntaxError && BARE.test(error.message)) throw error
    if (error instanceof SyntaxError) throw new SyntaxError(`unable to parse requirement: ${error.message}`)
    throw error
  }
}

/** As {@link parseSelector}, for a request's `labelSelector`: throws a BadRequest. */
export function parseLabelSelectorParam(text: string): Selector {
  try {
    return parseSelector(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw newBadRequest(`${error.message}`)
    throw error
  }
}

export interface FieldRequirement {
  readonly field: string
  readonly negated: boolean
  readonly value: string
}

/** Parses `metadata.name=a,status.phase!=Running`; throws SyntaxError. */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  const out: FieldRequirement[] = []
  for (const term of splitTerms(text)) {
    if (term === '') continue
    const m = /^(.*?)(==|!=|=)(.*)$/s.exec(term)
    if (m === null) throw new SyntaxError(`invalid selector: '${term}'; can't understand '${term}'`)
    out.push({
      field: m[1] ?? '',
      negated: m[2] === '!=',
      value: unescapeValue(m[3] ?? ''),
    })
  }
  return out
}

function splitTerms(text: string): string[] {
  const out: string[] = []
  let term = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c === '\\') {
      term += c + text.charAt(++i)
    } else if (c === ',') {
      out.push(term)
      term = ''
    } else term += c
  }
  out.push(term)
  return out
}

const unescapeValue = (value: string): string => value.replace(/\\([\\,=])/g, '$1')

/** As Go prints a field selector. */
export function formatFieldSelector(fields: readonly FieldRequirement[]): string {
  return fields.map((f) => `${f.field}${f.negated ? '!=' : '='}${f.value}`).join(',')
}

/** The labels of an object. */
export const labelsOf = (object: Obj): Labels => obj(object, 'metadata', 'labels') as Labels

import { type Int, parseDigits } from './integer.ts'
import { subscriptEnd } from './subscript.ts'

/** An arithmetic expression. `at`: where in the text the operand starts, for messages. */
export type Expr =
  | { readonly k: 'num'; readonly v: Int }
  | { readonly k: 'var'; readonly name: string; readonly index?: string; readonly at: number }
  | { readonly k: 'unary'; readonly op: string; readonly x: Expr }
  | { readonly k: 'step'; readonly op: '++' | '--'; readonly post: boolean; readonly x: Variable }
  | { readonly k: 'binary'; readonly op: string; readonly l: Expr; readonly r: Expr; readonly at: number }
  | { readonly k: 'and' | 'or' | 'comma'; readonly l: Expr; readonly r: Expr }
  | { readonly k: 'cond'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly k: 'assign'; readonly op: string; readonly x: Variable; readonly r: Expr; readonly at: number }

export type Variable = Extract<Expr, { k: 'var' }>

/** `token`: the rest of the expression from where the error is. */
export class ArithmeticError extends Error {
  readonly token: string
  readonly expression: string
  /** What is put before the message (`((`, a builtin's name, a parameter); empty: nothing, whatever runs. */
  label: string | undefined
  constructor(message: string, expression: string, token: string) {
    super(message)
    this.expression = expression
    this.token = token
  }

  /** A fresh one: what is thrown is labelled on its way. */
  again(): ArithmeticError {
    return new ArithmeticError(this.message, this.expression, this.token)
  }

  /** `EXPR: message (error token is "…")` */
  get text(): string {
    const label = this.label ? `${this.label}: ` : ''
    return `${label}${this.expression.replace(/^[ \t\n]+/, '')}: ${this.message} (error token is "${this.token}")`
  }
}

/** Binary operators from the loosest to the tightest; `&&`, `||` and `**` are read by rules of their own. */
export const BINARY: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]
const TOKENS = [
  '<<=',
  '>>=',
  '**',
  '++',
  '--',
  '&&',
  '||',
  '==',
  '!=',
  '<=',
  '>=',
  '<<',
  '>>',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
]
const ASSIGN = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='])
const MAX_NESTING = 500

const cache = new Map<string, Expr | ArithmeticError>()
const CACHE_SIZE = 2000

/** Parses an expression; the empty one is 0. Throws {@link ArithmeticError}. Source: bash, Shell Arithmetic. */
export function parseArithmetic(text: string): Expr {
  let found = cache.get(text)
  if (found === undefined) {
    if (cache.size >= CACHE_SIZE) cache.clear()
    try {
      found = new Parser(text).parse()
    } catch (error) {
      if (!(error instanceof ArithmeticError)) throw error
      found = error
    }
    cache.set(text, found)
  }
  if (found instanceof ArithmeticError) throw found.again()
  return found
}

class Parser {
  readonly #text: string
  #pos = 0
  #tok = ''
  /** Where the present token starts. */
  #at = 0
  #value: Expr | undefined
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): Expr {
    this.#next()
    if (this.#tok === '') return { k: 'num', v: 0 }
    const e = this.#comma()
    if (this.#tok !== '')
      this.#fail(/^[\w+\-*/%<>=&|^!~?:,()]/.test(this.#tok) ? 'syntax error in expression' : 'syntax error: invalid arithmetic operator')
    return e
  }

  #fail(message: string, at = this.#at): never {
    throw new ArithmeticError(message, this.#text, this.#text.slice(at))
  }

  #next(): void {
    const { length } = this.#text
    while (this.#pos < length && /[ \t\n\r]/.test(this.#text.charAt(this.#pos))) this.#pos++
    this.#value = undefined
    // At the end the place of the last token is kept: that is what messages show.
    if (this.#pos >= length) {
      this.#tok = ''
      return
    }
    this.#at = this.#pos
    const c = this.#text.charAt(this.#pos)
    if (c >= '0' && c <= '9') {
      this.#number()
      return
    }
    if (/[A-Za-z_]/.test(c)) {
      this.#name()
      return
    }
    const op = TOKENS.find((t) => this.#text.startsWith(t, this.#pos)) ?? c
    // `a++b` etc.: an increment needs a variable beside it, else these are two signs.
    if ((op === '++' || op === '--') && !this.#isStep()) {
      this.#tok = c
      this.#pos++
      return
    }
    this.#tok = op
    this.#pos += op.length
  }

  #afterVariable = false

  /** Whether `++` here belongs to a variable before or after it. */
  #isStep(): boolean {
    if (this.#afterVariable) return true
    return /^(?:\+\+|--)\s*[A-Za-z_]/.test(this.#text.slice(this.#pos))
  }

  #number(): void {
    const m = /[0-9A-Za-z_@#]+/y
    m.lastIndex = this.#pos
    const raw = (m.exec(this.#text) as RegExpExecArray)[0]
    this.#pos += raw.length
    this.#tok = 'num'
    const v = numberOf(raw)
    if (typeof v === 'string') this.#fail(v)
    this.#value = { k: 'num', v }
    this.#afterVariable = false
  }

  #name(): void {
    const m = /\w+/y
    m.lastIndex = this.#pos
    const name = (m.exec(this.#text) as RegExpExecArray)[0]
    const at = this.#pos
    this.#pos += name.length
    this.#tok = 'var'
    if (this.#text[this.#pos] === '[') {
      const end = subscriptEnd(this.#text, this.#pos)
      if (end < 0) this.#fail('bad array subscript', at)
      this.#value = { k: 'var', name, index: this.#text.slice(this.#pos + 1, end - 1), at }
      this.#pos = end
    } else this.#value = { k: 'var', name, at }
    this.#afterVariable = true
  }

  #comma(): Expr {
    if (++this.#depth > MAX_NESTING) this.#fail('expression recursion level exceeded')
    let l = this.#assignment()
    while (this.#tok === ',') {
      this.#next()
      l = { k: 'comma', l, r: this.#assignment() }
    }
    this.#depth--
    return l
  }

  #assignment(): Expr {
    const l = this.#conditional()
    if (!ASSIGN.has(this.#tok)) return l
    if (l.k !== 'var') this.#fail('attempted assignment to non-variable')
    const op = this.#tok.slice(0, -1)
    this.#next()
    const r = this.#assignment()
    return { k: 'assign', op, x: l, r, at: this.#at }
  }

  #conditional(): Expr {
    const test = this.#or()
    if (!this.#is('?')) return test
    this.#operator()
    if (this.#is('') || this.#is(':')) this.#fail('expression expected')
    const yes = this.#comma()
    if (!this.#is(':')) this.#fail("`:' expected for conditional expression")
    this.#operator()
    if (this.#is('')) this.#fail('expression expected')
    return { k: 'cond', test, yes, no: this.#conditional() }
  }

  /** As a call, because the token changes under the checker's narrowing. */
  #is(token: string): boolean {
    return this.#tok === token
  }

  #operator(): void {
    this.#afterVariable = false
    this.#next()
  }

  #or(): Expr {
    let l = this.#and()
    while (this.#tok === '||') {
      this.#operator()
      l = { k: 'or', l, r: this.#and() }
    }
    return l
  }

  #and(): Expr {
    let l = this.#binary(0)
    while (this.#tok === '&&') {
      this.#operator()
      l = { k: 'and', l, r: this.#binary(0) }
    }
    return l
  }

  #binary(level: number): Expr {
    const ops = BINARY[level]
    if (ops === undefined) return this.#power()
    let l = this.#binary(level + 1)
    while (ops.includes(this.#tok)) {
      const op = this.#tok
      this.#operator()
      const at = this.#at
      l = { k: 'binary', op, l, r: this.#binary(level + 1), at }
    }
    return l
  }

  #power(): Expr {
    const l = this.#unary()
    if (this.#tok !== '**') return l
    this.#operator()
    const r = this.#power()
    return { k: 'binary', op: '**', l, r, at: this.#at }
  }

  #unary(): Expr {
    const op = this.#tok
    if (op === '!' || op === '~' || op === '-' || op === '+') {
      this.#operator()
      return { k: 'unary', op, x: this.#unary() }
    }
    if (op === '++' || op === '--') {
      this.#operator()
      const x = this.#value
      if (x?.k !== 'var') this.#fail('syntax error: operand expected')
      this.#afterVariable = false
      this.#next()
      return { k: 'step', op, post: false, x }
    }
    return this.#primary()
  }

  #primary(): Expr {
    if (this.#is('(')) {
      this.#operator()
      const e = this.#comma()
      if (!this.#is(')')) this.#fail("missing `)'")
      this.#afterVariable = false
      this.#next()
      return e
    }
    const value = this.#value
    if (value === undefined) return this.#fail('syntax error: operand expected')
    this.#next()
    if (value.k === 'var' && (this.#tok === '++' || this.#tok === '--')) {
      const op = this.#tok
      this.#operator()
      return { k: 'step', op, post: true, x: value }
    }
    this.#afterVariable = false
    return value
  }
}

/** The value of a number as it is written, or what is wrong with it. */
export function numberOf(raw: string): Int | string {
  const tooGreat = 'value too great for base'
  const hash = raw.indexOf('#')
  if (hash > 0) {
    const base = Number(raw.slice(0, hash))
    if (!(base >= 2 && base <= 64)) return 'invalid arithmetic base'
    const digits = raw.slice(hash + 1)
    if (digits === '') return 'invalid integer constant'
    if (digits.includes('#')) return 'invalid number'
    return parseDigits(digits, base) ?? tooGreat
  }
  if (/^0[xX]/.test(raw)) return parseDigits(raw.slice(2), 16) ?? tooGreat
  if (raw.startsWith('0') && raw.length > 1) return parseDigits(raw.slice(1), 8) ?? tooGreat
  if (raw.length < 16 && /^\d+$/.test(raw)) return Number(raw)
  return parseDigits(raw, 10) ?? tooGreat
}

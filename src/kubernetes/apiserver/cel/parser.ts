/**
 * From text to syntax tree. Source: cel-go parser, CEL.g4; the messages are those of its generated parser.
 * Differs: after a syntax error no further ones are looked for, but for an operand that is missing before an operator.
 */
import type { Entry, Expr, FieldInit, Item } from './ast.ts'
import { bytesValue, stringValue, type Token, tokenize } from './lexer.ts'
import { globalMacro, MacroError, memberMacro } from './macros.ts'
import type { Issue } from './source.ts'
import { Uint, type Value } from './values.ts'

/** What an expression may begin with, in upstream's order. */
const FIRST = [
  "'['",
  "'{'",
  "'('",
  "'.'",
  "'-'",
  "'!'",
  "'true'",
  "'false'",
  "'null'",
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
]
/** The order in which sets of expected tokens are shown. */
const ORDER = [
  "'['",
  "']'",
  "'{'",
  "'}'",
  "'('",
  "')'",
  "'.'",
  "','",
  "'-'",
  "'!'",
  "'?'",
  "':'",
  "'true'",
  "'false'",
  "'null'",
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
  'ESC_IDENTIFIER',
]

/** Names nobody may use for a variable or a function. */
const RESERVED = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'false',
  'for',
  'function',
  'if',
  'import',
  'in',
  'let',
  'loop',
  'package',
  'namespace',
  'null',
  'return',
  'true',
  'var',
  'void',
  'while',
])

const RELATIONS: { readonly [symbol: string]: string } = {
  '<': '_<_',
  '<=': '_<=_',
  '>': '_>_',
  '>=': '_>=_',
  '==': '_==_',
  '!=': '_!=_',
  in: '@in',
}
const SUMS: { readonly [symbol: string]: string } = { '+': '_+_', '-': '_-_' }
const PRODUCTS: { readonly [symbol: string]: string } = { '*': '_*_', '/': '_/_', '%': '_%_' }
/** Operators that may follow an operand: where one is missing before them, the parser goes on. */
const FOLLOWS = new Set([...Object.keys(RELATIONS), ...Object.keys(SUMS), ...Object.keys(PRODUCTS), '&&', '||', '?'])

/** Nesting beyond this is refused. */
const MAX_DEPTH = 250

const MIN_INT = -(1n << 63n)
const MAX_INT = (1n << 63n) - 1n
const MAX_UINT = (1n << 64n) - 1n

/** The tree of an expression, or what is wrong with it. */
export function parse(source: string): { readonly expr?: Expr; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  const parser = new Parser(tokenize(source, issues), issues)
  try {
    const expr = parser.start()
    return issues.length === 0 ? { expr, issues } : { issues }
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return { issues }
  }
}

/** Ends parsing; the complaint is among the issues. */
class Stop extends Error {}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #issues: Issue[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[], issues: Issue[]) {
    this.#tokens = tokens
    this.#issues = issues
  }

  start(): Expr {
    const expr = this.#expr()
    const token = this.#peek()
    if (token.kind === 'end') return expr
    const word = this.#peek(1).kind === 'end' ? 'extraneous' : 'mismatched'
    this.#syntax(token, `${word} input '${token.text}' expecting <EOF>`)
    return expr
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]
    if (token === undefined) throw new Error('no tokens: a bug of the lexer')
    return token
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #sees(symbol: string, ahead = 0): boolean {
    const token = this.#peek(ahead)
    return token.kind === 'symbol' && token.text === symbol
  }

  #takes(symbol: string): Token | undefined {
    return this.#sees(symbol) ? this.#next() : undefined
  }

  #report(offset: number, message: string): void {
    this.#issues.push({ offset, message })
  }

  #syntax(token: Token, message: string): void {
    this.#report(token.at, `Syntax error: ${message}`)
  }

  /** The symbol, or one token skipped, or one taken as given. */
  #expect(symbol: string, others: readonly string[] = []): Token {
    const found = this.#takes(symbol)
    if (found !== undefined) return found
    const token = this.#peek()
    const expected = expectedText([`'${symbol}'`, ...others])
    if (this.#sees(symbol, 1)) {
      this.#syntax(token, `extraneous input '${token.text}' expecting ${expected}`)
      this.#next()
      return this.#next()
    }
    const closes = symbol === ')' || symbol === ']' || symbol === '}'
    if (closes && others.length === 0 && (token.kind === 'end' || FOLLOWS.has(token.text) || /^[)\]},]$/.test(token.text))) {
      this.#syntax(token, `missing '${symbol}' at '${token.text}'`)
      return token
    }
    this.#syntax(token, `mismatched input '${token.text}' expecting ${expected}`)
    throw new Stop()
  }

  #expr(): Expr {
    if (++this.#depth > MAX_DEPTH) {
      this.#report(0, `expression recursion limit exceeded: ${MAX_DEPTH}`)
      throw new Stop()
    }
    const condition = this.#or()
    const op = this.#takes('?')
    let result = condition
    if (op !== undefined) {
      const yes = this.#or()
      this.#expect(':')
      result = call(op.at, '_?_:_', [condition, yes, this.#expr()])
    }
    this.#depth--
    return result
  }

  #or(): Expr {
    return this.#logic('||', '_||_', () => this.#and())
  }

  #and(): Expr {
    return this.#logic('&&', '_&&_', () => this.#relation())
  }

  #logic(symbol: string, name: string, operand: () => Expr): Expr {
    let left = operand()
    for (let op = this.#takes(symbol); op !== undefined; op = this.#takes(symbol)) left = call(op.at, name, [left, operand()])
    return left
  }

  #binary(names: { readonly [symbol: string]: string }, operand: () => Expr): Expr {
    let left = operand()
    for (;;) {
      const token = this.#peek()
      const name = token.kind === 'symbol' ? names[token.text] : undefined
      if (name === undefined) return left
      this.#next()
      left = call(token.at, name, [left, operand()])
    }
  }

  #relation(): Expr {
    return this.#binary(RELATIONS, () => this.#binary(SUMS, () => this.#binary(PRODUCTS, () => this.#unary())))
  }

  #unary(): Expr {
    const first = this.#peek()
    const symbol = first.kind === 'symbol' ? first.text : ''
    if (symbol !== '!' && (symbol !== '-' || this.#isNumber(1))) return this.#member()
    let count = 0
    while (this.#sees(symbol) && (symbol === '!' || !this.#isNumber(1))) {
      this.#next()
      count++
    }
    const operand = this.#member()
    return count % 2 === 0 ? operand : call(first.at, symbol === '!' ? '!_' : '-_', [operand])
  }

  #isNumber(ahead: number): boolean {
    const { kind } = this.#peek(ahead)
    return kind === 'int' || kind === 'float'
  }

  #member(): Expr {
    let operand = this.#primary()
    for (;;) {
      const dot = this.#takes('.')
      if (dot !== undefined) {
        operand = this.#selection(operand, dot)
        continue
      }
      const open = this.#takes('[')
      if (open === undefined) return operand
      const optional = this.#takes('?') !== undefined
      const index = this.#expr()
      this.#expect(']')
      operand = call(open.at, optional ? '_[?_]' : '_[_]', [operand, index])
    }
  }

  #selection(operand: Expr, dot: Token): Expr {
    const optional = this.#takes('?') !== undefined
    const token = this.#peek()
    if (token.kind === 'escaped') {
      this.#report(token.at, "unsupported syntax: '`'")
      throw new Stop()
    }
    if (token.kind !== 'ident') {
      const text = token.kind === 'end' ? '' : token.text
      const reserved = token.kind === 'symbol' && RESERVED.has(text)
      this.#syntax(token, reserved ? `mismatched input '${text}' expecting IDENTIFIER` : `no viable alternative at input '.${text}'`)
      throw new Stop()
    }
    this.#next()
    if (optional) return { kind: 'optSelect', at: dot.at, operand, field: token.text }
    const open = this.#takes('(')
    if (open === undefined) return { kind: 'select', at: dot.at, operand, field: token.text, test: false }
    const args = this.#args()
    return this.#expand(open.at, () => memberMacro(open.at, token.text, operand, args)) ?? call(open.at, token.text, args, operand)
  }

  #expand(at: number, expander: () => Expr | undefined): Expr | undefined {
    try {
      return expander()
    } catch (error) {
      if (!(error instanceof MacroError)) throw error
      this.#report(error.at, error.message)
      return { kind: 'literal', at, value: null }
    }
  }

  #args(): readonly Expr[] {
    if (this.#takes(')') !== undefined) return []
    this.#require([...FIRST, "')'"])
    const args = [this.#expr()]
    while (this.#takes(',') !== undefined) args.push(this.#expr())
    this.#expect(')')
    return args
  }

  /** Complains where an expression (or one of the tokens) must stand and does not. */
  #require(expected: readonly string[]): void {
    const token = this.#peek()
    if (this.#starts(token)) return
    if (this.#starts(this.#peek(1))) {
      this.#syntax(token, `extraneous input '${token.text}' expecting ${expectedText(expected)}`)
      this.#next()
      return
    }
    this.#syntax(token, `mismatched input '${token.text}' expecting ${expectedText(expected)}`)
    throw new Stop()
  }

  #starts(token: Token): boolean {
    if (token.kind === 'end') return false
    if (token.kind !== 'symbol') return token.kind !== 'escaped'
    return ['[', '{', '(', '.', '-', '!', 'true', 'false', 'null'].includes(token.text)
  }

  #primary(): Expr {
    const token = this.#peek()
    if (!this.#starts(token)) return this.#noOperand(token)
    if (token.kind !== 'symbol') return token.kind === 'ident' ? this.#name(undefined) : this.#literal(token, '')
    switch (token.text) {
      case '(': {
        this.#next()
        const inner = this.#expr()
        this.#expect(')')
        return inner
      }
      case '[':
        return this.#list(this.#next())
      case '{':
        return this.#map(this.#next())
      case '.':
        return this.#name(this.#next())
      case '-':
        if (this.#isNumber(1)) return this.#literal(this.#next(), '-')
        this.#next()
        this.#syntax(this.#peek(), `no viable alternative at input '-${this.#peek().kind === 'end' ? '' : this.#peek().text}'`)
        throw new Stop()
      case '!':
        return this.#noOperand(token)
      default:
        this.#next()
        return { kind: 'literal', at: token.at, value: token.text === 'null' ? null : token.text === 'true' }
    }
  }

  #noOperand(token: Token): Expr {
    const expected = expectedText(FIRST)
    if (this.#starts(this.#peek(1))) {
      this.#syntax(token, `extraneous input '${token.text}' expecting ${expected}`)
      this.#next()
      return this.#primary()
    }
    this.#syntax(token, `mismatched input '${token.text}' expecting ${expected}`)
    if (token.kind !== 'symbol' || !FOLLOWS.has(token.text)) throw new Stop()
    return { kind: 'literal', at: token.at, value: null }
  }

  #literal(first: Token, sign: string): Expr {
    const token = this.#next()
    const at = first.at
    return { kind: 'literal', at, value: this.#value(token, sign, at) }
  }

  #value(token: Token, sign: string, at: number): Value {
    switch (token.kind) {
      case 'int': {
        const value = sign === '' ? BigInt(token.text) : -BigInt(token.text)
        if (value < MIN_INT || value > MAX_INT) this.#report(at, 'invalid int literal')
        return value
      }
      case 'uint': {
        const value = BigInt(token.text.slice(0, -1))
        if (value > MAX_UINT) this.#report(at, 'invalid uint literal')
        return new Uint(value)
      }
      case 'float': {
        const value = Number(sign + token.text)
        if (!Number.isFinite(value)) this.#report(at, 'invalid double literal')
        return value
      }
      case 'bytes':
        return bytesValue(token.text)
      default:
        try {
          return stringValue(token.text)
        } catch {
          this.#report(at, 'unable to unescape string')
          return ''
        }
    }
  }

  #name(dot: Token | undefined): Expr {
    const token = this.#peek()
    if (token.kind !== 'ident') {
      this.#syntax(token, `no viable alternative at input '.${token.kind === 'end' ? '' : token.text}'`)
      throw new Stop()
    }
    this.#next()
    const prefix = dot === undefined ? '' : '.'
    const start = dot?.at ?? token.at
    const struct = this.#structName(token.text)
    if (struct !== undefined) return this.#struct(prefix + struct)
    const open = this.#takes('(')
    if (RESERVED.has(token.text)) {
      this.#report(start, `reserved identifier: ${token.text}`)
      if (open !== undefined) this.#args()
      return { kind: 'literal', at: start, value: null }
    }
    if (open === undefined) return { kind: 'ident', at: token.at, name: prefix + token.text }
    const args = this.#args()
    return this.#expand(open.at, () => globalMacro(open.at, token.text, args)) ?? call(open.at, prefix + token.text, args)
  }

  /** `a.b.C` when that and a brace follow the first name; takes the names, not the brace. */
  #structName(first: string): string | undefined {
    let ahead = 0
    let name = first
    while (this.#sees('.', ahead) && this.#peek(ahead + 1).kind === 'ident') {
      name += `.${this.#peek(ahead + 1).text}`
      ahead += 2
    }
    if (!this.#sees('{', ahead)) return undefined
    this.#at += ahead
    return name
  }

  #struct(name: string): Expr {
    const open = this.#next()
    const fields: FieldInit[] = []
    while (!this.#sees('}')) {
      const optional = this.#takes('?') !== undefined
      const token = this.#peek()
      if (token.kind !== 'ident') {
        this.#syntax(
          token,
          `mismatched input '${token.text}' expecting ${expectedText(["'}'", "','", "'?'", 'IDENTIFIER', 'ESC_IDENTIFIER'])}`,
        )
        throw new Stop()
      }
      this.#next()
      const colon = this.#expect(':')
      fields.push({ at: colon.at, name: token.text, value: this.#expr(), optional })
      if (this.#takes(',') === undefined) break
    }
    this.#expect('}', ["','"])
    return { kind: 'struct', at: open.at, name, fields }
  }

  #list(open: Token): Expr {
    const items: Item[] = []
    if (!this.#sees(']') && !this.#sees('?')) this.#require([...FIRST, "']'", "','", "'?'"])
    while (!this.#sees(']')) {
      const optional = this.#takes('?') !== undefined
      items.push({ value: this.#expr(), optional })
      if (this.#takes(',') === undefined) break
    }
    this.#expect(']', ["','"])
    return { kind: 'list', at: open.at, items }
  }

  #map(open: Token): Expr {
    const entries: Entry[] = []
    if (!this.#sees('}') && !this.#sees('?')) this.#require([...FIRST, "'}'", "','", "'?'"])
    while (!this.#sees('}')) {
      const optional = this.#takes('?') !== undefined
      const key = this.#expr()
      const colon = this.#expect(':')
      entries.push({ at: colon.at, key, value: this.#expr(), optional })
      if (this.#takes(',') === undefined) break
    }
    this.#expect('}', ["','"])
    return { kind: 'map', at: open.at, entries }
  }
}

function expectedText(names: readonly string[]): string {
  if (names.length === 1) return names[0] ?? ''
  return `{${ORDER.filter((n) => names.includes(n)).join(', ')}}`
}

const call = (at: number, name: string, args: readonly Expr[], target?: Expr): Expr =>
  target === undefined ? { kind: 'call', at, name, args } : { kind: 'call', at, name, target, args }

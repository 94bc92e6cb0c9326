import type { Json } from './value.ts'

export type Ast =
  | { readonly t: 'identity' | 'recurse' }
  | { readonly t: 'literal'; readonly value: Json }
  | { readonly t: 'string'; readonly parts: readonly (string | Ast)[]; readonly format: string | undefined }
  | { readonly t: 'format'; readonly name: string }
  | { readonly t: 'index'; readonly of: Ast; readonly key: Ast }
  | { readonly t: 'slice'; readonly of: Ast; readonly from: Ast | undefined; readonly to: Ast | undefined }
  | { readonly t: 'iterate' | 'optional' | 'negate'; readonly of: Ast }
  | { readonly t: 'pipe' | 'comma' | 'and' | 'or' | 'alternative'; readonly a: Ast; readonly b: Ast }
  | { readonly t: 'binary' | 'update'; readonly op: string; readonly a: Ast; readonly b: Ast }
  | { readonly t: 'array'; readonly of: Ast | undefined }
  | { readonly t: 'object'; readonly entries: readonly (readonly [Ast, Ast])[] }
  | { readonly t: 'if'; readonly test: Ast; readonly yes: Ast; readonly no: Ast }
  | { readonly t: 'try'; readonly body: Ast; readonly handler: Ast | undefined }
  | { readonly t: 'reduce'; readonly of: Ast; readonly as: Pattern; readonly init: Ast; readonly update: Ast }
  | {
      readonly t: 'foreach'
      readonly of: Ast
      readonly as: Pattern
      readonly init: Ast
      readonly update: Ast
      readonly extract: Ast | undefined
    }
  | { readonly t: 'as'; readonly of: Ast; readonly patterns: readonly Pattern[]; readonly body: Ast }
  | { readonly t: 'def'; readonly def: Definition; readonly body: Ast }
  | { readonly t: 'label'; readonly name: string; readonly body: Ast }
  | { readonly t: 'break'; readonly name: string }
  | { readonly t: 'variable'; readonly name: string; readonly at: number }
  | { readonly t: 'call'; readonly name: string; readonly args: readonly Ast[]; readonly at: number }

export interface Definition {
  readonly name: string
  /** `$x` parameters are values. */
  readonly params: readonly string[]
  readonly body: Ast
}

export type Pattern =
  | { readonly t: 'name'; readonly name: string }
  | { readonly t: 'array'; readonly items: readonly Pattern[] }
  | {
      readonly t: 'object'
      readonly entries: readonly { readonly key: Ast; readonly bind: string | undefined; readonly value: Pattern | undefined }[]
    }

interface Token {
  readonly kind: 'field' | 'ident' | 'keyword' | 'variable' | 'number' | 'string' | 'format' | 'op' | 'end' | 'bad'
  readonly text: string
  readonly at: number
  readonly parts?: readonly (string | Ast)[]
}

/** A program that does not compile: `jq: error: ` message, program and position are added by the program. */
export class JqSyntaxError extends Error {
  override name = 'JqSyntaxError'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

const KEYWORDS = new Set([
  'def',
  'if',
  'then',
  'elif',
  'else',
  'end',
  'as',
  'reduce',
  'foreach',
  'try',
  'catch',
  'label',
  'and',
  'or',
  'import',
  'include',
  '__loc__',
])
const OPERATORS = [
  '?//=',
  '?//',
  '|=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '//=',
  '==',
  '!=',
  '<=',
  '>=',
  '//',
  '..',
  '.',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '|',
  ',',
  ':',
  ';',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '?',
  '$',
]

const BINARY: Record<string, readonly [level: number, assoc: 'left' | 'right' | 'none']> = {
  '//': [3, 'right'],
  '=': [4, 'none'],
  '|=': [4, 'none'],
  '+=': [4, 'none'],
  '-=': [4, 'none'],
  '*=': [4, 'none'],
  '/=': [4, 'none'],
  '%=': [4, 'none'],
  '//=': [4, 'none'],
  or: [5, 'left'],
  and: [6, 'left'],
  '==': [7, 'none'],
  '!=': [7, 'none'],
  '<': [7, 'none'],
  '<=': [7, 'none'],
  '>': [7, 'none'],
  '>=': [7, 'none'],
  '+': [8, 'left'],
  '-': [8, 'left'],
  '*': [9, 'left'],
  '/': [9, 'left'],
  '%': [9, 'left'],
}

/** Parses a jq program. Throws {@link JqSyntaxError}. */
export function parseJq(source: string): Ast {
  return new Parser(source).all()
}

/** Parses a sequence of definitions. */
export function parseDefinitions(source: string): Definition[] {
  return new Parser(source).definitions()
}

class Parser {
  readonly #s: string
  #at = 0
  #token: Token
  #last: Token

  constructor(source: string) {
    this.#s = source
    this.#token = this.#scan()
    this.#last = this.#token
  }

  all(): Ast {
    if (this.#ended()) return { t: 'identity' }
    const defs: Definition[] = []
    while (this.#isWord('def')) defs.push(this.#definition())
    let body: Ast = this.#ended() && defs.length > 0 ? { t: 'identity' } : this.#pipe()
    if (!this.#ended()) this.#unexpected('expecting $end')
    for (const def of defs.reverse()) body = { t: 'def', def, body }
    return body
  }

  #ended(): boolean {
    return this.#token.kind === 'end'
  }

  definitions(): Definition[] {
    const out: Definition[] = []
    while (this.#isWord('def')) out.push(this.#definition())
    return out
  }

  #scan(): Token {
    const s = this.#s
    for (;;) {
      const c = s.charAt(this.#at)
      if (/[ \t\r\n]/.test(c) && c !== '') this.#at++
      else if (c === '#') {
        while (this.#at < s.length && s.charAt(this.#at) !== '\n') this.#at++
      } else break
    }
    const at = this.#at
    const rest = s.slice(at, at + 400)
    if (rest === '') return { kind: 'end', text: '$end', at }
    const take = (kind: Token['kind'], text: string, length: number): Token => {
      this.#at += length
      return { kind, text, at }
    }
    const number = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(rest)
    if (number !== null) return take('number', number[0], number[0].length)
    const field = /^\.([A-Za-z_]\w*)/.exec(rest)
    if (field !== null) return take('field', field[1] ?? '', field[0].length)
    const variable = /^\$(?:[A-Za-z_]\w*::)*[A-Za-z_]\w*/.exec(rest)
    if (variable !== null) return take('variable', variable[0].slice(1), variable[0].length)
    const format = /^@\w+/.exec(rest)
    if (format !== null) return take('format', format[0], format[0].length)
    const ident = /^(?:[A-Za-z_]\w*::)*[A-Za-z_]\w*/.exec(rest)
    if (ident !== null) return take(KEYWORDS.has(ident[0]) ? 'keyword' : 'ident', ident[0], ident[0].length)
    if (rest.startsWith('"')) return this.#string(at)
    for (const op of OPERATORS) if (rest.startsWith(op)) return take('op', op, op.length)
    return take('bad', rest.charAt(0), 1)
  }

  #string(at: number): Token {
    this.#at++
    const parts: (string | Ast)[] = []
    let text = ''
    const map: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '/': '/', '\\': '\\', '"': '"' }
    for (;;) {
      const c = this.#s.charAt(this.#at)
      if (c === '')
        throw new JqSyntaxError(
          'syntax error, unexpected $end, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END (Unix shell quoting issues?)',
          text === '' ? at : this.#at - text.length,
        )
      this.#at++
      if (c === '"') break
      if (c !== '\\') {
        text += c
        continue
      }
      const e = this.#s.charAt(this.#at++)
      if (e === '(') {
        if (text !== '') parts.push(text)
        text = ''
        const outer = [this.#token, this.#last] as const
        this.#token = this.#scan()
        const inner = this.#pipe()
        if (!this.#is(')')) this.#unexpected()
        this.#token = outer[0]
        this.#last = outer[1]
        parts.push(inner)
      } else if (e === 'u') {
        text += String.fromCharCode(Number.parseInt(this.#s.slice(this.#at, this.#at + 4), 16))
        this.#at += 4
      } else if (map[e] !== undefined) text += map[e]
      else throw new JqSyntaxError(`syntax error, unexpected INVALID_CHARACTER (Unix shell quoting issues?)`, this.#at - 2)
    }
    if (text !== '' || parts.length === 0) parts.push(text)
    return { kind: 'string', text: 'QQSTRING_START', at, parts }
  }

  #advance(): Token {
    const token = this.#token
    this.#last = token
    this.#token = this.#scan()
    return token
  }

  #is(op: string): boolean {
    return this.#token.kind === 'op' && this.#token.text === op
  }

  #isWord(word: string): boolean {
    return this.#token.kind === 'keyword' && this.#token.text === word
  }

  #accept(op: string): boolean {
    if (!this.#is(op) && !this.#isWord(op)) return false
    this.#advance()
    return true
  }

  #expect(op: string, expecting = ''): void {
    if (!this.#accept(op)) this.#unexpected(expecting)
  }

  #unexpected(expecting = ''): never {
    const t = this.#token
    const name =
      t.kind === 'end'
        ? '$end'
        : t.kind === 'ident'
          ? 'IDENT'
          : t.kind === 'field'
            ? 'FIELD'
            : t.kind === 'number'
              ? 'LITERAL'
              : t.kind === 'string'
                ? 'QQSTRING_START'
                : t.kind === 'format'
                  ? 'FORMAT'
                  : t.kind === 'variable'
                    ? "'$'"
                    : t.kind === 'bad'
                      ? 'INVALID_CHARACTER'
                      : t.kind === 'keyword'
                        ? t.text
                        : ['}', ']', ')'].includes(t.text) && expecting === 'expecting $end'
                          ? 'INVALID_CHARACTER'
                          : t.text.length === 1
                            ? `'${t.text}'`
                            : t.text
    throw new JqSyntaxError(
      `syntax error, unexpected ${name}${expecting === '' ? '' : `, ${expecting}`} (Unix shell quoting issues?)`,
      t.kind === 'end' ? this.#last.at : t.at,
    )
  }

  #definition(): Definition {
    this.#advance()
    const name = this.#advance()
    if (name.kind !== 'ident' && name.kind !== 'keyword') this.#unexpected()
    const params: string[] = []
    if (this.#accept('(')) {
      do {
        const param = this.#advance()
        params.push(param.kind === 'variable' ? `$${param.text}` : param.text)
      } while (this.#accept(';'))
      this.#expect(')')
    }
    this.#expect(':')
    const body = this.#pipe()
    this.#expect(';')
    return { name: name.text, params, body }
  }

  #pipe(): Ast {
    if (this.#isWord('def')) {
      const def = this.#definition()
      return { t: 'def', def, body: this.#pipe() }
    }
    if (this.#accept('label')) {
      const name = this.#advance()
      this.#expect('|')
      return { t: 'label', name: name.text, body: this.#pipe() }
    }
    const a = this.#comma()
    if (this.#isWord('as')) {
      const bound = this.#as(a)
      return bound
    }
    if (this.#accept('|')) return { t: 'pipe', a, b: this.#pipe() }
    return a
  }

  #as(of: Ast): Ast {
    this.#advance()
    const patterns = [this.#pattern()]
    while (this.#accept('?//')) patterns.push(this.#pattern())
    this.#expect('|')
    return { t: 'as', of, patterns, body: this.#pipe() }
  }

  #comma(): Ast {
    let a = this.#binary(0)
    while (this.#accept(',')) a = { t: 'comma', a, b: this.#binary(0) }
    return a
  }

  #binary(least: number): Ast {
    let a = this.#unary()
    for (;;) {
      const op = this.#token
      const info = op.kind === 'op' || op.text === 'and' || op.text === 'or' ? BINARY[op.text] : undefined
      if (info === undefined || (op.kind !== 'op' && op.kind !== 'keyword') || info[0] < least) return a
      this.#advance()
      const b = this.#binary(info[1] === 'right' ? info[0] : info[0] + 1)
      if (op.text === 'and' || op.text === 'or') a = { t: op.text, a, b }
      else if (op.text === '//') a = { t: 'alternative', a, b }
      else if (info[0] === 4) a = { t: 'update', op: op.text, a, b }
      else {
        if (op.text === '/' && b.t === 'literal' && b.value === 0 && a.t === 'literal') throw new JqSyntaxError('Division by zero?', 0)
        a = { t: 'binary', op: op.text, a, b }
      }
      if (info[1] === 'none' && BINARY[this.#token.text]?.[0] === info[0] && this.#token.kind === 'op') this.#unexpected()
    }
  }

  #unary(): Ast {
    if (this.#accept('-')) return { t: 'negate', of: this.#postfix() }
    if (this.#accept('reduce')) {
      const of = this.#postfixOnly()
      this.#expect('as')
      const as = this.#pattern()
      this.#expect('(')
      const init = this.#pipe()
      this.#expect(';')
      const update = this.#pipe()
      this.#expect(')')
      return this.#suffix({ t: 'reduce', of, as, init, update })
    }
    if (this.#accept('foreach')) {
      const of = this.#postfixOnly()
      this.#expect('as')
      const as = this.#pattern()
      this.#expect('(')
      const init = this.#pipe()
      this.#expect(';')
      const update = this.#pipe()
      const extract = this.#accept(';') ? this.#pipe() : undefined
      this.#expect(')')
      return this.#suffix({ t: 'foreach', of, as, init, update, extract })
    }
    if (this.#accept('if')) return this.#suffix(this.#if())
    if (this.#accept('try')) {
      const body = this.#postfixOnly()
      const handler = this.#accept('catch') ? this.#postfixOnly() : undefined
      return { t: 'try', body, handler }
    }
    if (this.#isWord('def')) {
      const def = this.#definition()
      return { t: 'def', def, body: this.#pipe() }
    }
    const term = this.#postfix()
    // `term as $x | body` binds tighter than everything before it.
    return this.#isWord('as') ? this.#as(term) : term
  }

  #if(): Ast {
    const test = this.#pipe()
    this.#expect('then')
    const yes = this.#pipe()
    if (this.#accept('elif')) return { t: 'if', test, yes, no: this.#if() }
    const no: Ast = this.#accept('else') ? this.#pipe() : { t: 'identity' }
    this.#expect('end')
    return { t: 'if', test, yes, no }
  }

  #postfixOnly(): Ast {
    return this.#postfix()
  }

  #postfix(): Ast {
    return this.#suffix(this.#primary())
  }

  #suffix(start: Ast): Ast {
    let a = start
    for (;;) {
      const t = this.#token
      if (t.kind === 'field') {
        this.#advance()
        a = { t: 'index', of: a, key: { t: 'literal', value: t.text } }
      } else if (this.#is('.')) {
        this.#advance()
        if (this.#token.kind === 'string') a = { t: 'index', of: a, key: this.#stringAst(undefined) }
        else if (this.#is('[')) a = this.#bracket(a)
        else this.#unexpected()
      } else if (this.#is('[')) a = this.#bracket(a)
      else if (this.#is('?')) {
        this.#advance()
        a = { t: 'optional', of: a }
      } else return a
    }
  }

  #bracket(of: Ast): Ast {
    this.#expect('[')
    if (this.#accept(']')) return { t: 'iterate', of }
    if (this.#accept(':')) {
      const to = this.#pipe()
      this.#expect(']')
      return { t: 'slice', of, from: undefined, to }
    }
    const key = this.#pipe()
    if (this.#accept(':')) {
      const to = this.#is(']') ? undefined : this.#pipe()
      this.#expect(']')
      return { t: 'slice', of, from: key, to }
    }
    this.#expect(']')
    return { t: 'index', of, key }
  }

  #stringAst(format: string | undefined): Ast {
    const t = this.#advance()
    return { t: 'string', parts: t.parts ?? [], format }
  }

  #primary(): Ast {
    const t = this.#token
    switch (t.kind) {
      case 'number':
        this.#advance()
        return { t: 'literal', value: Number(t.text) }
      case 'string':
        return this.#stringAst(undefined)
      case 'format':
        this.#advance()
        if (this.#token.kind === 'string') return this.#stringAst(t.text.slice(1))
        return { t: 'format', name: t.text.slice(1) }
      case 'field':
        this.#advance()
        return { t: 'index', of: { t: 'identity' }, key: { t: 'literal', value: t.text } }
      case 'variable':
        this.#advance()
        if (t.text === '__loc__')
          return {
            t: 'literal',
            value: new Map<string, Json>([
              ['file', '<top-level>'],
              ['line', this.#s.slice(0, t.at).split('\n').length],
            ]),
          }
        return { t: 'variable', name: t.text, at: t.at }
      case 'ident': {
        this.#advance()
        if (t.text === 'break' && this.#token.kind === 'variable') return { t: 'break', name: this.#advance().text }
        const args: Ast[] = []
        if (this.#accept('(')) {
          do args.push(this.#pipe())
          while (this.#accept(';'))
          if (!this.#is(')')) this.#unexpected(this.#token.kind === 'end' ? "expecting ';' or ')'" : '')
          this.#advance()
        }
        return { t: 'call', name: t.text, args, at: t.at }
      }
      case 'op':
        if (this.#accept('..')) return { t: 'recurse' }
        if (this.#is('.')) {
          this.#advance()
          if (this.#token.kind === 'string' && this.#token.at === t.at + 1)
            return { t: 'index', of: { t: 'identity' }, key: this.#stringAst(undefined) }
          return { t: 'identity' }
        }
        if (this.#accept('(')) {
          const inner = this.#pipe()
          this.#expect(')')
          return inner
        }
        if (this.#accept('[')) {
          if (this.#accept(']')) return { t: 'array', of: undefined }
          const of = this.#pipe()
          this.#expect(']')
          return { t: 'array', of }
        }
        if (this.#accept('{')) return this.#object()
        return this.#unexpected()
      case 'keyword':
        if (t.text === 'reduce' || t.text === 'foreach' || t.text === 'if' || t.text === 'try') return this.#unary()
        return this.#unexpected()
      default:
        return this.#unexpected()
    }
  }

  #object(): Ast {
    const entries: (readonly [Ast, Ast])[] = []
    while (!this.#is('}')) {
      const t = this.#token
      let key: Ast
      let value: Ast | undefined
      if (t.kind === 'variable') {
        this.#advance()
        key = { t: 'literal', value: t.text }
        value =
          t.text === '__loc__'
            ? {
                t: 'literal',
                value: new Map<string, Json>([
                  ['file', '<top-level>'],
                  ['line', 1],
                ]),
              }
            : { t: 'variable', name: t.text, at: t.at }
      } else if (t.kind === 'ident' || t.kind === 'keyword') {
        this.#advance()
        key = { t: 'literal', value: t.text }
        value = { t: 'index', of: { t: 'identity' }, key }
      } else if (t.kind === 'string') {
        key = this.#stringAst(undefined)
        value = { t: 'index', of: { t: 'identity' }, key }
      } else if (t.kind === 'format') {
        this.#advance()
        key = this.#stringAst(t.text.slice(1))
        value = { t: 'index', of: { t: 'identity' }, key }
      } else if (t.kind === 'number') {
        this.#advance()
        key = { t: 'literal', value: t.text }
      } else if (this.#accept('(')) {
        key = this.#pipe()
        this.#expect(')')
      } else return this.#unexpected()
      if (this.#accept(':')) {
        value = this.#objectValue()
      } else if (value === undefined) return this.#unexpected()
      entries.push([key, value])
      if (!this.#accept(',')) break
    }
    if (!this.#is('}')) this.#unexpected(this.#token.kind === 'end' ? '' : "expecting '}'")
    this.#advance()
    return { t: 'object', entries }
  }

  /** ExpD: terms joined by `|`; no commas. */
  #objectValue(): Ast {
    const a = this.#accept('-') ? ({ t: 'negate', of: this.#postfix() } as Ast) : this.#binary(0)
    if (this.#accept('|')) return { t: 'pipe', a, b: this.#objectValue() }
    return a
  }

  #pattern(): Pattern {
    const t = this.#token
    if (t.kind === 'variable') {
      this.#advance()
      return { t: 'name', name: t.text }
    }
    if (this.#accept('[')) {
      const items: Pattern[] = []
      do items.push(this.#pattern())
      while (this.#accept(','))
      this.#expect(']')
      return { t: 'array', items }
    }
    if (this.#accept('{')) {
      const entries: { key: Ast; bind: string | undefined; value: Pattern | undefined }[] = []
      do {
        const k = this.#token
        let key: Ast
        let bind: string | undefined
        if (k.kind === 'variable') {
          this.#advance()
          key = { t: 'literal', value: k.text }
          bind = k.text
        } else if (k.kind === 'ident' || k.kind === 'keyword') {
          this.#advance()
          key = { t: 'literal', value: k.text }
        } else if (k.kind === 'string') key = this.#stringAst(undefined)
        else {
          this.#expect('(')
          key = this.#pipe()
          this.#expect(')')
        }
        const value = this.#accept(':') ? this.#pattern() : undefined
        entries.push({ key, bind, value })
      } while (this.#accept(','))
      this.#expect('}')
      return { t: 'object', entries }
    }
    return this.#unexpected("expecting '$' or '[' or '{'")
  }
}

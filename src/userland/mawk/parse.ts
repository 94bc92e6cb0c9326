import { compileRegex } from '#userland/lib/regex.ts'
import type { AwkProgram, Expr, Func, Rule, Stmt } from './ast.ts'

/** What mawk says about a program it cannot compile; `line N: …` included. */
export class AwkSyntaxError extends Error {
  override name = 'AwkSyntaxError'
}

type Kind = 'num' | 'str' | 'ere' | 'name' | 'func' | 'builtin' | 'keyword' | 'op' | 'newline' | 'eof'

interface Token {
  readonly kind: Kind
  readonly text: string
  readonly line: number
  /** A name directly followed by `(`. */
  readonly call?: boolean
}

const KEYWORDS = new Set([
  'BEGIN',
  'END',
  'function',
  'if',
  'else',
  'while',
  'for',
  'do',
  'break',
  'continue',
  'next',
  'nextfile',
  'exit',
  'return',
  'delete',
  'in',
  'getline',
  'print',
  'printf',
])

/** Least and most arguments. */
const BUILTINS: Record<string, readonly [number, number]> = {
  length: [0, 1],
  substr: [2, 3],
  index: [2, 2],
  split: [2, 3],
  sub: [2, 3],
  gsub: [2, 3],
  match: [2, 2],
  sprintf: [1, 999],
  sin: [1, 1],
  cos: [1, 1],
  atan2: [2, 2],
  exp: [1, 1],
  log: [1, 1],
  sqrt: [1, 1],
  int: [1, 1],
  rand: [0, 0],
  srand: [0, 1],
  tolower: [1, 1],
  toupper: [1, 1],
  system: [1, 1],
  close: [1, 1],
  fflush: [0, 1],
  systime: [0, 0],
  mktime: [1, 1],
  strftime: [0, 3],
}

const OPERATORS = [
  '&&',
  '||',
  '==',
  '!=',
  '<=',
  '>=',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '^=',
  '>>',
  '!~',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '<',
  '>',
  '|',
  '?',
  ':',
  '~',
  '$',
  '=',
]

export function regexOf(source: string): RegExp {
  const compiled = compileRegex(source, { extended: true, escapes: true })
  if (typeof compiled === 'string') throw new AwkSyntaxError(`regular expression compile failed (${compiled})\n${source}`)
  return new RegExp(compiled.source, 'gs')
}

/** Escapes of string constants. */
export function unescapeString(text: string): string {
  const map: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"', '/': '/' }
  return text.replace(/\\([0-7]{1,3}|.|$)/gs, (whole, e: string) =>
    /^[0-7]/.test(e) ? String.fromCharCode(Number.parseInt(e, 8) & 0xff) : (map[e] ?? whole),
  )
}

class Lexer {
  readonly #s: string
  #at = 0
  #line = 1
  #previous: Token | undefined

  constructor(source: string) {
    this.#s = source
  }

  get line(): number {
    return this.#line
  }

  next(): Token {
    const token = this.#scan()
    this.#previous = token
    return token
  }

  #token(kind: Kind, text: string, call?: boolean): Token {
    return call === undefined ? { kind, text, line: this.#line } : { kind, text, line: this.#line, call }
  }

  #scan(): Token {
    const s = this.#s
    for (;;) {
      const c = s.charAt(this.#at)
      if (c === ' ' || c === '\t' || c === '\r') this.#at++
      else if (c === '\\' && s.charAt(this.#at + 1) === '\n') {
        this.#at += 2
        this.#line++
      } else if (c === '\\' && s.startsWith('\\\r\n', this.#at)) {
        this.#at += 3
        this.#line++
      } else if (c === '#') {
        while (this.#at < s.length && s.charAt(this.#at) !== '\n') this.#at++
      } else break
    }
    const c = s.charAt(this.#at)
    if (c === '') return this.#token('eof', 'end of line')
    if (c === '\n') {
      this.#at++
      const token = this.#token('newline', '\n')
      this.#line++
      return token
    }
    const number = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(s.slice(this.#at))
    if (number !== null && /[\d.]/.test(c)) {
      this.#at += number[0].length
      return this.#token('num', number[0])
    }
    const name = /^[A-Za-z_]\w*/.exec(s.slice(this.#at, this.#at + 200))?.[0]
    if (name !== undefined) {
      this.#at += name.length
      if (name === 'func') return this.#token('keyword', 'function')
      if (KEYWORDS.has(name)) return this.#token('keyword', name)
      if (BUILTINS[name] !== undefined) return this.#token('builtin', name)
      return this.#token('name', name, s.charAt(this.#at) === '(')
    }
    if (c === '"') return this.#string()
    if (c === '/' && this.#regexAllowed()) return this.#ere()
    for (const op of OPERATORS) {
      if (s.startsWith(op, this.#at)) {
        this.#at += op.length
        return this.#token('op', op)
      }
    }
    throw new AwkSyntaxError(`${this.#line}: unexpected character '${c}'`)
  }

  #regexAllowed(): boolean {
    const p = this.#previous
    if (p === undefined) return true
    if (p.kind === 'num' || p.kind === 'str' || p.kind === 'name' || p.kind === 'ere') return false
    if (p.kind === 'builtin') return p.text !== 'length'
    if (p.kind === 'op') return !(p.text === ')' || p.text === ']' || p.text === '++' || p.text === '--' || p.text === '$')
    return true
  }

  #string(): Token {
    const s = this.#s
    let i = this.#at + 1
    for (; i < s.length && s.charAt(i) !== '"'; i++) {
      if (s.charAt(i) === '\\') i++
      else if (s.charAt(i) === '\n') break
    }
    if (s.charAt(i) !== '"')
      throw new AwkSyntaxError(`line ${this.#line}: runaway string constant ${s.slice(this.#at, i).slice(0, 10)} ...`)
    const text = s.slice(this.#at + 1, i).replace(/\\\n/g, '')
    this.#at = i + 1
    return this.#token('str', text)
  }

  #ere(): Token {
    const s = this.#s
    let i = this.#at + 1
    let set = false
    for (; i < s.length; i++) {
      const c = s.charAt(i)
      if (c === '\n') break
      if (c === '\\') i++
      else if (set) {
        if (c === ']') set = false
      } else if (c === '[') {
        set = true
        if (s.charAt(i + 1) === '^') i++
        if (s.charAt(i + 1) === ']') i++
      } else if (c === '/') break
    }
    if (s.charAt(i) !== '/')
      throw new AwkSyntaxError(`line ${this.#line}: runaway regular expression ${s.slice(this.#at, i).slice(0, 10)} ...`)
    const text = s.slice(this.#at + 1, i).replaceAll('\\/', '/')
    this.#at = i + 1
    return this.#token('ere', text)
  }
}

/** Compiles a program. Throws {@link AwkSyntaxError}. Source: awk(1p), mawk 1.3.4. */
export function parseAwk(source: string): AwkProgram {
  return new Parser(source).program()
}

class Parser {
  readonly #lexer: Lexer
  #token: Token
  /** One token of lookahead, if any was taken. */
  #ahead: Token | undefined
  readonly #functions = new Map<string, Func>()
  readonly #calls: { name: string; args: number; line: number }[] = []
  #loops = 0
  #inFunction = false
  #inBeginEnd = false
  #inPrint = false
  #noIn = false
  #parens = 0

  constructor(source: string) {
    this.#lexer = new Lexer(source)
    this.#token = this.#lexer.next()
  }

  #advance(): Token {
    const token = this.#token
    this.#token = this.#ahead ?? this.#lexer.next()
    this.#ahead = undefined
    return token
  }

  #is(text: string): boolean {
    return (this.#token.kind === 'op' || this.#token.kind === 'keyword') && this.#token.text === text
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false
    this.#advance()
    return true
  }

  #fail(): never {
    const t = this.#token
    if (t.kind === 'eof' || t.kind === 'newline') {
      if (this.#parens > 0) throw new AwkSyntaxError(`line ${t.line}: missing ) near end of line`)
      throw new AwkSyntaxError(`line ${t.line}: syntax error at or near end of line`)
    }
    throw new AwkSyntaxError(
      `line ${t.line}: syntax error at or near ${t.kind === 'str' ? t.text : t.kind === 'ere' ? `/${t.text}/` : t.text}`,
    )
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#fail()
  }

  #newlines(): void {
    while (this.#token.kind === 'newline') this.#advance()
  }

  #separators(): void {
    while (this.#token.kind === 'newline' || this.#is(';')) this.#advance()
  }

  program(): AwkProgram {
    const rules: Rule[] = []
    this.#separators()
    while (this.#token.kind !== 'eof') {
      if (this.#is('}')) throw new AwkSyntaxError(`line ${this.#token.line}: extra '}'`)
      if (this.#is('function')) this.#function()
      else rules.push(this.#rule())
      this.#separators()
    }
    for (const call of this.#calls) {
      const f = this.#functions.get(call.name)
      if (f === undefined) throw new AwkSyntaxError(`line ${this.#lexer.line + 1}: function ${call.name} never defined`)
      if (call.args > f.params.length) throw new AwkSyntaxError(`line ${call.line}: too many arguments in call to ${call.name}`)
    }
    return { rules, functions: this.#functions }
  }

  #function(): void {
    this.#advance()
    const name = this.#advance()
    if (name.kind !== 'name') this.#fail()
    this.#expect('(')
    const params: string[] = []
    this.#newlines()
    while (!this.#is(')')) {
      const param = this.#advance()
      if (param.kind !== 'name') this.#fail()
      params.push(param.text)
      this.#newlines()
      if (!this.#accept(',')) break
      this.#newlines()
    }
    this.#expect(')')
    this.#newlines()
    this.#inFunction = true
    const body = this.#block()
    this.#inFunction = false
    this.#functions.set(name.text, { name: name.text, params, body })
  }

  #rule(): Rule {
    if (this.#is('BEGIN') || this.#is('END')) {
      const kind = this.#advance().text as 'BEGIN' | 'END'
      if (!this.#is('{')) this.#fail()
      this.#inBeginEnd = true
      const body = this.#block()
      this.#inBeginEnd = false
      return { kind, pattern: undefined, end: undefined, body }
    }
    let pattern: Expr | undefined
    let end: Expr | undefined
    if (!this.#is('{')) {
      pattern = this.#expr()
      if (this.#accept(',')) {
        this.#newlines()
        end = this.#expr()
      }
    }
    const body = this.#is('{') ? this.#block() : undefined
    if (body === undefined && this.#token.kind !== 'newline' && this.#token.kind !== 'eof' && !this.#is(';')) this.#fail()
    return { kind: 'main', pattern, end, body }
  }

  #block(): Stmt {
    this.#expect('{')
    const body: Stmt[] = []
    this.#separators()
    while (!this.#is('}')) {
      if (this.#token.kind === 'eof') throw new AwkSyntaxError(`line ${this.#lexer.line + 1}: missing } near end of file`)
      body.push(this.#statement())
      this.#separators()
    }
    this.#advance()
    return { t: 'block', body }
  }

  /** End of a simple statement. */
  #end(): void {
    if (this.#is(';') || this.#token.kind === 'newline') {
      this.#advance()
      return
    }
    if (this.#is('}')) return
    if (this.#token.kind === 'eof') throw new AwkSyntaxError(`line ${this.#lexer.line + 1}: missing } near end of file`)
    this.#fail()
  }

  #body(): Stmt {
    this.#newlines()
    if (this.#accept(';')) return { t: 'block', body: [] }
    return this.#statement()
  }

  #loop(): Stmt {
    this.#loops++
    const body = this.#body()
    this.#loops--
    return body
  }

  #condition(): Expr {
    this.#expect('(')
    this.#parens++
    const test = this.#expr()
    if (!this.#is(')')) this.#fail()
    this.#parens--
    this.#advance()
    return test
  }

  #statement(): Stmt {
    const t = this.#token
    if (this.#is('{')) return this.#block()
    if (this.#is(';')) {
      this.#advance()
      return { t: 'block', body: [] }
    }
    if (t.kind !== 'keyword' || ['getline', 'print', 'printf', 'delete'].includes(t.text)) {
      const simple = this.#simple()
      this.#end()
      return simple
    }
    switch (t.text) {
      case 'if': {
        this.#advance()
        const test = this.#condition()
        const yes = this.#body()
        // An `else` may follow after newlines and one semicolon.
        const skipped = this.#token
        if (skipped.kind === 'newline' || this.#is(';')) this.#separators()
        if (this.#accept('else')) return { t: 'if', test, yes, no: this.#body() }
        return { t: 'if', test, yes, no: undefined }
      }
      case 'while': {
        this.#advance()
        const test = this.#condition()
        if (this.#accept(';')) return { t: 'while', test, body: { t: 'block', body: [] } }
        return { t: 'while', test, body: this.#loop() }
      }
      case 'do': {
        this.#advance()
        const body = this.#loop()
        this.#separators()
        this.#expect('while')
        const test = this.#condition()
        this.#end()
        return { t: 'do', test, body }
      }
      case 'for':
        return this.#for()
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw new AwkSyntaxError(`line ${t.line}: ${t.text} statement outside of loop`)
        this.#advance()
        this.#end()
        return { t: t.text }
      case 'next':
      case 'nextfile':
        if (this.#inBeginEnd && !this.#inFunction) throw new AwkSyntaxError(`line ${t.line}: improper use of ${t.text}`)
        this.#advance()
        this.#end()
        return { t: t.text }
      case 'exit':
      case 'return': {
        if (t.text === 'return' && !this.#inFunction) throw new AwkSyntaxError(`line ${t.line}: return outside function body`)
        this.#advance()
        const e = this.#is(';') || this.#is('}') || this.#token.kind === 'newline' || this.#token.kind === 'eof' ? undefined : this.#expr()
        this.#end()
        return { t: t.text, e }
      }
      default:
        return this.#fail()
    }
  }

  #for(): Stmt {
    this.#advance()
    this.#expect('(')
    this.#parens++
    if (this.#token.kind === 'name') {
      const name = this.#token.text
      const saved = this.#noIn
      this.#noIn = true
      const first = this.#simple()
      this.#noIn = saved
      if (first.t === 'expr' && first.e.t === 'var' && this.#is('in')) {
        this.#advance()
        const array = this.#advance()
        if (array.kind !== 'name') this.#fail()
        this.#expect(')')
        this.#parens--
        return { t: 'forin', name, array: array.text, body: this.#loop() }
      }
      return this.#forRest(first)
    }
    const init = this.#is(';') ? undefined : this.#simple()
    if (this.#is(')') && init?.t === 'expr' && init.e.t === 'in' && init.e.keys.length === 1 && init.e.keys[0]?.t === 'var') {
      this.#advance()
      this.#parens--
      return { t: 'forin', name: init.e.keys[0].name, array: init.e.name, body: this.#loop() }
    }
    return this.#forRest(init)
  }

  #forRest(init: Stmt | undefined): Stmt {
    this.#expect(';')
    this.#newlines()
    const test = this.#is(';') ? undefined : this.#expr()
    this.#expect(';')
    this.#newlines()
    const step = this.#is(')') ? undefined : this.#simple()
    if (!this.#is(')')) this.#fail()
    this.#parens--
    this.#advance()
    if (this.#accept(';')) return { t: 'for', init, test, step, body: { t: 'block', body: [] } }
    return { t: 'for', init, test, step, body: this.#loop() }
  }

  #simple(): Stmt {
    const t = this.#token
    if (this.#is('print') || this.#is('printf')) {
      this.#advance()
      const kind = t.text as 'print' | 'printf'
      const args: Expr[] = []
      this.#inPrint = true
      if (
        !this.#is(';') &&
        !this.#is('}') &&
        !this.#is('>') &&
        !this.#is('>>') &&
        !this.#is('|') &&
        this.#token.kind !== 'newline' &&
        this.#token.kind !== 'eof'
      ) {
        const first = this.#expr()
        if (first.t === 'group' && first.list.length > 1) args.push(...first.list)
        else args.push(first)
        while (this.#accept(',')) {
          this.#newlines()
          args.push(this.#expr())
        }
      }
      this.#inPrint = false
      for (const mode of ['>>', '>', '|'] as const) {
        if (this.#accept(mode)) return { t: kind, args, mode, to: this.#concat(true) }
      }
      return { t: kind, args, mode: '', to: undefined }
    }
    if (this.#accept('delete')) {
      const name = this.#advance()
      if (name.kind !== 'name') this.#fail()
      if (!this.#accept('[')) return { t: 'delete', name: name.text, keys: undefined }
      const keys = this.#list(']')
      return { t: 'delete', name: name.text, keys }
    }
    return { t: 'expr', e: this.#expr() }
  }

  #list(close: string): Expr[] {
    const out: Expr[] = []
    const [print, noIn] = [this.#inPrint, this.#noIn]
    this.#inPrint = false
    this.#noIn = false
    if (close === ')') this.#parens++
    this.#newlines()
    while (!this.#is(close)) {
      out.push(this.#expr())
      this.#newlines()
      if (!this.#accept(',')) break
      this.#newlines()
    }
    if (!this.#is(close)) this.#fail()
    if (close === ')') this.#parens--
    this.#inPrint = print
    this.#noIn = noIn
    this.#advance()
    return out
  }

  #expr(): Expr {
    return this.#ternary()
  }

  #ternary(): Expr {
    const test = this.#or()
    if (isLvalue(test)) {
      const op = this.#token
      if (op.kind === 'op' && ['=', '+=', '-=', '*=', '/=', '%=', '^='].includes(op.text)) {
        this.#advance()
        this.#newlines()
        return { t: 'assign', op: op.text, to: test, value: this.#ternary() }
      }
    }
    if (!this.#accept('?')) return test
    this.#newlines()
    const yes = this.#ternary()
    this.#newlines()
    this.#expect(':')
    this.#newlines()
    return { t: 'cond', test, yes, no: this.#ternary() }
  }

  #or(): Expr {
    let a = this.#and()
    while (this.#accept('||')) {
      this.#newlines()
      a = { t: 'or', a, b: this.#withAssignment(this.#and()) }
    }
    return a
  }

  #and(): Expr {
    let a = this.#in()
    while (this.#accept('&&')) {
      this.#newlines()
      a = { t: 'and', a, b: this.#withAssignment(this.#in()) }
    }
    return a
  }

  /** `a && b = c`: the assignment belongs to the right operand. */
  #withAssignment(e: Expr): Expr {
    if (!isLvalue(e) || this.#token.kind !== 'op' || !['=', '+=', '-=', '*=', '/=', '%=', '^='].includes(this.#token.text)) return e
    const op = this.#advance().text
    this.#newlines()
    return { t: 'assign', op, to: e, value: this.#ternary() }
  }

  #in(): Expr {
    let a = this.#match()
    while (!this.#noIn && this.#is('in')) {
      this.#advance()
      const name = this.#advance()
      if (name.kind !== 'name') this.#fail()
      a = { t: 'in', keys: a.t === 'group' ? a.list : [a], name: name.text }
    }
    return a
  }

  #match(): Expr {
    let a = this.#comparison()
    for (;;) {
      if (!this.#is('~') && !this.#is('!~')) return a
      const negate = this.#advance().text === '!~'
      a = { t: 'match', negate, a, b: this.#comparison() }
    }
  }

  #comparison(): Expr {
    let a = this.#concat(false)
    for (;;) {
      const t = this.#token
      if (t.kind !== 'op') return a
      if (['<', '<=', '==', '!=', '>='].includes(t.text) || (t.text === '>' && !this.#inPrint)) {
        this.#advance()
        a = { t: 'compare', op: t.text, a, b: this.#concat(false) }
      } else if (t.text === '|' && !this.#pipeOut()) {
        this.#advance()
        this.#expect('getline')
        a = { t: 'getline', to: this.#optionalLvalue(), file: undefined, command: a }
      } else return a
    }
  }

  /** In print, `|` without getline after it is output. */
  #pipeOut(): boolean {
    if (!this.#is('|')) return true
    return !this.#peekGetline()
  }

  #peekGetline(): boolean {
    this.#ahead ??= this.#lexer.next()
    return this.#ahead.kind === 'keyword' && this.#ahead.text === 'getline'
  }

  #concat(target: boolean): Expr {
    let a = this.#additive()
    for (;;) {
      const t = this.#token
      const starts =
        t.kind === 'num' ||
        t.kind === 'str' ||
        t.kind === 'ere' ||
        t.kind === 'name' ||
        t.kind === 'builtin' ||
        (t.kind === 'op' && ['$', '!', '(', '-', '+', '++', '--'].includes(t.text))
      if (
        !starts ||
        (t.kind === 'op' && (t.text === '-' || t.text === '+')) ||
        (target && t.kind !== 'str' && t.kind !== 'name' && t.kind !== 'num' && !this.#is('$') && !this.#is('('))
      )
        return a
      a = { t: 'concat', a, b: this.#additive() }
    }
  }

  #additive(): Expr {
    let a = this.#term()
    while (this.#is('+') || this.#is('-')) {
      const op = this.#advance().text
      a = { t: 'binary', op, a, b: this.#term() }
    }
    return a
  }

  #term(): Expr {
    let a = this.#unary()
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const op = this.#advance().text
      a = { t: 'binary', op, a, b: this.#unary() }
    }
    return a
  }

  #unary(): Expr {
    if (this.#is('!') || this.#is('-') || this.#is('+')) {
      const op = this.#advance().text
      return { t: 'unary', op, a: this.#unary() }
    }
    return this.#power()
  }

  #power(): Expr {
    const a = this.#postfix()
    if (!this.#accept('^')) return a
    const b: Expr =
      this.#is('-') || this.#is('+') || this.#is('!') ? { t: 'unary', op: this.#advance().text, a: this.#power() } : this.#power()
    return { t: 'binary', op: '^', a, b }
  }

  #postfix(): Expr {
    const a = this.#primary()
    if (isLvalue(a) && (this.#is('++') || this.#is('--'))) {
      return { t: 'increment', by: this.#advance().text === '++' ? 1 : -1, prefix: false, of: a }
    }
    return a
  }

  #optionalLvalue(): Expr | undefined {
    if (this.#is('$')) return this.#primary()
    if (this.#token.kind === 'name' && this.#token.call !== true) return this.#primary()
    return undefined
  }

  #primary(): Expr {
    const t = this.#token
    switch (t.kind) {
      case 'num':
        this.#advance()
        return { t: 'num', value: Number(t.text) }
      case 'str':
        this.#advance()
        return { t: 'str', value: unescapeString(t.text) }
      case 'ere': {
        const regex = regexOf(t.text)
        this.#advance()
        return { t: 'regex', regex }
      }
      case 'builtin':
        return this.#builtin()
      case 'name': {
        this.#advance()
        if (t.call === true) {
          this.#advance()
          const args = this.#list(')')
          this.#calls.push({ name: t.text, args: args.length, line: t.line })
          return { t: 'call', name: t.text, args }
        }
        if (this.#accept('[')) return { t: 'index', name: t.text, keys: this.#list(']') }
        return { t: 'var', name: t.text }
      }
      case 'keyword':
        if (this.#accept('getline')) {
          const to = this.#optionalLvalue()
          const file = this.#accept('<') ? this.#postfixConcat() : undefined
          return { t: 'getline', to, file, command: undefined }
        }
        return this.#fail()
      case 'op': {
        if (this.#accept('(')) {
          const list = this.#list(')')
          if (list.length === 0) this.#fail()
          if (list.length > 1 && !this.#is('in') && !this.#inPrint) this.#fail()
          return { t: 'group', list }
        }
        if (this.#accept('$')) {
          if (this.#is('++') || this.#is('--') || this.#is('-')) {
            const op = this.#advance().text
            const inner = this.#primary()
            return {
              t: 'field',
              of: op === '-' ? { t: 'unary', op, a: inner } : { t: 'increment', by: op === '++' ? 1 : -1, prefix: true, of: inner },
            }
          }
          return { t: 'field', of: this.#primary() }
        }
        if (this.#is('++') || this.#is('--')) {
          const by = this.#advance().text === '++' ? 1 : -1
          const of = this.#primary()
          if (!isLvalue(of)) this.#fail()
          return { t: 'increment', by, prefix: true, of }
        }
        if (this.#is('-') || this.#is('+') || this.#is('!')) return { t: 'unary', op: this.#advance().text, a: this.#primary() }
        return this.#fail()
      }
      default:
        return this.#fail()
    }
  }

  /** The file of `getline < file`: a primary, without concatenation. */
  #postfixConcat(): Expr {
    return this.#postfix()
  }

  #builtin(): Expr {
    const t = this.#advance()
    const [least, most] = BUILTINS[t.text] ?? [0, 0]
    let args: Expr[] = []
    if (this.#accept('(')) args = this.#list(')')
    else if (t.text !== 'length') this.#fail()
    if (args.length < least || args.length > most)
      throw new AwkSyntaxError(`line ${t.line}: wrong number of arguments in call to ${t.text}`)
    return { t: 'builtin', name: t.text, args }
  }
}

function isLvalue(e: Expr): boolean {
  return e.t === 'var' || e.t === 'index' || e.t === 'field'
}

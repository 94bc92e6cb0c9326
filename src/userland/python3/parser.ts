/** A small part of Python's grammar: what scripts of a few lines need. */

export type Expr =
  | { readonly t: 'num' | 'str'; readonly v: number | string }
  | { readonly t: 'fstr'; readonly parts: readonly (string | { readonly e: Expr; readonly spec: string })[] }
  | { readonly t: 'name'; readonly v: string }
  | { readonly t: 'list' | 'tuple'; readonly items: readonly Expr[] }
  | { readonly t: 'dict'; readonly items: readonly (readonly [Expr, Expr])[] }
  | { readonly t: 'comp'; readonly e: Expr; readonly target: Expr; readonly iter: Expr; readonly cond: Expr | undefined }
  | { readonly t: 'un'; readonly op: string; readonly e: Expr }
  | { readonly t: 'bin' | 'and' | 'or' | 'cmp'; readonly op: string; readonly l: Expr; readonly r: Expr }
  | { readonly t: 'if'; readonly c: Expr; readonly a: Expr; readonly b: Expr }
  | { readonly t: 'call'; readonly f: Expr; readonly args: readonly Expr[]; readonly kw: readonly (readonly [string, Expr])[] }
  | { readonly t: 'attr'; readonly o: Expr; readonly name: string }
  | { readonly t: 'index'; readonly o: Expr; readonly i: Expr }
  | { readonly t: 'slice'; readonly a: Expr | undefined; readonly b: Expr | undefined }
  | { readonly t: 'lambda'; readonly params: readonly string[]; readonly e: Expr }

export type Stmt = { readonly line: number } & (
  | { readonly t: 'expr'; readonly e: Expr }
  | { readonly t: 'assign'; readonly targets: readonly Expr[]; readonly e: Expr }
  | { readonly t: 'aug'; readonly target: Expr; readonly op: string; readonly e: Expr }
  | { readonly t: 'import'; readonly names: readonly (readonly [module: string, as: string])[] }
  | { readonly t: 'from'; readonly module: string; readonly names: readonly (readonly [string, string])[] }
  | { readonly t: 'for'; readonly target: Expr; readonly iter: Expr; readonly body: readonly Stmt[] }
  | { readonly t: 'while'; readonly c: Expr; readonly body: readonly Stmt[] }
  | { readonly t: 'if'; readonly c: Expr; readonly a: readonly Stmt[]; readonly b: readonly Stmt[] }
  | {
      readonly t: 'def'
      readonly name: string
      readonly params: readonly string[]
      readonly defaults: readonly Expr[]
      readonly body: readonly Stmt[]
    }
  | {
      readonly t: 'try'
      readonly body: readonly Stmt[]
      readonly handler: readonly Stmt[] | undefined
      readonly as: string | undefined
      readonly last: readonly Stmt[]
    }
  | { readonly t: 'with'; readonly e: Expr; readonly as: Expr | undefined; readonly body: readonly Stmt[] }
  | { readonly t: 'return'; readonly e: Expr | undefined }
  | { readonly t: 'pass' | 'break' | 'continue' }
)

/** What is not Python, or not the part that is modelled. */
export class PythonSyntax extends Error {
  override name = 'PythonSyntax'
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

interface Token {
  readonly k: 'num' | 'str' | 'fstr' | 'name' | 'op' | 'nl' | 'in' | 'out' | 'end'
  readonly v: string
  readonly line: number
}

const TOKEN =
  /(?<num>0[xX][0-9a-fA-F]+|\d+(?:_\d+)*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?<str>[fFrRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'))|(?<name>[A-Za-z_]\w*)|(?<op>\*\*=?|\/\/=?|<<=?|>>=?|[-+*/%&|^=<>!]=|->|[-+*/%&|^~<>=()[\]{},:.;@])/y

function tokens(text: string): Token[] {
  const out: Token[] = []
  const indents = [0]
  let line = 1
  let depth = 0
  let at = 0
  let start = true
  const push = (k: Token['k'], v: string): void => void out.push({ k, v, line })
  while (at < text.length) {
    if (start && depth === 0) {
      const m = /[ \t]*/y
      m.lastIndex = at
      const space = (m.exec(text)?.[0] ?? '').replaceAll('\t', '        ')
      const next = text[at + (m.lastIndex - at)]
      at = m.lastIndex
      if (next === '\n' || next === '#' || next === undefined) {
        while (at < text.length && text[at] !== '\n') at++
        at++
        line++
        continue
      }
      start = false
      if (space.length > (indents.at(-1) ?? 0)) {
        indents.push(space.length)
        push('in', '')
      }
      while (space.length < (indents.at(-1) ?? 0)) {
        indents.pop()
        push('out', '')
      }
    }
    const c = text[at] as string
    if (c === ' ' || c === '\t' || c === '\r') {
      at++
      continue
    }
    if (c === '\\' && text[at + 1] === '\n') {
      at += 2
      line++
      continue
    }
    if (c === '#') {
      while (at < text.length && text[at] !== '\n') at++
      continue
    }
    if (c === '\n') {
      if (depth === 0) {
        push('nl', '')
        start = true
      }
      at++
      line++
      continue
    }
    TOKEN.lastIndex = at
    const g = TOKEN.exec(text)?.groups
    if (g === undefined) throw new PythonSyntax('invalid syntax', line)
    at = TOKEN.lastIndex
    if (g['num'] !== undefined) push('num', g['num'].replaceAll('_', ''))
    else if (g['str'] !== undefined) {
      const prefix = /^[a-zA-Z]*/.exec(g['str'])?.[0].toLowerCase() ?? ''
      const body = g['str'].slice(prefix.length)
      const quote = body.startsWith('"""') || body.startsWith("'''") ? 3 : 1
      const inner = body.slice(quote, -quote)
      push(prefix.includes('f') ? 'fstr' : 'str', prefix.includes('r') ? inner : unquote(inner))
      line += body.split('\n').length - 1
    } else if (g['name'] !== undefined) push('name', g['name'])
    else {
      const op = g['op'] ?? ''
      if ('([{'.includes(op)) depth++
      if (')]}'.includes(op)) depth--
      push('op', op)
    }
  }
  if (!start) push('nl', '')
  while (indents.length > 1) {
    indents.pop()
    push('out', '')
  }
  push('end', '')
  return out
}

function unquote(text: string): string {
  return text.replace(/\\(\n|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/g, (all, c: string) => {
    const simple: Readonly<Record<string, string>> = {
      n: '\n',
      t: '\t',
      r: '\r',
      '\\': '\\',
      "'": "'",
      '"': '"',
      a: '\x07',
      b: '\b',
      '\n': '',
    }
    if (Object.hasOwn(simple, c)) return simple[c] ?? ''
    if (c.startsWith('x')) return String.fromCharCode(Number.parseInt(c.slice(1), 16))
    if (/^[0-7]+$/.test(c)) return String.fromCharCode(Number.parseInt(c, 8))
    return all
  })
}

const BINARY: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '//', '%']]
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else', 'for', 'lambda'])

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#tokens = tokens(text)
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token
  }

  #kind(): Token['k'] {
    return this.#token.k
  }

  fail(): never {
    throw new PythonSyntax('invalid syntax', this.#token.line)
  }

  is(v: string, k: Token['k'] = 'op'): boolean {
    const { k: kind, v: text } = this.#token
    return text === v && (kind === k || (k === 'op' && kind === 'name' && /^[a-z]/.test(v)))
  }

  take(v: string): boolean {
    if (!this.is(v)) return false
    this.#at++
    return true
  }

  need(v: string): void {
    if (!this.take(v)) this.fail()
  }

  name(): string {
    const { k, v } = this.#token
    if (k !== 'name') this.fail()
    this.#at++
    return v
  }

  program(): Stmt[] {
    const out: Stmt[] = []
    while (this.#token.k !== 'end') out.push(...this.statement())
    return out
  }

  block(): Stmt[] {
    this.need(':')
    if (this.#kind() !== 'nl') return this.simpleLine()
    this.#at++
    if (this.#kind() !== 'in') throw new PythonSyntax('expected an indented block', this.#token.line)
    this.#at++
    const out: Stmt[] = []
    while (this.#kind() !== 'out') out.push(...this.statement())
    this.#at++
    return out
  }

  simpleLine(): Stmt[] {
    const out = [this.simple()]
    while (this.take(';')) if (this.#token.k !== 'nl') out.push(this.simple())
    if (this.#token.k !== 'nl') this.fail()
    this.#at++
    return out
  }

  statement(): Stmt[] {
    const { line } = this.#token
    if (this.take('if')) return [this.ifRest(line)]
    if (this.take('while')) return [{ t: 'while', line, c: this.expr(), body: this.block() }]
    if (this.take('for')) {
      const target = this.targets()
      this.need('in')
      return [{ t: 'for', line, target, iter: this.tuple(), body: this.block() }]
    }
    if (this.take('def')) {
      const name = this.name()
      this.need('(')
      const params: string[] = []
      const defaults: Expr[] = []
      while (!this.take(')')) {
        params.push(this.name())
        if (this.take('=')) defaults.push(this.expr())
        if (!this.is(')')) this.need(',')
      }
      return [{ t: 'def', line, name, params, defaults, body: this.block() }]
    }
    if (this.take('try')) {
      const body = this.block()
      let handler: Stmt[] | undefined
      let as: string | undefined
      let last: Stmt[] = []
      while (this.take('except')) {
        if (!this.is(':')) this.expr()
        if (this.take('as')) as = this.name()
        const block = this.block()
        handler ??= block
      }
      if (this.take('finally')) last = this.block()
      return [{ t: 'try', line, body, handler, as, last }]
    }
    if (this.take('with')) {
      const e = this.expr()
      const as = this.take('as') ? this.primary() : undefined
      return [{ t: 'with', line, e, as, body: this.block() }]
    }
    if (this.is('class') || this.is('async') || this.is('@')) throw new PythonSyntax('podlab: this part of Python is not modelled', line)
    return this.simpleLine()
  }

  ifRest(line: number): Stmt {
    const c = this.expr()
    const a = this.block()
    const next = this.#token.line
    if (this.take('elif')) return { t: 'if', line, c, a, b: [this.ifRest(next)] }
    return { t: 'if', line, c, a, b: this.take('else') ? this.block() : [] }
  }

  simple(): Stmt {
    const { line } = this.#token
    for (const t of ['pass', 'break', 'continue'] as const) if (this.take(t)) return { t, line }
    if (this.take('return')) return { t: 'return', line, e: this.#token.k === 'nl' || this.is(';') ? undefined : this.tuple() }
    if (this.take('import')) {
      const names: [string, string][] = []
      do {
        const module = this.dotted()
        names.push([module, this.take('as') ? this.name() : module])
      } while (this.take(','))
      return { t: 'import', line, names }
    }
    if (this.take('from')) {
      const module = this.dotted()
      this.need('import')
      const names: [string, string][] = []
      do {
        const name = this.name()
        names.push([name, this.take('as') ? this.name() : name])
      } while (this.take(','))
      return { t: 'from', line, module, names }
    }
    const e = this.tuple()
    const m = /^(\*\*|\/\/|<<|>>|[-+*/%&|^])=$/.exec(this.#token.v)
    if (this.#token.k === 'op' && m !== null) {
      this.#at++
      return { t: 'aug', line, target: e, op: m[1] ?? '', e: this.tuple() }
    }
    const targets = [e]
    while (this.take('=')) targets.push(this.tuple())
    const last = targets.pop() as Expr
    return targets.length === 0 ? { t: 'expr', line, e: last } : { t: 'assign', line, targets, e: last }
  }

  dotted(): string {
    let out = this.name()
    while (this.take('.')) out += `.${this.name()}`
    return out
  }

  targets(): Expr {
    const items = [this.primary()]
    while (this.take(',')) items.push(this.primary())
    return items.length === 1 ? (items[0] as Expr) : { t: 'tuple', items }
  }

  tuple(): Expr {
    const first = this.expr()
    if (!this.is(',')) return first
    const items = [first]
    while (this.take(',')) {
      if (this.#token.k === 'nl' || this.is('=') || this.is(')') || this.is(':')) break
      items.push(this.expr())
    }
    return { t: 'tuple', items }
  }

  expr(): Expr {
    if (this.take('lambda')) {
      const params: string[] = []
      while (!this.take(':')) {
        params.push(this.name())
        this.take(',')
      }
      return { t: 'lambda', params, e: this.expr() }
    }
    const a = this.or()
    if (!this.take('if')) return a
    const c = this.or()
    this.need('else')
    return { t: 'if', c, a, b: this.expr() }
  }

  or(): Expr {
    let l = this.and()
    while (this.take('or')) l = { t: 'or', op: 'or', l, r: this.and() }
    return l
  }

  and(): Expr {
    let l = this.not()
    while (this.take('and')) l = { t: 'and', op: 'and', l, r: this.not() }
    return l
  }

  not(): Expr {
    return this.take('not') ? { t: 'un', op: 'not', e: this.not() } : this.comparison()
  }

  comparison(): Expr {
    let l = this.binary(0)
    for (;;) {
      let op: string | undefined
      for (const o of ['==', '!=', '<=', '>=', '<', '>', 'in', 'is']) {
        if (op === undefined && this.take(o)) op = o
      }
      if (op === undefined && this.take('not')) {
        this.need('in')
        op = 'not in'
      }
      if (op === undefined) return l
      if (op === 'is' && this.take('not')) op = 'is not'
      l = { t: 'cmp', op, l, r: this.binary(0) }
    }
  }

  binary(level: number): Expr {
    const ops = BINARY[level]
    if (ops === undefined) return this.unary()
    let l = this.binary(level + 1)
    for (;;) {
      const op = ops.find((o) => this.take(o))
      if (op === undefined) return l
      l = { t: 'bin', op, l, r: this.binary(level + 1) }
    }
  }

  unary(): Expr {
    for (const op of ['-', '+', '~']) if (this.take(op)) return { t: 'un', op, e: this.unary() }
    const l = this.primary()
    return this.take('**') ? { t: 'bin', op: '**', l, r: this.unary() } : l
  }

  primary(): Expr {
    let e = this.atom()
    for (;;) {
      if (this.take('.')) e = { t: 'attr', o: e, name: this.name() }
      else if (this.take('(')) e = this.call(e)
      else if (this.take('[')) {
        const a = this.is(':') ? undefined : this.expr()
        if (this.take(':')) {
          const b = this.is(']') ? undefined : this.expr()
          e = { t: 'index', o: e, i: { t: 'slice', a, b } }
        } else e = { t: 'index', o: e, i: a as Expr }
        this.need(']')
      } else return e
    }
  }

  call(f: Expr): Expr {
    const args: Expr[] = []
    const kw: [string, Expr][] = []
    while (!this.take(')')) {
      const next = this.#tokens[this.#at + 1]
      if (this.#token.k === 'name' && next?.k === 'op' && next.v === '=') {
        const name = this.name()
        this.need('=')
        kw.push([name, this.expr()])
      } else {
        const e = this.expr()
        args.push(this.take('for') ? this.comprehension(e) : e)
      }
      if (!this.is(')')) this.need(',')
    }
    return { t: 'call', f, args, kw }
  }

  comprehension(e: Expr): Expr {
    const target = this.targets()
    this.need('in')
    const iter = this.or()
    return { t: 'comp', e, target, iter, cond: this.take('if') ? this.or() : undefined }
  }

  atom(): Expr {
    const { k, v, line } = this.#token
    if (k === 'num') {
      this.#at++
      return { t: 'num', v: Number(v) }
    }
    if (k === 'str' || k === 'fstr') {
      const first = this.string()
      if (this.#token.k !== 'str' && this.#token.k !== 'fstr') return first
      let e = first
      while (this.#token.k === 'str' || this.#token.k === 'fstr') e = { t: 'bin', op: '+', l: e, r: this.string() }
      return e
    }
    if (k === 'name' && !KEYWORDS.has(v)) return { t: 'name', v: this.name() }
    if (this.take('(')) {
      if (this.take(')')) return { t: 'tuple', items: [] }
      const e = this.tuple()
      const out = this.take('for') ? this.comprehension(e) : e
      this.need(')')
      return out
    }
    if (this.take('[')) {
      const items: Expr[] = []
      while (!this.take(']')) {
        const e = this.expr()
        if (this.take('for')) {
          const comp = this.comprehension(e)
          this.need(']')
          return comp
        }
        items.push(e)
        if (!this.is(']')) this.need(',')
      }
      return { t: 'list', items }
    }
    if (this.take('{')) {
      const items: [Expr, Expr][] = []
      while (!this.take('}')) {
        const key = this.expr()
        this.need(':')
        items.push([key, this.expr()])
        if (!this.is('}')) this.need(',')
      }
      return { t: 'dict', items }
    }
    throw new PythonSyntax('invalid syntax', line)
  }

  string(): Expr {
    const { k, v } = this.#token
    this.#at++
    if (k === 'str') return { t: 'str', v }
    const parts: (string | { e: Expr; spec: string })[] = []
    for (const m of v.matchAll(/\{\{|\}\}|\{([^{}!:]+)(?:![rs])?(?::([^{}]*))?\}|[^{}]+/g)) {
      if (m[1] === undefined) parts.push(m[0] === '{{' ? '{' : m[0] === '}}' ? '}' : m[0])
      else parts.push({ e: new Parser(m[1]).expr(), spec: m[2] ?? '' })
    }
    return { t: 'fstr', parts }
  }
}

/** Parses a script; throws {@link PythonSyntax}. */
export function parsePython(text: string): Stmt[] {
  return new Parser(text).program()
}

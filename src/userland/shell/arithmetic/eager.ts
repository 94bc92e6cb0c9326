import { add, type Int, sub, wrap } from './integer.ts'
import { ArithmeticError, BINARY, numberOf } from './parse.ts'
import { subscriptEnd } from './subscript.ts'

/** What an expression in error is evaluated with: variables by name and subscript, and binary operators. */
export interface Eager {
  read(name: string, index: string | undefined, at: number): Int
  /** Does what is nested; `at`: what is shown if that is too deep. */
  nest(at: number, read: () => Int): Int
  set(name: string, index: string | undefined, value: Int): void
  /** `at`: where the operand starts that an error names. */
  binary(op: string, a: Int, b: Int, at: number): Int
}

interface Name {
  readonly name: string
  readonly index?: string
}

const DOUBLE = ['==', '!=', '>=', '<=', '<<', '>>', '&&', '||', '**']

/**
 * An expression that does not parse, evaluated as bash does it: while it is read, so that what comes before the error is
 * read, assigned or in error itself. Names are looked at when they are read, one token ahead. Good expressions never come
 * here: they are parsed once and evaluated from the tree. Source: bash, expr.c.
 */
export class EagerEvaluation {
  readonly #text: string
  readonly #world: Eager
  #pos = 0
  /** '' at the end, `num`, `name`, or an operator; `op=` stands for all of `+=` and so on. */
  #tok = ''
  #last = ''
  /** Where the token starts that was read last. */
  #at = 0
  #value: Int = 0
  #name: Name | undefined
  #assignOp = ''
  #skip = 0

  constructor(text: string, world: Eager) {
    this.#text = text
    this.#world = world
  }

  run(): Int {
    this.#next()
    if (this.#tok === '') return 0
    const value = this.#comma()
    if (this.#tok !== '') this.#fail('syntax error in expression')
    return value
  }

  #fail(message: string, at = this.#at): never {
    throw new ArithmeticError(message, this.#text, this.#text.slice(at))
  }

  /** As a call, because the token changes under the checker's narrowing. */
  #is(token: string): boolean {
    return this.#tok === token
  }

  #next(): void {
    while (/[ \t\n\r]/.test(this.#text.charAt(this.#pos))) this.#pos++
    if (this.#pos >= this.#text.length) {
      this.#shift('')
      return
    }
    this.#at = this.#pos
    const c = this.#text.charAt(this.#pos)
    if (/[A-Za-z_]/.test(c)) this.#readName()
    else if (/\d/.test(c)) this.#readNumber()
    else this.#readOperator(c)
  }

  #shift(token: string): void {
    this.#last = this.#tok
    this.#tok = token
  }

  #readName(): void {
    const name = (/^\w+/.exec(this.#text.slice(this.#pos)) as RegExpExecArray)[0]
    let end = this.#pos + name.length
    if (this.#text[end] === '[') {
      end = subscriptEnd(this.#text, end)
      if (end < 0) this.#fail('bad array subscript')
      this.#name = { name, index: this.#text.slice(this.#pos + name.length + 1, end - 1) }
    } else this.#name = { name }
    this.#pos = end
    const { assigned } = this.#ahead()
    const step = this.#last === '++x' || this.#last === '--x'
    this.#value = this.#skip === 0 && (step || !assigned) ? this.#world.read(this.#name.name, this.#name.index, this.#at) : 0
    this.#shift('name')
  }

  /** Looks at the token behind a name without evaluating it. */
  #ahead(): { readonly assigned: boolean; readonly token: string } {
    const kept = [this.#pos, this.#at, this.#tok, this.#last, this.#value, this.#name, this.#skip] as const
    this.#skip = 1
    this.#tok = 'name'
    this.#next()
    const token = this.#tok
    ;[this.#pos, this.#at, this.#tok, this.#last, this.#value, this.#name, this.#skip] = kept
    return { assigned: token === '=', token }
  }

  #readNumber(): void {
    const raw = (/^[0-9A-Za-z_@#]+/.exec(this.#text.slice(this.#pos)) as RegExpExecArray)[0]
    const value = numberOf(raw)
    const end = this.#pos + raw.length
    if (typeof value === 'string') throw new ArithmeticError(value, this.#text.slice(0, end), raw)
    this.#pos = end
    this.#value = value
    this.#shift('num')
  }

  #readOperator(c: string): void {
    const two = this.#text.slice(this.#pos, this.#pos + 2)
    let token = c
    let { length } = c
    if ((two === '<<' || two === '>>') && this.#text[this.#pos + 2] === '=') {
      this.#assignOp = two
      token = 'op='
      length = 3
    } else if (DOUBLE.includes(two)) {
      token = two
      length = 2
    } else if (two === '++' || two === '--') {
      if (this.#tok === 'name') token = `x${two}`
      else if (/^\s*[A-Za-z_]/.test(this.#text.slice(this.#pos + 2))) token = `${two}x`
      length = token === c ? 1 : 2
    } else if (two.length === 2 && two[1] === '=' && '*/%+-&^|'.includes(c)) {
      this.#assignOp = c
      token = 'op='
      length = 2
    } else if (!'=><+-*/%!()&|^~?:,'.includes(c))
      this.#fail(
        this.#tok === 'num' || this.#tok === 'name' ? 'syntax error: invalid arithmetic operator' : 'syntax error: operand expected',
      )
    this.#pos += length
    this.#shift(token)
  }

  #comma(): Int {
    let value = this.#assignment()
    while (this.#is(',')) {
      this.#next()
      value = this.#assignment()
      this.#last = ','
    }
    return value
  }

  #assignment(): Int {
    const old = this.#conditional()
    if (!this.#is('=') && !this.#is('op=')) return old
    if (this.#last !== 'name') this.#fail('attempted assignment to non-variable')
    const op = this.#is('=') ? undefined : this.#assignOp
    const { name, index } = this.#name as Name
    this.#next()
    const right = this.#assignment()
    if (this.#skip > 0) return right
    const value = op === undefined ? right : this.#world.binary(op, old, right, this.#at)
    this.#world.set(name, index, value)
    return value
  }

  #skipping(skip: boolean, read: () => Int): Int {
    if (skip) this.#skip++
    const value = read()
    if (skip) this.#skip--
    return value
  }

  #conditional(): Int {
    const test = this.#or()
    if (!this.#is('?')) return test
    const yes = this.#skipping(test === 0, () => {
      this.#next()
      if (this.#is('') || this.#is(':')) this.#fail('expression expected')
      return this.#comma()
    })
    if (!this.#is(':')) this.#fail("`:' expected for conditional expression")
    const no = this.#skipping(test !== 0, () => {
      this.#next()
      if (this.#is('')) this.#fail('expression expected')
      return this.#conditional()
    })
    this.#last = '?'
    return test !== 0 ? yes : no
  }

  #or(): Int {
    let value = this.#and()
    while (this.#is('||')) {
      const right = this.#skipping(value !== 0, () => {
        this.#next()
        return this.#and()
      })
      value = value !== 0 || right !== 0 ? 1 : 0
      this.#last = '||'
    }
    return value
  }

  #and(): Int {
    let value = this.#binary(0)
    while (this.#is('&&')) {
      const right = this.#skipping(value === 0, () => {
        this.#next()
        return this.#binary(0)
      })
      value = value !== 0 && right !== 0 ? 1 : 0
      this.#last = '&&'
    }
    return value
  }

  #binary(level: number): Int {
    const ops = BINARY[level]
    if (ops === undefined) return this.#power()
    let left = this.#binary(level + 1)
    while (ops.includes(this.#tok)) {
      const op = this.#tok
      const at = this.#pos + (/^[ \t]*/.exec(this.#text.slice(this.#pos)) as RegExpExecArray)[0].length
      this.#next()
      const right = this.#binary(level + 1)
      left = this.#skip > 0 ? 0 : this.#world.binary(op, left, right, at)
      this.#last = 'num'
    }
    return left
  }

  #power(): Int {
    const left = this.#unary()
    if (!this.#is('**')) return left
    this.#next()
    const right = this.#power()
    this.#last = 'num'
    // Not even what is skipped may have such an exponent.
    return right === 0 ? 1 : this.#world.binary('**', left, right, this.#at)
  }

  #unary(): Int {
    const op = this.#tok
    if (op !== '!' && op !== '~' && op !== '-' && op !== '+') return this.#operand()
    this.#next()
    const value = this.#unary()
    this.#last = 'num'
    if (op === '!') return value === 0 ? 1 : 0
    if (op === '~') return wrap(~BigInt(value))
    return op === '-' ? sub(0, value) : value
  }

  #operand(): Int {
    if (this.#is('++x') || this.#is('--x')) return this.#stepBefore()
    if (this.#is('(')) {
      this.#next()
      const value = this.#world.nest(this.#at, () => this.#comma())
      if (!this.#is(')')) this.#fail("missing `)'")
      this.#next()
      return value
    }
    const value = this.#value
    if (this.#is('name')) {
      const { token } = this.#ahead()
      if (token === 'x++' || token === 'x--') {
        this.#next()
        this.#step(value, token === 'x++')
        this.#tok = 'num'
      }
    } else if (!this.#is('num')) this.#fail('syntax error: operand expected')
    this.#next()
    return value
  }

  #stepBefore(): Int {
    const up = this.#is('++x')
    this.#last = this.#tok
    this.#next()
    const value = this.#step(this.#value, up)
    this.#tok = 'num'
    this.#next()
    return value
  }

  #step(old: Int, up: boolean): Int {
    const value = up ? add(old, 1) : sub(old, 1)
    if (this.#skip === 0 && this.#name !== undefined) this.#world.set(this.#name.name, this.#name.index, value)
    return value
  }
}

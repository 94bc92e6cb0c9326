import {
  add,
  BcError,
  compare,
  type Decimal,
  divide,
  integer,
  mathFunction,
  modulo,
  multiply,
  negate,
  parseDecimal,
  power,
  show,
  squareRoot,
} from './decimal.ts'

/** A line that is no program of bc. */
export class BcSyntaxError extends Error {
  override name = 'BcSyntaxError'
}

/** What bc knows and this does not. */
export class NotModelled extends Error {
  override name = 'NotModelled'
}

const TOKEN =
  /\s*(?:("[^"]*")|(\d+(?:\.\d*)?|\.\d+)|([a-z][a-z0-9_]*)|(\+\+|--|[-+*/%^]=|==|!=|<=|>=|&&|\|\||[-+*/%^=<>!();,{}[\]])|(#.*$))/y

/** Statements that are more than expressions. */
const UNKNOWN = ['define', 'if', 'else', 'while', 'for', 'auto', 'return', 'break', 'continue', 'read', 'warranty', 'limits']

function tokens(line: string): string[] {
  const out: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < line.trimEnd().length) {
    const m = TOKEN.exec(line)
    if (m === null) throw new BcSyntaxError('illegal character')
    const [, text, number, name, operator] = m
    const token = text ?? number ?? name ?? operator
    if (token !== undefined) out.push(token)
  }
  return out
}

/**
 * The calculator: variables and expressions, line by line. Differs: no functions of one's own, no arrays, no statements; base 10 only.
 */
export class Calculator {
  readonly #variables = new Map<string, Decimal>()
  readonly #library: boolean
  #tokens: string[] = []
  #at = 0
  /** Whether the program asked to end. */
  ended = false

  constructor(library: boolean) {
    this.#library = library
    this.#variables.set('scale', integer(library ? 20 : 0))
  }

  /** What a line prints. Throws BcError, BcSyntaxError, NotModelled. */
  line(text: string): string {
    this.#tokens = tokens(text)
    this.#at = 0
    let out = ''
    while (this.#peek() !== undefined && !this.ended) {
      if (this.#take(';')) continue
      out += this.#statement()
      if (this.#peek() !== undefined && !this.#take(';')) throw new BcSyntaxError('syntax error')
    }
    return out
  }

  get #scale(): number {
    return Number(this.#variables.get('scale')?.n ?? 0n)
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false
    this.#at++
    return true
  }

  #statement(): string {
    const word = this.#peek() ?? ''
    if (word === 'quit' || word === 'halt') {
      this.#at++
      this.ended = true
      return ''
    }
    if (UNKNOWN.includes(word)) throw new NotModelled(word)
    if (word.startsWith('"')) {
      this.#at++
      return word.slice(1, -1)
    }
    if (word === 'print') return this.#print()
    // An assignment prints nothing.
    const silent = /^[a-z]/.test(word) && /^[-+*/%^]?=$/.test(this.#tokens[this.#at + 1] ?? '')
    const value = this.#expression()
    return silent ? '' : `${show(value)}\n`
  }

  #print(): string {
    let out = ''
    do {
      this.#at++
      const word = this.#peek() ?? ''
      if (word.startsWith('"')) {
        this.#at++
        out += word.slice(1, -1).replaceAll('\\n', '\n').replaceAll('\\t', '\t')
      } else out += show(this.#expression())
    } while (this.#peek() === ',')
    return out
  }

  #expression(): Decimal {
    const name = this.#peek() ?? ''
    const operator = this.#tokens[this.#at + 1] ?? ''
    if (!/^[a-z]/.test(name) || !/^[-+*/%^]?=$/.test(operator)) return this.#or()
    if ((name === 'ibase' || name === 'obase') && this.#tokens[this.#at + 2] !== '10') throw new NotModelled(name)
    this.#at += 2
    const right = this.#expression()
    const value = operator === '=' ? right : this.#apply(operator.charAt(0), this.#get(name), right)
    this.#variables.set(name, name === 'scale' ? integer(value.n / 10n ** BigInt(value.scale)) : value)
    return value
  }

  #get(name: string): Decimal {
    return this.#variables.get(name) ?? integer(0)
  }

  #or(): Decimal {
    let left = this.#and()
    while (this.#take('||')) left = integer([left, this.#and()].some((v) => v.n !== 0n) ? 1 : 0)
    return left
  }

  #and(): Decimal {
    let left = this.#not()
    while (this.#take('&&')) left = integer([left, this.#not()].every((v) => v.n !== 0n) ? 1 : 0)
    return left
  }

  #not(): Decimal {
    return this.#take('!') ? integer(this.#not().n === 0n ? 1 : 0) : this.#relation()
  }

  #relation(): Decimal {
    const left = this.#sum()
    const operator = this.#peek() ?? ''
    if (!['==', '!=', '<', '<=', '>', '>='].includes(operator)) return left
    this.#at++
    const c = compare(left, this.#sum())
    const holds = { '==': c === 0, '!=': c !== 0, '<': c < 0, '<=': c <= 0, '>': c > 0, '>=': c >= 0 }[operator]
    return integer(holds ? 1 : 0)
  }

  #sum(): Decimal {
    let left = this.#product()
    for (let op = this.#peek(); op === '+' || op === '-'; op = this.#peek()) {
      this.#at++
      left = this.#apply(op, left, this.#product())
    }
    return left
  }

  #product(): Decimal {
    let left = this.#power()
    for (let op = this.#peek(); op === '*' || op === '/' || op === '%'; op = this.#peek()) {
      this.#at++
      left = this.#apply(op, left, this.#power())
    }
    return left
  }

  #power(): Decimal {
    const left = this.#unary()
    return this.#take('^') ? power(left, this.#power(), this.#scale) : left
  }

  #unary(): Decimal {
    return this.#take('-') ? negate(this.#unary()) : this.#primary()
  }

  #primary(): Decimal {
    const token = this.#peek()
    this.#at++
    if (token === undefined) throw new BcSyntaxError('syntax error')
    if (/^[\d.]/.test(token)) return parseDecimal(token)
    if (token === '(') {
      const value = this.#expression()
      if (!this.#take(')')) throw new BcSyntaxError('syntax error')
      return value
    }
    if (!/^[a-z]/.test(token)) throw new BcSyntaxError('syntax error')
    if (!this.#take('(')) return this.#step(token)
    const value = this.#expression()
    if (!this.#take(')')) throw new BcSyntaxError('syntax error')
    return this.#call(token, value)
  }

  /** A variable, and `x++`. */
  #step(name: string): Decimal {
    const value = this.#get(name)
    for (const op of ['++', '--']) if (this.#take(op)) this.#variables.set(name, add(value, integer(op === '++' ? 1 : -1)))
    return value
  }

  #call(name: string, x: Decimal): Decimal {
    if (name === 'sqrt') return squareRoot(x, this.#scale)
    if (name === 'scale') return integer(x.scale)
    if (name === 'length') return integer((x.n < 0n ? -x.n : x.n).toString().length)
    if (this.#library && ['s', 'c', 'a', 'l', 'e'].includes(name)) return mathFunction(name, x, this.#scale)
    throw new BcError(`Function ${name} not defined.`)
  }

  #apply(op: string, a: Decimal, b: Decimal): Decimal {
    if (op === '+') return add(a, b)
    if (op === '-') return add(a, negate(b))
    if (op === '*') return multiply(a, b, this.#scale)
    if (op === '/') return divide(a, b, this.#scale)
    return op === '%' ? modulo(a, b, this.#scale) : power(a, b, this.#scale)
  }
}

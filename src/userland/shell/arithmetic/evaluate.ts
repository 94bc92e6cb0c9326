import { type Eager, EagerEvaluation } from './eager.ts'
import { add, bits, div, type Int, less, mod, mul, pow, shift, sub, wrap } from './integer.ts'
import { ArithmeticError, type Expr, parseArithmetic, type Variable } from './parse.ts'

/** Where variables live. Values are text; `get` gives undefined for an unset variable (an error under `set -u` is the getter's). */
export interface ArithmeticScope {
  get(name: string, index: string | undefined): string | undefined
  set(name: string, index: string | undefined, value: string): void
}

/** Variables whose values are expressions may refer to each other this deep. */
const MAX_RECURSION = 1024
/** Subscripts and expressions in error take much more of the stack than parsed expressions, so they count for more. */
const EAGER_DEPTH = 15
let depth = 0

/** Evaluates the text of an expression. Throws {@link ArithmeticError}. */
export function evaluate(text: string, scope: ArithmeticScope): Int {
  // The commonest expressions are numbers and small ones at that.
  if (text.length < 16 && /^(?:0|[1-9]\d*)$/.test(text)) return Number(text)
  const evaluation = new Evaluation(text, scope)
  let parsed: Expr
  try {
    parsed = parseArithmetic(text)
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error
    return evaluation.nest(0, () => new EagerEvaluation(text, evaluation).run())
  }
  return evaluation.value(parsed)
}

class Evaluation implements Eager {
  readonly #text: string
  readonly #scope: ArithmeticScope

  constructor(text: string, scope: ArithmeticScope) {
    this.#text = text
    this.#scope = scope
  }

  value(e: Expr): Int {
    switch (e.k) {
      case 'num':
        return e.v
      case 'var':
        return this.read(e.name, e.index, e.at)
      case 'binary':
        return this.binary(e.op, this.value(e.l), this.value(e.r), e.at)
      case 'unary': {
        const v = this.value(e.x)
        if (e.op === '-') return sub(0, v)
        if (e.op === '!') return v === 0 ? 1 : 0
        return e.op === '~' ? wrap(~BigInt(v)) : v
      }
      case 'step': {
        const old = this.#old(e.x)
        const now = e.op === '++' ? add(old, 1) : sub(old, 1)
        this.set(e.x.name, e.x.index, now)
        return e.post ? old : now
      }
      case 'and':
        return this.value(e.l) !== 0 && this.value(e.r) !== 0 ? 1 : 0
      case 'or':
        return this.value(e.l) !== 0 || this.value(e.r) !== 0 ? 1 : 0
      case 'comma':
        this.value(e.l)
        return this.value(e.r)
      case 'cond':
        return this.value(e.test) !== 0 ? this.value(e.yes) : this.value(e.no)
      case 'assign': {
        const v = e.op === '' ? this.value(e.r) : this.binary(e.op, this.#old(e.x), this.value(e.r), e.at)
        this.set(e.x.name, e.x.index, v)
        return v
      }
    }
  }

  #old(v: Variable): Int {
    return this.read(v.name, v.index, v.at)
  }

  nest<T>(at: number, read: () => T): T {
    if (depth >= MAX_RECURSION) throw new ArithmeticError('expression recursion level exceeded', this.#text, this.#text.slice(at))
    depth += EAGER_DEPTH
    try {
      return read()
    } finally {
      depth -= EAGER_DEPTH
    }
  }

  set(name: string, index: string | undefined, value: Int): void {
    if (index === undefined) this.#scope.set(name, index, String(value))
    else
      this.nest(0, () => {
        this.#scope.set(name, index, String(value))
      })
  }

  /** The value of a variable; `at`: the token that an endless recursion is told with. */
  read(name: string, index: string | undefined, at: number): Int {
    const text = index === undefined ? this.#scope.get(name, index) : this.nest(at, () => this.#scope.get(name, index))
    if (text === undefined || text === '') return 0
    if (text.length < 16 && /^-?(?:0|[1-9]\d*)$/.test(text)) return Number(text) + 0
    if (depth >= MAX_RECURSION) throw new ArithmeticError('expression recursion level exceeded', this.#text, this.#text.slice(at))
    depth++
    try {
      return evaluate(text, this.#scope)
    } finally {
      depth--
    }
  }

  binary(op: string, a: Int, b: Int, at: number): Int {
    switch (op) {
      case '+':
        return add(a, b)
      case '-':
        return sub(a, b)
      case '*':
        return mul(a, b)
      case '/':
      case '%':
        if (b === 0) throw new ArithmeticError('division by 0', this.#text, this.#text.slice(at))
        return op === '/' ? div(a, b) : mod(a, b)
      case '**':
        if (b < 0) throw new ArithmeticError('exponent less than 0', this.#text, this.#text.slice(at))
        return pow(a, b)
      case '<<':
      case '>>':
        return shift(a, b, op === '<<')
      case '&':
      case '|':
      case '^':
        return bits(op, a, b)
      case '==':
        return a === b ? 1 : 0
      case '!=':
        return a === b ? 0 : 1
      case '<':
        return less(a, b) ? 1 : 0
      case '>':
        return less(b, a) ? 1 : 0
      case '<=':
        return less(b, a) ? 0 : 1
      default:
        return less(a, b) ? 0 : 1
    }
  }
}

import { type Int, parseDecimal } from '../arithmetic/integer.ts'
import { compare, compareFiles } from '../interp/condition.ts'
import type { Shell } from '../interp/shell.ts'
import type { Builtin } from './builtin.ts'
import { fileTest } from './file-test.ts'

const UNARY = new Set([...'abcdefghknoprstuvwxzGLNORS'].map((c) => `-${c}`))
const BINARY = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef'])

class TestError extends Error {}

function integer(sh: Shell, text: string): Int {
  const n = parseDecimal(text)
  if (n === undefined) throw new TestError(sh.isDash ? `Illegal number: ${text}` : `${text}: integer expression expected`)
  return n
}

function binary(sh: Shell, l: string, op: string, r: string): boolean {
  if (sh.isDash && op === '==') throw new TestError(`${l}: unexpected operator`)
  switch (op) {
    case '=':
    case '==':
      return l === r
    case '!=':
      return l !== r
    case '<':
      return l < r
    case '>':
      return l > r
    case '-nt':
    case '-ot':
    case '-ef':
      return compareFiles(sh, l, op, r)
    default:
      return compare(op, integer(sh, l), integer(sh, r))
  }
}

function unary(sh: Shell, op: string, arg: string): boolean {
  return fileTest(sh, op, arg)
}

/** The grammar for more than four arguments; POSIX's rules by number of arguments come first. */
class Expression {
  readonly #sh: Shell
  readonly #args: readonly string[]
  #at = 0

  constructor(sh: Shell, args: readonly string[]) {
    this.#sh = sh
    this.#args = args
  }

  evaluate(): boolean {
    const v = this.#or()
    if (this.#at < this.#args.length) {
      const extra = this.#args[this.#at] as string
      throw new TestError(extra.startsWith('-') && extra.length === 2 ? `syntax error: \`${extra}' unexpected` : 'too many arguments')
    }
    return v
  }

  #or(): boolean {
    let v = this.#and()
    while (this.#args[this.#at] === '-o') {
      this.#at++
      const r = this.#and()
      v = v || r
    }
    return v
  }

  #and(): boolean {
    let v = this.#term()
    while (this.#args[this.#at] === '-a') {
      this.#at++
      const r = this.#term()
      v = v && r
    }
    return v
  }

  #need(): string {
    const a = this.#args[this.#at]
    if (a === undefined) throw new TestError('argument expected')
    return a
  }

  #term(): boolean {
    const a = this.#need()
    const b = this.#args[this.#at + 1]
    const c = this.#args[this.#at + 2]
    if (a === '!' && !this.#sh.isDash) {
      this.#at++
      return !this.#term()
    }
    if (b !== undefined && c !== undefined && BINARY.has(b)) {
      this.#at += 3
      return binary(this.#sh, a, b, c)
    }
    if (a === '!') {
      this.#at++
      return !this.#term()
    }
    if (a === '(') {
      this.#at++
      const v = this.#or()
      if (this.#args[this.#at] !== ')')
        throw new TestError(this.#args[this.#at] === undefined ? "`)' expected" : `\`)' expected, found ${this.#args[this.#at]}`)
      this.#at++
      return v
    }
    if (a === '-t' && b !== undefined && !/^\s*[-+]?\d+\s*$/.test(b)) {
      this.#at++
      return false
    }
    if (UNARY.has(a) && b !== undefined) {
      this.#at += 2
      return unary(this.#sh, a, b)
    }
    this.#at++
    return a !== ''
  }
}

/** Source: POSIX test, by number of arguments; bash, Bourne Shell Builtins: test. */
export function testExpression(sh: Shell, args: readonly string[]): boolean {
  const [a = '', b = '', c = ''] = args
  switch (args.length) {
    case 0:
      return false
    case 1:
      return a !== ''
    case 2:
      if (a === '!') return b === ''
      if (UNARY.has(a)) return unary(sh, a, b)
      throw new TestError(sh.isDash ? `${a}: unexpected operator` : `${a}: unary operator expected`)
    case 3:
      if (BINARY.has(b)) return binary(sh, a, b, c)
      if (b === '-a') return a !== '' && c !== ''
      if (b === '-o') return a !== '' || c !== ''
      if (a === '!') return !testExpression(sh, args.slice(1))
      if (a === '(' && c === ')') return b !== ''
      throw new TestError(sh.isDash ? `${a}: unexpected operator` : `${b}: binary operator expected`)
    case 4:
      if (a === '!') return !testExpression(sh, args.slice(1))
      if (a === '(' && args[3] === ')') return testExpression(sh, args.slice(1, 3))
      return new Expression(sh, args).evaluate()
    default:
      return new Expression(sh, args).evaluate()
  }
}

function run(sh: Shell, args: readonly string[]): number {
  try {
    return testExpression(sh, args) ? 0 : 1
  } catch (error) {
    if (!(error instanceof TestError)) throw error
    sh.complain(error.message)
    return 2
  }
}

export const tests: Readonly<Record<string, Builtin>> = {
  test: run,
  '[': (sh, args) => {
    if (args.at(-1) !== ']') {
      sh.complain(sh.isDash ? 'missing ]' : "missing `]'")
      return 2
    }
    return run(sh, args.slice(0, -1))
  },
}

import type { CondExpr, Word } from './ast.ts'
import { SyntaxProblem } from './ast.ts'
import type { Lexer } from './lexer.ts'

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/
const BINARY = new Set(['=', '==', '!=', '=~', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef'])

/** Tokens that bash knows by name. */
const OPERATOR = /^(?:&&|\|\||[()<>;&|])$/

const WRONG = 'syntax error in conditional expression'

/** Parses `[[ … ]]` behind its `[[`. Source: bash, Conditional Constructs. */
export function parseCond(lexer: Lexer): { readonly expr: CondExpr; readonly sync: boolean } {
  const words: Word[] = []
  const startLine = lexer.line
  const skip = (): void => {
    for (;;) {
      lexer.skipBlanks()
      if (lexer.src[lexer.pos] !== '\n') return
      lexer.pos++
      lexer.line++
    }
  }
  /** The operator or word at the position, without taking it. */
  const look = (): string => {
    const m = /&&|\|\||[()<>]|[^\s()<>&|;]+|\n|[;&|]/y
    m.lastIndex = lexer.pos
    return m.exec(lexer.src)?.[0] ?? ''
  }
  const take = (mode: 'pattern' | 'regex'): Word => {
    const w = lexer.readWord(mode)
    words.push(w)
    return w
  }
  /** Why the command is wrong. bash shows no source line for this, and the script ends with the status of its last command. */
  const fail = (message: string): never => {
    const problem = new SyntaxProblem(message, lexer.line, false)
    problem.status = undefined
    throw problem
  }
  /** With the token, where it is none of those that have no name for bash: words. */
  const unexpected = (token: string, named: (token: string) => string, otherwise: string): never =>
    fail(token === '\n' ? named('newline') : OPERATOR.test(token) ? named(token) : otherwise)
  const end = (): never => lexer.fail('syntax error: unexpected end of file', lexer.src.endsWith('\n') ? lexer.line : lexer.line + 1, true)

  const or = (): CondExpr => {
    let l = and()
    for (skip(); look() === '||'; skip()) {
      lexer.pos += 2
      l = { op: 'or', l, r: and() }
    }
    return l
  }
  /** Inside of parentheses: what is wrong there is followed by what that means here. */
  const grouped = (): CondExpr => {
    try {
      return or()
    } catch (error) {
      if (error instanceof SyntaxProblem && error.status === undefined) error.after ??= "expected `)'"
      throw error
    }
  }
  const and = (): CondExpr => {
    let l = term()
    for (skip(); look() === '&&'; skip()) {
      lexer.pos += 2
      l = { op: 'and', l, r: term() }
    }
    return l
  }
  const term = (): CondExpr => {
    skip()
    const next = look()
    if (next === '') lexer.fail("unexpected token `EOF' in conditional command", lexer.line, true)
    if (next === '!') {
      lexer.pos++
      return { op: 'not', x: term() }
    }
    if (next === '(') {
      lexer.pos++
      const x = grouped()
      skip()
      const close = look()
      if (close === '') end()
      if (close === ']]') fail("unexpected token `]]', expected `)'")
      if (close !== ')') unexpected(close, (t) => `unexpected token \`${t}', expected \`)'`, "expected `)'")
      lexer.pos++
      return { op: 'group', x }
    }
    if (next === ']]') return fail('')
    if (OPERATOR.test(next)) return fail(`unexpected token \`${next}' in conditional command`)
    const first = take('pattern')
    lexer.skipBlanks()
    const op = look()
    if (first.bare !== undefined && UNARY.test(first.bare)) {
      if (op === '') end()
      if (op === '\n' || op === ']]' || OPERATOR.test(op))
        fail(`unexpected argument \`${op === '\n' ? 'newline' : op}' to conditional unary operator`)
      const w = take('pattern')
      return { op: 'unary', name: first.bare, w }
    }
    if (BINARY.has(op)) {
      lexer.pos += op.length
      lexer.skipBlanks()
      const after = look()
      if (after === '') end()
      if (after === '\n' || after === ']]' || (OPERATOR.test(after) && !(op === '=~' && (after === '(' || after === '|'))))
        return fail(`unexpected argument \`${after === '\n' ? 'newline' : after}' to conditional binary operator`)
      return { op: 'binary', name: op, l: first, r: take(op === '=~' ? 'regex' : 'pattern') }
    }
    if (op === ']]' || op === '&&' || op === '||' || op === ')') return { op: 'word', w: first }
    return unexpected(
      op === '' ? '\n' : op,
      (t) => `unexpected token \`${t}', conditional binary operator expected`,
      'conditional binary operator expected',
    )
  }
  const expr = or()
  skip()
  if (look() !== ']]') {
    if (look() === '') lexer.fail('syntax error: unexpected end of file', Math.max(startLine, lexer.line), true)
    unexpected(look(), (t) => `${WRONG}: unexpected token \`${t}'`, WRONG)
  }
  lexer.pos += 2
  return { expr, sync: words.every((w) => w.sync) }
}

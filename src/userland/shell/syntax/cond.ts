import type { CondExpr, Word } from './ast.ts'
import { SyntaxProblem } from './ast.ts'
import type { Lexer } from './lexer.ts'

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/
const BINARY = new Set(['=', '==', '!=', '=~', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef'])

/** Parses `[[ … ]]` behind its `[[`. Source: bash, Conditional Constructs. */
export function parseCond(lexer: Lexer): { readonly expr: CondExpr; readonly sync: boolean } {
  const words: Word[] = []
  const startLine = lexer.line
  /** The word behind the last unary operator: bash reads an operator there, and then can't name what follows. */
  let lastOperand = ''

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
  // bash shows no source line for these, and the script ends with the status of its last command.
  const fail = (message: string): never => {
    const problem = new SyntaxProblem(message, lexer.line, false)
    problem.status = undefined
    throw problem
  }
  const end = (): never => lexer.fail('syntax error: unexpected end of file', lexer.src.endsWith('\n') ? lexer.line : lexer.line + 1, true)

  const or = (): CondExpr => {
    let l = and()
    for (skip(); look() === '||'; skip()) {
      lexer.pos += 2
      l = { op: 'or', l, r: and() }
    }
    return l
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
    if (next === '') end()
    if (next === '!') {
      lexer.pos++
      return { op: 'not', x: term() }
    }
    if (next === '(') {
      lexer.pos++
      const x = or()
      skip()
      if (look() !== ')') {
        if (look() === '') end()
        fail("expected `)'")
      }
      lexer.pos++
      return { op: 'group', x }
    }
    if (next === ']]' || next === '&&' || next === '||' || next === ')' || next === ';' || next === '&' || next === '|') {
      return fail(`syntax error near \`${next}'`)
    }
    const first = take('pattern')
    lexer.skipBlanks()
    const op = look()
    if (first.bare !== undefined && UNARY.test(first.bare)) {
      if (op === '\n') return fail(`unexpected argument \`newline' to conditional unary operator`)
      if (op === '') end()
      if (op === ']]' || op === '&&' || op === '||' || op === ')') {
        return fail(`unexpected argument \`${op}' to conditional unary operator`)
      }
      const w = take('pattern')
      lastOperand = w.raw
      return { op: 'unary', name: first.bare, w }
    }
    if (BINARY.has(op)) {
      lexer.pos += op.length
      lexer.skipBlanks()
      const after = look()
      if (after === '\n') return fail("unexpected argument `newline' to conditional binary operator")
      if (after === '') end()
      if (after === ']]') return fail(`unexpected argument \`${after}' to conditional binary operator`)
      return { op: 'binary', name: op, l: first, r: take(op === '=~' ? 'regex' : 'pattern') }
    }
    if (op === '') end()
    if (op === '\n' || op === ']]' || op === '&&' || op === '||' || op === ')') return { op: 'word', w: first }
    return fail('conditional binary operator expected')
  }
  const expr = or()
  skip()
  if (look() !== ']]') {
    if (look() === '') lexer.fail('syntax error: unexpected end of file', Math.max(startLine, lexer.line), true)
    fail(
      BINARY.has(lastOperand)
        ? 'syntax error in conditional expression'
        : `syntax error in conditional expression: unexpected token \`${look()}'`,
    )
  }
  lexer.pos += 2
  return { expr, sync: words.every((w) => w.sync) }
}

import { ArithmeticError } from '../arithmetic/parse.ts'
import { fileTest } from '../builtins/file-test.ts'
import { compilePattern } from '../expand/pattern.ts'
import type { CondExpr, Word } from '../syntax/ast.ts'
import { StatusFlow } from './flow.ts'
import { ereToRegex } from './regex.ts'
import type { Shell } from './shell.ts'

/** Evaluates `[[ … ]]`. `traced` collects the primaries that were looked at, for xtrace. */
export function condition(sh: Shell, e: CondExpr, traced?: string[], negated = false): boolean {
  switch (e.op) {
    case 'not':
      return !condition(sh, e.x, traced, !negated)
    case 'group':
      return condition(sh, e.x, traced)
    case 'and':
      return condition(sh, e.l, traced) && condition(sh, e.r, traced)
    case 'or':
      return condition(sh, e.l, traced) || condition(sh, e.r, traced)
    default:
      traced?.push(`${negated ? '! ' : ''}${primaryTrace(sh, e)}`)
  }
  switch (e.op) {
    case 'word':
      return sh.expander.string(e.w) !== ''
    case 'unary':
      return fileTest(sh, e.name, sh.expander.string(e.w))
    case 'binary':
      return binary(sh, e.name, e.l, e.r)
  }
}

function binary(sh: Shell, op: string, l: Word, r: Word): boolean {
  const left = sh.expander.string(l)
  switch (op) {
    case '=':
    case '==':
    case '!=': {
      const options = { extglob: true, nocase: sh.shopts.nocasematch === true, utf8: sh.utf8 }
      return compilePattern(sh.expander.pattern(r), options).matches(left) === (op !== '!=')
    }
    case '=~':
      return matchRegex(sh, left, sh.expander.regex(r))
    case '<':
      return left < sh.expander.string(r)
    case '>':
      return left > sh.expander.string(r)
    case '-nt':
    case '-ot':
    case '-ef':
      return compareFiles(sh, left, op, sh.expander.string(r))
    default: {
      const right = sh.expander.string(r)
      return sh.expander.effect(() => compareNumbers(sh, op, left, right))
    }
  }
}

/** An expression in error makes the primary false, and has been told. */
function compareNumbers(sh: Shell, op: string, left: string, right: string): boolean {
  try {
    const a = sh.arithmetic(left)
    return compare(op, a, sh.arithmetic(right))
  } catch (error) {
    if (!(error instanceof ArithmeticError) || error.label !== undefined) throw error
    sh.error(`[[: ${error.text}`)
    return false
  }
}

export function compare(op: string, a: number | bigint, b: number | bigint): boolean {
  switch (op) {
    case '-eq':
      return a === b
    case '-ne':
      return a !== b
    case '-lt':
      return a < b
    case '-le':
      return a <= b
    case '-gt':
      return a > b
    default:
      return a >= b
  }
}

export function compareFiles(sh: Shell, left: string, op: string, right: string): boolean {
  const stat = (path: string) => {
    try {
      return sh.proc.stat(path)
    } catch {
      return undefined
    }
  }
  const a = stat(left)
  const b = stat(right)
  if (op === '-ef') return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
  if (op === '-nt') return a !== undefined && (b === undefined || a.mtime > b.mtime)
  return b !== undefined && (a === undefined || a.mtime < b.mtime)
}

function matchRegex(sh: Shell, text: string, pattern: string): boolean {
  let re: RegExp
  try {
    re = ereToRegex(pattern, { nocase: sh.shopts.nocasematch === true, utf8: sh.utf8, escaped: true })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new StatusFlow(2)
  }
  const m = re.exec(text)
  sh.expander.effect(() => {
    sh.setArray('BASH_REMATCH', m === null ? [] : [...m].map((s) => s ?? ''))
  })
  return m !== null
}

/** A primary as xtrace shows it: expanded. */
function primaryTrace(sh: Shell, e: CondExpr): string {
  switch (e.op) {
    case 'word':
      return `-n ${sh.expander.string(e.w) || "''"}`
    case 'unary':
      return `${e.name} ${sh.expander.string(e.w) || "''"}`
    case 'binary': {
      const pattern = e.name === '=' || e.name === '==' || e.name === '!='
      const right = e.name === '=~' ? sh.expander.regex(e.r) : pattern ? sh.expander.pattern(e.r) : sh.expander.string(e.r)
      return `${sh.expander.string(e.l) || "''"} ${e.name} ${right === '' ? "''" : right}`
    }
    default:
      return ''
  }
}

import { ArithmeticError } from '../arithmetic/parse.ts'
import { singleQuote } from '../expand/quote.ts'
import { assignArray, type Element, evaluateElements } from '../interp/assign.ts'
import { DiscardFlow, type Run } from '../interp/flow.ts'
import { AssignmentError, type Shell } from '../interp/shell.ts'
import { trace } from '../interp/trace.ts'
import type { Assign, Word } from '../syntax/ast.ts'
import { type Attributes, declareVariable } from './declare-variable.ts'

/** Builtins among whose arguments bash makes compound assignments; the first three make locals of functions. */
const LOCAL = ['declare', 'typeset', 'local']
const ASSIGNING = new Set([...LOCAL, 'export', 'readonly', 'alias'])

export function assignsCompounds(command: string): boolean {
  return ASSIGNING.has(command)
}

/**
 * A compound assignment among the arguments of a declaration. bash makes it while it expands the arguments, before the
 * builtin looks at its options: it declares the name with those of `-aAgiluc` that stand before it as they are written,
 * assigns, and leaves the builtin the name. Source: bash 5.2, expand_declaration_argument.
 */
export function* compoundArgument(sh: Shell, words: readonly Word[], at: number, compound: Assign): Run<string> {
  const { name } = compound
  const a = attributes(words, at)
  const command = words[0]?.bare ?? ''
  const elements = yield* sh.expander.settle(() => evaluateElements(sh, compound.array ?? [], a.letters.get('A') === true, true))
  const local = sh.functionDepth > 0 && LOCAL.includes(command)
  const v = declared(sh, name, a, local)
  if (v === undefined) {
    if (local) return name
    throw new DiscardFlow()
  }
  if (sh.options.xtrace) yield* trace(sh, `${name}${compound.append ? '+' : ''}=(${elements.map(shown).join(' ')})`)
  try {
    assignArray(sh, v.name, elements, compound.append, v)
  } catch (error) {
    if (error instanceof ArithmeticError) error.label ??= ''
    throw error
  }
  return name
}

/** The variable, declared without a builtin's name in the messages. */
function declared(sh: Shell, name: string, a: Attributes, local: boolean): ReturnType<typeof declareVariable> {
  const { builtinName } = sh
  sh.builtinName = undefined
  try {
    return declareVariable(sh, name, { element: false, assigns: false }, a, local && !a.global)
  } catch (error) {
    if (!(error instanceof AssignmentError)) throw error
    sh.error(error.message)
    return undefined
  } finally {
    sh.builtinName = builtinName
  }
}

function attributes(words: readonly Word[], at: number): Attributes {
  const before = words.slice(1, at).map((w) => w.raw)
  const letters = new Map<string, boolean>()
  for (const w of before) {
    if (!w.startsWith('-')) continue
    if (w.includes('A', 1)) letters.set('A', true)
    else if (w.includes('a', 1)) letters.set('a', true)
    if (w.includes('g', 1)) letters.set('g', true)
  }
  if (letters.has('A')) letters.delete('a')
  const outside = !LOCAL.includes(words[0]?.bare ?? '')
  let sign = letters.size > 0 || outside ? '-' : undefined
  for (const w of before) {
    if (!/^[-+]/.test(w) || w === '--') break
    for (const c of w.slice(1)) {
      if (!'Iiluc'.includes(c)) continue
      sign ??= w.charAt(0)
      letters.set(c, sign === '-')
    }
  }
  return {
    letters,
    print: false,
    functions: false,
    functionNames: false,
    global: outside || letters.has('g'),
    checkLocal: outside,
    inherit: letters.has('I'),
  }
}

/** An element as xtrace shows it: expanded, everything quoted. */
function shown(e: Element): string {
  return e.key === undefined ? singleQuote(e.value) : `[${singleQuote(e.key)}]${e.append ? '+' : ''}=${singleQuote(e.value)}`
}

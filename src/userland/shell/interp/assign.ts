import { ArithmeticError } from '../arithmetic/parse.ts'
import { braceExpand } from '../expand/brace.ts'
import { singleQuote } from '../expand/quote.ts'
import { capitalise, lower, upper } from '../expand/text.ts'
import type { ArrayElement, Assign } from '../syntax/ast.ts'
import { AssocMap } from './assoc.ts'
import type { Run } from './flow.ts'
import { AssignmentError, type Shell } from './shell.ts'
import { Sparse, Variable } from './variables.ts'

/** Performs an assignment, running the commands in it. */
export function* assign(sh: Shell, a: Assign): Run<void> {
  yield* sh.expander.settle(() => {
    assignValue(sh, a)
  })
}

/** Performs an assignment that needs not wait. */
export function assignValue(sh: Shell, a: Assign): void {
  if (a.array !== undefined) {
    if (a.index === undefined) makeForCompound(sh, a.name)
    const values = evaluateElements(sh, a.array, sh.lookup(a.name)?.assoc !== undefined)
    if (a.index !== undefined) throw new AssignmentError(`${a.name}[${a.index.raw}]: cannot assign list to array member`)
    sh.expander.effect(() => {
      assignArray(sh, a.name, values, a.append)
    })
    return
  }
  const value = a.value === undefined ? '' : sh.expander.string(a.value, 'assign')
  sh.expander.effect(() => {
    if (a.index === undefined) sh.set(a.name, value, a.append)
    else sh.assignText(a.name, a.index, value, a.append)
  })
}

/** The array is there before its words are expanded, and stays when that fails. */
function makeForCompound(sh: Shell, name: string): void {
  if (sh.lookup(name) !== undefined || sh.namerefTarget(name) !== undefined) return
  const v = new Variable(name)
  sh.makeArray(v)
  sh.scope.table.set(name, v)
}

/** An element of a compound assignment, expanded. Without a key it goes behind the one before. */
export interface Element {
  readonly key?: string
  readonly value: string
  readonly append: boolean
  /** How messages show the word, when it goes into an indexed and into an associative array. */
  readonly shown?: string
  readonly shownAssoc?: string
}

/**
 * The words between the parentheses, expanded. For an associative array no word becomes several; a first word without a
 * key makes all of them keys and values in turn. `declared`: in an argument of a declaration, whose words bash has
 * expanded and quoted before it looks at them.
 */
export function evaluateElements(sh: Shell, elements: readonly ArrayElement[], assoc: boolean, declared = false): Element[] {
  if (!assoc) return elements.flatMap((e) => indexedElement(sh, e))
  const pairs = elements[0]?.key === undefined
  return elements.map((e) => assocElement(sh, e, pairs, declared))
}

function assocElement(sh: Shell, e: ArrayElement, pairs: boolean, declared: boolean): Element {
  const raw = e.key === undefined ? e.value.raw : elementText(e)
  const key = e.key === undefined ? undefined : sh.expander.string(e.key, 'none')
  const value = sh.expander.string(e.value, 'none')
  if (key !== undefined && !pairs)
    return { key, value, append: e.append, shownAssoc: declared ? keyed(e, requote(key), requote(value)) : raw }
  const whole = key === undefined ? value : keyed(e, key, value)
  return { value: whole, append: false, shownAssoc: declared ? requote(pairs ? whole : raw) : raw }
}

function indexedElement(sh: Shell, e: ArrayElement): Element[] {
  const { braceexpand } = sh.options
  if (e.key !== undefined && !(e.value.brace && braceexpand && braceExpand(e.value).length > 1)) {
    const key = sh.expander.string(e.key, 'none')
    const value = sh.expander.string(e.value, 'assign')
    return [{ key, value, append: e.append, shown: keyed(e, key, value), shownAssoc: keyed(e, requote(key), requote(value)) }]
  }
  const fields: string[] = []
  sh.expander.word(e.value, fields)
  const { key: word } = e
  // Brace expansion makes words of it that are no assignments any more.
  const head = word === undefined ? (s: string) => s : (s: string) => keyed(e, sh.expander.string(word, 'none'), s)
  return fields.map((s) => ({ value: head(s), append: false, shownAssoc: requote(head(s)) }))
}

function keyed(e: ArrayElement, key: string, value: string): string {
  return `[${key}]${e.append ? '+' : ''}=${value}`
}

/** As bash quotes what it has expanded and will expand again: the characters it marks with are doubled. */
function requote(text: string): string {
  return singleQuote(text.replace(/[\x01\x7f]/g, '\x01$&'))
}

function elementText(e: ArrayElement): string {
  return keyed(e, e.key?.raw ?? '', e.value.raw)
}

/** `name=(…)`, or `name+=(…)`; `target`: the variable, when it is not the one the name has now. */
export function assignArray(sh: Shell, name: string, elements: readonly Element[], append: boolean, target?: Variable): void {
  let v = target ?? sh.lookup(name)
  if (v === undefined) {
    v = new Variable(sh.namerefTarget(name)?.name ?? name)
    sh.scope.table.set(v.name, v)
  }
  if (v.readonly) throw new AssignmentError(`${name}: readonly variable`)
  if (v.assoc !== undefined) {
    const map = append ? v.assoc : new AssocMap()
    if (elements[0]?.key === undefined) assignPairs(sh, map, elements)
    else assignKeyed(sh, v, name, map, elements)
    v.assoc = map
    v.invisible = false
    return
  }
  assignIndexed(sh, v, elements, append)
  v.invisible = false
}

function assignPairs(sh: Shell, map: AssocMap, elements: readonly Element[]): void {
  for (let i = 0; i < elements.length; i += 2) {
    const key = elements[i] as Element
    if (key.value === '') sh.error(`${key.shownAssoc ?? ''}: bad array subscript`)
    else map.set(key.value, elements[i + 1]?.value ?? '')
  }
}

function assignKeyed(sh: Shell, v: Variable, name: string, map: AssocMap, elements: readonly Element[]): void {
  for (const e of elements) {
    if (e.key === undefined) sh.error(`${name}: ${e.shownAssoc ?? e.value}: must use subscript when assigning associative array`)
    else if (e.key === '') sh.error(`${e.shownAssoc ?? ''}: bad array subscript`)
    // `+=` appends to what the array had before all of this.
    else map.set(e.key, elementValue(sh, v, e, v.assoc?.get(e.key)))
  }
}

function elementValue(sh: Shell, v: Variable, e: Element, before: string | undefined): string {
  const old = e.append ? before : undefined
  if (v.integer) return String(sh.arithmetic(old === undefined ? e.value : `(${old || 0})+(${e.value})`))
  const text = (old ?? '') + e.value
  if (v.letters === undefined) return text
  return v.letters === 'u' ? upper(text, sh.utf8) : v.letters === 'l' ? lower(text, sh.utf8) : capitalise(text, sh.utf8)
}

function assignIndexed(sh: Shell, v: Variable, elements: readonly Element[], append: boolean): void {
  let array: Sparse
  if (append) array = v.array ?? sh.makeArray(v)
  else {
    array = new Sparse()
    v.dynamic = undefined
    v.value = undefined
    v.array = array
  }
  let next = append ? array.end : 0
  for (const e of elements) {
    if (e.key !== undefined) {
      const i = place(sh, array, e.key, e.shown ?? '')
      if (i === undefined) continue
      next = i
    }
    array.set(next, elementValue(sh, v, e, array.get(next)))
    next++
  }
}

/** Where `[key]=` goes; undefined: nowhere, and that has been said. */
function place(sh: Shell, array: Sparse, key: string, shown: string): number | undefined {
  if (key === '@' || key === '*') {
    sh.error(`${shown}: cannot assign to non-numeric index`)
    return undefined
  }
  let i = key === '' ? -Infinity : subscript(sh, key)
  if (i < 0) i += array.end
  if (i >= 0) return i
  sh.error(`${shown}: bad array subscript`)
  return undefined
}

/** A subscript whose expansions have been made; errors in it never bear a builtin's name. */
function subscript(sh: Shell, text: string): number {
  try {
    return Number(sh.arithmetic(text))
  } catch (error) {
    if (error instanceof ArithmeticError) error.label ??= ''
    throw error
  }
}

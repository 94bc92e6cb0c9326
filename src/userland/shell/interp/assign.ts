import { ArithmeticError } from '../arithmetic/parse.ts'
import { singleQuote } from '../expand/quote.ts'
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
  /** How messages show the word. */
  readonly shown?: string
}

/**
 * The words between the parentheses, expanded. For an associative array no word becomes several; a first word without a
 * key makes all of them keys and values in turn. `declared`: in an argument of a declaration, whose words bash has
 * expanded and quoted before it looks at them.
 */
export function evaluateElements(sh: Shell, elements: readonly ArrayElement[], assoc: boolean, declared = false): Element[] {
  const out: Element[] = []
  const pairs = assoc && elements[0]?.key === undefined
  for (const e of elements) {
    if (pairs || (assoc && e.key === undefined)) {
      const raw = e.key === undefined ? e.value.raw : elementText(e)
      const head = e.key === undefined ? '' : `[${sh.expander.string(e.key, 'none')}]${e.append ? '+' : ''}=`
      const value = head + sh.expander.string(e.value, 'none')
      out.push({ value, append: false, shown: declared ? requote(pairs ? value : raw) : raw })
    } else if (e.key !== undefined) {
      const key = sh.expander.string(e.key, 'none')
      const value = sh.expander.string(e.value, assoc ? 'none' : 'assign')
      const quote = assoc ? requote : (s: string) => s
      const shown = assoc && !declared ? elementText(e) : `[${quote(key)}]${e.append ? '+' : ''}=${quote(value)}`
      out.push({ key, value, append: e.append, shown })
    } else {
      const fields: string[] = []
      sh.expander.word(e.value, fields)
      for (const value of fields) out.push({ value, append: false })
    }
  }
  return out
}

/** As bash quotes what it has expanded and will expand again: the characters it marks with are doubled. */
function requote(text: string): string {
  return singleQuote(text.replace(/[\x01\x7f]/g, '\x01$&'))
}

function elementText(e: ArrayElement): string {
  return `[${e.key?.raw ?? ''}]${e.append ? '+' : ''}=${e.value.raw}`
}

/** `name=(…)`, or `name+=(…)`. */
export function assignArray(sh: Shell, name: string, elements: readonly Element[], append: boolean): void {
  let v = sh.lookup(name)
  if (v === undefined) {
    v = new Variable(sh.namerefTarget(name)?.name ?? name)
    sh.scope.table.set(v.name, v)
  }
  if (v.readonly) throw new AssignmentError(`${name}: readonly variable`)
  if (v.assoc !== undefined) {
    if (!append) v.assoc = new AssocMap()
    if (elements[0]?.key === undefined) {
      for (let i = 0; i < elements.length; i += 2) {
        const key = elements[i] as Element
        if (key.value === '') sh.error(`${key.shown ?? ''}: bad array subscript`)
        else v.assoc.set(key.value, elements[i + 1]?.value ?? '')
      }
    } else {
      for (const e of elements) {
        if (e.key === undefined) {
          sh.error(`${name}: ${e.shown ?? e.value}: must use subscript when assigning associative array`)
          continue
        }
        if (e.key === '') {
          sh.error(`${e.shown ?? ''}: bad array subscript`)
          continue
        }
        v.assoc.set(e.key, e.append ? (v.assoc.get(e.key) ?? '') + e.value : e.value)
      }
    }
    v.invisible = false
    return
  }
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
      if (e.key === '') {
        sh.error(`${e.shown ?? ''}: bad array subscript`)
        continue
      }
      if (e.key === '@' || e.key === '*') {
        sh.error(`${e.shown ?? ''}: cannot assign to non-numeric index`)
        continue
      }
      let i = subscript(sh, e.key)
      if (i < 0) i += array.end
      if (i < 0) {
        sh.error(`${e.shown ?? ''}: bad array subscript`)
        continue
      }
      next = i
    }
    const old = e.append ? array.get(next) : undefined
    array.set(
      next,
      v.integer ? String(sh.arithmetic(old === undefined ? e.value : `(${old || 0})+(${e.value})`)) : caseOf(v, (old ?? '') + e.value),
    )
    next++
  }
  v.invisible = false
  if (sh.options.allexport) v.exported = true
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

function caseOf(v: Variable, s: string): string {
  return v.letters === 'u' ? s.toUpperCase() : v.letters === 'l' ? s.toLowerCase() : s
}

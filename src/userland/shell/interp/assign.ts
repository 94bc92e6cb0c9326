import type { ArrayElement, Assign } from '../syntax/ast.ts'
import { declaredEmpty } from './declaration.ts'
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

/** An element of a compound assignment, expanded. Without a key it goes behind the one before. */
export interface Element {
  readonly key?: string
  readonly value: string
  readonly append: boolean
}

export function evaluateElements(sh: Shell, elements: readonly ArrayElement[], assoc: boolean): Element[] {
  const out: Element[] = []
  for (const e of elements) {
    if (e.key !== undefined) {
      out.push({
        key: assoc ? sh.expander.string(e.key, 'none') : e.key.raw,
        value: sh.expander.string(e.value, 'assign'),
        append: e.append,
      })
    } else {
      const fields: string[] = []
      sh.expander.word(e.value, fields)
      for (const value of fields) out.push({ value, append: false })
    }
  }
  return out
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
    if (!append) v.assoc = new Map()
    const loose = elements.every((e) => e.key === undefined)
    if (loose) {
      for (let i = 0; i < elements.length; i += 2) v.assoc.set(elements[i]?.value ?? '', elements[i + 1]?.value ?? '')
    } else {
      for (const e of elements) {
        if (e.key === undefined) {
          sh.error(`${name}: ${e.value}: must use subscript when assigning associative array`)
          continue
        }
        if (e.key === '') {
          sh.error(`[${e.key}]=${e.value}: bad array subscript`)
          continue
        }
        v.assoc.set(e.key, e.append ? (v.assoc.get(e.key) ?? '') + e.value : e.value)
      }
    }
    declaredEmpty.add(v)
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
      let i = Number(sh.arithmetic(sh.expander.quotedText(sh.arithmeticWord(sh.subscriptWord(e.key)))))
      if (i < 0) i += array.end
      if (i < 0) throw new AssignmentError(`[${e.key}]=${e.value}: bad array subscript`)
      next = i
    }
    const old = e.append ? array.get(next) : undefined
    array.set(
      next,
      v.integer ? String(sh.arithmetic(old === undefined ? e.value : `(${old || 0})+(${e.value})`)) : caseOf(v, (old ?? '') + e.value),
    )
    next++
  }
  declaredEmpty.add(v)
  if (sh.options.allexport) v.exported = true
}

function caseOf(v: Variable, s: string): string {
  return v.letters === 'u' ? s.toUpperCase() : v.letters === 'l' ? s.toLowerCase() : s
}

import { AssocMap } from '../interp/assoc.ts'
import { AssignmentError, type Shell } from '../interp/shell.ts'
import { Variable } from '../interp/variables.ts'

/** Attributes asked for: true sets, false (`+x`) takes away. */
export interface Attributes {
  readonly letters: Map<string, boolean>
  readonly print: boolean
  readonly functions: boolean
  readonly functionNames: boolean
  readonly global: boolean
  /** With `global`: a local of the running function is meant if there is one (`export`, `readonly`). */
  readonly checkLocal: boolean
  readonly inherit: boolean
}

/** What an argument of a declaration is: `name`, `name[…]`, `name=…`. */
export interface Shape {
  readonly element: boolean
  readonly assigns: boolean
}

/**
 * Makes or finds the variable of a declaration and gives it its attributes, except those that only count after a value is
 * there ({@link finishAttributes}). Undefined: it failed, and that has been said. Source: bash, declare.
 */
export function declareVariable(sh: Shell, written: string, shape: Shape, a: Attributes, local: boolean): Variable | undefined {
  const want = (c: string): boolean | undefined => a.letters.get(c)
  const name = local || want('n') ? written : (sh.namerefTarget(written)?.name ?? written)
  const v = local && !a.global ? localVariable(sh, name, a) : sharedVariable(sh, name, shape, a)
  if (!shape.assigns && !v.isSet && !v.isArray) v.invisible = true
  if (v.readonly && (want('r') === false || shape.assigns || want('i') !== undefined))
    throw new AssignmentError(`${name}: readonly variable`)
  if (!beArray(sh, v, shape, a)) return undefined
  if (want('i') !== undefined) v.integer = want('i') as boolean
  for (const c of ['l', 'u', 'c'] as const) {
    if (want(c) === true) v.letters = want('l') && want('u') ? undefined : c
    else if (want(c) === false && v.letters === c) v.letters = undefined
  }
  if (want('t') !== undefined) v.trace = want('t') as boolean
  if (want('n') === false) v.nameref = false
  return v
}

export function finishAttributes(v: Variable, a: Attributes): void {
  if (a.letters.get('n')) v.nameref = true
  const x = a.letters.get('x')
  if (x !== undefined) v.exported = x
  if (a.letters.get('r')) v.readonly = true
}

function localVariable(sh: Shell, name: string, a: Attributes): Variable {
  const before = sh.scope.raw(name)
  if (before?.readonly && !sh.scope.isLocal(name)) throw new AssignmentError(`${name}: readonly variable`)
  const { variable: v, outer } = sh.scope.local(name)
  if (outer !== undefined && (a.inherit || sh.shopts.localvar_inherit)) {
    v.value = outer.value
    v.array = outer.array?.copy()
    v.assoc = outer.assoc?.copy()
    v.integer = outer.integer
    v.letters = outer.letters
    v.exported = outer.exported
  }
  if (outer !== undefined && v !== outer && sh.scope.watched.has(name)) sh.changed(name)
  return v
}

function sharedVariable(sh: Shell, name: string, shape: Shape, a: Attributes): Variable {
  const old = a.global && !(a.checkLocal && sh.scope.isLocal(name)) ? globalVariable(sh, name) : sh.scope.raw(name)
  const v = old ?? new Variable(name)
  if (old !== undefined) return v
  sh.scope.table.set(name, v)
  // `set -a` means what is made as a scalar.
  if (sh.options.allexport && !shape.element && !a.letters.get('a') && !a.letters.get('A')) v.exported = true
  return v
}

/** Makes the variable an array if it is to be one. False: it can't be, and that has been said. */
function beArray(sh: Shell, v: Variable, shape: Shape, a: Attributes): boolean {
  const want = (c: string): boolean | undefined => a.letters.get(c)
  const fails = (message: string): false => {
    sh.complain(`${v.name}: ${message}`)
    return false
  }
  if ((want('a') === false && v.array) || (want('A') === false && v.assoc)) return fails('cannot destroy array variables in this way')
  if (want('n') && v.isArray) return fails('reference variable cannot be an array')
  if (want('A')) {
    if (v.array !== undefined) return fails('cannot convert indexed to associative array')
    if (v.assoc === undefined) makeAssoc(v)
    return true
  }
  if (want('a') && v.assoc !== undefined) return fails('cannot convert associative to indexed array')
  if ((want('a') || shape.element) && !v.isArray) {
    sh.makeArray(v)
    if (shape.assigns) v.invisible = false
  }
  return true
}

function makeAssoc(v: Variable): void {
  v.assoc = new AssocMap()
  if (v.value !== undefined) v.assoc.set('0', v.value)
  v.value = undefined
  v.dynamic = undefined
}

/** The variable at global scope, beneath all locals. */
function globalVariable(sh: Shell, name: string): Variable | undefined {
  for (const frame of sh.scope.frames) {
    if (!frame.saved.has(name)) continue
    const saved = frame.saved.get(name)
    if (saved !== undefined) return saved
    const made = new Variable(name)
    frame.saved.set(name, made)
    return made
  }
  return sh.scope.raw(name)
}

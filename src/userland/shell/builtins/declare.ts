import { doubleQuote, quoteTrace } from '../expand/quote.ts'
import { assignArray, evaluateElements } from '../interp/assign.ts'
import { declaration, setLine } from '../interp/declaration.ts'
import { ExitFlow, type Run } from '../interp/flow.ts'
import { AssignmentError, type Shell, SubscriptError } from '../interp/shell.ts'
import { syntaxMessage } from '../interp/syntax-message.ts'
import { trace } from '../interp/trace.ts'
import { Sparse, Variable } from '../interp/variables.ts'
import { type Assign, type List, SyntaxProblem } from '../syntax/ast.ts'
import { Parser } from '../syntax/parser.ts'
import { functionText } from '../syntax/print.ts'
import { type Builtin, invalidOption, parseOptions } from './builtin.ts'
import { type Attributes, declareVariable, finishAttributes } from './declare-variable.ts'

function printFunction(sh: Shell, name: string, namesOnly: boolean): void {
  const f = sh.functions.get(name)
  if (f === undefined) return
  const flags = `-f${f.readonly ? 'r' : ''}${f.trace ? 't' : ''}${f.exported ? 'x' : ''}`
  if (namesOnly) {
    if (sh.shopts.extdebug) sh.out(`${name} ${f.definition.line} ${f.source}\n`)
    else sh.out(`declare ${flags} ${name}\n`)
    return
  }
  sh.out(`${functionText(name, f.definition.body)}\n`)
  if (flags !== '-f') sh.out(`declare ${flags} ${name}\n`)
}

function sortedNames(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** EX_BADASSIGN of bash: 1 for the script, but a process forked for the builtin ends with what fits of it. */
const BAD_ASSIGNMENT = 260

/** `declare`, `typeset`, `local`. Source: bash, declare. */
function* declare(sh: Shell, args: readonly string[]): Run<number> {
  const local = sh.builtinName === 'local'
  if (local && sh.functionDepth === 0) {
    if (sh.isDash) {
      sh.complain('not in a function')
      throw new ExitFlow(2)
    }
    sh.complain('can only be used in a function')
    return 1
  }
  const letters = new Map<string, boolean>()
  let i = 0
  for (; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      i++
      break
    }
    if (!/^[-+]./.test(arg)) break
    for (const c of arg.slice(1)) {
      if (!'aAfFgiIlnrtuxpc'.includes(c)) invalidOption(sh, `${arg[0]}${c}`)
      letters.set(c, arg[0] === '-')
    }
  }
  if (local && args[i] === '-') {
    sh.localOptions ??= { ...sh.options }
    i++
    if (i >= args.length) return 0
  }
  const a: Attributes = {
    letters,
    print: letters.has('p'),
    functions: letters.has('f') || letters.has('F'),
    functionNames: letters.has('F'),
    global: letters.has('g'),
    checkLocal: false,
    inherit: letters.has('I'),
  }
  const names = args.slice(i)
  if (a.functions) return declareFunctions(sh, names, a)
  if (names.length === 0) return list(sh, a, local)
  if (a.print) return printNamed(sh, names)
  let status = 0
  for (let k = i; k < args.length; k++) {
    try {
      const done = yield* one(sh, args[k] as string, a, local || (sh.functionDepth > 0 && !a.global))
      if (done !== true && status !== BAD_ASSIGNMENT) status = done === 'bad' ? BAD_ASSIGNMENT : 1
    } catch (error) {
      if (!(error instanceof AssignmentError)) throw error
      if (error instanceof SubscriptError) sh.error(error.message)
      else sh.complain(error.message)
      status = 1
    }
  }
  return status
}

function declareFunctions(sh: Shell, names: readonly string[], a: Attributes): number {
  if (names.length === 0) {
    for (const name of sortedNames(sh.functions.keys())) {
      if (a.letters.has('x') && !sh.functions.get(name)?.exported) continue
      printFunction(sh, name, a.functionNames)
    }
    return 0
  }
  let status = 0
  for (const name of names) {
    const f = sh.functions.get(name)
    if (f === undefined) {
      if (a.print) sh.complain(`${name}: not found`)
      else if (name.includes('=')) {
        sh.complain("cannot use `-f' to make functions")
        return 1
      }
      status = 1
      continue
    }
    const flags = ['x', 'r', 't'].filter((c) => a.letters.has(c))
    for (const c of flags) {
      const on = a.letters.get(c) === true
      if (c === 'x') f.exported = on
      else if (c === 't') f.trace = on
      else if (on) f.readonly = true
      else if (f.readonly) {
        sh.complain(`${name}: readonly function`)
        status = 1
      }
    }
    if (flags.length === 0 || a.print) {
      if (a.functionNames) sh.out(sh.shopts.extdebug ? `${name} ${f.definition.line} ${f.source}\n` : `${name}\n`)
      else printFunction(sh, name, false)
    }
  }
  return status
}

function list(sh: Shell, a: Attributes, local: boolean): number {
  const wanted = [...a.letters].filter(([c, on]) => on && 'aAilnrtux'.includes(c)).map(([c]) => c)
  const names = local ? sh.scope.localNames() : sh.scope.table.keys()
  for (const name of sortedNames(names)) {
    const v = sh.scope.raw(name)
    if (v === undefined) continue
    if (wanted.length > 0 || a.print || local) {
      if (!wanted.every((c) => v.flags().includes(c))) continue
      if (v.dynamic !== undefined && v.integer) sh.out(`declare -${v.flags()} ${name}\n`)
      else if (local || v.isSet || v.flags() !== '' || v.isArray) sh.out(`${declaration(v, sh.utf8)}\n`)
    } else if (v.isSet) sh.out(`${setLine(v, sh.utf8)}\n`)
  }
  if (!local && wanted.length === 0 && !a.print) for (const name of sortedNames(sh.functions.keys())) printFunction(sh, name, false)
  return 0
}

function printNamed(sh: Shell, names: readonly string[]): number {
  let status = 0
  for (const name of names) {
    const v = sh.scope.raw(name)
    if (v === undefined) {
      sh.complain(`${name}: not found`)
      status = 1
    } else sh.out(`${declaration(v, sh.utf8)}\n`)
  }
  return status
}

/** Declares one name, perhaps with a value. False: it failed, and that has been said; `bad`: it can't be assigned to. */
function* one(sh: Shell, arg: string, a: Attributes, local: boolean): Run<boolean | 'bad'> {
  const m = /^([A-Za-z_]\w*)(\[[\s\S]*?\])?(\+?=)([\s\S]*)$/.exec(arg)
  const head = m === null ? /^([A-Za-z_]\w*)(\[[\s\S]*\])?$/.exec(arg) : m
  if (head === null) {
    sh.complain(`\`${arg}': not a valid identifier`)
    return 'bad'
  }
  const index = head[2]?.slice(1, -1)
  const v = declareVariable(sh, head[1] as string, { element: index !== undefined, assigns: m !== null }, a, local)
  if (v === undefined) return false
  if (m !== null) {
    const done = yield* giveValue(
      sh,
      v,
      { name: local ? (head[1] as string) : v.name, index, value: m[4] as string, append: m[3] === '+=' },
      a,
      local,
    )
    if (done !== true) return done
  }
  finishAttributes(v, a)
  return true
}

interface Given {
  readonly name: string
  readonly index: string | undefined
  readonly value: string
  readonly append: boolean
}

function* giveValue(sh: Shell, v: Variable, given: Given, a: Attributes, local: boolean): Run<boolean | 'bad'> {
  const { name, index, value, append } = given
  if (a.letters.get('n')) return referTo(sh, v, value, local)
  if (index !== undefined) {
    // bash gives an element its value after the variable has become readonly.
    if (a.letters.get('r')) {
      finishAttributes(v, a)
      sh.error(`${name}: readonly variable`)
      return 'bad'
    }
    sh.assignText(name, sh.subscriptWord(index), value, append)
  } else if (v.isArray && /^\(.*\)$/s.test(value)) {
    const parsed = compoundOf(sh, name, value)
    const elements = yield* sh.expander.settle(() => evaluateElements(sh, parsed?.array ?? [], v.assoc !== undefined, true))
    assignArray(sh, name, elements, append)
  } else sh.set(name, value, append)
  return true
}

/** `declare -n name=value` */
function referTo(sh: Shell, v: Variable, value: string, local: boolean): boolean | 'bad' {
  if (!/^[A-Za-z_]\w*(\[.*\])?$/s.test(value)) {
    sh.complain(value === '' ? "`': not a valid identifier" : `\`${value}': invalid variable name for name reference`)
    return 'bad'
  }
  if (value === v.name) {
    if (!local) {
      sh.complain(`${v.name}: nameref variable self references not allowed`)
      return false
    }
    sh.complain(`warning: ${v.name}: circular name reference`)
  }
  v.value = value
  return true
}

/** Parses `(…)` that came as the value of an expansion. */
function compoundOf(sh: Shell, name: string, value: string): Assign | undefined {
  let list: List | undefined
  try {
    list = new Parser(`${name}=${value}`, { extglob: true, posix: false, line: sh.line }).complete()
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    syntaxMessage(sh, error)
  }
  const c = list?.items[0]?.command
  return c?.type === 'simple' ? c.assigns[0] : undefined
}

/** `export` and `readonly`. */
function mark(kind: 'export' | 'readonly'): Builtin {
  return function* (sh, args) {
    const o = parseOptions(sh, args, 'aAfnp')
    const start = args.length - o.rest.length
    if (o.rest.length === 0) {
      if (o.has('f')) {
        for (const name of sortedNames(sh.functions.keys()))
          if (kind === 'export' ? sh.functions.get(name)?.exported : sh.functions.get(name)?.readonly) printFunction(sh, name, false)
        return 0
      }
      for (const name of sortedNames(sh.scope.table.keys())) {
        const v = sh.scope.raw(name)
        if (v === undefined || !(kind === 'export' ? v.exported : v.readonly)) continue
        if (o.has('a') && v.array === undefined) continue
        if (o.has('A') && v.assoc === undefined) continue
        if (sh.posix)
          sh.out(
            `${kind} ${name}${v.isSet ? `=${sh.isDash ? `'${(v.scalar() ?? '').replaceAll("'", "'\"'\"'")}'` : doubleQuote(v.scalar() ?? '', sh.utf8)}` : ''}\n`,
          )
        else sh.out(`${declaration(v, sh.utf8)}\n`)
      }
      return 0
    }
    let status = 0
    for (let k = start; k < args.length; k++) {
      const arg = args[k] as string
      const m = /^([A-Za-z_]\w*)(?:(\[[\s\S]*?\])?(\+?=)([\s\S]*))?$/.exec(arg)
      if (m?.[2] !== undefined && !sh.isDash) {
        sh.complain(`\`${m[1]}${m[2]}': not a valid identifier`)
        status = 1
        continue
      }
      if (o.has('f')) {
        const f = sh.functions.get(arg)
        if (f === undefined) {
          sh.complain(`${arg}: not a function`)
          status = 1
        } else if (kind === 'export') f.exported = !o.has('n')
        else f.readonly = true
        continue
      }
      if (m === null) {
        if (sh.isDash) {
          sh.complain(`${arg.replace(/=.*/s, '')}: bad variable name`)
          return 2
        }
        sh.complain(`\`${arg}': not a valid identifier`)
        status = 1
        continue
      }
      const name = m[1] as string
      try {
        if (m[3] !== undefined) {
          if (sh.options.xtrace) yield* trace(sh, `${name}${m[3]}${quoteTrace(m[4] as string, sh.utf8).replace(/^''$/, '')}`)
          if (m[2] !== undefined) sh.assignText(name, sh.subscriptWord(m[2].slice(1, -1)), m[4] as string, m[3] === '+=')
          else sh.set(name, m[4] as string, m[3] === '+=')
        }
      } catch (error) {
        if (!(error instanceof AssignmentError)) throw error
        if (sh.isDash) throw error
        // A readonly variable is marked for export all the same.
        sh.error(error.message)
        status = 1
      }
      let v = sh.lookup(name)
      if (v === undefined) {
        v = new Variable(name)
        sh.scope.table.set(name, v)
      }
      if (kind === 'export') v.exported = !o.has('n')
      else {
        if (o.has('a') && v.array === undefined) sh.makeArray(v)
        if (!o.has('n')) v.readonly = true
      }
    }
    return status
  }
}

const unset: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'fvn')
  if (o.has('f') && o.has('v')) {
    sh.complain('cannot simultaneously unset a function and a variable')
    return 1
  }
  let status = 0
  for (const arg of o.rest) {
    const m = /^([A-Za-z_]\w*)(?:\[([\s\S]*)\])?$/.exec(arg)
    if (o.has('f') || (m === null && !o.has('v') && !sh.isDash)) {
      const f = sh.functions.get(arg)
      if (f?.readonly) {
        sh.complain(`${arg}: cannot unset: readonly function`)
        status = 1
      } else sh.functions.delete(arg)
      continue
    }
    if (m === null) {
      if (sh.isDash) {
        sh.complain(`${arg}: bad variable name`)
        return 2
      }
      sh.complain(`\`${arg}': not a valid identifier`)
      status = 1
      continue
    }
    let name = m[1] as string
    let index = m[2]
    if (!o.has('n')) {
      const ref = sh.namerefTarget(name)
      if (ref !== undefined) {
        name = ref.name
        index ??= ref.index
      }
    }
    const v = sh.scope.raw(name)
    if (v === undefined) {
      if (!o.has('v') && !o.has('n') && index === undefined) sh.functions.delete(name)
      continue
    }
    if (v.readonly) {
      sh.complain(sh.isDash ? `${name}: is read only` : `${name}: cannot unset: readonly variable`)
      status = sh.isDash ? 2 : 1
      continue
    }
    if (o.has('n') && !v.nameref) continue
    if (index === undefined) {
      sh.scope.remove(name)
      continue
    }
    if (v.assoc !== undefined) {
      v.assoc.delete(sh.expander.string(sh.subscriptWord(index), 'none'))
    } else if (v.array !== undefined) {
      if (index === '@' || index === '*') v.array = new Sparse()
      else {
        let i = sh.indexOf(sh.subscriptWord(index))
        if (i < 0) i += v.array.end
        if (i < 0) {
          sh.complain(`[${index}]: bad array subscript`)
          status = 1
        } else v.array.delete(i)
      }
    } else if (Number(sh.arithmetic(index)) === 0) sh.scope.remove(name)
    else {
      sh.complain(`${name}: not an array variable`)
      status = 1
    }
  }
  return status
}

export const declarations: Readonly<Record<string, Builtin>> = {
  declare,
  typeset: declare,
  local: declare,
  export: mark('export'),
  readonly: mark('readonly'),
  unset,
}

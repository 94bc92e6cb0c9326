import { format, NATIVES, PRELUDE } from './builtins.ts'
import { define, type Env, Evaluator } from './evaluate.ts'
import { type Ast, JqSyntaxError, type Pattern, parseDefinitions, parseJq } from './parse.ts'
import type { Json } from './value.ts'

let prelude: Env | undefined

/** The scope with the builtins written in jq; made at the first use. */
export function builtinScope(): Env {
  if (prelude !== undefined) return prelude
  const scopes: Env[] = []
  for (const def of parseDefinitions(PRELUDE)) scopes.push(define(scopes.at(-1), def))
  const all = scopes.at(-1) as Env
  // Builtins may use each other whatever their order.
  for (const scope of scopes) if (scope.closure !== undefined) scope.closure.env = all
  prelude = all
  return all
}

const SPECIAL = new Set([
  'empty/0',
  'error/0',
  'error/1',
  'not/0',
  'path/1',
  'getpath/1',
  'del/1',
  'range/1',
  'range/2',
  'range/3',
  'limit/2',
  'first/1',
  'sort_by/1',
  'group_by/1',
  'unique_by/1',
  'min_by/1',
  'max_by/1',
  'input/0',
  'inputs/0',
  'debug/0',
  'stderr/0',
  'env/0',
  'now/0',
  'input_filename/0',
  'input_line_number/0',
  'halt/0',
  'halt_error/0',
  'halt_error/1',
])

/** Names used and not defined, as `name/arity` or `$name`, with their positions. */
export function undefinedNames(ast: Ast, env: Env): { name: string; at: number }[] {
  const out: { name: string; at: number }[] = []
  const known = (scope: Env | undefined, name: string): boolean => {
    for (let e = scope; e !== undefined; e = e.parent) if (e.name === name) return true
    return false
  }
  const bound = (p: Pattern): string[] =>
    p.t === 'name'
      ? [p.name]
      : p.t === 'array'
        ? p.items.flatMap(bound)
        : p.entries.flatMap((e) => [...(e.bind === undefined ? [] : [e.bind]), ...(e.value === undefined ? [] : bound(e.value))])
  const withVars = (scope: Env, names: readonly string[]): Env =>
    names.reduce<Env>((e, name) => ({ parent: e, name: `$${name}`, value: null }), scope)
  const visit = (node: Ast | undefined, scope: Env): void => {
    if (node === undefined) return
    switch (node.t) {
      case 'variable':
        if (node.name !== 'ENV' && !known(scope, `$${node.name}`)) out.push({ name: `$${node.name}`, at: node.at })
        return
      case 'call': {
        const key = `${node.name}/${node.args.length}`
        if (!known(scope, key) && !NATIVES.has(key) && !SPECIAL.has(key)) out.push({ name: key, at: node.at })
        for (const arg of node.args) visit(arg, scope)
        return
      }
      case 'def': {
        const inner = define(scope, node.def)
        const params = node.def.params.reduce<Env>(
          (e, p) =>
            p.startsWith('$') ? { parent: { parent: e, name: `${p.slice(1)}/0` }, name: p, value: null } : { parent: e, name: `${p}/0` },
          inner,
        )
        visit(node.def.body, params)
        visit(node.body, inner)
        return
      }
      case 'as':
        visit(node.of, scope)
        visit(node.body, withVars(scope, node.patterns.flatMap(bound)))
        return
      case 'reduce':
      case 'foreach': {
        visit(node.of, scope)
        visit(node.init, scope)
        const inner = withVars(scope, bound(node.as))
        visit(node.update, inner)
        if (node.t === 'foreach') visit(node.extract, inner)
        return
      }
      case 'label':
        visit(node.body, { parent: scope, name: `*${node.name}` })
        return
      case 'break':
        if (!known(scope, `*${node.name}`)) out.push({ name: `$*label-${node.name}`, at: 0 })
        return
      case 'object':
        for (const [key, value] of node.entries) {
          visit(key, scope)
          visit(value, scope)
        }
        return
      case 'string':
        for (const part of node.parts) if (typeof part !== 'string') visit(part, scope)
        return
      case 'if':
        visit(node.test, scope)
        visit(node.yes, scope)
        visit(node.no, scope)
        return
      case 'try':
        visit(node.body, scope)
        visit(node.handler, scope)
        return
      case 'slice':
        visit(node.of, scope)
        visit(node.from, scope)
        visit(node.to, scope)
        return
      case 'index':
        visit(node.of, scope)
        visit(node.key, scope)
        return
      case 'iterate':
      case 'optional':
      case 'negate':
      case 'array':
        visit(node.of, scope)
        return
      case 'pipe':
      case 'comma':
      case 'and':
      case 'or':
      case 'alternative':
      case 'binary':
      case 'update':
        visit(node.a, scope)
        visit(node.b, scope)
        return
      default:
    }
  }
  visit(ast, env)
  return out
}

/** A filter that reads nothing but its input, ready to be applied. Throws JqSyntaxError; applying it throws JqError. */
export function compileFilter(source: string, environment: Json): (input: Json) => Generator<Json> {
  const ast = parseJq(source)
  const scope = builtinScope()
  const [missing] = undefinedNames(ast, scope)
  if (missing !== undefined) throw new JqSyntaxError(`${missing.name} is not defined`, missing.at)
  const host = {
    natives: NATIVES,
    environment,
    named: null,
    nextInput: () => undefined,
    now: () => 0,
    filename: () => null,
    line: () => 0,
    stderr: () => {},
    format,
  }
  return (input) => new Evaluator(host).run(ast, scope, input)
}

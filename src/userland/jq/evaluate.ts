import type { Ast, Definition, Pattern } from './parse.ts'
import { compare, errorKinds, excerpt, isArray, isObject, JqError, type Json, typeOf } from './value.ts'

/** A value on its way through a filter; `path` while paths are tracked (path(), assignment). */
export interface Item {
  readonly v: Json
  readonly path: readonly Json[] | undefined
}

export type Stream = Generator<Item, void, undefined>

/** A filter and the scope it runs in. */
export interface Closure {
  readonly params: readonly string[]
  readonly body: Ast
  env: Env
}

/** Variables and functions in scope: a linked list, innermost first. */
export interface Env {
  readonly parent: Env | undefined
  readonly name: string
  readonly value?: Json
  readonly closure?: Closure
}

class Break extends Error {
  readonly label: object
  constructor(label: object) {
    super('break')
    this.label = label
  }
}

export type Native = (args: readonly Json[], input: Json) => Json

/** Steps after which a filter is taken to run for ever; bounds loops that yield nothing. */
const MAX_STEPS = 20_000_000
const MAX_DEPTH = 1500

/** What the evaluator needs from outside. */
export interface Host {
  readonly natives: ReadonlyMap<string, Native>
  readonly environment: Json
  readonly named: Json
  nextInput(): Json | undefined
  now(): number
  readonly filename: () => Json
  readonly line: () => number
  stderr(text: string): void
  readonly format: (name: string, value: Json) => string
}

export class Evaluator {
  readonly #host: Host
  #steps = 0
  #depth = 0

  constructor(host: Host) {
    this.#host = host
  }

  *run(ast: Ast, env: Env | undefined, v: Json): Generator<Json> {
    for (const item of this.#eval(ast, env, { v, path: undefined })) yield item.v
  }

  #values(ast: Ast, env: Env | undefined, input: Item): Stream {
    return this.#eval(ast, env, { v: input.v, path: undefined })
  }

  *#eval(ast: Ast, env: Env | undefined, input: Item): Stream {
    if (++this.#steps > MAX_STEPS) throw new JqError('podlab: the filter runs too long')
    switch (ast.t) {
      case 'identity':
        yield input
        return
      case 'recurse':
        yield* this.#recurse(input)
        return
      case 'literal':
        yield only(ast.value)
        return
      case 'string':
        yield* this.#string(ast.parts, ast.format, env, input, 0, '')
        return
      case 'format':
        yield only(this.#host.format(ast.name, input.v))
        return
      case 'index':
        for (const of of this.#eval(ast.of, env, input)) {
          for (const key of this.#values(ast.key, env, input)) yield { v: index(of.v, key.v), path: extend(of.path, key.v) }
        }
        return
      case 'slice':
        for (const of of this.#eval(ast.of, env, input)) {
          const bounds = (e: Ast | undefined): Iterable<Item> =>
            e === undefined ? [{ v: null, path: undefined }] : this.#values(e, env, input)
          for (const to of bounds(ast.to)) {
            for (const from of bounds(ast.from)) {
              yield {
                v: slice(of.v, from.v, to.v),
                path: extend(
                  of.path,
                  new Map<string, Json>([
                    ['start', from.v],
                    ['end', to.v],
                  ]),
                ),
              }
            }
          }
        }
        return
      case 'iterate':
        for (const of of this.#eval(ast.of, env, input)) yield* iterate(of)
        return
      case 'optional':
        try {
          yield* this.#eval(ast.of, env, input)
        } catch (error) {
          if (!(error instanceof JqError)) throw error
        }
        return
      case 'negate':
        for (const of of this.#values(ast.of, env, input)) {
          if (typeof of.v !== 'number') throw new JqError(`${errorKinds(of.v)} cannot be negated`)
          yield only(-of.v)
        }
        return
      case 'pipe':
        for (const a of this.#eval(ast.a, env, input)) yield* this.#eval(ast.b, env, a)
        return
      case 'comma':
        yield* this.#eval(ast.a, env, input)
        yield* this.#eval(ast.b, env, input)
        return
      case 'and':
      case 'or':
        for (const a of this.#values(ast.a, env, input)) {
          if (truth(a.v) === (ast.t === 'or')) yield only(ast.t === 'or')
          else for (const b of this.#values(ast.b, env, input)) yield only(truth(b.v))
        }
        return
      case 'alternative': {
        let any = false
        try {
          for (const a of this.#eval(ast.a, env, input)) {
            if (!truth(a.v)) continue
            any = true
            yield a
          }
        } catch (error) {
          if (!(error instanceof JqError)) throw error
        }
        if (!any) yield* this.#eval(ast.b, env, input)
        return
      }
      case 'binary':
        for (const b of this.#values(ast.b, env, input))
          for (const a of this.#values(ast.a, env, input)) yield only(binary(ast.op, a.v, b.v))
        return
      case 'update':
        yield* this.#update(ast, env, input)
        return
      case 'array': {
        const out: Json[] = []
        if (ast.of !== undefined) for (const item of this.#values(ast.of, env, input)) out.push(item.v)
        yield only(out)
        return
      }
      case 'object':
        for (const v of this.#object(ast.entries, env, input, 0, [])) yield only(v)
        return
      case 'if':
        for (const test of this.#values(ast.test, env, input)) yield* this.#eval(truth(test.v) ? ast.yes : ast.no, env, input)
        return
      case 'try':
        try {
          yield* this.#eval(ast.body, env, input)
        } catch (error) {
          if (!(error instanceof JqError)) throw error
          if (isObject(error.value) && error.value.get('__jq') !== undefined) throw error
          if (ast.handler !== undefined) yield* this.#eval(ast.handler, env, { v: error.value, path: undefined })
        }
        return
      case 'reduce': {
        for (const init of this.#eval(ast.init, env, input)) {
          let state: Item | undefined = init
          for (const of of this.#values(ast.of, env, input)) {
            for (const scope of this.#bind(ast.as, env, of.v, input)) {
              let next: Item | undefined
              for (const item of this.#eval(ast.update, scope, state ?? only(null))) next = item
              state = next
            }
          }
          yield state ?? only(null)
        }
        return
      }
      case 'foreach':
        for (const init of this.#eval(ast.init, env, input)) {
          let state = init
          for (const of of this.#values(ast.of, env, input)) {
            for (const scope of this.#bind(ast.as, env, of.v, input)) {
              for (const item of this.#eval(ast.update, scope, state)) {
                state = item
                if (ast.extract === undefined) yield item
                else yield* this.#eval(ast.extract, scope, item)
              }
            }
          }
        }
        return
      case 'as':
        for (const of of this.#values(ast.of, env, input)) {
          for (let i = 0; i < ast.patterns.length; i++) {
            const pattern = ast.patterns[i] as Pattern
            const nulls = ast.patterns
              .flatMap(namesOf)
              .reduce<Env | undefined>((e, name) => ({ parent: e, name: `$${name}`, value: null }), env)
            try {
              for (const scope of this.#bind(pattern, ast.patterns.length > 1 ? nulls : env, of.v, input))
                yield* this.#eval(ast.body, scope, input)
              break
            } catch (error) {
              if (!(error instanceof JqError) || i === ast.patterns.length - 1) throw error
            }
          }
        }
        return
      case 'def':
        yield* this.#eval(ast.body, define(env, ast.def), input)
        return
      case 'label': {
        const label = {}
        try {
          yield* this.#eval(
            ast.body,
            { parent: env, name: `*${ast.name}`, closure: { params: [], body: { t: 'literal', value: null }, env: label as Env } },
            input,
          )
        } catch (error) {
          if (!(error instanceof Break) || error.label !== label) throw error
        }
        return
      }
      case 'break': {
        const found = lookup(env, `*${ast.name}`)
        throw new Break(found?.closure?.env ?? {})
      }
      case 'variable': {
        if (ast.name === 'ENV') {
          yield only(this.#host.environment)
          return
        }
        const found = lookup(env, `$${ast.name}`)
        yield only(found?.value ?? null)
        return
      }
      case 'call':
        yield* this.#call(ast.name, ast.args, env, input)
        return
    }
  }

  *#recurse(input: Item): Stream {
    yield input
    if (isArray(input.v) || isObject(input.v)) for (const item of iterate(input)) yield* this.#recurse(item)
  }

  *#string(
    parts: readonly (string | Ast)[],
    format: string | undefined,
    env: Env | undefined,
    input: Item,
    at: number,
    head: string,
  ): Stream {
    const part = parts[at]
    if (part === undefined) {
      yield only(head)
      return
    }
    if (typeof part === 'string') {
      yield* this.#string(parts, format, env, input, at + 1, head + part)
      return
    }
    for (const item of this.#values(part, env, input)) {
      yield* this.#string(parts, format, env, input, at + 1, head + this.#host.format(format ?? 'text', item.v))
    }
  }

  *#object(
    entries: readonly (readonly [Ast, Ast])[],
    env: Env | undefined,
    input: Item,
    at: number,
    done: readonly (readonly [string, Json])[],
  ): Generator<Json> {
    const entry = entries[at]
    if (entry === undefined) {
      yield new Map(done)
      return
    }
    for (const key of this.#values(entry[0], env, input)) {
      if (typeof key.v !== 'string') throw new JqError(`Object keys must be strings`)
      for (const value of this.#values(entry[1], env, input)) yield* this.#object(entries, env, input, at + 1, [...done, [key.v, value.v]])
    }
  }

  *#bind(pattern: Pattern, env: Env | undefined, v: Json, input: Item): Generator<Env> {
    if (pattern.t === 'name') {
      yield { parent: env, name: `$${pattern.name}`, value: v }
      return
    }
    if (pattern.t === 'array') {
      if (!isArray(v) && v !== null) throw new JqError(`Cannot index ${typeOf(v)} with number`)
      yield* this.#bindItems(pattern.items, 0, env, v, input)
      return
    }
    yield* this.#bindEntries(pattern.entries, 0, env, v, input)
  }

  *#bindItems(items: readonly Pattern[], at: number, env: Env | undefined, v: Json, input: Item): Generator<Env> {
    const item = items[at]
    if (item === undefined) {
      yield env as Env
      return
    }
    for (const scope of this.#bind(item, env, isArray(v) ? (v[at] ?? null) : null, input))
      yield* this.#bindItems(items, at + 1, scope, v, input)
  }

  *#bindEntries(
    entries: Extract<Pattern, { t: 'object' }>['entries'],
    at: number,
    env: Env | undefined,
    v: Json,
    input: Item,
  ): Generator<Env> {
    const entry = entries[at]
    if (entry === undefined) {
      yield env as Env
      return
    }
    for (const key of this.#values(entry.key, env, input)) {
      const value = index(v, key.v)
      const scope: Env | undefined = entry.bind === undefined ? env : { parent: env, name: `$${entry.bind}`, value }
      if (entry.value === undefined) yield* this.#bindEntries(entries, at + 1, scope, v, input)
      else for (const inner of this.#bind(entry.value, scope, value, input)) yield* this.#bindEntries(entries, at + 1, inner, v, input)
    }
  }

  #paths(ast: Ast, env: Env | undefined, v: Json): (readonly Json[])[] {
    const out: (readonly Json[])[] = []
    for (const item of this.#eval(ast, env, { v, path: [] })) {
      if (item.path === undefined) throw new JqError(`Invalid path expression with result ${excerpt(item.v)}`)
      out.push(item.path)
    }
    return out
  }

  *#update(ast: Extract<Ast, { t: 'binary' | 'update' }>, env: Env | undefined, input: Item): Stream {
    if (ast.op === '|=') {
      let v = input.v
      const removed: (readonly Json[])[] = []
      for (const path of this.#paths(ast.a, env, input.v)) {
        let done = false
        for (const item of this.#values(ast.b, env, { v: getPath(v, path), path: undefined })) {
          v = setPath(v, path, item.v)
          done = true
          break
        }
        if (!done) removed.push(path)
      }
      yield only(removed.length > 0 ? deletePaths(v, removed) : v)
      return
    }
    for (const right of this.#values(ast.b, env, input)) {
      let v = input.v
      for (const path of this.#paths(ast.a, env, input.v)) {
        if (ast.op === '=') v = setPath(v, path, right.v)
        else if (ast.op === '//=') {
          const old = getPath(v, path)
          v = setPath(v, path, truth(old) ? old : right.v)
        } else v = setPath(v, path, binary(ast.op.charAt(0), getPath(v, path), right.v))
      }
      yield only(v)
    }
  }

  *#call(name: string, args: readonly Ast[], env: Env | undefined, input: Item): Stream {
    const found = lookup(env, `${name}/${args.length}`)
    if (found?.closure !== undefined) {
      yield* this.#apply(found.closure, args, env, input)
      return
    }
    yield* this.#builtin(name, args, env, input)
  }

  *#apply(closure: Closure, args: readonly Ast[], env: Env | undefined, input: Item): Stream {
    if (this.#depth > MAX_DEPTH) throw new JqError('podlab: recursion too deep for the model')
    this.#depth++
    try {
      yield* this.#applyFrom(closure, args, 0, closure.env, env, input)
    } finally {
      this.#depth--
    }
  }

  *#applyFrom(closure: Closure, args: readonly Ast[], at: number, scope: Env, env: Env | undefined, input: Item): Stream {
    const param = closure.params[at]
    if (param === undefined) {
      yield* this.#eval(closure.body, scope, input)
      return
    }
    const arg = args[at] as Ast
    const bound: Closure = { params: [], body: arg, env: env as Env }
    if (!param.startsWith('$')) {
      yield* this.#applyFrom(closure, args, at + 1, { parent: scope, name: `${param}/0`, closure: bound }, env, input)
      return
    }
    for (const value of this.#values(arg, env, input)) {
      const named: Env = {
        parent: { parent: scope, name: `${param.slice(1)}/0`, closure: { params: [], body: { t: 'literal', value: value.v }, env: scope } },
        name: param,
        value: value.v,
      }
      yield* this.#applyFrom(closure, args, at + 1, named, env, input)
    }
  }

  *#builtin(name: string, args: readonly Ast[], env: Env | undefined, input: Item): Stream {
    const [a, b, c] = args
    const host = this.#host
    switch (`${name}/${args.length}`) {
      case 'empty/0':
        return
      case 'error/0':
        throw new JqError(input.v)
      case 'error/1':
        for (const item of this.#values(a as Ast, env, input)) throw new JqError(item.v)
        return
      case 'not/0':
        yield only(!truth(input.v))
        return
      case 'path/1':
        for (const path of this.#paths(a as Ast, env, input.v)) yield only([...path])
        return
      case 'getpath/1':
        for (const item of this.#values(a as Ast, env, input)) {
          if (!isArray(item.v)) throw new JqError('Path must be specified as an array')
          yield { v: getPath(input.v, item.v), path: input.path === undefined ? undefined : [...input.path, ...item.v] }
        }
        return
      case 'del/1':
        yield only(deletePaths(input.v, this.#paths(a as Ast, env, input.v)))
        return
      case 'range/1':
      case 'range/2':
        for (const to of this.#values((b ?? a) as Ast, env, input)) {
          for (const from of b === undefined ? [{ v: 0 }] : this.#values(a as Ast, env, input)) {
            if (typeof from.v !== 'number' || typeof to.v !== 'number') throw new JqError('Range bounds must be numeric')
            for (let i = from.v; i < to.v; i++) yield only(i)
          }
        }
        return
      case 'range/3':
        for (const from of this.#values(a as Ast, env, input)) {
          for (const to of this.#values(b as Ast, env, input)) {
            for (const by of this.#values(c as Ast, env, input)) {
              if (typeof from.v !== 'number' || typeof to.v !== 'number' || typeof by.v !== 'number')
                throw new JqError('Range bounds must be numeric')
              if (by.v > 0) for (let i = from.v; i < to.v; i += by.v) yield only(i)
              else if (by.v < 0) for (let i = from.v, step = -by.v; i > to.v; i -= step) yield only(i)
              else if (from.v < to.v) for (;;) yield only(from.v)
            }
          }
        }
        return
      case 'limit/2':
        for (const n of this.#values(a as Ast, env, input)) {
          let left = Number(n.v)
          if (left <= 0) continue
          for (const item of this.#eval(b as Ast, env, input)) {
            yield item
            if (--left <= 0) break
          }
        }
        return
      case 'first/1':
        for (const item of this.#eval(a as Ast, env, input)) {
          yield item
          return
        }
        return
      case 'sort_by/1':
      case 'group_by/1':
      case 'unique_by/1':
      case 'min_by/1':
      case 'max_by/1': {
        const list = arrayOf(input.v, name.startsWith('group') ? 'grouped' : 'sorted')
        const keyed = list.map((v) => ({ v, key: [...this.#values(a as Ast, env, { v, path: undefined })].map((i) => i.v) as Json }))
        if (name === 'min_by' || name === 'max_by') {
          let best = keyed[0]
          for (const item of keyed.slice(1)) {
            const d = compare(item.key, best?.key ?? null)
            if (name === 'min_by' ? d < 0 : d >= 0) best = item
          }
          yield only(best?.v ?? null)
          return
        }
        keyed.sort((x, y) => compare(x.key, y.key))
        if (name === 'sort_by') yield only(keyed.map((k) => k.v))
        else {
          const groups: { key: Json; items: Json[] }[] = []
          for (const item of keyed) {
            const last = groups.at(-1)
            if (last !== undefined && compare(last.key, item.key) === 0) last.items.push(item.v)
            else groups.push({ key: item.key, items: [item.v] })
          }
          yield only(groups.map((g) => (name === 'unique_by' ? (g.items[0] ?? null) : g.items)))
        }
        return
      }
      case 'input/0': {
        const next = host.nextInput()
        if (next === undefined) throw new JqError('break')
        yield only(next)
        return
      }
      case 'inputs/0':
        for (;;) {
          const next = host.nextInput()
          if (next === undefined) return
          yield only(next)
        }
      case 'debug/0':
        host.stderr(`["DEBUG:",${host.format('json', input.v)}]\n`)
        yield input
        return
      case 'stderr/0':
        host.stderr(host.format('json', input.v))
        yield input
        return
      case 'env/0':
        yield only(host.environment)
        return
      case 'now/0':
        yield only(host.now())
        return
      case 'input_filename/0':
        yield only(host.filename())
        return
      case 'input_line_number/0':
        yield only(host.line())
        return
      case 'halt/0':
        throw new JqError(
          new Map<string, Json>([
            ['__jq', 0],
            ['halt', 0],
          ]),
        )
      case 'halt_error/0':
      case 'halt_error/1': {
        let code: Json = 5
        if (a !== undefined) for (const item of this.#values(a, env, input)) code = item.v
        throw new JqError(
          new Map<string, Json>([
            ['__jq', 0],
            ['halt', code],
            ['value', input.v],
          ]),
        )
      }
    }
    const native = host.natives.get(`${name}/${args.length}`)
    if (native === undefined) throw new JqError(`${name}/${args.length} is not defined`)
    for (const values of this.#cartesian(args, env, input, args.length - 1, [])) yield only(native(values, input.v))
  }

  /** All combinations of the arguments' values, the last argument slowest. */
  *#cartesian(args: readonly Ast[], env: Env | undefined, input: Item, at: number, tail: readonly Json[]): Generator<readonly Json[]> {
    const arg = args[at]
    if (arg === undefined) {
      yield tail
      return
    }
    for (const item of this.#values(arg, env, input)) yield* this.#cartesian(args, env, input, at - 1, [item.v, ...tail])
  }
}

export function define(env: Env | undefined, def: Definition): Env {
  const scope: { parent: Env | undefined; name: string; closure?: Closure } = { parent: env, name: `${def.name}/${def.params.length}` }
  scope.closure = { params: def.params, body: def.body, env: scope as Env }
  return scope as Env
}

function lookup(env: Env | undefined, name: string): Env | undefined {
  for (let e = env; e !== undefined; e = e.parent) if (e.name === name) return e
  return undefined
}

/** A value that is no path. */
function only(v: Json): Item {
  return { v, path: undefined }
}

function extend(path: readonly Json[] | undefined, key: Json): readonly Json[] | undefined {
  return path === undefined ? undefined : [...path, key]
}

function namesOf(p: Pattern): string[] {
  if (p.t === 'name') return [p.name]
  if (p.t === 'array') return p.items.flatMap(namesOf)
  return p.entries.flatMap((e) => [...(e.bind === undefined ? [] : [e.bind]), ...(e.value === undefined ? [] : namesOf(e.value))])
}

export function truth(v: Json): boolean {
  return v !== null && v !== false
}

function arrayOf(v: Json, what: string): readonly Json[] {
  if (!isArray(v)) throw new JqError(`${errorKinds(v)} cannot be ${what}, as it is not an array`)
  return v
}

function* iterate(of: Item): Stream {
  const { v } = of
  if (isArray(v)) for (let i = 0; i < v.length; i++) yield { v: v[i] ?? null, path: extend(of.path, i) }
  else if (isObject(v)) for (const [key, value] of v) yield { v: value, path: extend(of.path, key) }
  else throw new JqError(`Cannot iterate over ${v === null ? 'null' : errorKinds(v)}`)
}

export function index(v: Json, key: Json): Json {
  if (isObject(key) && (v === null || isArray(v) || typeof v === 'string'))
    return slice(v, key.get('start') ?? null, key.get('end') ?? null)
  if (isObject(v) && typeof key === 'string') return v.get(key) ?? null
  if (isArray(v) && typeof key === 'number') {
    const i = Math.floor(key)
    return v[i < 0 ? i + v.length : i] ?? null
  }
  if (isArray(v) && isArray(key)) return indices(v, key)
  if (v === null && (typeof key === 'string' || typeof key === 'number' || key === null)) return null
  if (typeof key === 'string') throw new JqError(`Cannot index ${typeOf(v)} with string "${key}"`)
  throw new JqError(`Cannot index ${typeOf(v)} with ${typeOf(key)}`)
}

/** Where `part` begins in an array or string. */
export function indices(v: Json, part: Json): Json {
  if (v === null) return null
  const out: number[] = []
  if (typeof v === 'string' && typeof part === 'string') {
    if (part === '') return null
    for (let at = v.indexOf(part); at >= 0; at = v.indexOf(part, at + 1)) out.push(at)
    return out
  }
  if (isArray(v) && isArray(part)) {
    if (part.length === 0) return null
    for (let i = 0; i + part.length <= v.length; i++) if (part.every((p, k) => compare(v[i + k] ?? null, p) === 0)) out.push(i)
    return out
  }
  if (isArray(v)) {
    v.forEach((item, i) => {
      if (compare(item, part) === 0) out.push(i)
    })
    return out
  }
  return index(v, part)
}

function bounds(length: number, from: Json, to: Json): readonly [number, number] {
  const clamp = (n: Json, fallback: number, up: boolean): number => {
    if (n === null) return fallback
    if (typeof n !== 'number') throw new JqError('Start and end indices of an array slice must be numbers')
    const i = n < 0 ? n + length : n
    return Math.max(0, Math.min(length, up ? Math.ceil(i) : Math.floor(i)))
  }
  const start = clamp(from, 0, false)
  return [start, Math.max(start, clamp(to, length, true))]
}

export function slice(v: Json, from: Json, to: Json): Json {
  if (v === null) return null
  if (typeof v === 'string') {
    const points = [...v]
    const [a, b] = bounds(points.length, from, to)
    return points.slice(a, b).join('')
  }
  if (!isArray(v)) throw new JqError(`Cannot index ${typeOf(v)} with object`)
  const [a, b] = bounds(v.length, from, to)
  return v.slice(a, b)
}

export function getPath(v: Json, path: readonly Json[]): Json {
  let at = v
  for (const key of path) {
    if (at === null) return null
    at = index(at, key)
  }
  return at
}

export function setPath(v: Json, path: readonly Json[], value: Json): Json {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (typeof key === 'string') {
    if (v !== null && !isObject(v)) throw new JqError(`Cannot index ${typeOf(v)} with string "${key}"`)
    const out = new Map(v ?? [])
    out.set(key, setPath(out.get(key) ?? null, rest, value))
    return out
  }
  if (typeof key === 'number') {
    if (v !== null && !isArray(v)) throw new JqError(`Cannot index ${typeOf(v)} with number`)
    const out = [...(v ?? [])]
    let i = Math.floor(key)
    if (i < 0) {
      i += out.length
      if (i < 0) throw new JqError('Out of bounds negative array index')
    }
    while (out.length < i) out.push(null)
    out[i] = setPath(out[i] ?? null, rest, value)
    return out
  }
  if (isObject(key)) {
    if (v !== null && !isArray(v)) throw new JqError(`Cannot update field at object index of ${typeOf(v)}`)
    const list = v ?? []
    const [a, b] = bounds(list.length, key.get('start') ?? null, key.get('end') ?? null)
    const inner = setPath(list.slice(a, b), rest, value)
    if (!isArray(inner)) throw new JqError('A slice of an array can only be assigned another array')
    return [...list.slice(0, a), ...inner, ...list.slice(b)]
  }
  throw new JqError(`Invalid path component`)
}

/** Removes all `paths`, longest and last first, so that earlier ones keep their meaning. */
export function deletePaths(v: Json, paths: readonly (readonly Json[])[]): Json {
  const sorted = [...paths].sort((a, b) => compare(b, a))
  return sorted.reduce<Json>((acc, path) => deletePath(acc, path), v)
}

function deletePath(v: Json, path: readonly Json[]): Json {
  const [key, ...rest] = path
  if (key === undefined || v === null) return null
  if (rest.length > 0) {
    const inner = index(v, key)
    return inner === null ? v : setPath(v, [key], deletePath(inner, rest))
  }
  if (isObject(v)) {
    if (typeof key !== 'string') throw new JqError(`Cannot delete field at object index of ${typeOf(key)}`)
    const out = new Map(v)
    out.delete(key)
    return out
  }
  if (isArray(v)) {
    if (typeof key === 'number') {
      const i = key < 0 ? key + v.length : key
      return v.filter((_, n) => n !== Math.floor(i))
    }
    if (isObject(key)) {
      const [a, b] = bounds(v.length, key.get('start') ?? null, key.get('end') ?? null)
      return [...v.slice(0, a), ...v.slice(b)]
    }
    throw new JqError('Cannot delete field at object index of array')
  }
  throw new JqError(`Cannot delete field at object index of ${typeOf(v)}`)
}

export function binary(op: string, a: Json, b: Json): Json {
  switch (op) {
    case '==':
      return compare(a, b) === 0
    case '!=':
      return compare(a, b) !== 0
    case '<':
      return compare(a, b) < 0
    case '<=':
      return compare(a, b) <= 0
    case '>':
      return compare(a, b) > 0
    case '>=':
      return compare(a, b) >= 0
    case '+':
      if (a === null) return b
      if (b === null) return a
      if (typeof a === 'number' && typeof b === 'number') return a + b
      if (typeof a === 'string' && typeof b === 'string') return a + b
      if (isArray(a) && isArray(b)) return [...a, ...b]
      if (isObject(a) && isObject(b)) return new Map([...a, ...b])
      throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot be added`)
    case '-':
      if (typeof a === 'number' && typeof b === 'number') return a - b
      if (isArray(a) && isArray(b)) return a.filter((x) => !b.some((y) => compare(x, y) === 0))
      throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot be subtracted`)
    case '*':
      if (typeof a === 'number' && typeof b === 'number') return a * b
      if (typeof a === 'string' && typeof b === 'number') return b > 0 ? a.repeat(Math.max(1, Math.ceil(b))) : null
      if (typeof a === 'number' && typeof b === 'string') return a > 0 ? b.repeat(Math.max(1, Math.ceil(a))) : null
      if (isObject(a) && isObject(b)) return merge(a, b)
      throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot be multiplied`)
    case '/':
      if (typeof a === 'number' && typeof b === 'number') {
        if (b === 0) throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot be divided because the divisor is zero`)
        return a / b
      }
      if (typeof a === 'string' && typeof b === 'string') return a === '' ? [] : a.split(b)
      throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot be divided`)
    default: {
      if (typeof a !== 'number' || typeof b !== 'number') throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot be divided`)
      const divisor = Math.abs(Math.trunc(b))
      if (divisor === 0)
        throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot be divided (remainder) because the divisor is zero`)
      return Math.trunc(a) % divisor
    }
  }
}

function merge(a: ReadonlyMap<string, Json>, b: ReadonlyMap<string, Json>): Json {
  const out = new Map(a)
  for (const [key, value] of b) {
    const old = out.get(key) ?? null
    out.set(key, isObject(old) && isObject(value) ? merge(old, value) : value)
  }
  return out
}

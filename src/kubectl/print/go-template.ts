/** Go's text/template, as far as `-o go-template` needs it. Source: text/template, text/template/parse. */

import { decode, fromBase64 } from '#sim/bytes.ts'
import { CommandError } from '../errors.ts'
import { sorted } from './object.ts'

export type Expression =
  | { readonly type: 'literal'; readonly value: unknown }
  | { readonly type: 'dot' }
  | { readonly type: 'path'; readonly from: Expression | undefined; readonly names: readonly string[] }
  | { readonly type: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: 'pipe'; readonly stages: readonly Expression[] }

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly value: Expression; readonly set: readonly string[] }
  | {
      readonly type: 'if' | 'with' | 'range'
      readonly value: Expression
      readonly set: readonly string[]
      readonly body: Node[]
      otherwise: Node[]
    }

const missing = Symbol('no value')

/** Fails when a template cannot be parsed. */
export function checkTemplate(source: string): Node[] {
  try {
    return new Parser(source).parse()
  } catch (error) {
    if (error instanceof TemplateError)
      throw new CommandError(`error parsing template ${source}, template: output:${error.line}: ${error.message}`)
    throw error
  }
}

/** Runs a template on an object. */
export function goTemplate(source: string, data: unknown): string {
  const nodes = checkTemplate(source)
  try {
    return run(nodes, data, new Map([['$', data]]))
  } catch (error) {
    if (error instanceof TemplateError) {
      throw new CommandError(
        `error executing template ${JSON.stringify(source)}: template: output:1:2: executing "output" at <${error.at}>: ${error.message}`,
      )
    }
    throw error
  }
}

class TemplateError extends Error {
  readonly line: number
  readonly at: string

  constructor(message: string, line = 1, at = '') {
    super(message)
    this.line = line
    this.at = at
  }
}

interface Token {
  readonly text: string
  readonly kind: 'word' | 'string' | 'number' | 'field' | 'variable' | 'symbol'
}

const TOKEN = /\s*("(?:\\.|[^"\\])*"|`[^`]*`|-?\d+(?:\.\d+)?|\$\w*(?:\.\w+)*|(?:\.[\w]+)+|:=|[|(),.=]|\w+)/y

class Parser {
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  parse(): Node[] {
    const root: Node[] = []
    const open: { node: Exclude<Node, { type: 'text' | 'print' }>; into: Node[] }[] = []
    const into = (): Node[] => open.at(-1)?.into ?? root
    let at = 0
    let trim = false
    const line = (): number => this.#source.slice(0, at).split('\n').length
    for (;;) {
      const start = this.#source.indexOf('{{', at)
      let text = this.#source.slice(at, start < 0 ? undefined : start)
      if (trim) text = text.trimStart()
      if (start < 0) {
        if (text !== '') into().push({ type: 'text', text })
        break
      }
      if (this.#source.startsWith('{{- ', start)) text = text.trimEnd()
      if (text !== '') into().push({ type: 'text', text })
      const end = this.#source.indexOf('}}', start)
      if (end < 0) throw new TemplateError('unclosed action', line())
      let inner = this.#source.slice(start + 2, end)
      at = end + 2
      if (inner.startsWith('- ')) inner = inner.slice(1)
      trim = inner.endsWith(' -')
      if (trim) inner = inner.slice(0, -1)
      inner = inner.trim()
      if (inner.startsWith('/*')) continue
      const [, word = '', rest = ''] = /^(\w*)\s*(.*)$/s.exec(inner) ?? []
      if (word === 'end') {
        if (open.pop() === undefined) throw new TemplateError('unexpected {{end}}', line())
      } else if (word === 'else') {
        const top = open.at(-1)
        if (top === undefined) throw new TemplateError('unexpected {{else}}', line())
        if (rest.startsWith('if')) {
          // `else if` nests; its end closes both, which is kept by replacing the open branch.
          const nested = this.#block('if', rest.slice(2).trim(), line())
          top.node.otherwise.push(nested)
          open[open.length - 1] = { node: nested, into: nested.body }
        } else top.into = top.node.otherwise
      } else if (word === 'if' || word === 'with' || word === 'range') {
        const node = this.#block(word, rest, line())
        into().push(node)
        open.push({ node, into: node.body })
      } else {
        const { value, set } = this.#pipeline(inner, line())
        into().push({ type: 'print', value, set })
      }
    }
    if (open.length > 0) throw new TemplateError('unexpected EOF', line())
    return root
  }

  #block(type: 'if' | 'with' | 'range', text: string, line: number): Exclude<Node, { type: 'text' | 'print' }> {
    const { value, set } = this.#pipeline(text, line)
    return { type, value, set, body: [], otherwise: [] }
  }

  #pipeline(text: string, line: number): { value: Expression; set: string[] } {
    const m = /^((?:\$\w+)(?:\s*,\s*\$\w+)?)\s*:?=\s*(.*)$/s.exec(text)
    const set = m === null ? [] : (m[1] ?? '').split(',').map((v) => v.trim())
    const tokens = tokenize(m === null ? text : (m[2] ?? ''), line)
    const value = this.#pipe(tokens, line)
    if (tokens.length > 0) throw new TemplateError(`unexpected ${JSON.stringify(tokens[0]?.text)} in operand`, line)
    return { value, set }
  }

  #pipe(tokens: Token[], line: number): Expression {
    const stages: Expression[] = [this.#command(tokens, line)]
    while (tokens[0]?.text === '|') {
      tokens.shift()
      stages.push(this.#command(tokens, line))
    }
    return stages.length === 1 && stages[0] !== undefined ? stages[0] : { type: 'pipe', stages }
  }

  #command(tokens: Token[], line: number): Expression {
    const [first] = tokens
    if (first === undefined) throw new TemplateError('missing value for command', line)
    if (first.kind === 'word' && !['true', 'false', 'nil'].includes(first.text)) {
      tokens.shift()
      if (!(first.text in FUNCTIONS)) throw new TemplateError(`function ${JSON.stringify(first.text)} not defined`, line)
      const args: Expression[] = []
      while (tokens.length > 0 && tokens[0]?.text !== '|' && tokens[0]?.text !== ')') args.push(this.#operand(tokens, line))
      return { type: 'call', name: first.text, args }
    }
    return this.#operand(tokens, line)
  }

  #operand(tokens: Token[], line: number): Expression {
    const token = tokens.shift()
    if (token === undefined) throw new TemplateError('missing value for command', line)
    if (token.kind === 'string')
      return { type: 'literal', value: token.text.startsWith('`') ? token.text.slice(1, -1) : unquote(token.text) }
    if (token.kind === 'number') return { type: 'literal', value: Number(token.text) }
    if (token.kind === 'field') return { type: 'path', from: undefined, names: token.text.slice(1).split('.') }
    if (token.kind === 'variable') {
      const [name = '$', ...names] = token.text.split('.')
      return { type: 'variable', name, names }
    }
    if (token.text === '.') return { type: 'dot' }
    if (token.text === '(') {
      const inner = this.#pipe(tokens, line)
      if (tokens.shift()?.text !== ')') throw new TemplateError('unclosed left paren', line)
      const next = tokens[0]
      if (next?.kind === 'field') {
        tokens.shift()
        return { type: 'path', from: inner, names: next.text.slice(1).split('.') }
      }
      return inner
    }
    if (token.kind === 'word') {
      if (token.text in FUNCTIONS) return { type: 'call', name: token.text, args: [] }
      return { type: 'literal', value: token.text === 'true' ? true : token.text === 'false' ? false : undefined }
    }
    throw new TemplateError(`unexpected ${JSON.stringify(token.text)} in operand`, line)
  }
}

function tokenize(text: string, line: number): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  let at = 0
  while (at < text.trimEnd().length) {
    TOKEN.lastIndex = at
    const m = TOKEN.exec(text)
    if (m === null)
      throw new TemplateError(
        `unexpected bad character U+${(text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${text.charAt(at)}' in command`,
        line,
      )
    const [whole, word = ''] = m
    at += whole.length
    const kind = /^["`]/.test(word)
      ? 'string'
      : /^-?\d/.test(word)
        ? 'number'
        : word.startsWith('$')
          ? 'variable'
          : /^\.\w/.test(word)
            ? 'field'
            : /^\w/.test(word)
              ? 'word'
              : 'symbol'
    tokens.push({ text: word, kind })
  }
  return tokens
}

const unquote = (text: string): string => text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c)

type Scope = Map<string, unknown>

function run(nodes: readonly Node[], dot: unknown, scope: Scope): string {
  let out = ''
  for (const node of nodes) {
    if (node.type === 'text') out += node.text
    else if (node.type === 'print') {
      const value = evaluate(node.value, dot, scope)
      if (node.set[0] !== undefined) scope.set(node.set[0], value)
      else out += show(value)
    } else if (node.type === 'range') out += range(node, dot, scope)
    else {
      const value = evaluate(node.value, dot, scope)
      const inner: Scope = new Map(scope)
      if (node.set[0] !== undefined) inner.set(node.set[0], value)
      if (truth(value)) out += run(node.body, node.type === 'with' ? value : dot, inner)
      else out += run(node.otherwise, dot, inner)
    }
  }
  return out
}

function range(node: Extract<Node, { body: Node[] }>, dot: unknown, scope: Scope): string {
  const value = evaluate(node.value, dot, scope)
  const entries: (readonly [unknown, unknown])[] = Array.isArray(value)
    ? value.map((v, i) => [i, v] as const)
    : isMap(value)
      ? Object.keys(value)
          .sort()
          .map((k) => [k, value[k]] as const)
      : typeof value === 'number'
        ? Array.from({ length: value }, (_, i) => [i, i] as const)
        : []
  if (!Array.isArray(value) && !isMap(value) && typeof value !== 'number' && value !== missing && value !== undefined && value !== null)
    throw new TemplateError(`range can't iterate over ${show(value)}`)
  if (entries.length === 0) return run(node.otherwise, dot, new Map(scope))
  return entries
    .map(([key, item]) => {
      const inner: Scope = new Map(scope)
      if (node.set.length === 1) inner.set(node.set[0] ?? '', item)
      else if (node.set.length === 2) {
        inner.set(node.set[0] ?? '', key)
        inner.set(node.set[1] ?? '', item)
      }
      return run(node.body, item, inner)
    })
    .join('')
}

const isMap = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

function follow(value: unknown, names: readonly string[]): unknown {
  let current = value
  for (const name of names) {
    if (current === missing || current === undefined || current === null) return missing
    if (!isMap(current)) throw new TemplateError(`can't evaluate field ${name} in type ${goType(current)}`, 1, `.${names.join('.')}`)
    current = name in current ? current[name] : missing
  }
  return current
}

const goType = (v: unknown): string =>
  typeof v === 'string'
    ? 'string'
    : typeof v === 'number'
      ? 'float64'
      : typeof v === 'boolean'
        ? 'bool'
        : Array.isArray(v)
          ? '[]interface {}'
          : 'interface {}'

function evaluate(e: Expression, dot: unknown, scope: Scope, last: readonly unknown[] = []): unknown {
  switch (e.type) {
    case 'literal':
      return e.value
    case 'dot':
      return dot
    case 'path':
      return follow(e.from === undefined ? dot : evaluate(e.from, dot, scope), e.names)
    case 'variable':
      if (!scope.has(e.name)) throw new TemplateError(`undefined variable: ${e.name}`)
      return follow(scope.get(e.name), e.names)
    case 'call':
      return FUNCTIONS[e.name]?.([...e.args.map((a) => evaluate(a, dot, scope)), ...last])
    case 'pipe': {
      let carried: readonly unknown[] = []
      for (const stage of e.stages) carried = [evaluate(stage, dot, scope, carried)]
      return carried[0]
    }
  }
}

function truth(v: unknown): boolean {
  if (v === missing || v === undefined || v === null || v === false || v === 0 || v === '') return false
  if (Array.isArray(v)) return v.length > 0
  return isMap(v) ? Object.keys(v).length > 0 : true
}

/** A value as Go's fmt prints it with %v. */
function show(v: unknown): string {
  if (v === missing || v === undefined || v === null) return '<no value>'
  if (Array.isArray(v)) return `[${v.map(show).join(' ')}]`
  if (isMap(v))
    return `map[${Object.keys(v)
      .sort()
      .map((k) => `${k}:${show(v[k])}`)
      .join(' ')}]`
  return String(v)
}

function printf(args: readonly unknown[]): string {
  const [format = '', ...values] = args
  let i = 0
  return String(format).replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([vsdqtf%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%'
      const value = values[i++]
      const text =
        verb === 'q'
          ? JSON.stringify(show(value))
          : verb === 'f'
            ? Number(value).toFixed(precision === undefined ? 6 : Number(precision))
            : show(value)
      if (width === '') return text
      return flags.includes('-') ? text.padEnd(Number(width)) : text.padStart(Number(width), flags.includes('0') ? '0' : ' ')
    },
  )
}

const number = (v: unknown): number | string => (typeof v === 'number' || typeof v === 'string' ? v : NaN)

const FUNCTIONS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  and: (a) => a.find((v) => !truth(v)) ?? a.at(-1),
  or: (a) => a.find(truth) ?? a.at(-1),
  not: ([v]) => !truth(v),
  eq: ([v, ...rest]) => rest.some((o) => o === v),
  ne: ([a, b]) => a !== b,
  lt: ([a, b]) => number(a) < number(b),
  le: ([a, b]) => number(a) <= number(b),
  gt: ([a, b]) => number(a) > number(b),
  ge: ([a, b]) => number(a) >= number(b),
  len: ([v]) => (typeof v === 'string' || Array.isArray(v) ? v.length : isMap(v) ? Object.keys(v).length : 0),
  index: ([v, ...keys]) => {
    let current: unknown = v
    for (const key of keys) {
      if (Array.isArray(current)) {
        if (typeof key !== 'number' || key < 0 || key >= current.length)
          throw new TemplateError(`error calling index: reflect: slice index out of range`, 1, 'index')
        current = current[key]
      } else current = isMap(current) ? (current[String(key)] ?? missing) : missing
    }
    return current
  },
  exists: ([v, ...keys]) => {
    let current: unknown = v
    for (const key of keys) {
      if (Array.isArray(current)) current = typeof key === 'number' ? current[key] : undefined
      else current = isMap(current) ? current[String(key)] : undefined
      if (current === undefined) return false
    }
    return true
  },
  print: (a) => a.map(show).join(''),
  println: (a) => `${a.map(show).join(' ')}\n`,
  printf,
  html: (a) => a.map(show).join('').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  js: (a) => a.map(show).join(''),
  urlquery: (a) => encodeURIComponent(a.map(show).join('')),
  base64decode: ([v]) => decode(fromBase64(String(v)) ?? new Uint8Array(0)),
  json: ([v]) => JSON.stringify(sorted(v)),
  slice: ([v, from, to]) =>
    typeof v === 'string' || Array.isArray(v) ? v.slice(Number(from ?? 0), to === undefined ? undefined : Number(to)) : v,
}

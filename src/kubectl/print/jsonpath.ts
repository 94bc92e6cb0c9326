/** kubectl's JSONPath templates: `{.items[*].metadata.name}`, `{range .items[*]}…{end}`. Source: client-go, util/jsonpath. */
import { CommandError } from '../errors.ts'
import { sorted } from './object.ts'

type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  | {
      readonly type: 'index'
      readonly start: number | undefined
      readonly end: number | undefined
      readonly step: number
      readonly single: boolean
    }
  | { readonly type: 'filter'; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined }
  | { readonly type: 'union'; readonly paths: readonly Step[][] }

type Operand = { readonly path: readonly Step[]; readonly root: boolean } | { readonly value: unknown }

type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Node[] }

/** Evaluates a template on one object. Missing fields print nothing, or fail when `strict`. */
export function jsonpath(template: string, object: unknown, asJson = false, strict = false): string {
  const source = /\{/.test(template) ? template : `{${/^[.[$@]/.test(template) ? '' : '.'}${template}}`
  const nodes = parseTemplate(source)
  if (asJson) {
    const found = nodes.flatMap((n) => (n.type === 'path' ? evaluate(n.steps, [object], object) : []))
    return `${JSON.stringify(sorted(found), null, 4)}\n`
  }
  try {
    return render(nodes, object, object, strict)
  } catch (error) {
    if (!(error instanceof PathFailure)) throw error
    throw new CommandError(
      `error executing jsonpath ${JSON.stringify(source)}: Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${source}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n`,
    )
  }
}

/** What one path finds: null where a field is null, nothing where there is none. */
export function pathValues(path: string, object: unknown): unknown[] {
  const source = /\{/.test(path) ? path : `{${/^[.[$@]/.test(path) ? '' : '.'}${path}}`
  try {
    return parseTemplate(source).flatMap((node) => (node.type === 'path' ? evaluate(node.steps, [object], object) : []))
  } catch (error) {
    if (error instanceof PathFailure) return []
    throw error
  }
}

/** Go's `%#v` of decoded JSON. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (isMap(value))
    return `map[string]interface {}{${Object.keys(value)
      .filter((k) => value[k] !== undefined)
      .sort()
      .map((k) => `${JSON.stringify(k)}:${goSyntax(value[k])}`)
      .join(', ')}}`
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/** The path cannot be followed in the object. */
class PathFailure extends Error {}

function render(nodes: readonly Node[], current: unknown, root: unknown, strict: boolean): string {
  return nodes
    .map((node) => {
      if (node.type === 'text') return node.text
      if (node.type === 'path') return evaluate(node.steps, [current], root, strict).map(show).join(' ')
      return evaluate(node.steps, [current], root, strict)
        .map((item) => render(node.body, item, root, strict))
        .join('')
    })
    .join('')
}

function show(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(sorted(value)) : String(value)
}

function parseTemplate(source: string): Node[] {
  const root: Node[] = []
  const open: { body: Node[]; steps: readonly Step[] }[] = []
  const into = (): Node[] => open.at(-1)?.body ?? root
  let at = 0
  while (at < source.length) {
    const brace = source.indexOf('{', at)
    if (brace < 0) {
      into().push({ type: 'text', text: source.slice(at) })
      break
    }
    if (brace > at) into().push({ type: 'text', text: source.slice(at, brace) })
    const end = closing(source, brace)
    const inner = source.slice(brace + 1, end).trim()
    at = end + 1
    if (inner === 'end') {
      const done = open.pop()
      if (done === undefined) throw new CommandError(`error parsing jsonpath ${source}, not in range, unexpected end`)
      into().push({ type: 'range', steps: done.steps, body: done.body })
    } else if (/^range\b/.test(inner)) open.push({ steps: parsePath(inner.slice(5).trim()), body: [] })
    else if (/^["']/.test(inner)) into().push({ type: 'text', text: unquote(inner) })
    else into().push({ type: 'path', steps: parsePath(inner) })
  }
  // An unclosed range goes to the end and prints nothing.
  return root
}

/** Index of the brace that closes the one at `start`, quotes respected. */
function closing(source: string, start: number): number {
  let quote = ''
  for (let i = start + 1; i < source.length; i++) {
    const c = source.charAt(i)
    if (quote !== '') {
      if (c === '\\') i++
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (c === '}') return i
  }
  throw new CommandError(`error parsing jsonpath ${source}, unclosed action`)
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c)
}

function parsePath(text: string): Step[] {
  const steps: Step[] = []
  let at = 0
  if (text.startsWith('$') || text.startsWith('@')) at = 1
  while (at < text.length) {
    const c = text.charAt(at)
    if (text.startsWith('..', at)) {
      steps.push({ type: 'recursive' })
      at += text[at + 2] === '[' ? 2 : 1
    } else if (c === '.' || /[\w*-]/.test(c)) {
      const m = /^\.?((?:\\.|[^.[\]{}\s])*)/.exec(text.slice(at))
      const raw = m?.[1] ?? ''
      at += m?.[0].length ?? 1
      if (raw === '*') steps.push({ type: 'wildcard' })
      else if (raw !== '') steps.push({ type: 'field', name: raw.replace(/\\(.)/g, '$1') })
    } else if (c === '[') {
      const end = bracketEnd(text, at)
      steps.push(parseBracket(text.slice(at + 1, end).trim(), text))
      at = end + 1
    } else
      throw new CommandError(
        `error parsing jsonpath {${text}}, unrecognized character in action: U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} '${c}'`,
      )
  }
  return steps
}

function bracketEnd(text: string, start: number): number {
  let depth = 0
  let quote = ''
  for (let i = start; i < text.length; i++) {
    const c = text.charAt(i)
    if (quote !== '') {
      if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (c === '[') depth++
    else if (c === ']' && --depth === 0) return i
  }
  throw new CommandError(`error parsing jsonpath {${text}}, unterminated array`)
}

function parseBracket(inner: string, text: string): Step {
  if (inner === '*') return { type: 'wildcard' }
  const filter = /^\?\((.*)\)$/s.exec(inner)
  if (filter !== null) return parseFilter(filter[1] ?? '')
  const slice = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/.exec(inner)
  if (slice !== null) {
    const n = (s: string | undefined): number | undefined => (s === undefined || s === '' ? undefined : Number(s))
    return { type: 'index', start: n(slice[1]), end: n(slice[2]), step: n(slice[3]) ?? 1, single: !inner.includes(':') }
  }
  const quoted = /^(['"])(.*)\1$/s.exec(inner)
  if (quoted !== null && !/['"],\s*['"]/.test(inner)) return { type: 'field', name: quoted[2] ?? '' }
  if (!inner.includes(',')) throw new CommandError(`error parsing jsonpath {${text}}, invalid array index ${inner}`)
  return { type: 'union', paths: inner.split(',').map((part) => unionPart(part.trim(), text)) }
}

/** A part of `[a,b]`: a quoted one is a path of its own. */
function unionPart(part: string, text: string): Step[] {
  const bare = /^(['"])(.*)\1$/s.exec(part)
  return bare === null ? [parseBracket(part, text)] : parsePath(bare[2] ?? '')
}

function parseFilter(text: string): Step {
  const m = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text)
  if (m === null) return { type: 'filter', left: operand(text.trim()), operator: 'exists', right: undefined }
  return { type: 'filter', left: operand((m[1] ?? '').trim()), operator: m[2] ?? '', right: operand((m[3] ?? '').trim()) }
}

function operand(text: string): Operand {
  if (/^["']/.test(text)) return { value: unquote(text) }
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) }
  if (text === 'true' || text === 'false') return { value: text === 'true' }
  return { path: parsePath(text), root: text.startsWith('$') }
}

function evaluate(steps: readonly Step[], start: readonly unknown[], root: unknown, strict = false): unknown[] {
  let current: unknown[] = [...start]
  steps.forEach((step, i) => {
    if (step.type === 'recursive') current = current.flatMap(descendants).filter((v) => steps[i + 1]?.type !== 'field' || isMap(v))
    // A union runs each of its paths over all values before the next.
    else if (step.type === 'union') current = step.paths.flatMap((path) => evaluate(path, current, root))
    else current = current.flatMap((value) => apply(step, value, root))
    if (strict && current.length === 0 && step.type === 'field') throw new PathFailure(`${step.name} is not found`)
  })
  return current
}

const isMap = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

function descendants(value: unknown): unknown[] {
  const children = Array.isArray(value)
    ? value
    : isMap(value)
      ? Object.keys(value)
          .sort()
          .map((k) => value[k])
      : []
  return [value, ...children.flatMap(descendants)]
}

function apply(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.type) {
    case 'field':
      return isMap(value) && value[step.name] !== undefined ? [value[step.name]] : []
    case 'wildcard':
      return Array.isArray(value)
        ? value
        : isMap(value)
          ? Object.keys(value)
              .sort()
              .map((k) => value[k])
          : []
    case 'index':
      return index(step, value)
    case 'union':
      return step.paths.flatMap((p) => evaluate(p, [value], root))
    case 'filter':
      return (Array.isArray(value) ? value : []).filter((item) => holds(step, item, root))
    case 'recursive':
      return descendants(value)
  }
}

function index(step: Extract<Step, { type: 'index' }>, value: unknown): unknown[] {
  if (!Array.isArray(value)) {
    if (value === undefined || value === null) return []
    throw new PathFailure(`${isMap(value) ? `map[string]interface {}` : typeof value} is not array or slice`)
  }
  const at = (n: number): number => (n < 0 ? n + value.length : n)
  if (step.single) {
    const i = at(step.start ?? 0)
    if (i < 0 || i >= value.length) throw new PathFailure(`array index out of bounds: index ${i}, length ${value.length}`)
    return [value[i]]
  }
  return value.slice(at(step.start ?? 0), step.end === undefined ? value.length : at(step.end)).filter((_, i) => i % step.step === 0)
}

function holds(step: Extract<Step, { type: 'filter' }>, item: unknown, root: unknown): boolean {
  const value = (o: Operand): unknown[] => ('value' in o ? [o.value] : evaluate(o.path, [o.root ? root : item], root))
  const left = value(step.left)
  if (step.right === undefined) return left.length > 0
  const right = value(step.right)
  if (left.length === 0 || right.length === 0) return false
  const [a, b] = [left[0], right[0]]
  switch (step.operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return Number(a) < Number(b)
    case '<=':
      return Number(a) <= Number(b)
    case '>':
      return Number(a) > Number(b)
    default:
      return Number(a) >= Number(b)
  }
}

import type { ParamPart, Word } from './ast.ts'
import type { Lexer } from './lexer.ts'

const NAME = /[A-Za-z_]\w*|[0-9]+|[@*#?$!-]/y
const OPERATOR = /:?[-=?+]|##?|%%?|\/[/#%]?|\^\^?|,,?|~~?|:|@/y

/**
 * Parses `${…}` at the lexer's position and moves behind it; undefined when it is not closed. What is no valid expansion
 * comes back as `bad`, because bash complains only when it expands it.
 */
export function parseParam(lexer: Lexer, quoted: boolean): ParamPart | undefined {
  const start = lexer.pos
  const { src } = lexer
  const end = closing(lexer, start + 2, quoted)
  if (end < 0) return undefined
  const raw = src.slice(start, end + 1)
  lexer.pos = end + 1
  const inner = src.slice(start + 2, end)
  const part = parseInner(lexer, inner, raw, quoted)
  return part !== undefined && allowed(lexer, part) ? part : { t: 'param', name: '', raw, bad: true }
}

/** Whether the dialect has it. Source: POSIX, Parameter Expansion. */
function allowed(lexer: Lexer, p: ParamPart): boolean {
  const { posix, busybox } = lexer.options
  if (!posix || /^:?[-=?+]$|^[#%]/.test(p.op ?? '-')) return !posix || (p.index === undefined && p.indirect !== true)
  return busybox === true && (p.op === ':' || p.op?.startsWith('/') === true) && p.index === undefined
}

/** The `}` that closes an expansion whose inside starts at `i`. */
function closing(lexer: Lexer, i: number, quoted: boolean): number {
  const { src } = lexer
  // The operator decides whether single quotes quote: in double quotes they do only in patterns.
  const head = /^[!#]?(?:\w+|[@*#?$!-])(?:\[[^\]]*\])?(#|%|\/|\^|,)?/.exec(src.slice(i, i + 200))
  const singleQuotes = !quoted || head?.[1] !== undefined
  for (let k = i; k < src.length; k++) {
    const c = src[k]
    if (c === '\\') k++
    else if (c === '}') return k
    else if (c === "'" && singleQuotes) {
      k = src.indexOf("'", k + 1)
      if (k < 0) return -1
    } else if (c === '"' || c === '`') {
      k = lexer.skipQuoted(k)
      if (k < 0) return -1
    } else if (c === '$') {
      const n = src[k + 1]
      if (n === '{') {
        k = closing(lexer, k + 2, quoted)
        if (k < 0) return -1
      } else if (n === '(') {
        k = lexer.skipPair(k + 1)
        if (k < 0) return -1
      } else if (n === '$' || n === '#' || n === '?' || n === '!' || n === '-') k++
      else if (n === "'" && !quoted) {
        k += 2
        while (k < src.length && src[k] !== "'") k += src[k] === '\\' ? 2 : 1
      }
    }
  }
  return -1
}

function parseInner(lexer: Lexer, inner: string, raw: string, quoted: boolean): ParamPart | undefined {
  const { line } = lexer
  if (/^!#\w/.test(inner)) return undefined
  let i = 0
  let length = false
  let indirect = false
  if (inner[0] === '#' && inner.length > 1 && !/^#(?:[-=?+:#%/]|\^|,|@.)./.test(inner) && !/^#[-?]?$/.test(inner.replace(/^##?$/, '##'))) {
    length = true
    i = 1
  } else if (inner === '##' || inner === '#?' || inner === '#-' || inner === '#@' || inner === '#*' || inner === '#!' || inner === '#$') {
    length = true
    i = 1
  } else if (inner[0] === '!' && inner.length > 1 && /^![A-Za-z_0-9@*#?$!-]/.test(inner) && !/^![-=?+:#%/]./.test(inner)) {
    indirect = true
    i = 1
  }
  NAME.lastIndex = i
  const name = NAME.exec(inner)?.[0]
  if (name === undefined) return undefined
  i += name.length
  let index: Word | undefined
  if (inner[i] === '[' && /^[A-Za-z_]/.test(name)) {
    const end = bracketEnd(inner, i)
    if (end < 0) return undefined
    index = lexer.subscript(inner.slice(i + 1, end), line)
    i = end + 1
  }
  const base = { t: 'param', name, raw, ...(index && { index }) } as const
  if (length) return i === inner.length ? { ...base, length: true } : undefined
  const all = index?.raw === '@' || index?.raw === '*'
  if (indirect && all && i === inner.length) return { ...base, op: 'keys' }
  if (indirect && index === undefined && (inner.slice(i) === '*' || inner.slice(i) === '@'))
    return { ...base, op: `prefix${inner.slice(i)}` }
  const flags = indirect ? ({ indirect: true } as const) : {}
  if (i === inner.length) return { ...base, ...flags }
  OPERATOR.lastIndex = i
  const op = OPERATOR.exec(inner)?.[0]
  if (op === undefined) return undefined
  const rest = inner.slice(i + op.length)
  // One that there is not fails only where the parameter is set.
  if (op === '@') return /^[QEPAaKkUuL]$/.test(rest) ? { ...base, ...flags, op: `@${rest}` } : { ...base, ...flags, op: '@?' }
  if (op === ':' && rest === '') return undefined
  if (/^[,^~]/.test(op) && /^[#?$!-]$/.test(name)) return undefined
  if (op === ':') {
    const [offset, size] = splitSlice(rest)
    const arg = lexer.parseText(offset, line, 'arith')
    return { ...base, ...flags, op, arg, ...(size !== undefined && { arg2: lexer.parseText(size, line, 'arith') }) }
  }
  if (op.startsWith('/')) {
    const slash = patternEnd(rest)
    const arg = lexer.parseText(rest.slice(0, slash), line, 'dqpattern')
    if (slash === rest.length) return { ...base, ...flags, op, arg }
    return { ...base, ...flags, op, arg, arg2: lexer.parseText(rest.slice(slash + 1), line, 'word') }
  }
  if (/^[#%^,~]/.test(op)) return { ...base, ...flags, op, arg: lexer.parseText(rest, line, 'dqpattern') }
  return { ...base, ...flags, op, arg: lexer.parseText(rest, line, quoted ? 'dqword' : 'word') }
}

/** The `]` that closes the bracket at `open`, quotes minded; -1 when nothing does. */
export function bracketEnd(s: string, open: number): number {
  let depth = 0
  for (let i = open; i < s.length; i++) {
    const c = s[i]
    if (c === '\\') i++
    else if (c === "'" || c === '"') {
      i = s.indexOf(c, i + 1)
      if (i < 0) return -1
    } else if (c === '[') depth++
    else if (c === ']' && --depth === 0) return i
  }
  return -1
}

/** Splits `offset:length` at a colon outside of parentheses, subscripts and `?:`. */
function splitSlice(s: string): [string, string?] {
  let depth = 0
  let ternary = 0
  for (let i = 0; i < s.length; i++) {
    const c = s[i]
    if (c === '\\') i++
    else if (c === '(' || c === '[' || c === '{') depth++
    else if (c === ')' || c === ']' || c === '}') depth--
    else if (c === '?' && depth === 0) ternary++
    else if (c === ':' && depth === 0) {
      if (ternary > 0) ternary--
      else return [s.slice(0, i), s.slice(i + 1)]
    }
  }
  return [s]
}

/** Where the pattern of `${x/pattern/string}` ends: at the first slash outside of quotes and expansions. */
function patternEnd(s: string): number {
  let depth = 0
  for (let i = 0; i < s.length; i++) {
    const c = s[i]
    if (c === '\\') i++
    else if (c === "'" || c === '"') {
      const end = s.indexOf(c, i + 1)
      if (end < 0) return s.length
      i = end
    } else if (c === '$' && (s[i + 1] === '{' || s[i + 1] === '(')) {
      depth++
      i++
    } else if (depth > 0 && (c === '}' || c === ')')) depth--
    else if (depth === 0 && c === '/') return i
  }
  return s.length
}

import { encode } from '#sim/bytes.ts'

/**
 * Shell patterns. A pattern is text in which a backslash quotes the next character: that is how expansion hands over
 * what was quoted. Source: bash, Pattern Matching.
 */
export interface PatternOptions {
  readonly extglob: boolean
  readonly nocase: boolean
  /** Characters are UTF-8 characters; else bytes. */
  readonly utf8: boolean
}

export interface Pattern {
  matches(text: string): boolean
  /** The text it stands for when it has no special characters. */
  readonly literal: string | undefined
  /** Source of an equivalent regular expression, when there is one. */
  readonly regex: RegExp | undefined
}

type Node =
  | { readonly k: 'char'; readonly re: RegExp }
  | { readonly k: 'star' }
  | { readonly k: 'ext'; readonly op: string; readonly alternatives: readonly (readonly Node[])[] }

const cache = new Map<string, Pattern>()

/** Whether text has characters special in patterns that are not quoted. */
export function hasGlob(pattern: string, extglob: boolean): boolean {
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]
    if (c === '\\') i++
    else if (c === '*' || c === '?') return true
    else if (c === '[' && pattern.indexOf(']', i + 1) > 0) return true
    else if (extglob && pattern[i + 1] === '(' && (c === '@' || c === '!' || c === '+')) return true
  }
  return false
}

/** Quotes all characters special in patterns. */
export function escapePattern(text: string): string {
  return /[*?[\]\\!@+()|^-]/.test(text) ? text.replace(/[*?[\]\\!@+()|^-]/g, '\\$&') : text
}

/** Removes the quoting backslashes. */
export function unescapePattern(pattern: string): string {
  return pattern.includes('\\') ? pattern.replace(/\\([\s\S])/g, '$1') : pattern
}

/** Text as a string of bytes: what is not ASCII becomes surrogate escapes. */
export function byteForm(text: string): string {
  if (!/[^\x00-\x7f]/.test(text)) return text
  let out = ''
  for (const b of encode(text)) out += b < 0x80 ? String.fromCharCode(b) : String.fromCharCode(0xdc00 + b)
  return out
}

export function compilePattern(source: string, options: PatternOptions): Pattern {
  const key = `${options.extglob ? 'e' : ''}${options.nocase ? 'i' : ''}${options.utf8 ? 'u' : ''}:${source}`
  let found = cache.get(key)
  if (found === undefined) {
    if (cache.size > 2000) cache.clear()
    found = compile(options.utf8 ? source : byteForm(source), options)
    cache.set(key, found)
  }
  return found
}

function compile(source: string, options: PatternOptions): Pattern {
  const flags = `s${options.nocase ? 'i' : ''}${options.utf8 ? 'u' : ''}`
  const form = options.utf8 ? (s: string) => s : byteForm
  if (!hasGlob(source, options.extglob) && !options.nocase) {
    const literal = unescapePattern(source)
    return { literal, regex: undefined, matches: (text) => form(text) === literal }
  }
  if (options.extglob && /!\(/.test(source)) {
    const nodes = parseNodes(source, 0, options, false).nodes
    return { literal: undefined, regex: undefined, matches: (text) => matchNodes(nodes, 0, form(text), 0, (end, s) => end === s.length) }
  }
  const regex = new RegExp(`^(?:${toRegex(source, options)})$`, flags)
  return { literal: undefined, regex, matches: (text) => regex.test(form(text)) }
}

function toRegex(source: string, options: PatternOptions): string {
  let out = ''
  for (let i = 0; i < source.length; i++) {
    const c = source[i] as string
    if (options.extglob && source[i + 1] === '(' && '?*+@'.includes(c)) {
      const end = groupEnd(source, i + 1)
      if (end > 0) {
        const inner = splitAlternatives(source.slice(i + 2, end)).map((a) => toRegex(a, options))
        // `+(*)` as it stands would be tried in exponentially many ways.
        out += inner.includes('.*') ? '.*' : `(?:${inner.join('|')})${c === '@' ? '' : c}`
        i = end
        continue
      }
    }
    if (c === '*') {
      while (source[i + 1] === '*') i++
      out += '.*'
    } else if (c === '?') out += '.'
    else if (c === '[') {
      const set = bracket(source, i)
      if (set === undefined) out += '\\['
      else {
        out += set.regex
        i = set.end
      }
    } else if (c === '\\' && i + 1 < source.length) out += quoteRegex(source[++i] as string)
    else out += quoteRegex(c)
  }
  return out
}

export function quoteRegex(c: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(c) ? c.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : c
}

function groupEnd(s: string, open: number): number {
  let depth = 0
  for (let i = open; i < s.length; i++) {
    if (s[i] === '\\') i++
    else if (s[i] === '[') {
      const set = bracket(s, i)
      if (set !== undefined) i = set.end
    } else if (s[i] === '(') depth++
    else if (s[i] === ')' && --depth === 0) return i
  }
  return -1
}

function splitAlternatives(s: string): string[] {
  const out: string[] = []
  let from = 0
  let depth = 0
  for (let i = 0; i < s.length; i++) {
    if (s[i] === '\\') i++
    else if (s[i] === '[') {
      const set = bracket(s, i)
      if (set !== undefined) i = set.end
    } else if (s[i] === '(') depth++
    else if (s[i] === ')') depth--
    else if (s[i] === '|' && depth === 0) {
      out.push(s.slice(from, i))
      from = i + 1
    }
  }
  out.push(s.slice(from))
  return out
}

/** POSIX character classes as regular expression class contents. */
export const CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\r\\f\\v',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
  word: 'A-Za-z0-9_',
  ascii: '\\x00-\\x7f',
}

/** A bracket expression at `i`; undefined when it is not closed. */
export function bracket(s: string, i: number, escapes = true): { regex: string; end: number } | undefined {
  let k = i + 1
  const negate = s[k] === '!' || s[k] === '^'
  if (negate) k++
  let body = ''
  let first = true
  for (; k < s.length; k++) {
    const c = s[k] as string
    if (c === ']' && !first) {
      const empty = body === ''
      return { regex: empty ? (negate ? '[^]' : '(?!)') : `[${negate ? '^' : ''}${body}]`, end: k }
    }
    first = false
    if (c === '[' && (s[k + 1] === ':' || s[k + 1] === '=' || s[k + 1] === '.')) {
      const end = s.indexOf(`${s[k + 1]}]`, k + 2)
      if (end > 0) {
        const name = s.slice(k + 2, end)
        body += s[k + 1] === ':' ? (CLASSES[name] ?? '') : escapeSet(name)
        k = end + 1
        continue
      }
    }
    if (c === '/' && escapes) return undefined
    let char = c
    if (c === '\\' && escapes && k + 1 < s.length) char = s[++k] as string
    char += pairOf(s, k)
    k += char.length - 1
    if (s[k + 1] === '-' && s[k + 2] !== undefined && s[k + 2] !== ']') {
      let n = k + 2
      let to = s[n] as string
      if (to === '\\' && escapes && n + 1 < s.length) to = s[++n] as string
      to += pairOf(s, n)
      n += to.length - 1
      if (to === '[' && s[n + 1] === '.') {
        const end = s.indexOf('.]', n + 2)
        if (end > 0) {
          to = s.slice(n + 2, end)
          n = end + 1
        }
      }
      if (to >= char) body += `${escapeSet(char)}-${escapeSet(to)}`
      k = n
      continue
    }
    body += escapeSet(char)
  }
  return undefined
}

function pairOf(s: string, i: number): string {
  const code = s.charCodeAt(i)
  return code >= 0xd800 && code <= 0xdbff ? s.charAt(i + 1) : ''
}

function escapeSet(c: string): string {
  return c.replace(/[\\\]^[-]/g, '\\$&')
}

/** Nodes from `i` on; in a group up to its `)` or `|`. */
function parseNodes(s: string, i: number, options: PatternOptions, group: boolean): { nodes: Node[]; end: number } {
  const nodes: Node[] = []
  const flags = `s${options.nocase ? 'i' : ''}${options.utf8 ? 'u' : ''}`
  let k = i
  for (; k < s.length; k++) {
    const c = s[k] as string
    if (group && (c === ')' || c === '|')) break
    if (s[k + 1] === '(' && '?*+@!'.includes(c) && groupEnd(s, k + 1) > 0) {
      const alternatives: Node[][] = []
      let at = k + 2
      for (;;) {
        const alt = parseNodes(s, at, options, true)
        alternatives.push(alt.nodes)
        at = alt.end + 1
        if (s[alt.end] !== '|') break
      }
      nodes.push({ k: 'ext', op: c, alternatives })
      k = at - 1
    } else if (c === '*') nodes.push({ k: 'star' })
    else if (c === '?') nodes.push({ k: 'char', re: new RegExp('^.$', flags) })
    else {
      const set = c === '[' ? bracket(s, k) : undefined
      if (set !== undefined) {
        nodes.push({ k: 'char', re: new RegExp(`^${set.regex}$`, flags) })
        k = set.end
      } else nodes.push({ k: 'char', re: new RegExp(`^${quoteRegex(c === '\\' && k + 1 < s.length ? (s[++k] as string) : c)}$`, flags) })
    }
  }
  return { nodes, end: k }
}

type Continue = (end: number, s: string) => boolean

/** Backtracking match of `nodes[n…]` at `i`; needed for `!(…)`, which no regular expression says. */
function matchNodes(nodes: readonly Node[], n: number, s: string, i: number, then: Continue): boolean {
  const node = nodes[n]
  if (node === undefined) return then(i, s)
  switch (node.k) {
    case 'char': {
      const c = s.codePointAt(i)
      if (c === undefined) return false
      const size = c > 0xffff ? 2 : 1
      return node.re.test(s.slice(i, i + size)) && matchNodes(nodes, n + 1, s, i + size, then)
    }
    case 'star':
      for (let k = i; k <= s.length; k++) if (matchNodes(nodes, n + 1, s, k, then)) return true
      return false
    case 'ext': {
      const one = (at: number, cont: Continue): boolean => node.alternatives.some((a) => matchNodes(a, 0, s, at, cont))
      const rest = (at: number): boolean => matchNodes(nodes, n + 1, s, at, then)
      if (node.op === '@') return one(i, rest)
      if (node.op === '?') return one(i, rest) || rest(i)
      if (node.op === '!') {
        for (let k = s.length; k >= i; k--) if (!one(i, (end) => end === k) && rest(k)) return true
        return false
      }
      const more = (at: number): boolean => rest(at) || one(at, (end) => end > at && more(end))
      return node.op === '*' ? more(i) : one(i, (end) => (end > i ? more(end) : rest(end)))
    }
  }
}

/** `text` without the shortest or longest prefix or suffix that matches. */
export function trim(text: string, source: string, side: 'prefix' | 'suffix', longest: boolean, options: PatternOptions): string {
  const pattern = compilePattern(source, options)
  const s = options.utf8 ? text : byteForm(text)
  if (pattern.literal !== undefined) {
    const lit = pattern.literal
    if (side === 'prefix') return s.startsWith(lit) ? s.slice(lit.length) : s
    return s.endsWith(lit) ? s.slice(0, s.length - lit.length) : s
  }
  // `*x` and `x*` by searching, because scripts do that to long texts.
  const star = /^\*([^*?[\]\\()|@!+]+)$/.exec(source)
  if (star !== null && side === 'prefix' && !options.nocase) {
    const lit = star[1] as string
    const at = longest ? s.lastIndexOf(lit) : s.indexOf(lit)
    return at < 0 ? s : s.slice(at + lit.length)
  }
  const tail = /^([^*?[\]\\()|@!+]+)\*$/.exec(source)
  if (tail !== null && side === 'suffix' && !options.nocase) {
    const at = longest ? s.indexOf(tail[1] as string) : s.lastIndexOf(tail[1] as string)
    return at < 0 ? s : s.slice(0, at)
  }
  const { length } = s
  for (let k = 0; k <= length; k++) {
    const n = longest ? length - k : k
    const piece = side === 'prefix' ? s.slice(0, n) : s.slice(length - n)
    if (pattern.matches(piece)) return side === 'prefix' ? s.slice(n) : s.slice(0, length - n)
  }
  return s
}

/** Replaces what matches (the longest at each place). `replacement` gets the matched text. */
export function substitute(
  text: string,
  source: string,
  how: 'first' | 'all' | 'prefix' | 'suffix',
  options: PatternOptions,
  replacement: (matched: string) => string,
): string {
  const s = options.utf8 ? text : byteForm(text)
  const pattern = compilePattern(source, options)
  if (source === '') return how === 'prefix' ? replacement('') + s : how === 'suffix' ? s + replacement('') : s
  const literal = pattern.literal
  if (how === 'prefix' || how === 'suffix') {
    for (let n = s.length; n >= 0; n--) {
      const piece = how === 'prefix' ? s.slice(0, n) : s.slice(s.length - n)
      if (pattern.matches(piece)) return how === 'prefix' ? replacement(piece) + s.slice(n) : s.slice(0, s.length - n) + replacement(piece)
    }
    return s
  }
  if (literal !== undefined) {
    if (how === 'first') {
      const at = s.indexOf(literal)
      return at < 0 ? s : s.slice(0, at) + replacement(literal) + s.slice(at + literal.length)
    }
    return s.split(literal).join(replacement(literal))
  }
  // A pattern without groups is leftmost-longest as a regular expression already, for its parts are greedy.
  const fast =
    pattern.regex !== undefined && !/\(/.test(source)
      ? new RegExp(pattern.regex.source.slice(1, -1), pattern.regex.flags.replace('g', '') + (how === 'all' ? 'g' : ''))
      : undefined
  if (fast !== undefined) {
    if (how === 'first') return s.replace(fast, (m) => replacement(m))
    return s === '' ? (pattern.matches('') ? replacement('') : '') : s.replace(fast, (m: string) => (m === '' ? '' : replacement(m)))
  }
  let out = ''
  let i = 0
  while (i <= s.length) {
    let matched = -1
    for (let n = s.length; n > i || (n === i && s === ''); n--) {
      if (pattern.matches(s.slice(i, n))) {
        matched = n
        break
      }
    }
    if (matched >= 0) {
      out += replacement(s.slice(i, matched))
      if (how === 'first') return out + s.slice(matched)
      i = matched === i ? i + 1 : matched
    } else out += s.charAt(i++)
  }
  return out
}

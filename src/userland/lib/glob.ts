export interface GlobOptions {
  /** A leading period needs an explicit one (FNM_PERIOD). */
  readonly period?: boolean
  /** `*` and `?` do not match `/` (FNM_PATHNAME). */
  readonly pathname?: boolean
  readonly ignoreCase?: boolean
}

const CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\0-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
}

/** A pattern of fnmatch(3) as an anchored RegExp. */
export function globToRegExp(pattern: string, options: GlobOptions = {}): RegExp {
  const any = options.pathname ? '[^/]' : '[^]'
  let out = '^'
  if (options.period && /^[*?[]/.test(pattern)) out += '(?!\\.)'
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i)
    if (c === '*') out += `${any}*`
    else if (c === '?') out += any
    else if (c === '\\' && i + 1 < pattern.length) out += literal(pattern.charAt(++i))
    else if (c === '[') {
      const set = bracket(pattern, i)
      if (set === undefined) out += '\\['
      else {
        out += set.source
        i = set.end
      }
    } else out += literal(c)
  }
  return new RegExp(`${out}$`, options.ignoreCase ? 'is' : 's')
}

function literal(c: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c
}

/** The bracket expression at `at`: its RegExp source and the index of its `]`. */
function bracket(pattern: string, at: number): { source: string; end: number } | undefined {
  let i = at + 1
  let out = '['
  if (pattern.charAt(i) === '!' || pattern.charAt(i) === '^') {
    out += '^'
    i++
  }
  let first = true
  for (; i < pattern.length; i++) {
    const c = pattern.charAt(i)
    if (c === ']' && !first) return { source: out === '[' ? '(?!)' : `${out}]`, end: i }
    first = false
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(i))
    if (named !== null) {
      out += CLASSES[named[1] ?? ''] ?? ''
      i += named[0].length - 1
    } else if (c === '\\' && i + 1 < pattern.length) out += `\\${pattern.charAt(++i)}`
    else if (c === '-') out += first || pattern.charAt(i + 1) === ']' ? '\\-' : '-'
    else out += /[\\\][^]/.test(c) ? `\\${c}` : c
  }
  return undefined
}

import { bracket, quoteRegex } from '../expand/pattern.ts'

/**
 * A POSIX extended regular expression as one of the host's. With `escaped` a backslash quotes any character, which is how
 * expansion hands over what was quoted. Throws when it is invalid. Differs: alternatives match leftmost-first, not longest.
 */
export function ereToRegex(
  source: string,
  options: { readonly nocase: boolean; readonly utf8: boolean; readonly escaped: boolean },
): RegExp {
  let out = ''
  let depth = 0
  for (let i = 0; i < source.length; i++) {
    const c = source[i] as string
    if (c === '\\') {
      const n = source[++i]
      if (n === undefined) throw new Error('trailing backslash')
      out += /[bBwWsS<>]/.test(n) && !options.escaped ? gnu(n) : quoteRegex(n)
    } else if (c === '[') {
      const set = bracketExpression(source, i)
      if (set === undefined) throw new Error('unmatched [')
      out += set.regex
      i = set.end
    } else if (c === '(') {
      depth++
      out += '('
    } else if (c === ')') {
      if (depth === 0) out += '\\)'
      else {
        depth--
        out += ')'
      }
    } else if (c === '{') {
      const m = /^\{(\d*)(,?)(\d*)\}/.exec(source.slice(i))
      if (m === null) out += '\\{'
      else {
        out += m[1] === '' ? `{0,${m[3]}}` : m[0]
        i += m[0].length - 1
      }
    } else if (c === '*' && (out === '' || out.endsWith('(') || out.endsWith('|'))) out += '\\*'
    else if ((c === '+' || c === '?') && (out === '' || out.endsWith('(') || out.endsWith('|'))) throw new Error('nothing to repeat')
    else if ((c === '+' || c === '*' || c === '?') && /[+*?]$/.test(out) && !/\\[+*?]$/.test(out))
      out = c === '?' && out.endsWith('+') ? `${out.slice(0, -1)}*` : out
    else if (c === '.' || c === '*' || c === '+' || c === '?' || c === '|' || c === '^' || c === '$') out += c
    else out += quoteRegex(c)
  }
  if (depth > 0) throw new Error('unmatched (')
  return new RegExp(out, `s${options.nocase ? 'i' : ''}${options.utf8 ? 'u' : ''}`)
}

function gnu(c: string): string {
  return c === '<' ? '\\b(?=\\w)' : c === '>' ? '\\b(?<=\\w)' : `\\${c}`
}

/** A bracket expression: a backslash in it is itself, except where expansion put one before a special character. */
function bracketExpression(source: string, i: number): { regex: string; end: number } | undefined {
  return bracket(source.replaceAll('/', '\x00'), i, true) === undefined
    ? undefined
    : withSlash(bracket(source.replaceAll('/', '\x00'), i, true))
}

function withSlash(set: { regex: string; end: number } | undefined): { regex: string; end: number } | undefined {
  return set === undefined ? undefined : { regex: set.regex.replaceAll('\x00', '\\/'), end: set.end }
}

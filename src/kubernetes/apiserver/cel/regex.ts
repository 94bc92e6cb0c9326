/**
 * Regular expressions in RE2's syntax, by the engine's own.
 * Differs: matching backtracks, so it is not linear in time; patterns only RE2 knows (`\C`, `\Q…\E`) are refused.
 */
import { EvaluationError } from './values.ts'

const MAX_CACHED = 256
const cache = new Map<string, RegExp | string>()

/** The compiled pattern. Throws EvalErrors with Go's words. */
export function regex(pattern: string): RegExp {
  let known = cache.get(pattern)
  if (known === undefined) {
    known = compile(pattern)
    if (cache.size >= MAX_CACHED) cache.clear()
    cache.set(pattern, known)
  }
  if (typeof known === 'string') throw new EvaluationError(known)
  return known
}

function compile(pattern: string): RegExp | string {
  const perl = /\(\?(?:[=!]|<[=!])/.exec(pattern)
  if (perl !== null) return `error parsing regexp: invalid or unsupported Perl syntax: \`${perl[0].slice(0, 3)}\``
  const escaping = /\\[1-9]/.exec(pattern.replaceAll('\\\\', ''))
  if (escaping !== null) return `error parsing regexp: invalid escape sequence: \`${escaping[0]}\``
  const leading = /^\(\?([ims]+)\)/.exec(pattern)
  const body = leading === null ? pattern : pattern.slice(leading[0].length)
  try {
    return new RegExp(translate(body), `gu${leading?.[1] ?? ''}`)
  } catch {
    return `error parsing regexp: ${complaint(pattern)}`
  }
}

function complaint(pattern: string): string {
  if (/(?:^|[^\\])\[[^\]]*$/.test(pattern)) return `missing closing ]: \`${pattern.slice(pattern.lastIndexOf('['))}\``
  if (/^[*+?]/.test(pattern)) return `missing argument to repetition operator: \`${pattern.charAt(0)}\``
  if (/\\$/.test(pattern)) return 'trailing backslash at end of expression: ``'
  const opening = pattern.replace(/\\./g, '').split('(').length
  const closing = pattern.replace(/\\./g, '').split(')').length
  if (opening > closing) return `missing closing ): \`${pattern}\``
  if (closing > opening) return `unexpected ): \`${pattern}\``
  return `invalid syntax: \`${pattern}\``
}

const CLASSES: { readonly [name: string]: string } = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** What RE2 writes another way than the engine's `u` mode. */
function translate(pattern: string): string {
  let out = ''
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i)
    if (c === '\\') {
      out += escaped(pattern.charAt(++i), inClass)
      if (/^[pP]$/.test(pattern.charAt(i)) && /[A-Z]/.test(pattern.charAt(i + 1))) out += `{${pattern.charAt(++i)}}`
      continue
    }
    const posix = inClass ? /^\[:(\w+):\]/.exec(pattern.slice(i)) : null
    if (posix !== null) {
      out += CLASSES[posix[1] ?? ''] ?? ''
      i += posix[0].length - 1
    } else if (!inClass && pattern.startsWith('(?P<', i)) {
      out += '(?<'
      i += 3
    } else {
      if (c === '[' && inClass) out += '\\['
      else out += !inClass && /[\]{}]/.test(c) ? brace(pattern, i) : c
      if (c === '[' && !inClass) {
        inClass = true
        if (pattern.charAt(i + 1) === ']') {
          out += '\\]'
          i++
        }
      } else if (c === ']') inClass = false
    }
  }
  return out
}

/** A brace that is no repetition stands for itself. */
function brace(pattern: string, at: number): string {
  const c = pattern.charAt(at)
  if (c === ']') return '\\]'
  const open = c === '{' ? at : pattern.lastIndexOf('{', at)
  const repeats = open >= 0 && /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(open))
  return repeats && open + repeats[0].length > at ? c : `\\${c}`
}

function escaped(c: string, inClass: boolean): string {
  if (c === 'z' && !inClass) return '(?![\\s\\S])'
  if (c === 'A' && !inClass) return '(?<![\\s\\S])'
  if (c === 'a') return '\\x07'
  if (/[A-Za-z0-9]/.test(c) || '^$\\.*+?()[]{}|/'.includes(c) || (inClass && c === '-')) return `\\${c}`
  return c
}

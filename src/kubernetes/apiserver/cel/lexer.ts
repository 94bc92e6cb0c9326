/** Cuts an expression into tokens. Source: cel-go parser/gen/CEL.g4, lexer rules. */
import { encode } from '#sim/bytes.ts'
import type { Issue } from './source.ts'

export type TokenKind = 'int' | 'uint' | 'float' | 'string' | 'bytes' | 'ident' | 'escaped' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  readonly at: number
  /** As it stands in the source; `<EOF>` at the end. */
  readonly text: string
}

/** Words that are tokens of their own. */
const WORDS = new Set(['in', 'true', 'false', 'null'])

const STRING = `[rR]?"""|[rR]?'''|[rR]?"|[rR]?'`
const PATTERNS: readonly (readonly [TokenKind | 'space', RegExp])[] = [
  ['space', /[\t \r\n\f]+|\/\/[^\n]*/y],
  ['float', /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y],
  ['uint', /0x[0-9a-fA-F]+[uU]|\d+[uU]/y],
  ['int', /0x[0-9a-fA-F]+|\d+/y],
  ['string', new RegExp(`[bB]?(?:${STRING})`, 'y')],
  ['ident', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['escaped', /`[A-Za-z0-9_.\-/ ]+`/y],
  ['symbol', /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y],
]

const ESCAPE = /\\(?:[abfnrtv"'\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y

/** The tokens, the last of kind `end`; what is none is complained of and left out. */
export function tokenize(source: string, issues: Issue[]): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const found = tokenAt(source, at)
    if (typeof found === 'number') {
      issues.push({ offset: at, message: `Syntax error: token recognition error at: '${source.slice(at, found)}'` })
      at = found
      continue
    }
    if (found.kind !== 'space') tokens.push({ kind: found.kind, at, text: source.slice(at, found.end) })
    at = found.end
  }
  tokens.push({ kind: 'end', at: source.length, text: '<EOF>' })
  return tokens
}

/** What starts at an offset, or where to go on when nothing does. */
function tokenAt(source: string, at: number): { readonly kind: TokenKind | 'space'; readonly end: number } | number {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match === null) continue
    const [text] = match
    if (kind !== 'string') return { kind: kind === 'ident' && WORDS.has(text) ? 'symbol' : kind, end: at + text.length }
    const end = stringEnd(source, at + text.length, text)
    return end.closed ? { kind: /^[bB]/.test(text) ? 'bytes' : 'string', end: end.offset } : end.offset
  }
  const first = source.codePointAt(at) ?? 0
  const width = first > 0xffff ? 2 : 1
  return '=&|'.includes(source.charAt(at)) ? Math.min(source.length, at + 2) : at + width
}

function stringEnd(source: string, start: number, opening: string): { readonly closed: boolean; readonly offset: number } {
  const raw = /[rR]/.test(opening)
  const quote = opening.replace(/^[bBrR]+/, '')
  let at = start
  while (at < source.length) {
    if (source.startsWith(quote, at)) return { closed: true, offset: at + quote.length }
    const c = source.charAt(at)
    if (quote.length === 1 && (c === '\n' || c === '\r')) return { closed: false, offset: at + 1 }
    if (c === '\\' && !raw) {
      ESCAPE.lastIndex = at
      const escaping = ESCAPE.exec(source)
      if (escaping === null) return { closed: false, offset: Math.min(source.length, afterBadEscape(source, at)) }
      at += escaping[0].length
    } else at++
  }
  return { closed: false, offset: source.length }
}

const PARTIAL = /\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?/y

/** Behind the first character that no escape goes on with. */
function afterBadEscape(source: string, at: number): number {
  PARTIAL.lastIndex = at
  return at + (PARTIAL.exec(source)?.[0].length ?? 1) + 1
}

const SIMPLE: { readonly [c: string]: string } = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** The value of a string token. Throws RangeError for a code point that is none. */
export function stringValue(text: string): string {
  const { raw, body } = bodyOf(text)
  if (raw) return body
  return body.replace(new RegExp(ESCAPE.source, 'g'), (escaping) => {
    const c = escaping.charAt(1)
    if ('xXuU'.includes(c)) return String.fromCodePoint(Number.parseInt(escaping.slice(2), 16))
    if (c >= '0' && c <= '3' && escaping.length === 4) return String.fromCodePoint(Number.parseInt(escaping.slice(1), 8))
    return SIMPLE[c] ?? c
  })
}

/** The value of a bytes token: escapes by number stand for one byte each. */
export function bytesValue(text: string): Uint8Array {
  const { raw, body } = bodyOf(text.slice(1))
  if (raw) return encode(body)
  const out: number[] = []
  for (const part of body.match(new RegExp(`${ESCAPE.source}|[^\\\\]+`, 'g')) ?? []) {
    const c = part.charAt(1)
    if (part.charAt(0) === '\\' && 'xX'.includes(c)) out.push(Number.parseInt(part.slice(2), 16))
    else if (part.charAt(0) === '\\' && part.length === 4 && c >= '0' && c <= '3') out.push(Number.parseInt(part.slice(1), 8))
    else out.push(...encode(part.charAt(0) === '\\' ? stringValue(`"${part}"`) : part))
  }
  return new Uint8Array(out)
}

function bodyOf(text: string): { readonly raw: boolean; readonly body: string } {
  const raw = /^[rR]/.test(text)
  const rest = raw ? text.slice(1) : text
  const width = rest.startsWith('"""') || rest.startsWith("'''") ? 3 : 1
  return { raw, body: rest.slice(width, -width) }
}

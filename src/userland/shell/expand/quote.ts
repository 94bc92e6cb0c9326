import { encode } from '#sim/bytes.ts'

/** The ways bash quotes text so that it can be read again. */

const CONTROL = /[\x00-\x1f\x7f]/

/** Whether text needs `$'…'`: control characters, or in the C locale anything that is no ASCII. */
export function needsAnsi(text: string, utf8: boolean): boolean {
  return CONTROL.test(text) || (utf8 ? /[\udc80-\udcff](?<![\ud800-\udbff].)/.test(text) : /[^\x00-\x7f]/.test(text))
}

const NAMED: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\x1b': '\\E',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
}

/** `$'a\nb'` */
export function ansiQuote(text: string, utf8: boolean): string {
  let out = "$'"
  for (const c of text) {
    const named = NAMED[c]
    if (named !== undefined) out += named
    else if (CONTROL.test(c)) out += `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`
    else if (c <= '\x7f' || (utf8 && !/[\udc80-\udcff]/.test(c.length === 1 ? c : ''))) out += c
    else for (const b of encode(c)) out += `\\${b.toString(8).padStart(3, '0')}`
  }
  return `${out}'`
}

/** `'it'\''s'` */
export function singleQuote(text: string): string {
  return text === "'" ? "\\'" : `'${text.replaceAll("'", "'\\''")}'`
}

/** As `${x@Q}`, `export -p` of aliases and traps: always quoted. */
export function quoteReusable(text: string, utf8: boolean): string {
  return needsAnsi(text, utf8) ? ansiQuote(text, utf8) : `'${text.replaceAll("'", "'\\''")}'`
}

/** As `printf %q`: backslashes. */
export function backslashQuote(text: string, utf8: boolean): string {
  if (text === '') return "''"
  if (needsAnsi(text, utf8)) return ansiQuote(text, utf8)
  return text
    .replace(/[ \t\n!"$&'()*,;<>?[\\\]^`{|}]/g, '\\$&')
    .replace(/^[~#]/, '\\$&')
    .replace(/([:=])~/g, '$1\\~')
}

const METAS = /[ \t\n'"\\|&;()<>!{}*[\]?^$`]|^#|^~|[:=]~/

/** As xtrace and `set` show values: quoted only where that is needed. */
export function quoteIfNeeded(text: string, utf8: boolean): string {
  if (needsAnsi(text, utf8)) return ansiQuote(text, utf8)
  return METAS.test(text) ? singleQuote(text) : text
}

/** A word of an xtrace line; the empty one is `''`. */
export function quoteTrace(text: string, utf8: boolean): string {
  if (text === '') return "''"
  if (METAS.test(text)) return singleQuote(text)
  return needsAnsi(text, utf8) ? ansiQuote(text, utf8) : text
}

/** A value as `declare -p` shows it. */
export function doubleQuote(text: string, utf8: boolean): string {
  return needsAnsi(text, utf8) ? ansiQuote(text, utf8) : `"${text.replace(/["$`\\]/g, '\\$&')}"`
}

/** The key of an associative array in `declare -p`. */
export function quoteKey(text: string, utf8: boolean): string {
  if (needsAnsi(text, utf8)) return ansiQuote(text, utf8)
  return METAS.test(text) || text === '' || text === '@' || text === '*' ? `"${text.replace(/["$`\\]/g, '\\$&')}"` : text
}

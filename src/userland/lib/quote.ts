import { encode } from '#sim/bytes.ts'

/*
 * GNU quoting of names in messages, POSIX locale. Source: gnulib quotearg, as coreutils uses it.
 */

const SIMPLE = /^[A-Za-z0-9_@%+,./:-][A-Za-z0-9_@%+,./:~#=-]*$/
const NEEDS = /[ \t\n\v\f\r!"$&'()*;<=>?[\\\]^`{|}]|^[~#]/

const ESCAPES: Record<number, string> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`
}

/** `shell-escape-always` (quoteaf): `'x'`, `'a'\''b'` or `"it's"`, `'a'$'\n''b'`. */
export function quoteaf(name: string): string {
  const bytes = encode(name)
  const odd = bytes.some((b) => b < 32 || b >= 127)
  if (!odd) {
    if (!name.includes("'")) return `'${name}'`
    if (!/["$`\\!]/.test(name)) return `"${name}"`
    return `'${name.replaceAll("'", "'\\''")}'`
  }
  let out = "'"
  let escaping = false
  for (const b of bytes) {
    if (b < 32 || b >= 127) {
      if (!escaping) out += "'$'"
      escaping = true
      out += ESCAPES[b] ?? octal(b)
    } else {
      if (escaping) out += "''"
      escaping = false
      out += b === 39 ? "'\\''" : String.fromCharCode(b)
    }
  }
  return `${out}'`
}

/** `shell-escape` (quotef, ls on a terminal): quotes only where a shell would need it. */
export function quotef(name: string): string {
  if (name === '') return "''"
  if (SIMPLE.test(name)) return name
  const odd = encode(name).some((b) => b < 32 || b >= 127)
  return odd || NEEDS.test(name) ? quoteaf(name) : name
}

/** As {@link quotef}, quoting names with a colon too (messages `prog: name: why`). */
export function quotefColon(name: string): string {
  return name.includes(':') && quotef(name) === name ? quoteaf(name) : quotef(name)
}

/** `locale` quoting (quote): `'x'`, with `\'`, `\n` and octal escapes inside. */
export function quote(text: string): string {
  return `'${escapeC(text, "'")}'`
}

/** C escapes of what does not print, of backslash and of `also`. */
export function escapeC(text: string, also = ''): string {
  let out = ''
  for (const b of encode(text)) {
    const ch = String.fromCharCode(b)
    if (b < 32 || b >= 127) out += ESCAPES[b] ?? octal(b)
    else if (ch === '\\' || (also !== '' && also.includes(ch))) out += `\\${ch}`
    else out += ch
  }
  return out
}

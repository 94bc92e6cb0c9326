import { decode } from '#sim/bytes.ts'

const SIMPLE: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
}

/** The character of one byte value: ASCII itself, else its surrogate escape. */
export function byteChar(value: number): string {
  const b = value & 0xff
  return b < 0x80 ? String.fromCharCode(b) : String.fromCharCode(0xdc00 + b)
}

/** Joins surrogate escapes that form valid UTF-8 sequences into the characters they spell. */
export function joinBytes(text: string): string {
  if (!/[\udc80-\udcff]{2}/.test(text)) return text
  return text.replace(/(?<![\ud800-\udbff])[\udc80-\udcff]{2,}/g, (run) => decode(Uint8Array.from(run, (c) => c.charCodeAt(0) - 0xdc00)))
}

/** What `$'…'` stands for. A NUL ends the text. Source: bash, ANSI-C Quoting. */
export function unescapeAnsi(text: string, utf8 = true): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c !== '\\' || i + 1 >= text.length) {
      out += c
      continue
    }
    const n = text.charAt(++i)
    const simple = SIMPLE[n]
    if (simple !== undefined) {
      out += simple
      continue
    }
    const rest = text.slice(i)
    const octal = /^[0-7]{1,3}/.exec(rest)
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)
    const braced = /^x\{([0-9a-fA-F]+)\}/.exec(rest)
    const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest)
    let value: string
    let used: number
    if (octal) [value, used] = [byteChar(Number.parseInt(octal[0], 8)), octal[0].length]
    else if (braced) [value, used] = [byteChar(Number.parseInt(braced[1] as string, 16)), braced[0].length]
    else if (hex) [value, used] = [byteChar(Number.parseInt(hex[1] as string, 16)), hex[0].length]
    else if (unicode) [value, used] = [codePoint(Number.parseInt(unicode[1] ?? (unicode[2] as string), 16), utf8), unicode[0].length]
    else if (n === 'c' && rest.length > 1) [value, used] = [String.fromCharCode(rest.charCodeAt(1) & 0x1f), 2]
    else [value, used] = [`\\${n}`, 1]
    if (value === '\0') break
    out += value
    i += used - 1
  }
  return joinBytes(out)
}

/** A character by its number; in the C locale what is no ASCII stays an escape, as in glibc. */
export function codePoint(cp: number, utf8: boolean): string {
  if (!utf8 && cp > 0x7f)
    return cp > 0xffff ? `\\U${cp.toString(16).toUpperCase().padStart(8, '0')}` : `\\u${cp.toString(16).toUpperCase().padStart(4, '0')}`
  return cp > 0x10ffff ? '\ufffd' : String.fromCodePoint(cp)
}

import { joinBytes } from '../syntax/escapes.ts'
import { byteForm } from './pattern.ts'

/** Text by characters of the locale: UTF-8 characters, or bytes in the C locale. */

export function lengthOf(text: string, utf8: boolean): number {
  if (!utf8) return byteForm(text).length
  return /[\ud800-\udbff]/.test(text) ? [...text].length : text.length
}

/** Characters `from` up to `to`. */
export function slice(text: string, from: number, to: number | undefined, utf8: boolean): string {
  if (!utf8) return joinBytes(byteForm(text).slice(from, to))
  return /[\ud800-\udbff]/.test(text) ? [...text].slice(from, to).join('') : text.slice(from, to)
}

export function characters(text: string, utf8: boolean): string[] {
  return utf8 ? [...text] : [...byteForm(text)]
}

function map(text: string, utf8: boolean, upper: boolean): string {
  if (utf8) {
    // One character to one character: as towupper(3), not as the full case mapping.
    let out = ''
    for (const c of text) {
      const n = upper ? c.toUpperCase() : c.toLowerCase()
      out += [...n].length === 1 ? n : c
    }
    return out
  }
  return upper ? text.replace(/[a-z]+/g, (s) => s.toUpperCase()) : text.replace(/[A-Z]+/g, (s) => s.toLowerCase())
}

export function upper(text: string, utf8: boolean): string {
  return map(text, utf8, true)
}

export function lower(text: string, utf8: boolean): string {
  return map(text, utf8, false)
}

/** First letter upper, the others lower (`declare -c`). */
export function capitalise(text: string, utf8: boolean): string {
  return upper(slice(text, 0, 1, utf8), utf8) + lower(slice(text, 1, undefined, utf8), utf8)
}

/** `${x^pat}` and its relatives: changes the case of the first or of all characters that match. */
export function changeCase(text: string, op: string, matches: (c: string) => boolean, utf8: boolean): string {
  const chars = characters(text, utf8)
  const all = op.length === 2
  const change = (c: string): string => {
    if (op[0] === '^') return upper(c, utf8)
    if (op[0] === ',') return lower(c, utf8)
    const u = upper(c, utf8)
    return u === c ? lower(c, utf8) : u
  }
  return joinBytes(chars.map((c, i) => ((all || i === 0) && matches(c) ? change(c) : c)).join(''))
}

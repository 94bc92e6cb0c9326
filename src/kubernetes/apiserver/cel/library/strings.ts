/** Strings, by characters. Source: cel-go ext/strings.go, version 2. */
import { fn, method, type Overload } from '../functions.ts'
import { DYN, INT, listOf, STRING } from '../types.ts'
import { EvaluationError, List } from '../values.ts'
import { format } from './string-format.ts'

const outOfRange = (index: bigint): EvaluationError => new EvaluationError(`index out of range: ${index}`)

function charAt(s: string, at: bigint): string {
  const characters = [...s]
  if (at < 0n || at > BigInt(characters.length)) throw outOfRange(at)
  return characters[Number(at)] ?? ''
}

function indexOf(s: string, part: string, from = 0n): bigint {
  const characters = [...s]
  const wanted = [...part]
  if (from < 0n || from > BigInt(characters.length)) throw outOfRange(from)
  for (let i = Number(from); i + wanted.length <= characters.length; i++)
    if (wanted.every((c, j) => characters[i + j] === c)) return BigInt(i)
  return -1n
}

function lastIndexOf(s: string, part: string, from?: bigint): bigint {
  const characters = [...s]
  const wanted = [...part]
  if (from !== undefined && (from < 0n || from > BigInt(characters.length))) throw outOfRange(from)
  const last = characters.length - wanted.length
  for (let i = from === undefined ? last : Math.min(Number(from), last); i >= 0; i--)
    if (wanted.every((c, j) => characters[i + j] === c)) return BigInt(i)
  return -1n
}

function replace(s: string, old: string, by: string, count: bigint): string {
  if (count < 0n) return old === '' ? replace(s, old, by, BigInt([...s].length + 1)) : s.replaceAll(old, () => by)
  const pieces: string[] = []
  let rest = s
  for (let left = count; left > 0n; left--) {
    if (old === '') {
      const [first] = rest
      pieces.push(by, first ?? '')
      if (first === undefined) return pieces.join('')
      rest = rest.slice(first.length)
      continue
    }
    const at = rest.indexOf(old)
    if (at < 0) break
    pieces.push(rest.slice(0, at), by)
    rest = rest.slice(at + old.length)
  }
  return pieces.join('') + rest
}

function split(s: string, separator: string, limit: bigint): List {
  if (limit === 0n) return new List([])
  const parts = separator === '' ? [...s] : s.split(separator)
  if (limit < 0n || BigInt(parts.length) <= limit) return new List(parts)
  const kept = parts.slice(0, Number(limit) - 1)
  return new List([...kept, parts.slice(Number(limit) - 1).join(separator)])
}

function substring(s: string, start: bigint, end?: bigint): string {
  const characters = [...s]
  const length = BigInt(characters.length)
  if (end !== undefined && start > end) throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`)
  if (start < 0n || start > length) throw outOfRange(start)
  if (end !== undefined && (end < 0n || end > length)) throw outOfRange(end)
  return characters.slice(Number(start), end === undefined ? undefined : Number(end)).join('')
}

function join(list: List, separator: string): string {
  return list.items
    .map((item) => {
      if (typeof item !== 'string') throw new EvaluationError(`join: invalid input: ${String(item)}`)
      return item
    })
    .join(separator)
}

const SPACE = /^[\s\u0085\u180e\u200b-\u200d\u2060]+|[\s\u0085\u180e\u200b-\u200d\u2060]+$/gu

const QUOTED: { readonly [c: string]: string } = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

export const STRINGS: readonly Overload[] = [
  method('charAt', [STRING, INT], STRING, charAt),
  method('indexOf', [STRING, STRING], INT, (s, part) => indexOf(s, part)),
  method('indexOf', [STRING, STRING, INT], INT, indexOf),
  method('lastIndexOf', [STRING, STRING], INT, (s, part) => lastIndexOf(s, part)),
  method('lastIndexOf', [STRING, STRING, INT], INT, lastIndexOf),
  method('lowerAscii', [STRING], STRING, (s) => s.replace(/[A-Z]+/g, (m) => m.toLowerCase())),
  method('upperAscii', [STRING], STRING, (s) => s.replace(/[a-z]+/g, (m) => m.toUpperCase())),
  method('replace', [STRING, STRING, STRING], STRING, (s, old, by) => replace(s, old, by, -1n)),
  method('replace', [STRING, STRING, STRING, INT], STRING, replace),
  method('split', [STRING, STRING], listOf(STRING), (s, separator) => split(s, separator, -1n)),
  method('split', [STRING, STRING, INT], listOf(STRING), split),
  method('substring', [STRING, INT], STRING, (s, start) => substring(s, start)),
  method('substring', [STRING, INT, INT], STRING, substring),
  method('trim', [STRING], STRING, (s) => s.replace(SPACE, '')),
  method('format', [STRING, listOf(DYN)], STRING, format),
  fn('strings.quote', [STRING], STRING, (s) => `"${[...s].map((c) => QUOTED[c] ?? c).join('')}"`),
  method('join', [listOf(STRING)], STRING, (list) => join(list, '')),
  method('join', [listOf(STRING), STRING], STRING, join),
]

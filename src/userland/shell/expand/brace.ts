import type { Part, Word } from '../syntax/ast.ts'
import { makeWord } from '../syntax/lexer.ts'

/** One unit of a word for brace expansion: an unquoted character, or something that can't be looked into. */
type Unit = string | Part

/** A backslash of a sequence (it is between `Z` and `a`) quotes, and there is nothing behind it. */
const QUOTED_NOTHING: Part = { t: 'quo', s: '' }

/** More words than this from one brace expansion are refused. */
const MAX_WORDS = 1_000_000

const cache = new WeakMap<Word, readonly Word[]>()

/** The words a word stands for by brace expansion. Source: bash, Brace Expansion. */
export function braceExpand(word: Word): readonly Word[] {
  let found = cache.get(word)
  if (found === undefined) {
    const units = toUnits(word.parts)
    const results = expand(units)
    found =
      results.length === 1 && results[0]?.length === units.length ? [word] : results.map((u) => makeWord(toParts(u), word.raw, word.line))
    cache.set(word, found)
  }
  return found
}

function toUnits(parts: readonly Part[]): Unit[] {
  const out: Unit[] = []
  for (const p of parts) {
    if (p.t === 'lit') out.push(...p.s)
    else out.push(p)
  }
  return out
}

function toParts(all: readonly Unit[]): Part[] {
  const out: Part[] = []
  let lit = ''
  const units = all.slice()
  for (let i = 0; i < units.length; i++) {
    const u = units[i] as Unit
    if (typeof u !== 'string' && u.t === 'param' && u.raw === `$${u.name}` && /^[A-Za-z_]/.test(u.name)) {
      // Brace expansion works on text: `$x{1,2}` means `$x1 $x2`.
      let name = u.name
      for (let next = units[i + 1]; typeof next === 'string' && /^\w$/.test(next); next = units[i + 1]) {
        name += next
        i++
      }
      if (lit !== '') out.push({ t: 'lit', s: lit })
      lit = ''
      out.push({ t: 'param', name, raw: `$${name}` })
      continue
    }
    if (typeof u === 'string') lit += u
    else {
      if (lit !== '') out.push({ t: 'lit', s: lit })
      lit = ''
      out.push(u)
    }
  }
  if (lit !== '') out.push({ t: 'lit', s: lit })
  return out
}

function expand(units: readonly Unit[]): Unit[][] {
  for (let i = 0; i < units.length; i++) {
    if (units[i] !== '{') continue
    const group = findGroup(units, i)
    if (group === undefined) continue
    const prefix = units.slice(0, i)
    const tails = expand(units.slice(group.end + 1))
    const out: Unit[][] = []
    for (const middle of group.choices) {
      for (const m of group.sequence ? [middle] : expand(middle)) {
        for (const tail of tails) {
          if (out.length >= MAX_WORDS) return out
          out.push([...prefix, ...m, ...tail])
        }
      }
    }
    return out
  }
  return [[...units]]
}

/** The group that opens at `i`: its choices, or a sequence; undefined when the brace stands for itself. */
function findGroup(units: readonly Unit[], i: number): { choices: Unit[][]; end: number; sequence: boolean } | undefined {
  let depth = 0
  const choices: Unit[][] = []
  let from = i + 1
  for (let k = i + 1; k < units.length; k++) {
    const u = units[k]
    if (u === '{') depth++
    else if (u === '}') {
      if (depth > 0) {
        depth--
        continue
      }
      const last = units.slice(from, k)
      if (choices.length > 0) return { choices: [...choices, last], end: k, sequence: false }
      const items = last.every((x) => typeof x === 'string') ? sequence(last.join('')) : undefined
      // `{x}` is no group, but a comma may still come: bash looks for the matching brace only.
      return items === undefined
        ? undefined
        : { choices: items.map((s) => (s === '\\' ? [QUOTED_NOTHING] : [...s])), end: k, sequence: true }
    } else if (u === ',' && depth === 0) {
      choices.push(units.slice(from, k))
      from = k + 1
    }
  }
  return undefined
}

/** `1..5`, `a..e..2`, `01..10`; undefined when it is no sequence. */
function sequence(text: string): string[] | undefined {
  const m = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(text)
  if (m === null) return undefined
  const [, a, b] = m as RegExpExecArray & [string, string, string]
  const numeric = /\d/.test(a) && /\d/.test(b)
  if (!numeric && (/\d/.test(a) || /\d/.test(b))) return undefined
  const from = numeric ? Number(a) : a.charCodeAt(0)
  const to = numeric ? Number(b) : b.charCodeAt(0)
  const by = Math.abs(Number(m[3] ?? 1)) || 1
  const padded = numeric && (/^-?0\d/.test(a) || /^-?0\d/.test(b))
  const width = padded ? Math.max(a.length, b.length) : 0
  const count = Math.floor(Math.abs(to - from) / by) + 1
  if (count > MAX_WORDS) return undefined
  const out: string[] = []
  for (let i = 0; i < count; i++) {
    const n = from <= to ? from + i * by : from - i * by
    if (!numeric) out.push(String.fromCharCode(n))
    else if (!padded) out.push(String(n))
    else out.push(n < 0 ? `-${String(-n).padStart(width - 1, '0')}` : String(n).padStart(width, '0'))
  }
  return out
}

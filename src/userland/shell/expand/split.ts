/** IFS, taken apart: which characters split, and which of them are white space. */
export interface Ifs {
  readonly chars: string
  readonly white: string
}

const DEFAULT: Ifs = { chars: ' \t\n', white: ' \t\n' }
const cache = new Map<string, Ifs>()

/** `undefined`: IFS is unset, which means the default. */
export function parseIfs(value: string | undefined): Ifs {
  if (value === undefined || value === ' \t\n') return DEFAULT
  let ifs = cache.get(value)
  if (ifs === undefined) {
    if (cache.size > 100) cache.clear()
    ifs = { chars: value, white: [...value].filter((c) => c === ' ' || c === '\t' || c === '\n').join('') }
    cache.set(value, ifs)
  }
  return ifs
}

/**
 * Splits the result of an expansion. `lead`: it began with a separator, so what stood before it in the word is a field of
 * its own; `tail`: it ended with one. Source: bash, Word Splitting.
 */
export function split(text: string, ifs: Ifs): { readonly fields: readonly string[]; readonly lead: boolean; readonly tail: boolean } {
  const { chars, white } = ifs
  const { length } = text
  let i = 0
  while (i < length && white.includes(text[i] as string)) i++
  const lead = i > 0
  const fields: string[] = []
  let tail = false
  while (i < length) {
    const from = i
    while (i < length && !chars.includes(text[i] as string)) i++
    fields.push(text.slice(from, i))
    tail = i < length
    // White space, at most one other separator, white space.
    while (i < length && white.includes(text[i] as string)) i++
    if (i < length && chars.includes(text[i] as string) && !white.includes(text[i] as string)) {
      i++
      while (i < length && white.includes(text[i] as string)) i++
    }
  }
  return { fields, lead, tail }
}

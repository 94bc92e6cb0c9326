import { compareSort } from '../expand/glob.ts'
import { width } from './display.ts'

/**
 * Candidates in columns, sorted downwards (`across`: along the rows). `marks` stand behind the names (`/` of directories)
 * and take no width. Source: rl_display_match_list.
 */
export function listing(names: readonly string[], marks: ReadonlyMap<string, string>, columns: number, across = false): string {
  const sorted = compareSort([...new Set(names)])
  const wide = Math.max(...sorted.map(width)) + 2
  let limit = Math.floor(columns / wide)
  if (limit > 1 && limit * wide === columns) limit--
  limit = Math.max(1, limit)
  const rows = Math.ceil(sorted.length / limit)
  let out = ''
  for (let r = 0; r < rows; r++) {
    for (let column = 0; column < limit; column++) {
      const name = sorted[across ? r * limit + column : r + column * rows]
      if (name === undefined) break
      const text = name + (marks.get(name) ?? '')
      out += text
      if (column + 1 < limit) out += ' '.repeat(Math.max(1, wide - width(text)))
    }
    out += '\n'
  }
  return out
}

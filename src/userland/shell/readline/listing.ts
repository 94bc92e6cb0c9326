import { compareSort } from '../expand/glob.ts'
import { width } from './display.ts'

/** Candidates in columns, sorted downwards. `marks` stand behind the names (`/` of directories) and take no width. */
export function listing(names: readonly string[], marks: ReadonlyMap<string, string>, columns: number): string {
  const sorted = compareSort([...new Set(names)])
  const wide = Math.max(...sorted.map(width)) + 2
  const across = Math.max(1, Math.floor(columns / wide))
  const rows = Math.ceil(sorted.length / across)
  let out = ''
  for (let r = 0; r < rows; r++) {
    for (let i = r; i < sorted.length; i += rows) {
      const name = sorted[i] as string
      const text = name + (marks.get(name) ?? '')
      out += text + ' '.repeat(Math.max(0, wide - width(text)))
    }
    out += '\n'
  }
  return out
}

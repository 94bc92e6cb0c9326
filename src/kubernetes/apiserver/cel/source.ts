/**
 * What the compiler complains of, and how it shows where: position, source line, caret.
 * Source: cel-go common (Errors, Source).
 */

/** A complaint at an offset (UTF-16 units) of the expression. */
export interface Issue {
  readonly offset: number
  readonly message: string
}

/** No more complaints than these are shown. */
const MAX_SHOWN = 100

interface Place {
  readonly line: number
  /** Characters before it in its line. */
  readonly column: number
  readonly text: string
}

function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  const end = source.indexOf('\n', offset)
  return {
    line: before.split('\n').length,
    column: [...before.slice(start)].length,
    text: source.slice(start, end < 0 ? undefined : end),
  }
}

const isWide = (character: string): boolean => (character.codePointAt(0) ?? 0) > 0x7f

function pointer(text: string, column: number): string {
  const characters = [...text]
  const dots = characters.slice(0, column).map((c) => (isWide(c) ? '\uff0e' : '.'))
  const at = characters[column]
  return dots.join('') + (at !== undefined && isWide(at) ? '\uff3e' : '^')
}

/** All issues as upstream prints them, in the order of their places. */
export function formatIssues(source: string, issues: readonly Issue[]): string {
  const placed = issues.map((issue) => ({ issue, place: placeOf(source, issue.offset) }))
  placed.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
  const lines = placed.slice(0, MAX_SHOWN).map(({ issue, place }) => {
    const text = place.text.replaceAll('\t', ' ')
    return `ERROR: <input>:${place.line}:${place.column + 1}: ${issue.message}\n | ${text}\n | ${pointer(text, place.column)}`
  })
  if (placed.length > MAX_SHOWN) lines.push(`${placed.length - MAX_SHOWN} more errors were truncated`)
  return lines.join('\n')
}

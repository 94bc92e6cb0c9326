/** Go's text/tabwriter (minwidth 0, tabwidth 8, padding 2, blanks), as `kubectl describe` uses it. */

const PADDING = 2

/** Lays out lines whose cells end in tabs: a column is as wide as its widest cell among neighbouring lines that have it. */
export function tabulate(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'))
  const out: string[] = lines.map(() => '')
  format(lines, out, 0, lines.length, [])
  return out.join('\n')
}

const width = (cell: string | undefined): number => [...(cell ?? '')].length

function format(lines: readonly string[][], out: string[], from: number, to: number, widths: number[]): void {
  const column = widths.length
  let start = from
  for (let i = from; i < to; i++) {
    if (column >= (lines[i]?.length ?? 0) - 1) continue
    write(lines, out, start, i, widths)
    let end = i
    let widest = 0
    while (end < to && column < (lines[end]?.length ?? 0) - 1) {
      widest = Math.max(widest, width(lines[end]?.[column]) + PADDING)
      end++
    }
    format(lines, out, i, end, [...widths, widest])
    start = end
    i = end - 1
  }
  write(lines, out, start, to, widths)
}

function write(lines: readonly string[][], out: string[], from: number, to: number, widths: readonly number[]): void {
  for (let i = from; i < to; i++) {
    out[i] = (lines[i] ?? [])
      .map((cell, j) => (j < widths.length ? cell + ' '.repeat(Math.max(0, (widths[j] ?? 0) - width(cell))) : cell))
      .join('')
  }
}

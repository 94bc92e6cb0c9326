/** Placing names in columns as ls(1) and dir(1) do. Source: coreutils, calculate_columns(). */

const LEAST_COLUMN = 3

/** Widths of the columns for `lengths`, filled down (`byColumns`) or across, within `width`. */
export function columnWidths(lengths: readonly number[], width: number, byColumns: boolean): number[] {
  const most = Math.max(1, Math.min(Math.ceil(width / LEAST_COLUMN), lengths.length))
  for (let cols = most; cols > 1; cols--) {
    const widths = new Array<number>(cols).fill(LEAST_COLUMN)
    let total = cols * LEAST_COLUMN
    const rows = Math.ceil(lengths.length / cols)
    for (let i = 0; i < lengths.length && total < width; i++) {
      const column = byColumns ? Math.floor(i / rows) : i % cols
      const length = (lengths[i] ?? 0) + (column === cols - 1 ? 0 : 2)
      const have = widths[column] ?? 0
      if (length > have) {
        total += length - have
        widths[column] = length
      }
    }
    if (total < width) return widths
  }
  return [LEAST_COLUMN]
}

/** Blanks and tabs from column `from` to `to`. */
export function indent(from: number, to: number, tabSize: number): string {
  let out = ''
  let at = from
  while (at < to) {
    if (tabSize !== 0 && Math.floor(to / tabSize) > Math.floor((at + 1) / tabSize)) {
      out += '\t'
      at += tabSize - (at % tabSize)
    } else {
      out += ' '
      at++
    }
  }
  return out
}

/** Lays `items` (text and its visible length) out; the result ends with a newline per row. */
export function layOut(
  items: readonly { readonly text: string; readonly length: number }[],
  width: number,
  tabSize: number,
  byColumns: boolean,
  eol: string,
): string {
  const widths = columnWidths(
    items.map((i) => i.length),
    width,
    byColumns,
  )
  const cols = widths.length
  const rows = Math.ceil(items.length / cols)
  let out = ''
  for (let row = 0; row < rows; row++) {
    let position = 0
    for (let col = 0; col < cols; col++) {
      const index = byColumns ? col * rows + row : row * cols + col
      const item = items[index]
      if (item === undefined) break
      out += item.text
      const next = byColumns ? index + rows : index + 1
      if (next < items.length && col + 1 < cols) {
        const end = position + (widths[col] ?? 0)
        out += indent(position + item.length, end, tabSize)
        position = end
      }
    }
    out += eol
  }
  return out
}

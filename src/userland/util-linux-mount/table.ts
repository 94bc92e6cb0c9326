/** Tables as libsmartcols prints them. */

export interface Column {
  readonly name: string
  readonly right?: boolean
}

/** Rows under a heading; every column as wide as its widest cell or its name, the last one not padded. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: { noHeadings?: boolean; raw?: boolean } = {},
): string {
  const lines = style.noHeadings === true ? rows : [columns.map((c) => c.name), ...rows]
  if (style.raw === true) return lines.map((cells) => `${cells.map((c) => c.replaceAll(' ', '\\x20')).join(' ')}\n`).join('')
  const widths = columns.map((c, i) => Math.max(c.name.length, ...rows.map((r) => (r[i] ?? '').length)))
  return lines
    .map((cells) => {
      const padded = columns.map((c, i) => {
        const cell = cells[i] ?? ''
        if (c.right === true) return cell.padStart(widths[i] as number)
        return i === columns.length - 1 ? cell : cell.padEnd(widths[i] as number)
      })
      return `${padded.join(' ')}\n`
    })
    .join('')
}

/** `key="value"` pairs, -P. */
export function pairs(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return rows.map((r) => `${columns.map((c, i) => `${c.name}="${r[i] ?? ''}"`).join(' ')}\n`).join('')
}

/** Prefixes of a tree in ASCII: depth first, what hangs below what. */
export function treeRows<T>(roots: readonly T[], children: (node: T) => readonly T[]): { readonly node: T; readonly prefix: string }[] {
  const out: { node: T; prefix: string }[] = []
  const visit = (nodes: readonly T[], indent: string, top: boolean): void => {
    for (const [i, node] of nodes.entries()) {
      const last = i === nodes.length - 1
      out.push({ node, prefix: top ? '' : `${indent}${last ? '`-' : '|-'}` })
      visit(children(node), top ? '' : `${indent}${last ? '  ' : '| '}`, false)
    }
  }
  visit(roots, '', true)
  return out
}

/** Sizes as lsblk and findmnt print them: `6G`, `5.9G`, `8M`. */
export function shortSize(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P']
  let unit = 0
  let value = bytes
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const tenths = Math.round(value * 10)
  return `${Math.floor(tenths / 10)}${tenths % 10 === 0 ? '' : `.${tenths % 10}`}${units[unit]}`
}

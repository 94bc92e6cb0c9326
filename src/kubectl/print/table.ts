import type { KubeObject } from '../rest.ts'

/** A Table as the server prints it (meta.k8s.io/v1). */
export interface Table {
  readonly kind: 'Table'
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly columnDefinitions: readonly {
    readonly name: string
    readonly type: string
    readonly format?: string
    readonly priority?: number
  }[]
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: KubeObject }[]
}

export interface TableOptions {
  readonly wide: boolean
  readonly noHeaders: boolean
  readonly withNamespace: boolean
  /** `deployment.apps/` in front of names. */
  readonly kindPrefix?: string
  readonly showLabels: boolean
  /** Columns of `-L`. */
  readonly labelColumns: readonly string[]
}

/** Rows of text, header first, of a Table. */
export function tableRows(table: Table, options: TableOptions): string[][] {
  const shown = table.columnDefinitions.map((c, i) => ({ ...c, i })).filter((c) => options.wide || (c.priority ?? 0) === 0)
  const header = [
    ...(options.withNamespace ? ['NAMESPACE'] : []),
    ...shown.map((c) => c.name.toUpperCase()),
    ...options.labelColumns.map((l) => (l.split('/').at(-1) ?? l).toUpperCase()),
    ...(options.showLabels ? ['LABELS'] : []),
  ]
  const rows = table.rows.map((row) => {
    const labels = row.object?.metadata?.labels ?? {}
    return [
      ...(options.withNamespace ? [row.object?.metadata?.namespace ?? ''] : []),
      ...shown.map((c) => {
        const text = cellText(row.cells[c.i])
        return c.name === 'Name' && c.format === 'name' && options.kindPrefix !== undefined ? options.kindPrefix + text : text
      }),
      ...options.labelColumns.map((l) => labels[l] ?? ''),
      ...(options.showLabels ? [formatLabels(labels)] : []),
    ]
  })
  return options.noHeaders ? rows : [header, ...rows]
}

/** One cell; line ends and controls are shown as escapes. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value)
        ? `[${value.map(cellText).join(' ')}]`
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value)
  const nl = text.search(/[\f\n\r]/)
  const line = nl < 0 ? text : `${text.slice(0, nl)}...`
  return line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (c) => `^${String.fromCharCode(c.charCodeAt(0) ^ 0x40)}`)
}

/** `a=b,c=d`, sorted; `<none>` without any. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([k, v]) => `${k}=${v}`)
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',')
}

const MIN_WIDTH = 6
const PADDING = 3

/** Go's tabwriter as kubectl sets it up: a column is as wide as its widest cell plus three. */
export class TabWriter {
  readonly #widths: number[] = []
  readonly #remember: boolean

  /** `remember`: keep widths between blocks and only widen (a watch). */
  constructor(remember = false) {
    this.#remember = remember
  }

  /** The block's lines, each ending in a newline. The last cell of a line is not padded. */
  format(rows: readonly (readonly string[])[]): string {
    const widths = this.#remember ? this.#widths : []
    for (const row of rows) {
      for (let i = 0; i < row.length - 1; i++) widths[i] = Math.max(widths[i] ?? MIN_WIDTH, [...(row[i] ?? '')].length + PADDING)
    }
    return rows
      .map(
        (row) =>
          `${row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - [...cell].length))).join('')}\n`,
      )
      .join('')
  }
}

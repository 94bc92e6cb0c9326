import { bytesOf, latin } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

/** column(1): fills columns, or makes a table with -t. */
export const column = defineProgram({
  name: 'util-linux/column',
  short: 'ts:o:c:xnN:R:eLH:O:E:T:W:J',
  long: 'table:t separator=:s output-separator=:o output-width=:c fillrows:x table-columns=:N table-right=:R table-empty-lines:L table-hide=:H table-order=:O',
  missing: 'E J T W O tree json',
  *run(ctx) {
    const { opts } = ctx
    let text = ''
    for (const part of yield* ctx.inputs(ctx.operands)) text += latin(part)
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    if (opts.has('t')) {
      const separators = opts.value('s')
      const cells = (line: string): string[] =>
        separators === undefined ? line.trim().split(/[ \t]+/) : split(line, bytesOf(separators).replace('\\t', '\t'))
      const names = opts.value('N')?.split(',')
      const rows = [...(names === undefined ? [] : [names]), ...lines.map(cells)]
      const right = (opts.value('R') ?? '').split(',').map((c) => (names?.indexOf(c) ?? -1) + 1 || Number(c))
      const count = Math.max(0, ...rows.map((r) => r.length))
      const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((r) => (r[i] ?? '').length)))
      const gap = opts.value('o') ?? '  '
      for (const row of rows) {
        const last = opts.has('o') ? count - 1 : row.length - 1
        const shown = row.map((cell, i) =>
          right.includes(i + 1) ? cell.padStart(widths[i] ?? 0) : i === last ? cell : cell.padEnd(widths[i] ?? 0),
        )
        ctx.out.raw(`${shown.join(gap)}\n`)
      }
      return ctx.status
    }
    const width = Number(opts.value('c') ?? (ctx.proc.isatty(1) ? ctx.proc.getWinSize(1).cols || 80 : (ctx.proc.getenv('COLUMNS') ?? 80)))
    const longest = Math.max(0, ...lines.map((l) => l.length))
    const step = (Math.floor(longest / 8) + 1) * 8
    const columns = Math.max(1, Math.floor(width / step))
    if (longest >= width || columns === 1) {
      for (const line of lines) ctx.out.raw(`${line}\n`)
      return ctx.status
    }
    const height = Math.ceil(lines.length / columns)
    for (let r = 0; r < height; r++) {
      let row = ''
      for (let c = 0; c < columns; c++) {
        const at = opts.has('x') ? r * columns + c : c * height + r
        const cell = lines[at]
        const next = opts.has('x') ? (c + 1 < columns ? lines[at + 1] : undefined) : lines[at + height]
        if (cell === undefined) break
        row += next === undefined ? cell : cell + '\t'.repeat(Math.ceil((step - cell.length) / 8))
        if (next === undefined) break
      }
      ctx.out.raw(`${row}\n`)
    }
    return ctx.status
  },
})

function split(line: string, separators: string): string[] {
  const out: string[] = ['']
  for (const c of line) {
    if (separators.includes(c)) out.push('')
    else out[out.length - 1] += c
  }
  return out
}

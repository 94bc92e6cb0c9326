import { latin, readAll } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

/** The columns of a line after backspaces and carriage returns: what is written over is lost (-b), or comes again over it. */
function overstrike(line: string, plain: boolean): string {
  const cells: string[][] = []
  let at = 0
  for (const c of line) {
    if (c === '\b') at = Math.max(0, at - 1)
    else if (c === '\r') at = 0
    else if (c === '\t') at = (at | 7) + 1
    else if (c >= ' ') {
      const cell = cells[at] ?? []
      // A blank takes nothing away from what stands there.
      if (c !== ' ' || cell.length === 0) cell.push(c)
      cells[at++] = cell
    }
  }
  return Array.from(cells, (cell) => {
    const drawn = (cell ?? []).filter((c, i, all) => c !== ' ' || all.length === 1 || i > 0)
    return plain ? (drawn.at(-1) ?? ' ') : drawn.join('\b') || ' '
  })
    .join('')
    .trimEnd()
}

/** Blanks as tabs wherever they end at a multiple of eight. */
function tabs(line: string): string {
  return (line.match(/.{1,8}/gs) ?? []).map((part) => (part.length === 8 ? part.replace(/ {2,}$/, '\t') : part)).join('')
}

/** col(1). Differs: no motion by half or whole lines backwards. */
export const col = defineProgram({
  name: 'util-linux/col',
  usage: '[options]',
  short: 'bfhpxl:',
  long: 'no-backspaces:b fine:f tabs:h pass:p spaces:x lines=:l',
  *run(ctx) {
    const text = latin(yield* readAll(ctx.proc, 0))
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const line of lines) {
      const out = overstrike(line, ctx.has('b'))
      ctx.out.put(`${ctx.has('x') || out.includes('\b') ? out : tabs(out)}\n`)
    }
    return 0
  },
})

import { readLine } from '../builtins/read-line.ts'
import type { Command } from '../syntax/ast.ts'
import { iteration } from './exec.ts'
import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

/** `select name in words; do …`. Source: bash, Conditional Constructs. */
export function* selectLoop(sh: Shell, c: Extract<Command, { type: 'for' | 'select' }>): Run<number> {
  sh.line = c.line
  const values = c.words === undefined ? sh.positional.slice() : yield* sh.expander.fieldsOf(c.words)
  const result = { status: 0 }
  if (values.length === 0) return 0
  let show = true
  for (;;) {
    if (show) sh.err(menu(values, Number(sh.get('COLUMNS') ?? 80) || 80, Number(sh.get('LINES') ?? 24) || 24))
    sh.err(sh.promptText(sh.get('PS3') ?? '#? '))
    yield* sh.flush()
    const line = yield* readLine(sh, 0, { delimiter: '\n' })
    if (line.text === '' && line.eof) {
      sh.out('\n')
      yield* sh.flush()
      result.status = 1
      break
    }
    sh.set('REPLY', line.text)
    if (line.text === '') {
      show = true
      continue
    }
    const n = /^\s*\d+\s*$/.test(line.text) ? Number(line.text) : 0
    sh.set(c.name, values[n - 1] ?? '')
    if (!(yield* iteration(sh, c.body, result))) break
    show = sh.get('REPLY') === ''
  }
  sh.lastStatus = result.status
  return result.status
}

/** The numbered list, in columns as they fit. */
function menu(values: readonly string[], columns: number, lines: number): string {
  const width = String(values.length).length
  const longest = Math.max(...values.map((v) => v.length)) + width + 2 + 2
  let across = longest === 0 ? 1 : Math.max(1, Math.floor(columns / longest))
  let rows = Math.ceil(values.length / across)
  across = Math.ceil(values.length / rows)
  if (rows === 1) {
    rows = across
    across = 1
  }
  void lines
  let out = ''
  for (let r = 0; r < rows; r++) {
    let at = 0
    for (let col = 0; col < across; col++) {
      const i = r + col * rows
      const v = values[i]
      if (v === undefined) break
      const item = `${String(i + 1).padStart(width)}) ${v}`
      out += item
      at += item.length
      if (values[i + rows] === undefined) break
      const target = (col + 1) * longest
      // Columns are reached with tabs where they can be.
      while (at < target) {
        if (Math.floor(target / 8) > Math.floor(at / 8)) {
          out += '\t'
          at += 8 - (at % 8)
        } else {
          out += ' '
          at++
        }
      }
    }
    out += '\n'
  }
  return out
}

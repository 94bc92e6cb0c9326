import { Errno } from '#linux/errno.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { CommandError } from '../errors.ts'
import { readFile } from '../io.ts'
import { goError, type Kubectl } from '../kubectl.ts'
import type { KubeObject } from '../rest.ts'
import { pathValues } from './jsonpath.ts'

export interface Column {
  readonly header: string
  readonly path: string
}

/** Columns of `-o custom-columns=…` or `-o custom-columns-file=…`; undefined for other formats. */
export function* parseColumns(k: Kubectl, output: string): Sim<Column[] | undefined> {
  const m = /^custom-columns(-file)?(?:=(.*))?$/s.exec(output)
  if (m === null) return undefined
  const argument = m[2] ?? ''
  if (argument === '') throw new CommandError('custom-columns format specified but no custom columns given')
  if (m[1] === undefined) {
    return argument.split(',').map((part) => {
      const colon = part.indexOf(':')
      if (colon < 0) throw new CommandError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`)
      return { header: part.slice(0, colon), path: part.slice(colon + 1) }
    })
  }
  let text: string
  try {
    text = decode(yield* readFile(k.proc, argument))
  } catch (error) {
    if (error instanceof Errno) throw new CommandError(`error reading template ${argument}, open ${argument}: ${goError(error)}`)
    throw error
  }
  const [headers = '', paths = ''] = text.split('\n')
  const specs = paths.trim().split(/\s+/)
  return headers
    .trim()
    .split(/\s+/)
    .map((header, i) => ({ header, path: specs[i] ?? '' }))
}

/** Rows of text; what is missing shows as `<none>`. */
export function customColumns(columns: readonly Column[], objects: readonly KubeObject[], noHeaders: boolean): string[][] {
  const rows = objects.map((object) =>
    columns.map((c) => {
      const values = pathValues(c.path, object)
      return values.length === 0 ? '<none>' : values.map((v) => (v === null || v === '' ? '<none>' : goText(v))).join(',')
    }),
  )
  return noHeaders ? rows : [columns.map((c) => c.header), ...rows]
}

/** Go's `%v` of decoded JSON: `map[app:web]`, `[a b]`. */
function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const fields = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${fields.map(([k, v]) => `${k}:${goText(v)}`).join(' ')}]`
}

import { Errno } from '#linux/errno.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { CommandError } from '../errors.ts'
import { readFile } from '../io.ts'
import { goError, type Kubectl } from '../kubectl.ts'
import type { KubeObject } from '../rest.ts'
import { jsonpath } from './jsonpath.ts'

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
      const text = jsonpath(`{range ${normal(c.path)}}{@}{"\\u0000"}{end}`.replace('\\u0000', '\0'), object)
      const values = text.split('\0').slice(0, -1)
      return values.length === 0 ? '<none>' : values.map((v) => (v === '' ? '<none>' : v)).join(',')
    }),
  )
  return noHeaders ? rows : [columns.map((c) => c.header), ...rows]
}

const normal = (path: string): string => {
  const bare = path.replace(/^\{(.*)\}$/s, '$1')
  return /^[.[$@]/.test(bare) ? bare : `.${bare}`
}

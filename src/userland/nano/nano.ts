import { strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { type EditorStyle, edit, type Found } from '../lib/editor.ts'
import { say } from '../lib/io.ts'

const VERSION = ` GNU nano, version 7.2
 (C) 2023 the Free Software Foundation and various contributors
 Compiled options: --disable-libmagic --enable-utf8
`

const HELP = `Usage: nano [OPTIONS] [[+LINE[,COLUMN]] FILE]

 Option\t\tLong option\t\tMeaning
 -V\t\t--version\t\tPrint version information and exit
 -h\t\t--help\t\t\tShow this help text and exit
 -v\t\t--view\t\t\tView mode (read-only)
 -w\t\t--nowrap\t\tDon't hard-wrap long lines [default]
`

const PLACE = /^\+(\d*)(?:,(\d+))?$/

interface Arguments {
  readonly files: readonly string[]
  readonly view: boolean
  readonly line: number | undefined
  readonly column: number | undefined
  /** The first argument that is not modelled. */
  readonly unknown: string | undefined
}

function parseArguments(words: readonly string[]): Arguments {
  const files: string[] = []
  let place: RegExpExecArray | null = null
  let view = false
  let unknown: string | undefined
  let onlyFiles = false
  for (const word of words) {
    const at = onlyFiles ? null : PLACE.exec(word)
    if (at !== null) place = at
    else if (onlyFiles || !word.startsWith('-')) files.push(word)
    else if (word === '--') onlyFiles = true
    else if (word === '-v' || word === '--view') view = true
    else if (word !== '-w' && word !== '--nowrap') unknown ??= word
  }
  const number = (text: string | undefined): number | undefined =>
    text === undefined || text === '' ? undefined : Math.max(1, Number(text))
  return { files, view, line: number(place?.[1]), column: number(place?.[2]), unknown }
}

const lineCount = (lines: number): string => (lines === 1 ? '1 line' : `${lines} lines`)

function opened(path: string, found: Found): string {
  switch (found.kind) {
    case 'none':
      return ''
    case 'new':
      return found.parent ? 'New File' : `Directory '${path.slice(0, path.lastIndexOf('/'))}' does not exist`
    case 'refused':
      return `Error reading ${path}: ${strerror(found.code)}`
    case 'file': {
      const { lines, dos } = found.file
      if (!found.writable) return `File '${path}' is unwritable`
      return `Read ${lineCount(lines)}${dos ? ' (converted from DOS format)' : ''}`
    }
  }
}

const STYLE: EditorStyle = {
  editor: 'nano',
  version: 'GNU nano 7.2',
  opened,
  wrote: ({ lines }) => `Wrote ${lineCount(lines)}`,
  failed: (path, code) => (code === 'EISDIR' ? `"${path}" is a directory` : `Error writing ${path}: ${strerror(code)}`),
  objects: (path) => (path === '' ? 'Cancelled' : undefined),
  lastWords: undefined,
}

/** nano(1): one file on a terminal. */
export const nano: Program = {
  name: 'nano/nano',
  *main(proc) {
    const [, first] = proc.argv
    if (first === '-V' || first === '--version' || first === '-h' || first === '--help') {
      yield* say(proc, 1, first === '-V' || first === '--version' ? VERSION : HELP)
      return 0
    }
    const { files, view, line, column, unknown } = parseArguments(proc.argv.slice(1))
    const what = unknown ?? (files.length > 1 ? 'with several files' : files[0] === '-' ? 'of standard input' : undefined)
    if (what !== undefined) {
      yield* say(proc, 2, `podlab: nano ${what} is not modelled\n`)
      return 1
    }
    if (!proc.isatty(0) || !proc.isatty(1)) {
      yield* say(proc, 2, `podlab: nano without a terminal is not modelled; use cat > FILE <<'EOF' …\n`)
      return 1
    }
    const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) }
    return yield* edit(proc, STYLE, { path: files[0] ?? '', readonly: view, ...place })
  },
}

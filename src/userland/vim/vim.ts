import type { Program } from '#linux/syscalls.ts'
import { EDIT_LIMIT, type EditorStyle, edit, type Found } from '../lib/editor.ts'
import { say } from '../lib/io.ts'
import { baseName } from '../lib/program.ts'

const VERSION =
  'VIM - Vi IMproved 9.0 (2022 Jun 28, compiled Feb 16 2025 05:23:41)\nIncluded patches: 1-1378, 1499, 1531-1532, 1572, 1763, 1846\nModified by team+vim@tracker.debian.org\n'

const HELP = `VIM - Vi IMproved 9.0 (2022 Jun 28, compiled Feb 16 2025 05:23:41)

Usage: vim [arguments] [file]       edit specified file

Arguments:
   --\t\t\tOnly file names after this
   -R\t\t\tReadonly mode (like "view")
   -n\t\t\tNo swap file, use memory only
   +\t\t\tStart at end of file
   +<lnum>\t\tStart at line <lnum>
   -h  or  --help\tPrint Help (this message) and exit
   --version\t\tPrint version information and exit
`

/** Options that change nothing here: no compatibility, no swap file, no plugins, no startup file. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['-n', '-N', '-v', '--noplugin', '--clean', '--not-a-term'])
/** As many lines as a file can have: the last one is meant. */
const LAST = EDIT_LIMIT

interface Arguments {
  readonly files: readonly string[]
  readonly readonly: boolean
  readonly line: number | undefined
  /** The first argument that is not modelled. */
  readonly unknown: string | undefined
}

function parseArguments(argv: readonly string[]): Arguments {
  const files: string[] = []
  let readonly = /^r?view$/.test(baseName(argv[0] ?? ''))
  let line: number | undefined
  let unknown: string | undefined
  let onlyFiles = false
  for (const word of argv.slice(1)) {
    if (onlyFiles || (!/^[-+]/.test(word) && word !== '')) files.push(word)
    else if (word === '--') onlyFiles = true
    else if (word === '-R') readonly = true
    else if (word === '+') line = LAST
    else if (/^\+\d+$/.test(word)) line = Math.max(1, Number(word.slice(1)))
    else if (!WITHOUT_EFFECT.has(word)) unknown ??= word
  }
  return { files, readonly, line, unknown }
}

/** Marks of the status line in vim's own order. */
function marks(readonly: boolean, noeol: boolean, converted: boolean, dos: boolean): string {
  return `${readonly ? '[readonly]' : ''}${noeol ? '[noeol]' : ''}${converted ? '[converted]' : ''}${dos ? '[dos]' : ''}`
}

function opened(path: string, found: Found, readonly: boolean): string {
  switch (found.kind) {
    case 'none':
      return ''
    case 'new':
      return `"${path}" ${found.parent ? '[New]' : '[New DIRECTORY]'}`
    case 'refused':
      return `"${path}" ${found.code === 'EACCES' ? '[Permission Denied]' : '[READ ERRORS]'}`
    case 'file': {
      const { noeol, encoding, dos, lines, bytes } = found.file
      const flags = marks(readonly || !found.writable, noeol, encoding === 'latin1', dos)
      return `"${path}" ${flags}${flags === '' ? '' : ' '}${lines}L, ${bytes}B`
    }
  }
}

function style(readonly: boolean): EditorStyle {
  return {
    editor: 'vim',
    version: 'VIM - Vi IMproved 9.0',
    opened: (path, found) => opened(path, found, readonly),
    wrote: ({ path, created, lines, bytes, dos }) =>
      `"${path}" ${created ? '[New]' : ''}${dos ? '[dos]' : ''}${created || dos ? ' ' : ''}${lines}L, ${bytes}B written`,
    failed: (path, code) =>
      code === 'EISDIR'
        ? `E17: "${path}" is a directory`
        : code === 'ENOSPC'
          ? 'E514: Write error (file system full?)'
          : `"${path}" E212: Can't open file for writing`,
    objects: (path, force, exists, other) =>
      path === '' ? 'E32: No file name' : exists && other && !force ? 'E13: File exists (add ! to override)' : undefined,
    lastWords: 'Vim: Caught deadly signal %\r\nVim: Finished.\r\n',
  }
}

/** vim(1), vi(1), view(1): one file on a terminal. Commands and keys are those of the page's editor. */
function vim(name: string): Program {
  return {
    name,
    *main(proc) {
      const [prog = 'vim', first] = proc.argv
      if (first === '--version' || first === '-h' || first === '--help') {
        yield* say(proc, 1, first === '--version' ? VERSION : HELP)
        return 0
      }
      const { files, readonly, line, unknown } = parseArguments(proc.argv)
      const called = baseName(prog).replace(/\..*/, '')
      if (unknown !== undefined || files.length > 1 || !/^(vim?|r?view)$/.test(called)) {
        const what = unknown ?? (files.length > 1 ? 'with several files' : '')
        yield* say(proc, 2, `podlab: ${called}${what === '' ? '' : ` ${what}`} is not modelled\n`)
        return 1
      }
      const [path = ''] = files
      if (!proc.isatty(0) || !proc.isatty(1)) {
        if (!proc.isatty(1)) yield* say(proc, 2, 'Vim: Warning: Output is not to a terminal\n')
        if (!proc.isatty(0)) yield* say(proc, 2, 'Vim: Warning: Input is not from a terminal\n')
        yield* say(proc, 2, `podlab: ${called} without a terminal is not modelled; use cat > FILE <<'EOF' …\n`)
        return 1
      }
      return yield* edit(proc, style(readonly), { path, readonly, ...(line === undefined ? {} : { line }) })
    },
  }
}

export const vimPrograms: readonly Program[] = [vim('vim/vim.basic'), vim('vim/vim.tiny')]

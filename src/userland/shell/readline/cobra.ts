import { type CompletionContext, fileNames, isDirectory } from '../builtins/completion.ts'
import { singleQuote } from '../expand/quote.ts'
import type { Run } from '../interp/flow.ts'
import { searchPath } from '../interp/program.ts'
import type { Shell } from '../interp/shell.ts'

/** Programs that complete their own arguments by `NAME __complete ARG...` (cobra). */
const PROGRAMS = new Set(['kubectl', 'docker', 'helm', 'kind', 'crictl', 'kubeadm'])

/** Bits of the directive in the last line of `__complete`. */
const NO_SPACE = 2
const NO_FILES = 4
const FILE_EXTENSIONS = 8
const FOLDERS = 16

/** What a program offers: words of its own, as they are inserted and as a list shows them, or files. */
export type Offered =
  | { readonly words: readonly string[]; readonly shown: readonly string[]; readonly noSpace: boolean }
  | { readonly files: readonly string[] }

/**
 * What a program built with cobra offers for its arguments, as its generated bash completion asks it. Undefined: it has
 * nothing to say, so that file names are completed.
 */
export function* cobraCompletion(sh: Shell, c: CompletionContext): Run<Offered | undefined> {
  const typed = c.command.replace(/.*\//, '')
  const program = PROGRAMS.has(typed) ? typed : (sh.aliases.get(typed)?.split(/\s/)[0] ?? '')
  if (!PROGRAMS.has(program) || searchPath(sh, program, sh.get('PATH')) === undefined) return undefined
  const args = c.words.slice(1, c.index).map(singleQuote).join(' ')
  const output = yield* sh.substitute({ t: 'cmd', src: `${program} __complete ${args} ${singleQuote(c.word)} 2>/dev/null`, line: sh.line })
  const lines = output.split('\n')
  const directive = /^:(\d+)$/.exec(lines.pop() ?? '')
  if (directive === null) return undefined
  const bits = Number(directive[1])
  if ((bits & FILE_EXTENSIONS) !== 0) {
    const wanted = (name: string): boolean => isDirectory(sh, name) || lines.some((extension) => name.endsWith(`.${extension}`))
    return { files: fileNames(sh, c.word).filter(wanted) }
  }
  if ((bits & FOLDERS) !== 0) return { files: fileNames(sh, c.word, true) }
  const found = lines.filter((l) => l !== '' && l.startsWith(c.word) && !l.startsWith('_activeHelp_'))
  if (found.length === 0 && (bits & NO_FILES) === 0) return undefined
  const words = found.map((l) => l.split('\t')[0] ?? '')
  return { words, shown: described(found, sh.proc.getWinSize(0).cols), noSpace: (bits & NO_SPACE) !== 0 }
}

/** Below this many columns descriptions are not lined up. */
const LEAST = 8
/** Two blanks and two parentheses. */
const AROUND = 4

/** `name   (what it does)` within so many columns. */
function described(lines: readonly string[], columns: number): string[] {
  const rows = lines.map((line) => line.split('\t'))
  const longest = Math.max(0, ...rows.map(([name = '']) => name.length))
  return rows.map(([name = '', description]) => {
    if (description === undefined) return name
    const aligned = columns - longest - AROUND > LEAST
    const padded = aligned ? name.padEnd(longest) : name
    const room = columns - padded.length - AROUND
    if (room <= 0) return padded
    return `${padded}  (${description.length > room ? `${description.slice(0, room - 1)}…` : description})`
  })
}

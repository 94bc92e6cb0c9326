import type { CompletionContext } from '../builtins/completion.ts'
import { singleQuote } from '../expand/quote.ts'
import type { Run } from '../interp/flow.ts'
import { searchPath } from '../interp/program.ts'
import type { Shell } from '../interp/shell.ts'

/** Programs that complete their own arguments by `NAME __complete ARG...` (cobra). */
const COBRA = new Set(['kubectl', 'k', 'docker', 'helm', 'kind', 'crictl', 'kubeadm'])

/** Bits of the directive in the last line of `__complete`. */
const NO_SPACE = 2
const NO_FILES = 4

/**
 * What a program built with cobra offers for its arguments, as its generated bash completion asks it. Undefined: it has
 * nothing to say, so that file names are completed.
 */
export function* kubectlCompletion(sh: Shell, c: CompletionContext): Run<{ matches: string[]; noSpace: boolean } | undefined> {
  let name = c.command.replace(/.*\//, '')
  if (!COBRA.has(name)) {
    // An alias for one of them.
    const alias = sh.aliases.get(name)?.split(/\s/)[0]
    if (alias === undefined || !COBRA.has(alias)) return undefined
    name = alias
  }
  const program = name === 'k' ? (sh.aliases.get('k')?.split(/\s/)[0] ?? 'k') : name
  if (searchPath(sh, program, sh.get('PATH')) === undefined) return undefined
  const args = c.words.slice(1, c.index).map(singleQuote).join(' ')
  const output = yield* sh.substitute({ t: 'cmd', src: `${program} __complete ${args} ${singleQuote(c.word)} 2>/dev/null`, line: sh.line })
  const lines = output.split('\n')
  const last = lines.pop() ?? ''
  const directive = /^:(\d+)$/.exec(last)
  if (directive === null) return undefined
  const bits = Number(directive[1])
  const matches = lines
    .map((l) => l.split('\t')[0] as string)
    .filter((l) => l !== '' && l.startsWith(c.word) && !l.startsWith('_activeHelp_'))
  if (matches.length === 0 && (bits & NO_FILES) === 0) return undefined
  return { matches, noSpace: (bits & NO_SPACE) !== 0 }
}

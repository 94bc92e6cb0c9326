/**
 * Console listings of the book. A fence
 *
 *     ```console run on=laptop
 *     $ kubectl run hello --image=nginx
 *     pod/hello created
 *     ```
 *
 * is a transcript: `$ ` begins a command (`# ` for root), `> ` at once below it continues it, the rest is what it printed.
 * The words of the fence: `run` gives the commands a Run button and has the tests run them, `on=MACHINE` says where (the
 * laptop unless told otherwise), `partial` marks output of which only some lines are shown, and `tty` a session: its command needs a
 * terminal, and lines of its output that begin with another prompt are typed too.
 */
export interface Exchange {
  /** The command, several lines joined by newlines, without prompts. */
  readonly command: string
  readonly output: string
  /** Index of the first line of the command in the listing, and how many lines it has. */
  readonly line: number
  readonly lines: number
}

export interface ListingOptions {
  readonly run: boolean
  readonly on: string
  readonly partial: boolean
  readonly tty: boolean
}

/** What is typed after the command of a session, line by line: `bash-5.2# ls`, `root@kind-worker:/# exit`. */
export function typedIn(output: string): readonly string[] {
  return [...output.matchAll(/^(?:bash-[\d.]+|\w+@[\w-]+:\S*)[#$] (.+)$/gm)].map((match) => match[1] ?? '')
}

/** Reads the words after the language of a fence. An unknown word is an error: it would be a silent typo. */
export function parseMeta(meta: string): ListingOptions {
  let options: ListingOptions = { run: false, on: 'laptop', partial: false, tty: false }
  for (const word of meta.split(/\s+/).filter((w) => w !== '')) {
    if (word === 'run' || word === 'partial' || word === 'tty') options = { ...options, [word]: true }
    else if (word.startsWith('on=')) options = { ...options, on: word.slice(3) }
    else throw new SyntaxError(`a console listing knows no "${word}"`)
  }
  return options
}

/** Takes a transcript apart. Output before the first command is an error. */
export function parseTranscript(text: string): readonly Exchange[] {
  const exchanges: { command: string[]; output: string[]; line: number }[] = []
  const lines = text.replace(/\n$/, '').split('\n')
  lines.forEach((line, index) => {
    const current = exchanges.at(-1)
    if (/^[$#] /.test(line)) exchanges.push({ command: [line.slice(2)], output: [], line: index })
    else if (current === undefined) throw new SyntaxError(`a transcript begins with a command, not with "${line}"`)
    else if (current.output.length === 0 && (line.startsWith('> ') || line === '>')) current.command.push(line.slice(2))
    else current.output.push(line)
  })
  return exchanges.map(({ command, output, line }) => ({
    command: command.join('\n'),
    output: output.length === 0 ? '' : `${output.join('\n')}\n`,
    line,
    lines: command.length,
  }))
}

/** A console listing in an MDX text: the words of its fence, and what is in it. */
export const LISTING = /^```console([^\n]*)\n([\s\S]*?)^```/gm

/** Every console listing of an MDX text, in order, for the tests that run them. */
export function listingsOf(mdx: string): readonly { readonly options: ListingOptions; readonly exchanges: readonly Exchange[] }[] {
  const found = []
  for (const match of mdx.matchAll(LISTING)) {
    found.push({ options: parseMeta(match[1] ?? ''), exchanges: parseTranscript(match[2] ?? '') })
  }
  return found
}

import { type CompletionContext, commandNames, completionTable, fileNames, generate, isDirectory } from '../builtins/completion.ts'
import { glob } from '../expand/glob.ts'
import type { Run } from '../interp/flow.ts'
import { variableNames } from '../interp/parameters.ts'
import type { Shell } from '../interp/shell.ts'
import { cobraCompletion } from './cobra.ts'

export interface Completion {
  /** Where the word starts in the line. */
  readonly from: number
  readonly matches: readonly string[]
  /** Their longest common beginning. */
  readonly common: string
  /** What a list shows, and what stands behind each. */
  readonly shown: readonly string[]
  readonly marks: ReadonlyMap<string, string>
  /** A command was run for it. */
  readonly ran: boolean
  /** The text to insert, quoted as the word began. `whole`: it is complete, so an open quote is closed. */
  quote(text: string, whole?: boolean): string
  /** What follows a single match: a blank, a slash, or nothing. */
  ending(match: string): string
}

/** One word of a command line, with where it starts and how it is quoted. */
interface LineWord {
  readonly text: string
  readonly start: number
  readonly open: '' | '"' | "'"
}

/** The words of the command the cursor is in, up to the cursor; the last one is being completed. */
function wordsBefore(line: string, point: number): LineWord[] {
  const words: LineWord[] = []
  let text = ''
  let start = -1
  let open: '' | '"' | "'" = ''
  const end = (): void => {
    if (start >= 0) words.push({ text, start, open: '' })
    text = ''
    start = -1
  }
  for (let i = 0; i < point; i++) {
    const c = line[i] as string
    if (open === '' && /\s/.test(c)) {
      end()
      continue
    }
    if (open === '' && /[|&;()]/.test(c)) {
      if (c === '(' || line[i - 1] !== '>') {
        end()
        words.length = 0
      }
      continue
    }
    if (open === '' && /[<>]/.test(c)) {
      end()
      words.push({ text: c, start: i, open: '' })
      continue
    }
    if (start < 0) start = i
    if (c === '\\' && open !== "'" && i + 1 < point) text += line[++i]
    else if ((c === '"' || c === "'") && (open === '' || open === c)) open = open === '' ? c : ''
    else text += c
  }
  words.push({ text, start: start < 0 ? point : start, open })
  return words
}

const RESERVED_BEFORE = new Set([
  'if',
  'then',
  'else',
  'elif',
  'do',
  'while',
  'until',
  '!',
  '{',
  'time',
  'sudo',
  'exec',
  'command',
  'nohup',
  'xargs',
])

/** What is looked for when not the place in the line says it: `glob`, the names a pattern stands for. */
export type CompletionKind = 'filename' | 'username' | 'hostname' | 'variable' | 'command' | 'glob'

function* users(sh: Shell, prefix: string): Run<string[]> {
  return ((yield* sh.readFile('/etc/passwd')) ?? '')
    .split('\n')
    .map((l) => l.split(':')[0] as string)
    .filter((u) => u !== '' && u.startsWith(prefix))
    .map((u) => `~${u}`)
}

function* ofKind(sh: Shell, word: LineWord, kind: CompletionKind, ignoreCase: boolean): Run<Completion> {
  switch (kind) {
    case 'filename':
      return fileCompletion(sh, word, fileNames(sh, word.text, false, ignoreCase), ignoreCase)
    case 'username':
      return plain(word, yield* users(sh, word.text.replace(/^~/, '')), '/')
    case 'hostname': {
      const hosts = ((yield* sh.readFile('/etc/hosts')) ?? '').split('\n').flatMap((l) => l.replace(/#.*/, '').trim().split(/\s+/).slice(1))
      const at = word.text.lastIndexOf('@') + 1
      return plain(
        word,
        hosts.filter((h) => h.startsWith(word.text.slice(at))).map((h) => word.text.slice(0, at) + h),
        ' ',
      )
    }
    case 'variable':
      return variableCompletion(sh, word, '$', '', word.text.replace(/^\$/, ''))
    case 'command':
      return plain(word, commandNames(sh, word.text), ' ')
    case 'glob':
      return fileCompletion(sh, word, glob(sh.proc, /[*?[]/.test(word.text) ? word.text : `${word.text}*`, sh.globOptions()))
  }
}

/** Candidates for the word at the cursor. */
export function* completions(sh: Shell, line: string, point: number, kind?: CompletionKind, ignoreCase = false): Run<Completion> {
  const words = wordsBefore(line, point)
  const word = words.at(-1) as LineWord
  if (kind !== undefined) return yield* ofKind(sh, word, kind, ignoreCase)
  let before = words.slice(0, -1)
  while (before[0] !== undefined && (/^[A-Za-z_]\w*=/.test(before[0].text) || RESERVED_BEFORE.has(before[0].text))) before = before.slice(1)
  const redirected = before.at(-1)?.text === '<' || before.at(-1)?.text === '>'
  const isCommand = before.length === 0 && !redirected
  const variable = /^(.*\$)(\{?)([A-Za-z_]*\w*)$/s.exec(word.text)
  if (variable !== null && word.open !== "'")
    return variableCompletion(sh, word, variable[1] as string, variable[2] as string, variable[3] as string)
  if (/^~[^/]*$/.test(word.text)) {
    const found = yield* users(sh, word.text.slice(1))
    return plain(word, found, '/')
  }
  if (isCommand) {
    if (word.text.includes('/'))
      return fileCompletion(
        sh,
        word,
        fileNames(sh, word.text).filter((f) => isDirectory(sh, expandTilde(sh, f)) || sh.proc.access(expandTilde(sh, f), 'x')),
      )
    const names = commandNames(sh, word.text)
    if (names.length > 0) return plain(word, names, ' ')
    return fileCompletion(
      sh,
      word,
      fileNames(sh, word.text).filter((f) => isDirectory(sh, f)),
    )
  }
  if (!redirected && sh.shopts.progcomp) {
    const special = yield* programmed(sh, word, before, line, point)
    if (special !== undefined) return special
  }
  const [command] = before
  if (command?.text === 'cd' || command?.text === 'rmdir' || command?.text === 'pushd') {
    const dirs = fileNames(sh, word.text, true)
    if (dirs.length > 0) return fileCompletion(sh, word, dirs)
  }
  const files = fileNames(sh, word.text, false, ignoreCase)
  if (files.length === 0 && /[*?[]/.test(word.text)) {
    // A pattern is completed by the one name it stands for.
    const named = glob(sh.proc, word.text, sh.globOptions())
    return fileCompletion(sh, word, named)
  }
  return fileCompletion(sh, word, files, ignoreCase)
}

/** By `complete` specifications, or what the program itself offers. */
function* programmed(sh: Shell, word: LineWord, before: readonly LineWord[], line: string, point: number): Run<Completion | undefined> {
  const name = before[0]?.text ?? ''
  const table = completionTable(sh)
  const spec = table.specs.get(name) ?? table.specs.get(name.replace(/.*\//, '')) ?? table.fallback
  const context: CompletionContext = {
    command: name,
    word: word.text,
    previous: before.at(-1)?.text ?? '',
    words: [...before.map((w) => w.text), word.text],
    index: before.length,
    line,
    point,
  }
  if (spec === undefined) {
    const offered = yield* cobraCompletion(sh, context)
    if (offered === undefined) return undefined
    if ('files' in offered) return { ...fileCompletion(sh, word, offered.files), ran: true }
    return { ...plain(word, offered.words, offered.noSpace ? '' : ' '), shown: offered.shown, ran: true }
  }
  sh.currentCompletion = new Set(spec.options)
  let found: string[]
  try {
    found = yield* generate(sh, spec, context)
  } finally {
    yield* sh.flush()
  }
  const options = sh.currentCompletion
  sh.currentCompletion = undefined
  found = found.filter((f) => f.startsWith(word.text) || spec.functionName === undefined)
  if (found.length === 0 && (options.has('default') || options.has('bashdefault'))) return undefined
  if (options.has('filenames')) return { ...fileCompletion(sh, word, found), ran: true }
  return { ...plain(word, found, options.has('nospace') ? '' : ' '), ran: true }
}

/** The longest common beginning, as the first of the names that go on from what was typed writes it; `ignoreCase`: upper and lower case are the same. */
export function commonPrefix(names: readonly string[], ignoreCase = false, typed = ''): string {
  let common = names.find((n) => ignoreCase && n.startsWith(typed)) ?? names[0] ?? ''
  for (const n of names) {
    let i = 0
    while (i < common.length && i < n.length && (common[i] === n[i] || (ignoreCase && common[i]?.toLowerCase() === n[i]?.toLowerCase())))
      i++
    common = common.slice(0, i)
  }
  return common
}

function plain(word: LineWord, names: readonly string[], ending: string): Completion {
  const matches = [...new Set(names)]
  return {
    from: word.start,
    matches,
    common: commonPrefix(matches),
    shown: matches,
    marks: new Map(),
    ran: false,
    quote: (t) => (word.open === '' ? t.replace(/^(\\?)(.*)$/s, '$2') : word.open + t),
    ending: () => (word.open === '' ? ending : word.open + ending),
  }
}

function variableCompletion(sh: Shell, word: LineWord, lead: string, brace: string, prefix: string): Completion {
  const names = variableNames(sh, prefix).map((n) => `${lead}${brace}${n}${brace === '' ? '' : '}'}`)
  return {
    from: word.start,
    matches: names,
    common: commonPrefix(names),
    shown: names.map((n) => n.slice(lead.length - 1)),
    marks: new Map(),
    ran: false,
    quote: (t) => word.open + t,
    ending: (m) =>
      isDirectory(sh, sh.get(m.slice(lead.length + brace.length).replace('}', '')) ?? '') ? '/' : word.open === '' ? ' ' : word.open,
  }
}

function expandTilde(sh: Shell, path: string): string {
  const m = /^~([^/]*)/.exec(path)
  if (m === null) return path
  return m[1] === '' ? (sh.get('HOME') ?? '') + path.slice(1) : path
}

function fileCompletion(sh: Shell, word: LineWord, names: readonly string[], ignoreCase = false): Completion {
  const marks = new Map<string, string>()
  const base = (n: string): string => n.slice(n.lastIndexOf('/') + 1)
  for (const n of names) if (isDirectory(sh, expandTilde(sh, n))) marks.set(base(n), '/')
  return {
    from: word.start,
    matches: names,
    common: commonPrefix(names, ignoreCase, word.text),
    shown: names.map(base),
    marks,
    ran: false,
    quote: (t, whole) => quoteName(t, word.open, whole === true && marks.get(base(t)) === undefined),
    ending: (m) => (marks.has(base(m)) ? '/' : ' '),
  }
}

/** A file name as it must be typed. */
function quoteName(name: string, open: string, close: boolean): string {
  if (open === "'") return `'${name.replaceAll("'", "'\\''")}${close ? "'" : ''}`
  if (open === '"') return `"${name.replace(/["$`\\!]/g, '\\$&')}${close ? '"' : ''}`
  const tilde = /^~[^/]*/.exec(name)?.[0] ?? ''
  return tilde + name.slice(tilde.length).replace(/[ \t\n"'`$&|;()<>\\*?[\]!{}#=:]/g, '\\$&')
}

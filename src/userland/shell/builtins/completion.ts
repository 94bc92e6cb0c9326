import { Errno } from '#linux/errno.ts'
import { signalName } from '#linux/signal.ts'
import { S } from '#linux/syscalls.ts'
import { glob } from '../expand/glob.ts'
import { compilePattern } from '../expand/pattern.ts'
import { singleQuote } from '../expand/quote.ts'
import { split } from '../expand/split.ts'
import { call, type Run } from '../interp/flow.ts'
import { callFunction } from '../interp/function.ts'
import { SET_OPTIONS, SHOPTS } from '../interp/options.ts'
import { variableNames } from '../interp/parameters.ts'
import type { Shell } from '../interp/shell.ts'
import { quotedWord } from '../prompt.ts'
import { type CompletionSpec, CompletionTable } from '../readline/spec.ts'
import { KEYWORDS } from '../syntax/keywords.ts'
import { type Builtin, parseOptions, usage } from './builtin.ts'
import { builtins } from './index.ts'
import { USAGE } from './usage.ts'

const LETTERS: Record<string, string> = {
  a: 'alias',
  b: 'builtin',
  c: 'command',
  d: 'directory',
  e: 'export',
  f: 'file',
  g: 'group',
  j: 'job',
  k: 'keyword',
  s: 'service',
  u: 'user',
  v: 'variable',
}
const ACTIONS = new Set([
  ...Object.values(LETTERS),
  'arrayvar',
  'binding',
  'disabled',
  'enabled',
  'function',
  'helptopic',
  'hostname',
  'running',
  'setopt',
  'shopt',
  'signal',
  'stopped',
])
const OPTIONS = new Set(['bashdefault', 'default', 'dirnames', 'filenames', 'noquote', 'nosort', 'nospace', 'plusdirs'])

export function completionTable(sh: Shell): CompletionTable {
  sh.completions ??= new CompletionTable()
  return sh.completions
}

const SPEC = 'abcdefgjksuvo:A:G:W:F:C:X:P:S:'

/** The specification that options describe; undefined when they are wrong (complained about). */
function parseSpec(sh: Shell, options: readonly { letter: string; value: string }[]): CompletionSpec | undefined {
  const spec: CompletionSpec = { actions: [], options: new Set() }
  for (const { letter, value } of options) {
    const action = LETTERS[letter]
    if (action !== undefined) spec.actions.push(action)
    else if (letter === 'A') {
      if (!ACTIONS.has(value)) {
        sh.complain(`${value}: invalid action name`)
        return undefined
      }
      spec.actions.push(value)
    } else if (letter === 'o') {
      if (!OPTIONS.has(value)) {
        sh.complain(`${value}: invalid option name`)
        return undefined
      }
      spec.options.add(value)
    } else if (letter === 'G') spec.glob = value
    else if (letter === 'W') spec.wordlist = value
    else if (letter === 'F') spec.functionName = value
    else if (letter === 'C') spec.command = value
    else if (letter === 'X') spec.filter = value
    else if (letter === 'P') spec.prefix = value
    else if (letter === 'S') spec.suffix = value
  }
  return spec
}

/** File names that begin with `word`; directories without their slash. */
export function fileNames(sh: Shell, word: string, directoriesOnly = false, ignoreCase = false): string[] {
  const slash = word.lastIndexOf('/') + 1
  const dir = word.slice(0, slash)
  const base = word.slice(slash)
  let path = dir === '' ? '.' : dir
  if (path.startsWith('~')) path = `${sh.expander.tildeHome(/^~([^/]*)/.exec(path)?.[1] ?? '') ?? ''}${path.replace(/^~[^/]*/, '')}`
  try {
    const same = (name: string): boolean => name.startsWith(base) || (ignoreCase && name.toLowerCase().startsWith(base.toLowerCase()))
    // Hidden files are listed like others; the folder itself and the one above only when asked for by their dot.
    const dots = ['.', '..'].filter((name) => base !== '' && name.startsWith(base)).map((name) => ({ name, type: S.IFDIR }))
    return [...dots, ...sh.proc.readdir(path).filter((e) => same(e.name))]
      .filter((e) => !directoriesOnly || e.type === S.IFDIR || (e.type === S.IFLNK && isDirectory(sh, `${path}/${e.name}`)))
      .map((e) => dir + e.name)
      .sort((a, b) => (a < b ? -1 : 1))
  } catch (error) {
    if (error instanceof Errno) return []
    throw error
  }
}

export function isDirectory(sh: Shell, path: string): boolean {
  try {
    return (sh.proc.stat(path).mode & S.IFMT) === S.IFDIR
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

/** Names of all commands that begin with `word`. */
export function commandNames(sh: Shell, word: string): string[] {
  const out = new Set<string>(
    [...(sh.shopts.expand_aliases ? sh.aliases.keys() : []), ...KEYWORDS, ...sh.functions.keys(), ...builtins(sh).keys()].filter((n) =>
      n.startsWith(word),
    ),
  )
  for (const dir of (sh.get('PATH') ?? '').split(':')) {
    try {
      for (const e of sh.proc.readdir(dir === '' ? '.' : dir))
        if (e.name.startsWith(word) && e.type !== S.IFDIR && sh.proc.access(`${dir}/${e.name}`, 'x', true)) out.add(e.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return [...out]
}

function* actionNames(sh: Shell, action: string, word: string): Run<string[]> {
  const keep = (list: Iterable<string>): string[] => [...list].filter((n) => n.startsWith(word))
  const variables = (test: (name: string) => boolean): string[] => variableNames(sh, '').filter((n) => n.startsWith(word) && test(n))
  switch (action) {
    case 'alias':
      return keep([...sh.aliases.keys()].sort())
    case 'arrayvar':
      return variables((n) => sh.scope.raw(n)?.array !== undefined)
    case 'builtin':
    case 'enabled':
      return keep([...builtins(sh).keys()].filter((n) => action === 'builtin' || !sh.disabled.has(n)).sort())
    case 'disabled':
      return keep([...sh.disabled].sort())
    case 'command':
      return commandNames(sh, word)
    case 'directory':
      return fileNames(sh, word, true)
    case 'export':
      return variables((n) => sh.scope.raw(n)?.exported === true)
    case 'file':
      return fileNames(sh, word)
    case 'function':
      return keep([...sh.functions.keys()].sort())
    case 'helptopic':
      return keep(Object.keys(USAGE).sort())
    case 'hostname':
      return keep(((yield* sh.readFile('/etc/hosts')) ?? '').split('\n').flatMap((l) => l.replace(/#.*/, '').trim().split(/\s+/).slice(1)))
    case 'job':
    case 'running':
    case 'stopped':
      return keep(sh.jobs.list().map((j) => j.text.split(' ')[0] as string))
    case 'keyword':
      return keep(KEYWORDS)
    case 'setopt':
      return keep(Object.keys(SET_OPTIONS))
    case 'shopt':
      return keep(Object.keys(SHOPTS))
    case 'signal':
      return keep([
        'EXIT',
        ...Array.from({ length: 64 }, (_, i) => signalName(i + 1)).flatMap((n) => (n === undefined ? [] : [`SIG${n}`])),
        'DEBUG',
        'ERR',
        'RETURN',
      ])
    case 'user':
    case 'group':
      return keep(
        ((yield* sh.readFile(action === 'user' ? '/etc/passwd' : '/etc/group')) ?? '')
          .split('\n')
          .flatMap((l) => (l === '' ? [] : [l.split(':')[0] as string])),
      )
    case 'service':
      return keep(
        ((yield* sh.readFile('/etc/services')) ?? '').split('\n').flatMap((l) => (/^\w/.test(l) ? [l.split(/\s/)[0] as string] : [])),
      )
    case 'variable':
      return variables(() => true)
    default:
      return []
  }
}

export interface CompletionContext {
  /** The command, the word being completed, the word before it. */
  readonly command: string
  readonly word: string
  readonly previous: string
  readonly words: readonly string[]
  readonly index: number
  readonly line: string
  readonly point: number
}

/** The candidates a specification gives. Source: bash, Programmable Completion. */
export function* generate(sh: Shell, spec: CompletionSpec, c: CompletionContext): Run<string[]> {
  let out: string[] = []
  for (const action of spec.actions) out.push(...(yield* actionNames(sh, action, c.word)))
  if (spec.glob !== undefined) out.push(...glob(sh.proc, spec.glob, sh.globOptions()))
  if (spec.wordlist !== undefined) {
    const parsed = quotedWord(sh, spec.wordlist)
    const text = yield* sh.expander.settle(() => sh.expander.quotedText(parsed))
    out.push(...split(text, sh.ifs).fields.filter((w) => w.startsWith(c.word)))
  }
  if (spec.functionName !== undefined) {
    const f = sh.functions.get(spec.functionName)
    if (f === undefined) sh.error(`warning: compgen: \`${spec.functionName}' not found`)
    else {
      sh.setArray('COMP_WORDS', [...c.words])
      sh.set('COMP_CWORD', String(c.index))
      sh.set('COMP_LINE', c.line)
      sh.set('COMP_POINT', String(c.point))
      sh.set('COMP_TYPE', '9')
      sh.set('COMP_KEY', '9')
      sh.scope.remove('COMPREPLY')
      const { lastStatus } = sh
      yield* call(callFunction(sh, spec.functionName, f, [c.command, c.word, c.previous]))
      sh.lastStatus = lastStatus
      out.push(...(sh.lookup('COMPREPLY')?.elements() ?? []))
      for (const name of ['COMP_WORDS', 'COMP_CWORD', 'COMP_LINE', 'COMP_POINT', 'COMP_TYPE', 'COMP_KEY', 'COMPREPLY'])
        sh.scope.remove(name)
    }
  }
  if (spec.command !== undefined) {
    const q = (s: string): string => singleQuote(s)
    const text = yield* sh.substitute({ t: 'cmd', src: `${spec.command} ${q(c.command)} ${q(c.word)} ${q(c.previous)}`, line: sh.line })
    out.push(...text.split('\n').filter((l) => l !== ''))
  }
  if (spec.filter !== undefined) {
    const negate = spec.filter.startsWith('!')
    const source = (negate ? spec.filter.slice(1) : spec.filter).replace(/(^|[^\\])&/g, `$1${c.word}`)
    const pattern = compilePattern(source, { extglob: true, nocase: false, utf8: sh.utf8 })
    out = out.filter((w) => pattern.matches(w) === negate)
  }
  if (spec.prefix !== undefined || spec.suffix !== undefined) out = out.map((w) => `${spec.prefix ?? ''}${w}${spec.suffix ?? ''}`)
  if (out.length === 0 && spec.options.has('dirnames')) out = fileNames(sh, c.word, true)
  if (spec.options.has('plusdirs')) out.push(...fileNames(sh, c.word, true))
  return out
}

function* compgen(sh: Shell, args: readonly string[]): Run<number> {
  const o = parseOptions(sh, args, SPEC)
  const spec = parseSpec(sh, o.options)
  if (spec === undefined) return 1
  const word = o.rest[0] ?? ''
  let found = yield* generate(sh, spec, { command: 'compgen', word, previous: '', words: [], index: 0, line: '', point: 0 })
  if (found.length === 0 && (spec.options.has('default') || spec.options.has('bashdefault'))) found = fileNames(sh, word)
  for (const w of found) sh.out(`${w}\n`)
  return found.length > 0 ? 0 : 1
}

function specLine(name: string, s: CompletionSpec): string {
  const q = (t: string): string => singleQuote(t)
  let out = 'complete'
  for (const o of ['bashdefault', 'default', 'dirnames', 'filenames', 'noquote', 'nosort', 'nospace', 'plusdirs'])
    if (s.options.has(o)) out += ` -o ${o}`
  for (const [letter, action] of Object.entries(LETTERS)) if (s.actions.includes(action)) out += ` -${letter}`
  for (const a of s.actions) if (!Object.values(LETTERS).includes(a)) out += ` -A ${a}`
  if (s.glob !== undefined) out += ` -G ${q(s.glob)}`
  if (s.wordlist !== undefined) out += ` -W ${q(s.wordlist)}`
  if (s.prefix !== undefined) out += ` -P ${q(s.prefix)}`
  if (s.suffix !== undefined) out += ` -S ${q(s.suffix)}`
  if (s.filter !== undefined) out += ` -X ${q(s.filter)}`
  if (s.functionName !== undefined) out += ` -F ${s.functionName}`
  if (s.command !== undefined) out += ` -C ${q(s.command)}`
  return `${out} ${name}\n`
}

const complete: Builtin = (sh, args) => {
  const table = completionTable(sh)
  const o = parseOptions(sh, args, `prDEI${SPEC}`)
  if (o.has('p') || o.options.length === 0) {
    let status = 0
    if (o.rest.length === 0) {
      if (table.fallback !== undefined) sh.out(specLine('-D', table.fallback))
      for (const [name, s] of table.specs) sh.out(specLine(name, s))
      return 0
    }
    if (o.options.length > 0) {
      for (const name of o.rest) {
        const s = table.specs.get(name)
        if (s === undefined) {
          sh.complain(`${name}: no completion specification`)
          status = 1
        } else sh.out(specLine(name, s))
      }
      return status
    }
  }
  if (o.has('r')) {
    if (o.rest.length === 0) table.specs.clear()
    let status = 0
    for (const name of o.rest) {
      if (!table.specs.delete(name)) {
        sh.complain(`${name}: no completion specification`)
        status = 1
      }
    }
    return status
  }
  const spec = parseSpec(sh, o.options)
  if (spec === undefined) return 1
  if (o.has('D')) table.fallback = spec
  else if (o.has('E')) table.empty = spec
  else if (o.has('I')) table.initial = spec
  else if (o.rest.length === 0) {
    usage(sh)
    return 2
  }
  for (const name of o.rest) table.specs.set(name, spec)
  return 0
}

const compopt: Builtin = (sh, args) => {
  const table = completionTable(sh)
  const changes: { name: string; on: boolean }[] = []
  const names: string[] = []
  for (let i = 0; i < args.length; i++) {
    const a = args[i] as string
    if (a === '-o' || a === '+o') changes.push({ name: args[++i] ?? '', on: a === '-o' })
    else names.push(a)
  }
  if (names.length === 0) {
    if (sh.currentCompletion === undefined) {
      sh.complain('not currently executing completion function')
      return 1
    }
    for (const c of changes) {
      if (c.on) sh.currentCompletion.add(c.name)
      else sh.currentCompletion.delete(c.name)
    }
    return 0
  }
  for (const name of names) {
    const s = table.specs.get(name)
    if (s === undefined) {
      sh.complain(`${name}: no completion specification`)
      return 1
    }
    for (const c of changes) {
      if (c.on) s.options.add(c.name)
      else s.options.delete(c.name)
    }
  }
  return 0
}

export const completing: Readonly<Record<string, Builtin>> = { compgen, complete, compopt }

import { singleQuote } from '../expand/quote.ts'
import type { ArrayElement, Assign, Heredoc, List, Part, Word } from './ast.ts'
import { SyntaxProblem } from './ast.ts'
import { unescapeAnsi } from './escapes.ts'
import { parseParam } from './param.ts'

export interface Token {
  readonly type: 'word' | 'op' | 'newline' | 'eof' | 'io'
  /** The operator, or the word's source. */
  readonly text: string
  readonly word?: Word
  readonly line: number
  readonly start: number
}

export interface SyntaxOptions {
  /** Consulted when a word stands where a command may; undefined: no alias expansion. */
  readonly alias?: (name: string) => string | undefined
  readonly extglob: boolean
  /** No extensions: dash, busybox. */
  readonly posix: boolean
  /** With `posix`: busybox has `${x:0:1}` and `${x/a/b}`. */
  readonly busybox?: boolean
  /** False: the C locale (for `\u` in `$'…'`). */
  readonly utf8?: boolean
  /** Number of the first line. */
  readonly line?: number
  /** Receives warnings (a here-document ended by the end of file) with their line. */
  readonly warn?: (line: number, text: string) => void
  /** Whether the last parse ended in a way that spoils this one's first word ({@link Parser.complete}); asking takes it back. */
  readonly spoilt?: () => boolean
  /** Depth of nested command substitutions so far. */
  readonly depth?: number
}

/** Largest number that is a descriptor in front of a redirection; what is larger is a word. */
const INT_MAX = 0x7fffffff

const OPERATORS = [
  '&>>',
  '<<<',
  '<<-',
  ';;&',
  '&&',
  '||',
  ';;',
  ';&',
  '<<',
  '>>',
  '<&',
  '>&',
  '<>',
  '>|',
  '&>',
  '|&',
  '&',
  '|',
  ';',
  '<',
  '>',
  '(',
  ')',
]
const META = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')'])
const GLOB = /[*?[\]!@+]/
/** Syntax nested deeper than this is refused, as a bound for the host's stack. */
const MAX_NESTING = 400

/** Builds a word and works out what can be known of it beforehand. */
export function makeWord(parts: readonly Part[], raw: string, line: number, assign?: Assign): Word {
  const first = parts[0]
  const only = parts.length === 1 ? first : undefined
  let fixed: string | undefined
  if (parts.length > 0) {
    fixed = ''
    for (const p of parts) {
      const s: string | undefined = fixedText(p)
      if (s === undefined) {
        fixed = undefined
        break
      }
      fixed += s
    }
  }
  const brace = parts.some((p) => p.t === 'lit' && p.s.includes('{'))
  if ((first?.t === 'lit' && first.s.startsWith('~')) || (assign !== undefined && raw.includes('~'))) fixed = undefined
  const word: Word = { parts, raw, line, sync: parts.every(partSync), brace }
  return Object.assign(
    word,
    only?.t === 'lit' ? { bare: only.s } : undefined,
    fixed !== undefined && { fixed },
    assign !== undefined && { assign },
  )
}

function fixedText(p: Part): string | undefined {
  if (p.t === 'quo') return p.s
  if (p.t === 'lit') return GLOB.test(p.s) || p.s.includes('{') || p.s.includes('\\') ? undefined : p.s
  if (p.t !== 'dq') return undefined
  let s = ''
  for (const inner of p.parts) {
    if (inner.t !== 'quo') return undefined
    s += inner.s
  }
  return s
}

function partSync(p: Part): boolean {
  switch (p.t) {
    case 'lit':
      // A user's home is read from a file.
      return !p.s.includes('~')
    case 'quo':
      return true
    case 'dq':
      return p.parts.every(partSync)
    case 'param':
      return (p.index?.sync ?? true) && (p.arg?.sync ?? true) && (p.arg2?.sync ?? true)
    case 'arith':
      return p.expr.sync
    default:
      return false
  }
}

/** Characters to tokens and words. The parser asks for one token at a time, because what a word is depends on where it stands. */
export abstract class Lexer {
  src: string
  pos = 0
  line: number
  readonly options: SyntaxOptions
  protected tok: Token | undefined
  protected readonly pending: { doc: Heredoc; strip: boolean; line: number }[] = []
  /** Whether `name=(` starts a compound assignment here. */
  protected allowArray = false
  protected nesting = 0
  /** Ends (in `src`) of alias texts being read, with the name that must not be expanded again before. */
  #aliases: { name: string; end: number }[] = []
  /** The previous alias ended in a blank: the next word is looked up too. */
  aliasNext = -1

  constructor(src: string, options: SyntaxOptions) {
    this.src = src
    this.options = options
    this.line = options.line ?? 1
  }

  /** Parses commands up to (not including) a `)`. */
  protected abstract parseSubstitution(): List

  get atEnd(): boolean {
    return this.tok === undefined && this.pos >= this.src.length
  }

  fail(message: string, line = this.line, incomplete = false, sourceLine?: string): never {
    throw new SyntaxProblem(message, line, incomplete, sourceLine)
  }

  protected nested<T>(fn: () => T): T {
    if (++this.nesting > MAX_NESTING) this.fail('memory exhausted')
    try {
      return fn()
    } finally {
      this.nesting--
    }
  }

  eofMatching(what: string, line: number): never {
    this.fail(`unexpected EOF while looking for matching \`${what}'`, line, true)
  }

  /** The whole source line at a position. */
  lineAt(pos: number): string {
    const from = this.src.lastIndexOf('\n', Math.max(0, pos - 1)) + 1
    const to = this.src.indexOf('\n', pos === from - 1 ? from : Math.max(pos, from))
    return this.src.slice(from, to < 0 ? undefined : to)
  }

  skipBlanks(): void {
    for (;;) {
      const c = this.src[this.pos]
      if (c === ' ' || c === '\t') this.pos++
      else if (c === '\\' && this.src[this.pos + 1] === '\n') {
        this.pos += 2
        this.line++
      } else if (c === '#') {
        const nl = this.src.indexOf('\n', this.pos)
        this.pos = nl < 0 ? this.src.length : nl
      } else return
    }
  }

  peek(): Token {
    this.tok ??= this.#lex()
    return this.tok
  }

  next(): Token {
    const t = this.peek()
    this.tok = undefined
    return t
  }

  #lex(): Token {
    this.skipBlanks()
    const start = this.pos
    const line = this.line
    const c = this.src[start]
    if (c === undefined) {
      if (this.pending.length > 0) this.#readHeredocs()
      return { type: 'eof', text: '', line: this.line, start }
    }
    if (c === '\n') {
      this.pos++
      this.line++
      if (this.pending.length > 0) this.#readHeredocs()
      return { type: 'newline', text: '\n', line, start }
    }
    if (META.has(c)) {
      if (!((c === '<' || c === '>') && this.src[start + 1] === '(' && !this.options.posix)) {
        for (const op of OPERATORS) {
          if (this.src.startsWith(op, start)) {
            if (this.options.posix && (op === '&>' || op === '|&' || op === '<<<' || op === '&>>')) continue
            this.pos += op.length
            return { type: 'op', text: op, line, start }
          }
        }
      }
    }
    if (c >= '0' && c <= '9') {
      const m = /\d+(?=[<>])/y
      m.lastIndex = start
      const digits = m.exec(this.src)?.[0]
      if (digits !== undefined && Number(digits) <= INT_MAX) {
        this.pos += digits.length
        return { type: 'io', text: digits, line, start }
      }
    } else if (c === '{' && !this.options.posix) {
      const m = /\{[A-Za-z_]\w*(?:\[[^\]\n]*\])?\}(?=[<>])/y
      m.lastIndex = start
      const name = m.exec(this.src)?.[0]
      if (name !== undefined) {
        this.pos += name.length
        return { type: 'io', text: name.slice(1, -1), line, start }
      }
    }
    const word = this.readWord()
    return { type: 'word', text: word.raw, word, line: word.line, start }
  }

  /** Replaces the word token just peeked by its alias, if it has one. */
  protected expandAlias(t: Token): boolean {
    const name = t.word?.bare
    if (name === undefined || this.options.alias === undefined) return false
    this.#aliases = this.#aliases.filter((a) => t.start < a.end)
    if (this.#aliases.some((a) => a.name === name)) return false
    const value = this.options.alias(name)
    if (value === undefined) return false
    const growth = value.length - (this.pos - t.start)
    for (const a of this.#aliases) a.end += growth
    this.src = this.src.slice(0, t.start) + value + this.src.slice(this.pos)
    this.pos = t.start
    this.#aliases.push({ name, end: t.start + value.length })
    if (/[ \t]$/.test(value)) this.aliasNext = t.start + value.length
    this.tok = undefined
    return true
  }

  /** Reads a word; `stop` ends it as well as the metacharacters do. `pattern` reads the right side of `==` in `[[`. */
  readWord(mode: 'normal' | 'pattern' | 'regex' = 'normal'): Word {
    const start = this.pos
    const line = this.line
    if (mode === 'normal') {
      const assigned = this.#readAssignment(start, line)
      if (assigned !== undefined) return assigned
    }
    this.#translated.length = 0
    const parts = this.#wordParts(mode)
    return makeWord(parts, this.#rawText(start), this.line)
  }

  /** What bash translates as it reads: `$'…'` becomes `'…'`, `$"…"` becomes `"…"`. */
  readonly #translated: { readonly from: number; readonly to: number; readonly text: string }[] = []

  /** The text of a word from `start` up to here, as messages and listings show it. */
  #rawText(start: number): string {
    let text = ''
    let at = start
    for (const t of this.#translated) {
      if (t.from < start) continue
      text += this.src.slice(at, t.from) + t.text
      at = t.to
    }
    return text + this.src.slice(at, this.pos)
  }

  #readAssignment(start: number, line: number): Word | undefined {
    const m = this.options.posix ? /[A-Za-z_]\w*(=)/y : /[A-Za-z_]\w*(\[|\+?=)/y
    m.lastIndex = start
    const found = m.exec(this.src)
    if (found === null) return undefined
    const name = (/^\w+/.exec(found[0]) as RegExpExecArray)[0]
    let index: Word | undefined
    let append = found[1] === '+='
    let valueAt = start + found[0].length
    if (found[1] === '[') {
      const end = this.matchBracket(start + name.length)
      const op = end < 0 ? null : /^\+?=/.exec(this.src.slice(end + 1, end + 3))
      if (op === null) return undefined
      append = op[0] === '+='
      index = this.subscript(this.src.slice(start + name.length + 1, end), line)
      valueAt = end + 1 + op[0].length
      this.line += this.src.slice(start, valueAt).split('\n').length - 1
    }
    this.pos = valueAt
    this.#translated.length = 0
    const prefix = this.src.slice(start, valueAt)
    if (this.src[valueAt] === '(' && this.allowArray && !this.options.posix) {
      const array = this.#readArray()
      const raw = this.#rawText(start)
      const assign: Assign = {
        name,
        append,
        array,
        raw,
        sync: array.every((e) => e.value.sync && (e.key?.sync ?? true)) && (index?.sync ?? true),
        ...(index && { index }),
      }
      return makeWord([{ t: 'lit', s: raw }], raw, line, assign)
    }
    const parts = this.#wordParts('normal')
    const value = makeWord(parts, this.#rawText(valueAt), line)
    const raw = prefix + value.raw
    const assign: Assign = { name, append, value, raw, sync: value.sync && (index?.sync ?? true), ...(index && { index }) }
    const [first, ...rest] = parts
    const all: Part[] = first?.t === 'lit' ? [{ t: 'lit', s: prefix + first.s }, ...rest] : [{ t: 'lit', s: prefix }, ...parts]
    return makeWord(all, raw, line, assign)
  }

  /** End of the subscript that opens at `open`, or -1. */
  matchBracket(open: number): number {
    let depth = 0
    for (let i = open; i < this.src.length; i++) {
      const c = this.src[i]
      if (c === '\\') i++
      else if (c === "'" || c === '"') {
        const end = this.skipQuoted(i)
        if (end < 0) return -1
        i = end
      } else if (c === '$' && (this.src[i + 1] === '(' || this.src[i + 1] === '{')) {
        const end = this.skipPair(i + 1)
        if (end < 0) return -1
        i = end
      } else if (c === '[') depth++
      else if (c === ']' && --depth === 0) return i
      else if (c === '\n') return -1
    }
    return -1
  }

  skipQuoted(i: number): number {
    const q = this.src[i]
    if (q === "'") return this.src.indexOf("'", i + 1)
    for (let k = i + 1; k < this.src.length; k++) {
      if (this.src[k] === '\\') k++
      else if (this.src[k] === q) return k
      else if (this.src[k] === '$' && (this.src[k + 1] === '(' || this.src[k + 1] === '{')) {
        const end = this.skipPair(k + 1)
        if (end < 0) return -1
        k = end
      }
    }
    return -1
  }

  /** End of a `(…)` or `{…}` that opens at `i`, quotes respected; -1 when there is none. */
  skipPair(i: number): number {
    const open = this.src[i] as string
    const close = open === '(' ? ')' : '}'
    let depth = 0
    for (let k = i; k < this.src.length; k++) {
      const c = this.src[k]
      if (c === '\\') k++
      else if (c === "'" || c === '"' || c === '`') {
        const end = this.skipQuoted(k)
        if (end < 0) return -1
        k = end
      } else if (c === open) depth++
      else if (c === close && --depth === 0) return k
    }
    return -1
  }

  subscript(text: string, line: number): Word {
    if (text === '@' || text === '*') return makeWord([{ t: 'lit', s: text }], text, line)
    return this.parseText(text, line, 'subscript')
  }

  /** Parses the inside of an expansion as text: `dq` as in double quotes, `arith` for `$((`, `heredoc`, `subscript`, `word` for an unquoted operand. */
  parseText(text: string, line: number, mode: 'dq' | 'arith' | 'heredoc' | 'subscript' | 'word' | 'dqpattern' | 'dqword'): Word {
    const sub = this.sub(text, line)
    const parts: Part[] = mode === 'word' || mode === 'subscript' || mode === 'dqpattern' ? sub.#wordParts('text') : sub.#quotedParts(mode)
    return makeWord(parts, text, line)
  }

  protected abstract sub(text: string, line: number): Lexer

  #readArray(): ArrayElement[] {
    const startLine = this.line
    this.pos++
    const out: ArrayElement[] = []
    const outer = this.allowArray
    this.allowArray = false
    for (;;) {
      this.skipBlanks()
      const c = this.src[this.pos]
      if (c === undefined) {
        const problem = new SyntaxProblem("unexpected EOF while looking for matching `)'", startLine, true)
        problem.status = 1
        throw problem
      }
      if (c === '\n') {
        this.pos++
        this.line++
        if (this.pending.length > 0) this.#readHeredocs()
        continue
      }
      if (c === ')') {
        this.pos++
        break
      }
      if (c !== '<' && c !== '>' && META.has(c)) this.unexpected(c)
      const line = this.line
      if (c === '[') {
        const end = this.matchBracket(this.pos)
        const op = end < 0 ? null : /^\+?=/.exec(this.src.slice(end + 1, end + 3))
        if (op !== null) {
          const key = this.subscript(this.src.slice(this.pos + 1, end), line)
          this.pos = end + 1 + op[0].length
          const from = this.pos
          const value = makeWord(this.#wordParts('normal'), this.#rawText(from), line)
          out.push({ key, append: op[0] === '+=', value })
          continue
        }
      }
      const from = this.pos
      const parts = this.#wordParts('normal')
      if (this.pos === from) this.unexpected(c)
      out.push({ append: false, value: makeWord(parts, this.#rawText(from), line) })
    }
    this.allowArray = outer
    return out
  }

  unexpected(token: string, at = this.pos, line = this.line): never {
    this.fail(`syntax error near unexpected token \`${token}'`, line, false, this.lineAt(at))
  }

  /** `text`: metacharacters are ordinary (operand of an expansion). */
  #wordParts(mode: 'normal' | 'pattern' | 'regex' | 'text'): Part[] {
    const parts: Part[] = []
    let lit = ''
    let parens = 0
    const flush = (): void => {
      if (lit !== '') parts.push({ t: 'lit', s: lit })
      lit = ''
    }
    const extglob = this.options.extglob || mode === 'pattern' || mode === 'text'
    const { src } = this
    for (;;) {
      const c = src[this.pos]
      if (c === undefined) {
        if (parens > 0) this.eofMatching(')', this.line)
        break
      }
      if (mode === 'normal' || mode === 'pattern' || mode === 'regex') {
        if (parens === 0 && META.has(c)) {
          if ((c === '<' || c === '>') && src[this.pos + 1] === '(' && mode !== 'regex' && !this.options.posix) {
            flush()
            parts.push(this.#procSub(c))
            continue
          }
          if (mode === 'regex' && (c === '(' || c === '|')) {
            if (c === '(') parens++
            lit += c
            this.pos++
            continue
          }
          break
        }
        if (parens > 0 && c === ')' && --parens >= 0) {
          lit += c
          this.pos++
          continue
        }
        if (parens > 0 && c === '(') {
          parens++
          lit += c
          this.pos++
          continue
        }
      }
      switch (c) {
        case '\\': {
          const n = src[this.pos + 1]
          this.pos += 2
          if (n === '\n') this.line++
          else if (n === undefined) {
            lit += '\\'
            this.pos--
          } else {
            flush()
            parts.push({ t: 'quo', s: n + this.#lowSurrogate(n) })
          }
          continue
        }
        case "'":
          flush()
          parts.push({ t: 'quo', s: this.#single() })
          continue
        case '"':
          flush()
          parts.push(this.#double())
          continue
        case '`':
          flush()
          parts.push(this.#backquote(false))
          continue
        case '$': {
          const n = src[this.pos + 1]
          if (n === "'" && !this.options.posix) {
            flush()
            const from = this.pos++
            const s = this.#ansi()
            parts.push({ t: 'quo', s })
            this.#translated.push({ from, to: this.pos, text: singleQuote(s) })
            continue
          }
          if (n === '"' && !this.options.posix) {
            flush()
            this.#translated.push({ from: this.pos, to: this.pos + 1, text: '' })
            this.pos++
            parts.push(this.#double())
            continue
          }
          const p = this.#dollar(false)
          if (p === undefined) {
            lit += '$'
            this.pos++
          } else {
            flush()
            parts.push(p)
          }
          continue
        }
        case '?':
        case '*':
        case '+':
        case '@':
        case '!':
          if (extglob && src[this.pos + 1] === '(' && mode !== 'text' && mode !== 'regex') {
            parens++
            lit += `${c}(`
            this.pos += 2
            continue
          }
          break
        case '\n':
          this.line++
          break
      }
      lit += c
      this.pos++
    }
    flush()
    return parts
  }

  /** The second half of a surrogate pair whose first half was just taken. */
  #lowSurrogate(c: string): string {
    const code = c.charCodeAt(0)
    if (code < 0xd800 || code > 0xdbff) return ''
    return this.src[this.pos++] ?? ''
  }

  #countLines(from: number, to: number): void {
    for (let i = this.src.indexOf('\n', from); i >= 0 && i < to; i = this.src.indexOf('\n', i + 1)) this.line++
  }

  #single(): string {
    const end = this.src.indexOf("'", this.pos + 1)
    if (end < 0) this.eofMatching("'", this.line)
    const s = this.src.slice(this.pos + 1, end)
    this.#countLines(this.pos, end)
    this.pos = end + 1
    return s
  }

  #ansi(): string {
    let end = this.pos + 1
    while (end < this.src.length && this.src[end] !== "'") end += this.src[end] === '\\' ? 2 : 1
    if (end >= this.src.length) this.eofMatching("'", this.line)
    const s = this.src.slice(this.pos + 1, end)
    this.#countLines(this.pos, end)
    this.pos = end + 1
    return unescapeAnsi(s, this.options.utf8 !== false)
  }

  #double(): Part {
    const { line, pos: from } = this
    this.pos++
    const parts = this.#quotedParts('"')
    if (this.src[this.pos] !== '"') this.eofMatching('"', line)
    const raw = this.src.slice(from + 1, this.pos)
    this.pos++
    return { t: 'dq', parts, raw }
  }

  /** Text as in double quotes, up to `"` when that is the mode, else to the end of the text. */
  #quotedParts(mode: '"' | 'dq' | 'arith' | 'heredoc' | 'dqword'): Part[] {
    const parts: Part[] = []
    let text = ''
    const flush = (): void => {
      if (text !== '') parts.push({ t: 'quo', s: text })
      text = ''
    }
    const { src } = this
    for (;;) {
      const c = src[this.pos]
      if (c === undefined) break
      if (c === '"') {
        if (mode === '"') break
        if (mode === 'arith' || mode === 'dqword') {
          this.pos++
          continue
        }
      }
      if (c === '\\') {
        const n = src[this.pos + 1]
        if (n === '\n') {
          this.pos += 2
          this.line++
          continue
        }
        if (n === '$' || n === '`' || n === '\\' || (n === '"' && mode !== 'heredoc') || (n === '}' && mode === 'dqword')) {
          text += n
          this.pos += 2
          continue
        }
      } else if (c === '`') {
        flush()
        parts.push(this.#backquote(mode !== 'heredoc'))
        continue
      } else if (c === '$' && mode === 'dqword' && src[this.pos + 1] === "'" && !this.options.posix) {
        // bash has translated it by then, and the quotes are gone.
        this.pos++
        text += this.#ansi()
        continue
      } else if (c === '$') {
        const p = this.#dollar(true)
        if (p !== undefined) {
          flush()
          parts.push(p)
          continue
        }
      } else if (c === '\n') this.line++
      text += c
      this.pos++
    }
    flush()
    return parts
  }

  #backquote(quoted: boolean): Part {
    const line = this.line
    let s = ''
    let i = this.pos + 1
    for (; ; i++) {
      const c = this.src[i]
      if (c === undefined) this.eofMatching('`', line)
      if (c === '`') break
      if (c === '\\') {
        const n = this.src[i + 1]
        if (n === '$' || n === '`' || n === '\\' || (quoted && n === '"')) {
          s += n
          i++
          continue
        }
      }
      s += c
    }
    this.#countLines(this.pos, i)
    this.pos = i + 1
    return { t: 'cmd', src: s, line }
  }

  #procSub(op: '<' | '>'): Part {
    this.pos += 2
    const { body, src } = this.#substitution()
    return { t: 'proc', op, body, src }
  }

  /** After `$(` or `<(`: the commands up to the closing parenthesis. */
  #substitution(): { body: List; src: string } {
    const from = this.pos
    const line = this.line
    const outerTok = this.tok
    const outerArray = this.allowArray
    this.tok = undefined
    this.allowArray = true
    const body = this.nested(() => this.parseSubstitution())
    const close = this.peek()
    if (close.type === 'eof') this.eofMatching(')', Math.max(line, close.line - 1) + (this.src.endsWith('\n') ? 1 : 0))
    const src = this.src.slice(from, close.start)
    this.tok = outerTok
    this.allowArray = outerArray
    return { body, src }
  }

  /** An expansion at `$`; undefined when the dollar stands for itself. */
  #dollar(quoted: boolean): Part | undefined {
    const { src } = this
    const n = src[this.pos + 1]
    if (n === undefined) return undefined
    if (n === '(') {
      if (src[this.pos + 2] === '(') {
        const end = this.arithmeticEnd(this.pos + 3)
        if (end >= 0) {
          const raw = src.slice(this.pos + 3, end)
          const expr = this.parseText(raw, this.line, 'arith')
          this.#countLines(this.pos, end)
          this.pos = end + 2
          return { t: 'arith', expr, raw }
        }
        if (!this.options.posix && this.skipPair(this.pos + 2) < 0) this.eofMatching(')', this.line)
      }
      const line = this.line
      this.pos += 2
      const { body, src: text } = this.#substitution()
      return { t: 'cmd', body, src: text, line }
    }
    if (n === '[' && !this.options.posix) {
      const end = this.matchBracket(this.pos + 1)
      if (end < 0) return undefined
      const raw = src.slice(this.pos + 2, end)
      this.pos = end + 1
      return { t: 'arith', expr: this.parseText(raw, this.line, 'arith'), raw }
    }
    if (n === '{') {
      const line = this.line
      const from = this.pos
      const part = this.nested(() => parseParam(this, quoted))
      this.#countLines(from, this.pos)
      if (part === undefined) this.eofMatching('}', line)
      return part
    }
    const m = /[A-Za-z_]\w*|[0-9]|[@*#?$!-]/y
    m.lastIndex = this.pos + 1
    const name = m.exec(src)?.[0]
    if (name === undefined) return undefined
    this.pos += 1 + name.length
    return { t: 'param', name, raw: `$${name}` }
  }

  /** Where the `))` of an arithmetic expression is that starts at `i`; -1 when it is no arithmetic. */
  arithmeticEnd(i: number): number {
    let depth = 0
    for (let k = i; k < this.src.length; k++) {
      const c = this.src[k]
      if (c === '\\') k++
      else if (c === "'" || c === '"' || c === '`') {
        const end = this.skipQuoted(k)
        if (end < 0) return -1
        k = end
      } else if (c === '$' && (this.src[k + 1] === '(' || this.src[k + 1] === '{')) {
        const end = this.skipPair(k + 1)
        if (end < 0) return -1
        k = end
      } else if (c === '(') depth++
      else if (c === ')') {
        if (depth === 0) return this.src[k + 1] === ')' ? k : -1
        depth--
      }
    }
    return -1
  }

  #readHeredocs(): void {
    const docs = this.pending.splice(0)
    for (const { doc, strip, line } of docs) {
      const from = this.line
      let text = ''
      for (;;) {
        if (this.pos >= this.src.length) {
          this.options.warn?.(
            Math.max(1, this.src.endsWith('\n') ? this.line - 1 : this.line),
            `warning: here-document at line ${line} delimited by end-of-file (wanted \`${doc.delimiter}')`,
          )
          this.heredocOpen = true
          break
        }
        let nl = this.src.indexOf('\n', this.pos)
        const last = nl < 0
        if (last) nl = this.src.length
        let one = this.src.slice(this.pos, nl)
        if (!doc.quoted) {
          while (/(?:^|[^\\])(?:\\\\)*\\$/.test(one) && nl < this.src.length) {
            const more = this.src.indexOf('\n', nl + 1)
            const end = more < 0 ? this.src.length : more
            one = one.slice(0, -1) + this.src.slice(nl + 1, end)
            nl = end
            this.line++
          }
        }
        this.pos = Math.min(nl + 1, this.src.length)
        if (strip) one = one.replace(/^\t+/, '')
        if (one === doc.delimiter) {
          this.line++
          break
        }
        text += last ? one : `${one}\n`
        if (!last) this.line++
      }
      doc.text = text
      doc.body = doc.quoted ? makeWord([{ t: 'quo', s: text }], text, from) : this.parseText(text, from, 'heredoc')
    }
  }

  /** A here-document was ended by the end of the text: interactively, more is to come. */
  heredocOpen = false
}

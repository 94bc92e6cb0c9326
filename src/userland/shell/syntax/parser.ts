import type { Assign, CaseItem, Command, FunctionDefinition, Heredoc, List, Redirect, Simple, Word } from './ast.ts'
import { SyntaxProblem } from './ast.ts'
import { parseCond } from './cond.ts'
import { KEYWORDS } from './keywords.ts'
import type { SyntaxOptions, Token } from './lexer.ts'
import { Lexer, makeWord } from './lexer.ts'

const RESERVED: ReadonlySet<string> = new Set(KEYWORDS)
/** Words that end a list where a command would start. */
const CLOSERS = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}'])
/** Builtins whose arguments may be compound assignments. */
export const DECLARATIONS = new Set(['declare', 'typeset', 'local', 'export', 'readonly', 'eval', 'let', 'alias'])
const REDIRECTS = new Set(['<', '>', '>>', '>|', '<>', '<&', '>&', '&>', '&>>', '<<', '<<-', '<<<'])
const NO_REDIRECTS: readonly Redirect[] = []

/**
 * Reads a script command by command, as bash does: what stands before a syntax error has run already.
 * `complete()` returns the commands of the next line (or lines, for a compound command); undefined at the end.
 */
export class Parser extends Lexer {
  /**
   * The next complete command; undefined at the end. bash's parser keeps the last token of a text that ended within quotes
   * or parentheses (`eval "'"`): a word right behind it is not reserved, and `((` is two
   * parentheses.
   */
  complete(): List | undefined {
    if (this.options.spoilt?.()) this.#spoilFirst()
    for (;;) {
      this.allowArray = true
      const t = this.peek()
      if (t.type === 'eof') return undefined
      if (t.type !== 'newline') break
      this.next()
    }
    const list = this.#list((t) => t.type === 'newline' || t.type === 'eof', true)
    const end = this.peek()
    if (end.type === 'newline') this.next()
    else if (end.type !== 'eof') this.#unexpected(end)
    return list
  }

  /** Where a `((` is two parentheses. */
  #plainParen = -1

  #spoilFirst(): void {
    this.allowArray = true
    const t = this.peek()
    this.#plainParen = t.start
    if (t.type !== 'word' || t.word === undefined) return
    const { bare: _, ...word } = t.word
    this.tok = { ...t, word }
  }

  /** The line on which the last complete command ended. */
  get lastLine(): number {
    return this.src[this.pos - 1] === '\n' ? this.line - 1 : this.line
  }

  /** Throws away what is left of the present line, after a syntax error. */
  skipLine(): void {
    this.tok = undefined
    const nl = this.src.indexOf('\n', this.pos)
    this.pos = nl < 0 ? this.src.length : nl + 1
    this.line++
    this.nesting = 0
    this.pending.length = 0
  }

  /** The commands up to the closing parenthesis of a substitution. */
  substitutionBody(): List {
    return this.parseSubstitution()
  }

  protected parseSubstitution(): List {
    return this.#list((t) => t.type === 'eof' || (t.type === 'op' && t.text === ')'), false)
  }

  protected sub(text: string, line: number): Lexer {
    const sub = new Parser(text, { ...this.options, line })
    sub.nesting = this.nesting
    return sub
  }

  #unexpected(t: Token, expecting?: string): never {
    if (t.type === 'eof') {
      const problem = new SyntaxProblem('syntax error: unexpected end of file', this.#eofLine(), true)
      problem.expecting = expecting
      throw problem
    }
    this.unexpected(t.type === 'newline' ? 'newline' : t.text, t.start, t.type === 'newline' ? t.line : t.line)
  }

  #eofLine(): number {
    return this.src.endsWith('\n') || this.src === '' ? this.line : this.line + 1
  }

  #isOp(t: Token, text: string): boolean {
    return t.type === 'op' && t.text === text
  }

  #skipNewlines(): void {
    this.allowArray = true
    while (this.peek().type === 'newline') this.next()
  }

  /** Commands separated by `;`, `&` and newlines. `single`: stops at the end of the line. */
  #list(ends: (t: Token) => boolean, single: boolean): List {
    const items: List['items'][number][] = []
    const { line } = this
    if (!single) this.#skipNewlines()
    for (;;) {
      this.allowArray = true
      const t = this.peek()
      if (ends(t)) break
      if (items.length > 0 || !single) {
        if (t.type === 'word' && t.word?.bare !== undefined && CLOSERS.has(t.word.bare)) break
        if (t.type === 'op' && (t.text === ';;' || t.text === ';&' || t.text === ';;&' || t.text === ')')) break
      }
      const command = this.#andOr()
      const sep = this.peek()
      const background = this.#isOp(sep, '&')
      if (background || this.#isOp(sep, ';')) {
        this.next()
        items.push({ command, background, newline: false })
        if (single) continue
        this.#skipNewlines()
      } else if (sep.type === 'newline' && !single) {
        items.push({ command, background: false, newline: true })
        this.#skipNewlines()
      } else {
        items.push({ command, background: false, newline: false })
        break
      }
    }
    return { type: 'list', items, line: items[0]?.command.line ?? line, redirects: NO_REDIRECTS }
  }

  /** A list that must not be empty, up to one of the reserved words. */
  #body(...ends: string[]): List {
    let list: List
    try {
      list = this.nested(() => this.#list(() => false, false))
    } catch (error) {
      if (error instanceof SyntaxProblem && error.incomplete) error.expecting ??= ends.at(-1)
      throw error
    }
    const t = this.peek()
    if (list.items.length === 0) this.#unexpected(t, ends.at(-1))
    if (ends.length > 0 && !(t.type === 'word' && t.word?.bare !== undefined && ends.includes(t.word.bare)))
      this.#unexpected(t, ends.at(-1))
    return list
  }

  #andOr(): Command {
    const first = this.#pipeline()
    const rest: { op: '&&' | '||'; command: Command }[] = []
    for (;;) {
      const t = this.peek()
      if (t.type !== 'op' || (t.text !== '&&' && t.text !== '||')) break
      this.next()
      this.#skipNewlines()
      rest.push({ op: t.text, command: this.#pipeline() })
    }
    return rest.length === 0 ? first : { type: 'andor', first, rest, line: first.line, redirects: NO_REDIRECTS }
  }

  #bare(): string | undefined {
    const t = this.peek()
    return t.type === 'word' ? t.word?.bare : undefined
  }

  #pipeline(): Command {
    let negate = false
    let time: 'bash' | 'posix' | undefined
    let prefixed = false
    const { line } = this.peek()
    for (;;) {
      const word = this.#command_word()
      if (word === '!') {
        if (negate && this.options.posix) this.#unexpected(this.peek())
        this.next()
        negate = !negate
        prefixed = true
      } else if (word === 'time' && !this.options.posix) {
        this.next()
        time = 'bash'
        prefixed = true
        if (this.#bare() === '-p') {
          this.next()
          time = 'posix'
          if (this.#bare() === '--') this.next()
        }
      } else break
    }
    if (prefixed) {
      const t = this.peek()
      if (t.type === 'newline' || t.type === 'eof' || this.#isOp(t, ';')) {
        return { type: 'pipeline', commands: [], stderr: [], negate, line, redirects: NO_REDIRECTS, ...(time && { time }) }
      }
    }
    const commands = [this.#command()]
    const stderr: boolean[] = []
    for (;;) {
      const t = this.peek()
      if (!this.#isOp(t, '|') && !this.#isOp(t, '|&')) break
      this.next()
      stderr.push(t.text === '|&')
      this.#skipNewlines()
      this.#command_word()
      if (this.#bare() === '!') this.#unexpected(this.peek())
      commands.push(this.#command())
    }
    if (commands.length === 1 && !prefixed) return commands[0] as Command
    return { type: 'pipeline', commands, stderr, negate, line: commands[0]?.line ?? line, redirects: NO_REDIRECTS, ...(time && { time }) }
  }

  /** The bare word where a command starts, aliases expanded. */
  #command_word(): string | undefined {
    this.allowArray = true
    for (;;) {
      const t = this.peek()
      if (t.type !== 'word') return undefined
      if (t.word?.bare !== undefined && RESERVED.has(t.word.bare)) return t.word.bare
      if (!this.expandAlias(t)) return t.word?.bare
      // An alias for nothing: what follows is still the start of a command.
      if (this.peek().type === 'newline') return undefined
    }
  }

  #command(): Command {
    const word = this.#command_word()
    const t = this.peek()
    if (t.type === 'op') {
      if (t.text === '(') return this.#paren(t)
      if (!REDIRECTS.has(t.text)) this.#unexpected(t)
      return this.#simple()
    }
    if (t.type === 'io') return this.#simple()
    if (t.type === 'newline' || t.type === 'eof') {
      this.#unexpected(t)
    }
    switch (word) {
      case 'if':
        return this.#if()
      case 'while':
      case 'until': {
        const { line } = this.next()
        const test = this.#body('do')
        this.next()
        const body = this.#body('done')
        this.next()
        return { type: word, test, body, line, redirects: this.#redirects() }
      }
      case 'for':
        return this.#for(word)
      case 'select':
        if (!this.options.posix) return this.#for(word)
        break
      case 'case':
        return this.#case()
      case '{': {
        const { line } = this.next()
        const body = this.#body('}')
        this.next()
        return { type: 'group', body, line, redirects: this.#redirects() }
      }
      case 'function':
        if (!this.options.posix) return this.#functionKeyword()
        break
      case '[[':
        if (!this.options.posix) {
          const { line } = this.next()
          const { expr, sync } = parseCond(this)
          return { type: 'cond', expr, sync, line, redirects: this.#redirects() }
        }
        break
      case 'coproc':
        if (!this.options.posix) return this.#coproc()
        break
      case 'in':
        if (!this.options.posix) this.#unexpected(t)
        break
      default:
        if (word !== undefined && CLOSERS.has(word)) this.#unexpected(t)
    }
    return this.#simple()
  }

  #paren(t: Token): Command {
    if (this.src[this.pos] === '(' && !this.options.posix && t.start !== this.#plainParen) {
      const end = this.arithmeticEnd(this.pos + 1)
      if (end >= 0) {
        this.next()
        const raw = this.src.slice(this.pos + 1, end)
        const expr = this.parseText(raw, this.line, 'arith')
        this.line += raw.split('\n').length - 1
        this.pos = end + 2
        return { type: 'arith', expr, raw, line: t.line, redirects: this.#redirects() }
      }
      if (this.skipPair(this.pos) < 0) this.eofMatching(')', t.line)
    }
    this.next()
    return this.#subshell()
  }

  /** What stands behind the `(` of a subshell. */
  #subshell(): Command {
    const body = this.nested(() => this.#list((x) => this.#isOp(x, ')'), false))
    const close = this.peek()
    if (!this.#isOp(close, ')') || body.items.length === 0) this.#unexpected(close)
    this.next()
    // As bash has it: the line of the closing parenthesis.
    return { type: 'subshell', body, line: close.line, redirects: this.#redirects() }
  }

  #if(): Command {
    const { line } = this.next()
    const clauses: { test: List; body: List }[] = []
    let otherwise: List | undefined
    for (;;) {
      const test = this.#body('then')
      this.next()
      clauses.push({ test, body: this.#body('elif', 'else', 'fi') })
      const word = this.next().text
      if (word === 'elif') continue
      if (word === 'else') {
        otherwise = this.#body('fi')
        this.next()
      }
      break
    }
    return { type: 'if', clauses, line, redirects: this.#redirects(), ...(otherwise && { otherwise }) }
  }

  /** `do … done`, or `{ … }` in its place. */
  #doGroup(): List {
    const open = this.#bare()
    if (open !== 'do' && open !== '{') this.#unexpected(this.peek())
    this.next()
    const body = this.#body(open === 'do' ? 'done' : '}')
    this.next()
    return body
  }

  #for(type: 'for' | 'select'): Command {
    const { line } = this.next()
    this.skipBlanks()
    if (type === 'for' && this.tok === undefined && this.src.startsWith('((', this.pos)) {
      const end = this.arithmeticEnd(this.pos + 2)
      if (end < 0 && this.skipPair(this.pos + 1) < 0) this.eofMatching(')', line)
      if (end >= 0) {
        const raw = this.src.slice(this.pos + 2, end)
        const parts = raw.split(';')
        if (parts.length !== 3)
          this.fail(
            parts.length < 3 ? 'syntax error: arithmetic expression required' : "syntax error: `;' unexpected",
            line,
            false,
            this.lineAt(this.pos),
          )
        const [init, test, step] = parts.map((p) => this.parseText(p.trim(), line, 'arith')) as [Word, Word, Word]
        this.pos = end + 2
        if (this.#isOp(this.peek(), ';')) this.next()
        this.#skipNewlines()
        const body = this.#doGroup()
        return { type: 'arithfor', init, test, step, body, line, redirects: this.#redirects() }
      }
    }
    const name = this.next()
    if (name.type !== 'word') this.#unexpected(name)
    this.#skipNewlines()
    let words: Word[] | undefined
    if (this.#bare() === 'in') {
      this.next()
      words = []
      this.allowArray = false
      while (this.peek().type === 'word') words.push(this.next().word as Word)
      const t = this.peek()
      if (this.#isOp(t, ';') || t.type === 'newline') this.next()
      else this.#unexpected(t)
    } else if (this.#isOp(this.peek(), ';')) this.next()
    this.#skipNewlines()
    const body = this.#doGroup()
    return { type, name: name.text, body, line, redirects: this.#redirects(), ...(words && { words }) }
  }

  #case(): Command {
    const { line } = this.next()
    const subject = this.next()
    if (subject.type !== 'word') this.#unexpected(subject)
    this.#skipNewlines()
    if (this.#bare() !== 'in') this.#unexpected(this.peek())
    this.next()
    const items: CaseItem[] = []
    for (;;) {
      this.#skipNewlines()
      this.allowArray = false
      let t = this.peek()
      if (t.type === 'word' && t.word?.bare === 'esac') break
      if (this.#isOp(t, '(')) {
        this.next()
        t = this.peek()
      }
      const patterns: Word[] = []
      for (;;) {
        const p = this.next()
        if (p.type !== 'word') this.#unexpected(p)
        patterns.push(p.word as Word)
        const sep = this.next()
        if (this.#isOp(sep, ')')) break
        if (!this.#isOp(sep, '|')) this.#unexpected(sep)
      }
      const body = this.nested(() => this.#list(() => false, false))
      t = this.peek()
      const end = t.type === 'op' && (t.text === ';;' || t.text === ';&' || t.text === ';;&') ? t.text : undefined
      items.push({ patterns, body: body.items.length === 0 ? undefined : body, end: end ?? ';;' })
      if (end !== undefined) this.next()
      else if (this.#bare() !== 'esac') this.#unexpected(t)
    }
    this.next()
    return { type: 'case', subject: subject.word as Word, items, line, redirects: this.#redirects() }
  }

  #functionKeyword(): FunctionDefinition {
    const { line } = this.next()
    const name = this.next()
    if (name.type !== 'word') this.#unexpected(name)
    if (this.#isOp(this.peek(), '(')) {
      // Without `()` behind it, the parenthesis begins a body that is a subshell.
      this.next()
      const close = this.peek()
      if (!this.#isOp(close, ')')) {
        const body = this.#subshell()
        return { type: 'function', name: name.text, body, line, redirects: NO_REDIRECTS }
      }
      this.next()
    }
    return this.#functionBody(name.text, line)
  }

  #functionBody(name: string, line: number): FunctionDefinition {
    this.#skipNewlines()
    const t = this.peek()
    const body = this.nested(() => this.#command())
    if (body.type === 'simple' && !this.options.posix) this.#unexpected(t)
    return { type: 'function', name, body, line, redirects: NO_REDIRECTS }
  }

  #coproc(): Command {
    const { line } = this.next()
    const t = this.peek()
    if (t.type === 'word' && t.word?.bare !== undefined && !RESERVED.has(t.word.bare)) {
      // A name only when a compound command follows.
      const after = /[ \t]*(?:\{[ \t\n]|\(|(?:while|until|for|if|case|select)[ \t\n(]|\[\[|\(\()/y
      after.lastIndex = this.pos
      if (/^[A-Za-z_]\w*$/.test(t.text) && after.test(this.src)) {
        this.next()
        return { type: 'coproc', name: t.text, command: this.#command(), line, redirects: NO_REDIRECTS }
      }
    }
    return { type: 'coproc', name: 'COPROC', command: this.#command(), line, redirects: NO_REDIRECTS }
  }

  #redirects(): readonly Redirect[] {
    let out: Redirect[] | undefined
    for (;;) {
      const t = this.peek()
      if (t.type !== 'io' && !(t.type === 'op' && REDIRECTS.has(t.text))) return out ?? NO_REDIRECTS
      out ??= []
      out.push(this.#redirect())
    }
  }

  #redirect(): Redirect {
    let fd: number | string | undefined
    let t = this.next()
    if (t.type === 'io') {
      fd = /^\d/.test(t.text) ? Number(t.text) : t.text
      t = this.next()
      if (t.type !== 'op' || !REDIRECTS.has(t.text)) this.#unexpected(t)
    }
    const op = t.text as Redirect['op']
    const outer = this.allowArray
    this.allowArray = false
    const target = this.next()
    this.allowArray = outer
    if (target.type !== 'word') this.#unexpected(target)
    const word = target.word as Word
    const base = { op, target: word, ...(fd !== undefined && { fd }) }
    if (op !== '<<' && op !== '<<-') return base
    const quoted = /['"\\]/.test(word.raw)
    const delimiter = quoted ? unquote(word) : word.raw
    const heredoc: Heredoc = { body: makeWord([], '', word.line), text: '', quoted, delimiter }
    this.pending.push({ doc: heredoc, strip: op === '<<-', line: word.line })
    return { ...base, heredoc }
  }

  #simple(): Command {
    const assigns: Assign[] = []
    const words: Word[] = []
    const redirects: Redirect[] = []
    let line = this.peek().line
    let declares = false
    for (;;) {
      this.allowArray = words.length === 0 || declares
      const t = this.peek()
      if (t.type === 'io' || (t.type === 'op' && REDIRECTS.has(t.text))) {
        redirects.push(this.#redirect())
        continue
      }
      // As bash's, whose parser has read the token behind the name when it notes the line.
      if (words.length === 0 && assigns.length === 1 && redirects.length === 0) line = t.word?.line ?? t.line
      if (words.length === 1 && t.type !== 'newline' && t.type !== 'eof') line = t.word?.line ?? t.line
      if (t.type !== 'word') {
        if (this.#isOp(t, '(') && words.length === 1 && assigns.length === 0 && redirects.length === 0) {
          const name = words[0] as Word
          this.next()
          const close = this.peek()
          if (!this.#isOp(close, ')')) this.#unexpected(close)
          this.next()
          return this.#functionBody(name.raw, line)
        }
        if (this.#isOp(t, '(')) this.#unexpected(t)
        break
      }
      const word = t.word as Word
      if (words.length === 0) {
        if (word.assign !== undefined) {
          this.next()
          assigns.push(word.assign)
          continue
        }
        if (assigns.length + redirects.length > 0 && this.expandAlias(t)) continue
        line = word.line
        declares = word.bare !== undefined && DECLARATIONS.has(word.bare)
      } else if (this.aliasNext >= 0 && t.start >= this.aliasNext) {
        const again = t.start - this.aliasNext <= 1000 && this.src.slice(this.aliasNext, t.start).trim() === ''
        this.aliasNext = -1
        if (again && this.expandAlias(t)) continue
      } else if (declares === false && words.length === 1 && (words[0]?.bare === 'command' || words[0]?.bare === 'builtin')) {
        declares = word.bare !== undefined && DECLARATIONS.has(word.bare)
      }
      this.next()
      words.push(word)
    }
    if (words.length + assigns.length + redirects.length === 0) this.#unexpected(this.peek())
    const sync = words.every((w) => w.sync) && assigns.every((a) => a.sync)
    const simple: Simple = { type: 'simple', assigns, words, redirects, line, sync }
    return simple
  }
}

/** The text of a here-document's delimiter: only quotes are removed. */
function unquote(word: Word): string {
  let s = ''
  for (const p of word.parts) {
    if (p.t === 'lit' || p.t === 'quo') s += p.s
    else if (p.t === 'dq') for (const q of p.parts) s += q.t === 'quo' || q.t === 'lit' ? q.s : 'raw' in q ? q.raw : ''
    else s += 'raw' in p ? p.raw : ''
  }
  return s
}

export function parser(src: string, options: SyntaxOptions): Parser {
  return new Parser(src, options)
}

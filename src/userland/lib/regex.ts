/**
 * POSIX regular expressions (BRE and ERE with GNU's extensions, regex(7)) as JavaScript ones.
 *
 * Differs: alternatives are tried in order, not longest first, unless all of them are plain strings; a back reference
 * to a group that took no part matches the empty string.
 */

export interface Compiled {
  /** Source for `new RegExp(source, 's')`. */
  readonly source: string
  /** Number of groups. */
  readonly groups: number
}

export interface Syntax {
  readonly extended: boolean
  /** `\n`, `\t` and the like are control characters (sed, awk). */
  readonly escapes?: boolean
}

const CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\v\\f\\r',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\0-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
}

const CONTROL: Record<string, string> = { n: '\\n', t: '\\t', r: '\\r', f: '\\f', v: '\\v', a: '\\x07' }

/** Compiles a basic regular expression; a string is the error message of regerror(3). */
export function compileBre(pattern: string): Compiled | string {
  return compileRegex(pattern, { extended: false })
}

export function compileRegex(pattern: string, syntax: Syntax): Compiled | string {
  return new Translator(pattern, syntax).run()
}

function quoteChar(c: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c === '\n' ? '\\n' : c === '\r' ? '\\r' : c
}

class Translator {
  readonly #p: string
  readonly #ere: boolean
  readonly #escapes: boolean
  #at = 0
  #groups = 0
  readonly #open: number[] = []
  readonly #closed = new Set<number>()
  /** Whether the last atom has a repetition already. */
  #repeated = false

  constructor(pattern: string, syntax: Syntax) {
    this.#p = pattern
    this.#ere = syntax.extended
    this.#escapes = syntax.escapes ?? false
  }

  run(): Compiled | string {
    const source = this.#alternatives(0)
    if (typeof source !== 'object') return source
    if (this.#at < this.#p.length) return 'Unmatched ) or \\)'
    return { source: source.text, groups: this.#groups }
  }

  #isOpen(): boolean {
    return this.#ere ? this.#p.charAt(this.#at) === '(' : this.#p.startsWith('\\(', this.#at)
  }

  #isClose(): boolean {
    return this.#ere ? this.#p.charAt(this.#at) === ')' : this.#p.startsWith('\\)', this.#at)
  }

  #isBar(): boolean {
    return this.#ere ? this.#p.charAt(this.#at) === '|' : this.#p.startsWith('\\|', this.#at)
  }

  #alternatives(depth: number): { text: string } | string {
    const branches: { text: string; literal: boolean }[] = []
    for (;;) {
      const branch = this.#branch(depth)
      if (typeof branch === 'string') return branch
      branches.push(branch)
      if (!this.#isBar()) break
      this.#at += this.#ere ? 1 : 2
    }
    if (branches.length > 1 && branches.every((b) => b.literal)) branches.sort((a, b) => b.text.length - a.text.length)
    return { text: branches.map((b) => b.text).join('|') }
  }

  #branch(depth: number): { text: string; literal: boolean } | string {
    let out = ''
    let literal = true
    /** Start of the last atom in `out`; -1: nothing that can be repeated. */
    let atom = -1
    while (this.#at < this.#p.length) {
      if (this.#isBar()) break
      if (this.#isClose() && (depth > 0 || !this.#ere)) break
      const repeat = this.#repetition(out === '' || atom === -1)
      if (typeof repeat === 'string') return repeat
      if (repeat !== undefined) {
        literal = false
        // A repetition of nothing is ignored in an ERE (in a BRE it is an ordinary character).
        if (atom < 0) continue
        const head = out.slice(atom)
        out = `${out.slice(0, atom)}${/[*+?}]$/.test(head) && atom >= 0 && this.#repeated ? `(?:${head})` : head}${repeat.text}`
        this.#repeated = true
        continue
      }
      this.#repeated = false
      if (this.#isOpen()) {
        this.#at += this.#ere ? 1 : 2
        const n = ++this.#groups
        this.#open.push(n)
        const inner = this.#alternatives(depth + 1)
        if (typeof inner === 'string') return inner
        if (!this.#isClose()) return 'Unmatched ( or \\('
        this.#at += this.#ere ? 1 : 2
        this.#open.pop()
        this.#closed.add(n)
        atom = out.length
        out += `(${inner.text})`
        literal = false
        continue
      }
      const c = this.#p.charAt(this.#at)
      if (c === '[') {
        const set = this.#bracket()
        if (set.error !== undefined) return set.error
        atom = out.length
        out += set.text
        literal = false
        continue
      }
      if (c === '\\') {
        const escaped = this.#escape()
        if (escaped.error !== undefined) return escaped.error
        atom = escaped.anchor ? -1 : out.length
        out += escaped.text
        if (!escaped.plain) literal = false
        continue
      }
      this.#at++
      if (c === '^' && (this.#ere || out === '')) {
        out += '^'
        atom = -1
        literal = false
      } else if (c === '$' && (this.#ere || this.#at >= this.#p.length || this.#isClose() || this.#isBar())) {
        out += '$'
        atom = -1
        literal = false
      } else if (c === '.') {
        atom = out.length
        out += '[^]'
        literal = false
      } else {
        atom = out.length
        out += quoteChar(c)
      }
    }
    return { text: out, literal }
  }

  /** A repetition operator here; its JavaScript form, or undefined. */
  #repetition(nothingBefore: boolean): { text: string } | string | undefined {
    const p = this.#p
    const c = p.charAt(this.#at)
    if (c === '*') {
      if (nothingBefore && !this.#ere) return undefined
      this.#at++
      return { text: '*' }
    }
    if (this.#ere ? c === '+' || c === '?' : c === '\\' && /[+?]/.test(p.charAt(this.#at + 1))) {
      const op = this.#ere ? c : p.charAt(this.#at + 1)
      if (nothingBefore && !this.#ere) return undefined
      this.#at += this.#ere ? 1 : 2
      return { text: op }
    }
    const open = this.#ere ? '{' : '\\{'
    if (!p.startsWith(open, this.#at)) return undefined
    const close = this.#ere ? '}' : '\\}'
    const body = p.slice(this.#at + open.length)
    const m = /^(\d*)(,?)(\d*)/.exec(body)
    const end = m?.[0].length ?? 0
    const valid = body.startsWith(close, end) && (m?.[1] !== '' || m[2] === ',')
    if (!valid) {
      if (this.#ere) return undefined
      return body.includes(close) ? 'Invalid content of \\{\\}' : 'Unmatched \\{'
    }
    if (nothingBefore && this.#ere && this.#at > 0) return 'Invalid preceding regular expression'
    if (nothingBefore) return this.#ere ? undefined : 'Invalid preceding regular expression'
    const low = m?.[1] === '' ? '0' : (m?.[1] ?? '0')
    const high = m?.[3] ?? ''
    if (high !== '' && Number(low) > Number(high)) return 'Invalid content of \\{\\}'
    if (Number(low) > 32_767 || Number(high) > 32_767) return 'Regular expression too big'
    this.#at += open.length + end + close.length
    return { text: m?.[2] === '' ? `{${low}}` : `{${low},${high}}` }
  }

  #escape(): { text: string; anchor?: boolean; plain?: boolean; error?: string } {
    const c = this.#p.charAt(this.#at + 1)
    this.#at += 2
    if (c === '') return { text: '', error: 'Trailing backslash' }
    if (/[1-9]/.test(c)) {
      if (!this.#closed.has(Number(c))) return { text: '', error: 'Invalid back reference' }
      return { text: `(?:\\${c})` }
    }
    switch (c) {
      case '<':
        return { text: '\\b(?=\\w)', anchor: true }
      case '>':
        return { text: '\\b(?<=\\w)', anchor: true }
      case '`':
        return { text: '(?<![^])', anchor: true }
      case "'":
        return { text: '(?![^])', anchor: true }
      case 'b':
      case 'B':
        return { text: `\\${c}`, anchor: true }
      case 'w':
      case 'W':
      case 's':
      case 'S':
        return { text: `\\${c}` }
    }
    if (this.#escapes && CONTROL[c] !== undefined) return { text: CONTROL[c], plain: true }
    if (c === '\n') return { text: '\\n', plain: true }
    if (c === '{' && !this.#ere) return { text: '', error: 'Invalid preceding regular expression' }
    return { text: quoteChar(c), plain: true }
  }

  #bracket(): { text: string; error?: string } {
    const p = this.#p
    let i = this.#at + 1
    let out = '['
    if (p.charAt(i) === '^') {
      out += '^'
      i++
    }
    if (p.charAt(i) === '') return { text: '', error: 'Invalid regular expression' }
    const unmatched = { text: '', error: 'Unmatched [, [^, [:, [., or [=' }
    for (let first = true; ; first = false) {
      const c = p.charAt(i)
      if (c === '') return unmatched
      if (c === ']' && !first) break
      const named = /^\[:([A-Za-z]*):\]/.exec(p.slice(i))
      if (named !== null) {
        const set = CLASSES[named[1] ?? '']
        if (set === undefined) return { text: '', error: 'Invalid character class name' }
        out += set
        i += named[0].length
        continue
      }
      if (/^\[[:.=]/.test(p.slice(i)) && !/^\[[.=][\s\S]*?[.=]\]/.test(p.slice(i)) && p.charAt(i + 1) === ':') return unmatched
      const [from, next] = this.#member(i)
      if (p.charAt(next) === '-' && p.charAt(next + 1) !== ']' && p.charAt(next + 1) !== '') {
        const [to, after] = this.#member(next + 1)
        if (to < from) return { text: '', error: 'Invalid range end' }
        out += `${inSet(from)}-${inSet(to)}`
        i = after
      } else {
        out += inSet(from)
        i = next
      }
    }
    this.#at = i + 1
    return { text: out === '[' ? '(?!)' : `${out}]` }
  }

  /** One member of a bracket expression: the character and where the next begins. */
  #member(i: number): readonly [string, number] {
    const p = this.#p
    const special = /^\[([.=])(.)\1\]/s.exec(p.slice(i))
    if (special !== null) return [special[2] ?? '', i + special[0].length]
    if (this.#escapes && p.charAt(i) === '\\') {
      const c = p.charAt(i + 1)
      const control = ({ n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', ']': ']', '\\': '\\' } as Record<string, string>)[c]
      if (control !== undefined && (c !== ']' || this.#ere) && c !== '\\') return [control, i + 2]
      if (c === '\\') return ['\\', i + (this.#ere ? 2 : 1)]
    }
    return [p.charAt(i), i + 1]
  }
}

function inSet(c: string): string {
  return /[\\\][^-]/.test(c) ? `\\${c}` : c === '\n' ? '\\n' : c
}

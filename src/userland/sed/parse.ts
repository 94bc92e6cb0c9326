import { compileRegex } from '#userland/lib/regex.ts'

/** A script that cannot be understood; `where` is filled in by the program. */
export class ScriptError extends Error {
  override name = 'ScriptError'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  | { readonly kind: 'last' }
  /** Undefined: the empty regular expression, the last one used. */
  | { readonly kind: 'regex'; readonly regex: RegExp | undefined }
  /** Only as second address: `+N`, `~N`. */
  | { readonly kind: 'plus'; readonly count: number }
  | { readonly kind: 'multiple'; readonly of: number }

export interface Command {
  readonly name: string
  readonly from?: Address
  readonly to?: Address
  readonly negate: boolean
  /** Text of a i c, label of b t T :, file of r R w W, command of e, number of l L q Q. */
  readonly text?: string
  readonly regex?: RegExp | undefined
  readonly replacement?: readonly Part[]
  readonly flags?: {
    readonly global: boolean
    readonly print: number
    readonly nth: number
    readonly file: string | undefined
    readonly evaluate: boolean
  }
  readonly map?: ReadonlyMap<string, string>
  readonly block?: readonly Command[]
  /** State of a range: the line it ends at, or undefined when not inside. */
  range?: { end: number | 'regex' } | undefined
}

/** Part of a replacement: text, a group (0: all), or a change of case. */
export type Part = { readonly text: string } | { readonly group: number } | { readonly fold: 'U' | 'L' | 'u' | 'l' | 'E' }

export interface ParseOptions {
  readonly extended: boolean
}

/** Parses a sed script. Throws {@link ScriptError} with the position in characters (from 1). Source: sed(1), GNU sed 4.9. */
export function parseScript(script: string, options: ParseOptions): Command[] {
  return new SedParser(script, options).all()
}

class SedParser {
  readonly #s: string
  readonly #extended: boolean
  #at = 0
  readonly #blocks: number[] = []
  /** Groups of the last regular expression. */
  #groups = 0

  constructor(script: string, options: ParseOptions) {
    this.#s = script
    this.#extended = options.extended
  }

  all(): Command[] {
    const out = this.#commands()
    if (this.#at < this.#s.length) throw new ScriptError("unexpected `}'", this.#at + 1)
    return out
  }

  #fail(message: string, at = this.#at): never {
    throw new ScriptError(message, at)
  }

  #peek(): string {
    return this.#s.charAt(this.#at)
  }

  #blanks(also = ''): void {
    while (this.#at < this.#s.length && (/[ \t\r\v\f]/.test(this.#peek()) || also.includes(this.#peek()))) this.#at++
  }

  #commands(): Command[] {
    const out: Command[] = []
    for (;;) {
      this.#blanks('\n;')
      if (this.#at >= this.#s.length) {
        const open = this.#blocks.at(-1)
        if (open !== undefined) throw new ScriptError("unmatched `{'", 0)
        return out
      }
      if (this.#peek() === '}') return out
      if (this.#peek() === '#') {
        const end = this.#s.indexOf('\n', this.#at)
        this.#at = end < 0 ? this.#s.length : end
        continue
      }
      out.push(this.#command())
    }
  }

  #number(): number {
    const digits = /^\d+/.exec(this.#s.slice(this.#at))?.[0] ?? ''
    this.#at += digits.length
    return Number(digits)
  }

  #address(second: boolean): Address | undefined {
    const c = this.#peek()
    if (/\d/.test(c)) {
      const first = this.#number()
      this.#blanks()
      if (!second && this.#peek() === '~') {
        this.#at++
        return { kind: 'step', first, step: this.#number() }
      }
      return { kind: 'line', line: first }
    }
    if (second && (c === '+' || c === '~')) {
      this.#at++
      if (!/\d/.test(this.#peek())) this.#fail("unexpected `,'", this.#at)
      const n = this.#number()
      return c === '+' ? { kind: 'plus', count: n } : { kind: 'multiple', of: n }
    }
    if (c === '$') {
      this.#at++
      return { kind: 'last' }
    }
    if (c === '/' || c === '\\') {
      let delimiter = c
      this.#at++
      if (c === '\\') delimiter = this.#s.charAt(this.#at++)
      const pattern = this.#delimited(delimiter, true)
      if (pattern === undefined) this.#fail('unterminated address regex', this.#s.length)
      let flags = ''
      while (/[IM]/.test(this.#peek())) flags += this.#s.charAt(this.#at++)
      return { kind: 'regex', regex: this.#regex(pattern, flags.includes('I'), flags.includes('M')) }
    }
    return undefined
  }

  #regex(pattern: string, ignoreCase: boolean, multiline: boolean): RegExp | undefined {
    if (pattern === '') return undefined
    const compiled = compileRegex(pattern, { extended: this.#extended, escapes: true })
    if (typeof compiled === 'string') this.#fail(compiled)
    this.#groups = compiled.groups
    return new RegExp(compiled.source, `gs${ignoreCase ? 'i' : ''}${multiline ? 'm' : ''}`)
  }

  /** Text up to the delimiter; `\delimiter` loses its backslash, `\n` stays. Undefined when the delimiter is missing. */
  #delimited(delimiter: string, isRegex: boolean): string | undefined {
    let out = ''
    let inSet = false
    for (; this.#at < this.#s.length; this.#at++) {
      const c = this.#peek()
      if (c === delimiter && !inSet) {
        this.#at++
        return out
      }
      if (c === '\\') {
        const next = this.#s.charAt(this.#at + 1)
        if (next === '') return undefined
        this.#at++
        if (next === delimiter && !(isRegex && inSet))
          out +=
            isRegex && /[.*[\]^$+?(){}|]/.test(next)
              ? /[.*[\]^$]/.test(next)
                ? `\\${next}`
                : next
              : delimiter === '&' && !isRegex
                ? '\\&'
                : next
        else if (next === '\n' && isRegex) out += '\n'
        else out += `\\${next}`
        continue
      }
      if (c === '\n' && isRegex && !inSet) return undefined
      if (isRegex && !inSet && c === '[') {
        inSet = true
        out += c
        if (this.#s.charAt(this.#at + 1) === '^') out += this.#s.charAt(++this.#at)
        if (this.#s.charAt(this.#at + 1) === ']') out += this.#s.charAt(++this.#at)
        continue
      }
      if (inSet && c === '[' && /[:.=]/.test(this.#s.charAt(this.#at + 1))) {
        const kind = this.#s.charAt(this.#at + 1)
        const end = this.#s.indexOf(`${kind}]`, this.#at + 2)
        if (end > 0) {
          out += this.#s.slice(this.#at, end + 2)
          this.#at = end + 1
          continue
        }
      }
      if (inSet && c === ']') inSet = false
      out += c
    }
    return undefined
  }

  #command(): Command {
    const from = this.#address(false)
    let to: Address | undefined
    if (from !== undefined) {
      this.#blanks()
      if (this.#peek() === ',') {
        this.#at++
        this.#blanks()
        to = this.#address(true)
        if (to === undefined) this.#fail("unexpected `,'", this.#at)
      }
    }
    this.#blanks()
    let negate = false
    while (this.#peek() === '!') {
      if (negate) this.#fail("multiple `!'s", this.#at + 1)
      negate = true
      this.#at++
      this.#blanks()
    }
    const name = this.#peek()
    this.#at++
    if (name === '' || name === '\n') this.#fail('missing command', this.#at - (name === '' ? 1 : 0))
    if (from?.kind === 'line' && from.line === 0 && !(to?.kind === 'regex')) this.#fail('invalid usage of line address 0')
    const base = { name, negate, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    switch (name) {
      case '{': {
        this.#blocks.push(this.#at)
        const block = this.#commands()
        if (this.#peek() !== '}') this.#fail("unmatched `{'", 0)
        this.#blocks.pop()
        this.#at++
        this.#end()
        return { ...base, block }
      }
      case '=':
      case 'd':
      case 'D':
      case 'F':
      case 'g':
      case 'G':
      case 'h':
      case 'H':
      case 'n':
      case 'N':
      case 'p':
      case 'P':
      case 'x':
      case 'z':
        this.#end()
        return base
      case ':': {
        if (from !== undefined) this.#fail(": doesn't want any addresses")
        this.#blanks()
        const label = /^[^;\n]*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
        this.#at += label.length
        if (label.trim() === '') this.#fail('":" lacks a label')
        return { ...base, text: label.trim() }
      }
      case 'b':
      case 't':
      case 'T': {
        this.#blanks()
        const label = /^[^;\n}]*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
        this.#at += label.length
        return { ...base, text: label.trim() }
      }
      case 'r':
      case 'R':
      case 'w':
      case 'W': {
        this.#blanks()
        const file = /^[^\n]*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
        this.#at += file.length
        if (file === '') this.#fail('missing filename in r/R/w/W commands')
        return { ...base, text: file }
      }
      case 'e': {
        this.#blanks()
        const text = /^[^\n]*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
        this.#at += text.length
        return { ...base, text }
      }
      case 'l':
      case 'L':
      case 'q':
      case 'Q': {
        if ((name === 'q' || name === 'Q') && to !== undefined) this.#fail('command only uses one address')
        this.#blanks()
        const digits = /^\d*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
        this.#at += digits.length
        this.#end()
        return { ...base, text: digits }
      }
      case 'a':
      case 'i':
      case 'c':
        return { ...base, text: this.#textBlock() }
      case 's':
        return { ...base, ...this.#substitute() }
      case 'y':
        return { ...base, map: this.#transliterate() }
      case '}':
        return this.#fail("unexpected `}'")
      default:
        return this.#fail(`unknown command: \`${name}'`)
    }
  }

  /** What may follow a command: blanks, then `;`, a newline, `}`, a comment, or the end. */
  #end(): void {
    this.#blanks()
    const c = this.#peek()
    if (c === '' || c === '\n' || c === ';') {
      this.#at++
      return
    }
    if (c === '}' || c === '#') return
    this.#fail('extra characters after command', this.#at + 1)
  }

  /** Text of a, i, c: GNU's one-liner, or after a backslash and newline. */
  #textBlock(): string {
    this.#blanks()
    if (this.#at >= this.#s.length) this.#fail("expected \\ after `a', `c' or `i'")
    if (this.#peek() === '\\') {
      this.#at++
      const blanks = /^[ \t]*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
      if (this.#s.charAt(this.#at + blanks.length) === '\n') this.#at += blanks.length + 1
      else this.#at += blanks.length
      if (this.#at >= this.#s.length) return ''
    }
    let out = ''
    for (; this.#at < this.#s.length; this.#at++) {
      const c = this.#peek()
      if (c === '\n') {
        this.#at++
        break
      }
      if (c === '\\') {
        this.#at++
        const next = this.#peek()
        out += next === 't' ? '\t' : next
      } else out += c
    }
    return `${out}\n`
  }

  #substitute(): Pick<Command, 'regex' | 'replacement' | 'flags'> {
    const delimiter = this.#peek()
    this.#at++
    if (delimiter === '' || delimiter === '\n' || delimiter === '\\') this.#fail("unterminated `s' command", this.#at - 1)
    const pattern = this.#delimited(delimiter, true)
    const body = pattern === undefined ? undefined : this.#delimited(delimiter, false)
    if (pattern === undefined || body === undefined) this.#fail("unterminated `s' command", this.#s.length)
    let [global, print, nth, evaluate, ignoreCase, multiline] = [false, 0, 0, false, false, false]
    let file: string | undefined
    for (;;) {
      const c = this.#peek()
      this.#at++
      if (c === 'g') {
        if (global) this.#fail("multiple `g' options to `s' command")
        global = true
      } else if (c === 'p') {
        if (print > 0) this.#fail("multiple `p' options to `s' command")
        print++
      } else if (c === 'i' || c === 'I') ignoreCase = true
      else if (c === 'm' || c === 'M') multiline = true
      else if (c === 'e') evaluate = true
      else if (/\d/.test(c)) {
        this.#at--
        if (nth > 0) this.#fail("multiple number options to `s' command", this.#at + 1)
        nth = this.#number()
        if (nth === 0) this.#fail("number option to `s' command may not be zero")
      } else if (c === 'w') {
        this.#blanks()
        file = /^[^\n]*/.exec(this.#s.slice(this.#at))?.[0] ?? ''
        this.#at += file.length
        if (file === '') this.#fail('missing filename in r/R/w/W commands')
        break
      } else if (c === '\n' || c === ';') break
      else if (c === '' || c === '}' || c === '#') {
        this.#at--
        break
      } else if (/[ \t\r]/.test(c)) continue
      else this.#fail("unknown option to `s'")
    }
    const regex = this.#regex(pattern, ignoreCase, multiline)
    const replacement = this.#replacement(body, regex === undefined ? 9 : this.#groups)
    return { regex, replacement, flags: { global, print, nth, file, evaluate } }
  }

  #replacement(body: string, groups: number): Part[] {
    const out: Part[] = []
    let text = ''
    const flush = (): void => {
      if (text !== '') out.push({ text })
      text = ''
    }
    const control: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' }
    for (let i = 0; i < body.length; i++) {
      const c = body.charAt(i)
      if (c === '&') {
        flush()
        out.push({ group: 0 })
      } else if (c === '\\') {
        const next = body.charAt(++i)
        if (/\d/.test(next)) {
          if (Number(next) > groups) this.#fail(`invalid reference \\${next} on \`s' command's RHS`)
          flush()
          out.push({ group: Number(next) })
        } else if (/[ULulE]/.test(next)) {
          flush()
          out.push({ fold: next as 'U' })
        } else if (next === 'x' && /^[0-9A-Fa-f]{2}/.test(body.slice(i + 1))) {
          text += String.fromCharCode(Number.parseInt(body.slice(i + 1, i + 3), 16))
          i += 2
        } else text += control[next] ?? next
      } else text += c
    }
    flush()
    return out
  }

  #transliterate(): Map<string, string> {
    const delimiter = this.#peek()
    this.#at++
    const from = delimiter === '' ? undefined : this.#delimited(delimiter, false)
    const to = from === undefined ? undefined : this.#delimited(delimiter, false)
    if (from === undefined || to === undefined) this.#fail("unterminated `y' command", this.#s.length)
    const plain = (text: string): string => text.replace(/\\([\\nt])/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : '\\'))
    const [a, b] = [plain(from), plain(to)]
    if (a.length !== b.length) this.#fail("strings for `y' command are different lengths")
    this.#end()
    return new Map([...a].map((c, i) => [c, b.charAt(i)]))
  }
}

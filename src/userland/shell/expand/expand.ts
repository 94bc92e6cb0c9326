import { BadSubstitution, ExpansionError, type Run } from '../interp/flow.ts'
import { homeOf } from '../interp/parameters.ts'
import type { Shell } from '../interp/shell.ts'
import type { Part, Word } from '../syntax/ast.ts'
import { joinBytes } from '../syntax/escapes.ts'
import { braceExpand } from './brace.ts'
import { FieldBuilder } from './builder.ts'
import { glob } from './glob.ts'
import { expandParam, type Value } from './param.ts'
import { hasGlob, type PatternOptions } from './pattern.ts'

/** Thrown where an expansion needs something that waits: a command's output, a user's home. */
export class Need {
  readonly perform: () => Run<unknown>
  constructor(perform: () => Run<unknown>) {
    this.perform = perform
  }
}

/** What an expansion has computed so far: the result of an effect, or of something that waited. */
interface Logged {
  readonly effect: boolean
  /** How many effects this one is part of: theirs are still open when something waits. */
  readonly depth: number
  readonly value: unknown
}

/**
 * Expansion of words. All of it is plain calls, which is what makes loops fast. Where a command must run first, the call
 * throws a {@link Need}; {@link settle} runs it and starts the expansion of that word again. A log of what was computed so
 * far (outputs, and everything with an effect, as `$((i++))`) makes the second pass the same as the first.
 */
export class Expander {
  readonly #sh: Shell
  #log: Logged[] | undefined
  #cursor = 0
  #depth = 0

  constructor(sh: Shell) {
    this.#sh = sh
  }

  /** A step with a side effect: done once however often the expansion starts again. What it needed itself is part of it. */
  effect<T>(fn: () => T): T {
    const log = this.#log
    if (log === undefined) return fn()
    const at = this.#cursor
    const done = log[at]
    if (done?.effect === true && done.depth === this.#depth) {
      this.#cursor++
      return done.value as T
    }
    this.#depth++
    const value = fn()
    this.#depth--
    log.splice(at, this.#cursor - at, { effect: true, depth: this.#depth, value })
    this.#cursor = at + 1
    return value
  }

  /** The result of something that waits. */
  need<T>(perform: () => Run<T>): T {
    const known = this.#log?.[this.#cursor]
    if (known === undefined) throw new Need(perform)
    this.#cursor++
    return known.value as T
  }

  /** Runs an expansion that may need to wait. */
  *settle<T>(fn: () => T): Run<T> {
    const outer = this.#log
    const outerCursor = this.#cursor
    const outerDepth = this.#depth
    const log: Logged[] = []
    try {
      for (;;) {
        this.#log = log
        this.#cursor = 0
        this.#depth = 0
        try {
          return fn()
        } catch (error) {
          if (!(error instanceof Need)) throw error
          this.#log = undefined
          this.#depth = 0
          log.push({ effect: false, depth: 0, value: yield* error.perform() })
        }
      }
    } finally {
      this.#log = outer
      this.#cursor = outerCursor
      this.#depth = outerDepth
    }
  }

  /** Words to fields: brace expansion, expansions, splitting, file names, quote removal. */
  *fieldsOf(words: readonly Word[]): Run<string[]> {
    const out: string[] = []
    for (const w of words) {
      if (w.sync) this.word(w, out)
      else {
        const more = yield* this.settle(() => {
          const mine: string[] = []
          this.word(w, mine)
          return mine
        })
        for (const f of more) out.push(f)
      }
    }
    return out
  }

  /** As {@link fieldsOf} for words that never wait. */
  fieldsNow(words: readonly Word[]): string[] {
    const out: string[] = []
    for (const w of words) this.word(w, out)
    return out
  }

  word(word: Word, out: string[]): void {
    if (word.fixed !== undefined) {
      out.push(word.fixed)
      return
    }
    if (word.brace && this.#sh.options.braceexpand) {
      for (const w of braceExpand(word)) this.#plain(w, out)
      return
    }
    this.#plain(word, out)
  }

  #plain(word: Word, out: string[]): void {
    if (word.fixed !== undefined) {
      out.push(word.fixed)
      return
    }
    const b = new FieldBuilder(false)
    const value = word.assign?.value
    if (value !== undefined && word.raw.includes('~') && !this.#sh.posix) {
      // A word of the form of an assignment has its tildes expanded as one.
      b.literal(word.raw.slice(0, word.raw.indexOf('=') + 1))
      this.#within(word.raw, value.parts, b, false, false, true, true)
    } else this.#within(word.raw, word.parts, b, false, false, true)
    b.end()
    const sh = this.#sh
    for (const f of b.fields) {
      if (f.glob && !sh.options.noglob && hasGlob(f.pattern, sh.shopts.extglob === true)) {
        const found = glob(sh.proc, f.pattern, sh.globOptions())
        if (found.length > 0) {
          for (const name of found) out.push(name)
          continue
        }
        if (sh.shopts.failglob) throw new ExpansionError(`no match: ${f.text}`)
        if (sh.shopts.nullglob) continue
      }
      out.push(f.text)
    }
  }

  /** A word as one string: no splitting, no file names. `tilde`: `assign` expands tildes after colons too. */
  string(word: Word, tilde: 'assign' | 'word' | 'none' = 'word'): string {
    if (word.fixed !== undefined && tilde !== 'assign') return word.fixed
    const only = word.parts.length === 1 ? word.parts[0] : undefined
    if (only?.t === 'quo') return only.s
    const b = new FieldBuilder(true)
    this.#within(word.raw, word.parts, b, false, false, tilde !== 'none', tilde === 'assign')
    return b.text
  }

  /** A word as a pattern: what was quoted is escaped. */
  pattern(word: Word): string {
    const b = new FieldBuilder(true)
    this.#within(word.raw, word.parts, b, false, false, true)
    return b.pattern
  }

  /** A word as a regular expression: what was quoted is escaped. */
  regex(word: Word): string {
    const b = new FieldBuilder(true, (s) => s.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    this.#within(word.raw, word.parts, b, false, false, true)
    return b.pattern
  }

  /** The replacement of a pattern substitution: quoted ampersands and backslashes are escaped. */
  replacement(word: Word): string {
    const b = new FieldBuilder(true, (s) => s.replace(/[\\&]/g, '\\$&'))
    this.#within(word.raw, word.parts, b, false, false, true)
    return b.pattern
  }

  /** Text as in double quotes (here-documents, arithmetic). */
  quotedText(word: Word): string {
    if (word.fixed !== undefined) return word.fixed
    const b = new FieldBuilder(true)
    this.#within(word.raw, word.parts, b, true, false, false)
    return b.text
  }

  patternOptions(): PatternOptions {
    const sh = this.#sh
    return { extglob: sh.shopts.extglob === true, nocase: false, utf8: sh.utf8 }
  }

  /** As {@link #parts}; a bad substitution is reported with the whole text it stands in. */
  #within(
    raw: string,
    parts: readonly Part[],
    b: FieldBuilder,
    quoted: boolean,
    splitLiterals: boolean,
    tilde: boolean,
    assign = false,
  ): boolean {
    try {
      return this.#parts(parts, b, quoted, splitLiterals, tilde, assign)
    } catch (error) {
      if (error instanceof BadSubstitution) error.within(raw)
      throw error
    }
  }

  #parts(parts: readonly Part[], b: FieldBuilder, quoted: boolean, splitLiterals: boolean, tilde: boolean, assign = false): boolean {
    let contributed = false
    parts.forEach((p, i) => {
      switch (p.t) {
        case 'lit': {
          let { s } = p
          contributed = true
          if (tilde && s.includes('~')) {
            const rest = parts.length > i + 1
            if (i === 0 && s.startsWith('~')) {
              const done = this.#tilde(s, rest, assign)
              if (done !== undefined) {
                b.quoted(done.home)
                s = done.rest
              }
            }
            if (assign) s = this.#colonTildes(s, b, rest)
          }
          if (s === '') return
          if (splitLiterals) b.split(s, this.#sh.ifs)
          else if (quoted) b.quoted(s)
          else b.literal(s)
          return
        }
        case 'quo':
          b.quoted(p.s)
          contributed = true
          return
        case 'dq':
          if (this.#within(p.raw, p.parts, b, true, false, false) || p.parts.length === 0) b.quoted('')
          contributed = true
          return
        default:
          if (this.#emit(this.#evaluate(p, quoted), b, quoted, splitLiterals)) contributed = true
      }
    })
    return contributed
  }

  /** `~`, `~user`, `~+`, `~-` at the start; undefined when the tilde stands for itself. */
  #tilde(s: string, more: boolean, assign: boolean): { home: string; rest: string } | undefined {
    const m = (assign ? /^~([^/:]*)/ : /^~([^/]*)/).exec(s)
    if (m === null) return undefined
    const name = m[1] as string
    const rest = s.slice(m[0].length)
    if (rest === '' && more) return undefined
    const home = this.tildeHome(name)
    return home === undefined ? undefined : { home, rest }
  }

  tildeHome(name: string): string | undefined {
    const sh = this.#sh
    if (name === '') return sh.get('HOME') ?? this.need(() => homeOf(sh, undefined))
    if (name === '+') return sh.get('PWD')
    if (name === '-') return sh.get('OLDPWD')
    if (/^[+-]?\d+$/.test(name)) return sh.directories.at(name)
    if (!/^[\w.-]+$/.test(name)) return undefined
    return this.need(() => homeOf(sh, name))
  }

  #colonTildes(s: string, b: FieldBuilder, more: boolean): string {
    let rest = s
    for (;;) {
      const at = rest.indexOf(':~')
      if (at < 0) return rest
      const done = this.#tilde(rest.slice(at + 1), more, true)
      if (done === undefined) return rest
      b.quoted(rest.slice(0, at + 1))
      b.quoted(done.home)
      rest = done.rest
    }
  }

  #evaluate(p: Exclude<Part, { t: 'lit' | 'quo' | 'dq' }>, quoted: boolean): Value {
    const sh = this.#sh
    switch (p.t) {
      case 'param':
        return this.#log === undefined ? expandParam(sh, p, quoted) : this.effect(() => expandParam(sh, p, quoted))
      case 'arith': {
        const text = this.quotedText(p.expr)
        return this.effect(() => String(sh.arithmetic(text)))
      }
      case 'cmd':
        return this.need(() => sh.substitute(p))
      case 'proc':
        return this.need(() => sh.processSubstitution(p.op, p.body))
    }
  }

  /** Adds the value of an expansion; false when it contributes nothing (`"$@"` without arguments). */
  #emit(value: Value, b: FieldBuilder, quoted: boolean, splitLiterals: boolean): boolean {
    if (typeof value === 'string') {
      if (quoted) b.quoted(value)
      else b.split(value, this.#sh.ifs)
      return true
    }
    if ('word' in value)
      return this.#within(value.word.raw, value.word.parts, b, quoted, !quoted || splitLiterals, true) || value.word.parts.length === 0
    const { items, star } = value
    if (quoted && !star) {
      items.forEach((s, i) => {
        if (i > 0) b.end()
        b.quoted(s)
      })
      return items.length > 0
    }
    if (quoted) {
      b.quoted(items.join(this.#sh.ifsJoin()))
      return true
    }
    items.forEach((s, i) => {
      if (i > 0) {
        if (star && (value.assigning || b.joining)) b.literal(this.#sh.ifsJoin())
        else b.end()
      }
      b.split(s, this.#sh.ifs)
    })
    return true
  }
}

/** Bytes of a command's output as the value of a substitution: no trailing newlines. */
export function substitutionText(output: string): string {
  let end = output.length
  while (end > 0 && output[end - 1] === '\n') end--
  return joinBytes(output.slice(0, end))
}

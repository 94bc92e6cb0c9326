import { Errno, strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { globToRegExp } from '#userland/lib/glob.ts'
import { bytesOf, LineReader, say } from '#userland/lib/io.ts'
import { isDir, isLink } from '#userland/lib/mode.ts'
import { baseName, type Context, defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'
import { compileRegex } from '#userland/lib/regex.ts'

const LONG = `extended-regexp:E fixed-strings:F fixed-regexp:F basic-regexp:G perl-regexp:P regexp=:e file=:f ignore-case:i no-ignore-case
  word-regexp:w line-regexp:x null-data:z no-messages:s invert-match:v max-count=:m byte-offset:b line-number:n line-buffered
  with-filename:H no-filename:h label= only-matching:o quiet:q silent:q binary-files= text:a directories=:d devices=:D recursive:r
  dereference-recursive:R include= exclude= exclude-from= exclude-dir= files-without-match:L files-with-matches:l count:c initial-tab:T
  null:Z before-context=:B after-context=:A context=:C color=? colour=?:color binary:U unix-byte-offsets:u group-separator= no-group-separator`

interface Settings {
  readonly matcher: RegExp
  readonly invert: boolean
  readonly max: number
  readonly before: number
  readonly after: number
  readonly names: boolean
  readonly color: boolean
  readonly end: string
  readonly separator: string | undefined
}

/** GREP_COLORS defaults. */
const COLORS = { match: '01;31', name: '35', line: '32', separator: '36' }

function paint(code: string, text: string): string {
  return text === '' ? '' : `\x1b[${code}m\x1b[K${text}\x1b[m\x1b[K`
}

/** -P: PCRE in outline, as JavaScript has it; `\K` becomes a look-behind. */
function perl(pattern: string): string {
  const source = pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\\h/g, '[ \\t]')
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$')
    .replace(
      /\[\[:(\w+):\]\]/g,
      (_, name: string) =>
        ({
          alpha: '[A-Za-z]',
          digit: '\\d',
          alnum: '[A-Za-z0-9]',
          upper: '[A-Z]',
          lower: '[a-z]',
          space: '\\s',
          punct: '[!-\\/:-@\\[-`{-~]',
          xdigit: '[0-9A-Fa-f]',
        })[name] ?? '',
    )
    .replace(/([*+?}])\+/g, '$1')
  const keep = source.indexOf('\\K')
  return keep < 0 ? source : `(?<=${source.slice(0, keep)})${source.slice(keep + 2)}`
}

/** What PCRE2 says of a pattern that can't be compiled. Differs: only the usual mistakes are told apart. */
function perlComplaint(pattern: string): string {
  const bare = pattern.replace(/\\./gs, '')
  if (bare.endsWith('\\')) return '\\ at end of pattern'
  const outside = bare.replace(/\[\^?\]?[^\]]*\]/g, '')
  if (outside.includes('[')) return 'missing terminating ] for character class'
  let depth = 0
  for (const c of outside) {
    if (c === '(') depth++
    else if (c === ')' && --depth < 0) return 'unmatched closing parenthesis'
  }
  if (depth > 0) return 'missing closing parenthesis'
  if (/(?:^|[(|])[*+?]|[*+?][*+?]/.test(outside.replace(/\(\?/g, '('))) return 'quantifier does not follow a repeatable item'
  if (/\[[^\]]*\]/.test(bare) && !/\(\?/.test(bare)) return 'range out of order in character class'
  return 'unrecognized character after (? or (?-'
}

function* matcher(ctx: Context, mode: string): Sim<{ re: RegExp; empty: boolean }> {
  const patterns: string[] = []
  for (const { name, value = '' } of ctx.opts.list) {
    if (name === 'e') patterns.push(...value.split('\n'))
    else if (name === 'f') {
      const fd = value === '-' ? 0 : yield* openPatterns(ctx, value)
      const text = yield* new LineReader(ctx.proc, fd).rest()
      if (text !== '') patterns.push(...text.replace(/\n$/, '').split('\n'))
    }
  }
  if (!ctx.has('e', 'f')) patterns.push(...(ctx.operands[0] ?? '').split('\n'))
  const sources: string[] = []
  for (const raw of patterns) {
    const pattern = bytesOf(raw)
    if (mode === 'F') sources.push(pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    else if (mode === 'P') sources.push(perl(pattern))
    else {
      const compiled = compileRegex(pattern, { extended: mode === 'E' })
      if (typeof compiled === 'string') return yield* ctx.die(compiled, 2)
      sources.push(compiled.source)
    }
  }
  if (mode === 'F') sources.sort((a, b) => b.length - a.length)
  let source = sources.map((s) => (sources.length > 1 ? `(?:${s})` : s)).join('|')
  if (ctx.has('x')) source = `^(?:${source})$`
  else if (ctx.has('w')) source = `(?<!\\w)(?:${source})(?!\\w)`
  const insensitive = ctx.opts.last('i', 'y', 'no-ignore-case')
  try {
    const re = new RegExp(source, `gs${insensitive !== undefined && insensitive !== 'no-ignore-case' ? 'i' : ''}${ctx.has('z') ? 'm' : ''}`)
    return { re, empty: sources.length === 0 }
  } catch {
    return yield* ctx.die(mode === 'P' ? perlComplaint(sources.at(-1) ?? '') : 'Invalid regular expression', 2)
  }
}

function* openPatterns(ctx: Context, name: string): Sim<number> {
  try {
    return yield* ctx.proc.open(name, 0)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* ctx.die(`${name}: ${strerror(error)}`, 2)
  }
}

class Searcher {
  readonly #ctx: Context
  readonly #s: Settings
  readonly #quiet: boolean
  matched = false
  failed = false
  /** Whether a line was printed before: context groups need a separator. */
  #printedAny = false

  constructor(ctx: Context, s: Settings) {
    this.#ctx = ctx
    this.#s = s
    this.#quiet = ctx.has('q')
  }

  #color(code: string, text: string): string {
    return this.#s.color ? paint(code, text) : text
  }

  *complain(name: string, error: Errno): Sim<void> {
    this.failed = true
    if (this.#ctx.has('s')) return
    yield* this.#ctx.out.flush()
    yield* say(this.#ctx.proc, 2, `${this.#ctx.prog}: ${name}: ${strerror(error)}\n`)
  }

  /** Searches an operand or, recursively, a directory. True: stop (quiet and found). */
  *path(name: string, operand: boolean): Sim<boolean> {
    const ctx = this.#ctx
    const recursive = ctx.has('r', 'R') || ctx.value('d') === 'recurse'
    if (name === '-') return yield* this.#file(0, ctx.value('label') ?? '(standard input)')
    try {
      const link = ctx.proc.lstat(name)
      if (isLink(link.mode) && !operand && !ctx.has('R')) return false
      const stat = ctx.proc.stat(name)
      if (isDir(stat.mode)) {
        if (!recursive) {
          if (ctx.value('d') === 'skip') return false
          yield* ctx.out.flush()
          if (!ctx.has('s')) yield* say(ctx.proc, 2, `${ctx.prog}: ${name}: Is a directory\n`)
          this.failed = true
          return false
        }
        const base = baseName(name)
        if (
          ctx.opts
            .values('exclude-dir')
            .some((g) => globToRegExp(g).test(operand ? name : base) || globToRegExp(g.replace(/\/+$/, '')).test(base))
        )
          return false
        for (const entry of ctx.proc.readdir(name)) {
          if (yield* this.path(name.endsWith('/') ? name + entry.name : `${name}/${entry.name}`, false)) return true
        }
        return false
      }
      if (!operand && (stat.mode & 0o170000) !== 0o100000) return false
      const include = ctx.opts.values('include')
      const base = baseName(name)
      if (include.length > 0 && !include.some((g) => globToRegExp(g).test(base))) return false
      if (ctx.opts.values('exclude').some((g) => globToRegExp(g).test(base))) return false
      const fd = yield* ctx.proc.open(name, 0)
      try {
        return yield* this.#file(
          fd,
          !operand && name.startsWith('./') && ctx.operands.length <= (ctx.has('e', 'f') ? 0 : 1) ? name.slice(2) : name,
        )
      } finally {
        ctx.proc.close(fd)
      }
    } catch (error) {
      if (!(error instanceof Errno) || error.code === 'EPIPE') throw error
      yield* this.complain(name, error)
      return false
    }
  }

  *#file(fd: number, name: string): Sim<boolean> {
    const ctx = this.#ctx
    const { out } = ctx
    const s = this.#s
    const reader = new LineReader(ctx.proc, fd, s.end)
    const listing = ctx.has('l', 'L', 'c') || this.#quiet
    const before: { line: string; n: number; offset: number }[] = []
    let after = 0
    let count = 0
    let n = 0
    let offset = 0
    let lastShown = 0
    let binary = false
    let unshown = false
    const textMode = ctx.has('a') || ctx.value('binary-files') === 'text' || ctx.has('z')
    const { proc } = ctx
    const utf8 = /utf-?8/i.test(proc.getenv('LC_ALL') || proc.getenv('LC_CTYPE') || proc.getenv('LANG') || '')
    for (;;) {
      const line = yield* reader.next()
      if (line === undefined) break
      n++
      const start = offset
      offset += line.length + 1
      if (!textMode && !binary && line.includes('\0')) binary = true
      s.matcher.lastIndex = 0
      const hit = s.matcher.test(line) !== s.invert
      if (hit && count < s.max) {
        count++
        this.matched = true
        if (this.#quiet) return true
        if (ctx.has('l') || ctx.has('L')) break
        if (!listing) {
          if (binary) {
            if (ctx.value('binary-files') !== 'without-match' && !ctx.has('I')) yield* this.#binaryMatches(name)
            else this.matched = false
            return false
          }
          // What can't be shown as text is left out; the lines after it still come.
          if (utf8 && !textMode && !this.#shown(line).every((text) => UTF8.test(text))) {
            unshown = true
            continue
          }
          if (!ctx.has('o')) {
            const from = before[0]?.n ?? n
            if (this.#printedAny && (s.before > 0 || s.after > 0) && (lastShown === 0 || from > lastShown + 1)) this.#groupSeparator()
          }
          for (const b of before) this.#line(name, b.line, b.n, b.offset, '-')
          before.length = 0
          this.#line(name, line, n, start, ':')
          lastShown = n
          after = s.after
        }
        if (count >= s.max && s.after === 0) break
      } else {
        if (count >= s.max && after === 0) break
        if (!listing && after > 0 && !ctx.has('o')) {
          if (hit && count >= s.max) break
          this.#line(name, line, n, start, '-')
          lastShown = n
          after--
        } else if (!listing && s.before > 0 && !ctx.has('o')) {
          before.push({ line, n, offset: start })
          if (before.length > s.before) before.shift()
        }
      }
      yield* out.drain()
    }
    if (unshown) yield* this.#binaryMatches(name)
    const zero = ctx.has('Z') ? '\0' : '\n'
    if (ctx.has('c'))
      out.raw(
        `${s.names ? this.#color(COLORS.name, bytesOf(name)) + (ctx.has('Z') ? '\0' : this.#color(COLORS.separator, ':')) : ''}${count}\n`,
      )
    if (ctx.has('l') && count > 0) out.raw(this.#color(COLORS.name, bytesOf(name)) + zero)
    if (ctx.has('L') && count === 0) out.raw(this.#color(COLORS.name, bytesOf(name)) + zero)
    yield* out.drain()
    return false
  }

  *#binaryMatches(name: string): Sim<void> {
    const { proc, prog, out } = this.#ctx
    yield* out.flush()
    yield* say(proc, 2, `${prog}: ${name}: binary file matches\n`)
  }

  /** What of a selected line would be printed. */
  #shown(line: string): readonly string[] {
    if (!this.#ctx.has('o')) return [line]
    return this.#s.invert ? [] : [...line.matchAll(this.#s.matcher)].map((m) => m[0])
  }

  #groupSeparator(): void {
    const { separator } = this.#s
    if (separator !== undefined) this.#ctx.out.raw(`${this.#color(COLORS.separator, separator)}\n`)
  }

  #head(name: string, n: number, offset: number, mark: string): string {
    const ctx = this.#ctx
    const sep = this.#color(COLORS.separator, mark)
    let out = ''
    if (this.#s.names) out += this.#color(COLORS.name, bytesOf(name)) + (ctx.has('Z') ? '\0' : sep)
    if (ctx.has('n')) out += this.#color(COLORS.line, String(n)) + sep
    if (ctx.has('b')) out += this.#color(COLORS.line, String(offset)) + sep
    return ctx.has('T') && out !== '' ? `${out}\t` : out
  }

  #line(name: string, line: string, n: number, offset: number, mark: ':' | '-'): void {
    const { out } = this.#ctx
    const { matcher } = this.#s
    this.#printedAny = true
    if (this.#ctx.has('o')) {
      if (this.#s.invert) return
      matcher.lastIndex = 0
      for (const m of line.matchAll(matcher)) {
        if (m[0] !== '') out.raw(`${this.#head(name, n, offset + m.index, ':')}${this.#color(COLORS.match, m[0])}${this.#s.end}`)
      }
      return
    }
    const selected = mark === ':' && !this.#s.invert
    const text = this.#s.color && selected ? line.replace(matcher, (m) => paint(COLORS.match, m)) : line
    out.raw(this.#head(name, n, offset, mark) + text + this.#s.end)
  }
}

function grepping(name: string, fixedMode?: string): Program {
  return defineProgram({
    name: `grep/${name}`,
    usage: '[OPTION]... PATTERNS [FILE]...',
    usageFirst: true,
    short: 'EFGPe:f:iywxzsvm:bnHhoqaId:D:rRLlcTZUuA:B:C:',
    long: LONG,
    missing: 'D',
    digits: true,
    usageStatus: 2,
    *run(ctx) {
      if (fixedMode !== undefined) yield* say(ctx.proc, 2, `${ctx.prog}: warning: ${ctx.prog} is obsolescent; using grep -${fixedMode}\n`)
      const mode = fixedMode ?? ctx.opts.last('E', 'F', 'G', 'P') ?? 'G'
      const given = ctx.has('e', 'f')
      if (!given && ctx.operands.length === 0) {
        yield* say(ctx.proc, 2, `Usage: ${ctx.prog} [OPTION]... PATTERNS [FILE]...\nTry '${ctx.prog} --help' for more information.\n`)
        return 2
      }
      const { re, empty } = yield* matcher(ctx, mode)
      const context = function* (letter: string): Sim<number | undefined> {
        const text = ctx.value(letter)
        if (text === undefined) return undefined
        if (!/^\d+$/.test(text)) return yield* ctx.die(`${text}: invalid context length argument`, 2)
        return Number(text)
      }
      const both = (yield* context('C')) ?? (yield* context('NUMBER')) ?? 0
      const max = ctx.value('m')
      if (max !== undefined && !/^-?\d+$/.test(max)) return yield* ctx.die('invalid max count', 2)
      const when = ctx.opts.has('color') ? (ctx.value('color') ?? 'auto') : 'never'
      if (!['always', 'never', 'auto', 'yes', 'no', 'force', 'none', 'tty', 'if-tty'].includes(when))
        return yield* ctx.usage(`unknown color option ${quote(when)}`)
      const recursive = ctx.has('r', 'R') || ctx.value('d') === 'recurse'
      const files = given ? [...ctx.operands] : ctx.operands.slice(1)
      const paths = files.length > 0 ? files : recursive ? ['.'] : ['-']
      const searcher = new Searcher(ctx, {
        matcher: empty ? /(?!)/g : re,
        invert: ctx.has('v'),
        max: max === undefined || Number(max) < 0 ? Number.POSITIVE_INFINITY : Number(max),
        before: (yield* context('B')) ?? both,
        after: (yield* context('A')) ?? both,
        names: ctx.opts.last('H', 'h') === 'H' || (ctx.opts.last('H', 'h') === undefined && (paths.length > 1 || recursive)),
        color:
          when === 'always' ||
          when === 'yes' ||
          when === 'force' ||
          (['auto', 'tty', 'if-tty'].includes(when) && ctx.proc.isatty(1) && ctx.proc.getenv('TERM') !== 'dumb'),
        end: ctx.has('z') ? '\0' : '\n',
        separator: ctx.has('no-group-separator') ? undefined : bytesOf(ctx.value('group-separator') ?? '--'),
      })
      for (const path of paths) if (yield* searcher.path(path, files.length > 0)) break
      if (searcher.failed && !(ctx.has('q') && searcher.matched)) return 2
      return searcher.matched ? 0 : 1
    },
  })
}

/** grep(1), egrep(1), fgrep(1), rgrep(1) */
export const grep = grepping('grep')
export const egrep = grepping('egrep', 'E')
export const fgrep = grepping('fgrep', 'F')

/** Well-formed UTF-8 (RFC 3629), a byte a character. */
const UTF8 =
  /^(?:[\x01-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*$/

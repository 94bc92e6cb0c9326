import { Errno, strerror } from '#linux/errno.ts'
import { S, type Stat } from '#linux/syscalls.ts'
import { DAY, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { Accounts, loadAccounts } from '#userland/lib/accounts.ts'
import { strftime, type Zone, zone } from '#userland/lib/date.ts'
import { globToRegExp } from '#userland/lib/glob.ts'
import { isDir, isLink, majorOf, minorOf, modeString } from '#userland/lib/mode.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { escapeC, quote, quoteaf, quotef } from '#userland/lib/quote.ts'
import { humanSize } from '#userland/lib/sizes.ts'
import { versionCompare } from '#userland/lib/version-sort.ts'
import { Colors } from './ls-color.ts'
import { layOut } from './ls-columns.ts'

type Format = 'long' | 'columns' | 'across' | 'commas' | 'single'
type Quoting = 'literal' | 'shell' | 'shell-always' | 'shell-escape' | 'shell-escape-always' | 'c' | 'escape' | 'locale'

interface Settings {
  readonly format: Format
  readonly quoting: Quoting
  readonly hideControl: boolean
  readonly all: 'none' | 'almost' | 'all'
  readonly sort: 'name' | 'none' | 'size' | 'time' | 'extension' | 'version' | 'width'
  readonly time: 'mtime' | 'atime' | 'ctime' | 'btime'
  readonly timeStyle: readonly [old: string, recent: string]
  readonly indicator: 'none' | 'slash' | 'file-type' | 'classify'
  readonly width: number
  readonly tabSize: number
  readonly human: 'no' | 'si' | 'yes'
  readonly numeric: boolean
  readonly owner: boolean
  readonly group: boolean
  readonly eol: string
  readonly colors: Colors | undefined
  readonly zone: Zone
  readonly accounts: Accounts
  readonly ignore: readonly RegExp[]
  /** Whether quotes of others push a name right. */
  readonly align: boolean
}

interface Entry {
  readonly name: string
  readonly path: string
  /** What is shown: of the link, or of what it points to under -L. Undefined when it could not be read. */
  readonly stat: Stat | undefined
  readonly target?: string
  readonly targetStat?: Stat | undefined
}

const LONG = `all:a almost-all:A author escape:b block-size= ignore-backups:B color=? directory:d dired:D classify=?:F file-type full-time
  group-directories-first no-group:G human-readable:h si dereference-command-line:H dereference-command-line-symlink-to-dir hide= hyperlink=?
  indicator-style= inode:i ignore=:I kibibytes:k dereference:L numeric-uid-gid:n literal:N hide-control-chars:q show-control-chars
  quote-name:Q quoting-style= reverse:r recursive:R size:s sort= time= time-style= tabsize=:T width=:w context:Z format= zero`

function* settings(ctx: Context): Sim<Settings> {
  const { opts, proc } = ctx
  const tty = proc.isatty(1)
  const base = ctx.prog.slice(ctx.prog.lastIndexOf('/') + 1)
  let format: Format = base === 'vdir' ? 'long' : base === 'dir' || tty ? 'columns' : 'single'
  let quoting: Quoting = base === 'dir' || base === 'vdir' ? 'escape' : tty ? 'shell-escape' : 'literal'
  let sort: Settings['sort'] | undefined
  let time: Settings['time'] = 'mtime'
  let style = proc.getenv('TIME_STYLE') ?? 'locale'
  let indicator: Settings['indicator'] = 'none'
  let hide = tty && base === 'ls'
  let eol = '\n'
  let color = 'none'
  let timeAsked = false
  let tabSize = 8
  let width = tty ? proc.getWinSize(1).cols || 80 : Number(proc.getenv('COLUMNS') ?? 80) || 80
  const ignore: RegExp[] = []
  for (const { name, value = '' } of opts.list) {
    if (name === 'l' || name === 'n' || name === 'g' || name === 'o') format = 'long'
    else if (name === 'C') format = 'columns'
    else if (name === 'x') format = 'across'
    else if (name === 'm') format = 'commas'
    else if (name === '1') format = format === 'long' ? 'long' : 'single'
    else if (name === 'format')
      format = yield* choice(ctx, '--format', value, {
        verbose: 'long',
        long: 'long',
        commas: 'commas',
        horizontal: 'across',
        across: 'across',
        vertical: 'columns',
        'single-column': 'single',
      })
    else if (name === 'b') quoting = 'escape'
    else if (name === 'Q') quoting = 'c'
    else if (name === 'N') quoting = 'literal'
    else if (name === 'quoting-style')
      quoting = yield* choice(ctx, '--quoting-style', value, {
        literal: 'literal',
        shell: 'shell',
        'shell-always': 'shell-always',
        'shell-escape': 'shell-escape',
        'shell-escape-always': 'shell-escape-always',
        c: 'c',
        'c-maybe': 'c',
        escape: 'escape',
        locale: 'locale',
        clocale: 'c',
      })
    else if (name === 'q') hide = true
    else if (name === 'show-control-chars') hide = false
    else if (name === 'S') sort = 'size'
    else if (name === 't') sort = 'time'
    else if (name === 'U') sort = 'none'
    else if (name === 'X') sort = 'extension'
    else if (name === 'v') sort = 'version'
    else if (name === 'f') {
      sort = 'none'
      if (format === 'long') format = tty ? 'columns' : 'single'
    } else if (name === 'sort')
      sort = yield* choice<Settings['sort']>(ctx, '--sort', value, {
        none: 'none',
        time: 'time',
        size: 'size',
        extension: 'extension',
        version: 'version',
        width: 'width',
      })
    else if (name === 'u') [time, timeAsked] = ['atime', true]
    else if (name === 'c') [time, timeAsked] = ['ctime', true]
    else if (name === 'time') {
      timeAsked = true
      time = yield* choice(ctx, '--time', value, {
        atime: 'atime',
        access: 'atime',
        use: 'atime',
        ctime: 'ctime',
        status: 'ctime',
        birth: 'btime',
        creation: 'btime',
        mtime: 'mtime',
        modification: 'mtime',
      })
    } else if (name === 'time-style') style = value
    else if (name === 'full-time') [style, format] = ['full-iso', 'long']
    else if (name === 'p') indicator = 'slash'
    else if (name === 'file-type') indicator = 'file-type'
    else if (name === 'F') indicator = whenOption(value || 'always', tty) ? 'classify' : indicator
    else if (name === 'indicator-style')
      indicator = yield* choice(ctx, '--indicator-style', value, {
        none: 'none',
        slash: 'slash',
        'file-type': 'file-type',
        classify: 'classify',
      })
    else if (name === 'w') width = yield* number(ctx, 'line width', value)
    else if (name === 'T') tabSize = yield* number(ctx, 'tab size', value)
    else if (name === 'zero') {
      eol = '\0'
      quoting = 'literal'
      hide = false
      if (format !== 'long') format = 'single'
    } else if (name === 'color') color = value === '' ? 'always' : value
    else if (name === 'I' || name === 'hide') ignore.push(globToRegExp(value, { period: true }))
    else if (name === 'B') ignore.push(/~$/s)
  }
  if (width === 0) width = Number.MAX_SAFE_INTEGER
  const colored = color !== 'none' && whenOption(color, tty)
  const timeStyle = yield* timeStyleOf(ctx, style)
  return {
    format,
    quoting,
    hideControl: hide,
    indicator,
    width,
    tabSize: colored ? 0 : tabSize,
    time,
    timeStyle,
    eol,
    ignore,
    all: opts.has('f') || opts.last('a', 'A') === 'a' ? 'all' : opts.has('A') ? 'almost' : 'none',
    sort: sort ?? (timeAsked && format !== 'long' ? 'time' : 'name'),
    human: opts.last('h', 'si') === 'h' ? 'yes' : opts.has('si') ? 'si' : 'no',
    numeric: opts.has('n'),
    owner: !opts.has('g'),
    group: !opts.has('o', 'G'),
    colors: colored ? Colors.of(proc.getenv('LS_COLORS'), proc.getenv('TERM'), proc.getenv('COLORTERM')) : undefined,
    zone: zone(proc.getenv('TZ')),
    accounts: format === 'long' && !opts.has('n') ? yield* loadAccounts(proc) : new Accounts('', ''),
    align: format !== 'commas' && width > 0 && (quoting === 'shell' || quoting === 'shell-escape'),
  }
}

function whenOption(value: string, tty: boolean): boolean {
  if (value === 'never' || value === 'no' || value === 'none') return false
  return value === 'auto' || value === 'tty' || value === 'if-tty' ? tty : true
}

function* choice<T extends string>(ctx: Context, option: string, value: string, map: Record<string, T>): Sim<T> {
  const exact = map[value]
  if (exact !== undefined && value !== '') return exact
  const matches = [
    ...new Set(
      Object.keys(map)
        .filter((k) => k.startsWith(value) && value !== '')
        .map((k) => map[k]),
    ),
  ]
  if (matches.length === 1 && matches[0] !== undefined) return matches[0]
  const groups = new Map<string, string[]>()
  for (const [k, v] of Object.entries(map)) groups.set(v, [...(groups.get(v) ?? []), k])
  const list = [...groups.values()].map((names) => `  - ${names.map((n) => quote(n)).join(', ')}\n`).join('')
  yield* ctx.warn(
    `${matches.length > 1 ? 'ambiguous' : 'invalid'} argument ${quote(value)} for ${quote(option)}\nValid arguments are:\n${list.trimEnd()}`,
    2,
  )
  return yield* ctx.usage()
}

function* number(ctx: Context, what: string, value: string): Sim<number> {
  if (!/^\d+$/.test(value)) return yield* ctx.die(`invalid ${what}: ${quote(value)}`, 2)
  return Number(value)
}

function* timeStyleOf(ctx: Context, asked: string): Sim<readonly [string, string]> {
  const style = asked.startsWith('posix-') ? 'locale' : asked
  if (style.startsWith('+')) {
    const [old = '', recent] = style.slice(1).split('\n')
    return [old, recent ?? old]
  }
  switch (style) {
    case 'full-iso':
      return ['%Y-%m-%d %H:%M:%S.%N %z', '%Y-%m-%d %H:%M:%S.%N %z']
    case 'long-iso':
      return ['%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M']
    case 'iso':
      return ['%Y-%m-%d ', '%m-%d %H:%M']
    case 'locale':
      return ['%b %e  %Y', '%b %e %H:%M']
  }
  yield* ctx.warn(
    `invalid argument ${quote(asked)} for ${quote('time style')}\nValid arguments are:\n  - [posix-]full-iso\n  - [posix-]long-iso\n  - [posix-]iso\n  - [posix-]locale\n  - +FORMAT (e.g., +%H:%M) for a 'date'-style format`,
    2,
  )
  return yield* ctx.usage()
}

/** A name as the quoting style shows it. */
function shown(name: string, s: Settings): string {
  switch (s.quoting) {
    case 'literal':
      return s.hideControl ? hideControls(name) : name
    case 'escape':
      return escapeC(name, ' ').replaceAll('\\ ', '\\ ')
    case 'c':
      return `"${escapeC(name, '"')}"`
    case 'locale':
      return quote(name)
    case 'shell-escape':
      return quotef(name)
    case 'shell-escape-always':
      return quoteaf(name)
    case 'shell':
      return s.hideControl ? hideControls(quotef(name)) : quotef(name)
    case 'shell-always':
      return quoteaf(name)
  }
}

function hideControls(name: string): string {
  // Bytes that do not print in the POSIX locale; a character beyond ASCII is several.
  return name.replace(/[\0-\x1f\x7f]/g, '?').replace(/[^\0-\x7f]/gu, (c) => '?'.repeat(c.length > 1 ? 4 : c < '\u0800' ? 2 : 3))
}

function indicatorOf(mode: number, s: Settings): string {
  if (s.indicator === 'none') return ''
  if (isDir(mode)) return '/'
  if (s.indicator === 'slash') return ''
  switch (mode & S.IFMT) {
    case S.IFLNK:
      return '@'
    case S.IFIFO:
      return '|'
    case S.IFSOCK:
      return '='
    case S.IFREG:
      return s.indicator === 'classify' && (mode & 0o111) !== 0 ? '*' : ''
    default:
      return ''
  }
}

function sizeText(bytes: number, s: Settings): string {
  return s.human === 'no' ? String(bytes) : humanSize(bytes, s.human === 'si')
}

function blocksText(blocks: number, s: Settings): string {
  return s.human === 'no' ? String(Math.ceil(blocks / 2)) : humanSize(blocks * 512, s.human === 'si')
}

class Lister {
  readonly #ctx: Context
  readonly #s: Settings
  /** Whether something has been printed, so that the next directory is set off by an empty line. */
  #printed = false
  readonly #visited: { dev: number; ino: number }[] = []

  constructor(ctx: Context, s: Settings) {
    this.#ctx = ctx
    this.#s = s
  }

  *operands(names: readonly string[]): Sim<void> {
    const ctx = this.#ctx
    const immediate = ctx.has('d')
    const files: Entry[] = []
    const dirs: Entry[] = []
    for (const name of names.length === 0 ? ['.'] : names) {
      const entry = yield* this.#entry(name, name, true, 2)
      if (entry === undefined) continue
      const asDir =
        entry.stat !== undefined &&
        (isDir(entry.stat.mode) || (entry.targetStat !== undefined && isDir(entry.targetStat.mode) && this.#followsDirs()))
      if (asDir && !immediate) dirs.push(entry)
      else files.push(entry)
    }
    if (files.length > 0) yield* this.#print(this.#sorted(files), [...files, ...dirs])
    const label = names.length > 1 || ctx.has('R')
    for (const dir of this.#sorted(dirs)) yield* this.#directory(dir.path, label, true)
  }

  #followsDirs(): boolean {
    const ctx = this.#ctx
    return ctx.has('H', 'dereference-command-line-symlink-to-dir') || (this.#s.format !== 'long' && this.#s.indicator !== 'classify')
  }

  *#entry(name: string, path: string, operand: boolean, status: number): Sim<Entry | undefined> {
    const { proc } = this.#ctx
    const follow = this.#ctx.has('L') || (operand && this.#ctx.has('H'))
    try {
      let stat: Stat
      if (follow) {
        try {
          stat = proc.stat(path)
        } catch (error) {
          if (!(error instanceof Errno) || error.code !== 'ENOENT' || operand) throw error
          stat = proc.lstat(path)
        }
      } else stat = proc.lstat(path)
      if (!isLink(stat.mode)) return { name, path, stat }
      let targetStat: Stat | undefined
      try {
        targetStat = proc.stat(path)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (operand && this.#followsDirs() && error.code !== 'ENOENT' && error.code !== 'ELOOP') throw error
      }
      const target = yield* this.#target(path, status)
      return target === undefined ? { name, path, stat } : { name, path, stat, target, targetStat }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* this.#ctx.warn(`cannot access ${quoteaf(path)}: ${strerror(error)}`, status)
      return operand ? undefined : { name, path, stat: undefined }
    }
  }

  *#target(path: string, status: number): Sim<string | undefined> {
    try {
      return this.#ctx.proc.readlink(path)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (this.#s.format === 'long') yield* this.#ctx.warn(`cannot read symbolic link ${quoteaf(path)}: ${strerror(error)}`, status)
      return undefined
    }
  }

  *#directory(path: string, label: boolean, operand: boolean): Sim<void> {
    const { proc, out } = this.#ctx
    const s = this.#s
    let names: string[]
    const self = { dev: 0, ino: 0 }
    try {
      const stat = proc.stat(path)
      ;[self.dev, self.ino] = [stat.dev, stat.ino]
      names = proc.readdir(path).map((e) => e.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* this.#ctx.warn(`cannot open directory ${quoteaf(path)}: ${strerror(error)}`, operand ? 2 : 1)
      return
    }
    if (this.#ctx.has('R') && this.#visited.some((v) => v.dev === self.dev && v.ino === self.ino)) {
      yield* this.#ctx.warn(`${quotef(path)}: not listing already-listed directory`, 2)
      return
    }
    if (s.all === 'all') names = ['.', '..', ...names]
    else if (s.all === 'none') names = names.filter((n) => !n.startsWith('.'))
    names = names.filter((n) => !s.ignore.some((re) => re.test(n)))
    const entries: Entry[] = []
    for (const name of names) {
      const entry = yield* this.#entry(name, path.endsWith('/') ? `${path}${name}` : `${path}/${name}`, false, 1)
      if (entry !== undefined) entries.push(entry)
    }
    const sorted = this.#sorted(entries)
    if (label) {
      if (this.#printed) out.put('\n')
      out.put(`${shown(path, { ...s, align: false })}:\n`)
    }
    this.#printed = true
    if (s.format === 'long' || this.#ctx.has('s')) {
      const blocks = sorted.reduce((sum, e) => sum + (e.stat?.blocks ?? 0), 0)
      out.put(`total ${blocksText(blocks, s)}${s.eol}`)
    }
    yield* this.#print(sorted)
    if (!this.#ctx.has('R')) return
    this.#visited.push(self)
    for (const entry of sorted) {
      if (entry.name === '.' || entry.name === '..') continue
      if (entry.stat !== undefined && isDir(entry.stat.mode)) yield* this.#directory(entry.path, true, false)
    }
    this.#visited.pop()
  }

  #sorted(entries: readonly Entry[]): Entry[] {
    const s = this.#s
    const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
    const compare: Record<Settings['sort'], (a: Entry, b: Entry) => number> = {
      none: () => 0,
      name: byName,
      size: (a, b) => (b.stat?.size ?? 0) - (a.stat?.size ?? 0) || byName(a, b),
      time: (a, b) => (b.stat?.[s.time] ?? 0) - (a.stat?.[s.time] ?? 0) || byName(a, b),
      extension: (a, b) => order(extension(a.name), extension(b.name)) || byName(a, b),
      version: (a, b) => versionCompare(a.name, b.name),
      width: (a, b) => a.name.length - b.name.length || byName(a, b),
    }
    const out = [...entries].sort(compare[s.sort])
    if (this.#ctx.has('r') && s.sort !== 'none') out.sort((a, b) => -compare[s.sort](a, b))
    if (!this.#ctx.has('group-directories-first')) return out
    const first = (e: Entry): boolean =>
      e.stat !== undefined && (isDir(e.stat.mode) || (e.targetStat !== undefined && isDir(e.targetStat.mode)))
    return [...out.filter(first), ...out.filter((e) => !first(e))]
  }

  /** `measured`: the entries that columns must fit: directories whose contents come later, too. */
  *#print(entries: readonly Entry[], measured = entries): Sim<void> {
    const { out } = this.#ctx
    const s = this.#s
    this.#printed = true
    if (s.format === 'long') {
      yield* this.#long(entries, measured)
      return
    }
    const someQuoted = s.align && entries.some((e) => shown(e.name, s) !== e.name)
    const inodeWidth = Math.max(0, ...entries.map((e) => String(e.stat?.ino ?? '?').length))
    const blockWidth = Math.max(0, ...entries.map((e) => blocksText(e.stat?.blocks ?? 0, s).length))
    const fixed = s.format === 'commas' ? false : true
    const items = entries.map((entry) => {
      let front = ''
      if (this.#ctx.has('i')) front += `${String(entry.stat?.ino ?? '?').padStart(fixed ? inodeWidth : 0)} `
      if (this.#ctx.has('s')) front += `${blocksText(entry.stat?.blocks ?? 0, s).padStart(fixed ? blockWidth : 0)} `
      if (this.#ctx.has('Z')) front += '? '
      const name = shown(entry.name, s)
      const pad = someQuoted && name === entry.name ? ' ' : ''
      const mark = entry.stat === undefined ? '' : indicatorOf(entry.stat.mode, s)
      return {
        text: `${front}${pad}${this.#paint(name, entry)}${mark}`,
        length: visible(front) + visible(pad) + visible(name) + mark.length,
      }
    })
    if (s.format === 'single') for (const item of items) out.put(item.text + s.eol)
    else if (s.format === 'commas') this.#commas(items)
    else out.put(layOut(items, s.width, s.tabSize, s.format === 'columns', s.eol))
    yield* out.drain()
  }

  #paint(name: string, entry: Entry): string {
    return this.#s.colors?.paint(name, entry.name, entry.stat, entry.target !== undefined && entry.targetStat === undefined) ?? name
  }

  #commas(items: readonly { readonly text: string; readonly length: number }[]): void {
    const { out } = this.#ctx
    let position = 0
    items.forEach((item, i) => {
      if (i > 0) {
        if (position + item.length + 2 < this.#s.width) {
          out.put(', ')
          position += 2
        } else {
          out.put(',\n')
          position = 0
        }
      }
      out.put(item.text)
      position += item.length
    })
    if (items.length > 0) out.put(this.#s.eol)
  }

  *#long(entries: readonly Entry[], measured: readonly Entry[]): Sim<void> {
    const { out, proc } = this.#ctx
    const s = this.#s
    const now = proc.now()
    const someQuoted = s.align && entries.some((e) => shown(e.name, s) !== e.name)
    const device = (e: Entry): boolean => e.stat !== undefined && ((e.stat.mode & S.IFMT) === S.IFCHR || (e.stat.mode & S.IFMT) === S.IFBLK)
    const owner = (e: Entry): string => (e.stat === undefined ? '?' : s.numeric ? String(e.stat.uid) : s.accounts.userName(e.stat.uid))
    const group = (e: Entry): string => (e.stat === undefined ? '?' : s.numeric ? String(e.stat.gid) : s.accounts.groupName(e.stat.gid))
    const width = (texts: readonly string[]): number => Math.max(0, ...texts.map((t) => t.length))
    const major = width(measured.filter(device).map((e) => String(majorOf(e.stat?.rdev ?? 0))))
    const minor = width(measured.filter(device).map((e) => String(minorOf(e.stat?.rdev ?? 0))))
    const plain = width(measured.filter((e) => !device(e)).map((e) => (e.stat === undefined ? '?' : sizeText(e.stat.size, s))))
    const sizeWidth = major > 0 ? Math.max(plain, major + 2 + minor) : plain
    const widths = {
      inode: width(measured.map((e) => String(e.stat?.ino ?? '?'))),
      blocks: width(measured.map((e) => blocksText(e.stat?.blocks ?? 0, s))),
      links: width(measured.map((e) => String(e.stat?.nlink ?? '?'))),
      owner: width(measured.map(owner)),
      group: width(measured.map(group)),
    }
    for (const e of entries) {
      let line = ''
      if (this.#ctx.has('i')) line += `${String(e.stat?.ino ?? '?').padStart(widths.inode)} `
      if (this.#ctx.has('s')) line += `${blocksText(e.stat?.blocks ?? 0, s).padStart(widths.blocks)} `
      line += `${e.stat === undefined ? '??????????' : modeString(e.stat.mode)} ${String(e.stat?.nlink ?? '?').padStart(widths.links)} `
      const name = (text: string, w: number): string => (s.numeric ? text.padStart(w) : text.padEnd(w))
      if (s.owner) line += `${name(owner(e), widths.owner)} `
      if (s.group) line += `${name(group(e), widths.group)} `
      if (this.#ctx.has('author')) line += `${name(owner(e), widths.owner)} `
      if (this.#ctx.has('Z')) line += '? '
      if (e.stat === undefined) line += '?'.padStart(sizeWidth)
      else if (device(e))
        line += `${String(majorOf(e.stat.rdev)).padStart(sizeWidth - 2 - minor)}, ${String(minorOf(e.stat.rdev)).padStart(minor)}`
      else line += sizeText(e.stat.size, s).padStart(sizeWidth)
      line += ` ${this.#time(e, now)} `
      const shownName = shown(e.name, s)
      line += `${someQuoted && shownName === e.name ? ' ' : ''}${this.#paint(shownName, e)}`
      if (e.target !== undefined) {
        line += ` -> ${s.colors?.paint(shown(e.target, s), e.target, e.targetStat, false) ?? shown(e.target, s)}`
        if (e.targetStat !== undefined) line += indicatorOf(e.targetStat.mode, s)
      } else if (e.stat !== undefined) line += indicatorOf(e.stat.mode, s)
      out.put(line + s.eol)
    }
    yield* out.drain()
  }

  #time(e: Entry, now: number): string {
    const s = this.#s
    const when = e.stat?.[s.time]
    if (when === undefined) return '?'.padStart(12)
    // Half a Gregorian year: 365.2425 days.
    const recent = when > now - (31_556_952 / 2) * SECOND && when < now + DAY / 86_400
    return strftime(s.timeStyle[recent ? 1 : 0], when, s.zone)
  }
}

function visible(text: string): number {
  let n = 0
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) n++
  return n
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot)
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function listing(name: string): ReturnType<typeof defineProgram> {
  return defineProgram({
    name: `coreutils/${name}`,
    usage: '[OPTION]... [FILE]...',
    short: 'abcdfghiklmnopqrstuvw:xABCDFGHI:LNQRST:UXZ1',
    long: LONG,
    usageStatus: 2,
    *run(ctx) {
      const lister = new Lister(ctx, yield* settings(ctx))
      yield* lister.operands(ctx.operands)
      return ctx.status
    },
  })
}

/** ls(1), and its siblings dir(1) and vdir(1). */
export const ls = listing('ls')
export const dir = listing('dir')
export const vdir = listing('vdir')

import { Errno, strerror } from '#linux/errno.ts'
import { O, type Program, S, type Stat } from '#linux/syscalls.ts'
import { DAY, MINUTE, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Accounts, loadAccounts } from '#userland/lib/accounts.ts'
import { parseDate, strftime, type Zone, zone } from '#userland/lib/date.ts'
import { execvp } from '#userland/lib/exec.ts'
import { globToRegExp } from '#userland/lib/glob.ts'
import { Out, say } from '#userland/lib/io.ts'
import { isDir, isLink, modeString, parseMode, typeLetter } from '#userland/lib/mode.ts'
import { Options } from '#userland/lib/options.ts'
import { baseName, Context, defineProgram, ExitProgram, finish } from '#userland/lib/program.ts'
import { escapeC, quote } from '#userland/lib/quote.ts'
import { compileRegex } from '#userland/lib/regex.ts'

/** A file met on the walk. */
interface Place {
  readonly path: string
  readonly stat: Stat
  readonly depth: number
  /** The command line operand it was found under. */
  readonly root: string
}

type Test = (place: Place) => Sim<boolean>

/** State of a run that tests and actions change. */
interface Run {
  readonly ctx: Context
  readonly accounts: Accounts
  readonly zone: Zone
  follow: 'P' | 'L' | 'H'
  maxDepth: number
  minDepth: number
  depthFirst: boolean
  oneDevice: boolean
  daystart: boolean
  prune: boolean
  quit: boolean
  actions: boolean
  regextype: string
  /** `-exec … +`: run at the end with what was gathered. */
  readonly batches: { command: string[]; paths: string[]; dir: boolean }[]
  readonly files: Map<string, Out>
}

class Parser {
  readonly #run: Run
  readonly #tokens: readonly string[]
  #at = 0

  constructor(run: Run, tokens: readonly string[]) {
    this.#run = run
    this.#tokens = tokens
  }

  *all(): Sim<Test> {
    if (this.#tokens.length === 0) return always
    const test = yield* this.#list()
    const token = this.#tokens[this.#at]
    if (token === ')') yield* this.#die("you have too many ')'")
    return test
  }

  #die(message: string): Sim<never> {
    return this.#run.ctx.die(message)
  }

  *#list(): Sim<Test> {
    let left = yield* this.#or()
    while (this.#tokens[this.#at] === ',') {
      this.#at++
      const [a, b] = [left, yield* this.#or()]
      left = function* (p) {
        yield* a(p)
        return yield* b(p)
      }
    }
    return left
  }

  *#or(): Sim<Test> {
    let left = yield* this.#and()
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token !== '-o' && token !== '-or') return left
      this.#at++
      if (this.#at >= this.#tokens.length) yield* this.#die(`expected an expression after '${token}'`)
      const [a, b] = [left, yield* this.#and()]
      left = function* (p) {
        return (yield* a(p)) || (yield* b(p))
      }
    }
  }

  *#and(): Sim<Test> {
    let left = yield* this.#not()
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token === undefined || token === ')' || token === ',' || token === '-o' || token === '-or') return left
      if (token === '-a' || token === '-and') {
        this.#at++
        if (this.#at >= this.#tokens.length) yield* this.#die(`expected an expression after '${token}'`)
      }
      const [a, b] = [left, yield* this.#not()]
      left = function* (p) {
        return (yield* a(p)) && (yield* b(p))
      }
    }
  }

  *#not(): Sim<Test> {
    const token = this.#tokens[this.#at]
    if (token === '!' || token === '-not') {
      this.#at++
      if (this.#at >= this.#tokens.length) yield* this.#die(`expected an expression after '${token}'`)
      const inner = yield* this.#not()
      return function* (p) {
        return !(yield* inner(p))
      }
    }
    if (token === '(') {
      this.#at++
      if (this.#tokens[this.#at] === ')') yield* this.#die('invalid expression; empty parentheses are not allowed.')
      const inner = yield* this.#list()
      if (this.#tokens[this.#at] !== ')')
        yield* this.#die("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
      this.#at++
      return inner
    }
    if (token === '-a' || token === '-o' || token === '-and' || token === '-or' || token === ',')
      yield* this.#die(`invalid expression; you have used a binary operator '${token}' with nothing before it.`)
    return yield* this.#predicate()
  }

  *#arg(name: string): Sim<string> {
    const value = this.#tokens[this.#at]
    if (value === undefined) return yield* this.#die(`missing argument to \`${name}'`)
    this.#at++
    return value
  }

  /** `+n`, `-n`, `n`. */
  *#number(name: string): Sim<(value: number) => boolean> {
    const text = yield* this.#arg(name)
    const m = /^([+-]?)(\d+(?:\.\d+)?)$/.exec(text)
    if (m === null) return yield* this.#die(`invalid argument \`${text}' to \`${name}'`)
    const n = Number(m[2])
    return m[1] === '+' ? (v) => v > n : m[1] === '-' ? (v) => v < n : (v) => v === n
  }

  *#predicate(): Sim<Test> {
    const run = this.#run
    const { ctx } = run
    const { proc, out } = ctx
    const name = this.#tokens[this.#at++] ?? ''
    const simple = (fn: (p: Place) => boolean): Test =>
      function* (p) {
        return fn(p)
      }
    switch (name) {
      case '-true':
      case '-noleaf':
      case '-follow':
      case '-nowarn':
      case '-warn':
        if (name === '-follow') run.follow = 'L'
        return always
      case '-false':
        return simple(() => false)
      case '-depth':
      case '-d':
        run.depthFirst = true
        return always
      case '-daystart':
        run.daystart = true
        return always
      case '-xdev':
      case '-mount':
        run.oneDevice = true
        return always
      case '-ignore_readdir_race':
      case '-noignore_readdir_race':
        return always
      case '-maxdepth':
      case '-mindepth': {
        const text = yield* this.#arg(name)
        if (!/^\d+$/.test(text)) return yield* this.#die(`Expected a positive decimal integer argument to ${name}, but got ${quote(text)}`)
        if (name === '-maxdepth') run.maxDepth = Number(text)
        else run.minDepth = Number(text)
        return always
      }
      case '-name':
      case '-iname': {
        const re = globToRegExp(yield* this.#arg(name), { ignoreCase: name === '-iname' })
        return simple((p) => re.test(p.path === '/' ? '/' : baseName(p.path.replace(/(.)\/+$/, '$1'))))
      }
      case '-path':
      case '-wholename':
      case '-ipath':
      case '-iwholename': {
        const re = globToRegExp(yield* this.#arg(name), { ignoreCase: name.startsWith('-i') })
        return simple((p) => re.test(p.path))
      }
      case '-regextype':
        run.regextype = yield* this.#arg(name)
        return always
      case '-regex':
      case '-iregex': {
        const compiled = compileRegex(emacs(yield* this.#arg(name), run.regextype), { extended: /extended|egrep|awk/.test(run.regextype) })
        if (typeof compiled === 'string') return yield* this.#die(compiled)
        const re = new RegExp(`^(?:${compiled.source})$`, name === '-iregex' ? 'is' : 's')
        return simple((p) => re.test(p.path))
      }
      case '-lname':
      case '-ilname': {
        const re = globToRegExp(yield* this.#arg(name), { ignoreCase: name === '-ilname' })
        return simple((p) => isLink(p.stat.mode) && re.test(proc.readlink(p.path)))
      }
      case '-type':
      case '-xtype': {
        const text = yield* this.#arg(name)
        if (text === '') return yield* this.#die(`Arguments to ${name} should contain at least one letter`)
        for (const c of text.split(','))
          if (!/^[bcdpfls]$/.test(c))
            return yield* this.#die(
              c.length > 1 ? `Must separate multiple arguments to ${name} using: ','` : `Unknown argument to ${name}: ${c}`,
            )
        return simple((p) => {
          let { mode } = p.stat
          if (name === '-xtype') {
            try {
              mode = (run.follow === 'L' ? proc.lstat(p.path) : proc.stat(p.path)).mode
            } catch (error) {
              if (!(error instanceof Errno)) throw error
            }
          }
          const letter = typeLetter(mode) === '-' ? 'f' : typeLetter(mode)
          return text.split(',').includes(letter)
        })
      }
      case '-size': {
        const text = yield* this.#arg(name)
        const m = /^([+-]?)(\d+)([bcwkMG]?)$/.exec(text)
        if (m === null) return yield* this.#die(`invalid -size type \`${text.slice(-1)}'`)
        const unit = { b: 512, c: 1, w: 2, k: 1024, M: 1 << 20, G: 1 << 30 }[m[3] || 'b'] ?? 512
        const n = Number(m[2])
        return simple((p) => {
          const size = Math.ceil(p.stat.size / unit)
          return m[1] === '+' ? size > n : m[1] === '-' ? size < n : size === n
        })
      }
      case '-mtime':
      case '-atime':
      case '-ctime':
      case '-mmin':
      case '-amin':
      case '-cmin': {
        const matches = yield* this.#number(name)
        const field = `${name.charAt(1)}time` as 'mtime' | 'atime' | 'ctime'
        const days = name.endsWith('time')
        return simple((p) => {
          const now = run.daystart ? Math.floor((proc.now() + DAY) / DAY) * DAY : proc.now()
          const age = now - p.stat[field]
          return matches(days ? Math.floor(age / DAY) : Math.ceil(age / MINUTE))
        })
      }
      case '-newer':
      case '-anewer':
      case '-cnewer': {
        const file = yield* this.#arg(name)
        const reference = yield* this.#reference(file)
        const field = name === '-anewer' ? 'atime' : name === '-cnewer' ? 'ctime' : 'mtime'
        return simple((p) => p.stat[field] > reference.mtime)
      }
      case '-perm': {
        const text = yield* this.#arg(name)
        const kind = /^[-/]/.test(text) ? text.charAt(0) : ''
        const spec = text.slice(kind.length)
        const change = parseMode(spec, 0)
        if (change === undefined) return yield* this.#die(`invalid mode ${quote(text)}`)
        const wanted = change(0, false)
        return simple((p) => {
          const mode = p.stat.mode & 0o7777
          return kind === '-' ? (mode & wanted) === wanted : kind === '/' ? wanted === 0 || (mode & wanted) !== 0 : mode === wanted
        })
      }
      case '-user':
      case '-group': {
        const text = yield* this.#arg(name)
        const id = name === '-user' ? run.accounts.user(text)?.uid : run.accounts.group(text)?.gid
        if (id === undefined && !/^\d+$/.test(text))
          return yield* this.#die(`${quote(text)} is not the name of ${name === '-user' ? 'a known user' : 'an existing group'}`)
        return simple((p) => (name === '-user' ? p.stat.uid : p.stat.gid) === (id ?? Number(text)))
      }
      case '-uid':
      case '-gid':
      case '-links':
      case '-inum': {
        const matches = yield* this.#number(name)
        const field = { '-uid': 'uid', '-gid': 'gid', '-links': 'nlink', '-inum': 'ino' }[name] as 'uid' | 'gid' | 'nlink' | 'ino'
        return simple((p) => matches(p.stat[field]))
      }
      case '-nouser':
        return simple((p) => run.accounts.userById(p.stat.uid) === undefined)
      case '-nogroup':
        return simple((p) => run.accounts.groupById(p.stat.gid) === undefined)
      case '-empty':
        return simple((p) =>
          isDir(p.stat.mode) ? proc.readdir(p.path).length === 0 : (p.stat.mode & S.IFMT) === S.IFREG && p.stat.size === 0,
        )
      case '-samefile': {
        const reference = yield* this.#reference(yield* this.#arg(name))
        return simple((p) => p.stat.ino === reference.ino && p.stat.dev === reference.dev)
      }
      case '-fstype': {
        const type = yield* this.#arg(name)
        return simple((p) => proc.statfs(p.path).type === type)
      }
      case '-readable':
        return simple((p) => proc.access(p.path, 'r', true))
      case '-writable':
        return simple((p) => proc.access(p.path, 'w', true))
      case '-executable':
        return simple((p) => proc.access(p.path, 'x', true))
      case '-prune':
        return simple(() => {
          run.prune = true
          return true
        })
      case '-quit':
        run.actions = true
        return simple(() => {
          run.quit = true
          return true
        })
      case '-print':
      case '-print0': {
        run.actions = true
        const end = name === '-print' ? '\n' : '\0'
        return function* (p) {
          out.put(p.path + end)
          yield* out.drain()
          return true
        }
      }
      case '-fprint':
      case '-fprint0':
      case '-fls':
      case '-fprintf': {
        run.actions = true
        const to = yield* this.#output(yield* this.#arg(name))
        const format = name === '-fprintf' ? yield* this.#arg(name) : ''
        return simple((p) => {
          to.put(
            name === '-fls'
              ? listing(run, p)
              : name === '-fprintf'
                ? formatted(run, format, p)
                : p.path + (name === '-fprint' ? '\n' : '\0'),
          )
          return true
        })
      }
      case '-ls':
        run.actions = true
        return function* (p) {
          out.put(listing(run, p))
          yield* out.drain()
          return true
        }
      case '-printf': {
        run.actions = true
        const format = yield* this.#arg(name)
        return function* (p) {
          out.put(formatted(run, format, p))
          yield* out.drain()
          return true
        }
      }
      case '-delete':
        run.actions = true
        run.depthFirst = true
        return function* (p) {
          if (p.path === '.') return true
          try {
            if (isDir(p.stat.mode)) proc.rmdir(p.path)
            else proc.unlink(p.path)
            return true
          } catch (error) {
            if (!(error instanceof Errno)) throw error
            yield* ctx.warn(`cannot delete ${quote(p.path)}: ${strerror(error)}`)
            return false
          }
        }
      case '-exec':
      case '-execdir':
      case '-ok':
      case '-okdir':
        run.actions = true
        return yield* this.#exec(name)
    }
    const newer = /^-newer([aBcm])([aBcmt])$/.exec(name)
    if (newer !== null) {
      const arg = yield* this.#arg(name)
      const fields = { a: 'atime', B: 'btime', c: 'ctime', m: 'mtime' } as const
      const field = fields[newer[1] as 'a']
      let than: number | undefined
      if (newer[2] === 't') {
        than = parseDate(arg, proc.now(), run.zone)
        if (than === undefined) return yield* this.#die(`I cannot figure out how to interpret ${quote(arg)} as a date or time`)
      } else than = (yield* this.#reference(arg))[fields[newer[2] as 'a']]
      const limit = than
      return simple((p) => p.stat[field] > limit)
    }
    if (name.startsWith('-') && name !== '-') return yield* this.#die(`unknown predicate \`${name}'`)
    const before = this.#tokens[this.#at - 2]
    yield* ctx.warn(`paths must precede expression: \`${name}'`)
    if (before !== undefined && this.#tokens.slice(0, this.#at - 1).some((t) => /^-i?(name|path)$/.test(t))) {
      const flag = [...this.#tokens.slice(0, this.#at - 1)].reverse().find((t) => /^-i?(name|path)$/.test(t)) ?? ''
      try {
        proc.lstat(name)
        yield* ctx.warn(`possible unquoted pattern after predicate \`${flag}'?`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    throw new ExitProgram(1)
  }

  *#reference(file: string): Sim<Stat> {
    try {
      return this.#run.follow === 'P' ? this.#run.ctx.proc.lstat(file) : this.#run.ctx.proc.stat(file)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* this.#die(`${quote(file)}: ${strerror(error)}`)
    }
  }

  *#output(file: string): Sim<Out> {
    const { proc } = this.#run.ctx
    const open = this.#run.files.get(file)
    if (open !== undefined) return open
    const fd = yield* proc.open(file, O.WRONLY | O.CREAT | O.TRUNC, 0o666)
    const out = new Out(proc, fd)
    this.#run.files.set(file, out)
    return out
  }

  *#exec(name: string): Sim<Test> {
    const run = this.#run
    const command: string[] = []
    let plus = false
    for (;;) {
      const token = this.#tokens[this.#at++]
      if (token === undefined) return yield* this.#die(`missing argument to \`${name}'`)
      if (token === ';') break
      if (token === '+' && command.at(-1) === '{}') {
        plus = true
        command.pop()
        break
      }
      command.push(token)
    }
    if (command.length === 0 && !plus) return yield* this.#die(`invalid argument \`;' to \`${name}'`)
    const inDir = name.endsWith('dir')
    if (plus) {
      const batch = { command, paths: [] as string[], dir: inDir }
      run.batches.push(batch)
      return function* (p) {
        batch.paths.push(p.path)
        if (batch.paths.length >= 4000) yield* runBatch(run, batch)
        return true
      }
    }
    return function* (p) {
      const shown = inDir ? `./${baseName(p.path)}` : p.path
      const argv = command.map((word) => word.replaceAll('{}', shown))
      if (name.startsWith('-ok')) {
        yield* run.ctx.out.flush()
        yield* say(run.ctx.proc, 2, `< ${command[0] ?? ''} ... ${p.path} > ? `)
        const answer = yield* run.ctx.lines(0).next()
        if (!/^[yY]/.test(answer ?? '')) return false
      }
      return (yield* spawn(run, argv, inDir ? p.path : undefined)) === 0
    }
  }
}

function* always(): Sim<boolean> {
  return true
}

/** -regex speaks Emacs' syntax by default: `+` and `?` repeat, groups and bars need backslashes. */
function emacs(pattern: string, type: string): string {
  if (type !== 'findutils-default' && type !== 'emacs') return pattern
  return pattern.replace(/\\.|\[\^?\]?[^\]]*\]|[+?]/g, (m) => (m === '+' || m === '?' ? `\\${m}` : m))
}

/** Runs a command and waits; its exit status. */
function* spawn(run: Run, argv: readonly string[], near: string | undefined): Sim<number> {
  const { ctx } = run
  yield* ctx.out.flush()
  const pid = ctx.proc.fork(function* (child) {
    try {
      if (near !== undefined) child.chdir(near.includes('/') ? near.slice(0, near.lastIndexOf('/')) || '/' : '.')
      return yield* execvp(child, argv)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* say(child, 2, `${ctx.prog}: ${quote(argv[0] ?? '')}: ${strerror(error)}\n`)
      return 1
    }
  })
  const status = yield* ctx.proc.wait(pid)
  return status?.exit ?? 128
}

function* runBatch(run: Run, batch: { command: string[]; paths: string[]; dir: boolean }): Sim<void> {
  const paths = batch.paths
  if (paths.length === 0) return
  batch.paths = []
  if (!batch.dir) {
    if ((yield* spawn(run, [...batch.command, ...paths], undefined)) !== 0) run.ctx.status = 1
    return
  }
  const byDir = new Map<string, string[]>()
  for (const path of paths) {
    const dir = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '.'
    byDir.set(dir, [...(byDir.get(dir) ?? []), path])
  }
  for (const group of byDir.values()) {
    if ((yield* spawn(run, [...batch.command, ...group.map((p) => `./${baseName(p)}`)], group[0])) !== 0) run.ctx.status = 1
  }
}

function listing(run: Run, p: Place): string {
  const { stat } = p
  const target = isLink(stat.mode) ? ` -> ${run.ctx.proc.readlink(p.path)}` : ''
  const recent = stat.mtime > run.ctx.proc.now() - 15_778_476 * SECOND
  const time = strftime(recent ? '%b %e %H:%M' : '%b %e  %Y', stat.mtime, run.zone)
  return `${String(stat.ino).padStart(9)} ${String(Math.ceil(stat.blocks / 2)).padStart(6)} ${modeString(stat.mode)} ${String(stat.nlink).padStart(3)} ${run.accounts.userName(stat.uid).padEnd(8)} ${run.accounts.groupName(stat.gid).padEnd(8)} ${String(stat.size).padStart(8)} ${time} ${escapeC(p.path, ' ')}${target}\n`
}

const ESCAPES: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '0': '\0' }

function formatted(run: Run, format: string, p: Place): string {
  const { stat } = p
  const time = (t: number, c: string): string => {
    const fraction = `${String(((t % SECOND) + SECOND) % SECOND).padStart(6, '0')}0000`
    if (c === '@') return `${Math.floor(t / SECOND)}.${fraction}`
    if (c === '+') return strftime(`%Y-%m-%d+%H:%M:%S.${fraction}`, t, run.zone)
    if (c === 'S' || c === 'T' || c === 'X') return `${strftime(`%${c}`, t, run.zone)}.${fraction}`
    if (c === 'c') return strftime(`%a %b %e %H:%M:%S.${fraction} %Y`, t, run.zone)
    return strftime(`%${c}`, t, run.zone)
  }
  let stopped = false
  return format.replace(
    /\\(c|[0-7]{1,3}|[abfnrtv\\])|%([-+ #0]*)(\d*)(?:\.(\d+))?([ABCT]\S|.)/gs,
    (whole, escaped: string | undefined, flags = '', width = '', precision: string | undefined, directive: string | undefined) => {
      if (stopped) return ''
      if (escaped !== undefined) {
        if (escaped === 'c') stopped = true
        return escaped === 'c'
          ? ''
          : /^[0-7]/.test(escaped)
            ? String.fromCharCode(Number.parseInt(escaped, 8))
            : (ESCAPES[escaped] ?? whole)
      }
      let text: string
      const d = directive ?? ''
      if (d.length > 1)
        text = time(
          d.startsWith('A') ? stat.atime : d.startsWith('C') ? stat.ctime : d.startsWith('B') ? stat.btime : stat.mtime,
          d.slice(1),
        )
      else {
        switch (d) {
          case '%':
            return '%'
          case 'a':
            text = time(stat.atime, 'c')
            break
          case 'b':
            text = String(stat.blocks)
            break
          case 'c':
            text = time(stat.ctime, 'c')
            break
          case 'd':
            text = String(p.depth)
            break
          case 'D':
            text = String(stat.dev)
            break
          case 'f':
            text = p.path === '/' ? '/' : baseName(p.path.replace(/(.)\/+$/, '$1'))
            break
          case 'F':
            text = run.ctx.proc.statfs(p.path).type
            break
          case 'g':
            text = run.accounts.groupName(stat.gid)
            break
          case 'G':
            text = String(stat.gid)
            break
          case 'h':
            text = p.path.includes('/') ? p.path.slice(0, p.path.lastIndexOf('/')) : '.'
            break
          case 'H':
            text = p.root
            break
          case 'i':
            text = String(stat.ino)
            break
          case 'k':
            text = String(Math.ceil(stat.blocks / 2))
            break
          case 'l':
            text = isLink(stat.mode) ? run.ctx.proc.readlink(p.path) : ''
            break
          case 'm':
            text = (stat.mode & 0o7777).toString(8)
            break
          case 'M':
            text = modeString(stat.mode)
            break
          case 'n':
            text = String(stat.nlink)
            break
          case 'p':
            text = p.path
            break
          case 'P':
            text = p.path === p.root ? '' : p.path.slice(p.root.length).replace(/^\//, '')
            break
          case 's':
            text = String(stat.size)
            break
          case 't':
            text = time(stat.mtime, 'c')
            break
          case 'u':
            text = run.accounts.userName(stat.uid)
            break
          case 'U':
            text = String(stat.uid)
            break
          case 'y':
            text = typeLetter(stat.mode) === '-' ? 'f' : typeLetter(stat.mode)
            break
          case 'Y': {
            try {
              const t = typeLetter(run.ctx.proc.stat(p.path).mode)
              text = t === '-' ? 'f' : t
            } catch (error) {
              if (!(error instanceof Errno)) throw error
              text = error.code === 'ELOOP' ? 'L' : 'N'
            }
            break
          }
          default:
            return whole
        }
      }
      if (precision !== undefined) text = text.slice(0, Number(precision))
      if (flags.includes('0') && d === 'm') return text.padStart(Number(width || 0), '0')
      if (flags.includes('#') && d === 'm' && !text.startsWith('0')) text = `0${text}`
      return flags.includes('-') ? text.padEnd(Number(width || 0)) : text.padStart(Number(width || 0))
    },
  )
}

function* walk(
  run: Run,
  test: Test,
  path: string,
  depth: number,
  root: string,
  device: number | undefined,
  above: readonly string[],
): Sim<void> {
  const { ctx } = run
  let stat: Stat
  try {
    const follow = run.follow === 'L' || (run.follow === 'H' && depth === 0)
    try {
      stat = follow ? ctx.proc.stat(path) : ctx.proc.lstat(path)
    } catch (error) {
      if (!(error instanceof Errno) || !follow) throw error
      stat = ctx.proc.lstat(path)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* ctx.warn(`${quote(path)}: ${strerror(error)}`)
    return
  }
  if (run.oneDevice && device !== undefined && stat.dev !== device) return
  const key = `${stat.dev}:${stat.ino}`
  if (isDir(stat.mode) && above.includes(key)) {
    yield* ctx.warn(`File system loop detected; ${quote(path)} is part of the same file system loop as ${quote(root)}.`)
    return
  }
  const place: Place = { path, stat, depth, root }
  run.prune = false
  if (!run.depthFirst && depth >= run.minDepth) yield* test(place)
  if (run.quit) return
  const descend = isDir(stat.mode) && depth < run.maxDepth && !(run.prune && !run.depthFirst)
  if (descend) {
    let names: string[] = []
    try {
      names = ctx.proc.readdir(path).map((e) => e.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* ctx.warn(`${quote(path)}: ${strerror(error)}`)
    }
    for (const name of names) {
      yield* walk(run, test, path.endsWith('/') ? path + name : `${path}/${name}`, depth + 1, root, device ?? stat.dev, [...above, key])
      if (run.quit) return
    }
  }
  if (run.depthFirst && depth >= run.minDepth) yield* test(place)
}

/** find(1) */
export const find: Program = {
  name: 'findutils/find',
  *main(proc) {
    const args = proc.argv.slice(1)
    if (args[0] === '--help' || args[0] === '-help' || args[0] === '--version' || args[0] === '-version') {
      return yield* helpAndVersion.main(proc)
    }
    const ctx = new Context(
      proc,
      {
        name: 'findutils/find',
        *run() {
          return 0
        },
      },
      new Options([], args),
    )
    return yield* finish(ctx, search(ctx, args))
  },
}

const helpAndVersion = defineProgram({
  name: 'findutils/find',
  usage: '[-H] [-L] [-P] [-Olevel] [-D debugopts] [path...] [expression]',
  *run() {
    return 0
  },
})

function* search(ctx: Context, args: readonly string[]): Sim<number> {
  const run: Run = {
    ctx,
    accounts: yield* loadAccounts(ctx.proc),
    zone: zone(ctx.proc.getenv('TZ')),
    follow: 'P',
    maxDepth: Number.POSITIVE_INFINITY,
    minDepth: 0,
    depthFirst: false,
    oneDevice: false,
    daystart: false,
    prune: false,
    quit: false,
    actions: false,
    regextype: 'findutils-default',
    batches: [],
    files: new Map(),
  }
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '-P' || arg === '-L' || arg === '-H') run.follow = arg.charAt(1) as 'P'
    else if (/^-O\d?$/.test(arg)) continue
    else if (arg === '-D') at++
    else break
  }
  const paths: string[] = []
  while (at < args.length && !/^(?:-.|\(|!$|,$|\)$)/.test(args[at] ?? '')) paths.push(args[at++] ?? '')
  const test = yield* new Parser(run, args.slice(at)).all()
  const body: Test = run.actions
    ? test
    : function* (p) {
        if (!(yield* test(p))) return false
        ctx.out.put(`${p.path}\n`)
        yield* ctx.out.drain()
        return true
      }
  for (const path of paths.length === 0 ? ['.'] : paths) {
    yield* walk(run, body, path, 0, path, undefined, [])
    if (run.quit) break
  }
  for (const batch of run.batches) yield* runBatch(run, batch)
  for (const out of run.files.values()) yield* out.flush()
  return ctx.status
}

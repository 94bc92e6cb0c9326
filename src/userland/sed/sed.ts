import { Errno, strerror } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '#userland/lib/exec.ts'
import { bytesOf, LineReader, latin, Out, readAll, say, textOf } from '#userland/lib/io.ts'
import { type Context, defineProgram } from '#userland/lib/program.ts'
import { type Address, type Command, type Part, parseScript, ScriptError } from './parse.ts'

const USAGE = `  -n, --quiet, --silent
                 suppress automatic printing of pattern space
      --debug
                 annotate program execution
  -e script, --expression=script
                 add the script to the commands to be executed
  -f script-file, --file=script-file
                 add the contents of script-file to the commands to be executed
  --follow-symlinks
                 follow symlinks when processing in place
  -i[SUFFIX], --in-place[=SUFFIX]
                 edit files in place (makes backup if SUFFIX supplied)
  -l N, --line-length=N
                 specify the desired line-wrap length for the \`l' command
  --posix
                 disable all GNU extensions.
  -E, -r, --regexp-extended
                 use extended regular expressions in the script
                 (for portability use POSIX -E).
  -s, --separate
                 consider files as separate rather than as a single,
                 continuous long stream.
      --sandbox
                 operate in sandbox mode (disable e/r/w commands).
  -u, --unbuffered
                 load minimal amounts of data from the input files and flush
                 the output buffers more often
  -z, --null-data
                 separate lines by NUL characters
      --help     display this help and exit
      --version  output version information and exit

If no -e, --expression, -f, or --file option is given, then the first
non-option argument is taken as the sed script to interpret.  All
remaining arguments are names of input files; if no input files are
specified, then the standard input is read.

GNU sed home page: <https://www.gnu.org/software/sed/>.
General help using GNU software: <https://www.gnu.org/gethelp/>.
`

function usage(prog: string): string {
  return `Usage: ${prog} [OPTION]... {script-only-if-no-other-script} [input-file]...\n\n${USAGE}`
}

/** sed(1) */
export const sed = defineProgram({
  name: 'sed/sed',
  usage: '[OPTION]... {script-only-if-no-other-script} [input-file]...',
  short: 'bsnrzuEe:f:l:i::',
  long: `binary:b regexp-extended:E debug in-place=?:i expression=:e file=:f line-length=:l quiet:n silent:n null-data:z posix separate:s
    sandbox unbuffered:u follow-symlinks`,
  missing: 'debug',
  tryHelp: false,
  *run(ctx) {
    const operands = [...ctx.operands]
    const extended = ctx.has('E', 'r')
    const commands: Command[] = []
    let number = 0
    /** A script that begins with `#n` is quiet. */
    let quietByComment = false
    let pending: { text: string; from: number } | undefined
    const compile = function* (text: string, where: string): Sim<void> {
      try {
        commands.push(...parseScript(text, { extended }))
      } catch (error) {
        if (!(error instanceof ScriptError)) throw error
        const file = !where.startsWith('-e')
        const line = text.slice(0, Math.max(0, error.at - 1)).split('\n').length
        yield* ctx.die(file ? `file ${where} line ${line}: ${error.message}` : `${where}, char ${error.at}: ${error.message}`)
      }
    }
    // A script ending in a backslash (a\) goes on in the next -e.
    const expression = function* (text: string): Sim<void> {
      number++
      const joined = pending === undefined ? text : `${pending.text}\n${text}`
      const from = pending?.from ?? number
      if (/(?:^|[^\\])(?:\\\\)*\\$/.test(joined) && /(^|[;{}\n0-9/$ ])[aic]\\$/.test(joined)) {
        pending = { text: joined, from }
        return
      }
      pending = undefined
      yield* compile(joined, `-e expression #${from}`)
    }
    const scripts = ctx.opts.list.filter((o) => o.name === 'e' || o.name === 'f')
    if (scripts.length === 0) {
      const script = operands.shift()
      if (script === undefined) {
        yield* say(ctx.proc, 2, usage(ctx.prog))
        return 1
      }
      if (script.startsWith('#n\n')) quietByComment = true
      yield* compile(bytesOf(script), '-e expression #1')
    }
    // Expressions are gathered so that a block may span several -e.
    const blocks: string[] = []
    for (const { name, value = '' } of scripts) {
      if (name === 'e') blocks.push(bytesOf(value))
      else {
        const fd = value === '-' ? 0 : yield* openScript(ctx, value)
        const text = (yield* new LineReader(ctx.proc, fd).rest()).replace(/\n$/, '')
        if (scripts.length === 1) {
          if (text.startsWith('#n\n')) quietByComment = true
          yield* compile(text, value)
        } else blocks.push(text)
      }
    }
    if (blocks.length === 1) yield* expression(blocks[0] ?? '')
    else if (blocks.length > 1) {
      const joined = blocks.join('\n')
      try {
        commands.push(...parseScript(joined, { extended }))
      } catch (error) {
        if (!(error instanceof ScriptError)) throw error
        let at = error.at
        let k = 0
        while (k < blocks.length - 1 && at > (blocks[k]?.length ?? 0)) at -= (blocks[k++]?.length ?? 0) + 1
        yield* ctx.die(`-e expression #${error.at === 0 ? 1 : k + 1}, char ${error.at === 0 ? 0 : at}: ${error.message}`)
      }
    }
    yield* checkLabels(ctx, commands)
    const editor = new Editor(ctx, commands, operands.length === 0 ? ['-'] : operands, ctx.has('n') || quietByComment)
    return yield* editor.run()
  },
})

function* openScript(ctx: Context, name: string): Sim<number> {
  try {
    return yield* ctx.proc.open(name, O.RDONLY)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* ctx.die(`couldn't open file ${name}: ${strerror(error)}`)
  }
}

function* checkLabels(ctx: Context, commands: readonly Command[]): Sim<void> {
  const labels = new Set<string>()
  const used: string[] = []
  const visit = (list: readonly Command[]): void => {
    for (const c of list) {
      if (c.name === ':') labels.add(c.text ?? '')
      else if ('btT'.includes(c.name) && c.text) used.push(c.text)
      if (c.block !== undefined) visit(c.block)
    }
  }
  visit(commands)
  for (const label of used) if (!labels.has(label)) yield* ctx.die(`can't find label for jump to \`${label}'`)
}

/** The script flattened: blocks become jumps, so that branches are plain indices. */
interface Step {
  readonly command: Command
  /** For `{`: where to go on when the address does not match. */
  readonly skip: number
}

function flatten(commands: readonly Command[], out: Step[] = []): Step[] {
  for (const command of commands) {
    const at = out.length
    out.push({ command, skip: 0 })
    if (command.block !== undefined) {
      flatten(command.block, out)
      out[at] = { command, skip: out.length }
    }
  }
  return out
}

/** Steps between charges of CPU time, so that an endless loop costs virtual time. */
const STEPS_PER_CHARGE = 2000

class Editor {
  readonly #ctx: Context
  readonly #steps: readonly Step[]
  readonly #labels = new Map<string, number>()
  readonly #files: readonly string[]
  readonly #quiet: boolean
  readonly #end: string
  readonly #separate: boolean
  #out: Out
  #pattern = ''
  #hold = ''
  #line = 0
  #file = 0
  #reader: LineReader | undefined
  #fd = 0
  /** Whether the pattern space's line had its newline. */
  #terminated = true
  #lastRegex: RegExp | undefined
  #substituted = false
  #append: { kind: 'text' | 'file' | 'line'; text: string }[] = []
  readonly #writers = new Map<string, Out>()
  readonly #lineFiles = new Map<string, LineReader | undefined>()
  #status = 0
  #inPlace: { name: string; temp: string } | undefined
  #missingNewline = false
  #count = 0

  constructor(ctx: Context, commands: readonly Command[], files: readonly string[], quiet: boolean) {
    this.#ctx = ctx
    this.#steps = flatten(commands)
    this.#steps.forEach((step, i) => {
      if (step.command.name === ':') this.#labels.set(step.command.text ?? '', i)
    })
    this.#files = files
    this.#quiet = quiet
    this.#end = ctx.has('z') ? '\0' : '\n'
    this.#separate = ctx.has('s', 'i')
    this.#out = ctx.out
  }

  *run(): Sim<number> {
    for (const step of this.#steps) {
      const file = step.command.name === 'w' || step.command.name === 'W' ? step.command.text : step.command.flags?.file
      if (file !== undefined && !this.#writers.has(file)) this.#writers.set(file, yield* this.#openWriter(file))
    }
    let code: number | undefined
    let restart = false
    while (restart || (yield* this.#next())) {
      const result = yield* this.#cycle()
      restart = result === 'restart'
      if (typeof result === 'number') {
        code = result
        break
      }
    }
    yield* this.#finishInPlace()
    yield* this.#out.flush()
    for (const [name, out] of this.#writers) if (name !== '/dev/stdout' && name !== '/dev/stderr') yield* out.flush()
    return code ?? this.#status
  }

  *#openWriter(file: string): Sim<Out> {
    if (file === '/dev/stdout') return this.#ctx.out
    const { proc } = this.#ctx
    if (file === '/dev/stderr') return new Out(proc, 2)
    try {
      return new Out(proc, yield* proc.open(textOf(file), O.WRONLY | O.CREAT | O.TRUNC | O.CLOEXEC, 0o666))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return yield* this.#ctx.die(`couldn't open file ${file}: ${strerror(error)}`, 4)
    }
  }

  /** Opens the next input that can be read. */
  *#open(): Sim<boolean> {
    const { proc, prog } = this.#ctx
    while (this.#file < this.#files.length) {
      const name = this.#files[this.#file++] ?? '-'
      if (name === '-' && !this.#ctx.has('i')) {
        this.#fd = 0
        this.#reader = new LineReader(proc, 0, this.#end)
        return true
      }
      try {
        const stat = proc.stat(name)
        if ((stat.mode & 0o170000) === 0o040000) {
          yield* this.#complain(
            this.#ctx.has('i') ? `couldn't edit ${name}: not a regular file` : `read error on ${name}: Is a directory`,
            this.#ctx.has('i') ? 4 : 2,
          )
          continue
        }
        this.#fd = yield* proc.open(name, O.RDONLY | O.CLOEXEC)
        if (this.#ctx.has('i')) {
          const dir = name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : './'
          const random = [...proc.getrandom(6)].map((b) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'.charAt(b & 31)).join('')
          const temp = `${dir}sed${random}`
          const fd = yield* proc.open(temp, O.WRONLY | O.CREAT | O.EXCL | O.CLOEXEC, 0o600)
          proc.fchmod(fd, stat.mode & 0o7777)
          this.#inPlace = { name, temp }
          this.#out = new Out(proc, fd)
        }
        if (this.#separate) this.#line = 0
        this.#reader = new LineReader(proc, this.#fd, this.#end)
        return true
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* this.#ctx.out.flush()
        yield* say(proc, 2, `${prog}: can't read ${name}: ${strerror(error)}\n`)
        this.#status = 2
      }
    }
    return false
  }

  *#complain(message: string, status: number): Sim<void> {
    yield* this.#ctx.out.flush()
    yield* say(this.#ctx.proc, 2, `${this.#ctx.prog}: ${message}\n`)
    this.#status = status
  }

  *#finishInPlace(): Sim<void> {
    const edit = this.#inPlace
    if (edit === undefined) return
    const { proc } = this.#ctx
    yield* this.#out.flush()
    proc.close(this.#out.fd)
    const suffix = this.#ctx.value('i')
    if (suffix !== undefined && suffix !== '') {
      const base = edit.name.slice(edit.name.lastIndexOf('/') + 1)
      const dir = edit.name.slice(0, edit.name.length - base.length)
      const backup = suffix.includes('*') ? suffix.replaceAll('*', base) : base + suffix
      proc.rename(edit.name, backup.includes('/') ? backup : dir + backup)
    }
    proc.rename(edit.temp, edit.name)
    this.#inPlace = undefined
    this.#out = this.#ctx.out
    this.#missingNewline = false
  }

  /** Reads the next line of all inputs; undefined at the end. */
  *#read(): Sim<string | undefined> {
    for (;;) {
      if (this.#reader === undefined) {
        if (!(yield* this.#open())) return undefined
        continue
      }
      const line = yield* this.#reader.next()
      if (line !== undefined) {
        this.#line++
        this.#terminated = this.#reader.terminated
        return line
      }
      if (this.#fd !== 0) this.#ctx.proc.close(this.#fd)
      this.#reader = undefined
      yield* this.#finishInPlace()
    }
  }

  /** Whether the present line is the last of the input (of the file, under -s and -i). */
  *#isLast(): Sim<boolean> {
    if (this.#reader !== undefined && !(yield* this.#reader.atEnd())) return false
    if (this.#separate) return true
    while (this.#file < this.#files.length || this.#reader !== undefined) {
      if (this.#reader !== undefined) {
        if (!(yield* this.#reader.atEnd())) return false
        if (this.#fd !== 0) this.#ctx.proc.close(this.#fd)
        this.#reader = undefined
      }
      if (!(yield* this.#open())) return true
    }
    return true
  }

  *#next(): Sim<boolean> {
    const line = yield* this.#read()
    if (line === undefined) return false
    this.#pattern = line
    return true
  }

  #write(out: Out, text: string, terminated = true): void {
    if (out === this.#out && this.#missingNewline) {
      out.raw(this.#end)
      this.#missingNewline = false
    }
    out.raw(terminated ? text + this.#end : text)
    if (out === this.#out && !terminated) this.#missingNewline = true
  }

  /** What happens at the end of a cycle: print, then what a, r, R asked for. */
  *#endCycle(print: boolean): Sim<void> {
    if (print && !this.#quiet) this.#write(this.#out, this.#pattern, this.#terminated)
    for (const item of this.#append) {
      if (item.kind !== 'file') {
        if (this.#missingNewline) this.#out.raw(this.#end)
        this.#missingNewline = false
        this.#out.raw(item.text)
      } else {
        try {
          const fd = item.text === '/dev/stdin' ? 0 : yield* this.#ctx.proc.open(textOf(item.text), O.RDONLY | O.CLOEXEC)
          const text = latin(yield* readAll(this.#ctx.proc, fd))
          if (fd !== 0) this.#ctx.proc.close(fd)
          if (this.#missingNewline) this.#out.raw(this.#end)
          this.#missingNewline = false
          this.#out.raw(text)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
        }
      }
    }
    this.#append = []
    if (this.#ctx.has('u')) yield* this.#out.flush()
    else yield* this.#out.drain()
  }

  *#matchesAddress(address: Address): Sim<boolean> {
    switch (address.kind) {
      case 'line':
        return this.#line === address.line
      case 'step':
        return address.step <= 0
          ? this.#line === address.first
          : this.#line >= address.first && (this.#line - address.first) % address.step === 0
      case 'last':
        return yield* this.#isLast()
      case 'regex':
        return this.#test(address.regex)
      default:
        return false
    }
  }

  #test(regex: RegExp | undefined): boolean {
    const re = regex ?? this.#lastRegex
    if (re === undefined) throw new ScriptError('no previous regular expression', 0)
    this.#lastRegex = re
    re.lastIndex = 0
    return re.test(this.#pattern)
  }

  *#selected(c: Command): Sim<boolean> {
    if (c.from === undefined) return true
    if (c.to === undefined) return yield* this.#matchesAddress(c.from)
    if (c.range !== undefined) {
      if (c.range.end === 'regex') {
        if (c.to.kind === 'last' ? yield* this.#isLast() : yield* this.#matchesAddress(c.to)) c.range = undefined
        return true
      }
      if (this.#line >= c.range.end) {
        const inside = this.#line === c.range.end || c.to.kind !== 'line'
        c.range = undefined
        if (inside) return true
        return yield* this.#matchesAddress(c.from)
      }
      return true
    }
    if (c.from.kind === 'line' && c.from.line === 0) {
      if (this.#line !== 1) return false
      if (!(yield* this.#matchesAddress(c.to))) c.range = { end: 'regex' }
      return true
    }
    if (!(yield* this.#matchesAddress(c.from))) return false
    switch (c.to.kind) {
      case 'line':
        if (c.to.line > this.#line) c.range = { end: c.to.line }
        break
      case 'plus':
        if (c.to.count > 0) c.range = { end: this.#line + c.to.count }
        break
      case 'multiple':
        if (c.to.of > 0 && this.#line % c.to.of !== 0) c.range = { end: Math.ceil(this.#line / c.to.of) * c.to.of }
        break
      case 'last':
        if (!(yield* this.#isLast())) c.range = { end: 'regex' }
        break
      default:
        c.range = { end: 'regex' }
    }
    return true
  }

  /** Runs the script once; an exit status ends the program, `restart` begins again without reading. */
  *#cycle(): Sim<number | 'restart' | undefined> {
    this.#substituted = false
    for (let at = 0; at < this.#steps.length; at++) {
      if (++this.#count % STEPS_PER_CHARGE === 0) yield* this.#ctx.proc.cpu(1000)
      const step = this.#steps[at]
      if (step === undefined) break
      const c = step.command
      const chosen = (yield* this.#selected(c)) !== c.negate
      if (!chosen) {
        if (c.block !== undefined) at = step.skip - 1
        continue
      }
      switch (c.name) {
        case '=':
          this.#write(this.#out, String(this.#line))
          break
        case 'a':
          this.#append.push({ kind: 'text', text: c.text ?? '' })
          break
        case 'i':
          this.#write(this.#out, (c.text ?? '').replace(/\n$/, ''))
          break
        case 'c':
          if ((c.text ?? '') !== '' && (c.to === undefined || c.negate || c.range === undefined))
            this.#write(this.#out, (c.text ?? '').replace(/\n$/, ''))
          yield* this.#endCycle(false)
          return undefined
        case 'd':
          yield* this.#endCycle(false)
          return undefined
        case 'D': {
          const newline = this.#pattern.indexOf('\n')
          if (newline < 0) {
            yield* this.#endCycle(false)
            return undefined
          }
          this.#pattern = this.#pattern.slice(newline + 1)
          yield* this.#endCycle(false)
          return 'restart'
        }
        case 'e':
          yield* this.#evaluate(c.text ?? '')
          break
        case 'F':
          this.#write(this.#out, bytesOf(this.#files[this.#file - 1] ?? '-'))
          break
        case 'g':
          this.#pattern = this.#hold
          break
        case 'G':
          this.#pattern += `\n${this.#hold}`
          break
        case 'h':
          this.#hold = this.#pattern
          break
        case 'H':
          this.#hold += `\n${this.#pattern}`
          break
        case 'x': {
          const kept = this.#pattern
          this.#pattern = this.#hold
          this.#hold = kept
          break
        }
        case 'l':
          this.#write(this.#out, this.#unambiguous(c.text === '' ? Number(this.#ctx.value('l') ?? 70) : Number(c.text)))
          break
        case 'n':
          if (yield* this.#noMore()) {
            yield* this.#endCycle(true)
            return this.#status
          }
          yield* this.#endCycle(true)
          yield* this.#next()
          break
        case 'N': {
          if (yield* this.#noMore()) {
            yield* this.#endCycle(true)
            return this.#status
          }
          const before = this.#pattern
          yield* this.#endCycle(false)
          const line = yield* this.#read()
          this.#pattern = `${before}\n${line ?? ''}`
          break
        }
        case 'p':
          this.#write(this.#out, this.#pattern, this.#terminated)
          break
        case 'P':
          this.#write(this.#out, this.#pattern.split('\n', 1)[0] ?? '')
          break
        case 'q':
          yield* this.#endCycle(true)
          yield* this.#dumpRest()
          return Number(c.text || 0)
        case 'Q':
          yield* this.#dumpRest()
          return Number(c.text || 0)
        case 'r':
          this.#append.push({ kind: 'file', text: c.text ?? '' })
          break
        case 'R': {
          const line = yield* this.#lineOf(c.text ?? '')
          if (line !== undefined) this.#append.push({ kind: 'line', text: line + this.#end })
          break
        }
        case 's':
          yield* this.#substitute(c)
          break
        case 't':
          if (this.#substituted) {
            this.#substituted = false
            at = this.#jump(c)
          }
          break
        case 'T':
          if (!this.#substituted) at = this.#jump(c)
          this.#substituted = false
          break
        case 'b':
          at = this.#jump(c)
          break
        case 'w':
        case 'W': {
          const out = this.#writers.get(c.text ?? '')
          if (out !== undefined) yield* this.#toFile(out, c.name === 'w' ? this.#pattern : (this.#pattern.split('\n', 1)[0] ?? ''))
          break
        }
        case 'y':
          this.#pattern = [...this.#pattern].map((ch) => c.map?.get(ch) ?? ch).join('')
          break
        case 'z':
          this.#pattern = ''
          break
      }
    }
    yield* this.#endCycle(true)
    return undefined
  }

  /** q under -i keeps the rest of the file. */
  *#dumpRest(): Sim<void> {
    if (this.#inPlace === undefined || this.#reader === undefined) return
    this.#out.raw(yield* this.#reader.rest())
  }

  *#noMore(): Sim<boolean> {
    if (this.#reader !== undefined && !(yield* this.#reader.atEnd())) return false
    const separate = this.#separate && this.#file < this.#files.length
    return separate ? false : yield* this.#isLast()
  }

  *#toFile(out: Out, text: string): Sim<void> {
    if (out === this.#ctx.out) this.#write(out, text)
    else {
      out.raw(text + this.#end)
      yield* out.flush()
    }
  }

  #jump(c: Command): number {
    return c.text === '' || c.text === undefined ? this.#steps.length : (this.#labels.get(c.text) ?? this.#steps.length)
  }

  *#lineOf(file: string): Sim<string | undefined> {
    if (!this.#lineFiles.has(file)) {
      try {
        this.#lineFiles.set(file, new LineReader(this.#ctx.proc, yield* this.#ctx.proc.open(textOf(file), O.RDONLY | O.CLOEXEC), this.#end))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        this.#lineFiles.set(file, undefined)
      }
    }
    return yield* this.#lineFiles.get(file)?.next() ?? nothing()
  }

  *#substitute(c: Command): Sim<void> {
    const re = c.regex ?? this.#lastRegex
    const flags = c.flags
    if (flags === undefined) return
    if (re === undefined) {
      yield* this.#ctx.die('no previous regular expression')
      return
    }
    this.#lastRegex = re
    re.lastIndex = 0
    const text = this.#pattern
    let out = ''
    let at = 0
    let n = 0
    let done = false
    let previousEnd = -1
    while (at <= text.length) {
      re.lastIndex = at
      const m = re.exec(text)
      if (m === null) break
      const start = m.index
      const end = start + m[0].length
      // An empty match right after the last one does not count.
      if (m[0] === '' && start === previousEnd) {
        if (start >= text.length) break
        out += text.charAt(start)
        at = start + 1
        previousEnd = -1
        continue
      }
      n++
      out += text.slice(at, start)
      if (n >= Math.max(1, flags.nth)) {
        out += expand(c.replacement ?? [], m)
        done = true
      } else out += m[0]
      previousEnd = end
      at = end
      if (done && !flags.global) break
      if (m[0] === '') {
        if (end >= text.length) break
        out += text.charAt(end)
        at = end + 1
        previousEnd = -1
      }
    }
    if (!done) return
    this.#pattern = out + text.slice(at)
    this.#substituted = true
    if (flags.evaluate) {
      this.#pattern = (yield* this.#capture(this.#pattern)).replace(/\n$/, '')
    }
    if (flags.print > 0) this.#write(this.#out, this.#pattern, this.#terminated)
    const writer = flags.file === undefined ? undefined : this.#writers.get(flags.file)
    if (writer !== undefined) yield* this.#toFile(writer, this.#pattern)
  }

  *#capture(command: string): Sim<string> {
    const { proc } = this.#ctx
    yield* this.#out.flush()
    const pipe = proc.pipe()
    const pid = proc.fork(function* (child) {
      child.dup2(pipe.write, 1)
      child.close(pipe.read)
      child.close(pipe.write)
      return yield* execvp(child, ['/bin/sh', '-c', textOf(command)])
    })
    proc.close(pipe.write)
    const text = latin(yield* readAll(proc, pipe.read))
    proc.close(pipe.read)
    yield* proc.wait(pid)
    return text
  }

  *#evaluate(command: string): Sim<void> {
    if (command === '') this.#pattern = (yield* this.#capture(this.#pattern)).replace(/\n$/, '')
    else this.#out.raw(yield* this.#capture(command))
  }

  #unambiguous(width: number): string {
    const names: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r', 92: '\\\\' }
    let out = ''
    let column = 0
    for (let i = 0; i < this.#pattern.length; i++) {
      const b = this.#pattern.charCodeAt(i)
      const piece = names[b] ?? (b >= 32 && b < 127 ? String.fromCharCode(b) : `\\${b.toString(8).padStart(3, '0')}`)
      if (width > 1 && column + piece.length > width - 1) {
        out += '\\\n'
        column = 0
      }
      out += piece
      column += piece.length
    }
    return `${out}$`
  }
}

function* nothing(): Sim<undefined> {
  return undefined
}

function expand(parts: readonly Part[], m: RegExpExecArray): string {
  let out = ''
  let mode: 'U' | 'L' | 'E' = 'E'
  let once: 'u' | 'l' | undefined
  const add = (text: string): void => {
    if (text === '') return
    let t = mode === 'U' ? upper(text) : mode === 'L' ? lower(text) : text
    if (once !== undefined) t = (once === 'u' ? upper(t.charAt(0)) : lower(t.charAt(0))) + t.slice(1)
    once = undefined
    out += t
  }
  for (const part of parts) {
    if ('text' in part) add(part.text)
    else if ('group' in part) add(m[part.group] ?? '')
    else if (part.fold === 'u' || part.fold === 'l') once = part.fold
    else mode = part.fold
  }
  return out
}

const upper = (text: string): string => text.replace(/[a-z]+/g, (s) => s.toUpperCase())
const lower = (text: string): string => text.replace(/[A-Z]+/g, (s) => s.toLowerCase())

import { Errno, strerror } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import { DAY, daysFromCivil, HOUR, MINUTE, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { strftime, UTC, zone } from '#userland/lib/date.ts'
import { execvp } from '#userland/lib/exec.ts'
import { bytesOf, LineReader, Out, say, textOf } from '#userland/lib/io.ts'
import { formatFloat, formatInteger, formatString, parseFormat, withStars } from '#userland/lib/number-format.ts'
import { type Context, ExitProgram } from '#userland/lib/program.ts'
import type { AwkProgram, Expr, Func, Stmt } from './ast.ts'
import { regexOf, unescapeString } from './parse.ts'

/** Text that looks like a number and came from outside: compares as one. */
class StrNum {
  readonly text: string
  readonly value: number

  constructor(text: string, value: number) {
    this.text = text
    this.value = value
  }
}

/** Undefined: not yet assigned, both "" and 0. */
type Value = number | string | StrNum | undefined
type AwkArray = Map<string, Value>

/** A variable: scalar or array, known at its first use; `origin`: the caller's, for untyped arguments. */
interface Cell {
  value: Value
  array: AwkArray | undefined
  origin: Cell | undefined
}

class Next extends Error {}
class NextFile extends Error {}
class Exit extends Error {}
class Break extends Error {}
class Continue extends Error {}
class Return extends Error {
  readonly value: Value
  constructor(value: Value) {
    super()
    this.value = value
  }
}

const NEXT = new Next()
const NEXT_FILE = new NextFile()
const EXIT = new Exit()
const BREAK = new Break()
const CONTINUE = new Continue()

/** mawk's Max_Int: integers beyond are printed by CONVFMT. */
const MAX_INT = 2_147_483_647
/** Statements between charges of CPU time. */
const STEPS_PER_CHARGE = 2000
/** Calls of awk functions within each other. */
const MAX_DEPTH = 1000

const NUMERIC = /^\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|0[xX][0-9a-fA-F]+|inf(?:inity)?|nan)\s*$/i

function toNumber(v: Value): number {
  if (typeof v === 'number') return v
  if (v === undefined) return 0
  if (v instanceof StrNum) return v.value
  return parseNumber(v)
}

function parseNumber(text: string): number {
  const m = /^\s*([-+]?)(?:(0[xX][0-9a-fA-F]+)|((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(inf(?:inity)?)|(nan))/i.exec(text)
  if (m === null) return 0
  const n =
    m[2] !== undefined ? Number(m[2]) : m[3] !== undefined ? Number(m[3]) : m[4] !== undefined ? Number.POSITIVE_INFINITY : Number.NaN
  return m[1] === '-' ? -n : n
}

function fromInput(text: string): Value {
  return NUMERIC.test(text) ? new StrNum(text, parseNumber(text)) : text
}

const PLAIN = { flags: '', width: 0, precision: undefined, conversion: 'g' } as const

interface InputStream {
  readonly reader: LineReader
  readonly pid: number | undefined
  readonly fd: number
  separator: string
}

interface OutputStream {
  readonly out: Out
  readonly pid: number | undefined
}

/** A running awk program. */
export class Awk {
  readonly #ctx: Context
  readonly #program: AwkProgram
  readonly #globals = new Map<string, Cell>()
  #locals: Map<string, Cell> | undefined
  #record = ''
  #fields: Value[] = []
  #nf = 0
  #split = true
  #recordStale = false
  #nr = 0
  #fnr = 0
  #filename = ''
  #argument = 1
  #input: LineReader | undefined
  #inputFd = 0
  #usedStdin = false
  #exitCode = 0
  #steps = 0
  #depth = 0
  #seed = 0
  #random = 1
  readonly #outputs = new Map<string, OutputStream>()
  readonly #inputs = new Map<string, InputStream>()
  readonly #regexes = new Map<string, RegExp>()
  readonly #ranges = new Map<number, boolean>()
  /** Input read ahead for a regular expression as RS. */
  #pending: string[] | undefined

  constructor(
    ctx: Context,
    program: AwkProgram,
    args: readonly string[],
    assignments: readonly (readonly [string, string])[],
    fs: string | undefined,
  ) {
    this.#ctx = ctx
    this.#program = program
    const start: Record<string, Value> = {
      FS: ' ',
      OFS: ' ',
      ORS: '\n',
      RS: '\n',
      SUBSEP: '\x1c',
      CONVFMT: '%.6g',
      OFMT: '%.6g',
      RSTART: 0,
      RLENGTH: -1,
      ARGC: args.length + 1,
    }
    for (const [name, value] of Object.entries(start)) this.#cell(name).value = value
    const argv = this.#array('ARGV')
    ;[bytesOf(ctx.prog), ...args.map(bytesOf)].forEach((arg, i) => {
      argv.set(String(i), fromInput(arg))
    })
    const environ = this.#array('ENVIRON')
    for (const entry of ctx.proc.environ) {
      const eq = entry.indexOf('=')
      environ.set(bytesOf(entry.slice(0, eq)), fromInput(bytesOf(entry.slice(eq + 1))))
    }
    if (fs !== undefined) this.#cell('FS').value = fs
    for (const [name, value] of assignments) this.#assignText(name, value)
    const seed = ctx.proc.getrandom(4)
    this.#seed = (seed[0] ?? 0) | ((seed[1] ?? 0) << 8) | ((seed[2] ?? 0) << 16)
    this.#random = this.#seed
  }

  #assignText(name: string, value: string): void {
    this.#setVar(name, fromInput(unescapeString(bytesOf(value))))
  }

  *run(): Sim<number> {
    const { rules } = this.#program
    try {
      for (const rule of rules) if (rule.kind === 'BEGIN' && rule.body !== undefined) yield* this.#exec(rule.body)
      if (rules.some((r) => r.kind !== 'BEGIN')) yield* this.#main()
    } catch (error) {
      if (!(error instanceof Exit)) throw error
    }
    try {
      for (const rule of rules) if (rule.kind === 'END' && rule.body !== undefined) yield* this.#exec(rule.body)
    } catch (error) {
      if (!(error instanceof Exit)) throw error
    }
    yield* this.#closeAll()
    return this.#exitCode
  }

  *#main(): Sim<void> {
    const main = this.#program.rules.map((rule, i) => ({ rule, i })).filter(({ rule }) => rule.kind === 'main')
    for (;;) {
      const line = yield* this.#nextRecord()
      if (line === undefined) return
      this.#setRecord(line)
      try {
        for (const { rule, i } of main) {
          if (rule.end !== undefined && rule.pattern !== undefined) {
            if (this.#ranges.get(i) !== true) {
              if (!(yield* this.#test(rule.pattern))) continue
              this.#ranges.set(i, true)
            }
            if (yield* this.#test(rule.end)) this.#ranges.set(i, false)
          } else if (rule.pattern !== undefined && !(yield* this.#test(rule.pattern))) continue
          if (rule.body === undefined) yield* this.#print(this.#ctx.out, [this.#currentRecord()])
          else yield* this.#exec(rule.body)
        }
      } catch (error) {
        if (error instanceof NextFile) this.#closeInput()
        else if (!(error instanceof Next)) throw error
      }
    }
  }

  *#error(message: string): Sim<never> {
    yield* this.#ctx.out.flush()
    yield* say(this.#ctx.proc, 2, `${this.#ctx.prog}: ${message}\n`)
    throw new ExitProgram(2)
  }

  // Variables

  #cell(name: string): Cell {
    const local = this.#locals?.get(name)
    if (local !== undefined) return local
    let cell = this.#globals.get(name)
    if (cell === undefined) {
      cell = { value: undefined, array: undefined, origin: undefined }
      this.#globals.set(name, cell)
    }
    return cell
  }

  #array(name: string): AwkArray {
    const cell = this.#cell(name)
    if (cell.array === undefined) {
      const root: Cell[] = [cell]
      for (let c = cell.origin; c !== undefined; c = c.origin) root.push(c)
      const array = root.find((c) => c.array !== undefined)?.array ?? new Map<string, Value>()
      for (const c of root) c.array = array
    }
    return cell.array as AwkArray
  }

  #getVar(name: string): Value {
    switch (name) {
      case 'NF':
        this.#splitRecord()
        return this.#nf
      case 'NR':
        return this.#nr
      case 'FNR':
        return this.#fnr
      case 'FILENAME':
        return this.#filename === '' ? undefined : this.#filename
      default:
        return this.#cell(name).value
    }
  }

  #setVar(name: string, value: Value): void {
    switch (name) {
      case 'NF': {
        this.#splitRecord()
        const n = Math.max(0, Math.trunc(toNumber(value)))
        this.#fields.length = Math.min(this.#fields.length, n)
        while (this.#fields.length < n) this.#fields.push('')
        this.#nf = n
        this.#recordStale = true
        return
      }
      case 'NR':
        this.#nr = toNumber(value)
        return
      case 'FNR':
        this.#fnr = toNumber(value)
        return
      case 'FILENAME':
        this.#filename = this.#str(value)
        return
      default:
        this.#cell(name).value = value
    }
  }

  #str(v: Value, format = 'CONVFMT'): string {
    if (typeof v === 'string') return v
    if (v === undefined) return ''
    if (v instanceof StrNum) return v.text
    return this.#numberText(v, format)
  }

  #numberText(n: number, format: string): string {
    if (Number.isInteger(n) && Math.abs(n) <= MAX_INT) return Object.is(n, -0) ? '0' : String(n)
    if (Number.isNaN(n)) return '-nan'
    if (!Number.isFinite(n)) return n > 0 ? 'inf' : '-inf'
    const spec = this.#str(this.#cell(format).value)
    if (spec === '%.6g') return formatFloat(n, PLAIN)
    return parseFormat(spec)
      .map((p) =>
        p.kind === 'text'
          ? p.text
          : /[dioxXu]/.test(p.spec.conversion)
            ? formatInteger(BigInt(Math.trunc(n)), p.spec)
            : formatFloat(n, p.spec),
      )
      .join('')
  }

  // Records and fields

  #setRecord(text: string): void {
    this.#record = text
    this.#split = false
    this.#recordStale = false
  }

  #splitRecord(): void {
    if (this.#split) return
    this.#fields = this.#splitText(this.#record, this.#cell('FS').value).map(fromInput)
    this.#nf = this.#fields.length
    this.#split = true
  }

  #splitText(text: string, separator: Value): string[] {
    if (text === '') return []
    const fs = this.#str(separator)
    if (fs === ' ') return text.split(/[ \t\n]+/).filter((f, i, all) => f !== '' || (i > 0 && i < all.length - 1))
    if (this.#str(this.#cell('RS').value) === '' && separator === this.#cell('FS').value) {
      return text.split(new RegExp(`\\n|${fs.length === 1 ? fs.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : this.#regex(fs).source}`, 's'))
    }
    if (fs === '') return [...text]
    if (fs.length === 1 && fs !== '\\') return text.split(fs)
    return splitBy(text, this.#regex(fs))
  }

  #currentRecord(): string {
    if (this.#recordStale) {
      this.#record = this.#fields.map((f) => this.#str(f)).join(this.#str(this.#cell('OFS').value))
      this.#recordStale = false
    }
    return this.#record
  }

  *#getField(n: number): Sim<Value> {
    if (n === 0) return fromInput(this.#currentRecord())
    if (n < 0) return yield* this.#error(`run time error: negative field index $${n}\n\t${this.#where()}`)
    this.#splitRecord()
    return this.#fields[n - 1]
  }

  #setField(n: number, value: Value): void {
    if (n === 0) {
      this.#setRecord(this.#str(value))
      return
    }
    this.#splitRecord()
    while (this.#fields.length < n) this.#fields.push('')
    const text = this.#str(value)
    this.#fields[n - 1] = value instanceof StrNum || typeof value === 'number' ? new StrNum(text, toNumber(value)) : text
    this.#nf = this.#fields.length
    this.#recordStale = true
  }

  #where(): string {
    return `FILENAME="${textOf(this.#filename)}" FNR=${this.#fnr} NR=${this.#nr}`
  }

  #closeInput(): void {
    if (this.#input !== undefined && this.#inputFd !== 0) this.#ctx.proc.close(this.#inputFd)
    this.#input = undefined
    this.#pending = undefined
  }

  /** Opens the next file of ARGV; false at the end. */
  *#openInput(): Sim<boolean> {
    for (;;) {
      const argc = Math.trunc(toNumber(this.#getVar('ARGC')))
      if (this.#argument >= argc) {
        if (this.#usedStdin) return false
        this.#usedStdin = true
        this.#inputFd = 0
        this.#input = new LineReader(this.#ctx.proc, 0, this.#delimiter())
        return true
      }
      const arg = this.#str(this.#array('ARGV').get(String(this.#argument++)))
      if (arg === '') continue
      const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(arg)
      if (assignment !== null) {
        this.#setVar(assignment[1] ?? '', fromInput(unescapeString(assignment[2] ?? '')))
        continue
      }
      this.#usedStdin = true
      this.#filename = arg
      this.#fnr = 0
      if (arg === '-') this.#inputFd = 0
      else {
        try {
          this.#inputFd = yield* this.#ctx.proc.open(textOf(arg), O.RDONLY | O.CLOEXEC)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          yield* this.#ctx.out.flush()
          yield* say(this.#ctx.proc, 2, `${this.#ctx.prog}: cannot open ${textOf(arg)} (${strerror(error)})\n`)
          this.#exitCode = 2
          throw new ExitProgram(2)
        }
      }
      this.#input = new LineReader(this.#ctx.proc, this.#inputFd, this.#delimiter())
      return true
    }
  }

  #delimiter(): string {
    const rs = this.#str(this.#cell('RS').value)
    return rs.length === 1 ? rs : '\n'
  }

  *#nextRecord(): Sim<string | undefined> {
    for (;;) {
      if (this.#input === undefined && !(yield* this.#openInput())) return undefined
      const input = this.#input
      if (input === undefined) return undefined
      const line = yield* this.#recordOf(input)
      if (line !== undefined) {
        this.#nr++
        this.#fnr++
        return line
      }
      this.#closeInput()
    }
  }

  /** One record by RS: a character, paragraphs (""), or a regular expression. */
  *#recordOf(reader: LineReader): Sim<string | undefined> {
    const rs = this.#str(this.#cell('RS').value)
    if (rs.length === 1) return yield* reader.next()
    if (rs === '') {
      let text = ''
      for (;;) {
        const line = yield* reader.next()
        if (line === undefined) return text === '' ? undefined : text.slice(0, -1)
        if (line === '') {
          if (text !== '') return text.slice(0, -1)
        } else text += `${line}\n`
      }
    }
    if (this.#pending === undefined) {
      const rest = yield* reader.rest()
      this.#pending = rest === '' ? [] : splitBy(rest, this.#regex(rs))
      if (this.#pending.at(-1) === '') this.#pending.pop()
    }
    return this.#pending.shift()
  }

  #regex(source: string): RegExp {
    let re = this.#regexes.get(source)
    if (re === undefined) {
      re = regexOf(source)
      this.#regexes.set(source, re)
    }
    return re
  }

  // Output

  *#print(out: Out, values: readonly Value[]): Sim<void> {
    const ofs = this.#str(this.#cell('OFS').value)
    out.raw(
      values.map((v) => (typeof v === 'number' ? this.#numberText(v, 'OFMT') : this.#str(v))).join(ofs) +
        this.#str(this.#cell('ORS').value),
    )
    yield* out.drain()
  }

  *#output(mode: '>' | '>>' | '|', name: string): Sim<Out> {
    const { proc, out } = this.#ctx
    if (mode !== '|' && (name === '/dev/stdout' || name === '-')) return out
    const known = this.#outputs.get(name)
    if (known !== undefined) return known.out
    if (mode !== '|') {
      if (name === '/dev/stderr') {
        const stream = { out: new Out(proc, 2), pid: undefined }
        this.#outputs.set(name, stream)
        return stream.out
      }
      try {
        const fd = yield* proc.open(textOf(name), O.WRONLY | O.CREAT | O.CLOEXEC | (mode === '>' ? O.TRUNC : O.APPEND), 0o666)
        const stream = { out: new Out(proc, fd), pid: undefined }
        this.#outputs.set(name, stream)
        return stream.out
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* this.#error(`cannot open "${textOf(name)}" for output (${strerror(error)})`)
      }
    }
    yield* this.#flushAll()
    const pipe = proc.pipe()
    const pid = proc.fork(function* (child) {
      child.dup2(pipe.read, 0)
      child.close(pipe.read)
      child.close(pipe.write)
      return yield* execvp(child, ['/bin/sh', '-c', textOf(name)])
    })
    proc.close(pipe.read)
    proc.setCloexec(pipe.write, true)
    const stream = { out: new Out(proc, pipe.write), pid }
    this.#outputs.set(name, stream)
    return stream.out
  }

  *#flushAll(): Sim<void> {
    yield* this.#ctx.out.flush()
    for (const { out } of this.#outputs.values()) yield* out.flush()
  }

  *#close(name: string): Sim<number> {
    const { proc } = this.#ctx
    let result = -1
    const output = this.#outputs.get(name)
    if (output !== undefined) {
      this.#outputs.delete(name)
      yield* output.out.flush()
      if (output.out.fd > 2) proc.close(output.out.fd)
      result = 0
      if (output.pid !== undefined) {
        const status = yield* proc.wait(output.pid)
        result = status?.exit ?? 256 + (status?.signal ?? 0)
      }
    }
    const input = this.#inputs.get(name)
    if (input !== undefined) {
      this.#inputs.delete(name)
      if (input.fd !== 0) proc.close(input.fd)
      result = 0
      if (input.pid !== undefined) {
        const status = yield* proc.wait(input.pid)
        result = status?.exit ?? 256 + (status?.signal ?? 0)
      }
    }
    return result
  }

  *#closeAll(): Sim<void> {
    yield* this.#ctx.out.flush()
    for (const name of [...this.#outputs.keys()]) yield* this.#close(name)
  }

  // Statements

  *#exec(s: Stmt): Sim<void> {
    if (++this.#steps % STEPS_PER_CHARGE === 0) yield* this.#ctx.proc.cpu(1000)
    switch (s.t) {
      case 'block':
        for (const inner of s.body) yield* this.#exec(inner)
        return
      case 'expr':
        yield* this.#eval(s.e)
        return
      case 'print':
      case 'printf': {
        const values: Value[] = []
        const args = s.args.length === 1 && s.args[0]?.t === 'group' && s.t === 'printf' ? s.args[0].list : s.args
        for (const arg of args) values.push(yield* this.#eval(arg))
        const out = s.mode === '' || s.to === undefined ? this.#ctx.out : yield* this.#output(s.mode, this.#str(yield* this.#eval(s.to)))
        if (s.t === 'print') yield* this.#print(out, s.args.length === 0 ? [this.#currentRecord()] : values)
        else {
          out.raw(yield* this.#sprintf(this.#str(values[0]), values.slice(1), 'printf'))
          yield* out.drain()
        }
        if (out.fd === 2) yield* out.flush()
        return
      }
      case 'if':
        if (yield* this.#test(s.test)) yield* this.#exec(s.yes)
        else if (s.no !== undefined) yield* this.#exec(s.no)
        return
      case 'while':
        while (yield* this.#test(s.test)) if (!(yield* this.#loopBody(s.body))) return
        return
      case 'do':
        do if (!(yield* this.#loopBody(s.body))) return
        while (yield* this.#test(s.test))
        return
      case 'for':
        if (s.init !== undefined) yield* this.#exec(s.init)
        while (s.test === undefined || (yield* this.#test(s.test))) {
          if (!(yield* this.#loopBody(s.body))) return
          if (s.step !== undefined) yield* this.#exec(s.step)
        }
        return
      case 'forin':
        for (const key of [...this.#array(s.array).keys()]) {
          this.#setVar(s.name, fromInput(key))
          if (!(yield* this.#loopBody(s.body))) return
        }
        return
      case 'next':
        throw NEXT
      case 'nextfile':
        throw NEXT_FILE
      case 'break':
        throw BREAK
      case 'continue':
        throw CONTINUE
      case 'exit':
        if (s.e !== undefined) this.#exitCode = Math.trunc(toNumber(yield* this.#eval(s.e))) & 0xff
        throw EXIT
      case 'return':
        throw new Return(s.e === undefined ? undefined : yield* this.#eval(s.e))
      case 'delete': {
        const array = this.#array(s.name)
        if (s.keys === undefined) array.clear()
        else array.delete(yield* this.#key(s.keys))
        return
      }
    }
  }

  /** Runs a loop's body; false: `break`. */
  *#loopBody(body: Stmt): Sim<boolean> {
    if (++this.#steps % STEPS_PER_CHARGE === 0) yield* this.#ctx.proc.cpu(1000)
    try {
      yield* this.#exec(body)
    } catch (error) {
      if (error instanceof Break) return false
      if (!(error instanceof Continue)) throw error
    }
    return true
  }

  // Expressions

  *#test(e: Expr): Sim<boolean> {
    return truth(yield* this.#eval(e))
  }

  *#key(keys: readonly Expr[]): Sim<string> {
    const parts: string[] = []
    for (const key of keys) parts.push(this.#str(yield* this.#eval(key)))
    return parts.join(this.#str(this.#cell('SUBSEP').value))
  }

  *#number(e: Expr): Sim<number> {
    return toNumber(yield* this.#eval(e))
  }

  *#eval(e: Expr): Sim<Value> {
    switch (e.t) {
      case 'num':
      case 'str':
        return e.value
      case 'regex':
        e.regex.lastIndex = 0
        return e.regex.test(this.#currentRecord()) ? 1 : 0
      case 'var':
        return this.#getVar(e.name)
      case 'index': {
        const array = this.#array(e.name)
        const key = yield* this.#key(e.keys)
        if (!array.has(key)) array.set(key, undefined)
        return array.get(key)
      }
      case 'field':
        return yield* this.#getField(Math.trunc(yield* this.#number(e.of)))
      case 'group': {
        if (e.list.length === 1 && e.list[0] !== undefined) return yield* this.#eval(e.list[0])
        return yield* this.#key(e.list)
      }
      case 'assign': {
        if (e.op === '=') {
          const value = yield* this.#eval(e.value)
          yield* this.#store(e.to, value)
          return value
        }
        const right = yield* this.#number(e.value)
        const value = arithmetic(e.op.charAt(0), toNumber(yield* this.#eval(e.to)), right)
        yield* this.#store(e.to, value)
        return value
      }
      case 'cond':
        return yield* this.#eval((yield* this.#test(e.test)) ? e.yes : e.no)
      case 'or':
        return (yield* this.#test(e.a)) || (yield* this.#test(e.b)) ? 1 : 0
      case 'and':
        return (yield* this.#test(e.a)) && (yield* this.#test(e.b)) ? 1 : 0
      case 'concat': {
        const a = this.#str(yield* this.#eval(e.a))
        return a + this.#str(yield* this.#eval(e.b))
      }
      case 'binary': {
        const a = yield* this.#number(e.a)
        return arithmetic(e.op, a, yield* this.#number(e.b))
      }
      case 'compare': {
        const a = yield* this.#eval(e.a)
        return this.#compare(e.op, a, yield* this.#eval(e.b)) ? 1 : 0
      }
      case 'match': {
        const text = this.#str(yield* this.#eval(e.a))
        const re = yield* this.#pattern(e.b)
        re.lastIndex = 0
        return re.test(text) !== e.negate ? 1 : 0
      }
      case 'in':
        return this.#array(e.name).has(yield* this.#key(e.keys)) ? 1 : 0
      case 'unary': {
        if (e.op === '!') return truth(yield* this.#eval(e.a)) ? 0 : 1
        const n = yield* this.#number(e.a)
        return e.op === '-' ? -n : n
      }
      case 'increment': {
        const before = yield* this.#number(e.of)
        yield* this.#store(e.of, before + e.by)
        return e.prefix ? before + e.by : before
      }
      case 'call':
        return yield* this.#call(e.name, e.args)
      case 'builtin':
        return yield* this.#builtin(e.name, e.args)
      case 'getline':
        return yield* this.#getline(e)
    }
  }

  *#store(to: Expr, value: Value): Sim<void> {
    if (to.t === 'var') this.#setVar(to.name, value)
    else if (to.t === 'index') {
      const array = this.#array(to.name)
      array.set(yield* this.#key(to.keys), value)
    } else if (to.t === 'field') this.#setField(Math.trunc(yield* this.#number(to.of)), value)
    else if (to.t === 'group' && to.list[0] !== undefined) yield* this.#store(to.list[0], value)
  }

  #compare(op: string, a: Value, b: Value): boolean {
    const numeric = typeof a !== 'string' && typeof b !== 'string'
    const [x, y] = numeric ? [toNumber(a), toNumber(b)] : [this.#str(a), this.#str(b)]
    switch (op) {
      case '<':
        return x < y
      case '<=':
        return x <= y
      case '==':
        return x === y
      case '!=':
        return x !== y
      case '>':
        return x > y
      default:
        return x >= y
    }
  }

  *#pattern(e: Expr): Sim<RegExp> {
    if (e.t === 'regex') return e.regex
    return this.#regex(this.#str(yield* this.#eval(e)))
  }

  *#call(name: string, args: readonly Expr[]): Sim<Value> {
    const f = this.#program.functions.get(name) as Func
    const frame = new Map<string, Cell>()
    for (let i = 0; i < f.params.length; i++) {
      const arg = args[i]
      const cell: Cell = { value: undefined, array: undefined, origin: undefined }
      if (arg?.t === 'var') {
        const from = this.#cell(arg.name)
        if (from.array !== undefined) cell.array = from.array
        else {
          cell.value = this.#getVar(arg.name)
          if (cell.value === undefined) cell.origin = from
        }
      } else if (arg !== undefined) cell.value = yield* this.#eval(arg)
      frame.set(f.params[i] ?? '', cell)
    }
    if (this.#depth >= MAX_DEPTH) return yield* this.#error('function call nesting too deep for the model')
    const outer = this.#locals
    this.#locals = frame
    this.#depth++
    try {
      yield* this.#exec(f.body)
      return undefined
    } catch (error) {
      if (error instanceof Return) return error.value
      throw error
    } finally {
      this.#locals = outer
      this.#depth--
    }
  }

  *#getline(e: Extract<Expr, { t: 'getline' }>): Sim<Value> {
    const { proc } = this.#ctx
    if (e.command === undefined && e.file === undefined) {
      const line = yield* this.#nextRecord()
      if (line === undefined) return 0
      if (e.to === undefined) this.#setRecord(line)
      else yield* this.#store(e.to, fromInput(line))
      return 1
    }
    const name = this.#str(yield* this.#eval((e.command ?? e.file) as Expr))
    let stream = this.#inputs.get(name)
    if (stream === undefined) {
      if (e.command !== undefined) {
        yield* this.#flushAll()
        const pipe = proc.pipe()
        const pid = proc.fork(function* (child) {
          child.dup2(pipe.write, 1)
          child.close(pipe.read)
          child.close(pipe.write)
          return yield* execvp(child, ['/bin/sh', '-c', textOf(name)])
        })
        proc.close(pipe.write)
        proc.setCloexec(pipe.read, true)
        stream = { reader: new LineReader(proc, pipe.read, this.#delimiter()), pid, fd: pipe.read, separator: '\n' }
      } else {
        try {
          const fd = name === '-' || name === '/dev/stdin' ? 0 : yield* proc.open(textOf(name), O.RDONLY | O.CLOEXEC)
          stream = { reader: new LineReader(proc, fd, this.#delimiter()), pid: undefined, fd, separator: '\n' }
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          return -1
        }
      }
      this.#inputs.set(name, stream)
    }
    let line: string | undefined
    try {
      line = yield* stream.reader.next()
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return -1
    }
    if (line === undefined) return 0
    if (e.command !== undefined) this.#nr++
    if (e.to === undefined) this.#setRecord(line)
    else yield* this.#store(e.to, fromInput(line))
    return 1
  }

  *#builtin(name: string, args: readonly Expr[]): Sim<Value> {
    const [a, b, c] = args
    const num = (e: Expr | undefined): Sim<number> => (e === undefined ? zero() : this.#number(e))
    const text = function* (self: Awk, e: Expr | undefined): Sim<string> {
      return e === undefined ? '' : self.#str(yield* self.#eval(e))
    }
    switch (name) {
      case 'length': {
        if (a === undefined) return this.#currentRecord().length
        if (a.t === 'var') {
          const cell = this.#cell(a.name)
          if (cell.array !== undefined) return cell.array.size
        }
        return (yield* text(this, a)).length
      }
      case 'substr': {
        const s = yield* text(this, a)
        const from = yield* num(b)
        const length = c === undefined ? Number.POSITIVE_INFINITY : yield* num(c)
        return substring(s, from, length)
      }
      case 'index': {
        const s = yield* text(this, a)
        return s.indexOf(yield* text(this, b)) + 1
      }
      case 'split': {
        const s = yield* text(this, a)
        if (b?.t !== 'var') return yield* this.#error('split needs an array')
        const parts =
          c === undefined
            ? this.#splitText(s, this.#cell('FS').value)
            : c.t === 'regex'
              ? s === ''
                ? []
                : splitBy(s, c.regex)
              : this.#splitText(s, yield* this.#eval(c))
        const array = this.#array(b.name)
        array.clear()
        parts.forEach((part, i) => {
          array.set(String(i + 1), fromInput(part))
        })
        return parts.length
      }
      case 'sub':
      case 'gsub': {
        const re = yield* this.#pattern(a as Expr)
        const replacement = yield* text(this, b)
        const target: Expr = c ?? { t: 'field', of: { t: 'num', value: 0 } }
        const s = this.#str(yield* this.#eval(target))
        const { result, count } = substitute(s, re, replacement, name === 'gsub')
        if (count > 0) yield* this.#store(target, result)
        return count
      }
      case 'match': {
        const s = yield* text(this, a)
        const re = yield* this.#pattern(b as Expr)
        re.lastIndex = 0
        const m = re.exec(s)
        this.#setVar('RSTART', m === null ? 0 : m.index + 1)
        this.#setVar('RLENGTH', m === null ? -1 : m[0].length)
        return m === null ? 0 : m.index + 1
      }
      case 'sprintf': {
        const values: Value[] = []
        for (const arg of args) values.push(yield* this.#eval(arg))
        return yield* this.#sprintf(this.#str(values[0]), values.slice(1), 'sprintf')
      }
      case 'tolower':
        return (yield* text(this, a)).replace(/[A-Z]+/g, (s) => s.toLowerCase())
      case 'toupper':
        return (yield* text(this, a)).replace(/[a-z]+/g, (s) => s.toUpperCase())
      case 'int':
        return Math.trunc(yield* num(a))
      case 'sqrt':
        return Math.sqrt(yield* num(a))
      case 'sin':
      case 'cos':
      case 'exp':
      case 'log':
      case 'atan2': {
        const x = yield* num(a)
        return real(name, x, yield* num(b))
      }
      case 'rand':
        this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) & 0x7fffffff
        return (this.#random >>> 0) / 0x80000000
      case 'srand': {
        const before = this.#seed
        this.#seed = a === undefined ? Math.floor(this.#ctx.proc.now() / SECOND) : yield* num(a)
        this.#random = Math.trunc(this.#seed) & 0x7fffffff
        return before
      }
      case 'system': {
        const command = yield* text(this, a)
        yield* this.#flushAll()
        const pid = this.#ctx.proc.fork(function* (child) {
          return yield* execvp(child, ['/bin/sh', '-c', textOf(command)])
        })
        const status = yield* this.#ctx.proc.wait(pid)
        return status?.exit ?? 256 + (status?.signal ?? 0)
      }
      case 'close':
        return yield* this.#close(yield* text(this, a))
      case 'fflush':
        yield* this.#flushAll()
        return 0
      case 'systime':
        return Math.floor(this.#ctx.proc.now() / SECOND)
      case 'mktime': {
        const p = (yield* text(this, a)).trim().split(/\s+/).map(Number)
        return (
          (daysFromCivil(p[0] ?? 1970, p[1] ?? 1, p[2] ?? 1) * DAY +
            (p[3] ?? 0) * HOUR +
            (p[4] ?? 0) * MINUTE +
            (p[5] ?? 0) * SECOND -
            zone(this.#ctx.proc.getenv('TZ')).offset) /
          SECOND
        )
      }
      case 'strftime': {
        const format = a === undefined ? '%c' : yield* text(this, a)
        const time = b === undefined ? this.#ctx.proc.now() : (yield* num(b)) * SECOND
        const utc = c !== undefined && (yield* num(c)) !== 0
        return strftime(format, time, utc ? UTC : zone(this.#ctx.proc.getenv('TZ')))
      }
      default:
        return yield* this.#error(`${name} is not modelled`)
    }
  }

  *#sprintf(format: string, values: readonly Value[], name: string): Sim<string> {
    let at = 0
    let out = ''
    for (const piece of parseFormat(format)) {
      if (piece.kind === 'text') {
        out += piece.text
        continue
      }
      const spec = withStars(piece, () => Math.trunc(toNumber(values[at++])))
      if (!/^[diouxXeEfFgGcsaA]$/.test(spec.conversion)) {
        return yield* this.#error(`run time error: improper conversion(number ${at + 1}) in ${name}("${format}")\n\t${this.#where()}`)
      }
      if (at >= values.length)
        return yield* this.#error(`run time error: not enough arguments passed to ${name}("${format}")\n\t${this.#where()}`)
      const value = values[at++]
      if (spec.conversion === 's') out += formatString(this.#str(value), spec)
      else if (spec.conversion === 'c') {
        const code =
          typeof value === 'number' || value instanceof StrNum
            ? String.fromCharCode(Math.trunc(toNumber(value)) & 0xff)
            : this.#str(value).charAt(0)
        out += formatString(code, spec)
      } else if (/[diouxX]/.test(spec.conversion)) {
        const n = toNumber(value)
        out += formatInteger(Number.isFinite(n) ? clamp(BigInt(Math.trunc(n))) : -9_223_372_036_854_775_808n, spec)
      } else out += formatFloat(toNumber(value), spec)
    }
    return out
  }
}

function* zero(): Sim<number> {
  return 0
}

function clamp(n: bigint): bigint {
  const max = 9_223_372_036_854_775_807n
  return n > max ? max : n < -max - 1n ? -max - 1n : n
}

function truth(v: Value): boolean {
  if (typeof v === 'number') return v !== 0
  if (v === undefined) return false
  if (v instanceof StrNum) return v.value !== 0
  return v !== ''
}

function arithmetic(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
    default:
      return power(a, b)
  }
}

/** a^b by repeated squaring for whole exponents; by exp and log otherwise (own series: engines differ). */
export function power(a: number, b: number): number {
  if (Number.isInteger(b) && Math.abs(b) < 1e9) {
    let n = Math.abs(b)
    let base = a
    let out = 1
    while (n > 0) {
      if (n % 2 === 1) out *= base
      base *= base
      n = Math.floor(n / 2)
    }
    return b < 0 ? 1 / out : out
  }
  if (b === 0.5) return Math.sqrt(a)
  if (a < 0) return Number.NaN
  return a === 0 ? 0 : exponential(b * logarithm(a))
}

const LN2 = 0.6931471805599453

export function exponential(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 709.78) return Number.POSITIVE_INFINITY
  if (x < -745.2) return 0
  const k = Math.round(x / LN2)
  const r = x - k * LN2
  let term = 1
  let sum = 1
  for (let i = 1; i < 22; i++) {
    term *= r / i
    sum += term
  }
  return sum * power(2, k)
}

export function logarithm(x: number): number {
  if (x < 0 || Number.isNaN(x)) return Number.NaN
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (!Number.isFinite(x)) return x
  let k = 0
  let m = x
  while (m > 1.4142135623730951) {
    m /= 2
    k++
  }
  while (m < 0.7071067811865476) {
    m *= 2
    k--
  }
  const z = (m - 1) / (m + 1)
  const square = z * z
  let term = z
  let sum = 0
  for (let i = 1; i < 60; i += 2) {
    sum += term / i
    term *= square
  }
  return 2 * sum + k * LN2
}

const PI = 3.141592653589793

function sine(x: number): number {
  const turns = Math.round(x / (2 * PI))
  const r = x - turns * 2 * PI
  let term = r
  let sum = 0
  for (let i = 1; i < 40; i += 2) {
    sum += term
    term *= (-r * r) / ((i + 1) * (i + 2))
  }
  return sum
}

function arctangent(x: number): number {
  if (x < 0) return -arctangent(-x)
  if (x > 1) return PI / 2 - arctangent(1 / x)
  if (x > 0.4142135623730951) return PI / 4 + arctangent((x - 1) / (x + 1))
  let term = x
  let sum = 0
  for (let i = 1; i < 60; i += 2) {
    sum += term / i
    term *= -x * x
  }
  return sum
}

function real(name: string, x: number, y: number): number {
  switch (name) {
    case 'sin':
      return sine(x)
    case 'cos':
      return sine(x + PI / 2)
    case 'exp':
      return exponential(x)
    case 'log':
      return logarithm(x)
    default:
      if (y > 0) return arctangent(x / y)
      if (y < 0) return x >= 0 ? arctangent(x / y) + PI : arctangent(x / y) - PI
      return x > 0 ? PI / 2 : x < 0 ? -PI / 2 : 0
  }
}

/** mawk 1.3.4's substr: whole numbers by cutting; a start below 1 makes the length grow by as much (a bug others do not have). */
function substring(s: string, from: number, length: number): string {
  if (Number.isNaN(from) || Number.isNaN(length)) return ''
  const start = Math.trunc(from)
  const count = Math.trunc(length)
  return start < 1 ? s.slice(0, Math.max(0, count - start)) : s.slice(start - 1, Math.max(0, start - 1 + count))
}

function splitBy(text: string, re: RegExp): string[] {
  const out: string[] = []
  let at = 0
  re.lastIndex = 0
  for (const m of text.matchAll(re)) {
    if (m[0] === '') continue
    out.push(text.slice(at, m.index))
    at = m.index + m[0].length
  }
  out.push(text.slice(at))
  return out
}

function substitute(s: string, re: RegExp, replacement: string, all: boolean): { result: string; count: number } {
  let out = ''
  let at = 0
  let count = 0
  let previousEnd = -1
  while (at <= s.length) {
    re.lastIndex = at
    const m = re.exec(s)
    if (m === null) break
    const end = m.index + m[0].length
    out += s.slice(at, m.index)
    if (!(m[0] === '' && m.index === previousEnd)) {
      out += replacement.replace(/\\\\(?=&)|\\&|&/g, (t) => (t === '&' ? m[0] : t === '\\&' ? '&' : '\\'))
      count++
    }
    previousEnd = end
    at = end
    if (!all && count > 0) break
    if (m[0] === '') {
      out += s.charAt(at)
      at++
    }
  }
  return { result: count > 0 ? out + s.slice(at) : s, count }
}

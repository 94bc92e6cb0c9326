import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '../lib/exec.ts'
import { readAll, say, writeAll } from '../lib/io.ts'
import type { Expr, Stmt } from './parser.ts'

/** bytes, bytearray: only the length is kept of what is large. */
class Bytes {
  readonly length: number
  readonly text: string

  constructor(length: number, text = '') {
    this.length = length
    this.text = text
  }
}

class PyObject {
  readonly kind: string
  readonly attrs: Map<string, Value>

  constructor(kind: string, attrs: Iterable<readonly [string, Value]>) {
    this.kind = kind
    this.attrs = new Map(attrs)
  }
}

type Native = (args: readonly Value[], kw: ReadonlyMap<string, Value>) => Sim<Value>
class Callable {
  readonly name: string
  readonly call: Native

  constructor(name: string, call: Native) {
    this.name = name
    this.call = call
  }
}

class Tuple {
  readonly items: readonly Value[]

  constructor(items: readonly Value[]) {
    this.items = items
  }
}

type Value = number | string | boolean | undefined | Bytes | Value[] | Tuple | Map<Value, Value> | PyObject | Callable

/** An exception of the program. */
class Raised extends Error {
  override name = 'Raised'
  readonly kind: string
  line = 0

  constructor(kind: string, message: string) {
    super(message)
    this.kind = kind
  }
}

class SystemExit extends Error {
  override name = 'SystemExit'
  readonly status: number

  constructor(status: number) {
    super('exit')
    this.status = status
  }
}

type Flow = 'next' | 'break' | 'continue' | { readonly value: Value }

/** Resident memory of an idle interpreter, bytes. */
const BASE_BYTES = 5 * 1024 * 1024
/** CPU of one statement, and of starting up, microseconds. */
const STEP_MICROS = 1
const START_MICROS = 15_000

/** Runs a parsed script in a process. Differs: no classes, no generators, numbers are doubles, memory is never freed. */
export class Interpreter {
  readonly #proc: Proc
  readonly #argv: readonly string[]
  readonly #globals = new Map<string, Value>()
  #allocated = 0
  #out = ''

  constructor(proc: Proc, argv: readonly string[]) {
    this.#proc = proc
    this.#argv = argv
    this.#globals.set('__name__', '__main__')
    for (const [name, fn] of Object.entries(this.#builtins())) this.#globals.set(name, new Callable(name, fn))
  }

  /** The exit status. */
  *run(program: readonly Stmt[], file: string): Sim<number> {
    this.#proc.setMemory(BASE_BYTES)
    yield* this.#proc.cpu(START_MICROS)
    try {
      yield* this.#block(program, this.#globals)
      yield* this.#flush()
      return 0
    } catch (error) {
      if (error instanceof SystemExit) {
        yield* this.#flush()
        return error.status
      }
      const raised = error instanceof Errno ? new Raised(osError(error), `[Errno ${error.errno}] ${strerror(error)}`) : error
      if (!(raised instanceof Raised)) throw error
      yield* this.#flush()
      yield* say(
        this.#proc,
        2,
        `Traceback (most recent call last):\n  File "${file}", line ${raised.line}, in <module>\n${raised.kind}${raised.message === '' ? '' : `: ${raised.message}`}\n`,
      )
      return 1
    }
  }

  *#flush(): Sim<void> {
    const text = this.#out
    this.#out = ''
    if (text !== '') yield* say(this.#proc, 1, text)
  }

  *#block(body: readonly Stmt[], env: Map<string, Value>): Sim<Flow> {
    for (const s of body) {
      yield* this.#proc.cpu(STEP_MICROS)
      try {
        const flow = yield* this.#statement(s, env)
        if (flow !== 'next') return flow
      } catch (error) {
        if (error instanceof Raised && error.line === 0) error.line = s.line
        throw error
      }
    }
    return 'next'
  }

  *#statement(s: Stmt, env: Map<string, Value>): Sim<Flow> {
    switch (s.t) {
      case 'pass':
        return 'next'
      case 'break':
      case 'continue':
        return s.t
      case 'return':
        return { value: s.e === undefined ? undefined : yield* this.#eval(s.e, env) }
      case 'expr':
        yield* this.#eval(s.e, env)
        return 'next'
      case 'assign': {
        const value = yield* this.#eval(s.e, env)
        for (const target of s.targets) yield* this.#assign(target, value, env)
        return 'next'
      }
      case 'aug': {
        const old = yield* this.#eval(s.target, env)
        const value = yield* this.#eval(s.e, env)
        yield* this.#assign(s.target, this.#binary(s.op, old, value), env)
        return 'next'
      }
      case 'import':
        for (const [module, as] of s.names) env.set(as.split('.')[0] ?? as, this.#module(module.split('.')[0] ?? module))
        return 'next'
      case 'from': {
        const module = this.#module(s.module)
        for (const [name, as] of s.names) env.set(as, attribute(module, name))
        return 'next'
      }
      case 'for':
        for (const item of iterate(yield* this.#eval(s.iter, env))) {
          yield* this.#assign(s.target, item, env)
          const flow = yield* this.#block(s.body, env)
          if (flow === 'break') break
          if (typeof flow === 'object') return flow
        }
        return 'next'
      case 'while':
        while (truth(yield* this.#eval(s.c, env))) {
          yield* this.#proc.cpu(STEP_MICROS)
          const flow = yield* this.#block(s.body, env)
          if (flow === 'break') break
          if (typeof flow === 'object') return flow
        }
        return 'next'
      case 'if':
        return yield* this.#block(truth(yield* this.#eval(s.c, env)) ? s.a : s.b, env)
      case 'def': {
        const defaults: Value[] = []
        for (const e of s.defaults) defaults.push(yield* this.#eval(e, env))
        env.set(
          s.name,
          this.#function(s.name, s.params, defaults, (local) => this.#block(s.body, local), env),
        )
        return 'next'
      }
      case 'try':
        try {
          return yield* this.#block(s.body, env)
        } catch (error) {
          if (s.handler === undefined || !(error instanceof Raised || error instanceof Errno)) throw error
          if (s.as !== undefined) env.set(s.as, error instanceof Errno ? `[Errno ${error.errno}] ${strerror(error)}` : error.message)
          return yield* this.#block(s.handler, env)
        } finally {
          yield* this.#block(s.last, env)
        }
      case 'with': {
        const value = yield* this.#eval(s.e, env)
        if (s.as !== undefined) yield* this.#assign(s.as, value, env)
        const flow = yield* this.#block(s.body, env)
        if (value instanceof PyObject && value.attrs.has('close')) yield* this.#call(attribute(value, 'close'), [], new Map())
        return flow
      }
    }
  }

  #function(
    name: string,
    params: readonly string[],
    defaults: readonly Value[],
    body: (local: Map<string, Value>) => Sim<Flow>,
    outer: Map<string, Value>,
  ): Callable {
    return new Callable(name, function* (args, kw) {
      const local = new Scope(outer)
      for (const [i, p] of params.entries()) {
        const fallback = defaults[i - (params.length - defaults.length)]
        local.setLocal(p, kw.has(p) ? kw.get(p) : i < args.length ? args[i] : fallback)
      }
      const flow = yield* body(local)
      return typeof flow === 'object' ? flow.value : undefined
    })
  }

  *#assign(target: Expr, value: Value, env: Map<string, Value>): Sim<void> {
    if (target.t === 'name') env.set(target.v, value)
    else if (target.t === 'tuple' || target.t === 'list') {
      const items = [...iterate(value)]
      for (const [i, t] of target.items.entries()) yield* this.#assign(t, items[i], env)
    } else if (target.t === 'index') {
      const o = yield* this.#eval(target.o, env)
      const i = yield* this.#eval(target.i, env)
      if (Array.isArray(o)) o[Number(i) < 0 ? o.length + Number(i) : Number(i)] = value
      else if (o instanceof Map) o.set(i, value)
      else throw new Raised('TypeError', 'object does not support item assignment')
    } else if (target.t === 'attr') {
      const o = yield* this.#eval(target.o, env)
      if (o instanceof PyObject) o.attrs.set(target.name, value)
    } else throw new Raised('SyntaxError', 'cannot assign to expression')
  }

  *#eval(e: Expr, env: Map<string, Value>): Sim<Value> {
    switch (e.t) {
      case 'num':
      case 'str':
        return e.v
      case 'fstr': {
        let out = ''
        for (const part of e.parts) out += typeof part === 'string' ? part : format(yield* this.#eval(part.e, env), part.spec)
        return out
      }
      case 'name':
        if (e.v === 'None') return undefined
        if (e.v === 'True' || e.v === 'False') return e.v === 'True'
        if (!env.has(e.v)) throw new Raised('NameError', `name '${e.v}' is not defined`)
        return env.get(e.v)
      case 'list':
      case 'tuple': {
        const items: Value[] = []
        for (const item of e.items) items.push(yield* this.#eval(item, env))
        return e.t === 'list' ? items : new Tuple(items)
      }
      case 'dict': {
        const map = new Map<Value, Value>()
        for (const [k, v] of e.items) map.set(yield* this.#eval(k, env), yield* this.#eval(v, env))
        return map
      }
      case 'comp': {
        const out: Value[] = []
        const local = new Scope(env)
        for (const item of iterate(yield* this.#eval(e.iter, env))) {
          yield* this.#proc.cpu(STEP_MICROS)
          yield* this.#assign(e.target, item, local)
          if (e.cond === undefined || truth(yield* this.#eval(e.cond, local))) out.push(yield* this.#eval(e.e, local))
        }
        return out
      }
      case 'un': {
        const v = yield* this.#eval(e.e, env)
        return e.op === 'not' ? !truth(v) : e.op === '-' ? -Number(v) : e.op === '~' ? ~Number(v) : Number(v)
      }
      case 'and':
      case 'or': {
        const l = yield* this.#eval(e.l, env)
        return truth(l) === (e.t === 'and') ? yield* this.#eval(e.r, env) : l
      }
      case 'cmp':
        return compare(e.op, yield* this.#eval(e.l, env), yield* this.#eval(e.r, env))
      case 'bin':
        return this.#binary(e.op, yield* this.#eval(e.l, env), yield* this.#eval(e.r, env))
      case 'if':
        return yield* this.#eval(truth(yield* this.#eval(e.c, env)) ? e.a : e.b, env)
      case 'lambda': {
        const evaluate = (local: Map<string, Value>): Sim<Flow> => this.#result(e.e, local)
        return this.#function('<lambda>', e.params, [], evaluate, env)
      }
      case 'attr':
        return this.#attribute(yield* this.#eval(e.o, env), e.name)
      case 'index': {
        const o = yield* this.#eval(e.o, env)
        if (e.i.t === 'slice') {
          const a = e.i.a === undefined ? undefined : Number(yield* this.#eval(e.i.a, env))
          const b = e.i.b === undefined ? undefined : Number(yield* this.#eval(e.i.b, env))
          return typeof o === 'string' ? o.slice(a, b) : [...iterate(o)].slice(a, b)
        }
        const i = yield* this.#eval(e.i, env)
        if (o instanceof Map) {
          if (!o.has(i)) throw new Raised('KeyError', repr(i))
          return o.get(i)
        }
        const items = typeof o === 'string' ? [...o] : [...iterate(o)]
        const at = Number(i) < 0 ? items.length + Number(i) : Number(i)
        if (at < 0 || at >= items.length) throw new Raised('IndexError', `${typeof o === 'string' ? 'string' : 'list'} index out of range`)
        return items[at]
      }
      case 'slice':
        throw new Raised('SyntaxError', 'invalid syntax')
      case 'call': {
        const f = yield* this.#eval(e.f, env)
        const args: Value[] = []
        for (const arg of e.args) args.push(yield* this.#eval(arg, env))
        const kw = new Map<string, Value>()
        for (const [name, v] of e.kw) kw.set(name, yield* this.#eval(v, env))
        return yield* this.#call(f, args, kw)
      }
    }
  }

  *#result(e: Expr, env: Map<string, Value>): Sim<Flow> {
    return { value: yield* this.#eval(e, env) }
  }

  *#call(f: Value, args: readonly Value[], kw: ReadonlyMap<string, Value>): Sim<Value> {
    if (!(f instanceof Callable)) throw new Raised('TypeError', `'${typeName(f)}' object is not callable`)
    return yield* f.call(args, kw)
  }

  /** Memory that a new object of that many bytes takes: declared to the kernel, which may end the process. */
  #allocate(bytes: number): void {
    this.#allocated += bytes
    this.#proc.setMemory(BASE_BYTES + this.#allocated)
  }

  #binary(op: string, l: Value, r: Value): Value {
    if (op === '+') {
      if (typeof l === 'string' && typeof r === 'string') return l + r
      if (Array.isArray(l) && Array.isArray(r)) return [...l, ...r]
      if (l instanceof Bytes && r instanceof Bytes) return this.#bytes(l.length + r.length, l.text + r.text)
    }
    if (op === '*') {
      const [seq, n] = typeof l === 'number' ? [r, l] : [l, Number(r)]
      if (typeof seq === 'string') {
        const out = seq.repeat(Math.max(0, Math.min(n, 1 << 20)))
        if (seq.length * n > 65_536) this.#allocate(seq.length * n)
        return out
      }
      if (seq instanceof Bytes) return this.#bytes(seq.length * n)
      if (Array.isArray(seq)) {
        this.#allocate(8 * seq.length * n)
        return Array.from({ length: Math.min(seq.length * n, 1 << 20) }, (_, i) => seq[i % seq.length])
      }
    }
    if (op === '%' && typeof l === 'string') {
      const items = r instanceof Tuple ? [...r.items] : [r]
      return l.replace(/%(\d*)(?:\.(\d+))?([sdrfx%])/g, (_all, width: string, digits: string | undefined, kind: string) => {
        if (kind === '%') return '%'
        const v = items.shift()
        const text =
          kind === 'd'
            ? String(Math.trunc(Number(v)))
            : kind === 'f'
              ? Number(v).toFixed(Number(digits ?? 6))
              : kind === 'x'
                ? Number(v).toString(16)
                : kind === 'r'
                  ? repr(v)
                  : str(v)
        return text.padStart(Number(width || 0))
      })
    }
    if (typeof l === 'string' || typeof r === 'string' || l === undefined || r === undefined) {
      throw new Raised('TypeError', `unsupported operand type(s) for ${op}: '${typeName(l)}' and '${typeName(r)}'`)
    }
    const a = Number(l)
    const b = Number(r)
    if ((op === '/' || op === '//' || op === '%') && b === 0)
      throw new Raised('ZeroDivisionError', op === '/' ? 'division by zero' : 'integer division or modulo by zero')
    switch (op) {
      case '+':
        return a + b
      case '-':
        return a - b
      case '*':
        return a * b
      case '/':
        return a / b
      case '//':
        return Math.floor(a / b)
      case '%':
        return a - b * Math.floor(a / b)
      case '**':
        return power(a, b)
      case '<<':
        return a * power(2, b)
      case '>>':
        return Math.floor(a / power(2, b))
      case '&':
        return a & b
      case '|':
        return a | b
      default:
        return a ^ b
    }
  }

  #bytes(length: number, text = ''): Bytes {
    this.#allocate(length)
    return new Bytes(length, text)
  }

  #builtins(): Record<string, Native> {
    const self = this
    const plain = (fn: (args: readonly Value[], kw: ReadonlyMap<string, Value>) => Value): Native =>
      function* (args, kw) {
        return fn(args, kw)
      }
    return {
      *print(args, kw) {
        const target = kw.get('file')
        const text = args.map(str).join(kw.has('sep') ? str(kw.get('sep')) : ' ') + (kw.has('end') ? str(kw.get('end')) : '\n')
        if (target instanceof PyObject && target.attrs.get('fd') === 2) yield* say(self.#proc, 2, text)
        else self.#out += text
        if (truth(kw.get('flush')) || self.#proc.isatty(1)) yield* self.#flush()
        return undefined
      },
      *input(args) {
        if (args[0] !== undefined) self.#out += str(args[0])
        yield* self.#flush()
        let line = ''
        while (!line.endsWith('\n')) {
          const data = yield* self.#proc.read(0, 1)
          if (data.length === 0) break
          line += decode(data)
        }
        if (line === '') throw new Raised('EOFError', 'EOF when reading a line')
        return line.replace(/\n$/, '')
      },
      *open(args) {
        return yield* self.#open(str(args[0]), args[1] === undefined ? 'r' : str(args[1]))
      },
      len: plain(([v]) =>
        typeof v === 'string' || Array.isArray(v) || v instanceof Bytes ? v.length : v instanceof Map ? v.size : [...iterate(v)].length,
      ),
      range: plain((args) => {
        const [a, b, step] = args.length === 1 ? [0, Number(args[0]), 1] : [Number(args[0]), Number(args[1]), Number(args[2] ?? 1)]
        return new PyObject('range', [
          ['a', a],
          ['b', b],
          ['step', step],
        ])
      }),
      int: plain(([v, base]) => {
        const n =
          typeof v === 'string'
            ? /^\s*[+-]?\w+\s*$/.test(v)
              ? base === undefined
                ? Number(v)
                : Number.parseInt(v, Number(base))
              : Number.NaN
            : Math.trunc(Number(v ?? 0))
        if (Number.isNaN(n)) throw new Raised('ValueError', `invalid literal for int() with base 10: ${repr(v)}`)
        return n
      }),
      float: plain(([v]) => Number(v)),
      str: plain(([v]) => (v === undefined ? '' : str(v))),
      repr: plain(([v]) => repr(v)),
      bool: plain(([v]) => truth(v)),
      list: plain(([v]) => (v === undefined ? [] : [...iterate(v)])),
      dict: plain(() => new Map()),
      bytearray: plain(([v]) =>
        typeof v === 'number'
          ? self.#bytes(v)
          : v instanceof Bytes
            ? self.#bytes(v.length, v.text)
            : self.#bytes(v === undefined ? 0 : str(v).length),
      ),
      bytes: plain(([v]) =>
        typeof v === 'number' ? self.#bytes(v) : self.#bytes(v === undefined ? 0 : str(v).length, v === undefined ? '' : str(v)),
      ),
      sum: plain(([v]) => [...iterate(v)].reduce<number>((a, b) => a + Number(b), 0)),
      min: plain((args) => [...iterate(args.length === 1 ? args[0] : [...args])].reduce((a, b) => (compare('<', b, a) ? b : a))),
      max: plain((args) => [...iterate(args.length === 1 ? args[0] : [...args])].reduce((a, b) => (compare('>', b, a) ? b : a))),
      sorted: plain(([v]) => [...iterate(v)].sort((a, b) => (compare('<', a, b) ? -1 : compare('<', b, a) ? 1 : 0))),
      enumerate: plain(([v]) => [...iterate(v)].map((item, i) => new Tuple([i, item]))),
      zip: plain((args) => [...iterate(args[0])].map((item, i) => new Tuple([item, ...args.slice(1).map((v) => [...iterate(v)][i])]))),
      abs: plain(([v]) => Math.abs(Number(v))),
      round: plain(([v, n]) => Number(Number(v).toFixed(Number(n ?? 0)))),
      chr: plain(([v]) => String.fromCharCode(Number(v))),
      ord: plain(([v]) => str(v).charCodeAt(0)),
      exit: plain(([v]) => leave(v)),
      quit: plain(([v]) => leave(v)),
    }
  }

  *#open(path: string, mode: string): Sim<Value> {
    const proc = this.#proc
    const flags = mode.includes('w') ? O.WRONLY | O.CREAT | O.TRUNC : mode.includes('a') ? O.WRONLY | O.CREAT | O.APPEND : O.RDONLY
    let fd: number
    try {
      fd = yield* proc.open(path, flags | O.CLOEXEC)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      throw new Raised(osError(error), `[Errno ${error.errno}] ${strerror(error)}: ${repr(path)}`)
    }
    return this.#file(fd)
  }

  #file(fd: number): PyObject {
    const proc = this.#proc
    const self = this
    return new PyObject('file', [
      ['fd', fd],
      [
        'fileno',
        new Callable('fileno', function* () {
          return fd
        }),
      ],
      [
        'read',
        new Callable('read', function* () {
          return decode(yield* readAll(proc, fd))
        }),
      ],
      [
        'readlines',
        new Callable('readlines', function* () {
          return decode(yield* readAll(proc, fd)).split(/(?<=\n)/)
        }),
      ],
      [
        'write',
        new Callable('write', function* ([v]) {
          const text = v instanceof Bytes ? v.text : str(v)
          if (fd === 1) self.#out += text
          else yield* writeAll(proc, fd, encode(text))
          return text.length
        }),
      ],
      [
        'flush',
        new Callable('flush', function* () {
          if (fd === 1) yield* self.#flush()
          return undefined
        }),
      ],
      [
        'close',
        new Callable('close', function* () {
          proc.close(fd)
          return undefined
        }),
      ],
    ])
  }

  #attribute(o: Value, name: string): Value {
    const method = (fn: (args: readonly Value[]) => Value): Callable =>
      new Callable(name, function* (args) {
        return fn(args)
      })
    if (Array.isArray(o)) {
      if (name === 'append') {
        return method(([v]) => {
          o.push(v)
          return undefined
        })
      }
      if (name === 'pop') return method(([i]) => (i === undefined ? o.pop() : o.splice(Number(i), 1)[0]))
      if (name === 'extend') return method(([v]) => void o.push(...iterate(v)))
      if (name === 'clear') return method(() => void o.splice(0))
    }
    if (o instanceof Map) {
      if (name === 'get') return method(([k, fallback]) => (o.has(k) ? o.get(k) : fallback))
      if (name === 'keys') return method(() => [...o.keys()])
      if (name === 'values') return method(() => [...o.values()])
      if (name === 'items') return method(() => [...o].map(([k, v]) => new Tuple([k, v])))
    }
    if (o instanceof Bytes && name === 'decode') return method(() => o.text)
    if (typeof o === 'string') {
      const methods: Record<string, (args: readonly Value[]) => Value> = {
        join: ([v]) => [...iterate(v)].map(str).join(o),
        split: ([sep]) =>
          sep === undefined
            ? o
                .trim()
                .split(/\s+/)
                .filter((w) => w !== '')
            : o.split(str(sep)),
        splitlines: () => o.replace(/\n$/, '').split('\n'),
        strip: () => o.trim(),
        rstrip: () => o.trimEnd(),
        upper: () => o.toUpperCase(),
        lower: () => o.toLowerCase(),
        startswith: ([v]) => o.startsWith(str(v)),
        endswith: ([v]) => o.endsWith(str(v)),
        replace: ([a, b]) => o.replaceAll(str(a), str(b)),
        encode: () => new Bytes(o.length, o),
        format: (args) => {
          let i = 0
          return o.replace(/\{(\d*)(?::([^}]*))?\}/g, (_all, n: string, spec: string | undefined) =>
            format(args[n === '' ? i++ : Number(n)], spec ?? ''),
          )
        },
      }
      const fn = Object.hasOwn(methods, name) ? methods[name] : undefined
      if (fn !== undefined) return method(fn)
    }
    return attribute(o, name)
  }

  // --- Modules ---

  #module(name: string): PyObject {
    const make = MODULES[name]
    if (make === undefined) throw new Raised('ModuleNotFoundError', `No module named '${name}' (podlab: it is not modelled)`)
    const natives = make(
      this.#proc,
      (argv, kw) => this.#spawn(argv, kw),
      () => this.#flush(),
    )
    const entries: [string, Value][] = Object.entries(natives).map(([n, v]) => [n, typeof v === 'function' ? new Callable(n, v) : v])
    if (name === 'sys') {
      entries.push(['argv', [...this.#argv]], ['stdin', this.#file(0)], ['stdout', this.#file(1)], ['stderr', this.#file(2)])
    }
    return new PyObject('module', entries)
  }

  /** A child that runs a command: subprocess, os.system. */
  *#spawn(argv: readonly string[], stdout: number | undefined): Sim<number> {
    yield* this.#flush()
    return this.#proc.fork(function* (child) {
      if (stdout !== undefined) child.dup2(stdout, 1)
      try {
        return yield* execvp(child, argv)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return 127
      }
    })
  }
}

/** Names of a function's own, over those around it. */
class Scope extends Map<string, Value> {
  readonly #outer: Map<string, Value>

  constructor(outer: Map<string, Value>) {
    super()
    this.#outer = outer
  }

  setLocal(name: string, value: Value): void {
    super.set(name, value)
  }

  override has(name: string): boolean {
    return super.has(name) || this.#outer.has(name)
  }

  override get(name: string): Value {
    return super.has(name) ? super.get(name) : this.#outer.get(name)
  }
}

type Spawn = (argv: readonly string[], stdout: number | undefined) => Sim<number>

/** The modules that can be imported, as functions and values. */
const MODULES: Readonly<
  Record<string, (proc: Proc, spawn: Spawn, flush: () => Sim<void>) => Record<string, Native | Exclude<Value, Callable>>>
> = {
  sys: () => ({
    *exit([v]) {
      return leave(v)
    },
    version: '3.11.2 (main) [GCC 12.2.0]',
    platform: 'linux',
  }),
  time: (proc, _spawn, flush) => ({
    *sleep([v]) {
      yield* flush()
      yield* proc.nanosleep(Math.round(Number(v) * 1_000_000))
      return undefined
    },
    *time() {
      return proc.now() / 1_000_000
    },
    *monotonic() {
      return proc.uptime() / 1_000_000
    },
  }),
  signal: (proc) => ({
    ...Object.fromEntries(Object.entries(SIGNALS).map(([n, v]) => [`SIG${n}`, v])),
    SIG_IGN: 'ignore',
    SIG_DFL: 'default',
    *signal([n, action]) {
      if (action !== 'ignore' && action !== 'default')
        throw new Raised('NotImplementedError', 'podlab: signal handlers of Python are not modelled')
      proc.sigaction(Number(n), action)
      return undefined
    },
    *pause() {
      return yield* proc.pause()
    },
  }),
  os: (proc, spawn, flush) => ({
    environ: new Map(proc.environ.map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)])),
    path: new PyObject('module', [
      [
        'exists',
        new Callable('exists', function* ([v]) {
          try {
            proc.stat(str(v))
            return true
          } catch (error) {
            if (error instanceof Errno) return false
            throw error
          }
        }),
      ],
      [
        'join',
        new Callable('join', function* (args) {
          return args.map(str).join('/')
        }),
      ],
    ]),
    *getpid() {
      return proc.pid
    },
    *getppid() {
      return proc.getppid()
    },
    *getuid() {
      return proc.credentials().uid
    },
    *getcwd() {
      return proc.getcwd()
    },
    *chdir([v]) {
      proc.chdir(str(v))
      return undefined
    },
    *chroot([v]) {
      proc.chroot(str(v))
      return undefined
    },
    *listdir([v]) {
      return proc.readdir(v === undefined ? '.' : str(v)).map((e) => e.name)
    },
    *kill([pid, signal]) {
      proc.kill(Number(pid), Number(signal))
      return undefined
    },
    *system([command]) {
      const pid = yield* spawn(['/bin/sh', '-c', str(command)], undefined)
      const status = yield* proc.wait(pid)
      return status?.signal ?? (status?.exit ?? 0) * 256
    },
    *wait() {
      const status = yield* proc.wait(-1)
      return new Tuple([status?.pid ?? 0, (status?.exit ?? 0) * 256 + (status?.signal ?? 0)])
    },
    *_exit([v]) {
      return yield* proc.exit(Number(v))
    },
    *execvp([file, args]) {
      yield* flush()
      return yield* execvp(proc, [str(file), ...[...iterate(args)].slice(1).map(str)])
    },
    *fork() {
      throw new Raised('NotImplementedError', 'podlab: os.fork is not modelled')
    },
  }),
  subprocess: (proc, spawn) => {
    const command = (v: Value, kw: ReadonlyMap<string, Value>): string[] =>
      truth(kw.get('shell')) || typeof v === 'string'
        ? truth(kw.get('shell'))
          ? ['/bin/sh', '-c', str(v)]
          : [str(v)]
        : [...iterate(v)].map(str)
    const code = (status: { readonly exit?: number; readonly signal?: number } | undefined): number =>
      status?.signal === undefined ? (status?.exit ?? 0) : -status.signal
    const captured = function* (argv: readonly string[]): Sim<readonly [string, number]> {
      const { read, write } = proc.pipe()
      proc.setCloexec(read, true)
      const pid = yield* spawn(argv, write)
      proc.close(write)
      const text = decode(yield* readAll(proc, read))
      proc.close(read)
      return [text, code(yield* proc.wait(pid))]
    }
    return {
      PIPE: -1,
      DEVNULL: -3,
      *run([v], kw) {
        if (truth(kw.get('capture_output')) || kw.get('stdout') === -1) {
          const [text, status] = yield* captured(command(v, kw))
          return new PyObject('CompletedProcess', [
            ['returncode', status],
            ['stdout', text],
            ['stderr', ''],
          ])
        }
        const status = yield* proc.wait(yield* spawn(command(v, kw), undefined))
        return new PyObject('CompletedProcess', [['returncode', code(status)]])
      },
      *call([v], kw) {
        return code(yield* proc.wait(yield* spawn(command(v, kw), undefined)))
      },
      *check_output([v], kw) {
        return (yield* captured(command(v, kw)))[0]
      },
      *Popen([v], kw) {
        const pid = yield* spawn(command(v, kw), undefined)
        return new PyObject('Popen', [
          ['pid', pid],
          [
            'wait',
            new Callable('wait', function* () {
              return code(yield* proc.wait(pid))
            }),
          ],
          [
            'kill',
            new Callable('kill', function* () {
              proc.kill(pid, SIGNALS.KILL)
              return undefined
            }),
          ],
          [
            'terminate',
            new Callable('terminate', function* () {
              proc.kill(pid, SIGNALS.TERM)
              return undefined
            }),
          ],
        ])
      },
    }
  },
}

function leave(v: Value): never {
  throw new SystemExit(v === undefined ? 0 : typeof v === 'number' ? v & 0xff : 1)
}

function attribute(o: Value, name: string): Value {
  if (o instanceof PyObject && o.attrs.has(name)) return o.attrs.get(name)
  throw new Raised(
    'AttributeError',
    o instanceof PyObject && o.kind === 'module'
      ? `module has no attribute '${name}' (podlab: it is not modelled)`
      : `'${typeName(o)}' object has no attribute '${name}'`,
  )
}

function osError(error: Errno): string {
  return (
    {
      ENOENT: 'FileNotFoundError',
      EACCES: 'PermissionError',
      EPERM: 'PermissionError',
      EEXIST: 'FileExistsError',
      ESRCH: 'ProcessLookupError',
      ECHILD: 'ChildProcessError',
    }[error.code as string] ?? 'OSError'
  )
}

function* iterate(v: Value): Iterable<Value> & Generator<Value> {
  if (Array.isArray(v)) yield* v
  else if (v instanceof Tuple) yield* v.items
  else if (typeof v === 'string') yield* v
  else if (v instanceof Map) yield* v.keys()
  else if (v instanceof PyObject && v.kind === 'range') {
    const [a, b, step] = ['a', 'b', 'step'].map((n) => Number(v.attrs.get(n))) as [number, number, number]
    for (let i = a; step > 0 ? i < b : i > b; i += step) yield i
  } else throw new Raised('TypeError', `'${typeName(v)}' object is not iterable`)
}

function truth(v: Value): boolean {
  if (Array.isArray(v) || typeof v === 'string' || v instanceof Bytes) return v.length > 0
  if (v instanceof Map) return v.size > 0
  if (v instanceof Tuple) return v.items.length > 0
  return v !== undefined && v !== false && v !== 0
}

function compare(op: string, l: Value, r: Value): boolean {
  switch (op) {
    case '==':
    case 'is':
      return l === r || (l !== undefined && r !== undefined && typeof l === 'object' && repr(l) === repr(r))
    case '!=':
    case 'is not':
      return !compare('==', l, r)
    case 'in':
      if (typeof r === 'string') return r.includes(str(l))
      return [...iterate(r)].some((v) => compare('==', v, l))
    case 'not in':
      return !compare('in', l, r)
  }
  const [a, b] = typeof l === 'string' && typeof r === 'string' ? [l, r] : [Number(l), Number(r)]
  return op === '<' ? a < b : op === '>' ? a > b : op === '<=' ? a <= b : a >= b
}

/** Whole powers, without the engine's own arithmetic. */
function power(a: number, b: number): number {
  if (b < 0) return 1 / power(a, -b)
  let out = 1
  for (let i = 0; i < Math.floor(b); i++) out *= a
  return out
}

function typeName(v: Value): string {
  if (v === undefined) return 'NoneType'
  if (typeof v === 'number') return Number.isInteger(v) ? 'int' : 'float'
  if (typeof v === 'string') return 'str'
  if (typeof v === 'boolean') return 'bool'
  if (Array.isArray(v)) return 'list'
  if (v instanceof Tuple) return 'tuple'
  if (v instanceof Map) return 'dict'
  if (v instanceof Bytes) return 'bytes'
  return v instanceof Callable ? 'function' : v.kind
}

function str(v: Value): string {
  return typeof v === 'string' ? v : repr(v)
}

function repr(v: Value): string {
  if (v === undefined) return 'None'
  if (typeof v === 'boolean') return v ? 'True' : 'False'
  if (typeof v === 'string')
    return v.includes("'") && !v.includes('"') ? `"${v}"` : `'${v.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
  if (typeof v === 'number') return String(v)
  if (Array.isArray(v)) return `[${v.map(repr).join(', ')}]`
  if (v instanceof Tuple) return v.items.length === 1 ? `(${repr(v.items[0])},)` : `(${v.items.map(repr).join(', ')})`
  if (v instanceof Map) return `{${[...v].map(([k, w]) => `${repr(k)}: ${repr(w)}`).join(', ')}}`
  if (v instanceof Bytes) return `b${repr(v.text)}`
  return `<${typeName(v)}>`
}

function format(v: Value, spec: string): string {
  const m = /^(.?[<>^])?(0?)(\d*)(?:\.(\d+))?([dfsx,%]?)$/.exec(spec)
  if (m === null || spec === '') return str(v)
  const text =
    m[5] === 'f' || (m[4] !== undefined && typeof v === 'number')
      ? Number(v).toFixed(Number(m[4] ?? 6))
      : m[5] === 'x'
        ? Number(v).toString(16)
        : str(v)
  const width = Number(m[3] === '' ? 0 : m[3])
  if (m[2] === '0') return text.padStart(width, '0')
  const align = m[1]?.at(-1) ?? (typeof v === 'number' ? '>' : '<')
  return align === '>'
    ? text.padStart(width)
    : align === '^'
      ? text.padStart(Math.floor((width + text.length) / 2)).padEnd(width)
      : text.padEnd(width)
}

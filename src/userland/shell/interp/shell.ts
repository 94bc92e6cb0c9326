import { Errno, strerror } from '#linux/errno.ts'
import { signalName } from '#linux/signal.ts'
import type { Proc, WaitStatus } from '#linux/syscalls.ts'
import { evaluate } from '../arithmetic/evaluate.ts'
import type { Int } from '../arithmetic/integer.ts'
import { ArithmeticError } from '../arithmetic/parse.ts'
import { Expander } from '../expand/expand.ts'
import type { GlobOptions } from '../expand/glob.ts'
import { type Ifs, parseIfs } from '../expand/split.ts'
import { capitalise, lower, upper } from '../expand/text.ts'
import type { Bindings } from '../readline/bindings.ts'
import type { History } from '../readline/history.ts'
import type { Readline } from '../readline/readline.ts'
import type { CompletionTable } from '../readline/spec.ts'
import type { Command, CommandPart, FunctionDefinition, List, Word } from '../syntax/ast.ts'
import { SyntaxProblem } from '../syntax/ast.ts'
import { Parser } from '../syntax/parser.ts'
import { DirectoryStack } from './directories.ts'
import { ExpansionError, InterruptFlow, type Run } from './flow.ts'
import { globOptions } from './glob-options.ts'
import { JobTable } from './jobs.ts'
import { defaultOptions, type Options, SHOPTS } from './options.ts'
import { ShellIo } from './shell-io.ts'
import { installSpecials } from './specials.ts'
import { Scope, Sparse, Variable } from './variables.ts'

export interface ShellFunction {
  readonly definition: FunctionDefinition
  /** File it was defined in, as BASH_SOURCE shows it. */
  readonly source: string
  exported: boolean
  readonly: boolean
  trace: boolean
}

/** One entry of the call stack: a function, or a file being sourced. */
export interface CallFrame {
  readonly name: string
  readonly source: string
  /** Line of the call. */
  readonly line: number
}

export interface Trap {
  readonly action: string
}

export interface ShellInit {
  readonly proc: Proc
  readonly flavour: 'bash' | 'dash' | 'busybox'
  readonly arg0: string
  readonly shellName?: string
}

/** An assignment that may not be: the message is still to be printed. */
export class AssignmentError extends Error {}

/** An assignment to an element that can't be; no builtin puts its name before the message. */
export class SubscriptError extends AssignmentError {}

/**
 * The state of one shell process. What it does is in the modules beside: they take a Shell as their first argument.
 * A forked shell is a copy of all of this over the child's system calls (`child.ts`).
 */
export class Shell extends ShellIo {
  readonly flavour: 'bash' | 'dash' | 'busybox'
  arg0: string
  /** What the shell was called as: `arg0` until a script or `-c` gives it another. */
  readonly shellName: string
  scope: Scope
  readonly expander: Expander
  options: Options = defaultOptions()
  shopts: Record<string, boolean> = { ...SHOPTS }
  functions = new Map<string, ShellFunction>()
  aliases = new Map<string, string>()
  hash = new Map<string, { path: string; hits: number }>()
  disabled = new Set<string>()
  positional: string[] = []
  lastStatus = 0
  pipestatus: number[] = [0]
  lastBackground: number | undefined
  jobs = new JobTable()
  /** By signal name without SIG, or EXIT, ERR, DEBUG, RETURN. An empty action ignores. */
  traps = new Map<string, Trap>()
  /** Traps of the parent, still shown by `trap -p` in a subshell until one is set. */
  inheritedTraps: Map<string, Trap> | undefined
  /** Signals ignored when the shell started can't be trapped. */
  hardIgnored = new Set<number>()
  pendingSignals: number[] = []
  /** Names of traps that are running. */
  trapsRunning = new Set<string>()
  line = 0
  /** The line that `$LINENO` is in an ERR trap: that of the last command that ran, where `line` may be of one around it. */
  errorLine = 0
  /** Added to line numbers of what is parsed for `eval` and traps. */
  frames: CallFrame[] = []
  /** Where the text being run came from, as BASH_SOURCE has it. */
  sourceName = ''
  /** Arguments of the calls, for BASH_ARGV. */
  loops = 0
  sourceDepth = 0
  functionDepth = 0
  callDepth = 0
  /** `errexit` does not count while this is above 0. */
  conditionDepth = 0
  subshell = false
  /** Notices of killed children are not for this shell to give. */
  subshellQuiet = false
  subshellLevel = 0
  /** A process of a pipeline: a program that takes its place is no level less deep. */
  inPipeline = false
  /** The simple command this process was forked for: a builtin's status is not made smaller then. */
  forkedFor: Command | undefined
  interactive = false
  loginShell = false
  commandString = false
  readingStdin = false
  command: Command | undefined
  /** A text that was run ended within quotes: see {@link SyntaxOptions.spoilt}. */
  parserSpoilt = false
  lastArgument = ''
  /** Status of the last command substitution of the present command. */
  substitutionStatus: number | undefined
  mainPid: number
  startTime: number
  directories: DirectoryStack
  utf8 = false
  ifs: Ifs = parseIfs(undefined)
  builtinName: string | undefined
  history: History | undefined
  readline: Readline | undefined
  completions: CompletionTable | undefined
  /** Prompts and interrupts. */
  interrupted = false
  optionPosition = 1
  exitWarned = false
  trackChildren = false
  /** Children of process substitutions and coprocesses, to be closed or reaped. */
  openSubstitutions: number[] = []
  coprocs = new Map<string, { pid: number; read: number; write: number }>()
  ttyFd: number | undefined
  shellPgid = 0
  /** Entries of the environment that are no names: handed on as they are. */
  foreignEnvironment: string[] = []
  userName = ''
  /** SIGHUP came. */
  hangup = false
  /** A child of an interactive shell: its messages have no line numbers either. */
  atPrompt = false
  shownPrompt = ''
  lastSearch = ''
  /** Options of the completion being made, which `compopt` changes. */
  currentCompletion: Set<string> | undefined
  /** Of `bind` and inputrc. */
  bindings: Bindings | undefined
  hostName: string | undefined
  /** `\\#` of prompts. */
  commandNumber = 1
  /** `$?` as the EXIT trap found it: what a plain `exit` in it gives. */
  exitStatusBeforeTrap: number | undefined
  /** How many times PS4's first character is repeated beyond the first. */
  traceLevel = 0
  /** Options to put back when the function returns (`local -`). */
  localOptions: Options | undefined
  /** DEBUG and ERR traps are inherited by the function that is running. */
  debugInFunctions = false
  errInFunctions = false
  readonly homes = new Map<string, string>()
  #globOptions: GlobOptions | undefined

  constructor(init: ShellInit, scope = new Scope()) {
    super(init.proc)
    this.flavour = init.flavour
    this.arg0 = init.arg0
    this.shellName = init.shellName ?? init.arg0
    this.mainPid = init.proc.pid
    this.startTime = init.proc.now()
    this.scope = scope
    this.expander = new Expander(this)
    this.directories = new DirectoryStack(this)
    this.#watch()
    installSpecials(this)
  }

  get isDash(): boolean {
    return this.flavour !== 'bash'
  }

  get posix(): boolean {
    return this.options.posix
  }

  /** `NAME: line N: `, or `bash: ` at a prompt. */
  errorPrefix(): string {
    if (this.isDash) {
      const name = this.arg0
      if (this.flavour === 'busybox') return `${name.replace(/.*\//, '')}: `
      return `${name}: ${this.line}: `
    }
    if (this.interactive || this.atPrompt) return `${this.#shortName()}: `
    const name = this.sourceDepth > 0 || this.functionDepth > 0 ? this.sourceName || this.#shortName() : this.#shortName()
    const label = name === 'main' || name === 'environment' ? this.#shortName() : name
    return `${label}: line ${this.line}: `
  }

  #shortName(): string {
    return this.interactive || this.atPrompt ? this.arg0.replace(/.*\//, '').replace(/^-/, '') : this.arg0
  }

  /** A message of the shell itself. */
  error(message: string): void {
    this.err(`${this.errorPrefix()}${message}\n`)
  }

  /** A message about a system call that failed, without a line number: bash's `sys_error`. */
  systemError(message: string, error: Errno): void {
    this.err(`${this.#shortName()}: ${message}: ${strerror(error)}\n`)
  }

  /** A message of the running builtin: `cd: x: No such file or directory`. */
  complain(message: string): void {
    this.error(this.builtinName === undefined ? message : `${this.builtinName}: ${message}`)
  }

  // Variables

  #watch(): void {
    const { scope } = this
    for (const name of [
      'IFS',
      'LC_ALL',
      'LC_CTYPE',
      'LANG',
      'PATH',
      'GLOBIGNORE',
      'OPTIND',
      'POSIXLY_CORRECT',
      'HISTSIZE',
      'HISTFILESIZE',
      'HISTCONTROL',
      'HISTIGNORE',
      'IGNOREEOF',
    ])
      scope.watched.add(name)
    scope.onChange = (name) => {
      this.changed(name)
    }
  }

  changed(name: string): void {
    switch (name) {
      case 'IFS':
        this.ifs = parseIfs(this.get('IFS'))
        break
      case 'PATH':
        this.hash.clear()
        break
      case 'LC_ALL':
      case 'LC_CTYPE':
      case 'LANG':
        this.utf8 = /utf-?8/i.test(this.get('LC_ALL') || this.get('LC_CTYPE') || this.get('LANG') || '')
        break
      case 'OPTIND':
        this.optionPosition = 1
        break
      case 'GLOBIGNORE':
        this.#globOptions = undefined
        if (this.get('GLOBIGNORE')) this.shopts.dotglob = true
        break
      case 'POSIXLY_CORRECT':
        this.options.posix = this.get(name) !== undefined
        break
      case 'IGNOREEOF':
        this.options.ignoreeof = this.get(name) !== undefined
        break
      case 'HISTSIZE':
        this.history?.resize(this.get('HISTSIZE'))
        break
    }
  }

  ifsJoin(): string {
    const v = this.get('IFS')
    return v === undefined ? ' ' : v.slice(0, 1)
  }

  /** The variable a name refers to, name references followed. */
  lookup(name: string): Variable | undefined {
    const v = this.scope.raw(name)
    if (v === undefined || !v.nameref) return v
    const target = this.namerefTarget(name)
    return target === undefined ? v : this.scope.raw(target.name)
  }

  /** What a name reference refers to; undefined when the name is none. */
  namerefTarget(name: string): { readonly name: string; readonly index?: string } | undefined {
    let v = this.scope.raw(name)
    if (v === undefined || !v.nameref || v.value === undefined) return undefined
    let at = v.value
    for (let i = 0; i < 16; i++) {
      const m = /^([A-Za-z_]\w*)(?:\[(.*)\])?$/s.exec(at)
      if (m === null) return undefined
      if (m[2] !== undefined) return { name: m[1] as string, index: m[2] }
      v = this.scope.raw(at)
      if (v === undefined || !v.nameref || v.value === undefined) return { name: at }
      at = v.value
    }
    this.error(`warning: ${name}: circular name reference`)
    return undefined
  }

  /** `$name`; undefined when it is unset. */
  get(name: string): string | undefined {
    const v = this.scope.table.get(name)
    if (v === undefined) return undefined
    if (v.nameref) {
      const target = this.namerefTarget(name)
      if (target === undefined) return v.value
      return target.index === undefined
        ? this.scope.raw(target.name)?.scalar()
        : this.element(target.name, this.subscriptWord(target.index))
    }
    if (v.array === undefined && v.assoc === undefined && v.dynamic === undefined) return v.value
    return v.scalar()
  }

  subscriptWord(text: string): Word {
    return closed(() => new Parser('', { extglob: false, posix: false }).subscript(text, this.line))
  }

  /** The subscript of an indexed array as a number. */
  indexOf(word: Word): number {
    const text = this.expander.quotedText(this.arithmeticWord(word))
    try {
      return Number(this.expander.effect(() => this.arithmetic(text)))
    } catch (error) {
      if (error instanceof ArithmeticError) error.label ??= ''
      throw error
    }
  }

  #arithmeticWords = new WeakMap<Word, Word>()

  /** A subscript parsed as arithmetic: quotes are removed. */
  arithmeticWord(word: Word): Word {
    if (word.fixed === word.raw) return word
    let w = this.#arithmeticWords.get(word)
    if (w === undefined) {
      w = closed(() => new Parser('', { extglob: false, posix: false }).parseText(word.raw, word.line, 'arith'))
      this.#arithmeticWords.set(word, w)
    }
    return w
  }

  /** `${name[index]}` */
  element(name: string, index: Word): string | undefined {
    const v = this.lookup(name)
    if (index.raw === '') throw new ExpansionError(`\${${name}[]}: bad substitution`)
    if (v?.assoc !== undefined || (v?.dynamic !== undefined && v.dynamic.get() instanceof Map)) {
      const key = this.expander.string(index, 'none')
      if (key === '') {
        this.error(`${name}: bad array subscript`)
        return undefined
      }
      const map = v.assoc ?? (v.dynamic?.get() as ReadonlyMap<string, string>)
      return map.get(key)
    }
    if (index.raw === '@' || index.raw === '*') {
      this.error(`${name}[${index.raw}]: bad array subscript`)
      return undefined
    }
    let i = this.indexOf(index)
    if (v?.array === undefined && v?.dynamic === undefined && i < 0) this.error(`${v?.name ?? name}: bad array subscript`)
    if (v === undefined) return undefined
    if (v.dynamic !== undefined) {
      v.referenced = true
      const items = v.elements()
      return items.at(i)
    }
    if (v.array === undefined) return i === 0 ? v.value : undefined
    if (i < 0) i += v.array.end
    if (i < 0) {
      this.error(`${name}: bad array subscript`)
      return undefined
    }
    return v.array.get(i)
  }

  arithmetic(text: string): Int {
    return evaluate(text, this.#arithmeticScope)
  }

  readonly #arithmeticScope = {
    get: (name: string, index: string | undefined): string | undefined => {
      if (index === '') {
        // bash looks twice: at the name, then for the value.
        for (let i = 0; i < 2; i++) this.error(`${name}[]: bad array subscript`)
        return undefined
      }
      const v = index === undefined ? this.get(name) : this.element(name, this.subscriptWord(index))
      if (v === undefined && this.options.nounset && (index === undefined || this.lookup(name) === undefined))
        throw new ExpansionError(`${name}: unbound variable`, !this.interactive, this.isDash ? 2 : 1)
      return v
    },
    set: (name: string, index: string | undefined, value: string): void => {
      if (index === '') {
        this.complain(`\`${name}[]': not a valid identifier`)
        return
      }
      try {
        this.assignText(name, index === undefined ? undefined : this.subscriptWord(index), value)
      } catch (error) {
        if (!(error instanceof SubscriptError)) throw error
        this.error(error.message)
      }
    },
  }

  /** A value as the variable's attributes change it. */
  #attributed(v: Variable, value: string, append: string | undefined): string {
    if (v.integer) {
      const n = this.arithmetic(value)
      return append === undefined ? String(n) : String(this.arithmetic(`(${append === '' ? 0 : append})+(${n})`))
    }
    const s = append === undefined ? value : append + value
    if (v.letters === undefined) return s
    return v.letters === 'u' ? upper(s, this.utf8) : v.letters === 'l' ? lower(s, this.utf8) : capitalise(s, this.utf8)
  }

  /** Sets a scalar (or the element 0 of an array). Throws {@link AssignmentError} for a readonly variable. */
  set(name: string, value: string, append = false): Variable {
    let v = this.scope.table.get(name)
    if (v?.nameref) {
      const target = this.namerefTarget(name)
      if (target !== undefined) {
        if (target.index !== undefined) {
          this.assignText(target.name, this.subscriptWord(target.index), value, append)
          return v
        }
        name = target.name
        v = this.scope.table.get(name)
      } else {
        if (!/^[A-Za-z_]\w*(\[.*\])?$/s.test(value)) throw new AssignmentError(`\`${value}': not a valid identifier`)
        v.value = value
        return v
      }
    }
    if (v === undefined) {
      v = new Variable(name)
      this.scope.table.set(name, v)
    } else if (v.readonly) throw new AssignmentError(this.isDash ? `${name}: is read only` : `${name}: readonly variable`)
    if (v.dynamic !== undefined) {
      v.dynamic.set?.(value)
      return v
    }
    if (v.array !== undefined) v.array.set(0, this.#attributed(v, value, append ? (v.array.get(0) ?? '') : undefined))
    else if (v.assoc !== undefined) v.assoc.set('0', this.#attributed(v, value, append ? (v.assoc.get('0') ?? '') : undefined))
    else if (append || v.integer || v.letters !== undefined) v.value = this.#attributed(v, value, append ? (v.value ?? '') : undefined)
    else v.value = value
    if (this.options.allexport) v.exported = true
    if (this.scope.watched.has(name)) this.changed(name)
    return v
  }

  /** `name[index]=value` */
  assignText(name: string, index: Word | undefined, value: string, append = false): void {
    if (index === undefined) {
      this.set(name, value, append)
      return
    }
    const shown = name
    const ref = this.namerefTarget(name)
    if (ref !== undefined) name = ref.name
    const v = this.scope.table.get(name) ?? new Variable(name)
    if (v.readonly) throw new AssignmentError(`${name}: readonly variable`)
    if (v.assoc !== undefined) {
      const key = this.expander.string(index, 'none')
      if (key === '') throw new SubscriptError(`${shown}[${index.raw}]: bad array subscript`)
      v.invisible = false
      v.assoc.set(key, this.#attributed(v, value, append ? (v.assoc.get(key) ?? '') : undefined))
      return
    }
    if (index.raw === '' || index.raw === '@' || index.raw === '*') throw new SubscriptError(`${shown}[${index.raw}]: bad array subscript`)
    let i = this.indexOf(index)
    if (i < 0 && this.scope.table.has(name)) i += v.array?.end ?? 1
    if (i < 0) throw new SubscriptError(`${shown}[${index.raw}]: bad array subscript`)
    const array = v.array ?? this.makeArray(v)
    v.invisible = false
    this.scope.table.set(name, v)
    array.set(i, this.#attributed(v, value, append ? (array.get(i) ?? '') : undefined))
  }

  makeArray(v: Variable): Sparse {
    const array = new Sparse()
    if (v.dynamic !== undefined) {
      v.elements().forEach((s, i) => {
        array.set(i, s)
      })
      v.dynamic = undefined
    } else if (v.value !== undefined) array.set(0, v.value)
    v.value = undefined
    v.array = array
    return array
  }

  setArray(name: string, values: readonly string[]): Variable {
    let v = this.lookup(name)
    if (v === undefined) {
      v = new Variable(this.namerefTarget(name)?.name ?? name)
      this.scope.table.set(v.name, v)
    }
    if (v.readonly) throw new AssignmentError(`${name}: readonly variable`)
    v.dynamic = undefined
    v.invisible = false
    v.value = undefined
    v.assoc = undefined
    v.array = Sparse.of(values)
    return v
  }

  /** Set by index.ts to the printer, to keep that out of the state's imports. */
  functionText: (f: ShellFunction) => string = () => ''
  promptText: (text: string) => string = (s) => s
  /** Set by the interpreter. */
  substitute: (p: CommandPart) => Run<string> = noRunner
  processSubstitution: (op: '<' | '>', body: List) => Run<string> = noRunner

  globOptions(): GlobOptions {
    this.#globOptions = globOptions(this, this.#globOptions)
    return this.#globOptions
  }

  childChanged(status: WaitStatus): void {
    this.jobs.record(status)
    if (status.exit !== undefined || status.signal !== undefined) {
      if (this.traps.get('CHLD')?.action) this.pendingSignals.push(17)
    }
  }

  /** The disposition of a signal that has no trap. */
  defaultSignal(signal: number): void {
    if (this.interactive && !this.subshell) this.interactiveSignal(signal)
    else this.proc.sigaction(signal, 'default')
  }

  /** Set by the interactive loop. */
  interactiveSignal: (signal: number) => void = (signal) => {
    this.proc.sigaction(signal, 'default')
  }

  /** Unwinds to the prompt after ^C. */
  checkInterrupt(): void {
    if (!this.interrupted) return
    this.interrupted = false
    throw new InterruptFlow()
  }

  trapOf(signal: number): Trap | undefined {
    return this.traps.get(signalName(signal) ?? '')
  }
}

/** What parses a text that came out of an expansion: a quote not closed there is an error of the expansion. */
function closed(parse: () => Word): Word {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    throw new ExpansionError(error.message)
  }
}

function* noRunner(): Run<string> {
  throw new Error('the interpreter is not attached')
}

/** The words for a failure of a system call, or of arithmetic. */
export function reason(error: unknown): string {
  if (error instanceof Errno) return strerror(error)
  if (error instanceof ArithmeticError) return error.text
  throw error
}

import { Errno, strerror } from '#linux/errno.ts'
import { O, type Proc, type Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { helpText, type OptionTexts } from './help.ts'
import { LineReader, Out, readAll, say } from './io.ts'
import { type OptionSpec, type Options, parseOptions, UsageError } from './options.ts'
import { quotefColon } from './quote.ts'

/** Ends a program from anywhere below its `run`; everything gathered on stdout is written first. */
export class ExitProgram extends Error {
  override name = 'ExitProgram'
  readonly status: number

  constructor(status: number) {
    super(`exit ${status}`)
    this.status = status
  }
}

/** A program with what it says about its command line. */
export interface DefinedProgram extends Program {
  readonly definition: ProgramDefinition
  /** `texts`: what its options do, for `--help`. */
  main(proc: Proc, texts?: OptionTexts): Sim<number>
}

export interface ProgramDefinition extends OptionSpec {
  /** Name in the executable's header, `coreutils/ls`. */
  readonly name: string
  /** What follows the program name in `Usage:`, e.g. `[OPTION]... [FILE]...`; several lines: several forms. */
  readonly usage?: string
  /** Suite and version of `--version`; given by the package, `GNU coreutils) 9.1`. */
  readonly version?: string
  /** Exit status of a command line error; 1 unless told. */
  readonly usageStatus?: number
  /** The usage line stands before `Try … --help`. */
  readonly usageFirst?: boolean
  /**
   * Options upstream has and the model has not: they fail plainly. One that takes an argument, or has two spellings, stands in `short` and
   * `long` as well, and here by the name it has there.
   */
  readonly missing?: string
  /** Whether a command line error is followed by `Try … --help`; true unless told. */
  readonly tryHelp?: boolean
  /** Rewrites the arguments before they are parsed, for options whose argument is optional and may stand apart. */
  argv?(words: readonly string[]): readonly string[]
  run(ctx: Context): Sim<number>
}

/** What a program's `run` works with: its process, its parsed command line and its streams. */
export class Context {
  readonly proc: Proc
  /** argv[0], which begins every message. */
  readonly prog: string
  readonly out: Out
  readonly opts: Options
  readonly operands: readonly string[]
  readonly definition: ProgramDefinition
  /** Exit status gathered by `warn`. */
  status = 0

  constructor(proc: Proc, definition: ProgramDefinition, opts: Options) {
    this.proc = proc
    this.prog = proc.argv[0] ?? baseName(definition.name)
    this.definition = definition
    this.opts = opts
    this.operands = opts.operands
    this.out = new Out(proc, 1)
  }

  has(...names: string[]): boolean {
    return this.opts.has(...names)
  }

  value(name: string): string | undefined {
    return this.opts.value(name)
  }

  /** `prog: message` on stderr after stdout was flushed (error(3)); the exit status becomes `status`. */
  *warn(message: string, status = 1): Sim<void> {
    yield* this.out.flush()
    yield* say(this.proc, 2, `${this.prog}: ${message}\n`)
    this.status = Math.max(this.status, status)
  }

  /** As `warn`, then ends the program. */
  *die(message: string, status = 1): Sim<never> {
    yield* this.warn(message, status)
    throw new ExitProgram(status)
  }

  /** A command line error: message (if any) and `Try … --help`; ends the program. */
  *usage(message?: string): Sim<never> {
    yield* this.out.flush()
    if (message !== undefined) yield* say(this.proc, 2, `${this.prog}: ${message}\n`)
    yield* say(this.proc, 2, `Try '${this.prog} --help' for more information.\n`)
    throw new ExitProgram(this.definition.usageStatus ?? 1)
  }

  /** A further line of a command line error, without the program's name, then `Try … --help`; ends the program. */
  *usageBecause(explanation: string): Sim<never> {
    yield* say(this.proc, 2, `${explanation}\n`)
    return yield* this.usage()
  }

  /** What upstream has and the model has not. */
  *notModelled(what: string): Sim<never> {
    yield* this.out.flush()
    yield* say(this.proc, 2, `podlab: ${baseName(this.prog)} ${what} is not modelled\n`)
    throw new ExitProgram(1)
  }

  /** `name: No such file or directory`, as `cat` and its like complain about a file. */
  *warnFile(name: string, error: Errno, status = 1): Sim<void> {
    yield* this.warn(`${quotefColon(name)}: ${strerror(error)}`, status)
  }

  /** Opens an operand for reading (`-` is standard input); undefined after a message. */
  *openInput(name: string, status = 1): Sim<number | undefined> {
    if (name === '-') return 0
    try {
      return yield* this.proc.open(name, O.RDONLY | O.CLOEXEC)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* this.warnFile(name, error, status)
      return undefined
    }
  }

  /** Runs `body` for every operand (standard input when there is none), warning about files that cannot be read. */
  *eachInput(names: readonly string[], body: (fd: number, name: string) => Sim<void>, status = 1): Sim<void> {
    for (const name of names.length === 0 ? ['-'] : names) {
      const fd = yield* this.openInput(name, status)
      if (fd === undefined) continue
      try {
        yield* body(fd, name)
      } catch (error) {
        if (!(error instanceof Errno) || error.code === 'EPIPE') throw error
        yield* this.warnFile(name, error, status)
      } finally {
        if (fd !== 0) this.proc.close(fd)
      }
    }
  }

  /** All operands' bytes one after another. */
  *inputs(names: readonly string[]): Sim<Uint8Array[]> {
    const parts: Uint8Array[] = []
    const { proc } = this
    yield* this.eachInput(names, function* (fd) {
      parts.push(yield* readAll(proc, fd))
    })
    return parts
  }

  lines(fd: number, delimiter = '\n'): LineReader {
    return new LineReader(this.proc, fd, delimiter)
  }
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/**
 * A program from its definition: parses the command line, answers `--help`, `--version` and command line errors as
 * GNU programs do, runs it, writes what is left on stdout.
 */
export function defineProgram(definition: ProgramDefinition): DefinedProgram {
  return {
    name: definition.name,
    definition,
    *main(proc, texts) {
      const prog = proc.argv[0] ?? baseName(definition.name)
      let opts: Options
      try {
        const words = proc.argv.slice(1)
        opts = parseOptions(definition.argv?.(words) ?? words, definition)
      } catch (error) {
        if (!(error instanceof UsageError)) throw error
        const missing = missingOption(definition, error.message)
        if (missing !== undefined) return yield* refuse(proc, prog, missing)
        yield* say(proc, 2, `${prog}: ${error.message}\n`)
        if (definition.usageFirst) yield* say(proc, 2, `Usage: ${prog} ${definition.usage}\n`)
        if (definition.tryHelp !== false) yield* say(proc, 2, `Try '${prog} --help' for more information.\n`)
        return definition.usageStatus ?? 1
      }
      if (opts.has('help')) {
        yield* say(proc, 1, helpText(prog, definition, texts))
        return 0
      }
      if (opts.has('version')) {
        yield* say(proc, 1, versionText(definition))
        return 0
      }
      const given = opts.list.find((o) => isMissing(definition, o.name))
      if (given !== undefined) return yield* refuse(proc, prog, given.name)
      const ctx = new Context(proc, definition, opts)
      return yield* finish(ctx, definition.run(ctx))
    },
  }
}

/** Runs `body`, flushes stdout and turns failures of writing into the message and status of GNU programs. */
export function* finish(ctx: Context, body: Sim<number>): Sim<number> {
  let status: number
  try {
    try {
      status = yield* body
    } catch (error) {
      if (!(error instanceof ExitProgram)) throw error
      status = error.status
    }
    yield* ctx.out.flush()
    return status
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    ctx.out.discard()
    yield* say(ctx.proc, 2, `${ctx.prog}: write error: ${strerror(error)}\n`)
    return definitionStatus(ctx.definition)
  }
}

function definitionStatus(definition: ProgramDefinition): number {
  return definition.usageStatus ?? 1
}

function missingOption(definition: ProgramDefinition, message: string): string | undefined {
  const m = /^invalid option -- '(.)'$/.exec(message) ?? /^unrecognized option '--([^=']+)/.exec(message)
  const name = m?.[1]
  return name !== undefined && isMissing(definition, name) ? name : undefined
}

const isMissing = ({ missing = '' }: ProgramDefinition, name: string): boolean => missing.split(/\s+/).includes(name)

function* refuse(proc: Proc, prog: string, option: string): Sim<number> {
  yield* say(proc, 2, `podlab: ${baseName(prog)} ${option.length === 1 ? '-' : '--'}${option} is not modelled\n`)
  return 1
}

function versionText(definition: ProgramDefinition): string {
  const [suite, year] = SUITES[definition.name.split('/')[0] ?? ''] ?? ['Debian 12', '2022']
  return (
    `${baseName(definition.name)} ${definition.version ?? suite}\n` +
    `Copyright (C) ${year} Free Software Foundation, Inc.\n` +
    'License GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.\n' +
    'This is free software: you are free to change and redistribute it.\n' +
    'There is NO WARRANTY, to the extent permitted by law.\n'
  )
}

const SUITES: Record<string, readonly [string, string]> = {
  coreutils: ['(GNU coreutils) 9.1', '2022'],
  findutils: ['(GNU findutils) 4.9.0', '2022'],
  grep: ['(GNU grep) 3.8', '2022'],
  sed: ['(GNU sed) 4.9', '2022'],
  diffutils: ['(GNU diffutils) 3.8', '2021'],
  tar: ['(GNU tar) 1.34', '2021'],
  gzip: ['1.12', '2022'],
  'util-linux': ['from util-linux 2.38.1', '2022'],
}

/** The message part of a failed call: `cannot open 'x'` + `: No such file or directory`. */
export function because(text: string, error: Errno): string {
  return `${text}: ${strerror(error)}`
}

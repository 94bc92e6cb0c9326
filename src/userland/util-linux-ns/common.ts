import { Errno, strerror } from '#linux/errno.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '../lib/exec.ts'
import { say } from '../lib/io.ts'
import { type OptionSpec, type Options, parseOptions, UsageError } from '../lib/options.ts'

/** Ends a program with a message `prog: text` on stderr. */
export class Fatal extends Error {
  override name = 'Fatal'
  readonly status: number

  constructor(message: string, status = 1) {
    super(message)
    this.status = status
  }
}

/** err(3): the message with the words for an errno. Other errors are thrown on. */
export function failed(what: string, error: unknown, status = 1): never {
  if (!(error instanceof Errno)) throw error
  throw new Fatal(`${what}: ${strerror(error)}`, status)
}

/** Runs `fn`; an errno ends the program with `what`. */
export function orDie<T>(what: string, fn: () => T): T {
  try {
    return fn()
  } catch (error) {
    return failed(what, error)
  }
}

export interface ToolSpec extends OptionSpec {
  readonly name: string
  readonly help: string
  readonly usageStatus?: number
  run(proc: Proc, opts: Options): Sim<number>
}

/** A program of util-linux: options, `--help`, `--version`, and messages as its err.h has them. */
export function tool(spec: ToolSpec): Program {
  return {
    name: spec.name,
    *main(proc) {
      const prog = proc.argv[0] ?? spec.name
      const short = prog.slice(prog.lastIndexOf('/') + 1)
      try {
        let opts: Options
        try {
          opts = parseOptions(proc.argv.slice(1), { posix: true, ...spec })
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
          yield* say(proc, 2, `${prog}: ${error.message}\nTry '${short} --help' for more information.\n`)
          return spec.usageStatus ?? 1
        }
        if (opts.has('help')) {
          yield* say(proc, 1, spec.help)
          return 0
        }
        if (opts.has('version')) {
          yield* say(proc, 1, `${short} from util-linux 2.38.1\n`)
          return 0
        }
        return yield* spec.run(proc, opts)
      } catch (error) {
        if (!(error instanceof Fatal)) throw error
        yield* say(proc, 2, `${short}: ${error.message}\n`)
        return error.status
      }
    },
  }
}

/** execvp(3) as util-linux does it (with `argv0` execve(2)): `failed to execute x: …`, 127 when it is missing, else 126. */
export function* execute(proc: Proc, argv: readonly string[], environ: readonly string[] = proc.environ, argv0?: string): Sim<never> {
  try {
    if (argv0 !== undefined) return yield* proc.exec(argv[0] ?? '', [argv0, ...argv.slice(1)], environ)
    return yield* execvp(proc, argv, environ)
  } catch (error) {
    return failed(`failed to execute ${argv[0]}`, error, error instanceof Errno && error.code === 'ENOENT' ? 127 : 126)
  }
}

/** The user's shell as a login shell. */
export function* executeShell(proc: Proc): Sim<never> {
  const shell = proc.getenv('SHELL') ?? '/bin/sh'
  try {
    return yield* proc.exec(shell, [`-${shell.slice(shell.lastIndexOf('/') + 1)}`], proc.environ)
  } catch (error) {
    return failed(`failed to execute ${shell}`, error, error instanceof Errno && error.code === 'ENOENT' ? 127 : 126)
  }
}

/** A number of the command line; `what` is the message's beginning. */
export function numberArg(text: string, what: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Fatal(`${what}: '${text}'`)
  return Number(text)
}

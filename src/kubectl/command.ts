import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { Flag, FlagValues } from './flags.ts'
import type { Kubectl } from './kubectl.ts'

/** One subcommand, as cobra describes it. */
export interface Command {
  readonly name: string
  readonly aliases?: readonly string[]
  /** What follows the name in the usage line: `-f FILENAME`. */
  readonly use: string
  readonly short: string
  /** Full text of the help; the short one when absent. */
  readonly long?: string
  /** Lines of `Examples:`, each already indented by two. */
  readonly examples?: string
  readonly flags: readonly Flag[]
  readonly commands?: readonly Command[]
  /** Heading of the root help it stands under. */
  readonly group?: string
  readonly hidden?: boolean
  /** Called without a subcommand it prints its help to standard output. */
  readonly helpOnStdout?: boolean
  /** Takes any flags, unparsed. */
  readonly anyFlags?: boolean
  /** Runs it; throws CommandError, UsageError or ServerError. Returns the exit code, 0 if undefined. */
  run?(k: Kubectl, call: Call): Sim<number | undefined | void>
}

/** A parsed command line of one command. */
export interface Call {
  readonly proc: Proc
  /** `kubectl rollout status`. */
  readonly path: string
  readonly command: Command
  readonly args: readonly string[]
  /** How many arguments stood before `--`; -1 without one. */
  readonly dash: number
  readonly flags: FlagValues
}

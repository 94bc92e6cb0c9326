import { TransportError } from '#http/transport.ts'
import { Errno } from '#linux/errno.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { ROOT } from './cmd/index.ts'
import type { Call, Command } from './command.ts'
import { flagsOf, splitName, subcommand } from './command-flags.ts'
import { complete } from './completion/complete.ts'
import { type Connect, socketConnect } from './connect.ts'
import { CommandError, describeFailure, Failures, ServerError, UsageError } from './errors.ts'
import { FlagError, FlagValues, parseFlags } from './flags.ts'
import { UNMODELLED_GLOBAL_FLAGS } from './global-flags.ts'
import { helpText, suggestions } from './help.ts'
import { print, printError } from './io.ts'
import { klogHeader } from './klog.ts'
import { goError, Kubectl } from './kubectl.ts'
import { StaleDiscovery } from './mapping.ts'
import { UNMODELLED_FLAGS } from './unmodelled-flags.ts'

/** kubectl, a program of the userland: sees its process, its files and HTTP; nothing of the server. `connect` makes its transport. */
export function kubectlProgram(connect: Connect): Program {
  return { name: 'kubernetes/kubectl', main: (proc) => run(proc, connect) }
}

export const kubectl: Program = kubectlProgram(socketConnect)

export const programs: readonly Program[] = [kubectl]

function* run(proc: Proc, connect: Connect): Sim<number> {
  try {
    return yield* dispatch(proc, proc.argv.slice(1), connect)
  } catch (error) {
    if (
      error instanceof FlagError ||
      error instanceof CommandError ||
      error instanceof ServerError ||
      error instanceof UsageError ||
      error instanceof Failures
    ) {
      yield* printError(proc, `${describeFailure(error)}\n`)
      return error instanceof CommandError ? error.exit : 1
    }
    if (error instanceof TransportError) {
      yield* printError(proc, `${connectionFailure(error.message)}\n`)
      return 1
    }
    if (error instanceof Errno && error.code === 'EPIPE') return 141
    if (error instanceof Errno) {
      yield* printError(proc, `error: ${goError(error)}\n`)
      return 1
    }
    throw error
  }
}

/** What client-go's failures become at the top of kubectl. */
function connectionFailure(message: string): string {
  const refused = /dial tcp ([\d.]+:\d+): connect: connection refused/.exec(message)
  if (refused !== null) return `The connection to the server ${refused[1]} was refused - did you specify the right host or port?`
  return `Unable to connect to the server: ${message.replace(/^(Get|Post|Put|Patch|Delete) "[^"]*": /, '')}`
}

function* dispatch(proc: Proc, argv: readonly string[], connect: Connect): Sim<number> {
  let command = ROOT
  let path = 'kubectl'
  let rest = argv
  if (argv[0] === '__complete' || argv[0] === '__completeNoDesc')
    return yield* complete(proc, argv.slice(1), argv[0] === '__complete', connect)
  for (;;) {
    const { name, rest: others } = splitName(rest)
    if (name === 'help' && command === ROOT) return yield* help(proc, others)
    const child = name === undefined ? undefined : subcommand(command, name)
    if (child === undefined) {
      if (command === ROOT && name !== undefined) {
        yield* printError(proc, `error: unknown command ${JSON.stringify(name)} for "kubectl"${suggestions(ROOT, name)}\n`)
        return 1
      }
      break
    }
    command = child
    path = `${path} ${child.name}`
    rest = others
    if (command.commands === undefined) break
  }
  return yield* invoke(proc, command, path, rest, connect)
}

/** `kubectl help get`: as `kubectl get --help`. */
function* help(proc: Proc, words: readonly string[]): Sim<number> {
  let command = ROOT
  let path = 'kubectl'
  for (const word of words) {
    const child = subcommand(command, word)
    if (child === undefined) break
    command = child
    path = `${path} ${child.name}`
  }
  yield* print(proc, helpText(command, path))
  return 0
}

function* invoke(proc: Proc, command: Command, path: string, argv: readonly string[], connect: Connect): Sim<number> {
  const refused = UNMODELLED_FLAGS[path] ?? []
  const { local, inherited } = flagsOf(command, path)
  const known = [...local, ...inherited]
  let parsed: ReturnType<typeof parseFlags>
  try {
    parsed =
      command.anyFlags === true && !argv.includes('--help') && !argv.includes('-h')
        ? { values: new FlagValues(known), args: [...argv], dash: -1 }
        : parseFlags(argv, known)
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    yield* printError(proc, `error: ${error.message}\nSee '${path} --help' for usage.\n`)
    return 1
  }
  if (parsed.values.bool('help')) {
    yield* print(proc, helpText(command, path))
    return 0
  }
  const unmodelled = [
    ...refused.map((f) => f.name).filter((name) => name !== 'allow-missing-template-keys'),
    ...UNMODELLED_GLOBAL_FLAGS.filter((name) => !local.some((f) => f.name === name)),
  ].find((name) => parsed.values.changed(name))
  if (unmodelled !== undefined) throw new CommandError(`podlab: ${path} --${unmodelled} is not modelled`)
  const call: Call = { proc, path, command, args: parsed.args, dash: parsed.dash, flags: parsed.values }
  if (command.run === undefined) {
    if (parsed.args.length > 0) throw new UsageError(path, `unknown command ${JSON.stringify(parsed.args[0])}`)
    yield* (command === ROOT || command.helpOnStdout === true ? print : printError)(proc, helpText(command, path))
    return command === ROOT ? 0 : 1
  }
  for (const flag of known)
    if (flag.deprecated !== undefined && parsed.values.changed(flag.name))
      yield* printError(proc, `Flag --${flag.name} has been deprecated, ${flag.deprecated}\n`)
  if (call.flags.string('dry-run') === 'unchanged')
    yield* printError(proc, `${klogHeader(proc, 'W')} helpers.go:719] --dry-run is deprecated and can be replaced with --dry-run=client.\n`)
  const k = new Kubectl(call, connect)
  const code = (yield* carryOut(command.run, k, call)) ?? 0
  if (parsed.values.bool('warnings-as-errors') && k.warnings > 0) {
    throw new CommandError(`${k.warnings} warning${k.warnings === 1 ? '' : 's'} received`)
  }
  return code
}

/** Runs a command; once more with what the server says now when it asked for a resource that was not known to be there. */
function* carryOut(command: NonNullable<Command['run']>, k: Kubectl, call: Call): Sim<number | void> {
  try {
    return yield* command(k, call)
  } catch (error) {
    if (!(error instanceof StaleDiscovery)) throw error
  }
  yield* k.mapper(true)
  return yield* command(k, call)
}

/** `kubectl __complete WORD…`: what may stand for the last word, as shells ask for it. Source: cobra completions.go. */
import { TransportError } from '#http/transport.ts'
import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { ROOT } from '../cmd/index.ts'
import type { Call, Command } from '../command.ts'
import { flagsOf, splitName, subcommand } from '../command-flags.ts'
import type { Connect } from '../connect.ts'
import { CommandError, ServerError } from '../errors.ts'
import { type Flag, FlagError, type FlagValues, parseFlags } from '../flags.ts'
import { print, printError } from '../io.ts'
import { Kubectl } from '../kubectl.ts'
import { StaleDiscovery } from '../mapping.ts'
import { ARGUMENTS, type Completer, flagCompleter, REQUIRED } from './arguments.ts'
import { type Completed, DIRECTIVE, directiveName } from './directive.ts'

/** A command line that can't be completed; told to whoever looks at standard error. */
class Incomplete extends Error {}

/** Prints the candidates, each on a line, and the directive. `descriptions`: with what they do. */
export function* complete(proc: Proc, words: readonly string[], descriptions: boolean, connect: Connect): Sim<number> {
  if (words.length === 0) {
    yield* printError(proc, 'error: requires at least 1 arg(s), only received 0\n')
    return 1
  }
  let completed: Completed = { candidates: [], directive: DIRECTIVE.default }
  try {
    completed = yield* candidates(proc, words.slice(0, -1), words.at(-1) ?? '', connect)
  } catch (error) {
    if (!(error instanceof Incomplete)) throw error
    yield* printError(proc, `[Debug] [Error] ${error.message}\n`)
  }
  const lines = completed.candidates.map((c) => (descriptions ? (c.split('\n')[0] ?? '') : (c.split('\t')[0] ?? '')).trim())
  yield* print(proc, [...lines, `:${completed.directive}`].map((line) => `${line}\n`).join(''))
  yield* printError(proc, `Completion ended with directive: ${directiveName(completed.directive)}\n`)
  return 0
}

function* candidates(proc: Proc, words: readonly string[], word: string, connect: Connect): Sim<Completed> {
  const { command, path, rest } = find(words)
  if (path === 'kubectl help') return helpTopics(rest, word)
  const { local, inherited } = flagsOf(command, path)
  const flags = [...local, ...inherited]
  const value = flagBeforeCursor(rest, word, flags)
  const dashed = rest.includes('--')
  const parsed = parse(value.words, flags)
  if (value.unknown !== undefined && !dashed) throw new Incomplete(`Subcommand '${command.name}' does not support flag '${value.unknown}'`)
  if (parsed.values.bool('help')) return { candidates: [], directive: DIRECTIVE.noFiles }
  const call: Call = { proc, path, command, args: parsed.args, dash: parsed.dash, flags: parsed.values }
  const typed = { k: new Kubectl(call, connect), flags: parsed.values, args: parsed.args, word: value.word }
  if (value.flag !== undefined && !dashed) {
    const completer = flagCompleter(path, value.flag.name, inherited.includes(value.flag))
    return completer === undefined ? { candidates: [], directive: DIRECTIVE.default } : yield* quietly(completer, typed)
  }
  if (word.startsWith('-') && !word.includes('=') && !dashed)
    return {
      candidates: flagNames(path, [inherited, local.map((f) => helpOf(f, command))], parsed.values, word),
      directive: DIRECTIVE.noFiles,
    }
  const before: string[] = []
  let directive: number = DIRECTIVE.default
  if (parsed.args.length === 0 && !local.some((f) => parsed.values.changed(f.name)) && command.commands !== undefined) {
    before.push(...commandNames(command, word))
    directive = DIRECTIVE.noFiles
  }
  before.push(...requiredFlags(path, local, parsed.values, word))
  const completer = ARGUMENTS[path]
  if (completer === undefined) return { candidates: before, directive }
  const found = yield* quietly(completer, typed)
  return { candidates: [...before, ...found.candidates], directive: found.directive }
}

/** A completer's candidates; none when the server or the configuration has no answer. */
function* quietly(completer: Completer, typed: Parameters<Completer>[0]): Sim<Completed> {
  try {
    try {
      return yield* completer(typed)
    } catch (error) {
      if (!(error instanceof StaleDiscovery)) throw error
    }
    yield* typed.k.mapper(true)
    return yield* completer(typed)
  } catch (error) {
    const expected =
      error instanceof CommandError || error instanceof ServerError || error instanceof TransportError || error instanceof Errno
    if (!expected) throw error
    return { candidates: [], directive: DIRECTIVE.noFiles }
  }
}

interface Found {
  readonly command: Command
  readonly path: string
  /** The words that are not names of commands. */
  readonly rest: readonly string[]
}

const HELP: Command = { name: 'help', use: '[command]', short: 'Help about any command', flags: [] }

function find(words: readonly string[]): Found {
  let found: Found = { command: ROOT, path: 'kubectl', rest: words }
  for (;;) {
    const { name, rest } = splitName(found.rest)
    if (name === undefined) return found
    if (found.command === ROOT && name === HELP.name) return { command: HELP, path: 'kubectl help', rest }
    const child = subcommand(found.command, name)
    if (child === undefined) {
      if (found.command === ROOT) throw new Incomplete(`unable to find a command for arguments: [${words.join(' ')}]`)
      return found
    }
    found = { command: child, path: `${found.path} ${child.name}`, rest }
  }
}

function parse(words: readonly string[], flags: readonly Flag[]): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(words, flags)
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    throw new Incomplete(`Error while parsing flags from args [${words.join(' ')}]: ${error.message}`)
  }
}

/** Whether it is a flag's value that is typed. Source: cobra, checkIfFlagCompletion. */
function flagBeforeCursor(
  words: readonly string[],
  word: string,
  flags: readonly Flag[],
): { readonly flag?: Flag; readonly words: readonly string[]; readonly word: string; readonly unknown?: string } {
  const none = { words, word }
  const named = (name: string): Flag | undefined => flags.find((f) => f.name === name || f.short === name)
  const equals = word.indexOf('=')
  if (word.startsWith('-')) {
    if (equals < 0) return none
    const name = word.startsWith('--') ? word.slice(2, equals) : word.slice(equals - 1, equals)
    const flag = named(name)
    return flag === undefined ? { ...none, unknown: name } : { flag, words, word: word.slice(equals + 1) }
  }
  const last = words.at(-1) ?? ''
  if (!/^(--.|-[^-])/.test(last) || last.includes('=')) return none
  const name = last.startsWith('--') ? last.slice(2) : last.slice(-1)
  const flag = named(name)
  if (flag === undefined) return { ...none, unknown: name }
  if (flag.type === 'bool' || flag.noOptDefault !== undefined) return none
  return { flag, words: words.slice(0, -1), word }
}

const described = (name: string, description: string): string => (description === '' ? name : `${name}\t${description}`)

function commandNames(command: Command, word: string): string[] {
  const all = [...(command.commands ?? []), ...(command === ROOT ? [HELP] : [])].filter((c) => c.name === 'options' || c.hidden !== true)
  return all
    .filter((c) => c.name.startsWith(word))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((c) => described(c.name, c.short))
}

function helpTopics(words: readonly string[], word: string): Completed {
  let command: Command | undefined = ROOT
  for (const name of words) command = command === undefined ? undefined : subcommand(command, name)
  return { candidates: command === undefined ? [] : commandNames(command, word), directive: DIRECTIVE.noFiles }
}

function flagNames(path: string, groups: readonly (readonly Flag[])[], values: FlagValues, word: string): string[] {
  const required = requiredFlags(path, groups.flat(), values, word)
  if (required.length > 0) return required
  return groups.flatMap((group) =>
    [...group]
      .filter((f) => f.hidden !== true && f.deprecated === undefined)
      .filter((f) => f.type === 'stringArray' || f.type === 'stringSlice' || !values.changed(f.name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((f) => spellings(f, word)),
  )
}

/** cobra's own flag, which the help of kubectl leaves out. */
const helpOf = (flag: Flag, command: Command): Flag =>
  flag.name === 'help' ? { ...flag, hidden: false, usage: `help for ${command.name}` } : flag

function spellings(flag: Flag, word: string): string[] {
  const all = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])]
  return all.filter((name) => name.startsWith(word)).map((name) => described(name, flag.usage))
}

function requiredFlags(path: string, flags: readonly Flag[], values: FlagValues, word: string): string[] {
  return (REQUIRED[path] ?? [])
    .filter((name) => !values.changed(name))
    .flatMap((name) => flags.filter((f) => f.name === name))
    .flatMap((flag) => spellings(flag, word))
}

import type { Command } from './command.ts'
import type { Flag } from './flags.ts'
import { GLOBAL_FLAGS, HELP_FLAG } from './global-flags.ts'
import { UNMODELLED_FLAGS } from './unmodelled-flags.ts'

/** All flags that a command takes: its own, and those of all commands that it has no flag or letter of its own for. */
export function flagsOf(command: Command, path: string): { readonly local: readonly Flag[]; readonly inherited: readonly Flag[] } {
  const local = [...command.flags, ...(UNMODELLED_FLAGS[path] ?? [])]
  const inherited = GLOBAL_FLAGS.filter((g) => !local.some((f) => f.name === g.name)).map((f) =>
    f.short !== undefined && local.some((c) => c.short === f.short) ? withoutShort(f) : f,
  )
  return { local: [...local, HELP_FLAG], inherited }
}

function withoutShort({ short: _, ...rest }: Flag): Flag {
  return rest
}

/** Takes the first word that is no flag, nor the value of a global one, out of a command line. */
export function splitName(argv: readonly string[]): { readonly name: string | undefined; readonly rest: readonly string[] } {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') break
    if (!word.startsWith('-') || word === '-') return { name: word, rest: [...argv.slice(0, i), ...argv.slice(i + 1)] }
    const bare = word.replace(/^--?/, '')
    const flag = GLOBAL_FLAGS.find((f) => f.name === bare || (f.short === bare && !word.startsWith('--')))
    if (flag !== undefined && flag.type !== 'bool' && !word.includes('=')) i++
  }
  return { name: undefined, rest: argv }
}

/** The subcommand of that name, or alias. */
export const subcommand = (command: Command, name: string): Command | undefined =>
  command.commands?.find((c) => c.name === name || c.aliases?.includes(name))

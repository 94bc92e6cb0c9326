import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'

/** A command that is in kubectl but not in the model: it stands in the help and says so when it is run. */
export function notModelled(name: string, short: string, group?: string, path = name): Command {
  return {
    name,
    use: '[flags]',
    short,
    ...(group === undefined ? {} : { group }),
    flags: [],
    anyFlags: true,
    *run() {
      throw new CommandError(`podlab: kubectl ${path} is not modelled`)
    },
  }
}

/** Shell completion scripts: only the check of the command line. */
export const completion: Command = {
  ...notModelled(
    'completion',
    'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
    'Settings Commands',
  ),
  *run(_, call) {
    const [shell] = call.args
    if (shell === undefined) throw new UsageError(call.path, 'Shell not specified.')
    if (!['bash', 'zsh', 'fish', 'powershell'].includes(shell))
      throw new UsageError(call.path, `Unsupported shell type ${JSON.stringify(shell)}.`)
    throw new CommandError(`podlab: kubectl completion ${shell} is not modelled`)
  },
}

import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'

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

import type { Command } from '../command.ts'
import { env } from './set-env.ts'
import { image, resources, selector, serviceAccount, subject } from './set-fields.ts'

export const set: Command = {
  name: 'set',
  use: 'SUBCOMMAND',
  short: 'Set specific features on objects',
  group: 'Basic Commands (Beginner)',
  flags: [],
  commands: [env, image, resources, selector, serviceAccount, subject],
}

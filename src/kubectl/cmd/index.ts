import type { Command } from '../command.ts'
import { flagsText } from '../help.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import { print } from '../io.ts'
import { apiResources, apiVersions } from './api-resources.ts'
import { apply } from './apply.ts'
import { create } from './create.ts'
import { deleteCommand } from './delete.ts'
import { exec } from './exec.ts'
import { expose } from './expose.ts'
import { get } from './get.ts'
import { logs } from './logs.ts'
import { rollout } from './rollout.ts'
import { run } from './run.ts'
import { scale } from './scale.ts'
import { set } from './set.ts'
import { version } from './version.ts'

const options: Command = {
  name: 'options',
  use: '',
  short: 'Print the list of flags inherited by all commands',
  hidden: true,
  flags: [],
  *run(k) {
    yield* print(k.proc, `The following options can be passed to any command:\n\n${flagsText(GLOBAL_FLAGS)}\n`)
  },
}

/** kubectl itself: every subcommand, in the order of the help. */
export const ROOT: Command = {
  name: 'kubectl',
  use: '[flags]',
  short: 'kubectl controls the Kubernetes cluster manager',
  long: 'kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/',
  flags: [],
  commands: [create, expose, run, set, get, deleteCommand, rollout, scale, logs, exec, apply, apiResources, apiVersions, version, options],
}

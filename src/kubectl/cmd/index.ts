import type { Command } from '../command.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import { flagsText } from '../help.ts'
import { print } from '../io.ts'
import { apiResources, apiVersions } from './api-resources.ts'
import { apply } from './apply.ts'
import { auth } from './auth.ts'
import { autoscale } from './autoscale.ts'
import { certificate, clusterInfo, top } from './cluster.ts'
import { completion } from './completion-script.ts'
import { config } from './config.ts'
import { cp } from './cp.ts'
import { create } from './create.ts'
import { debug } from './debug.ts'
import { deleteCommand } from './delete.ts'
import { describeCommand } from './describe.ts'
import { diff } from './diff.ts'
import { cordon, drain, uncordon } from './drain.ts'
import { edit } from './edit.ts'
import { events } from './events.ts'
import { exec } from './exec.ts'
import { explain } from './explain.ts'
import { expose } from './expose.ts'
import { get } from './get.ts'
import { kustomizeCommand } from './kustomize.ts'
import { attach, plugin } from './local-streams.ts'
import { logs } from './logs.ts'
import { annotate, label } from './metadata.ts'
import { notModelled } from './not-modelled.ts'
import { patch } from './patch.ts'
import { portForward } from './port-forward.ts'
import { proxy } from './proxy.ts'
import { replace } from './replace.ts'
import { rollout } from './rollout.ts'
import { run } from './run.ts'
import { scale } from './scale.ts'
import { set } from './set.ts'
import { taint } from './taint.ts'
import { version } from './version.ts'
import { wait } from './wait.ts'

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
  flags: [],
  commands: [
    create,
    expose,
    run,
    set,
    explain,
    get,
    edit,
    deleteCommand,
    rollout,
    scale,
    autoscale,
    certificate,
    clusterInfo,
    top,
    cordon,
    uncordon,
    drain,
    taint,
    describeCommand,
    logs,
    attach,
    exec,
    portForward,
    proxy,
    cp,
    auth,
    debug,
    events,
    diff,
    apply,
    patch,
    replace,
    wait,
    kustomizeCommand,
    label,
    annotate,
    completion,
    apiResources,
    apiVersions,
    config,
    notModelled('kuberc', 'Manage kuberc configuration files'),
    plugin,
    version,
    options,
  ],
}

import type { Command } from '../command.ts'
import { flagsText } from '../help.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import { print } from '../io.ts'
import { apiResources, apiVersions } from './api-resources.ts'
import { apply } from './apply.ts'
import { create } from './create.ts'
import { deleteCommand } from './delete.ts'
import { describeCommand } from './describe.ts'
import { cordon, drain, uncordon } from './drain.ts'
import { events } from './events.ts'
import { exec } from './exec.ts'
import { expose } from './expose.ts'
import { get } from './get.ts'
import { logs } from './logs.ts'
import { annotate, label } from './metadata.ts'
import { notModelled } from './not-modelled.ts'
import { patch } from './patch.ts'
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

const CLUSTER = 'Cluster Management Commands'
const DEBUGGING = 'Troubleshooting and Debugging Commands'

/** kubectl itself: every subcommand, in the order of the help. */
export const ROOT: Command = {
  name: 'kubectl',
  use: '[flags]',
  short: 'kubectl controls the Kubernetes cluster manager',
  flags: [],
  commands: [
    create, expose, run, set,
    notModelled('explain', 'Get documentation for a resource', 'Basic Commands (Intermediate)'),
    get,
    notModelled('edit', 'Edit a resource on the server', 'Basic Commands (Intermediate)'),
    deleteCommand,
    rollout, scale,
    notModelled('autoscale', 'Auto-scale a deployment, replica set, stateful set, or replication controller', 'Deploy Commands'),
    notModelled('certificate', 'Modify certificate resources', CLUSTER),
    notModelled('cluster-info', 'Display cluster information', CLUSTER),
    notModelled('top', 'Display resource (CPU/memory) usage', CLUSTER),
    cordon, uncordon, drain, taint,
    describeCommand, logs,
    notModelled('attach', 'Attach to a running container', DEBUGGING),
    exec,
    notModelled('port-forward', 'Forward one or more local ports to a pod', DEBUGGING),
    notModelled('proxy', 'Run a proxy to the Kubernetes API server', DEBUGGING),
    notModelled('cp', 'Copy files and directories to and from containers', DEBUGGING),
    notModelled('auth', 'Inspect authorization', DEBUGGING),
    notModelled('debug', 'Create debugging sessions for troubleshooting workloads and nodes', DEBUGGING),
    events,
    notModelled('diff', 'Diff the live version against a would-be applied version', 'Advanced Commands'),
    apply, patch,
    notModelled('replace', 'Replace a resource by file name or stdin', 'Advanced Commands'),
    wait,
    notModelled('kustomize', 'Build a kustomization target from a directory or URL', 'Advanced Commands'),
    label, annotate,
    notModelled('completion', 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)', 'Settings Commands'),
    apiResources, apiVersions,
    notModelled('config', 'Modify kubeconfig files'),
    notModelled('kuberc', 'Manage kuberc configuration files'),
    notModelled('plugin', 'Provides utilities for interacting with plugins'),
    version, options,
  ],
}

/** `kubectl attach` and `plugin`. */
import { str } from '#kubernetes/api/json.ts'
import { parseResourceArgs } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { print } from '../io.ts'
import { pathOf } from '../mapping.ts'
import { attachTo } from './attach.ts'
import { defaultContainer, podOf } from './pod-for-object.ts'

const DEBUGGING = 'Troubleshooting and Debugging Commands'
const RUNNING = {
  name: 'pod-running-timeout',
  type: 'duration',
  default: '1m0s',
  usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
} as const

export const attach: Command = {
  name: 'attach',
  use: '(POD | TYPE/NAME) -c CONTAINER',
  short: 'Attach to a running container',
  long: 'Attach to a process that is already running inside an existing container.',
  group: DEBUGGING,
  flags: [
    {
      name: 'container',
      short: 'c',
      type: 'string',
      default: "''",
      usage:
        'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
    },
    RUNNING,
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'Only print output from the remote session' },
    { name: 'stdin', short: 'i', type: 'bool', default: 'false', usage: 'Pass stdin to the container' },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Stdin is a TTY' },
  ],
  *run(k, call) {
    const [target, extra] = call.args
    if (target === undefined) throw new UsageError(call.path, 'at least 1 argument is required for attach')
    if (extra !== undefined)
      throw new UsageError(
        call.path,
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${call.args.length}: [${call.args.join(' ')}]`,
      )
    const namespace = yield* k.namespace()
    const mapper = yield* k.mapper()
    const { named } = parseResourceArgs(mapper, [target.includes('/') ? target : `pods/${target}`])
    const [first] = named
    if (first === undefined) throw new CommandError('pod, type/name must be specified')
    const pod = yield* podOf(k, namespace, yield* (yield* k.rest()).json('GET', pathOf(first.mapping, namespace, first.name)))
    const container = call.flags.string('container') || (yield* defaultContainer(k, pod, call.flags.bool('quiet')))
    const phase = str(pod, 'status', 'phase')
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CommandError(`cannot attach a container in a completed pod; current phase is ${phase}`)
    return yield* attachTo(k, pod, {
      namespace,
      pod: pod.metadata?.name ?? '',
      container,
      stdin: call.flags.bool('stdin'),
      tty: call.flags.bool('tty'),
      quiet: call.flags.bool('quiet'),
    })
  },
}

export const plugin: Command = {
  name: 'plugin',
  use: '[flags]',
  short: 'Provides utilities for interacting with plugins',
  flags: [],
  commands: [
    {
      name: 'list',
      use: '[flags]',
      short: "List all visible plugin executables on a user's PATH",
      flags: [
        {
          name: 'name-only',
          type: 'bool',
          default: 'false',
          usage: 'If true, display only the binary name of each plugin, rather than its full path',
        },
      ],
      *run(k, call) {
        const found: string[] = []
        for (const folder of (k.proc.getenv('PATH') ?? '').split(':')) {
          if (folder === '' || !k.proc.access(folder, 'r')) continue
          for (const entry of k.proc.readdir(folder))
            if (entry.name.startsWith('kubectl-')) found.push(call.flags.bool('name-only') ? entry.name : `${folder}/${entry.name}`)
        }
        if (found.length === 0) throw new CommandError('unable to find any kubectl plugins in your PATH')
        yield* print(k.proc, `The following compatible plugins are available:\n\n${found.map((f) => `${f}\n`).join('')}`)
      },
    },
  ],
}

import { parseResourceArgs } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { printError } from '../io.ts'
import { pathOf } from '../mapping.ts'
import { stream, streamPath } from './attach.ts'
import { checkContainer, defaultContainer, podOf } from './pod-for-object.ts'

export const exec: Command = {
  name: 'exec',
  use: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  short: 'Execute a command in a container',
  long: 'Execute a command in a container.',
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    {
      name: 'container',
      short: 'c',
      type: 'string',
      default: "''",
      usage:
        'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
    },
    SHARED.filename('to use to exec into the resource'),
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '1m0s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'Only print output from the remote session' },
    { name: 'stdin', short: 'i', type: 'bool', default: 'false', usage: 'Pass stdin to the container' },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Stdin is a TTY' },
  ],
  *run(k, call) {
    const { flags, args } = call
    const [target] = args
    if (target === undefined || call.dash === 0) throw new CommandError('pod, type/name or --filename must be specified')
    const command = call.dash < 0 ? args.slice(1) : args.slice(call.dash)
    if (command.length === 0) throw new CommandError('you must specify at least one command for the container')
    if (call.dash < 0) {
      throw new CommandError(
        `exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples`,
      )
    }
    const namespace = yield* k.namespace()
    const { named } = parseResourceArgs(yield* k.mapper(), target.includes('/') ? [target] : ['pods', target])
    const [first] = named
    if (first === undefined) throw new CommandError('pod, type/name or --filename must be specified')
    const rest = yield* k.rest()
    const object = yield* rest.json('GET', pathOf(first.mapping, namespace, first.name))
    const pod = yield* podOf(k, namespace, object)
    const phase = (pod.status as { phase?: string } | undefined)?.phase
    const name = pod.metadata?.name ?? ''
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`)
    const container = flags.string('container') || (yield* defaultContainer(k, pod, flags.bool('quiet')))
    checkContainer(pod, container)
    let tty = flags.bool('tty')
    if (tty && (!flags.bool('stdin') || !k.proc.isatty(0))) {
      tty = flags.bool('stdin') ? false : tty
      if (!tty) yield* printError(k.proc, 'Unable to use a TTY - input is not a terminal or the right kind of file\n')
    }
    const request = { namespace, pod: name, container, stdin: flags.bool('stdin'), tty }
    const channel = yield* rest.upgrade(streamPath(request, 'exec', command), ['v5.channel.k8s.io'])
    const code = yield* stream(k.proc, channel, request)
    if (code !== 0) yield* printError(k.proc, `command terminated with exit code ${code}\n`)
    return code
  },
}

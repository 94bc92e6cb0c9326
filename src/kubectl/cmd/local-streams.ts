/** `kubectl attach`, `debug`, `plugin`: their checks; what follows them where it is cheap. */
import { objs, str } from '#kubernetes/api/json.ts'
import { parseResourceArgs } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
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
    return yield* attachTo(k, {
      namespace,
      pod: pod.metadata?.name ?? '',
      container,
      stdin: call.flags.bool('stdin'),
      tty: call.flags.bool('tty'),
      finished: false,
    })
  },
}

export const debug: Command = {
  name: 'debug',
  use: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  group: DEBUGGING,
  flags: [
    {
      name: 'attach',
      type: 'bool',
      default: 'false',
      usage:
        "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.",
    },
    { name: 'container', short: 'c', type: 'string', default: "''", usage: 'Container name to use for debug container.' },
    { name: 'copy-to', type: 'string', default: "''", usage: 'Create a copy of the target Pod with this name.' },
    { name: 'env', type: 'stringArray', default: '[]', usage: 'Environment variables to set in the container.' },
    { name: 'image', type: 'string', default: "''", usage: 'Container image to use for debug container.' },
    {
      name: 'image-pull-policy',
      type: 'string',
      default: "''",
      usage:
        'The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.',
    },
    {
      name: 'profile',
      type: 'string',
      default: "'general'",
      usage: 'Options are "general", "baseline", "netadmin", "restricted" or "sysadmin".',
    },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'If true, suppress informational messages.' },
    {
      name: 'stdin',
      short: 'i',
      type: 'bool',
      default: 'false',
      usage: 'Keep stdin open on the container(s) in the pod, even if nothing is attached.',
    },
    { name: 'target', type: 'string', default: "''", usage: 'When using an ephemeral container, target processes in this container name.' },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Allocate a TTY for the debugging container.' },
    SHARED.filename('identifying the resource to debug'),
  ],
  *run(k, call) {
    const { flags, args } = call
    const names = call.dash < 0 ? args : args.slice(0, call.dash)
    const [target] = names
    if (target === undefined) throw new CommandError('NAME is required for debug')
    if (flags.string('image') === '' && flags.string('copy-to') === '')
      throw new CommandError('you must specify --image when not using --copy-to.')
    const namespace = yield* k.namespace()
    const mapper = yield* k.mapper()
    const [first] = parseResourceArgs(mapper, [target.includes('/') ? target : `pods/${target}`]).named
    if (first === undefined) throw new CommandError('NAME is required for debug')
    const rest = yield* k.rest()
    const pod = yield* rest.json('GET', pathOf(first.mapping, first.mapping.namespaced ? namespace : undefined, first.name))
    if (first.mapping.kind !== 'Pod' || flags.string('copy-to') !== '')
      throw new CommandError(
        `podlab: kubectl debug ${first.mapping.kind === 'Pod' ? '--copy-to' : first.mapping.kind.toLowerCase()} is not modelled`,
      )
    const container = flags.string('target')
    if (container !== '' && !flags.bool('quiet'))
      yield* print(
        k.proc,
        `Targeting container ${JSON.stringify(container)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      )
    const name = flags.string('container') || freshName(k.proc.now())
    if (flags.string('container') === '' && !flags.bool('quiet')) yield* printError(k.proc, `Defaulting debug container name to ${name}.\n`)
    const words = call.dash < 0 ? [] : args.slice(call.dash)
    const ephemeral = {
      image: flags.string('image'),
      name,
      resources: {},
      ...(flags.string('profile') === 'general' ? { securityContext: { capabilities: { add: ['SYS_PTRACE'] } } } : {}),
      terminationMessagePolicy: 'File',
      ...(words.length === 0 ? {} : { args: words }),
      ...(flags.bool('stdin') ? { stdin: true } : {}),
      ...(flags.bool('tty') ? { tty: true } : {}),
      ...(container === '' ? {} : { targetContainerName: container }),
      ...(flags.list('env').length === 0
        ? {}
        : { env: flags.list('env').map((e) => ({ name: e.split('=')[0], value: e.slice(e.indexOf('=') + 1) })) }),
    }
    const path = `${pathOf(first.mapping, namespace, pod.metadata?.name)}/ephemeralcontainers`
    yield* rest.json(
      'PATCH',
      path,
      { spec: { ephemeralContainers: [ephemeral] } },
      { contentType: 'application/strategic-merge-patch+json' },
    )
    const wantsAttach = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin')
    if (!wantsAttach) return 0
    for (;;) {
      const now = yield* rest.json('GET', pathOf(first.mapping, namespace, first.name))
      const status = objs(now, 'status', 'ephemeralContainerStatuses').find((c) => str(c, 'name') === name)
      const state = status?.state as { running?: object; terminated?: object } | undefined
      if (state?.running !== undefined || state?.terminated !== undefined) break
      yield* k.proc.nanosleep(500_000)
    }
    if (!flags.bool('quiet') && flags.bool('stdin'))
      yield* printError(
        k.proc,
        "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n",
      )
    return yield* attachTo(k, {
      namespace,
      pod: first.name,
      container: name,
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      finished: false,
    })
  },
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/** `debugger-x7k2p`, from the clock. */
function freshName(now: number): string {
  let rest = Math.floor(now / 7)
  let name = ''
  for (let i = 0; i < 5; i++) {
    name += LETTERS[rest % LETTERS.length] ?? 'x'
    rest = Math.floor(rest / LETTERS.length)
  }
  return `debugger-${name}`
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

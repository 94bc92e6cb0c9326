import { isStream, JsonBody } from '#http/message.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { parseResourceArgs } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { pathOf } from '../mapping.ts'
import type { KubeObject } from '../rest.ts'
import { checkContainer, defaultContainer, podForLogs, podSpec, podsOf, selectorOf } from './pod-for-object.ts'

export const logs: Command = {
  name: 'logs',
  use: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  short: 'Print the logs for a container in a pod',
  long: 'Print the logs for a container in a pod or specified resource. If the pod has only one container, the container name is optional.',
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    { name: 'all-containers', type: 'bool', default: 'false', usage: "Get all containers' logs in the pod(s)." },
    { name: 'all-pods', type: 'bool', default: 'false', usage: 'Get logs from all pod(s). Sets prefix to true.' },
    { name: 'container', short: 'c', type: 'string', default: "''", usage: 'Print the logs of this container' },
    { name: 'follow', short: 'f', type: 'bool', default: 'false', usage: 'Specify if the logs should be streamed.' },
    {
      name: 'ignore-errors',
      type: 'bool',
      default: 'false',
      usage: 'If watching / following pod logs, allow for any errors that occur to be non-fatal',
    },
    { name: 'limit-bytes', type: 'int', default: '0', usage: 'Maximum bytes of logs to return. Defaults to no limit.' },
    {
      name: 'max-log-requests',
      type: 'int',
      default: '5',
      usage: 'Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.',
    },
    { name: 'prefix', type: 'bool', default: 'false', usage: 'Prefix each log line with the log source (pod name and container name)' },
    {
      name: 'previous',
      short: 'p',
      type: 'bool',
      default: 'false',
      usage: 'If true, print the logs for the previous instance of the container in a pod if it exists.',
    },
    SHARED.selector,
    {
      name: 'since',
      type: 'duration',
      default: '0s',
      usage:
        'Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.',
    },
    {
      name: 'since-time',
      type: 'string',
      default: "''",
      usage: 'Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.',
    },
    {
      name: 'tail',
      type: 'int',
      default: '-1',
      usage:
        'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.',
    },
    { name: 'timestamps', type: 'bool', default: 'false', usage: 'Include timestamps on each line in the log output' },
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const { flags, args } = call
  const [target, container] = args
  const selector = flags.string('selector')
  if (target === undefined && selector === '') {
    throw new UsageError(
      call.path,
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    )
  }
  if (args.length > 2)
    throw new UsageError(
      call.path,
      `expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command`,
    )
  if (target !== undefined && selector !== '') throw new UsageError(call.path, 'only a selector (-l) or a POD name is allowed')
  if (flags.changed('tail') && flags.int('tail') < -1) throw new CommandError('--tail must be greater than or equal to -1')
  if (flags.string('since-time') !== '' && flags.changed('since'))
    throw new CommandError('at most one of `sinceTime` or `sinceSeconds` may be specified')
  const namespace = yield* k.namespace()
  const pods = selector === '' ? yield* named(k, namespace, target ?? '', flags.bool('all-pods')) : yield* selected(k, namespace, selector)
  if (pods.length === 0) yield* printError(k.proc, `No resources found in ${namespace} namespace.\n`)
  const streams: { pod: string; container: string }[] = []
  for (const pod of pods) {
    const spec = podSpec(pod)
    const asked = flags.string('container') || container
    if (asked !== undefined && !flags.bool('all-containers')) checkContainer(pod, asked)
    const names = flags.bool('all-containers')
      ? [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])].map((c) => c.name)
      : [asked ?? (yield* defaultContainer(k, pod, false))]
    for (const name of names) streams.push({ pod: pod.metadata?.name ?? '', container: name })
  }
  const most = flags.int('max-log-requests')
  if (flags.bool('follow') && streams.length > 1 && streams.length > most) {
    throw new CommandError(
      `you are attempting to follow ${streams.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    )
  }
  for (const stream of streams) yield* show(k, call, namespace, stream.pod, stream.container, selector !== '')
  return 0
}

function* named(k: Kubectl, namespace: string, target: string, all: boolean): Sim<KubeObject[]> {
  const mapper = yield* k.mapper()
  const [first] = parseResourceArgs(mapper, target.includes('/') ? [target] : ['pods', target]).named
  if (first === undefined) throw new CommandError(`no pod ${target}`)
  const object = yield* podForLogs(k, namespace, pathOf(first.mapping, first.mapping.namespaced ? namespace : undefined, first.name))
  if (object.kind !== 'Pod' && selectorOf(object) === undefined) {
    const { kind, version, group } = first.mapping
    const type = `*${group === '' ? '' : (group.split('.')[0] ?? '')}${version}.${kind}`.replace(/^\*[a-z]+v/, '*v')
    throw new CommandError(
      `cannot get the logs from ${type}: ${kind === 'Service' ? `invalid service '${first.name}': Service is defined without a selector` : `selector for ${type} not implemented`}`,
    )
  }
  const pods = yield* podsOf(k, namespace, object)
  const [best] = pods
  if (best === undefined) throw new CommandError('timed out waiting for the condition')
  if (all) return pods
  if (pods.length > 1) yield* printError(k.proc, `Found ${pods.length} pods, using pod/${best.metadata?.name ?? ''}\n`)
  return [best]
}

function* selected(k: Kubectl, namespace: string, selector: string): Sim<KubeObject[]> {
  const rest = yield* k.rest()
  const list = yield* rest.json('GET', `/api/v1/namespaces/${namespace}/pods`, undefined, { query: { labelSelector: selector } })
  return [...((list.items as KubeObject[] | undefined) ?? [])]
}

function* show(k: Kubectl, call: Call, namespace: string, pod: string, container: string, many: boolean): Sim<void> {
  const { flags } = call
  const tail = flags.changed('tail') ? flags.int('tail') : many ? 10 : -1
  const rest = yield* k.rest()
  const response = yield* rest.request('GET', `/api/v1/namespaces/${namespace}/pods/${pod}/log`, undefined, {
    query: {
      container,
      follow: flags.bool('follow') ? 'true' : undefined,
      previous: flags.bool('previous') ? 'true' : undefined,
      timestamps: flags.bool('timestamps') ? 'true' : undefined,
      tailLines: tail >= 0 ? String(tail) : undefined,
      sinceSeconds: flags.changed('since') ? String(Math.ceil(flags.seconds('since'))) : undefined,
      sinceTime: flags.string('since-time') || undefined,
      limitBytes: flags.int('limit-bytes') > 0 ? String(flags.int('limit-bytes')) : undefined,
    },
  })
  const prefix = flags.bool('prefix') || flags.bool('all-pods') ? `[pod/${pod}/${container}] ` : ''
  const write = (bytes: Uint8Array): Sim<number> =>
    k.proc.write(1, prefix === '' ? bytes : encode(decode(bytes).replace(/^(?=.)/gm, prefix)))
  const { body } = response
  if (!isStream(body)) {
    const bytes = body instanceof JsonBody ? body.bytes() : body
    if (bytes.length > 0) yield* write(bytes)
    return
  }
  try {
    for (let part = yield* body.next(); part !== undefined; part = yield* body.next())
      yield* write(part instanceof JsonBody ? part.bytes() : part)
  } finally {
    body.cancel()
  }
}

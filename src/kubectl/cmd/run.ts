import { isObj, num, obj, objs, str } from '#kubernetes/api/json.ts'
import { applyJsonPatch } from '#kubernetes/api/json-patch.ts'
import { applyMergePatch } from '#kubernetes/api/merge-patch.ts'
import { definitionOf } from '#kubernetes/api/protobuf.ts'
import { applyStrategicMergePatch } from '#kubernetes/api/strategic-merge-patch.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import { pathOf } from '../mapping.ts'
import type { KubeObject } from '../rest.ts'
import { attachOrLog, waitUntilEnded, waitUntilRunning } from './attach.ts'
import { createObject } from './create-object.ts'

/** The object with `--overrides` merged in. */
function overridden(object: KubeObject, text: string, type: string): KubeObject {
  let patch: unknown
  try {
    patch = JSON.parse(text)
  } catch {
    throw new CommandError(`Invalid JSON Patch: ${text}`)
  }
  if (type === 'json') return applyJsonPatch(object, patch) as KubeObject
  const def = type === 'strategic' && isObj(patch) ? definitionOf('v1', 'Pod') : undefined
  return (def === undefined ? applyMergePatch(object, patch) : applyStrategicMergePatch(object, patch, def)) as KubeObject
}

export const run: Command = {
  name: 'run',
  use: 'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  short: 'Run a particular image on the cluster',
  long: 'Create and run a particular image in a pod.',
  group: 'Basic Commands (Beginner)',
  flags: [
    {
      name: 'attach',
      type: 'bool',
      default: 'false',
      usage:
        "If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true. With '--restart=Never' the exit code of the container process is returned.",
    },
    {
      name: 'command',
      type: 'bool',
      default: 'false',
      usage:
        "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    },
    SHARED.dryRun,
    { name: 'env', type: 'stringArray', default: '[]', usage: 'Environment variables to set in the container.' },
    {
      name: 'expose',
      type: 'bool',
      default: 'false',
      usage: 'If true, create a ClusterIP service associated with the pod.  Requires `--port`.',
    },
    SHARED.fieldManager('kubectl-run'),
    { name: 'image', type: 'string', default: "''", usage: 'The image for the container to run.' },
    {
      name: 'image-pull-policy',
      type: 'string',
      default: "''",
      usage:
        'The image pull policy for the container.  If left empty, this value will not be specified by the client and defaulted by the server.',
    },
    {
      name: 'labels',
      short: 'l',
      type: 'stringSlice',
      default: "''",
      usage: 'Comma separated labels to apply to the pod. Will override previous values.',
    },
    SHARED.output,
    {
      name: 'override-type',
      type: 'string',
      default: "'merge'",
      usage: 'The method used to override the generated object: json, merge, or strategic.',
    },
    {
      name: 'overrides',
      type: 'string',
      default: "''",
      usage:
        'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.',
    },
    { name: 'port', type: 'string', default: "''", usage: 'The port that this container exposes.' },
    { name: 'privileged', type: 'bool', default: 'false', usage: 'If true, run the container in privileged mode.' },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'If true, suppress prompt messages.' },
    {
      name: 'restart',
      type: 'string',
      default: "'Always'",
      usage: 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never].',
    },
    {
      name: 'rm',
      type: 'bool',
      default: 'false',
      usage:
        "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    },
    SHARED.saveConfig,
    SHARED.showManagedFields,
    {
      name: 'stdin',
      short: 'i',
      type: 'bool',
      default: 'false',
      usage: 'Keep stdin open on the container in the pod, even if nothing is attached.',
    },
    SHARED.template,
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Allocate a TTY for the container in the pod.' },
  ],
  *run(k, call) {
    const { flags } = call
    if (!flags.changed('image')) throw new CommandError('required flag(s) "image" not set')
    const image = flags.string('image')
    if (image === '') throw new CommandError('--image is required')
    const names = call.dash < 0 ? call.args.slice(0, 1) : call.args.slice(0, call.dash)
    const [name] = names
    if (name === undefined) throw new UsageError(call.path, 'NAME is required for run')
    if (/[\s]|^[A-Z]/.test(image)) throw new CommandError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`)
    const restart = flags.string('restart')
    if (!['Always', 'OnFailure', 'Never'].includes(restart)) throw new UsageError(call.path, `invalid restart policy: ${restart}`)
    const interactive = flags.bool('stdin')
    const attach = flags.changed('attach') ? flags.bool('attach') : interactive
    if (flags.bool('rm') && !attach) throw new CommandError('--rm should only be used for attached containers')
    if (flags.bool('tty') && !interactive) throw new CommandError('-i/--stdin is required for containers with -t/--tty=true')
    const words = call.dash < 0 ? call.args.slice(1) : call.args.slice(call.dash)
    const labels = Object.fromEntries(
      flags.changed('labels') ? flags.list('labels').map((l) => l.split('=') as [string, string]) : [['run', name]],
    )
    const env = flags.list('env').map((pair) => {
      const eq = pair.indexOf('=')
      if (eq < 1) throw new CommandError(`invalid env: ${pair}`)
      return { name: pair.slice(0, eq), value: pair.slice(eq + 1) }
    })
    const container = {
      image,
      name,
      resources: {},
      ...(words.length === 0 ? {} : flags.bool('command') ? { command: words } : { args: words }),
      ...(env.length === 0 ? {} : { env }),
      ...(flags.string('port') === '' ? {} : { ports: [{ containerPort: Number(flags.string('port')) }] }),
      ...(flags.string('image-pull-policy') === '' ? {} : { imagePullPolicy: flags.string('image-pull-policy') }),
      ...(interactive ? { stdin: true, stdinOnce: true } : {}),
      ...(flags.bool('tty') ? { tty: true } : {}),
      ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
    }
    const generated: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { labels, name },
      spec: { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy: restart },
      status: {},
    }
    const wanted =
      flags.string('overrides') === '' ? generated : overridden(generated, flags.string('overrides'), flags.string('override-type'))
    const mapping = (yield* k.mapper()).resolve('pods')
    const namespace = yield* k.namespace()
    if (!attach) {
      if (flags.bool('expose')) {
        const port = flags.string('port')
        if (port === '') throw new CommandError('--port must be set when exposing a service')
        const service: KubeObject = {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name },
          spec: { ports: [{ port: Number(port), protocol: 'TCP', targetPort: Number(port) }], selector: labels },
          status: { loadBalancer: {} },
        }
        yield* createObject(k, call, (yield* k.mapper()).resolve('services'), namespace, service, 'created', true)
        if (flags.string('output') === 'yaml') yield* print(k.proc, '---\n---\n')
      }
      yield* createObject(k, call, mapping, namespace, wanted, 'created', true)
      return 0
    }
    const rest = yield* k.rest()
    yield* rest.json(
      'POST',
      pathOf(mapping, namespace),
      { ...wanted, metadata: { ...wanted.metadata, namespace } },
      { query: { fieldManager: 'kubectl-run' } },
    )
    const running = yield* waitUntilRunning(k, namespace, name)
    const pod = yield* rest.json('GET', pathOf(mapping, namespace, name))
    yield* attachOrLog(k, pod, {
      namespace,
      pod: name,
      container: name,
      stdin: interactive,
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
      finished: !running,
    })
    const over = restart === 'Always' ? undefined : yield* waitUntilEnded(k, namespace, name, restart === 'OnFailure')
    if (flags.bool('rm')) {
      yield* rest.json('DELETE', pathOf(mapping, namespace, name))
      yield* print(k.proc, `pod "${name}" deleted from ${namespace} namespace\n`)
    }
    return over === undefined ? 0 : yield* exitCodeOf(k.proc, namespace, over)
  },
}

/** How the pod's container ended; anything but success is told. */
function* exitCodeOf(proc: Proc, namespace: string, pod: KubeObject): Sim<number> {
  if (str(pod, 'status', 'phase') === 'Succeeded') return 0
  const where = `pod ${namespace}/${pod.metadata?.name ?? ''}`
  const ended = obj(objs(pod, 'status', 'containerStatuses')[0], 'state', 'terminated')
  const code = num(ended, 'exitCode') ?? 0
  if (code === 0) throw new CommandError(`${where} failed with unknown exit code`)
  yield* printError(proc, `${where} terminated (${str(ended, 'reason')})\n${str(ended, 'message')}\n`.replace(/\n\n$/, '\n'))
  return code
}

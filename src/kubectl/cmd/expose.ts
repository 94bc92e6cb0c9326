import { selectObjects } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import type { KubeObject } from '../rest.ts'
import { createObject } from './create-object.ts'

export const expose: Command = {
  name: 'expose',
  use: '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  short: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  group: 'Basic Commands (Beginner)',
  flags: [
    {
      name: 'cluster-ip',
      type: 'string',
      default: "''",
      usage: "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    },
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-expose'),
    SHARED.filename('Filename, directory, or URL to files identifying the resource to expose a service'),
    SHARED.kustomize,
    { name: 'labels', short: 'l', type: 'string', default: "''", usage: 'Labels to apply to the service created by this call.' },
    { name: 'name', type: 'string', default: "''", usage: 'The name for the newly created object.' },
    SHARED.output,
    {
      name: 'port',
      type: 'string',
      default: "''",
      usage: 'The port that the service should serve on. Copied from the resource being exposed, if unspecified',
    },
    { name: 'protocol', type: 'string', default: "''", usage: "The network protocol for the service to be created. Default is 'TCP'." },
    SHARED.recursive(),
    SHARED.saveConfig,
    {
      name: 'selector',
      type: 'string',
      default: "''",
      usage:
        'A label selector to use for this service. Only equality-based selector requirements are supported. If empty (the default) infer the selector from the resource being exposed.',
    },
    {
      name: 'session-affinity',
      type: 'string',
      default: "''",
      usage: "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    },
    SHARED.showManagedFields,
    {
      name: 'target-port',
      type: 'string',
      default: "''",
      usage: 'Name or number for the port on the container that the service should direct traffic to. Optional.',
    },
    SHARED.template,
    {
      name: 'type',
      type: 'string',
      default: "''",
      usage: "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    },
  ],
  *run(k, call) {
    const { flags } = call
    const infos = yield* selectObjects(k, call)
    const mapping = (yield* k.mapper()).resolve('services')
    for (const info of infos) {
      const object = info.object ?? {}
      const selector = flags.string('selector') === '' ? selectorFor(object) : parseLabels(flags.string('selector'))
      const ports = flags.string('port') === '' ? containerPorts(object) : flags.string('port').split(',').map(Number)
      if (ports.length === 0)
        throw new CommandError("couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples")
      const target = flags.string('target-port')
      const protocol = flags.string('protocol') || 'TCP'
      const service: KubeObject = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { ...labelsOf(object, flags.string('labels')), name: flags.string('name') || info.name },
        spec: {
          ports: ports.map((port, i) => ({
            ...(ports.length > 1 ? { name: `port-${i + 1}` } : {}),
            port,
            protocol,
            targetPort: target === '' ? port : /^\d+$/.test(target) ? Number(target) : target,
          })),
          selector,
          ...(flags.string('type') === '' ? {} : { type: flags.string('type') }),
          ...(flags.string('cluster-ip') === '' ? {} : { clusterIP: flags.string('cluster-ip') }),
          ...(flags.string('session-affinity') === '' ? {} : { sessionAffinity: flags.string('session-affinity') }),
        },
        status: { loadBalancer: {} },
      }
      // kubectl says "exposed", everything else as when creating.
      yield* createObject(k, call, mapping, yield* k.namespace(), service, 'exposed')
    }
    return 0
  },
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value] = pair.split('=')
      if (value === undefined) throw new CommandError(`unexpected label format: ${pair}`)
      return [key, value]
    }),
  )
}

interface Exposable {
  readonly selector?: { readonly matchLabels?: Record<string, string>; readonly matchExpressions?: unknown[] } & Record<string, unknown>
  readonly containers?: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[]
  readonly template?: { readonly spec?: Exposable }
  readonly ports?: readonly { readonly port: number }[]
}

function selectorFor(object: KubeObject): Record<string, string> {
  const spec = (object.spec ?? {}) as Exposable
  if (object.kind === 'Pod') {
    const labels = object.metadata?.labels ?? {}
    if (Object.keys(labels).length === 0)
      throw new CommandError(
        "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed\nSee 'kubectl expose -h' for help and examples",
      )
    return labels
  }
  if (object.kind === 'Deployment' || object.kind === 'ReplicaSet') {
    if ((spec.selector?.matchExpressions?.length ?? 0) > 0) {
      throw new CommandError(
        "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - \"[]\" to map-based selector format\nSee 'kubectl expose -h' for help and examples",
      )
    }
    return spec.selector?.matchLabels ?? {}
  }
  if (object.kind === 'Service' || object.kind === 'ReplicationController') return (spec.selector ?? {}) as Record<string, string>
  throw new CommandError(`cannot expose a ${object.kind}`)
}

function containerPorts(object: KubeObject): number[] {
  const spec = (object.spec ?? {}) as Exposable
  if (spec.ports !== undefined) return spec.ports.map((p) => p.port)
  return (spec.template?.spec ?? spec).containers?.flatMap((c) => (c.ports ?? []).map((p) => p.containerPort)) ?? []
}

function labelsOf(object: KubeObject, flag: string): { labels?: Record<string, string> } {
  if (flag !== '') return { labels: parseLabels(flag) }
  const labels = object.metadata?.labels
  return labels === undefined ? {} : { labels }
}

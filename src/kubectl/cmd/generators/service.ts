import type { Call, Command } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import type { Flag } from '../../flags.ts'
import { generator, list, text } from './generator.ts'

interface Kind {
  readonly name: string
  readonly type: string
  readonly use: string
  readonly short: string
  readonly long: string
  readonly flags: readonly Flag[]
}

function port(value: string): number {
  if (!/^\d+$/.test(value)) throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`)
  return Number(value)
}

/** `80`, `80:8080`, `80:http` */
function parsePort(spec: string, nodePort: number): Record<string, unknown> {
  const [first = '', second] = spec.split(':')
  const number = port(first)
  if (number > 65_535 || number < 0) throw new CommandError(`invalid port ${number}: must be in the range [1, 65535]`)
  const target = second === undefined ? number : /^\d+$/.test(second) ? Number(second) : second
  const name = spec.replaceAll(':', '-')
  return { name, ...(nodePort > 0 ? { nodePort } : {}), port: number, protocol: 'TCP', targetPort: target }
}

function kind(k: Kind): Command {
  return generator({
    name: k.name,
    use: k.use,
    short: k.short,
    long: k.long,
    flags: k.flags,
    failure: `failed to create ${k.type} service:`,
    ...(k.type === 'ExternalName' ? { required: ['external-name'] } : {}),
    *build(call: Call, name: string) {
      const { flags } = call
      const ports = flags.list('tcp')
      const clusterIP = k.type === 'ClusterIP' ? flags.string('clusterip') : ''
      if (ports.length === 0 && k.type !== 'ExternalName' && clusterIP !== 'None')
        throw new CommandError('at least one tcp port specifier must be provided')
      if (ports.length > 0 && clusterIP === 'None') throw new CommandError('can not map ports with clusterip=None')
      const nodePort = k.type === 'NodePort' ? flags.int('node-port') : 0
      const list = ports.map((p) => parsePort(p, nodePort))
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { labels: { app: name }, name },
        spec: {
          ...(clusterIP === '' ? {} : { clusterIP }),
          ...(k.type === 'ExternalName' ? { externalName: flags.string('external-name') } : {}),
          ...(list.length === 0 ? {} : { ports: list }),
          selector: { app: name },
          type: k.type,
        },
        status: { loadBalancer: {} },
      }
    },
  })
}

const TCP = list('tcp', "Port pairs can be specified as '<port>:<targetPort>'.")

export const service: Command = {
  name: 'service',
  aliases: ['svc'],
  use: '[flags]',
  short: 'Create a service using a specified subcommand',
  long: 'Create a service using a specified subcommand.',
  flags: [],
  commands: [
    kind({
      name: 'clusterip',
      type: 'ClusterIP',
      use: 'NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
      short: 'Create a ClusterIP service',
      long: 'Create a ClusterIP service with the specified name.',
      flags: [text('clusterip', "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing)."), TCP],
    }),
    kind({
      name: 'externalname',
      type: 'ExternalName',
      use: 'NAME --external-name external.name [--dry-run=server|client|none]',
      short: 'Create an ExternalName service',
      long: 'Create an ExternalName service with the specified name.\n\n ExternalName service references to an external DNS address instead of only pods, which will allow application authors to reference services that exist off platform, on other clusters, or locally.',
      flags: [text('external-name', 'External name of service'), TCP],
    }),
    kind({
      name: 'loadbalancer',
      type: 'LoadBalancer',
      use: 'NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
      short: 'Create a LoadBalancer service',
      long: 'Create a LoadBalancer service with the specified name.',
      flags: [TCP],
    }),
    kind({
      name: 'nodeport',
      type: 'NodePort',
      use: 'NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
      short: 'Create a NodePort service',
      long: 'Create a NodePort service with the specified name.',
      flags: [{ name: 'node-port', type: 'int', default: '0', usage: 'Port used to expose the service on each node in a cluster.' }, TCP],
    }),
  ],
}

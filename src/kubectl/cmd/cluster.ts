/** `kubectl cluster-info`, `top`, `certificate`. */
import { objs, str } from '#kubernetes/api/json.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print } from '../io.ts'
import { pathOf, singularName } from '../mapping.ts'
import type { KubeObject } from '../rest.ts'
import { notModelled } from './not-modelled.ts'

const BOLD = '\x1b[0;32m'
const YELLOW = '\x1b[0;33m'
const PLAIN = '\x1b[0m'

export const clusterInfo: Command = {
  name: 'cluster-info',
  use: '[flags]',
  short: 'Display cluster information',
  long: "Display addresses of the control plane and services with label kubernetes.io/cluster-service=true. To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
  group: 'Cluster Management Commands',
  flags: [],
  commands: [notModelled('dump', 'Dump relevant information for debugging and diagnosis', undefined, 'cluster-info dump')],
  *run(k) {
    const rest = yield* k.rest()
    const { server } = yield* k.target()
    const tty = k.proc.isatty(1)
    const line = (name: string, url: string): string =>
      tty ? `${BOLD}${name}${PLAIN} is running at ${YELLOW}${url}${PLAIN}\n` : `${name} is running at ${url}\n`
    const list = yield* rest.json<{ items?: readonly KubeObject[] }>('GET', '/api/v1/namespaces/kube-system/services', undefined, {
      query: { labelSelector: 'kubernetes.io/cluster-service=true' },
    })
    let text = line('Kubernetes control plane', server)
    for (const service of list.items ?? []) {
      const name = service.metadata?.labels?.['kubernetes.io/name'] ?? service.metadata?.name ?? ''
      const port = objs(service, 'spec', 'ports')[0]
      const scheme = str(port, 'name') === 'https' || port?.port === 443 ? 'https:' : ''
      const suffix = str(port, 'name') === '' ? '' : `:${str(port, 'name')}`
      text += line(
        name,
        `${server}/api/v1/namespaces/${service.metadata?.namespace}/services/${scheme}${service.metadata?.name}${suffix}/proxy`,
      )
    }
    yield* print(k.proc, `${text}\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`)
  },
}

const usage = (name: string, aliases: readonly string[], short: string): Command => ({
  name,
  aliases,
  use: `[NAME | -l label]`,
  short,
  flags: [
    SHARED.allNamespaces,
    SHARED.fieldSelector,
    SHARED.selector,
    { name: 'containers', type: 'bool', default: 'false', usage: 'If present, print usage of containers within a pod.' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: 'If present, print output without headers.' },
    {
      name: 'sort-by',
      type: 'string',
      default: "''",
      usage: "If non-empty, sort pods list using specified field. The field can be either 'cpu' or 'memory'.",
    },
  ],
  *run(k) {
    const mapper = yield* k.mapper()
    if (!mapper.all.some((m) => m.group === 'metrics.k8s.io')) throw new CommandError('Metrics API not available')
    throw new CommandError(`podlab: kubectl top ${name} is not modelled`)
  },
})

export const top: Command = {
  name: 'top',
  use: '[flags]',
  short: 'Display resource (CPU/memory) usage',
  group: 'Cluster Management Commands',
  flags: [],
  commands: [
    usage('node', ['nodes', 'no'], 'Display resource (CPU/memory) usage of nodes'),
    usage('pod', ['pods', 'po'], 'Display resource (CPU/memory) usage of pods'),
  ],
}

const verdict = (name: string, type: 'Approved' | 'Denied', short: string, message: string): Command => ({
  name,
  use: '(-f FILENAME | NAME)',
  short,
  flags: [
    SHARED.filename('Filename, directory, or URL to files identifying the resource to update'),
    SHARED.output,
    { name: 'force', type: 'bool', default: 'false', usage: 'Update the CSR even if it is already approved.' },
  ],
  *run(k, call) {
    const mapping = (yield* k.mapper()).resolve('certificatesigningrequests')
    const rest = yield* k.rest()
    if (call.args.length === 0) throw new CommandError('one or more CSRs must be specified as <name> or -f <filename>')
    for (const arg of call.args) {
      const csr = yield* rest.json('GET', pathOf(mapping, undefined, arg.replace(/^csr\/|^certificatesigningrequests?\//, '')))
      const conditions = objs(csr, 'status', 'conditions')
      if (!conditions.some((c) => str(c, 'type') === type)) {
        const condition = { type, status: 'True', reason: name === 'approve' ? 'KubectlApprove' : 'KubectlDeny', message }
        yield* rest.json('PUT', pathOf(mapping, undefined, csr.metadata?.name ?? '', 'approval'), {
          ...csr,
          status: { ...(csr.status as object | undefined), conditions: [...conditions, condition] },
        })
      }
      yield* print(k.proc, `${singularName(mapping)}/${csr.metadata?.name} ${type.toLowerCase()}\n`)
    }
  },
})

export const certificate: Command = {
  name: 'certificate',
  use: 'SUBCOMMAND',
  short: 'Modify certificate resources',
  long: 'Modify certificate resources.',
  group: 'Cluster Management Commands',
  flags: [],
  commands: [
    verdict('approve', 'Approved', 'Approve a certificate signing request', 'This CSR was approved by kubectl certificate approve.'),
    verdict('deny', 'Denied', 'Deny a certificate signing request', 'This CSR was denied by kubectl certificate deny.'),
  ],
}

/** What is asked for when a client connects through the server: the options of exec, attach, port-forward and proxy as objects. */
import type { Draft, Obj } from '#kubernetes/api/json.ts'
import type { RequestContext } from '../context.ts'
import type { Kind } from '../registry/kind.ts'

/** Kinds by resource and subresource. Source: k8s.io/api/core/v1. */
const KINDS: { readonly [path: string]: string } = {
  'pods/exec': 'PodExecOptions',
  'pods/attach': 'PodAttachOptions',
  'pods/portforward': 'PodPortForwardOptions',
  'pods/proxy': 'PodProxyOptions',
  'services/proxy': 'ServiceProxyOptions',
  'nodes/proxy': 'NodeProxyOptions',
}

/** The options of a request that connects; undefined for all others. */
export function connectOptions(context: RequestContext, kind: Kind): Obj | undefined {
  const { info, query } = context
  const name = kind.custom === undefined ? KINDS[`${kind.plural}/${info.subresource}`] : undefined
  if (name === undefined) return undefined
  const out: Draft = { kind: name, apiVersion: 'v1' }
  if (info.subresource === 'proxy') {
    if (info.rest !== '') out.path = info.rest
    return out
  }
  if (info.subresource === 'portforward') {
    const ports = query.getAll('ports').flatMap((p) => p.split(',').map(Number))
    if (ports.length > 0) out.ports = ports
    return out
  }
  for (const stream of ['stdin', 'stdout', 'stderr', 'tty']) if (isTrue(query.get(stream))) out[stream] = true
  const container = query.get('container') ?? ''
  if (container !== '') out.container = container
  if (info.subresource === 'exec') out.command = query.getAll('command')
  return out
}

const isTrue = (value: string | undefined): boolean => value === 'true' || value === '1'

/**
 * Subresources whose object is of another kind than the resource's: the options of exec, attach, port-forward and proxy, which a client
 * connects to, and what is created on an object: evictions, bindings, tokens. Admission sees these.
 */
import type { Draft, Obj } from '#kubernetes/api/json.ts'
import { readObject } from '../body.ts'
import type { RequestContext } from '../context.ts'
import type { Kind } from '../registry/kind.ts'

/** Kinds by resource and subresource. Source: k8s.io/api/core/v1. */
const CONNECTED: { readonly [path: string]: string } = {
  'pods/exec': 'PodExecOptions',
  'pods/attach': 'PodAttachOptions',
  'pods/portforward': 'PodPortForwardOptions',
  'pods/proxy': 'PodProxyOptions',
  'services/proxy': 'ServiceProxyOptions',
  'nodes/proxy': 'NodeProxyOptions',
}

const CREATED: { readonly [path: string]: { readonly kind: string; readonly apiVersion: string } } = {
  'pods/eviction': { kind: 'Eviction', apiVersion: 'policy/v1' },
  'pods/binding': { kind: 'Binding', apiVersion: 'v1' },
  'serviceaccounts/token': { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' },
}

export interface OwnObject {
  readonly operation: 'CREATE' | 'CONNECT'
  readonly object: Obj
}

/** What a request for a subresource is about; undefined where it is the resource itself. Throws BadRequest. */
export function ownObject(context: RequestContext, kind: Kind): OwnObject | undefined {
  if (kind.custom !== undefined) return undefined
  const path = `${kind.plural}/${context.info.subresource}`
  const created = CREATED[path]
  if (created !== undefined) return { operation: 'CREATE', object: { ...created, ...readObject(context.request) } }
  const connected = CONNECTED[path]
  return connected === undefined ? undefined : { operation: 'CONNECT', object: connectOptions(context, connected) }
}

function connectOptions({ info, query }: RequestContext, name: string): Obj {
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

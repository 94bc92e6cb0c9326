/** What the API server only passes on: logs, exec, attach, port-forward to kubelets; proxying to pods, services, nodes. */

import { type Body, bodyBytes, Headers, type HttpResponse, type MessageChannel } from '#http/message.ts'
import { type Transport, TransportError } from '#http/transport.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { num, type Obj, objs, quote, str } from '#kubernetes/api/json.ts'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { get } from '../rest.ts'

const KUBELET_PORT = 10_250

function containersOf(pod: Obj): readonly Obj[] {
  return [...objs(pod, 'spec', 'initContainers'), ...objs(pod, 'spec', 'containers'), ...objs(pod, 'spec', 'ephemeralContainers')]
}

/** The container meant: named, or the only one. Throws BadRequest. */
function container(context: RequestContext, pod: Obj): string {
  const asked = context.query.get('container') ?? ''
  const name = str(pod, 'metadata', 'name')
  const regular = objs(pod, 'spec', 'containers')
  if (asked !== '') {
    if (!containersOf(pod).some((c) => c.name === asked)) throw errors.newBadRequest(`container ${asked} is not valid for pod ${name}`)
    return asked
  }
  if (regular.length === 1) return str(regular[0], 'name')
  const list = (items: readonly Obj[]): string => `[${items.map((c) => str(c, 'name')).join(' ')}]`
  const inits = objs(pod, 'spec', 'initContainers')
  const more = inits.length > 0 ? ` or one of the init containers: ${list(inits)}` : ''
  throw errors.newBadRequest(`a container name must be specified for pod ${name}, choose one of: ${list(regular)}${more}`)
}

function kubeletOf(context: RequestContext, pod: Obj): Transport {
  const node = str(pod, 'spec', 'nodeName')
  if (node === '') throw errors.newBadRequest(`pod ${str(pod, 'metadata', 'name')} does not have a host assigned`)
  if (context.server.object('', 'nodes', '', node) === undefined) throw errors.newNotFound({ group: '', resource: 'nodes' }, node)
  const transport = context.server.options.kubelet?.(node)
  if (transport === undefined) throw errors.newInternalError(`podlab: no kubelet is modelled for node ${node}`)
  return transport
}

/** Names and values of the query that are passed on. */
function passedQuery(context: RequestContext, names: readonly string[]): string {
  const parts: string[] = []
  for (const [name, value] of context.query) if (names.includes(name)) parts.push(`${name}=${encodeURIComponent(value)}`)
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

const LOG_QUERY = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream']
const EXEC_QUERY = ['stdin', 'stdout', 'stderr', 'tty', 'command']

export function* podLog(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const pod = get(context, endpoint)
  checkLogOptions(context)
  const name = container(context, pod)
  if (str(pod, 'spec', 'nodeName') === '') return text('')
  const path = `/containerLogs/${str(pod, 'metadata', 'namespace')}/${str(pod, 'metadata', 'name')}/${name}${passedQuery(context, LOG_QUERY)}`
  const response = yield* passOn(context, kubeletOf(context, pod), 'GET', path, pod)
  if (response.status >= 400) return yield* kubeletError(response)
  return {
    ...response,
    headers: new Headers([['content-type', 'text/plain']]),
  }
}

function checkLogOptions(context: RequestContext): void {
  const bad = (field: string, value: string, why: string): never => {
    throw new errors.StatusError(422, 'Invalid', `PodLogOptions "" is invalid: ${field}: Invalid value: ${value}: ${why}`, {
      kind: 'PodLogOptions',
    })
  }
  for (const [field, least] of [
    ['tailLines', 0],
    ['sinceSeconds', 1],
    ['limitBytes', 1],
  ] as const) {
    const value = context.query.get(field)
    if (value !== undefined && Number(value) < least)
      bad(field, value, least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0')
  }
}

/** A kubelet's plain-text refusal as a Status. */
function* kubeletError(response: HttpResponse): Sim<HttpResponse> {
  const message = decode(yield* bodyBytes(response.body)).trim()
  if (response.status === 404) throw errors.newNotFound({ group: '', resource: 'pods/log' }, message)
  throw response.status === 400 ? errors.newBadRequest(message) : errors.newInternalError(message)
}

function* passOn(context: RequestContext, transport: Transport, method: string, target: string, pod: Obj | undefined): Sim<HttpResponse> {
  try {
    const response = yield* transport.roundTrip({
      method,
      target,
      headers: new Headers([['host', 'kubelet']]),
      ...(method === 'GET' ? {} : { body: context.request.body }),
    })
    return {
      status: response.status,
      headers: response.headers,
      body: response.body,
    }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    const node = pod === undefined ? context.info.name : str(pod, 'spec', 'nodeName')
    const address = addressOf(context, node)
    throw errors.newInternalError(`Get "https://${address}:${KUBELET_PORT}${target}": ${error.message}`)
  }
}

function addressOf(context: RequestContext, node: string): string {
  const object = context.server.object('', 'nodes', '', node)
  return str(objs(object, 'status', 'addresses').find((a) => a.type === 'InternalIP') ?? {}, 'address') || node
}

export function* podExec(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const pod = get(context, endpoint)
  if (context.query.getAll('command').length === 0) throw errors.newBadRequest('you must specify at least 1 command for the container')
  const name = container(context, pod)
  const phase = str(pod, 'status', 'phase')
  if (phase === 'Succeeded' || phase === 'Failed')
    throw errors.newBadRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`)
  return yield* stream(
    context,
    pod,
    `/exec/${str(pod, 'metadata', 'namespace')}/${str(pod, 'metadata', 'name')}/${name}${streams(context)}`,
  )
}

export function* podAttach(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const pod = get(context, endpoint)
  const name = container(context, pod)
  return yield* stream(
    context,
    pod,
    `/attach/${str(pod, 'metadata', 'namespace')}/${str(pod, 'metadata', 'name')}/${name}${streams(context)}`,
  )
}

/** The kubelet's words for the streams wanted. */
function streams(context: RequestContext): string {
  const parts: string[] = []
  for (const [name, value] of context.query) {
    if (!EXEC_QUERY.includes(name)) continue
    if (name === 'command') parts.push(`command=${encodeURIComponent(value)}`)
    else if (value === 'true' || value === '1')
      parts.push(name === 'stdin' ? 'input=1' : name === 'stdout' ? 'output=1' : name === 'stderr' ? 'error=1' : 'tty=1')
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

export function* podPortForward(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const pod = get(context, endpoint)
  const ports = context.query.getAll('ports').map((p) => `port=${p}`)
  return yield* stream(
    context,
    pod,
    `/portForward/${str(pod, 'metadata', 'namespace')}/${str(pod, 'metadata', 'name')}${ports.length === 0 ? '' : `?${ports.join('&')}`}`,
  )
}

/** Asks the kubelet for the same protocol and joins the two channels. */
function* stream(context: RequestContext, pod: Obj, target: string): Sim<HttpResponse> {
  const transport = kubeletOf(context, pod)
  if ((context.request.headers.get('upgrade') ?? '').toLowerCase() !== 'websocket') throw errors.newBadRequest('Upgrade request required')
  const protocols = context.request.headers
    .getAll('sec-websocket-protocol')
    .flatMap((h) => h.split(',').map((p) => p.trim()))
    .filter((p) => p !== '')
  let answer: Upgraded
  try {
    answer = yield* transport.upgrade({ method: 'GET', target, headers: new Headers([['host', 'kubelet']]) }, protocols)
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    throw errors.newInternalError(`error dialing backend: ${error.message}`)
  }
  if (!('channel' in answer)) {
    const message = decode(yield* bodyBytes(answer.body)).trim()
    throw answer.status === 400
      ? errors.newBadRequest(message)
      : errors.newInternalError(`unable to upgrade connection: ${message || answer.status}`)
  }
  const { channel, protocol } = answer
  const { sim } = context.server
  return {
    status: 101,
    headers: new Headers([
      ['upgrade', 'websocket'],
      ['connection', 'Upgrade'],
      ['sec-websocket-protocol', protocol],
    ]),
    body: encode(''),
    *upgrade(client) {
      const back = sim.spawn('apiserver stream from kubelet', pump(channel, client))
      try {
        yield* pump(client, channel)
      } finally {
        channel.close()
        client.close()
        back.cancel()
      }
    },
  }
}

type Upgraded =
  | { readonly channel: MessageChannel; readonly protocol: string }
  | { readonly status: number; readonly headers: Headers; readonly body: Body }

function* pump(from: MessageChannel, to: MessageChannel): Sim<void> {
  for (;;) {
    const message = yield* from.receive()
    if (message === undefined) break
    to.send(message)
  }
  to.close()
}

function text(value: string): HttpResponse {
  return {
    status: 200,
    headers: new Headers([['content-type', 'text/plain']]),
    body: encode(value),
  }
}

/** `name`, `name:port`, `scheme:name:port`. */
function splitTarget(text: string): {
  readonly name: string
  readonly port: string
} {
  const parts = text.split(':')
  if (parts.length === 3) return { name: parts[1] ?? '', port: parts[2] ?? '' }
  return { name: parts[0] ?? '', port: parts[1] ?? '' }
}

function* proxyTo(context: RequestContext, host: string, port: number): Sim<HttpResponse> {
  const transport = context.server.options.dial?.(host, port)
  if (transport === undefined) throw errors.newServiceUnavailable(`podlab: proxying to ${host}:${port} is not modelled here`)
  const query = context.request.target.indexOf('?')
  const target = `/${context.info.rest}${query < 0 ? '' : context.request.target.slice(query)}`
  try {
    const response = yield* transport.roundTrip({
      method: context.request.method,
      target,
      headers: new Headers([['host', `${host}:${port}`]]),
      body: context.request.body,
    })
    return {
      status: response.status,
      headers: response.headers,
      body: response.body,
    }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    throw errors.newServiceUnavailable(`error trying to reach service: ${error.message}`)
  }
}

export function* podProxy(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const { name, port } = splitTarget(context.info.name)
  const pod = get(context, endpoint, name)
  const ip = str(pod, 'status', 'podIP')
  const declared = objs(pod, 'spec', 'containers').flatMap((c) => objs(c, 'ports'))
  const found =
    port === ''
      ? num(declared[0], 'containerPort')
      : /^\d+$/.test(port)
        ? Number(port)
        : num(
            declared.find((p) => p.name === port),
            'containerPort',
          )
  return yield* proxyTo(context, ip, found ?? 80)
}

export function* serviceProxy(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const { name, port } = splitTarget(context.info.name)
  const service = get(context, endpoint, name)
  const ports = objs(service, 'spec', 'ports')
  const wanted = port === '' ? (ports.length === 1 ? ports[0] : undefined) : ports.find((p) => p.name === port || String(p.port) === port)
  if (wanted === undefined) throw errors.newServiceUnavailable(`no service port ${quote(port)} found for service ${quote(name)}`)
  const namespace = str(service, 'metadata', 'namespace')
  for (const slice of context.server.objects('discovery.k8s.io', 'endpointslices', namespace)) {
    if (str(slice, 'metadata', 'labels', 'kubernetes.io/service-name') !== name) continue
    const target = num(
      objs(slice, 'ports').find((p) => str(p, 'name') === str(wanted, 'name')),
      'port',
    )
    const ready = objs(slice, 'endpoints').find((e) => (e.conditions as Obj | undefined)?.ready !== false)
    const address = (ready?.addresses as readonly string[] | undefined)?.[0]
    if (target !== undefined && address !== undefined) return yield* proxyTo(context, address, target)
  }
  throw errors.newServiceUnavailable(`no endpoints available for service ${quote(name)}`)
}

export function* nodeProxy(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const { name } = splitTarget(context.info.name)
  get(context, endpoint, name)
  const transport = context.server.options.kubelet?.(name)
  if (transport === undefined) throw errors.newServiceUnavailable(`podlab: no kubelet is modelled for node ${name}`)
  const query = context.request.target.indexOf('?')
  return yield* passOn(
    context,
    transport,
    context.request.method,
    `/${context.info.rest}${query < 0 ? '' : context.request.target.slice(query)}`,
    undefined,
  )
}

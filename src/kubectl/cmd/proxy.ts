/** `kubectl proxy`: the API on a port of this machine, with the credentials of the kubeconfig. Source: kubectl pkg/proxy/proxy_server.go. */
import { bodyBytes, EMPTY, Headers, type HttpRequest, type HttpResponse, type MessageChannel, textResponse } from '#http/message.ts'
import { TransportError } from '#http/transport.ts'
import { Errno } from '#linux/errno.ts'
import { listenTcp, serve } from '#linux/http/server.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { Call, Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { print, printError } from '../io.ts'
import { klogHeader } from '../klog.ts'
import { goError, type Kubectl } from '../kubectl.ts'
import type { RestClient } from '../rest.ts'

export const proxy: Command = {
  name: 'proxy',
  use: '[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  short: 'Run a proxy to the Kubernetes API server',
  long: 'Creates a proxy server or application-level gateway between localhost and the Kubernetes API server. It also allows serving static content over specified HTTP path. All incoming data enters through one port and gets forwarded to the remote Kubernetes API server port, except for the path matching the static content path.',
  examples: `  # To proxy all of the Kubernetes API and nothing else
  kubectl proxy --api-prefix=/
  
  # To proxy only part of the Kubernetes API and also some static files
  # You can get pods info with 'curl localhost:8001/api/v1/pods'
  kubectl proxy --www=/my/files --www-prefix=/static/ --api-prefix=/api/
  
  # To proxy the entire Kubernetes API at a different root
  # You can get pods info with 'curl localhost:8001/custom/api/v1/pods'
  kubectl proxy --api-prefix=/custom/
  
  # Run a proxy to the Kubernetes API server on port 8011, serving static content from ./local/www/
  kubectl proxy --port=8011 --www=./local/www/
  
  # Run a proxy to the Kubernetes API server on an arbitrary local port
  # The chosen port for the server will be output to stdout
  kubectl proxy --port=0
  
  # Run a proxy to the Kubernetes API server, changing the API prefix to k8s-api
  # This makes e.g. the pods API available at localhost:8001/k8s-api/v1/pods/
  kubectl proxy --api-prefix=/k8s-api`,
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    {
      name: 'accept-hosts',
      type: 'string',
      default: "'^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$'",
      usage: 'Regular expression for hosts that the proxy should accept.',
    },
    { name: 'accept-paths', type: 'string', default: "'^.*'", usage: 'Regular expression for paths that the proxy should accept.' },
    { name: 'address', type: 'string', default: "'127.0.0.1'", usage: 'The IP address on which to serve on.' },
    { name: 'api-prefix', type: 'string', default: "'/'", usage: 'Prefix to serve the proxied API under.' },
    {
      name: 'append-server-path',
      type: 'bool',
      default: 'false',
      usage: 'If true, enables automatic path appending of the kube context server path to each request.',
    },
    {
      name: 'disable-filter',
      type: 'bool',
      default: 'false',
      usage:
        'If true, disable request filtering in the proxy. This is dangerous, and can leave you vulnerable to XSRF attacks, when used with an accessible port.',
    },
    {
      name: 'keepalive',
      type: 'duration',
      default: '0s',
      usage: 'keepalive specifies the keep-alive period for an active network connection. Set to 0 to disable keepalive.',
    },
    {
      name: 'port',
      short: 'p',
      type: 'int',
      default: '8001',
      usage: 'The port on which to run the proxy. Set to 0 to pick a random port.',
    },
    {
      name: 'reject-methods',
      type: 'string',
      default: "'^$'",
      usage: "Regular expression for HTTP methods that the proxy should reject (example --reject-methods='POST,PUT,PATCH'). ",
    },
    {
      name: 'reject-paths',
      type: 'string',
      default: "'^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach'",
      usage:
        'Regular expression for paths that the proxy should reject. Paths specified here will be rejected even accepted by --accept-paths.',
    },
    { name: 'unix-socket', short: 'u', type: 'string', default: "''", usage: 'Unix socket on which to run the proxy.' },
    {
      name: 'www',
      short: 'w',
      type: 'string',
      default: "''",
      usage: 'Also serve static files from the given directory under the specified prefix.',
    },
    {
      name: 'www-prefix',
      short: 'P',
      type: 'string',
      default: "'/static/'",
      usage: 'Prefix to serve static files under, if static file directory is specified.',
    },
  ],
  run,
}

/** Which requests pass. Source: FilterServer. */
export interface Filter {
  readonly acceptHosts: readonly RegExp[]
  readonly acceptPaths: readonly RegExp[]
  readonly rejectMethods: readonly RegExp[]
  readonly rejectPaths: readonly RegExp[]
}

/** `host` without its port. */
export function accepts(filter: Filter, method: string, path: string, host: string): boolean {
  const matches = (list: readonly RegExp[], text: string): boolean => list.some((expression) => expression.test(text))
  if (matches(filter.rejectPaths, path) || matches(filter.rejectMethods, method)) return false
  return matches(filter.acceptPaths, path) && matches(filter.acceptHosts, host)
}

function expressions(text: string): RegExp[] {
  return text.split(',').map((part) => {
    try {
      return new RegExp(part)
    } catch {
      throw new CommandError(`podlab: the regular expression ${JSON.stringify(part)} is not understood here`)
    }
  })
}

const UNMODELLED = ['www', 'www-prefix', 'unix-socket', 'append-server-path']

function* run(k: Kubectl, call: Call): Sim<number> {
  const { flags } = call
  const refused = UNMODELLED.find((name) => flags.changed(name))
  if (refused !== undefined) throw new CommandError(`podlab: kubectl proxy --${refused} is not modelled`)
  const filter: Filter | undefined = flags.bool('disable-filter')
    ? undefined
    : {
        acceptHosts: expressions(flags.string('accept-hosts')),
        acceptPaths: expressions(flags.string('accept-paths')),
        rejectMethods: expressions(flags.string('reject-methods')),
        rejectPaths: expressions(flags.string('reject-paths')),
      }
  if (filter === undefined) {
    const warning = 'proxy.go:177] "Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious"'
    yield* printError(k.proc, `${klogHeader(k.proc, 'W')} ${warning}\n`)
  }
  const rest = yield* k.rest()
  const prefix = slashes(flags.string('api-prefix'))
  const [address, port] = [flags.string('address'), flags.int('port')]
  const fd = listen(k, address, port)
  const bound = k.proc.getsockname(fd)
  yield* print(k.proc, `Starting to serve on ${address}:${bound.family === 'inet' ? bound.port : port}\n`)
  yield* serve(k.proc, { fd, port, handler: (request) => handle(k.proc, rest, prefix, filter, request) })
  return 0
}

/** With a slash at both ends. */
function slashes(prefix: string): string {
  const ended = prefix.endsWith('/') ? prefix : `${prefix}/`
  return ended.startsWith('/') ? ended : `/${ended}`
}

function listen(k: Kubectl, address: string, port: number): number {
  try {
    return listenTcp(k.proc, address === 'localhost' ? '127.0.0.1' : address, port)
  } catch (error) {
    if (error instanceof Errno) throw new CommandError(`listen tcp ${address}:${port}: bind: ${goError(error)}`)
    throw error
  }
}

function* handle(proc: Proc, rest: RestClient, prefix: string, filter: Filter | undefined, request: HttpRequest): Sim<HttpResponse> {
  const at = request.target.indexOf('?')
  const path = at < 0 ? request.target : request.target.slice(0, at)
  const query = at < 0 ? '' : request.target.slice(at)
  if (`${path}/` === prefix) return { status: 301, headers: new Headers([['location', prefix + query]]), body: EMPTY }
  if (!path.startsWith(prefix)) return textResponse(404, '404 page not found\n')
  // A prefix under /api is the server's own.
  const inner = prefix.startsWith('/api') ? path : `/${path.slice(prefix.length)}`
  const host = (request.headers.get('host') ?? '').replace(/:\d+$/, '')
  if (filter !== undefined && !accepts(filter, request.method, inner, host)) return textResponse(403, 'Forbidden\n')
  try {
    return yield* forward(proc, rest, request, inner + query)
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    yield* printError(
      proc,
      `${klogHeader(proc, 'E')} proxy_server.go:150] "Error while proxying request" err=${JSON.stringify(error.message)}\n`,
    )
    return textResponse(500, `${error.message}\n`)
  }
}

/** Fields that belong to one connection. */
const HOP_BY_HOP = ['connection', 'host', 'keep-alive', 'transfer-encoding', 'content-length', 'origin']

function* forward(proc: Proc, rest: RestClient, request: HttpRequest, target: string): Sim<HttpResponse> {
  const headers = new Headers([...request.headers].filter(([name]) => !HOP_BY_HOP.includes(name)))
  if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') return yield* upgrade(proc, rest, target, headers)
  const body = yield* bodyBytes(request.body)
  const response = yield* rest.forward({ method: request.method, target, headers, ...(body.length === 0 ? {} : { body }) })
  const answer = new Headers([...response.headers].filter(([name]) => !HOP_BY_HOP.includes(name)))
  return { status: response.status, headers: answer, body: response.body }
}

function* upgrade(proc: Proc, rest: RestClient, target: string, headers: Headers): Sim<HttpResponse> {
  const protocols = (headers.get('sec-websocket-protocol') ?? '').split(',').map((p) => p.trim())
  const answer = yield* rest.forwardUpgrade(
    { method: 'GET', target, headers: new Headers([...headers].filter(([name]) => !/^(upgrade|sec-websocket)/.test(name))) },
    protocols.filter((p) => p !== ''),
  )
  if (!('channel' in answer)) return answer
  const { channel, protocol } = answer
  return {
    status: 101,
    headers: new Headers(protocol === '' ? [] : [['sec-websocket-protocol', protocol]]),
    body: EMPTY,
    *upgrade(client) {
      const back = proc.thread('upgraded', copy(channel, client))
      yield* copy(client, channel)
      back.cancel()
    },
  }
}

function* copy(from: MessageChannel, to: MessageChannel): Sim<void> {
  for (let message = yield* from.receive(); message !== undefined; message = yield* from.receive()) to.send(message)
  to.close()
}

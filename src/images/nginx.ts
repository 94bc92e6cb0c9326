import { bodyBytes, Headers, type HttpHandler, type HttpRequest, type HttpResponse, parseTarget, textResponse } from '#http/message.ts'
import { TransportError } from '#http/transport.ts'
import { Errno, strerror } from '#linux/errno.ts'
import { socketTransport } from '#linux/http/client.ts'
import { ResolveError, resolve } from '#linux/http/resolver.ts'
import { serve } from '#linux/http/server.ts'
import { SIGNALS } from '#linux/signal.ts'
import { O, type Proc, type Program, S } from '#linux/syscalls.ts'
import { concat, decode, encode } from '#sim/bytes.ts'
import { civil, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { isDirectory } from '#userland/lib/paths.ts'
import { accountFiles, DEBIAN as DEBIAN_ACCOUNTS } from './accounts.ts'
import { busyboxFiles } from './busybox.ts'
import { binary, folder, layer, MIB, symlink, text } from './layer.ts'
import { ConfigError, type Location, locate, parseServers, type Server, type Upstream } from './nginx-config.ts'
import { dropPrivileges, prepare, type Started, workerUser } from './nginx-start.ts'
import { DEBIAN } from './systems.ts'
import type { Image } from './types.ts'

const ROOT = '/usr/share/nginx/html'
const WORKER_CPU = 120
/** proxy_connect_timeout's default. */
const PROXY_TIMEOUT = 60 * SECOND

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  txt: 'text/plain',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')

function* readWhole(proc: Proc, path: string): Sim<Uint8Array> {
  const fd = yield* proc.open(path, O.RDONLY)
  try {
    const parts: Uint8Array[] = []
    for (let part = yield* proc.read(fd, 65_536); part.length > 0; part = yield* proc.read(fd, 65_536)) parts.push(part)
    return concat(parts)
  } finally {
    proc.close(fd)
  }
}

/** nginx.conf. Differs: only its directive `user` is read. Throws {@link ConfigError}. */
function* mainConfig(proc: Proc): Sim<string> {
  try {
    return decode(yield* readWhole(proc, '/etc/nginx/nginx.conf'))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new ConfigError(`open() "/etc/nginx/nginx.conf" failed (${error.errno}: ${strerror(error)})`)
  }
}

/** The servers of /etc/nginx/conf.d. Throws {@link ConfigError}. */
function* readConfig(proc: Proc): Sim<readonly Server[]> {
  const names = proc.readdir('/etc/nginx/conf.d').map((entry) => entry.name)
  const servers: Server[] = []
  for (const name of names.filter((n) => n.endsWith('.conf') && !n.startsWith('.')).sort()) {
    const path = `/etc/nginx/conf.d/${name}`
    servers.push(...parseServers(decode(yield* readWhole(proc, path)), path))
  }
  return servers
}

/** Addresses of the hosts that requests are passed to: asked for once, at the start. Throws {@link ConfigError}. */
function* resolveUpstreams(proc: Proc, servers: readonly Server[]): Sim<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { proxy } of servers.flatMap((s) => s.locations)) {
    if (proxy === undefined || found.has(proxy.host)) continue
    try {
      found.set(proxy.host, (yield* resolve(proc, proxy.host)).addresses[0] ?? '')
    } catch (error) {
      if (!(error instanceof ResolveError)) throw error
      throw new ConfigError(`host not found in upstream "${proxy.host}" in ${proxy.file}:${proxy.line}`)
    }
  }
  return found
}

function logTime(proc: Proc): string {
  const c = civil(proc.now())
  return `${c.year}/${two(c.month)}/${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}`
}

function errorPage(status: number, reason: string, version: string): string {
  return `<html>\r\n<head><title>${status} ${reason}</title></head>\r\n<body>\r\n<center><h1>${status} ${reason}</h1></center>\r\n<hr><center>nginx/${version}</center>\r\n</body>\r\n</html>\r\n`
}

/** What a worker knows: its servers and where requests are passed on to. */
interface Site {
  readonly version: string
  readonly servers: readonly Server[]
  readonly addresses: ReadonlyMap<string, string>
}

function handler(proc: Proc, port: number, site: Site): HttpHandler {
  let connections = 0
  return function* (request) {
    yield* proc.cpu(WORKER_CPU)
    const response = yield* answerTo(proc, request, port, site, ++connections)
    const size = response.body instanceof Uint8Array ? response.body.length : 0
    const c = civil(proc.now())
    const when = `${two(c.day)}/${MONTHS[c.month - 1]}/${c.year}:${two(c.hour)}:${two(c.minute)}:${two(c.second)} +0000`
    const agent = request.headers.get('user-agent') ?? '-'
    yield* proc.write(
      1,
      encode(
        `${request.peer.address} - - [${when}] "${request.method} ${request.target} HTTP/1.1" ${response.status} ${size} "-" "${agent}" "-"\n`,
      ),
    )
    return response
  }
}

function refuse(status: number, reason: string, version: string): HttpResponse {
  const response = textResponse(status, errorPage(status, reason, version), 'text/html')
  response.headers.set('server', `nginx/${version}`)
  return response
}

function* answerTo(proc: Proc, request: HttpRequest, port: number, site: Site, connection: number): Sim<HttpResponse> {
  const { path } = parseTarget(request.target)
  const host = request.headers.get('host')?.replace(/:\d+$/, '')
  const here = site.servers.filter((s) => s.ports.includes(port))
  const server = here.find((s) => s.name === host) ?? here[0]
  const location = server === undefined ? undefined : locate(server, path)
  if (server === undefined || location === undefined) return refuse(404, 'Not Found', site.version)
  if (location.answer !== undefined) {
    const response = textResponse(location.answer.status, location.answer.text, 'application/octet-stream')
    response.headers.set('server', `nginx/${site.version}`)
    return response
  }
  if (location.proxy !== undefined) return yield* passOn(proc, request, server, location, location.proxy, site, connection)
  return yield* serveFile(proc, request.method, location.root, path, site.version)
}

/** Asks the upstream with a connection of its own; what fails becomes 502 or 504 and a line in the error log. */
function* passOn(
  proc: Proc,
  request: HttpRequest,
  server: Server,
  location: Location,
  upstream: Upstream,
  site: Site,
  connection: number,
): Sim<HttpResponse> {
  const { host, port } = upstream
  const target = upstream.uri === undefined ? request.target : upstream.uri + request.target.slice(location.path.length)
  const headers = new Headers([...request.headers])
  headers.set('host', port === 80 ? host : `${host}:${port}`).set('connection', 'close')
  const transport = socketTransport(proc, { host: site.addresses.get(host) ?? host, port, dialTimeout: PROXY_TIMEOUT })
  try {
    const got = yield* transport.roundTrip({ method: request.method, target, headers, body: request.body })
    const body = yield* bodyBytes(got.body)
    const out = new Headers([['server', `nginx/${site.version}`]])
    for (const [name, value] of got.headers)
      if (!['server', 'connection', 'date', 'content-length', 'transfer-encoding'].includes(name)) out.append(name, value)
    return { status: got.status, headers: out, body }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    const late = error.message.includes('timeout')
    const what = late
      ? 'upstream timed out (110: Connection timed out) while connecting to upstream'
      : error.message.includes('connection refused')
        ? 'connect() failed (111: Connection refused) while connecting to upstream'
        : error.message.includes('no route to host')
          ? 'connect() failed (113: No route to host) while connecting to upstream'
          : 'upstream prematurely closed connection while reading response header from upstream'
    const url = `http://${site.addresses.get(host) ?? host}:${port}${target}`
    yield* proc.write(
      2,
      encode(
        `${logTime(proc)} [error] ${proc.pid}#${proc.pid}: *${connection} ${what}, client: ${request.peer.address}, server: ${server.name}, request: "${request.method} ${request.target} HTTP/1.1", upstream: "${url}", host: "${request.headers.get('host') ?? ''}"\n`,
      ),
    )
    return late ? refuse(504, 'Gateway Time-out', site.version) : refuse(502, 'Bad Gateway', site.version)
  } finally {
    transport.close()
  }
}

function* serveFile(proc: Proc, method: string, root: string, path: string, version: string): Sim<HttpResponse> {
  if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'Not Allowed', version)
  let file = `${root}${path.replaceAll(/\/\.\.(?=\/|$)/g, '')}`
  try {
    if ((proc.stat(file).mode & S.IFMT) === S.IFDIR) file = `${file.replace(/\/$/, '')}/index.html`
    const body = yield* readWhole(proc, file)
    const type = TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    return {
      status: 200,
      headers: new Headers([
        ['server', `nginx/${version}`],
        ['content-type', type],
        ['accept-ranges', 'bytes'],
      ]),
      body,
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return error.code === 'EACCES' || (path.endsWith('/') && isDirectory(proc, `${root}${path}`))
      ? refuse(403, 'Forbidden', version)
      : refuse(404, 'Not Found', version)
  }
}

/** The master process: opens the ports, starts workers, passes signals on. */
function nginxProgram(version: string): Program {
  return {
    name: `nginx/nginx-${version}`,
    *main(proc): Sim<number> {
      if (proc.argv.includes('-v')) {
        yield* proc.write(2, encode(`nginx version: nginx/${version}\n`))
        return 0
      }
      const notice = (line: string): Sim<number> => proc.write(2, encode(`${logTime(proc)} [notice] ${proc.pid}#${proc.pid}: ${line}\n`))
      proc.setCmdline(['nginx: master process nginx -g daemon off;'])
      proc.setMemory(6 * MIB)
      const complain = function* (level: 'warn' | 'emerg', line: string): Sim<void> {
        yield* proc.write(2, encode(`${logTime(proc)} [${level}] ${proc.pid}#${proc.pid}: ${line}\nnginx: [${level}] ${line}\n`))
      }
      let site: Site
      let started: Started
      try {
        const servers = yield* readConfig(proc)
        const user = yield* workerUser(proc, yield* mainConfig(proc), (line) => complain('warn', line))
        site = { version, servers, addresses: yield* resolveUpstreams(proc, servers) }
        started = yield* prepare(proc, user, [...new Set(servers.flatMap((server) => server.ports))])
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        yield* complain('emerg', error.message)
        return 1
      }
      yield* notice('using the "epoll" event method')
      yield* notice(`nginx/${version}`)
      yield* notice('built by gcc 14.2.0 (Debian 14.2.0-19)')
      yield* notice(`OS: ${proc.uname().sysname} ${proc.uname().release}`)
      yield* notice('start worker processes')
      const worker = proc.fork(function* (child) {
        child.setCmdline(['nginx: worker process'])
        child.sigaction(SIGNALS.QUIT, 'default')
        try {
          dropPrivileges(child, started.user)
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
          yield* child.write(2, encode(`${logTime(child)} [emerg] ${child.pid}#${child.pid}: ${error.message}\n`))
          return 2
        }
        for (const [port, fd] of started.sockets)
          child.thread(`accept ${port}`, serve(child, { port, fd, handler: handler(child, port, site) }))
        for (;;) yield* child.pause()
      })
      yield* notice(`start worker process ${worker}`)
      let signal = 0
      for (const s of [SIGNALS.TERM, SIGNALS.INT, SIGNALS.QUIT]) {
        proc.sigaction(s, (n) => {
          signal = n
        })
      }
      for (;;) {
        try {
          const ended = yield* proc.wait(-1)
          if (signal !== 0) return 0
          if (ended?.pid === worker) return ended.exit ?? 1
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          if (signal === 0) continue
          yield* notice(
            `signal ${signal} (${signal === SIGNALS.QUIT ? 'SIGQUIT' : signal === SIGNALS.TERM ? 'SIGTERM' : 'SIGINT'}) received, ${signal === SIGNALS.QUIT ? 'gracefully shutting down' : 'exiting'}`,
          )
          proc.kill(worker, SIGNALS.KILL)
        }
      }
    },
  }
}

const INDEX = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, nginx is successfully installed and working.
Further configuration is required for the web server, reverse proxy, 
API gateway, load balancer, content cache, or other features.</p>

<p>For online documentation and support please refer to
<a href="https://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="https://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`

const CONF = `server {
    listen       80;
    server_name  localhost;

    location / {
        root   ${ROOT};
        index  index.html;
    }
}
`

function release(version: string, tags: readonly string[]): Image {
  const program = nginxProgram(version)
  const size = 29_766_000
  return {
    references: [version, ...tags].map((t) => `docker.io/library/nginx:${t}`),
    config: {
      cmd: ['nginx', '-g', 'daemon off;'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `NGINX_VERSION=${version}`],
      exposedPorts: ['80/tcp'],
      stopSignal: 'SIGQUIT',
      labels: { maintainer: 'NGINX Docker Maintainers <docker-maint@nginx.com>' },
    },
    layers: [
      layer("# debian.sh --arch 'amd64' out/ 'trixie'", size, () => [
        ...busyboxFiles(DEBIAN_ACCOUNTS),
        binary('/bin/bash', 'bash/bash', 1_265_648),
        text('/etc/os-release', DEBIAN),
      ]),
      layer('RUN /bin/sh -c set -x && apt-get install -y nginx', 42_300_000, () => [
        binary('/usr/sbin/nginx', program.name, 1_500_000),
        binary('/usr/bin/curl', 'curl/curl', 300_000),
        ...accountFiles({
          passwd: `${DEBIAN_ACCOUNTS.passwd}\nnginx:x:101:101:nginx user:/nonexistent:/bin/false`,
          groups: `${DEBIAN_ACCOUNTS.groups} nginx:101`,
        }),
        folder('/var/cache'),
        folder('/var/cache/nginx'),
        folder('/etc/nginx'),
        folder('/etc/nginx/conf.d'),
        text(
          '/etc/nginx/nginx.conf',
          '\nuser  nginx;\nworker_processes  1;\n\nevents {\n    worker_connections  1024;\n}\n\nhttp {\n    include /etc/nginx/conf.d/*.conf;\n}\n',
        ),
        text('/etc/nginx/conf.d/default.conf', CONF),
        folder(ROOT),
        text(`${ROOT}/index.html`, INDEX),
        text(`${ROOT}/50x.html`, errorPage(500, 'Internal Server Error', version)),
        folder('/var/log/nginx'),
        symlink('/var/log/nginx/access.log', '/dev/stdout'),
        symlink('/var/log/nginx/error.log', '/dev/stderr'),
      ]),
    ],
    programs: [program],
  }
}

export const nginx = [
  release('1.29.4', ['latest', '1.29', 'mainline', '1']),
  release('1.28.1', ['1.28', 'stable']),
  release('1.27.5', ['1.27']),
  release('1.26.3', ['1.26']),
  release('1.25.5', ['1.25']),
]

import { Headers, JsonBody } from '#http/message.ts'
import { TransportError } from '#http/transport.ts'
import { Errno, strerror } from '#linux/errno.ts'
import { connectWithin, ResponseReader } from '#linux/http/client.ts'
import { RequestFrame, type ResponseFrame } from '#linux/http/frames.ts'
import { ResolveError, readText, resolve } from '#linux/http/resolver.ts'
import { type Connection, PlainConnection, TlsError, tlsClient } from '#linux/http/tls.ts'
import { verifyChain } from '#linux/http/x509.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'

/** A transfer that failed: curl's exit status and message. */
export class CurlError extends Error {
  override name = 'CurlError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface Url {
  readonly scheme: 'http' | 'https'
  readonly user: string | undefined
  readonly host: string
  readonly port: number
  readonly path: string
  readonly text: string
}

export function parseUrl(text: string): Url {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:([^@/]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/.exec(text)
  const scheme = (match?.[1] ?? 'http').toLowerCase()
  if (match === null || match[3] === undefined || match[3] === '') throw new CurlError(3, 'URL using bad/illegal format or missing URL')
  if (scheme !== 'http' && scheme !== 'https') {
    if (['ftp', 'file', 'smtp', 'scp', 'sftp', 'telnet', 'ldap', 'imap', 'pop3', 'gopher', 'dict', 'tftp', 'ws'].includes(scheme))
      throw new CurlError(1, `podlab: curl speaks only HTTP here, not ${scheme}`)
    throw new CurlError(1, `Protocol "${scheme}" not supported or disabled in libcurl`)
  }
  const port = match[4] === undefined || match[4] === '' ? (scheme === 'https' ? 443 : 80) : Number(match[4])
  if (port > 65_535) throw new CurlError(3, 'URL using bad/illegal format or missing URL')
  const path = match[5] ?? '/'
  return {
    scheme,
    user: match[2],
    host: match[3],
    port,
    path: path.startsWith('?') ? `/${path}` : path,
    text: match[1] === undefined ? `${scheme}://${text}` : text,
  }
}

export interface Request {
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array | undefined
}

export interface TransferOptions {
  readonly insecure: boolean
  readonly cacert: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly connectTimeout: Micros | undefined
  /** Absolute, by the process's uptime. */
  readonly deadline: Micros | undefined
  readonly started: Micros
  readonly resolved: ReadonlyMap<string, string>
  readonly unixSocket: string | undefined
  /** A line of -v, with its prefix. */
  readonly trace: (line: string) => Sim<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Status line and headers as received, with the empty line. */
  readonly head: string
  readonly version: string
  /** The next part of the body; undefined at its end. */
  next(): Sim<Uint8Array | undefined>
  close(): Sim<void>
  readonly remoteIp: string
  readonly remotePort: number
  readonly localIp: string
  readonly localPort: number
  readonly times: { readonly lookup: Micros; readonly connect: Micros; readonly appConnect: Micros; readonly start: Micros }
}

/** One request and the head of its answer. Throws {@link CurlError}. */
export function* transfer(proc: Proc, url: Url, request: Request, o: TransferOptions): Sim<Answer> {
  const host = url.host.replace(/^\[(.*)\]$/, '$1')
  let connection: Connection | undefined
  let phase: 'resolve' | 'connect' | 'transfer' = 'resolve'
  const elapsed = (): number => Math.floor((proc.uptime() - o.started) / 1000)
  const timedOut = (): CurlError =>
    new CurlError(
      28,
      phase === 'resolve'
        ? `Resolving timed out after ${elapsed()} milliseconds`
        : phase === 'connect'
          ? `Connection timed out after ${elapsed()} milliseconds`
          : `Operation timed out after ${elapsed()} milliseconds with 0 bytes received`,
    )
  try {
    const addresses = yield* lookUp(proc, url, host, o)
    const lookup = proc.uptime() - o.started
    phase = 'connect'
    const { fd, address } = yield* dial(proc, url, host, addresses, o, elapsed, timedOut)
    const plain = new PlainConnection(proc, fd)
    connection = plain
    const connect = proc.uptime() - o.started
    const [local, peer] = o.unixSocket === undefined ? [proc.getsockname(fd), proc.getpeername(fd)] : [undefined, undefined]
    yield* o.trace(`* Connected to ${host} (${address}) port ${url.port} (#0)`)
    if (url.scheme === 'https') connection = yield* handshake(proc, plain, host, o)
    const appConnect = proc.uptime() - o.started
    phase = 'transfer'
    const headers = new Headers(request.headers)
    const frame = new RequestFrame(request.method, url.path, headers, request.body ?? new Uint8Array(0))
    for (const line of decode(frame.bytes()).split('\r\n\r\n')[0]?.split('\r\n') ?? []) yield* o.trace(`> ${line}`)
    yield* o.trace('> ')
    yield* connection.send(frame)
    const reader = new ResponseReader(connection, request.method === 'HEAD')
    const response = yield* reader.head()
    if (response === undefined) throw new CurlError(52, 'Empty reply from server')
    const start = proc.uptime() - o.started
    return answer(
      proc,
      connection,
      reader,
      response,
      address,
      peer?.family === 'inet' ? peer.port : url.port,
      local,
      { lookup, connect, appConnect: url.scheme === 'https' ? appConnect : 0, start },
      o,
      host,
    )
  } catch (error) {
    connection?.close()
    throw translate(error, proc, o, timedOut, phase)
  }
}

function translate(error: unknown, proc: Proc, o: TransferOptions, timedOut: () => CurlError, phase: string): unknown {
  if (error instanceof TransportError)
    return new CurlError(
      error.message.includes('malformed HTTP response') ? 1 : 18,
      error.message.includes('malformed HTTP response')
        ? 'Received HTTP/0.9 when not allowed'
        : 'transfer closed with outstanding read data remaining',
    )
  if (!(error instanceof Errno)) return error
  if (error.code === 'EINTR') return o.deadline !== undefined && proc.uptime() >= o.deadline ? timedOut() : error
  if (phase === 'transfer')
    return error.code === 'EPIPE'
      ? new CurlError(55, `Send failure: ${strerror(error)}`)
      : new CurlError(56, `Recv failure: ${strerror(error)}`)
  return error
}

function* lookUp(proc: Proc, url: Url, host: string, o: TransferOptions): Sim<readonly string[]> {
  if (o.unixSocket !== undefined) return [o.unixSocket]
  const fixed = o.resolved.get(`${host}:${url.port}`)
  if (fixed !== undefined) return fixed.split(',')
  try {
    return (yield* resolve(proc, host)).addresses
  } catch (error) {
    if (!(error instanceof ResolveError)) throw error
    yield* o.trace(`* Could not resolve host: ${host}`)
    yield* o.trace('* Closing connection 0')
    throw new CurlError(6, `Could not resolve host: ${host}`)
  }
}

function* dial(
  proc: Proc,
  url: Url,
  host: string,
  addresses: readonly string[],
  o: TransferOptions,
  elapsed: () => number,
  timedOut: () => CurlError,
): Sim<{ readonly fd: number; readonly address: string }> {
  const unix = o.unixSocket !== undefined
  for (const address of addresses) {
    const shown = address.includes(':') && !unix ? `[${address}]` : address
    yield* o.trace(unix ? `*   Trying ${address}:0...` : `*   Trying ${shown}:${url.port}...`)
    const fd = proc.socket(unix ? 'unix' : 'inet', 'stream')
    try {
      if (unix) yield* proc.connect(fd, { family: 'unix', path: address })
      else {
        const limits = [o.connectTimeout, o.deadline === undefined ? undefined : o.deadline - proc.uptime(), 300_000_000].filter(
          (n) => n !== undefined,
        )
        yield* connectWithin(proc, fd, address, url.port, Math.max(0, Math.min(...limits)))
      }
      return { fd, address }
    } catch (error) {
      proc.close(fd)
      if (!(error instanceof Errno) || error.code === 'EINTR') throw error
      if (error.code === 'EAGAIN') throw timedOut()
      yield* o.trace(`* connect to ${address} port ${url.port} failed: ${strerror(error)}`)
    }
  }
  const text = `Failed to connect to ${host} port ${url.port} after ${elapsed()} ms: Couldn't connect to server`
  yield* o.trace(`* ${text}`)
  yield* o.trace('* Closing connection 0')
  throw new CurlError(7, text)
}

const DETAILS = `
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.`

function* pem(proc: Proc, path: string | undefined, status: number, text: string): Sim<string | undefined> {
  if (path === undefined) return undefined
  const found = yield* readText(proc, path)
  if (found === undefined) throw new CurlError(status, text)
  return found
}

function* handshake(proc: Proc, plain: PlainConnection, host: string, o: TransferOptions): Sim<Connection> {
  const ca =
    o.cacert === undefined
      ? ((yield* readText(proc, '/etc/ssl/certs/ca-certificates.crt')) ?? '')
      : ((yield* pem(proc, o.cacert, 77, `error setting certificate file: ${o.cacert}`)) ?? '')
  const cert = yield* pem(
    proc,
    o.cert,
    58,
    `could not load PEM client certificate from ${o.cert}, OpenSSL error error:80000002:system library::No such file or directory, (no key found, wrong pass phrase, or wrong file format?)`,
  )
  const key =
    (yield* pem(proc, o.key, 58, `unable to set private key file: '${o.key}' type PEM`)) ??
    (cert?.includes('PRIVATE KEY') === true ? cert : undefined)
  let reason = ''
  yield* o.trace('* ALPN: offers h2,http/1.1')
  try {
    const secure = yield* tlsClient(
      plain,
      host,
      { insecure: o.insecure, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) },
      (chain) => {
        const wrong = verifyChain(chain, ca, host, proc.now())
        reason = wrong ?? ''
        return wrong
      },
    )
    yield* o.trace('* SSL connection using TLSv1.3 / TLS_AES_128_GCM_SHA256')
    return secure
  } catch (error) {
    if (!(error instanceof TlsError)) throw error
    if (reason.includes('is valid for') || reason.includes('SANs') || reason.includes('not valid for any names'))
      throw new CurlError(60, `SSL: no alternative certificate subject name matches target host name '${host}'${DETAILS}`)
    if (reason.includes('expired')) throw new CurlError(60, `SSL certificate problem: certificate has expired${DETAILS}`)
    if (reason !== '') throw new CurlError(60, `SSL certificate problem: unable to get local issuer certificate${DETAILS}`)
    if (error.message.includes('first record')) throw new CurlError(35, 'OpenSSL/3.0.17: error:0A00010B:SSL routines::wrong version number')
    throw new CurlError(
      35,
      error.message === 'EOF'
        ? `OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to ${host} `
        : `OpenSSL SSL_connect: ${error.message}`,
    )
  }
}

function answer(
  proc: Proc,
  connection: Connection,
  reader: ResponseReader,
  response: ResponseFrame,
  remoteIp: string,
  remotePort: number,
  local: import('#linux/syscalls.ts').SockAddr | undefined,
  times: Answer['times'],
  o: TransferOptions,
  host: string,
): Answer {
  let whole: Uint8Array | undefined =
    response.body === undefined ? undefined : response.body instanceof JsonBody ? response.body.bytes() : response.body
  let ended = !response.streaming && whole === undefined
  if (response.headOnly) ended = true
  const raw = decode(response.bytes())
  const head = `${raw.slice(0, raw.indexOf('\r\n\r\n'))}\r\n\r\n`
  return {
    status: response.status,
    headers: response.headers,
    head,
    version: response.version,
    remoteIp,
    remotePort,
    localIp: local?.family === 'inet' ? local.address : '',
    localPort: local?.family === 'inet' ? local.port : 0,
    times,
    *next(): Sim<Uint8Array | undefined> {
      if (ended) return undefined
      if (whole !== undefined) {
        const out = whole
        whole = undefined
        ended = true
        return out.length === 0 ? undefined : out
      }
      try {
        const part = yield* reader.part()
        if (part === undefined) {
          ended = true
          return undefined
        }
        return part instanceof JsonBody ? part.bytes() : part
      } catch (error) {
        throw translate(
          error,
          proc,
          o,
          () =>
            new CurlError(
              28,
              `Operation timed out after ${Math.floor((proc.uptime() - o.started) / 1000)} milliseconds with 0 out of 0 bytes received`,
            ),
          'transfer',
        )
      }
    },
    *close(): Sim<void> {
      const stays = response.version === 'HTTP/1.1' && response.headers.get('connection')?.toLowerCase() !== 'close'
      yield* o.trace(stays ? `* Connection #0 to host ${host} left intact` : '* Closing connection 0')
      connection.close()
    },
  }
}

import { Errno } from '#linux/errno.ts'
import { O, type Proc, type Program } from '#linux/syscalls.ts'
import { concat, decode, encode, toBase64 } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { readAll, readFile, say, writeAll } from '../lib/io.ts'
import { type Answer, CurlError, parseUrl, type TransferOptions, transfer, type Url } from './transfer.ts'

const VERSION = `curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13
Release-Date: 2023-02-20, security patched: 7.88.1-10+deb12u14
Protocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtsp scp sftp smb smbs smtp smtps telnet tftp
Features: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTPS-proxy IDN IPv6 Kerberos Largefile libz NTLM NTLM_WB PSL SPNEGO SSL threadsafe TLS-SRP UnixSockets zstd
`

/** Options with an argument: long name by letter. */
const WITH_VALUE: Readonly<Record<string, string>> = {
  A: 'user-agent',
  b: 'cookie',
  d: 'data',
  D: 'dump-header',
  e: 'referer',
  E: 'cert',
  F: 'form',
  H: 'header',
  m: 'max-time',
  o: 'output',
  r: 'range',
  T: 'upload-file',
  u: 'user',
  w: 'write-out',
  x: 'proxy',
  X: 'request',
  c: 'cookie-jar',
  y: 'speed-time',
  Y: 'speed-limit',
  K: 'config',
}
const FLAGS: Readonly<Record<string, string>> = {
  f: 'fail',
  G: 'get',
  i: 'include',
  I: 'head',
  k: 'insecure',
  L: 'location',
  N: 'no-buffer',
  O: 'remote-name',
  s: 'silent',
  S: 'show-error',
  v: 'verbose',
  V: 'version',
  h: 'help',
  g: 'globoff',
  j: 'junk-session-cookies',
  '4': 'ipv4',
  '6': 'ipv6',
  '#': 'progress-bar',
  Z: 'parallel',
  J: 'remote-header-name',
  q: 'disable',
  R: 'remote-time',
  n: 'netrc',
  '0': 'http1.0',
}
const LONG_VALUES = new Set([
  ...Object.values(WITH_VALUE),
  'data-raw',
  'data-binary',
  'data-urlencode',
  'data-ascii',
  'json',
  'connect-timeout',
  'resolve',
  'retry',
  'retry-delay',
  'retry-max-time',
  'cacert',
  'capath',
  'key',
  'unix-socket',
  'noproxy',
  'url',
  'interface',
  'max-redirs',
  'limit-rate',
  'connect-to',
  'oauth2-bearer',
  'ciphers',
  'keepalive-time',
  'dns-servers',
  'stderr',
  'output-dir',
  'abstract-unix-socket',
])
const LONG_FLAGS = new Set([
  ...Object.values(FLAGS),
  'fail-with-body',
  'compressed',
  'retry-connrefused',
  'retry-all-errors',
  'http1.1',
  'http2',
  'http2-prior-knowledge',
  'no-progress-meter',
  'no-keepalive',
  'create-dirs',
  'tlsv1.2',
  'tlsv1.3',
  'fail-early',
  'raw',
  'tcp-nodelay',
  'path-as-is',
  'no-alpn',
  'location-trusted',
  'post301',
  'no-verbose',
  'no-silent',
  'url-query',
])
const NOT_MODELLED = new Set([
  'form',
  'proxy',
  'cookie-jar',
  'config',
  'upload-file',
  'range',
  'interface',
  'connect-to',
  'http2-prior-knowledge',
  'stderr',
])

interface Options {
  readonly has: Set<string>
  readonly value: Map<string, string>
  readonly lists: Map<string, string[]>
  readonly data: { readonly kind: string; readonly text: string }[]
  readonly outputs: (string | true)[]
  readonly urls: string[]
}

class UsageError extends Error {
  override name = 'UsageError'
}

function parse(words: readonly string[]): Options {
  const o: Options = { has: new Set(), value: new Map(), lists: new Map(), data: [], outputs: [], urls: [] }
  const take = (name: string, value: string): void => {
    if (NOT_MODELLED.has(name)) throw new UsageError(`podlab: curl --${name} is not modelled`)
    if (name.startsWith('data') || name === 'json') o.data.push({ kind: name, text: value })
    else if (name === 'output') o.outputs.push(value)
    else if (name === 'url') o.urls.push(value)
    else if (name === 'header' || name === 'resolve') o.lists.set(name, [...(o.lists.get(name) ?? []), value])
    else o.value.set(name, value)
  }
  const flag = (name: string): void => {
    if (name === 'remote-name') o.outputs.push(true)
    o.has.add(name)
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (!word.startsWith('-') || word === '-') {
      o.urls.push(word)
      continue
    }
    if (word.startsWith('--')) {
      const name = word.slice(2)
      const all = [...LONG_VALUES, ...LONG_FLAGS]
      const full = all.includes(name)
        ? name
        : all.filter((n) => n.startsWith(name)).length === 1
          ? all.find((n) => n.startsWith(name))
          : undefined
      if (full === undefined)
        throw new UsageError(`curl: option ${word}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information`)
      if (LONG_VALUES.has(full)) {
        const value = words[++i]
        if (value === undefined)
          throw new UsageError(`curl: option ${word}: requires parameter\ncurl: try 'curl --help' or 'curl --manual' for more information`)
        take(full, value)
      } else flag(full)
      continue
    }
    for (let k = 1; k < word.length; k++) {
      const letter = word.charAt(k)
      const name = WITH_VALUE[letter]
      if (name !== undefined) {
        const value = k + 1 < word.length ? word.slice(k + 1) : words[++i]
        if (value === undefined)
          throw new UsageError(`curl: option ${word}: requires parameter\ncurl: try 'curl --help' or 'curl --manual' for more information`)
        take(name, value)
        break
      }
      const plain = FLAGS[letter]
      if (plain === undefined)
        throw new UsageError(`curl: option ${word}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information`)
      flag(plain)
    }
  }
  return o
}

/** curl(1) 7.88.1: HTTP and HTTPS. */
const curl: Program = {
  name: 'curl/curl',
  *main(proc) {
    let o: Options
    try {
      o = parse(proc.argv.slice(1))
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield* say(proc, 2, `${error.message}\n`)
      return 2
    }
    if (o.has.has('version')) {
      yield* say(proc, 1, VERSION)
      return 0
    }
    if (o.has.has('help')) {
      yield* say(
        proc,
        1,
        'Usage: curl [options...] <url>\n -d, --data <data>          HTTP POST data\n -f, --fail                 Fail silently (no output at all) on HTTP errors\n -h, --help <category>      Get help for commands\n -i, --include              Include protocol response headers in the output\n -o, --output <file>        Write to file instead of stdout\n -O, --remote-name          Write output to a file named as the remote file\n -s, --silent               Silent mode\n -T, --upload-file <file>   Transfer local FILE to destination\n -u, --user <user:password> Server user and password\n -A, --user-agent <name>    Send User-Agent <name> to server\n -v, --verbose              Make the operation more talkative\n -V, --version              Show version number and quit\n\nThis is not the full help, this menu is stripped into categories.\nUse "--help category" to get an overview of all categories.\nFor all options use the manual or "--help all".\n',
      )
      return 0
    }
    if (o.urls.length === 0) {
      yield* say(proc, 2, "curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n")
      return 2
    }
    proc.sigaction(14, () => {})
    let status = 0
    for (const [i, url] of o.urls.flatMap(glob).entries()) status = yield* withRetries(proc, o, url, i)
    return status
  },
}

/** `http://h/[1-3]` and `{a,b}`. */
function glob(url: string): string[] {
  const range = /\[(\d+)-(\d+)\]/.exec(url)
  if (range !== null) {
    const out: string[] = []
    for (let n = Number(range[1]); n <= Number(range[2]) && out.length < 10_000; n++) out.push(...glob(url.replace(range[0], String(n))))
    return out
  }
  const set = /\{([^{}]+)\}/.exec(url)
  return set === null ? [url] : (set[1] ?? '').split(',').flatMap((word) => glob(url.replace(set[0], word)))
}

function* withRetries(proc: Proc, o: Options, url: string, index: number): Sim<number> {
  const retries = Number(o.value.get('retry') ?? 0)
  for (let attempt = 0; ; attempt++) {
    const status = yield* one(proc, o, url, index, attempt < retries)
    if (typeof status === 'number') return status
    const delay = o.value.has('retry-delay') ? Number(o.value.get('retry-delay')) : Math.min(600, 1 << Math.min(attempt, 10))
    if (!o.has.has('silent'))
      yield* say(proc, 2, `Warning: Problem: ${status.problem}. Will retry in ${delay} seconds. ${retries - attempt} retries left.\n`)
    yield* proc.nanosleep(delay * 1_000_000)
  }
}

interface Outcome {
  readonly started: Micros
  status: number
  downloaded: number
  uploaded: number
  answer: Answer | undefined
  url: Url | undefined
  redirects: number
  exit: number
  message: string
  method: string
}

function* one(proc: Proc, o: Options, text: string, index: number, mayRetry: boolean): Sim<number | { readonly problem: string }> {
  const outcome: Outcome = {
    started: proc.uptime(),
    status: 0,
    downloaded: 0,
    uploaded: 0,
    answer: undefined,
    url: undefined,
    redirects: 0,
    exit: 0,
    message: '',
    method: 'GET',
  }
  const maxTime = o.value.get('max-time')
  const deadline = maxTime === undefined ? undefined : outcome.started + Math.round(Number(maxTime) * 1_000_000)
  if (deadline !== undefined) proc.alarm(deadline - outcome.started)
  const sink = new Sink(proc, o, text, index)
  const meter = !o.has.has('silent') && !o.has.has('no-progress-meter') && (sink.file !== undefined || !proc.isatty(1))
  try {
    if (meter) yield* say(proc, 2, METER_HEAD)
    yield* follow(proc, o, text, outcome, deadline, sink)
  } catch (error) {
    if (error instanceof Errno && error.code === 'EPIPE') {
      outcome.exit = 23
      outcome.message = 'Failure writing output to destination'
    } else if (error instanceof CurlError) {
      outcome.exit = error.status
      outcome.message = error.message
    } else throw error
  } finally {
    if (deadline !== undefined) proc.alarm(0)
    sink.close()
  }
  const refusedCounts = o.has.has('retry-connrefused') || o.has.has('retry-all-errors')
  if (mayRetry) {
    if (outcome.exit === 28) return { problem: 'timeout' }
    if (outcome.exit === 7 && refusedCounts) return { problem: 'connection refused' }
    if (outcome.exit !== 0 && outcome.exit !== 22 && o.has.has('retry-all-errors')) return { problem: '(retrying all errors)' }
    if ([408, 429, 500, 502, 503, 504].includes(outcome.status)) return { problem: 'HTTP error' }
  }
  if (meter) yield* say(proc, 2, meterLine(proc, outcome))
  if (outcome.exit !== 0 && (!o.has.has('silent') || o.has.has('show-error')))
    yield* say(proc, 2, `curl: (${outcome.exit}) ${outcome.message}\n`)
  const format = o.value.get('write-out')
  if (format !== undefined) yield* say(proc, 1, writeOut(proc, format, outcome))
  return outcome.exit
}

const METER_HEAD =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0'

function meterLine(proc: Proc, r: Outcome): string {
  const micros = Math.max(1, proc.uptime() - r.started)
  const speed = Math.floor((r.downloaded * 1_000_000) / micros)
  const n = (value: number): string =>
    (value < 100_000 ? String(value) : value < 10_240_000 ? `${Math.floor(value / 1024)}k` : `${Math.floor(value / 1_048_576)}M`).padStart(
      5,
    )
  const percent = r.exit === 0 ? 100 : 0
  return `\r${String(percent).padStart(3)} ${n(r.downloaded)}  ${String(percent).padStart(3)} ${n(r.downloaded)}    0     0  ${n(speed)}      0 --:--:-- ${r.exit === 0 ? '--:--:--' : '--:--:--'} --:--:-- ${n(speed)}\n`
}

/** Where the body goes: a file or standard output. */
class Sink {
  readonly file: string | undefined
  readonly #proc: Proc
  #fd: number | undefined

  constructor(proc: Proc, o: Options, url: string, index: number) {
    this.#proc = proc
    const output = o.outputs[index]
    const name =
      output === true
        ? (url
            .replace(/^[a-z]+:\/\//, '')
            .replace(/[?#].*/, '')
            .split('/')
            .pop() ?? '')
        : output
    const dir = o.value.get('output-dir')
    this.file = name === undefined || name === '-' ? undefined : dir === undefined ? name : `${dir}/${name}`
    if (output === true && name === '') throw new CurlError(23, 'Remote file name has no length!')
  }

  *write(data: Uint8Array): Sim<void> {
    if (this.file === undefined) {
      yield* writeAll(this.#proc, 1, data)
      return
    }
    try {
      this.#fd ??= yield* this.#proc.open(this.file, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      throw new CurlError(23, `Failure writing output to destination`)
    }
    yield* writeAll(this.#proc, this.#fd, data)
  }

  close(): void {
    if (this.#fd !== undefined) this.#proc.close(this.#fd)
  }
}

function* body(proc: Proc, o: Options): Sim<{ readonly bytes: Uint8Array | undefined; readonly json: boolean }> {
  if (o.data.length === 0) return { bytes: undefined, json: false }
  const parts: Uint8Array[] = []
  let json = false
  for (const { kind, text } of o.data) {
    if (kind === 'json') json = true
    if (parts.length > 0 && kind !== 'json') parts.push(encode('&'))
    if (kind === 'data-raw' || (!text.startsWith('@') && kind !== 'data-urlencode')) parts.push(encode(text))
    else if (kind === 'data-urlencode') parts.push(encode(urlencode(text)))
    else {
      const path = text.slice(1)
      let content: Uint8Array
      try {
        content = path === '-' ? yield* readAll(proc, 0) : yield* readFile(proc, path)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        throw new CurlError(26, `Failed to open ${path}`)
      }
      parts.push(kind === 'data' || kind === 'data-ascii' ? encode(decode(content).replace(/[\r\n]/g, '')) : content)
    }
  }
  return { bytes: concat(parts), json }
}

function urlencode(text: string): string {
  const eq = text.indexOf('=')
  const [name, value] = eq < 0 ? ['', text] : [text.slice(0, eq), text.slice(eq + 1)]
  let out = ''
  for (const b of encode(value))
    out += /[A-Za-z0-9\-._~]/.test(String.fromCharCode(b)) ? String.fromCharCode(b) : `%${b.toString(16).toUpperCase().padStart(2, '0')}`
  return name === '' ? out : `${name}=${out}`
}

function* follow(proc: Proc, o: Options, text: string, r: Outcome, deadline: Micros | undefined, sink: Sink): Sim<void> {
  let url = parseUrl(text)
  let { bytes, json } = yield* body(proc, o)
  if (o.has.has('get') && bytes !== undefined) {
    url = parseUrl(`${url.text}${url.path.includes('?') ? '&' : '?'}${decode(bytes)}`)
    bytes = undefined
  }
  let method = o.value.get('request') ?? (o.has.has('head') ? 'HEAD' : bytes !== undefined ? 'POST' : 'GET')
  const verbose = o.has.has('verbose')
  const resolved = new Map(
    (o.lists.get('resolve') ?? []).map((entry) => {
      const [host = '', port = '', ...rest] = entry.replace(/^\+/, '').split(':')
      return [`${host}:${port}`, rest.join(':')] as const
    }),
  )
  const options: TransferOptions = {
    insecure: o.has.has('insecure'),
    cacert: o.value.get('cacert'),
    cert: o.value.get('cert'),
    key: o.value.get('key'),
    connectTimeout: o.value.has('connect-timeout') ? Math.round(Number(o.value.get('connect-timeout')) * 1_000_000) : undefined,
    deadline,
    started: r.started,
    resolved,
    unixSocket: o.value.get('unix-socket'),
    *trace(line) {
      if (verbose) yield* say(proc, 2, `${line}\n`)
    },
  }
  const limit = Number(o.value.get('max-redirs') ?? 50)
  for (;;) {
    r.url = url
    r.method = method
    const answer = yield* transfer(proc, url, { method, headers: headersOf(o, url, bytes, json, method), body: bytes }, options)
    r.answer = answer
    r.status = answer.status
    r.uploaded += bytes?.length ?? 0
    if (answer.version === 'HTTP/1.0') yield* options.trace('* HTTP 1.0, assume close after body')
    for (const line of answer.head.split('\r\n').slice(0, -2)) yield* options.trace(`< ${line}`)
    yield* options.trace('< ')
    const location = answer.headers.get('location')
    const redirect = o.has.has('location') && location !== undefined && answer.status >= 301 && answer.status <= 308
    const failed = answer.status >= 400 && (o.has.has('fail') || o.has.has('fail-with-body'))
    if (o.has.has('include') || o.has.has('head')) yield* sink.write(encode(answer.head))
    const dump = o.value.get('dump-header')
    if (dump !== undefined) yield* dumpHeaders(proc, dump, answer.head)
    for (let part = yield* answer.next(); part !== undefined; part = yield* answer.next()) {
      if (redirect || (failed && o.has.has('fail'))) continue
      r.downloaded += part.length
      yield* sink.write(part)
    }
    yield* answer.close()
    if (failed) throw new CurlError(22, `The requested URL returned error: ${answer.status}`)
    if (!redirect) return
    if (++r.redirects > limit) throw new CurlError(47, `Maximum (${limit}) redirects followed`)
    url = parseUrl(
      /^[a-z]+:\/\//i.test(location)
        ? location
        : `${url.scheme}://${url.host}${url.port === (url.scheme === 'https' ? 443 : 80) ? '' : `:${url.port}`}${location.startsWith('/') ? location : `${url.path.slice(0, url.path.lastIndexOf('/') + 1)}${location}`}`,
    )
    yield* options.trace(`* Issue another request to this URL: '${url.text}'`)
    if (answer.status === 303 || (answer.status < 303 && method === 'POST' && !o.value.has('request'))) {
      method = method === 'HEAD' ? 'HEAD' : 'GET'
      bytes = undefined
    }
  }
}

function* dumpHeaders(proc: Proc, path: string, head: string): Sim<void> {
  if (path === '-') {
    yield* say(proc, 1, head)
    return
  }
  const fd = yield* proc.open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
  yield* writeAll(proc, fd, encode(head))
  proc.close(fd)
}

function headersOf(o: Options, url: Url, bytes: Uint8Array | undefined, json: boolean, method: string): (readonly [string, string])[] {
  const own = (o.lists.get('header') ?? []).map((line) => {
    const colon = line.search(/[:;]/)
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim(), line.charAt(colon)] as const
  })
  const given = (name: string): boolean => own.some(([n]) => n.toLowerCase() === name)
  const out: [string, string][] = []
  const standard = (name: string, value: string): void => {
    if (!given(name.toLowerCase())) out.push([name, value])
  }
  const port = url.port === (url.scheme === 'https' ? 443 : 80) ? '' : `:${url.port}`
  const host = own.find(([n]) => n.toLowerCase() === 'host')
  out.push(['Host', host?.[1] ?? `${url.host}${port}`])
  const user = o.value.get('user') ?? url.user
  if (user !== undefined) standard('Authorization', `Basic ${toBase64(encode(user))}`)
  const bearer = o.value.get('oauth2-bearer')
  if (bearer !== undefined) standard('Authorization', `Bearer ${bearer}`)
  standard('User-Agent', o.value.get('user-agent') ?? 'curl/7.88.1')
  standard('Accept', json ? 'application/json' : '*/*')
  if (o.has.has('compressed')) standard('Accept-Encoding', 'deflate, gzip, br, zstd')
  const referer = o.value.get('referer')
  if (referer !== undefined) standard('Referer', referer)
  const cookie = o.value.get('cookie')
  if (cookie?.includes('=') === true) standard('Cookie', cookie)
  for (const [name, value, mark] of own) if (name.toLowerCase() !== 'host' && (value !== '' || mark === ';')) out.push([name, value])
  if (bytes !== undefined) {
    out.push(['Content-Length', String(bytes.length)])
    standard('Content-Type', json ? 'application/json' : 'application/x-www-form-urlencoded')
  } else if (method === 'POST' || method === 'PUT') standard('Content-Length', '0')
  return out
}

function writeOut(proc: Proc, format: string, r: Outcome): string {
  const seconds = (micros: Micros | undefined): string => ((micros ?? 0) / 1_000_000).toFixed(6)
  const { answer: a } = r
  const total = proc.uptime() - r.started
  const variables: Readonly<Record<string, string>> = {
    http_code: String(r.status).padStart(3, '0'),
    response_code: String(r.status).padStart(3, '0'),
    http_connect: '000',
    http_version: a === undefined ? '0' : a.version.slice(5),
    size_download: String(r.downloaded),
    size_upload: String(r.uploaded),
    size_header: String(a?.head.length ?? 0),
    size_request: '0',
    speed_download: String(total === 0 ? 0 : Math.floor((r.downloaded * 1_000_000) / total)),
    speed_upload: '0',
    time_total: seconds(total),
    time_namelookup: seconds(a?.times.lookup),
    time_connect: seconds(a?.times.connect),
    time_appconnect: seconds(a?.times.appConnect),
    time_pretransfer: seconds(a?.times.connect),
    time_starttransfer: seconds(a?.times.start),
    time_redirect: seconds(0),
    remote_ip: a?.remoteIp ?? '',
    remote_port: String(a?.remotePort ?? 0),
    local_ip: a?.localIp ?? '',
    local_port: String(a?.localPort ?? 0),
    num_connects: a === undefined ? '0' : String(r.redirects + 1),
    num_redirects: String(r.redirects),
    redirect_url: r.status >= 301 && r.status <= 308 ? (a?.headers.get('location') ?? '') : '',
    url_effective:
      r.url?.text === undefined
        ? ''
        : r.url.text + (r.url.path === '/' && !r.url.text.replace(/^[a-z]+:\/\//, '').includes('/') ? '/' : ''),
    url: r.url?.text ?? '',
    content_type: a?.headers.get('content-type') ?? '',
    exitcode: String(r.exit),
    errormsg: r.message.split('\n')[0] ?? '',
    method: r.method,
    scheme: r.url?.scheme.toUpperCase() ?? '',
    ssl_verify_result: '0',
  }
  return format
    .replace(/\\([nrt\\])/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\' })[c] ?? c)
    .replace(/%(%|\{([a-z_]+)\}|header\{([^}]+)\})/g, (_, kind: string, name: string | undefined, header: string | undefined) => {
      if (kind === '%') return '%'
      if (header !== undefined) return a?.headers.get(header) ?? ''
      return variables[name ?? ''] ?? (name === 'json' ? JSON.stringify(variables) : '')
    })
}

export const programs: readonly Program[] = [curl]

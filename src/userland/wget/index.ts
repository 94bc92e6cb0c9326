import { Errno } from '#linux/errno.ts'
import { O, type Proc, type Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { type Answer, CurlError, parseUrl, transfer } from '../curl/transfer.ts'
import { say, writeAll } from '../lib/io.ts'

interface Options {
  quiet: boolean
  spider: boolean
  server: boolean
  output: string | undefined
  timeout: Micros | undefined
  insecure: boolean
  post: string | undefined
  readonly headers: (readonly [string, string])[]
  readonly urls: string[]
}

const MODELLED = 'podlab: this option of wget is not modelled: '

function parse(words: readonly string[]): Options | string {
  const o: Options = {
    quiet: false,
    spider: false,
    server: false,
    output: undefined,
    timeout: undefined,
    insecure: false,
    post: undefined,
    headers: [],
    urls: [],
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (!word.startsWith('-') || word === '-') {
      o.urls.push(word)
      continue
    }
    if (word.startsWith('--')) {
      const [name = '', attached] = word.slice(2).split(/=(.*)/s)
      const value = (): string => attached ?? words[++i] ?? ''
      if (name === 'quiet' || name === 'no-verbose') o.quiet = true
      else if (name === 'spider') o.spider = true
      else if (name === 'server-response') o.server = true
      else if (name === 'no-check-certificate') o.insecure = true
      else if (name === 'output-document') o.output = value()
      else if (name === 'timeout' || name === 'connect-timeout' || name === 'read-timeout') o.timeout = Number(value()) * 1_000_000
      else if (name === 'tries') value()
      else if (name === 'post-data') o.post = value()
      else if (name === 'header') {
        const [key = '', rest = ''] = value().split(/:\s*(.*)/s)
        o.headers.push([key, rest])
      } else return `${MODELLED}${word}\n`
      continue
    }
    for (let k = 1; k < word.length; k++) {
      const letter = word.charAt(k)
      if ('OTtY'.includes(letter)) {
        const value = k + 1 < word.length ? word.slice(k + 1) : (words[++i] ?? '')
        if (letter === 'O') o.output = value
        else if (letter === 'T') o.timeout = Number(value) * 1_000_000
        break
      }
      if (letter === 'q') o.quiet = true
      else if (letter === 'S') o.server = true
      else if (letter !== 'n' && letter !== 'v' && letter !== 'c') return `${MODELLED}-${letter}\n`
    }
  }
  return o
}

/** wget(1): GNU's on Debian, busybox's applet where busybox is the userland. Only HTTP; one try. */
const wget: Program = {
  name: 'wget/wget',
  *main(proc) {
    const o = parse(proc.argv.slice(proc.argv[0]?.endsWith('busybox') === true ? 2 : 1))
    if (typeof o === 'string') {
      yield* say(proc, 2, o)
      return 1
    }
    const busybox = !proc.access('/usr/bin/dpkg', '')
    if (o.urls.length === 0) {
      yield* say(
        proc,
        2,
        busybox
          ? 'BusyBox v1.37.0 multi-call binary.\n\nUsage: wget [OPTIONS] URL...\n'
          : "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n",
      )
      return 1
    }
    proc.sigaction(14, () => {})
    let status = 0
    for (const url of o.urls) status = Math.max(status, yield* download(proc, o, url, busybox))
    return status
  },
}

function* download(proc: Proc, o: Options, text: string, busybox: boolean): Sim<number> {
  const started = proc.uptime()
  const limit = o.timeout ?? (busybox ? 900_000_000 : undefined)
  const deadline = limit === undefined ? undefined : started + limit
  if (limit !== undefined) proc.alarm(limit)
  let host = text
  try {
    let url = parseUrl(text)
    for (let hops = 0; ; hops++) {
      host = url.host
      const port = url.port === (url.scheme === 'https' ? 443 : 80) ? '' : `:${url.port}`
      if (busybox && !o.quiet) yield* say(proc, 2, `Connecting to ${url.host}${port} `)
      const body = o.post === undefined ? undefined : encode(o.post)
      const headers: (readonly [string, string])[] = [
        ['Host', `${url.host}${port}`],
        ['User-Agent', busybox ? 'Wget' : 'Wget/1.21.3'],
        ['Accept', '*/*'],
        ...o.headers,
        ['Connection', busybox ? 'close' : 'Keep-Alive'],
      ]
      if (body !== undefined) headers.push(['Content-Type', 'application/x-www-form-urlencoded'], ['Content-Length', String(body.length)])
      const answer = yield* transfer(
        proc,
        url,
        { method: body !== undefined ? 'POST' : o.spider ? 'HEAD' : 'GET', headers, body },
        {
          insecure: o.insecure || busybox,
          cacert: undefined,
          cert: undefined,
          key: undefined,
          connectTimeout: undefined,
          deadline,
          started,
          resolved: new Map(),
          unixSocket: undefined,
          *trace() {},
        },
      )
      if (busybox && !o.quiet) yield* say(proc, 2, `(${answer.remoteIp}:${answer.remotePort})\n`)
      const lines = answer.head.trimEnd().split('\r\n')
      if (o.server) yield* say(proc, 2, lines.map((line) => `  ${line}\n`).join(''))
      const location = answer.headers.get('location')
      if (answer.status >= 301 && answer.status <= 308 && location !== undefined && hops < 20) {
        yield* answer.close()
        url = parseUrl(/^[a-z]+:\/\//.test(location) ? location : `${url.scheme}://${url.host}:${url.port}${location}`)
        continue
      }
      const first = lines[0] ?? ''
      if (answer.status >= 400) {
        yield* answer.close()
        yield* say(
          proc,
          2,
          busybox
            ? `wget: server returned error: ${first}\n`
            : o.quiet
              ? ''
              : `HTTP request sent, awaiting response... ${first.slice(9)}\n${stamp(proc)} ERROR ${answer.status}: ${first.slice(13)}.\n\n`,
        )
        return busybox ? 1 : 8
      }
      return yield* save(proc, o, url.path, answer, busybox)
    }
  } catch (error) {
    if (!(error instanceof CurlError)) throw error
    return yield* explain(proc, o, host, error, busybox)
  } finally {
    if (limit !== undefined) proc.alarm(0)
  }
}

function stamp(proc: Proc): string {
  const seconds = Math.floor(proc.now() / 1_000_000) % 86_400
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

function* save(proc: Proc, o: Options, path: string, answer: Answer, busybox: boolean): Sim<number> {
  const last =
    path
      .replace(/[?#].*/, '')
      .split('/')
      .pop() ?? ''
  const name = o.output ?? (last === '' ? 'index.html' : last)
  if (o.spider) {
    if (busybox && !o.quiet) yield* say(proc, 2, 'remote file exists\n')
    yield* answer.close()
    return 0
  }
  const fd = name === '-' ? 1 : yield* open(proc, name)
  if (fd === undefined) {
    yield* say(proc, 2, busybox ? `wget: can't open '${name}': Permission denied\n` : `${name}: Permission denied\n`)
    return 1
  }
  let size = 0
  for (let part = yield* answer.next(); part !== undefined; part = yield* answer.next()) {
    size += part.length
    yield* writeAll(proc, fd, part)
  }
  if (fd !== 1) proc.close(fd)
  yield* answer.close()
  if (o.quiet) return 0
  const shown = name === '-' ? (busybox ? '-' : 'STDOUT') : name
  const applet = `${name === '-' ? 'writing to stdout' : `saving to '${name}'`}\n${shown.padEnd(20)} 100% |********************************| ${String(size).padStart(5)}  0:00:00 ETA\n${name === '-' ? 'written to stdout' : `'${name}' saved`}\n`
  yield* say(proc, 2, busybox ? applet : `\n${stamp(proc)} - '${shown}' saved [${size}]\n\n`)
  return 0
}

function* open(proc: Proc, name: string): Sim<number | undefined> {
  try {
    return yield* proc.open(name, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

function* explain(proc: Proc, o: Options, host: string, error: CurlError, busybox: boolean): Sim<number> {
  const first = error.message.split('\n')[0] ?? ''
  if (busybox) {
    const known: Readonly<Record<number, string>> = {
      6: `bad address '${host}'`,
      7: `can't connect to remote host (${host}): Connection refused`,
      28: 'download timed out',
      52: 'error getting response',
    }
    yield* say(proc, 2, `${o.quiet || error.status === 28 ? '' : '\n'}wget: ${known[error.status] ?? first}\n`)
    return 1
  }
  if (o.quiet) return error.status === 60 ? 5 : 4
  if (error.status === 6)
    yield* say(
      proc,
      2,
      `Resolving ${host} (${host})... failed: Name or service not known.\nwget: unable to resolve host address '${host}'\n`,
    )
  else yield* say(proc, 2, `failed: ${error.status === 7 ? 'Connection refused' : error.status === 28 ? 'Connection timed out' : first}.\n`)
  return error.status === 60 ? 5 : 4
}

export const programs: readonly Program[] = [wget]

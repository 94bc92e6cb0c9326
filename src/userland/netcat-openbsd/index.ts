import { Errno, strerror } from '#linux/errno.ts'
import { connectWithin } from '#linux/http/client.ts'
import { ResolveError, resolve, reverse } from '#linux/http/resolver.ts'
import { serviceName, servicePort } from '#linux/net/services.ts'
import type { Proc, Program, SockAddr } from '#linux/syscalls.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { say, writeAll } from '../lib/io.ts'

interface Options {
  listen: boolean
  keep: boolean
  udp: boolean
  unix: boolean
  verbose: boolean
  zero: boolean
  numeric: boolean
  noStdin: boolean
  shutdown: boolean
  quit: number | undefined
  timeout: Micros | undefined
  port: string | undefined
  source: string | undefined
  readonly operands: string[]
}

const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
\t  [destination] [port]
`

/** nc(1) of OpenBSD as Debian ships it (1.219). */
const nc: Program = {
  name: 'netcat-openbsd/nc.openbsd',
  *main(proc) {
    const o = parse(proc.argv.slice(1))
    if (typeof o === 'string') {
      yield* say(proc, 2, o)
      return 1
    }
    if (o.unix) return yield* unixMode(proc, o)
    if (o.listen) return yield* listen(proc, o)
    return yield* connectMode(proc, o)
  },
}

function parse(words: readonly string[]): Options | string {
  const o: Options = {
    listen: false,
    keep: false,
    udp: false,
    unix: false,
    verbose: false,
    zero: false,
    numeric: false,
    noStdin: false,
    shutdown: false,
    quit: undefined,
    timeout: undefined,
    port: undefined,
    source: undefined,
    operands: [],
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (word === '--') {
      o.operands.push(...words.slice(i + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      o.operands.push(word)
      continue
    }
    for (let k = 1; k < word.length; k++) {
      const letter = word.charAt(k)
      if ('qpswiIOMmTVWXxP'.includes(letter)) {
        const value = k + 1 < word.length ? word.slice(k + 1) : words[++i]
        if (value === undefined) return `nc: option requires an argument -- '${letter}'\n${USAGE}`
        if (letter === 'q') o.quit = Number(value)
        else if (letter === 'p') o.port = value
        else if (letter === 's') o.source = value
        else if (letter === 'w') o.timeout = Number(value) * 1_000_000
        else if ('xXP'.includes(letter)) return 'podlab: nc through a proxy is not modelled\n'
        break
      }
      switch (letter) {
        case 'l':
          o.listen = true
          break
        case 'k':
          o.keep = true
          break
        case 'u':
          o.udp = true
          break
        case 'U':
          o.unix = true
          break
        case 'v':
          o.verbose = true
          break
        case 'z':
          o.zero = true
          break
        case 'n':
          o.numeric = true
          break
        case 'd':
          o.noStdin = true
          break
        case 'N':
          o.shutdown = true
          break
        case '4':
        case 'r':
        case 't':
        case 'C':
        case 'D':
        case 'b':
          break
        case '6':
          return 'podlab: nc over IPv6 is not modelled\n'
        case 'h':
          return USAGE
        default:
          return `nc: invalid option -- '${letter}'\n${USAGE}`
      }
    }
  }
  return o
}

function portNumber(text: string, udp: boolean): number | undefined {
  return /^\d+$/.test(text) ? (Number(text) <= 65_535 ? Number(text) : undefined) : servicePort(text, udp ? 'udp' : 'tcp')
}

/** Copies stdin to the socket and the socket to stdout until both, or the time after the end of stdin, are over. */
function* relay(proc: Proc, fd: number, o: Options, udp = false): Sim<void> {
  let stdinOpen = !o.noStdin
  let deadline: Micros | undefined
  for (;;) {
    const left = deadline === undefined ? o.timeout : Math.max(0, deadline - proc.uptime())
    const ready = yield* proc.poll([...(stdinOpen ? [{ fd: 0, read: true }] : []), { fd, read: true }], left)
    if (ready.length === 0) return
    for (const r of ready) {
      if (r.fd === 0 && stdinOpen) {
        const data = yield* proc.read(0, 16_384)
        if (data.length > 0) yield* writeAll(proc, fd, data)
        else {
          stdinOpen = false
          if (o.shutdown || (o.quit !== undefined && o.quit >= 0)) {
            if (!udp) proc.shutdown(fd, 'write')
            if (o.quit !== undefined) deadline = proc.uptime() + o.quit * 1_000_000
          }
        }
      } else if (r.fd === fd) {
        const data = yield* proc.read(fd, 16_384)
        if (data.length === 0) {
          if (udp) continue
          return
        }
        yield* writeAll(proc, 1, data)
      }
    }
  }
}

/** relay; a peer that resets only ends it. */
function* relayAll(proc: Proc, fd: number, o: Options, udp = false): Sim<number> {
  try {
    yield* relay(proc, fd, o, udp)
    return 0
  } catch (error) {
    if (!(error instanceof Errno) || error.code === 'EINTR') throw error
    if (error.code === 'EPIPE' || error.code === 'ECONNRESET' || error.code === 'ECONNREFUSED') return udp ? 0 : 1
    throw error
  } finally {
    proc.close(fd)
  }
}

function* listen(proc: Proc, o: Options): Sim<number> {
  const portText = o.port ?? (o.operands.length > 1 ? o.operands[1] : o.operands[0])
  const address = o.port === undefined ? (o.operands.length > 1 ? o.operands[0] : undefined) : o.operands[0]
  if (portText === undefined) {
    yield* say(proc, 2, USAGE)
    return 1
  }
  const port = portNumber(portText, o.udp)
  if (port === undefined) {
    yield* say(proc, 2, `nc: port number invalid: ${portText}\n`)
    return 1
  }
  const fd = proc.socket('inet', o.udp ? 'dgram' : 'stream')
  proc.setsockopt(fd, 'SO_REUSEADDR', 1)
  try {
    proc.bind(fd, { family: 'inet', address: address ?? '0.0.0.0', port })
    if (!o.udp) proc.listen(fd, 1)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* say(proc, 2, `nc: ${strerror(error)}\n`)
    return 1
  }
  const shown = `${address ?? '0.0.0.0'} ${port}`
  if (o.verbose) yield* say(proc, 2, `${o.udp ? 'Bound' : 'Listening'} on ${shown}\n`)
  if (o.udp) return yield* listenUdp(proc, fd, o)
  for (;;) {
    const { fd: connection, peer } = yield* proc.accept(fd)
    if (o.verbose)
      yield* say(proc, 2, `Connection received on ${yield* hostName(proc, o, peer)} ${peer.family === 'inet' ? peer.port : ''}\n`)
    if (!o.keep) proc.close(fd)
    const status = yield* relayAll(proc, connection, o)
    if (!o.keep) return status
  }
}

function* listenUdp(proc: Proc, fd: number, o: Options): Sim<number> {
  const first = yield* proc.recvfrom(fd, 16_384)
  if (!o.keep) yield* proc.connect(fd, first.from)
  if (o.verbose)
    yield* say(
      proc,
      2,
      `Connection received on ${yield* hostName(proc, o, first.from)} ${first.from.family === 'inet' ? first.from.port : ''}\n`,
    )
  yield* writeAll(proc, 1, first.data)
  return yield* relayAll(proc, fd, o.keep ? { ...o, noStdin: true } : o, true)
}

function* hostName(proc: Proc, o: Options, peer: SockAddr): Sim<string> {
  if (peer.family !== 'inet') return ''
  if (o.numeric) return peer.address
  return (yield* reverse(proc, peer.address)) ?? peer.address
}

function* connectMode(proc: Proc, o: Options): Sim<number> {
  const [host, ports] = o.operands
  if (host === undefined || ports === undefined) {
    yield* say(proc, 2, USAGE)
    return 1
  }
  let addresses: readonly string[]
  try {
    addresses = (yield* resolve(proc, host, true)).addresses.filter((a) => !a.includes(':'))
  } catch (error) {
    if (!(error instanceof ResolveError)) throw error
    yield* say(proc, 2, `nc: getaddrinfo for host "${host}" port ${ports}: ${error.message}\n`)
    return 1
  }
  let status = 1
  for (const port of expand(ports, o.udp)) {
    if (port === undefined) {
      yield* say(proc, 2, `nc: port number invalid: ${ports}\n`)
      return 1
    }
    for (const address of addresses) {
      const fd = yield* dial(proc, o, host, address, port)
      if (fd === undefined) continue
      status = 0
      if (o.verbose || o.zero) yield* succeeded(proc, o, host, address, port)
      if (o.zero) proc.close(fd)
      else return yield* relayAll(proc, fd, o, o.udp)
      break
    }
  }
  return status
}

function expand(text: string, udp: boolean): (number | undefined)[] {
  const range = /^(\d+)-(\d+)$/.exec(text)
  if (range === null) return [portNumber(text, udp)]
  const [low, high] = [Number(range[1]), Number(range[2])]
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i)
}

function* succeeded(proc: Proc, o: Options, host: string, address: string, port: number): Sim<void> {
  if (!o.verbose) return
  const proto = o.udp ? 'udp' : 'tcp'
  const service = o.numeric ? '*' : (serviceName(port, proto) ?? '*')
  const where = o.numeric || host === address ? host : `${host} (${address})`
  yield* say(proc, 2, `Connection to ${where} ${port} port [${proto}/${service}] succeeded!\n`)
}

function* dial(proc: Proc, o: Options, host: string, address: string, port: number): Sim<number | undefined> {
  const fd = proc.socket('inet', o.udp ? 'dgram' : 'stream')
  try {
    if (o.port !== undefined || o.source !== undefined)
      proc.bind(fd, { family: 'inet', address: o.source ?? '0.0.0.0', port: o.port === undefined ? 0 : (portNumber(o.port, o.udp) ?? 0) })
    if (o.udp) yield* proc.connect(fd, { family: 'inet', address, port })
    else yield* connectWithin(proc, fd, address, port, o.timeout ?? Number.MAX_SAFE_INTEGER / 4)
    return fd
  } catch (error) {
    if (!(error instanceof Errno) || error.code === 'EINTR') throw error
    proc.close(fd)
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') yield* say(proc, 2, `nc: bind failed: ${strerror(error)}\n`)
    else if (o.verbose) {
      const where = host === address ? host : `${host} (${address})`
      const text = error.code === 'EAGAIN' ? 'Connection timed out' : strerror(error)
      yield* say(
        proc,
        2,
        error.code === 'EAGAIN'
          ? `nc: connect to ${where} port ${port} (tcp) timed out: Operation now in progress\n`
          : `nc: connect to ${where} port ${port} (${o.udp ? 'udp' : 'tcp'}) failed: ${text}\n`,
      )
    }
    return undefined
  }
}

function* unixMode(proc: Proc, o: Options): Sim<number> {
  const path = o.operands[0]
  if (path === undefined) {
    yield* say(proc, 2, USAGE)
    return 1
  }
  const fd = proc.socket('unix', o.udp ? 'dgram' : 'stream')
  try {
    if (!o.listen) {
      yield* proc.connect(fd, { family: 'unix', path })
      if (o.zero) return 0
      return yield* relayAll(proc, fd, o)
    }
    proc.bind(fd, { family: 'unix', path })
    proc.listen(fd, 5)
  } catch (error) {
    if (!(error instanceof Errno) || error.code === 'EINTR') throw error
    yield* say(
      proc,
      2,
      `nc: ${o.listen ? '' : `unix connect failed: `}${strerror(error)}\n${o.listen ? '' : `nc: ${path}: ${strerror(error)}\n`}`,
    )
    return 1
  }
  for (;;) {
    const { fd: connection } = yield* proc.accept(fd)
    const status = yield* relayAll(proc, connection, o)
    if (!o.keep) return status
  }
}

export const programs: readonly Program[] = [nc]

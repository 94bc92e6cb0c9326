/**
 * Names to addresses, as the C library does it: nsswitch.conf(5), hosts(5), resolv.conf(5), then DNS messages over UDP (and TCP
 * when an answer was cut). Source: getaddrinfo(3).
 */
import { decode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { isIp6, parseIp4 } from '../net/address.ts'
import { type DnsMessage, decodeMessage, encodeMessage, question, RCODE, reverseName, TYPE } from '../net/dns-message.ts'
import { O, type Proc } from '../syscalls.ts'

export interface ResolvConf {
  readonly nameservers: readonly string[]
  readonly search: readonly string[]
  readonly ndots: number
  /** Seconds. */
  readonly timeout: number
  readonly attempts: number
}

/** Why a name has no address. `server` is who said so, `10.96.0.10:53`. */
export class ResolveError extends Error {
  override name = 'ResolveError'
  /** EAI_NONAME, EAI_AGAIN. */
  readonly code: 'noname' | 'again'
  readonly host: string
  readonly server: string | undefined
  readonly reason: 'no such host' | 'i/o timeout' | 'connection refused' | 'server misbehaving'

  constructor(host: string, code: 'noname' | 'again', server: string | undefined, reason: ResolveError['reason']) {
    super(code === 'noname' ? 'Name or service not known' : 'Temporary failure in name resolution')
    this.host = host
    this.code = code
    this.server = server
    this.reason = reason
  }

  /** As Go says it: `lookup x on 10.96.0.10:53: no such host`. */
  get goText(): string {
    if (this.reason === 'no such host' || this.reason === 'server misbehaving')
      return `lookup ${this.host}${this.server === undefined ? '' : ` on ${this.server}`}: ${this.reason}`
    const how = this.reason === 'i/o timeout' ? 'i/o timeout' : 'read: connection refused'
    return `lookup ${this.host}${this.server === undefined ? '' : ` on ${this.server}`}: read udp ${this.server ?? ''}: ${how}`
  }
}

/** The text of a file, or undefined when it can't be read. */
export function* readText(proc: Proc, path: string): Sim<string | undefined> {
  let fd: number
  try {
    fd = yield* proc.open(path, O.RDONLY)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
  try {
    let text = ''
    for (;;) {
      const part = yield* proc.read(fd, 65_536)
      if (part.length === 0) return text
      text += decode(part)
    }
  } finally {
    proc.close(fd)
  }
}

export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = []
  let search: string[] = []
  let [ndots, timeout, attempts] = [1, 5, 2]
  for (const line of text.split('\n')) {
    const [key, ...rest] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (key === 'nameserver' && rest[0] !== undefined && nameservers.length < 3) nameservers.push(rest[0])
    else if (key === 'search' || key === 'domain') search = rest.filter((s) => s !== '.').map((s) => s.replace(/\.$/, ''))
    else if (key === 'options') {
      for (const option of rest) {
        const [name, value] = option.split(':')
        const n = Number(value)
        if (name === 'ndots') ndots = Math.min(15, n)
        else if (name === 'timeout') timeout = Math.min(30, n)
        else if (name === 'attempts') attempts = Math.min(5, n)
      }
    }
  }
  return { nameservers: nameservers.length === 0 ? ['127.0.0.1'] : nameservers, search, ndots, timeout, attempts }
}

export function* resolvConf(proc: Proc): Sim<ResolvConf> {
  return parseResolvConf((yield* readText(proc, '/etc/resolv.conf')) ?? '')
}

/** Lines of /etc/hosts: address and its names. */
export function parseHosts(text: string): { readonly address: string; readonly names: readonly string[] }[] {
  const out: { address: string; names: string[] }[] = []
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address !== undefined && address !== '' && names.length > 0) out.push({ address, names })
  }
  return out
}

/** The names to try for `name`, in order, absolute: search list and ndots. */
export function candidates(name: string, conf: ResolvConf): string[] {
  if (name.endsWith('.')) return [name]
  const dots = name.split('.').length - 1
  const searched = conf.search.map((s) => `${name}.${s}.`)
  return dots >= conf.ndots ? [`${name}.`, ...searched] : [...searched, `${name}.`]
}

/** One question to one server. Throws Errno (ECONNREFUSED, ENETUNREACH …, ETIMEDOUT). */
export function* exchange(
  proc: Proc,
  server: string,
  port: number,
  message: DnsMessage,
  timeoutMicros: number,
  tcp = false,
): Sim<DnsMessage> {
  if (tcp) return yield* exchangeTcp(proc, server, port, message)
  return (yield* exchangeUdp(proc, server, port, [message], timeoutMicros))[0] as DnsMessage
}

function* exchangeUdp(proc: Proc, server: string, port: number, messages: readonly DnsMessage[], timeoutMicros: number): Sim<DnsMessage[]> {
  const fd = proc.socket('inet', 'dgram')
  try {
    yield* proc.connect(fd, { family: 'inet', address: server, port })
    for (const m of messages) yield* proc.write(fd, encodeMessage(m))
    const answers = new Map<number, DnsMessage>()
    const until = proc.uptime() + timeoutMicros
    while (answers.size < messages.length) {
      const left = until - proc.uptime()
      const ready = left <= 0 ? [] : yield* proc.poll([{ fd, read: true }], left)
      if (ready.length === 0) throw new Errno('ETIMEDOUT')
      const { data } = yield* proc.recvfrom(fd, 65_535)
      const reply = decodeMessage(data)
      if (reply?.response !== true || !messages.some((m) => m.id === reply.id)) continue
      const asked = messages.find((m) => m.id === reply.id) as DnsMessage
      answers.set(reply.id, reply.truncated ? yield* exchangeTcp(proc, server, port, asked) : reply)
    }
    return messages.map((m) => answers.get(m.id) as DnsMessage)
  } finally {
    proc.close(fd)
  }
}

function* exchangeTcp(proc: Proc, server: string, port: number, message: DnsMessage): Sim<DnsMessage> {
  const fd = proc.socket('inet', 'stream')
  try {
    yield* proc.connect(fd, { family: 'inet', address: server, port })
    const bytes = encodeMessage(message)
    const framed = new Uint8Array(bytes.length + 2)
    framed.set([bytes.length >> 8, bytes.length & 255])
    framed.set(bytes, 2)
    yield* proc.write(fd, framed)
    let got = new Uint8Array(0)
    for (;;) {
      const need = got.length < 2 ? 2 : 2 + (got[0] as number) * 256 + (got[1] as number)
      if (got.length >= 2 && got.length >= need) break
      const part = yield* proc.read(fd, 65_535)
      if (part.length === 0) throw new Errno('ECONNRESET')
      const joined = new Uint8Array(got.length + part.length)
      joined.set(got)
      joined.set(part, got.length)
      got = joined
    }
    const reply = decodeMessage(got.subarray(2))
    if (reply === undefined) throw new Errno('EINVAL')
    return reply
  } finally {
    proc.close(fd)
  }
}

function queryId(proc: Proc): number {
  const [a = 0, b = 0] = proc.getrandom(2)
  return a * 256 + b
}

/** Asks the servers of resolv.conf for an absolute name; one round trip for all `types`. */
function* ask(proc: Proc, conf: ResolvConf, name: string, types: readonly number[], host: string): Sim<DnsMessage[]> {
  let last: ResolveError | undefined
  for (let attempt = 0; attempt < conf.attempts; attempt++) {
    for (const server of conf.nameservers) {
      const where = `${server}:53`
      try {
        const messages = types.map((type) => question(queryId(proc), name, type))
        const replies = yield* exchangeUdp(proc, server, 53, messages, conf.timeout * SECOND)
        if (replies.every((r) => r.rcode === RCODE.SERVFAIL || r.rcode === RCODE.REFUSED)) {
          last = new ResolveError(host, 'again', where, 'server misbehaving')
          continue
        }
        return replies
      } catch (error) {
        if (!(error instanceof Errno) || error.code === 'EINTR') throw error
        last = new ResolveError(host, 'again', where, error.code === 'ETIMEDOUT' ? 'i/o timeout' : 'connection refused')
      }
    }
  }
  throw last ?? new ResolveError(host, 'again', undefined, 'server misbehaving')
}

export interface Resolved {
  readonly addresses: readonly string[]
  /** What the name finally stands for. */
  readonly canonical: string
  /** All names of the line of /etc/hosts it came from, when it came from there. */
  readonly names?: readonly string[]
}

/**
 * Addresses of a host, IPv4 first; numeric text is its own address. Throws {@link ResolveError}. `v4only` asks for A
 * records only.
 */
export function* resolve(proc: Proc, host: string, v4only = false): Sim<Resolved> {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (parseIp4(bare) !== undefined || isIp6(bare)) return { addresses: [bare], canonical: bare }
  const nss = /^hosts:\s*(.*)$/m.exec((yield* readText(proc, '/etc/nsswitch.conf')) ?? '')?.[1] ?? 'files dns'
  let last: ResolveError | undefined
  for (const source of nss.split(/\s+/)) {
    if (source === 'files') {
      const found = yield* fromHosts(proc, bare)
      if (found !== undefined) return found
    } else if (source === 'dns') {
      const found = yield* fromDns(proc, bare, v4only)
      if (!(found instanceof ResolveError)) return found
      last = found
    } else if (source === '[NOTFOUND=return]' && last?.code === 'noname') break
  }
  throw last ?? new ResolveError(host, 'noname', undefined, 'no such host')
}

function* fromHosts(proc: Proc, host: string): Sim<Resolved | undefined> {
  const wanted = host.replace(/\.$/, '').toLowerCase()
  const lines = parseHosts((yield* readText(proc, '/etc/hosts')) ?? '').filter((l) => l.names.some((n) => n.toLowerCase() === wanted))
  const first = lines[0]
  if (first === undefined) return undefined
  const v4 = lines.filter((l) => !l.address.includes(':')).map((l) => l.address)
  const v6 = lines.filter((l) => l.address.includes(':')).map((l) => l.address)
  return { addresses: [...new Set([...v4, ...v6])], canonical: first.names[0] ?? host, names: first.names }
}

function* fromDns(proc: Proc, host: string, v4only: boolean): Sim<Resolved | ResolveError> {
  const conf = yield* resolvConf(proc)
  let failure: ResolveError | undefined
  for (const name of candidates(host, conf)) {
    try {
      const replies = yield* ask(proc, conf, name, v4only ? [TYPE.A] : [TYPE.A, TYPE.AAAA], host)
      const found = replies.flatMap((reply) => addressesOf(reply))
      if (found.length > 0) return { addresses: found, canonical: canonicalOf(replies, name) }
    } catch (error) {
      if (!(error instanceof ResolveError)) throw error
      failure = error
    }
  }
  return failure ?? new ResolveError(host, 'noname', `${conf.nameservers[0] ?? ''}:53`, 'no such host')
}

function addressesOf(m: DnsMessage): string[] {
  return m.answers.flatMap((r) => (r.type === 'A' || r.type === 'AAAA' ? [r.address] : []))
}

function canonicalOf(replies: readonly DnsMessage[], name: string): string {
  for (const reply of replies) for (const r of reply.answers) if (r.type === 'A' || r.type === 'AAAA') return r.name.replace(/\.$/, '')
  return name.replace(/\.$/, '')
}

/** Name of an address: getnameinfo(3). Undefined when it has none. */
export function* reverse(proc: Proc, ip: string): Sim<string | undefined> {
  const line = parseHosts((yield* readText(proc, '/etc/hosts')) ?? '').find((l) => l.address === ip)
  if (line !== undefined) return line.names[0]
  if (parseIp4(ip) === undefined) return undefined
  try {
    const [reply] = yield* ask(proc, yield* resolvConf(proc), reverseName(ip), [TYPE.PTR], ip)
    for (const r of reply?.answers ?? []) if (r.type === 'PTR') return r.target.replace(/\.$/, '')
  } catch (error) {
    if (!(error instanceof ResolveError)) throw error
  }
  return undefined
}

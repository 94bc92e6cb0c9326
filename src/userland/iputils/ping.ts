import { Errno, strerror } from '#linux/errno.ts'
import { ResolveError, resolve, reverse } from '#linux/http/resolver.ts'
import { checksum, get16, put16 } from '#linux/net/packet.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'

const USAGE = `
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -c <count>         stop after <count> replies
  -i <interval>      seconds between sending each packet
  -I <interface>     either interface name or address
  -n                 no dns name resolution
  -q                 quiet output
  -s <size>          use <size> as number of data bytes to be sent
  -t <ttl>           define time to live
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response
`

interface Options {
  count: number
  interval: Micros
  quiet: boolean
  numeric: boolean
  size: number
  ttl: number | undefined
  deadline: Micros | undefined
  timeout: Micros
  device: string | undefined
  flood: boolean
  audible: boolean
  timestamps: boolean
}

class UsageError extends Error {
  override name = 'UsageError'
}

/** ping(8) of iputils 20221126. */
export const ping: Program = {
  name: 'iputils/ping',
  *main(proc) {
    try {
      return yield* run(proc)
    } catch (error) {
      if (error instanceof UsageError) {
        yield* say(proc, 2, `${error.message}\n`)
        return 1
      }
      throw error
    }
  },
}

function parse(words: readonly string[]): { o: Options; target: string | undefined } {
  const o: Options = {
    count: Number.POSITIVE_INFINITY,
    interval: 1_000_000,
    quiet: false,
    numeric: false,
    size: 56,
    ttl: undefined,
    deadline: undefined,
    timeout: 10_000_000,
    device: undefined,
    flood: false,
    audible: false,
    timestamps: false,
  }
  let target: string | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (!word.startsWith('-') || word === '-') {
      target = word
      continue
    }
    for (let k = 1; k < word.length; k++) {
      const letter = word.charAt(k)
      if ('ciIsStTwWmlpQM'.includes(letter)) {
        const value = k + 1 < word.length ? word.slice(k + 1) : words[++i]
        if (value === undefined) throw new UsageError(`ping: option requires an argument -- '${letter}'\n${USAGE}`)
        take(o, letter, value)
        break
      }
      if (letter === 'q') o.quiet = true
      else if (letter === 'n') o.numeric = true
      else if (letter === 'f') o.flood = true
      else if (letter === 'D') o.timestamps = true
      else if (letter === 'a') o.audible = true
      else if (!'4vOLUrRdbB'.includes(letter)) {
        if (letter === '6') throw new UsageError('podlab: ping over IPv6 is not modelled')
        throw new UsageError(`ping: invalid option -- '${letter}'\n${USAGE}`)
      }
    }
  }
  return { o, target }
}

function take(o: Options, letter: string, value: string): void {
  const seconds = Number(value)
  const bad = (): never => {
    throw new UsageError(`ping: invalid argument: '${value}'`)
  }
  if (letter === 'I') {
    o.device = value
    return
  }
  if (Number.isNaN(seconds)) bad()
  if (letter === 'c') {
    if (seconds < 1) throw new UsageError(`ping: invalid argument: '${value}': out of range: 1 <= value <= 9223372036854775807`)
    o.count = seconds
  } else if (letter === 'i') o.interval = Math.round(seconds * 1_000_000)
  else if (letter === 's') o.size = seconds
  else if (letter === 't') o.ttl = seconds
  else if (letter === 'w') o.deadline = seconds * 1_000_000
  else if (letter === 'W') o.timeout = Math.round(seconds * 1_000_000)
}

/** 0.512, 4.45, 12.3, 123: three significant digits as ping prints times. */
function ms(micros: Micros): string {
  const n = micros / 1000
  if (n >= 99.95) return String(Math.round(n))
  if (n >= 9.995) return n.toFixed(1)
  if (n >= 0.9995) return n.toFixed(2)
  return n.toFixed(3)
}

interface Statistics {
  sent: number
  received: number
  errors: number
  min: Micros
  max: Micros
  sum: Micros
  squares: number
  started: Micros
  ended: Micros
}

const UNREACHABLE = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  'Frag needed and DF set (mtu = 0)',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
]

function* run(proc: Proc): Sim<number> {
  const { o, target } = parse(proc.argv.slice(1))
  if (target === undefined) throw new UsageError('ping: usage error: Destination address required')
  let address: string
  let canonical: string
  try {
    const found = yield* resolve(proc, target)
    address = found.addresses.find((a) => !a.includes(':')) ?? ''
    canonical = found.canonical
    if (address === '') {
      yield* say(proc, 2, `podlab: ping over IPv6 is not modelled\n`)
      return 2
    }
  } catch (error) {
    if (!(error instanceof ResolveError)) throw error
    yield* say(proc, 2, `ping: ${target}: ${error.message}\n`)
    return 2
  }
  const opened = yield* openSocket(proc)
  if (opened === undefined) return 2
  const { fd, raw } = opened
  const probe = proc.socket('inet', 'dgram')
  let source: string
  try {
    if (o.device !== undefined) {
      if (/^\d+\./.test(o.device)) {
        proc.bind(fd, { family: 'inet', address: o.device, port: 0 })
        proc.bind(probe, { family: 'inet', address: o.device, port: 0 })
      } else {
        if (!proc.net.links().some((l) => l.name === o.device)) {
          yield* say(proc, 2, `ping: unknown iface: ${o.device}\n`)
          return 2
        }
        proc.setsockopt(fd, 'SO_BINDTODEVICE', o.device)
      }
    }
    yield* proc.connect(probe, { family: 'inet', address, port: 1025 })
    const name = proc.getsockname(probe)
    source = name.family === 'inet' ? name.address : ''
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* say(proc, 2, `ping: ${o.device !== undefined && error.code === 'EADDRNOTAVAIL' ? 'bind' : 'connect'}: ${strerror(error)}\n`)
    return 2
  } finally {
    proc.close(probe)
  }
  if (o.ttl !== undefined) proc.setsockopt(fd, 'IP_TTL', o.ttl)
  const from = o.device === undefined ? '' : ` from ${source} ${/^\d+\./.test(o.device) ? '' : o.device}`.trimEnd()
  yield* say(proc, 1, `PING ${canonical} (${address})${from === '' ? '' : `${from}:`} ${o.size}(${o.size + 28}) bytes of data.\n`)
  return yield* loop(proc, fd, raw, o, target, address, canonical)
}

function* openSocket(proc: Proc): Sim<{ readonly fd: number; readonly raw: boolean } | undefined> {
  try {
    return { fd: proc.socket('inet', 'dgram', 'icmp'), raw: false }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  try {
    return { fd: proc.socket('inet', 'raw', 'icmp'), raw: true }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* say(
      proc,
      2,
      `ping: socktype: SOCK_RAW\nping: socket: ${strerror(error)}\nping: => missing cap_net_raw+p capability or setuid?\n`,
    )
    return undefined
  }
}

function echoRequest(id: number, seq: number, size: number): Uint8Array {
  const out = new Uint8Array(8 + size)
  out[0] = 8
  put16(out, 4, id)
  put16(out, 6, seq)
  for (let i = 16; i < size; i++) out[8 + i] = i & 255
  put16(out, 2, checksum(out))
  return out
}

function* loop(proc: Proc, fd: number, raw: boolean, o: Options, target: string, address: string, canonical: string): Sim<number> {
  const id = proc.pid & 0xffff
  const sentAt = new Map<number, Micros>()
  const stats: Statistics = {
    sent: 0,
    received: 0,
    errors: 0,
    min: Number.POSITIVE_INFINITY,
    max: 0,
    sum: 0,
    squares: 0,
    started: proc.uptime(),
    ended: proc.uptime(),
  }
  let stop = false
  proc.sigaction(2, () => {
    stop = true
  })
  const names = new Map<string, string | undefined>()
  let nextSend = proc.uptime()
  let finishBy = o.deadline === undefined ? Number.POSITIVE_INFINITY : proc.uptime() + o.deadline
  while (!stop) {
    const now = proc.uptime()
    if (now >= finishBy) break
    if (stats.sent < o.count && now >= nextSend) {
      const seq = stats.sent + 1
      sentAt.set(seq & 0xffff, now)
      stats.sent = seq
      nextSend = now + o.interval
      stats.ended = now
      try {
        yield* proc.sendto(fd, echoRequest(id, seq, o.size), { family: 'inet', address, port: 0 })
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (error.code !== 'EINTR') {
          // Only when an ICMP error about it has come as well is the failure itself shown.
          let told = false
          while (yield* receive(proc, fd, raw, o, id, sentAt, stats, names, canonical, address, 50)) told = true
          if (told) yield* say(proc, 2, `ping: sendmsg: ${strerror(error)}\n`)
        }
      }
      if (seq === o.count && o.deadline === undefined)
        finishBy = now + (stats.received > 0 ? Math.max(2 * stats.max, 1) + o.timeout : o.timeout)
      continue
    }
    if (stats.received + stats.errors >= o.count) break
    const until = stats.sent < o.count ? Math.min(nextSend, finishBy) : finishBy
    yield* receive(proc, fd, raw, o, id, sentAt, stats, names, canonical, address, Math.max(0, until - now))
    if (stats.received + stats.errors >= o.count) break
  }
  yield* finish(proc, target, stats, o)
  return stats.received === 0 || (o.deadline !== undefined && o.count < Number.POSITIVE_INFINITY && stats.received < o.count) ? 1 : 0
}

/** Waits for one packet and reports it; false when none came in time. */
function* receive(
  proc: Proc,
  fd: number,
  raw: boolean,
  o: Options,
  id: number,
  sentAt: Map<number, Micros>,
  stats: Statistics,
  names: Map<string, string | undefined>,
  canonical: string,
  address: string,
  wait: Micros,
): Sim<boolean> {
  let reply: { readonly data: Uint8Array; readonly from: import('#linux/syscalls.ts').SockAddr; readonly ttl?: number }
  try {
    const ready = yield* proc.poll([{ fd, read: true }], wait)
    if (ready.length === 0) return false
    reply = yield* proc.recvfrom(fd, 65_535)
  } catch (error) {
    if (error instanceof Errno && error.code === 'EINTR') return false
    throw error
  }
  const { data } = reply
  const now = proc.uptime()
  const from = reply.from.family === 'inet' ? reply.from.address : ''
  const type = data[0]
  if (type === 0) {
    const seq = get16(data, 6)
    const at = sentAt.get(seq)
    if ((raw && get16(data, 4) !== id) || at === undefined) return true
    const rtt = now - at
    stats.received++
    stats.ended = now
    stats.min = Math.min(stats.min, rtt)
    stats.max = Math.max(stats.max, rtt)
    stats.sum += rtt
    stats.squares += rtt * rtt
    if (!o.quiet)
      yield* say(
        proc,
        1,
        `${stamp(proc, o)}${data.length} bytes from ${yield* shown(proc, o, from, names, canonical, address)}: icmp_seq=${seq} ttl=${reply.ttl ?? 64} time=${ms(rtt)} ms\n`,
      )
  } else if (type === 3 || type === 11) {
    // The quoted packet: IP header of 20 bytes, then our ICMP header.
    if (data[8 + 9] !== 1 || (raw && get16(data, 8 + 20 + 4) !== id)) return true
    const seq = get16(data, 8 + 20 + 6)
    stats.errors++
    const text = type === 11 ? 'Time to live exceeded' : (UNREACHABLE[data[1] ?? 0] ?? `Dest Unreachable, Bad Code: ${data[1]}`)
    if (!o.quiet) yield* say(proc, 1, `From ${yield* shown(proc, o, from, names, '', '')} icmp_seq=${seq} ${text}\n`)
  }
  return true
}

function stamp(proc: Proc, o: Options): string {
  if (!o.timestamps) return ''
  const now = proc.now()
  return `[${Math.floor(now / 1_000_000)}.${String(now % 1_000_000).padStart(6, '0')}] `
}

function* shown(
  proc: Proc,
  o: Options,
  ip: string,
  names: Map<string, string | undefined>,
  canonical: string,
  address: string,
): Sim<string> {
  if (o.numeric || (canonical === address && ip === address)) return ip
  if (!names.has(ip)) names.set(ip, yield* reverse(proc, ip))
  const name = names.get(ip)
  return name === undefined ? ip : `${name} (${ip})`
}

function* finish(proc: Proc, target: string, s: Statistics, o: Options): Sim<void> {
  const loss = s.sent === 0 ? 0 : ((s.sent - s.received) * 100) / s.sent
  const shownLoss = Number.isInteger(loss) ? String(loss) : String(Number(loss.toPrecision(6)))
  let out = `\n--- ${target} ping statistics ---\n${s.sent} packets transmitted, ${s.received} received${s.errors > 0 ? `, +${s.errors} errors` : ''}, ${shownLoss}% packet loss, time ${Math.floor((s.ended - s.started) / 1000)}ms\n`
  if (s.received > 0) {
    const mean = s.sum / s.received
    const deviation = Math.sqrt(Math.max(0, s.squares / s.received - mean * mean))
    const three = (n: number): string => (n / 1000).toFixed(3)
    out += `rtt min/avg/max/mdev = ${three(s.min)}/${three(mean)}/${three(s.max)}/${three(deviation)} ms\n`
  } else out += '\n'
  yield* say(proc, 1, o.quiet && s.sent === 0 ? '' : out)
}

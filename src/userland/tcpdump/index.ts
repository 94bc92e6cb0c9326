import { Errno } from '#linux/errno.ts'
import { formatIp4 } from '#linux/net/address.ts'
import { decodeMessage, type ResourceRecord, rcodeName, typeName } from '#linux/net/dns-message.ts'
import { type EtherFrame, frameLength, ICMP, type Packet, PROTO, packetBytes, payloadBytes, TCP } from '#linux/net/packet.ts'
import { serviceName } from '#linux/net/services.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { civil } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import { type Filter, FilterError, parseFilter } from './filter.ts'

interface Options {
  device: string | undefined
  count: number
  numeric: number
  ether: boolean
  verbose: number
  quiet: boolean
  ascii: boolean
  hex: boolean
  time: number
  absolute: boolean
  list: boolean
  lineBuffered: boolean
  filter: string
}

class UsageError extends Error {
  override name = 'UsageError'
}

function parse(words: readonly string[]): Options {
  const o: Options = {
    device: undefined,
    count: Number.POSITIVE_INFINITY,
    numeric: 0,
    ether: false,
    verbose: 0,
    quiet: false,
    ascii: false,
    hex: false,
    time: 0,
    absolute: false,
    list: false,
    lineBuffered: false,
    filter: '',
  }
  let i = 0
  for (; i < words.length; i++) {
    const word = words[i] as string
    if (!word.startsWith('-')) break
    if (word === '--list-interfaces') o.list = true
    else if (word === '--immediate-mode' || word === '--no-promiscuous-mode') continue
    else if (word.startsWith('--interface=')) o.device = word.slice(12)
    else if (word === '--version')
      throw new UsageError('tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\nOpenSSL 3.0.17 1 Jul 2025')
    else {
      for (let k = 1; k < word.length; k++) {
        const letter = word.charAt(k)
        if ('icwrsBCGWyTFEZQjm'.includes(letter)) {
          const value = k + 1 < word.length ? word.slice(k + 1) : words[++i]
          if (value === undefined) throw new UsageError(`tcpdump: option requires an argument -- '${letter}'`)
          if (letter === 'i') o.device = value
          else if (letter === 'c') o.count = Number(value)
          else if (letter === 'w' || letter === 'r') throw new UsageError('podlab: tcpdump files (-w, -r) are not modelled')
          break
        }
        if (letter === 'n') o.numeric++
        else if (letter === 'e') o.ether = true
        else if (letter === 'v') o.verbose++
        else if (letter === 'q') o.quiet = true
        else if (letter === 'A') o.ascii = true
        else if (letter === 'x' || letter === 'X') o.hex = true
        else if (letter === 't') o.time++
        else if (letter === 'S') o.absolute = true
        else if (letter === 'D') o.list = true
        else if (letter === 'l') o.lineBuffered = true
        else if (!'pUfKNO#'.includes(letter)) throw new UsageError(`tcpdump: invalid option -- '${letter}'`)
      }
    }
  }
  o.filter = words.slice(i).join(' ')
  return o
}

/** tcpdump(8) 4.99.3. */
const tcpdump: Program = {
  name: 'tcpdump/tcpdump',
  *main(proc) {
    try {
      return yield* run(proc, parse(proc.argv.slice(1)))
    } catch (error) {
      if (!(error instanceof UsageError) && !(error instanceof FilterError)) throw error
      yield* say(proc, 2, `${error instanceof FilterError && !error.message.startsWith('podlab') ? 'tcpdump: ' : ''}${error.message}\n`)
      return error.message.startsWith('tcpdump version') ? 0 : 1
    }
  },
}

function* run(proc: Proc, o: Options): Sim<number> {
  const links = proc.net.links()
  if (o.list) {
    const up = links.filter((l) => l.flags.includes('UP'))
    const ordered = [...up.filter((l) => l.kind !== 'loopback'), ...links.filter((l) => l.kind !== 'loopback' && !l.flags.includes('UP'))]
    let n = 0
    let out = ''
    const state = (l: (typeof links)[number]): string =>
      l.kind === 'loopback'
        ? 'Up, Running, Loopback'
        : l.flags.includes('UP')
          ? `Up${l.flags.includes('LOWER_UP') ? ', Running, Connected' : ', Disconnected'}`
          : 'none, Disconnected'
    for (const l of ordered.filter((x) => x.flags.includes('UP'))) out += `${++n}.${l.name} [${state(l)}]\n`
    out += `${++n}.any (Pseudo-device that captures on all interfaces) [Up, Running]\n`
    const lo = links.find((l) => l.kind === 'loopback')
    if (lo?.flags.includes('UP') === true) out += `${++n}.lo [Up, Running, Loopback]\n`
    yield* say(proc, 1, out)
    return 0
  }
  const device = o.device ?? links.find((l) => l.kind !== 'loopback' && l.flags.includes('UP'))?.name ?? 'lo'
  if (device !== 'any' && !links.some((l) => l.name === device)) {
    yield* say(proc, 2, `tcpdump: ${device}: No such device exists\n(No such device exists)\n`)
    return 1
  }
  let filter: Filter
  let capture: ReturnType<typeof proc.net.capture>
  try {
    capture = proc.net.capture(device)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    yield* say(
      proc,
      2,
      `tcpdump: ${device}: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n`,
    )
    return 1
  }
  try {
    filter = parseFilter(o.filter)
  } catch (error) {
    capture.stop()
    throw error
  }
  const type = device === 'any' ? 'LINUX_SLL2 (Linux cooked v2)' : 'EN10MB (Ethernet)'
  if (o.verbose === 0) yield* say(proc, 2, `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n`)
  yield* say(proc, 2, `${o.verbose > 0 ? 'tcpdump: ' : ''}listening on ${device}, link-type ${type}, snapshot length 262144 bytes\n`)
  let stop = false
  for (const signal of [2, 15, 1]) {
    proc.sigaction(signal, () => {
      stop = true
    })
  }
  const sequences = new Map<string, number>()
  let seen = 0
  let last: Micros | undefined
  try {
    while (!stop && seen < o.count) {
      const { time, frame, dev, direction } = yield* capture.next()
      if (!filter(frame)) continue
      seen++
      const head = stamp(o, time, last)
      last = time
      const cooked = device === 'any' ? `${dev} ${direction === 'in' ? 'In  ' : 'Out '}` : ''
      yield* say(proc, 1, `${head}${cooked}${describe(o, frame, sequences)}\n${dump(o, frame)}`)
    }
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== 'EINTR') throw error
  } finally {
    capture.stop()
  }
  const s = (n: number): string => (n === 1 ? '' : 's')
  yield* say(
    proc,
    2,
    `${stop && proc.isatty(2) ? '\n' : ''}${seen} packet${s(seen)} captured\n${seen} packet${s(seen)} received by filter\n0 packets dropped by kernel\n`,
  )
  return 0
}

function stamp(o: Options, time: Micros, last: Micros | undefined): string {
  const c = civil(time)
  const two = (n: number): string => String(n).padStart(2, '0')
  const clock = `${two(c.hour)}:${two(c.minute)}:${two(c.second)}.${String(c.micros).padStart(6, '0')} `
  if (o.time === 1) return ''
  if (o.time === 2) return `${Math.floor(time / 1_000_000)}.${String(c.micros).padStart(6, '0')} `
  if (o.time === 3) {
    const d = last === undefined ? 0 : time - last
    return ` ${two(Math.floor(d / 3_600_000_000))}:${two(Math.floor(d / 60_000_000) % 60)}:${two(Math.floor(d / 1_000_000) % 60)}.${String(d % 1_000_000).padStart(6, '0')} `
  }
  return o.time === 4 ? `${c.year}-${two(c.month)}-${two(c.day)} ${clock}` : clock
}

function describe(o: Options, f: EtherFrame, sequences: Map<string, number>): string {
  const ethernet = o.ether
    ? `${f.src} > ${f.dst === 'ff:ff:ff:ff:ff:ff' ? 'Broadcast' : f.dst}, ethertype ${f.arp === undefined ? 'IPv4 (0x0800)' : 'ARP (0x0806)'}, length ${frameLength(f)}: `
    : ''
  const plain = o.ether && o.numeric > 1 ? ethernet.replace('Broadcast', 'ff:ff:ff:ff:ff:ff') : ethernet
  if (f.arp !== undefined) {
    const { arp } = f
    const ether = o.verbose > 0 ? 'Ethernet (len 6), IPv4 (len 4), ' : ''
    const text =
      arp.op === 'request'
        ? `Request who-has ${formatIp4(arp.targetIp)} tell ${formatIp4(arp.senderIp)}`
        : `Reply ${formatIp4(arp.senderIp)} is-at ${arp.senderMac}`
    return `${plain}${o.ether ? '' : 'ARP, '}${ether}${text}, length 28`
  }
  const p = f.packet as Packet
  const header =
    o.verbose > 0
      ? `(tos 0x${p.tos.toString(16)}, ttl ${p.ttl}, id ${p.id}, offset 0, flags [${p.df ? 'DF' : 'none'}], proto ${PROTO_NAMES[p.proto] ?? p.proto} (${p.proto}), length ${p.length})\n    `
      : ''
  return `${plain}${o.ether && o.verbose === 0 ? '' : o.ether ? '' : 'IP '}${header}${transport(o, p, sequences)}`
}

const PROTO_NAMES: Readonly<Record<number, string>> = { 1: 'ICMP', 4: 'IPIP', 6: 'TCP', 17: 'UDP' }

function port(o: Options, n: number, proto: 'tcp' | 'udp'): string {
  return o.numeric > 0 ? String(n) : (serviceName(n, proto) ?? String(n))
}

function transport(o: Options, p: Packet, sequences: Map<string, number>): string {
  const [src, dst] = [formatIp4(p.src), formatIp4(p.dst)]
  switch (p.proto) {
    case PROTO.TCP:
      return `${src}.${port(o, p.sport, 'tcp')} > ${dst}.${port(o, p.dport, 'tcp')}: ${tcp(o, p, sequences)}`
    case PROTO.UDP:
      return `${src}.${port(o, p.sport, 'udp')} > ${dst}.${port(o, p.dport, 'udp')}: ${udp(o, p)}`
    case PROTO.ICMP:
      return `${src} > ${dst}: ${icmp(o, p)}`
    case PROTO.IPIP:
      return `${src} > ${dst}: IP ${p.inner === undefined ? '' : transport(o, p.inner, sequences)}`
    default:
      return `${src} > ${dst}: ip-proto-${p.proto} ${p.length - 20}`
  }
}

function icmp(o: Options, p: Packet): string {
  const length = `length ${p.length - 20}`
  if (p.icmpType === ICMP.ECHO_REQUEST || p.icmpType === ICMP.ECHO_REPLY)
    return `ICMP echo ${p.icmpType === ICMP.ECHO_REQUEST ? 'request' : 'reply'}, id ${p.icmpId}, seq ${p.icmpSeq}, ${length}`
  const about = p.inner
  if (p.icmpType === ICMP.TIME_EXCEEDED) return `ICMP time exceeded in-transit, ${length}`
  if (p.icmpType !== ICMP.UNREACHABLE || about === undefined) return `ICMP type-#${p.icmpType}, ${length}`
  const target = formatIp4(about.dst)
  const proto = about.proto === PROTO.TCP ? 'tcp' : 'udp'
  if (p.icmpCode === 3)
    return about.proto === PROTO.ICMP
      ? `ICMP ${target} protocol 1 port 0 unreachable, ${length}`
      : `ICMP ${target} ${proto} port ${port(o, about.dport, proto)} unreachable, ${length}`
  if (p.icmpCode === 0) return `ICMP net ${target} unreachable, ${length}`
  if (p.icmpCode === 1) return `ICMP host ${target} unreachable, ${length}`
  if (p.icmpCode === 10 || p.icmpCode === 13)
    return `ICMP host ${target} unreachable - admin prohibited${p.icmpCode === 13 ? ' filter' : ''}, ${length}`
  return `ICMP ${target} unreachable - #${p.icmpCode}, ${length}`
}

function tcp(o: Options, p: Packet, sequences: Map<string, number>): string {
  let flags = ''
  if (p.flags & TCP.FIN) flags += 'F'
  if (p.flags & TCP.SYN) flags += 'S'
  if (p.flags & TCP.RST) flags += 'R'
  if (p.flags & TCP.PSH) flags += 'P'
  if (p.flags & TCP.ACK) flags += '.'
  const length = p.payload.byteLength
  if (o.quiet) return `tcp ${length}`
  const own = `${p.src}:${p.sport}>${p.dst}:${p.dport}`
  const other = `${p.dst}:${p.dport}>${p.src}:${p.sport}`
  const syn = (p.flags & TCP.SYN) !== 0
  if (syn) sequences.set(own, p.seq)
  // Numbers are shown relative to the first that was seen, of either direction.
  const fresh = !syn && !sequences.has(own)
  if (fresh) sequences.set(own, p.seq)
  if (!syn && !sequences.has(other) && p.flags & TCP.ACK) sequences.set(other, p.ack)
  const relative = (n: number, base: number | undefined): number => (o.absolute || base === undefined ? n : (n - base) >>> 0)
  const first = syn || fresh ? p.seq : relative(p.seq, sequences.get(own))
  let out = `Flags [${flags === '' ? 'none' : flags}]`
  if (o.verbose > 0) out += `, cksum 0x${((p.seq ^ (p.seq >>> 16) ^ p.ack) & 0xffff).toString(16).padStart(4, '0')} (correct)`
  if (length > 0) out += `, seq ${first}:${(first + length) >>> 0}`
  else if (syn || p.flags & (TCP.FIN | TCP.RST)) out += `, seq ${first}`
  if (p.flags & TCP.ACK) {
    const base = sequences.get(other)
    const shown = syn ? p.ack : fresh && base === p.ack ? p.ack : relative(p.ack, base)
    out += `, ack ${shown}`
  }
  out += `, win ${p.window}`
  const options = syn
    ? `mss 1460,sackOK,TS val ${p.tsval} ecr ${p.tsecr},nop,wscale 7`
    : p.flags & TCP.RST
      ? ''
      : `nop,nop,TS val ${p.tsval} ecr ${p.tsecr}`
  if (options !== '') out += `, options [${options}]`
  out += `, length ${length}`
  return out + (length > 0 ? http(o, p) : '')
}

const HTTP_PORTS = [80, 8080, 3128, 631]

/** The first line of an HTTP message; other lines with -v. */
function http(o: Options, p: Packet): string {
  if (!HTTP_PORTS.includes(p.sport) && !HTTP_PORTS.includes(p.dport)) return ''
  const text = ascii(payloadBytes(p.payload).subarray(0, 2000))
  const first = /^((?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) [^\r\n]*|HTTP\/1\.[01] [^\r\n]*)\r?\n/.exec(text)
  if (first === null) return ': HTTP'
  if (o.verbose === 0) return `: HTTP: ${first[1]}`
  const lines = text.split('\r\n\r\n')[0]?.split('\r\n') ?? []
  return `: HTTP, length: ${p.payload.byteLength}\n${lines.map((l) => `\t${l}`).join('\n')}\n\t`
}

function udp(o: Options, p: Packet): string {
  if (p.innerFrame !== undefined) return `VXLAN, flags [I] (0x08), vni 0\n${describe(o, p.innerFrame, new Map())}`
  const bytes = payloadBytes(p.payload)
  if (p.sport === 53 || p.dport === 53) {
    const text = dns(bytes)
    if (text !== undefined) return text
  }
  return `UDP, length ${bytes.length}`
}

/** DNS as tcpdump abbreviates it: `4242+ A? web.default. (30)`, `4242* 1/0/0 A 10.96.0.1 (60)`. */
function dns(bytes: Uint8Array): string | undefined {
  const m = decodeMessage(bytes)
  const q = m?.questions[0]
  if (m === undefined || q === undefined) return undefined
  if (!m.response)
    return `${m.id}${m.recursionDesired ? '+' : ''}${m.edns === undefined ? '' : ' [1au]'} ${typeName(q.type)}? ${q.name} (${bytes.length})`
  const code =
    m.rcode === 0 ? '' : m.rcode === 3 ? ' NXDomain' : m.rcode === 2 ? ' ServFail' : m.rcode === 5 ? ' Refused' : ` ${rcodeName(m.rcode)}`
  const record = (r: ResourceRecord): string => {
    if (r.type === 'A' || r.type === 'AAAA') return `${r.type} ${r.address}`
    if (r.type === 'SRV') return `SRV ${r.target}:${r.port} ${r.priority} ${r.weight}`
    if (r.type === 'TXT') return `TXT ${r.text.map((t) => `"${t}"`).join(' ')}`
    if (r.type === 'SOA' || r.type === 'MX') return r.type
    return 'target' in r ? `${r.type} ${r.target}` : r.type
  }
  const flags = `${m.authoritative ? '*' : ''}${m.recursionAvailable ? '' : '-'}${m.truncated ? '|' : ''}`
  return `${m.id}${code}${flags} ${m.answers.length}/${m.authority.length}/${m.additional.length + (m.edns === undefined ? 0 : 1)}${m.answers.length === 0 ? '' : ` ${m.answers.map(record).join(', ')}`} (${bytes.length})`
}

function ascii(bytes: Uint8Array): string {
  let out = ''
  for (const b of bytes) out += String.fromCharCode(b)
  return out
}

/** What -A and -X add. */
function dump(o: Options, f: EtherFrame): string {
  if (f.packet === undefined || (!o.ascii && !o.hex)) return ''
  const bytes = packetBytes(f.packet)
  if (o.ascii)
    return `${[...bytes].map((b) => (b === 10 || (b >= 32 && b < 127) ? String.fromCharCode(b) : b === 13 ? '\r' : '.')).join('')}\n`
  let out = ''
  for (let i = 0; i < bytes.length; i += 16) {
    const row = [...bytes.subarray(i, i + 16)]
    let hex = ''
    row.forEach((b, k) => {
      hex += `${k % 2 === 0 && k > 0 ? ' ' : ''}${b.toString(16).padStart(2, '0')}`
    })
    out += `\t0x${i.toString(16).padStart(4, '0')}:  ${hex.padEnd(39)}  ${row.map((b) => (b > 32 && b < 127 ? String.fromCharCode(b) : '.')).join('')}\n`
  }
  return out
}

export const programs: readonly Program[] = [tcpdump]

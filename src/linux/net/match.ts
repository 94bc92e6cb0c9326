/**
 * The matches of netfilter rules: what `-m NAME` understands, how it decides, and how it is written back.
 * Source: iptables-extensions(8).
 */
import { formatCidr, formatIp4, inCidr, isLoopback, isMulticast, parseCidr, parseIp4 } from './address.ts'
import type { HookContext } from './netfilter.ts'
import { type Packet, PROTO, TCP } from './packet.ts'
import { serviceName, servicePort } from './services.ts'

export interface Match {
  readonly name: string
  /** Depends on chance, rates or history: a flow's verdict may not be remembered. */
  readonly volatile?: boolean
  /** Asks for connection tracking. */
  readonly tracking?: boolean
  test(p: Packet, c: HookContext): boolean
  /** What iptables -S prints after `-m NAME`, each word with a blank before. */
  save(): string
  /** What iptables -L prints, with a blank before; empty for nothing. */
  list(numeric: boolean): string
}

/** A mistake in a rule. `message` is what iptables prints after its name and version. */
export class RuleError extends Error {
  override name = 'RuleError'
  readonly exit: number
  /** Whether the `Try ... --help` line follows. */
  readonly hint: boolean

  constructor(message: string, exit = 2, hint = true) {
    super(message)
    this.exit = exit
    this.hint = hint
  }
}

/** Collects the options of one `-m NAME`. */
export interface MatchParser {
  readonly name: string
  /** Takes an option if it is its own. `take` gives the next word. */
  option(name: string, not: boolean, take: () => string): boolean
  finish(): Match
}

type Range = readonly [number, number]

function portRange(text: string, proto: 'tcp' | 'udp', option: string): Range {
  const one = (part: string, missing: number): number => {
    if (part === '') return missing
    const n = /^\d+$/.test(part) ? Number(part) : servicePort(part, proto)
    if (n === undefined || n > 65_535) throw new RuleError(`invalid port/service \`${part}' specified`)
    return n
  }
  const colon = text.indexOf(':')
  if (colon < 0) {
    const port = one(text, Number.NaN)
    if (Number.isNaN(port)) throw new RuleError(`option "${option}" requires an argument`)
    return [port, port]
  }
  return [one(text.slice(0, colon), 0), one(text.slice(colon + 1), 65_535)]
}

function showPort(port: number, numeric: boolean, proto: 'tcp' | 'udp'): string {
  return numeric ? String(port) : (serviceName(port, proto) ?? String(port))
}

function showPorts(label: string, range: Range, not: boolean, numeric: boolean, proto: 'tcp' | 'udp'): string {
  const bang = not ? '!' : ''
  if (range[0] === range[1]) return ` ${label}:${bang}${showPort(range[0], numeric, proto)}`
  return ` ${label.slice(0, 1)}pts:${bang}${showPort(range[0], numeric, proto)}:${showPort(range[1], numeric, proto)}`
}

const inRange = (port: number, r: Range): boolean => port >= r[0] && port <= r[1]
const saveRange = (r: Range): string => (r[0] === r[1] ? String(r[0]) : `${r[0]}:${r[1]}`)
const bang = (not: boolean): string => (not ? ' !' : '')

const FLAG_NAMES: readonly (readonly [string, number])[] = [
  ['FIN', 1],
  ['SYN', 2],
  ['RST', 4],
  ['PSH', 8],
  ['ACK', 16],
  ['URG', 32],
]

function parseFlags(text: string): number {
  if (text === 'ALL') return 63
  if (text === 'NONE') return 0
  let out = 0
  for (const name of text.split(',')) {
    const flag = FLAG_NAMES.find(([n]) => n === name.toUpperCase())
    if (flag === undefined) throw new RuleError(`Unknown TCP flag \`${name}'`)
    out |= flag[1]
  }
  return out
}

function showFlags(mask: number): string {
  const names = FLAG_NAMES.filter(([, bit]) => mask & bit).map(([name]) => name)
  return names.length === 0 ? 'NONE' : names.join(',')
}

function hex8(n: number): string {
  return `0x${n.toString(16).padStart(2, '0')}`
}

/** tcp and udp: ports, flags. */
class PortsParser implements MatchParser {
  readonly name: 'tcp' | 'udp'
  #sport: { range: Range; not: boolean } | undefined
  #dport: { range: Range; not: boolean } | undefined
  #flags: { mask: number; set: number; not: boolean } | undefined

  constructor(name: 'tcp' | 'udp') {
    this.name = name
  }

  option(name: string, not: boolean, take: () => string): boolean {
    switch (name) {
      case '--sport':
      case '--source-port':
        this.#sport = { range: portRange(take(), this.name, name), not }
        return true
      case '--dport':
      case '--destination-port':
        this.#dport = { range: portRange(take(), this.name, name), not }
        return true
      case '--syn':
        if (this.name !== 'tcp') return false
        this.#flags = { mask: TCP.FIN | TCP.SYN | TCP.RST | TCP.ACK, set: TCP.SYN, not }
        return true
      case '--tcp-flags':
        if (this.name !== 'tcp') return false
        this.#flags = { mask: parseFlags(take()), set: parseFlags(take()), not }
        return true
      default:
        return false
    }
  }

  finish(): Match {
    const { name } = this
    const [s, d, f] = [this.#sport, this.#dport, this.#flags]
    const proto = name === 'tcp' ? PROTO.TCP : PROTO.UDP
    return {
      name,
      test: (p) =>
        p.proto === proto &&
        (s === undefined || inRange(p.sport, s.range) !== s.not) &&
        (d === undefined || inRange(p.dport, d.range) !== d.not) &&
        (f === undefined || ((p.flags & f.mask) === f.set) !== f.not),
      save: () =>
        (s === undefined ? '' : `${bang(s.not)} --sport ${saveRange(s.range)}`) +
        (d === undefined ? '' : `${bang(d.not)} --dport ${saveRange(d.range)}`) +
        (f === undefined ? '' : `${bang(f.not)} --tcp-flags ${showFlags(f.mask)} ${showFlags(f.set)}`),
      list: (numeric) =>
        ` ${name}` +
        (s === undefined ? '' : showPorts('spt', s.range, s.not, numeric, name)) +
        (d === undefined ? '' : showPorts('dpt', d.range, d.not, numeric, name)) +
        (f === undefined
          ? ''
          : ` flags:${f.not ? '!' : ''}${numeric ? `${hex8(f.mask)}/${hex8(f.set)}` : `${showFlags(f.mask)}/${showFlags(f.set)}`}`),
    }
  }
}

const ICMP_TYPES: readonly (readonly [string, number, number | undefined])[] = [
  ['echo-reply', 0, undefined],
  ['pong', 0, undefined],
  ['destination-unreachable', 3, undefined],
  ['network-unreachable', 3, 0],
  ['host-unreachable', 3, 1],
  ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3],
  ['fragmentation-needed', 3, 4],
  ['source-quench', 4, undefined],
  ['redirect', 5, undefined],
  ['echo-request', 8, undefined],
  ['ping', 8, undefined],
  ['time-exceeded', 11, undefined],
  ['ttl-zero-during-transit', 11, 0],
  ['parameter-problem', 12, undefined],
]

class IcmpParser implements MatchParser {
  readonly name = 'icmp'
  #type: { type: number; code: number | undefined; not: boolean } | undefined

  option(name: string, not: boolean, take: () => string): boolean {
    if (name !== '--icmp-type') return false
    const text = take()
    if (text === 'any') {
      this.#type = { type: 255, code: undefined, not }
      return true
    }
    const known = ICMP_TYPES.find(([n]) => n === text)
    const match = /^(\d+)(?:\/(\d+))?$/.exec(text)
    if (known !== undefined) this.#type = { type: known[1], code: known[2], not }
    else if (match !== null) this.#type = { type: Number(match[1]), code: match[2] === undefined ? undefined : Number(match[2]), not }
    else throw new RuleError(`Unknown ICMP type \`${text}'`)
    return true
  }

  finish(): Match {
    const t = this.#type
    const number = (x: { type: number; code: number | undefined }): string =>
      x.type === 255 ? 'any' : x.code === undefined ? String(x.type) : `${x.type}/${x.code}`
    return {
      name: 'icmp',
      test: (p) =>
        p.proto === PROTO.ICMP &&
        (t === undefined || t.type === 255 || (p.icmpType === t.type && (t.code === undefined || p.icmpCode === t.code)) !== t.not),
      save: () => (t === undefined ? '' : `${bang(t.not)} --icmp-type ${number(t)}`),
      list: (numeric) => {
        if (t === undefined) return ''
        const sign = t.not ? '!' : ''
        const named = ICMP_TYPES.find(([, type, code]) => type === t.type && code === t.code)?.[0]
        if (t.type === 255) return ` icmp ${sign}any`
        if (!numeric && named !== undefined) return ` icmp ${sign}${named}`
        return ` icmp${t.not ? ' !' : ''}type ${t.type}${t.code === undefined ? '' : ` code ${t.code}`}`
      },
    }
  }
}

class MultiportParser implements MatchParser {
  readonly name = 'multiport'
  #what: { which: 'sports' | 'dports' | 'ports'; ranges: Range[]; not: boolean } | undefined

  option(name: string, not: boolean, take: () => string): boolean {
    const which = {
      '--sports': 'sports',
      '--source-ports': 'sports',
      '--dports': 'dports',
      '--destination-ports': 'dports',
      '--ports': 'ports',
    }[name]
    if (which !== 'sports' && which !== 'dports' && which !== 'ports') return false
    const parts = take().split(',')
    if (parts.length > 15) throw new RuleError('too many ports specified')
    this.#what = { which, ranges: parts.map((p) => portRange(p, 'tcp', name)), not }
    return true
  }

  finish(): Match {
    const what = this.#what
    if (what === undefined) throw new RuleError('multiport: no ports specified')
    const hit = (port: number): boolean => what.ranges.some((r) => inRange(port, r))
    return {
      name: 'multiport',
      test: (p) => {
        if (p.proto !== PROTO.TCP && p.proto !== PROTO.UDP) return false
        const any = (what.which !== 'dports' && hit(p.sport)) || (what.which !== 'sports' && hit(p.dport))
        return any !== what.not
      },
      save: () => `${bang(what.not)} --${what.which} ${what.ranges.map(saveRange).join(',')}`,
      list: (numeric) =>
        ` multiport ${what.which} ${what.not ? '! ' : ''}${what.ranges.map((r) => (r[0] === r[1] ? showPort(r[0], numeric, 'tcp') : `${showPort(r[0], numeric, 'tcp')}:${showPort(r[1], numeric, 'tcp')}`)).join(',')}`,
    }
  }
}

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const
/** Order in which they are written back. */
const STATE_ORDER = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']

class ConntrackParser implements MatchParser {
  readonly name: 'conntrack' | 'state'
  #states: { value: string[]; not: boolean } | undefined
  #extra: { text: string; test: (p: Packet) => boolean }[] = []

  constructor(name: 'conntrack' | 'state') {
    this.name = name
  }

  option(name: string, not: boolean, take: () => string): boolean {
    if (name === (this.name === 'state' ? '--state' : '--ctstate')) {
      const value = take().split(',')
      for (const s of value) if (!STATES.some((known) => known === s)) throw new RuleError(`Bad ctstate "${s}"`)
      this.#states = { value, not }
      return true
    }
    if (this.name === 'state') return false
    if (name === '--ctdir') {
      const dir = take()
      this.#extra.push({ text: ` --ctdir ${dir}`, test: (p) => p.ct?.direction === dir.toLowerCase() })
      return true
    }
    if (name === '--ctorigdst' || name === '--ctorigsrc') {
      const cidr = parseCidr(take())
      if (cidr === undefined) throw new RuleError(`conntrack: bad address for ${name}`)
      this.#extra.push({
        text: `${bang(not)} ${name} ${cidr.prefix === 32 ? formatIp4(cidr.network) : formatCidr(cidr)}`,
        test: (p) =>
          p.ct?.entry !== undefined && inCidr(name === '--ctorigdst' ? p.ct.entry.original.dst : p.ct.entry.original.src, cidr) !== not,
      })
      return true
    }
    if (name === '--ctproto' || name === '--ctorigdstport') {
      const n = Number(take())
      this.#extra.push({
        text: `${bang(not)} ${name} ${n}`,
        test: (p) => ((name === '--ctproto' ? p.proto : p.ct?.entry?.original.dport) === n) !== not,
      })
      return true
    }
    return false
  }

  finish(): Match {
    const states = this.#states
    const extra = this.#extra
    const option = this.name === 'state' ? '--state' : '--ctstate'
    const text = STATE_ORDER.filter((s) => states?.value.includes(s)).join(',')
    return {
      name: this.name,
      tracking: true,
      test: (p) => (states === undefined || states.value.some((s) => hasState(p, s)) !== states.not) && extra.every((e) => e.test(p)),
      save: () => (states === undefined ? '' : `${bang(states.not)} ${option} ${text}`) + extra.map((e) => e.text).join(''),
      list: () =>
        (states === undefined ? '' : `${states.not ? ' !' : ''} ${this.name === 'state' ? 'state' : 'ctstate'} ${text}`) +
        extra.map((e) => e.text.replace(' --', ' ')).join(''),
    }
  }
}

function hasState(p: Packet, state: string): boolean {
  if (p.untracked) return state === 'UNTRACKED'
  const ct = p.ct
  if (ct === undefined) return state === 'INVALID' || state === 'UNTRACKED'
  if (state === 'DNAT')
    return (
      ct.entry !== undefined &&
      (ct.entry.reply.src !== ct.entry.original.dst || (p.proto !== PROTO.ICMP && ct.entry.reply.sport !== ct.entry.original.dport))
    )
  if (state === 'SNAT') return ct.entry !== undefined && ct.entry.reply.dst !== ct.entry.original.src
  return ct.state.toUpperCase() === state
}

/** `0x4000/0x4000`, `16`, decimal or hexadecimal: value and mask. */
export function parseMark(text: string): { readonly value: number; readonly mask: number } {
  const match = /^(0x[0-9a-fA-F]+|\d+)(?:\/(0x[0-9a-fA-F]+|\d+))?$/.exec(text)
  if (match === null) throw new RuleError(`bad mark value for option "--mark", or out of range.`)
  return { value: Number(match[1]) >>> 0, mask: match[2] === undefined ? 0xffffffff : Number(match[2]) >>> 0 }
}

export function showMark(value: number, mask: number): string {
  return mask === 0xffffffff ? `0x${value.toString(16)}` : `0x${value.toString(16)}/0x${mask.toString(16)}`
}

class MarkParser implements MatchParser {
  readonly name: 'mark' | 'connmark'
  #mark: { value: number; mask: number; not: boolean } | undefined

  constructor(name: 'mark' | 'connmark') {
    this.name = name
  }

  option(name: string, not: boolean, take: () => string): boolean {
    if (name !== '--mark') return false
    this.#mark = { ...parseMark(take()), not }
    return true
  }

  finish(): Match {
    const m = this.#mark
    if (m === undefined) throw new RuleError(`${this.name}: option "--mark" must be specified`)
    const ofPacket = this.name === 'mark'
    return {
      name: this.name,
      tracking: !ofPacket,
      test: (p) => (((ofPacket ? p.mark : (p.ct?.entry?.mark ?? 0)) & m.mask) >>> 0 === m.value) !== m.not,
      save: () => `${bang(m.not)} --mark ${showMark(m.value, m.mask)}`,
      list: () => ` ${ofPacket ? 'mark' : 'connmark'} match ${m.not ? '! ' : ''}${showMark(m.value, m.mask)}`,
    }
  }
}

/** A word as iptables-save quotes it. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`
}

class CommentParser implements MatchParser {
  readonly name = 'comment'
  #comment: string | undefined

  option(name: string, _not: boolean, take: () => string): boolean {
    if (name !== '--comment') return false
    this.#comment = take()
    return true
  }

  finish(): Match {
    const comment = this.#comment
    if (comment === undefined) throw new RuleError('comment: option "--comment" must be specified')
    return { name: 'comment', test: () => true, save: () => ` --comment ${quote(comment)}`, list: () => ` /* ${comment} */` }
  }
}

class StatisticParser implements MatchParser {
  readonly name = 'statistic'
  #mode = ''
  #probability = 0
  #every = 0
  #packet = 0
  #not = false

  option(name: string, not: boolean, take: () => string): boolean {
    switch (name) {
      case '--mode':
        this.#mode = take()
        if (this.#mode !== 'random' && this.#mode !== 'nth') throw new RuleError(`Bad mode "${this.#mode}"`)
        return true
      case '--probability':
        // The kernel keeps it as a fraction of 2^31.
        this.#probability = Math.floor(Number(take()) * 0x80000000 + 0.5)
        this.#not = not
        return true
      case '--every':
        this.#every = Number(take())
        this.#not = not
        return true
      case '--packet':
        this.#packet = Number(take())
        return true
      default:
        return false
    }
  }

  finish(): Match {
    const [mode, probability, every, packet, not] = [this.#mode, this.#probability, this.#every, this.#packet, this.#not]
    if (mode === '') throw new RuleError('statistic: option "--mode" must be specified')
    let count = every - packet
    const show = (probability / 0x80000000).toFixed(11)
    return {
      name: 'statistic',
      volatile: true,
      test: (_p, c) => {
        if (mode === 'random') return c.ns.random.uint32() >>> 1 < probability !== not
        const hit = count === every || every === 0
        count = hit ? 1 : count + 1
        return hit !== not
      },
      save: () =>
        mode === 'random'
          ? ` --mode random${bang(not)} --probability ${show}`
          : ` --mode nth${bang(not)} --every ${every} --packet ${packet}`,
      list: () =>
        mode === 'random'
          ? ` statistic mode random${not ? ' !' : ''} probability ${show}`
          : ` statistic mode nth${not ? ' !' : ''} every ${every}${packet === 0 ? '' : ` packet ${packet}`}`,
    }
  }
}

const ADDRESS_TYPES = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT']

class AddrtypeParser implements MatchParser {
  readonly name = 'addrtype'
  #src: { types: string[]; not: boolean } | undefined
  #dst: { types: string[]; not: boolean } | undefined

  option(name: string, not: boolean, take: () => string): boolean {
    if (name !== '--src-type' && name !== '--dst-type') return false
    const types = take().toUpperCase().split(',')
    for (const t of types) if (!ADDRESS_TYPES.includes(t)) throw new RuleError(`addrtype: bad type \`${t}'`)
    if (name === '--src-type') this.#src = { types, not }
    else this.#dst = { types, not }
    return true
  }

  finish(): Match {
    const [src, dst] = [this.#src, this.#dst]
    const type = (ip: number, c: HookContext): string =>
      isMulticast(ip) ? 'MULTICAST' : isLoopback(ip) ? 'LOCAL' : c.ns.addressType(ip).toUpperCase()
    return {
      name: 'addrtype',
      test: (p, c) =>
        (src === undefined || src.types.includes(type(p.src, c)) !== src.not) &&
        (dst === undefined || dst.types.includes(type(p.dst, c)) !== dst.not),
      save: () =>
        (src === undefined ? '' : `${bang(src.not)} --src-type ${src.types.join(',')}`) +
        (dst === undefined ? '' : `${bang(dst.not)} --dst-type ${dst.types.join(',')}`),
      list: () =>
        ` ADDRTYPE match${src === undefined ? '' : ` src-type ${src.not ? '!' : ''}${src.types.join(',')}`}${dst === undefined ? '' : ` dst-type ${dst.not ? '!' : ''}${dst.types.join(',')}`}`,
    }
  }
}

const UNITS: readonly (readonly [string, number])[] = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
]

class LimitParser implements MatchParser {
  readonly name = 'limit'
  #count = 3
  #unit = 3600
  #burst = 5

  option(name: string, _not: boolean, take: () => string): boolean {
    if (name === '--limit-burst') {
      this.#burst = Number(take())
      return true
    }
    if (name !== '--limit') return false
    const text = take()
    const match = /^(\d+)(?:\/(\w+))?$/.exec(text)
    const unit = UNITS.find(([n]) => n.startsWith(match?.[2] ?? 'second'))
    if (match === null || unit === undefined) throw new RuleError(`limit: bad value for option "--limit", or out of range (1-10000/s)`)
    this.#count = Number(match[1])
    this.#unit = unit[1]
    return true
  }

  finish(): Match {
    const [count, unit, burst] = [this.#count, this.#unit, this.#burst]
    let credit = burst
    let last = -1
    // The short names of libxt_limit.
    const rate = `${count}/${({ 1: 'sec', 60: 'min', 3600: 'hour', 86400: 'day' } as Record<number, string>)[unit] ?? 'sec'}`
    return {
      name: 'limit',
      volatile: true,
      test: (_p, c) => {
        const now = c.ns.sim.now
        if (last >= 0) credit = Math.min(burst, credit + ((now - last) / 1e6) * (count / unit))
        last = now
        if (credit < 1) return false
        credit--
        return true
      },
      save: () => ` --limit ${rate}${burst === 5 ? '' : ` --limit-burst ${burst}`}`,
      list: () => ` limit: avg ${rate} burst ${burst}`,
    }
  }
}

class OwnerParser implements MatchParser {
  readonly name = 'owner'
  #uid: { low: number; high: number; not: boolean } | undefined

  option(name: string, not: boolean, take: () => string): boolean {
    if (name !== '--uid-owner') return false
    const match = /^(\d+)(?:-(\d+))?$/.exec(take())
    if (match === null) throw new RuleError('owner: Bad value for "--uid-owner" option')
    this.#uid = { low: Number(match[1]), high: Number(match[2] ?? match[1]), not }
    return true
  }

  finish(): Match {
    const u = this.#uid
    if (u === undefined) throw new RuleError('owner: At least one of --uid-owner, --gid-owner or --socket-exists is required')
    const text = u.low === u.high ? `${u.low}` : `${u.low}-${u.high}`
    return {
      name: 'owner',
      test: (p) => (p.uid !== undefined && p.uid >= u.low && p.uid <= u.high) !== u.not,
      save: () => `${bang(u.not)} --uid-owner ${text}`,
      list: () => `${u.not ? ' !' : ''} owner UID match ${text}`,
    }
  }
}

class MacParser implements MatchParser {
  readonly name = 'mac'
  #mac: { mac: string; not: boolean } | undefined

  option(name: string, not: boolean, take: () => string): boolean {
    if (name !== '--mac-source') return false
    this.#mac = { mac: take().toLowerCase(), not }
    return true
  }

  finish(): Match {
    const m = this.#mac
    if (m === undefined) throw new RuleError('mac: option "--mac-source" must be specified')
    return {
      name: 'mac',
      volatile: true,
      test: (_p, c) => (c.ns.lastSourceMac === m.mac) !== m.not,
      save: () => `${bang(m.not)} --mac-source ${m.mac}`,
      list: () => ` MAC${m.not ? ' !' : ''} ${m.mac}`,
    }
  }
}

class IprangeParser implements MatchParser {
  readonly name = 'iprange'
  readonly #ranges: { src: boolean; low: number; high: number; not: boolean }[] = []

  option(name: string, not: boolean, take: () => string): boolean {
    if (name !== '--src-range' && name !== '--dst-range') return false
    const [a, b] = take().split('-')
    const low = parseIp4(a ?? '')
    const high = parseIp4(b ?? a ?? '')
    if (low === undefined || high === undefined) throw new RuleError(`iprange: bad value for option "${name}"`)
    this.#ranges.push({ src: name === '--src-range', low, high, not })
    return true
  }

  finish(): Match {
    const ranges = this.#ranges
    const show = (r: { low: number; high: number }): string => `${formatIp4(r.low)}-${formatIp4(r.high)}`
    return {
      name: 'iprange',
      test: (p) =>
        ranges.every((r) => {
          const ip = r.src ? p.src : p.dst
          return (ip >= r.low && ip <= r.high) !== r.not
        }),
      save: () => ranges.map((r) => `${bang(r.not)} --${r.src ? 'src' : 'dst'}-range ${show(r)}`).join(''),
      list: () => ranges.map((r) => ` ${r.src ? 'source' : 'destination'} IP range${r.not ? ' !' : ''} ${show(r)}`).join(''),
    }
  }
}

class RecentParser implements MatchParser {
  readonly name = 'recent'
  #mode = ''
  #list = 'DEFAULT'
  #seconds = 0
  #hits = 0
  #not = false
  #reap = false

  option(name: string, not: boolean, take: () => string): boolean {
    switch (name) {
      case '--set':
      case '--rcheck':
      case '--update':
      case '--remove':
        this.#mode = name.slice(2)
        this.#not = not
        return true
      case '--name':
        this.#list = take()
        return true
      case '--seconds':
        this.#seconds = Number(take())
        return true
      case '--hitcount':
        this.#hits = Number(take())
        return true
      case '--reap':
        this.#reap = true
        return true
      case '--rsource':
        return true
      case '--mask':
        take()
        return true
      default:
        return false
    }
  }

  finish(): Match {
    const [mode, list, seconds, hits, not, reap] = [this.#mode, this.#list, this.#seconds, this.#hits, this.#not, this.#reap]
    if (mode === '') throw new RuleError("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'")
    return {
      name: 'recent',
      volatile: true,
      test: (p, c) => {
        const lists = c.ns.netfilter.recent
        let table = lists.get(list)
        if (table === undefined) {
          table = new Map()
          lists.set(list, table)
        }
        const now = c.ns.sim.now
        const times = table.get(p.src) ?? []
        let hit = true
        if (mode === 'set') table.set(p.src, [...times, now].slice(-20))
        else {
          const fresh = times.filter((t) => seconds === 0 || now - t <= seconds * 1e6)
          hit = fresh.length > 0 && fresh.length >= hits
          if (mode === 'remove') table.delete(p.src)
          else if (mode === 'update' && hit) table.set(p.src, [...times, now].slice(-20))
        }
        return hit !== not
      },
      save: () =>
        `${bang(not)} --${mode}${seconds === 0 ? '' : ` --seconds ${seconds}`}${reap ? ' --reap' : ''}${hits === 0 ? '' : ` --hitcount ${hits}`} --name ${list} --mask 255.255.255.255 --rsource`,
      list: () =>
        ` recent:${not ? ' !' : ''} ${mode.toUpperCase()}${seconds === 0 ? '' : ` seconds: ${seconds}`}${reap ? ' reap' : ''}${hits === 0 ? '' : ` hit_count: ${hits}`} name: ${list} side: source mask: 255.255.255.255`,
    }
  }
}

class PhysdevParser implements MatchParser {
  readonly name = 'physdev'
  #text = ''
  #not = false

  option(name: string, not: boolean, take: () => string): boolean {
    if (name === '--physdev-is-bridged' || name === '--physdev-is-in' || name === '--physdev-is-out') this.#text += `${bang(not)} ${name}`
    else if (name === '--physdev-in' || name === '--physdev-out') this.#text += `${bang(not)} ${name} ${take()}`
    else return false
    this.#not = not
    return true
  }

  finish(): Match {
    const [text, not] = [this.#text, this.#not]
    // Bridged frames don't pass netfilter here (br_netfilter is not loaded), so no packet has a physical port.
    return { name: 'physdev', test: () => not, save: () => text, list: () => ` PHYSDEV match${text}` }
  }
}

class TtlParser implements MatchParser {
  readonly name = 'ttl'
  #how: { op: 'eq' | 'lt' | 'gt'; n: number; not: boolean } | undefined

  option(name: string, not: boolean, take: () => string): boolean {
    const op = ({ '--ttl-eq': 'eq', '--ttl': 'eq', '--ttl-lt': 'lt', '--ttl-gt': 'gt' } as const)[name]
    if (op === undefined) return false
    this.#how = { op, n: Number(take()), not }
    return true
  }

  finish(): Match {
    const h = this.#how
    if (h === undefined) throw new RuleError("TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt")
    return {
      name: 'ttl',
      test: (p) => (h.op === 'eq' ? p.ttl === h.n : h.op === 'lt' ? p.ttl < h.n : p.ttl > h.n) !== h.not,
      save: () => `${bang(h.not)} --ttl-${h.op} ${h.n}`,
      list: () => ` TTL match TTL ${h.op === 'eq' ? (h.not ? '!=' : '==') : h.op === 'lt' ? '<' : '>'} ${h.n}`,
    }
  }
}

const PARSERS: Record<string, () => MatchParser> = {
  tcp: () => new PortsParser('tcp'),
  udp: () => new PortsParser('udp'),
  icmp: () => new IcmpParser(),
  multiport: () => new MultiportParser(),
  conntrack: () => new ConntrackParser('conntrack'),
  state: () => new ConntrackParser('state'),
  mark: () => new MarkParser('mark'),
  connmark: () => new MarkParser('connmark'),
  comment: () => new CommentParser(),
  statistic: () => new StatisticParser(),
  addrtype: () => new AddrtypeParser(),
  limit: () => new LimitParser(),
  owner: () => new OwnerParser(),
  mac: () => new MacParser(),
  iprange: () => new IprangeParser(),
  recent: () => new RecentParser(),
  physdev: () => new PhysdevParser(),
  ttl: () => new TtlParser(),
}

/** Matches that Debian's iptables has and the model has not. */
const OTHERS =
  'ah bpf cgroup cluster connbytes connlabel connlimit cpu dccp devgroup dscp ecn esp frag hashlimit helper icmp6 ipcomp ipvs length nfacct osf pkttype ' +
  'policy quota rateest realm rpfilter sctp set socket string tcpmss time tos u32'

/** Starts `-m name`. */
export function matchParser(name: string): MatchParser {
  const make = PARSERS[name]
  if (make === undefined && OTHERS.split(' ').includes(name)) throw new RuleError(`podlab: iptables -m ${name} is not modelled`, 1)
  if (make === undefined) throw new RuleError(`Couldn't load match \`${name}':No such file or directory\n`)
  return make()
}

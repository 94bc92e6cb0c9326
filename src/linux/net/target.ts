/** The targets of netfilter rules: what `-j NAME` does and how it is written back. Source: iptables-extensions(8). */
import { formatIp4, type Ip4, parseIp4 } from './address.ts'
import { parseMark, quote, RuleError, showMark } from './match.ts'
import type { HookContext, TableName } from './netfilter.ts'
import { type Packet, PROTO, TCP } from './packet.ts'

export interface Target {
  readonly name: string
  /** Does something anew for every packet (logs, answers): a flow's way may not be remembered. */
  readonly volatile?: boolean
  /** Undefined: the walk goes on with the next rule. */
  run(p: Packet, c: HookContext): 'accept' | 'drop' | 'return' | undefined
  /** What iptables -S prints after `-j NAME`. */
  save(): string
  list(numeric: boolean): string
}

export interface TargetParser {
  readonly name: string
  option(name: string, not: boolean, take: () => string, has: () => boolean): boolean
  finish(table: TableName): Target
}

class Plain implements TargetParser {
  readonly name: string
  readonly #verdict: 'accept' | 'drop' | 'return'

  constructor(name: string, verdict: 'accept' | 'drop' | 'return') {
    this.name = name
    this.#verdict = verdict
  }

  option(): boolean {
    return false
  }

  finish(): Target {
    const verdict = this.#verdict
    return { name: this.name, run: () => verdict, save: () => '', list: () => '' }
  }
}

export type RejectWith =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'tcp-reset'

const REJECT: readonly (readonly [RejectWith, readonly string[]])[] = [
  ['icmp-net-unreachable', ['net-unreach']],
  ['icmp-host-unreachable', ['host-unreach']],
  ['icmp-proto-unreachable', ['proto-unreach']],
  ['icmp-port-unreachable', ['port-unreach']],
  ['icmp-net-prohibited', ['net-prohib']],
  ['icmp-host-prohibited', ['host-prohib']],
  ['tcp-reset', ['tcp-rst']],
  ['icmp-admin-prohibited', ['admin-prohib']],
]

class Reject implements TargetParser {
  readonly name = 'REJECT'
  #with: RejectWith = 'icmp-port-unreachable'

  option(name: string, _not: boolean, take: () => string): boolean {
    if (name !== '--reject-with') return false
    const text = take()
    const found = REJECT.find(([n, short]) => n === text || short.includes(text))
    if (found === undefined) throw new RuleError(`unknown reject type "${text}"`)
    this.#with = found[0]
    return true
  }

  finish(): Target {
    const how = this.#with
    return {
      name: 'REJECT',
      volatile: true,
      run: (p, c) => {
        c.ns.reject(p, how, c)
        return 'drop'
      },
      save: () => ` --reject-with ${how}`,
      list: () => ` reject-with ${how}`,
    }
  }
}

const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']

class Log implements TargetParser {
  readonly name = 'LOG'
  #prefix = ''
  #level = 4
  #flags = 0

  option(name: string, _not: boolean, take: () => string): boolean {
    const flag = ({ '--log-tcp-sequence': 1, '--log-tcp-options': 2, '--log-ip-options': 4, '--log-uid': 8 } as Record<string, number>)[
      name
    ]
    if (flag !== undefined) {
      this.#flags |= flag
      return true
    }
    if (name === '--log-prefix') {
      this.#prefix = take().slice(0, 29)
      return true
    }
    if (name !== '--log-level') return false
    const text = take()
    const level = /^[0-7]$/.test(text) ? Number(text) : LEVELS.indexOf(text === 'warn' ? 'warning' : text === 'err' ? 'error' : text)
    if (level < 0) throw new RuleError(`log-level \`${text}' unknown`)
    this.#level = level
    return true
  }

  finish(): Target {
    const [prefix, level, flags] = [this.#prefix, this.#level, this.#flags]
    return {
      name: 'LOG',
      volatile: true,
      run: (p, c) => {
        c.ns.klog(level, prefix + logLine(p, c))
        return undefined
      },
      save: () => `${prefix === '' ? '' : ` --log-prefix ${quote(prefix)}`}${level === 4 ? '' : ` --log-level ${level}`}`,
      list: (numeric) => ` LOG flags ${flags} level ${numeric ? level : LEVELS[level]}${prefix === '' ? '' : ` prefix "${prefix}"`}`,
    }
  }
}

/** The text nf_log writes about a packet. */
function logLine(p: Packet, c: HookContext): string {
  const id = (n: number): string => String(n)
  const loop =
    c.in?.kind === 'loopback'
      ? '00:00:00:00:00:00:00:00:00:00:00:00:08:00'
      : c.in === undefined
        ? ''
        : `${c.in.mac}:${c.ns.lastSourceMac}:08:00`
  let out = `IN=${c.in?.name ?? ''} OUT=${c.out?.name ?? ''} `
  if (c.in !== undefined) out += `MAC=${loop} `
  out += `SRC=${formatIp4(p.src)} DST=${formatIp4(p.dst)} LEN=${p.length} TOS=0x00 PREC=0x00 TTL=${p.ttl} ID=${id(p.id)} ${p.df ? 'DF ' : ''}`
  if (p.proto === PROTO.TCP) {
    const flags = [
      ['URG', TCP.URG],
      ['ACK', TCP.ACK],
      ['PSH', TCP.PSH],
      ['RST', TCP.RST],
      ['SYN', TCP.SYN],
      ['FIN', TCP.FIN],
    ] as const
    out += `PROTO=TCP SPT=${p.sport} DPT=${p.dport} WINDOW=${p.window} RES=0x00 ${flags
      .filter(([, bit]) => p.flags & bit)
      .map(([name]) => `${name} `)
      .join('')}URGP=0 `
  } else if (p.proto === PROTO.UDP) {
    out += `PROTO=UDP SPT=${p.sport} DPT=${p.dport} LEN=${p.length - 20} `
  } else if (p.proto === PROTO.ICMP) {
    out += `PROTO=ICMP TYPE=${p.icmpType} CODE=${p.icmpCode} `
    if (p.inner === undefined) out += `ID=${p.icmpId} SEQ=${p.icmpSeq} `
  } else out += `PROTO=${p.proto} `
  if (p.mark !== 0) out += `MARK=0x${p.mark.toString(16)} `
  return out
}

interface NatTo {
  readonly low: Ip4 | undefined
  readonly high: Ip4 | undefined
  readonly ports: readonly [number, number] | undefined
}

/** `10.0.0.1`, `10.0.0.1-10.0.0.9`, `10.0.0.1:80`, `:80-90`. */
function parseNatTo(text: string): NatTo {
  const colon = text.indexOf(':')
  const [addresses, ports] = colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
  const [a, b] = addresses.split('-')
  const low = a === undefined || a === '' ? undefined : parseIp4(a)
  if (a !== undefined && a !== '' && low === undefined) throw new RuleError(`Bad IP address "${a}"\n`)
  const high = b === undefined ? low : parseIp4(b)
  return { low, high, ports: ports === undefined ? undefined : parsePorts(ports) }
}

function parsePorts(text: string): readonly [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text)
  const low = Number(match?.[1])
  const high = Number(match?.[2] ?? match?.[1])
  if (match === null || low < 1 || high > 65_535 || high < low) throw new RuleError(`Port \`${text}' not valid\n`)
  return [low, high]
}

function showNatTo(to: NatTo): string {
  const addresses =
    to.low === undefined
      ? ''
      : to.high === undefined || to.high === to.low
        ? formatIp4(to.low)
        : `${formatIp4(to.low)}-${formatIp4(to.high)}`
  return addresses + (to.ports === undefined ? '' : `:${showPorts(to.ports)}`)
}

function showPorts(ports: readonly [number, number]): string {
  return ports[0] === ports[1] ? `${ports[0]}` : `${ports[0]}-${ports[1]}`
}

function pickAddress(to: NatTo, p: Packet, c: HookContext): Ip4 | undefined {
  if (to.low === undefined || to.high === undefined || to.high <= to.low) return to.low
  // Like the kernel, the same source gets the same address of a range.
  return to.low + (((p.src ^ (c.hook === 'POSTROUTING' ? 0 : p.dst)) >>> 0) % (to.high - to.low + 1))
}

function onlyNat(name: string, table: TableName): void {
  if (table !== 'nat') throw new RuleError(`${name}: table must be nat`, 4, false)
}

/** Where to; getopt_long(3) takes the beginning of the option too (`--to`). */
const NAT_TO = { DNAT: '--to-destination', SNAT: '--to-source', MASQUERADE: '--to-ports', REDIRECT: '--to-ports' } as const

/** Hooks in which the kernel takes a nat target: nf_nat's checkentry. */
const NAT_HOOKS: Readonly<Record<string, readonly string[]>> = {
  DNAT: ['PREROUTING', 'OUTPUT'],
  REDIRECT: ['PREROUTING', 'OUTPUT'],
  SNAT: ['POSTROUTING', 'INPUT'],
  MASQUERADE: ['POSTROUTING'],
}

/** Whether a target may stand in a built-in chain. */
export function allowedIn(target: string, chain: string): boolean {
  return NAT_HOOKS[target]?.includes(chain) ?? true
}

/** DNAT, SNAT, MASQUERADE, REDIRECT. */
class Nat implements TargetParser {
  readonly name: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT'
  #to: NatTo = { low: undefined, high: undefined, ports: undefined }
  #given = false
  #random = false
  #fully = false
  #persistent = false

  constructor(name: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT') {
    this.name = name
  }

  option(name: string, _not: boolean, take: () => string): boolean {
    if (name === '--random') this.#random = true
    else if (name === '--random-fully') this.#fully = true
    else if (name === '--persistent') this.#persistent = true
    else if (!name.startsWith('--to') || !NAT_TO[this.name].startsWith(name)) return false
    else if (this.name === 'DNAT' || this.name === 'SNAT') this.#to = parseNatTo(take())
    else this.#to = { low: undefined, high: undefined, ports: parsePorts(take()) }
    if (name.startsWith('--to')) this.#given = true
    return true
  }

  finish(table: TableName): Target {
    const { name } = this
    const [to, random, fully, persistent] = [this.#to, this.#random, this.#fully, this.#persistent]
    onlyNat(name, table)
    if (!this.#given && name === 'DNAT') throw new RuleError('DNAT: option "--to-destination" must be specified')
    if (!this.#given && name === 'SNAT') throw new RuleError('SNAT: option "--to-source" must be specified')
    const option = NAT_TO[name]
    const value = name === 'DNAT' || name === 'SNAT' ? showNatTo(to) : to.ports === undefined ? '' : showPorts(to.ports)
    const flags = `${random ? ' --random' : ''}${fully ? ' --random-fully' : ''}${persistent ? ' --persistent' : ''}`
    const label =
      name === 'DNAT' || name === 'SNAT'
        ? ` to:${value}`
        : value === ''
          ? ''
          : name === 'REDIRECT'
            ? ` redir ports ${value}`
            : ` masq ports: ${value}`
    return {
      name,
      run: (p, c) => {
        const entry = p.ct?.entry
        if (entry === undefined) return 'accept'
        if (name === 'DNAT' || name === 'REDIRECT') {
          const ip =
            name === 'DNAT'
              ? (pickAddress(to, p, c) ?? p.dst)
              : c.hook === 'OUTPUT'
                ? 0x7f000001
                : c.in === undefined
                  ? p.dst
                  : c.ns.primaryAddress(c.in)
          const ports = to.ports
          const port =
            ports === undefined ? undefined : ports[0] === ports[1] ? ports[0] : ports[0] + c.ns.random.below(ports[1] - ports[0] + 1)
          c.ns.conntrack.setupDestination(entry, ip, port)
        } else {
          const ip = name === 'SNAT' ? (pickAddress(to, p, c) ?? p.src) : c.out === undefined ? p.src : c.ns.sourceFor(c.out, p.dst)
          c.ns.conntrack.setupSource(entry, ip, to.ports, random || fully)
        }
        return 'accept'
      },
      save: () => (value === '' ? flags : ` ${option} ${value}${flags}`),
      list: () => label + flags.replaceAll(' --', ' '),
    }
  }
}

/** MARK and CONNMARK. */
class Mark implements TargetParser {
  readonly name: 'MARK' | 'CONNMARK'
  #value = 0
  #mask = 0
  #given = false
  #copy: 'save' | 'restore' | undefined
  #nfmask = 0xffffffff

  constructor(name: 'MARK' | 'CONNMARK') {
    this.name = name
  }

  option(name: string, _not: boolean, take: () => string): boolean {
    switch (name) {
      case '--set-xmark':
      case '--set-mark': {
        const { value, mask } = parseMark(take())
        this.#value = value
        this.#mask = name === '--set-mark' ? (mask | value) >>> 0 : mask
        break
      }
      case '--or-mark':
        this.#value = parseMark(take()).value
        this.#mask = this.#value
        break
      case '--and-mark':
        this.#value = 0
        this.#mask = ~parseMark(take()).value >>> 0
        break
      case '--xor-mark':
        this.#value = parseMark(take()).value
        this.#mask = 0
        break
      case '--save-mark':
      case '--restore-mark':
        if (this.name === 'MARK') return false
        this.#copy = name === '--save-mark' ? 'save' : 'restore'
        break
      case '--nfmask':
      case '--ctmask':
      case '--mask':
        this.#nfmask = parseMark(take()).value
        break
      default:
        return false
    }
    this.#given = true
    return true
  }

  finish(): Target {
    const [value, mask, copy, nfmask, name] = [this.#value, this.#mask, this.#copy, this.#nfmask, this.name]
    if (!this.#given) throw new RuleError(`${name} target: Parameter --set-mark is required`)
    const apply = (old: number): number => ((old & ~mask) ^ value) >>> 0
    return {
      name,
      run: (p) => {
        const entry = p.ct?.entry
        if (name === 'MARK') p.mark = apply(p.mark)
        else if (entry !== undefined) {
          if (copy === 'save') entry.mark = ((entry.mark & ~nfmask) | (p.mark & nfmask)) >>> 0
          else if (copy === 'restore') p.mark = ((p.mark & ~nfmask) | (entry.mark & nfmask)) >>> 0
          else entry.mark = apply(entry.mark)
        }
        return undefined
      },
      save: () =>
        copy === undefined
          ? ` --set-xmark 0x${value.toString(16)}/0x${mask.toString(16)}`
          : ` --${copy}-mark --nfmask 0x${nfmask.toString(16)} --ctmask 0x${nfmask.toString(16)}`,
      list: () => {
        if (copy !== undefined) return ` CONNMARK ${copy}`
        if (value === 0) return ` ${name} and 0x${(~mask >>> 0).toString(16)}`
        if (value === mask) return ` ${name} or 0x${value.toString(16)}`
        if (mask === 0) return ` ${name} xor 0x${value.toString(16)}`
        if (mask === 0xffffffff) return ` ${name} set 0x${value.toString(16)}`
        return ` ${name} xset ${showMark(value, mask)}`
      },
    }
  }
}

class NoTrack implements TargetParser {
  readonly name: 'NOTRACK' | 'CT'
  #notrack: boolean

  constructor(name: 'NOTRACK' | 'CT') {
    this.name = name
    this.#notrack = name === 'NOTRACK'
  }

  option(name: string): boolean {
    if (this.name !== 'CT' || name !== '--notrack') return false
    this.#notrack = true
    return true
  }

  finish(table: TableName): Target {
    const { name } = this
    if (table !== 'raw') throw new RuleError(`${name}: table must be raw`, 4, false)
    if (!this.#notrack) throw new RuleError('podlab: CT is modelled only with --notrack')
    return {
      name,
      run: (p) => {
        p.untracked = true
        return undefined
      },
      save: () => (name === 'CT' ? ' --notrack' : ''),
      list: () => (name === 'CT' ? ' NOTRACK' : ''),
    }
  }
}

/** TCPMSS: segments here have no size of their own to clamp, so the rule only counts. */
class TcpMss implements TargetParser {
  readonly name = 'TCPMSS'
  #text = ''

  option(name: string, _not: boolean, take: () => string): boolean {
    if (name === '--clamp-mss-to-pmtu') this.#text = ' --clamp-mss-to-pmtu'
    else if (name === '--set-mss') this.#text = ` --set-mss ${take()}`
    else return false
    return true
  }

  finish(): Target {
    const text = this.#text
    if (text === '') throw new RuleError('TCPMSS target: At least one parameter is required')
    return {
      name: 'TCPMSS',
      run: () => undefined,
      save: () => text,
      list: () => (text.includes('clamp') ? ' TCPMSS clamp to PMTU' : ` TCPMSS set ${text.split(' ')[2] ?? ''}`),
    }
  }
}

const PARSERS: Record<string, () => TargetParser> = {
  ACCEPT: () => new Plain('ACCEPT', 'accept'),
  DROP: () => new Plain('DROP', 'drop'),
  RETURN: () => new Plain('RETURN', 'return'),
  REJECT: () => new Reject(),
  LOG: () => new Log(),
  DNAT: () => new Nat('DNAT'),
  SNAT: () => new Nat('SNAT'),
  MASQUERADE: () => new Nat('MASQUERADE'),
  REDIRECT: () => new Nat('REDIRECT'),
  MARK: () => new Mark('MARK'),
  CONNMARK: () => new Mark('CONNMARK'),
  NOTRACK: () => new NoTrack('NOTRACK'),
  CT: () => new NoTrack('CT'),
  TCPMSS: () => new TcpMss(),
}

/** Targets that Debian's iptables has and the model has not. */
const OTHERS =
  'AUDIT CHECKSUM CLASSIFY CLUSTERIP CONNSECMARK DSCP ECN HMARK IDLETIMER LED NETMAP NFLOG NFQUEUE RATEEST SECMARK SET SYNPROXY TCPOPTSTRIP TEE TOS ' +
  'TPROXY TRACE TTL ULOG'

/** Starts `-j name`; undefined when it must be a chain. */
export function targetParser(name: string): TargetParser | undefined {
  if (OTHERS.split(' ').includes(name)) throw new RuleError(`podlab: iptables -j ${name} is not modelled`, 1)
  return PARSERS[name]?.()
}

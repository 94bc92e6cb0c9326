import { inCidr, parseCidr } from '#linux/net/address.ts'
import { type EtherFrame, frameLength, PROTO, TCP } from '#linux/net/packet.ts'
import { servicePort } from '#linux/net/services.ts'

export type Filter = (frame: EtherFrame) => boolean

/** A filter expression that can't be parsed. */
export class FilterError extends Error {
  override name = 'FilterError'
}

const PROTOCOLS: Readonly<Record<string, Filter>> = {
  ip: (f) => f.packet !== undefined,
  arp: (f) => f.arp !== undefined,
  icmp: (f) => f.packet?.proto === PROTO.ICMP,
  tcp: (f) => f.packet?.proto === PROTO.TCP,
  udp: (f) => f.packet?.proto === PROTO.UDP,
  ip6: () => false,
  icmp6: () => false,
}

/** Parses a pcap-filter(7) expression: protocols, host, net, port, portrange, src, dst, tcp flags, and, or, not, parentheses. */
export function parseFilter(text: string): Filter {
  const words = text
    .replace(/\[\s*tcpflags\s*\]/g, '[tcpflags]')
    .replace(/tcp\[13\]/g, 'tcp[tcpflags]')
    .split(/\s+|(?<=[()!])|(?=[()])/)
    .filter((w) => w !== '')
  if (words.length === 0) return () => true
  const p = new Parser(words)
  const filter = p.or()
  if (!p.done) throw new FilterError("can't parse filter expression: syntax error")
  return filter
}

class Parser {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  get done(): boolean {
    return this.#at >= this.#words.length
  }

  #peek(): string | undefined {
    return this.#words[this.#at]
  }

  #next(): string {
    const word = this.#words[this.#at++]
    if (word === undefined) throw new FilterError("can't parse filter expression: syntax error")
    return word
  }

  or(): Filter {
    let left = this.#and()
    while (this.#peek() === 'or' || this.#peek() === '||') {
      this.#at++
      const [a, b] = [left, this.#and()]
      left = (f) => a(f) || b(f)
    }
    return left
  }

  #and(): Filter {
    let left = this.#not()
    while (this.#peek() === 'and' || this.#peek() === '&&') {
      this.#at++
      const [a, b] = [left, this.#not()]
      left = (f) => a(f) && b(f)
    }
    return left
  }

  #not(): Filter {
    const word = this.#peek()
    if (word === 'not' || word === '!') {
      this.#at++
      const inner = this.#not()
      return (f) => !inner(f)
    }
    if (word === '(' || word === '\\(') {
      this.#at++
      const inner = this.or()
      if (this.#next() !== ')') throw new FilterError("can't parse filter expression: syntax error")
      return inner
    }
    return this.#primitive()
  }

  #primitive(): Filter {
    const word = this.#next()
    if (word.startsWith('tcp[tcpflags]')) return this.#flags(word)
    const proto = PROTOCOLS[word]
    if (proto !== undefined) {
      const next = this.#peek()
      if (next === undefined || !['src', 'dst', 'port', 'host', 'net', 'portrange'].includes(next)) return proto
      const rest = this.#primitive()
      return (f) => proto(f) && rest(f)
    }
    if (word === 'src' || word === 'dst') {
      let side = word
      let next = this.#peek()
      if (next === 'or' || next === 'and') {
        this.#at += 2
        side = ''
        next = this.#peek()
      }
      return this.#located(side)
    }
    this.#at--
    return this.#located('')
  }

  #located(side: string): Filter {
    const word = this.#next()
    if (word === 'port') return ports(side, this.#port())
    if (word === 'portrange') {
      const [low, high] = this.#next().split('-').map(Number)
      return portRange(side, low ?? 0, high ?? low ?? 0)
    }
    if (word === 'net') return addresses(side, this.#next())
    if (word === 'host') return addresses(side, this.#next())
    if (word === 'ether') throw new FilterError('podlab: ether filters are not modelled')
    if (word === 'less' || word === 'greater') {
      const n = Number(this.#next())
      return (f) => (word === 'less' ? frameLength(f) <= n : frameLength(f) >= n)
    }
    if (word === 'broadcast') return (f) => f.dst === 'ff:ff:ff:ff:ff:ff'
    if (/^\d+\.\d+/.test(word)) return addresses(side, word)
    throw new FilterError("can't parse filter expression: syntax error")
  }

  #port(): number {
    const word = this.#next()
    const port = /^\d+$/.test(word) ? Number(word) : servicePort(word)
    if (port === undefined) throw new FilterError(`can't parse filter expression: unknown port '${word}'`)
    return port
  }

  /** `tcp[tcpflags] & (tcp-syn|tcp-ack) != 0`. */
  #flags(first: string): Filter {
    let text = first.slice('tcp[tcpflags]'.length)
    while (this.#peek() !== undefined && !['and', 'or', '&&', '||'].includes(this.#peek() ?? '')) text += this.#next()
    const match = /^&\(?([a-z|-]+|\d+)\)?(==|!=|=)\(?([a-z|-]+|\d+)\)?$/.exec(text) ?? /^()(==|!=|=)\(?([a-z|-]+|\d+)\)?$/.exec(text)
    if (match === null) throw new FilterError("can't parse filter expression: syntax error")
    const mask = match[1] === '' ? 63 : bits(match[1] ?? '')
    const value = bits(match[3] ?? '')
    return (f) => f.packet?.proto === PROTO.TCP && ((f.packet.flags & mask) === value) === (match[2] !== '!=')
  }
}

function bits(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  const names: Readonly<Record<string, number>> = {
    'tcp-fin': TCP.FIN,
    'tcp-syn': TCP.SYN,
    'tcp-rst': TCP.RST,
    'tcp-push': TCP.PSH,
    'tcp-ack': TCP.ACK,
    'tcp-urg': TCP.URG,
  }
  return text.split('|').reduce((all, name) => all | (names[name] ?? 0), 0)
}

function ports(side: string, port: number): Filter {
  return portRange(side, port, port)
}

function portRange(side: string, low: number, high: number): Filter {
  const hit = (n: number): boolean => n >= low && n <= high
  return (f) => {
    const p = f.packet
    if (p === undefined || (p.proto !== PROTO.TCP && p.proto !== PROTO.UDP)) return false
    return (side !== 'dst' && hit(p.sport)) || (side !== 'src' && hit(p.dport))
  }
}

function addresses(side: string, text: string): Filter {
  const cidr = parseCidr(text)
  if (cidr === undefined) throw new FilterError(`can't parse filter expression: unknown host '${text}'`)
  return (f) => {
    const [src, dst] = f.packet !== undefined ? [f.packet.src, f.packet.dst] : [f.arp?.senderIp ?? 0, f.arp?.targetIp ?? 0]
    return (side !== 'dst' && inCidr(src, cidr)) || (side !== 'src' && inCidr(dst, cidr))
  }
}

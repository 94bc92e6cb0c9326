/** `ip()` and `cidr()`. Source: apiserver pkg/cel/library/ip.go, cidr.go. */
import { fn, method, type Overload } from '../functions.ts'
import { BOOL, INT, opaque, STRING } from '../types.ts'
import { EvaluationError, Opaque } from '../values.ts'
import { type Address, formatAddress, includes, isMapped, mask, type Network, parseAddress, parseNetwork } from './addresses.ts'

class Ip extends Opaque {
  readonly typeName = 'net.IP'
  readonly address: Address

  constructor(address: Address) {
    super()
    this.address = address
  }

  equals(other: Opaque): boolean {
    return other instanceof Ip && other.address.bits === this.address.bits && other.address.value === this.address.value
  }
}

class Cidr extends Opaque {
  readonly typeName = 'net.CIDR'
  readonly network: Network

  constructor(network: Network) {
    super()
    this.network = network
  }

  equals(other: Opaque): boolean {
    return (
      other instanceof Cidr &&
      other.network.length === this.network.length &&
      new Ip(this.network.address).equals(new Ip(other.network.address))
    )
  }
}

const IP = opaque('net.IP', (v): v is Ip => v instanceof Ip)
const CIDR = opaque('net.CIDR', (v): v is Cidr => v instanceof Cidr)

function parseIp(text: string): Ip | string {
  const address = parseAddress(text)
  if (address === 'zone') return `IP address ${JSON.stringify(text)} with zone value is not allowed`
  if (typeof address === 'string') return `IP Address ${JSON.stringify(text)} parse error during conversion from string: ${address}`
  return isMapped(address) ? `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed` : new Ip(address)
}

function parseCidr(text: string): Cidr | string {
  const network = parseNetwork(text)
  if (typeof network === 'string') return `network address parse error during conversion from string: ${network}`
  return isMapped(network.address) ? `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed` : new Cidr(network)
}

function ip(text: string): Ip {
  const parsed = parseIp(text)
  if (typeof parsed === 'string') throw new EvaluationError(parsed)
  return parsed
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text)
  if (typeof parsed === 'string') throw new EvaluationError(`network address parse error during conversion from string: ${parsed}`)
  return parsed
}

const formatCidr = (c: Cidr): string => `${formatAddress(c.network.address)}/${c.network.length}`
const within = (network: string, a: Address): boolean => {
  const parsed = parseNetwork(network)
  return typeof parsed !== 'string' && includes(parsed, a)
}

const isUnspecified = (a: Address): boolean => a.value === 0n
const isLoopback = (a: Address): boolean => within('127.0.0.0/8', a) || within('::1/128', a)
const isMulticast = (a: Address): boolean => within('224.0.0.0/4', a) || within('ff00::/8', a)
const isLinkLocalMulticast = (a: Address): boolean =>
  within('224.0.0.0/24', a) || (isMulticast(a) && a.bits === 128 && ((a.value >> 112n) & 0xfn) === 2n)
const isLinkLocalUnicast = (a: Address): boolean => within('169.254.0.0/16', a) || within('fe80::/10', a)
const isBroadcast = (a: Address): boolean => a.bits === 32 && a.value === 0xffffffffn
const isGlobalUnicast = (a: Address): boolean =>
  !isUnspecified(a) && !isLoopback(a) && !isMulticast(a) && !isLinkLocalUnicast(a) && !isBroadcast(a)

/** What holds the one holds the other: a network inside another. */
const containsCidr = (outer: Cidr, inner: Cidr): boolean =>
  outer.network.length <= inner.network.length && includes(outer.network, inner.network.address)

const test = (name: string, holds: (a: Address) => boolean): Overload => method(name, [IP], BOOL, (v) => holds(v.address))

export const NET: readonly Overload[] = [
  fn('ip', [STRING], IP, ip),
  fn('isIP', [STRING], BOOL, (s) => typeof parseIp(s) !== 'string'),
  fn('ip.isCanonical', [STRING], BOOL, (s) => formatAddress(ip(s).address) === s),
  fn('string', [IP], STRING, (v) => formatAddress(v.address)),
  method('family', [IP], INT, (v) => (v.address.bits === 32 ? 4n : 6n)),
  test('isUnspecified', isUnspecified),
  test('isLoopback', isLoopback),
  test('isLinkLocalMulticast', isLinkLocalMulticast),
  test('isLinkLocalUnicast', isLinkLocalUnicast),
  test('isGlobalUnicast', isGlobalUnicast),
  fn('cidr', [STRING], CIDR, cidr),
  fn('isCIDR', [STRING], BOOL, (s) => typeof parseCidr(s) !== 'string'),
  fn('string', [CIDR], STRING, formatCidr),
  method('containsIP', [CIDR, STRING], BOOL, (c, s) => includes(c.network, ip(s).address)),
  method('containsIP', [CIDR, IP], BOOL, (c, v) => includes(c.network, v.address)),
  method('containsCIDR', [CIDR, STRING], BOOL, (c, s) => containsCidr(c, cidr(s))),
  method('containsCIDR', [CIDR, CIDR], BOOL, containsCidr),
  method('ip', [CIDR], IP, (c) => new Ip(c.network.address)),
  method('prefixLength', [CIDR], INT, (c) => BigInt(c.network.length)),
  method('masked', [CIDR], CIDR, (c) => new Cidr({ address: mask(c.network), length: c.network.length })),
]

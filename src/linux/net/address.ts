import type { Random } from '#sim/random.ts'

/** An IPv4 address as an unsigned 32-bit number. */
export type Ip4 = number

export const LOOPBACK_IP: Ip4 = 0x7f000001
export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff'
export const ZERO_MAC = '00:00:00:00:00:00'

/** The number of `10.0.2.15`; undefined when it is no dotted quad. */
export function parseIp4(text: string): Ip4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  let out = 0
  for (let i = 1; i <= 4; i++) {
    const part = Number(match[i])
    if (part > 255) return undefined
    out = out * 256 + part
  }
  return out
}

export function formatIp4(ip: Ip4): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`
}

/** Netmask of a prefix length. */
export function maskOf(prefix: number): Ip4 {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
}

/** A block of addresses. */
export interface Cidr {
  readonly network: Ip4
  readonly prefix: number
}

/** `10.1.0.0/16`, `10.1.2.3` (/32), with host bits cleared; undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  const ip = parseIp4(slash < 0 ? text : text.slice(0, slash))
  if (ip === undefined) return undefined
  const tail = slash < 0 ? '32' : text.slice(slash + 1)
  const mask = parseIp4(tail)
  const prefix = mask !== undefined ? prefixOfMask(mask) : /^\d+$/.test(tail) ? Number(tail) : Number.NaN
  if (!(prefix >= 0 && prefix <= 32)) return undefined
  return { network: (ip & maskOf(prefix)) >>> 0, prefix }
}

function prefixOfMask(mask: Ip4): number {
  for (let n = 0; n <= 32; n++) if (maskOf(n) === mask) return n
  return Number.NaN
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp4(cidr.network)}/${cidr.prefix}`
}

export function inCidr(ip: Ip4, cidr: Cidr): boolean {
  return (ip & maskOf(cidr.prefix)) >>> 0 === cidr.network
}

export function isLoopback(ip: Ip4): boolean {
  return ip >>> 24 === 127
}

export function isMulticast(ip: Ip4): boolean {
  return ip >>> 28 === 14
}

/** Whether text is an IPv6 address, in outline: hex groups and colons. */
export function isIp6(text: string): boolean {
  return /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text)
}

/** A random MAC as the kernel gives to new devices: locally administered, unicast. */
export function randomMac(random: Random): string {
  const bytes = random.bytes(6)
  bytes[0] = ((bytes[0] as number) & 0xfe) | 0x02
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(':')
}

/** The link-local address the kernel derives from a MAC (addrgenmode eui64): `fe80::5054:ff:fe12:3456`. */
export function linkLocal(mac: string): string {
  const b = mac.split(':').map((part) => Number.parseInt(part, 16))
  const at = (i: number): number => b[i] ?? 0
  const groups = [((at(0) ^ 2) << 8) | at(1), (at(2) << 8) | 0xff, 0xfe00 | at(3), (at(4) << 8) | at(5)]
  return `fe80::${groups.map((g) => g.toString(16)).join(':')}`
}

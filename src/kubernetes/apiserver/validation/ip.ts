/** IP addresses and ranges as fields have them. Source: apimachinery pkg/util/validation/ip.go, with StrictIPCIDRValidation. */
import { type FieldError, invalid } from '#kubernetes/api/field.ts'

export type Family = 'IPv4' | 'IPv6'

export interface Ip {
  readonly family: Family
  /** Four or sixteen bytes. */
  readonly bytes: readonly number[]
  /** Written as `::ffff:1.2.3.4`; its family is IPv4. */
  readonly mapped: boolean
  readonly leadingZeros: boolean
}

const NO_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const NO_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

function parseV4(text: string): Ip | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((p) => /^\d+$/.test(p) && Number(p) <= 255)) return undefined
  return { family: 'IPv4', bytes: parts.map(Number), mapped: false, leadingZeros: parts.some((p) => p.length > 1 && p.startsWith('0')) }
}

/** Parses as lenient as Go's ParseIPSloppy; undefined when it is no address. */
export function parseIp(text: string): Ip | undefined {
  if (!text.includes(':')) return parseV4(text)
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  let leadingZeros = false
  const bytesOf = (half: string): number[] | undefined => {
    const out: number[] = []
    if (half === '') return out
    const groups = half.split(':')
    for (const [i, group] of groups.entries()) {
      if (group.includes('.') && i === groups.length - 1) {
        const v4 = parseV4(group)
        if (v4 === undefined) return undefined
        leadingZeros = v4.leadingZeros
        out.push(...v4.bytes)
      } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
        const n = Number.parseInt(group, 16)
        out.push(n >> 8, n & 255)
      } else return undefined
    }
    return out
  }
  const [head, tail] = [bytesOf(halves[0] ?? ''), bytesOf(halves[1] ?? '')]
  if (head === undefined || tail === undefined) return undefined
  const fill = 16 - head.length - tail.length
  if (halves.length === 2 ? fill < 2 : fill !== 0) return undefined
  const bytes = [...head, ...Array.from({ length: fill }, () => 0), ...tail]
  const mapped = bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255
  return mapped ? { family: 'IPv4', bytes: bytes.slice(12), mapped, leadingZeros } : { family: 'IPv6', bytes, mapped, leadingZeros }
}

/** As RFC 5952 writes it. */
export function formatIp(ip: { readonly family: Family; readonly bytes: readonly number[] }): string {
  if (ip.family === 'IPv4') return ip.bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((ip.bytes[2 * i] ?? 0) << 8) | (ip.bytes[2 * i + 1] ?? 0))
  let [best, length] = [-1, 1]
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > length) [best, length] = [i, end - i]
  }
  const hex = (list: readonly number[]): string => list.map((g) => g.toString(16)).join(':')
  return best < 0 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + length))}`
}

/** An address of a field that is older than strict rules. */
export function validIp(text: string, path: string): FieldError[] {
  const ip = parseIp(text)
  if (ip === undefined) return [invalid(path, text, NO_IP)]
  if (ip.leadingZeros) return [invalid(path, text, 'must not have leading 0s')]
  return ip.mapped ? [invalid(path, text, 'must not be an IPv4-mapped IPv6 address')] : []
}

/** An address in its one canonical form. */
export function canonicalIp(text: string, path: string): FieldError[] {
  const out = validIp(text, path)
  const ip = parseIp(text)
  if (out.length > 0 || ip === undefined) return out
  return formatIp(ip) === text ? [] : [invalid(path, text, `must be in canonical form ("${formatIp(ip)}")`)]
}

export interface Cidr {
  readonly ip: Ip
  readonly bits: number
  /** The address with everything beyond the prefix cleared. */
  readonly network: readonly number[]
}

export function parseCidr(text: string): Cidr | undefined {
  const m = /^([^/]+)\/(\d+)$/.exec(text)
  const ip = parseIp(m?.[1] ?? '')
  const bits = Number(m?.[2] ?? '-1')
  if (ip === undefined || bits < 0 || bits > ip.bytes.length * 8) return undefined
  const network = ip.bytes.map((b, i) => b & (255 << Math.min(8, Math.max(0, 8 - (bits - 8 * i)))) & 255)
  return { ip, bits, network }
}

export function validCidr(text: string, path: string): FieldError[] {
  const cidr = parseCidr(text)
  if (cidr === undefined) return [invalid(path, text, NO_CIDR)]
  if (cidr.ip.leadingZeros || /\/0\d/.test(text)) return [invalid(path, text, 'must not have leading 0s in IP or prefix length')]
  if (cidr.ip.mapped) return [invalid(path, text, 'must not have an IPv4-mapped IPv6 address')]
  return cidr.network.some((b, i) => b !== cidr.ip.bytes[i]) ? [invalid(path, text, 'must not have bits set beyond the prefix length')] : []
}

export function canonicalCidr(text: string, path: string): FieldError[] {
  const out = validCidr(text, path)
  const cidr = parseCidr(text)
  if (out.length > 0 || cidr === undefined) return out
  const canonical = `${formatIp({ family: cidr.ip.family, bytes: cidr.network })}/${cidr.bits}`
  return canonical === text ? [] : [invalid(path, text, `must be in canonical form ("${canonical}")`)]
}

export const familyOf = (text: string): Family | undefined => parseIp(text)?.family

/** Tells whether addresses or ranges of both families are among these. */
export function isDualStack(list: readonly string[]): boolean {
  const families = new Set(list.map((text) => familyOf(text.split('/')[0] ?? '')))
  return families.has('IPv4') && families.has('IPv6')
}

/** Tells whether `inner` lies in `outer` and is smaller. */
export function isStrictSubset(inner: Cidr, outer: Cidr): boolean {
  if (inner.ip.family !== outer.ip.family || inner.bits <= outer.bits) return false
  return outer.network.every((b, i) => {
    const mask = (255 << Math.min(8, Math.max(0, 8 - (outer.bits - 8 * i)))) & 255
    return ((inner.network[i] ?? 0) & mask) === b
  })
}

/** Addresses that lead to nobody else. Source: ValidateNonSpecialIP. */
export function nonSpecialIp(text: string, path: string): FieldError[] {
  const ip = parseIp(text)
  if (ip === undefined) return [invalid(path, text, 'must be a valid IP address')]
  const [a = 0, b = 0, c = 0] = ip.bytes
  const v4 = ip.family === 'IPv4'
  const out: FieldError[] = []
  if (ip.bytes.every((x) => x === 0)) out.push(invalid(path, text, `may not be unspecified (${text})`))
  if (v4 ? a === 127 : ip.bytes.slice(0, 15).every((x) => x === 0) && ip.bytes[15] === 1)
    out.push(invalid(path, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'))
  if (v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80)
    out.push(invalid(path, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'))
  if (v4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2)
    out.push(invalid(path, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'))
  return out
}

/** What is odd about an address that is let pass. Source: GetWarningsForIP. */
export function ipWarnings(text: string, path: string): string[] {
  const ip = parseIp(text)
  if (ip === undefined) return []
  if (ip.leadingZeros || ip.mapped) return [`${path}: non-standard IP address "${text}" is invalid: use "${formatIp(ip)}"`]
  return ip.family === 'IPv6' && formatIp(ip) !== text
    ? [`${path}: IPv6 address "${text}" should be in RFC 5952 canonical format ("${formatIp(ip)}")`]
    : []
}

/** Source: GetWarningsForCIDR. */
export function cidrWarnings(text: string, path: string): string[] {
  const cidr = parseCidr(text)
  if (cidr === undefined) return []
  const canonical = `${formatIp({ family: cidr.ip.family, bytes: cidr.network })}/${cidr.bits}`
  const out: string[] = []
  if (cidr.network.some((b, i) => b !== cidr.ip.bytes[i]))
    out.push(
      `${path}: CIDR value "${text}" is ambiguous in this context (should be "${canonical}" or "${formatIp(cidr.ip)}/${cidr.ip.bytes.length * 8}"?)`,
    )
  if (cidr.ip.leadingZeros || cidr.ip.mapped) out.push(`${path}: non-standard CIDR value "${text}" is invalid: use "${canonical}"`)
  if (out.length === 0 && cidr.ip.family === 'IPv6' && canonical !== text)
    out.push(`${path}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${canonical}")`)
  return out
}

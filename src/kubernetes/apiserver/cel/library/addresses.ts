/** IP addresses and networks as numbers, with Go's words for what is none. Source: Go's net/netip. */

export interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

export interface Network {
  readonly address: Address
  readonly length: number
}

/** An address, or why the text is none. */
export function parseAddress(text: string): Address | string {
  const fail = (why: string): string => `ParseAddr(${JSON.stringify(text)}): ${why}`
  for (const c of text) {
    if (c === '.') return parseV4(text, fail)
    if (c === ':') return parseV6(text, fail)
    if (c === '%') return fail('missing IPv6 address')
  }
  return fail('unable to parse IP')
}

type Fail = (why: string) => string

function parseV4(text: string, fail: Fail): Address | string {
  let value = 0n
  const parts = text.split('.')
  for (const part of parts) {
    const odd = /[^0-9]/.exec(part)
    if (odd !== null) return fail(`unexpected character (at ${JSON.stringify(text.slice(text.indexOf(part) + odd.index))})`)
    if (part === '') return fail(`IPv4 field must have at least one digit`)
    if (part.length > 1 && part.startsWith('0')) return fail('IPv4 field has octet with leading zero')
    if (Number(part) > 255) return fail('IPv4 field has value >255')
    value = (value << 8n) | BigInt(part)
  }
  if (parts.length < 4) return fail('IPv4 address too short')
  return parts.length > 4 ? fail('IPv4 address too long') : { bits: 32, value }
}

function parseV6(whole: string, fail: Fail): Address | string {
  const percent = whole.indexOf('%')
  if (percent >= 0) return percent + 1 === whole.length ? fail('zone must be a non-empty string') : 'zone'
  const halves = whole.split('::')
  if (halves.length > 2) return fail(`multiple :: in address (at ${JSON.stringify(`:${halves.slice(2).join('::')}`)})`)
  const groups: bigint[][] = []
  for (const half of halves) {
    const out: bigint[] = []
    for (const part of half === '' ? [] : half.split(':')) {
      if (part.includes('.')) {
        const v4 = parseV4(part, fail)
        if (typeof v4 === 'string') return v4
        out.push(v4.value >> 16n, v4.value & 0xffffn)
      } else if (part === '') return fail('each colon-separated field must have at least one digit')
      else if (!/^[0-9a-fA-F]+$/.test(part)) return fail(`unexpected character (at ${JSON.stringify(part.replace(/^[0-9a-fA-F]+/, ''))})`)
      else if (part.length > 4) return fail(`each group must have 4 or less digits (at ${JSON.stringify(part)})`)
      else out.push(BigInt(`0x${part}`))
    }
    groups.push(out)
  }
  const [head = [], tail] = groups
  const count = head.length + (tail?.length ?? 0)
  if (count > 8) return fail('trailing garbage after address')
  if (tail === undefined && count < 8) return fail('address string too short')
  if (tail !== undefined && count === 8) return fail('the :: must expand to at least one field of zeros')
  const all = [...head, ...Array.from({ length: 8 - count }, () => 0n), ...(tail ?? [])]
  return { bits: 128, value: all.reduce((value, group) => (value << 16n) | group, 0n) }
}

/** The canonical text. */
export function formatAddress(a: Address): string {
  if (a.bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (a.value >> shift) & 0xffn).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => Number((a.value >> BigInt((7 - i) * 16)) & 0xffffn))
  let start = -1
  let length = 1
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > length) [start, length] = [i, n]
  }
  const hex = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(':')
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

/** `::ffff:a.b.c.d` */
export const isMapped = (a: Address): boolean => a.bits === 128 && a.value >> 32n === 0xffffn

/** A network, or why the text is none. */
export function parseNetwork(text: string): Network | string {
  const fail = (why: string): string => `netip.ParsePrefix(${JSON.stringify(text)}): ${why}`
  const slash = text.lastIndexOf('/')
  if (slash < 0) return fail("no '/'")
  const address = parseAddress(text.slice(0, slash))
  if (address === 'zone') return fail('IPv6 zones cannot be present in a prefix')
  if (typeof address === 'string') return fail(address)
  const bits = text.slice(slash + 1)
  if (!/^(?:0|[1-9]\d*)$/.test(bits)) return fail(`bad bits after slash: ${JSON.stringify(bits)}`)
  if (Number(bits) > address.bits) return fail('prefix length out of range')
  return { address, length: Number(bits) }
}

/** The address with all bits after the prefix cleared. */
export function mask({ address, length }: Network): Address {
  const rest = BigInt(address.bits - length)
  return { bits: address.bits, value: (address.value >> rest) << rest }
}

export function includes(network: Network, address: Address): boolean {
  if (network.address.bits !== address.bits) return false
  const rest = BigInt(address.bits - network.length)
  return network.address.value >> rest === address.value >> rest
}

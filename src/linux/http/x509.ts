/**
 * Certificates as TLS looks at them: names, validity, issuer. Source: RFC 5280. Differs: a chain is checked by issuer name and
 * key identifiers; signatures are not computed.
 */
import { decode, fromBase64 } from '#sim/bytes.ts'
import { daysFromCivil, rfc3339 } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'

export interface Certificate {
  /** DER of the names: two are equal when their bytes are. */
  readonly subject: string
  readonly issuer: string
  readonly commonName: string
  readonly notBefore: Micros
  readonly notAfter: Micros
  readonly dnsNames: readonly string[]
  readonly ips: readonly string[]
  readonly isCa: boolean
  readonly keyId: string | undefined
  readonly authorityKeyId: string | undefined
}

interface Node {
  readonly tag: number
  readonly body: Uint8Array
  readonly whole: Uint8Array
  readonly children: () => Node[]
}

function nodes(bytes: Uint8Array): Node[] {
  const out: Node[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const tag = bytes[at] as number
    let length = bytes[at + 1] as number
    let start = at + 2
    if (length > 127) {
      const n = length & 127
      length = 0
      for (let i = 0; i < n; i++) length = length * 256 + (bytes[start + i] ?? 0)
      start += n
    }
    const body = bytes.subarray(start, start + length)
    out.push({ tag, body, whole: bytes.subarray(at, start + length), children: () => nodes(body) })
    at = start + length
  }
  return out
}

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')

/** DER of each certificate of a PEM bundle. */
export function pemBlocks(pem: string): Uint8Array[] {
  const out: Uint8Array[] = []
  for (const match of pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)) {
    const der = fromBase64((match[1] ?? '').replace(/\s/g, ''))
    if (der !== undefined) out.push(der)
  }
  return out
}

const cache = new Map<string, readonly Certificate[]>()

/** The certificates of a PEM bundle; what can't be parsed is left out. Parsed once per text. */
export function certificates(pem: string): readonly Certificate[] {
  let found = cache.get(pem)
  if (found === undefined) {
    found = pemBlocks(pem).flatMap((der) => parse(der) ?? [])
    if (cache.size > 512) cache.clear()
    cache.set(pem, found)
  }
  return found
}

function parse(der: Uint8Array): Certificate | undefined {
  const tbs = nodes(der)[0]?.children()[0]?.children()
  if (tbs === undefined) return undefined
  const at = tbs[0]?.tag === 0xa0 ? 1 : 0
  const [issuer, validity, subject] = [tbs[at + 2], tbs[at + 3], tbs[at + 4]]
  if (issuer === undefined || validity === undefined || subject === undefined) return undefined
  const [from, to] = validity.children()
  const out = {
    dnsNames: [] as string[],
    ips: [] as string[],
    isCa: false,
    keyId: undefined as string | undefined,
    authorityKeyId: undefined as string | undefined,
  }
  for (const extension of tbs
    .find((n) => n.tag === 0xa3)
    ?.children()[0]
    ?.children() ?? []) {
    const parts = extension.children()
    const oid = hex(parts[0]?.body ?? new Uint8Array(0))
    const value = nodes(parts[parts.length - 1]?.body ?? new Uint8Array(0))[0]
    if (value === undefined) continue
    if (oid === '551d11') {
      for (const name of value.children()) {
        if (name.tag === 0x82) out.dnsNames.push(decode(name.body))
        else if (name.tag === 0x87 && name.body.length === 4) out.ips.push([...name.body].join('.'))
        else if (name.tag === 0x87) out.ips.push(hex(name.body))
      }
    } else if (oid === '551d13') out.isCa = value.children()[0]?.tag === 1
    else if (oid === '551d0e') out.keyId = hex(value.body)
    else if (oid === '551d23')
      out.authorityKeyId = hex(value.children().find((n) => n.tag === 0x80)?.body ?? new Uint8Array(0)) || undefined
  }
  return {
    subject: hex(subject.whole),
    issuer: hex(issuer.whole),
    commonName: commonName(subject),
    notBefore: time(from),
    notAfter: time(to),
    ...out,
  }
}

function commonName(name: Node): string {
  for (const set of name.children()) {
    for (const pair of set.children()) {
      const [oid, value] = pair.children()
      if (hex(oid?.body ?? new Uint8Array(0)) === '550403') return decode(value?.body ?? new Uint8Array(0))
    }
  }
  return ''
}

function time(node: Node | undefined): Micros {
  const text = decode(node?.body ?? new Uint8Array(0))
  const short = node?.tag === 0x17
  const n = (from: number, length: number): number => Number(text.slice(from, from + length))
  const year = short ? (n(0, 2) < 50 ? 2000 + n(0, 2) : 1900 + n(0, 2)) : n(0, 4)
  const o = short ? 2 : 4
  return (daysFromCivil(year, n(o, 2), n(o + 2, 2)) * 86_400 + n(o + 4, 2) * 3600 + n(o + 6, 2) * 60 + n(o + 8, 2)) * 1_000_000
}

function issued(ca: Certificate, cert: Certificate): boolean {
  return ca.subject === cert.issuer && (ca.keyId === undefined || cert.authorityKeyId === undefined || ca.keyId === cert.authorityKeyId)
}

/**
 * Checks a presented chain (PEM, leaf first) against a bundle of authorities, as crypto/x509 does. Undefined when it is
 * good, else Go's words: `x509: certificate signed by unknown authority`. `name` undefined skips the host name.
 */
export function verifyChain(chain: string, authorities: string, name: string | undefined, now: Micros): string | undefined {
  const presented = certificates(chain)
  const leaf = presented[0]
  if (leaf === undefined) return 'x509: malformed certificate'
  const seconds = (t: Micros): string => rfc3339(t)
  if (now > leaf.notAfter)
    return `x509: certificate has expired or is not yet valid: current time ${seconds(now)} is after ${seconds(leaf.notAfter)}`
  if (now < leaf.notBefore)
    return `x509: certificate has expired or is not yet valid: current time ${seconds(now)} is before ${seconds(leaf.notBefore)}`
  if (name !== undefined) {
    const wrong = verifyName(leaf, name)
    if (wrong !== undefined) return wrong
  }
  const roots = certificates(authorities)
  let current = leaf
  for (let depth = 0; depth < 8; depth++) {
    if (
      roots.some((root) => root.subject === current.subject && root.keyId === current.keyId && current.isCa) ||
      roots.some((root) => issued(root, current))
    )
      return undefined
    const next = presented.find((c) => c !== current && issued(c, current))
    if (next === undefined) break
    current = next
  }
  return 'x509: certificate signed by unknown authority'
}

function verifyName(cert: Certificate, name: string): string | undefined {
  const isIp = /^\d+\.\d+\.\d+\.\d+$/.test(name)
  if (isIp) {
    if (cert.ips.includes(name)) return undefined
    if (cert.ips.length === 0) return `x509: cannot validate certificate for ${name} because it doesn't contain any IP SANs`
    return `x509: certificate is valid for ${cert.ips.join(', ')}, not ${name}`
  }
  const lower = name.toLowerCase().replace(/\.$/, '')
  const fits = (pattern: string): boolean =>
    pattern.toLowerCase() === lower || (pattern.startsWith('*.') && lower.slice(lower.indexOf('.')) === pattern.slice(1).toLowerCase())
  if (cert.dnsNames.some(fits)) return undefined
  if (cert.dnsNames.length === 0) return `x509: certificate is not valid for any names, but wanted to match ${name}`
  return `x509: certificate is valid for ${cert.dnsNames.join(', ')}, not ${name}`
}

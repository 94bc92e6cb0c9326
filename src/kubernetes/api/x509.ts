/** The few facts of X.509 certificates that authentication needs. */
import { sha256 } from '@noble/hashes/sha2.js'
import { decode, fromBase64 } from '#sim/bytes.ts'

export interface CertificateIdentity {
  readonly commonName: string
  readonly organizations: readonly string[]
  /** Common name of the issuer. */
  readonly issuer: string
  /** Of the DER form, in hex. */
  readonly sha256: string
}

const KNOWN = new Map<string, CertificateIdentity | undefined>()

/** Subject and issuer of the first certificate in PEM text; undefined when there is none that can be read. */
export function certificateIdentity(pem: string): CertificateIdentity | undefined {
  if (KNOWN.has(pem)) return KNOWN.get(pem)
  const identity = parse(pem)
  if (KNOWN.size > 256) KNOWN.clear()
  KNOWN.set(pem, identity)
  return identity
}

function parse(pem: string): CertificateIdentity | undefined {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(pem)?.[1]
  const der = body === undefined ? undefined : fromBase64(body.replace(/\s/g, ''))
  if (der === undefined) return undefined
  const certificate = children(der, read(der, 0))
  const tbs = certificate[0] === undefined ? [] : children(der, certificate[0])
  // An explicit version comes first in version 3 certificates.
  const first = tbs[0]?.tag === 0xa0 ? 1 : 0
  const issuer = tbs[first + 2]
  const subject = tbs[first + 4]
  if (issuer === undefined || subject === undefined) return undefined
  const names = attributes(der, subject)
  return {
    commonName: names.find(([oid]) => oid === '550403')?.[1] ?? '',
    organizations: names.filter(([oid]) => oid === '55040a').map(([, value]) => value),
    issuer: attributes(der, issuer).find(([oid]) => oid === '550403')?.[1] ?? '',
    sha256: hex(sha256(der)),
  }
}

interface Element {
  readonly tag: number
  readonly start: number
  readonly end: number
}

function read(der: Uint8Array, at: number): Element {
  const tag = der[at] ?? 0
  let length = der[at + 1] ?? 0
  let start = at + 2
  if (length >= 0x80) {
    const count = length & 0x7f
    length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (der[start + i] ?? 0)
    start += count
  }
  return { tag, start, end: Math.min(start + length, der.length) }
}

function children(der: Uint8Array, parent: Element): Element[] {
  const out: Element[] = []
  for (let at = parent.start; at < parent.end; ) {
    const element = read(der, at)
    out.push(element)
    at = element.end
  }
  return out
}

/** The attributes of a name: object identifier in hex, value. */
function attributes(der: Uint8Array, name: Element): (readonly [string, string])[] {
  return children(der, name).flatMap((set) =>
    children(der, set).map((pair) => {
      const [oid, value] = children(der, pair)
      return [
        oid === undefined ? '' : hex(der.subarray(oid.start, oid.end)),
        value === undefined ? '' : decode(der.subarray(value.start, value.end)),
      ] as const
    }),
  )
}

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')

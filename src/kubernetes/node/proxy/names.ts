import { sha256 } from '@noble/hashes/sha2.js'
import { encode } from '#sim/bytes.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The first 16 letters of base32(sha256(text)): what makes chain names unique and short. */
function hash16(text: string): string {
  const bytes = sha256(encode(text))
  let out = ''
  let bits = 0
  let acc = 0
  for (const b of bytes) {
    acc = (acc << 8) | b
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += BASE32.charAt((acc >> bits) & 31)
      if (out.length === 16) return out
    }
    acc &= (1 << bits) - 1
  }
  return out
}

/** Name of a chain of a service port, `KUBE-SVC-TCOU7JCQXEZGVUNU`. `port` is `ns/name` or `ns/name:portname`. */
export function serviceChain(prefix: 'KUBE-SVC-' | 'KUBE-SVL-' | 'KUBE-EXT-' | 'KUBE-FW-', port: string, protocol: string): string {
  return prefix + hash16(port + protocol)
}

export function endpointChain(port: string, protocol: string, endpoint: string): string {
  return `KUBE-SEP-${hash16(port + protocol + endpoint)}`
}

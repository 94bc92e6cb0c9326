/** Hashes of the API: FNV-1 and FNV-1a. */
import { encode } from '#sim/bytes.ts'

/** FNV-1a, 32 bits, of the UTF-8 form of `text` and then of `more` bytes. */
export function fnv1a32(text: string, more: Uint8Array = new Uint8Array(0)): number {
  let h = 0x811c9dc5
  for (const b of encode(text)) h = Math.imul(h ^ b, 0x01000193)
  for (const b of more) h = Math.imul(h ^ b, 0x01000193)
  return h >>> 0
}

/** FNV-1, 32 bits, of the UTF-8 form of `text`. */
export function fnv132(text: string): number {
  let h = 0x811c9dc5
  for (const b of encode(text)) h = Math.imul(h, 0x01000193) ^ b
  return h >>> 0
}

const FNV128_OFFSET = 0x6c62272e07bb014262b821756295c58dn
const FNV128_PRIME = 0x1000000000000000000013bn

/** FNV-1a, 128 bits, of the UTF-8 form of `text`: 32 hexadecimal digits. */
export function fnv1a128(text: string): string {
  let h = FNV128_OFFSET
  for (const b of encode(text)) h = BigInt.asUintN(128, (h ^ BigInt(b)) * FNV128_PRIME)
  return h.toString(16).padStart(32, '0')
}

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

/**
 * Text and bytes. The model keeps file names, arguments and text as JavaScript strings; bytes that are no valid
 * UTF-8 become lone surrogates U+DC80 to U+DCFF and back (as Python's surrogateescape), so that nothing is lost.
 */

/** UTF-8 bytes of `text`; U+DC80 to U+DCFF become the single bytes they stand for. */
export function encode(text: string): Uint8Array {
  const length = text.length
  let out = new Uint8Array(length)
  let n = 0
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) {
      if (n >= out.length) out = grow(out, length - i)
      out[n++] = c
      continue
    }
    if (n + 4 > out.length) out = grow(out, (length - i) * 3 + 4)
    if (c < 0x800) {
      out[n++] = 0xc0 | (c >> 6)
      out[n++] = 0x80 | (c & 0x3f)
    } else if (c >= 0xdc80 && c <= 0xdcff) {
      out[n++] = c - 0xdc00
    } else if (c >= 0xd800 && c <= 0xdbff && i + 1 < length) {
      const low = text.charCodeAt(i + 1)
      if (low >= 0xdc00 && low <= 0xdfff) {
        const cp = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)
        out[n++] = 0xf0 | (cp >> 18)
        out[n++] = 0x80 | ((cp >> 12) & 0x3f)
        out[n++] = 0x80 | ((cp >> 6) & 0x3f)
        out[n++] = 0x80 | (cp & 0x3f)
        i++
      } else n = encode3(out, n, 0xfffd)
    } else {
      n = encode3(out, n, c)
    }
  }
  return n === out.length ? out : out.subarray(0, n)
}

function encode3(out: Uint8Array, n: number, c: number): number {
  out[n] = 0xe0 | (c >> 12)
  out[n + 1] = 0x80 | ((c >> 6) & 0x3f)
  out[n + 2] = 0x80 | (c & 0x3f)
  return n + 3
}

function grow(old: Uint8Array, more: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(old.length + Math.max(more, 16))
  out.set(old)
  return out
}

const CHUNK = 8192

/** The text of UTF-8 bytes; bytes that are not valid become U+DC80 to U+DCFF. */
export function decode(bytes: Uint8Array): string {
  let out = ''
  let units: number[] = []
  const length = bytes.length
  for (let i = 0; i < length; ) {
    const b = bytes[i] as number
    if (b < 0x80) {
      units.push(b)
      i++
    } else {
      const size = sequenceLength(bytes, i)
      if (size === 0) {
        units.push(0xdc00 + b)
        i++
      } else {
        let cp = b & (0xff >> (size + 1))
        for (let k = 1; k < size; k++) cp = (cp << 6) | ((bytes[i + k] as number) & 0x3f)
        if (cp >= 0x10000) units.push(0xd800 + ((cp - 0x10000) >> 10), 0xdc00 + ((cp - 0x10000) & 0x3ff))
        else units.push(cp)
        i += size
      }
    }
    if (units.length >= CHUNK) {
      out += String.fromCharCode(...units)
      units = []
    }
  }
  return out + String.fromCharCode(...units)
}

/** Length of the valid UTF-8 sequence at `i`, or 0. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const b = bytes[i] as number
  const size = b >= 0xc2 && b <= 0xdf ? 2 : b >= 0xe0 && b <= 0xef ? 3 : b >= 0xf0 && b <= 0xf4 ? 4 : 0
  if (size === 0 || i + size > bytes.length) return 0
  for (let k = 1; k < size; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return 0
  const second = bytes[i + 1] as number
  if (b === 0xe0 && second < 0xa0) return 0
  if (b === 0xed && second > 0x9f) return 0
  if (b === 0xf0 && second < 0x90) return 0
  if (b === 0xf4 && second > 0x8f) return 0
  return size
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const p of parts) length += p.length
  const out = new Uint8Array(length)
  let n = 0
  for (const p of parts) {
    out.set(p, n)
    n += p.length
  }
  return out
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const n = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    out += BASE64.charAt(n >> 18) + BASE64.charAt((n >> 12) & 63)
    out += i + 1 < bytes.length ? BASE64.charAt((n >> 6) & 63) : '='
    out += i + 2 < bytes.length ? BASE64.charAt(n & 63) : '='
  }
  return out
}

/** Decodes standard or URL base64, with or without padding, ignoring line ends; undefined when it is not base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  const clean = text
    .replace(/[\r\n]/g, '')
    .replace(/=+$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]*$/.test(clean) || clean.length % 4 === 1) return undefined
  const out = new Uint8Array(Math.floor((clean.length * 3) / 4))
  let n = 0
  let bits = 0
  let acc = 0
  for (let i = 0; i < clean.length; i++) {
    acc = ((acc << 6) | BASE64.indexOf(clean.charAt(i))) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out[n++] = (acc >> bits) & 0xff
    }
  }
  return out
}

/**
 * Signed 64-bit integers: a `number` while it is safe, else a `bigint`. Loops count in numbers; only what overflows 2^53
 * pays for the exact arithmetic.
 */
export type Int = number | bigint

/** Wraps to 64 bits. */
export function wrap(value: bigint): Int {
  const v = BigInt.asIntN(64, value)
  return v >= -9007199254740991n && v <= 9007199254740991n ? Number(v) : v
}

const safe = Number.isSafeInteger

export function add(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a + b
    if (safe(r)) return r
  }
  return wrap(BigInt(a) + BigInt(b))
}

export function sub(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a - b
    if (safe(r)) return r
  }
  return wrap(BigInt(a) - BigInt(b))
}

export function mul(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a * b
    if (safe(r)) return r === 0 ? 0 : r
  }
  return wrap(BigInt(a) * BigInt(b))
}

/** Truncates towards zero; `b` is not 0. */
export function div(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = Math.trunc(a / b)
    if (safe(r) && Math.abs(a) < 4503599627370496) return r === 0 ? 0 : r
  }
  return wrap(BigInt(a) / BigInt(b))
}

export function mod(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const r = a % b
    return r === 0 ? 0 : r
  }
  return wrap(BigInt(a) % BigInt(b))
}

export function pow(a: Int, b: Int): Int {
  let base = BigInt(a)
  let left = BigInt(b)
  let r = 1n
  while (left > 0n) {
    if (left & 1n) r = BigInt.asIntN(64, r * base)
    base = BigInt.asIntN(64, base * base)
    left >>= 1n
  }
  return wrap(r)
}

export function bits(op: '&' | '|' | '^', a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number' && (a | 0) === a && (b | 0) === b)
    return op === '&' ? a & b : op === '|' ? a | b : a ^ b
  const x = BigInt(a)
  const y = BigInt(b)
  return wrap(op === '&' ? x & y : op === '|' ? x | y : x ^ y)
}

export function shift(a: Int, by: Int, left: boolean): Int {
  const n = BigInt.asUintN(6, BigInt(by))
  return wrap(left ? BigInt(a) << n : BigInt(a) >> n)
}

export function less(a: Int, b: Int): boolean {
  return a < b
}

/** `value` in `base`, digits up to 64 as bash has them (lower case first). Undefined: a digit too great, or no number. */
export function parseDigits(digits: string, base: number): Int | undefined {
  let n: Int = 0
  for (const c of digits) {
    const d = digitValue(c, base)
    if (d === undefined || d >= base) return undefined
    n = add(mul(n, base), d)
  }
  return n
}

function digitValue(c: string, base: number): number | undefined {
  if (c >= '0' && c <= '9') return c.charCodeAt(0) - 48
  if (c >= 'a' && c <= 'z') return c.charCodeAt(0) - 87
  if (c >= 'A' && c <= 'Z') return c.charCodeAt(0) - (base <= 36 ? 55 : 29)
  if (c === '@') return 62
  if (c === '_') return 63
  return undefined
}

/** A decimal integer with optional sign and blanks around, as strtoimax(3) takes it; undefined when it is none or too large. */
export function parseDecimal(text: string): Int | undefined {
  const m = /^[ \t\n\v\f\r]*([+-]?\d+)[ \t\n]*$/.exec(text)
  if (m === null) return undefined
  const n = Number(m[1])
  if (safe(n)) return n === 0 ? 0 : n
  const big = BigInt((m[1] as string).replace('+', ''))
  return big >= -(2n ** 63n) && big < 2n ** 63n ? wrap(big) : undefined
}

/** A float as C's printf prints it: exact, by integer arithmetic. */
export function formatFloat(v: number, conv: string, flags: string, precision: number | undefined): string {
  const upper = conv === conv.toUpperCase()
  const sign = v < 0 || Object.is(v, -0) ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const a = Math.abs(v)
  let body: string
  if (Number.isNaN(v)) body = 'nan'
  else if (a === Number.POSITIVE_INFINITY) body = 'inf'
  else {
    const kind = conv.toLowerCase()
    const p = precision ?? 6
    if (kind === 'f') body = fixed(a, p)
    else if (kind === 'e') body = exponent(a, p)
    else if (kind === 'a') body = hexadecimal(a)
    else body = general(a, p === 0 ? 1 : p, flags.includes('#'))
    if (flags.includes('#') && kind !== 'g' && p === 0 && !body.includes('.')) body = body.replace(/^\d+/, '$&.')
  }
  return sign + (upper ? body.toUpperCase() : body)
}

/** The value as a fraction of integers: n / 2^k, or n * 2^-k. */
function exact(a: number): { n: bigint; k: number } {
  let k = 0
  let x = a
  while (x !== Math.floor(x)) {
    x *= 2
    k++
  }
  return { n: BigInt(x), k }
}

function power10(n: number): bigint {
  return 10n ** BigInt(n)
}

/** Rounds n / d half to even. */
function roundDiv(n: bigint, d: bigint): bigint {
  const q = n / d
  const r = (n % d) * 2n
  return r > d || (r === d && (q & 1n) === 1n) ? q + 1n : q
}

function fixed(a: number, p: number): string {
  const { n, k } = exact(a)
  const digits = roundDiv(n * power10(p), 1n << BigInt(k))
    .toString()
    .padStart(p + 1, '0')
  return p === 0 ? digits : `${digits.slice(0, -p)}.${digits.slice(-p)}`
}

/** Decimal digits (p + 1 of them) and exponent. */
function scientific(a: number, p: number): { digits: string; e: number } {
  if (a === 0) return { digits: '0'.repeat(p + 1), e: 0 }
  const { n, k } = exact(a)
  let e = Number(a.toExponential().split('e')[1])
  for (;;) {
    const shift = p - e
    const num = shift >= 0 ? n * power10(shift) : n
    const den = (1n << BigInt(k)) * (shift < 0 ? power10(-shift) : 1n)
    const digits = roundDiv(num, den).toString()
    if (digits.length === p + 1) return { digits, e }
    e += digits.length > p + 1 ? 1 : -1
  }
}

function exponent(a: number, p: number): string {
  const { digits, e } = scientific(a, p)
  const abs = Math.abs(e)
  return `${digits[0]}${p > 0 ? `.${digits.slice(1)}` : ''}e${e < 0 ? '-' : '+'}${abs < 10 ? '0' : ''}${abs}`
}

function general(a: number, p: number, keep: boolean): string {
  const { e } = scientific(a, p - 1)
  const text = e < -4 || e >= p ? exponent(a, p - 1) : fixed(a, p - 1 - e)
  if (keep || !text.includes('.')) return text
  return text.replace(/\.?0+(?=e|$)/, '')
}

function hexadecimal(a: number): string {
  if (a === 0) return '0x0p+0'
  let e = 0
  let m = a
  while (m >= 16) {
    m /= 2
    e++
  }
  while (m < 8) {
    m *= 2
    e--
  }
  let out = ''
  for (let i = 0; i < 16; i++) {
    const d = Math.floor(m)
    out += d.toString(16)
    m = (m - d) * 16
    if (m === 0) break
  }
  return `0x${out[0]}${out.length > 1 ? `.${out.slice(1)}` : ''}p${e < 0 ? '-' : '+'}${Math.abs(e)}`
}

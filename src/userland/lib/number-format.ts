/** printf(3) conversions of numbers and strings. Source: C11 7.21.6.1. */

export interface Spec {
  readonly flags: string
  readonly width: number
  /** Undefined: not given. */
  readonly precision: number | undefined
  readonly conversion: string
}

/** Pads a converted value: `-` left, `0` zeros after the sign (numbers only). */
export function pad(text: string, spec: Spec, numeric: boolean): string {
  if (text.length >= spec.width) return text
  if (spec.flags.includes('-')) return text.padEnd(spec.width)
  if (!spec.flags.includes('0') || !numeric) return text.padStart(spec.width)
  const sign = /^[+-]?(0[xX])?/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(spec.width - sign.length, '0')
}

function signed(negative: boolean, digits: string, flags: string): string {
  if (negative) return `-${digits}`
  return flags.includes('+') ? `+${digits}` : flags.includes(' ') ? ` ${digits}` : digits
}

/** `%d %i %u %o %x %X` of an integer. */
export function formatInteger(value: bigint, spec: Spec): string {
  const c = spec.conversion
  const unsigned = c !== 'd' && c !== 'i'
  const n = unsigned && value < 0n ? BigInt.asUintN(64, value) : value
  let digits = (n < 0n ? -n : n).toString(c === 'o' ? 8 : c === 'x' || c === 'X' ? 16 : 10)
  if (spec.precision !== undefined) digits = spec.precision === 0 && n === 0n ? '' : digits.padStart(spec.precision, '0')
  if (c === 'X') digits = digits.toUpperCase()
  if (spec.flags.includes('#')) {
    if (c === 'o' && !digits.startsWith('0')) digits = `0${digits}`
    if ((c === 'x' || c === 'X') && n !== 0n) digits = `0${c}${digits}`
  }
  const flags = spec.precision === undefined ? spec.flags : spec.flags.replace('0', '')
  return pad(unsigned ? digits : signed(n < 0n, digits, flags), { ...spec, flags }, true)
}

/** `%e %E %f %F %g %G %a` of a floating point number. */
export function formatFloat(value: number, spec: Spec): string {
  const c = spec.conversion
  const upper = c === c.toUpperCase()
  const negative = value < 0 || Object.is(value, -0)
  if (!Number.isFinite(value)) {
    const word = Number.isNaN(value) ? 'nan' : 'inf'
    return pad(
      signed(negative || (Number.isNaN(value) && spec.flags.includes('N')), upper ? word.toUpperCase() : word, spec.flags),
      spec,
      false,
    )
  }
  const magnitude = negative ? -value : value
  const precision = spec.precision ?? 6
  const alternate = spec.flags.includes('#')
  let digits: string
  switch (c.toLowerCase()) {
    case 'f':
      digits = fixed(magnitude, precision)
      if (alternate && precision === 0) digits += '.'
      break
    case 'e':
      digits = exponential(magnitude, precision)
      break
    default: {
      const p = precision === 0 ? 1 : precision
      const exponent = magnitude === 0 ? 0 : Number(magnitude.toExponential(Math.min(p - 1, 100)).split('e')[1])
      if (exponent < -4 || exponent >= p) {
        const [m = '', e = ''] = exponential(magnitude, p - 1).split('e')
        digits = `${alternate ? m : trimZeros(m)}e${e}`
      } else digits = alternate ? fixed(magnitude, p - 1 - exponent) : trimZeros(fixed(magnitude, p - 1 - exponent))
    }
  }
  if (upper) digits = digits.toUpperCase()
  return pad(signed(negative, digits, spec.flags), spec, true)
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function fixed(value: number, precision: number): string {
  if (value < 1e21)
    return precision <= 100 ? value.toFixed(precision) : value.toFixed(100).padEnd(value.toFixed(100).length + precision - 100, '0')
  return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '')
}

function exponential(value: number, precision: number): string {
  const [mantissa = '', exponent = '+0'] = value.toExponential(Math.min(precision, 100)).split('e')
  const sign = exponent.charAt(0)
  return `${mantissa}e${sign}${exponent.slice(1).padStart(2, '0')}`
}

/** One piece of a format: literal text, or a conversion. `*` is given as -1 with `starWidth`/`starPrecision` set. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'spec'; readonly spec: Spec; readonly starWidth: boolean; readonly starPrecision: boolean; readonly source: string }

/** Splits a printf format at its conversions; `%%` is text. An incomplete conversion comes with conversion ''. */
export function parseFormat(format: string): Piece[] {
  const out: Piece[] = []
  const re = /%(?:%|([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d*))?(?:hh|h|ll|l|L|q|j|z|t)?([A-Za-z]?))/g
  let at = 0
  let text = ''
  for (const m of format.matchAll(re)) {
    text += format.slice(at, m.index)
    at = m.index + m[0].length
    if (m[0] === '%%') {
      text += '%'
      continue
    }
    if (text !== '') out.push({ kind: 'text', text })
    text = ''
    const precision = m[3] === undefined || m[3] === '*' ? undefined : m[3] === '' ? 0 : Number(m[3]) < 0 ? undefined : Number(m[3])
    out.push({
      kind: 'spec',
      spec: { flags: m[1] ?? '', width: m[2] === undefined || m[2] === '*' ? 0 : Number(m[2]), precision, conversion: m[4] ?? '' },
      starWidth: m[2] === '*',
      starPrecision: m[3] === '*',
      source: m[0],
    })
  }
  text += format.slice(at)
  if (text !== '') out.push({ kind: 'text', text })
  return out
}

/** Applies `*` arguments. */
export function withStars(piece: Extract<Piece, { kind: 'spec' }>, next: () => number): Spec {
  let { flags, width, precision } = piece.spec
  if (piece.starWidth) {
    width = next()
    if (width < 0) {
      flags += '-'
      width = -width
    }
  }
  if (piece.starPrecision) {
    const p = next()
    precision = p < 0 ? undefined : p
  }
  return { ...piece.spec, flags, width, precision }
}

/** `%s`, `%c`. */
export function formatString(text: string, spec: Spec): string {
  return pad(spec.precision === undefined ? text : text.slice(0, spec.precision), spec, false)
}

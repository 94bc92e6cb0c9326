/**
 * Resource quantities: `100m`, `64Mi`, `1e3`. Kept as an exact integer of nano units.
 * Source: apimachinery pkg/api/resource. Differs: nothing smaller than a nano unit is kept, as there (rounded up).
 */

export type Format = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

export interface Quantity {
  /** In units of 10^-9. */
  readonly nanos: bigint
  readonly format: Format
}

const NANO = 1_000_000_000n
const DECIMAL: readonly (readonly [string, bigint])[] = [
  ['E', NANO * 1_000_000_000_000_000_000n],
  ['P', NANO * 1_000_000_000_000_000n],
  ['T', NANO * 1_000_000_000_000n],
  ['G', NANO * 1_000_000_000n],
  ['M', NANO * 1_000_000n],
  ['k', NANO * 1_000n],
  ['', NANO],
  ['m', 1_000_000n],
  ['u', 1_000n],
  ['n', 1n],
]
const BINARY: readonly (readonly [string, bigint])[] = [
  ['Ei', NANO << 60n],
  ['Pi', NANO << 50n],
  ['Ti', NANO << 40n],
  ['Gi', NANO << 30n],
  ['Mi', NANO << 20n],
  ['Ki', NANO << 10n],
]
const SCALES = new Map<string, bigint>([...DECIMAL, ...BINARY])

const PARSED = new Map<string, Quantity | undefined>()

/** Parses a quantity; undefined when it is none. */
export function parseQuantity(text: string): Quantity | undefined {
  if (PARSED.has(text)) return PARSED.get(text)
  if (PARSED.size > 4096) PARSED.clear()
  const parsed = parse(text)
  PARSED.set(text, parsed)
  return parsed
}

function parse(text: string): Quantity | undefined {
  const m = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text)
  if (m === null) return undefined
  const [, sign, whole = '', fraction = '', suffix = ''] = m
  if (whole === '' && fraction === '') return undefined
  let scale = SCALES.get(suffix)
  let format: Format = suffix.endsWith('i') ? 'BinarySI' : 'DecimalSI'
  let divisor = 10n ** BigInt(fraction.length)
  if (scale === undefined) {
    const exponent = Number(suffix.slice(1))
    if (exponent > 40 || exponent < -40) return undefined
    format = 'DecimalExponent'
    scale = exponent >= 0 ? NANO * 10n ** BigInt(exponent) : NANO
    if (exponent < 0) divisor *= 10n ** BigInt(-exponent)
  }
  const product = BigInt(whole + fraction) * scale
  const nanos = product / divisor + (product % divisor === 0n ? 0n : 1n)
  return { nanos: sign === '-' ? -nanos : nanos, format }
}

/** The canonical text: no fraction, the largest suffix that needs none. */
export function formatQuantity(q: Quantity): string {
  if (q.nanos === 0n) return '0'
  const negative = q.nanos < 0n
  const nanos = negative ? -q.nanos : q.nanos
  const sign = negative ? '-' : ''
  if (q.format === 'BinarySI' && nanos % NANO === 0n && nanos >= 1024n * NANO) {
    for (const [suffix, scale] of BINARY) if (nanos % scale === 0n) return `${sign}${nanos / scale}${suffix}`
    return `${sign}${nanos / NANO}`
  }
  if (q.format === 'DecimalExponent') {
    for (const [suffix, scale] of DECIMAL) {
      if (nanos % scale !== 0n) continue
      const exponent = EXPONENTS[suffix] ?? 0
      return `${sign}${nanos / scale}${exponent === 0 ? '' : `e${exponent}`}`
    }
  }
  for (const [suffix, scale] of DECIMAL) if (nanos % scale === 0n) return `${sign}${nanos / scale}${suffix}`
  return `${sign}${nanos}n`
}

const EXPONENTS: { readonly [suffix: string]: number } = {
  E: 18,
  P: 15,
  T: 12,
  G: 9,
  M: 6,
  k: 3,
  '': 0,
  m: -3,
  u: -6,
  n: -9,
}

const CANONICAL = new Map<string, string>()

/** The canonical form of a quantity's text; undefined when it is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const known = CANONICAL.get(text)
  if (known !== undefined) return known
  const q = parseQuantity(text)
  if (q === undefined) return undefined
  const out = formatQuantity(q)
  if (CANONICAL.size > 4096) CANONICAL.clear()
  CANONICAL.set(text, out)
  return out
}

/** The quantity of a text known to be one (0 otherwise). */
export function quantity(text: unknown): Quantity {
  return (
    (typeof text === 'string' ? parseQuantity(text) : typeof text === 'number' ? parseQuantity(String(text)) : undefined) ?? {
      nanos: 0n,
      format: 'DecimalSI',
    }
  )
}

/** -1, 0 or 1. */
export function compareQuantities(a: unknown, b: unknown): number {
  const x = quantity(a).nanos
  const y = quantity(b).nanos
  return x < y ? -1 : x > y ? 1 : 0
}

/** The sum, in the format of the first that is not zero. */
export function addQuantities(a: unknown, b: unknown): string {
  const x = quantity(a)
  const y = quantity(b)
  return formatQuantity({
    nanos: x.nanos + y.nanos,
    format: x.nanos === 0n ? y.format : x.format,
  })
}

export function subtractQuantities(a: unknown, b: unknown): string {
  const x = quantity(a)
  const y = quantity(b)
  return formatQuantity({
    nanos: x.nanos - y.nanos,
    format: x.nanos === 0n ? y.format : x.format,
  })
}

/** In thousandths, rounded up: `Quantity.MilliValue`. */
export function milliValue(text: unknown): number {
  return Number(ceil(quantity(text).nanos, 1_000_000n))
}

/** In whole units, rounded up: `Quantity.Value`. */
export function wholeValue(text: unknown): number {
  return Number(ceil(quantity(text).nanos, NANO))
}

function ceil(n: bigint, unit: bigint): bigint {
  const whole = n / unit
  return n > 0n && n % unit !== 0n ? whole + 1n : whole
}

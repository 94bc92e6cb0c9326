/** Numbers of bc(1): any length, with a number of digits after the point that every operation decides. Source: POSIX bc. */
export interface Decimal {
  /** The number times 10 to the power of `scale`. */
  readonly n: bigint
  readonly scale: number
}

/** A mistake while computing; the words are bc's. */
export class BcError extends Error {
  override name = 'BcError'
}

const tens = (n: number): bigint => 10n ** BigInt(n)

/** Cut off, or filled with zeros, to that many digits. */
export function atScale(a: Decimal, scale: number): Decimal {
  if (scale >= a.scale) return { n: a.n * tens(scale - a.scale), scale }
  return { n: a.n / tens(a.scale - scale), scale }
}

export const integer = (n: number | bigint): Decimal => ({ n: BigInt(n), scale: 0 })

export function parseDecimal(text: string): Decimal {
  const [whole = '', part = ''] = text.split('.')
  return { n: BigInt(`${whole}${part}` || '0'), scale: part.length }
}

/** As bc prints it: no zero before the point, lines of 69 characters. */
export function show({ n, scale }: Decimal): string {
  const digits = (n < 0n ? -n : n).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale).replace(/^0+/, '')
  const part = scale > 0 ? `.${digits.slice(digits.length - scale)}` : ''
  if (n === 0n) return '0'
  const text = `${n < 0n ? '-' : ''}${whole}${part}`
  return text.length <= 69 ? text : (text.match(/.{1,68}/g) ?? []).join('\\\n')
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { n: atScale(a, scale).n + atScale(b, scale).n, scale }
}

export const negate = (a: Decimal): Decimal => ({ n: -a.n, scale: a.scale })

export function compare(a: Decimal, b: Decimal): number {
  const { n } = add(a, negate(b))
  return n < 0n ? -1 : n > 0n ? 1 : 0
}

export function multiply(a: Decimal, b: Decimal, scale: number): Decimal {
  const exact = { n: a.n * b.n, scale: a.scale + b.scale }
  return atScale(exact, Math.min(exact.scale, Math.max(scale, a.scale, b.scale)))
}

export function divide(a: Decimal, b: Decimal, scale: number): Decimal {
  if (b.n === 0n) throw new BcError('Divide by zero')
  return { n: (a.n * tens(scale + b.scale)) / (b.n * tens(a.scale)), scale }
}

export function modulo(a: Decimal, b: Decimal, scale: number): Decimal {
  if (b.n === 0n) throw new BcError('Modulo by zero')
  const q = divide(a, b, scale)
  const digits = Math.max(scale + b.scale, a.scale)
  return atScale(add(a, negate({ n: q.n * b.n, scale: q.scale + b.scale })), digits)
}

/** Largest exponent: beyond, the result would fill the memory. */
const MAX_EXPONENT = 100_000

export function power(a: Decimal, b: Decimal, scale: number): Decimal {
  const exponent = Number(atScale(b, 0).n)
  if (Math.abs(exponent) > MAX_EXPONENT) throw new BcError('exponent too large in raise')
  if (exponent < 0) return divide(integer(1), power(a, integer(-exponent), a.scale * -exponent), scale)
  const exact = { n: a.n ** BigInt(exponent), scale: a.scale * exponent }
  return atScale(exact, Math.min(exact.scale, Math.max(scale, a.scale)))
}

export function squareRoot(a: Decimal, scale: number): Decimal {
  if (a.n < 0n) throw new BcError('Square root of a negative number')
  const digits = Math.max(scale, a.scale)
  const n = atScale(a, 2 * digits).n
  if (n === 0n) return { n: 0n, scale: digits }
  let x = tens(Math.ceil(n.toString().length / 2))
  for (let next = (x + n / x) >> 1n; next < x; next = (x + n / x) >> 1n) x = next
  return { n: x, scale: digits }
}

/** Digits computed beyond those that are shown. */
const GUARD = 15

/** Sum of a series whose first term is given and whose next one `step` makes. */
function series(first: bigint, step: (term: bigint, i: bigint) => bigint): bigint {
  let sum = 0n
  let term = first
  for (let i = 1n; term !== 0n; i++) {
    sum += term
    term = step(term, i)
  }
  return sum
}

/** The functions of `bc -l`: s, c, a, l, e. */
export function mathFunction(name: string, x: Decimal, scale: number): Decimal {
  const digits = scale + GUARD
  const one = tens(digits)
  const { n } = atScale(x, digits)
  const cut = (value: bigint): Decimal => atScale({ n: value, scale: digits }, scale)
  switch (name) {
    case 'e':
      return exponential(x, scale)
    case 's':
      return cut(series(n, (t, i) => (-t * n * n) / (one * one) / (2n * i * (2n * i + 1n))))
    case 'c':
      return cut(series(one, (t, i) => (-t * n * n) / (one * one) / (2n * i * (2n * i - 1n))))
    case 'a':
      return cut(arcTangent(n, one))
    default:
      return n <= 0n ? { n: 1n - tens(scale), scale: 0 } : cut(logarithm(n, one))
  }
}

function exponential(x: Decimal, scale: number): Decimal {
  // e(x) = e(x / 2^k) ^ 2^k keeps the series short.
  const digits = scale + GUARD + Math.max(0, x.n.toString().length)
  const one = tens(digits)
  const { n } = atScale(x, digits)
  let k = 0n
  while ((n < 0n ? -n : n) >> k > one) k++
  const small = n >> k
  let value = series(one, (t, i) => (t * small) / one / i)
  for (let i = 0n; i < k; i++) value = (value * value) / one
  return atScale({ n: value, scale: digits }, scale)
}

function arcTangent(n: bigint, one: bigint): bigint {
  if (n < 0n) return -arcTangent(-n, one)
  // a(x) = 2 a(x / (1 + sqrt(1 + x^2))) until the series is short.
  let x = n
  let doubled = 0n
  while (x * 5n > one) {
    const root = squareRoot({ n: one * one + x * x, scale: 0 }, 0).n
    x = (x * one) / (one + root)
    doubled++
  }
  let sum = 0n
  let term = x
  for (let i = 1n; term !== 0n; i += 2n) {
    sum += term / i
    term = (-term * x * x) / (one * one)
  }
  return sum << doubled
}

function logarithm(n: bigint, one: bigint): bigint {
  // l(x) = 2^k l(x^(1/2^k)), then the series of the area function.
  let x = n
  let doubled = 0n
  while (x * 10n > one * 11n || x * 11n < one * 10n) {
    x = squareRoot({ n: x * one, scale: 0 }, 0).n
    doubled++
  }
  const y = ((x - one) * one) / (x + one)
  let sum = 0n
  let term = y
  for (let i = 1n; term !== 0n; i += 2n) {
    sum += term / i
    term = (term * y * y) / (one * one)
  }
  return (2n * sum) << doubled
}

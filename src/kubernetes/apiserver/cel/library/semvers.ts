/** Semantic versions. Source: apiserver pkg/cel/library/semverlib.go, blang/semver. */
import { fn, method, type Overload } from '../functions.ts'
import { BOOL, INT, opaque, STRING } from '../types.ts'
import { EvaluationError, Opaque } from '../values.ts'

class Semver extends Opaque {
  readonly typeName = 'kubernetes.Semver'
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly pre: readonly string[]

  constructor(numbers: readonly [bigint, bigint, bigint], pre: readonly string[]) {
    super()
    this.numbers = numbers
    this.pre = pre
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && compareVersions(this, other) === 0n
  }
}

const SEMVER = opaque('kubernetes.Semver', (v): v is Semver => v instanceof Semver)

const NUMBERS = ['Major', 'Minor', 'Patch'] as const

/** A version, or why the text is none. */
function parse(text: string): Semver | string {
  if (text === '') return 'Version string empty'
  const parts = text.split('.')
  if (parts.length < 3) return 'No Major.Minor.Patch elements found'
  const [major = '', minor = '', ...rest] = parts
  const m = /^([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(rest.join('.'))
  const numbers: bigint[] = []
  for (const [i, part] of [major, minor, m?.[1] ?? ''].entries()) {
    if (!/^\d+$/.test(part))
      return i === 2
        ? `Invalid character(s) found in patch number ${JSON.stringify(part)}`
        : `Invalid character(s) found in ${NUMBERS[i]?.toLowerCase()} number ${JSON.stringify(part)}`
    if (part.length > 1 && part.startsWith('0')) return `${NUMBERS[i]} number must not contain leading zeroes ${JSON.stringify(part)}`
    numbers.push(BigInt(part))
  }
  const pre = m?.[2] === undefined ? [] : m[2].split('.')
  for (const p of pre) {
    if (p === '') return 'Prerelease is empty'
    if (!/^[0-9A-Za-z-]+$/.test(p)) return `Invalid character(s) found in prerelease ${JSON.stringify(p)}`
    if (/^0\d+$/.test(p)) return `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(p)}`
  }
  for (const b of m?.[3] === undefined ? [] : m[3].split('.')) {
    if (b === '') return 'Build meta data is empty'
    if (!/^[0-9A-Za-z-]+$/.test(b)) return `Invalid character(s) found in build meta data ${JSON.stringify(b)}`
  }
  return new Semver([numbers[0] ?? 0n, numbers[1] ?? 0n, numbers[2] ?? 0n], pre)
}

/** `v1.2` as 1.2.0: leading `v` and zeros go, missing parts are 0. */
function normalized(text: string): Semver | string {
  const bare = text.replace(/^v/, '')
  const [major = '', minor, ...rest] = bare.split('.')
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length === 0 ? [] : [rest.join('.')])]
  const trimmed = parts.map((p) => (p.length > 1 ? p.replace(/^0+(?=\d)/, '').replace(/^0+(?=\D)/, '0') : p))
  if (trimmed.length < 3 && /[+-]/.test(trimmed.at(-1) ?? '')) return 'Short version cannot contain PreRelease/Build meta data'
  while (trimmed.length < 3) trimmed.push('0')
  return parse(trimmed.join('.'))
}

function compareVersions(a: Semver, b: Semver): bigint {
  for (let i = 0; i < 3; i++) {
    const x = a.numbers[i] ?? 0n
    const y = b.numbers[i] ?? 0n
    if (x !== y) return x < y ? -1n : 1n
  }
  if (a.pre.length === 0 || b.pre.length === 0) return BigInt(Math.sign(Number(a.pre.length === 0) - Number(b.pre.length === 0)))
  for (let i = 0; i < Math.min(a.pre.length, b.pre.length); i++) {
    const difference = comparePre(a.pre[i] ?? '', b.pre[i] ?? '')
    if (difference !== 0n) return difference
  }
  return BigInt(Math.sign(a.pre.length - b.pre.length))
}

function comparePre(a: string, b: string): bigint {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (x !== y) return x ? -1n : 1n
  if (x) return BigInt(a) < BigInt(b) ? -1n : BigInt(a) > BigInt(b) ? 1n : 0n
  return a < b ? -1n : a > b ? 1n : 0n
}

function made(parsed: Semver | string): Semver {
  if (typeof parsed === 'string') throw new EvaluationError(parsed)
  return parsed
}

const either = (text: string, normalize: boolean): Semver | string => (normalize ? normalized(text) : parse(text))

export const SEMVERS: readonly Overload[] = [
  fn('semver', [STRING], SEMVER, (s) => made(parse(s))),
  fn('semver', [STRING, BOOL], SEMVER, (s, normalize) => made(either(s, normalize))),
  fn('isSemver', [STRING], BOOL, (s) => typeof parse(s) !== 'string'),
  fn('isSemver', [STRING, BOOL], BOOL, (s, normalize) => typeof either(s, normalize) !== 'string'),
  method('isGreaterThan', [SEMVER, SEMVER], BOOL, (a, b) => compareVersions(a, b) > 0n),
  method('isLessThan', [SEMVER, SEMVER], BOOL, (a, b) => compareVersions(a, b) < 0n),
  method('compareTo', [SEMVER, SEMVER], INT, compareVersions),
  method('major', [SEMVER], INT, (v) => v.numbers[0]),
  method('minor', [SEMVER], INT, (v) => v.numbers[1]),
  method('patch', [SEMVER], INT, (v) => v.numbers[2]),
]

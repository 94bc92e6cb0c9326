/** Rules that many kinds share, each as the errors it raises. Source: apimachinery pkg/api/validation. */
import { type FieldError, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { internalJson } from '#kubernetes/api/internal-json.ts'
import { equal, isObj } from '#kubernetes/api/json.ts'
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isPathSegmentName, isQualifiedName } from '#kubernetes/api/names.ts'
import { compareQuantities } from '#kubernetes/api/quantity.ts'

export const IMMUTABLE = 'field is immutable'
export const NEGATIVE = 'must be greater than or equal to 0'
export const NOT_POSITIVE = 'must be greater than zero'

/** Complaints about a value as errors of its field. */
export const complain = (messages: readonly string[], path: string, value: unknown): FieldError[] =>
  messages.map((m) => invalid(path, value, m))

export const dnsLabel = (value: string, path: string): FieldError[] => complain(isDns1123Label(value), path, value)
export const dns1035Label = (value: string, path: string): FieldError[] => complain(isDns1035Label(value), path, value)
export const subdomain = (value: string, path: string): FieldError[] => complain(isDns1123Subdomain(value), path, value)
export const qualifiedName = (value: string, path: string): FieldError[] => complain(isQualifiedName(value), path, value)
export const segment = (value: string, path: string): FieldError[] => complain(isPathSegmentName(value), path, value)

/** A rule for what is there, `Required value` for what is not. */
export const needed = (value: string, path: string, rule: (value: string, path: string) => FieldError[] = () => []): FieldError[] =>
  value === '' ? [required(path)] : rule(value, path)

/** A rule for what is there; nothing to say when it isn't. */
export const optional = (value: string, path: string, rule: (value: string, path: string) => FieldError[]): FieldError[] =>
  value === '' ? [] : rule(value, path)

/** One of some values; absent is fine. */
export const among = (value: unknown, path: string, values: readonly string[]): FieldError[] =>
  value === undefined || value === null || values.includes(String(value)) ? [] : [notSupported(path, value, values)]

/** One of some values; absent or empty is a value that is missing. */
export const oneOf = (value: unknown, path: string, values: readonly string[]): FieldError[] =>
  value === undefined || value === null || value === '' ? [required(path)] : among(value, path, values)

export const nonNegative = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && value < 0 ? [invalid(path, value, NEGATIVE)] : []

export const positiveQuantity = (value: unknown, path: string): FieldError[] =>
  compareQuantities(value, '0') > 0 ? [] : [invalid(path, String(value), NOT_POSITIVE)]

export const between = (value: number, path: string, low: number, high: number): FieldError[] =>
  value < low || value > high ? [invalid(path, value, `must be between ${low} and ${high}, inclusive`)] : []

/** What may not change. `type`: the OpenAPI definition of a struct's type, whose internal form the message shows. */
export function immutable(now: unknown, old: unknown, path: string, type?: string): FieldError[] {
  if (equal(now ?? null, old ?? null)) return []
  return [invalid(path, type !== undefined && isObj(now) ? internalJson(now, type) : now, IMMUTABLE)]
}

/** `a/b`: a domain, then a path. Source: apimachinery pkg/util/validation (IsDomainPrefixedPath). */
export function domainPrefixedPath(value: string, path: string): FieldError[] {
  if (value === '') return [required(path)]
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)]
  const out = complain(isDns1123Subdomain(host), path, host)
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest))
    out.push(invalid(path, rest, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"))
  return out
}

/** A name in a domain of at least two parts. Source: IsFullyQualifiedName. */
export function fullyQualifiedName(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)]
  const wrong = isDns1123Subdomain(name)
  if (wrong.length > 0) return [invalid(path, name, wrong.join(','))]
  return name.split('.').length < 3 ? [invalid(path, name, 'should be a domain with at least three segments separated by dots')] : []
}

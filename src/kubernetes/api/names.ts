/**
 * What names, labels and values may look like. Each check returns the complaints, none when the value is fine.
 * Source: apimachinery pkg/util/validation, pkg/api/validation.
 */
import { encode } from '#sim/bytes.ts'
import type { Random } from '#sim/random.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/

const regexError = (message: string, pattern: string, ...examples: string[]): string => {
  const shown = examples.map((e, i) => `${i > 0 ? ' or ' : ''}'${e}', `).join('')
  return `${message} (${examples.length === 0 ? '' : `e.g. ${shown}`}regex used for validation is '${pattern}')`
}
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
const LABEL_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
const SUBDOMAIN_PATTERN = `${LABEL_PATTERN}(\\.${LABEL_PATTERN})*`
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
const LABEL_1035_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED_TEXT = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const QUALIFIED_PATTERN = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** The name part and prefix of these are too long. */
export const maxLen = (max: number): string => `must be no more than ${max} characters`
const maxBytes = maxLen

export function isDns1123Label(value: string): string[] {
  const out: string[] = []
  if (value.length > 63) out.push(maxBytes(63))
  if (!LABEL.test(value)) {
    out.push(SUBDOMAIN.test(value) ? 'must not contain dots' : regexError(LABEL_TEXT, LABEL_PATTERN, 'my-name', '123-abc'))
  }
  return out
}

export function isDns1123Subdomain(value: string): string[] {
  const out: string[] = []
  if (value.length > 253) out.push(maxBytes(253))
  if (!SUBDOMAIN.test(value)) out.push(regexError(SUBDOMAIN_TEXT, SUBDOMAIN_PATTERN, 'example.com'))
  return out
}

export function isDns1035Label(value: string): string[] {
  const out: string[] = []
  if (value.length > 63) out.push(maxBytes(63))
  if (!LABEL_1035.test(value)) out.push(regexError(LABEL_1035_TEXT, LABEL_1035_PATTERN, 'my-name', 'abc-123'))
  return out
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  const out: string[] = []
  if (value.length > 253) out.push(maxBytes(253))
  if (!/^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value))
    out.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        `\\*\\.${SUBDOMAIN_PATTERN}`,
        '*.example.com',
      ),
    )
  return out
}

export function isQualifiedName(value: string): string[] {
  const out: string[] = []
  const parts = value.split('/')
  let name = parts[0] ?? ''
  if (parts.length === 2) {
    const prefix = name
    name = parts[1] ?? ''
    if (prefix === '') out.push('prefix part must be non-empty')
    else out.push(...isDns1123Subdomain(prefix).map((m) => `prefix part ${m}`))
  } else if (parts.length > 2) {
    return [
      `a qualified name ${regexError(QUALIFIED_TEXT, QUALIFIED_PATTERN, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  if (name === '') out.push('name part must be non-empty')
  else if (name.length > 63) out.push(`name part ${maxBytes(63)}`)
  if (!QUALIFIED.test(name)) out.push(`name part ${regexError(QUALIFIED_TEXT, QUALIFIED_PATTERN, 'MyName', 'my.name', '123-abc')}`)
  return out
}

export function isValidLabelValue(value: string): string[] {
  const out: string[] = []
  if (value.length > 63) out.push(maxBytes(63))
  if (value !== '' && !QUALIFIED.test(value)) out.push(regexError(VALUE_TEXT, `(${QUALIFIED_PATTERN})?`, 'MyValue', 'my_value', '12345'))
  return out
}

export function isConfigMapKey(value: string): string[] {
  const out: string[] = []
  if (value.length > 253) out.push(maxBytes(253))
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    out.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    )
  }
  return [...out, ...dotty(value)]
}

function dotty(value: string): string[] {
  if (value === '.') return ["must not be '.'"]
  if (value === '..') return ["must not be '..'"]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}

/** Names of environment variables, as relaxed since v1.32: printable ASCII without `=`. */
export function isEnvVarName(value: string): string[] {
  if (value.length === 0) return ['environment variable name must not be empty']
  if (!/^[ -<>-~]+$/.test(value))
    return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
  return []
}

export function isHttpHeaderName(value: string): string[] {
  return /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')]
}

export function isCIdentifier(value: string): string[] {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
    ? []
    : [
        regexError(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          '[A-Za-z_][A-Za-z0-9_]*',
          'my_name',
          'MY_NAME',
          'MyName',
        ),
      ]
}

export const isValidPortNumber = (port: number): string[] => (port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'])

export function isValidPortName(port: string): string[] {
  const out: string[] = []
  if (port.length > 15) out.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(port)) out.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(port)) out.push('must contain at least one letter (a-z)')
  if (port.includes('--')) out.push('must not contain consecutive hyphens')
  if (port.startsWith('-') || port.endsWith('-')) out.push('must not begin or end with a hyphen')
  return out
}

/** IPv4 or IPv6, without leading zeros. */
export function isIp(value: string): boolean {
  if (/^(\d{1,3})(\.\d{1,3}){3}$/.test(value)) return value.split('.').every((p) => Number(p) <= 255 && (p === '0' || !p.startsWith('0')))
  if (!/^[0-9a-fA-F:.]+$/.test(value) || !value.includes(':')) return false
  const halves = value.split('::')
  if (halves.length > 2) return false
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'))
  const all = [...groups(halves[0]), ...groups(halves[1])]
  const ok = all.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))
  return ok && (halves.length === 2 ? all.length <= 7 : all.length === 8)
}

/** Complaints about the path segment a name would become. */
export function isPathSegmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  const out: string[] = []
  for (const illegal of ['/', '%']) if (name.includes(illegal)) out.push(`may not contain '${illegal}'`)
  return out
}

/** For generateName: a trailing dash is fine, since letters follow. */
export const maskTrailingDash = (name: string): string => (name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name)

export const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** A name from `generateName`: at most 58 letters of it and five random ones. */
export const generateName = (base: string, random: Random): string => base.slice(0, 58) + random.string(5, SAFE_ALPHABET)

/** `rand.SafeEncodeString`: letters that make no words. */
export function safeEncodeString(text: string): string {
  let out = ''
  for (const b of encode(text)) out += SAFE_ALPHABET.charAt(b % SAFE_ALPHABET.length)
  return out
}

/** Named formats of strings: `!format.dns1123Label().validate(x).hasValue()`. Source: apiserver pkg/cel/library/format.go. */
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  maskTrailingDash,
} from '#kubernetes/api/names.ts'
import { fromBase64 } from '#sim/bytes.ts'
import { fn, method, type Overload } from '../functions.ts'
import { parseTimestamp } from '../time.ts'
import { listOf, opaque, optionalOf, STRING } from '../types.ts'
import { List, Opaque, Optional } from '../values.ts'
import { parseUrl } from './urls.ts'

class Format extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat'
  readonly name: string
  readonly validate: (text: string) => readonly string[]

  constructor(name: string, validate: (text: string) => readonly string[]) {
    super()
    this.name = name
    this.validate = validate
  }

  equals(other: Opaque): boolean {
    return other instanceof Format && other.name === this.name
  }
}

const FORMAT = opaque('kubernetes.NamedFormat', (v): v is Format => v instanceof Format)

const test = (holds: (text: string) => boolean, why: string) => (text: string) => (holds(text) ? [] : [why])

function uri(text: string): readonly string[] {
  const parsed = parseUrl(text)
  return typeof parsed === 'string' ? [parsed] : []
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

const FORMATS: { readonly [name: string]: (text: string) => readonly string[] } = {
  dns1123Label: isDns1123Label,
  dns1123Subdomain: isDns1123Subdomain,
  dns1035Label: isDns1035Label,
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: (s) => isDns1123Label(maskTrailingDash(s)),
  dns1123SubdomainPrefix: (s) => isDns1123Subdomain(maskTrailingDash(s)),
  dns1035LabelPrefix: (s) => isDns1035Label(maskTrailingDash(s)),
  labelValue: isValidLabelValue,
  uri,
  uuid: test((s) => UUID.test(s), 'does not match the UUID format'),
  byte: test((s) => fromBase64(s) !== undefined, 'invalid base64'),
  date: test((s) => /^\d{4}-\d\d-\d\d$/.test(s) && parseTimestamp(`${s}T00:00:00Z`) !== undefined, 'invalid date'),
  datetime: test((s) => parseTimestamp(s) !== undefined, 'invalid datetime'),
}

const made = new Map(Object.entries(FORMATS).map(([name, validate]) => [name, new Format(name, validate)]))

export const FORMATS_LIBRARY: readonly Overload[] = [
  ...[...made].map(([name, format]) => fn(`format.${name}`, [], FORMAT, () => format)),
  fn('format.named', [STRING], optionalOf(FORMAT), (name) => new Optional(made.get(name))),
  method('validate', [FORMAT, STRING], optionalOf(listOf(STRING)), (format, text) => {
    const problems = format.validate(text)
    return new Optional(problems.length === 0 ? undefined : new List(problems))
  }),
]

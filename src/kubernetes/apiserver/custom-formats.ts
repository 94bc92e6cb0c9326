/**
 * Formats of strings in the schemas of custom resources. Source: kube-openapi pkg/validation/strfmt, apiextensions-apiserver
 * pkg/apiserver/validation/formats.go. Differs: isbn, creditcard, ssn, colours and bsonobjectid are not checked.
 */
import { isDns1123Label, isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { fromBase64 } from '#sim/bytes.ts'
import { parseRfc3339 } from '#sim/time.ts'
import { parseCidr, parseIp } from './validation/ip.ts'

const hex = (groups: string): RegExp => new RegExp(`^${groups}$`, 'i')

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => parseRfc3339(text) !== undefined,
  datetime: (text) => parseRfc3339(text) !== undefined,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && parseRfc3339(`${text}T00:00:00Z`) !== undefined,
  duration: (text) => /^([-+]?(\d+\.?\d*|\.\d+) ?(ns|us|µs|ms|s|m|h|d|w|[a-z]+) ?)+$/.test(text) || text === '0',
  byte: (text) => fromBase64(text) !== undefined,
  ipv4: (text) => parseIp(text)?.family === 'IPv4',
  ipv6: (text) => parseIp(text)?.family === 'IPv6',
  cidr: (text) => parseCidr(text) !== undefined,
  mac: (text) => hex('([0-9a-f]{2}[:-]){5}[0-9a-f]{2}|([0-9a-f]{4}\\.){2}[0-9a-f]{4}').test(text),
  uuid: (text) => hex('[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}').test(text),
  uuid3: (text) => hex('[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}').test(text),
  uuid4: (text) => hex('[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}').test(text),
  uuid5: (text) => hex('[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}').test(text),
  uri: (text) => /^([a-z][a-z0-9+.-]*:\S+|\/\S*)$/i.test(text),
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: (text) => /^(?=.{1,255}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i.test(text),
  'k8s-short-name': (text) => isDns1123Label(text).length === 0,
  'k8s-long-name': (text) => isDns1123Subdomain(text).length === 0,
}

/** Whether a text is what a format promises; formats that the API server doesn't know promise nothing. */
export const hasFormat = (text: string, format: string): boolean => FORMATS[format]?.(text) ?? true

/** Requests for certificates. Source: k8s.io/kubernetes pkg/apis/certificates/validation. */
import { duplicate, type FieldError, invalid, notSupported, required, tooLong } from '#kubernetes/api/field.ts'
import { num, type Obj, str, strs } from '#kubernetes/api/json.ts'
import { isDns1123Label, isDns1123Subdomain } from '#kubernetes/api/names.ts'
import { decode, fromBase64 } from '#sim/bytes.ts'

const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
const LEGACY = 'kubernetes.io/legacy-unknown'
const MIN_SECONDS = 600

/** `example.com/name`. Source: ValidateSignerName. */
export function signerName(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)]
  const [domain = '', rest = '', ...more] = name.split('/')
  if (more.length > 0 || !name.includes('/'))
    return [invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  const out: FieldError[] = []
  if (domain.length > 253) out.push(tooLong(path, 253))
  const labels = domain.split('.')
  for (const label of labels) for (const m of isDns1123Label(label)) out.push(invalid(path, domain, `validating label "${label}": ${m}`))
  if (labels.length < 2) out.push(invalid(path, domain, 'should be a domain with at least two segments separated by dots'))
  for (const label of rest.split('.'))
    for (const m of isDns1123Subdomain(label)) out.push(invalid(path, rest, `validating label "${label}": ${m}`))
  return out
}

/** Differs: only that the request is PEM of the right kind is looked at. */
function request(o: Obj): FieldError[] {
  const given = str(o, 'spec', 'request')
  const text = decode(fromBase64(given) ?? new Uint8Array(0))
  return /-----BEGIN CERTIFICATE REQUEST-----/.test(text)
    ? []
    : [invalid('spec.request', given, 'PEM block type must be CERTIFICATE REQUEST')]
}

export function validateSigningRequest(o: Obj): FieldError[] {
  const out = request(o)
  const usages = strs(o, 'spec', 'usages')
  if (usages.length === 0) out.push(required('spec.usages'))
  for (const [i, usage] of usages.entries()) {
    if (!USAGES.includes(usage)) out.push(notSupported(`spec.usages[${i}]`, usage, USAGES))
    if (usages.indexOf(usage) < i) out.push(duplicate(`spec.usages[${i}]`, usage))
  }
  const signer = str(o, 'spec', 'signerName')
  if (signer === LEGACY) out.push(invalid('spec.signerName', signer, 'the legacy signerName is not allowed via this API version'))
  else out.push(...signerName(signer, 'spec.signerName'))
  const seconds = num(o, 'spec', 'expirationSeconds')
  if (seconds !== undefined && seconds < MIN_SECONDS)
    out.push(invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'))
  return out
}

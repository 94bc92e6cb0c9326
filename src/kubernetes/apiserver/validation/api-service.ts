/** Groups that another server serves. Source: kube-aggregator pkg/apis/apiregistration/validation. */
import { type FieldError, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { isValidPortNumber } from '#kubernetes/api/names.ts'
import { dns1035Label, needed, optional, subdomain } from './check.ts'

export function validateApiService(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const [group, version, name] = [str(spec, 'group'), str(spec, 'version'), str(o, 'metadata', 'name')]
  const out: FieldError[] = []
  if (name !== `${version}.${group}`)
    out.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${version}.${group}"`))
  if (group === '' && version !== 'v1') out.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'))
  out.push(...optional(group, 'spec.group', subdomain), ...dns1035Label(version, 'spec.version'))
  const limited = (field: string, most: number): void => {
    const n = num(spec, field) ?? 0
    if (n <= 0 || n > most) out.push(invalid(`spec.${field}`, n, `must be positive and less than ${most}`))
  }
  limited('groupPriorityMinimum', 20_000)
  limited('versionPriority', 1000)
  const bundle = str(spec, 'caBundle')
  const insecure = spec.insecureSkipTLSVerify === true
  if (!isObj(spec.service)) {
    if (bundle !== '')
      out.push(
        invalid(
          'spec.caBundle',
          `${Math.floor((bundle.replace(/=+$/, '').length * 3) / 4)} bytes`,
          'local APIServices may not have a caBundle',
        ),
      )
    if (insecure) out.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'))
    return out
  }
  const port = num(spec, 'service', 'port') ?? 443
  const wrong = isValidPortNumber(port)
  out.push(
    ...needed(str(spec, 'service', 'namespace'), 'spec.service.namespace'),
    ...needed(str(spec, 'service', 'name'), 'spec.service.name'),
  )
  if (wrong.length > 0) out.push(invalid('spec.service.port', port, `port is not valid: ${wrong.join(', ')}`))
  if (insecure && bundle !== '') out.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'))
  return out
}

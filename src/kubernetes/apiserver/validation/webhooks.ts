/** Configurations of admission webhooks. Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation, apiserver pkg/util/webhook. */
import { duplicate, type FieldError, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isDns1035Label, isDns1123Subdomain, isValidPortNumber } from '#kubernetes/api/names.ts'
import { among, complain, fullyQualifiedName } from './check.ts'
import { validateLabelSelector } from './selectors.ts'

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const VERSIONS = ['v1', 'v1beta1']
const SIDE_EFFECTS = ['None', 'NoneOnDryRun']
const MAX_TIMEOUT = 30

export function validateWebhooks(o: Obj): FieldError[] {
  const out: FieldError[] = []
  const names = new Set<string>()
  const mutating = o.kind === 'MutatingWebhookConfiguration'
  for (const [i, hook] of objs(o, 'webhooks').entries()) {
    const at = `webhooks[${i}]`
    out.push(...webhook(hook, at, mutating), ...reviewVersions(strs(hook, 'admissionReviewVersions'), `${at}.admissionReviewVersions`))
    const name = str(hook, 'name')
    if (name !== '' && names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
  }
  return out
}

function webhook(hook: Obj, path: string, mutating: boolean): FieldError[] {
  const out = fullyQualifiedName(str(hook, 'name'), `${path}.name`)
  for (const [i, rule] of objs(hook, 'rules').entries()) out.push(...ruleWithOperations(rule, `${path}.rules[${i}]`))
  out.push(...among(hook.failurePolicy, `${path}.failurePolicy`, ['Fail', 'Ignore']))
  out.push(...among(hook.matchPolicy, `${path}.matchPolicy`, ['Equivalent', 'Exact']))
  if (hook.sideEffects === undefined) out.push(required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(', ')}`))
  else out.push(...among(hook.sideEffects, `${path}.sideEffects`, SIDE_EFFECTS))
  const seconds = num(hook, 'timeoutSeconds')
  if (seconds !== undefined && (seconds < 1 || seconds > MAX_TIMEOUT))
    out.push(invalid(`${path}.timeoutSeconds`, seconds, `the timeout value must be between 1 and ${MAX_TIMEOUT} seconds`))
  out.push(...validateLabelSelector(hook.namespaceSelector, `${path}.namespaceSelector`))
  out.push(...validateLabelSelector(hook.objectSelector, `${path}.objectSelector`))
  if (mutating) out.push(...among(hook.reinvocationPolicy, `${path}.reinvocationPolicy`, ['IfNeeded', 'Never']))
  return [...out, ...clientConfig(obj(hook, 'clientConfig'), `${path}.clientConfig`)]
}

const URL_FORM = '; desired format: https://host[/path]'

function clientConfig(config: Obj, path: string): FieldError[] {
  const { url, service } = config
  if ((url === undefined) === !isObj(service)) return [required(path, 'exactly one of url or service is required')]
  if (isObj(service)) return serviceReference(service, `${path}.service`)
  const at = `${path}.url`
  const m = /^(?:([A-Za-z][-+.A-Za-z0-9]*):\/\/)?(?:([^/?#@]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(String(url))
  const [, scheme = '', user, host = '', , query, fragment] = m ?? []
  const out: FieldError[] = []
  if (scheme !== 'https') out.push(invalid(at, scheme, `'https' is the only allowed URL scheme${URL_FORM}`))
  if (host === '' || scheme === '') out.push(invalid(at, scheme === '' ? '' : host, `host must be specified${URL_FORM}`))
  if (user !== undefined) out.push(invalid(at, user, `user information is not permitted in the URL`))
  if (fragment !== undefined && fragment !== '') out.push(invalid(at, fragment, 'fragments are not permitted in the URL'))
  if (query !== undefined && query !== '') out.push(invalid(at, query, 'query parameters are not permitted in the URL'))
  return out
}

function serviceReference(service: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  if (str(service, 'name') === '') out.push(required(`${path}.name`, 'service name is required'))
  if (str(service, 'namespace') === '') out.push(required(`${path}.namespace`, 'service namespace is required'))
  const port = num(service, 'port') ?? 443
  const wrong = isValidPortNumber(port)
  if (wrong.length > 0) out.push(invalid(`${path}.port`, port, `port is not valid: ${wrong.join(',')}`))
  if (typeof service.path !== 'string') return out
  const [value, at] = [service.path, `${path}.path`]
  if (value === '/' || value === '') return out
  if (value === '//') return [...out, invalid(at, value, 'segment[0] may not be empty')]
  if (!value.startsWith('/')) out.push(invalid(at, value, "must start with a '/'"))
  const steps = value.replace(/^\//, '').replace(/\/$/, '').split('/')
  for (const [i, step] of steps.entries()) {
    if (step === '') out.push(invalid(at, value, `segment[${i}] may not be empty`))
    else for (const m of isDns1123Subdomain(step)) out.push(invalid(at, value, `segment[${i}]: ${m}`))
  }
  return out
}

function reviewVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path, `must specify one of ${VERSIONS.join(', ')}`)]
  const out: FieldError[] = []
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) < i) out.push(invalid(`${path}[${i}]`, version, 'duplicate version'))
    else out.push(...complain(isDns1035Label(version), `${path}[${i}]`, version))
  }
  if (!versions.some((version) => VERSIONS.includes(version)))
    out.push(invalid(path, versions, `must include at least one of ${VERSIONS.join(', ')}`))
  return out
}

function ruleWithOperations(rule: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const operations = strs(rule, 'operations')
  if (operations.length === 0) out.push(required(`${path}.operations`))
  if (operations.length > 1 && operations.includes('*'))
    out.push(invalid(`${path}.operations`, operations, "if '*' is present, must not specify other operations"))
  for (const [i, operation] of operations.entries()) out.push(...among(operation, `${path}.operations[${i}]`, OPERATIONS))
  return [...out, ...matchedRule(rule, path)]
}

function matchedRule(rule: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  const [groups, versions, resources] = [strs(rule, 'apiGroups'), strs(rule, 'apiVersions'), strs(rule, 'resources')]
  if (groups.length === 0) out.push(required(`${path}.apiGroups`))
  if (groups.length > 1 && groups.includes('*'))
    out.push(invalid(`${path}.apiGroups`, groups, "if '*' is present, must not specify other API groups"))
  if (versions.length === 0) out.push(required(`${path}.apiVersions`))
  if (versions.length > 1 && versions.includes('*'))
    out.push(invalid(`${path}.apiVersions`, versions, "if '*' is present, must not specify other API versions"))
  for (const [i, version] of versions.entries()) if (version === '') out.push(required(`${path}.apiVersions[${i}]`))
  out.push(...resourceRules(resources, `${path}.resources`))
  if (rule.scope !== undefined && !['*', 'Cluster', 'Namespaced'].includes(str(rule, 'scope')))
    out.push(notSupported(`${path}.scope`, rule.scope, ['*', 'Cluster', 'Namespaced']))
  return out
}

/** Source: validateResources. */
function resourceRules(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)]
  const out: FieldError[] = []
  const [whole, subs] = [new Set<string>(), new Set<string>()]
  for (const [i, given] of resources.entries()) {
    const at = `${path}[${i}]`
    if (given === '') {
      out.push(required(at))
      continue
    }
    if (given === '*/*') {
      if (resources.length > 1) out.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
      continue
    }
    const [resource = '', sub = ''] = given.split('/')
    if (whole.has(resource)) out.push(invalid(at, given, `if '${resource}/*' is present, must not specify ${given}`))
    if (sub !== '' && subs.has(sub)) out.push(invalid(at, given, `if '*/${sub}' is present, must not specify ${given}`))
    if (sub === '*') whole.add(resource)
    if (resource === '*' && sub !== '') subs.add(sub)
  }
  if (resources.length > 1 && resources.includes('*') && resources.some((r) => r !== '*' && !r.includes('/')))
    out.push(invalid(path, resources, "if '*' is present, must not specify other resources without subresources"))
  return out
}

/** Names and amounts of resources. Source: k8s.io/kubernetes pkg/apis/core/validation (validateResourceRequirements), pkg/apis/core/helper. */
import { FieldError, forbidden, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isQualifiedName } from '#kubernetes/api/names.ts'
import { addQuantities, compareQuantities, milliValue, quantity } from '#kubernetes/api/quantity.ts'
import { complain, dnsLabel, NEGATIVE } from './check.ts'

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage']
const COUNTED = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]
const QUOTA = new Set([...COMPUTE, ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]), 'requests.storage', ...COUNTED])
const STANDARD = new Set([...QUOTA, 'storage'])
const CONTAINER = new Set(COMPUTE)
const INTEGER = new Set(COUNTED)

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-')
/** Unprefixed, or Kubernetes' own. */
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
export const isStandardQuotaResource = (name: string): boolean => QUOTA.has(name) || isQuotaHugePages(name)
/** More may be promised than there is. */
export const overcommits = (name: string): boolean => isNative(name) && !isHugePages(name)

export function resourceName(name: string, path: string): FieldError[] {
  const wrong = complain(isQualifiedName(name), path, name)
  if (wrong.length > 0 || name.includes('/') || STANDARD.has(name) || isQuotaHugePages(name)) return wrong
  return [invalid(path, name, 'must be a standard resource type or fully qualified')]
}

export function containerResourceName(name: string, path: string): FieldError[] {
  const out = resourceName(name, path)
  if (!name.includes('/')) {
    if (!CONTAINER.has(name) && !isHugePages(name)) out.push(invalid(path, name, 'must be a standard resource for containers'))
  } else if (!isNative(name) && !isExtended(name)) out.push(invalid(path, name, "doesn't follow extended resource name standard"))
  return out
}

export function quotaResourceName(name: string, path: string): FieldError[] {
  const out = resourceName(name, path)
  if (!name.includes('/') && !isStandardQuotaResource(name)) out.push(invalid(path, name, 'must be a standard resource for quota'))
  return out
}

const POD_LEVEL = ['cpu', 'hugepages-', 'memory']

function podResourceName(name: string, path: string): FieldError[] {
  const wrong = resourceName(name, path)
  if (wrong.length > 0 || name === 'cpu' || name === 'memory' || isHugePages(name)) return wrong
  return [notSupported(path, name, POD_LEVEL)]
}

/** An amount of a resource: not negative, and whole where it counts things. */
export function resourceAmount(name: string, value: unknown, path: string): FieldError[] {
  const out: FieldError[] = []
  if (compareQuantities(value, '0') < 0) out.push(invalid(path, String(value), NEGATIVE))
  if ((INTEGER.has(name) || isExtended(name)) && milliValue(value) % 1000 !== 0)
    out.push(invalid(path, String(value), 'must be an integer'))
  return out
}

function hugePageAmount(name: string, value: unknown, path: string): FieldError[] {
  if (!isHugePages(name)) return []
  const size = quantity(name.slice('hugepages-'.length)).nanos
  const amount = quantity(value).nanos
  return size > 0n && amount > 0n && amount % size === 0n
    ? []
    : [invalid(path, String(value), `${String(value)} is not positive integer multiple of ${name}`)]
}

/** Names of a ResourceList in the order in which they are looked at: upstream's is a map's, so by chance. */
const ascending = (list: Obj): string[] => Object.keys(list).sort()
const descending = (list: Obj): string[] => ascending(list).reverse()

/** The resources of a container, or of a whole pod. `claims`: names of the pod's resource claims. */
export function validateResources(resources: Obj, path: string, claims: ReadonlySet<string>, pod = false): FieldError[] {
  const out: FieldError[] = []
  const name = pod ? podResourceName : containerResourceName
  const [limits, requests] = [obj(resources, 'limits'), obj(resources, 'requests')]
  const [limitsPath, requestsPath] = [`${path}.limits`, `${path}.requests`]
  for (const key of ascending(limits)) {
    const at = `${limitsPath}[${key}]`
    out.push(...name(key, at), ...resourceAmount(key, limits[key], at), ...hugePageAmount(key, limits[key], at))
  }
  for (const key of descending(requests)) {
    const at = `${requestsPath}[${key}]`
    const [request, limit] = [requests[key], limits[key]]
    out.push(...name(key, at), ...resourceAmount(key, request, at))
    if (limit !== undefined) {
      const order = compareQuantities(request, limit)
      if (order !== 0 && !overcommits(key))
        out.push(invalid(requestsPath, String(request), `must be equal to ${key} limit of ${String(limit)}`))
      else if (order > 0) out.push(invalid(requestsPath, String(request), `must be less than or equal to ${key} limit of ${String(limit)}`))
    } else if (!overcommits(key)) out.push(required(limitsPath, 'Limit must be set for non overcommitable resources'))
    out.push(...hugePageAmount(key, request, at))
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    out.push(forbidden(path, 'HugePages require cpu or memory'))
  return [...out, ...claimNames(objs(resources, 'claims'), `${path}.claims`, claims)]
}

function claimNames(list: readonly Obj[], path: string, known: ReadonlySet<string>): FieldError[] {
  const out: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, claim] of list.entries()) {
    const at = `${path}[${i}]`
    const [name, request] = [str(claim, 'name'), str(claim, 'request')]
    if (name === '') {
      out.push(required(at))
      continue
    }
    const key = request === '' ? name : `${name}/${request}`
    if (seen.has(name)) out.push(new FieldError('duplicate', at, name, ''))
    else {
      if (request !== '') out.push(...dnsLabel(request, `${at}.request`))
      if (seen.has(key)) out.push(new FieldError('duplicate', at, key, ''))
      else if (request === '')
        for (const other of seen) if (other.startsWith(`${name}/`)) out.push(new FieldError('duplicate', at, name, ''))
      seen.add(key)
    }
    if (known.has(name)) continue
    const names = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`
    out.push(new FieldError('notFound', at, name, `must be one of the names in pod.spec.resourceClaims${names}`))
  }
  return out
}

/** The resources a pod has as a whole: at least what its containers ask for. Source: validatePodResources. */
export function validatePodResources(spec: Obj, path: string, claims: ReadonlySet<string>): FieldError[] {
  const resources = obj(spec, 'resources')
  const out: FieldError[] = []
  if (resources.claims !== undefined) out.push(forbidden(`${path}.claims`, 'claims cannot be set for Resources at pod-level'))
  out.push(...validateResources(resources, path, claims, true))
  const total: { [name: string]: string } = {}
  for (const c of objs(spec, 'containers'))
    for (const [key, value] of Object.entries(obj(c, 'resources', 'requests'))) total[key] = addQuantities(total[key] ?? '0', value)
  for (const key of Object.keys(total).sort()) {
    const given = String(obj(resources, 'requests')[key] ?? '0')
    if (compareQuantities(total[key], given) > 0)
      out.push(
        invalid(`${path}.requests[${key}]`, given, `must be greater than or equal to aggregate container requests of ${total[key] ?? ''}`),
      )
  }
  const limits = obj(resources, 'limits')
  for (const [i, c] of objs(spec, 'containers').entries())
    for (const [key, value] of Object.entries(obj(c, 'resources', 'limits')))
      if (limits[key] !== undefined && compareQuantities(value, limits[key]) > 0)
        out.push(
          invalid(
            `${path}.containers[${i}][${key}].limits`,
            String(value),
            `must be less than or equal to pod limits of ${String(limits[key])}`,
          ),
        )
  return out
}

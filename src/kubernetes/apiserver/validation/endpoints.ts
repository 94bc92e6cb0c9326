/** Endpoints and their slices. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateEndpoints), pkg/apis/discovery/validation. */
import { duplicate, type FieldError, invalid, required, tooMany } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, objs, str, strMap, strs } from '#kubernetes/api/json.ts'
import { isDns1123Label, isDns1123Subdomain, isValidPortNumber } from '#kubernetes/api/names.ts'
import { complain, dnsLabel, immutable, oneOf, optional, qualifiedName, subdomain } from './check.ts'
import { PROTOCOLS } from './containers.ts'
import { nonSpecialIp, parseIp, validIp } from './ip.ts'
import { validateLabels } from './meta.ts'

function address(a: Obj, path: string): FieldError[] {
  const ip = str(a, 'ip')
  return [
    ...validIp(ip, `${path}.ip`),
    ...optional(str(a, 'hostname'), `${path}.hostname`, dnsLabel),
    ...(a.nodeName === undefined ? [] : subdomain(str(a, 'nodeName'), `${path}.nodeName`)),
    ...nonSpecialIp(ip, `${path}.ip`),
  ]
}

function port(p: Obj, path: string, named: boolean): FieldError[] {
  const [name, number] = [str(p, 'name'), num(p, 'port') ?? 0]
  return [
    ...(named && name === '' ? [required(`${path}.name`)] : optional(name, `${path}.name`, dnsLabel)),
    ...complain(isValidPortNumber(number), `${path}.port`, number),
    ...oneOf(p.protocol, `${path}.protocol`, PROTOCOLS),
    ...(typeof p.appProtocol === 'string' ? qualifiedName(p.appProtocol, `${path}.appProtocol`) : []),
  ]
}

export function validateEndpoints(o: Obj): FieldError[] {
  const out: FieldError[] = []
  for (const [i, subset] of objs(o, 'subsets').entries()) {
    const at = `subsets[${i}]`
    const ports = objs(subset, 'ports')
    if (objs(subset, 'addresses').length + objs(subset, 'notReadyAddresses').length === 0)
      out.push(required(at, 'must specify `addresses` or `notReadyAddresses`'))
    for (const part of ['addresses', 'notReadyAddresses'])
      for (const [k, a] of objs(subset, part).entries()) out.push(...address(a, `${at}.${part}[${k}]`))
    for (const [k, p] of ports.entries()) out.push(...port(p, `${at}.ports[${k}]`, ports.length > 1))
  }
  return out
}

const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_PORTS = 20_000
const MAX_TOPOLOGY_LABELS = 16
const MAX_ZONE_HINTS = 8

/** Source: IsFullyQualifiedDomainName. */
function domainName(given: string, path: string): FieldError[] {
  if (given === '') return [required(path)]
  const name = given.replace(/\.$/, '')
  const wrong = isDns1123Subdomain(name)
  if (wrong.length > 0) return [invalid(path, name, wrong.join(','))]
  const labels = name.split('.')
  if (labels.length < 2) return [invalid(path, name, 'should be a domain with at least two segments separated by dots')]
  for (const label of labels) {
    const bad = isDns1123Label(label)
    if (bad.length > 0) return [invalid(path, label, bad.join(','))]
  }
  return []
}

function sliceAddress(text: string, type: string, path: string): FieldError[] {
  if (type === 'FQDN') return domainName(text, path)
  if (type !== 'IPv4' && type !== 'IPv6') return []
  const wrong = validIp(text, path)
  if (wrong.length === 0 && parseIp(text)?.family !== type) wrong.push(invalid(path, text, `must be a valid ${type} address`))
  return [...wrong, ...nonSpecialIp(text, path)]
}

export function validateEndpointSlice(o: Obj): FieldError[] {
  const type = str(o, 'addressType')
  return [...oneOf(type, 'addressType', ['FQDN', 'IPv4', 'IPv6']), ...sliceEndpoints(o, type), ...slicePorts(o)]
}

function sliceEndpoints(o: Obj, type: string): FieldError[] {
  const endpoints = objs(o, 'endpoints')
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)]
  const out: FieldError[] = []
  for (const [i, endpoint] of endpoints.entries()) {
    const at = `endpoints[${i}]`
    const addresses = strs(endpoint, 'addresses')
    if (addresses.length === 0) out.push(required(`${at}.addresses`, 'must contain at least 1 address'))
    else if (addresses.length > MAX_ADDRESSES) out.push(tooMany(`${at}.addresses`, addresses.length, MAX_ADDRESSES))
    for (const [k, text] of addresses.entries()) out.push(...sliceAddress(text, type, `${at}.addresses[${k}]`))
    if (endpoint.nodeName !== undefined) out.push(...subdomain(str(endpoint, 'nodeName'), `${at}.nodeName`))
    const topology = strMap(endpoint, 'deprecatedTopology')
    const count = Object.keys(topology).length
    if (count > MAX_TOPOLOGY_LABELS) out.push(tooMany(`${at}.deprecatedTopology`, count, MAX_TOPOLOGY_LABELS))
    out.push(...validateLabels(topology, `${at}.deprecatedTopology`))
    if (endpoint.hostname !== undefined) out.push(...dnsLabel(str(endpoint, 'hostname'), `${at}.hostname`))
    if (isObj(endpoint.hints)) out.push(...hints(endpoint.hints, `${at}.hints`))
  }
  return out
}

function hints(h: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const [part, check] of [['forZones', qualifiedName] as const, ['forNodes', subdomain] as const]) {
    const list = objs(h, part)
    if (list.length > MAX_ZONE_HINTS) out.push(tooMany(`${path}.${part}`, list.length, MAX_ZONE_HINTS))
    for (const [i, hint] of list.entries()) {
      const name = str(hint, 'name')
      const at = `${path}.${part}[${i}].name`
      if (list.findIndex((h2) => str(h2, 'name') === name) < i) out.push(duplicate(at, name))
      else out.push(...check(name, at))
    }
  }
  return out
}

function slicePorts(o: Obj): FieldError[] {
  const ports = objs(o, 'ports')
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)]
  const out: FieldError[] = []
  const names = new Set<string>()
  for (const [i, p] of ports.entries()) {
    const at = `ports[${i}]`
    const name = str(p, 'name')
    out.push(...optional(name, `${at}.name`, dnsLabel))
    if (names.has(name)) out.push(duplicate(`${at}.name`, name))
    names.add(name)
    out.push(...oneOf(p.protocol, `${at}.protocol`, PROTOCOLS))
    if (typeof p.appProtocol === 'string') out.push(...qualifiedName(p.appProtocol, `${at}.appProtocol`))
  }
  return out
}

export const validateEndpointSliceUpdate = (o: Obj, old: Obj): FieldError[] => [
  ...validateEndpointSlice(o),
  ...immutable(o.addressType, old.addressType, 'addressType'),
]

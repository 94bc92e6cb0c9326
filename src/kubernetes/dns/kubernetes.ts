/**
 * The kubernetes plugin: names of Services and Pods. Source: Kubernetes DNS-Based Service Discovery, CoreDNS plugin/kubernetes.
 * Records come from Services and EndpointSlices as they are now; nothing is kept. Differs: a namespace is known once it has a
 * Service (upstream watches namespaces too), and every namespace has Pods' names.
 */
import type { Indexer } from '#kubernetes/client/informer.ts'
import type { Endpoint, EndpointSlice, Service } from '#kubernetes/client/types/network.ts'
import { RCODE, type ResourceRecord, TYPE } from '#linux/net/dns-message.ts'

export interface KubernetesData {
  readonly services: Indexer<Service>
  readonly slices: Indexer<EndpointSlice>
}

export interface KubernetesOptions {
  /** `cluster.local.`, `in-addr.arpa.`, `ip6.arpa.` */
  readonly zones: readonly string[]
  readonly pods: 'disabled' | 'insecure' | 'verified'
  readonly ttl: number
  /** Zones whose unknown names the next plugin is asked for; undefined: none. */
  readonly fallthrough: readonly string[] | undefined
}

export interface Lookup {
  readonly rcode: number
  readonly answers: readonly ResourceRecord[]
  readonly authority: readonly ResourceRecord[]
  readonly additional: readonly ResourceRecord[]
}

/** Index of slices by `namespace/service`. */
export const BY_SERVICE = 'service'

export function indexSlices(slices: Indexer<EndpointSlice>): void {
  slices.addIndex(BY_SERVICE, (slice) => {
    const name = slice.metadata.labels?.['kubernetes.io/service-name']
    return name === undefined ? [] : [`${slice.metadata.namespace}/${name}`]
  })
}

interface Address {
  readonly ip: string
  readonly host: string
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[]
}

function dashed(ip: string): string {
  return ip.replaceAll('.', '-')
}

/** Addresses of a Service's endpoints that are ready, each with its own name. */
function endpointsOf(data: KubernetesData, key: string): Address[] {
  const out = new Map<string, Address>()
  for (const slice of data.slices.byIndex(BY_SERVICE, key)) {
    if (slice.addressType !== 'IPv4') continue
    const ports = (slice.ports ?? []).map((p) => ({ name: p.name ?? '', protocol: (p.protocol ?? 'TCP').toLowerCase(), port: p.port ?? 0 }))
    for (const e of slice.endpoints ?? []) {
      if (e.conditions?.ready === false) continue
      for (const ip of e.addresses) out.set(ip, { ip, host: hostOf(e, ip), ports })
    }
  }
  return [...out.values()]
}

function hostOf(e: Endpoint, ip: string): string {
  return e.hostname === undefined || e.hostname === '' ? dashed(ip) : e.hostname
}

function headless(service: Service): boolean {
  return service.spec.clusterIP === 'None'
}

/** Answers a question; undefined when the name isn't this plugin's to answer. */
export function lookup(
  data: KubernetesData,
  options: KubernetesOptions,
  question: { readonly name: string; readonly type: number },
  serial: number,
): Lookup | undefined {
  const name = question.name.toLowerCase()
  const zone = options.zones.find((z) => name === z || name.endsWith(`.${z}`))
  if (zone === undefined) return undefined
  const found = zone.endsWith('.arpa.') ? reverse(data, options, name) : forward(data, options, name, zone, question.type)
  if (found !== undefined && found !== 'nodata')
    return { rcode: RCODE.NOERROR, answers: found.answers, authority: [], additional: found.additional ?? [] }
  if (found === undefined && options.fallthrough?.some((z) => z === '.' || name.endsWith(z)) === true) return undefined
  const soa: ResourceRecord = {
    name: zone,
    ttl: options.ttl,
    type: 'SOA',
    mname: `ns.dns.${zone}`,
    rname: `hostmaster.${zone}`,
    serial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: options.ttl,
  }
  return { rcode: found === 'nodata' ? RCODE.NOERROR : RCODE.NXDOMAIN, answers: [], authority: [soa], additional: [] }
}

type Found = { readonly answers: readonly ResourceRecord[]; readonly additional?: readonly ResourceRecord[] } | 'nodata' | undefined

function forward(data: KubernetesData, o: KubernetesOptions, name: string, zone: string, type: number): Found {
  const labels = name
    .slice(0, Math.max(0, name.length - zone.length - 1))
    .split('.')
    .filter((l) => l !== '')
  const [last, ns, third, ...more] = [...labels].reverse()
  if (last === undefined) return apex(o, zone, type)
  if (last === 'dns-version' && ns === undefined)
    return type === TYPE.TXT ? { answers: [{ name, ttl: o.ttl, type: 'TXT', text: ['1.1.0'] }] } : 'nodata'
  if (last === 'dns' && ns === 'ns') return 'nodata'
  if (last === 'pod') return pod(o, name, ns, third, type)
  if (last !== 'svc') return undefined
  if (ns === undefined) return 'nodata'
  if (data.services.inNamespace(ns).length === 0) return undefined
  if (third === undefined) return 'nodata'
  const service = data.services.get(`${ns}/${third}`)
  if (service === undefined) return undefined
  return serviceRecords(data, o, service, name, zone, more, type)
}

function apex(o: KubernetesOptions, zone: string, type: number): Found {
  if (type === TYPE.SOA)
    return {
      answers: [
        {
          name: zone,
          ttl: o.ttl,
          type: 'SOA',
          mname: `ns.dns.${zone}`,
          rname: `hostmaster.${zone}`,
          serial: 1,
          refresh: 7200,
          retry: 1800,
          expire: 86_400,
          minimum: o.ttl,
        },
      ],
    }
  if (type === TYPE.NS) return { answers: [{ name: zone, ttl: o.ttl, type: 'NS', target: `ns.dns.${zone}` }] }
  return 'nodata'
}

function pod(o: KubernetesOptions, name: string, ns: string | undefined, host: string | undefined, type: number): Found {
  if (o.pods === 'disabled' || ns === undefined) return undefined
  if (host === undefined) return 'nodata'
  const ip = host.replaceAll('-', '.')
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(ip)) return undefined
  return type === TYPE.A ? { answers: [{ name, ttl: o.ttl, type: 'A', address: ip }] } : 'nodata'
}

/** `rest` are the labels before the Service's name, nearest first: a host name, or `_tcp` and `_http`. */
function serviceRecords(
  data: KubernetesData,
  o: KubernetesOptions,
  service: Service,
  name: string,
  zone: string,
  rest: readonly string[],
  type: number,
): Found {
  const { namespace = '', name: service_ } = service.metadata
  const base = `${service_}.${namespace}.svc.${zone}`
  if (service.spec.type === 'ExternalName') {
    if (rest.length > 0) return undefined
    return { answers: [{ name, ttl: o.ttl, type: 'CNAME', target: `${(service.spec.externalName ?? '').replace(/\.$/, '')}.` }] }
  }
  const key = `${namespace}/${service_}`
  if (rest.length === 0) {
    const addresses = headless(service) ? endpointsOf(data, key) : []
    if (headless(service) && addresses.length === 0) return undefined
    if (type === TYPE.A) {
      const ips = headless(service) ? addresses.map((a) => a.ip) : [service.spec.clusterIP ?? '']
      return { answers: ips.map((address) => ({ name, ttl: o.ttl, type: 'A', address })) }
    }
    return type === TYPE.SRV ? srv(data, o, service, name, base, undefined, undefined) : 'nodata'
  }
  const [first = '', second] = rest
  if (first.startsWith('_')) {
    if (second === undefined) return undefined
    const records = srv(data, o, service, name, base, second.replace(/^_/, ''), first.slice(1))
    return records === undefined || records === 'nodata' || records.answers.length === 0
      ? undefined
      : type === TYPE.SRV
        ? records
        : 'nodata'
  }
  if (rest.length > 1) return undefined
  const one = endpointsOf(data, key).filter((a) => a.host === first)
  if (one.length === 0) return undefined
  if (type === TYPE.SRV)
    return {
      answers: one.flatMap((a) =>
        a.ports.map((p) => ({ name, ttl: o.ttl, type: 'SRV' as const, priority: 0, weight: 100, port: p.port, target: name })),
      ),
    }
  return type === TYPE.A ? { answers: one.map((a) => ({ name, ttl: o.ttl, type: 'A', address: a.ip })) } : 'nodata'
}

function srv(
  data: KubernetesData,
  o: KubernetesOptions,
  service: Service,
  name: string,
  base: string,
  port: string | undefined,
  protocol: string | undefined,
): Found {
  const { namespace = '', name: service_ } = service.metadata
  const fits = (p: { readonly name?: string | undefined; readonly protocol?: string | undefined }): boolean =>
    (port === undefined || (p.name ?? '') === port) && (protocol === undefined || (p.protocol ?? 'TCP').toLowerCase() === protocol)
  const answers: ResourceRecord[] = []
  const additional: ResourceRecord[] = []
  if (headless(service)) {
    for (const a of endpointsOf(data, `${namespace}/${service_}`)) {
      const target = `${a.host}.${base}`
      for (const p of a.ports.filter(fits)) answers.push({ name, ttl: o.ttl, type: 'SRV', priority: 0, weight: 0, port: p.port, target })
      additional.push({ name: target, ttl: o.ttl, type: 'A', address: a.ip })
    }
  } else {
    for (const p of (service.spec.ports ?? []).filter(fits))
      answers.push({ name, ttl: o.ttl, type: 'SRV', priority: 0, weight: 0, port: p.port, target: base })
    additional.push({ name: base, ttl: o.ttl, type: 'A', address: service.spec.clusterIP ?? '' })
  }
  const weight = answers.length === 0 ? 0 : Math.floor(100 / answers.length)
  return { answers: answers.map((r) => (r.type === 'SRV' ? { ...r, weight } : r)), additional: answers.length === 0 ? [] : additional }
}

function reverse(data: KubernetesData, o: KubernetesOptions, name: string): Found {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa\.$/.exec(name)
  if (match === null) return undefined
  const ip = `${match[4]}.${match[3]}.${match[2]}.${match[1]}`
  const zone = o.zones.find((z) => !z.endsWith('.arpa.')) ?? 'cluster.local.'
  const pointer = (target: string): ResourceRecord => ({ name, ttl: o.ttl, type: 'PTR', target })
  for (const service of data.services.list()) {
    if (service.spec.clusterIP === ip) return { answers: [pointer(`${service.metadata.name}.${service.metadata.namespace}.svc.${zone}`)] }
  }
  const answers: ResourceRecord[] = []
  for (const slice of data.slices.list()) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name']
    if (service === undefined) continue
    for (const e of slice.endpoints ?? []) {
      if (e.addresses.includes(ip)) answers.push(pointer(`${hostOf(e, ip)}.${service}.${slice.metadata.namespace}.svc.${zone}`))
    }
  }
  return answers.length === 0 ? undefined : { answers }
}

/**
 * What kube-proxy writes, as a pure function: Services and EndpointSlices in, the text for iptables-restore out.
 * Source: kube-proxy, pkg/proxy/iptables (v1.36). Differs: IPv4 only; topology hints and nfacct counters are left out.
 */
import type { EndpointSlice, Service, ServicePort } from '#kubernetes/client/types/network.ts'
import { endpointChain, serviceChain } from './names.ts'

export interface ProxyConfig {
  readonly nodeName: string
  /** Addresses of Pods, `10.244.0.0/16`: what comes from elsewhere is masqueraded. */
  readonly clusterCidr: string
}

export interface PlannedEndpoint {
  readonly address: string
  readonly port: number
  readonly local: boolean
  readonly chain: string
}

export interface ServicePortPlan {
  /** `default/web:http`. */
  readonly name: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly clusterIp: string
  readonly port: number
  readonly nodePort: number | undefined
  readonly externalIps: readonly string[]
  readonly loadBalancerIps: readonly string[]
  readonly cluster: readonly PlannedEndpoint[]
  readonly local: readonly PlannedEndpoint[]
  readonly externalLocal: boolean
  readonly internalLocal: boolean
  /** Seconds of client IP affinity; 0 for none. */
  readonly affinitySeconds: number
}

interface Candidate extends PlannedEndpoint {
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

/** Service ports that get rules, sorted by name. */
export function servicePorts(services: readonly Service[], slices: readonly EndpointSlice[], config: ProxyConfig): ServicePortPlan[] {
  const byService = new Map<string, EndpointSlice[]>()
  for (const slice of slices) {
    const name = slice.metadata.labels?.['kubernetes.io/service-name']
    if (slice.addressType !== 'IPv4' || name === undefined) continue
    const key = `${slice.metadata.namespace}/${name}`
    byService.set(key, [...(byService.get(key) ?? []), slice])
  }
  const out: ServicePortPlan[] = []
  for (const service of services) {
    const { spec, metadata } = service
    if (spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None' || spec.type === 'ExternalName') continue
    if (metadata.labels?.['service.kubernetes.io/service-proxy-name'] !== undefined) continue
    const key = `${metadata.namespace}/${metadata.name}`
    for (const port of spec.ports ?? []) out.push(planPort(service, port, key, byService.get(key) ?? [], config))
  }
  return out.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.protocol < b.protocol ? -1 : 1))
}

function planPort(
  service: Service,
  port: ServicePort,
  key: string,
  slices: readonly EndpointSlice[],
  config: ProxyConfig,
): ServicePortPlan {
  const { spec, status } = service
  const name = port.name === undefined || port.name === '' ? key : `${key}:${port.name}`
  const protocol = (port.protocol ?? 'TCP').toLowerCase() as 'tcp' | 'udp' | 'sctp'
  const all = candidates(slices, port, name, protocol, config.nodeName)
  const usable = (list: readonly Candidate[]): PlannedEndpoint[] => {
    const ready = list.filter((e) => e.ready)
    return ready.length > 0 ? ready : list.filter((e) => e.serving && e.terminating)
  }
  return {
    name,
    protocol,
    clusterIp: spec.clusterIP ?? '',
    port: port.port,
    nodePort: spec.type === 'NodePort' || spec.type === 'LoadBalancer' ? port.nodePort : undefined,
    externalIps: (spec.externalIPs ?? []).filter((ip) => !ip.includes(':')),
    // Packets for a proxy's address have to pass the proxy.
    loadBalancerIps: (status?.loadBalancer?.ingress ?? []).flatMap((i) =>
      i.ip === undefined || i.ip.includes(':') || i.ipMode === 'Proxy' ? [] : [i.ip],
    ),
    cluster: usable(all),
    local: usable(all.filter((e) => e.local)),
    externalLocal: spec.externalTrafficPolicy === 'Local',
    internalLocal: spec.internalTrafficPolicy === 'Local',
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0,
  }
}

function candidates(slices: readonly EndpointSlice[], port: ServicePort, name: string, protocol: string, nodeName: string): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const slice of slices) {
    const number = slice.ports?.find((p) => (p.name ?? '') === (port.name ?? '') && (p.protocol ?? 'TCP').toLowerCase() === protocol)?.port
    if (number === undefined) continue
    for (const endpoint of slice.endpoints ?? []) {
      const address = endpoint.addresses[0]
      if (address === undefined) continue
      const c = endpoint.conditions
      const ready = c?.ready ?? true
      found.set(`${address}:${number}`, {
        address,
        port: number,
        local: endpoint.nodeName === nodeName,
        chain: endpointChain(name, protocol, `${address}:${number}`),
        ready,
        serving: c?.serving ?? ready,
        terminating: c?.terminating ?? false,
      })
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => e)
}

const MASQ_MARK = '0x4000'

/** Jumps from the built-in chains, in the order they are to stand there (they are put before what is there). */
export const JUMPS: readonly { readonly table: 'filter' | 'nat'; readonly from: string; readonly rule: string }[] = [
  ...(['INPUT', 'OUTPUT', 'FORWARD'] as const).map((from) => ({
    table: 'filter' as const,
    from,
    rule: '-m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
  })),
  { table: 'filter', from: 'FORWARD', rule: '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD' },
  {
    table: 'filter',
    from: 'OUTPUT',
    rule: '-m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  },
  {
    table: 'filter',
    from: 'FORWARD',
    rule: '-m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  },
  { table: 'filter', from: 'INPUT', rule: '-m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS' },
  {
    table: 'filter',
    from: 'FORWARD',
    rule: '-m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
  },
  {
    table: 'filter',
    from: 'INPUT',
    rule: '-m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
  },
  { table: 'filter', from: 'INPUT', rule: '-j KUBE-FIREWALL' },
  { table: 'filter', from: 'OUTPUT', rule: '-j KUBE-FIREWALL' },
  { table: 'nat', from: 'POSTROUTING', rule: '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING' },
  { table: 'nat', from: 'PREROUTING', rule: '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES' },
  { table: 'nat', from: 'OUTPUT', rule: '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES' },
]

const FILTER_CHAINS = ['KUBE-NODEPORTS', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FIREWALL', 'KUBE-FORWARD', 'KUBE-PROXY-FIREWALL']
const NAT_CHAINS = ['KUBE-NODEPORTS', 'KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ']

/** The rule set as text for `iptables-restore --noflush`; `stale` are chains of an earlier one that go. */
export function planIptables(ports: readonly ServicePortPlan[], config: ProxyConfig, existing: readonly string[] = []): string {
  const filter: string[] = []
  const nat: string[] = []
  const chains: string[] = []
  for (const port of ports) planRules(port, config, filter, nat, chains)
  const stale = existing.filter((chain) => /^KUBE-(SVC|SVL|EXT|FW|SEP)-/.test(chain) && !chains.includes(chain))
  filter.push(
    '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${MASQ_MARK}/${MASQ_MARK} -j ACCEPT`,
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  )
  const lines = [
    // Chains that only show whether somebody else flushed a table.
    '*mangle',
    ':KUBE-PROXY-CANARY - [0:0]',
    'COMMIT',
    '*filter',
    ':KUBE-PROXY-CANARY - [0:0]',
    ...FILTER_CHAINS.map((c) => `:${c} - [0:0]`),
    ...filter,
    'COMMIT',
    '*nat',
    ':KUBE-PROXY-CANARY - [0:0]',
    ...NAT_CHAINS.map((c) => `:${c} - [0:0]`),
    ...[...chains, ...stale].map((c) => `:${c} - [0:0]`),
    `-A KUBE-POSTROUTING -m mark ! --mark ${MASQ_MARK}/${MASQ_MARK} -j RETURN`,
    `-A KUBE-POSTROUTING -j MARK --xor-mark ${MASQ_MARK}`,
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    `-A KUBE-MARK-MASQ -j MARK --or-mark ${MASQ_MARK}`,
    ...nat,
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ...stale.map((c) => `-X ${c}`),
    'COMMIT',
    '',
  ]
  return lines.join('\n')
}

function planRules(p: ServicePortPlan, config: ProxyConfig, filter: string[], nat: string[], chains: string[]): void {
  const { name, protocol } = p
  const svc = serviceChain('KUBE-SVC-', name, protocol)
  const svl = serviceChain('KUBE-SVL-', name, protocol)
  const ext = serviceChain('KUBE-EXT-', name, protocol)
  const external = p.nodePort !== undefined || p.externalIps.length > 0 || p.loadBalancerIps.length > 0
  const internal = p.internalLocal ? svl : svc
  const internalEndpoints = p.internalLocal ? p.local : p.cluster
  const externalEndpoints = p.externalLocal ? p.local : p.cluster
  const usesSvc = p.cluster.length > 0 && (!p.internalLocal || external)
  const usesSvl = p.local.length > 0 && (p.internalLocal || (external && p.externalLocal))
  const usesExt = external && p.cluster.length > 0

  const to = (ip: string, port: number): string => `-m ${protocol} -p ${protocol} -d ${ip} --dport ${port}`
  const refusal = (what: string): string =>
    (p.cluster.length === 0 ? `"${name} has no endpoints" ` : `"${name} has no local endpoints" `) + what
  if (internalEndpoints.length > 0)
    nat.push(`-A KUBE-SERVICES -m comment --comment "${name} cluster IP" ${to(p.clusterIp, p.port)} -j ${internal}`)
  else
    filter.push(
      `-A KUBE-SERVICES -m comment --comment ${refusal(to(p.clusterIp, p.port))} -j ${p.cluster.length === 0 ? 'REJECT' : 'DROP'}`,
    )
  for (const [ips, label] of [
    [p.externalIps, 'external IP'],
    [p.loadBalancerIps, 'loadbalancer IP'],
  ] as const) {
    for (const ip of ips) {
      if (usesExt) nat.push(`-A KUBE-SERVICES -m comment --comment "${name} ${label}" ${to(ip, p.port)} -j ${ext}`)
      if (externalEndpoints.length === 0)
        filter.push(
          `-A KUBE-EXTERNAL-SERVICES -m comment --comment ${refusal(to(ip, p.port))} -j ${p.cluster.length === 0 ? 'REJECT' : 'DROP'}`,
        )
    }
  }
  if (p.nodePort !== undefined) {
    if (usesExt)
      nat.push(`-A KUBE-NODEPORTS -m comment --comment ${comment(name)} -m ${protocol} -p ${protocol} --dport ${p.nodePort} -j ${ext}`)
    if (externalEndpoints.length === 0) {
      filter.push(
        `-A KUBE-EXTERNAL-SERVICES -m comment --comment ${refusal(`-m addrtype --dst-type LOCAL -m ${protocol} -p ${protocol} --dport ${p.nodePort}`)} -j ${p.cluster.length === 0 ? 'REJECT' : 'DROP'}`,
      )
    }
  }
  if (usesExt) {
    chains.push(ext)
    if (p.externalLocal) {
      nat.push(
        `-A ${ext} -m comment --comment "pod traffic for ${name} external destinations" -s ${config.clusterCidr} -j ${svc}`,
        `-A ${ext} -m comment --comment "masquerade LOCAL traffic for ${name} external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
        `-A ${ext} -m comment --comment "route LOCAL traffic for ${name} external destinations" -m addrtype --src-type LOCAL -j ${svc}`,
      )
      if (p.local.length > 0) nat.push(`-A ${ext} -j ${svl}`)
    } else
      nat.push(
        `-A ${ext} -m comment --comment "masquerade traffic for ${name} external destinations" -j KUBE-MARK-MASQ`,
        `-A ${ext} -j ${svc}`,
      )
  }
  if (usesSvc) {
    chains.push(svc)
    nat.push(`-A ${svc} -m comment --comment "${name} cluster IP" ${to(p.clusterIp, p.port)} ! -s ${config.clusterCidr} -j KUBE-MARK-MASQ`)
    balance(p, svc, p.cluster, nat)
  }
  if (usesSvl) {
    chains.push(svl)
    if (p.internalLocal)
      nat.push(
        `-A ${svl} -m comment --comment "${name} cluster IP" ${to(p.clusterIp, p.port)} ! -s ${config.clusterCidr} -j KUBE-MARK-MASQ`,
      )
    balance(p, svl, p.local, nat)
  }
  const used = new Map([...(usesSvc ? p.cluster : []), ...(usesSvl ? p.local : [])].map((e) => [e.chain, e]))
  for (const e of used.values()) {
    chains.push(e.chain)
    const affinity = p.affinitySeconds > 0 ? `-m recent --name ${e.chain} --set ` : ''
    nat.push(
      `-A ${e.chain} -m comment --comment ${comment(name)} -s ${e.address} -j KUBE-MARK-MASQ`,
      `-A ${e.chain} -m comment --comment ${comment(name)} ${affinity}-m ${protocol} -p ${protocol} -j DNAT --to-destination ${e.address}:${e.port}`,
    )
  }
}

function comment(text: string): string {
  return `"${text}"`
}

/** Spreads over endpoints: each takes its share of what the ones before left. */
function balance(p: ServicePortPlan, chain: string, endpoints: readonly PlannedEndpoint[], nat: string[]): void {
  if (p.affinitySeconds > 0) {
    for (const e of endpoints)
      nat.push(
        `-A ${chain} -m comment --comment "${p.name} -> ${e.address}:${e.port}" -m recent --name ${e.chain} --rcheck --seconds ${p.affinitySeconds} --reap -j ${e.chain}`,
      )
  }
  endpoints.forEach((e, i) => {
    const left = endpoints.length - i
    const chance = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)} ` : ''
    nat.push(`-A ${chain} -m comment --comment "${p.name} -> ${e.address}:${e.port}" ${chance}-j ${e.chain}`)
  })
}

/**
 * Configuration of a network namespace, as ip(8), bridge(8), iptables(8), conntrack(8), ss(8) do it by netlink.
 * Addresses are text (`10.244.1.2`), prefixes are lengths. Fails with Errno as rtnetlink(7) does.
 */

export type LinkKind = 'loopback' | 'device' | 'veth' | 'bridge' | 'dummy' | 'vlan' | 'vxlan' | 'ipip' | 'tun'

export interface LinkInfo {
  readonly index: number
  readonly name: string
  readonly kind: LinkKind
  readonly mac: string
  readonly mtu: number
  readonly qlen: number
  /** IFF_UP … as in `<BROADCAST,MULTICAST,UP,LOWER_UP>`, in ip(8)'s order. */
  readonly flags: readonly string[]
  readonly state: 'UP' | 'DOWN' | 'UNKNOWN' | 'LOWERLAYERDOWN'
  readonly qdisc: string
  /** Name of the bridge this is a port of. */
  readonly master?: string
  /** The other end of a veth (or lower device): its index, and the netnsid as seen from here if it is elsewhere. */
  readonly peerIndex?: number
  readonly peerNetnsId?: number
  readonly peerName?: string
  readonly alias?: string
  readonly altNames: readonly string[]
  readonly promisc: boolean
  /** Of a bridge port: frames may go back by the port they came from. */
  readonly hairpin?: boolean
  /** ipip: ends of the tunnel. */
  readonly tunnel?: { readonly local: string; readonly remote: string }
  readonly stats: {
    readonly rxBytes: number
    readonly rxPackets: number
    readonly rxDropped: number
    readonly txBytes: number
    readonly txPackets: number
    readonly txDropped: number
  }
  readonly vlanId?: number
  readonly vxlan?: { readonly id: number; readonly local?: string; readonly port: number; readonly dev?: string }
}

export interface AddressInfo {
  readonly index: number
  readonly dev: string
  readonly family: 'inet' | 'inet6'
  readonly address: string
  readonly prefix: number
  readonly peer?: string
  readonly broadcast?: string
  readonly scope: 'global' | 'site' | 'link' | 'host'
  readonly label?: string
  readonly dynamic?: boolean
  readonly secondary?: boolean
  readonly tentative?: boolean
  /** Metric of the connected route. */
  readonly metric?: number
  /** Further words of ip(8): `noprefixroute`, `mngtmpaddr`. */
  readonly flags?: readonly string[]
  /** Seconds left; absent is forever. */
  readonly validSeconds?: number
  readonly preferredSeconds?: number
}

export interface RouteInfo {
  /** `default`, `10.244.1.0/24` or a single address. */
  readonly dst: string
  readonly via?: string
  readonly dev?: string
  readonly proto?: 'kernel' | 'boot' | 'static' | 'dhcp'
  readonly scope?: 'global' | 'link' | 'host'
  readonly src?: string
  readonly metric?: number
  readonly onlink?: boolean
  readonly type?: 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit'
  readonly table?: string
  readonly linkdown?: boolean
}

export interface RuleInfo {
  readonly priority: number
  readonly from: string
  readonly to?: string
  readonly fwmark?: number
  readonly table: string
}

export interface NeighbourInfo {
  readonly address: string
  readonly dev: string
  readonly mac?: string
  readonly state: 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'INCOMPLETE' | 'PERMANENT' | 'NOARP'
}

export interface FdbInfo {
  readonly mac: string
  readonly dev: string
  readonly master?: string
  readonly permanent: boolean
  readonly dst?: string
}

export interface SocketInfo {
  readonly proto: 'tcp' | 'udp' | 'raw' | 'unix'
  readonly state: string
  readonly recvQ: number
  readonly sendQ: number
  readonly local: string
  readonly localPort: number
  readonly remote: string
  readonly remotePort: number
  readonly inode: number
  /** Pids holding it, as seen from the asking process. */
  readonly users: readonly { readonly pid: number; readonly comm: string; readonly fd: number }[]
}

export interface ConntrackInfo {
  readonly proto: 'tcp' | 'udp' | 'icmp'
  readonly state?: string
  readonly timeoutSeconds: number
  readonly original: ConntrackTuple
  readonly reply: ConntrackTuple
  readonly status: readonly string[]
  readonly mark: number
}

export interface ConntrackTuple {
  readonly src: string
  readonly dst: string
  readonly sport: number
  readonly dport: number
}

export interface NewLink {
  readonly name: string
  readonly kind: LinkKind
  readonly mac?: string
  readonly mtu?: number
  /** veth: name of the other end, and the namespace (descriptor) to make it in. */
  readonly peer?: { readonly name: string; readonly netnsFd?: number; readonly mac?: string }
  /** vlan, vxlan, ipip: the lower device. */
  readonly link?: string
  readonly vlanId?: number
  readonly vxlan?: { readonly id: number; readonly local?: string; readonly remote?: string; readonly port: number }
  readonly local?: string
  readonly remote?: string
}

/** A packet as tcpdump(8) sees it on an interface. */
export interface PacketSeen {
  readonly time: number
  readonly dev: string
  readonly direction: 'in' | 'out'
  readonly frame: import('./packet.ts').EtherFrame
}

export interface NetAdmin {
  links(): LinkInfo[]
  addLink(link: NewLink): void
  deleteLink(name: string): void
  setLink(
    name: string,
    change: {
      readonly up?: boolean
      readonly name?: string
      readonly mtu?: number
      readonly mac?: string
      readonly master?: string | null
      readonly netnsFd?: number
      readonly alias?: string
      readonly promisc?: boolean
      readonly hairpin?: boolean
      readonly altName?: string
    },
  ): void
  addresses(dev?: string): AddressInfo[]
  addAddress(
    dev: string,
    address: string,
    prefix: number,
    options?: {
      readonly broadcast?: string
      readonly scope?: AddressInfo['scope']
      readonly label?: string
      readonly peer?: string
      readonly metric?: number
      readonly flags?: readonly string[]
      readonly validSeconds?: number
      readonly dynamic?: boolean
      readonly preferredSeconds?: number
    },
  ): void
  deleteAddress(dev: string, address: string, prefix: number): void
  routes(table?: string): RouteInfo[]
  addRoute(route: RouteInfo, replace?: boolean): void
  deleteRoute(route: RouteInfo): void
  /** Which route a packet would take: `ip route get`. */
  routeGet(dst: string, from?: string): RouteInfo
  rules(): RuleInfo[]
  addRule(rule: RuleInfo): void
  deleteRule(rule: Partial<RuleInfo>): void
  neighbours(): NeighbourInfo[]
  setNeighbour(address: string, dev: string, mac: string | undefined): void
  fdb(): FdbInfo[]
  setFdb(entry: FdbInfo, remove?: boolean): void
  sockets(): SocketInfo[]
  conntrack(): ConntrackInfo[]
  deleteConntrack(match: (entry: ConntrackInfo) => boolean): number
  /** The netfilter tables of this namespace. */
  readonly netfilter: import('./netfilter.ts').Netfilter
  /** net.* sysctls: `net.ipv4.ip_forward` → `1`. Undefined when there is none. */
  sysctl(name: string): string | undefined
  setSysctl(name: string, value: string): void
  sysctls(): string[]
  /** /proc/net/snmp in outline: packets conntrack found invalid. */
  conntrackStats(): { readonly entries: number; readonly invalid: number }
  /** Packets crossing `dev` (or `any`) from now on, until `stop`. */
  capture(dev: string): { next(): import('#sim/wait.ts').Sim<PacketSeen>; stop(): void }
  /** The namespaces that have an id here, with their ids: `ip netns list-id`. */
  readonly netnsInode: number
  /** Inode of the namespace that has `id` here. */
  netnsInodeOf(id: number): number | undefined
  /** netnsid of the namespace a descriptor refers to, giving it one if it has none. */
  netnsId(fd: number): number
}

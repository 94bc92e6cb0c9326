import { type Sim, WaitQueue } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { formatIp4, type Ip4, isIp6, linkLocal, maskOf, parseCidr, parseIp4 } from './address.ts'
import type {
  AddressInfo,
  ConntrackInfo,
  FdbInfo,
  LinkInfo,
  NeighbourInfo,
  NetAdmin,
  NewLink,
  PacketSeen,
  RouteInfo,
  RuleInfo,
  SocketInfo,
} from './admin.ts'
import { BridgeDevice } from './bridge.ts'
import { DummyDevice, type InterfaceAddress, IpipDevice, type NetDevice, type Tap, VethDevice, VlanDevice, VxlanDevice } from './device.ts'
import type { NetNamespace } from './namespace.ts'
import type { Netfilter } from './netfilter.ts'
import { type Route, routeInfo } from './route.ts'
import { UnixRegistry, type UnixSocket } from './unix.ts'

/** What NetAdmin needs beyond the namespace: who asks, and what descriptors mean. */
export interface AdminHost {
  /** The namespace a descriptor refers to; EINVAL when it is none. */
  namespaceOfFd(fd: number): NetNamespace
  /** Number of a namespace's nsfs file. */
  inodeOf(ns: NetNamespace): number
  /** CAP_NET_ADMIN (or CAP_NET_RAW) in the owner of the namespace. */
  may(what: 'net_admin' | 'net_raw'): boolean
  users(socketInode: number): SocketInfo['users']
  readonly unix: UnixRegistry
}

const ALL: AdminHost = {
  namespaceOfFd: () => {
    throw new Errno('EBADF')
  },
  inodeOf: () => 0,
  may: () => true,
  users: () => [],
  unix: new UnixRegistry(),
}

/** Frames a capture keeps for a reader that is slow. */
const CAPTURE_BUFFER = 4096

/** Configuration of a namespace as rtnetlink(7) gives it. Without a host everything is allowed (the kernel's own use, tests). */
export function netAdmin(ns: NetNamespace, host: AdminHost = ALL): NetAdmin {
  return new Admin(ns, host)
}

class Admin implements NetAdmin {
  readonly #ns: NetNamespace
  readonly #host: AdminHost

  constructor(ns: NetNamespace, host: AdminHost) {
    this.#ns = ns
    this.#host = host
  }

  get netfilter(): Netfilter {
    if (!this.#host.may('net_admin')) throw new Errno('EPERM')
    return this.#ns.netfilter
  }

  get netnsInode(): number {
    return this.#host.inodeOf(this.#ns)
  }

  netnsInodeOf(id: number): number | undefined {
    for (const [ns, n] of this.#ns.netnsIds) if (n === id) return this.#host.inodeOf(ns)
    return undefined
  }

  #need(): void {
    if (!this.#host.may('net_admin')) throw new Errno('EPERM')
  }

  // --- Links ---

  links(): LinkInfo[] {
    return this.#ns.devices.map((d) => this.#link(d))
  }

  #link(d: NetDevice): LinkInfo {
    const partner = d.partner() ?? (d instanceof VlanDevice ? d.lower : undefined)
    const elsewhere = partner !== undefined && partner.ns !== this.#ns
    return {
      index: d.index,
      name: d.name,
      kind: d.kind,
      mac: d.mac,
      mtu: d.mtu,
      qlen: d.qlen,
      flags: flagsOf(d, this.#ns),
      state: d.operState(),
      qdisc: d.qdisc(),
      ...(d.port === undefined ? {} : { master: d.port.bridge.name, hairpin: d.port.hairpin }),
      ...(partner === undefined
        ? {}
        : { peerIndex: partner.index, ...(elsewhere ? { peerNetnsId: idOf(this.#ns, partner.ns) } : { peerName: partner.name }) }),
      ...(d.alias === undefined ? {} : { alias: d.alias }),
      altNames: d.altNames,
      promisc: d.promisc,
      stats: {
        rxBytes: d.rx.bytes,
        rxPackets: d.rx.packets,
        rxDropped: d.rxDropped,
        txBytes: d.tx.bytes,
        txPackets: d.tx.packets,
        txDropped: d.txDropped,
      },
      ...(d instanceof VlanDevice ? { vlanId: d.vlanId } : {}),
      ...(d instanceof VxlanDevice
        ? {
            vxlan: {
              id: d.vni,
              port: d.udpPort,
              ...(d.local === 0 ? {} : { local: formatIp4(d.local) }),
              ...(d.lower === undefined ? {} : { dev: d.lower }),
            },
          }
        : {}),
      ...(d instanceof IpipDevice ? { tunnel: { local: formatIp4(d.local), remote: formatIp4(d.remote) } } : {}),
    }
  }

  addLink(link: NewLink): void {
    this.#need()
    checkName(link.name)
    const ns = this.#ns
    if (ns.device(link.name) !== undefined) throw new Errno('EEXIST')
    const device = this.#makeLink(link)
    if (link.mtu !== undefined) device.mtu = link.mtu
    ns.addDevice(device)
  }

  #makeLink(link: NewLink): NetDevice {
    const ns = this.#ns
    const mac = (): string => link.mac ?? ns.freshMac()
    switch (link.kind) {
      case 'veth': {
        const to = link.peer?.netnsFd === undefined ? ns : this.#host.namespaceOfFd(link.peer.netnsFd)
        const peerName = link.peer?.name ?? freeName(to, 'veth')
        checkName(peerName)
        if (to.device(peerName) !== undefined || (to === ns && peerName === link.name)) throw new Errno('EEXIST')
        // The peer is registered first and so gets the lower index.
        const peer = new VethDevice(to, to.allocateIndex(), peerName, link.peer?.mac ?? ns.freshMac(), link.mtu ?? 1500)
        const device = new VethDevice(ns, ns.allocateIndex(), link.name, mac(), 1500)
        device.peer = peer
        peer.peer = device
        to.addDevice(peer)
        return device
      }
      case 'bridge':
        return new BridgeDevice(ns, ns.allocateIndex(), link.name, mac(), 1500)
      case 'dummy':
        return new DummyDevice(ns, ns.allocateIndex(), link.name, mac(), 1500)
      case 'vlan': {
        const lower = ns.mustDevice(link.link ?? '')
        const id = link.vlanId ?? 0
        if (id < 1 || id > 4094) throw new Errno('ERANGE')
        if (lower.vlans.has(id)) throw new Errno('EEXIST')
        return new VlanDevice(ns, ns.allocateIndex(), link.name, lower, id)
      }
      case 'vxlan': {
        const lower = link.link
        const local = ipOr0(link.vxlan?.local ?? link.local)
        return new VxlanDevice(ns, ns.allocateIndex(), link.name, mac(), {
          vni: link.vxlan?.id ?? 0,
          local: local === 0 && lower !== undefined ? ns.primaryAddress(ns.mustDevice(lower)) : local,
          remote: ipOr0(link.vxlan?.remote ?? link.remote),
          port: link.vxlan?.port ?? 8472,
          lower,
        })
      }
      case 'ipip':
        return new IpipDevice(ns, ns.allocateIndex(), link.name, ipOr0(link.local), ipOr0(link.remote))
      default:
        throw new Errno('EOPNOTSUPP', link.kind)
    }
  }

  deleteLink(name: string): void {
    this.#need()
    const device = this.#ns.mustDevice(name)
    if (device.kind === 'loopback' || device.kind === 'device') throw new Errno('EOPNOTSUPP')
    this.#ns.removeDevice(device)
  }

  setLink(name: string, change: Parameters<NetAdmin['setLink']>[1]): void {
    this.#need()
    const ns = this.#ns
    const d = ns.mustDevice(name)
    if (change.netnsFd !== undefined) {
      ns.moveDevice(d, this.#host.namespaceOfFd(change.netnsFd))
      return
    }
    if (change.name !== undefined && change.name !== d.name) {
      checkName(change.name)
      if (ns.device(change.name) !== undefined) throw new Errno('EEXIST')
      d.addresses = d.addresses.map((a) => (a.label === d.name && change.name !== undefined ? { ...a, label: change.name } : a))
      d.name = change.name
    }
    if (change.mtu !== undefined) {
      if (change.mtu < 68 || change.mtu > 65_535 + 1) throw new Errno('EINVAL')
      d.mtu = change.mtu
    }
    if (change.mac !== undefined) {
      d.mac = change.mac
      const at = d.addresses.findIndex((a) => a.family === 'inet6' && a.scope === 'link')
      if (at >= 0) d.addresses.splice(at, 1, { family: 'inet6', address: linkLocal(d.mac), ip: 0, prefix: 64, scope: 'link' })
    }
    if (change.alias !== undefined) d.alias = change.alias
    if (change.altName !== undefined) d.altNames.push(change.altName)
    if (change.promisc !== undefined) d.promisc = change.promisc
    if (change.master !== undefined) {
      d.port?.bridge.removePort(d)
      if (change.master !== null) {
        const bridge = ns.mustDevice(change.master)
        if (!(bridge instanceof BridgeDevice)) throw new Errno('EOPNOTSUPP')
        if (d.kind === 'loopback' || d === bridge) throw new Errno(d === bridge ? 'ELOOP' : 'EINVAL')
        bridge.addPort(d)
      }
    }
    if (change.hairpin !== undefined && d.port !== undefined) d.port.hairpin = change.hairpin
    if (change.up !== undefined) ns.setUp(d, change.up)
    ns.generation++
  }

  // --- Addresses ---

  addresses(dev?: string): AddressInfo[] {
    const out: AddressInfo[] = []
    for (const d of this.#ns.devices) {
      if (dev !== undefined && d.name !== dev) continue
      for (const a of d.addresses) out.push(this.#address(d, a))
    }
    return out
  }

  #address(d: NetDevice, a: InterfaceAddress): AddressInfo {
    const now = this.#ns.sim.now
    const left = (until: number): number => Math.max(0, Math.floor((until - now) / 1_000_000))
    return {
      index: d.index,
      dev: d.name,
      family: a.family,
      address: a.address,
      prefix: a.prefix,
      ...(a.peer === undefined ? {} : { peer: a.peer }),
      ...(a.broadcast === undefined ? {} : { broadcast: a.broadcast }),
      scope: a.scope,
      ...(a.label === undefined ? {} : { label: a.label }),
      ...(a.dynamic === true ? { dynamic: true } : {}),
      ...(a.secondary === true ? { secondary: true } : {}),
      ...(a.tentativeUntil !== undefined && a.tentativeUntil > now ? { tentative: true } : {}),
      ...(a.metric === undefined ? {} : { metric: a.metric }),
      ...(a.flags === undefined ? {} : { flags: a.flags }),
      ...(a.validUntil === undefined ? {} : { validSeconds: left(a.validUntil) }),
      ...(a.preferredUntil === undefined ? {} : { preferredSeconds: left(a.preferredUntil) }),
    }
  }

  addAddress(dev: string, address: string, prefix: number, options: Parameters<NetAdmin['addAddress']>[3] = {}): void {
    this.#need()
    const d = this.#ns.mustDevice(dev)
    const v6 = isIp6(address)
    const ip = v6 ? 0 : parseIp4(address)
    if (ip === undefined) throw new Errno('EINVAL')
    const now = this.#ns.sim.now
    this.#ns.addAddress(d, {
      family: v6 ? 'inet6' : 'inet',
      address,
      ip,
      prefix,
      scope:
        options.scope ??
        (v6 && address.startsWith('fe80') ? 'link' : (v6 && address === '::1') || (!v6 && ip >>> 24 === 127) ? 'host' : 'global'),
      ...(options.broadcast === undefined
        ? {}
        : { broadcast: options.broadcast === '+' ? formatIp4((ip | ~maskOf(prefix)) >>> 0) : options.broadcast }),
      ...(v6 ? {} : { label: options.label ?? d.name }),
      ...(options.peer === undefined ? {} : { peer: options.peer }),
      ...(options.metric === undefined ? {} : { metric: options.metric }),
      ...(options.flags === undefined ? {} : { flags: options.flags }),
      ...(options.dynamic === true ? { dynamic: true } : {}),
      ...(options.validSeconds === undefined ? {} : { validUntil: now + options.validSeconds * 1_000_000 }),
      ...(options.preferredSeconds === undefined ? {} : { preferredUntil: now + options.preferredSeconds * 1_000_000 }),
    })
  }

  deleteAddress(dev: string, address: string, prefix: number): void {
    this.#need()
    this.#ns.deleteAddress(this.#ns.mustDevice(dev), (a) => a.address === address && a.prefix === prefix)
  }

  // --- Routes ---

  routes(table = 'main'): RouteInfo[] {
    if (table === 'all') return this.#ns.routing.tables().flatMap((t) => this.#ns.routing.table(t).map(routeInfo))
    return this.#ns.routing.table(table).map(routeInfo)
  }

  #route(info: RouteInfo): Route {
    const ns = this.#ns
    const dst = parseCidr(info.dst === 'default' ? '0.0.0.0/0' : info.dst)
    if (dst === undefined) throw new Errno('EINVAL', info.dst)
    const type = info.type ?? 'unicast'
    const gateway = info.via === undefined ? undefined : parseIp4(info.via)
    let dev = info.dev === undefined ? undefined : ns.mustDevice(info.dev)
    if (type === 'unicast') {
      if (gateway !== undefined && info.onlink !== true) {
        const to = ns.routing.lookup(gateway, 0, 0, dev)
        if (to === undefined || to.type !== 'unicast' || to.gateway !== undefined)
          throw new Errno('ENETUNREACH', 'Nexthop has invalid gateway.')
        dev ??= to.dev
      }
      if (dev === undefined) throw new Errno('ENODEV')
      if (!dev.up) throw new Errno('ENETDOWN')
    }
    const src = info.src === undefined ? undefined : parseIp4(info.src)
    if (src !== undefined && !ns.isLocal(src)) throw new Errno('EINVAL', 'Invalid prefsrc address.')
    return {
      dst,
      type,
      table: info.table ?? 'main',
      dev,
      gateway,
      src,
      scope: info.scope ?? (type === 'local' ? 'host' : type === 'unicast' && gateway === undefined ? 'link' : 'global'),
      proto: info.proto ?? 'boot',
      metric: info.metric ?? 0,
      onlink: info.onlink ?? false,
    }
  }

  addRoute(route: RouteInfo, replace = false): void {
    this.#need()
    this.#ns.routing.add(this.#route(route), replace)
    this.#ns.generation++
  }

  deleteRoute(route: RouteInfo): void {
    this.#need()
    const dst = parseCidr(route.dst === 'default' ? '0.0.0.0/0' : route.dst)
    if (dst === undefined) throw new Errno('EINVAL')
    const via = route.via === undefined ? undefined : parseIp4(route.via)
    this.#ns.routing.delete(
      route.table ?? 'main',
      (r) =>
        r.dst.network === dst.network &&
        r.dst.prefix === dst.prefix &&
        (via === undefined || r.gateway === via) &&
        (route.dev === undefined || r.dev?.name === route.dev) &&
        (route.metric === undefined || r.metric === route.metric) &&
        (route.type === undefined || r.type === route.type),
    )
    this.#ns.generation++
  }

  routeGet(dst: string, from?: string): RouteInfo {
    const ns = this.#ns
    const to = parseIp4(dst)
    if (to === undefined) throw new Errno('EINVAL')
    const source = from === undefined ? 0 : ipOr0(from)
    const route = ns.routeOutput(to, source)
    if (typeof route === 'string') throw new Errno(route)
    const local = route.type === 'local'
    const src = source !== 0 ? source : ns.sourceOf(route, to)
    return {
      ...(route.type === 'unicast' ? {} : { type: route.type }),
      dst,
      ...(route.gateway === undefined ? {} : { via: formatIp4(route.gateway) }),
      dev: local ? 'lo' : (route.dev?.name ?? 'lo'),
      src: formatIp4(src),
      ...(route.table === 'main' ? {} : { table: route.table }),
    }
  }

  rules(): RuleInfo[] {
    return this.#ns.routing.rules.map((r) => ({
      priority: r.priority,
      from:
        r.from.prefix === 0 ? 'all' : r.from.prefix === 32 ? formatIp4(r.from.network) : `${formatIp4(r.from.network)}/${r.from.prefix}`,
      ...(r.to === undefined ? {} : { to: r.to.prefix === 32 ? formatIp4(r.to.network) : `${formatIp4(r.to.network)}/${r.to.prefix}` }),
      ...(r.fwmark === undefined ? {} : { fwmark: r.fwmark }),
      table: r.table,
    }))
  }

  addRule(rule: RuleInfo): void {
    this.#need()
    const from = parseCidr(rule.from === 'all' ? '0.0.0.0/0' : rule.from)
    const to = rule.to === undefined ? undefined : parseCidr(rule.to)
    if (from === undefined || (rule.to !== undefined && to === undefined)) throw new Errno('EINVAL')
    this.#ns.routing.rules = [
      ...this.#ns.routing.rules,
      { priority: rule.priority, from, to, fwmark: rule.fwmark, mask: 0xffffffff, table: rule.table },
    ].sort((a, b) => a.priority - b.priority)
    this.#ns.generation++
  }

  deleteRule(rule: Partial<RuleInfo>): void {
    this.#need()
    const at = this.rules().findIndex(
      (r) =>
        (rule.priority === undefined || r.priority === rule.priority) &&
        (rule.from === undefined || r.from === rule.from) &&
        (rule.to === undefined || r.to === rule.to) &&
        (rule.fwmark === undefined || r.fwmark === rule.fwmark) &&
        (rule.table === undefined || r.table === rule.table),
    )
    if (at < 0) throw new Errno('ENOENT')
    this.#ns.routing.rules.splice(at, 1)
    this.#ns.generation++
  }

  // --- Neighbours, forwarding tables ---

  neighbours(): NeighbourInfo[] {
    return this.#ns.neighbours.list(this.#ns.sim.now).map((n) => ({
      address: formatIp4(n.ip),
      dev: n.device.name,
      ...(n.mac === undefined ? {} : { mac: n.mac }),
      state: n.state,
    }))
  }

  setNeighbour(address: string, dev: string, mac: string | undefined): void {
    this.#need()
    const ip = parseIp4(address)
    if (ip === undefined) throw new Errno('EINVAL')
    this.#ns.neighbours.set(this.#ns.mustDevice(dev), ip, mac)
  }

  fdb(): FdbInfo[] {
    const out: FdbInfo[] = []
    for (const d of this.#ns.devices) {
      if (d instanceof BridgeDevice)
        for (const e of d.fdb()) out.push({ mac: e.mac, dev: e.device.name, master: d.name, permanent: e.permanent })
      if (d instanceof VxlanDevice) for (const e of d.fdb) out.push({ mac: e.mac, dev: d.name, permanent: true, dst: formatIp4(e.remote) })
    }
    return out
  }

  setFdb(entry: FdbInfo, remove = false): void {
    this.#need()
    const d = this.#ns.mustDevice(entry.dev)
    if (d instanceof VxlanDevice) {
      const remote = ipOr0(entry.dst)
      const at = d.fdb.findIndex((e) => e.mac === entry.mac && (entry.dst === undefined || e.remote === remote))
      if (remove) {
        if (at < 0) throw new Errno('ENOENT')
        d.fdb.splice(at, 1)
      } else if (at < 0) d.fdb.push({ mac: entry.mac, remote })
    } else if (d.port !== undefined) d.port.bridge.setFdb(entry.mac, remove ? undefined : d)
    else throw new Errno('EOPNOTSUPP')
    this.#ns.generation++
  }

  // --- Sockets ---

  sockets(): SocketInfo[] {
    const out: SocketInfo[] = []
    const add = (
      proto: SocketInfo['proto'],
      s: { inode: number },
      state: string,
      q: readonly [number, number],
      local: string,
      lport: number,
      remote: string,
      rport: number,
    ): void => {
      out.push({
        proto,
        state,
        recvQ: q[0],
        sendQ: q[1],
        local,
        localPort: lport,
        remote,
        remotePort: rport,
        inode: s.inode,
        users: s.inode === 0 ? [] : this.#host.users(s.inode),
      })
    }
    for (const s of this.#ns.tcp.list()) {
      const any = s.v6 ? (s.options.get('IPV6_V6ONLY') === 1 ? '::' : '*') : '0.0.0.0'
      const local = s.localIp === 0 ? any : formatIp4(s.localIp)
      add('tcp', s, s.state, [s.recvQ, s.sendQ], local, s.localPort, s.state === 'LISTEN' ? any : formatIp4(s.remoteIp), s.remotePort)
    }
    for (const s of this.#ns.udp.list()) {
      const any = s.v6 ? (s.options.get('IPV6_V6ONLY') === 1 ? '::' : '*') : '0.0.0.0'
      const connected = s.remotePort !== 0
      add(
        'udp',
        s,
        connected ? 'ESTABLISHED' : 'UNCONN',
        [s.recvQ, 0],
        s.localIp === 0 ? any : formatIp4(s.localIp),
        s.localPort,
        connected ? formatIp4(s.remoteIp) : any,
        s.remotePort,
      )
    }
    for (const s of this.#ns.raw.sockets) add('raw', s, 'UNCONN', [s.recvQ, 0], '0.0.0.0', 1, '0.0.0.0', 0)
    for (const s of this.#host.unix.sockets) if (s.net === this.#ns) this.#unix(s, out)
    return out
  }

  #unix(s: UnixSocket, out: SocketInfo[]): void {
    out.push({
      proto: 'unix',
      state: s.state === 'CLOSED' ? 'UNCONN' : s.state,
      recvQ: s.recvQ,
      sendQ: s.state === 'LISTEN' ? s.backlog : 0,
      local: s.path === '' ? '*' : s.path.replace(/^\0/, '@'),
      localPort: s.inode,
      remote: '*',
      remotePort: s.peer?.inode ?? 0,
      inode: s.inode,
      users: s.inode === 0 ? [] : this.#host.users(s.inode),
    })
  }

  conntrack(): ConntrackInfo[] {
    this.#need()
    return this.#ns.conntrack.entries().map((e) => this.#ns.conntrack.info(e))
  }

  deleteConntrack(match: (entry: ConntrackInfo) => boolean): number {
    this.#need()
    const n = this.#ns.conntrack.delete(match)
    if (n > 0) this.#ns.generation++
    return n
  }

  conntrackStats(): { readonly entries: number; readonly invalid: number } {
    this.#need()
    return { entries: this.#ns.conntrack.entries().length, invalid: this.#ns.conntrack.invalid }
  }

  // --- Sysctls, captures, namespaces ---

  sysctl(name: string): string | undefined {
    return this.#ns.sysctls.get(name)
  }

  setSysctl(name: string, value: string): void {
    this.#ns.sysctls.set(name, value)
  }

  sysctls(): string[] {
    return this.#ns.sysctls.names()
  }

  capture(dev: string): { next(): Sim<PacketSeen>; stop(): void } {
    if (!this.#host.may('net_raw')) throw new Errno('EPERM')
    const ns = this.#ns
    const devices = dev === 'any' ? [...ns.devices] : [ns.mustDevice(dev)]
    const seen: PacketSeen[] = []
    const arrived = new WaitQueue()
    const tap: Tap = (device, direction, frame) => {
      // A loopback frame goes out and comes in; it is shown once, as it comes in.
      if (device.kind === 'loopback' && direction === 'out') return
      if (seen.length >= CAPTURE_BUFFER) return
      seen.push({ time: ns.sim.now, dev: device.name, direction, frame })
      arrived.wakeAll()
    }
    for (const device of devices) device.taps.add(tap)
    ns.generation++
    return {
      *next(): Sim<PacketSeen> {
        for (;;) {
          const first = seen.shift()
          if (first !== undefined) return first
          yield* arrived.wait()
        }
      },
      stop(): void {
        for (const device of devices) device.taps.delete(tap)
        ns.generation++
      },
    }
  }

  netnsId(fd: number): number {
    return idOf(this.#ns, this.#host.namespaceOfFd(fd))
  }
}

/** The id of `other` as seen from `ns`, given out at the first question. */
function idOf(ns: NetNamespace, other: NetNamespace): number {
  let id = ns.netnsIds.get(other)
  if (id === undefined) {
    id = ns.netnsIds.size
    ns.netnsIds.set(other, id)
  }
  return id
}

function ipOr0(text: string | undefined): Ip4 {
  if (text === undefined || text === 'any') return 0
  const ip = parseIp4(text)
  if (ip === undefined) throw new Errno('EINVAL', text)
  return ip
}

function checkName(name: string): void {
  if (name === '' || name.length > 15 || name === '.' || name === '..' || /[/\s:]/.test(name)) throw new Errno('EINVAL', name)
}

function freeName(ns: NetNamespace, stem: string): string {
  for (let i = 0; ; i++) if (ns.device(`${stem}${i}`) === undefined) return `${stem}${i}`
}

/** Flags in ip(8)'s order. */
function flagsOf(d: NetDevice, ns: NetNamespace): string[] {
  const flags: string[] = []
  const carrier = d.carrier()
  if (d.up && !carrier) flags.push('NO-CARRIER')
  if (d.kind === 'loopback') flags.push('LOOPBACK')
  else if (d.kind === 'ipip') flags.push('POINTOPOINT', 'NOARP')
  else {
    flags.push('BROADCAST')
    if (d.kind === 'dummy') flags.push('NOARP')
    else flags.push('MULTICAST')
  }
  if (d.promisc) flags.push('PROMISC')
  if (d.up) flags.push('UP')
  if (d.up && carrier) flags.push('LOWER_UP')
  const partner = d.partner()
  if (partner !== undefined && partner.ns === ns && !partner.up) flags.push('M-DOWN')
  return flags
}

import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { Errno, type ErrnoCode } from '../errno.ts'
import {
  BROADCAST_MAC,
  type Cidr,
  type Ip4,
  inCidr,
  isIp6,
  isLoopback,
  isMulticast,
  linkLocal,
  maskOf,
  parseIp4,
  randomMac,
} from './address.ts'
import { Conntrack } from './conntrack.ts'
import { type InterfaceAddress, LoopbackDevice, type NetDevice, VXLAN_PORT, VxlanDevice } from './device.ts'
import type { Versioned } from './flow.ts'
import { NeighbourTable } from './neighbour.ts'
import { type HookContext, Netfilter } from './netfilter.ts'
import { type EtherFrame, ICMP, Packet, PROTO, TCP, UNREACH } from './packet.ts'
import { RawTable } from './raw.ts'
import { type Route, Routing } from './route.ts'
import { Sysctls } from './sysctl.ts'
import type { RejectWith } from './target.ts'
import { TcpTable } from './tcp.ts'
import { UdpTable } from './udp.ts'

export interface NetNamespaceOptions {
  readonly sim: Simulation
  /** The machine's own stream of chance. */
  readonly random: Random
  /** The machine's kernel log, for LOG targets. */
  readonly klog?: (level: number, text: string) => void
}

/** How long duplicate address detection takes for an IPv6 link-local address. */
const TENTATIVE = 1_500_000

/**
 * A network namespace: devices, addresses, routes, neighbours, netfilter, conntrack, sockets and sysctls. A fresh one has
 * only `lo`, down. network_namespaces(7).
 */
export class NetNamespace implements Versioned {
  readonly sim: Simulation
  readonly random: Random
  /** Grows with every change that may alter the way of a packet; see flow.ts. */
  generation = 0
  readonly devices: NetDevice[] = []
  readonly loopback: LoopbackDevice
  readonly routing = new Routing()
  readonly neighbours: NeighbourTable
  readonly netfilter: Netfilter
  readonly conntrack: Conntrack
  readonly sysctls: Sysctls
  readonly tcp: TcpTable
  readonly udp: UdpTable
  readonly raw: RawTable
  /** Source MAC of the frame that is being looked at: for `-m mac` and LOG. */
  lastSourceMac = ''
  /** Ids given to peer namespaces, as `link-netnsid` shows them. */
  readonly netnsIds = new Map<NetNamespace, number>()
  readonly #klog: (level: number, text: string) => void
  #nextIndex = 1
  #ipId: number

  constructor(options: NetNamespaceOptions) {
    this.sim = options.sim
    this.random = options.random
    this.#klog = options.klog ?? (() => {})
    this.#ipId = this.random.below(65_536)
    this.neighbours = new NeighbourTable(15_000_000 + this.random.below(30_000_000))
    this.netfilter = new Netfilter(this)
    this.conntrack = new Conntrack(this.sim, this.random)
    this.sysctls = new Sysctls(this)
    this.tcp = new TcpTable(this)
    this.udp = new UdpTable(this)
    this.raw = new RawTable(this)
    this.loopback = new LoopbackDevice(this, this.#nextIndex++)
    this.devices.push(this.loopback)
  }

  klog(level: number, text: string): void {
    this.#klog(level, text)
  }

  nextIpId(): number {
    this.#ipId = (this.#ipId + 1 + this.random.below(7)) & 0xffff
    return this.#ipId
  }

  // --- Devices ---

  allocateIndex(): number {
    return this.#nextIndex++
  }

  freshMac(): string {
    return randomMac(this.random)
  }

  device(name: string): NetDevice | undefined {
    return this.devices.find((d) => d.name === name || d.altNames.includes(name))
  }

  /** The device, or ENODEV. */
  mustDevice(name: string): NetDevice {
    const device = this.device(name)
    if (device === undefined) throw new Errno('ENODEV', name)
    return device
  }

  addDevice(device: NetDevice): void {
    if (this.device(device.name) !== undefined) throw new Errno('EEXIST', device.name)
    this.devices.push(device)
    this.devices.sort((a, b) => a.index - b.index)
    this.generation++
  }

  /** Takes a device out of the namespace: deleted, or on its way to another one. */
  #detach(device: NetDevice): void {
    const at = this.devices.indexOf(device)
    if (at >= 0) this.devices.splice(at, 1)
    device.port?.bridge.removePort(device)
    device.up = false
    device.addresses = []
    this.routing.purge((r) => r.dev === device)
    this.neighbours.flush(device)
    this.generation++
  }

  removeDevice(device: NetDevice): void {
    if (!this.devices.includes(device)) return
    for (const upper of [...device.uppers]) upper.ns.removeDevice(upper)
    this.#detach(device)
    device.destroy()
  }

  /** `ip link set DEV netns`: addresses and routes are lost, the device arrives down. */
  moveDevice(device: NetDevice, to: NetNamespace): void {
    if (device === this.loopback) throw new Errno('EINVAL')
    if (to === this) return
    if (to.device(device.name) !== undefined) throw new Errno('EEXIST')
    this.#detach(device)
    device.ns = to
    if (to.devices.some((d) => d.index === device.index)) device.index = to.allocateIndex()
    else to.#nextIndex = Math.max(to.#nextIndex, device.index + 1)
    to.addDevice(device)
    device.carrierChanged()
  }

  setUp(device: NetDevice, up: boolean): void {
    if (device.up === up) return
    device.up = up
    this.generation++
    if (up) {
      if (device === this.loopback && !device.addresses.some((a) => a.address === '127.0.0.1')) {
        this.addAddress(device, { family: 'inet', address: '127.0.0.1', ip: 0x7f000001, prefix: 8, scope: 'host', label: 'lo' })
      }
      for (const address of device.addresses) this.#addressRoutes(device, address)
    } else {
      this.routing.purge((r) => r.dev === device && (r.table !== 'local' || r.type === 'broadcast'))
      device.addresses = device.addresses.filter((a) => a.family === 'inet')
      this.neighbours.flush(device)
    }
    device.carrierChanged()
  }

  /** Carrier or state of a device changed. */
  linkChanged(device: NetDevice): void {
    this.generation++
    if (!device.up || !device.carrier() || this.sysctls.get(`net.ipv6.conf.${device.name}.disable_ipv6`) === '1') return
    if (device.addresses.some((a) => a.family === 'inet6' && (a.scope === 'link' || a.scope === 'host'))) return
    if (device === this.loopback) {
      device.addresses.push({ family: 'inet6', address: '::1', ip: 0, prefix: 128, scope: 'host' })
    } else if (device.port === undefined && device.kind !== 'ipip' && device.kind !== 'dummy') {
      device.addresses.push({
        family: 'inet6',
        address: linkLocal(device.mac),
        ip: 0,
        prefix: 64,
        scope: 'link',
        tentativeUntil: this.sim.now + TENTATIVE,
      })
    }
  }

  /** The namespace has no users any more: its devices go (with their peers), its sockets too. */
  destroy(): void {
    this.tcp.destroy()
    for (const device of [...this.devices]) this.removeDevice(device)
  }

  // --- Addresses ---

  addAddress(device: NetDevice, address: InterfaceAddress): void {
    if (device.addresses.some((a) => a.family === address.family && a.address === address.address && a.prefix === address.prefix))
      throw new Errno('EEXIST')
    const sameNet = (a: InterfaceAddress): boolean =>
      a.family === 'inet' && a.prefix === address.prefix && ((a.ip ^ address.ip) & maskOf(a.prefix)) === 0
    const secondary = address.family === 'inet' && address.prefix < 32 && device.addresses.some(sameNet)
    const added = secondary ? { ...address, secondary: true } : address
    const lastInet = device.addresses.findLastIndex((a) => a.family === 'inet')
    device.addresses.splice(address.family === 'inet' ? lastInet + 1 : device.addresses.length, 0, added)
    if (address.family === 'inet') {
      this.#localRoutes(device, added)
      if (device.up) this.#addressRoutes(device, added)
    }
    this.generation++
  }

  #localRoutes(device: NetDevice, address: InterfaceAddress): void {
    this.#kernelRoute(device, { network: address.ip, prefix: 32 }, 'local', address)
    if (device === this.loopback && address.prefix < 32) this.#kernelRoute(device, net(address), 'local', address)
  }

  #addressRoutes(device: NetDevice, address: InterfaceAddress): void {
    if (address.family !== 'inet') return
    if (address.peer !== undefined) {
      const peer = parseIp4(address.peer)
      if (peer !== undefined)
        this.#kernelRoute(device, { network: (peer & maskOf(address.prefix)) >>> 0, prefix: address.prefix }, 'unicast', address)
      return
    }
    if (address.prefix === 32) return
    if (address.prefix < 31) {
      const broadcast = (net(address).network | ~maskOf(address.prefix)) >>> 0
      this.#kernelRoute(device, { network: broadcast, prefix: 32 }, 'broadcast', address)
    }
    if (device !== this.loopback && address.secondary !== true && address.flags?.includes('noprefixroute') !== true)
      this.#kernelRoute(device, net(address), 'unicast', address)
  }

  #kernelRoute(device: NetDevice, dst: Cidr, type: 'local' | 'broadcast' | 'unicast', address: InterfaceAddress): void {
    const route: Route = {
      dst,
      type,
      table: type === 'unicast' ? 'main' : 'local',
      dev: device,
      gateway: undefined,
      src: address.ip,
      scope: type === 'local' ? 'host' : 'link',
      proto: 'kernel',
      metric: type === 'unicast' ? (address.metric ?? 0) : 0,
      onlink: false,
    }
    try {
      this.routing.add(route, false)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  deleteAddress(device: NetDevice, match: (address: InterfaceAddress) => boolean): void {
    const at = device.addresses.findIndex(match)
    const gone = device.addresses[at]
    if (gone === undefined) throw new Errno('EADDRNOTAVAIL')
    device.addresses.splice(at, 1)
    if (gone.family === 'inet') {
      this.routing.purge((r) => r.dev === device && r.src === gone.ip && (r.proto === 'kernel' || r.table !== 'local'))
      // Secondary addresses of the same net go with their primary one (promote_secondaries is off).
      if (gone.secondary !== true) {
        for (const other of device.addresses.filter((a) => a.secondary === true && inCidr(a.ip, net(gone)) && a.prefix === gone.prefix))
          this.deleteAddress(device, (a) => a === other)
      }
      // Without an address a device speaks no IP: fib_disable_ip(), arp_ifdown().
      if (!device.addresses.some((a) => a.family === 'inet')) this.neighbours.flush(device)
    }
    this.generation++
  }

  /** Source address for what leaves by `device` to `to`: inet_select_addr(). 0 when there is none. */
  sourceFor(device: NetDevice, to: Ip4): Ip4 {
    const usable = (d: NetDevice): InterfaceAddress[] => d.addresses.filter((a) => a.family === 'inet' && a.secondary !== true)
    const own = usable(device).filter((a) => a.scope !== 'host' || isLoopback(to))
    const near = own.find((a) => inCidr(to, net(a)))
    if (near !== undefined) return near.ip
    if (own[0] !== undefined) return own[0].ip
    for (const other of this.devices) {
      const found = usable(other).find((a) => a.scope === 'global')
      if (found !== undefined) return found.ip
    }
    return 0
  }

  primaryAddress(device: NetDevice): Ip4 {
    return device.addresses.find((a) => a.family === 'inet')?.ip ?? 0
  }

  /** RTN_LOCAL, RTN_BROADCAST or RTN_UNICAST: inet_addr_type(). */
  addressType(ip: Ip4): 'local' | 'broadcast' | 'unicast' {
    if (ip === 0xffffffff) return 'broadcast'
    let best: Route | undefined
    for (const r of this.routing.table('local')) if (inCidr(ip, r.dst) && (best === undefined || r.dst.prefix > best.dst.prefix)) best = r
    return best === undefined ? 'unicast' : best.type === 'local' ? 'local' : 'broadcast'
  }

  isLocal(ip: Ip4): boolean {
    return this.addressType(ip) === 'local'
  }

  // --- Packets ---

  /** A frame arrives on a device: ip_rcv(). */
  receive(device: NetDevice, frame: EtherFrame): void {
    if (frame.arp !== undefined) {
      if (!device.noArp) this.neighbours.input(device, frame.arp, (ip) => this.isLocal(ip))
      return
    }
    const p = frame.packet
    if (p === undefined || (frame.dst !== device.mac && frame.dst !== BROADCAST_MAC && !device.noArp)) return
    if (--p.budget <= 0) return
    this.lastSourceMac = frame.src
    p.trace?.depends(this)
    if (device !== this.loopback) {
      p.ct = undefined
      p.mark = 0
      p.untracked = false
      p.uid = undefined
      if (
        isLoopback(p.src) ||
        (isLoopback(p.dst) &&
          this.sysctls.get(`net.ipv4.conf.${device.name}.route_localnet`) !== '1' &&
          this.sysctls.get('net.ipv4.conf.all.route_localnet') !== '1')
      )
        return
    }
    p.iif = device.name
    if (!this.#prerouting(p, device)) return
    this.#route(p, device)
  }

  /** raw, conntrack, mangle and nat of PREROUTING or OUTPUT. False when the packet was dropped. */
  #before(hook: 'PREROUTING' | 'OUTPUT', p: Packet, inDev: NetDevice | undefined, outDev: NetDevice | undefined): boolean {
    const nf = this.netfilter
    if (nf.tables.size === 0) return true
    if (nf.run('raw', hook, p, inDev, outDev) === 'drop') return false
    if (nf.tracking) {
      this.conntrack.track(p)
      const entry = p.ct?.entry
      if (entry !== undefined) p.trace?.touched.push(entry)
    }
    if (nf.run('mangle', hook, p, inDev, outDev) === 'drop') return false
    const ct = p.ct
    if (ct?.entry === undefined) return true
    if (ct.state === 'new' && !ct.entry.dstDone) {
      if (nf.run('nat', hook, p, inDev, outDev) === 'drop') return false
      ct.entry.dstDone = true
    }
    Conntrack.rewriteDestination(p)
    return true
  }

  #prerouting(p: Packet, device: NetDevice): boolean {
    return this.#before('PREROUTING', p, device, undefined)
  }

  /** mangle and nat of POSTROUTING or INPUT, then the flow is confirmed. */
  #after(hook: 'POSTROUTING' | 'INPUT', p: Packet, inDev: NetDevice | undefined, outDev: NetDevice | undefined): boolean {
    const nf = this.netfilter
    if (nf.tables.size === 0) return true
    if (nf.run('mangle', hook, p, inDev, outDev) === 'drop') return false
    if (hook === 'INPUT' && nf.run('filter', 'INPUT', p, inDev, outDev) === 'drop') return false
    const entry = p.ct?.entry
    if (entry === undefined) return true
    if (p.ct?.state === 'new' && !entry.srcDone) {
      if (nf.run('nat', hook, p, inDev, outDev) === 'drop') return false
      entry.srcDone = true
    }
    Conntrack.rewriteSource(p)
    this.conntrack.confirm(p)
    return true
  }

  #route(p: Packet, device: NetDevice): void {
    const broadcast = p.dst === 0xffffffff || isMulticast(p.dst)
    const route = broadcast ? undefined : this.routing.lookup(p.dst, p.src, p.mark)
    if (broadcast || route?.type === 'local' || route?.type === 'broadcast') {
      if (device !== this.loopback && this.isLocal(p.src) && this.sysctls.get(`net.ipv4.conf.${device.name}.accept_local`) !== '1') return
      if (this.#after('INPUT', p, device, undefined)) this.#deliver(p, device)
      return
    }
    if (this.sysctls.get('net.ipv4.ip_forward') !== '1') return
    if (device !== this.loopback && this.isLocal(p.src)) return
    if (route === undefined) {
      this.icmpError(ICMP.UNREACHABLE, UNREACH.NET, p)
      return
    }
    if (route.type !== 'unicast') {
      if (route.type === 'unreachable') this.icmpError(ICMP.UNREACHABLE, UNREACH.HOST, p)
      else if (route.type === 'prohibit') this.icmpError(ICMP.UNREACHABLE, UNREACH.ADMIN_PROHIBITED, p)
      return
    }
    if (p.ttl <= 1) {
      this.icmpError(ICMP.TIME_EXCEEDED, 0, p)
      return
    }
    p.ttl--
    const out = route.dev as NetDevice
    const nf = this.netfilter
    if (nf.run('mangle', 'FORWARD', p, device, out) === 'drop' || nf.run('filter', 'FORWARD', p, device, out) === 'drop') return
    this.#transmit(p, route, device)
  }

  /** POSTROUTING, then to the neighbour. Undefined when it went well. */
  #transmit(p: Packet, route: Route, inDev: NetDevice | undefined): ErrnoCode | undefined {
    const out = route.type === 'local' ? this.loopback : (route.dev as NetDevice)
    if (!this.#after('POSTROUTING', p, inDev, out)) return 'EPERM'
    if (out.noArp) out.send({ src: out.mac, dst: out.mac, packet: p })
    else if (route.type === 'broadcast' || p.dst === 0xffffffff) out.send({ src: out.mac, dst: BROADCAST_MAC, packet: p })
    else this.neighbours.output(out, route.gateway ?? p.dst, p, (failed) => this.#unreachable(failed))
    return undefined
  }

  /** Nobody answers for the next hop. */
  #unreachable(p: Packet): void {
    this.icmpError(ICMP.UNREACHABLE, UNREACH.HOST, p)
  }

  /** The route of a packet of our own and its errno when there is none: ip_route_output_key(). */
  routeOutput(dst: Ip4, src: Ip4, mark = 0, oif?: NetDevice): Route | ErrnoCode {
    const route = dst === 0xffffffff && oif !== undefined ? undefined : this.routing.lookup(dst, src, mark, oif)
    if (route === undefined) {
      if (oif === undefined) return 'ENETUNREACH'
      return {
        dst: { network: 0, prefix: 0 },
        type: dst === 0xffffffff ? 'broadcast' : 'unicast',
        table: 'main',
        dev: oif,
        gateway: undefined,
        src: undefined,
        scope: 'link',
        proto: 'boot',
        metric: 0,
        onlink: true,
      }
    }
    if (route.type === 'blackhole') return 'EINVAL'
    if (route.type === 'unreachable') return 'EHOSTUNREACH'
    if (route.type === 'prohibit') return 'EACCES'
    return route
  }

  /** Source address of a route that a socket has not been bound to. */
  sourceOf(route: Route, dst: Ip4): Ip4 {
    return route.src ?? (route.dev === undefined ? 0 : this.sourceFor(route.dev, route.gateway ?? dst))
  }

  /** Sends a packet of our own: ip_local_out(). The errno a datagram socket would get. */
  output(p: Packet, oif?: NetDevice): ErrnoCode | undefined {
    const found = this.routeOutput(p.dst, p.src, p.mark, oif)
    if (typeof found === 'string') return found
    let route = found
    if (p.src === 0) p.src = this.sourceOf(route, p.dst)
    if (p.id === 0) p.id = this.nextIpId()
    p.trace?.depends(this)
    const nf = this.netfilter
    if (nf.tables.size > 0) {
      const out = route.type === 'local' ? this.loopback : route.dev
      const [dst, mark] = [p.dst, p.mark]
      if (!this.#before('OUTPUT', p, undefined, out)) return 'EPERM'
      if (nf.run('filter', 'OUTPUT', p, undefined, out) === 'drop') return 'EPERM'
      if (p.dst !== dst || p.mark !== mark) {
        const again = this.routeOutput(p.dst, p.src, p.mark, oif)
        if (typeof again === 'string') return again
        route = again
      }
    }
    return this.#transmit(p, route, undefined)
  }

  #deliver(p: Packet, device: NetDevice): void {
    this.raw.input(p)
    switch (p.proto) {
      case PROTO.TCP:
        this.tcp.input(p)
        return
      case PROTO.UDP:
        if (p.innerFrame !== undefined) this.#vxlan(p)
        else if (!this.udp.input(p)) this.icmpError(ICMP.UNREACHABLE, UNREACH.PORT, p)
        return
      case PROTO.ICMP:
        this.#icmp(p, device)
        return
      case PROTO.IPIP: {
        const tunnel = this.devices.find((d) => d.kind === 'ipip' && d.up)
        if (tunnel !== undefined && p.inner !== undefined) tunnel.deliver({ src: tunnel.mac, dst: tunnel.mac, packet: p.inner })
        return
      }
      default:
        this.icmpError(ICMP.UNREACHABLE, UNREACH.PROTOCOL, p)
    }
  }

  #vxlan(p: Packet): void {
    const device = this.devices.find(
      (d): d is VxlanDevice => d instanceof VxlanDevice && d.up && (d.udpPort === p.dport || p.dport === VXLAN_PORT),
    )
    if (device !== undefined && p.innerFrame !== undefined) device.arrived(p.src, p.innerFrame)
  }

  #icmp(p: Packet, device: NetDevice): void {
    if (p.icmpType === ICMP.ECHO_REQUEST) {
      if (this.sysctls.get('net.ipv4.icmp_echo_ignore_all') === '1') return
      if (this.addressType(p.dst) !== 'local' && device !== this.loopback) return
      const reply = new Packet(PROTO.ICMP, p.dst, p.src)
      reply.icmpType = ICMP.ECHO_REPLY
      reply.icmpId = p.icmpId
      reply.icmpSeq = p.icmpSeq
      reply.payload = p.payload
      reply.ttl = Number(this.sysctls.get('net.ipv4.ip_default_ttl') ?? '64')
      reply.budget = p.budget
      this.output(reply)
      return
    }
    if (p.inner === undefined) return
    const code = unreachableErrno(p.icmpType, p.icmpCode)
    if (p.inner.proto === PROTO.TCP) this.tcp.error(p.inner, code)
    else if (p.inner.proto === PROTO.UDP) this.udp.error(p.inner, code)
  }

  /** Tells the sender of `about` that something went wrong: icmp_send(). */
  icmpError(type: number, code: number, about: Packet): void {
    if (about.proto === PROTO.ICMP && about.inner !== undefined) return
    if (about.dst === 0xffffffff || isMulticast(about.dst) || this.addressType(about.src) === 'broadcast' || about.src === 0) return
    if (about.trace !== undefined) about.trace.cacheable = false
    const p = new Packet(PROTO.ICMP, this.isLocal(about.dst) ? about.dst : 0, about.src)
    p.icmpType = type
    p.icmpCode = code
    p.tos = 0xc0
    p.budget = about.budget - 1
    const inner = about.clone()
    p.inner = inner
    const ct = about.ct
    if (ct?.entry !== undefined)
      p.ct = { entry: ct.entry, direction: ct.direction === 'original' ? 'reply' : 'original', state: 'related', related: true }
    if (p.budget > 0) this.output(p)
  }

  /** The REJECT target. */
  reject(p: Packet, how: RejectWith, _context: HookContext): void {
    if (how === 'tcp-reset') {
      if (p.proto === PROTO.TCP && (p.flags & TCP.RST) === 0) this.tcp.reset(p)
      return
    }
    this.icmpError(ICMP.UNREACHABLE, REJECT_CODES[how], p)
  }
}

const REJECT_CODES: Record<Exclude<RejectWith, 'tcp-reset'>, number> = {
  'icmp-net-unreachable': UNREACH.NET,
  'icmp-host-unreachable': UNREACH.HOST,
  'icmp-port-unreachable': UNREACH.PORT,
  'icmp-proto-unreachable': UNREACH.PROTOCOL,
  'icmp-net-prohibited': UNREACH.NET_PROHIBITED,
  'icmp-host-prohibited': UNREACH.HOST_PROHIBITED,
  'icmp-admin-prohibited': UNREACH.ADMIN_PROHIBITED,
}

function unreachableErrno(type: number, code: number): ErrnoCode {
  if (type !== ICMP.UNREACHABLE) return 'EHOSTUNREACH'
  if (code === UNREACH.NET) return 'ENETUNREACH'
  if (code === UNREACH.PORT || code === UNREACH.PROTOCOL) return 'ECONNREFUSED'
  return 'EHOSTUNREACH'
}

function net(address: InterfaceAddress): Cidr {
  return { network: (address.ip & maskOf(address.prefix)) >>> 0, prefix: address.prefix }
}

/** The IPv4 address as text or number of what a socket call names; EAFNOSUPPORT for IPv6 beyond loopback and wildcard. */
export function socketIp(text: string): Ip4 {
  if (text === '' || text === '::' || text === '*') return 0
  if (text === '::1') return 0x7f000001
  const mapped = text.startsWith('::ffff:') ? text.slice(7) : text
  const ip = parseIp4(mapped)
  if (ip === undefined) throw new Errno(isIp6(text) ? 'ENETUNREACH' : 'EINVAL', text)
  return ip
}

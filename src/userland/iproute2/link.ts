import { Errno } from '#linux/errno.ts'
import type { LinkInfo, LinkKind, NewLink } from '#linux/net/admin.ts'
import type { Sim } from '#sim/wait.ts'
import { type Args, abbreviates, type IpContext, IpError, needDevice, openNetns, printJson, rtnl } from './common.ts'

const KINDS: readonly LinkKind[] = ['veth', 'bridge', 'dummy', 'vlan', 'vxlan', 'ipip']
/** Kinds Linux has and the model has not. */
const OTHER_KINDS = [
  'macvlan',
  'macvtap',
  'ipvlan',
  'bond',
  'team',
  'gre',
  'gretap',
  'sit',
  'vti',
  'wireguard',
  'ifb',
  'vrf',
  'tun',
  'nlmon',
  'geneve',
  'can',
  'vcan',
]

/** `name`, or `name@other` for a device that has another end. */
export function linkName(l: LinkInfo): string {
  if (l.peerIndex === undefined) return l.name
  return `${l.name}@${l.peerName ?? `if${l.peerIndex}`}`
}

/** ` link-netns pod1` or ` link-netnsid 0` for an end that is elsewhere. */
export function elsewhere(c: IpContext, l: LinkInfo): string {
  if (l.peerNetnsId === undefined) return ''
  const ino = c.net.netnsInodeOf(l.peerNetnsId)
  const name = ino === undefined ? undefined : c.netnsNames.get(ino)
  return name === undefined ? ` link-netnsid ${l.peerNetnsId}` : ` link-netns ${name}`
}

/** The first line of a link: `2: eth0: <…> mtu …`. */
export function linkHead(l: LinkInfo, mode: boolean): string {
  return `${l.index}: ${linkName(l)}: <${l.flags.join(',')}> mtu ${l.mtu} qdisc ${l.qdisc} ${l.master === undefined ? '' : `master ${l.master} `}state ${l.state} ${mode ? 'mode DEFAULT ' : ''}group default qlen ${l.qlen}`
}

export function linkLayer(l: LinkInfo): string {
  if (l.kind === 'loopback') return `link/loopback ${l.mac} brd 00:00:00:00:00:00`
  if (l.kind === 'ipip')
    return `link/ipip ${l.tunnel?.local ?? '0.0.0.0'} ${l.tunnel === undefined || l.tunnel.remote === '0.0.0.0' ? 'brd 0.0.0.0' : `peer ${l.tunnel.remote}`}`
  return `link/ether ${l.mac} brd ff:ff:ff:ff:ff:ff`
}

const TAIL =
  'addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 '

/** What `-d` adds. */
function details(l: LinkInfo): string {
  const [min, max] = l.kind === 'loopback' ? [0, 0] : l.kind === 'dummy' ? [0, 0] : [68, l.kind === 'vlan' ? 65_535 : 65_535]
  const bare = l.mac.split(':').map((b) => Number.parseInt(b, 16).toString(16))
  const id = `8000.${bare.join(':')}`
  let kind = ''
  if (l.kind === 'veth') kind = '\n    veth '
  else if (l.kind === 'dummy') kind = '\n    dummy '
  else if (l.kind === 'vlan') kind = `\n    vlan protocol 802.1Q id ${l.vlanId} <REORDER_HDR> `
  else if (l.kind === 'vxlan')
    kind = `\n    vxlan id ${l.vxlan?.id}${l.vxlan?.local === undefined ? '' : ` local ${l.vxlan.local}`}${l.vxlan?.dev === undefined ? '' : ` dev ${l.vxlan.dev}`} srcport 0 0 dstport ${l.vxlan?.port} ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx `
  else if (l.kind === 'ipip')
    kind = `\n    ipip ipip remote ${l.tunnel?.remote === '0.0.0.0' ? 'any' : l.tunnel?.remote} local ${l.tunnel?.local === '0.0.0.0' ? 'any' : l.tunnel?.local} ttl inherit pmtudisc `
  else if (l.kind === 'bridge') {
    kind =
      `\n    bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 vlan_filtering 0 vlan_protocol 802.1Q bridge_id ${id} designated_root ${id} ` +
      'root_port 0 root_path_cost 0 topology_change 0 topology_change_detected 0 hello_timer    0.00 tcn_timer    0.00 topology_change_timer    0.00 gc_timer  299.53 ' +
      'vlan_default_pvid 1 vlan_stats_enabled 0 vlan_stats_per_port 0 group_fwd_mask 0 group_address 01:80:c2:00:00:00 mcast_snooping 1 no_linklocal_learn 0 mcast_vlan_snooping 0 ' +
      'mcast_router 1 mcast_query_use_ifaddr 0 mcast_querier 0 mcast_hash_elasticity 16 mcast_hash_max 4096 mcast_last_member_count 2 mcast_startup_query_count 2 ' +
      'mcast_last_member_interval 100 mcast_membership_interval 26000 mcast_querier_interval 25500 mcast_query_interval 12500 mcast_query_response_interval 1000 ' +
      'mcast_startup_query_interval 3124 mcast_stats_enabled 0 mcast_igmp_version 2 mcast_mld_version 1 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0 '
  }
  const slave =
    l.master === undefined
      ? ''
      : `\n    bridge_slave state forwarding priority 32 cost 2 hairpin ${l.hairpin === true ? 'on' : 'off'} guard off root_block off fastleave off learning on flood on port_id 0x8001 port_no 0x1 designated_port 32769 designated_cost 0 designated_bridge ${id} designated_root ${id} hold_timer    0.00 message_age_timer    0.00 forward_delay_timer    0.00 topology_change_ack 0 config_pending 0 proxy_arp off proxy_arp_wifi off mcast_router 1 mcast_fast_leave off mcast_flood on bcast_flood on mcast_to_unicast off neigh_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off isolated off locked off `
  return ` promiscuity ${l.master === undefined && !l.promisc ? 0 : 1}  allmulti 0 minmtu ${min} maxmtu ${max} ${kind}${slave === '' ? '' : slave}${TAIL}`
}

function statistics(l: LinkInfo): string {
  const s = l.stats
  const row = (values: readonly number[], widths: readonly number[]): string =>
    values.map((v, i) => `${String(v).padStart(widths[i] ?? 8)} `).join('')
  const widths = [14, 8, 6, 7, 7, 7]
  return (
    `\n    RX:  bytes packets errors dropped  missed   mcast           \n${row([s.rxBytes, s.rxPackets, 0, s.rxDropped, 0, 0], widths)}` +
    `\n    TX:  bytes packets errors dropped carrier collsns           \n${row([s.txBytes, s.txPackets, 0, s.txDropped, 0, 0], widths)}`
  )
}

/** A link as `ip link` shows it. */
export function showLink(c: IpContext, l: LinkInfo): string {
  if (c.o.brief) return `${linkName(l).padEnd(16)} ${l.state.padEnd(14)} ${l.mac} <${l.flags.join(',')}> \n`
  let out = `${linkHead(l, true)}\n    ${linkLayer(l)}${elsewhere(c, l)}`
  if (c.o.details) out += details(l)
  if (l.alias !== undefined) out += `\n    alias ${l.alias}`
  for (const alt of l.altNames) out += `\n    altname ${alt}`
  if (c.o.stats) out += statistics(l)
  return `${c.o.oneline ? out.replaceAll('\n', '\\') : out}\n`
}

/** A link as JSON, without addresses. */
export function linkJson(l: LinkInfo, mode: boolean): Record<string, unknown> {
  return {
    ifindex: l.index,
    ...(l.peerIndex === undefined ? {} : l.peerName === undefined ? { link_index: l.peerIndex } : { link: l.peerName }),
    ifname: l.name,
    flags: l.flags,
    mtu: l.mtu,
    qdisc: l.qdisc,
    ...(l.master === undefined ? {} : { master: l.master }),
    operstate: l.state,
    ...(mode ? { linkmode: 'DEFAULT' } : {}),
    group: 'default',
    txqlen: l.qlen,
    link_type: l.kind === 'loopback' ? 'loopback' : l.kind === 'ipip' ? 'ipip' : 'ether',
    address: l.mac,
    broadcast: l.kind === 'loopback' ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff',
    ...(l.peerNetnsId === undefined ? {} : { link_netnsid: l.peerNetnsId }),
    ...(l.altNames.length === 0 ? {} : { altnames: l.altNames }),
  }
}

/** `show` filters shared by link and address: device, up, type, master. */
export interface LinkFilter {
  dev: string | undefined
  up: boolean
  kind: string | undefined
  master: string | undefined
}

export function selectLinks(c: IpContext, f: LinkFilter): LinkInfo[] {
  if (f.dev !== undefined && !c.net.links().some((l) => l.name === f.dev || l.altNames.includes(f.dev ?? '')))
    throw new IpError(`Device "${f.dev}" does not exist.`, 1)
  if (f.master !== undefined && !c.net.links().some((l) => l.name === f.master))
    throw new IpError(`Device "${f.master}" does not exist.`, 255)
  return c.net
    .links()
    .filter(
      (l) =>
        (f.dev === undefined || l.name === f.dev || l.altNames.includes(f.dev)) &&
        (!f.up || l.flags.includes('UP')) &&
        (f.kind === undefined || l.kind === f.kind) &&
        (f.master === undefined || l.master === f.master),
    )
}

export function* ipLink(c: IpContext, args: Args): Sim<void> {
  const command = args.next() ?? 'show'
  if (abbreviates(command, 'show', 'list', 'lst')) show(c, args)
  else if (abbreviates(command, 'add')) yield* add(c, args)
  else if (abbreviates(command, 'set')) yield* set(c, args)
  else if (abbreviates(command, 'delete')) del(c, args)
  else if (abbreviates(command, 'help')) throw new IpError('podlab: ip link help is not modelled; see ip-link(8)', 255)
  else throw new IpError(`Command "${command}" is unknown, try "ip link help".`, 255)
}

function show(c: IpContext, args: Args): void {
  const f: LinkFilter = { dev: undefined, up: false, kind: undefined, master: undefined }
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'up') f.up = true
    else if (word === 'type') f.kind = args.value()
    else if (word === 'master') f.master = args.value()
    else f.dev = word === 'dev' ? args.value() : word
  }
  const links = selectLinks(c, f)
  if (c.o.json)
    printJson(
      c,
      links.map((l) => linkJson(l, true)),
    )
  else for (const l of links) c.out.push(showLink(c, l))
}

function* netnsFd(c: IpContext, name: string): Sim<number> {
  if (/^\d+$/.test(name)) {
    try {
      return yield* c.proc.open(`/proc/${name}/ns/net`, 0)
    } catch (error) {
      if (error instanceof Errno) throw new IpError(`Error: argument "${name}" is wrong: Invalid "netns" value`, 255)
      throw error
    }
  }
  try {
    return yield* openNetns(c.proc, name)
  } catch (error) {
    if (error instanceof IpError) throw new IpError(`Error: argument "${name}" is wrong: Invalid "netns" value\n`, 255)
    throw error
  }
}

function* add(c: IpContext, args: Args): Sim<void> {
  let name: string | undefined
  let kind: string | undefined
  let lower: string | undefined
  let mac: string | undefined
  let mtu: number | undefined
  let up = false
  let master: string | undefined
  const fds: number[] = []
  let netns: number | undefined
  const extra: { -readonly [K in keyof NewLink]?: NewLink[K] } = {}
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'name') name = args.value()
    else if (word === 'dev') name = args.value()
    else if (word === 'link') lower = args.value()
    else if (word === 'address') mac = args.value()
    else if (word === 'mtu') mtu = Number(args.value())
    else if (word === 'up') up = true
    else if (word === 'master') master = args.value()
    else if (word === 'txqueuelen' || word === 'numtxqueues' || word === 'numrxqueues' || word === 'index') args.value()
    else if (word === 'netns') {
      netns = yield* netnsFd(c, args.value())
      fds.push(netns)
    } else if (word === 'type') {
      kind = args.value()
      if (OTHER_KINDS.includes(kind)) throw new IpError(`podlab: links of type ${kind} are not modelled`, 1)
      yield* typeOptions(c, kind, args, extra, fds)
    } else if (name === undefined) name = word
    else throw new IpError(`Error: either "dev" is duplicate, or "${word}" is a garbage.`, 255)
  }
  if (kind === undefined) throw new IpError('Not enough information: "type" argument is required', 1)
  const known = KINDS.find((k) => k === kind)
  if (known === undefined) throw new IpError('Error: Unknown device type.', 2)
  if (lower !== undefined) needDevice(c, lower)
  const names = new Set(c.net.links().map((l) => l.name))
  if (name === undefined) {
    const stem = known === 'ipip' ? 'tunl' : known
    let i = 0
    while (names.has(`${stem}${i}`)) i++
    name = `${stem}${i}`
  }
  const link: NewLink = {
    name,
    kind: known,
    ...(mac === undefined ? {} : { mac }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(lower === undefined ? {} : { link: lower }),
    ...extra,
  }
  const made = name
  rtnl(() => c.net.addLink(link))
  if (master !== undefined) rtnl(() => c.net.setLink(made, { master: master ?? null }))
  if (up) rtnl(() => c.net.setLink(made, { up: true }))
  if (netns !== undefined) rtnl(() => c.net.setLink(made, { netnsFd: netns ?? -1 }))
  for (const fd of fds) c.proc.close(fd)
}

function* typeOptions(
  c: IpContext,
  kind: string,
  args: Args,
  extra: { -readonly [K in keyof NewLink]?: NewLink[K] },
  fds: number[],
): Sim<void> {
  if (kind === 'veth') {
    let peer: { name: string; netnsFd?: number; mac?: string } | undefined
    if (args.peek() === 'peer') {
      args.next()
      let name = ''
      let netns: number | undefined
      let mac: string | undefined
      for (let word = args.next(); word !== undefined; word = args.next()) {
        if (word === 'name') name = args.value()
        else if (word === 'netns') {
          netns = yield* netnsFd(c, args.value())
          fds.push(netns)
        } else if (word === 'address') mac = args.value()
        else if (word === 'mtu') args.value()
        else if (name === '') name = word
        else throw new IpError(`Error: either "dev" is duplicate, or "${word}" is a garbage.`, 255)
      }
      peer = { name, ...(netns === undefined ? {} : { netnsFd: netns }), ...(mac === undefined ? {} : { mac }) }
    }
    if (peer !== undefined && peer.name !== '') extra.peer = peer
    return
  }
  const vxlan: { id: number; port: number; local?: string; remote?: string } = { id: 0, port: 8472 }
  for (let word = args.peek(); word !== undefined; word = args.peek()) {
    if (kind === 'vlan' && word === 'id') {
      args.next()
      extra.vlanId = Number(args.value())
    } else if (kind === 'vxlan' && word === 'id') {
      args.next()
      vxlan.id = Number(args.value())
    } else if (kind === 'vxlan' && word === 'dstport') {
      args.next()
      vxlan.port = Number(args.value())
    } else if ((kind === 'vxlan' || kind === 'ipip') && (word === 'local' || word === 'remote')) {
      args.next()
      const value = args.value()
      if (word === 'local') extra.local = vxlan.local = value
      else extra.remote = vxlan.remote = value
    } else if (kind === 'vxlan' && word === 'dev') {
      args.next()
      extra.link = args.value()
    } else if (word === 'nolearning' || word === 'learning' || word === 'proxy') args.next()
    else if (
      word === 'ttl' ||
      word === 'srcport' ||
      word === 'protocol' ||
      word === 'stp_state' ||
      word === 'forward_delay' ||
      word === 'vlan_filtering' ||
      word === 'ageing_time'
    ) {
      args.next()
      args.value()
    } else break
  }
  if (kind === 'vxlan') {
    if (vxlan.id === 0) throw new IpError('vxlan: missing virtual network identifier', 255)
    extra.vxlan = vxlan
  }
}

function* set(c: IpContext, args: Args): Sim<void> {
  let dev: string | undefined
  const change: { -readonly [K in keyof Parameters<IpContext['net']['setLink']>[1]]: Parameters<IpContext['net']['setLink']>[1][K] } = {}
  let netns: number | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'up') change.up = true
    else if (word === 'down') change.up = false
    else if (word === 'name') change.name = args.value()
    else if (word === 'mtu') change.mtu = Number(args.value())
    else if (word === 'address') change.mac = args.value().toLowerCase()
    else if (word === 'alias') change.alias = args.value()
    else if (word === 'promisc') change.promisc = args.value() === 'on'
    else if (word === 'master') change.master = args.value()
    else if (word === 'nomaster') change.master = null
    else if (word === 'netns') netns = yield* netnsFd(c, args.value())
    else if (word === 'type') {
      args.value()
      while (!args.done) {
        const key = args.value()
        const value = args.value()
        if (key === 'hairpin') change.hairpin = value === 'on'
      }
    } else if (
      word === 'txqueuelen' ||
      word === 'qlen' ||
      word === 'arp' ||
      word === 'multicast' ||
      word === 'allmulticast' ||
      word === 'group'
    )
      args.value()
    else if (word === 'dev') dev = args.value()
    else if (dev === undefined) dev = word
    else throw new IpError(`Error: either "dev" is duplicate, or "${word}" is a garbage.`, 255)
  }
  if (dev === undefined) throw new IpError('Not enough of information: "dev" argument is required.', 255)
  const name = dev
  needDevice(c, name)
  if (typeof change.master === 'string' && !c.net.links().some((l) => l.name === change.master))
    throw new IpError(`Error: argument "${change.master}" is wrong: Device does not exist\n`, 255)
  if (
    change.name !== undefined &&
    c.net
      .links()
      .find((l) => l.name === name)
      ?.flags.includes('UP') === true &&
    change.up !== false
  )
    throw new IpError('RTNETLINK answers: Device or resource busy', 2)
  if (Object.keys(change).length > 0) rtnl(() => c.net.setLink(name, change))
  if (netns !== undefined) {
    const fd = netns
    rtnl(() => c.net.setLink(change.name ?? name, { netnsFd: fd }))
    c.proc.close(fd)
  }
}

function del(c: IpContext, args: Args): void {
  let dev: string | undefined
  for (let word = args.next(); word !== undefined; word = args.next()) {
    if (word === 'dev') dev = args.value()
    else if (word === 'type') args.value()
    else dev ??= word
  }
  const name = dev
  if (name === undefined) throw new IpError('Not enough of information: "dev" argument is required.', 255)
  needDevice(c, name)
  rtnl(() => c.net.deleteLink(name))
}

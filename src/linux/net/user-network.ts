import type { Simulation } from '#sim/simulation.ts'
import { answer, decodeMessage, encodeMessage, RCODE } from './dns-message.ts'
import { NetNamespace } from './namespace.ts'
import { netAdmin } from './net-admin.ts'
import { UdpSocket } from './udp.ts'
import { EthernetDevice, Segment } from './wire.ts'

const GATEWAY_MAC = '52:55:0a:00:02:02'
const LEASE_SECONDS = 86_400

/**
 * The network an emulator gives a lone virtual machine (QEMU's user network): 10.0.2.0/24 with a gateway at .2 that answers
 * pings and leads nowhere, and a name server at .3 that knows no names. Gives `ns` the network card eth0 with 10.0.2.15 as
 * systemd-networkd configures it by DHCP.
 */
export function attachUserNetwork(sim: Simulation, ns: NetNamespace): Segment {
  const segment = new Segment(sim, 'user', 200)
  serveUserNetwork(sim, segment)
  const nic = new EthernetDevice(ns, ns.allocateIndex(), 'eth0', '52:54:00:12:34:56', 1500)
  nic.altNames.push('enp0s2', 'ens2')
  nic.plug(segment)
  ns.addDevice(nic)
  const admin = netAdmin(ns)
  admin.setLink('lo', { up: true })
  const lo = ns.loopback
  lo.addresses = lo.addresses.map((a) => (a.family === 'inet6' ? { ...a, flags: ['noprefixroute'] } : a))
  admin.addAddress('eth0', '10.0.2.15', 24, {
    broadcast: '10.0.2.255',
    metric: 1024,
    dynamic: true,
    validSeconds: LEASE_SECONDS,
    preferredSeconds: LEASE_SECONDS,
  })
  admin.addAddress('eth0', 'fec0::5054:ff:fe12:3456', 64, {
    scope: 'site',
    dynamic: true,
    flags: ['mngtmpaddr', 'noprefixroute'],
    validSeconds: LEASE_SECONDS,
    preferredSeconds: 14_400,
  })
  admin.setLink('eth0', { up: true })
  const dhcp = { dev: 'eth0', proto: 'dhcp', src: '10.0.2.15', metric: 1024 } as const
  for (const host of ['10.0.2.2', '10.0.2.3']) admin.addRoute({ dst: host, scope: 'link', ...dhcp })
  admin.addRoute({ dst: 'default', via: '10.0.2.2', ...dhcp })
  return segment
}

function serveUserNetwork(sim: Simulation, segment: Segment): void {
  const ns = new NetNamespace({ sim, random: sim.random('user network') })
  const nic = new EthernetDevice(ns, ns.allocateIndex(), 'eth0', GATEWAY_MAC, 1500)
  nic.plug(segment)
  ns.addDevice(nic)
  const admin = netAdmin(ns)
  for (const ip of ['10.0.2.2', '10.0.2.3']) admin.addAddress('eth0', ip, 24)
  admin.setLink('eth0', { up: true })
  admin.setSysctl('net.ipv4.ip_default_ttl', '255')
  const socket = new UdpSocket(ns)
  socket.bind({ family: 'inet', address: '10.0.2.3', port: 53 })
  sim.spawn('user network DNS', nameServer(socket))
}

function* nameServer(socket: UdpSocket): ReturnType<UdpSocket['recv']> {
  for (;;) {
    const { data, from } = yield* socket.recvfrom(65_535, false)
    const message = decodeMessage(data)
    if (message !== undefined && !message.response) yield* socket.sendto(encodeMessage(answer(message, { rcode: RCODE.NXDOMAIN })), from)
  }
}

import { describe, expect, test } from 'vitest'
import { decode, encode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import { restore } from './iptables.ts'
import { NetNamespace } from './namespace.ts'
import { netAdmin } from './net-admin.ts'
import { IcmpSocket } from './raw.ts'
import { TcpSocket } from './tcp.ts'
import { UdpSocket } from './udp.ts'
import { EthernetDevice, Segment } from './wire.ts'

/** Machines on one segment, 10.0.0.1 … */
function machines(n: number): { sim: Simulation; wire: Segment; ns: NetNamespace[] } {
  const sim = new Simulation({ seed: 1, start: 1_000_000_000 })
  const wire = new Segment(sim, 'lan')
  const ns = Array.from({ length: n }, (_, i) => machine(sim, wire, `m${i}`, `10.0.0.${i + 1}`))
  return { sim, wire, ns }
}

function machine(sim: Simulation, wire: Segment, name: string, ip: string): NetNamespace {
  const ns = new NetNamespace({ sim, random: sim.random(name) })
  const nic = new EthernetDevice(ns, ns.allocateIndex(), 'eth0', ns.freshMac(), 1500)
  nic.plug(wire)
  ns.addDevice(nic)
  const admin = netAdmin(ns)
  admin.setLink('lo', { up: true })
  admin.addAddress('eth0', ip, 24)
  admin.setLink('eth0', { up: true })
  return ns
}

function run<T>(sim: Simulation, body: Sim<T>): T | string {
  const task = sim.spawn('test', body)
  sim.onFailure = () => {}
  sim.run({ until: sim.now + 400_000_000, stop: () => task.ended })
  if (task.error instanceof Errno) return task.error.code
  if (task.error !== undefined) throw task.error
  return task.ended ? (task.result as T) : 'still waiting'
}

function echoServer(sim: Simulation, ns: NetNamespace, port: number): void {
  const listener = new TcpSocket(ns)
  listener.bind({ family: 'inet', address: '0.0.0.0', port })
  listener.listen(16)
  sim.spawn(
    'server',
    (function* () {
      for (;;) {
        const { socket, peer } = yield* listener.accept(false)
        sim.spawn(
          'connection',
          (function* () {
            for (;;) {
              const data = yield* socket.recv(65_536, false)
              if (data.length === 0) break
              yield* socket.send(encode(`${peer.family === 'inet' ? peer.address : ''} said ${decode(data)}`), false)
            }
            socket.close()
          })(),
        )
      }
    })(),
  )
}

function* ask(ns: NetNamespace, address: string, port: number, text = 'hello'): Sim<string> {
  const socket = new TcpSocket(ns)
  try {
    yield* socket.connect({ family: 'inet', address, port }, false)
    yield* socket.send(encode(text), false)
    return decode(yield* socket.recv(65_536, false))
  } finally {
    socket.close()
  }
}

function* ping(ns: NetNamespace, address: string, ttl = 64): Sim<string> {
  const socket = new IcmpSocket(ns, false)
  socket.setOption('IP_TTL', ttl)
  yield* socket.sendto(Uint8Array.of(8, 0, 0, 0, 0, 7, 0, 1), { family: 'inet', address, port: 0 })
  const { data, from } = yield* socket.recvfrom(1500, false)
  return `${data[0]}/${data[1]} from ${from.family === 'inet' ? from.address : ''}`
}

/** A pod on `node` by a veth pair with a /32 route, as kindnet makes it. */
function pod(node: NetNamespace, name: string, ip: string): NetNamespace {
  const ns = new NetNamespace({ sim: node.sim, random: node.sim.random(name) })
  const host = netAdmin(node, { namespaceOfFd: () => ns, inodeOf: () => 0, may: () => true, users: () => [], unix: undefined as never })
  host.addLink({ name, kind: 'veth', peer: { name: 'eth0', netnsFd: 1 } })
  host.addAddress(name, '10.244.0.1', 32)
  host.setLink(name, { up: true })
  const admin = netAdmin(ns)
  admin.setLink('lo', { up: true })
  admin.addAddress('eth0', ip, 24)
  admin.setLink('eth0', { up: true })
  admin.addRoute({ dst: '10.244.0.1', dev: 'eth0', scope: 'link' })
  admin.deleteRoute({ dst: '10.244.0.0/24' })
  admin.addRoute({ dst: 'default', via: '10.244.0.1' })
  host.addRoute({ dst: ip, dev: name, scope: 'host' })
  return ns
}

describe('two machines on a wire', () => {
  test('TCP connects, talks, is refused, times out', () => {
    const { sim, ns, wire } = machines(2)
    const [a, b] = ns as [NetNamespace, NetNamespace]
    echoServer(sim, b, 80)
    expect(run(sim, ask(a, '10.0.0.2', 80))).toBe('10.0.0.1 said hello')
    expect(run(sim, ask(a, '10.0.0.2', 81))).toBe('ECONNREFUSED')
    expect(run(sim, ask(a, '10.0.0.9', 80))).toBe('EHOSTUNREACH')
    expect(run(sim, ask(a, '192.168.0.1', 80))).toBe('ENETUNREACH')
    wire.setFault('cable', { kind: 'cut' })
    const before = sim.now
    expect(run(sim, ask(a, '10.0.0.2', 80))).toBe('ETIMEDOUT')
    expect(Math.round((sim.now - before) / 1e6)).toBe(127)
    wire.clearFault('cable')
    expect(run(sim, ask(a, '10.0.0.2', 80))).toBe('10.0.0.1 said hello')
  })

  test('an established connection survives a short cut of the wire and uses the short way afterwards', () => {
    const { sim, ns, wire } = machines(2)
    const [a, b] = ns as [NetNamespace, NetNamespace]
    echoServer(sim, b, 80)
    const socket = new TcpSocket(a)
    const talk = function* (text: string): Sim<string> {
      yield* socket.send(encode(text), false)
      return decode(yield* socket.recv(65_536, false))
    }
    run(sim, socket.connect({ family: 'inet', address: '10.0.0.2', port: 80 }, false))
    for (const word of ['one', 'two', 'three']) expect(run(sim, talk(word))).toBe(`10.0.0.1 said ${word}`)
    const packets = netAdmin(a).links()[1]?.stats.txPackets
    sim.spawn(
      'fault',
      (function* () {
        wire.setFault('x', { kind: 'cut' })
        yield* sim.sleep(1_000_000)
        wire.clearFault('x')
      })(),
    )
    sim.run({ until: sim.now })
    const at = sim.now
    expect(run(sim, talk('four'))).toBe('10.0.0.1 said four')
    expect(sim.now - at).toBeGreaterThan(1_000_000)
    expect(run(sim, talk('five'))).toBe('10.0.0.1 said five')
    expect(netAdmin(a).links()[1]?.stats.txPackets).toBeGreaterThan(packets ?? 0)
    socket.close()
    sim.run({ until: sim.now + 1_000_000 })
    expect(
      netAdmin(a)
        .sockets()
        .map((s) => s.state),
    ).toEqual(['TIME_WAIT'])
  })

  test('UDP arrives, a closed port answers with ICMP', () => {
    const { sim, ns } = machines(2)
    const [a, b] = ns as [NetNamespace, NetNamespace]
    const server = new UdpSocket(b)
    server.bind({ family: 'inet', address: '0.0.0.0', port: 53 })
    const client = new UdpSocket(a)
    const talk = function* (port: number): Sim<string> {
      yield* client.connect({ family: 'inet', address: '10.0.0.2', port })
      yield* client.send(encode('q'))
      if (port !== 53) return decode(yield* client.recv(99, false))
      const { data, from } = yield* server.recvfrom(99, false)
      return `${decode(data)} from ${from.family === 'inet' ? from.address : ''}`
    }
    expect(run(sim, talk(53))).toBe('q from 10.0.0.1')
    expect(run(sim, talk(54))).toBe('ECONNREFUSED')
  })
})

describe('a node with pods', () => {
  function cluster(): { sim: Simulation; node: NetNamespace; outside: NetNamespace; pods: NetNamespace[] } {
    const { sim, ns } = machines(2)
    const [node, outside] = ns as [NetNamespace, NetNamespace]
    const pods = [pod(node, 'veth1', '10.244.0.2'), pod(node, 'veth2', '10.244.0.3')]
    netAdmin(node).setSysctl('net.ipv4.ip_forward', '1')
    return { sim, node, outside, pods }
  }

  test('ping: between pods, to nobody, with too few hops, out through masquerading', () => {
    const { sim, node, pods } = cluster()
    const [p] = pods as [NetNamespace]
    expect(run(sim, ping(p, '10.244.0.3'))).toBe('0/0 from 10.244.0.3')
    expect(run(sim, ping(p, '10.244.0.3', 1))).toBe('11/0 from 10.244.0.1')
    expect(run(sim, ping(p, '172.16.0.1'))).toBe('3/0 from 10.244.0.1')
    expect(run(sim, ping(p, '10.0.0.1'))).toBe('0/0 from 10.0.0.1')
    expect(run(sim, ping(p, '10.0.0.2'))).toBe('still waiting')
    restore(node.netfilter, '*nat\n-A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n', {})
    expect(run(sim, ping(p, '10.0.0.2'))).toBe('0/0 from 10.0.0.2')
  })

  test('a Service address is rewritten there and back; REJECT refuses', () => {
    const { sim, node, pods } = cluster()
    const [a, b] = pods as [NetNamespace, NetNamespace]
    echoServer(sim, b, 8080)
    restore(
      node.netfilter,
      `*nat
:KUBE-SERVICES - [0:0]
:KUBE-SEP - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.50/32 -p tcp -m comment --comment "default/web" -m tcp --dport 80 -j KUBE-SEP
-A KUBE-SEP -p tcp -m tcp -j DNAT --to-destination 10.244.0.3:8080
COMMIT
*filter
-A FORWARD -d 10.96.0.51/32 -p tcp -j REJECT --reject-with icmp-port-unreachable
-A OUTPUT -d 10.96.0.51/32 -p tcp -j REJECT --reject-with tcp-reset
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`,
      {},
    )
    expect(run(sim, ask(a, '10.96.0.50', 80))).toBe('10.244.0.2 said hello')
    netAdmin(node).addRoute({ dst: '10.96.0.0/16', dev: 'eth0', scope: 'link' })
    expect(run(sim, ask(node, '10.96.0.50', 80))).toBe('10.0.0.1 said hello')
    expect(run(sim, ask(a, '10.96.0.51', 80))).toBe('ECONNREFUSED')
    expect(run(sim, ask(node, '10.96.0.51', 80))).toBe('ECONNREFUSED')
    expect(netAdmin(node).conntrack().slice(0, 1)).toMatchObject([
      {
        proto: 'tcp',
        state: 'TIME_WAIT',
        original: { src: '10.244.0.2', dst: '10.96.0.50', dport: 80 },
        reply: { src: '10.244.0.3', sport: 8080, dst: '10.244.0.2' },
        status: ['ASSURED'],
      },
    ])
  })

  test('deleting one end of a veth deletes the other; a fresh namespace has lo down', () => {
    const { node, pods } = cluster()
    const [a] = pods as [NetNamespace]
    netAdmin(node).deleteLink('veth1')
    expect(
      netAdmin(a)
        .links()
        .map((l) => `${l.name} ${l.flags.join(',')}`),
    ).toEqual(['lo LOOPBACK,UP,LOWER_UP'])
    expect(netAdmin(new NetNamespace({ sim: node.sim, random: node.sim.random('x') })).links()).toMatchObject([
      { name: 'lo', flags: ['LOOPBACK'], state: 'DOWN' },
    ])
  })
})

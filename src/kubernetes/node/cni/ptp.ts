import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { allocate, type IpamConfig, release } from './host-local.ts'
import { inNetns } from './netns.ts'
import type { CniPlugin, CniRequest, CniResult } from './types.ts'

function ipamOf(request: CniRequest): IpamConfig | undefined {
  return request.config['ipam'] as IpamConfig | undefined
}

function vethName(proc: Proc): string {
  return `veth${[...proc.getrandom(4)].map((b) => b.toString(16).padStart(2, '0')).join('')}`
}

/**
 * A point-to-point link between container and host: a veth pair, the gateway's address on every host end, a host route to the
 * container. Source: CNI plugins, ptp.
 */
export const ptp: CniPlugin = {
  type: 'ptp',
  *add(proc: Proc, request: CniRequest): Sim<CniResult> {
    const ipam = ipamOf(request)
    const mtu = request.config['mtu'] as number | undefined
    if (ipam?.type !== 'host-local') throw new Error(`podlab: IPAM plugin "${ipam?.type ?? ''}" is not modelled`)
    const lease = yield* allocate(proc, request, ipam)
    try {
      return yield* connect(proc, request, ipam, lease.address, lease.gateway, mtu)
    } catch (error) {
      yield* release(proc, request, ipam)
      throw error
    }
  },
  *del(proc: Proc, request: CniRequest): Sim<void> {
    const ipam = ipamOf(request)
    if (ipam !== undefined) yield* release(proc, request, ipam)
    try {
      yield* inNetns(proc, request.netnsPath, () => {
        if (proc.net.links().some((l) => l.name === request.ifName)) proc.net.deleteLink(request.ifName)
      })
    } catch (error) {
      // The namespace may be gone already, and the link with it.
      if (!(error instanceof Errno)) throw error
    }
  },
}

function* connect(
  proc: Proc,
  request: CniRequest,
  ipam: IpamConfig,
  address: string,
  gateway: string,
  mtu: number | undefined,
): Sim<CniResult> {
  const [ip = '', prefix = '32'] = address.split('/')
  const hostName = vethName(proc)
  const container = yield* inNetns(proc, request.netnsPath, (hostFd) => {
    const { net } = proc
    if (net.links().some((l) => l.name === request.ifName))
      throw new Error(`container veth name ("${request.ifName}") peer provided ("${hostName}") already exists`)
    net.addLink({ name: request.ifName, kind: 'veth', peer: { name: hostName, netnsFd: hostFd }, ...(mtu === undefined ? {} : { mtu }) })
    net.setLink(request.ifName, { up: true })
    net.addAddress(request.ifName, ip, Number(prefix), { broadcast: '+' })
    // Neighbours of the subnet are reached through the host as well.
    const subnet = net.routes().find((r) => r.dev === request.ifName && r.proto === 'kernel')
    if (subnet !== undefined) net.deleteRoute(subnet)
    net.addRoute({ dst: gateway, dev: request.ifName, scope: 'link', src: ip, proto: 'boot' })
    if (subnet !== undefined) net.addRoute({ dst: subnet.dst, via: gateway, dev: request.ifName, src: ip, proto: 'boot' })
    for (const route of ipam.routes ?? [])
      net.addRoute({ dst: route.dst === '0.0.0.0/0' ? 'default' : route.dst, via: route.gw ?? gateway, dev: request.ifName })
    return net.links().find((l) => l.name === request.ifName)
  })
  const { net } = proc
  net.setLink(hostName, { up: true })
  net.addAddress(hostName, gateway, 32)
  net.addRoute({ dst: ip, dev: hostName, scope: 'host' })
  const host = net.links().find((l) => l.name === hostName)
  return {
    interfaces: [
      { name: hostName, mac: host?.mac ?? '' },
      { name: request.ifName, mac: container?.mac ?? '', sandbox: request.netnsPath },
    ],
    ips: [{ address, gateway }],
    routes: ipam.routes ?? [],
  }
}

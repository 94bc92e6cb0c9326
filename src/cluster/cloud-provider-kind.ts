/**
 * cloud-provider-kind: the cloud of a kind cluster, a program on the laptop. It runs the cloud controller manager and makes each load balancer a
 * container with an Envoy on kind's network. Source: sigs.k8s.io/cloud-provider-kind, pkg/loadbalancer.
 * Differs: no Ingress and Gateway, no UDP; it connects as the service controller, not as the administrator.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { stringify } from 'yaml'
import { TransportError } from '#http/transport.ts'
import type { Service } from '#kubernetes/client/types/network.ts'
import type { Node } from '#kubernetes/client/types/node.ts'
import type { LoadBalancer, LoadBalancerStatus } from '#kubernetes/cloud/load-balancer.ts'
import { runCloudControllerManager } from '#kubernetes/cloud/manager.ts'
import { Errno } from '#linux/errno.ts'
import { request, socketTransport } from '#linux/http/client.ts'
import { O, type Proc, type Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import type { DockerContainer } from './docker.ts'
import type { Containers } from './docker-containers.ts'
import { ADMIN_PORT, CDS, envoy, LDS, type Listener, type UpstreamCluster } from './envoy.ts'
import type { Certificate } from './pki.ts'

export interface CloudProviderOptions {
  readonly sim: Simulation
  readonly containers: Containers
  readonly api: { readonly host: string; readonly port: number; readonly ca: string; readonly client: Certificate }
}

const CLUSTER = 'kind'
const IMAGE = 'envoyproxy/envoy:v1.33.2'
const CONFIG = '/home/envoy/envoy.yaml'
const KUBE_PROXY_HEALTH_PORT = 10_256
/** How long a load balancer may take until it is ready. */
const READY_TRIES = 30

/** Name of a Service's container: `kindccm-` and the first six bytes of the hash of `kind/default/web`. */
export function containerName(service: Service): string {
  const { namespace, name } = service.metadata
  const hash = sha256(encode(`${CLUSTER}/${namespace ?? ''}/${name}`)).subarray(0, 6)
  return `kindccm-${[...hash].map((b) => b.toString(16).padStart(2, '0')).join('')}`
}

/** Envoy's listeners and clusters for a Service. Source: proxyLDSConfigTemplate, proxyCDSConfigTemplate. */
export function planProxy(
  service: Service,
  nodes: readonly Node[],
): { readonly listeners: Listener[]; readonly clusters: UpstreamCluster[] } {
  const { spec } = service
  const sticky = spec.sessionAffinity === 'ClientIP'
  const healthPort = spec.externalTrafficPolicy === 'Local' ? (spec.healthCheckNodePort ?? 0) : KUBE_PROXY_HEALTH_PORT
  const ranges = (spec.loadBalancerSourceRanges ?? []).map((range) => {
    const [address_prefix = '', length = '32'] = range.trim().split('/')
    return { address_prefix, prefix_len: Number(length) }
  })
  const listeners: Listener[] = []
  const clusters: UpstreamCluster[] = []
  const addresses = nodes.flatMap((n) => n.status?.addresses ?? []).filter((a) => a.type === 'InternalIP' && !a.address.includes(':'))
  for (const { port, nodePort = 0, protocol = 'TCP' } of spec.ports ?? []) {
    const key = `IPv4_${port}_${protocol}`
    const typed_config = {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      stat_prefix: 'tcp_proxy',
      cluster: `cluster_${key}`,
      ...(sticky ? { hash_policy: [{ source_ip: {} }] } : {}),
    }
    listeners.push({
      '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
      name: `listener_${key}`,
      address: { socket_address: { address: '0.0.0.0', port_value: port, protocol } },
      filter_chains: [
        {
          filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config }],
          ...(ranges.length === 0 ? {} : { filter_chain_match: { source_prefix_ranges: ranges } }),
        },
      ],
    })
    clusters.push({
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      name: `cluster_${key}`,
      connect_timeout: '3s',
      type: 'STATIC',
      lb_policy: sticky ? 'RING_HASH' : 'RANDOM',
      health_checks: [{ timeout: '3s', interval: '2s', http_health_check: { path: '/healthz' } }],
      load_assignment: {
        cluster_name: `cluster_${key}`,
        endpoints: addresses.map(({ address }) => ({
          lb_endpoints: [
            {
              endpoint: {
                health_check_config: { port_value: healthPort },
                address: { socket_address: { address, port_value: nodePort, protocol } },
              },
            },
          ],
        })),
      },
    })
  }
  return { listeners, clusters }
}

/** Load balancers as containers. */
class Balancers implements LoadBalancer {
  readonly #proc: Proc
  readonly #sim: Simulation
  readonly #containers: Containers

  constructor(proc: Proc, { sim, containers }: CloudProviderOptions) {
    this.#proc = proc
    this.#sim = sim
    this.#containers = containers
  }

  *get(service: Service): Sim<LoadBalancerStatus | undefined> {
    const container = this.#containers.find(containerName(service))
    if (container === undefined) return undefined
    const ports = (service.spec.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol }))
    return { ingress: [{ ip: container.address, ipMode: 'Proxy', ports }] }
  }

  *ensure(service: Service, nodes: readonly Node[]): Sim<LoadBalancerStatus> {
    const udp = service.spec.ports?.find((p) => (p.protocol ?? 'TCP') !== 'TCP')
    if (udp !== undefined) throw new Error(`podlab: a load balancer for ${udp.protocol} is not modelled`)
    if (service.spec.loadBalancerIP !== undefined) throw new Error('podlab: spec.loadBalancerIP is not modelled')
    const name = containerName(service)
    if (this.#containers.find(name) === undefined) {
      this.#containers.run({
        name,
        image: IMAGE,
        entrypoint: '"/docker-entrypoint.…"',
        argv: ['envoy', '-c', CONFIG],
        main: envoy(this.#sim.random(`envoy/${name}`)),
        publish: [ADMIN_PORT],
        home: '/home/envoy',
      })
    }
    yield* this.update(service, nodes)
    const status = yield* this.get(service)
    if (status === undefined) throw new Error(`loadbalancer ${name} not found`)
    return status
  }

  *update(service: Service, nodes: readonly Node[]): Sim<void> {
    const container = this.#containers.find(containerName(service))
    if (container === undefined) throw new Error(`loadbalancer ${containerName(service)} not found`)
    const { listeners, clusters } = planProxy(service, nodes)
    yield* this.#exec(container, function* (inside) {
      yield* writeFile(inside, CDS, stringify({ resources: clusters }))
      yield* writeFile(inside, LDS, stringify({ resources: listeners }))
      return 0
    })
    yield* this.#ready(container)
  }

  *ensureDeleted(service: Service): Sim<void> {
    this.#containers.remove(containerName(service))
  }

  /** `docker exec -i NAME cp /dev/stdin FILE`. */
  *#exec(container: DockerContainer, main: (inside: Proc) => Sim<number>): Sim<void> {
    const { kernel } = container.machine
    const process = kernel.spawn({ argv: ['cp', '/dev/stdin', LDS], parent: container.process, main })
    while (!process.exited) yield* kernel.exited.wait()
  }

  *#ready(container: DockerContainer): Sim<void> {
    for (let i = 0; i < READY_TRIES; i++) {
      try {
        const answer = yield* request(this.#proc, `http://${container.address}:${ADMIN_PORT}/ready`, { dialTimeout: SECOND })
        if (answer.status === 200) return
      } catch (error) {
        if (!(error instanceof TransportError) && !(error instanceof Errno)) throw error
      }
      yield* this.#proc.nanosleep(SECOND)
    }
    throw new Error('timed out waiting for the condition')
  }
}

/** A new file in the place of the old one. */
function* writeFile(proc: Proc, path: string, text: string): Sim<void> {
  const fd = yield* proc.open(`${path}.tmp`, O.WRONLY | O.CREAT | O.TRUNC, 0o666)
  yield* proc.write(fd, encode(text))
  proc.close(fd)
  proc.rename(`${path}.tmp`, path)
}

/** The program `cloud-provider-kind`. */
export function cloudProviderKind(options: CloudProviderOptions): Program {
  const { sim, api } = options
  return {
    name: 'cloud-provider-kind/cloud-provider-kind',
    *main(proc): Sim<number> {
      if (proc.argv.length > 1) {
        yield* proc.write(2, encode(`podlab: cloud-provider-kind ${proc.argv.slice(1).join(' ')} is not modelled\n`))
        return 1
      }
      if (proc.credentials().euid !== 0) {
        yield* proc.write(2, encode('podlab: cloud-provider-kind needs to reach the docker daemon: run it as root\n'))
        return 1
      }
      proc.setMemory(40 << 20)
      const tls = { ca: api.ca, cert: api.client.pem, key: api.client.key.privateKeyPem }
      yield* runCloudControllerManager({
        sim,
        transport: socketTransport(proc, { host: api.host, port: api.port, tls }),
        launch: (name, body) => proc.thread(name, body),
        balancer: new Balancers(proc, options),
      })
      return 1
    },
  }
}

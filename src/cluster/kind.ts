import { directTransport } from '#http/direct.ts'
import type { HttpHandler } from '#http/message.ts'
import { TransportError } from '#http/transport.ts'
import type { ControlPlaneWorld } from '#images/control-plane/world.ts'
import type { ApiServer } from '#kubernetes/apiserver/server.ts'
import type { Store } from '#kubernetes/etcd/store.ts'
import { hollowNode } from '#kubernetes/node/hollow/node.ts'
import type { Simulation } from '#sim/simulation.ts'
import { cloudProviderKind } from './cloud-provider-kind.ts'
import { API_PORT, type Cluster, CONTROL_PLANE, type Kind, type LaptopOptions, laptop, NETWORK } from './cluster.ts'
import { Containers } from './docker-containers.ts'
import type { Machine } from './machine.ts'
import { nodeParts } from './node.ts'
import type { Programs } from './programs.ts'
import { initialStore } from './store.ts'

export interface KindOptions {
  readonly programs: Programs
  /** Machines besides the control plane; 3 as in the book. */
  readonly workers?: number
  /** Nodes with a runtime but without a kernel, for scale. */
  readonly hollow?: number
  /** With cloud-provider-kind on the laptop; without it Services of type LoadBalancer stay `<pending>`. */
  readonly cloud?: boolean
}

const DB = 'db-1'

/** What the control plane's programs share (see `images/control-plane`), and what the outside sees of it. */
class ControlPlane implements ControlPlaneWorld, Kind {
  readonly sim: Simulation
  readonly programs: Programs
  readonly stores = new Map<string, Store>()
  readonly hollow: number
  nodes: readonly Machine[] = []
  serving: { readonly server: ApiServer; readonly handler: HttpHandler } | undefined

  constructor(sim: Simulation, programs: Programs, hollow: number) {
    this.sim = sim
    this.programs = programs
    this.hollow = hollow
  }

  get revision(): number {
    return this.stores.get(DB)?.revision ?? 0
  }

  onApiServer(serving: { readonly server: ApiServer; readonly handler: HttpHandler } | undefined): void {
    this.serving = serving
  }
}

/** Names of the nodes: the control plane first. */
export function nodeNames(workers = 3): string[] {
  return [CONTROL_PLANE, ...Array.from({ length: workers }, (_, i) => (i === 0 ? 'kind-worker' : `kind-worker${i + 1}`))]
}

/** Switches on the nodes of a kind cluster beside the laptop. They are Ready some virtual seconds later. */
export function joinKind(cluster: Cluster, options: KindOptions): void {
  const { sim, pki, segment } = cluster
  const world = new ControlPlane(sim, options.programs, options.hollow ?? 0)
  const filled = sim.spawn('initial store', initialStore(sim, pki))
  sim.run({ until: sim.now, stop: () => filled.ended })
  if (filled.result === undefined) throw new Error('the initial objects could not be made')
  world.stores.set(DB, filled.result)
  const names = nodeNames(options.workers)
  const parts = nodeParts({ sim, programs: options.programs, world, pki, names, network: NETWORK, apiPort: API_PORT, db: DB })
  world.nodes = names.map((name, i) => {
    const machine = parts.machine(name, i)
    machine.plug(segment, { name: 'eth0', address: `${NETWORK}.${i + 2}`, prefix: 16, gateway: `${NETWORK}.1` })
    machine.boot()
    return machine
  })
  cluster.join(world)
  hollowNodes(cluster, world)
  if (options.cloud === true) startCloud(cluster, names.length)
}

/** Starts cloud-provider-kind on the laptop. */
function startCloud(cluster: Cluster, nodes: number): void {
  const { sim, pki, laptop } = cluster
  const containers = new Containers(sim, laptop, cluster.segment, NETWORK, nodes + 1)
  cluster.docker.others = () => containers.list()
  const client = pki.client({ commonName: 'system:serviceaccount:kube-system:service-controller' })
  const program = cloudProviderKind({
    sim,
    containers,
    api: { host: `${NETWORK}.2`, port: API_PORT, ca: pki.ca.pem, client },
  })
  cluster.programs.set(program.name, program)
  const path = '/usr/local/bin/cloud-provider-kind'
  laptop.kernel.spawn({ path, argv: [path], ...(laptop.init === undefined ? {} : { parent: laptop.init }) })
}

/** Nodes of kubemark's kind: a true kubelet each, over a runtime and a machine that are not there. */
function hollowNodes(cluster: Cluster, world: ControlPlane): void {
  const { sim, pki } = cluster
  const transport = directTransport(
    sim,
    function* (request) {
      const handler = world.serving?.handler
      if (handler === undefined) throw new TransportError('dial tcp 172.18.0.2:6443: connect: connection refused')
      return yield* handler(request)
    },
    {
      address: `${NETWORK}.254`,
      port: 1,
      tls: true,
      certificate: pki.client({ commonName: 'hollow-nodes', organizations: ['system:masters'] }).pem,
    },
  )
  for (let i = 0; i < world.hollow; i++) {
    const name = `hollow-${i}`
    const [a, b] = [Math.floor(i / 200), i % 200]
    const kubelet = hollowNode({ sim, transport, name, ip: `172.19.${a}.${b + 2}`, podPrefix: `10.${128 + a}.${b}` })
    sim.spawn(name, kubelet.run())
  }
}

/** The laptop and a kind cluster. */
export function kindCluster(options: LaptopOptions & KindOptions): Cluster {
  const cluster = laptop(options, true)
  joinKind(cluster, options)
  return cluster
}

import type { HttpHandler } from '#http/message.ts'
import type { ApiServer } from '#kubernetes/apiserver/server.ts'
import type { Store } from '#kubernetes/etcd/store.ts'
import { Segment } from '#linux/net/wire.ts'
import type { Program } from '#linux/syscalls.ts'
import type { ControlPlaneWorld } from '#images/control-plane/world.ts'
import type { Simulation } from '#sim/simulation.ts'
import type { Micros } from '#sim/wait.ts'
import { executable } from '#userland/debian/root.ts'
import { dir, file, type TreeEntry } from '#userland/debian/tree.ts'
import { type DockerHost, laptopPrograms } from './docker.ts'
import { dockerProxy } from './docker-proxy.ts'
import { kubeconfig } from './kubeconfig.ts'
import { Machine } from './machine.ts'
import { type NodeParts, nodeParts } from './node.ts'
import type { Programs } from './programs.ts'
import { type ClusterPki, clusterPki, type KeyMaker, modelKeys } from './pki.ts'
import { initialStore } from './store.ts'

export interface ClusterOptions {
  readonly sim: Simulation
  readonly programs: Programs
  /** Machines besides the control plane; 3 as in the book. */
  readonly workers?: number
  /** Nodes with a runtime but without a kernel, for scale. */
  readonly hollow?: number
  /** Where keys come from; the model's own unless real clients have to be served. */
  readonly keys?: KeyMaker
}

const NETWORK = '172.18.0'
const API_PORT = 6443
const CONTROL_PLANE = 'kind-control-plane'
const DB = 'db-1'

/** The laptop and, if there is one, the kind cluster it runs. */
export class Cluster {
  readonly sim: Simulation
  readonly laptop: Machine
  readonly machines: ReadonlyMap<string, Machine>
  readonly pki: ClusterPki
  readonly #nodes: readonly Machine[]
  readonly #world: ClusterWorld

  constructor(sim: Simulation, laptop: Machine, nodes: readonly Machine[], pki: ClusterPki, world: ClusterWorld) {
    this.sim = sim
    this.laptop = laptop
    this.#nodes = nodes
    this.machines = new Map([laptop, ...nodes].map((m) => [m.name, m]))
    this.pki = pki
    this.#world = world
  }

  machine(name: string): Machine | undefined {
    return this.machines.get(name)
  }

  /** The API server's handler while its process serves. */
  get apiHandler(): HttpHandler | undefined {
    return this.#world.serving?.handler
  }

  /** Objects of a kind, of one namespace or all; empty while no API server runs. */
  objects(apiVersion: string, kind: string, namespace: string | undefined): readonly object[] {
    const server = this.#world.serving?.server
    const slash = apiVersion.indexOf('/')
    const endpoint = server?.kinds.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), kind)
    if (server === undefined || endpoint === undefined) return []
    return server.storage(endpoint.kind).list({ namespace: namespace ?? '', labels: [], fields: [] })
  }

  /** Grows whenever the cluster's objects or a machine's processes have changed. */
  get changes(): number {
    let sum = this.#world.store?.revision ?? 0
    for (const machine of this.machines.values()) sum += machine.kernel.exits
    return sum
  }

  /** Laptop up, and every node (hollow ones too) Ready. */
  get ready(): boolean {
    if (this.laptop.init === undefined) return false
    const wanted = this.#nodes.length + this.#world.hollow
    if (wanted === 0) return true
    const nodes = this.objects('v1', 'Node', undefined) as readonly { status?: { conditions?: readonly { type: string; status: string }[] } }[]
    return nodes.filter((n) => n.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).length >= wanted
  }

  /** Stops a node's kubelet, as `systemctl stop kubelet` does; false when there is no such node. */
  stopKubelet(name: string): boolean {
    return this.#systemctl(name, 'stop')
  }

  startKubelet(name: string): boolean {
    return this.#systemctl(name, 'start')
  }

  #systemctl(name: string, verb: 'start' | 'stop'): boolean {
    const machine = this.#nodes.find((n) => n.name === name)
    if (machine?.init === undefined) return false
    machine.kernel.spawn({ path: '/usr/bin/systemctl', argv: ['systemctl', verb, 'kubelet'], parent: machine.init })
    return true
  }
}

/** The control plane's shared state: see `images/control-plane`. */
class ClusterWorld implements ControlPlaneWorld {
  readonly sim: Simulation
  readonly stores = new Map<string, Store>()
  readonly hollow: number
  serving: { readonly server: ApiServer; readonly handler: HttpHandler } | undefined

  constructor(sim: Simulation, hollow: number) {
    this.sim = sim
    this.hollow = hollow
  }

  get store(): Store | undefined {
    return this.stores.get(DB)
  }

  onApiServer(serving: { readonly server: ApiServer; readonly handler: HttpHandler } | undefined): void {
    this.serving = serving
  }
}

class Docker implements DockerHost {
  readonly startedAt: Micros
  readonly #ids = new Map<Machine, string>()
  readonly #sim: Simulation
  #nodes: readonly Machine[] = []

  constructor(sim: Simulation) {
    this.#sim = sim
    this.startedAt = sim.now
  }

  adopt(nodes: readonly Machine[]): void {
    this.#nodes = nodes
    for (const node of nodes) this.#ids.set(node, this.#sim.random(`docker/${node.name}`).string(64, '0123456789abcdef'))
  }

  nodes(): readonly Machine[] {
    return this.#nodes
  }

  idOf(machine: Machine): string {
    return this.#ids.get(machine) ?? ''
  }
}

function lookup(own: readonly Program[], programs: Programs): Programs {
  const table = new Map(own.map((p) => [p.name, p]))
  return (name) => table.get(name) ?? programs(name)
}

const UID = 1000

function laptopMachine(options: { readonly sim: Simulation; readonly programs: Programs }, segment: Segment, docker: DockerHost, pki: ClusterPki | undefined): Machine {
  const { sim } = options
  const config = pki === undefined ? [] : [dir('/home/learner/.kube', 0o750, UID, UID), file('/home/learner/.kube/config', kubeconfig(pki, `https://127.0.0.1:${API_PORT}`), 0o600, UID, UID)]
  const extra: TreeEntry[] = [
    executable('/usr/local/bin/kubectl', 'kubernetes/kubectl', [], 59_556_002),
    executable('/usr/local/bin/kind', 'kind/kind', [], 10_300_000),
    executable('/usr/bin/docker', 'docker/docker', [], 42_000_000),
    executable('/usr/bin/docker-proxy', 'docker/docker-proxy', [], 2_900_000),
    ...config,
  ]
  const machine = new Machine({
    sim,
    hostname: 'laptop',
    variant: 'laptop',
    programs: lookup([...laptopPrograms(docker), dockerProxy], options.programs),
    cpus: 8,
    memoryBytes: 16 * 1024 ** 3,
    nameservers: ['192.168.1.1'],
    extra,
  })
  machine.plug(segment, { name: 'br-kind', address: `${NETWORK}.1`, prefix: 16 })
  machine.boot()
  if (pki !== undefined) {
    machine.kernel.spawn({
      path: '/usr/bin/docker-proxy',
      argv: ['/usr/bin/docker-proxy', '-proto', 'tcp', '-host-ip', '127.0.0.1', '-host-port', String(API_PORT), '-container-ip', `${NETWORK}.2`, '-container-port', String(API_PORT)],
      ...(machine.init === undefined ? {} : { parent: machine.init }),
    })
  }
  return machine
}

/** The reader's laptop alone. */
export function laptopOnly(options: { readonly sim: Simulation; readonly programs: Programs }): Cluster {
  const { sim } = options
  const random = sim.random('pki')
  const pki = clusterPki({ random, keys: modelKeys(random), now: sim.now, dnsNames: [], addresses: [] })
  return new Cluster(sim, laptopMachine(options, new Segment(sim, 'kind'), new Docker(sim), undefined), [], pki, new ClusterWorld(sim, 0))
}

/** A kind cluster: control plane, workers and the laptop it runs on. It is up some virtual seconds later: see `ready`. */
export function kindCluster(options: ClusterOptions): Cluster {
  const { sim } = options
  const random = sim.random('pki')
  const address = `${NETWORK}.2`
  const pki = clusterPki({
    random,
    keys: options.keys ?? modelKeys(random),
    now: sim.now,
    dnsNames: [CONTROL_PLANE, 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost'],
    addresses: ['10.96.0.1', address, '127.0.0.1'],
  })
  const world = new ClusterWorld(sim, options.hollow ?? 0)
  const filled = sim.spawn('initial store', initialStore(sim, pki))
  sim.run({ until: sim.now, stop: () => filled.ended })
  if (filled.result === undefined) throw new Error('the initial objects could not be made')
  world.stores.set(DB, filled.result)
  const segment = new Segment(sim, 'kind')
  const docker = new Docker(sim)
  const names = [CONTROL_PLANE, ...Array.from({ length: options.workers ?? 3 }, (_, i) => (i === 0 ? 'kind-worker' : `kind-worker${i + 1}`))]
  const parts: NodeParts = nodeParts({ sim, programs: options.programs, world, pki, names, network: NETWORK, apiPort: API_PORT, db: DB })
  const nodes = names.map((name, i) => {
    const machine = parts.machine(name, i)
    machine.plug(segment, { name: 'eth0', address: `${NETWORK}.${i + 2}`, prefix: 16, gateway: `${NETWORK}.1` })
    machine.boot()
    return machine
  })
  docker.adopt(nodes)
  return new Cluster(sim, laptopMachine(options, segment, docker, pki), nodes, pki, world)
}
